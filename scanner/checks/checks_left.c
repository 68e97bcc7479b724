/* checks_left.c - what runs of marshal left on a server: tasks, folders, a reservation that nobody
 * holds any more. */
#include <stdio.h>

#include "base/json.h"
#include "scanner/checks/checks_inside.h"
#include "scanner/facts/left.h"
#include "scanner/facts/reservation.h"

/* "run R, which is over": whose it is, and why that may go. */
static void say_whose(const struct left_run *run, char out[EVIDENCE_MAX / 2])
{
	char until[CLOCK_TEXT];

	if (*run->plan)
		snprintf(out, EVIDENCE_MAX / 2, "plan %s, which %s%s", run->plan,
			 run->left_plan	   ? "was started without this host" :
			 run->until_utc_ms ? "expired at " :
					     "was dropped",
			 clock_format_utc(run->until_utc_ms, until));
	else
		snprintf(out, EVIDENCE_MAX / 2, "run %s, which %s", run->name,
			 run->known ? "is over" : "this database does not know");
}

static void say_run(const struct left_run *run, char *evidence)
{
	char since[CLOCK_TEXT], what[80] = "", whose[EVIDENCE_MAX / 2];
	size_t at = 0;

	if (run->tasks)
		at += (size_t)snprintf(what, sizeof(what), "%d task%s", run->tasks,
				       run->tasks == 1 ? "" : "s");
	if (run->folders)
		at += (size_t)snprintf(what + at, sizeof(what) - at, "%s%d folder%s",
				       at ? ", " : "", run->folders, run->folders == 1 ? "" : "s");
	if (run->marker)
		snprintf(what + at, sizeof(what) - at, "%sits reservation", at ? ", " : "");
	clock_format_utc(run->since_utc_ms, since);
	say_whose(run, whose);
	say_also(evidence, "of %s: %s%s%s", whose, what, *since ? ", since " : "", since);
}

static void say_goes_on(const struct left_run *run, char *evidence)
{
	char staged[EVIDENCE_MAX / 2];

	if (*run->plan || run->controller) {
		left_staged_text(run, staged, sizeof(staged));
		say_also(evidence, "%s", staged);
		return;
	}
	say_also(evidence, "run %s is not over: `marshal upgrade resume %s` goes on with it",
		 run->name, run->name);
}

enum verdict judge_left_overs(const struct context *c, char *evidence)
{
	char who[EVIDENCE_MAX / 2];
	struct reservation key;
	enum verdict verdict;
	const json_t *installers;
	struct left left;

	if (!need(c, FACT_LEFT_OVERS, evidence, &verdict))
		return verdict;
	installers = need(c, FACT_INSTALLERS, evidence, &verdict);
	if (!installers)
		return verdict;
	if (reservation_read(json_get_obj(installers, "marker"), &key) &&
	    !reservation_overdue(installers, 0)) {
		reservation_text(&key, who, sizeof(who));
		return say(evidence, V_PASS, "reserved %s", who);
	}
	left_find(c->facts, c->past, &left);
	for (int i = 0; i < left.count; i++)
		if (left.run[i].over)
			say_run(&left.run[i], evidence);
	if (left.nameless)
		say_also(evidence, "a reservation that names no run");
	for (int i = 0; i < left.count; i++)
		if (!left.run[i].over)
			say_goes_on(&left.run[i], evidence);
	if (left.over)
		return V_WARN;
	return left.count ? V_PASS : say(evidence, V_PASS, "no run of marshal left anything");
}
