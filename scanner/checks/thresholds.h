/* thresholds.h - versions from which on something works, as documents name them. */
#ifndef SCANNER_CHECKS_THRESHOLDS_H
#define SCANNER_CHECKS_THRESHOLDS_H

#include "scanner/policy/policy.h"

extern const struct threshold thresholds[];     /* by version */
extern const int thresholds_count;

#endif
