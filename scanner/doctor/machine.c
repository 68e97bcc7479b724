/* machine.c - see machine.h. */
#include "scanner/doctor/machine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/text.h"
#include "base/trust.h"
#include "scanner/way.h"
#include "store/upkeep.h"

/* A clock read longer ago says little about today's. */
#define SKEW_AGE_MS (7 * DAY_MS)

static void limits(struct doctor *d, struct transport *t, int jobs)
{
	struct rlimit files = { 0, 0 }, locked = { 0, 0 }, core = { 0, 0 };
	int allowed = transport_max_in_flight(t);       /* raises it to its hard value */

	getrlimit(RLIMIT_NOFILE, &files);
	getrlimit(RLIMIT_MEMLOCK, &locked);
	verdict_open_files(d, files.rlim_cur, jobs, allowed);
	verdict_locked_memory(d, locked.rlim_cur, locked.rlim_cur == RLIM_INFINITY);
	secret_guard();
	getrlimit(RLIMIT_CORE, &core);
	verdict_core_files(d, core.rlim_cur, prctl(PR_GET_DUMPABLE) == 1);
}

/* One that is not there is told by `missing`, NULL: by what needs it. */
static void file(struct doctor *d, const char *what, const char *path, unsigned unwanted,
		 const char *missing)
{
	AUTO_FREE char *why_not = trust_why_not(path);
	struct stat st;

	if (stat(path, &st) == 0) {
		verdict_file(d, what, path, st.st_mode & 07777, why_not, unwanted);
	} else if (missing) {
		doctor_say(d, HEALTH_WARN, what, "%s: %s", path, strerror(errno));
		doctor_advise(d, missing, "check the path, and the rights of the folders above it");
	}
}

static void failed(struct doctor *d, const char *what, const struct err *err)
{
	doctor_say(d, HEALTH_FAIL, what, "%s", err->msg);
	doctor_advise(d, err_is_fault(err->code) ? err_meaning_of(err->code) : NULL, err->hint);
}

/* The database. */

struct skews { int64_t *ms; int count, cap; int64_t since_utc_ms; };

static int add_skew(void *ctx, const struct host_row *row, struct err *err)
{
	struct skews *skews = ctx;
	int64_t ms, utc_ms;

	(void)err;
	if (!json_get_int(json_get_obj(row->facts, "clock"), "skew_ms", &ms) ||
	    !json_get_int(row->facts_utc, "clock", &utc_ms) || utc_ms < skews->since_utc_ms)
		return 0;
	MEM_GROW(skews->ms, skews->count, skews->cap);
	skews->ms[skews->count++] = ms;
	return 0;
}

static int compare_ms(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static void free_space(struct doctor *d, const char *path, int64_t bytes)
{
	AUTO_FREE char *folder = xstrdup(path);
	char *slash = strrchr(folder, '/');
	struct statvfs at;

	if (slash)
		slash[slash == folder] = '\0';
	if (statvfs(slash ? folder : ".", &at) == 0)
		verdict_free_space(d, slash ? folder : ".",
				   (int64_t)at.f_bavail * (int64_t)at.f_frsize, bytes);
}

static void opened(struct doctor *d, struct store *store, const char *path,
		   struct doctor_clocks *clocks, struct skews *skews)
{
	struct store_info info;
	struct err err;

	if (store_info(store, &info, &err) != 0) {
		failed(d, "schema", &err);
		return;
	}
	doctor_say(d, HEALTH_OK, "schema", "%lld, which is this version's", (long long)info.schema);
	free_space(d, path, info.bytes + info.log_bytes);
	clocks->newest_utc_ms = info.newest_utc_ms;
	store_info_release(&info);
	if (store_each_host(store, ROWS_FACTS, NULL, add_skew, skews, &err) != 0)
		failed(d, "database", &err);
}

static void database(struct doctor *d, const struct machine_request *r,
		     struct doctor_clocks *clocks, struct skews *skews)
{
	AUTO_FREE char *why_not = r->db ? trust_why_not_to_read(r->db) : NULL;
	struct store *store;
	struct stat st;
	struct err err;

	if (!r->db) {
		failed(d, "database", r->db_err);
		return;
	}
	if (stat(r->db, &st) != 0) {
		doctor_say(d, HEALTH_OK, "database", "%s: %s; the first scan makes it", r->db,
			   strerror(errno));
		return;
	}
	/* a group may read it, by --db-group, and its account may be another than this one */
	verdict_file(d, "database", r->db, st.st_mode & 07777, why_not, 007);
	store = store_open(&(struct store_options){ .path = r->db, .read_only = true }, &err);
	if (store)
		opened(d, store, r->db, clocks, skews);
	else
		failed(d, "schema", &err);
	store_close(store);
}

/* What the inventory names. */

/* Distinct texts, each with how many hosts have it: a handful in any fleet. */
struct tally {
	struct tally_row { char *text; int hosts, first, last; } *row;
	int count, cap;
};

/* Whether it was not there yet. */
static bool tally_add(struct tally *t, const char *text, int host)
{
	for (int i = 0; i < t->count; i++) {
		if (strcmp(t->row[i].text, text) == 0) {
			t->row[i].hosts += t->row[i].last != host;
			t->row[i].last = host;
			return false;
		}
	}
	MEM_GROW(t->row, t->count, t->cap);
	t->row[t->count++] = (struct tally_row){ xstrdup(text), 1, host, host };
	return true;
}

static void tally_release(struct tally *t)
{
	for (int i = 0; i < t->count; i++)
		free(t->row[i].text);
	free(t->row);
}

/* Why hosts cannot be signed in to from here. */
struct cause {
	struct err err;
	bool signs_in;                  /* else there is no way at all */
};

struct named {
	struct doctor *d;
	struct transport *t;
	struct tally files, users, faults;
	struct tally causes;            /* a row each of `cause` */
	struct cause *cause;
	int cause_count, cause_cap;
	int host;                       /* whose endpoints these are */
};

static void known_hosts(struct named *n, const char *path)
{
	struct stat st;

	if (!path || !tally_add(&n->files, path, n->host))
		return;
	if (stat(path, &st) == 0)
		file(n->d, "known hosts", path, 0, NULL);
}

static void known_certificates(struct named *n, const struct endpoint *e)
{
	struct err err;
	AUTO_FREE char *path = transport_certificates(n->t, e, &err);
	struct stat st;

	if (!path && tally_add(&n->faults, err.msg, n->host))
		failed(n->d, "known certificates", &err);
	if (path && tally_add(&n->files, path, n->host) && stat(path, &st) == 0)
		file(n->d, "known certificates", path, 0, NULL);
}

static void cannot(struct named *n, const struct endpoint *e, const struct err *err)
{
	if (!tally_add(&n->causes, err->msg, n->host))
		return;
	MEM_GROW(n->cause, n->cause_count, n->cause_cap);
	n->cause[n->cause_count++] = (struct cause){
		.err = *err,
		.signs_in = e->kind == ENDPOINT_SSH || e->kind == ENDPOINT_WINRM,
	};
}

/* Each cause once, and whose it is. What is no way at all is told as the inventory's: whoever has
 * it may know. */
static void tell_causes(struct named *n, const struct selection *hosts)
{
	for (int i = 0; i < n->cause_count; i++) {
		const struct tally_row *row = &n->causes.row[i];
		struct err err = n->cause[i].err;
		const char *first = hosts->host[row->first]->name;

		if (row->hosts == 1)
			err_in(&err, "host %s", first);
		else
			err_in(&err, "%d hosts, the first is %s", row->hosts, first);
		if (n->cause[i].signs_in) {
			failed(n->d, "sign-in", &err);
		} else {
			doctor_say(n->d, HEALTH_WARN, "way", "%s", err.msg);
			doctor_advise(n->d, err_meaning_of(err.code), err.hint);
		}
	}
}

static void endpoint(struct named *n, const struct endpoint *e)
{
	struct transport_identity is;
	AUTO_FREE char *row = NULL;
	struct err err;

	if (e->kind == ENDPOINT_WINRM)
		known_certificates(n, e);
	if (e->kind == ENDPOINT_LOCAL)
		return;
	if (e->kind == ENDPOINT_SSH && e->key_file && tally_add(&n->files, e->key_file, n->host))
		file(n->d, "key file", e->key_file, 077, NULL);
	if (transport_identify(n->t, e, &is, &err) != 0) {
		cannot(n, e, &err);
		return;
	}
	known_hosts(n, is.known_hosts);
	known_hosts(n, is.known_hosts_too);
	row = xasprintf("%s\n%s", is.label, is.key_type ? is.key_type : "");
	tally_add(&n->users, row, n->host);
}

static void users(struct named *n, const char *libssh2)
{
	for (int i = 0; i < n->users.count; i++) {
		char *type = strrchr(n->users.row[i].text, '\n');

		*type++ = '\0';
		verdict_identity(n->d, n->users.row[i].text, *type ? type : NULL,
				 n->users.row[i].hosts, libssh2);
	}
}

static void inventory(struct doctor *d, struct transport *t, const struct machine_request *r)
{
	struct named n = { .d = d, .t = t };
	struct endpoint e;

	for (int i = 0; i < r->files; i++)
		file(d, "inventory", r->file[i], 0, "no host is known");
	if (!r->hosts) {
		failed(d, "inventory", r->inventory_err);
		return;
	}
	for (int i = 0; i < r->hosts->count; i++) {
		endpoint_of(t, r->hosts->host[i], &e);
		n.host = i;
		for (const struct endpoint *at = &e; at; at = at->via)
			endpoint(&n, at);
		if (e.otherwise)
			endpoint(&n, e.otherwise);
	}
	tell_causes(&n, r->hosts);
	users(&n, r->libraries->libssh2);
	tally_release(&n.files);
	tally_release(&n.users);
	tally_release(&n.faults);
	tally_release(&n.causes);
	free(n.cause);
}

static void agent(struct doctor *d)
{
	struct err err = { .code = ERR_NONE };
	int keys = transport_agent_keys(&err);

	verdict_agent(d, getenv("SSH_AUTH_SOCK") != NULL, keys, &err);
}

void machine_look(struct doctor *d, struct transport *t, const struct machine_request *request)
{
	struct doctor_clocks clocks = { .is_kept = clock_is_kept(), .now_utc_ms = clock_utc_ms() };
	struct skews skews = { .since_utc_ms = clocks.now_utc_ms - SKEW_AGE_MS };

	doctor_part(d, "this machine", "");
	verdict_libraries(d, request->libraries);
	limits(d, t, request->jobs);
	database(d, request, &clocks, &skews);
	if (skews.count > 0)
		qsort(skews.ms, (size_t)skews.count, sizeof(*skews.ms), compare_ms);
	clocks.skew_ms = skews.ms;
	clocks.hosts = skews.count;
	verdict_clock(d, &clocks);
	free(skews.ms);
	agent(d);
	inventory(d, t, request);
}
