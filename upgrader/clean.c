/* clean.c - what is made of a look and of a host's answer, where left-overs shall go. */
#include "upgrader/clean.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "scanner/facts/left.h"
#include "scanner/facts/reservation.h"
#include "scanner/facts/service.h"
#include "scanner/stopped.h"
#include "upgrader/step_answer.h"

enum { HOST_TEXT = 200, LOCK_MS = 10 * 1000, SWEEP_MS = 60 * 1000 };
enum { CALL_RUNS = 64 };        /* that a call may name */
enum { RUNS_SHOWN = 3 };

/* Who holds the server. */
static void say_held(struct errand_target *t, const struct reservation *key)
{
	char who[PREFLIGHT_REASON / 2], text[PREFLIGHT_REASON];

	reservation_text(key, who, sizeof(who));
	snprintf(
		text, sizeof(text),
		"reserved %s: nothing was taken away; ask again after that, or go on with that run "
		"where it was begun",
		who);
	errand_say(t, ERRAND_REFUSED, text);
}

static void say_stopped(struct errand_target *t, const struct facts *facts)
{
	char text[PREFLIGHT_REASON];
	const char *run;

	if (!engine_stopped_by_us(facts, &run)) {
		errand_say(t, ERRAND_STOPPED,
			   "obengine does not run, and nobody knows whether a task that is left "
			   "shall start it: nothing was taken away");
		return;
	}
	snprintf(text, sizeof(text),
		 "obengine does not run, which run %s left stopped: marshal upgrade restore %s "
		 "starts it",
		 stopped_run_name(run), t->name);
	errand_say(t, ERRAND_STOPPED, text);
}

/* Of runs that are not over: they are gone on with. */
static void say_nothing(struct errand_target *t, const struct left *left)
{
	char text[PREFLIGHT_REASON], staged[PREFLIGHT_REASON / 2];

	if (left->count == 0) {
		errand_say(t, ERRAND_FINE, "nothing is left there");
		return;
	}
	snprintf(t->run, sizeof(t->run), "%s", left->run[0].name);
	if (*left->run[0].plan || left->run[0].controller) {
		left_staged_text(&left->run[0], staged, sizeof(staged));
		snprintf(text, sizeof(text), "what is there is %s", staged);
		errand_say(t, ERRAND_FINE, text);
		return;
	}
	snprintf(text, sizeof(text),
		 "what is there is of run %s, which is not over: marshal upgrade resume %s goes on "
		 "with it",
		 t->run, t->run);
	errand_say(t, ERRAND_FINE, text);
}

static bool is_seen(const struct facts *facts)
{
	return errand_fact(facts, FACT_INSTALLERS) && errand_fact(facts, FACT_LEFT_OVERS) &&
	       errand_fact(facts, FACT_SERVICE_OBENGINE);
}

/* Whose reservation is held; false: nobody's. */
static bool is_held(const struct facts *facts, struct reservation *key)
{
	const json_t *installers = errand_fact(facts, FACT_INSTALLERS);

	return reservation_read(json_get_obj(installers, "marker"), key) &&
	       !reservation_overdue(installers, 0);
}

/* The runs that one call takes away; that of the key is the last, also of more calls: as long as
 * the key is there nobody else begins. */
static json_t *runs_of_call(const struct left *left)
{
	json_t *runs = json_array();

	for (int key = 0; key <= 1; key++)
		for (int i = 0; i < left->count && json_array_size(runs) < CALL_RUNS; i++)
			if (left->run[i].over && left->run[i].marker == (key == 1))
				json_array_append_new(runs, json_string(left->run[i].name));
	return runs;
}

static void judge_look(struct errand_target *t, const struct facts *facts, const json_t *past)
{
	struct reservation key;
	struct left left;
	json_t *runs;

	*t->run = '\0';
	if (!is_seen(facts)) {
		errand_say(t, ERRAND_FAILED, "what is left there could not be seen");
		return;
	}
	left_find(facts, past, &left);
	if (is_held(facts, &key)) {
		say_held(t, &key);
	} else if (!left.over) {
		say_nothing(t, &left);
	} else if (left_works(facts)) {
		errand_say(t, ERRAND_AT_WORK,
			   "an installer or a task is at work there: nothing was taken away");
	} else if (left_engine(facts) != LEFT_ENGINE_FINE) {
		say_stopped(t, facts);
	} else {
		runs = runs_of_call(&left);
		json_decref(t->more);
		t->more = json_pack("{s:o}", "runs", runs);
		snprintf(t->run, sizeof(t->run), "%s",
			 json_array_size(runs) ? json_string_value(json_array_get(runs, 0)) : "");
	}
}

/* "a, b and so on": names of ours or of the host, the key's in words. Yours. */
static char *listed(const json_t *names)
{
	char *all = xstrdup("");
	const json_t *name;
	size_t i;

	json_array_foreach(names, i, name)
	{
		const char *text = json_string_value(name);
		AUTO_FREE char *before = all;
		AUTO_FREE char *shown =
			text_printable(text ? text : "?", text ? strlen(text) : 1, HOST_TEXT);

		all = xasprintf("%s%s%s", before, i ? ", " : "",
				strcmp(shown, "marker") == 0 ? "the reservation" : shown);
	}
	return all;
}

static char *announce(const struct errand_target *t)
{
	const json_t *runs = json_get_arr(t->more, "runs");
	AUTO_FREE char *names = listed(runs);

	if (json_array_size(runs) == 0)
		return xstrdup("a reservation that names no run is taken away");
	return xasprintf("what is left of run%s %s is taken away",
			 json_array_size(runs) == 1 ? "" : "s", names);
}

static json_t *request(const struct errand_target *t)
{
	return json_pack("{s:s, s:O, s:i}", "run", "sweep", "runs",
			 json_object_get(t->more, "runs"), "lock_ms", LOCK_MS);
}

static void refused(struct errand_target *t, const json_t *answer)
{
	const char *said = json_get_str(answer, "text");
	AUTO_FREE char *shown =
		text_printable(said ? said : answer_code(answer),
			       strlen(said ? said : answer_code(answer)), HOST_TEXT);
	AUTO_FREE char *text = NULL;
	struct reservation key;
	int64_t state = 0;

	if (answer_says(answer, CODE_RESERVED) &&
	    reservation_read(json_get_obj(answer, "reservation"), &key)) {
		say_held(t, &key);
		return;
	}
	if (answer_says(answer, CODE_NOT_RUNNING)) {
		json_get_int(answer, "now", &state);
		text = xasprintf("obengine is %s: nothing was taken away",
				 service_state_name(state));
		errand_say(t, ERRAND_STOPPED, text);
		return;
	}
	text = xasprintf("%s: nothing was taken away", shown);
	if (answer_says(answer, CODE_LOCKED) || answer_says(answer, CODE_RESERVED))
		errand_say(t, ERRAND_REFUSED, text);
	else if (answer_says(answer, CODE_INSTALLER_AT_WORK) ||
		 answer_says(answer, CODE_TASK_AT_WORK))
		errand_say(t, ERRAND_AT_WORK, text);
	else
		errand_say(t, ERRAND_FAILED, text);
}

static void answered(struct errand_target *t, json_t *answer)
{
	json_decref(t->more);
	t->more = json_incref(answer);
}

/* What the look behind the call found: a few of the runs. Yours. */
static char *found(const struct left *left)
{
	char *all = xstrdup(left->nameless ? "the reservation" : "");
	int shown = 0, more = left->over - left->nameless - RUNS_SHOWN;

	for (int i = 0; i < left->count && shown < RUNS_SHOWN; i++) {
		AUTO_FREE char *before = all;

		if (!left->run[i].over) {
			all = xstrdup(before);
			continue;
		}
		all = xasprintf("%s%s%s", before,
				shown++ ? ", " :
				*before ? ", what is of run " :
					  "what is of run ",
				left->run[i].name);
	}
	if (more > 0) {
		AUTO_FREE char *before = all;

		all = xasprintf("%s and %d more", before, more);
	}
	return all;
}

/* The host's answer says what went, the look behind it whether that is all: what is there of a run
 * that holds the server by now is its own. */
static void after(struct errand_target *t, const struct facts *facts, const json_t *past)
{
	const json_t *stay = json_get_arr(t->more, "left");
	AUTO_FREE char *gone = listed(json_get_arr(t->more, "removed")), *stays = listed(stay);
	AUTO_FREE char *seen = NULL, *text = NULL;
	struct reservation key;
	struct left left;
	bool starts;

	left_find(facts, past, &left);
	if (is_held(facts, &key))
		left.over = 0;
	seen = found(&left);
	if (!is_seen(facts)) {
		text = xasprintf("whether anything is left there could not be seen; gone: %s",
				 *gone ? gone : "nothing");
		errand_say(t, ERRAND_FAILED, text);
	} else if (json_array_size(stay) == 0 && left.over == 0) {
		text = xasprintf("gone: %s", *gone ? gone : "nothing was there any more");
		errand_say(t, ERRAND_DONE, text);
	} else {
		starts = left_starts(facts, &left);
		text = xasprintf("left there: %s%s%s%s", *stays ? stays : seen,
				 starts ? ", which would start obengine, that does not run: delete "
					  "it by hand, or ask again once obengine runs" :
					  "",
				 *gone ? "; gone: " : "", gone);
		errand_say(t, starts ? ERRAND_STOPPED : ERRAND_FAILED, text);
	}
}

const struct errand_kind clean_kind = {
	.word = "clean",
	.rows = ROWS_TROUBLE,
	.end = { [ERRAND_NOT_BEGUN] = "not-begun",
		 [ERRAND_FINE] = "nothing-left",
		 [ERRAND_DONE] = "cleaned",
		 [ERRAND_REFUSED] = "held",
		 [ERRAND_AT_WORK] = "at-work",
		 [ERRAND_STOPPED] = "obengine-stopped",
		 [ERRAND_FAILED] = "failed",
		 [ERRAND_UNREACHABLE] = "unreachable",
		 [ERRAND_LEFT_OUT] = "left-out" },
	.lost = "whether anything was taken away is not known",
	.unseen = "what is left was taken away, and not looked at again",
	.script = SCRIPT_SWEEP,
	.limit_ms = SWEEP_MS + LOCK_MS,
	.judge = judge_look,
	.announce = announce,
	.request = request,
	.refused = refused,
	.answered = answered,
	.after = after,
};
