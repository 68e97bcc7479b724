/* test_facts.c - reading a probe's answer: what is not as the catalogue says costs that fact
 * alone. */
#include "../unit.h"

#include <stdlib.h>
#include <glob.h>
#include <string.h>

#include "answers.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "scanner/facts/facts_clean.h"
#include "scanner/facts/facts_kinds.h"
#include "transport/script.h"

static const struct { const char *label, *line, *kind; int rejected; } bad_lines[] = {
	{ "error of the host", "{\"fact\":\"os\",\"ms\":1,\"error\":\"x\",\"kind\":\"time-limit\"}",
	  "time-limit", 0 },
	{ "unknown kind of error", "{\"fact\":\"os\",\"error\":\"x\",\"kind\":\"evil\"}", "failed",
	  0 },
	{ "no value", "{\"fact\":\"dotnet\",\"ms\":1}", "wrong-answer", 0 },
	{ "value of another type", "{\"fact\":\"dotnet\",\"value\":7}", "wrong-answer", 0 },
	{ "member missing", "{\"fact\":\"dotnet\",\"value\":{}}", "wrong-answer", 0 },
	{ "member of another type", "{\"fact\":\"dotnet\",\"value\":{\"release\":\"9\"}}",
	  "wrong-answer", 0 },
	{ "null where none may be",
	  "{\"fact\":\"server-kind\",\"value\":{\"kind\":null,\"dpm_version\":null}}",
	  "wrong-answer", 0 },
	{ "list of no objects", "{\"fact\":\"consoles\",\"value\":{\"open\":[1]}}", "wrong-answer",
	  0 },
	{ "nested list", "{\"fact\":\"consoles\",\"value\":{\"open\":[{\"pid\":[1]}]}}",
	  "wrong-answer", 0 },
	{ "a member of ours",
	  "{\"fact\":\"clock\",\"value\":{\"utc_ms\":1,\"zone\":null,\"offset_minutes\":0,"
	  "\"skew_ms\":1}}", "wrong-answer", 0 },
	{ "unknown fact", "{\"fact\":\"no-such\",\"value\":{}}", NULL, 1 },
	{ "no fact", "{\"value\":{}}", NULL, 1 },
	{ "name is no string", "{\"fact\":7}", NULL, 1 },
	{ "no JSON", "garbage", NULL, 1 },
	{ "cut JSON", "{\"fact\":\"os\"", NULL, 1 },
	{ "above the limit", NULL, NULL, 1 },
};

START_TEST(a_bad_line_costs_one_fact)
{
	const char *line = bad_lines[_i].line;
	struct facts f;

	facts_init(&f);
	facts_line(&f, line, line ? strlen(line) : 300000, 1);
	ck_assert_msg(f.rejected == bad_lines[_i].rejected, "%s: %d", bad_lines[_i].label,
		      f.rejected);
	ck_assert_int_eq(f.count, bad_lines[_i].kind ? 1 : 0);
	if (bad_lines[_i].kind) {
		ck_assert_ptr_null(f.fact[0].value);
		ck_assert_str_eq(f.fact[0].error_kind, bad_lines[_i].kind);
	} else {
		ck_assert_ptr_nonnull(f.rejected_first);
	}
	facts_release(&f);
}
END_TEST

#define AGENT(installed, version, path) "{\"fact\":\"agent\",\"value\":{\"installed\":" installed \
	",\"install_path\":\"C:\\\\A\",\"exe_path\":" path ",\"exe_version\":" version "," \
	"\"uninstall\":[],\"service_path\":null,\"service_version\":null}}"
#define HOST(rest) "{\"fact\":\"host\",\"value\":{\"name\":\"W1\",\"domain\":null" rest "}}"

/* Which members are dropped; NULL: the whole fact. */
static const struct { const char *label, *line, *member, *kept, *want; } odd[] = {
	{ "as it should be", AGENT("true", "\"2.0.1.0\"", "null"), NULL, "install_path", "" },
	{ "a version that is a number", AGENT("true", "1.5", "null"), "exe_version", "install_path",
	  "exe_version" },
	{ "two of them", AGENT("true", "[1]", "{}"), "exe_path", "install_path",
	  "exe_path;exe_version" },
	{ "missing", HOST(",\"admin\":true"), "user", "name", "user" },
	{ "a word for yes", HOST(",\"user\":\"x\",\"admin\":\"yes\""), "admin", "user", "admin" },
	{ "what the host says was dropped", HOST(",\"user\":\"x\",\"admin\":true,\"dropped\":\"user\""),
	  NULL, "user", "" },
	{ "what all hangs on", AGENT("1", "1.5", "null"), NULL, NULL, NULL },
	{ "where null says that there is none",
	  "{\"fact\":\"dotnet\",\"value\":{\"release\":1.5}}", NULL, NULL, NULL },
};

START_TEST(an_odd_member_costs_no_other)
{
	const json_t *value;
	struct facts f;

	facts_init(&f);
	facts_line(&f, odd[_i].line, strlen(odd[_i].line), 1);
	ck_assert_int_eq(f.count, 1);
	value = f.fact[0].value;
	ck_assert_msg((value != NULL) == (odd[_i].want != NULL), "%s", odd[_i].label);
	if (value) {
		const char *said = json_get_str(value, FACT_DROPPED);

		ck_assert_str_eq(said ? said : "", odd[_i].want);
		ck_assert_ptr_nonnull(json_get_str(value, odd[_i].kept));
		ck_assert(!fact_dropped(value, odd[_i].kept));
	}
	if (odd[_i].member) {
		ck_assert(json_is_null(json_object_get(value, odd[_i].member)));
		ck_assert(fact_dropped(value, odd[_i].member));
	}
	facts_release(&f);
}
END_TEST

START_TEST(what_was_dropped_is_told_once)
{
	AUTO_FREE char *told = NULL, *none = NULL;
	struct facts f;

	facts_init(&f);
	for (size_t i = 2; i < 5; i += 2)
		facts_line(&f, odd[i].line, strlen(odd[i].line), 1);
	told = facts_dropped(&f);
	ck_assert_str_eq(told, "agent: exe_path, exe_version; host: admin");
	facts_release(&f);
	healthy_but(&f, NULL, NULL);
	none = facts_dropped(&f);
	ck_assert_ptr_null(none);
	facts_release(&f);
}
END_TEST

#define SIZE(n) "{\"fact\":\"system-volume\",\"value\":{\"volume\":null,\"size_bytes\":" n \
	",\"free_bytes\":0}}"
#define NEXT(n) "{\"fact\":\"backup.next\",\"value\":{\"known\":true,\"next_utc_ms\":" n "}}"
#define DOTNET(n) "{\"fact\":\"dotnet\",\"value\":{\"release\":" n "}}"
#define WRITER(n) "{\"fact\":\"vss.writers\",\"value\":{\"list\":[{\"error\":" n "}]}}"

static const struct { const char *label, *line; bool good; } numbers[] = {
	{ "a size below zero", SIZE("-1"), false },
	{ "a size above any disk", SIZE("1152921504606846976"), false },
	{ "the largest size", SIZE("1152921504606846975"), true },
	{ "a size with a fraction", SIZE("0.5"), false },
	{ "a time before 1970", NEXT("-1"), false },
	{ "a time in the year 9999", NEXT("253402300799000"), false },
	{ "a time of these days", NEXT("1792000000000"), true },
	{ "a number of more than 32 bits", DOTNET("4294967296"), false },
	{ "a number of 32 bits", DOTNET("4294967295"), true },
	{ "one below zero", DOTNET("-1"), false },
	{ "an HRESULT as Windows prints it", WRITER("-2147212304"), true },
	{ "one of more than 32 bits", WRITER("-2147483649"), false },
	{ "a fraction in a list", WRITER("1.5"), false },
};

START_TEST(a_number_that_no_server_can_have_is_no_answer)
{
	struct facts f;

	facts_init(&f);
	facts_line(&f, numbers[_i].line, strlen(numbers[_i].line), 1);
	ck_assert_int_eq(f.count, 1);
	ck_assert_msg((f.fact[0].value != NULL) == numbers[_i].good, "%s", numbers[_i].label);
	if (!numbers[_i].good)
		ck_assert_str_eq(f.fact[0].error_kind, "wrong-answer");
	facts_release(&f);
}
END_TEST

START_TEST(a_later_answer_takes_the_place_of_an_earlier)
{
	static const char *const first[] = {
		"{\"fact\":\"security.svi\",\"error\":\"no\",\"kind\":\"access-denied\"}",
		"{\"fact\":\"dotnet\",\"value\":{\"release\":461814}}"
	};
	static const char *const second[] = {
		"{\"fact\":\"security.svi\",\"value\":{\"full_control\":true,\"owner_sid\":null}}",
		"{\"fact\":\"antivirus.exclusions\",\"error\":\"x\",\"kind\":\"failed\"}"
	};
	struct facts f, over;
	int64_t release = 0;

	facts_init(&f);
	facts_init(&over);
	for (size_t i = 0; i < ARRAY_LEN(first); i++) {
		facts_line(&f, first[i], strlen(first[i]), 1);
		facts_line(&over, second[i], strlen(second[i]), 2);
	}
	facts_over(&f, &over);
	ck_assert_int_eq(over.count, 0);
	ck_assert_int_eq(f.count, 3);
	ck_assert(
		json_is_true(json_object_get(facts_value(&f, FACT_SECURITY_SVI), "full_control")));
	ck_assert_int_eq(facts_find(&f, FACT_SECURITY_SVI)->utc_ms, 2);
	ck_assert_str_eq(facts_find(&f, FACT_ANTIVIRUS_EXCLUSIONS)->error_kind, "failed");
	ck_assert(json_get_int(facts_value(&f, FACT_DOTNET), "release", &release));
	ck_assert_int_eq(release, 461814);
	facts_release(&f);
	facts_release(&over);
}
END_TEST

START_TEST(a_healthy_answer_is_read_whole)
{
	struct facts f;

	healthy_but(&f, NULL, NULL);
	ck_assert_int_eq(f.rejected, 0);
	for (enum fact_id id = 0; id < FACT_COUNT; id++)
		ck_assert_msg(facts_value(&f, id) != NULL, "%s", fact_name(id));
	facts_release(&f);
}
END_TEST

START_TEST(a_second_line_of_a_fact_is_refused)
{
	static const char line[] = "{\"fact\":\"dotnet\",\"value\":{\"release\":1}}";
	struct facts f;

	facts_init(&f);
	facts_line(&f, line, strlen(line), 1);
	facts_line(&f, line, strlen(line), 2);
	ck_assert_int_eq(f.count, 1);
	ck_assert_int_eq(f.rejected, 1);
	facts_release(&f);
}
END_TEST

START_TEST(readings_are_kept_apart)
{
	struct fact_rows rows;
	struct facts f;
	int64_t free_bytes = 0;

	healthy_but(&f, NULL, NULL);
	facts_set_skew(&f, -1234);
	facts_rows(&f, &rows);
	ck_assert_int_eq(rows.fact_count, f.count);
	for (int i = 0; i < rows.fact_count; i++) {
		if (strcmp(rows.fact[i].name, "scratch") == 0)
			ck_assert_ptr_null(strstr(rows.fact[i].value, "free_bytes"));
		if (strcmp(rows.fact[i].name, "backup.running") == 0)   /* null says: none */
			ck_assert_ptr_nonnull(strstr(rows.fact[i].value, "\"since_utc_ms\":null"));
	}
	for (int i = 0; i < rows.reading_count; i++) {
		if (strcmp(rows.reading[i].fact, "scratch") == 0)
			free_bytes = rows.reading[i].value;
		if (strcmp(rows.reading[i].name, "skew_ms") == 0)
			ck_assert_int_eq(rows.reading[i].value, -1234);
	}
	ck_assert_int_eq(free_bytes, INT64_C(53687091200));
	facts_rows_release(&rows);
	facts_release(&f);
}
END_TEST

START_TEST(only_facts_of_this_look_become_rows)
{
	AUTO_JSON json_t *stored =
		json_pack("{s:{s:i}, s:{s:s}}", "dotnet", "release", 1, "os", "error", "boom");
	AUTO_JSON json_t *times = json_pack("{s:i, s:i}", "dotnet", 50, "os", 3600100);
	static const char line[] =
		"{\"fact\":\"server-kind\",\"value\":{\"kind\":\"dpm\",\"dpm_version\":null}}";
	struct fact_rows rows;
	struct facts f;

	facts_init(&f);
	facts_line(&f, line, strlen(line), 100);
	facts_under(&f, stored, times);
	ck_assert_int_eq(f.count, 3);
	ck_assert_int_eq(facts_find(&f, FACT_DOTNET)->utc_ms, 50);
	ck_assert_str_eq(facts_find(&f, FACT_OS)->error, "boom");
	facts_rows(&f, &rows);
	ck_assert_int_eq(rows.fact_count, 1);
	ck_assert_str_eq(rows.fact[0].name, "server-kind");
	facts_rows_release(&rows);
	facts_release(&f);
}
END_TEST

START_TEST(what_was_answered_is_not_overlaid)
{
	AUTO_JSON json_t *stored = json_pack("{s:{s:i}}", "dotnet", "release", 1);
	struct facts f;
	int64_t release;

	healthy_but(&f, NULL, NULL);
	facts_under(&f, stored, NULL);
	ck_assert(json_get_int(facts_value(&f, FACT_DOTNET), "release", &release));
	ck_assert_int_eq(release, 528049);
	facts_release(&f);
}
END_TEST

/* The same text in each of them: the case says which is looked at. */
#define PROXIES(text) "{\"fact\":\"network.proxy\",\"value\":{\"agent_known\":true," \
	"\"agent\":\"" text "\",\"system\":\"" text "\",\"system_auto\":\"" text "\"," \
	"\"system_except\":null,\"winhttp\":\"" text "\",\"winhttp_except\":null}}"
#define ASKED(fact, text) "{\"fact\":\"" fact "\",\"value\":{\"asked\":true," \
	"\"proxy\":\"" text "\"}}"

static const struct { const char *member, *line, *clean; } secrets[] = {
	{ "agent", PROXIES("user:S3cret@proxy01:8080"), "proxy01:8080" },
	{ "agent", PROXIES("proxy01:8080"), "proxy01:8080" },
	{ "agent", PROXIES("http://[2001:db8::1]:8080/"), "[2001:db8::1]:8080" },
	{ "system", PROXIES("http://user:S3c@r/e;t@proxy01:8080/?x"), "proxy01:8080" },
	{ "system", PROXIES("http=user:pw@h:1;https=user:S3cret@p:2"),
	  "http=h:1;https=p:2" },
	{ "system", PROXIES(" http=h:1 ;SOCKS=http://u:S3;cret@p:2; "),
	  "http=h:1;SOCKS=p:2" },
	{ "winhttp", PROXIES("user:S3cret@"), "" },
	{ "winhttp", PROXIES(""), "" },
	{ "system_auto", PROXIES("http://wpad/x.pac?token=S3cret"),
	  "http://wpad/x.pac" },
	{ "system_auto", PROXIES("http://u:S3@cret@wpad:1/a@b/x?t=a@S3#S3"),
	  "http://wpad:1/a@b/x" },
	{ "system_auto", PROXIES("user:S3cret@wpad/x.pac#S3cret"), "wpad/x.pac" },
	{ "system_auto", PROXIES("//u:S3cret@wpad?x"), "//wpad" },
	{ "proxy", ASKED("network.login", "user:S3cret@proxy01:8080"), "proxy01:8080" },
	{ "proxy", ASKED("network.endpoints", "user:S3cret@proxy01:8080"), "proxy01:8080" },
};

START_TEST(secrets_of_proxies_are_not_kept)
{
	const char *line = secrets[_i].line;
	struct facts f;

	facts_init(&f);
	facts_line(&f, line, strlen(line), 1);
	ck_assert_int_eq(f.count, 1);
	ck_assert_msg(f.fact[0].value != NULL, "%s", line);
	ck_assert_str_eq(json_get_str(f.fact[0].value, secrets[_i].member), secrets[_i].clean);
	facts_release(&f);
}
END_TEST

/* What is said as SMBIOS UUID, as MachineGuid and as SID of the machine, and whether it is one. */
static const struct { const char *member, *said; bool known; } ids[] = {
	{ "uuid", "4C4C4544-0042-4A10-8053-B8C04F4D3132", true },
	{ "uuid", "4c4c4544-0042-4a10-8053-b8c04f4d3132", true },
	{ "machine_guid", "4c4c4544-0042-4a10-8053-b8c04f4d3132", true },
	{ "machine_sid", "S-1-5-21-1004336348-1177238915-682003330", true },
	{ "machine_sid", "S-1-5-21-4294967295-0-1", true },
	{ "uuid", "00000000-0000-0000-0000-000000000000", false },
	{ "uuid", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", false },
	{ "uuid", "ffffffff-ffff-FFFF-FFFF-FFFFFFFFFFFF", false },
	{ "uuid", "4C4C4544-0042-4A10-8053-B8C04F4D313", false },
	{ "uuid", "4C4C4544-0042-4A10-8053-B8C04F4D31322", false },
	{ "uuid", "4C4C4544-0042-4A10-8053-B8C04F4D313G", false },
	{ "uuid", "4C4C4544x0042-4A10-8053-B8C04F4D3132", false },
	{ "uuid", "To be filled by O.E.M.", false },
	{ "uuid", "", false },
	{ "machine_guid", "<script>", false },
	{ "machine_sid", "S-1-5-21-1004336348-1177238915-682003330-500", false },
	{ "machine_sid", "S-1-5-21-1004336348-1177238915", false },
	{ "machine_sid", "S-1-5-21-4294967296-1-1", false },
	{ "machine_sid", "S-1-5-21-1--1", false },
	{ "machine_sid", "S-1-5-21-1-1-99999999999", false },
	{ "machine_sid", "S-1-5-32-1-1-1", false },
};

START_TEST(of_an_id_a_hash_is_kept)
{
	AUTO_JSON json_t *value =
		json_pack("{s:n, s:n, s:n}", "uuid", "machine_guid", "machine_sid");
	AUTO_JSON json_t *line = json_pack("{s:s, s:O}", "fact", "identity", "value", value);
	AUTO_FREE char *text = NULL;
	const char *kept;
	struct facts f;

	json_object_set_new(value, ids[_i].member, json_string(ids[_i].said));
	text = json_dumps(line, JSON_COMPACT);
	facts_init(&f);
	facts_line(&f, text, strlen(text), 1);
	ck_assert(f.count == 1 && f.fact[0].value);
	kept = json_get_str(f.fact[0].value, ids[_i].member);
	ck_assert_msg((kept != NULL) == ids[_i].known, "'%s' gives '%s'", ids[_i].said,
		      kept ? kept : "null");
	ck_assert(!kept || (strlen(kept) == 32 && strspn(kept, "0123456789abcdef") == 32));
	facts_release(&f);
}
END_TEST

/* In any case, and never that of another kind. */
START_TEST(an_id_is_known_again)
{
	char upper[CLEAN_ID], lower[CLEAN_ID], other[CLEAN_ID];

	ck_assert(clean_id(ids[0].member, ids[0].said, upper));
	ck_assert(clean_id(ids[1].member, ids[1].said, lower));
	ck_assert(clean_id(ids[2].member, ids[2].said, other));
	ck_assert_str_eq(upper, lower);
	ck_assert_str_ne(lower, other);
}
END_TEST

/* A fact that the catalogue alone knows is asked by nobody: its row in the protocol is what the
 * simulated server and the scripts are held to. */
START_TEST(every_fact_is_in_the_protocol)
{
	static const char *const depths[] = { "", " (deep)", " (system)" };
	const struct kind *kind = &kinds[_i];
	struct err err;
	size_t len;
	AUTO_FREE char *page = file_read("docs/protocol.md", 200000, &len, &err);
	AUTO_FREE char *head = xasprintf("\n| %s%s | ", kind->name, depths[kind->depth]);
	const char *row;

	ck_assert_msg(page != NULL, "%s (unit tests run at the top of the sources)", err.msg);
	row = strstr(page, head);
	ck_assert_msg(row != NULL, "no row:%s", head);
	row += strlen(head);

	AUTO_FREE char *text = xstrndup(row, strcspn(row, "\n"));

	for (const struct member *m = kind->member; m < kind->member + MAX_MEMBERS && m->name;
	     m++) {
		AUTO_FREE char *name = xasprintf("`%s`", m->name);

		ck_assert_msg((m->flags & OURS) || strstr(text, name), "%s: no %s", kind->name,
			      name);
	}
}
END_TEST

/* A seed for the fuzz target of facts. */
START_TEST(every_fact_is_a_seed)
{
	AUTO_FREE char *path = xasprintf("tests/fuzz/corpus/fuzz_facts/%s", kinds[_i].name);
	AUTO_FREE char *begin = xasprintf("{\"fact\":\"%s\"", kinds[_i].name);
	struct err err;
	size_t len;
	AUTO_FREE char *text = file_read(path, 100000, &len, &err);

	ck_assert_msg(text && strstr(text, begin), "no seed in %s", path);
}
END_TEST

/* What is asked of every server is there for something: a check, a step or a report reads it. */
START_TEST(every_member_is_read_by_somebody)
{
	static const char *const readers[] = {
		"scanner/checks/checks_*.c",
		"scanner/checks/checks_inside.c",
		"scanner/checks/schedule.c",
		"scanner/facts/identity.c",
		"scanner/facts/left.c",
		"scanner/facts/reservation.c",
		"scanner/*.c",
		"upgrader/*.c",
		"upgrader/job/*.c",
	};
	const struct kind *kind = &kinds[_i];

	for (const struct member *m = kind->member; m < kind->member + MAX_MEMBERS && m->name;
	     m++) {
		AUTO_FREE char *quoted = xasprintf("\"%s\"", m->name);
		bool read = false;
		glob_t files;

		for (size_t i = 0; i < ARRAY_LEN(readers); i++)
			glob(readers[i], i ? GLOB_APPEND : 0, NULL, &files);
		for (size_t i = 0; i < files.gl_pathc && !read; i++) {
			struct err err;
			size_t len;
			AUTO_FREE char *text = file_read(files.gl_pathv[i], 200000, &len, &err);

			read = text && strstr(text, quoted);
		}
		globfree(&files);
		ck_assert_msg(read, "%s: nobody reads %s", kind->name, m->name);
	}
}
END_TEST

/* How a script reads a fact; NULL: it does not. */
static const char *block_of(const char *script, enum fact_id id)
{
	AUTO_FREE char *begin = xasprintf("\n'%s' = {", fact_name(id));

	return strstr(script_find(script)->text, begin);
}

START_TEST(every_fact_is_read_by_the_scripts)
{
	enum fact_id id = (enum fact_id)_i;
	const char *block = block_of("probe-deep", id);

	ck_assert_msg(block != NULL, "no script reads %s", fact_name(id));
	ck_assert_msg((block_of("probe", id) != NULL) == (fact_depth(id) == DEPTH_FAST),
		      "%s is read at another depth", fact_name(id));
	/* the order of the catalogue is that of the answer */
	ck_assert_msg(id == 0 || block_of("probe-deep", (enum fact_id)(id - 1)) < block,
		      "%s is read before the one before it", fact_name(id));
}
END_TEST

UNIT_SUITE(facts)
{
	Suite *s = suite_create("facts");
	TCase *tc = tcase_create("facts");

	tcase_add_loop_test(tc, a_bad_line_costs_one_fact, 0, ARRAY_LEN(bad_lines));
	tcase_add_loop_test(tc, a_number_that_no_server_can_have_is_no_answer, 0,
			    ARRAY_LEN(numbers));
	tcase_add_loop_test(tc, an_odd_member_costs_no_other, 0, ARRAY_LEN(odd));
	tcase_add_test(tc, what_was_dropped_is_told_once);
	tcase_add_loop_test(tc, of_an_id_a_hash_is_kept, 0, ARRAY_LEN(ids));
	tcase_add_test(tc, an_id_is_known_again);
	tcase_add_loop_test(tc, secrets_of_proxies_are_not_kept, 0, ARRAY_LEN(secrets));
	tcase_add_test(tc, a_healthy_answer_is_read_whole);
	tcase_add_loop_test(tc, every_fact_is_a_seed, 0, FACT_COUNT);
	tcase_add_loop_test(tc, every_member_is_read_by_somebody, 0, FACT_COUNT);
	tcase_add_loop_test(tc, every_fact_is_in_the_protocol, 0, FACT_COUNT);
	tcase_add_loop_test(tc, every_fact_is_read_by_the_scripts, 0, FACT_COUNT);
	tcase_add_test(tc, a_second_line_of_a_fact_is_refused);
	tcase_add_test(tc, readings_are_kept_apart);
	tcase_add_test(tc, only_facts_of_this_look_become_rows);
	tcase_add_test(tc, what_was_answered_is_not_overlaid);
	tcase_add_test(tc, a_later_answer_takes_the_place_of_an_earlier);
	suite_add_tcase(s, tc);
	return s;
}
