# cases.sh - the table that conformance.sh walks: states of a server as changes (jq) to a healthy
# one, and what is asked of them. Both sides start from the same state and must answer the same
# and leave the same.
# shellcheck shell=bash

folder=marshal-7-0123456789abcdef
# shellcheck disable=SC2034      # conformance.sh has the use
file=MARSAgentInstaller.exe
login='login_hosts: ["login.windows.net", "login.microsoftonline.com"], service: {
	domains: [".windowsazure.com", ".windows.net", ".storage.azure.net"],
	stand_ins: ["management.core.windows.net", "download.microsoft.com"]}'

none='.agent |= (. + {installed: false, path: null, version: null, uninstall: [], registered: false,
	encryption_set: null, task_exists: false, task_count: 0}) | .events.cloudbackup = false | .events.errlog = false |
	.services.obengine.exists = false | .services.OBRecoveryServicesManagementAgent.exists = false |
	.scratch = {config: null, provider: null, exists: false} |
	.backup = {running: null, source: "none", since_utc_ms: null, known: false,
	next_utc_ms: null, last_utc_ms: null, last_event: null}'
unknown='.agent |= (. + {task_exists: false, task_count: 0, encryption_set: null}) | .events.cloudbackup = false |
	.backup = {running: null, source: "none", since_utc_ms: null, known: false,
	next_utc_ms: null, last_utc_ms: null, last_event: null}'
runs() { echo ".backup |= (. + {running: true, source: \"$1\", since_utc_ms: (.last_utc_ms + 3600000)})"; }
# A folder of a run, owned by $1, inheriting rights or not.
has_folder() { echo ".folders[\"$folder\"] = {run: \"7\", owner: \"$1\", inherited: $2}"; }
ours=$(has_folder Administrators false)
# The reservation of run $1, controller $2, seen so long ago by the uptime (ms) and held for an hour; $4 more of it.
# What says whether obengine ran is written at a run's first change.
reserved() {
	echo ".marker = {run: \"$1\", controller: \"$2\", utc_ms: 1790000000000, sha256: \"ab\", phase: \"reserved\",
		since_utc_ms: 1790000000000, seen_utc_ms: 1790000000000, hold_ms: 3600000,
		seen_uptime_ms: (\$at - .os.boot_utc_ms - $3)} + ${4:-{\}}"
}
taken="$(reserved 7 desk-0a1b2c3d 0)"   # by the run of these calls
ran='{engine: "running"}'
marker() { echo ".marker = {run: \"$1\", utc_ms: 1790000000000, sha256: \"$(printf 'ab%.0s' {1..32})\"}"; }

wsb_test='.tasks["\\marshal\\wsb-test"] = {account: "SYSTEM", at_boot: false, every_ms: null, due_utc_ms: null,
	begun_utc_ms: $at} | .wsb.test.seconds = 600'
timed() { cat <<END
.tasks["\\\\marshal\\\\start-obengine-$1"] = {account: "SYSTEM", at_boot: false, every_ms: 300000,
	due_utc_ms: 4000000000000, begun_utc_ms: null}
END
}
boot_task() { cat <<END
.tasks["\\\\marshal\\\\boot-$1"] = {account: "SYSTEM", at_boot: true, every_ms: null, due_utc_ms: null,
	begun_utc_ms: null, waits: true, command: \$boot}
END
}

# The install task of run $1, which has written its end and only has obengine left to start: \$pid plays its process.
at_work() { cat <<END
.tasks["\\\\marshal\\\\install-$1"] = {account: "SYSTEM", at_boot: false, every_ms: null, due_utc_ms: 4000000000000,
	begun_utc_ms: null, waits: true, phase: "done", directory: "C:\\\\Windows\\\\Temp\\\\marshal-6-0123456789abcdef",
	process: (\$pid | tonumber)}
END
}

probe_cases() {
	probe 'a healthy server' .
	probe 'no agent, a workgroup' "$none"' | .identity = {user: "WEB01\\joe", domain: null, admin: false} |
		.dotnet.release = null'
	probe 'cbengine.exe missing, System Center DPM' '.agent.file_missing = true | .kind = "dpm" |
		.dpm_version = "4.2.1254.0" | .reboot |= (. + {servicing: true, installer: true, renames: 3})'
	probe 'no version, MABS, uninstall keys that disagree' '.agent.version = null | .kind = "mabs" |
		.dpm_version = "11.0.180.0" | .agent.uninstall = [{view: 32, key: "Windows Azure Backup",
		version: "2.0.9062.0"}, {view: 64, key: "{0A}", version: null}]'
	probe 'another image of the service, Site Recovery' '.kind = "asr" | .agent.service_version = "2.0.9062.0" |
		.agent.service_path = "C:\\old\\cbengine.exe -x"'
	probe 'a German Server Core, service disabled' '.os.installation_type = "Server Core" |
		.os.language = "de-DE" | .os.caption = "Windows f\u00fcr \u65e5\u672c \ud83d\ude00" |
		.services.obengine |= (. + {state: 1, start: 4, pid: null})'
	probe 'scratch on another volume, a backup by the agent' "$(runs ob-job)"' |
		.scratch.config = "D:\\scratch" | .scratch.provider = "D:\\other" |
		.volumes["D:"] = (.volumes["C:"] + {free_bytes: 1073741824})'
	probe 'scratch missing, a backup by Windows Server Backup' "$(runs wb-job)"' |
		.scratch = {config: null, provider: "C:\\gone", exists: false}'
	probe 'not registered, task disabled' '.agent.registered = false | .agent.task_enabled = false |
		.agent.encryption_set = false | .backup.next_utc_ms = null | .backup.last_event = 10'
	probe 'a backup by events, proxy of SYSTEM, login refused' "$(runs event)"' |
		.network.proxies.system = "proxy.corp:8080" |
		.network.login = {"*": {status: 407}, "login.windows.net": {status: 503}}'
	probe 'backups not known, proxy of WinHTTP, error pages' "$unknown"' |
		.network.proxies.winhttp = "proxy.corp:8080" |
		.network.login = {"*": {status: 404}, "login.windows.net": {status: 302}}'
	probe 'a reservation of today' "$(reserved 6 other 5000)"
	probe 'installers, a marker, consoles, proxy of the agent' "$(marker 6)"' |
		.installers = {msi_busy: true, agent_installer: 2} | .consoles = [{pid: 11, user: "CORP\\ann",
		session: 2}, {pid: 12, user: "CORP\\bo", session: 3}] |
		.network.proxies = {agent: "px:3128", system: "py:1", winhttp: "pz:2"}'
	probe 'what runs have left' "$(timed 6) | $(boot_task 5) | $(boot_task 6) | $ours"' |
		.folders["marshal-6-0123456789abcdef"] = {run: "6", owner: "Administrators", inherited: false,
		made_utc_ms: 1790000000000} | .folders["marshal-x"] = {run: "x", owner: "CORP\\eve", inherited: true}'
	probe 'login: no name, no TLS' '.network.login = {"*": {error: "name"}, "login.windows.net": {error: "tls"}}'
	probe 'login: no way, no time' '.network.login = {"*": {error: "connect"}, "login.windows.net": {error: "time-limit"}}'
	probe 'login: a proxy that wants a sign-in for one name' '.network.proxies.system = "px:8080" |
		.network.login["login.windows.net"] = {status: 407}'
	probe 'login: a proxy that refuses one name' '.network.proxies.system = "px:8080" |
		.network.login["login.microsoftonline.com"] = {status: 403}'
	probe 'no name of the service, ones that stand in' '.network.names = {config: [], log: ["a.example.com"]} |
		.network.endpoints = {"download.microsoft.com": {error: "connect"}}' '{facts: ["network.endpoints"]}'
	probe 'no agent, no name, nothing that stands in' "$none" '{facts: ["network.endpoints"], service: null}'
	probe 'login: no proxy of that name' '.network.login = {"*": {error: "proxy"}}'
	probe 'no time for any' . '{facts: ["os", "reboot", "agent-config"], limits: {fact_ms: 6000, ob_ms: 6000, all_ms: 0}}'
	probe 'nobody to ask, three facts' . '{login_hosts: [], facts: ["os", "network.login", "clock"]}'
	# shellcheck disable=SC2154      # of conformance.sh
	probe 'what an upgrade asks, of a healthy server' . "{$upgrade_facts}"
	# shellcheck disable=SC2154
	probe 'what an upgrade asks, of another' "$(runs event) | $(marker 6)"' | .kind = "mabs" | .agent.registered = false |
		.network.login = {"*": {error: "name"}} | .reboot.servicing = true' "{$upgrade_facts}"
	probe 'facts denied' '.faults.fact = {reboot: "access-denied", "backup.last": "access-denied",
		consoles: "access-denied"}'
	probe 'facts failed' '.faults.fact = {reboot: "error", consoles: "error"}'
	probe 'a fact that hangs' '.faults.fact = {consoles: "time-limit"}' '{limits: {fact_ms: 6000, ob_ms: 6000}}'
	code_cases
}

deep='{deep: true}'
# A German server with much wrong.
broken='.os |= (. + {language: "de-DE", installation_type: "Server Core", product_type: 2}) |
		.machine = {manufacturer: "Microsoft Corporation\n", model: "Virtual\r\nMachine",
		asset_tag: "7783-7084-3265-9085-8269-3286-77"} |
		.powershell |= (. + {execution_policy: "Restricted", policy_source: "group-policy"}) | .agent.module_on_path = false |
		.tls = {schannel_enabled: 0, schannel_disabled_by_default: 4294967295, net64_system_default: null,
		net64_strong_crypto: 0, net32_system_default: null, net32_strong_crypto: null, fips: 1} |
		.services.RpcSs.state = 1 | .services.VSS.start = 4 | .services.SENS.exists = false |
		.services.OBRecoveryServicesManagementAgent |= (. + {state: 1, start: 4, program: null}) |
		.scratch |= (. + {kek_exists: false, attributes: 19472, config: "D:\\scratch"}) |
		.volumes["D:"] = {size_bytes: 64424509440, free_bytes: 107374182, drive_type: 2, file_system: "ReFS", locked: false,
		deduplicated: true, read_only: true} | .volumes["E:"] = {size_bytes: null, free_bytes: null, drive_type: 3,
		file_system: null, locked: true, deduplicated: false, read_only: false} |
		.agent |= (. + {task_account: "AUTORIT\u00c4T\\SYSTEM", task_result: 2147942402, task_instances: 0, task_count: 3}) |
		.backup |= (. + {failed_utc_ms: (.last_utc_ms + 60000), failed_event: 11, error: 130003}) |
		.events |= (. + {newer_required_utc_ms: 1790000000000, vss_timeout_utc_ms: 1790000001000,
		volsnap_utc_ms: 1790000002000, volsnap_event: 36, volsnap_volume: "D:", efi_locked_utc_ms: 1790000003000}) |
		.reboot = {servicing: true, installer: true, renames: 5, computer_rename: true, windows_update: true} |
		.network.system_auto = "http://wpad/x.dat" | .network.system_except = "<local>;*.corp" |
		.network.proxies.winhttp = "px:8080" | .network.winhttp_except = "<local>" |
		.network.login["login.windows.net"] = {error: "tls", issuer: "CN=Inspector"} |
		.network.names.config = ["a.blob.core.windows.net", "login.windows.net", "b.windowsazure.com.evil.example"] |
		.network.names.log += ["b.queue.core.windows.net", "c.blob.storage.azure.net", "a.blob.core.windows.net",
		("x" * 64 + ".windows.net"), ([range(5) | "y" * 50] | join(".")) + ".windows.net", "-z.windows.net"] |
		.network.endpoints = {"b.queue.core.windows.net": {status: 403}} | .network.machine_wide = true |
		.ob.policy.offline = true | .ob.jobs[0] |= (. + {state: "Failed", error: 2155348249}) |
		.features.windows_server_backup = "Available" | .vss.writers[1].state = 9 | .vss.writers[1].error = 2147754994 |
		.vss.shadow_storage = [{volume: "C:", storage: "D:", max_bytes: null}, {volume: "D:", storage: "D:", max_bytes: 1048576}] |
		.updates = {newest_utc_ms: 1600041600000, newest: "KB4571756", count: 7} |
		.interference = {services: [{name: "VeeamEndpointBackupSvc", start: 2}], providers: [{id: "{0001}", name: "Anbieter \u00e4"}],
		filters: [{name: "BackFlt", altitude: "281000"}, {name: "OpenFlt", altitude: "100500.5"}]} |
		.antivirus |= (. + {defender: false, filters: [{name: "Fil", altitude: "321500.5"}, {name: "WdFilter", altitude: "328010"}]}) |
		.modules = {azure: "3.7.0", azurerm: "6.13.1", az: "11.2.0"}'

# One probe whose last failure says $2, out of which the code $1 is to be read.
failed_text() {
	probe "a failure that says: $2" ".backup |= (. + {failed_utc_ms: (.last_utc_ms + 60000), failed_event: 11, error: $1,
		failed_text: $(jq -n --arg text "$2" '$text')})"
}

# In brackets the last counts, then ID, then HResult; what stands in a path never does.
code_cases() {
	failed_text 130003 'Dienst (0x80042306), siehe (ID: 34506): [0x1FBD3].'
	failed_text 100050 'Proxy 0x80072EE7 (id: 100050) (407) Proxy (0x0)'
	failed_text 34506 'Fehler 0x80070005, ID 34506: C:\Temp (0x99)\a C:\b\(0x98) https://x/?ID=100110'
	failed_text 2155348041 'DetailedHResult: 8007007B HResult: 80780049 beim Sichern 0x80070005'
	failed_text 100157 'HResult: 80780049 DetailedHResult: 8007007B https://go.microsoft.com/fwlink/?linkid=847810 (0x1873D)'
	failed_text 2147942405 'C:\Temp\0x80070002.log: 0x80070005 in D:\0x80070003'
	failed_text 2147754758 'Ergebnis -2147212538, Event ID 1234'
	failed_text 34506 'Error: 34506.'
	failed_text 100050 'Backup failed with error code 100050, ErrorCode 100034'
	failed_text 100034 'Fehler 100034; Status 130003, Event-ID 4711'
	failed_text 2147754758 'VSS failed: 80042306'
	failed_text 2147942523 'Fehler 34506 bei C:\x (80070005)\y, dann (8007007B)'
	failed_text 2147754758 'VSS {89300202-3cec-4981-9171-19f59559e0f2}: 0x80042306L'
	failed_text 3221225477 'Error 130003\x: -1073741819 (8), HResult 12'
	failed_text null 'Sicherung 2024 von C:\ID 4711\0x80070002.log, linkid=34506'
}

# Every fact there is, healthy, broken, denied and hanging, in other languages too.
facts_cases() {
	local slow='{deep: true, limits: {fact_ms: 2000, ob_ms: 3000}}'

	probe 'all facts of a healthy server' . "$deep"
	probe 'a German one, all of it broken' "$broken" "$deep"
	probe 'a Japanese client without an agent' "$none"' | .os |= (. + {language: "ja-JP", installation_type: "Client", product_type: 1}) |
		.identity.admin = false | .features = {windows_server_backup: null, source: null} | .events.system = false |
		.antivirus |= (. + {products: [{name: "\u65e5\u672c AV", state: 397568}], defender: null, filters: [], exclusions: null}) |
		.identity.admin = true | .powershell.execution_policy = null | .powershell.policy_source = null |
		.volumes["C:"] |= (. + {read_only: null}) | .vss.shadow_storage = []' "$deep"
	probe 'DPM: an agent without its commands' '.agent |= (. + {module: false, module_on_path: false}) | .kind = "dpm" |
		.dpm_version = "4.2.1254.0" | .backup |= (. + {running: false, source: "none"})' "$deep"
	probe 'the agent does not answer' '.agent.encryption_set = null | .ob.answers = false | .backup.running = null |
		.events.cloudbackup = false | .events.application = false | .backup.last_utc_ms = null | .backup.last_event = null' "$deep"
	probe 'no policy, no jobs, other features' '.ob.policy = null | .ob.jobs = [] | .wsb.last = null | .updates = {newest_utc_ms: null,
		newest: null, count: 0} | .features = {windows_server_backup: "Removed", source: "Win32_OptionalFeature"} |
		.backup.known = true | .agent.task_exists = false | .agent.task_count = 0 | .backup.next_utc_ms = null' "$deep"
	probe 'obengine by another name' '.services.obx = (.services.obengine + {state: 1, pid: null}) | .services.obengine.exists = false |
		.backup.failed_utc_ms = 1790000000000 | .backup.failed_event = 18 | .backup.error = 34506 |
		.ob.jobs = [{type: "Restore", state: "Running", error: null, begun_utc_ms: 1790000000000, ended_utc_ms: null,
		protected_bytes: null}, {type: "Backup", state: "CompletedWithWarning", error: null, begun_utc_ms: 1780000000000,
		ended_utc_ms: 1780000600000, protected_bytes: 5}] | .wsb.last |= (. + {state: "Running", hresult: null, ended_utc_ms: null})' "$deep"
	probe 'a restore after a failed backup' '.ob.policy.volumes = [] | .ob.jobs = [
		{type: "Recovery", state: "Completed", error: null, begun_utc_ms: 1790000000000, ended_utc_ms: 1790090000000, protected_bytes: 9},
		{type: "Backup", state: "Running", error: null, begun_utc_ms: 1780000700000, ended_utc_ms: null, protected_bytes: null},
		{type: "Backup", state: "Failed", error: 100034, begun_utc_ms: 1780000000000, ended_utc_ms: 1780000600000, protected_bytes: 5},
		{type: "Recovery", state: "Failed", error: 5, begun_utc_ms: 1770000000000, ended_utc_ms: 1770000500000, protected_bytes: 3},
		{type: "Backup", state: "Completed", error: null, begun_utc_ms: 1760000000000, ended_utc_ms: 1760000500000, protected_bytes: 7}]' \
		'{facts: ["backup.policy", "backup.last-job"]}'
	probe 'a backup that the list does not have yet' '(now | floor * 1000) as $now | .backup |= (. + {running: true, source: "event",
		listed: true, since_utc_ms: ($now - 60000), last_utc_ms: ($now - 86400000)})' '{facts: ["backup.running"]}'
	probe 'one that broke off more than a day ago' '(now | floor * 1000) as $now | .backup |= (. + {running: false, source: "none",
		broke_off_utc_ms: ($now - 90000000), last_utc_ms: ($now - 180000000)})' '{facts: ["backup.running"]}'
	probe 'nothing but restores' '.ob.jobs = [{type: "Recovery", state: "Failed", error: 5, begun_utc_ms: 1770000000000,
		ended_utc_ms: 1770000500000, protected_bytes: 3}]' '{facts: ["backup.last-job"]}'
	probe 'Windows Server Backup failed over a path' '.wsb.last |= (. + {state: "Failed", hresult: 2155348041,
		detailed_hresult: 2147942523})' "$deep"
	probe 'no administrator asks for writers' '.identity.admin = false | .faults.fact["vss.writers"] = "access-denied"' "$deep"
	probe 'all that can be is denied' "$(all_fail access-denied)" "$deep"
	probe 'all that can be fails' "$(all_fail error)" "$deep"
	# names that do not answer are an answer of these two, of which one looks for some in the agent's log too
	probe 'all that can be hangs' "$(all_fail time-limit) |
		del(.faults.fact[\"network.login\", \"network.endpoints\", \"event.efi-locked\"])" "$slow"
	probe 'the log of the agent hangs' '.faults.fact = {"event.efi-locked": "time-limit"}' "$slow + {facts: [\"event.efi-locked\"]}"
	probe 'volumes cannot be read' '.faults.fact = {scratch: "error", "system-volume": "error", volumes: "error",
		"vss.shadow-storage": "error"}' "$deep"
	probe 'volumes hang' '.faults.fact = {scratch: "time-limit", "system-volume": "time-limit", volumes: "time-limit",
		"vss.shadow-storage": "time-limit"}' "$slow"
	probe 'the jobs of the agent hang' '.faults.fact = {"backup.policy": "time-limit", "backup.last-job": "time-limit",
		"volumes.files": "time-limit"}' "$slow"
	files_cases
}

# 16 a folder; 1024 a link or such a point, 1046 one of Windows' own; 16896 encrypted and sparse; 4194304 and 262144 of a cloud.
files_cases() {
	probe 'files that a backup leaves out' '.volumes["D:"] = .volumes["C:"] | .volumes["E:"] = (.volumes["C:"] | .locked = true) |
		.ob.policy.volumes = ["C:", "D:", "E:", "F:"] | .files = {
		"C:": [{path: "Documents and Settings", attributes: 1046}, {path: "Windows", attributes: 16}, {path: "$RECYCLE.BIN", attributes: 22},
			{path: "a", attributes: 16}, {path: "off", attributes: 4112}, {path: "Windows\\x", attributes: 1024},
			{path: "$RECYCLE.BIN\\x", attributes: 1024}, {path: "a\\b", attributes: 16}, {path: "a\\denied", attributes: 16, denied: true},
			{path: "off\\x", attributes: 1024}, {path: "a\\b\\c", attributes: 16}, {path: "a\\denied\\x", attributes: 1024},
			{path: "a\\b\\c\\d", attributes: 16}, {path: "a\\b\\c\\d\\e", attributes: 16},
			{path: "a\\b\\c\\d\\e\\f", attributes: 16}, {path: "a\\b\\c\\d\\e\\f\\deep", attributes: 1024}],
		"D:": [{path: "sparse", attributes: 512}, {path: "both \u00e4", attributes: 16896}, {path: "link", attributes: 1040},
			{path: "cloud", attributes: 262160}, {path: "file", attributes: 4195872}, {path: "link\\x", attributes: 1024},
			{path: "cloud\\x", attributes: 1024}]}' '{facts: ["backup.policy", "volumes.files"]}'
	probe 'more of them than are looked at, deduplicated' '.volumes["C:"].deduplicated = true | .files = {"C:": ([{path: "a", attributes: 16},
		{path: "link", attributes: 1040}] + [range(600) | {path: "a\\\(.)", attributes: 1536}])}' '{facts: ["volumes.files"]}'
	probe 'files where nobody deduplicates' '.files = {"C:": [{path: "a", attributes: 1536}]}' '{facts: ["volumes.files"]}'
}

# What is read and done must not depend on the culture of the account: the dotless i, the Buddhist calendar, day before month.
# shellcheck disable=SC2034      # conformance.sh has the use
cultures_cases() {
	local cycle="{cloud: \"public\", $login, stop_ms: 3000, start_ms: 3000, ask_ms: 20000}"

	for culture in tr_TR.UTF-8 th_TH.UTF-8 de_DE.UTF-8 ja_JP.UTF-8; do
		zone=Asia/Kathmandu
		# the dotless i and the calendar everywhere; of the others each day some
		[[ $culture == ja_JP* && -z ${SOAK:-} ]] || probe "all facts of a healthy server, $culture" . "$deep"
		[[ $culture == de_DE* && -z ${SOAK:-} ]] || probe "all facts of a broken one, $culture" "$broken" "$deep"
		[[ $culture != ja_JP* || -n ${SOAK:-} ]] || continue
		begin "an upgrade, $culture" "$ours | .install |= (. + {seconds: 300, new_version: \"2.0.9938.0\"})" put
		call stage-open '{again: true}'
		call stage-check '{allow_unsigned: false}'
		call console-wait '{wait_ms: 300, close: true}'
		call engine-cycle "$cycle"
		call install-start '{}'
		installer_ends
		call install-wait '{wait_ms: 30000}'
		call clean '{}'
	done
	culture=C.UTF-8 zone=UTC
}

# Each fact that reads something no other fact reads goes wrong by itself, and interference, which reads the services as
# antivirus does. Those of the volumes and of the jobs read what others read too.
all_fail() {
	local facts='host os machine identity powershell dotnet tls clock agent server-kind service.obengine service.management-agent
		services scratch volumes agent-config backup.next backup.last event.newer-required event.vss-timeout event.volsnap
		event.efi-locked reboot installers left-overs consoles network.proxy network.login network.endpoints features wsb vss.writers
		vss.shadow-storage updates antivirus interference antivirus.exclusions modules security.svi volumes.files'
	# shellcheck disable=SC2086      # words are wanted
	echo ".identity.admin = true | .faults.fact = ($(printf '%s\n' $facts | jq -R . | jq -cs .) | map({key: ., value: \"$1\"}) | from_entries)"
}

stage_cases() {
	begin 'a new folder' .
	call stage-open '{size: 9, again: false}'
	begin 'a folder that exists' "$ours"
	call stage-open '{size: 9, again: false}'
	call stage-open '{size: 9, again: true}'
	begin "somebody else's folder" "$(has_folder somebody false)"
	call stage-open '{size: 9, again: true}'
	call stage-check "{size: 9, allow_unsigned: false}"
	begin 'a folder that inherits' "$(has_folder Administrators true)"
	call stage-open '{size: 9, again: true}'
	begin 'folders of plans that are over' "$(has_folder Administrators false) | .folders += {\"marshal-5-0123456789abcdef\": {run: \"5\", owner: \"Administrators\", inherited: false},
		\"marshal-4-0123456789abcdef\": {run: \"4\", owner: \"somebody\", inherited: false}, \"marshal-3-0123456789abcdef\": {run: \"3\", owner: \"Administrators\", inherited: false}}"
	call stage-open '{size: 9, again: true, runs: ["5", "4", "7", "2"]}'
	call stage-open '{size: 9, again: true, runs: ["3;x"]}'
	call clean '{keep_folder: true}'
	begin 'a folder that waits for its plan' .
	call stage-open '{size: 9, again: false, until_utc_ms: 1790000000000}'
	call clean '{keep_folder: true}'
	call probe '{facts: ["left-overs"], limits: {fact_ms: 60000, ob_ms: 60000}}'
	call stage-open '{size: 9, again: true}'
	call probe '{facts: ["left-overs"], limits: {fact_ms: 60000, ob_ms: 60000}}'
	begin 'a full disk' '.volumes["C:"].free_bytes = 100'
	call stage-open '{size: 101, again: false}'
	begin 'a name that leads elsewhere' .
	call stage-open '{size: 9, again: false, folder: "marshal-7-..\\0123456789ab"}'
	call stage-open '{size: 9, again: false, file: "a b.exe"}'
	call stage-open '{size: 9, again: false, run: "7;x"}'
	begin 'no installer there' "$ours"
	call stage-check '{size: 9, allow_unsigned: false}'
	begin 'an installer' "$ours" put
	call stage-check '{allow_unsigned: false}'
	call stage-check '{size: 8, allow_unsigned: false}'
	call stage-check '{sha256: ("0" * 64), allow_unsigned: false}'
	begin 'an unsigned installer' "$ours"' | .signature = {status: "NotSigned", signer: null}' put
	call stage-check '{allow_unsigned: false}'
	call stage-check '{allow_unsigned: true}'
	begin "somebody else's installer" "$ours"' | .signature.signer = "CN=Evil, O=Evil Corp, C=US"' put
	call stage-check '{allow_unsigned: true}'
	begin "another run's reservation" "$(reserved 6 other 3500000)"
	call stage-open '{size: 9, again: false}'
	begin 'one that may be taken over' "$(reserved 6 other 3700000) | $(timed 6) | $(boot_task 6)"
	call stage-open '{size: 9, again: false}'
	begin 'one whose obengine still waits' "$(reserved 6 other 3700000 "$ran") | $(boot_task 6) | .services.obengine.state = 1"
	call stage-open '{size: 9, again: false}'
	begin 'one whose run took it over itself' "$(reserved 6 other 3700000 "$ran") | $(boot_task 6) | $(boot_task 5) |
		.marker.before = \"5\" | .services.obengine.state = 1"
	call stage-open '{size: 9, again: false}'
	begin 'one whose task is at work' "$(reserved 6 other 3700000 "$ran") | $(at_work 6)"
	call stage-open '{size: 9, again: false}'
	begin 'one whose obengine runs again' "$(reserved 6 other 3700000 "$ran") | $(boot_task 6) | $(boot_task 5) | $(timed 5) |
		.marker.before = \"5\""
	call stage-open '{size: 9, again: false}'
	begin 'one that names no run' "$(reserved 6 other 0) | .marker.run = null"
	call stage-open '{size: 9, again: false}'
	begin 'one from before a boot' "$(reserved 6 other -3700000) | .os.boot_utc_ms = (\$at - 3700000)"
	call stage-open '{size: 9, again: false}'
	begin 'one under a transaction of Windows Installer' "$(reserved 6 other 3700000) | .installers.msi_busy = true"
	call stage-open '{size: 9, again: false}'
	begin "an older version's" "$(marker 6)"
	call stage-open '{size: 9, again: false}'
	begin 'the same run of another controller' "$(reserved 7 other 0)"
	call stage-open '{size: 9, again: false}'
	begin 'our own' "$(reserved 7 desk-0a1b2c3d 3700000) | $ours"
	call stage-open '{size: 9, again: true}'
	begin 'no time of its holder' "$(reserved 6 other 0 '{hold_ms: null}')"
	call stage-open '{size: 9, again: false}'
	begin 'a call at work' .
	hold_call
	call stage-open '{size: 9, again: false, lock_ms: 300}'
	leave_call
	begin 'a folder of the lock that is not ours' '.lock_folder = {owner: "CORP\\eve", inherited: true}'
	call stage-open '{size: 9, again: false}'
	begin 'a controller that is none' .
	call stage-open '{size: 9, again: false, controller: "a b"}'
	begin 'a look at the installer says that its run is there' "$ours | $(reserved 7 desk-0a1b2c3d 3500000)" put
	call stage-check '{allow_unsigned: false}'
	is_seen
	begin 'a changed installer' "$ours"' | .signature.status = "HashMismatch"' put
	call stage-check '{allow_unsigned: true}'
}

console_cases() {
	begin 'no console' "$(reserved 7 desk-0a1b2c3d 3500000)"
	call console-wait '{wait_ms: 300, close: false}'
	is_seen
	begin 'consoles' "$taken"' | .consoles = [{pid: 11, user: "CORP\\ann", session: 2}, {pid: 12, user: "CORP\\bo", session: 3}]'
	call console-wait '{wait_ms: 300, close: false}'
	call console-wait '{wait_ms: 300, close: true}'
	begin 'a console of a server that is not reserved' '.consoles = [{pid: 11, user: "CORP\\ann", session: 2}]'
	call console-wait '{wait_ms: 300, close: true}'
	begin 'a console under a backup' "$taken | $(runs ob-job)"' | .consoles = [{pid: 11, user: "CORP\\ann", session: 2}]'
	call console-wait '{wait_ms: 300, close: true}'
	begin 'a console of a reserved server' "$(reserved 6 other 0)"' | .consoles = [{pid: 11, user: "CORP\\ann", session: 2}]'
	call console-wait '{wait_ms: 300, close: true}'
	begin 'a console that cannot be ended' "$taken"' | .consoles = [{pid: 11, user: "CORP\\ann", session: 2, stays: true}]'
	call console-wait '{wait_ms: 300, close: true}'
}

engine_cases() {
	local cycle="{cloud: \"public\", $login, stop_ms: 3000, start_ms: 3000, ask_ms: 20000}"

	begin 'a running service' "$taken"
	call engine-cycle "$cycle"
	task_is start-obengine-7 task-timed
	task_is boot-7 task-boot
	call engine-start '{start_ms: 1500}'
	begin 'a rehearsal' "$taken"
	call engine-cycle "$cycle + {rehearse: true}"
	begin 'a rehearsal where no task is allowed' "$taken"' | .faults.task = "denied"'
	call engine-cycle "$cycle + {rehearse: true}"
	begin 'a stopped service' "$taken"' | .services.obengine |= (. + {state: 1, pid: null})'
	call engine-cycle "$cycle"
	call engine-start '{start_ms: 3000}'
	begin 'no service' "$taken"' | .services.obengine.exists = false'
	call engine-cycle "$cycle"
	call engine-start '{start_ms: 1500}'
	begin 'login closed' "$taken"' | .network.login = {"*": {status: 200}, "login.windows.net": {status: 503}}'
	call engine-cycle "$cycle"
	begin 'only the newer name is closed' "$taken"' | .network.login["login.microsoftonline.com"] = {error: "connect"}'
	call engine-cycle "$cycle"
	begin 'a proxy wants a sign-in' "$taken"' | .network.login = {"*": {status: 407}}'
	call engine-cycle "$cycle"
	begin 'login closed while stopped' "$taken"' | .network.login_stopped = {"*": {error: "connect"}}'
	call engine-cycle "$cycle"
	begin 'no task allowed' "$taken"' | .faults.task = "denied"'
	call engine-cycle "$cycle"
	begin 'a service that refuses to stop' "$taken"' | .faults.stop = "refuse"'
	call engine-cycle "$cycle"
	begin 'a service that hangs stopping' "$taken"' | .faults.stop = "hang"'
	call engine-cycle "$cycle"
	begin 'a service that another call starts again' "$taken"' | .faults.stop = "started" | .services.obengine.stop_ms = 700'
	call engine-cycle "$cycle + {stop_ms: 400000}"
	begin 'an installer that begins after the stop' "$taken"' | .faults.stop = "installer"'
	call engine-cycle "$cycle"
	call engine-start '{start_ms: 1500}'
	comes start-obengine-7
	within 30 timed_ended || not_ok 'the timed task ends'
	# shellcheck disable=SC2154      # of lib.sh
	is 'conformance of a task: the timed one starts nothing amid an installer' \
		"$("$SIMHOST" --get "$work/real.json" services.obengine.state)" 1
	"$SIMHOST" --set "$work/real.json" installers.msi_busy=false
	comes start-obengine-7
	within 30 engine_runs || not_ok 'the timed task starts obengine after it'
	begin 'a service that refuses to start' "$taken"' | .faults.start = "refuse"'
	call engine-cycle "$cycle"
	begin 'a service that hangs starting' "$taken"' | .faults.start = "hang"'
	call engine-cycle "$cycle"
	begin 'a service that refuses once' "$taken"' | .faults.start = "refuse:1"'
	call engine-cycle "$cycle"
	call engine-start '{start_ms: 1500}'
	begin 'a server that is not reserved any more' .
	call engine-cycle "$cycle"
	begin "another run's timed task" "$taken | $(timed 6)"
	call engine-cycle "$cycle"
	begin 'a timed task of the run before' "$taken | $(timed 6) | .marker.before = \"6\""
	call engine-cycle "$cycle"
	begin "a timed task of this run's" "$taken | $(timed 7)"
	call engine-cycle "$cycle"
	begin 'WMI is broken' "$taken"' | .faults.wmi = true | .services.obengine |= (. + {state: 1, pid: null})'
	call engine-start '{start_ms: 3000}'
	begin 'Task Scheduler does not answer, amid an installer' "$ours | $taken | .marker.phase = \"installing\""' |
		.faults.scheduler = true | .services.obengine |= (. + {state: 1, pid: null})' put
	call_real engine-start '{start_ms: 1500}'
	has 'conformance of engine-start: nothing is started that nobody knows to be over' "$work/real.out" '"ok":false'
	printf '{"state":"ended","exit":0,"utc_ms":1}' >"$work/real.fs/$folder/state.json"
	call_real engine-start '{start_ms: 3000}'
	has 'conformance of engine-start: but once the installer has said its end' "$work/real.out" '"now":4'
	begin 'Task Scheduler does not answer' "$taken"' | .faults.scheduler = true | .services.obengine |= (. + {state: 1, pid: null})'
	call engine-start '{start_ms: 3000}'
	begin 'a test of Windows Server Backup' "$taken | $wsb_test"
	call engine-cycle "$cycle"
	begin 'one that its holder lost' "$(reserved 6 other 3700000)"
	call engine-cycle "$cycle"
	begin 'a reserved server' "$(reserved 6 other 0)"
	call engine-cycle "$cycle"
	call engine-start '{start_ms: 1500}'
	begin 'a transaction of Windows Installer' "$taken"' | .installers.msi_busy = true'
	call engine-cycle "$cycle"
	call engine-start '{start_ms: 1500}'
	begin 'a backup that began' "$taken | $(runs wb-job)"
	call engine-cycle "$cycle"
	begin 'a backup by the events' "$taken | $(runs event)"
	call engine-cycle "$cycle"
	begin 'backups that nobody knows of' "$taken | $unknown"
	call engine-cycle "$cycle"
	call engine-cycle "$cycle + {accept_unknown_backup: true}"
	begin 'another call at work' "$taken"
	hold_call
	call engine-cycle "$cycle + {lock_ms: 300}"
	call engine-start '{start_ms: 1500}'
	leave_call
	begin 'a disabled service' "$taken"' | .services.obengine |= (. + {state: 1, start: 4, pid: null})'
	call engine-start '{start_ms: 800}'
	begin 'a disabled service that runs' "$taken"' | .services.obengine.start = 4'
	call engine-cycle "$cycle"
}

install_cases() {
	local quick='.install |= (. + {seconds: 300, new_version: "2.0.9938.0"})'

	begin 'a staged installer' "$ours | $taken | $quick" put
	call install-wait '{wait_ms: 300}'
	call install-start '{}'
	task_is install-7 task-install
	call install-start '{}'
	call install-wait '{wait_ms: 100}'
	call clean '{}'
	installer_ends
	call install-wait '{wait_ms: 30000}'
	call clean '{}'
	call install-wait '{wait_ms: 300}'
	begin 'an installer that fails' "$ours | $taken | $quick | .install.exit = 1603" put
	call install-start '{}'
	installer_ends
	call install-wait '{wait_ms: 30000}'
	installer_cases
	begin 'an installer that wants a reboot' "$ours | $taken | $quick | .install.exit = 3010" put
	call install-start '{}'
	installer_ends
	call install-wait '{wait_ms: 30000}'
	begin 'an installer that loses the configuration' "$ours | $taken | $quick | .install.lose_config = true" put
	call install-start '{}'
	installer_ends
	call install-wait '{wait_ms: 30000}'
	begin "another run's marker" "$ours | $(marker 6)" put
	call install-start '{}'
	call install-wait '{wait_ms: 300}'
	call clean '{}'
	begin 'a marker and nothing else' "$ours | $(marker 7)" put
	call install-start '{}'
	call install-wait '{wait_ms: 10000}'
	call clean '{}'
	begin 'a server that is not reserved any more' "$ours | $quick" put
	call install-start '{}'
	begin 'obengine was stopped since' "$ours | $(reserved 7 desk-0a1b2c3d 0 "$ran") | $quick | .services.obengine |= (. + {state: 1, pid: null})" put
	call install-start '{}'
	installer_ends
	call install-wait '{wait_ms: 30000}'
	call clean '{}'
	begin 'no installer there' "$ours | $taken"
	call install-start '{}'
	begin 'another installer there' "$ours | $taken" put
	call install-start '{sha256: ("0" * 64)}'
	begin "somebody else's folder" "$(has_folder somebody false)" put
	call install-start '{}'
	call clean '{}'
	begin 'no task allowed' "$ours | $taken"' | .faults.task = "denied"' put
	call install-start '{}'
	begin "another run's timed task" "$ours | $taken | $(timed 6)" put
	call install-start '{}'
	begin "a timed task of this run's" "$ours | $taken | $(timed 7) | .services.obengine.state = 1" put
	call install-start '{}'
	begin 'a test of Windows Server Backup' "$ours | $taken | $wsb_test" put
	call install-start '{}'
	begin 'a mutex that somebody made first' "$ours | $taken | $quick | .faults.mutex = \"held\"" put
	call install-start '{}'
	# one of an older version's cycle that came behind the look: the task looks for itself
	begin "another run's timed task while the installer's waits" "$ours | $taken | $quick |
		.faults.mutex = \"held:start-obengine-6\"" put
	call_real install-start '{}'
	within 60 has_ended || not_ok 'the task of the installer says its end'
	has 'conformance of a task: a timed task keeps the installer from its start' "$work/real.fs/$folder/state.json" \
		'"exit":null,"text":"a task that starts obengine stands"'
	is 'conformance of a task: and nothing was started' "$("$SIMHOST" --get "$work/real.json" installers.agent_installer)" 0
	begin 'a backup that began' "$ours | $taken | $(runs ob-job)" put
	call install-start '{}'
	begin 'a transaction of Windows Installer' "$ours | $taken"' | .installers.msi_busy = true' put
	call install-start '{}'
	call clean '{}'
	begin "another's transaction, who has the server" "$ours | $(reserved 6 other 0)"' | .installers.msi_busy = true'
	call clean '{}'
	begin 'a transaction, and nobody has the server' "$ours"' | .installers.msi_busy = true'
	call clean '{}'
	begin 'tasks of the run before' "$taken | .marker.before = \"5 6\" | $(timed 5) | $(boot_task 6) | $(timed 4)"
	call clean '{}'
	begin 'a safety task and a running service' "$(timed 7) | $(boot_task 7)"
	call clean '{}'
	begin 'a safety task and a stopped service' "$(timed 7) | $(boot_task 7) | .services.obengine.state = 1"
	call install-wait '{wait_ms: 300}'
	call clean '{}'
	begin 'one that was found stopped' "$(reserved 7 desk-0a1b2c3d 0 '{engine: "stopped"}')"' | .services.obengine.state = 1'
	call clean '{}'
	begin 'one that ran and does not' "$(reserved 7 desk-0a1b2c3d 0 "$ran") | $(boot_task 7)"' | .services.obengine |= (. + {state: 1, pid: null})'
	call clean '{}'
	boots
	within 30 engine_runs || not_ok 'the task of a boot starts obengine'
	within 30 boot_ended || not_ok 'the task of a boot ends'
	same_state 'a boot starts obengine'
	call clean '{}'
	begin 'a boot into Windows Installer' "$(reserved 7 desk-0a1b2c3d 0 "$ran") | $(boot_task 7)"' |
		.services.obengine |= (. + {state: 1, pid: null}) | .install.asks = [true, true, false, true]'
	boots
	within 30 engine_runs || not_ok 'the task of a boot starts obengine behind Windows Installer'
	# shellcheck disable=SC2154      # of lib.sh
	is 'conformance of a task: a boot waits for Windows Installer' "$("$SIMHOST" --get "$work/real.json" install.disturbed)" ''
	begin 'one whose obengine somebody stopped before the first change' "$taken"' | .services.obengine |= (. + {state: 1, pid: null})'
	call clean '{}'
	begin 'a boot of one that did not run' "$(reserved 7 desk-0a1b2c3d 0 '{engine: "stopped"}') | $(boot_task 7)"' |
		.services.obengine |= (. + {state: 1, pid: null})'
	boots
	within 30 boot_ended || not_ok 'the task of a boot ends'
	# shellcheck disable=SC2154      # of lib.sh
	is 'conformance of a task: what did not run is left alone' "$("$SIMHOST" --get "$work/real.json" services.obengine.state)" 1
	begin 'another call at work' "$ours | $taken" put
	hold_call
	call install-start '{lock_ms: 300}'
	call clean '{lock_ms: 300}'
	call install-wait '{wait_ms: 300}'
	leave_call
	call clean '{}'
}

# An installer that leaves the service stopped: its own task starts it, and tries again.
