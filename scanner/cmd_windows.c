/* cmd_windows.c - `marshal windows`: when hosts may be changed, drawn as days with their hours and
 * listed. Hosts with the same windows are told together. */
#include "scanner/commands.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fold.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/term.h"
#include "base/text.h"
#include "inventory/choice.h"
#include "scanner/policy/policy_inside.h"
#include "scanner/policy/policy_store.h"

enum {
	CELL_MINUTES = 30, CELLS = 24 * 60 / CELL_MINUTES,
	STEP_MS = 5 * 60 * 1000,        /* no clock is put back or forward by less */
	HOSTS_COLUMN = 4
};

#define NEXT_DAYS 14

struct windows_opts {
	int64_t next_ms;
	bool json;
	const char *policy;
	struct choice choice;
};
static const struct windows_opts defaults = { .next_ms = NEXT_DAYS * DAY_MS };
static const struct opt options[] = {
	{ "next", 0, OPT_TIME, "TIME", "how far ahead (" SAID(NEXT_DAYS) "d)",
	  offsetof(struct windows_opts, next_ms), HOUR_MS, CALENDAR_DAYS *DAY_MS },
	{ "policy", 0, OPT_TEXT, "FILE", "by this policy; it is not remembered",
	  offsetof(struct windows_opts, policy), 0, 0 },
	CHOICE_OPTIONS(struct windows_opts),
	{ "json", 0, OPT_FLAG, NULL, "print JSON", offsetof(struct windows_opts, json), 0, 0 },
	{ .name = NULL },
};

/* Hosts with the same rules. */
struct alike {
	char *rules;                    /* all of them, as text */
	const struct inv_host **host;
	int count, cap;
	const struct calendar *calendar;        /* NULL: at any time */
	struct spans open;
};
struct windows {
	struct policies *policies;
	struct alike *alike;
	int count, cap;
	int64_t from_utc_ms, to_utc_ms;
};

/* --- who is alike ---------------------------------------------------------------------------- */
static void add_text(void *ctx, const struct policy_window *w)
{
	struct buf *b = ctx;

	buf_addf(b, "%s\t%s\t%s\n", policy_window_word(w), w->text, w->origin);
}

static struct alike *alike_of(struct windows *w, const struct inv_host *host)
{
	struct alike *new;
	struct buf b;

	buf_init(&b, POLICY_FILE_MAX * 2);
	buf_adds(&b, "");
	policies_windows(w->policies, host->group, host->group_count, add_text, &b);
	policies_reboot_windows(w->policies, host->group, host->group_count, add_text, &b);
	for (int i = 0; i < w->count; i++) {
		if (strcmp(w->alike[i].rules, buf_text(&b)) == 0) {
			buf_release(&b);
			return &w->alike[i];
		}
	}
	MEM_GROW(w->alike, w->count, w->cap);
	new = &w->alike[w->count++];
	*new = (struct alike){ .rules = buf_take(&b) };
	new->calendar = policies_calendar(w->policies, host->group, host->group_count);
	if (new->calendar)
		calendar_spans(new->calendar, w->from_utc_ms, w->to_utc_ms, &new->open);
	return new;
}

static void add_hosts(struct windows *w, const struct selection *hosts)
{
	for (int i = 0; i < hosts->count; i++) {
		struct alike *a = alike_of(w, hosts->host[i]);

		MEM_GROW(a->host, a->count, a->cap);
		a->host[a->count++] = hosts->host[i];
	}
}

static void windows_release(struct windows *w)
{
	for (int i = 0; i < w->count; i++) {
		free(w->alike[i].rules);
		free(w->alike[i].host);
		spans_release(&w->alike[i].open);
	}
	free(w->alike);
	policies_free(w->policies);
}

/* --- drawn ----------------------------------------------------------------------------------- */
/* Half an hour of a clock: how much of it there was, and how much of that was open. */
struct cell { int all, open; };

static void count_cells(const struct alike *a, const struct windows *w, int64_t first_day,
			struct cell *cell, int days)
{
	int span = 0;

	/* from midnight on, so that a cell is whole */
	for (int64_t t = w->from_utc_ms - 2 * DAY_MS; t < w->to_utc_ms; t += STEP_MS) {
		int64_t local_min = calendar_local_s(a->calendar, t) / 60;
		int64_t at = local_min / CELL_MINUTES - first_day * CELLS;

		while (span < a->open.count && a->open.at[span].to_utc_ms <= t)
			span++;
		if (at < 0 || at >= (int64_t)days * CELLS)
			continue;
		cell[at].all++;
		cell[at].open += span < a->open.count && a->open.at[span].from_utc_ms <= t;
	}
}

static void draw(const struct alike *a, const struct windows *w)
{
	int64_t begin_s = calendar_local_s(a->calendar, w->from_utc_ms);
	int64_t first = begin_s / (DAY_MS / SECOND_MS);
	int64_t last = (calendar_local_s(a->calendar, w->to_utc_ms) - 1) / (DAY_MS / SECOND_MS);
	int days = (int)(last - first) + 1;
	AUTO_FREE struct cell *cell = xcalloc((size_t)days * CELLS, sizeof(*cell));
	char name[CALENDAR_TEXT];

	count_cells(a, w, first, cell, days);
	printf("\n  %-14s  0     3     6     9     12    15    18    21\n", "");
	for (int day = 0; day < days; day++) {
		int64_t noon_s = (first + day) * (DAY_MS / SECOND_MS) + 12 * 3600;

		calendar_format(
			a->calendar,
			(noon_s - (calendar_local_s(a->calendar, noon_s * SECOND_MS) - noon_s)) *
				SECOND_MS,
			name);
		printf("  %.14s  ", name);
		for (int i = 0; i < CELLS; i++) {
			const struct cell *c = &cell[day * CELLS + i];

			putchar(c->open == 0 ? '.' : c->open == c->all ? '#' : '+');
		}
		putchar('\n');
	}
}

/* --- for people ------------------------------------------------------------------------------ */
static void print_hosts(const struct alike *a)
{
	AUTO_FREE const char **name = xcalloc((size_t)a->count, sizeof(*name));
	AUTO_FREE char *all = NULL;

	for (int i = 0; i < a->count; i++)
		name[i] = a->host[i]->name;
	all = fold_names(name, a->count);
	term_wrap(stdout, all, HOSTS_COLUMN, 0, term_width(stdout));
}

static void print_rule(void *ctx, const struct policy_window *w)
{
	(void)ctx;
	printf("  %-8s  %s  (%s)\n", policy_window_word(w), w->text, w->origin);
}

static void print_spans(const struct alike *a)
{
	struct term_table *t = term_table_new(stdout);
	char text[CALENDAR_TEXT];

	term_table_column(t, "  OPENS", false);
	term_table_column(t, "CLOSES", false);
	term_table_column(t, "LASTS", false);
	for (int i = 0; i < a->open.count; i++) {
		const struct span *s = &a->open.at[i];
		AUTO_FREE char *opens =
			xasprintf("  %s", calendar_format(a->calendar, s->from_utc_ms, text));

		term_table_row(t);
		term_table_cell(t, 0, TERM_PLAIN, opens);
		term_table_cell(t, 1, TERM_PLAIN, calendar_format(a->calendar, s->to_utc_ms, text));
		term_table_cell(t, 2, TERM_PLAIN,
				clock_format_duration(s->to_utc_ms - s->from_utc_ms, text));
	}
	putchar('\n');
	term_table_print(t);
	term_table_free(t);
}

static void print_none(const struct alike *a, const struct windows *w)
{
	char span[CLOCK_TEXT], text[CALENDAR_TEXT];
	struct span next;

	clock_format_duration(w->to_utc_ms - w->from_utc_ms, span);
	if (calendar_next(a->calendar, w->to_utc_ms, &next))
		printf("  none opens in the next %s; then %s\n", span,
		       calendar_format(a->calendar, next.from_utc_ms, text));
	else
		printf("  none opens in the next %s, nor in %d days after that\n", span,
		       (int)CALENDAR_DAYS);
}

/* Those of restarts are named, not drawn. */
static void print_alike(const struct alike *a, const struct windows *w)
{
	const struct inv_host *first = a->host[0];

	print_hosts(a);
	policies_windows(w->policies, first->group, first->group_count, print_rule, NULL);
	policies_reboot_windows(w->policies, first->group, first->group_count, print_rule, NULL);
	if (!a->calendar) {
		printf("  at any time: the policy has no windows for %s\n",
		       a->count == 1 ? "it" : "them");
		return;
	}
	if (a->open.count == 0) {
		print_none(a, w);
		return;
	}
	draw(a, w);
	print_spans(a);
}

/* --- JSON ------------------------------------------------------------------------------------ */
static void add_rule(void *list, const struct policy_window *w)
{
	json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "kind", policy_window_word(w),
					      "rule", w->text, "from", w->origin));
}

static json_t *alike_json(const struct alike *a, const struct windows *w)
{
	json_t *hosts = json_array(), *rules = json_array(), *open = json_array();
	char opens[CLOCK_TEXT], closes[CLOCK_TEXT];

	for (int i = 0; i < a->count; i++)
		json_array_append_new(hosts, json_string(a->host[i]->name));
	policies_windows(w->policies, a->host[0]->group, a->host[0]->group_count, add_rule, rules);
	policies_reboot_windows(w->policies, a->host[0]->group, a->host[0]->group_count, add_rule,
				rules);
	for (int i = 0; i < a->open.count; i++)
		json_array_append_new(open,
				      json_pack("{s:s, s:s}", "opens",
						clock_format_utc(a->open.at[i].from_utc_ms, opens),
						"closes",
						clock_format_utc(a->open.at[i].to_utc_ms, closes)));
	return json_pack("{s:o, s:b, s:s?, s:o, s:o}", "hosts", hosts, "any_time", !a->calendar,
			 "zone", a->calendar ? calendar_zone(a->calendar) : NULL, "rules", rules,
			 "windows", open);
}

static void print_json(const struct windows *w)
{
	char from[CLOCK_TEXT], to[CLOCK_TEXT];
	json_t *list = json_array();
	AUTO_JSON json_t *all = json_pack("{s:i, s:s, s:s, s:o}", "schema", 1, "from",
					  clock_format_utc(w->from_utc_ms, from), "to",
					  clock_format_utc(w->to_utc_ms, to), "alike", list);

	for (int i = 0; i < w->count; i++)
		json_array_append_new(list, alike_json(&w->alike[i], w));
	json_dumpf(all, stdout, JSON_INDENT(2));
	putchar('\n');
}

/* --- the command ----------------------------------------------------------------------------- */
/* That of --policy, else the one remembered. */
static struct policies *find_policies(const struct app *app, const char *option, struct err *err)
{
	struct policies *given = NULL;
	AUTO_FREE char *path = NULL;
	struct store *store;

	if (policies_given(option, &given, err) != 0 || given)
		return given;
	path = store_path(app->db, err);
	if (!path)
		return NULL;
	store = store_open(&(struct store_options){ .path = path, .read_only = true }, err);
	if (!store) {
		err_hint(err, "name a policy with --policy FILE; scan, recheck and facts import "
			      "remember one");
		return NULL;
	}
	given = policies_load(store, err);
	store_close(store);
	return given;
}

static int show(const struct windows_opts *o, const struct selection *hosts, struct windows *w)
{
	w->from_utc_ms = clock_utc_ms() / MINUTE_MS * MINUTE_MS;
	w->to_utc_ms = w->from_utc_ms + o->next_ms;
	add_hosts(w, hosts);
	if (o->json)
		print_json(w);
	for (int i = 0; i < w->count && !o->json; i++) {
		if (i > 0)
			putchar('\n');
		print_alike(&w->alike[i], w);
	}
	return EXIT_OK;
}

static int run_windows(const struct app *app, const void *opts, char **args, int nargs)
{
	const struct windows_opts *o = opts;
	struct selection hosts = { 0 };
	struct windows w = { 0 };
	struct err err;
	struct inventory *inv = inventory_open(app, &err);
	int status;

	if (!inv)
		return cmd_fail(&err);
	if (inventory_choose(inv, &(struct wish){ args, nargs, &o->choice, app->db }, &hosts,
			     &err) == 0)
		w.policies = find_policies(app, o->policy, &err);
	status = w.policies ? show(o, &hosts, &w) : cmd_fail(&err);
	windows_release(&w);
	selection_release(&hosts);
	inventory_free(inv);
	return status;
}

const struct cmd cmd_windows = {
	.name = "windows",
	.args = "[PATTERN...]",
	.help = "when hosts may be changed: their maintenance windows, drawn",
	.more = "By the policy (docs/policy.md). A row is a day on the clock of their zone, a\n"
		"sign half an hour: # open, + in part, . closed. Nothing is changed.",
	.options = options,
	.options_size = sizeof(struct windows_opts),
	.defaults = &defaults,
	.max_args = -1,
	.uses = CMD_INVENTORY | CMD_DB,
	.run = run_windows,
};
