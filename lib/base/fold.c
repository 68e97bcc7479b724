/* fold.c - names that differ in one number become one range. Every number of a name is a place
 * where it could be folded; each name goes where most others go too. */
#include "base/fold.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/mem.h"

enum {
	PLACES = 8,     /* numbers of a name that are looked at */
	DIGITS = 9      /* of a number, as patterns read them */
};

/* One number of a name. */
struct place { size_t at, len; };

/* Names that are equal before and behind one number. */
struct group {
	int count;              /* names that could go here; then: those that did */
	int written;
	const char **member;    /* freed once they are written */
	int member_cap;
	const char *first;      /* of them */
	struct place place;     /* of the first, where all have their number */
};

struct folding {
	struct arena texts;
	struct map groups;
	struct buf out;
	size_t room;            /* no range and no name begins behind so many bytes */
	int shown;              /* names in out */
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The numbers of a name, the likeliest first: the last one before the first dot, then the others
 * from the left; of an address in numbers the last. Colons are kept out: a pattern takes them
 * for its own. */
static int places_of(const char *name, struct place *place)
{
	size_t label = strcspn(name, "."), digits = strspn(name, "0123456789.");
	int count = 0, best = 0;

	if (strchr(name, ':'))
		return 0;
	for (size_t i = 0; name[i] && count < PLACES;) {
		size_t len = strspn(name + i, "0123456789");

		if (len > 0 && len <= DIGITS) {
			if (i < label || name[digits] == '\0')
				best = count;
			place[count++] = (struct place){ i, len };
		}
		i += len ? len : 1;
	}
	if (count > 0) {
		struct place first = place[best];

		memmove(place + 1, place, (size_t)best * sizeof(*place));
		place[0] = first;
	}
	return count;
}

/* The group of a name folded at a place; made where there is none. */
static struct group *group_at(struct folding *f, const char *name, struct place p)
{
	AUTO_FREE char *key = xasprintf("%.*s[%s", (int)p.at, name, name + p.at + p.len);
	struct group *g = map_get(&f->groups, key);

	if (!g) {
		g = arena_alloc(&f->texts, 1, sizeof(*g));
		*g = (struct group){ .place = p };
		map_add(&f->groups, arena_strdup(&f->texts, key), g);
	}
	return g;
}

static struct group *largest(struct folding *f, const char *name, struct place *out)
{
	struct place place[PLACES];
	int count = places_of(name, place);
	struct group *best = NULL;

	for (int i = 0; i < count; i++) {
		struct group *g = group_at(f, name, place[i]);

		if (best && g->count <= best->count)
			continue;
		best = g;
		*out = place[i];
	}
	return best;
}

/* The number of a name: its digits, and whether zeros stand before it. */
struct number { long value; int len; bool padded; };

static struct number number_at(const char *name, size_t at)
{
	struct number n = { .padded = name[at] == '0' && is_digit(name[at + 1]) };

	for (; is_digit(name[at]); at++, n.len++)
		n.value = n.value * 10 + (name[at] - '0');
	return n;
}

/* Whether b stands right behind a in the range that `first` begins. A range with zeros in front
 * has one width, one without has none anywhere. */
static bool follows(struct number first, struct number a, struct number b)
{
	if (b.value != a.value + 1)
		return false;
	return first.padded ? b.len == first.len : !b.padded;
}

static void write_group(struct folding *f, const struct group *g, const char *first)
{
	size_t at = g->place.at;
	const char *between = "";

	buf_addf(&f->out, "%.*s[", (int)at, first);
	for (int i = 0; i < g->written;) {
		struct number begin = number_at(g->member[i], at), end = begin, next;
		int k = i + 1;

		if (i > 0 && f->out.len >= f->room)
			break;
		for (; k < g->written; k++, end = next) {
			next = number_at(g->member[k], at);
			if (!follows(begin, end, next))
				break;
		}
		buf_addf(&f->out, "%s%.*s", between, begin.len, g->member[i] + at);
		if (k > i + 1)
			buf_addf(&f->out, "-%.*s", end.len, g->member[k - 1] + at);
		between = ",";
		f->shown += k - i;
		i = k;
	}
	buf_addf(&f->out, "]%s", first + at + number_at(first, at).len);
}

static int by_name(const void *a, const void *b)
{
	return strverscmp(*(const char *const *)a, *(const char *const *)b);
}

static void write_names(struct folding *f, const struct group *g, const char *first)
{
	if (f->out.len >= f->room)
		return;
	buf_adds(&f->out, f->out.len ? "," : "");
	if (g && g->written > 1) {
		write_group(f, g, first);
	} else {
		buf_adds(&f->out, first);
		f->shown++;
	}
}

static char *fold(const char *const *name, int count, size_t room, int *out_shown)
{
	AUTO_FREE const char **sorted = xcalloc((size_t)count + 1, sizeof(*sorted));
	struct folding f = { .room = room };
	struct place place[PLACES];
	struct group *g;

	buf_init(&f.out, INT_MAX);
	if (count > 0)
		memcpy(sorted, name, (size_t)count * sizeof(*sorted));
	qsort(sorted, (size_t)count, sizeof(*sorted), by_name);
	for (int i = 0; i < count; i++)
		for (int k = places_of(sorted[i], place); k > 0; k--)
			group_at(&f, sorted[i], place[k - 1])->count++;
	for (int i = 0; i < count; i++) {
		g = largest(&f, sorted[i], &place[0]);
		if (!g)
			continue;
		MEM_GROW(g->member, g->written, g->member_cap);
		if (g->written == 0)
			g->first = sorted[i];
		g->member[g->written++] = sorted[i];
	}
	for (int i = 0; i < count; i++) {
		g = largest(&f, sorted[i], &place[0]);
		if (g && g->first != sorted[i])
			continue;
		write_names(&f, g, sorted[i]);
		if (g)
			free(g->member);
	}
	map_release(&f.groups);
	arena_release(&f.texts);
	*out_shown = f.shown;
	return buf_take(&f.out);
}

char *fold_names(const char *const *name, int count)
{
	int shown;

	return fold(name, count, INT_MAX, &shown);
}

char *fold_some(const char *const *name, int count, const char *rest)
{
	int shown;
	char *all = fold(name, count, FOLD_ROOM, &shown);
	AUTO_FREE char *some = shown < count ? all : NULL;

	return some ? xasprintf("%s and %d more: %s", some, count - shown, rest) : all;
}
