/* request.h - the SOAP envelope of a request and its headers. Strict: what MS-WSMV, DSP0226 or SOAP
 * 1.2 says of a request is asked of it, also where Windows itself would overlook it. Two things
 * are ours: a MessageID is one of the two forms of DSP0226 5.4.4, and an option that the operation
 * has not is refused whatever its MustComply says. */
#ifndef TESTS_FLEET_WSMAN_REQUEST_H
#define TESTS_FLEET_WSMAN_REQUEST_H

#include <stdint.h>

#include "tests/fleet/wsman/faults.h"
#include "tests/fleet/wsman/xml.h"

#define NS_SOAP  "http://www.w3.org/2003/05/soap-envelope"
#define NS_ADDRESSING "http://schemas.xmlsoap.org/ws/2004/08/addressing"
#define NS_WSMAN "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
#define NS_MICROSOFT "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd"
#define NS_TRANSFER "http://schemas.xmlsoap.org/ws/2004/09/transfer"
#define NS_SHELL "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
#define NS_FAULT "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"
#define ANONYMOUS NS_ADDRESSING "/role/anonymous"
#define RESOURCE_CMD NS_SHELL "/cmd"

/* X(id, name, URI of the action) */
#define WS_ACTIONS(X) \
	X(CREATE, "Create", NS_TRANSFER "/Create") \
	X(DELETE, "Delete", NS_TRANSFER "/Delete") \
	X(COMMAND, "Command", NS_SHELL "/Command") \
	X(SIGNAL, "Signal", NS_SHELL "/Signal") \
	X(SEND, "Send", NS_SHELL "/Send") \
	X(RECEIVE, "Receive", NS_SHELL "/Receive")
#define WS_ACTION_ID(id, ...) WS_##id,
enum ws_action { WS_ACTIONS(WS_ACTION_ID) WS_ACTION_COUNT };
#undef WS_ACTION_ID

enum { WS_TIMEOUT_NONE = -1, WS_ENVELOPE_SMALLEST = 8192, WS_MESSAGE_ID_MAX = 2048 };

struct ws_request {
	struct arena arena;             /* what the members point into */
	const char *message_id;         /* "" until it is known */
	enum ws_action action;
	const char *shell;              /* the selector's value; NULL with Create */
	int64_t timeout_ms;             /* WS_TIMEOUT_NONE: not said */
	int64_t envelope_bytes;         /* 0: not said */
	struct xml *body;               /* its one element, NULL without */
	const struct xml *not_understood;       /* with WS_MUST_UNDERSTAND */
};

/* WS_NONE, or why not; message_id may be known even then. Release it in both cases. */
enum ws_fault ws_request_read(struct ws_request *out, const char *text, size_t len);
void ws_request_release(struct ws_request *r);

const char *ws_action_name(enum ws_action action);
const char *ws_action_uri(enum ws_action action);
/* xs:duration, not negative. A year has 365 days and a month 30. */
bool ws_duration(const char *text, int64_t *out_ms);

#endif
