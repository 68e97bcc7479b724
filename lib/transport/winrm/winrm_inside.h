/* winrm_inside.h - a session over WinRM, for the files of its table: winrm.c has the states of a
 * shell and its commands, connection.c what is below them: a connection that is lost, refused and
 * signed in without them; certificate.c whose certificate it has to show. Nobody else includes
 * this. */
#ifndef TRANSPORT_WINRM_INSIDE_H
#define TRANSPORT_WINRM_INSIDE_H

#include "transport/session.h"
#include "transport/winrm/http.h"
#include "transport/winrm/wsman.h"

enum {
	AT_CONNECT = STATE_FIRST, AT_TUNNEL, AT_KNOCK, AT_GATE, AT_TOKEN, AT_CREATE,
	AT_COMMAND, AT_SEND, AT_RECEIVE, AT_SIGNAL, AT_DELETE, WINRM_STATES
};
struct winrm {
	struct session *session;
	char *url;
	struct door *door;
	struct http_line *http;
	struct negotiate *negotiate;    /* the sign-in of its connection, NULL: none is under way */
	struct wsman_request asked;     /* the one under way */
	int asked_in;                   /* the state that waits for its answer */
	int64_t token_until_ms;         /* how long a goodbye waits for who we are */
	struct wsman_id shell, command;
	struct wsman_output output;
	struct wsman_fault refused;     /* what a program's input was answered, where too_late */
	struct err failed;              /* of what the output was given to */
	int exit_code;
	size_t envelope;                /* of a message: less where the host took none */
	bool too_large;                 /* it said so just now */
	bool knocks;                    /* nobody has taken the password yet: it is told to who
					 * answers at all, when it is this one's turn */
	bool bare;                      /* nothing was posted in the place of what was asked */
	bool is_first;                  /* the token is: by NTLM the answer is another 401, so what
					 * is asked goes with the next one */
	bool signed_in;                 /* its connection, by Negotiate */
	struct certificate_facts certificate;   /* the one that was shown */
	bool learning;                  /* nobody vouches for its certificate: it is shown to us */
	bool verifies;                  /* an authority has to vouch for its certificate */
	bool made_again;                /* the shell was gone, once in this task */
};

/* The name of the host in URL and certificate. */
const char *winrm_name(const struct endpoint *e);

int winrm_open_line(struct session *s, struct err *err);
void winrm_close_line(struct session *s);
/* A sign-in that is under way is nobody's any more; fine without one. */
void winrm_end_sign_in(struct winrm *w);

/* What has to be true of the certificate. */
int winrm_trust(struct session *s, struct http_to *to, struct err *err);
/* The host has proved itself with it: that an authority vouched for it is remembered. */
void winrm_vouched(struct session *s);
/* The end of a greeting, whose request never goes out: shows the certificate. */
enum turn winrm_greeted(struct session *s, struct err *err);
/* No answer came: whether the same is to be tried once more, as it can be learnt; false: err, which
 * may say more. */
bool winrm_distrusted(struct session *s, struct err *err);

/* There is no answer, err says why: TURN_FAILED with what is known better, or TURN_MORE where
 * another connection is tried in its place. */
enum turn winrm_no_answer(struct session *s, struct err *err);
/* An answer with a status that is none of WS-Management. TURN_FAILED, or TURN_MORE where the server
 * asks who we are and is told: then the request is posted again. */
enum turn winrm_refused(struct session *s, const struct http_answer *http, struct err *err);
/* An answer after a sign-in: whether the server proved itself. */
int winrm_let_in(struct session *s, const struct http_answer *http, struct err *err);
/* The server asked who we are, and may be told: a token is made, AT_TOKEN. */
enum turn winrm_say_who(struct session *s, const struct http_answer *http);
/* The limit of the sign-in passed: as of struct machine. */
int winrm_late(struct session *s, struct err *err);
/* AT_TOKEN */
enum turn winrm_do_token(struct session *s, struct err *err);

#endif
