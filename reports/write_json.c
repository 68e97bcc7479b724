/* write_json.c - a report as one JSON object, or its rows alone as one object a line. What is not
 * known is null. */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "reports/writer.h"

/* Never NULL: what is no UTF-8 is written escaped. */
static json_t *text_json(const char *text, size_t len)
{
	AUTO_FREE char *safe = NULL;

	if (text_is_utf8(text, len))
		return json_stringn(text, len);
	safe = text_printable(text, len, 4 * len);
	return json_string(safe);
}

static json_t *list_json(const char *text)
{
	json_t *list = json_array();

	while (*text) {
		size_t len = strcspn(text, ";");

		json_array_append_new(list, text_json(text, len));
		text += len + (text[len] == ';');
	}
	return list;
}

static json_t *cell_json(const struct column *column, const struct cell *cell)
{
	char text[CLOCK_TEXT];

	if (!cell->known)
		return column->type == COL_LIST ? json_array() : json_null();
	switch (column->type) {
	case COL_TEXT:
		return text_json(cell->text, strlen(cell->text));
	case COL_LIST:
		return list_json(cell->text);
	case COL_INT:
	case COL_SPAN:
	case COL_SHARE:
		return json_integer(cell->number);
	case COL_BOOL:
		return json_boolean(cell->number != 0);
	case COL_TIME:
		return json_string(clock_format_utc(cell->number, text));
	}
	return json_null();
}

static void put_value(FILE *f, json_t *value)
{
	json_dumpf(value, f, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
	json_decref(value);
}

static json_t *row_json(const struct report *r, int row)
{
	json_t *object = json_object();

	for (int i = 0; i < r->column_count; i++)
		json_object_set_new(object, r->column[i].id,
				    cell_json(&r->column[i], report_cell(r, row, i)));
	return object;
}

void write_json(const struct report *r, const struct write_options *options, FILE *f)
{
	char now[CLOCK_TEXT];

	(void)options;
	fprintf(f,
		"{\"report\": \"%s\", \"version\": %d, \"generated\": \"%s\", "
		"\"older_rules\": %s,\n \"summary\": ",
		r->name, r->version, clock_format_utc(r->utc_ms, now),
		r->older_rules ? "true" : "false");
	put_value(f, json_incref(r->summary));
	fputs(",\n \"rows\": [", f);
	for (int row = 0; row < r->row_count; row++) {
		fputs(row ? ",\n  " : "\n  ", f);
		put_value(f, row_json(r, row));
	}
	fputs(r->row_count ? "\n ]}\n" : "]}\n", f);
}

void write_jsonl(const struct report *r, const struct write_options *options, FILE *f)
{
	(void)options;
	for (int row = 0; row < r->row_count; row++) {
		put_value(f, row_json(r, row));
		fputc('\n', f);
	}
}
