/* budget.c - see budget.h. */
#include "upgrader/budget.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *budget_expected(const char *text, struct budget *out)
{
	static const char *const expected = "a number from 1 to 100000, or a share like 5%";
	size_t digits = strspn(text, "0123456789");
	bool share = strcmp(text + digits, "%") == 0;
	long n;

	if (digits == 0 || digits > 6 || (text[digits] && !share))
		return expected;
	n = strtol(text, NULL, 10);
	if (n < 1 || n > (share ? 100 : BUDGET_NUMBER_MAX))
		return expected;
	*out = (struct budget){ .number = share ? 0 : (int)n, .percent = share ? (int)n : 0 };
	return NULL;
}

const char *budget_text(struct budget b, char text[BUDGET_TEXT])
{
	if (b.number == 0 && b.percent == 0)
		return "none";
	snprintf(text, BUDGET_TEXT, "%d%s", b.number ? b.number : b.percent, b.number ? "" : "%");
	return text;
}

int budget_of(struct budget b, int hosts)
{
	int share;

	if (b.number > 0 || b.percent == 0)
		return b.number;
	share = (int)(((long long)b.percent * hosts + 99) / 100);
	return share > 0 ? share : 1;
}

const char *budget_common(const char *const *text, int count, int *out_times)
{
	const char *candidate = NULL;
	int lead = 0, times = 0;

	/* a majority is what is left when each is set off against another */
	for (int i = 0; i < count; i++) {
		if (lead == 0)
			candidate = text[i];
		lead += strcmp(text[i], candidate) == 0 ? 1 : -1;
	}
	for (int i = 0; i < count; i++)
		times += strcmp(text[i], candidate) == 0;
	if (times < 2 || times * 2 <= count)
		return NULL;
	*out_times = times;
	return candidate;
}
