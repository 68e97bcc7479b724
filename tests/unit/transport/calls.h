/* calls.h - for tests of sessions: a transport on a loop of its own, one call, how it ended. */
#ifndef UNIT_TRANSPORT_CALLS_H
#define UNIT_TRANSPORT_CALLS_H

#include "transport/transport.h"

struct told {
	int done;                       /* how often `done` was called */
	struct err err;                 /* ERR_NONE: all went well */
	int lines, over;                /* lines, and those above the limit */
	size_t bytes;
	char first[256];
};

struct calls {
	uv_loop_t loop;
	struct transport *transport;
};

/* options NULL: the defaults. */
void calls_begin(struct calls *c, const struct transport_options *options);
void calls_end(struct calls *c);        /* fails the test when a handle was forgotten */
/* A call, its end told in *told; the request has "ask". */
void calls_start(struct session *s, const char *ask, int64_t limit_ms, struct told *told);
void calls_run(struct calls *c, const struct told *told);       /* until told */
/* All of it: a session to the endpoint, one call, freed. */
void calls_once(const struct transport_options *options, const struct endpoint *e, const char *ask,
		int64_t limit_ms, struct told *told);

/* An executable file with that text, in the test's folder. Borrowed. */
const char *calls_program(const char *text);
/* A new private key's file there. Borrowed. */
const char *calls_key_file(void);

#endif
