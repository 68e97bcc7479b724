/* wsman.h - the messages of WS-Management by which a program runs on Windows: Create a shell,
 * Command, Send its input, Receive its output, Signal, Delete. Pure: text in, text out; no network,
 * no clock. Numbers of sections are those of [MS-WSMV]. */
#ifndef TRANSPORT_WINRM_WSMAN_H
#define TRANSPORT_WINRM_WSMAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A GUID as text, "uuid:" before it or not: nothing else of a host's becomes part of a request. */
struct wsman_id {
	char text[48];                  /* "" for none */
};
/* False when it is none; white space around it is not part of it. */
bool wsman_id_read(struct wsman_id *out, const char *text, size_t len);
/* One of our own out of 32 hexadecimal digits of random_hex() (RFC 4122, version 4). */
void wsman_id_make(struct wsman_id *out, const char *hex);

enum wsman_op {
	WSMAN_CREATE,           /* 3.1.4.5.2: a shell, answered by its id */
	WSMAN_COMMAND,          /* 3.1.4.11: a program in it, answered by the command's id */
	WSMAN_SEND,             /* 3.1.4.13: its standard input */
	WSMAN_RECEIVE,          /* 3.1.4.14: its output, as far as there is any */
	WSMAN_SIGNAL,           /* 3.1.4.12: it ends, if it has not; its streams are closed */
	WSMAN_DELETE,           /* 3.1.4.4.1: the shell goes, with what runs in it */
	WSMAN_OP_COUNT
};
const char *wsman_op_name(enum wsman_op op);            /* "Create" */

/* The largest message that every Windows takes, 150 KB: 2.2.4.10 (500 since 2012). */
enum { WSMAN_ENVELOPE = 153600 };

/* What is asked. Strings and input are borrowed. */
struct wsman_request {
	enum wsman_op op;
	struct wsman_id id;             /* MessageID: new for each request, a repeated one too */
	const char *url;                /* "https://web01:5986/wsman" */
	size_t envelope;                /* bytes of a message at most, either way: WSMAN_ENVELOPE */
	int64_t timeout_ms;             /* OperationTimeout: when the host answers at the latest; at
					 * most 60,000 unless its MaxTimeoutms says otherwise */
	struct wsman_id shell, command; /* as they were answered, "" until then */
	int64_t idle_ms;                /* Create: after so long without a request the shell ends */
	const char *line;               /* Command: the program, a blank, its arguments */
	const void *input;              /* Send: at most wsman_input_room() bytes */
	size_t input_len;
	bool last;                      /* Send: no input after this, the program reads its end */
};

/* The message, UTF-8. Yours: free() it. */
char *wsman_request_text(const struct wsman_request *r);
/* How many bytes of input one Send takes within r->envelope. */
size_t wsman_input_room(const struct wsman_request *r);

#endif
