/* as_system.c - asks a host's account SYSTEM for what only it may read. The probe and its request
 * go to the host as the two lines of a call would, and a task there runs them. */
#include "scanner/as_system.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/json.h"
#include "base/mem.h"
#include "scanner/facts/probe.h"
#include "scanner/look.h"
#include "scanner/way.h"
#include "transport/script.h"

enum {
	WAIT_MS = 60 * 1000,            /* of the task from its making to its last line */
	CONNECT_MS = 30 * 1000,         /* PowerShell's start on a busy server */
	CALL_MS = WAIT_MS + 60 * 1000,
	TASK_DIGITS = 16
};

struct asking {
	struct as_system *seen;
	struct clock_span span;
	char task[sizeof("\\marshal\\look-") + TASK_DIGITS];        /* "" until it was named */
	bool made, removed;
	void (*done)(void *ctx, struct as_system *seen);
	void *ctx;
};

/* The facts that only SYSTEM may read; ends with FACT_NONE. */
static void system_facts(enum fact_id out[FACT_COUNT + 1])
{
	int count = 0;

	for (enum fact_id id = 0; id < FACT_COUNT; id++)
		if (fact_depth(id) == DEPTH_SYSTEM)
			out[count++] = id;
	out[count] = FACT_NONE;
}

/* The call inside is one of the probe for these facts: no names are asked, so no cloud matters. Its
 * request has no nonce, which stands in markers only, and that call writes none. */
static json_t *call_request(void)
{
	enum fact_id facts[FACT_COUNT + 1];

	system_facts(facts);

	AUTO_JSON json_t *request = probe_request(CLOUD_PUBLIC, facts, false, WAIT_MS);
	AUTO_FREE char *text = NULL;

	json_object_set_new(request, "v", json_integer(PROTOCOL_VERSION));
	json_object_set_new(request, "at", script_names());
	text = json_dumps(request, JSON_COMPACT | JSON_ENSURE_ASCII);
	return json_pack("{s:s, s:s, s:O, s:i, s:i}", "op", script_name(SCRIPT_AS_SYSTEM), "order",
			 text, "facts", json_object_get(request, "facts"), "wait_ms", WAIT_MS,
			 "connect_ms", CONNECT_MS);
}

/* Only a name that the script can have given goes to the trail. */
static void take_task(struct asking *a, const json_t *line)
{
	static const char start[] = "\\marshal\\look-";
	const char *name = json_get_str(line, "task");
	size_t len = sizeof(start) - 1;

	if (!name || strncmp(name, start, len) != 0 ||
	    strspn(name + len, "0123456789abcdef") != TASK_DIGITS || name[len + TASK_DIGITS])
		return;
	memcpy(a->task, name, len + TASK_DIGITS + 1);
	json_get_bool(line, "made", &a->made);
	json_get_bool(line, "removed", &a->removed);
}

static void on_line(void *ctx, const char *line, size_t len)
{
	struct asking *a = ctx;
	AUTO_JSON json_t *json = line ? json_parse(line, len, NULL) : NULL;

	if (json && json_object_get(json, "task"))
		take_task(a, json);
	else
		facts_line(&a->seen->facts, line, len, clock_span_utc_ms(&a->span));
}

/* What the host did not answer is an answer too: a look with --as-system says why a fact is
 * missing. */
static void fill_unanswered(struct facts *f, const char *why, int64_t utc_ms)
{
	for (enum fact_id id = 0; id < FACT_COUNT; id++) {
		AUTO_JSON json_t *line = NULL;
		AUTO_FREE char *text = NULL;

		if (fact_depth(id) != DEPTH_SYSTEM || facts_find(f, id))
			continue;
		line = json_pack("{s:s, s:s, s:s}", "fact", fact_name(id), "error", why, "kind",
				 "failed");
		text = json_dumps(line, JSON_COMPACT | JSON_ENSURE_ASCII);
		facts_line(f, text, strlen(text), utc_ms);
	}
}

static char *note(const struct asking *a, bool cut)
{
	const char *expires = "it ends and goes by itself within two minutes";

	if (*a->task && a->removed)
		return xasprintf("task %s of SYSTEM was made, and removed", a->task);
	if (*a->task && !a->made)
		return xstrdup("no task of SYSTEM could be made");
	if (*a->task)
		return xasprintf("task %s of SYSTEM was made, and not seen removed: %s", a->task,
				 expires);
	if (cut)
		return xasprintf("the line was lost: should a task \\marshal\\look-* of SYSTEM be "
				 "there, %s",
				 expires);
	return xstrdup("no task of SYSTEM was made");
}

static void on_done(void *ctx, const struct err *err)
{
	struct asking *a = ctx;
	struct as_system *seen = a->seen;

	fill_unanswered(&seen->facts, err ? err->msg : "no answer as SYSTEM",
			clock_span_utc_ms(&a->span));
	seen->note = note(a, err != NULL);
	seen->left = *a->task ? a->made && !a->removed : err != NULL;
	a->done(a->ctx, seen);
	free(a);
}

void as_system_start(struct session *session, const struct clock_span *span,
		     void (*done)(void *ctx, struct as_system *seen), void *ctx)
{
	struct asking *a = xcalloc(1, sizeof(*a));
	AUTO_JSON json_t *request = call_request();

	*a = (struct asking){
		.seen = xcalloc(1, sizeof(*a->seen)), .span = *span, .done = done, .ctx = ctx
	};
	facts_init(&a->seen->facts);
	session_call(session, &(struct call){ .script = script_of(SCRIPT_AS_SYSTEM),
					      .request = request,
					      .limit_ms = CALL_MS,
					      .fixed_limit = true,
					      .line = on_line,
					      .done = on_done,
					      .ctx = a });
}

void as_system_free(struct as_system *seen)
{
	if (!seen)
		return;
	facts_release(&seen->facts);
	free(seen->note);
	free(seen);
}
