/* under_way.c - see under_way.h. */
#include "scanner/under_way.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

enum { ON_LINE = 3, IN_LOG = 20 };

void in_flights_add(struct in_flights *to, const struct in_flight *host)
{
	MEM_GROW(to->item, to->count, to->cap);
	to->item[to->count++] = *host;
}

void under_way_init(struct under_way *u, struct progress *progress,
		    void (*collect)(void *ctx, struct in_flights *to), void *ctx)
{
	*u = (struct under_way){
		.progress = progress, .collect = collect, .ctx = ctx, .heard_ms = progress->begin_ms
	};
}

static int longest_first(const void *a, const void *b)
{
	const struct in_flight *x = a, *y = b;

	if (x->begun_ms != y->begun_ms)
		return x->begun_ms < y->begun_ms ? -1 : 1;
	return strverscmp(x->host, y->host);
}

static void collect(const struct under_way *u, struct in_flights *out)
{
	*out = (struct in_flights){ .item = NULL };
	u->collect(u->ctx, out);
	if (out->count > 0)
		qsort(out->item, (size_t)out->count, sizeof(*out->item), longest_first);
}

/* Shown by the wall clock, reckoned by the other. */
static const char *until_text(const struct in_flight *f, int64_t now_ms, char out[CLOCK_TEXT])
{
	return clock_format_utc(clock_utc_ms() + f->until_ms - now_ms, out);
}

/* "web01: install until 14:02:11Z": as many as a line has room for, the slowest first. */
static void add_to_line(struct under_way *u, int64_t now_ms)
{
	struct in_flights all;
	struct buf line;

	buf_init(&line, sizeof(u->progress->more) - 1);
	collect(u, &all);
	for (int i = 0; i < all.count && i < ON_LINE; i++) {
		const struct in_flight *f = &all.item[i];
		char until[CLOCK_TEXT];

		buf_addf(&line, "%s%s: %s", line.len ? ", " : "", f->host, f->step);
		if (f->until_ms != INT64_MAX)
			buf_addf(&line, " until %s",
				 until_text(f, now_ms, until) + strlen("2026-11-21T"));
	}
	snprintf(u->progress->more, sizeof(u->progress->more), "%s", buf_text(&line));
	buf_release(&line);
	free(all.item);
}

static void tell_one(const struct in_flight *f, enum log_level level, int64_t now_ms)
{
	char spent[CLOCK_TEXT], until[CLOCK_TEXT];

	clock_format_duration(now_ms - f->begun_ms, spent);
	if (f->until_ms == INT64_MAX)
		log_line(level, "%s: %s; in flight for %s", f->host, f->step, spent);
	else
		log_line(level, "%s: %s, until %s at the latest; in flight for %s", f->host,
			 f->step, until_text(f, now_ms, until), spent);
}

static void tell(struct under_way *u, enum log_level level, int64_t now_ms)
{
	const struct progress *p = u->progress;
	struct in_flights all;

	u->heard_ms = now_ms;
	progress_clear(u->progress);
	collect(u, &all);
	log_line(level, "%s: %d of %d, %d failed, %d in flight", p->verb, p->done, p->total,
		 p->failed, all.count);
	for (int i = 0; i < all.count && i < IN_LOG; i++)
		tell_one(&all.item[i], level, now_ms);
	if (all.count > IN_LOG)
		log_line(level, "and %d more that took off later", all.count - IN_LOG);
	free(all.item);
}

/* Whoever asks is answered with -q, too. */
void under_way_tell(struct under_way *u, int64_t now_ms)
{
	tell(u, log_get_level() < LOG_INFO ? LOG_WARN : LOG_INFO, now_ms);
}

void under_way_tick(struct under_way *u, int64_t now_ms)
{
	struct progress *p = u->progress;

	if (p->done != u->done) {
		u->done = p->done;
		u->heard_ms = now_ms;
	}
	if (p->on)
		add_to_line(u, now_ms);
	else if (now_ms - u->heard_ms >= UNDER_WAY_SILENCE_MINUTES * MINUTE_MS)
		tell(u, LOG_INFO, now_ms);
	progress_show(p, now_ms);
}
