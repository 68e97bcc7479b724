/* yaml_value.c - values of variables: one text, or a list or map as compact JSON for `show`. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "inventory/build.h"
#include "inventory/yaml_tree.h"

bool ynode_is_null(const struct ynode *n)
{
	return n->kind == Y_TEXT && n->plain &&
	       (n->text[0] == '\0' || strcmp(n->text, "~") == 0 ||
		text_casecmp(n->text, "null") == 0);
}

/* What the value needs before it says anything. */
static void look_for_open(const struct ynode *n, enum open *out)
{
	if (n->vaulted)
		*out = OPEN_VAULTED;
	else if (n->no_text)
		*out = OPEN_NO_TEXT;
	else if (!n->literal && var_is_template(n->text))
		*out = OPEN_TEMPLATE;
}

/* Inside a collection the kinds of values are kept; alone, all is text. */
static json_t *scalar_json(const struct ynode *n)
{
	char *end;
	long long number;

	if (!n->plain)
		return json_string(n->text);
	if (ynode_is_null(n))
		return json_null();
	if (!text_casecmp(n->text, "true") || !text_casecmp(n->text, "yes"))
		return json_true();
	if (!text_casecmp(n->text, "false") || !text_casecmp(n->text, "no"))
		return json_false();
	number = strtoll(n->text, &end, 10);
	if (end != n->text && *end == '\0' && strlen(n->text) < 18)
		return json_integer(number);
	return json_string(n->text);
}

/* Takes value over, also when it is NULL: jansson makes nothing of what is no UTF-8. */
static int put(json_t *to, const struct ynode *n, int i, json_t *value, struct err *err)
{
	int r = n->kind == Y_LIST ? json_array_append_new(to, value) :
				    json_object_set_new(to, n->item[2 * i]->text, value);

	return r == 0 ? 0 : place_error(&n->at, err, "expected UTF-8 text");
}

/* Depth is that of the file, limited when it was read, times aliases. */
static int to_json(struct inventory *inv, const struct ynode *n, int depth, json_t **out,
		   enum open *out_open, struct err *err)
{
	AUTO_JSON json_t *all = NULL;

	if (build_entry(inv, &n->at, err) < 0)
		return -1;
	if (depth > YAML_NESTING)
		return place_error(&n->at, err, "nested deeper than %d", (int)YAML_NESTING);
	if (n->kind == Y_TEXT) {
		look_for_open(n, out_open);
		*out = scalar_json(n);
		return 0;
	}
	all = n->kind == Y_LIST ? json_array() : json_object();
	for (int i = 0; i < n->count; i++) {
		json_t *one;

		if (to_json(inv, n->item[n->kind == Y_LIST ? i : 2 * i + 1], depth + 1, &one,
			    out_open, err) < 0 ||
		    put(all, n, i, one, err) < 0)
			return -1;
	}
	*out = all;
	all = NULL;
	return 0;
}

int ynode_value(struct inventory *inv, const struct ynode *n, char **out_text, enum open *out_open,
		struct err *err)
{
	AUTO_JSON json_t *json = NULL;

	*out_open = OPEN_NOT;
	if (n->kind == Y_TEXT) {
		look_for_open(n, out_open);
		*out_text = xstrdup(ynode_is_null(n) ? "" : n->text);
		return 0;
	}
	if (to_json(inv, n, 0, &json, out_open, err) < 0)
		return -1;
	*out_text = json_canonical(json);
	return 0;
}
