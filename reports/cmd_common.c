/* cmd_common.c - opening what a report is made from. The database is only read, by whoever may read
 * it, and no report waits for a scan: an inventory that is given chooses hosts, and that it says
 * something else than was stored is told. */
#include "reports/cmd_common.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "scanner/cmd_policy.h"
#include "scanner/judge.h"
#include "scanner/policy/policy_store.h"
#include "scanner/recheck.h"
#include "scanner/remember.h"
#include "scanner/died.h"
#include "scanner/stopped.h"

static int open_inventory(const struct app *app, struct reading *r, struct err *err)
{
	const char *from_environment = getenv("MARSHAL_INVENTORY");

	if (app->inventory.count == 0 && (!from_environment || !from_environment[0]))
		return 0;
	r->inv = inventory_open(app, err);
	return r->inv ? 0 : -1;
}

static int open_store(const struct app *app, struct reading *r, struct err *err)
{
	AUTO_FREE char *path = store_path(app->db, err);

	if (!path)
		return -1;
	r->store = store_open(&(struct store_options){ .path = path, .read_only = true }, err);
	if (!r->store)
		return -1;
	if (!r->inv)
		return 0;
	r->changes = xcalloc(1, sizeof(*r->changes));
	return inventory_compare(r->inv, r->store, r->changes, err);
}

static int load_policies(struct reading *r, struct err *err)
{
	int older = judged_by_older_rules(r->store, err);

	r->policies = older < 0 ? NULL : policies_load(r->store, err);
	r->older_rules = older > 0;
	return r->policies ? 0 : -1;
}

int reading_open(const struct app *app, struct reading *out, struct err *err)
{
	*out = (struct reading){ .db = app->db };
	if (open_inventory(app, out, err) == 0 && open_store(app, out, err) == 0 &&
	    load_policies(out, err) == 0)
		return 0;
	reading_close(out);
	return -1;
}

static void warn_changed(const struct inventory_changes *c)
{
	const char *comma = "";
	struct buf text;
	const struct {
		int count;
		const char *what;
	} part[] = {
		{ c->added, "not in the database" },
		{ c->changed, "described otherwise there" },
		{ c->missing, "there alone" },
	};

	buf_init(&text, 200);
	for (size_t i = 0; i < ARRAY_LEN(part); i++) {
		if (part[i].count == 0)
			continue;
		buf_addf(&text, "%s%d %s", comma, part[i].count, part[i].what);
		comma = ", ";
	}
	if (text.len)
		log_line(LOG_WARN,
			 "the inventory has changed since it was last stored (hosts: %s): what was "
			 "stored is told; the next scan takes the change over, or marshal recheck "
			 "now",
			 buf_text(&text));
	buf_release(&text);
}

static void tell_unended(const struct scan_row *scan, const struct run_standing *standing)
{
	bool died = standing->life == RUN_LIFE_DIED;
	char began[CLOCK_TEXT];
	AUTO_FREE char *how = died ? xstrdup("died") :
			      standing->life == RUN_LIFE_AT_WORK ?
				     xasprintf("is under way, %s", standing->holder) :
				     xasprintf("is under way or died%s%s",
					       *standing->holder ? ", " : "", standing->holder);

	log_line(died ? LOG_WARN : LOG_INFO,
		 "the scan of %s, begun at %s, %s: %d of its %d hosts were seen until %s, the "
		 "others stand as before%s",
		 scan->actor, clock_format_utc(scan->begun_utc_ms, began), how, scan->seen,
		 scan->hosts, died ? "then" : "now", died ? "; the next scan looks at them" : "");
}

/* What is told is of two nights then. */
static int tell_scan(struct store *s, struct err *err)
{
	struct run_standing standing;
	struct scan_rows scans;
	int r = 0;

	if (store_scans(s, 0, 1, &scans, err) != 0)
		return -1;
	if (scans.count > 0 && scans.row[0].ended_utc_ms == 0) {
		r = store_scan_life(s, &scans.row[0], &standing, err);
		if (r == 0)
			tell_unended(&scans.row[0], &standing);
		run_standing_release(&standing);
	}
	scan_rows_release(&scans);
	return r;
}

int reading_warn(const struct reading *r, struct err *err)
{
	if (warn_stopped(r->store, err) != 0 || warn_died(r->store, err) != 0 ||
	    tell_scan(r->store, err) != 0)
		return -1;
	if (r->changes)
		warn_changed(r->changes);
	if (r->older_rules)
		warn_older_rules();
	warn_expired(r->policies, clock_utc_ms());
	return 0;
}

void reading_close(struct reading *r)
{
	free(r->changes);
	policies_free(r->policies);
	store_close(r->store);
	inventory_free(r->inv);
	*r = (struct reading){ 0 };
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int reading_select(const struct reading *reading, char **args, int nargs,
		   const struct choice *choice, struct report_options *out, struct err *err)
{
	struct selection hosts;
	char **names;

	out->host_count = -1;
	/* hosts of the database alone are none of this inventory's */
	if (nargs == 0 && !choice_is_made(choice) &&
	    (!reading->changes || reading->changes->missing == 0))
		return 0;
	if (!reading->inv) {
		err_set(err, ERR_USAGE, "patterns, --from and --where need an inventory");
		return err_hint(err, "name it with -i FILE or MARSHAL_INVENTORY");
	}
	if (inventory_choose(reading->inv, &(struct wish){ args, nargs, choice, reading->db },
			     &hosts, err) < 0)
		return -1;
	names = xcalloc((size_t)hosts.count + 1, sizeof(*names));
	for (int i = 0; i < hosts.count; i++)
		names[i] = (char *)hosts.host[i]->name;
	qsort(names, (size_t)hosts.count, sizeof(*names), by_text);
	out->host = names;
	out->host_count = hosts.count;
	selection_release(&hosts);
	return 0;
}
