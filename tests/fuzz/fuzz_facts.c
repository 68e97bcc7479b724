/* fuzz_facts.c - whatever a host answers, reading and judging it ends well. */
#include <stdint.h>
#include <string.h>

#include "scanner/facts.h"
#include "scanner/judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *end = text + size;
	struct policy policy;
	struct judgement j;
	struct fact_rows rows;
	struct facts f;

	facts_init(&f);
	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t len = (size_t)((stop ? stop : end) - text);

		facts_line(&f, text, len, 1);
		text += len + 1;
	}
	policy_default(&policy);
	judge(&(struct context){ .facts = &f, .policy = &policy, .cloud = "public" }, "required",
	      &j);
	facts_rows(&f, 0, &rows);
	facts_rows_release(&rows);
	judgement_release(&j);
	facts_release(&f);
	return 0;
}
