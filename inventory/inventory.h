/* inventory.h - where hosts come from. Reads Ansible's YAML and INI forms as Ansible does:
 * groups, children, variables at each level, ranges, group_vars/ and host_vars/. Knows no
 * network and no MARS beyond the names of marshal_ variables. Nothing is half read: a bad file is
 * one error that names file, line, column and what was expected. */
#ifndef INVENTORY_INVENTORY_H
#define INVENTORY_INVENTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cmd.h"
#include "base/err.h"

struct inventory;

/* One effective variable of a host, and where it came from. Borrowed from the inventory. */
struct variable {
	const char *name;
	const char *value;              /* as text; YAML lists and maps as compact JSON */
	const char *origin;             /* "fleet.yml:12:7 (group web)" */
	bool opened;                    /* from a file that was encrypted as a whole */
};

enum inv_cloud { CLOUD_PUBLIC, CLOUD_CHINA, CLOUD_USGOV, CLOUD_GERMAN };
enum inv_mars { MARS_REQUIRED, MARS_OPTIONAL, MARS_NONE };
enum inv_offline { OFFLINE_NONE, OFFLINE_SOURCE, OFFLINE_COPY };
enum inv_connection {
	CONNECT_SSH, CONNECT_WINRM, CONNECT_LOCAL,
	CONNECT_UNSUPPORTED, CONNECT_UNRESOLVED         /* never dialled */
};

/* An SSH server that a host stands behind. */
struct inv_hop {
	const char *name;               /* of the inventory, or as it was written */
	const char *address;
	int port;
	const char *user;               /* as of a host; where it says none, the host's behind it */
	const char *key_file, *known_hosts;
	const char *password;           /* its own as a host of the inventory, else NULL: never
					 * that of the host behind it */
	int sessions, channels;         /* as of a host; 0 when it says none */
	bool one_time_code;
};

/* How a CONNECT_WINRM is signed in to. */
enum inv_sign_in { SIGN_IN_BASIC, SIGN_IN_KERBEROS, SIGN_IN_NTLM };

/* A host with the variables that mean something to us, settled and checked. All strings are
 * the inventory's. */
struct inv_host {
	const char *name;
	const char *address;            /* ansible_ssh_host, ansible_host, else the name */
	int port;                       /* 22 by default */
	const char *user;               /* NULL when none is given */
	const char *key_file;           /* absolute, ~ expanded; NULL when none */
	/* Where its password is, as struct endpoint has it, "text:..." or "vault:..." where it
	 * stands in the inventory itself; it counts more than a key file. NULL when it has none. */
	const char *password;
	const char *vault_password_file; /* for a password that is vaulted; NULL when none */
	const char *password_in_clear;  /* what Ansible's variables say, used or not; NULL none */
	enum inv_connection connection;
	const char *connection_name;    /* as written: "winrm" */
	const char *jump;               /* as written: "gate,ops@inner:2222"; NULL: straight */
	const struct inv_hop *hop;      /* the bastions of that, the one to begin with first */
	int hop_count;
	/* Where it is a bastion: lines to it, channels over each; 0: the defaults. */
	int sessions, channels;
	bool one_time_code;             /* it asks for one besides */
	/* CONNECT_UNSUPPORTED: what we cannot do, "ansible_connection 'winrm'"; else NULL. A direct
	 * way to a host with a detour could lead to another machine. */
	const char *unsupported;
	/* CONNECT_UNRESOLVED: which variables that its way reads say nothing to us, and where the
	 * first of them stands: "ansible_user is a template ({{ }})"; else NULL. */
	const char *unresolved, *unresolved_at;
	/* The same without files that nobody opened, which are warned of; NULL: there is nothing
	 * else. The key is the same for hosts that differ only in what is wrong. */
	const char *unresolved_own, *unresolved_key;
	const char *unresolved_hint;    /* what to do, static; NULL where causes want different */
	const char *detour;             /* "ansible_ssh_args with ProxyCommand"; else NULL */
	const char *paramiko;           /* a variable of that plugin alone; else NULL */
	const char *known_hosts;        /* absolute; NULL when none */
	/* CONNECT_WINRM: address, port and user are WinRM's. Without a jump it goes through SSH to
	 * the host itself, with ssh_user at ssh_port: hop has that, and `itself` is set. */
	int ssh_port;                   /* 22 by default */
	const char *ssh_user;           /* of the host or its bastion; NULL when none is given */
	bool itself;
	const char *through;            /* the addresses of the bastions of `jump`, as known_hosts
					 * calls them: "gate,[inner]:2222"; NULL: none */
	bool direct;                    /* without SSH: asked for by name */
	/* Of a CONNECT_SSH behind bastions: where nobody answers by SSH it is reached by WinRM,
	 * through the same, at winrm_port as winrm_user; `password` is WinRM's alone. */
	bool winrm_too;
	const char *winrm_ca;           /* a file, absolute; NULL: the system's */
	const char *winrm_cert;         /* SHA-256 of the certificate, 64 hex digits; or NULL */
	enum inv_sign_in sign_in;
	const char *service_host;       /* its name for Kerberos; NULL: address */
	int answer_s;                   /* the longest wait of one request; 0: the default */
	const char *winrm_cannot;       /* a variable of Ansible's that we cannot do; else NULL */
	const char *winrm_user;         /* Ansible's other name; settled: NULL none is given */
	const char *winrm_password;     /* the same, until settled */
	const char *winrm_sign_in;      /* as written, until settled; NULL: not given */
	int winrm_port;
	const char *installer_url;      /* where it fetches an upgrade's installer itself, "none":
					 * nowhere; NULL: not said */
	const char *program;            /* for CONNECT_LOCAL; NULL when none */
	enum inv_cloud cloud;
	bool limited_internet;          /* default true */
	enum inv_mars mars;             /* default required */
	bool skip;
	bool no_program;                /* it is skipped for that: local, and nobody said skip */
	bool without_vaulted;           /* its way needs nothing of files that are encrypted as a
					 * whole and not opened */
	enum inv_offline offline;       /* its part in a first backup by disk; default none */
	const char *computer_name;      /* what Windows calls it, "" when not given */
	const char *time_zone;          /* Windows id that is expected there, "" when not given */
	const char *owner, *site, *vault;       /* report columns, "" when not given */
	const struct variable *variable;        /* all, sorted by name */
	int variable_count;
	const char *const *group;       /* names of all its groups, sorted, without "all" */
	int group_count;
};

/* Reads all files (paths borrowed) into one inventory. NULL and err (ERR_USAGE) on failure. What
 * others can change (base/trust.h) is warned of, and a program named in it (marshal_program,
 * marshal_password_command) is an error. */
struct inventory *inventory_load(const char *const *path, int count, struct err *err);
/* So long a program among them may take; and with another limit. */
enum { INVENTORY_PROGRAM_MS = 60 * 1000 };
struct inventory *inventory_load_within(const char *const *path, int count, int64_t program_ms,
					struct err *err);
void inventory_free(struct inventory *inv);

/* As inventory_load() from -i or $MARSHAL_INVENTORY; an error where neither is given. */
struct inventory *inventory_open(const struct app *app, struct err *err);

int inventory_count(const struct inventory *inv);
/* Sorted by name, web2 before web10. */
const struct inv_host *inventory_host(const struct inventory *inv, int i);
/* In any letter case; NULL when there is none. */
const struct inv_host *inventory_find(const struct inventory *inv, const char *name);

int inventory_group_count(const struct inventory *inv);
const char *inventory_group(const struct inventory *inv, int i);       /* all, ungrouped too */

/* What is odd in the files without being wrong, a line each; `inventory check` prints them. */
int inventory_warning_count(const struct inventory *inv);
const char *inventory_warning(const struct inventory *inv, int i);

/* A set of hosts, in the inventory's order. */
struct selection { const struct inv_host **host; int count; };

/* Patterns as Ansible writes them: names, groups, globs, `all`, `a:b`, `a,b`, `a:&b`, `a:!b`, and
 * `@FILE` with one a line. No pattern at all is `all`. A pattern that matches nothing is ERR_USAGE
 * with the nearest names; a line of a file that does is warned of, as Ansible does. */
int inventory_select(const struct inventory *inv, char *const *pattern, int count,
		     struct selection *out, struct err *err);
void selection_release(struct selection *s);

/* Whether it is reached by WinRM, or may be (marshal_transport: auto). */
bool inv_speaks_winrm(const struct inv_host *h);

/* Why a host with `skip` is never contacted: "marshal_skip", "connection local without ...". */
const char *inv_why_skipped(const struct inv_host *h);
/* How many such hosts a command left out, for which reason. */
struct inv_skipped { int hosts, no_program; };
void inv_skipped_add(struct inv_skipped *s, const struct inv_host *h);
char *inv_skipped_text(const struct inv_skipped *s);    /* yours: "2 skipped (marshal_skip)" */

const char *inv_cloud_name(enum inv_cloud cloud);
const char *inv_mars_name(enum inv_mars mars);
const char *inv_offline_name(enum inv_offline offline);         /* "none", "source", "copy" */

#endif
