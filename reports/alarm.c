/* alarm.c - the words that ring, a table a report. */
#include "reports/alarm.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

/* clang-format off */
static const struct alarm_word compliance_words[] = {
	{ "excluded", COMPLIANCE_STATUS }, { "never-scanned", COMPLIANCE_STATUS },
	{ "not-installed", COMPLIANCE_STATUS }, { "outdated", COMPLIANCE_STATUS },
	{ "needs-registration", COMPLIANCE_STATUS }, { "at-risk", COMPLIANCE_STATUS },
	{ "undetermined", COMPLIANCE_STATUS }, { "behind", COMPLIANCE_STATUS },
	{ "compliant", COMPLIANCE_STATUS }, { "unreachable", COMPLIANCE_UNREACHABLE },
	{ "stale", COMPLIANCE_STALE }, { NULL, 0 },
};
static const struct alarm_word checks_words[] = {
	{ "fail", CHECKS_FAIL }, { "warn", CHECKS_WARN }, { "unknown", CHECKS_UNKNOWN },
	{ "not-examined", CHECKS_NOT_EXAMINED }, { NULL, 0 },
};
static const struct alarm_word faults_words[] = {
	{ "unreachable", FAULTS_COUNT_OF },
	{ "name-not-found", FAULTS_FAULT }, { "refused", FAULTS_FAULT },
	{ "no-answer", FAULTS_FAULT }, { "not-ssh", FAULTS_FAULT },
	{ "no-common-algorithm", FAULTS_FAULT }, { "host-key-unknown", FAULTS_FAULT },
	{ "host-key-changed", FAULTS_FAULT }, { "no-usable-key", FAULTS_FAULT },
	{ "sign-in-rejected", FAULTS_FAULT }, { "credential-suspended", FAULTS_FAULT },
	{ "throttled", FAULTS_FAULT }, { "channel-refused", FAULTS_FAULT },
	{ "unsupported-transport", FAULTS_FAULT }, { "no-powershell", FAULTS_FAULT },
	{ "constrained-language", FAULTS_FAULT }, { "blocked-by-security", FAULTS_FAULT },
	{ "access-denied", FAULTS_FAULT }, { "program-failed", FAULTS_FAULT },
	{ "upload-failed", FAULTS_FAULT }, { "connection-lost", FAULTS_FAULT },
	{ "wrong-answer", FAULTS_FAULT }, { "too-much-output", FAULTS_FAULT },
	{ "time-limit", FAULTS_FAULT }, { "cancelled", FAULTS_FAULT }, { NULL, 0 },
};
static const struct alarm_word versions_words[] = {
	{ "outdated", VERSIONS_STATE }, { "behind", VERSIONS_STATE }, { "ok", VERSIONS_STATE },
	{ NULL, 0 },
};
static const struct alarm_word exceptions_words[] = {
	{ "active", EXCEPTIONS_STATE }, { "expired", EXCEPTIONS_STATE },
	{ "unused", EXCEPTIONS_STATE }, { NULL, 0 },
};
static const struct alarm_word run_words[] = {
	{ "upgraded", RUN_OUTCOME }, { "current", RUN_OUTCOME }, { "blocked", RUN_OUTCOME },
	{ "unreachable", RUN_OUTCOME }, { "failed", RUN_OUTCOME }, { "uncertain", RUN_OUTCOME },
	{ "cancelled", RUN_OUTCOME }, { "not-started", RUN_OUTCOME }, { NULL, 0 },
};
static const struct { const char *report; const struct alarm_word *words; } tables[] = {
	{ "compliance", compliance_words }, { "checks", checks_words },
	{ "faults", faults_words }, { "versions", versions_words },
	{ "exceptions", exceptions_words }, { "run", run_words },
};
/* clang-format on */

const struct alarm_word *alarm_words(const char *report)
{
	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		if (strcmp(tables[i].report, report) == 0)
			return tables[i].words;
	return NULL;
}

static int unknown(const struct alarm_word *words, const char *option, const char *word,
		   struct err *err)
{
	struct buf list;

	buf_init(&list, 400);
	for (const struct alarm_word *w = words; w->word; w++)
		buf_addf(&list, "%s%s", list.len ? ", " : "", w->word);
	err_set(err, ERR_USAGE, "--%s: '%s' is none of %s", option, word, buf_text(&list));
	buf_release(&list);
	return -1;
}

static int add_word(struct alarms *a, const struct alarm_word *words, const char *option,
		    const char *word, struct err *err)
{
	const struct alarm_word *w = words;

	while (w->word && strcmp(w->word, word) != 0)
		w++;
	if (!w->word)
		return unknown(words, option, word, err);
	if (a->count == ALARMS_MAX)
		return err_set(err, ERR_USAGE, "--%s: more than %d words", option, ALARMS_MAX);
	a->word[a->count++] = w;
	return 0;
}

int alarms_parse(const struct alarm_word *words, const char *option, const struct opt_list *list,
		 struct alarms *out, struct err *err)
{
	*out = (struct alarms){ .count = 0 };
	for (int i = 0; i < list->count; i++) {
		AUTO_FREE char *text = xstrdup(list->item[i]);
		char *rest = text, *word;

		while ((word = strsep(&rest, ",")))
			if (add_word(out, words, option, word, err) < 0)
				return -1;
	}
	return 0;
}

bool alarms_row(const struct alarms *a, const struct report *r, int row)
{
	for (int i = 0; i < a->count; i++) {
		const struct cell *cell = report_cell(r, row, a->word[i]->column);

		if (!cell->known)
			continue;
		if (cell->text ? strcmp(cell->text, a->word[i]->word) == 0 : cell->number != 0)
			return true;
	}
	return false;
}

bool alarms_any(const struct alarms *a, const struct report *r)
{
	for (int row = 0; row < r->row_count; row++)
		if (alarms_row(a, r, row))
			return true;
	return false;
}
