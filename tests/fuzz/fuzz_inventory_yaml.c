/* fuzz_inventory_yaml.c - a whole inventory file of any bytes: loaded and settled, or one error
 * that begins with the file's name. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "inventory/build.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct inventory *inv = build_new();
	struct source src = { .kind = &inventory_files, .path = "f.yml", .base = "/", .len = size };
	struct err err = { 0 };

	src.text = xstrndup((const char *)data, size);
	src.len = strlen(src.text); /* source_open() lets no zero byte through */
	if (yaml_read(inv, &src, &err) == 0)
		settle(inv, &err);
	if (err.code != ERR_NONE && strncmp(err.msg, "f.yml:", 6) != 0)
		abort();
	source_close(&src);
	inventory_free(inv);
	return 0;
}
