/* files.h - what is trusted and what is pending, a pair of files for each kind: known_hosts, and
 * known_certificates beside it; and what approving and revoking writes there. */
#ifndef SCANNER_KEYS_FILES_H
#define SCANNER_KEYS_FILES_H

#include "scanner/keys/pending.h"
#include "scanner/keys/targets.h"
#include "transport/ssh/trusts.h"
#include "transport/winrm/knowncerts.h"

struct key_files;
struct key_file {
	enum key_kind kind;
	const char *first;              /* where what is approved is written */
	struct pending *pending;        /* beside that */
	struct trust *trust;            /* KEY_OF_HOST */
	struct knowncerts *certs;       /* KEY_CERTIFICATE */
};

/* `named`: known_hosts as the command line says, NULL: the user's and the system's; borrowed. */
struct key_files *key_files_new(const char *named);
void key_files_free(struct key_files *files);
/* Those of a target; lives as long as the files. NULL and err when one cannot be read. */
struct key_file *key_files_of(struct key_files *files, const struct key_target *target,
			      struct err *err);
int key_files_save(struct key_files *files, struct err *err);   /* what is pending */

/* What the file says to a key; row(id, word, colour). */
/* clang-format off */
#define KEY_VERDICTS(row) \
	row(NEW, "new", TERM_YELLOW) \
	row(CHANGED, "changed", TERM_RED) \
	row(REVOKED, "revoked", TERM_RED) \
	row(SAME, "same", TERM_GREEN)
/* clang-format on */
#define KEY_VERDICT_ID(id, ...) KEY_##id,
enum key_verdict { KEY_VERDICTS(KEY_VERDICT_ID) KEY_VERDICT_COUNT };
#undef KEY_VERDICT_ID
extern const char *const key_verdict_word[KEY_VERDICT_COUNT];

/* The line that says otherwise, or the same: path NULL none; without a key: an authority has to
 * vouch for it; line 0: it is the inventory's marshal_winrm_cert. Of a certificate that an
 * authority vouches for now nothing of that is told here. */
enum key_verdict key_verdict(const struct key_file *file, const struct key_target *target,
			     const struct host_key *key, struct kh_place *out_place);

/* Trusts it from now on. `recorded`: what the files said instead when it was compared, a
 * fingerprint or "authority"; NULL nothing. Its lines go, path.old keeps them: *out_lines. -1 and
 * nothing is written where the files say another thing by now. */
int key_trust(struct key_file *file, const struct key_target *target, const struct host_key *key,
	      const char *recorded, int *out_lines, struct err *err);
int key_revoke(struct key_file *file, const struct host_key *key, struct err *err);
/* What is recorded of a target; NULL: of all. */
void key_visit(struct key_file *file, const struct key_target *target,
	       void (*visit)(void *ctx, const struct kh_place *at), void *ctx);

#endif
