/* reply.c - see reply.h. */
#include "tests/fleet/wsman/reply.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"

enum { REPLY_MAX = 64 << 20 };

void ws_uuid(char *out)
{
	static const int dashes[] = { 8, 13, 18, 23 };
	char hex[33];
	size_t at = 0, dash = 0;

	if (random_hex(hex, 16, NULL) != 0)
		abort();
	for (size_t i = 0; hex[i]; i++) {
		if (dash < 4 && at == (size_t)dashes[dash]) {
			out[at++] = '-';
			dash++;
		}
		out[at++] = (char)toupper((unsigned char)hex[i]);
	}
	out[at] = '\0';
}

void ws_escape(struct buf *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '<':
			buf_adds(out, "&lt;");
			break;
		case '>':
			buf_adds(out, "&gt;");
			break;
		case '&':
			buf_adds(out, "&amp;");
			break;
		case '"':
			buf_adds(out, "&quot;");
			break;
		default:
			buf_add(out, text, 1);
		}
	}
}

static void add_header(struct buf *out, const char *action, const char *relates_to)
{
	char id[WS_UUID_SIZE];

	ws_uuid(id);
	buf_addf(out,
		 "<s:Envelope xml:lang=\"en-US\" xmlns:s=\"" NS_SOAP "\" xmlns:a=\"" NS_ADDRESSING
		 "\" xmlns:x=\"" NS_TRANSFER "\" xmlns:w=\"" NS_WSMAN "\" xmlns:rsp=\"" NS_SHELL
		 "\" xmlns:p=\"" NS_MICROSOFT "\"><s:Header><a:Action>%s</a:Action>"
		 "<a:MessageID>uuid:%s</a:MessageID><a:To>" ANONYMOUS "</a:To>",
		 action, id);
	if (relates_to) {
		buf_adds(out, "<a:RelatesTo>");
		ws_escape(out, relates_to);
		buf_adds(out, "</a:RelatesTo>");
	}
}

char *ws_reply(enum ws_action action, const char *relates_to, const char *body)
{
	struct buf out;
	char response[256];

	buf_init(&out, REPLY_MAX);
	snprintf(response, sizeof(response), "%sResponse", ws_action_uri(action));
	add_header(&out, response, relates_to);
	buf_adds(&out, "</s:Header><s:Body>");
	buf_adds(&out, body);
	buf_adds(&out, "</s:Body></s:Envelope>");
	return buf_take(&out);
}

/* The action of a fault is that of the namespace that its subcode is of. */
static const char *fault_action(const struct ws_fault_row *row)
{
	if (!*row->subcode)
		return "http://www.w3.org/2005/08/addressing/soap/fault";
	return row->subcode[0] == 'a' ? NS_ADDRESSING "/fault" :
					"http://schemas.dmtf.org/wbem/wsman/1/wsman/fault";
}

static void add_not_understood(struct buf *out, const struct xml *x)
{
	buf_adds(out, "<s:NotUnderstood qname=\"u:");
	ws_escape(out, x->name);
	buf_adds(out, "\" xmlns:u=\"");
	ws_escape(out, x->ns);
	buf_adds(out, "\"/>");
}

static void add_detail(struct buf *out, const struct ws_refusal *r, const struct ws_fault_row *row)
{
	buf_adds(out, "<s:Detail>");
	if (*row->detail)
		buf_addf(out,
			 "<w:FaultDetail>http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail/%s"
			 "</w:FaultDetail>",
			 row->detail);
	buf_addf(out,
		 "<f:WSManFault xmlns:f=\"" NS_FAULT "\" Code=\"%u\" Machine=\"%s\"><f:Message>",
		 row->number, r->machine);
	ws_escape(out, r->message ? r->message : row->text);
	buf_adds(out, "</f:Message></f:WSManFault></s:Detail>");
}

char *ws_reply_fault(const struct ws_refusal *refusal)
{
	const struct ws_fault_row *row = ws_fault_row(refusal->fault);
	struct buf out;

	buf_init(&out, REPLY_MAX);
	add_header(&out, fault_action(row), refusal->relates_to);
	if (refusal->not_understood)
		add_not_understood(&out, refusal->not_understood);
	buf_addf(&out, "</s:Header><s:Body><s:Fault><s:Code><s:Value>%s</s:Value>", row->code);
	if (*row->subcode)
		buf_addf(&out, "<s:Subcode><s:Value>%s</s:Value></s:Subcode>", row->subcode);
	buf_addf(&out, "</s:Code><s:Reason><s:Text xml:lang=\"en-US\">%s</s:Text></s:Reason>",
		 row->text);
	add_detail(&out, refusal, row);
	buf_adds(&out, "</s:Fault></s:Body></s:Envelope>");
	return buf_take(&out);
}
