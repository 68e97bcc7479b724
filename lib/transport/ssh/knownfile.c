/* knownfile.c - a host's lines taken out of known_hosts: a new file, the old one beside it. */
#include "transport/ssh/knownfile.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "transport/ssh/hostline.h"

enum { FILE_MAX = 64 << 20, NAME_MAX_LEN = 255 };

bool known_file_can_name(const char *host)
{
	size_t len = strlen(host);

	for (const char *p = host; *p; p++) {
		if (*p <= ' ' || *p > '~' || strchr(",*?!|#@\\", *p))
			return false;
	}
	return len > 0 && len <= NAME_MAX_LEN;
}

/* The names of a line without one of them, NULL: none is left. Yours. */
static char *other_names(const struct host_line *line, const char *name)
{
	const char *at = line->names, *item;
	struct buf kept;
	size_t len;

	buf_init(&kept, strlen(line->names) + 1);
	while ((item = host_line_next(&at, &len)) != NULL)
		if (len != strlen(name) || memcmp(item, name, len) != 0)
			(void)buf_addf(&kept, "%s%.*s", kept.len ? "," : "", (int)len, item);
	if (kept.len > 0)
		return buf_take(&kept);
	buf_release(&kept);
	return NULL;
}

/* One line, its LF with it, into out: as it is, changed or not at all. 1: it was about the name. */
static int keep_line(const char *at, size_t len, const char *name, EVP_MAC_CTX *hmac,
		     struct buf *out)
{
	AUTO_FREE char *names = NULL;
	struct host_line line;
	const char *why;
	size_t text_len = len > 0 && at[len - 1] == '\n' ? len - 1 : len, begin, end;
	int rc = host_line_parse(at, text_len, &line, &why);

	if (rc != 0 || line.marker != HOST_PLAIN || !host_line_matches(&line, name, hmac)) {
		if (rc == 0)
			host_line_release(&line);
		return buf_add(out, at, len);
	}
	rc = line.patterned ? -1 : 1;
	names = rc == 1 && !line.hashed ? other_names(&line, name) : NULL;
	host_line_release(&line);
	if (!names)
		return rc;
	for (begin = 0; at[begin] == ' ' || at[begin] == '\t'; begin++)
		;
	for (end = begin; at[end] != ' ' && at[end] != '\t'; end++)
		;
	return buf_adds(out, names) == 0 && buf_add(out, at + end, len - end) == 0 ? 1 : -1;
}

int known_file_forget(const char *path, const char *name, int *out_lines, struct err *err)
{
	EVP_MAC_CTX *hmac = host_line_hmac();
	AUTO_FREE char *text = NULL;
	int number = 0, lines = 0, rc = 0;
	struct buf kept;
	size_t len;

	text = file_read(path, FILE_MAX, &len, err);
	buf_init(&kept, FILE_MAX + 1);
	if (!text)
		rc = -1;
	for (const char *at = text; rc >= 0 && at < text + len;) {
		const char *lf = memchr(at, '\n', (size_t)(text + len - at));
		size_t line_len = lf ? (size_t)(lf + 1 - at) : (size_t)(text + len - at);

		number++;
		rc = keep_line(at, line_len, name, hmac, &kept);
		if (rc < 0)
			err_set(err, ERR_USAGE,
				"%s line %d is about %s by a pattern: change it by hand", path,
				number, name);
		lines += rc > 0;
		at += line_len;
	}
	EVP_MAC_CTX_free(hmac);
	rc = rc < 0 || (lines > 0 && file_replace(path, buf_text(&kept), kept.len, err) != 0) ? -1 :
												0;
	buf_release(&kept);
	if (rc == 0)
		*out_lines = lines;
	return rc;
}

int known_file_still(const char *path, const char *host, int port, const struct host_key *key,
		     struct err *err)
{
	struct knownhosts *now = knownhosts_new();
	struct kh_place at = { .path = NULL };
	enum kh_result said = KH_UNKNOWN;
	int rc = knownhosts_load(now, path, err);

	if (rc == 0)
		said = knownhosts_check(now, host, port, key, &at);
	if (said == KH_MATCH)
		rc = 1;
	else if (said != KH_UNKNOWN)
		rc = err_set(err, FAULT_HOST_KEY_CHANGED, "%s line %d, written meanwhile, %s", path,
			     at.line,
			     said == KH_REVOKED ? "revokes it" : "has another key of the host");
	knownhosts_free(now);
	return rc;
}
