/* choice.h - hosts out of a report: --from FILE --where COLUMN=WORD, for every command that takes
 * patterns. The report is one that marshal wrote: CSV, also as a spreadsheet saved it, JSON or JSON
 * lines. */
#ifndef INVENTORY_CHOICE_H
#define INVENTORY_CHOICE_H

#include "base/cmd.h"
#include "inventory/inventory.h"

struct choice {
	const char *from;               /* "-" is standard input; NULL: none */
	struct opt_list where;          /* all must hold */
};

/* The options of a command whose options struct has a member `choice`. */
/* clang-format off */
#define CHOICE_OPTIONS(type) \
	{ "from", 0, OPT_TEXT, "REPORT", "only hosts of this report: a file of CSV, JSON or JSON " \
	  "lines, - for standard input", offsetof(type, choice.from), 0, 0 }, \
	{ "where", 0, OPT_LIST, "COLUMN=WORD,...", "only rows of it where this holds; also != < <= " \
	  "> >= (numbers and versions); words by comma mean or, a second --where means and", offsetof(type, choice.where), 0, 0 }
#define CHOICE_RULES { "where", OPT_ONLY_WITH, "from", NULL, "it chooses rows of a report" }
/* clang-format on */

/* As inventory_select(); with a report, those of them that its rows name. A host of a row that is
 * not in the inventory is ERR_USAGE, and so is a choice that leaves none. There are no conditions
 * without a report: CHOICE_RULES. */
int inventory_choose(const struct inventory *inv, char *const *pattern, int count,
		     const struct choice *choice, struct selection *out, struct err *err);

#endif
