/* reason.c - see reason.h. By the evidence, and not by a key that each branch of each check would
 * have to give: a check that forgot one would hide a defect, and one branch may meet many reasons
 * (a code, a state, a name). */
#include "scanner/reason.h"

#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "scanner/checks/checks.h"

static const char *const units[] = { "ms", "s", "min", "h", "d", "KB", "MB", "GB", "TB", "%" };
/* What a number behind one of these says is which, and not how many. */
static const char *const names[] = { "HTTP", "event", "error", "code",	  "result", "state",
				     "type", "port",  "build", "release", "ID",	    "KB" };

/* A word, without the punctuation around it. */
struct word {
	const char *at;
	size_t head, len, tail;
};

static struct word word_at(const char *at)
{
	size_t len = strcspn(at, " ;"), head = strspn(at, "('\"["), tail = 0;

	if (head > len)
		head = len;
	while (head + tail < len && strchr(")'\"].,:", at[len - tail - 1]))
		tail++;
	return (struct word){ at + head, head, len - head - tail, tail };
}

static bool is_among(const struct word *w, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(list[i]) == w->len && strncmp(list[i], w->at, w->len) == 0)
			return true;
	return false;
}

/* Whether it begins in this form, where d is a digit. */
static bool begins_as(const struct word *w, const char *form)
{
	size_t len = strlen(form);

	if (w->len < len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (form[i] == 'd' ? !isdigit((unsigned char)w->at[i]) : form[i] != w->at[i])
			return false;
	return true;
}

static bool is_time(const struct word *w)
{
	return strspn(w->at, "0123456789-:.TZ") >= w->len &&
	       (begins_as(w, "dddd-dd-dd") || begins_as(w, "dd:dd"));
}

/* A count, a size, a percentage: with one point at most, since an address has more. */
static bool is_number(const struct word *w)
{
	size_t i = w->at[0] == '-' || w->at[0] == '+' ? 1 : 0;
	int digits = 0, points = 0;

	for (; i < w->len && (isdigit((unsigned char)w->at[i]) || w->at[i] == '.'); i++)
		*(w->at[i] == '.' ? &points : &digits) += 1;
	if (i + 1 == w->len && w->at[i] == '%')
		i++;
	return i == w->len && digits > 0 && points <= 1;
}

/* Whether a number behind it belongs to it: a code behind its word, a path with blanks. */
static bool owns_number(const struct word *w)
{
	return w->len > 0 && w->tail == 0 &&
	       (is_among(w, names, ARRAY_LEN(names)) || memchr(w->at, '\\', w->len));
}

/* The reasons of an evidence, each behind and before a semicolon. */
static void reasons_of(const char *evidence, char out[EVIDENCE_MAX + 2])
{
	struct word before = { .len = 0 };
	bool counts = false;            /* before is a number that was left out */
	size_t len = 0;

	out[len++] = ';';
	for (const char *at = evidence; *at && at - evidence < EVIDENCE_MAX - 1;) {
		struct word w = word_at(at);
		bool number = (is_number(&w) && !owns_number(&before)) || is_time(&w);
		bool left_out = number || (counts && is_among(&w, units, ARRAY_LEN(units)));

		if (w.head + w.len + w.tail == 0) {
			if (*at == ';') {
				out[len++] = ';';
				before = (struct word){ .len = 0 };
				counts = false;
			}
			at++;
			continue;
		}
		for (const char *end = at + w.head + w.len + w.tail; at < end; at++)
			if ((!left_out || at < w.at || at >= w.at + w.len) && len < EVIDENCE_MAX)
				out[len++] = *at;
		counts = number && w.tail == 0;
		before = w;
	}
	out[len++] = ';';
	out[len] = '\0';
}

bool reason_is_new(const char *before, const char *now)
{
	char had[EVIDENCE_MAX + 2], has[EVIDENCE_MAX + 2];
	bool cut = strlen(now) >= EVIDENCE_MAX - 1;

	reasons_of(before, had);
	reasons_of(now, has);
	for (char *at = has, *end; (end = strchr(at + 1, ';')); at = end) {
		char after = end[1];
		bool known;

		if (after == '\0' && cut)
			break;          /* nobody can compare what did not fit */
		end[1] = '\0';
		known = strstr(had, at) != NULL;
		end[1] = after;
		if (!known)
			return true;
	}
	return false;
}
