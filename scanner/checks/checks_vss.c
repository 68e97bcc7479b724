/* checks_vss.c - volume snapshots: writers, the storage of copies, and the three errors that
 * backups of system state fail with most. An event counts only while no backup completed after it
 * and the agent is the one it was: older ones pass, and the evidence names them. */
#include <stdio.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "scanner/checks/checks_inside.h"

/* VSS_WRITER_STATE, the numbers in vssadmin's brackets. */
enum { WRITER_STABLE = 1, WRITER_LAST = 15 };

/* The same in words, as the Windows SDK has them (vss.h). */
static const char *const writer_state[WRITER_LAST + 1] = {
	"is in no known state",
	"is stable",
	"waits for the freeze",
	"waits for the thaw",
	"waits for what follows the snapshot",
	"waits for the backup's end",
	"has failed at identifying",
	"has failed at preparing the backup",
	"has failed at preparing the snapshot",
	"has failed at the freeze",
	"has failed at the thaw",
	"has failed after the snapshot",
	"has failed at the backup's end",
	"has failed before a restore",
	"has failed after a restore",
	"has failed at the backup's shutdown",
};

/* Adds what is wrong with one writer; V_PASS when nothing is. */
static enum verdict add_writer(const json_t *row, char *evidence)
{
	const char *name = or_none(json_get_str(row, "name"));
	int64_t state, hresult = 0;

	if (!json_get_int(row, "state", &state) || state < WRITER_STABLE || state > WRITER_LAST) {
		say_also(evidence, "%.60s is in no known state", name);
		return V_UNKNOWN;
	}
	json_get_int(row, "error", &hresult);
	if (state < WRITER_FAILED && hresult == 0)
		return V_PASS;
	say_also(evidence, "%.60s %s (state %d)", name, writer_state[state], (int)state);
	if (hresult != 0)
		say_code(evidence, "its last error is ", ERRORS_OF_WINDOWS, hresult);
	return state < WRITER_FAILED ? V_WARN : V_FAIL;
}

/* The writer of what belongs to the system, and how many the probe tells at most. */
#define SYSTEM_WRITER "e8132975-6f93-4464-a53e-1050253ae220"
enum { WRITERS_TOLD = 64 };

static const json_t *system_writer(const json_t *list)
{
	size_t i;
	json_t *row;

	json_array_foreach(list, i, row)
	{
		const char *id = json_get_str(row, "id");

		if (id && text_casecmp(id, SYSTEM_WRITER) == 0)
			return row;
	}
	return NULL;
}

bool lacks_system_writer(const struct context *c, const json_t *list)
{
	return state_protected(c) == YES && json_array_size(list) < WRITERS_TOLD &&
	       !system_writer(list);
}

bool fails_system_writer(const struct context *c)
{
	const json_t *list = json_get_arr(facts_value(c->facts, FACT_VSS_WRITERS), "list");
	int64_t state;

	return list &&
	       (lacks_system_writer(c, list) ||
		(json_get_int(system_writer(list), "state", &state) && state >= WRITER_FAILED));
}

enum verdict judge_writers(const struct context *c, char *evidence)
{
	enum verdict verdict, worst = V_PASS;
	const json_t *fact = need(c, FACT_VSS_WRITERS, evidence, &verdict);
	const json_t *list = json_get_arr(fact, "list");
	size_t i;
	json_t *row;

	if (!fact)
		return verdict;
	if (json_array_size(list) == 0 && lacks_system_writer(c, list))
		return say(evidence, V_FAIL,
			   "no writer was listed, System Writer neither, and system state is "
			   "protected");
	if (json_array_size(list) == 0)
		return say(evidence, V_UNKNOWN, "no writer was listed");
	if (lacks_system_writer(c, list)) {
		say_also(evidence, "System Writer is not listed, and system state is protected");
		worst = V_FAIL;
	}
	json_array_foreach(list, i, row)
	{
		enum verdict one = add_writer(row, evidence);

		if (one == V_FAIL || (one == V_WARN && worst != V_FAIL) ||
		    (one == V_UNKNOWN && worst == V_PASS))
			worst = one;
	}
	if (worst == V_PASS)
		return say(evidence, V_PASS, "none of %d writers failed",
			   (int)json_array_size(list));
	return worst;
}

bool is_limited(const struct context *c, const json_t *storage)
{
	int64_t size, max;

	return json_get_int(storage, "max_bytes", &max) &&
	       json_get_int(storage, "size_bytes", &size) &&
	       (double)max * 100 < (double)size * c->policy->shadow_min_percent;
}

enum verdict judge_shadow_storage(const struct context *c, char *evidence)
{
	enum verdict verdict, worst = V_PASS;
	const json_t *fact = need(c, FACT_VSS_SHADOW_STORAGE, evidence, &verdict);
	size_t i;
	json_t *row;

	if (!fact)
		return verdict;
	json_array_foreach(json_get_arr(fact, "list"), i, row)
	{
		const char *volume = or_none(json_get_str(row, "volume"));
		int64_t size = 0, max;

		if (!json_get_int(row, "max_bytes", &max))
			continue;               /* no limit */
		if (!json_get_int(row, "size_bytes", &size) || size <= 0)
			return say_absurd(evidence, "the size of a shadow storage");
		if (!is_limited(c, row))
			continue;
		say_also(evidence, "%.60s may use %.1f GB for copies, %.0f %% of its size", volume,
			 (double)max / GIB, 100.0 * (double)max / (double)size);
		worst = V_WARN;
	}
	if (worst == V_PASS)
		return say(evidence, V_PASS, "no volume's copies are limited below %d %%",
			   c->policy->shadow_min_percent);
	return worst;
}

/* What an event of that fact means by now; `what` names it. */
static enum verdict judge_event(const struct context *c, enum fact_id id, const char *what,
				char *evidence)
{
	enum verdict verdict;
	const json_t *fact = need(c, id, evidence, &verdict);
	int64_t at, good = 0, changed = version_changed_utc_ms(c);
	enum told told;
	char when[CLOCK_TEXT];

	if (!fact)
		return verdict;
	if (bool_of(fact, "known") != YES)
		return say(evidence, V_UNKNOWN, "the log could not be read");
	told = time_told(c, id, "utc_ms", AHEAD_NONE_MS, &at);
	if (told == TOLD_NONE)
		return say(evidence, V_PASS, "no %s", what);
	if (told == TOLD_ABSURD)
		return say_absurd(evidence, "the time of an event");
	clock_format_utc(at, when);
	if (at <= changed)
		return say(evidence, V_PASS, "%s of %s, older than the last change of version",
			   what, when);
	if (!facts_value(c->facts, FACT_BACKUP_LAST))
		return say(evidence, V_UNKNOWN,
			   "%s of %s; whether a backup completed after it "
			   "is not known",
			   what, when);
	if (last_good(c, &good) == TOLD_TIME && at <= good)
		return say(evidence, V_PASS, "%s of %s, older than the last good backup", what,
			   when);
	return say(evidence, V_FAIL, "%s of %s, and no good backup after it", what, when);
}

enum verdict judge_writer_timeout(const struct context *c, char *evidence)
{
	return judge_event(c, FACT_EVENT_VSS_TIMEOUT, "writer timeout (0x800423F2)", evidence);
}

enum verdict judge_shadow_space(const struct context *c, char *evidence)
{
	const json_t *fact = facts_value(c->facts, FACT_EVENT_VOLSNAP);
	const char *volume = json_get_str(fact, "volume");
	int64_t event = 0;
	char what[80] = "volsnap event 24, 25, 35 or 36";

	if (json_get_int(fact, "event", &event))
		snprintf(what, sizeof(what), "volsnap event %lld%s%.20s", (long long)event,
			 volume ? " for volume " : "", volume ? volume : "");
	return judge_event(c, FACT_EVENT_VOLSNAP, what, evidence);
}

/* Found by its text, in one language: never more than a warning. */
enum verdict judge_efi_locked(const struct context *c, char *evidence)
{
	enum verdict verdict =
		judge_event(c, FACT_EVENT_EFI_LOCKED,
			    "'EFI system partition is locked' in the agent's log", evidence);

	return verdict == V_FAIL ? V_WARN : verdict;
}
