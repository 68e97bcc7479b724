/* db_file.c - the file of a database before SQLite opens it, and those beside it after: made where
 * there is none, with mode and group, and refused where it is none. One account writes, the owner,
 * and at most a group reads: what an older marshal let the group write is narrowed. With db.c,
 * db_connect.c, db_copy.c and db_check.c the files that know SQLite. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/engine/db.h"

enum { OTHERS_WRITE = S_IWGRP | S_IWOTH, MODE = 07777 };

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
	if (file_make_folder(folder, group ? 0750 : 0700, err) != 0)
		return err_in(err, "folder of the database");
	if (group && (chown(folder, (uid_t)-1, gid) != 0 || chmod(folder, 0750) != 0))
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

static int refuse_empty(const char *path, const struct stat *st, struct err *err)
{
	if (!S_ISREG(st->st_mode) || st->st_size > 0)
		return 0;
	err_set(err, ERR_STORE, "'%s' is empty and no database", path);
	return err_hint(err, "restore the database from a copy (docs/database.md), or remove the "
			     "empty file to begin a new one");
}

int db_must_be_there(const char *path, struct err *err)
{
	struct stat st;

	if (stat(path, &st) == 0)
		return refuse_empty(path, &st, err);
	if (errno != ENOENT && errno != ENOTDIR)
		return db_refused(path, false, errno, err);
	err_set(err, ERR_STORE, "there is no database '%s' yet", path);
	return err_hint(err, "scan first, or name the database with --db or $MARSHAL_DB");
}

static int give_away(const char *path, const char *shown, const char *group, gid_t gid,
		     struct err *err)
{
	if (group && chown(path, (uid_t)-1, gid) != 0)
		return err_errno(err, ERR_STORE, errno, "cannot give '%s' to group '%s'", shown,
				 group);
	if (chmod(path, group ? 0640 : 0600) != 0)
		return err_errno(err, ERR_STORE, errno, "cannot set the mode of '%s'", shown);
	return 0;
}

/* Whether all of the group come in: the right to a file in a folder that is closed is none. */
static void warn_closed_folder(const char *path, const char *group, gid_t gid)
{
	AUTO_FREE char *folder = realpath(path, NULL);
	struct stat st;
	char *slash;

	while (folder && (slash = strrchr(folder, '/')) && folder[1] != '\0') {
		slash[slash == folder] = '\0';
		if (stat(folder, &st) != 0 || (st.st_mode & (st.st_gid == gid ? S_IXGRP : S_IXOTH)))
			continue;
		log_line(LOG_WARN,
			 "group '%s' cannot get at the database: folder '%s' is closed to it (mode "
			 "%04o)",
			 group, folder, st.st_mode & MODE);
		return;
	}
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
	if (r == 0 && o->group)
		warn_closed_folder(o->path, o->group, gid);
	return r;
}

/* Whoever else may write to it by its mode would leave a -wal that the owner cannot narrow. */
static int refuse_other_account(const char *path, const struct stat *st, struct err *err)
{
	char buf[4096];
	struct passwd entry, *owner = NULL;

	if (geteuid() == 0 || st->st_uid == geteuid())
		return 0;
	if (getpwuid_r(st->st_uid, &entry, buf, sizeof(buf), &owner) != 0 || !owner)
		err_set(err, ERR_STORE, "database '%s' belongs to user %u, who alone writes to it",
			path, (unsigned)st->st_uid);
	else
		err_set(err, ERR_STORE, "database '%s' belongs to '%s', who alone writes to it",
			path, owner->pw_name);
	return err_hint(err, "run this command as that account; what only reads, such as reports, "
			     "may be run by any that has the right to read");
}

/* The folder that marshal up to 0.1 made for a group, which could exchange the database there. */
static bool is_old_folder(const char *folder, const struct stat *database)
{
	struct stat st;

	return stat(folder, &st) == 0 && (st.st_mode & MODE) == 02770 &&
	       st.st_uid == database->st_uid && st.st_gid == database->st_gid;
}

static int narrow(const char *path, const struct stat *st, struct err *err)
{
	AUTO_FREE char *name = NULL;
	AUTO_FREE char *folder = NULL;
	unsigned mode = st->st_mode & MODE & ~(unsigned)OTHERS_WRITE;
	const char *slash = strrchr(path, '/');
	bool old;

	if (!(st->st_mode & OTHERS_WRITE) || !is_database(path))
		return 0;
	folder = slash ? xstrndup(path, (size_t)(slash - path)) : xstrdup(".");
	old = is_old_folder(folder, st);
	if (chmod(path, mode) != 0 || (old && chmod(folder, 0750) != 0))
		return err_errno(err, ERR_STORE, errno, "cannot set the mode of '%s'", path);
	log_line(LOG_WARN,
		 "database '%s' could be written by others than its owner (mode %04o): they may "
		 "only read it from now on (mode %04o%s)",
		 path, st->st_mode & MODE, mode, old ? ", its folder 0750" : "");
	return 0;
}

static int give_to_group(const struct db_options *o, struct stat *st, gid_t gid, struct err *err)
{
	if (st->st_gid == gid && (st->st_mode & 0777) == 0640)
		return 0;
	if (!is_database(o->path))
		return err_set(err, ERR_STORE, "'%s' is no database of marshal", o->path);
	if (give_away(o->path, o->path, o->group, gid, err) != 0)
		return -1;
	warn_closed_folder(o->path, o->group, gid);
	return 0;
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
	if (refuse_empty(o->path, &st, err) != 0 || refuse_other_account(o->path, &st, err) != 0 ||
	    narrow(o->path, &st, err) != 0)
		return -1;
	return o->group ? give_to_group(o, &st, gid, err) : 0;
}

/* SQLite gives -wal and -shm the database's mode, but the group of who happens to make them. */
static int share_file(const char *path, const struct stat *database, struct err *err)
{
	uid_t owner = geteuid() == 0 ? database->st_uid : (uid_t)-1;
	struct stat st;

	if (stat(path, &st) != 0 || (st.st_uid != geteuid() && geteuid() != 0))
		return 0;
	/* Gone in between: another program took it away; who opens the database next makes it
	 * anew. */
	if ((st.st_gid != database->st_gid || (owner != (uid_t)-1 && st.st_uid != owner)) &&
	    chown(path, owner, database->st_gid) != 0 && errno != ENOENT)
		return err_errno(err, ERR_STORE, errno, "cannot give '%s' to its group", path);
	if ((st.st_mode & 0777) != (database->st_mode & 0777) &&
	    chmod(path, database->st_mode & 0777) != 0 && errno != ENOENT)
		return err_errno(err, ERR_STORE, errno, "cannot set the mode of '%s'", path);
	return 0;
}

static const char *const beside[] = { "-wal", "-shm" };

int db_share_files(const char *path, struct err *err)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return err_errno(err, ERR_STORE, errno, "cannot read database '%s'", path);
	for (size_t i = 0; i < ARRAY_LEN(beside); i++) {
		AUTO_FREE char *name = xasprintf("%s%s", path, beside[i]);

		if (share_file(name, &st, err) != 0)
			return -1;
	}
	return 0;
}

bool db_has_foreign_log(const char *path)
{
	struct stat st;
	bool foreign = false;

	for (size_t i = 0; i < ARRAY_LEN(beside) && geteuid() != 0; i++) {
		AUTO_FREE char *name = xasprintf("%s%s", path, beside[i]);

		foreign = foreign || (stat(name, &st) == 0 && st.st_uid != geteuid());
	}
	return foreign;
}
