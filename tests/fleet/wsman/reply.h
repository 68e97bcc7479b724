/* reply.h - answers as Windows writes them: its prefixes (s, a, x, w, p, rsp, f), the headers of
 * MS-WSMV 4.7, faults as in MS-WSMV 2.2.4.43 and 4.10. Texts are the caller's: free() them. */
#ifndef TESTS_FLEET_WSMAN_REPLY_H
#define TESTS_FLEET_WSMAN_REPLY_H

#include "base/buf.h"
#include "tests/fleet/wsman/request.h"

enum { WS_UUID_SIZE = 37 };
void ws_uuid(char *out);        /* upper case, as Windows writes a GUID */

/* `body` is XML. relates_to NULL: the header is left out. */
char *ws_reply(enum ws_action action, const char *relates_to, const char *body);

/* machine is who says so; message (NULL: the fault's own text) goes into f:Message. */
struct ws_refusal {
	enum ws_fault fault;
	const char *relates_to, *machine, *message;
	const struct xml *not_understood;
};
char *ws_reply_fault(const struct ws_refusal *refusal);

void ws_escape(struct buf *out, const char *text);      /* for text and attributes */

#endif
