/* test_doctor.c - what the doctor makes of values, and how it tells it. */
#include "../unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "scanner/doctor/steps.h"
#include "scanner/doctor/verdicts.h"

static struct doctor d;

static void begin(void)
{
	doctor_part(&d, "this machine", "");
}

static void end(void)
{
	doctor_release(&d);
}

/* The line about it; "" is the first. */
static const struct doctor_line *line_of(const char *what)
{
	for (int i = 0; i < d.part[0].count; i++)
		if (!*what || strcmp(d.part[0].line[i].what, what) == 0)
			return &d.part[0].line[i];
	ck_abort_msg("no line about '%s'", what);
	return NULL;
}

/* Whoever must act is told what it means and what to do. */
static void expect(const char *label, const char *what, enum health want, const char *found)
{
	const struct doctor_line *line = line_of(what);

	ck_assert_msg(line->health == want, "%s: %s", label, health_name(line->health));
	ck_assert_msg(strstr(line->found, found) != NULL, "%s: '%s'", label, line->found);
	ck_assert_msg((want == HEALTH_OK) == !line->remedy, "%s: its remedy", label);
	ck_assert_msg((want == HEALTH_OK) == !line->means, "%s: its meaning", label);
}

static const struct doctor_libraries good = { "1.11.1", "8.14.1", "3.46.1",	 "3.5.4", "1.50.0",
					      "2.14",	"OpenSSL/3.5.4", true };

/* clang-format off */
static const struct {
	const char *label, *libssh2, *curl_tls; bool https; const char *openssl, *about; enum health want; const char *found;
} libraries[] = {
	{ "Debian 13",       "1.11.1",     "OpenSSL/3.5.4", true,  "3.5.4",  "libssh2", HEALTH_OK,   "1.11.1: RSA with SHA-2" },
	{ "Debian 12",       "1.10.0",     "OpenSSL/3.5.4", true,  "3.5.4",  "libssh2", HEALTH_WARN, "1.10.0" },
	{ "between them",    "1.11.0_DEV", "OpenSSL/3.5.4", true,  "3.5.4",  "libssh2", HEALTH_OK,   "1.11.0_DEV" },
	{ "another TLS",     "1.11.1",     "GnuTLS/3.8.9",  true,  "3.5.4",  "libcurl", HEALTH_FAIL, "with GnuTLS/3.8.9" },
	{ "no HTTPS",        "1.11.1",     "OpenSSL/3.5.4", false, "3.5.4",  "libcurl", HEALTH_FAIL, "without HTTPS" },
	{ "no TLS",          "1.11.1",     NULL,            true,  "3.5.4",  "libcurl", HEALTH_FAIL, "without HTTPS" },
	{ "all of it",       "1.11.1",     "OpenSSL/3.5.4", true,  "3.5.4",  "libcurl", HEALTH_OK,   "8.14.1 with OpenSSL/3.5.4" },
	{ "an old OpenSSL",  "1.11.1",     "OpenSSL/3.5.4", true,  "1.1.1w", "OpenSSL", HEALTH_WARN, "1.1.1w" },
};
/* clang-format on */

START_TEST(libraries_are_told_by_what_they_lack)
{
	struct doctor_libraries lib = good;

	lib.libssh2 = libraries[_i].libssh2;
	lib.curl_tls = libraries[_i].curl_tls;
	lib.curl_https = libraries[_i].https;
	lib.openssl = libraries[_i].openssl;
	begin();
	verdict_libraries(&d, &lib);
	expect(libraries[_i].label, libraries[_i].about, libraries[_i].want, libraries[_i].found);
	end();
}
END_TEST

START_TEST(limits_are_held_against_what_is_wanted)
{
	begin();
	verdict_open_files(&d, 1024, 256, 462);
	expect("enough", "", HEALTH_OK, "1024: enough for --jobs 256");
	end();
	begin();
	verdict_open_files(&d, 300, 256, 100);
	expect("fewer", "", HEALTH_WARN, "300: 100 hosts at a time, where --jobs wants 256");
	end();
	begin();
	verdict_open_files(&d, 100, 256, 0);
	expect("none", "", HEALTH_FAIL, "100: 0 hosts");
	end();
	begin();
	verdict_locked_memory(&d, 64 * 1024, false);
	expect("little", "", HEALTH_WARN, "64 KB");
	end();
	begin();
	verdict_locked_memory(&d, 0, true);
	expect("unlimited", "", HEALTH_OK, "no limit");
	end();
	begin();
	verdict_core_files(&d, 0, true);
	expect("dumpable", "", HEALTH_WARN, "the system lets them be made");
	end();
	begin();
	verdict_core_files(&d, 0, false);
	expect("guarded", "", HEALTH_OK, "none");
	end();
}
END_TEST

#define NOW INT64_C(1700000000000)

/* clang-format off */
static const struct {
	const char *label; bool kept; int64_t newest; int64_t skew[5]; int hosts; enum health want; const char *found;
} clocks[] = {
	{ "kept",               true,  0,                   { 0 },                             0, HEALTH_OK,   "kept" },
	{ "nobody keeps it",    false, NOW - 5,             { 0 },                             0, HEALTH_WARN, "nothing that keeps it" },
	{ "hosts agree",        true,  NOW - 5,             { -900, 0, 10, 400, 9000000 },     5, HEALTH_OK,   "most of 5 hosts agree" },
	{ "one is wrong",       true,  NOW - 5,             { 9000000 },                       1, HEALTH_OK,   "kept" },
	{ "we are behind",      true,  NOW - 5,             { 0, 10, 70000, 70000, 70000 },    5, HEALTH_WARN, "1 min behind most of 5 hosts" },
	{ "we are far ahead",   true,  NOW - 5,             { -400000, -400000, -400000 },     3, HEALTH_FAIL, "ahead of most of 3 hosts" },
	{ "set back",           true,  NOW + DAY_MS,        { 0 },                             0, HEALTH_FAIL, "behind the newest look of the database" },
	{ "just written",       true,  NOW + 500,           { 0 },                             0, HEALTH_OK,   "kept" },
};
/* clang-format on */

START_TEST(our_own_clock_may_be_the_wrong_one)
{
	begin();
	verdict_clock(&d, &(struct doctor_clocks){ .is_kept = clocks[_i].kept,
						   .now_utc_ms = NOW,
						   .newest_utc_ms = clocks[_i].newest,
						   .skew_ms = clocks[_i].skew,
						   .hosts = clocks[_i].hosts });
	expect(clocks[_i].label, "clock", clocks[_i].want, clocks[_i].found);
	end();
}
END_TEST

START_TEST(a_certificate_is_told_before_it_ends)
{
	const int64_t now = INT64_C(1800000000000);
	struct certificate_facts c = { .hex = "ab",
				       .by = "an authority vouches for it",
				       .vouched = true };

	c.until_utc_ms = now + 30 * DAY_MS;
	begin();
	verdict_certificate(&d, &c, now);
	expect("a month", "", HEALTH_OK,
	       "SHA256:ab, an authority vouches for it; until 2027-02-14T08:00:00Z");
	end();
	c.until_utc_ms--;
	begin();
	verdict_certificate(&d, &c, now);
	expect("less", "", HEALTH_WARN, "until 2027-02-14T07:59:59Z");
	ck_assert(strstr(line_of("")->means, "not signed in to"));
	end();
	c = (struct certificate_facts){ .hex = "ab",
					.by = "pinned by f line 1",
					.until_utc_ms = now };
	begin();
	verdict_certificate(&d, &c, now);
	expect("over", "", HEALTH_WARN, "pinned by f line 1; it ended 2027-01-15T08:00:00Z");
	ck_assert(strstr(line_of("")->remedy, "keys approve --changed"));
	end();
}
END_TEST

START_TEST(files_are_told_by_who_else_can_get_at_them)
{
	struct err err;

	begin();
	verdict_file(&d, "key file", "/k", 0600, NULL, 077);
	expect("ours", "", HEALTH_OK, "/k, mode 0600");
	end();
	begin();
	verdict_file(&d, "key file", "/k", 0640, NULL, 077);
	expect("read by others", "", HEALTH_WARN, "/k, mode 0640");
	ck_assert_str_eq(line_of("")->remedy, "chmod go= '/k'");
	end();
	begin();
	verdict_file(&d, "inventory", "/i", 0666, "'/i' can be written by everybody", 0);
	expect("written by others", "", HEALTH_FAIL, "'/i' can be written by everybody");
	end();
	begin();
	verdict_free_space(&d, "/s", INT64_C(50000000000), 1000000);
	expect("room", "", HEALTH_OK, "at least 32 GB at /s");
	end();
	begin();
	verdict_free_space(&d, "/s", INT64_C(5000000000), INT64_C(4000000000));
	expect("no room for a copy", "", HEALTH_WARN, "5000 MB at /s");
	end();
	begin();
	verdict_free_space(&d, "/s", 5000000, 0);
	expect("no room", "", HEALTH_FAIL, "5 MB at /s");
	end();
	begin();
	verdict_identity(&d, "user 'x' with key '/k'", "ssh-rsa", 3, "1.10.0");
	expect("SHA-1", "", HEALTH_WARN, "3 hosts");
	end();
	begin();
	verdict_identity(&d, "user 'x' with key '/k'", "ssh-rsa", 1, "1.11.1");
	expect("SHA-2", "", HEALTH_OK, "user 'x' with key '/k' (ssh-rsa): 1 host");
	end();
	begin();
	verdict_agent(&d, true, 0, NULL);
	expect("an empty agent", "", HEALTH_WARN, "no key");
	end();
	begin();
	err_set(&err, ERR_SYSTEM, "connection refused");
	verdict_agent(&d, true, -1, &err);
	expect("a dead agent", "", HEALTH_WARN, "connection refused");
	end();
	begin();
	verdict_agent(&d, true, 2, NULL);
	expect("an agent", "", HEALTH_OK, "2 keys");
	end();
}
END_TEST

/* clang-format off */
#define FULL "{\"version\":\"5.1\",\"language_mode\":\"FullLanguage\"}"
#define BARE "{\"version\":\"5.1\"}"
static const struct {
	const char *label, *host, *powershell, *about; enum health want; const char *found;
} answers[] = {
	{ "an administrator", "{\"user\":\"W\\\\a\",\"admin\":true}",     FULL, "account",    HEALTH_OK,   "W\\a, an administrator" },
	{ "none",             "{\"user\":\"W\\\\a\",\"admin\":false}",    BARE, "account",    HEALTH_FAIL, "W\\a, no administrator" },
	{ "not known",        "{\"user\":null,\"admin\":null}",           BARE, "account",    HEALTH_WARN, "it is not known" },
	{ "its version",      "{\"admin\":true}",                         FULL, "PowerShell", HEALTH_OK,   "5.1" },
	{ "hostile",          "{\"user\":\"\\u001b[2J\",\"admin\":true}", BARE, "account",    HEALTH_OK,   "\\x1b[2J" },
};
/* clang-format on */

START_TEST(who_we_are_there_is_told)
{
	AUTO_JSON json_t *host = json_loads(answers[_i].host, 0, NULL);
	AUTO_JSON json_t *powershell = json_loads(answers[_i].powershell, 0, NULL);

	begin();
	steps_answer(&d, host, powershell);
	expect(answers[_i].label, answers[_i].about, answers[_i].want, answers[_i].found);
	end();
}
END_TEST

START_TEST(lines_are_told_to_people_and_to_programs)
{
	AUTO_JSON json_t *all = NULL;
	AUTO_FREE char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	doctor_part(&d, "host", "web\x1b");
	doctor_say(&d, HEALTH_OK, "connect", "192.0.2.1 port 22");
	doctor_took(&d, 12);
	doctor_say(&d, HEALTH_FAIL, "handshake", "not-ssh: it says '%s'", "\x1b[2J");
	doctor_advise(&d, "another protocol", "correct ansible_port");
	doctor_print(&d, 0, f);
	fclose(f);
	ck_assert_str_eq(text, "host web\\x1b\n"
			       "  ok    connect         12 ms  192.0.2.1 port 22\n"
			       "  fail  handshake              not-ssh: it says '\\x1b[2J'\n"
			       "                               another protocol\n"
			       "                               -> correct ansible_port\n");
	all = doctor_json(&d);
	ck_assert_int_eq(json_integer_value(json_object_get(all, "ok")), 1);
	ck_assert_int_eq(json_integer_value(json_object_get(all, "warn")), 0);
	ck_assert_int_eq(json_integer_value(json_object_get(all, "fail")), 1);
	ck_assert_int_eq(json_array_size(json_object_get(all, "parts")), 1);
	end();
}
END_TEST

UNIT_SUITE(doctor)
{
	Suite *s = suite_create("doctor");
	TCase *tc = tcase_create("doctor");

	tcase_add_loop_test(tc, libraries_are_told_by_what_they_lack, 0, ARRAY_LEN(libraries));
	tcase_add_test(tc, limits_are_held_against_what_is_wanted);
	tcase_add_loop_test(tc, our_own_clock_may_be_the_wrong_one, 0, ARRAY_LEN(clocks));
	tcase_add_test(tc, a_certificate_is_told_before_it_ends);
	tcase_add_test(tc, files_are_told_by_who_else_can_get_at_them);
	tcase_add_loop_test(tc, who_we_are_there_is_told, 0, ARRAY_LEN(answers));
	tcase_add_test(tc, lines_are_told_to_people_and_to_programs);
	suite_add_tcase(s, tc);
	return s;
}
