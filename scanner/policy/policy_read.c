/* policy_read.c - a policy file: one table of what may stand where, and a function for each kind
 * of value. It is read whole or not at all; what is wrong is one error with file, line, column and
 * what was expected there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/trust.h"
#include "inventory/yaml_tree.h"
#include "scanner/checks/checks.h"
#include "scanner/policy/policy_inside.h"

static const struct source_kind policy_files = {
	.noun = "a policy file",
	.hint = "correct the file; docs/policy.md describes its keys",
	.max = POLICY_FILE_MAX,
};

/* Where a map stands decides which keys it may have. */
struct reader {
	struct policies *p;
	struct policy_layer *layer;     /* that is being filled */
};

/* --- values and levels ----------------------------------------------------------------------- */
static int read_value(struct reader *r, const struct policy_key *key, const struct ynode *n,
		      struct err *err)
{
	struct policy_setting *s = &r->layer->setting[r->layer->count];
	struct err own;

	if (policy_want_text(n, key->name, POLICY_LINE, err) < 0)
		return -1;
	s->key = key;
	s->at = n->at;
	if (policy_value_parse(key, n->text, &s->value, &own) < 0) {
		AUTO_FREE char *shown = text_printable(n->text, strlen(n->text), 60);

		return place_error(&n->at, err, "%s: '%s': %s", key->name, shown, own.msg);
	}
	r->layer->count++;
	return 0;
}

static const struct policy_key *find_key(const char *name, bool threshold)
{
	for (const struct policy_key *key = policy_keys; key->name; key++)
		if (key->threshold == threshold && strcmp(key->name, name) == 0)
			return key;
	return NULL;
}

static int read_thresholds(struct reader *r, const struct ynode *map, struct err *err)
{
	const char *name[POLICY_NAMES];
	int count = 0;

	if (policy_want_map(map, "thresholds", err) < 0)
		return -1;
	for (const struct policy_key *key = policy_keys; key->name; key++)
		if (key->threshold)
			name[count++] = key->name;
	for (int i = 0; i < map->count; i++) {
		const struct ynode *at = map->item[2 * i];
		const struct policy_key *key = find_key(at->text, true);

		if (!key)
			return policy_unknown_key(at, name, count, err);
		if (read_value(r, key, map->item[2 * i + 1], err) < 0)
			return -1;
	}
	return 0;
}

static int find_check(const struct ynode *n, enum check_id *out, struct err *err)
{
	const struct check *check = check_find(n->text);
	const char *near;

	if (check) {
		*out = check_id(check);
		return 0;
	}
	near = policy_nearest_check(n->text);
	return place_error(&n->at, err, "there is no check '%.60s'%s%s%s", n->text,
			   near ? "; did you mean '" : ": expected an id such as ",
			   near ? near : checks[CHECK_VERSION].id, near ? "'?" : "");
}

/* What all statuses rest on. */
static bool always_counts(enum check_id check)
{
	return check == CHECK_INSTALLED || check == CHECK_VERSION;
}

static int read_checks(struct reader *r, const struct ynode *map, struct err *err)
{
	if (policy_want_map(map, "checks", err) < 0)
		return -1;
	for (int i = 0; i < map->count; i++) {
		const struct ynode *id = map->item[2 * i], *n = map->item[2 * i + 1];
		struct grade grade;
		struct err own;
		enum check_id check = CHECK_COUNT;

		if (find_check(id, &check, err) < 0)
			return -1;
		if (grade_parse(n->kind == Y_TEXT ? n->text : "", &grade, &own) < 0)
			return place_error(&n->at, err, "%s: %s", id->text, own.msg);
		if (always_counts(check) && (grade.level != LEVEL_DOCUMENTED || grade.counts_as))
			return place_error(&n->at, err,
					   "%s always counts: who may go without is said in an "
					   "exception, or by marshal_mars in the inventory",
					   id->text);
		r->layer->said[check] = true;
		r->layer->grade[check] = grade;
	}
	return 0;
}

/* --- versions ------------------------------------------------------------------------------ */
/* Members of an entry of a list by name; each at most once, as YAML keys are. */
struct member { const char *name; const struct ynode *value; };

static int read_members(const struct ynode *map, const char *what, struct member *member, int count,
			struct err *err)
{
	const char *name[POLICY_NAMES];

	if (policy_want_map(map, what, err) < 0)
		return -1;
	for (int i = 0; i < count; i++)
		name[i] = member[i].name;
	for (int i = 0; i < map->count; i++) {
		const struct ynode *key = map->item[2 * i];
		int at = 0;

		while (at < count && strcmp(name[at], key->text) != 0)
			at++;
		if (at == count)
			return policy_unknown_key(key, name, count, err);
		member[at].value = map->item[2 * i + 1];
		if (policy_want_text(member[at].value, name[at], POLICY_LINE, err) < 0)
			return -1;
	}
	return 0;
}

static int want_members(const struct ynode *map, const struct member *member, int count,
			struct err *err)
{
	for (int i = 0; i < count; i++)
		if (!member[i].value)
			return place_error(&map->at, err, "expected '%s' in this entry",
					   member[i].name);
	return 0;
}

static int read_version(struct policies *p, const struct ynode *n, struct threshold *out,
			struct err *err)
{
	enum { VERSION, MEANING, SOURCE, DPM, COUNT };
	struct member m[COUNT] = {
		[VERSION] = { "version", NULL },
		[MEANING] = { "meaning", NULL },
		[SOURCE] = { "source", NULL },
		[DPM] = { "dpm-only", NULL },
	};

	if (read_members(n, "versions", m, COUNT, err) < 0 || want_members(n, m, DPM, err) < 0)
		return -1;
	if (!version_parse(m[VERSION].value->text, &out->version))
		return place_error(&m[VERSION].value->at, err,
				   "version: expected one such as 2.0.9938.0");
	if (m[DPM].value) {
		out->dpm_only = strcmp(m[DPM].value->text, "yes") == 0;
		if (!out->dpm_only && strcmp(m[DPM].value->text, "no") != 0)
			return place_error(&m[DPM].value->at, err, "dpm-only: expected yes or no");
	}
	out->meaning = arena_strdup(&p->arena, m[MEANING].value->text);
	out->source = arena_strdup(&p->arena, m[SOURCE].value->text);
	return 0;
}

static int read_versions(struct reader *r, const struct ynode *list, struct err *err)
{
	struct policies *p = r->p;

	if (policy_want_list(list, "versions", POLICY_VERSIONS_MAX, err) < 0)
		return -1;
	p->threshold = arena_alloc(&p->arena, (size_t)list->count, sizeof(*p->threshold));
	for (; p->threshold_count < list->count; p->threshold_count++)
		if (read_version(p, list->item[p->threshold_count],
				 &p->threshold[p->threshold_count], err) < 0)
			return -1;
	return 0;
}

/* --- exceptions ---------------------------------------------------------------------------- */
static int read_day(const struct ynode *n, int64_t *out, struct err *err)
{
	if (strlen(n->text) != 10 || !clock_parse_utc(n->text, out) || *out <= 0)
		return place_error(&n->at, err,
				   "expires: expected the last day as 2027-03-31 (UTC)");
	*out += DAY_MS;
	return 0;
}

static int read_name(struct policies *p, const struct member *m, const char **out, struct err *err)
{
	if (!text_is_name(m->value->text))
		return place_error(&m->value->at, err,
				   "%s: expected a name as in the inventory, without patterns",
				   m->name);
	*out = arena_strdup(&p->arena, m->value->text);
	return 0;
}

static int read_exception(struct policies *p, const struct ynode *n, struct exception *out,
			  struct err *err)
{
	enum { CHECK, OWNER, REASON, EXPIRES, HOST, GROUP, COUNT };
	struct member m[COUNT] = {
		[CHECK] = { "check", NULL },   [OWNER] = { "owner", NULL },
		[REASON] = { "reason", NULL }, [EXPIRES] = { "expires", NULL },
		[HOST] = { "host", NULL },     [GROUP] = { "group", NULL },
	};

	if (read_members(n, "exceptions", m, COUNT, err) < 0 || want_members(n, m, HOST, err) < 0)
		return -1;
	if (!m[HOST].value == !m[GROUP].value)
		return place_error(&n->at, err, "expected either 'host' or 'group' in this entry");
	if ((m[HOST].value ? read_name(p, &m[HOST], &out->host, err) :
			     read_name(p, &m[GROUP], &out->group, err)) < 0)
		return -1;
	out->check = arena_strdup(&p->arena, m[CHECK].value->text);
	out->owner = arena_strdup(&p->arena, m[OWNER].value->text);
	out->reason = arena_strdup(&p->arena, m[REASON].value->text);
	return read_day(m[EXPIRES].value, &out->expires_utc_ms, err);
}

static int read_exceptions(struct reader *r, const struct ynode *list, struct err *err)
{
	struct policies *p = r->p;

	if (policy_want_list(list, "exceptions", POLICY_EXCEPTIONS_MAX, err) < 0)
		return -1;
	p->exception = arena_alloc(&p->arena, (size_t)list->count, sizeof(*p->exception));
	for (; p->exception_count < list->count; p->exception_count++)
		if (read_exception(p, list->item[p->exception_count],
				   &p->exception[p->exception_count], err) < 0)
			return -1;
	return 0;
}

/* --- what hangs together ------------------------------------------------------------------- */
/* clang-format off */
/* follows: where nobody says the lower one, it is no higher than the other. */
static const struct { size_t low, high; bool follows; } orders[] = {
	{ AT(minimum), AT(target), false },
	{ AT(scratch_fail_data_percent), AT(scratch_warn_data_percent), false },
	{ AT(state_fail_bytes), AT(state_warn_bytes), false },
	{ AT(dotnet_min_release), AT(dotnet_warn_release), false },
	{ AT(clock_warn_ms), AT(clock_fail_ms), false },
	{ AT(backup_warn_ms), AT(backup_fail_ms), true },
};
/* clang-format on */

/* Whether two values are in the wrong order; what is never or none is in any. */
static bool is_above(const struct policy_key *key, const struct policy_value *low,
		     const struct policy_value *high)
{
	if (key->kind == KEY_TARGET)
		return high->number && version_cmp(low->version, high->version) > 0;
	if (high->number == 0 || (key->one && high->number == 1))
		return false;
	return low->number > high->number;
}

/* The later of the two settings, as the other one's value was there already; NULL: the layer has
 * neither, and whoever has was told. */
static const struct policy_setting *blamed(const struct policy_layer *layer,
					   const struct policy_key *low,
					   const struct policy_key *high)
{
	for (int i = layer->count - 1; i >= 0; i--)
		if (layer->setting[i].key == low || layer->setting[i].key == high)
			return &layer->setting[i];
	return NULL;
}

static bool layer_says(const struct policy_layer *layer, const struct policy_key *key)
{
	for (int i = 0; i < layer->count; i++)
		if (layer->setting[i].key == key)
			return true;
	return false;
}

static bool is_documented(const struct policy_key *key, const struct policy_value *value)
{
	struct policy documented;
	struct policy_value own;

	policy_default(&documented);
	policy_value_get(key, &documented, &own);
	return own.number == value->number;
}

static int check_orders(const struct policy_layer *layer, const struct policy *effective,
			struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
		const struct policy_key *low = policy_key_at(orders[i].low),
					*high = policy_key_at(orders[i].high);
		const struct policy_setting *s = blamed(layer, low, high);
		struct policy_value a, b;
		char x[POLICY_TEXT], y[POLICY_TEXT];

		policy_value_get(low, effective, &a);
		policy_value_get(high, effective, &b);
		if (orders[i].follows && is_documented(low, &a) && !layer_says(layer, low))
			continue;
		if (s && is_above(high, &a, &b))
			return place_error(&s->at, err, "%s (%s) is above %s (%s)", low->name,
					   policy_value_format(low, &a, x), high->name,
					   policy_value_format(high, &b, y));
	}
	return 0;
}

static int check_minimum(const struct policy_layer *layer, const struct policy *effective,
			 struct err *err)
{
	const struct policy_key *minimum = policy_key_at(AT(minimum));
	const struct policy_setting *s = blamed(layer, minimum, minimum);
	struct policy documented;
	char least[VERSION_TEXT];

	policy_default(&documented);
	if (!s || version_cmp(effective->minimum, documented.minimum) >= 0)
		return 0;
	return place_error(&s->at, err,
			   "minimum: below %s every backup fails with error 0x1FBD3 (130003): "
			   "expected that or a newer version",
			   version_format(documented.minimum, least));
}

static int check_layer(const struct policies *p, const struct policy_layer *layer, struct err *err)
{
	struct policy effective;

	policies_for(p, &layer->group, layer->group ? 1 : 0, &effective);
	if (check_minimum(layer, &effective, err) < 0)
		return -1;
	return check_orders(layer, &effective, err);
}

static int read_windows(struct reader *r, const struct ynode *map, struct err *err)
{
	return policy_windows_read(r->p, &r->layer->windows, "windows", map, err);
}

static int read_reboots(struct reader *r, const struct ynode *map, struct err *err)
{
	return policy_windows_read(r->p, &r->layer->reboots, POLICY_REBOOTS, map, err);
}

static int read_approval(struct reader *r, const struct ynode *n, struct err *err)
{
	if (policy_want_text(n, APPROVAL, POLICY_LINE, err) < 0)
		return -1;
	r->p->another_login = strcmp(n->text, APPROVAL_ANOTHER_LOGIN) == 0;
	if (r->p->another_login || strcmp(n->text, APPROVAL_ANY_LOGIN) == 0)
		return 0;
	return place_error(&n->at, err,
			   APPROVAL ": expected " APPROVAL_ANOTHER_LOGIN " or " APPROVAL_ANY_LOGIN);
}

/* A bare number would be seconds on a command line; whoever reads a file must not guess. */
static int read_plan_expires(struct reader *r, const struct ynode *n, struct err *err)
{
	int64_t ms;
	struct err own;

	if (policy_want_text(n, PLAN_EXPIRES, POLICY_LINE, err) < 0)
		return -1;
	if (!n->text[strspn(n->text, "0123456789")] ||
	    clock_parse_duration(n->text, &ms, &own) < 0 || ms < PLAN_EXPIRES_LEAST_MS ||
	    ms > PLAN_EXPIRES_MOST_MS)
		return place_error(&n->at, err,
				   PLAN_EXPIRES ": expected a time with its unit, 1h to 90d");
	r->p->plan_ms = ms;
	return 0;
}

/* --- maps ---------------------------------------------------------------------------------- */
static int read_groups(struct reader *r, const struct ynode *map, struct err *err);

/* clang-format off */
static const struct {
	const char *name;
	int (*read)(struct reader *r, const struct ynode *n, struct err *err);
	bool top;                       /* not in a group */
} sections[] = {
	{ "thresholds", read_thresholds, false },
	{ "checks", read_checks, false },
	{ "windows", read_windows, false },
	{ POLICY_REBOOTS, read_reboots, false },
	{ "versions", read_versions, true },
	{ "groups", read_groups, true },
	{ "exceptions", read_exceptions, true },
	{ APPROVAL, read_approval, true },
	{ PLAN_EXPIRES, read_plan_expires, true },
};
/* clang-format on */

static int read_section(struct reader *r, const struct ynode *key, const struct ynode *value,
			struct err *err)
{
	bool top = !r->layer->group;
	const char *name[POLICY_NAMES];
	int count = 0;

	for (const struct policy_key *k = policy_keys; k->name; k++) {
		if (k->threshold)
			continue;
		if (strcmp(k->name, key->text) == 0)
			return read_value(r, k, value, err);
		name[count++] = k->name;
	}
	for (size_t i = 0; i < ARRAY_LEN(sections); i++) {
		if (sections[i].top && !top)
			continue;
		if (strcmp(sections[i].name, key->text) == 0)
			return sections[i].read(r, value, err);
		name[count++] = sections[i].name;
	}
	return policy_unknown_key(key, name, count, err);
}

static int read_layer(struct policies *p, struct policy_layer *layer, const struct ynode *map,
		      struct err *err)
{
	struct reader r = { .p = p, .layer = layer };

	layer->setting =
		arena_alloc(&p->arena, (size_t)policy_key_count(), sizeof(*layer->setting));
	for (int i = 0; i < map->count; i++)
		if (read_section(&r, map->item[2 * i], map->item[2 * i + 1], err) < 0)
			return -1;
	return 0;
}

static int read_group(struct policies *p, const struct ynode *key, const struct ynode *value,
		      struct err *err)
{
	struct policy_layer *layer = &p->layer[p->layer_count];

	if (!text_is_name(key->text))
		return place_error(&key->at, err, "expected the name of a group of the inventory");
	for (int i = 0; i < p->layer_count; i++)
		if (text_casecmp(p->layer[i].group, key->text) == 0)
			return place_error(&key->at, err,
					   "group '%s' differs only in case from '%s'", key->text,
					   p->layer[i].group);
	if (policy_want_map(value, key->text, err) < 0)
		return -1;
	layer->group = arena_strdup(&p->arena, key->text);
	layer->origin = arena_printf(&p->arena, "group %s", key->text);
	p->layer_count++;
	return read_layer(p, layer, value, err);
}

static int read_groups(struct reader *r, const struct ynode *map, struct err *err)
{
	if (policy_want_map(map, "groups", err) < 0)
		return -1;
	if (map->count > POLICY_GROUPS_MAX)
		return place_error(&map->at, err, "more than %d groups", (int)POLICY_GROUPS_MAX);
	r->p->layer = arena_alloc(&r->p->arena, (size_t)map->count, sizeof(*r->p->layer));
	for (int i = 0; i < map->count; i++)
		if (read_group(r->p, map->item[2 * i], map->item[2 * i + 1], err) < 0)
			return -1;
	return 0;
}

static int read_tree(struct policies *p, const struct source *src, struct err *err)
{
	struct ynode *root;

	if (ytree_read(&p->arena, src, &root, err) < 0)
		return -1;
	if (!root || ynode_is_null(root))
		return 0;               /* all of it commented out: the documented policy */
	if (policy_want_map(root, "a policy", err) < 0 || read_layer(p, &p->top, root, err) < 0 ||
	    check_layer(p, &p->top, err) < 0)
		return -1;
	for (int i = 0; i < p->layer_count; i++)
		if (check_layer(p, &p->layer[i], err) < 0)
			return -1;
	return 0;
}

struct policies *policies_read(const char *path, struct err *err)
{
	struct policies *p = policies_default();
	struct source *src;
	int r = source_open(&p->arena, &policy_files, path, NULL, &src, err);

	if (r == 0) {
		AUTO_FREE char *full = file_absolute(path, err);

		p->path = full ? arena_strdup(&p->arena, full) : "";
		r = full ? read_tree(p, src, err) : -1;
		source_close(src);
	}
	if (r == 0) {
		trust_warn("policy", path);
		return p;
	}
	policies_free(p);
	return NULL;
}

struct policies *policies_parse(const char *text, size_t len, const char *name, struct err *err)
{
	struct policies *p = policies_default();
	struct source src = { .kind = &policy_files, .path = name, .len = len };
	int r;

	src.text = xstrndup(text, len);
	src.len = strlen(src.text);
	r = read_tree(p, &src, err);
	source_close(&src);
	if (r == 0)
		return p;
	policies_free(p);
	return NULL;
}
