/* realms.c - see realms.h. A ticket may need the KDCs of two realms: the user's are asked first,
 * and send on to the host's. */
#include "transport/winrm/realms.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

enum { SILENT_MS = 60 * 1000 };

struct realm {
	char *name;
	bool answers;
	const void *asks;               /* while it is unknown; NULL nobody */
	int64_t silent_until_ms;
	struct err why;
	struct realm *next;
};

struct realms { struct realm *realm; };         /* a few */

struct realms *realms_new(void)
{
	return xcalloc(1, sizeof(struct realms));
}

void realms_free(struct realms *all)
{
	if (!all)
		return;
	while (all->realm) {
		struct realm *r = all->realm;

		all->realm = r->next;
		free(r->name);
		free(r);
	}
	free(all);
}

struct realm *realm_of(struct realms *all, const char *name)
{
	struct realm *r = all->realm;

	while (r && text_casecmp(r->name, name) != 0)
		r = r->next;
	if (r)
		return r;
	r = xcalloc(1, sizeof(*r));
	r->name = xstrdup(name);
	r->next = all->realm;
	all->realm = r;
	return r;
}

enum realm_says realms_ask(const struct realm_way *way, const void *who, int64_t now_ms,
			   struct err *err)
{
	for (int i = 0; i < way->count; i++) {
		if (now_ms >= way->realm[i]->silent_until_ms)
			continue;
		*err = way->realm[i]->why;
		return REALM_SILENT;
	}
	for (int i = 0; i < way->count; i++) {
		struct realm *r = way->realm[i];

		if (!r->answers && r->asks && r->asks != who)
			return REALM_WAIT;
	}
	if (!who)
		return REALM_WAIT;
	for (int i = 0; i < way->count; i++)
		if (!way->realm[i]->answers)
			way->realm[i]->asks = who;
	return REALM_ASK;
}

const void *realms_asker(const struct realm_way *way)
{
	for (int i = 0; i < way->count; i++)
		if (!way->realm[i]->answers && way->realm[i]->asks)
			return way->realm[i]->asks;
	return NULL;
}

/* The first words for it stay: who waited and who came later are told the same. */
static void is_silent(struct realm *r, const struct err *err, int64_t now_ms)
{
	if (now_ms >= r->silent_until_ms)
		r->why = *err;
	r->silent_until_ms = now_ms + SILENT_MS;
	r->answers = false;
}

/* Of a way without a name for the one that was silent: the first of which nobody knows that it
 * answers. NULL: they all did. */
static struct realm *most_likely(const struct realm_way *way)
{
	for (int i = 0; i < way->count; i++)
		if (!way->realm[i]->answers)
			return way->realm[i];
	return NULL;
}

/* One that is none of the way's is where the user's sends such hosts on to: it is the host's. */
static struct realm *named(const struct realm_way *way, const char *name)
{
	struct realm *unknown = most_likely(way);

	if (!*name && unknown)
		return unknown;
	for (int i = 0; i < way->count; i++)
		if (text_casecmp(way->realm[i]->name, name) == 0)
			return way->realm[i];
	return way->realm[way->count - 1];
}

void realms_heard(const struct realm_way *way, const void *who, const char *silent,
		  const struct err *err, int64_t now_ms)
{
	struct realm *blamed = silent && way->count > 0 ? named(way, silent) : NULL;
	bool before = true;             /* those before it sent on to it */

	for (int i = 0; i < way->count; i++) {
		struct realm *r = way->realm[i];

		if (r->asks == who)
			r->asks = NULL;
		if (r == blamed) {
			is_silent(r, err, now_ms);
			before = false;
		} else if (before) {
			r->answers = true;
			r->silent_until_ms = 0;
		}
	}
}

void realms_unasked(const struct realm_way *way, const void *who)
{
	for (int i = 0; i < way->count; i++)
		if (way->realm[i]->asks == who)
			way->realm[i]->asks = NULL;
}

void realms_waited(const struct realm_way *way, const struct err *err, int64_t now_ms)
{
	struct realm *r = most_likely(way);

	if (r)
		is_silent(r, err, now_ms);
}
