/* What older rules judged is told as that: by every report, in every format, and by no other. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "reports/html_page.h"
#include "reports/alarm.h"
#include "reports/model.h"
#include "reports/writer.h"
#include "scanner/policy/policy_store.h"
#include "tests/unit/store/fixture.h"

#define NOW (1000 * DAY_MS + 5 * HOUR_MS)

/* Yesterday h1 was behind and h2 could not be reached yet; today h1 is compliant. */
static struct store *judged(void)
{
	static const struct {
		const char *status;
		int64_t utc_ms;
	} looks[] = { { "behind", NOW - DAY_MS }, { "compliant", NOW - HOUR_MS } };
	struct store *s = open_at(temp_path());
	struct store_host host[2] = { { .name = "h1" }, { .name = "h2" } };
	struct tx *tx = tx_new();

	for (size_t i = 0; i < ARRAY_LEN(host); i++) {
		host[i].address = host[i].owner = host[i].site = host[i].vault = "";
		host[i].cloud = "public";
		host[i].mars = "required";
	}
	tx_inventory(tx, host, ARRAY_LEN(host), NOW - 2 * DAY_MS);
	must_run(s, tx);
	for (size_t i = 0; i < ARRAY_LEN(looks); i++) {
		tx = tx_new();
		tx_look(tx, &(struct store_look){ .host = "h1",
						  .source = "scan",
						  .utc_ms = looks[i].utc_ms,
						  .status = looks[i].status,
						  .version = "2.0.9938.0" });
		must_run(s, tx);
	}
	return s;
}

static struct report *diff_since_yesterday(struct store *s, const struct report_options *o,
					   struct err *err)
{
	return report_diff(s, NOW - 2 * HOUR_MS, NOW, o, err);
}

/* clang-format off */
#define MAKER(name, id, ...) [REPORT_##id] = report_##name,
static struct report *(*const make[REPORT_COUNT])(struct store *s, const struct report_options *o,
						   struct err *err) = {
	REPORT_COMMANDS(MAKER)
	[REPORT_DIFF] = diff_since_yesterday,
};
/* clang-format on */

/* NULL: of a run there is none here. */
static struct report *made(struct store *s, enum report_id id, bool older_rules)
{
	struct policies *policies = policies_default();
	struct report_options options = { .now_utc_ms = NOW,
					  .policies = policies,
					  .older_rules = older_rules,
					  .host_count = -1 };
	struct err err;
	struct report *r = make[id](s, &options, &err);

	policies_free(policies);
	ck_assert_msg(r != NULL || id == REPORT_RUN, "%s", err.msg);
	/* cppcheck-suppress returnDanglingLifetime ; a report keeps nothing of its options */
	return r;
}

/* clang-format off */
static const struct { enum report_format format; const char *older, *today; } said[] = {
	{ FORMAT_TABLE,      "judged by older rules: marshal recheck", NULL },
	{ FORMAT_JSON,       "\"older_rules\": true",                  "\"older_rules\": false" },
	{ FORMAT_HTML,       "judged by older rules",                  NULL },
	{ FORMAT_PROMETHEUS, "\nmarshal_report_older_rules{report=",   "\"} 0\n" },
};
/* clang-format on */

static char *written(const struct report *r, enum report_format format)
{
	struct write_options options = { .wide = true };
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	report_write(r, format, &options, f);
	fclose(f);
	return text;
}

START_TEST(every_report_says_so_in_every_format)
{
	enum report_id id = (enum report_id)_i;
	struct store *s = judged();

	for (int older = 0; older < 2; older++) {
		struct report *r = made(s, id, older);

		for (size_t i = 0; r && i < ARRAY_LEN(said); i++) {
			AUTO_FREE char *text = NULL;

			if (said[i].format == FORMAT_PROMETHEUS && !has_prometheus(id))
				continue;
			text = written(r, said[i].format);
			ck_assert_msg(!!strstr(text, said[i].older) ==
					      (older || said[i].format == FORMAT_PROMETHEUS),
				      "%s", text);
			ck_assert_msg(older || !said[i].today || strstr(text, said[i].today), "%s",
				      text);
		}
		report_free(r);
	}
	store_close(s);
}
END_TEST

/* Cells of a row, by their columns: "compliant|". */
static void is_row(const struct report *r, int row, const int *column, size_t count,
		   const char *want)
{
	char text[200] = "";

	ck_assert_int_lt(row, r->row_count);
	for (size_t i = 0; i < count; i++) {
		const struct cell *cell = report_cell(r, row, column[i]);
		size_t len = strlen(text);

		if (r->column[column[i]].type == COL_TEXT)
			snprintf(text + len, sizeof(text) - len, "%s|",
				 cell->text ? cell->text : "");
		else
			snprintf(text + len, sizeof(text) - len, "%d|", (int)cell->number);
	}
	ck_assert_str_eq(text, want);
}

/* clang-format off */
static const struct { enum report_id report; int row, column[4]; const char *today, *older; } rows[] = {
	{ REPORT_COMPLIANCE, 0, { COMPLIANCE_STATUS, COMPLIANCE_REASON, COMPLIANCE_HOST, COMPLIANCE_HOST },
	  "compliant||h1|h1|", "undetermined|judged by older rules|h1|h1|" },
	{ REPORT_COMPLIANCE, 1, { COMPLIANCE_STATUS, COMPLIANCE_REASON, COMPLIANCE_HOST, COMPLIANCE_HOST },
	  "never-seen||h2|h2|", "never-seen||h2|h2|" },
	/* of the days before, what was judged then */
	{ REPORT_HISTORY, 1, { HISTORY_STATUS + STATUS_BEHIND, HISTORY_STATUS + STATUS_COMPLIANT,
			       HISTORY_STATUS + STATUS_UNDETERMINED, HISTORY_STATUS + STATUS_NEVER_SEEN },
	  "1|0|0|1|", "1|0|0|1|" },
	{ REPORT_HISTORY, 2, { HISTORY_STATUS + STATUS_BEHIND, HISTORY_STATUS + STATUS_COMPLIANT,
			       HISTORY_STATUS + STATUS_UNDETERMINED, HISTORY_STATUS + STATUS_NEVER_SEEN },
	  "0|1|0|1|", "0|0|1|1|" },
	{ REPORT_DIFF, 0, { DIFF_CHANGE, DIFF_BEFORE, DIFF_AFTER, DIFF_HOSTS },
	  "better|behind|compliant|h1|", "worse|behind|undetermined|h1|" },
};
/* clang-format on */

START_TEST(what_stands_now_is_undetermined)
{
	struct store *s = judged();

	for (int older = 0; older < 2; older++) {
		struct report *r = made(s, rows[_i].report, older);

		is_row(r, rows[_i].row, rows[_i].column, ARRAY_LEN(rows[_i].column),
		       older ? rows[_i].older : rows[_i].today);
		report_free(r);
	}
	store_close(s);
}
END_TEST

START_TEST(an_alarm_on_what_nobody_knows_rings)
{
	static const struct {
		const char *word;
		bool older, today;
	} alarms[] = {
		{ "outdated", true, false },  { "never-seen", true, true },
		{ "accepted", false, false }, { "compliant", true, true },
		{ "stale", false, false },
	};
	struct store *s = judged();

	for (int older = 0; older < 2; older++) {
		struct report *r = made(s, REPORT_COMPLIANCE, older);

		for (size_t i = 0; i < ARRAY_LEN(alarms); i++) {
			struct alarms one = { .count = 0 };
			struct err err;

			ck_assert_int_eq(alarms_add(&one, alarm_words(REPORT_COMPLIANCE), "fail-on",
						    alarms[i].word, &err),
					 0);
			ck_assert_msg(alarms_any(&one, r) ==
					      (older ? alarms[i].older : alarms[i].today),
				      "%s %d", alarms[i].word, older);
		}
		report_free(r);
	}
	store_close(s);
}
END_TEST

START_TEST(the_page_says_so)
{
	struct store *s = judged();

	for (int older = 0; older < 2; older++) {
		struct report *r = made(s, REPORT_COMPLIANCE, older);
		AUTO_FREE char *text = NULL;
		size_t size;
		FILE *f = open_memstream(&text, &size);

		page_write(&(struct page){ .compliance = r, .minimum = "", .target = "" }, f);
		fclose(f);
		ck_assert_msg(!!strstr(text, "All hosts were judged by older rules") == older, "%s",
			      text);
		report_free(r);
	}
	store_close(s);
}
END_TEST

UNIT_SUITE(older_rules)
{
	Suite *s = suite_create("older_rules");
	TCase *tc = tcase_create("older_rules");

	tcase_add_loop_test(tc, every_report_says_so_in_every_format, 0, REPORT_COUNT);
	tcase_add_loop_test(tc, what_stands_now_is_undetermined, 0, ARRAY_LEN(rows));
	tcase_add_test(tc, an_alarm_on_what_nobody_knows_rings);
	tcase_add_test(tc, the_page_says_so);
	suite_add_tcase(s, tc);
	return s;
}
