/* cmd_why.c - `marshal why HOST`: why it was, or was not, upgraded the last time that a run or a
 * plan had it, out of the journal and the trail. */
#include "reports/commands.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/term.h"
#include "base/text.h"
#include "reports/cmd_common.h"
#include "store/outcomes.h"

enum { EVENTS_TOLD = 100, LINE_MAX_SHOWN = 4000 };

struct why_opts { bool json; };

/* clang-format off */
static const struct opt option_table[] = {
	{ "json", 0, OPT_FLAG, NULL, "print JSON", offsetof(struct why_opts, json), 0, 0 },
	{ .name = NULL },
};
/* clang-format on */

/* All that is known of it. Without a run nothing ever had the host. */
struct answer {
	const char *host;
	struct job_rows jobs;           /* the newest one, or none */
	struct store_run_row run;       /* of that */
	struct run_standing standing;
	struct event_rows trail;
	struct store_run_row last;      /* the run that was begun last; name NULL: there is none */
};

static const struct store_job_row *job_of(const struct answer *a)
{
	return a->jobs.count > 0 ? &a->jobs.row[0] : NULL;
}

static int is_known(struct store *s, const char *host, struct err *err)
{
	struct host_rows rows;
	int count;

	if (store_hosts(s, host, ROWS_GONE, &rows, err) != 0)
		return -1;
	count = rows.count;
	host_rows_release(&rows);
	return count ? 0 : err_set(err, ERR_NOT_FOUND, "host '%s' is not in the database", host);
}

static int find_last(struct store *s, struct answer *a, struct err *err)
{
	if (store_run_find(s, "last", &a->last, err) == 0)
		return 0;
	a->last = (struct store_run_row){ .name = NULL };
	return err->code == ERR_NOT_FOUND ? 0 : -1;
}

static int find(struct store *s, struct answer *a, struct err *err)
{
	if (is_known(s, a->host, err) != 0 || find_last(s, a, err) != 0 ||
	    store_jobs_of(s, a->host, 1, &a->jobs, err) != 0)
		return -1;
	if (!job_of(a))
		return 0;
	if (store_run_of(s, job_of(a)->run, &a->run, err) != 0 ||
	    store_run_life(s, &a->run, &a->standing, err) != 0)
		return -1;
	return store_events(s, a->run.id, a->host, EVENTS_TOLD, &a->trail, err);
}

static void forget(struct answer *a)
{
	job_rows_release(&a->jobs);
	store_run_release(&a->run);
	run_standing_release(&a->standing);
	event_rows_release(&a->trail);
	store_run_release(&a->last);
}

/* The outcome, else where it stands: free() it. */
static char *word_of(const struct answer *a)
{
	const struct store_job_row *j = job_of(a);

	if (*j->outcome)
		return xstrdup(j->outcome);
	if (run_state_is_plan(a->run.state))
		return xstrdup(json_object_get(j->memory, JOB_MEMORY_STAGED) ?
				       "to be upgraded, the installer is staged" :
				       "to be upgraded");
	if (a->standing.life == RUN_LIFE_ENDED || a->standing.life == RUN_LIFE_DIED)
		return xasprintf("left at '%s'", j->state);
	return xasprintf("under way: %s", j->state);
}

/* Why so; "" where the word says all. Borrowed. */
static const char *reason_of(const struct answer *a)
{
	const struct store_job_row *j = job_of(a);

	return *j->outcome || *j->reason ? j->reason : job_state_left(j->state);
}

static const char *remedy_of(const struct answer *a)
{
	return outcome_remedy(outcome_from_name(job_of(a)->outcome));
}

/* The newest run went on without this host. */
static bool was_passed_by(const struct answer *a)
{
	return a->last.name && (!job_of(a) || a->last.id != a->run.id);
}

/* What was stored may be of a host, whose words are not for a terminal as they are. */
static void put(char *line)
{
	AUTO_FREE char *taken = line;
	AUTO_FREE char *shown = text_printable(taken, strlen(taken), LINE_MAX_SHOWN);

	term_say(stdout, "%s", shown);
}

static void print(const struct answer *a)
{
	AUTO_FREE char *word = job_of(a) ? word_of(a) : NULL;
	char when[CLOCK_TEXT];

	if (was_passed_by(a))
		put(xasprintf("the last run, %s of %s, did not have it", a->last.name,
			      clock_format_utc(a->last.begun_utc_ms, when)));
	if (!job_of(a)) {
		put(xasprintf("%s: no run and no plan ever had it", a->host));
		return;
	}
	put(xasprintf("%s: %s, in %s %s (%s) of %s, %s %s%s%s", a->host, word,
		      run_state_is_plan(a->run.state) ? "plan" : "run", a->run.name, a->run.state,
		      a->run.actor, run_state_is_plan(a->run.state) ? "made" : "begun",
		      clock_format_utc(a->run.begun_utc_ms, when), *a->run.note ? ", for " : "",
		      a->run.note));
	if (*reason_of(a))
		put(xasprintf("why: %s", reason_of(a)));
	if (*job_of(a)->fault)
		put(xasprintf("fault: %s (marshal explain %s)", job_of(a)->fault,
			      job_of(a)->fault));
	if (*remedy_of(a))
		put(xasprintf("what to do: %s", remedy_of(a)));
	for (int i = 0; i < a->trail.count; i++) {
		const struct event_row *e = &a->trail.row[i];

		put(xasprintf("%s %s: %s%s%s", clock_format_utc(e->utc_ms, when), e->actor, e->kind,
			      *e->text ? ": " : "", e->text));
	}
}

static void set_time(json_t *to, const char *name, int64_t utc_ms)
{
	char text[CLOCK_TEXT];

	json_object_set_new(
		to, name, utc_ms ? report_json_text(clock_format_utc(utc_ms, text)) : json_null());
}

static json_t *trail_json(const struct event_rows *trail)
{
	json_t *list = json_array();

	for (int i = 0; i < trail->count; i++) {
		const struct event_row *e = &trail->row[i];
		json_t *line = json_object();

		set_time(line, "time", e->utc_ms);
		json_object_set_new(line, "actor", report_json_text(e->actor));
		json_object_set_new(line, "kind", report_json_text(e->kind));
		json_object_set_new(line, "text", report_json_text(e->text));
		json_array_append_new(list, line);
	}
	return list;
}

static void print_json(const struct answer *a)
{
	AUTO_JSON json_t *all = json_pack("{s:i}", "schema", 1);
	AUTO_FREE char *word = job_of(a) ? word_of(a) : NULL;

	json_object_set_new(all, "host", report_json_text(a->host));
	json_object_set_new(all, "last_run", report_json_text(a->last.name));
	json_object_set_new(all, "in_last_run", json_boolean(a->last.name && !was_passed_by(a)));
	json_object_set_new(all, "what", report_json_text(word));
	json_object_set_new(all, "trail", trail_json(&a->trail));
	if (job_of(a)) {
		json_object_set_new(all, "run", report_json_text(a->run.name));
		json_object_set_new(all, "state", report_json_text(a->run.state));
		json_object_set_new(all, "outcome", report_json_text(job_of(a)->outcome));
		json_object_set_new(all, "reason", report_json_text(reason_of(a)));
		json_object_set_new(all, "fault", report_json_text(job_of(a)->fault));
		json_object_set_new(all, "remedy", report_json_text(remedy_of(a)));
		set_time(all, "began", job_of(a)->begun_utc_ms);
		set_time(all, "ended", job_of(a)->ended_utc_ms);
	}
	json_dumpf(all, stdout, JSON_INDENT(2));
	putchar('\n');
}

static int run_why(const struct app *app, const void *opts, char **args, int nargs)
{
	const struct why_opts *o = opts;
	struct answer a = { .host = args[0] };
	struct reading reading;
	struct err err;
	int status = EXIT_OK;

	(void)nargs;
	if (reading_open(app, &reading, &err) < 0)
		return cmd_fail(&err);
	if (reading_warn(&reading, &err) != 0 || find(reading.store, &a, &err) != 0)
		status = cmd_fail(&err);
	else if (o->json)
		print_json(&a);
	else
		print(&a);
	forget(&a);
	reading_close(&reading);
	return status;
}

const struct cmd cmd_why = {
	.name = "why",
	.args = "HOST",
	.help = "why a host was, or was not, upgraded the last time",
	.more = "Out of the journal: the run or plan that had the host last, how it ended there\n"
		"or what was decided, why, what to do, and every move with who made it. Whether\n"
		"the last run had it at all is said, too.",
	.options = option_table,
	.options_size = sizeof(struct why_opts),
	.uses = CMD_INVENTORY | CMD_DB,
	.min_args = 1,
	.max_args = 1,
	.run = run_why,
};
