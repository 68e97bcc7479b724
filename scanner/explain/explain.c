/* explain.c - finds what a word or code means: errors (codes.c), checks (checks.c), faults
 * (base/err.c), thresholds, and here the words of statuses, reports, outcomes and verdicts and the
 * events that checks look for. A number may name several things: all of them are told. */
#include "scanner/explain/explain.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "scanner/checks/thresholds.h"
#include "scanner/statuses.h"
#include "store/outcomes.h"

#define OURS "marshal"
#define CLOUDBACKUP "CloudBackup event log; no page of Microsoft lists these events"

#define STATUS_WORD(id, word, column, head, wide, weight, area, why, meaning, remedy) \
	{ "status", word, meaning, remedy },
#define WORD_BESIDE(id, word, rings, then, meaning, remedy) \
	{ "word of the reports", word, meaning, remedy },
#define OUTCOME_WORD(id, word, weight, meaning, remedy) \
	{ "outcome of an upgrade", word, meaning, remedy },
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
	  "the inventory says marshal_skip, or names the host no more: it was not contacted",
	  "start the service on the server, or mend the inventory" },
	OUTCOMES(OUTCOME_WORD)
	VERDICTS(VERDICT_WORD)
	SEVERITIES(SEVERITY_WORD)
};
static const struct {
	int number;
	const char *log, *meaning, *remedy, *document;
} events[] = {
	{ 1, "CloudBackup", "a backup was started", "nothing to do", CLOUDBACKUP },
	{ 3, "CloudBackup", "a backup completed", "nothing to do", CLOUDBACKUP },
	{ 10, "CloudBackup", "a backup completed with warnings",
	  "look for the files in LastBackupFailedFiles*.txt in the agent's Temp folder",
	  CLOUDBACKUP },
	{ 11, "CloudBackup", "a backup completed with errors", "`marshal explain` the code in it",
	  CLOUDBACKUP },
	{ 14, "CloudBackup", "a newer version of the agent is required", "upgrade the agent",
	  CLOUDBACKUP },
	{ 16, "CloudBackup", "the storage quota is nearly used up", "look at the vault",
	  CLOUDBACKUP },
	{ 18, "CloudBackup", "a scheduled backup failed before it began",
	  "`marshal explain` the code in it", CLOUDBACKUP },
	{ 24, "volsnap", "no space for the storage of copies on a volume (0x80060018)",
	  "free space, or enlarge shadow storage", "Troubleshoot System State Backup" },
	{ 25, "volsnap", "copies were deleted: their storage could not grow in time",
	  "run the backup at a quieter time, or enlarge shadow storage",
	  "Volsnap events, System log" },
	{ 33, "volsnap", "the oldest copy was deleted to stay within the limit", "nothing to do",
	  "Volsnap events, System log" },
	{ 35, "volsnap", "copies were dropped: their storage failed to grow",
	  "free space on the volume", "Volsnap events, System log" },
	{ 36, "volsnap", "copies were dropped: their storage is limited", "enlarge shadow storage",
	  "Volsnap events, System log" },
};
/* clang-format on */

struct found {
	struct topic *topic;
	int count;
};

/* The next one to fill; the last again when there are too many. */
static struct topic *next(struct found *f, const char *kind, const char *name)
{
	struct topic *t = &f->topic[f->count < TOPICS_MAX ? f->count++ : TOPICS_MAX - 1];

	*t = (struct topic){ .kind = kind };
	snprintf(t->name, sizeof(t->name), "%s", name);
	return t;
}

static void add_error(struct found *f, const struct known_error *e)
{
	static const char *const kinds[] = {
		[ERRORS_OF_AGENT] = "error of the agent",
		[ERRORS_OF_WINDOWS] = "error of Windows",
		[ERRORS_OF_INSTALLER] = "exit code of installers",
	};
	char code[ERROR_TEXT] = "", name[80];
	struct topic *t;

	if (e->space == ERRORS_OF_INSTALLER)
		snprintf(code, sizeof(code), "%u", (unsigned)e->code);
	else if (e->code != 0)
		error_shown(e->code, code);
	snprintf(name, sizeof(name), "%s%s%s", code, *code && e->name ? " " : "",
		 e->name ? e->name : "");
	t = next(f, kinds[e->space], name);
	t->meaning = e->meaning;
	t->cause = e->cause;
	t->remedy = e->remedy;
	t->document = e->source;
}

static void add_words(struct found *f, const char *query)
{
	enum err_code code = err_from_name(query);
	const struct check *check = check_find(query);
	struct topic *t;

	if (check) {
		t = next(f, "check", check->id);
		t->check = check;
		t->meaning = check->title;
		t->remedy = check->remedy;
		t->command = check->command;
		t->document = check->document;
	}
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
	for (const struct known_error *e = known_errors; e->meaning; e++)
		if (e->name && text_casecmp(e->name, query) == 0)
			add_error(f, e);
}

static void add_events(struct found *f, int64_t number, const char *log)
{
	for (size_t i = 0; i < ARRAY_LEN(events); i++) {
		char name[80];
		struct topic *t;

		if (events[i].number != number ||
		    (text_casecmp(log, "event") != 0 && text_casecmp(log, events[i].log) != 0))
			continue;
		snprintf(name, sizeof(name), "%s event %d", events[i].log, events[i].number);
		t = next(f, "event", name);
		t->meaning = events[i].meaning;
		t->remedy = events[i].remedy;
		t->document = events[i].document;
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

/* "0x1FBD3", "1FBD3", "130003", "-2147212302"; *decimal: written without letters. */
static bool read_number(const char *text, int64_t *out, bool *decimal)
{
	size_t digits = strspn(text, "0123456789");
	char *end;

	*decimal = text[digits] == '\0' || text[0] == '-';
	errno = 0;
	*out = strtoll(text, &end, *decimal ? 10 : 16);
	return errno == 0 && *end == '\0' && end != text;
}

static void add_numbers(struct found *f, const char *query)
{
	const char *last = strrchr(query, ' ');
	AUTO_FREE char *log = last ? xstrndup(query, (size_t)(last - query)) : NULL;
	const struct known_error *e;
	int64_t number;
	bool decimal;

	if (!read_number(last ? last + 1 : query, &number, &decimal))
		return;
	if (log && (text_casecmp(log, "event") == 0 || text_casecmp(log, "cloudbackup") == 0 ||
		    text_casecmp(log, "volsnap") == 0)) {
		add_events(f, number, log);
		return;
	}
	e = error_known(number);
	if (e)
		add_error(f, e);
	e = decimal ? error_of_installer(number) : NULL;
	if (e)
		add_error(f, e);
	if (decimal && !log)
		add_events(f, number, "event");
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

int explain(const char *query, struct topic out[TOPICS_MAX])
{
	AUTO_FREE char *text = plain(query), *lower = xstrdup(text);
	struct found f = { out, 0 };

	for (char *c = lower; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	add_words(&f, lower);
	add_numbers(&f, lower);
	if (*lower)
		add_thresholds(&f, lower);
	return f.count;
}

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
	const char *near = NULL;

	for (const struct check *c = checks; c->id; c++)
		nearer(text, c->id, &best, &near);
	for (int code = ERR_NONE + 1; code < ERR_COUNT; code++)
		nearer(text, err_name((enum err_code)code), &best, &near);
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		nearer(text, words[i].word, &best, &near);
	for (const struct known_error *e = known_errors; e->meaning; e++)
		nearer(text, e->name, &best, &near);
	return near;
}
