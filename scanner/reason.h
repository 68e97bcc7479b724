/* reason.h - whether a finding fails for another reason than at the look before. The reason is what
 * its evidence says without what differs from night to night: numbers that stand alone, with their
 * units, so times, ages, counts and sizes, stay out. Names, words and codes count, and the numbers
 * in them: of a path, of a host and its port, behind HTTP or what else a code stands behind. */
#ifndef SCANNER_REASON_H
#define SCANNER_REASON_H

#include <stdbool.h>

/* Whether `now` says anything that `before` did not: where several things are wrong, they stand
 * behind semicolons, and one that was mended is no new reason. */
bool reason_is_new(const char *before, const char *now);

#endif
