/* weight.h - how much a word says: of statuses, verdicts and outcomes, which have it in their rows.
 * Colours, tones and what rings follow from it. */
#ifndef BASE_WEIGHT_H
#define BASE_WEIGHT_H

enum weight {
	WEIGHT_GOOD,
	WEIGHT_BEHIND,  /* rings as a warning */
	WEIGHT_BAD,     /* backups do not work: rings as critical */
	WEIGHT_UNKNOWN, /* rings as a warning */
	WEIGHT_NONE,    /* does not count */
	WEIGHT_COUNT
};

#endif
