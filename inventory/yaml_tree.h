/* yaml_tree.h - a YAML file as a tree in which each node knows its line and column. libyaml
 * parses; anchors, aliases, merge keys, tags and double keys are dealt with here. */
#ifndef INVENTORY_YAML_TREE_H
#define INVENTORY_YAML_TREE_H

#include <stdbool.h>

#include "inventory/source.h"

enum {
	/* Collections in collections: a group and its `children` are two, and as many groups as INI
	 * has may be in each other (LIMIT_NESTING). */
	YAML_NESTING = 192,
	YAML_MERGED = 5000000           /* keys that << brings, in all */
};

enum ykind { Y_TEXT, Y_LIST, Y_MAP };

/* Aliased nodes are shared: the tree is a graph without loops. */
struct ynode {
	enum ykind kind;
	bool plain;                     /* written without quotes */
	bool literal;                   /* !unsafe: braces in it are no template */
	bool vaulted;                   /* !vault */
	bool no_text;                   /* held a zero byte: U+FFFD stands for it */
	struct place at;
	const char *text;
	int count;                      /* items, or pairs: then item is key, value, key, ... */
	struct ynode **item;
};

/* *out is NULL for a file that holds nothing. The nodes live in `a`. */
int ytree_read(struct arena *a, const struct source *src, struct ynode **out, struct err *err);

bool ynode_is_null(const struct ynode *n);      /* nothing at all, ~ or null */

#endif
