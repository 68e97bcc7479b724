/* plan.c - which hosts a run would change, and why or why not, from the facts the store has. Reads
 * only. What a plan says of a host's moods (a backup running, a console open) is said again by the
 * fresh look right before the change; what it says of its kind stands. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"
#include "scanner/duties.h"
#include "scanner/judge.h"
#include "scanner/policy/policy_store.h"
#include "scanner/who.h"
#include "store/status.h"
#include "upgrader/estimate.h"
#include "upgrader/plan_inside.h"

enum { STOPS_MAX = 4096 };
enum { FRESH_MS = 15 * 60 * 1000 };     /* facts this young are believed as they are */

struct planning {
	const struct installer *installer;
	const struct upgrade_terms *terms;
	struct clones *clones;  /* among all hosts */
	struct lease_rows leases;
	struct map by_name;     /* -> struct plan_row; names are the inventory's */
};

static bool absent(const struct facts *facts)
{
	bool installed;

	return agent_installed(facts, &installed) && !installed;
}

static void exclude(struct plan_row *row, const char *why)
{
	row->excluded = true;
	snprintf(row->reason, sizeof(row->reason), "%s", why);
}

/* Somebody has a console of the agent open, which forbids nothing: whom to call before it. */
static void note_console(const struct facts *facts, bool close, char reason[PREFLIGHT_REASON])
{
	const json_t *open = json_get_arr(facts_value(facts, FACT_CONSOLES), "open");
	const char *said = json_get_str(json_array_get(open, 0), "user");
	AUTO_FREE char *user = NULL;

	if (json_array_size(open) == 0)
		return;
	user = said ? text_printable(said, strlen(said), 100) : xstrdup("somebody");
	snprintf(reason, PREFLIGHT_REASON, "a console of the agent was open (%s%s): it is %s", user,
		 json_array_size(open) > 1 ? " and others" : "", close ? "closed" : "waited for");
}

/* "tried once, no-answer, 2026-11-21T04:05:06Z: connect: no answer in 10 s" */
static char *when_and_why(const struct host_row *known)
{
	AUTO_FREE char *tries = host_tries(known);
	struct err last = { .code = ERR_NONE };
	char when[CLOCK_TEXT];

	if (!*known->fault)
		return xstrdup(tries);
	snprintf(last.msg, sizeof(last.msg), "%s", known->fault_text);
	return xasprintf("%s, %s: %.200s", tries, clock_format_utc(known->tried_utc_ms, when),
			 err_text_without(&last, known->name));
}

/* "WHAT: when_and_why()", the first of it for a table on a terminal. */
static void say_tries(struct plan_row *row, const char *what, const struct host_row *known)
{
	AUTO_FREE char *tries = when_and_why(known), *first = host_tries(known);
	char when[CLOCK_TEXT];

	snprintf(row->reason, sizeof(row->reason), "%s: %s", what, tries);
	clock_format_utc(known->tried_utc_ms, when);
	if (*known->fault)
		row->brief = (int)(strlen(what) + 2 + strlen(first) + 2 + strlen(when));
}

/* Known without dialling, and so whatever was seen of it when the inventory said otherwise. */
static bool has_no_way(struct plan_row *row)
{
	const struct inv_host *h = row->host;

	switch (h->connection) {
	case CONNECT_UNSUPPORTED:
		snprintf(row->reason, sizeof(row->reason), "%s: %s is not supported",
			 err_name(FAULT_UNSUPPORTED_TRANSPORT), h->unsupported);
		break;
	case CONNECT_UNRESOLVED:
		snprintf(row->reason, sizeof(row->reason), "%s: %s",
			 err_name(FAULT_UNRESOLVED_VARIABLE), h->unresolved);
		break;
	case CONNECT_SSH:
	case CONNECT_WINRM:
	case CONNECT_LOCAL:
		return false;
	}
	row->verdict = PREFLIGHT_BLOCKED;
	return true;
}

/* Where a run of ours left obengine stopped, the host is changed whatever its version is: the
 * service is started, then all is looked at anew. So nothing but what lasts forbids that. */
static void judge_seen(const struct planning *p, struct plan_row *row, const struct host_row *known,
		       const struct facts *facts)
{
	const char *stopped_by = known->engine_stopped_by;
	int64_t now = clock_utc_ms();
	struct machine_ids machine;

	who_known(p->clones, known->machine_known, facts, &machine);
	row->verdict = preflight(
		&(struct preflight_input){ .facts = facts,
					   .host = row->host,
					   .installer = p->installer,
					   .terms = p->terms,
					   .machine = &machine,
					   .now_utc_ms = now,
					   .fresh_utc_ms = *stopped_by ? INT64_MAX : now - FRESH_MS,
					   .planning = true },
		row->reason);
	if (*stopped_by && row->verdict != PREFLIGHT_BLOCKED) {
		row->verdict = PREFLIGHT_GO;
		row->stopped_by = xstrdup(stopped_by);
		snprintf(row->reason, sizeof(row->reason),
			 "obengine was stopped by run %s: it is started first", stopped_by);
	}
	if (row->verdict == PREFLIGHT_GO && *row->reason == '\0' && row->unreachable)
		say_tries(row, "not reached since it was last seen", known);
	if (row->verdict == PREFLIGHT_GO && *row->reason == '\0')
		note_console(facts, p->terms->close_console, row->reason);
}

static void judge_unseen(struct plan_row *row, const struct host_row *known)
{
	static const char *const decides = "; the fresh look decides";
	size_t len;

	if (known)
		say_tries(row, "never seen", known);
	else
		snprintf(row->reason, sizeof(row->reason), "never seen: never tried");
	len = strlen(row->reason);
	snprintf(row->reason + len, sizeof(row->reason) - len, "%s", decides);
}

bool plan_row_is_upgraded(const struct plan_row *row)
{
	return !row->excluded && row->verdict == PREFLIGHT_GO;
}

static void judge_row(const struct planning *p, struct plan_row *row, const struct host_row *known)
{
	struct version version;
	struct facts facts;
	bool installed;

	facts_init(&facts);
	if (known)
		facts_under(&facts, known->facts, known->facts_utc);
	if (known && version_parse(known->version, &version))
		version_format(version, row->before);
	json_get_int(facts_value(&facts, FACT_OS), "build", &row->release);
	row->never_seen = facts.count == 0;
	row->unreachable = known && facts.count > 0 && *known->fault;
	row->unbelieved = seen_without_rights(&facts);
	row->unreadable = !*row->before && agent_installed(&facts, &installed) && installed;
	row->seen_utc_ms = known ? known->seen_utc_ms : 0;
	json_get_int(facts_value(&facts, FACT_BACKUP_NEXT), "next_utc_ms", &row->due_utc_ms);
	if (row->host->skip)
		exclude(row, inv_why_skipped(row->host));
	else if (row->host->mars == MARS_NONE)
		exclude(row, "marshal_mars: none");
	else if (row->host->mars == MARS_OPTIONAL && absent(&facts))
		exclude(row, "marshal_mars: optional, and no agent is installed");
	else if (has_no_way(row))
		;       /* what was seen by another way counts for nothing */
	else if (facts.count > 0)
		judge_seen(p, row, known, &facts);
	else
		judge_unseen(row, known);
	if (known)
		plan_note_lease(row, known, &p->leases);
	row->registers = plan_row_is_upgraded(row) && !is_unregistered(&facts) && *row->before &&
			 crosses_minimum(version, p->installer->version);
	facts_release(&facts);
}

/* What an upgrade mends: the version, and an obengine that a run of ours left stopped. */
static bool is_mended(const struct host_row *known, const struct finding_row *f)
{
	return check_is(f->check, CHECK_VERSION) ||
	       (check_is(f->check, CHECK_OBENGINE) && *known->engine_stopped_by);
}

/* What it does not. That backups go through makes a finding no smaller here: what follows from it
 * may show after the upgrade. */
static void add_stopping(struct plan_row *row, const struct host_row *known)
{
	struct buf stops, contradicted;

	buf_init(&stops, STOPS_MAX);
	buf_init(&contradicted, STOPS_MAX);
	for (int i = 0; i < known->finding_count; i++) {
		const struct finding_row *f = &known->finding[i];
		const char *but = finding_contradicted(f);
		struct buf *list = but ? &contradicted : &stops;

		if (verdict_from_name(f->verdict) != V_FAIL || is_mended(known, f) ||
		    (!but && finding_severity(f) != SEVERITY_STOPS_BACKUPS))
			continue;
		buf_addf(list, "%s%s", list->len ? ";" : "", f->check);
		if (but && !row->but)
			row->but = xstrdup(but);
	}
	row->stops = buf_take(&stops);
	row->contradicted = buf_take(&contradicted);
}

bool plan_row_is_unbelieved(const struct plan_row *row)
{
	return plan_row_is_upgraded(row) && row->unbelieved;
}

static void count_row(struct plan *plan, const struct plan_row *row)
{
	plan->to_register += row->registers;
	plan->unreadable += plan_row_is_upgraded(row) && row->unreadable;
	plan->to_mend += plan_row_is_upgraded(row) && *row->stops;
	plan->contradicted += plan_row_is_upgraded(row) && *row->contradicted;
	plan->unbelieved += plan_row_is_unbelieved(row);
	plan->never_seen += plan_row_is_upgraded(row) && row->never_seen;
	plan->unreachable += plan_row_is_upgraded(row) && row->unreachable;
	plan->waiting += plan_row_is_upgraded(row) && row->slot == SLOT_LATER;
	if (row->excluded) {
		plan->excluded++;
		return;
	}
	switch (row->verdict) {
	case PREFLIGHT_GO:
		plan->to_upgrade++;
		break;
	case PREFLIGHT_CURRENT:
		plan->current++;
		break;
	case PREFLIGHT_BLOCKED:
	case PREFLIGHT_FOR_NOW:
		plan->blocked++;
		break;
	}
}

static bool is_in(const struct selection *hosts, const struct inv_host *host)
{
	for (int i = 0; hosts && i < hosts->count; i++)
		if (hosts->host[i] == host)
			return true;
	return false;
}

/* Who says something for the others of its release: as the last look found it, nothing is in the
 * way, and nothing else is odd. */
static bool is_ordinary(const struct plan_row *row)
{
	return !row->noted && !row->never_seen && !row->unreachable && !row->unbelieved &&
	       !row->unreadable;
}

/* Which hosts come in which wave, and how long all that may last. */
static int deal(struct plan *plan, const struct upgrade_terms *terms,
		const struct selection *canary, struct err *err)
{
	AUTO_FREE struct wave_host *host = xcalloc((size_t)plan->count + 1, sizeof(*host));
	int in_wave[WAVES_MAX + 3] = { 0 }, canaries = 0, waves;

	for (int i = 0; i < plan->count; i++) {
		const struct plan_row *row = &plan->row[i];

		host[i] = (struct wave_host){ .changes = plan_row_is_upgraded(row),
					      .canary = is_in(canary, row->host),
					      .ordinary = is_ordinary(row),
					      .release = row->release };
		canaries += host[i].changes && host[i].canary;
	}
	if (canary && canaries == 0)
		return err_set(err, ERR_USAGE, "--canary: none of its hosts is to be upgraded");
	waves = waves_deal(&terms->waves, host, plan->count);
	for (int i = 0; i < plan->count; i++) {
		plan->row[i].wave = host[i].wave;
		in_wave[host[i].wave]++;
	}
	estimate_hosts(&plan->estimate, terms, in_wave + 1, waves);
	return 0;
}

static void row_release(struct plan_row *row)
{
	free(row->stops);
	free(row->contradicted);
	free(row->but);
	free(row->stopped_by);
}

static int judge_known(void *ctx, const struct host_row *known, struct err *err)
{
	const struct planning *p = ctx;
	struct plan_row *row = map_get(&p->by_name, known->name);

	(void)err;
	row_release(row);
	*row = (struct plan_row){ .host = row->host };
	judge_row(p, row, known);
	add_stopping(row, known);
	return 0;
}

/* A host is begun only where its upgrade, were it a slow one, ends within its window. */
static void judge_window(struct slots *slots, struct plan_row *row, const struct slot_wish *wish,
			 int64_t now)
{
	char said[SLOT_TEXT];

	row->calendar = wish->calendar;
	row->slot = slots_find(slots, wish, now, &row->window);
	slot_text(row->slot, wish, &row->window, said);
	if (row->slot == SLOT_NONE) {
		AUTO_FREE char *stopped =
			row->stopped_by ?
				xasprintf("obengine was stopped by run %s: marshal upgrade "
					  "restore %s starts it; ",
					  row->stopped_by, row->stopped_by) :
				xstrdup("");

		row->verdict = PREFLIGHT_FOR_NOW;
		row->registers = false;
		row->brief = 0;
		snprintf(row->reason, sizeof(row->reason), "%soutside its maintenance windows: %s",
			 stopped, said);
	} else if (row->slot == SLOT_LATER) {
		bool first = row->stopped_by != NULL;   /* that is told before all else */
		AUTO_FREE char *both =
			xasprintf("%s%s%s", first ? row->reason : said, *row->reason ? "; " : "",
				  first ? said : row->reason);

		row->brief += row->brief ? (int)strlen(said) + 2 : 0;
		snprintf(row->reason, sizeof(row->reason), "%s", both);
	}
}

static void judge_windows(struct plan *plan, const struct upgrade_terms *terms)
{
	int64_t now = clock_utc_ms();
	struct slots slots = { 0 };

	for (int i = 0; i < plan->count && !terms->ignore_windows; i++) {
		struct plan_row *row = &plan->row[i];
		const struct inv_host *h = row->host;

		if (plan_row_is_upgraded(row))
			judge_window(&slots, row,
				     &(struct slot_wish){
					     .calendar = policies_calendar(plan->policies, h->group,
									   h->group_count),
					     .needs_ms = row->expected.ms,
					     .until_utc_ms = now + terms->deadline_ms },
				     now);
	}
	slots_release(&slots);
}

/* What the policy, the calendar and the other hosts say of each. */
static int judge_together(struct plan *plan, const struct planning *p, struct err *err)
{
	plan_leave_excepted(plan);
	plan_note_stale(plan);
	for (int i = 0; i < plan->count; i++) {
		struct plan_row *row = &plan->row[i];

		row->noted = *row->reason != '\0';
		row->expected = estimate_of(&plan->estimate, row->host->name, row->host->site);
	}
	judge_windows(plan, p->terms);
	plan_note_due(plan);
	plan_leave_twins(plan, p->clones);
	for (int i = 0; i < plan->count; i++)
		count_row(plan, &plan->row[i]);
	return deal(plan, p->terms, NULL, err);
}

/* Host by host: the facts of a large fleet would take half a gigabyte. */
int plan_make(struct store *s, const struct selection *hosts, const struct installer *installer,
	      const struct upgrade_terms *terms, struct plan *out, struct err *err)
{
	struct planning p = { .installer = installer,
			      .terms = terms,
			      .clones = clones_find(s, err) };
	struct plan plan = { .row = xcalloc((size_t)hosts->count + 1, sizeof(*plan.row)),
			     .count = hosts->count };
	int older = judged_by_older_rules(s, err), r = p.clones && older >= 0 ? 0 : -1;

	if (r == 0)
		r = store_leases(s, NULL, &p.leases, err);

	plan.older_rules = older > 0;
	for (int i = 0; i < hosts->count; i++) {
		plan.row[i].host = hosts->host[i];
		plan.row[i].stops = xstrdup("");
		plan.row[i].contradicted = xstrdup("");
		judge_row(&p, &plan.row[i], NULL);
		map_add(&p.by_name, hosts->host[i]->name, &plan.row[i]);
	}
	if (r == 0)
		r = store_each_host(s, ROWS_FACTS | ROWS_TROUBLE, &p.by_name, judge_known, &p, err);
	map_release(&p.by_name);
	if (r == 0)
		r = estimate_learn(s, terms, &plan.estimate, err);
	plan.policies = r == 0 ? policies_load(s, err) : NULL;
	if (plan.policies)
		r = judge_together(&plan, &p, err);
	clones_free(p.clones);
	lease_rows_release(&p.leases);
	if (!plan.policies || r < 0) {
		plan_release(&plan);
		return -1;
	}
	*out = plan;
	return 0;
}

int plan_canary(struct plan *plan, const struct upgrade_terms *terms,
		const struct selection *canary, struct err *err)
{
	return deal(plan, terms, canary, err);
}

void plan_release(struct plan *p)
{
	for (int i = 0; i < p->count; i++)
		row_release(&p->row[i]);
	free(p->row);
	estimate_release(&p->estimate);
	policies_free(p->policies);
	*p = (struct plan){ .row = NULL };
}
