/* term_table.c - tables for people. libsmartcols lays them out and knows the width of every
 * character; it would cut what is too wide, or fold it amid words, so cells are folded here before
 * it gets them. */
#include "base/term.h"

#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

enum { CELL_MAX = 4096, BETWEEN = 2 };

struct column {
	char *title;
	bool right;
	int width, full, word;  /* in columns of the terminal; of the longest text, and word */
};

/* Words that are longer may be broken, once no column can give way otherwise. */
static const int unbroken[] = { CELL_MAX, 24, 20, 16, 12, 8 };

struct cell {
	char *text;                     /* NULL: empty */
	enum term_color color;
};

struct term_table {
	FILE *file;
	struct column *column;
	size_t columns, columns_cap;
	struct cell *cell;              /* row by row */
	size_t cells, cells_cap;
};

/* libsmartcols fails for want of memory only. */
static void *made(void *p)
{
	if (!p)
		abort();
	return p;
}

struct term_table *term_table_new(FILE *f)
{
	struct term_table *t = xcalloc(1, sizeof(*t));

	t->file = f;
	return t;
}

void term_table_column(struct term_table *t, const char *title, bool right)
{
	MEM_GROW(t->column, t->columns, t->columns_cap);
	t->column[t->columns++] = (struct column){ .title = xstrdup(title), .right = right };
}

void term_table_row(struct term_table *t)
{
	for (size_t i = 0; i < t->columns; i++) {
		MEM_GROW(t->cell, t->cells, t->cells_cap);
		t->cell[t->cells++] = (struct cell){ .text = NULL };
	}
}

void term_table_cell(struct term_table *t, int column, enum term_color color, const char *text)
{
	struct cell *cell;

	if ((size_t)column >= t->columns || t->cells == 0)
		abort();        /* a column that was never made: our own mistake */
	cell = &t->cell[t->cells - t->columns + (size_t)column];
	free(cell->text);
	cell->text = text_printable(text, strlen(text), CELL_MAX);
	cell->color = color;
}

/* A word, with the comma or semicolon behind it. */
static size_t whole_word_of(const char *text)
{
	size_t len = strcspn(text, " ,;");

	return len + (text[len] && text[len] != ' ');
}

/* How many bytes belong together: up to a blank, or with the hyphen, slash, dot or the like. */
static size_t piece_of(const char *text)
{
	size_t len = strcspn(text, " -/\\,;.");

	return len + (text[len] && text[len] != ' ');
}

static void at_least(int *least, int width)
{
	if (width > *least)
		*least = width;
}

static void measure(struct column *c, const char *text)
{
	at_least(&c->full, term_columns(text, strlen(text)));
	for (size_t len; *text; text += len + (text[len] == ' ')) {
		len = whole_word_of(text);
		at_least(&c->word, term_columns(text, len));
	}
}

static int total_of(const struct term_table *t)
{
	int total = BETWEEN * ((int)t->columns - 1);

	for (size_t i = 0; i < t->columns; i++)
		total += t->column[i].width;
	return total;
}

static int least_of(const struct column *c, int longest)
{
	int least = term_columns(c->title, strlen(c->title));   /* it is one line */

	at_least(&least, c->word < longest ? c->word : longest);
	return least;
}

/* The widest column gives way, until all fit or none can. */
static void shrink(struct term_table *t, int place, int longest)
{
	for (int total = total_of(t); total > place; total--) {
		struct column *widest = NULL;

		for (size_t i = 0; i < t->columns; i++) {
			struct column *c = &t->column[i];

			if (!c->right && c->width > least_of(c, longest) &&
			    (!widest || c->width > widest->width))
				widest = c;
		}
		if (!widest)
			return;
		widest->width--;
	}
}

/* Of a piece that is wider than its column as many bytes as fit, at least one character. */
static size_t bytes_that_fit(const char *text, size_t len, int width)
{
	size_t fit = 0, next = 0;

	while (next < len) {
		do
			next++;
		while (next < len && (text[next] & 0xC0) == 0x80);
		if (fit > 0 && term_columns(text, next) > width)
			break;
		fit = next;
	}
	return fit;
}

/* The next word, or of one that no line has room for a piece, up to *end of that word. */
static size_t word_of(const char *text, int width, const char **end)
{
	size_t len = whole_word_of(text);

	if (text >= *end && term_columns(text, len) <= width)
		return len;
	*end = text + len;
	len = piece_of(text);
	return term_columns(text, len) <= width ? len : bytes_that_fit(text, len, width);
}

/* The text in lines of at most `width` columns; yours. */
static char *fold_lines(const char *text, int width)
{
	const char *end = text;
	struct buf out;
	int at = 0;

	buf_init(&out, 2 * CELL_MAX);
	while (*text) {
		size_t len = word_of(text, width, &end);
		int columns = term_columns(text, len);

		if (at > 0 && at + columns > width) {
			while (out.len > 0 && out.data[out.len - 1] == ' ')
				out.len--;
			buf_adds(&out, "\n");
			at = 0;
		}
		buf_add(&out, text, len);
		at += columns;
		text += len;
		for (; *text == ' '; text++, at++)
			buf_adds(&out, " ");
	}
	return buf_take(&out);
}

/* What the column needs of its width once its texts are folded. */
static int width_used(const struct term_table *t, size_t column)
{
	const struct column *c = &t->column[column];
	int used = term_columns(c->title, strlen(c->title));

	for (size_t i = column; i < t->cells; i += t->columns) {
		AUTO_FREE char *lines =
			fold_lines(t->cell[i].text ? t->cell[i].text : "", c->width);

		for (const char *line = lines; *line;) {
			size_t len = strcspn(line, "\n");

			at_least(&used, term_columns(line, len));
			line += len + (line[len] == '\n');
		}
	}
	return used;
}

/* What a column that was folded leaves over goes to one that then fits whole. */
static void hand_on(struct term_table *t, int place)
{
	int over;

	for (size_t i = 0; i < t->columns; i++)
		if (!t->column[i].right && t->column[i].width < t->column[i].full)
			t->column[i].width = width_used(t, i);
	over = place - total_of(t);
	for (size_t i = 0; i < t->columns; i++) {
		struct column *c = &t->column[i];

		if (c->full <= c->width || c->full - c->width > over)
			continue;
		over -= c->full - c->width;
		c->width = c->full;
	}
	for (size_t i = 0; i < t->columns && over > 0; i++) {
		struct column *c = &t->column[i];

		if (c->width < c->full) {
			c->width += over;
			return;
		}
	}
}

static void lay_out(struct term_table *t, int place)
{
	for (size_t i = 0; i < t->columns; i++) {
		struct column *c = &t->column[i];

		c->full = term_columns(c->title, strlen(c->title));
		for (size_t k = i; k < t->cells; k += t->columns)
			if (t->cell[k].text)
				measure(c, t->cell[k].text);
		c->width = c->full;
	}
	if (total_of(t) <= place)
		return;
	for (size_t i = 0; i < ARRAY_LEN(unbroken); i++)
		shrink(t, place, unbroken[i]);
	hand_on(t, place);
}

static void put_cell(const struct term_table *t, struct libscols_line *line, size_t i, bool folded)
{
	const struct cell *cell = &t->cell[i];
	const struct column *c = &t->column[i % t->columns];
	size_t column = i % t->columns;
	AUTO_FREE char *lines = NULL;

	if (!cell->text)
		return;
	lines = folded && !c->right ? fold_lines(cell->text, c->width) : xstrdup(cell->text);
	if (scols_line_set_data(line, column, lines) != 0)
		abort();
	if (cell->color != TERM_PLAIN && term_has_colors(t->file))
		scols_cell_set_color(scols_line_get_cell(line, column), term_escape(cell->color));
}

void term_table_print(struct term_table *t)
{
	int place = term_width(t->file);
	struct libscols_table *table;
	struct libscols_line *line = NULL;

	if (t->cells == 0)
		return;
	if (place > 0)
		lay_out(t, place);
	table = made(scols_new_table());
	scols_table_set_stream(table, t->file);
	scols_table_enable_colors(table, term_has_colors(t->file));
	scols_table_enable_noencoding(table, 1);        /* it would escape our escapes */
	scols_table_set_column_separator(table, "  ");
	for (size_t i = 0; i < t->columns; i++) {
		const struct column *c = &t->column[i];
		bool wrap = place > 0 && !c->right;
		struct libscols_column *column =
			made(scols_table_new_column(table, c->title, 0,
						    c->right ? SCOLS_FL_RIGHT :
						    wrap     ? SCOLS_FL_WRAP :
							       0));

		if (wrap)
			scols_column_set_wrapfunc(column, scols_wrapnl_chunksize,
						  scols_wrapnl_nextchunk, NULL);
	}
	for (size_t i = 0; i < t->cells; i++) {
		if (i % t->columns == 0)
			line = made(scols_table_new_line(table, NULL));
		put_cell(t, line, i, place > 0);
	}
	scols_print_table(table);
	scols_unref_table(table);
}

void term_table_free(struct term_table *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->columns; i++)
		free(t->column[i].title);
	for (size_t i = 0; i < t->cells; i++)
		free(t->cell[i].text);
	free(t->column);
	free(t->cell);
	free(t);
}
