/* alarm.h - which rows of a report make the exit status 1: words given by the user, each found in
 * one column of the report. */
#ifndef REPORTS_ALARM_H
#define REPORTS_ALARM_H

#include <stdbool.h>

#include "base/cmd.h"
#include "reports/model.h"

/* A word and where it is looked for: a text column that says it, or a number or yes/no that is
 * not 0. Does not ring where the column `unless` is yes or says excluded; 0: always; ALARM_ANY:
 * always, and for a text of any words; ALARM_CHECK: where that check fails or warns and no
 * exception covers it. Ends with a row without a word. */
struct alarm_word { const char *word; int column, unless; };
enum { ALARM_ANY = -1, ALARM_CHECK = -2 };

enum { ALARMS_MAX = 64 };
struct alarms {
	const struct alarm_word *word[ALARMS_MAX];
	int count;
};

/* The words of --fail-on and its like: lists joined by commas; of the report of compliance checks
 * and severities as well. ERR_USAGE names the nearest, or those there are. */
int alarms_parse(const struct alarm_word *words, const char *option, const struct opt_list *list,
		 struct alarms *out, struct err *err);
bool alarms_has(const struct alarms *a, const struct alarm_word *word);
/* Adds one such word, once; it is not kept. */
int alarms_add(struct alarms *a, const struct alarm_word *words, const char *option,
	       const char *word, struct err *err);
/* Whether this row rings; any of them, or one that older rules judged may. */
bool alarms_row(const struct alarms *a, const struct report *r, int row);
bool alarms_any(const struct alarms *a, const struct report *r);

/* The words of a report; NULL: none make sense. */
const struct alarm_word *alarm_words(enum report_id report);

#endif
