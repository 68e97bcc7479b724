/* faults.c - the table of faults.h. */
#include "tests/fleet/wsman/faults.h"

#include <stddef.h>

#define ROW(id, ...) [WS_##id] = { __VA_ARGS__ },
static const struct ws_fault_row rows[WS_FAULT_COUNT] = { WS_FAULTS(ROW) };

const struct ws_fault_row *ws_fault_row(enum ws_fault fault)
{
	return fault == WS_NONE ? NULL : &rows[fault];
}
