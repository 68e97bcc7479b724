/* probe.h - what a probe is asked: the request of a look, and in it the names on the Internet that
 * servers of a cloud must reach. */
#ifndef SCANNER_FACTS_PROBE_H
#define SCANNER_FACTS_PROBE_H

#include <jansson.h>
#include <stdbool.h>

#include "inventory/inventory.h"
#include "scanner/facts/fact_rows.h"

/* Limits of one fact on the host: of Windows' own, and of the agent's commands. */
enum { FACT_LIMIT_MS = 10000, OB_LIMIT_MS = 30000 };
/* What a call has for all facts together, of its own limit: the rest is for the line and for
 * PowerShell's start, so that facts that hang one after the other never cut it. */
int64_t probe_facts_ms(int64_t call_ms);

/* The names of a cloud's login URL, as an array (the caller's): empty for a closed one. The first
 * is the documented one, and decides. */
json_t *login_hosts_json(enum inv_cloud cloud);

/* The request of a look without nonce and names (the caller's). `only` ends with FACT_NONE and may
 * have facts of any depth; NULL asks all fast facts, with `deep` the others too. facts_ms: all of
 * them together take no longer; 0: as long as they take. */
json_t *probe_request(enum inv_cloud cloud, const enum fact_id *only, bool deep, int64_t facts_ms);

#endif
