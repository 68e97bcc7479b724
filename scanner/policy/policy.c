/* policy.c - the documented thresholds, and what a policy makes of them for one host: first what
 * it says for all, then its groups in the order of the file. */
#include "scanner/policy/policy.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "scanner/checks/checks.h"
#include "scanner/policy/documented.h"
#include "scanner/policy/policy_inside.h"

const struct version documented_minimum = { { MINIMUM_PARTS } };

bool crosses_minimum(struct version before, struct version after)
{
	return version_cmp(after, documented_minimum) >= 0 &&
	       version_cmp(before, documented_minimum) < 0;
}

void policy_default(struct policy *out)
{
	*out = (struct policy){
		.minimum = documented_minimum,
		.stale_after_ms = STALE_AFTER_DAYS * DAY_MS,
		.scratch_min_bytes = (int64_t)(SCRATCH_MIN_GB * GB),
		.scratch_warn_percent = SCRATCH_WARN_PERCENT,
		.scratch_fail_data_percent = SCRATCH_FAIL_DATA_PERCENT,
		.scratch_warn_data_percent = SCRATCH_WARN_DATA_PERCENT,
		.state_fail_bytes = STATE_FAIL_GB * GB,
		.state_warn_bytes = STATE_WARN_GB * GB,
		.dotnet_min_release = DOTNET_MIN_RELEASE,
		.clock_warn_ms = CLOCK_WARN_MINUTES * MINUTE_MS,
		.clock_fail_ms = CLOCK_FAIL_MINUTES * MINUTE_MS,
		.updates_warn_ms = UPDATES_WARN_DAYS * DAY_MS,
		.backup_warn_ms = BACKUP_WARN_DAYS * DAY_MS,
		.backup_fail_ms = BACKUP_FAIL_BY_SCHEDULE,
		.shadow_min_percent = SHADOW_MIN_PERCENT,
	};
}

struct policies *policies_default(void)
{
	struct policies *p = xcalloc(1, sizeof(*p));

	p->top.origin = "policy";
	p->path = "";
	return p;
}

void policies_free(struct policies *p)
{
	if (!p)
		return;
	policy_windows_release(p);
	arena_release(&p->arena);
	free(p);
}

void policies_set_target(struct policies *p, struct version target, bool over, const char *origin)
{
	if (over) {
		p->over.on = true;
		p->over.version = target;
		p->over.origin = origin;
	} else {
		p->fallback.on = true;
		p->fallback.version = target;
		p->fallback.origin = origin;
	}
}

static bool is_member(const char *name, const char *const *group, int count)
{
	if (text_casecmp(name, "all") == 0)
		return true;
	for (int i = 0; i < count; i++)
		if (text_casecmp(name, group[i]) == 0)
			return true;
	return false;
}

/* --- layers ------------------------------------------------------------------------------- */
const struct policy_layer *policies_layer(const struct policies *p, int *i,
					  const char *const *group, int count)
{
	if (*i == 0) {
		(*i)++;
		return &p->top;
	}
	while (*i <= p->layer_count) {
		const struct policy_layer *layer = &p->layer[(*i)++ - 1];

		if (is_member(layer->group, group, count))
			return layer;
	}
	return NULL;
}

static void apply(const struct policy_layer *layer, struct policy *to)
{
	for (int i = 0; i < layer->count; i++)
		policy_value_set(layer->setting[i].key, &layer->setting[i].value, to);
	for (int i = 0; i < CHECK_COUNT; i++)
		if (layer->said[i])
			to->grade[i] = layer->grade[i];
}

void policies_for(const struct policies *p, const char *const *group, int count, struct policy *out)
{
	const struct policy_layer *layer;
	int i = 0;

	policy_default(out);
	out->has_target = p->fallback.on;
	out->target = p->fallback.version;
	while ((layer = policies_layer(p, &i, group, count)))
		apply(layer, out);
	if (p->over.on) {
		out->has_target = true;
		out->target = p->over.version;
	}
	out->threshold = p->threshold;
	out->threshold_count = p->threshold_count;
}

static const struct policy_setting *find_setting(const struct policy_layer *layer,
						 const struct policy_key *key)
{
	for (int i = 0; i < layer->count; i++)
		if (layer->setting[i].key == key)
			return &layer->setting[i];
	return NULL;
}

bool policies_has_target(const struct policies *p)
{
	for (int i = 0; i <= p->layer_count; i++) {
		const struct policy_layer *layer = i == 0 ? &p->top : &p->layer[i - 1];

		for (int k = 0; k < layer->count; k++)
			if (layer->setting[k].key->kind == KEY_TARGET)
				return true;
	}
	return false;
}

const char *policies_origin(const struct policies *p, const char *const *group, int count,
			    const struct policy_key *key)
{
	const char *origin = "documented";
	const struct policy_layer *layer;
	int i = 0;

	if (key->kind == KEY_TARGET && p->over.on)
		return p->over.origin;
	if (key->kind == KEY_TARGET && p->fallback.on)
		origin = p->fallback.origin;
	while ((layer = policies_layer(p, &i, group, count)))
		if (find_setting(layer, key))
			origin = layer->origin;
	return origin;
}

const char *policies_grade_origin(const struct policies *p, const char *const *group, int count,
				  int check)
{
	const char *origin = "documented";
	const struct policy_layer *layer;
	int i = 0;

	while ((layer = policies_layer(p, &i, group, count)))
		if (layer->said[check])
			origin = layer->origin;
	return origin;
}

bool policies_another_login(const struct policies *p)
{
	return p->another_login;
}

int64_t policies_plan_ms(const struct policies *p)
{
	return p->plan_ms;
}

int policies_group_count(const struct policies *p)
{
	return p->layer_count;
}

const char *policies_group(const struct policies *p, int i)
{
	return p->layer[i].group;
}

int policies_graded_count(const struct policies *p)
{
	int count = 0;

	for (int check = 0; check < CHECK_COUNT; check++) {
		bool said = p->top.said[check];

		for (int i = 0; i < p->layer_count && !said; i++)
			said = p->layer[i].said[check];
		count += said;
	}
	return count;
}

/* --- exceptions --------------------------------------------------------------------------- */
int policies_exception_count(const struct policies *p)
{
	return p->exception_count;
}

const struct exception *policies_exception(const struct policies *p, int i)
{
	return &p->exception[i];
}

bool exception_names(const struct exception *e, const char *host, const char *const *group,
		     int count)
{
	if (e->host)
		return text_casecmp(e->host, host) == 0;
	return is_member(e->group, group, count);
}

bool exception_covers(const struct exception *e, const char *host, const char *const *group,
		      int count, const char *check)
{
	return (strcmp(e->check, "*") == 0 || strcmp(e->check, check) == 0) &&
	       exception_names(e, host, group, count);
}

const char *policy_nearest_check(const char *id)
{
	const char *name[CHECK_COUNT];

	for (int i = 0; i < CHECK_COUNT; i++)
		name[i] = checks[i].id;
	return text_nearest(id, name, CHECK_COUNT);
}

bool exception_is_of_no_check(const struct exception *e, const char **out_near)
{
	if (strcmp(e->check, "*") == 0 || check_find(e->check))
		return false;
	*out_near = policy_nearest_check(e->check);
	return true;
}

const struct exception *policies_covering(const struct policies *p, const char *host,
					  const char *const *group, int count, const char *check)
{
	const struct exception *longest = NULL;

	for (int i = 0; i < p->exception_count; i++) {
		const struct exception *e = &p->exception[i];

		if (exception_covers(e, host, group, count, check) &&
		    (!longest || e->expires_utc_ms > longest->expires_utc_ms))
			longest = e;
	}
	return longest;
}

const char *exception_day(const struct exception *e, char *out)
{
	char text[CLOCK_TEXT];

	clock_format_utc(e->expires_utc_ms - 1, text);
	memcpy(out, text, 10);          /* the day of it */
	out[10] = '\0';
	return out;
}

/* --- as remembered -------------------------------------------------------------------------- */
static void add_settings(json_t *to, const struct policy_layer *layer)
{
	json_t *keys = json_object(), *grades = json_object();
	json_t *windows = policy_windows_json(&layer->windows);
	json_t *reboots = policy_windows_json(&layer->reboots);
	char text[POLICY_TEXT];

	/* in the order of the keys, so that one policy has one text */
	for (const struct policy_key *key = policy_keys; key->name; key++) {
		const struct policy_setting *s = find_setting(layer, key);

		if (s)
			json_object_set_new(key->threshold ? keys : to, key->name,
					    json_string(policy_value_format(key, &s->value, text)));
	}
	for (int i = 0; i < CHECK_COUNT; i++)
		if (layer->said[i])
			json_object_set_new(grades, checks[i].id,
					    json_string(grade_format(layer->grade[i], text)));
	if (json_object_size(keys) > 0)
		json_object_set(to, "thresholds", keys);
	if (json_object_size(grades) > 0)
		json_object_set(to, "checks", grades);
	if (windows)
		json_object_set_new(to, "windows", windows);
	if (reboots)
		json_object_set_new(to, POLICY_REBOOTS, reboots);
	json_decref(keys);
	json_decref(grades);
}

static json_t *versions_json(const struct policies *p)
{
	json_t *list = json_array();
	char text[VERSION_TEXT];

	for (int i = 0; i < p->threshold_count; i++) {
		const struct threshold *t = &p->threshold[i];

		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "version",
						      version_format(t->version, text), "meaning",
						      t->meaning, "source", t->source, "dpm-only",
						      t->dpm_only ? "yes" : "no"));
	}
	return list;
}

static json_t *exceptions_json(const struct policies *p)
{
	json_t *list = json_array();
	char day[POLICY_DAY];

	for (int i = 0; i < p->exception_count; i++) {
		const struct exception *e = &p->exception[i];

		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s}",
						      e->host ? "host" : "group",
						      e->host ? e->host : e->group, "check",
						      e->check, "owner", e->owner, "reason",
						      e->reason, "expires", exception_day(e, day)));
	}
	return list;
}

char *policies_text(const struct policies *p)
{
	AUTO_JSON json_t *all = json_object();
	json_t *groups = json_object();
	char plan[CLOCK_TEXT];

	add_settings(all, &p->top);
	for (int i = 0; i < p->layer_count; i++) {
		json_t *group = json_object();

		add_settings(group, &p->layer[i]);
		json_object_set_new(groups, p->layer[i].group, group);
	}
	if (p->threshold_count > 0)
		json_object_set_new(all, "versions", versions_json(p));
	if (p->layer_count > 0)
		json_object_set(all, "groups", groups);
	json_decref(groups);
	if (p->exception_count > 0)
		json_object_set_new(all, "exceptions", exceptions_json(p));
	if (p->another_login)
		json_object_set_new(all, APPROVAL, json_string(APPROVAL_ANOTHER_LOGIN));
	if (p->plan_ms > 0)
		json_object_set_new(all, PLAN_EXPIRES,
				    json_string(clock_format_typed(p->plan_ms, plan)));
	/* unsorted: the order of groups means something */
	return json_dumps(all, JSON_COMPACT);
}
