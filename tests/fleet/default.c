/* default.c - a healthy server with an agent that is too old: what every other one differs from. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "tests/fleet/state.h"

static const int64_t hour_ms = 3600 * 1000;

static json_t *default_os(void)
{
	return json_pack("{s:s, s:s, s:i, s:s, s:s, s:I}", "caption",
			 "Microsoft Windows Server 2019 Standard", "version", "10.0.17763", "build",
			 17763, "installation_type", "Server", "language", "en-US", "boot_utc_ms",
			 (json_int_t)(clock_utc_ms() - 200 * hour_ms));
}

static json_t *default_agent(void)
{
	json_t *agent =
		json_pack("{s:b, s:s, s:s, s:b, s:n, s:n}", "installed", 1, "path",
			  "C:\\Program Files\\Microsoft Azure Recovery Services Agent", "version",
			  "2.0.9070.0", "file_missing", 0, "service_path", "service_version");
	json_t *more =
		json_pack("{s:[{s:i, s:s, s:s}, {s:i, s:s, s:s}], s:b, s:b, s:b, s:b, s:s}",
			  "uninstall", "view", 64, "key", "Windows Azure Backup", "version",
			  "2.0.9070.0", "view", 64, "key", "{FFE6D16C-3F87-4192-AF94-DDBEFF165106}",
			  "version", "2.0.9070.0", "registered", 1, "encryption_set", 1,
			  "task_exists", 1, "task_enabled", 1, "task_account", "SYSTEM");

	json_object_update_new(agent, more);
	return agent;
}

static json_t *default_service(int state, int start)
{
	return json_pack("{s:b, s:i, s:i, s:i, s:i, s:o}", "exists", 1, "state", state, "start",
			 start, "stop_ms", 150, "start_ms", 200, "pid",
			 state == SVC_RUNNING ? json_integer(4242) : json_null());
}

static json_t *default_volume(int64_t size_gb, int64_t free_gb)
{
	return json_pack("{s:I, s:I}", "size_bytes", (json_int_t)(size_gb << 30), "free_bytes",
			 (json_int_t)(free_gb << 30));
}

/* Last night's backup is done, the next is due in hours. */
static json_t *default_backup(void)
{
	int64_t now = clock_utc_ms();

	return json_pack("{s:b, s:s, s:n, s:b, s:I, s:I, s:i}", "running", 0, "source", "none",
			 "since_utc_ms", "known", 1, "next_utc_ms", (json_int_t)(now + 9 * hour_ms),
			 "last_utc_ms", (json_int_t)(now - 13 * hour_ms), "last_event", 3);
}

static json_t *default_network(void)
{
	return json_pack("{s:{s:n, s:n, s:n}, s:{s:{s:i}}, s:n}", "proxies", "agent", "system",
			 "winhttp", "login", "*", "status", 200, "login_stopped");
}

static json_t *default_install(void)
{
	return json_pack("{s:i, s:i, s:n, s:b, s:i, s:b, s:n, s:n}", "seconds", 2, "exit", 0,
			 "new_version", "old_version", 0, "keeps_working_s", 0, "lose_config", 0,
			 "service_state", "reboot_s");
}

json_t *fleet_default_state(const char *name, const char *address)
{
	AUTO_FREE char *user = xasprintf("%s\\marshal", name);
	json_t *state = json_pack(
		"{s:s, s:s, s:o, s:{s:s, s:s, s:s}, s:{s:i}, s:{s:i, s:s, s:i}}", "name", name,
		"address", address, "os", default_os(), "powershell", "version", "5.1.17763.1",
		"edition", "Desktop", "language_mode", "FullLanguage", "dotnet", "release", 461814,
		"clock", "skew_ms", 0, "zone", "W. Europe Standard Time", "offset_minutes", 60);
	json_t *mars = json_pack(
		"{s:{s:s, s:s, s:b}, s:o, s:s, s:n, s:{s:o, s:o, s:o}}", "identity", "user", user,
		"domain", "corp.example", "admin", 1, "agent", default_agent(), "kind", "plain",
		"dpm_version", "services", "obengine", default_service(SVC_RUNNING, 2), "VSS",
		default_service(SVC_STOPPED, 3), "swprv", default_service(SVC_STOPPED, 3));
	json_t *disks = json_pack(
		"{s:{s:s, s:n, s:b}, s:{s:o}, s:o, s:{s:b, s:b, s:i}, s:{s:b, s:i}, s:[]}",
		"scratch", "config",
		"C:\\Program Files\\Microsoft Azure Recovery Services Agent\\Scratch", "provider",
		"exists", 1, "volumes", "C:", default_volume(120, 64), "backup", default_backup(),
		"reboot", "servicing", 0, "installer", 0, "renames", 0, "installers", "msi_busy", 0,
		"agent_installer", 0, "consoles");
	json_t *rest =
		json_pack("{s:o, s:o, s:{s:s, s:s}, s:{}, s:{}, s:{}, s:n, s:i, s:[]}", "network",
			  default_network(), "install", default_install(), "signature", "status",
			  "Valid", "signer",
			  "CN=Microsoft Corporation, O=Microsoft Corporation, L=Redmond, "
			  "S=Washington, C=US",
			  "faults", "folders", "tasks", "marker", "safety_ms", 600000, "log");

	if (!state || !mars || !disks || !rest)
		abort();        /* a format and its arguments disagree */
	json_object_update_new(state, mars);
	json_object_update_new(state, disks);
	json_object_update_new(state, rest);
	return state;
}
