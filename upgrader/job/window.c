/* window.c - a job and the maintenance window of its host. A window that closes ends the waits of a
 * host that was not changed yet; from its first change on only the steps' own limits count. What
 * lasts longer than its window is told, not cut. */
#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "upgrader/run.h"

void job_enter_window(struct job *j, enum slot slot, const struct span *window, int64_t now_utc_ms)
{
	int64_t now = clock_boot_ms();

	if (slot != SLOT_NOW)
		j->window_until_ms = now;
	else if (window->to_utc_ms == INT64_MAX)
		j->window_until_ms = INT64_MAX;
	else
		j->window_until_ms = now + window->to_utc_ms - now_utc_ms;
}

/* By the clock that nobody sets, and that counts sleep. */
static int64_t left_ms(const struct job *j)
{
	int64_t left;

	if (j->window_until_ms == INT64_MAX)
		return INT64_MAX;
	left = j->window_until_ms - clock_boot_ms();
	return left > 0 ? left : 0;
}

bool job_is_outside(const struct job *j)
{
	bool is_over = j->state == JOB_UNDO || j->state == JOB_UNDOING || j->state == JOB_ENDED;

	return !is_over && !j->row.changed && left_ms(j) == 0;
}

bool job_window_is_over(const struct job *j)
{
	return left_ms(j) == 0;
}

int64_t job_wait_left_ms(const struct job *j, bool changed)
{
	int64_t limit = job_left_ms(j), window = changed ? INT64_MAX : left_ms(j);

	return limit < window ? limit : window;
}

void job_tell_overrun(struct job *j)
{
	int64_t over = j->window_until_ms == INT64_MAX ? 0 : clock_boot_ms() - j->window_until_ms;
	AUTO_FREE char *text = NULL;
	char span[CLOCK_TEXT];

	if (!j->row.changed || j->settled || over <= 0)
		return;
	text = xasprintf("%s%sended %s after its maintenance window closed", j->row.reason,
			 *j->row.reason ? "; " : "", clock_format_duration(over, span));
	job_set(&j->row.reason, text);
}
