/* documents.h - where the documents are that checks, codes, events and texts come from, found by
 * the title that their rows give. Nothing is fetched from there: the addresses are for people. */
#ifndef SCANNER_CHECKS_DOCUMENTS_H
#define SCANNER_CHECKS_DOCUMENTS_H

#include <jansson.h>
#include <stdbool.h>

enum { ADDRESSES_MAX = 4, ADDRESS_TEXT = 200 };
struct addresses {
	int count;
	char text[ADDRESSES_MAX][ADDRESS_TEXT];
};
/* Those of all documents that such a text names ("KB 4096064, step 3; docs/policy.md"). */
void document_addresses(const char *document, struct addresses *out);
json_t *document_addresses_json(const char *document);   /* an array; the caller's */
/* Whether each document that the text names has an address, is one of this program's own, or is
 * said to be none. */
bool document_is_known(const char *document);

#endif
