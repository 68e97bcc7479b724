/* preflight.c - what forbids the upgrade of a host, one row a reason. Pure: facts, inventory and
 * terms in, a verdict and a sentence out. What is not known forbids as much as what is wrong,
 * because nobody watches the server while it is changed. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "scanner/facts/identity.h"
#include "scanner/facts/server_kind.h"
#include "scanner/facts/service.h"
#include "scanner/policy/documented.h"
#include "scanner/facts/reservation.h"
#include "upgrader/upgrader.h"

enum { DUE_MS = 60 * 60 * 1000 };                       /* a backup due within it blocks */
static const int64_t SPACE_BASE = INT64_C(1) << 30;     /* and three times the installer */

/* Windows' numbers of service states and start types. */
enum { RESERVED_BY = 300 };

enum finding_kind { CLEAR, HIT, NOT_KNOWN };

struct rule {
	enum fact_id fact;              /* what it is judged from; FACT_NONE: the inventory alone */
	enum { PASSES, STAYS, LASTS } how;      /* what was found: by itself; until somebody acts;
					 * the same, and decides in a plan, old or not */
	enum finding_kind (*judge)(const struct preflight_input *in, const json_t *fact,
				   char *reason);
	bool (*forgiven)(const struct upgrade_terms *terms);  /* not being known, by an option */
};

static enum finding_kind say(enum finding_kind kind, char *reason, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static enum finding_kind say(enum finding_kind kind, char *reason, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(reason, PREFLIGHT_REASON, fmt, args);
	va_end(args);
	return kind;
}

/* What is not known of it forbids nothing. */
static enum finding_kind judge_machine(const struct preflight_input *in, const json_t *fact,
				       char *reason)
{
	struct machine_ids seen;

	identity_ids(fact, &seen);
	if (!in->machine || machine_compare(in->machine, &seen) != MACHINE_OTHER)
		return CLEAR;
	return say(HIT, reason,
		   "another machine than before answers under this name: where that is as "
		   "intended, marshal scan --accept-changed %s",
		   text_pasteable(in->host->name, "HOST"));
}

bool seen_without_rights(const struct facts *facts)
{
	bool admin;

	return json_get_bool(facts_value(facts, FACT_HOST), "admin", &admin) && !admin;
}

static enum finding_kind judge_account(const struct preflight_input *in, const json_t *fact,
				       char *reason)
{
	const char *user = json_get_str(fact, "user");
	AUTO_FREE char *shown =
		user ? text_printable(user, strlen(user), 100) : xstrdup("the user");
	bool admin;

	if (seen_without_rights(in->facts))
		return say(HIT, reason,
			   "%s is no administrator there, or without its rights (host.account): "
			   "nothing that was seen can be believed",
			   shown);
	return json_get_bool(fact, "admin", &admin) ? CLEAR : NOT_KNOWN;
}

static enum finding_kind judge_agent(const struct preflight_input *in, const json_t *fact,
				     char *reason)
{
	bool installed;

	(void)fact;
	if (!agent_installed(in->facts, &installed))
		return NOT_KNOWN;
	if (!installed)
		return say(HIT, reason, "no agent is installed%s: an upgrade brings none",
			   agent_left(in->facts) ? " (what a removed one left is there)" : "");
	return CLEAR;
}

static enum finding_kind judge_kind(const struct preflight_input *in, const json_t *fact,
				    char *reason)
{
	enum server_kind kind = server_kind_of(json_get_str(fact, "kind"));

	switch (kind) {
	case SERVER_PLAIN:
		return CLEAR;
	case SERVER_DPM:
	case SERVER_MABS:
		if (in->terms->include_dpm)
			return CLEAR;
		return say(HIT, reason,
			   "a %s server: its agent goes with its own updates, and is upgraded only "
			   "with --include dpm",
			   server_kinds[kind].name);
	case SERVER_ASR:
		return say(HIT, reason, "a %s server: its agent is upgraded by Site Recovery",
			   server_kinds[kind].name);
	case SERVER_KIND_COUNT:
		break;
	}
	return NOT_KNOWN;
}

/* The agent itself needs it: its installer would fail, or leave one that cannot start. */
static enum finding_kind judge_dotnet(const struct preflight_input *in, const json_t *fact,
				      char *reason)
{
	int64_t release = 0;

	(void)in;
	if (!fact)
		return NOT_KNOWN;
	json_get_int(fact, "release", &release);
	if (release >= DOTNET_MIN_RELEASE)
		return CLEAR;
	return say(HIT, reason, "the agent needs .NET Framework " DOTNET_MIN " or later, %s%s",
		   release ? "there is " : "there is none", release ? dotnet_name(release) : "");
}

static enum finding_kind judge_way(const struct preflight_input *in, const json_t *fact,
				   char *reason)
{
	(void)fact;
	if (delivery_of(in->terms, in->host) != DELIVERY_PIECES ||
	    upgrade_terms_push(in->terms, in->installer->len))
		return CLEAR;
	return say(HIT, reason, PUSH_REFUSED, in->installer->len >> 20);
}

static enum finding_kind judge_cloud(const struct preflight_input *in, const json_t *fact,
				     char *reason)
{
	(void)fact;
	if (in->host->cloud != CLOUD_GERMAN || !in->host->limited_internet)
		return CLEAR;
	return say(HIT, reason,
		   "the German cloud is closed, so there is no login URL to ask "
		   "(marshal_limited_internet: no skips asking)");
}

static enum finding_kind judge_engine(const struct preflight_input *in, const json_t *fact,
				      char *reason)
{
	int64_t state, start = 0;
	bool exists;

	if (!json_get_bool(fact, "exists", &exists))
		return NOT_KNOWN;
	if (!exists)
		return say(HIT, reason,
			   "the service obengine does not exist: the agent is damaged");
	if (!json_get_int(fact, "state", &state) || !json_get_int(fact, "start", &start))
		return NOT_KNOWN;
	if (state != SERVICE_RUNNING && state != SERVICE_STOPPED)
		return say(HIT, reason, "obengine is neither running nor stopped, but %s",
			   service_state_name(state));
	/* A disabled one that runs is no better: once stopped it does not start again. */
	if ((state == SERVICE_RUNNING && start != SERVICE_DISABLED) || in->terms->accept_stopped)
		return CLEAR;
	return say(HIT, reason, "obengine was found %s (--accept-stopped)",
		   start == SERVICE_DISABLED ? "disabled" : "stopped");
}

/* A host tells times by its own clock; people read them, and they are compared, by ours. */
static bool time_of(const struct preflight_input *in, const json_t *fact, const char *member,
		    int64_t *out_utc_ms)
{
	int64_t told, skew_ms = 0;

	if (!json_get_int(fact, member, &told))
		return false;
	json_get_int(facts_value(in->facts, FACT_CLOCK), "skew_ms", &skew_ms);
	if (__builtin_sub_overflow(told, skew_ms, out_utc_ms))
		*out_utc_ms = told;
	return true;
}

static enum finding_kind judge_backup(const struct preflight_input *in, const json_t *fact,
				      char *reason)
{
	char since[CLOCK_TEXT] = "";
	int64_t since_utc_ms = 0;
	bool running;

	if (!json_get_bool(fact, "running", &running))
		return NOT_KNOWN;
	if (!running)
		return CLEAR;
	if (time_of(in, fact, "since_utc_ms", &since_utc_ms))
		clock_format_utc(since_utc_ms, since);
	return say(HIT, reason, "a backup is running%s%s%s", *since ? " since " : "", since,
		   *since && in->now_utc_ms - since_utc_ms > BACKUP_STUCK_DAYS * DAY_MS ?
			   ": stuck? Then stop and start obengine first" :
			   "");
}

/* A policy's own schedule, where the agent tells it: the task that carries it out may be another's
 * business, or late. */
static enum finding_kind judge_policies(const struct preflight_input *in, char *reason)
{
	static const struct {
		const char *member, *what;
	} policies[] = {
		{ "next_files_utc_ms", "files and folders" },
		{ "next_system_state_utc_ms", "the system state" },
	};
	const json_t *fact = facts_value(in->facts, FACT_BACKUP_POLICY);
	char at[CLOCK_TEXT];
	int64_t next;

	for (size_t i = 0; i < ARRAY_LEN(policies); i++)
		if (time_of(in, fact, policies[i].member, &next) && next >= in->now_utc_ms &&
		    next <= in->now_utc_ms + DUE_MS)
			return say(HIT, reason, "a backup is due at %s (policy of %s)",
				   clock_format_utc(next, at), policies[i].what);
	return CLEAR;
}

static enum finding_kind judge_due(const struct preflight_input *in, const json_t *fact,
				   char *reason)
{
	char at[CLOCK_TEXT];
	int64_t next;
	bool known;

	if (!json_get_bool(fact, "known", &known) || !known)
		return NOT_KNOWN;
	if (!time_of(in, fact, "next_utc_ms", &next) || next > in->now_utc_ms + DUE_MS)
		return judge_policies(in, reason);
	clock_format_utc(next, at);
	if (next < in->now_utc_ms)
		return say(HIT, reason, "a backup was due at %s and has not been seen", at);
	return say(HIT, reason, "a backup is due at %s", at);
}

static bool is_ours(const struct preflight_input *in, const struct reservation *r)
{
	return in->run && strcmp(in->run, r->run) == 0 &&
	       (!r->controller || (in->controller && strcmp(in->controller, r->controller) == 0));
}

/* By another run, which is at work or did not clean up. One that its holder lost is no obstacle. */
static bool is_reserved(const struct preflight_input *in, const json_t *installers, char *reason)
{
	const struct fact *fact = facts_find(in->facts, FACT_INSTALLERS);
	int64_t later_ms = in->now_utc_ms - fact->utc_ms;
	struct reservation r;
	char by[RESERVED_BY];
	AUTO_FREE char *run = NULL;

	if (!reservation_read(json_get_obj(installers, "marker"), &r) || is_ours(in, &r) ||
	    reservation_overdue(installers, later_ms > 0 ? later_ms : 0))
		return false;
	reservation_text(&r, by, sizeof(by));
	run = text_printable(r.run, strlen(r.run), 60);
	say(HIT, reason, "%s %s (marshal upgrade resume %s, where it was begun)",
	    r.installing ? "an installer was started" : "the host is reserved", by, run);
	return true;
}

static enum finding_kind judge_installers(const struct preflight_input *in, const json_t *fact,
					  char *reason)
{
	int64_t count;
	bool busy;

	if (is_reserved(in, fact, reason))
		return HIT;
	if (!json_get_int(fact, "agent_installer", &count) ||
	    !json_get_bool(fact, "msi_busy", &busy))
		return NOT_KNOWN;
	if (count > 0)
		return say(HIT, reason, "an installer of the agent is running");
	return busy ? say(HIT, reason, "a Windows Installer transaction is running") : CLEAR;
}

static enum finding_kind judge_reboot(const struct preflight_input *in, const json_t *fact,
				      char *reason)
{
	bool servicing, installer;

	(void)in;
	if (!json_get_bool(fact, "servicing", &servicing) ||
	    !json_get_bool(fact, "installer", &installer))
		return NOT_KNOWN;
	if (servicing)
		return say(HIT, reason, "a reboot is pending (component servicing)");
	return installer ? say(HIT, reason, "a reboot is pending (Windows Installer)") : CLEAR;
}

static enum finding_kind judge_space(const struct preflight_input *in, const json_t *fact,
				     char *reason)
{
	int64_t need = SPACE_BASE + 3 * (int64_t)in->installer->len, free_bytes;

	if (!json_get_int(fact, "free_bytes", &free_bytes))
		return NOT_KNOWN;
	if (free_bytes >= need)
		return CLEAR;
	return say(HIT, reason, "the system volume has %lld MB free, the upgrade wants %lld MB",
		   (long long)(free_bytes >> 20), (long long)(need >> 20));
}

/* The look before an upgrade asks the log; what the list of jobs said is of the last scan. */
static bool last_went_through(const struct facts *facts)
{
	const struct context c = { .facts = facts };
	int64_t good;

	return last_good(&c, &good) == TOLD_TIME && newest_failed(&c) == TOLD_NONE;
}

/* The first name is the documented one, and decides. A proxy that wants a sign-in says nothing of
 * what the agent can do, which may have one. */
static enum finding_kind judge_login(const struct preflight_input *in, const json_t *fact,
				     char *reason)
{
	const json_t *first = json_array_get(json_get_arr(fact, "results"), 0);
	const char *name = json_get_str(first, "host");
	AUTO_FREE char *shown = NULL;
	bool open;

	if (!in->host->limited_internet)
		return CLEAR;           /* the documented steps 2 to 4 are skipped */
	if (!first)
		return NOT_KNOWN;
	shown = text_printable(name ? name : "?", strlen(name ? name : "?"), 80);
	if (json_get_bool(first, "open", &open))
		return open ? CLEAR : say(HIT, reason, "the login URL %s cannot be reached", shown);
	if (last_went_through(in->facts))
		return CLEAR;
	return say(HIT, reason,
		   "a proxy wants a sign-in before the login URL %s, and the last backup did not "
		   "go through",
		   shown);
}

static bool unknown_backup_accepted(const struct upgrade_terms *terms)
{
	return terms->accept_unknown_backup;
}

static bool always(const struct upgrade_terms *terms)
{
	(void)terms;
	return true;
}

/* clang-format off */
static const struct rule rules[] = {
	{ FACT_HOST,             STAYS,  judge_account,    NULL },
	{ FACT_IDENTITY,         LASTS,  judge_machine,    always },
	{ FACT_AGENT,            LASTS,  judge_agent,      NULL },
	{ FACT_SERVER_KIND,      LASTS,  judge_kind,       NULL },
	{ FACT_DOTNET,           STAYS,  judge_dotnet,     NULL },
	{ FACT_NONE,             LASTS,  judge_way,        NULL },
	{ FACT_NONE,             LASTS,  judge_cloud,      NULL },
	{ FACT_INSTALLERS,       PASSES, judge_installers, NULL },
	{ FACT_SERVICE_OBENGINE, STAYS,  judge_engine,     NULL },
	{ FACT_BACKUP_RUNNING,   PASSES, judge_backup,     unknown_backup_accepted },
	{ FACT_BACKUP_NEXT,      PASSES, judge_due,        unknown_backup_accepted },
	{ FACT_REBOOT,           STAYS,  judge_reboot,     NULL },
	{ FACT_SYSTEM_VOLUME,    STAYS,  judge_space,      NULL },
	{ FACT_NETWORK_LOGIN,    STAYS,  judge_login,      NULL },
};
/* clang-format on */

const enum fact_id *preflight_facts(void)
{
	/* the clock: times are read by it; the last backup: where the login URL is not known; the
	 * policies: beside the next run of their task */
	static enum fact_id facts[ARRAY_LEN(rules) + 4] = { FACT_CLOCK, FACT_BACKUP_LAST,
							    FACT_BACKUP_POLICY };
	int count = 3;

	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		if (rules[i].fact != FACT_NONE)
			facts[count++] = rules[i].fact;
	facts[count] = FACT_NONE;
	return facts;
}

static void say_not_known(const struct rule *rule, const struct fact *fact, char *reason)
{
	const char *members = fact ? json_get_str(fact->value, FACT_DROPPED) : NULL;
	AUTO_FREE char *dropped = members ? xasprintf("of another form: %s", members) : NULL;
	const char *why = dropped ? dropped : fact ? fact->error : NULL;

	say(NOT_KNOWN, reason, "not known: %s%s%s%s", fact_name(rule->fact), why ? " (" : "",
	    why ? why : "", why ? ")" : "");
	if (rule->forgiven)
		strncat(reason, " (--accept-unknown-backup)",
			PREFLIGHT_REASON - strlen(reason) - 1);
}

static bool is_old(const struct preflight_input *in, const struct fact *fact)
{
	if (!fact)
		return true;
	return in->planning ? fact->utc_ms < in->fresh_utc_ms : fact->older;
}

/* Whether the agent is what the installer brings, and no installer is at work on it. */
static bool is_current(const struct preflight_input *in, char *reason)
{
	const struct fact *agent = facts_find(in->facts, FACT_AGENT);
	const json_t *installers = facts_value(in->facts, FACT_INSTALLERS);
	struct version version;
	int64_t at_work = 0;
	char shown[VERSION_TEXT];

	if ((!in->planning && is_old(in, agent)) || seen_without_rights(in->facts))
		return false;
	if (!agent_version(in->facts, &version) || version_cmp(version, in->installer->version) < 0)
		return false;
	json_get_int(installers, "agent_installer", &at_work);
	if (at_work > 0)
		return false;
	say(CLEAR, reason, "cbengine.exe has version %s already", version_format(version, shown));
	return true;
}

/* What a plan says of something in the way that may be gone by now. */
static void note_old(const struct preflight_input *in, const struct fact *fact, const char *found,
		     char *reason)
{
	char age[CLOCK_TEXT];

	if (*reason)
		return;                 /* the first one is enough: all are looked at again */
	if (fact)
		say(CLEAR, reason, "looked at again first; %s ago: %s",
		    clock_format_duration(clock_age_ms(fact->utc_ms, in->now_utc_ms), age), found);
	else
		say(CLEAR, reason, "looked at again first; %s", found);
}

static enum finding_kind apply(const struct preflight_input *in, const struct rule *rule,
			       char *found)
{
	bool asks = rule->fact != FACT_NONE;
	const struct fact *fact = asks ? facts_find(in->facts, rule->fact) : NULL;
	bool old = asks && is_old(in, fact);
	enum finding_kind kind = NOT_KNOWN;

	/* one that lost a member is as little known as one that is lost */
	if (!asks || (fact && fact->value && !json_get_str(fact->value, FACT_DROPPED) &&
		      (!old || in->planning)))
		kind = rule->judge(in, fact ? fact->value : NULL, found);
	if (kind != NOT_KNOWN)
		return kind;
	if (rule->forgiven && rule->forgiven(in->terms))
		return CLEAR;
	say_not_known(rule, fact, found);
	return NOT_KNOWN;
}

enum preflight preflight(const struct preflight_input *in, char reason[PREFLIGHT_REASON])
{
	char found[PREFLIGHT_REASON] = "";

	*reason = '\0';
	if (is_current(in, reason))
		return PREFLIGHT_CURRENT;
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		bool asks = rules[i].fact != FACT_NONE;
		const struct fact *fact = asks ? facts_find(in->facts, rules[i].fact) : NULL;
		bool old = is_old(in, fact);
		enum finding_kind kind = apply(in, &rules[i], found);

		if (kind == CLEAR)
			continue;
		if (in->planning && old && asks && (kind == NOT_KNOWN || rules[i].how != LASTS)) {
			note_old(in, fact, found, reason);
			continue;
		}
		say(HIT, reason, "%s", found);
		return kind == HIT && rules[i].how == PASSES ? PREFLIGHT_FOR_NOW :
							       PREFLIGHT_BLOCKED;
	}
	return PREFLIGHT_GO;
}
