/* yaml_tree.c - builds the tree from libyaml's events. Depth is limited while building; what
 * aliases multiply is limited where the tree is walked. */
#include "inventory/yaml_tree.h"

#include <string.h>
#include <yaml.h>

#include "base/map.h"
#include "base/mem.h"
#include "inventory/build.h"

enum { KEYS_BY_EYE = 8 }; /* up to so many keys are compared one with another */

struct tree {
	yaml_parser_t parser;
	yaml_event_t event; /* the one being looked at; owned */
	struct arena *arena;
	const struct source *src;
	struct map anchors;
	int depth;
	long merged;
};

/* The children of a node while it is being read. */
struct items {
	struct ynode **item;
	int count, cap;
};

static int compose(struct tree *t, struct ynode **out, struct err *err);

static struct place place_of(const struct tree *t, yaml_mark_t mark)
{
	return (struct place){ t->src, (int)mark.line + 1, (int)mark.column + 1 };
}

static int next_event(struct tree *t, struct err *err)
{
	yaml_parser_t *p = &t->parser;
	struct place at;

	yaml_event_delete(&t->event);
	if (yaml_parser_parse(p, &t->event))
		return 0;
	/* the reader, unlike the rest, knows bytes only */
	at = p->error == YAML_READER_ERROR ? source_place(t->src, p->problem_offset) :
					     place_of(t, p->problem_mark);
	if (p->context)
		return place_error(&at, err, "%s %s", p->context, p->problem ? p->problem : "");
	return place_error(&at, err, "%s", p->problem ? p->problem : "not YAML");
}

static int check_tag(const struct tree *t, const char *tag, struct ynode *n, struct err *err)
{
	static const char standard[] = "tag:yaml.org,2002:";

	if (!tag || strcmp(tag, "!") == 0 || strncmp(tag, standard, sizeof(standard) - 1) == 0)
		return 0;
	if (t->src->kind->vaulted_values && t->event.type == YAML_SCALAR_EVENT &&
	    (strcmp(tag, "!vault") == 0 || strcmp(tag, "!vault-encrypted") == 0)) {
		n->vaulted = true;
		return 0;
	}
	if (strcmp(tag, "!unsafe") == 0) {
		n->literal = true;
		return 0;
	}
	return place_error(&n->at, err, "unknown tag '%.60s'", tag);
}

/* With U+FFFD for each zero byte, which no name may have either. */
static const char *without_zeros(struct arena *a, const char *text, size_t len)
{
	static const char mark[] = "\xEF\xBF\xBD";
	char *out = arena_alloc(a, len * 3 + 1, 1), *at = out;

	for (size_t i = 0; i < len; i++) {
		size_t size = text[i] ? 1 : sizeof(mark) - 1;

		memcpy(at, text[i] ? &text[i] : mark, size);
		at += size;
	}
	*at = '\0';
	return out;
}

static void read_text(struct tree *t, struct ynode *n)
{
	const char *text = (const char *)t->event.data.scalar.value;
	size_t len = t->event.data.scalar.length;

	n->kind = Y_TEXT;
	n->plain = t->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	n->no_text = memchr(text, '\0', len) != NULL;
	n->text = n->no_text ? without_zeros(t->arena, text, len) :
			       arena_strndup(t->arena, text, len);
}

static void take_items(struct tree *t, struct ynode *n, struct items *items, int per_entry)
{
	n->item = arena_alloc(t->arena, (size_t)items->count, sizeof(*n->item));
	if (items->count)
		memcpy(n->item, items->item, (size_t)items->count * sizeof(*n->item));
	n->count = items->count / per_entry;
}

static int read_list(struct tree *t, struct ynode *n, struct err *err)
{
	struct items items = { 0 };
	int r = 0;

	n->kind = Y_LIST;
	while ((r = next_event(t, err)) == 0 && t->event.type != YAML_SEQUENCE_END_EVENT) {
		MEM_GROW(items.item, items.count, items.cap);
		r = compose(t, &items.item[items.count], err);
		if (r < 0)
			break;
		items.count++;
	}
	take_items(t, n, &items, 1);
	mem_auto_free(&items.item);
	return r;
}

/* Whether key is among the pairs; seen holds them all once there are many. */
static struct ynode *find_key(const struct items *pairs, struct map *seen, const char *key)
{
	if (pairs->count / 2 <= KEYS_BY_EYE) {
		for (int i = 0; i < pairs->count; i += 2)
			if (strcmp(pairs->item[i]->text, key) == 0)
				return pairs->item[i];
		return NULL;
	}
	for (int i = (int)seen->count * 2; i < pairs->count; i += 2)
		map_add(seen, pairs->item[i]->text, pairs->item[i]);
	return map_get(seen, key);
}

static void add_pair(struct items *pairs, struct ynode *key, struct ynode *value)
{
	MEM_GROW(pairs->item, pairs->count, pairs->cap);
	pairs->item[pairs->count++] = key;
	MEM_GROW(pairs->item, pairs->count, pairs->cap);
	pairs->item[pairs->count++] = value;
}

/* `<<: *other`: the pairs of the other map whose keys are not there yet. */
static int merge(struct tree *t, struct items *pairs, struct map *seen, const struct ynode *from,
		 struct err *err)
{
	if (from->kind == Y_LIST) {
		for (int i = 0; i < from->count; i++) {
			if (from->item[i]->kind != Y_MAP)
				return place_error(&from->item[i]->at, err,
						   "expected a map behind <<");
			if (merge(t, pairs, seen, from->item[i], err) < 0)
				return -1;
		}
		return 0;
	}
	if (from->kind != Y_MAP)
		return place_error(&from->at, err, "expected a map or a list of maps behind <<");
	t->merged += from->count;
	if (t->merged > YAML_MERGED)
		return place_error(&from->at, err, "more than %d merged keys", (int)YAML_MERGED);
	for (int i = 0; i < from->count; i++)
		if (!find_key(pairs, seen, from->item[2 * i]->text))
			add_pair(pairs, from->item[2 * i], from->item[2 * i + 1]);
	return 0;
}

static int read_pair(struct tree *t, struct items *pairs, struct map *seen, struct items *merges,
		     struct err *err)
{
	struct ynode *key, *value, *first;

	if (compose(t, &key, err) < 0)
		return -1;
	if (key->kind != Y_TEXT)
		return place_error(&key->at, err, "expected a text as key");
	if (next_event(t, err) < 0 || compose(t, &value, err) < 0)
		return -1;
	if (key->plain && strcmp(key->text, "<<") == 0) {
		add_pair(merges, key, value);
		return 0;
	}
	first = find_key(pairs, seen, key->text);
	if (first)
		return place_error(&key->at, err, "key '%.100s' is there twice, first at line %d",
				   key->text, first->at.line);
	add_pair(pairs, key, value);
	return 0;
}

static int read_map(struct tree *t, struct ynode *n, struct err *err)
{
	struct items pairs = { 0 }, merges = { 0 };
	struct map seen = { 0 };
	int r;

	n->kind = Y_MAP;
	while ((r = next_event(t, err)) == 0 && t->event.type != YAML_MAPPING_END_EVENT) {
		r = read_pair(t, &pairs, &seen, &merges, err);
		if (r < 0)
			break;
	}
	/* after all own keys: those win, wherever the << stands */
	for (int i = 0; r == 0 && i < merges.count; i += 2)
		r = merge(t, &pairs, &seen, merges.item[i + 1], err);
	take_items(t, n, &pairs, 2);
	mem_auto_free(&pairs.item);
	mem_auto_free(&merges.item);
	map_release(&seen);
	return r;
}

static int read_alias(struct tree *t, struct ynode **out, struct err *err)
{
	const char *name = (const char *)t->event.data.alias.anchor;
	struct place at = place_of(t, t->event.start_mark);

	*out = map_get(&t->anchors, name);
	/* an anchor counts from the end of its node on, so no node can hold itself */
	if (!*out)
		return place_error(&at, err,
				   "alias *%.60s: no anchor of that name is complete before it",
				   name);
	return 0;
}

/* The node that begins with the event at hand. */
static int compose(struct tree *t, struct ynode **out, struct err *err)
{
	const unsigned char *anchor = NULL, *tag = NULL;
	char *name = NULL;
	struct ynode *n;
	yaml_event_type_t type = t->event.type;
	int r = 0;

	if (type == YAML_ALIAS_EVENT)
		return read_alias(t, out, err);
	n = arena_alloc(t->arena, 1, sizeof(*n));
	n->at = place_of(t, t->event.start_mark);
	if (t->depth >= YAML_NESTING)
		return place_error(&n->at, err, "nested deeper than %d", (int)YAML_NESTING);
	if (type == YAML_SCALAR_EVENT) {
		anchor = t->event.data.scalar.anchor;
		tag = t->event.data.scalar.tag;
	} else if (type == YAML_SEQUENCE_START_EVENT) {
		anchor = t->event.data.sequence_start.anchor;
		tag = t->event.data.sequence_start.tag;
	} else {
		anchor = t->event.data.mapping_start.anchor;
		tag = t->event.data.mapping_start.tag;
	}
	if (check_tag(t, (const char *)tag, n, err) < 0)
		return -1;
	if (anchor)
		name = arena_strdup(t->arena, (const char *)anchor);
	t->depth++;
	if (type == YAML_SCALAR_EVENT)
		read_text(t, n);
	else
		r = type == YAML_SEQUENCE_START_EVENT ? read_list(t, n, err) : read_map(t, n, err);
	t->depth--;
	if (r == 0 && name && map_add(&t->anchors, name, n))
		return place_error(&n->at, err, "anchor &%.60s is there twice", name);
	*out = n;
	return r;
}

static int read_document(struct tree *t, struct ynode **out, struct err *err)
{
	struct place at;

	*out = NULL;
	if (next_event(t, err) < 0 || next_event(t, err) < 0) /* stream, document */
		return -1;
	if (t->event.type == YAML_STREAM_END_EVENT)
		return 0;
	if (next_event(t, err) < 0 || compose(t, out, err) < 0 || next_event(t, err) < 0 ||
	    next_event(t, err) < 0)
		return -1;
	at = place_of(t, t->event.start_mark);
	if (t->event.type != YAML_STREAM_END_EVENT)
		return place_error(&at, err, "a second document: expected one in a file");
	return 0;
}

int ytree_read(struct arena *a, const struct source *src, struct ynode **out, struct err *err)
{
	struct tree t = { .arena = a, .src = src };
	int r;

	if (!yaml_parser_initialize(&t.parser))
		return err_set(err, ERR_SYSTEM, "%s: no memory for the YAML parser", src->path);
	yaml_parser_set_encoding(&t.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&t.parser, (const unsigned char *)src->text, src->len);
	r = read_document(&t, out, err);
	yaml_event_delete(&t.event);
	yaml_parser_delete(&t.parser);
	map_release(&t.anchors);
	return r;
}
