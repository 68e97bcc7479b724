/* csv.c - writing and reading cells. A server's answer must never become a formula that runs on
 * the desk of whoever opens the file; and what a person saved must be read as it was meant, or not
 * at all. */
#include "base/csv.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

/* = + - @ in their full width are formulas to a Japanese spreadsheet. */
static bool begins_wide(const char *s)
{
	static const char *const wide[] = { "\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D",
					    "\xEF\xBC\xA0" };

	for (size_t i = 0; i < ARRAY_LEN(wide); i++)
		if (strncmp(s, wide[i], 3) == 0)
			return true;
	return false;
}

static bool is_formula(const char *s)
{
	if (*s == '\t' || *s == '\r')
		return true;
	s += strspn(s, " \t\r\n\v\f");
	return (*s && strchr("=+-@", *s)) || begins_wide(s);
}

void csv_cell(FILE *f, const char *text, bool raw)
{
	bool formula = !raw && is_formula(text);
	bool quote = strpbrk(text, ",\"\r\n\t;") || text[0] == ' ' || formula;

	if (!quote) {
		fputs(text, f);
		return;
	}
	fputs(formula ? "\"'" : "\"", f);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', f);
		fputc(*text, f);
	}
	fputc('"', f);
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

/* Fields as texts, without the apostrophe that csv_cell() put before a formula. */
static void fields_of(struct reader *r, const char **field)
{
	for (int i = 0; i < r->count; i++) {
		field[i] = r->texts.data + r->field[i];
		field[i] += field[i][0] == '\'' && is_formula(field[i] + 1);
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
