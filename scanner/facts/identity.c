/* identity.c - see identity.h. */
#include "scanner/facts/identity.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"

static const char *const id_members[MACHINE_IDS] = {
	[MACHINE_UUID] = "uuid",
	[MACHINE_GUID] = "machine_guid",
	[MACHINE_SID] = "machine_sid",
};

void identity_ids(const json_t *identity, struct machine_ids *out)
{
	*out = (struct machine_ids){ 0 };
	for (int i = 0; i < MACHINE_IDS; i++) {
		const char *id = json_get_str(identity, id_members[i]);

		if (id && strlen(id) < MACHINE_ID)
			snprintf(out->id[i], MACHINE_ID, "%s", id);
	}
}

/* A machine of the past, without what clones have. */
static void read_past(const json_t *past, const char *member, const struct machine_ids *seen,
		      struct machine_ids *out)
{
	const json_t *shared = json_get_obj(past, "shared");
	const char *text = json_get_str(past, member);

	machine_read(text ? text : "", out);
	for (int i = 0; i < MACHINE_IDS; i++)
		if (json_object_get(shared, out->id[i]) || json_object_get(shared, seen->id[i]))
			out->id[i][0] = '\0';
}

int identity_tells(const json_t *past, const json_t *identity)
{
	const json_t *shared = json_get_obj(past, "shared");
	struct machine_ids seen;
	int count = 0;

	identity_ids(identity, &seen);
	for (int i = 0; i < MACHINE_IDS; i++)
		count += seen.id[i][0] && !json_object_get(shared, seen.id[i]);
	return count;
}

static enum machine_answer compare_board(const struct machine_ids *a, const struct machine_ids *b)
{
	if (!a->id[MACHINE_UUID][0] || !b->id[MACHINE_UUID][0])
		return MACHINE_NOT_KNOWN;
	return strcmp(a->id[MACHINE_UUID], b->id[MACHINE_UUID]) == 0 ? MACHINE_SAME : MACHINE_OTHER;
}

enum machine_answer identity_answers(const json_t *past, const json_t *identity,
				     int64_t *out_since_utc_ms, enum machine_answer *out_hardware)
{
	struct machine_ids seen, known, last;
	enum machine_answer answer;

	identity_ids(identity, &seen);
	read_past(past, "known", &seen, &known);
	answer = machine_compare(&known, &seen);
	if (answer != MACHINE_OTHER)
		return answer;
	read_past(past, "last", &seen, &last);
	*out_since_utc_ms = 0;
	/* what answered last was the right one, and the time is of another exchange */
	if (machine_compare(&known, &last) == MACHINE_OTHER)
		json_get_int(past, "since", out_since_utc_ms);
	*out_hardware = compare_board(&known, &seen);
	return answer;
}
