/* events.h - the events of Windows that backups meet, for explain.c alone. */
#ifndef SCANNER_EXPLAIN_EVENTS_H
#define SCANNER_EXPLAIN_EVENTS_H

struct known_event {
	int number;
	const char *log;                /* the word before the number: a log, or a source in it */
	const char *meaning, *remedy, *document;
};
extern const struct known_event known_events[];         /* ends with a row without a meaning */

#endif
