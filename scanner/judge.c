/* judge.c - all checks over one host's facts, and the one word that follows from them. */
#include "scanner/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/insist.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "inventory/inventory.h"
#include "scanner/checks/checks_inside.h"
#include "scanner/reason.h"

#define STATUS_ROW(id, word, column, head, wide, weight, area, why, ...) \
	{ word, WEIGHT_##weight, area, why },
const struct status_row statuses[STATUS_COUNT] = { STATUSES(STATUS_ROW) };

const char *status_name(enum status s)
{
	INSIST((unsigned)s < STATUS_COUNT);
	return statuses[s].word;
}

bool status_from_name(const char *name, enum status *out)
{
	for (int i = 0; i < STATUS_COUNT; i++) {
		if (strcmp(statuses[i].word, name) == 0) {
			*out = (enum status)i;
			return true;
		}
	}
	return false;
}

enum move status_move(enum status before, enum status after)
{
	if (before <= STATUS_NEVER_SEEN || after <= STATUS_NEVER_SEEN || before == after)
		return MOVE_OTHER;
	if (after < before)
		return MOVE_WORSE;
	return after == STATUS_UNDETERMINED ? MOVE_OTHER : MOVE_BETTER;
}

#define CONTRADICTED "but backups go through"

/* What a status follows from, by enum check_id. */
struct graded {
	enum verdict verdict[CHECK_COUNT];
	enum severity severity[CHECK_COUNT];
	bool other_machine;                     /* answered, and nobody accepted that */
};

static bool stops(const struct graded *g, int id, enum verdict verdict)
{
	return g->verdict[id] == verdict && g->severity[id] == SEVERITY_STOPS_BACKUPS;
}

static bool any_stops(const struct graded *g, enum verdict verdict)
{
	for (int i = 0; i < CHECK_COUNT; i++)
		if (stops(g, i, verdict))
			return true;
	return false;
}

/* What a backup that went through says nothing about. */
static bool is_beyond_backups(enum check_id id)
{
	return id == CHECK_INSTALLED || id == CHECK_VERSION || id == CHECK_REGISTRATION ||
	       id == CHECK_LAST || id == CHECK_SCHEDULE;
}

/* What an earlier look had of a finding that failed: since when for that reason, and why; NULL: it
 * did not. */
static const json_t *failed_before(const struct context *c, const struct finding *f)
{
	const json_t *was = json_object_get(json_object_get(c->past, "failing"), f->check->id);

	return json_is_array(was) ? was : NULL;
}

/* The same facts have the reasons that they had, in whatever words it is said by now. */
static bool has_new_reason(const struct context *c, const struct finding *f)
{
	const char *why;

	if (f->verdict != V_FAIL || c->again)
		return false;
	why = json_string_value(json_array_get(failed_before(c, f), 1));
	return why && reason_is_new(why, f->evidence);
}

/* Only known from an earlier look can a reason have begun on another day. That nothing is known of
 * the login URL, since a proxy wants a sign-in of us, backups answer whenever it began. */
static bool is_contradicted(const struct context *c, const struct judgement *j,
			    const struct finding *f, int64_t good)
{
	const json_t *was = failed_before(c, f);

	if (f->severity != SEVERITY_STOPS_BACKUPS)
		return false;
	if (f->verdict == V_UNKNOWN && check_id(f->check) == CHECK_LOGIN)
		return j->finding[CHECK_LAST].verdict == V_PASS;
	return f->verdict == V_FAIL && !is_beyond_backups(check_id(f->check)) && was &&
	       !f->new_reason &&
	       good / DAY_MS > json_integer_value(json_array_get(was, 0)) / DAY_MS;
}

/* Whether no backup of this server goes through while this fails, of what it backs up. */
static bool stops_all(const struct context *c, enum check_id id)
{
	switch (id) {
	case CHECK_WSB_FEATURE:
	case CHECK_WBJOB:
	case CHECK_STATE_SPACE:
		return only_state_protected(c);
	case CHECK_WRITERS:
		return only_state_protected(c) && fails_system_writer(c);
	case CHECK_VOLUMES:
		return no_volume_fits(c);
	case CHECK_POWERSHELL:
		return runs_no_script(c);
	case CHECK_ENDPOINTS:
		return all_names_closed(c);
	default:
		return false;
	}
}

/* What may fail elsewhere stops all backups of some servers. What a policy says that a check counts
 * for, it counts for everywhere. */
static void raise_where_all_stop(const struct context *c, struct judgement *j)
{
	for (int i = 0; i < j->count; i++) {
		struct finding *f = &j->finding[i];

		if (f->verdict == V_FAIL && !c->policy->grade[i].counts_as &&
		    stops_all(c, (enum check_id)i))
			f->severity = SEVERITY_STOPS_BACKUPS;
	}
}

/* What backups contradict counts as what they may fail of, and its evidence says why. */
static void contradict(const struct context *c, struct judgement *j)
{
	char when[CLOCK_TEXT];
	int64_t good;

	if (last_good(c, &good) != TOLD_TIME)
		return;
	for (int i = 0; i < j->count; i++) {
		struct finding *f = &j->finding[i];

		if (!is_contradicted(c, j, f, good))
			continue;
		say_also(f->evidence, CONTRADICTED ": one completed %s",
			 clock_format_utc(good, when));
		f->severity = SEVERITY_MAY_FAIL;
	}
}

/* What the account could not read looks as if not there; what another machine told is of that. */
static bool is_unbelieved(const struct graded *g)
{
	enum verdict account = g->verdict[CHECK_ACCOUNT];

	/* who has a policy say that they are for information has taken them out */
	return (account != V_PASS && account != V_NOT_APPLICABLE &&
		g->severity[CHECK_ACCOUNT] != SEVERITY_INFO) ||
	       (g->other_machine && g->severity[CHECK_IDENTITY] != SEVERITY_INFO);
}

static enum status status_from(const struct graded *g, const char *mars)
{
	if (is_unbelieved(g))
		return STATUS_UNDETERMINED;
	if (g->verdict[CHECK_INSTALLED] == V_FAIL)
		return mars && strcmp(mars, inv_mars_name(MARS_OPTIONAL)) == 0 ?
			       STATUS_EXCLUDED :
			       STATUS_NOT_INSTALLED;
	if (g->verdict[CHECK_VERSION] == V_FAIL)
		return STATUS_OUTDATED;
	if (stops(g, CHECK_REGISTRATION, V_FAIL))
		return STATUS_NEEDS_REGISTRATION;
	if (stops(g, CHECK_LAST, V_FAIL))
		return STATUS_FAILING;
	if (any_stops(g, V_FAIL))
		return STATUS_AT_RISK;
	if (any_stops(g, V_UNKNOWN) || any_stops(g, V_NOT_EXAMINED))
		return STATUS_UNDETERMINED;
	if (g->verdict[CHECK_TARGET] == V_FAIL)
		return STATUS_BEHIND;
	return STATUS_COMPLIANT;
}

enum severity finding_severity(const struct finding_row *finding)
{
	const struct check *check = check_find(finding->check);
	enum severity severity;

	if (finding->severity && severity_from_name(finding->severity, &severity))
		return severity;
	return check ? check->severity : SEVERITY_COUNT;
}

const char *finding_contradicted(const struct finding_row *finding)
{
	/* behind words of the host's own, which may say so of anything that is not: contradict() */
	if (!finding->evidence || finding_severity(finding) != SEVERITY_MAY_FAIL)
		return NULL;
	return strstr(finding->evidence, CONTRADICTED);
}

bool finding_other_machine(const struct finding_row *finding)
{
	return check_is(finding->check, CHECK_IDENTITY) && finding->evidence &&
	       is_other_machine(CHECK_IDENTITY, finding->evidence);
}

static bool has_finding(const struct host_row *row, const char *check)
{
	for (int i = 0; i < row->finding_count; i++)
		if (strcmp(row->finding[i].check, check) == 0)
			return true;
	return false;
}

void findings_complete(struct host_row *row)
{
	int count = row->finding_count;
	struct finding_row *all = NULL;

	if (row->status[0] == '\0')
		return;
	for (const struct check *c = checks; c->id; c++) {
		if (has_finding(row, c->id))
			continue;
		if (!all)
			all = xcalloc((size_t)count + CHECK_COUNT, sizeof(*all));
		all[count++] =
			(struct finding_row){ .check = (char *)c->id,
					      .verdict = (char *)verdict_name(V_NOT_EXAMINED),
					      .evidence = (char *)check_newer };
	}
	if (!all)
		return;
	if (row->finding_count > 0)
		memcpy(all, row->finding, (size_t)row->finding_count * sizeof(*all));
	free(row->finding);
	row->finding = all;
	row->finding_count = count;
}

enum status status_from_findings(const struct finding_row *finding, int count, const char *mars,
				 const bool *passed)
{
	struct graded g = { .verdict = { 0 } };

	/* a check that is newer than these findings says nothing about them */
	for (int i = 0; i < CHECK_COUNT; i++)
		g.verdict[i] = V_NOT_APPLICABLE;
	for (int i = 0; i < count; i++) {
		const struct check *check = check_find(finding[i].check);

		if (!check)
			continue;
		g.verdict[check_id(check)] =
			passed && passed[i] ? V_PASS : verdict_from_name(finding[i].verdict);
		g.severity[check_id(check)] = finding_severity(&finding[i]);
		g.other_machine |= finding_other_machine(&finding[i]) && !(passed && passed[i]);
	}
	return status_from(&g, mars);
}

static enum status status_of(const struct judgement *j, const char *mars)
{
	struct graded g = { .verdict = { 0 } };

	for (int i = 0; i < j->count; i++) {
		g.verdict[i] = j->finding[i].verdict;
		g.severity[i] = j->finding[i].severity;
		g.other_machine |= is_other_machine((enum check_id)i, j->finding[i].evidence);
	}
	return status_from(&g, mars);
}

static void judge_agent(const struct context *c, struct judgement *out)
{
	struct version version;

	out->installed_known = agent_installed(c->facts, &out->installed);
	if (out->installed && agent_version(c->facts, &version))
		version_format(version, out->version);
}

/* What a check counts for when it fails. */
static enum severity severity_for(const struct policy *policy, int check)
{
	int as = policy->grade[check].counts_as;

	INSIST(as <= SEVERITY_COUNT);
	return as ? (enum severity)(as - 1) : checks[check].severity;
}

/* One check under the policy's level for it. */
static enum verdict judge_check(const struct context *c, int i, char *evidence)
{
	enum level level = (enum level)c->policy->grade[i].level;
	enum verdict verdict;

	INSIST((unsigned)level < LEVEL_COUNT);
	if (level == LEVEL_OFF) {
		snprintf(evidence, EVIDENCE_MAX, "switched off by policy");
		return V_NOT_APPLICABLE;
	}
	verdict = check_verdict((enum check_id)i, c, evidence);
	switch (level) {
	case LEVEL_WARN:
		return verdict == V_FAIL ? V_WARN : verdict;
	case LEVEL_FAIL:
		return verdict == V_WARN ? V_FAIL : verdict;
	case LEVEL_DOCUMENTED:
	case LEVEL_OFF:
		break;
	}
	return verdict;
}

void judge(const struct context *c, const char *mars, struct judgement *out)
{
	*out = (struct judgement){ .count = CHECK_COUNT };
	out->finding = xcalloc((size_t)out->count, sizeof(*out->finding));
	for (int i = 0; i < out->count; i++) {
		struct finding *f = &out->finding[i];
		char evidence[EVIDENCE_MAX] = "";
		AUTO_FREE char *safe = NULL;

		f->check = &checks[i];
		f->verdict = judge_check(c, i, evidence);
		f->severity = severity_for(c->policy, i);
		/* Half of an evidence may be a host's own words: shown only escaped. */
		safe = text_printable(evidence, strlen(evidence), EVIDENCE_MAX - 1);
		memcpy(f->evidence, safe, strlen(safe) + 1);
		f->new_reason = has_new_reason(c, f);
	}
	raise_where_all_stop(c, out);
	contradict(c, out);
	judge_agent(c, out);
	out->status = status_of(out, mars);
}

void judgement_release(struct judgement *j)
{
	free(j->finding);
	*j = (struct judgement){ .count = 0 };
}

/* Only where it is not the catalogue's: most are. */
static const char *severity_stored(const struct finding *f)
{
	return f->severity == f->check->severity ? NULL : severity_name(f->severity);
}

struct store_finding *judgement_rows(const struct judgement *j)
{
	struct store_finding *rows = xcalloc((size_t)j->count + 1, sizeof(*rows));

	for (int i = 0; i < j->count; i++)
		rows[i] = (struct store_finding){ j->finding[i].check->id,
						  verdict_name(j->finding[i].verdict),
						  j->finding[i].evidence,
						  severity_stored(&j->finding[i]),
						  j->finding[i].new_reason };
	return rows;
}
