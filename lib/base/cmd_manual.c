/* cmd_manual.c - `marshal manual`: every command with its options as a part of marshal(1), from the
 * same tables as --help, so that the manual cannot fall behind the program. */
#include "base/commands.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cmd_rules.h"

enum { TEXT_MAX = 2000 };

/* scdoc(5): the first mean something anywhere, the others at the start of a line. */
static void put_escaped(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (strchr("\\*_`", text[i]) || (i == 0 && strchr("#-.;", text[i])))
			putchar('\\');
		putchar(text[i]);
	}
}

static void put_text(const char *text)
{
	put_escaped(text, strlen(text));
}

/* Lines as they were broken by hand, an empty one between paragraphs. Indented ones are shown as
 * they stand. */
static void put_paragraphs(const char *text)
{
	bool literal = false;

	while (*text) {
		size_t len = strcspn(text, "\n");
		bool indented = len > 0 && (text[0] == ' ' || text[0] == '\t');

		if (indented != literal)
			puts("```");
		literal = indented;
		if (literal)
			printf("%.*s", (int)len, text);
		else
			put_escaped(text, len);
		putchar('\n');
		text += len + (text[len] == '\n');
	}
	if (literal)
		puts("```");
}

static void put_option(const struct cmd *c, const struct opt *o)
{
	struct buf text;

	buf_init(&text, TEXT_MAX);
	buf_adds(&text, o->help);
	if (c)
		cmd_rules_text(c, o, &text);
	fputs("\n*", stdout);
	if (o->letter)
		printf("-%c, ", o->letter);
	printf("--%s*", o->name);
	if (o->arg) {
		fputs(" _", stdout);
		put_text(o->arg);
		putchar('_');
	}
	fputs("\n\t", stdout);
	put_text(buf_text(&text));
	putchar('\n');
	buf_release(&text);
}

/* As in cmd_help.c. What they are about is told once, for all commands. */
static void put_shared(bool some)
{
	for (const struct opt *o = app_options; o->name; o++)
		if (some == !cmd_is_for_all(o))
			put_option(NULL, o);
}

static void put_used(const struct cmd *c)
{
	const char *before = "\nAlso ";

	for (const struct opt *o = app_options; o->name; o++) {
		if (cmd_is_for_all(o) || !cmd_reads(c, o))
			continue;
		printf("%s*--%s*", before, o->name);
		before = ", ";
	}
	if (c->uses)
		puts(".");
}

static void put_command(const struct cmd *c)
{
	printf("\n## marshal %s", c->name);
	if (c->args) {
		putchar(' ');
		put_text(c->args);
	}
	fputs("\n\n", stdout);
	put_text(c->help);
	fputs(".\n", stdout);
	if (c->more) {
		putchar('\n');
		put_paragraphs(c->more);
	}
	for (const struct opt *o = c->options; o && o->name; o++)
		put_option(c, o);
	put_used(c);
}

static int run_manual(const struct app *app, const void *opts, char **args, int nargs)
{
	(void)opts;
	(void)args;
	(void)nargs;
	puts("# COMMANDS");
	for (const struct cmd *const *c = app->commands; *c; c++)
		put_command(*c);
	puts("\n# OPTIONS OF COMMANDS THAT READ AN INVENTORY OR THE DATABASE");
	put_shared(true);
	puts("\n# OPTIONS OF EVERY COMMAND");
	put_shared(false);
	return EXIT_OK;
}

const struct cmd cmd_manual = {
	.name = "manual",
	.help = "print all commands and options as a part of the manual page, for scdoc",
	.more = "`make man` makes the page marshal(1) of it.",
	.run = run_manual,
};
