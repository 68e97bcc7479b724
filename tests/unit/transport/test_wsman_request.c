/* test_wsman_request.c - what WinRM is asked: by trees, beside what others ask it; by bytes where
 * those say nothing. */
#include "tests/unit/unit.h"

#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/file.h"
#include "base/mem.h"
#include "tests/unit/transport/sshtool.h"
#include "transport/script.h"
#include "transport/winrm/wsman.h"

/* What tests/tools/wsman_peers.py has others ask. */
static struct wsman_request request_of(enum wsman_op op)
{
	struct wsman_request r = {
		.op = op,
		.id = { "bbbbbbbb-cccc-4ddd-8eee-ffffffffffff" },
		.url = "http://windows-host:5985/wsman",
		.envelope = WSMAN_ENVELOPE,
		.timeout_ms = 20000,
		.idle_ms = 90000,
		.line = "powershell.exe -NoProfile -X <&>\"' \xC3\xA4",
		.input = "two\nlines\n",
		.input_len = 10,
		.last = true,
	};

	if (op != WSMAN_CREATE)
		r.shell = (struct wsman_id){ "11111111-2222-4333-8444-555555555555" };
	r.command = (struct wsman_id){ "66666666-7777-4888-9999-AAAAAAAAAAAA" };
	return r;
}

START_TEST(requests_are_those_of_pywinrm_and_ansible)
{
	const struct wsman_request r = request_of((enum wsman_op)_i);
	AUTO_FREE char *text = wsman_request_text(&r);
	AUTO_FREE char *path = xasprintf("%s/request", unit_folder());
	const char *argv[] = { "/usr/bin/python3", "tests/tools/wsman_peers.py",
			       wsman_op_name(r.op), path, NULL };
	FILE *f = fopen(path, "w");
	int status;

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	ck_assert_int_eq(fclose(f), 0);
	status = tool_run(argv);
	if (status == 77 || status == 127)
		UNIT_SKIP("neither pywinrm nor Ansible is installed");
	ck_assert_msg(status == 0, "%s: %s", wsman_op_name(r.op), text);
}
END_TEST

/* Of a document the element texts that follow each other: "a|b". */
struct words {
	struct buf text;
	const char *wanted;
	bool inside;
};

static void on_begin(void *ctx, const XML_Char *name, const XML_Char **attribute)
{
	struct words *w = ctx;

	(void)attribute;
	w->inside = strcmp(name, w->wanted) == 0;
}

static void on_text(void *ctx, const XML_Char *s, int len)
{
	struct words *w = ctx;

	if (w->inside)
		ck_assert_int_eq(buf_add(&w->text, s, (size_t)len), 0);
}

static void on_end(void *ctx, const XML_Char *name)
{
	struct words *w = ctx;

	(void)name;
	w->inside = false;
}

/* The text of an element by its name with prefix; aborts where the document is no XML. Yours. */
static char *text_of(const char *document, const char *element)
{
	XML_Parser xml = XML_ParserCreate(NULL);
	struct words w = { .wanted = element };

	buf_init(&w.text, 1 << 20);
	XML_SetUserData(xml, &w);
	XML_SetElementHandler(xml, on_begin, on_end);
	XML_SetCharacterDataHandler(xml, on_text);
	ck_assert_msg(XML_Parse(xml, document, (int)strlen(document), true) == XML_STATUS_OK,
		      "%s: %s", XML_ErrorString(XML_GetErrorCode(xml)), document);
	XML_ParserFree(xml);
	return buf_take(&w.text);
}

/* clang-format off */
static const struct { const char *label, *line, *program, *arguments; } command_lines[] = {
	{ "plain", "powershell.exe -NoProfile", "powershell.exe", "-NoProfile" },
	{ "no arguments", "whoami", "whoami", "" },
	{ "blanks stay", "a  b  c ", "a", " b  c " },
	{ "markup", "a <b>&lt;</b>]]>", "a", "<b>&lt;</b>]]>" },
	{ "out of the element", "a </rsp:Arguments><rsp:Command>b</rsp:Command>", "a",
	  "</rsp:Arguments><rsp:Command>b</rsp:Command>" },
	{ "out of an attribute", "a \"'", "a", "\"'" },
	{ "line ends", "a b\r\nc\td", "a", "b\r\nc\td" },
	{ "what XML cannot have", "a \x01\x1b[0m", "a", "\xEF\xBF\xBD\xEF\xBF\xBD[0m" },
	{ "no UTF-8", "a \xFFz", "a", "\xEF\xBF\xBDz" },
	{ "UTF-8", "a \xE2\x82\xAC", "a", "\xE2\x82\xAC" },
};
/* clang-format on */

START_TEST(whatever_a_line_has_stays_text)
{
	struct wsman_request r = request_of(WSMAN_COMMAND);
	AUTO_FREE char *text = NULL, *program = NULL, *arguments = NULL;

	r.line = command_lines[_i].line;
	text = wsman_request_text(&r);
	program = text_of(text, "rsp:Command");
	arguments = text_of(text, "rsp:Arguments");
	ck_assert_msg(strcmp(program, command_lines[_i].program) == 0 &&
			      strcmp(arguments, command_lines[_i].arguments) == 0,
		      "%s: '%s' '%s'", command_lines[_i].label, program, arguments);
}
END_TEST

START_TEST(an_address_stays_text)
{
	struct wsman_request r = request_of(WSMAN_DELETE);
	AUTO_FREE char *text = NULL, *to = NULL;

	r.url = "https://a&b<c>:5986/wsman";
	text = wsman_request_text(&r);
	to = text_of(text, "a:To");
	ck_assert_str_eq(to, r.url);
}
END_TEST

START_TEST(our_command_line_is_asked_for_as_it_is)
{
	struct wsman_request r = request_of(WSMAN_COMMAND);
	AUTO_FREE char *text = NULL, *program = NULL, *arguments = NULL, *line = NULL;

	r.line = script_command();
	text = wsman_request_text(&r);
	program = text_of(text, "rsp:Command");
	arguments = text_of(text, "rsp:Arguments");
	line = xasprintf("%s %s", program, arguments);
	ck_assert_str_eq(line, script_command());
}
END_TEST

START_TEST(durations_are_those_of_xml)
{
	static const struct {
		int64_t ms;
		const char *text;
	} durations[] = {
		{ 1, "PT0.001S" },
		{ 20000, "PT20S" },
		{ 61500, "PT61.500S" },
		{ 7200000, "PT7200S" },
	};

	for (size_t i = 0; i < ARRAY_LEN(durations); i++) {
		struct wsman_request r = request_of(WSMAN_CREATE);
		AUTO_FREE char *text = NULL, *timeout = NULL, *idle = NULL;

		r.timeout_ms = r.idle_ms = durations[i].ms;
		text = wsman_request_text(&r);
		timeout = text_of(text, "w:OperationTimeout");
		idle = text_of(text, "rsp:IdleTimeOut");
		ck_assert_str_eq(timeout, durations[i].text);
		ck_assert_str_eq(idle, durations[i].text);
	}
}
END_TEST

/* As much as there is room for is within the size that was promised; three bytes more are not. */
START_TEST(input_fits_the_envelope)
{
	for (size_t envelope = WSMAN_ENVELOPE; envelope < WSMAN_ENVELOPE + 5; envelope++) {
		struct wsman_request r = request_of(WSMAN_SEND);
		AUTO_FREE char *input = NULL, *text = NULL, *coded = NULL, *sent = NULL;

		r.envelope = envelope;
		r.input_len = wsman_input_room(&r);
		r.input = input = xmalloc(r.input_len);
		memset(input, 'x', r.input_len);
		text = wsman_request_text(&r);
		ck_assert_uint_le(strlen(text), envelope);
		ck_assert_uint_gt(strlen(text) + 4, envelope);
		coded = base64_encode(input, r.input_len, NULL);
		sent = text_of(text, "rsp:Stream");
		ck_assert_str_eq(sent, coded);
	}
}
END_TEST

START_TEST(only_the_last_input_ends_the_stream)
{
	struct wsman_request r = request_of(WSMAN_SEND);
	AUTO_FREE char *last = wsman_request_text(&r), *more = NULL;

	r.last = false;
	more = wsman_request_text(&r);
	ck_assert_ptr_nonnull(strstr(last, " End=\"true\">"));
	ck_assert_ptr_null(strstr(more, "End="));
}
END_TEST

/* clang-format off */
static const struct { const char *label, *text, *id; } ids[] = {
	{ "as Windows has it", "0123ABCD-4567-4EF0-89AB-0123456789AB", "0123ABCD-4567-4EF0-89AB-0123456789AB" },
	{ "small letters", "0123abcd-4567-4ef0-89ab-0123456789ab", "0123abcd-4567-4ef0-89ab-0123456789ab" },
	/* WinRb/WinRM, tests/spec/stubs/responses/open_shell_v1.xml */
	{ "as WinRM 1.1 had it", "uuid:0123ABCD-4567-4EF0-89AB-0123456789AB",
	  "uuid:0123ABCD-4567-4EF0-89AB-0123456789AB" },
	/* the same, open_shell_omi.xml */
	{ "white space around", "\n  0123ABCD-4567-4EF0-89AB-0123456789AB\r\n\t", "0123ABCD-4567-4EF0-89AB-0123456789AB" },
	{ "nothing", "", NULL },
	{ "white space", " \n", NULL },
	{ "short", "0123ABCD-4567-4EF0-89AB-0123456789A", NULL },
	{ "long", "0123ABCD-4567-4EF0-89AB-0123456789AB0", NULL },
	{ "dashes elsewhere", "0123ABC-D4567-4EF0-89AB-0123456789A0", NULL },
	{ "no digit", "0123ABCD-4567-4EF0-89AB-0123456789AG", NULL },
	{ "markup", "0123ABCD-4567-4EF0-89AB-0123<a/>89AB", NULL },
	{ "braces", "{0123ABCD-4567-4EF0-89AB-0123456789AB}", NULL },
	{ "prefix alone", "uuid:", NULL },
	{ "two prefixes", "uuid:uuid:0123ABCD-4567-4EF0-89AB-0123456789AB", NULL },
	{ "another prefix", "UUID.0123ABCD-4567-4EF0-89AB-0123456789AB", NULL },
	{ "a blank inside", "0123ABCD-4567-4EF0 89AB-0123456789A0", NULL },
};
/* clang-format on */

START_TEST(an_id_is_a_guid_and_nothing_else)
{
	struct wsman_id id = { "untouched" };
	bool is_id = wsman_id_read(&id, ids[_i].text, strlen(ids[_i].text));

	ck_assert_msg(is_id == (ids[_i].id != NULL), "%s", ids[_i].label);
	ck_assert_str_eq(id.text, ids[_i].id ? ids[_i].id : "untouched");
}
END_TEST

START_TEST(an_id_of_ours_is_one)
{
	struct wsman_id id = { "" }, again = { "" };

	wsman_id_make(&id, "00112233445566778899aabbccddeeff");
	ck_assert_str_eq(id.text, "00112233-4455-4677-8899-aabbccddeeff");
	wsman_id_make(&id, "ffffffffffffffffffffffffffffffff");
	ck_assert_str_eq(id.text, "ffffffff-ffff-4fff-bfff-ffffffffffff");
	ck_assert(wsman_id_read(&again, id.text, strlen(id.text)));
}
END_TEST

UNIT_SUITE(wsman_request)
{
	Suite *s = suite_create("wsman_request");
	TCase *tc = tcase_create("wsman_request");

	tcase_add_loop_test(tc, requests_are_those_of_pywinrm_and_ansible, 0, WSMAN_OP_COUNT);
	tcase_add_loop_test(tc, whatever_a_line_has_stays_text, 0, (int)ARRAY_LEN(command_lines));
	tcase_add_test(tc, an_address_stays_text);
	tcase_add_test(tc, our_command_line_is_asked_for_as_it_is);
	tcase_add_test(tc, durations_are_those_of_xml);
	tcase_add_test(tc, input_fits_the_envelope);
	tcase_add_test(tc, only_the_last_input_ends_the_stream);
	tcase_add_loop_test(tc, an_id_is_a_guid_and_nothing_else, 0, (int)ARRAY_LEN(ids));
	tcase_add_test(tc, an_id_of_ours_is_one);
	suite_add_tcase(s, tc);
	return s;
}
