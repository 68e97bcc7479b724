/* play_as_system.c - as-system.ps1: a task of SYSTEM that asks for facts once more, as that
 * account. Made and removed in the state, so that a call that dies in between leaves it there. */
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "tests/fleet/play.h"

enum { WAIT_LEAST_MS = 1000, WAIT_MOST_MS = 300000, AFTER_MS = 30000, NAME_DIGITS = 16 };

static char *task_path(const struct play *p)
{
	return xasprintf("\\marshal\\look-%.*s", NAME_DIGITS, p->nonce);
}

/* Every fact asked for gets the same reason. */
static int nothing(struct play *p, const char *kind, const char *text)
{
	json_t *list = json_object_get(p->request, "facts"), *name;
	size_t i;

	json_array_foreach(list, i, name)
		play_line(p, json_pack("{s:O, s:i, s:s, s:s}", "fact", name, "ms", 40, "error",
				       text, "kind", kind));
	return 0;
}

/* The request inside, or NULL when it is none. Yours. */
static json_t *order_inside(const struct play *p)
{
	const char *order = json_get_str(p->request, "order");

	return order ? json_parse(order, strlen(order), NULL) : NULL;
}

/* The facts one by one, so that one without an answer is seen. */
static int facts_inside(struct play *p, json_t *order, struct err *err)
{
	json_t *list = json_object_get(p->request, "facts"), *name;
	struct state inside = *p->state;
	struct play q = *p;
	size_t i;
	int rc = 0;

	inside.root = json_deep_copy(p->state->root);
	(void)state_set(inside.root, "identity.user", json_string("NT AUTHORITY\\SYSTEM"), NULL);
	(void)state_set(inside.root, "identity.admin", json_true(), NULL);
	q.state = &inside;
	q.request = order;
	q.system = true;
	json_array_foreach(list, i, name)
	{
		int before = q.lines;

		json_object_set_new(order, "facts", json_pack("[O]", name));
		rc = play_probe(&q, err);
		if (rc == 0 && q.lines == before)
			play_line(&q, json_pack("{s:O, s:i, s:s, s:s}", "fact", name, "ms", 40,
						"error", "no answer", "kind", "failed"));
		if (rc != 0)
			break;
	}
	p->lines = q.lines;
	json_decref(inside.root);
	return rc;
}

static int task_make(struct play *p, const char *path, bool *out_made, struct err *err)
{
	json_int_t expires = clock_utc_ms() + step_number(p, "wait_ms") + AFTER_MS;

	if (state_begin(p->state, err) != 0)
		return -1;
	*out_made = play_task_make(p, path,
				   json_pack("{s:s, s:b, s:n, s:n, s:I}", "account", "SYSTEM",
					     "at_boot", 0, "due_utc_ms", "begun_utc_ms",
					     "expires_utc_ms", expires));
	if (*out_made)
		state_log(p->state->root, "task %s made", path);
	return state_commit(p->state, err);
}

static int task_remove(struct play *p, const char *path, struct err *err)
{
	if (state_begin(p->state, err) != 0)
		return -1;
	json_object_del(json_object_get(p->state->root, "tasks"), path);
	state_log(p->state->root, "task %s removed", path);
	return state_commit(p->state, err);
}

static int inside_a_task(struct play *p, json_t *order, struct err *err)
{
	AUTO_FREE char *path = task_path(p);
	const char *fault;
	bool made;
	int rc;

	if (json_object_get(json_object_get(p->state->root, "tasks"), path))
		return nothing(p, "failed", "there is a task of that name already");
	if (task_make(p, path, &made, err) != 0)
		return -1;
	play_line(p, json_pack("{s:s, s:b}", "task", path, "made", made));
	if (!made)
		return nothing(p, "access-denied", "no task of SYSTEM could be made");
	play_middle(p);
	fault = state_text(p->state->root, "faults.task");
	if (fault && strcmp(fault, "silent") == 0) {
		play_sleep(step_number(p, "connect_ms"));
		rc = nothing(p, "time-limit", "no answer of the task of SYSTEM");
	} else {
		rc = facts_inside(p, order, err);
	}
	if (rc != 0 || task_remove(p, path, err) != 0)
		return -1;
	play_line(p, json_pack("{s:s, s:b}", "task", path, "removed", 1));
	return 0;
}

int play_as_system(struct play *p, struct err *err)
{
	AUTO_JSON json_t *order = order_inside(p);
	int64_t wait_ms = step_number(p, "wait_ms");

	if (!order || wait_ms < WAIT_LEAST_MS || wait_ms > WAIT_MOST_MS)
		return nothing(p, "failed", "bad request");
	return inside_a_task(p, order, err);
}
