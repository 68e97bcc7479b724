/* inventory.c - an inventory from its files to the end: reads each by its format, then the
 * variables beside them, settles all, and answers questions. */
#include "inventory/inventory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "inventory/build.h"

static bool is_yaml(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot && (text_casecmp(dot, ".yml") == 0 || text_casecmp(dot, ".yaml") == 0);
}

/* The folder part of a path as written, with its slash; "" for none. */
static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? xstrndup(path, (size_t)(slash + 1 - path)) : xstrdup("");
}

static int add_base(struct inventory *inv, const char *path, struct err *err)
{
	AUTO_FREE char *folder = folder_of(path);
	AUTO_FREE char *real = realpath(folder[0] ? folder : ".", NULL);

	if (!real)
		return err_errno(err, ERR_USAGE, errno, "cannot find the folder of '%s'", path);
	if (file_check_name("the folder of an inventory", real, err) < 0)
		return -1;
	MEM_GROW(inv->base, inv->base_count, inv->base_cap);
	inv->base[inv->base_count++] = arena_strdup(&inv->arena, real);
	return 0;
}

static int read_file(struct inventory *inv, const char *path, struct err *err)
{
	struct source *src;
	int r;

	log_line(LOG_DEBUG, "inventory '%s'", path);
	if (add_base(inv, path, err) < 0 ||
	    build_open(inv, &inventory_files, path, inv->base_count - 1, &src, err) < 0)
		return -1;
	r = is_yaml(path) ? yaml_read(inv, src, err) : ini_read(inv, src, err);
	source_close(src);
	return r;
}

/* Of files in one folder the last decides when that folder's variables come in. */
static bool comes_again(const struct inventory *inv, int base)
{
	for (int i = base + 1; i < inv->base_count; i++)
		if (strcmp(inv->base[i], inv->base[base]) == 0)
			return true;
	return false;
}

static int read_all(struct inventory *inv, const char *const *path, int count, struct err *err)
{
	for (int i = 0; i < count; i++)
		if (read_file(inv, path[i], err) < 0)
			return -1;
	for (int i = 0; i < count; i++) {
		AUTO_FREE char *folder = folder_of(path[i]);

		if (!comes_again(inv, i) && folder_vars_read(inv, i, folder, err) < 0)
			return -1;
	}
	return settle(inv, err);
}

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
	struct inventory *inv = build_new();

	if (read_all(inv, path, count, err) < 0) {
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
	free(inv->loose);
	map_release(&inv->host_by_name);
	map_release(&inv->group_by_name);
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
