/* test_checks_system.c - verdicts about scratch and volumes, the system, Windows Server Backup and
 * security. */
#include "../unit.h"

#include "base/clock.h"
#include "base/mem.h"
#include "scanner/facts/identity.h"
#include "verdicts.h"

#define STATE_PROTECTED "backup.policy", "system_state=true"
#define STATE_UNKNOWN "backup.policy", "known=false"
#define CLIENT "os", "build=19045;installation_type='Client';product_type=1"
#define DATA_UNKNOWN "backup.last-job", "protected_bytes=null"
#define AZURE "machine", "asset_tag='7783-7084-3265-9085-8269-3286-77'"
#define VOLUME(rest) "list=[{'name':'c:\\\\','drive_type':3,'file_system':'NTFS'," rest "}]"

#define FILES(whole, looked, reparse, both, cloud, example) \
	"list=[{'name':'D:\\\\','looked':" looked ",'whole':" whole ",'reparse':" reparse \
	",'encrypted_sparse':" both ",'cloud':" cloud ",'example':" example "}]"

/* clang-format off */
static const struct row rows[] = {
	ROW("scratch.location", V_PASS, "C:\\S, OnlineBackup.KEK is there", NULL),
	ROW("scratch.location", V_PASS, "C:\\S", "scratch", "provider='c:\\\\s\\\\'"),
	ROW("scratch.location", V_FAIL, "Config says C:\\S, CloudBackupProvider says D:\\S",
	  "scratch", "provider='D:\\\\S'"),
	ROW("scratch.location", V_WARN, "Config\\CloudBackupProvider has no ScratchLocation",
	  "scratch", "provider=null"),
	ROW("scratch.location", V_WARN, "but Config has no", "scratch", "config=null"),
	ROW("scratch.location", V_FAIL, "C:\\S does not exist", "scratch",
	  "exists=false;kek_exists=false"),
	ROW("scratch.location", V_FAIL, "OnlineBackup.KEK is not in", "scratch",
	  "kek_exists=false"),
	ROW("scratch.location", V_FAIL, "is a network share", "scratch", "path='\\\\\\\\nas\\\\s'"),
	ROW("scratch.location", V_PASS, "C:\\S", "scratch", "provider='\\\\\\\\?\\\\c:/s'"),
	ROW("scratch.location", V_FAIL, "is a network share", "scratch",
	  "path='\\\\\\\\?\\\\UNC\\\\nas\\\\s'"),
	ROW("scratch.location", V_PASS, "\\\\?\\C:\\S", "scratch", "path='\\\\\\\\?\\\\C:\\\\S'"),
	ROW("scratch.location", V_FAIL, "C:\\ is removable", "scratch", "drive_type=2"),
	ROW("scratch.location", V_FAIL, "C:\\ is a network drive", "scratch", "drive_type=4"),
	ROW("scratch.location", V_FAIL, "no fixed disk (drive type 6)", "scratch", "drive_type=6"),
	ROW("scratch.location", V_FAIL, "the folder is sparse", "scratch", "attributes=528"),
	ROW("scratch.location", V_FAIL, "a reparse point", "scratch", "attributes=1040"),
	ROW("scratch.location", V_FAIL, "the folder is compressed; the folder is encrypted",
	  "scratch", "attributes=18448"),
	ROW("scratch.location", V_FAIL, "is offline", "scratch", "attributes=4112"),
	ROW("scratch.location", V_FAIL, "deduplicated", "scratch", "deduplicated=true"),
	ROW("scratch.location", V_UNKNOWN, "its drive type or attributes are not known", "scratch", "attributes=-1"),
	ROW("scratch.location", V_UNKNOWN, "its drive type or attributes are not known", "scratch", "attributes=4294967296"),
	ROW("scratch.location", V_UNKNOWN, "not known", "scratch", "exists=null"),
	ROW("scratch.location", V_UNKNOWN, "not known", "scratch", "kek_exists=null"),
	ROW("scratch.location", V_UNKNOWN, "its drive type or attributes are not known", "scratch",
	  "drive_type=null;attributes=null;file_system=null"),
	ROW("scratch.location", V_UNKNOWN, "are not known", "scratch", "drive_type=null"),
	ROW("scratch.location", V_UNKNOWN, "are not known", "scratch", "attributes=null"),
	ROW("scratch.location", V_FAIL, "OnlineBackup.KEK is not in", "scratch",
	  "drive_type=null;attributes=null;file_system=null;kek_exists=false"),
	ROW("scratch.location", V_FAIL, "is removable", "scratch", "drive_type=2;attributes=null"),
	ROW("scratch.location", V_PASS, "C:\\S", "scratch", "deduplicated=null"),
	ROW("scratch.location", V_UNKNOWN, "no ScratchLocation", "scratch",
	  "path=null;config=null;provider=null"),
	ROW("scratch.free-space", V_PASS,
	  "50.0 GB (50 %) free for C:\\S; 250 % of 20.0 GB protected", NULL),
	ROW("scratch.free-space", V_WARN, "9 % of", "scratch", "free_bytes=9663676416",
	  "backup.last-job", "protected_bytes=107374182400"),
	ROW("scratch.free-space", V_FAIL, "4 % of 100.0 GB", "scratch", "free_bytes=4294967296",
	  "backup.last-job", "protected_bytes=107374182400"),
	ROW("scratch.free-space", V_WARN, "(4 %)", "scratch", "free_bytes=4294967296",
	  DATA_UNKNOWN),
	ROW("scratch.free-space", V_FAIL, "2.5 GB", "scratch", "free_bytes=2684354559",
	  "backup.last-job", LEFT_OUT),
	ROW("scratch.free-space", V_WARN, "(2 %)", "scratch", "free_bytes=2684354560",
	  "backup.last-job", "protected_bytes=0"),
	ROW("scratch.free-space", V_UNKNOWN, "the free space of the scratch volume is not known", "scratch",
	  "free_bytes=9223372036854775807;size_bytes=null"),
	ROW("systemstate.free-space", V_NOT_APPLICABLE, "not protected", NULL),
	ROW("systemstate.free-space", V_PASS, "50.0 GB free on C:\\, documented are 30 to 35 GB",
	  STATE_PROTECTED),
	ROW("systemstate.free-space", V_WARN, "34.0 GB", STATE_PROTECTED, "system-volume",
	  "free_bytes=36507222016"),
	ROW("systemstate.free-space", V_FAIL, "29.0 GB", STATE_PROTECTED, "system-volume",
	  "free_bytes=31138512896"),
	ROW("systemstate.free-space", V_UNKNOWN, "the free space of the system volume is not known", STATE_PROTECTED, "system-volume",
	  "free_bytes=-1"),
	ROW("systemstate.free-space", V_UNKNOWN, "not known", STATE_PROTECTED, "system-volume",
	  "size_bytes=5"),
	ROW("systemstate.free-space", V_UNKNOWN, "time limit", STATE_PROTECTED, "system-volume",
	  LATE),
	ROW("systemstate.free-space", V_UNKNOWN, "whether system state", STATE_UNKNOWN),
	ROW("volumes.supported", V_PASS, "1 protected", NULL),
	ROW("volumes.supported", V_FAIL, "c:\\ is ReFS, not NTFS", "volumes",
	  "list=[{'name':'C:\\\\','drive_type':3,'file_system':'ReFS'}]", "backup.policy",
	  "volumes=[{'name':'c:\\\\'}]"),
	ROW("volumes.supported", V_FAIL, "is removable", "volumes",
	  "list=[{'name':'C:\\\\','drive_type':2,'file_system':'NTFS'}]"),
	ROW("volumes.supported", V_FAIL, "is a network drive", "volumes",
	  "list=[{'name':'C:\\\\','drive_type':4,'file_system':'NTFS'}]"),
	ROW("volumes.supported", V_FAIL, "locked by BitLocker", "volumes", VOLUME("'locked':true")),
	ROW("volumes.supported", V_FAIL, "read-only", "volumes", VOLUME("'read_only':true")),
	ROW("volumes.supported", V_PASS, "1 protected", "volumes", VOLUME("'deduplicated':true")),
	ROW("volumes.supported", V_WARN, "1 of 2 volumes", "backup.policy",
	  "volumes=[{'name':'C:\\\\'},{'name':'E:\\\\'}]"),
	ROW("volumes.supported", V_UNKNOWN, "C:\\: its drive type or file system is not known",
	  "volumes", "list=[{'name':'C:\\\\'}]"),
	ROW("volumes.supported", V_UNKNOWN, "is not known", "volumes",
	  "list=[{'name':'C:\\\\','drive_type':null,'file_system':'NTFS'}]"),
	ROW("volumes.supported", V_UNKNOWN, "is not known", "volumes",
	  "list=[{'name':'C:\\\\','drive_type':3,'file_system':null}]"),
	ROW("volumes.supported", V_FAIL, "locked by BitLocker", "volumes",
	  "list=[{'name':'C:\\\\','drive_type':3,'file_system':null,'locked':true}]"),
	ROW("volumes.supported", V_FAIL, "E:\\ is removable", "volumes",
	  "list=[{'name':'C:\\\\'},{'name':'E:\\\\','drive_type':2}]", "backup.policy",
	  "volumes=[{'name':'C:\\\\'},{'name':'E:\\\\'}]"),
	ROW("volumes.supported", V_WARN, "1 of 2 volumes", "volumes", "list=[{'name':'C:\\\\'}]",
	  "backup.policy", "volumes=[{'name':'C:\\\\'},{'name':'E:\\\\'}]"),
	ROW("volumes.supported", V_FAIL, "2 of 2 volumes of the backup policy are not there",
	  "backup.policy", "volumes=[{'name':'E:\\\\'},{'name':'F:\\\\'}]"),
	ROW("volumes.supported", V_FAIL, "E:\\ is not there", "volumes",
	  "list=[{'name':'C:\\\\','drive_type':2}]", "backup.policy",
	  "volumes=[{'name':'C:\\\\'},{'name':'E:\\\\'}]"),
	ROW("volumes.supported", V_NOT_APPLICABLE, "no volume", "backup.policy", "volumes=[]"),
	ROW("volumes.supported", V_UNKNOWN, "not known", STATE_UNKNOWN),
	ROW("volumes.supported", V_UNKNOWN, "time limit", "volumes", LATE),

	/* a sample of the volumes of the policy */
	ROW("volumes.files", V_PASS, "none is left out, sampled 5000 files and folders", NULL),
	ROW("volumes.files", V_PASS, "looked at all 12 files and folders: none is left out",
	  "volumes.files", FILES("true", "12", "0", "0", "0", "null")),
	ROW("volumes.files", V_WARN,
	  "2 reparse points; 1 encrypted and sparse; 3 kept by a cloud; such as D:\\x; sampled 5000",
	  "volumes.files", FILES("false", "5000", "2", "1", "3", "'D:\\\\x'")),
	ROW("volumes.files", V_WARN, "1 kept by a cloud; looked at all 7", "volumes.files",
	  FILES("true", "7", "0", "0", "1", "null")),
	ROW("volumes.files", V_NOT_APPLICABLE, "no volume", "volumes.files", "list=[]"),
	ROW("volumes.files", V_UNKNOWN, "policy is not known", "volumes.files", "known=false;list=[]"),
	ROW("volumes.files", V_NOT_APPLICABLE, "DPM", "volumes.files", "known=false;list=[]",
	  "server-kind", "kind='dpm'"),
	ROW("volumes.files", V_UNKNOWN, "", "volumes.files",
	  FILES("true", "7", "-1", "0", "0", "null")),
	ROW("volumes.files", V_UNKNOWN, "", "volumes.files",
	  FILES("true", "9007199254740991", "0", "0", "0", "null")),
	ROW("os.supported", V_PASS, "build 17763: Windows Server 2019", NULL),
	ROW("os.supported", V_PASS, "Windows Server 2012 R2", "os", "build=9600"),
	ROW("os.supported", V_PASS, "Windows Server 2022", "os", "build=20348"),
	ROW("os.supported", V_WARN, "newer than Windows Server 2022; not in", "os", "build=26100"),
	ROW("os.supported", V_WARN, "semi-annual", "os", "build=18363"),
	ROW("os.supported", V_WARN, "2008 R2 SP1; listed, but", "os", "build=7601"),
	ROW("os.supported", V_WARN, "2008 SP2; listed", "os", "build=6002"),
	ROW("os.supported", V_WARN, "2008 SP2; listed", "os", "build=6003"),
	ROW("os.supported", V_FAIL, "R2 before SP1", "os", "build=7600"),
	ROW("os.supported", V_FAIL, "older than", "os", "build=6001"),
	ROW("os.supported", V_PASS, "Windows 10", CLIENT),
	ROW("os.supported", V_PASS, "Windows 11", "os",
	  "build=22631;installation_type='Client';product_type=null"),
	ROW("os.supported", V_WARN, "Windows 10; system state is protected", CLIENT,
	  STATE_PROTECTED),
	ROW("os.supported", V_PASS, "Server 2019", STATE_PROTECTED),
	ROW("os.supported", V_UNKNOWN, "not known", "os", "build=null"),
	ROW("os.supported", V_UNKNOWN, "the build of the system is not known", "os", "build=-9223372036854775808"),
	ROW("os.supported", V_UNKNOWN, "impossible", "os", "build=7"),
	ROW("os.supported", V_PASS, "build 17763: Windows Server 2019; it calls itself Windows Server 2019; in de-DE", NULL),
	ROW("os.powershell", V_WARN, "language mode ConstrainedLanguage; scripts may not", "powershell",
	  "language_mode='ConstrainedLanguage'"),
	ROW("network.tls12", V_PASS, "FIPS mode is on", "tls", "fips=1"),
	ROW("os.azure-vm", V_PASS, "made by VMware, Inc.; VMware Virtual Platform", NULL),
	ROW("wsb.last-job", V_UNKNOWN, "its last job was no backup but a Recovery", "wsb", "type='Recovery'"),
	ROW("os.core", V_PASS, "Server", NULL),
	ROW("os.core", V_WARN, "Server Core", "os", "installation_type='Server Core'"),
	ROW("os.core", V_NOT_APPLICABLE, "no server", CLIENT),
	ROW("os.core", V_UNKNOWN, "not known", "os", "installation_type=null"),
	ROW("os.azure-vm", V_PASS, "no Azure", NULL),
	ROW("os.azure-vm", V_PASS, "an Azure virtual machine", AZURE),
	ROW("os.azure-vm", V_WARN, "documents disagree", AZURE, STATE_PROTECTED),
	ROW("os.azure-vm", V_UNKNOWN, "not known", "machine", "asset_tag=null"),
	ROW("os.updates", V_PASS, "KB5030214 of 2023-09-18, 57 d", NULL),
	ROW("os.updates", V_WARN, "of 2023-05-", "updates", "newest_utc_ms=1685000000000"),
	ROW("os.updates", V_UNKNOWN, "no update has a date", "updates",
	  "newest_utc_ms=null;count=0"),
	ROW("os.updates", V_UNKNOWN, "impossible", "updates", "newest_utc_ms=1800000000000"),
	ROW("os.updates", V_UNKNOWN, "impossible", "updates", "newest_utc_ms=1"),
	ROW("os.pending-reboot", V_PASS, "none is pending", NULL),
	ROW("os.pending-reboot", V_FAIL, "for component servicing", "reboot", "servicing=true"),
	ROW("os.pending-reboot", V_FAIL, "for Windows Installer; Windows Update", "reboot",
	  "installer=true;windows_update=true"),
	ROW("os.pending-reboot", V_WARN, "for Windows Update", "reboot", "windows_update=true"),
	ROW("os.pending-reboot", V_WARN, "a new computer name", "reboot", "computer_rename=true"),
	ROW("os.pending-reboot", V_WARN, "3 file renames wait", "reboot", "renames=3"),
	ROW("os.pending-reboot", V_UNKNOWN, "not known", "reboot", "servicing=null"),
	ROW("os.pending-reboot", V_UNKNOWN, "out of range", "reboot", "renames=-1"),
	ROW("os.time-zone", V_NOT_APPLICABLE, "expects none", NULL),
	ROW("os.dotnet", V_FAIL, ".NET Framework 4.5.1 (release 378758); backups need 4.5.2",
	  "dotnet", "release=378758"),
	ROW("os.dotnet", V_FAIL, "older than 4.5 (release 1)", "dotnet", "release=1"),
	ROW("os.dotnet", V_UNKNOWN, "out of range", "dotnet", "release=-528049"),
	ROW("os.powershell", V_PASS, "5.1.17763.1, execution policy RemoteSigned", NULL),
	ROW("os.powershell", V_FAIL, "need 3.0", "powershell", "version='2.0'"),
	ROW("os.powershell", V_FAIL, "Restricted", "powershell", "execution_policy='Restricted'"),
	ROW("os.powershell", V_PASS, "set by group policy", "powershell",
	  "policy_source='group-policy'"),
	ROW("os.powershell", V_PASS, "not set", "powershell", "execution_policy=null"),
	ROW("os.powershell", V_FAIL, "Restricted", "powershell", "execution_policy=null", CLIENT),
	ROW("os.powershell", V_FAIL, "Restricted", "powershell", "execution_policy='Undefined'",
	  "os", "build=9200"),
	ROW("os.powershell", V_WARN, "not below the agent's folder", "powershell",
	  "agent_module=false"),
	ROW("os.powershell", V_WARN, "not on the module path", "powershell",
	  "module_on_path=false"),
	ROW("os.powershell", V_PASS, "5.1", "powershell", "agent_module=false", "server-kind",
	  "kind='mabs'"),
	ROW("os.powershell", V_PASS, "5.1", "powershell", "agent_module=false", "agent",
	  "installed=false"),
	ROW("os.powershell", V_UNKNOWN, "not known", "powershell", "agent_module=null"),
	ROW("os.powershell", V_UNKNOWN, "not known", "powershell", "version='five'"),

	ROW("feature.windows-server-backup", V_PASS, "Installed", NULL),
	ROW("feature.windows-server-backup", V_NOT_APPLICABLE,
	  "not installed (Available), and system state is not", "features",
	  "windows_server_backup='Available'"),
	ROW("feature.windows-server-backup", V_FAIL,
	  "not installed (Available), and system state is protected", "features",
	  "windows_server_backup='Available'", STATE_PROTECTED),
	ROW("feature.windows-server-backup", V_WARN, "not installed (Removed); whether", "features",
	  "windows_server_backup='Removed'", STATE_UNKNOWN),
	ROW("feature.windows-server-backup", V_NOT_APPLICABLE, "no server", CLIENT),
	ROW("feature.windows-server-backup", V_UNKNOWN, "not known", "features",
	  "windows_server_backup=null"),
	ROW("feature.wbjob", V_PASS, "is recognised", NULL),
	ROW("feature.wbjob", V_NOT_APPLICABLE, "not protected", "wsb", "cmdlet=false"),
	ROW("feature.wbjob", V_FAIL, "not recognised; the feature is Installed", "wsb",
	  "cmdlet=false", STATE_PROTECTED),
	ROW("feature.wbjob", V_WARN, "not recognised", "wsb", "cmdlet=false", STATE_UNKNOWN),
	ROW("feature.wbjob", V_NOT_APPLICABLE, "no server", "wsb", "cmdlet=false", CLIENT),
	ROW("wsb.last-job", V_PASS, "Completed, 2023-11-09T", NULL),
	ROW("wsb.last-job", V_WARN, "0x800423F2: A writer took too long", "wsb",
	  "state='Failed';hresult=-2147212302"),
	ROW("wsb.last-job", V_FAIL, "0x800423F2", "wsb", "state='Failed';hresult=2147754994",
	  STATE_PROTECTED),
	ROW("wsb.last-job", V_WARN, "without an error code", "wsb", "state='Failed';hresult=0"),
	ROW("wsb.last-job", V_WARN, "0x7 (7): No code of the agent; as a system error", "wsb",
	  "hresult=7"),
	ROW("wsb.last-job", V_FAIL,
	  "0x80780049: Windows Server Backup: none of the items included in the backup were backed up; in "
	  "detail 0x8007007B: A system writer reported an invalid path", "wsb",
	  "state='Failed';hresult=2155348041;detailed_hresult=2147942523", STATE_PROTECTED),
	ROW("wsb.last-job", V_WARN, "in detail 0x80042306: The snapshot provider refused", "wsb",
	  "state='Failed';hresult=2155348129;detailed_hresult=-2147212538"),
	ROW("wsb.last-job", V_WARN, "0x80780123: An error of Windows Server Backup", "wsb",
	  "state='Failed';hresult=2155348259"),
	ROW("wsb.last-job", V_NOT_APPLICABLE, "no job on record", "wsb",
	  "state=null;hresult=null;type=null;ended_utc_ms=null"),
	ROW("wsb.last-job", V_WARN, "no job on record", "wsb", "state=null;hresult=null",
	  STATE_PROTECTED),
	ROW("wsb.last-job", V_PASS, "Abgeschlossen", "wsb", "state='Abgeschlossen'"),
	ROW("wsb.last-job", V_WARN, "\xE5\xAE\x8C\xE4\xBA\x86", "wsb",
	  "state='\xE5\xAE\x8C\xE4\xBA\x86';hresult=1"),
	ROW("wsb.last-job", V_NOT_APPLICABLE, "not recognised", "wsb", "cmdlet=false"),
	ROW("wsb.last-job", V_UNKNOWN, "without a result", "wsb", "hresult=null;state='Running'"),
	ROW("wsb.last-job", V_UNKNOWN, "out of range", "wsb", "ended_utc_ms=9000000000000"),
	ROW("wsb.last-job", V_UNKNOWN, "impossible", "wsb", "ended_utc_ms=1800000000000"),
	ROW("wsb.last-job", V_PASS, "at an unknown time", "wsb", "ended_utc_ms=null"),

	ROW("host.account", V_PASS, "WEB01\\admin is an administrator", NULL),
	ROW("host.account", V_FAIL, "nothing else that was found can be believed", "host",
	  "admin=false"),
	ROW("host.account", V_UNKNOWN, "is not known", "host", "admin=null"),
	ROW("security.system-volume-information", V_PASS, "full control", NULL),
	ROW("security.system-volume-information", V_FAIL, "owner is S-1-5-32-544", "security.svi",
	  "full_control=false"),
	ROW("security.system-volume-information", V_UNKNOWN, "not known", "security.svi",
	  "full_control=null"),
	ROW("security.other-backups", V_PASS, "none was found", NULL),
	ROW("security.other-backups", V_PASS,
	  "service VeeamAgent; VSS provider ACME; filter driver BackFlt", "interference",
	  "services=[{'name':'VeeamAgent','start':2}];providers=[{'id':'{1}','name':'ACME'}];filters=[{'name':'BackFlt','altitude':'281000'}]"),
	ROW("security.other-backups", V_WARN, "VSS provider ACME", "interference",
	  "providers=[{'id':'{1}','name':'ACME'}]", "backup.last",
	  "failed_utc_ms=1699995000000;failed_event=11;error=100034"),
	ROW("security.other-backups", V_PASS, "VSS provider ACME", "interference",
	  "providers=[{'id':'{1}','name':'ACME'}]", "backup.last",
	  "failed_utc_ms=1699980000000;failed_event=11;error=100034"),
	ROW("security.other-backups", V_PASS, "none was found", "backup.last",
	  "failed_utc_ms=1699995000000;failed_event=11;error=100034"),
	ROW("security.antivirus", V_PASS, "Windows Defender; filter driver WdFilter", NULL),
	ROW("security.antivirus", V_PASS, "none was found", "antivirus",
	  "defender=false;filters=[]"),
	ROW("security.antivirus", V_PASS, "ACME", "antivirus",
	  "products=[{'name':'ACME'}];filters=[{}]"),
	ROW("security.av-exclusions", V_PASS, "are excluded", NULL),
	ROW("security.av-exclusions", V_PASS, "are excluded", "antivirus.exclusions",
	  "list=[{'kind':'path','value':'c:\\\\'},{'kind':'process','value':'CBENGINE.exe'}]"),
	ROW("security.av-exclusions", V_PASS, "are excluded", "antivirus.exclusions",
	  "list=[{'kind':'path','value':'*'},{'kind':'process','value':'c:\\\\a\\\\bin\\\\*'}]"),
	ROW("security.av-exclusions", V_WARN,
	  "C:\\A is not excluded; C:\\S is not excluded; the process C:\\A\\bin\\cbengine.exe "
	  "is not", "antivirus.exclusions", "list=[]"),
	ROW("security.av-exclusions", V_WARN, "C:\\S is not excluded", "antivirus.exclusions",
	  "list=[{'kind':'path','value':'C:\\\\A'},{'kind':'process','value':'cbengine.exe'},"
	  "{'kind':'path','value':''},{}]"),
	ROW("security.av-exclusions", V_PASS, "are excluded", "antivirus.exclusions",
	  "list=[{'kind':'path','value':'c:/a/'},{'kind':'path','value':'\\\\\\\\?\\\\C:\\\\s'},"
	  "{'kind':'process','value':'C:/A/bin/cb*.exe'}]"),
	ROW("security.av-exclusions", V_UNKNOWN, "could not be read; readable as SYSTEM only", "antivirus.exclusions",
	  "known=false"),
	ROW("security.av-exclusions", V_UNKNOWN, "where the agent is installed is not known", "agent",
	    "install_path=1.5"),
	ROW("security.av-exclusions", V_NOT_APPLICABLE, "does not run", "antivirus",
	  "defender=false"),
};
/* clang-format on */

START_TEST(verdicts_are_as_documented)
{
	verdict_holds(&rows[_i], NULL);
}
END_TEST

START_TEST(a_time_zone_is_compared_with_the_inventory)
{
	const struct context here = { .time_zone = "w. europe standard time" };
	const struct context there = { .time_zone = "UTC" };

	verdict_holds(&(struct row)ROW("os.time-zone", V_PASS, "W. Europe", NULL), &here);
	verdict_holds(&(struct row)ROW("os.time-zone", V_WARN, "the inventory expects UTC", NULL),
		      &there);
	verdict_holds(
		&(struct row)ROW("os.time-zone", V_UNKNOWN, "not known", "clock", "zone=null"),
		&here);
	verdict_holds(&(struct row)ROW("os.time-zone", V_UNKNOWN, "time limit", "clock", LATE),
		      &here);
}
END_TEST

/* What the inventory says of the host, and what the server calls itself. */
static const struct {
	const char *name, *address, *told, *computer;
	enum verdict want;
	const char *evidence;
} named[] = {
	{ "app05", "app05", "", "APP05", V_PASS, "it is APP05" },
	{ "app05", "app05", "", "OTHER99", V_WARN,
	  "calls itself OTHER99, the inventory expects app05" },
	{ "app05", "10.1.2.3", "", "OTHER99", V_WARN, "the inventory expects app05" },
	{ "app05.corp.example", "10.1.2.3", "", "APP05", V_PASS, "" },
	{ "app05", "OTHER99.corp.example", "", "OTHER99", V_PASS, "" },
	{ "app05", "10.1.2.3", "other99", "OTHER99", V_PASS, "" },
	{ "app05", "app05", "other99", "APP05", V_WARN, "the inventory expects other99" },
	{ "averylongname-of-a-server", "::1", "", "AVERYLONGNAME-O", V_PASS, "" },
	{ "averylongname-of-a-server", "::1", "", "AVERYLONGNAME-", V_WARN, "" },
	{ "10.1.2.3", "10.1.2.3", "", "APP05", V_NOT_APPLICABLE, "no name" },
	{ "fe80::1", "fe80::1", "", "APP05", V_NOT_APPLICABLE, "no name" },
	{ "10.1.2.3", "srv1.example", "", "APP05", V_WARN, "the inventory expects srv1.example" },
	{ "app05", "app05", "", "", V_WARN, "" },
};

START_TEST(who_answers_is_compared_with_who_was_asked)
{
	AUTO_FREE char *change = xasprintf("name='%s'", named[_i].computer);
	const struct context beside = { .name = named[_i].name,
					.address = named[_i].address,
					.computer_name = named[_i].told };

	verdict_holds(&(struct row)ROW("host.identity", named[_i].want, named[_i].evidence, "host",
				       change),
		      &beside);
}
END_TEST

/* By its name alone nobody is known; clones are not told apart by an id that they have too. */
START_TEST(who_tells_fewer_than_two_ids_is_not_known)
{
	static const struct {
		const char *change, *name;
		enum verdict want;
	} few[] = {
		{ "uuid=null;machine_guid=null", "web01", V_UNKNOWN },
		{ "uuid=null;machine_guid=null", "10.1.2.3", V_UNKNOWN },
		{ "uuid=null;machine_guid=null", "other99", V_WARN },
		{ LATE, "web01", V_UNKNOWN },
		{ LEFT_OUT, "web01", V_UNKNOWN },
		{ "machine_sid=null", "web01", V_PASS },
	};
	struct machine_ids now;
	struct facts facts;
	AUTO_JSON json_t *past = NULL;

	for (size_t i = 0; i < ARRAY_LEN(few); i++)
		verdict_holds(&(struct row)ROW("host.identity", few[i].want,
					       few[i].want == V_PASS ? "it is WEB01" :
								       "who answered is not known",
					       "identity", few[i].change),
			      &(struct context){ .name = few[i].name, .address = few[i].name });
	healthy_with(&facts, NULL, 0);
	identity_ids(facts_value(&facts, FACT_IDENTITY), &now);
	past = json_pack("{s:{s:{s:b, s:b}}}", "machine", "shared", now.id[MACHINE_GUID], 1,
			 now.id[MACHINE_SID], 1);
	verdict_holds(
		&(struct row)ROW("host.identity", V_UNKNOWN, "who answered is not known", NULL),
		&(struct context){ .name = "web01", .address = "web01", .past = past });
	facts_release(&facts);
}
END_TEST

/* The server is listed under another name that comes first. */
START_TEST(another_name_of_a_server_is_warned_of)
{
	static const struct {
		const char *change[2];
		enum verdict want;
		const char *evidence;
	} twins[] = {
		{ { NULL }, V_WARN, "it is WEB01" },
		{ { NULL }, V_WARN, "; it is the same server as web01-old" },
		{ { "host", "name='OTHER99'" }, V_WARN, "it calls itself OTHER99" },
		{ { "host", LATE }, V_UNKNOWN, "" },
	};

	for (size_t i = 0; i < ARRAY_LEN(twins); i++) {
		AUTO_JSON json_t *past = json_pack("{s:{s:s}}", "machine", "twin", "web01-old");

		verdict_holds(
			&(struct row)ROW("host.identity", twins[i].want, twins[i].evidence,
					 twins[i].change[0], twins[i].change[1]),
			&(struct context){ .name = "web01", .address = "web01", .past = past });
	}
}
END_TEST

/* Which machine shall answer and which did last, an id a letter: = as it is now, x another, - not
 * known; and which of these clones have as well. */
#define ANOTHER "dddddddddddddddddddddddddddddddd"
static const struct {
	const char *known, *last;
	char shared;                    /* x, or the number of one that it has now */
	bool accept;
	const char *change[2];
	enum verdict want;
	const char *evidence;
} exchanged[] = {
	{ "===", "===", 0, false, { NULL }, V_PASS, "it is WEB01" },
	{ "==x", "==x", 0, false, { NULL }, V_PASS, "" },
	{ "---", "---", 0, false, { NULL }, V_PASS, "" },
	{ "=xx", "=xx", 0, false, { NULL }, V_FAIL,
	  "another machine than before, since 2023-11-14; the one before was another installation "
	  "of Windows on this hardware" },
	{ "xx=", "===", 0, false, { NULL }, V_FAIL,
	  "since 2023-11-03; the one before was of other hardware" },
	{ "-xx", "===", 0, false, { NULL }, V_FAIL,
	  "since 2023-11-03; the one before was another installation of Windows" },
	{ "xx=", "===", 0, true, { NULL }, V_PASS, "" },
	/* an id of clones tells nobody apart, be it that of before or that of now */
	{ "xx=", "===", 'x', false, { NULL }, V_PASS, "" },
	{ "=xx", "=xx", '1', false, { NULL }, V_PASS, "" },
	{ "xx=", "===", '2', false, { NULL }, V_FAIL, "" },
	/* also where nobody knows its name, or it is not the one that is expected */
	{ "xx=", "===", 0, false, { "host", LATE }, V_FAIL, "another machine" },
	{ "xx=", "===", 0, false, { "host", "name='OTHER99'" }, V_FAIL,
	  "another machine than before, since 2023-11-03; the one before was of other hardware, "
	  "and another installation of Windows; it calls itself OTHER99, the inventory expects "
	  "web01" },
};

static const char *words_of(const char *letters, const struct machine_ids *now,
			    char out[MACHINE_TEXT])
{
	struct machine_ids m = { 0 };

	for (int i = 0; i < MACHINE_IDS; i++)
		if (letters[i] != '-')
			memcpy(m.id[i], letters[i] == 'x' ? ANOTHER : now->id[i], MACHINE_ID);
	return machine_text(&m, out);
}

START_TEST(another_machine_than_before_fails_until_it_is_accepted)
{
	char known[MACHINE_TEXT], last[MACHINE_TEXT], shared = exchanged[_i].shared;
	struct machine_ids now;
	struct facts facts;
	AUTO_JSON json_t *past = NULL;

	healthy_with(&facts, NULL, 0);
	identity_ids(facts_value(&facts, FACT_IDENTITY), &now);
	ck_assert_int_eq(machine_known(&now), MACHINE_IDS);
	past = json_pack("{s:{s:s, s:s, s:I, s:{s:b}}}", "machine", "known",
			 words_of(exchanged[_i].known, &now, known), "last",
			 words_of(exchanged[_i].last, &now, last), "since",
			 (json_int_t)1699000000000, "shared",
			 !shared       ? "none" :
			 shared == 'x' ? ANOTHER :
					 now.id[shared - '0'],
			 1);
	verdict_holds(&(struct row)ROW("host.identity", exchanged[_i].want, exchanged[_i].evidence,
				       exchanged[_i].change[0], exchanged[_i].change[1]),
		      &(struct context){ .name = "web01",
					 .address = "web01",
					 .past = past,
					 .accept_changed = exchanged[_i].accept });
	facts_release(&facts);
}
END_TEST

/* A service that starts or stops is as it was at the look before, that long ago. */
#define VSS_STOPS "list=[{'name':'VSS','exists':true,'state':3,'start':3}]"
static const struct {
	const char *check, *fact, *now, *before;
	int minutes;
	enum verdict want;
	const char *evidence;
} stuck[] = {
	{ "service.vss", "services", VSS_STOPS, "{\"list\":[{\"name\":\"vss\",\"state\":3}]}", 10,
	  V_FAIL, "VSS is stopping, start type manual; as it was 2023-11-14T22:03:20Z: stuck" },
	{ "service.vss", "services", VSS_STOPS, "{\"list\":[{\"name\":\"vss\",\"state\":3}]}", 6,
	  V_FAIL, "as it was 2023-11-14T22:07:20Z: stuck" },
	/* that look itself, judged again */
	{ "service.vss", "services", VSS_STOPS, "{\"list\":[{\"name\":\"vss\",\"state\":3}]}", 0,
	  V_PASS, "VSS is stopping" },
	{ "service.vss", "services", VSS_STOPS, "{\"list\":[{\"name\":\"vss\",\"state\":2}]}", 10,
	  V_PASS, "VSS is stopping" },
	{ "service.vss", "services", VSS_STOPS, "{\"list\":[{\"name\":\"swprv\",\"state\":3}]}", 10,
	  V_PASS, "VSS is stopping" },
	{ "service.vss", "services", VSS_STOPS, "[]", 10, V_PASS, "VSS is stopping" },
	{ "service.obengine", "service.obengine", "state=2", "{\"state\":2}", 10, V_FAIL, "stuck" },
	{ "service.obengine", "service.obengine", "state=2", "{\"state\":2}", 6, V_FAIL, "stuck" },
	{ "service.obengine", "service.obengine", "state=2", "{\"state\":2}", 0, V_WARN, "is starting" },
	{ "service.obengine", "service.obengine", "state=4", "{\"state\":4}", 10, V_PASS, "is running" },
	{ "service.management-agent", "service.management-agent", "state=2", "{\"state\":2}", 10,
	  V_FAIL, "stuck" },
};

START_TEST(a_service_that_does_not_get_there_is_stuck)
{
	AUTO_JSON json_t *before = json_loads(stuck[_i].before, 0, NULL);
	AUTO_JSON json_t *past =
		json_pack("{s:{s:[I,O]}}", "standing", stuck[_i].fact,
			  (json_int_t)(HEALTHY_UTC_MS - stuck[_i].minutes * MINUTE_MS), before);

	verdict_holds(&(struct row)ROW(stuck[_i].check, stuck[_i].want, stuck[_i].evidence,
				       stuck[_i].fact, stuck[_i].now),
		      &(struct context){ .past = past });
}
END_TEST

START_TEST(a_policy_may_ask_for_a_newer_dotnet)
{
	struct policy policy;

	policy_default(&policy);
	policy.dotnet_warn_release = 533320;
	verdict_holds(
		&(struct row)ROW("os.dotnet", V_WARN,
				 ".NET Framework 4.8 (release 528049); the policy asks for 4.8.1",
				 NULL),
		&(struct context){ .policy = &policy });
}
END_TEST

UNIT_SUITE(checks_system)
{
	Suite *s = suite_create("checks_system");
	TCase *tc = tcase_create("verdicts");

	tcase_add_loop_test(tc, verdicts_are_as_documented, 0, ARRAY_LEN(rows));
	tcase_add_test(tc, a_time_zone_is_compared_with_the_inventory);
	tcase_add_loop_test(tc, who_answers_is_compared_with_who_was_asked, 0, ARRAY_LEN(named));
	tcase_add_test(tc, who_tells_fewer_than_two_ids_is_not_known);
	tcase_add_test(tc, another_name_of_a_server_is_warned_of);
	tcase_add_loop_test(tc, another_machine_than_before_fails_until_it_is_accepted, 0,
			    ARRAY_LEN(exchanged));
	tcase_add_loop_test(tc, a_service_that_does_not_get_there_is_stuck, 0, ARRAY_LEN(stuck));
	tcase_add_test(tc, a_policy_may_ask_for_a_newer_dotnet);
	suite_add_tcase(s, tc);
	return s;
}
