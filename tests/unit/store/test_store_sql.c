/* test_store_sql.c - the statements themselves: each can be prepared, each parameter has a type,
 * and nothing is said that only one engine understands. MARSHAL_SQL_OUT=FILE writes schema and
 * statements as a script for PostgreSQL: tests/scenario/postgres_sql.sh runs it. */
#include <stdlib.h>
#include <string.h>

#include "../unit.h"
#include "base/mem.h"
#include "fixture.h"
#include "rows.h"

/* Words that mean something else, or nothing, in one of the two engines. */
static const char *const banned[] = {
	"insert or", "collate", "for update",	 " like ",	 " glob ",     "strict",   "rowid",
	"identity",  "integer", "autoincrement", "group_concat", "string_agg", "greatest", "ifnull",
	"::",	     "now(",	"datetime",	 "nulls first",	 "pragma",     "?",
};

static sqlite3 *new_database(void)
{
	sqlite3 *db = NULL;

	ck_assert_int_eq(sqlite3_open(":memory:", &db), SQLITE_OK);
	for (const struct schema_step *step = schema_steps; step->name; step++)
		ck_assert_msg(sqlite3_exec(db, step->text, NULL, NULL, NULL) == SQLITE_OK, "%s",
			      sqlite3_errmsg(db));
	return db;
}

START_TEST(steps_are_numbered_from_one)
{
	int number = 0;

	for (const struct schema_step *step = schema_steps; step->name; step++)
		ck_assert_int_eq(step->number, ++number);
	ck_assert_int_gt(number, 0);
}
END_TEST

START_TEST(every_statement_can_be_prepared)
{
	sqlite3 *db = new_database();
	sqlite3_stmt *stmt;
	char name[16];

	for (int i = 0; i < SQL_COUNT; i++) {
		const struct sql_text *sql = &sql_texts[i];
		int count = (int)strlen(sql->types);

		ck_assert_msg(sqlite3_prepare_v2(db, sql->text, -1, &stmt, NULL) == SQLITE_OK,
			      "%s: %s", sql->name, sqlite3_errmsg(db));
		ck_assert_msg(sqlite3_bind_parameter_count(stmt) == count &&
				      count <= SQL_MAX_VALUES,
			      "%s: %d parameters, %d types", sql->name,
			      sqlite3_bind_parameter_count(stmt), count);
		for (int k = 1; k <= count; k++) {
			snprintf(name, sizeof(name), "$%d", k);
			ck_assert_msg(sqlite3_bind_parameter_index(stmt, name) > 0, "%s: no %s",
				      sql->name, name);
		}
		ck_assert_msg(strspn(sql->types, "ti") == strlen(sql->types), "%s", sql->name);
		sqlite3_finalize(stmt);
	}
	sqlite3_close(db);
}
END_TEST

START_TEST(nothing_is_said_for_one_engine_only)
{
	for (int i = 0; i < SQL_COUNT; i++) {
		for (size_t k = 0; k < ARRAY_LEN(banned); k++)
			ck_assert_msg(!strcasestr(sql_texts[i].text, banned[k]), "%s: %s",
				      sql_texts[i].name, banned[k]);
	}
}
END_TEST

START_TEST(the_script_for_postgresql)
{
	const char *path = getenv("MARSHAL_SQL_OUT");
	AUTO_FCLOSE FILE *f = path ? fopen(path, "w") : NULL;

	if (!f)
		return;
	for (const struct schema_step *step = schema_steps; step->name; step++) {
		fprintf(f, "begin;\n%scommit;\n", step->text);
		if (step == schema_steps)
			fputs(rows_of_the_first_release, f);
	}
	/* what migrations make of them there */
	fputs("select 'carried over ' || value from reading where host = 1;\n"
	      "select 'carried over ' || count(*) from status_change;\n",
	      f);
	for (int i = 0; i < SQL_COUNT; i++) {
		const struct sql_text *sql = &sql_texts[i];

		fprintf(f, "prepare %s", sql->name);
		for (int k = 0; sql->types[k]; k++)
			fprintf(f, "%s%s%s", k ? ", " : " (",
				sql->types[k] == 't' ? "text" : "bigint",
				sql->types[k + 1] ? "" : ")");
		fprintf(f, " as %s;\n", sql->text);
	}
	fprintf(f, "\\echo prepared %d\n", SQL_COUNT);
}
END_TEST

UNIT_SUITE(store_sql)
{
	Suite *suite = suite_create("store_sql");
	TCase *tc = tcase_create("sql");

	tcase_add_test(tc, steps_are_numbered_from_one);
	tcase_add_test(tc, every_statement_can_be_prepared);
	tcase_add_test(tc, nothing_is_said_for_one_engine_only);
	tcase_add_test(tc, the_script_for_postgresql);
	suite_add_tcase(suite, tc);
	return suite;
}
