/* db_reader.c - the files of a database as those see them who only read: SQLite's own, but that a
 * log of a head without a page behind it is empty. A writer that is killed between its first two
 * writes to a log leaves one. Until the next writer comes SQLite 3.40 has such a reader try again
 * and again ("locking protocol"): it takes the salt of a log from its head only where more than a
 * head is there, and compares it where a head is there. */
#include <sqlite3.h>
#include <string.h>

#include "base/mem.h"
#include "store/engine/db.h"

enum { LOG_HEAD = 32 };                 /* bytes; of SQLite's format of files */

static const char NAME[] = "marshal-reader";

/* Behind SQLite's own file, in the same memory. */
struct log_file {
	sqlite3_io_methods methods;     /* first: found by them */
	const sqlite3_io_methods *own;
};

static sqlite3_vfs *own_of(sqlite3_vfs *vfs)
{
	return vfs->pAppData;
}

static int size_of_log(sqlite3_file *file, sqlite3_int64 *out)
{
	int rc = ((const struct log_file *)file->pMethods)->own->xFileSize(file, out);

	if (rc == SQLITE_OK && *out == LOG_HEAD)
		*out = 0;
	return rc;
}

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
	struct log_file *log = (void *)((char *)file + vfs->szOsFile - sizeof(*log));
	int rc = own_of(vfs)->xOpen(own_of(vfs), name, file, flags, out);

	if (!(flags & SQLITE_OPEN_WAL) || !file->pMethods)
		return rc;
	log->own = file->pMethods;
	log->methods = *file->pMethods;
	log->methods.xFileSize = size_of_log;
	file->pMethods = &log->methods;
	return rc;
}

const char *db_reader_files(void)
{
	sqlite3_vfs *own = sqlite3_vfs_find(NULL), *vfs;

	if (sqlite3_vfs_find(NAME))
		return NAME;
	vfs = xcalloc(1, sizeof(*vfs));         /* SQLite's until the process ends */
	*vfs = *own;
	vfs->szOsFile = (own->szOsFile + 15) / 16 * 16 + (int)sizeof(struct log_file);
	vfs->zName = NAME;
	vfs->pAppData = own;
	vfs->xOpen = open_file;
	return sqlite3_vfs_register(vfs, 0) == SQLITE_OK ? NAME : NULL;
}
