/* request.c - see request.h. The order is SOAP's: the envelope, what must be understood, the
 * addressing, the resource, then what modifies the operation. */
#include "tests/fleet/wsman/request.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

enum { A, W, P, NS_COUNT };
static const char *const spaces[NS_COUNT] = { [A] = NS_ADDRESSING, [W] = NS_WSMAN,
					      [P] = NS_MICROSOFT };

/* The headers that this server knows. */
enum header {
	TO, REPLY_TO, FAULT_TO, MESSAGE_ID, ACTION, RESOURCE_URI, SELECTOR_SET, OPTION_SET,
	MAX_ENVELOPE_SIZE, OPERATION_TIMEOUT, LOCALE, REQUEST_EPR, DATA_LOCALE, SESSION_ID,
	ACTIVITY_ID, OPERATION_ID, SEQUENCE_ID, HEADER_COUNT
};
/* clang-format off */
static const struct { int ns; const char *name; } headers[HEADER_COUNT] = {
	[TO] = { A, "To" }, [REPLY_TO] = { A, "ReplyTo" }, [FAULT_TO] = { A, "FaultTo" },
	[MESSAGE_ID] = { A, "MessageID" }, [ACTION] = { A, "Action" },
	[RESOURCE_URI] = { W, "ResourceURI" }, [SELECTOR_SET] = { W, "SelectorSet" },
	[OPTION_SET] = { W, "OptionSet" }, [MAX_ENVELOPE_SIZE] = { W, "MaxEnvelopeSize" },
	[OPERATION_TIMEOUT] = { W, "OperationTimeout" }, [LOCALE] = { W, "Locale" },
	[REQUEST_EPR] = { W, "RequestEPR" }, [DATA_LOCALE] = { P, "DataLocale" },
	[SESSION_ID] = { P, "SessionId" }, [ACTIVITY_ID] = { P, "ActivityId" },
	[OPERATION_ID] = { P, "OperationID" }, [SEQUENCE_ID] = { P, "SequenceId" },
};

#define ACTION_ROW(id, name, uri) [WS_##id] = { name, uri },
static const struct { const char *name, *uri; } actions[WS_ACTION_COUNT] = { WS_ACTIONS(ACTION_ROW) };

/* MS-WSMV 3.1.4.5.2 and 3.1.4.11; 3.1.4.14 of the last, which is ignored. */
static const struct { enum ws_action action; const char *name; bool number; } options[] = {
	{ WS_CREATE,  "WINRS_NOPROFILE",         false },
	{ WS_CREATE,  "WINRS_CODEPAGE",          true },
	{ WS_COMMAND, "WINRS_CONSOLEMODE_STDIN", false },
	{ WS_COMMAND, "WINRS_SKIP_CMD_SHELL",    false },
	{ WS_RECEIVE, "WSMAN_CMDSHELL_OPTION_KEEPALIVE", false },
};

/* What WS-Transfer, WS-Enumeration and WS-Eventing have and a command shell has not. */
static const char *const other_actions[] = {
	NS_TRANSFER "/Put", "http://schemas.xmlsoap.org/ws/2004/08/eventing/Subscribe",
	"http://schemas.xmlsoap.org/ws/2004/08/eventing/Unsubscribe",
	NS_SHELL "/Connect", NS_SHELL "/Disconnect", NS_SHELL "/Reconnect",
};
/* clang-format on */

const char *ws_action_name(enum ws_action action)
{
	return actions[action].name;
}

const char *ws_action_uri(enum ws_action action)
{
	return actions[action].uri;
}

static bool is_true(const char *boolean)
{
	return boolean && (strcmp(boolean, "true") == 0 || strcmp(boolean, "1") == 0);
}

static bool is_boolean(const char *text)
{
	return is_true(text) || strcmp(text, "false") == 0 || strcmp(text, "0") == 0;
}

/* One part of a duration: digits and its letter. Moves *at behind it where that letter comes. */
static bool duration_part(const char **at, char letter, int64_t unit_ms, int64_t *ms)
{
	char *end;
	long long n;

	if (!isdigit((unsigned char)**at))
		return false;
	n = strtoll(*at, &end, 10);
	if (letter == 'S' && *end == '.') {
		int64_t digit_ms = 100;

		for (end++; isdigit((unsigned char)*end); end++, digit_ms /= 10)
			*ms += (*end - '0') * digit_ms;
	}
	if (*end != letter || n > INT32_MAX)
		return false;
	*ms += n * unit_ms;
	*at = end + 1;
	return true;
}

bool ws_duration(const char *text, int64_t *out_ms)
{
	static const int64_t day = 24 * 3600 * INT64_C(1000);
	const char *at = text;
	int64_t ms = 0;
	int parts = 0;

	if (*at++ != 'P')
		return false;
	parts += duration_part(&at, 'Y', 365 * day, &ms);
	parts += duration_part(&at, 'M', 30 * day, &ms);
	parts += duration_part(&at, 'D', day, &ms);
	if (*at == 'T') {
		int before = parts;

		at++;
		parts += duration_part(&at, 'H', day / 24, &ms);
		parts += duration_part(&at, 'M', day / 24 / 60, &ms);
		parts += duration_part(&at, 'S', 1000, &ms);
		if (parts == before)
			return false;
	}
	if (*at || parts == 0)
		return false;
	*out_ms = ms;
	return true;
}

static enum ws_fault find_headers(struct ws_request *r, struct xml *header, struct xml **out)
{
	for (struct xml *x = header->child; x; x = x->next) {
		const char *must = xml_attribute(x, NS_SOAP, "mustUnderstand");
		int i = 0;

		if (must && !is_boolean(must))
			return WS_SCHEMA;
		while (i < HEADER_COUNT && !xml_is(x, spaces[headers[i].ns], headers[i].name))
			i++;
		if (i == HEADER_COUNT && is_true(must)) {
			r->not_understood = x;
			return WS_MUST_UNDERSTAND;
		}
		if (i < HEADER_COUNT && out[i])
			return WS_HEADER_INVALID;
		if (i < HEADER_COUNT)
			out[i] = x;
	}
	return WS_NONE;
}

/* "uuid:" or "urn:uuid:" and 8-4-4-4-12 digits. */
static bool is_message_id(const char *id)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	if (strncmp(id, "urn:", 4) == 0)
		id += 4;
	if (strncmp(id, "uuid:", 5) != 0 || strlen(id + 5) != strlen(form))
		return false;
	for (size_t i = 0; form[i]; i++) {
		unsigned char c = (unsigned char)id[5 + i];

		if (form[i] == 'x' ? !isxdigit(c) : c != '-')
			return false;
	}
	return true;
}

/* An address with /wsman at the end; who is named before it is not asked: every client that goes
 * through a tunnel, and pywinrm always, names somebody else. */
static bool is_destination(const char *to)
{
	const char *host = strstr(to, "://"), *path = host ? strchr(host + 3, '/') : NULL;

	return (strncmp(to, "https:", 6) == 0 || strncmp(to, "http:", 5) == 0) && path &&
	       path > host + 3 && strcmp(path, "/wsman") == 0;
}

static bool is_anonymous(struct xml *reference)
{
	struct xml *address = xml_child(reference, NS_ADDRESSING, "Address");

	return address && strcmp(xml_trimmed(address), ANONYMOUS) == 0;
}

static enum ws_fault check_addressing(struct ws_request *r, struct xml **h)
{
	const char *id = h[MESSAGE_ID] ? xml_trimmed(h[MESSAGE_ID]) : "";

	if (!*id || strlen(id) > WS_MESSAGE_ID_MAX || !is_message_id(id))
		return WS_HEADER_INVALID;
	r->message_id = id;
	if (!h[TO] || !h[ACTION] || !h[REPLY_TO])
		return WS_HEADER_REQUIRED;
	if (!is_anonymous(h[REPLY_TO]) || (h[FAULT_TO] && !is_anonymous(h[FAULT_TO])))
		return WS_ADDRESSING_MODE;
	if (!is_destination(xml_trimmed(h[TO])))
		return WS_DESTINATION;
	if (h[ACTIVITY_ID] && strlen(h[ACTIVITY_ID]->text) > 2048)
		return WS_HEADER_INVALID;       /* MS-WSMV 3.1.4.1.12 */
	return WS_NONE;
}

static enum ws_fault check_resource(struct ws_request *r, struct xml **h)
{
	const char *uri = xml_trimmed(h[ACTION]);

	if (!h[RESOURCE_URI] || strcmp(xml_trimmed(h[RESOURCE_URI]), RESOURCE_CMD) != 0)
		return WS_RESOURCE;
	for (int i = 0; i < WS_ACTION_COUNT; i++) {
		if (strcmp(uri, actions[i].uri) == 0) {
			r->action = (enum ws_action)i;
			return WS_NONE;
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(other_actions); i++) {
		if (strcmp(uri, other_actions[i]) == 0)
			return WS_ACTION_MISMATCH;
	}
	return WS_ACTION;
}

/* MS-WSMV 3.1.4.1.2: names and values whatever their case. */
static enum ws_fault check_selectors(struct ws_request *r, struct xml *set)
{
	struct xml *first = set ? set->child : NULL;

	if (r->action == WS_CREATE)
		return first ? WS_SELECTORS : WS_NONE;
	if (!first)
		return WS_SELECTORS_MISSING;
	for (struct xml *x = first; x; x = x->next) {
		const char *name = xml_attribute(x, "", "Name");

		if (!xml_is(x, NS_WSMAN, "Selector") || !name)
			return WS_SCHEMA;
		if (text_casecmp(name, "ShellId") != 0)
			return WS_SELECTORS;
		if (r->shell)
			return WS_SELECTORS_TWICE;
		r->shell = xml_trimmed(x);
	}
	return WS_NONE;
}

static bool is_option_value(const char *value, bool number)
{
	size_t digits = strspn(value, "0123456789");

	if (!number)
		return text_casecmp(value, "TRUE") == 0 || text_casecmp(value, "FALSE") == 0;
	return digits > 0 && digits < 6 && !value[digits];
}

static enum ws_fault check_option(struct ws_request *r, struct xml *option)
{
	const char *name = xml_attribute(option, "", "Name");
	bool any = false;

	if (!xml_is(option, NS_WSMAN, "Option") || !name)
		return WS_SCHEMA;
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		if (options[i].action != r->action)
			continue;
		any = true;
		if (strcmp(options[i].name, name) == 0)
			return is_option_value(xml_trimmed(option), options[i].number) ?
				       WS_NONE :
				       WS_OPTION_VALUE;
	}
	return any ? WS_OPTION_NAME : WS_OPTION_NOT_SUPPORTED;
}

static enum ws_fault check_options(struct ws_request *r, struct xml *set)
{
	for (struct xml *x = set ? set->child : NULL; x; x = x->next) {
		enum ws_fault fault = check_option(r, x);

		for (struct xml *y = set->child; y != x && fault == WS_NONE; y = y->next) {
			if (strcmp(xml_attribute(x, "", "Name"), xml_attribute(y, "", "Name")) == 0)
				fault = WS_OPTION_NAME;
		}
		if (fault != WS_NONE)
			return fault;
	}
	return WS_NONE;
}

static bool is_number(const char *text)
{
	return *text && !text[strspn(text, "0123456789")] && strlen(text) <= 10;
}

static enum ws_fault check_limits(struct ws_request *r, struct xml **h)
{
	const char *size = h[MAX_ENVELOPE_SIZE] ? xml_trimmed(h[MAX_ENVELOPE_SIZE]) : NULL;

	if (size) {
		if (!is_number(size))
			return WS_SCHEMA;
		r->envelope_bytes = strtoll(size, NULL, 10);
		if (r->envelope_bytes < WS_ENVELOPE_SMALLEST)
			return WS_ENVELOPE_SMALL;
	}
	if (h[OPERATION_TIMEOUT] &&
	    (!ws_duration(xml_trimmed(h[OPERATION_TIMEOUT]), &r->timeout_ms) || r->timeout_ms == 0))
		return WS_TIMEOUT_HEADER;
	if (h[SEQUENCE_ID] && !is_number(xml_trimmed(h[SEQUENCE_ID])))
		return WS_SCHEMA;
	if (h[LOCALE] && is_true(xml_attribute(h[LOCALE], NS_SOAP, "mustUnderstand")))
		return WS_LOCALE;
	if (h[DATA_LOCALE] && is_true(xml_attribute(h[DATA_LOCALE], NS_SOAP, "mustUnderstand")))
		return WS_DATA_LOCALE;
	return WS_NONE;
}

static enum ws_fault check_envelope(struct ws_request *r, struct xml *root, struct xml **out_header)
{
	struct xml *header, *body;

	if (!root)
		return WS_INVALID_XML;
	if (strcmp(root->name, "Envelope") == 0 && strcmp(root->ns, NS_SOAP) != 0)
		return WS_VERSION;
	if (!xml_is(root, NS_SOAP, "Envelope"))
		return WS_SCHEMA;
	header = root->child;
	if (!xml_is(header, NS_SOAP, "Header"))
		return WS_HEADER_REQUIRED;
	body = header->next;
	if (!xml_is(body, NS_SOAP, "Body") || body->next || (body->child && body->child->next))
		return WS_BODY;
	r->body = body->child;
	*out_header = header;
	return WS_NONE;
}

enum ws_fault ws_request_read(struct ws_request *out, const char *text, size_t len)
{
	struct xml *header = NULL, *h[HEADER_COUNT] = { NULL };
	enum ws_fault fault;

	*out = (struct ws_request){ .message_id = "", .timeout_ms = WS_TIMEOUT_NONE };
	fault = check_envelope(out, xml_parse(&out->arena, text, len), &header);
	if (fault == WS_NONE)
		fault = find_headers(out, header, h);
	if (h[MESSAGE_ID])
		out->message_id = xml_trimmed(h[MESSAGE_ID]);
	if (fault == WS_NONE)
		fault = check_addressing(out, h);
	if (fault == WS_NONE)
		fault = check_resource(out, h);
	if (fault == WS_NONE)
		fault = check_limits(out, h);
	if (fault == WS_NONE)
		fault = check_selectors(out, h[SELECTOR_SET]);
	if (fault == WS_NONE)
		fault = check_options(out, h[OPTION_SET]);
	return fault;
}

void ws_request_release(struct ws_request *r)
{
	arena_release(&r->arena);
}
