/* report_versions.c - which versions of the agent there are, newest first, and what they mean
 * by the policy. Excluded hosts are left out; those without a readable version, those without an
 * agent and those of which neither is known come last. */
#include <stdlib.h>
#include <string.h>

#include "base/fold.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/version.h"
#include "reports/model.h"
#include "scanner/judge.h"
#include "store/status.h"

/* By the policy of its hosts: one version may be old enough for one group only. */
#define STATE_ID(id, ...) id,
#define STATE_WORD(id, word, ...) word,
enum state { VERSION_STATES(STATE_ID) STATES };
static const char *const state_names[STATES] = { VERSION_STATES(STATE_WORD) };

struct kind {
	const char *version;            /* or WORD_UNREADABLE, NONE, UNKNOWN */
	bool agent;
	enum state state;
	struct version parsed;
	bool readable;
	const char **name;
	int count, cap;
};

#define NONE "none"                     /* no agent is there */
#define UNKNOWN "unknown"              /* nobody looked, or could see it */

struct kinds {
	struct kind **item;
	int count, cap;
	struct map by_version[STATES];
};

/* One that cannot be read counts as outdated, as for the check of it. */
static enum state state_of(const char *text, const struct policy *policy)
{
	struct version version;

	if (!version_parse(text, &version) || version_cmp(version, policy->minimum) < 0)
		return OUTDATED;
	return policy->has_target && version_cmp(version, policy->target) < 0 ? BEHIND : OK;
}

static struct kind *kind_of(struct kinds *k, const char *version, enum state state)
{
	struct kind *kind = map_get(&k->by_version[state], version);

	if (kind)
		return kind;
	kind = xcalloc(1, sizeof(*kind));
	kind->version = version;
	kind->state = state;
	kind->readable = version_parse(version, &kind->parsed);
	map_add(&k->by_version[state], version, kind);
	MEM_GROW(k->item, k->count, k->cap);
	k->item[k->count++] = kind;
	return kind;
}

static int newest_first(const void *a, const void *b)
{
	const struct kind *x = *(struct kind *const *)a, *y = *(struct kind *const *)b;

	if (x->readable != y->readable)
		return y->readable - x->readable;
	if (x->agent != y->agent)
		return y->agent - x->agent;
	if (x->readable && version_cmp(y->parsed, x->parsed) != 0)
		return version_cmp(y->parsed, x->parsed);
	if (strcmp(y->version, x->version) != 0)
		return strcmp(x->version, y->version);
	return (int)y->state - (int)x->state;
}

static void add_kind(struct report *r, const struct kind *kind, int with_agent)
{
	AUTO_FREE char *hosts = fold_names(kind->name, kind->count);

	report_row(r);
	report_text(r, VERSIONS_VERSION, kind->version);
	report_int(r, VERSIONS_COUNT_OF, kind->count);
	report_text(r, VERSIONS_HOSTS, hosts);
	if (kind->agent)
		report_int(r, VERSIONS_SHARE, report_per_mille((double)kind->count / with_agent));
	if (kind->agent)
		report_text(r, VERSIONS_STATE, state_names[kind->state]);
}

static void add_summary(struct report *r, const struct report_options *o, int hosts, int with_agent)
{
	struct report_limits limits;

	report_limits(o, &limits);
	json_object_set_new(r->summary, "hosts", json_integer(hosts));
	json_object_set_new(r->summary, "with_agent", json_integer(with_agent));
	json_object_set_new(r->summary, "minimum", report_json_text(limits.minimum));
	json_object_set_new(r->summary, "target", report_json_text(limits.target));
}

/* A look saw that there is none. */
static bool agent_is_absent(const struct host_row *row)
{
	for (int i = 0; i < row->finding_count; i++)
		if (check_is(row->finding[i].check, CHECK_INSTALLED))
			return verdict_from_name(row->finding[i].verdict) == V_FAIL;
	return false;
}

static struct report *versions_of(const struct host_rows *hosts, const struct report_options *o)
{
	struct report *r = report_begin(REPORT_VERSIONS, o);
	struct kinds kinds = { .count = 0 };
	int counted = 0, with_agent = 0;

	r->status_column = VERSIONS_STATE;
	for (int i = 0; i < hosts->count; i++) {
		const struct host_row *row = &hosts->row[i];
		struct host_view view;
		struct policy policy;
		const char *version, *word;
		struct kind *kind;

		report_view(o, row, &view, &policy);
		if (view.excluded || !report_wants(o, row->name))
			continue;
		word = version = report_version(row);
		if (!version[0])
			word = agent_is_absent(row) ? NONE : UNKNOWN;
		kind = kind_of(&kinds, word, state_of(word, &policy));
		kind->agent = version[0] != '\0';
		MEM_GROW(kind->name, kind->count, kind->cap);
		kind->name[kind->count++] = row->name;
		counted++;
		with_agent += version[0] != '\0';
	}
	if (kinds.count)
		qsort(kinds.item, (size_t)kinds.count, sizeof(*kinds.item), newest_first);
	for (int i = 0; i < kinds.count; i++) {
		add_kind(r, kinds.item[i], with_agent);
		free(kinds.item[i]->name);
		free(kinds.item[i]);
	}
	add_summary(r, o, counted, with_agent);
	free(kinds.item);
	for (int i = 0; i < STATES; i++)
		map_release(&kinds.by_version[i]);
	return r;
}

struct report *report_versions(struct store *s, const struct report_options *o, struct err *err)
{
	struct host_rows hosts;
	struct report *r;

	if (store_hosts(s, NULL, ROWS_TROUBLE | ROWS_BARE, &hosts, err) < 0)
		return NULL;
	r = versions_of(&hosts, o);
	host_rows_release(&hosts);
	return r;
}
