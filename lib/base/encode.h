/* encode.h - bytes as text, and as a number: hexadecimal, base64, SHA-256, FNV-1a. */
#ifndef BASE_ENCODE_H
#define BASE_ENCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Two lower-case digits a byte and a NUL: 2 * len + 1 characters of out. */
void hex_encode(const void *bytes, size_t len, char *out);
/* So many of the kernel's random bytes, at most 32, as hex_encode() writes them. ERR_SYSTEM. */
int random_hex(char *out, size_t bytes, struct err *err);

/* SHA-256 as 64 such digits and a NUL. */
void sha256_hex(const void *bytes, size_t len, char out[65]);

/* RFC 4648, padded; yours. out_len may be NULL. */
char *base64_encode(const void *bytes, size_t len, size_t *out_len);

/* Base64 that comes in pieces, zeroed at its start. White space may stand in it (xs:base64Binary,
 * RFC 2045); nothing else may, and its end must be padded. */
struct base64_reader {
	uint32_t bits;
	int chars, padding;             /* of a group of four, "=" among them */
	bool ended;                     /* by padding: nothing follows */
};
/* Appends to out, which has room for len + 3 bytes; how many is *out_len. False when it is none. */
bool base64_read(struct base64_reader *r, const char *text, size_t len, char *out, size_t *out_len);
bool base64_is_whole(const struct base64_reader *r);

/* FNV-1a: the same number for the same bytes on every machine, evenly spread. To be continued from
 * what it gave before, the first time from FNV_BEGIN. People who choose the bytes can choose it. */
#define FNV_BEGIN UINT64_C(14695981039346656037)
uint64_t fnv_hash(uint64_t before, const void *bytes, size_t len);

#endif
