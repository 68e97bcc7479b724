/* errand_command.h - what the commands of errands have in common: which hosts are meant and what is
 * known of them, a question, and the results as a table or as JSON. */
#ifndef UPGRADER_ERRAND_COMMAND_H
#define UPGRADER_ERRAND_COMMAND_H

#include "base/cmd.h"
#include "inventory/choice.h"
#include "scanner/way.h"
#include "upgrader/errand.h"

struct errand_opts {
	const char *host_key, *known_hosts;
	struct opt_list limit;
	bool yes, json, group_exchange;
	struct choice choice;
};

/* clang-format off */
#define ERRAND_OPTIONS \
	{ "yes", 'y', OPT_FLAG, NULL, "begin without asking", \
	  offsetof(struct errand_opts, yes), 0, 0 }, \
	CHOICE_OPTIONS(struct errand_opts), \
	{ "limit", 0, OPT_PAIRS, "STATE=TIME", \
	  "limit of one state; by default " LINE_LIMIT_HELP ", " PROBE_LIMIT_HELP, \
	  offsetof(struct errand_opts, limit), 0, 0 }, \
	WAY_OPTIONS(struct errand_opts), \
	{ "json", 0, OPT_FLAG, NULL, "the result as JSON", \
	  offsetof(struct errand_opts, json), 0, 0 }
/* clang-format on */

struct errand_command {
	const struct cmd *cmd;
	const struct errand_kind *kind;
	const char *nobody;             /* "name hosts": where nothing was named */
	/* One word that may be a run; then it is one, and *out_options its own ("" where it has
	 * none), yours. ERR_NOT_FOUND: it is none. NULL: hosts alone. */
	int (*find_run)(struct errand *e, const char *word, char **out_options, struct err *err);
	const char *column;             /* "OBENGINE": of what is known before */
	char *(*known)(const struct errand_target *t);  /* yours */
	const char *asks;               /* "looked at, and ...": the end of the question */
	const char *none;               /* "changed no host": of a run, where it has none */
	const char *sum;                /* "obengine runs on": before "2 of 3 hosts" */
	const char *next[ERRAND_END_COUNT];     /* what to do about an end that is not well; NULL:
						 * its reason says it */
};

int errand_run(const struct errand_command *command, const struct app *app,
	       const struct errand_opts *o, char **args, int nargs);

#endif
