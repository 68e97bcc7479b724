/* controller.c - the name that a database has on servers, made when it is first asked for. */
#include "upgrader/controller.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "upgrader/job.h"

enum { HEX_BYTES = 4 };

static const char fine[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

/* Of the machine; what a server would refuse in it becomes a dash. */
static void machine_name(char *out, size_t size)
{
	if (gethostname(out, size) != 0)
		out[0] = '\0';
	out[size - 1] = '\0';
	for (char *p = out; *p; p++)
		if (!strchr(fine, *p))
			*p = '-';
}

static bool is_name(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && len <= CONTROLLER_MAX && strspn(text, fine) == len;
}

static int make_name(struct store *s, char **out, struct err *err)
{
	char machine[CONTROLLER_MAX - 2 * HEX_BYTES], hex[2 * HEX_BYTES + 1];
	struct tx *tx;

	if (random_hex(hex, HEX_BYTES, err) < 0)
		return -1;
	machine_name(machine, sizeof(machine));
	*out = xasprintf("%s-%s", *machine ? machine : "machine", hex);
	tx = tx_new();
	tx_setting(tx, "controller", *out);
	return store_run(s, tx, true, err);
}

char *controller_name(struct store *s, struct err *err)
{
	char *kept = store_setting(s, "controller", err), *made = NULL;

	if (kept && is_name(kept))
		return kept;
	if (!kept && err->code != ERR_NONE)
		return NULL;
	free(kept);
	if (make_name(s, &made, err) == 0)
		return made;
	free(made);
	return NULL;
}
