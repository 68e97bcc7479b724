/* jump.c - hosts that stand behind others: the chain of bastions that marshal_jump, or what Ansible
 * hands to ssh, names, resolved to where each is and who we are there. As with ssh's ProxyJump the
 * first is reached straight, unless it is a host of the inventory that says otherwise of itself.
 * Facts: ssh(1), -J and -W; ssh_config(5), ProxyJump and ProxyCommand. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "inventory/build.h"

enum { HOPS_MAX = 8, SPEC_MAX = 4096 };

/* One part of "ops@gate:2222,db1": pointers into a copy. */
struct part {
	const char *user;               /* NULL: not said */
	const char *host;
	int port;                       /* 0: not said */
};

/* Behind an address: nothing, or a port. */
static bool take_port(char *text, struct part *out)
{
	if (*text == '\0')
		return true;
	if (*text != ':' || !isdigit((unsigned char)text[1]) || strlen(text) > 6 ||
	    text[1 + strspn(text + 1, "0123456789")])
		return false;
	out->port = (int)strtol(text + 1, NULL, 10);
	*text = '\0';
	return out->port >= 1 && out->port <= 65535;
}

#define TARGET_USER "%r"

/* 1: a part, 0: no more, -1: it is none. Cuts *spec up. */
static int next_part(char **spec, struct part *out)
{
	char *text = strsep(spec, ","), *at, *end;

	*out = (struct part){ 0 };
	if (!text)
		return 0;
	if (strncmp(text, "ssh://", 6) == 0)
		text += 6;
	at = strrchr(text, '@');
	if (at) {
		*at = '\0';
		out->user = text;
		text = at + 1;
	}
	out->host = text;
	end = text + (name_is_ipv6(text) ? strlen(text) : strcspn(text, ":"));
	if (*text == '[') {             /* an IPv6 address with a port */
		out->host = ++text;
		end = strchr(text, ']');
		if (!end)
			return -1;
		*end++ = '\0';
		if (!name_is_ipv6(text))
			return -1;
	}
	/* no password is written here */
	if (!take_port(end, out) || !text_is_name(out->host) ||
	    (at && (!*out->user || strchr(out->user, ':'))))
		return -1;
	/* of ssh's tokens the one that people have: the user of the host behind it */
	return !at || !strchr(out->user, '%') || strcmp(out->user, TARGET_USER) == 0 ? 1 : -1;
}

bool jump_is_chain(const char *spec)
{
	AUTO_FREE char *copy = xstrdup(spec);
	char *rest = copy;
	struct part part;
	int count = 0, r;

	while ((r = next_part(&rest, &part)) == 1)
		count++;
	return r == 0 && count > 0 && count <= HOPS_MAX && strlen(spec) < SPEC_MAX;
}

/* Options of the inner ssh that lead nowhere else. */
static bool is_harmless(const char *option)
{
	static const char *const harmless[] = {
		"StrictHostKeyChecking", "UserKnownHostsFile",
		"ConnectTimeout",	 "BatchMode",
		"ServerAliveInterval",	 "ServerAliveCountMax",
		"ControlMaster",	 "ControlPath",
		"ControlPersist",	 "LogLevel",
		"ForwardAgent",		 "PasswordAuthentication",
	};
	AUTO_FREE char *name = xstrndup(option, strcspn(option, "= "));

	for (size_t i = 0; i < ARRAY_LEN(harmless); i++)
		if (text_casecmp(name, harmless[i]) == 0)
			return true;
	return false;
}

/* What the inner ssh of a ProxyCommand is told. */
struct inner { const char *user, *host; int port; bool forwards; };

/* One option, whose value is `value` when it has one. False: one that we cannot follow. */
static bool take_option(struct inner *in, const char *word, const char *value)
{
	switch (word[1]) {
	case 'W':
		in->forwards = strcmp(value, "%h:%p") == 0 || strcmp(value, "[%h]:%p") == 0;
		return in->forwards;
	case 'p':
		in->port = (int)strtol(value, NULL, 10);
		return in->port >= 1 && in->port <= 65535;
	case 'l':
		in->user = value;
		return true;
	case 'o':
		return is_harmless(value);
	default:        /* of ssh's letters, those without a value that change nothing here */
		return word[1] && strspn(word + 1, "qCxTanv46") == strlen(word + 1);
	}
}

static bool take_words(struct inner *in, char **word, int count)
{
	for (int i = 1; i < count; i++) {
		const char *text = word[i], *value = NULL;

		if (text[0] != '-') {
			if (in->host)
				return false;
			in->host = text;
			continue;
		}
		if (text[1] && strchr("Wplo", text[1])) {
			value = text[2] ? text + 2 : i + 1 < count ? word[++i] : NULL;
			if (!value)
				return false;
		}
		if (!take_option(in, text, value))
			return false;
	}
	return in->host && in->forwards;
}

const char *jump_of_command(struct arena *a, const char *command)
{
	AUTO_FREE char *copy = xstrdup(command);
	char *word[64], *rest = copy, *at;
	struct inner in = { 0 };
	int count = 0;

	/* what a shell would make something else of */
	if (strpbrk(command, "'\"\\$`|&;<>(){}*?~#\n"))
		return NULL;
	while ((at = strsep(&rest, " \t")) != NULL && count < (int)ARRAY_LEN(word))
		if (*at)
			word[count++] = at;
	if (at || count < 2 || detour_of_program(word[0]) || !take_words(&in, word, count))
		return NULL;
	if (in.user && strchr(in.host, '@'))
		return NULL;
	return arena_printf(a, in.port ? "%s%s%s:%d" : "%s%s%s", in.user ? in.user : "",
			    in.user ? "@" : "", in.host, in.port);
}

/* --- chains -------------------------------------------------------------------------------- */

struct chain { struct inv_hop hop[HOPS_MAX]; int count; };

static const char *add_chain(const struct inventory *inv, const struct inv_host *h, int depth,
			     struct chain *c);

/* One part of h's chain; of a host of the inventory its own chain before it, where it is the first.
 * NULL, or what is wrong with it. */
static const char *add_part(const struct inventory *inv, const struct inv_host *h, int depth,
			    const struct part *part, struct chain *c)
{
	struct arena *a = (struct arena *)&inv->arena;
	const struct inv_host *known = inventory_find(inv, part->host);
	const char *own = h->connection == CONNECT_WINRM ? h->ssh_user : h->user;
	const char *user = part->user && strcmp(part->user, TARGET_USER) != 0 ?
				   arena_strdup(a, part->user) :
			   !part->user && known && known->user ? known->user :
								 own;
	const char *wrong = NULL;

	if (known == h)
		return "leads over the host itself";
	if (known && known->connection != CONNECT_SSH)
		return "leads over a host that is not reached by SSH";
	if (known && c->count == 0 && known->jump)
		wrong = add_chain(inv, known, depth + 1, c);
	if (wrong)
		return wrong;
	if (c->count == HOPS_MAX)
		return "is longer than 8 bastions";
	c->hop[c->count++] = (struct inv_hop){
		.name = known ? known->name : arena_strdup(a, part->host),
		.address = known ? known->address : arena_strdup(a, part->host),
		.port = part->port ? part->port :
			known	   ? known->port :
				     22,
		.user = user,
		.key_file = known && known->key_file ? known->key_file : h->key_file,
		/* the known user's alone: another account would be locked by it; and never that
		 * of WinRM, which a host with two ways has */
		.password = known && !known->winrm_too && text_same(known->user, user) ?
				    known->password :
				    NULL,
		.known_hosts = known ? known->known_hosts : h->known_hosts,
		.sessions = known ? known->sessions : 0,
		.channels = known ? known->channels : 0,
		.one_time_code = known && known->one_time_code,
	};
	return NULL;
}

static const char *add_chain(const struct inventory *inv, const struct inv_host *h, int depth,
			     struct chain *c)
{
	AUTO_FREE char *copy = xstrdup(h->jump);
	const char *wrong = depth > HOPS_MAX ? "leads in a circle" : NULL;
	char *rest = copy;
	struct part part;

	while (!wrong && next_part(&rest, &part) == 1)
		wrong = add_part(inv, h, depth, &part, c);
	return wrong;
}

static const char *names_of(struct arena *a, const struct chain *c)
{
	const char *all = NULL;

	for (int i = 0; i < c->count; i++) {
		const struct inv_hop *hop = &c->hop[i];
		const char *name = hop->port == 22 ?
					   hop->address :
					   arena_printf(a, "[%s]:%d", hop->address, hop->port);

		all = all ? arena_printf(a, "%s,%s", all, name) : name;
	}
	return all;
}

/* WinRM inside an SSH session with the same host. */
static void go_through_itself(struct inventory *inv, struct inv_host *h)
{
	struct inv_hop *hop = arena_alloc(&inv->arena, 1, sizeof(*hop));

	*hop = (struct inv_hop){ .name = h->name,
				 .address = h->address,
				 .port = h->ssh_port,
				 .user = h->ssh_user,
				 .key_file = h->key_file,
				 .known_hosts = h->known_hosts,
				 .sessions = 1 };
	h->hop = hop;
	h->hop_count = 1;
	h->itself = true;
}

void jumps_settle(struct inventory *inv)
{
	for (int i = 0; i < inv->host_count; i++) {
		struct inv_host *h = &inv->host[i];
		struct chain c = { .count = 0 };
		struct inv_hop *hop;
		const char *wrong;

		if (h->connection == CONNECT_WINRM && !h->jump && !h->direct)
			go_through_itself(inv, h);
		if (!h->jump || h->direct ||
		    (h->connection != CONNECT_SSH && h->connection != CONNECT_WINRM))
			continue;
		wrong = add_chain(inv, h, 0, &c);
		if (wrong) {
			h->detour = arena_printf(&inv->arena, "the way '%.80s', which %s,", h->jump,
						 wrong);
			h->unsupported = h->detour;
			continue;
		}
		hop = arena_alloc(&inv->arena, (size_t)c.count, sizeof(*hop));
		memcpy(hop, c.hop, (size_t)c.count * sizeof(*hop));
		h->hop = hop;
		h->hop_count = c.count;
		h->through = names_of(&inv->arena, &c);
	}
	/* only now: a host that leads nowhere may have been asked for on the way of another */
	for (int i = 0; i < inv->host_count; i++)
		if (inv->host[i].detour)
			inv->host[i].connection = CONNECT_UNSUPPORTED;
}
