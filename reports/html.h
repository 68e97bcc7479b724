/* html.h - small pieces of HTML that is well-formed XML as well. Whatever comes from outside passes
 * html_text(): in a text and in an attribute between double quotes it stays text. */
#ifndef REPORTS_HTML_H
#define REPORTS_HTML_H

#include <stdint.h>
#include <stdio.h>

/* Escapes & < > " ' and shows controls, invalid UTF-8 and what turns the direction of text as
 * \x1b, \u202e and the like (base/text.h). NULL is nothing. */
void html_text(FILE *f, const char *text);
void html_textn(FILE *f, const char *text, size_t len);
/* As html_text(), and what stands between backticks is code. */
void html_prose(FILE *f, const char *text);
/* As html_text(), with line breaks as they are, for <pre>. */
void html_lines(FILE *f, const char *text);
/* At most max bytes of it, cut behind a comma and with an ellipsis where it is longer. */
void html_cut(FILE *f, const char *text, size_t max);

void html_number(FILE *f, int64_t n);                   /* 10,000 */
/* "62.3 %", as report_per_mille() rounds; "-" of nothing. */
void html_share(FILE *f, int64_t part, int64_t whole);
void html_time(FILE *f, int64_t utc_ms);                /* 2026-11-21 04:05; UTC */

/* The class of a status, outcome, verdict or state: g good, w warns, b bad, u unknown, m does not
 * matter, "" for another word. */
const char *html_tone(const char *word);

/* "sha256-..." of a text, as a content security policy names it. */
enum { HTML_HASH = 64 };
void html_hash(const char *text, char out[HTML_HASH]);

struct report;
/* Everything around the sections of a page: up to <main>, and from </main> on. `style` is what a
 * page needs beside page.css. */
void html_begin(FILE *f, const char *title, const char *style);
void html_end(FILE *f, const struct report *r);

/* That older rules judged what the report tells; nothing where they did not. */
void html_older_rules(FILE *f, const struct report *r);

/* The style and the script of a page, embedded at build from page.css and page.js
 * (scripts/embed.awk). They stand in it as they are, so that its policy can name them by hash. */
extern const char page_css[], page_js[];

#endif
