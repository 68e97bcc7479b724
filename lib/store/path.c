/* path.c - where the database is when nobody says. */
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "store/store.h"

static char *named_path(const char *option, struct err *err)
{
	const char *named = option ? option : getenv("MARSHAL_DB");
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (named && *named)
		return xstrdup(named);
	/* The XDG base directory rules: a relative path is to be ignored. */
	if (state && *state == '/')
		return xasprintf("%s/marshal/marshal.db", state);
	if (home && *home == '/')
		return xasprintf("%s/.local/state/marshal/marshal.db", home);
	err_set(err, ERR_USAGE,
		"no place for the database: neither $XDG_STATE_HOME nor $HOME is set");
	err_hint(err, "name it with --db or $MARSHAL_DB");
	return NULL;
}

char *store_path(const char *option, struct err *err)
{
	char *path = named_path(option, err);

	if (path)
		log_line(LOG_DEBUG, "database '%s'", path);
	return path;
}
