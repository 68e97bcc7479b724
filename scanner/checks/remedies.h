/* remedies.h - what the files of remedies (remedies*.c) share: each function looks at the facts and
 * at the evidence in `r`, and leaves the catalogue's words where they fit. */
#ifndef SCANNER_CHECKS_REMEDIES_H
#define SCANNER_CHECKS_REMEDIES_H

#include "scanner/checks/checks.h"
#include "scanner/policy/documented.h"

#define AGAIN \
	"Run the installer of the latest agent (" NEWEST_AGENT ") again. Where that does not " \
	"mend it, uninstall the agent and install it with the same passphrase."

static inline void use(struct remedy *r, const char *text, const char *command)
{
	r->text = text;
	r->command = command;
}

typedef void remedy_of(const struct context *c, struct remedy *r);
remedy_of of_obengine, of_management_agent, of_rpcss, of_eventsystem, of_sens, of_vss_service,
	of_swprv, of_left_overs;

#endif
