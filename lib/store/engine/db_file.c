/* db_file.c - the file of a database before SQLite opens it: made where there is none, with its
 * mode and group, and refused where it is none. With db.c, db_copy.c and db_check.c the files that
 * know SQLite. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "store/engine/db.h"

static int group_id(const char *name, gid_t *out, struct err *err)
{
	char buf[4096];
	struct group entry, *found = NULL;

	if (getgrnam_r(name, &entry, buf, sizeof(buf), &found) != 0 || !found)
		return err_set(err, ERR_USAGE, "no group '%s' on this machine", name);
	*out = found->gr_gid;
	return 0;
}

static int make_folder(const char *path, const char *group, gid_t gid, struct err *err)
{
	const char *slash = strrchr(path, '/');
	AUTO_FREE char *folder =
		slash && slash != path ? xstrndup(path, (size_t)(slash - path)) : NULL;

	if (!folder || access(folder, F_OK) == 0)
		return 0;
	if (file_make_folder(folder, group ? 0770 : 0700, err) != 0)
		return err_in(err, "folder of the database");
	/* Set-group-id: whoever of the group makes the -wal anew, it is the group's. */
	if (group && (chown(folder, (uid_t)-1, gid) != 0 || chmod(folder, 02770) != 0))
		return err_errno(err, ERR_STORE, errno, "cannot give folder '%s' to the group",
				 folder);
	return 0;
}

/* Whether a file is a database: --db may be a slip of the hand, and no other file gets a new group
 * and mode for it. */
static bool is_database(const char *path)
{
	static const char magic[] = "SQLite format 3";
	char head[sizeof(magic)];
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : pread(fd, head, sizeof(head), 0);

	return n == (ssize_t)sizeof(head) && memcmp(head, magic, sizeof(magic)) == 0;
}

int db_refuse_empty(const char *path, struct err *err)
{
	struct stat st;

	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > 0)
		return 0;
	err_set(err, ERR_STORE, "'%s' is empty and no database", path);
	return err_hint(err, "restore the database from a copy (docs/database.md), or remove the "
			     "empty file to begin a new one");
}

static int give_away(const char *path, const char *shown, const char *group, gid_t gid,
		     struct err *err)
{
	if (group && chown(path, (uid_t)-1, gid) != 0)
		return err_errno(err, ERR_STORE, errno, "cannot give '%s' to group '%s'", shown,
				 group);
	if (chmod(path, group ? 0660 : 0600) != 0)
		return err_errno(err, ERR_STORE, errno, "cannot set the mode of '%s'", shown);
	return 0;
}

/* One page, so that nobody ever meets an empty file. */
static int write_first_page(const char *path, const char *shown, struct err *err)
{
	sqlite3 *sqlite = NULL;
	int rc = sqlite3_open_v2(path, &sqlite, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_exec(sqlite, "pragma journal_mode = wal", NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		err_set(err, ERR_STORE, "cannot create database '%s': %s", shown,
			sqlite ? sqlite3_errmsg(sqlite) : sqlite3_errstr(rc));
	sqlite3_close(sqlite);
	return rc == SQLITE_OK ? 0 : -1;
}

/* With its mode and group before it has its name: -wal and -shm take theirs from it. */
static int make_new(const struct db_options *o, gid_t gid, struct err *err)
{
	AUTO_FREE char *name = NULL, *beside = NULL;
	AUTO_CLOSE int folder = file_open_folder(o->path, &name, err);
	AUTO_CLOSE int fd = -1;
	int r;

	if (folder < 0)
		return -1;
	beside = xasprintf("/proc/self/fd/%d/%s.XXXXXX", folder, name);
	fd = mkostemp(beside, O_CLOEXEC);
	if (fd < 0)
		return err_errno(err, ERR_STORE, errno, "cannot create database '%s'", o->path);
	r = give_away(beside, o->path, o->group, gid, err);
	if (r == 0)
		r = write_first_page(beside, o->path, err);
	/* Where another process was quicker, its file is as good. */
	if (r == 0 && linkat(AT_FDCWD, beside, folder, name, 0) != 0 && errno != EEXIST)
		r = err_errno(err, ERR_STORE, errno, "cannot create database '%s'", o->path);
	unlink(beside);
	return r;
}

int db_make_file(const struct db_options *o, struct err *err)
{
	gid_t gid = 0;
	struct stat st;

	if (o->group && group_id(o->group, &gid, err) != 0)
		return -1;
	if (make_folder(o->path, o->group, gid, err) != 0)
		return -1;
	if (stat(o->path, &st) != 0)
		return errno == ENOENT ? make_new(o, gid, err) :
					 err_errno(err, ERR_STORE, errno,
						   "cannot read database '%s'", o->path);
	if (db_refuse_empty(o->path, err) != 0)
		return -1;
	if (!o->group || (st.st_gid == gid && (st.st_mode & 0777) == 0660))
		return 0;
	if (!is_database(o->path))
		return err_set(err, ERR_STORE, "'%s' is no database of marshal", o->path);
	return give_away(o->path, o->path, o->group, gid, err);
}
