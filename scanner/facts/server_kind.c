/* server_kind.c - the table of kinds of servers. */
#include "scanner/facts/server_kind.h"

#include "base/text.h"

#define KIND_ROW(id, word, name, whole) { word, name, whole },
const struct server_kind_row server_kinds[SERVER_KIND_COUNT] = { SERVER_KINDS(KIND_ROW) };

enum server_kind server_kind_of(const char *word)
{
	int i = 0;

	while (i < SERVER_KIND_COUNT && !text_same(server_kinds[i].word, word))
		i++;
	return (enum server_kind)i;
}
