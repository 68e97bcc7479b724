/* cmd_show.c - `marshal show HOST`: everything known about one host. */
#include "reports/commands.h"

#include "base/clock.h"
#include "base/mem.h"
#include "reports/cmd_common.h"
#include "reports/dossier.h"

struct show_opts {
	bool json, all, timing;
	int64_t stale_after_ms;
};

/* clang-format off */
static const struct opt show_options[] = {
	{ "all", 0, OPT_FLAG, NULL, "print what passed and the facts, too",
	  offsetof(struct show_opts, all), 0, 0 },
	{ "json", 0, OPT_FLAG, NULL, "print JSON", offsetof(struct show_opts, json), 0, 0 },
	{ "timing", 0, OPT_FLAG, NULL, "what collecting each fact took on the host, slowest first",
	  offsetof(struct show_opts, timing), 0, 0 },
	STALE_AFTER_OPTION(offsetof(struct show_opts, stale_after_ms)),
	{ 0 }
};

static const struct opt_rule show_rules[] = {
	{ "all", OPT_NOT_WITH, "json", NULL, "JSON holds everything" },
	{ "timing", OPT_NOT_WITH, "json", NULL, "JSON has the times beside the facts" },
	{ "all", OPT_NOT_WITH, "timing", NULL, "it prints the times and nothing else" },
	{ "stale-after", OPT_NOT_WITH, "timing", NULL, "it prints the times and nothing else" },
	{ 0 }
};
/* clang-format on */

static void print(const struct dossier *d, const struct show_opts *o)
{
	AUTO_JSON json_t *all = NULL;

	if (o->timing) {
		dossier_print_timing(d, stdout);
		return;
	}
	if (!o->json) {
		dossier_print(d, o->all, stdout);
		return;
	}
	all = dossier_json(d);
	json_dumpf(all, stdout, JSON_INDENT(2));
	fputc('\n', stdout);
}

static int run_show(const struct app *app, const void *opts, char **args, int nargs)
{
	const struct show_opts *o = opts;
	struct dossier d = { .now_utc_ms = clock_utc_ms() };
	struct reading reading;
	struct err err;
	int status = EXIT_OK;

	(void)nargs;
	if (reading_open(app, &reading, &err) < 0)
		return cmd_fail(&err);
	d.policies = reading.policies;
	d.older_rules = reading.older_rules;
	d.host = reading.inv ? inventory_find(reading.inv, args[0]) : NULL;
	if (reading_warn(&reading, &err) == 0 &&
	    dossier_load(&d, reading.store, args[0], o->stale_after_ms, &err) == 0)
		print(&d, o);
	else
		status = cmd_fail(&err);
	dossier_release(&d);
	reading_close(&reading);
	return status;
}

const struct cmd cmd_show = {
	.name = "show",
	.args = "HOST",
	.help = "everything known about a host: status, findings with remedies, facts, history",
	.options = show_options,
	.rules = show_rules,
	.options_size = sizeof(struct show_opts),
	.uses = CMD_INVENTORY | CMD_DB,
	.min_args = 1,
	.max_args = 1,
	.run = run_show,
};
