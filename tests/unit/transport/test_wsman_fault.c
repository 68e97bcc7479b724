/* test_wsman_fault.c - what faults of WinRM and HTTP statuses mean: the fault of ours, what is
 * said, what is advised, and what never is. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "transport/winrm/wsman.h"

/* clang-format off */
static const struct { uint32_t code; enum err_code fault; const char *said, *hint; } faults[] = {
	{ 5, FAULT_ACCESS_DENIED, "may not do this over WinRM: fault 5 (Sub) of WinRM: 'text'", "administrator" },
	{ 2147942405, FAULT_ACCESS_DENIED, "fault 2147942405 (Sub)", "administrator" },
	{ 2147942402, FAULT_NO_POWERSHELL, "not found", "powershell.exe" },
	{ 3, FAULT_NO_POWERSHELL, "not found", "powershell.exe" },
	{ 170, FAULT_THROTTLED, "busy", "try again in 20 s" },
	{ 2147943660, FAULT_BLOCKED_BY_SECURITY, "policy", "security software" },
	{ 2147942625, FAULT_BLOCKED_BY_SECURITY, "security software", "security software" },
	{ 2147946951, FAULT_BLOCKED_BY_SECURITY, "policy", "security software" },
	{ 995, FAULT_CONNECTION_LOST, "in the middle", "try again" },
	{ 2147943395, FAULT_CONNECTION_LOST, "in the middle", "try again" },
	{ 2148007941, FAULT_CHANNEL_REFUSED, "process", "memory" },
	{ 2150858770, FAULT_NO_ANSWER, "did not reach", "Get-Service WinRM" },
	{ 2150859046, FAULT_NO_ANSWER, "no answer", "Get-Service WinRM" },
	{ 2150858793, FAULT_TIME_LIMIT, "longer", "" },
	{ 2150858843, FAULT_CONNECTION_LOST, "not there any more", "try again" },
	{ 2150858815, FAULT_CHANNEL_REFUSED, "quota", "MaxShellsPerUser" },
	{ 2150859173, FAULT_CHANNEL_REFUSED, "as many shells", "MaxShellsPerUser (" },
	{ 2150859236, FAULT_CHANNEL_REFUSED, "as many shells", "MaxShellsPerUser in" },
	{ 2150859238, FAULT_CHANNEL_REFUSED, "as many shells", "MaxShells in" },
	{ 2150859174, FAULT_CHANNEL_REFUSED, "as many operations", "MaxConcurrentOperationsPerUser (" },
	{ 2150859240, FAULT_CHANNEL_REFUSED, "as many operations", "MaxConcurrentOperationsPerUser in" },
	{ 2150859239, FAULT_CHANNEL_REFUSED, "as many operations", "MaxConcurrentOperations in" },
	{ 2150859241, FAULT_CHANNEL_REFUSED, "as many commands", "MaxConcurrentCommandsPerShell" },
	{ 2150859175, FAULT_THROTTLED, "more often", "--jobs" },
	{ 2150859176, FAULT_THROTTLED, "more often", "in a minute" },
	{ 2150859179, FAULT_CHANNEL_REFUSED, "as many users", "MaxConcurrentUsers (" },
	{ 2150859237, FAULT_CHANNEL_REFUSED, "as many users", "MaxConcurrentUsers in" },
	{ 2150859180, FAULT_CHANNEL_REFUSED, "no remote shells", "AllowRemoteShellAccess" },
	{ 2150859229, FAULT_CHANNEL_REFUSED, "nothing from others", "group policy" },
	{ 2150859235, FAULT_CHANNEL_REFUSED, "nothing from others", "group policy" },
	{ 2150859230, FAULT_CONNECTION_LOST, "shut down", "try again" },
	{ 2150859118, FAULT_CONNECTION_LOST, "shut down", "try again" },
	{ 2150859250, FAULT_CHANNEL_REFUSED, "idle", "IdleTimeout" },
	{ 2150858823, FAULT_CHANNEL_REFUSED, "as large", "MaxEnvelopeSizekb" },
	/* the name is too long (masterzen/winrm, fixture_test.go), and numbers that are nobody's */
	{ 2147942606, FAULT_PROGRAM_FAILED, "the host refused what was asked: fault 2147942606 (Sub) of WinRM: 'text'", "" },
	{ 4294967295, FAULT_PROGRAM_FAILED, "fault 4294967295", "" },
	{ 1, FAULT_PROGRAM_FAILED, "fault 1 (Sub)", "" },
	/* below another facility a number of winerror.h means something else */
	{ 2148073477, FAULT_PROGRAM_FAILED, "fault 2148073477", "" },
	{ 0, FAULT_PROGRAM_FAILED, "fault Sub of WinRM: 'text'", "" },
};
/* clang-format on */

/* Over the tunnel too, sealing is the host's protection, and ours. */
static void check_advice(const struct err *err)
{
	static const char *const never[] = { "AllowUnencrypted", "TrustedHosts", "Relaxed",
					     "Basic=", "SkipCACheck" };

	ck_assert_ptr_nonnull(err->hint);
	ck_assert_str_ne(err->hint, "");
	for (size_t i = 0; i < ARRAY_LEN(never); i++) {
		ck_assert_ptr_null(strstr(err->hint, never[i]));
		ck_assert_ptr_null(strstr(err->msg, never[i]));
	}
}

START_TEST(a_fault_says_what_it_means)
{
	const struct wsman_fault f = { faults[_i].code, "Sub", "text" };
	struct err err = { 0 };

	ck_assert_int_eq(wsman_fault_err(&f, &err), -1);
	ck_assert_msg(err.code == faults[_i].fault && strstr(err.msg, faults[_i].said) &&
			      strstr(err.hint, faults[_i].hint),
		      "%u: %s: %s | %s", faults[_i].code, err_name(err.code), err.msg, err.hint);
	check_advice(&err);
}
END_TEST

START_TEST(a_fault_may_lack_everything)
{
	const struct wsman_fault none = { 0 }, no_subcode = { .code = 7 };
	struct err err = { 0 };

	wsman_fault_err(&none, &err);
	ck_assert_str_eq(err.msg, "the host refused what was asked: fault without a name of WinRM");
	wsman_fault_err(&no_subcode, &err);
	ck_assert_str_eq(err.msg, "the host refused what was asked: fault 7 of WinRM");
	ck_assert_int_eq(wsman_fault_err(&none, NULL), -1);
}
END_TEST

START_TEST(nothing_yet_and_gone_are_told_apart)
{
	const struct wsman_fault timeout = { .code = 2150858793, .subcode = "TimedOut" };
	/* of a service that has no codes */
	const struct wsman_fault plain = { .subcode = "TimedOut" };
	/* the code says more than the general word */
	const struct wsman_fault other = { .code = 5, .subcode = "TimedOut" };
	const struct wsman_fault gone = { .code = 2150858843, .subcode = "InvalidSelectors" };
	struct err err = { 0 };

	ck_assert(wsman_fault_is_timeout(&timeout));
	ck_assert(wsman_fault_is_timeout(&plain));
	ck_assert(!wsman_fault_is_timeout(&other));
	ck_assert(!wsman_fault_is_timeout(&gone));
	ck_assert(wsman_fault_is_gone(&gone));
	ck_assert(!wsman_fault_is_gone(&timeout));
	wsman_fault_err(&plain, &err);
	ck_assert_int_eq(err.code, FAULT_TIME_LIMIT);
}
END_TEST

/* clang-format off */
static const struct {
	const char *label; int status; const char *scheme, *offered; enum err_code fault; const char *said, *hint;
} statuses[] = {
	{ "a wrong password", 401, "Basic", "Basic realm=\"WSMAN\"", FAULT_SIGN_IN_REJECTED, "rejected the sign-in by Basic",
	  "local accounts" },
	{ "a wrong ticket", 401, "Negotiate", "Negotiate, Kerberos", FAULT_SIGN_IN_REJECTED, "by Negotiate", "CbtHardeningLevel" },
	{ "a token behind it", 401, "Negotiate", "Negotiate oYG2MIGz", FAULT_SIGN_IN_REJECTED, "by Negotiate", "klist" },
	{ "another case", 401, "Basic", "BASIC realm=x", FAULT_SIGN_IN_REJECTED, "rejected", "local accounts" },
	{ "no Basic", 401, "Basic", "Negotiate, Kerberos", FAULT_NO_COMMON_ALGORITHM,
	  "offers no sign-in by Basic, but Negotiate, Kerberos (HTTP", "Kerberos" },
	{ "Basic alone", 401, "Negotiate", "Basic realm=\"WSMAN\"", FAULT_NO_COMMON_ALGORITHM,
	  "offers no sign-in by Negotiate, but Basic (", "winrm get winrm/config/service/auth" },
	{ "a scheme that begins alike", 401, "Basic", "Basically realm=x", FAULT_NO_COMMON_ALGORITHM, "nothing that is known", "" },
	{ "a scheme behind a blank", 401, "Negotiate", "Basic Negotiate", FAULT_NO_COMMON_ALGORITHM, "but Basic", "" },
	{ "a scheme in a realm", 401, "Negotiate", "Basic realm=Negotiate", FAULT_NO_COMMON_ALGORITHM, "but Basic", "" },
	{ "nothing offered", 401, "Basic", NULL, FAULT_NO_COMMON_ALGORITHM, "nothing that is known", "" },
	{ "commas", 401, "Basic", " ,, ,Basic", FAULT_SIGN_IN_REJECTED, "rejected", "" },
	{ "a terminal's colours", 401, "Basic", "\x1b[31mred, Negotiate", FAULT_NO_COMMON_ALGORITHM, "but Negotiate (", "" },
	{ "forbidden", 403, "Basic", NULL, FAULT_ACCESS_DENIED, "forbids it (HTTP status 403)", "IPv4Filter" },
	{ "not found", 404, "Basic", NULL, FAULT_WRONG_ANSWER, "nothing at that address", "winrm/config/listener" },
	{ "no POST", 405, "Basic", NULL, FAULT_WRONG_ANSWER, "no request like ours", "winrm/config/listener" },
	{ "malformed", 400, "Basic", NULL, FAULT_WRONG_ANSWER, "malformed", "MaxFieldLength" },
	{ "too large", 413, "Basic", NULL, FAULT_WRONG_ANSWER, "too large", "MaxEnvelopeSizekb" },
	{ "failed", 500, "Basic", NULL, FAULT_WRONG_ANSWER, "did not say why", "Microsoft-Windows-WinRM/Operational" },
	{ "not available", 503, "Basic", NULL, FAULT_THROTTLED, "not available", "(Get-Service WinRM), and try again in 20 s" },
	{ "moved", 302, "Basic", NULL, FAULT_WRONG_ANSWER, "HTTP status 302", "listens on that port" },
	{ "no answer of WinRM", 200, "Basic", NULL, FAULT_WRONG_ANSWER, "HTTP status 200", "listens on that port" },
};
/* clang-format on */

START_TEST(a_status_says_what_it_means)
{
	struct err err = { 0 };

	ck_assert_int_eq(wsman_http_err(statuses[_i].status, statuses[_i].scheme,
					statuses[_i].offered, &err),
			 -1);
	ck_assert_msg(err.code == statuses[_i].fault && strstr(err.msg, statuses[_i].said) &&
			      strstr(err.hint, statuses[_i].hint) && !strchr(err.msg, '\x1b'),
		      "%s: %s: %s | %s", statuses[_i].label, err_name(err.code), err.msg, err.hint);
	check_advice(&err);
}
END_TEST

/* Whoever reads the fault has nothing else to go by. */
START_TEST(what_is_throttled_names_its_wait)
{
	int count = 0;

	for (uint32_t code = 0; code < 2000; code++) {
		const uint32_t of_wsman = 2150858700U + code;
		struct err err[3] = { { 0 } };

		wsman_fault_err(&(struct wsman_fault){ .code = code }, &err[0]);
		wsman_fault_err(&(struct wsman_fault){ .code = of_wsman }, &err[1]);
		wsman_http_err(100 + (int)code % 500, "Basic", NULL, &err[2]);
		for (size_t i = 0; i < ARRAY_LEN(err); i++) {
			if (err[i].code != FAULT_THROTTLED)
				continue;
			count++;
			ck_assert_msg(strstr(err[i].hint, "try again in "), "%s | %s", err[i].msg,
				      err[i].hint);
		}
	}
	ck_assert_int_ge(count, 4);
}
END_TEST

START_TEST(an_answer_is_known_by_status_and_type)
{
	static const struct {
		int status;
		const char *type;
		bool is_answer;
	} rows[] = {
		{ 200, "application/soap+xml;charset=UTF-8", true },
		{ 200, "application/soap+xml", true },
		{ 500, "Application/SOAP+XML; charset=UTF-8", true },
		{ 400, "application/soap+xml", true },
		{ 401, "application/soap+xml", false },
		{ 302, "application/soap+xml", false },
		{ 200, "text/html", false },
		{ 200, "application/soap+xmlx", false },
		{ 200, "", false },
		{ 500, NULL, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		ck_assert_msg(wsman_http_is_answer(rows[i].status, rows[i].type) ==
				      rows[i].is_answer,
			      "%d %s", rows[i].status, rows[i].type ? rows[i].type : "no type");
}
END_TEST

START_TEST(what_negotiate_says_is_found_among_challenges)
{
	static const struct {
		const char *offered, *said;
	} rows[] = {
		{ "Negotiate YII=", "YII=" },
		{ "Basic realm=\"WSMAN\", Negotiate YII= , Kerberos", "YII=" },
		{ "negotiate   YII=", "YII=" },
		{ "Negotiate", "" },
		{ "Negotiate, Basic", "" },
		{ "Kerberos YII=", NULL },
		{ "Negotiated YII=", NULL },
		{ "Basic Negotiate", NULL },
		{ "", NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_FREE char *said = wsman_http_token(rows[i].offered);

		ck_assert_pstr_eq(said, rows[i].said);
	}
}
END_TEST

UNIT_SUITE(wsman_fault)
{
	Suite *s = suite_create("wsman_fault");
	TCase *tc = tcase_create("wsman_fault");

	tcase_add_loop_test(tc, a_fault_says_what_it_means, 0, (int)ARRAY_LEN(faults));
	tcase_add_test(tc, a_fault_may_lack_everything);
	tcase_add_test(tc, nothing_yet_and_gone_are_told_apart);
	tcase_add_loop_test(tc, a_status_says_what_it_means, 0, (int)ARRAY_LEN(statuses));
	tcase_add_test(tc, what_is_throttled_names_its_wait);
	tcase_add_test(tc, an_answer_is_known_by_status_and_type);
	tcase_add_test(tc, what_negotiate_says_is_found_among_challenges);
	suite_add_tcase(s, tc);
	return s;
}
