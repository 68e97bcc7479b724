/* policy_keys.c - the keys of a policy that have one value: how each is written, which values it
 * may have, and where it stands in struct policy. docs/policy.md lists them; a test holds it to
 * this table. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/insist.h"
#include "base/mem.h"
#include "base/text.h"
#include "scanner/checks/checks.h"
#include "scanner/policy/policy_inside.h"

/* clang-format off */
const struct policy_key policy_keys[] = {
	{ "minimum", KEY_VERSION, false, false, AT(minimum), 0, 0, NULL },
	{ "target", KEY_TARGET, false, false, AT(target), 0, 0, NULL },
	{ "stale-after", KEY_SPAN, false, false, AT(stale_after_ms), SECOND_MS, TEN_YEARS_MS, NULL },
	{ "scratch-free-bytes", KEY_BYTES, true, false, AT(scratch_min_bytes), 0, 1024 * TB, NULL },
	{ "scratch-free-percent", KEY_PERCENT, true, false, AT(scratch_warn_percent), 0, 100, NULL },
	{ "scratch-data-fail-percent", KEY_PERCENT, true, false, AT(scratch_fail_data_percent), 0, 100, NULL },
	{ "scratch-data-warn-percent", KEY_PERCENT, true, false, AT(scratch_warn_data_percent), 0, 100, NULL },
	{ "system-state-bytes", KEY_BYTES, true, false, AT(state_fail_bytes), 0, 1024 * TB, NULL },
	{ "system-state-warn-bytes", KEY_BYTES, true, false, AT(state_warn_bytes), 0, 1024 * TB, NULL },
	{ "dotnet", KEY_DOTNET, true, false, AT(dotnet_min_release), 0, 0, NULL },
	{ "dotnet-warn", KEY_DOTNET, true, true, AT(dotnet_warn_release), 0, 0, NULL },
	{ "clock-warn", KEY_SPAN, true, false, AT(clock_warn_ms), SECOND_MS, DAY_MS, NULL },
	{ "clock-fail", KEY_SPAN, true, false, AT(clock_fail_ms), SECOND_MS, DAY_MS, NULL },
	{ "updates-warn", KEY_SPAN, true, false, AT(updates_warn_ms), DAY_MS, TEN_YEARS_MS, NULL },
	{ "backup-warn", KEY_SPAN, true, false, AT(backup_warn_ms), SECOND_MS, TEN_YEARS_MS, NULL },
	{ "backup-fail", KEY_SPAN, true, true, AT(backup_fail_ms), SECOND_MS, TEN_YEARS_MS, "schedule" },
	{ "shadow-percent", KEY_PERCENT, true, false, AT(shadow_min_percent), 0, 100, NULL },
	{ .name = NULL },
};

/* NDP\v4\Full, Release: the least number of each version, as Microsoft lists them. */
static const struct { const char *name; int64_t release; } dotnets[] = {
	{ "4.5", 378389 }, { "4.5.1", 378675 }, { "4.5.2", 379893 }, { "4.6", 393295 },
	{ "4.6.1", 394254 }, { "4.6.2", 394802 }, { "4.7", 460798 }, { "4.7.1", 461308 },
	{ "4.7.2", 461808 }, { "4.8", 528040 }, { "4.8.1", 533320 },
};

/* the largest last; "GB" is 2^30 bytes, as Windows shows it */
static const struct { const char *name; int64_t bytes; } sizes[] = {
	{ "B", 1 }, { "KB", KB }, { "MB", MB }, { "GB", GB }, { "TB", TB },
};
/* clang-format on */

#define LEVEL_WORD(id, word, then) word,
static const char *const levels[LEVEL_COUNT] = { LEVEL_WORD_DOCUMENTED, LEVELS(LEVEL_WORD) };

int policy_key_count(void)
{
	return (int)ARRAY_LEN(policy_keys) - 1;
}

const struct policy_key *policy_key_at(size_t offset)
{
	const struct policy_key *key = policy_keys;

	while (key->name && key->offset != offset)
		key++;
	INSIST(key->name);
	return key;
}

static bool level_of(const char *word, struct grade *to)
{
	for (int i = 0; i < LEVEL_COUNT; i++) {
		if (strcmp(levels[i], word) == 0) {
			to->level = (unsigned char)i;
			return true;
		}
	}
	return false;
}

static bool severity_of(const char *word, struct grade *to)
{
	enum severity severity;

	if (!severity_from_name(word, &severity))
		return false;
	to->counts_as = (unsigned char)(1 + severity);
	return true;
}

#define LEVEL_SAID(id, word, then) word then

static int no_grade(struct err *err)
{
	return err_set(err, ERR_USAGE,
		       "expected " LEVELS(LEVEL_SAID) LEVEL_WORD_DOCUMENTED
		       ", a severity such as stops-backups or may-fail, or both");
}

/* A word that is neither level nor severity, with what was meant where that is near. */
static int no_grade_word(const char *word, struct err *err)
{
	const char *name[LEVEL_COUNT + SEVERITY_COUNT], *near;
	AUTO_FREE char *shown = text_printable(word, strlen(word), 60);

	memcpy(name, levels, sizeof(levels));
	for (int i = 0; i < SEVERITY_COUNT; i++)
		name[LEVEL_COUNT + i] = severity_name((enum severity)i);
	near = text_nearest(word, name, ARRAY_LEN(name));
	return near ? err_set(err, ERR_USAGE,
			      "'%s' is no level and no severity; did you mean '%s'?", shown, near) :
		      no_grade(err);
}

int grade_parse(const char *text, struct grade *out, struct err *err)
{
	AUTO_FREE char *words = xstrdup(text);
	char *second = words, *first = strsep(&second, " ");
	struct grade grade = { 0 }, other;
	bool is_level = level_of(first, &grade);

	if (!is_level && !severity_of(first, &grade))
		return no_grade_word(first, err);
	if (!second || (is_level && severity_of(second, &grade))) {
		*out = grade;
		return 0;
	}
	if (!is_level && level_of(second, &other))
		return err_set(err, ERR_USAGE, "the level stands first: '%s %s'", second, first);
	if (strchr(second, ' ') || level_of(second, &other) || severity_of(second, &other))
		return no_grade(err);
	return no_grade_word(second, err);
}

const char *grade_format(struct grade grade, char *out)
{
	const char *as = grade.counts_as ? severity_name((enum severity)(grade.counts_as - 1)) : "";

	INSIST(grade.level < LEVEL_COUNT);
	if (grade.level == LEVEL_DOCUMENTED && grade.counts_as)
		snprintf(out, POLICY_TEXT, "%s", as);
	else
		snprintf(out, POLICY_TEXT, "%s%s%s", levels[grade.level], *as ? " " : "", as);
	return out;
}

/* Digits alone; false for none, or more than any of our numbers has. */
static bool parse_number(const char *text, size_t len, int64_t *out)
{
	*out = 0;
	if (len == 0 || len > 18)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!isdigit((unsigned char)text[i]))
			return false;
		*out = *out * 10 + (text[i] - '0');
	}
	return true;
}

static bool in_range(const struct policy_key *key, int64_t number)
{
	return number >= key->min && number <= key->max;
}

/* "2.5GB", "500 MB", "2684354560": up to three digits behind the point. */
static bool parse_bytes(const char *text, int64_t *out)
{
	size_t whole = strspn(text, "0123456789"), part = 0;
	const char *unit = text + whole;
	int64_t number, thousandth = 0;

	if (!parse_number(text, whole, &number) || number > 1024 * TB)
		return false;
	if (*unit == '.') {
		part = strspn(++unit, "0123456789");
		if (part > 3 || !parse_number(unit, part, &thousandth))
			return false;
		for (size_t i = part; i < 3; i++)
			thousandth *= 10;
		unit += part;
	}
	unit += strspn(unit, " ");
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		if (text_casecmp(unit, sizes[i].name) != 0 && !(i == 0 && !*unit && part == 0))
			continue;
		if (number > 1024 * TB / sizes[i].bytes)
			return false;
		*out = number * sizes[i].bytes + thousandth * sizes[i].bytes / 1000;
		return true;
	}
	return false;
}

static int parse_dotnet(const struct policy_key *key, const char *text, int64_t *out,
			struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(dotnets); i++) {
		if (strcmp(dotnets[i].name, text) == 0) {
			*out = dotnets[i].release;
			return 0;
		}
	}
	return err_set(err, ERR_USAGE,
		       "expected a version of .NET from 4.5 to 4.8.1, such as 4.5.2%s",
		       key->never ? ", or never" : "");
}

static int parse_version(const struct policy_key *key, const char *text, struct version *out,
			 struct err *err)
{
	if (version_parse(text, out))
		return 0;
	return err_set(err, ERR_USAGE, "expected a version such as 2.0.9938.0%s",
		       key->kind == KEY_TARGET ? ", or none" : "");
}

static int parse_span(const struct policy_key *key, const char *text, int64_t *out, struct err *err)
{
	char least[CLOCK_TEXT], most[CLOCK_TEXT];
	struct err own;

	/* a bare number is seconds on a command line; whoever reads a file must not guess */
	if (!text[strspn(text, "0123456789")] || clock_parse_duration(text, out, &own) < 0)
		return err_set(err, ERR_USAGE,
			       "expected a time with its unit such as 30s, 10m, 2h or 3d%s%s%s",
			       key->never ? ", or never" : "", key->one ? ", or " : "",
			       key->one ? key->one : "");
	if (in_range(key, *out))
		return 0;
	return err_set(err, ERR_USAGE, "expected %s to %s", clock_format_duration(key->min, least),
		       clock_format_duration(key->max, most));
}

int policy_value_parse(const struct policy_key *key, const char *text, struct policy_value *out,
		       struct err *err)
{
	size_t len = strlen(text);

	*out = (struct policy_value){ 0 };
	if (key->never && strcmp(text, "never") == 0)
		return 0;
	if (key->one && strcmp(text, key->one) == 0) {
		out->number = 1;
		return 0;
	}
	switch (key->kind) {
	case KEY_TARGET:
		if (strcmp(text, "none") == 0)
			return 0;
		out->number = 1;
		return parse_version(key, text, &out->version, err);
	case KEY_VERSION:
		return parse_version(key, text, &out->version, err);
	case KEY_SPAN:
		return parse_span(key, text, &out->number, err);
	case KEY_DOTNET:
		return parse_dotnet(key, text, &out->number, err);
	case KEY_BYTES:
		if (parse_bytes(text, &out->number) && in_range(key, out->number))
			return 0;
		return err_set(err, ERR_USAGE,
			       "expected a size such as 2.5GB, 500MB or a number of bytes, at most "
			       "1024TB");
	case KEY_PERCENT:
		if (len > 1 && text[len - 1] == '%')
			len--;
		if (parse_number(text, len, &out->number) && in_range(key, out->number))
			return 0;
		return err_set(err, ERR_USAGE, "expected a number from 0 to 100, in percent");
	}
	return 0;
}

void policy_value_set(const struct policy_key *key, const struct policy_value *value,
		      struct policy *to)
{
	void *field = (char *)to + key->offset;

	switch (key->kind) {
	case KEY_TARGET:
		to->has_target = value->number != 0;
		memcpy(field, &value->version, sizeof(value->version));
		return;
	case KEY_VERSION:
		memcpy(field, &value->version, sizeof(value->version));
		return;
	case KEY_PERCENT:
		*(int *)field = (int)value->number;
		return;
	case KEY_SPAN:
	case KEY_BYTES:
	case KEY_DOTNET:
		*(int64_t *)field = value->number;
		return;
	}
}

void policy_value_get(const struct policy_key *key, const struct policy *from,
		      struct policy_value *out)
{
	const void *field = (const char *)from + key->offset;

	*out = (struct policy_value){ 0 };
	switch (key->kind) {
	case KEY_TARGET:
		out->number = from->has_target;
		memcpy(&out->version, field, sizeof(out->version));
		return;
	case KEY_VERSION:
		memcpy(&out->version, field, sizeof(out->version));
		return;
	case KEY_PERCENT:
		out->number = *(const int *)field;
		return;
	case KEY_SPAN:
	case KEY_BYTES:
	case KEY_DOTNET:
		out->number = *(const int64_t *)field;
		return;
	}
}

static void format_bytes(int64_t bytes, char *out)
{
	size_t unit = ARRAY_LEN(sizes) - 1;

	/* halves are common: 2.5GB */
	while (unit > 0 && (bytes < sizes[unit].bytes || bytes % (sizes[unit].bytes / 2) != 0))
		unit--;
	snprintf(out, POLICY_TEXT, "%" PRId64 "%s%s", bytes / sizes[unit].bytes,
		 bytes % sizes[unit].bytes ? ".5" : "", sizes[unit].name);
}

const char *dotnet_name(int64_t release)
{
	for (size_t i = ARRAY_LEN(dotnets); i > 0; i--)
		if (release >= dotnets[i - 1].release)
			return dotnets[i - 1].name;
	return "older than 4.5";
}

const char *policy_value_format(const struct policy_key *key, const struct policy_value *value,
				char *out)
{
	out[0] = '\0';
	if (key->never && value->number == 0) {
		snprintf(out, POLICY_TEXT, "never");
		return out;
	}
	if (key->one && value->number == 1) {
		snprintf(out, POLICY_TEXT, "%s", key->one);
		return out;
	}
	switch (key->kind) {
	case KEY_TARGET:
	case KEY_VERSION:
		if (key->kind == KEY_TARGET && !value->number)
			snprintf(out, POLICY_TEXT, "none");
		else
			version_format(value->version, out);
		return out;
	case KEY_SPAN:
		clock_format_typed(value->number, out);
		return out;
	case KEY_BYTES:
		format_bytes(value->number, out);
		return out;
	case KEY_PERCENT:
		snprintf(out, POLICY_TEXT, "%" PRId64, value->number);
		return out;
	case KEY_DOTNET:
		snprintf(out, POLICY_TEXT, "%s", dotnet_name(value->number));
		return out;
	}
	return out;
}
