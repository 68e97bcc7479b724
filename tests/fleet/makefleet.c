/* makefleet.c - writes a fleet: a state and an address a server, the inventory, known_hosts. In
 * one process, since a thousand servers must be there in a few seconds. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "tests/fleet/fleet.h"
#include "tests/fleet/mix.h"
#include "tests/fleet/state.h"

enum { MAX_HOSTS = 20000, ADDRESSES_A_NET = 250, MAX_KEY_LINE = 2000 };

struct sim_host {
	const struct sim_kind *kind;
	const struct sim_site *site;    /* NULL but in the demo */
	char *name, *address;
};

struct making {
	const char *folder, *user;
	int port[PORT_COUNT];
	int hosts, silent;
	bool demo;
	struct sim_host *host;
	char *key;              /* "ssh-ed25519 AAAA..." of the good sshd */
};

static const struct sim_kind plain_kinds[] = {
	{ .name = "plain", .role = "file" }, { .name = "plain", .role = "sql" },
	{ .name = "plain", .role = "web" },  { .name = "plain", .role = "app" },
	{ .name = "plain", .role = "dc" },
};
static const struct sim_kind silent_kinds[] = {
	{ .name = "no-answer", .role = "file", .port = PORT_SILENT },
	{ .name = "no-answer", .role = "sql", .port = PORT_SILENT },
	{ .name = "no-answer", .role = "web", .port = PORT_SILENT },
	{ .name = "no-answer", .role = "app", .port = PORT_SILENT },
	{ .name = "no-answer", .role = "dc", .port = PORT_SILENT },
};

static int demo_count(void)
{
	int n = 0;

	while (demo_kinds[n].name)
		n++;
	return n;
}

/* The silent ones are spread evenly, as dead servers are. */
static bool is_silent(const struct making *m, int i)
{
	return m->silent &&
	       (int64_t)(i + 1) * m->silent / m->hosts != (int64_t)i * m->silent / m->hosts;
}

static const struct sim_kind *kind_of(const struct making *m, int i)
{
	if (m->demo && i < demo_count())
		return &demo_kinds[i];
	if (is_silent(m, i))
		return &silent_kinds[(size_t)i % ARRAY_LEN(silent_kinds)];
	return &plain_kinds[(size_t)i % ARRAY_LEN(plain_kinds)];
}

/* NULL in a fleet that is no demo; what fills up a demo stands at the first site. */
static const struct sim_site *site_of(const struct making *m, const struct sim_kind *kind)
{
	const struct sim_site *site = demo_sites;

	if (!m->demo)
		return NULL;
	while (kind->site && site->name && strcmp(site->name, kind->site) != 0)
		site++;
	return site->name ? site : demo_sites;
}

static void choose_hosts(struct making *m)
{
	int digits = snprintf(NULL, 0, "%d", m->hosts);

	m->host = xcalloc((size_t)m->hosts, sizeof(*m->host));
	for (int i = 0; i < m->hosts; i++) {
		struct sim_host *h = &m->host[i];
		int number = 1;

		h->kind = kind_of(m, i);
		h->site = site_of(m, h->kind);
		/* plain roles come round in turn, the demo's are few enough to count */
		if (!m->demo)
			number = i / (int)ARRAY_LEN(plain_kinds) + 1;
		for (int j = 0; m->demo && j < i; j++)
			number += m->host[j].site == h->site &&
				  strcmp(m->host[j].kind->role, h->kind->role) == 0;
		h->name = xasprintf("%s%s%s%0*d", h->site ? h->site->name : "", h->site ? "-" : "",
				    h->kind->role, digits < 2 ? 2 : digits, number);
		h->address = xasprintf("127.1.%d.%d", i / ADDRESSES_A_NET, i % ADDRESSES_A_NET + 1);
	}
}

/* PATH=VALUE */
static int change_state(json_t *state, const char *change, struct err *err)
{
	AUTO_FREE char *path = xstrdup(change);
	char *value = strchr(path, '=');

	*value++ = '\0';
	return state_set_text(state, path, value, err);
}

static int write_state(const struct making *m, const struct sim_host *h, struct err *err)
{
	AUTO_FREE char *file = xasprintf("%s/hosts/%s.json", m->folder, h->name);
	AUTO_FREE char *target = xasprintf("../hosts/%s.json", h->name);
	AUTO_FREE char *link = xasprintf("%s/addresses/%s", m->folder, h->address);
	AUTO_JSON json_t *state = fleet_default_state(h->name, h->address);

	/* the installer beside a fleet is nobody's */
	if (change_state(state, "signature.status=NotSigned", err) != 0)
		return -1;
	for (size_t i = 0; h->site && i < ARRAY_LEN(h->site->state) && h->site->state[i]; i++) {
		if (change_state(state, h->site->state[i], err) != 0)
			return err_in(err, "%s", h->site->name);
	}
	for (int i = 0; i < MIX_STATES && h->kind->state[i]; i++) {
		if (change_state(state, h->kind->state[i], err) != 0)
			return err_in(err, "%s", h->kind->name);
	}
	if (json_dump_file(state, file, JSON_INDENT(1) | JSON_ENSURE_ASCII) != 0)
		return err_set(err, ERR_SYSTEM, "cannot write '%s'", file);
	if (symlink(target, link) != 0)
		return err_errno(err, ERR_SYSTEM, errno, "cannot make '%s'", link);
	return 0;
}

/* Whether the demo's servers at that site stand behind the bastion and speak WinRM. */
static bool is_winrm_site(const struct making *m, const struct sim_site *site)
{
	return m->demo && m->port[PORT_WINRM] && site && site->winrm;
}

/* What is wrong with it is SSH's: it stands apart from its site. */
static bool needs_ssh(const struct sim_kind *kind)
{
	return kind->port != PORT_MAIN || kind->sign_in != KNOWN ||
	       (kind->vars && strstr(kind->vars, "ansible_"));
}

static void write_host(const struct making *m, FILE *f, int i)
{
	static const char *const owners[] = { "infra", "erp", "web", "finance" };
	static const char *const sites[] = { "fra", "ams", "osa" };
	const struct sim_host *h = &m->host[i];
	const char *site = sites[(size_t)i % ARRAY_LEN(sites)];
	bool own_address = h->kind->vars && strstr(h->kind->vars, "ansible_host:");

	fprintf(f, "        %s: {", h->name);
	if (!own_address)
		fprintf(f, "ansible_host: %s, ", h->address);
	if (is_winrm_site(m, h->site) && needs_ssh(h->kind)) {
		fprintf(f,
			"marshal_transport: ssh, marshal_jump: none, marshal_password_file: '', "
			"ansible_port: %d, ",
			m->port[h->kind->port]);
		if (!h->kind->vars || !strstr(h->kind->vars, "ansible_user"))
			fprintf(f, "ansible_user: %s, ", m->user);
	} else if (h->kind->port != PORT_MAIN) {
		fprintf(f, "ansible_port: %d, ", m->port[h->kind->port]);
	}
	if (h->kind->vars)
		fprintf(f, "%s, ", h->kind->vars);
	if (!h->site)
		fprintf(f, "marshal_owner: %s, marshal_site: %s, marshal_vault: vault-%s, ",
			owners[(size_t)i / 3 % ARRAY_LEN(owners)], site, site);
	fprintf(f, "fleet_case: %s}\n", h->kind->name);
}

static void write_roles(const struct making *m, FILE *f)
{
	static const struct {
		const char *role, *owner;
	} roles[] = {
		{ "file", "infra" },  { "sql", "erp" },	 { "web", "web" },
		{ "app", "finance" }, { "dc", "infra" }, { "backup", "infra" },
	};

	for (size_t r = 0; r < ARRAY_LEN(roles); r++) {
		bool begun = false;

		for (int i = 0; i < m->hosts; i++) {
			if (strcmp(m->host[i].kind->role, roles[r].role) != 0)
				continue;
			if (!begun)
				fprintf(f, "    %s:\n", roles[r].role);
			if (!begun && m->demo)
				fprintf(f, "      vars: {marshal_owner: %s}\n", roles[r].owner);
			if (!begun)
				fprintf(f, "      hosts:\n");
			begun = true;
			write_host(m, f, i);
		}
	}
}

/* The way of servers behind the bastion that speak WinRM. */
static void write_winrm(const struct making *m, FILE *f, const char *indent)
{
	static const char *const same[] = { "ansible_connection: winrm", "ansible_user: fleet",
					    "marshal_password_file: winrm_password",
					    "marshal_winrm_ca: winrm_ca.pem" };

	for (size_t i = 0; i < ARRAY_LEN(same); i++)
		fprintf(f, "%s%s\n", indent, same[i]);
	fprintf(f, "%sansible_port: %d\n", indent, m->port[PORT_WINRM]);
	fprintf(f, "%smarshal_jump: 127.0.0.1:%d\n", indent, m->port[PORT_BASTION]);
	fprintf(f, "%smarshal_ssh_user: %s\n", indent, m->user);
}

/* Sites and waves of an upgrade name hosts that are defined above. */
static void write_demo_groups(const struct making *m, FILE *f)
{
	static const char *const groups[] = { "pilot", "second-wave" };

	for (const struct sim_site *s = demo_sites; s->name; s++) {
		fprintf(f, "    %s:\n      vars:\n", s->group);
		fprintf(f, "        marshal_site: %s\n        marshal_vault: vault-%s\n", s->name,
			s->name);
		fprintf(f, "        marshal_time_zone: %s\n", s->zone);
		if (is_winrm_site(m, s))
			write_winrm(m, f, "        ");
		fputs("      hosts:\n", f);
		for (int i = 0; i < m->hosts; i++)
			if (m->host[i].site == s)
				fprintf(f, "        %s:\n", m->host[i].name);
	}
	fprintf(f, "    branches:\n      children:\n");
	for (const struct sim_site *s = demo_sites + 1; s->name; s++)
		fprintf(f, "        %s:\n", s->group);
	for (size_t g = 0; g < ARRAY_LEN(groups); g++) {
		fprintf(f, "    %s:\n      hosts:\n", groups[g]);
		for (int i = 0; i < m->hosts; i++) {
			const char *group = m->host[i].kind->group;

			if (group && strcmp(group, groups[g]) == 0)
				fprintf(f, "        %s:\n", m->host[i].name);
		}
	}
}

/* What all hosts have of the way to them. */
static void write_way(const struct making *m, FILE *f)
{
	fprintf(f,
		"all:\n  vars:\n    ansible_ssh_private_key_file: %s/id_ed25519\n"
		"    marshal_known_hosts: known_hosts\n",
		m->folder);
	if (m->port[PORT_WINRM] && !m->demo) {
		write_winrm(m, f, "    ");
		return;
	}
	fprintf(f, "    ansible_user: %s\n    ansible_port: %d\n", m->user, m->port[PORT_MAIN]);
	if (m->port[PORT_BASTION] && !m->port[PORT_WINRM])
		fprintf(f, "    marshal_jump: 127.0.0.1:%d\n", m->port[PORT_BASTION]);
}

static int write_inventory(const struct making *m, struct err *err)
{
	AUTO_FREE char *path = xasprintf("%s/inventory.yaml", m->folder);
	struct file_out *out = file_out_open(path, err);
	FILE *f;

	if (!out)
		return -1;
	f = file_out_stream(out);
	fprintf(f,
		"# The simulated fleet in %s: scripts/fleet --help says what can be done to it.\n",
		m->folder);
	write_way(m, f);
	fputs("  children:\n", f);
	write_roles(m, f);
	if (m->demo)
		write_demo_groups(m, f);
	return file_out_commit(out, err);
}

static int write_known_hosts(const struct making *m, struct err *err)
{
	AUTO_FREE char *path = xasprintf("%s/known_hosts", m->folder);
	struct file_out *out = file_out_open(path, err);

	if (!out)
		return -1;
	if (m->port[PORT_BASTION])
		fprintf(file_out_stream(out), "[127.0.0.1]:%d %s\n", m->port[PORT_BASTION], m->key);
	for (int i = 0; i < m->hosts; i++) {
		const struct sim_host *h = &m->host[i];

		if (h->kind->sign_in != NOT_KNOWN)
			fprintf(file_out_stream(out), "[%s]:%d %s\n", h->address,
				m->port[h->kind->port], m->key);
	}
	return file_out_commit(out, err);
}

/* What the good sshd does otherwise to some addresses: the end of its configuration. */
static int write_matches(const struct making *m, struct err *err)
{
	AUTO_FREE char *path = xasprintf("%s/sshd_match", m->folder);
	struct file_out *out = file_out_open(path, err);

	if (!out)
		return -1;
	for (int i = 0; i < m->hosts; i++) {
		const struct sim_host *h = &m->host[i];

		if (h->kind->sign_in == NO_KEY_ALLOWED)
			fprintf(file_out_stream(out),
				"Match LocalAddress %s\nAuthorizedKeysFile none\n", h->address);
		if (h->kind->sign_in == NO_SESSIONS)
			fprintf(file_out_stream(out), "Match LocalAddress %s\nMaxSessions 0\n",
				h->address);
	}
	return file_out_commit(out, err);
}

static int take_word(struct making *m, const char *word, struct err *err)
{
	static const char *const ports[PORT_COUNT] = { "main",	   "refused",	"silent",
						       "talker",   "throttled", "algorithms",
						       "otherkey", "bastion",	"winrm" };
	const char *value = strchr(word, '=');
	size_t len = value ? (size_t)(value - word) : 0;

	for (int i = 0; i < PORT_COUNT; i++) {
		if (len == strlen(ports[i]) && strncmp(word, ports[i], len) == 0) {
			m->port[i] = (int)strtol(value + 1, NULL, 10);
			return 0;
		}
	}
	if (len == 4 && strncmp(word, "user", len) == 0)
		m->user = value + 1;
	else if (len == 12 && strncmp(word, "silent-hosts", len) == 0)
		m->silent = (int)strtol(value + 1, NULL, 10);
	else
		return err_set(err, ERR_USAGE, "cannot make '%s'", word);
	return 0;
}

static int make(struct making *m, struct err *err)
{
	AUTO_FREE char *key = xasprintf("%s/host_key.pub", m->folder);
	AUTO_FREE char *hosts = xasprintf("%s/hosts", m->folder);
	AUTO_FREE char *addresses = xasprintf("%s/addresses", m->folder);
	size_t len;

	m->key = file_read(key, MAX_KEY_LINE, &len, err);
	if (!m->key)
		return -1;
	/* type and key, without the comment */
	m->key[strcspn(m->key, " ") + 1 + strcspn(m->key + strcspn(m->key, " ") + 1, " \n")] = '\0';
	if (file_make_folder(hosts, 0700, err) != 0 || file_make_folder(addresses, 0700, err) != 0)
		return -1;
	choose_hosts(m);
	for (int i = 0; i < m->hosts; i++) {
		if (write_state(m, &m->host[i], err) != 0)
			return -1;
	}
	if (write_known_hosts(m, err) != 0 || write_matches(m, err) != 0)
		return -1;
	return write_inventory(m, err);
}

int cmd_make(int argc, char **argv)
{
	struct making m = { .folder = argv[0], .user = "" };
	struct err err;
	int rc = 0;

	m.hosts = (int)strtol(argv[1], NULL, 10);
	m.demo = strcmp(argv[2], "demo") == 0;
	for (int i = 3; i < argc && rc == 0; i++)
		rc = take_word(&m, argv[i], &err);
	if (rc == 0 && (m.hosts < 1 || m.hosts > MAX_HOSTS || m.silent < 0 || m.silent > m.hosts))
		rc = err_set(&err, ERR_USAGE, "1 to %d hosts", MAX_HOSTS);
	if (rc == 0)
		rc = make(&m, &err);
	for (int i = 0; m.host && i < m.hosts; i++) {
		free(m.host[i].name);
		free(m.host[i].address);
	}
	free(m.host);
	free(m.key);
	if (rc == 0)
		return 0;
	fprintf(stderr, "simhost: %s\n", err.msg);
	return 2;
}

/* A job of an hour that has just ended, in the event log and in the agent's own list. */
static void complete_backup(json_t *root)
{
	json_int_t now = clock_utc_ms(), begun = now - 3600 * 1000;
	json_t *jobs = state_get(root, "ob.jobs");
	json_t *job =
		json_pack("{s:s, s:s, s:n, s:I, s:I, s:o}", "type", "Backup", "state", "Completed",
			  "error", "begun_utc_ms", begun, "ended_utc_ms", now, "protected_bytes",
			  state_value(json_array_get(jobs, 0), "protected_bytes"));

	(void)state_set(root, "backup.last_utc_ms", json_integer(now), NULL);
	(void)state_set(root, "backup.last_event", json_integer(3), NULL);
	(void)state_set(root, "backup.running", json_false(), NULL);
	(void)state_set(root, "backup.source", json_string("none"), NULL);
	(void)state_set(root, "backup.since_utc_ms", json_null(), NULL);
	(void)state_set(root, "agent.task_ran_utc_ms", json_integer(begun), NULL);
	(void)state_set(root, "agent.task_result", json_integer(0), NULL);
	if (json_is_array(jobs))
		json_array_insert_new(jobs, 0, job);
	else
		json_decref(job);
	state_log(root, "a backup completed");
}

int cmd_complete_backup(int argc, char **argv)
{
	struct err err;
	int rc = 0;

	for (int i = 0; i < argc && rc == 0; i++) {
		struct state s;

		rc = state_open(&s, argv[i], &err);
		if (rc != 0)
			break;
		rc = state_begin(&s, &err);
		if (rc == 0) {
			complete_backup(s.root);
			rc = state_commit(&s, &err);
		}
		state_close(&s);
	}
	if (rc == 0)
		return 0;
	fprintf(stderr, "simhost: %s\n", err.msg);
	return 2;
}
