/* codes_mars.c - errors of the agent by number: one number space, in decimal and hexadecimal. */
#include "scanner/explain/codes.h"
#include "scanner/policy/documented.h"

/* clang-format off */
const struct known_error errors_of_mars[] = {
	{ AGENT, 130003, NULL,
	  "The agent's version does not match that of the Azure Backup service.",
	  "The agent is older than " MINIMUM_SAID ": since 19 March 2018 every backup of such "
	  "agents fails. The message stands on the tab Errors of Job Details, in the console of "
	  "the agent, of DPM or of Azure Backup Server.",
	  "Download the latest agent (" NEWEST_AGENT "; the message names " NEWEST_AGENT_IN_MESSAGE
	  ") and upgrade with it, `marshal explain update`; coming from below " MINIMUM_SAID
	  ", register the server again afterwards. If the issue persists, contact Microsoft "
	  "Support.", "KB 4096064; KB 4095462" },
	{ AGENT, 130001, "CloudInternalError", "Internal error of the service.",
	  "A passing problem of storage, or an outdated agent.",
	  "Upgrade the agent, check the storage, try again.", SELFHELP ", cloudinternalerror" },
	{ AGENT, 130055, NULL, "Activation did not complete.",
	  "An outdated agent, no space on the scratch volume, a wrong scratch path, or "
	  "OnlineBackup.KEK is missing.",
	  "Upgrade the agent; free " SAID(SCRATCH_FAIL_DATA_PERCENT) " to "
	  SAID(SCRATCH_WARN_DATA_PERCENT) " percent of the data's size; correct both "
	  "ScratchLocation values; see that OnlineBackup.KEK is in that folder.", TROUBLE },
	{ AGENT, 34506, NULL,
	  "The encryption passphrase of this computer is not configured correctly.",
	  "No passphrase was ever set; the scratch folder was moved; or one of the two "
	  "ScratchLocation values is wrong.",
	  "Set the passphrase that the server was first registered with; upgrade the agent; set "
	  "both ScratchLocation values to the real folder; see that OnlineBackup.KEK is in it.",
	  TROUBLE },
	{ AGENT, 34513, NULL, "The vault credentials are not valid.",
	  "The file is older than 10 days or not the latest, the agent is below 2.0.9249.0, or "
	  "C:\\Windows\\Temp holds more than 60,000 files.",
	  "Download a new vault credential file, upgrade the agent, empty C:\\Windows\\Temp, try "
	  "again.", TROUBLE },
	{ AGENT, 100050, NULL, "The Azure Backup service cannot be reached.",
	  "A proxy asks for a sign-in (HTTP 407), or firewall, proxy or antivirus close the way.",
	  "Open the documented URLs; compare the proxies of the agent, of SYSTEM and of WinHTTP; "
	  "exclude the agent from antivirus.", TROUBLE },
	{ AGENT, 100110, NULL, "The vault credentials belong to another vault.",
	  "The server is registered with one vault, the file comes from another.",
	  "Use the file of the right vault, or choose Register Server again.", TROUBLE },
	{ AGENT, 100034, "CBPSourceSnapshotFailed", "No snapshot of a volume could be taken.",
	  "The service SWPRV is disabled, shadow storage is short, or another product holds the "
	  "volume.",
	  "Enable SWPRV with start type Manual, look for VSS in the event log, enlarge shadow "
	  "storage, check antivirus.", SELFHELP ", cbpsourcesnapshotfailed" },
	{ AGENT, 230006, NULL, "The resource is not provisioned in the service stamp.",
	  "The server was renamed after it was registered.",
	  "Give it its old name back, or register it again under the new one.", TROUBLE },
	{ AGENT, 33469, NULL,
	  "The operation is not supported with this version of the MARS agent.",
	  "DPM 2022 UR2 found no or an old agent.",
	  "Install DPM 2022 UR2 Refresh (10.22.197.0) and a newer agent.",
	  "System Center Data Protection Manager, release notes" },
	{ AGENT, 4024, NULL, "The agent's installation failed and was rolled back.",
	  "Named in OBInstaller0Curr.errlog, OBManagedlog.LOGCurr.errlog and OBMsi.log below "
	  "C:\\Windows\\Temp.", "Read these logs, then install the agent by hand.", TROUBLE_MABS },
	{ AGENT, 170036, NULL, "The change of a policy failed with an internal error.",
	  "Security features are on and the agent is below 2.0.9052.0, or a retention is below "
	  "its least.",
	  "Upgrade Azure Backup Server and its agent; keep retention at or above the least.",
	  TROUBLE_MABS },
	{ AGENT, 33621, NULL, "A file operation of VMware failed (FileFaultFault).",
	  "Changed block tracking of the virtual machine is out of step.",
	  "Reset changed block tracking of the virtual machine.", TROUBLE_MABS },
	/* backup-azure-mabs-troubleshoot.md: "Operation failed. ID: 120002", "This error comes
	 * when security settings are enabled, you try to change passphrase and you are on
	 * unsupported version.", "you must first update backup agent to minimum version minimum
	 * 2.0.9052 and Azure Backup server to minimum update 1, then enter valid Security PIN" */
	{ AGENT, 120002, NULL, "The passphrase could not be changed.",
	  "Security features are on, and the agent is below 2.0.9052.0 or Azure Backup Server "
	  "below its update 1.",
	  "Upgrade both, then change the passphrase with a security PIN from the portal (vault, "
	  "Properties).", TROUBLE_MABS },
	/* KB 4053355: "Unable to perform the operation as Windows Server Backup job failed with
	 * error message: ..." (0x1873D), "Windows Server failed to take system state backup
	 * because a system writer reported an invalid path." (0x18770) */
	{ AGENT, 100157, "SSJobFailedOnWSB",
	  "The backup of system state failed, since the job of Windows Server Backup did.",
	  "Named by the HResult and DetailedHResult in its text: 80780049 with 8007007B is a "
	  "driver whose ImagePath begins with a backslash; else VSS or antivirus.",
	  "`marshal explain` the DetailedHResult; resolve what VSS has in the event log; test "
	  "without antivirus; upgrade the agent.", STATE_PATH "; " SELFHELP ", ssjobfailedonwsb" },
	{ AGENT, 100208, "WSBPathIncorrectErrorForSSB",
	  "The backup of system state failed: a system writer reported an invalid path.",
	  "A driver whose ImagePath begins with a backslash.",
	  "In the WSB failure log find the path; in `diskshadow`, `list writers detailed`, find "
	  "the driver in that path; take the leading backslash off its ImagePath in the "
	  "registry; back up again.", STATE_PATH },
	{ .meaning = NULL },
};
/* clang-format on */
