/* answers.c - the facts of a healthy server, as the probe writes them. */
#include "answers.h"

#include <stdlib.h>
#include <string.h>

#include "base/insist.h"
#include "base/mem.h"

static const struct { const char *fact, *rest; } healthy[] = {
	{ "host",
	  "\"value\":{\"name\":\"WEB01\",\"domain\":null,\"user\":\"WEB01\\\\admin\","
	  "\"admin\":true}" },
	{ "os",
	  "\"value\":{\"caption\":\"Windows Server 2019\",\"version\":\"10.0.17763\","
	  "\"build\":17763,\"installation_type\":\"Server\",\"product_type\":3,"
	  "\"language\":\"de-DE\",\"boot_utc_ms\":1699000000000}" },
	{ "machine",
	  "\"value\":{\"manufacturer\":\"VMware, Inc.\","
	  "\"model\":\"VMware Virtual Platform\",\"asset_tag\":\"No Asset Tag\"}" },
	{ "identity",
	  "\"value\":{\"uuid\":\"4C4C4544-0042-4A10-8053-B8C04F4D3132\","
	  "\"machine_guid\":\"6f9619ff-8b86-4011-b42d-00c04fc964ff\","
	  "\"machine_sid\":\"S-1-5-21-1004336348-1177238915-682003330\"}" },
	{ "powershell",
	  "\"value\":{\"version\":\"5.1.17763.1\",\"edition\":\"Desktop\","
	  "\"language_mode\":\"FullLanguage\",\"execution_policy\":\"RemoteSigned\","
	  "\"policy_source\":\"machine\",\"agent_module\":true,\"module_on_path\":true}" },
	{ "dotnet",
	  "\"value\":{\"release\":528049}" },
	{ "tls",
	  "\"value\":{\"schannel_enabled\":null,\"schannel_disabled_by_default\":null,"
	  "\"net64_system_default\":1,\"net64_strong_crypto\":1,"
	  "\"net32_system_default\":1,\"net32_strong_crypto\":1,\"fips\":0}" },
	{ "clock",
	  "\"value\":{\"utc_ms\":1700000000000,\"zone\":\"W. Europe Standard Time\","
	  "\"offset_minutes\":60}" },
	{ "agent",
	  "\"value\":{\"installed\":true,\"install_path\":\"C:\\\\A\","
	  "\"exe_path\":\"C:\\\\A\\\\bin\\\\cbengine.exe\","
	  "\"exe_version\":\"2.0.9938.0\",\"uninstall\":[{\"view\":64,"
	  "\"key\":\"Windows Azure Backup\",\"version\":\"2.0.9938.0\"}],"
	  "\"service_path\":\"C:\\\\A\\\\bin\\\\cbengine.exe\","
	  "\"service_version\":\"2.0.9938.0\"}" },
	{ "server-kind",
	  "\"value\":{\"kind\":\"plain\",\"dpm_version\":null}" },
	{ "service.obengine",
	  "\"value\":{\"exists\":true,\"name\":\"obengine\",\"state\":4,\"start\":2}" },
	{ "service.management-agent",
	  "\"value\":{\"exists\":true,\"name\":\"OBRecoveryServicesManagementAgent\","
	  "\"state\":4,\"start\":2}" },
	{ "services",
	  "\"value\":{\"list\":[{\"name\":\"RpcSs\",\"exists\":true,\"state\":4,"
	  "\"start\":2},{\"name\":\"EventSystem\",\"exists\":true,\"state\":4,"
	  "\"start\":2},{\"name\":\"SENS\",\"exists\":true,\"state\":4,\"start\":2},"
	  "{\"name\":\"VSS\",\"exists\":true,\"state\":1,\"start\":3},"
	  "{\"name\":\"swprv\",\"exists\":true,\"state\":1,\"start\":3}]}" },
	{ "scratch",
	  "\"value\":{\"config\":\"C:\\\\S\",\"provider\":\"C:\\\\S\","
	  "\"path\":\"C:\\\\S\",\"exists\":true,\"kek_exists\":true,\"attributes\":16,"
	  "\"volume\":\"C:\\\\\",\"drive_type\":3,\"file_system\":\"NTFS\","
	  "\"deduplicated\":false,\"size_bytes\":107374182400,"
	  "\"free_bytes\":53687091200}" },
	{ "system-volume",
	  "\"value\":{\"volume\":\"C:\\\\\",\"size_bytes\":107374182400,"
	  "\"free_bytes\":53687091200}" },
	{ "volumes",
	  "\"value\":{\"list\":[{\"name\":\"C:\\\\\",\"drive_type\":3,"
	  "\"file_system\":\"NTFS\",\"size_bytes\":107374182400,\"locked\":false,"
	  "\"deduplicated\":false,\"read_only\":false}]}" },
	{ "agent-config",
	  "\"value\":{\"registered\":true,\"task_exists\":true,\"task_enabled\":true,"
	  "\"task_account\":\"SYSTEM\",\"task_sid\":\"S-1-5-18\",\"task_result\":0,"
	  "\"task_ran_utc_ms\":1699990000000,\"task_instances\":2,\"task_count\":1,"
	  "\"task_starts\":[{\"days\":127,\"weeks\":1,\"minute\":1260}],"
	  "\"encryption_set\":true}" },
	{ "backup.running",
	  "\"value\":{\"running\":false,\"source\":\"ob-job\",\"since_utc_ms\":null}" },
	{ "backup.next",
	  "\"value\":{\"known\":true,\"next_utc_ms\":1700050000000}" },
	{ "backup.last",
	  "\"value\":{\"completed_utc_ms\":1699990000000,\"event\":3,"
	  "\"failed_utc_ms\":null,\"failed_event\":null,\"error\":null,"
	  "\"known\":true,\"begins_utc_ms\":1600000000000}" },
	{ "event.newer-required",
	  "\"value\":{\"known\":true,\"utc_ms\":null}" },
	{ "event.vss-timeout",
	  "\"value\":{\"known\":true,\"utc_ms\":null}" },
	{ "event.volsnap",
	  "\"value\":{\"known\":true,\"utc_ms\":null,\"event\":null,\"volume\":null}" },
	{ "event.efi-locked",
	  "\"value\":{\"known\":true,\"utc_ms\":null}" },
	{ "reboot",
	  "\"value\":{\"servicing\":false,\"installer\":false,\"renames\":0,"
	  "\"computer_rename\":false,\"windows_update\":false}" },
	{ "installers",
	  "\"value\":{\"msi_busy\":false,\"agent_installer\":0,\"marker\":null}" },
	{ "left-overs",
	  "\"value\":{\"tasks\":[],\"folders\":[]}" },
	{ "consoles",
	  "\"value\":{\"open\":[]}" },
	{ "network.proxy",
	  "\"value\":{\"agent_known\":true,\"agent\":null,\"system\":null,"
	  "\"system_auto\":null,\"system_except\":null,\"winhttp\":null,"
	  "\"winhttp_except\":null,\"machine_wide\":false}" },
	{ "network.login",
	  "\"value\":{\"asked\":true,\"proxy\":null,\"proxy_source\":\"none\","
	  "\"results\":[{\"host\":\"login.windows.net\",\"open\":true,\"status\":200,"
	  "\"error\":null,\"issuer\":\"CN=DigiCert SHA2 Secure Server CA,"
	  " O=DigiCert Inc, C=US\"}]}" },
	{ "network.endpoints",
	  "\"value\":{\"asked\":true,\"proxy\":null,\"proxy_source\":\"none\","
	  "\"results\":[{\"host\":\"a.blob.core.windows.net\",\"open\":true,"
	  "\"status\":400,\"error\":null,\"issuer\":\"CN=Microsoft Azure RSA TLS\","
	  "\"from\":\"log\"}]}" },
	{ "backup.policy",
	  "\"value\":{\"known\":true,\"files\":true,\"system_state\":false,"
	  "\"offline\":false,\"volumes\":[{\"name\":\"C:\\\\\"}],"
	  "\"next_files_utc_ms\":1700050000000,\"next_system_state_utc_ms\":null}" },
	{ "backup.last-job",
	  "\"value\":{\"known\":true,\"type\":\"Backup\",\"state\":\"Completed\","
	  "\"error\":null,\"begun_utc_ms\":1699986400000,\"ended_utc_ms\":1699990000000,"
	  "\"good_utc_ms\":1699990000000,\"protected_bytes\":21474836480}" },
	{ "features",
	  "\"value\":{\"windows_server_backup\":\"Installed\","
	  "\"source\":\"Get-WindowsFeature\"}" },
	{ "wsb",
	  "\"value\":{\"cmdlet\":true,\"type\":\"Backup\",\"state\":\"Completed\","
	  "\"hresult\":0,\"detailed_hresult\":0,"
	  "\"begun_utc_ms\":1699500000000,\"ended_utc_ms\":1699503600000}" },
	{ "vss.writers",
	  "\"value\":{\"list\":[{\"id\":\"e8132975-6f93-4464-a53e-1050253ae220\","
	  "\"name\":\"System Writer\",\"state\":1,\"error\":0}]}" },
	{ "vss.shadow-storage",
	  "\"value\":{\"list\":[{\"volume\":\"C:\\\\\",\"storage\":\"C:\\\\\","
	  "\"size_bytes\":107374182400,\"max_bytes\":10737418240}]}" },
	{ "updates",
	  "\"value\":{\"newest_utc_ms\":1695000000000,\"newest\":\"KB5030214\","
	  "\"count\":12}" },
	{ "antivirus",
	  "\"value\":{\"defender\":true,\"products\":[],"
	  "\"filters\":[{\"name\":\"WdFilter\",\"altitude\":\"328010\"}]}" },
	{ "interference",
	  "\"value\":{\"services\":[],\"providers\":[],\"filters\":[]}" },
	{ "antivirus.exclusions",
	  "\"value\":{\"known\":true,\"list\":[{\"kind\":\"path\","
	  "\"value\":\"C:\\\\A\"},{\"kind\":\"path\",\"value\":\"C:\\\\S\"},"
	  "{\"kind\":\"process\",\"value\":\"C:\\\\A\\\\bin\\\\cbengine.exe\"}]}" },
	{ "modules",
	  "\"value\":{\"azure\":null,\"azurerm\":null,\"az\":null}" },
	{ "security.svi",
	  "\"value\":{\"full_control\":true,\"owner_sid\":\"S-1-5-32-544\"}" },
	{ "volumes.files",
	  "\"value\":{\"known\":true,\"list\":[{\"name\":\"C:\\\\\",\"looked\":5000,"
	  "\"whole\":false,\"reparse\":0,\"encrypted_sparse\":0,\"cloud\":0,"
	  "\"example\":null}]}" },
};

const char *healthy_answer(const char *fact)
{
	for (size_t i = 0; i < ARRAY_LEN(healthy); i++)
		if (strcmp(healthy[i].fact, fact) == 0)
			return healthy[i].rest;
	return NULL;
}

void healthy_with(struct facts *f, const struct answer *answer, int count)
{
	facts_init(f);
	for (int j = 0; j < count; j++)
		INSIST(!answer[j].fact || healthy_answer(answer[j].fact));
	for (size_t i = 0; i < ARRAY_LEN(healthy); i++) {
		const char *text = healthy[i].rest;
		AUTO_FREE char *line = NULL;

		for (int j = 0; j < count; j++)
			if (answer[j].fact && strcmp(answer[j].fact, healthy[i].fact) == 0)
				text = answer[j].rest;
		if (!text)
			continue;
		line = xasprintf("{\"fact\":\"%s\",\"ms\":5,%s}", healthy[i].fact, text);
		facts_line(f, line, strlen(line), HEALTHY_UTC_MS);
	}
}

void healthy_but(struct facts *f, const char *fact, const char *rest)
{
	healthy_with(f, &(struct answer){ fact, rest }, 1);
}
