/* machine.h - the doctor's look at this machine: limits, files, clock, keys. Changes nothing. */
#ifndef SCANNER_DOCTOR_MACHINE_H
#define SCANNER_DOCTOR_MACHINE_H

#include "inventory/inventory.h"
#include "scanner/doctor/verdicts.h"
#include "transport/transport.h"

struct machine_request {
	const struct doctor_libraries *libraries;
	int jobs;
	const char *db;                         /* NULL: db_err says why */
	const struct err *db_err;
	const char *const *file; int files;     /* of the inventory, as named */
	const struct selection *hosts;          /* NULL: inventory_err says why; prepared ones */
	const struct err *inventory_err;
};
void machine_look(struct doctor *d, struct transport *t, const struct machine_request *request);

#endif
