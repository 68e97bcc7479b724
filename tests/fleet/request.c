/* request.c - what marshal's bootstrap reads: one line of base64 for the script, one for the
 * JSON request, one for data where the request says so, then end of file. A real server would run
 * the script; simhost knows what each operation does and wants the script only to be there. */
#include <errno.h>
#include <openssl/evp.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "tests/fleet/play.h"

enum { INPUT_MAX = 8 << 20 };

static int read_all(int fd, struct buf *out, struct err *err)
{
	char part[65536];
	ssize_t n;

	while ((n = read(fd, part, sizeof(part))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, ERR_SYSTEM, errno, "cannot read standard input");
		if (buf_add(out, part, (size_t)n) != 0)
			return err_set(err, ERR_USAGE, "more than %d bytes of input", INPUT_MAX);
	}
	return 0;
}

char *play_decode(const char *line, size_t len, size_t *out_len)
{
	char *text = xmalloc(len + 4);
	int n;

	while (len && (line[len - 1] == '\r' || line[len - 1] == ' '))
		len--;
	n = EVP_DecodeBlock((unsigned char *)text, (const unsigned char *)line, (int)len);
	if (n < 0 || len == 0) {
		mem_auto_free(&text);
		return NULL;
	}
	/* the block decoder counts the padding */
	n -= (line[len - 1] == '=') + (len > 1 && line[len - 2] == '=');
	text[n] = '\0';
	*out_len = (size_t)n;
	return text;
}

static bool is_nonce(const char *s)
{
	return s && strlen(s) == 32 && strspn(s, "0123456789abcdef") == 32;
}

/* What follows the second line, from its line feed on. */
static int parse_data(struct play *out, const char *rest, struct err *err)
{
	bool wanted = json_is_object(json_object_get(out->request, "data"));
	const char *line = *rest ? rest + 1 : rest;
	size_t len = strcspn(line, "\n");

	if (line[len] == '\n' && line[len + 1])
		return err_set(err, ERR_USAGE, "the input has more than three lines");
	if (wanted != (len > 0))
		return err_set(err, ERR_USAGE, "the input has %s data",
			       wanted ? "no" : "unannounced");
	out->data = wanted ? play_decode(line, len, &out->data_len) : NULL;
	if (wanted && !out->data)
		return err_set(err, ERR_USAGE, "the third line is no base64");
	return 0;
}

static int parse(struct play *out, const char *input, struct err *err)
{
	const char *second = strchr(input, '\n');
	size_t len = second ? strcspn(second + 1, "\n") : 0;
	size_t script_len = 0, request_len = 0;
	AUTO_FREE char *script = NULL, *request = NULL;

	if (!second)
		return err_set(err, ERR_USAGE, "the input has no second line");
	script = play_decode(input, (size_t)(second - input), &script_len);
	request = play_decode(second + 1, len, &request_len);
	if (!script || !text_is_utf8(script, script_len))
		return err_set(err, ERR_USAGE, "the first line is no base64 of a script");
	if (!request)
		return err_set(err, ERR_USAGE, "the second line is no base64");
	/* up to 0.2.0 its functions had it in their names as well */
	out->named = strstr(script, "Write-MarshalLine") != NULL;
	out->request = json_parse(request, request_len, err);
	if (!out->request)
		return err_in(err, "request");
	out->op = json_get_str(out->request, "op");
	out->nonce = json_get_str(out->request, "nonce");
	if (!out->op || !is_nonce(out->nonce))
		return err_set(err, ERR_USAGE, "the request has no op or no nonce of 32 digits");
	json_get_int(out->request, "v", &out->v);
	return parse_data(out, second + 1 + len, err);
}

int play_read(struct play *out, int fd, struct err *err)
{
	struct buf input;
	int rc;

	buf_init(&input, INPUT_MAX);
	rc = read_all(fd, &input, err);
	if (rc == 0)
		rc = parse(out, buf_text(&input), err);
	buf_release(&input);
	return rc;
}
