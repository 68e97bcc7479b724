/* lines.h - what the doctor says, line by line: what was looked at, how it stands, what that means
 * and what to do. Nothing here looks at anything. */
#ifndef SCANNER_DOCTOR_LINES_H
#define SCANNER_DOCTOR_LINES_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum health { HEALTH_OK, HEALTH_WARN, HEALTH_FAIL };

struct doctor_line {
	enum health health;
	const char *what;               /* "libssh2", "handshake" */
	char *found;                    /* printable */
	char *means, *remedy;           /* printable; NULL: nothing to say */
	int64_t took_ms;                /* -1: nothing that takes time */
};

struct doctor_part {
	char *title;                    /* "this machine", "host web01" */
	struct doctor_line *line;
	int count, cap;
};

struct doctor {
	struct doctor_part *part;
	int count, cap;
};

void doctor_release(struct doctor *d);
/* What follows belongs to it. */
void doctor_part(struct doctor *d, const char *kind, const char *name);
/* Adds a line, which ok says nothing more about. `what` is borrowed. */
void doctor_say(struct doctor *d, enum health health, const char *what, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Of the last line. */
void doctor_advise(struct doctor *d, const char *means, const char *remedy);
void doctor_took(struct doctor *d, int64_t ms);

int doctor_counted(const struct doctor *d, enum health health);
const char *health_name(enum health health);            /* "ok", "warn", "fail" */

/* Part number `part`, for people. */
void doctor_print(const struct doctor *d, int part, FILE *f);
json_t *doctor_json(const struct doctor *d);

#endif
