/* pe.h - the version a Windows program says of itself: VS_FIXEDFILEINFO out of the
 * resource section of a PE file (Microsoft PE format; VERSIONINFO resource), and whether it carries
 * a signature. Pure and fuzzed: every offset is checked. */
#ifndef UPGRADER_PE_H
#define UPGRADER_PE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/version.h"

/* FileVersion of the first RT_VERSION resource. ERR_USAGE: not a PE file, no VERSIONINFO,
 * damaged. */
int pe_file_version(const unsigned char *data, size_t len, struct version *out, struct err *err);

/* Whether it carries a signature, whosever and valid or not: only Windows can say that. False also
 * where the file ends before it, as it stands last. */
bool pe_has_signature(const unsigned char *data, size_t len);

#endif
