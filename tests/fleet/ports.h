/* ports.h - listeners for what goes wrong before an SSH server speaks. */
#ifndef TESTS_FLEET_PORTS_H
#define TESTS_FLEET_PORTS_H

#include <stdbool.h>

#include "base/err.h"

/* Descriptors, -1 and err on failure. */
int port_refused(int port, struct err *err);    /* held, but nobody listens */
int port_silent(int port, struct err *err);     /* a full queue: no answer to a SYN */
int port_open(int port, struct err *err);

/* Accepts one connection, says the text and closes it. */
void port_say(int listener, const char *text);
bool port_answers(int port);

#endif
