/* facts_kinds.c - the table of facts, made of fact_rows.h. */
#include "scanner/facts/facts_kinds.h"

#include <string.h>

#define KIND_ROW(id, name, depth, ...) { name, DEPTH_##depth, { __VA_ARGS__ } },
const struct kind kinds[FACT_COUNT] = { FACTS(KIND_ROW) };

const struct kind *kind_find(const char *name)
{
	for (int i = 0; i < FACT_COUNT; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}
