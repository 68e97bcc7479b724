/* report_history.c - how the fleet stood at the end of each day (UTC). It is read as it stood
 * before the first day, and then each change of a host's word is counted from one word to the
 * other. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "reports/model.h"
#include "scanner/judge.h"

struct walk {
	struct report *report;
	const struct report_options *options;
	int count[STATUS_COUNT];
	int64_t end_utc_ms;             /* of the day that is being counted */
};

static int total_of(const struct walk *w)
{
	int total = 0;

	for (int i = 0; i < STATUS_COUNT; i++)
		total += w->count[i];
	return total;
}

/* The day is over. Days before the first host was known are no days of this fleet. */
static void add_day(struct walk *w)
{
	struct report *r = w->report;
	int total = total_of(w), counted = total - w->count[STATUS_EXCLUDED];
	char day[CLOCK_TEXT];

	if (total > 0 || r->row_count > 0) {
		clock_format_utc(w->end_utc_ms - DAY_MS, day);
		day[strcspn(day, "T")] = '\0';
		report_row(r);
		report_text(r, HISTORY_DAY, day);
		report_int(r, HISTORY_HOSTS, total);
		if (counted > 0)
			report_int(r, HISTORY_SHARE,
				   report_per_mille((double)w->count[STATUS_COMPLIANT] / counted));
		for (int i = 0; i < STATUS_COUNT; i++)
			report_int(r, HISTORY_STATUS + i, w->count[i]);
		report_int(r, HISTORY_OTHER,
			   w->count[STATUS_EXCLUDED] + w->count[STATUS_NEVER_SEEN] +
				   w->count[STATUS_UNDETERMINED]);
	}
	w->end_utc_ms += DAY_MS;
}

/* What is told of now is told of the last day. */
static void judge_now(struct walk *w)
{
	int now[STATUS_COUNT] = { 0 };
	enum status status = STATUS_EXCLUDED;

	for (int i = 0; i < STATUS_COUNT; i++) {
		status_from_name(report_word(w->options, status_name((enum status)i)), &status);
		now[status] += w->count[i];
	}
	memcpy(w->count, now, sizeof(now));
}

/* "" and "gone" are no words of a host that is there. */
static void count_word(struct walk *w, const char *word, int by)
{
	enum status status;

	if (status_from_name(word, &status))
		w->count[status] += by;
}

static void on_change(void *ctx, const struct status_change *change)
{
	struct walk *w = ctx;
	int64_t now = w->options->now_utc_ms;
	/* what was noted under a time that is still to come has happened all the same */
	int64_t utc_ms = change->utc_ms < now ? change->utc_ms : now;

	if (!report_wants(w->options, change->host))
		return;
	while (utc_ms >= w->end_utc_ms)
		add_day(w);
	count_word(w, change->was, -1);
	count_word(w, change->status, 1);
}

static int walk_days(struct walk *w, struct store *s, int64_t from_utc_ms, struct err *err)
{
	struct moment_rows then;

	if (store_moment(s, from_utc_ms - 1, 0, &then, err) < 0)
		return -1;
	for (int i = 0; i < then.count; i++)
		if (report_wants(w->options, then.row[i].name))
			count_word(w, then.row[i].status, 1);
	moment_rows_release(&then);
	if (store_status_changes(s, from_utc_ms - 1, on_change, w, err) < 0)
		return -1;
	while (w->end_utc_ms <= w->options->now_utc_ms)
		add_day(w);
	judge_now(w);
	if (w->end_utc_ms - DAY_MS <= w->options->now_utc_ms)
		add_day(w);
	return 0;
}

struct report *report_history(struct store *s, const struct report_options *o, struct err *err)
{
	int64_t since =
		o->since_utc_ms ? o->since_utc_ms : o->now_utc_ms - (HISTORY_DAYS - 1) * DAY_MS;
	int64_t from = since - since % DAY_MS;
	struct walk w = { .options = o, .end_utc_ms = from + DAY_MS };
	struct report *r = report_begin(REPORT_HISTORY, o);

	w.report = r;
	if (walk_days(&w, s, from, err) < 0) {
		report_free(r);
		return NULL;
	}
	json_object_set_new(r->summary, "days", json_integer(r->row_count));
	return r;
}
