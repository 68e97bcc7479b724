/* cmd_upgrade_release.c - `marshal upgrade release`: frees hosts whose holder is gone where this
 * machine cannot see it. Whether it is gone only a person can know, so a person is asked. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/term.h"
#include "store/store.h"
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

static int ask(const struct lock_row *lock, struct err *err)
{
	AUTO_FREE char *run = *lock->run_name ? xasprintf(" for run %s", lock->run_name) : NULL;

	log_line(LOG_WARN, "host '%s' is held%s by %s", lock->host, run ? run : "", lock->holder);
	log_line(LOG_WARN, "where that process still works, freeing its host lets two change the "
			   "server at once: look there, and on the server, that it is gone");
	return term_confirm("Type the name of the host to free it", lock->host,
			    "run the command on a terminal: a person must have looked", err);
}

static int release(struct store *s, const struct lock_row *lock, struct err *err)
{
	struct tx *tx;

	if (lock->seen_alive) {
		err_set(err, ERR_HELD, "host '%s' is held by %s, which is at work on this machine",
			lock->host, lock->holder);
		return err_hint(err, "wait for that process to end, or end it; its lock ends "
				     "with it");
	}
	if (ask(lock, err) != 0)
		return -1;
	tx = tx_new();
	tx_lock_free(tx, lock, clock_utc_ms());
	if (store_write(s, tx, true, err) != 0)
		return -1;
	log_line(LOG_INFO, "%s: free%s%s", lock->host,
		 *lock->run_name ? "; go on with: marshal upgrade resume " : "", lock->run_name);
	return 0;
}

static int release_host(struct store *s, const char *host, struct err *err)
{
	struct lock_rows locks;
	int r = known(s, host, err);

	if (r == 0)
		r = store_locks(s, host, &locks, err);
	if (r != 0)
		return -1;
	if (locks.count == 0)
		log_line(LOG_INFO, "%s: nobody holds it", host);
	for (int i = 0; i < locks.count && r == 0; i++)
		r = release(s, &locks.row[i], err);
	lock_rows_release(&locks);
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
	.more = "A host is changed by one process at a time. The lock ends with its process,\n"
		"where this machine can see that; of a process on another machine or in another\n"
		"container it cannot. This says who holds the host and since when, and frees it\n"
		"after its name was typed on a terminal. It is refused while the holder is seen\n"
		"at work on this machine. Who freed it is in the trail (`marshal show HOST`).\n"
		"A host of the inventory that is called `release` is upgraded with\n"
		"`marshal upgrade -- release`.",
	.uses = CMD_WRITES_DB,
	.min_args = 1,
	.max_args = -1,
	.run = run_upgrade_release,
};
