/* default.c - a healthy server with an agent that is too old: what every other one differs from.
 * Written as JSON with ' for ", its times as people say them: last night's backup ended well, the
 * next one is due tonight. STATE.md says what each member means. */
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/json.h"
#include "base/mem.h"
#include "tests/fleet/state.h"

#define AGENT "C:\\\\Program Files\\\\Microsoft Azure Recovery Services Agent"
#define TAKES "'exists': true, 'stop_ms': 150, 'start_ms': 200, "
#define DEMAND TAKES "'state': 1, 'start': 3, 'pid': null"
#define RUNNING TAKES "'state': 4, 'start': 2, 'pid': 4242"
#define WRITER(id, name) "{'id': '" id "', 'name': '" name "', 'state': 1, 'error': null}"
#define JOB(begun, ended) "{'type': 'Backup', 'state': 'Completed', 'error': null, " \
	"'begun_utc_ms': '" begun "', 'ended_utc_ms': '" ended "', 'protected_bytes': 51539607552}"

/* clang-format off */
static const char system_members[] = "{"
	"'os': {'caption': 'Microsoft Windows Server 2019 Standard', 'version': '10.0.17763',"
		"'build': 17763, 'installation_type': 'Server', 'product_type': 3,"
		"'language': 'en-US', 'boot_utc_ms': 'now-200h', 'uptime_offset_ms': 0},"
	"'machine': {'manufacturer': 'VMware, Inc.', 'model': 'VMware7,1',"
		"'asset_tag': 'No Asset Tag', 'uuid': null, 'guid': null, 'sid': null},"
	"'powershell': {'version': '5.1.17763.1', 'edition': 'Desktop',"
		"'language_mode': 'FullLanguage', 'execution_policy': 'RemoteSigned',"
		"'policy_source': 'machine'},"
	"'dotnet': {'release': 528049},"
	"'tls': {'schannel_enabled': null, 'schannel_disabled_by_default': null,"
		"'net64_system_default': 1, 'net64_strong_crypto': 1,"
		"'net32_system_default': 1, 'net32_strong_crypto': 1, 'fips': 0},"
	"'clock': {'skew_ms': 0, 'zone': 'W. Europe Standard Time', 'offset_minutes': 60},"
	"'identity': {'user': null, 'domain': 'corp.example', 'admin': true},"
	"'kind': 'plain', 'dpm_version': null,"
	"'services': {"
		"'obengine': {" RUNNING ", 'display': 'Microsoft Azure Recovery Services Agent',"
			"'program': null},"
		"'OBRecoveryServicesManagementAgent': {" RUNNING ","
			"'display': 'Microsoft Azure Recovery Services Management Agent',"
			"'program': '" AGENT "\\\\bin\\\\OBRecoveryServicesManagementAgent.exe'},"
		"'RpcSs': {" RUNNING "}, 'EventSystem': {" RUNNING "}, 'SENS': {" RUNNING "},"
		"'VSS': {" DEMAND "}, 'swprv': {" DEMAND "}},"
	"'volumes': {'C:': {'size_bytes': 128849018880, 'free_bytes': 68719476736,"
		"'drive_type': 3, 'file_system': 'NTFS', 'locked': false,"
		"'deduplicated': false, 'read_only': false}},"
	"'files': {'C:': [{'path': 'Shares', 'attributes': 16},"
		"{'path': 'Windows', 'attributes': 16}, {'path': 'Shares\\\\plan.xlsx',"
		"'attributes': 32}]},"
	"'features': {'windows_server_backup': 'Installed', 'source': 'Get-WindowsFeature'},"
	"'vss': {'writers': ["
		WRITER("d61d61c8-d73a-4eee-8cdd-f6f9786b7124", "Task Scheduler Writer") ","
		WRITER("75dfb225-e2e4-4d39-9ac9-ffaff65ddf06", "VSS Metadata Store Writer") ","
		WRITER("e8132975-6f93-4464-a53e-1050253ae220", "System Writer") ","
		WRITER("be000cbe-11fe-4426-9c58-531aa6355fc4", "ASR Writer") ","
		WRITER("afbab4a2-367d-4d15-a586-71dbb18f8485", "Registry Writer") ","
		WRITER("a6ad56c2-b509-4e6c-bb19-49d8f43532f0", "WMI Writer") "],"
		"'shadow_storage': [{'volume': 'C:', 'storage': 'C:',"
			"'max_bytes': 25769803776}]},"
	"'updates': {'newest_utc_ms': 'now-20d', 'newest': 'KB5044277', 'count': 12},"
	"'interference': {'services': [], 'providers': [], 'filters': []},"
	"'antivirus': {'defender': true, 'products': [],"
		"'filters': [{'name': 'WdFilter', 'altitude': '328010'}],"
		"'exclusions': ["
			"{'kind': 'path', 'value': '" AGENT "'},"
			"{'kind': 'process', 'value': '" AGENT "\\\\bin\\\\cbengine.exe'}]},"
	"'modules': {'azure': null, 'azurerm': null, 'az': null},"
	"'svi': {'full_control': true, 'owner_sid': 'S-1-5-32-544'},"
	"'reboot': {'servicing': false, 'installer': false, 'renames': 0,"
		"'computer_rename': false, 'windows_update': false},"
	"'installers': {'msi_busy': false, 'agent_installer': 0}, 'consoles': [],"
	"'network': {'proxies': {'agent': null, 'system': null, 'winhttp': null},"
		"'system_auto': null, 'system_except': null, 'winhttp_except': null,"
		"'login': {'*': {'status': 200, 'issuer': 'CN=Microsoft Azure RSA TLS Issuing CA 07,"
			" O=Microsoft Corporation, C=US'}},"
		"'login_stopped': null, 'endpoints': {}, 'machine_wide': false,"
		"'mirror': {'file': null, 'status': 0, 'kb': 0},"
		"'names': {'config': [], 'log': ['pod01-prot1.weu.backup.windowsazure.com',"
			"'ceuswestp01.blob.core.windows.net']}}}";

static const char backup_members[] = "{"
	"'agent': {'installed': true, 'path': '" AGENT "', 'version': '2.0.9070.0',"
		"'file_missing': false, 'service_path': null, 'service_version': null,"
		"'uninstall': ["
			"{'view': 64, 'key': 'Windows Azure Backup', 'version': '2.0.9070.0'},"
			"{'view': 64, 'key': '{FFE6D16C-3F87-4192-AF94-DDBEFF165106}',"
				"'version': '2.0.9070.0'}],"
		"'registered': true, 'encryption_set': true, 'module': true,"
		"'module_on_path': true, 'task_exists': true, 'task_enabled': true,"
		"'task_account': 'SYSTEM', 'task_sid': 'S-1-5-18', 'task_result': 0,"
		"'task_ran_utc_ms': 'now-9h', 'task_instances': 2, 'task_count': 1,"
		"'task_starts': [{'days': 127, 'weeks': 1, 'minute': 1260}]},"
	"'scratch': {'config': '" AGENT "\\\\Scratch', 'provider': '" AGENT "\\\\Scratch',"
		"'exists': true, 'kek_exists': true, 'attributes': 16},"
	"'backup': {'running': false, 'source': 'none', 'since_utc_ms': null, 'known': true,"
		"'next_utc_ms': 'now+15h', 'last_utc_ms': 'now-8h', 'last_event': 3,"
		"'failed_utc_ms': null, 'failed_event': null, 'error': null,"
		"'asked': {'seconds': 1, 'event': 3, 'error': null}},"
	"'events': {'cloudbackup': true, 'application': true, 'system': true, 'errlog': true,"
		"'begins_utc_ms': 'now-400d',"
		"'newer_required_utc_ms': null, 'vss_timeout_utc_ms': null,"
		"'volsnap_utc_ms': null, 'volsnap_event': null, 'volsnap_volume': null,"
		"'efi_locked_utc_ms': null},"
	"'ob': {'answers': true,"
		"'policy': {'files': true, 'system_state': true, 'offline': false,"
			"'volumes': ['C:'], 'next_files_utc_ms': 'now+15h',"
			"'next_system_state_utc_ms': 'now+15h'},"
		"'jobs': [" JOB("now-9h", "now-8h") "," JOB("now-33h", "now-32h") "]},"
	"'wsb': {'cmdlet': true, 'last': {'type': 'Backup', 'state': 'Completed', 'hresult': 0,"
		"'detailed_hresult': 0, 'begun_utc_ms': 'now-9h', 'ended_utc_ms': 'now-8h'},"
		"'test': {'seconds': 2, 'exit': 0, 'state': 'Completed', 'hresult': 0,"
		"'detailed_hresult': 0, 'recorded': true}},"
	"'install': {'seconds': 2, 'exit': 0, 'new_version': null, 'old_version': false,"
		"'keeps_working_s': 0, 'lose_config': false, 'service_state': null,"
		"'reboot_s': null, 'others': false},"
	"'restart': {'delay_ms': 0, 'away_ms': 500, 'exit': 0, 'happens': true, 'pending': false,"
		"'due_utc_ms': null},"
	"'signature': {'status': 'Valid', 'signer':"
		"'CN=Microsoft Corporation, O=Microsoft Corporation, L=Redmond, S=Washington, C=US'},"
	"'faults': {}, 'folders': {}, 'tasks': {}, 'marker': null, 'lock_folder': null,"
	"'safety_ms': 600000, 'retry_ms': 300000, 'away_s': 1,"
	"'log': []}";
/* clang-format on */

/* Yours; text of ours that is no JSON is our own mistake. */
static json_t *read_members(const char *quoted)
{
	AUTO_FREE char *text = xstrdup(quoted);
	json_t *members;

	for (char *c = text; *c; c++)
		if (*c == '\'')
			*c = '"';
	members = json_loads(text, 0, NULL);
	if (!members)
		abort();
	state_set_moments(members);
	return members;
}

/* A digit of what is a server's own, which follows from its name. */
static unsigned digit_of(const char *name, unsigned at)
{
	return (unsigned)(fnv_hash(FNV_BEGIN + at, name, strlen(name)) >> 40) & 15;
}

static char *uuid_of(const char *name, unsigned at)
{
	char *uuid = xstrdup("xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx");

	for (char *c = uuid; *c; c++)
		if (*c == 'x')
			*c = "0123456789ABCDEF"[digit_of(name, at++)];
	return uuid;
}

/* The three ids of the machine. */
static void set_ids(json_t *state, const char *name)
{
	AUTO_FREE char *uuid = uuid_of(name, 0), *guid = uuid_of(name, 100);
	uint32_t part[3] = { 0 };
	AUTO_FREE char *sid = NULL;

	for (unsigned i = 0; i < 3 * 7; i++)
		part[i / 7] = part[i / 7] << 4 | digit_of(name, 200 + i);
	sid = xasprintf("S-1-5-21-%u-%u-%u", part[0], part[1], part[2]);
	(void)state_set(state, "machine.uuid", json_string(uuid), NULL);
	(void)state_set(state, "machine.guid", json_string(guid), NULL);
	(void)state_set(state, "machine.sid", json_string(sid), NULL);
}

json_t *fleet_default_state(const char *name, const char *address)
{
	AUTO_FREE char *user = xasprintf("%s\\marshal", name);
	json_t *state = json_pack("{s:s, s:s}", "name", name, "address", address);

	json_object_update_new(state, read_members(system_members));
	json_object_update_new(state, read_members(backup_members));
	set_ids(state, name);
	(void)state_set(state, "identity.user", json_string(user), NULL);
	return state;
}
