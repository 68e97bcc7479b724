/* events.c - events by number and log: of the agent, of snapshots, of Windows Server Backup and of
 * services. The same number means another thing in each. */
#include "scanner/explain/events.h"

#include <stddef.h>

#define CLOUDBACKUP "CloudBackup event log; no page of Microsoft lists these events"
#define VOLSNAP "Volsnap events, System log"
#define WSB "messages of Windows Server Backup (BlbEvents.dll), Application log, source Backup"
#define SCM "Basic Service Operations, System log"
#define COMMON "general knowledge of Windows, no document"
#define ITS_CODE "`marshal explain` the code in it"
#define WRITERS "`marshal explain` the hr in it; `vssadmin list writers`"

/* clang-format off */
const struct known_event known_events[] = {
	{ 1, "CloudBackup", "a backup was started", "nothing to do", CLOUDBACKUP },
	{ 3, "CloudBackup", "a backup completed", "nothing to do", CLOUDBACKUP },
	{ 10, "CloudBackup", "a backup completed with warnings",
	  "look for the files in LastBackupFailedFiles*.txt in the agent's Temp folder",
	  CLOUDBACKUP },
	{ 11, "CloudBackup", "a backup completed with errors", ITS_CODE,
	  CLOUDBACKUP },
	{ 14, "CloudBackup", "a newer version of the agent is required", "upgrade the agent",
	  CLOUDBACKUP },
	{ 16, "CloudBackup", "the storage quota is nearly used up", "look at the vault",
	  CLOUDBACKUP },
	{ 18, "CloudBackup", "a scheduled backup failed before it began", ITS_CODE,
	  CLOUDBACKUP },
	{ 24, "volsnap", "no space for the storage of copies on a volume (0x80060018)",
	  "free space on the volume that the event names, so that its copies can grow while the backup runs, or enlarge shadow "
	  "storage", "Troubleshoot System State Backup" },
	{ 25, "volsnap", "copies were deleted: their storage could not grow in time",
	  "run the backup at a quieter time, or enlarge shadow storage", VOLSNAP },
	{ 33, "volsnap", "the oldest copy was deleted to stay within the limit", "nothing to do", VOLSNAP },
	{ 35, "volsnap", "copies were dropped: their storage failed to grow",
	  "free space on the volume", VOLSNAP },
	{ 36, "volsnap", "copies were dropped: their storage is limited", "enlarge shadow storage", VOLSNAP },
	{ 33, "SideBySide", "a program could not start: an assembly that it needs is missing",
	  "install the redistributable of Visual C++ that the event names", COMMON },
	/* github.com/libyal/winevt-kb, docs/sources/message-files/MessageFile-blbevents.dll.md, 6.1.7600:
	 * "The backup operation that started at '%1' has failed with following error code '%2' (%3)." (0x205), "... has
	 * failed because the Volume Shadow Copy Service operation to create a shadow copy of the volumes being backed up
	 * failed with following error code '%2'." (0x209), "The backup operation attempted at '%1' has failed to start,
	 * error code '%2' (%3)." (0x222), "... has failed because no backup storage location could be found." (0x231);
	 * 6.0.6000: "Backup started at '%6' failed with following error code '%2'." (5) */
	{ 5, "Backup", "a backup of Windows Server Backup failed", ITS_CODE " and the DetailedHResult",
	  WSB },
	{ 517, "Backup", "a backup of Windows Server Backup failed",
	  ITS_CODE " (in decimal, 2155348249 is 0x80780119); `Get-WBJob -Previous 1` has more", WSB },
	{ 521, "Backup", "a backup of Windows Server Backup failed: no snapshot could be taken",
	  ITS_CODE "; `vssadmin list writers`; look for VSS in the Application log", WSB },
	{ 546, "Backup", "a backup of Windows Server Backup could not be started", ITS_CODE, WSB },
	{ 561, "Backup", "a backup of Windows Server Backup failed: its target was not found",
	  "attach the target, or bring its disk online", WSB },
	/* thewindowsclub.com/fix-for-failed-backups-event-id-12293-in-windows-vista: "Volume Shadow Copy Service error: Error
	 * calling a routine on a Shadow Copy Provider."; kb.cloudberrylab.com, VSS-Error-EventID:-8193: "Volume Shadow Copy
	 * Service error: Unexpected error calling routine". No page was found for the others. */
	{ 8193, "VSS", "an unexpected error when a routine was called: the event names it",
	  "`marshal explain` the hr in it: 0x80070005 is a right that is missing, often on the registry", "community knowledge; " COMMON },
	{ 8194, "VSS", "a writer may not be called back: its account lacks a right of COM",
	  "harmless where backups work; else give NETWORK SERVICE local access in the COM defaults (dcomcnfg)", COMMON },
	{ 12289, "VSS", "an unexpected error: the event names the routine", WRITERS, COMMON },
	{ 12293, "VSS", "a snapshot provider failed in a routine",
	  "`marshal explain` the hr in it; `vssadmin list providers`: update or remove the one of another product",
	  "community knowledge; " COMMON },
	{ 12298, "VSS", "writes could not be held back while the snapshot was taken",
	  "run the backup at a quieter time; check the storage", COMMON },
	{ 513, "CAPI2", "Cryptographic Services failed for the System Writer: a file of a service or driver could not be read",
	  "the event's details name it; 'Access is denied' on mslldp is harmless; else correct the ImagePath or rights of what it names", COMMON },
	/* learn.microsoft.com, previous versions, cc756342, Event ID 7009: "Timeout (%1 milliseconds) waiting for the %2 service to
	 * connect."; the default is 30000 milliseconds, ServicesPipeTimeout */
	{ 7000, "Service Control Manager", "a service could not be started", ITS_CODE ", such as 1053, 1058, 1069 or 2", SCM },
	{ 7001, "Service Control Manager", "a service could not be started: one that it needs failed", "start that one; see `marshal explain 1068`", COMMON },
	{ 7009, "Service Control Manager", "a service did not connect in time when it was started (30 seconds)",
	  "see `marshal explain 1053`; ServicesPipeTimeout below HKLM\\SYSTEM\\CurrentControlSet\\Control makes it longer", SCM },
	{ 7023, "Service Control Manager", "a service ended with an error", ITS_CODE, COMMON },
	{ 7024, "Service Control Manager", "a service ended with an error of its own", "read the service's own log", COMMON },
	{ 7031, "Service Control Manager", "a service ended unexpectedly and is started again",
	  "look for Application Error in the Application log at that time; for obengine see CBEngineCurr.errlog", COMMON },
	{ 7034, "Service Control Manager", "a service ended unexpectedly",
	  "look for Application Error in the Application log at that time; start it again", COMMON },
	{ 7038, "Service Control Manager", "the account of a service could not sign in", "see `marshal explain 1069`", COMMON },
	{ .meaning = NULL },
};
/* clang-format on */
