/* encode.h - bytes as text, and as a number: hexadecimal, base64, FNV-1a. */
#ifndef BASE_ENCODE_H
#define BASE_ENCODE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Two lower-case digits a byte and a NUL: 2 * len + 1 characters of out. */
void hex_encode(const void *bytes, size_t len, char *out);
/* So many of the kernel's random bytes, at most 32, as hex_encode() writes them. ERR_SYSTEM. */
int random_hex(char *out, size_t bytes, struct err *err);

/* RFC 4648, padded; yours. out_len may be NULL. */
char *base64_encode(const void *bytes, size_t len, size_t *out_len);

/* FNV-1a: the same number for the same bytes on every machine, evenly spread. To be continued from
 * what it gave before, the first time from FNV_BEGIN. People who choose the bytes can choose it. */
#define FNV_BEGIN UINT64_C(14695981039346656037)
uint64_t fnv_hash(uint64_t before, const void *bytes, size_t len);

#endif
