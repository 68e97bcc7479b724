/* cmd_upgrade_clean.c - `marshal upgrade clean`: takes away what runs left on servers that are
 * over, or that this database does not know. */
#include <stddef.h>

#include "base/mem.h"
#include "upgrader/clean.h"
#include "upgrader/commands.h"
#include "upgrader/errand_command.h"

/* clang-format off */
static const struct opt option_table[] = {
	ERRAND_OPTIONS,
	{ .name = NULL },
};
/* clang-format on */

/* What is known before anything is looked at. */
static char *known(const struct errand_target *t)
{
	return xstrdup(*t->left ? t->left : "none that a look found");
}

static const struct errand_command command = {
	.cmd = &cmd_upgrade_clean,
	.kind = &clean_kind,
	.nobody = "name hosts",
	.column = "LEFT-OVERS",
	.known = known,
	.asks = "looked at, and what runs left there that are over taken away",
	.sum = "nothing is left over on",
	.next = {
		[ERRAND_NOT_BEGUN] = "the same command again",
		[ERRAND_AT_WORK] = "the same command again once it has ended",
		[ERRAND_FAILED] = "the same command again; what stays goes by hand (README.md, "
				  "\"Removing every trace\")",
		[ERRAND_UNREACHABLE] = "marshal doctor says what stands in the way; then the same "
				       "command again",
	},
};

static int run_upgrade_clean(const struct app *app, const void *opts, char **args, int nargs)
{
	return errand_run(&command, app, opts, args, nargs);
}

const struct cmd cmd_upgrade_clean = {
	.name = "upgrade clean",
	.args = "HOST... [--from REPORT]",
	.help = "take away what upgrades left on hosts that are over",
	.more = "Tasks, folders and the reservation of runs that are over or that this database\n"
		"does not know, as after a restore of an older copy (check marshal.left-overs).\n"
		"Each host is looked at first. Nothing is taken away while another run holds the\n"
		"server - who does is said -, while a call, an installer or a task works there,\n"
		"or where obengine does not run and was not found stopped. A task that would\n"
		"start a stopped obengine stays. What is of a run that is not over goes with\n"
		"`marshal upgrade resume`. A host of the inventory that is called `clean` is\n"
		"upgraded with `marshal upgrade -- clean`.\n"
		"Exit status: 0 nothing is left over on any of them, 1 on some, 2 wrong usage or\n"
		"not confirmed, 3 the database could not be written, 130 interrupted.",
	.options = option_table,
	.options_size = sizeof(struct errand_opts),
	.uses = CMD_INVENTORY | CMD_WRITES_DB | CMD_LONG,
	.max_args = -1,
	.run = run_upgrade_clean,
};
