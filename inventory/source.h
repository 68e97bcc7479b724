/* source.h - a text file that people write, in memory, and places in it: what is wrong with it is
 * said with file, line and column. Inventories and policies are read through it. */
#ifndef INVENTORY_SOURCE_H
#define INVENTORY_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

/* What files of one kind have in common. */
struct source_kind {
	const char *noun;               /* "an inventory file", in messages */
	const char *hint;               /* names the page of the manual */
	size_t max;                     /* bytes */
	bool vaulted_values;            /* !vault may stand in it */
	bool json;                      /* read as YAML, whose escapes have no pairs of UTF-16 */
	bool vaulted_whole;             /* then source.vaulted is for the reader to look at */
};

/* One file. `base` is the folder that relative paths in it start from. */
struct source {
	const struct source_kind *kind;
	const char *path;               /* as the user gave it */
	const char *base;               /* absolute; NULL where paths mean nothing */
	char *text;                     /* UTF-8 without BOM, ends with NUL; gone once read */
	size_t len;
	bool vaulted;                   /* all of it is encrypted by ansible-vault */
	bool opened;                    /* it was, and is decrypted: no message shows a value */
	const char *loose;      /* why others can change it, see trust_why_not(); else NULL */
};

struct place {
	const struct source *file;
	int line, col;                  /* from 1; columns count characters */
};

/* The source lives in `a`, its text until source_close(); base is borrowed. */
int source_open(struct arena *a, const struct source_kind *kind, const char *path, const char *base,
		struct source **out, struct err *err);
/* The same from a text that is there already, which is taken over; `as` has kind, path and base. */
int source_of(struct arena *a, const struct source *as, char *text, size_t len,
	      struct source **out, struct err *err);
/* JSON writes what lies beyond the first plane as two escapes (RFC 8259, 7), YAML, as which it is
 * read, has no such pairs: each becomes the character itself. One alone stays, and is told as
 * wrong. */
void source_join_pairs(struct source *src);
void source_close(struct source *src);                  /* frees the text, keeps the name */
struct place source_place(const struct source *src, size_t offset);
int place_error(const struct place *at, struct err *err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));          /* "file:line:col: ..." ERR_USAGE, -1 */

#endif
