/* sheet.c - reading a report back, whichever of the formats for machines it has. */
#include "inventory/sheet.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/csv.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"

enum { FILE_MAX = 256 * 1024 * 1024, TEXT_MAX = 1024 * 1024 };

void sheet_release(struct sheet *s)
{
	free(s->column);
	free(s->cell);
	free(s->line);
	arena_release(&s->texts);
	*s = (struct sheet){ 0 };
}

int sheet_column(const struct sheet *s, const char *id)
{
	for (int i = 0; i < s->columns; i++)
		if (strcmp(s->column[i], id) == 0)
			return i;
	return -1;
}

const char *sheet_cell(const struct sheet *s, int row, int column)
{
	return s->cell[row * s->columns + column];
}

void sheet_begin(struct sheet *s, const char *const *id, int count)
{
	s->columns = count;
	s->column = xcalloc((size_t)count, sizeof(*s->column));
	for (int i = 0; i < count; i++)
		s->column[i] = arena_strdup(&s->texts, id[i]);
}

const char **sheet_row(struct sheet *s, int line)
{
	const char **cell;

	if (s->rows == s->rows_cap) {
		s->rows_cap = s->rows_cap ? s->rows_cap * 2 : 64;
		s->cell = xrealloc_array(s->cell, (size_t)s->rows_cap * (size_t)s->columns,
					 sizeof(*s->cell));
		s->line = xrealloc_array(s->line, (size_t)s->rows_cap, sizeof(*s->line));
	}
	cell = &s->cell[s->rows * s->columns];
	s->line[s->rows++] = line;
	for (int i = 0; i < s->columns; i++)
		cell[i] = "";
	return cell;
}

static int on_csv_row(void *ctx, int line, const char *const *field, int count, struct err *err)
{
	struct sheet *s = ctx;
	const char **cell;

	(void)err;
	if (!s->column) {
		sheet_begin(s, field, count);
		return 0;
	}
	cell = sheet_row(s, line);
	for (int i = 0; i < count; i++)
		cell[i] = arena_strdup(&s->texts, field[i]);
	return 0;
}

/* --- JSON ------------------------------------------------------------------------------ */
static void add_value(struct buf *out, const json_t *value)
{
	size_t i;
	json_t *item;

	if (json_is_string(value))
		buf_adds(out, json_string_value(value));
	else if (json_is_integer(value))
		buf_addf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_boolean(value))
		buf_adds(out, json_is_true(value) ? "yes" : "no");
	json_array_foreach(value, i, item)
	{
		buf_adds(out, i ? ";" : "");
		if (json_is_string(item))
			buf_adds(out, json_string_value(item));
	}
}

/* The first row names the columns: a report leaves no key out. */
static void columns_of(struct sheet *s, json_t *object)
{
	AUTO_FREE const char **id = xcalloc(json_object_size(object) + 1, sizeof(*id));
	const char *key;
	json_t *value;
	int count = 0;

	json_object_foreach(object, key, value) id[count++] = key;
	sheet_begin(s, id, count);
}

static int add_object(struct sheet *s, json_t *object, int line, struct err *err)
{
	const char **cell;
	struct buf text;

	if (!json_is_object(object) || json_object_size(object) == 0)
		return err_set(err, ERR_USAGE, "row %d is no object with columns", line);
	if (!s->column)
		columns_of(s, object);
	cell = sheet_row(s, line);
	for (int i = 0; i < s->columns; i++) {
		buf_init(&text, TEXT_MAX);
		add_value(&text, json_object_get(object, s->column[i]));
		cell[i] = arena_strdup(&s->texts, buf_text(&text));
		buf_release(&text);
	}
	return 0;
}

static int read_lines(struct sheet *s, const char *text, size_t len, struct err *err)
{
	const char *end = text + len;

	for (int line = 1; text < end; line++) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t size = (size_t)((stop ? stop : end) - text);
		AUTO_JSON json_t *object = NULL;

		if (strspn(text, " \t\r") < size) {
			object = json_parse_trusted(text, size, err);
			if (!object)
				return err_in(err, "line %d", line);
			if (add_object(s, object, line, err) < 0)
				return -1;
		}
		text += size + 1;
	}
	return 0;
}

static int read_json(struct sheet *s, const char *text, size_t len, struct err *err)
{
	const char *line_end = memchr(text, '\n', len);
	size_t first = line_end ? (size_t)(line_end - text) : len;
	AUTO_JSON json_t *one = json_parse_trusted(text, first, NULL), *all = NULL;
	const json_t *rows;
	size_t i;
	json_t *row;

	if (one && !json_object_get(one, "rows"))
		return read_lines(s, text, len, err);
	all = json_parse_trusted(text, len, err);
	if (!all)
		return -1;
	rows = json_get_arr(all, "rows");
	if (!rows)
		return err_set(err, ERR_USAGE, "it is no report: it has no rows");
	json_array_foreach(rows, i, row)
	{
		if (add_object(s, row, (int)i + 1, err) < 0)
			return -1;
	}
	return 0;
}

int sheet_read(const char *path, struct sheet *out, struct err *err)
{
	AUTO_FREE char *text = NULL;
	const char *at;
	size_t len;
	int r;

	*out = (struct sheet){ 0 };
	text = file_read(path, FILE_MAX, &len, err);
	if (!text)
		return -1;
	at = text + strspn(text, " \t\r\n");
	if (*at == '{')
		r = read_json(out, at, len - (size_t)(at - text), err);
	else
		r = csv_read(text, len, on_csv_row, out, err);
	return r < 0 ? err_in(err, "%s", path) : 0;
}
