/* test_answer.c - answers cut out of streams, whole and byte by byte, and the faults of those
 * that are none. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "transport/answer.h"

#define BEGIN "<<<answer 0123 begin>>>"
#define END   "<<<answer 0123 end>>>"

enum { MAX_BYTES = 400, MAX_LINE = 40 };

static void note_line(void *ctx, const char *line, size_t len)
{
	struct buf *seen = ctx;

	if (line) {
		ck_assert_uint_eq(line[len], '\0');
		ck_assert_int_eq(buf_addf(seen, "%s|", line), 0);
	} else {
		ck_assert_int_eq(buf_addf(seen, "<%zu>|", len), 0);
	}
}

/* Feeds in pieces of `step` bytes; the lines as "a|b|", and whether the end was seen. */
static char *lines_of(const char *stream, size_t len, size_t step, bool *out_ended)
{
	struct answer a;
	struct buf seen;
	struct err err;

	buf_init(&seen, 1 << 16);
	answer_init(&a, "0123", MAX_BYTES, MAX_LINE, note_line, &seen);
	for (size_t at = 0; at < len; at += step) {
		size_t n = len - at < step ? len - at : step;
		AUTO_FREE char *piece = xmalloc(n);

		/* exactly n bytes, so that reading past them is seen */
		memcpy(piece, stream + at, n);
		if (answer_feed(&a, piece, n, &err) != 0) {
			ck_assert_int_eq(err.code, FAULT_TOO_MUCH_OUTPUT);
			ck_assert_int_eq(buf_adds(&seen, "too much"), 0);
			break;
		}
	}
	*out_ended = answer_finish(&a, 0, NULL, NULL, &err) == 0;
	answer_release(&a);
	return seen.data ? buf_take(&seen) : xstrdup("");
}

#define OTHER "<<<answer 9999 begin>>>\n{1}\n<<<answer 9999 end>>>\n"
#define X20 "xxxxxxxxxxxxxxxxxxxx"
#define X40 X20 X20
#define X200 X40 X40 X40 X40 X40

/* clang-format off */
static const struct { const char *label, *stream, *lines; bool ended; } streams[] = {
	{ "plain",            BEGIN "\n{1}\n{2}\n" END "\n",              "{1}|{2}|", true },
	{ "CR LF",            BEGIN "\r\n{1}\r\n{2}\r\n" END "\r\n",      "{1}|{2}|", true },
	{ "CR inside",        BEGIN "\na\rb\r\r\n" END "\n",              "a\rb\r|", true },
	{ "noise around",     "banner\n\n" BEGIN "\n{1}\n" END "\nbye\n", "{1}|", true },
	{ "no lines",         BEGIN "\n" END "\n",                        "", true },
	{ "empty line",       BEGIN "\n\n" END "\n",                      "|", true },
	{ "byte order mark",  "\xef\xbb\xbf" BEGIN "\n{1}\n" END "\n",    "{1}|", true },
	{ "end without LF",   BEGIN "\n{1}\n" END,                        "{1}|", true },
	{ "end with CR only", BEGIN "\n{1}\n" END "\r",                   "{1}|", true },
	{ "cut line",         BEGIN "\n{1}\n{2",                          "{1}|", false },
	{ "cut marker",       BEGIN "\n{1}\n<<<answer 0123 en",          "{1}|", false },
	{ "other nonce",      OTHER,                                      "", false },
	{ "other nonce first", OTHER BEGIN "\n{2}\n" END "\n",                   "{2}|", true },
	{ "marker not alone", "x" BEGIN "\n{1}\n" END "\n",               "", false },
	{ "marker with blank", BEGIN " \n{1}\n" END "\n",                 "", false },
	{ "end before begin", END "\n" BEGIN "\n{1}\n",                   "{1}|", false },
	{ "end in a line",    BEGIN "\n{\"" END "\"}\n" END "\n",         "{\"" END "\"}|", true },
	{ "line at limit",    BEGIN "\n" X40 "\n" END "\n",               X40 "|", true },
	{ "CR LF at limit",   BEGIN "\n" X40 "\r\n" END "\n",             X40 "|", true },
	{ "line above limit", BEGIN "\n" X40 "x\n{2}\n" END "\n",         "<41>|{2}|", true },
	{ "CR LF above",      BEGIN "\n" X40 "x\r\n{2}\n" END "\n",       "<42>|{2}|", true },
	{ "long line",        BEGIN "\n" X200 "\n{2}\n" END "\n",         "<200>|{2}|", true },
	{ "long noise",       X200 "\n" BEGIN "\n{2}\n" END "\n",         "{2}|", true },
	{ "cut long line",    BEGIN "\n{1}\n" X200,                       "{1}|", false },
	{ "too much",         BEGIN "\n{1}\n" X200 "\n" X200,   "{1}|<200>|too much", false },
	{ "too much noise",   X200 "\n" X200,                             "too much", false },
	{ "much after end",   BEGIN "\n" END "\n" X200 "\n" X200 "\n",    "too much", true },
	{ "empty",            "",                                         "", false },
};
/* clang-format on */

START_TEST(lines_do_not_depend_on_pieces)
{
	static const size_t steps[] = { 1, 2, 3, 7, 25, 41, 100000 };
	const char *stream = streams[_i].stream;

	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		bool ended;
		AUTO_FREE char *got = lines_of(stream, strlen(stream), steps[i], &ended);

		ck_assert_msg(strcmp(got, streams[_i].lines) == 0 && ended == streams[_i].ended,
			      "%s in pieces of %zu: '%s', ended %d", streams[_i].label, steps[i],
			      got, ended);
	}
}
END_TEST

START_TEST(exactly_the_limit_is_not_too_much)
{
	char stream[MAX_BYTES + 1];
	bool ended;

	memset(stream, '\n', sizeof(stream));
	memcpy(stream + MAX_BYTES - strlen(END), END, strlen(END));
	memcpy(stream, BEGIN, strlen(BEGIN));
	for (size_t over = 0; over < 2; over++) {
		AUTO_FREE char *got = lines_of(stream, MAX_BYTES + over, 9, &ended);

		ck_assert(ended);
		ck_assert_int_eq(strstr(got, "too much") != NULL, over);
	}
}
END_TEST

/* clang-format off */
static const struct {
	const char *label, *stream;
	int status;
	const char *signal, *said;
	enum err_code code;
	const char *word;               /* in the message */
} ends[] = {
	{ "language mode",   "<<<answer language-mode ConstrainedLanguage>>>\r\n", 64, NULL, "",
	  FAULT_CONSTRAINED_LANGUAGE, "ConstrainedLanguage" },
	{ "its status only", "", 64, NULL, "", FAULT_CONSTRAINED_LANGUAGE, "restricted" },
	{ "its line only",   "<<<answer language-mode RestrictedLanguage>>>", -1, NULL, "",
	  FAULT_CONSTRAINED_LANGUAGE, "RestrictedLanguage" },
	{ "no such mode",    "<<<answer language-mode \x1b[31m>>>\n", 0, NULL, "",
	  FAULT_WRONG_ANSWER, "\\x1b" },
	{ "of 32 bits",      "<<<answer bits 32>>>\r\n", 1, NULL, "", FAULT_NO_POWERSHELL, "32 bits" },
	{ "its status",      "", 65, NULL, "", FAULT_NO_POWERSHELL, "32 bits" },
	{ "of 16 bits",      "<<<answer bits 16>>>\r\n", 0, NULL, "", FAULT_WRONG_ANSWER, "bits 16" },
	{ "cmd.exe",         "", 1, NULL,
	  "'powershell.exe' is not recognized as an internal or external command,\r\nop",
	  FAULT_NO_POWERSHELL, "'powershell.exe' is not recognized" },
	{ "cmd.exe, German", "", 9009, NULL, "Der Befehl \"powershell.exe\" ist entweder falsch",
	  FAULT_NO_POWERSHELL, "9009" },
	{ "a Unix shell",    "", 127, NULL, "bash: line 1: powershell.exe: command not found\n",
	  FAULT_NO_POWERSHELL, "command not found" },
	{ "busybox",         "ash: powershell.exe: not found", -1, NULL, NULL,
	  FAULT_NO_POWERSHELL, "not found" },
	{ "access denied",   "", 1, NULL, "Access is denied.\r\n", FAULT_ACCESS_DENIED, "denied" },
	{ "its status",      "", 5, NULL, "Zugriff verweigert", FAULT_ACCESS_DENIED, "Zugriff" },
	{ "its HRESULT",     "", -2147024891, NULL, "", FAULT_ACCESS_DENIED, "-2147024891" },
	{ "group policy",    "", 1, NULL, "This program is blocked by group policy.",
	  FAULT_BLOCKED_BY_SECURITY, "group policy" },
	{ "its status 1260", "", 1260, NULL, NULL, FAULT_BLOCKED_BY_SECURITY, "1260" },
	{ "0x800704EC",      "", -2147023636, NULL, "", FAULT_BLOCKED_BY_SECURITY, "status" },
	{ "AMSI, CLIXML",    BEGIN "\n", 1, NULL,
	  "#< CLIXML\r\n<Objs Version=\"1.1.0.1\"><S S=\"Error\">Zeile:1_x000D__x000A_</S>"
	  "<S S=\"Error\"> + FullyQualifiedErrorId : ScriptContainedMaliciousContent_x000D_</S>",
	  FAULT_BLOCKED_BY_SECURITY, ": 'Zeile:1'" },
	{ "signal",          "", -1, "KILL", "", FAULT_PROGRAM_FAILED, "signal KILL" },
	{ "signal, begun",   BEGIN "\n{1}\n", 0, "S\x1b", "", FAULT_PROGRAM_FAILED, "a signal without a name" },
	{ "signal, empty",   BEGIN "\n{1}\n", 0, "", "", FAULT_PROGRAM_FAILED, "a signal without a name" },
	{ "a server's own",  BEGIN "\n{1}\n", 0, "KILL@example.org", "", FAULT_PROGRAM_FAILED, "signal KILL@example.org" },
	{ "status",          "", 3, NULL, "boom\x07\n", FAULT_PROGRAM_FAILED, "3: 'boom\\x07'" },
	{ "status, begun",   BEGIN "\n{1}\n", 1, NULL, "boom", FAULT_PROGRAM_FAILED, "'boom'" },
	{ "5 when begun",    BEGIN "\n{1}\n", 5, NULL, "", FAULT_PROGRAM_FAILED, "status 5" },
	{ "line lost",       "", -1, NULL, "", FAULT_CONNECTION_LOST, "before an answer" },
	{ "line lost, begun", BEGIN "\n{1}\n{2", -1, NULL, "", FAULT_CONNECTION_LOST, "cut" },
	{ "no end",          BEGIN "\n{1}\n", 0, NULL, "", FAULT_WRONG_ANSWER, "no end" },
	{ "other program",   "Welcome to \x1b[1mZork\n", 0, NULL, NULL, FAULT_WRONG_ANSWER,
	  "'Welcome to \\x1b[1mZork'" },
	{ "nothing",         "", 0, NULL, NULL, FAULT_WRONG_ANSWER, "in 0 bytes" },
	{ "all is well",     BEGIN "\n" END "\n", 1, "TERM", "Access is denied", ERR_NONE, NULL },
};
/* clang-format on */

static void ignore_line(void *ctx, const char *line, size_t len)
{
	(void)ctx;
	(void)line;
	(void)len;
}

START_TEST(ends_are_explained)
{
	struct answer a;
	struct err err = { .code = ERR_NONE };
	int rc;

	answer_init(&a, "0123", MAX_BYTES, MAX_BYTES, ignore_line, NULL);
	ck_assert_int_eq(answer_feed(&a, ends[_i].stream, strlen(ends[_i].stream), &err), 0);
	rc = answer_finish(&a, ends[_i].status, ends[_i].signal, ends[_i].said, &err);
	ck_assert_int_eq(rc, ends[_i].code == ERR_NONE ? 0 : -1);
	ck_assert_msg(err.code == ends[_i].code, "%s: %s", ends[_i].label, err_name(err.code));
	ck_assert_msg(!ends[_i].word || strstr(err.msg, ends[_i].word), "%s: '%s'", ends[_i].label,
		      err.msg);
	answer_release(&a);
}
END_TEST

START_TEST(noise_keeps_its_first_kilobyte)
{
	struct answer a;
	struct err err;

	answer_init(&a, "0123", 1 << 20, MAX_LINE, ignore_line, NULL);
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(answer_feed(&a, "noise, noise\n", 13, &err), 0);
	ck_assert_uint_le(a.noise.len, 1024);
	ck_assert_uint_gt(a.noise.len, 1000);
	ck_assert_int_eq(strncmp(buf_text(&a.noise), "noise, noise\nnoise", 18), 0);
	answer_release(&a);
}
END_TEST

UNIT_SUITE(answer)
{
	Suite *s = suite_create("answer");
	TCase *tc = tcase_create("answer");

	tcase_add_loop_test(tc, lines_do_not_depend_on_pieces, 0, ARRAY_LEN(streams));
	tcase_add_test(tc, exactly_the_limit_is_not_too_much);
	tcase_add_loop_test(tc, ends_are_explained, 0, ARRAY_LEN(ends));
	tcase_add_test(tc, noise_keeps_its_first_kilobyte);
	suite_add_tcase(s, tc);
	return s;
}
