/* duties.c - what an upgrade leaves to people. A duty ends by what is seen: a good backup or a
 * start of the server after the upgrade's end, or a service that runs. */
#include "scanner/duties.h"

#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/version.h"
#include "scanner/checks/checks.h"
#include "scanner/facts/service.h"
#include "scanner/judge.h"
#include "store/outcomes.h"
#include "store/store.h"

enum { WORDS_MAX = 200 };

#define DUTY_ROW(id, word, then, short_text, meaning, remedy) { word, short_text, remedy },
const struct duty_row duties[DUTY_COUNT] = { DUTIES(DUTY_ROW) };

/* Whether it brought another version, however it ended: an installer that failed may have. */
static bool moved(const struct store_job_row *job, bool *out_crossed)
{
	struct version before, after;
	bool known = version_parse(job->before, &before);

	*out_crossed = false;
	if (!version_parse(job->after, &after) || (known && version_cmp(after, before) <= 0))
		return false;
	*out_crossed = known && crosses_minimum(before, after);
	return true;
}

bool is_unregistered(const struct facts *facts)
{
	struct context c = { .facts = facts };
	bool registered;

	return json_get_bool(facts_value(facts, FACT_AGENT_CONFIG), "registered", &registered) &&
	       !registered && !is_dpm(&c);
}

static bool is_stopped(const struct facts *facts)
{
	int64_t state;

	return json_get_int(facts_value(facts, FACT_SERVICE_OBENGINE), "state", &state) &&
	       state == SERVICE_STOPPED;
}

/* From a version that could not be read: what others told of it, the status follows from. */
static bool came_from_below(const struct store_job_row *job, const struct host_row *row)
{
	return !job->before[0] && strcmp(row->status, status_name(STATUS_NEEDS_REGISTRATION)) == 0;
}

unsigned duties_left(const struct store_job_row *job, const struct host_row *row)
{
	const char *stopped_by = row->engine_stopped_by;
	unsigned left = stopped_by && *stopped_by ? 1U << DUTY_START : 0;
	bool crossed, changed = moved(job, &crossed);
	struct facts facts;
	struct context c = { .facts = &facts };
	int64_t at;

	facts_init(&facts);
	facts_under(&facts, row->facts, row->facts_utc);
	if (changed && is_stopped(&facts))
		left |= 1U << DUTY_START;
	if (job->reboot_pending && (last_boot(&c, &at) != TOLD_TIME || at <= job->ended_utc_ms))
		left |= 1U << DUTY_REBOOT;
	if (changed && !json_object_get(job->memory, JOB_MEMORY_CONFIRMED) &&
	    (last_good(&c, &at) != TOLD_TIME || at <= job->ended_utc_ms)) {
		left |= 1U << DUTY_BACK_UP;
		if (crossed || is_unregistered(&facts) || came_from_below(job, row))
			left |= 1U << DUTY_REGISTER;
	}
	facts_release(&facts);
	return left;
}

struct wanted {
	const struct store_job_row *job;
	unsigned left;
};

static int find_left(void *ctx, const struct host_row *row, struct err *err)
{
	struct wanted *wanted = map_get(ctx, row->name);

	(void)err;
	wanted->left = duties_left(wanted->job, row);
	return 0;
}

unsigned *duties_find(struct store *s, const struct store_job_row *const *job, int count,
		      struct err *err)
{
	AUTO_FREE struct wanted *wanted = xcalloc((size_t)count + 1, sizeof(*wanted));
	struct map by_host = { 0 };
	unsigned *left = NULL;

	for (int i = 0; i < count; i++) {
		wanted[i].job = job[i];
		wanted[i].left = DUTIES_UNKNOWN;
		map_add(&by_host, job[i]->host, &wanted[i]);
	}
	if (store_each_host(s, ROWS_FACTS, &by_host, find_left, &by_host, err) == 0) {
		left = xcalloc((size_t)count + 1, sizeof(*left));
		for (int i = 0; i < count; i++)
			left[i] = wanted[i].left;
	}
	map_release(&by_host);
	return left;
}

char *duties_words(unsigned left)
{
	struct buf words;

	buf_init(&words, WORDS_MAX);
	for (int d = 0; d < DUTY_COUNT; d++)
		if (left & 1U << d)
			buf_addf(&words, "%s%s", words.len ? ";" : "", duties[d].word);
	return buf_take(&words);
}

/* What has no agent is not changed. */
const char *version_before(const struct store_job_row *job)
{
	return job->changed && !job->before[0] ? WORD_UNREADABLE : job->before;
}
