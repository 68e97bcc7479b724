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

/* The codes of a "no" that something follows from here, of docs/protocol.md; others are told as
 * they are.  row(ID, word) */
/* clang-format off */
#define STEP_CODES(row) \
	row(FOLDER_EXISTS, "folder-exists") row(FOLDER_NOT_OURS, "folder-not-ours") \
	row(DISK_FULL, "disk-full") row(NOT_SIGNED, "not-signed") \
	row(WRONG_SIGNER, "wrong-signer") row(HASH_MISMATCH, "hash-mismatch") \
	row(SIZE_MISMATCH, "size-mismatch") row(FILE_MISSING, "file-missing") \
	row(LOGIN_CLOSED, "login-closed") row(LOGIN_CLOSED_STOPPED, "login-closed-stopped") \
	row(TASK_DENIED, "task-denied") row(NOT_RUNNING, "not-running") \
	row(START_DISABLED, "start-disabled") row(STOP_FAILED, "stop-failed") \
	row(STOP_HANGS, "stop-hangs") row(START_FAILED, "start-failed") row(INSTALLER_BEGAN, "installer-began") \
	row(FAILED, "failed") row(NO_SERVICE, "no-service") \
	row(SAFETY_TASK_THERE, "safety-task-there") row(LOCKED, "locked") \
	row(RESERVED, "reserved") row(RESERVATION_LOST, "reservation-lost") \
	row(INSTALLER_AT_WORK, "installer-at-work") row(BACKUP_RUNNING, "backup-running") \
	row(BACKUP_UNKNOWN, "backup-unknown") row(ACCESS_DENIED, "access-denied") \
	row(NOT_DOWNLOADED, "not-downloaded") row(TASK_AT_WORK, "task-at-work") \
	row(NOT_A_VOLUME, "not-a-volume") row(SYSTEM_VOLUME, "system-volume") \
	row(NOT_INSTALLED, "not-installed") row(TASK_EXISTS, "task-exists")
/* clang-format on */
#define STEP_CODE_ID(id, word) CODE_##id,
enum step_code { STEP_CODES(STEP_CODE_ID) CODE_COUNT };
#undef STEP_CODE_ID
bool answer_says(const json_t *answer, enum step_code code);
/* The moment of a member as a text, "" where it has none. */
void answer_time(const json_t *answer, const char *member, char out[CLOCK_TEXT]);
/* Whether another try minutes later would not mend the fault of a call. */
bool fault_is_lasting(enum err_code code);
/* How long to wait before the next try, where a lost line is given usual_ms. */
int64_t fault_wait_ms(enum err_code code, int64_t usual_ms);

#endif
