/* test_insist.c - what a mistake of ours prints before it ends the process. */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../unit.h"
#include "base/insist.h"

/* What a child says that insists on something false, and the signal that ended it. Static. */
static const char *said(const char *hint, int *out_signal)
{
	static char text[8192];
	int ends[2], status;
	size_t len = 0;
	ssize_t got;
	pid_t child;

	ck_assert_int_eq(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		insist_hint(hint);
		INSIST(1 + 1 == 3);
		_exit(0);
	}
	close(ends[1]);
	while ((got = read(ends[0], text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)got;
	text[len] = '\0';
	close(ends[0]);
	waitpid(child, &status, 0);
	*out_signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	return text;
}

START_TEST(what_does_not_hold_ends_the_process_and_says_where)
{
	int signal = 0;
	const char *text = said("go on with: marshal upgrade resume X", &signal);

	ck_assert_int_eq(signal, SIGABRT);
	ck_assert_msg(strncmp(text, "marshal: bug: ", 14) == 0 && strstr(text, "test_insist.c:") &&
			      strstr(text, "'1 + 1 == 3' does not hold\n"),
		      "%s", text);
	ck_assert_ptr_nonnull(
		strstr(text, "marshal: hint: go on with: marshal upgrade resume X\n"));
	ck_assert_ptr_nonnull(strchr(strstr(text, "hint: "), '['));     /* the calls behind */
}
END_TEST

START_TEST(without_anything_under_way_there_is_no_hint)
{
	int signal = 0;
	const char *text = said(NULL, &signal);

	ck_assert_int_eq(signal, SIGABRT);
	ck_assert_ptr_null(strstr(text, "hint"));
}
END_TEST

START_TEST(what_holds_says_nothing)
{
	INSIST(1 + 1 == 2);
}
END_TEST

UNIT_SUITE(insist)
{
	Suite *s = suite_create("insist");
	TCase *tc = tcase_create("insist");

	tcase_add_test(tc, what_does_not_hold_ends_the_process_and_says_where);
	tcase_add_test(tc, without_anything_under_way_there_is_no_hint);
	tcase_add_test(tc, what_holds_says_nothing);
	suite_add_tcase(s, tc);
	return s;
}
