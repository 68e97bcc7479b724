/* file.c - whole files in, whole files out. What is written appears under its name only when it
 * is complete and on the disk; a reader of a nightly report never sees half of one. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/secret.h"
#include "base/text.h"
#include "base/trust.h"

enum { FIRST_CAP = 4000 };

static char *room_for(size_t size, bool secret)
{
	return secret ? secret_alloc(size) : xmalloc(size);
}

static void give_back(char *data, bool secret)
{
	if (secret)
		secret_free(data);
	else
		free(data);
}

static char *read_stream(FILE *in, const char *path, size_t max, bool secret, size_t *out_len,
			 struct err *err)
{
	size_t len = 0, cap = FIRST_CAP;
	char *data = room_for(cap, secret);

	while (!feof(in) && !ferror(in) && len <= max) {
		if (len + 1 >= cap) {
			char *more = room_for(2 * cap, secret);

			memcpy(more, data, len);
			give_back(data, secret);
			data = more;
			cap *= 2;
		}
		len += fread(data + len, 1, cap - len - 1, in);
	}
	if (!ferror(in) && len <= max) {
		data[len] = '\0';
		*out_len = len;
		return data;
	}
	if (ferror(in))
		err_errno(err, ERR_USAGE, errno, "cannot read '%s'", path);
	else
		err_set(err, ERR_USAGE, "'%s' is larger than %zu bytes", path, max);
	give_back(data, secret);
	return NULL;
}

/* A pipe under a name waits for a writer, perhaps for ever, and is refused; one that was handed to
 * us, <(...) of a shell, is a descriptor. NULL and errno. */
static FILE *open_to_read(const char *path, bool secret)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	bool handed = strncmp(path, "/dev/fd/", 8) == 0 || strncmp(path, "/proc/", 6) == 0 ||
		      strcmp(path, "/dev/stdin") == 0;
	struct stat st;
	FILE *in;

	if (fd < 0 || fstat(fd, &st) != 0)
		return NULL;
	errno = ESPIPE;
	if ((S_ISFIFO(st.st_mode) && !handed && !secret) || fcntl(fd, F_SETFL, 0) != 0)
		return NULL;
	in = fdopen(fd, "r");
	if (in)
		fd = -1;
	return in;
}

static char *read_path(const char *path, size_t max, bool secret, size_t *out_len, struct err *err)
{
	AUTO_FCLOSE FILE *in = open_to_read(path, secret);

	if (!in) {
		if (errno == ESPIPE)
			err_set(err, ERR_USAGE, "'%s' is a pipe, and no file", path);
		else
			err_errno(err, ERR_USAGE, errno, "cannot open '%s'", path);
		err_hint(err, "check the path, and who may read the file");
		return NULL;
	}
	(void)setvbuf(in, NULL, _IONBF, 0);     /* whose copy of a secret nobody would wipe */
	return read_stream(in, path, max, secret, out_len, err);
}

char *file_read(const char *path, size_t max, size_t *out_len, struct err *err)
{
	if (strcmp(path, "-") == 0)
		return read_stream(stdin, "standard input", max, false, out_len, err);
	return read_path(path, max, false, out_len, err);
}

char *file_read_secret(const char *path, size_t max, size_t *out_len, struct err *err)
{
	return read_path(path, max, true, out_len, err);
}

/* --- links ----------------------------------------------------------------------------- */
enum { LINKS_MAX = 40 };        /* as the kernel */

/* Whether others can put a link into this folder. */
static bool is_open_to_others(int folder)
{
	AUTO_CLOSE int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	return fstat(folder, &st) != 0 || !trust_state(&st, fd);
}

/* A link that the kernel makes up, such as /proc/self/fd/1: its text is no path when it stands for
 * a pipe. */
static bool is_kernel_link(int folder, const char *name)
{
	struct statfs fs;
	struct stat st;

	return fstatfs(folder, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC &&
	       fstatat(folder, name, &st, 0) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

/* What a link says, put before the rest of the path. */
static int follow(int folder, const char *name, char **rest, const char *path, struct err *err)
{
	char target[PATH_MAX];
	ssize_t len = readlinkat(folder, name, target, sizeof(target));
	char *longer;

	if (len < 0 || len == (ssize_t)sizeof(target))
		return err_errno(err, ERR_SYSTEM, len < 0 ? errno : ENAMETOOLONG,
				 "cannot write '%s'", path);
	if (is_open_to_others(folder)) {
		err_set(err, ERR_SYSTEM, "'%s': '%s' is a link in a folder that others can write",
			path, name);
		return err_hint(err, "name the file itself, or a folder that is yours alone");
	}
	longer = xasprintf("%.*s%s%s", (int)len, target, **rest ? "/" : "", *rest);
	free(*rest);
	*rest = longer;
	return 0;
}

/* Takes the first name off rest; "" when there is none. */
static char *first_name(char *rest)
{
	size_t skip = strspn(rest, "/"), len = strcspn(rest + skip, "/");
	char *name = xstrndup(rest + skip, len);

	skip += len;
	skip += strspn(rest + skip, "/");
	memmove(rest, rest + skip, strlen(rest + skip) + 1);
	return name;
}

int file_open_folder(const char *path, char **out_name, struct err *err)
{
	AUTO_FREE char *rest = xstrdup(path);
	bool in_folder = path[0] && path[strlen(path) - 1] == '/';
	AUTO_CLOSE int folder = -1;
	int links = 0, opened;

	for (const char *from = path[0] == '/' ? "/" : ".";;) {
		AUTO_FREE char *name = NULL;
		struct stat st = { .st_mode = 0 };

		if (from) {
			if (folder >= 0)
				close(folder);
			folder = open(from, O_PATH | O_DIRECTORY | O_CLOEXEC);
			from = NULL;
			if (folder < 0)
				break;
		}
		name = first_name(rest);
		errno = *name ? 0 : path[0] ? EISDIR : ENOENT;
		if (!*name)
			break;
		(void)fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW);
		if (S_ISLNK(st.st_mode) && (*rest || !is_kernel_link(folder, name))) {
			errno = ELOOP;
			if (++links > LINKS_MAX)
				break;
			if (follow(folder, name, &rest, path, err) < 0)
				return -1;
			from = rest[0] == '/' ? "/" : NULL;
			continue;
		}
		errno = EISDIR;
		if (!*rest && in_folder)
			break;
		if (!*rest) {
			*out_name = name;
			name = NULL;
			opened = folder;
			folder = -1;
			return opened;
		}
		opened = openat(folder, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (opened < 0)
			break;
		close(folder);
		folder = opened;
	}
	return err_errno(err, ERR_SYSTEM, errno, "cannot write '%s'", path);
}

int file_open_to_append(const char *path, unsigned mode, struct err *err)
{
	AUTO_FREE char *name = NULL;
	AUTO_CLOSE int folder = file_open_folder(path, &name, err);
	int fd;

	if (folder < 0)
		return -1;
	fd = openat(folder, name, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, mode);
	return fd >= 0 ? fd : err_errno(err, ERR_SYSTEM, errno, "cannot write to '%s'", path);
}

char *file_at_home(const char *name)
{
	const char *home = getenv("HOME");

	if (!home || !*home) {
		const struct passwd *pw = getpwuid(getuid());

		home = pw ? pw->pw_dir : "/";
	}
	return xasprintf("%s/%s", home, name);
}

/* --- out ------------------------------------------------------------------------------- */
struct file_out {
	FILE *stream;
	int fd;                 /* what the stream writes to; its own to close, but for 1 */
	int why;                /* errno of the first write that failed: stdio forgets it */
	int folder;             /* where it shall appear; -1: fd is the target itself */
	char *name;             /* under this name in it */
	char *beside;           /* as which it is being written there; NULL: it is not there */
	char *path;             /* for messages */
};

static void file_out_free(struct file_out *f)
{
	if (f->fd > STDOUT_FILENO)
		close(f->fd);
	if (f->folder >= 0)
		close(f->folder);
	free(f->name);
	free(f->beside);
	free(f->path);
	free(f);
}

/* 0 is failure, as fopencookie(3) wants it. */
static ssize_t put_bytes(void *cookie, const char *bytes, size_t len)
{
	struct file_out *f = cookie;
	size_t done = 0;

	while (done < len && f->why == 0) {
		ssize_t n = write(f->fd, bytes + done, len - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			f->why = errno;
	}
	return f->why == 0 ? (ssize_t)len : 0;
}

static int open_stream(struct file_out *f, struct err *err)
{
	f->stream = fopencookie(f, "w", (cookie_io_functions_t){ .write = put_bytes });
	return f->stream ? 0 : err_errno(err, ERR_SYSTEM, errno, "cannot write '%s'", f->path);
}

/* Under a name that is nobody's yet, for us alone until its mode is known. */
static int make_beside(struct file_out *f)
{
	enum { TRIES = 100 };
	unsigned number;

	for (int i = 0; i < TRIES && f->fd < 0; i++) {
		free(f->beside);
		f->beside = NULL;
		if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
			return -1;
		f->beside = xasprintf("%s.%08x", f->name, number);
		f->fd = openat(f->folder, f->beside,
			       O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (f->fd < 0 && errno != EEXIST)
			break;
	}
	if (f->fd >= 0)
		return 0;
	free(f->beside);
	f->beside = NULL;
	return -1;
}

/* What the umask leaves, and no more than the file of ours had that is replaced. Its group goes
 * with it, or has no right to the new one. */
static int set_mode(const struct file_out *f, const struct stat *old)
{
	mode_t mask = umask(0), mode = 0666 & ~mask;

	umask(mask);
	if (S_ISREG(old->st_mode) && old->st_uid == geteuid()) {
		mode &= old->st_mode;
		if (old->st_gid != getegid() && fchown(f->fd, (uid_t)-1, old->st_gid) != 0)
			mode &= ~(mode_t)070;
	}
	return fchmod(f->fd, mode);
}

static int open_target(struct file_out *f, struct err *err)
{
	struct stat st = { .st_mode = 0 };
	int no_follow = O_NOFOLLOW, failed;

	f->folder = file_open_folder(f->path, &f->name, err);
	if (f->folder < 0)
		return -1;
	(void)fstatat(f->folder, f->name, &st, AT_SYMLINK_NOFOLLOW);
	if (S_ISLNK(st.st_mode)) {      /* one that the kernel makes up */
		no_follow = 0;
		(void)fstatat(f->folder, f->name, &st, 0);
	}
	if (st.st_mode != 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) {
		/* a pipe or device: never to be renamed over */
		f->fd = openat(f->folder, f->name, O_WRONLY | O_CLOEXEC | no_follow);
		failed = f->fd < 0;
	} else {
		failed = make_beside(f) < 0 || set_mode(f, &st) < 0;
	}
	if (failed)
		return err_errno(err, ERR_SYSTEM, errno, "cannot write '%s'", f->path);
	return open_stream(f, err);
}

struct file_out *file_out_open(const char *path, struct err *err)
{
	struct file_out *f = xcalloc(1, sizeof(*f));
	int rc = 0;

	f->fd = f->folder = -1;
	f->path = xstrdup(strcmp(path, "-") == 0 ? "standard output" : path);
	if (strcmp(path, "-") != 0) {
		rc = open_target(f, err);
	} else if (isatty(STDOUT_FILENO)) {
		f->stream = stdout;
	} else {
		fflush(stdout);
		f->fd = STDOUT_FILENO;
		rc = open_stream(f, err);
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

int file_check_name(const char *what, const char *path, struct err *err)
{
	enum { SHOWN_MAX = 300 };
	AUTO_FREE char *shown = NULL;

	if (text_is_utf8(path, strlen(path)))
		return 0;
	shown = text_printable(path, strlen(path), SHOWN_MAX);
	err_set(err, ERR_USAGE, "%s is not UTF-8: '%s'", what, shown);
	return err_hint(err,
			"rename the file or its folder, or reach it by a link with another name");
}

char *file_absolute(const char *path, struct err *err)
{
	char *full = realpath(path, NULL);

	if (!full)
		full = xstrdup(path);
	if (file_check_name("a path", full, err) == 0)
		return full;
	free(full);
	return NULL;
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

/* A new name is on the disk once its folder is; some file systems cannot do that. */
static void sync_folder(int folder)
{
	AUTO_CLOSE int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		fsync(fd);
}

int file_out_commit(struct file_out *f, struct err *err)
{
	int rc = 0;

	errno = 0;
	if (fflush(f->stream) != 0 || ferror(f->stream))
		rc = f->why ? f->why : errno ? errno : EIO;
	if (!f->beside && f->fd <= STDOUT_FILENO && rc == EPIPE)
		rc = 0;         /* the reader, `head` perhaps, had enough */
	if (f->stream != stdout)
		fclose(f->stream);
	if (f->beside && rc == 0 && fsync(f->fd) < 0)
		rc = errno;
	if (f->fd > STDOUT_FILENO && close(f->fd) != 0 && rc == 0)
		rc = errno;
	f->fd = -1;
	if (f->beside && rc == 0 && renameat(f->folder, f->beside, f->folder, f->name) < 0)
		rc = errno;
	if (f->beside && rc == 0)
		sync_folder(f->folder);
	if (f->beside && rc != 0)
		unlinkat(f->folder, f->beside, 0);
	if (rc != 0)
		err_errno(err, ERR_SYSTEM, rc, "cannot write '%s'", f->path);
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
		unlinkat(f->folder, f->beside, 0);
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

/* A hard link: nothing is copied, and no moment is without the file. */
static int keep_old(const char *path, struct err *err)
{
	AUTO_FREE char *name = NULL, *old = NULL;
	AUTO_CLOSE int folder = file_open_folder(path, &name, err);

	if (folder < 0)
		return -1;
	old = xasprintf("%s.old", name);
	if ((unlinkat(folder, old, 0) != 0 && errno != ENOENT) ||
	    linkat(folder, name, folder, old, 0) != 0)
		return err_errno(err, ERR_SYSTEM, errno, "cannot keep '%s' as %s", path, old);
	return 0;
}

int file_replace(const char *path, const char *text, size_t len, struct err *err)
{
	struct file_out *out = keep_old(path, err) == 0 ? file_out_open(path, err) : NULL;

	if (!out)
		return -1;
	fwrite(text, 1, len, file_out_stream(out));
	return file_out_commit(out, err);
}
