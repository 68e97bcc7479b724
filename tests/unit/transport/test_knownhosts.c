/* test_knownhosts.c - lines of known_hosts by hand in a table, and files that ssh-keygen
 * hashed where it is installed. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "transport/ssh/hostline.h"
#include "transport/ssh/knownhosts.h"
#include "transport/ssh/trusts.h"
#include "transport/ssh/wire.h"

#define ALL "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521," \
	    "rsa-sha2-512,rsa-sha2-256,ssh-rsa"

/* Keys are made up: known_hosts never looks behind the type. ED(1) and so on. */
#define ED "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAAQ"
#define EC "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAB"
#define ED_1 ED "E="
#define ED_2 ED "I="
#define EC_1 EC "AQ=="

static struct knownhosts *kh_of(const char *text)
{
	struct knownhosts *kh = knownhosts_new();

	log_set_level(LOG_ERROR);
	knownhosts_parse(kh, "kh", text, strlen(text));
	return kh;
}

/* The blob of "type base64". */
static unsigned char *blob_of(const char *key, size_t *out_len)
{
	const char *base64 = strchr(key, ' ') + 1;
	unsigned char *blob = xmalloc(WIRE_BYTES(strlen(base64)));

	ck_assert(wire_base64(base64, strlen(base64), blob, out_len));
	return blob;
}

static enum kh_result check(struct knownhosts *kh, const char *host, int port, const char *key,
			    int *out_line)
{
	size_t len;
	AUTO_FREE unsigned char *blob = blob_of(key, &len);
	struct kh_place at = { .path = NULL };
	enum kh_result got = knownhosts_check(kh, host, port, &(struct host_key){ blob, len }, &at);

	*out_line = at.line;
	if (at.line) {
		ck_assert_ptr_nonnull(at.path);
		ck_assert_msg(at.key.len > 0 && (got == KH_REVOKED || got == KH_MATCH) ==
							(at.key.len == len &&
							 memcmp(at.key.data, blob, len) == 0),
			      "the key of that line");
	}
	return got;
}

/* clang-format off */
static const struct {
	const char *label, *text, *host;
	int port;
	const char *key;
	enum kh_result want;
	int line;
} cases[] = {
	{ "empty file",         "",                         "a", 22, ED_1, KH_UNKNOWN, 0 },
	{ "plain",              "a " ED_1 "\n",             "a", 22, ED_1, KH_MATCH, 1 },
	{ "no LF at the end",   "a " ED_1,                  "a", 22, ED_1, KH_MATCH, 1 },
	{ "CR LF",              "a " ED_1 "\r\n",           "a", 22, ED_1, KH_MATCH, 1 },
	{ "comment behind",     "a " ED_1 " root@a\n",      "a", 22, ED_1, KH_MATCH, 1 },
	{ "blanks and tabs",    " \ta\t " ED_1 " \t\n",     "a", 22, ED_1, KH_MATCH, 1 },
	{ "comment line",       "#a " ED_1 "\n",            "a", 22, ED_1, KH_UNKNOWN, 0 },
	{ "other host",         "b " ED_1 "\n",             "a", 22, ED_1, KH_UNKNOWN, 0 },
	{ "case",               "Host " ED_1 "\n",          "hOST", 22, ED_1, KH_MATCH, 1 },
	{ "list",               "x,a,10.0.0.1 " ED_1 "\n",  "10.0.0.1", 22, ED_1, KH_MATCH, 1 },
	{ "changed",            "\nb " ED_1 "\na " ED_2 "\n", "a", 22, ED_1, KH_CHANGED, 3 },
	{ "first of two",       "a " ED_2 "\na " ED_2 "\n", "a", 22, ED_1, KH_CHANGED, 1 },
	{ "either is right",    "a " ED_2 "\na " ED_1 "\n", "a", 22, ED_1, KH_MATCH, 2 },
	{ "other type",         "a " EC_1 "\n",             "a", 22, ED_1, KH_OTHER_TYPE, 1 },
	{ "changed beats type", "a " EC_1 "\na " ED_2 "\n", "a", 22, ED_1, KH_CHANGED, 2 },
	{ "port",               "[a]:2222 " ED_1 "\n",      "a", 2222, ED_1, KH_MATCH, 1 },
	{ "port and plain",     "a " ED_1 "\n",             "a", 2222, ED_1, KH_UNKNOWN, 0 },
	{ "plain and port",     "[a]:2222 " ED_1 "\n",      "a", 22, ED_1, KH_UNKNOWN, 0 },
	{ "other port",         "[a]:2222 " ED_1 "\n",      "a", 2223, ED_1, KH_UNKNOWN, 0 },
	{ "IPv6",               "[::1]:2222 " ED_1 "\n",    "::1", 2222, ED_1, KH_MATCH, 1 },
	{ "star",               "*.corp " ED_1 "\n",        "a.corp", 22, ED_1, KH_MATCH, 1 },
	{ "star, changed",      "*.corp " ED_2 "\n",        "a.corp", 22, ED_1, KH_CHANGED, 1 },
	{ "star is not all",    "*.corp " ED_1 "\n",        "a.corp.x", 22, ED_1, KH_UNKNOWN, 0 },
	{ "stars go back",      "*ab*c " ED_1 "\n",         "xabyabzc", 22, ED_1, KH_MATCH, 1 },
	{ "question mark",      "a?c " ED_1 "\n",           "abc", 22, ED_1, KH_MATCH, 1 },
	{ "question is one",    "a?c " ED_1 "\n",           "ac", 22, ED_1, KH_UNKNOWN, 0 },
	{ "star with port",     "[*.corp]:2222 " ED_1 "\n", "a.corp", 2222, ED_1, KH_MATCH, 1 },
	{ "no character class", "[ab] " ED_1 "\n",          "a", 22, ED_1, KH_UNKNOWN, 0 },
	{ "negated",            "*.corp,!b.corp " ED_1 "\n", "b.corp", 22, ED_1, KH_UNKNOWN, 0 },
	{ "negated first",      "!b.corp,*.corp " ED_1 "\n", "b.corp", 22, ED_1, KH_UNKNOWN, 0 },
	{ "not the negated",    "*.corp,!b.corp " ED_1 "\n", "a.corp", 22, ED_1, KH_MATCH, 1 },
	{ "negated alone",      "!b.corp " ED_1 "\n",       "a.corp", 22, ED_1, KH_UNKNOWN, 0 },
	{ "revoked",            "a " ED_1 "\n@revoked * " ED_1 "\n", "a", 22, ED_1, KH_REVOKED, 2 },
	{ "revoked first",      "@revoked a " ED_1 "\na " ED_1 "\n", "a", 22, ED_1, KH_REVOKED, 1 },
	{ "revoked elsewhere",  "a " ED_1 "\n@revoked b " ED_1 "\n", "a", 22, ED_1, KH_MATCH, 1 },
	{ "other key revoked",  "a " ED_1 "\n@revoked * " ED_2 "\n", "a", 22, ED_1, KH_MATCH, 1 },
	{ "revoked is no record", "@revoked a " ED_2 "\n",  "a", 22, ED_1, KH_UNKNOWN, 0 },
	{ "authority skipped",  "@cert-authority * " ED_1 "\n", "a", 22, ED_1, KH_UNKNOWN, 0 },
	{ "unknown marker",     "@trusted a " ED_1 "\n",    "a", 22, ED_1, KH_UNKNOWN, 0 },
	{ "type not the key's", "a ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAAQE=\n",
	                                                    "a", 22, ED_1, KH_UNKNOWN, 0 },
	{ "bad base64",         "a ssh-ed25519 AAAA*\n",    "a", 22, ED_1, KH_UNKNOWN, 0 },
	{ "half a key",         "a ssh-ed25519 AAAA\n",     "a", 22, ED_1, KH_UNKNOWN, 0 },
	{ "after a bad line",   "nonsense\na " ED_2 "\n",   "a", 22, ED_1, KH_CHANGED, 2 },
	{ "bad hash",           "|1|AAAA|AAAA " ED_1 "\n",  "a", 22, ED_1, KH_UNKNOWN, 0 },
	{ "hash of a kind",     "|2|x " ED_1 "\n",          "a", 22, ED_1, KH_UNKNOWN, 0 },
	{ "hash cut",           "| " ED_1 "\n",             "a", 22, ED_1, KH_UNKNOWN, 0 },
};
/* clang-format on */

START_TEST(keys_are_compared)
{
	struct knownhosts *kh = kh_of(cases[_i].text);
	int line;
	enum kh_result got = check(kh, cases[_i].host, cases[_i].port, cases[_i].key, &line);

	ck_assert_msg(got == cases[_i].want, "%s: %d", cases[_i].label, (int)got);
	ck_assert_msg(line == cases[_i].line, "%s: line %d", cases[_i].label, line);
	knownhosts_free(kh);
}
END_TEST

/* `hashed` names are hashed here; the expected order starts with `first`. */
static const struct { const char *label, *plain, *hashed, *hashed_key, *first; } lists[] = {
	{ "unknown", "b " ED_1 "\n", NULL, NULL, "" },
	{ "one", "a " EC_1 "\n", NULL, NULL, "ecdsa-sha2-nistp256,ssh-ed25519," },
	{ "two", "a " EC_1 "\na " ED_1 "\n", NULL, NULL, ALL },
	{ "pattern", "* " EC_1 "\n", NULL, NULL, "ecdsa-sha2-nistp256,ssh-ed25519" },
	{ "revoked is no record", "@revoked a " EC_1 "\n", NULL, NULL, "" },
	{ "hashed, perhaps", "b " ED_1 "\n", "b", EC_1, "ecdsa-sha2-nistp256,ssh-ed25519" },
	{ "name before hashed", "a " ED_1 "\n", "b", EC_1, "ssh-ed25519,ecdsa-sha2-nistp256" },
};

START_TEST(recorded_types_are_asked_for_first)
{
	AUTO_FREE char *name = lists[_i].hashed ? host_line_hash(lists[_i].hashed) : NULL;
	AUTO_FREE char *text = xasprintf("%s%s %s\n", lists[_i].plain, name ? name : "#",
					 name ? lists[_i].hashed_key : "");
	struct knownhosts *kh = kh_of(text);
	AUTO_FREE char *got = knownhosts_types(kh, "a", 22);

	if (lists[_i].first[0] == '\0')
		ck_assert_str_eq(got, "");
	else
		ck_assert_msg(strncmp(got, lists[_i].first, strlen(lists[_i].first)) == 0 &&
				      strlen(got) == strlen(ALL),
			      "%s: %s", lists[_i].label, got);
	knownhosts_free(kh);
}
END_TEST

START_TEST(a_hashed_host_of_a_rarer_type_is_found_at_the_second_try)
{
	AUTO_FREE char *a = host_line_hash("a"), *b = host_line_hash("b"),
		       *c = host_line_hash("[c]:7");
	AUTO_FREE char *text = xasprintf("%s %s\n%s %s\n%s %s\n", b, ED_1, c, ED_2, a, EC_1);
	struct knownhosts *kh = kh_of(text);
	AUTO_FREE char *before = knownhosts_types(kh, "a", 22), *after = NULL, *none = NULL;
	int line;

	ck_assert_int_eq(strncmp(before, "ssh-ed25519,", 12), 0);
	ck_assert_int_eq(check(kh, "a", 22, ED_1, &line), KH_OTHER_TYPE);
	ck_assert_int_eq(line, 3);
	after = knownhosts_types(kh, "a", 22);
	ck_assert_int_eq(strncmp(after, "ecdsa-sha2-nistp256,", 20), 0);
	ck_assert_int_eq(check(kh, "a", 22, EC_1, &line), KH_MATCH);
	ck_assert_int_eq(check(kh, "c", 7, ED_2, &line), KH_MATCH);
	ck_assert_int_eq(check(kh, "c", 7, ED_1, &line), KH_CHANGED);
	ck_assert_int_eq(line, 2);
	ck_assert_int_eq(check(kh, "d", 22, ED_1, &line), KH_UNKNOWN);
	/* looked for and not there: that is known now */
	none = knownhosts_types(kh, "d", 22);
	ck_assert_str_eq(none, "");
	knownhosts_free(kh);
}
END_TEST

static void learn(struct knownhosts *kh, const char *path, const char *host, int port,
		  const char *key)
{
	size_t len;
	AUTO_FREE unsigned char *blob = blob_of(key, &len);
	struct err err = { .msg = "" };

	ck_assert_msg(
		knownhosts_learn(kh, path, host, port, &(struct host_key){ blob, len }, &err) == 0,
		"%s", err.msg);
}

START_TEST(what_was_learnt_is_known_and_written)
{
	AUTO_FREE char *path = xasprintf("%s/new/known_hosts", unit_folder());
	AUTO_FREE char *text = NULL;
	struct knownhosts *kh = kh_of("");
	struct stat st;
	int line;

	learn(kh, path, "Host", 22, ED_1);
	learn(kh, path, "::1", 2222, ED_2);
	ck_assert_int_eq(check(kh, "host", 22, ED_1, &line), KH_MATCH);
	text = unit_read(path);
	ck_assert_str_eq(text, "host " ED_1 "\n[::1]:2222 " ED_2 "\n");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	knownhosts_free(kh);
}
END_TEST

START_TEST(what_others_write_counts_at_once)
{
	AUTO_FREE char *path = xasprintf("%s/kh", unit_folder());
	struct trusts *trusts = trusts_new();
	struct trust *trust;
	struct err err;
	int line;

	trust = trusts_get_current(trusts, path, &err);         /* none yet */
	ck_assert_int_eq(check(trust->known, "a", 22, ED_1, &line), KH_UNKNOWN);
	unit_write(path, "a " ED_1 "\n");
	ck_assert_ptr_eq(trusts_get_current(trusts, path, &err), trust);
	ck_assert_int_eq(check(trust->known, "a", 22, ED_1, &line), KH_MATCH);
	learn(trust->known, path, "b", 22, ED_2);
	ck_assert(knownhosts_is_current(trust->known));         /* that was us */
	unit_write(path, "@revoked * " ED_1 "\na " ED_1 "\n");
	ck_assert(!knownhosts_is_current(trust->known));
	trust = trusts_get_current(trusts, path, &err);
	ck_assert_int_eq(check(trust->known, "a", 22, ED_1, &line), KH_REVOKED);
	ck_assert_int_eq(check(trust->known, "b", 22, ED_2, &line), KH_UNKNOWN);
	unlink(path);
	mkdir(path, 0700);
	ck_assert_ptr_null(trusts_get_current(trusts, path, &err));
	trusts_free(trusts);
}
END_TEST

START_TEST(learning_mends_a_missing_last_newline)
{
	AUTO_FREE char *path = xasprintf("%s/kh", unit_folder());
	AUTO_FREE char *text = NULL;
	struct knownhosts *kh = knownhosts_new();
	struct err err;

	unit_write(path, "a " ED_1);
	ck_assert_int_eq(knownhosts_load(kh, path, &err), 0);
	learn(kh, path, "b", 22, ED_2);
	text = unit_read(path);
	ck_assert_str_eq(text, "a " ED_1 "\nb " ED_2 "\n");
	knownhosts_free(kh);
}
END_TEST

START_TEST(an_authority_of_a_host_is_found)
{
	static const struct {
		const char *host;
		int port, line;
	} about[] = {
		{ "a.corp", 22, 2 },
		{ "b.corp", 22, 0 },
		{ "a.corp", 2222, 0 },
		{ "c", 22, 4 },
	};
	struct knownhosts *kh = kh_of("a.corp " ED_2 "\n@cert-authority *.corp,!b.corp " ED_1
				      "\n@revoked b.corp " ED_1 "\n@cert-authority c " ED_1 "\n"
				      "@cert-authority a.corp " ED_2 "\n");

	for (size_t i = 0; i < ARRAY_LEN(about); i++) {
		struct kh_place at = { .path = NULL };
		bool got = knownhosts_authority(kh, about[i].host, about[i].port, &at);

		ck_assert_msg(got == (about[i].line > 0), "%s", about[i].host);
		ck_assert_int_eq(at.line, about[i].line);
	}
	knownhosts_free(kh);
}
END_TEST

START_TEST(servers_that_share_a_key_are_told_apart_by_hashed_names)
{
	static const char *const names[] = { "a", "b", "c", "a", "b" };
	AUTO_FREE char *a = host_line_hash("a"), *b = host_line_hash("b"),
		       *gone = host_line_hash("gone");
	AUTO_FREE char *text =
		xasprintf("%s %s\n%s %s\n@revoked %s %s\n", a, ED_1, b, ED_1, gone, ED_1);
	AUTO_FREE char *path = xasprintf("%s/kh", unit_folder());
	struct knownhosts *kh = kh_of(text);
	int line;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		ck_assert_int_eq(check(kh, names[i], 22, ED_1, &line),
				 names[i][0] == 'c' ? KH_UNKNOWN : KH_MATCH);
	for (int again = 0; again < 2; again++) {
		ck_assert_int_eq(check(kh, "gone", 22, ED_1, &line), KH_REVOKED);
		ck_assert_int_eq(line, 3);
		ck_assert_int_eq(check(kh, "a", 22, ED_2, &line), KH_CHANGED);
		ck_assert_int_eq(line, 1);
	}
	/* more lines: what was found so far must be found again */
	unit_write(path, "x " ED_2);
	ck_assert_int_eq(knownhosts_load(kh, path, NULL), 0);
	ck_assert_int_eq(check(kh, "b", 22, ED_1, &line), KH_MATCH);
	ck_assert_int_eq(check(kh, "x", 22, ED_2, &line), KH_MATCH);
	knownhosts_free(kh);
}
END_TEST

START_TEST(hashed_files_stay_hashed)
{
	AUTO_FREE char *path = xasprintf("%s/kh", unit_folder());
	AUTO_FREE char *a = host_line_hash("a"), *first = xasprintf("%s %s\n", a, EC_1),
		       *text = NULL;
	struct knownhosts *kh = knownhosts_new(), *again = knownhosts_new();
	struct err err;
	int line;

	unit_write(path, first);
	ck_assert_int_eq(knownhosts_load(kh, path, &err), 0);
	ck_assert_int_eq(check(kh, "secret.host", 22, ED_1, &line), KH_UNKNOWN);
	learn(kh, path, "secret.host", 22, ED_1);
	ck_assert_int_eq(check(kh, "secret.host", 22, ED_1, &line), KH_MATCH);
	text = unit_read(path);
	ck_assert_ptr_null(strstr(text, "secret"));
	ck_assert_int_eq(knownhosts_load(again, path, &err), 0);
	ck_assert_int_eq(check(again, "secret.host", 22, ED_1, &line), KH_MATCH);
	knownhosts_free(kh);
	knownhosts_free(again);
}
END_TEST

START_TEST(names_that_break_a_line_are_not_written)
{
	static const char *const bad[] = { "",	 "a b", "a\nb", "a,b", "*",
					   "!a", "|1|", "#a",	"@a",  "\xc3\xa4" };
	AUTO_FREE char *path = xasprintf("%s/kh", unit_folder());
	struct knownhosts *kh = knownhosts_new();
	size_t len;
	AUTO_FREE unsigned char *blob = blob_of(ED_1, &len);
	const struct host_key key = { blob, len };
	struct err err;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		ck_assert_msg(knownhosts_learn(kh, path, bad[i], 22, &key, &err) == -1, "%zu", i);
	ck_assert_int_ne(access(path, F_OK), 0);
	knownhosts_free(kh);
}
END_TEST

START_TEST(what_another_wrote_meanwhile_is_not_doubled)
{
	AUTO_FREE char *path = xasprintf("%s/kh", unit_folder()), *text = NULL;
	struct knownhosts *one = knownhosts_new(), *two = knownhosts_new();
	size_t len_1, len_2;
	AUTO_FREE unsigned char *blob_1 = blob_of(ED_1, &len_1), *blob_2 = blob_of(ED_2, &len_2);
	const struct host_key key_1 = { blob_1, len_1 }, key_2 = { blob_2, len_2 };
	struct err err = { .msg = "" };

	ck_assert_int_eq(knownhosts_load(one, path, &err), 0);
	ck_assert_int_eq(knownhosts_load(two, path, &err), 0);
	learn(one, path, "a", 22, ED_1);
	learn(one, path, "b", 22, ED_1);
	ck_assert_int_eq(knownhosts_learn(two, path, "a", 22, &key_2, &err), -1);
	ck_assert_msg(strstr(err.msg, "kh line 1, written meanwhile, has another key"), "%s",
		      err.msg);
	learn(two, path, "a", 22, ED_1);
	learn(two, path, "d", 22, ED_1);
	ck_assert_int_eq(knownhosts_learn(two, path, "b", 22, &key_2, &err), -1);
	ck_assert_int_eq(knownhosts_revoke(two, path, &key_2, &err), 0);
	ck_assert_int_eq(knownhosts_learn(one, path, "c", 22, &key_2, &err), -1);
	ck_assert_msg(strstr(err.msg, "kh line 4, written meanwhile, revokes it"), "%s", err.msg);
	ck_assert_int_eq(knownhosts_learn(one, path, "c", 22, &key_1, &err), 0);
	text = unit_read(path);
	ck_assert_ptr_nonnull(strstr(text, "\nc ssh-ed25519 "));
	knownhosts_free(one);
	knownhosts_free(two);
}
END_TEST

START_TEST(a_missing_file_is_empty_and_a_folder_is_not)
{
	struct knownhosts *kh = knownhosts_new();
	AUTO_FREE char *path = xasprintf("%s/none/kh", unit_folder());
	struct err err = { .msg = "" };

	ck_assert_int_eq(knownhosts_load(kh, path, &err), 0);
	ck_assert_int_eq(knownhosts_load(kh, unit_folder(), &err), -1);
	knownhosts_free(kh);
}
END_TEST

/* 0 when it ran and was content. */
static int run(const char *const *argv)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		ck_assert_ptr_nonnull(freopen("/dev/null", "w", stdout));
		ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	return pid < 0 || waitpid(pid, &status, 0) != pid ? -1 : WEXITSTATUS(status);
}

START_TEST(files_hashed_by_ssh_keygen_are_read)
{
	AUTO_FREE char *path = xasprintf("%s/kh", unit_folder());
	struct knownhosts *kh = knownhosts_new();
	struct err err;
	int line, status;

	unit_write(path, "alpha,10.1.2.3 " ED_1 "\n[Beta]:2222 " ED_2 "\n");
	status = run((const char *const[]){ "ssh-keygen", "-H", "-f", path, NULL });
	ck_assert_int_eq(knownhosts_load(kh, path, &err), 0);
	if (status == 0) {
		AUTO_FREE char *text = unit_read(path);

		ck_assert_ptr_null(strstr(text, "alpha"));
		ck_assert_int_eq(check(kh, "beta", 2222, ED_1, &line), KH_CHANGED);
	}
	ck_assert_int_eq(check(kh, "alpha", 22, ED_1, &line), KH_MATCH);
	ck_assert_int_eq(check(kh, "10.1.2.3", 22, ED_1, &line), KH_MATCH);
	ck_assert_int_eq(check(kh, "beta", 2222, ED_2, &line), KH_MATCH);
	ck_assert_int_eq(check(kh, "beta", 22, ED_2, &line), KH_UNKNOWN);
	knownhosts_free(kh);
}
END_TEST

START_TEST(a_fingerprint_looks_as_ssh_keygen_prints_it)
{
	size_t len;
	AUTO_FREE unsigned char *blob =
		blob_of("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH"
			"5C9okWi0dh2l9GKJl",
			&len);
	AUTO_FREE char *got = knownhosts_fingerprint(&(struct host_key){ blob, len });

	/* github.com's published one */
	ck_assert_str_eq(got, "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU");
}
END_TEST

UNIT_SUITE(knownhosts)
{
	Suite *s = suite_create("knownhosts");
	TCase *tc = tcase_create("knownhosts");

	tcase_add_loop_test(tc, keys_are_compared, 0, ARRAY_LEN(cases));
	tcase_add_loop_test(tc, recorded_types_are_asked_for_first, 0, ARRAY_LEN(lists));
	tcase_add_test(tc, a_hashed_host_of_a_rarer_type_is_found_at_the_second_try);
	tcase_add_test(tc, what_was_learnt_is_known_and_written);
	tcase_add_test(tc, what_others_write_counts_at_once);
	tcase_add_test(tc, learning_mends_a_missing_last_newline);
	tcase_add_test(tc, an_authority_of_a_host_is_found);
	tcase_add_test(tc, servers_that_share_a_key_are_told_apart_by_hashed_names);
	tcase_add_test(tc, hashed_files_stay_hashed);
	tcase_add_test(tc, names_that_break_a_line_are_not_written);
	tcase_add_test(tc, what_another_wrote_meanwhile_is_not_doubled);
	tcase_add_test(tc, a_missing_file_is_empty_and_a_folder_is_not);
	tcase_add_test(tc, files_hashed_by_ssh_keygen_are_read);
	tcase_add_test(tc, a_fingerprint_looks_as_ssh_keygen_prints_it);
	suite_add_tcase(s, tc);
	return s;
}
