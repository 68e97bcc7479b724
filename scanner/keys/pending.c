/* pending.c - reads and writes known_hosts.pending. */
#include "scanner/keys/pending.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/trust.h"

enum { FILE_MAX = 64 << 20, TIMES_MAX = 100 };
static const char header[] =
	"# host keys as marshal keys scan saw them; trusted by nobody until marshal keys approve\n";

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
	int rc = host_line_parse(text, len, &line, &why);

	if (rc == 0 && line.marker == HOST_PLAIN && !line.hashed && !line.patterned &&
	    !strchr(line.names, ',') && read_times(text, len, &first, &last)) {
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

struct pending *pending_load(const char *known_hosts, struct err *err)
{
	struct pending *p = xcalloc(1, sizeof(*p));
	AUTO_FREE char *text = NULL;
	int number = 0;
	size_t len;

	p->path = xasprintf("%s.pending", known_hosts);
	if (access(p->path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR))
		return p;
	text = file_read(p->path, FILE_MAX, &len, err);
	if (!text) {
		pending_free(p);
		return NULL;
	}
	trust_warn("pending host keys", p->path);
	for (const char *at = text, *lf; at < text + len; at = lf + 1) {
		lf = memchr(at, '\n', (size_t)(text + len - at));
		lf = lf ? lf : text + len;
		read_line(p, at, (size_t)(lf - at), ++number);
	}
	return p;
}

void pending_free(struct pending *p)
{
	if (!p)
		return;
	map_release(&p->by_name);
	for (size_t i = 0; i < p->count; i++)
		free_key(p->item[i]);
	free(p->item);
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
	AUTO_FREE char *base64 = NULL, *text = NULL;
	struct host_line line;
	const char *why;

	if (same_key(known, key)) {
		known->last_utc_ms = utc_ms;
		return true;
	}
	text = knownhosts_line(name, key);
	if (!text || host_line_parse(text, strlen(text) - 1, &line, &why) != 0)
		return false;
	known = add(p, &line);
	known->first_utc_ms = known->last_utc_ms = utc_ms;
	known->dropped = false;
	return true;
}

void pending_drop(struct pending *p, const char *name)
{
	struct pending_key *key = pending_find(p, name);

	if (key)
		key->dropped = true;
}

static int by_name(const void *a, const void *b)
{
	return strcmp((*(struct pending_key *const *)a)->line.names,
		      (*(struct pending_key *const *)b)->line.names);
}

static void write_key(const struct pending_key *key, FILE *f)
{
	AUTO_FREE char *base64 = base64_encode(key->line.key, key->line.key_len, NULL);
	char first[CLOCK_TEXT], last[CLOCK_TEXT];

	fprintf(f, "%s %s %s first=%s last=%s\n", key->line.names, key->line.type, base64,
		clock_format_utc(key->first_utc_ms, first),
		clock_format_utc(key->last_utc_ms, last));
}

int pending_save(const struct pending *p, struct err *err)
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
	fputs(header, file_out_stream(out));
	for (size_t i = 0; i < p->count; i++)
		if (!p->item[i]->dropped)
			write_key(p->item[i], file_out_stream(out));
	return file_out_commit(out, err);
}
