/* wsman.h - the messages of WS-Management by which a program runs on Windows: Create a shell,
 * Command, Send its input, Receive its output, Signal, Delete. Pure: text in, text out; no network,
 * no clock. What a host answers is hostile: bounded, and believed only where it answers what was
 * asked. Numbers of sections are those of [MS-WSMV]; what Windows really answers was recorded by
 * others, which tests/unit/transport/test_wsman.c names. */
#ifndef TRANSPORT_WINRM_WSMAN_H
#define TRANSPORT_WINRM_WSMAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

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
	WSMAN_SIGNAL,           /* 3.1.4.12: it ends, if it has not; wanted always (3.1.4.14) */
	WSMAN_DELETE,           /* 3.1.4.4.1: the shell goes, with what runs in it */
	WSMAN_OP_COUNT
};
const char *wsman_op_name(enum wsman_op op);            /* "Create" */

/* The largest message that every Windows takes unless somebody sets less, 150 KB (500 since 2012),
 * and what can be set at the least, 32 KB: 2.2.4.10. */
enum { WSMAN_ENVELOPE = 153600, WSMAN_ENVELOPE_LEAST = 32768 };

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

/* What a fault says: 2.2.4.43 WSManFaultType, and the faults of DSP0226. */
struct wsman_fault {
	uint32_t code;                  /* of wsmerror.h or winerror.h; 0 where none was given */
	char subcode[32];               /* "TimedOut": printable, "" where none was given */
	char text[200];                 /* what the host says of it: printable, cut, "" */
};

enum wsman_state { WSMAN_RUNNING, WSMAN_DONE };
enum wsman_stream { WSMAN_STDOUT, WSMAN_STDERR };

/* What was answered: a fault, or what belongs to the request's op. */
struct wsman_answer {
	bool is_fault;
	struct wsman_fault fault;
	struct wsman_id shell;          /* Create */
	struct wsman_id command;        /* Command */
	enum wsman_state state;         /* Receive */
	bool has_exit;                  /* Receive, where the state is done: */
	int exit_code;                  /* as SSH has it: 0x80070005 is -2147024891 */
};

/* Where a command's output goes, over all its Receives; zeroed for each command. */
struct wsman_output {
	void (*bytes)(void *ctx, enum wsman_stream stream, const char *data, size_t len);
	void *ctx;
	bool ended[2];                  /* by wsman_stream: it has no more */
};

/* Reads one answer, which may come in pieces: what comes of it does not depend on the cuts. */
struct wsman_reader;

/* Copies what it needs of the request. `out` is borrowed until free, NULL but for Receive; `bytes`
 * is called in feed and finish, with what was decoded until then: a cut answer counts that far. */
struct wsman_reader *wsman_reader_new(const struct wsman_request *r, struct wsman_output *out);
void wsman_reader_free(struct wsman_reader *r);         /* NULL is fine */
/* 0, or -1 with FAULT_WRONG_ANSWER or FAULT_TOO_MUCH_OUTPUT, from then on always. Wrong is what is
 * no XML or has a document type, is deeper, longer or has more attributes than any answer, is an
 * answer to something else, says twice what is said once, or names what is no id. */
int wsman_reader_feed(struct wsman_reader *r, const char *data, size_t len, struct err *err);
/* The message ended: fills out, or -1 as feed. */
int wsman_reader_finish(struct wsman_reader *r, struct wsman_answer *out, struct err *err);

/* OperationTimeout passed. To a Receive it means "nothing yet, ask again". A Send may have been
 * taken nevertheless: sent again, the program could read it twice. */
bool wsman_fault_is_timeout(const struct wsman_fault *f);
/* The shell, or the command in it, is not there any more: what Signal and Delete wanted. */
bool wsman_fault_is_gone(const struct wsman_fault *f);
/* Returns -1 with the fault of ours that it is, what it means and what to do. */
int wsman_fault_err(const struct wsman_fault *f, struct err *err);

/* Whether an HTTP answer is one for a reader: WinRM sends faults with status 500. */
bool wsman_http_is_answer(int status, const char *content_type);
/* Of one that is not: returns -1 with what it means. `scheme` is how we signed in, "Basic" or
 * "Negotiate"; `offered` has the WWW-Authenticate headers, a comma between, NULL for none. Of all
 * this FAULT_SIGN_IN_REJECTED alone says something of the credential. */
int wsman_http_err(int status, const char *scheme, const char *offered, struct err *err);
/* Where Negotiate is rejected. CbtHardeningLevel Strict refuses who sends another token of the TLS
 * channel than its own (diyan/pywinrm, issue 161), in the same words as a wrong password. */
#define WSMAN_NEGOTIATE_HINT \
	"check the user, the ticket (klist) and both clocks; a host whose CbtHardeningLevel is " \
	"Strict refuses also where something on the way opens TLS and shows its own certificate"
/* What Negotiate says in such headers, yours: base64, "" where it is offered only; NULL: it is
 * not. */
char *wsman_http_token(const char *offered);

#endif
