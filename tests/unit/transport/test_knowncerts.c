/* test_knowncerts.c - lines of known_certificates, whose they are, and two that learn at once. */
#include "tests/unit/unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "transport/winrm/knowncerts.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define MIXED "aAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaA"

/* What is known of "a:5986@gate"; NULL: nothing, "": an authority's. */
/* clang-format off */
static const struct { const char *label, *text, *hex; int line; } cases[] = {
	{ "nothing",               "", NULL, 0 },
	{ "comments",              "# a:5986 SHA256:" A "\n\n  \n", NULL, 0 },
	{ "an older line",         "#\na:5986 SHA256:" A "\n", A, 2 },
	{ "its own counts more",   "a:5986@gate SHA256:" B "\na:5986 SHA256:" A "\n", B, 1 },
	{ "behind another",        "a:5986@[gate]:2222 SHA256:" A "\n", NULL, 0 },
	{ "the last one",          "a:5986 SHA256:" A "\nA:5986 SHA256:" B " ", B, 2 },
	{ "case, blanks, CR",      " A:5986@Gate \t SHA256:" MIXED " \r\n", A, 1 },
	{ "an authority's",        "a:5986 authority\n", "", 1 },
	{ "no more an authority's", "a:5986 authority\na:5986 SHA256:" A, A, 2 },
	{ "another port",          "a:5987 SHA256:" A "\n", NULL, 0 },
	{ "revoked",               "@revoked * SHA256:" A "\n", NULL, 0 },
};
/* clang-format on */

START_TEST(lines_are_found)
{
	struct err err = { .msg = "" };
	struct knowncerts *k = knowncerts_parse("f", cases[_i].text, strlen(cases[_i].text), &err);
	const struct known_cert *c;

	ck_assert_msg(k, "%s: %s", cases[_i].label, err.msg);
	c = knowncerts_find(k, "a:5986@gate");
	ck_assert_msg(!c == !cases[_i].hex, "%s", cases[_i].label);
	if (c) {
		ck_assert_msg(strcmp(c->hex, cases[_i].hex) == 0, "%s: %s", cases[_i].label,
			      c->hex);
		ck_assert_msg(c->line == cases[_i].line, "%s: line %d", cases[_i].label, c->line);
	}
	knowncerts_free(k);
}
END_TEST

static const char *const bad[] = {
	"a:5986",
	"a:5986 ",
	"a SHA256:" A,
	"a:5986 SHA256:" A "0",
	"a:5986 SHA256:" A " x",
	"a:5986 SHA1:" A,
	"a:5986 authorityx",
	"a:5986 authority x",
	"@revoked a:5986 SHA256:" A,
	"@revoked * " A,
	"@revoked *SHA256:" A,
	"@revoked *",
	"@cert-authority:1 SHA256:" A,
};

START_TEST(what_is_no_line_is_an_error)
{
	struct err err;
	AUTO_FREE char *text = xasprintf("# x\n%s\n", bad[_i]);

	ck_assert_msg(!knowncerts_parse("f", text, strlen(text), &err), "%s", bad[_i]);
	ck_assert_msg(strstr(err.msg, "f line 2: "), "%s: %s", bad[_i], err.msg);
}
END_TEST

START_TEST(a_nul_is_no_text)
{
	struct err err;

	ck_assert(!knowncerts_parse("f", "#\0\n", 3, &err));
}
END_TEST

START_TEST(names_have_their_bastions)
{
	static const struct {
		const char *host, *through, *name;
	} names[] = {
		{ "Web01.example", NULL, "web01.example:5986" },
		{ "10.0.0.5", "gate,[Inner]:2222", "10.0.0.5:5986@gate,[inner]:2222" },
		{ "fd00::5", NULL, "[fd00::5]:5986" },
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		AUTO_FREE char *name = knowncerts_name(names[i].host, 5986, names[i].through);

		ck_assert_str_eq(name, names[i].name);
	}
}
END_TEST

START_TEST(a_revoked_one_is_found_by_itself)
{
	static const char text[] = "a:5986 SHA256:" A "\n@revoked  *\tSHA256:" B " \n";
	struct knowncerts *k = knowncerts_parse("f", text, strlen(text), NULL);

	ck_assert_int_eq(knowncerts_revoked(k, B)->line, 2);
	ck_assert(!knowncerts_revoked(k, A));
	knowncerts_free(k);
}
END_TEST

START_TEST(what_another_learnt_meanwhile_counts)
{
	AUTO_FREE char *path = xasprintf("%s/new/known_certificates", unit_folder());
	struct knowncerts *one = knowncerts_load(path, NULL), *two = knowncerts_load(path, NULL);
	const struct known_cert *now;
	AUTO_FREE char *text = NULL;
	struct stat st;

	ck_assert_int_eq(knowncerts_learn(one, "a:1@g", A, &now, NULL), 0);
	ck_assert(now == knowncerts_find(one, "a:1@g") && now->line == 1);
	ck_assert_int_eq(knowncerts_learn(two, "a:1@g", B, &now, NULL), 1);
	ck_assert_str_eq(now->hex, A);
	ck_assert_int_eq(knowncerts_learn(two, "b:1", NULL, &now, NULL), 0);
	ck_assert_int_eq(now->line, 2);
	ck_assert_int_eq(knowncerts_learn(one, "b:1", B, &now, NULL), 1);
	ck_assert_str_eq(now->hex, "");
	text = unit_read(path);
	ck_assert_str_eq(text, "a:1@g SHA256:" A "\nb:1 authority\n");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	/* one that would be another line, or none */
	ck_assert_int_eq(knowncerts_learn(one, "c:1 x", A, &now, NULL), -1);
	ck_assert_int_eq(knowncerts_learn(one, "@revoked:1", A, &now, NULL), -1);
	knowncerts_free(one);
	knowncerts_free(two);
}
END_TEST

START_TEST(a_file_in_its_place_is_read)
{
	AUTO_FREE char *path = xasprintf("%s/known_certificates", unit_folder());
	AUTO_FREE char *other = xasprintf("%s.other", path);
	struct knowncerts *k;
	const struct known_cert *now;

	unit_write(path, "a:1 SHA256:" A "\n");
	k = knowncerts_load(path, NULL);
	unit_write(other, "c:1 SHA256:" B "\n");
	ck_assert_int_eq(rename(other, path), 0);
	ck_assert_int_eq(knowncerts_learn(k, "a:1", B, &now, NULL), 0);
	ck_assert_int_eq(now->line, 2);
	knowncerts_free(k);
}
END_TEST

/* A host that is pinned stays so, whatever becomes of the file under us. */
START_TEST(a_file_that_breaks_says_nothing_until_it_is_whole)
{
	AUTO_FREE char *beside = xasprintf("%s/known_hosts", unit_folder());
	AUTO_FREE char *path = knowncerts_path(beside);
	struct knowncerts_files *files = knowncerts_files_new();
	const struct known_cert *now;
	struct knowncerts *k;
	struct err err = { .msg = "" };

	unit_write(path, "a:1 SHA256:" A "\nb:1 SHA256:" A "\n");
	k = knowncerts_beside(files, beside, &err);
	ck_assert_msg(k, "%s", err.msg);
	unit_write(path, "a:1 SHA256:" A "\nx\nb:1 SHA256:" A "\n");
	ck_assert_int_eq(knowncerts_learn(k, "c:1", NULL, &now, &err), -1);
	for (int i = 0; i < 2; i++) {
		err.msg[0] = '\0';
		ck_assert(!knowncerts_beside(files, beside, &err));
		ck_assert_msg(strstr(err.msg, "/known_certificates line 2: "), "%s", err.msg);
	}
	ck_assert_str_eq(knowncerts_find(k, "b:1")->hex, A);
	unit_write(path, "b:1 SHA256:" B "\n");
	ck_assert(knowncerts_beside(files, beside, &err) == k);
	ck_assert_str_eq(knowncerts_find(k, "b:1")->hex, B);
	ck_assert(!knowncerts_find(k, "a:1"));
	ck_assert_int_eq(unlink(path), 0);
	ck_assert(knowncerts_beside(files, beside, &err) == k);
	ck_assert(!knowncerts_find(k, "b:1"));
	knowncerts_files_free(files);
}
END_TEST

START_TEST(half_a_line_at_the_end_is_skipped_and_goes)
{
	static const char half[] = "a:1 SHA256:" A "\nb:1 SHA256:aaa";
	AUTO_FREE char *path = xasprintf("%s/known_certificates", unit_folder());
	AUTO_FREE char *learnt = NULL, *put = NULL;
	const struct known_cert *now;
	struct err err = { .msg = "" };
	struct knowncerts *k;
	int lines = 0;

	log_set_level(LOG_ERROR);
	unit_write(path, half);
	k = knowncerts_load(path, &err);
	ck_assert_msg(k, "%s", err.msg);
	ck_assert(!knowncerts_find(k, "b:1"));
	ck_assert_int_eq(knowncerts_learn(k, "c:1", B, &now, NULL), 0);
	ck_assert_int_eq(now->line, 2);
	learnt = unit_read(path);
	ck_assert_str_eq(learnt, "a:1 SHA256:" A "\nc:1 SHA256:" B "\n");
	unit_write(path, half);
	ck_assert_int_eq(knowncerts_put(k, "a:1", B, A, &lines, NULL), 0);
	put = unit_read(path);
	ck_assert_str_eq(put, "a:1 SHA256:" B "\n");
	knowncerts_free(k);
}
END_TEST

/* A full disk, as a limit of this process says it. */
START_TEST(a_line_that_has_no_room_leaves_nothing)
{
	static const char before[] = "a:1 SHA256:" A "\n";
	const struct rlimit limit = { sizeof(before) + 10, RLIM_INFINITY };
	AUTO_FREE char *path = xasprintf("%s/known_certificates", unit_folder());
	AUTO_FREE char *text = NULL;
	struct knowncerts *k;
	const struct known_cert *now;
	struct err err = { .msg = "" };

	unit_write(path, before);
	k = knowncerts_load(path, NULL);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(knowncerts_learn(k, "b:1", B, &now, &err), -1);
	text = unit_read(path);
	ck_assert_str_eq(text, before);
	ck_assert(!knowncerts_find(k, "b:1"));
	knowncerts_free(k);
}
END_TEST

/* What was compared is another by now. */
START_TEST(a_verdict_from_before_is_not_acted_on)
{
	static const struct {
		const char *now, *before;
		int rc;
	} at[] = {
		{ "", NULL, 0 },
		{ "a:1 SHA256:" A "\n", A, 0 },
		{ "a:1 authority\n", "", 0 },
		{ "a:1 SHA256:" A "\n", NULL, -1 },
		{ "a:1 authority\n", NULL, -1 },
		{ "a:1 authority\n", A, -1 },
		{ "", A, -1 },
		{ "@revoked * SHA256:" B "\n", NULL, -1 },
	};
	AUTO_FREE char *path = xasprintf("%s/known_certificates", unit_folder());
	struct knowncerts *k = knowncerts_load(path, NULL);

	for (size_t i = 0; i < ARRAY_LEN(at); i++) {
		AUTO_FREE char *text = NULL;
		struct err err = { .msg = "" };
		int lines = 0;

		unit_write(path, at[i].now);
		ck_assert_msg(knowncerts_put(k, "a:1@g", B, at[i].before, &lines, &err) == at[i].rc,
			      "%zu: %s", i, err.msg);
		text = unit_read(path);
		ck_assert_msg(!strstr(text, "a:1@g") == (at[i].rc != 0), "%zu: %s", i, text);
	}
	knowncerts_free(k);
}
END_TEST

START_TEST(nothing_is_learnt_beside_a_device)
{
	AUTO_FREE char *beside = xasprintf("%s/null", unit_folder());
	AUTO_FREE char *path = knowncerts_path(beside);
	struct knowncerts_files *files = knowncerts_files_new();
	const struct known_cert *now;
	struct knowncerts *k;
	struct err err = { .msg = "" };

	ck_assert_int_eq(symlink("/dev/null", beside), 0);
	k = knowncerts_beside(files, beside, &err);
	ck_assert_msg(k, "%s", err.msg);
	ck_assert_int_eq(knowncerts_learn(k, "a:1", A, &now, &err), -1);
	ck_assert_int_ne(access(path, F_OK), 0);
	knowncerts_files_free(files);
}
END_TEST

START_TEST(what_another_revokes_counts_at_the_next_look)
{
	AUTO_FREE char *beside = xasprintf("%s/known_hosts", unit_folder());
	AUTO_FREE char *path = knowncerts_path(beside);
	struct knowncerts_files *files = knowncerts_files_new();
	struct knowncerts *other, *k = knowncerts_beside(files, beside, NULL);

	ck_assert(!knowncerts_revoked(k, A));
	other = knowncerts_load(path, NULL);
	ck_assert_int_eq(knowncerts_revoke(other, A, NULL), 0);
	knowncerts_free(other);
	ck_assert(knowncerts_beside(files, beside, NULL) == k);
	ck_assert(knowncerts_revoked(k, A));
	knowncerts_files_free(files);
}
END_TEST

/* Each its own certificate of one host: however they fall, one line, and all believe it. */
START_TEST(many_at_once_learn_one)
{
	enum { PROCESSES = 8, ROUNDS = 100 };
	AUTO_FREE char *path = xasprintf("%s/known_certificates", unit_folder());
	int gate[2];

	ck_assert_int_eq(pipe(gate), 0);
	for (int i = 0; i < PROCESSES; i++) {
		char hex[CERT_HEX + 1] = A;

		hex[0] = "0123456789abcdef"[i];
		if (fork() != 0)
			continue;
		close(gate[1]);
		(void)!read(gate[0], hex + CERT_HEX, 1);        /* until all are there */
		for (int round = 0; round < ROUNDS; round++) {
			AUTO_FREE char *name = xasprintf("h%d:1", round);
			struct knowncerts *k = knowncerts_load(path, NULL);
			const struct known_cert *now;
			struct err err;

			if (!k || knowncerts_learn(k, name, hex, &now, &err) < 0) {
				puts(k ? err.msg : "cannot be read");
				fflush(stdout);
				_exit(1);
			}
			knowncerts_free(k);
		}
		_exit(0);
	}
	close(gate[1]);
	for (int i = 0; i < PROCESSES; i++) {
		int status = -1;

		wait(&status);
		ck_assert_int_eq(status, 0);
	}
	AUTO_FREE char *text = unit_read(path);
	int lines = 0;

	for (const char *p = text; (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	ck_assert_int_eq(lines, ROUNDS);
}
END_TEST

UNIT_SUITE(knowncerts)
{
	Suite *s = suite_create("knowncerts");
	TCase *tc = tcase_create("knowncerts");

	tcase_add_loop_test(tc, lines_are_found, 0, ARRAY_LEN(cases));
	tcase_add_loop_test(tc, what_is_no_line_is_an_error, 0, ARRAY_LEN(bad));
	tcase_add_test(tc, a_nul_is_no_text);
	tcase_add_test(tc, names_have_their_bastions);
	tcase_add_test(tc, a_revoked_one_is_found_by_itself);
	tcase_add_test(tc, what_another_learnt_meanwhile_counts);
	tcase_add_test(tc, a_file_in_its_place_is_read);
	tcase_add_test(tc, a_file_that_breaks_says_nothing_until_it_is_whole);
	tcase_add_test(tc, half_a_line_at_the_end_is_skipped_and_goes);
	tcase_add_test(tc, a_line_that_has_no_room_leaves_nothing);
	tcase_add_test(tc, a_verdict_from_before_is_not_acted_on);
	tcase_add_test(tc, nothing_is_learnt_beside_a_device);
	tcase_add_test(tc, what_another_revokes_counts_at_the_next_look);
	tcase_add_test(tc, many_at_once_learn_one);
	suite_add_tcase(s, tc);
	return s;
}
