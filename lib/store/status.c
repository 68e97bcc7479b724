/* status.c - what only the moment of reading knows about a host: whether it counts at all, and
 * how old what is known has become. The status from facts was stored when it was judged. */
#include "store/status.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

/* Left out by the inventory, or by facts: an agent is optional there and absent. */
static bool is_excluded(const char *status, const char *mars, bool skip)
{
	return skip || strcmp(mars, "none") == 0 || strcmp(status, "excluded") == 0;
}

const char *host_word(const char *status, const char *mars, bool skip)
{
	if (is_excluded(status, mars, skip))
		return "excluded";
	return status[0] ? status : "never-seen";
}

bool status_is_judged(const char *word)
{
	return word[0] && strcmp(word, "excluded") != 0 && strcmp(word, "never-seen") != 0;
}

int judged_by_older_rules(struct store *s, struct err *err)
{
	struct err own = { .code = ERR_NONE };
	AUTO_FREE char *text = store_setting(s, SETTING_RULES, &own);

	if (own.code == ERR_NONE)
		return !text || strtol(text, NULL, 10) < JUDGE_RULES;
	*err = own;
	return -1;
}

const char *host_word_by(bool older_rules, const char *word)
{
	return older_rules && status_is_judged(word) ? "undetermined" : word;
}

void host_view(const struct host_row *row, int64_t now_utc_ms, int64_t stale_after_ms,
	       struct host_view *out)
{
	bool seen = row->seen_utc_ms != 0;
	int64_t age_ms = clock_age_ms(row->seen_utc_ms, now_utc_ms);

	*out = (struct host_view){ .age_ms = seen ? age_ms : -1 };
	out->excluded = is_excluded(row->status, row->mars, row->skip);
	out->status = host_word(row->status, row->mars, row->skip);
	/* a host to skip is never contacted: an old fault or age says nothing about it */
	out->unreachable = !row->skip && row->fault[0];
	out->stale = !row->skip && seen && age_ms > stale_after_ms;
}

char *host_tries(const struct host_row *row)
{
	if (row->failed_looks > 1)
		return xasprintf("tried %lld times, last: %s", (long long)row->failed_looks,
				 row->fault);
	if (row->failed_looks == 1)
		return xasprintf("tried once, %s", row->fault);
	/* by a version that did not count */
	return row->fault[0] ? xasprintf("tried, %s", row->fault) : xstrdup("never tried");
}
