/* options.c - what is typed for a run: read, told as one line, kept with it, and read again. */
#include "upgrader/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "scanner/facts/server_kind.h"

enum { PATH_SHOWN = 400, TEXT_MAX = 4096 };

static int read_limit(const char *text, struct upgrade_terms *terms, struct way_options *way,
		      struct err *err)
{
	if (way_has_limit(WAY_PROBE, text))
		return way_set_limit(way, WAY_PROBE, text, err);
	if (upgrade_terms_limit(terms, text, err) == 0)
		return 0;
	if (err->code == ERR_NOT_FOUND)
		err_set(err, ERR_USAGE,
			"--limit '%s': expected " STEP_LIMIT_WORDS ", " LINE_LIMIT_WORDS
			" or " LIMIT_PROBE ", then =TIME",
			text);
	return -1;
}

static int read_budget(const char *option, const char *text, struct budget *out, struct err *err)
{
	const char *expected = text ? budget_expected(text, out) : NULL;

	if (!expected)
		return 0;
	return err_set(err, ERR_USAGE, "--%s '%s': expected %s", option, text, expected);
}

static int read_promote(const char *text, struct upgrade_terms *p, struct err *err)
{
	const char *expected =
		text ? promote_expected(text, &p->promote, &p->promote_confirmed) : NULL;

	if (!expected)
		return 0;
	return err_set(err, ERR_USAGE, "--promote '%s': expected %s", text, expected);
}

static int read_budgets(const struct upgrade_opts *o, struct upgrade_terms *p, struct err *err)
{
	if (read_budget("max-failures", o->max_failures, &p->max_failures, err) < 0)
		return -1;
	if (read_budget("max-unreachable", o->max_unreachable, &p->max_unreachable, err) < 0)
		return -1;
	if (read_budget("max-slow", o->max_slow, &p->max_slow, err) < 0)
		return -1;
	return read_promote(o->promote, p, err);
}

/* How carefully the run goes on, of which each part may be said anew. */
static int read_pace(const struct upgrade_opts *o, struct upgrade_terms *p, struct err *err)
{
	p->first = o->first ? o->first : p->first;
	p->parallel = o->parallel ? o->parallel : p->parallel;
	p->per_site = o->per_site ? o->per_site : p->per_site;
	p->max_consecutive = o->max_consecutive ? o->max_consecutive : p->max_consecutive;
	p->soak = o->soak ? o->soak : p->soak;
	return read_budgets(o, p, err);
}

static int read_waves(const char *text, struct waves *out, struct err *err)
{
	const char *expected = text ? waves_expected(text, out) : NULL;

	if (!expected)
		return 0;
	return err_set(err, ERR_USAGE, "--waves '%s': expected %s", text, expected);
}

static int read_verify(const char *text, struct upgrade_terms *p, struct err *err)
{
	p->verify_backup = text && strcmp(text, "backup") == 0;
	if (!text || p->verify_backup || strcmp(text, "next-backup") == 0)
		return 0;
	return err_set(err, ERR_USAGE, "--verify '%s': expected backup or next-backup", text);
}

static int read_reboot(const char *text, struct upgrade_terms *p, struct err *err)
{
	p->reboot_if_needed = text && strcmp(text, "if-needed") == 0;
	if (!text || p->reboot_if_needed || strcmp(text, "never") == 0)
		return 0;
	return err_set(err, ERR_USAGE, "--reboot '%s': expected if-needed or never", text);
}

int upgrade_options_read(const struct upgrade_opts *o, struct upgrade_terms *p,
			 struct way_options *way, struct err *err)
{
	upgrade_terms_default(p);
	way_defaults(way);
	if (read_pace(o, p, err) < 0 || read_waves(o->waves, &p->waves, err) < 0 ||
	    read_verify(o->verify, p, err) < 0 || read_reboot(o->reboot, p, err) < 0)
		return -1;
	p->accept_unknown_backup = o->accept_unknown_backup;
	p->accept_stopped = o->accept_stopped;
	p->close_console = o->close_console;
	p->allow_unsigned = o->allow_unsigned;
	p->push_large = o->push_large;
	p->push = o->push;
	p->rehearse = o->rehearse;
	p->ignore_windows = o->ignore_windows;
	p->gate = o->gate;
	p->canaries = o->canary.count > 0;
	p->deadline_ms = o->deadline_ms;
	if (o->download && url_expected(o->download))
		return err_set(err, ERR_USAGE, "--download: expected %s",
			       url_expected(o->download));
	snprintf(p->download, sizeof(p->download), "%s", o->download ? o->download : "");
	for (int i = 0; i < o->include.count; i++) {
		if (server_kind_of(o->include.item[i]) != SERVER_DPM)
			return err_set(err, ERR_USAGE, "--include '%s': expected dpm",
				       o->include.item[i]);
		p->include_dpm = true;
	}
	for (int i = 0; i < o->limit.count; i++)
		if (read_limit(o->limit.item[i], p, way, err) < 0)
			return -1;
	way->transport.known_hosts = o->known_hosts;
	way->transport.group_exchange = o->group_exchange;
	way->transport.no_prompt = !isatty(STDIN_FILENO);
	return way_set_host_key(way, o->host_key, err);
}

static void add_waves(struct buf *text, const struct upgrade_opts *o, const struct upgrade_terms *p)
{
	char promote[PROMOTE_TEXT], waves[WAVES_TEXT], soak[CLOCK_TEXT];

	for (int i = 0; i < o->canary.count; i++) {
		AUTO_FREE char *shown =
			text_printable(o->canary.item[i], strlen(o->canary.item[i]), PATH_SHOWN);

		buf_addf(text, " --canary %s", shown);
	}
	if (p->waves.count > 0)
		buf_addf(text, " --waves %s", waves_text(&p->waves, waves));
	if (budget_of(p->promote, 1) > 0)
		buf_addf(text, " --promote %s",
			 promote_text(p->promote, p->promote_confirmed, promote));
	if (p->soak > 0)
		buf_addf(text, " --soak %s", clock_format_typed(p->soak, soak));
	if (p->per_site > 0)
		buf_addf(text, " --per-site %d", p->per_site);
}

char *upgrade_options_text(const struct upgrade_opts *o, const struct upgrade_terms *p)
{
	const struct {
		const char *name;
		bool given;
	} flags[] = {
		{ "include dpm", p->include_dpm },
		{ "accept-unknown-backup", p->accept_unknown_backup },
		{ "accept-stopped", p->accept_stopped },
		{ "close-console", p->close_console },
		{ "allow-unsigned", p->allow_unsigned },
		{ "push-large", p->push_large },
		{ "push", p->push },
		{ "rehearse", p->rehearse },
		{ "reboot if-needed", p->reboot_if_needed },
		{ "verify backup", p->verify_backup },
		{ "ignore-windows", p->ignore_windows },
		{ "gate", p->gate },
		{ "group-exchange", o->group_exchange },
	};
	char number[BUDGET_TEXT], deadline[CLOCK_TEXT];
	struct buf text;
	char *with;

	buf_init(&text, TEXT_MAX);
	buf_addf(&text, "--first %d --parallel %d --max-failures %s", p->first, p->parallel,
		 budget_text(p->max_failures, number));
	if (budget_of(p->max_unreachable, 1) > 0)
		buf_addf(&text, " --max-unreachable %s", budget_text(p->max_unreachable, number));
	if (budget_of(p->max_slow, 1) > 0)
		buf_addf(&text, " --max-slow %s", budget_text(p->max_slow, number));
	if (p->max_consecutive > 0)
		buf_addf(&text, " --max-consecutive %d", p->max_consecutive);
	add_waves(&text, o, p);
	if (p->deadline_ms > 0)
		buf_addf(&text, " --deadline %s", clock_format_typed(p->deadline_ms, deadline));
	for (int i = 0; i < o->limit.count; i++)
		buf_addf(&text, " --limit %s", o->limit.item[i]);
	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (flags[i].given)
			buf_addf(&text, " --%s", flags[i].name);
	if (*p->download)
		buf_addf(&text, " --download %s", p->download);
	if (o->host_key)
		buf_addf(&text, " --host-key %s", o->host_key);
	if (o->known_hosts) {
		AUTO_FREE char *shown =
			text_printable(o->known_hosts, strlen(o->known_hosts), PATH_SHOWN);

		buf_addf(&text, " --known-hosts %s", shown);
	}
	with = xstrdup(buf_text(&text));
	buf_release(&text);
	return with;
}

/* Space, option and value; nothing where it was not typed. */
static void add_given(struct buf *text, const char *option, const char *value)
{
	AUTO_FREE char *shown = value ? text_printable(value, strlen(value), PATH_SHOWN) : NULL;

	if (value)
		buf_addf(text, "%s--%s%s%s", text->len ? " " : "", option, *value ? " " : "",
			 shown);
}

static void add_given_number(struct buf *text, const char *option, int number)
{
	char value[24];

	snprintf(value, sizeof(value), "%d", number);
	add_given(text, option, number ? value : NULL);
}

static void add_given_time(struct buf *text, const char *option, int64_t ms)
{
	char value[CLOCK_TEXT];

	add_given(text, option, ms ? clock_format_typed(ms, value) : NULL);
}

char *upgrade_options_given(const struct upgrade_opts *o)
{
	struct buf text;
	char *given;

	buf_init(&text, TEXT_MAX);
	add_given_number(&text, "first", o->first);
	add_given_number(&text, "parallel", o->parallel);
	add_given_number(&text, "per-site", o->per_site);
	add_given(&text, "promote", o->promote);
	add_given_time(&text, "soak", o->soak);
	add_given(&text, "max-failures", o->max_failures);
	add_given(&text, "max-unreachable", o->max_unreachable);
	add_given(&text, "max-slow", o->max_slow);
	add_given_number(&text, "max-consecutive", o->max_consecutive);
	add_given(&text, "ignore-windows", o->ignore_windows ? "" : NULL);
	for (int i = 0; i < o->limit.count; i++)
		add_given(&text, "limit", o->limit.item[i]);
	add_given_time(&text, "deadline", o->deadline_ms);
	add_given(&text, "reset", o->reset ? "" : NULL);
	add_given(&text, "host-key", o->host_key);
	add_given(&text, "known-hosts", o->known_hosts);
	add_given(&text, "group-exchange", o->group_exchange ? "" : NULL);
	given = xstrdup(buf_text(&text));
	buf_release(&text);
	return given;
}

static int add_path(json_t *list, const char *path, struct err *err)
{
	AUTO_FREE char *full = file_absolute(path, err);

	return full ? json_array_append_new(list, json_string(full)) : -1;
}

json_t *upgrade_options_keep(const struct app *app, const struct upgrade_opts *o,
			     const struct upgrade_terms *terms, size_t installer_size,
			     struct err *err)
{
	AUTO_FREE char *with = upgrade_options_text(o, terms);
	json_t *limits = json_array(), *inventory = json_array(), *out;
	const char *env = getenv("MARSHAL_INVENTORY");
	AUTO_FREE char *known = NULL;
	int r = 0;

	for (int i = 0; i < o->limit.count; i++)
		json_array_append_new(limits, json_string(o->limit.item[i]));
	out = json_pack("{s:i, s:s, s:I, s:o, s:o, s:o}", "v", 1, "with", with, "size",
			(json_int_t)installer_size, "inventory", inventory, "limits", limits,
			"policy", upgrade_terms_json(terms));
	for (int i = 0; i < app->inventory.count && r == 0; i++)
		r = add_path(inventory, app->inventory.item[i], err);
	if (app->inventory.count == 0 && env)
		r = add_path(inventory, env, err);
	if (o->host_key)
		json_object_set_new(out, "host_key", json_string(o->host_key));
	if (o->known_hosts && r == 0) {
		known = file_absolute(o->known_hosts, err);
		r = known ? json_object_set_new(out, "known_hosts", json_string(known)) : -1;
	}
	if (o->group_exchange)
		json_object_set_new(out, "group_exchange", json_true());
	if (r == 0)
		return out;
	json_decref(out);
	return NULL;
}

int upgrade_options_again(const struct upgrade_opts *o, const json_t *kept,
			  struct upgrade_terms *terms, struct way_options *way, struct err *err)
{
	const json_t *limits = json_get_arr(kept, "limits"), *item;
	struct upgrade_terms stored;
	size_t i;

	if (upgrade_options_read(o, terms, way, err) < 0)
		return -1;
	if (!o->host_key && way_set_host_key(way, json_get_str(kept, "host_key"), err) < 0)
		return -1;
	if (!o->known_hosts)
		way->transport.known_hosts = json_get_str(kept, "known_hosts");
	if (json_is_true(json_object_get(kept, "group_exchange")))
		way->transport.group_exchange = true;
	upgrade_terms_read(&stored, json_get_obj(kept, "policy"));
	if (read_pace(o, &stored, err) < 0)
		return -1;
	stored.ignore_windows |= o->ignore_windows;
	stored.deadline_ms = o->deadline_ms;
	*terms = stored;
	json_array_foreach(limits, i, item)
	{
		const char *text = json_is_string(item) ? json_string_value(item) : "";

		/* older versions kept the limit of a whole look, and did nothing with it */
		if (*text && strncmp(text, "host=", 5) != 0 &&
		    read_limit(text, terms, way, err) < 0)
			return -1;
	}
	for (int k = 0; k < o->limit.count; k++)
		if (read_limit(o->limit.item[k], terms, way, err) < 0)
			return -1;
	return 0;
}

struct inventory *upgrade_inventory(const struct app *app, const json_t *options, struct err *err)
{
	const json_t *list = json_get_arr(options, "inventory"), *item;
	int count = (int)json_array_size(list);
	AUTO_FREE const char **path = xcalloc((size_t)count + 1, sizeof(*path));
	size_t i;

	json_array_foreach(list, i, item) path[i] =
		json_is_string(item) ? json_string_value(item) : "";
	return app->inventory.count > 0 || count == 0 ? inventory_open(app, err) :
							inventory_load(path, count, err);
}
