/* json.c - JSON in, within limits. Before jansson builds anything, a scan of our own counts
 * values and depth and knows just enough of the grammar for that: strings, brackets, commas.
 * What the scan lets through and is no JSON, jansson refuses; so the scan may only err on the
 * side of counting too much. One lone surrogate, an integer above 64 bits or 1e999 makes jansson
 * refuse the whole document: wanted, as our scripts never write them. */
#include "base/json.h"

#include <string.h>

struct shape { size_t values, depth; };

/* The index behind the string that begins at i. */
static size_t skip_string(const char *text, size_t len, size_t i)
{
	for (i++; i < len && text[i] != '"'; i++)
		if (text[i] == '\\')
			i++;
	return i + 1;
}

/* Counts an upper bound of values (each bracket and each scalar, keys among them) and the
 * deepest nesting. Stops early once a limit is passed. */
static struct shape measure(const char *text, size_t len, size_t max_values, size_t max_depth)
{
	struct shape s = { 0, 0 };
	size_t depth = 0, i = 0;
	bool in_word = false;

	while (i < len && s.values <= max_values && s.depth <= max_depth) {
		char c = text[i];
		bool blank =
			c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',' || c == ':';

		if (c == '{' || c == '[') {
			s.values++;
			if (++depth > s.depth)
				s.depth = depth;
		} else if ((c == '}' || c == ']') && depth > 0) {
			depth--;
		} else if (c == '"') {
			s.values++;
			i = skip_string(text, len, i);
			/* a key is no value: it was counted with what follows it */
			while (i < len && (text[i] == ' ' || text[i] == '\t'))
				i++;
			if (i < len && text[i] == ':')
				s.values--;
			in_word = false;
			continue;
		} else if (!blank && c != '}' && c != ']' && !in_word) {
			s.values++;
		}
		in_word = !blank && !strchr("{}[]", c);
		i++;
	}
	return s;
}

static json_t *load(const char *text, size_t len, enum err_code code, struct err *err)
{
	json_error_t why;
	json_t *value = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);

	if (!value)
		err_set(err, code, "no valid JSON at line %d, column %d: %s", why.line, why.column,
			why.text);
	return value;
}

json_t *json_parse(const char *text, size_t len, struct err *err)
{
	struct shape s = measure(text, len, JSON_MAX_VALUES, JSON_MAX_DEPTH);

	if (s.values > JSON_MAX_VALUES) {
		err_set(err, FAULT_WRONG_ANSWER, "JSON with more than %d values", JSON_MAX_VALUES);
		return NULL;
	}
	if (s.depth > JSON_MAX_DEPTH) {
		err_set(err, FAULT_WRONG_ANSWER, "JSON nested deeper than %d", JSON_MAX_DEPTH);
		return NULL;
	}
	return load(text, len, FAULT_WRONG_ANSWER, err);
}

json_t *json_parse_trusted(const char *text, size_t len, struct err *err)
{
	return load(text, len, ERR_USAGE, err);
}

char *json_canonical(const json_t *value)
{
	return json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
}

bool json_get_int(const json_t *obj, const char *key, int64_t *out)
{
	const json_t *value = json_object_get(obj, key);

	if (!json_is_integer(value))
		return false;
	*out = json_integer_value(value);
	return true;
}

bool json_get_bool(const json_t *obj, const char *key, bool *out)
{
	const json_t *value = json_object_get(obj, key);

	if (!json_is_boolean(value))
		return false;
	*out = json_is_true(value);
	return true;
}

const char *json_get_str(const json_t *obj, const char *key)
{
	return json_string_value(json_object_get(obj, key));
}

json_t *json_get_obj(const json_t *obj, const char *key)
{
	json_t *value = json_object_get(obj, key);

	return json_is_object(value) ? value : NULL;
}

json_t *json_get_arr(const json_t *obj, const char *key)
{
	json_t *value = json_object_get(obj, key);

	return json_is_array(value) ? value : NULL;
}
