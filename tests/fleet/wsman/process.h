/* process.h - what a shell runs: simhost as the fleet's sshd starts it, with pipes. Its output is
 * read only as far as somebody takes it, as a pipe of Windows fills up. */
#ifndef TESTS_FLEET_WSMAN_PROCESS_H
#define TESTS_FLEET_WSMAN_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/buf.h"
#include "base/err.h"

struct ws_process;

/* NULL and err on failure. on_change comes whenever something below may say something new. */
struct ws_process *ws_process_start(uv_loop_t *loop, char **argv, char **env,
				    void (*on_change)(void *ctx), void *ctx, struct err *err);
/* Ends it where it runs; on_change does not come any more. NULL is fine. */
void ws_process_free(struct ws_process *p);

/* 0: stdout, 1: stderr. Whoever took bytes out says so. */
struct buf *ws_process_output(struct ws_process *p, int stream);
void ws_process_taken(struct ws_process *p, int stream);
bool ws_process_output_ended(const struct ws_process *p, int stream);

/* The bytes are copied. What a program that closed its input does not read is nobody's. */
void ws_process_write(struct ws_process *p, const char *bytes, size_t len, bool end);
bool ws_process_writing(const struct ws_process *p);

/* How a server says it: 3221225786 (STATUS_CONTROL_C_EXIT) where a signal ended it. */
bool ws_process_ended(const struct ws_process *p, int64_t *out_code);
void ws_process_kill(struct ws_process *p);
/* Whether it asks that the line to its client ends: said once. */
bool ws_process_take_cut(struct ws_process *p);

#endif
