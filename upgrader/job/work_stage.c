/* work_stage.c - brings the installer to the host: a folder of the run's own, the file by SFTP or,
 * over WinRM, in pieces of a call each (one that the host fetches itself: work_get.c), its hash and
 * signature checked there. The folder's name is
 * journalled before the host hears of it, so that only this job ever comes back to it. Nothing of
 * this is a change: it is undone again. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "upgrader/run.h"

enum {
	CALL_MS = 3 * 60 * 1000,        /* hashing 100 MB on a slow disk */
	PIECE_MS = 5 * 60 * 1000,       /* a host that fell silent is not waited for to the end */
	FOLDER_TEXT = 80                /* of what it says it took away */
};

/* Must end in .exe and be what processes are counted by; not the operator's name for the file. */
static const char installer_name[] = "MARSAgentInstaller.exe";

bool prepare_stage(struct job *j)
{
	AUTO_FREE char *folder = NULL;
	char name[17];
	struct err err;

	j->step.named = *j->row.folder;
	if (j->step.named)
		return true;            /* of an earlier try, or staged for its plan */
	if (random_hex(name, 8, &err) < 0) {
		job_end(j, OUTCOME_FAILED, "%s", err.msg);
		return false;
	}
	folder = xasprintf("marshal-%s-%s", j->run->row.name, name);
	job_set(&j->row.folder, folder);
	return true;
}

json_t *stage_file(const struct job *j)
{
	const struct installer *i = j->run->installer;

	return json_pack("{s:s, s:I, s:s}", "file", installer_name, "size", (json_int_t)i->len,
			 "sha256", i->sha256);
}

/* What a call takes with it. */
static struct piece piece_at(const struct job *j, size_t at)
{
	const struct installer *i = j->run->installer;
	size_t len = i->len - at;

	return (struct piece){ i->data + at, len < CALL_DATA_MAX ? len : CALL_DATA_MAX };
}

/* How much of a file that is longer with every piece we go on with: a call that was cut may have
 * left one in its middle. */
static size_t whole_pieces(const struct job *j, const json_t *answer)
{
	size_t len = j->run->installer->len;
	int64_t have = 0;

	if (!json_get_int(answer, "have", &have) || have < 0 || (uint64_t)have > len)
		return 0;
	if ((size_t)have == len)
		have--;                 /* the last one is what has the whole looked at */
	return (size_t)have / CALL_DATA_MAX * CALL_DATA_MAX;
}

static void bring(struct job *j);

static void on_checked(struct job *j, const json_t *answer)
{
	const char *signature = json_get_str(answer, "signature");
	bool not_there = answer_says(answer, CODE_FILE_MISSING) ||
			 answer_says(answer, CODE_SIZE_MISMATCH) ||
			 answer_says(answer, CODE_HASH_MISMATCH);

	if (answer_ok(answer))
		job_done(j, "hash agrees, signature %.40s%s", signature ? signature : "unknown",
			 j->step.text);
	else if (not_there && !j->step.flag)
		bring(j);               /* from an earlier try: half there or not at all */
	else
		job_refused(j, SCRIPT_STAGE_CHECK, answer);
}

static void check(struct job *j)
{
	json_t *more = stage_file(j);

	json_object_set_new(more, "allow_unsigned", json_boolean(j->run->terms.allow_unsigned));
	job_ask(j, SCRIPT_STAGE_CHECK, more, CALL_MS, on_checked);
}

void stage_check(struct job *j)
{
	j->step.flag = true;            /* what is there now is what we sent */
	check(j);
}

static void on_uploaded(struct job *j, const struct err *err)
{
	j->calling = false;
	run_upload_give(j);
	if (err) {
		job_fault(j, err);
		return;
	}
	stage_check(j);
}

static void put_next(struct job *j);

/* What was there of before is not what it should be, or went: then from the begin, once. */
static bool put_anew(struct job *j, const json_t *answer)
{
	bool useless =
		answer_says(answer, CODE_HASH_MISMATCH) || answer_says(answer, CODE_SIZE_MISMATCH);

	if (!useless || j->step.kept == 0 || j->step.anew)
		return false;
	j->step.anew = true;
	j->step.at = 0;
	put_next(j);
	return true;
}

/* Lines that break are no reason to give up as long as it goes on; a host that only says so comes
 * to an end, too. */
static void arrived(struct job *j, size_t at)
{
	j->step.at = at;
	if (at <= j->step.furthest)
		return;
	j->step.furthest = at;
	j->step.tries = 0;
}

static void on_put(struct job *j, const json_t *answer)
{
	if (!answer_ok(answer)) {
		if (put_anew(j, answer))
			return;
		run_upload_give(j);
		job_refused(j, SCRIPT_STAGE_PUT, answer);
		return;
	}
	arrived(j, j->step.at + piece_at(j, j->step.at).len);
	if (j->step.at < j->run->installer->len) {
		put_next(j);
		return;
	}
	run_upload_give(j);
	stage_check(j);
}

static void put_now(struct job *j)
{
	int64_t left = job_left_ms(j), limit = left < PIECE_MS ? left : PIECE_MS;
	json_t *more = stage_file(j);

	json_object_set_new(more, "from", json_integer((json_int_t)j->step.at));
	json_object_set_new(more, "lock_ms", json_integer(JOB_LOCK_MS));
	job_put(j, SCRIPT_STAGE_PUT, more, piece_at(j, j->step.at), limit > 0 ? limit : 1, on_put);
}

static void put_next(struct job *j)
{
	int64_t wait_ms = run_may_send(j, piece_at(j, j->step.at).len);

	if (wait_ms > 0)
		job_wait(j, wait_ms, put_now);
	else
		put_now(j);
}

static void upload_now(struct job *j)
{
	const char *put = json_string_value(job_recall(j, MEMORY_PUT));
	int64_t limit = run_upload_limit_ms(j);

	j->step.deadline_ms = clock_now_ms() + limit;
	if (!j->run->ops->puts_files(j)) {
		/* of a host with two ways it shows here only which one it is */
		if (!upgrade_terms_push(&j->run->terms, j->run->installer->len)) {
			run_upload_give(j);
			job_end(j, OUTCOME_BLOCKED, PUSH_REFUSED, j->run->installer->len >> 20);
			return;
		}
		put_next(j);
		return;
	}
	j->calling = true;
	j->run->ops->upload(j, put, limit, on_uploaded);
}

/* Few at a time: the line of the one who runs us is shared by all. Waiting for a turn does not
 * count. */
void stage_upload(struct job *j)
{
	run_upload_ask(j, upload_now);
}

static void bring(struct job *j)
{
	if (delivery_url(&j->run->terms, j->host))
		stage_get(j);
	else
		stage_upload(j);
}

static bool comes_again(const struct job *j)
{
	return j->step.resumed || j->step.named || j->step.opened || j->step.tries > 0;
}

static void go_on(struct job *j)
{
	if (j->step.named)
		check(j);               /* perhaps it is there already */
	else
		bring(j);
}

/* Into the trail, where folders of plans that are over went; then on. */
static void tell_removed(struct job *j, const json_t *removed)
{
	char text[JOB_EVENT_TEXT];
	const json_t *name;
	size_t i, at = 0;

	if (json_array_size(removed) == 0) {
		go_on(j);
		return;
	}
	at = (size_t)snprintf(text, sizeof(text), "taken away, of plans that are over:");
	json_array_foreach(removed, i, name)
	{
		const char *said = json_is_string(name) ? json_string_value(name) : "?";
		AUTO_FREE char *shown = text_printable(said, strlen(said), FOLDER_TEXT);

		if (at < sizeof(text))
			at += (size_t)snprintf(text + at, sizeof(text) - at, " %s", shown);
	}
	job_note(j, text, go_on);
}

static void on_opened(struct job *j, const json_t *answer)
{
	const char *put = json_get_str(answer, "put");

	j->step.named = comes_again(j);

	if (!answer_ok(answer)) {
		job_refused(j, SCRIPT_STAGE_OPEN, answer);
		return;
	}
	if (!put) {
		job_end(j, OUTCOME_FAILED,
			"stage-open: the host did not say where to put the installer");
		return;
	}
	/* Until now another run may have been at work there: no look of before is ground for a
	 * change. */
	j->reserved_ms = clock_now_ms();
	j->step.kept = whole_pieces(j, answer);
	arrived(j, j->step.kept);
	job_remember(j, MEMORY_PUT, json_string(put));
	j->step.opened = true;
	tell_removed(j, json_get_arr(answer, "removed"));
}

void work_stage(struct job *j)
{
	json_t *more = stage_file(j);

	j->step.flag = false;
	json_object_set_new(more, "again", json_boolean(comes_again(j)));
	if (j->run->staging)
		json_object_set_new(more, "until_utc_ms",
				    json_integer(j->run->staging_until_utc_ms));
	if (j->plans_over)
		json_object_set(more, "runs", j->plans_over);
	json_object_set_new(more, "lock_ms", json_integer(JOB_LOCK_MS));
	job_ask(j, SCRIPT_STAGE_OPEN, more, CALL_MS, on_opened);
}
