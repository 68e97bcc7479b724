/* cmd_db.c - `marshal db backup`, `db check`, `db info` and `db prune`. None of them contacts a
 * host or keeps others from working but for moments; all can be interrupted and leave nothing half
 * done. */
#include "reports/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/signals.h"
#include "base/term.h"
#include "base/text.h"
#include "store/upkeep.h"

enum { MB = 1000000, TROUBLE_MAX = 400 };

struct backup_opts { bool force; };
struct info_opts { bool json; };
struct prune_opts { int64_t keep_ms; bool dry_run, vacuum, json; };

/* clang-format off */
static const struct opt backup_options[] = {
	{ "force", 0, OPT_FLAG, NULL, "replace FILE when it exists",
	  offsetof(struct backup_opts, force), 0, 0 },
	{ 0 }
};

static const struct opt info_options[] = {
	{ "json", 0, OPT_FLAG, NULL, "as JSON", offsetof(struct info_opts, json), 0, 0 },
	{ 0 }
};

#define KEEP_DAYS 400

static const struct opt prune_options[] = {
	{ "keep", 0, OPT_TIME, "TIME", "leave everything of the last TIME as it is (" SAID(KEEP_DAYS) "d)",
	  offsetof(struct prune_opts, keep_ms), DAY_MS, 36500 * DAY_MS },
	{ "dry-run", 'n', OPT_FLAG, NULL, "say what would be removed, remove nothing",
	  offsetof(struct prune_opts, dry_run), 0, 0 },
	{ "vacuum", 0, OPT_FLAG, NULL, "give free room back to the disk; no other command can "
	  "write meanwhile", offsetof(struct prune_opts, vacuum), 0, 0 },
	{ "json", 0, OPT_FLAG, NULL, "as JSON", offsetof(struct prune_opts, json), 0, 0 },
	{ 0 }
};

static const struct opt_rule prune_rules[] = {
	{ "vacuum", OPT_NOT_WITH, "dry-run", NULL, "a dry run leaves the file as it is" },
	{ "db-group", OPT_NOT_WITH, "dry-run", NULL, "a dry run leaves the file as it is" },
	{ 0 }
};
/* clang-format on */

static const struct prune_opts prune_defaults = { .keep_ms = KEEP_DAYS * DAY_MS };

/* A line of progress, and Ctrl-C between two steps. */
struct watching {
	struct progress progress;
	struct signals signals;
	uv_loop_t loop;
	bool stop;
};

static void on_ctrl_c(void *ctx, int count)
{
	struct watching *w = ctx;

	(void)count;
	w->stop = true;
}

static int watch_start(struct watching *w, const char *verb, const char *unit, bool quiet,
		       struct err *err)
{
	int rc = uv_loop_init(&w->loop);

	w->stop = false;
	progress_init(&w->progress, verb, 0, quiet);
	w->progress.unit = unit;
	if (rc == 0)
		rc = signals_start(&w->signals, &w->loop, on_ctrl_c, w);
	if (rc != 0)
		return err_set(err, ERR_SYSTEM, "cannot wait for signals");
	/* a loop on which nothing else waits would not look for signals */
	uv_ref((uv_handle_t *)&w->signals.sigint);
	return 0;
}

static void watch_end(struct watching *w)
{
	progress_clear(&w->progress);
	signals_stop(&w->signals);
	uv_run(&w->loop, UV_RUN_DEFAULT);
	uv_loop_close(&w->loop);
}

static bool go_on(void *ctx, int64_t done, int64_t total)
{
	struct watching *w = ctx;

	uv_run(&w->loop, UV_RUN_NOWAIT);
	w->progress.total = (int)total;
	w->progress.done = (int)done;
	progress_show(&w->progress, clock_now_ms());
	return !w->stop;
}

static int ended(const struct cmd *cmd, const struct watching *w, const struct err *err)
{
	int status = cmd_fail_in(cmd, err);

	return w->stop ? EXIT_INTERRUPTED : status;
}

static double in_mb(int64_t bytes)
{
	return (double)bytes / MB;
}

/* --- backup --- */

static int run_db_backup(const struct app *app, const void *opts, char **args, int nargs)
{
	const struct backup_opts *o = opts;
	struct err err;
	AUTO_FREE char *path = store_path(app->db, &err);
	struct watching w;
	struct upkeep_watch watch = { go_on, &w };
	int64_t bytes;
	int r;

	(void)nargs;
	if (!path)
		return cmd_fail(&err);
	if (watch_start(&w, "backup", "pages", app->quiet, &err) != 0)
		return cmd_fail(&err);
	r = store_backup(path, args[0], o->force, &watch, &bytes, &err);
	watch_end(&w);
	if (r != 0)
		return ended(&cmd_db_backup, &w, &err);
	if (!app->quiet)
		printf("%s: %.1f MB, checked\n", args[0], in_mb(bytes));
	return EXIT_OK;
}

const struct cmd cmd_db_backup = {
	.name = "db backup",
	.args = "FILE",
	.help = "copy the database to FILE, also while others write to it",
	.more = "The copy is the database as it stood when the command began. It is written\n"
		"beside FILE, every page of it is read back and checked, and it appears under\n"
		"its name when it is whole; who may read the database may read it. With --force\n"
		"it takes the place of yesterday's. To restore it, copy it over the database\n"
		"while no marshal runs, and remove the files -wal and -shm beside that.",
	.options = backup_options,
	.options_size = sizeof(struct backup_opts),
	.uses = CMD_DB,
	.min_args = 1,
	.max_args = 1,
	.run = run_db_backup,
};

/* --- info --- */

static int print_info_json(const char *path, const struct store_info *info)
{
	AUTO_JSON json_t *tables = json_object(), *all = NULL;
	char oldest[CLOCK_TEXT], newest[CLOCK_TEXT];

	for (int i = 0; i < info->table_count; i++)
		json_object_set_new(tables, info->table[i].name, json_integer(info->table[i].rows));
	all = json_pack("{s:s, s:I, s:I, s:I, s:I, s:s, s:s, s:O}", "path", path, "schema",
			(json_int_t)info->schema, "bytes", (json_int_t)info->bytes, "free_bytes",
			(json_int_t)info->free_bytes, "log_bytes", (json_int_t)info->log_bytes,
			"oldest_look", clock_format_utc(info->oldest_utc_ms, oldest), "newest_look",
			clock_format_utc(info->newest_utc_ms, newest), "tables", tables);
	json_dumpf(all, stdout, JSON_INDENT(2));
	putchar('\n');
	return EXIT_OK;
}

static int print_info(const char *path, const struct store_info *info)
{
	struct term_table *t = term_table_new(stdout);
	char oldest[CLOCK_TEXT], newest[CLOCK_TEXT];

	printf("database  %s\n", path);
	printf("schema    %" PRId64 "\n", info->schema);
	printf("size      %.1f MB, of which %.1f MB are free for new rows; log %.1f MB\n",
	       in_mb(info->bytes), in_mb(info->free_bytes), in_mb(info->log_bytes));
	if (info->oldest_utc_ms)
		printf("looks     from %s to %s\n", clock_format_utc(info->oldest_utc_ms, oldest),
		       clock_format_utc(info->newest_utc_ms, newest));
	putchar('\n');
	term_table_column(t, "TABLE", false);
	term_table_column(t, "ROWS", true);
	for (int i = 0; i < info->table_count; i++) {
		AUTO_FREE char *rows = xasprintf("%" PRId64, info->table[i].rows);

		term_table_row(t);
		term_table_cell(t, 0, TERM_PLAIN, info->table[i].name);
		term_table_cell(t, 1, TERM_PLAIN, rows);
	}
	term_table_print(t);
	term_table_free(t);
	return EXIT_OK;
}

static int run_db_info(const struct app *app, const void *opts, char **args, int nargs)
{
	const struct info_opts *o = opts;
	struct err err;
	AUTO_FREE char *path = store_path(app->db, &err);
	struct store_options options = { .path = path, .read_only = true };
	struct store *s = path ? store_open(&options, &err) : NULL;
	struct store_info info;
	int r = s ? store_info(s, &info, &err) : -1;

	(void)args;
	(void)nargs;
	store_close(s);
	if (r != 0)
		return cmd_fail(&err);
	r = o->json ? print_info_json(path, &info) : print_info(path, &info);
	store_info_release(&info);
	return r;
}

const struct cmd cmd_db_info = {
	.name = "db info",
	.help = "size of the database, rows of each table, oldest and newest look",
	.options = info_options,
	.options_size = sizeof(struct info_opts),
	.uses = CMD_DB,
	.run = run_db_info,
};

/* --- check --- */

static void print_trouble(void *ctx, const char *trouble)
{
	AUTO_FREE char *shown = text_printable(trouble, strlen(trouble), TROUBLE_MAX);

	(void)ctx;
	puts(shown);
}

static int run_db_check(const struct app *app, const void *opts, char **args, int nargs)
{
	struct err err;
	AUTO_FREE char *path = store_path(app->db, &err);
	int count;

	(void)opts;
	(void)args;
	(void)nargs;
	if (!path)
		return cmd_fail(&err);
	count = store_check(path, print_trouble, NULL, &err);
	if (count < 0)
		return cmd_fail(&err);
	if (count == 0) {
		if (!app->quiet)
			printf("%s: nothing is wrong with it\n", path);
		return EXIT_OK;
	}
	err_set(&err, ERR_STORE, "'%s': %d things are wrong with it", path, count);
	err_hint(&err, "restore it from a copy (docs/database.md), or begin a new one");
	return cmd_fail(&err);
}

const struct cmd cmd_db_check = {
	.name = "db check",
	.help = "say what is wrong with the database, if anything is",
	.more = "Reads every page and every value: what a disk lost, and what no marshal would\n"
		"have written (ids, times, types, texts, references, tables and triggers that are\n"
		"none of ours). Changes nothing. Exit status: 0 nothing is wrong, 3 something is.",
	.uses = CMD_DB,
	.run = run_db_check,
};

/* --- prune --- */

static void print_pruned(const struct prune_opts *o, const struct prune_result *p,
			 const struct store_info *info)
{
	const char *would = o->dry_run ? "would be " : "";

	if (o->json) {
		AUTO_JSON json_t *all = json_pack(
			"{s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "dry_run", o->dry_run, "looks",
			(json_int_t)p->looks, "looks_kept", (json_int_t)p->looks_kept, "facts",
			(json_int_t)p->facts, "facts_kept", (json_int_t)p->facts_kept, "bytes",
			(json_int_t)p->bytes, "database_bytes", (json_int_t)info->bytes,
			"free_bytes", (json_int_t)info->free_bytes);

		json_dumpf(all, stdout, JSON_INDENT(2));
		putchar('\n');
		return;
	}
	printf("looks %sremoved:       %" PRId64 " (%" PRId64
	       " stay: the first and the last of each "
	       "change)\n",
	       would, p->looks, p->looks_kept);
	printf("past facts %sremoved:  %" PRId64 " (%" PRId64 " stay)\n", would, p->facts,
	       p->facts_kept);
	printf("about %.1f MB; the database has %.1f MB, of which %.1f MB are free for new rows\n",
	       in_mb(p->bytes), in_mb(info->bytes), in_mb(info->free_bytes));
}

/* What is old is told by the newest look: under a clock that is ahead nothing grows old. */
static int64_t newest_now(const struct store_info *info)
{
	int64_t now = clock_utc_ms();

	return info->newest_utc_ms && info->newest_utc_ms < now ? info->newest_utc_ms : now;
}

static int prune(const struct app *app, const struct prune_opts *o, struct store *s,
		 struct err *err)
{
	struct watching w;
	struct prune_options options = { .dry_run = o->dry_run, .watch = { go_on, &w } };
	struct prune_result result = { 0 };
	struct store_info info = { 0 };
	int r;

	if (store_info(s, &info, err) != 0)
		return cmd_fail(err);
	options.before_utc_ms = newest_now(&info) - o->keep_ms;
	store_info_release(&info);

	if (watch_start(&w, "prune", "hosts", app->quiet, err) != 0)
		return cmd_fail(err);
	r = store_prune(s, &options, &result, err);
	watch_end(&w);
	if (r != 0)
		return ended(&cmd_db_prune, &w, err);
	if ((o->vacuum && store_vacuum(s, err) != 0) || store_info(s, &info, err) != 0)
		return cmd_fail(err);
	print_pruned(o, &result, &info);
	store_info_release(&info);
	return EXIT_OK;
}

static int run_db_prune(const struct app *app, const void *opts, char **args, int nargs)
{
	const struct prune_opts *o = opts;
	struct err err;
	AUTO_FREE char *path = store_path(app->db, &err);
	struct store_options options = { .path = path,
					 .group = app->db_group,
					 .read_only = o->dry_run,
					 .must_exist = true,
					 .command = o->dry_run ? NULL : "db prune" };
	struct store *s;
	int r;

	(void)args;
	(void)nargs;
	if (!path)
		return cmd_fail(&err);
	s = store_open(&options, &err);
	r = s ? prune(app, o, s, &err) : cmd_fail(&err);
	store_close(s);
	return r;
}

const struct cmd cmd_db_prune = {
	.name = "db prune",
	.help = "remove from the database what is old and only repeats",
	.more = "Of looks at a host before that time, those between the first and the last of\n"
		"each change go; of the past values of a fact, those between the first and the\n"
		"last time it had that value. Every change of a verdict, a status and a version\n"
		"stays, and so do runs and the trail. Others may work meanwhile.",
	.options = prune_options,
	.rules = prune_rules,
	.options_size = sizeof(struct prune_opts),
	.defaults = &prune_defaults,
	.uses = CMD_WRITES_DB,
	.run = run_db_prune,
};
