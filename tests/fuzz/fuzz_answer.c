/* fuzz_answer.c - any bytes as the output of a call, in pieces whose length the first byte
 * gives. Lines must not depend on the pieces, and never pass the limit. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "transport/answer.h"

enum { LIMIT = 4096, LINE = 64 };

struct seen {
	uint64_t hash;
	size_t lines;
};

static void note_line(void *ctx, const char *line, size_t len)
{
	struct seen *seen = ctx;

	if (line && (len > LINE || line[len] != '\0'))
		abort();
	if (line)
		seen->hash = fnv_hash(seen->hash, line, len);
	seen->hash = seen->hash * 31 + len;
	seen->lines++;
}

static struct seen feed(const char *data, size_t size, size_t step, int status, int *out_rc)
{
	AUTO_FREE char *said = xstrndup(data, size);    /* the same bytes as stderr */
	struct answer a;
	struct seen seen = { 0 };
	struct err err;

	answer_init(&a, "n", LIMIT, LINE, note_line, &seen);
	for (size_t at = 0; at < size; at += step) {
		if (answer_feed(&a, data + at, size - at < step ? size - at : step, &err) != 0)
			break;
	}
	*out_rc = answer_finish(&a, status, NULL, said, &err);
	answer_release(&a);
	return seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen whole, pieces;
	int rc_whole, rc_pieces;

	if (size < 2)
		return 0;
	whole = feed((const char *)data + 2, size - 2, size, (int8_t)data[1], &rc_whole);
	pieces = feed((const char *)data + 2, size - 2, data[0] % 80u + 1, (int8_t)data[1],
		      &rc_pieces);
	if (whole.hash != pieces.hash || whole.lines != pieces.lines || rc_whole != rc_pieces)
		abort();
	return 0;
}
