/* common.c - one of each for all lines: a file of known hosts is parsed once, and so is a key. */
#include "transport/ssh/common.h"

#include <libssh2.h>
#include <stdlib.h>

#include "base/mem.h"
#include "transport/session.h"
#include "transport/ssh/key_agent.h"

struct ssh_common {
	struct keyring *keyring;
	bool agent_asked;
	struct trusts *trusts;
};

struct ssh_common *ssh_common_new(uv_loop_t *loop)
{
	struct ssh_common *common = xcalloc(1, sizeof(*common));

	libssh2_init(0);
	common->trusts = trusts_new();
	common->keyring = keyring_new(loop, getenv("SSH_AUTH_SOCK"));
	return common;
}

void ssh_common_free(struct ssh_common *common)
{
	trusts_free(common->trusts);
	keyring_free(common->keyring);
	free(common);
	libssh2_exit();
}

int ssh_common_prepare(struct transport *t, const struct endpoint *e, struct err *err)
{
	struct err unused;

	if (!t->ssh->agent_asked) {
		keyring_ask_key_agent(t->ssh->keyring);
		t->ssh->agent_asked = true;
	}
	if (!ssh_trust(t, e, err))
		return -1;
	if (e->password)
		return 0;
	/* kept in the keyring, also the failure, which each host that needs it tells */
	keyring_key(t->ssh->keyring, e->key_file, !t->options.no_prompt, &unused);
	return 0;
}

struct trust *ssh_trust(struct transport *t, const struct endpoint *e, struct err *err)
{
	return trusts_get_current(t->ssh->trusts,
				  e->known_hosts ? e->known_hosts : t->options.known_hosts, err);
}

int ssh_no_user(struct err *err)
{
	err_set(err, FAULT_NO_USABLE_KEY, "no user to sign in as");
	return err_hint(err, "set ansible_user for this host or its group");
}

struct credential *ssh_credential(struct transport *t, const struct endpoint *e, struct err *err)
{
	const struct password *password = NULL;
	AUTO_FREE char *what = NULL;
	struct key *key;

	if (e->password) {
		password = password_of(t->passwords, e->password, false, err);
		return password ?
			       credential_of(t, e->user, NULL, password, password_label(password)) :
			       NULL;
	}
	key = keyring_key(t->ssh->keyring, e->key_file, false, err);
	if (!key)
		return NULL;
	what = xasprintf("key '%s'%s", key_label(key),
			 key_is_certified(key) ? " and its certificate" : "");
	return credential_of(t, e->user, key, NULL, what);
}

int ssh_identify(struct transport *t, const struct endpoint *e, struct transport_identity *out,
		 struct err *err)
{
	const struct trust *trust = ssh_trust(t, e, err);
	const struct credential *c;

	if (!trust)
		return -1;
	if (!e->user)
		return ssh_no_user(err);
	c = ssh_credential(t, e, err);
	if (!c)
		return -1;
	*out = (struct transport_identity){
		.label = c->label,
		.key_type = c->key ? key_type(c->key) : NULL,
		.known_hosts = trust->first,
		.known_hosts_too = trust->second,
	};
	return 0;
}

static void count_key(void *ctx, const unsigned char *blob, size_t blob_len,
		      const unsigned char *comment, size_t comment_len)
{
	(void)blob;
	(void)blob_len;
	(void)comment;
	(void)comment_len;
	++*(int *)ctx;
}

int transport_agent_keys(struct err *err)
{
	const char *path = getenv("SSH_AUTH_SOCK");
	int count = 0;

	if (!path)
		return 0;
	return key_agent_list(path, KEY_AGENT_ASK_MS, count_key, &count, err) == 0 ? count : -1;
}
