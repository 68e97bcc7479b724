/* recheck.c - judges what the store knows, host by host: the facts of a whole fleet would not fit
 * into memory. Only what comes out otherwise is written. */
#include "scanner/recheck.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "scanner/remember.h"
#include "store/status.h"

enum { CHECKS_TEXT = 400 };

struct rechecking {
	const struct policies *policies;
	const json_t *past;         /* of all hosts */
	struct tx *tx;
	struct recheck *out;
};

static enum status word_of(const struct host_row *row, const char *status)
{
	enum status word = STATUS_NEVER_SEEN;

	status_from_name(host_word(status, row->mars, row->skip), &word);
	return word;
}

static const struct finding_row *stored_finding(const struct host_row *row, const char *check)
{
	for (int i = 0; i < row->finding_count; i++)
		if (strcmp(row->finding[i].check, check) == 0)
			return &row->finding[i];
	return NULL;
}

/* What is otherwise than stored. Evidence alone may be: it names a limit or target that is new. */
struct differences {
	struct buf because;
	int verdicts;
};

static void add_because(struct differences *d, const char *check, const char *what, const char *now,
			const char *was)
{
	buf_addf(&d->because, "%s%s: %s%s, was %s", d->because.len ? "; " : "", check, what, now,
		 was);
}

static bool is_same(const struct host_row *row, const struct judgement *j, struct differences *out)
{
	bool same =
		row->finding_count == j->count && strcmp(row->status, status_name(j->status)) == 0;

	for (int i = 0; i < j->count; i++) {
		const struct finding *f = &j->finding[i];
		const struct finding_row *was = stored_finding(row, f->check->id);
		const char *now = verdict_name(f->verdict);
		enum severity counted = was ? finding_severity(was) : f->severity;
		bool stands = was && strcmp(was->verdict, now) == 0;

		if (!stands) {
			add_because(out, f->check->id, "", now, was ? was->verdict : "not judged");
			out->verdicts++;
		} else if (counted != f->severity && verdict_is_trouble(f->verdict)) {
			add_because(out, f->check->id, "counts as ", severity_name(f->severity),
				    severity_name(counted));
		}
		same = same && stands && strcmp(was->evidence, f->evidence) == 0 &&
		       counted == f->severity;
	}
	return same;
}

static void add_change(struct recheck_changes *to, struct arena *texts,
		       const struct recheck_change *c)
{
	MEM_GROW(to->item, to->count, to->cap);
	to->item[to->count++] =
		(struct recheck_change){ arena_strdup(texts, c->host), c->before, c->after,
					 arena_strdup(texts, c->because) };
}

static void count(struct recheck *out, const struct host_row *row, const struct judgement *j,
		  const struct differences *d)
{
	enum status before = word_of(row, row->status);
	enum status after = j ? word_of(row, status_name(j->status)) : before;

	if (!out)
		return;
	out->hosts++;
	out->judged += j != NULL;
	out->before[before]++;
	out->after[after]++;
	if (before != after || d->verdicts > 0)
		add_change(before != after ? &out->moved : &out->same, &out->texts,
			   &(struct recheck_change){ row->name, before, after,
						     buf_text(&d->because) });
}

static void judge_row(struct rechecking *r, const struct host_row *row)
{
	struct policy policy;
	struct facts facts;
	struct judgement j;
	struct differences d = { .verdicts = 0 };

	facts_init(&facts);
	facts_under(&facts, row->facts, row->facts_utc);
	policies_for_row(r->policies, row, &policy);
	judge(&(struct context){ .facts = &facts,
				 .policy = &policy,
				 .name = row->name,
				 .address = row->address,
				 .computer_name = row->computer_name,
				 .cloud = row->cloud,
				 .time_zone = row->time_zone,
				 .offline = row->offline,
				 .past = json_object_get(r->past, row->name),
				 .again = true },
	      row->mars, &j);
	buf_init(&d.because, CHECKS_TEXT);
	if (!is_same(row, &j, &d)) {
		AUTO_FREE struct store_finding *rows = judgement_rows(&j);

		tx_judged(r->tx, row->name, rows, j.count, status_name(j.status), clock_utc_ms());
	}
	count(r->out, row, &j, &d);
	buf_release(&d.because);
	judgement_release(&j);
	facts_release(&facts);
}

static int each(void *ctx, const struct host_row *row, struct err *err)
{
	const struct differences none = { .verdicts = 0 };
	struct rechecking *r = ctx;

	(void)err;
	if (json_object_size(row->facts) > 0)
		judge_row(r, row);
	else
		count(r->out, row, NULL, &none);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct recheck_change *x = a, *y = b;

	return strverscmp(x->host, y->host);
}

static void order(struct recheck_changes *c)
{
	if (c->count > 0)
		qsort(c->item, (size_t)c->count, sizeof(*c->item), by_name);
}

int recheck_run(struct store *s, const struct policies *p, const struct map *only, struct tx *tx,
		struct recheck *out, struct err *err)
{
	AUTO_JSON json_t *past = past_of_all(s, err);
	struct rechecking r = { p, past, tx, out };

	if (!past || store_each_host(s, ROWS_FACTS | ROWS_FINDINGS, only, each, &r, err) != 0)
		return -1;
	if (out) {
		order(&out->moved);
		order(&out->same);
	}
	return 0;
}

void recheck_release(struct recheck *r)
{
	free(r->moved.item);
	free(r->same.item);
	arena_release(&r->texts);
	*r = (struct recheck){ 0 };
}

int judge_stored(struct store *s, const struct policies *p, struct err *err)
{
	struct tx *tx = tx_new();

	if (recheck_run(s, p, NULL, tx, NULL, err) == 0)
		return store_write(s, tx, false, err);
	tx_free(tx);
	return -1;
}

void warn_older_rules(void)
{
	log_line(LOG_WARN,
		 "hosts were judged by older rules and count as undetermined until the next scan, "
		 "upgrade, or `marshal recheck`, which judge them again; what that changes: "
		 "`marshal recheck --dry-run`");
}

void rules_remember(struct tx *tx)
{
	AUTO_FREE char *number = xasprintf("%d", JUDGE_RULES);

	tx_setting(tx, SETTING_RULES, number);
}

/* What judging all again was for, in a line; NULL for nothing to say. */
static char *adopted(const char *before, const struct policies *p, bool older, int changed)
{
	AUTO_FREE char *replaced = before ? policies_replacement(before, p) : NULL;

	if (!older || changed == 0)
		return replaced ? xstrdup(replaced) : NULL;
	return xasprintf("%s%s%d host%s changed status because rules%s changed",
			 replaced ? replaced : "", replaced ? "; " : "", changed,
			 changed == 1 ? "" : "s", before ? " and the policy" : "");
}

/* Judges all again, once, where the policy that was given is new or the rules of the store are
 * old. */
static int adopt(struct store *s, const struct policies *p, bool given, char **out_said,
		 struct err *err)
{
	AUTO_FREE char *before = given ? policies_remembered(s, err) : NULL;
	AUTO_FREE char *now = policies_text(p);
	int older = judged_by_older_rules(s, err), rc;
	bool fresh = before && strcmp(before, now) != 0;
	struct recheck result = { 0 };
	struct tx *tx;

	if (older < 0 || (given && !before))
		return -1;
	if (!older && !fresh)
		return 0;
	tx = tx_new();
	if (fresh)
		policies_remember(p, tx);
	rules_remember(tx);
	rc = recheck_run(s, p, NULL, tx, &result, err);
	if (rc == 0)
		rc = store_write(s, tx, false, err);
	else
		tx_free(tx);
	if (rc == 0)
		*out_said = adopted(fresh ? before : NULL, p, older, result.moved.count);
	recheck_release(&result);
	return rc;
}

struct policies *policies_adopt(struct store *s, struct policies *given, char **out_said,
				struct err *err)
{
	bool named = given != NULL;
	struct policies *p = policies_chosen(s, given, err);

	*out_said = NULL;
	if (!p || adopt(s, p, named, out_said, err) == 0)
		return p;
	policies_free(p);
	return NULL;
}
