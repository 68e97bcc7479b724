/* write_html.c - a report as a page with its one table. The compliance report has a page of its
 * own (html_page.h). */
#include <inttypes.h>
#include <string.h>

#include "reports/html.h"
#include "reports/html_table.h"
#include "reports/writer.h"

/* "by_status" as "by status". */
static void put_key(FILE *f, const char *key)
{
	for (; *key; key++)
		html_textn(f, *key == '_' ? " " : key, 1);
}

/* A line an object of the list, its texts one behind the other. */
static void put_list(FILE *f, const json_t *list)
{
	const char *key, *between = "";
	json_t *line, *value;
	size_t i;

	json_array_foreach(list, i, line)
	{
		json_object_foreach(line, key, value)
		{
			fputs(between, f);
			html_textn(f, json_string_value(value), json_string_length(value));
			between = " ";
		}
		between = "<br>";
	}
	if (json_array_size(list) == 0)
		fputs("none", f);
}

static void put_value(FILE *f, const json_t *value)
{
	const char *key, *between = "";
	json_t *member;

	if (json_is_object(value)) {
		json_object_foreach((json_t *)value, key, member)
		{
			if (json_integer_value(member) == 0)
				continue;
			fputs(between, f);
			html_text(f, key);
			fprintf(f, " %" JSON_INTEGER_FORMAT, json_integer_value(member));
			between = ", ";
		}
		if (!*between)
			fputs("none", f);
	} else if (json_is_array(value)) {
		put_list(f, value);
	} else if (json_is_integer(value)) {
		html_number(f, json_integer_value(value));
	} else if (json_is_real(value)) {
		html_share(f, report_per_mille(json_real_value(value)), 1000);
	} else if (json_is_string(value)) {
		html_textn(f, json_string_value(value), json_string_length(value));
	} else {
		fputc('-', f);
	}
}

void write_html(const struct report *r, const struct write_options *options, FILE *f)
{
	struct table_view view = { .caption = r->name, .tools = true };
	const char *key;
	struct buf style;
	json_t *value;

	(void)options;
	buf_init(&style, TABLE_STYLE);
	html_table_style(r, &view, &style);
	html_begin(f, r->name, buf_text(&style));
	buf_release(&style);
	fputs("<header><h1>Report: ", f);
	html_text(f, r->name);
	fputs("</h1></header>\n<main>\n", f);
	html_older_rules(f, r);
	fputs("<section id=\"summary\" aria-label=\"Summary\">\n<dl class=\"fields\">\n", f);
	json_object_foreach(r->summary, key, value)
	{
		fputs("<dt>", f);
		put_key(f, key);
		fputs("</dt><dd>", f);
		put_value(f, value);
		fputs("</dd>\n", f);
	}
	fputs("</dl></section>\n<section id=\"rows\" aria-label=\"Rows\">\n", f);
	html_table(f, r, &view);
	fputs("</section>\n</main>\n", f);
	html_end(f, r);
}
