/* log.c - talk on stderr, one line each. Whatever a message quotes is made printable here once
 * more, so that no caller can forget it. The level is the program's only mutable global. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/insist.h"
#include "base/mem.h"
#include "base/term.h"
#include "base/text.h"

#define PROGRAM "marshal: "
enum { LINE_MAX_BYTES = 8192, SAY_COLUMN = 2 };

static enum log_level log_level = LOG_INFO;

/* clang-format off */
static const struct { const char *word; enum term_color color; } levels[] = {
	[LOG_ERROR] = { "error: ",   TERM_RED },
	[LOG_WARN]  = { "warning: ", TERM_YELLOW },
	[LOG_INFO]  = { "",          TERM_PLAIN },
	[LOG_DEBUG] = { "debug: ",   TERM_DIM },
};
/* clang-format on */

void log_set_level(enum log_level level)
{
	log_level = level;
}

enum log_level log_get_level(void)
{
	return log_level;
}

/* One call of stdio a line, so that those of two processes do not mix; folded on a terminal. */
static void put_line(const char *word, enum term_color color, const char *text)
{
	AUTO_FREE char *shown = text_printable(text, strlen(text), LINE_MAX_BYTES);
	AUTO_FREE char *folded = term_folded(
		shown, SAY_COLUMN, (int)(strlen(PROGRAM) + strlen(word)), term_width(stderr));

	fprintf(stderr, PROGRAM "%s%s%s%s\n", word[0] ? term_color(stderr, color) : "", word,
		word[0] ? term_color(stderr, TERM_PLAIN) : "", folded);
}

void log_line(enum log_level level, const char *fmt, ...)
{
	va_list ap;
	AUTO_FREE char *text = NULL;

	INSIST((unsigned)level < ARRAY_LEN(levels));
	if (level > log_level)
		return;
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = xstrdup(fmt);
	va_end(ap);
	put_line(levels[level].word, levels[level].color, text);
}

void log_err(const struct err *err)
{
	log_line(LOG_ERROR, "%s", err->msg);
	if (err->hint && err->hint[0])
		put_line("hint: ", TERM_BOLD, err->hint);
}
