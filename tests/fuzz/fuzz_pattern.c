/* fuzz_pattern.c - patterns from anybody on a small inventory. Regular expressions are left to
 * the C library: it may take any time and memory for some. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "inventory/inventory.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static struct inventory *fleet(void)
{
	static const char text[] = "a\n[w]\nw[1:9]\n2001:db8::1\n[p:children]\nw\n[old]\nw3\n";
	char path[] = "/tmp/fuzz-pattern-XXXXXX";
	const char *paths[] = { path };
	int fd = mkstemp(path);
	struct inventory *inv;
	struct err err;

	if (fd < 0 || write(fd, text, sizeof(text) - 1) != sizeof(text) - 1)
		abort();
	close(fd);
	inv = inventory_load(paths, 1, &err);
	unlink(path);
	if (!inv)
		abort();
	return inv;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static struct inventory *inv;
	AUTO_FREE char *pattern = NULL;
	struct selection s;
	struct err err;

	if (memchr(data, '~', size))
		return 0;
	if (!inv)
		inv = fleet();
	pattern = xstrndup((const char *)data, size);
	if (inventory_select(inv, &pattern, 1, &s, &err) == 0) {
		if (s.count < 1 || s.count > inventory_count(inv))
			abort();
		selection_release(&s);
	}
	return 0;
}
