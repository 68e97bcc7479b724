/* waves.c - see waves.h. */
#include "upgrader/waves.h"

#include <stdio.h>
#include <string.h>

const char *waves_expected(const char *text, struct waves *out)
{
	static const char *const expected = "numbers or shares that grow, like 5%,25%,100%";
	struct waves w = { .count = 0 };
	char part[BUDGET_TEXT];

	for (;;) {
		size_t len = strcspn(text, ",");
		struct budget *end = &w.end[w.count], *before = w.count ? end - 1 : NULL;

		if (w.count == WAVES_MAX || len >= sizeof(part))
			return expected;
		snprintf(part, sizeof(part), "%.*s", (int)len, text);
		if (budget_expected(part, end))
			return expected;
		if (before && (end->percent ? end->percent <= before->percent :
					      before->percent || end->number <= before->number))
			return expected;
		w.count++;
		if (!text[len])
			break;
		text += len + 1;
	}
	*out = w;
	return NULL;
}

const char *waves_text(const struct waves *w, char text[WAVES_TEXT])
{
	char part[BUDGET_TEXT];
	size_t len = 0;

	text[0] = '\0';
	for (int i = 0; i < w->count; i++)
		len += (size_t)snprintf(text + len, WAVES_TEXT - len, "%s%s", i ? "," : "",
					budget_text(w->end[i], part));
	return text;
}

#define CONFIRMED "confirmed"

const char *promote_expected(const char *text, struct budget *out, bool *out_confirmed)
{
	size_t len = strcspn(text, ":");
	bool confirmed = text[len] == ':';
	char part[BUDGET_TEXT];

	if (strcmp(text, CONFIRMED) == 0) {
		*out = (struct budget){ .percent = 100 };
		*out_confirmed = true;
		return NULL;
	}
	snprintf(part, sizeof(part), "%.*s", (int)(len < sizeof(part) ? len : 0), text);
	if ((confirmed && strcmp(text + len + 1, CONFIRMED) != 0) || budget_expected(part, out))
		return "a number from 1 to 100000, or a share like 90%, of all or, 90%:" CONFIRMED
		       ", of those that a backup confirmed";
	*out_confirmed = confirmed;
	return NULL;
}

const char *promote_text(struct budget promote, bool confirmed, char text[PROMOTE_TEXT])
{
	char number[BUDGET_TEXT];

	snprintf(text, PROMOTE_TEXT, "%s%s", budget_text(promote, number),
		 confirmed ? ":" CONFIRMED : "");
	return text;
}

static bool is_new_release(const struct wave_host *host, int at)
{
	for (int i = 0; i < at; i++)
		if (host[i].wave == 1 && host[i].release == host[at].release)
			return false;
	return true;
}

/* How many canaries there are; their wave is 1. */
static int choose_canaries(struct wave_host *host, int count)
{
	int canaries = 0;
	bool asked = false;

	for (int i = 0; i < count; i++)
		asked |= host[i].canary;
	for (int i = 0; i < count; i++) {
		bool chosen =
			asked ? host[i].canary :
				host[i].ordinary && host[i].release != 0 && is_new_release(host, i);

		host[i].wave = host[i].changes && chosen;
		canaries += host[i].wave;
	}
	return canaries;
}

int waves_deal(const struct waves *w, struct wave_host *host, int count)
{
	int hosts = 0, dealt = choose_canaries(host, count), wave = dealt > 0, at = 0;

	for (int i = 0; i < count; i++)
		hosts += host[i].changes;
	for (int k = 0; k <= w->count && dealt < hosts; k++) {
		int end = k < w->count ? budget_of(w->end[k], hosts) : hosts;

		if (end <= dealt)
			continue;
		wave++;
		for (; at < count && dealt < end; at++) {
			if (!host[at].changes || host[at].wave)
				continue;
			host[at].wave = wave;
			dealt++;
		}
	}
	return wave;
}
