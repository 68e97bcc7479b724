/* moment.c - from a word to a time. A date is its first moment, UTC. */
#include "reports/moment.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

enum { SCANS = 16 };    /* that are looked through: those of one host are passed over */

/* The nth of the whole scans, newest first: the newest is `last`, the one before `previous`. Looks
 * at a few hosts in between are no night's scan: a scan counts that saw at least half of the
 * largest. */
static int nth_scan(struct store *s, int nth, int64_t *out_utc_ms, struct err *err)
{
	struct scan_rows scans;
	int largest = 0, found = 0;

	if (store_scans(s, 0, SCANS, &scans, err) < 0)
		return -1;
	for (int i = 0; i < scans.count; i++)
		if (scans.row[i].hosts > largest)
			largest = scans.row[i].hosts;
	for (int i = 0; i < scans.count && found <= nth; i++) {
		const struct scan_row *scan = &scans.row[i];

		if (!scan->ended_utc_ms || scan->hosts * 2 < largest)
			continue;
		if (found++ == nth)
			*out_utc_ms = scan->ended_utc_ms;
	}
	scan_rows_release(&scans);
	if (found > nth)
		return 0;
	err_set(err, ERR_USAGE,
		nth ? "there is no scan before the last one" : "there is no scan yet");
	return err_hint(err, "name a date instead, or scan first");
}

/* "2026-11-01T02:00Z": seconds are what nobody types. */
static bool parse_minutes(const char *text, int64_t *out_utc_ms)
{
	AUTO_FREE char *whole = NULL;

	if (strlen(text) < 16 || (text[10] != 'T' && text[10] != ' ') || text[16] == ':')
		return false;
	whole = xasprintf("%.16s:00%s", text, text + 16);
	return clock_parse_utc(whole, out_utc_ms);
}

int moment_parse(struct store *s, const char *text, int64_t now_utc_ms, int64_t *out_utc_ms,
		 struct err *err)
{
	int64_t ago_ms;

	if (strcmp(text, "last") == 0 || strcmp(text, "previous") == 0)
		return nth_scan(s, text[0] == 'p', out_utc_ms, err);
	if (strcmp(text, "now") == 0) {
		*out_utc_ms = now_utc_ms;
		return 0;
	}
	if (clock_parse_utc(text, out_utc_ms) || parse_minutes(text, out_utc_ms))
		return 0;
	if (clock_parse_duration(text, &ago_ms, NULL) == 0 && ago_ms < now_utc_ms) {
		*out_utc_ms = now_utc_ms - ago_ms;
		return 0;
	}
	return err_set(err, ERR_USAGE,
		       "'%s' is no moment: 2026-11-01, 2026-11-01T02:00Z, 7d (ago), now, last or "
		       "previous (scan) was expected",
		       text);
}
