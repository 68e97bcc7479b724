/* remedies.c - what to do about a finding where that depends on what was found: a service that is
 * not there is not started, a key that is missing is not moved. Pure functions of facts beside the
 * catalogue's own words, which stay where none of these differs. Nothing that a server said goes
 * into a command but a drive's letter and a code. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/winpath.h"
#include "scanner/checks/checks_inside.h"
#include "scanner/checks/remedies.h"
#include "scanner/facts/service.h"
#include "scanner/policy/documented.h"

enum { OUTDATED_CODE = 0x1FBD3 };
#define AGENT_FOLDER "C:\\Program Files\\Microsoft Azure Recovery Services Agent"
#define ON_DPM "marshal upgrade HOST --installer MARSAgentInstaller.exe --include dpm"

static void of_installed(const struct context *c, struct remedy *r)
{
	if (agent_left(c->facts))
		use(r,
		    "Where the agent is not wanted any more, say marshal_mars: optional or none, "
		    "and remove the key. Else install the latest agent (" NEWEST_AGENT
		    ") and register the server with its vault, with the passphrase it had.",
		    NULL);
}

static void of_version(const struct context *c, struct remedy *r)
{
	struct version version;

	if (facts_value(c->facts, FACT_AGENT) && !agent_version(c->facts, &version))
		r->text =
			"The program of the agent is damaged, or has no version that can be read: "
			"upgrade with the latest agent (" NEWEST_AGENT "), which brings it anew.";
	if (is_dpm(c))
		r->command = ON_DPM;
}

/* Which of two is about another machine, the other about a name. */
static void of_identity(const struct context *c, struct remedy *r)
{
	(void)c;
	if (is_other_machine(CHECK_IDENTITY, r->evidence))
		use(r,
		    "Find out whether the server was exchanged or installed anew. Accept it then "
		    "by the command; else correct its address in the inventory or in the name "
		    "server.",
		    "marshal scan --accept-changed HOST");
	else if (strstr(r->evidence, SAID_OTHER_NAME))
		use(r,
		    "Find out which server this is. Where it is the right one, say its name in "
		    "marshal_computer_name of the inventory; else correct the address there "
		    "(ansible_host) or in the name server.",
		    NULL);
	else if (strstr(r->evidence, SAID_TWIN))
		use(r,
		    "Take one of the two names out of the inventory: reports count the server "
		    "twice, and an upgrade plans it once.",
		    NULL);
	else if (strstr(r->evidence, SAID_NOBODY))
		use(r,
		    "See why the server does not tell its SMBIOS UUID, MachineGuid and machine SID "
		    "(a clone of a virtual machine may share them): until it does, nobody sees "
		    "that another one answers under its name.",
		    "marshal show --all HOST");
}

/* The agent of these servers goes with their own updates. */
static void of_upgrade(const struct context *c, struct remedy *r)
{
	if (is_dpm(c))
		r->command = ON_DPM;
}

static void of_registration(const struct context *c, struct remedy *r)
{
	if (bool_of(facts_value(c->facts, FACT_AGENT_CONFIG), "registered") == NO)
		use(r,
		    "Register the server with its vault in the agent's console, with a vault "
		    "credential file; keep its passphrase outside of the server. Then schedule a "
		    "backup, and run one. A server that was registered before takes the same "
		    "passphrase; uninstall its agent and delete it in the portal first.",
		    NULL);
}

/* Nothing is closed, but somebody between reads what passes. */
static void of_inspection(const struct context *c, struct remedy *r, enum fact_id fact)
{
	if (is_inspected(json_get_arr(facts_value(c->facts, fact), "results")))
		use(r,
		    "A proxy or firewall inspects TLS, and the agent may refuse its certificate: "
		    "exempt the host names of the service from inspection there.",
		    NULL);
}

static void of_login(const struct context *c, struct remedy *r)
{
	if (strstr(r->evidence, SAID_GERMAN))
		use(r,
		    "Register the server with a vault of another cloud, and say that in "
		    "marshal_cloud of the inventory; where it already is, only say so.",
		    NULL);
	else
		of_inspection(c, r, FACT_NETWORK_LOGIN);
}

static void of_endpoints(const struct context *c, struct remedy *r)
{
	of_inspection(c, r, FACT_NETWORK_ENDPOINTS);
}

static void of_tls12(const struct context *c, struct remedy *r)
{
	const json_t *fact = facts_value(c->facts, FACT_TLS);
	int64_t enabled = 1, disabled = 0;

	json_get_int(fact, "schannel_enabled", &enabled);
	json_get_int(fact, "schannel_disabled_by_default", &disabled);
	if (enabled == 0 || disabled != 0)
		r->text = "Switch TLS 1.2 on for clients in SChannel (below Protocols\\TLS "
			  "1.2\\Client: Enabled 1, DisabledByDefault 0), then restart the server.";
	else
		r->text = "Set SystemDefaultTlsVersions and SchUseStrongCrypto of the .NET "
			  "Framework to 1, in both registry views (v4.0.30319), then restart the "
			  "server.";
}

static void of_scratch(const struct context *c, struct remedy *r)
{
	const json_t *fact = facts_value(c->facts, FACT_SCRATCH);
	const char *config = json_get_str(fact, "config"),
		   *provider = json_get_str(fact, "provider");

	if (config && provider && !winpath_equal(config, provider))
		r->text = "Set both ScratchLocation values to the folder that is there and has "
			  "OnlineBackup.KEK in it, then start obengine again.";
	else if (bool_of(fact, "exists") == NO)
		r->text = "Bring the folder or its volume back. Where it is lost, make it anew, "
			  "set both ScratchLocation values to it, set the same passphrase again "
			  "and start obengine: the next backup takes longer.";
	else if (bool_of(fact, "kek_exists") == NO)
		use(r,
		    "Find OnlineBackup.KEK (an older scratch folder has it) and put it into the "
		    "folder; else set the same passphrase again, which makes it: with another one "
		    "older backups cannot be restored.",
		    "Set-OBMachineSetting -EncryptionPassphrase");
	else if (!config || !provider)
		r->text = "Set the ScratchLocation value that is missing to the same folder, then "
			  "start obengine again.";
}

static void of_volumes(const struct context *c, struct remedy *r)
{
	const json_t *wanted = json_get_arr(facts_value(c->facts, FACT_BACKUP_POLICY), "volumes");
	const json_t *volumes = facts_value(c->facts, FACT_VOLUMES);
	bool locked = false, read_only = false, missing = false;
	size_t i;
	json_t *row;

	json_array_foreach(wanted, i, row)
	{
		const json_t *volume = volume_named(volumes, or_none(json_get_str(row, "name")));

		missing |= !volume;
		locked |= bool_of(volume, "locked") == YES;
		read_only |= bool_of(volume, "read_only") == YES;
	}
	if (locked)
		use(r, "Unlock the volume, and have it unlocked when the server starts.",
		    "manage-bde -status");
	else if (read_only)
		r->text = "Make the volume writable, or take it out of the backup policy.";
	else if (missing)
		r->text = "Bring the volume back, or take it out of the backup policy.";
	else
		r->text = "Take the volume out of the backup policy: the agent backs up NTFS on "
			  "fixed disks.";
}

static void of_powershell(const struct context *c, struct remedy *r)
{
	const json_t *fact = facts_value(c->facts, FACT_POWERSHELL);
	const char *source = json_get_str(fact, "policy_source"),
		   *policy = json_get_str(fact, "execution_policy");
	struct version version;

	if (version_parse(json_get_str(fact, "version"), &version) && version.part[0] < 3)
		use(r, "Install Windows Management Framework 5.1.", NULL);
	else if (policy && text_casecmp(policy, "Restricted") == 0 && source &&
		 strcmp(source, "group-policy") == 0)
		use(r, "A group policy sets the execution policy: have it say RemoteSigned.",
		    "gpresult /scope computer /r");
	else if (policy && text_casecmp(policy, "Restricted") != 0 &&
		 says(fact, "language_mode", "ConstrainedLanguage"))
		use(r,
		    "A policy of AppLocker or App Control holds PowerShell to ConstrainedLanguage: "
		    "have it allow the agent's scripts.",
		    NULL);
	else if (policy && text_casecmp(policy, "Restricted") != 0 &&
		 bool_of(fact, "agent_module") == NO)
		use(r, "The agent's PowerShell module is not there. " AGAIN, NULL);
	else if (policy && text_casecmp(policy, "Restricted") != 0)
		use(r, "Put the agent's bin\\Modules on PSModulePath of the machine.", NULL);
}

static void of_wbjob(const struct context *c, struct remedy *r)
{
	const char *state =
		json_get_str(facts_value(c->facts, FACT_FEATURES), "windows_server_backup");

	if (state && strcmp(state, "Installed") != 0)
		use(r, "Install the feature Windows Server Backup, then scan again.",
		    "Install-WindowsFeature -Name Windows-Server-Backup");
}

/* What the newest code says to do, and how to read more of it. Of one that no document explains
 * `marshal explain` knows no more; the agent's log may. */
static void of_code(struct remedy *r, enum error_space place, int64_t code)
{
	struct error_words words = error_in(place, code);
	char shown[ERROR_TEXT];

	memcpy(r->said, words.remedy, sizeof(r->said));
	r->text = r->said;
	if (words.of_family && place != ERRORS_IN_BACKUP)
		return;
	r->command = r->room;
	error_shown(code, shown);
	if (words.of_family) {
		snprintf(r->room, sizeof(r->room),
			 "Select-String -Context 3 -Pattern '%lld|%llX' -Path '" AGENT_FOLDER
			 "\\Temp\\CBEngine*.errlog'",
			 (long long)code, (unsigned long long)(uint32_t)code);
		return;
	}
	snprintf(r->room, sizeof(r->room), "marshal explain %.*s", (int)strcspn(shown, " "), shown);
}

static void of_wsb_job(const struct context *c, struct remedy *r)
{
	const json_t *fact = facts_value(c->facts, FACT_WSB);
	int64_t code = 0;

	if ((json_get_int(fact, "detailed_hresult", &code) && code != 0) ||
	    (json_get_int(fact, "hresult", &code) && code != 0))
		of_code(r, ERRORS_IN_WSB, code);
}

static void of_schedule(const struct context *c, struct remedy *r)
{
	const json_t *fact = facts_value(c->facts, FACT_AGENT_CONFIG);
	int64_t number = 0;

	if (has_no_policy(c) || bool_of(fact, "task_exists") == NO)
		use(r, "Schedule the backup in the agent's console: Schedule Backup under Actions.",
		    NULL);
	else if (bool_of(fact, "task_enabled") == NO)
		use(r, "Find out who disabled the task, then enable it.",
		    "Enable-ScheduledTask -TaskPath \\Microsoft\\OnlineBackup\\ -TaskName "
		    "Microsoft-OnlineBackup");
	else if (json_get_int(fact, "task_count", &number) && number > 1)
		r->text = "Delete the tasks that start a backup beside "
			  "\\Microsoft\\OnlineBackup\\Microsoft-OnlineBackup.";
	else if (json_get_int(fact, "task_result", &number) && is_task_failure(number))
		of_code(r, ERRORS_OF_TASK, number);
}

/* The service behind a writer, by the writer's name, which is in no language. */
static const struct { const char *writer, *command; } behind[] = {
	{ "SqlServerWriter", "Restart-Service SQLWriter" },
	{ "System Writer", "Restart-Service CryptSvc" },
	{ "WMI Writer", "Restart-Service Winmgmt -Force" },
	{ "IIS Config Writer", "Restart-Service AppHostSvc" },
	{ "IIS Metabase Writer", "Restart-Service IISADMIN -Force" },
	{ "Microsoft Exchange Writer", "Restart-Service MSExchangeIS" },
	{ "Microsoft Hyper-V VSS Writer", "Restart-Service vmms" },
	{ "BITS Writer", "Restart-Service BITS" },
	{ "DFS Replication service writer", "Restart-Service DFSR" },
	{ "Dhcp Jet Writer", "Restart-Service DHCPServer" },
	{ "MSSearch Service Writer", "Restart-Service WSearch" },
	{ "Task Scheduler Writer", "Restart-Service Schedule" },
	{ "Registry Writer", "Restart-Service VSS" },
	{ "COM+ REGDB Writer", "Restart-Service VSS" },
	{ "ASR Writer", "Restart-Service VSS" },
	{ "Shadow Copy Optimization Writer", "Restart-Service VSS" },
};

/* VSS_E_WRITERERROR_TIMEOUT */
#define WRITER_TIMED_OUT INT64_C(0x800423F2)

static void of_writers(const struct context *c, struct remedy *r)
{
	const json_t *list = json_get_arr(facts_value(c->facts, FACT_VSS_WRITERS), "list");
	size_t i;
	json_t *row;

	if (list && json_array_size(list) == 0) {
		use(r,
		    "None answers: restart COM+ Event System and Volume Shadow Copy, or the "
		    "server, then list them again.",
		    "Restart-Service EventSystem -Force; Restart-Service VSS; vssadmin list "
		    "writers");
		return;
	}
	if (lacks_system_writer(c, list)) {
		use(r,
		    "Restart Cryptographic Services, which run it. Where it stays away, look for "
		    "CAPI2 in the Application log: it names the file that could not be read.",
		    "Restart-Service CryptSvc");
		return;
	}
	json_array_foreach(list, i, row)
	{
		const char *name = json_get_str(row, "name");
		int64_t error = 0, state = 1;

		json_get_int(row, "error", &error);
		json_get_int(row, "state", &state);
		if (!name || (error == 0 && state < WRITER_FAILED))
			continue;
		if (error == WRITER_TIMED_OUT) {        /* the document has its own for that */
			use(r, checks[CHECK_WRITER_TIMEOUT].remedy, r->command);
			return;
		}
		for (size_t k = 0; k < ARRAY_LEN(behind); k++)
			if (text_casecmp(behind[k].writer, name) == 0) {
				r->command = behind[k].command;
				return;
			}
	}
}

static bool has_letter(const char *volume)
{
	return volume &&
	       strspn(volume, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") == 1 &&
	       volume[1] == ':';
}

/* Of a limit that is below what the policy asks for: enlarging it takes no copy away. */
static void enlarge(const struct context *c, struct remedy *r, const json_t *row)
{
	const char *of = json_get_str(row, "volume"), *on = json_get_str(row, "storage");

	if (!has_letter(of) || !has_letter(on))
		return;
	snprintf(r->room, sizeof(r->room),
		 "vssadmin resize shadowstorage /for=%c: /on=%c: /maxsize=%d%%", *of, *on,
		 c->policy->shadow_min_percent);
	r->command = r->room;
}

/* The limit of this volume (NULL: of any) that is too low; NULL: none is known to be. */
static const json_t *limit_of(const struct context *c, const char *volume)
{
	size_t i;
	json_t *row;

	json_array_foreach(json_get_arr(facts_value(c->facts, FACT_VSS_SHADOW_STORAGE), "list"), i,
			   row)
	{
		const char *of = json_get_str(row, "volume");

		if (is_limited(c, row) && (!volume || (of && strncasecmp(of, volume, 2) == 0)))
			return row;
	}
	return NULL;
}

/* Where the limit is not known to be too low, setting one could take copies away: look first. */
static void of_shadow_space(const struct context *c, struct remedy *r)
{
	const char *volume = json_get_str(facts_value(c->facts, FACT_EVENT_VOLSNAP), "volume");
	const json_t *row = volume ? limit_of(c, volume) : NULL;

	if (row) {
		enlarge(c, r, row);
	} else if (has_letter(volume)) {
		snprintf(r->room, sizeof(r->room), "vssadmin list shadowstorage /for=%c:", *volume);
		r->command = r->room;
	}
}

static void of_shadow_storage(const struct context *c, struct remedy *r)
{
	const json_t *row = limit_of(c, NULL);

	if (row)
		enlarge(c, r, row);
}

static void of_error(const struct context *c, struct remedy *r)
{
	int64_t failed, event, code;

	if (last_failure(c, &failed, &event, &code) != TOLD_TIME)
		return;
	if (code == OUTDATED_CODE && is_dpm(c))
		use(r,
		    "The agent is outdated: upgrade it with the latest (" NEWEST_AGENT
		    "), which on such a server is told by --include dpm, or by an update of DPM "
		    "or MABS. Coming from below " MINIMUM_SAID ", register the server again.",
		    ON_DPM);
	else if (code != 0)
		of_code(r, ERRORS_IN_BACKUP, code);
	else
		use(r,
		    "Look for the cause in the agent's console (Jobs; Job Details of the failed "
		    "job, tab Errors) and, at the time of the failure, in CBEngineCurr.errlog in "
		    "the agent's Temp folder: `marshal explain` reads their messages. Then run a "
		    "backup.",
		    "Get-Content -Tail 200 '" AGENT_FOLDER "\\Temp\\CBEngineCurr.errlog'");
}

static void of_running(const struct context *c, struct remedy *r)
{
	int64_t since;

	if (time_told(c, FACT_BACKUP_RUNNING, "since_utc_ms", AHEAD_NONE_MS, &since) != TOLD_TIME)
		return;
	switch (run_length(c, facts_find(c->facts, FACT_BACKUP_RUNNING)->utc_ms - since)) {
	case RUNS_AS_USUAL:
		r->text = "Wait for its end before you upgrade.";
		break;
	case RUNS_LONGER:
	case RUNS_FOR_DAYS:
		r->text = "Look in the agent's console (Jobs) whether it still goes on: a first "
			  "backup, or one of much new data, may. Where nothing moves any more it "
			  "does not end: stop and start obengine, then run a backup.";
		break;
	}
}

/* Why a backup that was due did not begin, or none is due. */
static void of_next(const struct context *c, struct remedy *r)
{
	const json_t *config = facts_value(c->facts, FACT_AGENT_CONFIG);
	const json_t *engine = facts_value(c->facts, FACT_SERVICE_OBENGINE);
	int64_t state = SERVICE_RUNNING, at;

	json_get_int(engine, "state", &state);
	if (bool_of(config, "task_exists") == NO || bool_of(config, "task_enabled") == NO)
		of_schedule(c, r);
	else if (bool_of(engine, "exists") == NO || state != SERVICE_RUNNING)
		use(r, "Nothing begins while obengine does not run: see service.obengine.", NULL);
	else if (time_told(c, FACT_BACKUP_NEXT, "next_utc_ms", TEN_YEARS_MS, &at) == TOLD_TIME)
		use(r,
		    "See whether the server was off then, and in the task's history why it did not "
		    "begin (the log Microsoft-Windows-TaskScheduler/Operational); then run a "
		    "backup.",
		    "schtasks /query /tn \\Microsoft\\OnlineBackup\\Microsoft-OnlineBackup /v");
}

static void of_last(const struct context *c, struct remedy *r)
{
	int64_t good;

	if (newest_failed(c) == TOLD_TIME)
		return;
	if (only_warned(c))
		use(r,
		    "Find which files it left out and why: LastBackupFailedFiles*.txt in the "
		    "agent's Temp folder has them, and so has the job in the agent's console "
		    "(Job Details, tab Errors). Mend that, or exclude them from the backup.",
		    "Get-Content '" AGENT_FOLDER "\\Temp\\LastBackupFailedFiles*.txt'");
	else if (last_good(c, &good) == TOLD_TIME)
		r->text = "Find out why the schedule started none (backup.schedule, backup.next), "
			  "then run a backup: in the agent's console Back up Now under Actions, or "
			  "by the command.";
	else
		r->text = "Schedule a backup in the agent's console, and run one: Back up Now "
			  "under Actions, or by the command.";
}

/* clang-format off */
static void (*const by_facts[CHECK_COUNT])(const struct context *c, struct remedy *r) = {
	[CHECK_IDENTITY] = of_identity,
	[CHECK_INSTALLED] = of_installed,
	[CHECK_VERSION] = of_version,
	[CHECK_TARGET] = of_upgrade,
	[CHECK_THRESHOLDS] = of_upgrade,
	[CHECK_REGISTRATION] = of_registration,
	[CHECK_NEWER_REQUIRED] = of_upgrade,
	[CHECK_OBENGINE] = of_obengine,
	[CHECK_MANAGEMENT_AGENT] = of_management_agent,
	[CHECK_RPCSS] = of_rpcss,
	[CHECK_EVENTSYSTEM] = of_eventsystem,
	[CHECK_SENS] = of_sens,
	[CHECK_VSS_SERVICE] = of_vss_service,
	[CHECK_SWPRV] = of_swprv,
	[CHECK_LOGIN] = of_login,
	[CHECK_ENDPOINTS] = of_endpoints,
	[CHECK_TLS12] = of_tls12,
	[CHECK_SCRATCH_LOCATION] = of_scratch,
	[CHECK_VOLUMES] = of_volumes,
	[CHECK_POWERSHELL] = of_powershell,
	[CHECK_WBJOB] = of_wbjob,
	[CHECK_WSB_JOB] = of_wsb_job,
	[CHECK_WRITERS] = of_writers,
	[CHECK_SHADOW_STORAGE] = of_shadow_storage,
	[CHECK_SHADOW_SPACE] = of_shadow_space,
	[CHECK_LAST] = of_last,
	[CHECK_SCHEDULE] = of_schedule,
	[CHECK_RUNNING] = of_running,
	[CHECK_NEXT] = of_next,
	[CHECK_ERROR] = of_error,
	[CHECK_LEFT_OVERS] = of_left_overs,
};
/* clang-format on */

bool check_remedy_differs(const struct check *check)
{
	return by_facts[check_id(check)] != NULL;
}

void check_remedy(const struct check *check, const struct context *c, const char *evidence,
		  struct remedy *out)
{
	*out = (struct remedy){ .text = check->remedy,
				.command = check->command,
				.evidence = evidence ? evidence : "" };
	if (by_facts[check_id(check)])
		by_facts[check_id(check)](c, out);
}
