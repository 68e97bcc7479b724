/* wsman_reader.c - an answer out of XML: expat, behind limits of our own. */
#include <stdlib.h>
#include <string.h>

#include "base/insist.h"
#include "base/mem.h"
#include "transport/winrm/wsman_inside.h"

/* From 2.9 on those of before are deprecated. */
#if XML_MAJOR_VERSION > 2 || (XML_MAJOR_VERSION == 2 && XML_MINOR_VERSION >= 9)
#define LINE_NUMBER XML_GetCurrentLineNumber64
#define COLUMN_NUMBER XML_GetCurrentColumnNumber64
#else
#define LINE_NUMBER XML_GetCurrentLineNumber
#define COLUMN_NUMBER XML_GetCurrentColumnNumber
#endif

enum {
	ATTRIBUTES_MAX = 32,
	ATTRIBUTE_MAX = 1024,           /* bytes of one value */
	PIECE = 4096                    /* what expat gets at once: a long token that comes byte by
					 * byte would be read again for each (CVE-2023-52425) */
};

int wsman_wrong(struct wsman_reader *r, const char *what)
{
	if (!r->failed) {
		r->failed = true;
		err_set(&r->err, FAULT_WRONG_ANSWER, "the answer of WinRM to %s %s",
			wsman_op_name(r->op), what);
		err_hint(&r->err, "see whether something else listens on that port, or answers in "
				  "the place of the host's WinRM");
	}
	return -1;
}

static enum wsman_at top(const struct wsman_reader *r)
{
	return r->depth > 0 ? r->stack[r->depth - 1] : AT_TOP;
}

static int check_attributes(struct wsman_reader *r, const char **attribute)
{
	for (int i = 0; attribute[2 * i]; i++)
		if (i == ATTRIBUTES_MAX || strlen(attribute[2 * i + 1]) > ATTRIBUTE_MAX)
			return wsman_wrong(r, "has more or longer attributes than any");
	return 0;
}

static int begin(struct wsman_reader *r, const char *name, const char **attribute)
{
	enum wsman_at in = top(r);
	const struct wsman_element *e = wsman_element(in, name);

	if (check_attributes(r, attribute) != 0)
		return -1;
	if (r->depth == WSMAN_DEPTH_MAX)
		return wsman_wrong(r, "is nested deeper than any");
	if (in == AT_TOP && !e)
		return wsman_wrong(r, "is no SOAP envelope");
	if (in == AT_BODY && !wsman_is_asked_for(r, e))
		return wsman_wrong(r, "holds what was not asked for");
	if (e && e->once && wsman_has(r, e->at))
		return wsman_wrong(r, "says twice what is said once");
	if (e && e->once)
		r->seen |= UINT64_C(1) << e->at;
	r->stack[r->depth++] = e ? e->at : AT_ELSEWHERE;
	buf_clear(&r->text);
	return e && e->begin ? e->begin(r, attribute) : 0;
}

static void XMLCALL on_begin(void *ctx, const XML_Char *name, const XML_Char **attribute)
{
	struct wsman_reader *r = ctx;

	/* after XML_StopParser() a call or two may come still */
	if (!r->failed && begin(r, name, attribute) != 0)
		XML_StopParser(r->xml, XML_FALSE);
}

static const struct wsman_element *open_row(const struct wsman_reader *r)
{
	return wsman_element_at(r->depth > 1 ? r->stack[r->depth - 2] : AT_TOP, top(r));
}

static void XMLCALL on_text(void *ctx, const XML_Char *s, int len)
{
	struct wsman_reader *r = ctx;
	const struct wsman_element *e = open_row(r);

	if (!r->failed && e && e->text && e->text(r, s, (size_t)len) != 0)
		XML_StopParser(r->xml, XML_FALSE);
}

static void XMLCALL on_end(void *ctx, const XML_Char *name)
{
	struct wsman_reader *r = ctx;
	const struct wsman_element *e = open_row(r);

	(void)name;
	if (r->failed)
		return;
	if (e && e->end && e->end(r) != 0)
		XML_StopParser(r->xml, XML_FALSE);
	r->depth--;
	buf_clear(&r->text);
}

/* Entities, their bombs and files from elsewhere all come by a document type: SOAP has none. */
static void XMLCALL on_doctype(void *ctx, const XML_Char *name, const XML_Char *system_id,
			       const XML_Char *public_id, int has_internal)
{
	struct wsman_reader *r = ctx;

	(void)name;
	(void)system_id;
	(void)public_id;
	(void)has_internal;
	wsman_wrong(r, "has a document type");
	XML_StopParser(r->xml, XML_FALSE);
}

struct wsman_reader *wsman_reader_new(const struct wsman_request *request, struct wsman_output *out)
{
	struct wsman_reader *r = xcalloc(1, sizeof(*r));

	INSIST((request->op == WSMAN_RECEIVE) == (out != NULL));
	r->op = request->op;
	r->id = request->id;
	r->asked_command = request->command;
	r->out = out;
	/* twice what we asked for: Windows may count characters where we count bytes */
	r->max = 2 * request->envelope;
	buf_init(&r->piece, PIECE);
	buf_init(&r->text, WSMAN_TEXT_MAX);
	buf_init(&r->said, WSMAN_SAID_MAX);
	buf_init(&r->reason, WSMAN_SAID_MAX);
	r->xml = XML_ParserCreateNS(NULL, WSMAN_SEPARATOR);
	if (!r->xml)
		mem_exhausted();
	XML_SetUserData(r->xml, r);
	XML_SetElementHandler(r->xml, on_begin, on_end);
	XML_SetCharacterDataHandler(r->xml, on_text);
	XML_SetStartDoctypeDeclHandler(r->xml, on_doctype);
	return r;
}

void wsman_reader_free(struct wsman_reader *r)
{
	if (!r)
		return;
	XML_ParserFree(r->xml);
	buf_release(&r->piece);
	buf_release(&r->text);
	buf_release(&r->said);
	buf_release(&r->reason);
	free(r);
}

/* What is in the piece goes to expat. */
static int parse(struct wsman_reader *r, bool is_last)
{
	enum XML_Error error;

	if (XML_Parse(r->xml, buf_text(&r->piece), (int)r->piece.len, is_last) == XML_STATUS_OK) {
		buf_clear(&r->piece);
		return 0;
	}
	error = XML_GetErrorCode(r->xml);
	if (error == XML_ERROR_NO_MEMORY)
		mem_exhausted();
	if (!r->failed) {
		AUTO_FREE char *what =
			xasprintf("is no XML: %s at line %llu, column %llu", XML_ErrorString(error),
				  (unsigned long long)LINE_NUMBER(r->xml),
				  (unsigned long long)COLUMN_NUMBER(r->xml));
		wsman_wrong(r, what);
	}
	return -1;
}

static int failed(const struct wsman_reader *r, struct err *err)
{
	if (err)
		*err = r->err;
	return -1;
}

int wsman_reader_feed(struct wsman_reader *r, const char *data, size_t len, struct err *err)
{
	if (r->failed)
		return failed(r, err);
	if (len > r->max - r->taken) {
		r->failed = true;
		err_set(&r->err, FAULT_TOO_MUCH_OUTPUT, "WinRM answered %s by more than %zu bytes",
			wsman_op_name(r->op), r->max);
		return failed(r, err);
	}
	r->taken += len;
	while (len > 0) {
		size_t room = PIECE - r->piece.len;
		size_t n = len < room ? len : room;

		INSIST(buf_add(&r->piece, data, n) == 0);
		data += n;
		len -= n;
		if (r->piece.len == PIECE && parse(r, false) != 0)
			return failed(r, err);
	}
	return 0;
}

int wsman_reader_finish(struct wsman_reader *r, struct wsman_answer *out, struct err *err)
{
	if (r->failed || parse(r, true) != 0 || wsman_check_whole(r) != 0)
		return failed(r, err);
	if (r->is_fault)
		wsman_finish_fault(r);
	*out = r->answer;
	return 0;
}
