/* cmd.c - from argv to a command: finds it in the table, fills its options struct, checks the
 * number of arguments and runs it. What is typed wrongly gets the nearest right word. Help is
 * written in cmd_help.c. */
#include "base/cmd.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/cmd_help.h"
#include "base/cmd_rules.h"
#include "base/commands.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/signals.h"
#include "base/text.h"


/* What the shared options fill: struct app first, so that app_options fits both. */
struct shared {
	struct app app;
	bool help, version;
};

/* clang-format off */
const struct opt app_options[] = {
	{ "inventory", 'i', OPT_LIST, "FILE",
	  "inventory to read (again for more; else $MARSHAL_INVENTORY)",
	  offsetof(struct shared, app.inventory), 0, 0 },
	{ "db", 0, OPT_TEXT, "FILE",
	  "database (else $MARSHAL_DB, else $XDG_STATE_HOME/marshal/marshal.db)",
	  offsetof(struct shared, app.db), 0, 0 },
	{ "db-group", 0, OPT_TEXT, "NAME", "let this group of users read the database",
	  offsetof(struct shared, app.db_group), 0, 0 },
	{ "keep-going", 0, OPT_FLAG, NULL,
	  "a terminal that goes away (SIGHUP) ends nothing; else it is a first Ctrl-C",
	  offsetof(struct shared, app.keep_going), 0, 0 },
	{ "quiet", 'q', OPT_FLAG, NULL, "only warnings, errors and results",
	  offsetof(struct shared, app.quiet), 0, 0 },
	{ "verbose", 'v', OPT_FLAG, NULL, "say more about what is done",
	  offsetof(struct shared, app.verbose), 0, 0 },
	{ "no-color", 0, OPT_FLAG, NULL, "no colours, as with NO_COLOR",
	  offsetof(struct shared, app.no_color), 0, 0 },
	{ "version", 'V', OPT_FLAG, NULL, "print the version",
	  offsetof(struct shared, version), 0, 0 },
	{ "help", 'h', OPT_FLAG, NULL, "print this help",
	  offsetof(struct shared, help), 0, 0 },
	{ 0 }
};
/* clang-format on */

struct parse {
	const struct cmd *const *commands;
	const struct cmd *cmd;          /* NULL until it was found */
	char **argv;
	int argc, at;
	struct shared shared;
	char *opts;                     /* the command's options struct */
	char **arg;
	int nargs;
	const struct opt **typed;       /* in their order */
	int typed_count, typed_cap;
	char hint[80];                  /* lives as long as the error that refers to it */
};

static int set_number(const struct opt *o, const char *value, char *field, struct err *err)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(value, &end, 10);
	if (errno || end == value || *end || n < INT_MIN || n > INT_MAX ||
	    ((o->min || o->max) && (n < o->min || n > o->max))) {
		if (o->min || o->max)
			return err_set(err, ERR_USAGE,
				       "--%s: '%s' is no number from %" PRId64 " to %" PRId64,
				       o->name, value, o->min, o->max);
		return err_set(err, ERR_USAGE, "--%s: '%s' is no number", o->name, value);
	}
	*(int *)(void *)field = (int)n;
	return 0;
}

static int set_time(const struct opt *o, const char *value, char *field, struct err *err)
{
	int64_t ms;
	char low[CLOCK_TEXT], high[CLOCK_TEXT];

	if (clock_parse_duration(value, &ms, err) < 0)
		return err_in(err, "--%s", o->name);
	/* who leaves the unit out where only days make sense meant days, not seconds */
	if (ms < o->min && o->min >= DAY_MS && value[strspn(value, "0123456789")] == '\0')
		return err_set(err, ERR_USAGE, "--%s %s: give a unit: %sd", o->name, value, value);
	if ((o->min || o->max) && (ms < o->min || ms > o->max))
		return err_set(err, ERR_USAGE, "--%s: '%s' is not between %s and %s", o->name,
			       value, clock_format_duration(o->min, low),
			       clock_format_duration(o->max, high));
	*(int64_t *)(void *)field = ms;
	return 0;
}

/* Of two limits of one state one would be void. */
static int check_pair(const struct opt *o, const struct opt_list *list, const char *value,
		      struct err *err)
{
	size_t len = strcspn(value, "=");

	for (int i = 0; i < list->count; i++)
		if (strcspn(list->item[i], "=") == len && memcmp(list->item[i], value, len) == 0)
			return err_set(err, ERR_USAGE, "--%s: %.*s is given twice: '%s', then '%s'",
				       o->name, (int)len, value, list->item[i], value);
	return 0;
}

static int set_option(const struct opt *o, char *base, const char *value, struct err *err)
{
	char *field = base + o->offset;
	struct opt_list *list = (struct opt_list *)(void *)field;

	switch (o->type) {
	case OPT_FLAG:
		*(bool *)(void *)field = true;
		return 0;
	case OPT_TEXT:
		*(const char **)(void *)field = value;
		return 0;
	case OPT_INT:
		return set_number(o, value, field, err);
	case OPT_TIME:
		return set_time(o, value, field, err);
	case OPT_PAIRS:
		if (check_pair(o, list, value, err) < 0)
			return -1;
		/* fall through */
	case OPT_LIST:
		MEM_GROW(list->item, list->count, list->cap);
		list->item[list->count++] = value;
		return 0;
	}
	return 0;
}

/* The option with that name (of len bytes) or that letter. */
static const struct opt *find_option(const struct opt *o, const char *name, size_t len, char letter)
{
	for (; o && o->name; o++)
		if (name ? strlen(o->name) == len && memcmp(o->name, name, len) == 0 :
			   o->letter == letter)
			return o;
	return NULL;
}

static int unknown_option(const struct parse *p, const char *word, size_t len, struct err *err)
{
	AUTO_FREE char *name = xstrndup(word, len);
	const char *names[64];
	const char *near;
	int count = 0;

	for (const struct opt_moved *m = p->cmd ? p->cmd->moved : NULL; m && m->option; m++)
		if (strcmp(m->option, name) == 0)
			return err_set(err, ERR_USAGE, "no option --%s any more: %s", name, m->now);
	for (const struct opt *o = p->cmd ? p->cmd->options : NULL; o && o->name; o++)
		if (count < (int)ARRAY_LEN(names))
			names[count++] = o->name;
	for (const struct opt *o = app_options; o->name; o++)
		if (count < (int)ARRAY_LEN(names))
			names[count++] = o->name;
	near = text_nearest(name, names, count);
	if (near)
		err_set(err, ERR_USAGE, "no option --%s; did you mean --%s?", name, near);
	else
		err_set(err, ERR_USAGE, "no option --%s", name);
	if (!p->cmd)
		return err_hint(err, "options of a command stand behind its name");
	return -1;
}

/* Whether `o` is one of the command's, and so where its field is. */
static char *base_of(struct parse *p, const struct opt *o)
{
	bool shared = o >= app_options && o < app_options + ARRAY_LEN(app_options);

	return shared ? (char *)&p->shared : p->opts;
}

/* Takes what was typed; a flag has no value. */
static int take_option(struct parse *p, const struct opt *o, const char *value, struct err *err)
{
	bool one = o->type == OPT_TEXT || o->type == OPT_INT || o->type == OPT_TIME;

	for (int i = 0; i < p->typed_count && one; i++)
		if (p->typed[i] == o)
			return err_set(err, ERR_USAGE,
				       "--%s is given twice, the second time with '%s': which one "
				       "is meant?",
				       o->name, value);
	MEM_GROW(p->typed, p->typed_count, p->typed_cap);
	p->typed[p->typed_count++] = o;
	return set_option(o, base_of(p, o), value, err);
}

static const struct opt *look_up(const struct parse *p, const char *name, size_t len, char letter)
{
	const struct opt *o = find_option(p->cmd ? p->cmd->options : NULL, name, len, letter);

	return o ? o : find_option(app_options, name, len, letter);
}

static int take_long(struct parse *p, const char *word, struct err *err)
{
	const char *equals = strchr(word, '=');
	size_t len = equals ? (size_t)(equals - word) : strlen(word);
	const struct opt *o = look_up(p, word, len, 0);

	if (!o)
		return unknown_option(p, word, len, err);
	if (o->type == OPT_FLAG && equals)
		return err_set(err, ERR_USAGE, "--%s takes no value", o->name);
	if (o->type == OPT_FLAG || equals)
		return take_option(p, o, equals ? equals + 1 : NULL, err);
	if (p->at >= p->argc)
		return err_set(err, ERR_USAGE, "--%s needs a value: --%s %s", o->name, o->name,
			       o->arg);
	return take_option(p, o, p->argv[p->at++], err);
}

/* "-q", "-qv", "-j8", "-j 8" */
static int take_letters(struct parse *p, const char *word, struct err *err)
{
	for (; *word; word++) {
		const struct opt *o = look_up(p, NULL, 0, *word);
		const char *value = NULL;

		if (!o)
			return err_set(err, ERR_USAGE, "no option -%c", *word);
		if (o->type != OPT_FLAG) {
			if (word[1])
				value = word + 1;
			else if (p->at < p->argc)
				value = p->argv[p->at++];
			else
				return err_set(err, ERR_USAGE, "-%c needs a value: -%c %s", *word,
					       *word, o->arg);
		}
		if (take_option(p, o, value, err) < 0)
			return -1;
		if (value)
			break;
	}
	return 0;
}

/* The command whose name is `first`, or `first second`. *words says how many were used. */
static const struct cmd *find_command(const struct cmd *const *commands, const char *first,
				      const char *second, int *words)
{
	const struct cmd *found = NULL;

	for (; *commands; commands++) {
		const char *name = (*commands)->name, *blank = strchr(name, ' ');

		if (!blank && strcmp(name, first) == 0 && !found) {
			found = *commands;
			*words = 1;
		} else if (blank && second && strncmp(name, first, (size_t)(blank - name)) == 0 &&
			   first[blank - name] == '\0' && strcmp(blank + 1, second) == 0) {
			found = *commands;
			*words = 2;
		}
	}
	return found;
}

/* "'policy' needs a second word: check, show" */
static int no_second_word(const struct parse *p, const char *first, struct err *err)
{
	size_t len = strlen(first);
	struct buf text;

	buf_init(&text, sizeof(err->msg));
	for (int i = 0; p->commands[i]; i++) {
		const char *name = p->commands[i]->name;

		if (strncmp(name, first, len) == 0 && name[len] == ' ')
			buf_addf(&text, "%s%s", text.len ? ", " : "", name + len + 1);
	}
	err_set(err, ERR_USAGE, "'%s' needs a second word: %s", first, buf_text(&text));
	buf_release(&text);
	return err_hint(err, "--help behind the first one says what each does");
}

static int unknown_command(const struct parse *p, const char *first, const char *second,
			   struct err *err)
{
	bool group = cmd_help_is_group(p->commands, first);
	AUTO_FREE char *word = group && second ? xasprintf("%s %s", first, second) : xstrdup(first);
	enum { NAMES = 256, GROUP_NAME = 24 };
	const char *names[NAMES];
	char groups[NAMES][GROUP_NAME];
	const char *near;
	int count = 0;

	if (group && !second)
		return no_second_word(p, first, err);
	for (int i = 0; p->commands[i] && count + 2 <= (int)ARRAY_LEN(names); i++) {
		char *group_name = groups[count];
		const char *name = p->commands[i]->name;

		names[count++] = name;
		/* the first of two words, which may be all that is wrong */
		if (!group && strchr(name, ' ')) {
			snprintf(group_name, GROUP_NAME, "%.*s", (int)strcspn(name, " "), name);
			names[count++] = group_name;
		}
	}
	near = text_nearest(word, names, count);
	if (near)
		return err_set(err, ERR_USAGE, "no command '%s'; did you mean '%s'?", word, near);
	return err_set(err, ERR_USAGE, "no command '%s'", word);
}

/* The first word that is no option names the command, with the next one where both together do.
 * 1: `--help` stands behind the name of a group. */
static int take_command(struct parse *p, struct err *err)
{
	const char *first = p->argv[p->at++];
	const char *second = p->at < p->argc ? p->argv[p->at] : NULL;
	int words = 0;

	p->cmd = find_command(p->commands, first, second, &words);
	if (!p->cmd && cmd_help_is_group(p->commands, first) && second &&
	    strcmp(second, "--version") == 0)
		return 0;       /* the option comes next, and ends the line */
	if (!p->cmd && cmd_help_is_group(p->commands, first) &&
	    (p->shared.help || (second && (!strcmp(second, "--help") || !strcmp(second, "-h"))))) {
		cmd_help_group(stdout, p->commands, first);
		return 1;
	}
	if (!p->cmd)
		return unknown_command(p, first, second && second[0] != '-' ? second : NULL, err);
	p->at += words - 1;
	p->opts = xcalloc(1, p->cmd->options_size);
	if (p->cmd->defaults)
		memcpy(p->opts, p->cmd->defaults, p->cmd->options_size);
	return 0;
}

/* 0 parsed, 1 help was printed, -1 err. Nothing behind --version is read. */
static int parse_all(struct parse *p, struct err *err)
{
	bool only_args = false;
	int rc = 0;

	while (p->at < p->argc && rc == 0 && !p->shared.version) {
		char *word = p->argv[p->at];
		/* no option is a digit, and HRESULTs are negative numbers */
		bool option =
			!only_args && word[0] == '-' && word[1] && !isdigit((unsigned char)word[1]);

		if (option && strcmp(word, "--") == 0) {
			only_args = true;
			p->at++;
		} else if (option) {
			p->at++;
			rc = word[1] == '-' ? take_long(p, word + 2, err) :
					      take_letters(p, word + 1, err);
		} else if (!p->cmd && strcmp(word, "help") == 0) {
			p->shared.help = true;
			p->at++;
		} else if (!p->cmd) {
			rc = take_command(p, err);
		} else {
			p->arg[p->nargs++] = word;
			p->at++;
		}
	}
	return rc;
}

/* Whatever is typed may be stored and shown, and so may what the environment names; both are kept
 * as UTF-8, and a word that is not would be lost on the way. */
static int check_words(const struct parse *p, struct err *err)
{
	static const char *const named[] = { "MARSHAL_INVENTORY", "MARSHAL_DB", "MARSHAL_POLICY",
					     "XDG_STATE_HOME", "HOME" };

	for (int i = 1; i < p->argc; i++)
		if (file_check_name("an argument", p->argv[i], err) < 0)
			return -1;
	for (size_t i = 0; i < ARRAY_LEN(named); i++) {
		const char *value = getenv(named[i]);

		if (value && file_check_name(named[i], value, err) < 0)
			return -1;
	}
	return 0;
}

static int check_args(const struct parse *p, struct err *err)
{
	const struct cmd *c = p->cmd;

	if (p->nargs < c->min_args)
		return err_set(err, ERR_USAGE, "an argument is missing: marshal %s %s", c->name,
			       c->args);
	if (c->max_args >= 0 && p->nargs > c->max_args)
		return err_set(err, ERR_USAGE, "'%s' is one argument too many: marshal %s %s",
			       p->arg[c->max_args], c->name, c->args ? c->args : "");
	return 0;
}

static int run_command(struct parse *p)
{
	struct app *app = &p->shared.app;
	int words;

	app->program = "marshal";
	app->commands = p->commands;
	/* instead of the command beside it, whose options are nothing to this one */
	if (p->shared.version)
		return find_command(p->commands, "version", NULL, &words)->run(app, NULL, NULL, 0);
	if (app->quiet)
		log_set_level(LOG_WARN);
	if (app->verbose)
		log_set_level(LOG_DEBUG);
	if (p->cmd->uses & CMD_LONG)
		signals_spare_usr1();
	if (app->keep_going)
		signals_keep_going();
	if (app->no_color)
		setenv("NO_COLOR", "1", 1);
	log_line(LOG_DEBUG, "marshal %s: %s", MARSHAL_VERSION, p->cmd->name);
	return p->cmd->run(app, p->opts, p->arg, p->nargs);
}

static int parse_and_check(struct parse *p, struct err *err)
{
	int rc = parse_all(p, err);

	if (rc != 0 || p->shared.version)
		return rc;
	if (p->shared.help) {
		if (p->cmd)
			cmd_help_command(stdout, p->cmd);
		else
			cmd_help_program(stdout, p->commands);
		return 1;
	}
	if (!p->cmd)
		return err_set(err, ERR_USAGE, "no command was given");
	if (check_words(p, err) < 0)
		return -1;
	rc = cmd_rules_check(p->cmd,
			     &(struct typed){ .option = p->typed,
					      .count = p->typed_count,
					      .opts = p->opts,
					      .arg = p->arg,
					      .nargs = p->nargs },
			     err);
	return rc < 0 ? -1 : check_args(p, err);
}

/* Everything but the run itself: 0 run it, 1 help was printed, -1 err. */
static int prepare(struct parse *p, struct err *err)
{
	int rc = parse_and_check(p, err);

	if (rc < 0 && p->cmd) {
		snprintf(p->hint, sizeof(p->hint), "see `marshal %s --help`", p->cmd->name);
		if (err->hint == err_hint_of(ERR_USAGE))
			err_hint(err, p->hint);
		err_in(err, "%s", p->cmd->name);
	}
	return rc;
}

static void parse_release(struct parse *p)
{
	for (const struct opt *o = p->cmd ? p->cmd->options : NULL; p->opts && o && o->name; o++)
		if (o->type == OPT_LIST || o->type == OPT_PAIRS)
			free(((struct opt_list *)(void *)(p->opts + o->offset))->item);
	free(p->shared.app.inventory.item);
	free(p->opts);
	free(p->typed);
	free(p->arg);
}

/* Whether all of the results was written. A reader that left is no failure, and a write that failed
 * before the last one has left no errno. */
static int end_output(struct err *err)
{
	struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };
	bool failed = ferror(stdout);

	errno = 0;
	if (fflush(stdout) != 0)
		failed = true;
	if (!failed || errno == EPIPE || (poll(&out, 1, 0) == 1 && (out.revents & POLLERR)))
		return 0;
	if (errno != 0)
		return err_errno(err, ERR_SYSTEM, errno, "cannot write to standard output");
	return err_set(err, ERR_SYSTEM, "cannot write to standard output");
}

int cmd_main(const struct cmd *const *commands, int argc, char **argv)
{
	struct parse p = { .commands = commands, .argv = argv, .argc = argc, .at = 1 };
	struct err err;
	int rc, status = EXIT_OK;

	p.arg = xcalloc((size_t)argc + 1, sizeof(*p.arg));
	rc = prepare(&p, &err);
	if (rc < 0)
		status = p.cmd && p.cmd->misused ? p.cmd->misused(&err) : cmd_fail(&err);
	else if (rc == 0)
		status = run_command(&p);
	parse_release(&p);
	return end_output(&err) == 0 ? status : cmd_fail(&err);
}

int cmd_fail(const struct err *err)
{
	log_err(err);
	return err_exit_status(err->code);
}

int cmd_fail_in(const struct cmd *cmd, const struct err *err)
{
	struct err own = *err;
	char hint[96];

	if (err->code == ERR_USAGE && err->hint == err_hint_of(ERR_USAGE)) {
		snprintf(hint, sizeof(hint), "see `marshal %s --help`", cmd->name);
		own.hint = hint;
	}
	return cmd_fail(&own);
}
