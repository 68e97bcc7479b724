/* html_page.h - the one page for a manager, an operator and an auditor: how many hosts are
 * compliant, what is not known, versions, trend, what fails and what to do about it, faults,
 * exceptions, and all hosts. */
#ifndef REPORTS_HTML_PAGE_H
#define REPORTS_HTML_PAGE_H

#include <stdio.h>

#include "reports/model.h"

struct page {
	const struct report *compliance;
	/* a section whose report is NULL is left out */
	const struct report *checks, *faults, *versions, *exceptions, *history;
	const char *policy;             /* what it changes, as JSON; NULL or "{}": nothing */
	const char *minimum, *target;   /* "" none */
	int64_t stale_after_ms;
	int64_t since_utc_ms;           /* compliance holds only what changed since then; 0: all */
};

/* Whether the stream took it, its owner asks. */
void page_write(const struct page *page, FILE *f);

#endif
