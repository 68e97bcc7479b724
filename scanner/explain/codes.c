/* codes.c - the errors that the documents explain: of the agent, of Windows where backups meet
 * them, and exit codes of installers. One row each, with its source; checks, reports and `marshal
 * explain` read it. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "scanner/explain/explain.h"
#include "scanner/policy/documented.h"

#define AGENT ERRORS_OF_AGENT
#define WINDOWS ERRORS_OF_WINDOWS
#define INSTALLER ERRORS_OF_INSTALLER
#define TROUBLE "Troubleshoot the Microsoft Azure Recovery Services (MARS) agent"
#define TROUBLE_MABS "Troubleshoot Azure Backup Server"
#define SELFHELP "Azure Backup self-help topics"
#define STATE "Troubleshoot System State Backup"
#define VSS "Volume Shadow Copy Service, error codes (vss.h, vswriter.h)"
#define MSI "Windows Installer, error codes; the agent's installer documents none of its own"
#define TASKS "Task Scheduler, error and success constants"

/* clang-format off */
const struct known_error known_errors[] = {
	/* the agent's, one number space in decimal and hexadecimal */
	{ AGENT, 130003, NULL,
	  "The agent's version does not match that of the Azure Backup service.",
	  "The agent is older than " MINIMUM_SAID ": since 19 March 2018 every backup of such agents fails.",
	  "Upgrade the agent; coming from below " MINIMUM_SAID
	  ", register the server again afterwards.",
	  "KB 4096064; KB 4095462" },
	{ AGENT, 130001, "CloudInternalError",
	  "Internal error of the service.",
	  "A passing problem of storage, or an outdated agent.",
	  "Upgrade the agent, check the storage, try again.",
	  SELFHELP ", cloudinternalerror" },
	{ AGENT, 130055, NULL,
	  "Activation did not complete.",
	  "An outdated agent, no space on the scratch volume, a wrong scratch path, or "
	  "OnlineBackup.KEK is missing.",
	  "Upgrade the agent; free " SAID(SCRATCH_FAIL_DATA_PERCENT) " to "
	  SAID(SCRATCH_WARN_DATA_PERCENT) " percent of the data's size; correct both "
	  "ScratchLocation values; see that OnlineBackup.KEK is in that folder.",
	  TROUBLE },
	{ AGENT, 34506, NULL,
	  "The encryption passphrase of this computer is not configured correctly.",
	  "The scratch folder was moved, or one of the two ScratchLocation values is wrong.",
	  "Upgrade the agent; set both ScratchLocation values to the real folder; see that "
	  "OnlineBackup.KEK is in it.",
	  TROUBLE },
	{ AGENT, 34513, NULL,
	  "The vault credentials are not valid.",
	  "The file is older than 10 days or not the latest, the agent is below 2.0.9249.0, or "
	  "C:\\Windows\\Temp holds more than 60,000 files.",
	  "Download a new vault credential file, upgrade the agent, empty C:\\Windows\\Temp, try "
	  "again.",
	  TROUBLE },
	{ AGENT, 100050, NULL,
	  "The Azure Backup service cannot be reached.",
	  "A proxy asks for a sign-in (HTTP 407), or firewall, proxy or antivirus close the way.",
	  "Open the documented URLs; compare the proxies of the agent, of SYSTEM and of WinHTTP; "
	  "exclude the agent from antivirus.",
	  TROUBLE },
	{ AGENT, 100110, NULL,
	  "The vault credentials belong to another vault.",
	  "The server is registered with one vault, the file comes from another.",
	  "Use the file of the right vault, or choose Register Server again.",
	  TROUBLE },
	{ AGENT, 100034, "CBPSourceSnapshotFailed",
	  "No snapshot of a volume could be taken.",
	  "The service SWPRV is disabled, shadow storage is short, or another product holds the "
	  "volume.",
	  "Enable SWPRV with start type Manual, look for VSS in the event log, enlarge shadow "
	  "storage, check antivirus.",
	  SELFHELP ", cbpsourcesnapshotfailed" },
	{ AGENT, 230006, NULL,
	  "The resource is not provisioned in the service stamp.",
	  "The server was renamed after it was registered.",
	  "Give it its old name back, or register it again under the new one.",
	  TROUBLE },
	{ AGENT, 33469, NULL,
	  "The operation is not supported with this version of the MARS agent.",
	  "DPM 2022 UR2 found no or an old agent.",
	  "Install DPM 2022 UR2 Refresh (10.22.197.0) and a newer agent.",
	  "System Center Data Protection Manager, release notes" },
	{ AGENT, 4024, NULL,
	  "The agent's installation failed and was rolled back.",
	  "Named in OBInstaller0Curr.errlog, OBManagedlog.LOGCurr.errlog and OBMsi.log below "
	  "C:\\Windows\\Temp.",
	  "Read these logs, then install the agent by hand.",
	  TROUBLE_MABS },
	{ AGENT, 170036, NULL,
	  "The change of a policy failed with an internal error.",
	  "Security features are on and the agent is below 2.0.9052.0, or a retention is below "
	  "its least.",
	  "Upgrade Azure Backup Server and its agent; keep retention at or above the least.",
	  TROUBLE_MABS },
	{ AGENT, 33621, NULL,
	  "A file operation of VMware failed (FileFaultFault).",
	  "Changed block tracking of the virtual machine is out of step.",
	  "Reset changed block tracking of the virtual machine.",
	  TROUBLE_MABS },
	{ AGENT, 10054, NULL,
	  "The connection was closed by the other side.",
	  "The server speaks no TLS 1.2, or something between cuts connections.",
	  "Switch TLS 1.2 on in SChannel and for the .NET Framework; check firewall and proxy.",
	  "Transport Layer Security in Azure Backup" },
	{ AGENT, 0, "SalLowDiskSpace",
	  "The scratch volume is full.",
	  "It needs " SAID(SCRATCH_FAIL_DATA_PERCENT) " to " SAID(SCRATCH_WARN_DATA_PERCENT)
	  " percent of the data's size, " SAID(SCRATCH_MIN_GB) " GB at least, and "
	  SAID(STATE_WARN_GB) " GB more where system state is protected.",
	  "Free space, or move the scratch folder.",
	  SELFHELP ", sallowdiskspace" },
	{ AGENT, 0, "SalChecksumStoreInitializationFailed",
	  "The scratch folder cannot be used.",
	  "Antivirus locks it, its path is wrong, or it is damaged.",
	  "Exclude it from antivirus, check both ScratchLocation values, restart the server.",
	  TROUBLE },
	{ AGENT, 0, "SalVhdInitializationError",
	  "The scratch folder cannot be used.",
	  "Antivirus locks it, its path is wrong, or its metadata disk is damaged.",
	  "Exclude it from antivirus, check both ScratchLocation values, restart the server.",
	  TROUBLE },
	{ AGENT, 0, "SalBitmapError",
	  "The agent cannot find what changed on a volume.",
	  "An outdated agent, or a problem of the volume.",
	  "Upgrade the agent; check the volume.",
	  TROUBLE },
	{ AGENT, 0, "CBPPassphraseValidationWarning",
	  "The passphrase has not been validated; the backup itself succeeded.",
	  "Expected once a week from 2.0.9190.0 on, until it is done.",
	  "Run PassphraseValidator.exe below the agent's bin folder with a security PIN from the "
	  "portal (valid for five minutes).",
	  SELFHELP ", cbppassphrasevalidationwarning" },
	{ AGENT, 0, "AnotherWSBJobRunning",
	  "Windows Server Backup is at work with another job.",
	  "A backup of system state was started while another runs.",
	  "Wait for the other job or stop it, then try again.",
	  SELFHELP },
	{ AGENT, 0, "WSBDiskSpaceOrSFCIssue",
	  "Windows Server Backup found no space or a damaged system file.",
	  "Less than " SAID(STATE_FAIL_GB) " GB are free on the system volume, or system files are damaged.",
	  "Free " SAID(STATE_FAIL_GB) " GB on the system volume; run sfc /scannow.",
	  SELFHELP },
	{ AGENT, 0, "WSBSystemFileAccessFailed",
	  "Windows Server Backup cannot read a system file.",
	  "A file of the system state is missing, locked or damaged.",
	  "Run sfc /scannow; find the file in the log of Windows Server Backup.",
	  SELFHELP },
	{ AGENT, 0, "CBPStorageClientError",
	  "The transfer to Azure storage failed on this side.",
	  "A passing problem, or firewall, proxy or antivirus on the way.",
	  "Try again; open the documented URLs; exclude the agent from antivirus.",
	  SELFHELP },
	{ AGENT, 0, "CBPStorageServerError",
	  "The transfer failed in Azure storage.",
	  "A passing problem of the service.",
	  "Try again later.",
	  SELFHELP },
	{ AGENT, 0, "MaxFailedFilesReachedInBackup",
	  "More files failed than a backup may leave out (1000).",
	  "Locked or damaged files, antivirus, or a full scratch volume.",
	  "Upgrade the agent; check scratch space and antivirus; find the files in "
	  "LastBackupFailedFiles*.txt.",
	  SELFHELP },
	{ AGENT, 0, "CBPMaxParallelBackupJobsReached",
	  "More than eight backups run at once (DPM).",
	  "DPM started too many online jobs.",
	  "Spread the schedules, or limit the jobs in the registry to five.",
	  SELFHELP },
	/* snapshots */
	{ WINDOWS, 0x800423F0, "VSS_E_WRITERERROR_INCONSISTENTSNAPSHOT",
	  "The snapshot holds only a part of what a writer needs.",
	  "A volume of the application is not in the backup.",
	  "Add the volume to the backup.", VSS },
	{ WINDOWS, 0x800423F1, "VSS_E_WRITERERROR_OUTOFRESOURCES",
	  "A writer ran out of memory or of other resources.",
	  "The server is under load.",
	  "Run the backup at a quieter time; restart the writer's service.", VSS },
	{ WINDOWS, 0x800423F2, "VSS_E_WRITERERROR_TIMEOUT",
	  "A writer took too long between Freeze and Thaw.",
	  "The disks are under load, or several backups run at once.",
	  "Run the backup at a quieter time, and no other backup beside it.",
	  STATE },
	{ WINDOWS, 0x800423F3, "VSS_E_WRITERERROR_RETRYABLE",
	  "A writer failed for a passing reason.",
	  "The application was busy.",
	  "Try again; restart the writer's service when it stays so.", VSS },
	{ WINDOWS, 0x800423F4, "VSS_E_WRITERERROR_NONRETRYABLE",
	  "A writer failed, and would again.",
	  "The application behind the writer is in trouble.",
	  "Find the writer with `vssadmin list writers`, and its cause in the Application "
	  "log.", VSS },
	{ WINDOWS, 0x80042301, "VSS_E_BAD_STATE",
	  "The snapshot service was asked for something out of turn.",
	  "Two backup programs at once, or one that broke off.",
	  "Let one backup run at a time; restart the service VSS.", VSS },
	{ WINDOWS, 0x80042302, "VSS_E_UNEXPECTED",
	  "The snapshot service met something unforeseen.",
	  "Named in the Application log, source VSS.",
	  "Read the events of VSS around that time.", VSS },
	{ WINDOWS, 0x80042306, "VSS_E_PROVIDER_VETO",
	  "The snapshot provider refused.",
	  "Shadow storage is short, or a third-party provider failed.",
	  "Enlarge shadow storage; look for events of VOLSNAP and of the provider.", VSS },
	{ WINDOWS, 0x80042308, "VSS_E_OBJECT_NOT_FOUND",
	  "The snapshot or volume is not there.",
	  "A volume went away, or the copy was deleted.",
	  "Check the volumes of the backup policy.", VSS },
	{ WINDOWS, 0x8004230C, "VSS_E_VOLUME_NOT_SUPPORTED",
	  "No provider can snapshot that volume.",
	  "It is not NTFS, or a removable or network drive.",
	  "Take it out of the backup policy.", VSS },
	{ WINDOWS, 0x8004230F, "VSS_E_UNEXPECTED_PROVIDER_ERROR",
	  "The snapshot provider failed.",
	  "The service SWPRV is disabled, or a third-party provider is in trouble.",
	  "Enable SWPRV with start type Manual; list providers with `vssadmin list "
	  "providers`.", VSS },
	{ WINDOWS, 0x80042312, "VSS_E_MAXIMUM_NUMBER_OF_VOLUMES_REACHED",
	  "Too many volumes in one snapshot.",
	  "The backup policy holds more than 64 volumes.",
	  "Split the policy.", VSS },
	{ WINDOWS, 0x80042313, "VSS_E_FLUSH_WRITES_TIMEOUT",
	  "The volume could not be flushed in time.",
	  "The disks are under load.",
	  "Run the backup at a quieter time; check the storage.", VSS },
	{ WINDOWS, 0x80042314, "VSS_E_HOLD_WRITES_TIMEOUT",
	  "Writes could not be held back long enough.",
	  "The disks are under load.",
	  "Run the backup at a quieter time; check the storage.", VSS },
	{ WINDOWS, 0x80042316, "VSS_E_SNAPSHOT_SET_IN_PROGRESS",
	  "Another snapshot is being taken.",
	  "Two backups at once.",
	  "Let no two backups overlap.", VSS },
	{ WINDOWS, 0x80042317, "VSS_E_MAXIMUM_NUMBER_OF_SNAPSHOTS_REACHED",
	  "The volume has as many copies as it may have.",
	  "Old copies were never deleted.",
	  "Delete old ones: `vssadmin delete shadows /for=X: /oldest`.", VSS },
	{ WINDOWS, 0x8004231F, "VSS_E_INSUFFICIENT_STORAGE",
	  "There is no room for the copies.",
	  "Shadow storage is limited too small, or the volume is full.",
	  "Enlarge it: `vssadmin resize shadowstorage /for=X: /on=X: /maxsize=10%`.", VSS },
	{ WINDOWS, 0x80060018, NULL,
	  "Not enough space for the storage of copies on a volume (volsnap event 24).",
	  "The volume is full, or shadow storage is limited too small.",
	  "Free space, or enlarge it: `vssadmin resize shadowstorage /for=X: /on=X: /maxsize=10%`.",
	  STATE },
	/* files */
	{ WINDOWS, 0x80070002, NULL,
	  "A file is missing.",
	  "The scratch volume is full, or a file of the scratch folder was deleted, by antivirus "
	  "among others.",
	  "Free space; exclude the scratch folder from antivirus; check both ScratchLocation "
	  "values.",
	  TROUBLE },
	{ WINDOWS, 0x80070003, NULL,
	  "A folder is missing.",
	  "The scratch folder or a protected folder is not there.",
	  "Check both ScratchLocation values and what the backup policy names.",
	  TROUBLE },
	{ WINDOWS, 0x80070005, NULL,
	  "Access is denied.",
	  "Antivirus, or rights that SYSTEM lacks.",
	  "Exclude the agent from antivirus; give SYSTEM full control back.",
	  TROUBLE },
	{ WINDOWS, 0x8007018B, NULL,
	  "A file is in the cloud alone (OneDrive).",
	  "Files on demand have no content on the disk.",
	  "Leave these folders out, or keep their files on the device.",
	  TROUBLE },
	{ WINDOWS, 0x80070570, NULL,
	  "A file or folder is damaged; in the engine's log: the agent's metadata disk.",
	  "The file system is damaged, or the metadata in the scratch folder is.",
	  "Run chkdsk; for the metadata follow the document: it has the agent make it anew.",
	  TROUBLE "; " SELFHELP ", applicatorsyncerror" },
	/* what the scheduler says of a task's last run */
	{ WINDOWS, 0x00041301, "SCHED_S_TASK_RUNNING", "The task is running.", NULL,
	  "Nothing to do.", TASKS },
	{ WINDOWS, 0x00041303, "SCHED_S_TASK_HAS_NOT_RUN", "The task has not run yet.", NULL,
	  "Nothing to do until it was due once.", TASKS },
	{ WINDOWS, 0x00041306, "SCHED_S_TASK_TERMINATED", "The task was ended by somebody.", NULL,
	  "Find out who ended it; a backup that was cut runs again at the next time.", TASKS },
	{ WINDOWS, 0x8004131F, "SCHED_E_ALREADY_RUNNING",
	  "An instance of the task was running already.",
	  "Two tasks or two times start a backup.",
	  "Keep one task, set to start no new instance beside one that runs.", TASKS },
	/* installers */
	{ INSTALLER, 0, NULL, "Installed.", NULL,
	  "Nothing to do: marshal still reads the version again.",
	  "Site Recovery unified setup: 0 is the only documented success" },
	{ INSTALLER, 3010, "ERROR_SUCCESS_REBOOT_REQUIRED", "Installed; a restart is wanted.", NULL,
	  "Restart the server when it suits.", MSI },
	{ INSTALLER, 1641, "ERROR_SUCCESS_REBOOT_INITIATED", "Installed; a restart was begun.", NULL,
	  "Look at the server again when it is back.", MSI },
	{ INSTALLER, 1602, "ERROR_INSTALL_USEREXIT", "Somebody cancelled the installation.", NULL,
	  "Run the upgrade again.", MSI },
	{ INSTALLER, 1603, "ERROR_INSTALL_FAILURE", "The installation failed.",
	  "Named in OBInstaller0Curr.errlog and OBMsi.log below C:\\Windows\\Temp; a pending "
	  "restart is frequent.",
	  "Read these logs; restart the server when a restart is pending; run the upgrade "
	  "again.", MSI },
	{ INSTALLER, 1618, "ERROR_INSTALL_ALREADY_RUNNING", "Another installation is running.", NULL,
	  "Wait for it to end, then run the upgrade again.", MSI },
	{ INSTALLER, 1619, "ERROR_INSTALL_PACKAGE_OPEN_FAILED", "The package could not be opened.",
	  "The installer could not unpack itself: no space, or antivirus.",
	  "Check the space below C:\\Windows\\Temp, and antivirus.", MSI },
	{ INSTALLER, 1625, "ERROR_INSTALL_PACKAGE_REJECTED", "A policy of the system forbids the installation.",
	  NULL, "Have the policy allow it, or install by hand.", MSI },
	{ INSTALLER, 1638, "ERROR_PRODUCT_VERSION", "Another version is installed already.", NULL,
	  "Compare the versions: `marshal show HOST`.", MSI },
	{ .meaning = NULL },
};
/* clang-format on */

const struct known_error *error_known(int64_t code)
{
	for (const struct known_error *e = known_errors; e->meaning; e++)
		if (e->space != ERRORS_OF_INSTALLER && e->code != 0 && code >= INT32_MIN &&
		    code <= UINT32_MAX && e->code == (uint32_t)code)
			return e;
	return NULL;
}

const struct known_error *error_of_installer(int64_t exit_code)
{
	for (const struct known_error *e = known_errors; e->meaning; e++)
		if (e->space == ERRORS_OF_INSTALLER && (int64_t)e->code == exit_code)
			return e;
	return NULL;
}

const char *error_shown(int64_t code, char *out)
{
	if (code < INT32_MIN || code > UINT32_MAX)
		snprintf(out, ERROR_TEXT, "%lld", (long long)code);
	else if (code < 0 || code > INT32_MAX)
		snprintf(out, ERROR_TEXT, "0x%08X", (unsigned)(uint32_t)code);
	else
		snprintf(out, ERROR_TEXT, "0x%X (%lld)", (unsigned)code, (long long)code);
	return out;
}
