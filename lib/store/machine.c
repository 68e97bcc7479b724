/* machine.c - see machine.h. */
#include "store/machine.h"

#include <stdio.h>
#include <string.h>

#define DIGITS "0123456789abcdef"

void machine_read(const char *text, struct machine_ids *out)
{
	*out = (struct machine_ids){ 0 };
	for (int i = 0; i < MACHINE_IDS; i++) {
		size_t len = strcspn(text, " ");

		if (len < MACHINE_ID && strspn(text, DIGITS) == len)
			memcpy(out->id[i], text, len);
		text += len + (text[len] == ' ');
	}
}

const char *machine_text(const struct machine_ids *m, char out[MACHINE_TEXT])
{
	const char *word[MACHINE_IDS];

	for (int i = 0; i < MACHINE_IDS; i++)
		word[i] = m->id[i][0] ? m->id[i] : "-";
	snprintf(out, MACHINE_TEXT, "%s %s %s", word[MACHINE_UUID], word[MACHINE_GUID],
		 word[MACHINE_SID]);
	return out;
}

int machine_known(const struct machine_ids *m)
{
	int count = 0;

	for (int i = 0; i < MACHINE_IDS; i++)
		count += m->id[i][0] != '\0';
	return count;
}

enum machine_answer machine_compare(const struct machine_ids *a, const struct machine_ids *b)
{
	int same = 0, differ = 0;

	for (int i = 0; i < MACHINE_IDS; i++) {
		if (!a->id[i][0] || !b->id[i][0])
			continue;
		if (strcmp(a->id[i], b->id[i]) == 0)
			same++;
		else
			differ++;
	}
	return same >= 2 ? MACHINE_SAME : differ >= 2 ? MACHINE_OTHER : MACHINE_NOT_KNOWN;
}

void machine_remember(const struct machine_ids *before, const struct machine_ids *seen, bool accept,
		      struct machine_ids *out)
{
	enum machine_answer answer = machine_compare(before, seen);
	struct machine_ids old = *before;

	*out = old;
	if (answer == MACHINE_SAME) {
		for (int i = 0; i < MACHINE_IDS; i++)
			if (seen->id[i][0])
				memcpy(out->id[i], seen->id[i], MACHINE_ID);
	} else if ((accept && machine_known(seen) >= 2) || machine_known(&old) < 2) {
		*out = machine_known(seen) > 0 ? *seen : old;
	}
}
