/* write_table.c - a report for people: the columns that matter most, and the summary below. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/term.h"
#include "base/text.h"
#include "reports/writer.h"
#include "scanner/statuses.h"
#include "store/outcomes.h"

enum {
	TEXT_MAX = 65536,
	COLUMNS_MAX = 64,
	TEXT_LEAST = 10,        /* columns narrower than that say nothing */
	LAST_LEAST = 20,
	WORD_MOST = 20,
	TEXT_LINES = 3          /* a list of hosts may have no end */
};

#define STATUS_WEIGHT(id, word, column, head, wide, weight, ...) { word, WEIGHT_##weight },
#define OUTCOME_WEIGHT(id, word, weight, ...) { word, WEIGHT_##weight },
#define VERSION_WEIGHT(id, word, weight, ...) { word, WEIGHT_##weight },
#define EXCEPTION_WEIGHT(id, word, weight, ...) { word, WEIGHT_##weight },
#define CHANGE_WEIGHT(id, word, count, weight) CHANGE_##weight(word)
#define CHANGE_GOOD(word) { word, WEIGHT_GOOD },
#define CHANGE_BAD(word) { word, WEIGHT_BAD },
#define CHANGE_UNKNOWN(word) { word, WEIGHT_UNKNOWN },
#define CHANGE_PLAIN(word)

/* clang-format off */
static const struct { const char *word; enum weight weight; } weights[] = {
	STATUSES(STATUS_WEIGHT)
	OUTCOMES(OUTCOME_WEIGHT)
	VERSION_STATES(VERSION_WEIGHT) EXCEPTION_STATES(EXCEPTION_WEIGHT) DIFF_CHANGES(CHANGE_WEIGHT)
};
/* clang-format on */

static enum term_color color_of(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(weights); i++)
		if (strcmp(weights[i].word, word) == 0)
			return term_weight(weights[i].weight);
	return TERM_PLAIN;
}

static void cell_text(const struct column *column, const struct cell *cell, struct buf *out)
{
	char text[CLOCK_TEXT];

	if (!cell->known)
		return;
	switch (column->type) {
	case COL_TEXT:
		buf_adds(out, cell->text);
		return;
	case COL_LIST:
		for (const char *c = cell->text; *c; c++)
			buf_adds(out, *c == ';' ? ", " : (char[]){ *c, '\0' });
		return;
	case COL_INT:
		buf_addf(out, "%" PRId64, cell->number);
		return;
	case COL_SPAN:
		buf_adds(out, clock_format_duration(cell->number * 1000, text));
		return;
	case COL_SHARE:
		buf_addf(out, "%" PRId64 ".%" PRId64 " %%", cell->number / 10, cell->number % 10);
		return;
	case COL_BOOL:
		buf_adds(out, cell->number ? "yes" : "no");
		return;
	case COL_TIME:
		buf_adds(out, clock_format_utc(cell->number, text));
		return;
	}
}

/* --- as wide as the terminal ----------------------------------------------------------- */
struct layout {
	int shown[COLUMNS_MAX], count;          /* columns by their number in the report */
	int width[COLUMNS_MAX];                 /* of these, in characters; 0: as it comes */
};

/* Characters, as a terminal counts them but for those that take two places. */
static int length_of(const char *text)
{
	int count = 0;

	for (; *text; text++)
		count += (*text & 0xC0) != 0x80;
	return count;
}

/* The last rows may be worth one line together. */
static int shown_rows(const struct report *r)
{
	return r->row_count - r->quiet_rows;
}

static int natural_width(const struct report *r, int column)
{
	int widest = length_of(r->column[column].title);
	struct buf text;

	buf_init(&text, TEXT_MAX);
	for (int row = 0; row < shown_rows(r); row++) {
		buf_clear(&text);
		cell_text(&r->column[column], report_cell(r, row, column), &text);
		if (length_of(buf_text(&text)) > widest)
			widest = length_of(buf_text(&text));
	}
	buf_release(&text);
	return widest;
}

static bool can_shrink(const struct report *r, const struct layout *l, int at)
{
	enum column_type type = r->column[l->shown[at]].type;
	int least = at == l->count - 1 ? LAST_LEAST : TEXT_LEAST;

	return l->shown[at] != r->status_column && (type == COL_TEXT || type == COL_LIST) &&
	       l->width[at] > least;
}

/* The widest texts give way, until all fits or none can. */
static void shrink(const struct report *r, struct layout *l, int place)
{
	int total = 2 * (l->count - 1);

	for (int i = 0; i < l->count; i++)
		total += l->width[i];
	while (total > place) {
		int widest = -1;

		for (int i = 0; i < l->count; i++)
			if (can_shrink(r, l, i) && (widest < 0 || l->width[i] > l->width[widest]))
				widest = i;
		if (widest < 0)
			return;
		l->width[widest]--;
		total--;
	}
}

static bool has_any(const struct report *r, int column)
{
	for (int row = 0; row < shown_rows(r); row++)
		if (report_cell(r, row, column)->known)
			return true;
	return false;
}

static void show_column(struct layout *l, int column)
{
	if (l->count < COLUMNS_MAX)
		l->shown[l->count++] = column;
}

static void choose_columns(const struct report *r, bool wide, struct layout *l)
{
	for (int i = 0; i < r->column_count; i++) {
		enum column_shown shown = r->column[i].shown;

		if (wide ? shown != SHOWN_NARROW : shown != SHOWN_WIDE && shown != SHOWN_RARE)
			show_column(l, i);
		for (int k = 0; !wide && i == r->status_column && k < r->column_count; k++)
			if (r->column[k].shown == SHOWN_RARE && has_any(r, k))
				show_column(l, k);
	}
}

static void lay_out(const struct report *r, bool wide, int place, struct layout *l)
{
	*l = (struct layout){ .count = 0 };
	choose_columns(r, wide, l);
	if (wide || place == 0)
		return;
	for (int i = 0; i < l->count; i++)
		l->width[i] = natural_width(r, l->shown[i]);
	shrink(r, l, place);
}

/* At most width characters, an ellipsis at the end of what is longer; behind a whole word where
 * one ends near. */
static void cut_text(struct buf *text, int width)
{
	const char *at = buf_text(text);
	size_t keep;

	if (length_of(at) <= width)
		return;
	for (int left = width; *at && left > 0; at++)
		left -= (at[1] & 0xC0) != 0x80;
	/* the last character gives its place to the ellipsis */
	do {
		at--;
	} while ((*at & 0xC0) == 0x80);
	keep = (size_t)(at - text->data);
	for (size_t back = 1; back < WORD_MOST && back < keep; back++)
		if (strchr(" ,", text->data[keep - back])) {
			keep -= back - 1;
			break;
		}
	text->len = keep;
	text->data[keep] = '\0';
	buf_adds(text, "\xE2\x80\xA6");
}

/* As many words as there is room for, at least one, and how many more there are. */
static void cut_list(const char *list, int width, struct buf *text)
{
	int words = 1, told = 0;
	char more[16] = "";

	for (const char *c = list; *c; c++)
		words += *c == ';';
	buf_clear(text);
	for (const char *word = list; *word; told++) {
		size_t len = strcspn(word, ";");
		int left = width - length_of(buf_text(text)) - (told ? 2 : 0);

		/* all that follow need room to be counted */
		snprintf(more, sizeof(more), " +%d", words - told - 1);
		left -= told < words - 1 ? (int)strlen(more) : 0;
		if (told > 0 && left < (int)len)
			break;
		buf_addf(text, "%s%.*s", told ? ", " : "", (int)len, word);
		word += len + (word[len] == ';');
	}
	if (told < words)
		buf_addf(text, " +%d", words - told);
}

static void put_cell(const struct report *r, const struct layout *l, struct term_table *t, int row,
		     int at, struct buf *text)
{
	int i = l->shown[at], width = l->width[at];
	const struct cell *cell = report_cell(r, row, i);
	enum term_color color = TERM_PLAIN;

	buf_clear(text);
	cell_text(&r->column[i], cell, text);
	if (i == r->status_column)
		color = color_of(buf_text(text));
	else if (width && cell->known && r->column[i].type == COL_LIST &&
		 length_of(buf_text(text)) > width)
		cut_list(cell->text, width, text);
	else if (width && cell->known && r->column[i].type == COL_TEXT &&
		 r->column[i].shown != SHOWN_WHOLE)
		cut_text(text, TEXT_LINES * width);
	term_table_cell(t, at, color, buf_text(text));
}

static void put_rows(const struct report *r, bool wide, FILE *f)
{
	struct term_table *t = term_table_new(f);
	struct layout layout;
	struct buf text;

	buf_init(&text, TEXT_MAX);
	lay_out(r, wide, term_width(f), &layout);
	for (int i = 0; i < layout.count; i++) {
		const struct column *column = &r->column[layout.shown[i]];

		term_table_column(t, column->title,
				  column->type == COL_INT || column->type == COL_SHARE);
	}
	for (int row = 0; row < shown_rows(r); row++) {
		term_table_row(t);
		for (int i = 0; i < layout.count; i++)
			put_cell(r, &layout, t, row, i, &text);
	}
	term_table_print(t);
	term_table_free(t);
	buf_release(&text);
}

/* Words of the database among them. */
static void put_text(const char *text, FILE *f)
{
	AUTO_FREE char *safe = text_printable(text, strlen(text), TEXT_MAX);

	fputs(safe, f);
}

/* "compliant 30, outdated 5": the members that are not 0, or "none"; `at` is where it begins. */
static void put_counts(const json_t *counts, int at, FILE *f)
{
	const char *key, *between = "";
	int width = term_width(f);
	char number[24];
	json_t *value;

	json_object_foreach((json_t *)counts, key, value)
	{
		if (json_integer_value(value) == 0)
			continue;
		snprintf(number, sizeof(number), " %" JSON_INTEGER_FORMAT,
			 json_integer_value(value));
		at += length_of(between) + length_of(key) + length_of(number);
		if (width > 0 && *between && at + 1 > width) {
			between = ",\n  ";
			at = 2 + length_of(key) + length_of(number);
		}
		fprintf(f, "%s%s", between, term_color(f, color_of(key)));
		put_text(key, f);
		fprintf(f, "%s%s", term_color(f, TERM_PLAIN), number);
		between = ", ";
	}
	if (!*between)
		fputs("none", f);
}

/* "2026-11-21T02:00:04Z bob begun; ...": texts of the objects of a list, on a terminal a line
 * each. */
static void put_list(const json_t *list, FILE *f)
{
	const char *key, *between = "";
	json_t *line, *value;
	size_t i;

	json_array_foreach(list, i, line)
	{
		json_object_foreach(line, key, value)
		{
			fputs(between, f);
			put_text(json_is_string(value) ? json_string_value(value) : "", f);
			between = " ";
		}
		between = term_width(f) > 0 ? ";\n  " : "; ";
	}
	if (json_array_size(list) == 0)
		fputs("none", f);
}

static void put_value(const json_t *value, int at, FILE *f)
{
	int per_mille;

	if (json_is_object(value)) {
		put_counts(value, at, f);
	} else if (json_is_array(value)) {
		put_list(value, f);
	} else if (json_is_integer(value)) {
		fprintf(f, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	} else if (json_is_real(value)) {
		per_mille = report_per_mille(json_real_value(value));
		fprintf(f, "%d.%d %%", per_mille / 10, per_mille % 10);
	} else if (json_is_string(value)) {
		AUTO_FREE char *safe = text_printable(json_string_value(value),
						      json_string_length(value), TEXT_MAX);
		AUTO_FREE char *folded = term_folded(safe, 2, at, term_width(f));

		fputs(folded, f);
	} else {
		fputc('-', f);
	}
}

static void put_advice(const struct report *r, FILE *f)
{
	const char *about;
	json_t *what;

	if (json_object_size(r->advice) == 0)
		return;
	fprintf(f, "%sWhat to do%s\n", term_color(f, TERM_BOLD), term_color(f, TERM_PLAIN));
	json_object_foreach(r->advice, about, what)
	{
		AUTO_FREE char *line = xasprintf("%s: %s", about, json_string_value(what));
		AUTO_FREE char *safe = text_printable(line, strlen(line), TEXT_MAX);

		term_wrap(f, safe, 2, 0, term_width(f));
	}
	fputc('\n', f);
}

void write_table(const struct report *r, const struct write_options *options, FILE *f)
{
	const char *key;
	json_t *value;

	if (r->older_rules)
		fputs(JUDGED_BY_OLDER ": marshal recheck judges anew\n\n", f);
	put_rows(r, options->wide, f);
	fputs(shown_rows(r) ? "\n" : "", f);
	if (r->quiet_rows > 0)
		fprintf(f, "%d %s\n\n", r->quiet_rows, r->quiet);
	put_advice(r, f);
	json_object_foreach(r->summary, key, value)
	{
		for (const char *c = key; *c; c++)
			fputc(*c == '_' ? ' ' : *c, f);
		fputs(": ", f);
		put_value(value, length_of(key) + 2, f);
		fputc('\n', f);
	}
}
