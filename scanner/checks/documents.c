/* documents.c - titles of documents and their addresses. A text names several with "; " between
 * them, each by its title and, behind a comma, the place in it. */
#include "scanner/checks/documents.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

#define LEARN "https://learn.microsoft.com/"
#define BACKUP LEARN "azure/backup/"
#define RESTORE BACKUP "backup-azure-restore-system-state"
#define SELF_HELP "Azure Backup self-help topics"
#define SYSTEM_CODES "System error codes"
#define SELF_HELP_HOME "https://github.com/TheresaLui/SelfHelpContent_v2"
#define SELF_HELP_AT SELF_HELP_HOME "/blob/HEAD/articles/microsoft.recoveryservices/"

/* clang-format off */
/* address NULL: ours, or none that a page was found for, and the text says so. */
static const struct document {
	const char *title, *address;
} documents[] = {
	{ "KB 4096064", LEARN "troubleshoot/azure/site-recovery/backup/backup-service-mars-agent-versions-not-match" },
	{ "KB 4053355", LEARN "troubleshoot/azure/site-recovery/backup/mars-agent-system-state-backup-failure" },
	{ "KB 4095462", "https://support.microsoft.com/help/4095462" },
	{ "KB 3175561", "https://support.microsoft.com/help/3175561" },
	{ "KB 978773", "https://support.microsoft.com/help/978773" },
	{ "Troubleshoot System State Backup", BACKUP "backup-azure-system-state-troubleshoot" },
	{ "Troubleshoot the Microsoft Azure Recovery Services (MARS) agent", BACKUP "backup-azure-mars-troubleshoot" },
	{ "Troubleshoot Azure Backup Server", BACKUP "backup-azure-mabs-troubleshoot" },
	{ "FAQ: backing up files and folders (MARS)", BACKUP "backup-azure-file-folder-backup-faq" },
	{ "Support matrix for backup with the MARS agent", BACKUP "backup-support-matrix-mars-agent" },
	{ "Support matrix for backup with MABS and DPM", BACKUP "backup-support-matrix-mabs-dpm" },
	{ "Install the MARS agent", BACKUP "install-mars-agent" },
	{ "Back up Windows system state", BACKUP "backup-azure-system-state" },
	{ "Restore system state to Windows Server, to the same server", RESTORE "#recover-system-state-files-to-the-same-server" },
	{ "Restore system state to Windows Server, to an alternate server", RESTORE "#recover-system-state-files-to-an-alternate-server" },
	{ "Restore system state to Windows Server, apply it", RESTORE "#apply-restored-system-state-on-a-windows-server" },
	{ "Restore system state to Windows Server, a failed restore", RESTORE "#troubleshoot-failed-system-state-restore" },
	{ "Upgrade the MARS agent", BACKUP "upgrade-mars-agent" },
	{ "Updating Azure Backup agents", "https://blogs.technet.microsoft.com/srinathv/2018/01/17/updating-azure-backup-agents/" },
	{ "Backup agent on an Azure virtual machine", "https://aka.ms/AB-AA4dwtr" },
	{ "Azure Backup, network connectivity", "https://aka.ms/AB-A4dp50" },
	{ "Space for the scratch folder", "https://aka.ms/AB-AA4dwtt" },
	{ "Other processes and antivirus software", "https://aka.ms/AB-AA4dwtk" },
	{ "Scheduled backup fails, manual backup works", "https://aka.ms/ScheduledBackupFailManualWorks" },
	{ ".NET Framework, download", "https://www.microsoft.com/download/details.aspx?id=30653" },
	{ "Transport Layer Security in Azure Backup", BACKUP "transport-layer-security" },
	{ "Upgrade a Backup vault to a Recovery Services vault", BACKUP "backup-azure-upgrade-backup-to-recovery-services" },
	{ "Manage Microsoft Azure Recovery Services (MARS) agent backups", BACKUP "backup-azure-manage-mars" },
	{ "Save and manage MARS agent passphrase securely in Azure Key Vault", BACKUP "save-backup-passphrase-securely-in-azure-key-vault" },
	{ "Deploy and manage backup with PowerShell", BACKUP "backup-client-automation" },
	{ "System Center Data Protection Manager, release notes", LEARN "system-center/dpm/dpm-release-notes" },
	{ "Windows Server Backup cmdlets", LEARN "powershell/module/windowsserverbackup/" },
	{ "vssadmin resize shadowstorage", LEARN "windows-server/administration/windows-commands/vssadmin-resize-shadowstorage" },
	{ SYSTEM_CODES, LEARN "windows/win32/debug/system-error-codes" },
	{ "Windows Installer, error codes", LEARN "windows/win32/msi/error-codes" },
	{ "Task Scheduler, error and success constants", LEARN "windows/win32/taskschd/task-scheduler-error-and-success-constants" },
	{ "WinINet and WinHTTP, error messages", LEARN "windows/win32/winhttp/error-messages" },
	{ "SSPI status codes", LEARN "windows/win32/secauthn/sspi-status-codes" },
	{ "COM error codes (Generic)", LEARN "windows/win32/com/com-error-codes-1" },
	{ "COM error codes (Security and Setup)", LEARN "windows/win32/com/com-error-codes-4" },
	{ "Windows Remote Management, error constants", "https://microsoft.github.io/windows-docs-rs/doc/windows/Win32/System/RemoteManagement/" },
	{ "CVssWriterEx2::SetWriterFailureEx", LEARN "windows/win32/api/vswriter/nf-vswriter-cvsswriterex2-setwriterfailureex" },
	{ "IVssBackupComponents::DoSnapshotSet", LEARN "windows/win32/api/vsbackup/nf-vsbackup-ivssbackupcomponents-dosnapshotset" },
	{ "IVssBackupComponents::AddToSnapshotSet", LEARN "windows/win32/api/vsbackup/nf-vsbackup-ivssbackupcomponents-addtosnapshotset" },
	{ "vsserror.h", "https://docs.rs/winapi/latest/src/winapi/um/vsserror.rs.html" },
	{ "Basic Service Operations", LEARN "previous-versions/windows/it-pro/windows-server-2008-R2-and-2008/cc756342(v=ws.10)" },
	{ "messages of Windows Server Backup (BlbEvents.dll)", "https://github.com/libyal/winevt-kb" },
	{ "Volsnap events", "https://github.com/libyal/winevt-kb" },
	{ SELF_HELP, SELF_HELP_HOME },
	{ "CloudBackup event log", NULL },
	{ "the agent's installer documents none", NULL },
	{ "Site Recovery unified setup", NULL },
	{ "observations of upgrades", NULL },
	{ "general knowledge of Windows", NULL },
	{ "community knowledge", NULL },
	{ "no page of Microsoft lists", NULL },
	{ "the error names its own", NULL },
	{ "marshal", NULL },
	{ "docs/", NULL },
};
/* clang-format on */

static const struct document *document_of(const char *part)
{
	for (size_t i = 0; i < ARRAY_LEN(documents); i++)
		if (strncmp(part, documents[i].title, strlen(documents[i].title)) == 0)
			return &documents[i];
	return NULL;
}

static bool is_named(const struct addresses *list, const char *address)
{
	for (int i = 0; i < list->count; i++)
		if (strcmp(list->text[i], address) == 0)
			return true;
	return false;
}

/* A topic of the self-help collection has a page of its own, and so has a range of system errors:
 * "System error codes (500-999)". */
static void add_address(const struct document *d, const char *part, size_t len,
			struct addresses *out)
{
	size_t title = strlen(d->title) + strlen(", ");
	char *address = out->text[out->count];
	unsigned from, to;

	if (strcmp(d->title, SELF_HELP) == 0 && len > title)
		snprintf(address, ADDRESS_TEXT, SELF_HELP_AT "azurebackup-crc-%.*s.md",
			 (int)(len - title), part + title);
	else if (strcmp(d->title, SYSTEM_CODES) == 0 &&
		 sscanf(part + strlen(d->title), " (%u-%u)", &from, &to) == 2)
		snprintf(address, ADDRESS_TEXT, "%s--%u-%u-", d->address, from, to);
	else
		snprintf(address, ADDRESS_TEXT, "%s", d->address);
	out->count += !is_named(out, address);
}

void document_addresses(const char *document, struct addresses *out)
{
	*out = (struct addresses){ .count = 0 };
	while (document && *document && out->count < ADDRESSES_MAX) {
		size_t len = strcspn(document, ";");
		const struct document *d = document_of(document);

		if (d && d->address)
			add_address(d, document, len, out);
		document += len;
		document += strspn(document, "; ");
	}
}

json_t *document_addresses_json(const char *document)
{
	json_t *list = json_array();
	struct addresses addresses;

	document_addresses(document, &addresses);
	for (int i = 0; i < addresses.count; i++)
		json_array_append_new(list, json_string(addresses.text[i]));
	return list;
}

bool document_is_known(const char *document)
{
	while (*document) {
		if (!document_of(document))
			return false;
		document += strcspn(document, ";");
		document += strspn(document, "; ");
	}
	return true;
}
