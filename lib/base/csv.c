/* csv.c - writing and reading cells. A server's answer must never become a formula that runs on
 * the desk of whoever opens the file; and what a person saved must be read as it was meant, or not
 * at all. */
#include "base/csv.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

/* = + - @, also in their full width, which are formulas to a Japanese spreadsheet. */
static bool begins_formula(const char *s)
{
	static const char *const wide[] = { "\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D",
					    "\xEF\xBC\xA0" };

	if (*s && strchr("=+-@", *s))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(wide); i++)
		if (strncmp(s, wide[i], 3) == 0)
			return true;
	return false;
}

/* Whether a spreadsheet may begin a cell at text[i]: at the start, and behind what another one than
 * ours takes for a separator or the end of a row. */
static bool may_begin_cell(const char *text, size_t i)
{
	return i == 0 || strchr(";\t\r\n", text[i - 1]);
}

/* Whether a cell gets an apostrophe in front: a formula begins it, if behind blanks
 * or quotes, which may go; or a tab or CR, at the very start. Apostrophes before those count as
 * nothing, so that one can be taken away again without asking who put it there. */
static bool is_guarded(const char *cell, bool first)
{
	cell += strspn(cell, "'");
	if (first && (*cell == '\t' || *cell == '\r'))
		return true;
	return begins_formula(cell + strspn(cell, " \v\f\""));
}

/* As on a terminal, but for line ends and tabs, which quotes hold: a text must not turn round what
 * stands beside it. Yours. */
static char *shown(const char *text)
{
	enum { GROWS = 4 };     /* a byte becomes \x9b at the most, three become \u202e */
	struct buf out;

	buf_init(&out, GROWS * strlen(text) + 1);
	buf_adds(&out, "");
	while (*text) {
		size_t plain = strcspn(text, "\t\r\n"), held;
		AUTO_FREE char *part = text_printable(text, plain, GROWS * plain);

		held = strspn(text + plain, "\t\r\n");
		buf_adds(&out, part);
		buf_add(&out, text + plain, held);
		text += plain + held;
	}
	return buf_take(&out);
}

static void put_quoted(FILE *f, const char *text, bool guard)
{
	fputc('"', f);
	for (size_t i = 0; text[i]; i++) {
		if (guard && may_begin_cell(text, i) && is_guarded(text + i, i == 0))
			fputc('\'', f);
		if (text[i] == '"')
			fputc('"', f);
		fputc(text[i], f);
	}
	fputc('"', f);
}

void csv_cell(FILE *f, const char *text, bool raw)
{
	AUTO_FREE char *own = raw ? NULL : shown(text);

	text = raw ? text : own;
	if (strpbrk(text, ",\"\r\n\t;") || text[0] == ' ' || (!raw && is_guarded(text, true)))
		put_quoted(f, text, !raw);
	else
		fputs(text, f);
}

/* --- reading --------------------------------------------------------------------------- */
struct reader {
	const char *at, *end;
	int line;               /* of `at`; a quoted field may hold line breaks */
	char separator;
	struct buf texts;       /* fields of one row, a NUL behind each */
	size_t field[CSV_COLUMNS_MAX];
	int count;
};

/* The first separator outside of quotes on the first line; none: a column alone. */
static char separator_of(const char *text, const char *end)
{
	bool quoted = false;

	for (; text < end && (quoted || *text != '\n'); text++) {
		if (*text == '"')
			quoted = !quoted;
		else if (!quoted && (*text == ',' || *text == ';' || *text == '\t'))
			return *text;
	}
	return ',';
}

static int bad(const struct reader *r, struct err *err, const char *why)
{
	return err_set(err, ERR_USAGE, "line %d: %s", r->line, why);
}

/* Behind the opening quote, up to behind the closing one. */
static int read_quoted(struct reader *r, struct err *err)
{
	for (; r->at < r->end; r->at++) {
		if (*r->at == '"') {
			r->at++;
			if (r->at == r->end || *r->at != '"')
				return 0;
		}
		r->line += *r->at == '\n';
		buf_add(&r->texts, r->at, 1);
	}
	return bad(r, err, "a quoted field has no end");
}

static bool at_line_end(const struct reader *r)
{
	return r->at == r->end || *r->at == '\n' ||
	       (*r->at == '\r' && r->at + 1 < r->end && r->at[1] == '\n');
}

static int read_field(struct reader *r, struct err *err)
{
	size_t begin = r->texts.len;

	if (r->count == CSV_COLUMNS_MAX)
		return bad(r, err, "too many fields");
	r->field[r->count++] = begin;
	if (r->at < r->end && *r->at == '"') {
		r->at++;
		if (read_quoted(r, err) < 0)
			return -1;
		if (!at_line_end(r) && *r->at != r->separator)
			return bad(r, err, "text behind a closing quote");
	}
	for (; !at_line_end(r) && *r->at != r->separator; r->at++) {
		if (*r->at == '"')
			return bad(r, err, "a quote in a field that is not quoted");
		buf_add(&r->texts, r->at, 1);
	}
	buf_add(&r->texts, "", 1);
	return 0;
}

/* One line, up to behind its end. */
static int read_row(struct reader *r, struct err *err)
{
	r->count = 0;
	buf_clear(&r->texts);
	for (;;) {
		if (read_field(r, err) < 0)
			return -1;
		if (at_line_end(r))
			break;
		r->at++;        /* the separator: a field stands behind it, if an empty one */
	}
	r->at += r->at < r->end && *r->at == '\r';
	r->at += r->at < r->end;
	return 0;
}

/* Takes away the apostrophes that put_quoted() put there. */
static void unguard(char *text)
{
	size_t to = 0;
	bool begins = true;     /* by what stood in the text that was written */

	for (size_t i = 0; text[i]; i++) {
		if (begins && text[i] == '\'' && is_guarded(text + i + 1, i == 0)) {
			begins = false;
			continue;
		}
		begins = strchr(";\t\r\n", text[i]) != NULL;
		text[to++] = text[i];
	}
	text[to] = '\0';
}

static void fields_of(struct reader *r, const char **field)
{
	for (int i = 0; i < r->count; i++) {
		unguard(r->texts.data + r->field[i]);
		field[i] = r->texts.data + r->field[i];
	}
}

static bool is_blank(const struct reader *r)
{
	return r->count == 1 && r->texts.len == 1;
}

static int read_all(struct reader *r,
		    int (*row)(void *ctx, int line, const char *const *field, int count,
			       struct err *err),
		    void *ctx, struct err *err)
{
	const char *field[CSV_COLUMNS_MAX];
	int columns = 0;

	while (r->at < r->end) {
		int line = r->line;

		if (read_row(r, err) < 0)
			return -1;
		r->line++;
		if (is_blank(r))
			continue;
		if (columns && r->count != columns)
			return err_set(err, ERR_USAGE, "line %d: %d fields, the header has %d",
				       line, r->count, columns);
		columns = r->count;
		fields_of(r, field);
		if (row(ctx, line, field, r->count, err) < 0)
			return -1;
	}
	return columns ? 0 : err_set(err, ERR_USAGE, "there is no header line");
}

int csv_read(const char *text, size_t len,
	     int (*row)(void *ctx, int line, const char *const *field, int count, struct err *err),
	     void *ctx, struct err *err)
{
	struct reader r = { .at = text, .end = text + len, .line = 1 };
	int rc;

	if (memchr(text, '\0', len))
		return err_set(err, ERR_USAGE,
			       "not a text: it holds a NUL (UTF-16? save it as UTF-8)");
	if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
		r.at += 3;
	r.separator = separator_of(r.at, r.end);
	buf_init(&r.texts, len + CSV_COLUMNS_MAX + 1);
	rc = read_all(&r, row, ctx, err);
	buf_release(&r.texts);
	return rc;
}
