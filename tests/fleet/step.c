/* step.c - what all steps of an upgrade share, as upgrader/job/step.ps1 does for the real
 * ones: the answer's one line, names that a request may hold, the run's folder, tasks. */
#include <openssl/evp.h>
#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "tests/fleet/play.h"

enum { INSTALLER_MAX = 1 << 30 };

void step_ok(struct play *p, json_t *more)
{
	json_t *line = json_pack("{s:s, s:b}", "step", p->op, "ok", 1);

	if (more)
		json_object_update_new(line, more);
	play_middle(p);
	play_last(p);
	play_line(p, line);
}

int step_refused_with(struct play *p, const char *code, bool changed, json_t *more,
		      const char *text)
{
	json_t *line = json_pack("{s:s, s:b, s:s, s:b, s:s}", "step", p->op, "ok", 0, "code", code,
				 "changed", changed, "text", text);

	if (more)
		json_object_update_new(line, more);
	play_line(p, line);
	return 0;
}

int step_refused(struct play *p, const char *code, bool changed, const char *fmt, ...)
{
	char text[600];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return step_refused_with(p, code, changed, NULL, text);
}

const char *step_text(const struct play *p, const char *name)
{
	const char *text = json_get_str(p->request, name);

	return text ? text : "";
}

int64_t step_number(const struct play *p, const char *name)
{
	int64_t n = 0;

	json_get_int(p->request, name, &n);
	return n;
}

static bool matches(const char *text, const char *pattern)
{
	regex_t re;
	bool yes;

	if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		abort();        /* patterns are ours */
	yes = regexec(&re, text, 0, NULL, 0) == 0;
	regfree(&re);
	return yes;
}

/* "marshal-RUN-" of this very run, and 16 digits. */
static bool is_folder(const struct play *p, const char *folder)
{
	const char *run = step_text(p, "run");
	size_t len = strlen(run);

	return strncmp(folder, "marshal-", 8) == 0 && strncmp(folder + 8, run, len) == 0 &&
	       matches(folder + 8 + len, "^-[0-9a-f]{16}$");
}

bool step_names(struct play *p, const char *const *names)
{
	const char *wrong = NULL;

	if (!matches(step_text(p, "run"), "^[a-z0-9-]{1,32}$"))
		wrong = "run";
	else if (!matches(step_text(p, "controller"), "^[A-Za-z0-9._-]{0,80}$"))
		wrong = "controller";
	for (; *names && !wrong; names++) {
		const char *text = step_text(p, *names);
		bool good = strcmp(*names, "folder") == 0 ?
				    is_folder(p, text) :
			    strcmp(*names, "file") == 0 ?
				    matches(text, "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\\.exe$") :
				    matches(text, "^[0-9a-f]{64}$");

		if (!good)
			wrong = *names;
	}
	if (wrong)
		step_refused(p, "bad-request", false, "%s", wrong);
	return !wrong;
}

char *step_folder_path(const struct play *p)
{
	return xasprintf("C:\\Windows\\Temp\\%s", step_text(p, "folder"));
}

char *step_file(const struct play *p, const char *file)
{
	return xasprintf("%s/%s/%s", p->state->files, step_text(p, "folder"), file);
}

bool step_folder(struct play *p)
{
	const json_t *folders = json_object_get(p->state->root, "folders");
	const json_t *folder = json_object_get(folders, step_text(p, "folder"));
	const char *owner = json_get_str(folder, "owner");
	AUTO_FREE char *path = step_folder_path(p);

	if (!folder) {
		step_refused(p, "file-missing", false, "%s is not there", path);
		return false;
	}
	if (!owner || (strcmp(owner, "Administrators") != 0 && strcmp(owner, "SYSTEM") != 0) ||
	    json_is_true(json_object_get(folder, "inherited"))) {
		step_refused(p, "folder-not-ours", false,
			     "%s belongs to somebody else, or others may write to it", path);
		return false;
	}
	return true;
}

int step_sha256(const char *path, char out[65])
{
	AUTO_FCLOSE FILE *f = fopen(path, "rb");
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char part[65536], digest[32];
	size_t n;
	int rc = -1;

	if (f && ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1) {
		while ((n = fread(part, 1, sizeof(part), f)) > 0)
			EVP_DigestUpdate(ctx, part, n);
		if (!ferror(f) && EVP_DigestFinal_ex(ctx, digest, NULL) == 1)
			rc = 0;
	}
	EVP_MD_CTX_free(ctx);
	for (size_t i = 0; rc == 0 && i < sizeof(digest); i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
	return rc;
}

/* VS_FIXEDFILEINFO by its signature: what another program makes of the sections is not asked. */
char *step_file_version(const char *path)
{
	static const unsigned char signature[] = { 0xbd, 0x04, 0xef, 0xfe, 0, 0, 1, 0 };
	size_t len;
	AUTO_FREE char *data = file_read(path, INSTALLER_MAX, &len, NULL);
	const unsigned char *at = data ? memmem(data, len, signature, sizeof(signature)) : NULL;

	if (!at || (size_t)(at - (unsigned char *)data) + 16 > len)
		return xstrdup("");
	return xasprintf("%d.%d.%d.%d", at[10] | at[11] << 8, at[8] | at[9] << 8,
			 at[14] | at[15] << 8, at[12] | at[13] << 8);
}

static char *task_path(const struct play *p, const char *kind)
{
	return xasprintf("\\marshal\\%s-%s", kind, step_text(p, "run"));
}

bool play_task_make(struct play *p, const char *path, json_t *task)
{
	const char *fault = state_text(p->state->root, "faults.task");

	if (fault && strcmp(fault, "denied") == 0) {
		json_decref(task);
		return false;
	}
	json_object_set_new(json_object_get(p->state->root, "tasks"), path, task);
	return true;
}

bool step_task_make(struct play *p, const char *kind, json_t *task)
{
	AUTO_FREE char *path = task_path(p, kind);

	return play_task_make(p, path, task);
}

bool play_boot_task(struct play *p)
{
	return step_task_make(p, "boot",
			      json_pack("{s:s, s:n, s:b, s:n, s:b}", "account", "SYSTEM",
					"due_utc_ms", "at_boot", 1, "begun_utc_ms", "waits", 1));
}

json_t *step_task(const struct play *p, const char *kind)
{
	AUTO_FREE char *path = task_path(p, kind);

	return json_object_get(json_object_get(p->state->root, "tasks"), path);
}

bool step_task_remove(struct play *p, const char *kind)
{
	AUTO_FREE char *path = task_path(p, kind);

	return json_object_del(json_object_get(p->state->root, "tasks"), path) == 0;
}
