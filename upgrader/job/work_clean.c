/* work_clean.c - takes away what this run made on a host: after a verified upgrade, and after
 * anything that ended otherwise. The host's own script keeps what may not go yet (a marker
 * while an installer works, the safety task until obengine runs), and what it kept is told. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "upgrader/run.h"

enum {
	CALL_MS = 90 * 1000, LEFT_MAX = 200,
	ALONE_MS = 10 * 1000            /* for a call that a cut line left at obengine */
};

static void ask(struct job *j, void (*answered)(struct job *, const json_t *))
{
	json_t *more = json_pack("{s:i}", "lock_ms", ALONE_MS);

	if (job_stays_staged(j, job_ending(j)))
		json_object_set_new(more, "keep_folder", json_true());
	job_ask(j, SCRIPT_CLEAN, more, CALL_MS, answered);
}

bool job_is_forgotten(const struct job *j)
{
	return json_is_true(job_recall(j, MEMORY_FORGOTTEN));
}

bool job_left_some(const struct job *j)
{
	return json_array_size(job_recall(j, MEMORY_LEFT)) > 0;
}

/* Keeps the words for a resume, and the reason as it was before they were told in it. */
static void remember_left(struct job *j, json_t *left)
{
	if (!job_recall(j, MEMORY_REASON))
		job_remember(j, MEMORY_REASON, json_string(j->row.reason));
	job_remember(j, MEMORY_LEFT, left);
}

void job_not_cleaned(struct job *j)
{
	remember_left(j, json_pack("[s]", "not known"));
}

/* "folder, marker", or NULL when nothing is left. Yours: free() it. */
static char *left_behind(const json_t *answer)
{
	const json_t *left = json_get_arr(answer, "left"), *word;
	struct buf text;
	size_t i;

	if (!answer_ok(answer)) {
		const char *code = answer_code(answer);

		return text_printable(code, strlen(code), LEFT_MAX);
	}
	buf_init(&text, LEFT_MAX);
	json_array_foreach(left, i, word)
	{
		const char *name = json_is_string(word) ? json_string_value(word) : "?";
		AUTO_FREE char *shown = text_printable(name, strlen(name), 40);

		if (buf_addf(&text, "%s%s", i ? ", " : "", shown) != 0)
			break;
	}
	return i > 0 ? buf_take(&text) : NULL;
}

/* Journalled with the next move. left NULL: all is gone; engine: why obengine is left stopped, ""
 * when it is not. */
static void tell_left(struct job *j, const char *left, const char *engine)
{
	const char *before = json_string_value(job_recall(j, MEMORY_REASON));
	AUTO_FREE char *reason = NULL;

	if (!left && !*engine) {
		job_forget(j, MEMORY_LEFT);
		job_forget(j, MEMORY_REASON);
		return;
	}
	before = before ? before : j->row.reason;
	reason = xasprintf("%s%s%s%s%s%s", before, *before ? "; " : "", engine,
			   *engine && left ? "; " : "", left ? "left on the host: " : "",
			   left ? left : "");
	remember_left(j, left ? json_pack("[s]", left) : json_pack("[s]", "obengine"));
	job_set(&j->row.reason, reason);
}

/* What cannot go yet is asked for again until the edge's limit, but for a backup that was followed
 * as long as its own limit allows. */
static bool asks_again(struct job *j, const char *left)
{
	if (!left || strcmp(left, "backup-task") == 0 || job_left_ms(j) <= j->run->pace.poll_ms ||
	    job_must_pause(j))
		return false;
	job_wait(j, j->run->pace.poll_ms, j->again);
	return true;
}

static void on_cleaned(struct job *j, const json_t *answer)
{
	AUTO_FREE char *left = left_behind(answer);

	if (asks_again(j, left))
		return;
	tell_left(j, left, "");
	job_done(j, left ? "left: %s" : "nothing is left%s", left ? left : "");
}

void work_clean(struct job *j)
{
	ask(j, on_cleaned);
}

static void on_undone_look(struct job *j, struct look *seen)
{
	struct version version;
	char shown[VERSION_TEXT];

	j->calling = false;
	if (seen->err.code != ERR_NONE) {
		struct err err = seen->err;

		look_free(seen);
		job_fault(j, &err);
		return;
	}
	if (agent_version(&seen->facts, &version))
		job_set(&j->row.after, version_format(version, shown));
	look_free(j->look);
	j->look = seen;
	job_done(j, "cleaned up, agent %s", *j->row.after ? j->row.after : WORD_UNREADABLE);
}

static void look_after_undo(struct job *j)
{
	j->calling = true;
	j->run->ops->look(j, NULL, on_undone_look);
}

static void on_undone(struct job *j, const json_t *answer)
{
	AUTO_FREE char *left = left_behind(answer);

	/* A job that ends here has failed already: one question is enough, a person reads the
	 * rest. Where another call was at work none was asked yet. */
	if (answer_says(answer, CODE_LOCKED) && asks_again(j, left))
		return;
	tell_left(j, left, j->step.engine);
	j->step.flag = true;            /* a line lost from here on is not about the cleaning */
	if (j->row.changed) {
		j->again = look_after_undo;
		look_after_undo(j);
	} else if (job_stays_staged(j, job_ending(j)) && !left) {
		job_done(j, "the server is given back, the folder stays");
	} else {
		job_done(j, left ? "left: %s" : "nothing is left%s", left ? left : "");
	}
}

static void clean_up(struct job *j)
{
	j->again = clean_up;
	ask(j, on_undone);
}

/* The host itself goes on trying: what is registered there before a stop does, and the installer's
 * task. */
static void on_started_again(struct job *j, const json_t *answer)
{
	const char *code = answer_code(answer);
	AUTO_FREE char *shown = text_printable(code, strlen(code), LEFT_MAX / 4);

	j->step.engine[0] = '\0';
	j->engine_runs |= answer_ok(answer);
	if (answer_says(answer, CODE_STOP_HANGS))
		snprintf(j->step.engine, sizeof(j->step.engine), "obengine still stops");
	else if (!answer_ok(answer) && !engine_start_waits(answer, j->step.engine))
		snprintf(j->step.engine, sizeof(j->step.engine), "obengine is stopped (%s)", shown);
	if (*j->step.engine)
		strncat(j->step.engine, "; the host itself tries every five minutes for a day",
			sizeof(j->step.engine) - strlen(j->step.engine) - 1);
	clean_up(j);
}

/* Where obengine ran before the first change it runs afterwards, before all else. Of a job that
 * ended long ago that is over, unless it left it stopped: who stopped it since wanted it so. */
void work_undo(struct job *j)
{
	const char *ending = json_string_value(job_recall(j, MEMORY_ENDING));
	bool gone = ending && outcome_from_name(ending) == OUTCOME_AGENT_GONE && !j->settled;

	if (!gone && j->row.changed && job_found_running(j) && (!j->settled || j->owes_engine))
		ask_engine_start(j, on_started_again);
	else
		clean_up(j);
}
