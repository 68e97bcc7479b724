/* fuzz_facts.c - whatever a host answers, reading and judging it ends well: every member that is
 * kept has its form or was dropped by name, every check has its verdict with evidence that is one
 * printable line, and judging what would be stored of the facts gives the same verdicts as judging
 * the facts. The first three bytes choose what the inventory, the policy and the history say; lines
 * follow; what they leave out is as on a healthy server. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "scanner/facts/facts_kinds.h"
#include "scanner/judge.h"
#include "tests/unit/scanner/answers.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);        /* libFuzzer's own */

enum { OPTIONS = 3 };

static json_t *healthy, *healthy_utc, *history;

static const char *const odd_values[] = {
	"null", "true", "false", "-1", "0", "1", "4", "7", "2147483648", "4294967295",
	"9007199254740993", "9223372036854775807", "-9223372036854775808", "253402300799000",
	"1700000000000", "1699999990000", "0.5", "\"\"", "\"C:\\\\\"", "\"2.0.9083.0\"",
	"\"99999999999.1.1.1\"", "\"\\u001b[31m\\u202e\"", "\"=1+1\"", "[]", "{}", "[{}]", "[[1]]",
};

/* Facts by name as the store gives them back: readings are members again. What a look does not
 * bring stays as it was before: `healthy`, once that is there. */
static json_t *as_stored(const struct facts *f, json_t **out_utc)
{
	json_t *all = healthy ? json_deep_copy(healthy) : json_object();
	struct fact_rows rows;

	*out_utc = healthy_utc ? json_copy(healthy_utc) : json_object();
	facts_rows(f, &rows);
	for (int i = 0; i < rows.fact_count; i++) {
		const struct store_fact *row = &rows.fact[i];
		json_t *value = row->value ? json_loads(row->value, 0, NULL) :
					     json_pack("{s:s, s:s}", "error", row->error, "kind",
						       row->error_kind);

		if (!value)
			abort();        /* what is stored can be read again */
		json_object_set_new(all, row->name, value);
		for (int k = 0; k < f->count; k++)
			if (strcmp(f->fact[k].name, row->name) == 0)
				json_object_set_new(*out_utc, row->name,
						    json_integer(f->fact[k].utc_ms));
	}
	for (int i = 0; i < rows.reading_count; i++) {
		const struct store_reading *r = &rows.reading[i];

		json_object_set_new(json_object_get(all, r->fact), r->name, json_integer(r->value));
	}
	facts_rows_release(&rows);
	return all;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct facts f;

	(void)argc;
	(void)argv;
	healthy_but(&f, NULL, NULL);
	healthy = as_stored(&f, &healthy_utc);
	facts_release(&f);
	history = json_pack("{s:[[I,s],[I,s],[I,s]],s:{s:[I,s]},s:{s:i}}", "versions",
			    (json_int_t)HEALTHY_UTC_MS - DAY_MS, "2.0.9070.0",
			    (json_int_t)HEALTHY_UTC_MS - 7200000, "2.0.9085.0",
			    (json_int_t)HEALTHY_UTC_MS - 3600000, "2.0.9938.0", "failing",
			    "network.tls12", (json_int_t)HEALTHY_UTC_MS - DAY_MS,
			    "SChannel has TLS 1.2 switched off for clients", "until",
			    "agent-config", 0);
	return 0;
}

/* A fact that is read has every member as its row of the catalogue says, or null and named. */
static void read_well(const struct facts *f)
{
	for (int i = 0; i < f->count; i++) {
		const struct kind *kind = kind_find(f->fact[i].name);
		const json_t *value = f->fact[i].value;

		for (const struct member *m = kind->member;
		     value && m < kind->member + MAX_MEMBERS && m->name; m++) {
			const json_t *member = json_object_get(value, m->name);
			bool null = json_is_null(member), dropped = fact_dropped(value, m->name);

			if (!member || (dropped && (!null || !(m->flags & MAY_DROP))) ||
			    (null && !dropped && !(m->flags & (MAY_BE_NULL | MAY_LACK | OURS)))) {
				fprintf(stderr, "%s: %s\n", kind->name, m->name);
				abort();
			}
		}
	}
}

static void judge_by(const uint8_t *option, const struct facts *f, struct judgement *out)
{
	static const char *const clouds[] = { "public", "china", "usgov", "german", "" };
	static const char *const words[] = { "required", "optional", "none" };
	static const char *const zones[] = { "", "W. Europe Standard Time", "UTC" };
	static const char *const seeded[] = { "", "source", "copy" };
	struct policy policy;

	policy_default(&policy);
	policy.has_target = option[1] & 1;
	(void)version_parse("2.0.9938.0", &policy.target);
	if (option[1] & 2) {
		policy.dotnet_warn_release = 528040;
		policy.backup_fail_ms = 1;
	}
	for (int i = 0; option[1] & 4 && i < CHECK_COUNT; i++) {
		policy.grade[i].level = option[1] >> 4 & 3;
		policy.grade[i].counts_as = (unsigned char)((option[1] + i) % (SEVERITY_COUNT + 1));
	}
	judge(&(struct context){ .facts = f,
				 .policy = &policy,
				 .name = "web01",
				 .address = option[2] & 1 ? "10.0.0.1" : "web01.example",
				 .computer_name = option[2] & 4 ? "WEB1" : "",
				 .cloud = clouds[option[0] % ARRAY_LEN(clouds)],
				 .time_zone = zones[option[2] % ARRAY_LEN(zones)],
				 .offline = seeded[option[2] / 4 % ARRAY_LEN(seeded)],
				 .past = option[2] & 2 ? history : NULL },
	      words[option[0] / 8 % ARRAY_LEN(words)], out);
}

static void judged_well(const struct judgement *j)
{
	if (j->count != CHECK_COUNT)
		abort();
	for (int i = 0; i < j->count; i++) {
		const struct finding *finding = &j->finding[i];
		size_t len = strnlen(finding->evidence, EVIDENCE_MAX);
		AUTO_FREE char *printable = text_printable(finding->evidence, len, EVIDENCE_MAX);

		if (len == 0 || len == EVIDENCE_MAX || strcmp(printable, finding->evidence) != 0) {
			fprintf(stderr, "%s: '%s'\n", finding->check->id, printable);
			abort();
		}
	}
}

/* A recheck reads the facts from the store. */
static void judged_again(const uint8_t *option, const struct facts *f, const struct judgement *j)
{
	AUTO_JSON json_t *utc = NULL, *stored = as_stored(f, &utc);
	struct judgement again;
	struct facts read;

	facts_init(&read);
	facts_under(&read, stored, utc);
	judge_by(option, &read, &again);
	for (int i = 0; i < j->count; i++) {
		if (j->finding[i].verdict == again.finding[i].verdict)
			continue;
		fprintf(stderr, "%s: '%s', then '%s'\n", j->finding[i].check->id,
			j->finding[i].evidence, again.finding[i].evidence);
		abort();
	}
	judgement_release(&again);
	facts_release(&read);
}

/* Puts an odd value in place of some member of a value, or leaves that member out. */
static void make_odd(json_t *value, unsigned *random)
{
	unsigned at = *random >> 4;
	const char *key;
	json_t *member;

	if (json_is_array(value) && json_array_size(value) > 0)
		value = json_array_get(value, at % json_array_size(value));
	json_object_foreach(value, key, member)
	{
		*random = *random * 1664525u + 1013904223u;
		if (*random >> 8 & 3)
			continue;
		if ((json_is_array(member) || json_is_object(member)) && *random >> 10 & 3)
			make_odd(member, random);
		else if ((*random >> 12 & 15) == 0)
			json_object_del(value, key);
		else
			json_object_set_new(
				value, key,
				json_loads(odd_values[(*random >> 16) % ARRAY_LEN(odd_values)],
					   JSON_DECODE_ANY, NULL));
		return;
	}
}

/* Bytes that are flipped seldom make a fact that is read: half of the changes go into values. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	unsigned random = seed * 2654435761u;
	AUTO_JSON json_t *line = NULL;
	AUTO_FREE char *text = NULL;

	if (size > OPTIONS && random & 1)
		line = json_loadb((const char *)data + OPTIONS, size - OPTIONS,
				  JSON_DISABLE_EOF_CHECK, NULL);
	if (!line || !json_object_get(line, "value"))
		return LLVMFuzzerMutate(data, size, max);
	if (random & 2)
		data[random >> 2 & 1] ^= (uint8_t)(1u << (random >> 4 & 7));
	make_odd(json_object_get(line, "value"), &random);
	text = json_dumps(line, JSON_COMPACT);
	if (!text || strlen(text) + OPTIONS > max)
		return LLVMFuzzerMutate(data, size, max);
	memcpy(data + OPTIONS, text, strlen(text));
	return OPTIONS + strlen(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + OPTIONS, *end = (const char *)data + size;
	struct judgement j;
	struct facts f;

	if (size < OPTIONS)
		return 0;
	facts_init(&f);
	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t len = (size_t)((stop ? stop : end) - text);

		facts_line(&f, text, len, HEALTHY_UTC_MS);
		text += len + 1;
	}
	read_well(&f);
	facts_set_skew(&f, 1000);
	facts_under(&f, healthy, healthy_utc);
	judge_by(data, &f, &j);
	judged_well(&j);
	judged_again(data, &f, &j);
	judgement_release(&j);
	facts_release(&f);
	return 0;
}
