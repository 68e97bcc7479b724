/* html_page.c - the page of the compliance report: its answers first, what is not known as loud as
 * what is, then what each reader needs next, and every host at the end. */
#include "reports/html_page.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "reports/html.h"
#include "reports/html_chart.h"
#include "reports/html_sections.h"
#include "reports/html_table.h"
#include "scanner/checks/checks.h"
#include "scanner/judge.h"

enum { FIRST_STEPS = 4, STOPPED_SHOWN = 10 };

/* Hosts by what the overview says of them; those that are excluded count in `status` alone. */
struct tally {
	int64_t status[STATUS_COUNT];
	int64_t hosts, counted;
	int64_t unreachable, stale;
	int64_t unknown;                /* any of these, never seen or undetermined */
	int64_t compliant_old;          /* compliant by facts that are stale or of an older look */
	int64_t accepted;               /* would be compliant, did exceptions not count */
	int64_t expired;                /* exceptions */
	int64_t stopped;                /* COMPLIANCE_ENGINE, excluded or not */
};

static bool is_set(const struct report *r, int row, int column)
{
	const struct cell *cell = report_cell(r, row, column);

	return cell->known && cell->number;
}

static void count_host(struct tally *t, const struct report *r, int row)
{
	const char *word = report_cell(r, row, COMPLIANCE_STATUS)->text;
	bool unreachable = is_set(r, row, COMPLIANCE_UNREACHABLE);
	bool stale = is_set(r, row, COMPLIANCE_STALE);
	enum status status;

	t->stopped += report_cell(r, row, COMPLIANCE_ENGINE)->known;
	if (!word || !status_from_name(word, &status))
		return;
	t->status[status]++;
	t->hosts++;
	if (status == STATUS_EXCLUDED)
		return;
	t->counted++;
	t->accepted += is_set(r, row, COMPLIANCE_ACCEPTED);
	t->unreachable += unreachable;
	t->stale += stale;
	t->unknown += unreachable || stale || status == STATUS_NEVER_SEEN ||
		      status == STATUS_UNDETERMINED;
	t->compliant_old += status == STATUS_COMPLIANT && (unreachable || stale);
}

static int64_t expired(const struct report *exceptions)
{
	int64_t n = 0;

	for (int row = 0; exceptions && row < exceptions->row_count; row++) {
		const char *state = report_cell(exceptions, row, EXCEPTIONS_STATE)->text;

		n += state && strcmp(state, WORD_EXPIRED) == 0;
	}
	return n;
}

/* --- the answers ----------------------------------------------------------------------- */
static void put_header(const struct page *page, const struct tally *t, FILE *f)
{
	static const struct {
		const char *id, *title;
	} places[] = {
		{ "checks", "What fails" },	{ "faults", "Not seen" },
		{ "versions", "Versions" },	{ "trend", "Trend" },
		{ "exceptions", "Exceptions" }, { "hosts", "All hosts" },
		{ "about", "This report" },
	};
	const struct report *of[] = { page->checks,    page->faults,	 page->versions,
				      page->history,   page->exceptions, page->compliance,
				      page->compliance };

	fputs("<header>\n<h1>MARS agents: what stands in the way of backups</h1>\n"
	      "<p class=\"soft\">",
	      f);
	html_number(f, t->hosts);
	fputs(t->hosts == 1 ? " host, as of " : " hosts, as of ", f);
	html_time(f, page->compliance->utc_ms);
	fputs(" UTC", f);
	if (page->minimum[0]) {
		fputs(" &#183; minimum ", f);
		html_text(f, page->minimum);
	}
	if (page->target[0]) {
		fputs(" &#183; target ", f);
		html_text(f, page->target);
	}
	fputs("</p>\n", f);
	if (page->since_utc_ms) {
		fputs("<p><b>Only hosts that changed since ", f);
		html_time(f, page->since_utc_ms);
		fputs(" UTC are counted and listed here.</b></p>\n", f);
	}
	fputs("<nav aria-label=\"Sections\"><ul>", f);
	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		if (of[i])
			fprintf(f, "<li><a href=\"#%s\">%s</a></li>", places[i].id,
				places[i].title);
	fputs("</ul></nav>\n</header>\n<main>\n", f);
}

/* One line of counts, whose word leads to its hosts. */
static void put_count(FILE *f, const char *area, const char *attribute, const char *word, int64_t n)
{
	fputs("<dt>", f);
	chart_dot(f, area);
	fprintf(f, "<a href=\"#hosts\" %s=\"%s\">%s</a></dt><dd class=\"n\">", attribute, word,
		word);
	html_number(f, n);
	fputs("</dd><dd class=\"why\">", f);
}

/* The statuses in the order of the bar: by weight, the least urgent of each first. */
static void order_of_bar(enum status order[STATUS_COUNT])
{
	int at = 0;

	for (int weight = 0; weight < WEIGHT_COUNT; weight++)
		for (int s = STATUS_COUNT - 1; s >= 0; s--)
			if ((int)statuses[s].weight == weight)
				order[at++] = (enum status)s;
}

static void put_statuses(const struct tally *t, FILE *f)
{
	struct chart_part part[STATUS_COUNT];
	enum status order[STATUS_COUNT];
	size_t counted = 0;

	order_of_bar(order);
	for (size_t i = 0; i < STATUS_COUNT; i++) {
		part[i] = (struct chart_part){ statuses[order[i]].area, t->status[order[i]] };
		counted += statuses[order[i]].weight != WEIGHT_NONE;
	}
	/* those that do not count come last: they are no part of the whole */
	chart_stack(f, part, counted, "Hosts by status; the list below has the numbers");
	fputs("<dl class=\"counts\">\n", f);
	for (size_t i = 0; i < STATUS_COUNT; i++) {
		if (part[i].n == 0 && order[i] != STATUS_COMPLIANT)
			continue;
		put_count(f, part[i].area, "data-status", status_name(order[i]), part[i].n);
		fprintf(f, "%s</dd>\n", statuses[order[i]].why);
	}
	fputs("</dl>\n", f);
}

static void put_share(const struct tally *t, FILE *f)
{
	int64_t compliant = t->status[STATUS_COMPLIANT];

	section_begin(f, "share", "Compliant");
	fprintf(f, "<p class=\"big %s\">",
		t->counted && compliant == t->counted ? "g" :
		t->counted			      ? "" :
							"u");
	html_share(f, compliant, t->counted);
	fputs("</p>\n<p>", f);
	html_number(f, compliant);
	fputs(" of ", f);
	html_number(f, t->counted);
	fputs(t->counted == 1 ? " host" : " hosts", f);
	fputs(t->status[STATUS_EXCLUDED] ? " (excluded ones are not counted)." : ".", f);
	if (t->compliant_old > 0) {
		fputs(" <b>", f);
		html_number(f, t->compliant_old);
		fputs(" of them by what was seen earlier:</b> today nobody knows.", f);
	}
	if (t->accepted > 0) {
		fputs(" Not among them: <a href=\"#hosts\" data-words=\"accepted\">", f);
		html_number(f, t->accepted);
		fputs(" accepted</a>, whose findings somebody answers for until a day.", f);
	}
	fputs("</p>\n", f);
	if (compliant > 0)
		fputs("<p>Findings that stop no backup may remain on compliant hosts.</p>\n", f);
	put_statuses(t, f);
	section_end(f);
}

static void put_unknown(const struct page *page, const struct tally *t, FILE *f)
{
	char after[CLOCK_TEXT];
	const struct {
		const char *area, *attribute, *word, *why;
		int64_t n;
	} lines[] = {
		{ statuses[STATUS_NEVER_SEEN].area, "data-status", status_name(STATUS_NEVER_SEEN),
		  "no look at it ended well yet", t->status[STATUS_NEVER_SEEN] },
		{ "a3", "data-words", "unreachable", "the last look at it failed", t->unreachable },
		{ "a2", "data-words", "stale", NULL, t->stale },
		{ statuses[STATUS_UNDETERMINED].area, "data-status",
		  status_name(STATUS_UNDETERMINED), statuses[STATUS_UNDETERMINED].why,
		  t->status[STATUS_UNDETERMINED] },
	};

	section_begin(f, "unknown", "Not known");
	fprintf(f, "<p class=\"big %s\">", t->unknown ? "u" : "g");
	html_number(f, t->unknown);
	fputs(t->unknown == 1 ? " <small>host</small></p>\n" : " <small>hosts</small></p>\n", f);
	clock_format_duration(page->stale_after_ms, after);
	if (t->unknown == 0)
		fprintf(f, "<p>Every host was seen within %s.</p>\n", after);
	else
		fputs("<p>How these stand today is not known; a host may be counted in more than "
		      "one line.</p>\n<dl class=\"counts\">\n",
		      f);
	for (size_t i = 0; t->unknown && i < ARRAY_LEN(lines); i++) {
		if (lines[i].n == 0)
			continue;
		put_count(f, lines[i].area, lines[i].attribute, lines[i].word, lines[i].n);
		if (lines[i].why)
			fputs(lines[i].why, f);
		else
			fprintf(f, "last seen more than %s ago", after);
		fputs("</dd>\n", f);
	}
	fputs(t->unknown ? "</dl>\n" : "", f);
	section_end(f);
}

static void put_step(FILE *f, const struct report *r, int row)
{
	int64_t fail = report_cell(r, row, CHECKS_FAIL)->number;

	fputs("<li><a href=\"#c-", f);
	html_text(f, report_cell(r, row, CHECKS_ID)->text);
	fputs("\">", f);
	html_text(f, report_cell(r, row, CHECKS_TITLE)->text);
	fputs("</a>: fails on <b>", f);
	html_number(f, fail);
	fputs(fail == 1 ? "</b> host.<br/>" : "</b> hosts.<br/>", f);
	html_prose(f, report_cell(r, row, CHECKS_REMEDY)->text);
	fputs("</li>\n", f);
}

/* Where an operator begins: with what stops backups on most hosts. */
static void put_first(const struct page *page, FILE *f)
{
	const char *blocks = severity_name(SEVERITY_STOPS_BACKUPS);
	const struct report *r = page->checks;
	int shown = 0;

	section_begin(f, "first", "Begin here");
	fputs("<ol>\n", f);
	for (int others = 0; others < 2; others++)
		for (int row = 0; row < r->row_count && shown < FIRST_STEPS; row++) {
			const char *severity = report_cell(r, row, CHECKS_SEVERITY)->text;
			bool block = severity && strcmp(severity, blocks) == 0;

			if (block == others || report_cell(r, row, CHECKS_FAIL)->number == 0)
				continue;
			put_step(f, r, row);
			shown++;
		}
	fputs(shown ? "</ol>\n" : "<li>No check fails.</li></ol>\n", f);
	section_end(f);
}

/* Hosts that we left without backups, each with its command: there are few, or all is in vain. */
static void put_stopped(const struct report *r, const struct tally *t, FILE *f)
{
	int shown = 0;

	if (t->stopped == 0)
		return;
	fputs("<div class=\"alarm\" role=\"note\"><p><b class=\"b\">", f);
	html_number(f, t->stopped);
	fputs(t->stopped == 1 ? " host was" : " hosts were", f);
	fputs(" left without obengine by a run of marshal, or not seen with it since: no backup "
	      "runs there, or nobody knows.</b> Look, and start it with:</p>\n<pre>",
	      f);
	for (int row = 0; row < r->row_count && shown < STOPPED_SHOWN; row++) {
		if (!report_cell(r, row, COMPLIANCE_ENGINE)->known)
			continue;
		fputs(shown++ ? "\nmarshal upgrade restore " : "marshal upgrade restore ", f);
		html_text(f, text_pasteable(report_cell(r, row, COMPLIANCE_HOST)->text, "HOST"));
	}
	fputs("</pre>", f);
	if (t->stopped > shown)
		fputs("<p><a href=\"#hosts\">All hosts</a> names the others.</p>", f);
	fputs("</div>\n\n", f);
}

static void put_alarm(const struct tally *t, FILE *f)
{
	if (t->expired == 0)
		return;
	fputs("<div class=\"alarm\" role=\"note\"><p><b class=\"b\">", f);
	html_number(f, t->expired);
	fputs(t->expired == 1 ? " exception has expired.</b> Its finding counts again" :
				" exceptions have expired.</b> Their findings count again",
	      f);
	fputs(": repair, or let the owner decide anew. "
	      "<a href=\"#exceptions\">Which</a></p></div>\n\n",
	      f);
}

/* --- all hosts ------------------------------------------------------------------------- */
/* Words that can be searched: the fault says that it is one, the age whether it is too old, and
 * exceptions whether they are all that is wrong. */
static void put_word(FILE *f, const struct report *r, int row, int column)
{
	if (column == COMPLIANCE_FAULT)
		fputs("unreachable: ", f);
	else if (column == COMPLIANCE_EXCEPTIONS)
		fputs(is_set(r, row, COMPLIANCE_ACCEPTED) ? "<b>accepted</b> " : "", f);
	else if (is_set(r, row, COMPLIANCE_STALE))
		fputs("<b class=\"w\">stale</b> ", f);
}

/* Columns that say the same everywhere are said elsewhere, or nothing worth a column. */
static struct table_view view_of_hosts(const struct page *page)
{
	static const int once[] = { COMPLIANCE_MINIMUM, COMPLIANCE_TARGET, COMPLIANCE_AGENT };
	const struct report *r = page->compliance;
	struct table_view view = {
		.caption = "All hosts, and what was last learnt of each",
		.tools = true,
		.skip = 1U << COMPLIANCE_UNREACHABLE | 1U << COMPLIANCE_STALE |
			1U << COMPLIANCE_ACCEPTED,
		.link = page->checks ? 1U << COMPLIANCE_FAILING : 0,
		.fold = COMPLIANCE_UNKNOWN,
		.with_word =
			1U << COMPLIANCE_FAULT | 1U << COMPLIANCE_AGE | 1U << COMPLIANCE_EXCEPTIONS,
		.word = put_word,
	};

	for (size_t i = 0; i < ARRAY_LEN(once); i++)
		if (html_uniform(r, once[i]))
			view.skip |= UINT64_C(1) << once[i];
	if (html_same(r, COMPLIANCE_HOST, COMPLIANCE_ADDRESS))
		view.skip |= 1U << COMPLIANCE_ADDRESS;
	return view;
}

static void put_about(const struct page *page, FILE *f)
{
	char after[CLOCK_TEXT];

	section_begin(f, "about", "This report");
	fputs("<dl class=\"fields\">\n<dt>Policy</dt><dd>", f);
	if (page->policy && strcmp(page->policy, "{}") != 0) {
		fputs("the documented requirements, but for <pre>", f);
		html_lines(f, page->policy);
		fputs("</pre>", f);
	} else {
		fputs("the documented requirements, unchanged", f);
	}
	fputs("</dd>\n<dt>Oldest version that can back up</dt><dd>", f);
	html_text(f, page->minimum[0] ? page->minimum : "none is set");
	fputs("</dd>\n<dt>Version wanted</dt><dd>", f);
	html_text(f, page->target[0] ? page->target : "none is set: no host is behind");
	fprintf(f, "</dd>\n<dt>Facts are stale after</dt><dd>%s</dd>\n",
		clock_format_duration(page->stale_after_ms, after));
	fputs("<dt>Compliant share</dt><dd>compliant hosts of all but the excluded</dd>\n</dl>\n",
	      f);
	section_end(f);
}

void page_write(const struct page *page, FILE *f)
{
	struct tally t = { .expired = expired(page->exceptions) };
	struct table_view hosts = view_of_hosts(page);
	struct buf style;

	for (int row = 0; row < page->compliance->row_count; row++)
		count_host(&t, page->compliance, row);
	buf_init(&style, TABLE_STYLE);
	html_table_style(page->compliance, &hosts, &style);
	html_begin(f, "MARS agents: compliance", buf_text(&style));
	buf_release(&style);
	put_header(page, &t, f);
	html_older_rules(f, page->compliance);
	put_stopped(page->compliance, &t, f);
	put_alarm(&t, f);
	fputs("<div class=\"two\">\n", f);
	put_share(&t, f);
	put_unknown(page, &t, f);
	if (page->checks)
		put_first(page, f);
	fputs("</div>\n", f);
	if (page->checks)
		section_checks(page, f);
	if (page->faults)
		section_faults(page, f);
	if (page->versions)
		section_versions(page, f);
	if (page->history)
		section_trend(page, f);
	if (page->exceptions)
		section_exceptions(page, f);
	section_begin(f, "hosts", "All hosts");
	html_table(f, page->compliance, &hosts);
	section_end(f);
	put_about(page, f);
	fputs("</main>\n", f);
	html_end(f, page->compliance);
}
