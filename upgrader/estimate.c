/* estimate.c - see estimate.h. Of earlier upgrades the middle one counts: a host that waited for a
 * backup, or for --resume over a weekend, says nothing of the others. */
#include "upgrader/estimate.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"

enum {
	RUNS_MAX = 20,                  /* the newest of each kind */
	FEW = 20                        /* upgrades that no 95 of 100 can be told from */
};

struct times { int64_t *ms; int count, cap; };

static int add_run(struct store *s, const struct store_run_row *run, struct times *out,
		   struct err *err)
{
	struct job_rows jobs;

	if (store_jobs(s, run->id, &jobs, err) < 0)
		return -1;
	for (int i = 0; i < jobs.count; i++) {
		const struct store_job_row *job = &jobs.row[i];

		if (outcome_from_name(job->outcome) != OUTCOME_UPGRADED ||
		    job->ended_utc_ms <= job->begun_utc_ms || job->begun_utc_ms == 0)
			continue;
		MEM_GROW(out->ms, out->count, out->cap);
		out->ms[out->count++] = job->ended_utc_ms - job->begun_utc_ms;
	}
	job_rows_release(&jobs);
	return 0;
}

static int add_runs(struct store *s, enum run_state state, struct times *out, struct err *err)
{
	struct run_rows runs;
	int rc = 0;

	if (store_runs_in(s, state, RUNS_MAX, &runs, err) < 0)
		return -1;
	for (int i = 0; i < runs.count && rc == 0; i++)
		rc = add_run(s, &runs.row[i], out, err);
	run_rows_release(&runs);
	return rc;
}

static int by_length(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static int count_batches(const struct upgrade_terms *terms, const int *hosts, int waves)
{
	int first = terms->first, batches = 0;

	for (int i = 0; i < waves; i++) {
		int alone = hosts[i] < first ? hosts[i] : first;

		first -= alone;
		batches += (alone > 0) + (hosts[i] - alone + terms->parallel - 1) / terms->parallel;
	}
	return batches;
}

/* Of few the slowest says nothing: it may have waited over a weekend. */
static int64_t long_of(const struct times *t)
{
	int64_t twice = 2 * t->ms[t->count / 2], assumed = ESTIMATE_LONG_MINUTES * MINUTE_MS;

	if (t->count >= FEW)
		return t->ms[t->count * 95 / 100];
	return twice > assumed ? twice : assumed;
}

int estimate_learn(struct store *s, const struct upgrade_terms *terms, struct estimate *out,
		   struct err *err)
{
	struct times times = { .ms = NULL };
	int rc;

	*out = (struct estimate){ .host_ms = ESTIMATE_HOST_MINUTES * MINUTE_MS,
				  .long_ms = ESTIMATE_LONG_MINUTES * MINUTE_MS };
	rc = add_runs(s, RUN_STATE_DONE, &times, err);
	if (rc == 0)
		rc = add_runs(s, RUN_STATE_HALTED, &times, err);
	if (rc == 0)
		rc = add_runs(s, RUN_STATE_PAUSED, &times, err);
	if (times.count > 0) {
		qsort(times.ms, (size_t)times.count, sizeof(*times.ms), by_length);
		out->host_ms = times.ms[times.count / 2];
		out->long_ms = long_of(&times);
	}
	if (out->long_ms > upgrade_terms_all_ms(terms))
		out->long_ms = upgrade_terms_all_ms(terms);
	out->upgrades = times.count;
	free(times.ms);
	return rc;
}

void estimate_hosts(struct estimate *e, const struct upgrade_terms *terms, const int *hosts,
		    int waves)
{
	e->waves = waves;
	e->batches = count_batches(terms, hosts, waves);
	e->all_ms = e->batches * e->host_ms + (waves > 1 ? (waves - 1) * terms->soak : 0);
}

json_t *estimate_json(const struct estimate *e)
{
	return json_pack("{s:i, s:i, s:i, s:I, s:I, s:I}", "waves", e->waves, "batches", e->batches,
			 "upgrades", e->upgrades, "host_ms", (json_int_t)e->host_ms, "long_ms",
			 (json_int_t)e->long_ms, "all_ms", (json_int_t)e->all_ms);
}

char *estimate_text(const struct estimate *e, const struct upgrade_terms *terms)
{
	char all[CLOCK_TEXT], host[CLOCK_TEXT];
	AUTO_FREE char *from =
		e->upgrades > 0 ? xasprintf("the middle of %d earlier upgrade%s", e->upgrades,
					    e->upgrades == 1 ? "" : "s") :
				  xstrdup("which is assumed, as none was upgraded from here yet");

	AUTO_FREE char *waves = e->waves > 1 ? xasprintf("%d waves, ", e->waves) : xstrdup("");

	clock_format_duration(e->all_ms, all);
	clock_format_duration(e->host_ms, host);
	return xasprintf("%s%d batch%s (%d first, then %d at a time), about %s: %s a host, %s",
			 waves, e->batches, e->batches == 1 ? "" : "es", terms->first,
			 terms->parallel, all, host, from);
}
