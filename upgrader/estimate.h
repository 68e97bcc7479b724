/* estimate.h - how long a run may last at most, told before it begins. */
#ifndef UPGRADER_ESTIMATE_H
#define UPGRADER_ESTIMATE_H

#include "upgrader/upgrader.h"

/* Of one host, where none was upgraded from this database yet; and of a slow one. */
#define ESTIMATE_HOST_MINUTES 15
#define ESTIMATE_LONG_MINUTES 30

/* Of one host, by earlier upgrades; then for so many in each wave, under those terms. Release. */
int estimate_learn(struct store *s, const struct upgrade_terms *terms, struct estimate *out,
		   struct err *err);
void estimate_hosts(struct estimate *e, const struct upgrade_terms *terms, const int *hosts,
		    int waves);
void estimate_release(struct estimate *e);              /* a zeroed one is fine */
/* Of this one host: by its own earlier upgrades where there are two, else by those of its site
 * where there are enough, else by all, else it is assumed. `site` "" or NULL: none. */
struct expected estimate_of(const struct estimate *e, const char *host, const char *site);
const char *expected_word(enum expected_from from);

/* What a restart and a backup that were asked for took of its time: no part of the upgrade. */
int64_t estimate_aside_ms(const struct store_job_row *job);

/* "2 batches, 1 host first, then 10 at a time: about 30 min, ..."; yours. */
char *estimate_text(const struct estimate *e, const struct upgrade_terms *terms);

/* Yours. */
json_t *estimate_json(const struct estimate *e);

#endif
