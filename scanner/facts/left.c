/* left.c - whose tasks, folders and reservation are on a server: their names say it; whether that
 * run is over the database does. */
#include "scanner/facts/left.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "scanner/facts/reservation.h"
#include "scanner/facts/service.h"
#include "store/plans.h"

enum { DIGITS = 16, CONTROLLER_TEXT = 80 };     /* digits at the end of a folder's name */
enum { TASK_QUEUED = 2, TASK_RUNNING = 4 };

static bool is_run(const char *name, size_t len)
{
	return len > 0 && len < LEFT_RUN &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") >= len;
}

static struct left_run *run_of(struct left *left, const char *name, size_t len)
{
	if (!is_run(name, len))
		return NULL;
	for (int i = 0; i < left->count; i++)
		if (strlen(left->run[i].name) == len && memcmp(left->run[i].name, name, len) == 0)
			return &left->run[i];
	if (left->count == LEFT_RUNS)
		return NULL;
	left->run[left->count] = (struct left_run){ .tasks = 0 };
	memcpy(left->run[left->count].name, name, len);
	return &left->run[left->count++];
}

static void add_task(struct left *left, const char *name)
{
	static const struct {
		const char *begin;
		bool starts;
	} kinds[] = {
		{ "install-", false },
		{ "start-obengine-", true },
		{ "boot-", true },
		{ "backup-", false },
	};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		const char *begin = kinds[i].begin, *run = name + strlen(begin);
		struct left_run *of;

		if (strncmp(name, begin, strlen(begin)) != 0)
			continue;
		of = run_of(left, run, strlen(run));
		if (!of)
			continue;
		of->tasks++;
		of->starters += kinds[i].starts;
	}
}

/* "marshal-RUN-" and the digits. */
static void add_folder(struct left *left, const json_t *entry)
{
	static const char begin[] = "marshal-";
	const char *name = json_get_str(entry, "name");
	size_t len = name ? strlen(name) : 0, around = strlen(begin) + 1 + DIGITS;
	struct left_run *of = NULL;
	int64_t made_utc_ms = 0;

	if (len > around && strncmp(name, begin, strlen(begin)) == 0 &&
	    name[len - DIGITS - 1] == '-' &&
	    strspn(name + len - DIGITS, "0123456789abcdef") == DIGITS)
		of = run_of(left, name + strlen(begin), len - around);
	if (!of)
		return;
	of->folders++;
	if (json_get_str(entry, "controller") &&
	    json_get_int(entry, "until_utc_ms", &of->until_utc_ms))
		of->controller = json_get_str(entry, "controller");
	json_get_int(entry, "made_utc_ms", &made_utc_ms);
	if (made_utc_ms && (!of->since_utc_ms || made_utc_ms < of->since_utc_ms))
		of->since_utc_ms = made_utc_ms;
}

static void add_marker(struct left *left, const struct reservation *key)
{
	struct left_run *of = run_of(left, key->run, strlen(key->run));

	left->nameless = !of;
	if (!of)
		return;
	of->marker = true;
	if (key->since_utc_ms && (!of->since_utc_ms || key->since_utc_ms < of->since_utc_ms))
		of->since_utc_ms = key->since_utc_ms;
}

/* What a folder says of a plan is another database's word: it counts where ours knows nothing of
 * it, of one that has not begun, and for no longer than a plan may wait. */
static bool waits_elsewhere(const struct left_run *run, int64_t seen_utc_ms)
{
	return !run->known && run->controller && run->tasks == 0 &&
	       seen_utc_ms < run->until_utc_ms &&
	       run->until_utc_ms - seen_utc_ms <= PLAN_DAYS_MAX * DAY_MS;
}

/* Whether the database knows it, and whether it is over. */
static void find_out(struct left_run *run, const json_t *past, int64_t seen_utc_ms)
{
	const json_t *plan = json_get_obj(json_get_obj(past, "plans"), run->name);
	const char *name = json_get_str(plan, "name");
	bool over = true;

	run->known = plan || json_get_bool(json_get_obj(past, "runs"), run->name, &over);
	run->over = over && !waits_elsewhere(run, seen_utc_ms);
	if (run->over || run->known)
		run->controller = NULL;
	if (!plan)
		return;
	snprintf(run->plan, sizeof(run->plan), "%s", name && *name ? name : run->name);
	run->left_plan = json_is_true(json_object_get(plan, "left"));
	json_get_int(plan, "until", &run->until_utc_ms);
	run->over = seen_utc_ms >= run->until_utc_ms;
}

bool left_is_staged(const struct left_run *run)
{
	return *run->plan && run->over && run->folders > 0 && run->tasks == 0 && !run->marker;
}

void left_find(const struct facts *facts, const json_t *past, struct left *out)
{
	const struct fact *seen = facts_find(facts, FACT_LEFT_OVERS);
	const json_t *fact = facts_value(facts, FACT_LEFT_OVERS);
	const json_t *installers = facts_value(facts, FACT_INSTALLERS), *entry;
	struct reservation key;
	size_t i;

	*out = (struct left){ .count = 0 };
	if (reservation_read(json_get_obj(installers, "marker"), &key))
		add_marker(out, &key);
	json_array_foreach(json_get_arr(fact, "tasks"), i, entry)
		add_task(out, json_get_str(entry, "name") ? json_get_str(entry, "name") : "");
	json_array_foreach(json_get_arr(fact, "folders"), i, entry)
	{
		add_folder(out, entry);
	}
	for (int r = 0; r < out->count; r++) {
		find_out(&out->run[r], past, seen ? seen->utc_ms : 0);
		out->over += out->run[r].over;
	}
	out->over += out->nameless;
}

void left_staged_text(const struct left_run *run, char *out, size_t size)
{
	const char *of = run->controller ? run->controller : "";
	AUTO_FREE char *controller = text_printable(of, strlen(of), CONTROLLER_TEXT);
	char until[CLOCK_TEXT];

	clock_format_utc(run->until_utc_ms, until);
	if (*run->plan)
		snprintf(out, size, "staged for plan %s, which may be started until %s", run->plan,
			 until);
	else
		snprintf(out, size,
			 "staged by %s, whose plan (run %s) may be started until %s and is not in "
			 "this database",
			 controller, run->name, until);
}

enum left_engine left_engine(const struct facts *facts)
{
	const json_t *service = facts_value(facts, FACT_SERVICE_OBENGINE);
	const json_t *marker = json_get_obj(facts_value(facts, FACT_INSTALLERS), "marker");
	const char *found = json_get_str(marker, "engine");
	bool exists = true;
	int64_t state = 0;

	if ((json_get_bool(service, "exists", &exists) && !exists) ||
	    (json_get_int(service, "state", &state) && state == SERVICE_RUNNING) ||
	    (found && (strcmp(found, "stopped") == 0 || strcmp(found, "none") == 0)))
		return LEFT_ENGINE_FINE;
	return engine_stopped_by_us(facts, NULL) ? LEFT_ENGINE_OURS : LEFT_ENGINE_DOWN;
}

bool left_starts(const struct facts *facts, const struct left *left)
{
	const json_t *service = facts_value(facts, FACT_SERVICE_OBENGINE);
	bool exists = false;
	int64_t state = 0;

	if (!json_get_bool(service, "exists", &exists) || !exists ||
	    (json_get_int(service, "state", &state) && state == SERVICE_RUNNING))
		return false;
	for (int i = 0; i < left->count; i++)
		if (left->run[i].over && left->run[i].starters > 0)
			return true;
	return false;
}

bool left_works(const struct facts *facts)
{
	const json_t *installers = facts_value(facts, FACT_INSTALLERS), *task;
	int64_t count = 0, state;
	bool busy = false;
	size_t i;

	json_get_int(installers, "agent_installer", &count);
	json_get_bool(installers, "msi_busy", &busy);
	if (count > 0 || busy)
		return true;
	json_array_foreach(json_get_arr(facts_value(facts, FACT_LEFT_OVERS), "tasks"), i, task)
	{
		if (json_get_int(task, "state", &state) &&
		    (state == TASK_QUEUED || state == TASK_RUNNING))
			return true;
	}
	return false;
}
