/* planned.c - see planned.h. What is hashed are the stored rows themselves: whoever changes one of
 * them has another plan, which nobody approved. */
#include "upgrader/planned.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/json.h"
#include "base/map.h"
#include "base/mem.h"
#include "scanner/policy/policy_store.h"
#include "store/lease.h"
#include "upgrader/controller.h"
#include "upgrader/ledger.h"

enum { NAME_MAX_LEN = 40, WAY_MAX = 8192, HASH_TEXT = 65 };

#define DIGITS "0123456789"

/* "20261130-7c3e": new_name() makes these, and servers hold them. */
static bool is_run_name(const char *name)
{
	return strspn(name, DIGITS) == 8 && name[8] == '-' && strlen(name) == 13 &&
	       strspn(name + 9, DIGITS "abcdef") == 4;
}

int planned_check_name(const char *name, struct err *err)
{
	static const char fine[] = DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._-";
	size_t len = strlen(name);

	if (len == 0 || len > NAME_MAX_LEN || strspn(name, fine) != len || strchr("._-", name[0]))
		return err_set(err, ERR_USAGE,
			       "--name '%s': expected up to %d letters, digits, dots, dashes and "
			       "underscores, a letter or digit first",
			       name, NAME_MAX_LEN);
	if (strcmp(name, "last") == 0 || is_run_name(name))
		return err_set(err, ERR_USAGE, "--name '%s': that is what runs are called", name);
	return 0;
}

static void hash_text(const char *text, char out[HASH_TEXT])
{
	sha256_hex(text, strlen(text), out);
}

/* How the inventory leads to a host, and what is fetched there: another one is another decision,
 * whatever the facts say. */
static void hash_way(const struct inv_host *h, char out[HASH_TEXT])
{
	const char *const word[] = { h->address,      h->user,		h->jump,
				     h->through,      h->known_hosts,	h->ssh_user,
				     h->winrm_ca,     h->winrm_cert,	h->service_host,
				     h->winrm_user,   h->installer_url, h->program,
				     h->computer_name };
	struct buf text;

	buf_init(&text, WAY_MAX);
	buf_addf(&text, "%d %d %d %d %d %d", (int)h->connection, h->port, h->ssh_port,
		 h->winrm_port, h->direct, h->winrm_too);
	for (size_t i = 0; i < ARRAY_LEN(word); i++)
		buf_addf(&text, "\n%s", word[i] ? word[i] : "");
	hash_text(buf_text(&text), out);
	buf_release(&text);
}

static const char *way_of(const struct job *j)
{
	const char *way = json_string_value(job_recall(j, MEMORY_WAY));

	return way ? way : "";
}

bool planned_way_changed(const struct job *j)
{
	char way[HASH_TEXT];

	if (!*way_of(j) || !j->host)
		return false;
	hash_way(j->host, way);
	return strcmp(way, way_of(j)) != 0;
}

static json_t *hashed_job(const struct job *j)
{
	const struct store_job_row *r = &j->row;

	return json_pack("[s, i, i, s, s, s, s, s]", r->host, r->position, r->wave, r->state,
			 r->outcome, r->reason, r->before, way_of(j));
}

static void hash_plan(const struct run *run, const struct store_plan_row *plan, char out[HASH_TEXT])
{
	const struct store_run_row *r = &run->row;
	json_t *jobs = json_array();
	AUTO_JSON json_t *all = json_pack("[s, s, s, s, s, s, s, s, I, o]", plan->name, r->name,
					  r->installer, r->sha256, r->target, r->options, r->note,
					  plan->policy, (json_int_t)plan->expires_utc_ms, jobs);
	AUTO_FREE char *text = NULL;

	for (int i = 0; i < run->count; i++)
		json_array_append_new(jobs, hashed_job(&run->job[i]));
	text = json_canonical(all);
	hash_text(text, out);
}

static int hash_policy(struct store *s, char out[HASH_TEXT], struct err *err)
{
	AUTO_FREE char *text = policies_remembered(s, err);

	if (!text)
		return -1;
	hash_text(text, out);
	return 0;
}

static void add_jobs(struct run *run, const struct plan *plan, int64_t now)
{
	char way[HASH_TEXT];

	run->job = xcalloc((size_t)plan->count + 1, sizeof(*run->job));
	for (int i = 0; i < plan->count; i++) {
		struct job *j = ledger_plan_job(run, &plan->row[i], now);

		hash_way(j->host, way);
		job_remember(j, MEMORY_WAY, json_string(way));
	}
}

static int write_plan(struct run *run, const struct store_plan_row *plan, int64_t now,
		      struct err *err)
{
	AUTO_FREE struct store_job_row *rows = xcalloc((size_t)run->count + 1, sizeof(*rows));
	struct tx *tx = tx_new();

	for (int i = 0; i < run->count; i++)
		rows[i] = run->job[i].row;
	tx_plan_create(tx, &run->row, rows, run->count, plan, now);
	return store_write(run->store, tx, true, err);
}

int planned_span(struct store *s, int64_t *out_ms, struct err *err)
{
	struct policies *policies = policies_load(s, err);
	int64_t said_ms;

	if (!policies)
		return -1;
	said_ms = policies_plan_ms(policies);
	*out_ms = said_ms > 0 ? said_ms : PLAN_DAYS * DAY_MS;
	policies_free(policies);
	return 0;
}

int planned_store(struct run *run, const struct plan *plan, const json_t *options,
		  const struct planned_words *words, struct store_plan_row *out, struct err *err)
{
	char policy[HASH_TEXT], hash[HASH_TEXT];
	int64_t now = clock_utc_ms(), span_ms;

	if (hash_policy(run->store, policy, err) != 0 ||
	    planned_span(run->store, &span_ms, err) != 0 ||
	    ledger_run_row(run, options, words->change, RUN_STATE_PLANNED, now, err) != 0)
		return -1;
	*out = (struct store_plan_row){ .run = run->row.id,
					.name = xstrdup(words->name ? words->name : run->row.name),
					.policy = xstrdup(policy),
					.expires_utc_ms = now + span_ms,
					.approved_hash = xstrdup(""),
					.approved_by = xstrdup("") };
	add_jobs(run, plan, now);
	hash_plan(run, out, hash);
	out->hash = xstrdup(hash);
	return write_plan(run, out, now, err);
}

int planned_read(struct run *run, const struct store_plan_row *plan, const struct inventory *inv,
		 struct err *err)
{
	char hash[HASH_TEXT];

	if (ledger_read_jobs(run, inv, err) != 0)
		return -1;
	hash_plan(run, plan, hash);
	if (strcmp(hash, plan->hash) == 0)
		return 0;
	err_set(err, ERR_USAGE, "plan '%s' is not as it was made: somebody changed its rows",
		plan->name);
	return err_hint(err, "drop it, and make a new one");
}

int planned_waits(const struct run *run, const struct store_plan_row *plan, struct err *err)
{
	char when[CLOCK_TEXT];

	if (run_is(run, RUN_STATE_DROPPED))
		return err_set(err, ERR_USAGE, "plan '%s' was dropped", plan->name);
	if (!run_is(run, RUN_STATE_PLANNED) && !run_is(run, RUN_STATE_APPROVED)) {
		err_set(err, ERR_USAGE, "plan '%s' was started: it is run %s, %s", plan->name,
			run->row.name, run->row.state);
		return err_hint(err, "see `marshal report run RUN`");
	}
	if (clock_utc_ms() < plan->expires_utc_ms)
		return 0;
	err_set(err, ERR_USAGE, "plan '%s' expired at %s", plan->name,
		clock_format_utc(plan->expires_utc_ms, when));
	return err_hint(err, "drop it, and make a new one");
}

/* Of a plan that did not begin only who stages it has hosts. */
int planned_in_no_hands(struct store *store, const struct store_plan_row *plan, struct err *err)
{
	struct lease_rows leases;
	int r = store_leases(store, NULL, &leases, err);

	if (r != 0)
		return r;
	for (int i = 0; i < leases.count && r == 0; i++)
		if (leases.row[i].run == plan->run)
			r = err_set(err, ERR_HELD, "hosts of plan '%s' are held by %s", plan->name,
				    leases.row[i].holder);
	lease_rows_release(&leases);
	return r;
}

int planned_count(const struct run *run)
{
	int count = 0;

	for (int i = 0; i < run->count; i++)
		count += !*run->job[i].row.outcome;
	return count;
}

static int is_approved(const struct run *run, const struct store_plan_row *plan, struct err *err)
{
	char policy[HASH_TEXT];

	if (!run_is(run, RUN_STATE_APPROVED) || strcmp(plan->approved_hash, plan->hash) != 0) {
		err_set(err, ERR_USAGE, "plan '%s' is not approved", plan->name);
		return err_hint(err, "read it, then: marshal upgrade approve PLAN");
	}
	if (hash_policy(run->store, policy, err) != 0)
		return -1;
	if (strcmp(policy, plan->policy) == 0)
		return 0;
	err_set(err, ERR_USAGE, "plan '%s' was made under another policy than holds now",
		plan->name);
	return err_hint(err, "drop it, and make a new one");
}

void planned_leave(struct job *j, enum outcome outcome, const char *why)
{
	job_set(&j->row.outcome, outcome_name(outcome));
	job_set(&j->row.state, job_state_name(JOB_ENDED));
	job_set(&j->row.reason, why);
	j->row.ended_utc_ms = clock_utc_ms();
	j->state = JOB_ENDED;
	job_set(&j->left_because, why);
	j->ended = j->stood = true;
}

/* What the inventory alone says of it by now; true: it leaves. */
static bool leaves_by_inventory(struct job *j)
{
	if (*j->row.outcome)
		return true;            /* it never was to be upgraded */
	if (!j->host) {
		planned_leave(j, OUTCOME_EXCLUDED, "it is no longer in the inventory");
		return true;
	}
	if (!planned_way_changed(j))
		return false;
	planned_leave(j, OUTCOME_BLOCKED, PLANNED_WAY_CHANGED);
	return true;
}

/* The verdict of now. */
static void judge_again(struct job *j, const struct plan_row *now, int64_t utc_ms)
{
	struct run alone = { .job = xcalloc(2, sizeof(*alone.job)), .row = j->run->row };
	struct job *as = ledger_plan_job(&alone, now, utc_ms);
	AUTO_FREE char *why = xasprintf("decided otherwise than when it was planned: %s",
					*now->reason ? now->reason : as->row.outcome);

	if (*as->row.outcome && !(j->run->staging && now->verdict == PREFLIGHT_FOR_NOW))
		planned_leave(j, outcome_from_name(as->row.outcome), why);
	run_drop_jobs(&alone);
}

static int judge_all(struct run *run, const struct selection *open, struct err *err)
{
	int64_t now = clock_utc_ms();
	struct map by = { 0 };
	struct plan plan;

	if (plan_make(run->store, open, run->installer, &run->terms, &plan, err) != 0)
		return -1;
	for (int i = 0; i < plan.count; i++)
		map_add(&by, plan.row[i].host->name, &plan.row[i]);
	for (int i = 0; i < run->count; i++) {
		struct job *j = &run->job[i];
		const struct plan_row *row = map_get(&by, j->row.host);

		if (row && !*j->row.outcome)
			judge_again(j, row, now);
	}
	map_release(&by);
	plan_release(&plan);
	return 0;
}

/* What the first wave would show is what the others wait for: they are not begun without it where
 * that may be had later, nor where it was named. */
static int first_wave_is_in(const struct run *run, const struct store_plan_row *plan,
			    struct err *err)
{
	const struct job *out = NULL;
	int first = INT_MAX, hosts = 0, behind = 0;

	for (int i = 0; i < run->count; i++)
		if (run->job[i].row.wave > 0 && run->job[i].row.wave < first)
			first = run->job[i].row.wave;
	for (int i = 0; i < run->count; i++) {
		const struct job *j = &run->job[i];
		bool in = !*j->row.outcome;

		if (j->row.wave != first) {
			behind += in;
			continue;
		}
		if (in || outcome_from_name(j->row.outcome) == OUTCOME_CURRENT)
			return 0;
		if (!out && (run->terms.canaries ||
			     outcome_from_name(j->row.outcome) == OUTCOME_BLOCKED_NOW))
			out = j;
		hosts++;
	}
	if (!out || behind == 0)
		return 0;
	err_set(err, ERR_USAGE,
		"plan '%s' cannot begin: none of its first wave of %d would be upgraded now: %s: "
		"%s",
		plan->name, hosts, out->row.host, out->row.reason);
	return err_hint(err, "start it when they can be, wait for their windows with --deadline "
			     "TIME, or drop it and make a new one");
}

int planned_prove(struct run *run, const struct store_plan_row *plan, const struct inventory *inv,
		  struct err *err)
{
	AUTO_FREE const struct inv_host **host = NULL;
	struct selection open = { 0 };

	if (planned_waits(run, plan, err) != 0 || is_approved(run, plan, err) != 0 ||
	    planned_read(run, plan, inv, err) != 0)
		return -1;
	host = xcalloc((size_t)run->count + 1, sizeof(*host));
	open.host = host;
	for (int i = 0; i < run->count; i++) {
		struct job *j = &run->job[i];

		j->ended = j->stood = *j->row.outcome != '\0';
		if (!leaves_by_inventory(j))
			host[open.count++] = j->host;
	}
	if (judge_all(run, &open, err) != 0)
		return -1;
	return run->staging ? 0 : first_wave_is_in(run, plan, err);
}

int planned_stage(struct run *run, const struct store_plan_row *plan, struct err *err)
{
	struct upgrade_terms *terms = &run->terms;

	free(run->controller);          /* where the plan is proven once more */
	run->controller = controller_name(run->store, err);
	if (!run->controller)
		return -1;
	run->staging = plan->name;
	run->staging_until_utc_ms = plan->expires_utc_ms;
	terms->first = 0;
	terms->soak = 0;
	terms->gate = false;
	terms->promote = (struct budget){ 0 };
	terms->promote_confirmed = false;
	terms->max_failures = terms->max_unreachable = terms->max_slow = terms->promote;
	terms->max_consecutive = 0;
	terms->ignore_windows = true;
	return 0;
}

int planned_start(struct run *run, struct err *err)
{
	int64_t now = clock_utc_ms();
	struct tx *tx;

	run->controller = controller_name(run->store, err);
	if (!run->controller)
		return -1;
	run->of_plan = true;
	tx = tx_new();
	tx_plan_start(tx, &run->row, now);
	for (int i = 0; i < run->count; i++)
		if (run->job[i].left_because)
			tx_job_move(tx, &run->job[i].row, "left-plan", run->job[i].row.reason, now);
	if (store_write(run->store, tx, true, err) != 0)
		return -1;
	run->row.version++;
	run->row.begun_utc_ms = now;
	job_set(&run->row.state, run_state_name(RUN_STATE_RUNNING));
	for (int i = 0; i < run->count; i++)
		run->job[i].row.version += run->job[i].left_because != NULL;
	return 0;
}
