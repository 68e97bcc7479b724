/* guides.h - what `marshal explain` says of things to do that are no code and no check: restoring,
 * backing up system state, updating the agent; and of what an upgrade makes on a server. For
 * explain.c alone. */
#ifndef SCANNER_EXPLAIN_GUIDES_H
#define SCANNER_EXPLAIN_GUIDES_H

/* The names of all of them, for whoever mistypes one. */
#define GUIDE_WORDS "restore", "system-state", "update", "wsb", "safety-task", "reservation", \
	"left-overs"

struct guide {
	const char *words;              /* that ask for it, ';' between; the first is its name */
	const char *about;              /* which part of it, behind the name */
	const char *meaning, *remedy, *command, *document;
};
extern const struct guide guides[];             /* ends with a row without words */

#endif
