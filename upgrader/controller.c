/* controller.c - the name that a database has on servers, made when it is first asked for. */
#include "upgrader/controller.h"

#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "store/process.h"
#include "upgrader/job/job.h"

enum { HEX_BYTES = 4, MACHINE_MAX = CONTROLLER_MAX - 2 * HEX_BYTES - 1 };

static const char fine[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

/* What a server would refuse in a machine's name becomes a dash. */
static void make_fine(char *name)
{
	for (char *p = name; *p; p++)
		if (!strchr(fine, *p))
			*p = '-';
}

static bool is_name(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && len <= CONTROLLER_MAX && strspn(text, fine) == len;
}

/* Two that begin at once may both make one: what is kept then is the name of both. One that is no
 * name is replaced. */
static int make_name(struct store *s, bool replace, struct err *err)
{
	char machine[256], hex[2 * HEX_BYTES + 1];
	AUTO_FREE char *name = NULL;
	struct tx *tx;

	if (random_hex(hex, HEX_BYTES, err) < 0)
		return -1;
	machine_name(machine);
	make_fine(machine);
	name = xasprintf("%.*s-%s", MACHINE_MAX, machine, hex);
	tx = tx_new();
	if (replace)
		tx_setting(tx, SETTING_CONTROLLER, name);
	else
		tx_setting_once(tx, SETTING_CONTROLLER, name);
	return store_write(s, tx, true, err);
}

char *controller_name(struct store *s, struct err *err)
{
	char *kept = store_setting(s, SETTING_CONTROLLER, err);
	bool replace = kept;

	if (kept && is_name(kept))
		return kept;
	if (!kept && err->code != ERR_NONE)
		return NULL;
	free(kept);
	return make_name(s, replace, err) == 0 ? store_setting(s, SETTING_CONTROLLER, err) : NULL;
}
