/* keyring.c - which key a host is signed in to with, found once for every file that is named,
 * and kept with its failure too: a thousand hosts ask for the same few. */
#include "transport/ssh/keyring.h"

#include <libssh2.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/text.h"
#include "base/trust.h"
#include "transport/ssh/key_agent.h"
#include "transport/ssh/keyfile.h"
#include "transport/passphrase.h"
#include "transport/ssh/privkey.h"
#include "transport/ssh/usercert.h"
#include "transport/ssh/wire.h"

/* libssh2 1.10 signs in the name of the certificate, which servers refuse. */
enum { TRIES = 3, LABEL_MAX = 200, CERTIFICATES_FROM = 0x010b00 };

struct key {
	char *label;
	char type[PRIVKEY_TYPE_MAX];
	unsigned char *public;
	size_t public_len;
	unsigned char *certificate;     /* is offered in its place; NULL none */
	size_t certificate_len;
	struct kept_key *own;           /* NULL: the agent signs */
	struct key_agent *key_agent;
	char *passed_over;              /* its certificate, and why; NULL: none was */
};

/* What a path led to; path NULL: no file was named. */
struct found {
	char *path;
	struct key *key;                /* NULL: why not is in err */
	struct err err;
};

struct keyring {
	uv_loop_t *loop;
	char *key_agent_path;               /* NULL: none */
	struct err key_agent_err;               /* why it did not name its keys; ERR_NONE: it did */
	struct key_agent *key_agent;            /* NULL until one of its keys is used */
	struct key **held;              /* by the agent */
	size_t held_count, held_cap;
	struct found **found;
	size_t found_count, found_cap;
	struct key **own;
	size_t own_count, own_cap;
};

struct keyring *keyring_new(uv_loop_t *loop, const char *key_agent_path)
{
	struct keyring *kr = xcalloc(1, sizeof(*kr));

	kr->loop = loop;
	kr->key_agent_path = key_agent_path && *key_agent_path ? xstrdup(key_agent_path) : NULL;
	return kr;
}

static void key_free(struct key *k)
{
	if (!k)
		return;
	secret_free(k->own);
	free(k->label);
	free(k->public);
	free(k->certificate);
	free(k->passed_over);
	free(k);
}

void keyring_free(struct keyring *kr)
{
	if (!kr)
		return;
	key_agent_free(kr->key_agent);
	for (size_t i = 0; i < kr->held_count; i++)
		key_free(kr->held[i]);
	for (size_t i = 0; i < kr->own_count; i++)
		key_free(kr->own[i]);
	for (size_t i = 0; i < kr->found_count; i++) {
		free(kr->found[i]->path);
		free(kr->found[i]);
	}
	free(kr->held);
	free(kr->own);
	free(kr->found);
	free(kr->key_agent_path);
	free(kr);
}

/* Takes over `public`. NULL, and it is freed, when its type is not for us. */
static struct key *key_new(const char *label, size_t label_len, unsigned char *public, size_t len)
{
	struct key *k = xcalloc(1, sizeof(*k));

	k->public = public;
	k->public_len = len;
	k->label = text_printable(label, label_len, LABEL_MAX);
	if (wire_key_type(public, len, k->type, sizeof(k->type)) && privkey_type_supported(k->type))
		return k;
	key_free(k);
	return NULL;
}

static unsigned char *copy_of(const unsigned char *bytes, size_t len)
{
	unsigned char *copy = xmalloc(len + 1);

	memcpy(copy, bytes, len);
	return copy;
}

static void hold(void *ctx, const unsigned char *blob, size_t blob_len,
		 const unsigned char *comment, size_t comment_len)
{
	struct keyring *kr = ctx;
	struct key *k =
		key_new((const char *)comment, comment_len, copy_of(blob, blob_len), blob_len);

	if (!k)
		return;
	MEM_GROW(kr->held, kr->held_count, kr->held_cap);
	kr->held[kr->held_count++] = k;
}

void keyring_ask_key_agent(struct keyring *kr)
{
	if (kr->key_agent_path &&
	    key_agent_list(kr->key_agent_path, KEY_AGENT_ASK_MS, hold, kr, &kr->key_agent_err) != 0)
		log_line(LOG_DEBUG, "%s", kr->key_agent_err.msg);
}

/* The agent's key with this public half. */
static struct key *held_key(struct keyring *kr, const unsigned char *public, size_t len)
{
	for (size_t i = 0; i < kr->held_count; i++) {
		struct key *k = kr->held[i];

		if (k->public_len != len || memcmp(k->public, public, len) != 0)
			continue;
		if (!kr->key_agent)
			kr->key_agent = key_agent_new(kr->loop, kr->key_agent_path);
		k->key_agent = kr->key_agent;
		return k;
	}
	return NULL;
}

static const char dead_agent_hint[] =
	"start the key agent again and give it the key (ssh-agent, ssh-add), or name the file of a "
	"key without a passphrase (ansible_ssh_private_key_file)";

/* A file that cannot be read, or not without its passphrase, may be one that an agent was to
 * hold: then the agent is what is wrong. */
static void tell_of_agent(const struct keyring *kr, struct err *err)
{
	struct err file = *err;

	if (kr->key_agent_err.code == ERR_NONE)
		return;
	err_set(err, FAULT_NO_USABLE_KEY, "%s; and of the agent of SSH_AUTH_SOCK: %s", file.msg,
		kr->key_agent_err.msg);
	err_hint(err, dead_agent_hint);
}

static struct key *only_key(struct keyring *kr, struct err *err)
{
	if (kr->held_count == 1)
		return held_key(kr, kr->held[0]->public, kr->held[0]->public_len);
	if (kr->held_count > 1)
		err_set(err, FAULT_NO_USABLE_KEY,
			"no key is named and the key agent holds %zu: name "
			"one's file (ansible_ssh_private_key_file)",
			kr->held_count);
	else if (kr->key_agent_err.code != ERR_NONE) {
		err_set(err, FAULT_NO_USABLE_KEY,
			"no key is named, and of the agent of "
			"SSH_AUTH_SOCK: %s",
			kr->key_agent_err.msg);
		err_hint(err, dead_agent_hint);
	} else if (!kr->key_agent_path)
		err_set(err, FAULT_NO_USABLE_KEY,
			"no key is named, and there is no key agent (SSH_AUTH_SOCK is not set)");
	else
		err_set(err, FAULT_NO_USABLE_KEY, "no key is named and the key agent holds none");
	return NULL;
}

/* Whether the agent holds what the text, or the file beside it, has as public half. */
static struct key *key_of_key_agent(struct keyring *kr, const char *path, const char *text,
				    size_t len)
{
	AUTO_FREE char *beside = xasprintf("%s.pub", path);
	AUTO_FREE char *line = NULL;
	AUTO_FREE unsigned char *public = NULL;
	size_t public_len = 0, line_len;

	if (kr->held_count == 0)
		return NULL;
	public = text ? keyfile_public(text, len, &public_len) : NULL;
	if (!public) {
		struct err ignored;     /* no such file: then there is no public half */

		line = file_read(beside, KEYFILE_MAX, &line_len, &ignored);
		public = line ? keyfile_public(line, line_len, &public_len) : NULL;
	}
	return public ? held_key(kr, public, public_len) : NULL;
}

static enum keyfile_result ask_and_parse(const char *path, const char *text, size_t len,
					 EVP_PKEY **out, struct err *err)
{
	enum keyfile_result result = KEYFILE_LOCKED;

	for (int i = 0; i < TRIES && result == KEYFILE_LOCKED; i++) {
		AUTO_FREE char *shown = text_printable(path, strlen(path), LABEL_MAX);
		AUTO_FREE char *prompt = xasprintf(
			"%sPassphrase for key '%s': ", i ? "That was wrong. " : "", shown);
		AUTO_SECRET char *passphrase = passphrase_ask(prompt, "passphrase", err);

		if (!passphrase)
			return KEYFILE_LOCKED;
		result = keyfile_private(text, len, passphrase, out, err);
	}
	return result;
}

static void warn_of_readers(const char *path)
{
	struct stat st;

	if (!trust_warn("key", path) && stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & 077) != 0)
		log_line(LOG_WARN, "key '%s': others may read it (mode %04o)", path,
			 (unsigned)st.st_mode & 07777);
}

static struct key *own_key(struct keyring *kr, const char *path, const char *text, size_t len,
			   bool may_prompt, struct err *err)
{
	EVP_PKEY *own = NULL;
	enum keyfile_result result = keyfile_private(text, len, NULL, &own, err);
	unsigned char *public;
	size_t public_len;
	struct key *k;

	warn_of_readers(path);
	if (result == KEYFILE_LOCKED && may_prompt)
		result = ask_and_parse(path, text, len, &own, err);
	if (result == KEYFILE_LOCKED) {
		err_hint(err, "give it to a key agent with ssh-add, or run this in a terminal");
		tell_of_agent(kr, err);
	}
	if (result != KEYFILE_OK)
		return NULL;
	public = privkey_public(own, &public_len);
	k = public ? key_new(path, strlen(path), public, public_len) : NULL;
	if (k)
		k->own = privkey_keep(own);
	EVP_PKEY_free(own);
	if (!k || !k->own) {
		key_free(k);
		err_set(err, FAULT_NO_USABLE_KEY, "a key of a type that is not supported");
		return NULL;
	}
	MEM_GROW(kr->own, kr->own_count, kr->own_cap);
	kr->own[kr->own_count++] = k;
	return k;
}

static unsigned char *read_certificate(const struct key *k, const char *path, size_t *out_len,
				       struct err *err)
{
	const struct usercert_key key = { .public = k->public,
					  .len = k->public_len,
					  .type = k->type };
	size_t len;
	AUTO_FREE char *text = file_read(path, KEYFILE_MAX, &len, err);
	unsigned char *blob =
		text ? usercert_read(text, len, &key, clock_utc_ms() / 1000, out_len, err) : NULL;

	if (!blob)
		return NULL;
	if (!libssh2_version(CERTIFICATES_FROM))
		err_set(err, FAULT_NO_USABLE_KEY, "libssh2 %s offers none, 1.11 does",
			libssh2_version(0));
	else if (strcmp(k->type, "ssh-rsa") == 0)
		err_set(err, FAULT_NO_USABLE_KEY,
			"certificates of RSA keys are not supported: use an ed25519 key");
	else
		return blob;
	free(blob);
	return NULL;
}

/* As ssh does, the certificate beside a key is offered instead of it. One that no server
 * would take is told and passed over: the key alone may do. */
static void look_for_certificate(struct key *k, const char *path)
{
	AUTO_FREE char *beside = xasprintf("%s-cert.pub", path);
	struct err err;

	if (k->certificate || k->passed_over || access(beside, F_OK) != 0)
		return;
	k->certificate = read_certificate(k, beside, &k->certificate_len, &err);
	if (k->certificate)
		return;
	k->passed_over = xasprintf("certificate '%s': %s", beside, err.msg);
	log_line(LOG_WARN, "%s; the key is offered without it", k->passed_over);
}

static struct key *find_key(struct keyring *kr, const char *path, bool may_prompt, struct err *err)
{
	AUTO_SECRET char *text = NULL;
	size_t len = 0;
	struct key *k;

	secret_guard();
	text = file_read_secret(path, KEYFILE_MAX, &len, err);
	k = key_of_key_agent(kr, path, text, len);
	if (!k && text)
		k = own_key(kr, path, text, len, may_prompt, err);
	secret_wipe_stack();
	if (k) {
		look_for_certificate(k, path);
		return k;
	}
	/* The file's own trouble becomes a fault of the hosts that need it. */
	err->code = FAULT_NO_USABLE_KEY;
	if (!text) {
		err_hint(err, "correct the name of the key file (ansible_ssh_private_key_file), or "
			      "put the key there, readable by this account alone");
		tell_of_agent(kr, err);
	} else
		err_in(err, "key '%s'", path);
	return NULL;
}

struct key *keyring_key(struct keyring *kr, const char *path, bool may_prompt, struct err *err)
{
	struct found *f = NULL;

	for (size_t i = 0; i < kr->found_count && !f; i++) {
		const char *known = kr->found[i]->path;

		if (path && known ? strcmp(path, known) == 0 : path == known)
			f = kr->found[i];
	}
	if (!f) {
		f = xcalloc(1, sizeof(*f));
		f->path = xstrdup(path);
		f->key = path ? find_key(kr, path, may_prompt, &f->err) : only_key(kr, &f->err);
		MEM_GROW(kr->found, kr->found_count, kr->found_cap);
		kr->found[kr->found_count++] = f;
	}
	if (!f->key && err)
		*err = f->err;
	return f->key;
}

const char *key_type(const struct key *k)
{
	return k->type;
}

const char *key_label(const struct key *k)
{
	return k->label;
}

const char *key_passed_over(const struct key *k)
{
	return k->passed_over;
}

bool key_is_certified(const struct key *k)
{
	return k->certificate != NULL;
}

const unsigned char *key_public(const struct key *k, size_t *out_len)
{
	*out_len = k->certificate ? k->certificate_len : k->public_len;
	return k->certificate ? k->certificate : k->public;
}

/* The agent's answer has the algorithm's name in front, libssh2 adds its own. */
static enum sign_result take_signature(struct signing *s, const char *algorithm,
				       unsigned char **out, size_t *out_len, struct err *err)
{
	const unsigned char *whole, *bare;
	size_t whole_len, bare_len;
	enum sign_result result = signing_look(s, &whole, &whole_len, err);
	struct wire w;

	if (result != SIGN_DONE)
		return result;
	w = wire_of(whole, whole_len);
	/* Some agents do not know of RSA with SHA-2, and answer with SHA-1. */
	if (!wire_is(&w, algorithm)) {
		err_set(err, FAULT_NO_USABLE_KEY, "key agent: did not sign with %s", algorithm);
		if (strncmp(algorithm, "rsa-", 4) == 0)
			err_hint(err,
				 "this agent does not know RSA with SHA-2: name the key's file "
				 "without an agent, or use an ed25519 key");
		return SIGN_FAILED;
	}
	bare = wire_string(&w, &bare_len);
	if (!bare || bare_len == 0 || w.left > 0) {
		err_set(err, FAULT_NO_USABLE_KEY, "key agent: answered nonsense");
		return SIGN_FAILED;
	}
	*out = copy_of(bare, bare_len);
	*out_len = bare_len;
	return SIGN_DONE;
}

static uint32_t key_agent_flags(const char *algorithm)
{
	if (strcmp(algorithm, "rsa-sha2-256") == 0)
		return KEY_AGENT_RSA_SHA256;
	return strcmp(algorithm, "rsa-sha2-512") == 0 ? KEY_AGENT_RSA_SHA512 : 0;
}

enum sign_result key_sign(struct key *k, struct signing **state, const struct sign_request *request,
			  unsigned char **out, size_t *out_len, struct err *err)
{
	char algorithm[PRIVKEY_TYPE_MAX];
	enum sign_result result;

	if (privkey_algorithm(request->data, request->len, k->type, algorithm, err) != 0) {
		err_in(err, "key '%s'", k->label);
		return SIGN_FAILED;
	}
	if (k->own) {
		int rc = privkey_sign(k->own, algorithm, request->data, request->len, out, out_len);

		secret_wipe_stack();
		if (rc == 0)
			return SIGN_DONE;
		err_set(err, FAULT_NO_USABLE_KEY, "key '%s': cannot sign with %s", k->label,
			algorithm);
		return SIGN_FAILED;
	}
	if (!*state) {
		struct key_agent_request asked = { .blob = k->public,
						   .blob_len = k->public_len,
						   .data = request->data,
						   .len = request->len,
						   .flags = key_agent_flags(algorithm) };

		*state = key_agent_sign(k->key_agent, &asked, request->wake, request->ctx);
	}
	result = take_signature(*state, algorithm, out, out_len, err);
	if (result == SIGN_WAIT)
		return SIGN_WAIT;
	signing_drop(*state);
	*state = NULL;
	if (result == SIGN_FAILED)
		err_in(err, "key '%s'", k->label);
	return result;
}
