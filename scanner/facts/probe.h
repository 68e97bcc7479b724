/* probe.h - what a probe is asked: the request of a look, and in it the names on the Internet that
 * servers of a cloud must reach. */
#ifndef SCANNER_FACTS_PROBE_H
#define SCANNER_FACTS_PROBE_H

#include <jansson.h>
#include <stdbool.h>

#include "inventory/inventory.h"

/* Limits of one fact on the host: of Windows' own, and of the agent's commands. */
enum { FACT_LIMIT_MS = 10000, OB_LIMIT_MS = 30000 };

/* The names of a cloud's login URL: NULL-ended, empty for a closed one. */
const char *const *login_hosts(enum inv_cloud cloud);
json_t *login_hosts_json(enum inv_cloud cloud);         /* as an array; the caller's */

/* The request of a look without nonce and names (the caller's). `only` are names of facts,
 * NULL-ended, whatever their depth; NULL asks all fast facts, with `deep` the others too. */
json_t *probe_request(enum inv_cloud cloud, const char *const *only, bool deep);

#endif
