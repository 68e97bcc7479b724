/* host.c - see host.h. The state is read anew for each request, so that a test may change it at any
 * time. */
#include "tests/fleet/wsman/host.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/mem.h"
#include "base/text.h"
#include "tests/fleet/state.h"

struct ws_host *ws_host_find(struct ws_host **hosts, const char *fleet, const char *address)
{
	struct ws_host *host = *hosts;
	AUTO_FREE char *path = xasprintf("%s/addresses/%s", fleet, address);

	while (host && strcmp(host->address, address) != 0)
		host = host->next;
	if (host || access(path, R_OK) != 0)
		return host;
	host = xcalloc(1, sizeof(*host));
	host->address = xstrdup(address);
	host->state = xstrdup(path);
	host->next = *hosts;
	*hosts = host;
	return host;
}

int ws_host_settings(const struct ws_host *host, struct ws_settings *out, struct err *err)
{
	struct state s;

	if (state_open(&s, host->state, err) != 0)
		return -1;
	*out = (struct ws_settings){
		.max_shells_per_user = state_number(s.root, "winrm.max_shells_per_user", 30),
		.max_operations_per_user =
			state_number(s.root, "winrm.max_operations_per_user", 1500),
		.max_envelope_kb = state_number(s.root, "winrm.max_envelope_kb", 500),
		.max_timeout_ms = state_number(s.root, "winrm.max_timeout_ms", 60000),
		.idle_timeout_ms = state_number(s.root, "winrm.idle_timeout_ms", 7200000),
		.block_bytes = state_number(s.root, "winrm.block_bytes", 4096),
		.away = clock_utc_ms() < state_number(s.root, "away_until_utc_ms", 0),
	};
	state_close(&s);
	return 0;
}

/* WORD, WORD:ACTION or WORD:ACTION:N, which is the Nth of these. */
static int one_word(const struct ws_host *host, enum ws_action action, const char *word,
		    unsigned *bits, struct err *err)
{
#define ROW(id, name, meaning) { name, WS_##id },
	static const struct {
		const char *name;
		unsigned bit;
	} words[] = { WS_MISBEHAVIOURS(ROW) };
#undef ROW
	size_t len = strcspn(word, ":"), i = 0;
	const char *name = word[len] ? word + len + 1 : "", *number = strchr(name, ':');
	size_t name_len = number ? (size_t)(number - name) : strlen(name);

	while (i < ARRAY_LEN(words) &&
	       (strlen(words[i].name) != len || strncmp(words[i].name, word, len) != 0))
		i++;
	if (i == ARRAY_LEN(words))
		return err_set(err, ERR_USAGE, "faults.winrm: no fault is called '%s'", word);
	if (name_len && (strlen(ws_action_name(action)) != name_len ||
			 strncmp(ws_action_name(action), name, name_len) != 0))
		return 0;
	if (number && strtoul(number + 1, NULL, 10) != host->requests[action])
		return 0;
	*bits |= words[i].bit;
	return 0;
}

int ws_host_misbehaves(struct ws_host *host, enum ws_action action, unsigned *out, struct err *err)
{
	AUTO_FREE char *list = NULL;
	char *rest = NULL;
	struct state s;

	*out = 0;
	if (state_open(&s, host->state, err) != 0)
		return -1;
	list = xstrdup(state_text(s.root, "faults.winrm"));
	state_close(&s);
	if (!text_same(list, host->faults)) {
		memset(host->requests, 0, sizeof(host->requests));
		free(host->faults);
		host->faults = xstrdup(list);
	}
	host->requests[action]++;
	for (char *word = list ? strtok_r(list, ",", &rest) : NULL; word;
	     word = strtok_r(NULL, ",", &rest)) {
		if (one_word(host, action, word, out, err) != 0)
			return -1;
	}
	return 0;
}

bool ws_host_new_message(struct ws_host *host, const char *id)
{
	uint64_t number = fnv_hash(FNV_BEGIN, id, strlen(id));

	for (unsigned i = 0; i < WS_SEEN && i < host->seen_count; i++) {
		if (host->seen[i] == number)
			return false;
	}
	host->seen[host->seen_count++ % WS_SEEN] = number;
	return true;
}

void ws_hosts_free(struct ws_host *hosts)
{
	while (hosts) {
		struct ws_host *next = hosts->next;

		free(hosts->address);
		free(hosts->state);
		free(hosts->faults);
		free(hosts);
		hosts = next;
	}
}
