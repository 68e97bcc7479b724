/* policy.c - the documented thresholds. */
#include "scanner/policy.h"

enum { MINUTE_MS = 60 * 1000 };
#define DAY_MS ((int64_t)24 * 60 * MINUTE_MS)
#define GB ((int64_t)1 << 30)

void policy_default(struct policy *out)
{
	*out = (struct policy){
		.minimum = { { 2, 0, 9083, 0 } },
		.stale_after_ms = 3 * DAY_MS,
		.scratch_min_bytes = 2684354560,        /* 2.5 GB, whatever the volume's size */
		.scratch_warn_percent = 5,
		.scratch_fail_data_percent = 5,
		.scratch_warn_data_percent = 10,
		.state_fail_bytes = 30 * GB,
		.state_warn_bytes = 35 * GB,
		.dotnet_min_release = 379893,           /* 4.5.2, NDP\v4\Full, Release */
		.clock_warn_ms = 5 * MINUTE_MS,
		.clock_fail_ms = 15 * MINUTE_MS,
		.updates_warn_ms = 90 * DAY_MS,
		.backup_warn_ms = 8 * DAY_MS,
		.shadow_min_percent = 10,
	};
}
