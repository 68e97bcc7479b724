/* ssh.c - the SSH table, and its states up to a session that is signed in: name, connect,
 * handshake, host key, the turn to offer the credential, sign-in. Waiting for the turn has no
 * limit of its own; the host whose turn it is has one. */
#include "transport/ssh/ssh.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "transport/dial.h"
#include "transport/ssh/knownhosts.h"

/* No exchange of keys with SHA-1; a host key or MAC with it is for servers that have no other.
 * Every server in question has P-256 and curve25519; libssh2 1.10 multiplies
 * once more than needed for curve25519 (0.05 ms a host), and 1.11 loses 3 KB of OpenSSL's memory
 * with each exchange over a NIST curve (seen in 1.11.1). */
#define CURVE25519 "curve25519-sha256,curve25519-sha256@libssh.org"
#define KEX_REST                                                                                  \
	",ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group16-sha512,"                   \
	"diffie-hellman-group14-sha256"
#define KEX_UP_TO_1_10 "ecdh-sha2-nistp256," CURVE25519 KEX_REST
#define KEX_FROM_1_11 CURVE25519 ",ecdh-sha2-nistp256" KEX_REST
/* The server names the numbers, up to 16,384 bits, and libssh2 computes in our thread: two times
 * nearly a second, where group 16 takes 15 ms. Only when asked for, and last. */
#define GROUP_EXCHANGE ",diffie-hellman-group-exchange-sha256"
#define HOST_KEY_OFFERED(type, methods, then) methods then
#define HOST_KEYS_OFFERED HOST_KEY_TYPES(HOST_KEY_OFFERED)
/* GCM and etm from libssh2 1.11 on; what it has besides (RC4, 3DES, MD5) is not offered. chacha20
 * late: with AES in the processor GCM is computed in a fraction of its time. */
#define CIPHERS_OFFERED                                                                           \
	"aes128-gcm@openssh.com,aes256-gcm@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,"         \
	"chacha20-poly1305@openssh.com,aes256-cbc,aes192-cbc,aes128-cbc"
#define MACS_OFFERED                                                                              \
	"hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,"              \
	"hmac-sha2-512,hmac-sha1"

static const char *kex_offered(const struct session *s)
{
	if (libssh2_version(0x010b00))
		return s->t->options.group_exchange ? KEX_FROM_1_11 GROUP_EXCHANGE : KEX_FROM_1_11;
	return s->t->options.group_exchange ? KEX_UP_TO_1_10 GROUP_EXCHANGE : KEX_UP_TO_1_10;
}

static enum turn do_connect(struct session *s, struct err *err)
{
	enum turn r = dial_connect(s, err);

	if (r != TURN_DONE)
		return r;
	if (line_open(s, dial_take(s), err) != 0)
		return TURN_FAILED;
	return session_enter(s, AT_HANDSHAKE);
}

/* The methods of a list that this libssh2 has, "" for none. It would leave out the others by
 * itself, but with a memcpy(3) onto itself (seen in 1.10), and would not say which. */
static char *methods_known(LIBSSH2_SESSION *ssh, int method, const char *list)
{
	AUTO_FREE char *names = xstrdup(list);
	const char **known = NULL;
	int count = libssh2_session_supported_algs(ssh, method, &known);
	char *rest = names, *name;
	struct buf kept;

	buf_init(&kept, 2 * strlen(list) + 1);
	while ((name = strsep(&rest, ",")) != NULL) {
		for (int i = 0; i < count; i++)
			if (strcmp(known[i], name) == 0)
				buf_addf(&kept, "%s%s", kept.len ? "," : "", name);
	}
	if (known)
		libssh2_free(ssh, known);
	return buf_take(&kept);
}

static int offer(struct session *s, int method, const char *list, struct err *err)
{
	AUTO_FREE char *known = methods_known(s->line->ssh, method, list);

	if (*known && libssh2_session_method_pref(s->line->ssh, method, known) == 0)
		return 0;
	return err_set(err, FAULT_NO_COMMON_ALGORITHM, "this libssh2 (%s) knows none of %s",
		       libssh2_version(0), list);
}

/* What we ask for follows what is on record: a server with several keys would else show one
 * that known_hosts does not have. */
static int prefer_methods(struct session *s, struct err *err)
{
	static const struct {
		int method;
		const char *list;
	} fixed[] = {
		{ LIBSSH2_METHOD_CRYPT_CS, CIPHERS_OFFERED },
		{ LIBSSH2_METHOD_CRYPT_SC, CIPHERS_OFFERED },
		{ LIBSSH2_METHOD_MAC_CS, MACS_OFFERED },
		{ LIBSSH2_METHOD_MAC_SC, MACS_OFFERED },
	};
	struct line *l = s->line;
	char *types;

	l->trust = transport_trust(s->t, s->endpoint, err);
	if (!l->trust) {
		err->code = FAULT_HOST_KEY_UNKNOWN;
		return -1;
	}
	types = knownhosts_types(l->trust->known, s->endpoint->address, s->endpoint->port);
	if (!*types) {
		free(types);
		types = xstrdup(HOST_KEYS_OFFERED);
	}
	l->host_key_types = types;
	if (offer(s, LIBSSH2_METHOD_HOSTKEY, types, err) != 0)
		return err_in(err, "key types of known_hosts");
	if (offer(s, LIBSSH2_METHOD_KEX, kex_offered(s), err) != 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
		if (offer(s, fixed[i].method, fixed[i].list, err) != 0)
			return -1;
	return 0;
}

/* libssh2 agrees on key exchange and host key first, then on ciphers, then on MACs; it does not
 * say what failed, but what it has agreed on so far. */
static enum turn nothing_in_common(struct session *s, struct err *err)
{
	LIBSSH2_SESSION *ssh = s->line->ssh;
	AUTO_FREE char *first = NULL, *second = NULL;

	if (!libssh2_session_methods(ssh, LIBSSH2_METHOD_KEX)) {
		first = methods_known(ssh, LIBSSH2_METHOD_HOSTKEY, s->line->host_key_types);
		second = methods_known(ssh, LIBSSH2_METHOD_KEX, kex_offered(s));
		return err_set(err, FAULT_NO_COMMON_ALGORITHM,
			       "nothing in common with what is offered: host keys %s; "
			       "key exchange %s",
			       first, second);
	}
	first = methods_known(ssh, LIBSSH2_METHOD_CRYPT_CS, CIPHERS_OFFERED);
	second = methods_known(ssh, LIBSSH2_METHOD_MAC_CS, MACS_OFFERED);
	return err_set(err, FAULT_NO_COMMON_ALGORITHM,
		       "nothing in common with what is offered: ciphers %s; MACs %s", first,
		       second);
}

static enum turn do_handshake(struct session *s, struct err *err)
{
	struct line *l = s->line;
	const char *peer;
	char *printable;
	int rc;

	if (!l->host_key_types && prefer_methods(s, err) != 0)
		return TURN_FAILED;
	rc = libssh2_session_handshake(l->ssh, l->fd);
	if (rc == LIBSSH2_ERROR_EAGAIN)
		return line_wait(s);
	if (rc != 0 && !l->identified)
		return line_quote_talk(s, err);
	if (rc == LIBSSH2_ERROR_KEX_FAILURE)
		return nothing_in_common(s, err);
	if (rc != 0)
		return line_failed(s, rc, "key exchange", err);
	peer = libssh2_session_banner_get(l->ssh);
	printable = text_printable(peer ? peer : "", peer ? strlen(peer) : 0, sizeof(s->peer) - 1);
	snprintf(s->peer, sizeof(s->peer), "%s", printable);
	free(printable);
	return session_enter(s, AT_HOST_KEY);
}

static const char *host_key_type(int type)
{
	switch (type) {
	case LIBSSH2_HOSTKEY_TYPE_RSA:
		return "RSA";
	case LIBSSH2_HOSTKEY_TYPE_ECDSA_256:
	case LIBSSH2_HOSTKEY_TYPE_ECDSA_384:
	case LIBSSH2_HOSTKEY_TYPE_ECDSA_521:
		return "ECDSA";
	case LIBSSH2_HOSTKEY_TYPE_ED25519:
		return "ED25519";
	default:        /* of libssh2's numbers, not an enum of ours */
		return "host";
	}
}

static enum turn unknown_key(struct session *s, const struct host_key *key, const char *type,
			     const char *print, struct err *err)
{
	const struct endpoint *e = s->endpoint;
	struct trust *trust = s->line->trust;

	if (s->t->options.host_key == HOST_KEY_STRICT)
		return err_set(err, FAULT_HOST_KEY_UNKNOWN, "%s key %s of %s port %d is not in %s",
			       type, print, e->address, e->port, trust->first);
	if (knownhosts_learn(trust->known, trust->first, e->address, e->port, key, err) != 0) {
		err->code = FAULT_HOST_KEY_UNKNOWN;
		return err_in(err, "%s key %s could not be learnt", type, print);
	}
	return session_enter(s, AT_GATE);
}

/* A hashed known_hosts line was found only now, by its key, and has another type than the
 * server showed: dials once more and asks for that one. False: that was done already. */
static bool ask_for_other_type(struct session *s)
{
	const struct line *l = s->line;
	AUTO_FREE char *types =
		knownhosts_types(l->trust->known, s->endpoint->address, s->endpoint->port);

	if (s->asked_again || strcmp(types, l->host_key_types) == 0)
		return false;
	s->asked_again = true;
	line_close(s, true);
	session_enter(s, AT_NAME);
	return true;
}

static enum turn do_host_key(struct session *s, struct err *err)
{
	const struct endpoint *e = s->endpoint;
	AUTO_FREE char *print = NULL;
	struct kh_place at = { .path = NULL };
	struct host_key key = { .len = 0 };
	int64_t begun_us;
	const char *type;
	enum kh_result known;
	int number = 0;

	key.data = (const unsigned char *)libssh2_session_hostkey(s->line->ssh, &key.len, &number);
	if (!key.data || key.len == 0)
		return err_set(err, FAULT_HOST_KEY_UNKNOWN, "the server showed no host key");
	type = host_key_type(number);
	print = knownhosts_fingerprint(&key);
	begun_us = clock_cpu_us();
	known = knownhosts_check(s->line->trust->known, e->address, e->port, &key, &at);
	session_own_work(s, begun_us);  /* an HMAC for each hashed line, of a long file of ours */
	switch (known) {
	case KH_MATCH:
		return session_enter(s, AT_GATE);
	case KH_OTHER_TYPE:
		if (ask_for_other_type(s))
			return TURN_MORE;
		/* fall through */
	case KH_CHANGED:
		return err_set(
			err, FAULT_HOST_KEY_CHANGED,
			"%s key %s is not the one in %s line %d: the server was set up again, or "
			"someone stands in between",
			type, print, at.path, at.line);
	case KH_REVOKED:
		return err_set(err, FAULT_HOST_KEY_CHANGED, "%s key %s is revoked by %s line %d",
			       type, print, at.path, at.line);
	case KH_UNKNOWN:
		break;
	}
	return unknown_key(s, &key, type, print, err);
}

/* The gate. */

static void stop_waiting(struct session *s)
{
	if (!s->at_gate)
		return;
	TAILQ_REMOVE(&s->credential->waiting, s, waiting);
	s->at_gate = false;
}

/* Gives up the turn, if s had it, without an answer of the server. */
static void leave_gate(struct session *s)
{
	struct credential *c = s->credential;

	if (!c)
		return;
	stop_waiting(s);
	if (c->gate.turn != s)
		return;
	gate_left(&c->gate, s);
	transport_wake_all(&c->waiting);
}

static bool peer_left(int fd)
{
	char byte;
	ssize_t n = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

	return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

static enum turn do_gate(struct session *s, struct err *err)
{
	struct credential *c = s->credential;

	switch (gate_ask(&c->gate, s)) {
	case GATE_GO:
		stop_waiting(s);
		return session_enter(s, AT_SIGN_IN);
	case GATE_SUSPENDED:
		stop_waiting(s);
		return err_set(
			err, FAULT_CREDENTIAL_SUSPENDED,
			"user '%s' with key '%s' was rejected too often and is not offered any "
			"more; last: %s",
			c->user, key_label(c->key), c->reason ? c->reason : "?");
	case GATE_WAIT:
		break;
	}
	if (peer_left(s->line->fd))
		return err_set(err, FAULT_CONNECTION_LOST,
			       "the server closed the connection before our turn to sign in");
	if (!s->at_gate)
		TAILQ_INSERT_TAIL(&c->waiting, s, waiting);
	s->at_gate = true;
	return session_wait(s, UV_DISCONNECT);
}

/* Sign-in. */

static void wake_session(void *ctx)
{
	transport_wake(ctx);
}

static LIBSSH2_USERAUTH_PUBLICKEY_SIGN_FUNC(on_sign)
{
	struct session *s = *abstract;
	struct line *l = s->line;
	struct sign_request request = { data, data_len, wake_session, s };
	int64_t begun_us = clock_cpu_us();
	AUTO_FREE unsigned char *own = NULL;
	enum sign_result result;
	size_t len;

	(void)session;
	l->sign_waits = false;
	result = key_sign(s->credential->key, &l->signing, &request, &own, &len, &l->sign_err);
	session_own_work(s, begun_us);
	switch (result) {
	case SIGN_DONE:         /* libssh2 gives back what it gets: a copy in its own memory */
		*sig = line_alloc(len, abstract);
		if (*sig)
			memcpy(*sig, own, len);
		*sig_len = len;
		return *sig ? 0 : LIBSSH2_ERROR_ALLOC;
	case SIGN_WAIT:         /* the agent was asked; libssh2 comes again with the same data */
		l->sign_waits = true;
		return LIBSSH2_ERROR_EAGAIN;
	case SIGN_FAILED:
		break;
	}
	if (l->sign_err.code == ERR_NONE)
		err_set(&l->sign_err, FAULT_NO_USABLE_KEY, "the key could not sign");
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

static enum turn do_sign_in(struct session *s, struct err *err)
{
	struct credential *c = s->credential;
	struct line *l = s->line;
	void *self = s;                 /* what on_sign gets */
	size_t len;
	const unsigned char *public = key_public(c->key, &len);
	int rc = libssh2_userauth_publickey(l->ssh, c->user, public, len, on_sign, &self);

	if (rc == LIBSSH2_ERROR_EAGAIN)
		return l->sign_waits ? session_wait(s, 0) : line_wait(s);
	if (rc == 0) {
		gate_accepted(&c->gate, s);
		transport_wake_all(&c->waiting);
		s->connected = true;
		return session_enter(s, STATE_READY);
	}
	if (l->sign_err.code != ERR_NONE) {
		*err = l->sign_err;
		return TURN_FAILED;
	}
	if (is_rejection(l, rc))
		return session_enter(s, AT_REJECTED);
	return line_failed(s, rc, "no answer to our key", err);
}

/* Debian's libssh2 signs RSA keys as ssh-rsa, SHA-1, and nothing else. */
static bool signs_with_sha1(const struct key *key)
{
	return strcmp(key_type(key), "ssh-rsa") == 0 && libssh2_version(0x010b00) == NULL;
}

/* The fault says what was rejected; the credential keeps it for the hosts not yet asked. */
static enum turn reject(struct session *s, struct err *err)
{
	struct credential *c = s->credential;

	gate_rejected(&c->gate, s);
	transport_wake_all(&c->waiting);
	if (signs_with_sha1(c->key)) {
		err_set(err, FAULT_SIGN_IN_REJECTED,
			"user '%s' with RSA key '%s' rejected by %s: libssh2 %s can sign RSA only "
			"with SHA-1, which OpenSSH refuses since 8.8",
			c->user, key_label(c->key), s->peer, libssh2_version(0));
		err_hint(err, "use an ed25519 or ecdsa key");
	} else {
		err_set(err, FAULT_SIGN_IN_REJECTED, "user '%s' with key '%s' rejected by %s",
			c->user, key_label(c->key), s->peer);
	}
	free(c->reason);
	c->reason = xasprintf("%s: %s", s->endpoint->name, err->msg);
	return TURN_FAILED;
}

/* Asks what the server would take. One that takes no keys at all says nothing about ours. */
static enum turn do_rejected(struct session *s, struct err *err)
{
	struct line *l = s->line;
	const char *user = s->credential->user;
	AUTO_FREE char *printable = NULL;
	const char *list = NULL;

	if (!l->ended && !l->farewell) {
		list = libssh2_userauth_list(l->ssh, user, (unsigned)strlen(user));
		if (!list && libssh2_session_last_errno(l->ssh) == LIBSSH2_ERROR_EAGAIN)
			return line_wait(s);
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

/* Idle and ready. */

/* What is missing here is missing without dialling. */
static enum turn do_idle(struct session *s, struct err *err)
{
	const struct endpoint *e = s->endpoint;
	struct key *key;

	if (s->task.kind == TASK_NONE)
		return session_wait(s, 0);
	if (!e->user) {
		err_set(err, FAULT_NO_USABLE_KEY, "no user to sign in as");
		return err_hint(err, "set ansible_user for this host or its group");
	}
	if (!s->credential) {
		key = keyring_key(s->t->keyring, e->key_file, false, err);
		if (!key)
			return TURN_FAILED;
		s->credential = transport_credential(s->t, e->user, key);
	}
	return session_enter(s, AT_NAME);
}

static enum turn do_ready(struct session *s, struct err *err)
{
	struct line *l = s->line;
	const struct task *task = &s->task;

	if (peer_left(l->fd)) {         /* while nothing was going on: a task dials again */
		line_close(s, false);
		return session_enter(s, STATE_IDLE);
	}
	(void)err;
	if (task->kind == TASK_NONE)
		return session_wait(s, UV_DISCONNECT);
	session_begin_task(s);
	/* An answer with all that surrounds it; an upload's acknowledgements. */
	line_allow(s, task->kind == TASK_CALL ?
			      4 * (uint64_t)s->t->options.limits.output + (1 << 20) :
			      (1 << 20) + task->len / 16);
	return session_enter(s, task->kind == TASK_CALL ? AT_CHANNEL : AT_SFTP);
}

static void ssh_close_line(struct session *s, bool in_order)
{
	leave_gate(s);
	dial_close(s);
	line_close(s, in_order);
}

/* A talker that waits for our next word is no slow SSH server. */
static int ssh_late(struct session *s, struct err *err)
{
	if (s->state == AT_HANDSHAKE && !s->line->identified && s->line->talk_len > 0)
		return line_quote_talk(s, err);
	return 0;
}

/* clang-format off */
static const struct state_row rows[SSH_STATES] = {
	[STATE_IDLE]   = { "idle",      do_idle,      LIMIT_NONE,      ERR_NONE },
	[STATE_READY]  = { "ready",     do_ready,     LIMIT_NONE,      ERR_NONE },
	[AT_NAME]      = { "name",      dial_name,    LIMIT_NAME,      FAULT_NAME_NOT_FOUND },
	[AT_CONNECT]   = { "connect",   do_connect,   LIMIT_CONNECT,   FAULT_NO_ANSWER },
	[AT_HANDSHAKE] = { "handshake", do_handshake, LIMIT_HANDSHAKE, FAULT_TIME_LIMIT },
	[AT_HOST_KEY]  = { "host key",  do_host_key,  LIMIT_NONE,      ERR_NONE },
	[AT_GATE]      = { "sign-in",   do_gate,      LIMIT_NONE,      ERR_NONE },
	[AT_SIGN_IN]   = { "sign-in",   do_sign_in,   LIMIT_SIGN_IN,   FAULT_TIME_LIMIT },
	[AT_REJECTED]  = { "sign-in",   do_rejected,  LIMIT_SIGN_IN,   FAULT_SIGN_IN_REJECTED },
	[AT_CHANNEL]   = { "channel",   ssh_channel,  LIMIT_CHANNEL,   FAULT_TIME_LIMIT },
	[AT_EXEC]      = { "exec",      ssh_exec,     LIMIT_TASK,      FAULT_TIME_LIMIT },
	[AT_SEND]      = { "send",      ssh_send,     LIMIT_TASK,      FAULT_TIME_LIMIT },
	[AT_RUN]       = { "run",       ssh_run,      LIMIT_TASK,      FAULT_TIME_LIMIT },
	[AT_EXIT]      = { "exit",      ssh_exit,     LIMIT_TASK,      FAULT_TIME_LIMIT },
	[AT_SFTP]      = { "sftp",      ssh_sftp,     LIMIT_CHANNEL,   FAULT_TIME_LIMIT },
	[AT_OPEN]      = { "open",      ssh_open,     LIMIT_TASK,      FAULT_TIME_LIMIT },
	[AT_WRITE]     = { "write",     ssh_write,    LIMIT_TASK,      FAULT_TIME_LIMIT },
	[AT_CLOSE]     = { "close",     ssh_close,    LIMIT_TASK,      FAULT_TIME_LIMIT },
};
/* clang-format on */
const struct machine machine_ssh = { rows, ssh_close_line, line_flush, ssh_late };
