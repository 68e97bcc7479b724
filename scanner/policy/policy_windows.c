/* policy_windows.c - when hosts may be changed: what a policy says of windows and blackouts, for
 * all and for groups. A group that says when it is open replaces what was said above it; its
 * blackouts come to those from above, so that a freeze for all is one for all. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/insist.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/trust.h"
#include "calendar/ics.h"
#include "calendar/zone.h"
#include "scanner/policy/policy_inside.h"

/* clang-format off */
static const struct { const char *key; enum calendar_rule kind; } lists[] = {
	{ "weekly", CALENDAR_WEEKLY }, { "dates", CALENDAR_DATE }, { "blackouts", CALENDAR_BLACKOUT },
};
/* clang-format on */
#define ZONE "zone"
#define BLACKOUTS_FROM "blackouts-from"

/* --- reading --------------------------------------------------------------------------------- */
struct windows_reader {
	struct policies *p;
	struct policy_windows *out;
	struct calendar *trial;         /* takes what is a rule */
};

static int no_room(const struct place *at, struct err *err)
{
	return place_error(at, err, "windows: more than %d windows and blackouts in all",
			   (int)POLICY_RULES_MAX);
}

static void add_rule(struct policies *p, struct policy_windows *w, enum calendar_rule kind,
		     const char *text)
{
	if (w->count == w->cap) {
		int cap = w->cap ? w->cap * 2 : 8;
		struct policy_rule *more = arena_alloc(&p->arena, (size_t)cap, sizeof(*more));

		if (w->count > 0)
			memcpy(more, w->rule, (size_t)w->count * sizeof(*more));
		w->rule = more;
		w->cap = cap;
	}
	w->rule[w->count++] = (struct policy_rule){ kind, arena_strdup(&p->arena, text) };
	w->opens |= kind != CALENDAR_BLACKOUT;
	p->rule_count++;
}

static int read_zone(struct windows_reader *r, const struct ynode *n, struct err *err)
{
	struct err own;

	if (policy_want_text(n, ZONE, POLICY_LINE, err) < 0)
		return -1;
	if (!zone_find(n->text, &own))
		return place_error(&n->at, err, ZONE ": %s", own.msg);
	r->out->zone = arena_strdup(&r->p->arena, n->text);
	return 0;
}

static int read_rule(struct windows_reader *r, const char *key, enum calendar_rule kind,
		     const struct ynode *n, struct err *err)
{
	struct err own;

	if (policy_want_text(n, key, POLICY_LINE, err) < 0)
		return -1;
	if (r->p->rule_count >= POLICY_RULES_MAX)
		return no_room(&n->at, err);
	if (calendar_add(r->trial, kind, n->text, &own) != 0)
		return place_error(&n->at, err, "%s: '%.60s': %s", key, n->text, own.msg);
	add_rule(r->p, r->out, kind, n->text);
	return 0;
}

/* One, or a list of them. */
static int read_rules(struct windows_reader *r, const char *key, enum calendar_rule kind,
		      const struct ynode *n, struct err *err)
{
	if (n->kind == Y_TEXT)
		return read_rule(r, key, kind, n, err);
	if (policy_want_list(n, key, POLICY_RULES_MAX, err) < 0)
		return -1;
	if (n->count == 0)
		return place_error(&n->at, err,
				   "%s: expected one or more; 'weekly: always' is at any "
				   "time, 'weekly: never' at none",
				   key);
	for (int i = 0; i < n->count; i++)
		if (read_rule(r, key, kind, n->item[i], err) < 0)
			return -1;
	return 0;
}

/* --- blackouts of a calendar program --- */
struct events { struct windows_reader *reader; bool too_many; };

static void add_event(void *ctx, const char *rule)
{
	struct events *e = ctx;
	struct policies *p = e->reader->p;

	if (p->rule_count >= POLICY_RULES_MAX)
		e->too_many = true;
	else
		add_rule(p, e->reader->out, CALENDAR_BLACKOUT, rule);
}

/* From the begin of this year to the end of the next but one: so the text that is remembered stays
 * the same for a year. */
static struct span years_ahead(void)
{
	struct span years;
	char day[CLOCK_TEXT];

	clock_format_utc(clock_utc_ms(), day);
	memcpy(day + 4, "-01-01", sizeof("-01-01"));
	INSIST(clock_parse_utc(day, &years.from_utc_ms));
	years.to_utc_ms = years.from_utc_ms + (3 * 365 + 1) * DAY_MS;
	return years;
}

/* Beside the policy file, unless its path says otherwise. */
static char *beside(const struct place *at, const char *path)
{
	const char *file = at->file->path, *slash = strrchr(file, '/');

	if (path[0] == '/' || !slash)
		return xstrdup(path);
	return xasprintf("%.*s/%s", (int)(slash - file), file, path);
}

static int read_events(struct windows_reader *r, const struct ynode *n, struct err *err)
{
	struct events e = { .reader = r };
	AUTO_FREE char *path = NULL, *text = NULL;
	struct span years = years_ahead();
	struct err own;
	size_t len;

	if (policy_want_text(n, BLACKOUTS_FROM, POLICY_LINE, err) < 0)
		return -1;
	path = beside(&n->at, n->text);
	text = file_read(path, ICS_FILE_MAX, &len, &own);
	if (!text || ics_read(text, len, &years, add_event, &e, &own) != 0)
		return place_error(&n->at, err, BLACKOUTS_FROM ": %s%s%s", text ? path : "",
				   text ? ": " : "", own.msg);
	if (e.too_many)
		return no_room(&n->at, err);
	trust_warn("calendar", path);
	return 0;
}

static int read_one(struct windows_reader *r, const struct ynode *key, const struct ynode *value,
		    struct err *err)
{
	const char *name[ARRAY_LEN(lists) + 2] = { ZONE, BLACKOUTS_FROM };

	if (strcmp(key->text, ZONE) == 0)
		return read_zone(r, value, err);
	if (strcmp(key->text, BLACKOUTS_FROM) == 0)
		return read_events(r, value, err);
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		if (strcmp(key->text, lists[i].key) == 0)
			return read_rules(r, lists[i].key, lists[i].kind, value, err);
		name[2 + i] = lists[i].key;
	}
	return policy_unknown_key(key, name, ARRAY_LEN(name), err);
}

int policy_windows_read(struct policies *p, struct policy_windows *out, const char *what,
			const struct ynode *map, struct err *err)
{
	struct windows_reader r = { .p = p, .out = out };
	int result = policy_want_map(map, what, err);

	if (result != 0)
		return result;
	r.trial = calendar_new();
	for (int i = 0; i < map->count && result == 0; i++)
		result = read_one(&r, map->item[2 * i], map->item[2 * i + 1], err);
	calendar_free(r.trial);
	return result;
}

/* --- as remembered --------------------------------------------------------------------------- */
static json_t *rules_json(const struct policy_windows *w, enum calendar_rule kind)
{
	json_t *list = json_array();

	for (int i = 0; i < w->count; i++)
		if (w->rule[i].kind == kind)
			json_array_append_new(list, json_string(w->rule[i].text));
	return list;
}

json_t *policy_windows_json(const struct policy_windows *w)
{
	json_t *all = json_object();

	if (w->zone)
		json_object_set_new(all, ZONE, json_string(w->zone));
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		json_t *list = rules_json(w, lists[i].kind);

		if (json_array_size(list) > 0)
			json_object_set(all, lists[i].key, list);
		json_decref(list);
	}
	if (json_object_size(all) > 0)
		return all;
	json_decref(all);
	return NULL;
}

/* --- what holds ------------------------------------------------------------------------------ */
const char *policy_window_word(const struct policy_window *w)
{
	if (w->is_zone)
		return w->reboots ? "reboot " ZONE : ZONE;
	if (w->kind == CALENDAR_BLACKOUT)
		return w->reboots ? "reboot blackout" : "blackout";
	return w->reboots ? "reboot window" : "window";
}

/* What is said in a layer of restarts, or of all that changes a host. */
static const struct policy_windows *said_in(const struct policy_layer *layer, bool reboots)
{
	return reboots ? &layer->reboots : &layer->windows;
}

static void each_rule(const struct policy_layer *layer, const struct policy_windows *w, bool opens,
		      void (*each)(void *ctx, const struct policy_window *w), void *ctx)
{
	for (int k = 0; k < w->count; k++)
		if (opens || w->rule[k].kind == CALENDAR_BLACKOUT)
			each(ctx, &(struct policy_window){ .kind = w->rule[k].kind,
							   .reboots = w == &layer->reboots,
							   .text = w->rule[k].text,
							   .origin = layer->origin });
}

/* Of restarts: what is not said of them is as it is said of all; all blackouts are theirs, too. */
static void windows_of(const struct policies *p, bool reboots, const char *const *group, int count,
		       void (*each)(void *ctx, const struct policy_window *w), void *ctx)
{
	const struct policy_windows *opens = NULL, *zone = NULL;
	const struct policy_layer *layer, *zone_layer = NULL;
	int last = reboots ? 1 : 0;

	for (int of = 0; of <= last; of++) {
		int i = 0;

		while ((layer = policies_layer(p, &i, group, count))) {
			const struct policy_windows *w = said_in(layer, of == 1);

			opens = w->opens ? w : opens;
			zone_layer = w->zone ? layer : zone_layer;
			zone = w->zone ? w : zone;
		}
	}
	if (zone)
		each(ctx, &(struct policy_window){ .is_zone = true,
						   .text = zone->zone,
						   .origin = zone_layer->origin });
	for (int of = 0; of <= last; of++) {
		int i = 0;

		while ((layer = policies_layer(p, &i, group, count)))
			each_rule(layer, said_in(layer, of == 1), said_in(layer, of == 1) == opens,
				  each, ctx);
	}
}

void policies_windows(const struct policies *p, const char *const *group, int count,
		      void (*each)(void *ctx, const struct policy_window *w), void *ctx)
{
	windows_of(p, false, group, count, each, ctx);
}

bool policies_reboot_windows(const struct policies *p, const char *const *group, int count,
			     void (*each)(void *ctx, const struct policy_window *w), void *ctx)
{
	const struct policy_layer *layer, *opens = NULL, *zone = NULL;
	bool said = false;
	int i = 0;

	while ((layer = policies_layer(p, &i, group, count))) {
		opens = layer->reboots.opens ? layer : opens;
		zone = layer->reboots.zone ? layer : zone;
		said |= layer->reboots.zone || layer->reboots.count > 0;
	}
	if (zone && each)
		each(ctx, &(struct policy_window){ .is_zone = true,
						   .reboots = true,
						   .text = zone->reboots.zone,
						   .origin = zone->origin });
	i = 0;
	while (each && (layer = policies_layer(p, &i, group, count)))
		each_rule(layer, &layer->reboots, layer == opens, each, ctx);
	return said;
}

static void build(void *ctx, const struct policy_window *w)
{
	struct calendar **c = ctx;

	if (!*c)
		*c = calendar_new();
	if (w->is_zone)
		INSIST(calendar_set_zone(*c, w->text, NULL) == 0);
	else
		INSIST(calendar_add(*c, w->kind, w->text, NULL) == 0);
}

/* Calendars of hosts by the layers that hold for them, "0,2,": few, where hosts are many. */
struct kept { struct calendar *calendar; struct kept *next; };

static const char *key_of(struct policies *p, bool reboots, const char *const *group, int count)
{
	const struct policy_layer *layer;
	struct buf b;
	char *key;
	int i = 0;

	buf_init(&b, POLICY_GROUPS_MAX * 8);
	buf_adds(&b, "");
	while ((layer = policies_layer(p, &i, group, count)))
		if (layer->windows.zone || layer->windows.count > 0 ||
		    (reboots && (layer->reboots.zone || layer->reboots.count > 0)))
			buf_addf(&b, "%d,", layer == &p->top ? 0 : (int)(layer - p->layer) + 1);
	if (reboots)
		buf_adds(&b, POLICY_REBOOTS);
	key = arena_strdup(&p->arena, buf_text(&b));
	buf_release(&b);
	return key;
}

static const struct calendar *calendar_of(struct policies *p, bool reboots,
					  const char *const *group, int count)
{
	const char *key = key_of(p, reboots, group, count);
	struct kept *kept = map_get(&p->calendars, key);

	if (kept || !*key)
		return kept ? kept->calendar : NULL;
	kept = arena_alloc(&p->arena, 1, sizeof(*kept));
	windows_of(p, reboots, group, count, build, &kept->calendar);
	map_add(&p->calendars, key, kept);
	kept->next = p->kept;
	p->kept = kept;
	return kept->calendar;
}

const struct calendar *policies_calendar(struct policies *p, const char *const *group, int count)
{
	return calendar_of(p, false, group, count);
}

const struct calendar *policies_reboot_calendar(struct policies *p, const char *const *group,
						int count)
{
	return calendar_of(p, policies_reboot_windows(p, group, count, NULL, NULL), group, count);
}

void policy_windows_release(struct policies *p)
{
	for (const struct kept *k = p->kept; k; k = k->next)
		calendar_free(k->calendar);
	map_release(&p->calendars);
}
