/* facts.c - the reading of a probe's answer, line by line. A line that is not what the catalogue
 * says costs that one fact: the rest of the answer stands. So each line is a document of its own: a
 * lone surrogate or a number too large makes jansson refuse the whole of one. */
#include "scanner/facts/facts.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/insist.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "scanner/facts/facts_clean.h"
#include "scanner/facts/facts_kinds.h"

enum { MAX_TEXT = 4096, MAX_ERROR = 200, DROPPED_MAX = 400, TOLD_MAX = 8000 };
#define MAX_BYTES (INT64_C(1) << 60)

static const char access_denied[] = "access-denied";
static const char *const error_kinds[] = { "time-limit", access_denied, "failed",
	"wrong-answer" };

const char *fact_name(enum fact_id id)
{
	INSIST((unsigned)id < FACT_COUNT);
	return kinds[id].name;
}

enum depth fact_depth(enum fact_id id)
{
	INSIST((unsigned)id < FACT_COUNT);
	return kinds[id].depth;
}

void facts_init(struct facts *f)
{
	*f = (struct facts){ .fact = NULL };
}

static void fact_release(struct fact *fact)
{
	json_decref(fact->value);
	free(fact->error);
	free(fact->error_kind);
}

void facts_release(struct facts *f)
{
	for (int i = 0; i < f->count; i++)
		fact_release(&f->fact[i]);
	free(f->fact);
	free(f->rejected_first);
	facts_init(f);
}

static struct fact *find(const struct facts *f, const char *name)
{
	for (int i = 0; i < f->count; i++)
		if (strcmp(f->fact[i].name, name) == 0)
			return &f->fact[i];
	return NULL;
}

const struct fact *facts_find(const struct facts *f, enum fact_id id)
{
	return find(f, fact_name(id));
}

const json_t *facts_value(const struct facts *f, enum fact_id id)
{
	const struct fact *fact = facts_find(f, id);

	return fact ? fact->value : NULL;
}

static struct fact *facts_add(struct facts *f, const struct kind *kind, int64_t utc_ms)
{
	MEM_GROW(f->fact, f->count, f->cap);
	f->fact[f->count] = (struct fact){ .name = kind->name, .utc_ms = utc_ms };
	return &f->fact[f->count++];
}

static void facts_reject(struct facts *f, const char *why, const char *line, size_t len)
{
	if (f->rejected++ > 0)
		return;
	if (line) {
		AUTO_FREE char *seen = text_printable(line, len, 120);

		f->rejected_first = xasprintf("%s: %s", why, seen);
	} else {
		f->rejected_first = xstrdup(why);
	}
}

static const char *known_error_kind(const char *kind)
{
	for (size_t i = 0; kind && i < ARRAY_LEN(error_kinds); i++)
		if (strcmp(error_kinds[i], kind) == 0)
			return error_kinds[i];
	return "failed";
}

static void fact_set_error(struct fact *fact, const char *kind, const char *text)
{
	fact->error = text_printable(text, strlen(text), MAX_ERROR);
	fact->error_kind = xstrdup(known_error_kind(kind));
}

static bool ends_with(const char *s, const char *end)
{
	size_t a = strlen(s), b = strlen(end);

	return a >= b && strcmp(s + a - b, end) == 0;
}

/* Times are from 1970 to 2100, spans of time no longer than that, sizes below an exabyte, all
 * others such as Windows has in 32 bits; below zero only where Windows does so. What no server can
 * have is no answer. */
static bool number_fits(const char *name, json_int_t number)
{
	static const char *const below_zero[] = { "offset_minutes", "hresult", "detailed_hresult",
						  "error", "task_result" };

	if (ends_with(name, "_ms"))
		return number >= 0 && number <= YEAR_2100_UTC_MS;
	if (ends_with(name, "_bytes"))
		return number >= 0 && number < MAX_BYTES;
	for (size_t i = 0; i < ARRAY_LEN(below_zero); i++)
		if (strcmp(name, below_zero[i]) == 0)
			return number >= INT32_MIN && number <= UINT32_MAX;
	return number >= 0 && number <= UINT32_MAX;
}

static bool scalar_fits(const char *name, const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_STRING:
		return json_string_length(value) <= MAX_TEXT;
	case JSON_INTEGER:
		return number_fits(name, json_integer_value(value));
	case JSON_TRUE:
	case JSON_FALSE:
	case JSON_NULL:
		return true;
	case JSON_REAL:         /* nothing that the probe reads has a fraction */
	case JSON_OBJECT:
	case JSON_ARRAY:
		return false;
	}
	return false;
}

static bool row_fits(const json_t *row)
{
	const char *name;
	json_t *value;

	if (!json_is_object(row) || json_object_size(row) > MAX_MEMBERS)
		return false;
	json_object_foreach((json_t *)row, name, value)
	{
		if (!scalar_fits(name, value))
			return false;
	}
	return true;
}

/* A list is an array, or one object (the installer's marker): of scalars only. */
static bool list_fits(const json_t *list)
{
	size_t i;
	json_t *row;

	if (json_is_object(list))
		return row_fits(list);
	if (!json_is_array(list) || json_array_size(list) > FACT_ITEMS_MAX)
		return false;
	json_array_foreach((json_t *)list, i, row)
	{
		if (!row_fits(row))
			return false;
	}
	return true;
}

static bool member_fits(const struct member *m, const json_t *value)
{
	if (m->flags & OURS)
		return !value;
	if (!value)
		return (m->flags & MAY_LACK) != 0;
	if (json_is_null(value))
		return (m->flags & MAY_BE_NULL) != 0;
	switch (m->type) {
	case TEXT:
		return json_is_string(value) && scalar_fits(m->name, value);
	case NUMBER:
		return json_is_integer(value) && scalar_fits(m->name, value);
	case BOOLEAN:
		return json_is_boolean(value);
	case LIST:
		return list_fits(value);
	}
	return false;
}

/* The first member that is not as the catalogue says and that the fact hangs on, or NULL. */
static const char *shape_error(const struct kind *kind, const json_t *value)
{
	if (!json_is_object(value))
		return "value";
	for (int i = 0; i < MAX_MEMBERS && kind->member[i].name; i++) {
		const struct member *m = &kind->member[i];

		if (!(m->flags & MAY_DROP) && !member_fits(m, json_object_get(value, m->name)))
			return m->name;
	}
	return NULL;
}

/* The member as it may be stored: without the secrets that one of its kind may come with. Yours. */
static json_t *member_clean(const struct member *m, json_t *value)
{
	AUTO_FREE char *text = NULL;
	char id[CLEAN_ID];

	if (!json_is_string(value) || !(m->flags & (PROXY | ADDRESS | MACHINE_ID)))
		return json_incref(value);
	if (m->flags & MACHINE_ID)
		return clean_id(m->name, json_string_value(value), id) ? json_string(id) :
									 json_null();
	text = m->flags & PROXY ? clean_proxy(json_string_value(value)) :
				  clean_address(json_string_value(value));
	return json_string(text);
}

/* Members that the catalogue does not know are left out: nobody would judge or bound them. */
static json_t *known_members(const struct kind *kind, const json_t *value)
{
	json_t *out = json_object();
	struct buf dropped;

	buf_init(&dropped, DROPPED_MAX);
	for (int i = 0; i < MAX_MEMBERS && kind->member[i].name; i++) {
		const struct member *m = &kind->member[i];
		json_t *member = json_object_get(value, m->name);
		bool fits = member_fits(m, member);

		if (!fits)
			buf_addf(&dropped, "%s%s", dropped.len ? ";" : "", m->name);
		if (member && fits)
			json_object_set_new(out, m->name, member_clean(m, member));
		else            /* left out, or one of ours that is not set yet */
			json_object_set_new(out, m->name, json_null());
	}
	if (dropped.len)
		json_object_set_new(out, FACT_DROPPED, json_string(buf_text(&dropped)));
	buf_release(&dropped);
	return out;
}

static void facts_take(struct facts *f, const struct kind *kind, const json_t *line, int64_t utc_ms)
{
	struct fact *fact = facts_add(f, kind, utc_ms);
	const json_t *value = json_object_get(line, "value");
	const char *error = json_get_str(line, "error");
	const char *wrong;
	int64_t ms;

	if (json_get_int(line, "ms", &ms) && ms >= 0 && ms < INT32_MAX)
		fact->ms = (int)ms;
	if (!value && error) {
		fact_set_error(fact, json_get_str(line, "kind"), error);
		return;
	}
	wrong = shape_error(kind, value);
	if (wrong) {
		AUTO_FREE char *text =
			xasprintf("member '%s' is missing, of another type or out of range", wrong);

		fact_set_error(fact, "wrong-answer", text);
		return;
	}
	fact->value = known_members(kind, value);
}

void facts_line(struct facts *f, const char *line, size_t len, int64_t utc_ms)
{
	AUTO_JSON json_t *json = NULL;
	const struct kind *kind;
	const char *name;
	struct err err;

	if (!line) {
		facts_reject(f, "a line above the limit", NULL, 0);
		return;
	}
	json = json_parse(line, len, &err);
	if (!json) {
		facts_reject(f, err.msg, line, len);
		return;
	}
	name = json_get_str(json, "fact");
	kind = name ? kind_find(name) : NULL;
	if (!kind)
		facts_reject(f, "no fact we know", line, len);
	else if (find(f, name))
		facts_reject(f, "a fact twice", line, len);
	else
		facts_take(f, kind, json, utc_ms);
}

bool fact_dropped(const json_t *value, const char *member)
{
	const char *list = json_get_str(value, FACT_DROPPED);

	return list && text_in_list(list, ';', member);
}

char *facts_dropped(const struct facts *f)
{
	struct buf told;

	buf_init(&told, TOLD_MAX);
	for (int i = 0; i < f->count; i++) {
		const char *list = json_get_str(f->fact[i].value, FACT_DROPPED);

		if (!list)
			continue;
		buf_addf(&told, "%s%s: ", told.len ? "; " : "", f->fact[i].name);
		for (; *list; list++)
			buf_adds(&told, *list == ';' ? ", " : (char[]){ *list, '\0' });
	}
	if (told.len)
		return buf_take(&told);
	buf_release(&told);
	return NULL;
}

void facts_under(struct facts *f, const json_t *stored, const json_t *stored_utc)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)stored, name, value)
	{
		const struct kind *kind = kind_find(name);
		const char *error = json_get_str(value, "error");
		int64_t utc_ms = 0;
		struct fact *fact;

		if (!kind || find(f, name))
			continue;
		json_get_int(stored_utc, name, &utc_ms);
		fact = facts_add(f, kind, utc_ms);
		fact->older = true;
		if (error)
			fact_set_error(fact, json_get_str(value, "kind"), error);
		else
			fact->value = json_incref(value);
	}
}

bool fact_is_denied(const struct fact *fact)
{
	return !fact->value && strcmp(fact->error_kind, access_denied) == 0;
}

bool fact_is_refused(const struct fact *fact)
{
	bool known;

	if (kind_find(fact->name)->depth != DEPTH_SYSTEM)
		return false;
	if (!fact->value)
		return fact_is_denied(fact);
	/* Defender says to others that there is nothing to see */
	return json_get_bool(fact->value, "known", &known) && !known;
}

void facts_yield(struct facts *f, const json_t *stored)
{
	int kept = 0;

	for (int i = 0; i < f->count; i++) {
		const json_t *older = json_object_get(stored, f->fact[i].name);

		if (older && !json_object_get(older, "error") && fact_is_refused(&f->fact[i]))
			fact_release(&f->fact[i]);
		else
			f->fact[kept++] = f->fact[i];
	}
	f->count = kept;
}

void facts_over(struct facts *f, struct facts *over)
{
	for (int i = 0; i < over->count; i++) {
		struct fact *same = find(f, over->fact[i].name);

		if (same) {
			fact_release(same);
			*same = over->fact[i];
		} else {
			MEM_GROW(f->fact, f->count, f->cap);
			f->fact[f->count++] = over->fact[i];
		}
	}
	over->count = 0;        /* what they hold is taken over */
	facts_release(over);
}

void facts_set_skew(struct facts *f, int64_t skew_ms)
{
	const struct fact *clock = facts_find(f, FACT_CLOCK);

	if (clock && clock->value)
		json_object_set_new(clock->value, "skew_ms", json_integer(skew_ms));
}

/* Takes the readings out of a copy of the value. A null stays in it: it says that there is
 * none, where a missing member says "see the readings". */
static char *value_without_readings(const struct kind *kind, const struct fact *fact,
				    struct fact_rows *out)
{
	AUTO_JSON json_t *rest = json_copy(fact->value);

	for (int i = 0; i < MAX_MEMBERS && kind->member[i].name; i++) {
		const struct member *m = &kind->member[i];
		int64_t number;

		if (!(m->flags & READING) || !json_get_int(fact->value, m->name, &number))
			continue;
		out->reading[out->reading_count++] =
			(struct store_reading){ fact->name, m->name, number };
		json_object_del(rest, m->name);
	}
	return json_canonical(rest);
}

void facts_rows(const struct facts *f, struct fact_rows *out)
{
	size_t room = (size_t)f->count + 1;

	*out = (struct fact_rows){ .fact = xcalloc(room, sizeof(*out->fact)),
				   .reading = xcalloc(room * MAX_MEMBERS, sizeof(*out->reading)) };
	for (int i = 0; i < f->count; i++) {
		const struct fact *fact = &f->fact[i];
		struct store_fact *row;

		if (fact->older)
			continue;
		row = &out->fact[out->fact_count++];
		*row = (struct store_fact){ .name = fact->name,
					    .depth = kind_find(fact->name)->depth,
					    .ms = fact->ms,
					    .error = fact->error,
					    .error_kind = fact->error_kind };
		if (fact->value)
			row->value = value_without_readings(kind_find(fact->name), fact, out);
	}
}

void facts_rows_release(struct fact_rows *rows)
{
	for (int i = 0; i < rows->fact_count; i++)
		free((char *)rows->fact[i].value);
	free(rows->fact);
	free(rows->reading);
	*rows = (struct fact_rows){ .fact = NULL };
}
