/* work_logs.c - what the installer wrote on the host, fetched where it failed: a few last lines of
 * a few files. A host may answer anything, so the lines are made printable and counted here. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "upgrader/run.h"

enum { FILES_MAX = 4, LINES_MAX = 40, NAME_LEN = 40, LINE_LEN = 300 };

static json_t *printable(const json_t *text, size_t max)
{
	const char *s = json_is_string(text) ? json_string_value(text) : "?";
	AUTO_FREE char *shown = text_printable(s, strlen(s), max);

	return json_string(shown);
}

/* The last ones. */
static json_t *clean_lines(const json_t *lines)
{
	json_t *list = json_array();
	size_t count = json_array_size(lines);

	for (size_t i = count > LINES_MAX ? count - LINES_MAX : 0; i < count; i++)
		json_array_append_new(list, printable(json_array_get(lines, i), LINE_LEN));
	return list;
}

static json_t *clean_logs(const json_t *logs)
{
	json_t *list = json_array(), *log;
	size_t i;

	json_array_foreach(logs, i, log)
	{
		int64_t size = 0, written = 0;

		if (i == FILES_MAX)
			break;
		json_get_int(log, "size", &size);
		json_get_int(log, "written_utc_ms", &written);
		json_array_append_new(
			list, json_pack("{s:o, s:I, s:I, s:o}", "name",
					printable(json_object_get(log, "name"), NAME_LEN), "size",
					(json_int_t)size, "written_utc_ms", (json_int_t)written,
					"lines", clean_lines(json_get_arr(log, "lines"))));
	}
	return list;
}

static void on_logs(struct job *j, const json_t *answer)
{
	AUTO_JSON json_t *logs =
		answer_ok(answer) ? clean_logs(json_get_arr(answer, "logs")) : json_array();

	if (json_array_size(logs) > 0)
		job_remember(j, MEMORY_LOGS, json_incref(logs));
	job_end(j, j->step.ending, "%s", j->step.why);
}

void job_end_with_logs(struct job *j, enum outcome outcome, const char *why)
{
	if (j->step.ending != OUTCOME_NONE) {
		job_end(j, outcome, "%s", why);
		return;
	}
	j->step.ending = outcome;
	snprintf(j->step.why, sizeof(j->step.why), "%s", why);
	job_ask(j, SCRIPT_INSTALL_WAIT, json_pack("{s:i, s:b}", "wait_ms", 0, "logs", 1),
		CALL_SLACK_MS, on_logs);
}
