/* fuzz_http.c - any bytes as the headers of an HTTP answer that say how to sign in, and of what
 * type it is: a fault in words that can be shown, and a token that has no blank in it. The first
 * byte chooses the status. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "transport/winrm/wsman.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_printable(const char *text)
{
	if (!*text)
		abort();
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 127)
			abort();
}

static void check_err(int status, const char *scheme, const char *offered)
{
	struct err err = { .msg = "" };

	if (wsman_http_err(status, scheme, offered, &err) != -1 || err.code == ERR_NONE)
		abort();
	check_printable(err.msg);
	/* a credential is rejected where it was offered as the server takes it, else never */
	if (err.code == FAULT_SIGN_IN_REJECTED && (status != 401 || !strcasestr(offered, scheme)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int statuses[] = { 200, 400, 401, 403, 404, 405, 407, 413, 500, 503, 999 };
	AUTO_FREE char *text = NULL, *token = NULL;
	int status;

	if (size < 1)
		return 0;
	status = statuses[data[0] % ARRAY_LEN(statuses)];
	text = xstrndup((const char *)data + 1, size - 1);
	check_err(status, "Basic", text);
	check_err(status, "Negotiate", text);
	token = wsman_http_token(text);
	if (token && (strpbrk(token, " \t,") || !strcasestr(text, "negotiate")))
		abort();
	if (wsman_http_is_answer(status, text) && status != 200 && status != 500)
		abort();
	return 0;
}
