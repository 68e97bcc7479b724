/* cmd_upgrade_stage.c - `marshal upgrade stage`: the installer of an approved plan is put on its
 * hosts and proven there before the plan is started, so that the window is not spent on it. */
#include "upgrader/commands.h"

#include <stddef.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "upgrader/show.h"
#include "upgrader/starting.h"

struct stage_opts {
	struct upgrade_opts o;
	const char *rate, *rate_per_site;
};

/* clang-format off */
static const struct opt option_table[] = {
	{ "installer", 0, OPT_TEXT, "FILE", "another copy of the installer that it was planned with",
	  UPGRADE_AT(installer), 0, 0 },
	{ "parallel", 0, OPT_INT, "N", "hosts in flight (as planned)", UPGRADE_AT(parallel), 1, 1000 },
	{ "yes", 'y', OPT_FLAG, NULL, "begin without asking", UPGRADE_AT(yes), 0, 0 },
	{ "rate", 0, OPT_TEXT, "RATE",
	  "bytes a second that go to hosts from here, in all: 500K, 10M (no limit); not what they fetch themselves",
	  offsetof(struct stage_opts, rate), 0, 0 },
	{ "rate-per-site", 0, OPT_TEXT, "RATE", "the same to the hosts of one site, marshal_site",
	  offsetof(struct stage_opts, rate_per_site), 0, 0 },
	STEP_LIMIT_OPTION,
	WAY_OPTIONS(struct upgrade_opts),
	{ "json", 0, OPT_FLAG, NULL, "the result as JSON", UPGRADE_AT(json), 0, 0 },
	{ .name = NULL },
};
/* clang-format on */

static int read_rate(const char *option, const char *text, int64_t *out, struct err *err)
{
	const char *expected = text ? rate_expected(text, out) : NULL;

	if (!expected)
		return 0;
	return err_set(err, ERR_USAGE, "--%s '%s': expected %s", option, text, expected);
}

/* One host alone would run into the limit, whatever the others take of it. */
static int want_time(const struct upgrade *u, const char *option, int64_t bytes_s, struct err *err)
{
	int64_t ms = bytes_s ? (int64_t)u->installer.len * 1000 / bytes_s : 0;
	char takes[CLOCK_TEXT], limit[CLOCK_TEXT];

	if (ms <= u->terms.limit_upload)
		return 0;
	clock_format_duration(ms, takes);
	clock_format_duration(u->terms.limit_upload, limit);
	err_set(err, ERR_USAGE,
		"--%s: so the installer takes %s to one host, and --limit upload ends at %s",
		option, takes, limit);
	return err_hint(err, "a higher rate, or a longer --limit upload");
}

static int ask(const struct starting *s, int count, struct err *err)
{
	AUTO_FREE char *what =
		xasprintf("plan %s: %d host%s will be given the installer, and not be changed",
			  s->plan.name, count, count == 1 ? "" : "s");

	return confirm_count(what, count, "say --yes", err);
}

static int stage(struct starting *s, const struct stage_opts *o, const char *name)
{
	struct upgrade *u = &s->u;
	struct err err;

	if (read_rate("rate", o->rate, &u->run.rate.bytes_s, &err) != 0 ||
	    read_rate("rate-per-site", o->rate_per_site, &u->run.site_bytes_s, &err) != 0 ||
	    upgrade_open_store(u, true, &err) != 0 || starting_prove(s, name, &err) != 0 ||
	    want_time(u, "rate", u->run.rate.bytes_s, &err) != 0 ||
	    want_time(u, "rate-per-site", u->run.site_bytes_s, &err) != 0)
		return cmd_fail_in(&cmd_upgrade_stage, &err);
	starting_tell_leaving(&u->run, NULL);
	if (starting_ask(s, name, ask, &err) != 0)
		return cmd_fail_in(&cmd_upgrade_stage, &err);
	return upgrade_drive(u);
}

static int run_upgrade_stage(const struct app *app, const void *opts, char **args, int nargs)
{
	struct starting *s = xcalloc(1, sizeof(*s));
	const struct stage_opts *o = opts;
	int status;

	(void)nargs;
	s->u.app = app;
	s->u.o = &o->o;
	s->stages = true;
	status = stage(s, o, args[0]);
	starting_free(s);
	return status;
}

const struct cmd cmd_upgrade_stage = {
	.name = "upgrade stage",
	.args = "PLAN",
	.help = "put the installer of an approved plan on its hosts before it is started",
	.more = "Whenever that is, windows do not count: nothing is changed. Every host is looked\n"
		"at, the installer is put there and proven as an upgrade does, the server's\n"
		"reservation is given back, and the folder stays for the plan. Once more brings\n"
		"only what is missing. Slow lines want --rate and a longer --limit upload; what\n"
		"hosts fetch themselves no rate holds, but --parallel says how many do at once.\n"
		"`marshal upgrade start PLAN` proves it again and sends what is not there. What\n"
		"one host has against it keeps no other from it.\n"
		"Exit status: 0 all have it or are current, 1 some have not, 2 wrong usage or not\n"
		"confirmed, 3 the database could not be written, 130 interrupted.",
	.options = option_table,
	.options_size = sizeof(struct stage_opts),
	.uses = CMD_WRITES_DB | CMD_LONG,
	.min_args = 1,
	.max_args = 1,
	.run = run_upgrade_stage,
};
