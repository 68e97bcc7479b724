/* look.c - one probe of one host over a session of the caller's: sends the request, reads the
 * facts line by line, compares the clock, judges. A cut answer counts for its complete lines. */
#include "scanner/look.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/insist.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "scanner/facts/identity.h"
#include "scanner/facts/probe.h"
#include "scanner/facts/server_kind.h"
#include "scanner/facts/service.h"
#include "scanner/facts/reservation.h"
#include "scanner/stopped.h"
#include "scanner/way.h"

struct looking {
	struct look_request request;
	struct look *look;
	struct clock_span span;         /* a clock that is set meanwhile turns nothing about */
};

/* A fact is sent as soon as it is known, so its line left the host half a round trip before it
 * came here. */
static void compare_clock(struct looking *l)
{
	const struct fact *clock = facts_find(&l->look->facts, FACT_CLOCK);
	struct session_facts way;
	int64_t host_utc_ms;

	if (!clock || !json_get_int(clock->value, "utc_ms", &host_utc_ms))
		return;
	session_look(l->request.session, &way);
	facts_set_skew(&l->look->facts,
		       host_utc_ms - (clock->utc_ms - (way.rtt_ms > 0 ? way.rtt_ms / 2 : 0)));
}

void look_judge(struct look *look, const struct context *about, const char *mars)
{
	struct context context = *about;

	context.facts = &look->facts;
	judgement_release(&look->judgement);
	judge(&context, mars, &look->judgement);
}

static void judge_now(struct looking *l)
{
	const struct look_request *r = &l->request;
	const struct inv_host *h = r->host;

	look_judge(l->look,
		   &(struct context){ .policy = r->policy,
				      .name = h->name,
				      .address = h->address,
				      .computer_name = h->computer_name,
				      .cloud = inv_cloud_name(h->cloud),
				      .time_zone = h->time_zone,
				      .offline = h->offline == OFFLINE_NONE ?
							 "" :
							 inv_offline_name(h->offline),
				      .past = r->past,
				      .accept_changed = r->accept_changed },
		   inv_mars_name(h->mars));
}

/* What this look left open is judged by what was known before, and nothing else is read of it. */
static void lay_older_under(struct looking *l)
{
	struct facts *facts = &l->look->facts;
	AUTO_FREE const char **answered = xcalloc((size_t)facts->count + 1, sizeof(*answered));
	bool plain = !l->look->as_system;       /* a refusal to SYSTEM itself is news */
	struct host_rows rows;
	int count = 0;
	struct err err;

	if (!l->request.store)
		return;
	for (int i = 0; i < facts->count; i++)
		if (!plain || !fact_is_refused(&facts->fact[i]))
			answered[count++] = facts->fact[i].name;
	if (count == FACT_COUNT)
		return;
	if (store_host_without(l->request.store, l->request.host->name, answered, count, &rows,
			       &err) != 0)
		return;         /* the store's own trouble shows when this look is written */
	if (rows.count == 1) {
		if (plain)
			facts_yield(facts, rows.row[0].facts);
		facts_under(facts, rows.row[0].facts, rows.row[0].facts_utc);
	}
	host_rows_release(&rows);
}

static void on_line(void *ctx, const char *line, size_t len)
{
	struct looking *l = ctx;

	facts_line(&l->look->facts, line, len, clock_span_utc_ms(&l->span));
}

static void finish(struct looking *l)
{
	struct look *look = l->look;
	struct look_request request = l->request;

	look->not_by_ssh = xstrdup(way_not_by_ssh(request.host, request.session));
	look->took_ms = clock_span_ms(&l->span);
	look->utc_ms = clock_span_utc_ms(&l->span);
	if (look->facts.count > 0) {
		if (!request.only)
			lay_older_under(l);
		judge_now(l);
	}
	free(l);
	request.done(request.ctx, look);
}

static void on_system(void *ctx, struct as_system *seen)
{
	struct looking *l = ctx;

	facts_over(&l->look->facts, &seen->facts);
	l->look->as_system = seen;
	finish(l);
}

/* Whoever has to find out what became of the server asks since when; which other key it was
 * then is not kept. Without past nobody knows. */
static void say_since(struct err *err, const json_t *past, int64_t now_utc_ms)
{
	int64_t since_utc_ms = now_utc_ms;
	AUTO_FREE char *said = xstrdup(err->msg);
	const char *hint = err->hint;
	char since[CLOCK_TEXT];

	if (err->code != FAULT_HOST_KEY_CHANGED || !past)
		return;
	(void)json_get_int(json_object_get(past, "fault"), err_name(err->code), &since_utc_ms);
	err_set(err, err->code, "%s; not the known one at every look since %s", said,
		clock_format_utc(since_utc_ms, since));
	err_hint(err, hint);
}

static void on_done(void *ctx, const struct err *err)
{
	struct looking *l = ctx;
	struct look *look = l->look;

	if (err)
		look->err = *err;
	else if (look->facts.count == 0)
		err_set(&look->err, FAULT_WRONG_ANSWER, "%s: the answer holds no fact%s%s",
			l->request.host->name, look->facts.rejected_first ? ": " : "",
			look->facts.rejected_first ? look->facts.rejected_first : "");
	say_since(&look->err, l->request.past, clock_span_utc_ms(&l->span));
	compare_clock(l);
	if (l->request.as_system && look->err.code == ERR_NONE)
		as_system_start(l->request.session, &l->span, on_system, l);
	else
		finish(l);
}

/* Whether a script can be asked for it: its facts are "fast", "deep" or names, a comma between. */
static bool can_answer(const struct script *s, enum fact_id id)
{
	if (strcmp(s->facts, "deep") == 0 ||
	    (strcmp(s->facts, "fast") == 0 && fact_depth(id) == DEPTH_FAST))
		return true;
	return text_in_list(s->facts, ',', fact_name(id));
}

static bool answers_all(const struct script *s, const enum fact_id *only)
{
	for (; *only != FACT_NONE; only++)
		if (!can_answer(s, *only))
			return false;
	return true;
}

const struct script *look_script(const enum fact_id *only, bool deep)
{
	const struct script *best = script_of(SCRIPT_PROBE_DEEP);

	if (!only)
		return deep ? best : script_of(SCRIPT_PROBE);
	for (const struct script *s = scripts; s->name; s++)
		if (strncmp(s->name, "probe", strlen("probe")) == 0 && s->len < best->len &&
		    answers_all(s, only))
			best = s;
	return best;
}

/* The facts to ask by name, NULL for those that the request has by its depth. The caller's. */
static enum fact_id *names_of(const struct look_request *r)
{
	enum fact_id *names;
	int count = 0;

	if (r->only || r->deep || fact_depth(r->also) == DEPTH_FAST)
		return NULL;
	names = xcalloc(FACT_COUNT + 1, sizeof(*names));
	for (int id = 0; id < FACT_COUNT; id++)
		if (fact_depth((enum fact_id)id) == DEPTH_FAST || id == (int)r->also)
			names[count++] = (enum fact_id)id;
	names[count] = FACT_NONE;
	return names;
}

void look_start(const struct look_request *request)
{
	struct looking *l = xcalloc(1, sizeof(*l));
	AUTO_FREE enum fact_id *names = names_of(request);
	const enum fact_id *only = names ? names : request->only;
	AUTO_JSON json_t *body = probe_request(request->host->cloud, only, request->deep,
					       probe_facts_ms(request->limit_ms));

	INSIST(request->session && request->policy && request->done);
	l->request = *request;
	l->look = xcalloc(1, sizeof(*l->look));
	l->look->accept_changed = request->accept_changed;
	facts_init(&l->look->facts);
	l->span = clock_span_begin();
	session_call(request->session, &(struct call){
					       .script = look_script(only, request->deep),
					       .request = body,
					       .limit_ms = request->limit_ms,
					       .limit_name = "--limit probe",
					       .line = on_line,
					       .done = on_done,
					       .ctx = l,
				       });
}

void look_free(struct look *look)
{
	if (!look)
		return;
	facts_release(&look->facts);
	judgement_release(&look->judgement);
	as_system_free(look->as_system);
	free(look->not_by_ssh);
	free(look);
}

/* What the store shall keep as the agent's version: NULL when this look does not tell. */
static const char *look_version(const struct look *look)
{
	if (!look->judgement.installed_known ||
	    fact_dropped(facts_value(&look->facts, FACT_AGENT), "exe_version"))
		return NULL;
	return look->judgement.version;
}

/* A fact that this look asked for and was answered. */
static const json_t *seen_now(const struct look *look, enum fact_id id)
{
	const struct fact *fact = facts_find(&look->facts, id);

	return fact && !fact->older ? fact->value : NULL;
}

/* What the host's own clock said in this look. */
static int64_t host_utc_ms(const struct look *look)
{
	int64_t utc_ms = 0;

	json_get_int(seen_now(look, FACT_CLOCK), "utc_ms", &utc_ms);
	return utc_ms;
}

/* Neither running nor stopped is one that is just starting, or that is not there; nor one that a
 * run of ours has stopped this minute, and is about to start. */
static enum store_engine engine_seen(const struct look *look)
{
	const json_t *service = seen_now(look, FACT_SERVICE_OBENGINE);
	bool exists = false;
	int64_t state;

	json_get_bool(service, "exists", &exists);
	if (!exists || !json_get_int(service, "state", &state) || state == SERVICE_STARTING ||
	    (state != SERVICE_RUNNING && reservation_at_work(seen_now(look, FACT_INSTALLERS))))
		return STORE_ENGINE_NOT_SEEN;
	return state == SERVICE_RUNNING ? STORE_ENGINE_RUNS : STORE_ENGINE_STOPPED;
}

static const char *engine_run(const struct look *look)
{
	const json_t *installers = seen_now(look, FACT_INSTALLERS);
	struct reservation key;

	if (!installers)
		return NULL;
	if (!reservation_read(json_get_obj(installers, "marker"), &key) || !key.engine_ran)
		return "";
	return stopped_run_name(key.run);
}

void look_store(const struct look *look, struct tx *tx, const char *host, int64_t scan,
		const char *source)
{
	const struct judgement *j = &look->judgement;
	struct store_finding *findings = judgement_rows(j);
	const json_t *identity = seen_now(look, FACT_IDENTITY);
	enum server_kind kind =
		server_kind_of(json_get_str(seen_now(look, FACT_SERVER_KIND), "kind"));
	struct machine_ids machine;
	char machine_words[MACHINE_TEXT];
	struct fact_rows rows;

	identity_ids(identity, &machine);

	facts_rows(&look->facts, &rows);
	tx_look(tx, &(struct store_look){
			    .host = host,
			    .scan = scan,
			    .source = source,
			    .utc_ms = look->utc_ms,
			    .host_utc_ms = host_utc_ms(look),
			    .fault = look->err.code == ERR_NONE ? NULL : err_name(look->err.code),
			    .fault_text = look->err.code == ERR_NONE ? NULL : look->err.msg,
			    .fault_hint = err_own_hint(&look->err),
			    .took_ms = look->took_ms,
			    .fact = rows.fact,
			    .fact_count = rows.fact_count,
			    .reading = rows.reading,
			    .reading_count = rows.reading_count,
			    .finding = findings,
			    .finding_count = j->count,
			    .status = j->count > 0 ? status_name(j->status) : NULL,
			    .version = look_version(look),
			    .engine = engine_seen(look),
			    .engine_run = engine_run(look),
			    .computer = json_get_str(seen_now(look, FACT_HOST), "name"),
			    .kind = kind < SERVER_KIND_COUNT ? server_kinds[kind].word : NULL,
			    .machine = identity ? machine_text(&machine, machine_words) : NULL,
			    .not_by_ssh = look->not_by_ssh,
			    .accept_changed = look->accept_changed,
		    });
	facts_rows_release(&rows);
	free(findings);
}
