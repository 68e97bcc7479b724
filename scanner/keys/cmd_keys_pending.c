/* cmd_keys_pending.c - `marshal keys pending`: collected keys beside what is known. */
#include "scanner/commands.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "scanner/keys/print.h"
#include "scanner/keys/select.h"
#include "scanner/way.h"

struct pending_opts {
	const char *known_hosts, *from, *format;
};

static const struct pending_opts defaults = { .format = "table" };

/* clang-format off */
static const struct opt option_table[] = {
	KNOWN_HOSTS_OPTION(struct pending_opts),
	{ "from", 0, OPT_TEXT, "CSV",
	  "compare with a list, columns host and fingerprint; - for standard input",
	  offsetof(struct pending_opts, from), 0, 0 },
	{ "format", 0, OPT_TEXT, "FORMAT", "table (default), csv or json",
	  offsetof(struct pending_opts, format), 0, 0 },
	{ .name = NULL },
};
/* clang-format on */

static const struct {
	const char *name;
	void (*print)(const struct key_rows *rows);
} formats[] = {
	{ "table", key_rows_print_table },
	{ "csv", key_rows_print_csv },
	{ "json", key_rows_print_json },
};

static int run_pending(const struct app *app, const void *opts, char **args, int nargs)
{
	const struct pending_opts *o = opts;
	const struct key_sources sources = { o->known_hosts, o->from };
	void (*print)(const struct key_rows *rows) = NULL;
	struct key_selection all;
	struct err err;
	int status = EXIT_OK;

	for (size_t i = 0; i < ARRAY_LEN(formats); i++)
		if (strcmp(formats[i].name, o->format) == 0)
			print = formats[i].print;
	if (!print) {
		err_set(&err, ERR_USAGE, "--format '%s': expected table, csv or json", o->format);
		return cmd_fail(&err);
	}
	if (key_selection_open(app, args, nargs, &sources, &all, &err) != 0)
		status = cmd_fail(&err);
	else
		print(&all.rows);
	if (status == EXIT_OK && all.rows.count == 0)
		log_line(LOG_INFO, "no key is pending: marshal keys scan collects them");
	key_selection_close(&all);
	return status;
}

const struct cmd cmd_keys_pending = {
	.name = "keys pending",
	.args = "[PATTERN...]",
	.help = "show collected host keys and certificates beside what is known or a list says",
	.more = "Asks no server: these are the keys that marshal keys scan has seen and that\n"
		"known_hosts, or known_certificates, does not have. known: new, changed (recorded\n"
		"and place name the line that says otherwise), revoked, or same where it was\n"
		"approved meanwhile.\n"
		"Exit status: 0 shown, 2 wrong usage, inventory or file.",
	.options = option_table,
	.options_size = sizeof(struct pending_opts),
	.defaults = &defaults,
	.uses = CMD_INVENTORY,
	.max_args = -1,
	.run = run_pending,
};
