/* hostile.c - see hostile.h. */
#include "tests/unit/reports/hostile.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cmd.h"
#include "base/mem.h"
#include "inventory/commands.h"
#include "reports/commands.h"
#include "scanner/commands.h"
#include "store/schema.h"
#include "store/status.h"
#include "tests/unit/store/rows.h"

enum { WORDS_MAX = 8 };

#define COMMAND_OF(name, ...) &cmd_report_##name,
#define LINE_OF(name, ...) { "report", #name },

static const struct cmd *const commands[] = {
	REPORT_COMMANDS(COMMAND_OF) &cmd_db_check, &cmd_db_info, &cmd_db_prune,
	&cmd_db_rename, &cmd_diff, &cmd_doctor,
	&cmd_inventory_diff, &cmd_inventory_list, &cmd_nagios, &cmd_recheck, &cmd_show,
	&cmd_why, NULL,
};

/* clang-format off */
static const char *const lines[][WORDS_MAX] = {
	{ "db", "info" }, { "db", "info", "--json" }, { "db", "check" },
	{ "db", "prune", "--dry-run" },
	REPORT_COMMANDS(LINE_OF)
	{ "report", "compliance", "--format", "json" },
	{ "report", "compliance", "--format", "csv" }, { "report", "compliance", "--format", "html" },
	{ "report", "compliance", "--format", "prometheus" },
	{ "report", "history", "--format", "json" }, { "report", "run", "last", "--format", "json" },
	{ "show", "seen", "--all" }, { "show", "seen", "--json" }, { "show", "seen", "--timing" },
	{ "why", "seen" }, { "why", "seen", "--json" },
	{ "diff", "1000d", "now" }, { "nagios" }, { "recheck" }, { "db", "prune" },
	{ "db", "rename", "gone", "seen" }, { "doctor" },
	{ "inventory", "diff", "1000d", "now" },
	{ "inventory", "list", "-i", "tests/unit/reports/hostile.ini", "--where", "status!=x" },
};
/* clang-format on */

static const char more_rows[] =
	"insert into scan values (1, 'all', 5, 2, 3, 'done', 'eve', 40, 60, 0);"
	"update look set scan = 1 where host = 1;"
	"insert into agent_version (host, utc_ms, version, source) "
	"values (1, 50, '2.0.9070.0', 'scan'), (1, 55, '', 'scan');"
	"insert into run (id, name, installer, sha256, target, options, state, actor, "
	"begun_utc_ms, ended_utc_ms) values (1, '20261121-7c3e', '/x.exe', 'ab', '2.0.9262.0', "
	"'{}', 'done', 'eve', 50, 60);"
	"insert into job (id, run, host, position, state, outcome, reason, version_before, "
	"version_after, folder, memory, changed, reboot_pending, begun_utc_ms, ended_utc_ms) "
	"values (1, 1, 1, 1, 'ended', 'upgraded', 'x', '2.0.9070.0', '2.0.9262.0', "
	"'C:\\x', '{}', 1, 0, 50, 60);"
	"insert into event values (1, 50, 1, 1, 'run', 'begun', 'eve', 1), (2, 51, null, null, "
	"'x', 'y', 'eve', 2);"
	"insert into setting values ('target', '2.0.9262.0');"
	"insert into process (id, machine, pid, started, user_name, command, since_utc_ms) values "
	"(1, 'm', 7, 'b/1', 'eve', 'scan', 50);"
	"insert into lease values (1, 1, 1, 1, 'b', 90, 50);"
	"insert into fact_past values (1, 1, 20, 40, '{}', null, null);"
	"insert into finding_past values (1, 6, 20, 40, 'warn', 'x', 0);";

static void run_sql(sqlite3 *db, const char *text)
{
	char *why = NULL;

	if (sqlite3_exec(db, text, NULL, NULL, &why) == SQLITE_OK)
		return;
	fprintf(stderr, "%s: %s\n", text, why);
	abort();
}

void hostile_make(const char *path, int page_bytes)
{
	AUTO_FREE char *page_size = xasprintf("pragma page_size = %d", page_bytes);
	/* by today's rules: what those of older ones say is not looked at any more */
	AUTO_FREE char *judged =
		xasprintf("insert into setting values ('rules', '%d')", JUDGE_RULES);
	sqlite3 *db = NULL;

	if (sqlite3_open(path, &db) != SQLITE_OK)
		abort();
	run_sql(db, page_size);
	run_sql(db, schema_steps[0].text);
	run_sql(db, rows_of_the_first_release);
	for (int i = 1; schema_steps[i].name; i++)
		run_sql(db, schema_steps[i].text);
	run_sql(db, more_rows);
	run_sql(db, judged);
	run_sql(db, "pragma writable_schema = on; "
		    "update sqlite_master set sql = replace(sql, ' not null', '')");
	sqlite3_close(db);
}

int hostile_columns(const char *path, struct hostile_column *out)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt;
	int count = 0;

	if (sqlite3_open(path, &db) != SQLITE_OK ||
	    sqlite3_prepare_v2(db,
			       "select m.name, c.name from sqlite_master m, "
			       "pragma_table_info(m.name) c where m.type = 'table'",
			       -1, &stmt, NULL) != SQLITE_OK)
		abort();
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		struct hostile_column *c = &out[count++];

		if (count == HOSTILE_COLUMNS_MAX)
			abort();
		snprintf(c->table, sizeof(c->table), "%s", sqlite3_column_text(stmt, 0));
		snprintf(c->name, sizeof(c->name), "%s", sqlite3_column_text(stmt, 1));
	}
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return count;
}

int hostile_commands(void)
{
	return ARRAY_LEN(lines);
}

const char *const *hostile_words(int which)
{
	return lines[which];
}

int hostile_run(int which, const char *path)
{
	char *argv[WORDS_MAX + 4] = { "marshal", "--db", (char *)path };
	int argc = 3;

	for (int k = 0; lines[which][k]; k++)
		argv[argc++] = (char *)lines[which][k];
	return cmd_main(commands, argc, argv);
}
