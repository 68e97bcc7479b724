/* mix.c - the servers of the demo, those of a company with a head office and three branches: every
 * status, every check failing somewhere, every fault a host can have. Problems come together
 * as they do on real servers. The first rows come first; a larger fleet is filled up with healthy
 * ones. */
#include <stddef.h>

#include "tests/fleet/mix.h"

#define VERSION(v) "agent.version=" v, "agent.uninstall.0.version=" v, \
	"agent.uninstall.1.version=" v
#define NEWEST VERSION("2.0.9938.0")
#define SERVER_2016 "os.caption=Microsoft Windows Server 2016 Standard", \
	"os.version=10.0.14393", "os.build=14393"
#define SERVER_2022 "os.caption=Microsoft Windows Server 2022 Standard", \
	"os.version=10.0.20348", "os.build=20348"
#define NO_AGENT "agent.installed=false", "services.obengine.exists=false", \
	"services.OBRecoveryServicesManagementAgent.exists=false", "agent.uninstall=[]"
#define LONG_LABEL \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example"

/* clang-format off */
const struct sim_site demo_sites[] = {
	{ .name = "fra", .group = "frankfurt", .zone = "W. Europe Standard Time" },
	{ .name = "muc", .group = "munich", .zone = "W. Europe Standard Time", .state = { "os.language=de-DE" } },
	{ .name = "ams", .group = "amsterdam", .zone = "W. Europe Standard Time" },
	{ .name = "osa", .group = "osaka", .zone = "Tokyo Standard Time", .state = { "os.language=ja-JP",
		"clock.zone=Tokyo Standard Time", "clock.offset_minutes=540" }, .winrm = true },
	{ .name = NULL }
};

const struct sim_kind demo_kinds[] = {
	/* to upgrade: these come through */
	{ .name = "outdated", .role = "file", .site = "fra", .group = "pilot" },
	{ .name = "outdated-console", .role = "web", .site = "muc", .group = "pilot", .state = {
		SERVER_2016, "consoles=[{\"pid\":5120,\"user\":\"CORP\\\\m.weber\",\"session\":2,"
		"\"leaves_ms\":1500}]" } },
	{ .name = "outdated-core", .role = "dc", .site = "ams", .group = "pilot", .state = {
		"os.installation_type=Server Core", "os.product_type=2", VERSION("2.0.9050.0") } },
	/* of these two fail, and the last is never begun: hosts go by name */
	{ .name = "outdated", .role = "app", .site = "ams", .group = "second-wave" },
	{ .name = "installer-1603", .role = "dc", .site = "fra", .group = "second-wave", .state = {
		"install.exit=1603", "install.seconds=1", "os.product_type=2" } },
	{ .name = "installer-1618", .role = "file", .site = "muc", .group = "second-wave",
	  .state = { "install.exit=1618" } },
	{ .name = "outdated", .role = "web", .site = "osa", .group = "second-wave" },
	/* nothing to do here */
	{ .name = "compliant", .role = "file", .site = "fra", .state = { NEWEST } },
	/* installed by an image, and nobody went on */
	{ .name = "never-registered", .role = "sql", .site = "osa", .state = { NEWEST, SERVER_2022,
		"faults.all=banner,progress-noise", "agent.registered=false",
		"agent.task_exists=false", "agent.task_count=0", "agent.encryption_set=false",
		"backup.last_utc_ms=null", "backup.last_event=null", "backup.next_utc_ms=null",
		"ob.policy=null", "ob.jobs=[]" } },
	/* statuses */
	/* with what a run of a database that is gone left there */
	{ .name = "behind", .role = "web", .site = "fra", .state = { VERSION("2.0.9177.0"),
		"folders={\"marshal-20260914-7c1e-0123456789abcdef\":{\"run\":\"20260914-7c1e\","
		"\"owner\":\"Administrators\",\"inherited\":false,\"made_utc_ms\":\"now-70d\"}}",
		"tasks={\"\\\\marshal\\\\install-20260914-7c1e\":{\"account\":\"SYSTEM\","
		"\"at_boot\":false,\"due_utc_ms\":null,\"begun_utc_ms\":null}}" } },
	{ .name = "skipped", .role = "app", .site = "fra", .vars = "marshal_skip: true" },
	{ .name = "mars-none", .role = "web", .site = "ams", .vars = "marshal_mars: none" },
	{ .name = "optional-absent", .role = "app", .site = "fra", .vars = "marshal_mars: optional",
	  .state = { NO_AGENT } },
	{ .name = "not-installed", .role = "app", .site = "muc", .state = { NO_AGENT } },
	{ .name = "undetermined", .role = "web", .site = "fra", .state = { NEWEST,
		"identity.admin=false", "faults.fact.scratch=access-denied", "faults.fact.dotnet=time-limit" } },
	{ .name = "dpm", .role = "backup", .site = "fra", .state = { "kind=dpm",
		"dpm_version=10.22.148.0", "agent.module=false", "agent.module_on_path=false" } },
	{ .name = "mabs-version-unreadable", .role = "backup", .site = "fra", .state = {
		"kind=mabs", "dpm_version=14.0.42.0", "agent.module=false",
		"agent.module_on_path=false", "agent.version=null" } },
	/* somebody tidied up the services */
	{ .name = "services-off", .role = "sql", .site = "fra", .state = { NEWEST,
		"services.obengine.state=Stopped", "services.obengine.start=Disabled",
		"services.OBRecoveryServicesManagementAgent.state=Stopped",
		"services.RpcSs.start=Manual", "services.EventSystem.state=Stopped",
		"services.SENS.state=Stopped", "services.SENS.start=Disabled",
		"services.VSS.start=Disabled", "services.swprv.start=Disabled" } },
	/* a new proxy, which only some were told of */
	{ .name = "proxy-changed", .role = "sql", .site = "muc", .state = { NEWEST,
		"network.proxies={\"agent\":\"proxy01:8080\",\"system\":\"proxy01:8080\","
		"\"winhttp\":\"proxy02:3128\"}",
		"network.login={\"*\":{\"status\":403}}", "tls.schannel_enabled=0" } },
	/* the scratch folder was moved to a disk that nobody looked at */
	{ .name = "scratch-moved", .role = "file", .site = "muc", .state = { NEWEST,
		"scratch.config=D:\\Scratch", "scratch.attributes=2064", "scratch.kek_exists=false",
		"volumes.C:.free_bytes=19327352832", "clock.skew_ms=1500000",
		"volumes.D:={\"size_bytes\":32212254720,\"free_bytes\":1288490188,\"drive_type\":2,"
		"\"file_system\":\"exFAT\",\"locked\":true,\"deduplicated\":false,"
		"\"read_only\":false}", "ob.policy.volumes=[\"C:\",\"D:\"]",
		"files.C:=[{\"path\":\"Shares\",\"attributes\":16},"
		"{\"path\":\"Shares\\\\OneDrive\",\"attributes\":4199440},"
		"{\"path\":\"Shares\\\\plans\",\"attributes\":1040}]" } },
	/* nobody has cared for years, and Site Recovery brought an agent of its own */
	{ .name = "asr-neglected", .role = "app", .site = "osa", .state = {
		"agent.version=2.0.9932.0", "kind=asr", "dotnet.release=378758",
		"os.caption=Microsoft Windows Server 2012 R2 Standard", "os.version=6.3.9600",
		"os.build=9600", "powershell.version=\"4.0\"", "powershell.execution_policy=Restricted",
		"agent.module_on_path=false", "updates.newest_utc_ms=now-400d",
		"updates.newest=KB5001382", "reboot.servicing=true", "reboot.renames=14",
		"clock.zone=UTC", "clock.offset_minutes=0", "clock.skew_ms=420000" } },
	/* in Azure, and a backup runs right now */
	{ .name = "azure-vm-busy", .role = "web", .site = "ams", .state = {
		"machine={\"manufacturer\":\"Microsoft Corporation\",\"model\":\"Virtual Machine\","
		"\"asset_tag\":\"7783-7084-3265-9085-8269-3286-77\"}", SERVER_2022,
		"backup.running=true", "backup.source=ob-job", "backup.since_utc_ms=now-20m" } },
	/* every snapshot fails */
	{ .name = "snapshots-fail", .role = "sql", .site = "fra", .state = { NEWEST,
		"vss.writers.2.state=9", "vss.writers.2.error=2147754994",
		"vss.shadow_storage.0.max_bytes=1073741824", "events.vss_timeout_utc_ms=now-90m",
		"interference.services=[{\"name\":\"VeeamEndpointBackupSvc\",\"start\":2}]",
		"interference.providers=[{\"id\":\"{0001}\",\"name\":\"ACME Provider\"}]",
		"events.volsnap_utc_ms=now-80m", "events.volsnap_event=36",
		"events.volsnap_volume=D:",
		"events.efi_locked_utc_ms=now-70m", "backup.last_utc_ms=now-4d",
		"backup.failed_utc_ms=now-1h", "backup.failed_event=11", "backup.error=100034",
		"agent.task_result=1", "ob.jobs=[{\"type\":\"Backup\",\"state\":\"Failed\","
		"\"error\":100034,\"begun_utc_ms\":\"now-2h\",\"ended_utc_ms\":\"now-1h\","
		"\"protected_bytes\":null}]", "wsb.last={\"type\":\"Backup\",\"state\":\"Completed\","
		"\"hresult\":2147754994,\"begun_utc_ms\":\"now-2h\",\"ended_utc_ms\":\"now-1h\"}" } },
	/* another server than the inventory thinks; it lost its policy, and the service asks for a
	 * newer agent than it has */
	{ .name = "schedule-lost", .role = "file", .site = "osa", .group = "second-wave", .state = {
		"name=OTHER99", VERSION("2.0.9249.0"), "events.newer_required_utc_ms=now-2d",
		"agent.encryption_set=false", "agent.task_enabled=false", "agent.task_starts=null", "backup.next_utc_ms=null",
		"ob.policy.next_files_utc_ms=null", "ob.policy.next_system_state_utc_ms=null",
		"backup.last_utc_ms=now-12d", "ob.jobs=[]",
		"features.windows_server_backup=Available", "wsb.last=null" } },
	/* hardened, and seeded offline from an old system */
	{ .name = "hardened-offline", .role = "dc", .site = "muc",
	  .vars = "marshal_offline: source", .state = { NEWEST, "os.product_type=2",
		"os.caption=Microsoft Windows Server 2008 R2 Standard", "os.version=6.1.7601",
		"os.build=7601", "powershell.version=\"3.0\"", "tls.schannel_enabled=1",
		"tls.schannel_disabled_by_default=0", "ob.policy.offline=true",
		"antivirus.exclusions=[]", "antivirus.filters=[{\"name\":\"WdFilter\","
		"\"altitude\":\"328010\"},{\"name\":\"SophosED\",\"altitude\":\"326100\"}]",
		"svi.full_control=false" } },
	/* faults before a server speaks */
	{ .name = "refused", .role = "app", .site = "osa", .port = PORT_REFUSED },
	{ .name = "no-answer", .role = "file", .site = "ams", .port = PORT_SILENT },
	{ .name = "not-ssh", .role = "web", .site = "muc", .port = PORT_TALKER },
	{ .name = "throttled", .role = "sql", .site = "ams", .port = PORT_THROTTLED },
	{ .name = "no-common-algorithm", .role = "dc", .site = "osa", .port = PORT_ALGORITHMS },
	{ .name = "host-key-changed", .role = "file", .site = "fra", .port = PORT_OTHER_KEY },
	{ .name = "host-key-unknown", .role = "app", .site = "muc", .sign_in = NOT_KNOWN },
	{ .name = "name-not-found", .role = "web", .site = "osa",
	  .vars = "ansible_host: " LONG_LABEL },
	{ .name = "unsupported-transport", .role = "sql", .site = "muc",
	  .vars = "ansible_connection: winrm" },
	{ .name = "unresolved-variable", .role = "file", .site = "muc",
	  .vars = "ansible_user: '{{ windows_admin }}'" },
	/* faults at the door */
	{ .name = "sign-in-rejected", .role = "file", .site = "ams", .sign_in = NO_KEY_ALLOWED },
	{ .name = "channel-refused", .role = "web", .site = "fra", .sign_in = NO_SESSIONS },
	{ .name = "no-usable-key", .role = "app", .site = "fra",
	  .vars = "ansible_ssh_private_key_file: id_that_is_not_there" },
	{ .name = "stale-credential", .role = "dc", .site = "fra", .vars = "ansible_user: retired" },
	{ .name = "stale-credential", .role = "dc", .site = "fra", .vars = "ansible_user: retired" },
	{ .name = "stale-credential", .role = "dc", .site = "osa", .vars = "ansible_user: retired" },
	/* faults of what answers */
	{ .name = "no-powershell", .role = "web", .site = "ams",
	  .state = { "faults.all=no-powershell" } },
	{ .name = "constrained-language", .role = "app", .site = "fra", .state = {
		"powershell.language_mode=ConstrainedLanguage" } },
	{ .name = "blocked-by-security", .role = "file", .site = "muc",
	  .state = { "faults.all=blocked" } },
	{ .name = "access-denied", .role = "sql", .site = "osa",
	  .state = { "faults.all=access-denied" } },
	{ .name = "program-failed", .role = "web", .site = "muc", .state = { "faults.all=refuse" } },
	{ .name = "connection-lost", .role = "app", .site = "ams", .state = { "faults.all=drop" } },
	{ .name = "wrong-answer", .role = "file", .site = "osa", .state = { "faults.all=garbage" } },
	{ .name = "too-much-output", .role = "sql", .site = "ams", .state = { "faults.all=flood" } },
	{ .name = "time-limit", .role = "dc", .site = "muc", .state = { "faults.all=hang" } },
	{ .name = NULL }
};
/* clang-format on */
