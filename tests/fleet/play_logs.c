/* play_logs.c - what an installer wrote: files of a server's folder C:\Windows\Temp that a test
 * puts there, as Get-OurInstallLogs reads them. Of UTF-16 only ASCII. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/mem.h"
#include "tests/fleet/play.h"

enum { LOG_BYTES = 16384, LOG_LINES = 40, LOG_LINE = 300 };

/* Without the zeros and the mark of UTF-16. */
static size_t read_end(const char *path, int64_t size, char text[LOG_BYTES + 1])
{
	int64_t skip = size > LOG_BYTES ? size - LOG_BYTES : 0;
	FILE *f = fopen(path, "r");
	size_t got, len = 0;

	if (!f)
		return 0;
	(void)fseek(f, skip + skip % 2, SEEK_SET);
	got = fread(text, 1, LOG_BYTES, f);
	(void)fclose(f);
	for (size_t i = 0; i < got; i++)
		if (text[i] && (unsigned char)text[i] < 0xfe)
			text[len++] = text[i];
	text[len] = '\0';
	return len;
}

/* NULL: there is none of now. */
static json_t *log_of(const struct play *p, const char *name)
{
	int64_t begun = state_number(p->state->root, "marker.utc_ms", 0);
	AUTO_FREE char *path = xasprintf("%s/%s", p->state->files, name);
	char text[LOG_BYTES + 1] = "", *at = text, *line;
	json_t *lines;
	struct stat st;

	if (stat(path, &st) != 0 || st.st_mtime * INT64_C(1000) < begun - MINUTE_MS)
		return NULL;
	(void)read_end(path, st.st_size, text);
	lines = json_array();
	while ((line = strsep(&at, "\r\n"))) {
		if (!*line)
			continue;
		if (json_array_size(lines) == LOG_LINES)
			json_array_remove(lines, 0);
		json_array_append_new(lines, json_stringn(line, strnlen(line, LOG_LINE)));
	}
	return json_pack("{s:s, s:I, s:I, s:o}", "name", name, "size", (json_int_t)st.st_size,
			 "written_utc_ms", (json_int_t)(st.st_mtime * INT64_C(1000)), "lines",
			 lines);
}

json_t *play_install_logs(const struct play *p)
{
	static const char *const names[] = { "OBInstaller0Curr.errlog",
					     "OBManagedlog.LOGCurr.errlog", "OBMsi.log",
					     "OBPatch.log" };
	json_t *logs = json_array();

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		json_t *log = log_of(p, names[i]);

		if (log)
			json_array_append_new(logs, log);
	}
	return logs;
}
