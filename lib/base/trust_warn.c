/* trust_warn.c - apart from trust.c, so that programs without a log or terminal can judge, too. */
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/trust.h"

static bool warn(const char *what, const char *path, const char *why)
{
	AUTO_FREE char *shown = text_printable(path, strlen(path), 300);
	AUTO_FREE char *quoted = xasprintf("'%s'", shown);
	bool itself = why && strncmp(why, quoted, strlen(quoted)) == 0;

	if (why)
		log_line(LOG_WARN, "%s %s%s%s", what, itself ? "" : quoted, itself ? "" : ": ",
			 why);
	return why != NULL;
}

bool trust_warn(const char *what, const char *path)
{
	AUTO_FREE char *why = trust_why_not(path);

	return warn(what, path, why);
}

bool trust_warn_to_read(const char *what, const char *path)
{
	AUTO_FREE char *why = trust_why_not_to_read(path);

	return warn(what, path, why);
}
