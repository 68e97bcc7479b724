/* play_get.c - the installer that a server fetches itself: stage-get of get.ps1. It comes from a
 * file of this machine (network.mirror.file), whatever the URL; faults.download says what is wrong
 * on the way. */
#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "tests/fleet/play.h"

enum { STATUS_MAX = 999, CHUNK = 65536 };

static bool url_is_right(const struct play *p)
{
	static const char form[] = "^https://([A-Za-z0-9.-]{1,200}|\\[[0-9A-Fa-f:.]{2,45}\\])"
				   "(:[0-9]{1,5})?/[A-Za-z0-9._~%/+,=:@-]{1,255}$";
	regex_t re;
	bool yes;

	if (regcomp(&re, form, REG_EXTENDED | REG_NOSUB) != 0)
		abort();        /* it is ours */
	yes = regexec(&re, step_text(p, "url"), 0, NULL, 0) == 0;
	regfree(&re);
	return yes;
}

static int not_fetched(struct play *p, bool changed, const char *why, int status)
{
	json_t *number = status ? json_integer(status) : json_null();

	return step_refused_with(
		p, "not-downloaded", changed,
		json_pack("{s:s, s:o, s:n}", "why", why, "status", number, "proxy"), why);
}

/* What answers no byte of it. True: that was said. */
static bool fails(struct play *p, const char *fault)
{
	static const char *const whys[] = { "name",    "connect",    "tls",	"proxy",
					    "sign-in", "time-limit", "redirect" };
	int64_t status = state_number(p->state->root, "network.mirror.status", 0);

	for (size_t i = 0; i < ARRAY_LEN(whys); i++) {
		if (!text_same(fault, whys[i]))
			continue;
		not_fetched(p, false, whys[i], text_same(fault, "sign-in") ? 407 : 0);
		return true;
	}
	if (status > 0 && status <= STATUS_MAX)
		not_fetched(p, false, "status", (int)status);
	return status > 0;
}

/* Copies `count` bytes behind the `have` that are there. -1: errno says why. */
static int copy(const char *from, const char *to, int64_t have, int64_t count)
{
	AUTO_CLOSE int in = open(from, O_RDONLY | O_CLOEXEC);
	AUTO_CLOSE int out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	char part[CHUNK];

	while (in >= 0 && out >= 0 && count > 0) {
		size_t want = count < CHUNK ? (size_t)count : CHUNK;
		ssize_t n = pread(in, part, want, have);

		if (n <= 0 || pwrite(out, part, (size_t)n, have) != n)
			return -1;
		have += n;
		count -= n;
	}
	return in >= 0 && out >= 0 ? 0 : -1;
}

static int note(struct play *p, int64_t from, int64_t count, struct err *err)
{
	if (state_begin(p->state, err) != 0)
		return -1;
	state_log(p->state->root, "%lld bytes of the installer fetched at %lld", (long long)count,
		  (long long)from);
	return state_commit(p->state, err);
}

/* What comes in this call: all that is missing, but for what the state says. */
static int64_t portion(const struct play *p, const char *fault, int64_t missing)
{
	int64_t kb = state_number(p->state->root, "network.mirror.kb", 0);

	if (text_same(fault, "silent"))
		return 0;
	if (text_same(fault, "cut") || text_same(fault, "drop"))
		return missing / 2;
	return kb > 0 && kb * 1024 < missing ? kb * 1024 : missing;
}

/* False: the refusal was answered. */
static bool fetch(struct play *p, const char *part, const char *fault, int64_t have,
		  struct err *err)
{
	const char *mirror = state_text(p->state->root, "network.mirror.file");
	int64_t missing = step_number(p, "size") - have, count = portion(p, fault, missing);
	struct stat st;

	if (fails(p, fault))
		return false;
	if (!mirror || stat(mirror, &st) != 0) {
		not_fetched(p, false, "status", 404);
		return false;
	}
	if (st.st_size != step_number(p, "size")) {
		step_refused(p, "size-mismatch", false, "the file there has %lld bytes",
			     (long long)st.st_size);
		return false;
	}
	if (copy(mirror, part, have, count) != 0 || note(p, have, count, err) != 0) {
		step_refused(p, "failed", true, "%s: %s", part, strerror(errno));
		return false;
	}
	if (text_same(fault, "drop")) {
		p->faults |= F_DROP;
		play_middle(p);
	}
	if (text_same(fault, "cut") || text_same(fault, "silent"))
		not_fetched(p, true, text_same(fault, "cut") ? "cut" : "time-limit", 0);
	return !text_same(fault, "cut") && !text_same(fault, "silent");
}

static bool is_brought(const struct play *p)
{
	AUTO_FREE char *file = step_file(p, step_text(p, "file"));
	char sha256[65];

	return step_sha256(file, sha256) == 0 && text_same(sha256, step_text(p, "sha256"));
}

static int answer(struct play *p, int64_t have)
{
	bool whole = have == step_number(p, "size");

	step_ok(p, json_pack("{s:I, s:b, s:n}", "have", (json_int_t)have, "whole", whole, "proxy"));
	return 0;
}

/* The volume is full before all of the next bytes are written. */
static bool has_room(struct play *p, const char *part)
{
	int fd;

	if (!text_same(state_text(p->state->root, "faults.upload"), "disk-full"))
		return true;
	fd = open(part, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
	step_refused(p, "disk-full", true, "C: has no room for them");
	return false;
}

static int get(struct play *p, struct err *err)
{
	const char *said = state_text(p->state->root, "faults.download");
	AUTO_FREE char *fault = xstrdup(said ? said : "");      /* the state is read again */
	AUTO_FREE char *name = xasprintf("%s.part", step_text(p, "file"));
	AUTO_FREE char *part = step_file(p, name);
	int64_t have = play_part_size(p), size = step_number(p, "size");

	if (is_brought(p))
		return answer(p, size);
	if (have < size && !has_room(p, part))
		return 0;
	if (have < size && !fetch(p, part, fault, have, err))
		return 0;
	have = play_part_size(p);
	if (have > size || text_same(fault, "longer")) {
		unlink(part);
		return step_refused(p, "size-mismatch", true, "the file there has more bytes");
	}
	if (have >= size && !play_part_whole(p, text_same(fault, "garble")))
		return 0;
	return answer(p, have);
}

int play_stage_get(struct play *p, struct err *err)
{
	return play_part(p, "url", url_is_right, get, err);
}
