/* cmd_db_rename.c - `marshal db rename`: what is known of a host that is gone goes over to the name
 * under which the same server is in the inventory now. */
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "reports/commands.h"
#include "scanner/policy/policy_store.h"
#include "store/store.h"

/* What covered findings of the host under its old name covers none under the new one, until
 * somebody changes the file: it is not for us to write. */
static void tell_exception(const struct exception *e, const char *file, const char *old,
			   const char *now)
{
	char day[POLICY_DAY];

	log_line(
		LOG_WARN,
		"%s: an exception (check %s, owner %s, to %s) still names %s and covers nothing on "
		"%s: in the line `host: %s` write `host: %s`, then marshal recheck --policy FILE",
		file, e->check, e->owner, exception_day(e, day), old, now, old, now);
}

static int tell_exceptions(struct store *s, const char *old, const char *now, struct err *err)
{
	struct err own = { .code = ERR_NONE };
	AUTO_FREE char *file = store_setting(s, SETTING_POLICY_FILE, &own);
	struct policies *p = policies_load(s, err);

	if (!p)
		return -1;
	for (int i = 0; i < policies_exception_count(p); i++) {
		const struct exception *e = policies_exception(p, i);

		if (e->host && exception_names(e, old, NULL, 0) &&
		    !exception_names(e, now, NULL, 0))
			tell_exception(e, file ? file : "the policy file", old, now);
	}
	policies_free(p);
	return 0;
}

static int rename_host(struct store *s, const char *old, const char *now, struct err *err)
{
	struct tx *tx = tx_new();

	tx_rename(tx, old, now, clock_utc_ms());
	if (store_write(s, tx, true, err) != 0)
		return -1;
	printf("%s: what was known of %s is known of it now; look at it anew with: "
	       "marshal scan %s\n",
	       now, old, text_pasteable(now, "HOST"));
	return tell_exceptions(s, old, now, err);
}

static int run_db_rename(const struct app *app, const void *opts, char **args, int nargs)
{
	struct err err;
	AUTO_FREE char *path = store_path(app->db, &err);
	struct store *s = NULL;
	int r;

	(void)opts;
	(void)nargs;
	if (path)
		s = store_open(&(struct store_options){ .path = path,
							.group = app->db_group,
							.must_exist = true,
							.command = "db rename" },
			       &err);
	if (!s)
		return cmd_fail(&err);
	r = rename_host(s, args[0], args[1], &err);
	store_close(s);
	return r == 0 ? EXIT_OK : cmd_fail_in(&cmd_db_rename, &err);
}

const struct cmd cmd_db_rename = {
	.name = "db rename",
	.args = "OLD NEW",
	.help = "carry what is known of a host over to its new name",
	.more = "For a server that the inventory has under another name now: OLD is in no\n"
		"inventory any more, NEW is. Facts, history, runs and the trail of OLD stand\n"
		"under NEW then, and the looks that NEW had meanwhile under OLD, which stays\n"
		"gone. It is refused where NEW is another machine. Exceptions of the policy\n"
		"that name OLD stay as its file has them, and cover nothing under NEW: each is\n"
		"told with the line to change. A scan says which hosts have a new name.",
	.uses = CMD_WRITES_DB,
	.min_args = 2,
	.max_args = 2,
	.run = run_db_rename,
};
