/* play_fact_faults.c - a fact that goes wrong by itself: words of faults.fact.NAME. What is
 * wrong inside a value is made from the right one, so that every fact has every fault. */
#include <string.h>

#include "base/mem.h"
#include "tests/fleet/play_facts.h"

enum { LONG_BYTES = 300 << 10, HUGE_BYTES = 10 << 20, HOSTILE_BYTES = 4000 };

static const int64_t year_9999_ms = 253402300799000, exabyte = INT64_C(1) << 60,
		     beyond_double = INT64_C(1) << 53;

static const char hostile_text[] =
	"=cmd|' /C calc'!A1\"><script>alert(document.domain)</script><img src=x onerror=alert(1)>"
	"\x1b]0;owned\a\x1b[31m\x1b[2J\r\n@SUM(1+1)*cmd|' /C calc'!A0\t+1-1,\"';${x}%s%n`id` "
	"\xe2\x80\xae\xef\xbb\xbf</td></table>{{7*7}}\\..\\..\\ ";

void play_fact(struct play *p, const char *name, json_t *value)
{
	play_line(p, json_pack("{s:s, s:i, s:o}", "fact", name, "ms", 3, "value", value));
}

void play_fact_error(struct play *p, const char *name, const char *kind, const char *text,
		     int64_t ms)
{
	play_line(p, json_pack("{s:s, s:I, s:s, s:s}", "fact", name, "ms", (json_int_t)ms, "error",
			       text, "kind", kind));
}

static json_t *text_of(const char *pattern, size_t bytes)
{
	size_t len = strlen(pattern);
	AUTO_FREE char *text = xmalloc(bytes + 1);

	for (size_t i = 0; i < bytes; i++)
		text[i] = pattern[i % len];
	while (bytes && (text[bytes - 1] & 0x80))
		bytes--;        /* not in the middle of a character */
	return json_stringn(text, bytes);
}

static bool ends_with(const char *s, const char *end)
{
	size_t a = strlen(s), b = strlen(end);

	return a >= b && strcmp(s + a - b, end) == 0;
}

/* What stands in place of one number or text; NULL leaves it. */
static json_t *bad_negative(const char *key, const json_t *is)
{
	(void)key;
	return json_is_integer(is) ? json_integer(-1) : NULL;
}

static json_t *bad_absurd(const char *key, const json_t *is)
{
	/* a time or a size that is null may be absurd as well */
	if (ends_with(key, "_utc_ms"))
		return json_integer(year_9999_ms);
	if (ends_with(key, "_bytes"))
		return json_integer(exabyte);
	return json_is_integer(is) ? json_integer(beyond_double) : NULL;
}

static json_t *bad_hostile(const char *key, const json_t *is)
{
	(void)key;
	return json_is_string(is) ? text_of(hostile_text, HOSTILE_BYTES) : NULL;
}

static json_t *bad_nul(const char *key, const json_t *is)
{
	(void)key;
	return json_is_string(is) ? json_stringn("2.0.9938.0\0<b>", 14) : NULL;
}

static json_t *bad_null(const char *key, const json_t *is)
{
	(void)key;
	(void)is;
	return json_null();
}

static json_t *bad_type(const char *key, const json_t *is)
{
	(void)key;
	if (json_is_string(is))
		return json_integer(7);
	return json_is_integer(is) ? json_string("7") : json_pack("{s:[i]}", "is", 7);
}

/* All of a value, inside lists too. */
static void spoil(json_t *node, json_t *(*bad)(const char *key, const json_t *is), bool deep)
{
	const char *key;
	json_t *is;
	size_t i;

	if (json_is_array(node))
		json_array_foreach(node, i, is) spoil(is, bad, deep);
	json_object_foreach(node, key, is)
	{
		json_t *with = NULL;

		if (deep && (json_is_array(is) || json_is_object(is)))
			spoil(is, bad, deep);
		else
			with = bad(key, is);
		if (with)
			json_object_set_new(node, key, with);
	}
}

/* clang-format off */
static const struct {
	const char *word;
	json_t *(*bad)(const char *key, const json_t *is);
	bool deep;
} spoiled[] = {
	{ "negative", bad_negative, true }, { "absurd", bad_absurd, true },
	{ "hostile", bad_hostile, true },   { "nul", bad_nul, true },
	{ "nulls", bad_null, false },       { "swapped", bad_type, false },
};
/* clang-format on */

/* Faults that leave a line of another shape. The value is borrowed. */
static void other_shape(struct play *p, const char *name, const char *fault, json_t *value)
{
	if (strcmp(fault, "huge") == 0) {
		play_fact(p, name, text_of("x", HUGE_BYTES));
	} else if (strcmp(fault, "long") == 0) {
		play_fact(p, name, text_of("x", LONG_BYTES));
	} else if (strcmp(fault, "wrong-type") == 0) {
		play_fact(p, name, json_pack("[i,s]", 1, "two"));
	} else if (strcmp(fault, "empty") == 0) {
		play_fact(p, name, json_object());
	} else if (strcmp(fault, "twice") == 0) {
		play_fact(p, name, json_incref(value));
		play_fact(p, name, json_incref(value));
	} else if (strcmp(fault, "surrogate") == 0) {
		/* half a pair, as a text cut by Windows has it */
		AUTO_FREE char *line =
			xasprintf("{\"fact\":\"%s\",\"ms\":3,\"value\":\"\\ud83d\"}", name);

		play_text_line(p, line);
	} /* "missing": not a word */
}

void play_fact_fault(struct play *p, const char *name, const char *fault, json_t *value)
{
	AUTO_JSON json_t *held = json_deep_copy(value);
	int64_t limit = state_number(p->request, "limits.fact_ms", 10000);

	json_decref(value);
	for (size_t i = 0; i < ARRAY_LEN(spoiled); i++) {
		if (strcmp(fault, spoiled[i].word) == 0) {
			spoil(held, spoiled[i].bad, spoiled[i].deep);
			play_fact(p, name, json_incref(held));
			return;
		}
	}
	if (strcmp(fault, "error") == 0)
		play_fact_error(p, name, "failed", play_text(p, TEXT_REFUSED), 12);
	else if (strcmp(fault, "access-denied") == 0)
		play_fact_error(p, name, fault, play_text(p, TEXT_ACCESS_DENIED), 7);
	else if (strcmp(fault, "time-limit") == 0)      /* played, not waited for */
		play_fact_error(p, name, fault, "time limit", limit);
	else if (strcmp(fault, "hang") == 0)
		play_hang();
	else
		other_shape(p, name, fault, held);
}
