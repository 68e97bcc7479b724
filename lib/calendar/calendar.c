/* calendar.c - what is open when: each rule gives spans of UTC, those are put in order and merged,
 * and the blackouts taken out. */
#include "calendar/calendar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/insist.h"
#include "base/mem.h"
#include "base/text.h"
#include "calendar/calendar_inside.h"

enum { RULES_MAX = 20000 };

void spans_release(struct spans *s)
{
	free(s->at);
	*s = (struct spans){ 0 };
}

struct calendar *calendar_new(void)
{
	struct calendar *c = xcalloc(1, sizeof(*c));
	struct err err;

	c->zone = zone_find("UTC", &err);
	INSIST(c->zone);
	c->zone_name = xstrdup("UTC");
	return c;
}

void calendar_free(struct calendar *c)
{
	if (!c)
		return;
	free(c->zone_name);
	free(c->weekly);
	free(c->date);
	free(c->blackout);
	free(c);
}

int calendar_set_zone(struct calendar *c, const char *name, struct err *err)
{
	const struct zone *zone = zone_find(name, err);

	if (!zone)
		return -1;
	c->zone = zone;
	free(c->zone_name);
	c->zone_name = xstrdup(name);
	return 0;
}

const char *calendar_zone(const struct calendar *c)
{
	return c->zone_name;
}

static int add_weekly(struct calendar *c, const char *text, struct err *err)
{
	struct weekly w;

	if (text_casecmp(text, "always") == 0 || text_casecmp(text, "never") == 0) {
		c->always |= text_casecmp(text, "always") == 0;
		c->ruled = true;
		return 0;
	}
	if (!weekly_parse(text, &w))
		return err_set(
			err, ERR_USAGE,
			"expected days and two times of 24 hours such as 'Sat 22:00-04:00', "
			"'Mon-Fri 01:00-05:00', '2nd Tue 20:00-24:00' or 'daily 02:00-04:00', "
			"or 'always'");
	MEM_GROW(c->weekly, c->weekly_count, c->weekly_cap);
	c->weekly[c->weekly_count++] = w;
	c->ruled = true;
	return 0;
}

static int read_stretch(const char *text, struct stretch *out, struct err *err)
{
	if (stretch_parse(text, out))
		return 0;
	return err_set(err, ERR_USAGE,
		       "expected days or times of 24 hours such as '2026-12-27', "
		       "'2026-12-20 - 2027-01-06', '2026-12-27 20:00-04:00' or "
		       "'2026-12-27 20:00 - 2026-12-28 04:00', the end behind the begin");
}

int calendar_add(struct calendar *c, enum calendar_rule rule, const char *text, struct err *err)
{
	struct stretch s;

	if (c->weekly_count + c->date_count + c->blackout_count >= RULES_MAX)
		return err_set(err, ERR_USAGE, "more than %d windows and blackouts",
			       (int)RULES_MAX);
	if (rule == CALENDAR_WEEKLY)
		return add_weekly(c, text, err);
	if (read_stretch(text, &s, err) != 0)
		return -1;
	if (rule == CALENDAR_DATE) {
		MEM_GROW(c->date, c->date_count, c->date_cap);
		c->date[c->date_count++] = s;
		c->ruled = true;
	} else {
		MEM_GROW(c->blackout, c->blackout_count, c->blackout_cap);
		c->blackout[c->blackout_count++] = s;
	}
	return 0;
}

/* --- spans ----------------------------------------------------------------------------------- */
static void add_span(struct spans *to, int64_t from_s, int64_t to_s, const struct span *within)
{
	int64_t from = from_s * SECOND_MS, end = to_s * SECOND_MS;

	if (from < within->from_utc_ms)
		from = within->from_utc_ms;
	if (end > within->to_utc_ms)
		end = within->to_utc_ms;
	if (from >= end)
		return;
	MEM_GROW(to->at, to->count, to->cap);
	to->at[to->count++] = (struct span){ from, end };
}

static int64_t utc_of(const struct calendar *c, const struct mark *m)
{
	return m->utc ? m->s : zone_first_s(c->zone, m->s);
}

static bool is_on(const struct weekly *w, int64_t day)
{
	int year, month, mday;

	if (!(w->days & 1u << weekday_of(day)))
		return false;
	if (!w->which && !w->last)
		return true;
	date_of(day, &year, &month, &mday);
	return (w->which & 1u << (mday - 1) / 7) != 0 ||
	       (w->last && mday + 7 > month_days(year, month));
}

static void add_weeks(const struct calendar *c, const struct weekly *w, const struct span *within,
		      struct spans *to)
{
	/* one that began two days ago may still be open, on whatever clock */
	int64_t first = within->from_utc_ms / DAY_MS - 3, last = within->to_utc_ms / DAY_MS + 1;

	for (int64_t day = first; day <= last; day++)
		if (is_on(w, day))
			add_span(to, zone_first_s(c->zone, day * DAY_S + w->from_min * MINUTE_S),
				 zone_first_s(c->zone, day * DAY_S + w->to_min * MINUTE_S), within);
}

static void add_stretches(const struct calendar *c, const struct stretch *s, int count,
			  const struct span *within, struct spans *to)
{
	for (int i = 0; i < count; i++)
		add_span(to, utc_of(c, &s[i].from), utc_of(c, &s[i].to), within);
}

static int by_begin(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return x->from_utc_ms < y->from_utc_ms ? -1 : x->from_utc_ms > y->from_utc_ms;
}

/* Those that overlap or touch become one. */
static void merge(struct spans *s)
{
	int kept = 0;

	if (s->count == 0)
		return;
	qsort(s->at, (size_t)s->count, sizeof(*s->at), by_begin);
	for (int i = 1; i < s->count; i++) {
		if (s->at[i].from_utc_ms > s->at[kept].to_utc_ms)
			s->at[++kept] = s->at[i];
		else if (s->at[i].to_utc_ms > s->at[kept].to_utc_ms)
			s->at[kept].to_utc_ms = s->at[i].to_utc_ms;
	}
	s->count = kept + 1;
}

static void keep(struct spans *to, int64_t from, int64_t end)
{
	if (from >= end)
		return;
	MEM_GROW(to->at, to->count, to->cap);
	to->at[to->count++] = (struct span){ from, end };
}

/* What of `open` is in none of `out`; both are in order and apart. */
static void take_away(const struct spans *open, const struct spans *out, struct spans *to)
{
	int next = 0;

	for (int i = 0; i < open->count; i++) {
		int64_t from = open->at[i].from_utc_ms, end = open->at[i].to_utc_ms;

		while (next < out->count && out->at[next].to_utc_ms <= from)
			next++;
		for (int k = next; k < out->count && out->at[k].from_utc_ms < end; k++) {
			keep(to, from, out->at[k].from_utc_ms);
			from = out->at[k].to_utc_ms;
		}
		keep(to, from, end);
	}
}

void calendar_spans(const struct calendar *c, int64_t from_utc_ms, int64_t to_utc_ms,
		    struct spans *out)
{
	const struct span within = { from_utc_ms, to_utc_ms };
	struct spans open = { 0 }, black = { 0 };

	*out = (struct spans){ 0 };
	if (c->always || !c->ruled)
		keep(&open, from_utc_ms, to_utc_ms);
	for (int i = 0; i < c->weekly_count; i++)
		add_weeks(c, &c->weekly[i], &within, &open);
	add_stretches(c, c->date, c->date_count, &within, &open);
	add_stretches(c, c->blackout, c->blackout_count, &within, &black);
	merge(&open);
	merge(&black);
	take_away(&open, &black, out);
	spans_release(&open);
	spans_release(&black);
}

/* Looks ahead only as far as it must: a year of days is many. */
bool calendar_next(const struct calendar *c, int64_t now_utc_ms, struct span *out)
{
	static const int ahead[] = { 9, 63, CALENDAR_DAYS };
	bool some = false;

	for (size_t i = 0; i < ARRAY_LEN(ahead); i++) {
		int64_t end = now_utc_ms + ahead[i] * DAY_MS;
		struct spans all;

		calendar_spans(c, now_utc_ms, end, &all);
		some = all.count > 0;
		if (some)
			*out = all.at[0];
		spans_release(&all);
		if (some && out->to_utc_ms < end)
			break;
	}
	return some;
}

/* --- for people ------------------------------------------------------------------------------ */
int64_t calendar_local_s(const struct calendar *c, int64_t utc_ms)
{
	int64_t s = utc_ms / SECOND_MS;

	return s + zone_offset_s(c->zone, s);
}

const char *calendar_format(const struct calendar *c, int64_t utc_ms, char *out)
{
	static const char *const short_day[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
	int64_t local = calendar_local_s(c, utc_ms), day = local / DAY_S;
	int minutes = (int)(local % DAY_S / MINUTE_S);
	int year, month, mday;

	date_of(day, &year, &month, &mday);
	snprintf(out, CALENDAR_TEXT, "%s %04d-%02d-%02d %02d:%02d", short_day[weekday_of(day)],
		 year, month, mday, minutes / 60, minutes % 60);
	return out;
}
