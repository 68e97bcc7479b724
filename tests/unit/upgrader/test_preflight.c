/* test_preflight.c - every reason that forbids an upgrade, right before the change and in a
 * plan. */
#include <string.h>

#include "tests/unit/scanner/answers.h"
#include "base/mem.h"
#include "tests/unit/unit.h"
#include "scanner/facts/identity.h"
#include "scanner/look.h"
#include "upgrader/upgrader.h"

#define NOW (HEALTHY_UTC_MS + 5000)

#define VALUE(text) "\"value\":{" text "}"

/* By the time of NOW the look is 5 seconds old. */
#define KEY(run, controller, age, hold)                                                          \
	VALUE("\"msi_busy\":false,\"agent_installer\":0,\"marker\":{\"run\":\"" run               \
	      "\",\"utc_ms\":1,\"sha256\":\"x\",\"phase\":\"reserved\",\"controller\":\"" \
	      controller "\",\"since_utc_ms\":5000,\"seen_utc_ms\":6000,\"age_ms\":" age \
	      ",\"hold_ms\":" hold ",\"engine\":\"running\"}")

static const struct inv_host plain = { .name = "w1", .limited_internet = true };
static const struct inv_host german = {
	.name = "w1", .limited_internet = true, .cloud = CLOUD_GERMAN
};
static const struct inv_host german_free = { .name = "w1", .cloud = CLOUD_GERMAN };
static const struct inv_host open_internet = { .name = "w1" };
static const struct inv_host by_winrm = { .name = "w1", .connection = CONNECT_WINRM };

#define NO_ADMIN VALUE("\"name\":\"W1\",\"domain\":null,\"user\":\"CORP\\\\eve\",\"admin\":false")
#define NEW_ALREADY                                                                        \
	VALUE("\"installed\":true,\"install_path\":null,\"exe_path\":\"x\","               \
	      "\"exe_version\":\"2.0.10000.0\",\"uninstall\":[],\"service_path\":null," \
	      "\"service_version\":null")
#define SIGN_IN VALUE("\"asked\":true,\"proxy\":\"p:1\",\"proxy_source\":\"system\"," \
	"\"results\":[{\"host\":\"l\",\"open\":null,\"status\":407,\"error\":\"sign-in\"}]")

#define POLICIES(files, state)                                                              \
	VALUE("\"known\":true,\"files\":true,\"system_state\":true,\"offline\":false,"      \
	      "\"volumes\":[],\"next_files_utc_ms\":" files ",\"next_system_state_utc_ms\":" \
	      state)

enum { DPM = 1, UNKNOWN_BACKUP = 2, STOPPED = 4 };      /* what the operator allowed */

/* clang-format off */
static const struct {
	const char *label, *fact, *rest;
	const struct inv_host *host;
	int allowed;
	enum preflight want;
	const char *reason;
} cases[] = {
	{ "healthy and old", NULL, NULL, &plain, 0, PREFLIGHT_GO, "" },
	{ "new already, but not what runs", "agent",
	  "\"value\":{\"installed\":true,\"install_path\":\"C:\\\\A\",\"exe_path\":\"C:\\\\A\\\\e\","
	  "\"exe_version\":\"2.0.10000.0\",\"uninstall\":[],\"service_path\":\"C:\\\\B\\\\e\","
	  "\"service_version\":\"2.0.9070.0\"}", &plain, 0, PREFLIGHT_GO, "" },
	{ "new already", "agent", NEW_ALREADY, &plain, 0, PREFLIGHT_CURRENT, "2.0.10000.0 already" },
	{ "new already, by WinRM", "agent", NEW_ALREADY, &by_winrm, 0, PREFLIGHT_CURRENT, "2.0.10000.0 already" },
	{ "healthy and old, by WinRM", NULL, NULL, &by_winrm, 0, PREFLIGHT_GO, "" },
	/* with the service that a healthy server has it is one that is damaged */
	{ "no program", "agent", VALUE("\"installed\":true,\"install_path\":\"x\",\"exe_path\":null,"
	  "\"exe_version\":null,\"uninstall\":[],\"service_path\":null,"
	  "\"service_version\":null"), &plain, 0, PREFLIGHT_GO, "" },
	{ "no agent", "agent", VALUE("\"installed\":false,\"install_path\":null,\"exe_path\":null,"
	  "\"exe_version\":null,\"uninstall\":[],\"service_path\":null,"
	  "\"service_version\":null"), &plain, 0, PREFLIGHT_BLOCKED, "no agent is installed" },
	{ "version not readable", "agent",
	  VALUE("\"installed\":true,\"install_path\":null,\"exe_path\":null,"
	  "\"exe_version\":null,\"uninstall\":[],\"service_path\":null,"
	  "\"service_version\":null"), &plain, 0, PREFLIGHT_GO, "" },
	{ "version of no form", "agent", VALUE("\"installed\":true,\"install_path\":null,\"exe_path\":null,"
	  "\"exe_version\":1.5,\"uninstall\":[],\"service_path\":null,"
	  "\"service_version\":null"), &plain, 0, PREFLIGHT_BLOCKED,
	  "not known: agent (of another form: exe_version)" },
	{ "agent not known", "agent", "\"error\":\"slow\",\"kind\":\"time-limit\"", &plain, 0,
	  PREFLIGHT_BLOCKED, "not known: agent (slow)" },
	{ "no administrator", "host", NO_ADMIN, &plain, 0, PREFLIGHT_BLOCKED,
	  "CORP\\eve is no administrator there, or without its rights (host.account)" },
	{ "perhaps an administrator", "host",
	  VALUE("\"name\":\"W1\",\"domain\":null,\"user\":\"x\",\"admin\":null"), &plain, 0,
	  PREFLIGHT_BLOCKED, "not known: host" },
	{ "DPM", "server-kind", VALUE("\"kind\":\"dpm\",\"dpm_version\":\"1\""), &plain, 0,
	  PREFLIGHT_BLOCKED, "is upgraded only with --include dpm" },
	{ "DPM included", "server-kind", VALUE("\"kind\":\"dpm\",\"dpm_version\":\"1\""), &plain,
	  DPM, PREFLIGHT_GO, "" },
	{ "MABS", "server-kind", VALUE("\"kind\":\"mabs\",\"dpm_version\":null"), &plain, 0,
	  PREFLIGHT_BLOCKED, "a MABS server" },
	{ "MABS included", "server-kind", VALUE("\"kind\":\"mabs\",\"dpm_version\":null"), &plain,
	  DPM, PREFLIGHT_GO, "" },
	{ "ASR always", "server-kind", VALUE("\"kind\":\"asr\",\"dpm_version\":null"), &plain, DPM,
	  PREFLIGHT_BLOCKED, "Site Recovery" },
	{ "a kind of tomorrow", "server-kind", VALUE("\"kind\":\"xyz\",\"dpm_version\":null"),
	  &plain, DPM, PREFLIGHT_BLOCKED, "not known: server-kind" },
	{ "kind left out", "server-kind", NULL, &plain, 0, PREFLIGHT_BLOCKED,
	  "not known: server-kind" },
	{ "an old .NET", "dotnet", VALUE("\"release\":379892"), &plain, 0, PREFLIGHT_BLOCKED,
	  "the agent needs .NET Framework 4.5.2 or later, there is 4.5.1" },
	{ "the oldest .NET", "dotnet", VALUE("\"release\":379893"), &plain, 0, PREFLIGHT_GO, "" },
	{ "no .NET 4.5", "dotnet", VALUE("\"release\":null"), &plain, 0, PREFLIGHT_BLOCKED,
	  "4.5.2 or later, there is none" },
	{ "whatever .NET", "dotnet", NULL, &plain, 0, PREFLIGHT_BLOCKED, "not known: dotnet" },
	{ "closed cloud", NULL, NULL, &german, 0, PREFLIGHT_BLOCKED, "German cloud" },
	{ "closed cloud, free Internet", NULL, NULL, &german_free, 0, PREFLIGHT_GO, "" },
	{ "no service", "service.obengine",
	  VALUE("\"exists\":false,\"state\":null,\"start\":null"), &plain,
	  STOPPED, PREFLIGHT_BLOCKED, "does not exist" },
	{ "stopped", "service.obengine",
	  VALUE("\"exists\":true,\"state\":1,\"start\":2"), &plain, 0,
	  PREFLIGHT_BLOCKED, "found stopped" },
	{ "disabled", "service.obengine",
	  VALUE("\"exists\":true,\"state\":1,\"start\":4"), &plain, 0,
	  PREFLIGHT_BLOCKED, "found disabled" },
	{ "running and disabled", "service.obengine",
	  VALUE("\"exists\":true,\"state\":4,\"start\":4"), &plain, 0,
	  PREFLIGHT_BLOCKED, "found disabled" },
	{ "running and disabled, accepted", "service.obengine",
	  VALUE("\"exists\":true,\"state\":4,\"start\":4"), &plain, STOPPED,
	  PREFLIGHT_GO, "" },
	{ "running and manual", "service.obengine",
	  VALUE("\"exists\":true,\"state\":4,\"start\":3"), &plain, 0,
	  PREFLIGHT_GO, "" },
	{ "stopped, accepted", "service.obengine",
	  VALUE("\"exists\":true,\"state\":1,\"start\":2"), &plain, STOPPED,
	  PREFLIGHT_GO, "" },
	{ "stopping, accepted or not", "service.obengine",
	  VALUE("\"exists\":true,\"state\":3,\"start\":2"), &plain, STOPPED,
	  PREFLIGHT_BLOCKED, "but stopping" },
	{ "backup running", "backup.running",
	  VALUE("\"running\":true,\"source\":\"event\",\"since_utc_ms\":1699990000000"), &plain,
	  UNKNOWN_BACKUP, PREFLIGHT_FOR_NOW, "a backup is running since 2023-11-14" },
	{ "backup running for ever", "backup.running",
	  VALUE("\"running\":true,\"source\":\"event\",\"since_utc_ms\":1699827000000"), &plain,
	  0, PREFLIGHT_FOR_NOW, ": stuck? Then stop and start obengine first" },
	{ "backup perhaps running", "backup.running",
	  VALUE("\"running\":null,\"source\":\"none\",\"since_utc_ms\":null"), &plain, 0,
	  PREFLIGHT_BLOCKED, "not known: backup.running (--accept-unknown-backup)" },
	{ "backup perhaps running, accepted", "backup.running",
	  VALUE("\"running\":null,\"source\":\"none\",\"since_utc_ms\":null"), &plain,
	  UNKNOWN_BACKUP, PREFLIGHT_GO, "" },
	{ "backup not answered", "backup.running", NULL, &plain, 0, PREFLIGHT_BLOCKED,
	  "not known: backup.running" },
	{ "backup due in the hour", "backup.next",
	  VALUE("\"known\":true,\"next_utc_ms\":1700002000000"), &plain, UNKNOWN_BACKUP,
	  PREFLIGHT_FOR_NOW, "a backup is due at" },
	{ "backup due after it", "backup.next",
	  VALUE("\"known\":true,\"next_utc_ms\":1700003700000"), &plain, 0, PREFLIGHT_GO, "" },
	{ "due by the policy of files", "backup.policy", POLICIES("1700002000000", "null"), &plain, 0,
	  PREFLIGHT_FOR_NOW, "a backup is due at 2023-11-14T22:46:40Z (policy of files and folders)" },
	{ "due by the policy of the system state", "backup.policy", POLICIES("1700009000000", "1700002000000"), &plain,
	  UNKNOWN_BACKUP, PREFLIGHT_FOR_NOW, "a backup is due at 2023-11-14T22:46:40Z (policy of the system state)" },
	{ "due by both after the hour", "backup.policy", POLICIES("1700009000000", "1700009000000"), &plain, 0,
	  PREFLIGHT_GO, "" },
	{ "policies that were due", "backup.policy", POLICIES("1699990000000", "1699990000000"), &plain, 0,
	  PREFLIGHT_GO, "" },
	{ "policies that nobody knows", "backup.policy", NULL, &plain, 0, PREFLIGHT_GO, "" },
	{ "none scheduled", "backup.next", VALUE("\"known\":true,\"next_utc_ms\":null"), &plain, 0,
	  PREFLIGHT_GO, "" },
	{ "schedule not known", "backup.next", VALUE("\"known\":false,\"next_utc_ms\":null"),
	  &plain, 0, PREFLIGHT_BLOCKED, "not known: backup.next" },
	{ "schedule not known, accepted", "backup.next",
	  VALUE("\"known\":false,\"next_utc_ms\":null"), &plain, UNKNOWN_BACKUP, PREFLIGHT_GO, "" },
	{ "MSI at work", "installers",
	  VALUE("\"msi_busy\":true,\"agent_installer\":0,\"marker\":null"), &plain, 0,
	  PREFLIGHT_FOR_NOW, "Windows Installer transaction" },
	{ "installer at work", "installers",
	  VALUE("\"msi_busy\":false,\"agent_installer\":1,\"marker\":null"), &plain, 0,
	  PREFLIGHT_FOR_NOW, "installer of the agent is running" },
	{ "marker of a run", "installers",
	  VALUE("\"msi_busy\":false,\"agent_installer\":0,\"marker\":{\"run\":\"r1\","
	  "\"utc_ms\":1,\"sha256\":\"x\"}"), &plain, 0, PREFLIGHT_FOR_NOW,
	  "an installer was started by run r1 of an older version of marshal (marshal upgrade "
	  "resume r1" },
	{ "reserved by another run", "installers", KEY("r2", "box-1", "10", "20000"), &plain, 0,
	  PREFLIGHT_FOR_NOW, "the host is reserved by run r2 of box-1 since" },
	{ "reserved for this run", "installers", KEY("mine", "box-1", "10", "20"), &plain, 0,
	  PREFLIGHT_GO, "" },
	{ "that name elsewhere", "installers", KEY("mine", "box-2", "10", "20000"), &plain, 0,
	  PREFLIGHT_FOR_NOW, "run mine of box-2" },
	{ "this run's, of an older version", "installers",
	  VALUE("\"msi_busy\":false,\"agent_installer\":0,\"marker\":{\"run\":\"mine\","
	  "\"utc_ms\":1,\"sha256\":\"x\"}"), &plain, 0, PREFLIGHT_GO, "" },
	{ "reserved and lost since", "installers", KEY("r2", "box-1", "21", "20"), &plain, 0,
	  PREFLIGHT_GO, "" },
	{ "reserved, lost since the look", "installers", KEY("r2", "box-1", "15100", "20000"),
	  &plain, 0, PREFLIGHT_GO, "" },
	{ "installers not known", "installers",
	  VALUE("\"msi_busy\":null,\"agent_installer\":0,\"marker\":null"), &plain, 0,
	  PREFLIGHT_BLOCKED, "not known: installers" },
	{ "reboot for servicing", "reboot",
	  VALUE("\"servicing\":true,\"installer\":false,\"renames\":0"), &plain, 0,
	  PREFLIGHT_BLOCKED, "component servicing" },
	{ "reboot for an installer", "reboot",
	  VALUE("\"servicing\":false,\"installer\":true,\"renames\":0"), &plain, 0,
	  PREFLIGHT_BLOCKED, "Windows Installer" },
	{ "file renames alone", "reboot",
	  VALUE("\"servicing\":false,\"installer\":false,\"renames\":9"), &plain, 0, PREFLIGHT_GO,
	  "" },
	{ "one byte too little", "system-volume",
	  VALUE("\"volume\":\"C:\",\"size_bytes\":9,\"free_bytes\":1073742123"), &plain, 0,
	  PREFLIGHT_BLOCKED, "has 1024 MB free" },
	{ "just enough space", "system-volume",
	  VALUE("\"volume\":\"C:\",\"size_bytes\":9,\"free_bytes\":1073742124"), &plain, 0,
	  PREFLIGHT_GO, "" },
	{ "login closed", "network.login",
	  VALUE("\"asked\":true,\"proxy\":null,\"proxy_source\":\"none\","
	  "\"results\":[{\"host\":\"l\",\"open\":false,\"status\":503,\"error\":null}]"), &plain, 0,
	  PREFLIGHT_BLOCKED, "login URL l cannot be reached" },
	{ "only the newer login name closed", "network.login",
	  VALUE("\"asked\":true,\"proxy\":null,\"proxy_source\":\"none\","
	  "\"results\":[{\"host\":\"l\",\"open\":true,\"status\":200,\"error\":null},"
	  "{\"host\":\"m\",\"open\":false,\"status\":503,\"error\":null}]"), &plain, 0,
	  PREFLIGHT_GO, "" },
	{ "a proxy wants a sign-in, the last backup went through", "network.login", SIGN_IN,
	  &plain, 0, PREFLIGHT_GO, "" },
	{ "login closed, not needed", "network.login",
	  VALUE("\"asked\":true,\"proxy\":null,\"proxy_source\":\"none\","
	  "\"results\":[{\"host\":\"l\",\"open\":false,\"status\":503,\"error\":null}]"),
	  &open_internet, 0, PREFLIGHT_GO, "" },
	{ "login not asked", "network.login",
	  VALUE("\"asked\":false,\"proxy\":null,\"proxy_source\":\"none\",\"results\":[]"), &plain,
	  0, PREFLIGHT_BLOCKED, "not known: network.login" },
};
/* clang-format on */

static struct installer newer = { .len = 100, .version = { { 2, 0, 10000, 0 } } };

static enum preflight ask(int i, bool planning, bool old, char *reason)
{
	struct upgrade_terms terms = {
		.include_dpm = (cases[i].allowed & DPM) != 0,
		.accept_unknown_backup = (cases[i].allowed & UNKNOWN_BACKUP) != 0,
		.accept_stopped = (cases[i].allowed & STOPPED) != 0,
	};
	struct facts facts;
	enum preflight got;

	healthy_but(&facts, cases[i].fact, cases[i].rest);
	for (int k = 0; k < facts.count; k++)
		facts.fact[k].older = old || planning;
	got = preflight(&(struct preflight_input){ .facts = &facts,
						   .host = cases[i].host,
						   .installer = &newer,
						   .terms = &terms,
						   .now_utc_ms = NOW,
						   .fresh_utc_ms = HEALTHY_UTC_MS + old,
						   .planning = planning,
						   .run = "mine",
						   .controller = "box-1" },
			reason);
	facts_release(&facts);
	return got;
}

START_TEST(fresh_facts_decide)
{
	char reason[PREFLIGHT_REASON];
	enum preflight got = ask(_i, false, false, reason);

	ck_assert_msg(got == cases[_i].want, "%s: %d, %s", cases[_i].label, (int)got, reason);
	ck_assert_msg(*cases[_i].reason ? strstr(reason, cases[_i].reason) != NULL :
					  *reason == '\0',
		      "%s: '%s'", cases[_i].label, reason);
}
END_TEST

#define JOB(state, ended)                                                                          \
	VALUE("\"known\":true,\"type\":\"Backup\",\"state\":\"" state "\",\"error\":null," \
	      "\"begun_utc_ms\":null,\"ended_utc_ms\":" ended ",\"good_utc_ms\":null,"        \
	      "\"protected_bytes\":null")

/* Whether a proxy that wants a sign-in forbids it, by the backups that the log and the list of jobs
 * have; a time that cannot be is none. */
static const struct {
	const char *completed, *failed, *job;
	enum preflight want;
} last_backups[] = {
	{ "1699990000000", "null", NULL, PREFLIGHT_GO },
	{ "1699990000000", "1699980000000", NULL, PREFLIGHT_GO },
	{ "1699980000000", "1699990000000", NULL, PREFLIGHT_BLOCKED },
	{ "1699990000000", "1699990000000", NULL, PREFLIGHT_GO },
	{ "null", "null", NULL, PREFLIGHT_BLOCKED },
	{ "1", "null", NULL, PREFLIGHT_BLOCKED },
	{ "1800000000000", "1699990000000", NULL, PREFLIGHT_BLOCKED },
	{ "1699990000000", "1", NULL, PREFLIGHT_BLOCKED },
	{ "1699980000000", "null", JOB("Failed", "1699990000000"), PREFLIGHT_BLOCKED },
	{ "1699990000000", "null", JOB("Failed", "1699980000000"), PREFLIGHT_GO },
};

START_TEST(behind_a_proxy_that_wants_a_sign_in_backups_decide)
{
	AUTO_FREE char *last = xasprintf("\"value\":{\"completed_utc_ms\":%s,\"event\":3,"
					 "\"failed_utc_ms\":%s,\"failed_event\":11,\"error\":null}",
					 last_backups[_i].completed, last_backups[_i].failed);
	const struct answer answers[] = { { "network.login", SIGN_IN },
					  { "backup.last", last },
					  { "backup.last-job", last_backups[_i].job } };
	struct upgrade_terms terms = { 0 };
	char reason[PREFLIGHT_REASON];
	struct facts facts;
	enum preflight got;

	healthy_with(&facts, answers, ARRAY_LEN(answers));
	got = preflight(&(struct preflight_input){ .facts = &facts,
						   .host = &plain,
						   .installer = &newer,
						   .terms = &terms,
						   .now_utc_ms = NOW },
			reason);
	ck_assert_int_eq(got, last_backups[_i].want);
	ck_assert(got == PREFLIGHT_GO ||
		  strstr(reason, "a proxy wants a sign-in before the login"));
	facts_release(&facts);
}
END_TEST

/* Of a host whose clock is ahead of ours by so much; NOW is 22:13:25Z of ours. */
static const struct { int64_t skew_ms; const char *fact, *rest, *reason; } by_our_clock[] = {
	{ 0, "backup.next", VALUE("\"known\":true,\"next_utc_ms\":1700002000000"),
	  "a backup is due at 2023-11-14T22:46:40Z" },
	{ 7200000, "backup.next", VALUE("\"known\":true,\"next_utc_ms\":1700009200000"),
	  "a backup is due at 2023-11-14T22:46:40Z" },
	{ 7200000, "backup.next", VALUE("\"known\":true,\"next_utc_ms\":1700012200000"), "" },
	{ -7200000, "backup.next", VALUE("\"known\":true,\"next_utc_ms\":1699994800000"),
	  "a backup is due at 2023-11-14T22:46:40Z" },
	{ 0, "backup.next", VALUE("\"known\":true,\"next_utc_ms\":1699999900000"),
	  "a backup was due at 2023-11-14T22:11:40Z and has not been seen" },
	{ 7200000, "backup.next", VALUE("\"known\":true,\"next_utc_ms\":1700007100000"),
	  "a backup was due at 2023-11-14T22:11:40Z and has not been seen" },
	{ 7200000, "backup.running",
	  VALUE("\"running\":true,\"source\":\"event\",\"since_utc_ms\":1700007100000"),
	  "a backup is running since 2023-11-14T22:11:40Z" },
};

START_TEST(times_are_told_by_our_clock)
{
	struct upgrade_terms terms = { 0 };
	char reason[PREFLIGHT_REASON];
	struct facts facts;

	healthy_but(&facts, by_our_clock[_i].fact, by_our_clock[_i].rest);
	facts_set_skew(&facts, by_our_clock[_i].skew_ms);
	preflight(&(struct preflight_input){ .facts = &facts,
					     .host = &plain,
					     .installer = &newer,
					     .terms = &terms,
					     .now_utc_ms = NOW },
		  reason);
	ck_assert_str_eq(reason, by_our_clock[_i].reason);
	facts_release(&facts);
}
END_TEST

/* Nothing that was seen without an administrator's rights is believed, no version either. */
START_TEST(without_rights_no_version_is_believed)
{
	const struct answer answers[] = { { "agent", NEW_ALREADY }, { "host", NO_ADMIN } };
	struct upgrade_terms terms = { 0 };
	char reason[PREFLIGHT_REASON];
	struct facts facts;

	healthy_with(&facts, answers, ARRAY_LEN(answers));
	ck_assert_int_eq(preflight(&(struct preflight_input){ .facts = &facts,
							      .host = &plain,
							      .installer = &newer,
							      .terms = &terms,
							      .now_utc_ms = NOW },
				   reason),
			 PREFLIGHT_BLOCKED);
	ck_assert_ptr_nonnull(strstr(reason, "host.account"));
	facts_release(&facts);
}
END_TEST

/* Of the machine that shall answer, by how many of its ids the one that did differs. */
static const struct { bool uuid, guid, sid; enum preflight want; } machines[] = {
	{ false, false, false, PREFLIGHT_GO }, { true, false, false, PREFLIGHT_GO },
	{ true, true, false, PREFLIGHT_BLOCKED }, { true, true, true, PREFLIGHT_BLOCKED },
};

START_TEST(another_machine_is_not_upgraded)
{
	static const char other[] = "00112233445566778899aabbccddeeff";
	const bool differs[] = { machines[_i].uuid, machines[_i].guid, machines[_i].sid };
	struct upgrade_terms terms = { 0 };
	char reason[PREFLIGHT_REASON];
	struct machine_ids machine;
	struct facts facts;
	enum preflight got;

	healthy_but(&facts, NULL, NULL);
	identity_ids(facts_value(&facts, FACT_IDENTITY), &machine);
	ck_assert_int_eq(machine_known(&machine), MACHINE_IDS);
	for (int i = 0; i < MACHINE_IDS; i++)
		if (differs[i])
			memcpy(machine.id[i], other, sizeof(other));
	got = preflight(&(struct preflight_input){ .facts = &facts,
						   .host = &plain,
						   .installer = &newer,
						   .terms = &terms,
						   .machine = &machine,
						   .now_utc_ms = NOW },
			reason);
	ck_assert_int_eq(got, machines[_i].want);
	ck_assert(got == PREFLIGHT_GO || strstr(reason, "marshal scan --accept-changed w1"));
	facts_release(&facts);
}
END_TEST

/* Asked again between two steps, by the text that knows no more than these facts. */
START_TEST(what_it_reads_has_a_text_of_its_own)
{
	ck_assert_str_eq(look_script(preflight_facts(), false)->name, "probe-upgrade");
}
END_TEST

START_TEST(a_plan_from_fresh_facts_says_the_same)
{
	char reason[PREFLIGHT_REASON];
	enum preflight got = ask(_i, true, false, reason);

	/* A fact that was never seen is for the fresh look to find. */
	if (cases[_i].fact && !cases[_i].rest)
		ck_assert_msg(got == PREFLIGHT_GO && strstr(reason, cases[_i].reason), "%s: %s",
			      cases[_i].label, reason);
	else
		ck_assert_msg(got == cases[_i].want, "%s: %d, %s", cases[_i].label, (int)got,
			      reason);
}
END_TEST

START_TEST(old_facts_forbid_right_before_the_change)
{
	char reason[PREFLIGHT_REASON];
	enum preflight got = ask(_i, false, true, reason);

	ck_assert_msg(got == PREFLIGHT_BLOCKED, "%s: %d, %s", cases[_i].label, (int)got, reason);
}
END_TEST

START_TEST(a_large_installer_goes_over_winrm_only_when_asked)
{
	static const struct {
		bool winrm, asked;
		const char *download;
		size_t len;
		enum preflight want;
	} rows[] = {
		{ true, false, "", (size_t)PUSH_MB << 20, PREFLIGHT_GO },
		{ true, false, "", ((size_t)PUSH_MB << 20) + 1, PREFLIGHT_BLOCKED },
		{ true, false, "https://m/x", (size_t)60 << 20, PREFLIGHT_GO },
		{ true, true, "", (size_t)60 << 20, PREFLIGHT_GO },
		{ false, false, "", (size_t)60 << 20, PREFLIGHT_GO },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct upgrade_terms terms = { .push_large = rows[i].asked };
		struct installer large = { .len = rows[i].len, .version = { { 2, 0, 10000, 0 } } };
		char reason[PREFLIGHT_REASON];
		struct facts facts;

		snprintf(terms.download, sizeof(terms.download), "%s", rows[i].download);
		healthy_but(&facts, NULL, NULL);
		ck_assert_int_eq(
			preflight(&(struct preflight_input){ .facts = &facts,
							     .host = rows[i].winrm ? &by_winrm :
										     &plain,
							     .installer = &large,
							     .terms = &terms,
							     .now_utc_ms = NOW,
							     .fresh_utc_ms = HEALTHY_UTC_MS,
							     .planning = true },
				  reason),
			rows[i].want);
		facts_release(&facts);
	}
}
END_TEST

START_TEST(old_facts_in_a_plan_forbid_only_what_lasts)
{
	static const char *const lasting[] = { "no agent", "DPM", "MABS", "ASR always",
					       "closed cloud" };
	enum preflight want =
		cases[_i].want == PREFLIGHT_CURRENT ? PREFLIGHT_CURRENT : PREFLIGHT_GO;
	char reason[PREFLIGHT_REASON];
	enum preflight got;

	for (size_t i = 0; i < ARRAY_LEN(lasting); i++)
		if (strcmp(lasting[i], cases[_i].label) == 0)
			want = PREFLIGHT_BLOCKED;
	got = ask(_i, true, true, reason);
	ck_assert_msg(got == want, "%s: %d, %s", cases[_i].label, (int)got, reason);
	if (want == PREFLIGHT_GO &&
	    (cases[_i].want == PREFLIGHT_BLOCKED || cases[_i].want == PREFLIGHT_FOR_NOW))
		ck_assert_msg(strstr(reason, "looked at again first") != NULL, "%s: '%s'",
			      cases[_i].label, reason);
}
END_TEST

UNIT_SUITE(preflight)
{
	Suite *s = suite_create("preflight");
	TCase *tc = tcase_create("rules");
	int count = (int)ARRAY_LEN(cases);

	tcase_add_loop_test(tc, fresh_facts_decide, 0, count);
	tcase_add_loop_test(tc, behind_a_proxy_that_wants_a_sign_in_backups_decide, 0,
			    ARRAY_LEN(last_backups));
	tcase_add_loop_test(tc, times_are_told_by_our_clock, 0, ARRAY_LEN(by_our_clock));
	tcase_add_test(tc, without_rights_no_version_is_believed);
	tcase_add_loop_test(tc, another_machine_is_not_upgraded, 0, ARRAY_LEN(machines));
	tcase_add_test(tc, what_it_reads_has_a_text_of_its_own);
	tcase_add_loop_test(tc, a_plan_from_fresh_facts_says_the_same, 0, count);
	tcase_add_loop_test(tc, old_facts_forbid_right_before_the_change, 0, count);
	tcase_add_loop_test(tc, old_facts_in_a_plan_forbid_only_what_lasts, 0, count);
	tcase_add_test(tc, a_large_installer_goes_over_winrm_only_when_asked);
	suite_add_tcase(s, tc);
	return s;
}
