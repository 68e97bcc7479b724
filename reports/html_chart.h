/* html_chart.h - pictures as inline SVG. Shapes stretch with the page; words and numbers stand
 * beside them as HTML, so that they keep their size and can be read aloud. Colours are classes a1
 * to a9 of page.css. */
#ifndef REPORTS_HTML_CHART_H
#define REPORTS_HTML_CHART_H

#include <stdint.h>
#include <stdio.h>

#include "reports/model.h"

struct chart_part { const char *area; int64_t n; };

/* Parts of a whole in one bar; a part that is not 0 can always be seen. `label` is read aloud. */
void chart_stack(FILE *f, const struct chart_part *part, int count, const char *label);
void chart_bar(FILE *f, int64_t part, int64_t whole, const char *area);
void chart_dot(FILE *f, const char *area);              /* of a legend */

/* The history as areas, with its legend as a table and every day as another one. It needs two
 * days at least. */
void chart_trend(FILE *f, const struct report *history);

#endif
