/* machine.h - which machine a server is: hashes of its SMBIOS UUID, its MachineGuid and the SID of
 * its accounts (fact identity). Any one of them may change or not be known, so two that are equal
 * say that it is the same, two that differ that it is another, and anything less says nothing. */
#ifndef STORE_MACHINE_H
#define STORE_MACHINE_H

#include <stdbool.h>

enum { MACHINE_UUID, MACHINE_GUID, MACHINE_SID, MACHINE_IDS };
enum { MACHINE_ID = 33, MACHINE_TEXT = MACHINE_IDS * MACHINE_ID };

struct machine_ids { char id[MACHINE_IDS][MACHINE_ID]; };   /* "" where it is not known */

/* As the database holds it: three words, - for one that is not known. What is no such text is
 * read as none known. */
void machine_read(const char *text, struct machine_ids *out);
const char *machine_text(const struct machine_ids *m, char out[MACHINE_TEXT]);

int machine_known(const struct machine_ids *m);             /* how many of them are */

enum machine_answer { MACHINE_NOT_KNOWN, MACHINE_SAME, MACHINE_OTHER };
enum machine_answer machine_compare(const struct machine_ids *a, const struct machine_ids *b);

/* What is remembered of a host's machine once `seen` answered there: the same with what is new of
 * it, another one only where nobody could tell before, or where that was accepted. */
void machine_remember(const struct machine_ids *before, const struct machine_ids *seen, bool accept,
		      struct machine_ids *out);

#endif
