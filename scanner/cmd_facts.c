/* cmd_facts.c - `marshal facts import`: takes a probe's answer that was collected by hand on a
 * server that cannot be reached (`marshal probe print --standalone`). */
#include <errno.h>
#include <iconv.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "scanner/cmd_policy.h"
#include "scanner/commands.h"
#include "scanner/recheck.h"
#include "scanner/look.h"
#include "scanner/remember.h"
#include "store/store.h"

enum { MAX_FILE = 4 << 20 };

struct facts_import_opts { const char *host, *policy; };

static const struct opt option_table[] = {
	{ "host", 0, OPT_TEXT, "NAME", "the host it came from, where the computer's name differs",
	  offsetof(struct facts_import_opts, host), 0, 0 },
	POLICY_OPTION(offsetof(struct facts_import_opts, policy)),
	{ .name = NULL },
};

/* Windows PowerShell's `>` writes UTF-16 with a byte order mark. */
static char *from_utf16(const char *data, size_t len, size_t *out_len, struct err *err)
{
	size_t room = len * 2 + 1, left_in = len, left_out = room - 1;
	char *text = xmalloc(room), *in = (char *)data, *out = text;
	iconv_t conversion = iconv_open("UTF-8", "UTF-16");
	int failed = conversion == (iconv_t)-1 ||
		     iconv(conversion, &in, &left_in, &out, &left_out) == (size_t)-1;

	if (conversion != (iconv_t)-1)
		iconv_close(conversion);
	if (failed) {
		free(text);
		err_set(err, ERR_USAGE, "byte %zu: no UTF-16", len - left_in);
		return NULL;
	}
	*out = '\0';
	*out_len = (size_t)(out - text);
	return text;
}

static char *read_answer(const char *path, size_t *out_len, struct err *err)
{
	AUTO_FREE char *data = file_read(path, MAX_FILE, out_len, err);
	char *result;
	size_t begin;

	if (!data)
		return NULL;
	if (*out_len >= 2 &&
	    (memcmp(data, "\xff\xfe", 2) == 0 || memcmp(data, "\xfe\xff", 2) == 0)) {
		char *text = from_utf16(data, *out_len, out_len, err);

		if (!text)
			err_in(err, "%s", path);
		return text;
	}
	/* all of it: a NUL in a file that is no answer ends nothing */
	begin = *out_len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	*out_len -= begin;
	memmove(data, data + begin, *out_len + 1);
	result = data;
	data = NULL;
	return result;
}

/* Line by line, CR LF or LF; blank lines and markers are passed over. */
static void read_facts(struct facts *facts, const char *text, size_t len, int64_t utc_ms)
{
	const char *end = text + len;

	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t line = (size_t)((stop ? stop : end) - text);

		if (line > 0 && text[line - 1] == '\r')
			line--;
		if (line > 0 && text[0] != '<')
			facts_line(facts, text, line, utc_ms);
		text = stop ? stop + 1 : end;
	}
}

/* The time of an answer is its own clock's; a clock ahead of ours must not make later looks old. */
static int read_time(struct facts *facts, int64_t *out_utc_ms, struct err *err)
{
	int64_t utc_ms;

	if (!json_get_int(facts_value(facts, FACT_CLOCK), "utc_ms", &utc_ms) || utc_ms <= 0)
		return err_set(err, ERR_USAGE,
			       "no fact 'clock' with a time in it: when was this "
			       "collected?");
	if (utc_ms > clock_utc_ms())
		utc_ms = clock_utc_ms();
	for (int i = 0; i < facts->count; i++)
		facts->fact[i].utc_ms = utc_ms;
	*out_utc_ms = utc_ms;
	return 0;
}

static bool is_named(const char *host, const char *computer)
{
	size_t label = strcspn(host, ".");

	return text_casecmp(host, computer) == 0 ||
	       (strlen(computer) == label && strncasecmp(host, computer, label) == 0);
}

static const struct host_row *find_host(const struct host_rows *rows, const char *name,
					struct err *err)
{
	const struct host_row *found = NULL;

	for (int i = 0; i < rows->count; i++) {
		if (!is_named(rows->row[i].name, name))
			continue;
		if (found) {
			err_set(err, ERR_USAGE,
				"'%s' may be host '%s' or host '%s': name it with "
				"--host",
				name, found->name, rows->row[i].name);
			return NULL;
		}
		found = &rows->row[i];
	}
	if (!found) {
		err_set(err, ERR_NOT_FOUND, "no host '%s' in the inventory as last loaded", name);
		err_hint(err, "name the host it came from with --host, and the inventory with -i");
	}
	return found;
}

static int store_answer(struct store *store, const struct policies *policies,
			const struct host_row *row, struct look *look, struct err *err)
{
	AUTO_JSON json_t *past = past_of_all(store, err);
	struct policy policy;
	struct tx *tx;

	if (!past)
		return -1;
	policies_for_row(policies, row, &policy);
	facts_under(&look->facts, row->facts, row->facts_utc);
	look_judge(look,
		   &(struct context){ .policy = &policy,
				      .name = row->name,
				      .address = row->address,
				      .computer_name = row->computer_name,
				      .cloud = row->cloud,
				      .time_zone = row->time_zone,
				      .offline = row->offline,
				      .past = json_object_get(past, row->name) },
		   row->mars);
	tx = tx_new();
	look_store(look, tx, row->name, 0, "import");
	return store_write(store, tx, true, err);
}

static int import(struct store *store, const struct policies *policies, struct look *look,
		  const char *name, struct err *err)
{
	struct host_rows rows;
	const struct host_row *row;
	int rc = -1;

	if (store_hosts(store, NULL, ROWS_FACTS, &rows, err) != 0)
		return -1;
	row = find_host(&rows, name, err);
	if (row && store_answer(store, policies, row, look, err) == 0) {
		printf("%s: %d facts taken, status %s\n", row->name, look->facts.count,
		       status_name(look->judgement.status));
		rc = 0;
	}
	host_rows_release(&rows);
	return rc;
}

static int import_file(struct store *store, const struct policies *policies, const char *path,
		       const char *name, struct err *err)
{
	struct look *look;
	size_t len;
	AUTO_FREE char *text = read_answer(path, &len, err);
	int rc;

	if (!text)
		return -1;
	look = xcalloc(1, sizeof(*look));
	facts_init(&look->facts);
	read_facts(&look->facts, text, len, 0);
	if (!name)
		name = json_get_str(facts_value(&look->facts, FACT_HOST), "name");
	if (look->facts.count == 0)
		rc = err_set(err, ERR_USAGE,
			     "no line is a fact: expected the answer of `marshal probe "
			     "print --standalone`%s%s",
			     look->facts.rejected_first ? "; " : "",
			     look->facts.rejected_first ? look->facts.rejected_first : "");
	else if (look->facts.rejected > 0)
		rc = err_set(err, ERR_USAGE, "%d lines are no facts, the first: %s",
			     look->facts.rejected, look->facts.rejected_first);
	else if (!name)
		rc = err_set(err, ERR_USAGE, "no fact 'host' in it: name the host with --host");
	else
		rc = read_time(&look->facts, &look->utc_ms, err);
	if (rc != 0)
		err_hint(err,
			 "bring the script's output as it is, all of it; see `marshal facts import "
			 "--help`");
	else
		rc = import(store, policies, look, name, err);
	look_free(look);
	return rc == 0 ? 0 : err_in(err, "%s", path);
}

/* Without one the inventory is the one last loaded. */
static int load_inventory(const struct app *app, struct store *store, struct err *err)
{
	struct inventory *inv;
	int rc;

	if (app->inventory.count == 0 && !getenv("MARSHAL_INVENTORY"))
		return 0;
	inv = inventory_open(app, err);
	rc = inv ? inventory_remember(inv, store, err) : -1;
	inventory_free(inv);
	return rc;
}

static bool is_host(struct store *store, const char *word)
{
	struct host_rows rows;
	bool known;
	struct err err;

	if (store_hosts(store, word, 0, &rows, &err) != 0)
		return false;
	known = rows.count > 0;
	host_rows_release(&rows);
	return known;
}

/* `facts import HOST FILE`, whether that host is known or not: told before anything is taken, for
 * the file would be another host's. */
static int refuse_hosts(struct store *store, char **args, int nargs, struct err *err)
{
	for (int i = 0; i < nargs; i++) {
		int why = access(args[i], F_OK) == 0 ? 0 : errno;

		if (why == 0 || strcmp(args[i], "-") == 0 ||
		    !((i == 0 && nargs > 1) || is_host(store, args[i])))
			continue;
		err_set(err, ERR_USAGE, "cannot open '%s': %s", args[i], strerror(why));
		return err_hint(err, "all words are files; --host HOST says whose the answer is");
	}
	return 0;
}

static int run_facts_import(const struct app *app, const void *opts, char **args, int nargs)
{
	const struct facts_import_opts *o = opts;
	struct err err;
	AUTO_FREE char *path = store_path(app->db, &err);
	AUTO_FREE char *replaced = NULL;
	struct policies *policies = NULL;
	struct store *store;
	int rc;

	if (!path || policies_given(o->policy, &policies, &err) < 0)
		return cmd_fail(&err);
	store = store_open(&(struct store_options){ .path = path,
						    .group = app->db_group,
						    .command = "facts import" },
			   &err);
	rc = store ? load_inventory(app, store, &err) : -1;
	if (rc == 0) {
		policies = policies_adopt(store, policies, &replaced, &err);
		rc = policies ? 0 : -1;
	}
	if (replaced)
		log_line(LOG_INFO, "%s", replaced);
	if (rc == 0 && !o->host)
		rc = refuse_hosts(store, args, nargs, &err);
	for (int i = 0; i < nargs && rc == 0; i++)
		rc = import_file(store, policies, args[i], o->host, &err);
	policies_free(policies);
	store_close(store);
	return rc == 0 ? EXIT_OK : cmd_fail(&err);
}

const struct cmd cmd_facts_import = {
	.name = "facts import",
	.args = "FILE...",
	.help = "take a probe's answer that was collected by hand",
	.more = "Make the script with `marshal probe print --standalone`, run it on the\n"
		"server, bring the file here. UTF-8 or UTF-16 with a byte order mark. An answer\n"
		"older than what is known is refused.",
	.options = option_table,
	.options_size = sizeof(struct facts_import_opts),
	.uses = CMD_INVENTORY | CMD_WRITES_DB,
	.min_args = 1,
	.max_args = -1,
	.run = run_facts_import,
};
