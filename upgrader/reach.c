/* reach.c - a job's line to its host in earnest: one session from step to step, opened at the first
 * call and again after it was lost. A step's answer is exactly one line, checked here, so that
 * the work sees an object with a truthful `step` and `ok` or a fault. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "upgrader/run.h"

struct reach {
	struct endpoint endpoint;
	struct session *session;
	char *op;                       /* the answer must name it */
	json_t *answer;
	int lines;
	struct err bad;                 /* why the first line is no answer */
	void (*answered)(struct job *j, const struct err *err, const json_t *answer);
	void (*uploaded)(struct job *j, const struct err *err);
	void (*looked)(struct job *j, struct look *look);
};

static struct reach *reach_of(struct job *j)
{
	struct reach *r = j->reach;

	if (!r) {
		r = j->reach = xcalloc(1, sizeof(*r));
		endpoint_of(j->host, &r->endpoint);
	}
	if (!r->session)
		r->session = session_new(j->run->transport, &r->endpoint);
	return r;
}

static void forget_answer(struct reach *r)
{
	free(r->op);
	r->op = NULL;
	json_decref(r->answer);
	r->answer = NULL;
	r->lines = 0;
	r->bad = (struct err){ .code = ERR_NONE };
}

static void on_line(void *ctx, const char *line, size_t len)
{
	struct reach *r = ((struct job *)ctx)->reach;
	const char *step;

	if (r->lines++ > 0)
		return;
	if (!line) {
		err_set(&r->bad, FAULT_WRONG_ANSWER, "the answer is a line of %zu bytes", len);
		return;
	}
	r->answer = json_parse(line, len, &r->bad);
	if (!r->answer)
		return;
	step = json_get_str(r->answer, "step");
	if (!step || strcmp(step, r->op) != 0 || !json_is_boolean(json_object_get(r->answer, "ok")))
		err_set(&r->bad, FAULT_WRONG_ANSWER, "the answer is not one to '%s'", r->op);
}

static void on_call(void *ctx, const struct err *err)
{
	struct job *j = ctx;
	struct reach *r = j->reach;
	AUTO_JSON json_t *answer = r->answer;
	struct err own = { .code = ERR_NONE };

	r->answer = NULL;
	if (err)
		own = *err;
	else if (r->bad.code != ERR_NONE)
		own = r->bad;
	else if (r->lines != 1)
		err_set(&own, FAULT_WRONG_ANSWER, "%d lines in place of one answer", r->lines);
	if (!err && own.code != ERR_NONE)
		err_in(&own, "%s: %s", j->row.host, r->op);
	r->answered(j, own.code == ERR_NONE ? NULL : &own, answer);
}

static void call(struct job *j, const char *script, json_t *request, int64_t limit_ms,
		 void (*done)(struct job *j, const struct err *err, const json_t *answer))
{
	AUTO_JSON json_t *taken = request;
	struct reach *r = reach_of(j);

	forget_answer(r);
	r->op = xstrdup(json_get_str(taken, "op"));
	r->answered = done;
	session_call(r->session, &(struct call){ .script = script_find(script),
						 .request = taken,
						 .limit_ms = limit_ms,
						 .line = on_line,
						 .done = on_call,
						 .ctx = j });
}

static void on_upload(void *ctx, const struct err *err)
{
	struct job *j = ctx;
	struct reach *r = j->reach;

	r->uploaded(j, err);
}

static void upload(struct job *j, const char *remote, int64_t limit_ms,
		   void (*done)(struct job *j, const struct err *err))
{
	struct reach *r = reach_of(j);

	r->uploaded = done;
	session_upload(r->session, &(struct upload){ .remote = remote,
						     .data = j->run->installer->data,
						     .len = j->run->installer->len,
						     .limit_ms = limit_ms,
						     .done = on_upload,
						     .ctx = j });
}

static void on_look(void *ctx, struct look *look)
{
	struct job *j = ctx;
	struct reach *r = j->reach;

	r->looked(j, look);
}

static void look(struct job *j, const char *const *only,
		 void (*done)(struct job *j, struct look *look))
{
	struct reach *r = reach_of(j);
	struct run *run = j->run;

	r->looked = done;
	look_start(
		&(struct look_request){ .session = r->session,
					.host = j->host,
					.store = run->store,
					.versions = json_object_get(run->versions, j->host->name),
					.policy = &run->judging,
					.only = only,
					.limit_ms = run->probe_limit_ms,
					.done = on_look,
					.ctx = j });
}

static void cancel(struct job *j)
{
	struct reach *r = j->reach;

	if (r && r->session)
		session_end(r->session, FAULT_CANCELLED, "interrupted");
}

static void close_line(struct job *j)
{
	struct reach *r = j->reach;

	if (!r)
		return;
	forget_answer(r);
	session_free(r->session);
	free(r);
	j->reach = NULL;
}

const struct reach_ops reach_hosts = {
	.call = call, .upload = upload, .look = look, .cancel = cancel, .close = close_line,
};

int reach_prepare(struct run *run, struct err *err)
{
	AUTO_FREE struct endpoint *endpoint = xcalloc((size_t)run->count + 1, sizeof(*endpoint));
	AUTO_FREE const struct endpoint **list = xcalloc((size_t)run->count + 1, sizeof(*list));
	int used = 0;

	for (int i = 0; i < run->count; i++) {
		if (run->job[i].ended)
			continue;
		endpoint_of(run->job[i].host, &endpoint[used]);
		list[used] = &endpoint[used];
		used++;
	}
	return transport_prepare(run->transport, list, used, err);
}
