/* source_ini.c - Ansible's INI form: [group], [group:children], [group:vars], host lines with
 * key=value words. Words follow the rules of Python's shlex, as there: quotes, backslashes,
 * # anywhere starts a comment. Values stay text. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "inventory/build.h"

enum section { IN_HOSTS, IN_CHILDREN, IN_VARS };

/* What reads otherwise than it looks. A warning each, however often it is there. */
enum odd { ODD_BACKSLASH, ODD_SEMICOLON, ODD_TWICE, ODDS };
static const char *const odd_texts[ODDS] = {
	[ODD_BACKSLASH] = "a backslash outside of quotes is taken away here, as in Ansible: put "
			  "the value in single quotes",
	[ODD_SEMICOLON] = "a semicolon begins no comment here and ends no value: it is part of it, "
			  "as in Ansible",
	[ODD_TWICE] = "the host is there twice in its section, and the later line counts more",
};

struct ini {
	struct inventory *inv;
	const struct source *src;
	enum section section;
	struct group *group;
	int line;
	const char *begin; /* of the line being read, a copy that ends with NUL */
	const char *counted; /* up to here the columns are counted: col */
	int col;
	struct ids hosts; /* of the host line */
	struct { int lines; struct place first; } odd[ODDS];
	struct buf word;
};

/* Goes on from the place last asked for: a line may hold very many words. */
static struct place place_of(struct ini *ini, const char *where)
{
	if (where < ini->counted) {
		ini->counted = ini->begin;
		ini->col = 1;
	}
	for (; ini->counted < where; ini->counted++)
		ini->col += ((unsigned char)*ini->counted & 0xc0) != 0x80;
	return (struct place){ ini->src, ini->line, ini->col };
}

static void note_odd(struct ini *ini, enum odd what, const char *where)
{
	if (ini->odd[what].lines++ == 0)
		ini->odd[what].first = place_of(ini, where);
}

static void warn_odd(const struct ini *ini)
{
	for (int i = 0; i < ODDS; i++) {
		const struct place *at = &ini->odd[i].first;
		int more = ini->odd[i].lines - 1;
		AUTO_FREE char *and = more > 0 ? xasprintf(" (and %d more)", more) : xstrdup("");

		if (more >= 0)
			build_warn(ini->inv, "%s:%d:%d: %s%s", at->file->path, at->line, at->col,
				   odd_texts[i], and);
	}
}

/* The next word from *pos into ini->word. 1: there is one, 0: the line is over. */
static int next_word(struct ini *ini, const char **pos, const char **out_begin, struct err *err)
{
	const char *c = *pos + strspn(*pos, " \t");
	char quote = 0;

	buf_clear(&ini->word);
	*out_begin = c;
	if (*c == '\0' || *c == '#')
		return 0;
	for (; *c && (quote || !strchr(" \t#", *c)); c++) {
		if (quote && *c == quote) {
			quote = 0;
		} else if (!quote && (*c == '"' || *c == '\'')) {
			quote = *c;
			*out_begin = c;
		} else if (*c == '\\' && c[1] &&
			   (!quote || (quote == '"' && strchr("\"\\", c[1])))) {
			if (!quote)
				note_odd(ini, ODD_BACKSLASH, c);
			buf_add(&ini->word, ++c, 1);
		} else {
			buf_add(&ini->word, c, 1);
		}
	}
	if (quote) {
		struct place at = place_of(ini, *out_begin);

		return place_error(&at, err, "the quote %c is not closed", quote);
	}
	*pos = c;
	return 1;
}

static int add_var(struct ini *ini, struct written w, const struct var **out, struct err *err)
{
	AUTO_FREE char *text = NULL;

	if (literal_text(w.value, &text, &w.null) < 0)
		w.open = OPEN_NO_TEXT;
	else
		w.value = text;
	if (var_is_template(w.value))
		w.open = OPEN_TEMPLATE;
	return build_var(ini->inv, &w, out, err);
}

static int host_line(struct ini *ini, struct err *err)
{
	AUTO_FREE char *owner = NULL;
	const char *pos = ini->begin, *begin;
	struct place at;
	int r = next_word(ini, &pos, &begin, err);

	if (r <= 0)
		return r;
	at = place_of(ini, begin);
	owner = xasprintf("host %s", buf_text(&ini->word));
	if (build_hosts(ini->inv, ini->group, buf_text(&ini->word), &at, &ini->hosts, err) < 0)
		return -1;
	if (ini->hosts.again > 0)
		note_odd(ini, ODD_TWICE, begin);
	while ((r = next_word(ini, &pos, &begin, err)) > 0) {
		char *equals = strchr(ini->word.data, '=');
		const struct var *v;

		at = place_of(ini, begin);
		if (!equals || equals == ini->word.data)
			return place_error(&at, err, "expected KEY=VALUE behind the host, not '%s'",
					   ini->word.data);
		if (pos[-1] == ';' || ini->word.data[0] == ';')
			note_odd(ini, ODD_SEMICOLON, pos[-1] == ';' ? pos - 1 : begin);
		*equals = '\0';
		if (add_var(ini,
			    (struct written){ .owner = owner,
					      .name = ini->word.data,
					      .value = equals + 1,
					      .at = &at },
			    &v, err) < 0 ||
		    build_host_var(ini->inv, &ini->hosts, v, err) < 0)
			return -1;
	}
	return r;
}

static int child_line(struct ini *ini, struct err *err)
{
	const char *begin = ini->begin + strspn(ini->begin, " \t");
	size_t len = strcspn(begin, " \t#");
	const char *rest = begin + len + strspn(begin + len, " \t");
	AUTO_FREE char *name = xstrndup(begin, len);
	struct place at = place_of(ini, begin);
	struct group *child;

	if (*rest && *rest != '#')
		return place_error(&at, err, "expected one group's name a line");
	if (build_group(ini->inv, name, &at, &child, err) < 0)
		return -1;
	return build_child(ini->inv, ini->group, child, &at, err);
}

static int var_line(struct ini *ini, struct err *err)
{
	const char *begin = ini->begin + strspn(ini->begin, " \t");
	const char *equals = strchr(begin, '='), *value, *end;
	struct place at = place_of(ini, begin);
	AUTO_FREE char *owner = xasprintf("group %s", ini->group->name);
	AUTO_FREE char *name = NULL;
	const struct var *v;
	size_t len;

	if (!equals)
		return place_error(&at, err, "expected KEY=VALUE in [%s:vars]", ini->group->name);
	for (len = (size_t)(equals - begin); len > 0 && strchr(" \t", begin[len - 1]); len--)
		;
	name = xstrndup(begin, len);
	value = equals + 1 + strspn(equals + 1, " \t");
	end = strstr(value, " ;") ? strstr(value, " ;") + 1 : value + strlen(value) - 1;
	if (!strchr("'\"", *value) && *end == ';')
		note_odd(ini, ODD_SEMICOLON, end);
	if (add_var(ini,
		    (struct written){ .owner = owner, .name = name, .value = value, .at = &at }, &v,
		    err) < 0)
		return -1;
	return build_group_var(ini->group, v, err);
}

static int section_line(struct ini *ini, const char *open, struct err *err)
{
	static const char *const kind[] = { "", ":children", ":vars" };
	size_t len = strcspn(open + 1, ":]# \t");
	const char *behind = open + 1 + len, *close = strchr(behind, ']');
	AUTO_FREE char *name = xstrndup(open + 1, len);
	struct place at = place_of(ini, open);
	const char *rest = close ? close + 1 + strspn(close + 1, " \t") : "x";
	size_t k = 0;

	if (*rest && *rest != '#')
		return place_error(&at, err, "expected [GROUP], [GROUP:children] or [GROUP:vars]");
	while (k < ARRAY_LEN(kind) && (strlen(kind[k]) != (size_t)(close - behind) ||
				       strncmp(kind[k], behind, strlen(kind[k])) != 0))
		k++;
	if (k == ARRAY_LEN(kind))
		return place_error(&at, err, "expected :children or :vars, not '%.*s'",
				   (int)(close - behind), behind);
	at.col++;
	if (build_group(ini->inv, name, &at, &ini->group, err) < 0)
		return -1;
	ini->group->defined = true;
	ini->section = (enum section)k;
	if (ini->group->section_of != ini->src) { /* [web] may stand twice and is one section */
		ini->group->section_of = ini->src;
		ini->group->section = build_section(ini->inv);
	}
	ini->group->has_hosts |= ini->section == IN_HOSTS;
	return 0;
}

/* Of lines that open with a bracket: [2001:db8::1]:22 and [01:20].example.com are hosts. */
static bool begins_host(const char *open)
{
	const char *close = strchr(open, ']');
	AUTO_FREE char *inside = close ? xstrndup(open + 1, (size_t)(close - open - 1)) : NULL;

	return inside && (name_is_ipv6(inside) || (close[1] && !strchr(" \t#", close[1])));
}

static int read_line(struct ini *ini, struct err *err)
{
	const char *first = ini->begin + strspn(ini->begin, " \t");

	if (*first == '\0' || *first == '#' || *first == ';')
		return 0;
	if (*first == '[' && (ini->section != IN_HOSTS || !begins_host(first)))
		return section_line(ini, first, err);
	switch (ini->section) {
	case IN_HOSTS:
		return host_line(ini, err);
	case IN_CHILDREN:
		return child_line(ini, err);
	case IN_VARS:
		return var_line(ini, err);
	}
	return 0;
}

int ini_read(struct inventory *inv, const struct source *src, struct err *err)
{
	struct ini ini = { .inv = inv, .src = src, .section = IN_HOSTS };
	const char *end = src->text + src->len, *line = src->text;
	int r = 0;

	buf_init(&ini.word, LIMIT_FILE + 1);
	buf_adds(&ini.word, "");
	ini.group = inv->group[GROUP_UNGROUPED]; /* hosts before the first section */
	ini.group->section = build_section(inv);
	ini.group->section_of = src;
	while (r == 0 && line < end) {
		const char *nl = memchr(line, '\n', (size_t)(end - line));
		size_t len = (size_t)((nl ? nl : end) - line);
		AUTO_FREE char *copy = NULL;

		while (len > 0 && strchr("\r \t", line[len - 1]))
			len--;
		copy = xstrndup(line, len);
		ini.begin = ini.counted = copy;
		ini.col = 1;
		ini.line++;
		r = read_line(&ini, err);
		line = nl ? nl + 1 : end;
	}
	warn_odd(&ini);
	if (r < 0 && err && (!strncmp(src->text, "---", 3) || !strncmp(src->text, "all:", 4)))
		err_hint(err, "a YAML inventory's name must end in .yml or .yaml");
	free(ini.hosts.id);
	buf_release(&ini.word);
	return r;
}
