/* fuzz_key_agent.c - any bytes as what the key agent says its keys are, and as what libssh2 wants
 * signed. What is passed on lies within the bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "transport/ssh/key_agent.h"
#include "transport/ssh/privkey.h"
#include "transport/ssh/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bytes {
	const uint8_t *data;
	size_t size;
};

static void inside(const struct bytes *all, const unsigned char *at, size_t len)
{
	if (at < all->data || len > all->size || at + len > all->data + all->size)
		abort();
}

static void found(void *ctx, const unsigned char *blob, size_t blob_len,
		  const unsigned char *comment, size_t comment_len)
{
	char type[PRIVKEY_TYPE_MAX];

	inside(ctx, blob, blob_len);
	inside(ctx, comment, comment_len);
	if (wire_key_type(blob, blob_len, type, sizeof(type)) && !*type)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes all = { data, size };
	char algorithm[PRIVKEY_TYPE_MAX];
	struct err err;

	(void)key_agent_list_read(data, size, found, &all, &err);
	if (privkey_algorithm(data, size, "ssh-rsa", algorithm, &err) == 0 &&
	    !strstr(algorithm, "rsa"))
		abort();
	return 0;
}
