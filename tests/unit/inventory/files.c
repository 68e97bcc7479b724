/* files.c - see files.h. */
#include "tests/unit/inventory/files.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "tests/unit/unit.h"

void put_file(const char *folder, const char *name, const char *text)
{
	AUTO_FREE char *path = xasprintf("%s/%s", folder, name);
	char *slash = strrchr(path, '/');
	struct err err;

	*slash = '\0';
	ck_assert_int_eq(file_make_folder(path, 0700, &err), 0);
	*slash = '/';
	unit_write(path, text);
}

static struct inventory *load(const char *folder, const char *name, struct err *err)
{
	AUTO_FREE char *path = xasprintf("%s/%s", folder, name);
	const char *paths[] = { path };

	return inventory_load(paths, 1, err);
}

struct inventory *must_load(const char *folder, const char *name)
{
	struct err err = { 0 };
	struct inventory *inv = load(folder, name, &err);

	ck_assert_msg(inv, "%s", err.msg);
	return inv;
}

struct inventory *load_text(const char *name, const char *text)
{
	const char *folder = unit_folder();

	put_file(folder, name, text);
	return must_load(folder, name);
}

/* Takes every mention of the folder out of the message. */
static const char *without(const char *msg, const char *folder)
{
	static char out[sizeof(((struct err *)0)->msg)];
	size_t len = strlen(folder), n = 0;

	while (*msg) {
		if (strncmp(msg, folder, len) == 0 && msg[len] == '/')
			msg += len + 1;
		else
			out[n++] = *msg++;
	}
	out[n] = '\0';
	return out;
}

const char *load_error(const char *folder, const char *name)
{
	struct err err = { 0 };
	struct inventory *inv = load(folder, name, &err);

	if (inv) {
		inventory_free(inv);
		return "(loaded)";
	}
	ck_assert_int_eq(err.code, ERR_USAGE);
	return without(err.msg, folder);
}

char *select_text(const struct inventory *inv, const char *pattern)
{
	char *args[] = { (char *)pattern };
	struct selection s;
	struct buf b;
	struct err err = { 0 };

	if (inventory_select(inv, args, pattern ? 1 : 0, &s, &err) < 0)
		return xasprintf("error: %s", err.msg);
	buf_init(&b, 1 << 20);
	for (int i = 0; i < s.count; i++)
		ck_assert_int_eq(buf_addf(&b, "%s%s", i ? " " : "", s.host[i]->name), 0);
	selection_release(&s);
	return buf_take(&b);
}

const char *variable_of(const struct inventory *inv, const char *host, const char *name)
{
	const struct inv_host *h = inventory_find(inv, host);

	ck_assert_msg(h, "no host %s", host);
	for (int i = 0; i < h->variable_count; i++)
		if (strcmp(h->variable[i].name, name) == 0)
			return h->variable[i].value;
	return "(none)";
}
