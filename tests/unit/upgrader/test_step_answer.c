/* test_step_answer.c - the answer to a step: one truthful line, or a fault. */
#include "../unit.h"

#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "transport/script.h"
#include "upgrader/step_answer.h"

#define OK_LINE "{\"step\":\"clean\",\"ok\":true}"

/* clang-format off */
static const struct { const char *label, *line[3]; enum err_code fault, want; } answers[] = {
	{ "as it shall be",     { OK_LINE }, ERR_NONE, ERR_NONE },
	{ "a refusal",          { "{\"step\":\"clean\",\"ok\":false,\"code\":\"x\"}" }, ERR_NONE,
	  ERR_NONE },
	{ "none",               { NULL }, ERR_NONE, FAULT_WRONG_ANSWER },
	{ "two",                { OK_LINE, OK_LINE }, ERR_NONE, FAULT_WRONG_ANSWER },
	{ "to another question", { "{\"step\":\"stage-open\",\"ok\":true}" }, ERR_NONE,
	  FAULT_WRONG_ANSWER },
	{ "ok is no yes or no", { "{\"step\":\"clean\",\"ok\":1}" }, ERR_NONE, FAULT_WRONG_ANSWER },
	{ "no JSON",            { "yes" }, ERR_NONE, FAULT_WRONG_ANSWER },
	{ "above the limit",    { "" }, ERR_NONE, FAULT_WRONG_ANSWER },
	{ "a line that was lost", { OK_LINE }, FAULT_CONNECTION_LOST, FAULT_CONNECTION_LOST },
};
/* clang-format on */

START_TEST(an_answer_is_one_truthful_line)
{
	struct step_answer a = { .op = NULL };
	struct err fault = { .code = answers[_i].fault }, err = { .code = ERR_NONE };
	json_t *answer;

	step_answer_begin(&a, "clean");
	for (int i = 0; answers[_i].line[i]; i++) {
		const char *line = answers[_i].line[i];

		step_answer_line(&a, *line ? line : NULL, *line ? strlen(line) : 300000);
	}
	answer = step_answer_take(&a, "web01", fault.code == ERR_NONE ? NULL : &fault, &err);
	ck_assert_msg(err.code == answers[_i].want, "%s: %s", answers[_i].label,
		      err_name(err.code));
	ck_assert((answer != NULL) == (answers[_i].want == ERR_NONE));
	json_decref(answer);
	step_answer_release(&a);
}
END_TEST

START_TEST(a_refusal_has_a_code)
{
	AUTO_JSON json_t *yes = json_pack("{s:b, s:s}", "ok", 1, "code", "x");
	AUTO_JSON json_t *no = json_pack("{s:b, s:s}", "ok", 0, "code", "disk-full");
	AUTO_JSON json_t *mute = json_pack("{s:b}", "ok", 0);

	ck_assert_str_eq(answer_code(yes), "");
	ck_assert_str_eq(answer_code(no), "disk-full");
	ck_assert_str_eq(answer_code(mute), "");
	ck_assert(answer_says(no, CODE_DISK_FULL) && !answer_says(no, CODE_LOCKED));
	ck_assert(!answer_says(yes, CODE_DISK_FULL) && !answer_says(mute, CODE_DISK_FULL));
	ck_assert(fault_is_lasting(FAULT_SIGN_IN_REJECTED));
	ck_assert(!fault_is_lasting(FAULT_CONNECTION_LOST));
	ck_assert(!fault_is_lasting(FAULT_THROTTLED));
	/* three tries outlast the shortest penalty of an sshd, 15 s */
	ck_assert_int_eq(fault_wait_ms(FAULT_CONNECTION_LOST, 5000), 5000);
	ck_assert_int_eq(fault_wait_ms(FAULT_THROTTLED, 5000), 20000);
}
END_TEST

#define CODE_WORD(id, word) word,
static const char *const codes[] = { STEP_CODES(CODE_WORD) };

/* What follows from a word that no script says, or that no page names, never happens. */
START_TEST(every_code_is_said_by_a_script_and_on_the_page)
{
	AUTO_FREE char *quoted = xasprintf("'%s'", codes[_i]);
	struct err err;
	size_t len;
	AUTO_FREE char *page = file_read("docs/protocol.md", 200000, &len, &err);
	bool said = false;

	ck_assert_msg(page && strstr(page, codes[_i]), "docs/protocol.md: no %s", codes[_i]);
	for (const struct script *f = script_files; f->name; f++)
		said = said || strstr(f->text, quoted) != NULL;
	ck_assert_msg(said, "no script says %s", quoted);
}
END_TEST

UNIT_SUITE(step_answer)
{
	Suite *s = suite_create("step_answer");
	TCase *tc = tcase_create("step_answer");

	tcase_add_loop_test(tc, an_answer_is_one_truthful_line, 0, ARRAY_LEN(answers));
	tcase_add_test(tc, a_refusal_has_a_code);
	tcase_add_loop_test(tc, every_code_is_said_by_a_script_and_on_the_page, 0,
			    ARRAY_LEN(codes));
	suite_add_tcase(s, tc);
	return s;
}
