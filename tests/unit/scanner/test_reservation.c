/* test_reservation.c - what the key of a run on a server says: who holds it, whether it may be
 * taken over, and whether obengine is stopped by us. */
#include "../unit.h"

#include <string.h>

#include "answers.h"
#include "base/json.h"
#include "base/mem.h"
#include "scanner/facts/reservation.h"

#define OLD "{\"run\":\"r1\",\"utc_ms\":1,\"sha256\":\"x\"}"
#define HELD(phase, age, hold, engine)                                                           \
	"{\"run\":\"r1\",\"utc_ms\":1,\"sha256\":\"x\",\"phase\":\"" phase "\","                 \
	"\"controller\":\"box-00112233\",\"since_utc_ms\":5,\"seen_utc_ms\":6,\"age_ms\":" age   \
	",\"hold_ms\":" hold ",\"engine\":" engine "}"
#define DAYS_60 "5184000000"    /* a server is up for longer than 32 bits hold */

/* clang-format off */
static const struct {
	const char *label;
	const char *marker, *busy, *processes;
	int64_t later_ms;
	bool overdue;
} holds[] = {
	{ "none",                   "null", "false", "0", 0, false },
	{ "no object",              "[]", "false", "0", 0, false },
	{ "of an older version",    OLD, "false", "0", 99999999, false },
	{ "held",                   HELD("reserved", "1000", "1000", "null"), "false", "0", 0, false },
	{ "over",                   HELD("reserved", "1001", "1000", "null"), "false", "0", 0, true },
	{ "over since the look",    HELD("reserved", "1000", "1000", "null"), "false", "0", 1, true },
	{ "installing and over",    HELD("installing", "1001", "1000", "null"), "false", "0", 0, true },
	{ "over for two months",    HELD("cycling", DAYS_60, "1000", "null"), "false", "0", 0, true },
	{ "an installer works",     HELD("installing", "1001", "1000", "null"), "false", "1", 0, false },
	{ "a transaction works",    HELD("installing", "1001", "1000", "null"), "true", "0", 0, false },
	{ "busy is not known",      HELD("reserved", "1001", "1000", "null"), "null", "0", 0, false },
	{ "installers not counted", HELD("reserved", "1001", "1000", "null"), "false", "null", 0, false },
	{ "age not known",          HELD("reserved", "null", "1000", "null"), "false", "0", 0, false },
	{ "no run, half written",   "{\"hold_ms\":1000,\"age_ms\":5}", "false", "0", 0, true },
	{ "half written, in an installer", "{\"hold_ms\":1000,\"age_ms\":5}", "true", "0", 0, false },
	{ "hold not known",         HELD("reserved", "1001", "null", "null"), "false", "0", 0, false },
};

static const struct {
	const char *label;
	const char *marker, *busy;
	bool at_work;
} works[] = {
	{ "none",                       "null", "true", false },
	{ "reserved only",              HELD("reserved", "1", "2000", "\"running\""), "true", false },
	{ "stopping and starting",      HELD("cycling", "1", "2000", "\"running\""), "false", true },
	{ "and it should be over",      HELD("cycling", "600000", "2000", "\"running\""), "false", false },
	{ "an installer works",         HELD("installing", "2000", "2000", "\"running\""), "true", true },
	{ "one that hangs",             HELD("installing", "2001", "2000", "\"running\""), "true", false },
	{ "it has ended",               HELD("installing", "1", "2000", "\"running\""), "false", false },
	{ "an older version's",         OLD, "true", false },
};

static const struct {
	const char *label;
	const char *service, *marker;
	bool stopped;
} engines[] = {
	{ "runs",                  "\"exists\":true,\"state\":4,\"start\":2", HELD("reserved", "1", "2", "\"running\""), false },
	{ "stopped by us",         "\"exists\":true,\"state\":1,\"start\":2", HELD("reserved", "1", "2", "\"running\""), true },
	{ "stopped by us, long ago", "\"exists\":true,\"state\":1,\"start\":2", HELD("cycling", "600000", "3000000", "\"running\""), true },
	{ "in the middle of it",   "\"exists\":true,\"state\":3,\"start\":2", HELD("cycling", "599999", "3000000", "\"running\""), false },
	{ "behind an installer",   "\"exists\":true,\"state\":1,\"start\":2", HELD("installing", "1", "2", "\"running\""), true },
	{ "no change yet",         "\"exists\":true,\"state\":1,\"start\":2", HELD("reserved", "1", "2", "null"), false },
	{ "being started",         "\"exists\":true,\"state\":2,\"start\":2", HELD("cycling", "1", "2", "\"running\""), false },
	{ "was stopped before",    "\"exists\":true,\"state\":1,\"start\":2", HELD("reserved", "1", "2", "\"stopped\""), false },
	{ "was none before",       "\"exists\":true,\"state\":1,\"start\":2", HELD("reserved", "1", "2", "\"none\""), false },
	{ "no key",                "\"exists\":true,\"state\":1,\"start\":2", "null", false },
	{ "an older version's",    "\"exists\":true,\"state\":1,\"start\":2", OLD, false },
	{ "the service is gone",   "\"exists\":false,\"state\":null,\"start\":null", HELD("reserved", "1", "2", "\"running\""), false },
	{ "its state is not known", "\"exists\":true,\"state\":null,\"start\":2", HELD("reserved", "1", "2", "\"running\""), false },
};
/* clang-format on */

static char *installers(const char *busy, const char *processes, const char *marker)
{
	return xasprintf("\"value\":{\"msi_busy\":%s,\"agent_installer\":%s,\"marker\":%s}", busy,
			 processes, marker);
}

START_TEST(a_reservation_is_overdue_when_nobody_holds_it)
{
	AUTO_FREE char *rest = installers(holds[_i].busy, holds[_i].processes, holds[_i].marker);
	const json_t *value;
	struct facts facts;

	healthy_but(&facts, "installers", rest);
	value = facts_value(&facts, FACT_INSTALLERS);
	ck_assert_msg(value != NULL, "%s: %s", holds[_i].label,
		      facts_find(&facts, FACT_INSTALLERS)->error);
	ck_assert_msg(reservation_overdue(value, holds[_i].later_ms) == holds[_i].overdue, "%s",
		      holds[_i].label);
	facts_release(&facts);
}
END_TEST

START_TEST(a_run_is_at_work_for_a_time)
{
	AUTO_FREE char *rest = installers(works[_i].busy, "0", works[_i].marker);
	struct facts facts;

	healthy_but(&facts, "installers", rest);
	ck_assert_msg(reservation_at_work(facts_value(&facts, FACT_INSTALLERS)) ==
			      works[_i].at_work,
		      "%s", works[_i].label);
	facts_release(&facts);
}
END_TEST

START_TEST(obengine_is_stopped_by_us_where_the_key_says_so)
{
	AUTO_FREE char *rest = installers("false", "0", engines[_i].marker);
	AUTO_FREE char *service = xasprintf("\"value\":{%s}", engines[_i].service);
	struct answer answers[] = { { "installers", rest }, { "service.obengine", service } };
	const char *run = NULL;
	struct facts facts;

	healthy_with(&facts, answers, 2);
	ck_assert_msg(engine_stopped_by_us(&facts, &run) == engines[_i].stopped, "%s",
		      engines[_i].label);
	ck_assert(engine_stopped_by_us(&facts, NULL) == engines[_i].stopped);
	if (engines[_i].stopped)
		ck_assert_str_eq(run, "r1");
	else
		ck_assert_ptr_null(run);
	facts_release(&facts);
}
END_TEST

START_TEST(a_key_without_a_phase_is_a_started_installer)
{
	struct err err;
	AUTO_JSON json_t *old = json_parse(OLD, strlen(OLD), &err);
	AUTO_JSON json_t *held =
		json_pack("{s:s, s:s, s:s, s:i, s:i}", "run", "r2", "phase", "cycling",
			  "controller", "box-00112233", "age_ms", 7, "seen_utc_ms", 8);
	struct reservation r;

	ck_assert(reservation_read(old, &r));
	ck_assert(r.installing && !r.controller && !r.engine_ran);
	ck_assert_str_eq(r.run, "r1");
	ck_assert_int_eq(r.age_ms, -1);
	ck_assert(reservation_read(held, &r));
	ck_assert(!r.installing);
	ck_assert_str_eq(r.phase, "cycling");
	ck_assert_str_eq(r.controller, "box-00112233");
	ck_assert_int_eq(r.age_ms, 7);
	ck_assert_int_eq(r.hold_ms, -1);
	ck_assert_int_eq(r.seen_utc_ms, 8);
	ck_assert(!reservation_read(NULL, &r));
}
END_TEST

UNIT_SUITE(reservation)
{
	Suite *s = suite_create("reservation");
	TCase *tc = tcase_create("the key of a run");

	tcase_add_loop_test(tc, a_reservation_is_overdue_when_nobody_holds_it, 0,
			    (int)ARRAY_LEN(holds));
	tcase_add_loop_test(tc, a_run_is_at_work_for_a_time, 0, (int)ARRAY_LEN(works));
	tcase_add_loop_test(tc, obengine_is_stopped_by_us_where_the_key_says_so, 0,
			    (int)ARRAY_LEN(engines));
	tcase_add_test(tc, a_key_without_a_phase_is_a_started_installer);
	suite_add_tcase(s, tc);
	return s;
}
