/* check_rows.h - every check there is, a row each, in the order in which reports show them: its
 * name in C, its id, which is stable, and the function that judges it (checks_*.c, a file a
 * family). What a check says stands in the catalogue, checks.c. Who lists checks walks these rows
 * or that table. */
#ifndef SCANNER_CHECKS_CHECK_ROWS_H
#define SCANNER_CHECKS_CHECK_ROWS_H

/* clang-format off */
/*  row(ID, id, function) */
#define CHECKS(row) \
	row(ACCOUNT, "host.account", judge_account) \
	row(IDENTITY, "host.identity", judge_identity) \
	row(INSTALLED, "mars.installed", judge_installed) \
	row(VERSION, "mars.version", judge_version) \
	row(TARGET, "mars.target", judge_target) \
	row(WITNESSES, "mars.witnesses", judge_witnesses) \
	row(THRESHOLDS, "mars.thresholds", judge_thresholds) \
	row(REGISTRATION, "mars.registration", judge_registration) \
	row(NEWER_REQUIRED, "mars.newer-required", judge_newer_required) \
	row(OBENGINE, "service.obengine", judge_obengine) \
	row(MANAGEMENT_AGENT, "service.management-agent", judge_management_agent) \
	row(RPCSS, "service.rpcss", judge_rpcss) \
	row(EVENTSYSTEM, "service.eventsystem", judge_eventsystem) \
	row(SENS, "service.sens", judge_sens) \
	row(VSS_SERVICE, "service.vss", judge_vss_service) \
	row(SWPRV, "service.swprv", judge_swprv) \
	row(LOGIN, "network.login-url", judge_login) \
	row(ENDPOINTS, "network.endpoints", judge_endpoints) \
	row(PROXY, "network.proxy", judge_proxy) \
	row(TLS12, "network.tls12", judge_tls12) \
	row(SCRATCH_LOCATION, "scratch.location", judge_scratch_location) \
	row(SCRATCH_SPACE, "scratch.free-space", judge_scratch_space) \
	row(STATE_SPACE, "systemstate.free-space", judge_state_space) \
	row(VOLUMES, "volumes.supported", judge_volumes) \
	row(VOLUMES_FILES, "volumes.files", judge_volumes_files) \
	row(OS, "os.supported", judge_os) \
	row(CORE, "os.core", judge_core) \
	row(AZURE_VM, "os.azure-vm", judge_azure_vm) \
	row(UPDATES, "os.updates", judge_updates) \
	row(REBOOT, "os.pending-reboot", judge_reboot) \
	row(CLOCK, "os.clock", judge_clock) \
	row(TIME_ZONE, "os.time-zone", judge_time_zone) \
	row(DOTNET, "os.dotnet", judge_dotnet) \
	row(POWERSHELL, "os.powershell", judge_powershell) \
	row(WSB_FEATURE, "feature.windows-server-backup", judge_wsb_feature) \
	row(WBJOB, "feature.wbjob", judge_wbjob) \
	row(WSB_JOB, "wsb.last-job", judge_wsb_job) \
	row(SVI, "security.system-volume-information", judge_svi) \
	row(ANTIVIRUS, "security.antivirus", judge_antivirus) \
	row(EXCLUSIONS, "security.av-exclusions", judge_exclusions) \
	row(INTERFERENCE, "security.other-backups", judge_interference) \
	row(WRITERS, "vss.writers", judge_writers) \
	row(SHADOW_STORAGE, "vss.shadow-storage", judge_shadow_storage) \
	row(WRITER_TIMEOUT, "vss.writer-timeout", judge_writer_timeout) \
	row(SHADOW_SPACE, "vss.shadow-space", judge_shadow_space) \
	row(EFI_LOCKED, "vss.efi-locked", judge_efi_locked) \
	row(LAST, "backup.last", judge_last) \
	row(SCHEDULE, "backup.schedule", judge_schedule) \
	row(RUNNING, "backup.running", judge_running) \
	row(NEXT, "backup.next", judge_next) \
	row(ERROR, "backup.error", judge_error) \
	row(PASSPHRASE, "backup.passphrase", judge_passphrase) \
	row(OFFLINE, "offline.azure-powershell", judge_offline) \
	row(LEFT_OVERS, "marshal.left-overs", judge_left_overs)
/* clang-format on */

#define CHECK_ID(id, ...) CHECK_##id,
enum check_id { CHECKS(CHECK_ID) CHECK_COUNT };
#undef CHECK_ID

#endif
