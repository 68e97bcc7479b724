/* winrm.h - the WinRM table. */
#ifndef TRANSPORT_WINRM_WINRM_H
#define TRANSPORT_WINRM_WINRM_H

#include "transport/session.h"

/* The credential that the endpoint names; NULL with FAULT_NO_USABLE_KEY. */
struct credential *winrm_credential(struct transport *t, const struct endpoint *e, struct err *err);

extern const struct machine machine_winrm;

#endif
