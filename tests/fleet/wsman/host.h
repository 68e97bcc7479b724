/* host.h - one simulated server of the many that a listener has: which one a connection is for is
 * said by the address of 127.0.0.0/8 it was made to, as with the fleet's sshd. What it allows and
 * what goes wrong with it stand in its state (tests/fleet/STATE.md, winrm and faults.winrm). */
#ifndef TESTS_FLEET_WSMAN_HOST_H
#define TESTS_FLEET_WSMAN_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "tests/fleet/wsman/request.h"

/* X(bit, word, meaning). The last of them are no mistakes: a client has to get along with them. */
#define WS_MISBEHAVIOURS(X) \
	X(DROP, "drop", "the connection is closed instead of an answer") \
	X(CUT, "cut", "it is closed in the middle of the answer") \
	X(SILENT, "silent", "the request is taken and never answered") \
	X(NO_SOAP, "no-soap", "500 with a page instead of a fault") \
	X(UNAVAILABLE, "unavailable", "503") \
	X(GARBAGE, "garbage", "200 with what is no XML") \
	X(HUGE, "huge", "an answer of 16 MB") \
	X(CLOSES, "closes", "the connection ends with the answer, as one that was idle does") \
	X(WRONG_RELATES, "wrong-relates", "an answer to another message") \
	X(NO_RELATES, "no-relates", "an answer that does not say to what") \
	X(DENIED, "denied", "the fault w:AccessDenied") \
	X(UNREACHED, "unreached", "the fault of one that asks other hosts and gets to none") \
	X(LOST_SHELL, "lost-shell", "the shell is gone, with what ran in it") \
	X(OLD_CREATE, "old-create", "no rsp:Shell in the answer to Create, as of Windows 7") \
	X(EMPTY, "empty", "Receive answers at once, without a byte (MS-WSMV 3.1.4.14)") \
	X(PENDING, "pending", "a state Pending while it runs (2.2.5.4)") \
	X(RUNNING_EXIT, "running-exit", "an exit code while it runs, as in MS-WSMV 4.7.3")
#define WS_MISBEHAVIOUR_ID(id, ...) WS_BIT_##id,
enum { WS_MISBEHAVIOURS(WS_MISBEHAVIOUR_ID) };
#undef WS_MISBEHAVIOUR_ID
#define WS_MISBEHAVIOUR_BIT(id, ...) WS_##id = 1 << WS_BIT_##id,
enum { WS_MISBEHAVIOURS(WS_MISBEHAVIOUR_BIT) };
#undef WS_MISBEHAVIOUR_BIT

enum { WS_SEEN = 256 };

struct ws_shell;
struct ws_host {
	char *address, *state;          /* of the state: the file's path */
	struct ws_shell *shell;         /* all of them, whoever's */
	unsigned restarts;
	uint64_t seen[WS_SEEN];         /* the newest message ids, as numbers */
	unsigned seen_count;
	char *faults;                   /* as last read */
	unsigned requests[WS_ACTION_COUNT];     /* since that was changed */
	struct ws_host *next;
};

/* MS-WSMV 2.2.4.10, 36 and 42, by their names there. */
struct ws_settings {
	int64_t max_shells_per_user, max_operations_per_user, max_envelope_kb, max_timeout_ms;
	int64_t idle_timeout_ms;
	int64_t block_bytes;            /* of output in one Stream element */
	bool away;                      /* restarts, and answers nobody */
};

/* NULL where the fleet has none of that address. */
struct ws_host *ws_host_find(struct ws_host **hosts, const char *fleet, const char *address);
int ws_host_settings(const struct ws_host *host, struct ws_settings *out, struct err *err);
/* What goes wrong with this request: bits. Counts it. */
int ws_host_misbehaves(struct ws_host *host, enum ws_action action, unsigned *out,
		       struct err *err);
/* Whether the id is new; notes it. WS-Addressing has it name one message alone. */
bool ws_host_new_message(struct ws_host *host, const char *id);
void ws_hosts_free(struct ws_host *hosts);

#endif
