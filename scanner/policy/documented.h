/* documented.h - the numbers behind the documented thresholds, each once: policy_default() is made
 * of them, and so are the texts that name them (rules of checks, meanings of errors and statuses).
 * Numbers without a unit, since texts say "5 minutes" where the program counts milliseconds. */
#ifndef SCANNER_POLICY_DOCUMENTED_H
#define SCANNER_POLICY_DOCUMENTED_H

#include "base/text.h"

/* An agent below this version fails every backup, KB 4096064. */
#define MINIMUM_BUILD 9083
#define MINIMUM_PARTS 2, 0, MINIMUM_BUILD, 0
#define MINIMUM_SAID "2.0." SAID(MINIMUM_BUILD) ".0"

/* The newest agent, and where document and message of error 0x1FBD3 send for it. */
#define NEWEST_AGENT "https://aka.ms/azurebackup_agent"
#define NEWEST_AGENT_IN_DOCUMENT "https://go.microsoft.com/fwlink/?linkid=229525"
#define NEWEST_AGENT_IN_MESSAGE "https://go.microsoft.com/fwlink/?linkid=225925"

#define STALE_AFTER_DAYS 3
#define SCRATCH_MIN_GB 2.5              /* whatever the volume's size */
#define SCRATCH_WARN_PERCENT 5          /* of the volume: the data's size is unknown */
#define SCRATCH_FAIL_DATA_PERCENT 5     /* of the protected data */
#define SCRATCH_WARN_DATA_PERCENT 10
#define STATE_FAIL_GB 30                /* where system state is protected */
#define STATE_WARN_GB 35
#define DOTNET_MIN "4.5.2"
#define DOTNET_MIN_RELEASE 379893       /* its number in NDP\v4\Full, Release */
#define CLOCK_WARN_MINUTES 5
#define CLOCK_FAIL_MINUTES 15
#define UPDATES_WARN_DAYS 90
#define BACKUP_WARN_DAYS 8
#define BACKUP_FAIL_DAYS 29         /* MARS backs up every four weeks at least; a day for it */
#define BACKUP_FAIL_SLACK_HOURS 26      /* behind the longest gap of a known schedule */
#define BACKUP_STUCK_DAYS 2             /* one that runs for longer hangs, as a rule */
#define SHADOW_MIN_PERCENT 10           /* of the volume whose copies are limited */

#endif
