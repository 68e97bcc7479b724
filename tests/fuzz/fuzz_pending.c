/* fuzz_pending.c - any bytes as known_hosts.pending and known_certificates.pending. What was read
 * is a key of one name. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "scanner/keys/pending.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct pending *p, enum key_kind kind)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct pending_key *key = p->item[i];
		const struct host_key blob = { key->line.key, key->line.key_len };
		AUTO_FREE char *print = key_fingerprint(kind, &blob);

		if (!key->line.names[0] ||
		    strpbrk(key->line.names, kind == KEY_OF_HOST ? " \t\n*?!" : " \t\n") ||
		    key_kind_of_print(print) != kind || !key->line.type[0])
			abort();
		if (pending_find(p, key->line.names) != key)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	log_set_level(LOG_ERROR);
	for (int kind = 0; kind < KEY_KINDS; kind++) {
		struct pending *p =
			pending_parse("fuzz", (enum key_kind)kind, (const char *)data, size);

		check(p, (enum key_kind)kind);
		pending_free(p);
	}
	return 0;
}
