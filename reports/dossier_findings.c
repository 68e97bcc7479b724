/* dossier_findings.c - the findings of one host for people, the worst first: the evidence behind
 * each verdict, and what to do where something is wrong. What passed, does not apply or was never
 * asked is folded: names alone, and the reason once. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/term.h"
#include "base/text.h"
#include "reports/dossier.h"
#include "scanner/checks/checks.h"
#include "scanner/checks/documents.h"
#include "scanner/judge.h"
#include "scanner/policy/policy.h"

enum { INDENT = 2, DETAIL = 4, LABEL = 10, TEXT_MAX = 1000 };

/* In the order in which they are printed, every verdict. */
static const struct {
	enum verdict verdict;
	bool remedies;                  /* what to do is said */
	bool names;                     /* folded to names unless everything is wanted */
} groups[] = {
	{ V_FAIL, true, false },
	{ V_WARN, true, false },
	{ V_UNKNOWN, false, false },
	{ V_NOT_EXAMINED, false, false },
	{ V_NOT_APPLICABLE, false, true },
	{ V_PASS, false, true },
};
_Static_assert(ARRAY_LEN(groups) == VERDICT_COUNT, "no verdict is left out");

struct page {
	FILE *f;
	const struct dossier *d;
	const struct host_row *row;
	const struct finding_row **finding;     /* in the catalogue's order, strange ones last */
	int count;
	struct printed {
		const struct check *check;
		const char *text;
		char command[REMEDY_COMMAND];   /* "" none */
	} told[CHECK_COUNT];                    /* remedies that were printed */
	int told_count;
};

/* Text from a server, wrapped behind what stands on the line. */
static void put_text(const struct page *p, int column, const char *text)
{
	AUTO_FREE char *safe = text_printable(text, strlen(text), TEXT_MAX);

	term_wrap(p->f, safe, column, column, term_width(p->f));
}

static void put_detail(const struct page *p, const char *label, const char *text)
{
	fprintf(p->f, "%*s%-*s", DETAIL, "", LABEL, label);
	put_text(p, DETAIL + LABEL, text);
}

/* A remedy that several checks share is printed with the first of them. */
static const struct check *told_with(const struct page *p, const struct remedy *r)
{
	for (int i = 0; i < p->told_count; i++)
		if (strcmp(p->told[i].text, r->text) == 0 &&
		    strcmp(p->told[i].command, r->command ? r->command : "") == 0)
			return p->told[i].check;
	return NULL;
}

static void note_told(struct page *p, const struct check *check, const struct remedy *r)
{
	struct printed *told = &p->told[p->told_count];

	if (p->told_count == CHECK_COUNT)
		return;
	p->told_count++;
	told->check = check;
	told->text = r->text;
	snprintf(told->command, sizeof(told->command), "%s", r->command ? r->command : "");
}

/* A command of the catalogue, with the host's name where it says HOST: to be pasted as it is. */
static char *command_for(const char *command, const char *host)
{
	const char *at = strstr(command, "HOST");

	if (!at)
		return xstrdup(command);
	return xasprintf("%.*s%s%s", (int)(at - command), command, host, at + strlen("HOST"));
}

static void put_document(const struct page *p, const char *document)
{
	struct addresses addresses;

	put_detail(p, "document", document);
	document_addresses(document, &addresses);
	for (int i = 0; i < addresses.count; i++)
		put_detail(p, i == 0 ? "address" : "", addresses.text[i]);
}

static void put_remedy(struct page *p, const struct check *check)
{
	const struct check *first;
	struct remedy remedy;

	dossier_remedy(p->d, check, &remedy);
	first = told_with(p, &remedy);
	if (first) {
		AUTO_FREE char *as = xasprintf("as for %s", first->id);

		put_detail(p, "remedy", as);
		return;
	}
	note_told(p, check, &remedy);
	put_detail(p, "remedy", remedy.text);
	if (remedy.command) {
		AUTO_FREE char *command = command_for(remedy.command, p->row->name);

		put_detail(p, "command", command);
	}
	put_document(p, check->document);
}

static void put_exception(struct page *p, const struct finding_row *finding)
{
	const struct exception *e = dossier_exception(p->d, finding);
	bool expired = e && e->expires_utc_ms <= p->d->now_utc_ms;
	AUTO_FREE char *text = NULL;
	char day[POLICY_DAY];

	if (!e)
		return;
	text = xasprintf("exception %s %s (owner %s: %s)", expired ? "EXPIRED on" : "until",
			 exception_day(e, day), e->owner, e->reason);
	fprintf(p->f, "%*s%s", DETAIL, "", term_color(p->f, expired ? TERM_RED : TERM_YELLOW));
	put_text(p, DETAIL, text);
	fputs(term_color(p->f, TERM_PLAIN), p->f);
}

static void put_finding(struct page *p, const struct finding_row *finding, bool remedies)
{
	const struct check *check = check_find(finding->check);
	int64_t age_ms = clock_age_ms(finding->since_utc_ms, p->d->now_utc_ms);
	AUTO_FREE char *name = text_printable(finding->check, strlen(finding->check), TEXT_MAX);
	char age[CLOCK_TEXT];

	fprintf(p->f, "%*s%s%s%s", INDENT, "", term_color(p->f, TERM_BOLD), name,
		term_color(p->f, TERM_PLAIN));
	if (remedies && check)
		fprintf(p->f, " (%s)", severity_name(finding_severity(finding)));
	fprintf(p->f, ", for %s\n", clock_format_duration(age_ms, age));
	fprintf(p->f, "%*s", DETAIL, "");
	put_text(p, DETAIL, finding->evidence);
	put_exception(p, finding);
	if (remedies && check)
		put_remedy(p, check);
}

/* What the findings of a group may share, with their names alone. */
static const char *const classes[] = { check_not_deep, check_not_system, check_newer };

static bool is_class(const char *evidence)
{
	for (size_t i = 0; i < ARRAY_LEN(classes); i++)
		if (strcmp(evidence, classes[i]) == 0)
			return true;
	return false;
}

static bool in_group(const struct finding_row *finding, enum verdict verdict)
{
	return verdict_from_name(finding->verdict) == verdict;
}

/* The names of a group's findings with this evidence (NULL: any), behind `label`. */
static void put_names(const struct page *p, enum verdict verdict, const char *evidence,
		      const char *label)
{
	struct buf names;
	int count = 0;

	buf_init(&names, TEXT_MAX * 4);
	for (int i = 0; i < p->count; i++)
		if (in_group(p->finding[i], verdict) &&
		    (!evidence || strcmp(p->finding[i]->evidence, evidence) == 0))
			buf_addf(&names, "%s%s", count++ > 0 ? ", " : "", p->finding[i]->check);
	if (count > 0) {
		if (label)
			fprintf(p->f, "%*s%s:\n", INDENT, "", label);
		fprintf(p->f, "%*s", label ? DETAIL : INDENT, "");
		put_text(p, label ? DETAIL : INDENT, buf_text(&names));
	}
	buf_release(&names);
}

/* Those of a severity; a check of another version of this program has none and comes last. */
static void put_severity(struct page *p, enum verdict verdict, bool remedies, int severity)
{
	for (int i = 0; i < p->count; i++) {
		const struct finding_row *finding = p->finding[i];

		if (in_group(finding, verdict) && !is_class(finding->evidence) &&
		    (int)finding_severity(finding) == severity)
			put_finding(p, finding, remedies);
	}
}

static int count_of(const struct host_row *row, enum verdict verdict)
{
	int count = 0;

	for (int i = 0; i < row->finding_count; i++)
		count += in_group(&row->finding[i], verdict);
	return count;
}

static void put_group(struct page *p, size_t group, bool all)
{
	enum verdict verdict = groups[group].verdict;

	fprintf(p->f, "\n%s%s%s (%d)\n", term_color(p->f, term_weight(verdict_weight(verdict))),
		verdict_name(verdict), term_color(p->f, TERM_PLAIN), count_of(p->row, verdict));
	if (groups[group].names && !all) {
		put_names(p, verdict, NULL, NULL);
		return;
	}
	for (int s = 0; s <= SEVERITY_COUNT; s++)
		put_severity(p, verdict, groups[group].remedies, s);
	for (size_t i = 0; i < ARRAY_LEN(classes); i++)
		put_names(p, verdict, classes[i], classes[i]);
}

static void sort_findings(struct page *p)
{
	const struct host_row *row = p->row;

	p->finding = xcalloc((size_t)row->finding_count + 1, sizeof(struct finding_row *));
	for (const struct check *check = checks; check->id; check++)
		for (int i = 0; i < row->finding_count; i++)
			if (check_find(row->finding[i].check) == check)
				p->finding[p->count++] = &row->finding[i];
	for (int i = 0; i < row->finding_count; i++)
		if (!check_find(row->finding[i].check))
			p->finding[p->count++] = &row->finding[i];
}

void dossier_findings(const struct dossier *d, bool all, FILE *f)
{
	struct page page = { .f = f, .d = d, .row = &d->rows.row[0] };
	const char *between = "";

	sort_findings(&page);
	fprintf(f, "\n%sFindings%s: ", term_color(f, TERM_BOLD), term_color(f, TERM_PLAIN));
	for (size_t i = 0; i < ARRAY_LEN(groups); i++) {
		int count = count_of(page.row, groups[i].verdict);

		if (count == 0)
			continue;
		fprintf(f, "%s%d %s", between, count, verdict_name(groups[i].verdict));
		between = ", ";
	}
	fputc('\n', f);
	for (size_t i = 0; i < ARRAY_LEN(groups); i++)
		if (count_of(page.row, groups[i].verdict) > 0)
			put_group(&page, i, all);
	free(page.finding);
}
