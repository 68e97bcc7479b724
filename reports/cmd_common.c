/* cmd_common.c - opening what a report is made from. Without an inventory the database is only
 * read, so that a report never waits for a scan. */
#include "reports/cmd_common.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "scanner/cmd_policy.h"
#include "scanner/judge.h"
#include "scanner/policy/policy_store.h"
#include "scanner/recheck.h"
#include "scanner/remember.h"
#include "scanner/stopped.h"

static int open_inventory(const struct app *app, struct reading *r, struct err *err)
{
	const char *from_environment = getenv("MARSHAL_INVENTORY");

	if (app->inventory.count == 0 && (!from_environment || !from_environment[0]))
		return 0;
	r->inv = inventory_open(app, err);
	return r->inv ? 0 : -1;
}

static int open_store(const struct app *app, const char *command, struct reading *r,
		      struct err *err)
{
	AUTO_FREE char *path = store_path(app->db, err);
	struct store_options options = { .path = path, .must_exist = true };

	if (!path)
		return -1;
	options.read_only = !r->inv;
	options.command = r->inv ? command : NULL;
	r->store = store_open(&options, err);
	if (!r->store)
		return -1;
	return r->inv ? inventory_remember(r->inv, r->store, err) : 0;
}

static int load_policies(struct reading *r, struct err *err)
{
	int older = judged_by_older_rules(r->store, err);

	r->policies = older < 0 ? NULL : policies_load(r->store, err);
	r->older_rules = older > 0;
	return r->policies ? 0 : -1;
}

int reading_open(const struct app *app, const char *command, struct reading *out, struct err *err)
{
	*out = (struct reading){ 0 };
	if (open_inventory(app, out, err) == 0 && open_store(app, command, out, err) == 0 &&
	    load_policies(out, err) == 0)
		return 0;
	reading_close(out);
	return -1;
}

int reading_warn(const struct reading *r, struct err *err)
{
	if (warn_stopped(r->store, err) != 0)
		return -1;
	if (r->older_rules)
		warn_older_rules();
	warn_expired(r->policies, clock_utc_ms());
	return 0;
}

void reading_close(struct reading *r)
{
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
	if (nargs == 0 && !choice->from)
		return 0;
	if (!reading->inv) {
		err_set(err, ERR_USAGE, "patterns and --from need an inventory");
		return err_hint(err, "name it with -i FILE or MARSHAL_INVENTORY");
	}
	if (inventory_choose(reading->inv, args, nargs, choice, &hosts, err) < 0)
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
