/* answers.c - the facts of a healthy server, as the probe writes them. */
#include "answers.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const struct { const char *fact, *rest; } healthy[] = {
	{ "host",
	  "\"value\":{\"name\":\"WEB01\",\"domain\":null,\"user\":\"WEB01\\\\admin\",\"admin\""
	  ":true}" },
	{ "os",
	  "\"value\":{\"caption\":\"Windows Server 2019\",\"version\":\"10.0.17763\",\"build\""
	  ":17763,"
	  "\"installation_type\":\"Server\",\"language\":\"de-DE\",\"boot_utc_ms\":1600000000}" },
	{ "powershell",
	  "\"value\":{\"version\":\"5.1.17763.1\",\"edition\":\"Desktop\",\"language_mode\":\""
	  "FullLanguage\"}" },
	{ "dotnet", "\"value\":{\"release\":461814}" },
	{ "clock",
	  "\"value\":{\"utc_ms\":1700000000,\"zone\":\"W. Europe Standard "
	  "Time\",\"offset_minutes\":60}" },
	{ "agent",
	  "\"value\":{\"installed\":true,\"install_path\":\"C:\\\\A\",\"exe_path\":\"C:\\\\A\\\\"
	  "bin\\\\cbengine.exe\","
	  "\"exe_version\":\"2.0.9938.0\",\"uninstall\":[{\"view\":64,\"key\":\"Windows Azure "
	  "Backup\","
	  "\"version\":\"2.0.9938.0\"}],\"service_path\":\"C:\\\\A\\\\bin\\\\cbengine.exe\",\""
	  "service_version\":\"2.0.9938.0\"}" },
	{ "server-kind", "\"value\":{\"kind\":\"plain\",\"dpm_version\":null}" },
	{ "service.obengine",
	  "\"value\":{\"exists\":true,\"state\":4,\"start\":2,\"process_id\":99}" },
	{ "scratch",
	  "\"value\":{\"config\":\"C:\\\\S\",\"provider\":\"C:\\\\S\",\"path\":\"C:\\\\S\",\""
	  "exists\":true,"
	  "\"volume\":\"C:\\\\\",\"size_bytes\":107374182400,\"free_bytes\":53687091200}" },
	{ "system-volume",
	  "\"value\":{\"volume\":\"C:\\\\\",\"size_bytes\":107374182400,\"free_bytes\""
	  ":53687091200}" },
	{ "agent-config",
	  "\"value\":{\"registered\":true,\"task_exists\":true,\"task_enabled\":true,"
	  "\"task_account\":\"SYSTEM\",\"encryption_set\":true}" },
	{ "backup.running",
	  "\"value\":{\"running\":false,\"source\":\"ob-job\",\"since_utc_ms\":null}" },
	{ "backup.next", "\"value\":{\"known\":true,\"next_utc_ms\":1800000000}" },
	{ "backup.last", "\"value\":{\"completed_utc_ms\":1690000000,\"event\":3}" },
	{ "reboot", "\"value\":{\"servicing\":false,\"installer\":false,\"renames\":0}" },
	{ "installers", "\"value\":{\"msi_busy\":false,\"agent_installer\":0,\"marker\":null}" },
	{ "consoles", "\"value\":{\"open\":[]}" },
	{ "network.login",
	  "\"value\":{\"asked\":true,\"proxy\":null,\"proxy_source\":\"none\",\"results\":["
	  "{\"host\":"
	  "\"login.windows.net\",\"open\":true,\"status\":200,\"error\":null}]}" },
};

void healthy_but(struct facts *f, const char *fact, const char *rest)
{
	facts_init(f);
	for (size_t i = 0; i < ARRAY_LEN(healthy); i++) {
		const char *text =
			fact && strcmp(fact, healthy[i].fact) == 0 ? rest : healthy[i].rest;
		AUTO_FREE char *line = NULL;

		if (!text)
			continue;
		line = xasprintf("{\"fact\":\"%s\",\"ms\":5,%s}", healthy[i].fact, text);
		facts_line(f, line, strlen(line), HEALTHY_UTC_MS);
	}
}
