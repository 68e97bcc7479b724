/* cmd_inventory.c - what the inventory says, without going near any host. */
#include "inventory/commands.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/term.h"
#include "base/text.h"
#include "inventory/choice.h"
#include "inventory/inventory.h"
#include "inventory/shown.h"

struct inventory_opts {
	bool json;
	struct choice choice;
};

/* clang-format off */
#define JSON_OPTION \
	{ "json", 0, OPT_FLAG, NULL, "print JSON", offsetof(struct inventory_opts, json), 0, 0 }
static const struct opt options[] = { JSON_OPTION, { .name = NULL } };
static const struct opt list_options[] = {
	JSON_OPTION, CHOICE_OPTIONS(struct inventory_opts), { .name = NULL }
};
/* clang-format on */

static char *address_of(const struct inv_host *h)
{
	return xasprintf(strchr(h->address, ':') ? "[%s]:%d" : "%s:%d", h->address, h->port);
}

static char *groups_of(const struct inv_host *h)
{
	char *text = xstrdup(h->group_count ? h->group[0] : "");

	for (int i = 1; i < h->group_count; i++) {
		char *longer = xasprintf("%s, %s", text, h->group[i]);

		mem_auto_free(&text);
		text = longer;
	}
	return text;
}

static json_t *groups_json(const struct inv_host *h)
{
	json_t *list = json_array();

	for (int i = 0; i < h->group_count; i++)
		json_array_append_new(list, json_string(h->group[i]));
	return list;
}

static json_t *jump_json(const struct inv_host *h)
{
	json_t *list = json_array();

	for (int i = 0; i < h->hop_count; i++)
		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:i, s:s*}", "name", h->hop[i].name,
						"address", h->hop[i].address, "port",
						h->hop[i].port, "user", h->hop[i].user));
	return list;
}

/* "gate (10.0.0.1), ops@inner:2222" */
static char *jump_of(const struct inv_host *h)
{
	char *text = xstrdup(h->hop_count ? "" : "(none: straight)");

	for (int i = 0; i < h->hop_count; i++) {
		const struct inv_hop *hop = &h->hop[i];
		bool named = strcmp(hop->name, hop->address) != 0;
		char *longer =
			xasprintf("%s%s%s%s%s%s port %d as %s", text, i ? ", then " : "", hop->name,
				  named ? " (" : "", named ? hop->address : "", named ? ")" : "",
				  hop->port, hop->user ? hop->user : "nobody");

		mem_auto_free(&text);
		text = longer;
	}
	return text;
}

/* Where its password is; NULL when it has none. */
static const char *shown_password(const struct inv_host *h)
{
	if (h->password &&
	    (strncmp(h->password, "vault:", 6) == 0 || strncmp(h->password, "opened:", 7) == 0))
		return "(vaulted)";
	return h->password && strncmp(h->password, "text:", 5) == 0 ? "(hidden)" : h->password;
}

static json_t *text_or_null(const char *text)
{
	return text ? json_string(text) : json_null();
}

static json_t *host_json(const struct inv_host *h)
{
	return json_pack(
		"{s:s, s:s, s:i, s:o, s:s, s:o, s:o, s:o, s:o, s:s, s:b, s:s, s:b, s:s, s:s, s:s, "
		"s:s, s:s, s:s, s:o, s:o, s:o, s:o}",
		"name", h->name, "address", h->address, "port", h->port, "user",
		text_or_null(h->user), "connection", h->connection_name, "key_file",
		text_or_null(h->key_file), "password", text_or_null(shown_password(h)),
		"known_hosts", text_or_null(h->known_hosts), "program", text_or_null(h->program),
		"cloud", inv_cloud_name(h->cloud), "limited_internet", h->limited_internet, "mars",
		inv_mars_name(h->mars), "skip", h->skip, "owner", h->owner, "site", h->site,
		"vault", h->vault, "computer_name", h->computer_name, "time_zone", h->time_zone,
		"offline", inv_offline_name(h->offline), "jump", jump_json(h), "groups",
		groups_json(h), "unresolved", text_or_null(h->unresolved), "installer_url",
		text_or_null(h->installer_url));
}

/* Takes json over. */
static int print_json(json_t *json)
{
	int r = json ? json_dumpf(json, stdout, JSON_INDENT(2)) : -1;

	json_decref(json);
	if (r == 0)
		putchar('\n');
	return r == 0 ? EXIT_OK : EXIT_UNABLE;
}

static void print_list(const struct selection *s)
{
	struct term_table *t = term_table_new(stdout);
	static const char *const title[] = { "HOST", "ADDRESS", "USER", "CONNECTION", "GROUPS" };

	for (size_t i = 0; i < ARRAY_LEN(title); i++)
		term_table_column(t, title[i], false);
	for (int i = 0; i < s->count; i++) {
		const struct inv_host *h = s->host[i];
		AUTO_FREE char *address = address_of(h);
		AUTO_FREE char *groups = groups_of(h);

		term_table_row(t);
		term_table_cell(t, 0, TERM_PLAIN, h->name);
		term_table_cell(t, 1, TERM_PLAIN, address);
		term_table_cell(t, 2, TERM_PLAIN, h->user ? h->user : "");
		term_table_cell(t, 3, TERM_PLAIN, h->connection_name);
		term_table_cell(t, 4, TERM_PLAIN, groups);
	}
	term_table_print(t);
	term_table_free(t);
}

static int run_inventory_list(const struct app *app, const void *opts, char **args, int nargs)
{
	const struct inventory_opts *o = opts;
	struct selection s;
	struct err err;
	struct inventory *inv = inventory_open(app, &err);
	int status = EXIT_OK;

	if (!inv)
		return cmd_fail(&err);
	if (inventory_choose(inv, &(struct wish){ args, nargs, &o->choice, app->db }, &s, &err) <
	    0) {
		inventory_free(inv);
		return cmd_fail(&err);
	}
	if (o->json) {
		json_t *list = json_array();

		for (int i = 0; i < s.count; i++)
			json_array_append_new(list, host_json(s.host[i]));
		status = print_json(list);
	} else {
		print_list(&s);
	}
	selection_release(&s);
	inventory_free(inv);
	return status;
}

static json_t *show_json(const struct inv_host *h)
{
	json_t *host = host_json(h), *list = json_array();

	for (int i = 0; i < h->variable_count; i++) {
		AUTO_FREE char *value = shown_value(&h->variable[i]);

		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:s}", "name", h->variable[i].name,
						"value", value, "origin", h->variable[i].origin));
	}
	json_object_set_new(host, "variables", list);
	return host;
}

enum { SHOWN_AT = 19 };                 /* the column of what is shown, behind its name */

static void print_line(const char *name, const char *value)
{
	AUTO_FREE char *text = text_printable(value, strlen(value), 1000);

	printf("%-18s ", name);
	term_wrap(stdout, text, SHOWN_AT, SHOWN_AT, term_width(stdout));
}

static void print_host(const struct inv_host *h)
{
	AUTO_FREE char *address = address_of(h);
	AUTO_FREE char *groups = groups_of(h);
	AUTO_FREE char *jump = jump_of(h);
	struct term_table *t = term_table_new(stdout);

	print_line("host", h->name);
	print_line("address", address);
	print_line("user", h->user ? h->user : "(none)");
	if (h->password)
		print_line("password", shown_password(h));
	if (!h->password || inv_speaks_winrm(h))
		print_line("key file", h->key_file ? h->key_file : "(none: the key agent's)");
	print_line("connection", h->connection_name);
	if (h->unresolved)
		print_line("unresolved", h->unresolved);
	print_line("jump", jump);
	print_line("known_hosts", h->known_hosts ? h->known_hosts : "(default)");
	if (h->installer_url)
		print_line("installer url", h->installer_url);
	print_line("cloud", inv_cloud_name(h->cloud));
	print_line("limited internet", h->limited_internet ? "yes" : "no");
	print_line("mars", inv_mars_name(h->mars));
	print_line("skip", h->skip ? "yes" : "no");
	print_line("groups", groups);
	term_table_column(t, "VARIABLE", false);
	term_table_column(t, "VALUE", false);
	term_table_column(t, "ORIGIN", false);
	for (int i = 0; i < h->variable_count; i++) {
		AUTO_FREE char *value = shown_value(&h->variable[i]);

		term_table_row(t);
		term_table_cell(t, 0, TERM_PLAIN, h->variable[i].name);
		term_table_cell(t, 1, TERM_PLAIN, value);
		term_table_cell(t, 2, TERM_DIM, h->variable[i].origin);
	}
	if (h->variable_count > 0)
		putchar('\n');
	term_table_print(t);
	term_table_free(t);
}

static int run_inventory_show(const struct app *app, const void *opts, char **args, int nargs)
{
	const struct inventory_opts *o = opts;
	const struct inv_host *h;
	struct selection s;
	struct err err;
	struct inventory *inv = inventory_open(app, &err);
	int status = EXIT_OK;

	(void)nargs;
	if (!inv)
		return cmd_fail(&err);
	h = inventory_find(inv, args[0]);
	if (!h) {
		/* the pattern's message names what is near */
		if (inventory_select(inv, args, 1, &s, &err) == 0) {
			selection_release(&s);
			err_set(&err, ERR_NOT_FOUND, "'%s' is no host: expected the name of one",
				args[0]);
		}
		status = cmd_fail(&err);
	} else if (o->json) {
		status = print_json(show_json(h));
	} else {
		print_host(h);
	}
	inventory_free(inv);
	return status;
}

const struct cmd cmd_inventory_list = {
	.name = "inventory list",
	.args = "[PATTERN...]",
	.help = "hosts with address, user, connection and groups",
	.options = list_options,
	.options_size = sizeof(struct inventory_opts),
	.max_args = -1,
	.uses = CMD_INVENTORY | CMD_DB,
	.run = run_inventory_list,
};

const struct cmd cmd_inventory_show = {
	.name = "inventory show",
	.args = "HOST",
	.help = "effective variables of a host, and where each came from",
	.options = options,
	.options_size = sizeof(struct inventory_opts),
	.min_args = 1,
	.max_args = 1,
	.uses = CMD_INVENTORY,
	.run = run_inventory_show,
};
