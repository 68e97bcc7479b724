/* idle.c - see idle.h. */
#include "scanner/idle.h"

#include "base/log.h"
#include "base/mem.h"
#include "scanner/judge.h"
#include "scanner/policy/policy_store.h"

enum { IDLE_SHOWN = 5 };

/* What an exception is about, as far as it was found. */
struct use { bool named, covers; };

static void look_at(const struct policies *p, const struct host_row *row, struct use *use)
{
	struct row_groups groups;

	row_groups_init(&groups, row);
	for (int i = 0; i < policies_exception_count(p); i++) {
		const struct exception *e = policies_exception(p, i);

		if (!exception_names(e, row->name, groups.name, groups.count))
			continue;
		use[i].named = true;
		for (int k = 0; k < row->finding_count && !use[i].covers; k++)
			use[i].covers =
				verdict_is_trouble(verdict_from_name(row->finding[k].verdict)) &&
				exception_covers(e, row->name, groups.name, groups.count,
						 row->finding[k].check);
	}
	row_groups_release(&groups);
}

static void tell(const struct exception *e, const struct use *use)
{
	const char *near = NULL;
	bool gone = exception_is_of_no_check(e, &near);

	log_line(LOG_WARN, "the exception of %s%s from %s (owner %s) is not needed: %s%s%s%s",
		 e->host ? "" : "group ", e->host ? e->host : e->group, e->check, e->owner,
		 gone	    ? "there is no such check" :
		 use->named ? "it covers nothing" :
		 e->host    ? "the inventory has no such host" :
			      "the inventory has no host of that group",
		 near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static void tell_more(int more)
{
	if (more > 0)
		log_line(LOG_WARN,
			 "and %d more exceptions are not needed: marshal report exceptions", more);
}

int warn_no_check(const struct policies *p, int64_t now_utc_ms)
{
	const char *near;
	int count = 0;

	for (int i = 0; i < policies_exception_count(p); i++) {
		const struct exception *e = policies_exception(p, i);

		if (exception_is_of_no_check(e, &near) && e->expires_utc_ms > now_utc_ms &&
		    ++count <= IDLE_SHOWN)
			tell(e, &(struct use){ .named = false });
	}
	tell_more(count - IDLE_SHOWN);
	return count;
}

int warn_idle(const struct policies *p, struct store *s, int64_t now_utc_ms, struct err *err)
{
	int count = policies_exception_count(p), idle = 0;
	AUTO_FREE struct use *use = xcalloc((size_t)count + 1, sizeof(*use));
	struct host_rows hosts;

	if (count == 0)
		return 0;
	if (store_hosts(s, NULL, ROWS_TROUBLE | ROWS_BARE, &hosts, err) != 0)
		return -1;
	for (int i = 0; i < hosts.count; i++)
		look_at(p, &hosts.row[i], use);
	host_rows_release(&hosts);
	for (int i = 0; i < count; i++) {
		const struct exception *e = policies_exception(p, i);

		if (!use[i].covers && e->expires_utc_ms > now_utc_ms && ++idle <= IDLE_SHOWN)
			tell(e, &use[i]);
	}
	tell_more(idle - IDLE_SHOWN);
	return 0;
}
