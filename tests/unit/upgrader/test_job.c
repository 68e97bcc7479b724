/* test_job.c - the table of edges: whole, without a dead end, and as ARCHITECTURE.md shows it. */
#include "tests/unit/unit.h"

#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "upgrader/job/job.h"

START_TEST(the_table_names_every_state_once_and_leads_to_the_end)
{
	for (int s = 0; s < JOB_STATE_COUNT; s++) {
		enum job_state state, found;
		int steps = 0;

		ck_assert(job_state_from_name(job_state_name((enum job_state)s), &found));
		ck_assert_int_eq(found, s);
		for (state = (enum job_state)s; state != JOB_ENDED; state = edge_of(state)->to)
			ck_assert_msg(edge_of(state) && ++steps < 20, "state %s",
				      job_state_name(state));
	}
}
END_TEST

/* A reader meets the edges in ARCHITECTURE.md first. */
START_TEST(the_page_has_every_edge)
{
	struct err err;
	size_t len;
	AUTO_FREE char *page = file_read("ARCHITECTURE.md", 100000, &len, &err);

	ck_assert_msg(page != NULL, "%s (unit tests run at the top of the sources)", err.msg);
	for (const struct edge *e = edges; e->work && e->from != JOB_UNDO; e++) {
		AUTO_FREE char *row = xasprintf("\n   | %s | %s | %s |\n", job_state_name(e->from),
						job_state_name(e->to), e->done);

		ck_assert_msg(strstr(page, row) != NULL, "ARCHITECTURE.md: no%s", row);
	}
}
END_TEST

UNIT_SUITE(job)
{
	Suite *s = suite_create("job");
	TCase *tc = tcase_create("job");

	tcase_add_test(tc, the_table_names_every_state_once_and_leads_to_the_end);
	tcase_add_test(tc, the_page_has_every_edge);
	suite_add_tcase(s, tc);
	return s;
}
