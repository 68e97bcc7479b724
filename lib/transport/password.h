/* password.h - passwords, each fetched once from where the inventory says it is, and kept in locked
 * memory. Nothing blocks but password_of() itself, which is called before the loop runs. */
#ifndef TRANSPORT_PASSWORD_H
#define TRANSPORT_PASSWORD_H

#include <stdbool.h>

#include "base/err.h"

struct passwords;
struct password;                /* lives as long as these */

struct passwords *passwords_new(void);
void passwords_free(struct passwords *all);     /* wipes them; NULL is fine */

/* The password that `from` names:
 *     file:/path              a file that nobody else can read
 *     env:NAME                of the environment, where it is wiped
 *     fd:3                    a descriptor that was handed to us, read to its end
 *     credential:NAME         of systemd: a file in $CREDENTIALS_DIRECTORY
 *     command:pass show x     what it prints; words and quotes as in a shell, but no shell
 *     prompt:LABEL            asked for on the terminal
 *     vault:/path, a line feed and what ansible-vault encrypted, by the password in that file
 *     text:...                itself, for what stands in clear in an inventory
 * Fetched the first time; results and failures are kept by that text. What several say the same
 * of is one password. NULL with FAULT_NO_USABLE_KEY, of a vaulted one FAULT_UNRESOLVED_VARIABLE. */
const struct password *password_of(struct passwords *all, const char *from, bool may_prompt,
				   struct err *err);
/* Whether a program is started for it, which should not inherit what others are fetched from. */
bool password_from_program(const char *from);

const char *password_text(const struct password *p);    /* secret; never to be shown */
const char *password_label(const struct password *p);   /* "the password in file '/path'" */

#endif
