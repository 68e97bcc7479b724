/* password.c - where passwords come from, a row each. What is read is one line: a line feed at the
 * end of a file or of an output is not part of it. */
#include "transport/password.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/secret.h"

enum { PASSWORD_MAX = 1024 };

struct password {
	char *text;                     /* NULL: could not be fetched */
	char *label;
	struct err err;
	struct password *next;
};

struct passwords {
	struct map by_source;           /* keys are the labels' sources */
	struct password *list;
};

struct passwords *passwords_new(void)
{
	return xcalloc(1, sizeof(struct passwords));
}

void passwords_free(struct passwords *all)
{
	if (!all)
		return;
	while (all->list) {
		struct password *p = all->list;

		all->list = p->next;
		secret_free(p->text);
		free(p->label);
		free(p);
	}
	map_release(&all->by_source);
	free(all);
}

/* Takes the line feed away; refuses what is no line of text. */
static int take_line(char *text, size_t len, struct password *out)
{
	if (len > 0 && text[len - 1] == '\n')
		text[--len] = '\0';
	if (len > 0 && text[len - 1] == '\r')
		text[--len] = '\0';
	if (len == 0 || memchr(text, '\n', len) || memchr(text, '\0', len))
		return err_set(&out->err, FAULT_NO_USABLE_KEY, "%s is not one line of text",
			       out->label);
	out->text = text;
	return 0;
}

static int read_all(int fd, struct password *out)
{
	char *text = secret_alloc(PASSWORD_MAX + 1);
	size_t len = 0;
	ssize_t n;

	while (len < PASSWORD_MAX &&
	       ((n = read(fd, text + len, PASSWORD_MAX - len)) > 0 || (n < 0 && errno == EINTR)))
		len += n > 0 ? (size_t)n : 0;
	if (len == PASSWORD_MAX || take_line(text, len, out) != 0) {
		secret_free(text);
		return out->err.code ?
			       -1 :
			       err_set(&out->err, FAULT_NO_USABLE_KEY, "%s is longer than %d bytes",
				       out->label, PASSWORD_MAX - 1);
	}
	return 0;
}

static int from_file(const char *path, struct password *out)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		return err_errno(&out->err, FAULT_NO_USABLE_KEY, errno, "%s", out->label);
	if (S_ISREG(st.st_mode) && (st.st_mode & 077) != 0) {
		err_set(&out->err, FAULT_NO_USABLE_KEY, "%s: others can read it (mode %03o)",
			out->label, (unsigned)st.st_mode & 0777);
		return err_hint(&out->err, "chmod 600 that file");
	}
	return read_all(fd, out);
}

static int from_environment(const char *name, struct password *out)
{
	const char *value = getenv(name);
	char *text;

	if (!value)
		return err_set(&out->err, FAULT_NO_USABLE_KEY, "%s: it is not set", out->label);
	if (strlen(value) > PASSWORD_MAX - 1)
		return err_set(&out->err, FAULT_NO_USABLE_KEY, "%s is longer than %d bytes",
			       out->label, PASSWORD_MAX - 1);
	text = secret_alloc(PASSWORD_MAX + 1);
	memcpy(text, value, strlen(value));
	if (take_line(text, strlen(value), out) == 0)
		return 0;
	secret_free(text);
	return -1;
}

static const struct {
	const char *word;
	const char *label;              /* with what stands behind the word */
	int (*fetch)(const char *value, struct password *out);
} sources[] = {
	{ "file:", "the password in file '%s'", from_file },
	{ "env:", "the password in environment variable '%s'", from_environment },
};

static void fetch(const char *from, struct password *out)
{
	for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
		size_t len = strlen(sources[i].word);

		if (strncmp(from, sources[i].word, len) != 0)
			continue;
		out->label = xasprintf(sources[i].label, from + len);
		sources[i].fetch(from + len, out);
		return;
	}
	out->label = xstrdup("a password from nowhere");
	err_set(&out->err, FAULT_NO_USABLE_KEY, "no such source of passwords: '%.40s'", from);
}

const struct password *password_of(struct passwords *all, const char *from, bool may_prompt,
				   struct err *err)
{
	struct password *p = map_get(&all->by_source, from);

	(void)may_prompt;
	if (!p) {
		p = xcalloc(1, sizeof(*p));
		fetch(from, p);
		p->next = all->list;
		all->list = p;
		map_add(&all->by_source, from, p);
	}
	if (p->text)
		return p;
	*err = p->err;
	return NULL;
}

const char *password_text(const struct password *p)
{
	return p->text;
}

const char *password_label(const struct password *p)
{
	return p->label;
}
