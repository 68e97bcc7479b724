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

enum {
	TEXT_MAX = 65536,
	CELL_SHORT = 160        /* without --wide: a list of hosts may have no end */
};

/* clang-format off */
static const struct { const char *word; enum term_color color; } colors[] = {
	{ "compliant", TERM_GREEN },       { "upgraded", TERM_GREEN }, { "current", TERM_GREEN },
	{ "not-installed", TERM_RED },     { "outdated", TERM_RED },   { "failed", TERM_RED },
	{ "needs-registration", TERM_RED },{ "at-risk", TERM_RED },    { "uncertain", TERM_RED },
	{ "undetermined", TERM_YELLOW },   { "behind", TERM_YELLOW },  { "blocked", TERM_YELLOW },
	{ "unreachable", TERM_YELLOW },    { "never-scanned", TERM_YELLOW },
	{ "ok", TERM_GREEN },              { "active", TERM_DIM },     { "expired", TERM_RED },
	{ "unused", TERM_YELLOW },
	{ "worse", TERM_RED },             { "fails-now", TERM_RED },  { "vanished", TERM_YELLOW },
	{ "better", TERM_GREEN },          { "fails-no-more", TERM_GREEN },
	{ "excluded", TERM_DIM },          { "not-started", TERM_DIM },{ "cancelled", TERM_DIM },
};
/* clang-format on */

static enum term_color color_of(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(colors); i++)
		if (strcmp(colors[i].word, word) == 0)
			return colors[i].color;
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

static void put_cell(struct term_table *t, int at, enum term_color color, const struct buf *text,
		     bool wide)
{
	AUTO_FREE char *cut = wide ? NULL : text_printable(buf_text(text), text->len, CELL_SHORT);

	term_table_cell(t, at, color, cut ? cut : buf_text(text));
}

static void put_rows(const struct report *r, bool wide, FILE *f)
{
	struct term_table *t = term_table_new(f);
	struct buf text;

	buf_init(&text, TEXT_MAX);
	for (int i = 0; i < r->column_count; i++)
		if (wide || !r->column[i].wide)
			term_table_column(t, r->column[i].title,
					  r->column[i].type == COL_INT ||
						  r->column[i].type == COL_SHARE);
	for (int row = 0; row < r->row_count; row++) {
		int at = 0;

		term_table_row(t);
		for (int i = 0; i < r->column_count; i++) {
			if (!wide && r->column[i].wide)
				continue;
			buf_clear(&text);
			cell_text(&r->column[i], report_cell(r, row, i), &text);
			put_cell(t, at++,
				 i == r->status_column ? color_of(buf_text(&text)) : TERM_PLAIN,
				 &text, wide);
		}
	}
	term_table_print(t);
	term_table_free(t);
	buf_release(&text);
}

/* "compliant 30, outdated 5": the members that are not 0. */
static void put_counts(const json_t *counts, FILE *f)
{
	const char *key, *between = "";
	json_t *value;

	json_object_foreach((json_t *)counts, key, value)
	{
		if (json_integer_value(value) == 0)
			continue;
		fprintf(f, "%s%s%s%s %" JSON_INTEGER_FORMAT, between, term_color(f, color_of(key)),
			key, term_color(f, TERM_PLAIN), json_integer_value(value));
		between = ", ";
	}
}

static void put_value(const json_t *value, FILE *f)
{
	AUTO_FREE char *text = NULL;
	int per_mille;

	if (json_is_object(value)) {
		put_counts(value, f);
	} else if (json_is_integer(value)) {
		fprintf(f, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	} else if (json_is_real(value)) {
		/* rounded down: 100.0 % is said of all and of nothing less */
		per_mille = (int)(json_real_value(value) * 1000 + 1e-9);
		fprintf(f, "%d.%d %%", per_mille / 10, per_mille % 10);
	} else if (json_is_string(value)) {
		text = text_printable(json_string_value(value), json_string_length(value),
				      TEXT_MAX);
		fputs(text, f);
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
		fprintf(f, "%s: %s\n", about, json_string_value(what));
	fputc('\n', f);
}

void write_table(const struct report *r, const struct write_options *options, FILE *f)
{
	const char *key;
	json_t *value;

	put_rows(r, options->wide, f);
	fputs(r->row_count ? "\n" : "", f);
	put_advice(r, f);
	json_object_foreach(r->summary, key, value)
	{
		for (const char *c = key; *c; c++)
			fputc(*c == '_' ? ' ' : *c, f);
		fputs(": ", f);
		put_value(value, f);
		fputc('\n', f);
	}
}
