/* gather.c - what an inventory's source is, and how it comes in: a file by its format, a folder as
 * Ansible reads one, a program that prints Ansible's dynamic JSON. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/run.h"
#include "base/secret.h"
#include "base/text.h"
#include "base/trust.h"
#include "inventory/build.h"

enum { FOLDERS_DEEP = 8 };

/* --- folders -------------------------------------------------------------------------------- */

static int cmp_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int folder_list(const char *path, char ***out, int *out_count, struct err *err)
{
	DIR *dir = opendir(path);
	char **name = NULL;
	int count = 0, cap = 0;

	*out = NULL;
	*out_count = 0;
	if (!dir && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (!dir)
		return err_errno(err, ERR_USAGE, errno, "cannot read folder '%s'", path);
	for (struct dirent *d; (d = readdir(dir));) {
		size_t len = strlen(d->d_name);

		if (d->d_name[0] == '.' || d->d_name[len - 1] == '~')
			continue;
		MEM_GROW(name, count, cap);
		name[count++] = xstrdup(d->d_name);
	}
	closedir(dir);
	if (count)
		qsort(name, (size_t)count, sizeof(*name), cmp_text);
	*out = name;
	*out_count = count;
	return 0;
}

void folder_free(char **name, int count)
{
	for (int i = 0; i < count; i++)
		free(name[i]);
	free(name);
}

static bool ends_in(const char *name, const char *const *end, size_t count)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < count; i++)
		if (len >= strlen(end[i]) && strcmp(name + len - strlen(end[i]), end[i]) == 0)
			return true;
	return false;
}

/* What Ansible passes over in a folder (INVENTORY_IGNORE_EXTS); that .ini is among it surprises. */
static bool is_passed_over(struct inventory *inv, const char *folder, const char *name)
{
	static const char *const never[] = { ".pyc", ".pyo", ".swp", ".bak",  ".rpm",
					     ".md",  ".txt", ".rst", ".orig", ".retry" };
	static const char *const odd[] = { ".ini", ".cfg" };

	if (strcmp(name, "group_vars") == 0 || strcmp(name, "host_vars") == 0 ||
	    strcmp(name, "vars_plugins") == 0 || ends_in(name, never, ARRAY_LEN(never)))
		return true;
	if (!ends_in(name, odd, ARRAY_LEN(odd)))
		return false;
	build_warn(inv,
		   "%s/%s is not read: in a folder Ansible passes over names that end in .ini or "
		   ".cfg",
		   folder, name);
	return true;
}

static int read_source(struct inventory *inv, const char *path, const char *base, int depth,
		       int *out_files, struct err *err);

static int read_folder(struct inventory *inv, const char *path, int depth, int *out_files,
		       struct err *err)
{
	AUTO_FREE char *real = realpath(path, NULL);
	const char *base = arena_strdup(&inv->arena, real ? real : path);
	char **name;
	int count, r = 0;

	if (depth >= FOLDERS_DEEP)
		return err_set(err, ERR_USAGE, "%s: folders nested deeper than %d", path,
			       (int)FOLDERS_DEEP);
	if (folder_list(path, &name, &count, err) < 0)
		return -1;
	for (int i = 0; r == 0 && i < count; i++) {
		AUTO_FREE char *inner = xasprintf("%s/%s", path, name[i]);

		if (!is_passed_over(inv, path, name[i]))
			r = read_source(inv, inner, base, depth + 1, out_files, err);
	}
	folder_free(name, count);
	return r;
}

/* --- programs ------------------------------------------------------------------------------- */

/* One that may be run and looks like one: on some file systems every file may be run. */
static bool is_program(const char *path)
{
	struct stat st;
	bool may = stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
	AUTO_FCLOSE FILE *f = may ? fopen(path, "re") : NULL;
	char head[4] = "";

	return f && fread(head, 1, sizeof(head), f) >= 2 &&
	       (memcmp(head, "#!", 2) == 0 || memcmp(head,
						     "\x7f"
						     "ELF",
						     4) == 0);
}

static int check_trust(const char *path, struct err *err)
{
	AUTO_FREE char *why = trust_why_not(path);

	if (!why)
		return 0;
	err_set(err, ERR_USAGE, "%s: a program that others can change is not run: %s", path, why);
	return err_hint(err, "make the file and its folders yours, and no one else's to write");
}

static int read_program(struct inventory *inv, const char *path, const char *base, struct err *err)
{
	AUTO_FREE char *full = realpath(path, NULL);
	AUTO_FREE char *said = NULL;
	char *const argv[] = { full, "--list", NULL };
	struct run run = { .argv = argv,
			   .max = LIMIT_FILE,
			   .limit_ms = inv->program_ms,
			   .fault = ERR_USAGE,
			   .out_said = &said };
	struct source as = { .kind = &program_output, .base = base };
	struct source *src;
	size_t len;
	char *text;
	int r;

	if (!full)
		return err_errno(err, ERR_USAGE, errno, "%s", path);
	if (check_trust(path, err) < 0)
		return -1;
	as.path = arena_strdup(&inv->arena, path);
	text = run_output(&run, &len, err);
	if (!text)
		return -1;
	if (said)
		build_warn(inv, "%s: it said on standard error: %s", path, said);
	r = source_of(&inv->arena, &as, xstrndup(text, len), len, &src, err);
	secret_free(text);
	if (r < 0)
		return -1;
	r = yaml_read(inv, src, err);
	source_close(src);
	return r;
}

/* --- files ---------------------------------------------------------------------------------- */

static bool is_named(const char *path, const char *extension)
{
	const char *dot = strrchr(path, '.');

	return dot && text_casecmp(dot, extension) == 0;
}

/* As Ansible, which tries YAML first where a name has no ending: `---`, or a key alone on the first
 * line that says something. */
static bool looks_like_yaml(const char *path, const char *text)
{
	const char *slash = strrchr(path, '/');
	size_t len;

	if (strchr(slash ? slash + 1 : path, '.'))
		return false;
	while (*text && strchr("#\r\n", *text)) {
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	len = strcspn(text, "\r\n");
	return strncmp(text, "---", 3) == 0 || (len > 1 && text[len - 1] == ':');
}

static int read_file(struct inventory *inv, const char *path, const char *base, struct err *err)
{
	bool yaml = is_named(path, ".yml") || is_named(path, ".yaml");
	bool json = is_named(path, ".json");
	struct source *src;
	int r;

	if (build_open(inv, json ? &json_files : &inventory_files, path, base, &src, err) < 0)
		return -1;
	/* standard input has no name, and no line of INI begins so */
	if (!yaml && src->text[strspn(src->text, " \t\r\n")] == '{') {
		src->kind = &json_files;
		json = true;
	}
	yaml |= looks_like_yaml(path, src->text);
	r = yaml || json	   ? yaml_read(inv, src, err) :
	    is_named(path, ".csv") ? csv_inventory_read(inv, src, err) :
				     ini_read(inv, src, err);
	source_close(src);
	return r;
}

static int read_source(struct inventory *inv, const char *path, const char *base, int depth,
		       int *out_files, struct err *err)
{
	struct stat st;

	if (strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return read_folder(inv, path, depth, out_files, err);
	++*out_files;
	log_line(LOG_DEBUG, "inventory '%s'", path);
	return is_program(path) ? read_program(inv, path, base, err) :
				  read_file(inv, path, base, err);
}

/* The folder part of a path as written, with its slash; "" for none. Of a folder all of it. */
static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct stat st;

	if (strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return xasprintf("%s/", path);
	return slash ? xstrndup(path, (size_t)(slash + 1 - path)) : xstrdup("");
}

static int add_base(struct inventory *inv, const char *path, struct err *err)
{
	AUTO_FREE char *folder = folder_of(path);
	AUTO_FREE char *real = realpath(folder[0] ? folder : ".", NULL);

	if (!real)
		return err_errno(err, ERR_USAGE, errno, "cannot find the folder of '%s'", path);
	if (file_check_name("the folder of an inventory", real, err) < 0)
		return -1;
	MEM_GROW(inv->base, inv->base_count, inv->base_cap);
	inv->base[inv->base_count++] = arena_strdup(&inv->arena, real);
	return 0;
}

/* With the first that was passed over in it and looks like one, since warning `first`. */
static int no_file(const struct inventory *inv, const char *path, int first, struct err *err)
{
	bool odd = inv->warning_count > first;

	err_set(err, ERR_USAGE, "%s: the folder holds no inventory%s%s", path, odd ? "; " : "",
		odd ? inv->warning[first] : "");
	return err_hint(err, "name the file itself: -i FILE");
}

/* Of files in one folder the last decides when that folder's variables come in. */
static bool comes_again(const struct inventory *inv, int base)
{
	for (int i = base + 1; i < inv->base_count; i++)
		if (strcmp(inv->base[i], inv->base[base]) == 0)
			return true;
	return false;
}

int gather(struct inventory *inv, const char *const *path, int count, struct err *err)
{
	for (int i = 0; i < count; i++) {
		int files = 0, warnings = inv->warning_count;

		if (add_base(inv, path[i], err) < 0 ||
		    read_source(inv, path[i], inv->base[i], 0, &files, err) < 0)
			return -1;
		if (files == 0)
			return no_file(inv, path[i], warnings, err);
	}
	for (int i = 0; i < count; i++) {
		AUTO_FREE char *folder = folder_of(path[i]);

		if (!comes_again(inv, i) && folder_vars_read(inv, i, folder, err) < 0)
			return -1;
	}
	return 0;
}
