/* html.c - escaping, numbers and the frame of a page. The content security policy allows the one
 * style and the one script that stand in the page, by their hashes, and nothing else: no request
 * can leave the page, and no text of a server can become a style or a script. */
#include "reports/html.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/clock.h"
#include "base/commands.h"
#include "base/encode.h"
#include "base/mem.h"
#include "base/text.h"
#include "reports/model.h"
#include "scanner/statuses.h"
#include "store/outcomes.h"

/* What text_printable() would not change, and HTML does not either. Most of a page is such. */
static size_t plain_span(const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && text[n] >= 0x20 && text[n] < 0x7F && !strchr("&<>\"'", text[n]))
		n++;
	return n;
}

static void put_escaped(FILE *f, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", f);
			break;
		case '<':
			fputs("&lt;", f);
			break;
		case '>':
			fputs("&gt;", f);
			break;
		case '"':
			fputs("&quot;", f);
			break;
		case '\'':
			fputs("&#39;", f);
			break;
		default:
			fputc(*text, f);
			break;
		}
	}
}

void html_textn(FILE *f, const char *text, size_t len)
{
	size_t plain = plain_span(text, len);
	AUTO_FREE char *rest = NULL;

	fwrite(text, 1, plain, f);
	if (plain == len)
		return;
	/* an escape is at most four times as long as what it shows */
	rest = text_printable(text + plain, len - plain, 4 * (len - plain));
	put_escaped(f, rest);
}

void html_text(FILE *f, const char *text)
{
	if (text)
		html_textn(f, text, strlen(text));
}

void html_prose(FILE *f, const char *text)
{
	while (text && *text) {
		size_t len = strcspn(text, "`"), code;

		html_textn(f, text, len);
		text += len;
		if (!*text)
			return;
		code = strcspn(text + 1, "`");
		if (text[1 + code] == '\0') {           /* alone it is itself */
			html_text(f, text);
			return;
		}
		fputs("<code>", f);
		html_textn(f, text + 1, code);
		fputs("</code>", f);
		text += code + 2;
	}
}

void html_lines(FILE *f, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		html_textn(f, text, len);
		text += len;
		if (*text) {
			fputc('\n', f);
			text++;
		}
	}
}

void html_cut(FILE *f, const char *text, size_t max)
{
	size_t len = strlen(text), cut = max;

	if (len <= max) {
		html_textn(f, text, len);
		return;
	}
	while (cut > 0 && text[cut - 1] != ',')
		cut--;
	html_textn(f, text, cut ? cut : max);
	fputs("\xE2\x80\xA6", f);
}

void html_number(FILE *f, int64_t n)
{
	if (n >= 1000) {
		html_number(f, n / 1000);
		fprintf(f, ",%03d", (int)(n % 1000));
	} else {
		fprintf(f, "%" PRId64, n);
	}
}

void html_share(FILE *f, int64_t part, int64_t whole)
{
	int per_mille;

	if (whole <= 0) {
		fputc('-', f);
		return;
	}
	per_mille = report_per_mille((double)part / (double)whole);
	fprintf(f, "%d.%d %%", per_mille / 10, per_mille % 10);
}

void html_time(FILE *f, int64_t utc_ms)
{
	char text[CLOCK_TEXT];

	clock_format_utc(utc_ms, text);
	if (text[0])
		fprintf(f, "%.10s %.5s", text, text + 11);
}

#define TONE_GOOD "g"
#define TONE_BEHIND "w"
#define TONE_BAD "b"
#define TONE_UNKNOWN "u"
#define TONE_NONE "m"
#define STATUS_TONE(id, word, column, head, wide, weight, ...) { word, TONE_##weight },
#define OUTCOME_TONE(id, word, weight, ...) { word, TONE_##weight },
#define VERSION_TONE(id, word, weight, ...) { word, TONE_##weight },
#define EXCEPTION_TONE(id, word, weight, page, ...) { word, TONE_##page },

/* clang-format off */
static const struct { const char *word, *tone; } tones[] = {
	STATUSES(STATUS_TONE) OUTCOMES(OUTCOME_TONE)
	VERSION_STATES(VERSION_TONE) EXCEPTION_STATES(EXCEPTION_TONE)
};
/* clang-format on */

const char *html_tone(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(tones); i++)
		if (strcmp(tones[i].word, word) == 0)
			return tones[i].tone;
	return "";
}

void html_hash(const char *text, char out[HTML_HASH])
{
	unsigned char digest[32];
	AUTO_FREE char *base64 = NULL;
	unsigned len = 0;

	if (!EVP_Digest(text, strlen(text), digest, &len, EVP_sha256(), NULL))
		len = 0;        /* the browser then refuses style and script: safe, and seen */
	base64 = base64_encode(digest, len, NULL);
	snprintf(out, HTML_HASH, "sha256-%s", base64);
}

void html_begin(FILE *f, const char *title, const char *style)
{
	char common[HTML_HASH], own[HTML_HASH], script[HTML_HASH];

	html_hash(page_css, common);
	html_hash(style, own);
	html_hash(page_js, script);
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n", f);
	fprintf(f,
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		"style-src '%s' '%s'; script-src '%s'; img-src data:; base-uri 'none'; "
		"form-action 'none'\"/>\n",
		common, own, script);
	fputs("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
	      "<meta name=\"color-scheme\" content=\"light dark\"/>\n"
	      "<meta name=\"referrer\" content=\"no-referrer\"/>\n"
	      /* else a browser asks the server of the page for /favicon.ico */
	      "<link rel=\"icon\" href=\"data:,\"/>\n<title>",
	      f);
	html_text(f, title);
	fprintf(f, "</title>\n<style>%s</style>\n<style>%s</style>\n</head>\n<body>\n", page_css,
		style);
}

void html_older_rules(FILE *f, const struct report *r)
{
	if (r->older_rules)
		fprintf(f,
			"<div class=\"alarm\" role=\"note\"><p><b class=\"b\">All hosts were %s, "
			"and count as undetermined.</b> <code>marshal recheck</code> judges them "
			"anew.</p></div>\n\n",
			JUDGED_BY_OLDER);
}

void html_end(FILE *f, const struct report *r)
{
	char utc[CLOCK_TEXT];

	fprintf(f, "<footer><p>Report <b>%s</b>, version %d, made ", r->name, r->version);
	fprintf(f, "<time datetime=\"%s\">", clock_format_utc(r->utc_ms, utc));
	html_time(f, r->utc_ms);
	fprintf(f,
		" UTC</time> by marshal %s. All times are UTC.</p></footer>\n"
		"<script>%s</script>\n</body>\n</html>\n",
		MARSHAL_VERSION, page_js);
}
