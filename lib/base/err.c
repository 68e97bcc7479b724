/* err.c - error values: one table gives every code its stable id, its meaning and its hint.
 * Messages are composed beside the target, so that an error may quote itself; one that is too
 * long loses its middle, since the ends say where and why. */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define FAULT_ROW(id, name, meaning, hint) [FAULT_##id] = { name, meaning, hint },

/* clang-format off */
static const struct {
	const char *name;
	const char *meaning;
	const char *hint;
} table[ERR_COUNT] = {
	[ERR_NONE] = { "none", "nothing went wrong", "nothing to do" },
	FAULTS(FAULT_ROW)
	[ERR_USAGE] = { "usage",
		"an option, an inventory or another file is not as it should be",
		"see `marshal --help`" },
	[ERR_STORE] = { "store",
		"the database cannot be used",
		"check the database named by --db or MARSHAL_DB, its folder and the free space" },
	[ERR_SYSTEM] = { "system",
		"this machine refused something: disk, memory, rights",
		"check free space, memory and rights on this machine" },
	[ERR_BUSY] = { "busy",
		"another program writes to the database",
		"wait for the other program to end, then repeat the command" },
	[ERR_HELD] = { "held",
		"another process works on it",
		"wait for that process to end; where it is gone for good, `marshal upgrade "
		"release HOST` frees the host" },
	[ERR_MOVED] = { "moved",
		"another process went on with it meanwhile: it is theirs now",
		"see who is at it with `marshal report run RUN`, then repeat the command" },
	[ERR_NOT_FOUND] = { "not-found",
		"what was named does not exist",
		"check the spelling" },
};
/* clang-format on */

/* Whether a byte is inside a UTF-8 character, where no cut may be made. */
static int is_continuation(char c)
{
	return ((unsigned char)c & 0xC0) == 0x80;
}

static void put_cut(char *out, size_t size, const char *text)
{
	static const char gap[] = " ... ";
	size_t len = strlen(text);
	size_t head = (size - sizeof(gap)) / 2;
	size_t tail = size - sizeof(gap) - head;

	if (len < size) {
		memcpy(out, text, len + 1);
		return;
	}
	while (head > 0 && is_continuation(text[head]))
		head--;
	while (tail > 0 && is_continuation(text[len - tail]))
		tail--;
	memcpy(out, text, head);
	memcpy(out + head, gap, sizeof(gap) - 1);
	memcpy(out + head + sizeof(gap) - 1, text + len - tail, tail + 1);
}

static char *compose(const char *fmt, va_list ap)
{
	char *text = NULL;

	if (vasprintf(&text, fmt, ap) < 0)
		return xstrdup(fmt);
	return text;
}

int err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return -1;
	va_start(ap, fmt);
	AUTO_FREE char *text = compose(fmt, ap);
	va_end(ap);
	err->code = code;
	err->hint = err_hint_of(code);
	put_cut(err->msg, sizeof(err->msg), text);
	return -1;
}

int err_errno(struct err *err, enum err_code code, int errno_value, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return -1;
	va_start(ap, fmt);
	AUTO_FREE char *text = compose(fmt, ap);
	va_end(ap);
	return err_set(err, code, "%s: %s", text, strerror(errno_value));
}

int err_in(struct err *err, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return -1;
	va_start(ap, fmt);
	AUTO_FREE char *text = compose(fmt, ap);
	va_end(ap);
	AUTO_FREE char *all = xasprintf("%s: %s", text, err->msg);

	put_cut(err->msg, sizeof(err->msg), all);
	return -1;
}

const char *err_text_without(const struct err *err, const char *name)
{
	size_t len = strlen(name);

	if (strncmp(err->msg, name, len) == 0 && strncmp(err->msg + len, ": ", 2) == 0)
		return err->msg + len + 2;
	return err->msg;
}

int err_hint(struct err *err, const char *hint)
{
	if (err)
		err->hint = hint;
	return -1;
}

const char *err_name(enum err_code code)
{
	return (unsigned)code < ERR_COUNT ? table[code].name : "unknown";
}

enum err_code err_from_name(const char *name)
{
	for (int code = ERR_NONE + 1; name && code < ERR_COUNT; code++)
		if (strcmp(table[code].name, name) == 0)
			return (enum err_code)code;
	return ERR_NONE;
}

const char *err_meaning_of(enum err_code code)
{
	return (unsigned)code < ERR_COUNT ? table[code].meaning : "";
}

const char *err_own_hint(const struct err *err)
{
	int own = err->code != ERR_NONE && err->hint && *err->hint &&
		  strcmp(err->hint, err_hint_of(err->code)) != 0;

	return own ? err->hint : NULL;
}

const char *err_hint_of(enum err_code code)
{
	return (unsigned)code < ERR_COUNT ? table[code].hint : "";
}

int err_is_fault(enum err_code code)
{
	return code > ERR_NONE && code <= FAULT_LAST;
}

int err_exit_status(enum err_code code)
{
	if (err_is_fault(code))
		return 1;
	return code == ERR_USAGE || code == ERR_NOT_FOUND ? 2 : 3;
}
