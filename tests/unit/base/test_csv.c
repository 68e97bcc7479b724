/* Cells that stay cells, and tables as people's spreadsheets save them. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/csv.h"
#include "base/mem.h"

static const struct { const char *label, *in, *out; } csv_cells[] = {
	{ "plain", "web1", "web1" },
	{ "empty", "", "" },
	{ "a comma", "a,b", "\"a,b\"" },
	{ "a semicolon", "a;b", "\"a;b\"" },
	{ "a quote", "a\"b", "\"a\"\"b\"" },
	{ "a line break", "a\nb", "\"a\nb\"" },
	{ "CRLF", "a\r\nb", "\"a\r\nb\"" },
	{ "an umlaut", "M\xC3\xBCnchen", "M\xC3\xBCnchen" },
	{ "a formula", "=1+1", "\"'=1+1\"" },
	{ "a formula with quotes", "=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\"" },
	{ "plus", "+1", "\"'+1\"" },
	{ "minus", "-1", "\"'-1\"" },
	{ "at", "@SUM(1)", "\"'@SUM(1)\"" },
	{ "behind blanks", "  =1", "\"'  =1\"" },
	{ "behind a line break", "\n=1", "\"\n'=1\"" },
	{ "behind a semicolon", "x;=1+41;y", "\"x;'=1+41;y\"" },
	{ "behind a semicolon and a blank", "x; +1", "\"x;' +1\"" },
	{ "behind a semicolon and a quote", "x;\"=1\";-2", "\"x;'\"\"=1\"\";'-2\"" },
	{ "behind a tab", "x\t@1", "\"x\t'@1\"" },
	{ "behind a line end inside", "x\r\n=1\n=2", "\"x\r\n'=1\n'=2\"" },
	{ "full width behind a semicolon", "x;\xEF\xBC\x9D" "1", "\"x;'\xEF\xBC\x9D" "1\"" },
	{ "one that looks guarded", "'=1;''=2", "\"''=1;'''=2\"" },
	{ "an apostrophe that guards nothing", "'a;'b", "\"'a;'b\"" },
	{ "a tab and a formula", "\t=1", "\"'\t'=1\"" },
	{ "a tab first", "\tx", "\"'\tx\"" },
	{ "CR first", "\rx", "\"'\rx\"" },
	{ "full width", "\xEF\xBC\x9D" "1", "\"'\xEF\xBC\x9D" "1\"" },
	{ "full width behind a blank", " \xEF\xBC\xA0x", "\"' \xEF\xBC\xA0x\"" },
	{ "another full width letter", "\xEF\xBC\xA1", "\xEF\xBC\xA1" },
	{ "a minus inside", "a-b", "a-b" },
	{ "blanks alone", "  ", "\"  \"" },
};

/* Fields joined by '|', rows by '/'. */
static int join(void *ctx, int line, const char *const *field, int count, struct err *err)
{
	struct buf *out = ctx;

	(void)err;
	buf_addf(out, "%s%d:", out->len ? "/" : "", line);
	for (int i = 0; i < count; i++)
		buf_addf(out, "%s%s", i ? "|" : "", field[i]);
	return 0;
}

/* What is read from text, or "error: why". Yours. */
static char *read_text(const char *text, size_t len)
{
	struct buf out;
	struct err err;

	buf_init(&out, 65536);
	if (csv_read(text, len, join, &out, &err) == 0)
		return buf_take(&out);
	buf_release(&out);
	return xasprintf("error: %s", err.msg);
}

/* What is written, is read again, alone and between others. */
START_TEST(csv_cells_stay_cells)
{
	AUTO_FCLOSE FILE *f = tmpfile();
	char got[1024] = "";
	size_t len, cell;

	fputs("a,b,c\r\n1,", f);
	csv_cell(f, csv_cells[_i].in, false);
	fputs(",2\r\n", f);
	rewind(f);
	len = fread(got, 1, sizeof(got) - 1, f);
	cell = strlen(csv_cells[_i].out);
	ck_assert_msg(len == 13 + cell && memcmp(got + 9, csv_cells[_i].out, cell) == 0, "%s: %s",
		      csv_cells[_i].label, got);
	AUTO_FREE char *again = read_text(got, len);
	AUTO_FREE char *want = xasprintf("1:a|b|c/2:1|%s|2", csv_cells[_i].in);

	ck_assert_msg(strcmp(again, want) == 0, "%s: %s", csv_cells[_i].label, again);
}
END_TEST

static const struct { const char *label, *text, *want; } tables[] = {
	{ "LF", "a,b\n1,2\n", "1:a|b/2:1|2" },
	{ "CRLF", "a,b\r\n1,2\r\n", "1:a|b/2:1|2" },
	{ "no last line end", "a,b\n1,2", "1:a|b/2:1|2" },
	{ "a byte order mark", "\xEF\xBB\xBF" "a,b\n1,2\n", "1:a|b/2:1|2" },
	{ "semicolons", "a;b\n1,5;2\n", "1:a|b/2:1,5|2" },
	{ "tabs", "a\tb\n1\t2\n", "1:a|b/2:1|2" },
	{ "all quoted", "\"a\";\"b\"\n\"1\";\"2\"\n", "1:a|b/2:1|2" },
	{ "a comma in the header's quotes", "\"a,b\";c\n1;2\n", "1:a,b|c/2:1|2" },
	{ "a line break in a field", "a,b\n\"x\ny\",2\n3,4\n", "1:a|b/2:x\ny|2/4:3|4" },
	{ "doubled quotes", "a\n\"x\"\"y\"\n", "1:a/2:x\"y" },
	{ "empty fields", "a,b,c\n,,\n", "1:a|b|c/2:||" },
	{ "empty lines", "a,b\n\n1,2\n\r\n", "1:a|b/3:1|2" },
	{ "one column", "host\nweb1\n", "1:host/2:web1" },
	{ "an apostrophe before a formula", "a\n'=1\n", "1:a/2:=1" },
	{ "an apostrophe of its own", "a\n'tis\n", "1:a/2:'tis" },
	{ "a CR alone", "a\nx\ry\n", "1:a/2:x\ry" },
	{ "too few fields", "a,b\n1\n", "error: line 2: 1 fields, the header has 2" },
	{ "too many fields", "a,b\n\n1,2,3\n", "error: line 3: 3 fields, the header has 2" },
	{ "a stray quote", "a,b\n1,2\"x\n", "error: line 2: a quote in a field that is not quoted" },
	{ "text behind a quote", "a\n\"x\"y\n", "error: line 2: text behind a closing quote" },
	{ "an open quote", "a\n\"x\ny", "error: line 3: a quoted field has no end" },
	{ "nothing", "", "error: there is no header line" },
	{ "nothing but lines", "\n\r\n", "error: there is no header line" },
};

START_TEST(tables_are_read_strictly)
{
	AUTO_FREE char *got = read_text(tables[_i].text, strlen(tables[_i].text));

	ck_assert_msg(strcmp(got, tables[_i].want) == 0, "%s: %s", tables[_i].label, got);
}
END_TEST

START_TEST(what_is_no_text_is_refused)
{
	AUTO_FREE char *utf16 = read_text("a\0,\0b\0\n\0", 8);

	ck_assert_str_eq(utf16, "error: not a text: it holds a NUL (UTF-16? save it as UTF-8)");
}
END_TEST

/* For good: nobody needs them back. */
static const struct { const char *in, *out, *raw; } hidden[] = {
	{ "a\xE2\x80\xAE" "b", "a\\u202eb", "a\xE2\x80\xAE" "b" },
	{ "a\x1b[31m", "a\\x1b[31m", "a\x1b[31m" },
	{ "\v=1", "\\x0b=1", "\v=1" },
	{ ";\xE2\x80\x8B=1", "\";\\u200b=1\"", "\";\xE2\x80\x8B=1\"" },
	{ "a\tb\xff", "\"a\tb\\xff\"", "\"a\tb\xff\"" },
};

START_TEST(what_hides_or_turns_text_is_escaped)
{
	for (int raw = 0; raw <= 1; raw++) {
		AUTO_FREE char *got = NULL;
		size_t len;
		FILE *f = open_memstream(&got, &len);

		csv_cell(f, hidden[_i].in, raw);
		fclose(f);
		ck_assert_str_eq(got, raw ? hidden[_i].raw : hidden[_i].out);
	}
}
END_TEST

UNIT_SUITE(csv)
{
	Suite *s = suite_create("csv");
	TCase *tc = tcase_create("csv");

	tcase_add_loop_test(tc, csv_cells_stay_cells, 0, ARRAY_LEN(csv_cells));
	tcase_add_loop_test(tc, tables_are_read_strictly, 0, ARRAY_LEN(tables));
	tcase_add_test(tc, what_is_no_text_is_refused);
	tcase_add_loop_test(tc, what_hides_or_turns_text_is_escaped, 0, ARRAY_LEN(hidden));
	suite_add_tcase(s, tc);
	return s;
}
