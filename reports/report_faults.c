/* report_faults.c - why hosts were not seen: one row a cause, most hosts first. Excluded hosts
 * are left out, as in the count of unreachable hosts. */
#include "base/causes.h"
#include "base/fold.h"
#include "base/mem.h"
#include "reports/model.h"
#include "store/status.h"

static void add_cause(struct report *r, const struct cause *cause)
{
	AUTO_FREE char *hosts = fold_names(cause->name, cause->count);
	const char *fault = err_name(cause->fault),
		   *hint = cause->hint ? cause->hint : err_hint_of(cause->fault);
	/* of two causes of one fault each has its own advice */
	AUTO_FREE char *about =
		cause->hint ? xasprintf("%s: %s", fault, cause->text) : xstrdup(fault);

	report_row(r);
	report_text(r, FAULTS_FAULT, fault);
	report_int(r, FAULTS_COUNT_OF, cause->count);
	report_text(r, FAULTS_HOSTS, hosts);
	report_text(r, FAULTS_TEXT, cause->text);
	report_text(r, FAULTS_HINT, hint);
	report_advise(r, about, hint);
	if (cause->since_utc_ms)
		report_int(r, FAULTS_SINCE, cause->since_utc_ms);
}

/* A fault may have several causes. */
static json_t *by_fault(const struct causes *causes)
{
	json_t *counts = json_object();

	for (int i = 0; i < causes->count; i++) {
		const char *fault = err_name(causes->item[i]->fault);
		json_int_t before = json_integer_value(json_object_get(counts, fault));

		json_object_set_new(counts, fault, json_integer(before + causes->item[i]->count));
	}
	return counts;
}

static void count_host(struct causes *causes, const struct host_row *row)
{
	struct cause *cause = causes_add(causes, err_from_name(row->fault), row->name, row->address,
					 row->fault_text);

	causes_hint(causes, cause, row->fault_hint);
	/* the host that was seen longest ago tells how long this lasts */
	if (row->seen_utc_ms && (!cause->since_utc_ms || row->seen_utc_ms < cause->since_utc_ms))
		cause->since_utc_ms = row->seen_utc_ms;
}

struct report *report_faults(struct store *s, const struct report_options *o, struct err *err)
{
	struct report *r = report_begin(REPORT_FAULTS, o);
	struct causes causes = { 0 };
	struct host_rows hosts;
	int total = 0, unreachable = 0;

	if (store_hosts(s, NULL, 0, &hosts, err) < 0) {
		report_free(r);
		return NULL;
	}
	for (int i = 0; i < hosts.count; i++) {
		struct host_view view;
		struct policy policy;

		report_view(o, &hosts.row[i], &view, &policy);
		if (view.excluded || !report_wants(o, hosts.row[i].name))
			continue;
		total++;
		if (!view.unreachable)
			continue;
		unreachable++;
		count_host(&causes, &hosts.row[i]);
	}
	causes_order(&causes);
	for (int i = 0; i < causes.count; i++)
		add_cause(r, causes.item[i]);
	json_object_set_new(r->summary, "hosts", json_integer(total));
	json_object_set_new(r->summary, "unreachable", json_integer(unreachable));
	json_object_set_new(r->summary, "causes", json_integer(causes.count));
	json_object_set_new(r->summary, "by_fault", by_fault(&causes));
	causes_release(&causes);
	host_rows_release(&hosts);
	return r;
}
