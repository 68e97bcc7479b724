/* shells.h - shells and what runs in them, between shells.c and commands.c. */
#ifndef TESTS_FLEET_WSMAN_SHELLS_H
#define TESTS_FLEET_WSMAN_SHELLS_H

#include "tests/fleet/wsman/call.h"
#include "tests/fleet/wsman/process.h"
#include "tests/fleet/wsman/reply.h"

struct ws_shell {
	struct ws_host *host;
	char id[WS_UUID_SIZE];
	char *user;
	unsigned streams;               /* that were agreed on */
	unsigned operations;            /* commands so far */
	bool cut;                       /* the next request loses its connection */
	struct ws_command *command;     /* one at a time: MS-WSMV notes 116 and 121 */
	int64_t idle_ms;
	uv_timer_t idle, lifetime;
	int handles;
	struct ws_shell *next;
};

struct ws_command {
	struct ws_shell *shell;
	char id[WS_UUID_SIZE];
	struct ws_process *process;
	bool input_ended, done;         /* done: a Receive has said so */
	struct ws_call *receive, *send; /* parked, or NULL */
};

/* commands.c. The shell is the caller's and of this user. */
enum ws_fault ws_command_run(struct ws_call *call, struct ws_shell *shell);
enum ws_fault ws_command_send(struct ws_call *call, struct ws_shell *shell);
enum ws_fault ws_command_receive(struct ws_call *call, struct ws_shell *shell);
enum ws_fault ws_command_signal(struct ws_call *call, struct ws_shell *shell);
/* Ends it; what is parked there gets this fault, or with WS_NONE loses its connection. */
void ws_command_free(struct ws_command *c, enum ws_fault fault);

/* The fleet that a server plays, and the program that plays it. */
struct ws_program { const char *simhost, *fleet; int port; };
const struct ws_program *ws_program_of(const struct ws_call *call);

#endif
