/* cmd_explain.c - `marshal checks`: the catalogue, one check, or the page docs/checks.md; and
 * `marshal explain`: what a code or word means. Both ask nobody and need no database. */
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/term.h"
#include "base/text.h"
#include "scanner/checks/documents.h"
#include "scanner/commands.h"
#include "scanner/explain/explain.h"

enum { LABEL = 11, SHOWN_MAX = 200, QUERY_MAX = 8000 };

struct checks_opts {
	bool json, markdown;
};

/* clang-format off */
static const struct opt checks_options[] = {
	{ "json", 0, OPT_FLAG, NULL, "print JSON", offsetof(struct checks_opts, json), 0, 0 },
	{ "markdown", 0, OPT_FLAG, NULL, "print the page docs/checks.md",
	  offsetof(struct checks_opts, markdown), 0, 0 },
	{ 0 }
};

static const struct opt_rule checks_rules[] = {
	{ "markdown", OPT_NOT_WITH, "json", NULL, "each is a form of its own" },
	{ "markdown", OPT_NOT_WITH, OPT_ARGUMENT, NULL, "the page has all checks" },
	{ 0 }
};

static const struct opt explain_options[] = {
	{ "json", 0, OPT_FLAG, NULL, "print JSON", offsetof(struct checks_opts, json), 0, 0 },
	{ 0 }
};
/* clang-format on */

/* "remedy     text", wrapped; nothing where there is no text. */
static void put(const char *label, const char *text)
{
	if (!text)
		return;
	printf("  %-*s", LABEL, label);
	term_wrap(stdout, text, LABEL + 2, LABEL + 2, term_width(stdout));
}

/* The document, and where it is: an address a line. */
static void put_document(const char *document)
{
	struct addresses addresses;

	put("document", document);
	document_addresses(document, &addresses);
	for (int i = 0; i < addresses.count; i++)
		put(i == 0 ? "address" : "", addresses.text[i]);
}

static void put_topic(const struct topic *t)
{
	printf("%s%s%s, %s\n", term_color(stdout, TERM_BOLD), t->name,
	       term_color(stdout, TERM_PLAIN), t->kind);
	put("meaning", t->meaning);
	if (t->check) {
		put("severity", severity_name(t->check->severity));
		put("follows", t->check->follows);
		put("looks at", t->check->looks_at);
		put("rule", t->check->rule);
	}
	put("cause", t->cause);
	put("remedy", t->remedy);
	put("command", t->command);
	put_document(t->document);
}

static void set_text(json_t *obj, const char *key, const char *text)
{
	json_object_set_new(obj, key, text ? json_string(text) : json_null());
}

static void set_document(json_t *obj, const char *document)
{
	set_text(obj, "document", document);
	json_object_set_new(obj, "addresses", document_addresses_json(document));
}

static json_t *check_json(const struct check *c)
{
	json_t *obj = json_object();

	set_text(obj, "id", c->id);
	set_text(obj, "title", c->title);
	set_text(obj, "severity", severity_name(c->severity));
	set_text(obj, "follows", c->follows);
	set_text(obj, "looks_at", c->looks_at);
	set_text(obj, "rule", c->rule);
	set_document(obj, c->document);
	set_text(obj, "remedy", c->remedy);
	set_text(obj, "command", c->command);
	return obj;
}

static json_t *topic_json(const struct topic *t)
{
	json_t *obj = json_object();

	set_text(obj, "kind", t->kind);
	set_text(obj, "name", t->name);
	set_text(obj, "meaning", t->meaning);
	set_text(obj, "cause", t->cause);
	set_text(obj, "remedy", t->remedy);
	set_text(obj, "command", t->command);
	set_document(obj, t->document);
	if (t->check)
		json_object_set_new(obj, "check", check_json(t->check));
	return obj;
}

static json_t *topics_json(const struct topic *topic, int count)
{
	json_t *list = json_array();

	for (int i = 0; i < count; i++)
		json_array_append_new(list, topic_json(&topic[i]));
	return list;
}

static void print_topics(const struct topic *topic, int count)
{
	for (int i = 0; i < count; i++) {
		if (i > 0)
			fputc('\n', stdout);
		put_topic(&topic[i]);
	}
}

/* An object with "schema": 1 and one list; takes the list. */
static void print_json(const char *key, json_t *list)
{
	AUTO_JSON json_t *all = json_pack("{s:i, s:o}", "schema", 1, key, list);

	json_dumpf(all, stdout, JSON_INDENT(2));
	fputc('\n', stdout);
}

static void print_table(void)
{
	struct term_table *t = term_table_new(stdout);

	term_table_column(t, "CHECK", false);
	term_table_column(t, "SEVERITY", false);
	term_table_column(t, "ASKS FOR", false);
	for (const struct check *c = checks; c->id; c++) {
		term_table_row(t);
		term_table_cell(t, 0, TERM_PLAIN, c->id);
		term_table_cell(t, 1, TERM_PLAIN, severity_name(c->severity));
		term_table_cell(t, 2, TERM_PLAIN, c->title);
	}
	term_table_print(t);
	term_table_free(t);
}

/* clang-format off */
static const char page_head[] =
	"# Checks\n\n"
	"Made by `scripts/checks-page` from the catalogue (scanner/checks/checks.c): edit that. `marshal "
	"checks ID`\nand `marshal explain ID` print the same. A severity says what follows when "
	"the check fails: those\nthat are `stops-backups` make a host's status, all others are told "
	"beside it. What stops\nbackups while a good one is newer than the day on which that, and for that "
	"reason, was first seen is contradicted:\nthe evidence says so, and the status does not follow from it; "
	"versions, registration and schedule\nare never contradicted. A login URL of which nothing is known "
	"does not count while backup.last passes. What\nelsewhere may fail counts as `stops-backups` on a server "
	"of which no backup goes through then: where only system\nstate is protected and that is stopped, none of "
	"the protected volumes can be backed up, scheduled backups cannot\nrun their script, or every name of the "
	"service that the agent uses is closed. What a policy may change is in docs/policy.md.\n\n"
	"A verdict is pass, fail, warn, `unknown` (asked, and not answered, or something "
	"impossible),\n`not examined` (nobody asked, or the identity may not read it) or `not "
	"applicable`. Ages count from the\nlook that brought the fact, and a server's times are set "
	"to our clock first. Events and failures older\nthan the last good backup, or than the last "
	"change of the agent's version, pass: the evidence names them.\n\n"
	"| check | severity | asks for |\n| --- | --- | --- |\n";
/* clang-format on */

static void put_markdown(const char *label, const char *text, const char *quote)
{
	if (text)
		printf("- %s: %s%s%s\n", label, quote, text, quote);
}

static void put_addresses(const char *document)
{
	struct addresses addresses;

	document_addresses(document, &addresses);
	for (int i = 0; i < addresses.count; i++)
		printf("- address: <%s>\n", addresses.text[i]);
}

static void print_markdown(void)
{
	fputs(page_head, stdout);
	for (const struct check *c = checks; c->id; c++)
		printf("| [%s](#%s) | %s | %s |\n", c->id, c->id, severity_name(c->severity),
		       c->title);
	for (const struct check *c = checks; c->id; c++) {
		printf("\n<a id=\"%s\"></a>\n## %s\n\n%s (%s).\n\n", c->id, c->id, c->title,
		       severity_name(c->severity));
		put_markdown("what follows", c->follows, "");
		put_markdown("looks at", c->looks_at, "");
		put_markdown("rule", c->rule, "");
		put_markdown("remedy", c->remedy, "");
		put_markdown("command", c->command, "`");
		put_markdown("document", c->document, "");
		put_addresses(c->document);
	}
}

/* Refuses a word that nothing is known of, with the nearest. */
static int not_known(const struct cmd *cmd, const char *query, const char *near)
{
	AUTO_FREE char *shown = text_printable(query, strlen(query), SHOWN_MAX);
	struct err err;

	if (near)
		err_set(&err, ERR_NOT_FOUND, "nothing is known of '%s'; did you mean '%s'?", shown,
			near);
	else
		err_set(&err, ERR_NOT_FOUND, "nothing is known of '%s'", shown);
	err_hint(&err,
		 cmd == &cmd_checks ?
			 "`marshal checks` names them all" :
			 "give a code (0x1FBD3, 130003), `event 14`, a check, a fault, a "
			 "status, an outcome, a whole message in quotes, or what is to be "
			 "done: restore, system-state, update, wsb; or safety-task, reservation, "
			 "left-overs");
	return cmd_fail(&err);
}

static int run_checks(const struct app *app, const void *opts, char **args, int nargs)
{
	const struct checks_opts *o = opts;
	struct topic topic[TOPICS_MAX];
	json_t *list = NULL;

	(void)app;
	if (nargs > 0 && !check_find(args[0]))
		return not_known(&cmd_checks, args[0], explain_nearest(args[0]));
	if (o->json) {
		list = json_array();
		for (const struct check *c = checks; c->id; c++)
			if (nargs == 0 || strcmp(c->id, args[0]) == 0)
				json_array_append_new(list, check_json(c));
		print_json("checks", list);
	} else if (o->markdown) {
		print_markdown();
	} else if (nargs == 0) {
		print_table();
	} else {
		explain(args[0], topic);
		put_topic(&topic[0]);
	}
	return EXIT_OK;
}

static int run_explain(const struct app *app, const void *opts, char **args, int nargs)
{
	const struct checks_opts *o = opts;
	struct topic topic[TOPICS_MAX];
	int count, status = EXIT_OK;
	struct buf query;

	(void)app;
	buf_init(&query, QUERY_MAX);
	for (int i = 0; i < nargs; i++)         /* what is too long is not known either */
		buf_addf(&query, "%s%s", i > 0 ? " " : "", args[i]);
	count = explain(buf_text(&query), topic);
	if (count == 0)
		status = not_known(&cmd_explain, buf_text(&query),
				   explain_nearest(buf_text(&query)));
	else if (o->json)
		print_json("topics", topics_json(topic, count));
	else
		print_topics(topic, count);
	buf_release(&query);
	return status;
}

const struct cmd cmd_checks = {
	.name = "checks",
	.args = "[ID]",
	.help = "the catalogue of checks: what each asks for, from which document, what to do",
	.options = checks_options,
	.rules = checks_rules,
	.options_size = sizeof(struct checks_opts),
	.max_args = 1,
	.run = run_checks,
};

const struct cmd cmd_explain = {
	.name = "explain",
	.args = "CODE",
	.help = "what a code or word means: an error (0x1FBD3, 130003, 0x800423f2), a check, a "
		"fault, a status, an outcome, an event (event 14), an article (KB4096064), a "
		"whole message in quotes, or what to do: restore, system-state, update, wsb",
	.options = explain_options,
	.options_size = sizeof(struct checks_opts),
	.min_args = 1,
	.max_args = -1,
	.run = run_explain,
};
