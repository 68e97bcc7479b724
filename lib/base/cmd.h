/* cmd.h - subcommands and options as tables. `--help`, usage errors and "did you mean" are
 * made from them. A command reads its options, calls its module, prints, returns an exit status. */
#ifndef BASE_CMD_H
#define BASE_CMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
	EXIT_OK = 0, EXIT_SOME = 1, EXIT_USAGE = 2, EXIT_UNABLE = 3, EXIT_HALTED = 4,
	EXIT_INTERRUPTED = 130
};

enum opt_type {
	OPT_FLAG, OPT_TEXT, OPT_INT,
	OPT_TIME,               /* int64_t ms */
	OPT_LIST,               /* struct opt_list */
	OPT_PAIRS               /* the same, of NAME=VALUE; no NAME twice */
};

struct opt_list { const char **item; int count, cap; };

/* One option. Those of one value are refused a second time: the first would be void. `offset` is
 * that of the field in the command's own options struct, of the type bool, const char *, int,
 * int64_t or struct opt_list. */
struct opt {
	const char *name;       /* "jobs": --jobs N or --jobs=N */
	char letter;            /* 'j', or 0 */
	enum opt_type type;
	const char *arg;        /* "N", "FILE", NULL for a flag */
	const char *help;
	size_t offset;
	int64_t min, max;       /* OPT_INT, OPT_TIME: both 0 is any */
};

/* What would be void beside another option, or needs it: refused as wrong usage that names both,
 * and told by --help and the manual. Only what is typed counts, no default and nothing from the
 * environment. */
enum opt_with {
	OPT_NOT_WITH,
	OPT_ONLY_WITH           /* with `values`: as given, or as it is by default */
};
struct opt_rule {
	const char *option;     /* of the command, by its name */
	enum opt_with with;
	const char *other;      /* of the command, a shared one, or OPT_ARGUMENT */
	const char *values;     /* words: only these values of the other; NULL: any */
	const char *why;        /* behind a colon */
};
#define OPT_ARGUMENT "argument"         /* a word that is no option; its value is the first */

/* What an option of before is called now: it is refused with that. */
struct opt_moved { const char *option, *now; };

/* Which of the shared options a command reads; typed for another they are refused. */
enum {
	CMD_INVENTORY = 1,      /* -i */
	CMD_DB = 2,             /* --db */
	CMD_DB_GROUP = 4,       /* --db-group: it writes to the database */
	CMD_LONG = 8,           /* --keep-going: it works on while the terminal is gone */
	CMD_WRITES_DB = CMD_DB | CMD_DB_GROUP
};

struct cmd;

/* What every command shares; options may stand before or after the command's name. */
struct app {
	struct opt_list inventory;      /* -i */
	const char *db, *db_group;      /* --db, --db-group */
	bool quiet, verbose, no_color, keep_going;
	const char *program;
	const struct cmd *const *commands;      /* the table given to cmd_main() */
};
extern const struct opt app_options[];  /* ends with a row without a name */

struct cmd {
	const char *name;               /* "scan", or "inventory check" for two words */
	const char *args;               /* "[PATTERN...]" */
	const char *help;               /* one line */
	const char *more;               /* paragraphs for --help, NULL for none */
	const struct opt *options;      /* ends with a row without a name; NULL for none */
	const struct opt_rule *rules;   /* ends with a row without an option; NULL for none */
	const struct opt_moved *moved;  /* ends with a row without an option; NULL for none */
	size_t options_size;            /* sizeof the options struct */
	const void *defaults;           /* of the same size, copied before parsing; NULL: zero */
	unsigned uses;                  /* CMD_... */
	int min_args, max_args;         /* max -1: any number */
	/* opts is the filled options struct; args are borrowed. Returns an exit status, after
	 * logging its own errors. */
	int (*run)(const struct app *app, const void *opts, char **args, int nargs);
	/* What stands behind the command's name is wrong, and run() is not called: tells it and
	 * returns an exit status, for those whose caller reads both. NULL: as cmd_fail(). */
	int (*misused)(const struct err *err);
};

/* Finds the command, parses, runs. `commands` is a NULL-ended table of pointers. */
int cmd_main(const struct cmd *const *commands, int argc, char **argv);

/* Logs the error and gives the exit status that goes with it. */
int cmd_fail(const struct err *err);
/* The same, with the help of this command as the hint where wrong usage has none of its own. */
int cmd_fail_in(const struct cmd *cmd, const struct err *err);

#endif
