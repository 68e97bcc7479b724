/* knowncerts.c - known_certificates, read whole; what is added goes there under a lock, after a
 * look at what others have written since. */
#include "transport/winrm/knowncerts.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/filelock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/trust.h"

enum { FILE_MAX = 16 << 20 };
static const char type[] = "SHA256:", revoked[] = "@revoked", authority[] = "authority";

/* What the lines of a file say. */
struct table {
	const char *path;               /* of its owner */
	struct map by_name, by_revoked;
	struct known_cert *first;
	int lines;
	size_t whole;                   /* bytes before half a line at its end */
};

struct knowncerts {
	char *path;
	struct table is;
	bool nowhere;                   /* known_hosts is a device: nothing is written beside it */
	struct stat read;               /* the file that this is; all 0: none that is any good */
	struct knowncerts *next;
};

/* --- reading ------------------------------------------------------------------------------- */

static void release(struct table *t)
{
	map_release(&t->by_name);
	map_release(&t->by_revoked);
	while (t->first) {
		struct known_cert *c = t->first;

		t->first = c->next;
		free(c->name);
		free(c);
	}
}

void knowncerts_free(struct knowncerts *k)
{
	if (!k)
		return;
	release(&k->is);
	free(k->path);
	free(k);
}

static struct knowncerts *make(const char *path)
{
	struct knowncerts *k = xcalloc(1, sizeof(*k));

	k->path = xstrdup(path);
	k->is.path = k->path;
	return k;
}

static void lower(char *text)
{
	for (; *text; text++)
		*text = (char)tolower((unsigned char)*text);
}

/* hex NULL: an authority's; name NULL: revoked. */
static struct known_cert *keep(struct table *t, const char *name, const char *hex)
{
	struct map *map = name ? &t->by_name : &t->by_revoked;
	struct known_cert *c = map_get(map, name ? name : hex);

	if (!c) {
		c = xcalloc(1, sizeof(*c));
		c->path = t->path;
		c->name = name ? xstrdup(name) : NULL;
		c->next = t->first;
		t->first = c;
	}
	c->line = t->lines;
	memcpy(c->hex, hex ? hex : "", hex ? CERT_HEX + 1 : 1);
	map_add(map, c->name ? c->name : c->hex, c);
	return c;
}

/* "SHA256:..." with blanks behind, cut to its digits. */
static const char *digits(char *text)
{
	char *hex = text + sizeof(type) - 1;

	if (strncmp(text, type, sizeof(type) - 1) != 0 ||
	    strspn(hex, "0123456789abcdefABCDEF") != CERT_HEX ||
	    hex[CERT_HEX + strspn(hex + CERT_HEX, " \t")])
		return NULL;
	hex[CERT_HEX] = '\0';
	lower(hex);
	return hex;
}

/* A line of some kind; false: of none. */
static bool read_words(struct table *t, char *text)
{
	char *name = strsep(&text, " \t"), *said = text ? text + strspn(text, " \t") : NULL;
	const char *hex;

	if (!said)
		return false;
	if (strcmp(name, revoked) == 0) {
		if (*said != '*' || !strchr(" \t", said[1]) || !said[1])
			return false;
		hex = digits(said + 1 + strspn(said + 1, " \t"));
		if (hex)
			keep(t, NULL, hex);
		return hex != NULL;
	}
	lower(name);
	if (*name == '@' || !strchr(name, ':'))
		return false;
	if (strncmp(said, authority, sizeof(authority) - 1) == 0 &&
	    !said[sizeof(authority) - 1 + strspn(said + sizeof(authority) - 1, " \t")]) {
		keep(t, name, NULL);
		return true;
	}
	hex = digits(said);
	if (hex)
		keep(t, name, hex);
	return hex != NULL;
}

static int read_line(struct table *t, char *text, struct err *err)
{
	t->lines++;
	text += strspn(text, " \t");
	text[strcspn(text, "\r")] = '\0';
	if (*text == '\0' || *text == '#' || read_words(t, text))
		return 0;
	return err_set(err, ERR_USAGE,
		       "%s line %d: expected HOST:PORT or @revoked *, then SHA256: and %d digits",
		       t->path, t->lines, (int)CERT_HEX);
}

/* What is left of a line whose writer was killed is skipped: no part of a line is a line. */
static int parse(struct table *t, char *text, size_t len, struct err *err)
{
	char *rest = text, *line;

	t->whole = len;
	if (memchr(text, '\0', len))
		return err_set(err, ERR_USAGE, "%s: a NUL in it: it is no text", t->path);
	if (len > 0 && text[len - 1] == '\n')
		text[len - 1] = '\0';
	while (len > 0 && (line = strsep(&rest, "\n")) != NULL) {
		size_t begin = (size_t)(line - text), line_len = strlen(line);
		struct err own;

		if (read_line(t, line, &own) == 0)
			continue;
		if (begin + line_len < len) {
			if (err)
				*err = own;
			return -1;
		}
		log_line(LOG_WARN, "%s; it has no end: skipped", own.msg);
		t->whole = begin;
		t->lines--;
	}
	return 0;
}

static bool is_there(const char *path, struct stat *out)
{
	*out = (struct stat){ .st_ino = 0 };
	return stat(path, out) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

static bool is_as_read(const struct knowncerts *k)
{
	struct stat now;

	if (!is_there(k->path, &now))
		return k->read.st_ino == 0 && !k->is.first;
	return k->read.st_ino != 0 && file_is(k->path, &k->read);
}

/* Anew where it is another than was read, or was changed since: all of it, or -1 each time until
 * that can be, for a part would let in whom the rest refuses. */
static int read_again(struct knowncerts *k, struct err *err)
{
	AUTO_FREE char *text = NULL;
	struct table new = { .path = k->path };
	struct stat now;
	size_t len = 0;
	bool there;

	if (is_as_read(k))
		return 0;
	k->read = (struct stat){ .st_ino = 0 };
	there = is_there(k->path, &now);
	text = there ? file_read(k->path, FILE_MAX, &len, err) : NULL;
	if (there && (!text || parse(&new, text, len, err) != 0)) {
		release(&new);
		return -1;
	}
	release(&k->is);
	k->is = new;
	k->read = now;
	return 0;
}

/* As above, by who does not hold the lock. */
static int look(struct knowncerts *k, struct err *err)
{
	AUTO_CLOSE int whole = -1;

	if (is_as_read(k))
		return 0;
	whole = file_lock_to_read(k->path);
	return read_again(k, err);
}

struct knowncerts *knowncerts_load(const char *path, struct err *err)
{
	struct knowncerts *k = make(path);

	trust_warn("certificates", k->path);
	if (look(k, err) == 0)
		return k;
	knowncerts_free(k);
	return NULL;
}

struct knowncerts *knowncerts_parse(const char *path, const char *text, size_t len, struct err *err)
{
	struct knowncerts *k = make(path);
	AUTO_FREE char *copy = xcalloc(len + 1, 1);

	memcpy(copy, text, len);
	if (parse(&k->is, copy, len, err) == 0)
		return k;
	knowncerts_free(k);
	return NULL;
}

/* --- what is known ------------------------------------------------------------------------- */

char *knowncerts_name(const char *host, int port, const char *through)
{
	char *name = xasprintf(strchr(host, ':') ? "[%s]:%d%s%s" : "%s:%d%s%s", host, port,
			       through ? "@" : "", through ? through : "");

	lower(name);
	return name;
}

bool knowncerts_can_name(const char *name)
{
	for (const char *p = name; *p; p++)
		if (*p <= ' ' || *p > '~')
			return false;
	return strchr(name, ':') && !strchr("@#", *name);
}

const struct known_cert *knowncerts_find(const struct knowncerts *k, const char *name)
{
	const struct known_cert *c = map_get(&k->is.by_name, name);
	AUTO_FREE char *alone = xstrndup(name, strcspn(name, "@"));

	return c ? c : map_get(&k->is.by_name, alone);
}

const struct known_cert *knowncerts_revoked(const struct knowncerts *k, const char *hex)
{
	return map_get(&k->is.by_revoked, hex);
}

/* What is added behind half a line would be a line that is none with it. */
static int cut_half_line(const struct knowncerts *k, int fd, struct err *err)
{
	if (k->read.st_ino == 0 || (size_t)k->read.st_size == k->is.whole ||
	    ftruncate(fd, (off_t)k->is.whole) == 0)
		return 0;
	return err_errno(err, ERR_SYSTEM, errno, "cannot write to '%s'", k->path);
}

/* What is written with the lock, and then counts here too. */
static int add_line(struct knowncerts *k, int fd, const char *name, const char *hex,
		    struct err *err)
{
	AUTO_FREE char *text =
		name ? xasprintf("%s %s%s\n", name, hex ? type : "", hex ? hex : authority) :
		       xasprintf("%s * %s%s\n", revoked, type, hex);

	if (name && !knowncerts_can_name(name))
		return err_set(err, ERR_USAGE, "'%s' cannot stand in %s", name, k->path);
	if (cut_half_line(k, fd, err) != 0 || file_append_locked(fd, k->path, text, err) != 0)
		return -1;
	if (fstat(fd, &k->read) != 0)
		k->read = (struct stat){ .st_ino = 0 };         /* then it is read once more */
	k->is.whole = (size_t)k->read.st_size;
	k->is.lines++;
	keep(&k->is, name, hex);
	return 0;
}

static int lock(const struct knowncerts *k, struct err *err)
{
	if (k->nowhere)
		return err_set(err, ERR_USAGE,
			       "'%s' is not written: known_hosts beside it is no regular file",
			       k->path);
	return file_lock(k->path, err);
}

int knowncerts_learn(struct knowncerts *k, const char *name, const char *hex,
		     const struct known_cert **out, struct err *err)
{
	AUTO_CLOSE int fd = lock(k, err);

	if (fd < 0 || read_again(k, err) != 0)
		return -1;
	*out = knowncerts_find(k, name);
	if (*out)
		return 1;
	if (add_line(k, fd, name, hex, err) != 0)
		return -1;
	*out = knowncerts_find(k, name);
	return 0;
}

/* Whether a line is of that name. */
static bool is_of(const char *line, size_t len, const char *name)
{
	size_t blanks = 0, name_len = strlen(name);

	while (blanks < len && strchr(" \t", line[blanks]))
		blanks++;
	line += blanks;
	len -= blanks;
	return len > name_len && strncasecmp(line, name, name_len) == 0 &&
	       strchr(" \t", line[name_len]);
}

/* The text without lines of that name. */
static void keep_others(const char *text, size_t len, const char *name, struct buf *out, int *lines)
{
	for (const char *at = text, *end = text + len, *next; at < end; at = next) {
		const char *lf = memchr(at, '\n', (size_t)(end - at));

		next = lf ? lf + 1 : end;
		if (is_of(at, (size_t)(next - at), name))
			(*lines)++;
		else
			buf_add(out, at, (size_t)(next - at));
	}
}

/* 0: what it says of the name is what was compared, 1: it has that one. */
static int is_still(const struct knowncerts *k, const char *name, const char *hex,
		    const char *before, struct err *err)
{
	const struct known_cert *revoke = knowncerts_revoked(k, hex);
	const struct known_cert *now = knowncerts_find(k, name);

	if (revoke)
		return err_set(err, ERR_USAGE, "SHA256:%s was revoked meanwhile, by %s line %d",
			       hex, k->path, revoke->line);
	if (now && strcmp(now->hex, hex) == 0)
		return 1;
	if (!now == !before && (!now || strcmp(now->hex, before) == 0))
		return 0;
	err_set(err, ERR_USAGE, "%s was changed meanwhile: it says another thing of %s now",
		k->path, name);
	return err_hint(err, "look once more: marshal keys pending");
}

int knowncerts_put(struct knowncerts *k, const char *name, const char *hex, const char *before,
		   int *out_lines, struct err *err)
{
	AUTO_CLOSE int fd = lock(k, err);
	AUTO_FREE char *text = NULL;
	struct buf others;
	size_t len = 0;
	int rc = 0;

	*out_lines = 0;
	if (fd < 0 || read_again(k, err) != 0)
		return -1;
	rc = is_still(k, name, hex, before, err);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (!map_get(&k->is.by_name, name))
		return add_line(k, fd, name, hex, err);
	text = file_read(k->path, FILE_MAX, &len, err);
	if (!text)
		return -1;
	buf_init(&others, len + CERT_HEX + strlen(name) + 20);
	keep_others(text, len < k->is.whole ? len : k->is.whole, name, &others, out_lines);
	if (others.len > 0 && others.data[others.len - 1] != '\n')
		buf_adds(&others, "\n");
	buf_addf(&others, "%s %s%s\n", name, type, hex);
	rc = file_replace(k->path, buf_text(&others), others.len, err);
	buf_release(&others);
	return rc == 0 ? read_again(k, err) : rc;
}

int knowncerts_revoke(struct knowncerts *k, const char *hex, struct err *err)
{
	AUTO_CLOSE int fd = lock(k, err);

	if (fd < 0 || read_again(k, err) != 0)
		return -1;
	return knowncerts_revoked(k, hex) ? 0 : add_line(k, fd, NULL, hex, err);
}

void knowncerts_visit(const struct knowncerts *k,
		      void (*visit)(void *ctx, const struct known_cert *c), void *ctx)
{
	for (const struct known_cert *c = k->is.first; c; c = c->next)
		if (c->name && c->hex[0])
			visit(ctx, c);
}

const char *knowncerts_file(const struct knowncerts *k)
{
	return k->path;
}

/* --- files --------------------------------------------------------------------------------- */

struct knowncerts_files { struct knowncerts *first; };

struct knowncerts_files *knowncerts_files_new(void)
{
	return xcalloc(1, sizeof(struct knowncerts_files));
}

void knowncerts_files_free(struct knowncerts_files *files)
{
	if (!files)
		return;
	while (files->first) {
		struct knowncerts *k = files->first;

		files->first = k->next;
		knowncerts_free(k);
	}
	free(files);
}

char *knowncerts_path(const char *known_hosts)
{
	AUTO_FREE char *users = known_hosts ? NULL : file_at_home(".ssh/known_hosts");
	const char *beside = known_hosts ? known_hosts : users;
	const char *slash = strrchr(beside, '/');

	return xasprintf("%.*sknown_certificates", slash ? (int)(slash + 1 - beside) : 0, beside);
}

struct knowncerts *knowncerts_beside(struct knowncerts_files *files, const char *known_hosts,
				     struct err *err)
{
	AUTO_FREE char *path = knowncerts_path(known_hosts);
	struct knowncerts *k;
	struct stat st;

	for (k = files->first; k; k = k->next)
		if (strcmp(k->path, path) == 0)
			return look(k, err) == 0 ? k : NULL;
	k = knowncerts_load(path, err);
	if (!k)
		return NULL;
	k->nowhere = known_hosts && stat(known_hosts, &st) == 0 && !S_ISREG(st.st_mode);
	k->next = files->first;
	files->first = k;
	return k;
}
