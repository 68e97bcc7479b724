/* term.c - what a terminal shows. Colours and the progress line exist only on a terminal. */
#include "base/term.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/insist.h"
#include "base/mem.h"
#include "base/text.h"

enum { CELL_MAX = 4096, PROGRESS_EVERY_MS = 250, PROGRESS_WIDTH = 400, SAY_COLUMN = 2 };

/* clang-format off */
static const char *const escapes[] = {
	[TERM_PLAIN] = "\033[0m", [TERM_RED] = "\033[31m", [TERM_YELLOW] = "\033[33m",
	[TERM_GREEN] = "\033[32m", [TERM_DIM] = "\033[2m", [TERM_BOLD] = "\033[1m",
};
/* clang-format on */

enum term_color term_weight(enum weight weight)
{
	static const enum term_color colors[WEIGHT_COUNT] = {
		[WEIGHT_GOOD] = TERM_GREEN, [WEIGHT_BEHIND] = TERM_YELLOW,
		[WEIGHT_BAD] = TERM_RED,    [WEIGHT_UNKNOWN] = TERM_YELLOW,
		[WEIGHT_NONE] = TERM_DIM,
	};

	INSIST((unsigned)weight < WEIGHT_COUNT);
	return colors[weight];
}

bool term_has_colors(FILE *f)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if (no_color && no_color[0])
		return false;
	return isatty(fileno(f)) && term && strcmp(term, "dumb") != 0;
}

const char *term_escape(enum term_color color)
{
	INSIST((unsigned)color < ARRAY_LEN(escapes));
	return escapes[color];
}

const char *term_color(FILE *f, enum term_color color)
{
	return term_has_colors(f) ? term_escape(color) : "";
}

int term_width(FILE *f)
{
	struct winsize size;

	if (ioctl(fileno(f), TIOCGWINSZ, &size) < 0)
		return 0;
	return size.ws_col ? size.ws_col : 80;
}

int term_columns(const char *text, size_t len)
{
	mbstate_t state = { 0 };
	int columns = 0;

	while (len > 0) {
		wchar_t wide;
		size_t n = mbrtowc(&wide, text, len, &state);
		int own = n > len ? 1 : wcwidth(wide);

		if (n == 0 || n > len) {
			n = 1;
			memset(&state, 0, sizeof(state));
		}
		columns += own > 0 ? own : 0;
		text += n;
		len -= n;
	}
	return columns;
}

/* Up to a blank, or behind a comma that stands in no brackets. */
static size_t part_of(const char *text)
{
	size_t i = 0;
	int depth = 0;

	for (; text[i] && text[i] != ' '; i++) {
		depth += text[i] == '[' ? 1 : text[i] == ']' ? -1 : 0;
		if (text[i] == ',' && depth <= 0)
			return i + 1;
	}
	return i;
}

/* The next word; of a list that no line has room for part after part, up to its *end. */
static size_t word_of(const char *text, int room, const char **end)
{
	size_t len = strcspn(text, " ");

	if (text >= *end && (room <= 0 || term_columns(text, len) <= room))
		return len;
	*end = text + len;
	return part_of(text);
}

/* `glued`: to what stands before it. */
static void put_folded(FILE *f, const char *text, int column, int at, int width, bool glued)
{
	const char *end = text;

	while (*text) {
		size_t len = word_of(text, width - column, &end);
		int columns = term_columns(text, len);

		if (width > 0 && at > column && at + !glued + columns > width) {
			fprintf(f, "\n%*s", column, "");
			at = column;
			glued = true;
		}
		if (!glued) {
			fputc(' ', f);
			at++;
		}
		fwrite(text, 1, len, f);
		at += columns;
		text += len;
		glued = *text != ' ' && *text;
		text += strspn(text, " ");
	}
}

void term_wrap(FILE *f, const char *text, int column, int at, int width)
{
	put_folded(f, text, column, at, width, at <= column);
	fputc('\n', f);
}

char *term_folded(const char *text, int column, int at, int width)
{
	char *out = NULL;
	size_t len;
	FILE *f = width > 0 ? open_memstream(&out, &len) : NULL;

	if (!f)
		return xstrdup(text);
	put_folded(f, text, column, at, width, true);
	INSIST(fclose(f) == 0);
	return out;
}

void term_say(FILE *f, const char *fmt, ...)
{
	AUTO_FREE char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = xstrdup(fmt);
	va_end(ap);
	term_wrap(f, text, SAY_COLUMN, 0, term_width(f));
}

int term_confirm(const char *question, const char *word, const char *else_hint, struct err *err)
{
	AUTO_FREE char *shown = text_printable(question, strlen(question), CELL_MAX);
	char line[300] = "";

	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
		err_set(err, ERR_USAGE, "no terminal to confirm on: nothing was done");
		return err_hint(err, else_hint);
	}
	put_folded(stderr, shown, 0, 0, term_width(stderr) - 2, true);
	fputs(": ", stderr);
	fflush(stderr);
	if (!fgets(line, sizeof(line), stdin)) {
		line[0] = '\0';
		fputc('\n', stderr);   /* Ctrl-D ends no line */
	}
	line[strcspn(line, "\n")] = '\0';
	if (strcmp(line, word) == 0)
		return 0;
	err_set(err, ERR_USAGE, "not confirmed, nothing was done");
	return err_hint(err, "");       /* no page of help says more */
}

void progress_init(struct progress *p, const char *verb, int total, bool quiet)
{
	*p = (struct progress){ .verb = verb, .total = total };
	p->begin_ms = clock_now_ms();
	p->shown_ms = p->begin_ms;
	p->on = !quiet && isatty(STDERR_FILENO);
}

/* "scan: 120 of 1000, 3 failed, 256 in flight" */
static void progress_count(const struct progress *p, struct buf *out)
{
	if (p->unit)
		buf_addf(out, "%s: %d of %d %s", p->verb, p->done, p->total, p->unit);
	else
		buf_addf(out, "%s: %d of %d, %d failed, %d in flight", p->verb, p->done, p->total,
			 p->failed, p->in_flight);
}

/* ", 48.2/s, 18 s left" */
static void progress_rate(const struct progress *p, int64_t now_ms, struct buf *out)
{
	int64_t spent = now_ms > p->begin_ms ? now_ms - p->begin_ms : 1;
	char left[CLOCK_TEXT];

	if (p->done == 0)
		return;
	buf_addf(out, ", %.1f/s", p->done * 1000.0 / (double)spent);
	/* of the last in flight the slow ones are left: the others' pace says nothing of them */
	if (p->done + p->in_flight >= p->total)
		return;
	clock_format_duration((spent * (p->total - p->done) / p->done / 1000 + 1) * 1000, left);
	buf_addf(out, ", %s left", left);
}

/* The first of them, as many as there is room for behind `text`. */
static void progress_more(const struct progress *p, int columns, struct buf *text)
{
	int room = columns - (int)text->len - 2;
	int len = (int)strlen(p->more);

	while (len > room)
		for (len--; len > 0 && strncmp(p->more + len, ", ", 2) != 0; len--)
			;
	if (len > 0)
		buf_addf(text, "; %.*s", len, p->more);
}

char *progress_text(const struct progress *p, int64_t now_ms, int columns)
{
	struct buf text;
	char *shown;

	buf_init(&text, PROGRESS_WIDTH);
	progress_count(p, &text);
	progress_rate(p, now_ms, &text);
	if ((int)(text.len + strlen(p->more)) + 2 > columns && *p->more) {
		buf_clear(&text);
		progress_count(p, &text);
	}
	progress_more(p, columns, &text);
	/* a line that wraps could not be rewritten */
	shown = xasprintf("%.*s", columns, buf_text(&text));
	buf_release(&text);
	return shown;
}

void progress_show(struct progress *p, int64_t now_ms)
{
	int width = term_width(stderr);
	AUTO_FREE char *text = NULL;

	if (!p->on || (p->line_open && now_ms - p->shown_ms < PROGRESS_EVERY_MS))
		return;
	text = progress_text(p, now_ms, width > 1 ? width - 1 : 0);
	if (width > 1)
		fprintf(stderr, "\r\033[K%s", text);
	fflush(stderr);
	p->shown_ms = now_ms;
	p->line_open = true;
}

void progress_clear(struct progress *p)
{
	if (!p->line_open)
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
	p->line_open = false;
}
