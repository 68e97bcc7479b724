/* test_keys.c - host keys that are pending, and what is said to them. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "scanner/keys/rows.h"

/* Made up: nothing looks behind the type. */
#define TYPE "\0\0\0\x0bssh-ed25519\0\0\0\1"
static const struct host_key key_1 = { (const unsigned char *)TYPE "1", 20 };
static const struct host_key key_2 = { (const unsigned char *)TYPE "2", 20 };
enum { BEGIN_S = 1700000000 };

static struct pending *reload(struct pending *p, const char *known_hosts)
{
	struct err err = { .msg = "" };

	ck_assert_msg(pending_save(p, &err) == 0, "%s", err.msg);
	pending_free(p);
	p = pending_load(known_hosts, KEY_OF_HOST, &err);
	ck_assert_msg(p != NULL, "%s", err.msg);
	return p;
}

START_TEST(a_pending_key_has_a_first_and_a_last_time)
{
	const int64_t begin = (int64_t)BEGIN_S * 1000;
	AUTO_FREE char *path = xasprintf("%s/kh", unit_folder());
	struct pending *p = pending_load(path, KEY_OF_HOST, NULL);
	const struct pending_key *key;

	ck_assert(pending_saw(p, "[a]:2222", &key_1, begin));
	ck_assert(pending_saw(p, "b", &key_1, begin));
	p = reload(p, path);
	ck_assert(pending_saw(p, "[a]:2222", &key_1, begin + 5000));
	ck_assert(pending_saw(p, "b", &key_2, begin + 5000));
	p = reload(p, path);
	key = pending_find(p, "[a]:2222");
	ck_assert_ptr_nonnull(key);
	ck_assert_int_eq(key->first_utc_ms, begin);
	ck_assert_int_eq(key->last_utc_ms, begin + 5000);
	key = pending_find(p, "b");
	ck_assert_ptr_nonnull(key);
	ck_assert_int_eq(key->first_utc_ms, begin + 5000);
	ck_assert_mem_eq(key->line.key, key_2.data, key_2.len);
	ck_assert_ptr_null(pending_find(p, "a"));
	ck_assert(!pending_saw(p, "a b", &key_1, begin));
	ck_assert(!pending_saw(p, "*", &key_1, begin));
	pending_free(p);
}
END_TEST

START_TEST(a_dropped_key_is_gone_and_the_last_takes_the_file_with_it)
{
	AUTO_FREE char *path = xasprintf("%s/kh", unit_folder());
	AUTO_FREE char *file = xasprintf("%s.pending", path);
	struct pending *p = pending_load(path, KEY_OF_HOST, NULL);

	ck_assert(pending_saw(p, "a", &key_1, 1000));
	ck_assert(pending_saw(p, "b", &key_1, 1000));
	pending_drop(p, "a");
	pending_drop(p, "c");
	ck_assert_ptr_null(pending_find(p, "a"));
	ck_assert(pending_saw(p, "a", &key_2, 9000));
	ck_assert_int_eq(pending_find(p, "a")->first_utc_ms, 9000);
	pending_drop(p, "a");
	p = reload(p, path);
	ck_assert_ptr_null(pending_find(p, "a"));
	ck_assert_ptr_nonnull(pending_find(p, "b"));
	ck_assert_int_eq(access(file, F_OK), 0);
	pending_drop(p, "b");
	p = reload(p, path);
	ck_assert_int_ne(access(file, F_OK), 0);
	pending_free(p);
}
END_TEST

/* Of two commands at once each keeps what it does not know of. */
START_TEST(what_another_command_saw_and_dropped_stays_so)
{
	AUTO_FREE char *path = xasprintf("%s/kh", unit_folder());
	AUTO_FREE char *file = xasprintf("%s.pending", path);
	struct pending *one = pending_load(path, KEY_OF_HOST, NULL), *two;

	ck_assert(pending_saw(one, "a", &key_1, 1000));
	ck_assert(pending_saw(one, "b", &key_1, 1000));
	ck_assert(pending_saw(one, "c", &key_1, 1000));
	one = reload(one, path);
	two = pending_load(path, KEY_OF_HOST, NULL);
	ck_assert(pending_saw(one, "d", &key_1, 2000));
	ck_assert(pending_saw(one, "c", &key_2, 2000));
	pending_drop(one, "a");
	ck_assert(pending_saw(two, "e", &key_1, 3000));
	ck_assert(pending_saw(two, "b", &key_1, 3000));
	pending_drop(two, "c");
	one = reload(one, path);
	two = reload(two, path);
	ck_assert_ptr_null(pending_find(two, "a"));
	ck_assert_int_eq(pending_find(two, "b")->first_utc_ms, 1000);
	ck_assert_int_eq(pending_find(two, "b")->last_utc_ms, 3000);
	ck_assert_ptr_nonnull(pending_find(two, "c"));
	ck_assert_mem_eq(pending_find(two, "c")->line.key, key_2.data, key_2.len);
	ck_assert_ptr_nonnull(pending_find(two, "d"));
	ck_assert_ptr_nonnull(pending_find(two, "e"));
	pending_free(one);
	pending_free(two);
	ck_assert_int_eq(access(file, F_OK), 0);
}
END_TEST

#define KEY_1 "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAATE="
#define TIMES " first=2026-01-01T00:00:00Z last=2026-01-02T00:00:00Z"

START_TEST(lines_that_are_not_ours_are_skipped)
{
	static const char *const bad[] = { "b " KEY_1,
					   "b " KEY_1 " first=x last=y",
					   "b,c " KEY_1 TIMES,
					   "* " KEY_1 TIMES,
					   "@revoked b " KEY_1 TIMES,
					   "b ssh-ed25519 AAAA" TIMES,
					   "b" };
	AUTO_FREE char *path = xasprintf("%s/kh", unit_folder());
	AUTO_FREE char *file = xasprintf("%s.pending", path);

	log_set_level(LOG_ERROR);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO_FREE char *text = xasprintf("%s\na " KEY_1 TIMES, bad[i]);
		struct pending *p;

		unit_write(file, text);
		p = pending_load(path, KEY_OF_HOST, NULL);
		ck_assert_ptr_nonnull(p);
		ck_assert_msg(p->count == 1 && pending_find(p, "a"), "%s", bad[i]);
		pending_free(p);
	}
}
END_TEST

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHER_HEX "f123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
static const struct host_key cert_1 = { (const unsigned char *)HEX, 64 };

START_TEST(a_pending_certificate_is_kept_as_a_key_is)
{
	static const char *const bad[] = {
		"b:1 SHA256:" HEX,     "b:1 SHA256:" HEX "0" TIMES, "b:1  SHA256:" HEX TIMES,
		"b SHA256:" HEX TIMES, "b\xa0:1 SHA256:" HEX TIMES, "@revoked:1 SHA256:" HEX TIMES,
		"b:1 " HEX TIMES,      "b:1 authority" TIMES,	    "b:1"
	};
	AUTO_FREE char *path = xasprintf("%s/kc", unit_folder()), *text = NULL;
	AUTO_FREE char *file = xasprintf("%s.pending", path);
	struct pending *p = pending_load(path, KEY_CERTIFICATE, NULL);

	ck_assert(pending_saw(p, "a:1@x,[y]:2", &cert_1, 1000));
	ck_assert(pending_saw(p, "a:1@x,[y]:2", &cert_1, 2000));
	ck_assert(!pending_saw(p, "a:1 b", &cert_1, 1000));
	ck_assert(!pending_saw(p, "a", &cert_1, 1000));
	ck_assert_int_eq(pending_save(p, NULL), 0);
	pending_free(p);
	text = unit_read(file);
	ck_assert_msg(strstr(text, "\na:1@x,[y]:2 SHA256:" HEX " first=1970-01-01T00:00:01Z last="),
		      "%s", text);
	log_set_level(LOG_ERROR);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO_FREE char *lines = xasprintf("%s\na:1 SHA256:" HEX TIMES, bad[i]);

		p = pending_parse(path, KEY_CERTIFICATE, lines, strlen(lines));
		ck_assert_msg(p->count == 1 && pending_find(p, "a:1"), "%s", bad[i]);
		pending_free(p);
	}
}
END_TEST

/* What is said to certificate 1 of web, 10.0.0.5:5986 behind gate. */
/* clang-format off */
static const struct { const char *label, *known, *pin; enum key_verdict verdict; int line; } certs[] = {
	{ "new",                  "", NULL, KEY_NEW, 0 },
	{ "same",                 "10.0.0.5:5986@gate SHA256:" HEX "\n", NULL, KEY_SAME, 1 },
	{ "same, an older line",  "#\n10.0.0.5:5986 SHA256:" HEX "\n", NULL, KEY_SAME, 2 },
	{ "of another way",       "10.0.0.5:5986@inner SHA256:" OTHER_HEX "\n", NULL, KEY_NEW, 0 },
	{ "changed",              "10.0.0.5:5986@gate SHA256:" OTHER_HEX "\n", NULL, KEY_CHANGED, 1 },
	{ "an authority's",       "10.0.0.5:5986@gate authority\n", NULL, KEY_CHANGED, 1 },
	{ "revoked",              "10.0.0.5:5986@gate SHA256:" HEX "\n@revoked * SHA256:" HEX "\n", NULL, KEY_REVOKED, 2 },
	{ "pinned",               "10.0.0.5:5986@gate SHA256:" OTHER_HEX "\n", HEX, KEY_SAME, 0 },
	{ "pinned to another",    "10.0.0.5:5986@gate SHA256:" HEX "\n", OTHER_HEX, KEY_CHANGED, 0 },
	{ "pinned and revoked",   "@revoked * SHA256:" HEX "\n", HEX, KEY_REVOKED, 1 },
};
/* clang-format on */

START_TEST(a_certificate_is_compared)
{
	AUTO_FREE char *path = xasprintf("%s/kh", unit_folder());
	AUTO_FREE char *known = knowncerts_path(path);
	char known_as[] = "10.0.0.5:5986@gate";
	const struct inv_host host = { .winrm_cert = certs[_i].pin };
	const struct key_target web = { .kind = KEY_CERTIFICATE,
					.name = "web",
					.known_hosts = path,
					.known_as = known_as,
					.host = &host };
	struct key_files *files = key_files_new(NULL);
	struct err err = { .msg = "" };
	struct key_file *file;
	struct key_row row;
	int lines = 0;

	unit_write(known, certs[_i].known);
	file = key_files_of(files, &web, &err);
	ck_assert_msg(file != NULL, "%s", err.msg);
	row = key_row(&web, file, &cert_1);
	ck_assert_str_eq(row.fingerprint, "SHA256:" HEX);
	ck_assert_msg(row.verdict == certs[_i].verdict, "%s", certs[_i].label);
	ck_assert_msg(row.place.line == certs[_i].line, "%s", certs[_i].label);
	if (!certs[_i].pin && row.verdict != KEY_REVOKED) {
		ck_assert_int_eq(key_trust(file, &web, &cert_1, row.recorded, &lines, &err), 0);
		key_row_release(&row);
		row = key_row(&web, file, &cert_1);
		ck_assert_msg(row.verdict == KEY_SAME, "%s", certs[_i].label);
	}
	key_row_release(&row);
	key_files_free(files);
}
END_TEST

START_TEST(of_an_approved_certificate_the_old_lines_go)
{
	static const char before[] = "# mine\n10.0.0.5:5986@Gate SHA256:" OTHER_HEX "\n"
				     "10.0.0.5:5986 SHA256:" OTHER_HEX "\n"
				     "10.0.0.5:5986@gate,b SHA256:" OTHER_HEX "\n"
				     " 10.0.0.5:5986@gate authority";
	AUTO_FREE char *path = xasprintf("%s/known_certificates", unit_folder());
	AUTO_FREE char *old = xasprintf("%s.old", path), *now = NULL, *kept = NULL;
	struct knowncerts *k;
	int lines = 0;

	unit_write(path, before);
	k = knowncerts_load(path, NULL);
	ck_assert_int_eq(knowncerts_put(k, "10.0.0.5:5986@gate", HEX, "", &lines, NULL), 0);
	ck_assert_int_eq(lines, 2);
	ck_assert_int_eq(knowncerts_revoke(k, OTHER_HEX, NULL), 0);
	ck_assert_int_eq(knowncerts_revoke(k, OTHER_HEX, NULL), 0);
	now = unit_read(path);
	kept = unit_read(old);
	ck_assert_str_eq(kept, before);
	ck_assert_str_eq(now,
			 "# mine\n10.0.0.5:5986 SHA256:" OTHER_HEX "\n"
			 "10.0.0.5:5986@gate,b SHA256:" OTHER_HEX "\n"
			 "10.0.0.5:5986@gate SHA256:" HEX "\n@revoked * SHA256:" OTHER_HEX "\n");
	ck_assert_int_eq(knowncerts_find(k, "10.0.0.5:5986@gate")->line, 4);
	ck_assert_int_eq(knowncerts_revoked(k, OTHER_HEX)->line, 5);
	knowncerts_free(k);
}
END_TEST

/* What is said to key 1 of the host web ("[a]:2222"), in whose known_hosts and list this stands. */
/* clang-format off */
#define KEY_3 "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAATM="
#define KEY_2 "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAATI="
#define LIST "host,fingerprint\n"
#define PRINT_1 "SHA256:FGteYK2D2pJ0P5NHOmeaTb7nvvYSqGFh40ZAYoWB4Jk"
#define PRINT_2 "SHA256:other"
static const struct {
	const char *label, *known, *list;
	enum key_verdict verdict;
	int line;
	enum key_listed listed;
} cases[] = {
	{ "new",              "", NULL, KEY_NEW, 0, LISTED_NONE },
	{ "same",             "[a]:2222 " KEY_1 "\n", NULL, KEY_SAME, 1, LISTED_NONE },
	{ "changed",          "\n[a]:2222 " KEY_2 "\n", NULL, KEY_CHANGED, 2, LISTED_NONE },
	{ "revoked",          "[a]:2222 " KEY_1 "\n@revoked * " KEY_1 "\n", NULL, KEY_REVOKED, 2, LISTED_NONE },
	{ "of another port",  "a " KEY_2 "\n", NULL, KEY_NEW, 0, LISTED_NONE },
	{ "listed",           "", LIST "web," PRINT_1 "\n", KEY_NEW, 0, LISTED_AGREES },
	{ "in capitals",      "", LIST "WEB," PRINT_1 "\n", KEY_NEW, 0, LISTED_AGREES },
	{ "by known_hosts",   "", LIST "[a]:2222," PRINT_1 "\n", KEY_NEW, 0, LISTED_AGREES },
	{ "padded",           "", "Fingerprint;x;Host\n" PRINT_1 "=;;web\n", KEY_NEW, 0, LISTED_AGREES },
	{ "the address of another port", "", LIST "a," PRINT_1 "\n", KEY_NEW, 0, LISTED_MISSING },
	{ "another key",      "", LIST "web," PRINT_2 "\n", KEY_NEW, 0, LISTED_DIFFERS },
	{ "one of two",       "", LIST "web," PRINT_2 "\nweb," PRINT_1 "\nweb," PRINT_2 "\n", KEY_NEW, 0, LISTED_AGREES },
	{ "not listed",       "", LIST "x," PRINT_1 "\n", KEY_NEW, 0, LISTED_MISSING },
};
/* clang-format on */

START_TEST(a_pending_key_is_compared)
{
	AUTO_FREE char *path = xasprintf("%s/kh", unit_folder());
	AUTO_FREE char *csv = xasprintf("%s/list.csv", unit_folder());
	char known_as[] = "[a]:2222";
	struct key_target web = { .name = "web",
				  .address = "a",
				  .port = 2222,
				  .known_hosts = path,
				  .known_as = known_as };
	const struct key_targets targets = { .item = &web, .count = 1 };
	struct key_files *files = key_files_new(NULL);
	struct err err = { .msg = "" };
	struct key_list *list = NULL;
	struct key_file *file;
	struct key_rows rows;

	unit_write(path, cases[_i].known);
	unit_write(csv, cases[_i].list ? cases[_i].list : "");
	file = key_files_of(files, &web, &err);
	ck_assert_ptr_nonnull(file);
	ck_assert(pending_saw(file->pending, known_as, &key_1, 1000));
	if (cases[_i].list) {
		list = key_list_read(csv, &err);
		ck_assert_msg(list != NULL, "%s: %s", cases[_i].label, err.msg);
	}
	ck_assert_int_eq(key_rows_make(&targets, files, list, &rows, &err), 0);
	ck_assert_int_eq(rows.count, 1);
	ck_assert_str_eq(rows.item[0].fingerprint, PRINT_1);
	ck_assert_msg(rows.item[0].verdict == cases[_i].verdict, "%s", cases[_i].label);
	ck_assert_msg(rows.item[0].place.line == cases[_i].line, "%s", cases[_i].label);
	ck_assert_msg(rows.item[0].listed == cases[_i].listed, "%s", cases[_i].label);
	key_rows_release(&rows);
	key_list_free(list);
	key_files_free(files);
}
END_TEST

/* What was compared is another by now: nothing is taken out, and nothing doubled. */
START_TEST(a_host_key_that_changed_meanwhile_is_not_replaced)
{
	static const struct {
		const char *before, *now;
		int rc;
	} at[] = {
		{ "a " KEY_2 "\n", "a " KEY_2 "\n", 0 },
		{ "", "", 0 },
		{ "a " KEY_2 "\n", "a " KEY_3 "\n", -1 },
		{ "a " KEY_2 "\n", "@revoked * " KEY_1 "\n", -1 },
		{ "a " KEY_2 "\n", "#\n", -1 },
		{ "", "a " KEY_3 "\n", -1 },
		{ "", "@revoked * " KEY_1 "\n", -1 },
	};
	AUTO_FREE char *path = xasprintf("%s/kh", unit_folder());
	char known_as[] = "a";
	const struct key_target web = { .name = "web",
					.address = known_as,
					.port = 22,
					.known_hosts = path,
					.known_as = known_as };

	for (size_t i = 0; i < ARRAY_LEN(at); i++) {
		struct key_files *files = key_files_new(NULL);
		struct err err = { .msg = "" };
		AUTO_FREE char *text = NULL;
		struct key_file *file;
		struct key_row row;
		int lines = 0;

		unit_write(path, at[i].before);
		file = key_files_of(files, &web, &err);
		ck_assert_msg(file, "%zu: %s", i, err.msg);
		row = key_row(&web, file, &key_1);
		unit_write(path, at[i].now);
		ck_assert_msg(key_trust(file, &web, &key_1, row.recorded, &lines, &err) == at[i].rc,
			      "%zu: %s", i, err.msg);
		text = unit_read(path);
		ck_assert_str_eq(text, at[i].rc == 0 ? "a " KEY_1 "\n" : at[i].now);
		key_row_release(&row);
		key_files_free(files);
	}
}
END_TEST

START_TEST(a_list_without_its_columns_or_fingerprints_is_none)
{
	static const char *const bad[] = { "", "host\nweb\n", "fingerprint,name\nSHA256:x,web\n",
					   LIST "web,MD5:00\n", LIST "web\n" };
	AUTO_FREE char *csv = xasprintf("%s/list.csv", unit_folder());

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err err = { .code = ERR_NONE };

		unit_write(csv, bad[i]);
		ck_assert_msg(key_list_read(csv, &err) == NULL, "%s", bad[i]);
		ck_assert_int_eq(err.code, ERR_USAGE);
	}
}
END_TEST

UNIT_SUITE(keys)
{
	Suite *s = suite_create("keys");
	TCase *tc = tcase_create("keys");

	tcase_add_test(tc, a_pending_key_has_a_first_and_a_last_time);
	tcase_add_test(tc, a_dropped_key_is_gone_and_the_last_takes_the_file_with_it);
	tcase_add_test(tc, what_another_command_saw_and_dropped_stays_so);
	tcase_add_test(tc, lines_that_are_not_ours_are_skipped);
	tcase_add_test(tc, a_pending_certificate_is_kept_as_a_key_is);
	tcase_add_loop_test(tc, a_certificate_is_compared, 0, ARRAY_LEN(certs));
	tcase_add_test(tc, of_an_approved_certificate_the_old_lines_go);
	tcase_add_loop_test(tc, a_pending_key_is_compared, 0, ARRAY_LEN(cases));
	tcase_add_test(tc, a_host_key_that_changed_meanwhile_is_not_replaced);
	tcase_add_test(tc, a_list_without_its_columns_or_fingerprints_is_none);
	suite_add_tcase(s, tc);
	return s;
}
