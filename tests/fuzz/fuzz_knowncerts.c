/* fuzz_knowncerts.c - any bytes as known_certificates, asked about a few hosts. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "transport/winrm/knowncerts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void is_whole(const struct known_cert *c)
{
	size_t digits = c ? strspn(c->hex, "0123456789abcdef") : CERT_HEX;

	if (c && (c->line < 1 || c->hex[digits] || (digits != CERT_HEX && digits != 0)))
		abort();
	if (c && !c->name && digits == 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err err = { .msg = "" };
	struct knowncerts *k = knowncerts_parse("fuzz", (const char *)data, size, &err);
	char hex[CERT_HEX + 1];

	memset(hex, 'a', CERT_HEX);
	hex[CERT_HEX] = '\0';
	if (!k && !err.msg[0])
		abort();
	if (!k)
		return 0;
	is_whole(knowncerts_find(k, "a:1"));
	is_whole(knowncerts_find(k, "a:1@b"));
	is_whole(knowncerts_revoked(k, hex));
	knowncerts_free(k);
	return 0;
}
