/* state.c - the file that is a simulated server. Written beside and renamed, without fsync: a
 * rehearsal's server need not outlive a power cut, and a thousand of them must be quick. */
#include "tests/fleet/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"

enum { STATE_MAX_BYTES = 4 << 20, LOG_LINES = 200 };

static int state_read(const char *path, json_t **out, struct err *err)
{
	size_t len;
	AUTO_FREE char *text = file_read(path, STATE_MAX_BYTES, &len, err);
	json_t *root;

	if (!text)
		return -1;
	root = json_parse_trusted(text, len, err);
	if (!root)
		return err_in(err, "%s", path);
	fleet_settle(root, clock_utc_ms());
	*out = root;
	return 0;
}

/* "x/web01.json" and ".fs" give "x/web01.fs". */
static char *sibling(const char *path, const char *suffix)
{
	size_t len = strlen(path);

	if (len > 5 && strcmp(path + len - 5, ".json") == 0)
		len -= 5;
	return xasprintf("%.*s%s", (int)len, path, suffix);
}

int state_open(struct state *s, const char *path, struct err *err)
{
	json_t *root;
	/* the address of a server is a link to its file: rename must replace the file itself */
	char *real = realpath(path, NULL);

	if (!real)
		return err_errno(err, ERR_NOT_FOUND, errno, "no simulated server at '%s'", path);
	if (state_read(real, &root, err) != 0) {
		free(real);
		return -1;
	}
	*s = (struct state){
		.path = real, .files = sibling(real, ".fs"), .lock = -1, .root = root
	};
	return 0;
}

void state_close(struct state *s)
{
	if (s->lock >= 0)
		close(s->lock);
	json_decref(s->root);
	free(s->path);
	free(s->files);
	*s = (struct state){ .lock = -1 };
}

int state_reload(struct state *s, struct err *err)
{
	json_t *root;

	if (state_read(s->path, &root, err) != 0)
		return -1;
	json_decref(s->root);
	s->root = root;
	return 0;
}

int state_begin(struct state *s, struct err *err)
{
	AUTO_FREE char *name = sibling(s->path, ".lock");
	int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_errno(err, ERR_SYSTEM, errno, "cannot open '%s'", name);
	while (flock(fd, LOCK_EX) != 0) {
		if (errno != EINTR) {
			close(fd);
			return err_errno(err, ERR_SYSTEM, errno, "cannot lock '%s'", name);
		}
	}
	if (state_reload(s, err) != 0) {
		close(fd);
		return -1;
	}
	s->lock = fd;
	return 0;
}

int state_commit(struct state *s, struct err *err)
{
	AUTO_FREE char *beside = sibling(s->path, ".new");
	int rc = 0;

	if (json_dump_file(s->root, beside, JSON_INDENT(1) | JSON_ENSURE_ASCII) != 0)
		rc = err_set(err, ERR_SYSTEM, "cannot write '%s'", beside);
	else if (rename(beside, s->path) != 0)
		rc = err_errno(err, ERR_SYSTEM, errno, "cannot replace '%s'", s->path);
	close(s->lock);
	s->lock = -1;
	return rc;
}

/* The member of `node` that the path begins with; *rest is what follows. */
static json_t *first_member(const json_t *node, const char *path, const char **rest)
{
	json_t *best = NULL, *value;
	size_t best_len = 0;
	const char *key;

	if (json_is_array(node)) {
		char *end;
		unsigned long i = strtoul(path, &end, 10);

		*rest = *end == '.' ? end + 1 : end;
		return end != path && (*end == '.' || !*end) ? json_array_get(node, i) : NULL;
	}
	json_object_foreach((json_t *)node, key, value)
	{
		size_t len = strlen(key);

		if (len <= best_len || strncmp(path, key, len) != 0 ||
		    (path[len] && path[len] != '.'))
			continue;
		best = value;
		best_len = len;
	}
	*rest = path + best_len + (path[best_len] == '.');
	return best;
}

json_t *state_get(const json_t *root, const char *path)
{
	const json_t *node = root;

	while (node && *path)
		node = first_member(node, path, &path);
	return (json_t *)node;
}

const char *state_text(const json_t *root, const char *path)
{
	return json_string_value(state_get(root, path));
}

int64_t state_number(const json_t *root, const char *path, int64_t otherwise)
{
	const json_t *v = state_get(root, path);

	return json_is_integer(v) ? (int64_t)json_integer_value(v) :
	       json_is_real(v)	  ? (int64_t)json_real_value(v) :
				    otherwise;
}

bool state_true(const json_t *root, const char *path)
{
	return json_is_true(state_get(root, path));
}

json_t *state_value(const json_t *root, const char *path)
{
	json_t *v = state_get(root, path);

	return v ? json_incref(v) : json_null();
}

int state_set(json_t *root, const char *path, json_t *value, struct err *err)
{
	const char *rest = path;
	json_t *node = root, *next;

	/* down to the object that holds the last name */
	while ((next = first_member(node, path, &rest)) && *rest &&
	       (json_is_object(next) || json_is_array(next))) {
		node = next;
		path = rest;
	}
	while ((!next || (json_is_null(next) && *rest)) && json_is_object(node) &&
	       strchr(path, '.')) {
		AUTO_FREE char *name = xstrndup(path, strcspn(path, "."));

		json_object_set_new(node, name, json_object());
		node = json_object_get(node, name);
		path += strlen(name) + 1;
		next = NULL;
	}
	if (json_is_object(node) && json_object_set_new(node, path, value) == 0)
		return 0;
	if (json_is_array(node) && next &&
	    json_array_set_new(node, strtoul(path, NULL, 10), value) == 0)
		return 0;
	return err_set(err, ERR_USAGE, "the state has no place for '%s'", path);
}

/* clang-format off */
static const struct { const char *member, *word; int number; } words[] = {
	{ ".state", "Stopped", 1 }, { ".state", "StartPending", 2 }, { ".state", "StopPending", 3 },
	{ ".state", "Running", 4 }, { ".state", "ContinuePending", 5 },
	{ ".state", "PausePending", 6 }, { ".state", "Paused", 7 },
	{ ".start", "Automatic", 2 }, { ".start", "Manual", 3 }, { ".start", "Disabled", 4 },
};
static const struct { const char *from, *to; bool prefix; } aliases[] = {
	{ "faults.install.", "install.", true },
	{ ".start_type", ".start", false },
};
/* clang-format on */

static bool ends_with(const char *s, const char *end)
{
	size_t a = strlen(s), b = strlen(end);

	return a >= b && strcmp(s + a - b, end) == 0;
}

static char *true_path(const char *path)
{
	for (size_t i = 0; i < ARRAY_LEN(aliases); i++) {
		size_t n = strlen(aliases[i].from);

		if (aliases[i].prefix && strncmp(path, aliases[i].from, n) == 0)
			return xasprintf("%s%s", aliases[i].to, path + n);
		if (!aliases[i].prefix && ends_with(path, aliases[i].from))
			return xasprintf("%.*s%s", (int)(strlen(path) - n), path, aliases[i].to);
	}
	return xstrdup(path);
}

/* "now-8h" as a time; NULL when it is none. */
static json_t *moment_of(const char *text)
{
	static const char units[] = "smhd";
	static const int64_t unit_ms[] = { 1000, MINUTE_MS, HOUR_MS, DAY_MS };
	const char *unit;
	char *end;
	long long n;

	if (!text || strncmp(text, "now", 3) != 0)
		return NULL;
	if (!text[3])
		return json_integer(clock_utc_ms());
	n = strtoll(text + 3, &end, 10);
	unit = *end ? strchr(units, *end) : NULL;
	if ((text[3] != '-' && text[3] != '+') || !unit || end[1])
		return NULL;
	return json_integer(clock_utc_ms() + n * unit_ms[unit - units]);
}

void state_set_moments(json_t *node)
{
	const char *key;
	json_t *member, *moment;
	size_t i;

	if (json_is_array(node))
		json_array_foreach(node, i, member) state_set_moments(member);
	json_object_foreach(node, key, member)
	{
		moment = ends_with(key, "_utc_ms") ? moment_of(json_string_value(member)) : NULL;
		if (moment)
			json_object_set_new(node, key, moment);
		else
			state_set_moments(member);
	}
}

int state_set_text(json_t *root, const char *path, const char *value, struct err *err)
{
	AUTO_FREE char *to = true_path(path);
	json_t *parsed = NULL;

	if (strncmp(to, "services.", 9) == 0) {
		for (size_t i = 0; i < ARRAY_LEN(words) && !parsed; i++) {
			if (ends_with(to, words[i].member) && strcmp(value, words[i].word) == 0)
				parsed = json_integer(words[i].number);
		}
		if (!parsed && (ends_with(to, ".state") || ends_with(to, ".start")) &&
		    (*value < '0' || *value > '9'))
			return err_set(err, ERR_USAGE, "'%s' is no word for %s", value, to);
	}
	if (!parsed && ends_with(to, "_utc_ms"))
		parsed = moment_of(value);
	if (!parsed)
		parsed = json_loads(value, JSON_DECODE_ANY, NULL);
	if (!parsed)
		parsed = json_string(value);
	if (!parsed)
		return err_set(err, ERR_USAGE, "the value of '%s' is not UTF-8", to);
	state_set_moments(parsed);
	return state_set(root, to, parsed, err);
}

void state_log(json_t *root, const char *fmt, ...)
{
	json_t *log = json_object_get(root, "log");
	char when[CLOCK_TEXT], text[400];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (!json_is_array(log)) {
		log = json_array();
		json_object_set_new(root, "log", log);
	}
	if (json_array_size(log) >= LOG_LINES)
		json_array_remove(log, 0);
	json_array_append_new(log,
			      json_sprintf("%s %s", clock_format_utc(clock_utc_ms(), when), text));
}
