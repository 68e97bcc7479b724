/* find.c - from a check's number to its function, and from a word to its row of the catalogue. */
#include <string.h>

#include "base/insist.h"
#include "scanner/checks/checks_inside.h"

#define CHECK_FUNCTION(id, word, judge) judge,
static check_judge *const judges[CHECK_COUNT] = { CHECKS(CHECK_FUNCTION) };

enum verdict check_verdict(enum check_id id, const struct context *c, char *evidence)
{
	INSIST((unsigned)id < CHECK_COUNT && !*evidence);
	return judges[id](c, evidence);
}

const struct check *check_find(const char *id)
{
	for (const struct check *check = checks; check->id; check++)
		if (strcmp(check->id, id) == 0)
			return check;
	return NULL;
}

enum check_id check_id(const struct check *check)
{
	INSIST(check >= checks && check < checks + CHECK_COUNT);
	return (enum check_id)(check - checks);
}

bool check_is(const char *id, enum check_id which)
{
	INSIST((unsigned)which < CHECK_COUNT);
	return strcmp(checks[which].id, id) == 0;
}
