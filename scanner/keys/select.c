/* select.c - opens what keys commands that ask no server read. */
#include "scanner/keys/select.h"

#include <string.h>

int key_selection_open(const struct app *app, char **pattern, int count,
		       const struct key_sources *sources, struct key_selection *out,
		       struct err *err)
{
	static const struct choice none = { .from = NULL };
	struct key_list *list = NULL;
	int rc;

	memset(out, 0, sizeof(*out));
	out->files = key_files_new(sources->known_hosts);
	out->inv = inventory_open(app, err);
	if (!out->inv ||
	    key_targets_select(out->inv, &(struct wish){ pattern, count, &none, app->db },
			       &out->targets, err) != 0)
		return -1;
	if (sources->from && (list = key_list_read(sources->from, err)) == NULL)
		return -1;
	rc = key_rows_make(&out->targets, out->files, list, &out->rows, err);
	key_list_free(list);
	return rc;
}

void key_selection_close(struct key_selection *s)
{
	key_rows_release(&s->rows);
	key_files_free(s->files);
	key_targets_release(&s->targets);
	inventory_free(s->inv);
}
