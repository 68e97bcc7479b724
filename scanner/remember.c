/* remember.c - see remember.h. */
#include "scanner/remember.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"

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

int inventory_remember(const struct inventory *inv, struct store *s, struct err *err)
{
	int count = inventory_count(inv);
	AUTO_FREE struct store_host *rows = xcalloc((size_t)count + 1, sizeof(*rows));
	const struct inv_host *before = NULL;
	struct arena texts = { 0 };
	struct tx *tx = tx_new();

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
			.groups = like_before ? rows[i - 1].groups : groups_text(&texts, h),
			.computer_name = h->computer_name,
			.time_zone = h->time_zone,
			.offline = h->offline == OFFLINE_NONE ? "" : inv_offline_name(h->offline),
		};
		before = h;
	}
	tx_inventory(tx, rows, count, clock_utc_ms());
	arena_release(&texts);
	return store_write(s, tx, false, err);
}
