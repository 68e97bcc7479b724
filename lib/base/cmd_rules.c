/* cmd_rules.c - what was typed against the tables: options that a command does not read, and those
 * that go with others only, or not with them. Tables and no code of the command's, so that --help
 * and the manual tell the same rules that are kept. */
#include "base/cmd_rules.h"

#include <string.h>

#include "base/insist.h"
#include "base/mem.h"
#include "base/text.h"

/* clang-format off */
static const struct { const char *option; unsigned use; const char *why, *hint; } shared_uses[] = {
	{ "inventory", CMD_INVENTORY, "this command reads no inventory",
	  "leave it out; $MARSHAL_INVENTORY names one for all commands that read it" },
	{ "db", CMD_DB, "this command reads no database",
	  "leave it out; $MARSHAL_DB names one for all commands that read it" },
	{ "db-group", CMD_DB_GROUP, "this command does not write to a database",
	  "leave it out; the database keeps its group" },
	{ "keep-going", CMD_LONG, "this command ends at once",
	  "leave it out" },
};

static const struct opt_rule shared_rules[] = {
	{ "quiet", OPT_NOT_WITH, "verbose", NULL, "one asks for less, the other for more" },
	{ 0 }
};
/* clang-format on */

static int use_of(const struct opt *shared)
{
	for (int i = 0; i < (int)ARRAY_LEN(shared_uses); i++)
		if (strcmp(shared_uses[i].option, shared->name) == 0)
			return i;
	return -1;
}

bool cmd_is_for_all(const struct opt *shared)
{
	return use_of(shared) < 0;
}

bool cmd_reads(const struct cmd *c, const struct opt *shared)
{
	int i = use_of(shared);

	return i < 0 || (c->uses & shared_uses[i].use);
}

static bool is_shared(const struct opt *o)
{
	for (const struct opt *s = app_options; s->name; s++)
		if (s == o)
			return true;
	return false;
}

/* A rule names what there is. */
static const struct opt *find(const struct cmd *c, const char *name)
{
	for (const struct opt *o = c->options; o && o->name; o++)
		if (strcmp(o->name, name) == 0)
			return o;
	for (const struct opt *o = app_options; o->name; o++)
		if (strcmp(o->name, name) == 0)
			return o;
	INSIST(!"a rule names an option that the command has");
	return NULL;
}

static bool was_typed(const struct typed *t, const struct opt *o)
{
	for (int i = 0; i < t->count; i++)
		if (t->option[i] == o)
			return true;
	return false;
}

/* As it can be typed: "--inventory (-i)". */
static void add_name(struct buf *out, const struct opt *o)
{
	buf_addf(out, "--%s", o->name);
	if (o->letter)
		buf_addf(out, " (-%c)", o->letter);
}

static const char *value_of(const struct typed *t, const struct opt *o)
{
	const char *value;

	INSIST(o->type == OPT_TEXT);
	memcpy(&value, (const char *)t->opts + o->offset, sizeof(value));
	return value ? value : "";
}

/* Whether the other side of the rule is there, with such a value. */
static bool holds(const struct cmd *c, const struct opt_rule *r, const struct typed *t)
{
	const struct opt *other;

	if (strcmp(r->other, OPT_ARGUMENT) == 0) {
		/* none at all is whatever the command takes for its argument then */
		if (t->nargs == 0)
			return r->with == OPT_ONLY_WITH;
		return !r->values || text_in_list(r->values, ' ', t->arg[0]);
	}
	other = find(c, r->other);
	return r->values ? text_in_list(r->values, ' ', value_of(t, other)) : was_typed(t, other);
}

static int break_rule(const struct cmd *c, const struct opt_rule *r, const struct typed *t,
		      struct err *err)
{
	bool argument = strcmp(r->other, OPT_ARGUMENT) == 0;
	const struct opt *other = argument ? NULL : find(c, r->other);
	struct buf said;

	buf_init(&said, sizeof(err->msg));
	add_name(&said, find(c, r->option));
	buf_adds(&said, r->with == OPT_ONLY_WITH ? " needs " : " does not go with ");
	if (argument && r->values)
		buf_addf(&said, "the argument %s, not '%s'", r->values, t->arg[0]);
	else if (argument)
		buf_addf(&said, "the argument '%s'", t->arg[0]);
	else
		add_name(&said, other);
	if (other && other->arg && r->with == OPT_ONLY_WITH)
		buf_addf(&said, " %s", r->values ? r->values : other->arg);
	err_set(err, ERR_USAGE, "%s: %s; %s", buf_text(&said), r->why,
		r->with == OPT_ONLY_WITH ? "add that, or leave it out" : "leave one of them out");
	buf_release(&said);
	return -1;
}

static int check_rules(const struct cmd *c, const struct opt_rule *r, const struct typed *t,
		       struct err *err)
{
	for (; r && r->option; r++)
		if (was_typed(t, find(c, r->option)) &&
		    holds(c, r, t) != (r->with == OPT_ONLY_WITH))
			return break_rule(c, r, t, err);
	return 0;
}

int cmd_rules_check(const struct cmd *c, const struct typed *t, struct err *err)
{
	for (int i = 0; i < t->count; i++) {
		const struct opt *o = t->option[i];

		if (!is_shared(o) || cmd_reads(c, o))
			continue;
		err_set(err, ERR_USAGE, "--%s%s%.*s%s is of no use here: %s", o->name,
			o->letter ? " (-" : "", o->letter != 0, &o->letter, o->letter ? ")" : "",
			shared_uses[use_of(o)].why);
		return err_hint(err, shared_uses[use_of(o)].hint);
	}
	if (check_rules(c, c->rules, t, err) < 0)
		return -1;
	return check_rules(c, shared_rules, t, err);
}

static bool is_named(const char *name, const struct opt *o)
{
	return strcmp(name, o->name) == 0;
}

/* One side of a rule of this kind, as seen from the option. */
static void add_other(const struct cmd *c, const struct opt *o, const struct opt_rule *r,
		      const char **before, const char *kind, struct buf *out)
{
	bool forward = is_named(r->option, o);

	if (!forward && (!is_named(r->other, o) || r->with == OPT_ONLY_WITH))
		return;
	buf_addf(out, "%s%s", *before, kind);
	if (!forward)
		buf_addf(out, "--%s", r->option);
	else if (strcmp(r->other, OPT_ARGUMENT) == 0)
		buf_addf(out, "%s argument%s%s", r->values ? "the" : "an", r->values ? " " : "",
			 r->values ? r->values : "");
	else
		buf_addf(out, "--%s%s%s", find(c, r->other)->name, r->values ? " " : "",
			 r->values ? r->values : "");
	*before = ", ";
}

void cmd_rules_text(const struct cmd *c, const struct opt *o, struct buf *out)
{
	static const char *const kinds[] = {
		[OPT_NOT_WITH] = "not with ", [OPT_ONLY_WITH] = "only with "
	};
	const struct opt_rule *tables[] = { c->rules, shared_rules };
	const char *begin = " (";

	for (int with = OPT_NOT_WITH; with <= OPT_ONLY_WITH; with++) {
		const char *before = begin, *kind = kinds[with];

		for (size_t i = 0; i < ARRAY_LEN(tables); i++)
			for (const struct opt_rule *r = tables[i]; r && r->option; r++) {
				const char *was = before;

				if ((int)r->with != with)
					continue;
				add_other(c, o, r, &before, kind, out);
				if (before != was)
					kind = "";
			}
		if (before != begin)
			begin = "; ";
	}
	if (strcmp(begin, " (") != 0)
		buf_adds(out, ")");
}
