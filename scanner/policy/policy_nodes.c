/* policy_nodes.c - what may stand at one place of a policy file, and what is said where something
 * else does. */
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "scanner/policy/policy_inside.h"

int policy_unknown_key(const struct ynode *key, const char *const *name, int count, struct err *err)
{
	const char *near = text_nearest(key->text, name, count);
	AUTO_FREE char *shown = text_printable(key->text, strlen(key->text), 60);
	struct buf list;
	int r;

	if (near)
		return place_error(&key->at, err, "'%s' is no key here; did you mean '%s'?", shown,
				   near);
	buf_init(&list, 1024);
	for (int i = 0; i < count; i++)
		if (buf_addf(&list, "%s%s", i == 0 ? "" : i + 1 < count ? ", " : " or ", name[i]))
			break;
	r = place_error(&key->at, err, "'%s' is no key here: expected %s", shown, buf_text(&list));
	buf_release(&list);
	return r;
}

int policy_want_map(const struct ynode *n, const char *what, struct err *err)
{
	return n->kind == Y_MAP ? 0 : place_error(&n->at, err, "%s: expected a map", what);
}

int policy_want_list(const struct ynode *n, const char *what, int max, struct err *err)
{
	if (n->kind != Y_LIST)
		return place_error(&n->at, err, "%s: expected a list", what);
	if (n->count > max)
		return place_error(&n->at, err, "%s: more than %d entries", what, max);
	return 0;
}

int policy_want_text(const struct ynode *n, const char *what, size_t max, struct err *err)
{
	AUTO_FREE char *shown = NULL;

	if (n->kind != Y_TEXT || ynode_is_null(n) || n->text[0] == '\0')
		return place_error(&n->at, err, "%s: expected one value", what);
	if (strlen(n->text) > max)
		return place_error(&n->at, err, "%s: longer than %zu bytes", what, max);
	shown = text_printable(n->text, strlen(n->text), max);
	/* U+FFFE and U+FFFF come in as escapes and could not be read back */
	if (strcmp(shown, n->text) != 0 || strstr(n->text, "\xef\xbf\xbe") ||
	    strstr(n->text, "\xef\xbf\xbf"))
		return place_error(&n->at, err, "%s: expected one line of printable text", what);
	return 0;
}
