/* guides.c - what the documents say to do, in their order: one row a topic, several to a word. */
#include "scanner/explain/guides.h"

#include <stddef.h>

#include "scanner/policy/documented.h"

#define RESTORE "restore;recover;recovery;restoring"
#define RESTORE_DOC "Restore system state to Windows Server"
#define KB_VERSIONS "KB 4096064, Azure Backup service version and agent versions do not match"

/* clang-format off */
const struct guide guides[] = {
	{ RESTORE, "to the same server", "System state comes back as files first, and is applied from these.",
	  "In the agent's console: Recover Data; This server; System State; choose volume, date and a folder; Recover. Then copy "
	  "the WindowsImageBackup folder in it to the root of a volume that is not the system's, and apply it.",
	  NULL, RESTORE_DOC ", to the same server" },
	{ RESTORE, "to an alternate server", "The files of a server that is lost are recovered on another one.",
	  "Register that one with the same vault; in its console: Recover Data; Another server, with a vault credential file of "
	  "the vault; choose the server; System State; then as for the same server. Its Windows may be no older than that of the "
	  "backup, and recovery to different hardware is not recommended by Microsoft.",
	  NULL, RESTORE_DOC ", to an alternate server" },
	{ RESTORE, "apply it", "Recovered files are applied by Windows Server Backup.",
	  "In Windows Server Backup: Local Backup; Recover; A backup stored in another location; the folder WindowsImageBackup; "
	  "System State; Original Location; Recover; then restart. On a domain controller start into Directory Services Repair "
	  "Mode before (bcdedit /set safeboot dsrepair), and take that back afterwards (bcdedit /deletevalue safeboot).",
	  NULL, RESTORE_DOC ", apply it" },
	{ RESTORE, "when it failed", "Windows does not start normally after system state was applied.",
	  "Start into the Windows Recovery Environment, Troubleshoot, Command Prompt; find version and volumes with `wbadmin get "
	  "versions` and `wbadmin get items`, then run the command. It erases all that is not the system's: only where nothing "
	  "else helps.",
	  "wbadmin start recovery -items:C: -itemtype:Volume -version:VERSION -backuptarget:X:", RESTORE_DOC ", a failed restore" },
	{ "system-state;system state;systemstate;ssb", "how it is backed up",
	  "System state is backed up by Windows Server Backup to the scratch folder, and from there by the agent.",
	  "Schedule Backup in the agent's console, System State. Before it: the feature Windows Server Backup, SYSTEM's rights "
	  "on System Volume Information, the services RpcSs, EventSystem, SENS, VSS and SWPRV, and Get-WBJob: `marshal scan "
	  "--deep --as-system` looks at all of them. The proof is a backup by Windows Server Backup alone.",
	  "marshal test wsb HOST --target X:",
	  "Back up Windows system state; Troubleshoot System State Backup" },
	{ "system-state;system state;systemstate;ssb", "what it is not for",
	  "The documents have it for servers on premises, not for Azure virtual machines, and do not recommend recovery to "
	  "different hardware.",
	  "Back an Azure virtual machine up as one; see the considerations for the agent on one.", NULL,
	  "Troubleshoot System State Backup, limitations; Backup agent on an Azure virtual machine" },
	{ "wsb;test wsb;windows server backup;get-wbjob;wbadmin", "whether it works",
	  "Windows Server Backup writes the system state. Where it fails it makes the agent's backups of system state fail as "
	  "well: the cause is not the agent's.",
	  "Prove it by a backup by Windows Server Backup alone: the command does, or on the server, elevated, `wbadmin start "
	  "systemstatebackup -backuptarget:X: -quiet`. Meanwhile `Get-WBJob` there says how far it is, and `Get-WBJob -Previous "
	  "1` how the last one ended; where it is not recognised: `marshal explain feature.wbjob`.",
	  "marshal test wsb HOST --target X:", "Troubleshoot System State Backup; Windows Server Backup cmdlets, Get-WBJob" },
	{ "update;upgrade;updating;download;download the latest version", "of the agent",
	  "Below " MINIMUM_SAID " every backup fails with 0x1FBD3; other servers may have such an agent too: `marshal report "
	  "versions` names them.",
	  "1. Close the agent's console. Where server or proxy have limited Internet access, in an elevated prompt: 2. `net stop obengine`; 3. let "
	  "firewall and proxy pass https://login.windows.net, in the China cloud https://login.chinacloudapi.cn, in US "
	  "Government https://login.microsoftonline.us, in the German cloud, which is closed, https://login.microsoftonline.de; "
	  "4. `net start obengine`. 5. Download the latest agent to the server: " NEWEST_AGENT " (the document has "
	  NEWEST_AGENT_IN_DOCUMENT ", the error's message " NEWEST_AGENT_IN_MESSAGE "). 6. Run the installer: Next, Upgrade; its "
	  "last page says that the agent was updated. 7. Open the console, Back up Now under Actions, check that it runs. "
	  "`marshal upgrade` does 1 to 6 on many servers, and says afterwards where 7, and registering again, is left to do.",
	  "marshal upgrade HOST --installer MARSAgentInstaller.exe",
	  KB_VERSIONS "; Upgrade the MARS agent; Updating Azure Backup agents" },
	{ "safety-task;safety task", "what it is",
	  "A scheduled task \\marshal\\start-obengine-RUN of SYSTEM, registered before an upgrade stops obengine: it starts the "
	  "service again ten minutes after a stop that nobody ended, every five minutes for a day, and nothing under an installer.",
	  "Leave it alone: it goes once the service was seen running. One that is left of a run that is over goes by the command, "
	  "which leaves it where obengine does not run.",
	  "marshal upgrade clean HOST", "marshal" },
	{ "reservation;marker;held;reserved", "of a server",
	  "The key HKLM\\SOFTWARE\\marshal\\install, by which one run at a time has a server: whose it is, since when, when that one was "
	  "seen there last, and for how long it holds from then on. Until that time no other run changes the server.",
	  "Wait until the time that is said, or go on with the run where it was begun: marshal upgrade resume RUN. Later, and "
	  "with no installer at work, the next upgrade takes the server over, and the command takes the key away.",
	  "marshal upgrade clean HOST", "marshal" },
	{ "left-overs;left-over;leftovers;left over", "of an upgrade",
	  "Tasks below \\marshal\\, folders marshal-RUN in %SystemRoot%\\Temp and the reservation of a run that is over or that this "
	  "database does not know. They stop no backup. What is of a run that is not over is none: that run goes on.",
	  "marshal report compliance --where warning_checks=marshal.left-overs names the servers; the command looks, and takes "
	  "away what nobody works with.",
	  "marshal upgrade clean HOST", "marshal" },
	{ .words = NULL },
};
/* clang-format on */
