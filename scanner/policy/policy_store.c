/* policy_store.c - the policy as remembered: reports and later scans use it without the file. */
#include "scanner/policy/policy_store.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "scanner/policy/policy_inside.h"

/* Targets for hosts that the policy names none for, the first that is set. */
static int set_targets(struct store *s, struct policies *p, struct err *err)
{
	static const struct {
		enum setting setting;
		const char *origin;
	} known[] = {
		{ SETTING_TARGET, "--target as remembered" },
		{ SETTING_NEWEST_INSTALLER, "newest installer" },
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		struct err own = { .code = ERR_NONE };
		AUTO_FREE char *text = store_setting(s, known[i].setting, &own);
		struct version target;

		if (!text && own.code != ERR_NONE) {
			*err = own;
			return -1;
		}
		if (!text || !version_parse(text, &target))
			continue;
		policies_set_target(p, target, false, known[i].origin);
		return 0;
	}
	return 0;
}

char *policies_remembered(struct store *s, struct err *err)
{
	struct err own = { .code = ERR_NONE };
	char *text = store_setting(s, SETTING_POLICY, &own);

	if (text || own.code == ERR_NONE)
		return text ? text : xstrdup("{}");
	*err = own;
	return NULL;
}

struct policies *policies_load(struct store *s, struct err *err)
{
	AUTO_FREE char *text = policies_remembered(s, err);
	struct policies *p;

	if (!text)
		return NULL;
	p = policies_parse(text, strlen(text), "(remembered policy)", err);
	if (!p) {
		err_hint(err, "load it again with --policy FILE, or forget it with --policy none");
		return NULL;
	}
	if (set_targets(s, p, err) == 0)
		return p;
	policies_free(p);
	return NULL;
}

int policies_given(const char *option, struct policies **out, struct err *err)
{
	const char *path = option ? option : getenv("MARSHAL_POLICY");
	struct policies *p = NULL;

	if (path && strcmp(path, "none") == 0)
		p = policies_default();
	else if (path && path[0])
		p = policies_read(path, err);
	if (!p && path && path[0])
		return -1;
	*out = p;
	return 0;
}

struct policies *policies_chosen(struct store *s, struct policies *given, struct err *err)
{
	if (!given)
		return policies_load(s, err);
	if (set_targets(s, given, err) == 0)
		return given;
	policies_free(given);
	return NULL;
}

void policies_remember(const struct policies *p, struct tx *tx)
{
	AUTO_FREE char *text = policies_text(p);
	AUTO_FREE char *event = p->path[0] ? xasprintf("%s holds from now on", p->path) :
					     xstrdup("the documented policy holds from now on");

	tx_setting(tx, SETTING_POLICY, text);
	tx_setting(tx, SETTING_POLICY_FILE, p->path);
	tx_event(tx, NULL, 0, "policy", event, clock_utc_ms());
}

/* How many exceptions of a remembered policy hold; none where it cannot be read any more. */
static int exceptions_held(const char *text)
{
	struct err none;
	struct policies *p = policies_parse(text, strlen(text), "(remembered policy)", &none);
	int64_t now_utc_ms = clock_utc_ms();
	int count = 0;

	for (int i = 0; p && i < policies_exception_count(p); i++)
		count += policies_exception(p, i)->expires_utc_ms > now_utc_ms;
	policies_free(p);
	return count;
}

char *policies_replacement(const char *before, const struct policies *p)
{
	struct policies *documented = policies_default();
	AUTO_FREE char *nothing = policies_text(documented);
	int ending;

	policies_free(documented);
	if (strcmp(before, "{}") == 0 || strcmp(before, nothing) == 0)
		return NULL;
	if (p->path[0])
		return xasprintf("the policy %s replaces the remembered one", p->path);
	ending = exceptions_held(before);
	return ending ? xasprintf("the remembered policy is forgotten: %d exception%s", ending,
				  ending == 1 ? " ends" : "s end") :
			xstrdup("the remembered policy is forgotten");
}

void row_groups_init(struct row_groups *g, const struct host_row *row)
{
	size_t i;
	json_t *name;

	*g = (struct row_groups){ .list = json_loads(row->groups ? row->groups : "[]", 0, NULL) };
	g->name = xcalloc(json_array_size(g->list) + 1, sizeof(*g->name));
	json_array_foreach(g->list, i, name)
	{
		if (json_is_string(name))
			g->name[g->count++] = json_string_value(name);
	}
}

void row_groups_release(struct row_groups *g)
{
	json_decref(g->list);
	free(g->name);
	*g = (struct row_groups){ 0 };
}

void policies_for_row(const struct policies *p, const struct host_row *row, struct policy *out)
{
	struct row_groups groups = { 0 };

	if (policies_group_count(p) > 0)        /* else nobody asks for them */
		row_groups_init(&groups, row);
	policies_for(p, groups.name, groups.count, out);
	row_groups_release(&groups);
}
