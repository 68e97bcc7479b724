/* password.c - where passwords come from, a row each. What is read is one line: a line feed at the
 * end of a file or of an output is not part of it. */
#include "transport/password.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/run.h"
#include "base/secret.h"
#include "base/text.h"
#include "base/trust.h"
#include "transport/passphrase.h"

enum { PASSWORD_MAX = 1023, FETCH_MS = 30000, WORDS_MAX = 64, LABEL_MAX = 120 };

struct password {
	char *text;
	char *label;
	struct password *next;
};

/* A text that names one, and what came of it. */
struct source {
	char *from;                     /* secret: it may be the password itself */
	char *label;
	bool may_prompt;
	struct password *password;      /* NULL: why not is in err */
	struct err err;
	struct source *next;
};

struct passwords {
	struct map by_source, by_text;
	struct source *sources;
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
	map_release(&all->by_source);
	map_release(&all->by_text);
	while (all->sources) {
		struct source *s = all->sources;

		all->sources = s->next;
		secret_free(s->from);
		free(s->label);
		free(s);
	}
	while (all->list) {
		struct password *p = all->list;

		all->list = p->next;
		secret_free(p->text);
		free(p->label);
		free(p);
	}
	free(all);
}

/* --- sources: each gives the text, secret_free() it, or sets s->err ------------------------ */

/* Takes the line feed away; refuses what is no line of text, and frees it. */
static char *one_line(char *text, size_t len, struct source *s)
{
	const char *wrong = NULL;

	if (len > 0 && text[len - 1] == '\n')
		text[--len] = '\0';
	if (len > 0 && text[len - 1] == '\r')
		text[--len] = '\0';
	if (len == 0)
		wrong = "is empty";
	else if (memchr(text, '\n', len) || memchr(text, '\0', len))
		wrong = "is not one line of text";
	if (!wrong && len <= PASSWORD_MAX)
		return text;
	secret_free(text);
	if (wrong)
		err_set(&s->err, FAULT_NO_USABLE_KEY, "%s %s", s->label, wrong);
	else
		err_set(&s->err, FAULT_NO_USABLE_KEY, "%s is longer than %d bytes", s->label,
			PASSWORD_MAX);
	return NULL;
}

static char *copy_line(const char *value, struct source *s)
{
	size_t len = strlen(value);
	char *text = secret_alloc(len + 1);

	memcpy(text, value, len);
	return one_line(text, len, s);
}

/* To its end. A pipe whose writer says nothing has a limit of time. */
static char *read_line(int fd, struct source *s)
{
	enum { ROOM = PASSWORD_MAX + 3 };       /* a line's end, and a byte too many */
	int64_t now_ms = clock_now_ms(), until_ms = now_ms + FETCH_MS;
	char *text = secret_alloc(ROOM + 1);
	size_t len = 0;

	for (; len < ROOM && now_ms < until_ms; now_ms = clock_now_ms()) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };
		ssize_t n;

		if (poll(&wait, 1, (int)(until_ms - now_ms)) <= 0)
			continue;
		n = read(fd, text + len, ROOM - len);
		if (n > 0)
			len += (size_t)n;
		else if (n == 0)
			return one_line(text, len, s);
		else if (errno != EAGAIN && errno != EINTR)
			break;
	}
	if (len == ROOM)
		return one_line(text, len, s);
	secret_free(text);
	if (now_ms < until_ms)
		err_errno(&s->err, FAULT_NO_USABLE_KEY, errno, "%s", s->label);
	else
		err_set(&s->err, FAULT_NO_USABLE_KEY, "%s: no end of it in %d s", s->label,
			FETCH_MS / 1000);
	return NULL;
}

static char *from_file(const char *path, struct source *s)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0) {
		err_errno(&s->err, FAULT_NO_USABLE_KEY, errno, "%s", s->label);
		return NULL;
	}
	if (S_ISREG(st.st_mode) && (st.st_mode & 077) != 0) {
		err_set(&s->err, FAULT_NO_USABLE_KEY, "%s: others can read it (mode %04o)",
			s->label, (unsigned)st.st_mode & 07777);
		err_hint(&s->err, "chmod 600 that file");
		return NULL;
	}
	if (S_ISREG(st.st_mode))
		(void)trust_warn("password file", path);
	return read_line(fd, s);
}

/* Wiped there: no program that is started inherits it, and /proc does not show it any more. */
static char *from_environment(const char *name, struct source *s)
{
	char *text = secret_env_take(name);

	if (!text) {
		err_set(&s->err, FAULT_NO_USABLE_KEY, "%s: it is not set", s->label);
		return NULL;
	}
	return one_line(text, strlen(text), s);
}

/* What we opened ourselves is closed on exec, what was handed to us cannot be. */
static char *from_descriptor(const char *number, struct source *s)
{
	char *end, *text;
	long fd = strtol(number, &end, 10);
	int flags;

	if (end == number || *end || fd < 0 || fd > 65535 ||
	    (flags = fcntl((int)fd, F_GETFD)) < 0 || (flags & FD_CLOEXEC)) {
		err_set(&s->err, FAULT_NO_USABLE_KEY, "%s: it was not handed to this program",
			s->label);
		return NULL;
	}
	if (isatty((int)fd)) {
		err_set(&s->err, FAULT_NO_USABLE_KEY, "%s: it is a terminal", s->label);
		err_hint(&s->err, "to be asked for it: marshal_password_prompt");
		return NULL;
	}
	text = read_line((int)fd, s);
	close((int)fd);
	return text;
}

/* systemd keeps these from others by means of its own, and a mode of 0440 says nothing. */
static char *from_credential(const char *name, struct source *s)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	AUTO_FREE char *path = xasprintf("%s/%s", folder ? folder : "", name);
	AUTO_CLOSE int fd = -1;

	if (!folder || strchr(name, '/') || *name == '.') {
		err_set(&s->err, FAULT_NO_USABLE_KEY, "%s: %s", s->label,
			folder ? "that is no name of one" : "CREDENTIALS_DIRECTORY is not set");
		err_hint(&s->err, "it is for services of systemd: LoadCredential=");
		return NULL;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd >= 0)
		return read_line(fd, s);
	err_errno(&s->err, FAULT_NO_USABLE_KEY, errno, "%s", s->label);
	return NULL;
}

/* No shell: what stands in the inventory is what is run, whatever is in the environment or in the
 * folder. Who wants one says so: sh -c '...'. */
static char *from_command(const char *line, struct source *s)
{
	char *word[WORDS_MAX + 1] = { NULL }, *text = NULL;
	struct run run = { .argv = word,
			   .max = PASSWORD_MAX + 2,
			   .limit_ms = FETCH_MS,
			   .fault = FAULT_NO_USABLE_KEY };
	struct buf next;
	size_t len = 0;
	int count = 0, r;

	buf_init(&next, strlen(line) + 1);
	while ((r = text_next_word(&line, &next)) == 1 && count < WORDS_MAX)
		word[count++] = xstrdup(buf_text(&next));
	buf_release(&next);
	if (r != 0 || count == 0)
		err_set(&s->err, FAULT_NO_USABLE_KEY, "%s: %s", s->label,
			r < 0 ? "a quote is not closed" :
			count ? "too many words" :
				"it is empty");
	else if (!(text = run_output(&run, &len, &s->err)))
		err_in(&s->err, "%s", s->label);
	for (int i = 0; i < count; i++)
		free(word[i]);
	return text ? one_line(text, len, s) : NULL;
}

/* Ansible's own program does it; it reads "-" from its standard input. */
static char *from_vault(const char *value, struct source *s)
{
	size_t path_len = strcspn(value, "\n"), len = 0;
	const char *vaulted = value + path_len + (value[path_len] == '\n');
	AUTO_FREE char *path = xstrndup(value, path_len);
	char *const argv[] = { "ansible-vault",
			       "decrypt",
			       "--vault-password-file",
			       path,
			       "--output",
			       "-",
			       "-",
			       NULL };
	struct run run = { .argv = argv,
			   .input = vaulted,
			   .input_len = strlen(vaulted),
			   .max = PASSWORD_MAX + 2,
			   .limit_ms = FETCH_MS,
			   .fault = FAULT_UNRESOLVED_VARIABLE };
	char *text;

	text = run_output(&run, &len, &s->err);
	if (text)
		return one_line(text, len, s);
	err_in(&s->err, "%s", s->label);
	err_hint(&s->err,
		 "see that the vault password file that is named holds the password of this "
		 "value, and that ansible-vault (ansible-core) is installed");
	return NULL;
}

static char *from_prompt(const char *label, struct source *s)
{
	AUTO_FREE char *shown = text_printable(label, strlen(label), LABEL_MAX);
	AUTO_FREE char *prompt = xasprintf("Password of %s: ", shown);
	char *text;

	if (!s->may_prompt) {
		err_set(&s->err, FAULT_NO_USABLE_KEY, "%s: nobody can be asked for it here",
			s->label);
		return NULL;
	}
	text = passphrase_ask(prompt, "password", &s->err);
	return text ? one_line(text, strlen(text), s) : NULL;
}

static const struct kind {
	const char *word;
	const char *label;              /* with what stands behind the word */
	char *(*fetch)(const char *value, struct source *s);
} kinds[] = {
	{ "file:", "the password in file '%s'", from_file },
	{ "env:", "the password in environment variable '%s'", from_environment },
	{ "fd:", "the password on descriptor %s", from_descriptor },
	{ "credential:", "the password in systemd's credential '%s'", from_credential },
	{ "command:", "the password of command '%s'", from_command },
	{ "prompt:", "the password of %s", from_prompt },
	{ "vault:", "the vaulted ansible_password of the inventory (by '%s')", from_vault },
	{ "opened:", "the password in a vaulted file of the inventory", copy_line },
	{ "text:", "the password in the inventory", copy_line },
};

static const struct kind *kind_of(const char *from)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strncmp(from, kinds[i].word, strlen(kinds[i].word)) == 0)
			return &kinds[i];
	return NULL;
}

bool password_from_program(const char *from)
{
	const struct kind *kind = kind_of(from);

	return kind && (kind->fetch == from_command || kind->fetch == from_vault);
}

/* The same password of one user is one credential, wherever it came from. Takes text over. */
static struct password *keep(struct passwords *all, char *text, const char *label)
{
	struct password *p = map_get(&all->by_text, text);

	if (p) {
		secret_free(text);
		return p;
	}
	p = xcalloc(1, sizeof(*p));
	p->text = text;
	p->label = xstrdup(label);
	p->next = all->list;
	all->list = p;
	map_add(&all->by_text, p->text, p);
	return p;
}

static struct source *fetch(struct passwords *all, const char *from, bool may_prompt)
{
	const struct kind *kind = kind_of(from);
	struct source *s = xcalloc(1, sizeof(*s));
	char *text = NULL;

	secret_guard();
	s->from = secret_alloc(strlen(from) + 1);
	memcpy(s->from, from, strlen(from));
	s->may_prompt = may_prompt;
	if (kind) {
		const char *value = s->from + strlen(kind->word);
		AUTO_FREE char *shown = NULL;

		if (kind->fetch != copy_line)
			shown = text_printable(value, strcspn(value, "\n"), LABEL_MAX);
		s->label = xasprintf(kind->label, shown);
		text = kind->fetch(value, s);
	} else {
		err_set(&s->err, FAULT_NO_USABLE_KEY, "no such source of passwords");
	}
	if (!text && !err_own_hint(&s->err))
		err_hint(&s->err, "correct what the inventory says of the password "
				  "(docs/inventory.md), or have it where that says");
	if (text)
		s->password = keep(all, text, s->label);
	s->next = all->sources;
	all->sources = s;
	map_add(&all->by_source, s->from, s);
	return s;
}

const struct password *password_of(struct passwords *all, const char *from, bool may_prompt,
				   struct err *err)
{
	struct source *s = map_get(&all->by_source, from);

	if (!s)
		s = fetch(all, from, may_prompt);
	if (!s->password)
		*err = s->err;
	return s->password;
}

const char *password_text(const struct password *p)
{
	return p->text;
}

const char *password_label(const struct password *p)
{
	return p->label;
}
