/* test_remedies.c - a remedy fits what was found: one row a reason, and the catalogue's own words
 * where the reason makes no difference. */
#include "../unit.h"

#include <string.h>

#include "base/mem.h"
#include "verdicts.h"

#define GONE "exists=false;state=null;start=null"
#define SERVICE(name, state, start) \
	"services", "list=[{'name':'" name "','exists':true,'state':" state ",'start':" start "}]"
#define NO_SERVICE(name) \
	"services", "list=[{'name':'" name "','exists':false,'state':null,'start':null}]"
#define NO_BACKUP "backup.last", "completed_utc_ms=null;event=null", "backup.last-job", LEFT_OUT
#define WITH_WARNINGS "backup.last", "completed_utc_ms=1699990000000;event=10"
#define OLD_WITH_WARNINGS \
	"backup.last", "completed_utc_ms=1679990000000;event=10", "backup.last-job", LEFT_OUT
#define DPM "server-kind", "kind='dpm'"
#define WRITER(name) \
	"vss.writers", "list=[{'id':'x','name':'" name "','state':8,'error':2147754996}]"

#define ASKED(results) "results=[" results "]"
#define CLOSED "{'host':'a.example','open':false,'status':null,'error':'connect','issuer':null}"
#define INSPECTED "{'host':'b.example','open':true,'status':200,'error':null,'issuer':'CN=Proxy'}"
/* Longer than any before it, or not. */
#define STUCK_SINCE "it is stopping; as it was 2023-11-14T22:03:20Z: stuck"
#define RUNS_SINCE(utc_ms) "backup.running", "running=true;since_utc_ms=" utc_ms
#define LONGEST "backup.last-job", "longest_ms=7200000"
#define PAST_DUE "backup.next", "next_utc_ms=1699990000000"

/* clang-format off */
static const struct {
	enum check_id check;
	const char *text, *command;     /* parts of them; command NULL: none; "": the catalogue's */
	const char *change[6];
} rows[] = {
	{ CHECK_INSTALLED, "Install the latest MARS agent", NULL, { "agent", "installed=false" } },
	{ CHECK_INSTALLED, "remove the key", NULL, { "agent", "exe_path=null;exe_version=null", "service.obengine", GONE } },
	{ CHECK_VERSION, "Download the latest agent", "", { "agent", "exe_version='2.0.9070.0'" } },
	{ CHECK_VERSION, "damaged", "", { "agent", "exe_version=null" } },
	{ CHECK_VERSION, "damaged", "", { "agent", "exe_version='0.0.0.0'" } },
	{ CHECK_VERSION, "Download", "--include dpm", { "agent", "exe_version='2.0.9070.0'", DPM } },
	{ CHECK_TARGET, "Plan", "--include dpm", { DPM } },
	{ CHECK_REGISTRATION, "and where it fails: uninstall the agent on the server, delete the server in the portal", NULL, { NULL } },
	{ CHECK_REGISTRATION, "the same passphrase that it was first registered with", NULL, { NULL } },
	{ CHECK_REGISTRATION, "takes the same passphrase; uninstall its agent and delete it in the portal first", NULL,
	  { "agent-config", "registered=false" } },
	{ CHECK_PASSPHRASE, "the same passphrase as the server was first registered with", "", { NULL } },
	{ CHECK_WSB_FEATURE, "Server Manager: Add roles and features; Installation Type, Next; select the server, Next; leave the roles as they "
	  "are, Next; select Windows Server Backup under Features, Next; Install under Confirmation; Results then says that it succeeded.",
	  "", { NULL } },
	{ CHECK_REGISTRATION, "keep its passphrase outside", NULL, { "agent-config", "registered=false" } },
	{ CHECK_OBENGINE, "try the backup again", "net start obengine", { "service.obengine", "state=1" } },
	{ CHECK_OBENGINE, "the agent is damaged. Run the installer", NULL, { "service.obengine", GONE } },
	{ CHECK_OBENGINE, "who disabled it", "Automatic; Start-Service obengine", { "service.obengine", "state=1;start=4" } },
	{ CHECK_OBENGINE, "gone after the next start", "-StartupType Automatic", { "service.obengine", "start=4" } },
	{ CHECK_OBENGINE, "paused", "Resume-Service obengine", { "service.obengine", "state=7" } },
	{ CHECK_OBENGINE, "ten minutes", "marshal scan HOST", { "service.obengine", "state=3" } },
	{ CHECK_MANAGEMENT_AGENT, "old agents have none", NULL, { "service.management-agent", GONE } },
	{ CHECK_MANAGEMENT_AGENT, "start type to Automatic", NULL, { "service.management-agent", "state=1;start=4" } },
	{ CHECK_MANAGEMENT_AGENT, "Restart it", "", { "service.management-agent", "state=1" } },
	{ CHECK_RPCSS, "Restart the server", NULL, { SERVICE("RpcSs", "1", "2") } },
	{ CHECK_RPCSS, "a part of Windows", "sfc /scannow", { NO_SERVICE("RpcSs") } },
	{ CHECK_RPCSS, "may be gone", "Set-Service RpcSs -StartupType Automatic", { SERVICE("RpcSs", "4", "3") } },
	{ CHECK_EVENTSYSTEM, "who stopped it", "Start-Service EventSystem", { SERVICE("EventSystem", "1", "2") } },
	{ CHECK_EVENTSYSTEM, "Set the documented start type and start it", "Set-Service EventSystem", { SERVICE("EventSystem", "1", "4") } },
	{ CHECK_SENS, "who stopped it", "Start-Service SENS", { SERVICE("SENS", "1", "2") } },
	{ CHECK_SENS, "ten minutes", "marshal scan HOST", { SERVICE("SENS", "2", "2") } },
	{ CHECK_VSS_SERVICE, "Set the documented start type", "Set-Service VSS", { SERVICE("VSS", "1", "4") } },
	{ CHECK_VSS_SERVICE, "a part of Windows", "sfc", { NO_SERVICE("VSS") } },
	{ CHECK_SWPRV, "Set the documented start type", "Set-Service swprv", { SERVICE("swprv", "1", "2") } },
	{ CHECK_TLS12, "in SChannel (below", NULL, { "tls", "schannel_enabled=0" } },
	{ CHECK_TLS12, "in SChannel (below", NULL, { "tls", "schannel_disabled_by_default=1" } },
	{ CHECK_TLS12, "SchUseStrongCrypto", NULL, { "tls", "net64_strong_crypto=0" } },
	{ CHECK_SCRATCH_LOCATION, "Set both ScratchLocation values to the folder that is there", NULL, { "scratch", "provider='D:\\\\T'" } },
	{ CHECK_SCRATCH_LOCATION, "Bring the folder", NULL, { "scratch", "exists=false;kek_exists=null" } },
	{ CHECK_SCRATCH_LOCATION, "Find OnlineBackup.KEK", "-EncryptionPassphrase", { "scratch", "kek_exists=false" } },
	{ CHECK_SCRATCH_LOCATION, "value that is missing", NULL, { "scratch", "provider=null" } },
	{ CHECK_SCRATCH_LOCATION, "Move the scratch folder", NULL, { "scratch", "drive_type=2" } },
	{ CHECK_VOLUMES, "Unlock", "manage-bde", { "volumes", "list=[{'name':'C:\\\\','locked':true}]" } },
	{ CHECK_VOLUMES, "writable", NULL, { "volumes", "list=[{'name':'C:\\\\','read_only':true}]" } },
	{ CHECK_VOLUMES, "Bring the volume back", NULL, { "volumes", "list=[]" } },
	{ CHECK_VOLUMES, "NTFS on fixed disks", NULL, { "volumes", "list=[{'name':'C:\\\\','file_system':'ReFS'}]" } },
	{ CHECK_POWERSHELL, "Windows Management Framework", NULL, { "powershell", "version='2.0'" } },
	{ CHECK_POWERSHELL, "group policy", "gpresult", { "powershell", "execution_policy='Restricted';policy_source='group-policy'" } },
	{ CHECK_POWERSHELL, "RemoteSigned", "Set-ExecutionPolicy", { "powershell", "execution_policy='Restricted'" } },
	{ CHECK_POWERSHELL, "module is not there", NULL, { "powershell", "agent_module=false" } },
	{ CHECK_POWERSHELL, "PSModulePath", NULL, { "powershell", "module_on_path=false" } },
	{ CHECK_WBJOB, "again", "Uninstall-WindowsFeature Windows-Server-Backup; Install", { "wsb", "cmdlet=false" } },
	{ CHECK_WBJOB, "Install the feature", "Install-WindowsFeature -Name", { "features", "windows_server_backup='Available'" } },
	{ CHECK_POWERSHELL, "ConstrainedLanguage", NULL, { "powershell", "language_mode='ConstrainedLanguage'" } },
	/* a locked volume that the policy does not name is none of it */
	{ CHECK_VOLUMES, "Bring the volume back", "", { "backup.policy", "volumes=[{'name':'D:\\\\'}]", "volumes",
	  "list=[{'name':'C:\\\\','locked':true},{'name':'E:\\\\','locked':true}]" } },
	{ CHECK_VOLUMES, "Unlock the volume", "manage-bde", { "backup.policy", "volumes=[{'name':'D:\\\\'}]", "volumes",
	  "list=[{'name':'C:\\\\','locked':false},{'name':'D:\\\\','locked':true}]" } },
	{ CHECK_WSB_JOB, "Follow the error", "marshal test wsb HOST", { "wsb", "state='Failed'" } },
	{ CHECK_WSB_JOB, "CPU and memory", "marshal explain 0x800423F2", { "wsb", "hresult=2147754994" } },
	/* the very code where `marshal explain` knows it, and nothing of the kind where it does not */
	{ CHECK_WSB_JOB, "restart the program", "marshal explain 0x80070718", { "wsb", "hresult=2147944216" } },
	{ CHECK_WSB_JOB, "`net helpmsg 5119`, on any Windows, has its text.", "", { "wsb", "hresult=2147947519" } },
	{ CHECK_ERROR, "`net helpmsg 5119`", "Select-String", { "backup.last", "failed_utc_ms=1699995000000;failed_event=11;error=2147947519" } },
	{ CHECK_ERROR, "restart the service or program", "marshal explain 0x80070006",
	  { "backup.last", "failed_utc_ms=1699995000000;failed_event=11;error=2147942406" } },
	{ CHECK_SCHEDULE, "`net helpmsg 5119`", "", { "agent-config", "task_result=2147947519" } },
	{ CHECK_WSB_JOB, "ImagePath", "marshal explain 0x8007007B", { "wsb", "hresult=2155348041;detailed_hresult=2147942523" } },
	{ CHECK_WRITERS, "Restart the service behind", "Restart-Service SQLWriter", { WRITER("SqlServerWriter") } },
	{ CHECK_WRITERS, "Restart the service behind", "vssadmin list writers", { WRITER("Of Another") } },
	{ CHECK_WRITERS, "Wait until CPU and memory", "vssadmin list writers",
	  { "vss.writers", "list=[{'id':'x','name':'SqlServerWriter','state':9,'error':2147754994}]" } },
	{ CHECK_WRITERS, "CAPI2", "CryptSvc", { WRITER("x"), "backup.policy", "system_state=true" } },
	{ CHECK_WRITERS, "None answers", "Restart-Service EventSystem", { "vss.writers", "list=[]", "backup.policy", "system_state=true" } },
	{ CHECK_SHADOW_STORAGE, "Enlarge", "/for=C: /on=E: /maxsize=10%",
	  { "vss.shadow-storage", "list=[{'volume':'C:\\\\','storage':'E:\\\\','size_bytes':100,'max_bytes':1}]" } },
	{ CHECK_SHADOW_STORAGE, "Enlarge", "/for=X: ", { "vss.shadow-storage", "list=[{'volume':'\\\\\\\\?\\\\Volume{1}','size_bytes':100,'max_bytes':1}]" } },
	{ CHECK_SHADOW_SPACE, "that the event names", "vssadmin list shadowstorage", { "event.volsnap", "event=25" } },
	/* without a limit that is too low, to set one could take copies away */
	{ CHECK_SHADOW_SPACE, "that the event names", "vssadmin list shadowstorage /for=D:", { "event.volsnap", "event=25;volume='D:'" } },
	{ CHECK_SHADOW_SPACE, "that the event names", "/for=D: /on=D: /maxsize=10%", { "event.volsnap", "event=25;volume='D:'",
	  "vss.shadow-storage", "list=[{'volume':'D:\\\\','storage':'D:\\\\','size_bytes':100,'max_bytes':1}]" } },
	{ CHECK_SHADOW_SPACE, "that the event names", "vssadmin list shadowstorage", { "event.volsnap", "event=25;volume='D&del'" } },
	{ CHECK_LAST, "Look at backup.error", "Start-OBBackup", { "backup.last", "failed_utc_ms=1699995000000;failed_event=11;error=100034" } },
	{ CHECK_LAST, "why the schedule started none", "Start-OBBackup", { NULL } },
	/* a failure that a good backup came after is no reason */
	{ CHECK_LAST, "why the schedule started none", "Start-OBBackup", { "backup.last", "failed_utc_ms=1699900000000;failed_event=11;error=100034" } },
	{ CHECK_LAST, "which files it left out", "LastBackupFailedFiles*.txt'", { WITH_WARNINGS } },
	/* too old besides: that comes first */
	{ CHECK_LAST, "why the schedule started none", "Start-OBBackup", { OLD_WITH_WARNINGS } },
	{ CHECK_LAST, "Schedule a backup in the agent's console, and run one: Back up Now", "Start-OBBackup", { NO_BACKUP } },
	{ CHECK_SCHEDULE, "Schedule Backup under Actions", NULL, { "agent-config", "task_exists=false;task_enabled=null" } },
	{ CHECK_SCHEDULE, "Schedule Backup under Actions", NULL,
	  { "backup.policy", "files=false;system_state=false;volumes=[]" } },
	{ CHECK_SCHEDULE, "who disabled the task", "Enable-ScheduledTask", { "agent-config", "task_enabled=false" } },
	{ CHECK_SCHEDULE, "Delete the tasks", "schtasks", { "agent-config", "task_count=2" } },
	{ CHECK_SCHEDULE, "Set the task's account to SYSTEM", "marshal explain 0x80041310", { "agent-config", "task_result=2147750672" } },
	{ CHECK_SCHEDULE, "Enable the task and have it run as SYSTEM", "schtasks", { "agent-config", "task_sid='S-1-5-21-1'" } },
	{ CHECK_ERROR, "SWPRV", "marshal explain 0x186C2", { "backup.last", "failed_utc_ms=1699995000000;failed_event=11;error=100034" } },
	{ CHECK_ERROR, "Look for it in CBEngineCurr.errlog", "-Pattern '100095|186FF' -Path 'C:\\Program",
	  { "backup.last", "failed_utc_ms=1699995000000;failed_event=11;error=100095" } },
	{ CHECK_ERROR, "volsnap in the System log", "-Pattern '2147755178|800424AA'",
	  { "backup.last", "failed_utc_ms=1699995000000;failed_event=11;error=2147755178" } },
	{ CHECK_ERROR, "tab Errors", "Get-Content -Tail 200", { "backup.last", "failed_utc_ms=1699995000000;failed_event=11;error=null" } },
	{ CHECK_ERROR, "upgrade with it, `marshal explain update`", "marshal explain 0x1FBD3",
	  { "backup.last", "failed_utc_ms=1699995000000;failed_event=11;error=130003" } },
	{ CHECK_ERROR, "told by --include dpm", "marshal upgrade HOST --installer MARSAgentInstaller.exe --include dpm",
	  { "backup.last", "failed_utc_ms=1699995000000;failed_event=11;error=130003", "server-kind", "kind='mabs'" } },
	{ CHECK_ERROR, "Follow the evidence", NULL, { NULL } },
	{ CHECK_LOGIN, "Let the firewall and the proxy", NULL, { "network.login", ASKED(CLOSED "," INSPECTED) } },
	{ CHECK_LOGIN, "Let the firewall and the proxy", NULL, { NULL } },
	{ CHECK_LOGIN, "from inspection", NULL, { "network.login", ASKED(INSPECTED) } },
	{ CHECK_ENDPOINTS, "from inspection", NULL, { "network.endpoints", ASKED(INSPECTED) } },
	{ CHECK_ENDPOINTS, "hosts that the evidence names", NULL, { "network.endpoints", ASKED(CLOSED) } },
	{ CHECK_RUNNING, "Wait for its end before you upgrade.", "Get-OBJob", { RUNS_SINCE("1699996400000"), LONGEST } },
	{ CHECK_RUNNING, "whether it still goes on", "Get-OBJob", { RUNS_SINCE("1699992799999"), LONGEST } },
	{ CHECK_RUNNING, "whether it still goes on", "Get-OBJob", { RUNS_SINCE("1699827199999"), "backup.last-job", LEFT_OUT } },
	{ CHECK_RUNNING, "Wait for its end before you upgrade. One that is stuck", "Get-OBJob", { "backup.running", "running=true;since_utc_ms=null" } },
	{ CHECK_NEXT, "Set a schedule", "Get-OBSchedule", { "backup.next", "next_utc_ms=null" } },
	{ CHECK_NEXT, "why it did not begin", "schtasks /query", { PAST_DUE } },
	{ CHECK_NEXT, "who disabled the task", "Enable-ScheduledTask", { PAST_DUE, "agent-config", "task_enabled=false", "service.obengine", "state=1" } },
	{ CHECK_NEXT, "Schedule Backup under Actions", NULL, { PAST_DUE, "agent-config", "task_exists=false" } },
	{ CHECK_NEXT, "while obengine does not run", NULL, { PAST_DUE, "service.obengine", "state=1" } },
	{ CHECK_NEXT, "while obengine does not run", NULL, { PAST_DUE, "service.obengine", GONE } },
	{ CHECK_EFI_LOCKED, "ask its vendor to allow the MARS agent. Where other backup software does, wait", NULL, { NULL } },
	{ CHECK_WRITER_TIMEOUT, "uses the writer, wait for its end, and run the backup when no other runs", "", { NULL } },
	{ CHECK_WRITER_TIMEOUT, "CPU and memory of the server are free, or end the processes", "", { NULL } },
	{ CHECK_SVI, "full control", "icacls", { NULL } },
	{ CHECK_WSB_FEATURE, "Server Manager", "Install-WindowsFeature -Name Windows-Server-Backup", { NULL } },
};
/* clang-format on */

START_TEST(a_remedy_fits_what_was_found)
{
	const struct check *check = &checks[rows[_i].check];
	const char *command =
		rows[_i].command && !*rows[_i].command ? check->command : rows[_i].command;
	struct policy policy;
	struct facts facts;
	struct remedy r;

	policy_default(&policy);
	row_facts(rows[_i].change, &facts);
	check_remedy(check, &(struct context){ .facts = &facts, .policy = &policy }, NULL, &r);
	ck_assert_msg(strstr(r.text, rows[_i].text) != NULL, "%s: '%s' instead of '%s'", check->id,
		      r.text, rows[_i].text);
	ck_assert_msg((r.command != NULL) == (command != NULL) &&
			      (!command || strstr(r.command, command)),
		      "%s: '%s' instead of '%s'", check->id, r.command ? r.command : "none",
		      command ? command : "none");
	facts_release(&facts);
}
END_TEST

/* Since when a service starts or stops, and what is wrong with who answered, only that knows. */
START_TEST(a_remedy_fits_the_evidence)
{
	static const struct {
		enum check_id check;
		const char *change[6];
		const char *evidence, *text, *command;
	} of[] = {
		{ CHECK_OBENGINE,
		  { "service.obengine", "state=3" },
		  STUCK_SINCE,
		  "Do not end cbengine.exe",
		  "Restart-Service obengine" },
		{ CHECK_SENS,
		  { SERVICE("SENS", "2", "2") },
		  STUCK_SINCE,
		  "restart the server",
		  NULL },
		{ CHECK_IDENTITY,
		  { NULL },
		  "it calls itself another machine than before, the inventory expects app05",
		  "marshal_computer_name",
		  NULL },
		{ CHECK_IDENTITY,
		  { NULL },
		  "another machine than before, since 2023-11-14; it calls itself OTHER99, the "
		  "inventory expects app05",
		  "exchanged or installed anew",
		  "marshal scan --accept-changed HOST" },
		{ CHECK_IDENTITY,
		  { NULL },
		  "it is APP05; it is the same server as app04",
		  "Take one of the two names out",
		  NULL },
		{ CHECK_IDENTITY,
		  { NULL },
		  "it is APP05; who answered is not known: fewer than two",
		  "why the server does not tell",
		  "marshal show --all HOST" },
		{ CHECK_LOGIN,
		  { NULL },
		  "marshal_cloud is the German cloud, closed",
		  "a vault of another cloud",
		  NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(of); i++) {
		struct facts facts;
		struct remedy r;

		row_facts(of[i].change, &facts);
		check_remedy(&checks[of[i].check], &(struct context){ .facts = &facts },
			     of[i].evidence, &r);
		ck_assert_msg(strstr(r.text, of[i].text) != NULL, "'%s'", r.text);
		ck_assert_str_eq(r.command ? r.command : "none",
				 of[i].command ? of[i].command : "none");
		facts_release(&facts);
	}
}
END_TEST

/* Also of a server that told nothing. */
START_TEST(every_check_has_one)
{
	struct policy policy;
	struct facts facts;
	struct remedy r;

	facts_init(&facts);
	policy_default(&policy);
	check_remedy(&checks[_i], &(struct context){ .facts = &facts, .policy = &policy }, NULL,
		     &r);
	ck_assert_ptr_nonnull(r.text);
	ck_assert(!checks[_i].command || strlen(checks[_i].command) < REMEDY_COMMAND);
	facts_release(&facts);
}
END_TEST

UNIT_SUITE(remedies)
{
	Suite *s = suite_create("remedies");
	TCase *tc = tcase_create("remedies");

	tcase_add_loop_test(tc, a_remedy_fits_what_was_found, 0, ARRAY_LEN(rows));
	tcase_add_test(tc, a_remedy_fits_the_evidence);
	tcase_add_loop_test(tc, every_check_has_one, 0, CHECK_COUNT);
	suite_add_tcase(s, tc);
	return s;
}
