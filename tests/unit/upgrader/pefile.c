/* pefile.c - writes the headers and the resource tree by hand: one section, one version
 * resource. */
#include "tests/unit/upgrader/pefile.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/unit.h"

enum { RVA = 0x1000, INFO = 0x58, INFO_LEN = 92, FILE_LEN = PEFILE_RSRC + INFO + INFO_LEN };

static void put(unsigned char *p, uint32_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		p[i] = (unsigned char)(value >> (8 * i));
}

/* A table of the resource tree with one entry. */
static void put_table(unsigned char *rsrc, int at, uint32_t id, uint32_t to)
{
	put(rsrc + at + 14, 1, 2);
	put(rsrc + at + 16, id, 4);
	put(rsrc + at + 20, to, 4);
}

static void put_info(unsigned char *info, const int v[4])
{
	static const char key[] = "VS_VERSION_INFO";

	put(info, INFO_LEN, 2);
	put(info + 2, 52, 2);
	for (size_t i = 0; i < sizeof(key); i++)
		put(info + 6 + 2 * i, (unsigned char)key[i], 2);
	put(info + 40, 0xfeef04bdu, 4);
	put(info + 48, (uint32_t)v[0] << 16 | (uint32_t)v[1], 4);
	put(info + 52, (uint32_t)v[2] << 16 | (uint32_t)v[3], 4);
}

unsigned char *pefile_make(bool plus, int a, int b, int c, int d, size_t *out_len)
{
	unsigned char *f = xcalloc(1, FILE_LEN), *optional = f + PEFILE_PE + 24;
	size_t optional_len = plus ? 240 : 224, directories = plus ? 112 : 96;
	unsigned char *section = optional + optional_len, *rsrc = f + PEFILE_RSRC;

	memcpy(f, "MZ", 2);
	put(f + 0x3c, PEFILE_PE, 4);
	memcpy(f + PEFILE_PE, "PE", 2);
	put(f + PEFILE_PE + 6, 1, 2);
	put(f + PEFILE_PE + 20, (uint32_t)optional_len, 2);
	put(optional, plus ? 0x20b : 0x10b, 2);
	put(optional + directories - 4, 16, 4);
	put(optional + directories + 16, RVA, 4);
	put(optional + directories + 20, INFO + INFO_LEN, 4);
	memcpy(section, ".rsrc", 5);
	put(section + 12, RVA, 4);
	put(section + 16, INFO + INFO_LEN, 4);
	put(section + 20, PEFILE_RSRC, 4);
	put_table(rsrc, 0, 16, 0x80000018u);
	put_table(rsrc, 0x18, 1, 0x80000030u);
	put_table(rsrc, 0x30, 0x409, 0x48);
	put(rsrc + 0x48, RVA + INFO, 4);
	put(rsrc + 0x4c, INFO_LEN, 4);
	put_info(rsrc + INFO, (const int[]){ a, b, c, d });
	*out_len = FILE_LEN;
	return f;
}

void pefile_write(const char *path, int a, int b, int c, int d)
{
	size_t len;
	AUTO_FREE unsigned char *data = pefile_make(false, a, b, c, d, &len);
	AUTO_FCLOSE FILE *f = fopen(path, "wb");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(data, 1, len, f), len);
}
