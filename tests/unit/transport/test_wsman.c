/* test_wsman.c - answers of WinRM that others recorded from real Windows: they are understood
 * whole, in any pieces, and only as the answer to their own request. */
#include "tests/unit/unit.h"

#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "tests/unit/transport/wsman_read.h"

/* What others recorded from Windows, or its makers printed, in files of our own: elements,
 * namespaces, order, white space and codes are as it sent them, ids, names and texts are ours. */
/* clang-format off */
static const struct recorded {
	const char *file;               /* of tests/unit/transport/data/wsman */
	enum wsman_op op;
	const char *says;
} recorded[] = {
	/* masterzen/winrm, fixture_test.go: createShellResponse, executeCommandResponse, outputResponse,
	 * doneCommandResponse, operationTimeoutResponse, executeCommandResponseWithError */
	{ "create", WSMAN_CREATE, "ok " SHELL_ID },
	{ "command", WSMAN_COMMAND, "ok " COMMAND_ID },
	{ "receive-running", WSMAN_RECEIVE, "'1:first\r\n2:a complaint' running -1" },
	{ "receive-done", WSMAN_RECEIVE, "'' done 123" },
	{ "fault-timeout", WSMAN_RECEIVE, "fault 2150858793 TimedOut: It took too long." },
	{ "fault-too-long", WSMAN_COMMAND, "fault 2147942606 InternalError: The name is too long." },
	/* diyan/pywinrm, winrm/tests/conftest.py: run_cmd_send_input_response, ..._get_output_response */
	{ "send", WSMAN_SEND, "ok " },
	{ "receive-ended", WSMAN_RECEIVE, "'1:two pieces\r\n' done out-ended err-ended 0" },
	/* jborean93/pypsrp, tests/tests_pypsrp/responses: test_winrs_standard.yml (two),
	 * test_winrs_no_cmd_shell.yml, test_winrs_bad_cmd_id.yml */
	{ "signal", WSMAN_SIGNAL, "ok " },
	{ "delete", WSMAN_DELETE, "ok " },
	{ "fault-no-file", WSMAN_COMMAND, "fault 2147942402 InternalError: The file is not there." },
	{ "fault-no-command", WSMAN_RECEIVE, "fault 2150858843 InvalidSelectors: There is no such command." },
	/* WinRb/WinRM, tests/spec/stubs/responses: open_shell_v1.xml, wmi_error_v2.xml, soap_fault_v2.xml */
	{ "create-v1", WSMAN_CREATE, "ok uuid:" SHELL_ID },
	{ "fault-quota", WSMAN_CREATE, "fault 2150859173 QuotaLimit: The user has 30 shells, which is too many." },
	{ "fault-nested", WSMAN_CREATE, "fault 2150858778 CannotProcessFilter: There is no such class." },
	/* cloudsoft/winrm4j, client/src/test/resources/recordings: win7.xml, win12.xml, with their white space */
	{ "win7-create", WSMAN_CREATE, "ok " SHELL_ID },
	{ "win12-create", WSMAN_CREATE, "ok " SHELL_ID },
	{ "win12-command", WSMAN_COMMAND, "ok " COMMAND_ID },
	{ "win12-receive", WSMAN_RECEIVE, "'1:one line\r\n' done out-ended err-ended 0" },
	{ "win7-signal", WSMAN_SIGNAL, "ok " },
	{ "win7-delete", WSMAN_DELETE, "ok " },
	/* WinRb/WinRM again, of a server that is not Windows: open_shell_omi.xml, soap_fault_omi.xml */
	{ "create-omi", WSMAN_CREATE, "ok " SHELL_ID },
	{ "fault-omi", WSMAN_CREATE, "fault 0 InternalError: a name is missing" },
	/* [MS-WSMV] 4.7.1 to 4.7.5 and 4.7.8, as they are printed: line breaks around texts, in tags */
	{ "wsmv-create", WSMAN_CREATE, "ok uuid:" SHELL_ID },
	{ "wsmv-command", WSMAN_COMMAND, "ok " COMMAND_ID },
	{ "wsmv-receive", WSMAN_RECEIVE, "'1:Shall it go on? ' running -1" },
	{ "wsmv-send", WSMAN_SEND, "ok " },
	{ "wsmv-signal", WSMAN_SIGNAL, "ok " },
	{ "wsmv-delete", WSMAN_DELETE, "ok " },
};
/* clang-format on */

static char *text_recorded(const struct recorded *row, size_t *out_len)
{
	AUTO_FREE char *path = xasprintf("tests/unit/transport/data/wsman/%s.xml", row->file);
	struct err err = { .msg = "" };
	char *text = file_read(path, 100000, out_len, &err);

	ck_assert_msg(text != NULL, "%s", err.msg);
	return text;
}

START_TEST(what_windows_said_is_understood_in_any_pieces)
{
	static const size_t steps[] = { 1, 2, 3, 7, 100, 4095, 4096, 100000 };
	const struct wsman_request request = read_request(recorded[_i].op);
	size_t len;
	AUTO_FREE char *text = text_recorded(&recorded[_i], &len);

	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		struct read read;

		read_answer(&read, &request, text, len, steps[i]);
		AUTO_FREE char *says = read_summary(&read);

		ck_assert_msg(strcmp(says, recorded[_i].says) == 0, "%s in pieces of %zu: %s",
			      recorded[_i].file, steps[i], says);
		read_release(&read);
	}
}
END_TEST

/* What is not there whole is not an answer, and never more than was there. */
START_TEST(an_answer_cut_anywhere_is_wrong)
{
	const struct wsman_request request = read_request(recorded[_i].op);
	size_t len, whole;
	AUTO_FREE char *text = text_recorded(&recorded[_i], &len);

	for (whole = len; text[whole - 1] != '>'; whole--)
		;
	for (size_t cut = 0; cut < whole; cut++) {
		struct read read;

		read_answer(&read, &request, text, cut, cut ? cut : 1);
		ck_assert_msg(read.rc != 0, "%s cut at %zu", recorded[_i].file, cut);
		ck_assert_int_eq(read.err.code, FAULT_WRONG_ANSWER);
		read_release(&read);
	}
}
END_TEST

START_TEST(the_answer_to_another_request_is_wrong)
{
	struct wsman_request request = read_request(recorded[_i].op);
	size_t len;
	AUTO_FREE char *text = text_recorded(&recorded[_i], &len);
	struct read read;

	/* that one fault does not say for whom it is */
	if (strcmp(recorded[_i].file, "fault-quota") == 0)
		return;
	request.id.text[0] = '9';
	read_answer(&read, &request, text, len, len);
	ck_assert_int_eq(read.rc, -1);
	ck_assert_int_eq(read.err.code, FAULT_WRONG_ANSWER);
	ck_assert_ptr_nonnull(strstr(read.err.msg, "belongs to another request"));
	ck_assert_uint_eq(read.streams.len, 0);
	read_release(&read);
}
END_TEST

START_TEST(an_answer_to_another_op_is_wrong)
{
	size_t len;
	AUTO_FREE char *text = text_recorded(&recorded[_i], &len);

	for (int op = 0; op < WSMAN_OP_COUNT; op++) {
		struct wsman_request request = read_request(recorded[_i].op);
		struct read read;

		request.op = (enum wsman_op)op;
		read_answer(&read, &request, text, len, len);
		/* a fault answers everything */
		ck_assert_msg((read.rc == 0) == (op == (int)recorded[_i].op ||
						 strncmp(recorded[_i].file, "fault", 5) == 0),
			      "%s as an answer to %s", recorded[_i].file,
			      wsman_op_name(request.op));
		read_release(&read);
	}
}
END_TEST

UNIT_SUITE(wsman)
{
	Suite *s = suite_create("wsman");
	TCase *tc = tcase_create("wsman");
	const int files = (int)ARRAY_LEN(recorded);

	tcase_add_loop_test(tc, what_windows_said_is_understood_in_any_pieces, 0, files);
	tcase_add_loop_test(tc, an_answer_cut_anywhere_is_wrong, 0, files);
	tcase_add_loop_test(tc, the_answer_to_another_request_is_wrong, 0, files);
	tcase_add_loop_test(tc, an_answer_to_another_op_is_wrong, 0, files);
	suite_add_tcase(s, tc);
	return s;
}
