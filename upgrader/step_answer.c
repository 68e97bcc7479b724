/* step_answer.c - reads the one line that a step answers with. */
#include "upgrader/step_answer.h"

#include <stdlib.h>
#include <string.h>

#include "base/insist.h"
#include "base/json.h"
#include "base/mem.h"

void step_answer_release(struct step_answer *a)
{
	free(a->op);
	json_decref(a->line);
	*a = (struct step_answer){ .op = NULL };
}

void step_answer_begin(struct step_answer *a, const char *op)
{
	step_answer_release(a);
	a->op = xstrdup(op);
}

void step_answer_line(struct step_answer *a, const char *line, size_t len)
{
	const char *step;

	if (a->lines++ > 0)
		return;
	if (!line) {
		err_set(&a->bad, FAULT_WRONG_ANSWER, "the answer is a line of %zu bytes", len);
		return;
	}
	a->line = json_parse(line, len, &a->bad);
	if (!a->line)
		return;
	step = json_get_str(a->line, "step");
	if (!step || strcmp(step, a->op) != 0 || !json_is_boolean(json_object_get(a->line, "ok")))
		err_set(&a->bad, FAULT_WRONG_ANSWER, "the answer is not one to '%s'", a->op);
}

json_t *step_answer_take(struct step_answer *a, const char *host, const struct err *fault,
			 struct err *err)
{
	json_t *line = a->line;

	if (!fault && a->bad.code == ERR_NONE && a->lines == 1) {
		a->line = NULL;
		return line;
	}
	if (fault) {
		*err = *fault;
		return NULL;
	}
	if (a->bad.code != ERR_NONE)
		*err = a->bad;
	else
		err_set(err, FAULT_WRONG_ANSWER, "%d lines in place of one answer", a->lines);
	err_in(err, "%s: %s", host, a->op);
	return NULL;
}

bool answer_ok(const json_t *answer)
{
	return json_is_true(json_object_get(answer, "ok"));
}

const char *answer_code(const json_t *answer)
{
	const char *code = json_get_str(answer, "code");

	return !answer_ok(answer) && code ? code : "";
}

#define CODE_WORD(id, word) word,
static const char *const code_words[CODE_COUNT] = { STEP_CODES(CODE_WORD) };

bool answer_says(const json_t *answer, enum step_code code)
{
	INSIST((unsigned)code < CODE_COUNT);
	return strcmp(answer_code(answer), code_words[code]) == 0;
}

void answer_time(const json_t *answer, const char *member, char out[CLOCK_TEXT])
{
	int64_t utc_ms;

	out[0] = '\0';
	if (json_get_int(answer, member, &utc_ms))
		clock_format_utc(utc_ms, out);
}

bool fault_is_lasting(enum err_code code)
{
	static const enum err_code lasting[] = {
		FAULT_HOST_KEY_UNKNOWN,	     FAULT_HOST_KEY_CHANGED,	FAULT_NO_COMMON_ALGORITHM,
		FAULT_NO_USABLE_KEY,	     FAULT_SIGN_IN_REJECTED,	FAULT_CREDENTIAL_SUSPENDED,
		FAULT_UNSUPPORTED_TRANSPORT, FAULT_UNRESOLVED_VARIABLE, FAULT_NO_POWERSHELL,
		FAULT_CONSTRAINED_LANGUAGE,  FAULT_BLOCKED_BY_SECURITY, FAULT_ACCESS_DENIED,
		FAULT_UPLOAD_FAILED,	     FAULT_TOO_MUCH_OUTPUT,	FAULT_CANCELLED,
	};

	for (size_t i = 0; i < ARRAY_LEN(lasting); i++)
		if (lasting[i] == code)
			return true;
	return false;
}

/* A penalty of sshd (PerSourcePenalties) takes effect once 15 s of it have come together, and tells
 * nobody how long it lasts: at 5 s, three tries would end within it. */
int64_t fault_wait_ms(enum err_code code, int64_t usual_ms)
{
	return code == FAULT_THROTTLED ? 4 * usual_ms : usual_ms;
}
