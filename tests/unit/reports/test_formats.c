/* test_formats.c - what reports promise: docs/formats.md, the help of --fail-on, and the words that
 * other folders have too. All of it walks the lists that the program is made of. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "reports/alarm.h"
#include "reports/commands.h"
#include "reports/html.h"
#include "reports/writer.h"
#include "scanner/checks/checks.h"
#include "scanner/duties.h"
#include "store/outcomes.h"
#include "tests/unit/store/fixture.h"

#define NOW (1000 * DAY_MS)

static struct store *store_with_run(void)
{
	struct store *s = temp_store();
	struct store_run_row run = { .id = 1,
				     .name = "20261121-7c3e",
				     .installer = "x.exe",
				     .sha256 = "ab",
				     .target = "2.0.9938.0",
				     .options = "{}",
				     .state = "running",
				     .actor = "me",
				     .begun_utc_ms = NOW };
	struct tx *tx = tx_new();

	tx_run_create(tx, &run, NULL, 0);
	must_run(s, tx);
	return s;
}

/* Ids of the table below a heading, joined by commas. Yours. */
static char *documented(const char *heading)
{
	struct err err;
	size_t len;
	AUTO_FREE char *page = file_read("docs/formats.md", 100000, &len, &err);
	struct buf ids;
	char *at;

	ck_assert_msg(page != NULL, "%s (unit tests run at the top of the sources)", err.msg);
	at = strstr(page, heading);
	ck_assert_msg(at != NULL, "no '%s'", heading);
	buf_init(&ids, 4096);
	for (at = strstr(at, "| `"); at && strncmp(at, "| `", 3) == 0; at = strchr(at, '\n') + 1)
		buf_addf(&ids, "%s%.*s", ids.len ? "," : "", (int)strcspn(at + 3, "`"), at + 3);
	return buf_take(&ids);
}

/* A column that no code fills would be empty for ever. */
#define CHECKS_FILL(id, ...) { "reports/report_checks.c", #id },
#define COMPLIANCE_FILL(id, ...) { "reports/report_compliance.c", #id },
#define DIFF_FILL(id, ...) { "reports/report_diff.c", #id },
#define EXCEPTIONS_FILL(id, ...) { "reports/report_exceptions.c", #id },
#define FAULTS_FILL(id, ...) { "reports/report_faults.c", #id },
#define HISTORY_FILL(id, ...) { "reports/report_history.c", #id },
#define RUN_FILL(id, ...) { "reports/report_run.c", #id },
#define VERSIONS_FILL(id, ...) { "reports/report_versions.c", #id },

/* clang-format off */
static const struct { const char *path, *column; } filled[] = {
	CHECKS_COLUMNS(CHECKS_FILL) CHECKS_COLUMNS_BEHIND(CHECKS_FILL) COMPLIANCE_COLUMNS(COMPLIANCE_FILL)
	DIFF_COLUMNS(DIFF_FILL) EXCEPTIONS_COLUMNS(EXCEPTIONS_FILL) FAULTS_COLUMNS(FAULTS_FILL)
	HISTORY_COLUMNS(HISTORY_FILL) RUN_COLUMNS(RUN_FILL) VERSIONS_COLUMNS(VERSIONS_FILL)
};
/* clang-format on */

START_TEST(every_column_is_filled)
{
	AUTO_FREE char *text = xasprintf("report_text(r, %s,", filled[_i].column);
	AUTO_FREE char *number = xasprintf("report_int(r, %s,", filled[_i].column);
	struct err err;
	size_t len;
	AUTO_FREE char *code = file_read(filled[_i].path, 100000, &len, &err);

	ck_assert_msg(code != NULL, "%s", err.msg);
	ck_assert_msg(strstr(code, text) || strstr(code, number), "%s: %s", filled[_i].path,
		      filled[_i].column);
}
END_TEST

static const char *const type_names[] = {
	[COL_TEXT] = "text", [COL_INT] = "number", [COL_SPAN] = "number", [COL_BOOL] = "yes/no",
	[COL_TIME] = "time", [COL_LIST] = "list",  [COL_SHARE] = "share",
};

/* The line of a column in the table below a heading, from its type on. Yours. */
static char *documented_column(const char *heading, const char *id)
{
	AUTO_FREE char *row = xasprintf("\n| `%s` | ", id);
	struct err err;
	size_t len;
	AUTO_FREE char *page = file_read("docs/formats.md", 100000, &len, &err);
	const char *below = strstr(page, heading), *at = below ? strstr(below, row) : NULL;

	ck_assert_msg(at != NULL, "docs/formats.md: no %s below '%s'", id, heading);
	at += strlen(row);
	return xstrndup(at, strcspn(at, "\n"));
}

static struct report *any_diff(struct store *s, const struct report_options *o, struct err *err)
{
	return report_diff(s, o->now_utc_ms - DAY_MS, o->now_utc_ms, o, err);
}

static char *columns_of(const struct report *r)
{
	struct buf ids;

	buf_init(&ids, 4096);
	for (int i = 0; i < r->column_count; i++)
		buf_addf(&ids, "%s%s", i ? "," : "", r->column[i].id);
	return buf_take(&ids);
}

#define PAGE_OF(name, ...) report_##name,
static struct report *(*const makes[])(struct store *s, const struct report_options *o,
				       struct err *err) = { REPORT_COMMANDS(PAGE_OF) any_diff };
_Static_assert(ARRAY_LEN(makes) == REPORT_COUNT, "every report is looked at");

/* A gauge that is written stands in the line of its report in the table of gauges. */
static void gauges_are_documented(const struct report *r)
{
	AUTO_FREE char *begin = xasprintf("\n| %s | ", r->name);
	struct err err;
	size_t len, size;
	AUTO_FREE char *page = file_read("docs/formats.md", 100000, &len, &err), *text = NULL;
	FILE *f = open_memstream(&text, &size);
	const char *line = strstr(page, begin);

	report_write(r, FORMAT_PROMETHEUS, &(struct write_options){ .wide = false }, f);
	fclose(f);
	ck_assert_msg(line != NULL, "docs/formats.md: no gauges of %s", r->name);
	for (char *at = text; (at = strstr(at, "# TYPE ")); at++) {
		const char *name = at + strlen("# TYPE ");
		AUTO_FREE char *code = xasprintf("`%.*s", (int)strcspn(name, " "), name);
		const char *said = strstr(line, code);
		bool each = strncmp(code, "`marshal_report_", 16) == 0;

		ck_assert_msg(said && (each || said < strchr(line + 1, '\n')), "%s: %s", r->name,
			      code);
	}
}

/* "The status is the first that holds": in the order of the rows. */
START_TEST(help_names_every_status_in_its_order)
{
	const char *at = strstr(cmd_report_compliance.more, "the first that holds: ");

	ck_assert_ptr_nonnull(at);
	for (int i = 0; i < STATUS_COUNT; i++) {
		const char *word = strstr(at, statuses[i].word);

		ck_assert_msg(word != NULL, "no %s behind: %s", statuses[i].word, at);
		at = word + strlen(statuses[i].word);
	}
}
END_TEST

#define STATE_SAID(id, word, then, ...) word then
START_TEST(the_page_has_every_state_of_a_run)
{
	struct err err;
	size_t len;
	AUTO_FREE char *page = file_read("docs/formats.md", 100000, &len, &err);

	ck_assert_msg(page && strstr(page, "`state` (" RUN_STATES(STATE_SAID) ")"),
		      "docs/formats.md: no " RUN_STATES(STATE_SAID));
}
END_TEST

START_TEST(the_page_of_formats_is_true)
{
	struct policies *policies = policies_default();
	struct report_options options = { .now_utc_ms = NOW,
					  .policies = policies,
					  .host_count = -1 };
	struct store *s = store_with_run();
	struct err err;
	struct report *r = makes[_i](s, &options, &err);

	policies_free(policies);

	ck_assert_msg(r != NULL, "%s", err.msg);
	AUTO_FREE char *heading = xasprintf("## %s, version %d\n", r->name, r->version);
	AUTO_FREE char *said = documented(heading), *have = columns_of(r);

	ck_assert_str_eq(r->name, report_kind((enum report_id)_i)->name);
	ck_assert_str_eq(said, have);
	for (int i = 0; i < r->column_count; i++) {
		AUTO_FREE char *line = documented_column(heading, r->column[i].id);
		const char *type = type_names[r->column[i].type];

		ck_assert_msg(strncmp(line, type, strlen(type)) == 0, "%s: %s", r->column[i].id,
			      line);
	}
	if (has_prometheus((enum report_id)_i))
		gauges_are_documented(r);
	report_free(r);
	store_close(s);
}
END_TEST

/* The store finds trouble by the words of verdicts: the same ones as we do. */
START_TEST(the_store_knows_trouble)
{
	struct store_finding found[VERDICT_COUNT];
	struct store_look look = { .host = "h1",
				   .source = "scan",
				   .utc_ms = NOW,
				   .finding = found,
				   .finding_count = VERDICT_COUNT,
				   .status = "outdated",
				   .version = "" };
	struct store *s = temp_store();
	struct tx *tx = tx_new();
	struct host_rows rows;
	struct err err;
	int trouble = 0;

	for (int i = 0; i < VERDICT_COUNT; i++) {
		found[i] = (struct store_finding){ checks[i].id, verdict_name((enum verdict)i), "x",
						   NULL, false };
		trouble += verdict_is_trouble((enum verdict)i);
	}
	tx_look(tx, &look);
	must_run(s, tx);
	ck_assert_int_eq(store_hosts(s, "h1", ROWS_TROUBLE, &rows, &err), 0);
	ck_assert_int_eq(rows.row->finding_count, trouble);
	for (int i = 0; i < rows.row->finding_count; i++)
		ck_assert(verdict_is_trouble(verdict_from_name(rows.row->finding[i].verdict)));
	host_rows_release(&rows);
	store_close(s);
}
END_TEST

/* The words that a column may have stand in its line. */
#define STATUS_SAID(id, word, ...) { "## compliance,", "status", word },
#define OUTCOME_SAID(id, word, ...) { "## run,", "outcome", word },
#define VERSION_SAID(id, word, ...) { "## versions,", "state", word },
#define EXCEPTION_SAID(id, word, ...) { "## exceptions,", "state", word },
#define CHANGE_SAID(id, word, ...) { "## diff,", "change", word },
#define SEVERITY_SAID(id, word, ...) { "## checks,", "severity", word },

/* clang-format off */
static const struct { const char *heading, *column, *word; } said[] = {
	STATUSES(STATUS_SAID) OUTCOMES(OUTCOME_SAID) SEVERITIES(SEVERITY_SAID)
	VERSION_STATES(VERSION_SAID) EXCEPTION_STATES(EXCEPTION_SAID) DIFF_CHANGES(CHANGE_SAID)
};
/* clang-format on */

START_TEST(a_word_is_documented_at_its_column)
{
	AUTO_FREE char *line = documented_column(said[_i].heading, said[_i].column);

	ck_assert_msg(strstr(line, said[_i].word) != NULL, "%s %s: no '%s'", said[_i].heading,
		      said[_i].column, said[_i].word);
}
END_TEST

static bool says(const char *path, const char *text)
{
	struct err err;
	size_t len;
	AUTO_FREE char *whole = file_read(path, 1 << 20, &len, &err);

	ck_assert_msg(whole != NULL, "%s", err.msg);
	return strstr(whole, text) != NULL;
}

#define COMMAND_OF(name, ...) &cmd_report_##name,
static const struct cmd *const commands[] = { REPORT_COMMANDS(COMMAND_OF) };

/* A word of a list that the help names as a whole: "a status". */
#define IS_WORD(id, word, ...) || strcmp(text, word) == 0
static bool is_named(const char *help, const char *text)
{
	return strstr(help, text) || (strstr(help, "a status") && (false STATUSES(IS_WORD))) ||
	       (strstr(help, "an outcome") && (false OUTCOMES(IS_WORD))) ||
	       (strstr(help, "a fault") && err_from_name(text) != ERR_NONE);
}

/* --fail-on is there for the reports that have words, and its help names all of them. */
START_TEST(the_words_that_ring_are_an_option)
{
	const struct alarm_word *word = alarm_words((enum report_id)_i);
	const struct opt *o = commands[_i]->options;

	while (o->name && strcmp(o->name, "fail-on") != 0)
		o++;
	ck_assert_msg((o->name != NULL) == (word != NULL), "%s", commands[_i]->name);
	for (; word && word->word; word++) {
		ck_assert_msg(word->column < report_kind((enum report_id)_i)->column_count, "%s",
			      word->word);
		ck_assert_msg(is_named(o->help, word->word), "%s: %s", commands[_i]->name,
			      word->word);
	}
}
END_TEST

/* Every word of the lists rings in its report, and has a tone on a page where it is a state. */
#define STATUS_RINGS(id, word, ...) { REPORT_COMPLIANCE, word, true },
#define BESIDE_RINGS(id, word, ...) { REPORT_COMPLIANCE, word, false },
#define VERDICT_RINGS(id, word, alarm, ...) { REPORT_CHECKS, alarm, false },
#define FAULT_RINGS(id, word, ...) { REPORT_FAULTS, word, false },
#define VERSION_RINGS(id, word, ...) { REPORT_VERSIONS, word, true },
#define EXCEPTION_RINGS(id, word, ...) { REPORT_EXCEPTIONS, word, true },
#define DUTY_RINGS(id, word, ...) { REPORT_RUN, word, false },
#define OUTCOME_RINGS(id, word, ...) { REPORT_RUN, word, true },

/* clang-format off */
static const struct { enum report_id report; const char *word; bool is_state; } rings[] = {
	STATUSES(STATUS_RINGS) WORDS_BESIDE(BESIDE_RINGS) VERDICTS(VERDICT_RINGS) FAULTS(FAULT_RINGS)
	VERSION_STATES(VERSION_RINGS) EXCEPTION_STATES(EXCEPTION_RINGS) OUTCOMES(OUTCOME_RINGS)
	DUTIES(DUTY_RINGS) { REPORT_RUN, WORD_ANY_DUTY, false }, { REPORT_RUN, WORD_STOPPED, false }, { REPORT_DIFF, WORD_WORSE, false },
};
/* clang-format on */

START_TEST(every_word_rings)
{
	struct opt_list list = { .item = (const char *[]){ rings[_i].word }, .count = 1 };
	struct alarms alarms;
	struct err err;

	if (rings[_i].is_state)
		ck_assert_msg(html_tone(rings[_i].word)[0], "%s", rings[_i].word);
	if (!rings[_i].word[0])
		return;                 /* a verdict that is no trouble */
	ck_assert_msg(
		alarms_parse(alarm_words(rings[_i].report), "fail-on", &list, &alarms, &err) == 0,
		"%s", err.msg);
}
END_TEST

START_TEST(a_command_of_a_report_has_its_name)
{
	AUTO_FREE char *name = xasprintf("report %s", report_kind((enum report_id)_i)->name);

	ck_assert_str_eq(commands[_i]->name, name);
}
END_TEST

/* What a row of statuses.h cannot make. */
START_TEST(a_status_is_told_everywhere)
{
	const struct status_row *row = &statuses[_i];
	AUTO_FREE char *class = xasprintf(".%s { fill:", row->area);
	AUTO_FREE char *color = xasprintf("--%s: #", row->area);

	ck_assert_msg(strstr(cmd_report_compliance.more, row->word) != NULL, "help: %s", row->word);
	ck_assert_msg(says("reports/page.css", class) && says("reports/page.css", color),
		      "reports/page.css: %s", row->area);
	for (int i = 0; i < _i; i++)
		ck_assert_str_ne(statuses[i].area, row->area);
}
END_TEST

/* Ids that were promised; new ones come behind them. */
START_TEST(the_header_is_stable)
{
	static const char promised[] =
		"host,status,unreachable,fault,stale,facts_age_s,version,minimum,target,"
		"failing_checks,unknown_checks,warning_checks,agent_found,last_seen,last_tried,"
		"owner,site,vault,address,accepted,exceptions";
	struct report *r = report_new(report_kind(REPORT_COMPLIANCE));
	AUTO_FREE char *have = columns_of(r);

	ck_assert(strncmp(have, promised, strlen(promised)) == 0);
	report_free(r);
}
END_TEST

UNIT_SUITE(formats)
{
	Suite *s = suite_create("formats");
	TCase *tc = tcase_create("formats");

	tcase_add_test(tc, help_names_every_status_in_its_order);
	tcase_add_test(tc, the_page_has_every_state_of_a_run);
	tcase_add_loop_test(tc, the_page_of_formats_is_true, 0, REPORT_COUNT);
	tcase_add_loop_test(tc, every_column_is_filled, 0, ARRAY_LEN(filled));
	tcase_add_test(tc, the_store_knows_trouble);
	tcase_add_loop_test(tc, a_word_is_documented_at_its_column, 0, ARRAY_LEN(said));
	tcase_add_loop_test(tc, the_words_that_ring_are_an_option, 0, ARRAY_LEN(commands));
	tcase_add_loop_test(tc, every_word_rings, 0, ARRAY_LEN(rings));
	tcase_add_loop_test(tc, a_command_of_a_report_has_its_name, 0, ARRAY_LEN(commands));
	tcase_add_loop_test(tc, a_status_is_told_everywhere, 0, STATUS_COUNT);
	tcase_add_test(tc, the_header_is_stable);
	suite_add_tcase(s, tc);
	return s;
}
