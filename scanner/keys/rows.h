/* rows.h - pending host keys beside what known_hosts, and a list from elsewhere, say to them. */
#ifndef SCANNER_KEYS_ROWS_H
#define SCANNER_KEYS_ROWS_H

#include "scanner/keys/pending.h"
#include "scanner/keys/targets.h"
#include "transport/ssh/trusts.h"

/* The files that a command goes by: known hosts, and what is pending beside the first of each. */
struct key_files;
struct key_file {
	struct trust *trust;
	struct pending *pending;
};

/* `named`: as the command line says, NULL: the user's and the system's; borrowed. */
struct key_files *key_files_new(const char *named);
void key_files_free(struct key_files *files);
/* Those of a target; lives as long as the files. NULL and err when one cannot be read. */
struct key_file *key_files_of(struct key_files *files, const struct key_target *target,
			      struct err *err);
int key_files_save(struct key_files *files, struct err *err);   /* what is pending */

/* What known_hosts says to a pending key; row(id, word, colour). */
/* clang-format off */
#define KEY_VERDICTS(row) \
	row(NEW, "new", TERM_YELLOW) \
	row(CHANGED, "changed", TERM_RED) \
	row(REVOKED, "revoked", TERM_RED) \
	row(SAME, "same", TERM_GREEN)
/* What the list says; of keys that no list was given for: none. */
#define KEY_LISTED(row) \
	row(NONE, "", TERM_PLAIN) \
	row(AGREES, "agrees", TERM_GREEN) \
	row(DIFFERS, "differs", TERM_RED) \
	row(MISSING, "not-listed", TERM_YELLOW)
/* clang-format on */
#define KEY_VERDICT_ID(id, ...) KEY_##id,
enum key_verdict { KEY_VERDICTS(KEY_VERDICT_ID) KEY_VERDICT_COUNT };
#undef KEY_VERDICT_ID
#define KEY_LISTED_ID(id, ...) LISTED_##id,
enum key_listed { KEY_LISTED(KEY_LISTED_ID) LISTED_COUNT };
#undef KEY_LISTED_ID
extern const char *const key_verdict_word[KEY_VERDICT_COUNT], *const key_listed_word[LISTED_COUNT];

enum key_verdict key_verdict(const struct key_file *file, const struct key_target *target,
			     const struct host_key *key, struct kh_place *out_place);

struct key_row {
	const struct key_target *target;
	struct key_file *file;
	const struct pending_key *key;
	char *fingerprint;              /* SHA256:... */
	char *recorded;                 /* of the line in known_hosts, or NULL */
	enum key_verdict verdict;
	struct kh_place place;          /* of that line; path NULL: none */
	enum key_listed listed;
};
struct key_rows {
	struct key_row *item;
	int count, cap;
};

/* A CSV with the columns host (by its name, or as known_hosts calls it) and fingerprint; a host may
 * have several rows. */
struct key_list;
struct key_list *key_list_read(const char *path, struct err *err);
void key_list_free(struct key_list *l);         /* NULL is fine */

/* One row a target whose key is pending; list: NULL for none. */
int key_rows_make(const struct key_targets *targets, struct key_files *files,
		  const struct key_list *list, struct key_rows *out, struct err *err);
void key_rows_release(struct key_rows *rows);

#endif
