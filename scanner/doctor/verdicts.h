/* verdicts.h - how this machine stands, from values alone: each adds a line. What is looked at for
 * them is machine.c's. */
#ifndef SCANNER_DOCTOR_VERDICTS_H
#define SCANNER_DOCTOR_VERDICTS_H

#include "base/err.h"
#include "scanner/doctor/lines.h"
#include "transport/transport.h"

/* Versions as the libraries tell them at run time. */
struct doctor_libraries {
	const char *libssh2, *libcurl, *sqlite, *openssl, *libuv, *jansson;
	const char *curl_tls;           /* "OpenSSL/3.0.2"; NULL: built without TLS */
	bool curl_https;
};
void verdict_libraries(struct doctor *d, const struct doctor_libraries *lib);

/* Hosts in flight that are wanted, and that the limit (of so many files) allows. */
void verdict_open_files(struct doctor *d, uint64_t files, int jobs, int allowed);
void verdict_locked_memory(struct doctor *d, uint64_t bytes, bool unlimited);
void verdict_core_files(struct doctor *d, uint64_t core_bytes, bool dumpable);

struct doctor_clocks {
	bool is_kept;                   /* the kernel says that something keeps it right */
	int64_t now_utc_ms, newest_utc_ms;      /* newest: of what the database has; 0 nothing */
	const int64_t *skew_ms;         /* hosts' clocks minus ours, sorted */
	int hosts;
};
void verdict_clock(struct doctor *d, const struct doctor_clocks *clocks);

void verdict_free_space(struct doctor *d, const char *folder, int64_t free_bytes,
			int64_t database_bytes);

/* A file that others may change (`why_not` of trust_why_not(), NULL: nobody can), or that has bits
 * of its mode that it should not have, so that they can read it. */
void verdict_file(struct doctor *d, const char *what, const char *path, unsigned mode,
		  const char *why_not, unsigned unwanted);

/* What so many hosts are signed in to with; key_type NULL: a password. */
void verdict_identity(struct doctor *d, const char *label, const char *key_type, int hosts,
		      const char *libssh2);
/* Of a host, one that is believed. */
void verdict_certificate(struct doctor *d, const struct certificate_facts *c, int64_t now_utc_ms);
/* keys: -1, and err says why. */
void verdict_agent(struct doctor *d, bool any, int keys, const struct err *err);

#endif
