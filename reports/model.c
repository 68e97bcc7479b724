/* model.c - the table behind every report: cells are set by column number, and one that was
 * not set is unknown, which is not the same as empty, no or 0. */
#include "reports/model.h"

#include <stdlib.h>
#include <string.h>

#include "base/insist.h"
#include "base/mem.h"
#include "scanner/judge.h"
#include "scanner/policy/policy_store.h"

#define COLUMN_ROW(id, name, title, type, shown) [id] = { name, title, COL_##type, SHOWN_##shown },
#define VERDICT_ROW(id, word, alarm, then, column, head, wide, ...) \
	[CHECKS_##id] = { column, head, COL_INT, wide },
#define STATUS_ROW(id, word, column, head, wide, ...) \
	[HISTORY_STATUS + STATUS_##id] = { column, head, COL_INT, wide },

/* clang-format off */
static const struct column
	compliance_columns[COMPLIANCE_COUNT] = { COMPLIANCE_COLUMNS(COLUMN_ROW) },
	checks_columns[CHECKS_COUNT] = {
		CHECKS_COLUMNS(COLUMN_ROW) VERDICTS(VERDICT_ROW) CHECKS_COLUMNS_BEHIND(COLUMN_ROW)
	},
	faults_columns[FAULTS_COUNT] = { FAULTS_COLUMNS(COLUMN_ROW) },
	versions_columns[VERSIONS_COUNT] = { VERSIONS_COLUMNS(COLUMN_ROW) },
	exceptions_columns[EXCEPTIONS_COUNT] = { EXCEPTIONS_COLUMNS(COLUMN_ROW) },
	history_columns[HISTORY_COUNT] = {
		HISTORY_COLUMNS(COLUMN_ROW) STATUSES(STATUS_ROW)
		[HISTORY_OTHER] = { "other", "OTHER", COL_INT, SHOWN_NARROW }
	},
	diff_columns[DIFF_COUNT] = { DIFF_COLUMNS(COLUMN_ROW) },
	run_columns[RUN_COUNT] = { RUN_COLUMNS(COLUMN_ROW) };
/* clang-format on */

#define KIND_ROW(name, id, version) [REPORT_##id] = { #name, version, name##_columns, id##_COUNT },
static const struct report_kind kinds[REPORT_COUNT] = { REPORTS(KIND_ROW) };

const struct report_kind *report_kind(enum report_id id)
{
	INSIST((unsigned)id < REPORT_COUNT);
	return &kinds[id];
}

struct report *report_new(const struct report_kind *kind)
{
	struct report *r = xcalloc(1, sizeof(*r));

	*r = (struct report){
		.name = kind->name,
		.version = kind->version,
		.column = kind->column,
		.column_count = kind->column_count,
		.status_column = -1,
		.summary = json_object(),
		.advice = json_object(),
	};
	return r;
}

struct report *report_begin(enum report_id id, const struct report_options *o)
{
	struct report *r = report_new(report_kind(id));

	r->utc_ms = o->now_utc_ms;
	r->older_rules = o->older_rules;
	return r;
}

const char *report_word(const struct report_options *o, const char *word)
{
	return host_word_by(o->older_rules, word);
}

const char *report_reason(bool older_rules, const char *status)
{
	bool so = older_rules && strcmp(status, status_name(STATUS_UNDETERMINED)) == 0;

	return so ? JUDGED_BY_OLDER : NULL;
}

void report_free(struct report *r)
{
	if (!r)
		return;
	for (int i = 0; i < r->row_count * r->column_count; i++)
		free(r->cell[i].text);
	free(r->cell);
	json_decref(r->summary);
	json_decref(r->advice);
	free(r);
}

void report_row(struct report *r)
{
	if (r->row_count == r->row_cap) {
		r->row_cap = r->row_cap ? r->row_cap * 2 : 64;
		r->cell = xrealloc_array(r->cell, (size_t)r->row_cap * (size_t)r->column_count,
					 sizeof(*r->cell));
	}
	for (int i = 0; i < r->column_count; i++)
		r->cell[r->row_count * r->column_count + i] = (struct cell){ 0 };
	r->row_count++;
}

/* A cell of the row that was begun last. */
static struct cell *last(struct report *r, int column)
{
	INSIST(r->row_count > 0 && column >= 0 && column < r->column_count);
	return &r->cell[(r->row_count - 1) * r->column_count + column];
}

void report_text(struct report *r, int column, const char *text)
{
	struct cell *cell = last(r, column);

	free(cell->text);
	cell->text = text && text[0] ? xstrdup(text) : NULL;
	cell->known = cell->text != NULL;
}

void report_int(struct report *r, int column, int64_t value)
{
	struct cell *cell = last(r, column);

	cell->number = value;
	cell->known = true;
}

void report_advise(struct report *r, const char *about, const char *what)
{
	if (!json_object_get(r->advice, about))
		json_object_set_new(r->advice, about, json_string(what));
}

const struct cell *report_cell(const struct report *r, int row, int column)
{
	INSIST(row >= 0 && row < r->row_count && column >= 0 && column < r->column_count);
	return &r->cell[row * r->column_count + column];
}

int report_per_mille(double share)
{
	int per_mille = (int)(share * 1000 + 0.5);

	return per_mille == 1000 && share < 1 ? 999 : per_mille;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

bool report_wants(const struct report_options *o, const char *host)
{
	if (o->host_count <= 0)
		return o->host_count < 0;
	return bsearch(&host, o->host, (size_t)o->host_count, sizeof(*o->host), by_text) != NULL;
}

/* Of a host that was judged, or not; of its findings those in trouble are enough. */
static const char *version_told(const char *version, bool judged, const struct finding_row *finding,
				int count)
{
	bool installed = judged;

	if (version[0])
		return version;
	for (int i = 0; i < count; i++)
		if (check_is(finding[i].check, CHECK_INSTALLED))
			installed = verdict_from_name(finding[i].verdict) == V_PASS;
	return installed ? WORD_UNREADABLE : "";
}

const char *report_version(const struct host_row *row)
{
	return version_told(row->version, row->status[0] != '\0', row->finding, row->finding_count);
}

const char *report_version_then(const struct moment_row *row)
{
	/* of one that was excluded nobody knows any more whether it was judged */
	return version_told(row->version, status_is_judged(row->status), row->finding,
			    row->finding_count);
}

json_t *report_json_text(const char *text)
{
	return text && text[0] ? json_string(text) : json_null();
}

void report_view(const struct report_options *o, const struct host_row *row,
		 struct host_view *out_view, struct policy *out_policy)
{
	policies_for_row(o->policies, row, out_policy);
	host_view(row, o->now_utc_ms,
		  o->stale_after_ms ? o->stale_after_ms : out_policy->stale_after_ms, out_view);
	out_view->status = report_word(o, out_view->status);
}

void report_limits(const struct report_options *o, struct report_limits *out)
{
	struct policy policy;

	policies_for(o->policies, NULL, 0, &policy);
	*out = (struct report_limits){ .stale_after_ms = o->stale_after_ms };
	if (!o->stale_after_ms)
		out->stale_after_ms = policy.stale_after_ms;
	version_format(policy.minimum, out->minimum);
	if (policy.has_target)
		version_format(policy.target, out->target);
}

void report_expired(struct report *r, const struct report_options *o)
{
	int expired = 0;

	for (int i = 0; i < policies_exception_count(o->policies); i++)
		expired += policies_exception(o->policies, i)->expires_utc_ms <= o->now_utc_ms;
	json_object_set_new(r->summary, "exceptions_expired", json_integer(expired));
}
