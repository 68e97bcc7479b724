/* explain.c - finds what a word, code or message means: errors (codes.c), events (events.c),
 * checks (checks.c), faults (base/err.c), thresholds, and here the words of statuses, reports,
 * outcomes and verdicts. A number may name several things: all of them are told. */
#include "scanner/explain/explain.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "scanner/checks/checks.h"
#include "scanner/duties.h"
#include "scanner/explain/events.h"
#include "scanner/explain/guides.h"
#include "scanner/explain/known_errors.h"
#include "scanner/explain/pasted.h"
#include "scanner/statuses.h"
#include "store/outcomes.h"

#define OURS "marshal"
#define LEFT_TO_DO "left to do after an upgrade"

#define STATUS_WORD(id, word, column, head, wide, weight, area, why, meaning, remedy) \
	{ "status", word, meaning, remedy },
#define WORD_BESIDE(id, word, rings, then, meaning, remedy) \
	{ "word of the reports", word, meaning, remedy },
#define RUN_STATE_WORD(id, word, then, meaning, remedy) { "state of a run", word, meaning, remedy },
#define OUTCOME_WORD(id, word, weight, meaning, remedy) \
	{ "outcome of an upgrade", word, meaning, remedy },
#define DUTY_WORD(id, word, then, short_text, meaning, remedy) \
	{ LEFT_TO_DO, word, meaning, remedy },
/* What is found in old notes and scripts: docs/changes.md. */
#define RENAMED(old, new) \
	{ "word of before", old, "it is called " new " now", "`marshal explain " new "`" }
#define VERDICT_WORD(id, word, alarm, then, column, head, wide, weight, meaning, remedy) \
	{ "verdict", word, meaning, remedy },
#define SEVERITY_WORD(id, word, meaning, remedy) { "severity", word, meaning, remedy },

/* clang-format off */
static const struct {
	const char *kind, *word, *meaning, *remedy;
} words[] = {
	STATUSES(STATUS_WORD)
	WORDS_BESIDE(WORD_BESIDE)
	{ "result of upgrade restore", "not-ours",
	  "obengine is stopped, but no run of marshal did that",
	  "ask who did; start it on the server, or leave it so" },
	{ "result of upgrade restore", "installer-at-work",
	  "an installer works on the server: a service started under it would break it, so "
	  "nothing was started",
	  "run the same again when the time that the reason names has passed" },
	{ "result of upgrade restore", "left-out",
	  "the inventory says marshal_skip, or local without marshal_program, or names the host no "
	  "more: it was not contacted",
	  "start the service on the server, or mend the inventory" },
	RUN_STATES(RUN_STATE_WORD)
	OUTCOMES(OUTCOME_WORD)
	DUTIES(DUTY_WORD)
	{ LEFT_TO_DO, WORD_ANY_DUTY,
	  "something that an upgrade leaves to people was not seen done yet",
	  "`marshal report run` says which on which hosts, and what to do" },
	VERDICTS(VERDICT_WORD)
	SEVERITIES(SEVERITY_WORD)
	RENAMED("never-scanned", "never-seen"),
	RENAMED("blocks backup", "stops-backups"),
	RENAMED("blocks upgrade", "stops-upgrade"),
	RENAMED("warns", "may-fail"),
	RENAMED("informs", "info"),
};
/* clang-format on */

enum { MENTION_MIN = 6, MENTIONS_MAX = 4 };

struct found {
	struct topic *topic;
	int count;
};

/* The next one to fill; the last again when there are too many, and one that is told already. */
static struct topic *next(struct found *f, const char *kind, const char *name)
{
	int i = 0;
	struct topic *t;

	while (i < f->count &&
	       (strcmp(f->topic[i].kind, kind) != 0 || strcmp(f->topic[i].name, name) != 0))
		i++;
	t = &f->topic[i < TOPICS_MAX ? i : TOPICS_MAX - 1];
	if (i == f->count && i < TOPICS_MAX)
		f->count++;
	*t = (struct topic){ .kind = kind };
	snprintf(t->name, sizeof(t->name), "%s", name);
	return t;
}

/* A system error is shown in both its forms: "0x80070005 (5)". */
static const char *number_shown(const struct known_error *e, char out[ERROR_TEXT])
{
	bool small = e->code <= 0xFFFF;

	if (e->space == ERRORS_OF_INSTALLER)
		snprintf(out, ERROR_TEXT, "%u", (unsigned)e->code);
	else if (e->space == ERRORS_OF_SYSTEM ||
		 (e->space > ERRORS_OF_INSTALLER && !small && e->code >> 16 == 0x8007))
		snprintf(out, ERROR_TEXT, "0x8007%04X (%u)", (unsigned)e->code & 0xFFFF,
			 (unsigned)e->code & 0xFFFF);
	else
		error_shown(e->code, out);
	return out;
}

static void add_error(struct found *f, const struct known_error *e)
{
	static const char *const kinds[ERROR_SPACES] = {
		[ERRORS_OF_AGENT] = "error of the agent",
		[ERRORS_OF_WINDOWS] = "error of Windows",
		[ERRORS_OF_SYSTEM] = "error of Windows",
		[ERRORS_OF_INSTALLER] = "exit code of installers",
		[ERRORS_IN_BACKUP] = "in a backup",
		[ERRORS_IN_WSB] = "in Windows Server Backup",
		[ERRORS_OF_TASK] = "as the result of a scheduled task",
		[ERRORS_OF_SERVICE] = "of a service",
	};
	bool numbered = e->code != 0 || e->space == ERRORS_OF_INSTALLER;
	char code[ERROR_TEXT] = "", name[80];
	struct topic *t;

	snprintf(name, sizeof(name), "%s%s%s", numbered ? number_shown(e, code) : "",
		 numbered && e->name ? " " : "", e->name ? e->name : "");
	t = next(f, kinds[e->space], name);
	t->meaning = e->meaning;
	t->cause = e->cause;
	t->remedy = e->remedy;
	t->document = error_document(e);
}

static void add_name(struct found *f, const char *name)
{
	const struct known_error *e;

	for (int n = 0; (e = error_nth(n)) != NULL; n++)
		if (e->name && text_casecmp(e->name, name) == 0)
			add_error(f, e);
}

static void add_guide(struct found *f, const struct guide *g)
{
	char name[80];
	struct topic *t;

	snprintf(name, sizeof(name), "%.*s, %s", (int)strcspn(g->words, ";"), g->words, g->about);
	t = next(f, "what to do", name);
	t->meaning = g->meaning;
	t->remedy = g->remedy;
	t->command = g->command;
	t->document = g->document;
}

static void add_guides(struct found *f, const char *query)
{
	for (const struct guide *g = guides; g->words; g++)
		if (text_in_list(g->words, ';', query))
			add_guide(f, g);
}

static void add_check(struct found *f, const struct check *check)
{
	struct topic *t = next(f, "check", check->id);

	t->check = check;
	t->meaning = check->title;
	t->remedy = check->remedy;
	t->command = check->command;
	t->document = check->document;
}

static bool speaks_of(const char *text, const char *query)
{
	return text && strcasestr(text, query);
}

/* Words of a document that name nothing by themselves, "time zone", "net stop obengine": what of
 * ours speaks of them, titles before all else. */
static void add_mentions(struct found *f, const char *query)
{
	if (strlen(query) < MENTION_MIN)
		return;
	for (const struct check *c = checks; c->id && f->count < MENTIONS_MAX; c++)
		if (speaks_of(c->title, query))
			add_check(f, c);
	for (const struct check *c = checks; c->id && f->count < MENTIONS_MAX; c++)
		if (speaks_of(c->remedy, query) || speaks_of(c->command, query) ||
		    speaks_of(c->looks_at, query))
			add_check(f, c);
	for (const struct guide *g = guides; g->words && f->count < MENTIONS_MAX; g++)
		if (speaks_of(g->remedy, query) || speaks_of(g->command, query))
			add_guide(f, g);
}

static void add_words(struct found *f, const char *query)
{
	enum err_code code = err_from_name(query);
	const struct check *check = check_find(query);
	struct topic *t;

	if (check)
		add_check(f, check);
	if (code != ERR_NONE) {
		t = next(f, err_is_fault(code) ? "fault" : "error of this program", err_name(code));
		t->meaning = err_meaning_of(code);
		t->remedy = err_hint_of(code);
		t->document = OURS;
	}
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (text_casecmp(words[i].word, query) != 0)
			continue;
		t = next(f, words[i].kind, words[i].word);
		t->meaning = words[i].meaning;
		t->remedy = words[i].remedy;
		t->document = OURS;
	}
	add_name(f, query);
	add_guides(f, query);
}

/* Of one log, by the last word of its name, or of any ("event"). */
static void add_events(struct found *f, int64_t number, const char *log)
{
	for (const struct known_event *e = known_events; e->meaning; e++) {
		const char *last = strrchr(e->log, ' ');
		char name[80];
		struct topic *t;

		if (e->number != number ||
		    (strcmp(log, "event") != 0 && text_casecmp(log, last ? last + 1 : e->log) != 0))
			continue;
		snprintf(name, sizeof(name), "%s event %d", e->log, e->number);
		t = next(f, "event", name);
		t->meaning = e->meaning;
		t->remedy = e->remedy;
		t->document = e->document;
	}
}

/* A threshold by its version, or by the part of it that people say: 9249. */
static void add_thresholds(struct found *f, const char *query)
{
	char *end;
	unsigned long part = strtoul(query, &end, 10);
	struct version version;
	bool whole = strchr(query, '.') && version_parse(query, &version);

	for (int i = 0; i < thresholds_count; i++) {
		char name[VERSION_TEXT];
		struct topic *t;

		if (whole ? version_cmp(thresholds[i].version, version) != 0 :
			    *end || thresholds[i].version.part[2] != part)
			continue;
		t = next(f, "threshold", version_format(thresholds[i].version, name));
		t->meaning = thresholds[i].meaning;
		t->cause = "agents below it lack that";
		t->remedy = "upgrade the agent if you need it";
		t->document = thresholds[i].source;
	}
}

/* "0x1FBD3", "1FBD3", "130003", "-2147212302", "80042306"; *decimal: written without letters. */
static bool read_number(const char *text, int64_t *out, bool *decimal)
{
	size_t digits = strspn(text, "0123456789");
	bool hresult = digits == 8 && text[0] == '8' && text[8] == '\0';
	char *end;

	*decimal = !hresult && (text[digits] == '\0' || text[0] == '-');
	errno = 0;
	*out = strtoll(text, &end, *decimal ? 10 : 16);
	return errno == 0 && *end == '\0' && end != text;
}

/* What it is, then what it means in one place or another. */
static void add_code(struct found *f, int64_t number)
{
	const struct known_error *e;

	for (int space = 0; space < ERROR_SPACES; space++)
		for (int n = 0; (e = error_nth(n)) != NULL; n++)
			if ((int)e->space == space && (e->code != 0 || !e->name) &&
			    error_is(e, number))
				add_error(f, e);
}

/* Of a code that no row has. */
static void add_family(struct found *f, int64_t number)
{
	const struct error_family *family = error_family(number);
	uint32_t code = (uint32_t)number;
	char shown[ERROR_TEXT], name[80];
	struct topic *t;

	error_shown(number, shown);
	if (code >> 16 == 0x8007)
		snprintf(name, sizeof(name), "%s (%u)", shown, (unsigned)code & 0xFFFF);
	else
		snprintf(name, sizeof(name), "%s", shown);
	t = next(f, "code without an explanation of its own", name);
	t->meaning = family->meaning;
	t->remedy = error_family_remedy(number, t->room);
	t->document = OURS;
}

/* One word, which may be a number or a version. */
static void add_number(struct found *f, const char *query)
{
	int64_t number;
	bool decimal, is = read_number(query, &number, &decimal);

	if (is)
		add_code(f, number);
	if (is && decimal)
		add_events(f, number, "event");
	add_thresholds(f, query);
	/* "bad" and "feed" are numbers to no man */
	if (is && f->count == 0 && strpbrk(query, "0123456789"))
		add_family(f, number);
}

/* The errors that name the article, else the checks. */
static void add_article(struct found *f, int64_t number)
{
	const struct known_error *e;
	int before = f->count;
	char text[24];

	snprintf(text, sizeof(text), "KB %lld", (long long)number);
	for (int n = 0; (e = error_nth(n)) != NULL; n++)
		if (strstr(e->source, text))
			add_error(f, e);
	for (const struct check *c = checks; c->id && f->count == before; c++)
		if (c->document && strstr(c->document, text))
			add_words(f, c->id);
}

/* What a whole message names: its codes, the names in it, and what it says. */
static void add_pasted(struct found *f, const char *text)
{
	struct pasted pasted[PASTED_MAX];
	int count = pasted_find(text, pasted), at = 0;
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
	const char *means;

	for (int i = 0; i < count; i++) {
		int before = f->count;

		if (pasted[i].kind == PASTED_EVENT)
			add_events(f, pasted[i].number, pasted[i].log);
		else if (pasted[i].kind == PASTED_KB)
			add_article(f, pasted[i].number);
		else
			add_code(f, pasted[i].number);
		if (f->count == before && pasted[i].kind < PASTED_EVENT && pasted[i].number != 0)
			add_family(f, pasted[i].number);
	}
	while ((means = pasted_message(text, &at)) != NULL) {
		add_words(f, means);
		add_number(f, means);
	}
	for (text += strcspn(text, letters); *text; text += strcspn(text, letters)) {
		size_t len = strspn(text, letters);
		AUTO_FREE char *name = xstrndup(text, len);

		add_name(f, name);
		text += len;
	}
}

/* Without blanks and brackets around, and without the "ID:" that products write before a code. */
static char *plain(const char *query)
{
	static const char around[] = " \t()[]'\".,:;";
	size_t len;
	char *text;

	query += strspn(query, around);
	if (strncasecmp(query, "id:", 3) == 0)
		query += 3;
	query += strspn(query, around);
	text = xstrdup(query);
	for (len = strlen(text); len > 0 && strchr(around, text[len - 1]); len--)
		text[len - 1] = '\0';
	return text;
}

/* In lower case and with single blanks: messages are wrapped where they are shown. */
static char *lowered(const char *text)
{
	char *lower = xstrdup(text), *to = lower;

	for (const char *c = text; *c; c++) {
		char one = isspace((unsigned char)*c) ? ' ' : (char)tolower((unsigned char)*c);

		if (one != ' ' || (to > lower && to[-1] != ' '))
			*to++ = one;
	}
	*to = '\0';
	return lower;
}

int explain(const char *query, struct topic out[TOPICS_MAX])
{
	AUTO_FREE char *text = plain(query), *word = lowered(text), *whole = lowered(query);
	struct found f = { out, 0 };

	add_words(&f, word);
	if (*word && !strchr(word, ' '))
		add_number(&f, word);
	if (f.count == 0)
		add_pasted(&f, whole);
	if (f.count == 0)
		add_mentions(&f, word);
	return f.count;
}

static const char *const guide_words[] = { GUIDE_WORDS };

static void nearer(const char *query, const char *word, int *best, const char **near)
{
	int distance = word ? text_distance(query, word) : *best;

	if (distance < *best) {
		*best = distance;
		*near = word;
	}
}

const char *explain_nearest(const char *query)
{
	AUTO_FREE char *text = plain(query);
	int best = (int)strlen(text) / 3 + 1;
	const struct known_error *e;
	const char *near = NULL;

	if (strlen(text) > sizeof(((struct topic *)0)->name))
		return NULL;            /* a whole message is near no word */

	for (const struct check *c = checks; c->id; c++)
		nearer(text, c->id, &best, &near);
	for (int code = ERR_NONE + 1; code < ERR_COUNT; code++)
		nearer(text, err_name((enum err_code)code), &best, &near);
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		nearer(text, words[i].word, &best, &near);
	for (int n = 0; (e = error_nth(n)) != NULL; n++)
		nearer(text, e->name, &best, &near);
	for (size_t i = 0; i < ARRAY_LEN(guide_words); i++)
		nearer(text, guide_words[i], &best, &near);
	return near;
}
