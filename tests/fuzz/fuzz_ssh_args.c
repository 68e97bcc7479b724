/* fuzz_ssh_args.c - any text as arguments that an inventory hands to ssh, and as the command of a
 * ProxyCommand. A way that comes of them is a chain of bastions; where something in them leads
 * elsewhere that is said, and there is no way: dialled straight, the address may be another
 * machine. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/arena.h"
#include "inventory/build.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_args(struct arena *a, const char *text)
{
	const char *jump = NULL, *what = detour_of_args(a, text, &jump);

	if (what && (!*what || jump))
		abort();
	if (jump && !jump_is_chain(jump))
		abort();
	/* a way over a bastion is never overlooked: "none" is the one that is no way */
	if (!what && !jump && strncmp(text, "-J", 2) == 0 && !strcasestr(text, "none"))
		abort();
}

static void check_command(struct arena *a, const char *text)
{
	const char *jump = jump_of_command(a, text);

	if (jump && !jump_is_chain(jump))
		abort();
	if (jump && !strstr(text, "ssh"))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_FREE char *text = xstrndup((const char *)data, size);
	struct arena a = { 0 };

	check_args(&a, text);
	check_command(&a, text);
	arena_release(&a);
	return 0;
}
