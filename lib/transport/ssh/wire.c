/* wire.c - reading and writing SSH's numbers and strings. Everything read comes from
 * files and from other programs: lengths are checked against what is there. */
#include "transport/ssh/wire.h"

#include <openssl/evp.h>
#include <string.h>

struct wire wire_of(const void *data, size_t len)
{
	return (struct wire){ .at = data, .left = len };
}

const unsigned char *wire_take(struct wire *w, size_t len)
{
	const unsigned char *at = w->at;

	if (w->bad || len > w->left) {
		w->bad = true;
		w->left = 0;
		return NULL;
	}
	w->at += len;
	w->left -= len;
	return at;
}

uint8_t wire_byte(struct wire *w)
{
	const unsigned char *p = wire_take(w, 1);

	return p ? *p : 0;
}

uint32_t wire_u32(struct wire *w)
{
	const unsigned char *p = wire_take(w, 4);

	if (!p)
		return 0;
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

const unsigned char *wire_string(struct wire *w, size_t *out_len)
{
	size_t len = wire_u32(w);
	const unsigned char *p = wire_take(w, len);

	*out_len = p ? len : 0;
	return p;
}

bool wire_is(struct wire *w, const char *text)
{
	size_t len;
	const unsigned char *p = wire_string(w, &len);

	return p && len == strlen(text) && memcmp(p, text, len) == 0;
}

int wire_add_u32(struct buf *b, uint32_t value)
{
	unsigned char bytes[4] = { (unsigned char)(value >> 24), (unsigned char)(value >> 16),
				   (unsigned char)(value >> 8), (unsigned char)value };

	return buf_add(b, bytes, sizeof(bytes));
}

int wire_add_string(struct buf *b, const void *data, size_t len)
{
	if (len > UINT32_MAX || wire_add_u32(b, (uint32_t)len) != 0)
		return -1;
	return buf_add(b, data, len);
}

bool wire_key_type(const unsigned char *blob, size_t len, char *out, size_t out_size)
{
	struct wire w = wire_of(blob, len);
	size_t type_len;
	const unsigned char *type = wire_string(&w, &type_len);

	if (!type || type_len == 0 || type_len >= out_size)
		return false;
	for (size_t i = 0; i < type_len; i++) {
		if (type[i] <= ' ' || type[i] > '~')
			return false;
	}
	memcpy(out, type, type_len);
	out[type_len] = '\0';
	return true;
}

bool wire_base64(const char *text, size_t len, unsigned char *out, size_t *out_len)
{
	size_t pad = 0;
	int decoded;

	/* EVP_DecodeBlock() counts the padding as bytes and skips blanks around. */
	if (len == 0 || len % 4 != 0 || len > INT32_MAX || memchr(text, ' ', len))
		return false;
	while (pad < 2 && text[len - 1 - pad] == '=')
		pad++;
	decoded = EVP_DecodeBlock(out, (const unsigned char *)text, (int)len);
	if (decoded < 0 || (size_t)decoded < pad)
		return false;
	*out_len = (size_t)decoded - pad;
	return true;
}
