/* cmd_common.h - what the commands that read begin with: the database, and the inventory where
 * one is given. */
#ifndef REPORTS_CMD_COMMON_H
#define REPORTS_CMD_COMMON_H

#include "base/clock.h"
#include "base/cmd.h"
#include "inventory/choice.h"
#include "reports/model.h"
#include "scanner/judge.h"
#include "scanner/policy/documented.h"
#include "store/store.h"

#define STALE_AFTER_OPTION(offset) \
	{ "stale-after", 0, OPT_TIME, "TIME", \
	  "call older facts stale (as the policy says, " SAID(STALE_AFTER_DAYS) "d)", \
	  offset, 1000, TEN_YEARS_MS }

struct inventory_changes;

struct reading {
	struct inventory *inv;          /* NULL: none was given, the stored one is read */
	struct store *store;            /* to read */
	const char *db;                 /* as --db has it */
	struct inventory_changes *changes;      /* of inv beside what is stored; NULL without */
	struct policies *policies;      /* as remembered */
	bool older_rules;               /* judged the hosts: reading_warn() says so */
};

/* Opens both, to read. */
int reading_open(const struct app *app, struct reading *out, struct err *err);
/* On stderr, first of servers that we left without obengine, then of an inventory that was not
 * stored yet, and of expired exceptions. */
int reading_warn(const struct reading *r, struct err *err);
void reading_close(struct reading *r);

/* The names that patterns and --from select, sorted, into o->host: free() it. Without either: those
 * of the inventory, a count of -1 where that is all hosts. */
int reading_select(const struct reading *r, char **args, int nargs, const struct choice *choice,
		   struct report_options *o, struct err *err);

#endif
