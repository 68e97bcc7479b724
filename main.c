/* main.c - the list of commands, and what must be settled before any of them runs. A new
 * command is one line in the table, sorted by name, and its cmd_*.c in the folder it serves. */
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cmd.h"
#include "base/commands.h"
#include "inventory/commands.h"
#include "reports/commands.h"
#include "scanner/commands.h"
#include "upgrader/commands.h"

#define COMMAND_OF(name, ...) &cmd_report_##name,

/* sorted: this is the order of --help */
static const struct cmd *const commands[] = {
	&cmd_checks,
	&cmd_db_backup,
	&cmd_db_check,
	&cmd_db_info,
	&cmd_db_prune,
	&cmd_db_rename,
	&cmd_diff,
	&cmd_doctor,
	&cmd_explain,
	&cmd_facts_import,
	&cmd_inventory_check,
	&cmd_inventory_diff,
	&cmd_inventory_list,
	&cmd_inventory_show,
	&cmd_keys_approve,
	&cmd_keys_pending,
	&cmd_keys_revoke,
	&cmd_keys_scan,
	&cmd_manual,
	&cmd_nagios,
	&cmd_policy_check,
	&cmd_policy_show,
	&cmd_probe_print,
	&cmd_recheck,
	REPORT_COMMANDS(COMMAND_OF)
	&cmd_scan,
	&cmd_show,
	&cmd_test_wsb,
	&cmd_upgrade,
	&cmd_upgrade_approve,
	&cmd_upgrade_clean,
	&cmd_upgrade_drop,
	&cmd_upgrade_plan,
	&cmd_upgrade_release,
	&cmd_upgrade_restore,
	&cmd_upgrade_resume,
	&cmd_upgrade_stage,
	&cmd_upgrade_start,
	&cmd_version,
	&cmd_why,
	&cmd_windows,
	NULL,
};

/* The width and validity of characters are looked up in the locale, and all our texts are UTF-8.
 * Where it has another encoding, the terminal shows what it makes of them; but libsmartcols would
 * never come back from a text that is none there. Numbers and dates stay as in C. */
static void set_locale(void)
{
	setlocale(LC_CTYPE, "");
	if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		setlocale(LC_CTYPE, "C.UTF-8");
}

int main(int argc, char **argv)
{
	int status;

	/* libuv resolves two names at a time by default; it reads this at its first use */
	setenv("UV_THREADPOOL_SIZE", "64", 0);
	signal(SIGPIPE, SIG_IGN);
	/* a file that may not grow any more is an error to tell, as a full disk is */
	signal(SIGXFSZ, SIG_IGN);
	set_locale();
	status = cmd_main(commands, argc, argv);
	fflush(NULL);
#ifndef __SANITIZE_ADDRESS__    /* whose leak check runs at a regular exit */
	/* exit() would wait for resolver threads, which may take half a minute to give up */
	_exit(status);
#endif
	return status;
}
