/* verdicts.c - see verdicts.h. */
#include "scanner/doctor/verdicts.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/version.h"

enum {
	MB = 1000000,
	SPACE_FAIL_MB = 100,
	SPACE_WARN_MB = 1000,
	SECRETS_BYTES = 256 * 1024      /* a few keys and passwords, pages of their own each */
};
/* Kerberos gives up at five minutes; below one nobody notices. */
#define SKEW_WARN_MS MINUTE_MS
#define SKEW_FAIL_MS (5 * MINUTE_MS)
#define FUTURE_MS MINUTE_MS
#define CERTIFICATE_WARN_MS (30 * DAY_MS)
#define RSA_SHA2_SINCE "1.11.0"         /* of libssh2 */
enum { HOSTS_TO_COMPARE = 3 };

static bool is_older(const char *version, const char *than)
{
	struct version is, limit;
	char numbers[VERSION_TEXT];

	/* "1.11.1_DEV", "3.0.2-fips" */
	snprintf(numbers, sizeof(numbers), "%.*s", (int)strspn(version, "0123456789."), version);
	return version_parse(numbers, &is) && version_parse(than, &limit) &&
	       version_cmp(is, limit) < 0;
}

static void judge_libssh2(struct doctor *d, const char *version)
{
	if (is_older(version, RSA_SHA2_SINCE)) {
		doctor_say(d, HEALTH_WARN, "libssh2", "%s", version);
		doctor_advise(d,
			      "it signs with RSA keys by SHA-1 alone, which OpenSSH refuses since "
			      "8.8, and has no AES-GCM, no chacha20-poly1305 and no etm MACs: a "
			      "server that allows nothing else is no-common-algorithm",
			      "sign in with ed25519 or ecdsa keys; libssh2 1.11 or newer has all "
			      "of them");
		return;
	}
	doctor_say(d, HEALTH_OK, "libssh2", "%s: RSA with SHA-2, AES-GCM, etm", version);
}

static void judge_libcurl(struct doctor *d, const struct doctor_libraries *lib)
{
	if (!lib->curl_https || !lib->curl_tls) {
		doctor_say(d, HEALTH_FAIL, "libcurl", "%s, built without HTTPS", lib->libcurl);
		doctor_advise(d, "hosts with ansible_connection: winrm cannot be reached",
			      "install a libcurl that has HTTPS: curl --version names it");
	} else if (strncmp(lib->curl_tls, "OpenSSL/", strlen("OpenSSL/")) != 0) {
		doctor_say(d, HEALTH_FAIL, "libcurl", "%s with %s", lib->libcurl, lib->curl_tls);
		doctor_advise(d, "marshal_winrm_cert cannot be checked: that is asked of OpenSSL",
			      "install the libcurl that is built with OpenSSL");
	} else {
		doctor_say(d, HEALTH_OK, "libcurl", "%s with %s", lib->libcurl, lib->curl_tls);
	}
}

void verdict_libraries(struct doctor *d, const struct doctor_libraries *lib)
{
	judge_libssh2(d, lib->libssh2);
	judge_libcurl(d, lib);
	if (is_older(lib->openssl, "3.0.0")) {
		doctor_say(d, HEALTH_WARN, "OpenSSL", "%s", lib->openssl);
		doctor_advise(d, "nobody mends its faults any more", "update the system");
	} else {
		doctor_say(d, HEALTH_OK, "OpenSSL", "%s", lib->openssl);
	}
	doctor_say(d, HEALTH_OK, "SQLite", "%s", lib->sqlite);
	doctor_say(d, HEALTH_OK, "libuv", "%s", lib->libuv);
	doctor_say(d, HEALTH_OK, "jansson", "%s", lib->jansson);
}

void verdict_open_files(struct doctor *d, uint64_t files, int jobs, int allowed)
{
	if (allowed >= jobs) {
		doctor_say(d, HEALTH_OK, "open files", "%" PRIu64 ": enough for --jobs %d", files,
			   jobs);
		return;
	}
	doctor_say(d, allowed > 0 ? HEALTH_WARN : HEALTH_FAIL, "open files",
		   "%" PRIu64 ": %d hosts at a time, where --jobs wants %d", files, allowed, jobs);
	doctor_advise(d,
		      allowed > 0 ? "a scan does with fewer hosts at a time, and takes longer" :
				    "no host can be reached",
		      "raise the hard limit: ulimit -Hn 4096, LimitNOFILE=4096 of the service, or "
		      "nofile in /etc/security/limits.conf");
}

void verdict_locked_memory(struct doctor *d, uint64_t bytes, bool unlimited)
{
	if (unlimited) {
		doctor_say(d, HEALTH_OK, "locked memory", "no limit");
		return;
	}
	if (bytes >= SECRETS_BYTES) {
		doctor_say(d, HEALTH_OK, "locked memory", "%" PRIu64 " KB", bytes / 1024);
		return;
	}
	doctor_say(d, HEALTH_WARN, "locked memory", "%" PRIu64 " KB", bytes / 1024);
	doctor_advise(d, "keys and passwords in memory may be written to the swap space",
		      "raise it: ulimit -l 1024, or LimitMEMLOCK=1M of the service");
}

void verdict_core_files(struct doctor *d, uint64_t core_bytes, bool dumpable)
{
	if (core_bytes == 0 && !dumpable) {
		doctor_say(d, HEALTH_OK, "core files",
			   "none, and no other process of this account sees our memory");
		return;
	}
	doctor_say(d, HEALTH_WARN, "core files", "the system lets them be made of this program");
	doctor_advise(d, "keys themselves are left out of them, what libraries copied is not",
		      "LimitCORE=0 of the service, or ulimit -c 0");
}

static bool hosts_disagree(struct doctor *d, const struct doctor_clocks *c)
{
	int64_t median = c->hosts > 0 ? c->skew_ms[c->hosts / 2] : 0;
	int64_t apart = median < 0 ? -median : median;
	char text[CLOCK_TEXT];

	if (c->hosts < HOSTS_TO_COMPARE || apart < SKEW_WARN_MS)
		return false;
	doctor_say(d, apart < SKEW_FAIL_MS ? HEALTH_WARN : HEALTH_FAIL, "clock",
		   "%s %s most of %d hosts", clock_format_duration(apart, text),
		   median < 0 ? "ahead of" : "behind", c->hosts);
	doctor_advise(d,
		      "where half of the hosts differ alike, it is this machine's clock that is "
		      "wrong: os.clock blames them for it, and times in reports are not right",
		      "timedatectl set-ntp true, then look again after a scan");
	return true;
}

void verdict_clock(struct doctor *d, const struct doctor_clocks *c)
{
	char text[CLOCK_TEXT];

	if (c->newest_utc_ms > c->now_utc_ms + FUTURE_MS) {
		doctor_say(d, HEALTH_FAIL, "clock", "behind the newest look of the database, %s",
			   clock_format_utc(c->newest_utc_ms, text));
		doctor_advise(d,
			      "it is set back, or was wrong when that was written: ages are not "
			      "right until it has passed that moment",
			      "timedatectl: compare it with another clock");
	} else if (hosts_disagree(d, c)) {
		return;
	} else if (!c->is_kept) {
		doctor_say(d, HEALTH_WARN, "clock", "the kernel knows of nothing that keeps it");
		doctor_advise(
			d, "what is wrong with it is taken for the hosts' fault",
			"timedatectl set-ntp true, or see that chrony or ntpd reach a server");
	} else if (c->hosts >= HOSTS_TO_COMPARE) {
		doctor_say(d, HEALTH_OK, "clock", "kept, and most of %d hosts agree with it",
			   c->hosts);
	} else {
		doctor_say(d, HEALTH_OK, "clock", "kept");
	}
}

/* In powers of two: nobody wants to see it change with every file. */
static int64_t at_least_gb(int64_t mb)
{
	int64_t gb = 1;

	while (2 * gb * 1000 <= mb)
		gb *= 2;
	return gb;
}

void verdict_free_space(struct doctor *d, const char *folder, int64_t free_bytes,
			int64_t database_bytes)
{
	int64_t free_mb = free_bytes / MB;
	bool none = free_mb < SPACE_FAIL_MB;

	if (!none && free_mb >= SPACE_WARN_MB && free_bytes >= 2 * database_bytes) {
		doctor_say(d, HEALTH_OK, "free space", "at least %" PRId64 " GB at %s",
			   at_least_gb(free_mb), folder);
		return;
	}
	doctor_say(d, none ? HEALTH_FAIL : HEALTH_WARN, "free space",
		   "%" PRId64 " MB at %s, the database has %" PRId64 " MB", free_mb, folder,
		   database_bytes / MB);
	doctor_advise(d,
		      none ? "a scan of a fleet may not find room for what it saw" :
			     "there is no room for a copy of it, or for a vacuum, and for growth",
		      "free some, or `marshal db prune --vacuum`");
}

void verdict_file(struct doctor *d, const char *what, const char *path, unsigned mode,
		  const char *why_not, unsigned unwanted)
{
	AUTO_FREE char *remedy = NULL;

	if (why_not) {
		doctor_say(d, HEALTH_FAIL, what, "%s", why_not);
		doctor_advise(d,
			      "somebody else can change what marshal does as administrator, or put "
			      "another in its place",
			      "take the right to write from others: chmod go-w, or chown to this "
			      "account, what is named");
	} else if (mode & unwanted) {
		remedy = xasprintf("chmod %s= '%s'", unwanted & 070 ? "go" : "o", path);
		doctor_say(d, HEALTH_WARN, what, "%s, mode %04o", path, mode);
		doctor_advise(d, "others can read it", remedy);
	} else {
		doctor_say(d, HEALTH_OK, what, "%s, mode %04o", path, mode);
	}
}

void verdict_identity(struct doctor *d, const char *label, const char *key_type, int hosts,
		      const char *libssh2)
{
	const char *s = hosts == 1 ? "" : "s";

	if (!key_type || strcmp(key_type, "ssh-rsa") != 0 || !is_older(libssh2, RSA_SHA2_SINCE)) {
		doctor_say(d, HEALTH_OK, "sign-in", "%s%s%s%s: %d host%s", label,
			   key_type ? " (" : "", key_type ? key_type : "", key_type ? ")" : "",
			   hosts, s);
		return;
	}
	doctor_say(d, HEALTH_WARN, "sign-in", "%s (RSA): %d host%s", label, hosts, s);
	doctor_advise(
		d, "this libssh2 signs with it by SHA-1 alone, which OpenSSH refuses since 8.8",
		"ssh-keygen -t ed25519, and put its public half beside the other on the hosts");
}

void verdict_agent(struct doctor *d, bool any, int keys, const struct err *err)
{
	if (!any) {
		doctor_say(d, HEALTH_OK, "key agent", "none ($SSH_AUTH_SOCK is not set)");
	} else if (keys < 0) {
		doctor_say(d, HEALTH_WARN, "key agent", "%s", err->msg);
		doctor_advise(d, "keys with a passphrase are asked for, or cannot be used",
			      "start it anew: eval \"$(ssh-agent)\", then ssh-add; or unset "
			      "SSH_AUTH_SOCK");
	} else if (keys == 0) {
		doctor_say(d, HEALTH_WARN, "key agent", "it holds no key");
		doctor_advise(d, "hosts that name no key file have none to sign in with",
			      "ssh-add, or unset SSH_AUTH_SOCK");
	} else {
		doctor_say(d, HEALTH_OK, "key agent", "%d key%s", keys, keys == 1 ? "" : "s");
	}
}

void verdict_certificate(struct doctor *d, const struct certificate_facts *c, int64_t now_utc_ms)
{
	int64_t left_ms = c->until_utc_ms - now_utc_ms;
	bool is_over = left_ms <= 0;
	char until[CLOCK_TEXT];

	clock_format_utc(c->until_utc_ms, until);
	doctor_say(d, left_ms < CERTIFICATE_WARN_MS ? HEALTH_WARN : HEALTH_OK, "certificate",
		   "SHA256:%s, %s; %s %s", c->hex, c->by, is_over ? "it ended" : "until", until);
	if (left_ms >= CERTIFICATE_WARN_MS)
		return;
	if (c->vouched)
		doctor_advise(d, "the host is not signed in to once it has ended",
			      "renew it there, and have the HTTPS listener use the new one: winrm "
			      "enumerate winrm/config/listener");
	else
		doctor_advise(d,
			      "it is this one that is believed, whatever its end; others, as "
			      "pywinrm, refuse it then",
			      "renew it there and give it to the HTTPS listener, then marshal keys "
			      "scan HOST, keys approve --changed HOST, or correct "
			      "marshal_winrm_cert");
}
