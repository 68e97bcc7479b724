/* cmd_report.c - `marshal report ...`: one command a report, all made alike from the table of
 * reports below. */
#include "reports/commands.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "reports/alarm.h"
#include "reports/cmd_common.h"
#include "reports/moment.h"
#include "reports/output.h"
#include "scanner/duties.h"
#include "store/status.h"

struct report_opts {
	struct output_opts output;
	const char *since;
	int64_t stale_after_ms;
	struct opt_list fail_on;
	struct choice choice;
};

/* clang-format off */
#define FAIL_ON(words) \
	{ "fail-on", 0, OPT_LIST, "WORD,...", "exit with 1 when a row has one: " words, \
	  offsetof(struct report_opts, fail_on), 0, 0 }
#define VERDICT_SAID(id, word, alarm, then, ...) alarm then
#define BESIDE_SAID(id, word, rings, then, ...) word then
#define VERSION_SAID(id, word, weight, then) word then
#define EXCEPTION_SAID(id, word, weight, page, then) word then
#define DUTY_SAID(id, word, then, ...) word then
#define SINCE(what) \
	{ "since", 0, OPT_TEXT, "MOMENT", what ", say 2026-11-01, or 30d for that long ago", \
	  offsetof(struct report_opts, since), 0, 0 }

static const struct opt compliance_options[] = {
	OUTPUT_OPTIONS, CHOICE_OPTIONS(struct report_opts),
	FAIL_ON("a status, " WORDS_BESIDE(BESIDE_SAID)
		", a check, where it fails or warns, or a severity, where such a check fails; accepted hosts ring for accepted and obengine-stopped alone"),
	SINCE("only hosts whose status or version changed since then"),
	STALE_AFTER_OPTION(offsetof(struct report_opts, stale_after_ms)),
	{ 0 }
};
static const struct opt checks_options[] = {
	OUTPUT_OPTIONS, CHOICE_OPTIONS(struct report_opts), FAIL_ON(VERDICTS(VERDICT_SAID)), { 0 }
};
static const struct opt faults_options[] = {
	OUTPUT_OPTIONS, CHOICE_OPTIONS(struct report_opts), FAIL_ON("a fault, or unreachable for any"), { 0 }
};
static const struct opt versions_options[] = {
	OUTPUT_OPTIONS, CHOICE_OPTIONS(struct report_opts), FAIL_ON(VERSION_STATES(VERSION_SAID)), { 0 }
};
static const struct opt history_options[] = {
	OUTPUT_OPTIONS, CHOICE_OPTIONS(struct report_opts), SINCE("from that day on instead of the last " SAID(HISTORY_DAYS)), { 0 }
};
static const struct opt exceptions_options[] = {
	OUTPUT_OPTIONS, CHOICE_OPTIONS(struct report_opts), FAIL_ON(EXCEPTION_STATES(EXCEPTION_SAID)), { 0 }
};
static const struct opt run_options[] = {
	OUTPUT_OPTIONS,
	FAIL_ON("an outcome, what is left to do after it (" DUTIES(DUTY_SAID) WORD_ANY_DUTY "), or " WORD_STOPPED), { 0 }
};

static const struct opt_rule report_rules[] = { OUTPUT_RULES, { 0 } };
static const struct opt_rule run_rules[] = { OUTPUT_RULES, { 0 } };
/* clang-format on */

static const struct report_opts defaults = {
	.output = OUTPUT_DEFAULTS,
};

/* What one report is made with. */
struct making {
	const struct cmd *cmd;
	enum report_id report;
	struct report *(*make)(struct store *s, const struct report_options *o, struct err *err);
	enum report_format format;
	struct alarms alarms;
	struct report_options options;
	struct reading reading;
};

/* Everything of the options that can be wrong, before the database is opened. */
static int check_options(struct making *m, const struct report_opts *o, struct err *err)
{
	if (output_check(&o->output, m->report, &m->format, err) < 0)
		return -1;
	return o->fail_on.count == 0 ? 0 :
				       alarms_parse(alarm_words(m->report), "fail-on", &o->fail_on,
						    &m->alarms, err);
}

static struct report *make(struct making *m, const struct report_opts *o, char **args, int nargs,
			   struct err *err)
{
	struct report_options *to = &m->options;

	to->now_utc_ms = clock_utc_ms();
	to->stale_after_ms = o->stale_after_ms;
	to->policies = m->reading.policies;
	to->older_rules = m->reading.older_rules;
	if (m->report == REPORT_RUN) {  /* its argument is no pattern */
		to->run = nargs > 0 ? args[0] : NULL;
		return m->make(m->reading.store, to, err);
	}
	if (o->since &&
	    moment_parse(m->reading.store, o->since, to->now_utc_ms, &to->since_utc_ms, err) < 0) {
		err_in(err, "--since");
		return NULL;
	}
	if (reading_select(&m->reading, args, nargs, &o->choice, to, err) < 0)
		return NULL;
	return m->make(m->reading.store, to, err);
}

/* The compliance report as a page shows the other reports too. */
static int put_page(struct making *m, const struct report_opts *o, const struct report *compliance,
		    struct err *err)
{
	AUTO_FREE char *policy = policies_text(m->options.policies);
	struct store *s = m->reading.store;
	struct report *failing = report_checks(s, &m->options, err);
	struct report *faults = failing ? report_faults(s, &m->options, err) : NULL;
	struct report *versions = faults ? report_versions(s, &m->options, err) : NULL;
	struct report *exceptions = versions ? report_exceptions(s, &m->options, err) : NULL;
	struct report *history = exceptions ? report_history(s, &m->options, err) : NULL;
	struct report_limits limits;
	struct page page = {
		.compliance = compliance,
		.checks = failing,
		.faults = faults,
		.versions = versions,
		.exceptions = exceptions,
		.history = history,
		.minimum = limits.minimum,
		.target = limits.target,
		.policy = policy,
		.since_utc_ms = m->options.since_utc_ms,
	};
	int rc;

	report_limits(&m->options, &limits);
	page.stale_after_ms = limits.stale_after_ms;
	rc = history ? output_put_page(&o->output, &page, err) : -1;
	report_free(failing);
	report_free(faults);
	report_free(versions);
	report_free(exceptions);
	report_free(history);
	return rc;
}

static int put(struct making *m, const struct report_opts *o, const struct report *r,
	       struct err *err)
{
	if (m->format == FORMAT_HTML && m->report == REPORT_COMPLIANCE)
		return put_page(m, o, r, err);
	return output_put(&o->output, r, m->format, err);
}

static int run_report(const struct app *app, struct making *m, const struct report_opts *o,
		      char **args, int nargs)
{
	struct report *r = NULL;
	struct err err;
	int status = EXIT_OK;

	if (check_options(m, o, &err) < 0 || reading_open(app, &m->reading, &err) < 0)
		return cmd_fail_in(m->cmd, &err);
	if (reading_warn(&m->reading, &err) == 0)
		r = make(m, o, args, nargs, &err);
	if (!r || put(m, o, r, &err) < 0)
		status = cmd_fail_in(m->cmd, &err);
	else if (alarms_any(&m->alarms, r))
		status = EXIT_SOME;
	free((void *)m->options.host);
	reading_close(&m->reading);
	report_free(r);
	return status;
}

/* run_checks() and its like. */
#define RUN(name, id, ...) \
	static int run_##name(const struct app *app, const void *opts, char **args, int nargs) \
	{ \
		struct making m = { .cmd = &cmd_report_##name, \
				    .report = REPORT_##id, \
				    .make = report_##name }; \
\
		return run_report(app, &m, opts, args, nargs); \
	}
REPORT_COMMANDS(RUN)

/* clang-format off */
#define REPORT(table, which, how) .options = table, .rules = which, \
	.options_size = sizeof(struct report_opts), .defaults = &defaults, \
	.uses = CMD_INVENTORY | CMD_DB, .run = how
/* clang-format on */

const struct cmd cmd_report_compliance = {
	.name = "report compliance",
	.args = "[PATTERN...]",
	.help = "say which hosts are compliant, and why the others are not",
	.more = "One row a host of the inventory, from what was last learnt of it; no host is\n"
		"contacted, and nothing is stored: -i chooses among the hosts that are. Without\n"
		"it the inventory as last loaded is reported. The status is\n"
		"the first that holds: excluded, never-seen, not-installed, outdated,\n"
		"needs-registration, failing (the backups themselves fail or are missing),\n"
		"at-risk (a check that stops backups fails), undetermined (such a check is\n"
		"unknown), behind (the target), compliant. The share of compliant hosts is of\n"
		"all but the excluded. What changed, from what to what: marshal diff.",
	.max_args = -1,
	REPORT(compliance_options, report_rules, run_compliance),
};

const struct cmd cmd_report_checks = {
	.name = "report checks",
	.args = "[PATTERN...]",
	.help = "say which checks fail on how many hosts, and what to do",
	.more = "One row a check, what stops backups first, then by the failing hosts that no\n"
		"exception covers; without excluded hosts. The table counts checks that neither\n"
		"fail, warn nor are unknown in one line; the other formats have their rows.",
	.max_args = -1,
	REPORT(checks_options, report_rules, run_checks),
};

const struct cmd cmd_report_faults = {
	.name = "report faults",
	.args = "[PATTERN...]",
	.help = "say why hosts could not be seen, folded by cause",
	.more = "One row a cause with the hosts that have it, as ranges that patterns take\n"
		"(web[01-40]); excluded hosts are left out.",
	.max_args = -1,
	REPORT(faults_options, report_rules, run_faults),
};

const struct cmd cmd_report_versions = {
	.name = "report versions",
	.args = "[PATTERN...]",
	.help = "say which versions of the agent there are",
	.more = "One row a version, newest first; hosts without a readable one come last.\n"
		"Excluded hosts are left out.",
	.max_args = -1,
	REPORT(versions_options, report_rules, run_versions),
};

const struct cmd cmd_report_exceptions = {
	.name = "report exceptions",
	.args = "[PATTERN...]",
	.help = "say who answers for what until when, and what it covers now",
	.more = "One row an exception of the policy, expired ones first. One is unused when\n"
		"nothing that it names is in trouble.",
	.max_args = -1,
	REPORT(exceptions_options, report_rules, run_exceptions),
};

const struct cmd cmd_report_history = {
	.name = "report history",
	.args = "[PATTERN...]",
	.help = "say how the fleet stood at the end of each day (UTC)",
	.max_args = -1,
	REPORT(history_options, report_rules, run_history),
};

const struct cmd cmd_report_run = {
	.name = "report run",
	.args = "[RUN]",
	.help = "say what an upgrade changed: RUN is its name, or last (default)",
	.max_args = 1,
	REPORT(run_options, run_rules, run_run),
};
