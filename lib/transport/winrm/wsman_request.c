/* wsman_request.c - what is asked, as text. Everything that is not written here is escaped; ids
 * are GUIDs by then. Names and order of the headers are those of pywinrm, which Windows has
 * been asked by for years. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/insist.h"
#include "base/mem.h"
#include "base/text.h"
#include "transport/winrm/wsman.h"

#define SHELL "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
#define TRANSFER "http://schemas.xmlsoap.org/ws/2004/09/transfer"

static const struct { const char *name, *action; } ops[WSMAN_OP_COUNT] = {
	[WSMAN_CREATE]  = { "Create",  TRANSFER "/Create" },
	[WSMAN_COMMAND] = { "Command", SHELL "/Command" },
	[WSMAN_SEND]    = { "Send",    SHELL "/Send" },
	[WSMAN_RECEIVE] = { "Receive", SHELL "/Receive" },
	[WSMAN_SIGNAL]  = { "Signal",  SHELL "/Signal" },
	[WSMAN_DELETE]  = { "Delete",  TRANSFER "/Delete" },
};

const char *wsman_op_name(enum wsman_op op)
{
	return ops[op].name;
}

/* --- ids --------------------------------------------------------------------------------- */

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_guid(const char *text)
{
	for (int i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? text[i] != '-' : !is_hex(text[i]))
			return false;
	}
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool wsman_id_read(struct wsman_id *out, const char *text, size_t len)
{
	static const char prefix[] = "uuid:";
	const size_t before = sizeof(prefix) - 1;

	while (len > 0 && is_blank(text[0])) {
		text++;
		len--;
	}
	while (len > 0 && is_blank(text[len - 1]))
		len--;
	/* WinRM 1.1 has "uuid:" in front of a shell's id, which belongs to it then. */
	if (len == before + 36 && strncmp(text, prefix, before) == 0) {
		if (!is_guid(text + before))
			return false;
	} else if (len != 36 || !is_guid(text)) {
		return false;
	}
	memcpy(out->text, text, len);
	out->text[len] = '\0';
	return true;
}

void wsman_id_make(struct wsman_id *out, const char *hex)
{
	char *at = out->text;

	INSIST(strlen(hex) == 32);
	for (int i = 0; i < 32; i++) {
		if (i == 8 || i == 12 || i == 16 || i == 20)
			*at++ = '-';
		INSIST(is_hex(hex[i]));
		*at++ = hex[i];
	}
	*at = '\0';
	out->text[14] = '4';
	/* of the digit the two lower bits stay: letters count from 'a', which is ten */
	out->text[19] = "89ab"[(hex[16] <= '9' ? hex[16] - '0' : hex[16] + 1) & 3];
}

/* --- text -------------------------------------------------------------------------------- */

/* Nothing here can pass the limit but a line or address of absurd length, which is ours. */
static void add(struct buf *b, const char *text)
{
	INSIST(buf_adds(b, text) == 0);
}

/* What may not stand in XML at all becomes U+FFFD. */
static void add_escaped(struct buf *b, const char *text)
{
	static const char unknown[] = "\xEF\xBF\xBD";
	bool utf8 = text_is_utf8(text, strlen(text));

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '&' || c == '<' || c == '>' || c == '"' || c == '\'' || c == '\t' ||
		    c == '\n' || c == '\r')
			INSIST(buf_addf(b, "&#%d;", c) == 0);
		else if (c < ' ' || (c >= 0x80 && !utf8))
			add(b, unknown);
		else
			INSIST(buf_add(b, text, 1) == 0);
	}
}

static void add_element(struct buf *b, const char *open, const char *text, const char *close)
{
	add(b, open);
	add_escaped(b, text);
	add(b, close);
}

/* xs:duration. */
static void add_duration(struct buf *b, int64_t ms)
{
	INSIST(ms > 0);
	if (ms % 1000 == 0)
		INSIST(buf_addf(b, "PT%lldS", (long long)(ms / 1000)) == 0);
	else
		INSIST(buf_addf(b, "PT%lld.%03dS", (long long)(ms / 1000), (int)(ms % 1000)) == 0);
}

static void add_option(struct buf *b, const char *name, const char *value)
{
	INSIST(buf_addf(b, "<w:Option Name=\"%s\">%s</w:Option>", name, value) == 0);
}

/* --- header ------------------------------------------------------------------------------ */

static const char envelope_open[] =
	"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
	"<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\""
	" xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\""
	" xmlns:w=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\""
	" xmlns:p=\"http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd\""
	" xmlns:rsp=\"" SHELL "\"><s:Header>";

static const char constant_headers[] =
	"<a:ReplyTo><a:Address s:mustUnderstand=\"true\">"
	"http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address></a:ReplyTo>"
	/* texts of faults in English, where the host has that language */
	"<w:Locale s:mustUnderstand=\"false\" xml:lang=\"en-US\"/>"
	"<p:DataLocale s:mustUnderstand=\"false\" xml:lang=\"en-US\"/>"
	"<w:ResourceURI s:mustUnderstand=\"true\">" SHELL "/cmd</w:ResourceURI>";

/* 3.1.4.5.2: the code page of the shell's console is UTF-8, whatever the host's language. The
 * user's profile is loaded, as over SSH: a PATH or proxy of theirs means the same on both ways. */
static void add_shell_options(struct buf *b)
{
	add(b, "<w:OptionSet>");
	add_option(b, "WINRS_NOPROFILE", "FALSE");
	add_option(b, "WINRS_CODEPAGE", "65001");
	add(b, "</w:OptionSet>");
}

/* 3.1.4.11. Standard input is a pipe and no console: the program gets our bytes as they are,
 * nothing of them is echoed, and it reads the end. Ansible asks for the same where it has input
 * (its winrm.py: console_mode_stdin=(stdin_iterator is None)); TRUE, the default of pywinrm and of
 * masterzen/winrm, is for none. A pipe has no ctrl_c: we end a program by `terminate`.
 *
 * cmd.exe starts the program, as over SSH, and says with 9009 that there is none. Without it the
 * host wants a full path, which differs by server ("powershell.exe" gives fault 2147942402:
 * pypsrp's recording test_winrs_no_cmd_shell.yml), and from 2012 R2 on does it no more (pypsrp,
 * shell.py, no_shell). Our line is shorter than the 8,191 characters of cmd.exe and has nothing
 * that it expands. */
static void add_command_options(struct buf *b)
{
	add(b, "<w:OptionSet>");
	add_option(b, "WINRS_CONSOLEMODE_STDIN", "FALSE");
	add_option(b, "WINRS_SKIP_CMD_SHELL", "FALSE");
	add(b, "</w:OptionSet>");
}

static void add_header(struct buf *b, const struct wsman_request *r)
{
	add(b, envelope_open);
	add_element(b, "<a:To>", r->url, "</a:To>");
	add(b, constant_headers);
	INSIST(buf_addf(b, "<w:MaxEnvelopeSize s:mustUnderstand=\"true\">%zu</w:MaxEnvelopeSize>",
			r->envelope) == 0);
	add_element(b, "<a:MessageID>uuid:", r->id.text, "</a:MessageID>");
	add(b, "<w:OperationTimeout>");
	add_duration(b, r->timeout_ms);
	add(b, "</w:OperationTimeout>");
	add_element(b, "<a:Action s:mustUnderstand=\"true\">", ops[r->op].action, "</a:Action>");
	if (r->op != WSMAN_CREATE)
		add_element(b, "<w:SelectorSet><w:Selector Name=\"ShellId\">", r->shell.text,
			    "</w:Selector></w:SelectorSet>");
	if (r->op == WSMAN_CREATE)
		add_shell_options(b);
	if (r->op == WSMAN_COMMAND)
		add_command_options(b);
	add(b, "</s:Header>");
}

/* --- body -------------------------------------------------------------------------------- */

/* 2.2.4.37: the elements in the order of their sequence. */
static void add_create(struct buf *b, const struct wsman_request *r)
{
	add(b, "<rsp:Shell><rsp:IdleTimeOut>");
	add_duration(b, r->idle_ms);
	add(b, "</rsp:IdleTimeOut><rsp:InputStreams>stdin</rsp:InputStreams>"
	       "<rsp:OutputStreams>stdout stderr</rsp:OutputStreams></rsp:Shell>");
}

/* 3.1.4.11: the program and its arguments, these in one element as pywinrm sends them. */
static void add_command(struct buf *b, const struct wsman_request *r)
{
	size_t len = strcspn(r->line, " ");
	AUTO_FREE char *program = xstrndup(r->line, len);

	add_element(b, "<rsp:CommandLine><rsp:Command>", program, "</rsp:Command>");
	if (r->line[len])
		add_element(b, "<rsp:Arguments>", r->line + len + 1, "</rsp:Arguments>");
	add(b, "</rsp:CommandLine>");
}

static void add_send(struct buf *b, const struct wsman_request *r)
{
	AUTO_FREE char *coded = base64_encode(r->input, r->input_len, NULL);

	add_element(b, "<rsp:Send><rsp:Stream Name=\"stdin\" CommandId=\"", r->command.text, "\"");
	add(b, r->last ? " End=\"true\">" : ">");
	add(b, coded);
	add(b, "</rsp:Stream></rsp:Send>");
}

static void add_receive(struct buf *b, const struct wsman_request *r)
{
	add_element(b, "<rsp:Receive><rsp:DesiredStream CommandId=\"", r->command.text, "\">");
	add(b, "stdout stderr</rsp:DesiredStream></rsp:Receive>");
}

static void add_signal(struct buf *b, const struct wsman_request *r)
{
	add_element(b, "<rsp:Signal CommandId=\"", r->command.text, "\">");
	add(b, "<rsp:Code>" SHELL "/signal/terminate</rsp:Code></rsp:Signal>");
}

static void add_body(struct buf *b, const struct wsman_request *r)
{
	add(b, "<s:Body>");
	switch (r->op) {
	case WSMAN_CREATE:
		add_create(b, r);
		break;
	case WSMAN_COMMAND:
		add_command(b, r);
		break;
	case WSMAN_SEND:
		add_send(b, r);
		break;
	case WSMAN_RECEIVE:
		add_receive(b, r);
		break;
	case WSMAN_SIGNAL:
		add_signal(b, r);
		break;
	case WSMAN_DELETE:
	case WSMAN_OP_COUNT:
		break;
	}
	add(b, "</s:Body></s:Envelope>");
}

char *wsman_request_text(const struct wsman_request *r)
{
	struct buf b;

	INSIST(r->id.text[0]);
	INSIST((r->op == WSMAN_CREATE) == (r->shell.text[0] == '\0'));
	INSIST((r->op == WSMAN_CREATE || r->op == WSMAN_COMMAND || r->op == WSMAN_DELETE) ||
	       r->command.text[0]);
	buf_init(&b, r->envelope);
	add_header(&b, r);
	add_body(&b, r);
	return buf_take(&b);
}

size_t wsman_input_room(const struct wsman_request *r)
{
	struct wsman_request empty = *r;
	AUTO_FREE char *text = NULL;

	empty.input_len = 0;
	empty.last = true;
	text = wsman_request_text(&empty);
	return (r->envelope - strlen(text)) / 4 * 3;
}
