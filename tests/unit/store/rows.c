/* rows.c - see rows.h. */
#include "tests/unit/store/rows.h"

const char rows_of_the_first_release[] =
	"insert into host (id, name, address, owner, site, vault, cloud, mars, skip, "
	"gone_utc_ms, status, seen_utc_ms, tried_utc_ms, facts_utc_ms) values "
	"(1, 'seen', '', '', '', '', 'public', 'required', 0, 0, 'at-risk', 60, 60, 60), "
	"(2, 'new', '', '', '', '', 'public', 'required', 0, 0, '', 0, 0, 0), "
	"(3, 'skipped', '', '', '', '', 'public', 'required', 1, 0, '', 0, 0, 0), "
	"(4, 'gone', '', '', '', '', 'public', 'required', 0, 90, 'compliant', 60, 60, 60), "
	"(5, 'none', '', '', '', '', 'public', 'none', 0, 0, '', 0, 0, 0);\n"
	"insert into look (host, utc_ms, source, took_ms) values "
	"(1, 50, 'scan', 1), (1, 60, 'scan', 1), (4, 40, 'scan', 1);\n"
	"insert into word values (1, 'clock'), (2, 'scratch'), (3, 'skew_ms'), "
	"(4, 'free_bytes'), (5, 'utc_ms'), (6, 'mars.version');\n"
	"insert into finding values (1, 6, 50, 55, 'pass', ''), "
	"(1, 6, 55, null, 'fail', 'old'), (4, 6, 40, null, 'pass', '');\n"
	"insert into fact values (1, 1, 40, 50, null, '{\"zone\":\"UTC\"}', null, null, 9), "
	"(1, 1, 50, null, null, '{\"zone\":\"X\"}', null, null, 8), "
	"(1, 2, 50, null, 50, '{\"path\":\"C:\"}', null, null, 7), "
	"(4, 2, 40, null, null, null, 'no', 'failed', 6);\n"
	"insert into reading values (1, 50, 1, 3, 1), (1, 50, 2, 4, 2), "
	"(1, 60, 1, 3, 3), (1, 60, 1, 5, 4);\n";
