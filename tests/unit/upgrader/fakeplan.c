/* fakeplan.c - a stored plan of a fake fleet: made, staged, started. */
#include "base/mem.h"
#include "tests/unit/unit.h"
#include "tests/unit/upgrader/fakefleet.h"
#include "upgrader/planned.h"

void fake_plan(struct fake_fleet *f, const struct upgrade_terms *terms)
{
	struct run run = { .terms = *terms, .store = f->store, .installer = &f->installer };
	AUTO_JSON json_t *options = json_object();
	struct store_plan_row row;
	struct selection hosts;
	struct plan plan;
	struct err err;

	ck_assert_int_eq(inventory_select(f->inv, NULL, 0, &hosts, &err), 0);
	ck_assert_msg(plan_make(f->store, &hosts, &f->installer, terms, &plan, &err) == 0, "%s",
		      err.msg);
	ck_assert_msg(planned_store(&run, &plan, options, &(struct planned_words){ "p", NULL },
				    &row, &err) == 0,
		      "%s", err.msg);
	plan_release(&plan);
	selection_release(&hosts);
	store_plan_release(&row);
	run_release(&run);
}

/* Also asks whether it still is what was hashed. */
static void read_plan(struct fake_fleet *f, struct run *run, uv_loop_t *loop)
{
	struct store_plan_row row;
	struct err err;

	*run = (struct run){ .staging = NULL };
	upgrade_terms_default(&run->terms);
	if (f->planned)
		run->terms = *f->planned;
	run->terms.push_large = run->terms.push = true;
	fake_prepare(f, run, loop);
	ck_assert_msg(store_plan_find(f->store, "p", &row, &run->row, &err) == 0, "%s", err.msg);
	ck_assert_msg(planned_read(run, &row, f->inv, &err) == 0, "%s", err.msg);
	for (int i = 0; i < run->count; i++)
		run->job[i].ended = run->job[i].stood = *run->job[i].row.outcome;
	store_plan_release(&row);
}

void fake_stage(struct fake_fleet *f, struct run *run)
{
	uv_loop_t loop;
	struct err err;

	read_plan(f, run, &loop);
	run->rate.bytes_s = f->bytes_s;
	run->site_bytes_s = f->site_bytes_s;
	ck_assert_msg(planned_stage(run, &(struct store_plan_row){ .name = (char *)"p" }, &err) ==
			      0,
		      "%s", err.msg);
	fake_drive(f, run);
}

void fake_start(struct fake_fleet *f, struct run *run)
{
	uv_loop_t loop;
	struct err err;

	read_plan(f, run, &loop);
	ck_assert_msg(planned_start(run, &err) == 0, "%s", err.msg);
	fake_drive(f, run);
}
