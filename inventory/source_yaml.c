/* source_yaml.c - Ansible's YAML form: groups at the top, each with hosts, children and vars.
 * Also the files of group_vars/ and host_vars/, which are one map of variables each. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "inventory/build.h"
#include "inventory/yaml_tree.h"

static const char *kind_name(const struct ynode *n)
{
	return n->kind == Y_MAP ? "a map" : n->kind == Y_LIST ? "a list" : "a text";
}

/* A map, or nothing: then *out_count is 0. */
static int want_map(const struct ynode *n, const char *what, int *out_count, struct err *err)
{
	if (n->kind != Y_MAP && !ynode_is_null(n))
		return place_error(&n->at, err, "%s: expected a map, not %s", what, kind_name(n));
	*out_count = n->kind == Y_MAP ? n->count : 0;
	return 0;
}

/* JSON has no tags: `ansible-inventory --list` writes {"__ansible_vault": "..."}. */
static const struct ynode *without_tag(const struct ynode *n, struct ynode *copy)
{
	const char *key = n->kind == Y_MAP && n->count == 1 ? n->item[0]->text : "";
	bool vaulted = strcmp(key, "__ansible_vault") == 0;

	if ((!vaulted && strcmp(key, "__ansible_unsafe") != 0) || n->item[1]->kind != Y_TEXT)
		return n;
	*copy = *n->item[1];
	copy->vaulted = vaulted;
	copy->literal = !vaulted;
	return copy;
}

static int read_var(struct inventory *inv, const char *owner, struct ynode *const *pair,
		    const struct var **out, struct err *err)
{
	AUTO_FREE char *value = NULL;
	struct ynode copy;
	const struct ynode *n = without_tag(pair[1], &copy);
	struct written w = { .owner = owner,
			     .name = pair[0]->text,
			     .collection = n->kind != Y_TEXT,
			     .null = ynode_is_null(n),
			     .at = &pair[0]->at };

	if (ynode_value(inv, n, &value, &w.open, err) < 0)
		return -1;
	w.value = value;
	return build_var(inv, &w, out, err);
}

int yaml_group_vars(struct inventory *inv, struct group *g, const struct ynode *n, struct err *err)
{
	AUTO_FREE char *owner = xasprintf("group %s", g->name);
	int count;

	if (want_map(n, "vars", &count, err) < 0)
		return -1;
	g->defined = true;
	for (int i = 0; i < count; i++) {
		const struct var *v;

		if (read_var(inv, owner, &n->item[2 * i], &v, err) < 0 ||
		    build_group_var(g, v, err) < 0)
			return -1;
	}
	return 0;
}

int yaml_host_vars(struct inventory *inv, const struct ynode *key, const struct ynode *vars,
		   const struct ids *hosts, struct err *err)
{
	AUTO_FREE char *owner = xasprintf("host %s", key->text);
	int count;

	if (want_map(vars, owner, &count, err) < 0)
		return -1;
	for (int i = 0; i < count; i++) {
		const struct var *v;

		if (read_var(inv, owner, &vars->item[2 * i], &v, err) < 0 ||
		    build_host_var(inv, hosts, v, err) < 0)
			return -1;
	}
	return 0;
}

/* One line of hosts: a name or a range, and its variables. */
static int read_host(struct inventory *inv, struct group *g, const struct ynode *key,
		     const struct ynode *vars, struct ids *ids, struct err *err)
{
	if (build_hosts(inv, g, key->text, &key->at, ids, err) < 0)
		return -1;
	if (ids->again > 0)
		build_warn(inv, "%s:%d:%d: the host is there twice, and the later one counts more",
			   key->at.file->path, key->at.line, key->at.col);
	return vars ? yaml_host_vars(inv, key, vars, ids, err) : 0;
}

static int read_hosts(struct inventory *inv, struct group *g, const struct ynode *n,
		      struct err *err)
{
	int count, r = 0;
	struct ids ids = { 0 };

	g->section = build_section(inv);
	g->defined = true;
	g->has_hosts = true;
	if (n->kind == Y_TEXT && !ynode_is_null(n)) { /* hosts: web01 is allowed for one */
		r = read_host(inv, g, n, NULL, &ids, err);
	} else if (want_map(n, "hosts", &count, err) < 0) {
		r = err_hint(err, "hosts are keys: write `web01:`, not `- web01`");
	} else {
		for (int i = 0; r == 0 && i < count; i++)
			r = read_host(inv, g, n->item[2 * i], n->item[2 * i + 1], &ids, err);
	}
	free(ids.id);
	return r;
}

static int read_group(struct inventory *inv, const struct ynode *key, const struct ynode *n,
		      struct group *parent, int depth, struct err *err);

static int read_children(struct inventory *inv, struct group *g, const struct ynode *n, int depth,
			 struct err *err)
{
	int count;

	if (want_map(n, "children", &count, err) < 0)
		return err_hint(err, "children are keys: write `web:`, not `- web`");
	g->defined = true;
	for (int i = 0; i < count; i++)
		if (read_group(inv, n->item[2 * i], n->item[2 * i + 1], g, depth + 1, err) < 0)
			return -1;
	return 0;
}

/* Groups nest in the file as deep as YAML may, aliases can make it deeper: hence depth. */
static int read_group(struct inventory *inv, const struct ynode *key, const struct ynode *n,
		      struct group *parent, int depth, struct err *err)
{
	struct group *g;
	int count, r = 0;

	if (depth > LIMIT_NESTING)
		return place_error(&key->at, err, "groups nested deeper than %d",
				   (int)LIMIT_NESTING);
	if (build_group(inv, key->text, &key->at, &g, err) < 0 ||
	    (parent && build_child(inv, parent, g, &key->at, err) < 0) ||
	    want_map(n, "group", &count, err) < 0)
		return -1;
	g->defined |= !parent;
	g->may_be_empty = true;
	for (int i = 0; r == 0 && i < count; i++) {
		const struct ynode *word = n->item[2 * i], *value = n->item[2 * i + 1];

		if (strcmp(word->text, "hosts") == 0)
			r = read_hosts(inv, g, value, err);
		else if (strcmp(word->text, "children") == 0)
			r = read_children(inv, g, value, depth, err);
		else if (strcmp(word->text, "vars") == 0)
			r = yaml_group_vars(inv, g, value, err);
		else
			r = place_error(&word->at, err,
					"'%.100s' in group '%s': expected hosts, children or vars",
					word->text, g->name);
	}
	return r;
}

/* "[web]" on the first line that says something. */
static bool looks_like_ini(const struct source *src)
{
	const char *line = src->text;

	while (*line && strchr("#;\r\n \t", *line)) {
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	return line[0] == '[' && line[1 + strcspn(line + 1, "],\n")] == ']';
}

static int read_static(struct inventory *inv, const struct ynode *root, struct err *err)
{
	for (int i = 0; i < root->count; i++) {
		if (strcmp(root->item[2 * i]->text, "plugin") == 0)
			return place_error(&root->item[2 * i]->at, err,
					   "this configures an inventory plugin: "
					   "expected groups of hosts");
		if (read_group(inv, root->item[2 * i], root->item[2 * i + 1], NULL, 0, err) < 0)
			return -1;
	}
	return 0;
}

static int read_root(struct inventory *inv, const struct source *src, const struct ynode *root,
		     struct err *err)
{
	if (root->kind != Y_MAP)
		return place_error(&root->at, err, "expected a map of groups, not %s",
				   kind_name(root));
	if (src->kind == &program_output && !dynamic_has_hostvars(root))
		return place_error(&root->at, err,
				   "it has no _meta with hostvars: expected the variables of all "
				   "hosts there, no call a host is made (--host)");
	if (src->kind != &inventory_files && dynamic_is(root))
		return dynamic_read(inv, root, err);
	return read_static(inv, root, err);
}

int yaml_read(struct inventory *inv, struct source *src, struct err *err)
{
	struct place top = { src, 1, 1 };
	struct arena nodes = { 0 };
	struct ynode *root;
	int r;

	if (src->kind->json)
		source_join_pairs(src);
	r = ytree_read(&nodes, src, &root, err);
	if (r == 0 && (!root || ynode_is_null(root)))
		r = place_error(&top, err, "the file is empty: expected a map of groups");
	else if (r == 0)
		r = read_root(inv, src, root, err);
	if (r < 0 && err && looks_like_ini(src))
		err_hint(err,
			 "this looks like INI: such a file's name must not end in .yml, .yaml or "
			 ".json");
	arena_release(&nodes);
	return r;
}

int yaml_read_vars(struct inventory *inv, const struct source *src, const char *owner,
		   struct varset *out, struct err *err)
{
	struct arena nodes = { 0 };
	struct ynode *root;
	int r = ytree_read(&nodes, src, &root, err), count = 0;

	if (r == 0 && root)
		r = want_map(root, owner, &count, err);
	for (int i = 0; r == 0 && i < count; i++) {
		const struct var *v;

		r = read_var(inv, owner, &root->item[2 * i], &v, err);
		if (r == 0)
			varset_add(out, v);
	}
	arena_release(&nodes);
	return r;
}
