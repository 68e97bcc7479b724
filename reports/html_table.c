/* html_table.c - a report as a table for people. Written compactly: ten thousand hosts are one
 * page of a few megabytes. Its script (page.js) sorts by a click on a heading and filters. */
#include "reports/html_table.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "reports/html.h"

enum { CHOICES_MAX = 32, LONG_TEXT = 36, PADDING = 3, FOLD_ROWS = 20 };

/* Words that most rows of a list column have: said once, as repeating them ten thousand times
 * hides what is different, and makes the page twice as long. */
enum { USUAL_MAX = 128 };
struct usual {
	struct { const char *word; size_t len; int rows; } item[USUAL_MAX];
	int count;
};

static int find_usual(const struct usual *u, const char *word, size_t len)
{
	for (int i = 0; i < u->count; i++)
		if (u->item[i].len == len && memcmp(u->item[i].word, word, len) == 0)
			return i;
	return -1;
}

static void count_words(struct usual *u, const char *list)
{
	while (*list) {
		size_t len = strcspn(list, ";");
		int i = find_usual(u, list, len);

		if (i >= 0) {
			u->item[i].rows++;
		} else if (u->count < USUAL_MAX) {
			u->item[u->count].word = list;
			u->item[u->count].len = len;
			u->item[u->count++].rows = 1;
		}
		list += len + (list[len] == ';');
	}
}

static void find_usuals(struct usual *u, const struct report *r, int column)
{
	int kept = 0, known = 0;

	u->count = 0;
	for (int row = 0; row < r->row_count; row++)
		if (report_cell(r, row, column)->known) {
			count_words(u, report_cell(r, row, column)->text);
			known++;
		}
	for (int i = 0; i < u->count; i++)
		if (known >= FOLD_ROWS && u->item[i].rows > known / 2)
			u->item[kept++] = u->item[i];
	u->count = kept;
}

static void put_usuals(FILE *f, const struct usual *u, const char *title)
{
	if (u->count == 0)
		return;
	fputs("<p>Under ", f);
	html_text(f, title);
	fputs(" most rows have the same, which stands there as a number alone: ", f);
	for (int i = 0; i < u->count; i++) {
		fputs(i ? ", " : "", f);
		html_textn(f, u->item[i].word, u->item[i].len);
		fprintf(f, " (%d)", u->item[i].rows);
	}
	fputs(".</p>\n", f);
}

static void put_list(FILE *f, const char *text, bool link, const struct usual *usual)
{
	const char *between = "";
	int folded = 0;

	while (*text) {
		const char *word = text;
		size_t len = strcspn(text, ";");

		text += len + (text[len] == ';');
		if (usual && find_usual(usual, word, len) >= 0) {
			folded++;
			continue;
		}
		fputs(between, f);
		if (link) {
			fputs("<a href=\"#c-", f);
			html_textn(f, word, len);
			fputs("\">", f);
		}
		html_textn(f, word, len);
		if (link)
			fputs("</a>", f);
		between = " ";
	}
	if (folded)
		fprintf(f, "%s+%d", between, folded);
}

static void put_cell(FILE *f, const struct column *column, const struct cell *cell, bool link,
		     const struct usual *usual)
{
	char text[CLOCK_TEXT];

	if (!cell->known)
		return;
	switch (column->type) {
	case COL_TEXT:
		html_text(f, cell->text);
		return;
	case COL_LIST:
		put_list(f, cell->text, link, usual);
		return;
	case COL_INT:
		fprintf(f, "%" PRId64, cell->number);
		return;
	case COL_SHARE:
		html_share(f, cell->number, 1000);
		return;
	case COL_SPAN:
		fputs(clock_format_duration(cell->number * 1000, text), f);
		return;
	case COL_BOOL:
		fputs(cell->number ? "yes" : "no", f);
		return;
	case COL_TIME:
		html_time(f, cell->number);
		return;
	}
}

static bool is_same(const struct cell *a, const struct cell *b)
{
	if (a->known != b->known || a->number != b->number)
		return false;
	return a->text == b->text || (a->text && b->text && strcmp(a->text, b->text) == 0);
}

bool html_uniform(const struct report *r, int column)
{
	for (int row = 1; row < r->row_count; row++)
		if (!is_same(report_cell(r, 0, column), report_cell(r, row, column)))
			return false;
	return true;
}

bool html_same(const struct report *r, int column, int other)
{
	for (int row = 0; row < r->row_count; row++)
		if (!is_same(report_cell(r, row, column), report_cell(r, row, other)))
			return false;
	return true;
}

static bool is_known(const struct report *r, int column)
{
	for (int row = 0; row < r->row_count; row++)
		if (report_cell(r, row, column)->known)
			return true;
	return false;
}

static bool is_number(enum column_type type)
{
	return type == COL_INT || type == COL_SHARE || type == COL_SPAN;
}

/* --- one table ------------------------------------------------------------------------- */
struct drawing {
	FILE *f;
	const struct report *r;
	const struct table_view *v;
	uint64_t shown;                 /* columns, a bit each */
	struct usual usual;             /* of the column that is folded */
};

static bool is_shown(const struct drawing *d, int column)
{
	return d->shown >> column & 1;
}

static void put_head(const struct drawing *d)
{
	fputs("<thead><tr>", d->f);
	for (int c = 0; c < d->r->column_count; c++) {
		if (!is_shown(d, c))
			continue;
		fprintf(d->f, "<th scope=\"col\"%s>",
			is_number(d->r->column[c].type) ? " class=\"n\"" : "");
		html_text(d->f, d->r->column[c].title);
		fputs("</th>", d->f);
	}
	fputs("</tr></thead>\n", d->f);
}

/* Attributes of a cell: a class where its text does not tell how it is laid out, and what it is
 * sorted by where that is not its text. */
static void put_attributes(const struct drawing *d, int column, const struct cell *cell)
{
	enum column_type type = d->r->column[column].type;

	if (!cell->known)
		return;
	if (column == d->r->status_column)
		fprintf(d->f, " class=\"%s\"", html_tone(cell->text));
	else if (is_number(type))
		fputs(" class=\"n\"", d->f);
	else if (type == COL_LIST || (type == COL_TEXT && strlen(cell->text) > LONG_TEXT))
		fputs(" class=\"t\"", d->f);
	if (type == COL_SPAN)
		fprintf(d->f, " data-k=\"%" PRId64 "\"", cell->number);
}

static void put_row(const struct drawing *d, int row)
{
	bool first = true;

	fputs("<tr>", d->f);
	for (int c = 0; c < d->r->column_count; c++) {
		const struct cell *cell = report_cell(d->r, row, c);

		if (!is_shown(d, c))
			continue;
		fputs(first ? "<th scope=\"row\"" : "<td", d->f);
		put_attributes(d, c, cell);
		fputc('>', d->f);
		if (cell->known && d->v->with_word >> c & 1)
			d->v->word(d->f, d->r, row, c);
		put_cell(d->f, &d->r->column[c], cell, d->v->link >> c & 1,
			 c && c == d->v->fold ? &d->usual : NULL);
		fputs(first ? "</th>" : "</td>", d->f);
		first = false;
	}
	fputs("</tr>\n", d->f);
}

static uint64_t shown_of(const struct report *r, const struct table_view *v)
{
	uint64_t shown = 0;

	for (int c = 0; c < r->column_count; c++)
		if (!(v->skip >> c & 1) && is_known(r, c))
			shown |= UINT64_C(1) << c;
	return shown;
}

/* --- widths ---------------------------------------------------------------------------- */
static size_t longest_of(const struct report *r, int column)
{
	size_t longest = 0;

	for (int row = 0; row < r->row_count; row++) {
		const char *text = report_cell(r, row, column)->text;
		size_t len = text ? strlen(text) : 0;

		if (len > longest)
			longest = len;
	}
	return longest;
}

/* How many digits wide a column is at least; *grows: it takes what place is left. */
static size_t width_of(const struct report *r, const struct table_view *v, int column, bool *grows)
{
	const struct column *c = &r->column[column];
	size_t least = strlen(c->title) + 1, longest = 11;      /* an age */

	*grows = false;
	if (c->type == COL_TEXT || c->type == COL_LIST) {
		longest = longest_of(r, column);
		*grows = longest > LONG_TEXT || (c->type == COL_LIST && longest > LONG_TEXT / 2);
	} else if (c->type != COL_SPAN) {
		longest = c->type == COL_TIME ? 16 : 7;
	}
	if (*grows)
		longest = LONG_TEXT * 2 / 3;
	if (v->with_word >> column & 1)
		longest += c->type == COL_TEXT ? 13 : 6;
	return (longest > least ? longest : least) + PADDING;
}

void html_table_style(const struct report *r, const struct table_view *v, struct buf *out)
{
	uint64_t shown = shown_of(r, v);
	size_t sum = 0;

	buf_adds(out, "@media screen{.main tr{grid-template-columns:");
	for (int c = 0; c < r->column_count; c++) {
		bool grows;
		size_t width = width_of(r, v, c, &grows);

		if (!(shown >> c & 1))
			continue;
		sum += width;
		buf_addf(out, grows ? " minmax(%zuch,1fr)" : " %zuch", width);
	}
	buf_addf(out, "}.main{min-width:%zuch}}", sum);
}

/* --- tools ----------------------------------------------------------------------------- */
/* The words of the status column, each once, in the order of the rows. */
static int words_of(const struct report *r, const char **word)
{
	int count = 0;

	for (int row = 0; r->status_column >= 0 && row < r->row_count; row++) {
		const struct cell *cell = report_cell(r, row, r->status_column);
		int i = 0;

		while (cell->known && i < count && strcmp(word[i], cell->text) != 0)
			i++;
		if (cell->known && i == count && count < CHOICES_MAX)
			word[count++] = cell->text;
	}
	return count;
}

static void put_choice(const struct drawing *d)
{
	const char *word[CHOICES_MAX];
	int count = words_of(d->r, word), at = 0;

	if (count < 2)
		return;
	for (int c = 0; c < d->r->status_column; c++)
		at += is_shown(d, c);
	fputs("<label>", d->f);
	html_text(d->f, d->r->column[d->r->status_column].title);
	fprintf(d->f, "<select data-column=\"%d\"><option value=\"\">all</option>", at);
	for (int i = 0; i < count; i++) {
		fputs("<option>", d->f);
		html_text(d->f, word[i]);
		fputs("</option>", d->f);
	}
	fputs("</select></label>\n", d->f);
}

static void put_tools(const struct drawing *d)
{
	/* shown by the script: without it they would do nothing */
	fputs("<div class=\"tools\" role=\"search\" hidden=\"hidden\">\n"
	      "<label>Rows with these words"
	      "<input type=\"search\" autocomplete=\"off\" spellcheck=\"false\"/></label>\n",
	      d->f);
	put_choice(d);
	fputs("<button type=\"button\">Show all</button>\n<p><output aria-live=\"polite\"></output>"
	      "</p></div>\n",
	      d->f);
}

void html_table(FILE *f, const struct report *r, const struct table_view *v)
{
	struct drawing d = { .f = f, .r = r, .v = v, .shown = shown_of(r, v) };

	if (r->row_count == 0) {
		fputs("<p>There is nothing to list.</p>\n", f);
		return;
	}
	if (v->tools)
		put_tools(&d);
	if (v->fold) {
		find_usuals(&d.usual, r, v->fold);
		put_usuals(f, &d.usual, r->column[v->fold].title);
	}
	/* what scrolls by itself must be reachable with the keyboard */
	fputs("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"", f);
	html_text(f, v->caption);
	fprintf(f, "\">\n<table class=\"sort%s\"><caption>", v->tools ? " main" : "");
	html_text(f, v->caption);
	fputs("</caption>", f);
	put_head(&d);
	fputs("<tbody>\n", f);
	for (int row = 0; row < r->row_count; row++)
		put_row(&d, row);
	fputs("</tbody></table></div>\n", f);
}
