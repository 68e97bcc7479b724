/* wsman_elements.c - the elements of an answer that count: where they stand, whether they stand
 * there once, what is done with them. All others are passed over, but none may stand in the body
 * beside what was asked for. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "transport/winrm/wsman_inside.h"

#define SHELL "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/"
#define TRANSFER "http://schemas.xmlsoap.org/ws/2004/09/transfer/"

enum { STREAM_PIECE = 1024 };

/* "" where there is none. */
static const char *attribute_of(const char **attribute, const char *name)
{
	for (; *attribute; attribute += 2)
		if (strcmp(attribute[0], name) == 0)
			return attribute[1];
	return "";
}

/* The text of the element that ends, without the white space around it. */
static const char *word(struct wsman_reader *r)
{
	const char *text = buf_text(&r->text);

	while (r->text.len > 0 && strchr(" \t\r\n", r->text.data[r->text.len - 1]))
		r->text.data[--r->text.len] = '\0';
	return text + strspn(text, " \t\r\n");
}

/* xs:unsignedInt, xs:integer. */
static bool read_number(const char *text, int64_t min, int64_t max, int64_t *out)
{
	const char *digits = text + (*text == '-' || *text == '+');
	size_t len = strlen(digits);
	int64_t value;

	if (len == 0 || strspn(digits, "0123456789") != len)
		return false;
	/* one that is too large for it becomes the largest */
	value = strtoll(text, NULL, 10);
	if (value < min || value > max)
		return false;
	*out = value;
	return true;
}

/* --- header ------------------------------------------------------------------------------ */

static const struct {
	const char *action;
	enum wsman_at first, second;    /* what stands in the body */
} answers[WSMAN_OP_COUNT] = {
	[WSMAN_CREATE]  = { TRANSFER "CreateResponse", AT_CREATED, AT_SHELL },
	[WSMAN_COMMAND] = { SHELL "CommandResponse", AT_COMMANDED, AT_COMMANDED },
	[WSMAN_SEND]    = { SHELL "SendResponse", AT_SENT, AT_SENT },
	[WSMAN_RECEIVE] = { SHELL "ReceiveResponse", AT_RECEIVED, AT_RECEIVED },
	[WSMAN_SIGNAL]  = { SHELL "SignalResponse", AT_SIGNALLED, AT_SIGNALLED },
	[WSMAN_DELETE]  = { TRANSFER "DeleteResponse", AT_ELSEWHERE, AT_ELSEWHERE },
};

/* Faults have the action of whoever raised them: .../wsman/1/wsman/fault, .../addressing/fault. */
static int end_action(struct wsman_reader *r)
{
	static const char fault[] = "/fault";
	const char *action = word(r);
	size_t len = strlen(action);

	r->is_answer = strcmp(action, answers[r->op].action) == 0;
	r->is_fault = len > strlen(fault) && strcmp(action + len - strlen(fault), fault) == 0;
	return 0;
}

static int end_relates_to(struct wsman_reader *r)
{
	static const char prefix[] = "uuid:";
	const char *id = word(r);

	if (strncmp(id, prefix, strlen(prefix)) == 0)
		id += strlen(prefix);
	r->related = text_casecmp(id, r->id.text) == 0;
	return r->related ? 0 : wsman_wrong(r, "belongs to another request");
}

/* Nothing of a body is looked at before it is known to be for us. A fault may lack the word for
 * it: Windows sends those of quotas so (recorded: WinRb/WinRM, wmi_error_v2.xml). */
static int begin_body(struct wsman_reader *r, const char **attribute)
{
	(void)attribute;
	if (!r->is_answer && !r->is_fault)
		return wsman_wrong(r, "is one to something else");
	if (!r->related && !r->is_fault)
		return wsman_wrong(r, "does not say to which request it belongs");
	return 0;
}

/* --- answers ----------------------------------------------------------------------------- */

/* The id stands in two places (2.2.4.37, and the reference of 3.1.4.5.2), where WinRM 1.1 has the
 * second alone. Both must be the same. */
static int take_shell(struct wsman_reader *r)
{
	struct wsman_id id;

	if (!wsman_id_read(&id, buf_text(&r->text), r->text.len))
		return wsman_wrong(r, "names a shell by what is no id");
	if (r->answer.shell.text[0] && strcmp(r->answer.shell.text, id.text) != 0)
		return wsman_wrong(r, "names two shells");
	r->answer.shell = id;
	return 0;
}

static int begin_selector(struct wsman_reader *r, const char **attribute)
{
	bool is_shell = text_casecmp(attribute_of(attribute, "Name"), "ShellId") == 0;

	if (is_shell && wsman_has(r, AT_SELECTOR))
		return wsman_wrong(r, "selects two shells");
	if (is_shell)
		r->seen |= UINT64_C(1) << AT_SELECTOR;
	r->is_shell_selector = is_shell;
	return 0;
}

static int end_selector(struct wsman_reader *r)
{
	return r->is_shell_selector ? take_shell(r) : 0;
}

static int end_command_id(struct wsman_reader *r)
{
	if (!wsman_id_read(&r->answer.command, buf_text(&r->text), r->text.len))
		return wsman_wrong(r, "names a command by what is no id");
	return 0;
}

/* 2.2.4.40 */
static int begin_stream(struct wsman_reader *r, const char **attribute)
{
	const char *name = attribute_of(attribute, "Name");
	const char *ends = attribute_of(attribute, "End");

	if (text_casecmp(attribute_of(attribute, "CommandId"), r->asked_command.text) != 0)
		return wsman_wrong(r, "has output of another command");
	if (strcmp(name, "stdout") != 0 && strcmp(name, "stderr") != 0)
		return wsman_wrong(r, "has a stream that was not asked for");
	r->stream = strcmp(name, "stdout") == 0 ? WSMAN_STDOUT : WSMAN_STDERR;
	r->stream_ends = strcmp(ends, "true") == 0 || strcmp(ends, "1") == 0;
	r->base64 = (struct base64_reader){ 0 };
	return 0;
}

static int stream_text(struct wsman_reader *r, const char *s, size_t len)
{
	char bytes[STREAM_PIECE + 3];

	while (len > 0) {
		size_t n = len < STREAM_PIECE ? len : STREAM_PIECE, count;

		if (!base64_read(&r->base64, s, n, bytes, &count))
			return wsman_wrong(r, "has a stream that is no base64");
		if (count > 0 && r->out->ended[r->stream])
			return wsman_wrong(r, "goes on with a stream that had ended");
		if (count > 0)
			r->out->bytes(r->out->ctx, r->stream, bytes, count);
		s += n;
		len -= n;
	}
	return 0;
}

static int end_stream(struct wsman_reader *r)
{
	if (!base64_is_whole(&r->base64))
		return wsman_wrong(r, "has a stream whose base64 is cut");
	r->out->ended[r->stream] |= r->stream_ends;
	return 0;
}

/* 2.2.4.9 */
static int begin_state(struct wsman_reader *r, const char **attribute)
{
	static const char before[] = SHELL "CommandState/";
	const char *state = attribute_of(attribute, "State");

	if (text_casecmp(attribute_of(attribute, "CommandId"), r->asked_command.text) != 0)
		return wsman_wrong(r, "has the state of another command");
	if (strncmp(state, before, strlen(before)) != 0)
		return wsman_wrong(r, "has a state that is none");
	state += strlen(before);
	if (strcmp(state, "Done") == 0)
		r->answer.state = WSMAN_DONE;
	else if (strcmp(state, "Running") != 0 && strcmp(state, "Pending") != 0)
		return wsman_wrong(r, "has a state that is none");
	return 0;
}

/* One may stand there while the command runs (4.7.3), and means nothing then. */
static int end_exit(struct wsman_reader *r)
{
	int64_t code;

	if (!read_number(word(r), INT32_MIN, UINT32_MAX, &code))
		return wsman_wrong(r, "has an exit code that is none");
	if (r->answer.state != WSMAN_DONE)
		return 0;
	r->answer.has_exit = true;
	r->answer.exit_code = (int32_t)(uint32_t)code;
	return 0;
}

/* --- faults ------------------------------------------------------------------------------ */

static int take_code(struct wsman_reader *r, const char *text)
{
	int64_t code;

	if (wsman_has(r, AT_WSMAN_FAULT) && wsman_has(r, AT_WMI_ERROR))
		return wsman_wrong(r, "is two faults");
	if (!read_number(text, 0, UINT32_MAX, &code))
		return wsman_wrong(r, "has a fault whose code is none");
	r->answer.fault.code = (uint32_t)code;
	return 0;
}

static int begin_wsman_fault(struct wsman_reader *r, const char **attribute)
{
	return take_code(r, attribute_of(attribute, "Code"));
}

static int end_wmi_code(struct wsman_reader *r)
{
	return take_code(r, word(r));
}

/* "w:TimedOut": the name is enough, prefixes are the host's choice. */
static int end_value(struct wsman_reader *r)
{
	const char *name = word(r);
	const char *colon = strrchr(name, ':');
	AUTO_FREE char *shown = NULL;

	name = colon ? colon + 1 : name;
	shown = text_printable(name, strlen(name), sizeof(r->answer.fault.subcode) - 1);
	memcpy(r->answer.fault.subcode, shown, strlen(shown) + 1);
	return 0;
}

/* As much of it as there is room for. */
static int keep(struct buf *b, const char *s, size_t len)
{
	size_t room = b->max - b->len;

	return buf_add(b, s, len < room ? len : room);
}

static int said_text(struct wsman_reader *r, const char *s, size_t len)
{
	return keep(&r->said, s, len);
}

static int reason_text(struct wsman_reader *r, const char *s, size_t len)
{
	return keep(&r->reason, s, len);
}

/* One line: every run of white space is a blank. */
static char *one_line(const char *text)
{
	struct buf b;

	buf_init(&b, WSMAN_SAID_MAX);
	while (*(text += strspn(text, " \t\r\n"))) {
		size_t len = strcspn(text, " \t\r\n");

		if (b.len > 0)
			(void)buf_add(&b, " ", 1);
		(void)buf_add(&b, text, len);
		text += len;
	}
	return buf_take(&b);
}

void wsman_finish_fault(struct wsman_reader *r)
{
	AUTO_FREE char *line = one_line(buf_text(r->said.len > 0 ? &r->said : &r->reason));
	AUTO_FREE char *shown =
		text_printable(line, strlen(line), sizeof(r->answer.fault.text) - 1);

	memcpy(r->answer.fault.text, shown, strlen(shown) + 1);
	r->answer.is_fault = true;
}

/* --- elements ---------------------------------------------------------------------------- */

/* A text that is needed whole. */
static int word_text(struct wsman_reader *r, const char *s, size_t len)
{
	return buf_add(&r->text, s, len) == 0 ? 0 : wsman_wrong(r, "has a longer text than any");
}

#define SOAP "http://www.w3.org/2003/05/soap-envelope|"
#define WSA "http://schemas.xmlsoap.org/ws/2004/08/addressing|"
#define WST "http://schemas.xmlsoap.org/ws/2004/09/transfer|"
#define WSMAN "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd|"
#define RSP "http://schemas.microsoft.com/wbem/wsman/1/windows/shell|"
#define WSF "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault|"
#define WMI "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/MSFT_WmiError|"

/* clang-format off */
static const struct wsman_element elements[] = {
	{ AT_TOP,           SOAP "Envelope",           AT_ENVELOPE,      true,  NULL, NULL, NULL },
	{ AT_ENVELOPE,      SOAP "Header",             AT_HEADER,        true,  NULL, NULL, NULL },
	{ AT_HEADER,        WSA "Action",              AT_ACTION,        true,  NULL, word_text, end_action },
	{ AT_HEADER,        WSA "RelatesTo",           AT_RELATES_TO,    true,  NULL, word_text, end_relates_to },
	{ AT_ENVELOPE,      SOAP "Body",               AT_BODY,          true,  begin_body, NULL, NULL },
	{ AT_BODY,          WST "ResourceCreated",     AT_CREATED,       true,  NULL, NULL, NULL },
	{ AT_CREATED,       WSA "ReferenceParameters", AT_PARAMETERS,    true,  NULL, NULL, NULL },
	{ AT_PARAMETERS,    WSMAN "SelectorSet",       AT_SELECTORS,     true,  NULL, NULL, NULL },
	{ AT_SELECTORS,     WSMAN "Selector",          AT_SELECTOR,      false, begin_selector, word_text, end_selector },
	{ AT_BODY,          RSP "Shell",               AT_SHELL,         true,  NULL, NULL, NULL },
	{ AT_SHELL,         RSP "ShellId",             AT_SHELL_ID,      true,  NULL, word_text, take_shell },
	{ AT_BODY,          RSP "CommandResponse",     AT_COMMANDED,     true,  NULL, NULL, NULL },
	{ AT_COMMANDED,     RSP "CommandId",           AT_COMMAND_ID,    true,  NULL, word_text, end_command_id },
	{ AT_BODY,          RSP "SendResponse",        AT_SENT,          true,  NULL, NULL, NULL },
	{ AT_BODY,          RSP "SignalResponse",      AT_SIGNALLED,     true,  NULL, NULL, NULL },
	{ AT_BODY,          RSP "ReceiveResponse",     AT_RECEIVED,      true,  NULL, NULL, NULL },
	{ AT_RECEIVED,      RSP "Stream",              AT_STREAM,        false, begin_stream, stream_text, end_stream },
	{ AT_RECEIVED,      RSP "CommandState",        AT_COMMAND_STATE, true,  begin_state, NULL, NULL },
	{ AT_COMMAND_STATE, RSP "ExitCode",            AT_EXIT,          true,  NULL, word_text, end_exit },
	{ AT_BODY,          SOAP "Fault",              AT_FAULT,         true,  NULL, NULL, NULL },
	{ AT_FAULT,         SOAP "Code",               AT_CODE,          true,  NULL, NULL, NULL },
	{ AT_CODE,          SOAP "Subcode",            AT_SUBCODE,       true,  NULL, NULL, NULL },
	{ AT_SUBCODE,       SOAP "Value",              AT_VALUE,         true,  NULL, word_text, end_value },
	{ AT_FAULT,         SOAP "Reason",             AT_REASON,        true,  NULL, NULL, NULL },
	{ AT_REASON,        SOAP "Text",               AT_REASON_TEXT,   false, NULL, reason_text, NULL },
	{ AT_FAULT,         SOAP "Detail",             AT_DETAIL,        true,  NULL, NULL, NULL },
	{ AT_DETAIL,        WSF "WSManFault",          AT_WSMAN_FAULT,   true,  begin_wsman_fault, NULL, NULL },
	{ AT_WSMAN_FAULT,   WSF "Message",             AT_MESSAGE,       false, NULL, said_text, NULL },
	{ AT_MESSAGE,       WSF "ProviderFault",       AT_PROVIDER,      false, NULL, said_text, NULL },
	{ AT_PROVIDER,      WSF "WSManFault",          AT_INNER_FAULT,   false, NULL, NULL, NULL },
	{ AT_INNER_FAULT,   WSF "Message",             AT_MESSAGE,       false, NULL, said_text, NULL },
	{ AT_DETAIL,        WMI "MSFT_WmiError",       AT_WMI_ERROR,     true,  NULL, NULL, NULL },
	{ AT_WMI_ERROR,     WMI "error_Code",          AT_WMI_CODE,      true,  NULL, word_text, end_wmi_code },
	{ AT_WMI_ERROR,     WMI "Message",             AT_WMI_MESSAGE,   true,  NULL, said_text, NULL },
};
/* clang-format on */

const struct wsman_element *wsman_element(enum wsman_at in, const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(elements); i++)
		if (elements[i].in == in && strcmp(elements[i].name, name) == 0)
			return &elements[i];
	return NULL;
}

const struct wsman_element *wsman_element_at(enum wsman_at in, enum wsman_at at)
{
	for (size_t i = 0; at != AT_ELSEWHERE && i < ARRAY_LEN(elements); i++)
		if (elements[i].in == in && elements[i].at == at)
			return &elements[i];
	return NULL;
}

bool wsman_is_asked_for(const struct wsman_reader *r, const struct wsman_element *e)
{
	if (!e)
		return false;
	if (r->is_fault)
		return e->at == AT_FAULT;
	return e->at == answers[r->op].first || e->at == answers[r->op].second;
}

int wsman_check_whole(struct wsman_reader *r)
{
	enum wsman_at first = answers[r->op].first;

	if (!wsman_has(r, AT_BODY))
		return wsman_wrong(r, "has no body");
	if (r->is_fault)
		return wsman_has(r, AT_FAULT) ? 0 : wsman_wrong(r, "is a fault that is empty");
	if (first != AT_ELSEWHERE && !wsman_has(r, first))
		return wsman_wrong(r, "has an empty body");
	if (r->op == WSMAN_CREATE && !r->answer.shell.text[0])
		return wsman_wrong(r, "names no shell");
	if (r->op == WSMAN_COMMAND && !r->answer.command.text[0])
		return wsman_wrong(r, "names no command");
	return 0;
}
