/* sign_in.c - the states from a known host to a signed-in line: how a password is to be offered,
 * the turn to offer the credential, the offer, and what a rejection means. Waiting for the turn has
 * no limit of its own; the host whose turn it is has one. A password is offered in one way and once
 * a line: a second try could be the one that locks the account. */
#include "transport/ssh/ssh.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

enum { ASKED_SHOWN = 100 };

static const char PUBLICKEY[] = "publickey", PASSWORD[] = "password";

/* What the server takes, in *out. TURN_DONE: it said so, NULL: it lets everybody in, or hung up. */
static enum turn ask_methods(struct session *s, const char **out)
{
	struct line *l = s->ssh->line;
	const char *user = s->credential->user;

	*out = libssh2_userauth_list(l->ssh, user, (unsigned)strlen(user));
	if (!*out && libssh2_session_last_errno(l->ssh) == LIBSSH2_ERROR_EAGAIN)
		return line_wait(l);
	return TURN_DONE;
}

static enum turn lets_everybody_in(const struct session *s, struct err *err)
{
	return err_set(err, FAULT_SIGN_IN_REJECTED,
		       "the server lets '%s' in without our %s: this is no server to trust",
		       s->credential->user, s->credential->key ? "key" : "password");
}

/* Not what we have, or not that alone: nothing is said about ours. */
static enum turn asks_for_other(const struct session *s, const char *list, struct err *err)
{
	AUTO_FREE char *printable = text_printable(list, strlen(list), ASKED_SHOWN);

	err_set(err, FAULT_SIGN_IN_REJECTED,
		"the server does not let '%s' in by a %s alone, it asks for %s",
		s->credential->user, s->credential->key ? "key" : "password", printable);
	if (text_in_list(list, ',', SSH_INTERACTIVE))
		ssh_hint_of_code(s, err);
	return TURN_FAILED;
}

enum turn ssh_methods(struct session *s, struct err *err)
{
	struct line *l = s->ssh->line;
	const char *list;

	s->ssh->method = PUBLICKEY;
	if (s->credential->key)
		return session_enter(s, AT_GATE);
	if (ask_methods(s, &list) != TURN_DONE)
		return TURN_WAIT;
	if (!list && libssh2_userauth_authenticated(l->ssh))
		return lets_everybody_in(s, err);
	if (!list)
		return line_failed(l, libssh2_session_last_errno(l->ssh),
				   "no answer to how to sign in", err);
	if (text_in_list(list, ',', PASSWORD))
		s->ssh->method = PASSWORD;
	else if (text_in_list(list, ',', SSH_INTERACTIVE))
		s->ssh->method = SSH_INTERACTIVE;
	else
		return asks_for_other(s, list, err);
	return session_enter(s, AT_GATE);
}

/* A code that the server wants in the same questions as the password. */
static bool wants_code_first(const struct session *s)
{
	return s->endpoint->one_time_code && s->ssh->method == SSH_INTERACTIVE;
}

enum turn ssh_gate(struct session *s, struct err *err)
{
	enum turn r = credential_turn(s, err);

	if (r == TURN_DONE)
		return session_enter(s, wants_code_first(s) ? AT_CODE : AT_SIGN_IN);
	if (r == TURN_WAIT && line_peer_left(s->ssh->line))
		return err_set(err, FAULT_CONNECTION_LOST,
			       "the server closed the connection before our turn to sign in");
	return r == TURN_WAIT ? session_wait(s, UV_DISCONNECT) : r;
}

static LIBSSH2_USERAUTH_PUBLICKEY_SIGN_FUNC(on_sign)
{
	struct ssh *ssh = *abstract;
	struct sign_request request = { data, data_len, transport_wake_session, ssh->session };
	void *line = ssh->line;
	int64_t begun_us = clock_cpu_us();
	AUTO_FREE unsigned char *own = NULL;
	enum sign_result result;
	size_t len;

	(void)session;
	ssh->sign_waits = false;
	result = key_sign(ssh->session->credential->key, &ssh->signing, &request, &own, &len,
			  &ssh->sign_err);
	session_own_work(ssh->session, begun_us);
	switch (result) {
	case SIGN_DONE:         /* libssh2 gives back what it gets: a copy in its own memory */
		*sig = line_alloc(len, &line);
		if (*sig)
			memcpy(*sig, own, len);
		*sig_len = len;
		return *sig ? 0 : LIBSSH2_ERROR_ALLOC;
	case SIGN_WAIT:         /* the agent was asked; libssh2 comes again with the same data */
		ssh->sign_waits = true;
		return LIBSSH2_ERROR_EAGAIN;
	case SIGN_FAILED:
		break;
	}
	if (ssh->sign_err.code == ERR_NONE)
		err_set(&ssh->sign_err, FAULT_NO_USABLE_KEY, "the key could not sign");
	return LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED;
}

/* Whether a server that hangs up meant our attempt to sign in. When it does so over a password that
 * it got, it did: else one host after the other would try, and the account be locked. */
static bool is_rejection(const struct ssh *ssh, int rc)
{
	const struct line *l = ssh->line;

	if (ssh->method == PASSWORD || ssh->answered)
		return rc == LIBSSH2_ERROR_AUTHENTICATION_FAILED || l->ended || l->farewell;
	if (l->farewell)
		return l->farewell_code == SSH_DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE ||
		       strstr(l->farewell, "authentication failures") != NULL;
	return !l->ended && !l->flooded &&
	       (rc == LIBSSH2_ERROR_AUTHENTICATION_FAILED ||
		rc == LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED);
}

/* Gives no new one: only so does libssh2 tell that it was asked for. */
static LIBSSH2_PASSWD_CHANGEREQ_FUNC(on_expired)
{
	(void)session;
	(void)newpw;
	(void)newpw_len;
	(void)abstract;
}

static int offer(struct session *s)
{
	struct ssh *ssh = s->ssh;
	const struct credential *c = s->credential;
	unsigned user_len = (unsigned)strlen(c->user);
	void *self = ssh;               /* what on_sign gets */
	const unsigned char *public;
	size_t len;

	if (ssh->method == PASSWORD)
		return libssh2_userauth_password_ex(
			ssh->line->ssh, c->user, user_len, password_text(c->password),
			(unsigned)strlen(password_text(c->password)), on_expired);
	if (ssh->method == SSH_INTERACTIVE)
		return ssh_answer_questions(s);
	public = key_public(c->key, &len);
	return libssh2_userauth_publickey(ssh->line->ssh, c->user, public, len, on_sign, &self);
}

/* A code that is wrong says nothing of a key that was good. */
static enum turn rejected(struct session *s, const struct err *err)
{
	if (!s->ssh->proven)
		credential_rejected(s, err);
	return TURN_FAILED;
}

enum turn ssh_sign_in(struct session *s, struct err *err)
{
	struct ssh *ssh = s->ssh;
	struct line *l = ssh->line;
	int rc = offer(s);

	if (ssh->asked_err.code != ERR_NONE) {
		*err = ssh->asked_err;
		return rejected(s, err);
	}
	if (rc == LIBSSH2_ERROR_EAGAIN)
		return ssh->sign_waits ? session_wait(s, 0) : line_wait(l);
	if (rc == 0) {
		credential_accepted(s);
		s->connected = true;
		return session_enter(s, STATE_READY);
	}
	if (ssh->sign_err.code != ERR_NONE) {
		*err = ssh->sign_err;
		return TURN_FAILED;
	}
	if (rc == LIBSSH2_ERROR_PASSWORD_EXPIRED) {
		err_set(err, FAULT_SIGN_IN_REJECTED, "%s: it has expired, %s asks for a new one",
			s->credential->label, s->peer);
		err_hint(err, "sign in by hand and set a new one");
		return rejected(s, err);
	}
	if (is_rejection(ssh, rc))
		return session_enter(s, AT_REJECTED);
	return line_failed(l, rc, "no answer to our credential", err);
}

/* Debian's libssh2 signs RSA keys as ssh-rsa, SHA-1, and nothing else. */
static bool signs_with_sha1(const struct key *key)
{
	return strcmp(key_type(key), "ssh-rsa") == 0 && libssh2_version(0x010b00) == NULL;
}

/* The fault says what was rejected; the credential keeps it for the hosts not yet asked. */
static enum turn reject(struct session *s, struct err *err)
{
	const struct credential *c = s->credential;

	if (s->ssh->proven) {
		err_set(err, FAULT_SIGN_IN_REJECTED, "the one-time code of '%s' rejected by %s%s",
			c->user, s->peer, s->ssh->codes > 1 ? ", as were those before it" : "");
		err_hint(err, SSH_CODES_WRONG);
	} else if (c->key && signs_with_sha1(c->key)) {
		err_set(err, FAULT_SIGN_IN_REJECTED,
			"user '%s' with RSA key '%s' rejected by %s: libssh2 %s can sign RSA only "
			"with SHA-1, which OpenSSH refuses since 8.8",
			c->user, key_label(c->key), s->peer, libssh2_version(0));
		err_hint(err, "use an ed25519 or ecdsa key");
	} else if (c->key && key_passed_over(c->key)) {
		err_set(err, FAULT_SIGN_IN_REJECTED,
			"%s rejected by %s; it was offered without its %s", c->label, s->peer,
			key_passed_over(c->key));
		err_hint(err,
			 "have a certificate of this very key signed that holds now (ssh-keygen "
			 "-s), or put its public key into administrators_authorized_keys; "
			 "libssh2 before 1.11 (Debian 12) offers no certificates");
	} else {
		err_set(err, FAULT_SIGN_IN_REJECTED, "%s rejected by %s", c->label, s->peer);
		if (s->endpoint->one_time_code)
			err_hint(err, "the password or the one-time code was wrong; a new command "
				      "asks for another code");
	}
	return rejected(s, err);
}

/* Asks what the server would take. One that does not take such as ours says nothing about it, nor
 * does one that wants something else besides now. */
enum turn ssh_rejected(struct session *s, struct err *err)
{
	struct line *l = s->ssh->line;
	const char *list = NULL;

	if (!l->ended && !l->farewell) {
		if (ask_methods(s, &list) != TURN_DONE)
			return TURN_WAIT;
		if (!list && libssh2_userauth_authenticated(l->ssh))
			return lets_everybody_in(s, err);
	}
	if (list && ssh_wants_code(s, list))
		return session_enter(s, AT_CODE);
	return !list || text_in_list(list, ',', s->ssh->method) ? reject(s, err) :
								  asks_for_other(s, list, err);
}
