/* What reports fold, patterns read: any set of hosts, folded and selected, is the same set. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/fold.h"
#include "base/mem.h"
#include "tests/unit/inventory/files.h"
#include "tests/unit/unit.h"

enum { ROUNDS = 200 };

/* Names of every kind, and a group that is called as the hosts begin. */
static const char fleet[] =
	"[web]\nweb[01:40]\n[plain]\nsrv[1:120]\n[wide]\nn[098:103]\nx[1:3]-y[08:12].corp.example\n"
	"10.0.0.[1:20]\nalpha\nbeta7\n[mixed]\nm1\nm01\nm001\nm2\nm02\nm10\n2001:db8::1\n"
	"2001:db8::2\nnode2019-[1:4]\nr[1:3]c[1:3]\n0\n00\n01\n1\n";

/* Small and the same everywhere. */
static unsigned next(unsigned *seed)
{
	*seed = *seed * 1103515245u + 12345u;
	return *seed >> 16 & 0x7FFF;
}

START_TEST(what_is_folded_selects_the_same_hosts)
{
	struct inventory *inv = load_text("f.ini", fleet);
	int all = inventory_count(inv);
	AUTO_FREE const char **name = xcalloc((size_t)all, sizeof(*name));
	unsigned seed = 7;

	for (int round = 0; round < ROUNDS; round++) {
		unsigned odds = 1 + next(&seed) % 9;
		struct selection s;
		struct err err;
		int count = 0;

		for (int i = 0; i < all; i++)
			if (next(&seed) % 10 < odds)
				name[count++] = inventory_host(inv, i)->name;
		if (count == 0)
			continue;
		AUTO_FREE char *folded = fold_names(name, count);

		ck_assert_msg(inventory_select(inv, &folded, 1, &s, &err) == 0, "%s: %s", folded,
			      err.msg);
		ck_assert_msg(s.count == count, "%s: %d of %d", folded, s.count, count);
		for (int i = 0; i < count; i++)
			ck_assert_msg(s.host[i]->name == name[i], "%s: %s", folded, name[i]);
		selection_release(&s);
	}
	inventory_free(inv);
}
END_TEST

UNIT_SUITE(fold_pattern)
{
	Suite *s = suite_create("fold_pattern");
	TCase *tc = tcase_create("fold_pattern");

	tcase_add_test(tc, what_is_folded_selects_the_same_hosts);
	suite_add_tcase(s, tc);
	return s;
}
