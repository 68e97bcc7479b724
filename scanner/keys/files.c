/* files.c - see files.h. A kind is a row of functions. */
#include "scanner/keys/files.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/filelock.h"
#include "base/mem.h"
#include "transport/ssh/knownfile.h"

#define WORD(id, word, color) word,
const char *const key_verdict_word[KEY_VERDICT_COUNT] = { KEY_VERDICTS(WORD) };

typedef void visit_fn(void *ctx, const struct kh_place *at);

/* --- host keys ----------------------------------------------------------------------------- */

static enum key_verdict verdict_of_host_key(const struct key_file *file,
					    const struct key_target *target,
					    const struct host_key *key, struct kh_place *out_place)
{
	switch (knownhosts_check(file->trust->known, target->address, target->port, key,
				 out_place)) {
	case KH_MATCH:
		return KEY_SAME;
	case KH_CHANGED:
	case KH_OTHER_TYPE:
		return KEY_CHANGED;
	case KH_REVOKED:
		return KEY_REVOKED;
	case KH_UNKNOWN:
		break;
	}
	return KEY_NEW;
}

/* Whether the files say what they said when it was compared. */
static int is_still(const struct key_file *file, const struct key_target *target,
		    const struct host_key *key, const char *recorded, struct err *err)
{
	struct trust now = { file->trust->first, file->trust->second, knownhosts_new() };
	const struct key_file anew = { .kind = KEY_OF_HOST, .trust = &now };
	AUTO_FREE char *print = NULL;
	struct kh_place at;
	int rc = knownhosts_load(now.known, now.first, err);

	if (rc == 0 && now.second)
		rc = knownhosts_load(now.known, now.second, err);
	if (rc == 0 && key_verdict(&anew, target, key, &at) != KEY_SAME) {
		print = at.path ? knownhosts_fingerprint(&at.key) : NULL;
		if (!print != !recorded || (print && strcmp(print, recorded) != 0))
			rc = err_set(err, ERR_USAGE,
				     "%s was changed meanwhile: it says another thing of %s now",
				     at.path ? at.path : now.first, target->known_as);
	}
	knownhosts_free(now.known);
	return rc;
}

static int trust_host_key(struct key_file *file, const struct key_target *target,
			  const struct host_key *key, const char *recorded, int *out_lines,
			  struct err *err)
{
	if (recorded && access(file->first, F_OK) == 0) {
		AUTO_CLOSE int fd = file_lock(file->first, err);

		if (fd < 0 || is_still(file, target, key, recorded, err) != 0 ||
		    known_file_forget(file->first, target->known_as, out_lines, err) != 0)
			return -1;
	}
	return knownhosts_learn(file->trust->known, file->first, target->address, target->port, key,
				err);
}

static int revoke_host_key(struct key_file *file, const struct host_key *key, struct err *err)
{
	return knownhosts_revoke(file->trust->known, file->first, key, err);
}

static void visit_host_keys(struct key_file *file, const struct key_target *target, visit_fn *visit,
			    void *ctx)
{
	knownhosts_visit(file->trust->known, target ? target->address : NULL,
			 target ? target->port : 0, visit, ctx);
}

/* --- certificates -------------------------------------------------------------------------- */

static const char *hex_of(const struct host_key *key)
{
	return (const char *)key->data;
}

static struct kh_place place_of(const struct known_cert *c)
{
	return (struct kh_place){ .path = c->path,
				  .line = c->line,
				  .key = { (const unsigned char *)c->hex, strlen(c->hex) } };
}

static enum key_verdict verdict_of_certificate(const struct key_file *file,
					       const struct key_target *target,
					       const struct host_key *key,
					       struct kh_place *out_place)
{
	AUTO_FREE char *hex = xstrndup(hex_of(key), key->len);
	const char *pin = target->host->winrm_cert;
	const struct known_cert *line = knowncerts_revoked(file->certs, hex);

	if (line) {
		*out_place = place_of(line);
		return KEY_REVOKED;
	}
	if (pin) {
		*out_place = (struct kh_place){ .path = "marshal_winrm_cert",
						.key = { (const unsigned char *)pin, CERT_HEX } };
		return strcmp(pin, hex) == 0 ? KEY_SAME : KEY_CHANGED;
	}
	line = knowncerts_find(file->certs, target->known_as);
	if (!line)
		return KEY_NEW;
	*out_place = place_of(line);
	return strcmp(line->hex, hex) == 0 ? KEY_SAME : KEY_CHANGED;
}

static int trust_certificate(struct key_file *file, const struct key_target *target,
			     const struct host_key *key, const char *recorded, int *out_lines,
			     struct err *err)
{
	AUTO_FREE char *hex = xstrndup(hex_of(key), key->len);
	const char *digits = recorded ? strchr(recorded, ':') : NULL;
	const char *before = digits ? digits + 1 : recorded ? "" : NULL;

	return knowncerts_put(file->certs, target->known_as, hex, before, out_lines, err);
}

static int revoke_certificate(struct key_file *file, const struct host_key *key, struct err *err)
{
	AUTO_FREE char *hex = xstrndup(hex_of(key), key->len);

	return knowncerts_revoke(file->certs, hex, err);
}

struct visiting { visit_fn *visit; void *ctx; };

static void on_certificate(void *ctx, const struct known_cert *c)
{
	const struct visiting *v = ctx;
	const struct kh_place at = place_of(c);

	v->visit(v->ctx, &at);
}

static void visit_certificates(struct key_file *file, const struct key_target *target,
			       visit_fn *visit, void *ctx)
{
	const struct known_cert *line =
		target ? knowncerts_find(file->certs, target->known_as) : NULL;

	if (!target)
		knowncerts_visit(file->certs, on_certificate, &(struct visiting){ visit, ctx });
	else if (line && line->hex[0])
		on_certificate(&(struct visiting){ visit, ctx }, line);
}

/* --- each kind ----------------------------------------------------------------------------- */

static const struct {
	const char *one, *some;
	enum key_verdict (*verdict)(const struct key_file *file, const struct key_target *target,
				    const struct host_key *key, struct kh_place *out_place);
	int (*trust)(struct key_file *file, const struct key_target *target,
		     const struct host_key *key, const char *recorded, int *out_lines,
		     struct err *err);
	int (*revoke)(struct key_file *file, const struct host_key *key, struct err *err);
	void (*visit)(struct key_file *file, const struct key_target *target, visit_fn *visit,
		      void *ctx);
} kinds[KEY_KINDS] = {
	[KEY_OF_HOST] = { "host key", "host keys", verdict_of_host_key, trust_host_key,
			  revoke_host_key, visit_host_keys },
	[KEY_CERTIFICATE] = { "certificate", "certificates", verdict_of_certificate,
			      trust_certificate, revoke_certificate, visit_certificates },
};

char *key_fingerprint(enum key_kind kind, const struct host_key *key)
{
	if (kind == KEY_OF_HOST)
		return knownhosts_fingerprint(key);
	return xasprintf("SHA256:%.*s", (int)key->len, hex_of(key));
}

enum key_kind key_kind_of_print(const char *fingerprint)
{
	return strlen(fingerprint) == strlen("SHA256:") + CERT_HEX ? KEY_CERTIFICATE : KEY_OF_HOST;
}

bool key_print_is(const char *fingerprint, const char *written)
{
	if (key_kind_of_print(fingerprint) == KEY_CERTIFICATE)
		return strcasecmp(fingerprint, written) == 0;
	return strcmp(fingerprint, written) == 0;
}

char *key_counted(const int count[KEY_KINDS])
{
	int keys = count[KEY_OF_HOST], certs = count[KEY_CERTIFICATE];
	const char *key = keys == 1 ? kinds[KEY_OF_HOST].one : kinds[KEY_OF_HOST].some;
	const char *cert = certs == 1 ? kinds[KEY_CERTIFICATE].one : kinds[KEY_CERTIFICATE].some;

	if (certs == 0)
		return xasprintf("%d %s", keys, key);
	if (keys == 0)
		return xasprintf("%d %s", certs, cert);
	return xasprintf("%d %s and %d %s, %d in all,", keys, key, certs, cert, keys + certs);
}

enum key_verdict key_verdict(const struct key_file *file, const struct key_target *target,
			     const struct host_key *key, struct kh_place *out_place)
{
	*out_place = (struct kh_place){ .path = NULL };
	return kinds[file->kind].verdict(file, target, key, out_place);
}

int key_trust(struct key_file *file, const struct key_target *target, const struct host_key *key,
	      const char *recorded, int *out_lines, struct err *err)
{
	*out_lines = 0;
	return kinds[file->kind].trust(file, target, key, recorded, out_lines, err);
}

int key_revoke(struct key_file *file, const struct host_key *key, struct err *err)
{
	return kinds[file->kind].revoke(file, key, err);
}

void key_visit(struct key_file *file, const struct key_target *target, visit_fn *visit, void *ctx)
{
	kinds[file->kind].visit(file, target, visit, ctx);
}

/* --- the files ----------------------------------------------------------------------------- */

struct key_files {
	const char *named;
	struct trusts *trusts;
	struct knowncerts_files *certs;
	struct key_file **item;
	size_t count, cap;
};

struct key_files *key_files_new(const char *named)
{
	struct key_files *files = xcalloc(1, sizeof(*files));

	files->named = named;
	files->trusts = trusts_new();
	files->certs = knowncerts_files_new();
	return files;
}

void key_files_free(struct key_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		pending_free(files->item[i]->pending);
		free(files->item[i]);
	}
	free(files->item);
	trusts_free(files->trusts);
	knowncerts_files_free(files->certs);
	free(files);
}

struct key_file *key_files_of(struct key_files *files, const struct key_target *target,
			      struct err *err)
{
	const char *named = target->known_hosts ? target->known_hosts : files->named;
	struct key_file made = { .kind = target->kind };

	if (target->kind == KEY_OF_HOST && (made.trust = trusts_get(files->trusts, named, err)))
		made.first = made.trust->first;
	if (target->kind == KEY_CERTIFICATE &&
	    (made.certs = knowncerts_beside(files->certs, named, err)))
		made.first = knowncerts_file(made.certs);
	for (size_t i = 0; made.first && i < files->count; i++)
		if (files->item[i]->trust == made.trust && files->item[i]->certs == made.certs)
			return files->item[i];
	made.pending = made.first ? pending_load(made.first, made.kind, err) : NULL;
	if (!made.pending)
		return NULL;
	MEM_GROW(files->item, files->count, files->cap);
	files->item[files->count] = xcalloc(1, sizeof(made));
	*files->item[files->count] = made;
	return files->item[files->count++];
}

int key_files_save(struct key_files *files, struct err *err)
{
	for (size_t i = 0; i < files->count; i++)
		if (pending_save(files->item[i]->pending, err) != 0)
			return -1;
	return 0;
}
