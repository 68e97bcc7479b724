/* sheet_known.c - the hosts of the inventory as a report of what is known of them: for conditions
 * that name no report. The columns are called as in `report compliance`, and group and mars are the
 * inventory's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "inventory/inventory.h"
#include "inventory/sheet_known.h"
#include "store/status.h"

/* clang-format off */
#define KNOWN_COLUMNS(row) \
	row(HOST, "host") row(STATUS, "status") row(VERSION, "version") row(FAULT, "fault") \
	row(UNREACHABLE, "unreachable") row(AGE, "facts_age_s") row(TRIES, "failed_looks") \
	row(KIND, "kind") row(OWNER, "owner") row(SITE, "site") row(VAULT, "vault") \
	row(MARS, "mars") row(GROUP, "group") row(FAILING, "failing_checks") \
	row(WARNING, "warning_checks") row(UNKNOWN, "unknown_checks")
#define COLUMN_ID(id, ...) KNOWN_##id,
#define COLUMN_NAME(id, name) name,
enum known_column { KNOWN_COLUMNS(COLUMN_ID) KNOWN_COUNT };
static const char *const names[] = { KNOWN_COLUMNS(COLUMN_NAME) };
/* clang-format on */

/* All groups, `all` too: words of one cell. */
static const char *groups_of(struct arena *a, const struct inv_host *h)
{
	const char *text = "all";

	for (int i = 0; i < h->group_count; i++)
		text = arena_printf(a, "%s;%s", text, h->group[i]);
	return text;
}

/* The checks with that verdict, as the host was judged last. */
static const char *checks_of(struct arena *a, const struct host_row *row, const char *verdict)
{
	const char *text = "";

	for (int i = 0; i < row->finding_count; i++)
		if (strcmp(row->finding[i].verdict, verdict) == 0)
			text = arena_printf(a, "%s%s%s", text, *text ? ";" : "",
					    row->finding[i].check);
	return text;
}

/* Of a host that no command told the database of yet all that is known is in the inventory. */
static void fill(struct sheet *s, const struct inv_host *h, const struct host_row *known,
		 bool older_rules, int line)
{
	static const struct host_row nothing = {
		.status = (char *)"", .fault = (char *)"", .version = (char *)"", .kind = (char *)""
	};
	struct host_row row = known ? *known : nothing;
	const char **cell = sheet_row(s, line);
	struct arena *a = &s->texts;
	struct host_view view;

	row.mars = (char *)inv_mars_name(h->mars);
	row.skip = h->skip;
	host_view(&row, clock_utc_ms(), INT64_MAX, &view);
	cell[KNOWN_HOST] = h->name;
	cell[KNOWN_STATUS] = arena_strdup(a, host_word_by(older_rules, view.status));
	cell[KNOWN_VERSION] = arena_strdup(a, row.version);
	cell[KNOWN_FAULT] = arena_strdup(a, row.fault);
	cell[KNOWN_UNREACHABLE] = view.unreachable ? "yes" : "no";
	if (view.age_ms >= 0)
		cell[KNOWN_AGE] = arena_printf(a, "%lld", (long long)(view.age_ms / 1000));
	cell[KNOWN_TRIES] = arena_printf(a, "%lld", (long long)row.failed_looks);
	cell[KNOWN_KIND] = arena_strdup(a, row.kind);
	cell[KNOWN_OWNER] = h->owner;
	cell[KNOWN_SITE] = h->site;
	cell[KNOWN_VAULT] = h->vault;
	cell[KNOWN_MARS] = inv_mars_name(h->mars);
	cell[KNOWN_GROUP] = groups_of(a, h);
	cell[KNOWN_FAILING] = checks_of(a, &row, "fail");
	cell[KNOWN_WARNING] = checks_of(a, &row, "warn");
	cell[KNOWN_UNKNOWN] = checks_of(a, &row, "unknown");
}

static int read_hosts(const char *db, struct host_rows *out, bool *out_older, struct err *err)
{
	AUTO_FREE char *path = store_path(db, err);
	struct store_options options = { .path = path, .read_only = true, .must_exist = true };
	struct store *store = path ? store_open(&options, err) : NULL;
	int older = store ? judged_by_older_rules(store, err) : -1;
	int r = older < 0 ? -1 : store_hosts(store, NULL, ROWS_TROUBLE | ROWS_BARE, out, err);

	store_close(store);
	*out_older = older > 0;
	return r;
}

int sheet_of_known(const struct inventory *inv, const char *db, struct sheet *out, bool *out_older,
		   struct err *err)
{
	struct host_rows rows = { 0 };
	struct map by_name = { 0 };

	*out = (struct sheet){ 0 };
	if (read_hosts(db, &rows, out_older, err) < 0)
		return -1;
	for (int i = 0; i < rows.count; i++)
		map_add(&by_name, rows.row[i].name, &rows.row[i]);
	sheet_begin(out, names, KNOWN_COUNT);
	for (int i = 0; i < inventory_count(inv); i++) {
		const struct inv_host *h = inventory_host(inv, i);

		fill(out, h, map_get(&by_name, h->name), *out_older, i + 1);
	}
	map_release(&by_name);
	host_rows_release(&rows);
	return 0;
}
