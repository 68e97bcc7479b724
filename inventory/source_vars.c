/* source_vars.c - group_vars/ and host_vars/ beside an inventory file: for each group or host a
 * file, with or without .yml, .yaml, .json, or a folder of such files. The folders are listed
 * once: asking for four names a host would cost 200,000 calls for 50,000 hosts. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/secret.h"
#include "inventory/build.h"

/* In the order Ansible looks; it takes the first it finds. */
static const char *const extensions[] = { "", ".yml", ".yaml", ".json" };
enum { FOLDERS_DEEP = 8 };

/* An entry of the folder and the group or host that it is for. */
struct match {
	int id;
	int extension;
	const char *name;
};

struct reading {
	struct inventory *inv;
	int base;
	bool groups;
	const char *folder; /* "inv/group_vars" */
};

static int cmp_match(const void *a, const void *b)
{
	const struct match *x = a, *y = b;

	return x->id != y->id ? x->id - y->id : x->extension - y->extension;
}

/* The length of name without a known extension; -1 where it has another one. */
static int stem(const char *name)
{
	const char *dot = strrchr(name, '.');

	for (size_t i = 1; dot && i < ARRAY_LEN(extensions); i++)
		if (strcmp(dot, extensions[i]) == 0)
			return (int)(dot - name);
	return dot ? -1 : (int)strlen(name);
}

static int read_path(struct reading *r, const char *path, const char *owner, int depth,
		     struct layer *out, struct err *err);

static int read_folder(struct reading *r, const char *path, const char *owner, int depth,
		       struct layer *out, struct err *err)
{
	char **name;
	int count, result = 0;

	if (depth >= FOLDERS_DEEP)
		return err_set(err, ERR_USAGE, "%s: folders nested deeper than %d", path,
			       (int)FOLDERS_DEEP);
	if (folder_list(path, &name, &count, err) < 0)
		return -1;
	for (int i = 0; result == 0 && i < count; i++) {
		AUTO_FREE char *inner = xasprintf("%s/%s", path, name[i]);

		if (stem(name[i]) >= 0) /* a README.md is no file of variables */
			result = read_path(r, inner, owner, depth + 1, out, err);
	}
	folder_free(name, count);
	return result;
}

/* What is encrypted as a whole, in the clear; where nobody opens it, it is *out->closed. */
static int read_vaulted(struct reading *r, struct source *src, const char *owner, struct layer *out,
			struct err *err)
{
	struct source as = *src, *opened;
	const char *file = vault_file_of_all();
	struct err why = { .msg = "ANSIBLE_VAULT_PASSWORD_FILE names no file with its password" };
	size_t len = 0;
	char *text = file[0] ? vault_open(file, src->text, src->len, &len, &why) : NULL;
	int result;

	if (!text) {
		out->closed = closed_add(r->inv, src->path, owner, why.msg);
		return 0;
	}
	as.opened = true;
	result = source_of(&r->inv->arena, &as, xstrndup(text, len), len, &opened, err);
	secret_free(text);
	if (result < 0)
		return -1;
	result = yaml_read_vars(r->inv, opened, owner, &out->vars, err);
	explicit_bzero(opened->text, opened->len);
	source_close(opened);
	return result;
}

static int read_path(struct reading *r, const char *path, const char *owner, int depth,
		     struct layer *out, struct err *err)
{
	struct source *src;
	struct stat st;
	int result = 0;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return read_folder(r, path, owner, depth, out, err);
	if (build_open(r->inv, &vars_files, path, r->inv->base[r->base], &src, err) < 0)
		return -1;
	if (src->vaulted)
		result = read_vaulted(r, src, owner, out, err);
	else
		result = yaml_read_vars(r->inv, src, owner, &out->vars, err);
	source_close(src);
	return result;
}

/* The id of the group or host with exactly that name, -1 for none. */
static int owner_of(const struct reading *r, const char *name)
{
	if (r->groups) {
		const struct group *g = name_find(&r->inv->group_by_name, name);

		return g && strcmp(g->name, name) == 0 ? g->id : -1;
	}
	const struct host *h = name_find(&r->inv->host_by_name, name);

	return h && strcmp(h->name, name) == 0 ? h->id : -1;
}

/* A host's name may itself end in .com or .yml: the whole name is tried first. */
static bool find_match(const struct reading *r, const char *name, struct match *out)
{
	for (size_t i = 0; i < ARRAY_LEN(extensions); i++) {
		size_t len = strlen(name), tail = strlen(extensions[i]);
		AUTO_FREE char *owner = NULL;

		if (len <= tail || strcmp(name + len - tail, extensions[i]) != 0)
			continue;
		owner = xstrndup(name, len - tail);
		*out = (struct match){ owner_of(r, owner), (int)i, name };
		if (out->id >= 0)
			return true;
	}
	return false;
}

static int read_match(struct reading *r, const struct match *m, struct err *err)
{
	struct inventory *inv = r->inv;
	struct layers *layers = r->groups ? &inv->group[m->id]->files : &inv->build[m->id]->files;
	const char *name = r->groups ? inv->group[m->id]->name : inv->build[m->id]->name;
	AUTO_FREE char *owner = xasprintf("%s %s", r->groups ? "group" : "host", name);
	AUTO_FREE char *path = xasprintf("%s/%s", r->folder, m->name);
	struct layer *layer;

	MEM_GROW(layers->item, layers->count, layers->cap);
	layers->item[layers->count] = (struct layer){ .base = r->base };
	layer = &layers->item[layers->count++];
	if (read_path(r, path, owner, 0, layer, err) < 0)
		return -1;
	if (r->groups)
		inv->group[m->id]->defined = true;
	for (int i = 0; i < layer->vars.count; i++)
		if (strcmp(layer->vars.item[i]->is.name, "ansible_group_priority") == 0)
			build_warn(inv,
				   "%s: ansible_group_priority counts in the inventory file only",
				   layer->vars.item[i]->is.origin);
	return 0;
}

static int read_kind(struct reading *r, struct err *err)
{
	AUTO_FREE struct match *match = NULL;
	char **name;
	int count, found = 0, result = 0;

	if (folder_list(r->folder, &name, &count, err) < 0)
		return -1;
	match = xcalloc((size_t)count + 1, sizeof(*match));
	for (int i = 0; i < count; i++) {
		if (find_match(r, name[i], &match[found]))
			found++;
		else
			build_warn(r->inv, "%s/%s belongs to no %s of the inventory", r->folder,
				   name[i], r->groups ? "group" : "host");
	}
	qsort(match, (size_t)found, sizeof(*match), cmp_match);
	for (int i = 0; result == 0 && i < found; i++) {
		if (i > 0 && match[i].id == match[i - 1].id)
			build_warn(r->inv, "%s/%s is not read: '%s' comes first, as in Ansible",
				   r->folder, match[i].name, match[i - 1].name);
		else
			result = read_match(r, &match[i], err);
	}
	folder_free(name, count);
	return result;
}

int folder_vars_read(struct inventory *inv, int base, const char *shown, struct err *err)
{
	AUTO_FREE char *of_groups = xasprintf("%sgroup_vars", shown);
	AUTO_FREE char *of_hosts = xasprintf("%shost_vars", shown);
	struct reading groups = { inv, base, true, of_groups };
	struct reading hosts = { inv, base, false, of_hosts };

	return read_kind(&groups, err) < 0 || read_kind(&hosts, err) < 0 ? -1 : 0;
}
