/* known.h - a row of the table of variables that mean something to us. known.c has the table, and
 * host_way.c asks which of them the way to a host reads. */
#ifndef INVENTORY_KNOWN_H
#define INVENTORY_KNOWN_H

#include <stdbool.h>
#include <stddef.h>

enum kind {
	TEXT, ADDRESS, PORT, FLAG, PATH, CLOUD, MARS, OFFLINE, ZONE, CONNECTION,
	SSH_ARGS, SSH_PROGRAM, PARAMIKO, JUMP, COUNT, TRANSPORT, WINRM, SECRET, PASSWORD,
	URL
};

/* Which ways in read a variable. */
enum known_reader {
	READ_SSH = 1,
	READ_WINRM = 2,
	READ_CARRIED = 4,               /* WinRM inside SSH: what is said of that SSH */
	READ_LOCAL = 8,
	READ_ALWAYS = 16                /* whatever the way */
};

struct known {
	const char *name;
	enum kind kind;
	size_t offset;                  /* of the field, for the kinds that are plain texts */
	int round;
	unsigned readers;               /* enum known_reader; 0: no way in does */
};

enum { PORT_MAX = 65535, COUNT_MAX = 1000 };

/* A number of digits alone, from 1 to most, which has five of them at most. */
bool known_number(const char *text, int most, int *out);

/* Of var.known, which is not -1. */
const struct known *known_row(int known);
int known_count(void);

#endif
