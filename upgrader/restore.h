/* restore.h - the errand that starts obengine where a run of ours left it stopped. What the key of
 * a host or the journal does not lay at our door is left to a person. No lock is waited for:
 * starting the service harms nobody, but under an installer, and for that the host's own script
 * looks. */
#ifndef UPGRADER_RESTORE_H
#define UPGRADER_RESTORE_H

#include "upgrader/errand.h"

extern const struct errand_kind restore_kind;

/* Whose hosts: those that run of the store changed while obengine ran, and those that are stored
 * as left stopped by one of that name. *out_options are the run's own ("" where it is not in this
 * store), yours. ERR_NOT_FOUND: neither. */
int restore_find(struct errand *e, const char *run, char **out_options, struct err *err);

/* What the facts of a look say, pure; those laid under from older ones do not count.
 * ERRAND_NOT_BEGUN where obengine is to be started. changed_by: of the journal, "" none. */
enum errand_end restore_judge(const struct facts *facts, const char *changed_by,
			      char run[RUN_NAME], char reason[PREFLIGHT_REASON]);
/* What a refusal of engine-start means, pure. */
enum errand_end restore_refused(const json_t *answer, char reason[PREFLIGHT_REASON]);

#endif
