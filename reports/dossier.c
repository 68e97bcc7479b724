/* dossier.c - gathers what is known about one host, and gives it as JSON. */
#include "reports/dossier.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "reports/model.h"
#include "scanner/checks/checks.h"
#include "scanner/checks/documents.h"
#include "scanner/duties.h"
#include "scanner/judge.h"
#include "store/outcomes.h"
#include "scanner/policy/policy_store.h"

static int not_found(struct store *s, const char *name, struct err *err)
{
	int best = (int)strlen(name) / 3 + 2;
	const char *near = NULL;
	struct host_rows all;

	if (store_hosts(s, NULL, ROWS_GONE, &all, err) < 0)
		return -1;
	for (int i = 0; i < all.count; i++) {
		int distance = text_distance(name, all.row[i].name);

		if (distance < best) {
			best = distance;
			near = all.row[i].name;
		}
	}
	if (near)
		err_set(err, ERR_NOT_FOUND, "nothing is known of a host '%s'; did you mean '%s'?",
			name, near);
	else
		err_set(err, ERR_NOT_FOUND, "nothing is known of a host '%s'", name);
	host_rows_release(&all);
	return err_hint(err, "`marshal inventory list` names the hosts");
}

/* Whether an agent was there when it had no version any more, which the history does not keep. */
static int tell_version(struct version_row *v, struct store *s, const char *name, struct err *err)
{
	AUTO_FREE char *installed = NULL;

	if (v->version[0])
		return 0;
	if (store_examined(s, name, checks[CHECK_INSTALLED].id, v->utc_ms, &installed, err) < 0)
		return -1;
	if (!installed || verdict_from_name(installed) != V_PASS)
		return 0;
	free(v->version);
	v->version = xstrdup(WORD_UNREADABLE);
	return 0;
}

/* A host that no inventory names any more is in no list. */
static int tell_engine(struct dossier *d, struct store *s, struct err *err)
{
	const char *by = d->rows.row[0].engine_stopped_by;
	const struct stopped_row *found;
	struct stopped_rows stopped;

	if (store_stopped(s, &stopped, err) != 0)
		return -1;
	found = stopped_find(&stopped, d->rows.row[0].name);
	d->stopped_by = found ? xstrdup(found->run) : *by ? xstrdup(by) : NULL;
	d->stopped_seen = *by != '\0';
	stopped_rows_release(&stopped);
	return 0;
}

int dossier_load(struct dossier *d, struct store *s, const char *name, int64_t stale_after_ms,
		 struct err *err)
{
	const struct report_options o = { .now_utc_ms = d->now_utc_ms,
					  .stale_after_ms = stale_after_ms,
					  .policies = d->policies,
					  .older_rules = d->older_rules };

	facts_init(&d->facts);
	if (store_hosts(s, name, ROWS_FACTS | ROWS_FINDINGS | ROWS_GONE, &d->rows, err) < 0)
		return -1;
	if (d->rows.count == 0)
		return not_found(s, name, err);
	findings_complete(&d->rows.row[0]);
	facts_under(&d->facts, d->rows.row[0].facts, d->rows.row[0].facts_utc);
	report_view(&o, &d->rows.row[0], &d->view, &d->policy);
	version_format(d->policy.minimum, d->minimum);
	if (d->policy.has_target)
		version_format(d->policy.target, d->target);
	if (tell_engine(d, s, err) < 0 || store_versions(s, name, &d->versions, err) < 0 ||
	    store_job_last(s, name, &d->upgrade, err) < 0)
		return -1;
	for (int i = 0; i < d->versions.count; i++)
		if (tell_version(&d->versions.row[i], s, d->rows.row[0].name, err) < 0)
			return -1;
	if (d->upgrade.count > 0)
		d->duties = duties_left(&d->upgrade.row[0], &d->rows.row[0]);
	return store_events(s, 0, name, DOSSIER_EVENTS, &d->events, err);
}

void dossier_release(struct dossier *d)
{
	facts_release(&d->facts);
	free(d->stopped_by);
	host_rows_release(&d->rows);
	version_rows_release(&d->versions);
	job_rows_release(&d->upgrade);
	event_rows_release(&d->events);
}

void dossier_remedy(const struct dossier *d, const struct check *check, struct remedy *out)
{
	const struct host_row *row = &d->rows.row[0];
	const char *evidence = NULL;

	for (int i = 0; i < row->finding_count; i++)
		if (strcmp(row->finding[i].check, check->id) == 0)
			evidence = row->finding[i].evidence;
	/* one remedy: what starts it also looks whether anything may be started there */
	if (d->stopped_by && check_is(check->id, CHECK_OBENGINE)) {
		*out = (struct remedy){ .text = "A run of marshal left it stopped: let marshal "
						"look, and start it.",
					.command = "marshal upgrade restore HOST",
					.evidence = evidence ? evidence : "" };
		return;
	}
	check_remedy(check, &(struct context){ .facts = &d->facts, .policy = &d->policy }, evidence,
		     out);
}

const struct exception *dossier_exception(const struct dossier *d, const struct finding_row *f)
{
	const struct exception *e;
	struct row_groups groups;

	if (!verdict_is_trouble(verdict_from_name(f->verdict)))
		return NULL;
	row_groups_init(&groups, &d->rows.row[0]);
	e = policies_covering(d->policies, d->rows.row[0].name, groups.name, groups.count,
			      f->check);
	row_groups_release(&groups);
	return e;
}

/* What is not known or empty is null. */
static void set_text(json_t *obj, const char *key, const char *text)
{
	json_t *value = text && text[0] ? json_string(text) : NULL;

	json_object_set_new(obj, key, value ? value : json_null());
}

static void set_time(json_t *obj, const char *key, int64_t utc_ms)
{
	char text[CLOCK_TEXT];

	set_text(obj, key, clock_format_utc(utc_ms, text));
}

static json_t *exception_json(const struct exception *e, int64_t now_utc_ms)
{
	json_t *obj;
	char day[POLICY_DAY];

	if (!e)
		return json_null();
	obj = json_object();
	set_text(obj, "owner", e->owner);
	set_text(obj, "reason", e->reason);
	set_text(obj, "expires", exception_day(e, day));
	json_object_set_new(obj, "expired", json_boolean(e->expires_utc_ms <= now_utc_ms));
	return obj;
}

static json_t *findings_json(const struct dossier *d)
{
	const struct host_row *row = &d->rows.row[0];
	json_t *list = json_array();

	for (int i = 0; i < row->finding_count; i++) {
		const struct finding_row *f = &row->finding[i];
		const struct check *check = check_find(f->check);
		json_t *obj = json_object();
		struct remedy remedy = { .text = NULL };

		if (check)
			dossier_remedy(d, check, &remedy);
		set_text(obj, "check", f->check);
		set_text(obj, "verdict", f->verdict);
		set_text(obj, "evidence", f->evidence);
		set_time(obj, "since", f->since_utc_ms);
		set_text(obj, "severity", check ? severity_name(finding_severity(f)) : NULL);
		set_text(obj, "title", check ? check->title : NULL);
		set_text(obj, "remedy", remedy.text);
		set_text(obj, "command", remedy.command);
		set_text(obj, "document", check ? check->document : NULL);
		json_object_set_new(obj, "addresses",
				    document_addresses_json(check ? check->document : NULL));
		json_object_set_new(obj, "exception",
				    exception_json(dossier_exception(d, f), d->now_utc_ms));
		json_array_append_new(list, obj);
	}
	return list;
}

static json_t *facts_json(const struct host_row *row)
{
	json_t *facts = json_object();
	const char *name;
	json_t *value;

	json_object_foreach(row->facts, name, value)
	{
		json_t *obj = json_object();

		json_object_set(obj, "value", value);
		set_time(obj, "seen", json_integer_value(json_object_get(row->facts_utc, name)));
		json_object_set(obj, "ms", json_object_get(row->facts_ms, name));
		json_object_set_new(facts, name, obj);
	}
	return facts;
}

static json_t *versions_json(const struct version_rows *versions)
{
	json_t *list = json_array();

	for (int i = 0; i < versions->count; i++) {
		json_t *obj = json_object();

		set_text(obj, "version", versions->row[i].version);
		set_time(obj, "seen", versions->row[i].utc_ms);
		set_text(obj, "source", versions->row[i].source);
		json_array_append_new(list, obj);
	}
	return list;
}

static json_t *events_json(const struct event_rows *events)
{
	json_t *list = json_array();

	for (int i = 0; i < events->count; i++) {
		json_t *obj = json_object();

		set_time(obj, "time", events->row[i].utc_ms);
		set_text(obj, "kind", events->row[i].kind);
		set_text(obj, "text", events->row[i].text);
		set_text(obj, "actor", events->row[i].actor);
		json_array_append_new(list, obj);
	}
	return list;
}

static json_t *duties_json(unsigned left)
{
	json_t *list = json_array();

	for (int i = 0; i < DUTY_COUNT; i++) {
		if (!(left & 1U << i))
			continue;
		json_array_append_new(list, json_pack("{s:s, s:s}", "duty", duties[i].word,
						      "remedy", duties[i].remedy));
	}
	return list;
}

const json_t *dossier_logs(const struct dossier *d)
{
	return d->upgrade.count == 0 ? NULL :
				       json_object_get(d->upgrade.row[0].memory, JOB_MEMORY_LOGS);
}

static json_t *logs_json(const struct dossier *d)
{
	json_t *list = json_array(), *log;
	size_t i;

	json_array_foreach(dossier_logs(d), i, log)
	{
		json_t *obj = json_object();

		json_object_set(obj, "name", json_object_get(log, "name"));
		json_object_set(obj, "size", json_object_get(log, "size"));
		set_time(obj, "written",
			 json_integer_value(json_object_get(log, "written_utc_ms")));
		json_object_set(obj, "lines", json_object_get(log, "lines"));
		json_array_append_new(list, obj);
	}
	return list;
}

static json_t *connection_json(const struct inv_host *h)
{
	json_t *obj = json_object();

	set_text(obj, "connection", h->connection_name);
	set_text(obj, "user", h->user);
	json_object_set_new(obj, "port", json_integer(h->port));
	set_text(obj, "key_file", h->key_file);
	set_text(obj, "known_hosts", h->known_hosts);
	set_text(obj, "program", h->program);
	json_object_set_new(obj, "limited_internet", json_boolean(h->limited_internet));
	return obj;
}

json_t *dossier_json(const struct dossier *d)
{
	const struct host_row *row = &d->rows.row[0];
	json_t *obj = json_object();

	json_object_set_new(obj, "schema", json_integer(1));
	set_text(obj, "host", row->name);
	set_text(obj, "address", row->address);
	set_text(obj, "status", d->view.status);
	set_text(obj, "status_reason", report_reason(d->older_rules, d->view.status));
	set_text(obj, "obengine_stopped_by", d->stopped_by);
	json_object_set_new(obj, "unreachable", json_boolean(d->view.unreachable));
	set_text(obj, "fault", row->fault);
	set_text(obj, "fault_text", row->fault_text);
	json_object_set_new(obj, "stale", json_boolean(d->view.stale));
	set_time(obj, "last_seen", row->seen_utc_ms);
	set_time(obj, "last_tried", row->tried_utc_ms);
	set_time(obj, "gone_since", row->gone_utc_ms);
	set_text(obj, "version", report_version(row));
	set_text(obj, "minimum", d->minimum);
	set_text(obj, "target", d->target);
	set_text(obj, "cloud", row->cloud);
	set_text(obj, "mars", row->mars);
	set_text(obj, "owner", row->owner);
	set_text(obj, "site", row->site);
	set_text(obj, "vault", row->vault);
	json_object_set_new(obj, "connection", d->host ? connection_json(d->host) : json_null());
	json_object_set_new(obj, "left_to_do", duties_json(d->duties));
	json_object_set_new(obj, "installer_logs", logs_json(d));
	json_object_set_new(obj, "findings", findings_json(d));
	json_object_set_new(obj, "facts", facts_json(row));
	json_object_set_new(obj, "versions", versions_json(&d->versions));
	json_object_set_new(obj, "events", events_json(&d->events));
	return obj;
}
