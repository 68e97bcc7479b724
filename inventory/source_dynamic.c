/* source_dynamic.c - the JSON that Ansible's dynamic inventories print: a program called with
 * --list, or `ansible-inventory --list` itself. Groups name hosts and children in lists, and the
 * variables of all hosts stand together in _meta. Names are names here: no ranges, no ports.
 * Facts: plugins/inventory/script.py of ansible-core 2.14. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "inventory/build.h"
#include "inventory/yaml_tree.h"

static const struct ynode *member(const struct ynode *map, const char *key)
{
	for (int i = 0; map && map->kind == Y_MAP && i < map->count; i++)
		if (strcmp(map->item[2 * i]->text, key) == 0)
			return map->item[2 * i + 1];
	return NULL;
}

static bool is_list(const struct ynode *n)
{
	return n && n->kind == Y_LIST;
}

bool dynamic_is(const struct ynode *root)
{
	if (root->kind != Y_MAP)
		return false;
	for (int i = 0; i < root->count; i++) {
		const struct ynode *group = root->item[2 * i + 1];

		if (strcmp(root->item[2 * i]->text, "_meta") == 0 || is_list(group) ||
		    is_list(member(group, "hosts")) || is_list(member(group, "children")))
			return true;
	}
	return false;
}

bool dynamic_has_hostvars(const struct ynode *root)
{
	return member(member(root, "_meta"), "hostvars") != NULL;
}

static int check_names(const struct ynode *list, const char *what, struct err *err)
{
	if (list->kind != Y_LIST)
		return place_error(&list->at, err, "%s: expected a list of names", what);
	for (int i = 0; i < list->count; i++)
		if (list->item[i]->kind != Y_TEXT)
			return place_error(&list->item[i]->at, err, "%s: expected a name", what);
	return 0;
}

static int read_hosts(struct inventory *inv, struct group *g, const struct ynode *list,
		      struct err *err)
{
	struct ids ids = { 0 };
	int r = check_names(list, "hosts", err);

	g->has_hosts = true;
	for (int i = 0; r == 0 && i < list->count; i++)
		r = build_host(inv, g, list->item[i]->text, &list->item[i]->at, &ids, err);
	free(ids.id);
	return r;
}

static int read_children(struct inventory *inv, struct group *g, const struct ynode *list,
			 struct err *err)
{
	struct group *child;

	if (check_names(list, "children", err) < 0)
		return -1;
	for (int i = 0; i < list->count; i++) {
		const struct ynode *name = list->item[i];

		if (build_group(inv, name->text, &name->at, &child, err) < 0 ||
		    build_child(inv, g, child, &name->at, err) < 0)
			return -1;
		child->defined = true;
	}
	return 0;
}

static int read_group(struct inventory *inv, const struct ynode *key, const struct ynode *n,
		      struct err *err)
{
	struct group *g;
	int r = 0;

	if (build_group(inv, key->text, &key->at, &g, err) < 0)
		return -1;
	g->defined = true;
	g->section = build_section(inv);
	if (is_list(n))
		return read_hosts(inv, g, n, err);
	if (n->kind != Y_MAP && !ynode_is_null(n))
		return place_error(&n->at, err, "group '%s': expected a map or a list", g->name);
	for (int i = 0; r == 0 && n->kind == Y_MAP && i < n->count; i++) {
		const struct ynode *word = n->item[2 * i], *value = n->item[2 * i + 1];

		if (strcmp(word->text, "hosts") == 0)
			r = read_hosts(inv, g, value, err);
		else if (strcmp(word->text, "children") == 0)
			r = read_children(inv, g, value, err);
		else if (strcmp(word->text, "vars") == 0)
			r = yaml_group_vars(inv, g, value, err);
		else
			r = place_error(&word->at, err,
					"'%.100s' in group '%s': expected hosts, children or vars",
					word->text, g->name);
	}
	return r;
}

/* Of hosts that no group names, as with Ansible, nothing is kept. */
static int read_hostvars(struct inventory *inv, const struct ynode *all, struct err *err)
{
	struct ids ids = { 0 };
	int r = 0;

	if (all->kind != Y_MAP)
		return place_error(&all->at, err, "_meta.hostvars: expected a map of hosts");
	for (int i = 0; r == 0 && i < all->count; i++) {
		const struct ynode *key = all->item[2 * i];
		const struct host *h = name_find(&inv->host_by_name, key->text);

		if (!h || strcmp(h->name, key->text) != 0)
			continue;
		ids.count = 0;
		ids_add(&ids, h->id);
		r = yaml_host_vars(inv, key, all->item[2 * i + 1], &ids, err);
	}
	free(ids.id);
	return r;
}

int dynamic_read(struct inventory *inv, const struct ynode *root, struct err *err)
{
	const struct ynode *hostvars = member(member(root, "_meta"), "hostvars");

	for (int i = 0; i < root->count; i++)
		if (strcmp(root->item[2 * i]->text, "_meta") != 0 &&
		    read_group(inv, root->item[2 * i], root->item[2 * i + 1], err) < 0)
			return -1;
	return hostvars ? read_hostvars(inv, hostvars, err) : 0;
}
