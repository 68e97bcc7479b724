/* play_stage.c - the run's folder, the installer in it, and consoles: stage.ps1 and console.ps1. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "tests/fleet/play.h"

enum { LOOK_MS = 50 };

/* The folder in the state, and the real one that sftp will write to. */
static int make_folder(struct play *p, struct err *err)
{
	AUTO_FREE char *real = step_file(p, "");

	if (file_make_folder(real, 0700, err) != 0)
		return -1;
	json_object_set_new(json_object_get(p->state->root, "folders"), step_text(p, "folder"),
			    json_pack("{s:s, s:s, s:b}", "run", step_text(p, "run"), "owner",
				      "Administrators", "inherited", 0));
	state_log(p->state->root, "folder %s made", step_text(p, "folder"));
	return 0;
}

/* For whom and until when it is staged; of a run that begins it says nothing. */
static int note_plan(struct play *p, struct err *err)
{
	const json_t *until = json_object_get(p->request, "until_utc_ms");
	AUTO_FREE char *file = step_file(p, "plan.json");
	AUTO_JSON json_t *plan = NULL;

	(void)remove(file);
	if (!until)
		return 0;
	plan = json_pack("{s:s, s:I}", "controller", step_text(p, "controller"), "until_utc_ms",
			 (json_int_t)step_number(p, "until_utc_ms"));
	if (json_dump_file(plan, file, JSON_COMPACT) != 0)
		return err_set(err, ERR_SYSTEM, "%s: cannot be written", file);
	return 0;
}

/* Whether the folder may be made or come back to; else the refusal was answered. */
static bool may_open(struct play *p, bool there)
{
	AUTO_FREE char *path = step_folder_path(p);
	int64_t free_bytes = state_number(p->state->root, "volumes.C:.free_bytes", INT64_MAX);

	if (there && !json_is_true(json_object_get(p->request, "again")))
		step_refused(p, "folder-exists", false, "%s exists already", path);
	else if (!there && free_bytes < step_number(p, "size"))
		step_refused(p, "disk-full", false, "C: has %lld bytes free",
			     (long long)free_bytes);
	else
		return true;
	return false;
}

static bool folder_there(const struct play *p)
{
	return json_object_get(json_object_get(p->state->root, "folders"), step_text(p, "folder"));
}

static void sweep_plans(struct play *p, json_t *removed)
{
	AUTO_JSON json_t *left = json_array();
	const json_t *run;
	size_t i;

	json_array_foreach(json_object_get(p->request, "runs"), i, run)
	{
		if (strcmp(json_string_value(run), step_text(p, "run")) != 0)
			play_sweep_folders(p, json_string_value(run), removed, left);
	}
}

/* The folder, with the reservation or (an older version's) without; *out_ok: it was not
 * refused. Into removed what went of plans. */
static int open_folder(struct play *p, bool fresh, json_t *removed, bool *out_ok, struct err *err)
{
	if (state_begin(p->state, err) != 0)
		return -1;
	if (!folder_there(p) && make_folder(p, err) != 0)
		return -1;
	*out_ok = step_folder(p);
	if (*out_ok && note_plan(p, err) != 0)
		return -1;
	if (*out_ok)
		sweep_plans(p, removed);
	else if (fresh)
		json_object_set_new(p->state->root, "marker", json_null());
	return state_commit(p->state, err);
}

static int reserve_and_open(struct play *p, struct reserved *reserved, json_t *removed,
			    json_t **out_marker, bool *out_ok, struct err *err)
{
	int lock, rc;

	*out_ok = false;
	if (play_lock(p, &lock, err) != 0)
		return -1;
	if (lock < 0)
		return 0;
	rc = play_reserve(p, reserved, err);
	if (rc == 0 && reserved->ok)
		rc = open_folder(p, reserved->fresh, removed, out_ok, err);
	*out_marker = play_marker(p);
	return play_unlock(p, lock, err) == 0 ? rc : -1;
}

int play_stage_open(struct play *p, struct err *err)
{
	static const char *const names[] = { "folder", "file", NULL };
	AUTO_FREE char *put = NULL, *path = NULL;
	struct reserved reserved = { .fresh = false };
	AUTO_JSON json_t *marker = NULL, *removed = json_array();
	json_t *answer;
	bool ok;
	int rc;

	if (!step_names(p, names) || !play_names_runs(p, json_object_get(p->request, "runs")) ||
	    !may_open(p, folder_there(p)))
		return 0;
	rc = p->v < 2 ? open_folder(p, false, removed, &ok, err) :
			reserve_and_open(p, &reserved, removed, &marker, &ok, err);
	if (rc != 0 || !ok)
		return rc;
	path = step_folder_path(p);
	/* a real server answers /C:/Windows/..., which an sftp-server here would not know */
	put = step_file(p, step_text(p, "file"));
	answer = json_pack("{s:s, s:s}", "path", path, "put", put);
	if (p->v >= 2) {
		json_object_set(answer, "reservation", marker);
		json_object_set_new(answer, "taken_over", json_boolean(reserved.taken_over));
		json_object_set_new(answer, "have", json_integer(play_part_size(p)));
		json_object_set(answer, "removed", removed);
	}
	step_ok(p, answer);
	return 0;
}

/* As a disk would: one byte of what was uploaded is another. */
static void corrupt(const char *path)
{
	int fd = -1;
	AUTO_FREE char *data = NULL;
	size_t len;

	data = file_read(path, 1 << 30, &len, NULL);
	if (!data || len == 0)
		return;
	fd = truncate(path, (off_t)len - 1);
	if (fd == 0) {
		AUTO_FCLOSE FILE *f = fopen(path, "ab");

		if (f)
			fputc(~data[len - 1] & 0xff, f);
	}
}

static int judge_signature(struct play *p, const char *sha256, const char *file)
{
	const json_t *root = p->state->root;
	const char *status = state_text(root, "signature.status");
	const char *signer = state_text(root, "signature.signer");
	AUTO_FREE char *version = NULL;
	bool forgiven;

	status = status ? status : "UnknownError";
	forgiven = strcmp(status, "NotSigned") == 0 &&
		   json_is_true(json_object_get(p->request, "allow_unsigned"));
	if (!forgiven && strcmp(status, "Valid") != 0)
		return step_refused(p, "not-signed", false, "the signature is %s", status);
	if (!forgiven && (!signer || !strstr(signer, "O=Microsoft Corporation")))
		return step_refused(p, "wrong-signer", false, "signed by %s", signer ? signer : "");
	version = step_file_version(file);
	/* what is not signed has no signer */
	step_ok(p, json_pack("{s:s, s:s, s:s?, s:s?}", "sha256", sha256, "signature", status,
			     "signer", strcmp(status, "NotSigned") == 0 ? NULL : signer, "version",
			     *version ? version : NULL));
	return 0;
}

int play_stage_check(struct play *p, struct err *err)
{
	static const char *const names[] = { "folder", "file", "sha256", NULL };
	AUTO_FREE char *file = NULL;
	const char *fault;
	char sha256[65];
	struct stat st;

	if (!step_names(p, names))
		return 0;
	if (p->v >= 2 && play_seen(p, err) != 0)
		return -1;
	if (!step_folder(p))
		return 0;
	file = step_file(p, step_text(p, "file"));
	if (stat(file, &st) != 0 || !S_ISREG(st.st_mode))
		return step_refused(p, "file-missing", false, "%s is not there",
				    step_text(p, "file"));
	fault = state_text(p->state->root, "faults.upload");
	if (fault && strcmp(fault, "corrupt") == 0)
		corrupt(file);
	if (st.st_size != step_number(p, "size"))
		return step_refused(p, "size-mismatch", false, "%s has %lld bytes",
				    step_text(p, "file"), (long long)st.st_size);
	if (step_sha256(file, sha256) != 0)
		return step_refused(p, "failed", false, "%s: %s", step_text(p, "file"),
				    strerror(errno));
	if (strcmp(sha256, step_text(p, "sha256")) != 0)
		return step_refused(p, "hash-mismatch", false, "%s has SHA-256 %s",
				    step_text(p, "file"), sha256);
	return judge_signature(p, sha256, file);
}

/* Ends those that can be ended; how many. */
static int close_consoles(struct play *p, int *out_closed, struct err *err)
{
	json_t *consoles;
	int closed = 0;

	if (state_begin(p->state, err) != 0)
		return -1;
	consoles = json_object_get(p->state->root, "consoles");
	for (size_t i = json_array_size(consoles); i-- > 0;) {
		if (json_is_true(json_object_get(json_array_get(consoles, i), "stays")))
			continue;
		json_array_remove(consoles, i);
		closed++;
	}
	if (closed)
		state_log(p->state->root, "%d console(s) ended", closed);
	*out_closed = closed;
	return state_commit(p->state, err);
}

/* Users who were told that somebody waits take a moment to close theirs. */
static int warn_users(struct play *p, struct err *err)
{
	json_t *console;
	size_t i;

	if (state_begin(p->state, err) != 0)
		return -1;
	json_array_foreach(json_object_get(p->state->root, "consoles"), i, console)
	{
		int64_t takes = state_number(console, "leaves_ms", -1);

		if (takes >= 0 && !state_number(console, "leaves_utc_ms", 0))
			json_object_set_new(console, "leaves_utc_ms",
					    json_integer(clock_utc_ms() + takes));
	}
	return state_commit(p->state, err);
}

/* The lock and the reservation, then the consoles. *out_ok: nothing was refused. */
static int close_reserved(struct play *p, int *out_closed, bool *out_ok, struct err *err)
{
	bool ok;
	int lock, rc;

	*out_ok = false;
	if (play_lock(p, &lock, err) != 0)
		return -1;
	if (lock < 0)
		return 0;
	rc = play_go_on(p, &ok, err);
	if (rc == 0 && ok) {
		*out_ok = json_array_size(json_object_get(p->state->root, "consoles")) == 0 ||
			  play_no_backup(p);
		if (*out_ok)
			rc = close_consoles(p, out_closed, err);
	}
	return play_unlock(p, lock, err) == 0 ? rc : -1;
}

int play_console_wait(struct play *p, struct err *err)
{
	static const char *const names[] = { NULL };
	int64_t until = clock_now_ms() + step_number(p, "wait_ms");
	bool ok = true;
	int closed = 0, rc = 0;

	if (json_is_true(json_object_get(p->request, "close"))) {
		if (p->v >= 2 && !step_names(p, names))
			return 0;
		rc = p->v < 2 ? close_consoles(p, &closed, err) :
				close_reserved(p, &closed, &ok, err);
	} else if (p->v >= 2) {
		rc = play_seen(p, err);
	}
	if (rc != 0 || !ok)
		return rc;
	if (json_array_size(json_object_get(p->state->root, "consoles")) > 0 &&
	    warn_users(p, err) != 0)
		return -1;
	while (json_array_size(json_object_get(p->state->root, "consoles")) > 0 &&
	       clock_now_ms() < until) {
		play_sleep(LOOK_MS);
		if (state_reload(p->state, err) != 0)
			return -1;
	}
	step_ok(p,
		json_pack("{s:o, s:i}", "open", play_consoles(p->state->root), "closed", closed));
	return 0;
}
