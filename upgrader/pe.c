/* pe.c - goes from the DOS header of a PE file to the VS_FIXEDFILEINFO of its first version
 * resource. The bytes are a stranger's: nothing is read before its place was checked against the
 * length, sections and directories are bounded, and no offset found in the file is followed back
 * into a loop (the resource tree has exactly three levels). */
#include "upgrader/pe.h"

#include <stdint.h>
#include <string.h>

enum {
	DOS_HEADER = 64, DOS_PE_AT = 0x3c,
	COFF_HEADER = 24,               /* with the signature "PE\0\0" before it */
	PE32 = 0x10b, PE32_PLUS = 0x20b,
	DIRECTORY_RESOURCE = 2, DIRECTORY_SECURITY = 4, DIRECTORY_ENTRY = 8,
	CERTIFICATE_HEADER = 8,
	SECTION_HEADER = 40, SECTIONS_MAX = 96,         /* the Windows loader's limit */
	RESOURCE_TABLE = 16, RESOURCE_ENTRY = 8, ENTRIES_MAX = 4096,
	RT_VERSION = 16
};

#define FIXED_SIGNATURE 0xfeef04bdu
#define HIGH_BIT 0x80000000u

struct bytes { const unsigned char *data; size_t len; };

/* A part of the file, empty where any of it lies outside. */
static struct bytes part(struct bytes b, size_t at, size_t len)
{
	if (at > b.len || len > b.len - at)
		return (struct bytes){ NULL, 0 };
	return (struct bytes){ b.data + at, len };
}

/* Little-endian numbers; callers checked the length by part(). */
static uint32_t u16(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static uint32_t u32(const unsigned char *p)
{
	return u16(p) | u16(p + 2) << 16;
}

struct image {
	struct bytes file, sections;
	struct bytes directories;       /* the entries that there are */
};

/* Where something lies, and how long it is: 0 where the file has no such entry. */
struct extent { uint32_t at, len; };

static struct extent directory(const struct image *image, size_t which)
{
	struct bytes e = part(image->directories, which * DIRECTORY_ENTRY, DIRECTORY_ENTRY);

	return e.data ? (struct extent){ u32(e.data), u32(e.data + 4) } : (struct extent){ 0, 0 };
}

static int bad(struct err *err, const char *what)
{
	return err_set(err, ERR_USAGE, "%s", what);
}

/* Headers up to the section table. */
static int read_headers(struct bytes file, struct image *out, struct err *err)
{
	struct bytes dos = part(file, 0, DOS_HEADER), coff, optional, count;
	size_t at, optional_len, sections, directories;
	uint32_t magic;

	if (!dos.data || memcmp(dos.data, "MZ", 2) != 0)
		return bad(err, "no Windows program (it does not begin with MZ)");
	at = u32(dos.data + DOS_PE_AT);
	coff = part(file, at, COFF_HEADER);
	if (!coff.data || memcmp(coff.data, "PE\0\0", 4) != 0)
		return bad(err, "no Windows program (it has no PE header)");
	sections = u16(coff.data + 6);
	optional_len = u16(coff.data + 20);
	at += COFF_HEADER;
	optional = part(file, at, optional_len);
	if (!optional.data || optional_len < 2 || sections == 0 || sections > SECTIONS_MAX)
		return bad(err, "damaged: its PE header makes no sense");
	magic = u16(optional.data);
	if (magic != PE32 && magic != PE32_PLUS)
		return bad(err, "no Windows program (unknown kind of PE header)");
	directories = magic == PE32 ? 96 : 112;
	count = part(optional, directories - 4, 4);
	out->file = file;
	out->sections = part(file, at + optional_len, sections * SECTION_HEADER);
	out->directories = (struct bytes){ NULL, 0 };
	if (count.data)
		out->directories = part(optional, directories, optional_len - directories);
	if (count.data && u32(count.data) < out->directories.len / DIRECTORY_ENTRY)
		out->directories.len = u32(count.data) * DIRECTORY_ENTRY;
	if (!out->sections.data)
		return bad(err, "damaged: it ends within its table of sections");
	return 0;
}

/* The bytes on disk of `len` bytes in memory at an RVA. */
static struct bytes at_rva(const struct image *image, uint32_t rva, uint32_t len)
{
	for (size_t i = 0; i < image->sections.len; i += SECTION_HEADER) {
		const unsigned char *s = image->sections.data + i;
		uint32_t begin = u32(s + 12), raw_size = u32(s + 16), raw_at = u32(s + 20);

		if (rva < begin || rva - begin >= raw_size || len > raw_size - (rva - begin))
			continue;
		return part(image->file, (size_t)raw_at + (rva - begin), len);
	}
	return (struct bytes){ NULL, 0 };
}

/* The offset behind the entry `want` of a resource table (the first entry for want < 0), or 0:
 * no table can be its own entry's target at 0. */
static uint32_t resource_entry(struct bytes tree, uint32_t table, int want)
{
	struct bytes head = part(tree, table, RESOURCE_TABLE);
	size_t count;

	if (!head.data)
		return 0;
	count = u16(head.data + 12) + u16(head.data + 14);
	if (count > ENTRIES_MAX)
		return 0;
	for (size_t i = 0; i < count; i++) {
		struct bytes e =
			part(tree, table + RESOURCE_TABLE + i * RESOURCE_ENTRY, RESOURCE_ENTRY);

		if (!e.data)
			return 0;
		if (want < 0 || u32(e.data) == (uint32_t)want)
			return u32(e.data + 4);
	}
	return 0;
}

/* VS_VERSIONINFO: length, length of the value, type, the key in UTF-16, padding to four bytes,
 * the value. */
static int read_fixed(struct bytes info, struct version *out, struct err *err)
{
	static const unsigned char key[] = "V\0S\0_\0V\0E\0R\0S\0I\0O\0N\0_\0I\0N\0F\0O\0\0";
	struct bytes name = part(info, 6, sizeof(key)), fixed = part(info, 40, 52);

	if (!name.data || memcmp(name.data, key, sizeof(key)) != 0 || !fixed.data ||
	    u32(fixed.data) != FIXED_SIGNATURE)
		return bad(err, "damaged: its version resource makes no sense");
	out->part[0] = u16(fixed.data + 10);
	out->part[1] = u16(fixed.data + 8);
	out->part[2] = u16(fixed.data + 14);
	out->part[3] = u16(fixed.data + 12);
	return 0;
}

int pe_file_version(const unsigned char *data, size_t len, struct version *out, struct err *err)
{
	struct image image;
	struct bytes tree, entry, info;
	struct extent resources;
	uint32_t type, name, language;

	if (read_headers((struct bytes){ data, len }, &image, err) < 0)
		return -1;
	resources = directory(&image, DIRECTORY_RESOURCE);
	if (resources.at == 0 || resources.len == 0)
		return bad(err, "it has no resources, so it does not say its version");
	tree = at_rva(&image, resources.at, resources.len);
	if (!tree.data)
		return bad(err,
			   "damaged: its resources lie outside the file (was it copied whole?)");
	/* Type, name, language: a set high bit means a table follows, as it must on the first
	 * two. */
	type = resource_entry(tree, 0, RT_VERSION);
	if (!(type & HIGH_BIT))
		return bad(err, "it has no version resource, so it does not say its version");
	name = resource_entry(tree, type & ~HIGH_BIT, -1);
	language = name & HIGH_BIT ? resource_entry(tree, name & ~HIGH_BIT, -1) : 0;
	entry = part(tree, language, 16);
	if (language == 0 || language & HIGH_BIT || !entry.data)
		return bad(err, "damaged: its version resource leads nowhere");
	info = at_rva(&image, u32(entry.data), u32(entry.data + 4));
	if (!info.data)
		return bad(err, "damaged: its version resource lies outside the file");
	return read_fixed(info, out, err);
}

/* The only directory whose place is one in the file, and not in memory: nothing loads it. */
bool pe_has_signature(const unsigned char *data, size_t len)
{
	struct image image;
	struct extent table;
	struct err none;

	if (read_headers((struct bytes){ data, len }, &image, &none) < 0)
		return false;
	table = directory(&image, DIRECTORY_SECURITY);
	return table.at != 0 && table.len >= CERTIFICATE_HEADER &&
	       part(image.file, table.at, table.len).data != NULL;
}
