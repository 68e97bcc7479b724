/* cmd_diff.c - `marshal diff`: what became of the hosts since the night before, or between any two
 * moments. */
#include <string.h>

#include "reports/commands.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "reports/alarm.h"
#include "reports/cmd_common.h"
#include "reports/moment.h"
#include "reports/output.h"

struct diff_opts { struct output_opts output; };

static const struct opt diff_options[] = { OUTPUT_OPTIONS, { 0 } };
static const struct opt_rule diff_rules[] = { OUTPUT_RULES, { 0 } };
static const struct diff_opts defaults = { .output = OUTPUT_DEFAULTS };

/* Whoever just looked at one host again wonders where that is. */
static int tell_passed(struct store *s, const char *text, const char *command, struct err *err)
{
	AUTO_FREE char *passed = moment_passed_over(s, text, err);
	AUTO_FREE char *unended = passed ? moment_unended(s, text, err) : NULL;

	if (!unended)
		return -1;
	if (*passed)
		log_line(LOG_INFO,
			 "'%s' passes over scans of less than half of the hosts: %s; such a time "
			 "names one of them: marshal %s %.20s",
			 text, passed, command, passed);
	if (*unended)
		log_line(LOG_INFO,
			 "'%s' passes over what was begun and never ended: %s; what that saw is "
			 "part of the difference",
			 text, unended);
	return 0;
}

static struct report *make(const struct reading *reading, char **args, int nargs,
			   bool came_and_went, struct err *err)
{
	const char *words[] = { nargs > 0 ? args[0] : "previous", nargs > 1 ? args[1] : "now" };
	const char *command = came_and_went ? cmd_inventory_diff.name : cmd_diff.name;
	struct report_options options = { .now_utc_ms = clock_utc_ms(),
					  .older_rules = reading->older_rules,
					  .host_count = -1,
					  .came_and_went = came_and_went };
	struct store *s = reading->store;
	int64_t from, to = options.now_utc_ms;
	bool typed;

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (tell_passed(s, words[i], command, err) < 0)
			return NULL;
	if (moment_parse(s, words[0], to, &from, err) < 0 ||
	    (nargs > 1 && moment_parse(s, words[1], to, &to, err) < 0))
		return NULL;
	/* a scan may have ended under a clock that was ahead: it lies before now all the same */
	typed = nargs > 0 && strcmp(args[0], "last") != 0 && strcmp(args[0], "previous") != 0;
	if (from >= to && (typed || to < options.now_utc_ms)) {
		err_set(err, ERR_USAGE,
			"the first moment must lie before the second, or before now");
		return NULL;
	}
	return report_diff(s, from, to, &options, err);
}

/* For a mail that is sent where something was printed. */
static bool says_nothing(const struct app *app, const struct diff_opts *o, const struct report *r,
			 enum report_format format)
{
	return app->quiet && r->row_count == 0 && format == FORMAT_TABLE &&
	       strcmp(o->output.file, "-") == 0;
}

/* Of either command, which messages name. */
static int tell(const struct app *app, const struct diff_opts *o, char **args, int nargs,
		const struct cmd *cmd)
{
	bool came_and_went = cmd == &cmd_inventory_diff;
	struct alarms alarms = { .count = 0 };
	struct reading reading;
	enum report_format format;
	struct report *r;
	struct err err;
	int status = EXIT_OK;

	for (const struct alarm_word *w = alarm_words(REPORT_DIFF); !came_and_went && w->word; w++)
		alarms.word[alarms.count++] = w;
	if (output_check(&o->output, REPORT_DIFF, &format, &err) < 0 ||
	    reading_open(app, &reading, &err) < 0)
		return cmd_fail_in(cmd, &err);
	r = reading_warn(&reading, &err) == 0 ? make(&reading, args, nargs, came_and_went, &err) :
						NULL;
	reading_close(&reading);
	if (r && says_nothing(app, o, r, format))
		;
	else if (!r || output_put(&o->output, r, format, &err) < 0)
		status = cmd_fail_in(cmd, &err);
	else if (alarms_any(&alarms, r))
		status = EXIT_SOME;
	report_free(r);
	return status;
}

static int run_diff(const struct app *app, const void *opts, char **args, int nargs)
{
	return tell(app, opts, args, nargs, &cmd_diff);
}

static int run_inventory_diff(const struct app *app, const void *opts, char **args, int nargs)
{
	return tell(app, opts, args, nargs, &cmd_inventory_diff);
}

const struct cmd cmd_inventory_diff = {
	.name = "inventory diff",
	.args = "[A [B]]",
	.help = "which hosts came into the inventory and which left it, between two scans",
	.more = "A and B are moments as those of marshal diff: without B now, without A the\n"
		"scan before the last. new: the inventory has it since; vanished: it does not\n"
		"any more. An inventory counts from the command on that read it and writes to\n"
		"the database, such as a scan.\n"
		"Exit status 0, whatever changed.",
	.options = diff_options,
	.rules = diff_rules,
	.options_size = sizeof(struct diff_opts),
	.defaults = &defaults,
	.uses = CMD_INVENTORY | CMD_DB,
	.max_args = 2,
	.run = run_inventory_diff,
};

const struct cmd cmd_diff = {
	.name = "diff",
	.args = "[A [B]]",
	.help = "say which hosts got better or worse, came or went between two moments",
	.more = "A and B: 2026-11-01, 2026-11-01T02:00Z, 7d (ago), now, or the end of a scan:\n"
		"last, previous (the one before). Without B: now; without A: previous. Scans of\n"
		"less than half of the hosts are passed over, and named. One row a change with\n"
		"its hosts, as ranges that patterns take: worse, fails-now (a check),\n"
		"unreachable (seen at its last look before A, not at its last one before B),\n"
		"vanished, better, fails-no-more, reached-again, version, changed (to or from\n"
		"excluded or never-seen, from something bad to undetermined, or a check of\n"
		"severity info that fails now or no more), new.\n"
		"With -q nothing is printed where nothing changed: for a mail of what is new.\n"
		"Exit status: 0, or 1 when the status of a host got worse or a check of it\n"
		"began to fail, those alone left out that are good to know (info); 2 where no\n"
		"host was known yet at A.",
	.options = diff_options,
	.rules = diff_rules,
	.options_size = sizeof(struct diff_opts),
	.defaults = &defaults,
	.uses = CMD_INVENTORY | CMD_DB,
	.max_args = 2,
	.run = run_diff,
};
