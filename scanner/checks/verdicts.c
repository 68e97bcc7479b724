/* verdicts.c - the words and weights of verdicts and severities, made of the rows of verdicts.h. */
#include <string.h>

#include "base/insist.h"
#include "scanner/checks/checks.h"

#define VERDICT_ROW(id, word, alarm, then, column, head, wide, weight, ...) \
	{ word, WEIGHT_##weight },
static const struct {
	const char *word;
	enum weight weight;
} verdicts[VERDICT_COUNT] = { VERDICTS(VERDICT_ROW) };

#define SEVERITY_WORD(id, word, ...) word,
static const char *const severity_names[SEVERITY_COUNT] = { SEVERITIES(SEVERITY_WORD) };

const char *verdict_name(enum verdict v)
{
	INSIST((unsigned)v < VERDICT_COUNT);
	return verdicts[v].word;
}

enum verdict verdict_from_name(const char *name)
{
	for (int i = 0; i < VERDICT_COUNT; i++)
		if (strcmp(verdicts[i].word, name) == 0)
			return (enum verdict)i;
	return V_UNKNOWN;
}

enum weight verdict_weight(enum verdict v)
{
	INSIST((unsigned)v < VERDICT_COUNT);
	return verdicts[v].weight;
}

bool verdict_is_trouble(enum verdict v)
{
	return verdict_weight(v) != WEIGHT_GOOD && verdict_weight(v) != WEIGHT_NONE;
}

const char *severity_name(enum severity s)
{
	INSIST((unsigned)s < SEVERITY_COUNT);
	return severity_names[s];
}

bool severity_from_name(const char *name, enum severity *out)
{
	for (int i = 0; i < SEVERITY_COUNT; i++) {
		if (strcmp(severity_names[i], name) == 0) {
			*out = (enum severity)i;
			return true;
		}
	}
	return false;
}
