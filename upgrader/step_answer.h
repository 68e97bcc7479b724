/* step_answer.h - the answer to one step: exactly one line, an object that names the step and says
 * ok or not. Checked here, so that whoever asked sees a truthful object or a fault. */
#ifndef UPGRADER_STEP_ANSWER_H
#define UPGRADER_STEP_ANSWER_H

#include <jansson.h>
#include <stdbool.h>

#include "base/clock.h"
#include "base/err.h"

struct step_answer {
	char *op;                       /* the answer must name it */
	json_t *line;
	int lines;
	struct err bad;                 /* why the first line is no answer */
};

/* Forgets an earlier answer. */
void step_answer_begin(struct step_answer *a, const char *op);
void step_answer_line(struct step_answer *a, const char *line, size_t len);     /* NULL: too long */
/* The object, yours; or NULL, and err is the call's own fault or says what is wrong with it. */
json_t *step_answer_take(struct step_answer *a, const char *host, const struct err *fault,
			 struct err *err);
void step_answer_release(struct step_answer *a);

/* Of an answer taken. */
bool answer_ok(const json_t *answer);
const char *answer_code(const json_t *answer);          /* "" when it is ok */
/* The moment of a member as a text, "" where it has none. */
void answer_time(const json_t *answer, const char *member, char out[CLOCK_TEXT]);
/* Whether another try minutes later would not mend the fault of a call. */
bool fault_is_lasting(enum err_code code);
/* How long to wait before the next try, where a lost line is given usual_ms. */
int64_t fault_wait_ms(enum err_code code, int64_t usual_ms);

#endif
