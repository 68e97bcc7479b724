/* input.c - what a call sends on standard input: lines of base64, so that no code page can touch
 * them. The first, the script, is the same for all hosts and made once (transport.c). */
#include <string.h>

#include "base/encode.h"
#include "base/insist.h"
#include "base/mem.h"
#include "transport/session.h"

/* A line of standard input behind those that are there. */
static void add_line(struct task *task, const void *bytes, size_t len)
{
	size_t added;
	AUTO_FREE char *line = base64_encode(bytes, len, &added);

	line[added++] = '\n';           /* in the place of the NUL: it has a length */
	task->request = xrealloc_array(task->request, task->request_len + added, 1);
	memcpy(task->request + task->request_len, line, added);
	task->request_len += added;
}

/* The request with nonce, version and names, as the second line of standard input, and the data as
 * the third. A script believes in data that came whole and no others. */
void session_make_input(struct task *task, const struct call *call, const char *nonce)
{
	AUTO_JSON json_t *whole = json_copy((json_t *)call->request);
	AUTO_FREE char *text = NULL;
	char sha256[65];

	json_object_set_new(whole, "nonce", json_string(nonce));
	json_object_set_new(whole, "at", script_names());
	if (!json_object_get(whole, "v"))
		json_object_set_new(whole, "v", json_integer(PROTOCOL_VERSION));
	if (call->data) {
		sha256_hex(call->data, call->len, sha256);
		json_object_set_new(
			whole, "data",
			json_pack("{s:I, s:s}", "size", (json_int_t)call->len, "sha256", sha256));
	}
	text = json_dumps(whole, JSON_COMPACT | JSON_ENSURE_ASCII);
	INSIST(text);                   /* requests are ours */
	add_line(task, text, strlen(text));
	if (call->data)
		add_line(task, call->data, call->len);
}

const char *session_to_send(const struct session *s, size_t *out_len)
{
	const struct task *task = &s->task;
	size_t total = task->script->len + task->request_len;

	if (task->sent == total || task->too_late)
		return NULL;
	if (task->sent < task->script->len) {
		*out_len = task->script->len - task->sent;
		return task->script->text + task->sent;
	}
	*out_len = total - task->sent;
	return task->request + (task->sent - task->script->len);
}
