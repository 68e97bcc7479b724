/* ics.c - an iCalendar file, by libical: each event with its RRULE, RDATE and EXDATE. */
#include "calendar/ics.h"

#include <libical/ical.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "calendar/calendar_inside.h"

enum { STEPS_MAX = 3000000 };

struct reading {
	int64_t from_s, to_s;           /* what is asked for */
	void (*each)(void *ctx, const char *rule);
	void *ctx;
	int told;
	int steps;                      /* of what comes back, with what it is compared to */
	struct err *err;
};

/* An event as it is told: its first time, and how long it lasts. */
struct event {
	icalcomponent *component;
	icaltimetype begin;
	int64_t length_s;
};

static int wrong(const struct reading *r, const struct event *e, const char *what)
{
	const char *summary = icalcomponent_get_summary(e->component);
	AUTO_FREE char *shown = text_printable(summary ? summary : "without a name",
					       strlen(summary ? summary : "without a name"), 60);

	return err_set(r->err, ERR_USAGE, "event '%s': %s", shown, what);
}

/* As UTC where the zone is known, else what the clock shows as if it were. */
static int64_t seconds_of(icaltimetype t)
{
	const icaltimezone *zone = t.zone && !t.is_date ? t.zone : icaltimezone_get_utc_timezone();

	return (int64_t)icaltime_as_timet_with_zone(t, zone);
}

static void format_mark(int64_t s, const char *z, char *out, size_t size)
{
	int year, month, day, minutes = (int)(s % DAY_S / MINUTE_S);

	date_of(s / DAY_S, &year, &month, &day);
	snprintf(out, size, "%04d-%02d-%02d %02d:%02d%s", year, month, day, minutes / 60,
		 minutes % 60, z);
}

static void format_day(int64_t s, char *out, size_t size)
{
	int year, month, day;

	date_of(s / DAY_S, &year, &month, &day);
	snprintf(out, size, "%04d-%02d-%02d", year, month, day);
}

/* What lies further away than the clock of any zone is not asked for, and may be in a year that no
 * rule is of: "until 9999". */
static int64_t no_further(int64_t s, int64_t from_s, int64_t to_s)
{
	if (s < from_s - DAY_S)
		return from_s - DAY_S;
	return s > to_s + DAY_S ? to_s + DAY_S : s;
}

/* Begins on whole minutes, and ends on one that is not before its end. */
static int tell(struct reading *r, const struct event *e, icaltimetype at)
{
	const char *z = at.zone ? "Z" : "";
	int64_t from = seconds_of(at), to = from + e->length_s;
	char begin[64], end[64], rule[sizeof(begin) + sizeof(end) + 4];

	if (to <= from || to <= r->from_s || from >= r->to_s || from < 0)
		return 0;
	from = no_further(from, r->from_s, r->to_s);
	to = no_further(to, r->from_s, r->to_s);
	if (++r->told > ICS_EVENTS_MAX)
		return err_set(r->err, ERR_USAGE, "more than %d events", (int)ICS_EVENTS_MAX);
	if (at.is_date) {
		format_day(from, begin, sizeof(begin));
		format_day(to - DAY_S, end, sizeof(end));
	} else {
		format_mark(from, z, begin, sizeof(begin));
		format_mark(to + MINUTE_S - 1, z, end, sizeof(end));
	}
	snprintf(rule, sizeof(rule), "%s - %s", begin, end);
	r->each(r->ctx, rule);
	return 0;
}

/* Seconds of work: 70 that come back daily since 1970, or 700 each year. */
static int count_steps(struct reading *r, const struct event *e, int steps)
{
	if (steps <= STEPS_MAX - r->steps) {
		r->steps += steps;
		return 0;
	}
	return wrong(r, e, "it comes back, or is called off, too often");
}

static bool is_excluded(const struct event *e, icaltimetype at)
{
	icaltimetype begin = e->begin;

	return icalproperty_recurrence_is_excluded(e->component, &begin, &at);
}

static int tell_unless_excluded(struct reading *r, const struct event *e, icaltimetype at)
{
	if (seconds_of(at) + e->length_s <= r->from_s)
		return 0;
	if (count_steps(r, e, icalcomponent_count_properties(e->component, ICAL_EXDATE_PROPERTY)) !=
	    0)
		return -1;
	return is_excluded(e, at) ? 0 : tell(r, e, at);
}

/* What libical goes through up to the end of what is asked for, in steps a year, as it was
 * measured. */
static int bound(struct reading *r, const struct event *e, struct icalrecurrencetype *rule)
{
	static const int a_year[] = {
		[ICAL_DAILY_RECURRENCE] = 730,
		[ICAL_WEEKLY_RECURRENCE] = 104,
		[ICAL_MONTHLY_RECURRENCE] = 120,
		[ICAL_YEARLY_RECURRENCE] = 73,
	};
	icaltimetype end = icaltime_from_timet_with_zone((time_t)(r->to_s + DAY_S), 0,
							 icaltimezone_get_utc_timezone());
	int64_t begin_s = seconds_of(e->begin);

	if (rule->freq < ICAL_DAILY_RECURRENCE || rule->freq > ICAL_YEARLY_RECURRENCE)
		return wrong(r, e, "it comes back more often than daily");
	if (begin_s < 0)
		return wrong(r, e, "it comes back since before 1970");
	if (icaltime_is_null_time(rule->until) || icaltime_compare(rule->until, end) > 0)
		rule->until = end;
	return count_steps(r, e,
			   (int)((r->to_s - begin_s) / (365 * DAY_S) + 1) * a_year[rule->freq]);
}

static int tell_rule(struct reading *r, const struct event *e, struct icalrecurrencetype rule)
{
	icalrecur_iterator *i;
	icaltimetype at;
	int result = 0, times = 0;

	if (seconds_of(e->begin) >= r->to_s)
		return 0;
	if (bound(r, e, &rule) != 0)
		return -1;
	if (icaltime_compare(rule.until, e->begin) < 0)
		return 0;
	i = icalrecur_iterator_new(rule, e->begin);
	if (!i)
		return wrong(r, e, "its RRULE cannot be read");
	for (at = icalrecur_iterator_next(i); result == 0 && !icaltime_is_null_time(at);
	     at = icalrecur_iterator_next(i), times++) {
		if (seconds_of(at) >= r->to_s)
			break;
		result = count_steps(r, e, 2);
		if (result == 0 && icaltime_compare(at, e->begin) != 0)
			result = tell_unless_excluded(r, e, at);
	}
	icalrecur_iterator_free(i);
	/* the 30th of February: libical looks for it until the year 20,582, which takes seconds */
	if (result == 0 && times == 0 && icaltime_is_null_time(at))
		return wrong(r, e, "its RRULE says no day");
	return result;
}

/* The zone of a time that does not say UTC: what its property names, else the event's. */
static const icaltimezone *zone_of(const struct event *e, icalproperty *p)
{
	icalparameter *named = icalproperty_get_first_parameter(p, ICAL_TZID_PARAMETER);
	const char *tzid = named ? icalparameter_get_tzid(named) : NULL;
	const icaltimezone *zone = NULL;

	for (icalcomponent *c = e->component; c && tzid && !zone; c = icalcomponent_get_parent(c))
		zone = icalcomponent_get_timezone(c, tzid);
	if (tzid && !zone)
		zone = icaltimezone_get_builtin_timezone(tzid);
	return zone ? zone : e->begin.zone;
}

/* One more time, or a period, which brings its own length. */
static int tell_date(struct reading *r, const struct event *e, icalproperty *p)
{
	struct icaldatetimeperiodtype date = icalproperty_get_rdate(p);
	bool period = icaltime_is_null_time(date.time);
	icaltimetype at = period ? date.period.start : date.time, end = date.period.end;
	struct event one = *e;

	if (icaltime_is_null_time(at))
		return wrong(r, e, "its RDATE cannot be read");
	if (!at.zone)
		at.zone = zone_of(e, p);
	if (period && icaltime_is_null_time(end)) {
		one.length_s = icaldurationtype_as_int(date.period.duration);
	} else if (period) {
		end.zone = end.zone ? end.zone : at.zone;
		one.length_s = seconds_of(end) - seconds_of(at);
	}
	return tell_unless_excluded(r, &one, at);
}

static int tell_event(struct reading *r, const struct event *e)
{
	icalproperty *p;
	int result = tell_unless_excluded(r, e, e->begin);

	for (p = icalcomponent_get_first_property(e->component, ICAL_RRULE_PROPERTY);
	     p && result == 0;
	     p = icalcomponent_get_next_property(e->component, ICAL_RRULE_PROPERTY))
		result = tell_rule(r, e, icalproperty_get_rrule(p));
	for (p = icalcomponent_get_first_property(e->component, ICAL_RDATE_PROPERTY);
	     p && result == 0;
	     p = icalcomponent_get_next_property(e->component, ICAL_RDATE_PROPERTY))
		result = tell_date(r, e, p);
	return result;
}

/* libical leaves out what it cannot read, and says so beside it. Of what says when an event is,
 * nothing may be missing. */
static int want_all_read(struct reading *r, const struct event *e)
{
	static const char *const needed[] = { "DTSTART", "DTEND",  "DURATION", "RRULE",
					      "RDATE",	 "EXDATE", "EXRULE" };
	char said[40], what[60];

	for (icalproperty *p =
		     icalcomponent_get_first_property(e->component, ICAL_XLICERROR_PROPERTY);
	     p; p = icalcomponent_get_next_property(e->component, ICAL_XLICERROR_PROPERTY)) {
		const char *text = icalproperty_get_xlicerror(p);

		for (size_t i = 0; text && i < ARRAY_LEN(needed); i++) {
			snprintf(said, sizeof(said), " %s property.", needed[i]);
			snprintf(what, sizeof(what), "its %s cannot be read", needed[i]);
			if (strstr(text, said))
				return wrong(r, e, what);
		}
	}
	return 0;
}

static int read_event(struct reading *r, icalcomponent *component)
{
	struct event e = { .component = component, .begin = icalcomponent_get_dtstart(component) };
	icaltimetype end = icalcomponent_get_dtend(component);

	if (icalcomponent_get_status(component) == ICAL_STATUS_CANCELLED)
		return 0;
	if (want_all_read(r, &e) != 0)
		return -1;
	if (icaltime_is_null_time(e.begin) || !icaltime_is_valid_time(e.begin))
		return wrong(r, &e, "it has no begin");
	if (!icaltime_is_null_time(end))
		e.length_s = seconds_of(end) - seconds_of(e.begin);
	if (e.begin.is_date && e.length_s < DAY_S)
		e.length_s = DAY_S;             /* RFC 5545, 3.6.1: without an end its day */
	return tell_event(r, &e);
}

static int read_events(struct reading *r, icalcomponent *root)
{
	int result = 0;

	if (icalcomponent_isa(root) == ICAL_VEVENT_COMPONENT)
		return read_event(r, root);
	/* one reader at a time: a component keeps its own place */
	for (icalcompiter i = icalcomponent_begin_component(root, ICAL_ANY_COMPONENT);
	     icalcompiter_deref(&i) && result == 0; icalcompiter_next(&i)) {
		icalcomponent *c = icalcompiter_deref(&i);

		if (icalcomponent_isa(c) == ICAL_VEVENT_COMPONENT ||
		    icalcomponent_isa(c) == ICAL_VCALENDAR_COMPONENT)
			result = read_events(r, c);
	}
	return result;
}

int ics_read(const char *text, size_t len, const struct span *within,
	     void (*each)(void *ctx, const char *rule), void *ctx, struct err *err)
{
	struct reading r = { .from_s = within->from_utc_ms / SECOND_MS,
			     .to_s = within->to_utc_ms / SECOND_MS,
			     .each = each,
			     .ctx = ctx,
			     .err = err };
	AUTO_FREE char *whole = NULL;
	icalcomponent *root = NULL;
	int result;

	if (len > ICS_FILE_MAX)
		return err_set(err, ERR_USAGE, "it is longer than %d MB", ICS_FILE_MAX >> 20);
	icalerror_set_errors_are_fatal(0);
	whole = xstrndup(text, len);
	if (strlen(whole) == len)
		root = icalparser_parse_string(whole);
	if (!root || (icalcomponent_isa(root) != ICAL_VCALENDAR_COMPONENT &&
		      icalcomponent_isa(root) != ICAL_XROOT_COMPONENT)) {
		if (root)
			icalcomponent_free(root);
		return err_set(err, ERR_USAGE, "this is no iCalendar file (BEGIN:VCALENDAR)");
	}
	result = read_events(&r, root);
	icalcomponent_free(root);
	return result;
}
