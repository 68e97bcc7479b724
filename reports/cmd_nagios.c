/* cmd_nagios.c - `marshal nagios`: compliance as one line and one of four exit statuses, the way
 * Nagios and its kin ask their plugins. What cannot be known is UNKNOWN, never OK. */
#include "reports/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fold.h"
#include "base/insist.h"
#include "base/mem.h"
#include "base/signals.h"
#include "base/text.h"
#include "reports/alarm.h"
#include "reports/cmd_common.h"
#include "reports/moment.h"
#include "reports/nagios_range.h"
#include "scanner/judge.h"
#include "store/status.h"

struct nagios_opts {
	struct opt_list warning, critical;
	int64_t max_age_ms, stale_after_ms;
	int timeout_s;
	struct choice choice;
};

/* clang-format off */
/* What rings where nobody says which words do: statuses by their weight, and words that are none. */
#define CRITICAL_GOOD(word) ""
#define CRITICAL_BEHIND(word) ""
#define CRITICAL_BAD(word) ", " word
#define CRITICAL_UNKNOWN(word) ""
#define CRITICAL_NONE(word) ""
#define WARNING_GOOD(word) ""
#define WARNING_BEHIND(word) ", " word
#define WARNING_BAD(word) ""
#define WARNING_UNKNOWN(word) ", " word
#define WARNING_NONE(word) ""
#define IS_CRITICAL(id, word, column, head, wide, weight, ...) CRITICAL_##weight(word)
#define IS_WARNING(id, word, column, head, wide, weight, ...) WARNING_##weight(word)
#define CRITICAL_WORDS WORD_STOPPED STATUSES(IS_CRITICAL)
#define WARNING_WORDS "unreachable, stale" STATUSES(IS_WARNING)

#define MAX_AGE_HOURS 36
#define TIMEOUT_SECONDS 10              /* the guidelines' */

static const struct opt nagios_options[] = {
	CHOICE_OPTIONS(struct nagios_opts),
	{ "critical", 'c', OPT_LIST, "WORD|RANGE,...",
	  "CRITICAL when a host has one of these statuses (" CRITICAL_WORDS "), when one of these "
	  "checks fails or warns there, or one of such a severity fails; unreachable, stale and " WORD_STOPPED " count as statuses. "
	  "A range is for the share of hosts seen compliant, without stale ones, in percent: 90: rings below 90",
	  offsetof(struct nagios_opts, critical), 0, 0 },
	{ "warning", 'w', OPT_LIST, "WORD|RANGE,...",
	  "WARNING when a host has one of these (" WARNING_WORDS "), likewise", offsetof(struct nagios_opts, warning), 0, 0 },
	{ "timeout", 't', OPT_INT, "SECONDS", "UNKNOWN when nothing is known by then (" SAID(TIMEOUT_SECONDS) ")",
	  offsetof(struct nagios_opts, timeout_s), 1, 3600 },
	{ "max-age", 0, OPT_TIME, "TIME", "UNKNOWN when the last scan of at least half of the "
	  "hosts ended longer ago (" SAID(MAX_AGE_HOURS) "h)", offsetof(struct nagios_opts, max_age_ms), 1000, TEN_YEARS_MS },
	STALE_AFTER_OPTION(offsetof(struct nagios_opts, stale_after_ms)),
	{ 0 }
};
/* clang-format on */

static const struct nagios_opts defaults = {
	.max_age_ms = MAX_AGE_HOURS * HOUR_MS,
	.timeout_s = TIMEOUT_SECONDS,
};

/* What one of the two states needs. */
struct threshold_of {
	struct alarms words;
	struct range share;             /* in percent */
	char *share_text;               /* that it borrows from; ours */
};

enum state { OK, WARNING, CRITICAL, UNKNOWN };
enum {
	PART_MAX = 120,         /* names of the hosts of one word */
	LINE_MAX_BYTES = 3500   /* Nagios takes 4 KB */
};

static int say(enum state state, const char *text)
{
	static const char *const names[] = { "OK", "WARNING", "CRITICAL", "UNKNOWN" };
	AUTO_FREE char *safe = text_printable(text, strlen(text), LINE_MAX_BYTES);

	printf("MARSHAL %s - %s\n", names[state], safe);
	return (int)state;
}

/* Why nothing is known. What follows a bar would be taken for figures. */
static int say_why(const char *why)
{
	AUTO_FREE char *text = xstrdup(why);

	for (char *c = strchr(text, '|'); c; c = strchr(c, '|'))
		*c = '/';
	return say(UNKNOWN, text);
}

/* Whether a host that was never seen is named for that: then it is not named once more because
 * it was not reached, which is mostly why. */
static bool is_named(const struct alarms *alarms, int word, const struct report *r, int row)
{
	struct alarms never = { .count = 0 };

	if (alarms->word[word]->column != COMPLIANCE_UNREACHABLE)
		return false;
	for (int i = 0; i < alarms->count; i++)
		if (strcmp(alarms->word[i]->word, status_name(STATUS_NEVER_SEEN)) == 0)
			never = (struct alarms){ .word = { alarms->word[i] }, .count = 1 };
	return alarms_row(&never, r, row);
}

/* "outdated 3 (web[01-03])" for each word that rings, but for those that were told. */
static bool add_words(struct buf *line, const struct report *r, const struct alarms *alarms,
		      const struct alarms *told)
{
	AUTO_FREE const char **name = xcalloc((size_t)r->row_count + 1, sizeof(*name));
	bool any = false;

	for (int i = 0; i < alarms->count; i++) {
		struct alarms one = { .word = { alarms->word[i] }, .count = 1 };
		int count = 0;

		if (alarms_has(told, alarms->word[i]))
			continue;
		for (int row = 0; row < r->row_count; row++)
			if (alarms_row(&one, r, row) && !is_named(alarms, i, r, row))
				name[count++] = report_cell(r, row, COMPLIANCE_HOST)->text;
		if (count == 0)
			continue;
		AUTO_FREE char *hosts = fold_names(name, count);
		AUTO_FREE char *cut = text_printable(hosts, strlen(hosts), PART_MAX);

		any = true;
		buf_addf(line, "%s%s %d (%s)", line->len ? ", " : "", alarms->word[i]->word, count,
			 cut);
	}
	return any;
}

static json_int_t total(const struct report *r, const char *key)
{
	INSIST(json_object_get(r->summary, key));
	return json_integer_value(json_object_get(r->summary, key));
}

/* What somebody answers for, and what nobody does any more. */
static void add_exceptions(struct buf *line, const struct report *r)
{
	json_int_t accepted = total(r, "accepted"), expired = total(r, "exceptions_expired");

	if (accepted > 0)
		buf_addf(line, ", %" JSON_INTEGER_FORMAT " accepted", accepted);
	if (expired > 0)
		buf_addf(line, ", %" JSON_INTEGER_FORMAT " exception%s expired", expired,
			 expired == 1 ? "" : "s");
}

static json_int_t compliant(const struct report *r)
{
	return json_integer_value(json_object_get(json_object_get(r->summary, "by_status"),
						  status_name(STATUS_COMPLIANT)));
}

/* Compliant by what was seen too long ago: nobody knows what they are now. */
static int compliant_once(const struct report *r)
{
	int count = 0;

	for (int row = 0; row < r->row_count; row++) {
		const struct cell *status = report_cell(r, row, COMPLIANCE_STATUS);

		count += report_cell(r, row, COMPLIANCE_STALE)->number != 0 && status->text &&
			 strcmp(status->text, status_name(STATUS_COMPLIANT)) == 0;
	}
	return count;
}

/* In tenths of a percent, as it is shown; -1: there is none. */
static int share_per_mille(const struct report *r)
{
	json_int_t counted = total(r, "hosts") - total(r, "excluded");

	if (counted == 0)
		return -1;
	return report_per_mille((double)(compliant(r) - compliant_once(r)) / (double)counted);
}

static bool add_share(struct buf *line, const struct report *r, const struct range *range)
{
	int share = share_per_mille(r);

	if (share < 0 || !range_rings(range, share / 10.0))
		return false;
	buf_addf(line, "%sa share of %d.%d %% (%s)", line->len ? ", " : "", share / 10, share % 10,
		 range->text);
	return true;
}

static const char *range_text(const struct range *range)
{
	return range->text ? range->text : "";
}

static void add_figures(struct buf *line, const struct report *r, const struct range *warning,
			const struct range *critical)
{
	int share = share_per_mille(r);
	const char *key;
	json_t *count;

	buf_adds(line, " |");
	json_object_foreach(json_object_get(r->summary, "by_status"), key, count)
		buf_addf(line, " %s=%" JSON_INTEGER_FORMAT ";;;0", key, json_integer_value(count));
	buf_addf(line,
		 " unreachable=%" JSON_INTEGER_FORMAT ";;;0 stale=%" JSON_INTEGER_FORMAT
		 ";;;0 obengine_stopped=%" JSON_INTEGER_FORMAT ";;;0",
		 total(r, "unreachable"), total(r, "stale"), total(r, "obengine_stopped"));
	if (share >= 0)
		buf_addf(line, " share=%d.%d%%;%s;%s;0;100", share / 10, share % 10,
			 range_text(warning), range_text(critical));
}

/* Which of the two states rings; all of it is told, and nothing twice. */
static enum state add_ringing(struct buf *line, const struct report *r,
			      const struct threshold_of *warning,
			      const struct threshold_of *critical)
{
	static const struct alarms none = { .count = 0 };
	bool words = add_words(line, r, &critical->words, &none);
	bool share = add_share(line, r, &critical->share);
	bool less = add_words(line, r, &warning->words, &critical->words);

	if (!share && add_share(line, r, &warning->share))
		less = true;
	return words || share ? CRITICAL : less ? WARNING : OK;
}

static int judge_report(const struct report *r, const struct threshold_of *warning,
			const struct threshold_of *critical)
{
	json_int_t counted = total(r, "hosts") - total(r, "excluded");
	struct buf line;
	enum state state;
	int status;

	buf_init(&line, 64 * 1024);
	state = add_ringing(&line, r, warning, critical);
	buf_addf(&line, "%s%" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT " hosts compliant",
		 line.len ? "; " : "", compliant(r), counted);
	if (compliant_once(r) > 0)
		buf_addf(&line, ", %d of them by facts that are stale", compliant_once(r));
	add_exceptions(&line, r);
	if (r->older_rules) {
		buf_adds(&line, ", " JUDGED_BY_OLDER ": marshal recheck");
		state = UNKNOWN;
	}
	/* a fleet of which nothing counts says nothing */
	if (counted == 0)
		state = UNKNOWN;
	else
		add_figures(&line, r, &warning->share, &critical->share);
	status = say(state, buf_text(&line));
	buf_release(&line);
	return status;
}

static int check_age(struct store *s, int64_t now_utc_ms, int64_t max_age_ms, struct err *err)
{
	char age[CLOCK_TEXT];
	int64_t ended;

	if (moment_parse(s, "last", now_utc_ms, &ended, err) < 0)
		return -1;
	if (clock_age_ms(ended, now_utc_ms) <= max_age_ms)
		return 0;
	return err_set(err, ERR_USAGE, "the last scan ended %s ago",
		       clock_format_duration(clock_age_ms(ended, now_utc_ms), age));
}

/* A range is kept, any other word rings for hosts. */
static int add_word(const char *option, const char *word, struct threshold_of *t, struct err *err)
{
	if (!range_is_meant(word))
		return alarms_add(&t->words, alarm_words(REPORT_COMPLIANCE), option, word, err);
	if (t->share_text)
		return err_set(err, ERR_USAGE, "--%s: two ranges, '%s' and '%s'", option,
			       t->share_text, word);
	t->share_text = xstrdup(word);
	return range_parse(t->share_text, &t->share, err) < 0 ? err_in(err, "--%s", option) : 0;
}

/* What is given replaces what is usual: a range alone rings for no host. */
static int parse_threshold(const struct opt_list *given, const char *option, const char *usual,
			   struct threshold_of *t, struct err *err)
{
	const char *const *list = given->count ? given->item : &usual;
	int count = given->count ? given->count : 1;

	for (int i = 0; i < count; i++) {
		AUTO_FREE char *text = xstrdup(list[i]);
		char *rest = text, *word;

		while ((word = strsep(&rest, ",")))
			if (add_word(option, word + strspn(word, " "), t, err) < 0)
				return -1;
	}
	return 0;
}

/* The report, or NULL and why nothing can be said. */
static struct report *look(const struct app *app, const struct nagios_opts *o, char **args,
			   int nargs, struct err *err)
{
	struct report_options options = { .now_utc_ms = clock_utc_ms(),
					  .stale_after_ms = o->stale_after_ms };
	struct reading reading;
	struct report *r = NULL;

	if (reading_open(app, &reading, err) < 0)
		return NULL;
	options.policies = reading.policies;
	options.older_rules = reading.older_rules;
	if (check_age(reading.store, options.now_utc_ms, o->max_age_ms, err) == 0 &&
	    reading_select(&reading, args, nargs, &o->choice, &options, err) == 0)
		r = report_compliance(reading.store, &options, err);
	free((void *)options.host);
	reading_close(&reading);
	return r;
}

static int judge_fleet(const struct app *app, const struct nagios_opts *o, char **args, int nargs,
		       struct threshold_of *warning, struct threshold_of *critical)
{
	struct report *r;
	struct err err;
	int status;

	if (parse_threshold(&o->critical, "critical", CRITICAL_WORDS, critical, &err) < 0 ||
	    parse_threshold(&o->warning, "warning", WARNING_WORDS, warning, &err) < 0)
		return say_why(err.msg);
	r = look(app, o, args, nargs, &err);
	if (!r)
		return say_why(err.msg);
	status = judge_report(r, warning, critical);
	report_free(r);
	return status;
}

static int run_nagios(const struct app *app, const void *opts, char **args, int nargs)
{
	const struct nagios_opts *o = opts;
	struct threshold_of warning = { .share_text = NULL }, critical = { .share_text = NULL };
	int status;

	signals_end_after((unsigned)o->timeout_s,
			  "MARSHAL UNKNOWN - nothing was known in time (--timeout)\n",
			  (int)UNKNOWN);
	status = judge_fleet(app, o, args, nargs, &warning, &critical);
	free(warning.share_text);
	free(critical.share_text);
	signals_end_after(0, NULL, EXIT_OK);
	return status;
}

/* 2, the status of wrong usage elsewhere, would be CRITICAL. */
static int misused(const struct err *err)
{
	return say_why(err->msg);
}

const struct cmd cmd_nagios = {
	.name = "nagios",
	.args = "[PATTERN...]",
	.help = "compliance as a Nagios plugin says it: one line, with figures",
	.more = "No host is contacted. Exit status: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN: there\n"
		"is no database, it cannot be read, the last scan is too old, or this command was\n"
		"called wrongly, or took too long. --critical and --warning replace the words\n"
		"behind them; a range alone rings for no host. Ranges are as the Monitoring\n"
		"Plugins Development Guidelines have them.",
	.options = nagios_options,
	.options_size = sizeof(struct nagios_opts),
	.defaults = &defaults,
	.uses = CMD_INVENTORY | CMD_DB,
	.max_args = -1,
	.run = run_nagios,
	.misused = misused,
};
