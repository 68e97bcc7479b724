/* alarm.c - the words that ring, a table a report. */
#include "reports/alarm.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/insist.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "scanner/duties.h"
#include "scanner/judge.h"
#include "store/outcomes.h"

/* clang-format off */
/* A host whose trouble is accepted rings for that word alone. */
#define STATUS_WORD(id, word, ...) { word, COMPLIANCE_STATUS, COMPLIANCE_ACCEPTED },
#define UNLESS_COUNTED COMPLIANCE_STATUS
#define UNLESS_ALWAYS 0
#define UNLESS_ANY ALARM_ANY
#define WORD_BESIDE(id, word, rings, ...) { word, COMPLIANCE_##id, UNLESS_##rings },
static const struct alarm_word compliance_words[] = {
	STATUSES(STATUS_WORD) WORDS_BESIDE(WORD_BESIDE) { NULL, 0, 0 },
};
/* Trouble rings. */
#define RINGS_GOOD(...)
#define RINGS_BEHIND(...) __VA_ARGS__
#define RINGS_BAD(...) __VA_ARGS__
#define RINGS_UNKNOWN(...) __VA_ARGS__
#define RINGS_NONE(...)
#define VERDICT_WORD(id, word, alarm, then, column, head, wide, weight, ...) \
	RINGS_##weight({ alarm, CHECKS_##id, 0 },)
static const struct alarm_word checks_words[] = {
	VERDICTS(VERDICT_WORD) { NULL, 0, 0 },
};
#define FAULT_WORD(id, name, ...) { name, FAULTS_FAULT, 0 },
static const struct alarm_word faults_words[] = {
	{ "unreachable", FAULTS_COUNT_OF, 0 }, FAULTS(FAULT_WORD) { NULL, 0, 0 },
};
#define VERSION_WORD(id, word, ...) { word, VERSIONS_STATE, 0 },
static const struct alarm_word versions_words[] = {
	VERSION_STATES(VERSION_WORD) { NULL, 0, 0 },
};
#define EXCEPTION_WORD(id, word, ...) { word, EXCEPTIONS_STATE, 0 },
static const struct alarm_word exceptions_words[] = {
	EXCEPTION_STATES(EXCEPTION_WORD) { NULL, 0, 0 },
};
#define OUTCOME_WORD(id, word, ...) { word, RUN_OUTCOME, 0 },
#define DUTY_WORD(id, word, ...) { word, RUN_LEFT, 0 },
static const struct alarm_word run_words[] = {
	OUTCOMES(OUTCOME_WORD) DUTIES(DUTY_WORD) { WORD_ANY_DUTY, RUN_LEFT, ALARM_ANY },
	{ WORD_STOPPED, RUN_ENGINE, ALARM_ANY }, { NULL, 0, 0 },
};
static const struct alarm_word diff_words[] = {
	{ WORD_WORSE, DIFF_CHANGE, 0 }, { WORD_FAILS_NOW, DIFF_CHANGE, 0 }, { NULL, 0, 0 },
};
#define history_words NULL
/* clang-format on */

#define WORDS_OF(name, id, ...) [REPORT_##id] = name##_words,
static const struct alarm_word *const tables[REPORT_COUNT] = { REPORTS(WORDS_OF) };

const struct alarm_word *alarm_words(enum report_id report)
{
	INSIST((unsigned)report < REPORT_COUNT);
	return tables[report];
}

/* Every check and every severity is a word of the compliance report too: a severity rings where
 * such a check fails, a check where it warns too, and neither where an exception covers it. */
static const struct alarm_word *finding_words(void)
{
	static struct alarm_word words[CHECK_COUNT + SEVERITY_COUNT + 1];
	int count = 0;

	if (words[0].word)
		return words;
	for (int i = 0; i < SEVERITY_COUNT; i++)
		words[count++] = (struct alarm_word){ severity_name((enum severity)i),
						      COMPLIANCE_SEVERITIES, 0 };
	for (const struct check *c = checks; c->id; c++)
		words[count++] = (struct alarm_word){ c->id, COMPLIANCE_FAILING, ALARM_CHECK };
	return words;
}

/* The nearest of all words there are; `more`: of a second table, or NULL. */
static const char *nearest(const char *word, const struct alarm_word *words,
			   const struct alarm_word *more)
{
	const char **name = NULL, *near;
	int count = 0, cap = 0;

	for (const struct alarm_word *w = words; w->word; w++) {
		MEM_GROW(name, count, cap);
		name[count++] = w->word;
	}
	for (const struct alarm_word *w = more; w && w->word; w++) {
		MEM_GROW(name, count, cap);
		name[count++] = w->word;
	}
	near = text_nearest(word, name, count);
	free((void *)name);
	return near;
}

static int unknown(const struct alarm_word *words, const struct alarm_word *more,
		   const char *option, const char *word, struct err *err)
{
	const char *near = nearest(word, words, more);
	struct buf list;

	if (near)
		return err_set(err, ERR_USAGE, "--%s: there is no '%.60s'; did you mean '%s'?",
			       option, word, near);
	buf_init(&list, 400);
	for (const struct alarm_word *w = words; w->word; w++)
		buf_addf(&list, "%s%s", list.len ? ", " : "", w->word);
	err_set(err, ERR_USAGE, "--%s: '%.60s' is none of %s%s", option, word, buf_text(&list),
		more ? ", no check and no severity (`marshal checks` lists them)" : "");
	buf_release(&list);
	return -1;
}

static const struct alarm_word *word_among(const struct alarm_word *words, const char *word)
{
	while (words->word && strcmp(words->word, word) != 0)
		words++;
	return words->word ? words : NULL;
}

/* What a word was called before, until the next major number of CHANGELOG. */
static const char *renamed(const char *option, const char *word)
{
	if (strcmp(word, "never-scanned") != 0)
		return word;
	log_line(LOG_WARN, "--%s: never-scanned is called %s now", option,
		 status_name(STATUS_NEVER_SEEN));
	return status_name(STATUS_NEVER_SEEN);
}

bool alarms_has(const struct alarms *a, const struct alarm_word *word)
{
	for (int i = 0; i < a->count; i++)
		if (a->word[i] == word)
			return true;
	return false;
}

int alarms_add(struct alarms *a, const struct alarm_word *words, const char *option,
	       const char *word, struct err *err)
{
	const struct alarm_word *more =
		words == alarm_words(REPORT_COMPLIANCE) ? finding_words() : NULL;
	const struct alarm_word *w = word_among(words, more ? renamed(option, word) : word);

	if (!w && more)
		w = word_among(more, word);
	if (!w)
		return unknown(words, more, option, word, err);
	if (alarms_has(a, w))
		return 0;
	if (a->count == ALARMS_MAX)
		return err_set(err, ERR_USAGE, "--%s: more than %d words", option, ALARMS_MAX);
	a->word[a->count++] = w;
	return 0;
}

int alarms_parse(const struct alarm_word *words, const char *option, const struct opt_list *list,
		 struct alarms *out, struct err *err)
{
	INSIST(words);
	*out = (struct alarms){ .count = 0 };
	for (int i = 0; i < list->count; i++) {
		AUTO_FREE char *text = xstrdup(list->item[i]);
		char *rest = text, *word;

		while ((word = strsep(&rest, ",")))
			if (alarms_add(out, words, option, word + strspn(word, " "), err) < 0)
				return -1;
	}
	return 0;
}

static bool is_hushed(const struct report *r, int row, const struct alarm_word *word)
{
	const struct cell *cell;

	if (word->unless == ALARM_CHECK) {
		cell = report_cell(r, row, COMPLIANCE_EXCEPTIONS);
		return cell->text && text_in_list(cell->text, ';', word->word);
	}
	if (word->unless <= 0)
		return false;
	cell = report_cell(r, row, word->unless);
	return cell->text ? strcmp(cell->text, status_name(STATUS_EXCLUDED)) == 0 :
			    cell->number != 0;
}

/* A check that somebody names rings where it warns too: some can do no more. */
static bool warns(const struct report *r, int row, const struct alarm_word *word)
{
	const char *warning =
		word->unless == ALARM_CHECK ? report_cell(r, row, COMPLIANCE_WARNING)->text : NULL;

	return warning && text_in_list(warning, ';', word->word);
}

static bool rings(const struct alarm_word *word, const struct cell *cell)
{
	if (cell->text)
		return word->unless == ALARM_ANY || text_in_list(cell->text, ';', word->word);
	return cell->number != 0;
}

bool alarms_row(const struct alarms *a, const struct report *r, int row)
{
	for (int i = 0; i < a->count; i++) {
		const struct alarm_word *word = a->word[i];
		const struct cell *cell = report_cell(r, row, word->column);

		if (!is_hushed(r, row, word) &&
		    ((cell->known && rings(word, cell)) || warns(r, row, word)))
			return true;
	}
	return false;
}

static bool asks_status(const struct alarms *a)
{
	for (int i = 0; i < a->count; i++)
		if (a->word[i]->column == COMPLIANCE_STATUS && status_is_judged(a->word[i]->word))
			return true;
	return false;
}

static bool has_reason(const struct report *r)
{
	for (int row = 0; row < r->row_count; row++)
		if (report_cell(r, row, COMPLIANCE_REASON)->known)
			return true;
	return false;
}

/* Where older rules judged a host, today's may find any status: who asked to be told of one is not
 * told that all is well. */
static bool cannot_tell(const struct alarms *a, const struct report *r)
{
	return r->older_rules && strcmp(r->name, report_kind(REPORT_COMPLIANCE)->name) == 0 &&
	       asks_status(a) && has_reason(r);
}

bool alarms_any(const struct alarms *a, const struct report *r)
{
	if (cannot_tell(a, r))
		return true;
	for (int row = 0; row < r->row_count; row++)
		if (alarms_row(a, r, row))
			return true;
	return false;
}
