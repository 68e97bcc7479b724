/* stopped.c - tells of servers whose obengine a run of ours left stopped, or may have. */
#include "scanner/stopped.h"

#include <string.h>

#include "base/fold.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

const char *stopped_run_name(const char *run)
{
	bool fits = run && strlen(run) <= RUN_NAME_MAX;

	return fits ? text_pasteable(run, "unknown") : "unknown";
}

/* How many rows from `at` on are of one run. */
static int same_run(const struct stopped_rows *rows, int at)
{
	int end = at;

	while (end < rows->count && strcmp(rows->row[end].run, rows->row[at].run) == 0 &&
	       rows->row[end].seen == rows->row[at].seen)
		end++;
	return end - at;
}

int warn_stopped(struct store *s, struct err *err)
{
	struct stopped_rows rows;

	if (store_stopped(s, &rows, err) != 0)
		return -1;
	for (int at = 0, count; at < rows.count; at += count) {
		const char *run = rows.row[at].run;
		AUTO_FREE const char **name = xcalloc((size_t)rows.count, sizeof(*name));
		AUTO_FREE char *hosts = NULL;

		count = same_run(&rows, at);
		for (int i = 0; i < count; i++)
			name[i] = rows.row[at + i].host;
		hosts = fold_some(name, count, "marshal report compliance");
		if (rows.row[at].seen)
			log_line(LOG_WARN,
				 "run %s left obengine stopped on %d host%s, where no backup runs: "
				 "%s; start it with: marshal upgrade restore %s",
				 run, count, count == 1 ? "" : "s", hosts,
				 text_pasteable(run, "RUN"));
		else
			log_line(
				LOG_WARN,
				"run %s changed %d host%s where nobody saw obengine running since: "
				"%s; look at it with: marshal upgrade restore %s",
				run, count, count == 1 ? "" : "s", hosts,
				text_pasteable(run, "RUN"));
	}
	stopped_rows_release(&rows);
	return 0;
}

json_t *stopped_json(struct store *s, struct err *err)
{
	struct stopped_rows rows;
	json_t *all;

	if (store_stopped(s, &rows, err) != 0)
		return NULL;
	all = json_object();
	for (int i = 0; i < rows.count; i++) {
		const char *run = rows.row[i].run;

		if (!json_object_get(all, run))
			json_object_set_new(all, run, json_array());
		json_array_append_new(json_object_get(all, run), json_string(rows.row[i].host));
	}
	stopped_rows_release(&rows);
	return all;
}
