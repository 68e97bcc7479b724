/* fuzz_pe.c - any bytes as an installer: no read outside them, and a version only with success. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "upgrader/pe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct version version;
	struct err err;

	memset(&version, 0xa5, sizeof(version));
	if (pe_file_version(data, len, &version, &err) < 0 && version.part[0] != 0xa5a5a5a5u)
		abort();
	(void)pe_has_signature(data, len);
	return 0;
}
