/* server_kind.h - what a server is besides a server with the agent, as the fact server-kind says
 * it: every kind there is, a row each.
 *   word    as it is written everywhere
 *   name    as people call it, short; and whole */
#ifndef SCANNER_FACTS_SERVER_KIND_H
#define SCANNER_FACTS_SERVER_KIND_H

/*  row(ID, word, name, whole name) */
#define SERVER_KINDS(row) \
	row(PLAIN, "plain", "plain", "a server with the agent alone") \
	row(DPM, "dpm", "DPM", "Data Protection Manager") \
	row(MABS, "mabs", "MABS", "Azure Backup Server") \
	row(ASR, "asr", "Site Recovery", "Site Recovery")

#define SERVER_KIND_ID(id, ...) SERVER_##id,
enum server_kind { SERVER_KINDS(SERVER_KIND_ID) SERVER_KIND_COUNT };
#undef SERVER_KIND_ID

struct server_kind_row { const char *word, *name, *whole; };
extern const struct server_kind_row server_kinds[SERVER_KIND_COUNT];

/* SERVER_KIND_COUNT: not known, or one of tomorrow. `word` may be NULL. */
enum server_kind server_kind_of(const char *word);

#endif
