/* rows.h - pending keys beside what their file, and a list from elsewhere, say to them. */
#ifndef SCANNER_KEYS_ROWS_H
#define SCANNER_KEYS_ROWS_H

#include "scanner/keys/files.h"

/* clang-format off */
/* What the list says; of keys that no list was given for: none. */
#define KEY_LISTED(row) \
	row(NONE, "", TERM_PLAIN) \
	row(AGREES, "agrees", TERM_GREEN) \
	row(DIFFERS, "differs", TERM_RED) \
	row(MISSING, "not-listed", TERM_YELLOW)
/* clang-format on */
#define KEY_LISTED_ID(id, ...) LISTED_##id,
enum key_listed { KEY_LISTED(KEY_LISTED_ID) LISTED_COUNT };
#undef KEY_LISTED_ID
extern const char *const key_listed_word[LISTED_COUNT];

struct key_row {
	const struct key_target *target;
	struct key_file *file;
	const struct pending_key *key;
	char *fingerprint;              /* SHA256:... */
	char *recorded;                 /* of the line that is known, "authority", or NULL */
	enum key_verdict verdict;
	struct kh_place place;          /* of that line; path NULL: none */
	enum key_listed listed;
};
/* One that was shown, without what is pending of it; release it. */
struct key_row key_row(const struct key_target *target, struct key_file *file,
		       const struct host_key *key);
void key_row_release(struct key_row *row);

struct key_rows {
	struct key_row *item;
	int count, cap;
};

/* A CSV with the columns host (by its name, or as the file of its kind calls it) and fingerprint; a
 * host may have several rows. */
struct key_list;
struct key_list *key_list_read(const char *path, struct err *err);
void key_list_free(struct key_list *l);         /* NULL is fine */

/* One row a target whose key is pending; list: NULL for none. */
int key_rows_make(const struct key_targets *targets, struct key_files *files,
		  const struct key_list *list, struct key_rows *out, struct err *err);
void key_rows_release(struct key_rows *rows);

#endif
