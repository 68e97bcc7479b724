/* xml.c - expat's events as a tree. Lives in one arena. */
#include "tests/fleet/wsman/xml.h"

#include <expat.h>
#include <string.h>

#include "base/mem.h"

enum { DEPTH_MAX = 32 };
static const char between = '\n';       /* a namespace and a name: neither can have it */

struct reading {
	struct arena *a;
	XML_Parser parser;
	struct xml *root, *at;
	struct buf_text { size_t len, cap; } text[DEPTH_MAX + 1];
	int depth;
	bool refused;
};

static void split_name(struct arena *a, const char *both, const char **out_ns,
		       const char **out_name)
{
	const char *cut = strchr(both, between);

	*out_ns = cut ? arena_strndup(a, both, (size_t)(cut - both)) : "";
	*out_name = arena_strdup(a, cut ? cut + 1 : both);
}

static void refuse(struct reading *r)
{
	r->refused = true;
	XML_StopParser(r->parser, XML_FALSE);
}

static void on_start(void *ctx, const char *name, const char **attributes)
{
	struct reading *r = ctx;
	struct xml *x = arena_alloc(r->a, 1, sizeof(*x));
	struct xml **place = r->at ? &r->at->child : &r->root;

	if (r->depth == DEPTH_MAX) {
		refuse(r);
		return;
	}
	split_name(r->a, name, &x->ns, &x->name);
	x->text = arena_strdup(r->a, "");
	x->parent = r->at;
	for (; *attributes; attributes += 2) {
		struct xml_attribute *one = arena_alloc(r->a, 1, sizeof(*one));

		split_name(r->a, attributes[0], &one->ns, &one->name);
		one->value = arena_strdup(r->a, attributes[1]);
		one->next = x->attribute;
		x->attribute = one;
	}
	while (*place)
		place = &(*place)->next;
	*place = x;
	r->at = x;
	r->text[++r->depth] = (struct buf_text){ 0, 0 };
}

static void on_end(void *ctx, const char *name)
{
	struct reading *r = ctx;

	(void)name;
	r->at = r->at->parent;
	r->depth--;
}

/* Doubles: expat gives a long text in many pieces, and an arena frees none of the old ones. */
static void on_text(void *ctx, const char *text, int len)
{
	struct reading *r = ctx;
	struct buf_text *t = &r->text[r->depth];
	size_t more = (size_t)len;

	if (t->len + more + 1 > t->cap) {
		char *larger;

		t->cap = 2 * (t->len + more + 1);
		larger = arena_alloc(r->a, t->cap, 1);
		memcpy(larger, r->at->text, t->len);
		r->at->text = larger;
	}
	memcpy(r->at->text + t->len, text, more);
	t->len += more;
}

static void on_doctype(void *ctx, const char *name, const char *system, const char *public, int own)
{
	(void)name;
	(void)system;
	(void)public;
	(void)own;
	refuse(ctx);
}

static void on_instruction(void *ctx, const char *target, const char *data)
{
	(void)target;
	(void)data;
	refuse(ctx);
}

struct xml *xml_parse(struct arena *a, const char *text, size_t len)
{
	XML_Parser parser = XML_ParserCreateNS("UTF-8", between);
	struct reading r = { .a = a, .parser = parser };
	bool good;

	if (!parser)
		mem_exhausted();
	XML_SetUserData(parser, &r);
	XML_SetElementHandler(parser, on_start, on_end);
	XML_SetCharacterDataHandler(parser, on_text);
	XML_SetStartDoctypeDeclHandler(parser, on_doctype);
	XML_SetProcessingInstructionHandler(parser, on_instruction);
	good = XML_Parse(parser, text, (int)len, XML_TRUE) == XML_STATUS_OK && !r.refused;
	XML_ParserFree(parser);
	return good ? r.root : NULL;
}

bool xml_is(const struct xml *x, const char *ns, const char *name)
{
	return x && strcmp(x->ns, ns) == 0 && strcmp(x->name, name) == 0;
}

struct xml *xml_child(const struct xml *x, const char *ns, const char *name)
{
	struct xml *child = x ? x->child : NULL;

	while (child && !xml_is(child, ns, name))
		child = child->next;
	return child;
}

const char *xml_attribute(const struct xml *x, const char *ns, const char *name)
{
	for (const struct xml_attribute *one = x ? x->attribute : NULL; one; one = one->next) {
		if (strcmp(one->ns, ns) == 0 && strcmp(one->name, name) == 0)
			return one->value;
	}
	return NULL;
}

const char *xml_trimmed(struct xml *x)
{
	static const char blanks[] = " \t\r\n";
	char *text = x->text + strspn(x->text, blanks);
	size_t len = strlen(text);

	while (len > 0 && strchr(blanks, text[len - 1]))
		len--;
	text[len] = '\0';
	return text;
}
