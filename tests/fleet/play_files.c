/* play_files.c - what a look at the files of the volumes of a policy finds: the walk of
 * scanner/facts/deep.ps1 over the lists of the state, with its limits. */
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "tests/fleet/play_facts.h"

enum { LOOKED_MAX = 5000, OF_FOLDER_MAX = 500, DEPTH_MAX = 5, FOLDERS_MAX = 256 };
enum {
	HIDDEN_SYSTEM = 6, FOLDER = 0x10, REPARSE = 0x400, OFFLINE = 0x1000,
	ENCRYPTED_SPARSE = 0x4200, CLOUD = 0x440000
};

struct walk {
	const json_t *list;             /* of the volume: path, attributes, denied */
	const char *volume;             /* "C:" */
	bool dedup;
	struct { const char *path; int depth; } folder[FOLDERS_MAX];
	int folders;
	int looked, reparse, encrypted_sparse, cloud;
	const char *example;
	bool whole;
};

/* Whether a path of the list stands in that folder itself; "": the root. */
static bool is_in(const char *path, const char *folder)
{
	size_t len = strlen(folder);

	if (len == 0)
		return !strchr(path, '\\');
	return strncmp(path, folder, len) == 0 && path[len] == '\\' &&
	       !strchr(path + len + 1, '\\');
}

static int *left_out(struct walk *w, int64_t attributes)
{
	if (attributes & CLOUD)
		return &w->cloud;
	if (attributes & REPARSE) {
		bool own = (attributes & HIDDEN_SYSTEM) == HIDDEN_SYSTEM;

		return own || (w->dedup && !(attributes & FOLDER)) ? NULL : &w->reparse;
	}
	return (attributes & ENCRYPTED_SPARSE) == ENCRYPTED_SPARSE ? &w->encrypted_sparse : NULL;
}

static bool is_apart(const struct walk *w, const char *path)
{
	return strcmp(path, "System Volume Information") == 0 ||
	       strcmp(path, "$RECYCLE.BIN") == 0 ||
	       (strcmp(w->volume, "C:") == 0 && strcmp(path, "Windows") == 0);
}

static void look_at(struct walk *w, const json_t *entry, int depth)
{
	const char *path = json_get_str(entry, "path");
	int64_t attributes = 0;
	bool denied = false;
	int *count;

	json_get_int(entry, "attributes", &attributes);
	json_get_bool(entry, "denied", &denied);
	w->looked++;
	count = left_out(w, attributes);
	if (count) {
		++*count;
		w->example = w->example ? w->example : path;
	}
	if ((attributes & (FOLDER | REPARSE | OFFLINE | CLOUD)) != FOLDER || is_apart(w, path))
		return;
	if (depth == DEPTH_MAX || denied || w->folders == FOLDERS_MAX) {
		w->whole = false;
		return;
	}
	w->folder[w->folders].path = path;
	w->folder[w->folders++].depth = depth + 1;
}

static void walk(struct walk *w)
{
	w->folder[w->folders++].path = "";
	for (int f = 0; f < w->folders; f++) {
		int count = 0;
		size_t i;
		json_t *entry;

		json_array_foreach(w->list, i, entry)
		{
			if (!is_in(json_get_str(entry, "path"), w->folder[f].path))
				continue;
			if (count == OF_FOLDER_MAX || w->looked == LOOKED_MAX) {
				w->whole = false;
				break;
			}
			count++;
			look_at(w, entry, w->folder[f].depth);
		}
	}
}

static json_t *row_of(const json_t *root, const char *drive)
{
	const json_t *volume = json_object_get(json_object_get(root, "volumes"), drive);
	struct walk w = { .list = json_object_get(json_object_get(root, "files"), drive),
			  .volume = drive,
			  .dedup = !json_is_false(json_object_get(volume, "deduplicated")),
			  .whole = true };

	walk(&w);
	return json_pack("{s:o, s:i, s:b, s:i, s:i, s:i, s:o}", "name", json_sprintf("%s\\", drive),
			 "looked", w.looked, "whole", w.whole, "reparse", w.reparse,
			 "encrypted_sparse", w.encrypted_sparse, "cloud", w.cloud, "example",
			 w.example ? json_sprintf("%s\\%s", drive, w.example) : json_null());
}

void reckon_files(const struct play *p, json_t *value)
{
	const json_t *r = p->state->root, *policy = state_get(r, "ob.policy");
	bool known = state_true(r, "agent.installed") && state_true(r, "agent.module") &&
		     state_true(r, "ob.answers");
	json_t *list = json_array(), *drive;
	size_t i;

	json_array_foreach(json_get_arr(policy, "volumes"), i, drive)
	{
		const char *name = json_string_value(drive);
		const json_t *volume = json_object_get(json_object_get(r, "volumes"), name);
		bool locked = false;

		json_get_bool(volume, "locked", &locked);
		if (known && state_true(policy, "files") && volume && !locked)
			json_array_append_new(list, row_of(r, name));
	}
	json_object_set_new(value, "known", json_boolean(known));
	json_object_set_new(value, "list", list);
}
