/* realms.h - whether the KDCs of a realm answer, as far as somebody knows: while nobody does, one
 * asks and the others wait for what he hears; where none answered, nobody asks for a while.
 * Pure. */
#ifndef TRANSPORT_WINRM_REALMS_H
#define TRANSPORT_WINRM_REALMS_H

#include <stdint.h>

#include "base/err.h"

struct realms;
struct realm;

struct realms *realms_new(void);
void realms_free(struct realms *all);           /* NULL is fine */
/* The one of that name, whatever its case; lives as long as all. */
struct realm *realm_of(struct realms *all, const char *name);

/* Those who are to be asked for one ticket, in this order: the user's, then the host's. */
struct realm_way { struct realm *realm[2]; int count; };

enum realm_says { REALM_ASK, REALM_WAIT, REALM_SILENT };
/* Whether `who` may ask all of them, and then tells what he heard. REALM_SILENT: err says why
 * not. NULL: nobody who could ask now, and so he waits. */
enum realm_says realms_ask(const struct realm_way *way, const void *who, int64_t now_ms,
			   struct err *err);
/* Whom those wait for who want to go that way; NULL nobody. */
const void *realms_asker(const struct realm_way *way);
/* He did not come to ask. */
void realms_unasked(const struct realm_way *way, const void *who);
/* What came of it. `silent` is the realm where nobody answered, "" of an unknown one, NULL none:
 * then a no is an answer too; err is what is told of it for a while. */
void realms_heard(const struct realm_way *way, const void *who, const char *silent,
		  const struct err *err, int64_t now_ms);
/* He has not heard for so long that others need not wait: as of an unknown one, but he goes on. Of
 * one that has answered it says nothing: it may have much to do. */
void realms_waited(const struct realm_way *way, const struct err *err, int64_t now_ms);

#endif
