/* pattern.c - which hosts a command means. Terms are united first, then cut with every &term,
 * then freed of every !term, in whatever order they stand, as in Ansible. A name that nothing
 * has is an error even behind `!`: a slip there would upgrade the host that was to be left out. */
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "inventory/build.h"

enum { LIMIT_TERMS = 10000 };

struct term {
	char op; /* '+', '&', '!' */
	char *text;                     /* NULL: a file without a line, which adds nobody */
	int file;                       /* which of terms.file it is of; -1: none */
	bool missed;                    /* nothing has that name, and it is passed over */
};

struct terms {
	struct term *item;
	int count, cap;
	char **file;                    /* paths of files of patterns */
	int file_count, file_cap;
};

/* Hosts that one term means: a byte for each, by its index. */
struct picking {
	const struct inventory *inv;
	unsigned char *mark;
	bool known; /* something has that name, if only an empty group */
};

static void pick_group(struct picking *p, const struct group *top)
{
	const struct inventory *inv = p->inv;
	AUTO_FREE unsigned char *seen = xcalloc((size_t)inv->group_count, 1);
	struct ids walk = { 0 };

	p->known = true;
	seen[top->id] = 1;
	ids_add(&walk, top->id);
	for (int i = 0; i < walk.count; i++) {
		const struct group *g = inv->group[walk.id[i]];

		for (int k = 0; k < g->host.count; k++)
			p->mark[g->host.id[k]] = 1;
		for (int k = 0; k < g->child.count; k++) {
			if (seen[g->child.id[k]])
				continue;
			seen[g->child.id[k]] = 1;
			ids_add(&walk, g->child.id[k]);
		}
	}
	free(walk.id);
}

/* Signature of range_expand(). A name in a range that no host has is passed over. */
static int pick_name(void *ctx, const char *name, struct err *err)
{
	struct picking *p = ctx;
	const struct group *g = name_find(&p->inv->group_by_name, name);
	const struct host *h = name_find(&p->inv->host_by_name, name);

	(void)err;
	if (g)
		pick_group(p, g);
	if (h) {
		p->mark[p->inv->host_index[h->id]] = 1;
		p->known = true;
	}
	return 0;
}

static bool glob_matches(const void *how, const char *name)
{
	return text_glob(how, name);
}

static bool regex_matches(const void *how, const char *name)
{
	return regexec(how, name, 0, NULL, 0) == 0;
}

static void pick_matching(struct picking *p, bool (*matches)(const void *, const char *),
			  const void *how)
{
	for (int i = 0; i < p->inv->group_count; i++)
		if (matches(how, p->inv->group[i]->name))
			pick_group(p, p->inv->group[i]);
	for (int i = 0; i < p->inv->host_count; i++) {
		if (matches(how, p->inv->host[i].name)) {
			p->mark[i] = 1;
			p->known = true;
		}
	}
}

static int pick_regex(struct picking *p, const char *text, struct err *err)
{
	char why[128];
	regex_t re;
	int rc = regcomp(&re, text, REG_EXTENDED | REG_NOSUB | REG_ICASE);

	if (rc != 0) {
		regerror(rc, &re, why, sizeof(why));
		return err_set(err, ERR_USAGE, "pattern '~%s': %s", text, why);
	}
	pick_matching(p, regex_matches, &re);
	regfree(&re);
	return 0;
}

/* web[01:20]: a range of names. Ansible would take it as a part of the group's hosts where web
 * is a group; which of the two was meant must not be guessed. */
static int pick_range(struct picking *p, const char *text, struct err *err)
{
	AUTO_FREE char *head = xstrndup(text, strcspn(text, "["));

	if (name_find(&p->inv->group_by_name, head))
		return err_set(err, ERR_USAGE,
			       "pattern '%s': '%s' is a group, and a part of a group cannot "
			       "be selected: expected names or a glob such as '%s*[1-5]'",
			       text, head, head);
	if (range_check(text, LIMIT_HOSTS, err) < 0)
		return -1;
	return range_expand(text, pick_name, p, err);
}

static int unknown(const struct inventory *inv, const char *text, struct err *err)
{
	AUTO_FREE const char **name =
		xcalloc((size_t)inv->group_count + (size_t)inv->host_count, sizeof(*name));
	const char *near;
	int count = 0;

	if (inv->host_count == 0)
		return err_set(err, ERR_USAGE, "the inventory has no hosts");
	for (int i = 0; i < inv->group_count; i++)
		name[count++] = inv->group_name[i];
	for (int i = 0; i < inv->host_count; i++)
		name[count++] = inv->host[i].name;
	near = text_nearest(text, name, count);
	if (near)
		err_set(err, ERR_USAGE, "no host or group matches '%s': did you mean '%s'?", text,
			near);
	else
		err_set(err, ERR_USAGE, "no host or group matches '%s'", text);
	return err_hint(err, "`marshal inventory list` shows the hosts and their groups");
}

/* A colon between digits makes a range, other brackets are a glob's. */
static bool is_range(const char *text)
{
	const char *open = strchr(text, '['), *colon = open ? strchr(open, ':') : NULL;
	const char *close = open ? strchr(open, ']') : NULL;

	return close && colon && colon < close && !strpbrk(text, "*?");
}

static int pick_term(struct picking *p, struct term *t, struct err *err)
{
	bool glob = t->text && strpbrk(t->text, "*?[") != NULL;
	int r = 0;

	if (!t->text)
		return 0;
	if (t->text[0] == '~')
		r = pick_regex(p, t->text + 1, err);
	else if (is_range(t->text))
		r = pick_range(p, t->text, err);
	else if (range_is_folded(t->text))
		r = range_expand_folded(t->text, pick_name, p, err);
	else if (glob)
		pick_matching(p, glob_matches, t->text);
	else
		r = pick_name(p, t->text, err);
	if (r < 0)
		return -1;
	/* as Ansible does with lines that only add: those behind ! are to be left out */
	t->missed = !p->known && t->file >= 0 && t->op == '+';
	/* that nothing is left to cut off by a wildcard is no slip of the fingers */
	if (!p->known && !t->missed && (t->op == '+' || !(glob || t->text[0] == '~')))
		return unknown(p->inv, t->text, err);
	return 0;
}

/* Takes text of len bytes as one term, of a file or of none (-1). Blanks around it and an empty one
 * are nothing. */
static int add_term(struct terms *terms, const char *text, size_t len, int file, struct err *err)
{
	struct term t = { .op = '+', .file = file };

	while (len > 0 && strchr(" \t", text[0])) {
		text++;
		len--;
	}
	while (len > 0 && strchr(" \t", text[len - 1]))
		len--;
	if (len == 0)
		return 0;
	if (text[0] == '!' || text[0] == '&') {
		t.op = text[0];
		text++;
		len--;
	}
	if (len == 0)
		return err_set(err, ERR_USAGE, "pattern: expected a name behind %c", t.op);
	if (terms->count >= LIMIT_TERMS)
		return err_set(err, ERR_USAGE, "pattern: more than %d terms", (int)LIMIT_TERMS);
	t.text = xstrndup(text, len);
	if (text[0] == '[' && text[len - 1] == ']') { /* [2001:db8::1] */
		AUTO_FREE char *inside = xstrndup(text + 1, len - 2);

		if (name_is_ipv6(inside)) {
			free(t.text);
			t.text = xstrdup(inside);
		}
	}
	MEM_GROW(terms->item, terms->count, terms->cap);
	terms->item[terms->count++] = t;
	return 0;
}

/* The next separator outside of brackets, or the end. */
static size_t term_length(const char *text, size_t len, char separator)
{
	int depth = 0;

	for (size_t i = 0; i < len; i++) {
		depth += text[i] == '[' ? 1 : text[i] == ']' && depth ? -1 : 0;
		if (text[i] == separator && depth == 0)
			return i;
	}
	return len;
}

/* As with Ansible's --limit: each line of the file is a pattern, whatever is in it. But one that
 * names nobody adds nobody, where Ansible would take all hosts. */
static int split_file(struct terms *terms, const char *path, struct err *err)
{
	size_t len;
	AUTO_FREE char *text = file_read(path, LIMIT_FILE, &len, err);
	char *rest = text, *line;
	int before = terms->count, file = terms->file_count;

	if (!text)
		return err_in(err, "pattern '@%s'", path);
	MEM_GROW(terms->file, terms->file_count, terms->file_cap);
	terms->file[terms->file_count++] = xstrdup(path);
	if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
		rest += 3;
	while ((line = strsep(&rest, "\r\n")) != NULL)
		if (add_term(terms, line, strlen(line), file, err) < 0)
			return err_in(err, "pattern '@%s'", path);
	if (terms->count == before) {
		MEM_GROW(terms->item, terms->count, terms->cap);
		terms->item[terms->count++] = (struct term){ .op = '+', .file = file };
	}
	return 0;
}

/* Where the @ of a file is in a part of a pattern; NULL: it is none. */
static const char *file_in(const char *part)
{
	const char *name = part + strspn(part, "!& ");

	return *name == '@' ? name : NULL;
}

static int take_file(struct terms *terms, const char *part, const char *at, struct err *err)
{
	if (part[strspn(part, " ")] == '@')
		return split_file(terms, at + 1, err);
	return err_set(
		err, ERR_USAGE,
		"pattern '%s': a file can only add hosts: write the %c in front of its lines", part,
		part[strspn(part, " ")]);
}

/* a,b first; then a:b, unless the colons are those of an IPv6 address. A file may be either part,
 * as with Ansible. */
static int split(struct terms *terms, const char *text, char separator, struct err *err)
{
	size_t left = strlen(text);

	for (;;) {
		size_t len = term_length(text, left, separator);
		AUTO_FREE char *part = xstrndup(text, len);
		const char *name = part + strspn(part, "!& "), *file = file_in(part);
		int r = separator == ',' && !name_is_ipv6(name) ? split(terms, part, ':', err) :
			file ? take_file(terms, part, file, err) :
			       add_term(terms, part, len, -1, err);

		if (r < 0 || len == left)
			return r;
		text += len + 1;
		left -= len + 1;
	}
}

static int combine(const struct inventory *inv, struct terms *terms, unsigned char *chosen,
		   struct err *err)
{
	size_t n = (size_t)inv->host_count;
	AUTO_FREE unsigned char *mark = xcalloc(n + 1, 1);
	bool any = false;

	for (int i = 0; i < terms->count; i++)
		any |= terms->item[i].op == '+';
	memset(chosen, any ? 0 : 1, n); /* only !a: all but a */
	for (const char *op = "+&!"; *op; op++) {
		for (int i = 0; i < terms->count; i++) {
			struct picking p = { inv, mark, false };

			if (terms->item[i].op != *op)
				continue;
			memset(mark, 0, n);
			if (pick_term(&p, &terms->item[i], err) < 0)
				return -1;
			for (size_t k = 0; k < n; k++)
				chosen[k] = *op == '+' ? chosen[k] | mark[k] :
					    *op == '&' ? chosen[k] & mark[k] :
							 chosen[k] & !mark[k];
		}
	}
	return 0;
}

/* Why terms leave no host: err is filled. */
static int nobody(const struct inventory *inv, const struct terms *terms, struct err *err)
{
	if (inv->host_count == 0)
		return err_set(err, ERR_USAGE, "the inventory has no hosts");
	for (int i = 0; i < terms->count; i++) {
		const struct term *t = &terms->item[i];

		if (!t->text)
			return err_set(err, ERR_USAGE, "pattern '@%s': the file names no host",
				       terms->file[t->file]);
		if (t->missed) {
			unknown(inv, t->text, err);
			return err_in(err, "pattern '@%s'", terms->file[t->file]);
		}
	}
	return err_set(err, ERR_USAGE, "the pattern leaves no host");
}

/* A warning for each file with lines that nothing has the name of. */
static void tell_missed(const struct inventory *inv, const struct terms *terms)
{
	for (int file = 0; file < terms->file_count; file++) {
		int missed = 0;
		struct err why = { 0 };

		for (int i = 0; i < terms->count; i++) {
			const struct term *t = &terms->item[i];

			if (t->file == file && t->missed && missed++ == 0)
				unknown(inv, t->text, &why);
		}
		if (missed == 1)
			log_line(LOG_WARN, "pattern '@%s': %s: the line is passed over",
				 terms->file[file], why.msg);
		else if (missed > 1)
			log_line(LOG_WARN,
				 "pattern '@%s': %s: %d such lines are passed over, each is one "
				 "pattern",
				 terms->file[file], why.msg, missed);
	}
}

static int choose(const struct inventory *inv, struct terms *terms, struct selection *out,
		  struct err *err)
{
	AUTO_FREE unsigned char *chosen = xcalloc((size_t)inv->host_count + 1, 1);
	struct selection s = { 0 };

	if (combine(inv, terms, chosen, err) < 0)
		return -1;
	for (int i = 0; i < inv->host_count; i++)
		s.count += chosen[i];
	if (s.count == 0)
		return nobody(inv, terms, err);
	tell_missed(inv, terms);
	s.host = xcalloc((size_t)s.count, sizeof(*s.host));
	s.count = 0;
	for (int i = 0; i < inv->host_count; i++)
		if (chosen[i])
			s.host[s.count++] = &inv->host[i];
	*out = s;
	return 0;
}

int inventory_select(const struct inventory *inv, char *const *pattern, int count,
		     struct selection *out, struct err *err)
{
	struct terms terms = { 0 };
	int r = count == 0 ? add_term(&terms, "all", 3, -1, err) : 0;

	for (int i = 0; r == 0 && i < count; i++) {
		int before = terms.count;

		r = split(&terms, pattern[i], ',', err);
		/* an unset variable of a script must never become `all` */
		if (r == 0 && terms.count == before)
			r = err_set(err, ERR_USAGE, "an empty pattern: write all for all hosts");
	}
	if (r == 0)
		r = choose(inv, &terms, out, err);
	for (int i = 0; i < terms.count; i++)
		free(terms.item[i].text);
	for (int i = 0; i < terms.file_count; i++)
		free(terms.file[i]);
	free(terms.item);
	free(terms.file);
	return r;
}

void selection_release(struct selection *s)
{
	free(s->host);
	*s = (struct selection){ 0 };
}
