/* play_reckon.c - facts that are more than a copy of the state: what a server would find there,
 * looked up, put together or left out. */
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "tests/fleet/play_facts.h"

#define AGENT_DISPLAY "Microsoft Azure Recovery Services Agent"
#define MANAGEMENT_DISPLAY "Microsoft Azure Recovery Services Management Agent"
#define MANAGEMENT_PROGRAM "OBRecoveryServicesManagementAgent.exe"

enum { DRIVE_NETWORK = 4 };

static json_t *v(const json_t *root, const char *path)
{
	return state_value(root, path);
}

static void put(json_t *value, const char *member, json_t *what)
{
	json_object_set_new(value, member, what);
}

/* The agent's module of PowerShell is there. */
static bool has_module(const json_t *r)
{
	return state_true(r, "agent.installed") && state_true(r, "agent.module");
}

/* A domain controller has the accounts of its domain alone. */
void reckon_identity(const struct play *p, json_t *value)
{
	if (state_number(p->state->root, "os.product_type", 0) == 2)
		put(value, "machine_sid", json_null());
}

void reckon_powershell(const struct play *p, json_t *value)
{
	const json_t *r = p->state->root;

	put(value, "agent_module", json_boolean(has_module(r)));
	put(value, "module_on_path",
	    json_boolean(has_module(r) && state_true(r, "agent.module_on_path")));
}

void reckon_clock(const struct play *p, json_t *value)
{
	int64_t skew = state_number(p->state->root, "clock.skew_ms", 0);

	put(value, "utc_ms", json_integer(clock_utc_ms() + skew));
}

void reckon_installers(const struct play *p, json_t *value)
{
	put(value, "marker", play_marker(p));
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

void reckon_agent(const struct play *p, json_t *value)
{
	const json_t *r = p->state->root;
	bool installed = state_true(r, "agent.installed");
	bool there = installed && !state_true(r, "agent.file_missing");
	const char *path = state_text(r, "agent.path");
	AUTO_FREE char *exe = xasprintf("%s\\bin\\cbengine.exe", path ? path : "");
	AUTO_FREE char *image = program_of(state_text(r, "agent.service_path"));
	json_t *uninstall = v(r, "agent.uninstall");
	bool service = state_true(r, "services.obengine.exists");

	put(value, "installed", json_boolean(installed));
	put(value, "install_path", installed ? v(r, "agent.path") : json_null());
	put(value, "exe_path", there ? json_string(exe) : json_null());
	put(value, "exe_version", there ? v(r, "agent.version") : json_null());
	put(value, "uninstall", json_is_array(uninstall) ? uninstall : json_array());
	put(value, "service_path", service ? json_string(image ? image : exe) : json_null());
	put(value, "service_version",
	    !service ? json_null() :
	    image    ? v(r, "agent.service_version") :
	    there    ? v(r, "agent.version") :
		       json_null());
}

/* The service of that name, of that program, or of that display name; NULL when none is there. */
static json_t *service_find(const json_t *r, const char *name, const char *program,
			    const char *display, const char **out_name)
{
	json_t *services = json_object_get(r, "services"), *service, *best = NULL;
	const char *key;

	json_object_foreach(services, key, service)
	{
		const char *has = json_get_str(service, "program");
		const char *called = json_get_str(service, "display");
		bool sure = (name && strcmp(key, name) == 0) ||
			    (program && has && strcasestr(has, program));

		if (!state_true(service, "exists") ||
		    (!sure && (best || !called || strcmp(called, display) != 0)))
			continue;
		best = service;
		*out_name = key;
		if (sure)
			break;
	}
	return best;
}

/* Members `exists`, `name`, `state`, `start` of a service that may be missing. */
static void put_service(json_t *value, const json_t *service, const char *name)
{
	put(value, "exists", json_boolean(service != NULL));
	put(value, "name", service ? json_string(name) : json_null());
	put(value, "state", v(service, "state"));
	put(value, "start", v(service, "start"));
}

void reckon_obengine(const struct play *p, json_t *value)
{
	const char *name = NULL;
	json_t *service = service_find(p->state->root, "obengine", NULL, AGENT_DISPLAY, &name);

	put_service(value, service, name);
}

void reckon_management(const struct play *p, json_t *value)
{
	const char *name = NULL;
	json_t *service =
		service_find(p->state->root, NULL, MANAGEMENT_PROGRAM, MANAGEMENT_DISPLAY, &name);

	put_service(value, service, name);
}

void reckon_services(const struct play *p, json_t *value)
{
	static const char *const names[] = { "RpcSs", "EventSystem", "SENS", "VSS", "swprv" };
	json_t *services = json_object_get(p->state->root, "services"), *list = json_array();

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		json_t *service = json_object_get(services, names[i]), *row = json_object();

		put_service(row, state_true(service, "exists") ? service : NULL, names[i]);
		put(row, "name", json_string(names[i]));        /* also of one that is missing */
		json_array_append_new(list, row);
	}
	put(value, "list", list);
}

/* The volume a path lies on: "C:" in the state, "C:\" on a server. */
static json_t *volume_of(const json_t *r, const char *path, json_t *value)
{
	char drive[3] = "";
	json_t *volume;

	if (path && strlen(path) >= 2)
		memcpy(drive, path, 2);
	volume = json_object_get(json_object_get(r, "volumes"), drive);
	put(value, "volume", volume ? json_sprintf("%s\\", drive) : json_null());
	put(value, "size_bytes", v(volume, "size_bytes"));
	put(value, "free_bytes", v(volume, "free_bytes"));
	return volume;
}

void reckon_scratch(const struct play *p, json_t *value)
{
	const json_t *r = p->state->root, *volume;
	const char *path = state_text(r, "scratch.config");
	bool share, there;

	if (!path)
		path = state_text(r, "scratch.provider");
	share = path && strncmp(path, "\\\\", 2) == 0;       /* no script touches one */
	there = path && !share && state_true(r, "scratch.exists");
	put(value, "path", path ? json_string(path) : json_null());
	put(value, "exists", share ? json_null() : json_boolean(there));
	put(value, "kek_exists",
	    path && !share ? json_boolean(there && state_true(r, "scratch.kek_exists")) :
			     json_null());
	put(value, "attributes", there ? v(r, "scratch.attributes") : json_null());
	volume = volume_of(r, path, value);
	put(value, "drive_type", share ? json_integer(DRIVE_NETWORK) : v(volume, "drive_type"));
	put(value, "file_system", v(volume, "file_system"));
	put(value, "deduplicated", v(volume, "deduplicated"));
}

void reckon_system_volume(const struct play *p, json_t *value)
{
	(void)volume_of(p->state->root, "C:", value);
}

void reckon_volumes(const struct play *p, json_t *value)
{
	static const char *const members[] = { "drive_type", "file_system",  "size_bytes",
					       "locked",     "deduplicated", "read_only" };
	json_t *volumes = json_object_get(p->state->root, "volumes"), *volume;
	json_t *list = json_array();
	const char *drive;

	json_object_foreach(volumes, drive, volume)
	{
		json_t *row = json_pack("{s:o}", "name", json_sprintf("%s\\", drive));

		for (size_t i = 0; i < ARRAY_LEN(members); i++)
			put(row, members[i], v(volume, members[i]));
		json_array_append_new(list, row);
	}
	put(value, "list", list);
}

void reckon_agent_config(const struct play *p, json_t *value)
{
	static const char *const members[] = { "task_enabled", "task_account",	  "task_sid",
					       "task_result",  "task_ran_utc_ms", "task_instances",
					       "task_starts" };
	const json_t *r = p->state->root, *agent = json_object_get(r, "agent");
	bool task = state_true(agent, "task_exists");

	for (size_t i = 0; i < ARRAY_LEN(members); i++)
		put(value, members[i], task ? v(agent, members[i]) : json_null());
	put(value, "encryption_set", has_module(r) ? v(agent, "encryption_set") : json_null());
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

void reckon_consoles(const struct play *p, json_t *value)
{
	put(value, "open", play_consoles(p->state->root));
}

/* Get-OBMachineSetting answers, and with it the agent's own proxy is known. */
static bool has_setting(const json_t *r)
{
	return has_module(r) && json_is_boolean(state_get(r, "agent.encryption_set"));
}

void reckon_proxy(const struct play *p, json_t *value)
{
	const json_t *r = p->state->root;

	put(value, "agent_known", json_boolean(has_setting(r)));
	put(value, "agent", has_setting(r) ? v(r, "network.proxies.agent") : json_null());
}

/* The proxy that wins, NULL for none, and whose it is. */
static const char *proxy_of(const json_t *root, const char **out_source)
{
	static const char *const sources[] = { "agent", "system", "winhttp" };
	const char *proxy = NULL;

	*out_source = "none";
	for (size_t i = has_setting(root) ? 0 : 1; i < ARRAY_LEN(sources) && !proxy; i++) {
		proxy = json_get_str(state_get(root, "network.proxies"), sources[i]);
		if (proxy)
			*out_source = sources[i];
	}
	return proxy;
}

/* Through a proxy, an answer without a certificate is the proxy's own, to CONNECT. */
static json_t *login_result(const json_t *table, const char *host, bool by_proxy)
{
	json_t *entry = json_object_get(table, host), *error, *open;
	int64_t status;
	bool refused;

	if (!entry)
		entry = json_object_get(table, "*");
	status = state_number(entry, "status", 0);
	refused = status && by_proxy && !json_get_str(entry, "issuer");
	error = status ? json_null() : v(entry, "error");
	/* any answer means the way is open, but for those of what stands between */
	open = json_boolean(status && !refused && (status < 502 || status > 504));
	if (status == 407) {
		error = json_string("sign-in");
		open = json_null();
	} else if (refused) {
		error = json_string("proxy");
	}
	return json_pack("{s:s, s:o, s:o, s:o, s:o}", "host", host, "open", open, "status",
			 status ? json_integer(status) : json_null(), "error", error, "issuer",
			 v(entry, "issuer"));
}

/* Who answers for login hosts at the moment. */
static const json_t *login_table(const json_t *root)
{
	if (json_is_object(state_get(root, "network.login_stopped")) &&
	    state_number(root, "services.obengine.state", 0) != SERVICE_RUNNING)
		return state_get(root, "network.login_stopped");
	return state_get(root, "network.login");
}

/* The fact of what was asked, through the proxy that wins. The results are taken over. */
static json_t *asked(const json_t *root, json_t *results)
{
	const char *source, *proxy = proxy_of(root, &source);

	if (json_array_size(results) == 0) {
		json_decref(results);
		return json_pack("{s:b}", "asked", 0);
	}
	return json_pack("{s:b, s:s?, s:s, s:o}", "asked", 1, "proxy", proxy, "proxy_source",
			 source, "results", results);
}

json_t *play_login(const json_t *root, const json_t *hosts)
{
	json_t *results = json_array(), *host;
	const char *source;
	bool by_proxy = proxy_of(root, &source) != NULL;
	size_t i;

	json_array_foreach((json_t *)hosts, i, host)
	{
		if (json_is_string(host))
			json_array_append_new(
				results,
				login_result(login_table(root), json_string_value(host), by_proxy));
	}
	return asked(root, results);
}

void reckon_login(const struct play *p, json_t *value)
{
	AUTO_JSON json_t *fact =
		play_login(p->state->root, json_object_get(p->request, "login_hosts"));

	json_object_update(value, fact);
}

/* Whether a name is of a domain of the request, and not one that the login URL's fact asks. */
static bool is_service(const struct play *p, const char *name)
{
	const json_t *service = json_object_get(p->request, "service");
	json_t *one;
	size_t i;
	bool is = false;

	if (strlen(name) > 253 || strcspn(name, ".") > 63 || name[0] == '-')
		return false;           /* nobody can be asked for it */

	json_array_foreach(json_get_arr(service, "domains"), i, one)
	{
		size_t len = strlen(name), end = strlen(json_string_value(one));

		is |= len > end && strcmp(name + len - end, json_string_value(one)) == 0;
	}
	json_array_foreach(json_get_arr(p->request, "login_hosts"), i, one)
	{
		is &= strcmp(name, json_string_value(one)) != 0;
	}
	return is;
}

/* Adds where a name stands, the first place that has it: of the service at most four, as the log
 * has the newest last. */
static void add_names(const struct play *p, json_t *names, const char *from, const json_t *list)
{
	bool stands_in = strcmp(from, "stand-in") == 0, log = strcmp(from, "log") == 0;
	size_t count = json_array_size(list);

	for (size_t i = 0; i < count; i++) {
		const char *name = json_string_value(json_array_get(list, log ? count - 1 - i : i));

		if (name && (stands_in || (json_object_size(names) < 4 && is_service(p, name))) &&
		    !json_object_get(names, name))
			json_object_set_new(names, name, json_string(from));
	}
}

void reckon_endpoints(const struct play *p, json_t *value)
{
	const json_t *r = p->state->root, *own = state_get(r, "network.endpoints");
	json_t *results = json_array(), *from;
	AUTO_JSON json_t *names = json_object(), *fact = NULL;
	const char *source, *name;
	bool by_proxy = proxy_of(r, &source) != NULL;

	if (json_is_true(state_get(r, "agent.installed")))
		add_names(p, names, "config", state_get(r, "network.names.config"));
	if (json_is_true(state_get(r, "agent.installed")) &&
	    json_is_true(state_get(r, "events.errlog")))
		add_names(p, names, "log", state_get(r, "network.names.log"));
	if (json_object_size(names) == 0)
		add_names(p, names, "stand-in",
			  json_get_arr(json_object_get(p->request, "service"), "stand_ins"));
	json_object_foreach(names, name, from)
	{
		json_t *result = login_result(json_object_get(own, name) ? own : login_table(r),
					      name, by_proxy);

		json_object_set(result, "from", from);
		json_array_append_new(results, result);
	}
	fact = asked(r, results);
	json_object_update(value, fact);
}

/* A server without an agent has no such log. */
void reckon_last(const struct play *p, json_t *value)
{
	const json_t *r = p->state->root, *log = state_get(r, "events.cloudbackup");
	bool known =
		json_is_null(log) ? !json_is_null(v(r, "backup.last_event")) : json_is_true(log);

	put(value, "known", json_boolean(known));
	put(value, "begins_utc_ms", known ? v(r, "events.begins_utc_ms") : json_null());
}

/* The stand-ins' schedules are daily, at the local time of the day of what is due next. */
static void add_starts(const json_t *policy, const char *next, json_t *starts)
{
	int64_t utc_ms;
	struct tm at;
	time_t s;

	if (!json_get_int(policy, next, &utc_ms))
		return;
	s = (time_t)(utc_ms / SECOND_MS);
	localtime_r(&s, &at);
	json_array_append_new(starts, json_pack("{s:i, s:i, s:i}", "days", 127, "weeks", 1,
						"minute", at.tm_hour * 60 + at.tm_min));
}

static json_t *policy_starts(const struct play *p)
{
	const json_t *policy = state_get(p->state->root, "ob.policy");
	json_t *starts = json_array();

	if (state_true(policy, "files"))
		add_starts(policy, "next_files_utc_ms", starts);
	if (state_true(policy, "system_state"))
		add_starts(policy, "next_system_state_utc_ms", starts);
	return starts;
}

void reckon_policy(const struct play *p, json_t *value)
{
	static const char *const flags[] = { "files", "system_state", "offline" };
	const json_t *r = p->state->root, *policy = state_get(r, "ob.policy");
	bool known = has_module(r) && state_true(r, "ob.answers");
	bool files =
		state_true(policy, "files") && json_array_size(json_get_arr(policy, "volumes")) > 0;
	json_t *volumes = json_array(), *drive;
	size_t i;

	put(value, "known", json_boolean(known));
	for (i = 0; i < ARRAY_LEN(flags); i++)
		put(value, flags[i],
		    known ? json_boolean(state_true(policy, flags[i])) : json_null());
	/* one of nothing backs up no files */
	if (known)
		put(value, "files", json_boolean(files));
	json_array_foreach(json_get_arr(policy, "volumes"), i, drive) json_array_append_new(
		volumes,
		json_pack("{s:o}", "name", json_sprintf("%s\\", json_string_value(drive))));
	put(value, "volumes", known ? json_incref(volumes) : json_null());
	put(value, "next_files_utc_ms",
	    known && files ? v(policy, "next_files_utc_ms") : json_null());
	put(value, "next_system_state_utc_ms",
	    known ? v(policy, "next_system_state_utc_ms") : json_null());
	put(value, "starts", known ? policy_starts(p) : json_null());
	json_decref(volumes);
}

/* One that ended: Get-OBJob lists "a previous number of backup or restore operations"
 * (learn.microsoft.com/powershell/module/msonlinebackup/get-objob, -Previous), told apart by their
 * JobType. */
static bool is_ended_backup(const json_t *job)
{
	const char *type = json_get_str(job, "type"), *state = json_get_str(job, "state");

	return type && state && strcmp(type, "Backup") == 0 &&
	       (strncmp(state, "Completed", 9) == 0 || strcmp(state, "Failed") == 0 ||
		strcmp(state, "Aborted") == 0);
}

void reckon_last_job(const struct play *p, json_t *value)
{
	static const char *const members[] = { "type", "state", "error", "begun_utc_ms",
					       "ended_utc_ms" };
	const json_t *r = p->state->root, *newest = NULL, *good = NULL;
	bool known = has_module(r) && state_true(r, "ob.answers");
	int64_t longest = 0;
	json_t *jobs = known ? state_get(r, "ob.jobs") : NULL, *job;
	size_t i;

	put(value, "known", json_boolean(known));
	json_array_foreach(jobs, i, job)
	{
		int64_t begun, ended;

		if (!is_ended_backup(job))
			continue;
		if (!newest)
			newest = job;
		/* CompletedWithWarning counts too: there is a recovery point */
		if (strncmp(json_get_str(job, "state"), "Completed", 9) != 0)
			continue;
		if (!good)
			good = job;
		if (json_get_int(job, "begun_utc_ms", &begun) &&
		    json_get_int(job, "ended_utc_ms", &ended) && ended - begun > longest)
			longest = ended - begun;
	}
	for (i = 0; i < ARRAY_LEN(members); i++)
		put(value, members[i], v(newest, members[i]));
	put(value, "good_utc_ms", v(good, "ended_utc_ms"));
	put(value, "protected_bytes", v(good, "protected_bytes"));
	put(value, "longest_ms", longest > 0 ? json_integer(longest) : json_null());
}

void reckon_wsb(const struct play *p, json_t *value)
{
	static const char *const members[] = { "type",	       "state",
					       "hresult",      "detailed_hresult",
					       "begun_utc_ms", "ended_utc_ms" };
	const json_t *r = p->state->root;
	const char *feature = state_text(r, "features.windows_server_backup");
	bool cmdlet = feature && strcmp(feature, "Installed") == 0 && state_true(r, "wsb.cmdlet");

	put(value, "cmdlet", json_boolean(cmdlet));
	for (size_t i = 0; i < ARRAY_LEN(members); i++)
		put(value, members[i],
		    cmdlet ? v(state_get(r, "wsb.last"), members[i]) : json_null());
}

void reckon_shadow_storage(const struct play *p, json_t *value)
{
	json_t *list = json_array(), *row;
	size_t i;

	json_array_foreach(state_get(p->state->root, "vss.shadow_storage"), i, row)
	{
		const char *drive = json_get_str(row, "volume");
		const char *storage = json_get_str(row, "storage");
		json_t *volumes = json_object_get(p->state->root, "volumes");

		json_array_append_new(
			list,
			json_pack("{s:o, s:o, s:o, s:o}", "volume",
				  json_sprintf("%s\\", drive ? drive : ""), "storage",
				  json_sprintf("%s\\", storage ? storage : ""), "size_bytes",
				  v(json_object_get(volumes, drive ? drive : ""), "size_bytes"),
				  "max_bytes", v(row, "max_bytes")));
	}
	put(value, "list", list);
}

/* To anybody but SYSTEM, Defender says that there is nothing to see. */
void reckon_exclusions(const struct play *p, json_t *value)
{
	json_t *list = state_get(p->state->root, "antivirus.exclusions");
	bool known = p->system && json_is_array(list);

	put(value, "known", json_boolean(known));
	put(value, "list", known ? json_incref(list) : json_array());
}
