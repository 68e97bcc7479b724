/* pending.c - reads and writes known_hosts.pending and known_certificates.pending. */
#include "scanner/keys/pending.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/filelock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/trust.h"
#include "transport/winrm/knowncerts.h"

enum { FILE_MAX = 64 << 20, TIMES_MAX = 100 };

/* --- the form of each kind ----------------------------------------------------------------- */

/* "name SHA256:..." as host_line_parse() does it. */
static int cert_line_parse(const char *text, size_t len, struct host_line *out,
			   const char **out_why)
{
	static const char type[] = "SHA256:";
	AUTO_FREE char *line = xstrndup(text, len);
	char *rest = line, *name = strsep(&rest, " "), *hex = strsep(&rest, " ");

	if (!*name || *name == '#')
		return 1;
	*out_why = "not as marshal writes it";
	if (!hex || strncmp(hex, type, sizeof(type) - 1) != 0 ||
	    strspn(hex + sizeof(type) - 1, "0123456789abcdef") != CERT_HEX ||
	    strlen(hex) != sizeof(type) - 1 + CERT_HEX || !knowncerts_can_name(name))
		return -1;
	*out = (struct host_line){ .type = "certificate", .key_len = CERT_HEX };
	out->names = xstrdup(name);
	out->key = (unsigned char *)xstrdup(hex + sizeof(type) - 1);
	return 0;
}

static char *cert_line(const char *name, const struct host_key *key)
{
	if (!knowncerts_can_name(name))
		return NULL;
	return xasprintf("%s SHA256:%.*s\n", name, (int)key->len, (const char *)key->data);
}

static const struct form {
	const char *header;
	/* 0, 1: of no key, -1: a bad one */
	int (*parse)(const char *text, size_t len, struct host_line *out, const char **out_why);
	char *(*line)(const char *name, const struct host_key *key);   /* NULL: there is none */
	bool many_names;                /* with commas between */
} forms[KEY_KINDS] = {
	[KEY_OF_HOST] = { "# host keys as marshal keys scan saw them; trusted by nobody until "
			  "marshal keys approve\n",
			  host_line_parse, knownhosts_line, true },
	[KEY_CERTIFICATE] = { "# certificates as marshal keys scan saw them; trusted by nobody "
			      "until marshal keys approve\n",
			      cert_line_parse, cert_line, false },
};

/* ------------------------------------------------------------------------------------------- */

static void free_key(struct pending_key *key)
{
	host_line_release(&key->line);
	free(key);
}

/* Takes the line over. The newest of a name counts. */
static struct pending_key *add(struct pending *p, const struct host_line *line)
{
	struct pending_key *key = map_get(&p->by_name, line->names);

	if (!key) {
		key = xcalloc(1, sizeof(*key));
		key->line = *line;
		MEM_GROW(p->item, p->count, p->cap);
		p->item[p->count++] = key;
		map_add(&p->by_name, key->line.names, key);
		return key;
	}
	/* the name is the map's */
	free(key->line.key);
	key->line.key = line->key;
	key->line.key_len = line->key_len;
	memcpy(key->line.type, line->type, sizeof(line->type));
	free(line->names);
	return key;
}

/* " first=TIME last=TIME" behind the key. */
static bool read_times(const char *text, size_t len, int64_t *first, int64_t *last)
{
	AUTO_FREE char *line = xstrndup(text, len);
	const char *at = strstr(line, " first=");
	char one[CLOCK_TEXT], other[CLOCK_TEXT];

	return at && sscanf(at, " first=%31s last=%31s", one, other) == 2 &&
	       clock_parse_utc(one, first) && clock_parse_utc(other, last);
}

static void read_line(struct pending *p, const char *text, size_t len, int number)
{
	const char *why = "not as marshal writes it";
	struct host_line line;
	int64_t first, last;
	const struct form *form = &forms[p->kind];
	int rc = form->parse(text, len, &line, &why);

	if (rc == 0 && line.marker == HOST_PLAIN && !line.hashed && !line.patterned &&
	    !(form->many_names && strchr(line.names, ',')) &&
	    read_times(text, len, &first, &last)) {
		struct pending_key *key = add(p, &line);

		key->first_utc_ms = first;
		key->last_utc_ms = last;
		return;
	}
	if (rc == 0)
		host_line_release(&line);
	if (rc <= 0)
		log_line(LOG_WARN, "%s:%d: %s, line skipped", p->path, number, why);
}

static struct pending *make(const char *known, enum key_kind kind)
{
	struct pending *p = xcalloc(1, sizeof(*p));

	p->kind = kind;
	p->path = xasprintf("%s.pending", known);
	return p;
}

static void read_text(struct pending *p, const char *text, size_t len)
{
	int number = 0;

	for (const char *at = text, *lf; at < text + len; at = lf + 1) {
		lf = memchr(at, '\n', (size_t)(text + len - at));
		lf = lf ? lf : text + len;
		read_line(p, at, (size_t)(lf - at), ++number);
	}
}

struct pending *pending_parse(const char *known, enum key_kind kind, const char *text, size_t len)
{
	struct pending *p = make(known, kind);

	read_text(p, text, len);
	return p;
}

static int read_file(struct pending *p, struct err *err)
{
	AUTO_FREE char *text = NULL;
	size_t len;

	if (access(p->path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	text = file_read(p->path, FILE_MAX, &len, err);
	if (!text)
		return -1;
	trust_warn("pending keys", p->path);
	read_text(p, text, len);
	return 0;
}

struct pending *pending_load(const char *known, enum key_kind kind, struct err *err)
{
	struct pending *p = make(known, kind);

	if (read_file(p, err) == 0)
		return p;
	pending_free(p);
	return NULL;
}

static void release(struct pending *p)
{
	map_release(&p->by_name);
	for (size_t i = 0; i < p->count; i++)
		free_key(p->item[i]);
	free(p->item);
}

void pending_free(struct pending *p)
{
	if (!p)
		return;
	release(p);
	free(p->path);
	free(p);
}

struct pending_key *pending_find(const struct pending *p, const char *name)
{
	struct pending_key *key = map_get(&p->by_name, name);

	return key && !key->dropped ? key : NULL;
}

static bool same_key(const struct pending_key *known, const struct host_key *key)
{
	return known && known->line.key_len == key->len &&
	       memcmp(known->line.key, key->data, key->len) == 0;
}

bool pending_saw(struct pending *p, const char *name, const struct host_key *key, int64_t utc_ms)
{
	struct pending_key *known = pending_find(p, name);
	AUTO_FREE char *text = NULL;
	struct host_line line;
	const char *why;

	if (same_key(known, key)) {
		known->last_utc_ms = utc_ms;
		known->touched = true;
		return true;
	}
	text = forms[p->kind].line(name, key);
	if (!text || forms[p->kind].parse(text, strlen(text) - 1, &line, &why) != 0)
		return false;
	known = add(p, &line);
	known->first_utc_ms = known->last_utc_ms = utc_ms;
	known->dropped = false;
	known->touched = true;
	return true;
}

void pending_drop(struct pending *p, const char *name)
{
	struct pending_key *key = pending_find(p, name);

	if (key)
		key->dropped = key->touched = true;
}

static struct host_key key_of(const struct pending_key *key)
{
	return (struct host_key){ key->line.key, key->line.key_len };
}

/* What we have of a name into what the file has by now. */
static void merge(struct pending *now, const struct pending_key *ours)
{
	const struct host_key key = key_of(ours);
	struct pending_key *there = pending_find(now, ours->line.names);

	if (ours->dropped) {
		if (same_key(there, &key))
			there->dropped = true;
	} else if (same_key(there, &key)) {
		if (ours->last_utc_ms > there->last_utc_ms)
			there->last_utc_ms = ours->last_utc_ms;
	} else if (pending_saw(now, ours->line.names, &key, ours->last_utc_ms)) {
		pending_find(now, ours->line.names)->first_utc_ms = ours->first_utc_ms;
	}
}

static int by_name(const void *a, const void *b)
{
	return strcmp((*(struct pending_key *const *)a)->line.names,
		      (*(struct pending_key *const *)b)->line.names);
}

static void write_key(const struct pending *p, const struct pending_key *key, FILE *f)
{
	const struct host_key blob = key_of(key);
	AUTO_FREE char *line = forms[p->kind].line(key->line.names, &blob);
	char first[CLOCK_TEXT], last[CLOCK_TEXT];

	if (line)       /* without its LF */
		fprintf(f, "%.*s first=%s last=%s\n", (int)strcspn(line, "\n"), line,
			clock_format_utc(key->first_utc_ms, first),
			clock_format_utc(key->last_utc_ms, last));
}

static int write_all(const struct pending *p, struct err *err)
{
	struct file_out *out;
	size_t left = 0;

	for (size_t i = 0; i < p->count; i++)
		left += !p->item[i]->dropped;
	if (left == 0 && unlink(p->path) != 0 && errno != ENOENT)
		return err_errno(err, ERR_SYSTEM, errno, "cannot remove '%s'", p->path);
	if (left == 0)
		return 0;
	qsort(p->item, p->count, sizeof(*p->item), by_name);
	out = file_out_open(p->path, err);
	if (!out)
		return -1;
	fputs(forms[p->kind].header, file_out_stream(out));
	for (size_t i = 0; i < p->count; i++)
		if (!p->item[i]->dropped)
			write_key(p, p->item[i], file_out_stream(out));
	return file_out_commit(out, err);
}

int pending_save(struct pending *p, struct err *err)
{
	struct pending now = { .path = p->path, .kind = p->kind };
	AUTO_CLOSE int made = -1, lock = -1;
	bool any = false;
	int rc;

	for (size_t i = 0; i < p->count; i++)
		any |= p->item[i]->touched;
	if (!any)
		return 0;
	/* as the umask has it, for others may read what is pending */
	made = file_open_to_append(p->path, 0666, err);
	lock = made >= 0 ? file_lock(p->path, err) : -1;
	rc = lock >= 0 ? read_file(&now, err) : -1;
	for (size_t i = 0; i < p->count && rc == 0; i++)
		if (p->item[i]->touched)
			merge(&now, p->item[i]);
	if (rc == 0)
		rc = write_all(&now, err);
	for (size_t i = 0; i < p->count && rc == 0; i++)
		p->item[i]->touched = false;
	release(&now);
	return rc;
}
