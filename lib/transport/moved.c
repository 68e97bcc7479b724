/* moved.c - what others are told of a session: how it stands, and as states go by. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "transport/session.h"

enum { FOUND_MAX = 400 };

void session_found(struct session *s, const char *fmt, ...)
{
	char text[FOUND_MAX];
	va_list args;

	if (!s->t->options.moved)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	free(s->found);
	s->found = text_printable(text, strlen(text), FOUND_MAX);
}

void session_moved(struct session *s)
{
	if (!s->t->options.moved)
		return;
	s->t->options.moved(s->t->options.moved_ctx, s);
	free(s->found);
	s->found = NULL;
}

void session_look(const struct session *s, struct session_facts *out)
{
	*out = (struct session_facts){
		.name = s->endpoint->name,
		.found = s->found ? s->found : "",
		.state = s->machine->row[s->state].name,
		.until_ms = s->deadline_ms,
		.connected = s->connected,
		.way = s->endpoint->kind,
		.passed_over = s->passed_over ? s->passed_over : "",
		.certificate = s->certificate,
		.peer = s->peer,
		.rtt_ms = s->rtt_ms,
		.sent_utc_ms = s->sent_utc_ms,
		.first_line_utc_ms = s->first_line_utc_ms,
	};
}
