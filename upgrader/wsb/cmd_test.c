/* cmd_test.c - `marshal test wsb`: says what is going to be written where, asks, and follows the
 * backup to its end; or follows one that was left running. */
#include "upgrader/commands.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/term.h"
#include "scanner/explain/known_errors.h"
#include "scanner/policy/documented.h"
#include "scanner/policy/policy_store.h"
#include "scanner/remember.h"
#include "upgrader/wsb/wsb.h"

struct test_wsb_opts {
	const char *target, *host_key, *known_hosts;
	bool yes, follow, json, group_exchange;
	struct opt_list limit;
};

#define AT(member) offsetof(struct test_wsb_opts, member)

/* clang-format off */
static const struct opt option_table[] = {
	{ "target", 0, OPT_TEXT, "X:", "the volume of the host that the backup is written to",
	  AT(target), 0, 0 },
	{ "yes", 'y', OPT_FLAG, NULL, "begin without asking", AT(yes), 0, 0 },
	{ "follow", 0, OPT_FLAG, NULL, "look again at a test that was left running", AT(follow), 0,
	  0 },
	{ "limit", 0, OPT_PAIRS, "STATE=TIME",
	  "limit of one state of the line; by default " LINE_LIMIT_HELP, AT(limit), 0, 0 },
	WAY_OPTIONS(struct test_wsb_opts),
	{ "json", 0, OPT_FLAG, NULL, "the result as JSON", AT(json), 0, 0 },
	{ .name = NULL },
};

static const struct opt_rule rules[] = {
	{ "follow", OPT_NOT_WITH, "target", NULL, "it looks at the test there is" },
	{ "yes", OPT_NOT_WITH, "follow", NULL, "it begins nothing, and asks nothing" },
	{ 0 }
};
/* clang-format on */

/* What one invocation opened; released in one place. */
struct test {
	const struct app *app;
	const struct test_wsb_opts *o;
	struct inventory *inv;
	struct selection hosts;
	struct store *store;
	struct way_options way;
	struct wsb *wsb;
	const struct inv_host *host;
	char target[3];                 /* "E:" */
};

static int read_options(struct test *t, struct err *err)
{
	const struct test_wsb_opts *o = t->o;
	const char *target = o->target;

	way_defaults(&t->way);
	t->way.transport.known_hosts = o->known_hosts;
	t->way.transport.group_exchange = o->group_exchange;
	t->way.transport.no_prompt = !isatty(STDIN_FILENO);
	for (int i = 0; i < o->limit.count; i++)
		if (way_set_limit(&t->way, 0, o->limit.item[i], err) != 0)
			return -1;
	if (!o->follow && !target)
		return err_set(err, ERR_USAGE,
			       "--target X: is missing: where shall the backup be written to?");
	if (target &&
	    (strlen(target) != 2 || !isalpha((unsigned char)target[0]) || target[1] != ':'))
		return err_set(err, ERR_USAGE,
			       "--target '%s': expected a drive such as E:", target);
	if (target)
		snprintf(t->target, sizeof(t->target), "%c:", toupper((unsigned char)target[0]));
	return way_set_host_key(&t->way, o->host_key, err);
}

/* Exactly one: nobody writes an image to a fleet by a pattern that matched too much. */
static int find_host(struct test *t, char **args, int nargs, struct err *err)
{
	t->inv = inventory_open(t->app, err);
	if (!t->inv || inventory_select(t->inv, args, nargs, &t->hosts, err) != 0)
		return -1;
	if (t->hosts.count != 1)
		return err_set(err, ERR_USAGE, "'%s' is %d hosts: a test is for one host at a time",
			       args[0], t->hosts.count);
	t->host = t->hosts.host[0];
	if (t->host->skip)
		return err_set(err, ERR_USAGE, "%s is never contacted (%s)", t->host->name,
			       inv_why_skipped(t->host));
	return 0;
}

static int read_policy(struct test *t, struct policy *out, struct err *err)
{
	struct policies *policies = policies_load(t->store, err);

	if (!policies)
		return -1;
	policies_for(policies, t->host->group, t->host->group_count, out);
	policies_free(policies);
	/* borrowed from what is gone now, and of no use here */
	out->threshold = NULL;
	out->threshold_count = 0;
	return 0;
}

static int open_all(struct test *t, char **args, int nargs, struct err *err)
{
	AUTO_FREE char *path = NULL;
	struct policy policy;

	if (read_options(t, err) != 0 || find_host(t, args, nargs, err) != 0)
		return -1;
	path = store_path(t->app->db, err);
	if (!path)
		return -1;
	t->store = store_open(&(struct store_options){ .path = path,
						       .group = t->app->db_group,
						       .must_exist = t->o->follow,
						       .command = "test wsb" },
			      err);
	if (!t->store || inventory_remember(t->inv, t->store, err) != 0 ||
	    read_policy(t, &policy, err) != 0)
		return -1;
	return wsb_open(&(struct wsb_options){ .host = t->host,
					       .store = t->store,
					       .way = &t->way,
					       .target = t->o->follow ? NULL : t->target,
					       .need_bytes = policy.state_fail_bytes,
					       .quiet = t->app->quiet },
			&t->wsb, err);
}

static double gigabytes(int64_t bytes)
{
	return (double)bytes / (1 << 30);
}

/* All of what is written where, before anybody says yes. */
static void say_what_is_written(const struct test *t, const struct wsb_volume *v)
{
	const char *name = t->host->name, *target = t->target;

	fprintf(stderr,
		"wbadmin start systemstatebackup -backuptarget:%s -quiet   on %s\n"
		"\n"
		"This writes a full image of the system state of %s to %s\\WindowsImageBackup, on\n"
		"its volume %s with %.1f GB, %.1f GB of them free. Microsoft's documents reckon\n"
		"with %d to %d GB. It can take hours, and the server works for it meanwhile. The\n"
		"image is not deleted afterwards: it stays until you delete it.\n",
		target, name, name, target, target, gigabytes(v->size_bytes),
		gigabytes(v->free_bytes), STATE_FAIL_GB, STATE_WARN_GB);
	if (v->image_exists)
		fprintf(stderr,
			"There is a WindowsImageBackup on %s already: wbadmin adds to it.\n",
			target);
	fputc('\n', stderr);
}

static int confirm(const struct test *t, struct err *err)
{
	if (t->o->yes)
		return 0;
	return term_confirm("Type the name of the host to begin", t->host->name,
			    "read the above, then say --yes", err);
}

static void print_job(const struct wsb_result *r)
{
	const int64_t codes[] = { r->hresult, r->detail };
	char begun[CLOCK_TEXT], took[CLOCK_TEXT];

	if (!r->has_job)
		return;
	printf("  state %s, HRESULT 0x%08llX", r->state, (unsigned long long)r->hresult);
	if (r->begun_utc_ms)
		printf(", begun %s", clock_format_utc(r->begun_utc_ms, begun));
	if (r->begun_utc_ms && r->ended_utc_ms >= r->begun_utc_ms)
		printf(", took %s", clock_format_duration(r->ended_utc_ms - r->begun_utc_ms, took));
	putchar('\n');
	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		struct error_words said = error_in(ERRORS_IN_WSB, codes[i]);
		char shown[ERROR_TEXT];

		if (codes[i] != 0)
			printf("  %s%s: %s To do: %s\n", i > 0 ? "in detail " : "",
			       error_shown(codes[i], shown), said.meaning, said.remedy);
	}
}

static void print_text(const struct test *t, const struct wsb_result *r)
{
	const char *name = t->host->name;

	switch (r->end) {
	case WSB_WORKS:
		printf("%s: Windows Server Backup works\n", name);
		break;
	case WSB_FAILED:
		printf("%s: Windows Server Backup failed", name);
		printf(r->has_job ? "\n" : ": no job of it is on record\n");
		break;
	case WSB_NONE:
		printf("%s: no test is under way%s\n", name,
		       r->has_job ? "; the last backup there:" : "");
		break;
	case WSB_LEFT:
		printf("%s: the backup goes on. Look again with: marshal test wsb %s --follow\n",
		       name, name);
		return;
	case WSB_UNKNOWN:
		printf("%s was not reached: nothing is known of the backup\n", name);
		return;
	}
	print_job(r);
	if (r->has_exit && r->exit != 0)
		printf("  wbadmin.exe ended with %lld\n", (long long)r->exit);
	if (r->end == WSB_WORKS && *t->target)
		printf("  the image stays in %s\\WindowsImageBackup\n", t->target);
}

static void print_json(const struct test *t, const struct wsb_result *r)
{
	AUTO_JSON json_t *all = json_pack(
		"{s:i, s:s, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "schema", 1, "host",
		t->host->name, "target", *t->target ? json_string(t->target) : json_null(),
		"result", wsb_end_name(r->end), "state",
		r->has_job ? json_string(r->state) : json_null(), "hresult",
		r->has_job ? json_integer(r->hresult) : json_null(), "detailed_hresult",
		r->has_job ? json_integer(r->detail) : json_null(), "exit",
		r->has_exit ? json_integer(r->exit) : json_null(), "begun_utc_ms",
		r->begun_utc_ms ? json_integer(r->begun_utc_ms) : json_null(), "ended_utc_ms",
		r->ended_utc_ms ? json_integer(r->ended_utc_ms) : json_null());

	json_dumpf(all, stdout, JSON_INDENT(2));
	putchar('\n');
}

static int follow(struct test *t, struct err *err)
{
	struct wsb_result result;

	if (wsb_follow(t->wsb, &result, err) != 0) {
		log_line(LOG_INFO, "look again with: marshal test wsb %s --follow", t->host->name);
		return cmd_fail(err);
	}
	if (t->o->json)
		print_json(t, &result);
	else
		print_text(t, &result);
	if (result.task_left)
		log_line(LOG_WARN,
			 "%s: the task \\marshal\\wsb-test was not taken away; it goes by itself",
			 t->host->name);
	switch (result.end) {
	case WSB_WORKS:
		return EXIT_OK;
	case WSB_FAILED:
	case WSB_NONE:
		return EXIT_SOME;
	case WSB_LEFT:
	case WSB_UNKNOWN:
		return EXIT_INTERRUPTED;
	}
	return EXIT_SOME;
}

static int begin(struct test *t, struct err *err)
{
	struct wsb_volume volume;

	if (wsb_check(t->wsb, &volume, err) != 0)
		return -1;
	say_what_is_written(t, &volume);
	if (confirm(t, err) != 0 || wsb_start(t->wsb, err) != 0)
		return -1;
	log_line(LOG_INFO,
		 "%s: begun. Ctrl-C leaves it running; `marshal test wsb %s --follow` looks again",
		 t->host->name, t->host->name);
	return 0;
}

static int run_test_wsb(const struct app *app, const void *opts, char **args, int nargs)
{
	struct test t = { .app = app, .o = opts };
	struct err err;
	int status;

	if (open_all(&t, args, nargs, &err) != 0 || (!t.o->follow && begin(&t, &err) != 0))
		status = err.code == FAULT_CANCELLED ? EXIT_INTERRUPTED :
						       cmd_fail_in(&cmd_test_wsb, &err);
	else
		status = follow(&t, &err);
	wsb_close(t.wsb);
	store_close(t.store);
	selection_release(&t.hosts);
	inventory_free(t.inv);
	return status;
}

#define NEEDED SAID(STATE_FAIL_GB) " GB"

const struct cmd cmd_test_wsb = {
	.name = "test wsb",
	.args = "HOST --target X: | HOST --follow",
	.help = "prove by a backup of its system state that Windows Server Backup works on a host",
	.more = "Only on request, for one host, and after a confirmation: this writes a full\n"
		"image to the volume named, which stays there. It is refused while another backup\n"
		"runs there, on the volume Windows runs from, and with less than " NEEDED " free.\n"
		"A task of SYSTEM on the host runs it: Ctrl-C or a lost line do not end it, and\n"
		"--follow looks again; on the host Get-WBJob says how far it is, and Get-WBJob\n"
		"-Previous 1 how the last one ended. `marshal show HOST` has who did it and how\n"
		"it ended. What Windows Server Backup is to the agent: marshal explain wsb.\n"
		"Exit status: 0 it works, 1 it failed or was refused, 2 wrong usage or not\n"
		"confirmed, 3 the database could not be written, 130 interrupted: what\n"
		"was begun goes on.",
	.options = option_table,
	.rules = rules,
	.options_size = sizeof(struct test_wsb_opts),
	.uses = CMD_INVENTORY | CMD_WRITES_DB | CMD_LONG,
	.min_args = 1,
	.max_args = 1,
	.run = run_test_wsb,
};
