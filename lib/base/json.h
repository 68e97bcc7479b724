/* json.h - jansson with the limits hostile input needs, and getters by path.
 * jansson takes up to 78 bytes a byte of input, so bytes alone bound nothing: a scan of our
 * own counts values and depth before anything is built. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { JSON_MAX_VALUES = 5000, JSON_MAX_DEPTH = 32 };

/* One document in len bytes; duplicate keys, more than JSON_MAX_VALUES values, depth above
 * JSON_MAX_DEPTH and trailing text are FAULT_WRONG_ANSWER. NULL and err on failure; the
 * caller owns the result. */
json_t *json_parse(const char *text, size_t len, struct err *err);

/* As json_parse() for files of ours without the limit of values; ERR_USAGE on failure. */
json_t *json_parse_trusted(const char *text, size_t len, struct err *err);

/* Compact, keys sorted, so that equal values are equal texts. Yours: free() it. */
char *json_canonical(const json_t *value);

/* By key of an object; false (out untouched) when absent, null or of another type. */
bool json_get_int(const json_t *obj, const char *key, int64_t *out);
bool json_get_bool(const json_t *obj, const char *key, bool *out);

/* Borrowed, or NULL when absent, null or no string. */
const char *json_get_str(const json_t *obj, const char *key);
json_t *json_get_obj(const json_t *obj, const char *key);
json_t *json_get_arr(const json_t *obj, const char *key);

#endif
