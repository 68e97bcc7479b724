/* connection.c - below a shell: the door, HTTPS, and who we are there. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "transport/credential.h"
#include "transport/winrm/door.h"
#include "transport/winrm/negotiate.h"
#include "transport/winrm/winrm.h"
#include "transport/winrm/winrm_inside.h"

enum { PARTING_TOKEN_MS = 1000 };       /* else the shell ends by itself, when it was idle */

const char *winrm_name(const struct endpoint *e)
{
	return e->tls_name ? e->tls_name : e->address;
}

/* --- the line ------------------------------------------------------------------------------ */

int winrm_open_line(struct session *s, struct err *err)
{
	struct winrm *w = s->winrm;
	const struct endpoint *e = s->endpoint;
	struct http_to to = {
		.url = w->url, .name = winrm_name(e), .wake = transport_wake_session, .ctx = s
	};

	w->failed.code = ERR_NONE;
	if (winrm_trust(s, &to, err) != 0)
		return -1;
	if (e->via) {
		w->door = door_open(s->t,
				    &(struct door_to){ .via = e->via,
						       .address = e->address,
						       .port = e->port,
						       .wake = transport_wake_session,
						       .ctx = s },
				    err);
		if (!w->door)
			return -1;
	}
	if (!s->t->http)
		s->t->http = http_new(s->t);
	to.path = w->door ? door_path(w->door) : NULL;
	if (e->sign_in == WINRM_BASIC && s->credential) {
		to.user = e->user;
		to.password = password_text(s->credential->password);
	}
	w->http = http_open(s->t->http, &to);
	return 0;
}

void winrm_end_sign_in(struct winrm *w)
{
	negotiate_free(w->negotiate);
	w->negotiate = NULL;
}

void winrm_close_line(struct session *s)
{
	struct winrm *w = s->winrm;

	winrm_end_sign_in(w);
	http_close(w->http);
	door_close(w->door);
	w->http = NULL;
	w->door = NULL;
	w->signed_in = false;
	w->shell.text[0] = w->command.text[0] = '\0';
}

/* A server may close when it has read the headers of who has not signed in. What came to it by then
 * has not been taken, and its 401 is lost with the rest of a large request: it is asked for once
 * more, by an empty one. */
static bool is_nobody_yet(const struct session *s)
{
	const struct winrm *w = s->winrm;

	return s->endpoint->sign_in != WINRM_BASIC && s->credential && !w->negotiate && !w->bare &&
	       http_is_unheard(w->http);
}

/* What stands in the way of the connection, said by the bastion, says more than libcurl can. */
enum turn winrm_no_answer(struct session *s, struct err *err)
{
	struct err way;

	if (s->winrm->door && door_way(s->winrm->door, &way) == TURN_FAILED)
		*err = way;
	if (s->winrm->failed.code != ERR_NONE)
		*err = s->winrm->failed;
	if (is_nobody_yet(s)) {
		s->winrm->bare = true;
		http_post_bare(s->winrm->http);
		return session_wait(s, 0);
	}
	if (!winrm_distrusted(s, err))
		return TURN_FAILED;
	s->winrm->learning = true;      /* once more, and then it is pinned */
	credential_leave(s);
	winrm_close_line(s);
	return session_enter(s, STATE_IDLE);
}

/* --- signing in ---------------------------------------------------------------------------- */

/* Where it is so, the credential's gate hears of it. */
static enum turn rejected(struct session *s, struct err *err)
{
	if (err->code == FAULT_SIGN_IN_REJECTED) {
		err_in(err, "%s", s->credential->label);
		credential_rejected(s, err);
	}
	return TURN_FAILED;
}

enum turn winrm_say_who(struct session *s, const struct http_answer *http)
{
	struct winrm *w = s->winrm;
	const struct endpoint *e = s->endpoint;
	AUTO_FREE char *said = wsman_http_token(http->offered);
	bool first = !w->negotiate;

	if (first)
		w->negotiate = negotiate_new(s, e->service_host ? e->service_host : winrm_name(e));
	negotiate_ask(w->negotiate, first ? "" : said, http->binding, http->binding_len);
	w->is_first = first;
	w->asked_in = s->state == AT_GATE ? AT_CREATE : s->state;
	w->token_until_ms = s->now_ms + PARTING_TOKEN_MS;
	return session_enter(s, AT_TOKEN);
}

/* A connection of Negotiate is asked who it is by the answer to its first request, also when it
 * takes the place of one that was signed in. What was posted is posted again. Where a token was
 * sent, what the server says to it decides: nothing is a no. */
static enum turn asked_who(struct session *s, const struct http_answer *http, struct err *err)
{
	struct winrm *w = s->winrm;
	AUTO_FREE char *said = wsman_http_token(http->offered);
	bool first = !w->negotiate;

	if (!said || (!first && !*said)) {
		winrm_end_sign_in(w);
		wsman_http_err(http->status, "Negotiate", http->offered, err);
		return rejected(s, err);
	}
	return first && s->state == AT_CREATE ? session_enter(s, AT_GATE) : winrm_say_who(s, http);
}

enum turn winrm_refused(struct session *s, const struct http_answer *http, struct err *err)
{
	bool basic = s->endpoint->sign_in == WINRM_BASIC;

	if (http->status == 401 && !basic)
		return asked_who(s, http, err);
	wsman_http_err(http->status, basic ? "Basic" : "Negotiate", http->offered, err);
	return rejected(s, err);
}

enum turn winrm_do_token(struct session *s, struct err *err)
{
	struct winrm *w = s->winrm;
	const char *token;
	enum turn r = negotiate_token(w->negotiate, &token, err);

	if (r == TURN_WAIT && s->parting)       /* somebody waits for the program to end */
		s->wake_ms = w->token_until_ms;
	if (r == TURN_WAIT && s->parting && s->now_ms >= w->token_until_ms)
		return err_set(err, FAULT_TIME_LIMIT, "no token for the goodbye");
	if (r == TURN_WAIT)
		return session_wait(s, 0);
	if (r != TURN_DONE)
		return rejected(s, err);
	http_post_again(w->http, token, w->is_first && s->endpoint->sign_in == WINRM_NTLM);
	return session_enter(s, w->asked_in);
}

int winrm_late(struct session *s, struct err *err)
{
	const struct transport_limits *l = &s->t->options.limits;
	char limit[CLOCK_TEXT];
	int64_t until_ms;
	int rc;

	if (s->state == AT_CONNECT && !http_has_address(s->winrm->http)) {
		clock_format_duration(l->connect, limit);
		return err_set(err, FAULT_NAME_NOT_FOUND, "'%s': DNS did not answer in %s",
			       s->endpoint->address, limit);
	}
	if (s->state != AT_TOKEN)
		return 0;
	rc = negotiate_late(s->winrm->negotiate, l->sign_in, &until_ms, err);
	if (rc > 0)
		s->deadline_ms = until_ms;
	return rc;
}

int winrm_let_in(struct session *s, const struct http_answer *http, struct err *err)
{
	struct winrm *w = s->winrm;
	AUTO_FREE char *said = NULL;
	int rc;

	if (s->endpoint->sign_in == WINRM_BASIC)
		return 0;
	if (!w->negotiate && w->signed_in && !http->fresh)
		return 0;
	if (!w->negotiate) {
		err_set(err, FAULT_WRONG_ANSWER,
			"WinRM there lets us in without asking who we are");
		return err_hint(err,
				"it lets everybody in, or is another server than it should be: "
				"find out what it is");
	}
	said = wsman_http_token(http->offered);
	rc = negotiate_prove(w->negotiate, said ? said : "", err);
	winrm_end_sign_in(w);
	w->signed_in = rc == 0;
	return rc;
}

/* --- who we are ---------------------------------------------------------------------------- */

struct credential *winrm_credential(struct transport *t, const struct endpoint *e, struct err *err)
{
	const struct password *password = NULL;

	if (e->sign_in != WINRM_KERBEROS && (!e->user || !e->password)) {
		err_set(err, FAULT_NO_USABLE_KEY, "no %s to sign in with over WinRM",
			e->user ? "password" : "user");
		err_hint(err, "set ansible_user and a password (docs/ways-in.md) for this host or "
			      "its group");
		return NULL;
	}
	if (e->password) {
		password = password_of(t->passwords, e->password, false, err);
		if (!password)
			return NULL;
	}
	return credential_of(t, e->user ? e->user : "", NULL, password,
			     password ? password_label(password) : "a Kerberos ticket");
}
