/* clean.h - the errand that takes away what runs left on a server that are over, or that this
 * database does not know. Only where nobody holds the server, nothing works on it, and obengine
 * runs or was found stopped; a task that would start a stopped one stays. The host's own script
 * asks all of that once more (sweep.ps1). */
#ifndef UPGRADER_CLEAN_H
#define UPGRADER_CLEAN_H

#include "upgrader/errand.h"

extern const struct errand_kind clean_kind;

#endif
