/* cmd_policy.c - `marshal policy show` and `marshal policy check`: what holds and who said so, and
 * whether a file is right before it is used. */
#include "scanner/cmd_policy.h"
#include "scanner/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/term.h"
#include "inventory/inventory.h"
#include "scanner/checks/checks.h"
#include "scanner/idle.h"
#include "scanner/judge.h"
#include "scanner/policy/policy_inside.h"
#include "scanner/policy/policy_store.h"

enum { EXPIRED_SHOWN = 5 };

int warn_expired(const struct policies *p, int64_t now_utc_ms)
{
	int expired = 0;
	char day[POLICY_DAY];

	for (int i = 0; i < policies_exception_count(p); i++) {
		const struct exception *e = policies_exception(p, i);

		if (e->expires_utc_ms > now_utc_ms || ++expired > EXPIRED_SHOWN)
			continue;
		log_line(LOG_WARN, "EXPIRED on %s: the exception of %s%s from %s (owner %s: %s)",
			 exception_day(e, day), e->host ? "" : "group ",
			 e->host ? e->host : e->group, e->check, e->owner, e->reason);
	}
	if (expired > EXPIRED_SHOWN)
		log_line(LOG_WARN, "and %d more expired: marshal policy show",
			 expired - EXPIRED_SHOWN);
	return expired;
}

/* --- policy show --------------------------------------------------------------------------- */
struct show_options { bool json; };
static const struct opt show_options[] = {
	{ "json", 0, OPT_FLAG, NULL, "print JSON", offsetof(struct show_options, json), 0, 0 },
	{ .name = NULL },
};

/* What is shown: a policy, for all hosts or for one. */
struct showing {
	struct policies *policies;
	char *file;                     /* NULL or "": the documented one */
	const char *host;               /* NULL: for hosts in no group of it */
	struct row_groups groups;
	struct policy effective;
	int64_t now_utc_ms;
};

static const char *value_of(const struct showing *s, const struct policy_key *key, char *out)
{
	struct policy_value value;

	policy_value_get(key, &s->effective, &value);
	return policy_value_format(key, &value, out);
}

static const char *origin_of(const struct showing *s, const struct policy_key *key)
{
	return policies_origin(s->policies, s->groups.name, s->groups.count, key);
}

static const char *grade_origin(const struct showing *s, int check)
{
	return policies_grade_origin(s->policies, s->groups.name, s->groups.count, check);
}

static const char *state_of(const struct showing *s, const struct exception *e)
{
	return e->expires_utc_ms > s->now_utc_ms ? "active" : "EXPIRED";
}

/* For one host its own exceptions, for all of them every one. */
static bool is_shown(const struct showing *s, const struct exception *e)
{
	return !s->host || exception_names(e, s->host, s->groups.name, s->groups.count);
}

static struct term_table *table_of(const char *const *title, int count)
{
	struct term_table *t = term_table_new(stdout);

	for (int i = 0; i < count; i++)
		term_table_column(t, title[i], false);
	return t;
}

static void put_row(struct term_table *t, const char *const *cell, int count)
{
	term_table_row(t);
	for (int i = 0; i < count; i++)
		term_table_cell(t, i, TERM_PLAIN, cell[i]);
}

static void end_table(struct term_table *t)
{
	term_table_print(t);
	term_table_free(t);
}

static void show_window(void *table, const struct policy_window *w)
{
	put_row(table, (const char *const[]){ policy_window_word(w), w->text, w->origin }, 3);
}

static void show_values(const struct showing *s)
{
	struct term_table *t = table_of((const char *const[]){ "KEY", "VALUE", "FROM" }, 3);
	char text[POLICY_TEXT];

	for (const struct policy_key *key = policy_keys; key->name; key++)
		put_row(t,
			(const char *const[]){ key->name, value_of(s, key, text),
					       origin_of(s, key) },
			3);
	for (int i = 0; i < CHECK_COUNT; i++)
		if (s->effective.grade[i].level || s->effective.grade[i].counts_as)
			put_row(t,
				(const char *const[]){ checks[i].id,
						       grade_format(s->effective.grade[i], text),
						       grade_origin(s, i) },
				3);
	for (int i = 0; i < s->effective.threshold_count; i++)
		put_row(t,
			(const char *const[]){
				"version", version_format(s->effective.threshold[i].version, text),
				s->effective.threshold[i].source },
			3);
	policies_windows(s->policies, s->groups.name, s->groups.count, show_window, t);
	policies_reboot_windows(s->policies, s->groups.name, s->groups.count, show_window, t);
	end_table(t);
}

static void show_exceptions(const struct showing *s)
{
	static const char *const title[] = { "EXCEPTION", "CHECK", "LAST DAY",
					     "STATE",	  "OWNER", "REASON" };
	struct term_table *t = table_of(title, ARRAY_LEN(title));
	int shown = 0;

	for (int i = 0; i < policies_exception_count(s->policies); i++) {
		const struct exception *e = policies_exception(s->policies, i);
		AUTO_FREE char *who =
			xasprintf("%s%s", e->host ? "" : "group ", e->host ? e->host : e->group);
		char day[POLICY_DAY];

		if (!is_shown(s, e))
			continue;
		put_row(t,
			(const char *const[]){ who, e->check, exception_day(e, day), state_of(s, e),
					       e->owner, e->reason },
			ARRAY_LEN(title));
		if (shown++ == 0)
			putchar('\n');
	}
	end_table(t);
}

static void show_text(const struct showing *s)
{
	if (s->host)
		printf("%s, by ", s->host);
	printf("%s\n\n", s->file && s->file[0] ? s->file : "the documented policy");
	show_values(s);
	show_exceptions(s);
	if (!s->host && policies_group_count(s->policies) > 0) {
		printf("\ngroups that override some of it:");
		for (int i = 0; i < policies_group_count(s->policies); i++)
			printf(" %s", policies_group(s->policies, i));
		printf("\nmarshal policy show HOST says what holds for a host.\n");
	}
}

static json_t *values_json(const struct showing *s)
{
	json_t *list = json_array();
	char text[POLICY_TEXT];

	for (const struct policy_key *key = policy_keys; key->name; key++)
		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:s}", "key", key->name, "value",
						value_of(s, key, text), "from", origin_of(s, key)));
	return list;
}

static json_t *grades_json(const struct showing *s)
{
	json_t *list = json_array();
	char text[POLICY_TEXT];

	for (int i = 0; i < CHECK_COUNT; i++)
		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:s}", "check", checks[i].id, "level",
						grade_format(s->effective.grade[i], text), "from",
						grade_origin(s, i)));
	return list;
}

static json_t *exceptions_json(const struct showing *s)
{
	json_t *list = json_array();

	for (int i = 0; i < policies_exception_count(s->policies); i++) {
		const struct exception *e = policies_exception(s->policies, i);
		char day[POLICY_DAY];

		if (!is_shown(s, e))
			continue;
		json_array_append_new(
			list, json_pack("{s:s?, s:s?, s:s, s:s, s:s, s:s, s:b}", "host", e->host,
					"group", e->group, "check", e->check, "owner", e->owner,
					"reason", e->reason, "expires", exception_day(e, day),
					"expired", e->expires_utc_ms <= s->now_utc_ms));
	}
	return list;
}

static void add_window(void *list, const struct policy_window *w)
{
	json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "kind", policy_window_word(w),
					      "rule", w->text, "from", w->origin));
}

static json_t *windows_json(const struct showing *s)
{
	json_t *list = json_array();

	policies_windows(s->policies, s->groups.name, s->groups.count, add_window, list);
	policies_reboot_windows(s->policies, s->groups.name, s->groups.count, add_window, list);
	return list;
}

static void show_json(const struct showing *s)
{
	AUTO_JSON json_t *all =
		json_pack("{s:i, s:s?, s:s?, s:o, s:o, s:o, s:o}", "schema", 1, "file",
			  s->file && s->file[0] ? s->file : NULL, "host", s->host, "values",
			  values_json(s), "checks", grades_json(s), "windows", windows_json(s),
			  "exceptions", exceptions_json(s));

	json_dumpf(all, stdout, JSON_INDENT(2));
	putchar('\n');
}

static int load(struct store *store, const char *host, struct showing *s, struct err *err)
{
	struct err own = { .code = ERR_NONE };
	struct host_rows rows;

	s->policies = policies_load(store, err);
	s->file = store_setting(store, SETTING_POLICY_FILE, &own);
	if (own.code != ERR_NONE)
		*err = own;
	if (!s->policies || own.code != ERR_NONE)
		return -1;
	if (host) {
		if (store_hosts(store, host, 0, &rows, err) < 0)
			return -1;
		if (rows.count == 1)
			row_groups_init(&s->groups, &rows.row[0]);
		host_rows_release(&rows);
		if (rows.count == 0 && !s->groups.list) {
			err_set(err, ERR_NOT_FOUND, "no host '%s' in the inventory as last loaded",
				host);
			return err_hint(err, "`marshal inventory list` names the hosts");
		}
	}
	policies_for(s->policies, s->groups.name, s->groups.count, &s->effective);
	return 0;
}

static int run_policy_show(const struct app *app, const void *opts, char **args, int nargs)
{
	const struct show_options *o = opts;
	struct showing s = { .host = nargs ? args[0] : NULL, .now_utc_ms = clock_utc_ms() };
	struct err err;
	AUTO_FREE char *path = store_path(app->db, &err);
	struct store *store = NULL;
	int status = EXIT_OK;

	if (path)
		store = store_open(&(struct store_options){ .path = path, .read_only = true },
				   &err);
	if (!store || load(store, s.host, &s, &err) < 0)
		status = cmd_fail(&err);
	else if (o->json)
		show_json(&s);
	else
		show_text(&s);
	row_groups_release(&s.groups);
	policies_free(s.policies);
	free(s.file);
	store_close(store);
	return status;
}

const struct cmd cmd_policy_show = {
	.name = "policy show",
	.args = "[HOST]",
	.help = "what the remembered policy says, and where each value comes from",
	.more = "Without HOST what holds for hosts that are in no group of the policy.",
	.options = show_options,
	.options_size = sizeof(struct show_options),
	.uses = CMD_DB,
	.max_args = 1,
	.run = run_policy_show,
};

/* --- policy check -------------------------------------------------------------------------- */
static const struct opt_rule check_rules[] = {
	{ "db", OPT_NOT_WITH, "inventory", NULL, "names come from one of them" },
	{ 0 }
};

/* The names that a policy may speak of: of the inventory given, else as last loaded. A database
 * that is typed comes before an inventory of the environment. */
struct names {
	struct inventory *inv;
	struct host_rows rows;
	bool known;                     /* false: there is neither */
};

static int open_names(const struct app *app, struct names *n, struct err *err)
{
	const char *from_environment = getenv("MARSHAL_INVENTORY");
	AUTO_FREE char *path = NULL;
	struct store *store;
	struct err none;
	int rc;

	if (app->inventory.count > 0 || (!app->db && from_environment && from_environment[0])) {
		n->inv = inventory_open(app, err);
		n->known = n->inv != NULL;
		return n->inv ? 0 : -1;
	}
	path = store_path(app->db, err);
	if (!path)
		return -1;
	store = store_open(&(struct store_options){ .path = path, .read_only = true }, &none);
	if (!store)
		return 0;               /* nothing was ever loaded: the file alone is checked */
	rc = store_hosts(store, NULL, 0, &n->rows, err);
	store_close(store);
	n->known = rc == 0;
	return rc;
}

static bool has_group(const struct names *n, const char *group)
{
	if (strcasecmp(group, "all") == 0)
		return true;
	for (int i = 0; n->inv && i < inventory_group_count(n->inv); i++)
		if (strcasecmp(inventory_group(n->inv, i), group) == 0)
			return true;
	for (int i = 0; i < n->rows.count; i++) {
		struct row_groups groups;
		bool found = false;

		row_groups_init(&groups, &n->rows.row[i]);
		for (int k = 0; k < groups.count && !found; k++)
			found = strcasecmp(groups.name[k], group) == 0;
		row_groups_release(&groups);
		if (found)
			return true;
	}
	return false;
}

static bool has_host(const struct names *n, const char *host)
{
	if (n->inv)
		return inventory_find(n->inv, host) != NULL;
	for (int i = 0; i < n->rows.count; i++)
		if (strcasecmp(n->rows.row[i].name, host) == 0)
			return true;
	return false;
}

static int check_names(const char *path, const struct policies *p, const struct names *n)
{
	int warnings = 0;

	for (int i = 0; i < policies_group_count(p); i++) {
		if (has_group(n, policies_group(p, i)))
			continue;
		warnings++;
		log_line(LOG_WARN, "%s: the inventory has no group '%s'", path,
			 policies_group(p, i));
	}
	for (int i = 0; i < policies_exception_count(p); i++) {
		const struct exception *e = policies_exception(p, i);

		if (e->host ? has_host(n, e->host) : has_group(n, e->group))
			continue;
		warnings++;
		log_line(LOG_WARN, "%s: an exception from %s: the inventory has no %s '%s'", path,
			 e->check, e->host ? "host" : "group", e->host ? e->host : e->group);
	}
	return warnings;
}

static const char *plural(int count)
{
	return count == 1 ? "" : "s";
}

static int check(const char *path, const struct policies *p, const struct names *n)
{
	int warnings = n->known ? check_names(path, p, n) : 0;
	int groups = policies_group_count(p), graded = policies_graded_count(p),
	    exceptions = policies_exception_count(p);

	if (!n->known)
		log_line(LOG_INFO, "no inventory was given or loaded: names of hosts and groups "
				   "are not checked");
	warnings += warn_expired(p, clock_utc_ms());
	warnings += warn_no_check(p, clock_utc_ms());
	printf("%s: %d group%s, %d graded check%s, %d exception%s, %d warning%s\n", path, groups,
	       plural(groups), graded, plural(graded), exceptions, plural(exceptions), warnings,
	       plural(warnings));
	return EXIT_OK;
}

static int run_policy_check(const struct app *app, const void *opts, char **args, int nargs)
{
	struct names names = { .known = false };
	struct policies *p;
	struct err err;
	int status;

	(void)opts;
	(void)nargs;
	p = policies_read(args[0], &err);
	if (p && open_names(app, &names, &err) == 0)
		status = check(args[0], p, &names);
	else
		status = cmd_fail(&err);
	host_rows_release(&names.rows);
	inventory_free(names.inv);
	policies_free(p);
	return status;
}

const struct cmd cmd_policy_check = {
	.name = "policy check",
	.args = "FILE",
	.help = "whether a policy file is right, and what is odd in it",
	.more = "Warns of groups and hosts that the inventory (-i, else as last loaded) does not\n"
		"have, and of exceptions that have expired or are of no check. Nothing is\n"
		"remembered.\n"
		"Exit status: 0 it is right, 2 it is not.",
	.rules = check_rules,
	.uses = CMD_INVENTORY | CMD_DB,
	.min_args = 1,
	.max_args = 1,
	.run = run_policy_check,
};
