/* cmd_report.c - `marshal report compliance` and `marshal report run`. */
#include "reports/cmd_report.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "reports/cmd_common.h"
#include "reports/writer.h"
#include "store/status.h"

struct report_opts {
	const char *format, *output;
	bool json, wide;
	int64_t stale_after_ms;
	struct opt_list fail_on;
};

/* clang-format off */
#define OUTPUT_OPTIONS \
	{ "format", 0, OPT_TEXT, "FORMAT", "table (default), csv or json", \
	  offsetof(struct report_opts, format), 0, 0 }, \
	{ "json", 0, OPT_FLAG, NULL, "same as --format json", \
	  offsetof(struct report_opts, json), 0, 0 }, \
	{ "output", 'o', OPT_TEXT, "FILE", "write to FILE, which appears when it is complete", \
	  offsetof(struct report_opts, output), 0, 0 }, \
	{ "wide", 0, OPT_FLAG, NULL, "all columns in the table, too", \
	  offsetof(struct report_opts, wide), 0, 0 }

static const struct opt run_options[] = { OUTPUT_OPTIONS, { 0 } };

static const struct opt compliance_options[] = {
	OUTPUT_OPTIONS,
	{ "fail-on", 0, OPT_LIST, "STATUS,...", "exit with 1 when a host has one of these "
	  "statuses; unreachable and stale count as such here",
	  offsetof(struct report_opts, fail_on), 0, 0 },
	{ "stale-after", 0, OPT_TIME, "TIME", "call older facts stale (3d)",
	  offsetof(struct report_opts, stale_after_ms), 1000, INT64_C(3650) * 86400000 },
	{ 0 }
};
/* clang-format on */

static const struct report_opts defaults = {
	.format = "table",
	.output = "-",
	.stale_after_ms = HOST_STALE_AFTER_MS,
};

/* Writes to --output, whole or not at all. */
static int put_report(const struct report *r, enum report_format format,
		      const struct report_opts *o, struct err *err)
{
	struct file_out *out = file_out_open(o->output, err);

	if (!out)
		return -1;
	report_write(r, format, o->wide, file_out_stream(out));
	return file_out_commit(out, err);
}

static int parse_format(const struct report_opts *o, enum report_format *out, struct err *err)
{
	if (report_format_parse(o->json ? "json" : o->format, out, err) < 0)
		return err_in(err, "--format");
	return 0;
}

/* --- --fail-on ------------------------------------------------------------------------- */
struct alarms { bool status[STATUS_COUNT], unreachable, stale; };

static int add_alarm(struct alarms *a, const char *word, struct err *err)
{
	enum status status;

	if (strcmp(word, "unreachable") == 0)
		a->unreachable = true;
	else if (strcmp(word, "stale") == 0)
		a->stale = true;
	else if (status_from_name(word, &status))
		a->status[status] = true;
	else
		return err_set(
			err, ERR_USAGE,
			"--fail-on: '%s' is no status: excluded, never-scanned, "
			"not-installed, outdated, needs-registration, at-risk, undetermined, "
			"behind, compliant, unreachable or stale was expected",
			word);
	return 0;
}

static int parse_alarms(const struct opt_list *list, struct alarms *out, struct err *err)
{
	*out = (struct alarms){ 0 };
	for (int i = 0; i < list->count; i++) {
		AUTO_FREE char *words = xstrdup(list->item[i]);
		char *rest = words, *word;

		while ((word = strsep(&rest, ",")))
			if (add_alarm(out, word, err) < 0)
				return -1;
	}
	return 0;
}

static bool is_set(const struct report *r, int row, int column)
{
	const struct cell *cell = report_cell(r, row, column);

	return cell->known && cell->number;
}

static bool rings(const struct report *r, const struct alarms *a)
{
	enum status status;

	for (int row = 0; row < r->row_count; row++) {
		const char *word = report_cell(r, row, COMPLIANCE_STATUS)->text;

		if ((status_from_name(word, &status) && a->status[status]) ||
		    (a->unreachable && is_set(r, row, COMPLIANCE_UNREACHABLE)) ||
		    (a->stale && is_set(r, row, COMPLIANCE_STALE)))
			return true;
	}
	return false;
}

/* --- compliance ------------------------------------------------------------------------ */
static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names the patterns select, sorted. Without patterns: all hosts, a count of -1. */
static int select_hosts(const struct reading *reading, char **args, int nargs,
			struct report_options *out, struct err *err)
{
	struct selection hosts;
	char **names;

	out->host_count = -1;
	if (nargs == 0)
		return 0;
	if (!reading->inv) {
		err_set(err, ERR_USAGE, "patterns need an inventory");
		return err_hint(err, "name it with -i FILE or MARSHAL_INVENTORY");
	}
	if (inventory_select(reading->inv, args, nargs, &hosts, err) < 0)
		return -1;
	names = xcalloc((size_t)hosts.count + 1, sizeof(*names));
	for (int i = 0; i < hosts.count; i++)
		names[i] = (char *)hosts.host[i]->name;
	qsort(names, (size_t)hosts.count, sizeof(*names), by_text);
	out->host = names;
	out->host_count = hosts.count;
	selection_release(&hosts);
	return 0;
}

static struct report *make_compliance(struct reading *reading, const struct report_opts *o,
				      char **args, int nargs, struct err *err)
{
	struct report_options options = {
		.now_utc_ms = clock_utc_ms(),
		.stale_after_ms = o->stale_after_ms,
		.minimum = reading->minimum,
		.target = reading->target,
	};
	struct report *r = NULL;

	if (select_hosts(reading, args, nargs, &options, err) == 0)
		r = report_compliance(reading->store, &options, err);
	free((void *)options.host);
	return r;
}

static int run_compliance(const struct app *app, const void *opts, char **args, int nargs)
{
	const struct report_opts *o = opts;
	struct reading reading;
	struct alarms alarms;
	enum report_format format;
	struct report *r;
	struct err err;
	int status;

	if (parse_format(o, &format, &err) < 0 || parse_alarms(&o->fail_on, &alarms, &err) < 0 ||
	    reading_open(app, "report", &reading, &err) < 0)
		return cmd_fail_in(&cmd_report_compliance, &err);
	r = make_compliance(&reading, o, args, nargs, &err);
	reading_close(&reading);
	if (!r || put_report(r, format, o, &err) < 0)
		status = cmd_fail_in(&cmd_report_compliance, &err);
	else
		status = rings(r, &alarms) ? EXIT_SOME : EXIT_OK;
	report_free(r);
	return status;
}

/* --- run ------------------------------------------------------------------------------- */
static int run_run(const struct app *app, const void *opts, char **args, int nargs)
{
	const struct report_opts *o = opts;
	struct report_options options = { .now_utc_ms = clock_utc_ms() };
	struct reading reading;
	enum report_format format;
	struct report *r;
	struct err err;
	int status = EXIT_OK;

	if (parse_format(o, &format, &err) < 0 || reading_open(app, "report", &reading, &err) < 0)
		return cmd_fail_in(&cmd_report_run, &err);
	r = report_run(reading.store, nargs ? args[0] : "last", &options, &err);
	reading_close(&reading);
	if (!r || put_report(r, format, o, &err) < 0)
		status = cmd_fail_in(&cmd_report_run, &err);
	report_free(r);
	return status;
}

const struct cmd cmd_report_compliance = {
	.name = "report compliance",
	.args = "[PATTERN...]",
	.help = "say which hosts are compliant, and why the others are not",
	.more = "One row a host of the inventory, from what was last learnt of it; no host is\n"
		"contacted. Without -i the inventory as last loaded is reported. The status is\n"
		"the first that holds: excluded, never-scanned, not-installed, outdated,\n"
		"needs-registration, at-risk (a check that blocks backups fails), undetermined\n"
		"(such a check is unknown), behind (the target), compliant. The share of\n"
		"compliant hosts is of all but the excluded.",
	.options = compliance_options,
	.options_size = sizeof(struct report_opts),
	.defaults = &defaults,
	.max_args = -1,
	.run = run_compliance,
};

const struct cmd cmd_report_run = {
	.name = "report run",
	.args = "[RUN]",
	.help = "say what an upgrade changed: RUN is its name, or last (default)",
	.options = run_options,
	.options_size = sizeof(struct report_opts),
	.defaults = &defaults,
	.max_args = 1,
	.run = run_run,
};
