/* run.h - a program that tells something this one cannot go on without: a command that prints a
 * password, one that decrypts. Blocks until it ends, no longer than its limit; for the time before
 * a loop runs. */
#ifndef BASE_RUN_H
#define BASE_RUN_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct run {
	char *const *argv;              /* [0] is looked for in PATH; no shell; ends with NULL */
	const void *input;              /* on its standard input; NULL: nothing */
	size_t input_len;
	size_t max;                     /* bytes of its output */
	int64_t limit_ms;
	enum err_code fault;            /* of what goes wrong */
	char **out_said;                /* what it said on standard error though all went well,
					 * bounded and printable, or NULL; free() it. NULL: not
					 * wanted */
};

/* What it wrote to standard output, a NUL behind it, in memory of base/secret.h and nowhere else:
 * secret_free() it. The output ends when the last one who holds it closes it, as in a shell. NULL
 * when it cannot be run, ends with another status than 0, writes more than max or takes longer: the
 * message has what it said on standard error, bounded and printable, but nothing of its output. It
 * has no terminal and no descriptor of ours, and its process group is killed in the end, whoever of
 * it is left. */
char *run_output(const struct run *run, size_t *out_len, struct err *err);

#endif
