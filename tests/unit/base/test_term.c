/* The terminal: tables in a pipe, and nothing else there. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/term.h"

/* What `f` holds. Yours. */
static char *contents(FILE *f)
{
	char *text = xcalloc(4096, 1);

	rewind(f);
	ck_assert_uint_lt(fread(text, 1, 4095, f), 4095);
	return text;
}

START_TEST(a_table_is_aligned_and_escaped)
{
	AUTO_FCLOSE FILE *f = tmpfile();
	struct term_table *t = term_table_new(f);

	term_table_column(t, "HOST", false);
	term_table_column(t, "N", true);
	term_table_column(t, "TEXT", false);
	term_table_row(t);
	term_table_cell(t, 0, TERM_RED, "web\x1b[1m");
	term_table_cell(t, 1, TERM_PLAIN, "7");
	term_table_cell(t, 2, TERM_PLAIN, "a\nb");
	term_table_row(t);
	term_table_cell(t, 0, TERM_PLAIN, "db");
	term_table_cell(t, 1, TERM_PLAIN, "1234");
	term_table_print(t);
	term_table_free(t);
	AUTO_FREE char *text = contents(f);

	ck_assert_ptr_nonnull(strstr(text, "HOST           N  TEXT\n"));
	ck_assert_ptr_nonnull(strstr(text, "web\\x1b[1m     7  a\\nb\n"));
	ck_assert_ptr_nonnull(strstr(text, "db          1234"));
	ck_assert_ptr_null(strchr(text, '\x1b'));
}
END_TEST

START_TEST(text_is_wrapped_at_the_width)
{
	AUTO_FCLOSE FILE *f = tmpfile();

	setlocale(LC_CTYPE, "C.UTF-8");         /* as main() does */
	fputs("> ", f);
	term_wrap(f, "one two  three", 2, 2, 9);
	term_wrap(f, "one two three", 2, 0, 0);
	term_wrap(f, "averylongword \xC3\xA4\xC3\xA4 b", 1, 1, 6);
	term_wrap(f, "of: a[01,02],b1,c22", 2, 0, 12);
	term_wrap(f, "", 4, 4, 10);
	AUTO_FREE char *text = contents(f);

	ck_assert_str_eq(text, "> one two\n  three\none two three\naverylongword\n"
			       " \xC3\xA4\xC3\xA4 b\nof:\n  a[01,02],\n  b1,c22\n\n");
}
END_TEST

/* What a terminal so wide gets of a table of one row. Yours. */
static char *on_terminal(int width, const char *const *cell, int count)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	struct winsize size = { .ws_row = 24, .ws_col = (unsigned short)width };
	struct termios raw;
	char *text = xcalloc(4096, 1);
	struct term_table *t;
	size_t len = 0;
	ssize_t n;
	FILE *f;

	ck_assert_int_ge(master, 0);
	ck_assert(grantpt(master) == 0 && unlockpt(master) == 0);
	f = fopen(ptsname(master), "r+");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(ioctl(master, TIOCSWINSZ, &size), 0);
	tcgetattr(master, &raw);
	cfmakeraw(&raw);
	tcsetattr(master, TCSANOW, &raw);
	t = term_table_new(f);
	for (int i = 0; i < count; i++)
		term_table_column(t, i == 1 ? "N" : "WORD", i == 1);
	term_table_row(t);
	for (int i = 0; i < count; i++)
		term_table_cell(t, i, TERM_PLAIN, cell[i]);
	term_table_print(t);
	term_table_free(t);
	fputc('\4', f);
	fflush(f);
	/* A terminal hands on what it has got so far, be it half a line. */
	while (!strchr(text, '\4')) {
		n = read(master, text + len, 4095 - len);
		ck_assert_int_gt(n, 0);
		len += (size_t)n;
	}
	*strchr(text, '\4') = '\0';
	fclose(f);
	close(master);
	return text;
}

/* clang-format off */
static const struct {
	int width;
	const char *first, *last, *want;
} folded[] = {
	{ 40, "sign-in-rejected", "one two",
	  "WORD                N  WORD\nsign-in-rejected  100  one two\n" },
	{ 24, "sign-in-rejected", "one two",
	  "WORD        N  WORD\nsign-in-  100  one two\nrejected       \n" },
	{ 19, "ab", "fra-file01,fra-web02",
	  "WORD    N  WORD\nab    100  fra-\n           file01,\n           fra-\n           web02\n" },
	{ 24, "ab", "fra-file01,fra-web02",
	  "WORD    N  WORD\nab    100  fra-file01,\n           fra-web02\n" },
	{ 26, "ab", "/etc/ssh/known_hosts",
	  "WORD    N  WORD\nab    100  /etc/ssh/\n           known_hosts\n" },
	/* what a hyphen or a dot joins is one word while there is room for it */
	{ 30, "fra-web02", "one two three",
	  "WORD         N  WORD\nfra-web02  100  one two three\n" },
	{ 26, "fra-web02", "one two three",
	  "WORD         N  WORD\nfra-web02  100  one two\n                three\n" },
	{ 36, "fra-web02", "scratch.location;backup.last",
	  "WORD         N  WORD\nfra-web02  100  scratch.location;\n                backup.last\n" },
	{ 27, "ab", "\xC3\xA4\xC3\xA4\xC3\xA4 aaaaaaaaaaaaaaaaaaaaaaaaaaa",
	  "WORD    N  WORD\nab    100  \xC3\xA4\xC3\xA4\xC3\xA4\n           aaaaaaaaaaaaaaaa\n"
	  "           aaaaaaaaaaa\n" },
};
/* clang-format on */

START_TEST(cells_are_folded_at_words_where_the_terminal_ends)
{
	const char *const cell[] = { folded[_i].first, "100", folded[_i].last };

	setlocale(LC_CTYPE, "C.UTF-8");
	setenv("NO_COLOR", "1", 1);
	AUTO_FREE char *text = on_terminal(folded[_i].width, cell, 3);

	ck_assert_str_eq(text, folded[_i].want);
}
END_TEST

START_TEST(an_empty_table_prints_nothing)
{
	AUTO_FCLOSE FILE *f = tmpfile();
	struct term_table *t = term_table_new(f);

	term_table_column(t, "HOST", false);
	term_table_print(t);
	term_table_free(t);
	term_table_free(NULL);
	AUTO_FREE char *text = contents(f);

	ck_assert_str_eq(text, "");
}
END_TEST

START_TEST(a_pipe_has_no_colours_and_no_width)
{
	AUTO_FCLOSE FILE *f = tmpfile();

	ck_assert(!term_has_colors(f));
	ck_assert_str_eq(term_color(f, TERM_RED), "");
	ck_assert_int_eq(term_width(f), 0);
}
END_TEST

START_TEST(a_quiet_progress_stays_silent)
{
	struct progress p;

	progress_init(&p, "scan", 10, true);
	p.done = 5;
	progress_show(&p, p.begin_ms + 1000);
	ck_assert(!p.line_open);
	progress_clear(&p);
}
END_TEST

/* clang-format off */
static const struct { int columns, done; const char *more, *want; } lines[] = {
	{ 200, 5, "web1: run until 14:02:11Z", "scan: 5 of 10, 0 failed, 2 in flight, 5.0/s, 2 s left; web1: run until 14:02:11Z" },
	/* the rate gives way first, then whole hosts */
	{ 79, 5, "web1: run until 14:02:11Z, web2: run", "scan: 5 of 10, 0 failed, 2 in flight; web1: run until 14:02:11Z, web2: run" },
	{ 72, 5, "web1: run until 14:02:11Z, web2: run", "scan: 5 of 10, 0 failed, 2 in flight; web1: run until 14:02:11Z" },
	{ 60, 5, "web1: run until 14:02:11Z, web2: run", "scan: 5 of 10, 0 failed, 2 in flight" },
	{ 60, 5, "", "scan: 5 of 10, 0 failed, 2 in flight, 5.0/s, 2 s left" },
	{ 20, 0, "web1", "scan: 0 of 10, 0 fai" },
};
/* clang-format on */

START_TEST(progress_names_whole_hosts_or_none)
{
	struct progress p = {
		.verb = "scan", .total = 10, .done = lines[_i].done, .in_flight = 2, .begin_ms = 1
	};
	AUTO_FREE char *text = NULL;

	snprintf(p.more, sizeof(p.more), "%s", lines[_i].more);
	text = progress_text(&p, 1001, lines[_i].columns);
	ck_assert_str_eq(text, lines[_i].want);
}
END_TEST

START_TEST(a_line_is_folded_or_left_as_it_is)
{
	AUTO_FREE char *cut = term_folded("host 'a  b': not dialled", 2, 9, 20);
	AUTO_FREE char *whole = term_folded("host 'a  b': not dialled", 2, 9, 0);

	ck_assert_str_eq(cut, "host 'a b':\n  not dialled");
	ck_assert_str_eq(whole, "host 'a  b': not dialled");
}
END_TEST

UNIT_SUITE(term)
{
	Suite *s = suite_create("term");
	TCase *tc = tcase_create("term");

	tcase_add_test(tc, a_table_is_aligned_and_escaped);
	tcase_add_test(tc, text_is_wrapped_at_the_width);
	tcase_add_loop_test(tc, cells_are_folded_at_words_where_the_terminal_ends, 0,
			    ARRAY_LEN(folded));
	tcase_add_test(tc, an_empty_table_prints_nothing);
	tcase_add_test(tc, a_pipe_has_no_colours_and_no_width);
	tcase_add_test(tc, a_quiet_progress_stays_silent);
	tcase_add_loop_test(tc, progress_names_whole_hosts_or_none, 0, ARRAY_LEN(lines));
	tcase_add_test(tc, a_line_is_folded_or_left_as_it_is);
	suite_add_tcase(s, tc);
	return s;
}
