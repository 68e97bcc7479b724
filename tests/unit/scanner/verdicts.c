/* verdicts.c - runs a row of the tables of checks. */
#include "verdicts.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* "a=1;b='x'" laid over the healthy value; as it is where it is an answer already. */
static char *answer_of(const char *fact, const char *change)
{
	AUTO_FREE char *whole = NULL, *patch = xstrdup(change), *dump = NULL;
	AUTO_JSON json_t *line = NULL;
	char *rest = patch, *part;

	if (!change || change[0] == '"')
		return patch ? xstrdup(patch) : NULL;
	whole = xasprintf("{%s}", healthy_answer(fact));
	line = json_loads(whole, 0, NULL);
	for (char *c = patch; *c; c++)
		if (*c == '\'')
			*c = '"';
	while ((part = strsep(&rest, ";"))) {
		char *value = strchr(part, '=');
		json_t *new;

		ck_assert_msg(value != NULL, "no '=' in '%s'", part);
		*value++ = '\0';
		new = json_loads(value, JSON_DECODE_ANY, NULL);
		ck_assert_msg(new != NULL, "no JSON: '%s'", value);
		json_object_set_new(json_object_get(line, "value"), part, new);
	}
	dump = json_dumps(json_object_get(line, "value"), JSON_COMPACT);
	return xasprintf("\"value\":%s", dump);
}

const struct finding *finding_of(const struct judgement *j, const char *check)
{
	for (int i = 0; i < j->count; i++)
		if (strcmp(j->finding[i].check->id, check) == 0)
			return &j->finding[i];
	ck_abort_msg("no check '%s'", check);
}

void row_facts(const char *const change[6], struct facts *out)
{
	AUTO_FREE char *first = change[0] ? answer_of(change[0], change[1]) : NULL;
	AUTO_FREE char *second = change[2] ? answer_of(change[2], change[3]) : NULL;
	AUTO_FREE char *third = change[4] ? answer_of(change[4], change[5]) : NULL;
	const struct answer answers[] = { { change[0], first },
					  { change[2], second },
					  { change[4], third } };

	healthy_with(out, answers, ARRAY_LEN(answers));
}

void verdict_holds(const struct row *row, const struct context *beside)
{
	const char *const *change = row->change;
	struct context context = { .cloud = "public" };
	const struct finding *found;
	struct policy policy;
	struct judgement j;
	struct facts f;

	if (beside)
		context = *beside;
	policy_default(&policy);
	policy.has_target = version_parse("2.0.9938.0", &policy.target);
	if (!context.policy)
		context.policy = &policy;
	row_facts(change, &f);
	context.facts = &f;
	judge(&context, "required", &j);
	found = finding_of(&j, row->check);
	ck_assert_msg(found->verdict == row->want && strstr(found->evidence, row->evidence),
		      "%s with %s %s: %s, '%s'; expected %s, '%s'", row->check,
		      change[0] ? change[0] : "all", change[1] ? change[1] : "healthy",
		      verdict_name(found->verdict), found->evidence, verdict_name(row->want),
		      row->evidence);
	judgement_release(&j);
	facts_release(&f);
}

void judge_facts(const struct facts *f, const char *cloud, const json_t *past,
		 struct judgement *out)
{
	static struct policy policy;

	policy_default(&policy);
	policy.has_target = version_parse("2.0.9938.0", &policy.target);
	judge(&(struct context){ .facts = f, .policy = &policy, .cloud = cloud, .past = past },
	      "required", out);
}
