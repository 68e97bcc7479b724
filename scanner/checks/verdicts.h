/* verdicts.h - every verdict and every severity there is, a row each: who lists them walks these
 * rows.
 *   word      as it is written everywhere
 *   alarm     the same where it is typed (--fail-on), and what follows it in a sentence that lists
 *             these words; "" for both: it rings for nobody
 *   column    of the report of checks, and its head; wide: in a table shown with --wide alone
 *   weight    its colour, and whether it is trouble: all but good and none are
 *   meaning, remedy   of `marshal explain` */
#ifndef SCANNER_CHECKS_VERDICTS_H
#define SCANNER_CHECKS_VERDICTS_H

#include "base/weight.h"

/* clang-format off */
/*  row(ID, word, alarm, then, column, head, wide, weight, meaning, remedy) */
#define VERDICTS(row) \
	row(PASS, "pass", "", "", "pass", "PASS", true, GOOD, \
	    "what the document asks for holds", \
	    "nothing to do") \
	row(FAIL, "fail", "fail", ", ", "fail", "FAIL", false, BAD, \
	    "what the document asks for does not hold", \
	    "follow the check's remedy") \
	row(WARN, "warn", "warn", ", ", "warn", "WARN", false, BEHIND, \
	    "it holds for now, or the documents disagree", \
	    "follow the check's remedy when it suits") \
	row(UNKNOWN, "unknown", "unknown", " or ", "unknown", "UNKNOWN", false, UNKNOWN, \
	    "the server was asked and could not say, or said something impossible", \
	    "read the evidence; scan again") \
	row(NOT_EXAMINED, "not examined", "not-examined", "", "not_examined", "UNEXAMINED", true, UNKNOWN, \
	    "nobody asked, or the identity may not read it", \
	    "scan with --deep or --as-system as the evidence says") \
	row(NOT_APPLICABLE, "not applicable", "", "", "not_applicable", "N/A", true, NONE, \
	    "the check does not concern this server", \
	    "nothing to do")

/* The worst first.  row(ID, word, meaning, remedy) */
#define SEVERITIES(row) \
	row(STOPS_BACKUPS, "stops-backups", \
	    "no backup succeeds while such a check fails: the status follows from these", \
	    "mend it first") \
	row(STOPS_UPGRADE, "stops-upgrade", \
	    "the agent is not upgraded while such a check fails", \
	    "mend it before the next upgrade") \
	row(MAY_FAIL, "may-fail", \
	    "backups go on, or some of them fail", \
	    "mend it when it suits") \
	row(INFO, "info", \
	    "good to know", \
	    "nothing to do")
/* clang-format on */

#define VERDICT_ID(id, ...) V_##id,
enum verdict { VERDICTS(VERDICT_ID) VERDICT_COUNT };
#undef VERDICT_ID

#define SEVERITY_ID(id, ...) SEVERITY_##id,
enum severity { SEVERITIES(SEVERITY_ID) SEVERITY_COUNT };
#undef SEVERITY_ID

#endif
