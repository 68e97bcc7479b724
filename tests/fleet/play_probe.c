/* play_probe.c - the facts of a simulated server, one function a fact, in the order and shape of
 * docs/protocol.md. */
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "tests/fleet/play.h"

enum { HUGE_BYTES = 300 << 10 };

static json_t *v(const json_t *root, const char *path)
{
	return state_value(root, path);
}

static json_t *fact_host(const json_t *r)
{
	return json_pack("{s:o, s:o, s:o, s:o}", "name", v(r, "name"), "domain",
			 v(r, "identity.domain"), "user", v(r, "identity.user"), "admin",
			 v(r, "identity.admin"));
}

static json_t *fact_os(const json_t *r)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "caption", v(r, "os.caption"), "version",
			 v(r, "os.version"), "build", v(r, "os.build"), "installation_type",
			 v(r, "os.installation_type"), "language", v(r, "os.language"),
			 "boot_utc_ms", v(r, "os.boot_utc_ms"));
}

static json_t *fact_powershell(const json_t *r)
{
	return json_pack("{s:o, s:o, s:o}", "version", v(r, "powershell.version"), "edition",
			 v(r, "powershell.edition"), "language_mode",
			 v(r, "powershell.language_mode"));
}

static json_t *fact_dotnet(const json_t *r)
{
	return json_pack("{s:o}", "release", v(r, "dotnet.release"));
}

static json_t *fact_clock(const json_t *r)
{
	json_int_t now = clock_utc_ms() + state_number(r, "clock.skew_ms", 0);

	return json_pack("{s:I, s:o, s:o}", "utc_ms", now, "zone", v(r, "clock.zone"),
			 "offset_minutes", v(r, "clock.offset_minutes"));
}

/* The program of an ImagePath, which may be quoted and have arguments. Yours; NULL for none. */
static char *program_of(const char *image)
{
	const char *end;

	if (!image)
		return NULL;
	if (*image == '"')
		return xstrndup(image + 1, strcspn(image + 1, "\""));
	end = strcasestr(image, ".exe");
	return end ? xstrndup(image, (size_t)(end - image) + 4) : NULL;
}

static json_t *fact_agent(const json_t *r)
{
	bool installed = state_true(r, "agent.installed");
	bool there = installed && !state_true(r, "agent.file_missing");
	const char *path = state_text(r, "agent.path");
	AUTO_FREE char *exe = xasprintf("%s\\bin\\cbengine.exe", path ? path : "");
	AUTO_FREE char *image = program_of(state_text(r, "agent.service_path"));
	json_t *uninstall = v(r, "agent.uninstall"), *service_version = json_null();

	if (!json_is_array(uninstall))
		uninstall = json_array();
	if (image)
		service_version = v(r, "agent.service_version");
	else if (there)
		service_version = v(r, "agent.version");
	if (!state_true(r, "services.obengine.exists")) {
		mem_auto_free(&image);
		image = NULL;
		service_version = json_null();
	} else if (!image) {
		image = xstrdup(exe);
	}
	return json_pack("{s:b, s:o, s:s?, s:o, s:o, s:s?, s:o}", "installed", installed,
			 "install_path", installed ? v(r, "agent.path") : json_null(), "exe_path",
			 there ? exe : NULL, "exe_version",
			 there ? v(r, "agent.version") : json_null(), "uninstall", uninstall,
			 "service_path", image, "service_version", service_version);
}

static json_t *fact_kind(const json_t *r)
{
	return json_pack("{s:o, s:o}", "kind", v(r, "kind"), "dpm_version", v(r, "dpm_version"));
}

static json_t *fact_obengine(const json_t *r)
{
	if (!state_true(r, "services.obengine.exists"))
		return json_pack("{s:b, s:n, s:n, s:n}", "exists", 0, "state", "start",
				 "process_id");
	return json_pack("{s:b, s:o, s:o, s:o}", "exists", 1, "state",
			 v(r, "services.obengine.state"), "start", v(r, "services.obengine.start"),
			 "process_id", v(r, "services.obengine.pid"));
}

/* size_bytes and free_bytes of the drive a path begins with. */
static json_t *volume(const json_t *r, const char *path)
{
	char drive[3] = "";
	json_t *volume;

	if (path && strlen(path) >= 2)
		memcpy(drive, path, 2);
	volume = json_object_get(json_object_get(r, "volumes"), drive);
	return json_pack("{s:o, s:o, s:o}", "volume",
			 volume ? json_sprintf("%s\\", drive) : json_null(), "size_bytes",
			 v(volume, "size_bytes"), "free_bytes", v(volume, "free_bytes"));
}

static json_t *fact_scratch(const json_t *r)
{
	const char *path = state_text(r, "scratch.config");
	json_t *value;

	if (!path)
		path = state_text(r, "scratch.provider");
	value = json_pack("{s:o, s:o, s:s?, s:b}", "config", v(r, "scratch.config"), "provider",
			  v(r, "scratch.provider"), "path", path, "exists",
			  path && state_true(r, "scratch.exists"));
	json_object_update_new(value, volume(r, path));
	return value;
}

static json_t *fact_system_volume(const json_t *r)
{
	return volume(r, "C:");
}

static json_t *fact_agent_config(const json_t *r)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "registered", v(r, "agent.registered"),
			 "task_exists", v(r, "agent.task_exists"), "task_enabled",
			 v(r, "agent.task_enabled"), "task_account", v(r, "agent.task_account"),
			 "encryption_set", v(r, "agent.encryption_set"));
}

static json_t *fact_backup_running(const json_t *r)
{
	return json_pack("{s:o, s:o, s:o}", "running", v(r, "backup.running"), "source",
			 v(r, "backup.source"), "since_utc_ms", v(r, "backup.since_utc_ms"));
}

static json_t *fact_backup_next(const json_t *r)
{
	return json_pack("{s:o, s:o}", "known", v(r, "backup.known"), "next_utc_ms",
			 v(r, "backup.next_utc_ms"));
}

static json_t *fact_backup_last(const json_t *r)
{
	return json_pack("{s:o, s:o}", "completed_utc_ms", v(r, "backup.last_utc_ms"), "event",
			 v(r, "backup.last_event"));
}

static json_t *fact_reboot(const json_t *r)
{
	return json_pack("{s:o, s:o, s:o}", "servicing", v(r, "reboot.servicing"), "installer",
			 v(r, "reboot.installer"), "renames", v(r, "reboot.renames"));
}

static json_t *fact_installers(const json_t *r)
{
	return json_pack("{s:o, s:o, s:o}", "msi_busy", v(r, "installers.msi_busy"),
			 "agent_installer", v(r, "installers.agent_installer"), "marker",
			 v(r, "marker"));
}

json_t *play_consoles(const json_t *root)
{
	json_t *open = json_array(), *console;
	size_t i;

	json_array_foreach(state_get(root, "consoles"), i, console) json_array_append_new(
		open, json_pack("{s:o, s:o, s:o}", "pid", v(console, "pid"), "user",
				v(console, "user"), "session", v(console, "session")));
	return open;
}

static json_t *fact_consoles(const json_t *r)
{
	return json_pack("{s:o}", "open", play_consoles(r));
}

static json_t *login_result(const json_t *table, const char *host)
{
	json_t *entry = json_object_get(table, host);
	int64_t status;

	if (!entry)
		entry = json_object_get(table, "*");
	status = state_number(entry, "status", 0);
	/* any answer means the way is open, but for those a proxy gives in place of the host */
	return json_pack("{s:s, s:b, s:o, s:o}", "host", host, "open",
			 status && status != 407 && (status < 502 || status > 504), "status",
			 status ? json_integer(status) : json_null(), "error",
			 status ? json_null() : v(entry, "error"));
}

json_t *play_login(const json_t *root, const json_t *hosts)
{
	static const char *const sources[] = { "agent", "system", "winhttp" };
	const json_t *table = state_get(root, "network.login");
	const char *proxy = NULL, *source = "none";
	json_t *results, *host;
	size_t i;

	if (json_array_size(hosts) == 0)
		return json_pack("{s:b}", "asked", 0);
	if (json_is_object(state_get(root, "network.login_stopped")) &&
	    state_number(root, "services.obengine.state", 0) != SVC_RUNNING)
		table = state_get(root, "network.login_stopped");
	for (i = 0; i < ARRAY_LEN(sources) && !proxy; i++) {
		proxy = json_get_str(state_get(root, "network.proxies"), sources[i]);
		if (proxy)
			source = sources[i];
	}
	results = json_array();
	json_array_foreach((json_t *)hosts, i, host)
	{
		if (json_is_string(host))
			json_array_append_new(results,
					      login_result(table, json_string_value(host)));
	}
	return json_pack("{s:b, s:s?, s:s, s:o}", "asked", 1, "proxy", proxy, "proxy_source",
			 source, "results", results);
}

/* clang-format off */
static const struct { const char *name; json_t *(*value)(const json_t *root); } facts[] = {
	{ "host",             fact_host },
	{ "os",               fact_os },
	{ "powershell",       fact_powershell },
	{ "dotnet",           fact_dotnet },
	{ "clock",            fact_clock },
	{ "agent",            fact_agent },
	{ "server-kind",      fact_kind },
	{ "service.obengine", fact_obengine },
	{ "scratch",          fact_scratch },
	{ "system-volume",    fact_system_volume },
	{ "agent-config",     fact_agent_config },
	{ "backup.running",   fact_backup_running },
	{ "backup.next",      fact_backup_next },
	{ "backup.last",      fact_backup_last },
	{ "reboot",           fact_reboot },
	{ "installers",       fact_installers },
	{ "consoles",         fact_consoles },
	{ "network.login",    NULL },           /* needs the request's names */
};
/* clang-format on */

static json_t *fact_line(const char *name, json_t *value)
{
	return json_pack("{s:s, s:i, s:o}", "fact", name, "ms", 3, "value", value);
}

static json_t *fact_error(const char *name, int64_t ms, const char *text, const char *kind)
{
	return json_pack("{s:s, s:I, s:s, s:s}", "fact", name, "ms", (json_int_t)ms, "error", text,
			 "kind", kind);
}

/* A fact that goes wrong by itself. The value is taken over. */
static void faulty_fact(struct play *p, const char *name, const char *fault, json_t *value)
{
	AUTO_JSON json_t *held = value;
	int64_t limit = state_number(p->request, "limits.fact_ms", 10000);

	if (strcmp(fault, "error") == 0) {
		play_line(p, fact_error(name, 12, play_text(p, TEXT_REFUSED), "failed"));
	} else if (strcmp(fault, "access-denied") == 0) {
		play_line(p,
			  fact_error(name, 7, play_text(p, TEXT_ACCESS_DENIED), "access-denied"));
	} else if (strcmp(fault, "time-limit") == 0) {
		/* played, not waited for */
		play_line(p, fact_error(name, limit, "time limit", "time-limit"));
	} else if (strcmp(fault, "hang") == 0) {
		play_hang();
	} else if (strcmp(fault, "huge") == 0) {
		AUTO_FREE char *text = xmalloc(HUGE_BYTES + 1);

		memset(text, 'x', HUGE_BYTES);
		text[HUGE_BYTES] = '\0';
		play_line(p, fact_line(name, json_string(text)));
	} else if (strcmp(fault, "wrong-type") == 0) {
		play_line(p, fact_line(name, json_pack("[i,s]", 1, "two")));
	} else if (strcmp(fault, "twice") == 0) {
		play_line(p, fact_line(name, json_incref(held)));
		play_line(p, fact_line(name, json_incref(held)));
	} else if (strcmp(fault, "surrogate") == 0) {
		/* half a pair, as a text cut by Windows has it */
		AUTO_FREE char *line =
			xasprintf("{\"fact\":\"%s\",\"ms\":3,\"value\":\"\\ud83d\"}", name);

		play_text_line(p, line);
	} /* "missing": not a word */
}

static bool is_wanted(const json_t *request, const char *name)
{
	json_t *list = json_object_get(request, "facts"), *one;
	size_t i;

	if (!json_is_array(list))
		return true;
	json_array_foreach(list, i, one)
	{
		if (json_is_string(one) && strcmp(json_string_value(one), name) == 0)
			return true;
	}
	return false;
}

int play_probe(struct play *p, struct err *err)
{
	const json_t *root = p->state->root, *faults = state_get(root, "faults.fact");

	(void)err;
	for (size_t i = 0; i < ARRAY_LEN(facts); i++) {
		const char *name = facts[i].name;
		const char *fault = json_string_value(json_object_get(faults, name));
		json_t *value;

		if (!is_wanted(p->request, name))
			continue;
		value = facts[i].value ?
				facts[i].value(root) :
				play_login(root, json_object_get(p->request, "login_hosts"));
		if (fault && *fault)
			faulty_fact(p, name, fault, value);
		else
			play_line(p, fact_line(name, value));
		if (i == ARRAY_LEN(facts) / 2)
			play_middle(p);
	}
	return 0;
}
