/* play_probe.c - the probe of a simulated server: which facts are asked for, in the order of
 * docs/protocol.md, each as it is or as it goes wrong. */
#include <string.h>

#include "base/mem.h"
#include "tests/fleet/play_facts.h"

enum { SOME = 10 };             /* facts answered before what happens in the middle */

static json_t *fact_value(const struct play *p, const struct sim_fact *fact)
{
	json_t *value = json_object();

	for (int i = 0; i < FACT_MEMBERS && fact->copy[i]; i++) {
		const char *space = strchr(fact->copy[i], ' ');
		AUTO_FREE char *member = xstrndup(fact->copy[i], (size_t)(space - fact->copy[i]));

		json_object_set_new(value, member, state_value(p->state->root, space + 1));
	}
	if (fact->work_out)
		fact->work_out(p, value);
	return value;
}

static bool is_wanted(const struct play *p, const struct sim_fact *fact)
{
	json_t *list = json_object_get(p->request, "facts"), *one;
	size_t i;

	if (!json_is_array(list))
		return kinds[fact->id].depth == DEPTH_FAST ||
		       json_is_true(json_object_get(p->request, "deep"));
	json_array_foreach(list, i, one)
	{
		if (json_is_string(one) &&
		    strcmp(json_string_value(one), kinds[fact->id].name) == 0)
			return true;
	}
	return false;
}

static void one_fact(struct play *p, const struct sim_fact *fact)
{
	json_t *faults = state_get(p->state->root, "faults.fact");
	const char *name = kinds[fact->id].name;
	const char *fault = json_string_value(json_object_get(faults, name));
	json_t *value = fact_value(p, fact);

	if (state_number(p->request, "limits.all_ms", 1) < 1) {
		play_fact_error(p, name, "time-limit", "no time", 0);
		json_decref(value);
	} else if (fault && *fault) {
		play_fact_fault(p, name, fault, value);
	} else if (!p->system && fact->id == FACT_SECURITY_SVI) {
		/* an administrator cannot read who may read that folder */
		play_fact_error(p, name, "access-denied", play_text(p, TEXT_ACCESS_DENIED), 7);
		json_decref(value);
	} else {
		play_fact(p, name, value);
	}
}

int play_probe(struct play *p, struct err *err)
{
	int asked = 0;

	(void)err;
	for (int i = 0; i < FACT_COUNT; i++) {
		if (!is_wanted(p, &sim_facts[i]))
			continue;
		one_fact(p, &sim_facts[i]);
		if (++asked == SOME)
			play_middle(p);
	}
	if (asked < SOME)
		play_middle(p);
	return 0;
}
