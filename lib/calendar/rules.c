/* rules.c - rules of a calendar as people write them. */
#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "calendar/calendar_inside.h"

/* --- dates ----------------------------------------------------------------------------------- */
/* Years that begin in March end with the day that leap years add. */
int64_t day_of(int year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t since_march = (month + 9) % 12;
	int64_t in_year = (153 * since_march + 2) / 5 + day - 1;

	return y * 365 + y / 4 - y / 100 + y / 400 + in_year - 719468;
}

int month_days(int year, int month)
{
	return (int)(month == 12 ? 31 : day_of(year, month + 1, 1) - day_of(year, month, 1));
}

void date_of(int64_t day, int *year, int *month, int *mday)
{
	int y = (int)(1970 + day / 366), m = 1;

	while (day_of(y + 1, 1, 1) <= day)
		y++;
	while (m < 12 && day_of(y, m + 1, 1) <= day)
		m++;
	*year = y;
	*month = m;
	*mday = (int)(day - day_of(y, m, 1)) + 1;
}

int weekday_of(int64_t day)
{
	return (int)((day + 3) % 7);            /* 1970 began on a Thursday */
}

/* --- pieces ---------------------------------------------------------------------------------- */
static void skip_blanks(const char **p)
{
	while (**p == ' ')
		(*p)++;
}

/* So many digits and no more. */
static bool take_number(const char **p, int digits, int *out)
{
	*out = 0;
	for (int i = 0; i < digits; i++) {
		if (!isdigit((unsigned char)(*p)[i]))
			return false;
		*out = *out * 10 + ((*p)[i] - '0');
	}
	*p += digits;
	return !isdigit((unsigned char)**p);
}

static bool take_char(const char **p, char c)
{
	if (**p != c)
		return false;
	(*p)++;
	return true;
}

/* A hyphen, blanks around it or not. */
static bool take_hyphen(const char **p)
{
	skip_blanks(p);
	if (!take_char(p, '-'))
		return false;
	skip_blanks(p);
	return true;
}

/* "22:00"; "24:00" is the end of a day. */
static bool take_time(const char **p, int *out_min)
{
	int hour, minute;

	if (!take_number(p, 2, &hour) || !take_char(p, ':') || !take_number(p, 2, &minute) ||
	    minute > 59 || hour * 60 + minute > DAY_MINUTES)
		return false;
	*out_min = hour * 60 + minute;
	return true;
}

/* "2026-12-27" */
static bool take_date(const char **p, int64_t *out_day)
{
	int year, month, day;

	if (!take_number(p, 4, &year) || !take_char(p, '-') || !take_number(p, 2, &month) ||
	    !take_char(p, '-') || !take_number(p, 2, &day))
		return false;
	if (year < 1970 || year > 2099 || month < 1 || month > 12 || day < 1 ||
	    day > month_days(year, month))
		return false;
	*out_day = day_of(year, month, day);
	return true;
}

/* --- weekly ---------------------------------------------------------------------------------- */
static const char *const weekdays[] = { "monday",   "tuesday",  "wednesday", "thursday",
					"friday",   "saturday", "sunday" };
static const char *const ordinals[] = { "1st", "2nd", "3rd", "4th" };

static size_t word_length(const char *p)
{
	size_t len = 0;

	while (isalnum((unsigned char)p[len]))
		len++;
	return len;
}

static bool is_word(const char *p, size_t len, const char *word)
{
	AUTO_FREE char *own = xstrndup(p, len);

	return text_casecmp(own, word) == 0;
}

/* "Sat", "saturday" */
static bool take_weekday(const char **p, int *out)
{
	size_t len = word_length(*p);

	for (int i = 0; i < (int)ARRAY_LEN(weekdays); i++) {
		AUTO_FREE char *three = xstrndup(weekdays[i], 3);

		if (!is_word(*p, len, weekdays[i]) && !is_word(*p, len, three))
			continue;
		*p += len;
		*out = i;
		return true;
	}
	return false;
}

static bool take_ordinal(const char **p, struct weekly *w)
{
	size_t len = word_length(*p);

	if (is_word(*p, len, "last")) {
		w->last = true;
		*p += len;
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(ordinals); i++) {
		if (!is_word(*p, len, ordinals[i]))
			continue;
		w->which |= 1u << i;
		*p += len;
		return true;
	}
	return false;
}

/* "Mon", "Mon-Fri" */
static bool take_days(const char **p, struct weekly *w)
{
	int from, to;

	if (!take_weekday(p, &from))
		return false;
	to = from;
	if (take_char(p, '-') && !take_weekday(p, &to))
		return false;
	for (int day = from;; day = (day + 1) % 7) {
		w->days |= 1u << day;
		if (day == to)
			return true;
	}
}

/* One or more of what `take` takes, commas or blanks between. */
static bool take_list(const char **p, struct weekly *w,
		      bool (*take)(const char **p, struct weekly *w))
{
	bool some = false;

	while (take(p, w)) {
		some = true;
		while (**p == ' ' || **p == ',')
			(*p)++;
	}
	return some;
}

bool weekly_parse(const char *text, struct weekly *out)
{
	const char *p = text;

	*out = (struct weekly){ 0 };
	skip_blanks(&p);
	if (is_word(p, word_length(p), "daily")) {
		p += word_length(p);
		out->days = 0x7f;
		skip_blanks(&p);
	} else {
		take_list(&p, out, take_ordinal);
		if (!take_list(&p, out, take_days))
			return false;
	}
	if (!take_time(&p, &out->from_min) || !take_hyphen(&p) || !take_time(&p, &out->to_min))
		return false;
	skip_blanks(&p);
	if (*p || out->from_min == out->to_min || out->from_min == DAY_MINUTES)
		return false;
	if (out->to_min < out->from_min)
		out->to_min += DAY_MINUTES;
	return true;
}

/* --- single dates ---------------------------------------------------------------------------- */
/* "2026-12-27 20:00", a Z behind it or not. A date alone is its begin, as `end` its end. */
static bool take_mark(const char **p, bool end, struct mark *out, bool *out_has_time)
{
	const char *behind;
	int64_t day;
	int minutes = 0;

	if (!take_date(p, &day))
		return false;
	behind = *p;
	skip_blanks(&behind);
	*out_has_time = isdigit((unsigned char)*behind) != 0;
	if (*out_has_time) {
		if (!take_time(&behind, &minutes))
			return false;
		out->utc = take_char(&behind, 'Z');
		*p = behind;
	}
	out->s = day * DAY_S + minutes * MINUTE_S + (!*out_has_time && end ? DAY_S : 0);
	return true;
}

/* The end of "2026-12-27 20:00-04:00". */
static bool take_end_time(const char **p, struct stretch *s)
{
	int64_t day = s->from.s / DAY_S;
	int minutes;

	if (!take_time(p, &minutes))
		return false;
	s->to.s = day * DAY_S + minutes * MINUTE_S;
	s->to.utc = take_char(p, 'Z');
	if (s->to.s <= s->from.s)
		s->to.s += DAY_S;
	return true;
}

bool stretch_parse(const char *text, struct stretch *out)
{
	const char *p = text;
	bool timed, end_timed;

	*out = (struct stretch){ 0 };
	skip_blanks(&p);
	if (!take_mark(&p, false, &out->from, &timed))
		return false;
	if (!take_hyphen(&p)) {
		if (timed)
			return false;           /* a time without an end */
		out->to.s = out->from.s + DAY_S;
	} else if (timed && p[0] && p[1] && p[2] == ':') {
		if (!take_end_time(&p, out))
			return false;
	} else if (!take_mark(&p, true, &out->to, &end_timed) || timed != end_timed) {
		return false;
	}
	skip_blanks(&p);
	return !*p && out->from.s < out->to.s && out->from.utc == out->to.utc;
}
