/* inventory.c - an inventory from its sources to the end, and the answers to questions about it. */
#include "inventory/inventory.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "inventory/build.h"

static void free_layers(struct layers *l)
{
	for (int i = 0; i < l->count; i++)
		free(l->item[i].vars.item);
	free(l->item);
	*l = (struct layers){ 0 };
}

/* What only reading and settling need. */
static void free_build(struct inventory *inv)
{
	for (int i = 0; i < inv->build_count; i++) {
		free(inv->build[i]->group.id);
		free(inv->build[i]->named);
		free(inv->build[i]->vars.item);
		free_layers(&inv->build[i]->files);
	}
	free(inv->build);
	inv->build = NULL;
	inv->build_count = 0;
	for (int i = 0; i < inv->group_count; i++) {
		struct group *g = inv->group[i];

		free(g->vars.item);
		g->vars = (struct varset){ 0 };
		free_layers(&g->files);
	}
}

struct inventory *inventory_load(const char *const *path, int count, struct err *err)
{
	return inventory_load_within(path, count, INVENTORY_PROGRAM_MS, err);
}

struct inventory *inventory_load_within(const char *const *path, int count, int64_t program_ms,
					struct err *err)
{
	struct inventory *inv = build_new();

	inv->program_ms = program_ms;
	if (gather(inv, path, count, err) < 0 || settle(inv, err) < 0) {
		inventory_free(inv);
		return NULL;
	}
	free_build(inv);
	for (int i = 0; i < inv->loose_count; i++)
		log_line(LOG_WARN, "inventory: %s", inv->loose[i]);
	return inv;
}

void inventory_free(struct inventory *inv)
{
	if (!inv)
		return;
	free_build(inv);
	for (int i = 0; i < inv->group_count; i++) {
		free(inv->group[i]->child.id);
		free(inv->group[i]->parent.id);
		free(inv->group[i]->host.id);
	}
	free(inv->group);
	free(inv->base);
	free(inv->warning);
	free(inv->closed);
	free(inv->wrong.item);
	free(inv->loose);
	map_release(&inv->host_by_name);
	map_release(&inv->group_by_name);
	map_release(&inv->opened);
	arena_release(&inv->arena);
	free(inv);
}

struct inventory *inventory_open(const struct app *app, struct err *err)
{
	const char *path = getenv("MARSHAL_INVENTORY");

	if (app->inventory.count > 0)
		return inventory_load(app->inventory.item, app->inventory.count, err);
	if (path && path[0])
		return inventory_load(&path, 1, err);
	err_set(err, ERR_USAGE, "no inventory is named");
	err_hint(err, "give -i FILE or set MARSHAL_INVENTORY");
	return NULL;
}

int inventory_count(const struct inventory *inv)
{
	return inv->host_count;
}

const struct inv_host *inventory_host(const struct inventory *inv, int i)
{
	return &inv->host[i];
}

const struct inv_host *inventory_find(const struct inventory *inv, const char *name)
{
	const struct host *h = name_find(&inv->host_by_name, name);

	return h ? &inv->host[inv->host_index[h->id]] : NULL;
}

int inventory_group_count(const struct inventory *inv)
{
	return inv->group_count;
}

const char *inventory_group(const struct inventory *inv, int i)
{
	return inv->group_name[i];
}

int inventory_warning_count(const struct inventory *inv)
{
	return inv->warning_count;
}

const char *inventory_warning(const struct inventory *inv, int i)
{
	return inv->warning[i];
}
