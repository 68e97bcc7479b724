/* recheck.c - judging what the store knows: the policy as remembered there, and all stored
 * facts again when it changed. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "scanner/judge.h"

int policy_load(struct store *s, struct policy *out, struct err *err)
{
	static const char *const settings[] = { "target", "newest-installer" };

	policy_default(out);
	for (size_t i = 0; i < ARRAY_LEN(settings) && !out->has_target; i++) {
		struct err own = { .code = ERR_NONE };
		AUTO_FREE char *text = store_setting(s, settings[i], &own);

		if (!text && own.code != ERR_NONE) {
			*err = own;
			return -1;
		}
		out->has_target = text && version_parse(text, &out->target);
	}
	return 0;
}

static void judge_row(const struct host_row *row, const json_t *versions,
		      const struct policy *policy, struct tx *tx)
{
	struct facts facts;
	struct judgement j;
	struct store_finding *rows;

	facts_init(&facts);
	facts_under(&facts, row->facts, row->facts_utc);
	judge(&(struct context){ .facts = &facts,
				 .policy = policy,
				 .cloud = row->cloud,
				 .versions = versions },
	      row->mars, &j);
	rows = judgement_rows(&j);
	tx_judged(tx, row->name, rows, j.count, status_name(j.status), clock_utc_ms());
	free(rows);
	judgement_release(&j);
	facts_release(&facts);
}

int judge_stored(struct store *s, const struct policy *policy, struct err *err)
{
	AUTO_JSON json_t *versions = store_all_versions(s, err);
	struct host_rows hosts;
	struct tx *tx;

	if (!versions || store_hosts(s, NULL, ROWS_FACTS, &hosts, err) != 0)
		return -1;
	tx = tx_new();
	for (int i = 0; i < hosts.count; i++)
		if (json_object_size(hosts.row[i].facts) > 0)
			judge_row(&hosts.row[i], json_object_get(versions, hosts.row[i].name),
				  policy, tx);
	host_rows_release(&hosts);
	return store_run(s, tx, false, err);
}
