/* reason.c - see reason.h. */
#include "scanner/reason.h"

#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "scanner/checks/checks.h"

static const char *const units[] = { "ms", "s", "min", "h", "d", "KB", "MB", "GB", "TB", "%" };

/* Behind a number and the unit of it. */
static const char *past_number(const char *at)
{
	const char *word;
	size_t len = 0;

	while (isdigit((unsigned char)*at) || (*at == '.' && isdigit((unsigned char)at[1])))
		at++;
	word = at + strspn(at, " ");
	while (isalpha((unsigned char)word[len]) || word[len] == '%')
		len++;
	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (len == strlen(units[i]) && strncmp(word, units[i], len) == 0)
			return word + len;
	return at;
}

/* The reasons of an evidence, each behind and before a semicolon. */
static void reasons_of(const char *evidence, char out[EVIDENCE_MAX + 2])
{
	const char *at = evidence;
	size_t len = 0;

	out[len++] = ';';
	while (*at && len < EVIDENCE_MAX) {
		bool code = at[0] == '0' && at[1] == 'x';

		if (code)
			while (isalnum((unsigned char)*at) && len < EVIDENCE_MAX)
				out[len++] = *at++;
		else if (isdigit((unsigned char)*at))
			at = past_number(at);
		else if (*at == ' ')
			at++;
		else
			out[len++] = *at++;
	}
	out[len++] = ';';
	out[len] = '\0';
}

bool reason_is_new(const char *before, const char *now)
{
	char had[EVIDENCE_MAX + 2], has[EVIDENCE_MAX + 2];
	bool cut = strlen(now) >= EVIDENCE_MAX - 1;

	reasons_of(before, had);
	reasons_of(now, has);
	for (char *at = has, *end; (end = strchr(at + 1, ';')); at = end) {
		char after = end[1];
		bool known;

		if (after == '\0' && cut)
			break;          /* nobody can compare what did not fit */
		end[1] = '\0';
		known = strstr(had, at) != NULL;
		end[1] = after;
		if (!known)
			return true;
	}
	return false;
}
