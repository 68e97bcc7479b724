/* test_usercert.c - certificates as ssh-keygen makes them, and what is no certificate of a key. */
#include "tests/unit/unit.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "tests/unit/transport/sshtool.h"
#include "transport/ssh/keyfile.h"
#include "transport/ssh/usercert.h"
#include "transport/ssh/wire.h"

enum { NOW = 1800000000 };      /* 2027-01-15 */

/* clang-format off */
static const struct {
	const char *type;               /* of the key, for ssh-keygen */
	const char *option, *value;     /* of ssh-keygen -s, beside the CA, the id and the name */
	const char *of;                 /* "another": certified is another key */
	const char *says;               /* NULL: it is good */
} rows[] = {
	{ "ed25519", "-V", "20260101:20280101", "it", NULL },
	{ "ecdsa", "-V", "20260101:20280101", "it", NULL },
	{ "rsa", "-V", "20260101:20280101", "it", NULL },
	{ "ed25519", "-V", "always:forever", "it", NULL },
	{ "ed25519", "-V", "20250101:20260101", "it", "it is valid from 2025-01-01T" },
	{ "ed25519", "-V", "20280101:20290101", "it", "it is valid from 2028-01-01T" },
	{ "ed25519", "-h", "-z7", "it", "it is a certificate of hosts" },
	{ "ed25519", "-V", "20260101:20280101", "another", "it is the certificate of another key" },
	{ "ecdsa", "-V", "20260101:20280101", "another", "it is the certificate of another key" },
};
/* clang-format on */

static char *text_of(const char *path, const char *suffix, size_t *out_len)
{
	AUTO_FREE char *whole = xasprintf("%s%s", path, suffix);
	struct err err;
	char *text = file_read(whole, KEYFILE_MAX, out_len, &err);

	ck_assert_msg(text != NULL, "%s", err.msg);
	return text;
}

/* *out is the certificate's text. */
static struct usercert_key certified(int row, char **out, size_t *out_len)
{
	const char *const type[] = { "-t", rows[row].type, NULL }, *const any[] = { "-t", "ed25519",
										    NULL };
	AUTO_FREE char *ca = tool_keygen("", any), *key = tool_keygen("", type),
		       *other = tool_keygen("", type);
	AUTO_FREE char *signed_key =
		xasprintf("%s.pub", strcmp(rows[row].of, "it") == 0 ? key : other);
	const char *const sign[] = {
		"ssh-keygen",	 "-q",	     "-s", ca, "-I", "an id", "-n", "svc", rows[row].option,
		rows[row].value, signed_key, NULL
	};
	AUTO_FREE char *public_text = NULL;
	struct usercert_key made = { 0 };
	static char name[64];
	size_t len;

	ck_assert_int_eq(tool_run(sign), 0);
	*out = text_of(strcmp(rows[row].of, "it") == 0 ? key : other, "-cert.pub", out_len);
	public_text = text_of(key, ".pub", &len);
	made.public = keyfile_public(public_text, len, &made.len);
	ck_assert(wire_key_type(made.public, made.len, name, sizeof(name)));
	made.type = name;
	return made;
}

START_TEST(a_certificate_is_good_or_says_why_not)
{
	AUTO_FREE char *text = NULL;
	size_t len = 0, blob_len;
	struct err err = { .msg = "" };
	struct usercert_key key;
	AUTO_FREE unsigned char *blob = NULL;

	if (!tool_have_keygen())
		return;
	key = certified(_i, &text, &len);
	blob = usercert_read(text, len, &key, NOW, &blob_len, &err);
	ck_assert_msg(!blob == (rows[_i].says != NULL), "%s", err.msg);
	if (rows[_i].says)
		ck_assert_msg(strstr(err.msg, rows[_i].says), "%s", err.msg);
	free((void *)key.public);
}
END_TEST

START_TEST(a_cut_certificate_is_none)
{
	AUTO_FREE char *text = NULL;
	size_t len = 0, blob_len, whole_len;
	struct err err;
	struct usercert_key key;
	AUTO_FREE unsigned char *whole = NULL;

	if (!tool_have_keygen())
		return;
	key = certified(0, &text, &len);
	whole = keyfile_public(text, len, &whole_len);
	for (size_t cut = 0; cut < 200; cut += 3) {
		AUTO_FREE char *base64 = xmalloc(whole_len * 2);
		AUTO_FREE char *line = NULL;
		AUTO_FREE unsigned char *blob = NULL;

		EVP_EncodeBlock((unsigned char *)base64, whole, (int)cut);
		line = xasprintf("ssh-ed25519-cert-v01@openssh.com %s x\n", base64);
		blob = usercert_read(line, strlen(line), &key, NOW, &blob_len, &err);
		ck_assert(!blob);
	}
	free((void *)key.public);
}
END_TEST

UNIT_SUITE(usercert)
{
	Suite *s = suite_create("usercert");
	TCase *tc = tcase_create("usercert");

	tcase_add_loop_test(tc, a_certificate_is_good_or_says_why_not, 0, ARRAY_LEN(rows));
	tcase_add_test(tc, a_cut_certificate_is_none);
	suite_add_tcase(s, tc);
	return s;
}
