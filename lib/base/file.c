/* file.c - whole files in, whole files out. What is written appears under its name only when it
 * is complete and on the disk; a reader of a nightly report never sees half of one. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

static char *read_stream(FILE *in, const char *path, size_t max, size_t *out_len, struct err *err)
{
	size_t len = 0, cap = 4096;
	AUTO_FREE char *data = xmalloc(cap);
	char *result;

	while (!feof(in) && !ferror(in) && len <= max) {
		if (len + 1 >= cap) {
			cap *= 2;
			data = xrealloc_array(data, cap, 1);
		}
		len += fread(data + len, 1, cap - len - 1, in);
	}
	if (ferror(in)) {
		err_errno(err, ERR_USAGE, errno, "cannot read '%s'", path);
		return NULL;
	}
	if (len > max) {
		err_set(err, ERR_USAGE, "'%s' is larger than %zu bytes", path, max);
		return NULL;
	}
	data[len] = '\0';
	*out_len = len;
	result = data;
	data = NULL;
	return result;
}

char *file_read(const char *path, size_t max, size_t *out_len, struct err *err)
{
	if (strcmp(path, "-") == 0)
		return read_stream(stdin, "standard input", max, out_len, err);
	AUTO_FCLOSE FILE *in = fopen(path, "re");

	if (!in) {
		err_errno(err, ERR_USAGE, errno, "cannot open '%s'", path);
		err_hint(err, "check the path, and who may read the file");
		return NULL;
	}
	return read_stream(in, path, max, out_len, err);
}

struct file_out {
	FILE *stream;
	char *path;             /* where it shall appear; NULL: the stream is the target itself */
	char *beside;           /* where it is being written */
	char *name;             /* for messages */
};

static void file_out_free(struct file_out *f)
{
	free(f->path);
	free(f->beside);
	free(f->name);
	free(f);
}

/* The file a rename must replace: what a symbolic link points to, not the link. */
static char *resolve(const char *path)
{
	char *real = realpath(path, NULL);

	return real ? real : xstrdup(path);
}

static int open_beside(struct file_out *f, struct err *err)
{
	mode_t mask = umask(0);
	int fd;

	umask(mask);
	f->beside = xasprintf("%s.XXXXXX", f->path);
	fd = mkostemp(f->beside, O_CLOEXEC);
	if (fd < 0) {
		int why = errno;

		free(f->beside);
		f->beside = NULL;
		return err_errno(err, ERR_SYSTEM, why, "cannot write '%s'", f->path);
	}
	f->stream = fdopen(fd, "w");
	if (!f->stream || fchmod(fd, 0666 & ~mask) < 0) {
		int why = errno;

		if (!f->stream)
			close(fd);
		return err_errno(err, ERR_SYSTEM, why, "cannot write '%s'", f->path);
	}
	return 0;
}

struct file_out *file_out_open(const char *path, struct err *err)
{
	struct file_out *f = xcalloc(1, sizeof(*f));
	struct stat st;
	int rc = 0;

	if (strcmp(path, "-") == 0) {
		f->name = xstrdup("standard output");
		f->stream = stdout;
		return f;
	}
	f->name = xstrdup(path);
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) {
		f->stream = fopen(path, "we");  /* a pipe or device: never to be renamed over */
		if (!f->stream)
			rc = err_errno(err, ERR_SYSTEM, errno, "cannot write '%s'", path);
	} else {
		f->path = resolve(path);
		rc = open_beside(f, err);
	}
	if (rc == 0)
		return f;
	file_out_abandon(f);
	return NULL;
}

FILE *file_out_stream(struct file_out *f)
{
	return f->stream;
}

void file_sync_folder(const char *path)
{
	AUTO_FREE char *folder = xstrdup(path);
	char *slash = strrchr(folder, '/');
	AUTO_CLOSE int fd = -1;

	if (slash)
		slash[slash == folder] = '\0';
	fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		fsync(fd);      /* some file systems cannot: the file is whole all the same */
}

int file_out_commit(struct file_out *f, struct err *err)
{
	int rc = 0;

	errno = 0;
	if (fflush(f->stream) != 0 || ferror(f->stream))
		rc = errno ? errno : EIO;
	if (f->stream == stdout && rc == EPIPE)
		rc = 0;         /* the reader, `head` perhaps, had enough */
	if (f->beside && rc == 0 && fsync(fileno(f->stream)) < 0)
		rc = errno;
	if (f->stream != stdout && fclose(f->stream) != 0 && rc == 0)
		rc = errno;
	if (f->beside && rc == 0 && rename(f->beside, f->path) < 0)
		rc = errno;
	if (f->beside && rc == 0)
		file_sync_folder(f->path);
	if (f->beside && rc != 0)
		unlink(f->beside);
	if (rc != 0)
		err_errno(err, ERR_SYSTEM, rc, "cannot write '%s'", f->name);
	file_out_free(f);
	return rc ? -1 : 0;
}

void file_out_abandon(struct file_out *f)
{
	if (!f)
		return;
	if (f->stream && f->stream != stdout)
		fclose(f->stream);
	if (f->beside)
		unlink(f->beside);
	file_out_free(f);
}

int file_make_folder(const char *path, unsigned mode, struct err *err)
{
	AUTO_FREE char *part = xstrdup(path);
	struct stat st;

	for (char *at = part + 1; part[0]; at++) {
		char kept = *at;

		if (kept != '/' && kept != '\0')
			continue;
		*at = '\0';
		if (mkdir(part, mode) < 0 && errno != EEXIST)
			return err_errno(err, ERR_SYSTEM, errno, "cannot make folder '%s'", part);
		*at = kept;
		if (kept == '\0')
			break;
	}
	if (stat(path, &st) < 0)
		return err_errno(err, ERR_SYSTEM, errno, "cannot make folder '%s'", path);
	if (!S_ISDIR(st.st_mode))
		return err_set(err, ERR_SYSTEM, "'%s' is no folder", path);
	return 0;
}
