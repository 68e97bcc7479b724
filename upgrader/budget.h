/* budget.h - how many hosts may go wrong before a run pauses: a number, or a share of the hosts
 * that it has to change. The one with that number pauses it. */
#ifndef UPGRADER_BUDGET_H
#define UPGRADER_BUDGET_H

#include <stdbool.h>

struct budget {
	int number;                     /* 0: see percent */
	int percent;                    /* 0 as well: there is no limit */
};

enum { BUDGET_NUMBER_MAX = 100000, BUDGET_TEXT = 16 };

/* What `text` should have been; NULL: it is one, and *out it. */
const char *budget_expected(const char *text, struct budget *out);
/* "3" or "5%", as it is typed; "none". */
const char *budget_text(struct budget b, char text[BUDGET_TEXT]);
/* Of so many hosts; a share is rounded up: 5% of 40 is 2, of 10 it is 1. 0: no limit. */
int budget_of(struct budget b, int hosts);

/* What more than half of the texts, and two at least, are alike; NULL: nothing. Borrowed. */
const char *budget_common(const char *const *text, int count, int *out_times);

#endif
