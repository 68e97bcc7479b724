/* report_exceptions.c - what somebody answers for: one row an exception of the policy, and what
 * it covers now. Expired ones come first: they cover nothing any more. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fold.h"
#include "base/mem.h"
#include "reports/model.h"
#include "scanner/judge.h"
#include "scanner/policy/policy_store.h"

/* clang-format off */
/* In the order they are shown. */
#define STATE_ID(id, ...) id,
#define STATE_WORD(id, word, ...) word,
enum state { EXCEPTION_STATES(STATE_ID) STATES };
static const char *const state_names[STATES] = { EXCEPTION_STATES(STATE_WORD) };
/* clang-format on */

struct use {
	const struct exception *exception;
	enum state state;
	int findings;
	const char **name;              /* of hosts with such findings */
	int count, cap;
};

static bool is_trouble(const struct finding_row *f)
{
	return verdict_is_trouble(verdict_from_name(f->verdict));
}

static void count_host(struct use *use, const struct host_row *row, const struct row_groups *groups)
{
	int covered = 0;

	if (!exception_names(use->exception, row->name, groups->name, groups->count))
		return;
	for (int i = 0; i < row->finding_count; i++)
		covered += is_trouble(&row->finding[i]) &&
			   exception_covers(use->exception, row->name, groups->name, groups->count,
					    row->finding[i].check);
	if (covered == 0)
		return;
	use->findings += covered;
	MEM_GROW(use->name, use->count, use->cap);
	use->name[use->count++] = row->name;
}

static int by_state(const void *a, const void *b)
{
	const struct use *x = a, *y = b;
	int64_t one = x->exception->expires_utc_ms, other = y->exception->expires_utc_ms;

	if (x->state != y->state)
		return (int)x->state - (int)y->state;
	return (one > other) - (one < other);
}

static void add_use(struct report *r, const struct use *use)
{
	const struct exception *e = use->exception;
	AUTO_FREE char *hosts = fold_names(use->name, use->count);
	char day[CLOCK_TEXT];

	/* the last day on which it holds */
	clock_format_utc(e->expires_utc_ms - 1, day);
	day[strcspn(day, "T")] = '\0';
	report_row(r);
	report_text(r, EXCEPTIONS_STATE, state_names[use->state]);
	report_text(r, EXCEPTIONS_SCOPE, e->host ? "host" : "group");
	report_text(r, EXCEPTIONS_NAME, e->host ? e->host : e->group);
	report_text(r, EXCEPTIONS_CHECK, e->check);
	report_text(r, EXCEPTIONS_OWNER, e->owner);
	report_text(r, EXCEPTIONS_REASON, e->reason);
	report_text(r, EXCEPTIONS_EXPIRES, day);
	report_int(r, EXCEPTIONS_COVERS, use->findings);
	report_text(r, EXCEPTIONS_HOSTS, hosts);
}

static struct report *report_of(struct use *use, int count, const struct report_options *o)
{
	struct report *r = report_begin(REPORT_EXCEPTIONS, o);
	int states[STATES] = { 0 };

	r->status_column = EXCEPTIONS_STATE;
	for (int i = 0; i < count; i++) {
		use[i].state = use[i].exception->expires_utc_ms <= o->now_utc_ms ? EXPIRED :
			       use[i].findings > 0				 ? ACTIVE :
										   UNUSED;
		states[use[i].state]++;
	}
	qsort(use, (size_t)count, sizeof(*use), by_state);
	for (int i = 0; i < count; i++)
		add_use(r, &use[i]);
	json_object_set_new(r->summary, "exceptions", json_integer(count));
	for (int i = 0; i < STATES; i++)
		json_object_set_new(r->summary, state_names[i], json_integer(states[i]));
	return r;
}

struct report *report_exceptions(struct store *s, const struct report_options *o, struct err *err)
{
	int count = policies_exception_count(o->policies);
	AUTO_FREE struct use *use = xcalloc((size_t)count + 1, sizeof(*use));
	struct host_rows hosts;
	struct report *r;

	if (store_hosts(s, NULL, ROWS_TROUBLE | ROWS_BARE, &hosts, err) < 0)
		return NULL;
	for (int i = 0; i < count; i++)
		use[i].exception = policies_exception(o->policies, i);
	for (int i = 0; i < hosts.count && count > 0; i++) {
		struct row_groups groups;
		struct host_view view;
		struct policy policy;

		report_view(o, &hosts.row[i], &view, &policy);
		if (view.excluded || !report_wants(o, hosts.row[i].name))
			continue;
		row_groups_init(&groups, &hosts.row[i]);
		for (int k = 0; k < count; k++)
			count_host(&use[k], &hosts.row[i], &groups);
		row_groups_release(&groups);
	}
	r = report_of(use, count, o);
	for (int i = 0; i < count; i++)
		free(use[i].name);
	host_rows_release(&hosts);
	return r;
}
