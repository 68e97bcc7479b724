/* test_wsb.c - what a host says of the test of Windows Server Backup, and what we make of it. */
#include "../unit.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "upgrader/wsb/wsb.h"

#define BEGUN INT64_C(1790000000000)
/* clang-format off */
#define JOB(state, hresult, begun) \
	"\"job\":{\"type\":\"Backup\",\"state\":\"" state "\",\"hresult\":" hresult \
	",\"begun_utc_ms\":" begun ",\"ended_utc_ms\":1790000600000}"
/* clang-format on */
#define NOW "1790000001000"
#define LONG_AGO "1780000000000"

/* clang-format off */
static const struct {
	const char *label, *answer;
	int64_t begun;                  /* as known before */
	int r;
	enum wsb_end end;
	bool has_job;
} answers[] = {
	{ "it works", "{\"state\":\"ended\",\"begun_utc_ms\":1790000000000,\"exit\":0," JOB("Completed", "0", NOW) "}",
	  0, 1, WSB_WORKS, true },
	{ "with warnings", "{\"state\":\"ended\"," JOB("CompletedWithWarnings", "0", NOW) "}",
	  BEGUN, 1, WSB_WORKS, true },
	{ "it runs", "{\"state\":\"running\"," JOB("Running", "0", NOW) "}", BEGUN, 0, WSB_NONE,
	  false },
	{ "it failed", "{\"state\":\"ended\"," JOB("Failed", "2155348249", NOW) "}", BEGUN, 1,
	  WSB_FAILED, true },
	{ "failed without a code", "{\"state\":\"ended\"," JOB("Failed", "0", NOW) "}", BEGUN, 1,
	  WSB_FAILED, true },
	{ "completed with a code", "{\"state\":\"ended\"," JOB("Completed", "1", NOW) "}", BEGUN, 1,
	  WSB_FAILED, true },
	{ "an older job", "{\"state\":\"ended\"," JOB("Completed", "0", LONG_AGO) "}", BEGUN, 1,
	  WSB_FAILED, false },
	{ "no job", "{\"state\":\"ended\",\"exit\":-3,\"job\":null}", BEGUN, 1, WSB_FAILED, false },
	{ "nobody knows when it began", "{\"state\":\"ended\"," JOB("Completed", "0", NOW) "}", 0,
	  1, WSB_FAILED, false },
	{ "none, and an old job", "{\"state\":\"none\"," JOB("Completed", "0", LONG_AGO) "}", 0, 1,
	  WSB_NONE, true },
	{ "none any more, and its job", "{\"state\":\"none\"," JOB("Completed", "0", NOW) "}",
	  BEGUN, 1, WSB_WORKS, true },
	{ "none and nothing", "{\"state\":\"none\",\"job\":null}", 0, 1, WSB_NONE, false },
	{ "a time that cannot be", "{\"state\":\"ended\",\"begun_utc_ms\":-9223372036854775807," JOB("Completed", "0", NOW) "}",
	  0, 1, WSB_FAILED, false },
	{ "a word we do not know", "{\"state\":\"beendet\"}", BEGUN, -1, WSB_NONE, false },
	{ "no word", "{\"state\":7}", BEGUN, -1, WSB_NONE, false },
};
/* clang-format on */

START_TEST(the_end_is_judged_by_numbers_and_words)
{
	AUTO_JSON json_t *answer = json_parse(answers[_i].answer, strlen(answers[_i].answer), NULL);
	struct wsb_result result = { .end = WSB_NONE };
	int64_t begun = answers[_i].begun;
	struct err err;
	int r = wsb_read(answer, &begun, &result, &err);

	ck_assert_msg(r == answers[_i].r, "%s: %d", answers[_i].label, r);
	ck_assert_msg(result.end == answers[_i].end, "%s: %s", answers[_i].label,
		      wsb_end_name(result.end));
	ck_assert(result.has_job == answers[_i].has_job);
}
END_TEST

START_TEST(a_hostile_word_is_cut_and_escaped)
{
	static const char text[] =
		"{\"state\":\"ended\",\"job\":{\"hresult\":1,\"begun_utc_ms\":" NOW
		",\"state\":\"\\u001b[31mAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		"\"}}";
	AUTO_JSON json_t *answer = json_parse(text, sizeof(text) - 1, NULL);
	struct wsb_result result;
	int64_t begun = BEGUN;
	struct err err;

	ck_assert_int_eq(wsb_read(answer, &begun, &result, &err), 1);
	ck_assert_uint_lt(strlen(result.state), sizeof(result.state));
	ck_assert_ptr_null(strchr(result.state, 0x1b));
}
END_TEST

UNIT_SUITE(wsb)
{
	Suite *s = suite_create("wsb");
	TCase *tc = tcase_create("wsb");

	tcase_add_loop_test(tc, the_end_is_judged_by_numbers_and_words, 0, ARRAY_LEN(answers));
	tcase_add_test(tc, a_hostile_word_is_cut_and_escaped);
	suite_add_tcase(s, tc);
	return s;
}
