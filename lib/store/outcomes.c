/* outcomes.c - the words of the journal, and back. */
#include "store/outcomes.h"

#include <string.h>

#include "base/insist.h"

#define RUN_STATE_WORD(id, word, ...) word,
static const char *const run_states[RUN_STATE_COUNT] = { RUN_STATES(RUN_STATE_WORD) };

#define JOB_STATE_ROW(id, word, left) { word, left },
static const struct {
	const char *word, *left;
} job_states[JOB_STATE_COUNT] = { JOB_STATES(JOB_STATE_ROW) };

#define OUTCOME_ROW(id, word, weight, meaning, remedy) [OUTCOME_##id] = { word, remedy },
static const struct {
	const char *word, *remedy;
} outcomes[OUTCOME_COUNT] = { { "", "" }, OUTCOMES(OUTCOME_ROW) };

const char *run_state_name(enum run_state state)
{
	INSIST((unsigned)state < RUN_STATE_COUNT);
	return run_states[state];
}

bool run_state_is_plan(const char *name)
{
	static const enum run_state plan[] = { RUN_STATE_PLANNED, RUN_STATE_APPROVED,
					       RUN_STATE_DROPPED };

	for (size_t i = 0; i < sizeof(plan) / sizeof(*plan); i++)
		if (strcmp(name, run_states[plan[i]]) == 0)
			return true;
	return false;
}

const char *job_state_name(enum job_state state)
{
	INSIST((unsigned)state < JOB_STATE_COUNT);
	return job_states[state].word;
}

bool job_state_from_name(const char *name, enum job_state *out)
{
	for (int i = 0; i < JOB_STATE_COUNT; i++) {
		if (strcmp(job_states[i].word, name) == 0) {
			*out = (enum job_state)i;
			return true;
		}
	}
	return false;
}

const char *job_state_left(const char *name)
{
	enum job_state state;

	return job_state_from_name(name, &state) ? job_states[state].left : "";
}

const char *outcome_name(enum outcome o)
{
	INSIST((unsigned)o < OUTCOME_COUNT);
	return outcomes[o].word;
}

const char *outcome_remedy(enum outcome o)
{
	INSIST((unsigned)o < OUTCOME_COUNT);
	return outcomes[o].remedy;
}

enum outcome outcome_from_name(const char *name)
{
	for (int i = 0; i < OUTCOME_COUNT; i++)
		if (strcmp(outcomes[i].word, name) == 0)
			return (enum outcome)i;
	return OUTCOME_NONE;
}
