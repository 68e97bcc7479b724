/* reach.c - a job's line to its host in earnest: one session from step to step, opened at the first
 * call and again after it was lost. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "upgrader/run.h"

struct reach {
	struct endpoint endpoint;
	struct session *session;
	struct policy policy;           /* of this host, for the checks */
	struct step_answer answer;
	void (*answered)(struct job *j, const struct err *err, const json_t *answer);
	void (*uploaded)(struct job *j, const struct err *err);
	void (*looked)(struct job *j, struct look *look);
};

static struct reach *reach_of(struct job *j)
{
	struct reach *r = j->reach;

	if (!r) {
		r = j->reach = xcalloc(1, sizeof(*r));
		endpoint_as_before(j->run->transport, j->host,
				   json_object_get(j->run->past, j->host->name), &r->endpoint);
		policies_for(j->run->policies, j->host->group, j->host->group_count, &r->policy);
	}
	if (!r->session)
		r->session = session_new(j->run->transport, &r->endpoint);
	return r;
}

static void on_line(void *ctx, const char *line, size_t len)
{
	struct reach *r = ((struct job *)ctx)->reach;

	step_answer_line(&r->answer, line, len);
}

static void on_call(void *ctx, const struct err *err)
{
	struct job *j = ctx;
	struct reach *r = j->reach;
	struct err own;
	AUTO_JSON json_t *answer = step_answer_take(&r->answer, j->row.host, err, &own);

	r->answered(j, answer ? NULL : &own, answer);
}

static void call(struct job *j, enum script_id step, json_t *request, struct piece piece,
		 int64_t limit_ms,
		 void (*done)(struct job *j, const struct err *err, const json_t *answer))
{
	AUTO_JSON json_t *taken = request;
	struct reach *r = reach_of(j);

	step_answer_begin(&r->answer, script_name(step));
	r->answered = done;
	session_call(r->session, &(struct call){ .script = script_of(step),
						 .request = taken,
						 .data = piece.data,
						 .len = piece.len,
						 .limit_ms = limit_ms,
						 .fixed_limit = true,
						 .line = on_line,
						 .done = on_call,
						 .ctx = j });
}

static bool puts_files(const struct job *j)
{
	const struct reach *r = j->reach;

	return r && r->session && session_puts_files(r->session);
}

static void on_upload(void *ctx, const struct err *err)
{
	struct job *j = ctx;
	struct reach *r = j->reach;

	r->uploaded(j, err);
}

static int64_t pace(void *ctx, size_t len)
{
	return run_may_send(ctx, len);
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
						     .pace = pace,
						     .done = on_upload,
						     .ctx = j });
}

static void on_look(void *ctx, struct look *look)
{
	struct job *j = ctx;
	struct reach *r = j->reach;

	r->looked(j, look);
}

static void look(struct job *j, const enum fact_id *only,
		 void (*done)(struct job *j, struct look *look))
{
	struct reach *r = reach_of(j);
	struct run *run = j->run;

	r->looked = done;
	look_start(&(struct look_request){ .session = r->session,
					   .host = j->host,
					   .store = run->store,
					   .past = json_object_get(run->past, j->host->name),
					   .policy = &r->policy,
					   .only = only,
					   .also = FACT_BACKUP_POLICY,
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
	step_answer_release(&r->answer);
	session_free(r->session);
	free(r);
	j->reach = NULL;
}

const struct reach_ops reach_hosts = {
	.call = call,
	.puts_files = puts_files,
	.upload = upload,
	.look = look,
	.cancel = cancel,
	.close = close_line,
};

int reach_prepare(struct run *run, struct err *err)
{
	AUTO_FREE const struct inv_host **host = xcalloc((size_t)run->count + 1, sizeof(*host));
	int used = 0;

	for (int i = 0; i < run->count; i++)
		if (!run->job[i].ended)
			host[used++] = run->job[i].host;
	way_warn(host, used);
	return way_prepare(run->transport, host, used, err);
}
