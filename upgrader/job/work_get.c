/* work_get.c - a host fetches the installer itself: one call after the other until it is there,
 * each of which asks for what is missing. Then it is looked at as one that was put there, so that
 * the address need not be trusted. Nothing of it goes over our line, so nobody waits for a turn. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "upgrader/run.h"

enum {
	/* Of a call, where the other end takes a file up in its middle: below JOB_LOCK_MS, so that
	 * one which goes on after its line was cut is only waited for. */
	SLICE_MS = 25 * 1000,
	HASH_MS = 3 * 60 * 1000,        /* of 100 MB on a slow disk, behind the last byte */
	TRIES = 3,                      /* while nothing more comes */
	SHOWN = 100
};

/* clang-format off */
static const struct why {
	const char *word;               /* of docs/protocol.md */
	bool passes;                    /* may be over in a moment */
	const char *what, *remedy;
} whys[] = {
	{ "name", false, "the host finds no address for that name",
	  "check the name, and the host's DNS" },
	{ "connect", true, "the host gets no connection to it",
	  "check that the server there runs, and the firewalls in between" },
	{ "tls", false, "the host does not trust the certificate there, or finds no common TLS",
	  "have it issued for that name by an authority that the host trusts; TLS 1.2" },
	{ "proxy", false, "the proxy of the host's account opens no way to it",
	  "let it through there, or past the proxy" },
	{ "sign-in", false, "a proxy wants a sign-in, and none is made",
	  "let it through there without one, or past the proxy" },
	{ "status", false, "the server there gives no file",
	  "correct the address, or let everybody fetch the file" },
	{ "redirect", false, "it leads on to what is no https, to a password, or nowhere",
	  "name the address where the file is" },
	{ "cut", true, "the answer ends before the file is whole",
	  "look at the server there and what is in between" },
	{ "time-limit", true, "it does not come in time",
	  "look at the server there and the host's line, or raise --limit upload" },
};
/* clang-format on */

static const struct why *find(const char *word)
{
	for (size_t i = 0; word && i < ARRAY_LEN(whys); i++)
		if (strcmp(whys[i].word, word) == 0)
			return &whys[i];
	return NULL;
}

static void get_next(struct job *j);

/* The end of it: from here, where that was asked for, or not at all. */
static void give_up(struct job *j, enum outcome outcome, const char *text)
{
	if (!j->run->terms.push) {
		job_end(j, outcome, "%s, or put it there from here (--push)", text);
		return;
	}
	log_line(LOG_WARN, "%s: %s; it is put there from here", j->row.host, text);
	snprintf(j->step.text, sizeof(j->step.text), ", put from here: %s", text);
	j->step.kept = j->step.at = 0;
	stage_upload(j);
}

/* ", 404 by the proxy px:8080": what the host says beside it. */
static char *details(const json_t *answer)
{
	const char *proxy = json_get_str(answer, "proxy");
	AUTO_FREE char *shown = proxy ? text_printable(proxy, strlen(proxy), SHOWN) : NULL;
	int64_t status = 0;
	AUTO_FREE char *number = json_get_int(answer, "status", &status) ?
					 xasprintf(", status %d", (int)status) :
					 xstrdup("");

	return xasprintf("%s%s%s", number, shown ? ", proxy " : "", shown ? shown : "");
}

static void tell(struct job *j, enum outcome outcome, const char *what, const json_t *answer,
		 const char *remedy)
{
	const char *url = delivery_url(&j->run->terms, j->host);
	AUTO_FREE char *more = details(answer);
	AUTO_FREE char *text = xasprintf("%s: %s (%.160s%s): %s", err_name(FAULT_DOWNLOAD_FAILED),
					 what, url ? url : "no address any more", more, remedy);

	give_up(j, outcome, text);
}

static void not_downloaded(struct job *j, const json_t *answer)
{
	const struct why *why = find(json_get_str(answer, "why"));
	int64_t status = 0;
	bool busy = json_get_int(answer, "status", &status) && status >= 500;

	if (!why) {
		job_refused(j, SCRIPT_STAGE_GET, answer);
		return;
	}
	if ((why->passes || busy) && ++j->step.polls < TRIES &&
	    job_left_ms(j) > j->run->pace.retry_ms && !job_must_pause(j)) {
		job_wait(j, j->run->pace.retry_ms, get_next);
		return;
	}
	tell(j, OUTCOME_BLOCKED, why->what, answer, why->remedy);
}

static void refused(struct job *j, const json_t *answer)
{
	bool other = answer_says(answer, CODE_HASH_MISMATCH);

	if (answer_says(answer, CODE_NOT_DOWNLOADED)) {
		not_downloaded(j, answer);
	} else if (other && j->step.kept > 0 && !j->step.anew) {
		j->step.anew = true;    /* what was there of before may have been it */
		get_next(j);
	} else if (other || answer_says(answer, CODE_SIZE_MISMATCH)) {
		tell(j, OUTCOME_FAILED, "what is there is not this installer", answer,
		     other ? "its SHA-256 is another: find out whose file that is" :
			     "its size is another: put the same file there");
	} else {
		job_refused(j, SCRIPT_STAGE_GET, answer);
	}
}

static void on_got(struct job *j, const json_t *answer)
{
	const char *url = delivery_url(&j->run->terms, j->host);
	int64_t have = 0;

	if (!answer_ok(answer)) {
		refused(j, answer);
		return;
	}
	if (json_is_true(json_object_get(answer, "whole"))) {
		AUTO_FREE char *more = details(answer);

		snprintf(j->step.text, sizeof(j->step.text), ", fetched from %s%s", url ? url : "?",
			 more);
		stage_check(j);
		return;
	}
	json_get_int(answer, "have", &have);
	if (have > (int64_t)j->step.furthest && have <= (int64_t)j->run->installer->len) {
		j->step.furthest = (size_t)have;
		j->step.tries = j->step.polls = 0;
	} else if (++j->step.polls >= TRIES) {
		tell(j, OUTCOME_BLOCKED, find("time-limit")->what, answer,
		     find("time-limit")->remedy);
		return;
	}
	get_next(j);
}

static void get_next(struct job *j)
{
	const char *url = delivery_url(&j->run->terms, j->host);
	int64_t left = job_left_ms(j);
	json_t *more;

	if (!url || left == 0) {
		AUTO_JSON json_t *nothing = json_object();

		tell(j, OUTCOME_BLOCKED, find("time-limit")->what, nothing,
		     find("time-limit")->remedy);
		return;
	}
	more = stage_file(j);
	json_object_set_new(more, "url", json_string(url));
	json_object_set_new(more, "slice_ms", json_integer(SLICE_MS));
	json_object_set_new(more, "limit_ms", json_integer(left));
	json_object_set_new(more, "lock_ms", json_integer(JOB_LOCK_MS));
	job_ask(j, SCRIPT_STAGE_GET, more, left + HASH_MS, on_got);
}

void stage_get(struct job *j)
{
	get_next(j);
}
