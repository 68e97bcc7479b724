/* fuzz_step.c - any lines as the answer to a step, and as what a host says of the test of Windows
 * Server Backup. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "upgrader/wsb/wsb.h"

#include "upgrader/step_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct step_answer a = { .op = NULL };
	struct wsb_result result = { .end = WSB_NONE };
	int64_t begun = INT64_C(1790000000000);
	struct err err;
	json_t *answer;

	step_answer_begin(&a, "wsb-wait");
	step_answer_line(&a, (const char *)data, size);
	answer = step_answer_take(&a, "web01", NULL, &err);
	if (answer && wsb_read(answer, &begun, &result, &err) > 0 &&
	    (strpbrk(result.state, "\x1b\n") || (result.end == WSB_WORKS && result.hresult != 0)))
		abort();
	json_decref(answer);
	step_answer_release(&a);
	return 0;
}
