/* html_sections.c - what hosts run, how it went, what fails, what could not be seen, and what
 * somebody has accepted. Long lists of hosts are cut: the reports of their own have them whole. */
#include "reports/html_sections.h"

#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "base/version.h"
#include "reports/html.h"
#include "reports/html_chart.h"
#include "reports/html_table.h"
#include "scanner/checks/checks.h"

enum { HOSTS_MAX = 400, TEXT_MAX = 2000, VERSIONS_SHOWN = 40 };

void section_begin(FILE *f, const char *id, const char *title)
{
	fprintf(f, "<section id=\"%s\" aria-labelledby=\"%s-h\">\n<h2 id=\"%s-h\">%s</h2>\n", id,
		id, id, title);
}

void section_end(FILE *f)
{
	fputs("</section>\n\n", f);
}

static int64_t number_of(const struct report *r, int row, int column)
{
	return report_cell(r, row, column)->number;
}

static const char *text_of(const struct report *r, int row, int column)
{
	const char *text = report_cell(r, row, column)->text;

	return text ? text : "";
}

static void put_field(FILE *f, const char *name, const char *text)
{
	if (!text[0])
		return;
	fprintf(f, "<dt>%s</dt><dd>", name);
	if (strlen(text) <= TEXT_MAX)
		html_prose(f, text);
	else
		html_cut(f, text, TEXT_MAX);
	fputs("</dd>\n", f);
}

/* Hosts as ranges; a long list leads to the table of all hosts, filtered by `word`. */
static void put_hosts(FILE *f, const char *name, const char *hosts, const char *word)
{
	if (!hosts[0])
		return;
	fprintf(f, "<dt>%s</dt><dd>", name);
	html_cut(f, hosts, HOSTS_MAX);
	fputs(" <a href=\"#hosts\" data-words=\"", f);
	html_text(f, word);
	fputs("\">Show them</a></dd>\n", f);
}

/* --- versions -------------------------------------------------------------------------- */
static const char *area_of_state(const char *state)
{
	const char *tone = html_tone(state);

	return *tone == 'g' ? "a1" : *tone == 'w' ? "a2" : *tone == 'b' ? "a7" : "a9";
}

/* A line across the table where the versions pass a limit. */
static void put_limit(FILE *f, const char *what, const char *version)
{
	fprintf(f, "<tr class=\"rule\"><th colspan=\"5\" scope=\"rowgroup\">%s <b>", what);
	html_text(f, version);
	fputs("</b></th></tr>\n", f);
}

/* What cannot be read is older than every limit. */
static bool is_below(const char *version, struct version limit)
{
	struct version v;

	return !version_parse(version, &v) || version_cmp(v, limit) < 0;
}

/* Whether the limit lies between the version of the row before and this one. */
static bool passes(const char *limit, const char *before, const char *version)
{
	struct version l;

	/* it may have been passed before */
	return version_parse(limit, &l) && !(before && is_below(before, l)) && is_below(version, l);
}

static void put_version(FILE *f, const struct report *r, int row, int64_t total)
{
	const char *version = text_of(r, row, VERSIONS_VERSION);
	const char *state = text_of(r, row, VERSIONS_STATE);
	int64_t count = number_of(r, row, VERSIONS_COUNT_OF);

	fputs("<tr><th scope=\"row\" class=\"nw\">", f);
	html_text(f, version);
	fputs("</th><td class=\"n\">", f);
	html_number(f, count);
	fputs("</td><td class=\"wide\">", f);
	chart_bar(f, count, total, area_of_state(state));
	fprintf(f, "</td><td class=\"%s\">", html_tone(state));
	html_text(f, state);
	fputs("</td><td class=\"t\">", f);
	html_cut(f, text_of(r, row, VERSIONS_HOSTS), HOSTS_MAX / 4);
	fputs("</td></tr>\n", f);
}

static void put_limits(FILE *f, const struct page *page, const char *before, const char *version)
{
	if (passes(page->target, before, version))
		put_limit(f, "Below this line: older than the target", page->target);
	if (passes(page->minimum, before, version))
		put_limit(f, "Below this line backups fail: older than the minimum", page->minimum);
}

void section_versions(const struct page *page, FILE *f)
{
	const struct report *r = page->versions;
	const char *before = NULL;
	int64_t total = 0, rest = 0;

	for (int row = 0; row < r->row_count; row++)
		total += number_of(r, row, VERSIONS_COUNT_OF);
	section_begin(f, "versions", "Versions of the agent");
	fputs("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Versions\"><table>"
	      "<caption>Hosts by version, newest first</caption>"
	      "<thead><tr><th scope=\"col\">VERSION</th><th scope=\"col\" class=\"n\">HOSTS</th>"
	      "<th scope=\"col\">SHARE</th><th scope=\"col\">STATE</th>"
	      "<th scope=\"col\">WHICH</th></tr></thead>\n<tbody>\n",
	      f);
	for (int row = 0; row < r->row_count; row++) {
		const char *version = text_of(r, row, VERSIONS_VERSION);

		if (row >= VERSIONS_SHOWN) {
			rest += number_of(r, row, VERSIONS_COUNT_OF);
			continue;
		}
		put_limits(f, page, before, version);
		put_version(f, r, row, total);
		before = version;
	}
	if (rest == 0)
		put_limits(f, page, before, "");
	fputs("</tbody></table></div>\n", f);
	if (rest > 0)
		fprintf(f, "<p>And %d more versions on %" PRId64 " hosts.</p>\n",
			r->row_count - VERSIONS_SHOWN, rest);
	section_end(f);
}

/* --- trend ----------------------------------------------------------------------------- */
void section_trend(const struct page *page, FILE *f)
{
	section_begin(f, "trend", "Trend");
	if (page->history->row_count < 2)
		fputs("<p>The history of this fleet begins today: from tomorrow on there is a "
		      "trend.</p>\n",
		      f);
	else
		chart_trend(f, page->history);
	section_end(f);
}

/* --- checks ---------------------------------------------------------------------------- */
static void put_count(FILE *f, int64_t n, const char *tone, const char *word)
{
	if (n <= 0)
		return;
	fprintf(f, " <span class=\"%s\">", tone);
	html_number(f, n);
	fprintf(f, " %s</span>", word);
}

static bool is_trouble(const struct report *r, int row)
{
	return number_of(r, row, CHECKS_FAIL) || number_of(r, row, CHECKS_WARN);
}

static int64_t hosts_of(const struct report *r, int row)
{
	int64_t hosts = 0;

	for (int c = CHECKS_PASS; c <= CHECKS_NOT_APPLICABLE; c++)
		hosts += number_of(r, row, c);
	return hosts;
}

/* Where the documents are: the page itself fetches nothing. */
static void put_addresses(FILE *f, const char *list)
{
	AUTO_FREE char *text = xstrdup(list);
	char *rest = text, *address;

	if (!*list)
		return;
	fputs("<dt>Where it is</dt><dd>", f);
	for (int i = 0; (address = strsep(&rest, ";")); i++) {
		fprintf(f, "%s<a href=\"", i > 0 ? "<br/>" : "");
		html_text(f, address);
		fputs("\">", f);
		html_text(f, address);
		fputs("</a>", f);
	}
	fputs("</dd>\n", f);
}

static void put_check(FILE *f, const struct report *r, int row, bool open)
{
	const char *command = text_of(r, row, CHECKS_COMMAND);
	int64_t fail = number_of(r, row, CHECKS_FAIL), warn = number_of(r, row, CHECKS_WARN);

	fputs("<details class=\"item\" id=\"c-", f);
	html_text(f, text_of(r, row, CHECKS_ID));
	fprintf(f, "\"%s><summary><h3>", open ? " open=\"open\"" : "");
	html_text(f, text_of(r, row, CHECKS_TITLE));
	fputs("</h3>", f);
	chart_bar(f, fail ? fail : warn, hosts_of(r, row), fail ? "a7" : "a2");
	fputs("<span>", f);
	put_count(f, fail, "b", fail == 1 ? "host fails" : "hosts fail");
	put_count(f, warn, "w", warn == 1 ? "warns" : "warn");
	put_count(f, number_of(r, row, CHECKS_UNKNOWN), "u", "unknown");
	put_count(f, number_of(r, row, CHECKS_EXCEPTED), "m", "accepted");
	fputs("</span></summary>\n<dl class=\"fields\">\n", f);
	put_field(f, "Check", text_of(r, row, CHECKS_ID));
	put_field(f, "Weight", text_of(r, row, CHECKS_SEVERITY));
	put_field(f, "What to do", text_of(r, row, CHECKS_REMEDY));
	if (command[0]) {
		fputs("<dt>Command</dt><dd><pre>", f);
		html_lines(f, command);
		fputs("</pre></dd>\n", f);
	}
	put_hosts(f, "Fails on", text_of(r, row, CHECKS_HOSTS), text_of(r, row, CHECKS_ID));
	put_field(f, "Document", text_of(r, row, CHECKS_DOCUMENT));
	put_addresses(f, text_of(r, row, CHECKS_ADDRESSES));
	fputs("</dl></details>\n", f);
}

/* Checks that nobody could examine, or that could not be answered: a class, not host by host. */
static void put_unknown(FILE *f, const struct report *r)
{
	bool any = false;

	for (int row = 0; row < r->row_count; row++) {
		int64_t unknown = number_of(r, row, CHECKS_UNKNOWN);
		int64_t unexamined = number_of(r, row, CHECKS_NOT_EXAMINED);

		if (unknown + unexamined == 0)
			continue;
		if (!any)
			fprintf(f,
				"<details><summary>Checks without an answer on some hosts"
				"</summary>\n<p>Unknown: the server did not say, or in no readable "
				"way. Not examined: %s; %s; or %s.</p>\n"
				"<div class=\"scroll\"><table class=\"sort\"><caption>Hosts by "
				"check</caption><thead><tr><th scope=\"col\">CHECK</th>"
				"<th scope=\"col\">TITLE</th><th scope=\"col\">UNKNOWN</th>"
				"<th scope=\"col\">NOT EXAMINED</th></tr></thead>\n<tbody>\n",
				check_not_deep, check_not_system, check_newer);
		any = true;
		fputs("<tr><th scope=\"row\">", f);
		html_text(f, text_of(r, row, CHECKS_ID));
		fputs("</th><td>", f);
		html_text(f, text_of(r, row, CHECKS_TITLE));
		fprintf(f,
			"</td><td class=\"n\">%" PRId64 "</td><td class=\"n\">%" PRId64
			"</td></tr>\n",
			unknown, unexamined);
	}
	if (any)
		fputs("</tbody></table></div></details>\n", f);
}

void section_checks(const struct page *page, FILE *f)
{
	const struct report *r = page->checks;
	int shown = 0, quiet = 0;

	section_begin(f, "checks", "What fails, and what to do");
	for (int row = 0; row < r->row_count; row++) {
		if (is_trouble(r, row))
			put_check(f, r, row, shown++ < 3);
		else
			quiet++;
	}
	if (shown == 0)
		fputs("<p class=\"g\">No check fails or warns on any host.</p>\n", f);
	else if (quiet > 0)
		fprintf(f, "<p>%d other checks fail nowhere.</p>\n", quiet);
	put_unknown(f, r);
	section_end(f);
}

/* --- faults ---------------------------------------------------------------------------- */
static void put_fault(FILE *f, const struct report *r, int row, bool open)
{
	int64_t count = number_of(r, row, FAULTS_COUNT_OF);
	int64_t since = number_of(r, row, FAULTS_SINCE);

	fprintf(f, "<details class=\"item\"%s><summary><h3>", open ? " open=\"open\"" : "");
	html_text(f, text_of(r, row, FAULTS_FAULT));
	fputs("</h3><span class=\"t\">", f);
	html_cut(f, text_of(r, row, FAULTS_HOSTS), HOSTS_MAX / 4);
	fputs("</span><span>", f);
	put_count(f, count, "u", count == 1 ? "host" : "hosts");
	fputs("</span></summary>\n<dl class=\"fields\">\n", f);
	put_field(f, "Reason", text_of(r, row, FAULTS_TEXT));
	put_field(f, "What to do", text_of(r, row, FAULTS_HINT));
	put_hosts(f, "Hosts", text_of(r, row, FAULTS_HOSTS), text_of(r, row, FAULTS_FAULT));
	if (since) {
		fputs("<dt>Last seen</dt><dd>", f);
		html_time(f, since);
		fputs(count == 1 ? "</dd>\n" : ", the one unseen for longest</dd>\n", f);
	}
	fputs("</dl></details>\n", f);
}

void section_faults(const struct page *page, FILE *f)
{
	const struct report *r = page->faults;

	section_begin(f, "faults", "Why hosts could not be seen");
	if (r->row_count == 0)
		fputs("<p class=\"g\">Every host answered when it was last looked at.</p>\n", f);
	for (int row = 0; row < r->row_count; row++)
		put_fault(f, r, row, row < 3);
	section_end(f);
}

/* --- exceptions ------------------------------------------------------------------------ */
void section_exceptions(const struct page *page, FILE *f)
{
	static const struct table_view view = {
		.caption = "Findings that somebody has accepted until a day; they change no status",
	};

	section_begin(f, "exceptions", "Exceptions");
	if (page->exceptions->row_count == 0)
		fputs("<p>The policy accepts no finding.</p>\n", f);
	else
		html_table(f, page->exceptions, &view);
	section_end(f);
}
