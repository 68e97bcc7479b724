/* found.c - the rows of what is compared, and how each is. */
#include "upgrader/job/found.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/winpath.h"
#include "scanner/facts/service.h"

/* clang-format off */
static const struct row {
	enum fact_id fact;
	const char *member, *key;       /* of the fact; as it is kept */
	const char *title;
	/* Installers write paths their own way; what was true stays so; a start type does not become
	 * a weaker one; the rest is only kept. */
	enum { PATH, TEXT_OF, TRUTH, START, NOTED } how;
	bool must;                      /* not to be read is as bad as otherwise */
} rows[] = {
	{ FACT_SERVICE_OBENGINE, "state", "state", "obengine", NOTED, false },
	{ FACT_SERVICE_OBENGINE, "start", "start", "the start type of obengine", START, true },
	{ FACT_SERVICE_MANAGEMENT_AGENT, "exists", "management", "the management agent", TRUTH, false },
	{ FACT_SERVICE_MANAGEMENT_AGENT, "start", "management_start",
	  "the start type of the management agent", START, false },
	{ FACT_SCRATCH, "config", "config", "the scratch location (Config)", PATH, true },
	{ FACT_SCRATCH, "provider", "provider", "the scratch location (CloudBackupProvider)", PATH, true },
	{ FACT_SCRATCH, "kek_exists", "kek", "the key file OnlineBackup.KEK", TRUTH, false },
	{ FACT_AGENT_CONFIG, "registered", "registered", "the registration", TRUTH, true },
	{ FACT_AGENT_CONFIG, "encryption_set", "encryption_set", "the encryption key", TRUTH, false },
	{ FACT_AGENT_CONFIG, "task_exists", "task_exists", "the schedule task", TRUTH, true },
	{ FACT_AGENT_CONFIG, "task_enabled", "task_enabled", "the schedule task's being enabled", TRUTH, true },
	{ FACT_BACKUP_POLICY, "files", "policy_files", "the policy of files and folders", TRUTH, false },
	{ FACT_BACKUP_POLICY, "system_state", "policy_state", "the policy of the system state", TRUTH, false },
	{ FACT_NETWORK_PROXY, "agent", "proxy", "the proxy of the agent", TEXT_OF, false },
};
/* clang-format on */

json_t *found_keep(const struct facts *facts)
{
	json_t *found = json_object();

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		json_t *value = json_object_get(facts_value(facts, rows[i].fact), rows[i].member);

		if (value && !json_is_null(value))
			json_object_set(found, rows[i].key, value);
	}
	return found;
}

/* A text that is null where its fact was answered is not there any more. */
static enum found_verdict compare(const struct row *row, const json_t *before, const json_t *fact)
{
	const json_t *now = json_object_get(fact, row->member);
	bool same = false, text = row->how == PATH || row->how == TEXT_OF;

	if (!fact || !now || fact_dropped(fact, row->member) || (json_is_null(now) && !text))
		return row->must ? FOUND_UNKNOWN : FOUND_SAME;
	if (row->fact == FACT_NETWORK_PROXY && !json_is_true(json_object_get(fact, "agent_known")))
		return FOUND_SAME;
	switch (row->how) {
	case PATH:
		same = json_is_string(before) && json_is_string(now) &&
		       winpath_equal(json_string_value(before), json_string_value(now));
		break;
	case TEXT_OF:
		same = json_equal(before, now);
		break;
	case TRUTH:
		same = !json_is_true(before) || json_is_true(now);
		break;
	case START: /* the greater Windows' number of a start type, the less the service starts */
		same = json_integer_value(now) <= json_integer_value(before);
		break;
	case NOTED:
		same = true;
		break;
	}
	return same ? FOUND_SAME : FOUND_LOST;
}

/* Behind what is there. */
static void tell(const struct row *row, const json_t *before, const json_t *now, char *out,
		 size_t size)
{
	size_t len = strlen(out);
	const char *then = len ? "; " : "";

	if (row->how == START) {
		snprintf(out + len, size - len, "%s%s is no longer as before (was %s, is %s)", then,
			 row->title, service_start_name(json_integer_value(before)),
			 service_start_name(json_integer_value(now)));
	} else if (json_is_string(before)) {
		const char *was = json_string_value(before);
		AUTO_FREE char *shown = text_printable(was, strlen(was), 80);

		snprintf(out + len, size - len, "%s%s is no longer as before (was '%s')", then,
			 row->title, shown);
	} else {
		snprintf(out + len, size - len, "%s%s is gone", then, row->title);
	}
}

/* The first one that could not be read is told where nothing is lost. */
enum found_verdict found_compare(const json_t *before, const struct facts *now, char *out,
				 size_t size)
{
	enum found_verdict all = FOUND_SAME;
	const char *unread = NULL;

	out[0] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const json_t *was = json_object_get(before, rows[i].key);
		const json_t *fact = facts_value(now, rows[i].fact);
		enum found_verdict one = was ? compare(&rows[i], was, fact) : FOUND_SAME;

		if (one == FOUND_LOST) {
			tell(&rows[i], was, json_object_get(fact, rows[i].member), out, size);
		} else if (one == FOUND_UNKNOWN && !unread) {
			unread = rows[i].title;
		}
		all = one > all ? one : all;
	}
	if (all == FOUND_UNKNOWN)
		snprintf(out, size, "%s cannot be read", unread);
	return all;
}
