/* facts_kinds.c - the catalogue of facts, in the order in which the probe answers them. A row
 * here, a row in docs/protocol.md and a block in the probe are one fact. */
#include "scanner/facts/facts_kinds.h"

#include <string.h>

/* clang-format off */
const struct kind kinds[] = {
	{ "host", DEPTH_FAST, {
		{ "name", TEXT, 0 }, { "domain", TEXT, MAY_BE_NULL }, { "user", TEXT, MAY_BE_NULL },
		{ "admin", BOOLEAN, MAY_BE_NULL } } },
	{ "os", DEPTH_FAST, {
		{ "caption", TEXT, MAY_BE_NULL }, { "version", TEXT, MAY_BE_NULL },
		{ "build", NUMBER, MAY_BE_NULL }, { "installation_type", TEXT, MAY_BE_NULL },
		{ "product_type", NUMBER, MAY_BE_NULL | MAY_LACK },
		{ "language", TEXT, MAY_BE_NULL },
		{ "boot_utc_ms", NUMBER, MAY_BE_NULL | READING } } },
	{ "machine", DEPTH_FAST, {
		{ "manufacturer", TEXT, MAY_BE_NULL }, { "model", TEXT, MAY_BE_NULL },
		{ "asset_tag", TEXT, MAY_BE_NULL } } },
	{ "powershell", DEPTH_FAST, {
		{ "version", TEXT, 0 }, { "edition", TEXT, MAY_BE_NULL },
		{ "language_mode", TEXT, MAY_BE_NULL },
		{ "execution_policy", TEXT, MAY_BE_NULL | MAY_LACK },
		{ "policy_source", TEXT, MAY_BE_NULL | MAY_LACK },
		{ "agent_module", BOOLEAN, MAY_BE_NULL | MAY_LACK },
		{ "module_on_path", BOOLEAN, MAY_BE_NULL | MAY_LACK } } },
	{ "dotnet", DEPTH_FAST, { { "release", NUMBER, MAY_BE_NULL } } },
	{ "tls", DEPTH_FAST, {
		{ "schannel_enabled", NUMBER, MAY_BE_NULL },
		{ "schannel_disabled_by_default", NUMBER, MAY_BE_NULL },
		{ "net64_system_default", NUMBER, MAY_BE_NULL },
		{ "net64_strong_crypto", NUMBER, MAY_BE_NULL },
		{ "net32_system_default", NUMBER, MAY_BE_NULL },
		{ "net32_strong_crypto", NUMBER, MAY_BE_NULL },
		{ "fips", NUMBER, MAY_BE_NULL | MAY_LACK } } },
	{ "clock", DEPTH_FAST, {
		{ "utc_ms", NUMBER, READING }, { "zone", TEXT, MAY_BE_NULL },
		{ "offset_minutes", NUMBER, MAY_BE_NULL },
		{ "skew_ms", NUMBER, READING | OURS } } },
	{ "agent", DEPTH_FAST, {
		{ "installed", BOOLEAN, 0 }, { "install_path", TEXT, MAY_BE_NULL },
		{ "exe_path", TEXT, MAY_BE_NULL }, { "exe_version", TEXT, MAY_BE_NULL },
		{ "uninstall", LIST, 0 }, { "service_path", TEXT, MAY_BE_NULL },
		{ "service_version", TEXT, MAY_BE_NULL } } },
	{ "server-kind", DEPTH_FAST, {
		{ "kind", TEXT, 0 }, { "dpm_version", TEXT, MAY_BE_NULL } } },
	{ "service.obengine", DEPTH_FAST, {
		{ "exists", BOOLEAN, 0 }, { "name", TEXT, MAY_BE_NULL | MAY_LACK },
		{ "state", NUMBER, MAY_BE_NULL }, { "start", NUMBER, MAY_BE_NULL },
		{ "process_id", NUMBER, MAY_BE_NULL | READING } } },
	{ "service.management-agent", DEPTH_FAST, {
		{ "exists", BOOLEAN, 0 }, { "name", TEXT, MAY_BE_NULL },
		{ "state", NUMBER, MAY_BE_NULL }, { "start", NUMBER, MAY_BE_NULL } } },
	{ "services", DEPTH_FAST, { { "list", LIST, 0 } } },
	{ "scratch", DEPTH_FAST, {
		{ "config", TEXT, MAY_BE_NULL }, { "provider", TEXT, MAY_BE_NULL },
		{ "path", TEXT, MAY_BE_NULL }, { "exists", BOOLEAN, MAY_BE_NULL },
		{ "kek_exists", BOOLEAN, MAY_BE_NULL | MAY_LACK },
		{ "attributes", NUMBER, MAY_BE_NULL | MAY_LACK },
		{ "volume", TEXT, MAY_BE_NULL },
		{ "drive_type", NUMBER, MAY_BE_NULL | MAY_LACK },
		{ "file_system", TEXT, MAY_BE_NULL | MAY_LACK },
		{ "deduplicated", BOOLEAN, MAY_BE_NULL | MAY_LACK },
		{ "size_bytes", NUMBER, MAY_BE_NULL },
		{ "free_bytes", NUMBER, MAY_BE_NULL | READING } } },
	{ "system-volume", DEPTH_FAST, {
		{ "volume", TEXT, MAY_BE_NULL }, { "size_bytes", NUMBER, MAY_BE_NULL },
		{ "free_bytes", NUMBER, MAY_BE_NULL | READING } } },
	{ "volumes", DEPTH_FAST, { { "list", LIST, 0 } } },
	{ "agent-config", DEPTH_FAST, {
		{ "registered", BOOLEAN, MAY_BE_NULL }, { "task_exists", BOOLEAN, MAY_BE_NULL },
		{ "task_enabled", BOOLEAN, MAY_BE_NULL }, { "task_account", TEXT, MAY_BE_NULL },
		{ "task_sid", TEXT, MAY_BE_NULL | MAY_LACK },
		{ "task_result", NUMBER, MAY_BE_NULL | MAY_LACK },
		{ "task_ran_utc_ms", NUMBER, MAY_BE_NULL | MAY_LACK | READING },
		{ "task_instances", NUMBER, MAY_BE_NULL | MAY_LACK },
		{ "task_count", NUMBER, MAY_BE_NULL | MAY_LACK },
		{ "encryption_set", BOOLEAN, MAY_BE_NULL } } },
	{ "backup.running", DEPTH_FAST, {
		{ "running", BOOLEAN, MAY_BE_NULL }, { "source", TEXT, MAY_BE_NULL },
		{ "since_utc_ms", NUMBER, MAY_BE_NULL | READING } } },
	{ "backup.next", DEPTH_FAST, {
		{ "known", BOOLEAN, 0 }, { "next_utc_ms", NUMBER, MAY_BE_NULL | READING } } },
	{ "backup.last", DEPTH_FAST, {
		{ "completed_utc_ms", NUMBER, MAY_BE_NULL | READING },
		{ "event", NUMBER, MAY_BE_NULL },
		{ "failed_utc_ms", NUMBER, MAY_BE_NULL | MAY_LACK | READING },
		{ "failed_event", NUMBER, MAY_BE_NULL | MAY_LACK },
		{ "error", NUMBER, MAY_BE_NULL | MAY_LACK } } },
	{ "event.newer-required", DEPTH_FAST, {
		{ "known", BOOLEAN, 0 }, { "utc_ms", NUMBER, MAY_BE_NULL | READING } } },
	{ "event.vss-timeout", DEPTH_FAST, {
		{ "known", BOOLEAN, 0 }, { "utc_ms", NUMBER, MAY_BE_NULL | READING } } },
	{ "event.volsnap", DEPTH_FAST, {
		{ "known", BOOLEAN, 0 }, { "utc_ms", NUMBER, MAY_BE_NULL | READING },
		{ "event", NUMBER, MAY_BE_NULL } } },
	{ "event.efi-locked", DEPTH_FAST, {
		{ "known", BOOLEAN, 0 }, { "utc_ms", NUMBER, MAY_BE_NULL | READING } } },
	{ "reboot", DEPTH_FAST, {
		{ "servicing", BOOLEAN, MAY_BE_NULL }, { "installer", BOOLEAN, MAY_BE_NULL },
		{ "renames", NUMBER, MAY_BE_NULL },
		{ "computer_rename", BOOLEAN, MAY_BE_NULL | MAY_LACK },
		{ "windows_update", BOOLEAN, MAY_BE_NULL | MAY_LACK } } },
	{ "installers", DEPTH_FAST, {
		{ "msi_busy", BOOLEAN, MAY_BE_NULL }, { "agent_installer", NUMBER, MAY_BE_NULL },
		{ "marker", LIST, MAY_BE_NULL } } },
	{ "consoles", DEPTH_FAST, { { "open", LIST, 0 } } },
	{ "network.proxy", DEPTH_FAST, {
		{ "agent_known", BOOLEAN, 0 }, { "agent", TEXT, MAY_BE_NULL | PROXY },
		{ "system", TEXT, MAY_BE_NULL | PROXY },
		{ "system_auto", TEXT, MAY_BE_NULL | ADDRESS },
		{ "system_except", TEXT, MAY_BE_NULL },
		{ "winhttp", TEXT, MAY_BE_NULL | PROXY },
		{ "winhttp_except", TEXT, MAY_BE_NULL } } },
	{ "network.login", DEPTH_FAST, {
		{ "asked", BOOLEAN, 0 },
		{ "proxy", TEXT, MAY_BE_NULL | MAY_LACK | PROXY },
		{ "proxy_source", TEXT, MAY_BE_NULL | MAY_LACK },
		{ "results", LIST, MAY_BE_NULL | MAY_LACK } } },
	{ "network.endpoints", DEPTH_DEEP, {
		{ "asked", BOOLEAN, 0 },
		{ "proxy", TEXT, MAY_BE_NULL | MAY_LACK | PROXY },
		{ "proxy_source", TEXT, MAY_BE_NULL | MAY_LACK },
		{ "results", LIST, MAY_BE_NULL | MAY_LACK } } },
	{ "backup.policy", DEPTH_DEEP, {
		{ "known", BOOLEAN, 0 }, { "files", BOOLEAN, MAY_BE_NULL },
		{ "system_state", BOOLEAN, MAY_BE_NULL }, { "offline", BOOLEAN, MAY_BE_NULL },
		{ "volumes", LIST, MAY_BE_NULL },
		{ "next_files_utc_ms", NUMBER, MAY_BE_NULL | READING },
		{ "next_system_state_utc_ms", NUMBER, MAY_BE_NULL | READING } } },
	{ "backup.last-job", DEPTH_DEEP, {
		{ "known", BOOLEAN, 0 }, { "type", TEXT, MAY_BE_NULL },
		{ "state", TEXT, MAY_BE_NULL }, { "error", NUMBER, MAY_BE_NULL },
		{ "begun_utc_ms", NUMBER, MAY_BE_NULL | READING },
		{ "ended_utc_ms", NUMBER, MAY_BE_NULL | READING },
		{ "good_utc_ms", NUMBER, MAY_BE_NULL | READING },
		{ "protected_bytes", NUMBER, MAY_BE_NULL | READING } } },
	{ "features", DEPTH_DEEP, {
		{ "windows_server_backup", TEXT, MAY_BE_NULL }, { "source", TEXT, MAY_BE_NULL } } },
	{ "wsb", DEPTH_DEEP, {
		{ "cmdlet", BOOLEAN, 0 }, { "type", TEXT, MAY_BE_NULL },
		{ "state", TEXT, MAY_BE_NULL }, { "hresult", NUMBER, MAY_BE_NULL },
		{ "begun_utc_ms", NUMBER, MAY_BE_NULL | READING },
		{ "ended_utc_ms", NUMBER, MAY_BE_NULL | READING } } },
	{ "vss.writers", DEPTH_DEEP, { { "list", LIST, 0 } } },
	{ "vss.shadow-storage", DEPTH_DEEP, { { "list", LIST, 0 } } },
	{ "updates", DEPTH_DEEP, {
		{ "newest_utc_ms", NUMBER, MAY_BE_NULL }, { "newest", TEXT, MAY_BE_NULL },
		{ "count", NUMBER, 0 } } },
	{ "antivirus", DEPTH_DEEP, {
		{ "defender", BOOLEAN, MAY_BE_NULL }, { "products", LIST, 0 },
		{ "filters", LIST, 0 } } },
	{ "antivirus.exclusions", DEPTH_SYSTEM, {
		{ "known", BOOLEAN, 0 }, { "list", LIST, 0 } } },
	{ "modules", DEPTH_DEEP, {
		{ "azure", TEXT, MAY_BE_NULL }, { "azurerm", TEXT, MAY_BE_NULL },
		{ "az", TEXT, MAY_BE_NULL } } },
	{ "security.svi", DEPTH_SYSTEM, {
		{ "full_control", BOOLEAN, MAY_BE_NULL }, { "owner_sid", TEXT, MAY_BE_NULL } } },
	{ .name = NULL },
};
/* clang-format on */

const struct kind *kind_find(const char *name)
{
	for (const struct kind *kind = kinds; kind->name; kind++)
		if (strcmp(kind->name, name) == 0)
			return kind;
	return NULL;
}
