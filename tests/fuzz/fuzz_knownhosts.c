/* fuzz_knownhosts.c - any bytes as known_hosts, asked about a few hosts. */
#include <stdint.h>
#include <stdlib.h>

#include "base/log.h"
#include "transport/ssh/knownhosts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned char blob[] = "\0\0\0\x0bssh-ed25519\0\0\0\x01\x01";
	const struct host_key key = { blob, sizeof(blob) - 1 };
	struct knownhosts *kh = knownhosts_new();
	struct kh_place at = { .path = NULL };

	log_set_level(LOG_ERROR);
	knownhosts_parse(kh, "fuzz", (const char *)data, size);
	free(knownhosts_types(kh, "a", 22));
	switch (knownhosts_check(kh, "a", 2222, &key, &at)) {
	case KH_CHANGED:
	case KH_REVOKED:
	case KH_OTHER_TYPE:
		if (!at.path || at.line < 1)
			abort();
		break;
	case KH_MATCH:
	case KH_UNKNOWN:
		break;
	}
	free(knownhosts_types(kh, "a", 2222));
	knownhosts_free(kh);
	return 0;
}
