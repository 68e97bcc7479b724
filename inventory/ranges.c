/* ranges.c - host ranges as Ansible writes them: web[01:20], web[1:9:2], db-[a:f], several in
 * one name. How many names it makes is reckoned before the first is made. */
#include <string.h>

#include "base/mem.h"
#include "inventory/build.h"

struct range {
	size_t head, tail; /* bytes before '[', offset behind ']' */
	bool letters;
	long first, last, step;
	int width; /* zeros in front up to this; 0 for none */
};

static int bad(struct err *err, const char *pattern, const char *why)
{
	return err_set(err, ERR_USAGE, "range in '%s': %s", pattern, why);
}

/* Nine digits: every sum and product below stays far inside a long. */
static bool number(const char *s, size_t len, long *out)
{
	long n = 0;

	if (len == 0 || len > 9)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		n = n * 10 + (s[i] - '0');
	}
	*out = n;
	return true;
}

static bool letter(const char *s, size_t len)
{
	return len == 1 && ((s[0] >= 'a' && s[0] <= 'z') || (s[0] >= 'A' && s[0] <= 'Z'));
}

/* The part between the brackets: first:last or first:last:step. */
static int parse_bounds(const char *pattern, const char *s, size_t len, struct range *r,
			struct err *err)
{
	const char *colon = memchr(s, ':', len), *second;
	size_t first_len, last_len;

	if (!colon)
		return bad(err, pattern, "expected [FIRST:LAST] or [FIRST:LAST:STEP]");
	first_len = (size_t)(colon - s);
	last_len = len - first_len - 1;
	second = memchr(colon + 1, ':', last_len);
	r->step = 1;
	if (second) {
		size_t behind = (size_t)(s + len - second - 1);

		last_len = (size_t)(second - colon - 1);
		if (!number(second + 1, behind, &r->step) || r->step < 1)
			return bad(err, pattern, "the step must be a number from 1");
	}
	r->letters = letter(s, first_len);
	if (r->letters) {
		if (!letter(colon + 1, last_len) || ((s[0] ^ colon[1]) & 0x20))
			return bad(err, pattern, "both ends must be letters of one case");
		r->first = s[0];
		r->last = colon[1];
	} else {
		r->first = 0; /* [:9] starts at 0, as in Ansible */
		if ((first_len > 0 && !number(s, first_len, &r->first)) ||
		    !number(colon + 1, last_len, &r->last))
			return bad(err, pattern,
				   "both ends must be numbers (at most 9 digits) or letters");
		if (first_len > 1 && s[0] == '0') {
			if (first_len != last_len)
				return bad(err, pattern,
					   "with leading zeros both ends must be equally long");
			r->width = (int)first_len;
		}
	}
	if (r->first > r->last)
		return bad(err, pattern, "the first is above the last");
	return 0;
}

/* The first range of name; *out_any is false when there is none. */
static int parse(const char *name, struct range *r, bool *out_any, struct err *err)
{
	const char *open = strchr(name, '['), *close = open ? strchr(open, ']') : NULL;

	*r = (struct range){ 0 };
	*out_any = false;
	if (!open)
		return 0;
	if (!close)
		return bad(err, name, "']' is missing");
	if (parse_bounds(name, open + 1, (size_t)(close - open - 1), r, err) < 0)
		return -1;
	r->head = (size_t)(open - name);
	r->tail = (size_t)(close + 1 - name);
	*out_any = true;
	return 0;
}

/* All ranges are checked and multiplied first: a short text can mean a billion names. */
int range_check(const char *pattern, int max, struct err *err)
{
	long total = 1;

	if (strlen(pattern) > 1024)
		return err_set(err, ERR_USAGE, "a host name is longer than 1024 bytes");
	for (const char *rest = pattern;;) {
		struct range r;
		bool any;

		if (parse(rest, &r, &any, err) < 0)
			return -1;
		if (!any)
			return 0;
		total *= (r.last - r.first) / r.step + 1;
		if (total > max)
			return err_set(err, ERR_USAGE, "'%s' makes more than %d names", pattern,
				       max);
		rest += r.tail;
	}
}

/* Recurses once a pair of brackets: 1024 bytes hold at most 250 of them. */
int range_expand(const char *pattern, int (*each)(void *ctx, const char *name, struct err *err),
		 void *ctx, struct err *err)
{
	struct range r;
	bool any;

	if (parse(pattern, &r, &any, err) < 0)
		return -1;
	if (!any)
		return each(ctx, pattern, err);
	for (long i = r.first; i <= r.last; i += r.step) {
		const char *tail = pattern + r.tail;
		AUTO_FREE char *name =
			r.letters ?
				xasprintf("%.*s%c%s", (int)r.head, pattern, (char)i, tail) :
				xasprintf("%.*s%0*ld%s", (int)r.head, pattern, r.width, i, tail);

		if (range_expand(name, each, ctx, err) < 0)
			return -1;
	}
	return 0;
}

bool range_is_folded(const char *text)
{
	const char *at = strchr(text, '[');
	size_t digits;

	if (!at || strchr(at + 1, '[') || strpbrk(text, "*?") ||
	    strcspn(at, ",-") > strcspn(at, "]"))
		return false;
	do {
		digits = strspn(++at, "0123456789");
		at += digits;
		if (digits > 0 && *at == '-') {
			digits = strspn(++at, "0123456789");
			at += digits;
		}
	} while (digits > 0 && *at == ',');
	return digits > 0 && *at == ']';
}

/* Each item is a range of its own. */
int range_expand_folded(const char *text, int (*each)(void *ctx, const char *name, struct err *err),
			void *ctx, struct err *err)
{
	size_t head = strcspn(text, "[");
	const char *item = text + head + 1, *tail = strchr(text, ']') + 1;

	while (item < tail) {
		size_t len = strcspn(item, ",]"), first = strcspn(item, ",-]");
		AUTO_FREE char *name =
			first == len ?
				xasprintf("%.*s%.*s%s", (int)head, text, (int)len, item, tail) :
				xasprintf("%.*s[%.*s:%.*s]%s", (int)head, text, (int)first, item,
					  (int)(len - first - 1), item + first + 1, tail);

		if (range_check(name, LIMIT_HOSTS, err) < 0 ||
		    range_expand(name, each, ctx, err) < 0)
			return -1;
		item += len + 1;
	}
	return 0;
}
