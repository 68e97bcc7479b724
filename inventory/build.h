/* build.h - the inventory from the inside, while files are read into it and settled. Only the
 * files of this folder include it. Everything but the growing arrays lives in one arena. */
#ifndef INVENTORY_BUILD_H
#define INVENTORY_BUILD_H

#include <stdint.h>

#include "base/map.h"
#include "inventory/inventory.h"
#include "inventory/source.h"

enum {
	LIMIT_FILE = 64 * 1024 * 1024,  /* bytes of one file */
	LIMIT_HOSTS = 200000,
	LIMIT_GROUPS = 50000,
	LIMIT_NESTING = 64,             /* groups in groups */
	LIMIT_ENTRIES = 5000000,        /* hosts, groups, variables named, aliases followed */
	LIMIT_VARIABLES = 20000000      /* effective variables of all hosts together */
};

/* Why a value says nothing to us. It is kept as it stands, and counts only where the way to a host
 * reads it. */
enum open {
	OPEN_NOT,
	OPEN_TEMPLATE,                  /* {{ }}, which Ansible would fill in */
	OPEN_VAULTED,
	OPEN_NO_TEXT,                   /* holds what no text of ours can */
	OPEN_WRONG                      /* not what was expected, or a name of ours that is none */
};

/* What is wrong with a value, shared by all hosts that have it. */
struct wrong {
	const char *text;               /* "ansible_port is '0': expected ..." */
	const char *key;                /* the same for all values of it that are wrong */
	bool counts;                    /* a host that would be contacted is not, for that */
};

struct var {
	struct variable is;
	const char *base;
	enum open open;
	struct wrong *wrong;            /* of OPEN_WRONG */
	bool collection;                /* a YAML list or map */
	bool secret;                    /* was vaulted: no message shows it */
	bool null;                      /* nothing at all, which Ansible passes over */
	int known;                      /* what it means to us, see known.c; -1: nothing */
	struct place at;
};

/* Variables of one owner in the order they were read; of one name the last counts. */
struct varset {
	const struct var **item;
	int count, cap;
};

struct ids {
	int *id;
	int count, cap;
	int again;                      /* of build_hosts(): those that the section had already */
};

/* A file of variables that is encrypted as a whole and was not opened. */
struct closed {
	const char *path, *why, *owner; /* "group web" */
	int hosts;                      /* that are not contacted for it, and were to be */
	const char *first;              /* of them */
};

/* What group_vars/ or host_vars/ of one folder gives. */
struct layer {
	int base;
	struct varset vars;
	struct closed *closed;          /* the last such file of it; NULL: none */
};
struct layers { struct layer *item; int count, cap; };

struct group {
	const char *name;
	int id;
	struct place at;
	bool defined;                   /* given hosts, children or vars somewhere */
	bool may_be_empty;              /* a child in YAML, where an empty one is only odd */
	bool has_hosts;                 /* named by a hosts: or [name] line, even an empty one */
	struct ids child, parent;
	struct ids host;                /* direct members; once settled, by their index */
	struct varset vars;
	struct layers files;
	int64_t priority;
	int depth, rank;                /* rank: place in the order of precedence */
	int section, visit;             /* marks, see section_begin() and walks */
	const struct source *section_of;
};

struct host {
	const char *name;
	int id;
	struct place at;
	struct ids group;               /* direct groups */
	struct varset vars;
	struct layers files;
	int *named;                     /* by which hosts sections */
	int named_count, named_cap;
};

struct inventory {
	struct arena arena;
	struct map host_by_name, group_by_name;         /* keys in lower case */
	struct map opened;              /* values that were vaulted, see vault.c */
	struct host **build;            /* in the order first named; gone once settled */
	int build_count, build_cap;
	struct group **group;           /* [0] is all, [1] ungrouped */
	int group_count, group_cap;
	struct group **ranked;          /* by rank, made by graph_order() */
	const char **base;              /* folders of the files, real paths, in order of reading */
	int base_count, base_cap;
	const char **group_name;        /* sorted, made by settle() */
	const char **warning;
	int warning_count, warning_cap;
	struct closed **closed;
	int closed_count, closed_cap;
	struct varset wrong;            /* variables of ours that are OPEN_WRONG */
	const char **loose;             /* why others can change files of it, each cause once */
	int loose_count, loose_cap;
	struct inv_host *host;          /* settled and sorted */
	int *host_index;                /* build id -> index in host */
	int host_count;
	int64_t program_ms;             /* what a program among the sources may take */
	int section, visit;             /* last mark given */
	long entries, host_vars;        /* counted against the limits */
};

enum { GROUP_ALL, GROUP_UNGROUPED };
extern const struct source_kind inventory_files, json_files, program_output, vars_files;

/* build.c - hosts, groups and variables come in here, whatever the format */
struct inventory *build_new(void);
/* source_open(), and who else can change the file. */
int build_open(struct inventory *inv, const struct source_kind *kind, const char *path,
	       const char *base, struct source **out, struct err *err);
void build_warn(struct inventory *inv, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int build_entry(struct inventory *inv, const struct place *at, struct err *err); /* counts one */
int build_group(struct inventory *inv, const char *name, const struct place *at,
		struct group **out, struct err *err);
int build_child(struct inventory *inv, struct group *parent, struct group *child,
		const struct place *at, struct err *err);

/* Hosts of one section: a mapping of hosts, or an INI section. */
int build_section(struct inventory *inv);
/* Expands ranges and a port behind the name, in the section g->section; out_hosts is cleared
 * first. */
int build_hosts(struct inventory *inv, struct group *g, const char *pattern,
		const struct place *at, struct ids *out_hosts, struct err *err);

/* One host, whose name is a name: neither range nor port. */
int build_host(struct inventory *inv, struct group *g, const char *name, const struct place *at,
	       struct ids *out_hosts, struct err *err);

/* A variable as written; copied. owner is "group web" or "host web[1:9]"; collection: the value is
 * a list or a map, as JSON; null: it is nothing, and value "". */
struct written {
	const char *owner, *name, *value;
	bool collection, null;
	enum open open;
	const struct place *at;
};
int build_var(struct inventory *inv, const struct written *w, const struct var **out,
	      struct err *err);
int build_group_var(struct group *g, const struct var *v, struct err *err);
int build_host_var(struct inventory *inv, const struct ids *hosts, const struct var *v,
		   struct err *err);
void varset_add(struct varset *s, const struct var *v);
void ids_add(struct ids *s, int id);

/* names.c */
char *name_fold(struct arena *a, const char *name);     /* ASCII lower case */
void *name_find(const struct map *m, const char *name); /* in a map of folded names */
int name_check_group(const char *name, const struct place *at, struct err *err);
int name_check_host(const char *name, const struct place *at, struct err *err);
bool name_is_ipv6(const char *name);
int name_natural_cmp(const char *a, const char *b);     /* web2 before web10 */

/* ranges.c - web[01:20], [01:20:2], [a:f], and folded ones: web[01-40,45] */
/* That the ranges are right and make at most max names; the message says nothing of where. */
int range_check(const char *pattern, int max, struct err *err);
/* After range_check(): hands each name over, or the text itself where it holds no range. Stops
 * at the first that fails. */
int range_expand(const char *pattern, int (*each)(void *ctx, const char *name, struct err *err),
		 void *ctx, struct err *err);

/* web[01-03,07]: numbers with commas or dashes between them, in the only brackets, as reports fold
 * names (base/fold.h). Checks and expands one that is. */
bool range_is_folded(const char *text);
int range_expand_folded(const char *text,
			int (*each)(void *ctx, const char *name, struct err *err), void *ctx,
			struct err *err);

/* known.c - the variables that mean something to us */
int known_find(const char *name);       /* for var.known; -1: it means nothing */
/* A host's variables are applied in two rounds: in the second those that Ansible lets count more
 * than another name of the same thing. Others than those of `round` are passed over. */
enum { KNOWN_ROUNDS = 2 };
int known_apply(struct arena *a, const struct var *v, int round, struct inv_host *out,
		struct err *err);
/* Of the variables that say where a password is, with different names, one counts: the strongest,
 * beside what the same owner says. */
bool known_is_vaulted(const char *value);
bool known_is_password(int known);
bool known_same_owner(const struct var *a, const struct var *b);

/* Where v names a variable of the environment that holds a password: no program that is started
 * from now on inherits that, whoever v is of. */
void known_hide(const struct var *v);

/* Whether ansible-vault is asked for it where it is vaulted: an address, a user. */
bool known_is_opened(int known);

/* wrong.c - a wrong value, or a name of ours that there is not, makes v OPEN_WRONG; -1 where the
 * whole file is to be refused for it. */
int known_check(struct arena *a, struct var *v, struct err *err);
bool var_is_ours(const struct var *v);          /* begins with marshal_ */
/* Texts that live as long. */
void var_set_wrong(struct arena *a, struct var *v, const char *text, const char *key);
void var_keep_wrong(struct arena *a, struct var *v, const struct err *err);
/* A warning for each name of ours that is wrong somewhere and whose hosts do without. */
void warn_wrong(struct inventory *inv);

/* vault.c - the file with the password of what is vaulted for all hosts; "": none is named. */
const char *vault_file_of_all(void);
/* In memory of base/secret.h; NULL where it does not open. */
char *vault_open(const char *file, const char *text, size_t len, size_t *out_len, struct err *err);
/* v itself, or where it is a vaulted address or user what the password in `file` makes of it. */
const struct var *vault_opened(struct inventory *inv, const struct var *v, const char *file);

/* One that was not opened, of which warn_closed() tells once its hosts are settled. */
struct closed *closed_add(struct inventory *inv, const char *path, const char *owner,
			  const char *why);
void warn_closed(struct inventory *inv);

/* host_way.c - after both rounds: whether we have a way to the host. `var` are all that count for
 * it; those that are open were applied to nothing. */
bool var_is_template(const char *text);
bool var_is_applied(const struct var *v);       /* whether known_apply() is to see it */
/* The file with the password of what is vaulted for this host; "" where none is named. */
const char *vault_file_of(const struct inv_host *h);
/* closed: a file with variables of the host that was not opened; NULL: none. */
void host_way(struct arena *a, const struct var *const *var, int count, struct closed *closed,
	      struct inv_host *out);

/* connection.c - arguments and programs that lead elsewhere than straight to the address: what in
 * them does, as words for a message (static), or NULL. What leads over bastions, in a way that
 * we can go too, is *out_jump, as marshal_jump has it; NULL when there is none. */
const char *detour_of_args(struct arena *a, const char *value, const char **out_jump);
const char *detour_of_program(const char *path);
/* A warning of those that stand in clear in the inventory. */
void warn_passwords(struct inventory *inv);
/* A warning of columns of reports that a template leaves empty. */
void warn_columns(struct inventory *inv);
/* A warning for each connection variable of settled hosts that is known and not heeded. */
void warn_unheeded(struct inventory *inv);

enum { WINRM_ANSWER_S_MAX = 60 };       /* how long a request is kept open at most */
/* winrm.c - what variables say of WinRM: -1 where a value is not what winrm_expected() names. */
int winrm_apply(struct arena *a, const struct var *v, struct inv_host *out);
const char *winrm_expected(const char *name);
/* Of a host that is reached by it, once all are applied: defaults, and in winrm_cannot what we
 * cannot do. */
void winrm_end(struct arena *a, struct inv_host *out);

/* jump.c - chains of bastions */
bool jump_is_chain(const char *spec);           /* "gate,ops@inner:2222,[2001:db8::1]:22" */
/* The same from the command of a ProxyCommand that is an ssh -W; NULL when it is another. */
const char *jump_of_command(struct arena *a, const char *command);
void jumps_settle(struct inventory *inv);       /* hop of each host, once all are settled */

/* literal.c - the value of a line of an INI file. 0: *out is the caller's; *out_null: it is
 * Python's None. -1: a string that holds what we cannot: a NUL, or a character by its name. */
int literal_text(const char *value, char **out, bool *out_null);

/* yaml_value.c - a value as inventories keep it: the text itself, collections as compact JSON.
 * *out_text is the caller's; *out_open says what it would need first, also within a collection. */
struct ynode;
int ynode_value(struct inventory *inv, const struct ynode *n, char **out_text, enum open *out_open,
		struct err *err);

/* gather.c - all sources into one inventory, and the variables beside them. */
int gather(struct inventory *inv, const char *const *path, int count, struct err *err);
/* Names in a folder, sorted, without hidden files and editors' copies; folder_free() them. A
 * folder that is not there has none. */
int folder_list(const char *path, char ***out, int *out_count, struct err *err);
void folder_free(char **name, int count);

/* source_ini.c, source_yaml.c, source_csv.c, source_vars.c */
int ini_read(struct inventory *inv, const struct source *src, struct err *err);
/* Also JSON, which may be of Ansible's dynamic form unless the file is one of YAML. */
int yaml_read(struct inventory *inv, struct source *src, struct err *err);
int csv_inventory_read(struct inventory *inv, const struct source *src, struct err *err);
/* Variables of a group or of hosts: a map, or nothing. */
int yaml_group_vars(struct inventory *inv, struct group *g, const struct ynode *n, struct err *err);
int yaml_host_vars(struct inventory *inv, const struct ynode *key, const struct ynode *vars,
		   const struct ids *hosts, struct err *err);
/* source_dynamic.c - a map of groups whose hosts and children are lists, and _meta. */
bool dynamic_is(const struct ynode *root);
bool dynamic_has_hostvars(const struct ynode *root);
int dynamic_read(struct inventory *inv, const struct ynode *root, struct err *err);
/* A file of group_vars/ or host_vars/: one mapping, appended to out. */
int yaml_read_vars(struct inventory *inv, const struct source *src, const char *owner,
		   struct varset *out, struct err *err);
/* group_vars/ and host_vars/ of inv->base[base]; shown is that folder as the user wrote it,
 * with a slash behind, or "". */
int folder_vars_read(struct inventory *inv, int base, const char *shown, struct err *err);

/* settle.c, graph.c */
int settle(struct inventory *inv, struct err *err);
int graph_order(struct inventory *inv, struct err *err);        /* loops, depth, rank */

#endif
