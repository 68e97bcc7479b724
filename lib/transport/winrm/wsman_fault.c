/* wsman_fault.c - what a fault of WinRM, or an HTTP status without one, means to us: rows, each
 * with its source. Codes decide, the host's own words are quoted alone: they are in its language.
 * Nothing here says to send in the clear or to trust every host. */
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "transport/winrm/wsman.h"

enum { OFFERED_MAX = 100 };

static const uint32_t timed_out = 2150858793;   /* ERROR_WSMAN_OPERATION_TIMEDOUT */
static const uint32_t gone = 2150858843;        /* ERROR_WSMAN_UNEXPECTED_SELECTORS */

#define WAIT "wait until other programs of this user close their shells, or raise "
#define OTHER_SERVER \
	"see whether something else listens on that port: WinRM listens where `winrm enumerate " \
	"winrm/config/listener` says on the host, at 5986 and /wsman if nobody changed it"

/* Codes of winerror.h may come as such or as HRESULT (0x8007....): they stand here as such. Names
 * and numbers of the others are those of wsmerror.h (microsoft/windows-rs, RemoteManagement;
 * PowerShell/PowerShell, CimChildJobBase.cs). */
/* clang-format off */
static const struct fault_row {
	uint32_t code;
	enum err_code fault;
	const char *what;
	const char *hint;               /* NULL: that of the fault */
} rows[] = {
	/* ERROR_FILE_NOT_FOUND, ERROR_PATH_NOT_FOUND: of what Command names (jborean93/pypsrp,
	 * test_winrs_no_cmd_shell.yml) */
	{ 2, FAULT_NO_POWERSHELL, "the program was not found", NULL },
	{ 3, FAULT_NO_POWERSHELL, "the program was not found", NULL },
	/* ERROR_ACCESS_DENIED: signed in, and no right to what was asked (RootSDDL of the plugin) */
	{ 5, FAULT_ACCESS_DENIED, "the user may not do this over WinRM",
	  "sign in with a user who is an administrator of the host; a local user other than Administrator "
	  "is none over the network" },
	/* ERROR_BUSY: a Send that had timed out is at work still (ansible, connection/winrm.py) */
	{ 170, FAULT_THROTTLED, "the command is busy",
	  "the host is slow: try again in 20 s" },
	/* ERROR_VIRUS_INFECTED, ERROR_ACCESS_DISABLED_BY_POLICY, ..._INTEGRITY_POLICY_VIOLATION
	 * ([MS-ERREF] 2.2), as transport/answer.c has them */
	{ 225, FAULT_BLOCKED_BY_SECURITY, "security software stopped the program", NULL },
	{ 1260, FAULT_BLOCKED_BY_SECURITY, "a policy of the host forbids the program", NULL },
	{ 4551, FAULT_BLOCKED_BY_SECURITY, "a policy of the host forbids the program", NULL },
	/* ERROR_OPERATION_ABORTED: the shell or the service ended under it (WinRb/WinRM, issue 265) */
	{ 995, FAULT_CONNECTION_LOST, "WinRM ended the operation in the middle",
	  "the shell or the service WinRM ended: try again, and look at the host's events" },
	/* CO_E_SERVER_EXEC_FAILURE ([MS-ERREF] 2.1), of winrscmd.dll: "Server execution failed" */
	{ 2148007941, FAULT_CHANNEL_REFUSED, "the host could not start the shell's process",
	  "the host lacks memory, or is starting: look at it, and try again" },
	/* Of WinRM as a client, which a service in between may pass on: ERROR_WSMAN_DESTINATION_UNREACHABLE,
	 * ERROR_WSMAN_NETWORK_TIMEDOUT */
	{ 2150858770, FAULT_NO_ANSWER, "WinRM did not reach the host that it was to ask",
	  "see that the service WinRM runs on the host (Get-Service WinRM)" },
	{ 2150859046, FAULT_NO_ANSWER, "WinRM had no answer from the host that it was to ask",
	  "see that the service WinRM runs on the host (Get-Service WinRM)" },
	/* ERROR_WSMAN_OPERATION_TIMEDOUT: wsman:TimedOut of DSP0226 */
	{ 2150858793, FAULT_TIME_LIMIT, "the host took longer than the operation may", NULL },
	/* ERROR_WSMAN_UNEXPECTED_SELECTORS: no such shell (WinRb/WinRM, issue 253), or no such command
	 * in it (pypsrp, test_winrs_bad_cmd_id.yml) */
	{ 2150858843, FAULT_CONNECTION_LOST, "the shell or its command is not there any more",
	  "the host ended it in the middle, as it does when WinRM is restarted: try again" },
	/* ERROR_WSMAN_QUOTA_LIMIT: 3.1.4.5.2.1 */
	{ 2150858815, FAULT_CHANNEL_REFUSED, "a quota of the host is used up",
	  WAIT "MaxShellsPerUser and MaxConcurrentUsers (winrm get winrm/config/winrs)" },
	/* ERROR_WSMAN_QUOTA_MAX_SHELLS (WinRb/WinRM, wmi_error_v2.xml), ..._MAX_SHELLS_PPQ,
	 * ..._MAX_PLUGINSHELLS_PPQ */
	{ 2150859173, FAULT_CHANNEL_REFUSED, "the user has as many shells as the host allows",
	  WAIT "MaxShellsPerUser (winrm get winrm/config/winrs)" },
	{ 2150859236, FAULT_CHANNEL_REFUSED, "the user has as many shells as the host allows",
	  WAIT "MaxShellsPerUser in the quotas of the plugin" },
	{ 2150859238, FAULT_CHANNEL_REFUSED, "the host has as many shells as it allows",
	  WAIT "MaxShells in the quotas of the plugin" },
	/* ERROR_WSMAN_QUOTA_MAX_OPERATIONS (masterzen/winrm, issue 129), ..._MAX_OPERATIONS_USER_PPQ,
	 * ..._MAX_PLUGINOPERATIONS_PPQ: a command counts until its shell goes (note 118 on 3.1.4.12) */
	{ 2150859174, FAULT_CHANNEL_REFUSED, "the user has as many operations as the host allows",
	  WAIT "MaxConcurrentOperationsPerUser (winrm get winrm/config/service)" },
	{ 2150859240, FAULT_CHANNEL_REFUSED, "the user has as many operations as the host allows",
	  WAIT "MaxConcurrentOperationsPerUser in the quotas of the plugin" },
	{ 2150859239, FAULT_CHANNEL_REFUSED, "the host has as many operations as it allows",
	  WAIT "MaxConcurrentOperations in the quotas of the plugin" },
	/* ERROR_WSMAN_QUOTA_MAX_COMMANDS_PER_SHELL_PPQ (jborean93/pypsrp, issue 148) */
	{ 2150859241, FAULT_CHANNEL_REFUSED, "the shell had as many commands as the host allows",
	  "raise MaxConcurrentCommandsPerShell in the quotas of the plugin on the host" },
	/* ERROR_WSMAN_QUOTA_USER, ERROR_WSMAN_QUOTA_SYSTEM: requests in so many seconds */
	{ 2150859175, FAULT_THROTTLED, "the user asks more often than the host allows",
	  "try again in a minute, with fewer hosts behind that WinRM at once (--jobs)" },
	{ 2150859176, FAULT_THROTTLED, "the host is asked more often than it allows",
	  "try again in a minute: too much asks the host's WinRM" },
	/* ERROR_WSMAN_QUOTA_MAX_SHELLUSERS, ..._MAX_USERS_PPQ */
	{ 2150859179, FAULT_CHANNEL_REFUSED, "as many users as the host allows have shells",
	  "wait until other users close theirs, or raise MaxConcurrentUsers (winrm get winrm/config/winrs)" },
	{ 2150859237, FAULT_CHANNEL_REFUSED, "as many users as the host allows have shells",
	  "wait until other users close theirs, or raise MaxConcurrentUsers in the quotas of the plugin" },
	/* ERROR_WSMAN_REMOTESHELLS_NOT_ALLOWED: 2.2.4.42 AllowRemoteShellAccess */
	{ 2150859180, FAULT_CHANNEL_REFUSED, "the host allows no remote shells",
	  "set AllowRemoteShellAccess on the host (winrm get winrm/config/winrs): a group policy may say otherwise" },
	/* ERROR_WSMAN_SERVICE_REMOTE_ACCESS_DISABLED, ERROR_WSMAN_REMOTE_CONNECTION_NOT_ALLOWED */
	{ 2150859229, FAULT_CHANNEL_REFUSED, "the host's WinRM takes nothing from others",
	  "allow remote management on the host: a group policy may forbid it" },
	{ 2150859235, FAULT_CHANNEL_REFUSED, "the host's WinRM takes nothing from others",
	  "allow remote management on the host: a group policy may forbid it" },
	/* ERROR_WSMAN_SERVICE_STREAM_DISCONNECTED, ERROR_WSMAN_SHELL_NOT_INITIALIZED */
	{ 2150859230, FAULT_CONNECTION_LOST, "the host's WinRM was shut down", NULL },
	{ 2150859118, FAULT_CONNECTION_LOST, "the host's WinRM was shut down", NULL },
	/* ERROR_WINRS_IDLETIMEOUT_OUTOFBOUNDS */
	{ 2150859250, FAULT_CHANNEL_REFUSED, "the host allows no shell to idle for so long",
	  "raise IdleTimeout on the host (winrm get winrm/config/winrs)" },
	/* ERROR_WSMAN_MAX_ENVELOPE_SIZE: 3.1.4.1.7 */
	{ 2150858823, FAULT_CHANNEL_REFUSED, "the host allows no message as large as we ask for",
	  "raise MaxEnvelopeSizekb on the host to 150 or more (winrm get winrm/config)" },
};
/* clang-format on */

bool wsman_fault_is_timeout(const struct wsman_fault *f)
{
	return f->code == timed_out || (f->code == 0 && strcmp(f->subcode, "TimedOut") == 0);
}

bool wsman_fault_is_gone(const struct wsman_fault *f)
{
	return f->code == gone;
}

static const struct fault_row *find(uint32_t code)
{
	/* FACILITY_WIN32: the code stands below it */
	if (code >> 16 == 0x8007)
		code &= 0xFFFF;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].code == code)
			return &rows[i];
	return NULL;
}

/* "fault 2150859173 (QuotaLimit)"; either may be missing. */
static char *name_of(const struct wsman_fault *f)
{
	if (f->code && f->subcode[0])
		return xasprintf("fault %lu (%s)", (unsigned long)f->code, f->subcode);
	if (f->code)
		return xasprintf("fault %lu", (unsigned long)f->code);
	return xasprintf("fault %s", f->subcode[0] ? f->subcode : "without a name");
}

int wsman_fault_err(const struct wsman_fault *f, struct err *err)
{
	const struct fault_row *row = find(wsman_fault_is_timeout(f) ? timed_out : f->code);
	AUTO_FREE char *name = name_of(f);
	AUTO_FREE char *said = f->text[0] ? xasprintf(": '%s'", f->text) : xstrdup("");

	err_set(err, row ? row->fault : FAULT_PROGRAM_FAILED, "%s: %s of WinRM%s",
		row ? row->what : "the host refused what was asked", name, said);
	return row && row->hint ? err_hint(err, row->hint) : -1;
}

/* --- HTTP -------------------------------------------------------------------------------- */

bool wsman_http_is_answer(int status, const char *content_type)
{
	const char *type = content_type ? content_type : "";
	AUTO_FREE char *name = xstrndup(type, strcspn(type, "; \t"));

	/* faults have 500, those that are the sender's may have 400 (SOAP 1.2 part 2, 7.5.2.2) */
	return (status == 200 || status == 400 || status == 500) &&
	       text_casecmp(name, "application/soap+xml") == 0;
}

/* clang-format off */
static const struct {
	int status;
	enum err_code fault;
	const char *what, *hint;
} statuses[] = {
	/* tickets of users in many groups are longer than HTTP.sys takes (learn.microsoft.com, "HTTP 400
	 * Bad Request (Request Header too long) responses to HTTP requests") */
	{ 400, FAULT_WRONG_ANSWER, "takes the request for malformed",
	  "the ticket of a user in very many groups is longer than the host's HTTP service takes "
	  "(MaxFieldLength, MaxRequestBytes): try another user" },
	/* IPv4Filter, IPv6Filter: 2.2.4.36 ServiceType */
	{ 403, FAULT_ACCESS_DENIED, "forbids it",
	  "look at IPv4Filter and RootSDDL on the host (winrm get winrm/config/service), and at what stands "
	  "between here and there" },
	{ 404, FAULT_WRONG_ANSWER, "has nothing at that address", OTHER_SERVER },
	{ 405, FAULT_WRONG_ANSWER, "takes no request like ours", OTHER_SERVER },
	/* 2.2.4.10 MaxEnvelopeSizekb */
	{ 413, FAULT_WRONG_ANSWER, "finds the request too large",
	  "raise MaxEnvelopeSizekb on the host to 150 or more (winrm get winrm/config)" },
	/* ERROR_WSMAN_HTTP_STATUS_SERVER_ERROR: "did not include any other information" */
	{ 500, FAULT_WRONG_ANSWER, "failed and did not say why",
	  "look at the host's events (Microsoft-Windows-WinRM/Operational)" },
	/* HTTP.sys answers in the place of a service that is stopped or has too much to do */
	{ 503, FAULT_THROTTLED, "is not available",
	  "see that the service WinRM runs on the host (Get-Service WinRM), and try again in 20 s" },
};
/* clang-format on */

/* What stands behind the scheme in a list of challenges, "Negotiate, Basic realm=..", up to the
 * next; NULL: it is not in there. A host that words its list so that this is fooled gets a wrong
 * hint of its own. */
static const char *behind(const char *offered, const char *scheme)
{
	while (*offered) {
		size_t len;
		AUTO_FREE char *word = NULL;

		offered += strspn(offered, " \t\r\n,");
		len = strcspn(offered, " \t\r\n,");
		word = xstrndup(offered, len);
		offered += len;
		if (text_casecmp(word, scheme) == 0)
			return offered;
		offered += strcspn(offered, ",");
	}
	return NULL;
}

static bool offers(const char *offered, const char *scheme)
{
	return behind(offered, scheme) != NULL;
}

char *wsman_http_token(const char *offered)
{
	const char *said = behind(offered, "Negotiate");

	if (!said)
		return NULL;
	said += strspn(said, " \t");
	return xstrndup(said, strcspn(said, " \t\r\n,"));
}

/* The schemes alone, "Negotiate, Kerberos": what follows them is the host's choice, and long. */
static char *schemes_of(const char *offered)
{
	static const char *const known[] = { "Basic", "Negotiate", "Kerberos", "NTLM", "CredSSP" };
	struct buf b;

	buf_init(&b, OFFERED_MAX);
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (offers(offered, known[i]))
			(void)buf_addf(&b, "%s%s", b.len > 0 ? ", " : "", known[i]);
	return b.len > 0 ? buf_take(&b) : xstrdup("nothing that is known");
}

/* 2.2.4.34: which are on. Where the host does not offer our scheme it has not looked at the
 * credential: that must not count against it on other hosts. */
static int not_offered(const char *scheme, const char *offered, bool basic, struct err *err)
{
	AUTO_FREE char *schemes = schemes_of(offered);

	err_set(err, FAULT_NO_COMMON_ALGORITHM,
		"WinRM offers no sign-in by %s, but %s (HTTP status 401)", scheme, schemes);
	if (basic)
		return err_hint(err, "Basic is for local accounts of the host, and off unless "
				     "somebody turned it on there: sign in by Kerberos");
	return err_hint(err, "see which are on: winrm get winrm/config/service/auth on the host");
}

static int unauthorized(const char *scheme, const char *offered, struct err *err)
{
	bool basic = text_casecmp(scheme, "Basic") == 0;

	if (!offers(offered, scheme))
		return not_offered(scheme, offered, basic, err);
	err_set(err, FAULT_SIGN_IN_REJECTED, "WinRM rejected the sign-in by %s (HTTP status 401)",
		scheme);
	if (basic)
		return err_hint(err,
				"check the user name and password; Basic is for local accounts "
				"of the host, those of a domain need Kerberos");
	return err_hint(err, WSMAN_NEGOTIATE_HINT);
}

int wsman_http_err(int status, const char *scheme, const char *offered, struct err *err)
{
	if (status == 401)
		return unauthorized(scheme, offered ? offered : "", err);
	for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
		if (statuses[i].status != status)
			continue;
		err_set(err, statuses[i].fault, "the port of WinRM %s (HTTP status %d)",
			statuses[i].what, status);
		return err_hint(err, statuses[i].hint);
	}
	err_set(err, FAULT_WRONG_ANSWER, "the port of WinRM answers with HTTP status %d", status);
	return err_hint(err, OTHER_SERVER);
}
