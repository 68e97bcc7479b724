/* nagios_range.h - ranges as plugins of Nagios take them: Monitoring Plugins Development
 * Guidelines, "Threshold and Ranges". "10" rings below 0 and above 10, "10:" below 10, "~:10" above
 * 10, "10:20" outside, "@10:20" inside and on the ends. */
#ifndef REPORTS_NAGIOS_RANGE_H
#define REPORTS_NAGIOS_RANGE_H

#include <stdbool.h>

#include "base/err.h"

struct range {
	double start, end;              /* may be infinite */
	bool inside;                    /* rings inside, not outside */
	const char *text;               /* as it was given: borrowed; NULL: no range was */
};

/* Whether a text can only be meant as a range: no word begins like one. */
bool range_is_meant(const char *text);
/* ERR_USAGE says why it is none. */
int range_parse(const char *text, struct range *out, struct err *err);
/* Never where no range was given. */
bool range_rings(const struct range *range, double value);

#endif
