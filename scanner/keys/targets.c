/* targets.c - hosts and bastions whose keys are collected, shown and approved. A host with
 * marshal_skip is left out, unless it is a bastion of another: most of them are skipped, and all
 * need a key. */
#include "scanner/keys/targets.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "scanner/way.h"
#include "transport/ssh/knownhosts.h"

static void add(struct key_targets *t, const struct inv_host *h, int hop)
{
	const struct inv_hop *b = hop >= 0 ? &h->hop[hop] : NULL;
	struct key_target target = {
		.name = b ? b->name : h->name,
		.address = b ? b->address : h->address,
		.port = b ? b->port : h->port,
		.known_hosts = b ? b->known_hosts : h->known_hosts,
		.host = h,
		.hop = hop,
	};

	target.known_as = knownhosts_name(target.address, target.port);
	if (map_add(&t->seen, target.known_as, target.known_as)) {
		free(target.known_as);
		return;
	}
	MEM_GROW(t->item, t->count, t->cap);
	t->item[t->count++] = target;
}

static void add_with_bastions(struct key_targets *t, const struct inv_host *h)
{
	for (int hop = 0; hop < h->hop_count; hop++)
		add(t, h, hop);
	if (h->connection == CONNECT_SSH)
		add(t, h, -1);
	else if (h->hop_count == 0)
		t->without_ssh++;
}

/* The addresses of all bastions of the inventory; release what was allocated with the arena. */
static void find_bastions(const struct inventory *inv, struct arena *names, struct map *out)
{
	for (int i = 0; i < inventory_count(inv); i++) {
		const struct inv_host *h = inventory_host(inv, i);

		for (int hop = 0; hop < h->hop_count; hop++) {
			char *name =
				arena_printf(names, "%s %d", h->hop[hop].address, h->hop[hop].port);

			map_add(out, name, name);
		}
	}
}

int key_targets_select(const struct inventory *inv, char *const *pattern, int count,
		       struct key_targets *out, struct err *err)
{
	struct selection hosts = { .host = NULL };
	struct arena names = { 0 };
	struct map bastions = { 0 };

	*out = (struct key_targets){ .count = 0 };
	if (inventory_select(inv, pattern, count, &hosts, err) != 0)
		return -1;
	find_bastions(inv, &names, &bastions);
	for (int i = 0; i < hosts.count; i++) {
		const struct inv_host *h = hosts.host[i];
		AUTO_FREE char *at = xasprintf("%s %d", h->address, h->port);

		if (h->skip && !map_get(&bastions, at))
			out->skipped++;
		else
			add_with_bastions(out, h);
	}
	map_release(&bastions);
	arena_release(&names);
	selection_release(&hosts);
	return 0;
}

void key_targets_release(struct key_targets *t)
{
	map_release(&t->seen);
	for (int i = 0; i < t->count; i++)
		free(t->item[i].known_as);
	free(t->item);
}

void key_target_endpoint(struct transport *t, const struct key_target *target, struct endpoint *out)
{
	if (target->hop >= 0)
		*out = *way_over(t, target->host, target->hop + 1);
	else
		endpoint_of(t, target->host, out);
	out->user = out->key_file = out->password = NULL;
}
