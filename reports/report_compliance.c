/* report_compliance.c - who is compliant and why not: one row a host of the inventory, from
 * what the store last learnt of it. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "reports/model.h"
#include "scanner/checks/checks.h"
#include "scanner/judge.h"
#include "scanner/policy/policy_store.h"
#include "store/status.h"

enum { LIST_MAX = 4096 };

struct counts {
	int hosts, excluded, unreachable, stale, accepted, stopped, status[STATUS_COUNT];
};

static void add_word(struct buf *list, const char *word)
{
	buf_addf(list, "%s%s", list->len ? ";" : "", word);
}

/* What was not examined is told host by host only where the status hangs on it: the rest is so on
 * every host that was looked at in the same way. */
static bool leaves_open(const struct finding_row *f, enum verdict verdict)
{
	return verdict == V_UNKNOWN ||
	       (verdict == V_NOT_EXAMINED && finding_severity(f) == SEVERITY_STOPS_BACKUPS);
}

/* Names of the checks by how they ended. An excluded host's are nobody's concern. */
static void add_findings(struct report *r, const struct host_row *row, bool excluded)
{
	struct buf failing, unknown, warning;
	bool judged = row->status[0] != '\0';
	enum verdict installed = judged ? V_PASS : V_UNKNOWN;   /* passes are not among the rows */

	buf_init(&failing, LIST_MAX);
	buf_init(&unknown, LIST_MAX);
	buf_init(&warning, LIST_MAX);
	for (int i = 0; i < row->finding_count; i++) {
		const struct finding_row *f = &row->finding[i];
		enum verdict verdict = verdict_from_name(f->verdict);

		if (check_is(f->check, CHECK_INSTALLED))
			installed = verdict;
		if (excluded)
			continue;
		if (verdict == V_FAIL)
			add_word(&failing, f->check);
		else if (verdict == V_WARN)
			add_word(&warning, f->check);
		else if (leaves_open(f, verdict))
			add_word(&unknown, f->check);
	}
	if (installed <= V_FAIL)
		report_int(r, COMPLIANCE_AGENT, installed == V_PASS);
	report_text(r, COMPLIANCE_FAILING, buf_text(&failing));
	report_text(r, COMPLIANCE_UNKNOWN, buf_text(&unknown));
	report_text(r, COMPLIANCE_WARNING, buf_text(&warning));
	buf_release(&failing);
	buf_release(&unknown);
	buf_release(&warning);
}

/* Whether all is as wanted, or at most the target is not reached. */
static bool is_fine(enum status status)
{
	return status == STATUS_COMPLIANT || status == STATUS_BEHIND;
}

/* What failing checks count for, those under an exception left out (NULL: there is none). */
static void add_severities(struct report *r, const struct host_row *row, const bool *covered)
{
	bool counts[SEVERITY_COUNT + 1] = { false };
	struct buf list;

	for (int i = 0; i < row->finding_count; i++)
		if (verdict_from_name(row->finding[i].verdict) == V_FAIL &&
		    !(covered && covered[i]))
			counts[finding_severity(&row->finding[i])] = true;
	buf_init(&list, LIST_MAX);
	for (int i = 0; i < SEVERITY_COUNT; i++)
		if (counts[i])
			add_word(&list, severity_name((enum severity)i));
	report_text(r, COMPLIANCE_SEVERITIES, buf_text(&list));
	buf_release(&list);
}

/* Lists the checks in trouble that an active exception covers; true when the host would be fine
 * had they passed. Its status stays what it is. */
static bool add_exceptions(struct report *r, const struct host_row *row, const char *word,
			   const struct report_options *o)
{
	AUTO_FREE bool *covered = xcalloc((size_t)row->finding_count + 1, sizeof(*covered));
	enum status status = STATUS_NEVER_SEEN;
	struct row_groups groups;
	struct buf list;

	row_groups_init(&groups, row);
	buf_init(&list, LIST_MAX);
	for (int i = 0; i < row->finding_count; i++) {
		const char *check = row->finding[i].check;
		const struct exception *e;

		if (!verdict_is_trouble(verdict_from_name(row->finding[i].verdict)))
			continue;
		e = policies_covering(o->policies, row->name, groups.name, groups.count, check);
		covered[i] = e && e->expires_utc_ms > o->now_utc_ms;
		if (covered[i])
			add_word(&list, check);
	}
	status_from_name(word, &status);
	report_text(r, COMPLIANCE_EXCEPTIONS, buf_text(&list));
	add_severities(r, row, covered);
	/* newer rules may find what no exception covers */
	if (list.len > 0 && !is_fine(status) && !o->older_rules)
		status = status_from_findings(row->finding, row->finding_count, row->mars, covered);
	else
		status = STATUS_NEVER_SEEN;  /* nothing to accept */
	buf_release(&list);
	row_groups_release(&groups);
	return is_fine(status);
}

/* Which run left it without obengine, or changed it where nobody saw it run since. */
static bool add_engine(struct report *r, const struct host_row *row,
		       const struct stopped_rows *stopped)
{
	const struct stopped_row *found = stopped ? stopped_find(stopped, row->name) : NULL;
	const char *by = found ? found->run : row->engine_stopped_by;

	report_text(r, COMPLIANCE_ENGINE, by);
	return *by;
}

static bool add_host(struct report *r, const struct host_row *row, const struct host_view *view,
		     const struct policy *policy, const struct report_options *o)
{
	char version[VERSION_TEXT];
	bool accepted = false;

	report_row(r);
	report_text(r, COMPLIANCE_HOST, row->name);
	report_text(r, COMPLIANCE_STATUS, view->status);
	report_int(r, COMPLIANCE_UNREACHABLE, view->unreachable);
	if (view->unreachable)
		report_text(r, COMPLIANCE_FAULT, row->fault);
	report_int(r, COMPLIANCE_STALE, view->stale);
	if (view->age_ms >= 0)
		report_int(r, COMPLIANCE_AGE, view->age_ms / 1000);
	report_text(r, COMPLIANCE_VERSION, report_version(row));
	report_text(r, COMPLIANCE_MINIMUM, version_format(policy->minimum, version));
	if (policy->has_target)
		report_text(r, COMPLIANCE_TARGET, version_format(policy->target, version));
	add_findings(r, row, view->excluded);
	if (row->seen_utc_ms)
		report_int(r, COMPLIANCE_SEEN, row->seen_utc_ms);
	if (row->tried_utc_ms)
		report_int(r, COMPLIANCE_TRIED, row->tried_utc_ms);
	report_text(r, COMPLIANCE_OWNER, row->owner);
	report_text(r, COMPLIANCE_SITE, row->site);
	report_text(r, COMPLIANCE_VAULT, row->vault);
	report_text(r, COMPLIANCE_ADDRESS, row->address);
	if (!view->excluded && policies_exception_count(o->policies) > 0)
		accepted = add_exceptions(r, row, view->status, o);
	else if (!view->excluded)
		add_severities(r, row, NULL);
	report_int(r, COMPLIANCE_ACCEPTED, accepted);
	report_int(r, COMPLIANCE_TRIES, row->failed_looks);
	report_text(r, COMPLIANCE_KIND, row->kind);
	report_text(r, COMPLIANCE_REASON, report_reason(o->older_rules, view->status));
	return accepted;
}

static void count(struct counts *c, const struct host_view *view)
{
	enum status status;

	c->hosts++;
	c->excluded += view->excluded;
	/* what is excluded needs nobody's attention */
	c->unreachable += view->unreachable && !view->excluded;
	c->stale += view->stale && !view->excluded;
	if (status_from_name(view->status, &status))
		c->status[status]++;
}

static void add_summary(struct report *r, const struct counts *c)
{
	json_t *by_status = json_object();
	int counted = c->hosts - c->excluded;

	for (int i = 0; i < STATUS_COUNT; i++)
		json_object_set_new(by_status, status_name((enum status)i),
				    json_integer(c->status[i]));
	json_object_set_new(r->summary, "hosts", json_integer(c->hosts));
	json_object_set_new(r->summary, "excluded", json_integer(c->excluded));
	json_object_set_new(r->summary, "by_status", by_status);
	json_object_set_new(r->summary, "unreachable", json_integer(c->unreachable));
	json_object_set_new(r->summary, "stale", json_integer(c->stale));
	json_object_set_new(r->summary, "accepted", json_integer(c->accepted));
	json_object_set_new(r->summary, "obengine_stopped", json_integer(c->stopped));
	json_object_set_new(r->summary, "compliant_share",
			    counted > 0 ? json_real((double)c->status[STATUS_COMPLIANT] / counted) :
					  json_null());
}

struct report *compliance_of(const struct host_rows *hosts, const struct stopped_rows *stopped,
			     const struct report_options *o)
{
	struct report *r = report_begin(REPORT_COMPLIANCE, o);
	struct counts c = { 0 };

	r->status_column = COMPLIANCE_STATUS;
	for (int i = 0; i < hosts->count; i++) {
		struct host_view view;
		struct policy policy;

		if (!report_wants(o, hosts->row[i].name))
			continue;
		report_view(o, &hosts->row[i], &view, &policy);
		c.accepted += add_host(r, &hosts->row[i], &view, &policy, o);
		count(&c, &view);
		c.stopped += add_engine(r, &hosts->row[i], stopped);
	}
	add_summary(r, &c);
	report_expired(r, o);
	return r;
}

/* The hosts out of `rows` that another word or version stood for at a moment, moved to the front:
 * gives how many. Both are in one order. */
static int keep_changed(struct host_rows *rows, const struct moment_rows *then,
			const struct report_options *o)
{
	int at = 0, kept = 0;

	for (int i = 0; i < rows->count; i++) {
		struct host_row row = rows->row[i];
		struct host_view view;
		struct policy policy;

		report_view(o, &row, &view, &policy);
		while (at < then->count && strverscmp(then->row[at].name, row.name) < 0)
			at++;
		if (at < then->count && strcmp(then->row[at].name, row.name) == 0 &&
		    strcmp(then->row[at].status, view.status) == 0 &&
		    strcmp(then->row[at].version, row.version) == 0)
			continue;
		/* swapped, so that every row stays to be released */
		rows->row[i] = rows->row[kept];
		rows->row[kept++] = row;
	}
	return kept;
}

struct report *report_compliance(struct store *s, const struct report_options *o, struct err *err)
{
	struct host_rows hosts;
	struct stopped_rows stopped;
	struct moment_rows then;
	struct report *r = NULL;
	int all;

	if (store_hosts(s, NULL, ROWS_TROUBLE | ROWS_BARE, &hosts, err) < 0)
		return NULL;
	if (store_stopped(s, &stopped, err) < 0) {
		host_rows_release(&hosts);
		return NULL;
	}
	all = hosts.count;
	if (!o->since_utc_ms) {
		r = compliance_of(&hosts, &stopped, o);
	} else if (store_moment(s, o->since_utc_ms, 0, &then, err) == 0) {
		hosts.count = keep_changed(&hosts, &then, o);
		r = compliance_of(&hosts, &stopped, o);
		moment_rows_release(&then);
	}
	hosts.count = all;
	stopped_rows_release(&stopped);
	host_rows_release(&hosts);
	return r;
}
