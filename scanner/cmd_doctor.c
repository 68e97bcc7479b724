/* cmd_doctor.c - `marshal doctor`: what stands in the way of everything else, in words for the one
 * who must mend it: this machine and the bastions, or the way to hosts step by step. Reads only. */
#include "scanner/commands.h"

#include <curl/curl.h>
#include <jansson.h>
#include <libssh2.h>
#include <openssl/crypto.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/signals.h"
#include "base/text.h"
#include "scanner/doctor/machine.h"
#include "scanner/doctor/steps.h"
#include "scanner/way.h"
#include "store/store.h"

#define HOSTS_MAX 20

struct doctor_opts {
	int jobs;
	struct opt_list limit;
	const char *host_key, *known_hosts;
	bool group_exchange, json;
};

static const struct doctor_opts defaults = { .jobs = WAY_JOBS };

/* clang-format off */
static const struct opt option_table[] = {
	{ "jobs", 'j', OPT_INT, "N", "the hosts in flight that limits are held against (" SAID(WAY_JOBS) ")",
	  offsetof(struct doctor_opts, jobs), 1, 100000 },
	{ "limit", 0, OPT_PAIRS, "STATE=TIME",
	  "limit of one state; by default " LINE_LIMIT_HELP ", " PROBE_LIMIT_HELP,
	  offsetof(struct doctor_opts, limit), 0, 0 },
	WAY_OPTIONS(struct doctor_opts),
	{ "json", 0, OPT_FLAG, NULL, "as JSON", offsetof(struct doctor_opts, json), 0, 0 },
	{ .name = NULL },
};

static const struct opt_rule rules[] = {
	{ "jobs", OPT_NOT_WITH, OPT_ARGUMENT, NULL, "hosts are gone to one after the other" },
	{ "db", OPT_NOT_WITH, OPT_ARGUMENT, NULL, "the database is looked at without hosts" },
	{ 0 }
};
/* clang-format on */

struct doctoring {
	const struct app *app;
	const struct doctor_opts *o;
	struct doctor doctor;
	struct steps steps;
	struct way_options way;
	uv_loop_t loop;
	struct signals signals;
	struct transport *transport;
	struct inventory *inv;
	struct err inv_err;
	struct selection hosts;
};

/* People see each part once it is whole. */
static void told(struct doctoring *d)
{
	if (!d->o->json)
		doctor_print(&d->doctor, d->doctor.count - 1, stdout);
}

static void on_ctrl_c(void *ctx, int count)
{
	struct doctoring *d = ctx;

	(void)count;
	steps_interrupt(&d->steps);
}

static int open_all(struct doctoring *d, char **args, int nargs, struct err *err)
{
	const struct doctor_opts *o = d->o;

	way_defaults(&d->way);
	d->way.transport.known_hosts = o->known_hosts;
	d->way.transport.group_exchange = o->group_exchange;
	d->way.transport.keeps_nothing = true;
	d->way.transport.moved = steps_moved;
	d->way.transport.moved_ctx = &d->steps;
	for (int i = 0; i < o->limit.count; i++)
		if (way_set_limit(&d->way, WAY_PROBE, o->limit.item[i], err) != 0)
			return -1;
	if (way_set_host_key(&d->way, o->host_key, err) != 0)
		return -1;
	d->inv = inventory_open(d->app, &d->inv_err);
	if (d->inv && inventory_select(d->inv, args, nargs, &d->hosts, err) != 0)
		return -1;
	if (!d->inv && nargs > 0) {
		*err = d->inv_err;
		return -1;
	}
	if (nargs > 0 && d->hosts.count > HOSTS_MAX) {
		err_set(err, ERR_USAGE, "%d hosts: at most %d at a time", d->hosts.count,
			HOSTS_MAX);
		return err_hint(err, "name one of those that have the same fault: report faults");
	}
	return 0;
}

/* Bastions that hosts stand behind, each once, the one to begin with first. */
struct bastions_seen { const struct endpoint **item; int count, cap; };

static void add_bastion(struct bastions_seen *seen, const struct endpoint *bastion)
{
	if (!bastion)
		return;
	add_bastion(seen, bastion->via);
	for (int i = 0; i < seen->count; i++)
		if (seen->item[i] == bastion)
			return;
	MEM_GROW(seen->item, seen->count, seen->cap);
	seen->item[seen->count++] = bastion;
}

/* One that asks for a code is asked once: where hosts are looked at, on the way to them. */
static void look_at_bastions(struct doctoring *d, bool hosts_follow)
{
	struct bastions_seen seen = { .count = 0 };
	struct endpoint e;

	for (int i = 0; i < d->hosts.count; i++) {
		endpoint_of(d->transport, d->hosts.host[i], &e);
		if (!d->hosts.host[i]->itself)
			add_bastion(&seen, e.via);
	}
	for (int i = 0; i < seen.count && !d->steps.interrupted; i++) {
		if (hosts_follow && seen.item[i]->one_time_code)
			continue;
		doctor_part(&d->doctor, "bastion", seen.item[i]->name);
		steps_reach(&d->steps, &d->loop, d->transport, seen.item[i]);
		told(d);
	}
	free(seen.item);
}

static void look_at_hosts(struct doctoring *d)
{
	for (int i = 0; i < d->hosts.count && !d->steps.interrupted; i++) {
		const struct inv_host *h = d->hosts.host[i];
		struct endpoint e;

		doctor_part(&d->doctor, "host", h->name);
		if (h->skip && h->connection == CONNECT_SSH) {
			endpoint_of(d->transport, h, &e);
			steps_reach(&d->steps, &d->loop, d->transport, &e);
			doctor_say(&d->doctor, HEALTH_OK, inv_why_skipped(h),
				   "scans leave it out, so it was asked nothing");
		} else if (h->no_program) {
			doctor_say(&d->doctor, HEALTH_OK, "passed over", "%s", inv_why_skipped(h));
		} else {
			steps_host(&d->steps, &d->loop, d->transport, h,
				   way_probe_limit(&d->way, false));
		}
		told(d);
	}
}

static bool has_https(const char *const *protocol)
{
	for (; *protocol; protocol++)
		if (strcmp(*protocol, "https") == 0)
			return true;
	return false;
}

static void look_at_machine(struct doctoring *d)
{
	curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);
	const struct doctor_libraries libraries = {
		.libssh2 = libssh2_version(0),
		.libcurl = curl->version,
		.curl_tls = curl->ssl_version,
		.curl_https = has_https(curl->protocols),
		.sqlite = sqlite3_libversion(),
		.openssl = OpenSSL_version(OPENSSL_VERSION_STRING),
		.libuv = uv_version_string(),
		.jansson = jansson_version_str(),
	};
	const char *named = getenv("MARSHAL_INVENTORY");
	const struct opt_list *files = &d->app->inventory;
	struct err db_err;
	AUTO_FREE char *db = store_path(d->app->db, &db_err);

	machine_look(&d->doctor, d->transport,
		     &(struct machine_request){
			     .libraries = &libraries,
			     .jobs = d->o->jobs,
			     .db = db,
			     .db_err = &db_err,
			     .file = files->count > 0 ? files->item : &named,
			     .files = files->count > 0 ? files->count : named && *named,
			     .hosts = d->inv ? &d->hosts : NULL,
			     .inventory_err = &d->inv_err,
		     });
	told(d);
}

static int end(struct doctoring *d)
{
	int warned = doctor_counted(&d->doctor, HEALTH_WARN);
	int failed = doctor_counted(&d->doctor, HEALTH_FAIL);

	if (d->o->json) {
		AUTO_JSON json_t *all = doctor_json(&d->doctor);

		json_dumpf(all, stdout, JSON_INDENT(2));
		putchar('\n');
	} else {
		printf("\n%d ok, %d to look at, %d failed\n", doctor_counted(&d->doctor, HEALTH_OK),
		       warned, failed);
	}
	if (d->steps.interrupted)
		return EXIT_INTERRUPTED;
	return failed > 0 ? EXIT_SOME : EXIT_OK;
}

/* All at once; where that fails each host alone, for a file of known hosts that cannot be read is
 * the fault of those that need it. */
static void prepare(struct doctoring *d)
{
	struct err unused;

	way_warn(d->hosts.host, d->hosts.count);
	if (way_prepare(d->transport, d->hosts.host, d->hosts.count, &unused) == 0)
		return;
	for (int i = 0; i < d->hosts.count; i++)
		(void)way_prepare(d->transport, &d->hosts.host[i], 1, &unused);
}

static int doctor(struct doctoring *d, int nargs)
{
	int status;

	uv_loop_init(&d->loop);
	signals_start(&d->signals, &d->loop, on_ctrl_c, d);
	d->transport = transport_new(&d->loop, &d->way.transport);
	d->steps.doctor = &d->doctor;
	prepare(d);
	if (nargs == 0)
		look_at_machine(d);
	look_at_bastions(d, nargs > 0);
	if (nargs > 0)
		look_at_hosts(d);
	status = end(d);
	transport_free(d->transport);
	signals_stop(&d->signals);
	uv_run(&d->loop, UV_RUN_DEFAULT);
	uv_loop_close(&d->loop);
	return status;
}

static int run_doctor(const struct app *app, const void *opts, char **args, int nargs)
{
	struct doctoring d = { .app = app, .o = opts };
	struct err err;
	int status;

	if (open_all(&d, args, nargs, &err) == 0)
		status = doctor(&d, nargs);
	else
		status = cmd_fail_in(&cmd_doctor, &err);
	doctor_release(&d.doctor);
	selection_release(&d.hosts);
	inventory_free(d.inv);
	return status;
}

const struct cmd cmd_doctor = {
	.name = "doctor",
	.args = "[PATTERN...]",
	.help = "say what stands in the way, and what to do about it",
	.more = "Without a pattern: this machine - libraries, limits, clock, the database, the\n"
		"inventory's files, keys, the key agent - and a sign-in to every bastion.\n"
		"With hosts, at most " SAID(HOSTS_MAX) ": the way to each, one after the other,\n"
		"step by step with its time, and at the step that fails what it means and what\n"
		"to do; of WinRM also the certificate, and 30 days before its end that it ends.\n"
		"A host is asked who we are there and nothing else; nothing is stored, and\n"
		"nothing changed but what --host-key accept-new learns.\n"
		"Exit status: 0 nothing failed, though there may be something to look at, 1\n"
		"something did, 2 wrong usage, 130 interrupted.",
	.options = option_table,
	.rules = rules,
	.options_size = sizeof(struct doctor_opts),
	.uses = CMD_INVENTORY | CMD_DB,
	.defaults = &defaults,
	.max_args = -1,
	.run = run_doctor,
};
