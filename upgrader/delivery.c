/* delivery.c - how the installer gets to a host: fetched by the host itself from an address, or put
 * there from here by what its way in has. A host that cannot fetch it gets it from here only where
 * the terms say so (push): nobody's line is to carry in secret what it was spared. */
#include <string.h>

#include "base/mem.h"
#include "upgrader/upgrader.h"

/* clang-format off */
static const struct { const char *word, *text; } deliveries[] = {
	[DELIVERY_SFTP] = { "sftp", "by SFTP" },
	[DELIVERY_PIECES] = { "pieces", "in pieces through WinRM" },
	[DELIVERY_EITHER] = { "sftp-or-pieces", "by SFTP, or in pieces where only WinRM leads there" },
	[DELIVERY_COPY] = { "copy", "as a copy" },
	[DELIVERY_DOWNLOAD] = { "download", "fetched there from" },
};
/* clang-format on */

const char *delivery_url(const struct upgrade_terms *terms, const struct inv_host *host)
{
	if (host->installer_url)
		return strcmp(host->installer_url, "none") == 0 ? NULL : host->installer_url;
	return *terms->download ? terms->download : NULL;
}

static enum delivery by_way(const struct inv_host *host)
{
	switch (host->connection) {
	case CONNECT_WINRM:
		return DELIVERY_PIECES;
	case CONNECT_LOCAL:
		return DELIVERY_COPY;
	case CONNECT_SSH:
	case CONNECT_UNSUPPORTED:
	case CONNECT_UNRESOLVED:
		break;
	}
	return host->winrm_too ? DELIVERY_EITHER : DELIVERY_SFTP;
}

enum delivery delivery_of(const struct upgrade_terms *terms, const struct inv_host *host)
{
	return delivery_url(terms, host) ? DELIVERY_DOWNLOAD : by_way(host);
}

const char *delivery_word(enum delivery d)
{
	return deliveries[d].word;
}

char *delivery_text(const struct upgrade_terms *terms, const struct inv_host *host)
{
	const char *url = delivery_url(terms, host), *way = deliveries[by_way(host)].text;

	if (!url)
		return xstrdup(way);
	return xasprintf("%s %s%s%s", deliveries[DELIVERY_DOWNLOAD].text, url,
			 terms->push ? ", else " : "", terms->push ? way : "");
}
