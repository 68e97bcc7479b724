/* xml.h - what a client sent, as a tree. By expat and without anything of the client's, so that the
 * two agree on XML only where both are right. */
#ifndef TESTS_FLEET_WSMAN_XML_H
#define TESTS_FLEET_WSMAN_XML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/* Names are told apart by their namespace (ns, "" for none), never by a prefix. */
struct xml_attribute { const char *ns, *name, *value; struct xml_attribute *next; };
struct xml {
	const char *ns, *name;
	char *text;                     /* of its own, all runs of it; never NULL */
	struct xml_attribute *attribute;
	struct xml *child, *next, *parent;
};

/* NULL where it is no XML, or has what SOAP forbids: a DTD or a processing instruction. */
struct xml *xml_parse(struct arena *a, const char *text, size_t len);

bool xml_is(const struct xml *x, const char *ns, const char *name);     /* NULL is nothing */
/* The first child of that name, NULL without one. */
struct xml *xml_child(const struct xml *x, const char *ns, const char *name);
/* NULL without it. */
const char *xml_attribute(const struct xml *x, const char *ns, const char *name);
/* The text without the blanks around it, cut in place. */
const char *xml_trimmed(struct xml *x);

#endif
