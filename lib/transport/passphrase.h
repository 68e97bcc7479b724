/* passphrase.h - asking a person for a secret. */
#ifndef TRANSPORT_PASSPHRASE_H
#define TRANSPORT_PASSPHRASE_H

#include "base/err.h"

enum { PASSPHRASE_MAX = 1024 };

/* Asks on the terminal, nothing is shown while typing; `what` is its name in a message,
 * "passphrase". Yours: secret_free() it. NULL with FAULT_NO_USABLE_KEY when there is no terminal,
 * and when the person gave up (end of file, or a signal, which is then delivered). */
char *passphrase_ask(const char *prompt, const char *what, struct err *err);

#endif
