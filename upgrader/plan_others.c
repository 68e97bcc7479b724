/* plan_others.c - see plan_inside.h. */
#include "upgrader/plan_inside.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"
#include "scanner/judge.h"
#include "scanner/policy/policy.h"

enum { DUE_BEFORE_MS = 60 * 60 * 1000 };        /* a backup that begins so shortly before, too */

/* Behind what is known of it already. */
static void note(struct plan_row *row, const char *text)
{
	size_t len = strlen(row->reason);

	snprintf(row->reason + len, sizeof(row->reason) - len, "%s%s", len ? "; " : "", text);
}

void plan_note_lease(struct plan_row *row, const struct host_row *known,
		     const struct lease_rows *leases)
{
	for (int i = 0; i < leases->count && plan_row_is_upgraded(row); i++) {
		const struct lease_row *l = &leases->row[i];
		AUTO_FREE char *by = *l->run_name ?
					     xasprintf("run %s, %s", l->run_name, l->holder) :
					     xstrdup(l->holder);
		AUTO_FREE char *text = xasprintf("leased now by %s: its turn decides", by);

		if (!lease_is_of(l, known))
			continue;
		note(row, text);
		return;
	}
}

void plan_note_stale(struct plan *plan)
{
	int64_t now = clock_utc_ms();

	for (int i = 0; i < plan->count; i++) {
		struct plan_row *row = &plan->row[i];
		char age[CLOCK_TEXT];
		struct policy policy;

		if (!plan_row_is_upgraded(row) || *row->reason || row->seen_utc_ms == 0)
			continue;
		policies_for(plan->policies, row->host->group, row->host->group_count, &policy);
		if (clock_age_ms(row->seen_utc_ms, now) > policy.stale_after_ms)
			snprintf(row->reason, sizeof(row->reason),
				 "last seen %s ago: the fresh look decides",
				 clock_format_duration(clock_age_ms(row->seen_utc_ms, now), age));
	}
}

void plan_note_due(struct plan *plan)
{
	for (int i = 0; i < plan->count; i++) {
		struct plan_row *row = &plan->row[i];
		int64_t from = row->window.from_utc_ms;
		AUTO_FREE char *text = NULL;
		char at[CLOCK_TEXT];

		if (!plan_row_is_upgraded(row) || row->slot != SLOT_LATER ||
		    row->due_utc_ms < from - DUE_BEFORE_MS ||
		    row->due_utc_ms > from + row->expected.ms)
			continue;
		text = xasprintf("a backup is due at %s, for which it waits",
				 clock_format_utc(row->due_utc_ms, at));
		note(row, text);
	}
}

/* The one that lasts longest. */
static const struct exception *accepted(const struct plan *plan, const struct inv_host *h)
{
	const struct exception *e = policies_covering(plan->policies, h->name, h->group,
						      h->group_count, checks[CHECK_VERSION].id);

	return e ? e :
		   policies_covering(plan->policies, h->name, h->group, h->group_count,
				     checks[CHECK_TARGET].id);
}

void plan_leave_excepted(struct plan *plan)
{
	for (int i = 0; i < plan->count; i++) {
		struct plan_row *row = &plan->row[i];
		const struct exception *e = accepted(plan, row->host);
		char day[POLICY_DAY];

		if (!e || !plan_row_is_upgraded(row) || row->stopped_by)
			continue;
		row->excluded = true;
		row->registers = false;
		snprintf(row->reason, sizeof(row->reason),
			 "the policy has an exception for its version until %s (%.60s): %.200s",
			 exception_day(e, day), e->owner, e->reason);
	}
}

/* The rows of one kind: those that a run left stopped, which keep their turn, or the others. */
static void leave_twins(struct plan *plan, const struct clones *clones, struct map *planned,
			bool stopped)
{
	for (int i = 0; i < plan->count; i++) {
		struct plan_row *row = &plan->row[i];
		const char *server = who_server(clones, row->host->name);
		const struct plan_row *first;

		if (!server || !plan_row_is_upgraded(row) || (row->stopped_by != NULL) != stopped)
			continue;
		first = map_add(planned, server, row);
		if (!first || stopped)
			continue;
		row->excluded = true;
		row->registers = false;
		snprintf(row->reason, sizeof(row->reason),
			 "it is the same server as %.200s, which is planned", first->host->name);
	}
}

void plan_leave_twins(struct plan *plan, const struct clones *clones)
{
	struct map planned = { 0 };     /* the first name of a server -> its row */

	/* its name is the one by which obengine is started first */
	leave_twins(plan, clones, &planned, true);
	leave_twins(plan, clones, &planned, false);
	map_release(&planned);
}
