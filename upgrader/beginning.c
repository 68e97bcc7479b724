/* beginning.c - see beginning.h. */
#include "upgrader/beginning.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/term.h"
#include "scanner/died.h"
#include "scanner/policy/policy_store.h"
#include "scanner/recheck.h"
#include "scanner/remember.h"
#include "upgrader/planned.h"
#include "upgrader/show.h"

/* A plan that shall be confirmed is made of what today's rules find; one that is only read tells
 * that older ones found it, and changes nothing. */
static int judge_first(const struct upgrade *u, struct err *err)
{
	AUTO_FREE char *said = NULL;
	struct policies *policies;
	int older;

	if (!u->o->dry_run) {
		policies = policies_adopt(u->store, NULL, &said, err);
		if (said)
			log_line(LOG_WARN, "%s", said);
		policies_free(policies);
		return policies ? 0 : -1;
	}
	older = judged_by_older_rules(u->store, err);
	if (older > 0)
		warn_older_rules();
	return older < 0 ? -1 : 0;
}

static int choose_canary(struct beginning *b, struct err *err)
{
	const struct upgrade *u = &b->u;
	struct selection canary;
	int r;

	if (u->o->canary.count == 0)
		return 0;
	if (inventory_select(u->inv, (char *const *)u->o->canary.item, u->o->canary.count, &canary,
			     err) < 0)
		return err_in(err, "--canary");
	r = plan_canary(&b->plan, &u->terms, &canary, err);
	selection_release(&canary);
	return r;
}

/* Of a plan that nobody stores: the policy may want somebody else to approve one. */
static int want_no_plan(const struct upgrade *u, struct err *err)
{
	struct policies *policies = policies_load(u->store, err);
	bool another;

	if (!policies)
		return -1;
	another = policies_another_login(policies) && !u->o->dry_run && !u->terms.rehearse;
	policies_free(policies);
	if (!another)
		return 0;
	err_set(err, ERR_USAGE, "the policy wants upgrades to be approved by another login");
	return err_hint(err,
			"store a plan with `marshal upgrade plan`, for somebody else to approve");
}

/* Those behind the command, and those of --pattern. */
static int choose_hosts(struct beginning *b, char **args, int nargs, struct err *err)
{
	const struct upgrade_opts *o = b->u.o;
	int count = nargs + o->pattern.count;
	AUTO_FREE char **pattern = xcalloc((size_t)count + 1, sizeof(*pattern));

	for (int i = 0; i < count; i++)
		pattern[i] = i < nargs ? args[i] : (char *)o->pattern.item[i - nargs];
	return inventory_choose(b->u.inv,
				&(struct wish){ pattern, count, &o->choice, b->u.app->db },
				&b->hosts, err);
}

int beginning_make(struct beginning *b, char **args, int nargs, struct err *err)
{
	struct upgrade *u = &b->u;
	const struct upgrade_opts *o = u->o;
	struct upgrade_terms terms;

	if (!o->installer)
		return err_set(
			err, ERR_USAGE,
			"--installer FILE is missing: what shall the hosts be upgraded with?");
	if (nargs + o->pattern.count == 0 && !choice_is_made(&o->choice))
		return err_set(err, ERR_USAGE,
			       "name the hosts to upgrade; 'all' is every host of the inventory");
	if (upgrade_options_read(o, &u->terms, &u->way, err) < 0 ||
	    installer_open(o->installer, &u->installer, err) < 0)
		return -1;
	if (!u->terms.allow_unsigned && installer_want_signature(&u->installer, err) < 0)
		return -1;
	b->kept = upgrade_options_keep(u->app, o, &u->terms, u->installer.len, err);
	if (!b->kept)
		return -1;
	u->inv = inventory_open(u->app, err);
	if (!u->inv || choose_hosts(b, args, nargs, err) < 0 ||
	    upgrade_open_store(u, false, err) < 0)
		return -1;
	if ((!o->dry_run && inventory_remember(u->inv, u->store, err) < 0) ||
	    warn_died(u->store, err) < 0 || judge_first(u, err) < 0)
		return -1;
	if (!b->stored && want_no_plan(u, err) < 0)
		return -1;
	terms = u->terms;
	if (b->stored && planned_span(u->store, &terms.deadline_ms, err) < 0)
		return -1;
	if (plan_make(u->store, &b->hosts, &u->installer, &terms, &b->plan, err) < 0)
		return -1;
	return choose_canary(b, err);
}

void beginning_print(const struct beginning *b)
{
	const struct upgrade *u = &b->u;
	AUTO_FREE char *with = upgrade_options_text(u->o, &u->terms);

	plan_print(&b->plan, &u->installer, &u->terms);
	term_say(stdout, "with %s", with);
}

void beginning_free(struct beginning *b)
{
	plan_release(&b->plan);
	json_decref(b->kept);
	selection_release(&b->hosts);
	upgrade_release(&b->u);
	free(b);
}
