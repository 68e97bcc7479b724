/* codes.h - the tables of errors, one a family, for codes.c alone; and the names of documents. */
#ifndef SCANNER_EXPLAIN_CODES_H
#define SCANNER_EXPLAIN_CODES_H

#include <stddef.h>

#include "scanner/explain/known_errors.h"

#define AGENT ERRORS_OF_AGENT
#define WINDOWS ERRORS_OF_WINDOWS
#define SYSTEM ERRORS_OF_SYSTEM
#define INSTALLER ERRORS_OF_INSTALLER
#define IN_BACKUP ERRORS_IN_BACKUP
#define IN_WSB ERRORS_IN_WSB
#define OF_TASK ERRORS_OF_TASK
#define OF_SERVICE ERRORS_OF_SERVICE

#define TROUBLE "Troubleshoot the Microsoft Azure Recovery Services (MARS) agent"
#define TROUBLE_MABS "Troubleshoot Azure Backup Server"
#define SELFHELP "Azure Backup self-help topics"
#define STATE "Troubleshoot System State Backup"
#define STATE_PATH "KB 4053355, System State backup failure (error ID 8007007B)"
/* Has a page a range: error_document(). */
#define WINERROR "System error codes (winerror.h)"
/* What everybody who runs Windows knows, and no page was found for. */
#define COMMON "general knowledge of Windows, no document"

/* Each ends with a row without a meaning. */
extern const struct known_error errors_of_mars[];       /* the agent's, by number */
extern const struct known_error errors_by_name[];       /* the agent's, by name alone */
extern const struct known_error errors_of_vss[];        /* snapshots, Windows Server Backup */
extern const struct known_error errors_of_system[];     /* winerror.h: files, services, network */
extern const struct known_error errors_of_installer[];  /* Windows Installer */
extern const struct known_error errors_of_windows[];    /* tasks, network, certificates, WSMan */

#endif
