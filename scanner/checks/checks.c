/* checks.c - the catalogue: what each check of check_rows.h says, and nothing else: find.c finds
 * one and judges by it. The functions behind stand in checks_*.c, a file a family; docs/checks.md
 * is made from this table. */
#include "scanner/checks/checks.h"

#include "scanner/checks/checks_inside.h"
#include "scanner/policy/documented.h"

/* One that no row bears is a check that was left out: the compiler calls it unused. */
#define CHECK_WORD(id, word, ...) static const char id_##id[] = word;
CHECKS(CHECK_WORD)
#undef CHECK_WORD

#define STUCK "starting or stopping as it was at the look before"
#define STOPS_ALL "it counts as stops-backups."     /* stops_all() in scanner/judge.c */

/* clang-format off */
const struct check checks[CHECK_COUNT + 1] = {
	[CHECK_ACCOUNT] = { .id = id_ACCOUNT, .title = "asked as an administrator",
	  .severity = SEVERITY_MAY_FAIL,
	  .follows = "Nobody knows how the server's backups stand.",
	  .looks_at = "whether the account that signed in is an administrator, with all its rights",
	  .rule = "Fails when it is not: much cannot be read then, or reads as if it were not "
		    "there, so that no other verdict counts and the status is undetermined.",
	  .document = "docs/protocol.md, fact host",
	  .remedy = "Sign in with an account that is a member of Administrators and whose rights "
		    "over the network are not filtered.",
	  .command = "net localgroup Administrators" },
	[CHECK_IDENTITY] = { .id = id_IDENTITY, .title = "the server that was asked answers",
	  .severity = SEVERITY_MAY_FAIL,
	  .follows = "What is said here is true of another server, and of this one nothing is.",
	  .looks_at = "SMBIOS UUID, MachineGuid and machine SID against those seen before under this "
		    "name; the computer's name against the host's name and ansible_host, or "
		    "marshal_computer_name of the inventory",
	  .rule = "Fails when two of the three differ from those of the machine that answered before, until "
		    "a scan accepts that: all that is seen is of that machine, so that no other verdict counts "
		    "and the status is undetermined; an id that clones have as well counts for neither. Warns "
		    "when the names differ, compared up to the first point at 15 characters and without case, and "
		    "where the looks before found the same machine with the same computer name under another name "
		    "of the inventory, that comes before this one. "
		    "Unknown where fewer than two of the three are known. An address has no name: not applicable.",
	  .document = "docs/inventory.md, marshal_computer_name",
	  .remedy = "Find out which server this is. Correct the address in the inventory or in the "
		    "name server, or say the name that it has in marshal_computer_name. Take the second "
		    "name of a server out. Where the "
		    "server was exchanged or installed anew, accept that: marshal scan "
		    "--accept-changed HOST." },
	[CHECK_INSTALLED] = { .id = id_INSTALLED, .title = "MARS agent installed",
	  .severity = SEVERITY_STOPS_BACKUPS,
	  .follows = "Nothing is backed up.",
	  .looks_at = "HKLM\\SOFTWARE\\Microsoft\\Windows Azure Backup\\Setup; the trees of DPM, "
		    "MABS and Site Recovery",
	  .rule = "Fails when the Setup key is not there, and when it is all that a removed agent "
		    "left: neither program nor service.",
	  .document = KB_VERSIONS,
	  .remedy = "Install the latest MARS agent (" NEWEST_AGENT ") and register the server with its vault." },
	[CHECK_VERSION] = { .id = id_VERSION, .title = "agent at the minimum version",
	  .severity = SEVERITY_STOPS_BACKUPS,
	  .follows = "Every backup fails, with 0x1FBD3.",
	  .looks_at = "file version of cbengine.exe, and of the program that the service obengine runs",
	  .rule = "Fails below the minimum of the policy (" MINIMUM_SAID "), and where no version can be read. An "
		    "older program that the service runs counts before cbengine.exe: it is what backs up.",
	  .document = KB_VERSIONS,
	  .remedy = "Download the latest agent (" NEWEST_AGENT ") and upgrade with it. If "
		    "the issue persists, contact Microsoft Support.",
	  .command = "marshal upgrade HOST --installer MARSAgentInstaller.exe" },
	[CHECK_TARGET] = { .id = id_TARGET, .title = "agent at the target version",
	  .severity = SEVERITY_INFO,
	  .follows = "Nothing: it is how far the policy wants the agent.",
	  .looks_at = "the version that mars.version judges",
	  .rule = "Fails below the target; not applicable where none is set.",
	  .document = KB_VERSIONS,
	  .remedy = "Plan an upgrade.",
	  .command = "marshal upgrade HOST --installer MARSAgentInstaller.exe" },
	[CHECK_WITNESSES] = { .id = id_WITNESSES, .title = "all witnesses name one version",
	  .severity = SEVERITY_MAY_FAIL,
	  .follows = "An upgrade that was left half-done may end at the next backup.",
	  .looks_at = "versions of cbengine.exe, of the uninstall keys in both registry views and "
		    "of the service's program, and its path",
	  .rule = "Warns when one of them says otherwise than cbengine.exe; unknown when "
		    "there is no other.",
	  .document = KB_VERSIONS,
	  .remedy = "A half-done upgrade looks like this: run the installer again, or repair "
		    "the agent." },
	[CHECK_THRESHOLDS] = { .id = id_THRESHOLDS, .title = "agent above the documented thresholds",
	  .severity = SEVERITY_MAY_FAIL,
	  .follows = "What the evidence names does not work; the rest does.",
	  .looks_at = "file version of cbengine.exe against thresholds.c and the policy's own",
	  .rule = "Warns below a version from which on something works, and names it.",
	  .document = DOC_TROUBLE "; " DOC_FAQ "; " DOC_MATRIX,
	  .remedy = "Upgrade the agent if you need what the evidence names.",
	  .command = "marshal upgrade HOST --installer MARSAgentInstaller.exe" },
	[CHECK_REGISTRATION] = { .id = id_REGISTRATION, .title = "registered, also since the upgrade",
	  .severity = SEVERITY_STOPS_BACKUPS,
	  .follows = "The vault takes no backup of the server.",
	  .looks_at = "Config\\MachineId, version history, CloudBackup events 3 and 10",
	  .rule = "Fails where it is not registered (never, or not any more), and from an upgrade across " MINIMUM_SAID
		    " on until a backup that completed after it is seen; a version that could not be read is the one that others told, else "
		    "all is unknown until then. On servers of DPM and MABS it is unknown where the agent's own place has nothing.",
	  .document = KB_REGISTER "; " DOC_STATE,
	  .remedy = "Register the server with a new vault credential file and the same passphrase "
		    "that it was first registered with; then run a backup. After an upgrade that "
		    "is all. Otherwise, and where it fails: uninstall the agent on the server, "
		    "delete the server in the portal (the vault, Backup Infrastructure), install "
		    "the agent and register it with that passphrase." },
	[CHECK_NEWER_REQUIRED] = { .id = id_NEWER_REQUIRED, .title = "service asks for no newer agent",
	  .severity = SEVERITY_MAY_FAIL,
	  .follows = "The service may refuse this agent before long.",
	  .looks_at = "CloudBackup event 14, version history",
	  .rule = "Warns when the newest event 14 is newer than the last change of version.",
	  .document = "CloudBackup event log, event 14 (CBP_VERSION_UPGRADE_NTF_EVENT)",
	  .remedy = "Download the latest agent (" NEWEST_AGENT ") and upgrade with it. If "
		    "the issue persists, contact Microsoft Support.",
	  .command = "marshal upgrade HOST --installer MARSAgentInstaller.exe" },
	[CHECK_OBENGINE] = { .id = id_OBENGINE, .title = "backup service running",
	  .severity = SEVERITY_STOPS_BACKUPS,
	  .follows = "Nothing runs that could back up.",
	  .looks_at = "state and start type of obengine",
	  .rule = "Fails when it does not run, or " STUCK "; warns while it starts, and when it runs but "
		    "is disabled.",
	  .document = DOC_STATE,
	  .remedy = "Find out who stopped it, then start it on the server and try the backup "
		    "again. Where it runs and backups fail, restart it.",
	  .command = "net start obengine" },
	[CHECK_MANAGEMENT_AGENT] = { .id = id_MANAGEMENT_AGENT, .title = "management agent running",
	  .severity = SEVERITY_MAY_FAIL,
	  .follows = "The portal does not see the server; backups go on.",
	  .looks_at = "state and start type of the Microsoft Azure Recovery Services Management "
		    "Agent",
	  .rule = "Fails when it does not run, or " STUCK ": the portal then shows old versions and "
		    "jobs, backups go on.",
	  .document = DOC_STATE,
	  .remedy = "Restart it on the server.",
	  .command = "Restart-Service -DisplayName 'Microsoft Azure Recovery Services Management Agent'" },
	[CHECK_RPCSS] = { .id = id_RPCSS, .title = "Remote Procedure Call running",
	  .severity = SEVERITY_STOPS_BACKUPS,
	  .follows = "VSS and the agent cannot talk to each other: no snapshot, no backup.",
	  .looks_at = "state and start type of RpcSs",
	  .rule = "Fails when disabled, not running or " STUCK "; warns when its start type is not "
		    "Automatic.",
	  .document = DOC_STATE,
	  .remedy = "Set the documented start type and start it.",
	  .command = "Set-Service RpcSs -StartupType Automatic" },
	[CHECK_EVENTSYSTEM] = { .id = id_EVENTSYSTEM, .title = "COM+ Event System running",
	  .severity = SEVERITY_STOPS_BACKUPS,
	  .follows = "VSS reaches no writer: no snapshot, no backup.",
	  .looks_at = "state and start type of EventSystem",
	  .rule = "Fails when disabled, not running or " STUCK "; warns when its start type is not "
		    "Automatic.",
	  .document = DOC_STATE,
	  .remedy = "Set the documented start type and start it.",
	  .command = "Set-Service EventSystem -StartupType Automatic; Start-Service EventSystem" },
	[CHECK_SENS] = { .id = id_SENS, .title = "System Event Notification running",
	  .severity = SEVERITY_MAY_FAIL,
	  .follows = "Some writers are not told; system state may fail.",
	  .looks_at = "state and start type of SENS",
	  .rule = "Fails when disabled, not running or " STUCK "; warns when its start type is not "
		    "Automatic.",
	  .document = DOC_STATE,
	  .remedy = "Set the documented start type and start it.",
	  .command = "Set-Service SENS -StartupType Automatic; Start-Service SENS" },
	[CHECK_VSS_SERVICE] = { .id = id_VSS_SERVICE, .title = "Volume Shadow Copy not disabled",
	  .severity = SEVERITY_STOPS_BACKUPS,
	  .follows = "No snapshot can be made: every backup fails, with 100034.",
	  .looks_at = "start type of VSS",
	  .rule = "Starts on demand, so stopped is fine: fails when disabled or " STUCK ", warns "
		    "when its start type is not Manual.",
	  .document = DOC_STATE,
	  .remedy = "Set the documented start type.",
	  .command = "Set-Service VSS -StartupType Manual" },
	[CHECK_SWPRV] = { .id = id_SWPRV, .title = "Shadow Copy Provider not disabled",
	  .severity = SEVERITY_STOPS_BACKUPS,
	  .follows = "Windows' own provider makes no snapshot: every backup fails, with 100034.",
	  .looks_at = "start type of swprv",
	  .rule = "Starts on demand, so stopped is fine: fails when disabled or " STUCK ", warns "
		    "when its start type is not Manual.",
	  .document = DOC_STATE "; " DOC_SELFHELP ", cbpsourcesnapshotfailed",
	  .remedy = "Set the documented start type.",
	  .command = "Set-Service swprv -StartupType Manual" },
	[CHECK_LOGIN] = { .id = id_LOGIN, .title = "login URL reachable",
	  .severity = SEVERITY_STOPS_BACKUPS,
	  .follows = "The agent cannot sign in to the vault.",
	  .looks_at = "HTTPS to the cloud's login URL through the agent's proxy: login.windows.net "
		    "and its newer name login.microsoftonline.com (public), "
		    "login.chinacloudapi.cn (china), login.microsoftonline.us (usgov)",
	  .rule = "Fails when the URL does not answer or a proxy refuses; warns when only the "
		    "newer name is closed, or nobody known issued the certificate; unknown when a "
		    "proxy wants a sign-in, which the agent may have, or when another way may lead "
		    "there that is not followed: SYSTEM's configuration script, past the proxy by "
		    "its list, a policy that makes proxies the machine's. The German cloud's "
		    "login.microsoftonline.de is closed: fails where the inventory has that.",
	  .document = KB_VERSIONS ", step 3",
	  .remedy = "Let the firewall and the proxy that the agent uses pass HTTPS to the "
		    "cloud's login URL." },
	[CHECK_ENDPOINTS] = { .id = id_ENDPOINTS, .title = "endpoints of the service reachable",
	  .severity = SEVERITY_MAY_FAIL,
	  .follows = "The agent cannot reach a name that it uses; where it reaches none, " STOPS_ALL,
	  .looks_at = "HTTPS through the agent's proxy to names of the documented domains that "
		    "stand in the agent's configuration or the end of its log, at most four; "
		    "where none do, to a known name that stands in for a wildcard",
	  .rule = "Fails when a name that the agent uses is closed; a stand-in passes or is "
		    "unknown, as is a name where a proxy wants a sign-in, and one of the log "
		    "alone that no name server knows any more, or any that is closed while "
		    "another way may lead there (as for network.login-url). Warns when nobody known "
		    "issued a certificate. Not applicable where nothing can be asked, not examined "
		    "where the agent has another proxy since they were asked.",
	  .document = "Azure Backup, network connectivity; " DOC_TROUBLE,
	  .remedy = "Let the firewall and the proxy that the agent uses pass HTTPS to the hosts "
		    "that the evidence names, or to the documented domains." },
	[CHECK_PROXY] = { .id = id_PROXY, .title = "proxies agree",
	  .severity = SEVERITY_MAY_FAIL,
	  .follows = "Two ways out of the server: one of them may be closed.",
	  .looks_at = "proxies of the agent, of the account SYSTEM and of WinHTTP",
	  .rule = "Warns when they differ; unknown when the agent's cannot be read.",
	  .document = DOC_TROUBLE ", error 100050",
	  .remedy = "Give the agent, SYSTEM and WinHTTP one proxy, or none.",
	  .command = "Get-OBMachineSetting; netsh winhttp show proxy" },
	[CHECK_TLS12] = { .id = id_TLS12, .title = "TLS 1.2 on",
	  .severity = SEVERITY_STOPS_BACKUPS,
	  .follows = "The service takes nothing older: connections are reset, with 10054.",
	  .looks_at = "SChannel's values for TLS 1.2 clients, .NET's SystemDefaultTlsVersions and "
		    "SchUseStrongCrypto",
	  .rule = "Fails when SChannel has it switched off; warns when a value of .NET is 0, "
		    "and before 2012 R2 when values are not set. Not set is fine from 2012 R2 "
		    "on.",
	  .document = "Transport Layer Security in Azure Backup",
	  .remedy = "Switch TLS 1.2 on as the document says, for SChannel and for the .NET "
		    "Framework in both registry views, then restart." },
	[CHECK_SCRATCH_LOCATION] = { .id = id_SCRATCH_LOCATION, .title = "scratch folder where it may be",
	  .severity = SEVERITY_STOPS_BACKUPS,
	  .follows = "The agent has no place, or no key, for its work: the backup fails.",
	  .looks_at = "both ScratchLocation values, the folder with its attributes and "
		    "OnlineBackup.KEK, its drive",
	  .rule = "Fails when the values differ, folder or key are missing, on a share or "
		    "removable drive, and when it is encrypted, compressed, sparse, "
		    "deduplicated, offline or a reparse point; unknown when its drive type or "
		    "attributes are; warns when one value is not set.",
	  .document = DOC_FAQ ", cache folder",
	  .remedy = "Move the scratch folder as the FAQ describes, set both values to it, and "
		    "start obengine again." },
	[CHECK_SCRATCH_SPACE] = { .id = id_SCRATCH_SPACE, .title = "free space for the scratch folder",
	  .severity = SEVERITY_STOPS_BACKUPS,
	  .follows = "The backup ends for lack of space.",
	  .looks_at = "free bytes of the scratch folder's volume, size of the protected data",
	  .rule = "Fails below " SAID(SCRATCH_MIN_GB) " GB. Where the size of the data is known: fails "
		    "below " SAID(SCRATCH_FAIL_DATA_PERCENT) " % of it, warns below "
		    SAID(SCRATCH_WARN_DATA_PERCENT) " %; else warns below "
		    SAID(SCRATCH_WARN_PERCENT) " % of the volume.",
	  .document = DOC_FAQ ", cache folder; " DOC_STATE "; Space for the scratch folder",
	  .remedy = "Free space on the scratch volume, or move the scratch folder as the FAQ "
		    "describes." },
	[CHECK_STATE_SPACE] = { .id = id_STATE_SPACE, .title = "free space for system state",
	  .severity = SEVERITY_MAY_FAIL,
	  .follows = "System state fails; files go on; where there are none, " STOPS_ALL,
	  .looks_at = "free bytes of the system volume, backup policy",
	  .rule = "Fails below " SAID(STATE_FAIL_GB) " GB, warns below " SAID(STATE_WARN_GB) " GB; not "
		    "applicable where system state is not protected.",
	  .document = DOC_SELFHELP ", wsbdiskspaceorsfcissue; " DOC_FAQ,
	  .remedy = "Free space on the system volume." },
	[CHECK_VOLUMES] = { .id = id_VOLUMES, .title = "protected volumes supported",
	  .severity = SEVERITY_MAY_FAIL,
	  .follows = "It is not backed up; others are; where there are none, nor system state, " STOPS_ALL,
	  .looks_at = "the volumes of the backup policy: drive type, file system, BitLocker, "
		    "read-only",
	  .rule = "Fails when one is not NTFS on a fixed disk, locked or read-only, or none of "
		    "them is there; warns when one is not there; unknown when the drive type or file system of one "
		    "is.",
	  .document = DOC_MATRIX,
	  .remedy = "Unlock the volume, or take it out of the backup policy." },
	[CHECK_VOLUMES_FILES] = { .id = id_VOLUMES_FILES, .title = "protected files supported",
	  .severity = SEVERITY_MAY_FAIL,
	  .follows = "Files that are left out of the backup cannot be restored from it.",
	  .looks_at = "attributes of at most 5,000 files and folders of each volume of the backup "
		    "policy, 500 of a folder, six folders deep",
	  .rule = "Warns when there are some that the agent leaves out: reparse points (links, "
		    "junctions, mount points), files that are encrypted and sparse, and files that a "
		    "cloud keeps. A sample: what it does not find may be there, and what it finds may "
		    "be excluded by the policy. Windows' own hidden links do not count, nor files of "
		    "a deduplicated volume. Hard links and streams are not looked at.",
	  .document = DOC_STATE "; " DOC_MATRIX ", supported file types",
	  .remedy = "Exclude them from the backup policy, so that nobody counts on them, and back up "
		    "what they lead to where it is: the target of a link, files of a cloud there or "
		    "kept on the server.",
	  .command = "Get-ChildItem -LiteralPath X:\\ -Recurse -Force -Attributes ReparsePoint, "
		     "Encrypted+SparseFile" },
	[CHECK_OS] = { .id = id_OS, .title = "system supported",
	  .severity = SEVERITY_MAY_FAIL,
	  .follows = "It may work, and nobody helps where it does not.",
	  .looks_at = "build of Windows, server or client",
	  .rule = "Fails below Windows Server 2008 SP2 and Windows 7 SP1; warns when it is "
		    "not in the matrix, its own support ended, or system state is protected "
		    "where it may not be.",
	  .document = DOC_MATRIX,
	  .remedy = "Move the work to a system of the support matrix." },
	[CHECK_CORE] = { .id = id_CORE, .title = "no Server Core",
	  .severity = SEVERITY_INFO,
	  .follows = "Nothing for backups: the agent's console is not there.",
	  .looks_at = "InstallationType",
	  .rule = "Warns on Server Core: the documents disagree whether it is supported. Not "
		    "applicable on clients.",
	  .document = DOC_MATRIX,
	  .remedy = "Nothing, as long as backups work: know it before you ask for support." },
	[CHECK_AZURE_VM] = { .id = id_AZURE_VM, .title = "no Azure virtual machine with system state",
	  .severity = SEVERITY_INFO,
	  .follows = "Nothing: another kind of backup is meant for its system state.",
	  .looks_at = "asset tag of the machine, backup policy",
	  .rule = "Warns on an Azure virtual machine whose system state is protected: the "
		    "documents disagree.",
	  .document = DOC_STATE "; Install the MARS agent; Backup agent on an Azure virtual machine",
	  .remedy = "The documents have system state backup for servers on premises only: "
		    "back the machine up as an Azure virtual machine. Where it works, know "
		    "it before you ask for support." },
	[CHECK_UPDATES] = { .id = id_UPDATES, .title = "latest updates installed",
	  .severity = SEVERITY_MAY_FAIL,
	  .follows = "Faults of Windows that were mended since may hit a backup.",
	  .looks_at = "newest date of Win32_QuickFixEngineering",
	  .rule = "Warns when the newest update is older than the policy allows ("
		    SAID(UPDATES_WARN_DAYS) " days).",
	  .document = DOC_STATE,
	  .remedy = "Install the latest updates." },
	[CHECK_REBOOT] = { .id = id_REBOOT, .title = "no restart pending",
	  .severity = SEVERITY_STOPS_UPGRADE,
	  .follows = "The installer may refuse to begin, or end half-done.",
	  .looks_at = "restarts pending for servicing, Windows Installer, Windows Update and a "
		    "new name; file renames",
	  .rule = "Fails when servicing or Windows Installer wait for a restart; warns for "
		    "Windows Update, a new name or file renames alone.",
	  .document = KB_REGISTER "; observations of upgrades under a pending restart",
	  .remedy = "Restart the server when it suits." },
	[CHECK_CLOCK] = { .id = id_CLOCK, .title = "clock agrees with ours",
	  .severity = SEVERITY_MAY_FAIL,
	  .follows = "Signing in to the vault fails when it is more.",
	  .looks_at = "clock of the server against the controller's, without the round trip",
	  .rule = "Warns from " SAID(CLOCK_WARN_MINUTES) " minutes on, fails from "
		    SAID(CLOCK_FAIL_MINUTES) ".",
	  .document = DOC_STATE,
	  .remedy = "Mend the time service on the server.",
	  .command = "w32tm /resync" },
	[CHECK_TIME_ZONE] = { .id = id_TIME_ZONE, .title = "time zone as expected",
	  .severity = SEVERITY_MAY_FAIL,
	  .follows = "Backups begin at other hours than was meant.",
	  .looks_at = "time zone of the server against marshal_time_zone of the inventory",
	  .rule = "Warns when they differ; not applicable where the inventory names none.",
	  .document = DOC_STATE,
	  .remedy = "Set the time zone, or correct the inventory.",
	  .command = "tzutil /g" },
	[CHECK_DOTNET] = { .id = id_DOTNET, .title = ".NET Framework " DOTNET_MIN " or later",
	  .severity = SEVERITY_STOPS_BACKUPS,
	  .follows = "The agent does not run.",
	  .looks_at = "NDP\\v4\\Full, Release",
	  .rule = "Fails below " DOTNET_MIN " (" SAID(DOTNET_MIN_RELEASE) "); warns below what the "
		    "policy asks for.",
	  .document = DOC_STATE "; .NET Framework, download",
	  .remedy = "Install .NET Framework 4.8; 4.5.2 is the least." },
	[CHECK_POWERSHELL] = { .id = id_POWERSHELL, .title = "PowerShell ready for scheduled backups",
	  .severity = SEVERITY_MAY_FAIL,
	  .follows = "Scheduled backups may not start. Below 3.0 and with Restricted they do not: " STOPS_ALL,
	  .looks_at = "version, language mode, execution policy of the machine, MSOnlineBackup below "
		    "the agent's folder and on the module path",
	  .rule = "Fails below 3.0 and with execution policy Restricted; warns in the language mode "
		    "ConstrainedLanguage, and when the module is missing or not on the module "
		    "path. DPM and MABS servers have no such module.",
	  .document = DOC_TROUBLE,
	  .remedy = "Set the execution policy of the machine to RemoteSigned; put the agent's "
		    "bin\\Modules on PSModulePath.",
	  .command = "Set-ExecutionPolicy RemoteSigned -Scope LocalMachine" },
	[CHECK_WSB_FEATURE] = { .id = id_WSB_FEATURE, .title = "Windows Server Backup installed",
	  .severity = SEVERITY_MAY_FAIL,
	  .follows = "System state is not backed up; files are; where there are none, " STOPS_ALL,
	  .looks_at = "install state of the feature Windows-Server-Backup",
	  .rule = "Where system state is protected it fails unless Installed (Available is "
		    "not installed); where it is not: not applicable; where that is not known "
		    "it warns.",
	  .document = DOC_STATE,
	  .remedy = "Install the feature. The other way is Server Manager: Add roles and "
		    "features; Installation Type, Next; select the server, Next; leave the "
		    "roles as they are, Next; select Windows Server Backup under Features, Next; "
		    "Install under Confirmation; Results then says that it succeeded.",
	  .command = "Install-WindowsFeature -Name Windows-Server-Backup" },
	[CHECK_WBJOB] = { .id = id_WBJOB, .title = "Get-WBJob recognised",
	  .severity = SEVERITY_MAY_FAIL,
	  .follows = "System state may fail, and nobody can be asked how it went; where only that is "
		    "protected, " STOPS_ALL,
	  .looks_at = "whether PowerShell knows Get-WBJob",
	  .rule = "Fails where system state is protected and the cmdlet is unknown; warns "
		    "where that is not known.",
	  .document = DOC_STATE,
	  .remedy = "Install the feature Windows Server Backup again, then run Get-WBJob "
		    "from an elevated PowerShell.",
	  .command = "Uninstall-WindowsFeature Windows-Server-Backup; Install-WindowsFeature "
		    "-Name Windows-Server-Backup" },
	[CHECK_WSB_JOB] = { .id = id_WSB_JOB, .title = "last job of Windows Server Backup",
	  .severity = SEVERITY_MAY_FAIL,
	  .follows = "The system state of that day is not in the vault.",
	  .looks_at = "Get-WBJob -Previous 1",
	  .rule = "Fails when it ended with an error and system state is protected; else "
		    "warns. `marshal test wsb` is the documented proof.",
	  .document = DOC_STATE "; " DOC_WSB ", Get-WBJob",
	  .remedy = "Follow the error that the evidence names: `marshal explain CODE`. What "
		    "fails here is Windows Server Backup, and it makes the agent's backups "
		    "of system state fail: prove it with a backup to a volume X:.",
	  .command = "marshal test wsb HOST --target X:" },
	[CHECK_SVI] = { .id = id_SVI, .title = "SYSTEM may write System Volume Information",
	  .severity = SEVERITY_MAY_FAIL,
	  .follows = "Snapshots of the system volume may fail.",
	  .looks_at = "rights on the folder of the system volume",
	  .rule = "Fails when SYSTEM has no full control. As a rule only SYSTEM may read it.",
	  .document = DOC_STATE,
	  .remedy = "Give SYSTEM full control of the folder. Administrators have no rights "
		    "on it as a rule: run the command as SYSTEM, or take the folder first "
		    "(takeown /f ... /a).",
	  .command = "icacls \"C:\\System Volume Information\" /grant \"*S-1-5-18:(OI)(CI)F\"" },
	[CHECK_ANTIVIRUS] = { .id = id_ANTIVIRUS, .title = "antivirus that is installed",
	  .severity = SEVERITY_INFO,
	  .follows = "Nothing: it is named for those who look for a cause.",
	  .looks_at = "Windows Defender, registered products of clients, file system filters of "
		    "antivirus",
	  .rule = "Always passes: names what may interfere with a backup.",
	  .document = DOC_STATE "; " DOC_TROUBLE "; Other processes and antivirus software",
	  .remedy = "Exclude the agent's folders and processes in these products; see "
		    "whether one of them, or another process, interferes with the backup." },
	[CHECK_EXCLUSIONS] = { .id = id_EXCLUSIONS, .title = "agent excluded from antivirus",
	  .severity = SEVERITY_MAY_FAIL,
	  .follows = "Backups may be slow, or end with files in use.",
	  .looks_at = "exclusions of Windows Defender",
	  .rule = "Warns when the agent's folder, the scratch folder or cbengine.exe is not "
		    "excluded. Other products' exclusions cannot be read.",
	  .document = DOC_TROUBLE,
	  .remedy = "Exclude what the evidence names.",
	  .command = "Add-MpPreference -ExclusionPath 'C:\\Program Files\\Microsoft Azure Recovery Services Agent' -ExclusionProcess cbengine.exe" },
	[CHECK_INTERFERENCE] = { .id = id_INTERFERENCE, .title = "no other backup software in the way",
	  .severity = SEVERITY_MAY_FAIL,
	  .follows = "Two at the same snapshots or files: one of them fails.",
	  .looks_at = "services of known backup products, VSS providers beside Windows' own, file "
		    "system filters of backup and replication",
	  .rule = "Warns where one is there and the newest backup failed; else passes, and names "
		    "what may interfere.",
	  .document = DOC_STATE "; " DOC_TROUBLE "; Other processes and antivirus software",
	  .remedy = "See that no backup of another product runs beside the agent's, and that it "
		    "leaves volumes and writers to it; for a test stop its services, or take its "
		    "VSS provider away.",
	  .command = "vssadmin list providers" },
	[CHECK_WRITERS] = { .id = id_WRITERS, .title = "no writer failed",
	  .severity = SEVERITY_MAY_FAIL,
	  .follows = "What that writer keeps may be missing from a backup, or end it. Where "
		    "only system state is protected and it is System Writer, " STOPS_ALL,
	  .looks_at = "state and last error of each VSS writer",
	  .rule = "Fails when one is in a failed state, or System Writer is not listed and system "
		    "state is protected; warns when one kept an error.",
	  .document = DOC_STATE,
	  .remedy = "Restart the service behind the writer, or the server.",
	  .command = "vssadmin list writers" },
	[CHECK_SHADOW_STORAGE] = { .id = id_SHADOW_STORAGE, .title = "room for snapshots",
	  .severity = SEVERITY_MAY_FAIL,
	  .follows = "A snapshot may be lost in the middle of a backup.",
	  .looks_at = "limits of Win32_ShadowStorage",
	  .rule = "Warns when copies of a volume are limited below what the policy asks for "
		    "(" SAID(SHADOW_MIN_PERCENT) " % of it).",
	  .document = DOC_STATE "; vssadmin resize shadowstorage",
	  .remedy = "Enlarge the limit: it says how much of the volume copies may take.",
	  .command = "vssadmin resize shadowstorage /for=X: /on=X: /maxsize=10%" },
	[CHECK_WRITER_TIMEOUT] = { .id = id_WRITER_TIMEOUT, .title = "no writer timeout",
	  .severity = SEVERITY_MAY_FAIL,
	  .follows = "That snapshot failed; the next may.",
	  .looks_at = "0x800423F2 in the Application log, source VSS",
	  .rule = "Fails when one is newer than the last good backup and the last change of "
		    "version; older ones pass, and are named.",
	  .document = DOC_STATE ", error 0x800423F2",
	  .remedy = "Wait until CPU and memory of the server are free, or end the processes "
		    "that take too much of them, then try again. Where other backup software "
		    "uses the writer, wait for its end, and run the backup when no other "
		    "runs on the server.",
	  .command = "vssadmin list writers" },
	[CHECK_SHADOW_SPACE] = { .id = id_SHADOW_SPACE, .title = "no copy lost for lack of space",
	  .severity = SEVERITY_MAY_FAIL,
	  .follows = "A backup of that time has lost its snapshot; the next may.",
	  .looks_at = "volsnap events 24, 25, 35 and 36 in the System log",
	  .rule = "Fails when one is newer than the last good backup and the last change of "
		    "version; older ones pass, and are named.",
	  .document = DOC_STATE ", volsnap events; vssadmin resize shadowstorage",
	  .remedy = "Free space on the volume that the event names, so that its copies can "
		    "grow while the backup runs; or enlarge the space that copies may take.",
	  .command = "vssadmin list shadowstorage" },
	[CHECK_EFI_LOCKED] = { .id = id_EFI_LOCKED, .title = "EFI system partition not locked",
	  .severity = SEVERITY_MAY_FAIL,
	  .follows = "System state failed then; it may again.",
	  .looks_at = "the text in the agent's log",
	  .rule = "Warns when it is newer than the last good backup and the last change of "
		    "version: a text can be matched in one language only.",
	  .document = DOC_STATE ", EFI system partition is locked",
	  .remedy = "Where security software holds the partition, ask its vendor to allow "
		    "the MARS agent. Where other backup software does, wait for its end and "
		    "try the backup again." },
	[CHECK_LAST] = { .id = id_LAST, .title = "last backup good",
	  .severity = SEVERITY_STOPS_BACKUPS,
	  .follows = "The newest data is not in the vault.",
	  .looks_at = "CloudBackup events 3, 10, 11 and 18, Get-OBJob",
	  .rule = "Fails when the newest backup failed, the last good one is older than the policy's "
		    "backup-fail (left to the schedule: its longest gap and " SAID(BACKUP_FAIL_SLACK_HOURS)
		    " hours; " SAID(BACKUP_FAIL_DAYS) " days where no schedule is known), or none is on "
		    "record for so long; warns when it had warnings or is older than backup-warn ("
		    SAID(BACKUP_WARN_DAYS) " days), which left at that never warns before the schedule's own "
		    "gap has passed; unknown when none is "
		    "on record and it was seen to be registered more lately, or the agent's log begins "
		    "later, or cannot be read. Not applicable on servers of DPM and MABS.",
	  .document = DOC_CMDLETS ", Get-OBJob; CloudBackup event log",
	  .remedy = "Look at backup.error for the cause, then run a backup: in the agent's "
		    "console Back up Now under Actions, or by the command.",
	  .command = "Get-OBPolicy | Start-OBBackup" },
	[CHECK_SCHEDULE] = { .id = id_SCHEDULE, .title = "scheduled task enabled",
	  .severity = SEVERITY_STOPS_BACKUPS,
	  .follows = "No backup starts by itself.",
	  .looks_at = "the agent's policies; \\Microsoft\\OnlineBackup\\Microsoft-OnlineBackup: account, last "
		    "result, instances, number of such tasks",
	  .rule = "Fails when the agent was asked for its policies and has none, of files or of "
		    "system state; when the task is disabled or not there; when its last run failed and "
		    "no backup came since. Warns when a backup did; when it is not there but another task "
		    "starts a backup, it runs as another than SYSTEM or Administrators, it may start "
		    "twice, or several tasks start a backup.",
	  .document = DOC_TROUBLE ", scheduled backups do not run; Scheduled backup fails, manual backup "
		    "works",
	  .remedy = "Enable the task and have it run as SYSTEM, with no new instance beside one "
		    "that runs.",
	  .command = "schtasks /query /tn \\Microsoft\\OnlineBackup\\Microsoft-OnlineBackup /v" },
	[CHECK_RUNNING] = { .id = id_RUNNING, .title = "no backup running",
	  .severity = SEVERITY_STOPS_UPGRADE,
	  .follows = "An upgrade would cut it.",
	  .looks_at = "Get-OBJob, Get-WBJob, CloudBackup event 1 without an end",
	  .rule = "Warns while one runs: an upgrade waits for its end. One that runs for more than "
		    SAID(BACKUP_STUCK_DAYS) " days, or longer than any of the last ten, may be stuck.",
	  .document = DOC_CMDLETS ", Get-OBJob; " DOC_WSB ", Get-WBJob; CloudBackup event log",
	  .remedy = "Wait for its end before you upgrade. One that is stuck does not end: stop and "
		    "start obengine, then run a backup.",
	  .command = "Get-OBJob" },
	[CHECK_NEXT] = { .id = id_NEXT, .title = "next backup due",
	  .severity = SEVERITY_INFO,
	  .follows = "Nothing yet: it says when there will be one.",
	  .looks_at = "schedules of files and system state, the task's next run",
	  .rule = "Warns when none is scheduled, or the next one is past.",
	  .document = DOC_CMDLETS ", Get-OBPolicy, Get-OBSystemStatePolicy",
	  .remedy = "Set a schedule in the agent's console.",
	  .command = "Get-OBPolicy | Get-OBSchedule" },
	[CHECK_ERROR] = { .id = id_ERROR, .title = "error of the last failure",
	  .severity = SEVERITY_STOPS_BACKUPS,
	  .follows = "The next backup ends like the last until its cause is gone.",
	  .looks_at = "code in the newest CloudBackup event 11 or 18, or of Get-OBJob",
	  .rule = "Fails when the failure is newer than the last good backup; the evidence "
		    "translates it.",
	  .document = DOC_TROUBLE "; the error names its own",
	  .remedy = "Follow the evidence; `marshal explain CODE` says more." },
	[CHECK_PASSPHRASE] = { .id = id_PASSPHRASE, .title = "encryption passphrase set",
	  .severity = SEVERITY_STOPS_BACKUPS,
	  .follows = "Every backup fails, with 34506.",
	  .looks_at = "Get-OBMachineSetting, EncryptionKeyStatus",
	  .rule = "Fails when the encryption key is not set; not applicable before "
		    "registration and on DPM and MABS servers.",
	  .document = DOC_TROUBLE ", error 34506; " DOC_STATE,
	  .remedy = "Set the same passphrase as the server was first registered with: with "
		    "another one older backups cannot be restored.",
	  .command = "Set-OBMachineSetting -EncryptionPassphrase" },
	[CHECK_OFFLINE] = { .id = id_OFFLINE, .title = "Azure PowerShell for offline backup",
	  .severity = SEVERITY_INFO,
	  .follows = "The first copy cannot be sent on disks; backups by line go on.",
	  .looks_at = "modules Azure, AzureRM and Az",
	  .rule = "Warns when neither Azure nor AzureRM is at 3.7.0 where offline backup is "
		    "used; else not applicable.",
	  .document = DOC_STATE ", offline backup",
	  .remedy = "Install Azure PowerShell 3.7.0 on source and copy computer; agents below "
		    "2.0.9250.0 cannot seed with own disks any more." },
	[CHECK_LEFT_OVERS] = { .id = id_LEFT_OVERS, .title = "nothing left over by an upgrade",
	  .severity = SEVERITY_INFO,
	  .follows = "Nothing for backups: files lie about, and a task may meet the next upgrade.",
	  .looks_at = "tasks and folders of runs, the reservation of the server, the runs that the "
		    "database has of this host",
	  .rule = "Warns when there are some of a run that is over, or that the database does not "
		    "know, as after a restore of an older one, or of a plan that was staged and has expired or "
		    "was dropped. None is one of a run that is not over, and none while a reservation is held: "
		    "who holds it is said.",
	  .document = "docs/protocol.md, The reservation",
	  .remedy = "Have them taken away. A task that would start a stopped obengine stays.",
	  .command = "marshal upgrade clean HOST" },
};
/* clang-format on */
