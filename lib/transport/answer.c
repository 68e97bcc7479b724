/* answer.c - cuts a call's answer out of a stream of bytes, and names the fault when there is
 * none. The result does not depend on where the stream was cut into pieces. Windows speaks
 * many languages: exit codes and identifiers are looked at first, English texts last. */
#include "transport/answer.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

enum {
	NOISE_MAX = 1024, QUOTE_MAX = 160, SIGNAL_MAX = 64
};

static const char narrow_line[] = "<<<answer bits 32>>>";
static const char mode_before[] = "<<<answer language-mode ";
static const char marker_after[] = ">>>";

void answer_init(struct answer *a, const char *nonce, size_t max_bytes, size_t max_line,
		 void (*on_line)(void *ctx, const char *line, size_t len), void *ctx)
{
	memset(a, 0, sizeof(*a));
	snprintf(a->begin, sizeof(a->begin), "<<<answer %.48s begin>>>", nonce);
	snprintf(a->end, sizeof(a->end), "<<<answer %.48s end>>>", nonce);
	/* One more than a line may have: the CR before LF, which does not count. */
	buf_init(&a->line, max_line + 1);
	buf_init(&a->noise, NOISE_MAX);
	a->max = max_bytes;
	a->on_line = on_line;
	a->ctx = ctx;
}

void answer_release(struct answer *a)
{
	buf_release(&a->line);
	buf_release(&a->noise);
}

/* "<<<answer language-mode NAME>>>": the name is a word of PowerShell's own, nothing else
 * is taken over. */
static void read_language_mode(struct answer *a, const char *line, size_t len)
{
	size_t before = sizeof(mode_before) - 1, after = sizeof(marker_after) - 1;
	size_t name_len;

	if (len <= before + after || memcmp(line, mode_before, before) != 0 ||
	    memcmp(line + len - after, marker_after, after) != 0)
		return;
	name_len = len - before - after;
	if (name_len >= sizeof(a->language_mode) ||
	    strspn(line + before, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") <
		    name_len)
		return;
	memcpy(a->language_mode, line + before, name_len);
	a->language_mode[name_len] = '\0';
}

static void keep_noise(struct answer *a, const char *line, size_t len)
{
	size_t room = NOISE_MAX - a->noise.len;

	if (room < 2 || len == 0)
		return;
	(void)buf_add(&a->noise, line, len < room ? len : room - 1);
	(void)buf_add(&a->noise, "\n", 1);
}

static bool is_marker(const char *marker, const char *line, size_t len)
{
	return len == strlen(marker) && memcmp(line, marker, len) == 0;
}

/* A whole line in a->line, without its LF. */
static void take_line(struct answer *a)
{
	const char *line = buf_text(&a->line);
	size_t len = a->line.len;

	if (len > 0 && line[len - 1] == '\r')
		a->line.data[--len] = '\0';
	if (a->begun) {
		if (is_marker(a->end, line, len))
			a->ended = true;
		else if (len == a->line.max)
			a->on_line(a->ctx, NULL, len);
		else
			a->on_line(a->ctx, line, len);
		return;
	}
	/* .NET may open the stream with a byte order mark, in front of the marker. */
	if (len >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0) {
		line += 3;
		len -= 3;
	}
	if (is_marker(a->begin, line, len)) {
		a->begun = true;
		return;
	}
	read_language_mode(a, line, len);
	a->narrow |= is_marker(narrow_line, line, len);
	keep_noise(a, line, len);
}

/* A piece of a line, without LF. */
static void take_piece(struct answer *a, const char *data, size_t len)
{
	if (!a->skipping && buf_add(&a->line, data, len) == 0)
		return;
	if (!a->skipping) {
		size_t room = a->line.max - a->line.len;

		a->skipping = true;
		a->skipped = a->line.len;
		if (!a->begun && buf_add(&a->line, data, room) == 0)
			keep_noise(a, buf_text(&a->line), a->line.len);
		buf_clear(&a->line);
	}
	a->skipped += len;
}

static void end_line(struct answer *a)
{
	if (!a->skipping)
		take_line(a);
	else if (a->begun)
		a->on_line(a->ctx, NULL, a->skipped);
	a->skipping = false;
	a->skipped = 0;
	buf_clear(&a->line);
}

int answer_feed(struct answer *a, const char *data, size_t len, struct err *err)
{
	size_t room = a->max - a->taken;
	bool too_much = len > room;

	/* What is within the limit still counts: a cut answer is kept for its complete lines. */
	if (too_much)
		len = room;
	a->taken += len;
	while (len > 0 && !a->ended) {
		const char *lf = memchr(data, '\n', len);
		size_t piece = lf ? (size_t)(lf - data) : len;

		take_piece(a, data, piece);
		if (lf) {
			end_line(a);
			piece++;
		}
		data += piece;
		len -= piece;
	}
	if (too_much)
		return err_set(err, FAULT_TOO_MUCH_OUTPUT, "more than %zu bytes of output", a->max);
	return 0;
}

/* The signs of one fault, in exit status or text. Texts are tried on stderr and on the noise. */
struct sign {
	enum err_code code;
	int status;                     /* 0: none, as exit 0 is no sign */
	const char *text;               /* NULL: none */
};

/* clang-format off */
/* What may also come after the begin marker, from PowerShell itself. */
static const struct sign blocked_signs[] = {
	{ FAULT_BLOCKED_BY_SECURITY, 0, "ScriptContainedMaliciousContent" },    /* AMSI, its id */
	{ FAULT_BLOCKED_BY_SECURITY, 0, "This script contains malicious content" },
	{ FAULT_BLOCKED_BY_SECURITY, 1260, NULL },           /* ERROR_ACCESS_DISABLED_BY_POLICY */
	{ FAULT_BLOCKED_BY_SECURITY, -2147023636, NULL },    /* the same, 0x800704EC */
	{ FAULT_BLOCKED_BY_SECURITY, 4551, NULL },           /* ..._INTEGRITY_POLICY_VIOLATION */
	{ FAULT_BLOCKED_BY_SECURITY, 225, NULL },            /* ERROR_VIRUS_INFECTED */
	{ FAULT_BLOCKED_BY_SECURITY, 0, "blocked by group policy" },
	{ FAULT_BLOCKED_BY_SECURITY, 0, "blocked by your system administrator" },
	{ FAULT_BLOCKED_BY_SECURITY, 0, "0x800704EC" },
};

/* What comes from whoever should have started PowerShell. */
static const struct sign start_signs[] = {
	{ FAULT_NO_POWERSHELL, 9009, NULL },                 /* cmd.exe: no such command */
	{ FAULT_NO_POWERSHELL, 127, NULL },                  /* a Unix shell: the same */
	{ FAULT_NO_POWERSHELL, 0, "is not recognized as an internal or external command" },
	{ FAULT_NO_POWERSHELL, 0, "powershell.exe: command not found" },
	{ FAULT_NO_POWERSHELL, 0, "powershell.exe: not found" },
	{ FAULT_ACCESS_DENIED, 5, NULL },                    /* ERROR_ACCESS_DENIED */
	{ FAULT_ACCESS_DENIED, -2147024891, NULL },          /* the same, 0x80070005 */
	{ FAULT_ACCESS_DENIED, 126, NULL },                  /* a Unix shell: not executable */
	{ FAULT_ACCESS_DENIED, 0, "Access is denied" },
	{ FAULT_ACCESS_DENIED, 0, "0x80070005" },
};
/* clang-format on */

static enum err_code find_sign(const struct sign *sign, size_t count, int status, const char *said,
			       const char *noise)
{
	for (size_t i = 0; i < count; i++) {
		if (sign[i].status != 0 && sign[i].status == status)
			return sign[i].code;
		if (sign[i].text && (strstr(said, sign[i].text) || strstr(noise, sign[i].text)))
			return sign[i].code;
	}
	return ERR_NONE;
}

/* The first line that says something, for a message: ": 'text'", or "". Not at a terminal,
 * PowerShell wraps its errors in XML ("#< CLIXML"): then the first error inside. */
static char *quote(const char *text)
{
	static const char error_tag[] = "<S S=\"Error\">", line_end[] = "_x000D_";
	AUTO_FREE char *shown = NULL;
	const char *cut;
	size_t len;

	if (strncmp(text, "#< CLIXML", 9) == 0) {
		text = strstr(text, error_tag);
		text = text ? text + strlen(error_tag) : "";
	}
	text += strspn(text, " \t\r\n");
	len = strcspn(text, "\r\n");
	cut = memmem(text, len, line_end, strlen(line_end));
	if (cut)
		len = (size_t)(cut - text);
	if (len == 0)
		return xstrdup("");
	shown = text_printable(text, len, QUOTE_MAX);
	return xasprintf(": '%s'", shown);
}

/* No sign told more: what is left is how the program ended. */
static int explain_end(const struct answer *a, int status, const char *told, struct err *err)
{
	if (status == -1)
		return err_set(err, FAULT_CONNECTION_LOST, "%s",
			       a->begun ? "the answer was cut" : "the line ended before an answer");
	if (status != 0)
		return err_set(err, FAULT_PROGRAM_FAILED, "exit status %d%s", status, told);
	if (a->begun)
		return err_set(err, FAULT_WRONG_ANSWER, "the answer has no end%s", told);
	return err_set(err, FAULT_WRONG_ANSWER, "no answer in %zu bytes of output%s", a->taken,
		       told);
}

static int explain(const struct answer *a, int status, const char *said, struct err *err)
{
	const char *noise = buf_text(&a->noise);
	AUTO_FREE char *told = quote(*said ? said : noise);
	enum err_code code;

	code = find_sign(blocked_signs, ARRAY_LEN(blocked_signs), status, said, noise);
	if (code == ERR_NONE && !a->begun)
		code = find_sign(start_signs, ARRAY_LEN(start_signs), status, said, noise);
	if (code == ERR_NONE)
		return explain_end(a, status, told, err);
	if (status == -1)
		return err_set(err, code, "PowerShell gave no answer%s", told);
	return err_set(err, code, "PowerShell gave no answer, exit status %d%s", status, told);
}

/* A last line without LF is not complete, but a marker of ours is known when it is whole. */
static void take_last_line(struct answer *a)
{
	const char *line = buf_text(&a->line);
	size_t len = a->line.len;

	if (a->skipping || len == 0)
		return;
	if (line[len - 1] == '\r')
		len--;
	if (!a->begun || is_marker(a->end, line, len))
		end_line(a);
}

/* As RFC 4254 has them, "KILL", or "NAME@domain"; what the library gives may be anything. */
static bool is_signal_name(const char *signal)
{
	size_t len = strlen(signal);

	return len > 0 && len <= SIGNAL_MAX &&
	       strspn(signal, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
			      "@.-_") == len;
}

int answer_finish(struct answer *a, int exit_status, const char *signal, const char *stderr_text,
		  struct err *err)
{
	take_last_line(a);
	if (a->ended)
		return 0;
	if (!a->begun && (a->language_mode[0] || exit_status == EXIT_LANGUAGE_MODE))
		return err_set(err, FAULT_CONSTRAINED_LANGUAGE, "PowerShell runs in %s",
			       a->language_mode[0] ? a->language_mode :
						     "a restricted language mode");
	if (!a->begun && (a->narrow || exit_status == EXIT_NARROW)) {
		err_set(err, FAULT_NO_POWERSHELL,
			"the SSH server starts the PowerShell of 32 bits of a Windows of 64 bits");
		return err_hint(err, "install the 64-bit OpenSSH server on the host");
	}
	if (signal && is_signal_name(signal))
		return err_set(err, FAULT_PROGRAM_FAILED, "ended by signal %s", signal);
	if (signal)
		return err_set(err, FAULT_PROGRAM_FAILED, "ended by a signal without a name");
	return explain(a, exit_status, stderr_text ? stderr_text : "", err);
}
