/* script.c - the embedded scripts by name, their fingerprints, and the one command line that
 * starts each of them. */
#include "transport/script.h"

#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/insist.h"
#include "base/mem.h"

#define TASK_PROGRAM "%SystemRoot%\\System32\\WindowsPowerShell\\v1.0\\powershell.exe"

enum { COMMAND_MAX = 8190 };    /* cmd.exe refuses 8,192 characters and more */

static const struct script *find(const struct script *among, const char *name)
{
	for (const struct script *s = among; s->name; s++)
		if (strcmp(s->name, name) == 0)
			return s;
	return NULL;
}

const struct script *script_find(const char *name)
{
	return find(scripts, name);
}

const struct script *script_find_task(const char *name)
{
	return find(script_tasks, name);
}

const struct script *script_of(enum script_id id)
{
	INSIST((unsigned)id < SCRIPT_COUNT);
	return &scripts[id];
}

const char *script_name(enum script_id id)
{
	return script_of(id)->name;
}

void script_sha256(const struct script *s, char out[65])
{
	sha256_hex(s->text, s->len, out);
}

json_t *script_names(void)
{
	json_t *names = json_object();

	for (const struct script_at *at = script_at; at->name; at++)
		json_object_set_new(names, at->name, json_string(at->value));
	return names;
}

/* How a PowerShell is told to run a text, which is plain ASCII (a unit test holds it): UTF-16LE is
 * a zero behind each byte. */
static char *arguments_of(const struct script *s)
{
	AUTO_FREE unsigned char *wide = xmalloc(2 * s->len);
	AUTO_FREE char *coded = NULL;
	const struct script_at *at = script_at;

	for (size_t i = 0; i < s->len; i++) {
		wide[2 * i] = (unsigned char)s->text[i];
		wide[2 * i + 1] = 0;
	}
	coded = base64_encode(wide, 2 * s->len, NULL);
	while (strcmp(at->name, "launch") != 0)
		at++;
	return xasprintf("%s %s", at->value, coded);
}

const char *script_command(void)
{
	static char command[COMMAND_MAX + 1];

	if (!command[0]) {
		AUTO_FREE char *arguments = arguments_of(&script_bootstrap);

		snprintf(command, sizeof(command), "powershell.exe %s", arguments);
	}
	return command;
}

char *script_task_command(const struct script *task)
{
	AUTO_FREE char *arguments = arguments_of(task);

	return xasprintf("%s %s", TASK_PROGRAM, arguments);
}
