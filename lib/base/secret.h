/* secret.h - memory for private keys, passphrases and what is made of them on the way: locked where
 * the limit of this process allows it (RLIMIT_MEMLOCK; else not, and nothing is said), left out of
 * core files, wiped when given back. Each secret has pages of its own: locks do not nest, and
 * giving back one of two on a page would unlock both. */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stddef.h>

/* For locals: given back on every way out of the block. */
#define AUTO_SECRET __attribute__((cleanup(secret_auto_free)))

void *secret_alloc(size_t size);        /* zeros */
void secret_free(void *secret);         /* NULL is fine */

/* Before the first secret is read: no core file gets it, and no other process of this account may
 * look into our memory; root may. */
void secret_guard(void);

/* The environment's variable `name`, which holds a secret: moved into memory of the above, wiped
 * where it was and taken out, so that no program inherits it. Fine where there is none. */
void secret_env_hide(const char *name);
/* The same, handed over, also where it was hidden before: secret_free() it. NULL: there is none. */
char *secret_env_take(const char *name);

/* Wipes what functions that have returned left on the stack: those of libraries leave parts of keys
 * and passphrases there. */
void secret_wipe_stack(void);

void secret_auto_free(void *pointer_to_pointer);

#endif
