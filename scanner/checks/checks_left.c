/* checks_left.c - what runs of marshal left on a server: tasks, folders, a reservation that nobody
 * holds any more. */
#include <stdio.h>

#include "base/json.h"
#include "scanner/checks/checks_inside.h"
#include "scanner/facts/left.h"
#include "scanner/facts/reservation.h"

static void say_run(const struct left_run *run, char *evidence)
{
	char since[CLOCK_TEXT], what[80] = "";
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
	say_also(evidence, "of run %s, which %s: %s%s%s", run->name,
		 run->known ? "is over" : "this database does not know", what,
		 *since ? ", since " : "", since);
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
			say_also(evidence,
				 "run %s is not over: `marshal upgrade resume %s` goes on with it",
				 left.run[i].name, left.run[i].name);
	if (left.over)
		return V_WARN;
	return left.count ? V_PASS : say(evidence, V_PASS, "no run of marshal left anything");
}
