/* fuzz_policy.c - a policy of any bytes: read, or one error that begins with the file's name. What
 * was read is remembered as a text that gives the same policy again. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "scanner/policy/policy.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void same_again(const struct policies *p)
{
	AUTO_FREE char *text = policies_text(p);
	AUTO_FREE char *second = NULL;
	struct policies *again;
	struct err err;

	again = policies_parse(text, strlen(text), "again", &err);
	if (!again)
		abort();
	second = policies_text(again);
	if (strcmp(text, second) != 0)
		abort();
	policies_free(again);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static const char *const groups[] = { "web", "db" };
	struct err err = { 0 };
	struct policies *p = policies_parse((const char *)data, size, "p.yml", &err);
	struct policy effective;

	if (!p && strncmp(err.msg, "p.yml:", 6) != 0)
		abort();
	if (!p)
		return 0;
	policies_for(p, groups, 2, &effective);
	(void)policies_covering(p, "a", groups, 2, "os.clock");
	same_again(p);
	policies_free(p);
	return 0;
}
