/* play_facts.h - the facts of a simulated server, in the order and shape of docs/protocol.md. */
#ifndef TESTS_FLEET_PLAY_FACTS_H
#define TESTS_FLEET_PLAY_FACTS_H

#include "scanner/facts/facts_kinds.h"
#include "tests/fleet/play.h"

enum { FACT_MEMBERS = 8 };

struct sim_fact {
	enum fact_id id;
	/* members that are one of the state as it stands: "MEMBER PATH" */
	const char *copy[FACT_MEMBERS];
	/* adds the members that are more than a copy, or corrects one; may be NULL */
	void (*work_out)(const struct play *p, json_t *value);
};

extern const struct sim_fact sim_facts[];       /* FACT_COUNT of them */

/* play_reckon.c: what has to be worked out. */
void reckon_identity(const struct play *p, json_t *value);
void reckon_powershell(const struct play *p, json_t *value);
void reckon_clock(const struct play *p, json_t *value);
void reckon_agent(const struct play *p, json_t *value);
void reckon_obengine(const struct play *p, json_t *value);
void reckon_management(const struct play *p, json_t *value);
void reckon_services(const struct play *p, json_t *value);
void reckon_scratch(const struct play *p, json_t *value);
void reckon_system_volume(const struct play *p, json_t *value);
void reckon_volumes(const struct play *p, json_t *value);
void reckon_agent_config(const struct play *p, json_t *value);
void reckon_installers(const struct play *p, json_t *value);
void reckon_consoles(const struct play *p, json_t *value);
void reckon_proxy(const struct play *p, json_t *value);
void reckon_login(const struct play *p, json_t *value);
void reckon_endpoints(const struct play *p, json_t *value);
void reckon_policy(const struct play *p, json_t *value);
void reckon_last(const struct play *p, json_t *value);
void reckon_last_job(const struct play *p, json_t *value);
void reckon_wsb(const struct play *p, json_t *value);
void reckon_shadow_storage(const struct play *p, json_t *value);
void reckon_exclusions(const struct play *p, json_t *value);

/* play_left.c */
void reckon_left_overs(const struct play *p, json_t *value);

/* play_files.c: a walk of its own. */
void reckon_files(const struct play *p, json_t *value);

/* play_fact_faults.c: a fact that goes wrong by itself, by the word of faults.fact.NAME. The
 * value is taken over. */
void play_fact_fault(struct play *p, const char *name, const char *fault, json_t *value);
void play_fact(struct play *p, const char *name, json_t *value);        /* one that does not */
void play_fact_error(struct play *p, const char *name, const char *kind, const char *text,
		     int64_t ms);

#endif
