/* errand_command.c - the command of an errand: says which hosts are meant and what is known of
 * them, asks, has it done, and tells how it ended. */
#include "upgrader/errand_command.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fold.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "scanner/remember.h"
#include "upgrader/options.h"
#include "upgrader/show.h"

/* What one invocation opened; released in one place. */
struct command {
	const struct errand_command *is;
	const struct app *app;
	const struct errand_opts *o;
	struct inventory *inv;
	struct way_options way;
	json_t *run_options;            /* of the run asked for; NULL: none */
	struct errand errand;
};

static int read_options(struct command *c, struct err *err)
{
	const struct errand_opts *o = c->o;
	const char *known_hosts = json_get_str(c->run_options, "known_hosts");
	const char *host_key = json_get_str(c->run_options, "host_key");

	way_defaults(&c->way);
	c->way.transport.known_hosts = o->known_hosts ? o->known_hosts : known_hosts;
	c->way.transport.no_prompt = !isatty(STDIN_FILENO);
	c->way.transport.group_exchange =
		o->group_exchange ||
		json_is_true(json_object_get(c->run_options, "group_exchange"));
	for (int i = 0; i < o->limit.count; i++)
		if (way_set_limit(&c->way, WAY_PROBE, o->limit.item[i], err) != 0)
			return -1;
	return way_set_host_key(&c->way, o->host_key ? o->host_key : host_key, err);
}

static int open_store(struct command *c, struct err *err)
{
	AUTO_FREE char *path = store_path(c->app->db, err);

	if (!path)
		return -1;
	c->errand.store = store_open(&(struct store_options){ .path = path,
							      .group = c->app->db_group,
							      .must_exist = true,
							      .command = c->is->cmd->name },
				     err);
	return c->errand.store ? 0 : -1;
}

/* One word may be a run; then it is one. */
static int find_run(struct command *c, char **args, int nargs, struct err *err)
{
	AUTO_FREE char *text = NULL;

	if (!c->is->find_run || nargs != 1 || choice_is_made(&c->o->choice))
		return 0;
	if (c->is->find_run(&c->errand, args[0], &text, err) != 0)
		return err->code == ERR_NOT_FOUND ? 0 : -1;
	if (!*text)
		return 0;
	c->run_options = json_parse_trusted(text, strlen(text), err);
	return c->run_options ? 0 : err_in(err, "run '%s'", c->errand.run);
}

static int find_hosts(struct command *c, char **args, int nargs, struct err *err)
{
	struct selection hosts;

	if (inventory_choose(c->inv, &(struct wish){ args, nargs, &c->o->choice, c->app->db },
			     &hosts, err) != 0)
		return -1;
	errand_select(&c->errand, &hosts);
	selection_release(&hosts);
	return 0;
}

static int find(struct command *c, char **args, int nargs, struct err *err)
{
	if (nargs == 0 && !choice_is_made(&c->o->choice))
		return err_set(err, ERR_USAGE, "%s", c->is->nobody);
	if (open_store(c, err) != 0 || find_run(c, args, nargs, err) != 0 ||
	    read_options(c, err) != 0)
		return -1;
	c->inv = upgrade_inventory(c->app, c->run_options, err);
	if (!c->inv || inventory_remember(c->inv, c->errand.store, err) != 0)
		return -1;
	if (!*c->errand.run && find_hosts(c, args, nargs, err) != 0)
		return -1;
	return errand_prepare(&c->errand, c->inv, err);
}

static void print_plan(const struct errand_command *is, const struct errand *e)
{
	struct term_table *t = term_table_new(stdout);

	term_table_column(t, "HOST", false);
	term_table_column(t, is->column, false);
	for (int i = 0; i < e->count; i++) {
		const struct errand_target *host = &e->target[i];
		AUTO_FREE char *what = host->end == ERRAND_LEFT_OUT ?
					       xasprintf("left out: %s", host->reason) :
					       is->known(host);

		term_table_row(t);
		term_table_cell(t, 0, TERM_PLAIN, host->name);
		term_table_cell(t, 1, TERM_PLAIN, what);
	}
	term_table_print(t);
	term_table_free(t);
	fflush(stdout);                 /* before the question, and before it takes long */
}

static int confirm(const struct errand_command *is, const struct errand *e, struct err *err)
{
	AUTO_FREE char *question = NULL;
	int open = 0;

	for (int i = 0; i < e->count; i++)
		open += e->target[i].end == ERRAND_NOT_BEGUN;
	question = xasprintf("%d host%s %s", open, open == 1 ? " is" : "s are", is->asks);
	return confirm_count(question, open, "read the list, then say --yes", err);
}

static enum term_color color(enum errand_end end)
{
	return errand_is_well(end) ? TERM_GREEN : end == ERRAND_FAILED ? TERM_RED : TERM_YELLOW;
}

/* Once for all hosts that ended so. */
static void print_next(const struct errand_command *is, const struct errand *e)
{
	AUTO_FREE const char **name = xcalloc((size_t)e->count + 1, sizeof(*name));

	for (int end = 0; end < ERRAND_END_COUNT; end++) {
		AUTO_FREE char *hosts = NULL;
		int count = 0;

		for (int i = 0; i < e->count; i++)
			if ((int)e->target[i].end == end)
				name[count++] = e->target[i].name;
		if (count == 0 || !is->next[end])
			continue;
		hosts = fold_some(name, count, "the table has them all");
		term_say(stdout, "next for %s: %s", hosts, is->next[end]);
	}
}

static void print_text(const struct errand_command *is, const struct errand *e)
{
	struct term_table *t = term_table_new(stdout);
	static const char *const titles[] = { "HOST", "RESULT", "RUN", "REASON" };
	int well = 0;

	for (size_t i = 0; i < ARRAY_LEN(titles); i++)
		term_table_column(t, titles[i], false);
	for (int i = 0; i < e->count; i++) {
		const struct errand_target *host = &e->target[i];

		well += errand_is_well(host->end);
		term_table_row(t);
		term_table_cell(t, 0, TERM_PLAIN, host->name);
		term_table_cell(t, 1, color(host->end), errand_end_name(e->kind, host->end));
		term_table_cell(t, 2, TERM_PLAIN, host->run);
		term_table_cell(t, 3, TERM_PLAIN, host->reason);
	}
	term_table_print(t);
	term_table_free(t);
	printf("%s %d of %d host%s\n", is->sum, well, e->count, e->count == 1 ? "" : "s");
	print_next(is, e);
}

static void print_json(const struct errand *e)
{
	json_t *hosts = json_array();
	AUTO_JSON json_t *all = json_pack("{s:i, s:o}", "schema", 1, "hosts", hosts);

	for (int i = 0; i < e->count; i++) {
		const struct errand_target *t = &e->target[i];

		json_array_append_new(hosts, json_pack("{s:s, s:s, s:s, s:s}", "host", t->name,
						       "result", errand_end_name(e->kind, t->end),
						       "run", t->run, "reason", t->reason));
	}
	json_dumpf(all, stdout, JSON_INDENT(2) | JSON_SORT_KEYS);
	putchar('\n');
}

static int exit_status(const struct errand *e)
{
	if (e->asked)
		return EXIT_INTERRUPTED;
	for (int i = 0; i < e->count; i++)
		if (!errand_is_well(e->target[i].end))
			return EXIT_SOME;
	return EXIT_OK;
}

static int begin(struct command *c, char **args, int nargs)
{
	struct errand *e = &c->errand;
	struct err err;
	int rc;

	if (find(c, args, nargs, &err) != 0)
		return cmd_fail_in(c->is->cmd, &err);
	if (e->count == 0) {
		log_line(LOG_INFO, "run %s %s", e->run, c->is->none);
		return EXIT_OK;
	}
	if (!c->o->json)
		print_plan(c->is, e);
	if (!c->o->yes && confirm(c->is, e, &err) != 0)
		return cmd_fail_in(c->is->cmd, &err);
	rc = errand_drive(e, &c->way, c->app->quiet || c->o->json, &err);
	if (rc != 0 && e->broken.code == ERR_NONE)
		return cmd_fail(&err);
	if (c->o->json)
		print_json(e);
	else
		print_text(c->is, e);
	return rc == 0 ? exit_status(e) : cmd_fail(&err);
}

int errand_run(const struct errand_command *command, const struct app *app,
	       const struct errand_opts *o, char **args, int nargs)
{
	struct command c = {
		.is = command, .app = app, .o = o, .errand = { .kind = command->kind }
	};
	int status = begin(&c, args, nargs);

	errand_release(&c.errand);
	store_close(c.errand.store);
	inventory_free(c.inv);
	json_decref(c.run_options);
	return status;
}
