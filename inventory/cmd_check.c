/* cmd_check.c - `inventory check`: whether the inventory is right, and what is odd in it, without
 * going near any host. What many hosts have for one cause is one line. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"
#include "inventory/commands.h"
#include "inventory/inventory.h"

static bool by_ssh(const struct inv_host *h)
{
	return h->connection == CONNECT_SSH;
}

static bool by_winrm(const struct inv_host *h)
{
	return h->connection == CONNECT_WINRM;
}

static bool by_local(const struct inv_host *h)
{
	return h->connection == CONNECT_LOCAL;
}

static bool unsupported(const struct inv_host *h)
{
	return h->connection == CONNECT_UNSUPPORTED;
}

static const char *cause_of_unsupported(const struct inv_host *h)
{
	return h->unsupported;
}

static bool unresolved(const struct inv_host *h)
{
	return h->connection == CONNECT_UNRESOLVED;
}

static const char *cause_of_unresolved(const struct inv_host *h)
{
	return h->unresolved_own;
}

static const char *key_of_unresolved(const struct inv_host *h)
{
	return h->unresolved_key;
}

static bool skipped(const struct inv_host *h)
{
	return h->skip;
}

static bool unsupported_fault(const struct inv_host *h)
{
	return unsupported(h) && !h->skip;
}

static bool unresolved_fault(const struct inv_host *h)
{
	return unresolved(h) && !h->skip;
}

/* Not by a file alone that nobody opened, of which a warning tells. */
static bool wrong_here(const struct inv_host *h)
{
	return unresolved_fault(h) && h->unresolved_own;
}

static bool without_user(const struct inv_host *h)
{
	return (by_ssh(h) || by_winrm(h)) && !h->skip && !h->user;
}

static bool without_program(const struct inv_host *h)
{
	return h->no_program;
}

static int count_hosts(const struct inventory *inv, bool (*is)(const struct inv_host *),
		       const char **out_first)
{
	int count = 0;

	for (int i = 0; i < inventory_count(inv); i++)
		if (is(inventory_host(inv, i)) && count++ == 0)
			*out_first = inventory_host(inv, i)->name;
	return count;
}

/* What would fail on many hosts for one cause is one line. Returns how many lines: 0 or 1. */
static int warn_hosts(const struct inventory *inv, bool (*is)(const struct inv_host *),
		      const char *what)
{
	const char *first = NULL;
	int count = count_hosts(inv, is, &first);

	if (count == 1)
		log_line(LOG_WARN, "host %s: %s", first, what);
	else if (count > 1)
		log_line(LOG_WARN, "%d hosts (first %s): %s", count, first, what);
	return count > 0;
}

/* Hosts share few files: each is looked for once, in the order of their first hosts. */
static int warn_files(const struct inventory *inv, bool keys)
{
	struct map seen = { 0 };
	int warned = 0;

	for (int i = 0; i < inventory_count(inv); i++) {
		const struct inv_host *h = inventory_host(inv, i);
		const char *path = keys ? h->key_file : h->known_hosts;

		if (!by_ssh(h) || !path || map_add(&seen, path, &seen) || access(path, R_OK) == 0)
			continue;
		log_line(LOG_WARN, "host %s: cannot read the %s '%s'", h->name,
			 keys ? "key" : "known_hosts file", path);
		warned++;
	}
	map_release(&seen);
	return warned;
}

/* Why a host has no way, and which fault that is. */
struct no_way {
	bool (*is)(const struct inv_host *);
	const char *(*cause)(const struct inv_host *);
	const char *(*key)(const struct inv_host *);    /* the cause without values of one host */
	const char *verb;
	enum err_code fault;
	enum log_level level;
};

/* One cause, and how many have it. */
struct cause { const struct inv_host *first; int count; bool differ; };

/* What to do about it is said once for those behind each other. */
static void say_cause(const struct no_way *of, const struct cause *c, const char **last_hint)
{
	const struct inv_host *h = c->first;
	const char *at = h->unresolved ? h->unresolved_at : "", *link = h->unresolved ? ", " : "";
	AUTO_FREE char *who =
		c->count > 1  ? xasprintf("%d hosts (first %s%s%s)", c->count, h->name, link, at) :
		h->unresolved ? xasprintf("host %s (%s)", h->name, at) :
				xasprintf("host %s", h->name);
	AUTO_FREE char *text =
		xasprintf("%s: %s%s%s: not dialled, fault %s", who, of->cause(h), of->verb,
			  c->differ ? " (and other values of others)" : "", err_name(of->fault));
	struct err err;

	if (of->level != LOG_ERROR) {
		log_line(of->level, "%s", text);
		return;
	}
	err_set(&err, of->fault, "%s", text);
	if (h->unresolved_hint)
		err_hint(&err, h->unresolved_hint);
	if (*last_hint && strcmp(err.hint, *last_hint) == 0)
		err.hint = NULL;
	else
		*last_hint = err.hint;
	log_err(&err);
}

/* One line for each cause: a connection, or a variable and what is in it. */
static int tell_no_way(const struct inventory *inv, const struct no_way *of)
{
	AUTO_FREE struct cause *cause =
		xcalloc((size_t)inventory_count(inv) + 1, sizeof(struct cause));
	struct map seen = { 0 };
	const char *hint = NULL;
	int causes = 0;

	for (int i = 0; i < inventory_count(inv); i++) {
		const struct inv_host *h = inventory_host(inv, i);
		struct cause *c = of->is(h) ? map_get(&seen, of->key(h)) : NULL;

		if (!of->is(h))
			continue;
		if (!c) {
			c = &cause[causes++];
			c->first = h;
			map_add(&seen, of->key(h), c);
		}
		c->count++;
		c->differ |= strcmp(of->cause(h), of->cause(c->first)) != 0;
	}
	for (int i = 0; i < causes; i++)
		say_cause(of, &cause[i], &hint);
	map_release(&seen);
	return causes;
}

static const struct no_way not_supported = {
	unsupported_fault, cause_of_unsupported, cause_of_unsupported,
	" is not supported", FAULT_UNSUPPORTED_TRANSPORT, LOG_WARN
};
static const struct no_way not_resolved = {
	wrong_here, cause_of_unresolved, key_of_unresolved, "", FAULT_UNRESOLVED_VARIABLE, LOG_ERROR
};

static int warn_all(const struct inventory *inv)
{
	int n = inventory_warning_count(inv);

	for (int i = 0; i < n; i++)
		log_line(LOG_WARN, "%s", inventory_warning(inv, i));
	n += warn_hosts(inv, without_user, "no ansible_user: cannot be signed in to");
	n += tell_no_way(inv, &not_supported);
	n += warn_hosts(
		inv, without_program,
		"connection local without marshal_program: passed over, as by marshal_skip");
	n += warn_files(inv, true);
	n += warn_files(inv, false);
	if (inventory_count(inv) == 0) {
		log_line(LOG_WARN, "the inventory has no hosts");
		n++;
	}
	return n;
}

/* Files after the command come after those of -i, and MARSHAL_INVENTORY stands for none of them. */
static struct inventory *open_files(const struct app *app, char **args, int nargs, struct err *err)
{
	int given = app->inventory.count;
	AUTO_FREE const char **file = xcalloc((size_t)(given + nargs) + 1, sizeof(*file));

	if (nargs == 0)
		return inventory_open(app, err);
	for (int i = 0; i < given + nargs; i++)
		file[i] = i < given ? app->inventory.item[i] : args[i - given];
	return inventory_load(file, given + nargs, err);
}

/* The word behind the first of two, where the first is a command of its own that takes patterns:
 * "plan" of `upgrade plan`. NULL: it is none. */
static const char *verb_of(const struct app *app, const struct cmd *cmd)
{
	const char *blank = strchr(cmd->name, ' ');
	size_t len = blank ? (size_t)(blank - cmd->name) : 0;

	for (int i = 0; blank && app->commands[i]; i++)
		if (strlen(app->commands[i]->name) == len &&
		    memcmp(app->commands[i]->name, cmd->name, len) == 0)
			return blank + 1;
	return NULL;
}

static bool has_group(const struct inventory *inv, const char *name)
{
	for (int i = 0; i < inventory_group_count(inv); i++)
		if (text_casecmp(inventory_group(inv, i), name) == 0)
			return true;
	return false;
}

/* Hosts and groups that a command takes for a word of its own. Told; how many there are. */
static int tell_verbs(const struct app *app, const struct inventory *inv)
{
	int count = 0;

	for (int i = 0; app->commands[i]; i++) {
		const struct cmd *cmd = app->commands[i];
		const char *verb = verb_of(app, cmd);
		bool host = verb && inventory_find(inv, verb) != NULL;

		if (!verb || (!host && !has_group(inv, verb)))
			continue;
		log_line(LOG_ERROR,
			 "a %s is called '%s', which is a command behind `marshal %.*s`: "
			 "rename it, or reach it there by --pattern %s",
			 host ? "host" : "group", verb, (int)(verb - 1 - cmd->name), cmd->name,
			 verb);
		count++;
	}
	return count;
}

static int run_inventory_check(const struct app *app, const void *opts, char **args, int nargs)
{
	const char *unused;
	struct err err;
	struct inventory *inv = open_files(app, args, nargs, &err);
	int warnings, errors, verbs, faults;

	(void)opts;
	if (!inv)
		return cmd_fail(&err);
	warnings = warn_all(inv);
	errors = tell_no_way(inv, &not_resolved);
	verbs = tell_verbs(app, inv);
	faults = count_hosts(inv, unresolved_fault, &unused);
	printf("hosts     %d (ssh %d, winrm %d, local %d, unsupported %d, unresolved %d)\n",
	       inventory_count(inv), count_hosts(inv, by_ssh, &unused),
	       count_hosts(inv, by_winrm, &unused), count_hosts(inv, by_local, &unused),
	       count_hosts(inv, unsupported, &unused), count_hosts(inv, unresolved, &unused));
	printf("skipped   %d\n", count_hosts(inv, skipped, &unused));
	printf("groups    %d\n", inventory_group_count(inv));
	printf("warnings  %d\n", warnings);
	printf("errors    %d\n", errors + verbs);
	inventory_free(inv);
	return verbs > 0 ? EXIT_USAGE : faults > 0 ? EXIT_SOME : EXIT_OK;
}

const struct cmd cmd_inventory_check = {
	.name = "inventory check",
	.args = "[FILE...]",
	.help = "read the inventory, count hosts and warn of what is odd",
	.more = "FILE is one more inventory, as if given by -i.\n"
		"A file that cannot be read is an error with file, line and column, and exit\n"
		"status 2, and so is a host or group that is called like a command behind\n"
		"another (`upgrade plan`). Hosts whose variables leave it open how they are\n"
		"reached (fault unresolved-variable) make it 1. Warnings go to stderr and do\n"
		"not change it.",
	.max_args = -1,
	.uses = CMD_INVENTORY,
	.run = run_inventory_check,
};
