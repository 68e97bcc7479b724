/* ssh.h - the SSH tables: the states that lead to a signed-in line (greet.c: connect, key
 * exchange, host key; sign_in.c: the turn to offer the credential, and the offer), which all of
 * them share, and the work of a session over its own line (work.c). */
#ifndef TRANSPORT_SSH_SSH_H
#define TRANSPORT_SSH_SSH_H

#include <libssh2_sftp.h>

#include "transport/session.h"
#include "transport/ssh/common.h"
#include "transport/ssh/line.h"

enum {
	AT_NAME = STATE_FIRST, AT_CONNECT, AT_TUNNEL, AT_HANDSHAKE,
	AT_HOST_KEY, AT_METHODS, AT_GATE, AT_CODE, AT_SIGN_IN, AT_REJECTED, AT_WORK,
	AT_CHANNEL = AT_WORK, AT_EXEC, AT_SEND, AT_RUN, AT_EXIT,
	AT_SFTP, AT_CREATE, AT_WRITE, AT_FINISH, SSH_STATES
};

/* The SSH part of a session. */
struct ssh {
	struct session *session;
	bool asked_again;               /* connected a second time for another type of host key */

	/* of the present line */
	struct line *line;              /* NULL: not connected */
	struct trust *trust;            /* the common part's */
	char *host_key_types;           /* what we ask for */
	const char *method;             /* of signing in; static */
	struct signing *signing;
	struct err sign_err;            /* code ERR_NONE: the signature did not fail */
	bool sign_waits;
	int rounds;                     /* of questions, keyboard-interactive */
	bool answered;                  /* one was for the password, or the code */
	bool proven;                    /* key or password were all that was asked for before */
	struct prompt *prompt;          /* somebody is asked for the one-time code */
	char *code;                     /* secret, for one question; NULL: none, or it was given */
	int codes;                      /* asked for, over this line */
	struct err asked_err;           /* the server asked for something else; ERR_NONE: no */

	/* work over it */
	LIBSSH2_CHANNEL *channel;
	LIBSSH2_SFTP *sftp;
	LIBSSH2_SFTP_HANDLE *file;
};

/* ssh.c: for all tables */
void ssh_begin(struct session *s);                      /* gives the session its SSH part */
enum turn ssh_idle(struct session *s, struct err *err); /* with a task: towards a line */
void ssh_close(struct session *s, bool in_order);
void ssh_flush(struct session *s);
int ssh_late(struct session *s, struct err *err);
void ssh_release(struct session *s);

/* greet.c */
enum turn ssh_name(struct session *s, struct err *err);
enum turn ssh_connect(struct session *s, struct err *err);
enum turn ssh_tunnel(struct session *s, struct err *err);
int ssh_open_line(struct session *s, int fd, struct err *err);  /* fd is watched already */
enum turn ssh_handshake(struct session *s, struct err *err);
enum turn ssh_host_key(struct session *s, struct err *err);

/* sign_in.c: ends in STATE_READY */
enum turn ssh_methods(struct session *s, struct err *err);
enum turn ssh_gate(struct session *s, struct err *err);
enum turn ssh_sign_in(struct session *s, struct err *err);
enum turn ssh_rejected(struct session *s, struct err *err);

/* questions.c: what is answered of the questions of keyboard-interactive */
extern const char SSH_INTERACTIVE[];                    /* the method's name */
extern const char SSH_CODES_WRONG[];                    /* a hint */
int ssh_answer_questions(struct session *s);            /* as libssh2 says it */
LIBSSH2_USERAUTH_KBDINT_RESPONSE_FUNC(ssh_on_questions);        /* its callback; asked_err */
/* The offer of key or password was no sign-in, `list` is asked for now: whether that is the code,
 * and then AT_CODE is next. */
bool ssh_wants_code(struct session *s, const char *list);
enum turn ssh_code(struct session *s, struct err *err); /* ends in AT_SIGN_IN */
int ssh_code_late(const struct session *s, struct err *err);
void ssh_forget_code(struct ssh *ssh);
/* Where a bastion asks for what we do not have: what it may be. */
void ssh_hint_of_code(const struct session *s, struct err *err);

/* The rows of these states. */
/* clang-format off */
#define SSH_LEADING_ROWS \
	[AT_NAME]      = { "name",      ssh_name,      LIMIT_NAME,      FAULT_NAME_NOT_FOUND }, \
	[AT_CONNECT]   = { "connect",   ssh_connect,   LIMIT_CONNECT,   FAULT_NO_ANSWER }, \
	[AT_TUNNEL]    = { "tunnel",    ssh_tunnel,    LIMIT_NONE,      ERR_NONE }, \
	[AT_HANDSHAKE] = { "handshake", ssh_handshake, LIMIT_HANDSHAKE, FAULT_TIME_LIMIT }, \
	[AT_HOST_KEY]  = { "host key",  ssh_host_key,  LIMIT_NONE,      ERR_NONE }, \
	[AT_METHODS]   = { "sign-in",   ssh_methods,   LIMIT_SIGN_IN,   FAULT_TIME_LIMIT }, \
	[AT_GATE]      = { "sign-in",   ssh_gate,      LIMIT_NONE,      ERR_NONE }, \
	[AT_CODE]      = { "code",      ssh_code,      LIMIT_PERSON,    FAULT_NO_USABLE_KEY }, \
	[AT_SIGN_IN]   = { "sign-in",   ssh_sign_in,   LIMIT_SIGN_IN,   FAULT_TIME_LIMIT }, \
	[AT_REJECTED]  = { "sign-in",   ssh_rejected,  LIMIT_SIGN_IN,   FAULT_SIGN_IN_REJECTED }
/* clang-format on */

/* work.c: the states from channel on */
enum turn ssh_channel(struct session *s, struct err *err);
enum turn ssh_exec(struct session *s, struct err *err);
enum turn ssh_send(struct session *s, struct err *err);
enum turn ssh_run(struct session *s, struct err *err);
enum turn ssh_exit(struct session *s, struct err *err);
enum turn ssh_sftp(struct session *s, struct err *err);
enum turn ssh_create(struct session *s, struct err *err);
enum turn ssh_write(struct session *s, struct err *err);
enum turn ssh_finish(struct session *s, struct err *err);

#endif
