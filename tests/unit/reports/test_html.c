/* HTML: what comes from outside stays text, pages are well-formed, and their policy names exactly
 * what stands in them. */
#include "tests/unit/unit.h"

#include <expat.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "reports/html.h"
#include "reports/html_sections.h"
#include "reports/model.h"
#include "tests/unit/reports/pages.h"

/* What `put` writes. Yours. */
static char *written(void (*put)(FILE *f, const char *text), const char *text)
{
	char *out = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&out, &len);

	put(f, text);
	fclose(f);
	return out;
}

static const struct { const char *label, *in, *out; } texts[] = {
	{ "plain", "web1.corp.example", "web1.corp.example" },
	{ "nothing", "", "" },
	{ "a tag", "<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;" },
	{ "out of an attribute", "\"><img src=x onerror=alert(1)>",
	  "&quot;&gt;&lt;img src=x onerror=alert(1)&gt;" },
	{ "out of the other quotes", "' onclick='x", "&#39; onclick=&#39;x" },
	{ "an entity", "&lt;b&gt;", "&amp;lt;b&amp;gt;" },
	{ "the end of a style", "</style><b>", "&lt;/style&gt;&lt;b&gt;" },
	{ "a comment", "<!-- x -->", "&lt;!-- x --&gt;" },
	{ "a colour of a terminal", "\x1b[31mred", "\\x1b[31mred" },
	{ "a line break", "a\nb", "a\\nb" },
	{ "a bell and DEL", "\a\x7f", "\\x07\\x7f" },
	{ "right to left", "a\xE2\x80\xAE" "b", "a\\u202eb" },
	{ "no width", "a\xE2\x80\x8B" "b", "a\\u200bb" },
	{ "invalid UTF-8", "a\xFF<", "a\\xff&lt;" },
	{ "a cut character", "a\xC3", "a\\xc3" },
	{ "overlong", "\xC0\xBC" "b", "\\xc0\\xbcb" },
	{ "umlauts", "M\xC3\xBCnchen <1>", "M\xC3\xBCnchen &lt;1&gt;" },
};

START_TEST(whatever_comes_stays_text)
{
	AUTO_FREE char *got = written(html_text, texts[_i].in);

	ck_assert_msg(strcmp(got, texts[_i].out) == 0, "%s: %s", texts[_i].label, got);
}
END_TEST

START_TEST(a_nul_is_shown)
{
	char *out = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&out, &len);

	html_textn(f, "a\0<", 3);
	fclose(f);
	ck_assert_str_eq(out, "a\\x00&lt;");
	free(out);
}
END_TEST

START_TEST(lines_keep_their_breaks_and_nothing_else)
{
	AUTO_FREE char *got = written(html_lines, "one <b>\ntwo\r\n");

	ck_assert_str_eq(got, "one &lt;b&gt;\ntwo\\r\n");
}
END_TEST

static void cut_ten(FILE *f, const char *text)
{
	html_cut(f, text, 10);
}

START_TEST(long_lists_are_cut_behind_a_comma)
{
	AUTO_FREE char *whole = written(cut_ten, "web[01-03]");
	AUTO_FREE char *cut = written(cut_ten, "web1,web2,web3");
	AUTO_FREE char *one = written(cut_ten, "aaaaaaaaaaaaaa");

	ck_assert_str_eq(whole, "web[01-03]");
	ck_assert_str_eq(cut, "web1,web2,\xE2\x80\xA6");
	ck_assert_str_eq(one, "aaaaaaaaaa\xE2\x80\xA6");
}
END_TEST

static const struct { int64_t part, whole; const char *out; } shares[] = {
	{ 0, 0, "-" },         { 0, 5, "0.0 %" },          { 5, 5, "100.0 %" },
	{ 9999, 10000, "99.9 %" }, { 1, 10000, "0.0 %" },  { 2, 3, "66.7 %" },
	{ 3, 16, "18.8 %" },   { 187, 1000, "18.7 %" },    { 2, 4, "50.0 %" },
};

START_TEST(shares_are_rounded_to_the_nearest)
{
	char *out = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&out, &len);

	html_share(f, shares[_i].part, shares[_i].whole);
	fclose(f);
	ck_assert_str_eq(out, shares[_i].out);
	free(out);
}
END_TEST

START_TEST(numbers_and_times_are_for_people)
{
	char *out = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&out, &len);

	html_number(f, 0);
	fputc(' ', f);
	html_number(f, 999);
	fputc(' ', f);
	html_number(f, 1234007);
	fputc(' ', f);
	html_time(f, 1795233906000);
	html_time(f, 0);
	fclose(f);
	ck_assert_str_eq(out, "0 999 1,234,007 2026-11-21 04:05");
	free(out);
}
END_TEST

START_TEST(a_hash_is_as_policies_write_it)
{
	char hash[HTML_HASH];

	html_hash("", hash);
	ck_assert_str_eq(hash, "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
	html_hash("abc", hash);
	ck_assert_str_eq(hash, "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
}
END_TEST

/* --- whole pages ----------------------------------------------------------------------- */
/* Takes the inside of every such element out of a page, for an XML parser; gives the first one. */
static char *cut_out(char *page, const char *open, const char *close)
{
	char *first = NULL, *at = page;

	while ((at = strstr(at, open))) {
		char *begin = at + strlen(open), *end = strstr(begin, close);

		ck_assert_ptr_nonnull(end);
		if (!first)
			first = xstrndup(begin, (size_t)(end - begin));
		memmove(begin, end, strlen(end) + 1);
		at = begin + strlen(close);
	}
	return first;
}

struct outline { int sections, rows, tables, captions, without_scope, handlers; };

static void XMLCALL on_element(void *ctx, const char *name, const char **attribute)
{
	struct outline *o = ctx;
	bool scope = false;

	for (int i = 0; attribute[i]; i += 2) {
		scope = scope || strcmp(attribute[i], "scope") == 0;
		o->handlers += strncmp(attribute[i], "on", 2) == 0 ||
			       strcmp(attribute[i], "style") == 0 ||
			       strcmp(attribute[i], "src") == 0 || strcmp(name, "img") == 0;
	}
	o->sections += strcmp(name, "section") == 0;
	o->rows += strcmp(name, "tr") == 0;
	o->tables += strcmp(name, "table") == 0;
	o->captions += strcmp(name, "caption") == 0;
	o->without_scope += strcmp(name, "th") == 0 && !scope;
}

/* Ends the test where the page is no well-formed XML. */
static struct outline outline_of(char *page)
{
	struct outline o = { 0 };
	XML_Parser parser = XML_ParserCreate("UTF-8");

	free(cut_out(page, "<style>", "</style>"));
	free(cut_out(page, "<script>", "</script>"));
	XML_SetUserData(parser, &o);
	XML_SetElementHandler(parser, on_element, NULL);
	if (XML_Parse(parser, page, (int)strlen(page), 1) != XML_STATUS_OK)
		ck_abort_msg("%s in '%.4000s'", XML_ErrorString(XML_GetErrorCode(parser)), page);
	XML_ParserFree(parser);
	return o;
}

START_TEST(pages_are_well_formed_whatever_hosts_say)
{
	AUTO_FREE char *page = make_page(page_kinds[_i].make);
	struct outline o = outline_of(page);

	ck_assert_msg(o.sections == page_kinds[_i].sections, "%s: %d sections",
		      page_kinds[_i].label, o.sections);
	ck_assert_int_eq(o.without_scope, 0);
	ck_assert_int_eq(o.handlers, 0);
	ck_assert_int_ge(o.rows, 2 * o.tables);
}
END_TEST

START_TEST(nothing_hostile_stands_there_as_it_came)
{
	static const char *const raw[] = { "<script>alert", "<img", "\x1b", "\xE2\x80\xAE",
					   "\xFF" };
	AUTO_FREE char *page = make_page(make_hostile);

	ck_assert_ptr_nonnull(strstr(page, "&lt;script&gt;alert(1)"));
	for (size_t i = 0; i < ARRAY_LEN(raw); i++)
		ck_assert_msg(!strstr(page, raw[i]), "%s", raw[i]);
}
END_TEST

START_TEST(the_policy_names_what_stands_in_the_page)
{
	AUTO_FREE char *page = make_page(page_kinds[_i].make);
	AUTO_FREE char *policy = cut_out(page, "Content-Security-Policy\" content=\"", "\"");
	AUTO_FREE char *script = cut_out(page, "<script>", "</script>");
	char hash[HTML_HASH];
	int styles = 0;

	ck_assert_int_eq(strncmp(policy, "default-src 'none'; style-src ", 30), 0);
	ck_assert_ptr_null(strstr(policy, "unsafe"));
	html_hash(script, hash);
	ck_assert_ptr_nonnull(strstr(policy, hash));
	for (char *at = page; (at = strstr(at, "<style>")); styles++) {
		char *end = strstr(at += 7, "</style>");
		AUTO_FREE char *style = xstrndup(at, (size_t)(end - at));

		html_hash(style, hash);
		ck_assert_ptr_nonnull(strstr(policy, hash));
	}
	ck_assert_int_eq(styles, 2);
}
END_TEST

START_TEST(style_and_script_end_where_they_should)
{
	ck_assert_ptr_null(strstr(page_css, "</"));
	ck_assert_ptr_null(strstr(page_css, "url("));
	ck_assert_ptr_null(strstr(page_css, "@import"));
	ck_assert_ptr_null(strstr(page_js, "</"));
	ck_assert_ptr_null(strstr(page_js, "<!--"));
	ck_assert_ptr_null(strstr(page_js, "innerHTML"));
}
END_TEST

static const struct { page_make make; const char *label, *text; } fragments[] = {
	{ make_six, "the share",
	  "<p class=\"big \">33.3 %</p>\n<p>2 of 6 hosts (excluded ones are not counted). <b>1 "
	  "of them by what was seen earlier:</b>" },
	{ make_six, "what compliant does not say",
	  "<p>Findings that stop no backup may remain on compliant hosts.</p>" },
	{ make_six, "what is not known", "<p class=\"big u\">3 <small>hosts</small></p>" },
	{ make_six, "a count leads to its hosts",
	  "<a href=\"#hosts\" data-status=\"outdated\">outdated</a></dt><dd class=\"n\">1</dd>" },
	{ make_six, "a row",
	  "<tr><th scope=\"row\">b</th><td class=\"b\">outdated</td><td></td><td class=\"n\" "
	  "data-k=\"3600\">1 h</td><td>2.0.9070.0</td><td class=\"t\"><a "
	  "href=\"#c-mars.version\">mars.version</a></td>" },
	{ make_six, "why it was not seen", "<td>unreachable: refused</td>" },
	{ make_six, "who is accepted", "data-words=\"accepted\">1 accepted</a>" },
	{ make_six, "and by what", "<td class=\"t\"><b>accepted</b> os.dotnet</td>" },
	{ make_six, "too old", "data-k=\"777600\"><b class=\"w\">stale</b> 9 d</td>" },
	{ make_six, "a remedy",
	  "<dt>What to do</dt><dd>Upgrade the agent.</dd>\n<dt>Command</dt><dd><pre>upgrade &lt;"
	  "this&gt;\nthen that</pre></dd>" },
	{ make_six, "where its documents are",
	  "<dt>Where it is</dt><dd><a href=\"https://a.example/x\">https://a.example/x</a><br/><a "
	  "href=\"https://b.example/&quot;&gt;&lt;y&gt;\">" },
	{ make_six, "where a link to a check leads",
	  "<details class=\"item\" id=\"c-mars.version\" open=\"open\">" },
	{ make_six, "first what stops backups", "<ol>\n<li><a href=\"#c-mars.version\">" },
	{ make_six, "the minimum among the versions", "2.0.9262.0</th>" },
	{ make_six, "as a line",
	  "<tr class=\"rule\"><th colspan=\"5\" scope=\"rowgroup\">Below this line backups "
	  "fail: older than the minimum <b>2.0.9083.0</b></th></tr>\n<tr><th scope=\"row\" "
	  "class=\"nw\">2.0.9070.0</th>" },
	{ make_six, "a fault",
	  "<dt>What to do</dt><dd>start it</dd>\n<dt>Hosts</dt><dd>c <a href=\"#hosts\" "
	  "data-words=\"refused\">" },
	{ make_six, "an expired exception shouts", "<b class=\"b\">1 exception has expired.</b>" },
	{ make_six, "and stands in its table", "<th scope=\"row\" class=\"b\">expired</th>" },
	{ make_six, "the trend", "<path class=\"a1\" d=\"M0 100.0 1 66.7 1 100.0 0 100.0 Z\"/>" },
	{ make_six, "the trend in words",
	  "<th scope=\"row\">2026-11-21</th><td class=\"n\">6</td><td class=\"n\">2</td>" },
	{ make_six, "which policy",
	  "<dt>Policy</dt><dd>the documented requirements, but for <pre>{&quot;minimum&quot;: "
	  "&quot;&lt;1&gt;&quot;}</pre></dd>" },
	{ make_six, "why nobody looked",
	  "Not examined: asked by deep scans only: scan with --deep; readable as SYSTEM "
	  "only: scan with --as-system; or newer than the last look.</p>" },
	{ make_empty, "no hosts", "<p class=\"big u\">-</p>\n<p>0 of 0 hosts.</p>" },
	{ make_empty, "all is seen", "<p>Every host was seen within 3 d.</p>" },
	{ make_one, "another report", "<h1>Report: run</h1>" },
	{ make_one, "with its summary",
	  "<dt>reboots pending</dt><dd>1,500</dd>\n<dt>by outcome</dt><dd>upgraded 2</dd>\n<dt>"
	  "share</dt><dd>66.7 %</dd>" },
};

START_TEST(a_page_says_it)
{
	AUTO_FREE char *page = make_page(fragments[_i].make);

	ck_assert_msg(strstr(page, fragments[_i].text) != NULL, "%s: no %s", fragments[_i].label,
		      fragments[_i].text);
}
END_TEST

START_TEST(what_most_rows_have_is_said_once)
{
	AUTO_FREE char *page = make_page(make_alike);

	ck_assert_ptr_nonnull(strstr(page, "as a number alone: os.clock (30).</p>"));
	ck_assert_ptr_nonnull(strstr(page, "<td class=\"t\">+1</td>"));
	ck_assert_ptr_nonnull(strstr(page, "<td class=\"t\">os.dotnet +1</td>"));
	ck_assert_ptr_null(strstr(page, "<td class=\"t\">os.clock"));
}
END_TEST

START_TEST(ten_thousand_hosts_stay_below_eight_megabytes)
{
	AUTO_FREE char *page = make_page(make_many);

	ck_assert_uint_lt(strlen(page), 8000000);
	ck_assert_int_eq(outline_of(page).sections, 6);
}
END_TEST

/* clang-format off */
static const struct { const char *label, *version[3], *want; } lines[] = {
	{ "all above",           { "2.0.9938.0" },                 "2.0.9938.0|minimum" },
	{ "one below",           { "2.0.9938.0", "2.0.9070.0" },   "2.0.9938.0|minimum|2.0.9070.0" },
	{ "unreadable is below", { "2.0.9938.0", "unreadable" },   "2.0.9938.0|minimum|unreadable" },
	{ "one line alone",      { "2.0.9070.0", "unreadable", "none" }, "minimum|2.0.9070.0|unreadable|none" },
	{ "nobody has one",      { "none" },                           "minimum|none" },
};
/* clang-format on */

START_TEST(a_line_parts_versions_at_a_limit)
{
	struct report *r = report_new(report_kind(REPORT_VERSIONS));
	const struct page page = { .versions = r, .minimum = "2.0.9083.0", .target = "" };
	AUTO_FREE char *text = xcalloc(8000, 1), *rest = xstrdup(lines[_i].want);
	AUTO_FCLOSE FILE *f = fmemopen(text, 8000, "w");
	char *part, *words = rest, *at = text;
	int found = 0;

	for (size_t i = 0; i < ARRAY_LEN(lines[_i].version) && lines[_i].version[i]; i++) {
		report_row(r);
		report_text(r, VERSIONS_VERSION, lines[_i].version[i]);
		report_int(r, VERSIONS_COUNT_OF, 1);
	}
	section_versions(&page, f);
	fflush(f);
	at = strstr(text, "<tbody>");
	while ((part = strsep(&words, "|"))) {
		AUTO_FREE char *cell = strcmp(part, "minimum") == 0 ?
					       xstrdup("older than the minimum") :
					       xasprintf("class=\"nw\">%s</th>", part);

		at = strstr(at, cell);
		ck_assert_msg(at != NULL, "%s: no %s in its place: %s", lines[_i].label, part,
			      text);
	}
	for (at = text; (at = strstr(at, "older than the minimum")); at++)
		found++;
	ck_assert_int_eq(found, 1);
	report_free(r);
}
END_TEST

UNIT_SUITE(html)
{
	Suite *s = suite_create("html");
	TCase *tc = tcase_create("html");

	tcase_add_loop_test(tc, whatever_comes_stays_text, 0, ARRAY_LEN(texts));
	tcase_add_test(tc, a_nul_is_shown);
	tcase_add_test(tc, lines_keep_their_breaks_and_nothing_else);
	tcase_add_test(tc, long_lists_are_cut_behind_a_comma);
	tcase_add_loop_test(tc, shares_are_rounded_to_the_nearest, 0, ARRAY_LEN(shares));
	tcase_add_test(tc, numbers_and_times_are_for_people);
	tcase_add_test(tc, a_hash_is_as_policies_write_it);
	tcase_add_loop_test(tc, pages_are_well_formed_whatever_hosts_say, 0, PAGE_KINDS);
	tcase_add_test(tc, nothing_hostile_stands_there_as_it_came);
	tcase_add_loop_test(tc, the_policy_names_what_stands_in_the_page, 0, PAGE_KINDS);
	tcase_add_test(tc, style_and_script_end_where_they_should);
	tcase_add_loop_test(tc, a_page_says_it, 0, ARRAY_LEN(fragments));
	tcase_add_test(tc, what_most_rows_have_is_said_once);
	tcase_add_test(tc, ten_thousand_hosts_stay_below_eight_megabytes);
	tcase_add_loop_test(tc, a_line_parts_versions_at_a_limit, 0, ARRAY_LEN(lines));
	suite_add_tcase(s, tc);
	return s;
}
