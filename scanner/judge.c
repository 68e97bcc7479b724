/* judge.c - all checks over one host's facts, and the one word that follows from them. */
#include "scanner/judge.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"

static const char *const status_names[STATUS_COUNT] = {
	[STATUS_EXCLUDED] = "excluded",
	[STATUS_NEVER_SCANNED] = "never-scanned",
	[STATUS_NOT_INSTALLED] = "not-installed",
	[STATUS_OUTDATED] = "outdated",
	[STATUS_NEEDS_REGISTRATION] = "needs-registration",
	[STATUS_AT_RISK] = "at-risk",
	[STATUS_UNDETERMINED] = "undetermined",
	[STATUS_BEHIND] = "behind",
	[STATUS_COMPLIANT] = "compliant",
};

const char *status_name(enum status s)
{
	return status_names[s];
}

bool status_from_name(const char *name, enum status *out)
{
	for (int i = 0; i < STATUS_COUNT; i++) {
		if (strcmp(status_names[i], name) == 0) {
			*out = (enum status)i;
			return true;
		}
	}
	return false;
}

static enum verdict verdict_of(const struct judgement *j, const char *id)
{
	for (int i = 0; i < j->count; i++)
		if (strcmp(j->finding[i].check->id, id) == 0)
			return j->finding[i].verdict;
	return V_UNKNOWN;
}

/* Whether a check that blocks backups has one of two verdicts. */
static bool blocking(const struct judgement *j, enum verdict a, enum verdict b)
{
	for (int i = 0; i < j->count; i++)
		if (j->finding[i].check->severity == SEVERITY_BLOCKS_BACKUP &&
		    (j->finding[i].verdict == a || j->finding[i].verdict == b))
			return true;
	return false;
}

static enum status status_from(const struct judgement *j, const char *mars)
{
	if (verdict_of(j, "mars.installed") == V_FAIL)
		return mars && strcmp(mars, "optional") == 0 ? STATUS_EXCLUDED :
							       STATUS_NOT_INSTALLED;
	if (verdict_of(j, "mars.version") == V_FAIL)
		return STATUS_OUTDATED;
	if (verdict_of(j, "mars.registration") == V_FAIL)
		return STATUS_NEEDS_REGISTRATION;
	if (blocking(j, V_FAIL, V_FAIL))
		return STATUS_AT_RISK;
	if (blocking(j, V_UNKNOWN, V_NOT_EXAMINED))
		return STATUS_UNDETERMINED;
	if (verdict_of(j, "mars.target") == V_FAIL)
		return STATUS_BEHIND;
	return STATUS_COMPLIANT;
}

static void judge_agent(const struct context *c, struct judgement *out)
{
	const json_t *agent = facts_value(c->facts, "agent");
	const char *text = json_get_str(agent, "exe_version");
	struct version version;

	out->installed_known = json_get_bool(agent, "installed", &out->installed);
	if (out->installed && text && version_parse(text, &version))
		version_format(version, out->version);
}

void judge(const struct context *c, const char *mars, struct judgement *out)
{
	*out = (struct judgement){ .count = checks_count() };
	out->finding = xcalloc((size_t)out->count, sizeof(*out->finding));
	for (int i = 0; i < out->count; i++) {
		struct finding *f = &out->finding[i];
		char evidence[EVIDENCE_MAX] = "";
		AUTO_FREE char *safe = NULL;

		f->check = &checks[i];
		f->verdict = checks[i].judge(c, evidence);
		/* Half of an evidence may be a host's own words: shown only escaped. */
		safe = text_printable(evidence, strlen(evidence), EVIDENCE_MAX - 1);
		memcpy(f->evidence, safe, strlen(safe) + 1);
	}
	judge_agent(c, out);
	out->status = status_from(out, mars);
}

void judgement_release(struct judgement *j)
{
	free(j->finding);
	*j = (struct judgement){ .count = 0 };
}

struct store_finding *judgement_rows(const struct judgement *j)
{
	struct store_finding *rows = xcalloc((size_t)j->count + 1, sizeof(*rows));

	for (int i = 0; i < j->count; i++)
		rows[i] = (struct store_finding){ j->finding[i].check->id,
						  verdict_name(j->finding[i].verdict),
						  j->finding[i].evidence };
	return rows;
}
