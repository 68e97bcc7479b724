/* winrm.h - the WinRM table. */
#ifndef TRANSPORT_WINRM_WINRM_H
#define TRANSPORT_WINRM_WINRM_H

#include "transport/session.h"

extern const struct machine machine_winrm;

#endif
