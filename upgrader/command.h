/* command.h - what the commands that drive a run share: `upgrade`, which begins one, and `upgrade
 * resume`, which goes on with one. */
#ifndef UPGRADER_COMMAND_H
#define UPGRADER_COMMAND_H

#include "base/cmd.h"
#include "upgrader/options.h"
#include "upgrader/run.h"

/* What one invocation opened; released in one place. */
struct upgrade {
	const struct app *app;
	const struct upgrade_opts *o;
	struct inventory *inv;
	struct store *store;
	struct installer installer;
	struct upgrade_terms terms;
	struct way_options way;
	char *given;                    /* options that were typed for a resume; else NULL */
	struct run run;
};

/* For a dry run to read alone: it registers nothing, and makes nothing. */
int upgrade_open_store(struct upgrade *u, bool must_exist, struct err *err);
/* The one of u->run, or another copy of it that was typed. ERR_USAGE: it is another one. */
int upgrade_open_same_installer(struct upgrade *u, struct err *err);
/* Before the run is created or taken up. */
void upgrade_prepare(struct upgrade *u);
/* To its end, with what became of it on standard output. Returns the exit status. */
int upgrade_drive(struct upgrade *u);
/* Of a run that nothing is to be done for any more: the same without driving it. */
int upgrade_tell(struct upgrade *u);
void upgrade_release(struct upgrade *u);

/* Of every command that drives a run, for --help. */
#define UPGRADE_EXIT_STATUS \
	"Exit status: 0 all are upgraded or current, 1 some are not, 2 wrong usage or\n" \
	"not confirmed, 3 the database could not be written, 4 the run paused or\n" \
	"halted, 130 interrupted."

#endif
