/* play_put.c - the installer in pieces, a call each: stage-put of stage.ps1. The file is real, as
 * the one that sftp writes. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "tests/fleet/play.h"

int64_t play_part_size(struct play *p)
{
	AUTO_FREE char *name = xasprintf("%s.part", step_text(p, "file"));
	AUTO_FREE char *part = step_file(p, name);
	struct stat st;

	return stat(part, &st) == 0 && S_ISREG(st.st_mode) ? st.st_size : 0;
}

static bool data_is_right(const struct play *p)
{
	const json_t *said = json_object_get(p->request, "data");
	const char *wanted = json_get_str(said, "sha256");
	int64_t size = 0;
	char sha256[65];

	json_get_int(said, "size", &size);
	if (!p->data || !wanted || (uint64_t)size != p->data_len)
		return false;
	sha256_hex(p->data, p->data_len, sha256);
	return strcmp(sha256, wanted) == 0;
}

/* False: the refusal was answered. */
static bool write_piece(struct play *p, const char *part, const char *fault)
{
	AUTO_CLOSE int fd = open(part, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	bool cut = text_same(fault, "drop"), full = text_same(fault, "disk-full");
	int64_t from = step_number(p, "from"), have = play_part_size(p);
	size_t len = cut || full ? p->data_len / 2 : p->data_len;

	if (fd < 0 || text_same(fault, "refuse")) {
		step_refused(p, "access-denied", false, "%s", strerror(EACCES));
		return false;
	}
	if (have < from) {
		step_refused(p, "size-mismatch", false, "%s has %lld bytes", part, (long long)have);
		return false;
	}
	if (ftruncate(fd, from) != 0 || pwrite(fd, p->data, len, from) != (ssize_t)len) {
		step_refused(p, "failed", true, "%s: %s", part, strerror(errno));
		return false;
	}
	if (cut) {
		p->faults |= F_DROP;
		play_middle(p);
	}
	if (full && ftruncate(fd, from) == 0)
		step_refused(p, "disk-full", true, "C: has no room for %zu bytes more",
			     p->data_len);
	return !full;
}

static int note(struct play *p, struct err *err)
{
	if (state_begin(p->state, err) != 0)
		return -1;
	state_log(p->state->root, "%zu bytes of the installer put at %lld", p->data_len,
		  (long long)step_number(p, "from"));
	return state_commit(p->state, err);
}

/* As a disk or a memory would: one bit of what was written is another. */
static void garble(const char *path)
{
	AUTO_CLOSE int fd = open(path, O_RDWR | O_CLOEXEC);
	char byte;

	if (fd >= 0 && pread(fd, &byte, 1, 0) == 1) {
		byte ^= 1;
		(void)!pwrite(fd, &byte, 1, 0);
	}
}

bool play_part_whole(struct play *p, bool garbled)
{
	AUTO_FREE char *name = xasprintf("%s.part", step_text(p, "file"));
	AUTO_FREE char *part = step_file(p, name), *file = step_file(p, step_text(p, "file"));
	char sha256[65];

	if (garbled)
		garble(part);
	if (step_sha256(part, sha256) != 0) {
		step_refused(p, "failed", true, "%s: %s", part, strerror(errno));
	} else if (strcmp(sha256, step_text(p, "sha256")) != 0) {
		unlink(part);
		step_refused(p, "hash-mismatch", true, "%s has SHA-256 %s", part, sha256);
	} else if (rename(part, file) != 0) {
		step_refused(p, "failed", true, "%s: %s", file, strerror(errno));
	} else {
		return true;
	}
	return false;
}

static int put(struct play *p, struct err *err)
{
	const char *fault = state_text(p->state->root, "faults.upload");
	AUTO_FREE char *name = xasprintf("%s.part", step_text(p, "file"));
	AUTO_FREE char *part = step_file(p, name);
	int64_t have = step_number(p, "from") + (int64_t)p->data_len;
	bool whole = have >= step_number(p, "size"), garbled = text_same(fault, "garble");

	if (!write_piece(p, part, fault))
		return 0;
	if (note(p, err) != 0)
		return -1;
	if (whole && !play_part_whole(p, garbled))
		return 0;
	step_ok(p, json_pack("{s:I, s:b}", "have", (json_int_t)have, "whole", whole));
	return 0;
}

int play_part(struct play *p, const char *named, bool (*right)(const struct play *p),
	      int (*take)(struct play *p, struct err *err), struct err *err)
{
	static const char *const names[] = { "folder", "file", "sha256", NULL };
	int lock, rc;
	bool ok;

	if (!step_names(p, names))
		return 0;
	if (!right(p))
		return step_refused(p, "bad-request", false, named);
	if (play_lock(p, &lock, err) != 0)
		return -1;
	if (lock < 0)
		return 0;
	rc = play_go_on(p, &ok, err);
	if (rc == 0 && ok && step_folder(p))
		rc = take(p, err);
	return play_unlock(p, lock, err) == 0 ? rc : -1;
}

int play_stage_put(struct play *p, struct err *err)
{
	return play_part(p, "data", data_is_right, put, err);
}
