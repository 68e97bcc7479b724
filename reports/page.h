/* page.h - the style and the script of an HTML page, embedded at build from page.css and page.js
 * (scripts/embed.awk). They stand in the page as they are, so that its policy can name them by
 * their SHA-256. */
#ifndef REPORTS_PAGE_H
#define REPORTS_PAGE_H

extern const char page_css[], page_js[];

#endif
