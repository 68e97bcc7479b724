/* cmd_upgrade_restore.c - `marshal upgrade restore`: starts obengine where a run of ours left it
 * stopped. */
#include <stddef.h>

#include "base/mem.h"
#include "upgrader/commands.h"
#include "upgrader/errand_command.h"
#include "upgrader/restore.h"

/* clang-format off */
static const struct opt option_table[] = {
	ERRAND_OPTIONS,
	{ .name = NULL },
};
/* clang-format on */

/* What is known before anything is looked at. */
static char *known(const struct errand_target *t)
{
	if (*t->stopped_by)
		return stopped_text(t->stopped_by, true);
	if (*t->changed_by)
		return stopped_text(t->changed_by, false);
	return xstrdup("not known to be stopped by a run");
}

static const struct errand_command command = {
	.cmd = &cmd_upgrade_restore,
	.kind = &restore_kind,
	.nobody = "name a run, 'last', or hosts",
	.find_run = restore_find,
	.column = "OBENGINE",
	.known = known,
	.asks = "looked at, and obengine started where a run of marshal left it stopped",
	.none = "changed no host whose obengine ran",
	.sum = "obengine runs on",
	.next = {
		[ERRAND_NOT_BEGUN] = "the same command again; no backup runs there until then",
		[ERRAND_REFUSED] = "ask who stopped it; on the server: Start-Service obengine",
		[ERRAND_AT_WORK] = "the same command again once the installer has ended",
		[ERRAND_FAILED] = "on the server: Start-Service obengine, and see its System log; "
				  "then marshal scan there. No backup runs until then",
		[ERRAND_UNREACHABLE] = "marshal doctor says what stands in the way; then the same "
				       "command again. No backup runs there until obengine does",
	},
};

static int run_upgrade_restore(const struct app *app, const void *opts, char **args, int nargs)
{
	return errand_run(&command, app, opts, args, nargs);
}

const struct cmd cmd_upgrade_restore = {
	.name = "upgrade restore",
	.args = "RUN | last | HOST... [--from REPORT]",
	.help = "start obengine where a run of marshal left it stopped",
	.more = "A run: its hosts that it began to change while obengine ran, and those whose key\n"
		"on the server names it. Hosts: by that key, or by the journal of this database.\n"
		"Each is looked at first. A service that no run of marshal stopped is left to a\n"
		"person, and under an installer nothing is started: until when it has is said.\n"
		"A scan says which hosts there are, so does every report. A host of the inventory\n"
		"that is called `restore` is upgraded with `marshal upgrade -- restore`.\n"
		"Exit status: 0 obengine runs on all of them, 1 not on some, 2 wrong usage or\n"
		"not confirmed, 3 the database could not be written, 130 interrupted.",
	.options = option_table,
	.options_size = sizeof(struct errand_opts),
	.uses = CMD_INVENTORY | CMD_WRITES_DB | CMD_LONG,
	.max_args = -1,
	.run = run_upgrade_restore,
};
