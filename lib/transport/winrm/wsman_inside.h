/* wsman_inside.h - between the two files that read answers: wsman_reader.c has expat and the
 * limits, wsman_elements.c what is done with the elements. Nobody else's. */
#ifndef TRANSPORT_WINRM_WSMAN_INSIDE_H
#define TRANSPORT_WINRM_WSMAN_INSIDE_H

#include <expat.h>

#include "base/buf.h"
#include "base/encode.h"
#include "transport/winrm/wsman.h"

enum {
	WSMAN_DEPTH_MAX = 32,           /* elements in each other */
	WSMAN_TEXT_MAX = 256,           /* of a text that is compared or read as a number or id */
	WSMAN_SAID_MAX = 2048           /* of what a fault says: the rest is cut */
};

/* Where an element stands that counts. */
enum wsman_at {
	AT_ELSEWHERE, AT_TOP,
	AT_ENVELOPE, AT_HEADER, AT_ACTION, AT_RELATES_TO, AT_BODY,
	AT_CREATED, AT_PARAMETERS, AT_SELECTORS, AT_SELECTOR, AT_SHELL, AT_SHELL_ID,
	AT_COMMANDED, AT_COMMAND_ID, AT_SENT, AT_SIGNALLED,
	AT_RECEIVED, AT_STREAM, AT_COMMAND_STATE, AT_EXIT,
	AT_FAULT, AT_CODE, AT_SUBCODE, AT_VALUE, AT_REASON, AT_REASON_TEXT, AT_DETAIL,
	AT_WSMAN_FAULT, AT_MESSAGE, AT_PROVIDER, AT_INNER_FAULT,
	AT_WMI_ERROR, AT_WMI_CODE, AT_WMI_MESSAGE,
	AT_COUNT
};
_Static_assert(AT_COUNT <= 64, "a bit for each in wsman_reader.seen");

struct wsman_reader {
	enum wsman_op op;
	struct wsman_id id, asked_command;
	struct wsman_output *out;
	XML_Parser xml;
	struct buf piece;               /* what expat did not get yet */
	size_t taken, max;
	bool failed;
	struct err err;                 /* where it failed */

	enum wsman_at stack[WSMAN_DEPTH_MAX];
	int depth;
	uint64_t seen;                  /* a bit for each place */
	struct buf text;                /* of the element that is read */
	bool is_answer, is_fault;       /* by the action */
	bool related;                   /* to our request */
	bool is_shell_selector;
	enum wsman_stream stream;
	bool stream_ends;
	struct base64_reader base64;
	struct buf said, reason;        /* a fault's own words, and the general ones */
	struct wsman_answer answer;
};

/* A row of the table. The functions may be NULL; they return -1 where the answer is wrong. */
struct wsman_element {
	enum wsman_at in;
	const char *name;               /* URI of the namespace, WSMAN_SEPARATOR, name */
	enum wsman_at at;
	bool once;
	int (*begin)(struct wsman_reader *r, const char **attribute);
	int (*text)(struct wsman_reader *r, const char *s, size_t len);
	int (*end)(struct wsman_reader *r);
};

/* No name has it, so nothing of one can be taken for the end of a namespace. */
#define WSMAN_SEPARATOR '|'

/* The row of an element by its name, NULL where it does not count; that of one that is open. */
const struct wsman_element *wsman_element(enum wsman_at in, const char *name);
const struct wsman_element *wsman_element_at(enum wsman_at in, enum wsman_at at);
/* What stands in the body is what was asked for and nothing else. */
bool wsman_is_asked_for(const struct wsman_reader *r, const struct wsman_element *e);
/* Whether all is there that an answer to the request has, else as wsman_wrong(). */
int wsman_check_whole(struct wsman_reader *r);
void wsman_finish_fault(struct wsman_reader *r);

static inline bool wsman_has(const struct wsman_reader *r, enum wsman_at at)
{
	return r->seen >> at & 1;
}

/* Returns -1: the answer "is no SOAP envelope". The first word counts. */
int wsman_wrong(struct wsman_reader *r, const char *what);

#endif
