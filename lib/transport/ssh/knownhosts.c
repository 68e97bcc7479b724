/* knownhosts.c - all lines of all known_hosts files, found by key and by name without going
 * through them. Hashed names cannot be found by name: the key a server shows leads to its
 * line, which then costs one HMAC to confirm; servers cloned from one image, which share a key,
 * cost one for each line that no other host was found in. Only a host whose key is in no line
 * of its own is looked up in every hashed line, once. What was found is kept. */
#include "transport/ssh/knownhosts.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/file.h"
#include "base/filelock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/trust.h"
#include "transport/ssh/hostline.h"
#include "transport/ssh/knownfile.h"
#include "transport/ssh/lineindex.h"
#include "transport/ssh/wire.h"

enum { FILE_MAX = 64 << 20, LINE_MAX_LEN = 64 << 10, WARNINGS_MAX = 5 };
enum { LIST_MAX = 512 };

#define KEY_TYPE(type, methods, then) { type, methods },
static const struct { const char *type, *methods; } key_types[] = { HOST_KEY_TYPES(KEY_TYPE) };
enum { TYPE_COUNT = ARRAY_LEN(key_types), RECORDED = 1 << 30 };

/* Hashed lines whose host is known, and -1 for a host that was looked up in every one. */
struct searched {
	struct { char *name; int line; } *item;
	size_t count, cap;
	struct line_index by_name;
};

struct found {
	int *line;
	size_t count, cap;
};

struct known_file {
	char *path;
	struct stat read;               /* as which it was read, or written to by us */
	int lines, plain, hashed;       /* lines: of any kind */
};

struct knownhosts {
	struct host_line *line;
	size_t count, cap;
	struct known_file **file;
	size_t file_count, file_cap;
	struct line_index hashed_by_key, by_name;
	int *patterned, *hashed;        /* numbers of lines */
	size_t patterned_count, patterned_cap, hashed_count, hashed_cap;
	int hashed_of_type[TYPE_COUNT];
	struct searched searched;
	EVP_MAC_CTX *hmac;
};

static void searched_clear(struct knownhosts *kh)
{
	struct searched *s = &kh->searched;

	for (size_t i = 0; i < s->count; i++) {
		if (s->item[i].line >= 0)
			kh->line[s->item[i].line].taken = false;
		free(s->item[i].name);
	}
	free(s->item);
	line_index_release(&s->by_name);
	memset(s, 0, sizeof(*s));
}

struct knownhosts *knownhosts_new(void)
{
	struct knownhosts *kh = xcalloc(1, sizeof(*kh));

	kh->hmac = host_line_hmac();
	return kh;
}

void knownhosts_free(struct knownhosts *kh)
{
	if (!kh)
		return;
	searched_clear(kh);
	EVP_MAC_CTX_free(kh->hmac);
	for (size_t i = 0; i < kh->count; i++)
		host_line_release(&kh->line[i]);
	for (size_t i = 0; i < kh->file_count; i++) {
		free(kh->file[i]->path);
		free(kh->file[i]);
	}
	line_index_release(&kh->hashed_by_key);
	line_index_release(&kh->by_name);
	free(kh->patterned);
	free(kh->hashed);
	free(kh->line);
	free(kh->file);
	free(kh);
}

static int type_number(const char *type)
{
	for (int i = 0; i < (int)TYPE_COUNT; i++) {
		if (strcmp(key_types[i].type, type) == 0)
			return i;
	}
	return -1;
}

char *knownhosts_name(const char *host, int port)
{
	char *name = port == 22 ? xstrdup(host) : xasprintf("[%s]:%d", host, port);

	for (char *p = name; *p; p++) {
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	}
	return name;
}

/* Takes over the line's memory. */
static void add_line(struct knownhosts *kh, struct known_file *file, const struct host_line *line)
{
	int number = (int)kh->count, type = type_number(line->type);
	const char *at = line->names, *name;
	size_t len;

	MEM_GROW(kh->line, kh->count, kh->cap);
	kh->line[kh->count++] = *line;
	if (line->hashed) {
		file->hashed++;
		line_index_add(&kh->hashed_by_key, line_index_hash(line->key, line->key_len),
			       number);
		MEM_GROW(kh->hashed, kh->hashed_count, kh->hashed_cap);
		kh->hashed[kh->hashed_count++] = number;
		if (type >= 0 && line->marker == HOST_PLAIN)
			kh->hashed_of_type[type]++;
		return;
	}
	file->plain++;
	if (line->patterned) {
		MEM_GROW(kh->patterned, kh->patterned_count, kh->patterned_cap);
		kh->patterned[kh->patterned_count++] = number;
		return;
	}
	while ((name = host_line_next(&at, &len)) != NULL)
		line_index_add(&kh->by_name, line_index_hash(name, len), number);
}

static struct known_file *file_of(struct knownhosts *kh, const char *path)
{
	for (size_t i = 0; i < kh->file_count; i++) {
		if (strcmp(kh->file[i]->path, path) == 0)
			return kh->file[i];
	}
	MEM_GROW(kh->file, kh->file_count, kh->file_cap);
	kh->file[kh->file_count] = xcalloc(1, sizeof(**kh->file));
	kh->file[kh->file_count]->path = xstrdup(path);
	return kh->file[kh->file_count++];
}

void knownhosts_parse(struct knownhosts *kh, const char *path, const char *text, size_t len)
{
	struct known_file *file = file_of(kh, path);
	const char *at = text, *end = text + len;
	int bad = 0, authorities = 0, authority = 0;

	/* New lines may name hosts that were looked up in vain. */
	searched_clear(kh);
	while (at < end) {
		const char *lf = memchr(at, '\n', (size_t)(end - at));
		size_t line_len = (size_t)((lf ? lf : end) - at);
		const char *why = "line too long";
		struct host_line line;
		int rc = -1;

		file->lines++;
		if (line_len <= LINE_MAX_LEN)
			rc = host_line_parse(at, line_len, &line, &why);
		if (rc == 0) {
			line.path = file->path;
			line.number = file->lines;
			if (line.marker == HOST_AUTHORITY && authorities++ == 0)
				authority = file->lines;
			add_line(kh, file, &line);
		} else if (rc < 0 && ++bad <= WARNINGS_MAX) {
			log_line(LOG_WARN, "%s:%d: %s, line skipped", path, file->lines, why);
		}
		at = lf ? lf + 1 : end;
	}
	if (bad > WARNINGS_MAX)
		log_line(LOG_WARN, "%s: %d more bad lines skipped", path, bad - WARNINGS_MAX);
	if (authorities > 0)
		log_line(LOG_WARN,
			 "%s:%d: host certificates are not supported: @cert-authority (%d line%s) "
			 "has no effect",
			 path, authority, authorities, authorities == 1 ? "" : "s");
}

int knownhosts_load(struct knownhosts *kh, const char *path, struct err *err)
{
	AUTO_FREE char *text = NULL;
	struct stat read = { .st_ino = 0 };
	size_t len;

	(void)stat(path, &read);
	if (access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR)) {
		file_of(kh, path);
		return 0;
	}
	text = file_read(path, FILE_MAX, &len, err);
	if (!text)
		return err_in(err, "known_hosts");
	trust_warn("known_hosts", path);
	knownhosts_parse(kh, path, text, len);
	file_of(kh, path)->read = read;
	return 0;
}

bool knownhosts_is_current(const struct knownhosts *kh)
{
	for (size_t i = 0; i < kh->file_count; i++) {
		const struct known_file *f = kh->file[i];
		bool was_there = f->read.st_ino != 0;

		if (was_there && !S_ISREG(f->read.st_mode))     /* read once, and never again */
			continue;
		if (was_there ? !file_is(f->path, &f->read) : access(f->path, F_OK) == 0)
			return false;
	}
	return true;
}

static void found_add(struct found *f, int line)
{
	MEM_GROW(f->line, f->count, f->cap);
	f->line[f->count++] = line;
}

/* The lines about a host, as far as they can be found by name, in any order. */
static void find_lines(const struct knownhosts *kh, const char *name, struct found *out)
{
	const struct searched *s = &kh->searched;
	uint64_t hash = line_index_hash(name, strlen(name));

	for (int i = -1; (i = line_index_next(&kh->by_name, hash, i)) >= 0;) {
		int line = kh->by_name.node[i].line;

		if (host_line_matches(&kh->line[line], name, kh->hmac))
			found_add(out, line);
	}
	for (size_t i = 0; i < kh->patterned_count; i++) {
		if (host_line_matches(&kh->line[kh->patterned[i]], name, kh->hmac))
			found_add(out, kh->patterned[i]);
	}
	for (int i = -1; (i = line_index_next(&s->by_name, hash, i)) >= 0;) {
		int item = s->by_name.node[i].line;

		if (strcmp(s->item[item].name, name) == 0 && s->item[item].line >= 0)
			found_add(out, s->item[item].line);
	}
}

static bool was_searched(const struct searched *s, const char *name)
{
	uint64_t hash = line_index_hash(name, strlen(name));

	for (int i = -1; (i = line_index_next(&s->by_name, hash, i)) >= 0;) {
		int item = s->by_name.node[i].line;

		if (s->item[item].line < 0 && strcmp(s->item[item].name, name) == 0)
			return true;
	}
	return false;
}

static void searched_add(struct searched *s, const char *name, int line)
{
	MEM_GROW(s->item, s->count, s->cap);
	s->item[s->count].name = xstrdup(name);
	s->item[s->count].line = line;
	line_index_add(&s->by_name, line_index_hash(name, strlen(name)), (int)s->count++);
}

/* The expensive way, once a host: an HMAC for every hashed line. */
static void search_hashed(struct knownhosts *kh, const char *name)
{
	if (kh->hashed_count == 0 || was_searched(&kh->searched, name))
		return;
	searched_add(&kh->searched, name, -1);
	for (size_t i = 0; i < kh->hashed_count; i++) {
		if (host_line_matches(&kh->line[kh->hashed[i]], name, kh->hmac))
			searched_add(&kh->searched, name, kh->hashed[i]);
	}
}

char *knownhosts_types(const struct knownhosts *kh, const char *host, int port)
{
	AUTO_FREE char *name = knownhosts_name(host, port);
	struct found found = { 0 };
	int weight[TYPE_COUNT] = { 0 };
	bool known = false;
	struct buf list;

	find_lines(kh, name, &found);
	for (size_t i = 0; i < found.count; i++) {
		const struct host_line *line = &kh->line[found.line[i]];
		int type = type_number(line->type);

		if (line->marker != HOST_PLAIN || type < 0)
			continue;
		weight[type] = RECORDED;
		known = true;
	}
	free(found.line);
	/* Nothing by name, but perhaps among the hashed: then what most of them have. */
	if (!known && kh->hashed_count > 0 && !was_searched(&kh->searched, name)) {
		memcpy(weight, kh->hashed_of_type, sizeof(weight));
		known = true;
	}
	if (!known)
		return xstrdup("");
	buf_init(&list, LIST_MAX);
	for (int n = 0; n < (int)TYPE_COUNT; n++) {
		int best = 0;

		for (int i = 1; i < (int)TYPE_COUNT; i++) {
			if (weight[i] > weight[best])
				best = i;
		}
		weight[best] = -1;
		(void)buf_addf(&list, "%s%s", n ? "," : "", key_types[best].methods);
	}
	return buf_take(&list);
}

static bool has_key(const struct host_line *line, const unsigned char *key, size_t len)
{
	return line->marker != HOST_AUTHORITY && line->key_len == len &&
	       memcmp(line->key, key, len) == 0;
}

/* What the lines about the host with this very key say, those found by name first. */
static enum kh_result check_key(struct knownhosts *kh, const char *name, const unsigned char *key,
				size_t len, int *out_line)
{
	enum kh_result result = KH_UNKNOWN;
	uint64_t hash = line_index_hash(key, len);
	struct found found = { 0 };

	find_lines(kh, name, &found);
	for (size_t i = 0; i < found.count && result != KH_REVOKED; i++) {
		const struct host_line *line = &kh->line[found.line[i]];

		if (!has_key(line, key, len))
			continue;
		result = line->marker == HOST_REVOKED ? KH_REVOKED : KH_MATCH;
		*out_line = found.line[i];
	}
	free(found.line);
	for (int i = -1;
	     result != KH_REVOKED && (i = line_index_next(&kh->hashed_by_key, hash, i)) >= 0;) {
		int number = kh->hashed_by_key.node[i].line;
		struct host_line *line = &kh->line[number];

		if (line->taken || !has_key(line, key, len) ||
		    (result == KH_MATCH && line->marker != HOST_REVOKED) ||
		    !host_line_matches(line, name, kh->hmac))
			continue;
		line->taken = true;
		searched_add(&kh->searched, name, number);
		result = line->marker == HOST_REVOKED ? KH_REVOKED : KH_MATCH;
		*out_line = number;
	}
	return result;
}

/* None has this key: what the host's lines say instead. */
static enum kh_result check_name(struct knownhosts *kh, const char *name, const char *type,
				 int *out_line)
{
	enum kh_result result = KH_UNKNOWN;
	struct found found = { 0 };

	search_hashed(kh, name);
	find_lines(kh, name, &found);
	for (size_t i = 0; i < found.count; i++) {
		const struct host_line *line = &kh->line[found.line[i]];
		enum kh_result here = strcmp(line->type, type) == 0 ? KH_CHANGED : KH_OTHER_TYPE;

		if (line->marker != HOST_PLAIN || (result == KH_CHANGED && here != KH_CHANGED))
			continue;
		if (result != here || found.line[i] < *out_line)
			*out_line = found.line[i];
		result = here;
	}
	free(found.line);
	return result;
}

static struct kh_place place_of(const struct host_line *line)
{
	return (struct kh_place){ .path = line->path,
				  .line = line->number,
				  .key = { line->key, line->key_len } };
}

enum kh_result knownhosts_check(struct knownhosts *kh, const char *host, int port,
				const struct host_key *key, struct kh_place *out)
{
	AUTO_FREE char *name = knownhosts_name(host, port);
	char type[HOST_TYPE_MAX] = "";
	int number = -1;
	enum kh_result result = check_key(kh, name, key->data, key->len, &number);

	/* A key without a readable type has type "": no line agrees, and none is of that type. */
	(void)wire_key_type(key->data, key->len, type, sizeof(type));
	if (result == KH_UNKNOWN)
		result = check_name(kh, name, type, &number);
	if (result != KH_UNKNOWN)
		*out = place_of(&kh->line[number]);
	return result;
}

bool knownhosts_authority(const struct knownhosts *kh, const char *host, int port,
			  struct kh_place *out)
{
	AUTO_FREE char *name = knownhosts_name(host, port);
	struct found found = { 0 };
	int first = -1;

	find_lines(kh, name, &found);
	for (size_t i = 0; i < found.count; i++)
		if (kh->line[found.line[i]].marker == HOST_AUTHORITY &&
		    (first < 0 || found.line[i] < first))
			first = found.line[i];
	free(found.line);
	if (first >= 0)
		*out = place_of(&kh->line[first]);
	return first >= 0;
}

char *knownhosts_line(const char *name, const struct host_key *key)
{
	AUTO_FREE char *base64 = base64_encode(key->data, key->len, NULL);
	char type[HOST_TYPE_MAX];

	if (!known_file_can_name(name) || !wire_key_type(key->data, key->len, type, sizeof(type)))
		return NULL;
	return xasprintf("%s %s %s\n", name, type, base64);
}

/* To the file, whose lock is fd (-1: it has that line), and to memory; the number of the line, -1
 * and err. A file that another process wrote to stays one that has to be looked at. */
static int add_text(struct knownhosts *kh, int fd, struct known_file *file, const char *text,
		    struct err *err)
{
	bool ours = file_is(file->path, &file->read);
	struct host_line line;
	const char *why;

	if (host_line_parse(text, strlen(text) - 1, &line, &why) != 0)
		return err_set(err, FAULT_HOST_KEY_UNKNOWN, "%s", why);
	if (fd >= 0 && file_append_locked(fd, file->path, text, err) != 0) {
		host_line_release(&line);
		return -1;
	}
	if (ours && fd >= 0)
		(void)fstat(fd, &file->read);
	line.path = file->path;
	line.number = ++file->lines;
	add_line(kh, file, &line);
	return (int)kh->count - 1;
}

int knownhosts_learn(struct knownhosts *kh, const char *path, const char *host, int port,
		     const struct host_key *key, struct err *err)
{
	AUTO_FREE char *name = knownhosts_name(host, port), *hashed = NULL, *hidden = NULL;
	AUTO_FREE char *text = known_file_can_name(host) ? knownhosts_line(name, key) : NULL;
	struct known_file *file = file_of(kh, path);
	AUTO_CLOSE int fd = -1;
	int number, rc = 0;

	if (!text)
		return err_set(err, FAULT_HOST_KEY_UNKNOWN, "no name or key that can be recorded");
	fd = file_lock(path, err);
	if (fd < 0)
		return -1;
	if (file->read.st_ino == 0 && lseek(fd, 0, SEEK_END) == 0)
		(void)fstat(fd, &file->read);           /* made just now */
	if (!file_is(path, &file->read))
		rc = known_file_still(path, host, port, key, err);
	if (rc < 0)
		return -1;
	if (file->hashed > file->plain) {
		hashed = host_line_hash(name);
		if (!hashed)
			return err_set(err, ERR_SYSTEM, "no random numbers");
		hidden = xasprintf("%s%s", hashed, strchr(text, ' '));
	}
	number = add_text(kh, rc == 0 ? fd : -1, file, hidden ? hidden : text, err);
	if (number < 0)
		return -1;
	if (hashed && was_searched(&kh->searched, name))
		searched_add(&kh->searched, name, number);
	return 0;
}

int knownhosts_revoke(struct knownhosts *kh, const char *path, const struct host_key *key,
		      struct err *err)
{
	AUTO_FREE char *line = knownhosts_line("x", key), *text = NULL;
	AUTO_CLOSE int fd = -1;

	if (!line)
		return err_set(err, FAULT_HOST_KEY_UNKNOWN, "no key that can be recorded");
	text = xasprintf("@revoked *%s", line + 1);
	fd = file_lock(path, err);
	return fd < 0 || add_text(kh, fd, file_of(kh, path), text, err) < 0 ? -1 : 0;
}

void knownhosts_visit(struct knownhosts *kh, const char *host, int port,
		      void (*visit)(void *ctx, const struct kh_place *at), void *ctx)
{
	AUTO_FREE char *name = host ? knownhosts_name(host, port) : NULL;

	for (size_t i = 0; i < kh->count; i++) {
		const struct host_line *line = &kh->line[i];
		const struct kh_place at = place_of(line);

		if (line->marker == HOST_PLAIN &&
		    (!name || host_line_matches(line, name, kh->hmac)))
			visit(ctx, &at);
	}
}

char *knownhosts_fingerprint(const struct host_key *key)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	AUTO_FREE char *text = NULL;
	unsigned digest_len = 0;

	if (EVP_Digest(key->data, key->len, digest, &digest_len, EVP_sha256(), NULL) != 1)
		return xstrdup("SHA256:?");
	text = base64_encode(digest, digest_len, NULL);
	text[strcspn(text, "=")] = '\0';
	return xasprintf("SHA256:%s", text);
}
