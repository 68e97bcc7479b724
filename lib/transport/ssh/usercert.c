/* usercert.c - reads one line of a certificate, field by field. */
#include "transport/ssh/usercert.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "transport/ssh/keyfile.h"
#include "transport/ssh/wire.h"

enum {
	USER_CERTIFICATE = 1,
	REST = 5,       /* critical options, extensions, reserved, the authority, its signature */
	TYPE_MAX = 64
};

static uint64_t wire_u64(struct wire *w)
{
	uint64_t high = wire_u32(w);

	return high << 32 | wire_u32(w);
}

/* What stands in a key's blob behind its type stands in its certificate behind the nonce. */
static bool is_of(struct wire *w, const struct usercert_key *key)
{
	size_t type_len = 4 + strlen(key->type), len;
	const unsigned char *same;

	(void)wire_string(w, &len);     /* the nonce */
	if (key->len <= type_len)
		return false;
	same = wire_take(w, key->len - type_len);
	return same && memcmp(same, key->public + type_len, key->len - type_len) == 0;
}

static void time_text(uint64_t s, char out[CLOCK_TEXT])
{
	int64_t last = INT64_MAX / 1000;

	clock_format_utc(s > (uint64_t)last ? last * 1000 : (int64_t)s * 1000, out);
}

static int check(const unsigned char *blob, size_t blob_len, const struct usercert_key *key,
		 uint64_t now_s, struct err *err)
{
	struct wire w = wire_of(blob, blob_len);
	char wanted[TYPE_MAX], from[CLOCK_TEXT], until[CLOCK_TEXT];
	uint64_t after, before;
	uint32_t kind;
	size_t len;

	snprintf(wanted, sizeof(wanted), "%s" USERCERT_SUFFIX, key->type);
	if (!wire_is(&w, wanted) || !is_of(&w, key))
		return err_set(err, FAULT_NO_USABLE_KEY, "it is the certificate of another key");
	(void)wire_u64(&w);             /* the serial number */
	kind = wire_u32(&w);
	(void)wire_string(&w, &len);    /* its id */
	(void)wire_string(&w, &len);    /* whom it lets in, which servers judge */
	after = wire_u64(&w);
	before = wire_u64(&w);
	for (int i = 0; i < REST; i++)
		(void)wire_string(&w, &len);
	if (w.bad || w.left > 0)
		return err_set(err, FAULT_NO_USABLE_KEY, "it is no whole certificate");
	if (kind != USER_CERTIFICATE)
		return err_set(err, FAULT_NO_USABLE_KEY, "it is a certificate of hosts");
	if (now_s >= after && now_s < before)
		return 0;
	time_text(after, from);
	time_text(before, until);
	return err_set(err, FAULT_NO_USABLE_KEY, "it is valid from %s until %s", from, until);
}

unsigned char *usercert_read(const char *text, size_t len, const struct usercert_key *key,
			     int64_t now_s, size_t *out_len, struct err *err)
{
	unsigned char *blob = keyfile_public(text, len, out_len);

	if (!blob)
		err_set(err, FAULT_NO_USABLE_KEY, "it is no certificate");
	else if (check(blob, *out_len, key, (uint64_t)now_s, err) == 0)
		return blob;
	free(blob);
	return NULL;
}
