/* err.c - error values: one table gives every code its stable id, its meaning and its hint.
 * Messages are composed beside the target, so that an error may quote itself; one that is too
 * long loses its middle, since the ends say where and why. */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* clang-format off */
static const struct {
	const char *name;
	const char *meaning;
	const char *hint;
} table[ERR_COUNT] = {
	[ERR_NONE] = { "none", "nothing went wrong", "nothing to do" },
	[FAULT_NAME_NOT_FOUND] = { "name-not-found",
		"no address was found for the host's name",
		"check the name in the inventory and in DNS, or set ansible_host to an address" },
	[FAULT_REFUSED] = { "refused",
		"the host is up, and nothing listens on its SSH port",
		"start the OpenSSH server on the host (Start-Service sshd), or correct "
		"ansible_port" },
	[FAULT_NO_ANSWER] = { "no-answer",
		"the host did not answer on its SSH port in time",
		"check that the host is up and that firewalls let this machine reach "
		"its SSH port" },
	[FAULT_NOT_SSH] = { "not-ssh",
		"what listens on the SSH port speaks another protocol",
		"something else listens on that port: correct ansible_port" },
	[FAULT_NO_COMMON_ALGORITHM] = { "no-common-algorithm",
		"the host's sshd and this machine share no algorithm",
		"compare the algorithms of the host's sshd_config with those of this "
		"machine's libssh2; a host that has Diffie-Hellman group exchange alone "
		"needs --group-exchange" },
	[FAULT_HOST_KEY_UNKNOWN] = { "host-key-unknown",
		"the host's key is not in known_hosts",
		"add the host's key to known_hosts after checking it, or use "
		"--host-key accept-new once" },
	[FAULT_HOST_KEY_CHANGED] = { "host-key-changed",
		"the host shows another key than known_hosts has: it may be another machine",
		"find out why the key changed; only then remove the old line from known_hosts" },
	[FAULT_NO_USABLE_KEY] = { "no-usable-key",
		"there is no key or user to sign in with",
		"set ansible_user and ansible_ssh_private_key_file, or load one key "
		"into the key agent" },
	[FAULT_SIGN_IN_REJECTED] = { "sign-in-rejected",
		"the host rejected the user and key",
		"check the user name and that its public key is in "
		"administrators_authorized_keys" },
	[FAULT_CREDENTIAL_SUSPENDED] = { "credential-suspended",
		"the user and key were not offered: other hosts had rejected them",
		"other hosts rejected this user and key, so it was not offered again: "
		"correct it first" },
	[FAULT_THROTTLED] = { "throttled",
		"the host's sshd drops new connections for now",
		"the host's sshd drops connections: under MaxStartups lower --jobs, after a penalty "
		"(PerSourcePenalties) wait up to 10 minutes" },
	[FAULT_CHANNEL_REFUSED] = { "channel-refused",
		"the sign-in went well, and the host allowed no session after it",
		"the host's sshd allows no session: check MaxSessions and ForceCommand "
		"in sshd_config" },
	[FAULT_UNSUPPORTED_TRANSPORT] = { "unsupported-transport",
		"the inventory names a connection that is not built in",
		"only ssh and local are built in: set ansible_connection: ssh for this host" },
	[FAULT_NO_POWERSHELL] = { "no-powershell",
		"the host did not find powershell.exe",
		"powershell.exe was not found for this user: check PATH and "
		"DefaultShell of the host" },
	[FAULT_CONSTRAINED_LANGUAGE] = { "constrained-language",
		"PowerShell is restricted on the host and runs no script of ours",
		"PowerShell runs in constrained language mode there: allow the scripts "
		"by their SHA-256" },
	[FAULT_BLOCKED_BY_SECURITY] = { "blocked-by-security",
		"security software of the host stopped the script",
		"security software stopped the script: have it allowed by the SHA-256 "
		"in docs/security.md" },
	[FAULT_ACCESS_DENIED] = { "access-denied",
		"the user may not do on the host what the script needs",
		"sign in with a user who is an administrator of the host" },
	[FAULT_PROGRAM_FAILED] = { "program-failed",
		"the script or program ended with an error",
		"see the text of the failure, and try `marshal scan --verbose` on this "
		"host alone" },
	[FAULT_UPLOAD_FAILED] = { "upload-failed",
		"the file did not get to the host",
		"check the SFTP subsystem and the free space of the host" },
	[FAULT_CONNECTION_LOST] = { "connection-lost",
		"the connection broke before the answer was whole",
		"the line broke in the middle: try again, and look at the host's and "
		"network's events" },
	[FAULT_WRONG_ANSWER] = { "wrong-answer",
		"the host answered something that is no answer",
		"the host answered what our script never writes: look for profiles, "
		"wrappers or filters" },
	[FAULT_TOO_MUCH_OUTPUT] = { "too-much-output",
		"the host answered more than is ever read",
		"the host wrote more than the limit: look for a profile or banner that "
		"prints a lot" },
	[FAULT_TIME_LIMIT] = { "time-limit",
		"the host was reached and took longer than its limit",
		"the host was too slow: try it alone, or raise the limit named in the message" },
	[FAULT_CANCELLED] = { "cancelled",
		"the look was ended from this side",
		"it was ended from here before the host had answered: run the command again" },
	[ERR_USAGE] = { "usage",
		"an option, an inventory or another file is not as it should be",
		"see `marshal --help`" },
	[ERR_STORE] = { "store",
		"the database cannot be used",
		"check the database named by --db or MARSHAL_DB, its folder and the free space" },
	[ERR_SYSTEM] = { "system",
		"this machine refused something: disk, memory, rights",
		"check free space, memory and rights on this machine" },
	[ERR_BUSY] = { "busy",
		"another program writes to the database",
		"wait for the other program to end, then repeat the command" },
	[ERR_HELD] = { "held",
		"another process works on it",
		"wait for that process to end; where it is gone for good, `marshal upgrade "
		"release HOST` frees the host" },
	[ERR_NOT_FOUND] = { "not-found",
		"what was named does not exist",
		"check the spelling" },
};
/* clang-format on */

/* Whether a byte is inside a UTF-8 character, where no cut may be made. */
static int is_continuation(char c)
{
	return ((unsigned char)c & 0xC0) == 0x80;
}

static void put_cut(char *out, size_t size, const char *text)
{
	static const char gap[] = " ... ";
	size_t len = strlen(text);
	size_t head = (size - sizeof(gap)) / 2;
	size_t tail = size - sizeof(gap) - head;

	if (len < size) {
		memcpy(out, text, len + 1);
		return;
	}
	while (head > 0 && is_continuation(text[head]))
		head--;
	while (tail > 0 && is_continuation(text[len - tail]))
		tail--;
	memcpy(out, text, head);
	memcpy(out + head, gap, sizeof(gap) - 1);
	memcpy(out + head + sizeof(gap) - 1, text + len - tail, tail + 1);
}

static char *compose(const char *fmt, va_list ap)
{
	char *text = NULL;

	if (vasprintf(&text, fmt, ap) < 0)
		return xstrdup(fmt);
	return text;
}

int err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return -1;
	va_start(ap, fmt);
	AUTO_FREE char *text = compose(fmt, ap);
	va_end(ap);
	err->code = code;
	err->hint = err_hint_of(code);
	put_cut(err->msg, sizeof(err->msg), text);
	return -1;
}

int err_errno(struct err *err, enum err_code code, int errno_value, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return -1;
	va_start(ap, fmt);
	AUTO_FREE char *text = compose(fmt, ap);
	va_end(ap);
	return err_set(err, code, "%s: %s", text, strerror(errno_value));
}

int err_in(struct err *err, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return -1;
	va_start(ap, fmt);
	AUTO_FREE char *text = compose(fmt, ap);
	va_end(ap);
	AUTO_FREE char *all = xasprintf("%s: %s", text, err->msg);

	put_cut(err->msg, sizeof(err->msg), all);
	return -1;
}

const char *err_text_without(const struct err *err, const char *name)
{
	size_t len = strlen(name);

	if (strncmp(err->msg, name, len) == 0 && strncmp(err->msg + len, ": ", 2) == 0)
		return err->msg + len + 2;
	return err->msg;
}

int err_hint(struct err *err, const char *hint)
{
	if (err)
		err->hint = hint;
	return -1;
}

const char *err_name(enum err_code code)
{
	return (unsigned)code < ERR_COUNT ? table[code].name : "unknown";
}

enum err_code err_from_name(const char *name)
{
	for (int code = ERR_NONE + 1; name && code < ERR_COUNT; code++)
		if (strcmp(table[code].name, name) == 0)
			return (enum err_code)code;
	return ERR_NONE;
}

const char *err_meaning_of(enum err_code code)
{
	return (unsigned)code < ERR_COUNT ? table[code].meaning : "";
}

const char *err_hint_of(enum err_code code)
{
	return (unsigned)code < ERR_COUNT ? table[code].hint : "";
}

int err_is_fault(enum err_code code)
{
	return code > ERR_NONE && code <= FAULT_LAST;
}

int err_exit_status(enum err_code code)
{
	if (err_is_fault(code))
		return 1;
	return code == ERR_USAGE || code == ERR_NOT_FOUND ? 2 : 3;
}
