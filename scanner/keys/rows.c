/* rows.c - what is pending, compared. Fingerprints are compared as texts: a list has no keys. */
#include "scanner/keys/rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/csv.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"

enum { LIST_MAX_BYTES = 64 << 20 };

#define WORD(id, word, color) word,
const char *const key_listed_word[LISTED_COUNT] = { KEY_LISTED(WORD) };

/* The list. */

struct listed_key {
	char *fingerprint;
	struct listed_key *next;        /* of the same host */
};

struct key_list {
	int host, fingerprint;          /* columns; -1: the header was not read yet */
	struct arena texts;
	struct map by_host;
};

static int column_of(const char *const *field, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (text_casecmp(field[i], name) == 0)
			return i;
	return -1;
}

static char *lower(struct arena *a, const char *text)
{
	char *copy = arena_strdup(a, text);

	for (char *p = copy; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	return copy;
}

static int read_row(void *ctx, int line, const char *const *field, int count, struct err *err)
{
	struct key_list *l = ctx;
	struct listed_key *key, *before;
	char *host;

	if (l->host < 0) {
		l->host = column_of(field, count, "host");
		l->fingerprint = column_of(field, count, "fingerprint");
		if (l->host < 0 || l->fingerprint < 0)
			return err_set(err, ERR_USAGE, "columns host and fingerprint expected");
		return 0;
	}
	if (strncmp(field[l->fingerprint], "SHA256:", 7) != 0)
		return err_set(err, ERR_USAGE,
			       "line %d: expected a fingerprint as ssh-keygen -l prints it: "
			       "SHA256:...",
			       line);
	key = arena_alloc(&l->texts, 1, sizeof(*key));
	key->fingerprint = arena_strdup(&l->texts, field[l->fingerprint]);
	key->fingerprint[strcspn(key->fingerprint, "= ")] = '\0';
	host = lower(&l->texts, field[l->host]);
	before = map_add(&l->by_host, host, key);
	if (before) {
		key->next = before->next;
		before->next = key;
	}
	return 0;
}

struct key_list *key_list_read(const char *path, struct err *err)
{
	struct key_list *l;
	size_t len;
	AUTO_FREE char *text = file_read(path, LIST_MAX_BYTES, &len, err);

	if (!text)
		return NULL;
	l = xcalloc(1, sizeof(*l));
	l->host = l->fingerprint = -1;
	if (csv_read(text, len, read_row, l, err) == 0)
		return l;
	err_in(err, "'%s'", path);
	key_list_free(l);
	return NULL;
}

void key_list_free(struct key_list *l)
{
	if (!l)
		return;
	map_release(&l->by_host);
	arena_release(&l->texts);
	free(l);
}

static enum key_listed listed(const struct key_list *l, const struct key_row *row)
{
	const char *const names[] = { row->target->name, row->target->known_as };
	enum key_listed result = LISTED_MISSING;
	struct arena texts = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const struct listed_key *key = map_get(&l->by_host, lower(&texts, names[i]));

		for (; key && result != LISTED_AGREES; key = key->next) {
			if (key_kind_of_print(key->fingerprint) != row->target->kind)
				continue;
			result = key_print_is(row->fingerprint, key->fingerprint) ? LISTED_AGREES :
										    LISTED_DIFFERS;
		}
	}
	arena_release(&texts);
	return result;
}

struct key_row key_row(const struct key_target *target, struct key_file *file,
		       const struct host_key *key)
{
	struct key_row row = { .target = target, .file = file };

	row.verdict = key_verdict(file, target, key, &row.place);
	row.fingerprint = key_fingerprint(file->kind, key);
	if (row.place.path)
		row.recorded = row.place.key.len > 0 ? key_fingerprint(file->kind, &row.place.key) :
						       xstrdup("authority");
	return row;
}

void key_row_release(struct key_row *row)
{
	free(row->fingerprint);
	free(row->recorded);
}

static void add_row(struct key_rows *rows, const struct key_target *target, struct key_file *file,
		    const struct pending_key *key, const struct key_list *list)
{
	const struct host_key blob = { key->line.key, key->line.key_len };
	struct key_row row = key_row(target, file, &blob);

	row.key = key;
	row.listed = list ? listed(list, &row) : LISTED_NONE;
	MEM_GROW(rows->item, rows->count, rows->cap);
	rows->item[rows->count++] = row;
}

int key_rows_make(const struct key_targets *targets, struct key_files *files,
		  const struct key_list *list, struct key_rows *out, struct err *err)
{
	*out = (struct key_rows){ .count = 0 };
	for (int i = 0; i < targets->count; i++) {
		const struct key_target *target = &targets->item[i];
		struct key_file *file = key_files_of(files, target, err);
		const struct pending_key *key;

		if (!file)
			return -1;
		key = pending_find(file->pending, target->known_as);
		if (key)
			add_row(out, target, file, key, list);
	}
	return 0;
}

void key_rows_release(struct key_rows *rows)
{
	for (int i = 0; i < rows->count; i++)
		key_row_release(&rows->item[i]);
	free(rows->item);
}
