/* remember.c - see remember.h. */
#include "scanner/remember.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "scanner/recheck.h"

/* The groups of a host as JSON. Hosts of the same groups share one list. */
static const char *groups_text(struct arena *texts, const struct inv_host *h)
{
	AUTO_JSON json_t *list = json_array();
	AUTO_FREE char *text = NULL;

	for (int i = 0; i < h->group_count; i++)
		json_array_append_new(list, json_string(h->group[i]));
	text = json_canonical(list);
	return arena_strdup(texts, text);
}

/* As the store keeps them; rows is the caller's to free, texts to release. */
static struct store_host *rows_of(const struct inventory *inv, struct arena *texts)
{
	int count = inventory_count(inv);
	struct store_host *rows = xcalloc((size_t)count + 1, sizeof(*rows));
	const struct inv_host *before = NULL;

	for (int i = 0; i < count; i++) {
		const struct inv_host *h = inventory_host(inv, i);
		bool like_before = before && before->group == h->group;

		rows[i] = (struct store_host){
			.name = h->name,
			.address = h->address,
			.owner = h->owner,
			.site = h->site,
			.vault = h->vault,
			.cloud = inv_cloud_name(h->cloud),
			.mars = inv_mars_name(h->mars),
			.skip = h->skip,
			.groups = like_before ? rows[i - 1].groups : groups_text(texts, h),
			.computer_name = h->computer_name,
			.time_zone = h->time_zone,
			.offline = h->offline == OFFLINE_NONE ? "" : inv_offline_name(h->offline),
		};
		before = h;
	}
	return rows;
}

int inventory_keep(const struct inventory *inv, struct store *s, struct err *err)
{
	struct arena texts = { 0 };
	AUTO_FREE struct store_host *rows = rows_of(inv, &texts);
	struct tx *tx = tx_new();

	tx_inventory(tx, rows, inventory_count(inv), clock_utc_ms());
	arena_release(&texts);
	return store_write(s, tx, false, err);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct store_host *)a)->name, ((const struct store_host *)b)->name);
}

static bool same(const char *given, const char *stored)
{
	return strcmp(given ? given : "", stored) == 0;
}

static bool same_host(const struct store_host *h, const struct host_row *r)
{
	return same(h->address, r->address) && same(h->owner, r->owner) && same(h->site, r->site) &&
	       same(h->vault, r->vault) && same(h->cloud, r->cloud) && same(h->mars, r->mars) &&
	       h->skip == r->skip && same(h->groups, r->groups) &&
	       same(h->computer_name, r->computer_name) && same(h->time_zone, r->time_zone) &&
	       same(h->offline, r->offline);
}

/* What a host is judged by. */
static bool judged_alike(const struct store_host *h, const struct host_row *r)
{
	return same(h->address, r->address) && same(h->cloud, r->cloud) && same(h->mars, r->mars) &&
	       same(h->groups, r->groups) && same(h->computer_name, r->computer_name) &&
	       same(h->time_zone, r->time_zone) && same(h->offline, r->offline);
}

/* Names in `judged`, which may be NULL, are the inventory's. */
static int compare(const struct inventory *inv, struct store *s, struct inventory_changes *out,
		   struct map *judged, struct err *err)
{
	int count = inventory_count(inv);
	struct inventory_changes c = { 0 };
	struct host_rows stored;

	if (store_hosts(s, NULL, 0, &stored, err) != 0)
		return -1;

	struct arena texts = { 0 };
	AUTO_FREE struct store_host *rows = rows_of(inv, &texts);

	qsort(rows, (size_t)count, sizeof(*rows), by_name);
	for (int i = 0; i < stored.count; i++) {
		struct store_host key = { .name = stored.row[i].name };
		const struct store_host *h =
			bsearch(&key, rows, (size_t)count, sizeof(key), by_name);

		c.missing += !h;
		c.changed += h && !same_host(h, &stored.row[i]);
		if (h && judged && !judged_alike(h, &stored.row[i]))
			map_add(judged, h->name, (void *)h->name);
	}
	c.added = count - (stored.count - c.missing);
	arena_release(&texts);
	host_rows_release(&stored);
	*out = c;
	return 0;
}

int inventory_compare(const struct inventory *inv, struct store *s, struct inventory_changes *out,
		      struct err *err)
{
	return compare(inv, s, out, NULL, err);
}

static int judge_changed(struct store *s, const struct map *hosts, struct err *err)
{
	struct policies *policies = policies_load(s, err);
	struct recheck result = { 0 };
	struct tx *tx = tx_new();
	int r = policies ? recheck_run(s, policies, hosts, tx, &result, err) : -1;

	if (r == 0)
		r = store_write(s, tx, false, err);
	else
		tx_free(tx);
	if (r == 0 && result.judged > 0)
		log_line(LOG_INFO,
			 "%d host%s described otherwise by the inventory, such as in other groups: "
			 "judged again, %d changed status",
			 result.judged, result.judged == 1 ? " is" : "s are", result.moved.count);
	recheck_release(&result);
	policies_free(policies);
	return r;
}

int inventory_remember(const struct inventory *inv, struct store *s, struct err *err)
{
	struct inventory_changes changes;
	struct map judged = { 0 };
	int r = compare(inv, s, &changes, &judged, err);

	if (r == 0)
		r = inventory_keep(inv, s, err);
	if (r == 0 && judged.count > 0)
		r = judge_changed(s, &judged, err);
	map_release(&judged);
	return r;
}
