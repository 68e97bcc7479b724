/* duties.h - what an upgrade leaves to people, and whether that was seen done since. Kept nowhere:
 * it follows from the journal's row of the upgrade and from what is known of the host by now.
 *   word      as it is written, and rings (report run --fail-on); what follows it in a sentence
 *             that lists these words
 *   short     in one line with others
 *   meaning, remedy   of `marshal explain`; the remedy is what is to be done */
#ifndef SCANNER_DUTIES_H
#define SCANNER_DUTIES_H

#include <stdbool.h>

#include "scanner/policy/documented.h"

#define WORD_ANY_DUTY "any-duty"
/* clang-format off */
/*  row(ID, word, then, short, meaning, remedy) */
#define DUTIES(row) \
	row(START, "start-obengine", ", ", "start obengine", \
	    "obengine does not run there: no backup does", \
	    "`net start obengine` on the server; where a run of marshal stopped it, `marshal upgrade restore HOST`") \
	row(REBOOT, "reboot", ", ", "restart the server", \
	    "the installer asked for a restart, and none was seen since", \
	    "restart the server when it suits") \
	row(REGISTER, "register", ", ", "register the server", \
	    "the upgrade came from below " MINIMUM_SAID ", after which a server must be registered again, or the " \
	    "server is not registered with a vault: no backup goes through until it is", \
	    "open the agent's console and register the server with a new vault credential file; again: with the same passphrase") \
	row(BACK_UP, "back-up", " or ", "open the console and click Back up Now", \
	    "no good backup was seen that ended after the upgrade: nobody knows yet that the new agent works; " \
	    "where the version before could not be read, the server may have to be registered again as well", \
	    "open the agent's console, click Back up Now under Actions and check that it runs; then `marshal scan HOST`")
/* clang-format on */

#define DUTY_ID(id, ...) DUTY_##id,
enum duty { DUTIES(DUTY_ID) DUTY_COUNT };
#undef DUTY_ID
#define DUTIES_UNKNOWN (1U << DUTY_COUNT)       /* beside them: no inventory names the host */

struct duty_row { const char *word, *short_text, *remedy; };
extern const struct duty_row duties[DUTY_COUNT];

struct err;
struct facts;
struct host_row;
struct store;
struct store_job_row;

/* Whether it is seen to be registered with no vault; servers of DPM and MABS are so by these. */
bool is_unregistered(const struct facts *facts);
/* One bit a duty (1 << DUTY_REBOOT) that this upgrade of a host left; the host with its facts. */
unsigned duties_left(const struct store_job_row *job, const struct host_row *row);
/* The same of each of these jobs, a host once among them, by what the store knows of its host:
 * DUTIES_UNKNOWN alone where no inventory names it any more. The caller's; NULL and err on
 * failure. */
unsigned *duties_find(struct store *s, const struct store_job_row *const *job, int count,
		      struct err *err);
/* The version before it, WORD_UNREADABLE of an agent that had none, "" where none is known to have
 * been there. */
const char *version_before(const struct store_job_row *job);
/* The words of a set, a semicolon between: "register;back-up". The caller's. */
char *duties_words(unsigned left);

#endif
