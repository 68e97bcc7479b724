/* version.h - agent versions: four numbers, compared as numbers. The third field passed
 * from 92xx to 99xx in 2024, so comparing text would break at five digits. */
#ifndef BASE_VERSION_H
#define BASE_VERSION_H

#include <stdbool.h>
#include <stdint.h>

struct version { uint32_t part[4]; };

/* "2.0.9083.0", also with one to three parts (the rest are 0) and blanks around. Nothing but
 * zeros is what files without a version have: none. */
bool version_parse(const char *text, struct version *out);
int version_cmp(struct version a, struct version b);            /* <0, 0, >0 */

/* Writes "2.0.9083.0" to out (at least VERSION_TEXT bytes) and returns out. */
enum { VERSION_TEXT = 48 };
const char *version_format(struct version v, char *out);

#endif
