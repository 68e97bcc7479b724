/* choice.c - which hosts the rows of a report, or conditions on what is known, mean. A host of a
 * row that the inventory does not have is an error: the report and the inventory are not of one
 * fleet then, or not of one day. */
#include "inventory/choice.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/fold.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/version.h"
#include "inventory/build.h"
#include "inventory/sheet.h"
#include "inventory/sheet_known.h"

enum {
	NAMES_MAX = 300,        /* bytes of the names that an error lists */
	WORDS_MAX = 8,          /* words of a column that an error lists */
	WORD_MAX = 30           /* bytes of one of them */
};

struct condition {
	int column;
	const char *op;                 /* of operators[] */
	char *words;                    /* joined by ',' */
};

/* The longer ones first. */
static const char *const operators[] = { "!=", "<=", ">=", "=", "<", ">" };

struct chooser {
	const struct inventory *inv;
	struct sheet sheet;
	const char *of;                 /* "the report", in messages */
	bool older_rules;               /* judged what is known */
	struct condition *condition;
	int conditions, conditions_cap;
	unsigned char *mark;            /* a byte a host, by its index */
	const char **missing;           /* in names */
	int missing_count, missing_cap;
	struct arena names;
};

static int no_column(const struct chooser *c, const char *id, struct err *err)
{
	const char *near = text_nearest(id, c->sheet.column, c->sheet.columns);

	return near ? err_set(err, ERR_USAGE, "%s has no column '%s': did you mean '%s'?", c->of,
			      id, near) :
		      err_set(err, ERR_USAGE, "%s has no column '%s'", c->of, id);
}

/* "status=outdated,site=bonn" would else look for a status of the name "site=bonn". */
static int check_words(const char *text, const char *words, struct err *err)
{
	size_t at = strcspn(words, "=!<>");

	if (!words[at])
		return 0;
	err_set(err, ERR_USAGE, "--where '%s': '%c' inside a word", text, words[at]);
	return err_hint(err, "' and ' joins conditions, and so does a second --where");
}

static int parse_condition(struct chooser *c, const char *text, struct err *err)
{
	struct condition *to;
	size_t len = strcspn(text, "=!<>");
	AUTO_FREE char *id = xstrndup(text, len);

	MEM_GROW(c->condition, c->conditions, c->conditions_cap);
	to = &c->condition[c->conditions];
	*to = (struct condition){ 0 };
	for (size_t i = 0; i < ARRAY_LEN(operators) && !to->op; i++)
		if (strncmp(text + len, operators[i], strlen(operators[i])) == 0)
			to->op = operators[i];
	if (len == 0 || !to->op)
		return err_set(err, ERR_USAGE,
			       "--where '%s': status=outdated,at-risk, fault!=refused or "
			       "'version<2.0.9083.0' was expected",
			       text);
	to->column = sheet_column(&c->sheet, id);
	if (to->column < 0)
		return no_column(c, id, err);
	to->words = xstrdup(text + len + strlen(to->op));
	c->conditions++;
	return check_words(text, to->words, err);
}

/* "status=outdated and version<2.0.9249" */
static int parse_conditions(struct chooser *c, const char *text, struct err *err)
{
	for (;;) {
		const char *and = strcasestr(text, " and ");
		size_t len = and? (size_t)(and-text) : strlen(text);
		AUTO_FREE char *one = NULL;

		while (and&&len > 0 && text[len - 1] == ' ')
			len--;
		one = xstrndup(text, len);
		if (parse_condition(c, one, err) < 0)
			return -1;
		if (!and)
			return 0;
		text = and+5 + strspn(and+5, " ");
	}
}

/* Whether the cell, or one of the words of a list, is this word; no word is an empty cell. */
static bool has_word(const char *cell, const char *word, size_t len)
{
	do {
		size_t part = strcspn(cell, ";");

		if (part == len && strncasecmp(cell, word, len) == 0)
			return true;
		cell += part;
	} while (*cell++ == ';');
	return false;
}

static bool is_one_of(const char *cell, const char *words)
{
	for (;;) {
		size_t len = strcspn(words, ",");

		if (has_word(cell, words, len) ||
		    (strlen(cell) == len && strncasecmp(cell, words, len) == 0))
			return true;
		if (!words[len])
			return false;
		words += len + 1;
	}
}

/* Numbers are versions of one part. What is none is neither below nor above anything. */
static bool compares(const char *cell, const char *op, const char *word)
{
	struct version a, b;
	int order;

	if (!version_parse(cell, &a) || !version_parse(word, &b))
		return false;
	order = version_cmp(a, b);
	return op[0] == '<' ? order < (op[1] == '=') : order > -(op[1] == '=');
}

static bool one_holds(const struct chooser *c, const struct condition *at, int row)
{
	const char *cell = sheet_cell(&c->sheet, row, at->column);

	return at->op[0] == '=' ? is_one_of(cell, at->words) :
	       at->op[0] == '!' ? !is_one_of(cell, at->words) :
				  compares(cell, at->op, at->words);
}

static bool holds(const struct chooser *c, int row)
{
	for (int i = 0; i < c->conditions; i++)
		if (!one_holds(c, &c->condition[i], row))
			return false;
	return true;
}

/* Adds the words of a cell that are not there yet, one more than are told. Returns the count. */
static int add_words(const char *cell, char **word, int count)
{
	do {
		size_t len = strcspn(cell, ";");
		bool known = len == 0;

		for (int i = 0; i < count && !known; i++)
			known = strlen(word[i]) == len && strncasecmp(word[i], cell, len) == 0;
		if (!known && count <= WORDS_MAX)
			word[count++] = xstrndup(cell, len);
		cell += len;
	} while (*cell++ == ';');
	return count;
}

static int no_such_word(const struct chooser *c, const struct condition *at, struct err *err)
{
	char *word[WORDS_MAX + 1];
	int count = 0;
	struct buf list;

	for (int row = 0; row < c->sheet.rows && count <= WORDS_MAX; row++)
		count = add_words(sheet_cell(&c->sheet, row, at->column), word, count);
	buf_init(&list, 4096);
	for (int i = 0; i < count; i++) {
		AUTO_FREE char *cut = text_printable(word[i], strlen(word[i]), WORD_MAX);

		buf_addf(&list, "%s%s", i ? ", " : "there are: ", i < WORDS_MAX ? cut : "...");
		free(word[i]);
	}
	AUTO_FREE char *there = buf_take(&list);

	err_set(err, ERR_USAGE, "no row has %s '%s' (%s)", c->sheet.column[at->column], at->words,
		count ? there : "all are empty");
	return c->older_rules ?
		       err_hint(err, "hosts were judged by older rules and count as undetermined: "
				     "`marshal recheck` judges them again") :
		       -1;
}

/* Which condition is to blame, where one alone is. */
static int no_rows(const struct chooser *c, struct err *err)
{
	for (int i = 0; i < c->conditions && c->sheet.rows > 0; i++) {
		bool any = c->condition[i].op[0] != '=';

		for (int row = 0; row < c->sheet.rows && !any; row++)
			any = one_holds(c, &c->condition[i], row);
		if (!any)
			return no_such_word(c, &c->condition[i], err);
	}
	return err_set(err, ERR_USAGE, c->sheet.rows > 0 ? "no row of it is so" : "it has no rows");
}

/* Signature of range_expand(). */
static int pick(void *ctx, const char *name, struct err *err)
{
	struct chooser *c = ctx;
	const struct host *h = name_find(&c->inv->host_by_name, name);

	(void)err;
	if (h) {
		c->mark[c->inv->host_index[h->id]] = 1;
		return 0;
	}
	MEM_GROW(c->missing, c->missing_count, c->missing_cap);
	c->missing[c->missing_count++] = arena_strdup(&c->names, name);
	return 0;
}

/* "web[01-40,43],db1": each name of it. */
static int pick_folded(struct chooser *c, const char *text, struct err *err)
{
	while (*text) {
		size_t len = 0;
		AUTO_FREE char *item = NULL;

		for (bool inside = false; text[len] && (inside || text[len] != ','); len++)
			inside = text[len] == '[' || (inside && text[len] != ']');
		item = xstrndup(text, len);
		if (strchr(item, '[') && !range_is_folded(item))
			return err_set(err, ERR_USAGE, "'%s' is no range of names", item);
		if (strchr(item, '[') ? range_expand_folded(item, pick, c, err) < 0 :
					pick(c, item, err) < 0)
			return -1;
		text += len + (text[len] == ',');
	}
	return 0;
}

static int pick_rows(struct chooser *c, struct err *err)
{
	int host = sheet_column(&c->sheet, "host"), hosts = sheet_column(&c->sheet, "hosts"),
	    any = 0, r = 0;

	if (hosts < 0)
		hosts = sheet_column(&c->sheet, "failing_hosts");
	if (host < 0 && hosts < 0)
		return err_set(err, ERR_USAGE,
			       "the report names no hosts: it has no column 'host'");
	for (int row = 0; row < c->sheet.rows && r == 0; row++) {
		if (!holds(c, row))
			continue;
		any++;
		r = host >= 0 ? pick(c, sheet_cell(&c->sheet, row, host), err) :
				pick_folded(c, sheet_cell(&c->sheet, row, hosts), err);
		if (r < 0)
			err_in(err, "row %d", c->sheet.line[row]);
	}
	if (r == 0 && !any)
		return no_rows(c, err);
	return r;
}

static int check_missing(const struct chooser *c, struct err *err)
{
	if (c->missing_count == 0)
		return 0;
	AUTO_FREE char *folded = fold_names(c->missing, c->missing_count);
	AUTO_FREE char *cut = text_printable(folded, strlen(folded), NAMES_MAX);

	err_set(err, ERR_USAGE, "%d of its hosts are not in the inventory: %s", c->missing_count,
		cut);
	return err_hint(err, "make a new report, or leave them out with --where 'host!=...'");
}

/* The report, or what is known; which of them it was is said before a message. */
static int read_choice(struct chooser *c, const struct wish *wish, struct err *err)
{
	const struct choice *choice = wish->choice;
	const char *name = choice->from ? choice->from : "--where";
	int r;

	c->of = choice->from ? "the report" : "what is known";
	r = choice->from ? sheet_read(choice->from, &c->sheet, err) :
			   sheet_of_known(c->inv, wish->db, &c->sheet, &c->older_rules, err);
	if (r < 0)
		return -1;
	for (int i = 0; i < choice->where.count; i++)
		if (parse_conditions(c, choice->where.item[i], err) < 0)
			return err_in(err, "%s", name);
	if (pick_rows(c, err) < 0 || check_missing(c, err) < 0)
		return err_in(err, "%s", name);
	return 0;
}

static void chooser_release(struct chooser *c)
{
	for (int i = 0; i < c->conditions; i++)
		free(c->condition[i].words);
	free(c->condition);
	free(c->mark);
	free(c->missing);
	arena_release(&c->names);
	sheet_release(&c->sheet);
}

/* Those of the selection that are marked. */
static int keep_marked(const struct chooser *c, struct selection *s, struct err *err)
{
	int kept = 0;

	for (int i = 0; i < s->count; i++)
		if (c->mark[s->host[i] - c->inv->host])
			s->host[kept++] = s->host[i];
	s->count = kept;
	if (kept > 0)
		return 0;
	selection_release(s);
	return err_set(err, ERR_USAGE, "the patterns leave no host of %s", c->of);
}

bool choice_is_made(const struct choice *choice)
{
	return choice->from || choice->where.count > 0;
}

int inventory_choose(const struct inventory *inv, const struct wish *wish, struct selection *out,
		     struct err *err)
{
	struct chooser c = { .inv = inv };
	int r;

	if (!choice_is_made(wish->choice))
		return inventory_select(inv, wish->pattern, wish->count, out, err);
	c.mark = xcalloc((size_t)inv->host_count + 1, 1);
	r = read_choice(&c, wish, err);
	if (r == 0)
		r = inventory_select(inv, wish->pattern, wish->count, out, err);
	if (r == 0)
		r = keep_marked(&c, out, err);
	chooser_release(&c);
	return r;
}
