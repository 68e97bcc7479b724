/* print.c - a row a key; the columns are those of docs/keys.md in each format. */
#include "scanner/keys/print.h"

#include <jansson.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/csv.h"
#include "base/mem.h"
#include "base/term.h"

#define COLOR(id, word, color) color,
static const enum term_color verdict_color[] = { KEY_VERDICTS(COLOR) };
static const enum term_color listed_color[] = { KEY_LISTED(COLOR) };

/* "FILE:3", "" where no line says otherwise. */
static char *place_text(const struct key_row *row)
{
	if (row->place.path && row->place.line > 0)
		return xasprintf("%s:%d", row->place.path, row->place.line);
	return xstrdup(row->place.path ? row->place.path : "");
}

char *key_row_called(const struct key_row *row)
{
	if (row->target->kind == KEY_CERTIFICATE)
		return xasprintf("certificate %s", row->fingerprint);
	return xasprintf("%s key %s", row->key->line.type, row->fingerprint);
}

char *key_row_disagrees(const struct key_row *row)
{
	const struct kh_place *at = &row->place;
	AUTO_FREE char *where =
		at->line > 0 ? xasprintf("%s line %d", at->path, at->line) : xstrdup(at->path);

	if (row->verdict == KEY_REVOKED)
		return xasprintf("is revoked by %s", where);
	if (at->key.len == 0)
		return xasprintf("is vouched for by nobody, and an authority did before, %s",
				 where);
	return xasprintf("is not the one in %s, %s", where, row->recorded);
}

void key_rows_print_table(const struct key_rows *rows)
{
	static const char *const titles[] = { "HOST",	  "AT",	  "TYPE",	"SEEN",	    "KNOWN",
					      "RECORDED", "LIST", "FIRST SEEN", "LAST SEEN" };
	struct term_table *table = term_table_new(stdout);

	for (size_t i = 0; i < ARRAY_LEN(titles); i++)
		term_table_column(table, titles[i], false);
	for (int i = 0; i < rows->count; i++) {
		const struct key_row *row = &rows->item[i];
		AUTO_FREE char *place = place_text(row);
		AUTO_FREE char *recorded =
			row->recorded ? xasprintf("%s %s", place, row->recorded) : xstrdup("");
		char first[CLOCK_TEXT], last[CLOCK_TEXT];

		term_table_row(table);
		term_table_cell(table, 0, TERM_PLAIN, row->target->name);
		term_table_cell(table, 1, TERM_PLAIN, row->target->known_as);
		term_table_cell(table, 2, TERM_PLAIN, row->key->line.type);
		term_table_cell(table, 3, TERM_PLAIN, row->fingerprint);
		term_table_cell(table, 4, verdict_color[row->verdict],
				key_verdict_word[row->verdict]);
		term_table_cell(table, 5, TERM_PLAIN, recorded);
		term_table_cell(table, 6, listed_color[row->listed], key_listed_word[row->listed]);
		term_table_cell(table, 7, TERM_DIM,
				clock_format_utc(row->key->first_utc_ms, first));
		term_table_cell(table, 8, TERM_DIM, clock_format_utc(row->key->last_utc_ms, last));
	}
	term_table_print(table);
	term_table_free(table);
}

void key_rows_print_csv(const struct key_rows *rows)
{
	puts("host,address,port,type,fingerprint,known,recorded,place,listed,first_seen,last_seen");
	for (int i = 0; i < rows->count; i++) {
		const struct key_row *row = &rows->item[i];
		AUTO_FREE char *place = place_text(row), *port = xasprintf("%d", row->target->port);
		char first[CLOCK_TEXT], last[CLOCK_TEXT];
		const char *const cells[] = { row->target->name,
					      row->target->address,
					      port,
					      row->key->line.type,
					      row->fingerprint,
					      key_verdict_word[row->verdict],
					      row->recorded ? row->recorded : "",
					      place,
					      key_listed_word[row->listed],
					      clock_format_utc(row->key->first_utc_ms, first),
					      clock_format_utc(row->key->last_utc_ms, last) };

		for (size_t c = 0; c < ARRAY_LEN(cells); c++) {
			if (c > 0)
				putchar(',');
			csv_cell(stdout, cells[c], false);
		}
		putchar('\n');
	}
}

void key_rows_print_json(const struct key_rows *rows)
{
	AUTO_JSON json_t *all = json_array();

	for (int i = 0; i < rows->count; i++) {
		const struct key_row *row = &rows->item[i];
		char first[CLOCK_TEXT], last[CLOCK_TEXT];

		json_array_append_new(
			all,
			json_pack("{s:s, s:s, s:i, s:s, s:s, s:s, s:s?, s:s?, s:o, s:s?, s:s, s:s}",
				  "host", row->target->name, "address", row->target->address,
				  "port", row->target->port, "type", row->key->line.type,
				  "fingerprint", row->fingerprint, "known",
				  key_verdict_word[row->verdict], "recorded", row->recorded, "file",
				  row->place.path, "line",
				  row->place.path && row->place.line > 0 ?
					  json_integer(row->place.line) :
					  json_null(),
				  "listed",
				  row->listed != LISTED_NONE ? key_listed_word[row->listed] : NULL,
				  "first_seen", clock_format_utc(row->key->first_utc_ms, first),
				  "last_seen", clock_format_utc(row->key->last_utc_ms, last)));
	}
	json_dumpf(all, stdout, JSON_INDENT(2));
	putchar('\n');
}
