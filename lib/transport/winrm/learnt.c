/* learnt.c - files of known certificates, each read once; a new line goes there in one write. */
#include "transport/winrm/learnt.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/trust.h"

enum { FILE_MAX = 16 << 20, DIGITS = 64 };

struct line {
	struct learnt_pin pin;
	char *name;                     /* "host:5986" */
	struct line *next;
};

struct file {
	char *path;
	struct map by_name;             /* the last line of a name counts */
	struct line *line;
	int lines;                      /* all of the file, for places */
	struct file *next;
};

struct learnt { struct file *file; };   /* one, or a few */

struct learnt *learnt_new(void)
{
	return xcalloc(1, sizeof(struct learnt));
}

static void free_file(struct file *f)
{
	while (f->line) {
		struct line *line = f->line;

		f->line = line->next;
		free(line->pin.place);
		free(line->name);
		free(line);
	}
	map_release(&f->by_name);
	free(f->path);
	free(f);
}

void learnt_free(struct learnt *all)
{
	if (!all)
		return;
	while (all->file) {
		struct file *f = all->file;

		all->file = f->next;
		free_file(f);
	}
	free(all);
}

static void lower(char *text)
{
	for (; *text; text++)
		*text = (char)tolower((unsigned char)*text);
}

static struct line *keep(struct file *f, const char *name, const char *hex)
{
	struct line *line = map_get(&f->by_name, name);

	if (!line) {
		line = xcalloc(1, sizeof(*line));
		line->name = xstrdup(name);
		line->next = f->line;
		f->line = line;
		map_add(&f->by_name, line->name, line);
	}
	free(line->pin.place);
	line->pin.place = xasprintf("%s line %d", f->path, f->lines);
	memcpy(line->pin.hex, hex, DIGITS);
	lower(line->pin.hex);
	return line;
}

/* "host:5986 SHA256:00...", a comment, or nothing. */
static int read_line(struct file *f, char *text, struct err *err)
{
	static const char type[] = "SHA256:";
	char *name, *hash;

	f->lines++;
	text += strspn(text, " \t");
	text[strcspn(text, "\r")] = '\0';
	if (*text == '\0' || *text == '#')
		return 0;
	name = strsep(&text, " \t");
	hash = text ? text + strspn(text, " \t") : NULL;
	if (!hash || !strchr(name, ':') || strncmp(hash, type, sizeof(type) - 1) != 0 ||
	    strspn(hash + sizeof(type) - 1, "0123456789abcdefABCDEF") != DIGITS ||
	    hash[sizeof(type) - 1 + DIGITS + strspn(hash + sizeof(type) - 1 + DIGITS, " \t")])
		return err_set(err, ERR_USAGE,
			       "%s line %d: expected HOST:PORT SHA256: and %d digits", f->path,
			       f->lines, (int)DIGITS);
	lower(name);
	keep(f, name, hash + sizeof(type) - 1);
	return 0;
}

static int read_file(struct file *f, struct err *err)
{
	AUTO_FREE char *text = NULL;
	char *rest, *line;
	size_t len;

	if (access(f->path, F_OK) != 0 && errno == ENOENT)
		return 0;
	text = file_read(f->path, FILE_MAX, &len, err);
	if (!text)
		return -1;
	if (memchr(text, '\0', len))
		return err_set(err, ERR_USAGE, "%s: a NUL in it: it is no text", f->path);
	trust_warn("certificates", f->path);
	if (len > 0 && text[len - 1] == '\n')
		text[len - 1] = '\0';
	for (rest = text; len > 0 && (line = strsep(&rest, "\n")) != NULL;)
		if (read_line(f, line, err) != 0)
			return -1;
	return 0;
}

static char *path_beside(const char *named)
{
	AUTO_FREE char *users = named ? NULL : file_at_home(".ssh/known_hosts");
	const char *known_hosts = named ? named : users;
	const char *slash = strrchr(known_hosts, '/');

	return xasprintf("%.*sknown_certificates", slash ? (int)(slash + 1 - known_hosts) : 0,
			 known_hosts);
}

static struct file *file_of(struct learnt *all, const char *known_hosts, struct err *err)
{
	AUTO_FREE char *path = path_beside(known_hosts);
	struct file *f;

	for (f = all->file; f; f = f->next)
		if (strcmp(f->path, path) == 0)
			return f;
	f = xcalloc(1, sizeof(*f));
	f->path = xstrdup(path);
	if (read_file(f, err) != 0) {
		free_file(f);
		return NULL;
	}
	f->next = all->file;
	all->file = f;
	return f;
}

static char *name_of(const char *host, int port)
{
	char *name = xasprintf(strchr(host, ':') ? "[%s]:%d" : "%s:%d", host, port);

	lower(name);
	return name;
}

int learnt_find(struct learnt *all, const struct learnt_of *of, const struct learnt_pin **out,
		struct err *err)
{
	AUTO_FREE char *name = name_of(of->host, of->port);
	struct file *f = file_of(all, of->known_hosts, err);
	struct line *line;

	if (!f)
		return -1;
	line = map_get(&f->by_name, name);
	*out = line ? &line->pin : NULL;
	return 0;
}

int learnt_add(struct learnt *all, const struct learnt_of *of, const char *hex,
	       const struct learnt_pin **out, struct err *err)
{
	AUTO_FREE char *name = name_of(of->host, of->port);
	AUTO_FREE char *text = xasprintf("%s SHA256:%s\n", name, hex);
	struct file *f = file_of(all, of->known_hosts, err);

	if (!f || file_append_line(f->path, text, err) != 0)
		return -1;
	f->lines++;
	*out = &keep(f, name, hex)->pin;
	return 0;
}
