/* fuzz_winpath.c - two texts of a server as paths: they are compared the same way round and back,
 * and none grows. The first zero byte stands between them. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/winpath.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	AUTO_FREE char *a = xstrndup((const char *)data, size), *b = NULL, *normal = NULL;
	size_t len = strlen(a);

	b = len < size ? xstrndup((const char *)data + len + 1, size - len - 1) : xstrdup(a);
	normal = winpath_normal(a);
	if (strlen(normal) > len || strchr(normal, '/') || !winpath_equal(a, a))
		abort();
	if (winpath_equal(a, b) != winpath_equal(b, a))
		abort();
	if (winpath_equal(a, b) && *normal && (!winpath_within(a, b) || !winpath_within(b, a)))
		abort();
	if ((*winpath_name(a) == '\0') != (len == 0))
		abort();
	return 0;
}
