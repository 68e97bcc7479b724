/* report_checks.c - what fails in the fleet: one row a check of the catalogue, what stops
 * backups first. Excluded hosts are nobody's concern and are left out. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/fold.h"
#include "base/map.h"
#include "base/mem.h"
#include "reports/model.h"
#include "scanner/checks/documents.h"
#include "scanner/judge.h"
#include "scanner/policy/policy_store.h"
#include "store/status.h"

struct tally {
	const struct check *check;
	enum severity severity;                 /* the worst that its failures count for */
	int verdict[VERDICT_COUNT];
	int excepted, accepted_failures;        /* the second of V_FAIL alone */
	const char **failing;
	int cap;
};

/* Findings in trouble under an exception that holds. */
static void count_exceptions(const struct map *by_check, const struct host_row *row,
			     const struct report_options *o)
{
	struct row_groups groups;

	if (policies_exception_count(o->policies) == 0)
		return;
	row_groups_init(&groups, row);
	for (int i = 0; i < row->finding_count; i++) {
		struct tally *t = map_get(by_check, row->finding[i].check);
		enum verdict verdict = verdict_from_name(row->finding[i].verdict);
		const struct exception *e;

		if (!t || !verdict_is_trouble(verdict))
			continue;
		e = policies_covering(o->policies, row->name, groups.name, groups.count,
				      row->finding[i].check);
		if (!e || e->expires_utc_ms <= o->now_utc_ms)
			continue;
		t->excepted++;
		t->accepted_failures += verdict == V_FAIL;
	}
	row_groups_release(&groups);
}

static void count_findings(const struct map *by_check, const struct host_row *row)
{
	for (int i = 0; i < row->finding_count; i++) {
		/* a check of an older or a newer program is in no catalogue */
		struct tally *t = map_get(by_check, row->finding[i].check);
		enum verdict verdict = verdict_from_name(row->finding[i].verdict);

		enum severity severity;

		if (!t)
			continue;
		if (verdict == V_FAIL) {
			MEM_GROW(t->failing, t->verdict[V_FAIL], t->cap);
			t->failing[t->verdict[V_FAIL]] = row->name;
			severity = finding_severity(&row->finding[i]);
			if (t->verdict[V_FAIL] == 0 || severity < t->severity)
				t->severity = severity;
		}
		t->verdict[verdict]++;
	}
}

static bool is_quiet(const struct tally *t)
{
	return t->verdict[V_FAIL] + t->verdict[V_WARN] + t->verdict[V_UNKNOWN] == 0;
}

/* By severity, then failures that nobody answers for, all failures, warnings, and what is not
 * known; then the catalogue's order. Where nothing is wrong comes last. */
static int worst_first(const void *a, const void *b)
{
	const struct tally *x = a, *y = b;
	const int order[][2] = {
		{ is_quiet(y), is_quiet(x) },
		{ (int)y->severity, (int)x->severity },
		{ x->verdict[V_FAIL] - x->accepted_failures,
		  y->verdict[V_FAIL] - y->accepted_failures },
		{ x->verdict[V_FAIL], y->verdict[V_FAIL] },
		{ x->verdict[V_WARN], y->verdict[V_WARN] },
		{ x->verdict[V_UNKNOWN], y->verdict[V_UNKNOWN] },
	};

	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		if (order[i][0] != order[i][1])
			return order[i][1] - order[i][0];
	return x->check < y->check ? -1 : 1;
}

static char *addresses_of(const char *document, const char *between)
{
	struct addresses addresses;
	struct buf list;

	document_addresses(document, &addresses);
	buf_init(&list, sizeof(addresses.text));
	for (int i = 0; i < addresses.count; i++)
		buf_addf(&list, "%s%s", i > 0 ? between : "", addresses.text[i]);
	return buf_take(&list);
}

/* The catalogue's words are for all hosts; one of them may want another remedy. */
static char *remedy_of(const struct check *check)
{
	return xasprintf("%s%s", check->remedy,
			 check_remedy_differs(check) ?
				 " `marshal show HOST` has what fits a host's own reason." :
				 "");
}

static void add_check(struct report *r, const struct tally *t)
{
	AUTO_FREE char *hosts = fold_names(t->failing, t->verdict[V_FAIL]);
	AUTO_FREE char *addresses = addresses_of(t->check->document, ";");
	AUTO_FREE char *remedy = remedy_of(t->check);

	report_row(r);
	report_text(r, CHECKS_ID, t->check->id);
	report_text(r, CHECKS_TITLE, t->check->title);
	report_text(r, CHECKS_SEVERITY, severity_name(t->severity));
	for (int v = 0; v < VERDICT_COUNT; v++)
		report_int(r, CHECKS_PASS + v, t->verdict[v]);
	report_int(r, CHECKS_EXCEPTED, t->excepted);
	report_text(r, CHECKS_HOSTS, hosts);
	report_text(r, CHECKS_REMEDY, remedy);
	report_text(r, CHECKS_COMMAND, t->check->command);
	report_text(r, CHECKS_DOCUMENT, t->check->document);
	report_text(r, CHECKS_ADDRESSES, addresses);
	if (t->verdict[V_FAIL] > 0) {
		AUTO_FREE char *see = addresses_of(t->check->document, " ");
		AUTO_FREE char *advice = xasprintf("%s%s%s", remedy, *see ? " See " : "", see);

		report_advise(r, t->check->id, advice);
	}
}

static struct report *report_of(struct tally *tally, int count, int hosts,
				const struct report_options *o)
{
	struct report *r = report_begin(REPORT_CHECKS, o);
	int failing = 0;

	r->quiet = "checks pass everywhere they were examined";
	qsort(tally, (size_t)count, sizeof(*tally), worst_first);
	for (int i = 0; i < count; i++) {
		add_check(r, &tally[i]);
		failing += tally[i].verdict[V_FAIL] > 0;
		r->quiet_rows += is_quiet(&tally[i]);
		free(tally[i].failing);
	}
	json_object_set_new(r->summary, "hosts", json_integer(hosts));
	json_object_set_new(r->summary, "checks", json_integer(count));
	json_object_set_new(r->summary, "failing_checks", json_integer(failing));
	return r;
}

struct report *report_checks(struct store *s, const struct report_options *o, struct err *err)
{
	int count = CHECK_COUNT, judged = 0;
	AUTO_FREE struct tally *tally = xcalloc((size_t)count, sizeof(*tally));
	struct map by_check = { 0 };
	struct host_rows hosts;
	struct report *r;

	if (store_hosts(s, NULL, ROWS_FINDINGS | ROWS_BARE, &hosts, err) < 0)
		return NULL;
	for (int i = 0; i < count; i++) {
		tally[i].check = &checks[i];
		tally[i].severity = checks[i].severity;
		map_add(&by_check, checks[i].id, &tally[i]);
	}
	for (int i = 0; i < hosts.count; i++) {
		struct host_view view;
		struct policy policy;

		report_view(o, &hosts.row[i], &view, &policy);
		if (view.excluded || !report_wants(o, hosts.row[i].name))
			continue;
		judged += hosts.row[i].finding_count > 0;
		findings_complete(&hosts.row[i]);
		count_findings(&by_check, &hosts.row[i]);
		count_exceptions(&by_check, &hosts.row[i], o);
	}
	map_release(&by_check);
	r = report_of(tally, count, judged, o);
	host_rows_release(&hosts);
	return r;
}
