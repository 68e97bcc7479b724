/* cmd_upgrade_release.c - `marshal upgrade release`: frees hosts whose holder is gone where this
 * machine cannot see it. Whether it is gone only a person can know, so a person is asked. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/term.h"
#include "store/lease.h"
#include "store/outcomes.h"
#include "store/plans.h"
#include "upgrader/commands.h"

static int known(struct store *s, const char *host, struct err *err)
{
	struct host_rows rows;
	int count;

	if (store_hosts(s, host, ROWS_GONE, &rows, err) != 0)
		return -1;
	count = rows.count;
	host_rows_release(&rows);
	return count ? 0 : err_set(err, ERR_NOT_FOUND, "host '%s' is not in the database", host);
}

static int ask(const struct lease_row *lease, struct err *err)
{
	AUTO_FREE char *run = *lease->run_name ? xasprintf(" for run %s", lease->run_name) : NULL;

	log_line(LOG_WARN, "host '%s' is held%s by %s", lease->host, run ? run : "", lease->holder);
	log_line(LOG_WARN, "where that process still works, freeing its host lets two change the "
			   "server at once: look there, and on the server, that it is gone");
	return term_confirm("Type the name of the host to free it", lease->host,
			    "run the command on a terminal: a person must have looked", err);
}

/* What its holder left goes on by itself no more; a plan that was only staged is no run yet. */
static void tell_free(struct store *s, const struct lease_row *lease)
{
	struct store_plan_row plan;
	struct store_run_row run;
	const char *command = "resume", *name = lease->run_name;
	struct err err;
	bool is_plan = *name && store_plan_find(s, name, &plan, &run, &err) == 0;

	if (is_plan && strcmp(run.state, run_state_name(RUN_STATE_APPROVED)) == 0) {
		command = "stage";
		name = plan.name;
	}
	if (*name)
		log_line(LOG_INFO, "%s: free; go on with: marshal upgrade %s %s", lease->host,
			 command, name);
	else
		log_line(LOG_INFO, "%s: free", lease->host);
	if (is_plan) {
		store_plan_release(&plan);
		store_run_release(&run);
	}
}

static int release(struct store *s, const struct lease_row *lease, struct err *err)
{
	struct tx *tx;

	if (lease->seen_alive) {
		err_set(err, ERR_HELD, "host '%s' is held by %s, which is at work on this machine",
			lease->host, lease->holder);
		return err_hint(err, "wait for that process to end, or end it; its lease ends "
				     "with it");
	}
	if (ask(lease, err) != 0)
		return -1;
	tx = tx_new();
	tx_lease_free(tx, lease, clock_utc_ms());
	if (store_write(s, tx, true, err) != 0)
		return -1;
	tell_free(s, lease);
	return 0;
}

static int release_host(struct store *s, const char *host, struct err *err)
{
	struct lease_rows leases;
	int r = known(s, host, err);

	if (r == 0)
		r = store_leases(s, host, &leases, err);
	if (r != 0)
		return -1;
	if (leases.count == 0)
		log_line(LOG_INFO, "%s: nobody holds it", host);
	for (int i = 0; i < leases.count && r == 0; i++)
		r = release(s, &leases.row[i], err);
	lease_rows_release(&leases);
	return r;
}

static int run_upgrade_release(const struct app *app, const void *opts, char **args, int nargs)
{
	struct err err;
	AUTO_FREE char *path = store_path(app->db, &err);
	struct store *s;
	int r = 0;

	(void)opts;
	if (!path)
		return cmd_fail(&err);
	s = store_open(&(struct store_options){ .path = path,
						.group = app->db_group,
						.must_exist = true,
						.command = "upgrade release" },
		       &err);
	if (!s)
		return cmd_fail(&err);
	for (int i = 0; i < nargs && r == 0; i++)
		r = release_host(s, args[i], &err);
	store_close(s);
	return r == 0 ? EXIT_OK : cmd_fail_in(&cmd_upgrade_release, &err);
}

const struct cmd cmd_upgrade_release = {
	.name = "upgrade release",
	.args = "HOST...",
	.help = "free hosts that a process which is gone still holds",
	.more = "A host is changed by one process at a time, which leases it for two minutes,\n"
		"again and again. That ends with the process where this machine can see it,\n"
		"else with those minutes. But a process on another machine, or in a container\n"
		"with a boot id of its own, cannot be seen, and no clock says when its time is\n"
		"over. This says who holds the host and since when, and frees it after its name\n"
		"was typed on a terminal. It is refused while the holder is seen at work on this\n"
		"machine. Who freed it is in the trail (`marshal show HOST`).\n"
		"A host of the inventory that is called `release` is upgraded with\n"
		"`marshal upgrade -- release`.",
	.uses = CMD_WRITES_DB,
	.min_args = 1,
	.max_args = -1,
	.run = run_upgrade_release,
};
