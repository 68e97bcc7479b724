/* body.c - see body.h. What does not fit its type is refused as Windows since 7 does it, "the
 * parameter is incorrect" (MS-WSMV note 89). */
#include "tests/fleet/wsman/body.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "tests/fleet/wsman/base64.h"

enum { IDLE_MIN_MS = 60 * 1000 };       /* MS-WSMV note 28 */

/* A list of tokens to bits; false where one is not among those allowed. */
static bool read_streams(struct xml *x, unsigned allowed, unsigned *out)
{
	static const struct {
		const char *name;
		unsigned bit;
	} streams[] = { { "stdin", WS_STDIN }, { "stdout", WS_STDOUT }, { "stderr", WS_STDERR } };
	const char *at = xml_trimmed(x);

	while (*at) {
		size_t len = strcspn(at, " \t\r\n"), i = 0;

		while (i < ARRAY_LEN(streams) &&
		       (strlen(streams[i].name) != len || strncmp(streams[i].name, at, len) != 0))
			i++;
		if (i == ARRAY_LEN(streams) || !(streams[i].bit & allowed))
			return false;
		*out |= streams[i].bit;
		at += len;
		at += strspn(at, " \t\r\n");
	}
	return true;
}

static bool good_environment(const struct xml *environment)
{
	for (const struct xml *x = environment->child; x; x = x->next) {
		const char *name = xml_attribute(x, "", "Name");

		if (!xml_is(x, NS_SHELL, "Variable") || !name || !*name)
			return false;
	}
	return environment->child != NULL;
}

/* One element of the shell. */
static bool read_element(struct xml *x, struct ws_shell_ask *out)
{
	if (strcmp(x->name, "InputStreams") == 0)
		return read_streams(x, WS_STDIN, &out->streams);
	if (strcmp(x->name, "OutputStreams") == 0)
		return read_streams(x, WS_STDOUT | WS_STDERR, &out->streams);
	if (strcmp(x->name, "IdleTimeOut") == 0)
		return ws_duration(xml_trimmed(x), &out->idle_ms);
	if (strcmp(x->name, "Lifetime") == 0)
		return ws_duration(xml_trimmed(x), &out->lifetime_ms);
	if (strcmp(x->name, "Environment") == 0)
		return good_environment(x);
	return strcmp(x->name, "WorkingDirectory") == 0 || strcmp(x->name, "Name") == 0;
}

enum ws_fault ws_body_shell(const struct ws_request *r, struct ws_shell_ask *out)
{
	*out = (struct ws_shell_ask){ .idle_ms = -1, .lifetime_ms = -1 };
	if (!xml_is(r->body, NS_SHELL, "Shell"))
		return WS_PARAMETER;
	for (struct xml *x = r->body->child; x; x = x->next) {
		if (strcmp(x->ns, NS_SHELL) != 0)
			continue;       /* an open content model */
		if (xml_child(r->body, NS_SHELL, x->name) != x || !read_element(x, out))
			return WS_PARAMETER;
	}
	if (out->idle_ms >= 0 && out->idle_ms < IDLE_MIN_MS)
		return WS_IDLE_TIMEOUT;
	return WS_NONE;
}

enum ws_fault ws_body_command(struct ws_request *r, const char **out_line)
{
	struct xml *command = r->body ? r->body->child : NULL;
	const char *line;

	if (!xml_is(r->body, NS_SHELL, "CommandLine") || !xml_is(command, NS_SHELL, "Command") ||
	    !*xml_trimmed(command))
		return WS_PARAMETER;
	line = xml_trimmed(command);
	for (struct xml *x = command->next; x; x = x->next) {
		if (!xml_is(x, NS_SHELL, "Arguments"))
			return WS_PARAMETER;
		line = arena_printf(&r->arena, "%s %s", line, x->text);
	}
	*out_line = line;
	return WS_NONE;
}

static enum ws_fault add_stream(struct ws_request *r, struct xml *x, struct ws_send *out)
{
	const char *name = xml_attribute(x, "", "Name"), *end = xml_attribute(x, "", "End");
	const char *command = xml_attribute(x, "", "CommandId");
	char *all = arena_alloc(&r->arena, out->len + strlen(x->text) + 1, 1);
	long more;

	if (!xml_is(x, NS_SHELL, "Stream") || !name || x->child)
		return WS_PARAMETER;
	if (strcmp(name, "stdin") != 0)
		return WS_STREAM_IN;
	if (!command)
		return WS_SHELL_STREAM;
	if (out->command && strcmp(out->command, command) != 0)
		return WS_PARAMETER;
	if (end && strcmp(end, "true") != 0 && strcmp(end, "false") != 0 && strcmp(end, "1") != 0 &&
	    strcmp(end, "0") != 0)
		return WS_PARAMETER;
	if (out->end)
		return WS_INPUT_ENDED;
	more = ws_base64_decode(x->text, all + out->len);
	if (more < 0)
		return WS_PARAMETER;
	memcpy(all, out->bytes, out->len);
	out->bytes = all;
	out->len += (size_t)more;
	out->command = command;
	out->end = end && (*end == 't' || *end == '1');
	return WS_NONE;
}

enum ws_fault ws_body_send(struct ws_request *r, struct ws_send *out)
{
	enum ws_fault fault = WS_NONE;

	*out = (struct ws_send){ .bytes = "" };
	if (!xml_is(r->body, NS_SHELL, "Send") || !r->body->child)
		return WS_PARAMETER;
	for (struct xml *x = r->body->child; x && fault == WS_NONE; x = x->next)
		fault = add_stream(r, x, out);
	return fault;
}

enum ws_fault ws_body_receive(const struct ws_request *r, struct ws_receive *out)
{
	struct xml *desired = r->body ? r->body->child : NULL;

	*out = (struct ws_receive){ 0 };
	if (!xml_is(r->body, NS_SHELL, "Receive") || !xml_is(desired, NS_SHELL, "DesiredStream") ||
	    desired->next)
		return WS_PARAMETER;
	out->command = xml_attribute(desired, "", "CommandId");
	if (!out->command)
		return WS_SHELL_STREAM;
	if (!read_streams(desired, WS_STDOUT | WS_STDERR, &out->streams) || !out->streams)
		return WS_STREAM_OUT;
	return WS_NONE;
}

enum ws_fault ws_body_signal(const struct ws_request *r, struct ws_signal_ask *out)
{
	/* 2.2.4.38 writes Terminate, 2.2.5.6 and every client terminate */
	static const char *const codes[] = { NS_SHELL "/signal/terminate",
					     NS_SHELL "/signal/ctrl_c",
					     NS_SHELL "/signal/ctrl_break" };
	struct xml *code = r->body ? r->body->child : NULL;

	if (!xml_is(r->body, NS_SHELL, "Signal") || !xml_is(code, NS_SHELL, "Code") || code->next)
		return WS_PARAMETER;
	out->command = xml_attribute(r->body, "", "CommandId");
	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		if (text_casecmp(xml_trimmed(code), codes[i]) == 0) {
			out->signal = (enum ws_signal)i;
			return out->command ? WS_NONE : WS_SHELL_STREAM;
		}
	}
	return WS_PARAMETER;
}

enum ws_fault ws_body_nothing(const struct ws_request *r)
{
	return r->body ? WS_BODY : WS_NONE;
}
