/* checks_backup.c - the backups themselves: the last one, its error, the schedule, the next, one
 * that runs now, the passphrase, and offline seeding. DPM and MABS servers run their jobs
 * themselves and lack the agent's cmdlets. */
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "scanner/checks/checks_inside.h"
#include "scanner/checks/checks.h"
#include "scanner/policy/documented.h"

enum { EVENT_WITH_WARNINGS = 10 };

static const char by_dpm[] = "jobs are run by DPM, which schedules and reports them";

enum told last_failure(const struct context *c, int64_t *out_utc_ms, int64_t *event, int64_t *code)
{
	const json_t *job = facts_value(c->facts, FACT_BACKUP_LAST_JOB),
		     *last = facts_value(c->facts, FACT_BACKUP_LAST);
	const char *state = json_get_str(job, "state");
	int64_t by_job, at = 0;
	enum told told = time_told(c, FACT_BACKUP_LAST, "failed_utc_ms", AHEAD_NONE_MS, &at);

	*event = *code = 0;
	if (told == TOLD_TIME) {
		json_get_int(last, "failed_event", event);
		json_get_int(last, "error", code);
	}
	/* restores are jobs too */
	if (state && says(job, "type", "Backup") &&
	    (strcmp(state, "Failed") == 0 || strcmp(state, "Aborted") == 0) &&
	    time_told(c, FACT_BACKUP_LAST_JOB, "ended_utc_ms", AHEAD_NONE_MS, &by_job) ==
		    TOLD_TIME &&
	    (told != TOLD_TIME || by_job >= at)) {
		at = by_job;
		told = TOLD_TIME;
		json_get_int(job, "error", code);
	}
	*out_utc_ms = at;
	return told;
}

enum told newest_failed(const struct context *c)
{
	int64_t good, failed, event, code;
	enum told told = last_failure(c, &failed, &event, &code);

	if (told == TOLD_TIME && last_good(c, &good) == TOLD_TIME && good >= failed)
		return TOLD_NONE;
	return told;
}

/* How old the last good backup may be. */
struct ages {
	int64_t gap_ms;                 /* that the schedule leaves, where the policy leaves it to
					 * that; 0: it does not, or none is known */
	bool by_schedule;
	int64_t fail_ms;                /* 0: for ever */
	int64_t warn_ms;
};

/* A backup may take a day, and two hours are for a clock that moved. The documented age that warns
 * is for schedules of a week and shorter: it does not do so before the schedule's own gap. */
static struct ages ages_of(const struct context *c)
{
	struct ages a = { .by_schedule = c->policy->backup_fail_ms == BACKUP_FAIL_BY_SCHEDULE,
			  .fail_ms = c->policy->backup_fail_ms,
			  .warn_ms = c->policy->backup_warn_ms };

	if (!a.by_schedule)
		return a;
	a.gap_ms = schedule_gap_ms(c);
	a.fail_ms = a.gap_ms > 0 ? a.gap_ms + BACKUP_FAIL_SLACK_HOURS * HOUR_MS :
				   BACKUP_FAIL_DAYS * DAY_MS;
	if (a.gap_ms > 0 && a.warn_ms == BACKUP_WARN_DAYS * DAY_MS && a.fail_ms > a.warn_ms)
		a.warn_ms = a.fail_ms;
	return a;
}

/* Before the look that brought it. */
static int64_t age_of(const struct context *c, int64_t good)
{
	return facts_find(c->facts, FACT_BACKUP_LAST)->utc_ms - good;
}

bool only_warned(const struct context *c)
{
	struct ages ages = ages_of(c);
	int64_t good, event = 0;

	json_get_int(facts_value(c->facts, FACT_BACKUP_LAST), "event", &event);
	if (event != EVENT_WITH_WARNINGS || last_good(c, &good) != TOLD_TIME)
		return false;
	return age_of(c, good) <= ages.warn_ms &&
	       (ages.fail_ms == 0 || age_of(c, good) <= ages.fail_ms);
}

/* What the limit is, where the policy leaves it to the schedule. */
static void add_limit(const struct ages *a, char *evidence)
{
	char often[CLOCK_TEXT];

	if (!a->by_schedule)
		return;
	if (a->gap_ms > 0)
		say_also(evidence, "its schedule leaves %s at most between two",
			 clock_format_duration(a->gap_ms, often));
	else
		say_also(evidence,
			 "its schedule is not known, so " SAID(BACKUP_FAIL_DAYS) " days count");
}

/* Whether one on record would have been seen: in the agent's log, or its list of jobs. An answer of
 * a probe that did not say whether it could read the log has read it where it tells of anything. */
static bool is_on_record(const struct context *c)
{
	const json_t *log = facts_value(c->facts, FACT_BACKUP_LAST);
	enum answer known = bool_of(log, "known");
	int64_t at;

	if (known == NOT_KNOWN &&
	    (json_get_int(log, "completed_utc_ms", &at) || json_get_int(log, "failed_utc_ms", &at)))
		return true;
	return known == YES || bool_of(facts_value(c->facts, FACT_BACKUP_LAST_JOB), "known") == YES;
}

/* Since when a backup that completed would be on record, as far as is known: the log may begin
 * later than the registration that we saw; *out_what says which it is. 0: not known. */
static int64_t on_record_since(const struct context *c, const char **out_what)
{
	int64_t registered = 0, begins;

	*out_what = "when it was registered at the latest";
	json_get_int(json_object_get(c->past, "passing"), checks[CHECK_REGISTRATION].id,
		     &registered);
	if (registered > 0 &&
	    time_told(c, FACT_BACKUP_LAST, "begins_utc_ms", AHEAD_NONE_MS, &begins) == TOLD_TIME &&
	    begins > registered) {
		*out_what = "when the log begins";
		return begins;
	}
	return registered;
}

/* None on record: missing only where one would be, for so long. */
static enum verdict judge_none(const struct context *c, char *evidence)
{
	const char *what;
	int64_t since = on_record_since(c, &what);
	int64_t ago = facts_find(c->facts, FACT_BACKUP_LAST)->utc_ms - since;
	struct ages ages = ages_of(c);
	char when[CLOCK_TEXT];

	if (!is_on_record(c))
		return say(evidence, V_UNKNOWN,
			   "neither the agent's log nor its commands could be asked for backups");
	if (since == 0)
		return say(evidence, V_UNKNOWN,
			   "no backup is on record; since when it is registered is not known");
	say(evidence, V_UNKNOWN, "no backup is on record since %s, %s",
	    clock_format_utc(since, when), what);
	if (ages.fail_ms == 0 || ago <= ages.fail_ms)
		return V_UNKNOWN;
	add_limit(&ages, evidence);
	return V_FAIL;
}

/* How old the last good one is. */
static enum verdict judge_age(const struct context *c, int64_t good, char *evidence)
{
	int64_t ago = age_of(c, good), event = 0;
	const json_t *job = facts_value(c->facts, FACT_BACKUP_LAST_JOB);
	struct ages ages = ages_of(c);
	char when[CLOCK_TEXT], age[CLOCK_TEXT];

	say(evidence, V_PASS, "completed %s, %s before the look", clock_format_utc(good, when),
	    clock_format_duration(ago < 0 ? 0 : ago, age));
	json_get_int(facts_value(c->facts, FACT_BACKUP_LAST), "event", &event);
	if (event == EVENT_WITH_WARNINGS)
		say_also(evidence, "with warnings (event 10)");
	if (says(job, "type", "Backup") && says(job, "state", "Completed"))
		say_took(c, FACT_BACKUP_LAST_JOB, evidence);
	if (ages.fail_ms > 0 && ago > ages.fail_ms) {
		add_limit(&ages, evidence);
		return V_FAIL;
	}
	return event == EVENT_WITH_WARNINGS || ago > ages.warn_ms ? V_WARN : V_PASS;
}

enum verdict judge_last(const struct context *c, char *evidence)
{
	enum verdict verdict;
	int64_t good = 0, failed, event, code;
	enum told told, broken;
	char when[CLOCK_TEXT], shown[ERROR_TEXT];

	if (!need_of_agent(c, FACT_BACKUP_LAST, evidence, &verdict))
		return verdict;
	if (is_dpm(c))
		return say(evidence, V_NOT_APPLICABLE, "%s", by_dpm);
	told = last_good(c, &good);
	broken = last_failure(c, &failed, &event, &code);
	if (told == TOLD_ABSURD || broken == TOLD_ABSURD)
		return say_absurd(evidence, "the time of its last backup");
	if (newest_failed(c) == TOLD_TIME) {
		say_also(evidence, "failed %s", clock_format_utc(failed, when));
		if (event > 0)
			say_also(evidence, "event %lld", (long long)event);
		if (code != 0)
			say_also(evidence, "error %s", error_shown(code, shown));
		if (told == TOLD_TIME)
			say_also(evidence, "the last good one completed %s",
				 clock_format_utc(good, when));
		else
			say_also(evidence, "no good one is on record");
		return V_FAIL;
	}
	if (told == TOLD_TIME)
		return judge_age(c, good, evidence);
	return judge_none(c, evidence);
}

enum { RUNS_NOW = 0x41301, NOT_RUN_YET = 0x41303, QUEUED = 0x41325 };

/* 0, and what the scheduler says of one at work, are fine. */
bool is_task_failure(int64_t result)
{
	return result != 0 && result != RUNS_NOW && result != NOT_RUN_YET && result != QUEUED;
}

/* What the task's last run ended with. Where a backup completed after it, started by hand works and
 * by the schedule fails; where none did, nor is under way, there is no other. */
static enum verdict add_result(const struct context *c, const json_t *fact, char *evidence)
{
	int64_t result, ran = 0, good = 0;
	char when[CLOCK_TEXT];

	if (!json_get_int(fact, "task_result", &result) || !is_task_failure(result))
		return V_PASS;
	say_code(evidence, "its last run ended with ", ERRORS_OF_TASK, result);
	if (time_told(c, FACT_AGENT_CONFIG, "task_ran_utc_ms", AHEAD_NONE_MS, &ran) != TOLD_TIME ||
	    last_good(c, &good) == TOLD_ABSURD)
		return V_WARN;
	if (good > ran)
		say_also(evidence, "a backup completed since: it works when started by hand");
	if (good >= ran || bool_of(facts_value(c->facts, FACT_BACKUP_RUNNING), "running") == YES)
		return V_WARN;
	say_also(evidence, "that was %s, and no backup completed since",
		 clock_format_utc(ran, when));
	return V_FAIL;
}

/* Everything that keeps the task from starting a backup, or starts two. */
static enum verdict add_task(const struct context *c, const json_t *fact, char *evidence)
{
	const char *sid = json_get_str(fact, "task_sid"),
		   *account = json_get_str(fact, "task_account");
	enum verdict verdict = V_PASS, ended;
	int64_t number;

	if (sid && strcmp(sid, "S-1-5-18") != 0 && strcmp(sid, "S-1-5-32-544") != 0) {
		say_also(evidence, "it runs as %.60s, documented are SYSTEM or Administrators",
			 account ? account : sid);
		verdict = V_WARN;
	}
	if (json_get_int(fact, "task_instances", &number) && number != 2) {
		say_also(evidence, "it may start a second instance beside one that runs");
		verdict = V_WARN;
	}
	if (json_get_int(fact, "task_count", &number) && number > 1) {
		say_also(evidence, "%lld tasks start a backup", (long long)number);
		verdict = V_WARN;
	}
	ended = add_result(c, fact, evidence);
	if (ended != V_PASS)
		verdict = ended;
	if (bool_of(fact, "task_enabled") != NO)
		return verdict;
	say_also(evidence, "the task is disabled");
	return V_FAIL;
}

enum verdict judge_schedule(const struct context *c, char *evidence)
{
	enum verdict verdict;
	const json_t *fact = need_of_agent(c, FACT_AGENT_CONFIG, evidence, &verdict);
	const char *account = json_get_str(fact, "task_account");
	int64_t others;

	if (!fact)
		return verdict;
	if (is_dpm(c))
		return say(evidence, V_NOT_APPLICABLE, "%s", by_dpm);
	if (bool_of(fact, "registered") == NO)
		return say(evidence, V_NOT_APPLICABLE, "not registered with a vault");
	if (has_no_policy(c))
		return say(evidence, V_FAIL,
			   "the agent has no backup policy, of files or of system state: nothing "
			   "is backed up");
	switch (bool_of(fact, "task_exists")) {
	case NOT_KNOWN:
		return say(evidence, V_UNKNOWN, "the scheduled task could not be read");
	case NO:
		if (!json_get_int(fact, "task_count", &others) || others == 0)
			return say(evidence, V_FAIL, "no backup is scheduled: there is no task");
		return say(evidence, V_WARN, "the agent's own task is not there; %lld other%s it",
			   (long long)others,
			   others == 1 ? " starts a backup without" : "s start a backup without");
	case YES:
		break;
	}
	if (bool_of(fact, "task_enabled") == NOT_KNOWN)
		return say(evidence, V_UNKNOWN, "whether the task is enabled is not known");
	verdict = add_task(c, fact, evidence);
	if (verdict == V_PASS)
		say(evidence, V_PASS, "enabled, runs as %.60s",
		    account ? account : "an unnamed account");
	return verdict;
}

static int64_t longest_ms(const struct context *c)
{
	int64_t longest = 0;

	json_get_int(facts_value(c->facts, FACT_BACKUP_LAST_JOB), "longest_ms", &longest);
	return longest;
}

enum run_length run_length(const struct context *c, int64_t runs_ms)
{
	if (runs_ms > BACKUP_STUCK_DAYS * DAY_MS)
		return RUNS_FOR_DAYS;
	if (longest_ms(c) > 0 && runs_ms > longest_ms(c) && runs_ms > HOUR_MS)
		return RUNS_LONGER;
	return RUNS_AS_USUAL;
}

/* One that runs for so long does not end by being waited for. */
static void add_stuck(const struct context *c, int64_t runs_ms, char *evidence)
{
	char runs[CLOCK_TEXT], before[CLOCK_TEXT];

	clock_format_duration(runs_ms, runs);
	switch (run_length(c, runs_ms)) {
	case RUNS_FOR_DAYS:
		say_also(evidence, "for %s: stuck?", runs);
		break;
	case RUNS_LONGER:
		say_also(evidence, "for %s, longer than the %s of any of the last ten: stuck?",
			 runs, clock_format_duration(longest_ms(c), before));
		break;
	case RUNS_AS_USUAL:
		return;
	}
	say_also(evidence, "an engine that was killed loses its record of the job, and the portal "
			   "shows it in progress for up to 30 days");
}

enum verdict judge_running(const struct context *c, char *evidence)
{
	enum verdict verdict;
	const json_t *fact = need_of_agent(c, FACT_BACKUP_RUNNING, evidence, &verdict);
	char when[CLOCK_TEXT];
	int64_t since;

	if (!fact)
		return verdict;
	switch (bool_of(fact, "running")) {
	case NO:
		return say(evidence, V_PASS, "none runs");
	case NOT_KNOWN:
		return say(evidence, V_UNKNOWN, "whether a backup runs is not known");
	case YES:
		break;
	}
	if (time_told(c, FACT_BACKUP_RUNNING, "since_utc_ms", AHEAD_NONE_MS, &since) != TOLD_TIME)
		return say(evidence, V_WARN, "a backup was running");
	say(evidence, V_WARN, "a backup was running, begun %s", clock_format_utc(since, when));
	add_stuck(c, facts_find(c->facts, FACT_BACKUP_RUNNING)->utc_ms - since, evidence);
	return V_WARN;
}

/* Adds when a kind of backup is due, where the policy tells. */
static void add_due(const struct context *c, const char *member, const char *what, char *evidence)
{
	char when[CLOCK_TEXT];
	int64_t at;

	if (time_told(c, FACT_BACKUP_POLICY, member, TEN_YEARS_MS, &at) == TOLD_TIME)
		say_also(evidence, "%s %s", what, clock_format_utc(at, when));
}

enum verdict judge_next(const struct context *c, char *evidence)
{
	enum verdict verdict;
	const json_t *fact = need_of_agent(c, FACT_BACKUP_NEXT, evidence, &verdict);
	char when[CLOCK_TEXT];
	int64_t at;

	if (!fact)
		return verdict;
	if (is_dpm(c))
		return say(evidence, V_NOT_APPLICABLE, "%s", by_dpm);
	if (bool_of(fact, "known") != YES)
		return say(evidence, V_UNKNOWN, "the schedule could not be read");
	switch (time_told(c, FACT_BACKUP_NEXT, "next_utc_ms", TEN_YEARS_MS, &at)) {
	case TOLD_NONE:
		return say(evidence, V_WARN, "none is scheduled");
	case TOLD_ABSURD:
		return say_absurd(evidence, "when its next backup is due");
	case TOLD_TIME:
		break;
	}
	say(evidence, V_PASS, "due %s", clock_format_utc(at, when));
	add_due(c, "next_files_utc_ms", "files", evidence);
	add_due(c, "next_system_state_utc_ms", "system state", evidence);
	if (at >= facts_find(c->facts, FACT_BACKUP_NEXT)->utc_ms)
		return V_PASS;
	say_also(evidence, "that was before the look");
	return V_WARN;
}

enum verdict judge_error(const struct context *c, char *evidence)
{
	enum verdict verdict;
	int64_t failed, event, code;
	char when[CLOCK_TEXT], shown[ERROR_TEXT];
	struct error_words said;

	if (!need_of_agent(c, FACT_BACKUP_LAST, evidence, &verdict))
		return verdict;
	switch (last_failure(c, &failed, &event, &code)) {
	case TOLD_NONE:
		if (is_on_record(c))
			return say(evidence, V_PASS, "no failure is on record");
		return say(evidence, V_UNKNOWN,
			   "neither the agent's log nor its commands could "
			   "be asked for failures");
	case TOLD_ABSURD:
		return say_absurd(evidence, "the time of its last failure");
	case TOLD_TIME:
		break;
	}
	clock_format_utc(failed, when);
	if (code == 0)
		say_also(evidence, "the failure of %s names no code", when);
	else
		say_also(evidence, "%s of %s", error_shown(code, shown), when);
	if (newest_failed(c) == TOLD_NONE) {
		say_also(evidence, "older than the last good backup");
		return V_PASS;
	}
	if (code == 0)
		return V_WARN;
	said = error_in(ERRORS_IN_BACKUP, code);
	say_also(evidence, "%s %s", said.meaning, said.remedy);
	return V_FAIL;
}

enum verdict judge_passphrase(const struct context *c, char *evidence)
{
	enum verdict verdict;
	const json_t *fact = need_of_agent(c, FACT_AGENT_CONFIG, evidence, &verdict);

	if (!fact)
		return verdict;
	if (is_dpm(c))
		return say(evidence, V_NOT_APPLICABLE,
			   "DPM keeps the passphrase, the agent's cmdlets are not there");
	if (bool_of(fact, "registered") == NO)
		return say(evidence, V_NOT_APPLICABLE, "not registered with a vault");
	switch (bool_of(fact, "encryption_set")) {
	case YES:
		return say(evidence, V_PASS, "the encryption key is set");
	case NO:
		return say(evidence, V_FAIL, "no encryption key is set");
	case NOT_KNOWN:
		break;
	}
	return say(evidence, V_UNKNOWN, "whether the encryption key is set is not known");
}

/* Whether a module is the documented Azure PowerShell or a later one. */
static bool is_recent(const char *text)
{
	struct version version;

	return text && version_parse(text, &version) &&
	       version_cmp(version, (struct version){ { 3, 7, 0, 0 } }) >= 0;
}

enum verdict judge_offline(const struct context *c, char *evidence)
{
	const char *role = c->offline && *c->offline ? c->offline : NULL;
	const char *classic, *rm, *az;
	enum verdict verdict;
	const json_t *fact;

	if (!role && bool_of(facts_value(c->facts, FACT_BACKUP_POLICY), "offline") == YES)
		role = "source";
	if (!role)
		return say(evidence, V_NOT_APPLICABLE, "no offline backup");
	fact = need(c, FACT_MODULES, evidence, &verdict);
	if (!fact)
		return verdict;
	classic = json_get_str(fact, "azure");
	rm = json_get_str(fact, "azurerm");
	az = json_get_str(fact, "az");
	say(evidence, V_PASS, "%.20s computer: Azure %.20s, AzureRM %.20s, Az %.20s", role,
	    or_none(classic), or_none(rm), or_none(az));
	return is_recent(classic) || is_recent(rm) ? V_PASS : V_WARN;
}
