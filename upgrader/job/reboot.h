/* reboot.h - the restart that a run asks for, and how it is proved. */
#ifndef UPGRADER_JOB_REBOOT_H
#define UPGRADER_JOB_REBOOT_H

#include <stdbool.h>
#include <stdint.h>

/* What a server says of its last start: now, right before a restart was asked for there (`was`),
 * and when the installer of this run began. Below zero: not known. */
struct restart_seen {
	int64_t uptime_ms, boot_utc_ms;
	int64_t was_uptime_ms, was_boot_utc_ms;
	int64_t begun_uptime_ms;
	bool asked;
};
/* Whether Windows was started since, which was asked for so long ago by our clock. By the uptime,
 * which no clock that is set changes, where it is less than it was; a server that ran for a short
 * time alone may have more again: by its last start, which must be later, and no longer ago than
 * that was asked for. */
bool restart_is_proven(const struct restart_seen *s, int64_t since_ms);

#endif
