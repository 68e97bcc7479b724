/* answer.h - cuts a call's answer out of a stream of bytes. Pure, and fuzzed: finds the begin
 * marker of our nonce, hands out complete lines, sees the end marker, keeps no more than one
 * line. Everything outside the markers is noise, counted against the call's limit. */
#ifndef TRANSPORT_ANSWER_H
#define TRANSPORT_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

enum { EXIT_LANGUAGE_MODE = 64, EXIT_NARROW = 65 };     /* of bootstrap.ps1 */

struct answer {
	char begin[72], end[72];
	struct buf line;                /* the line being read */
	size_t taken, max, skipped;     /* bytes of the call, their limit, of a line above it */
	bool begun, ended, skipping;
	struct buf noise;               /* the first 1 KB before the begin marker, for messages */
	char language_mode[32];         /* from the bootstrap's word about it, else "" */
	bool narrow;                    /* it said that it is of 32 bits on a Windows of 64 */
	void (*on_line)(void *ctx, const char *line, size_t len);
	void *ctx;
};

/* on_line gets NULL and the length (a CR before LF may count) for a line above max_line. */
void answer_init(struct answer *a, const char *nonce, size_t max_bytes, size_t max_line,
		 void (*on_line)(void *ctx, const char *line, size_t len), void *ctx);
void answer_release(struct answer *a);

/* 0, or -1 with FAULT_TOO_MUCH_OUTPUT. */
int answer_feed(struct answer *a, const char *data, size_t len, struct err *err);

/* The stream ended: 0 when the end marker was seen, else the fault that explains it best from
 * exit status (-1 unknown), signal name (NULL none), noise and stderr: no-powershell,
 * constrained-language, blocked-by-security, access-denied, program-failed, connection-lost,
 * wrong-answer. */
int answer_finish(struct answer *a, int exit_status, const char *signal, const char *stderr_text,
		  struct err *err);

#endif
