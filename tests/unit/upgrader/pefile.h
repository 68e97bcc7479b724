/* pefile.h - the smallest PE file that says its version, for tests. */
#ifndef UNIT_UPGRADER_PEFILE_H
#define UNIT_UPGRADER_PEFILE_H

#include <stdbool.h>
#include <stddef.h>

enum {
	PEFILE_PE = 0x80,               /* where "PE" stands */
	PEFILE_RSRC = 0x200             /* where the resources begin */
};

/* Yours: free() it. */
unsigned char *pefile_make(bool plus, int a, int b, int c, int d, size_t *out_len);
void pefile_write(const char *path, int a, int b, int c, int d);

#endif
