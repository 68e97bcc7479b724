/* mix.h - which servers a fleet has. */
#ifndef TESTS_FLEET_MIX_H
#define TESTS_FLEET_MIX_H

#include <stdbool.h>

/* Where a server listens: at the good sshd, or at one of the ports where something is wrong; and
 * the bastion before all, and WinRM instead of sshd, 0 where there is none. */
enum sim_port {
	PORT_MAIN, PORT_REFUSED, PORT_SILENT, PORT_TALKER, PORT_THROTTLED, PORT_ALGORITHMS,
	PORT_OTHER_KEY, PORT_BASTION, PORT_WINRM, PORT_COUNT
};

enum { MIX_STATES = 20 };

/* One kind of server; unset members are those of a healthy one. */
struct sim_kind {
	const char *name;               /* inventory variable fleet_case */
	const char *role, *group;       /* group may be NULL */
	const char *site;               /* a short name of demo_sites, in the demo only */
	enum sim_port port;
	const char *vars;               /* more variables, YAML flow style: "marshal_skip: true" */
	const char *state[MIX_STATES];  /* PATH=VALUE */
	enum { KNOWN, NOT_KNOWN, NO_KEY_ALLOWED, NO_SESSIONS } sign_in;
};

extern const struct sim_kind demo_kinds[];      /* ends with a row without a name */

/* Where the demo's servers stand: a group of the inventory, and what servers there have set. */
struct sim_site {
	const char *name, *group, *zone;
	const char *state[3];           /* PATH=VALUE */
	bool winrm;                     /* behind the bastion, by WinRM, where a fleet has both */
};
extern const struct sim_site demo_sites[];      /* ends with a row without a name */

#endif
