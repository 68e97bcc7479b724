/* run_windows.c - a run and the maintenance windows of its hosts: whose is open, and what is said
 * while it waits for one. */
#include "base/clock.h"
#include "base/log.h"
#include "upgrader/estimate.h"
#include "upgrader/run.h"

void run_set_calendars(struct run *run)
{
	for (int i = 0; i < run->count; i++) {
		struct job *j = &run->job[i];

		if (!run->policies || run->terms.ignore_windows || !j->host)
			continue;
		j->calendar =
			policies_calendar(run->policies, j->host->group, j->host->group_count);
		j->reboot_calendar = policies_reboot_calendar(run->policies, j->host->group,
							      j->host->group_count);
	}
}

void run_expect(struct run *run, const struct estimate *e)
{
	run->needs_ms = e->long_ms;
	for (int i = 0; i < run->count; i++) {
		struct job *j = &run->job[i];

		if (j->host)
			j->needs_ms = estimate_of(e, j->host->name, j->host->site).ms;
	}
}

enum slot run_find_slot(struct run *run, const struct job *j, int64_t now, struct span *window)
{
	struct slot_wish wish = { .calendar = j->calendar,
				  .needs_ms = j->needs_ms ? j->needs_ms : run->needs_ms,
				  .until_utc_ms = run->until_utc_ms };
	enum slot slot = slots_find(&run->slots, &wish, now, window);

	return run->until_utc_ms > 0 && now > run->until_utc_ms ? SLOT_NONE : slot;
}

void run_show_slots(struct run *run)
{
	int64_t now = clock_utc_ms();
	struct span window;

	run->later = false;
	for (int i = 0; i < run->count; i++) {
		struct job *j = &run->job[i];

		if (j->active || (j->ended ? run->shown[i].again_ms == 0 : j->state != JOB_PLANNED))
			continue;
		run->shown[i].slot = j->slot = run_find_slot(run, j, now, &window);
		run->later |= j->slot == SLOT_LATER;
	}
}

void run_tell_windows(struct run *run)
{
	const struct job *next = NULL;
	struct span first = { 0 };
	char at[CALENDAR_TEXT];
	int count = 0;

	if (run->in_flight > 0 || run->waits)
		return;
	for (int i = 0; i < run->count; i++) {
		const struct job *j = &run->job[i];
		struct span window;

		if (j->state != JOB_PLANNED || j->ended || j->slot != SLOT_LATER)
			continue;
		run_find_slot(run, j, clock_utc_ms(), &window);
		count++;
		if (!next || window.from_utc_ms < first.from_utc_ms) {
			next = j;
			first = window;
		}
	}
	run->waits = true;
	if (next)
		log_line(LOG_INFO, "%d host%s for %s maintenance window%s, the first opens %s %s",
			 count, count == 1 ? " waits" : "s wait", count == 1 ? "its" : "their",
			 count == 1 ? "" : "s",
			 calendar_format(next->calendar, first.from_utc_ms, at),
			 calendar_zone(next->calendar));
}
