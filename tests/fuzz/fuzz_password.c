/* fuzz_password.c - any bytes as what a program that tells a password prints, by way of a
 * descriptor: commands, ansible-vault and files end in the same. What is taken is one line, and
 * nothing of what is refused is told. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "transport/password.h"

enum { MOST = 1023, ROOM = 4096, TELLING = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bytes without the end of their line, and nothing else of them. */
static void is_the_line(const char *text, const uint8_t *data, size_t size)
{
	size_t len = strlen(text);

	if (len == 0 || len > MOST || len > size || memcmp(text, data, len) != 0 ||
	    strchr(text, '\n'))
		abort();
	if (size - len > 2 || (size > len && data[size - 1] != '\n' && data[size - 1] != '\r'))
		abort();
}

/* A piece long enough that it stands in no message by chance. */
static void tells_nothing(const struct err *err, const uint8_t *data, size_t size)
{
	if (!err->msg[0])
		abort();
	if (size >= TELLING && memmem(err->msg, strlen(err->msg), data, TELLING) &&
	    !memmem("the password on descriptor", 26, data, TELLING))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct passwords *all = passwords_new();
	const struct password *password;
	struct err err = { .msg = "" };
	char from[32];
	int ends[2];

	size = size < ROOM ? size : ROOM;       /* what a pipe holds without a reader */
	if (pipe(ends) != 0 || write(ends[1], data, size) != (ssize_t)size)
		abort();
	close(ends[1]);
	snprintf(from, sizeof(from), "fd:%d", ends[0]);
	password = password_of(all, from, false, &err);
	if (password)
		is_the_line(password_text(password), data, size);
	else
		tells_nothing(&err, data, size);
	passwords_free(all);
	return 0;
}
