/* estimate.c - see estimate.h. Of earlier upgrades the middle one counts: a host that waited for a
 * backup, or for --resume over a weekend, says nothing of the others. */
#include "upgrader/estimate.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/map.h"
#include "base/mem.h"

enum {
	RUNS_MAX = 20,                  /* the newest of each kind */
	FEW = 20,                       /* upgrades that no 95 of 100 can be told from */
	OWN_MIN = 2,                    /* one that waited over a weekend tells nothing */
	STEP_MINUTES = 5                /* lengths of single hosts are rounded up to: few differ */
};

/* An upgrade that went through, by the host's row in samples.hosts. */
struct sample { const struct host_row *host; int64_t ms; };

struct samples {
	struct host_rows hosts;
	struct sample *by_length, *by_host, *by_site;   /* the last two by their key, then length */
	int count, cap;
};

int64_t estimate_aside_ms(const struct store_job_row *job)
{
	int64_t backup_ms = 0, reboot_ms = 0, took_ms = job->ended_utc_ms - job->begun_utc_ms;

	json_get_int(job->memory, JOB_MEMORY_BACKUP, &backup_ms);
	json_get_int(job->memory, JOB_MEMORY_REBOOT, &reboot_ms);
	if (backup_ms < 0 || backup_ms > took_ms)
		backup_ms = 0;
	if (reboot_ms < 0 || reboot_ms > took_ms - backup_ms)
		reboot_ms = 0;
	return backup_ms + reboot_ms;
}

static int add_run(struct store *s, const struct store_run_row *run, const struct map *by_name,
		   struct samples *out, struct err *err)
{
	struct job_rows jobs;

	if (store_jobs(s, run->id, &jobs, err) < 0)
		return -1;
	for (int i = 0; i < jobs.count; i++) {
		const struct store_job_row *job = &jobs.row[i];
		const struct host_row *host = map_get(by_name, job->host);

		if (outcome_from_name(job->outcome) != OUTCOME_UPGRADED || !host ||
		    job->ended_utc_ms <= job->begun_utc_ms || job->begun_utc_ms == 0)
			continue;
		MEM_GROW(out->by_length, out->count, out->cap);
		out->by_length[out->count++] =
			(struct sample){ host, job->ended_utc_ms - job->begun_utc_ms -
						       estimate_aside_ms(job) };
	}
	job_rows_release(&jobs);
	return 0;
}

static int add_runs(struct store *s, enum run_state state, const struct map *by_name,
		    struct samples *out, struct err *err)
{
	struct run_rows runs;
	int rc = 0;

	if (store_runs_in(s, state, RUNS_MAX, &runs, err) < 0)
		return -1;
	for (int i = 0; i < runs.count && rc == 0; i++)
		rc = add_run(s, &runs.row[i], by_name, out, err);
	run_rows_release(&runs);
	return rc;
}

static int by_length(const void *a, const void *b)
{
	int64_t x = ((const struct sample *)a)->ms, y = ((const struct sample *)b)->ms;

	return x < y ? -1 : x > y;
}

static int by_host(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;
	int order = strcmp(x->host->name, y->host->name);

	return order ? order : by_length(a, b);
}

static int by_site(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;
	int order = strcmp(x->host->site, y->host->site);

	return order ? order : by_length(a, b);
}

static struct sample *sorted(const struct samples *s, int (*order)(const void *, const void *))
{
	struct sample *copy = xcalloc((size_t)s->count + 1, sizeof(*copy));

	memcpy(copy, s->by_length, (size_t)s->count * sizeof(*copy));
	qsort(copy, (size_t)s->count, sizeof(*copy), order);
	return copy;
}

static void samples_free(struct samples *s)
{
	if (!s)
		return;
	host_rows_release(&s->hosts);
	free(s->by_length);
	free(s->by_host);
	free(s->by_site);
	free(s);
}

/* NULL and err on failure. */
static struct samples *samples_read(struct store *s, struct err *err)
{
	static const enum run_state states[] = { RUN_STATE_DONE, RUN_STATE_HALTED,
						 RUN_STATE_PAUSED };
	struct samples *out = xcalloc(1, sizeof(*out));
	struct map by_name = { 0 };
	int rc = store_hosts(s, NULL, ROWS_GONE, &out->hosts, err);

	if (rc < 0) {
		free(out);
		return NULL;
	}
	for (int i = 0; i < out->hosts.count; i++)
		map_add(&by_name, out->hosts.row[i].name, &out->hosts.row[i]);
	for (size_t i = 0; i < ARRAY_LEN(states) && rc == 0; i++)
		rc = add_runs(s, states[i], &by_name, out, err);
	map_release(&by_name);
	if (rc < 0) {
		samples_free(out);
		return NULL;
	}
	if (out->count > 0)
		qsort(out->by_length, (size_t)out->count, sizeof(*out->by_length), by_length);
	if (out->count > 0) {
		out->by_host = sorted(out, by_host);
		out->by_site = sorted(out, by_site);
	}
	return out;
}

/* Those of one key, in an order by it: gives how many, *out the first. */
static int samples_of(const struct sample *all, int count, const struct sample *key,
		      int (*order)(const void *, const void *), const struct sample **out)
{
	int low = 0, high = count;
	struct sample from = { key->host, INT64_MIN }, to = { key->host, INT64_MAX };

	while (low < high) {
		int mid = low + (high - low) / 2;

		if (order(&all[mid], &from) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	*out = all + low;
	while (high < count && order(&all[high], &to) < 0)
		high++;
	return high - low;
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
static int64_t long_of(const struct sample *sample, int count)
{
	int64_t twice = 2 * sample[(count - 1) / 2].ms, assumed = ESTIMATE_LONG_MINUTES * MINUTE_MS;

	if (count >= FEW)
		return sample[count * 95 / 100].ms;
	return twice > assumed ? twice : assumed;
}

static int64_t at_most(int64_t ms, int64_t most_ms)
{
	return ms < most_ms ? ms : most_ms;
}

int estimate_learn(struct store *s, const struct upgrade_terms *terms, struct estimate *out,
		   struct err *err)
{
	struct samples *samples = samples_read(s, err);

	if (!samples)
		return -1;
	*out = (struct estimate){ .host_ms = ESTIMATE_HOST_MINUTES * MINUTE_MS,
				  .long_ms = ESTIMATE_LONG_MINUTES * MINUTE_MS,
				  .most_ms = upgrade_terms_all_ms(terms),
				  .samples = samples,
				  .upgrades = samples->count };
	if (samples->count > 0) {
		out->host_ms = samples->by_length[samples->count / 2].ms;
		out->long_ms = long_of(samples->by_length, samples->count);
	}
	out->long_ms = at_most(out->long_ms, out->most_ms);
	return 0;
}

void estimate_release(struct estimate *e)
{
	samples_free(e->samples);
	*e = (struct estimate){ 0 };
}

struct expected estimate_of(const struct estimate *e, const char *host, const char *site)
{
	struct host_row row = { .name = (char *)host, .site = (char *)site };
	const struct sample key = { .host = &row };
	const struct samples *s = e->samples;
	const struct sample *own, *alike;
	int owns = samples_of(s->by_host, s->count, &key, by_host, &own);
	int alikes = site && *site ? samples_of(s->by_site, s->count, &key, by_site, &alike) : 0;
	struct expected x = { e->long_ms, s->count > 0 ? EXPECTED_ALL : EXPECTED_ASSUMED };
	int64_t step = STEP_MINUTES * MINUTE_MS;

	if (owns >= OWN_MIN)
		x = (struct expected){ long_of(own, owns), EXPECTED_OWN };
	else if (alikes >= FEW)
		x = (struct expected){ long_of(alike, alikes), EXPECTED_SITE };
	if (x.from == EXPECTED_OWN || x.from == EXPECTED_SITE)
		x.ms = at_most((x.ms + step - 1) / step * step, e->most_ms);
	return x;
}

const char *expected_word(enum expected_from from)
{
	static const char *const words[] = { [EXPECTED_ASSUMED] = "assumed",
					     [EXPECTED_ALL] = "all-hosts",
					     [EXPECTED_SITE] = "site",
					     [EXPECTED_OWN] = "own" };

	return words[from];
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
	if (e->batches == 1)            /* there is no first, and none after it */
		return xasprintf("1 batch, about %s: %s a host, %s", all, host, from);
	return xasprintf("%s%d batches (%d first, then %d at a time), about %s: %s a host, %s",
			 waves, e->batches, terms->first, terms->parallel, all, host, from);
}
