/* identity.h - the machine that a fact identity tells of, beside the one that shall answer under
 * the name of its host. */
#ifndef SCANNER_FACTS_IDENTITY_H
#define SCANNER_FACTS_IDENTITY_H

#include <jansson.h>
#include <stdint.h>

#include "store/machine.h"

/* Out of the value of the fact; NULL: none known. */
void identity_ids(const json_t *identity, struct machine_ids *out);

/* How many of its ids tell it from others: those known that no clone has, by the member "machine"
 * of a host's past. */
int identity_tells(const json_t *past, const json_t *identity);

/* Compares with the member "machine" of a host's past (scanner/remember.h), without the ids that a
 * clone has too. MACHINE_OTHER: *out_since_utc_ms says since when, 0 for the first time, and
 * *out_hardware whether the board at least is the one that it was. */
enum machine_answer identity_answers(const json_t *past, const json_t *identity,
				     int64_t *out_since_utc_ms, enum machine_answer *out_hardware);

#endif
