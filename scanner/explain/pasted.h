/* pasted.h - what stands in a text that somebody pasted, for explain.c alone. */
#ifndef SCANNER_EXPLAIN_PASTED_H
#define SCANNER_EXPLAIN_PASTED_H

#include <stdbool.h>
#include <stdint.h>

/* By what stands before or around it; the earlier says more about what failed. */
enum pasted_kind {
	PASTED_BRACKET,         /* (0x1FBD3), [0x1FC07], (ID: 130003): the last one first */
	PASTED_ID,              /* ID 34506, ID: 100050 */
	PASTED_HRESULT,         /* HResult: 80780049 */
	PASTED_CODE,            /* 0x80070005, 8007007B, -2147212302, Error 34506 */
	PASTED_EVENT,           /* Event ID 24, volsnap 24 */
	PASTED_KB,              /* KB4096064 */
};
struct pasted {
	enum pasted_kind kind;
	int64_t number;
	int at;                 /* where in the text */
	char log[24];           /* of an event: the word before it, "event" for any log */
};
enum { PASTED_MAX = 16 };
/* What a text names, in lower case, the most telling first; numbers in paths and URLs are none. */
int pasted_find(const char *lower, struct pasted out[PASTED_MAX]);

/* Words that documents quote from messages, and what they stand for: a name, a number or a check.
 * The next one in a text, in lower case and with single blanks, from *at on; NULL: no more. */
const char *pasted_message(const char *lower, int *at);

#endif
