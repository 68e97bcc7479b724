/* db_connect.c - the two ways to the file of a database: to read and to write. The -wal and -shm
 * that writers leave behind (PERSIST_WAL) are what lets an account that may only read do so when
 * nobody writes: it cannot make them, and without them SQLite reads no such database but one that
 * it is told never changes ("immutable"), which is a lie as long as anybody may write. */
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/engine/db.h"

void db_distrust(sqlite3 *sqlite)
{
	sqlite3_db_config(sqlite, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(sqlite, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(sqlite, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(sqlite, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	/* else a quoted column that is not there is taken for a text, and nobody misses it */
	sqlite3_db_config(sqlite, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_limit(sqlite, SQLITE_LIMIT_LENGTH, DB_VALUE_MAX);
}

/* A name as SQLite takes it where options follow: whatever may mean something there is escaped. */
static char *uri_of(const char *path, const char *options)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789/._-";
	size_t len = strlen(path);
	AUTO_FREE char *escaped = xcalloc(len + 1, 3);
	char *to = escaped;

	for (size_t i = 0; i < len; i++)
		if (strchr(plain, path[i]))
			*to++ = path[i];
		else
			to += snprintf(to, 4, "%%%02X", (unsigned char)path[i]);
	/* an absolute one behind an empty authority: "//x" would name a machine */
	return xasprintf("file:%s%s?%s", path[0] == '/' ? "//" : "", escaped, options);
}

static bool has_shm(const char *path)
{
	AUTO_FREE char *name = xasprintf("%s-shm", path);

	return access(name, F_OK) == 0;
}

int db_connect_reader(const char *path, sqlite3 **out)
{
	/* readonly_shm: not a mark is left in -shm, whoever reads, and no room is needed for it.
	 * Where another program has taken it away, the first read of one who can makes it anew. */
	bool there = has_shm(path);
	AUTO_FREE char *uri = uri_of(path, there ? "readonly_shm=1" : "readonly_shm=0");
	int rc = sqlite3_open_v2(uri, out,
				 SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI,
				 db_reader_files());

	if (rc != SQLITE_OK)
		return rc;
	db_distrust(*out);
	if (!there &&
	    sqlite3_exec(*out, "select 1 from sqlite_master", NULL, NULL, NULL) == SQLITE_OK)
		(void)db_share_files(path, NULL);
	return SQLITE_OK;
}

int db_connect_writer(const char *path, sqlite3 **out)
{
	int on = 1;
	int rc = sqlite3_open_v2(path, out, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

	if (rc != SQLITE_OK)
		return rc;
	db_distrust(*out);
	return sqlite3_file_control(*out, "main", SQLITE_FCNTL_PERSIST_WAL, &on);
}

bool db_is_refusal(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_READONLY:
		return true;
	default:
		return false;
	}
}

/* Which of the three files it is that may not be read, and who could change that. */
static int may_not_read(const char *path, int cause, struct err *err)
{
	static const char *const suffix[] = { "", "-wal", "-shm" };

	for (size_t i = 0; i < ARRAY_LEN(suffix); i++) {
		AUTO_FREE char *name = xasprintf("%s%s", path, suffix[i]);

		if (access(name, R_OK) == 0)
			continue;
		if (errno == ENOENT && suffix[i][0]) {
			err_set(err, ERR_STORE, "cannot read '%s' by itself: there is no '%s'",
				path, name);
			return err_hint(err, "a command that writes, such as scan, makes it and "
					     "leaves it there for those who read");
		}
		err_errno(err, ERR_STORE, errno, "cannot read '%s'", name);
		return err_hint(err, "its owner lets a group read it by --db-group with a command "
				     "that writes (docs/security.md)");
	}
	err_set(err, ERR_STORE, "cannot read '%s': %s", path,
		cause ? strerror(cause) : "a command that wrote to it died this very moment");
	return err_hint(err, "run the command again; what a dead one left half done is put right "
			     "by the next that writes, such as scan");
}

int db_refused(const char *path, bool writer, int cause, struct err *err)
{
	if (!writer)
		return may_not_read(path, cause, err);
	return err_set(err, ERR_STORE, "cannot open '%s'%s for writing: %s", path,
		       cause ? "" : " or its folder",
		       cause ? strerror(cause) : "unable to open database file");
}
