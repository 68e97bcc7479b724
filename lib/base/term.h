/* term.h - what a terminal shows: colours (only on one, never with NO_COLOR), tables, the
 * progress line. */
#ifndef BASE_TERM_H
#define BASE_TERM_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/weight.h"

enum term_color { TERM_PLAIN, TERM_RED, TERM_YELLOW, TERM_GREEN, TERM_DIM, TERM_BOLD };

bool term_has_colors(FILE *f);
enum term_color term_weight(enum weight weight);         /* of a word that has this weight */
/* The escape that begins (or, for TERM_PLAIN, ends) a colour; "" where f has no colours. */
const char *term_color(FILE *f, enum term_color color);
const char *term_escape(enum term_color color);         /* the same wherever it goes */
int term_width(FILE *f);                                /* columns; 0 when no terminal */
/* Columns of the first len bytes; a byte that is no character counts as one. */
int term_columns(const char *text, size_t len);

/* Asks on the terminal and waits for exactly that word. ERR_USAGE: another was typed, or there is
 * no terminal to ask on, which `else_hint` says what to do about. */
int term_confirm(const char *question, const char *word, const char *else_hint, struct err *err);

/* Words of text, wrapped at `width` columns (0: not at all), each further line beginning at
 * `column`; `at` is where the first begins. Ends the line. Text is not escaped. */
void term_wrap(FILE *f, const char *text, int column, int at, int width);
/* The same as a text without its end, for behind a blank at `at`; of width 0 as it is. Yours:
 * free() it. */
char *term_folded(const char *text, int column, int at, int width);
/* A line of its own, folded at blanks where f is a terminal; what follows stands two columns in. */
void term_say(FILE *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A table for people (libsmartcols; term_table.c). Cells are escaped with text_printable(), and on
 * a terminal folded where it ends: at blanks, hyphens, slashes and commas. Numbers are not. */
struct term_table;
struct term_table *term_table_new(FILE *f);
void term_table_column(struct term_table *t, const char *title, bool right);
void term_table_row(struct term_table *t);
void term_table_cell(struct term_table *t, int column, enum term_color color, const char *text);
void term_table_print(struct term_table *t);            /* nothing where no row was added */
void term_table_free(struct term_table *t);

/* One line on stderr, rewritten four times a second at most; silent when stderr is no
 * terminal. Counts are set by the caller; rate and time left are reckoned here. */
struct progress {
	const char *verb;       /* "scan" */
	const char *unit;       /* "MB": what is counted, when it is no hosts */
	int total, done, failed, in_flight;     /* done: all that ended; failed: those of them */
	char more[200];         /* who is in flight, as far as the line has room; "" nothing */
	int64_t begin_ms, shown_ms;
	bool on, line_open;
};
void progress_init(struct progress *p, const char *verb, int total, bool quiet);
/* What it shows in so many columns: the rate gives way to who is in flight, and those are whole or
 * not named. Yours: free() it. */
char *progress_text(const struct progress *p, int64_t now_ms, int columns);
void progress_show(struct progress *p, int64_t now_ms);
void progress_clear(struct progress *p);                /* before other talk, and at the end */

#endif
