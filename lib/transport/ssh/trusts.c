/* trusts.c - which files hold the known hosts, each list parsed once. */
#include "transport/ssh/trusts.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "transport/ssh/knownhosts.h"

struct trusts { void *root; };          /* a tree of tsearch(3) */

struct trusts *trusts_new(void)
{
	return xcalloc(1, sizeof(struct trusts));
}

static void free_trust(void *p)
{
	struct trust *trust = p;

	knownhosts_free(trust->known);
	free(trust->first);
	free(trust->second);
	free(trust);
}

void trusts_free(struct trusts *t)
{
	tdestroy(t->root, free_trust);
	free(t);
}

static int compare_trusts(const void *a, const void *b)
{
	const struct trust *x = a, *y = b;
	int r = strcmp(x->first, y->first);

	return r ? r : strcmp(x->second ? x->second : "", y->second ? y->second : "");
}

/* NULL and err when a file cannot be read. */
static struct knownhosts *load(const struct trust *trust, struct err *err)
{
	struct knownhosts *known = knownhosts_new();

	if (knownhosts_load(known, trust->first, err) == 0 &&
	    (!trust->second || knownhosts_load(known, trust->second, err) == 0))
		return known;
	knownhosts_free(known);
	return NULL;
}

struct trust *trusts_get(struct trusts *t, const char *named, struct err *err)
{
	struct trust key = {
		.first = named ? xstrdup(named) : file_at_home(".ssh/known_hosts"),
		.second = named ? NULL : xstrdup("/etc/ssh/ssh_known_hosts"),
	};
	struct trust *const *found = tfind(&key, &t->root, compare_trusts);
	struct trust *made;

	if (found) {
		free(key.first);
		free(key.second);
		return *found;
	}
	made = xcalloc(1, sizeof(*made));
	*made = key;
	made->known = load(made, err);
	if (!made->known) {
		free_trust(made);
		return NULL;
	}
	tsearch(made, &t->root, compare_trusts);
	return made;
}

struct trust *trusts_get_current(struct trusts *t, const char *named, struct err *err)
{
	struct trust *trust = trusts_get(t, named, err);
	struct knownhosts *now;

	if (!trust || knownhosts_is_current(trust->known))
		return trust;
	now = load(trust, err);
	if (!now)
		return NULL;
	knownhosts_free(trust->known);
	trust->known = now;
	return trust;
}
