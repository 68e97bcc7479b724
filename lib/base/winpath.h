/* winpath.h - the one notion of a Windows path: when two texts name the same file or folder. Case
 * does not matter, / is \, separators are one however many stand there and none at the end, \\?\ in
 * front changes nothing. What only the server could tell (short names, links, variables, a current
 * folder) is not known here. Any text may come: it is a server's word. */
#ifndef BASE_WINPATH_H
#define BASE_WINPATH_H

#include <stdbool.h>

bool winpath_equal(const char *a, const char *b);
/* Whether path is that folder or below it. An empty folder holds nothing. */
bool winpath_within(const char *folder, const char *path);
/* Whether a pattern with * and ? names it, or a folder above it (text_glob() on both). */
bool winpath_matches(const char *pattern, const char *path);
/* On another machine: \\server\share. */
bool winpath_is_share(const char *path);
const char *winpath_name(const char *path);     /* its last part, within path */

/* The text that all equal paths have in common. Yours: free() it. */
char *winpath_normal(const char *path);

#endif
