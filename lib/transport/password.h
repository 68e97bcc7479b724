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

/* The password that `from` names, as struct endpoint has it. Fetched the first time; results and
 * failures are kept by that text. NULL with FAULT_NO_USABLE_KEY. */
const struct password *password_of(struct passwords *all, const char *from, bool may_prompt,
				   struct err *err);

const char *password_text(const struct password *p);    /* secret; never to be shown */
const char *password_label(const struct password *p);   /* "the password in file '/path'" */

#endif
