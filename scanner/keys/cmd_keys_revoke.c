/* cmd_keys_revoke.c - `marshal keys revoke`: a key that nobody shall trust any more, whatever else
 * is known of it: an @revoked line for every name. */
#include "scanner/commands.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/term.h"
#include "scanner/keys/select.h"

struct revoke_opts {
	const char *known_hosts;
	bool yes;
};

/* clang-format off */
static const struct opt option_table[] = {
	{ "known-hosts", 0, OPT_TEXT, "FILE", "where it is written, instead of ~/.ssh/known_hosts",
	  offsetof(struct revoke_opts, known_hosts), 0, 0 },
	{ "yes", 'y', OPT_FLAG, NULL, "do not ask", offsetof(struct revoke_opts, yes), 0, 0 },
	{ .name = NULL },
};
/* clang-format on */

/* A key to be revoked in a file. */
struct condemned {
	struct key_file *file;
	unsigned char *data;
	size_t len;
	char *fingerprint;
};
struct search {
	const char *wanted;             /* a fingerprint; NULL: any key */
	struct key_file *file;          /* that is searched now */
	struct condemned *item;
	int count, cap;
};

static void consider(void *ctx, const struct kh_place *at)
{
	struct search *s = ctx;
	AUTO_FREE char *print = key_fingerprint(s->file->kind, &at->key);

	if (s->wanted && !key_print_is(print, s->wanted))
		return;
	for (int i = 0; i < s->count; i++)
		if (s->item[i].file == s->file && strcmp(s->item[i].fingerprint, print) == 0)
			return;
	MEM_GROW(s->item, s->count, s->cap);
	s->item[s->count] = (struct condemned){ .file = s->file,
						.data = xmalloc(at->key.len),
						.len = at->key.len,
						.fingerprint = print };
	memcpy(s->item[s->count++].data, at->key.data, at->key.len);
	print = NULL;
}

/* By its digits: one that an authority vouches for, or the inventory pins, is recorded nowhere. */
static void consider_certificate(struct search *s, const char *hex)
{
	AUTO_FREE char *digits = xstrdup(hex);

	for (char *p = digits; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	consider(s, &(struct kh_place){ .key = { (const unsigned char *)digits, strlen(digits) } });
}

/* The digits of the fingerprint of a certificate; NULL: it is none. */
static const char *digits_of(const char *print)
{
	const char *hex = print + strlen("SHA256:");

	return key_kind_of_print(print) == KEY_CERTIFICATE &&
			       strspn(hex, "0123456789abcdefABCDEF") == strlen(hex) ?
		       hex :
		       NULL;
}

/* Of a host: what is recorded, pinned and pending. Of a fingerprint: wherever it is, that of a
 * certificate in every file of them. */
static int search(struct search *s, struct key_selection *all, const char *name, struct err *err)
{
	const char *hex = s->wanted ? digits_of(s->wanted) : NULL;

	for (int i = 0; i < all->targets.count; i++) {
		const struct key_target *t = &all->targets.item[i];
		const struct pending_key *pending;

		if (!s->wanted && strcmp(t->name, name) != 0)
			continue;
		s->file = key_files_of(all->files, t, err);
		if (!s->file)
			return -1;
		if (t->kind == KEY_CERTIFICATE && (hex || (!s->wanted && t->host->winrm_cert)))
			consider_certificate(s, hex ? hex : t->host->winrm_cert);
		key_visit(s->file, s->wanted ? NULL : t, consider, s);
		pending = pending_find(s->file->pending, t->known_as);
		if (pending)
			consider(s, &(struct kh_place){
					    .key = { pending->line.key, pending->line.key_len } });
	}
	if (s->count > 0)
		return 0;
	return err_set(err, ERR_USAGE, "no key of '%s' is recorded, pinned or pending", name);
}

static int revoke_key(const struct condemned *c, struct err *err)
{
	if (key_revoke(c->file, &(struct host_key){ c->data, c->len }, err) != 0)
		return -1;
	printf("%s is revoked, in %s\n", c->fingerprint, c->file->first);
	return 0;
}

static int confirm(const struct search *s, struct err *err)
{
	int count[KEY_KINDS] = { 0 };
	AUTO_FREE char *number = xasprintf("%d", s->count);

	for (int i = 0; i < s->count; i++) {
		printf("%s\n", s->item[i].fingerprint);
		count[s->item[i].file->kind]++;
	}
	AUTO_FREE char *counted = key_counted(count);
	AUTO_FREE char *question =
		xasprintf("%s will be refused from whoever shows %s. Type that number to revoke",
			  counted, s->count == 1 ? "it" : "them");

	fflush(stdout);
	return term_confirm(question, number, "say --yes", err);
}

static int run_revoke(const struct app *app, const void *opts, char **args, int nargs)
{
	const struct revoke_opts *o = opts;
	bool by_print = strncmp(args[0], "SHA256:", 7) == 0;
	struct search found = { .wanted = by_print ? args[0] : NULL };
	const struct key_sources sources = { .known_hosts = o->known_hosts };
	struct key_selection all;
	struct err err;
	int rc;

	rc = key_selection_open(app, args, by_print ? 0 : nargs, &sources, &all, &err);
	if (rc == 0)
		rc = search(&found, &all, args[0], &err);
	if (rc == 0 && !o->yes)
		rc = confirm(&found, &err);
	for (int i = 0; i < found.count && rc == 0; i++)
		rc = revoke_key(&found.item[i], &err);
	for (int i = 0; i < found.count; i++) {
		free(found.item[i].fingerprint);
		free(found.item[i].data);
	}
	free(found.item);
	key_selection_close(&all);
	return rc == 0 ? EXIT_OK : cmd_fail(&err);
}

const struct cmd cmd_keys_revoke = {
	.name = "keys revoke",
	.args = "HOST|FINGERPRINT",
	.help = "refuse a host key or certificate from now on, whoever shows it",
	.more = "Writes an @revoked line for the key with that fingerprint (SHA256:...), or for\n"
		"all that are recorded, pinned or pending of the host with that name, in\n"
		"known_hosts or known_certificates. ssh heeds it too. A certificate is refused\n"
		"also where it is pinned, or an authority vouches for it: by its fingerprint it\n"
		"need not be recorded, and is revoked in every file of certificates.\n"
		"It counts for every name: servers cloned from one image share a key.\n"
		"Exit status: 0 revoked, 2 wrong usage, no such key, or not confirmed, 3 a file\n"
		"could not be written.",
	.options = option_table,
	.options_size = sizeof(struct revoke_opts),
	.uses = CMD_INVENTORY,
	.min_args = 1,
	.max_args = 1,
	.run = run_revoke,
};
