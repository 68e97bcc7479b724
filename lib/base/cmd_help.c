/* cmd_help.c - the texts of --help. They are made from the same tables the parser reads, so
 * that no option can exist without being told of. */
#include "base/cmd_help.h"

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/cmd_rules.h"
#include "base/term.h"

enum { INDENT = 2, WIDTH = 80, LEFT_MAX = 28, RIGHT_MAX = 2000 };

/* A word and what it means, in two columns. */
static void put_pair(FILE *f, int column, const char *left, const char *right)
{
	int at = fprintf(f, "%*s%s", INDENT, "", left);

	if (at + 2 > column) {
		fputc('\n', f);
		at = 0;
	}
	fprintf(f, "%*s", column - at, "");
	term_wrap(f, right, column, column, WIDTH);
}

static void option_text(const struct opt *o, struct buf *out)
{
	buf_clear(out);
	if (o->letter)
		buf_addf(out, "-%c, --%s", o->letter, o->name);
	else
		buf_addf(out, "    --%s", o->name);
	if (o->arg)
		buf_addf(out, " %s", o->arg);
}

static void put_option(FILE *f, const struct cmd *c, const struct opt *o)
{
	struct buf left, right;

	buf_init(&left, WIDTH);
	buf_init(&right, RIGHT_MAX);
	option_text(o, &left);
	buf_adds(&right, o->help);
	if (c)
		cmd_rules_text(c, o, &right);
	put_pair(f, LEFT_MAX, buf_text(&left), buf_text(&right));
	buf_release(&left);
	buf_release(&right);
}

/* Those that every command has, or with `some` those that only some read; of a command `c` those
 * that it reads. */
static void put_shared(FILE *f, const struct cmd *c, bool some)
{
	for (const struct opt *o = app_options; o->name; o++)
		if (some == !cmd_is_for_all(o) && (!c || cmd_reads(c, o)))
			put_option(f, c, o);
}

/* The commands whose name begins with the word `group`, or all. */
static void put_commands(FILE *f, const struct cmd *const *commands, const char *group)
{
	size_t len = group ? strlen(group) : 0;
	int column = 0;

	for (int i = 0; commands[i]; i++)
		if ((int)strlen(commands[i]->name) > column)
			column = (int)strlen(commands[i]->name);
	fputs("\nCommands:\n", f);
	for (; *commands; commands++)
		if (!group || (strncmp((*commands)->name, group, len) == 0 &&
			       ((*commands)->name[len] == ' ' || !(*commands)->name[len])))
			put_pair(f, column + 2 * INDENT, (*commands)->name, (*commands)->help);
}

void cmd_help_program(FILE *f, const struct cmd *const *commands)
{
	fputs("Usage: marshal [OPTION...] COMMAND [ARGUMENT...]\n\n", f);
	term_wrap(f,
		  "Looks after the Microsoft Azure Recovery Services (MARS) agent on fleets "
		  "of Windows servers: says which servers back up with a supported agent, "
		  "which do not and why, and brings outdated agents up to date.",
		  0, 0, WIDTH);
	put_commands(f, commands, NULL);
	fputs("\nOptions of commands that read an inventory or the database:\n", f);
	put_shared(f, NULL, true);
	fputs("\nOptions of every command:\n", f);
	put_shared(f, NULL, false);
	fputs("\nExit status: 0 all good, 1 some hosts were not seen or not upgraded,\n"
	      "2 wrong usage, 3 the program could not do its work, 4 a run paused or\n"
	      "halted, 130 interrupted.\n"
	      "`marshal COMMAND --help` says more about a command.\n",
	      f);
}

void cmd_help_group(FILE *f, const struct cmd *const *commands, const char *group)
{
	fprintf(f, "Usage: marshal %s COMMAND [ARGUMENT...]\n", group);
	put_commands(f, commands, group);
	fprintf(f, "\n`marshal %s COMMAND --help` says more about a command.\n", group);
}

void cmd_help_command(FILE *f, const struct cmd *c)
{
	fprintf(f, "Usage: marshal %s%s%s%s\n\n", c->name,
		c->options && c->options->name ? " [OPTION...]" : "", c->args ? " " : "",
		c->args ? c->args : "");
	term_wrap(f, c->help, 0, 0, WIDTH);
	if (c->more)
		fprintf(f, "\n%s%s", c->more, c->more[strlen(c->more) - 1] == '\n' ? "" : "\n");
	if ((c->options && c->options->name) || c->uses)
		fputs("\nOptions:\n", f);
	for (const struct opt *o = c->options; o && o->name; o++)
		put_option(f, c, o);
	put_shared(f, c, true);
	fputs("\nOptions of every command:\n", f);
	put_shared(f, c, false);
}

bool cmd_help_is_group(const struct cmd *const *commands, const char *word)
{
	size_t len = strlen(word);

	for (; *commands; commands++)
		if (strncmp((*commands)->name, word, len) == 0 && (*commands)->name[len] == ' ')
			return true;
	return false;
}
