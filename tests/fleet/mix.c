/* mix.c - the servers of the demo: every status, every check failing somewhere, every fault a host
 * can have. The first rows come first; a larger fleet is filled up with healthy ones. */
#include <stddef.h>

#include "tests/fleet/mix.h"

#define NEWEST "agent.version=2.0.9938.0", "agent.uninstall.0.version=2.0.9938.0", \
	       "agent.uninstall.1.version=2.0.9938.0"
#define LONG_LABEL \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example"

/* clang-format off */
const struct sim_kind demo_kinds[] = {
	/* to upgrade: these come through */
	{ .name = "outdated", .role = "file", .group = "healthy" },
	{ .name = "outdated", .role = "sql", .group = "healthy" },
	{ .name = "outdated-german", .role = "web", .group = "healthy", .state = {
		"os.language=de-DE", "os.caption=Microsoft Windows Server 2016 Standard",
		"os.version=10.0.14393", "os.build=14393" } },
	{ .name = "outdated-console", .role = "app", .group = "healthy", .state = {
		"consoles=[{\"pid\":5120,\"user\":\"CORP\\\\m.weber\",\"session\":2,"
		"\"leaves_ms\":1500}]" } },
	{ .name = "outdated-core", .role = "dc", .group = "healthy", .state = {
		"os.installation_type=Server Core", "agent.version=2.0.9050.0" } },
	/* of these two fail, and the last is never begun: hosts go by name */
	{ .name = "outdated", .role = "app", .group = "trouble" },
	{ .name = "installer-1603", .role = "dc", .group = "trouble", .state = {
		"install.exit=1603", "install.seconds=1", "os.language=ja-JP" } },
	{ .name = "installer-1618", .role = "file", .group = "trouble", .state = {
		"install.exit=1618" } },
	{ .name = "outdated", .role = "sql", .group = "trouble" },
	{ .name = "outdated", .role = "web", .group = "trouble" },
	/* statuses and checks */
	{ .name = "compliant", .role = "file", .state = { NEWEST } },
	{ .name = "compliant-japanese", .role = "sql", .state = { NEWEST, "os.language=ja-JP",
		"os.caption=Microsoft Windows Server 2022 Standard" } },
	{ .name = "behind", .role = "web", .state = { "agent.version=2.0.9262.0",
		"agent.uninstall.0.version=2.0.9262.0", "agent.uninstall.1.version=2.0.9262.0" } },
	{ .name = "skipped", .role = "app", .vars = "marshal_skip: true" },
	{ .name = "mars-none", .role = "dc", .vars = "marshal_mars: none" },
	{ .name = "optional-absent", .role = "app", .vars = "marshal_mars: optional", .state = {
		"agent.installed=false", "services.obengine.exists=false", "agent.uninstall=[]" } },
	{ .name = "not-installed", .role = "web", .state = {
		"agent.installed=false", "services.obengine.exists=false", "agent.uninstall=[]" } },
	{ .name = "version-unreadable", .role = "file", .state = { "agent.version=null" } },
	{ .name = "service-stopped", .role = "sql", .state = { NEWEST,
		"services.obengine.state=Stopped", "services.obengine.start=Disabled" } },
	{ .name = "login-closed", .role = "file", .state = { NEWEST,
		"network.login={\"*\":{\"status\":407}}", "network.proxies.agent=proxy01:8080" } },
	{ .name = "scratch-full-clock-off", .role = "file", .state = { NEWEST,
		"volumes.C:.free_bytes=1288490188", "clock.skew_ms=1500000" } },
	{ .name = "dotnet-old-witnesses", .role = "app", .state = { "agent.version=2.0.9938.0",
		"dotnet.release=378758", "clock.skew_ms=420000" } },
	{ .name = "undetermined", .role = "web", .state = { NEWEST,
		"faults.fact.scratch=access-denied", "faults.fact.dotnet=time-limit" } },
	{ .name = "backup-running", .role = "sql", .state = {
		"backup.running=true", "backup.source=ob-job" } },
	{ .name = "dpm", .role = "dpm", .state = { "kind=dpm", "dpm_version=10.22.148.0" } },
	/* faults before a server speaks */
	{ .name = "refused", .role = "app", .port = PORT_REFUSED },
	{ .name = "no-answer", .role = "file", .port = PORT_SILENT },
	{ .name = "not-ssh", .role = "web", .port = PORT_TALKER },
	{ .name = "throttled", .role = "sql", .port = PORT_THROTTLED },
	{ .name = "no-common-algorithm", .role = "dc", .port = PORT_ALGORITHMS },
	{ .name = "host-key-changed", .role = "file", .port = PORT_OTHER_KEY },
	{ .name = "host-key-unknown", .role = "app", .sign_in = NOT_KNOWN },
	{ .name = "name-not-found", .role = "web", .vars = "ansible_host: " LONG_LABEL },
	{ .name = "unsupported-transport", .role = "sql", .vars = "ansible_connection: winrm" },
	/* faults at the door */
	{ .name = "sign-in-rejected", .role = "file", .sign_in = NO_KEY_ALLOWED },
	{ .name = "channel-refused", .role = "web", .sign_in = NO_SESSIONS },
	{ .name = "no-usable-key", .role = "app",
	  .vars = "ansible_ssh_private_key_file: id_that_is_not_there" },
	{ .name = "stale-credential", .role = "dc", .vars = "ansible_user: retired" },
	{ .name = "stale-credential", .role = "dc", .vars = "ansible_user: retired" },
	{ .name = "stale-credential", .role = "dc", .vars = "ansible_user: retired" },
	/* faults of what answers */
	{ .name = "no-powershell", .role = "web", .state = { "faults.all=no-powershell" } },
	{ .name = "constrained-language", .role = "app", .state = {
		"powershell.language_mode=ConstrainedLanguage" } },
	{ .name = "blocked-by-security", .role = "file", .state = { "faults.all=blocked",
		"os.language=de-DE" } },
	{ .name = "access-denied", .role = "sql", .state = { "faults.all=access-denied" } },
	{ .name = "program-failed", .role = "web", .state = { "faults.all=refuse" } },
	{ .name = "connection-lost", .role = "app", .state = { "faults.all=drop" } },
	{ .name = "wrong-answer", .role = "file", .state = { "faults.all=garbage" } },
	{ .name = "too-much-output", .role = "sql", .state = { "faults.all=flood" } },
	{ .name = "time-limit", .role = "dc", .state = { "faults.all=hang" } },
	/* one that is only noisy */
	{ .name = "noisy", .role = "web", .state = { NEWEST,
		"faults.all=banner,progress-noise" } },
	{ .name = NULL }
};
/* clang-format on */
