/* terms.c - the terms of an upgrade, what the operator allowed and how long steps may take: the
 * documented defaults, the options' words, and the form in which a run remembers them for
 * a resume (under "policy", as databases have it). What counts as good is scanner/policy. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "scanner/facts/reservation.h"
#include "upgrader/upgrader.h"

/* obengine must be running again well before the host's own safety task starts it. */
#define CYCLE_MAX_MINUTES 8
_Static_assert(CYCLE_MAX_MINUTES + 2 <= SAFETY_TASK_MINUTES, "the safety task comes in between");

struct field { const char *name; size_t offset; };

#define FIELD(name, member) { name, offsetof(struct upgrade_terms, member) }

#define STEP_LIMIT(word, member, minutes, then) FIELD(word, member),
static const struct field limits[] = { STEP_LIMITS(STEP_LIMIT) };
#define BACKUP_AT offsetof(struct upgrade_terms, limit_backup)
#define REBOOT_AT offsetof(struct upgrade_terms, limit_reboot)
static const struct field flags[] = {
	FIELD("include_dpm", include_dpm), FIELD("accept_unknown_backup", accept_unknown_backup),
	FIELD("accept_stopped", accept_stopped), FIELD("close_console", close_console),
	FIELD("allow_unsigned", allow_unsigned), FIELD("push_large", push_large),
	FIELD("push", push), FIELD("rehearse", rehearse), FIELD("ignore_windows", ignore_windows),
	FIELD("gate", gate), FIELD("canaries", canaries),
	FIELD("promote_confirmed", promote_confirmed), FIELD("verify_backup", verify_backup),
	FIELD("reboot_if_needed", reboot_if_needed),
};
static const struct field numbers[] = {
	FIELD("first", first),
	FIELD("parallel", parallel),
	FIELD("per_site", per_site),
	FIELD("max_consecutive", max_consecutive),
};
static const struct field budgets[] = {
	FIELD("max_failures", max_failures),
	FIELD("max_unreachable", max_unreachable),
	FIELD("max_slow", max_slow),
	FIELD("promote", promote),
};

bool upgrade_terms_push(const struct upgrade_terms *terms, size_t len)
{
	return terms->push_large || len <= (size_t)PUSH_MB << 20;
}

static void *at(const struct upgrade_terms *p, const struct field *f)
{
	return (char *)p + f->offset;
}

#define STEP_LIMIT_DEFAULT(word, member, minutes, then) .member = (minutes)*MINUTE_MS,

void upgrade_terms_default(struct upgrade_terms *out)
{
	*out = (struct upgrade_terms){ STEP_LIMITS(STEP_LIMIT_DEFAULT) };
	out->first = UPGRADE_FIRST;
	out->parallel = UPGRADE_PARALLEL;
	out->max_failures.number = UPGRADE_MAX_FAILURES;
}

int upgrade_terms_limit(struct upgrade_terms *terms, const char *text, struct err *err)
{
	const char *equals = strchr(text, '=');
	int64_t *limit = NULL;

	for (size_t i = 0; equals && i < ARRAY_LEN(limits); i++)
		if (strlen(limits[i].name) == (size_t)(equals - text) &&
		    memcmp(limits[i].name, text, (size_t)(equals - text)) == 0)
			limit = at(terms, &limits[i]);
	if (!limit)
		return err_set(err, ERR_NOT_FOUND, "--limit '%s': no step of that name", text);
	if (way_limit_time(text, limit, err) != 0)
		return -1;
	if (terms->limit_stop + terms->limit_start > CYCLE_MAX_MINUTES * MINUTE_MS)
		return err_set(err, ERR_USAGE,
			       "--limit '%s': stop and start together must stay within %d "
			       "minutes, since the host starts obengine by itself after %d",
			       text, CYCLE_MAX_MINUTES, SAFETY_TASK_MINUTES);
	return 0;
}

/* How much it lets happen, any number where there is none. */
static int budget_allows(struct budget b, const struct shares_of *of)
{
	int limit = budget_of(b, of->hosts);

	return limit > 0 ? limit : INT_MAX;
}

static bool allows_more(struct budget begun, struct budget now, const struct shares_of *of)
{
	return budget_allows(now, of) > budget_allows(begun, of);
}

/* How many of a wave let the next one begin. */
static int wanted_of(const struct upgrade_terms *terms, int hosts, int apart)
{
	int wanted;

	hosts -= terms->promote_confirmed ? apart : 0;
	wanted = budget_of(terms->promote, hosts);
	return wanted > 0 && wanted < hosts ? wanted : hosts;
}

static bool promotes_sooner(const struct upgrade_terms *begun, const struct upgrade_terms *now,
			    const struct shares_of *of)
{
	if (begun->promote_confirmed && !now->promote_confirmed)
		return true;
	for (size_t w = 0; w < ARRAY_LEN(of->wave); w++) {
		int hosts = of->wave[w].hosts, apart = of->wave[w].apart;

		/* who is not changed succeeded already, and is not waited for to be confirmed */
		if (wanted_of(now, hosts, apart) + (now->promote_confirmed ? apart : 0) <
		    wanted_of(begun, hosts, apart) + (begun->promote_confirmed ? apart : 0))
			return true;
	}
	return false;
}

const char *upgrade_terms_loosened(const struct upgrade_terms *begun,
				   const struct upgrade_terms *now, const struct shares_of *of)
{
	const struct {
		const char *option;
		bool loosened;
	} each[] = {
		{ "first", now->first < begun->first },
		{ "parallel", now->parallel > begun->parallel },
		{ "per-site", begun->per_site > 0 && now->per_site > begun->per_site },
		{ "soak", now->soak < begun->soak },
		{ "promote", promotes_sooner(begun, now, of) },
		{ "max-failures", allows_more(begun->max_failures, now->max_failures, of) },
		{ "max-unreachable",
		  allows_more(begun->max_unreachable, now->max_unreachable, of) },
		{ "max-slow", allows_more(begun->max_slow, now->max_slow, of) },
		{ "max-consecutive",
		  begun->max_consecutive > 0 && now->max_consecutive > begun->max_consecutive },
		{ "reboot", now->reboot_if_needed && !begun->reboot_if_needed },
		{ "ignore-windows", now->ignore_windows && !begun->ignore_windows },
	};

	for (size_t i = 0; i < ARRAY_LEN(each); i++)
		if (each[i].loosened)
			return each[i].option;
	return NULL;
}

int64_t upgrade_terms_hold_ms(const struct upgrade_terms *terms)
{
	int64_t longest = 0;

	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		int64_t limit = *(int64_t *)at(terms, &limits[i]);

		if (limit > longest && limits[i].offset != BACKUP_AT)
			longest = limit;
	}
	return longest + HOLD_MORE_MINUTES * MINUTE_MS;
}

/* A number, "5%" or null: older versions had numbers only. */
static json_t *budget_json(const struct budget *b)
{
	char text[BUDGET_TEXT];

	if (b->number > 0)
		return json_integer(b->number);
	return b->percent > 0 ? json_string(budget_text(*b, text)) : json_null();
}

static void budget_read(struct budget *out, const json_t *from)
{
	json_int_t number = json_integer_value(from);

	if (number > 0 && number <= BUDGET_NUMBER_MAX)
		*out = (struct budget){ .number = (int)number };
	else if (json_is_string(from))
		budget_expected(json_string_value(from), out);
}

int64_t upgrade_terms_all_ms(const struct upgrade_terms *terms)
{
	int64_t all = 0;

	for (size_t i = 0; i < ARRAY_LEN(limits); i++)
		if (limits[i].offset != BACKUP_AT && limits[i].offset != REBOOT_AT)
			all += *(const int64_t *)((const char *)terms + limits[i].offset);
	return all;
}

json_t *upgrade_terms_json(const struct upgrade_terms *terms)
{
	json_t *out = json_object();
	char waves[WAVES_TEXT];

	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		json_object_set_new(out, flags[i].name,
				    json_boolean(*(bool *)at(terms, &flags[i])));
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		json_object_set_new(out, numbers[i].name,
				    json_integer(*(int *)at(terms, &numbers[i])));
	for (size_t i = 0; i < ARRAY_LEN(budgets); i++)
		json_object_set_new(out, budgets[i].name, budget_json(at(terms, &budgets[i])));
	for (size_t i = 0; i < ARRAY_LEN(limits); i++)
		json_object_set_new(out, limits[i].name,
				    json_integer(*(int64_t *)at(terms, &limits[i])));
	json_object_set_new(out, "soak", json_integer(terms->soak));
	json_object_set_new(out, "waves",
			    terms->waves.count ? json_string(waves_text(&terms->waves, waves)) :
						 json_null());
	json_object_set_new(out, "download",
			    *terms->download ? json_string(terms->download) : json_null());
	return out;
}

void upgrade_terms_read(struct upgrade_terms *out, const json_t *from)
{
	const char *download = json_get_str(from, "download");
	const char *waves = json_get_str(from, "waves");
	int64_t number;

	upgrade_terms_default(out);
	if (download && !url_expected(download))
		snprintf(out->download, sizeof(out->download), "%s", download);
	if (waves)
		waves_expected(waves, &out->waves);
	if (json_get_int(from, "soak", &number) && number > 0)
		out->soak = number;
	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		json_get_bool(from, flags[i].name, at(out, &flags[i]));
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		if (json_get_int(from, numbers[i].name, &number) && number > 0 && number <= 100000)
			*(int *)at(out, &numbers[i]) = (int)number;
	for (size_t i = 0; i < ARRAY_LEN(budgets); i++)
		budget_read(at(out, &budgets[i]), json_object_get(from, budgets[i].name));
	for (size_t i = 0; i < ARRAY_LEN(limits); i++)
		if (json_get_int(from, limits[i].name, &number) && number > 0)
			*(int64_t *)at(out, &limits[i]) = number;
}
