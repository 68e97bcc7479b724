/* timing.c - what collecting each fact took on the host: `marshal show HOST --timing`. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/term.h"
#include "reports/dossier.h"

struct timed { const char *name; int64_t ms; };

/* The slowest first; facts of one time by name. */
static int by_time(const void *a, const void *b)
{
	const struct timed *x = a, *y = b;

	if (x->ms != y->ms)
		return x->ms < y->ms ? 1 : -1;
	return strcmp(x->name, y->name);
}

static void add_row(struct term_table *t, const struct dossier *d, const struct timed *fact)
{
	const struct host_row *row = &d->rows.row[0];
	const char *kind = json_get_str(json_object_get(row->facts, fact->name), "kind");
	bool failed = json_get_str(json_object_get(row->facts, fact->name), "error") != NULL;
	char took[24], ago[CLOCK_TEXT];
	int64_t seen = 0;

	json_get_int(row->facts_utc, fact->name, &seen);
	snprintf(took, sizeof(took), "%lld", (long long)fact->ms);
	clock_format_duration(d->now_utc_ms > seen ? d->now_utc_ms - seen : 0, ago);
	term_table_row(t);
	term_table_cell(t, 0, TERM_PLAIN, fact->name);
	term_table_cell(t, 1, TERM_PLAIN, took);
	term_table_cell(t, 2, TERM_PLAIN, ago);
	term_table_cell(t, 3, failed ? TERM_YELLOW : TERM_PLAIN, failed ? kind : "");
}

void dossier_print_timing(const struct dossier *d, FILE *f)
{
	const struct host_row *row = &d->rows.row[0];
	size_t size = json_object_size(row->facts_ms);
	AUTO_FREE struct timed *facts = xcalloc(size + 1, sizeof(*facts));
	struct term_table *t = term_table_new(f);
	const char *name;
	int64_t sum = 0;
	json_t *ms;
	int count = 0;
	char all[CLOCK_TEXT];

	json_object_foreach(row->facts_ms, name, ms)
	{
		facts[count++] = (struct timed){ name, json_integer_value(ms) };
		sum += json_integer_value(ms);
	}
	qsort(facts, (size_t)count, sizeof(*facts), by_time);
	term_table_column(t, "FACT", false);
	term_table_column(t, "MS", true);
	term_table_column(t, "SEEN AGO", true);
	term_table_column(t, "FAILED", false);
	for (int i = 0; i < count; i++)
		add_row(t, d, &facts[i]);
	term_table_print(t);
	term_table_free(t);
	fprintf(f,
		"%d facts of %s, collected in %s on the host; what else a look takes is the way\n",
		count, row->name, clock_format_duration(sum, all));
}
