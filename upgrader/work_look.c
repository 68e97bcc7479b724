/* work_look.c - looking at the host: before anything (and again when a job waited), and at the end.
 * What was found before the first change is remembered in the job, because the verification
 * compares with it. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "upgrader/run.h"

enum { LOOK_AGAIN_LIMIT_MS = 5 * 60 * 1000, SERVICE_RUNNING = 4 };

static void look(struct job *j, const char *const *only, void (*done)(struct job *, struct look *))
{
	j->fresh_ms = clock_now_ms();
	j->calling = true;
	j->run->ops->look(j, only, done);
}

/* Keeps the look for the next move; false when it was not whole. */
static bool keep(struct job *j, struct look *seen)
{
	j->calling = false;
	look_free(j->look);
	j->look = seen;
	return seen->err.code == ERR_NONE;
}

static enum preflight judge_now(struct job *j, char reason[PREFLIGHT_REASON])
{
	return preflight(&(struct preflight_input){ .facts = &j->look->facts,
						    .host = j->host,
						    .installer = j->run->installer,
						    .policy = &j->run->policy,
						    .now_utc_ms = j->look->utc_ms },
			 reason);
}

static const char *version_of(const struct facts *facts, char out[VERSION_TEXT])
{
	const char *text = json_get_str(facts_value(facts, "agent"), "exe_version");
	struct version version;

	if (!text || !version_parse(text, &version))
		return "";
	return version_format(version, out);
}

/* What must be the same at the end. */
static void remember_found(struct job *j)
{
	const struct facts *facts = &j->look->facts;
	json_t *found = json_object();
	static const struct {
		const char *fact, *member;
	} kept[] = {
		{ "service.obengine", "state" },
		{ "service.obengine", "start" },
		{ "scratch", "config" },
		{ "scratch", "provider" },
		{ "scratch", "path" },
		{ "agent-config", "registered" },
		{ "agent-config", "task_exists" },
		{ "agent-config", "task_enabled" },
		{ "agent-config", "encryption_set" },
	};

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		json_t *value = json_object_get(facts_value(facts, kept[i].fact), kept[i].member);

		if (value)
			json_object_set(found, kept[i].member, value);
	}
	job_remember(j, "found", found);
}

bool job_found_running(const struct job *j)
{
	int64_t state = 0;

	json_get_int(job_recall(j, "found"), "state", &state);
	return state == SERVICE_RUNNING;
}

static void on_looked(struct job *j, struct look *seen)
{
	char reason[PREFLIGHT_REASON], version[VERSION_TEXT];

	if (!keep(j, seen)) {
		job_fault(j, &seen->err);
		return;
	}
	job_set(&j->row.before, version_of(&seen->facts, version));
	switch (judge_now(j, reason)) {
	case PREFLIGHT_CURRENT:
		job_set(&j->row.after, j->row.before);
		job_end(j, OUTCOME_CURRENT, "%s", reason);
		break;
	case PREFLIGHT_BLOCKED:
		job_end(j, OUTCOME_BLOCKED, "%s", reason);
		break;
	case PREFLIGHT_GO:
		remember_found(j);
		job_set(&j->row.reason, "");    /* the plan's note is answered */
		job_done(j, "agent %s, nothing in the way",
			 *j->row.before ? j->row.before : "unreadable");
		break;
	}
}

void work_look(struct job *j)
{
	look(j, NULL, on_looked);
}

static void look_again(struct job *j);

static void on_looked_again(struct job *j, struct look *seen)
{
	char reason[PREFLIGHT_REASON];

	if (!keep(j, seen)) {
		job_fault(j, &seen->err);
		return;
	}
	switch (judge_now(j, reason)) {
	case PREFLIGHT_CURRENT:
		job_end(j, OUTCOME_CURRENT, "%s", reason);
		break;
	case PREFLIGHT_BLOCKED:
		job_end(j, OUTCOME_BLOCKED, "%s", reason);
		break;
	case PREFLIGHT_GO:
		j->step.look_until_ms = 0;
		j->after_look(j);
		break;
	}
}

static void look_again(struct job *j)
{
	look(j, NULL, on_looked_again);
}

void work_look_again(struct job *j, void (*then)(struct job *j))
{
	j->after_look = then;
	j->again = look_again;
	j->step.look_until_ms = clock_now_ms() + LOOK_AGAIN_LIMIT_MS;
	look_again(j);
}

void work_look_if_old(struct job *j, void (*then)(struct job *j))
{
	if (clock_now_ms() - j->fresh_ms > j->run->pace.look_ms)
		work_look_again(j, then);
	else
		then(j);
}

static void on_last_look(struct job *j, struct look *seen)
{
	char version[VERSION_TEXT];

	if (!keep(j, seen)) {
		job_fault(j, &seen->err);
		return;
	}
	if (*version_of(&seen->facts, version))
		job_set(&j->row.after, version);
	job_done(j, "agent %s", *j->row.after ? j->row.after : "unreadable");
}

void work_last_look(struct job *j)
{
	look(j, NULL, on_last_look);
}
