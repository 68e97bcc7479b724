/* mkpe.c - a Windows program that is nothing but its version: DOS stub, PE header, one .rsrc
 * section with a VERSIONINFO, padding. Enough for whatever reads VS_FIXEDFILEINFO; never run. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/version.h"
#include "tests/fleet/fleet.h"

enum {
	PE_AT = 0x80, SECTIONS_AT = PE_AT + 24 + 224, RSRC_AT = 0x200, RSRC_RVA = 0x1000,
	RSRC_SIZE = 0x200, INFO_AT = RSRC_AT + 0x58, INFO_SIZE = 92, RT_VERSION = 16,
	SMALLEST = RSRC_AT + RSRC_SIZE, DEFAULT_KB = 64, MAX_KB = 1 << 20
};

static void put16(unsigned char *p, unsigned v)
{
	p[0] = (unsigned char)v;
	p[1] = (unsigned char)(v >> 8);
}

static void put32(unsigned char *p, uint32_t v)
{
	put16(p, v & 0xffff);
	put16(p + 2, v >> 16);
}

static void put_headers(unsigned char *f)
{
	unsigned char *pe = f + PE_AT, *opt = pe + 24, *sec = f + SECTIONS_AT;

	memcpy(f, "MZ", 2);
	put32(f + 0x3c, PE_AT);
	memcpy(pe, "PE\0\0", 4);
	put16(pe + 4, 0x14c);                   /* i386 */
	put16(pe + 6, 1);                       /* one section */
	put16(pe + 20, 224);                    /* size of the optional header */
	put16(pe + 22, 0x102);                  /* executable, 32 bit */
	put16(opt, 0x10b);                      /* PE32 */
	put32(opt + 28, 0x400000);              /* image base */
	put32(opt + 32, 0x1000);                /* section alignment */
	put32(opt + 36, 0x200);                 /* file alignment */
	put16(opt + 48, 6);                     /* subsystem version */
	put32(opt + 56, 0x2000);                /* size of image */
	put32(opt + 60, RSRC_AT);               /* size of headers */
	put16(opt + 68, 2);                     /* GUI */
	put32(opt + 92, 16);                    /* data directories; the third is resources */
	put32(opt + 96 + 2 * 8, RSRC_RVA);
	put32(opt + 96 + 2 * 8 + 4, RSRC_SIZE);
	memcpy(sec, ".rsrc", 5);
	put32(sec + 8, RSRC_SIZE);
	put32(sec + 12, RSRC_RVA);
	put32(sec + 16, RSRC_SIZE);
	put32(sec + 20, RSRC_AT);
	put32(sec + 36, 0x40000040);            /* initialised data, readable */
}

/* A directory with one entry: its id, and where it leads. */
static void put_directory(unsigned char *at, uint32_t id, uint32_t leads_to)
{
	put16(at + 14, 1);
	put32(at + 16, id);
	put32(at + 20, leads_to);
}

static void put_version(unsigned char *f, struct version v)
{
	static const char key[] = "VS_VERSION_INFO";
	unsigned char *rsrc = f + RSRC_AT, *info = f + INFO_AT, *fixed = info + 40;

	put_directory(rsrc, RT_VERSION, 0x80000018u);   /* type, then name, then language */
	put_directory(rsrc + 0x18, 1, 0x80000030u);
	put_directory(rsrc + 0x30, 1033, 0x48);
	put32(rsrc + 0x48, RSRC_RVA + INFO_AT - RSRC_AT);
	put32(rsrc + 0x4c, INFO_SIZE);
	put16(info, INFO_SIZE);
	put16(info + 2, 52);                    /* size of VS_FIXEDFILEINFO */
	for (size_t i = 0; i < sizeof(key); i++)
		put16(info + 6 + 2 * i, (unsigned char)key[i]);
	put32(fixed, 0xfeef04bdu);
	put32(fixed + 4, 0x10000);
	for (int i = 0; i < 2; i++) {           /* FileVersion, ProductVersion */
		put32(fixed + 8 + 8 * i, v.part[0] << 16 | v.part[1]);
		put32(fixed + 12 + 8 * i, v.part[2] << 16 | v.part[3]);
	}
	put32(fixed + 24, 0x3f);
	put32(fixed + 32, 0x40004);             /* Windows NT */
	put32(fixed + 36, 1);                   /* an application */
}

static int write_file(const char *path, const unsigned char *data, size_t len, struct err *err)
{
	struct file_out *out = file_out_open(path, err);

	if (!out)
		return -1;
	fwrite(data, 1, len, file_out_stream(out));
	return file_out_commit(out, err);
}

/* Behind the program a table of certificates with one of no bytes, and where it is. */
int cmd_sign(int argc, char **argv)
{
	enum { TABLE_SIZE = 16 };
	AUTO_FREE unsigned char *f = NULL;
	struct err err;
	size_t len;

	(void)argc;
	f = (unsigned char *)file_read(argv[0], (size_t)MAX_KB * 1024, &len, &err);
	if (f && len % TABLE_SIZE == 0 && len >= SMALLEST) {
		f = xrealloc_array(f, len + TABLE_SIZE, 1);
		memset(f + len, 0, TABLE_SIZE);
		put32(f + PE_AT + 24 + 96 + 4 * 8, (uint32_t)len);
		put32(f + PE_AT + 24 + 96 + 4 * 8 + 4, TABLE_SIZE);
		put32(f + len, TABLE_SIZE);
		put16(f + len + 4, 0x200);      /* its revision */
		put16(f + len + 6, 2);          /* PKCS #7 */
		if (write_file(argv[0], f, len + TABLE_SIZE, &err) == 0)
			return 0;
	} else if (f) {
		err_set(&err, ERR_USAGE, "'%s' was not made by --make-installer", argv[0]);
	}
	fprintf(stderr, "simhost: %s\n", err.msg);
	return 2;
}

int cmd_make_installer(int argc, char **argv)
{
	long kb = argc > 2 ? strtol(argv[2], NULL, 10) : DEFAULT_KB;
	AUTO_FREE unsigned char *f = NULL;
	struct version v;
	struct err err;

	if (!version_parse(argv[1], &v) || kb < SMALLEST / 1024 || kb > MAX_KB) {
		fprintf(stderr, "simhost: '%s' is no version, or %ld KB too small or too big\n",
			argv[1], kb);
		return 2;
	}
	for (int i = 0; i < 4; i++) {
		if (v.part[i] > 0xffff) {
			fprintf(stderr, "simhost: a file's version has numbers up to 65535\n");
			return 2;
		}
	}
	f = xcalloc((size_t)kb, 1024);
	put_headers(f);
	put_version(f, v);
	/* padding that is not one byte alone, as it would hide a cut or a swap */
	for (size_t i = SMALLEST; i < (size_t)kb * 1024; i++)
		f[i] = (unsigned char)(i * 31 + (i >> 8));
	if (write_file(argv[0], f, (size_t)kb * 1024, &err) == 0)
		return 0;
	fprintf(stderr, "simhost: %s\n", err.msg);
	return 2;
}
