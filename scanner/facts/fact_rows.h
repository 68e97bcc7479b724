/* fact_rows.h - the catalogue of facts, in the order in which the probe answers them: every fact
 * there is, a row each, with its depth and the shape of its members (facts_kinds.h). Who lists
 * facts walks these rows. A row here, a row in docs/protocol.md, a block in the probe and what the
 * simulated server answers (tests/fleet/play_facts.c) are one fact. */
#ifndef SCANNER_FACTS_FACT_ROWS_H
#define SCANNER_FACTS_FACT_ROWS_H

/* clang-format off */
/*  row(ID, name, depth, members...) */
#define FACTS(row) \
	row(HOST, "host", FAST, \
	    { "name", TEXT, 0 }, { "domain", TEXT, MAY_BE_NULL | MAY_DROP }, \
	    { "user", TEXT, MAY_BE_NULL | MAY_DROP }, \
	    { "admin", BOOLEAN, MAY_BE_NULL | MAY_DROP }) \
	row(OS, "os", FAST, \
	    { "caption", TEXT, MAY_BE_NULL | MAY_DROP }, \
	    { "version", TEXT, MAY_BE_NULL | MAY_DROP }, \
	    { "build", NUMBER, MAY_BE_NULL | MAY_DROP }, \
	    { "installation_type", TEXT, MAY_BE_NULL | MAY_DROP }, \
	    { "product_type", NUMBER, MAY_BE_NULL | MAY_LACK }, \
	    { "language", TEXT, MAY_BE_NULL | MAY_DROP }, \
	    { "boot_utc_ms", NUMBER, MAY_BE_NULL | READING | MAY_DROP }) \
	row(MACHINE, "machine", FAST, \
	    { "manufacturer", TEXT, MAY_BE_NULL | MAY_DROP }, \
	    { "model", TEXT, MAY_BE_NULL | MAY_DROP }, \
	    { "asset_tag", TEXT, MAY_BE_NULL }) \
	row(IDENTITY, "identity", FAST, \
	    { "uuid", TEXT, MAY_BE_NULL | MACHINE_ID | MAY_DROP }, \
	    { "machine_guid", TEXT, MAY_BE_NULL | MACHINE_ID | MAY_DROP }, \
	    { "machine_sid", TEXT, MAY_BE_NULL | MACHINE_ID | MAY_DROP }) \
	row(POWERSHELL, "powershell", FAST, \
	    { "version", TEXT, 0 }, { "edition", TEXT, MAY_BE_NULL | MAY_DROP }, \
	    { "language_mode", TEXT, MAY_BE_NULL }, \
	    { "execution_policy", TEXT, MAY_BE_NULL | MAY_LACK }, \
	    { "policy_source", TEXT, MAY_BE_NULL | MAY_LACK | MAY_DROP }, \
	    { "agent_module", BOOLEAN, MAY_BE_NULL | MAY_LACK }, \
	    { "module_on_path", BOOLEAN, MAY_BE_NULL | MAY_LACK }) \
	row(DOTNET, "dotnet", FAST, { "release", NUMBER, MAY_BE_NULL }) \
	row(TLS, "tls", FAST, \
	    { "schannel_enabled", NUMBER, MAY_BE_NULL }, \
	    { "schannel_disabled_by_default", NUMBER, MAY_BE_NULL }, \
	    { "net64_system_default", NUMBER, MAY_BE_NULL }, \
	    { "net64_strong_crypto", NUMBER, MAY_BE_NULL }, \
	    { "net32_system_default", NUMBER, MAY_BE_NULL }, \
	    { "net32_strong_crypto", NUMBER, MAY_BE_NULL }, \
	    { "fips", NUMBER, MAY_BE_NULL | MAY_LACK | MAY_DROP }) \
	row(CLOCK, "clock", FAST, \
	    { "utc_ms", NUMBER, READING }, { "zone", TEXT, MAY_BE_NULL | MAY_DROP }, \
	    { "offset_minutes", NUMBER, MAY_BE_NULL | MAY_DROP }, \
	    { "skew_ms", NUMBER, READING | OURS }) \
	row(AGENT, "agent", FAST, \
	    { "installed", BOOLEAN, 0 }, { "install_path", TEXT, MAY_BE_NULL | MAY_DROP }, \
	    { "exe_path", TEXT, MAY_BE_NULL | MAY_DROP }, \
	    { "exe_version", TEXT, MAY_BE_NULL | MAY_DROP }, \
	    { "uninstall", LIST, 0 }, { "service_path", TEXT, MAY_BE_NULL | MAY_DROP }, \
	    { "service_version", TEXT, MAY_BE_NULL | MAY_DROP }) \
	row(SERVER_KIND, "server-kind", FAST, \
	    { "kind", TEXT, 0 }, { "dpm_version", TEXT, MAY_BE_NULL | MAY_DROP }) \
	row(SERVICE_OBENGINE, "service.obengine", FAST, \
	    { "exists", BOOLEAN, 0 }, { "name", TEXT, MAY_BE_NULL | MAY_LACK | MAY_DROP }, \
	    { "state", NUMBER, MAY_BE_NULL | MAY_DROP }, { "start", NUMBER, MAY_BE_NULL }) \
	row(SERVICE_MANAGEMENT_AGENT, "service.management-agent", FAST, \
	    { "exists", BOOLEAN, 0 }, { "name", TEXT, MAY_BE_NULL | MAY_DROP }, \
	    { "state", NUMBER, MAY_BE_NULL | MAY_DROP }, { "start", NUMBER, MAY_BE_NULL }) \
	row(SERVICES, "services", FAST, { "list", LIST, 0 }) \
	row(SCRATCH, "scratch", FAST, \
	    { "config", TEXT, MAY_BE_NULL }, { "provider", TEXT, MAY_BE_NULL }, \
	    { "path", TEXT, MAY_BE_NULL }, { "exists", BOOLEAN, MAY_BE_NULL | MAY_DROP }, \
	    { "kek_exists", BOOLEAN, MAY_BE_NULL | MAY_LACK | MAY_DROP }, \
	    { "attributes", NUMBER, MAY_BE_NULL | MAY_LACK | MAY_DROP }, \
	    { "volume", TEXT, MAY_BE_NULL | MAY_DROP }, \
	    { "drive_type", NUMBER, MAY_BE_NULL | MAY_LACK | MAY_DROP }, \
	    { "file_system", TEXT, MAY_BE_NULL | MAY_LACK | MAY_DROP }, \
	    { "deduplicated", BOOLEAN, MAY_BE_NULL | MAY_LACK }, \
	    { "size_bytes", NUMBER, MAY_BE_NULL }, \
	    { "free_bytes", NUMBER, MAY_BE_NULL | READING | MAY_DROP }) \
	row(SYSTEM_VOLUME, "system-volume", FAST, \
	    { "volume", TEXT, MAY_BE_NULL | MAY_DROP }, \
	    { "size_bytes", NUMBER, MAY_BE_NULL }, \
	    { "free_bytes", NUMBER, MAY_BE_NULL | READING | MAY_DROP }) \
	row(VOLUMES, "volumes", FAST, { "list", LIST, 0 }) \
	row(AGENT_CONFIG, "agent-config", FAST, \
	    { "registered", BOOLEAN, MAY_BE_NULL | MAY_DROP }, \
	    { "task_exists", BOOLEAN, MAY_BE_NULL | MAY_DROP }, \
	    { "task_enabled", BOOLEAN, MAY_BE_NULL | MAY_DROP }, \
	    { "task_account", TEXT, MAY_BE_NULL | MAY_DROP }, \
	    { "task_sid", TEXT, MAY_BE_NULL | MAY_LACK }, \
	    { "task_result", NUMBER, MAY_BE_NULL | MAY_LACK }, \
	    { "task_ran_utc_ms", NUMBER, MAY_BE_NULL | MAY_LACK | READING }, \
	    { "task_instances", NUMBER, MAY_BE_NULL | MAY_LACK }, \
	    { "task_count", NUMBER, MAY_BE_NULL | MAY_LACK }, \
	    { "task_starts", LIST, MAY_BE_NULL | MAY_LACK }, \
	    { "encryption_set", BOOLEAN, MAY_BE_NULL | MAY_DROP }) \
	row(BACKUP_RUNNING, "backup.running", FAST, \
	    { "running", BOOLEAN, MAY_BE_NULL }, { "source", TEXT, MAY_BE_NULL | MAY_DROP }, \
	    { "since_utc_ms", NUMBER, MAY_BE_NULL | READING | MAY_DROP }) \
	row(BACKUP_NEXT, "backup.next", FAST, \
	    { "known", BOOLEAN, 0 }, { "next_utc_ms", NUMBER, MAY_BE_NULL | READING }) \
	row(BACKUP_LAST, "backup.last", FAST, \
	    { "completed_utc_ms", NUMBER, MAY_BE_NULL | READING }, \
	    { "event", NUMBER, MAY_BE_NULL }, \
	    { "failed_utc_ms", NUMBER, MAY_BE_NULL | MAY_LACK | READING }, \
	    { "failed_event", NUMBER, MAY_BE_NULL | MAY_LACK }, \
	    { "error", NUMBER, MAY_BE_NULL | MAY_LACK }, \
	    { "known", BOOLEAN, MAY_BE_NULL | MAY_LACK }, \
	    { "begins_utc_ms", NUMBER, MAY_BE_NULL | MAY_LACK | READING }) \
	row(EVENT_NEWER_REQUIRED, "event.newer-required", FAST, \
	    { "known", BOOLEAN, 0 }, { "utc_ms", NUMBER, MAY_BE_NULL | READING }) \
	row(EVENT_VSS_TIMEOUT, "event.vss-timeout", FAST, \
	    { "known", BOOLEAN, 0 }, { "utc_ms", NUMBER, MAY_BE_NULL | READING }) \
	row(EVENT_VOLSNAP, "event.volsnap", FAST, \
	    { "known", BOOLEAN, 0 }, { "utc_ms", NUMBER, MAY_BE_NULL | READING }, \
	    { "event", NUMBER, MAY_BE_NULL }, \
	    { "volume", TEXT, MAY_BE_NULL | MAY_LACK | MAY_DROP }) \
	row(EVENT_EFI_LOCKED, "event.efi-locked", FAST, \
	    { "known", BOOLEAN, 0 }, { "utc_ms", NUMBER, MAY_BE_NULL | READING }) \
	row(REBOOT, "reboot", FAST, \
	    { "servicing", BOOLEAN, MAY_BE_NULL }, { "installer", BOOLEAN, MAY_BE_NULL }, \
	    { "renames", NUMBER, MAY_BE_NULL }, \
	    { "computer_rename", BOOLEAN, MAY_BE_NULL | MAY_LACK }, \
	    { "windows_update", BOOLEAN, MAY_BE_NULL | MAY_LACK }) \
	row(INSTALLERS, "installers", FAST, \
	    { "msi_busy", BOOLEAN, MAY_BE_NULL | MAY_DROP }, \
	    { "agent_installer", NUMBER, MAY_BE_NULL | MAY_DROP }, \
	    { "marker", LIST, MAY_BE_NULL }) \
	row(LEFT_OVERS, "left-overs", FAST, { "tasks", LIST, 0 }, { "folders", LIST, 0 }) \
	row(CONSOLES, "consoles", FAST, { "open", LIST, 0 }) \
	row(NETWORK_PROXY, "network.proxy", FAST, \
	    { "agent_known", BOOLEAN, 0 }, { "agent", TEXT, MAY_BE_NULL | PROXY }, \
	    { "system", TEXT, MAY_BE_NULL | PROXY }, \
	    { "system_auto", TEXT, MAY_BE_NULL | ADDRESS }, \
	    { "system_except", TEXT, MAY_BE_NULL }, \
	    { "winhttp", TEXT, MAY_BE_NULL | PROXY }, \
	    { "winhttp_except", TEXT, MAY_BE_NULL }, \
	    { "machine_wide", BOOLEAN, MAY_BE_NULL | MAY_LACK }) \
	row(NETWORK_LOGIN, "network.login", FAST, \
	    { "asked", BOOLEAN, 0 }, \
	    { "proxy", TEXT, MAY_BE_NULL | MAY_LACK | PROXY }, \
	    { "proxy_source", TEXT, MAY_BE_NULL | MAY_LACK }, \
	    { "results", LIST, MAY_BE_NULL | MAY_LACK }) \
	row(NETWORK_ENDPOINTS, "network.endpoints", DEEP, \
	    { "asked", BOOLEAN, 0 }, \
	    { "proxy", TEXT, MAY_BE_NULL | MAY_LACK | PROXY }, \
	    { "proxy_source", TEXT, MAY_BE_NULL | MAY_LACK }, \
	    { "results", LIST, MAY_BE_NULL | MAY_LACK }) \
	row(BACKUP_POLICY, "backup.policy", DEEP, \
	    { "known", BOOLEAN, 0 }, { "files", BOOLEAN, MAY_BE_NULL }, \
	    { "system_state", BOOLEAN, MAY_BE_NULL }, { "offline", BOOLEAN, MAY_BE_NULL }, \
	    { "volumes", LIST, MAY_BE_NULL }, \
	    { "next_files_utc_ms", NUMBER, MAY_BE_NULL | READING }, \
	    { "next_system_state_utc_ms", NUMBER, MAY_BE_NULL | READING }, \
	    { "starts", LIST, MAY_BE_NULL | MAY_LACK }) \
	row(BACKUP_LAST_JOB, "backup.last-job", DEEP, \
	    { "known", BOOLEAN, 0 }, { "type", TEXT, MAY_BE_NULL }, \
	    { "state", TEXT, MAY_BE_NULL }, { "error", NUMBER, MAY_BE_NULL }, \
	    { "begun_utc_ms", NUMBER, MAY_BE_NULL | READING }, \
	    { "ended_utc_ms", NUMBER, MAY_BE_NULL | READING }, \
	    { "good_utc_ms", NUMBER, MAY_BE_NULL | READING }, \
	    { "protected_bytes", NUMBER, MAY_BE_NULL | READING }, \
	    { "longest_ms", NUMBER, MAY_BE_NULL | MAY_LACK | READING }) \
	row(FEATURES, "features", DEEP, \
	    { "windows_server_backup", TEXT, MAY_BE_NULL }, \
	    { "source", TEXT, MAY_BE_NULL | MAY_DROP }) \
	row(WSB, "wsb", DEEP, \
	    { "cmdlet", BOOLEAN, 0 }, { "type", TEXT, MAY_BE_NULL }, \
	    { "state", TEXT, MAY_BE_NULL }, { "hresult", NUMBER, MAY_BE_NULL }, \
	    { "detailed_hresult", NUMBER, MAY_BE_NULL | MAY_LACK | MAY_DROP }, \
	    { "begun_utc_ms", NUMBER, MAY_BE_NULL | READING }, \
	    { "ended_utc_ms", NUMBER, MAY_BE_NULL | READING }) \
	row(VSS_WRITERS, "vss.writers", DEEP, { "list", LIST, 0 }) \
	row(VSS_SHADOW_STORAGE, "vss.shadow-storage", DEEP, { "list", LIST, 0 }) \
	row(UPDATES, "updates", DEEP, \
	    { "newest_utc_ms", NUMBER, MAY_BE_NULL }, { "newest", TEXT, MAY_BE_NULL }, \
	    { "count", NUMBER, 0 }) \
	row(ANTIVIRUS, "antivirus", DEEP, \
	    { "defender", BOOLEAN, MAY_BE_NULL }, { "products", LIST, 0 }, \
	    { "filters", LIST, 0 }) \
	row(INTERFERENCE, "interference", DEEP, \
	    { "services", LIST, 0 }, { "providers", LIST, 0 }, { "filters", LIST, 0 }) \
	row(ANTIVIRUS_EXCLUSIONS, "antivirus.exclusions", SYSTEM, \
	    { "known", BOOLEAN, 0 }, { "list", LIST, 0 }) \
	row(MODULES, "modules", DEEP, \
	    { "azure", TEXT, MAY_BE_NULL }, { "azurerm", TEXT, MAY_BE_NULL }, \
	    { "az", TEXT, MAY_BE_NULL }) \
	row(SECURITY_SVI, "security.svi", SYSTEM, \
	    { "full_control", BOOLEAN, MAY_BE_NULL }, \
	    { "owner_sid", TEXT, MAY_BE_NULL | MAY_DROP }) \
	row(VOLUMES_FILES, "volumes.files", DEEP, \
	    { "known", BOOLEAN, 0 }, { "list", LIST, 0 })
/* clang-format on */

#define FACT_ID(id, ...) FACT_##id,
/* FACT_NONE: the end of a list of facts, or no fact at all. */
enum fact_id { FACTS(FACT_ID) FACT_COUNT, FACT_NONE = FACT_COUNT };
#undef FACT_ID

#endif
