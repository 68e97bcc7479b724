/* script.c - the embedded scripts by name, their fingerprints, and the one command line that
 * starts each of them. */
#include "transport/script.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/insist.h"
#include "base/mem.h"

#define LAUNCH "-NoProfile -NonInteractive -EncodedCommand"      /* the text's base64 follows */

enum { COMMAND_MAX = 8190 };    /* cmd.exe refuses 8,192 characters and more */

const struct script *script_find(const char *name)
{
	for (const struct script *s = scripts; s->name; s++)
		if (strcmp(s->name, name) == 0)
			return s;
	return NULL;
}

const struct script *script_of(enum script_id id)
{
	INSIST((unsigned)id < SCRIPT_COUNT);
	return &scripts[id];
}

const char *script_name(enum script_id id)
{
	return script_of(id)->name;
}

void script_sha256(const struct script *s, char out[65])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	EVP_Digest(s->text, s->len, digest, &len, EVP_sha256(), NULL);
	hex_encode(digest, len, out);
}

json_t *script_names(void)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "word", "marshal", "key",
			 "SOFTWARE\\marshal\\install", "tasks", "\\marshal", "mutex",
			 "Global\\marshal-engine", "launch", LAUNCH, "machine",
			 "SOFTWARE\\Microsoft\\Cryptography");
}

const char *script_command(void)
{
	static char command[COMMAND_MAX + 1];
	size_t len = script_bootstrap.len;

	if (command[0])
		return command;
	AUTO_FREE unsigned char *wide = xmalloc(2 * len);
	AUTO_FREE char *coded = NULL;

	/* the bootstrap is plain ASCII (a unit test holds it), so UTF-16LE is a zero behind each */
	for (size_t i = 0; i < len; i++) {
		wide[2 * i] = (unsigned char)script_bootstrap.text[i];
		wide[2 * i + 1] = 0;
	}
	coded = base64_encode(wide, 2 * len, NULL);
	snprintf(command, sizeof(command), "powershell.exe " LAUNCH " %s", coded);
	return command;
}
