/* greet.c - the states up to a line whose other end is known: name, connect, key exchange, host
 * key. */
#include "transport/ssh/ssh.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "transport/dial.h"
#include "transport/ssh/hostline.h"
#include "transport/ssh/knownhosts.h"
#include "transport/ssh/wire.h"

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

/* What a bastion reaches it names, and resolves, by itself. */
enum turn ssh_name(struct session *s, struct err *err)
{
	enum turn r;

	if (s->endpoint->via) {
		session_found(s, "resolved by %s", s->endpoint->via->name);
		return session_enter(s, AT_TUNNEL);
	}
	r = dial_name(s, err);
	return r == TURN_DONE ? session_enter(s, AT_CONNECT) : r;
}

int ssh_open_line(struct session *s, int fd, struct err *err)
{
	s->ssh->line = line_open(s, fd, err);
	return s->ssh->line ? 0 : -1;
}

static enum turn take_line(struct session *s, enum turn dialled, struct err *err)
{
	if (dialled != TURN_DONE)
		return dialled;
	if (ssh_open_line(s, dial_take(s), err) != 0)
		return TURN_FAILED;
	return session_enter(s, AT_HANDSHAKE);
}

enum turn ssh_connect(struct session *s, struct err *err)
{
	return take_line(s, dial_connect(s, err), err);
}

enum turn ssh_tunnel(struct session *s, struct err *err)
{
	return take_line(s, dial_tunnel(s, err), err);
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
	AUTO_FREE char *known = methods_known(s->ssh->line->ssh, method, list);

	if (*known && libssh2_session_method_pref(s->ssh->line->ssh, method, known) == 0)
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
	struct ssh *ssh = s->ssh;
	char *types;

	ssh->trust = ssh_trust(s->t, s->endpoint, err);
	if (!ssh->trust) {
		err->code = FAULT_HOST_KEY_UNKNOWN;
		return -1;
	}
	types = knownhosts_types(ssh->trust->known, s->endpoint->address, s->endpoint->port);
	if (!*types) {
		free(types);
		types = xstrdup(HOST_KEYS_OFFERED);
	}
	ssh->host_key_types = types;
	if (offer(s, LIBSSH2_METHOD_HOSTKEY, types, err) != 0)
		return err_in(err, "key types of known_hosts");
	if (offer(s, LIBSSH2_METHOD_KEX, kex_offered(s), err) != 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
		if (offer(s, fixed[i].method, fixed[i].list, err) != 0)
			return -1;
	return 0;
}

static const char old_ciphers_hint[] =
	"libssh2 before 1.11 (Debian 12) has neither AES-GCM nor chacha20-poly1305 nor etm MACs: "
	"let the server take aes256-ctr with hmac-sha2-256 too (Ciphers, MACs in its sshd_config), "
	"or run marshal on Debian 13";

static const char old_host_keys_hint[] =
	"libssh2 before 1.11 (Debian 12) takes no RSA host key with SHA-2: a server that has no "
	"other needs an ed25519 or ecdsa one (ssh-keygen -A there), or run marshal on Debian 13; "
	"a server that has Diffie-Hellman group exchange alone needs --group-exchange";

/* libssh2 agrees on key exchange and host key first, then on ciphers, then on MACs; it does not
 * say what failed, but what it has agreed on so far. */
static enum turn nothing_in_common(struct session *s, struct err *err)
{
	LIBSSH2_SESSION *ssh = s->ssh->line->ssh;
	AUTO_FREE char *first = NULL, *second = NULL;

	if (!libssh2_session_methods(ssh, LIBSSH2_METHOD_KEX)) {
		first = methods_known(ssh, LIBSSH2_METHOD_HOSTKEY, s->ssh->host_key_types);
		second = methods_known(ssh, LIBSSH2_METHOD_KEX, kex_offered(s));
		err_set(err, FAULT_NO_COMMON_ALGORITHM,
			"nothing in common with what is offered: host keys %s; key exchange %s",
			first, second);
		return libssh2_version(0x010b00) ? -1 : err_hint(err, old_host_keys_hint);
	}
	first = methods_known(ssh, LIBSSH2_METHOD_CRYPT_CS, CIPHERS_OFFERED);
	second = methods_known(ssh, LIBSSH2_METHOD_MAC_CS, MACS_OFFERED);
	err_set(err, FAULT_NO_COMMON_ALGORITHM,
		"nothing in common with what is offered: ciphers %s; MACs %s", first, second);
	return libssh2_version(0x010b00) ? -1 : err_hint(err, old_ciphers_hint);
}

static const char *method_of(const struct line *l, int method)
{
	const char *name = libssh2_session_methods(l->ssh, method);

	return name ? name : "?";
}

enum turn ssh_handshake(struct session *s, struct err *err)
{
	struct ssh *ssh = s->ssh;
	struct line *l = ssh->line;
	const char *peer;
	char *printable;
	int rc;

	if (!ssh->host_key_types && prefer_methods(s, err) != 0)
		return TURN_FAILED;
	rc = libssh2_session_handshake(l->ssh, l->fd);
	if (rc == LIBSSH2_ERROR_EAGAIN)
		return line_wait(l);
	if (rc != 0 && !l->identified)
		return line_quote_talk(l, err);
	if (rc == LIBSSH2_ERROR_KEX_FAILURE)
		return nothing_in_common(s, err);
	if (rc != 0)
		return line_failed(l, rc, "key exchange", err);
	peer = libssh2_session_banner_get(l->ssh);
	printable = text_printable(peer ? peer : "", peer ? strlen(peer) : 0, sizeof(s->peer) - 1);
	snprintf(s->peer, sizeof(s->peer), "%s", printable);
	free(printable);
	session_found(s, "%s; %s, %s, %s", s->peer, method_of(l, LIBSSH2_METHOD_KEX),
		      method_of(l, LIBSSH2_METHOD_HOSTKEY), method_of(l, LIBSSH2_METHOD_CRYPT_CS));
	return session_enter(s, AT_HOST_KEY);
}

/* Keys of the server's other types are taken from a server that proves to have the known one. */
static const char another_type_hint[] =
	"connect once with ssh -o UpdateHostKeys=yes, which checks the RSA key and records the "
	"server's other keys; or compare and approve the new one (marshal keys scan, keys approve "
	"--changed HOST); libssh2 1.11 or newer (Debian 13) needs none of that";

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
	struct trust *trust = s->ssh->trust;
	struct kh_place at;

	if (s->t->options.host_key == HOST_KEY_STRICT &&
	    knownhosts_authority(trust->known, e->address, e->port, &at))
		return err_set(err, FAULT_HOST_KEY_UNKNOWN,
			       "%s key %s of %s port %d is not in %s; %s line %d trusts an "
			       "authority for this host: host certificates are not supported",
			       type, print, e->address, e->port, trust->first, at.path, at.line);
	if (s->t->options.host_key == HOST_KEY_STRICT)
		return err_set(err, FAULT_HOST_KEY_UNKNOWN, "%s key %s of %s port %d is not in %s",
			       type, print, e->address, e->port, trust->first);
	if (knownhosts_learn(trust->known, trust->first, e->address, e->port, key, err) != 0) {
		if (err->code != FAULT_HOST_KEY_CHANGED)
			err->code = FAULT_HOST_KEY_UNKNOWN;
		return err_in(err, "%s key %s could not be learnt", type, print);
	}
	session_found(s, "%s key %s, learnt now into %s", type, print, trust->first);
	return session_enter(s, AT_METHODS);
}

/* What we ask for begins with the types on record, RSA last: then it is the only one. */
static bool only_rsa_is_known(const struct session *s)
{
	return strncmp(s->ssh->host_key_types, "rsa-", 4) == 0;
}

/* The types on record were asked for first, and another one came. Where the only one is one
 * that this libssh2 cannot ask a newer server for, that says nothing about the server. */
static int another_type(struct session *s, const char *shown, const struct kh_place *at,
			const char *recorded, struct err *err)
{
	AUTO_FREE char *sha2 = methods_known(s->ssh->line->ssh, LIBSSH2_METHOD_HOSTKEY,
					     "rsa-sha2-512,rsa-sha2-256");
	char type[HOST_TYPE_MAX] = "?";

	if (only_rsa_is_known(s) && !*sha2) {
		err_set(err, FAULT_HOST_KEY_UNKNOWN,
			"%s was shown, and %s line %d has its RSA key alone, %s: libssh2 %s asks "
			"for an RSA key with SHA-1 alone, which this server does not offer",
			shown, at->path, at->line, recorded, libssh2_version(0));
		return err_hint(err, another_type_hint);
	}
	(void)wire_key_type(at->key.data, at->key.len, type, sizeof(type));
	return err_set(
		err, FAULT_HOST_KEY_CHANGED,
		"%s was shown, of another type than the known one of %s line %d, %s %s, "
		"that was asked for first: the server was set up again, or someone stands in "
		"between",
		shown, at->path, at->line, type, recorded);
}

/* A hashed known_hosts line was found only now, by its key, and has another type than the
 * server showed: dials once more and asks for that one. False: that was done already. */
static bool ask_for_other_type(struct session *s)
{
	struct ssh *ssh = s->ssh;
	AUTO_FREE char *types =
		knownhosts_types(ssh->trust->known, s->endpoint->address, s->endpoint->port);

	if (ssh->asked_again || strcmp(types, ssh->host_key_types) == 0)
		return false;
	ssh->asked_again = true;
	ssh_close(s, true);
	session_enter(s, AT_NAME);
	return true;
}

/* That was all that was wanted of it. */
static enum turn shown(struct session *s, const struct host_key *key)
{
	s->task.shown(
		s->task.ctx,
		&(struct shown_key){ .way = ENDPOINT_SSH, .data = key->data, .len = key->len });
	ssh_close(s, true);
	session_enter(s, STATE_IDLE);
	return TURN_DONE;
}

enum turn ssh_host_key(struct session *s, struct err *err)
{
	const struct endpoint *e = s->endpoint;
	AUTO_FREE char *print = NULL, *recorded = NULL, *shown_key = NULL;
	struct kh_place at = { .path = NULL };
	struct host_key key = { .len = 0 };
	int64_t begun_us;
	const char *type;
	enum kh_result known;
	int number = 0;

	key.data = (const unsigned char *)libssh2_session_hostkey(s->ssh->line->ssh, &key.len,
								  &number);
	if (!key.data || key.len == 0)
		return err_set(err, FAULT_HOST_KEY_UNKNOWN, "the server showed no host key");
	type = host_key_type(number);
	print = knownhosts_fingerprint(&key);
	begun_us = clock_cpu_us();
	known = knownhosts_check(s->ssh->trust->known, e->address, e->port, &key, &at);
	session_own_work(s, begun_us);  /* an HMAC for each hashed line, of a long file of ours */
	if (known == KH_OTHER_TYPE && ask_for_other_type(s))
		return TURN_MORE;
	if (s->task.kind == TASK_GREET)
		return shown(s, &key);
	switch (known) {
	case KH_MATCH:
		session_found(s, "%s key %s, %s line %d", type, print, at.path, at.line);
		return session_enter(s, AT_METHODS);
	case KH_OTHER_TYPE:
		recorded = knownhosts_fingerprint(&at.key);
		shown_key = xasprintf("%s key %s", type, print);
		return another_type(s, shown_key, &at, recorded, err);
	case KH_CHANGED:
		recorded = knownhosts_fingerprint(&at.key);
		return err_set(err, FAULT_HOST_KEY_CHANGED,
			       "%s key %s is not the one in %s line %d, %s: the server was set up "
			       "again, or someone stands in between",
			       type, print, at.path, at.line, recorded);
	case KH_REVOKED:
		return err_set(err, FAULT_HOST_KEY_CHANGED, "%s key %s is revoked by %s line %d",
			       type, print, at.path, at.line);
	case KH_UNKNOWN:
		break;
	}
	return unknown_key(s, &key, type, print, err);
}
