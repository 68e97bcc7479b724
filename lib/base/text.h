/* text.h - showing what a host said. Everything from outside is escaped here before it
 * reaches a terminal: C0, DEL, C1, invalid UTF-8, bidirectional controls. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* A number that a macro names, in a text made of it: "hosts in flight (" SAID(JOBS) ")". */
#define SAID(number) SAID_AS_IS(number)
#define SAID_AS_IS(number) #number

/* One line for a terminal: controls as \n, \t, \x1b, \u202e; at most max bytes, cut with
 * an ellipsis. Yours: free() it. */
char *text_printable(const char *s, size_t len, size_t max);

bool text_is_utf8(const char *s, size_t len);

/* Whether name is safe as a host or group name: letters, digits, . _ - : @, none of - in front, at
 * most 255. */
bool text_is_name(const char *s);

/* Glob with * ? [..], ignoring ASCII case. */
bool text_glob(const char *pattern, const char *s);

/* A word as shlex.split() of Python takes it from *pos: quotes and backslashes as in a shell,
 * nothing else means anything. 1: there is one, 0: no more, -1: a quote is not closed. What passes
 * the limit of `word` is left out of it. */
int text_next_word(const char **pos, struct buf *word);

int text_casecmp(const char *a, const char *b);         /* ASCII only, whatever the locale */
/* The word where it is harmless in a command that people copy into a shell, a name by
 * text_is_name(), else `otherwise`: names in a database from elsewhere are not. */
const char *text_pasteable(const char *word, const char *otherwise);
/* Whether a list holds the word: parts with one separator between. "" is in none. */
bool text_in_list(const char *list, char separator, const char *word);
bool text_same(const char *a, const char *b);           /* NULL is the same as NULL alone */

/* How much like each other: edits from a to b, a swap of two neighbours is one; for "did you
 * mean". At most 64 bytes a word. */
int text_distance(const char *a, const char *b);

/* The nearest of count names, NULL when none is near: one slip in a short word, three in a long
 * one. */
const char *text_nearest(const char *word, const char *const *name, int count);

#endif
