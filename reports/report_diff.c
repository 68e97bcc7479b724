/* report_diff.c - what became of the hosts between two moments: one row a change, with the
 * hosts that have it. The two moments are laid together by name. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/fold.h"
#include "base/map.h"
#include "base/mem.h"
#include "reports/model.h"
#include "scanner/judge.h"

/* clang-format off */

/* In the order they are shown. */
#define CHANGE_ID(id, ...) id,
#define CHANGE_ROW(id, word, count, ...) { word, count },
enum change { DIFF_CHANGES(CHANGE_ID) CHANGES };
static const struct { const char *word, *count; } changes[CHANGES] = { DIFF_CHANGES(CHANGE_ROW) };
/* clang-format on */

struct what {
	enum change change;
	const char *subject, *before, *after;
};

/* One row of the report while it is counted. */
struct kind {
	struct what what;
	const char **name;
	int count, cap;
};

struct diff {
	struct store *store;
	int64_t from_utc_ms, to_utc_ms; /* as they are asked of the store */
	struct kind **item;
	int count, cap;
	struct map by_key;
	struct arena texts;
	int hosts[CHANGES];
};

static void add(struct diff *d, const struct what *what, const char *host)
{
	const char *key = arena_printf(&d->texts, "%d %s|%s|%s", (int)what->change, what->subject,
				       what->before, what->after);
	struct kind *kind = map_get(&d->by_key, key);

	if (!kind) {
		kind = arena_alloc(&d->texts, 1, sizeof(*kind));
		kind->what = *what;
		map_add(&d->by_key, key, kind);
		MEM_GROW(d->item, d->count, d->cap);
		d->item[d->count++] = kind;
	}
	MEM_GROW(kind->name, kind->count, kind->cap);
	kind->name[kind->count++] = host;
	d->hosts[what->change]++;
}

static enum change direction(const char *before, const char *after)
{
	enum status a = STATUS_EXCLUDED, b = STATUS_EXCLUDED;

	if (!status_from_name(before, &a) || !status_from_name(after, &b))
		return OTHER;
	switch (status_move(a, b)) {
	case MOVE_WORSE:
		return WORSE;
	case MOVE_BETTER:
		return BETTER;
	case MOVE_OTHER:
		break;
	}
	return OTHER;
}

/* "" where nothing is in trouble. */
static const char *verdict_at(const struct moment_row *row, const char *check)
{
	for (int i = 0; i < row->finding_count; i++)
		if (strcmp(row->finding[i].check, check) == 0)
			return row->finding[i].verdict;
	return "";
}

/* What is good to know makes nothing worse, and its end nothing better. */
static enum change weighed(const struct finding_row *f, enum change change)
{
	return finding_severity(f) == SEVERITY_INFO ? OTHER : change;
}

static int add_begun(struct diff *d, const struct moment_row *a, const struct moment_row *b,
		     const struct finding_row *f, struct err *err)
{
	const char *before = verdict_at(a, f->check), *fail = verdict_name(V_FAIL);
	int examined = 1;

	if (strcmp(f->verdict, fail) != 0 || strcmp(before, fail) == 0)
		return 0;
	if (!before[0])
		examined = store_examined(d->store, a->name, f->check, d->from_utc_ms, NULL, err);
	add(d,
	    &(struct what){ weighed(f, BEGAN), f->check,
			    examined ? before : verdict_name(V_NOT_EXAMINED), fail },
	    b->name);
	return examined < 0 ? -1 : 0;
}

static int add_ended(struct diff *d, const struct moment_row *b, const struct finding_row *f,
		     struct err *err)
{
	const char *now = verdict_at(b, f->check), *fail = verdict_name(V_FAIL);
	int examined = 1;

	if (strcmp(f->verdict, fail) != 0 || (now[0] && strcmp(now, verdict_name(V_WARN)) != 0))
		return 0;
	if (!now[0])
		examined = store_examined(d->store, b->name, f->check, d->to_utc_ms, NULL, err);
	if (examined > 0)
		add(d, &(struct what){ weighed(f, ENDED), f->check, fail, now }, b->name);
	return examined < 0 ? -1 : 0;
}

/* Checks that fail in one and not in the other. That a failure ended is said only of what is known
 * now: rows hold what fails, warns and is not known, and what is not among them passes, or no
 * version of this program judged the host by it. */
static int compare_findings(struct diff *d, const struct moment_row *a, const struct moment_row *b,
			    struct err *err)
{
	for (int i = 0; i < b->finding_count; i++)
		if (add_begun(d, a, b, &b->finding[i], err) < 0)
			return -1;
	for (int i = 0; i < a->finding_count; i++)
		if (add_ended(d, b, &a->finding[i], err) < 0)
			return -1;
	return 0;
}

static bool counts(const struct moment_row *row)
{
	return strcmp(row->status, status_name(STATUS_EXCLUDED)) != 0;
}

/* Of a host that was never seen its status says so. */
static void compare_looks(struct diff *d, const struct moment_row *a, const struct moment_row *b)
{
	const char *unseen = status_name(STATUS_NEVER_SEEN);

	if (!counts(b) || strcmp(a->status, unseen) == 0 || strcmp(b->status, unseen) == 0)
		return;
	if (!a->fault[0] && b->fault[0])
		add(d, &(struct what){ UNREACHED, "look", "", b->fault }, b->name);
	else if (a->fault[0] && !b->fault[0])
		add(d, &(struct what){ REACHED, "look", a->fault, "" }, b->name);
}

static int compare(struct diff *d, const struct moment_row *a, const struct moment_row *b,
		   struct err *err)
{
	const char *before = report_version_then(a), *after = report_version_then(b);

	if (strcmp(a->status, b->status) != 0)
		add(d,
		    &(struct what){ direction(a->status, b->status), "status", a->status,
				    b->status },
		    b->name);
	if (strcmp(before, after) != 0)
		add(d, &(struct what){ VERSION, "version", before, after }, b->name);
	compare_looks(d, a, b);
	return counts(a) && counts(b) ? compare_findings(d, a, b, err) : 0;
}

static int lay_together(struct diff *d, const struct moment_rows *a, const struct moment_rows *b,
			const struct report_options *o, struct err *err)
{
	int i = 0, k = 0, r = 0;

	while (r == 0 && (i < a->count || k < b->count)) {
		int order = i == a->count ? 1 :
			    k == b->count ? -1 :
					    strverscmp(a->row[i].name, b->row[k].name);
		const struct moment_row *was = order <= 0 ? &a->row[i++] : NULL;
		const struct moment_row *is = order >= 0 ? &b->row[k++] : NULL;

		if (!report_wants(o, is ? is->name : was->name))
			continue;
		if (was && is)
			r = o->came_and_went ? 0 : compare(d, was, is, err);
		else if (was)
			add(d, &(struct what){ VANISHED, "status", was->status, "" }, was->name);
		else
			add(d, &(struct what){ ARRIVED, "status", "", is->status }, is->name);
	}
	return r;
}

static int by_change(const void *a, const void *b)
{
	const struct kind *x = *(struct kind *const *)a, *y = *(struct kind *const *)b;

	if (x->what.change != y->what.change)
		return (int)x->what.change - (int)y->what.change;
	if (x->count != y->count)
		return y->count - x->count;
	return strcmp(x->what.subject, y->what.subject) ? strcmp(x->what.subject, y->what.subject) :
							  strcmp(x->what.before, y->what.before);
}

static struct report *report_of(struct diff *d, const struct report_options *o)
{
	struct report *r = report_begin(REPORT_DIFF, o);

	r->status_column = DIFF_CHANGE;
	if (d->count)
		qsort(d->item, (size_t)d->count, sizeof(*d->item), by_change);
	for (int i = 0; i < d->count; i++) {
		const struct kind *kind = d->item[i];
		AUTO_FREE char *hosts = fold_names(kind->name, kind->count);

		report_row(r);
		report_text(r, DIFF_CHANGE, changes[kind->what.change].word);
		report_text(r, DIFF_SUBJECT, kind->what.subject);
		report_text(r, DIFF_BEFORE, kind->what.before);
		report_text(r, DIFF_AFTER, kind->what.after);
		report_int(r, DIFF_COUNT_OF, kind->count);
		report_text(r, DIFF_HOSTS, hosts);
	}
	return r;
}

static void add_summary(struct report *r, const struct diff *d, const struct report_options *o,
			int64_t from_utc_ms, int64_t to_utc_ms)
{
	char text[CLOCK_TEXT];

	json_object_set_new(r->summary, "from", json_string(clock_format_utc(from_utc_ms, text)));
	json_object_set_new(r->summary, "to", json_string(clock_format_utc(to_utc_ms, text)));
	for (int i = 0; i < CHANGES; i++)
		if (!o->came_and_went || i == VANISHED || i == ARRIVED)
			json_object_set_new(r->summary, changes[i].count,
					    json_integer(d->hosts[i]));
}

static void diff_release(struct diff *d)
{
	for (int i = 0; i < d->count; i++)
		free(d->item[i]->name);
	free(d->item);
	map_release(&d->by_key);
	arena_release(&d->texts);
}

/* Before the first host all would be new, which says nothing: whoever asks meant another moment. A
 * first one that is still to come was told of under a clock that was ahead. */
static int refuse_before_all(struct store *s, int64_t from_utc_ms, int64_t now_utc_ms,
			     struct err *err)
{
	int64_t first = 0;
	char text[CLOCK_TEXT];

	if (store_first_moment(s, &first, err) < 0)
		return -1;
	if (first > 0 && (from_utc_ms >= first || first > now_utc_ms))
		return 0;
	if (first > 0)
		err_set(err, ERR_USAGE,
			"no host was known before %s: nothing can be compared with that",
			clock_format_utc(first, text));
	else
		err_set(err, ERR_USAGE, "no host is known yet");
	return err_hint(err, first > 0 ? "name a later moment" : "scan first");
}

struct report *report_diff(struct store *s, int64_t from_utc_ms, int64_t to_utc_ms,
			   const struct report_options *o, struct err *err)
{
	enum { WANT = ROWS_TROUBLE | ROWS_BARE };
	struct moment_rows a, b;
	/* now is all that is known, also what was noted under a time that is still to come */
	struct diff d = { .store = s,
			  .from_utc_ms = from_utc_ms,
			  .to_utc_ms = to_utc_ms < o->now_utc_ms ? to_utc_ms : INT64_MAX };
	struct report *r = NULL;

	if (refuse_before_all(s, from_utc_ms, o->now_utc_ms, err) < 0 ||
	    store_moment(s, from_utc_ms, WANT, &a, err) < 0)
		return NULL;
	if (store_moment(s, d.to_utc_ms, WANT, &b, err) == 0) {
		/* of then, what was judged then is told; of now, what can be said now */
		for (int i = 0; i < b.count && d.to_utc_ms == INT64_MAX; i++)
			b.row[i].status = (char *)report_word(o, b.row[i].status);
		if (lay_together(&d, &a, &b, o, err) == 0) {
			r = report_of(&d, o);
			add_summary(r, &d, o, from_utc_ms, to_utc_ms);
		}
		diff_release(&d);
		moment_rows_release(&b);
	}
	moment_rows_release(&a);
	return r;
}
