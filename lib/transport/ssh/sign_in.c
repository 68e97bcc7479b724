/* sign_in.c - the states from a known host to a signed-in line: the turn to offer the credential,
 * the offer, and what a rejection means. Waiting for the turn has no limit of its own; the host
 * whose turn it is has one. */
#include "transport/ssh/ssh.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

enum turn ssh_gate(struct session *s, struct err *err)
{
	enum turn r = credential_turn(s, err);

	if (r == TURN_DONE)
		return session_enter(s, AT_SIGN_IN);
	if (r == TURN_WAIT && line_peer_left(s->ssh->line))
		return err_set(err, FAULT_CONNECTION_LOST,
			       "the server closed the connection before our turn to sign in");
	return r == TURN_WAIT ? session_wait(s, UV_DISCONNECT) : r;
}

static void wake_session(void *ctx)
{
	transport_wake(ctx);
}

static LIBSSH2_USERAUTH_PUBLICKEY_SIGN_FUNC(on_sign)
{
	struct ssh *ssh = *abstract;
	struct sign_request request = { data, data_len, wake_session, ssh->session };
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

/* Whether a server that hangs up meant our attempt to sign in. */
static bool is_rejection(const struct line *l, int rc)
{
	if (l->farewell)
		return l->farewell_code == SSH_DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE ||
		       strstr(l->farewell, "authentication failures") != NULL;
	return !l->ended && !l->flooded &&
	       (rc == LIBSSH2_ERROR_AUTHENTICATION_FAILED ||
		rc == LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED);
}

enum turn ssh_sign_in(struct session *s, struct err *err)
{
	struct ssh *ssh = s->ssh;
	struct credential *c = s->credential;
	struct line *l = ssh->line;
	void *self = ssh;               /* what on_sign gets */
	size_t len;
	const unsigned char *public = key_public(c->key, &len);
	int rc = libssh2_userauth_publickey(l->ssh, c->user, public, len, on_sign, &self);

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
	if (is_rejection(l, rc))
		return session_enter(s, AT_REJECTED);
	return line_failed(l, rc, "no answer to our key", err);
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

	if (signs_with_sha1(c->key)) {
		err_set(err, FAULT_SIGN_IN_REJECTED,
			"user '%s' with RSA key '%s' rejected by %s: libssh2 %s can sign RSA only "
			"with SHA-1, which OpenSSH refuses since 8.8",
			c->user, key_label(c->key), s->peer, libssh2_version(0));
		err_hint(err, "use an ed25519 or ecdsa key");
	} else {
		err_set(err, FAULT_SIGN_IN_REJECTED, "%s rejected by %s", c->label, s->peer);
	}
	credential_rejected(s, err);
	return TURN_FAILED;
}

/* Asks what the server would take. One that takes no keys at all says nothing about ours. */
enum turn ssh_rejected(struct session *s, struct err *err)
{
	struct line *l = s->ssh->line;
	const char *user = s->credential->user;
	AUTO_FREE char *printable = NULL;
	const char *list = NULL;

	if (!l->ended && !l->farewell) {
		list = libssh2_userauth_list(l->ssh, user, (unsigned)strlen(user));
		if (!list && libssh2_session_last_errno(l->ssh) == LIBSSH2_ERROR_EAGAIN)
			return line_wait(l);
		if (!list && libssh2_userauth_authenticated(l->ssh))
			return err_set(
				err, FAULT_SIGN_IN_REJECTED,
				"the server rejects our key but lets '%s' in without any: this is "
				"no server to trust",
				user);
	}
	if (!list || strstr(list, "publickey"))
		return reject(s, err);
	printable = text_printable(list, strlen(list), 100);
	return err_set(err, FAULT_SIGN_IN_REJECTED,
		       "the server does not let '%s' in by a key alone, it asks for %s", user,
		       printable);
}
