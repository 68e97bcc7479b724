/* starting.c - see starting.h. */
#include "upgrader/starting.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "scanner/recheck.h"
#include "scanner/remember.h"

int starting_prove(struct starting *s, const char *name, struct err *err)
{
	struct upgrade *u = &s->u;
	AUTO_FREE char *said = NULL;
	struct policies *policies;

	store_plan_release(&s->plan);
	store_run_release(&u->run.row);
	inventory_free(u->inv);
	u->inv = NULL;
	if (store_plan_find(u->store, name, &s->plan, &u->run.row, err) != 0 ||
	    planned_waits(&u->run, &s->plan, err) != 0)
		return -1;
	if (s->run != 0 && s->run != u->run.row.id)
		return err_set(err, ERR_USAGE,
			       "plan '%s' is another one now than when the question was asked",
			       name);
	s->run = u->run.row.id;
	if (planned_in_no_hands(u->store, &s->plan, err) != 0)
		return -1;
	json_decref(s->options);
	s->options = json_parse_trusted(u->run.row.options, strlen(u->run.row.options), err);
	if (!s->options)
		return err_in(err, "plan '%s'", s->plan.name);
	if (upgrade_options_again(u->o, s->options, &u->terms, &u->way, err) != 0)
		return -1;
	if (!u->installer.path && upgrade_open_same_installer(u, err) != 0)
		return -1;
	u->inv = upgrade_inventory(u->app, s->options, err);
	if (!u->inv || inventory_remember(u->inv, u->store, err) != 0)
		return -1;
	policies = policies_adopt(u->store, NULL, &said, err);
	if (said)
		log_line(LOG_WARN, "%s", said);
	if (!policies)
		return -1;
	policies_free(policies);
	upgrade_prepare(u);
	if (s->stages && planned_stage(&u->run, &s->plan, err) != 0)
		return -1;
	return planned_prove(&u->run, &s->plan, u->inv, err);
}

void starting_tell_leaving(const struct run *run, const bool *told)
{
	for (int i = 0; i < run->count; i++)
		if (run->job[i].left_because && !(told && told[i]))
			log_line(LOG_WARN, "%s: leaves the plan: %s%s", run->job[i].row.host,
				 run->job[i].left_because,
				 *run->job[i].row.folder ?
					 "; its folder there goes with the next upgrade or "
					 "`marshal upgrade clean`" :
					 "");
}

static int count_left(const struct starting *s, struct err *err)
{
	int count = planned_count(&s->u.run);

	if (count == 0)
		err_set(err, ERR_USAGE, "no host of plan '%s' would be upgraded any more",
			s->plan.name);
	return count;
}

int starting_ask(struct starting *s, const char *name,
		 int (*ask)(const struct starting *s, int count, struct err *err), struct err *err)
{
	struct run *run = &s->u.run;
	AUTO_FREE bool *told = NULL;
	int count = count_left(s, err), before = run->count;

	if (count == 0)
		return -1;
	if (s->u.o->yes)
		return 0;
	if (ask(s, count, err) != 0)
		return -1;
	told = xcalloc((size_t)before + 1, sizeof(*told));
	for (int i = 0; i < before; i++)
		told[i] = run->job[i].left_because != NULL;
	if (starting_prove(s, name, err) != 0)
		return -1;
	starting_tell_leaving(run, run->count == before ? told : NULL);
	return count_left(s, err) > 0 ? 0 : -1;
}

void starting_free(struct starting *s)
{
	store_plan_release(&s->plan);
	json_decref(s->options);
	upgrade_release(&s->u);
	free(s);
}
