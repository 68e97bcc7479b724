/* html_sections.h - the sections of html_page.c that have a report of their own. Each opens and
 * closes its <section>; the report is never NULL. */
#ifndef REPORTS_HTML_SECTIONS_H
#define REPORTS_HTML_SECTIONS_H

#include <stdio.h>

#include "reports/html_page.h"

void section_versions(const struct page *page, FILE *f);
void section_trend(const struct page *page, FILE *f);
void section_checks(const struct page *page, FILE *f);
void section_faults(const struct page *page, FILE *f);
void section_exceptions(const struct page *page, FILE *f);

/* "<section id=...><h2>..": headings are labels of their sections. */
void section_begin(FILE *f, const char *id, const char *title);
void section_end(FILE *f);

#endif
