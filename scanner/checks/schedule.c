/* schedule.c - the longest gap of a schedule. */
#include "scanner/checks/checks.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"

enum { WEEK_DAYS = 7, WEEK_MINUTES = WEEK_DAYS * 24 * 60, WEEKS_MAX = 52 };

/* The minutes of one week at which a backup starts. */
struct week { bool starts[WEEK_MINUTES]; };

/* One row of a fact into a week; every how many weeks, 0: it says something impossible. */
static int64_t add_row(const json_t *row, struct week *week)
{
	int64_t days, weeks, minute;

	if (!json_get_int(row, "days", &days) || !json_get_int(row, "weeks", &weeks) ||
	    !json_get_int(row, "minute", &minute) || days < 1 || days >= 1 << WEEK_DAYS ||
	    weeks < 1 || weeks > WEEKS_MAX || minute < 0 || minute >= 24 * 60)
		return 0;
	for (int day = 0; day < WEEK_DAYS; day++)
		if (days & (1 << day))
			week->starts[day * 24 * 60 + minute] = true;
	return weeks;
}

/* In minutes, the week being a circle; 0: nothing starts. */
static int64_t longest_gap(const struct week *week)
{
	int first = -1, last = -1, longest = 0;

	for (int at = 0; at < WEEK_MINUTES; at++) {
		if (!week->starts[at])
			continue;
		if (first < 0)
			first = at;
		else if (at - last > longest)
			longest = at - last;
		last = at;
	}
	if (first < 0)
		return 0;
	return first + WEEK_MINUTES - last > longest ? first + WEEK_MINUTES - last : longest;
}

static int64_t shorter(int64_t a, int64_t b)
{
	return b > 0 && (a == 0 || b < a) ? b : a;
}

static int64_t gap_of(const json_t *list)
{
	struct week every = { 0 };
	int64_t gap = 0;
	const json_t *row;
	size_t i;

	json_array_foreach(list, i, row)
	{
		struct week one = { 0 };
		int64_t weeks = add_row(row, &one);

		if (weeks == 1)
			add_row(row, &every);
		else if (weeks > 1)
			gap = shorter(gap, longest_gap(&one) + (weeks - 1) * WEEK_MINUTES);
	}
	return shorter(gap, longest_gap(&every)) * MINUTE_MS;
}

int64_t schedule_gap_ms(const struct context *c)
{
	int64_t gap = gap_of(json_get_arr(facts_value(c->facts, FACT_BACKUP_POLICY), "starts"));

	if (gap > 0)
		return gap;
	return gap_of(json_get_arr(facts_value(c->facts, FACT_AGENT_CONFIG), "task_starts"));
}
