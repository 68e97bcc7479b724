/* pages.h - made-up reports as HTML pages, for the tests of HTML. */
#ifndef UNIT_REPORTS_PAGES_H
#define UNIT_REPORTS_PAGES_H

#include <stdio.h>

typedef void (*page_make)(FILE *f);

void make_six(FILE *f);         /* six hosts that count and one excluded, every section */
void make_stopped(FILE *f);     /* twelve hosts, obengine left stopped on all but the last */
void make_hostile(FILE *f);     /* what hosts and people wrote tries to become markup */
void make_empty(FILE *f);       /* no host, no section but the compliance report's */
void make_one(FILE *f);         /* a report with its one table */
void make_alike(FILE *f);       /* thirty hosts with the same unknown check */
void make_many(FILE *f);        /* 10,000 hosts, three findings each */

enum { PAGE_KINDS = 4 };
struct page_kind { const char *label; page_make make; int sections; };
extern const struct page_kind page_kinds[PAGE_KINDS];

char *make_page(page_make make);        /* yours: free() it */

#endif
