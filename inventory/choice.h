/* choice.h - hosts by what is known of them: --where COLUMN=WORD, of the database, or with --from
 * FILE of a report, for every command that takes patterns. The report is one that marshal wrote:
 * CSV, also as a spreadsheet saved it, JSON or JSON lines. */
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
	{ "where", 0, OPT_LIST, "COLUMN=WORD,...", "only hosts of which this holds, by the report or else by " \
	  "the database; also != < <= > >= (numbers and versions); words by comma mean or, ' and ' " \
	  "or a second --where means and", offsetof(type, choice.where), 0, 0 }
/* clang-format on */

/* What a command was asked for. */
struct wish {
	char *const *pattern;
	int count;
	const struct choice *choice;
	const char *db;                 /* as --db has it, read where conditions name no report */
};

/* As inventory_select(); with a report, those of them that its rows name, with conditions alone
 * those of which they hold. A host of a row that is not in the inventory is ERR_USAGE, and so is a
 * choice that leaves none. */
int inventory_choose(const struct inventory *inv, const struct wish *wish, struct selection *out,
		     struct err *err);
/* Whether there is a choice at all beside patterns. */
bool choice_is_made(const struct choice *choice);

#endif
