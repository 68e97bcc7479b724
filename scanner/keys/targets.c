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
#include "transport/winrm/knowncerts.h"

static struct key_target of_hop(const struct inv_host *h, int hop)
{
	const struct inv_hop *b = &h->hop[hop];

	return (struct key_target){ .name = b->name,
				    .address = b->address,
				    .port = b->port,
				    .known_hosts = b->known_hosts,
				    .hop = hop };
}

static struct key_target of_host(const struct inv_host *h, enum key_kind kind)
{
	bool auto_winrm = kind == KEY_CERTIFICATE && h->winrm_too;

	return (struct key_target){ .kind = kind,
				    .name = h->name,
				    .address = h->address,
				    .port = auto_winrm ? h->winrm_port : h->port,
				    .known_hosts = h->known_hosts,
				    .second = auto_winrm,
				    .hop = -1 };
}

/* Which one it is; -1: it was there. */
static int add(struct key_targets *t, const struct inv_host *h, struct key_target target)
{
	bool cert = target.kind == KEY_CERTIFICATE;

	target.host = h;
	target.otherwise = -1;
	target.known_as = cert ? knowncerts_name(target.address, target.port, h->through) :
				 knownhosts_name(target.address, target.port);
	target.id =
		xasprintf("%s\n%s", target.known_hosts ? target.known_hosts : "", target.known_as);
	if (map_add(&t->seen, target.id, target.id)) {
		free(target.known_as);
		free(target.id);
		return -1;
	}
	MEM_GROW(t->item, t->count, t->cap);
	t->item[t->count] = target;
	t->asked += !target.second;
	return t->count++;
}

static void add_host(struct key_targets *t, const struct inv_host *h)
{
	int first;

	if (h->connection == CONNECT_WINRM) {
		add(t, h, of_host(h, KEY_CERTIFICATE));
		return;
	}
	first = add(t, h, of_host(h, KEY_OF_HOST));
	if (first >= 0 && h->winrm_too)
		t->item[first].otherwise = add(t, h, of_host(h, KEY_CERTIFICATE));
}

static void add_name(struct key_names *to, const struct inv_host *h)
{
	MEM_GROW(to->name, to->count, to->cap);
	to->name[to->count++] = h->name;
}

static void add_with_bastions(struct key_targets *t, const struct inv_host *h)
{
	for (int hop = 0; hop < h->hop_count; hop++)
		add(t, h, of_hop(h, hop));
	if (h->connection == CONNECT_SSH || h->connection == CONNECT_WINRM)
		add_host(t, h);
	else if (h->connection == CONNECT_UNRESOLVED)
		add_name(&t->unresolved, h);
	else if (h->hop_count == 0)
		add_name(&t->without_way, h);
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

int key_targets_select(const struct inventory *inv, const struct wish *wish,
		       struct key_targets *out, struct err *err)
{
	struct selection hosts = { .host = NULL };
	struct arena names = { 0 };
	struct map bastions = { 0 };

	*out = (struct key_targets){ .count = 0 };
	if (inventory_choose(inv, wish, &hosts, err) != 0)
		return -1;
	find_bastions(inv, &names, &bastions);
	for (int i = 0; i < hosts.count; i++) {
		const struct inv_host *h = hosts.host[i];
		AUTO_FREE char *at = xasprintf("%s %d", h->address, h->port);

		if (h->skip && !map_get(&bastions, at))
			inv_skipped_add(&out->skipped, h);
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
	for (int i = 0; i < t->count; i++) {
		free(t->item[i].known_as);
		free(t->item[i].id);
	}
	free(t->item);
	free(t->without_way.name);
	free(t->unresolved.name);
}

void key_target_endpoint(struct transport *t, const struct key_target *target, struct endpoint *out)
{
	struct endpoint other;

	if (target->hop >= 0)
		*out = *way_over(t, target->host, target->hop + 1);
	else
		endpoint_of(t, target->host, out);
	out->name = target->name;
	out->user = out->key_file = out->password = NULL;
	if (!out->otherwise)
		return;
	other = *out->otherwise;
	other.user = other.key_file = other.password = NULL;
	out->otherwise = transport_endpoint(t, &other);
}
