/* waves.h - which hosts of a run come in which wave: canaries first, then shares of all that are to
 * be changed. Pure. A wave is begun when the one before it is through (schedule.h). */
#ifndef UPGRADER_WAVES_H
#define UPGRADER_WAVES_H

#include <stdbool.h>
#include <stdint.h>

#include "upgrader/budget.h"

enum { WAVES_MAX = 20, WAVES_TEXT = 256 };

/* Where each wave ends: at so many hosts, or at a share of all. No row: all are one wave. */
struct waves {
	struct budget end[WAVES_MAX];
	int count;
};

/* "5%,25%,100%" or "10,100%": each is more than the one before. What it should have been; NULL: it
 * is that, and *out it. */
const char *waves_expected(const char *text, struct waves *out);
const char *waves_text(const struct waves *w, char text[WAVES_TEXT]);   /* "" for none */

/* What lets the next wave begin: "5", "90%", or with ":confirmed" behind so many of those that it
 * changed, by a backup; "confirmed" alone is all of them. What it should have been; NULL: it is
 * that. */
const char *promote_expected(const char *text, struct budget *out, bool *out_confirmed);
enum { PROMOTE_TEXT = BUDGET_TEXT + 16 };
const char *promote_text(struct budget promote, bool confirmed, char text[PROMOTE_TEXT]);

/* One host of a plan. */
struct wave_host {
	bool changes;                   /* else it is in no wave */
	bool canary;                    /* asked for by name */
	bool ordinary;                  /* nothing is odd about it: may stand for its release */
	int64_t release;                /* of Windows; 0: not known */
	int wave;                       /* out: from 1 on, without a gap; 0: none */
};
/* The first wave are the canaries; where none is asked for, an ordinary one of each release. Hosts
 * stay in their order. Returns how many waves there are. */
int waves_deal(const struct waves *w, struct wave_host *host, int count);

#endif
