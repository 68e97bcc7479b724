/* wsman_read.h - answers of WinRM read for tests: all at once or in pieces, and what they say. */
#ifndef UNIT_TRANSPORT_WSMAN_READ_H
#define UNIT_TRANSPORT_WSMAN_READ_H

#include "base/buf.h"
#include "transport/winrm/wsman.h"

#define OURS "11111111-2222-4333-8444-555555555555"
#define SHELL_ID "0123ABCD-4567-4EF0-89AB-0123456789AB"
#define COMMAND_ID "C0DE0000-4567-4EF0-89AB-0123456789AB"

/* What became of an answer. */
struct read {
	int rc;
	struct err err;
	struct wsman_answer answer;
	struct wsman_output output;
	struct buf streams;             /* "1:" or "2:" where the stream changes, then its bytes */
	int stream;                     /* of the last byte */
};

/* A request with the ids above. */
struct wsman_request read_request(enum wsman_op op);
void read_init(struct read *read);
/* Reads len bytes in pieces of `step`; what failed once must fail again, in the same words. */
void read_answer(struct read *read, const struct wsman_request *request, const char *text,
		 size_t len, size_t step);
void read_release(struct read *read);
/* One line: what an answer says. Yours. */
char *read_summary(const struct read *read);

#endif
