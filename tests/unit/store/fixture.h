/* fixture.h - a store in a temporary folder, and the few writes most tests begin with. */
#ifndef UNIT_STORE_FIXTURE_H
#define UNIT_STORE_FIXTURE_H

#include "store/store_inside.h"
#include "store/store.h"

/* The path of a database that does not exist yet, in a folder of its own. Borrowed until the
 * next call. */
const char *temp_path(void);
struct store *open_at(const char *path);        /* as the command "test"; fails the test */
struct store *open_read_only(const char *path);
struct store *temp_store(void);                 /* with hosts h1, h2 and h3 */

/* Runs the transaction and fails the test when it fails, or when it does not with that code. */
void must_run(struct store *s, struct tx *tx);
void must_fail(struct store *s, struct tx *tx, enum err_code code, const char *text);

void put_hosts(struct store *s, const char *const *name, int count);
/* A run that is done, in which each of these hosts took so long to its outcome. */
struct put_upgrade { const char *host; int minutes; const char *outcome; };
void put_upgrades(struct store *s, int64_t run, const struct put_upgrade *each, int count);
/* Row of that host with everything; fails the test when there is none. */
void get_host(struct store *s, const char *name, struct host_rows *out);

/* The number a statement of the test's own gives, on a connection of its own. */
int64_t query_number(const char *path, const char *sql);
int64_t query_count(const char *path, const char *from);        /* rows: "look where ..." */

#endif
