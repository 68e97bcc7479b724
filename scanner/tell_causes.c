/* tell_causes.c - the end of a command that asked many hosts. */
#include "scanner/tell_causes.h"

#include <stdio.h>

#include "base/fold.h"
#include "base/mem.h"
#include "base/term.h"

/* What was cut short was not kept: where it goes on is all that there is. */
static char *hosts_of(const struct cause *cause, const char *rest)
{
	if (!rest || cause->fault == FAULT_CANCELLED)
		return fold_names(cause->name, cause->count);
	return fold_some(cause->name, cause->count, rest);
}

static void print_faults(const struct causes *causes, const char *rest)
{
	struct term_table *table = term_table_new(stdout);

	term_table_column(table, "FAULT", false);
	term_table_column(table, "COUNT", true);
	term_table_column(table, "HOSTS", false);
	for (int i = 0; i < causes->count; i++) {
		const struct cause *cause = causes->item[i];
		AUTO_FREE char *names = hosts_of(cause, rest);
		char count[16];

		snprintf(count, sizeof(count), "%d", cause->count);
		term_table_row(table);
		term_table_cell(table, 0, TERM_YELLOW, err_name(cause->fault));
		term_table_cell(table, 1, TERM_PLAIN, count);
		term_table_cell(table, 2, TERM_PLAIN, names);
	}
	term_table_print(table);
	term_table_free(table);
}

static void print_hint(const char *hint)
{
	fputs("  ", stdout);
	term_wrap(stdout, hint, 2, 2, term_width(stdout));
}

static void print_cause(const struct cause *cause, bool first)
{
	AUTO_FREE char *line = xasprintf("%s: %s", err_name(cause->fault), cause->text);

	fputs(first ? "\n" : "", stdout);
	term_wrap(stdout, line, 2, 0, term_width(stdout));
}

/* What each cause was, with what to do about it where that is its own, and below the last of one
 * fault what to do about the others. */
static void print_hints(const struct causes *causes)
{
	for (int code = 1; code <= FAULT_LAST; code++) {
		bool any = false, common = false;

		for (int i = 0; i < causes->count && code != FAULT_CANCELLED; i++) {
			const struct cause *cause = causes->item[i];

			if ((int)cause->fault != code)
				continue;
			print_cause(cause, !any);
			any = true;
			if (cause->hint)
				print_hint(cause->hint);
			else
				common = true;
		}
		if (common)
			print_hint(err_hint_of((enum err_code)code));
	}
}

void causes_print(const struct causes *causes, const char *rest)
{
	print_faults(causes, rest);
	print_hints(causes);
}

json_t *causes_json(const struct causes *causes)
{
	json_t *faults = json_object();

	for (int i = 0; i < causes->count; i++) {
		const char *name = err_name(causes->item[i]->fault);
		json_int_t before = json_integer_value(json_object_get(faults, name));

		json_object_set_new(faults, name, json_integer(before + causes->item[i]->count));
	}
	return faults;
}
