/* moment.c - from a word to a time. A date is its first moment, UTC. */
#include "reports/moment.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"

enum {
	SCANS = 16,             /* that are looked through: those of one host are passed over */
	PASSED_SHOWN = 3,       /* of those, by name */
	PASSED_MAX = 1200
};

static int largest_of(const struct scan_rows *scans)
{
	int largest = 0;

	for (int i = 0; i < scans->count; i++)
		if (scans->row[i].hosts > largest)
			largest = scans->row[i].hosts;
	return largest;
}

/* Looks at a few hosts in between are no night's scan: a scan counts that saw at least half of the
 * largest. */
static bool is_small(const struct scan_row *scan, int largest)
{
	return scan->hosts * 2 < largest;
}

/* The nth of the whole scans, newest first: the newest is `last`, the one before `previous`. Its
 * index; that of none is their count. */
static int nth_whole(const struct scan_rows *scans, int nth)
{
	int largest = largest_of(scans), found = 0;

	for (int i = 0; i < scans->count; i++)
		if (scans->row[i].ended_utc_ms && !is_small(&scans->row[i], largest) &&
		    found++ == nth)
			return i;
	return scans->count;
}

/* Which of the words for scans that is; -1: none. */
static int nth_named(const char *text)
{
	if (strcmp(text, "last") == 0)
		return 0;
	return strcmp(text, "previous") == 0 ? 1 : -1;
}

static int nth_scan(struct store *s, int nth, int64_t *out_utc_ms, struct err *err)
{
	struct scan_rows scans;
	int at, count;

	if (store_scans(s, 0, SCANS, &scans, err) < 0)
		return -1;
	at = nth_whole(&scans, nth);
	count = scans.count;
	if (at < count)
		*out_utc_ms = scans.row[at].ended_utc_ms;
	scan_rows_release(&scans);
	if (at < count)
		return 0;
	err_set(err, ERR_USAGE,
		nth ? "there is no scan before the last one" : "there is no scan yet");
	return err_hint(err, "name a date instead, or scan first");
}

/* A time that is typed has no fractions: the second after the end, when all was known. */
static void add_passed(struct buf *out, const struct scan_row *scan)
{
	int64_t utc_ms =
		scan->ended_utc_ms ? (scan->ended_utc_ms / 1000 + 1) * 1000 : scan->begun_utc_ms;
	char text[CLOCK_TEXT];

	buf_addf(out, "%s%s (%d host%s: ", out->len ? ", " : "", clock_format_utc(utc_ms, text),
		 scan->hosts, scan->hosts == 1 ? "" : "s");
	buf_addf(out, "%.100s)", scan->patterns);
}

/* Those that ended and are small, or those that are neither. */
static char *name_passed(struct store *s, const char *text, bool ended, struct err *err)
{
	struct scan_rows scans;
	int nth = nth_named(text), passed = 0, end, largest;
	struct buf out;

	if (nth < 0)
		return xstrdup("");
	if (store_scans(s, 0, SCANS, &scans, err) < 0)
		return NULL;
	buf_init(&out, PASSED_MAX);
	largest = largest_of(&scans);
	end = nth_whole(&scans, nth);
	for (int i = ended ? 0 : 1; i < end; i++) {
		const struct scan_row *scan = &scans.row[i];

		if (ended == (scan->ended_utc_ms != 0) && ended == is_small(scan, largest) &&
		    passed++ < PASSED_SHOWN)
			add_passed(&out, scan);
	}
	if (passed > PASSED_SHOWN)
		buf_addf(&out, " and %d more", passed - PASSED_SHOWN);
	scan_rows_release(&scans);
	return buf_take(&out);
}

char *moment_passed_over(struct store *s, const char *text, struct err *err)
{
	return name_passed(s, text, true, err);
}

char *moment_unended(struct store *s, const char *text, struct err *err)
{
	return name_passed(s, text, false, err);
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

	if (nth_named(text) >= 0)
		return nth_scan(s, nth_named(text), out_utc_ms, err);
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
