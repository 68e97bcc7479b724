/* test_wsman_hostile.c - answers of WinRM that a host may make up: of other requests, with things
 * said twice or in the wrong place, deep, long, cut into bytes. Nothing is believed that was not
 * asked for. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "tests/unit/transport/wsman_read.h"

/* clang-format off */
#define OPEN \
	"<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'" \
	" xmlns:a='http://schemas.xmlsoap.org/ws/2004/08/addressing'" \
	" xmlns:x='http://schemas.xmlsoap.org/ws/2004/09/transfer'" \
	" xmlns:w='http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd'" \
	" xmlns:rsp='http://schemas.microsoft.com/wbem/wsman/1/windows/shell'>"
#define SHELL_URI "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/"
#define ACTION(action) "<a:Action>" action "</a:Action>"
#define RELATES "<a:RelatesTo>uuid:" OURS "</a:RelatesTo>"
#define HEADER(action) "<s:Header>" ACTION(action) RELATES "</s:Header>"
#define CLOSE "</s:Body></s:Envelope>"
#define CREATED(body) \
	OPEN HEADER("http://schemas.xmlsoap.org/ws/2004/09/transfer/CreateResponse") "<s:Body>" body CLOSE
#define COMMANDED(body) OPEN HEADER(SHELL_URI "CommandResponse") "<s:Body>" body CLOSE
#define RECEIVED(body) \
	OPEN HEADER(SHELL_URI "ReceiveResponse") "<s:Body><rsp:ReceiveResponse>" body \
	"</rsp:ReceiveResponse>" CLOSE
#define SENT OPEN HEADER(SHELL_URI "SendResponse") "<s:Body><rsp:SendResponse/>" CLOSE
#define FAULTED(detail) \
	OPEN HEADER("http://schemas.dmtf.org/wbem/wsman/1/wsman/fault") "<s:Body><s:Fault>" detail \
	"</s:Fault>" CLOSE

#define SELECTORS(inside) \
	"<x:ResourceCreated><a:ReferenceParameters><w:SelectorSet>" inside \
	"</w:SelectorSet></a:ReferenceParameters></x:ResourceCreated>"
#define SELECTOR(id) "<w:Selector Name='ShellId'>" id "</w:Selector>"
#define SHELL(id) "<rsp:Shell><rsp:ShellId>" id "</rsp:ShellId></rsp:Shell>"
#define OTHER_ID "77777777-4567-4EF0-89AB-0123456789AB"
#define COMMAND(id) "<rsp:CommandResponse><rsp:CommandId>" id "</rsp:CommandId></rsp:CommandResponse>"
#define STREAM_OF(name, more, text) \
	"<rsp:Stream Name='" name "' CommandId='" COMMAND_ID "'" more ">" text "</rsp:Stream>"
#define STATE(state, inside) \
	"<rsp:CommandState CommandId='" COMMAND_ID "' State='" SHELL_URI "CommandState/" state "'>" inside \
	"</rsp:CommandState>"
#define EXIT(code) "<rsp:ExitCode>" code "</rsp:ExitCode>"
#define WSF(code, more) \
	"<s:Detail><f:WSManFault xmlns:f='http://schemas.microsoft.com/wbem/wsman/1/wsmanfault' Code='" code \
	"'>" more "</f:WSManFault></s:Detail>"
#define WMI(code) \
	"<p:MSFT_WmiError xmlns:p='http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/MSFT_WmiError'>" \
	"<p:error_Code>" code "</p:error_Code></p:MSFT_WmiError>"

static const struct { const char *label; enum wsman_op op; const char *text, *says; } made[] = {
	{ "a shell, both places", WSMAN_CREATE, CREATED(SELECTORS(SELECTOR(SHELL_ID)) SHELL(SHELL_ID)), "ok " SHELL_ID },
	{ "other selectors", WSMAN_CREATE,
	  CREATED(SELECTORS("<w:Selector Name='Other'>x</w:Selector>" SELECTOR(SHELL_ID))), "ok " SHELL_ID },
	{ "the second place alone", WSMAN_CREATE, CREATED(SELECTORS("") SHELL(SHELL_ID)), "ok " SHELL_ID },
	{ "two shells in two places", WSMAN_CREATE, CREATED(SELECTORS(SELECTOR(SHELL_ID)) SHELL(OTHER_ID)),
	  "names two shells" },
	{ "the same in another case", WSMAN_CREATE,
	  CREATED(SELECTORS(SELECTOR("0123abcd-4567-4EF0-89AB-0123456789AB")) SHELL(SHELL_ID)), "names two shells" },
	{ "two selectors", WSMAN_CREATE, CREATED(SELECTORS(SELECTOR(SHELL_ID) SELECTOR(SHELL_ID))), "selects two shells" },
	{ "two selectors, no id", WSMAN_CREATE, CREATED(SELECTORS(SELECTOR(SHELL_ID) SELECTOR("")) ), "selects two shells" },
	{ "two shell elements", WSMAN_CREATE, CREATED(SELECTORS(SELECTOR(SHELL_ID)) SHELL(SHELL_ID) SHELL(SHELL_ID)),
	  "says twice what is said once" },
	{ "two sets of selectors", WSMAN_CREATE, CREATED(SELECTORS(SELECTOR(SHELL_ID)) SELECTORS("")),
	  "says twice what is said once" },
	{ "no id", WSMAN_CREATE, CREATED(SELECTORS(SELECTOR("../../x"))), "by what is no id" },
	{ "markup as an id", WSMAN_CREATE, CREATED(SELECTORS(SELECTOR("&lt;/w:Selector>"))), "by what is no id" },
	{ "an id with a comment in it", WSMAN_CREATE,
	  CREATED(SELECTORS(SELECTOR("0123ABCD-4567-4EF0-<!-- x -->89AB-0123456789AB"))), "ok " SHELL_ID },
	{ "no shell named", WSMAN_CREATE, CREATED(SELECTORS("")), "names no shell" },
	{ "an empty body", WSMAN_CREATE, CREATED(""), "has an empty body" },
	{ "the id in the wrong place", WSMAN_CREATE, CREATED("<rsp:ShellId>" SHELL_ID "</rsp:ShellId>"),
	  "holds what was not asked for" },
	{ "the id in a wrong element", WSMAN_CREATE,
	  CREATED("<x:ResourceCreated>" SELECTOR(SHELL_ID) "</x:ResourceCreated>"), "names no shell" },
	{ "a command", WSMAN_COMMAND, COMMANDED(COMMAND(COMMAND_ID)), "ok " COMMAND_ID },
	{ "two commands", WSMAN_COMMAND, COMMANDED(COMMAND(COMMAND_ID) COMMAND(COMMAND_ID)), "says twice" },
	{ "two ids of commands", WSMAN_COMMAND,
	  COMMANDED("<rsp:CommandResponse><rsp:CommandId>" COMMAND_ID "</rsp:CommandId><rsp:CommandId>" COMMAND_ID
		    "</rsp:CommandId></rsp:CommandResponse>"), "says twice" },
	{ "no command", WSMAN_COMMAND, COMMANDED("<rsp:CommandResponse/>"), "names no command" },
	{ "a command that is none", WSMAN_COMMAND, COMMANDED(COMMAND("1; drop")), "by what is no id" },
	{ "a shell with a command", WSMAN_COMMAND, COMMANDED(COMMAND(COMMAND_ID) SHELL(SHELL_ID)), "not asked for" },
	{ "a fault with a command", WSMAN_COMMAND, COMMANDED(COMMAND(COMMAND_ID) "<s:Fault/>"), "not asked for" },

	{ "output", WSMAN_RECEIVE, RECEIVED(STREAM_OF("stdout", "", "aGk=") STATE("Running", "")), "'1:hi' running -1" },
	{ "no state", WSMAN_RECEIVE, RECEIVED(STREAM_OF("stdout", "", "aGk=")), "'1:hi' running -1" },
	{ "pending", WSMAN_RECEIVE, RECEIVED(STREAM_OF("stdout", "", "aGk=") STATE("Pending", "")), "'1:hi' running -1" },
	{ "streams mixed", WSMAN_RECEIVE,
	  RECEIVED(STREAM_OF("stdout", "", "YQ==") STREAM_OF("stderr", "", "Yg==") STREAM_OF("stdout", "", "Yw==")),
	  "'1:a2:b1:c' running -1" },
	{ "white space in base64", WSMAN_RECEIVE, RECEIVED(STREAM_OF("stdout", "", "\n  aG\r\n k=\n")), "'1:hi' running -1" },
	{ "base64 in CDATA", WSMAN_RECEIVE, RECEIVED(STREAM_OF("stdout", "", "aG<![CDATA[k=]]>")), "'1:hi' running -1" },
	{ "done", WSMAN_RECEIVE, RECEIVED(STATE("Done", EXIT("0"))), "'' done 0" },
	{ "done before its output", WSMAN_RECEIVE, RECEIVED(STATE("Done", EXIT("0")) STREAM_OF("stdout", "", "aGk=")),
	  "'1:hi' done 0" },
	{ "done, no exit code", WSMAN_RECEIVE, RECEIVED(STATE("Done", "")), "'' done -1" },
	{ "an exit code as HRESULT", WSMAN_RECEIVE, RECEIVED(STATE("Done", EXIT("2147942405"))), "'' done -2147024891" },
	{ "a negative one", WSMAN_RECEIVE, RECEIVED(STATE("Done", EXIT("-2147024891"))), "'' done -2147024891" },
	{ "with white space", WSMAN_RECEIVE, RECEIVED(STATE("Done", EXIT("\n  7\n"))), "'' done 7" },
	{ "End as a number", WSMAN_RECEIVE, RECEIVED(STREAM_OF("stderr", " End='1'", "") STATE("Done", EXIT("0"))),
	  "'' done err-ended 0" },
	{ "End that is not", WSMAN_RECEIVE, RECEIVED(STREAM_OF("stdout", " End='false'", "aGk=")), "'1:hi' running -1" },
	{ "an end that is said twice", WSMAN_RECEIVE,
	  RECEIVED(STREAM_OF("stdout", " End='true'", "aGk=") STREAM_OF("stdout", " End='true'", "") STATE("Done", "")),
	  "'1:hi' done out-ended -1" },
	{ "more after the end", WSMAN_RECEIVE,
	  RECEIVED(STREAM_OF("stdout", " End='true'", "aGk=") STREAM_OF("stdout", "", "aGk=")), "had ended" },
	{ "nothing between, and more", WSMAN_RECEIVE,
	  RECEIVED(STREAM_OF("stdout", " End='true'", "") STREAM_OF("stdout", "", "") STREAM_OF("stdout", "", "aGk=")),
	  "had ended" },
	{ "base64 rubbish", WSMAN_RECEIVE, RECEIVED(STREAM_OF("stdout", "", "aGk=aGk=")), "no base64" },
	{ "base64 of another alphabet", WSMAN_RECEIVE, RECEIVED(STREAM_OF("stdout", "", "_-8=")), "no base64" },
	{ "base64 cut", WSMAN_RECEIVE, RECEIVED(STREAM_OF("stdout", "", "aGk")), "is cut" },
	{ "base64 over two elements", WSMAN_RECEIVE, RECEIVED(STREAM_OF("stdout", "", "aG") STREAM_OF("stdout", "", "k=")), "is cut" },
	{ "another command's output", WSMAN_RECEIVE,
	  RECEIVED("<rsp:Stream Name='stdout' CommandId='" OTHER_ID "'>aGk=</rsp:Stream>"), "of another command" },
	{ "nobody's output", WSMAN_RECEIVE, RECEIVED("<rsp:Stream Name='stdout'>aGk=</rsp:Stream>"), "of another command" },
	{ "another stream", WSMAN_RECEIVE, RECEIVED(STREAM_OF("pr", "", "aGk=")), "not asked for" },
	{ "a stream without a name", WSMAN_RECEIVE, RECEIVED("<rsp:Stream CommandId='" COMMAND_ID "'>aGk=</rsp:Stream>"),
	  "not asked for" },
	{ "two states", WSMAN_RECEIVE, RECEIVED(STATE("Running", "") STATE("Done", EXIT("0"))), "says twice" },
	{ "another command's state", WSMAN_RECEIVE,
	  RECEIVED("<rsp:CommandState CommandId='" OTHER_ID "' State='" SHELL_URI "CommandState/Done'/>"), "another command" },
	{ "a state that is none", WSMAN_RECEIVE, RECEIVED(STATE("Donee", "")), "state that is none" },
	{ "a state of elsewhere", WSMAN_RECEIVE,
	  RECEIVED("<rsp:CommandState CommandId='" COMMAND_ID "' State='Done'/>"), "state that is none" },
	{ "two exit codes", WSMAN_RECEIVE, RECEIVED(STATE("Done", EXIT("0") EXIT("1"))), "says twice" },
	/* [MS-WSMV] 4.7.3 shows one: it means nothing yet */
	{ "an exit code while it runs", WSMAN_RECEIVE, RECEIVED(STREAM_OF("stdout", "", "aGk=") STATE("Running", EXIT("5"))),
	  "'1:hi' running -1" },
	{ "and one that is none", WSMAN_RECEIVE, RECEIVED(STATE("Running", EXIT("five"))), "exit code that is none" },
	{ "no exit code", WSMAN_RECEIVE, RECEIVED(STATE("Done", EXIT(""))), "exit code that is none" },
	{ "an exit code too large", WSMAN_RECEIVE, RECEIVED(STATE("Done", EXIT("4294967296"))), "exit code that is none" },
	{ "an exit code far too large", WSMAN_RECEIVE, RECEIVED(STATE("Done", EXIT("99999999999999999999999"))),
	  "exit code that is none" },
	{ "an exit code too small", WSMAN_RECEIVE, RECEIVED(STATE("Done", EXIT("-2147483649"))), "exit code that is none" },
	{ "an exit code in hexadecimal", WSMAN_RECEIVE, RECEIVED(STATE("Done", EXIT("0x5"))), "exit code that is none" },
	{ "an exit code and more", WSMAN_RECEIVE, RECEIVED(STATE("Done", EXIT("5 6"))), "exit code that is none" },
	{ "two bodies of answers", WSMAN_RECEIVE,
	  RECEIVED("</rsp:ReceiveResponse><rsp:ReceiveResponse>"), "says twice" },

	{ "sent", WSMAN_SEND, SENT, "ok " },
	{ "a second body", WSMAN_SEND, OPEN HEADER(SHELL_URI "SendResponse") "<s:Body><rsp:SendResponse/></s:Body><s:Body/></s:Envelope>",
	  "says twice" },
	{ "a second header", WSMAN_SEND, OPEN HEADER(SHELL_URI "SendResponse") "<s:Header/><s:Body><rsp:SendResponse/>" CLOSE,
	  "says twice" },
	{ "two actions", WSMAN_SEND,
	  OPEN "<s:Header>" ACTION("x") ACTION(SHELL_URI "SendResponse") RELATES "</s:Header><s:Body><rsp:SendResponse/>" CLOSE,
	  "says twice" },
	{ "two relations", WSMAN_SEND,
	  OPEN "<s:Header>" ACTION(SHELL_URI "SendResponse") RELATES RELATES "</s:Header><s:Body><rsp:SendResponse/>" CLOSE,
	  "says twice" },
	{ "no relation", WSMAN_SEND,
	  OPEN "<s:Header>" ACTION(SHELL_URI "SendResponse") "</s:Header><s:Body><rsp:SendResponse/>" CLOSE,
	  "does not say to which" },
	{ "no action", WSMAN_SEND, OPEN "<s:Header>" RELATES "</s:Header><s:Body><rsp:SendResponse/>" CLOSE, "something else" },
	{ "no header", WSMAN_SEND, OPEN "<s:Body><rsp:SendResponse/>" CLOSE, "something else" },
	{ "the header behind the body", WSMAN_SEND,
	  OPEN "<s:Body><rsp:SendResponse/></s:Body>" HEADER(SHELL_URI "SendResponse") "</s:Envelope>", "something else" },
	{ "no body", WSMAN_SEND, OPEN HEADER(SHELL_URI "SendResponse") "</s:Envelope>", "has no body" },
	{ "the relation without a prefix", WSMAN_SEND,
	  OPEN "<s:Header>" ACTION(SHELL_URI "SendResponse") "<a:RelatesTo>" OURS "</a:RelatesTo></s:Header><s:Body>"
	  "<rsp:SendResponse/>" CLOSE, "ok " },
	{ "an unknown header", WSMAN_SEND,
	  OPEN "<s:Header><z xmlns='urn:z'><a:Action>x</a:Action></z>" ACTION(SHELL_URI "SendResponse") RELATES
	  "</s:Header><s:Body><rsp:SendResponse/>" CLOSE, "ok " },

	/* as [MS-WSMV] 4.7 prints them: other prefixes, a default namespace, white space around texts */
	{ "other prefixes", WSMAN_SEND,
	  "<?xml version='1.0'?>\n<Envelope xmlns='http://www.w3.org/2003/05/soap-envelope'>\n <Header>\n"
	  "  <wsa:Action xmlns:wsa='http://schemas.xmlsoap.org/ws/2004/08/addressing'>\n    " SHELL_URI "SendResponse\n  "
	  "</wsa:Action>\n  <q:RelatesTo xmlns:q='http://schemas.xmlsoap.org/ws/2004/08/addressing'>\n   uuid:" OURS
	  "\n  </q:RelatesTo>\n </Header>\n <Body>\n  <SendResponse "
	  "xmlns='http://schemas.microsoft.com/wbem/wsman/1/windows/shell'/>\n </Body>\n</Envelope>\n", "ok " },
	{ "SOAP 1.1", WSMAN_SEND,
	  "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body/></s:Envelope>", "no SOAP envelope" },
	{ "no namespace", WSMAN_SEND, "<Envelope><Body/></Envelope>", "no SOAP envelope" },
	{ "a namespace that is like it", WSMAN_SEND,
	  "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope|'/>", "Send is no" },
	{ "the separator in a namespace", WSMAN_SEND,
	  "<s:Body xmlns:s='http://www.w3.org/2003/05/soap-envelope|Envelope'/>", "Send is no" },
	{ "a body of another namespace", WSMAN_SEND,
	  OPEN HEADER(SHELL_URI "SendResponse") "<w:Body><rsp:SendResponse/></w:Body></s:Envelope>", "has no body" },
	{ "an answer of another namespace", WSMAN_SEND,
	  OPEN HEADER(SHELL_URI "SendResponse") "<s:Body><x:SendResponse/>" CLOSE, "not asked for" },
	{ "an undeclared prefix", WSMAN_SEND,
	  OPEN HEADER(SHELL_URI "SendResponse") "<s:Body><y:SendResponse/>" CLOSE, "no XML: unbound prefix" },

	{ "a fault", WSMAN_SEND, FAULTED("<s:Reason><s:Text>no</s:Text></s:Reason>" WSF("5", "")), "fault 5 : no" },
	{ "its own words come first", WSMAN_SEND,
	  FAULTED("<s:Reason><s:Text>general</s:Text></s:Reason>" WSF("5", "<f:Message>own</f:Message>")), "fault 5 : own" },
	{ "a fault without anything", WSMAN_SEND, FAULTED(""), "fault 0 : " },
	{ "an empty fault", WSMAN_SEND, OPEN HEADER("x/fault") "<s:Body>" CLOSE, "a fault that is empty" },
	{ "an answer that says it is a fault", WSMAN_SEND, OPEN HEADER("x/fault") "<s:Body><rsp:SendResponse/>" CLOSE,
	  "not asked for" },
	{ "two faults", WSMAN_SEND, OPEN HEADER("x/fault") "<s:Body><s:Fault/><s:Fault/>" CLOSE, "says twice" },
	{ "two codes", WSMAN_SEND,
	  FAULTED("<s:Detail><f:WSManFault xmlns:f='http://schemas.microsoft.com/wbem/wsman/1/wsmanfault' Code='5'/>"
		  WMI("6") "</s:Detail>"), "is two faults" },
	{ "no code", WSMAN_SEND, FAULTED(WSF("", "")), "code is none" },
	{ "a code too large", WSMAN_SEND, FAULTED(WSF("4294967296", "")), "code is none" },
	{ "a negative code", WSMAN_SEND, FAULTED(WSF("-5", "")), "code is none" },
	{ "a code of WMI", WSMAN_SEND, FAULTED("<s:Detail>" WMI("6") "</s:Detail>"), "fault 6 : " },
	{ "a terminal's colours", WSMAN_SEND, FAULTED("<s:Reason><s:Text>&#x9b;31m\n\n red&#x202e;</s:Text></s:Reason>"),
	  "fault 0 : \\x9b31m red\\u202e" },
	{ "a subcode with a colour", WSMAN_SEND,
	  FAULTED("<s:Code><s:Subcode><s:Value>w:a:&#x9b;b</s:Value></s:Subcode></s:Code>"), "fault 0 \\x9bb: " },
	{ "a fault for others", WSMAN_SEND,
	  OPEN "<s:Header>" ACTION("x/fault") "<a:RelatesTo>uuid:" OTHER_ID "</a:RelatesTo></s:Header><s:Body><s:Fault/>" CLOSE,
	  "another request" },

	{ "nothing", WSMAN_SEND, "", "no XML: no element found" },
	{ "HTML", WSMAN_SEND, "<html><body>Service Unavailable</body></html>", "no SOAP envelope" },
	{ "HTML with a document type", WSMAN_SEND, "<!DOCTYPE html><html/>", "document type" },
	{ "words", WSMAN_SEND, "Service Unavailable", "no XML" },
	{ "something behind it", WSMAN_SEND, SENT "<x/>", "no XML: junk after document element" },
	{ "two envelopes", WSMAN_SEND, SENT SENT, "no XML: junk after document element" },
	{ "an entity of nobody", WSMAN_SEND, OPEN "&nbsp;</s:Envelope>", "no XML: undefined entity" },
	{ "an outer document type", WSMAN_SEND, "<!DOCTYPE s SYSTEM 'http://192.0.2.1/x.dtd'>" SENT, "document type" },
	{ "a file by an entity", WSMAN_SEND,
	  "<!DOCTYPE s [<!ENTITY f SYSTEM 'file:///etc/passwd'>]>" OPEN "&f;</s:Envelope>", "document type" },
	{ "a bomb of entities", WSMAN_SEND,
	  "<!DOCTYPE s [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;'>]>"
	  OPEN "&c;</s:Envelope>", "document type" },
	{ "a bomb of parameter entities", WSMAN_SEND,
	  "<!DOCTYPE s [<!ENTITY % a '<!ENTITY b \"x\">'>%a;]>" SENT, "document type" },
	{ "UTF-16 that is none", WSMAN_SEND, "\xFF\xFE<s:Envelope/>", "no XML" },
	{ "no UTF-8", WSMAN_SEND, OPEN "\xC0\xBC</s:Envelope>", "no XML: not well-formed" },
	{ "an encoding of nobody", WSMAN_SEND, "<?xml version='1.0' encoding='x-none'?>" SENT, "no XML: unknown encoding" },
};
/* clang-format on */

START_TEST(nothing_is_believed_that_was_not_asked_for)
{
	static const size_t steps[] = { 1, 5, 100000 };
	const struct wsman_request request = read_request(made[_i].op);

	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		struct read read;

		read_answer(&read, &request, made[_i].text, strlen(made[_i].text), steps[i]);
		AUTO_FREE char *says = read_summary(&read);

		/* of a wrong answer a part of the message, of all others all that it says */
		ck_assert_msg(read.rc == 0 ? strcmp(says, made[_i].says) == 0 :
					     strstr(says, made[_i].says) != NULL,
			      "%s in pieces of %zu: %s", made[_i].label, steps[i], says);
		if (read.rc != 0) {
			ck_assert_int_eq(read.err.code, FAULT_WRONG_ANSWER);
			ck_assert_ptr_nonnull(strstr(read.err.hint, "that port"));
		}
		read_release(&read);
	}
}
END_TEST

/* --- limits ------------------------------------------------------------------------------ */

/* `before`, then `piece` so many times, then `after`. Yours. */
static char *repeated(const char *before, const char *piece, size_t count, const char *after)
{
	struct buf b;

	buf_init(&b, 1 << 24);
	ck_assert_int_eq(buf_adds(&b, before), 0);
	for (size_t i = 0; i < count; i++)
		ck_assert_int_eq(buf_adds(&b, piece), 0);
	ck_assert_int_eq(buf_adds(&b, after), 0);
	return buf_take(&b);
}

/* What is said of an answer to a Receive that is made so; "" where it is one. Yours. */
static char *said_of(const char *before, const char *piece, size_t count, const char *after)
{
	const struct wsman_request request = read_request(WSMAN_RECEIVE);
	AUTO_FREE char *text = repeated(before, piece, count, after);
	struct read read;
	char *says;

	read_answer(&read, &request, text, strlen(text), 10000);
	says = xstrdup(read.rc != 0 ? read.err.msg : "");
	read_release(&read);
	return says;
}

START_TEST(depth_has_a_limit)
{
	AUTO_FREE char *deepest = said_of(OPEN "<s:Header>", "<a>", 30, "x");
	AUTO_FREE char *deeper = said_of(OPEN "<s:Header>", "<a>", 31, "x");
	AUTO_FREE char *deepest_of_all = said_of("", "<a:Envelope>", 100000, "");

	ck_assert_ptr_nonnull(strstr(deepest, "no element found"));
	ck_assert_ptr_nonnull(strstr(deeper, "nested deeper than any"));
	ck_assert_ptr_nonnull(strstr(deepest_of_all, "is no XML"));
}
END_TEST

START_TEST(attributes_have_a_limit)
{
	AUTO_FREE char *long_one = said_of(OPEN "<x b='", "x", 1025, "'/></s:Envelope>");
	AUTO_FREE char *longest = said_of(OPEN "<x b='", "x", 1024, "'/></s:Envelope>");
	struct buf b;

	ck_assert_ptr_nonnull(strstr(long_one, "longer attributes"));
	ck_assert_ptr_nonnull(strstr(longest, "has no body"));
	for (int count = 32; count <= 33; count++) {
		AUTO_FREE char *says = NULL;

		buf_init(&b, 10000);
		for (int i = 0; i < count; i++)
			ck_assert_int_eq(buf_addf(&b, " a%d='1'", i), 0);
		says = said_of(OPEN "<x", buf_text(&b), 1, "/></s:Envelope>");
		ck_assert_ptr_nonnull(
			strstr(says, count == 32 ? "has no body" : "more or longer attributes"));
		buf_release(&b);
	}
}
END_TEST

START_TEST(texts_have_a_limit)
{
	AUTO_FREE char *longest = said_of(OPEN "<s:Header><a:Action>", "x", 256, "</a:Action>");
	AUTO_FREE char *longer = said_of(OPEN "<s:Header><a:Action>", "x", 257, "</a:Action>");
	/* white space is text too */
	AUTO_FREE char *blank = said_of(OPEN "<s:Header><a:RelatesTo>", " ", 257, "</a:RelatesTo>");
	/* but what nobody reads may be long */
	AUTO_FREE char *unread = said_of(OPEN "<s:Header><a:To>", "x", 100000, "</a:To>");

	ck_assert_ptr_nonnull(strstr(longest, "no element found"));
	ck_assert_ptr_nonnull(strstr(longer, "longer text"));
	ck_assert_ptr_nonnull(strstr(blank, "longer text"));
	ck_assert_ptr_nonnull(strstr(unread, "no element found"));
}
END_TEST

START_TEST(a_fault_may_be_long_and_is_cut)
{
	const struct wsman_request request = read_request(WSMAN_SEND);
	AUTO_FREE char *text =
		repeated(OPEN HEADER("x/fault") "<s:Body><s:Fault><s:Reason><s:Text>", "no ", 20000,
			 "</s:Text></s:Reason></s:Fault>" CLOSE);
	struct read read;

	read_answer(&read, &request, text, strlen(text), 1000);
	ck_assert_int_eq(read.rc, 0);
	ck_assert_uint_lt(strlen(read.answer.fault.text), sizeof(read.answer.fault.text));
	ck_assert_uint_gt(strlen(read.answer.fault.text), 150);
	read_release(&read);
}
END_TEST

START_TEST(an_answer_has_a_limit)
{
	const struct wsman_request request = read_request(WSMAN_SEND);

	for (size_t over = 0; over < 2; over++) {
		size_t count = 2 * (size_t)WSMAN_ENVELOPE - strlen(SENT) + over;
		AUTO_FREE char *text = repeated(SENT, "\n", count, "");

		for (size_t step = 1000; step < 1000000; step *= 10) {
			struct read read;

			read_answer(&read, &request, text, strlen(text), step);
			ck_assert_int_eq(read.rc, over ? -1 : 0);
			if (over)
				ck_assert_int_eq(read.err.code, FAULT_TOO_MUCH_OUTPUT);
			read_release(&read);
		}
	}
}
END_TEST

#define STREAM_OPEN \
	OPEN HEADER(SHELL_URI "ReceiveResponse") "<s:Body><rsp:ReceiveResponse>" \
	"<rsp:Stream Name='stdout' CommandId='" COMMAND_ID "'>"

/* As long an output as an answer has room for, byte by byte: neither our time nor what is read
 * depends on how a host cuts it. */
START_TEST(a_long_stream_may_come_byte_by_byte)
{
	const struct wsman_request request = read_request(WSMAN_RECEIVE);
	AUTO_FREE char *bytes = repeated("", "0123456789", 20000, "");
	AUTO_FREE char *coded = base64_encode(bytes, strlen(bytes), NULL);
	AUTO_FREE char *text =
		repeated(STREAM_OPEN, coded, 1, "</rsp:Stream></rsp:ReceiveResponse>" CLOSE);
	struct read read;

	read_answer(&read, &request, text, strlen(text), 1);
	ck_assert_msg(read.rc == 0, "%s", read.err.msg);
	ck_assert_str_eq(buf_text(&read.streams) + 2, bytes);
	read_release(&read);
}
END_TEST

/* An attribute of 300 KB, byte by byte: expat would look at all of it again for each byte, which
 * takes half a minute. */
START_TEST(a_long_token_may_come_byte_by_byte)
{
	const struct wsman_request request = read_request(WSMAN_SEND);
	AUTO_FREE char *text = repeated(OPEN "<x y='", "x", 300000, "");
	struct read read;

	read_answer(&read, &request, text, strlen(text), 1);
	ck_assert_int_eq(read.err.code, FAULT_WRONG_ANSWER);
	read_release(&read);
}
END_TEST

START_TEST(a_stream_that_ended_stays_so)
{
	static const char ended[] = RECEIVED(STREAM_OF("stdout", " End='true'", "aGk="));
	static const char more[] = RECEIVED(STREAM_OF("stdout", "", "aGk="));
	const struct wsman_request request = read_request(WSMAN_RECEIVE);
	struct err err = { .msg = "" };
	struct read read;

	read_init(&read);
	for (int i = 0; i < 2; i++) {
		struct wsman_reader *r = wsman_reader_new(&request, &read.output);
		const char *text = i == 0 ? ended : more;

		ck_assert_int_eq(wsman_reader_feed(r, text, strlen(text), &err), 0);
		ck_assert_int_eq(wsman_reader_finish(r, &read.answer, &err), i == 0 ? 0 : -1);
		wsman_reader_free(r);
	}
	ck_assert_ptr_nonnull(strstr(err.msg, "had ended"));
	ck_assert_str_eq(buf_text(&read.streams), "1:hi");
	read_release(&read);
}
END_TEST

UNIT_SUITE(wsman_hostile)
{
	Suite *s = suite_create("wsman_hostile");
	TCase *tc = tcase_create("wsman_hostile"), *quick = tcase_create("quick");

	tcase_add_loop_test(tc, nothing_is_believed_that_was_not_asked_for, 0,
			    (int)ARRAY_LEN(made));
	tcase_add_test(tc, depth_has_a_limit);
	tcase_add_test(tc, attributes_have_a_limit);
	tcase_add_test(tc, texts_have_a_limit);
	tcase_add_test(tc, a_fault_may_be_long_and_is_cut);
	tcase_add_test(tc, an_answer_has_a_limit);
	tcase_add_test(tc, a_long_stream_may_come_byte_by_byte);
	tcase_add_test(tc, a_stream_that_ended_stays_so);
	tcase_add_test(quick, a_long_token_may_come_byte_by_byte);
	tcase_set_timeout(quick, 10);
	suite_add_tcase(s, tc);
	suite_add_tcase(s, quick);
	return s;
}
