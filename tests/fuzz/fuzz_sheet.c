/* fuzz_sheet.c - any bytes as a report to choose hosts from (--from): CSV, JSON or JSON lines.
 * Cells are there for every row and column, or there is one error that begins with the file's
 * name. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "inventory/sheet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("report", MFD_CLOEXEC);
	AUTO_FREE char *path = xasprintf("/proc/self/fd/%d", fd);
	struct err err = { .msg = "" };
	struct sheet sheet;
	size_t bytes = 0;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	if (sheet_read(path, &sheet, &err) == 0) {
		for (int row = 0; row < sheet.rows; row++)
			for (int column = 0; column < sheet.columns; column++)
				bytes += strlen(sheet_cell(&sheet, row, column));
		if (bytes > size * 2)
			abort();
	} else if (err.code != ERR_USAGE || !strstr(err.msg, path)) {
		fprintf(stderr, "%s\n", err.msg);
		abort();
	}
	sheet_release(&sheet);
	close(fd);
	return 0;
}
