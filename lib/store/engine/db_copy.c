/* db_copy.c - a copy of a database that others go on writing to, by SQLite's own means. One read
 * transaction is held over the whole of it: without one the copy would begin anew at each commit of
 * a scan, and never end. */
#include "store/engine/db_whole.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "store/engine/db.h"

enum { PAGES_A_STEP = 2048 };

struct copy {
	const char *from, *to;
	char *beside;                   /* what is written, then renamed */
	sqlite3 *source, *target;
};

static int fail(const char *path, sqlite3 *db, int rc, struct err *err)
{
	err_set(err, ERR_STORE, "'%s': %s", path, db ? sqlite3_errmsg(db) : sqlite3_errstr(rc));
	return err_hint(err, STORE_DAMAGED);
}

/* From here on the source shows one state. It must be a database of ours: any other file would be
 * copied as readily. */
static int open_source(struct copy *c, struct err *err)
{
	int rc;

	if (db_must_be_there(c->from, err) != 0)
		return -1;
	rc = db_connect_reader(c->from, &c->source);
	if (rc == SQLITE_OK) {
		sqlite3_busy_timeout(c->source, STORE_BUSY_WAIT_MS);
		rc = sqlite3_exec(c->source, "begin; select max(version) from schema_version", NULL,
				  NULL, NULL);
	}
	if (db_is_refusal(rc))
		return db_refused(c->from, false, sqlite3_system_errno(c->source), err);
	return rc == SQLITE_OK ? 0 : fail(c->from, c->source, rc, err);
}

/* Not as a writer: what is copied to has no -wal yet, and shall have none. */
static int open_target(struct copy *c, struct err *err)
{
	AUTO_FREE char *name = NULL;
	AUTO_CLOSE int folder = file_open_folder(c->to, &name, err);
	int fd, rc;

	if (folder < 0)
		return -1;
	c->beside = xasprintf("%s.XXXXXX", c->to);
	fd = mkostemp(c->beside, O_CLOEXEC); /* mode 0600 */
	if (fd < 0) {
		int why = errno;

		free(c->beside);
		c->beside = NULL;
		return err_errno(err, ERR_SYSTEM, why, "cannot write '%s'", c->to);
	}
	close(fd);
	rc = sqlite3_open_v2(c->beside, &c->target, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
			     NULL);
	if (rc != SQLITE_OK)
		return fail(c->to, c->target, rc, err);
	db_distrust(c->target);
	return 0;
}

static int copy_pages(struct copy *c, const struct upkeep_watch *watch, struct err *err)
{
	sqlite3_backup *b = sqlite3_backup_init(c->target, "main", c->source, "main");
	bool stopped = false;
	int rc = SQLITE_OK;

	if (!b)
		return fail(c->to, c->target, SQLITE_ERROR, err);
	while (rc == SQLITE_OK && !stopped) {
		int64_t total;

		rc = sqlite3_backup_step(b, PAGES_A_STEP);
		total = sqlite3_backup_pagecount(b);
		stopped = watch->go_on &&
			  !watch->go_on(watch->ctx, total - sqlite3_backup_remaining(b), total);
	}
	sqlite3_backup_finish(b);
	if (stopped && rc == SQLITE_OK) {
		err_set(err, FAULT_CANCELLED, "interrupted: '%s' was not written", c->to);
		return err_hint(err, "run the command again");
	}
	return rc == SQLITE_DONE ? 0 : fail(c->to, c->target, rc, err);
}

/* Every page was read back and hangs together. A copy stands alone: it keeps no log beside it. */
static int verify(struct copy *c, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	const char *text;
	int rc, r = -1;

	rc = sqlite3_exec(c->target, "pragma journal_mode = delete", NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(c->target, "pragma quick_check(1)", -1, &stmt, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	text = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(stmt, 0) : NULL;
	if (!text)
		fail(c->to, c->target, rc, err);
	else if (strcmp(text, "ok") != 0)
		err_set(err, ERR_STORE, "the copy is damaged, and so may be '%s': %s", c->from,
			text);
	else
		r = 0;
	sqlite3_finalize(stmt);
	return r;
}

/* Who may read the database may read its copy; but no other group, which who copies happens to be
 * in. */
static void share_copy(const struct copy *c, int fd)
{
	struct stat st;
	mode_t mode;

	if (stat(c->from, &st) != 0)
		return;
	mode = S_IRUSR | S_IWUSR | (st.st_mode & (S_IRGRP | S_IROTH));
	if (fchown(fd, (uid_t)-1, st.st_gid) != 0)
		mode &= ~(mode_t)S_IRGRP;
	(void)fchmod(fd, mode);
}

static int put_in_place(struct copy *c, bool replace, int64_t *out_bytes, struct err *err)
{
	AUTO_CLOSE int fd = open(c->beside, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return err_errno(err, ERR_SYSTEM, errno, "cannot write '%s'", c->to);
	share_copy(c, fd);
	if (fsync(fd) != 0 || fstat(fd, &st) != 0)
		return err_errno(err, ERR_SYSTEM, errno, "cannot write '%s'", c->to);
	/* A link fails where a file has come in the meantime. */
	if ((replace ? rename(c->beside, c->to) : link(c->beside, c->to)) != 0)
		return err_errno(err, ERR_SYSTEM, errno, "cannot write '%s'", c->to);
	if (!replace)
		unlink(c->beside);
	free(c->beside);
	c->beside = NULL;
	file_sync_folder(c->to);
	*out_bytes = st.st_size;
	return 0;
}

int db_copy(const char *from, const char *to, bool replace, const struct upkeep_watch *watch,
	    int64_t *out_bytes, struct err *err)
{
	struct copy c = { .from = from, .to = to };
	int r = open_source(&c, err);

	if (r == 0)
		r = open_target(&c, err);
	if (r == 0)
		r = copy_pages(&c, watch, err);
	if (r == 0)
		r = verify(&c, err);
	sqlite3_close(c.source);
	sqlite3_close(c.target);
	if (r == 0)
		r = put_in_place(&c, replace, out_bytes, err);
	if (c.beside)
		unlink(c.beside);
	free(c.beside);
	return r;
}
