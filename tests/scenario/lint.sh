#!/usr/bin/env bash
# What scripts/lint finds, in a small tree of its own with one fault of each kind beside what only
# looks like one.
. "$(dirname "$0")/lib.sh"

if ! git --version >"$work/out" 2>&1; then
	skip "lint finds what is planted" "there is no git"
	exit 0
fi
tree=$work/tree
mkdir -p "$tree"/{scripts,docs,scanner,tests,lib/{base,store/{engine,schema}}}
cp "$root"/scripts/{lint,format,functions.awk,logged-words.txt} "$tree/scripts"
cp "$root"/{.clang-format,.shellcheckrc} "$tree"
cd "$tree" || exit 1
git init -q . && git -c user.name=lint -c user.email=lint@localhost commit -q --allow-empty -m tree

# found LINT [PROGRAM]: lint finds what stands on standard input, and nothing else.
found() {
	local wanted
	wanted=$(sort)
	if [ $# -gt 1 ] && ! command -v "$2" >/dev/null; then
		skip "lint $1 finds what is planted" "there is no $2"
		return
	fi
	is "lint $1 finds what is planted and nothing else" \
		"$(scripts/lint --all "$1" | grep -v '^lint' | sort)" "$wanted"
}
# lines COUNT TEXT
lines() { yes "$2" | head -n "$1"; }

# --- bytes ---
printf 'a\nblanks \nb\tc\ntab\t\n' >docs/blanks.md
printf 'a\r\nb\n' >docs/return.md
printf 'a\nb' >docs/cut.md
printf 'a\n\n' >docs/whole.md
: >docs/empty.md
printf '# p\n$a = "\303\244"\n' >scanner/p.ps1
printf '\303\244\n' >docs/umlaut.md
found bytes <<'FOUND'
docs/blanks.md:2: blanks at the end of the line
docs/blanks.md:4: blanks at the end of the line
docs/return.md:1: carriage return
docs/cut.md: no line end at the end of the file
scanner/p.ps1:2: not ASCII
FOUND

# --- format ---
cat >lib/base/layout.c <<'C'
/* layout.c - a */
static const int table[]={1,  2};

int good(void)
{
	return table[0];                /* a comment
	                                 * by hand */
}

int bad(void)
{
	return table[0] +1;
}

int indented(void)
{
	if (good())
	  return 1;
	return  0; /* a */	/* b */
}

int after[]={3};
C
cat >lib/base/tidy.c <<'C'
/* tidy.c - a */
int tidy(int a)
{
	return a;   /* a comment */
}
C
found format clang-format <<'FOUND'
lib/base/layout.c:12: not as scripts/format would lay it out
lib/base/layout.c:18: not as scripts/format would lay it out
FOUND

# --- lengths ---
{
	printf '/* long.c - a */\nint fits(void)\n{\n'
	lines 57 '	fits();'
	printf '}\n\nint lasts(void)\n{\n'
	lines 58 '	fits();'
	printf '}\n\n'
	printf 'int many(int a, int b, int c, int d,\n\t int e, int f, int g)\n{\n'
	printf '\tif (a)\n\t\tfor (;;) {\n\t\t\tif (b) {\n\t\t\t\tif (c) {\n\t\t\t\t\tif (d) {\n'
	printf '\t\t\t\t\t\tc();\n\t\t\t\t\t}\n\t\t\t\t}\n\t\t\t}\n\t\t}\n}\n'
	printf '/*\t%92s*/\n/*\t%090d*/\n' x 1
	printf '/* clang-format off */\n/* %100s */\n/* clang-format on */\n' x
} >lib/base/long.c
cp lib/base/tidy.c tests/cases.c
printf '\t{ %100s },\n' x >>tests/cases.c
{ echo '-- long.sql - a'; lines 600 ''; } >lib/store/schema/long.sql
{ echo '-- fits.sql - a'; lines 599 ''; } >lib/store/schema/fits.sql
found lengths <<'FOUND'
lib/base/long.c:63: lasts() has 61 lines, 60 are allowed
lib/base/long.c:125: many() has 7 parameters, 6 are allowed
lib/base/long.c:125: many() is nested 4 deep, 3 are allowed
lib/base/long.c:139: line of 102 columns
lib/store/schema/long.sql: 601 lines, 600 are allowed
FOUND

# --- comments ---
rm -r lib/base/* tests/* scanner/* lib/store/schema/*
printf 'int a;\n' >lib/base/bare.c
: >lib/base/empty.h
printf '/* a */\n' >lib/base/said.c
printf '#!/bin/sh\nset -e\n# late\n' >scripts/bare
printf '#!/bin/sh\n# said - a\n' >tests/said.sh
printf '\n-- late\n' >lib/store/schema/bare.sql
printf -- '-- said\n' >lib/store/schema/said.sql
found comments <<'FOUND'
lib/base/bare.c:1: begins without a comment on what it is for
lib/base/empty.h:1: begins without a comment on what it is for
scripts/bare:1: begins without a comment on what it is for
lib/store/schema/bare.sql:1: begins without a comment on what it is for
FOUND

# --- banned, layers ---
rm -r lib/base/* tests/* scripts/bare lib/store/schema/*
cat >scanner/calls.c <<'C'
/* calls.c - strcpy(a, b) in a comment */
#include "scanner/calls.h"
#include "upgrader/run.h"
#include <sqlite3.h>
#include "inventory/host.h"
const char *text = "strcpy(a, b)";
/* over lines
 * exit(1) */
	strcpy(a, b);
	my_strcpy(a, b); a = malloc (1);
	exit(1);
	sleep(1); /* no */
	now = time(NULL) + uptime(1); clock_id = CLOCK_REALTIME;
/* TODO: short */
/* TODO: what is missing is said at length here */
C
cat >main.c <<'C'
/* main.c - a */
#include "upgrader/run.h"
	exit(1);
C
printf '/* cmd */\n#include "reports/model.h"\n' >scanner/cmd_scan.c
mkdir scanner/policy
printf '/* p */\n#include "scanner/checks/checks.h"\n#include "scanner/recheck.h"\n#include "store/engine/db.h"\n' >scanner/policy/p.c
printf '/* db.c */\n#include <sqlite3.h>\n#include "base/err.h"\n#include "store/tx.h"\n' >lib/store/engine/db.c
printf '\tsleep(1);\n\tcalloc(1, 1);\n\tassert(1);\n' >>lib/store/engine/db.c
printf '/* t */\n\tatoi("1"); malloc(1); time(0);\n' >tests/t.c
found banned <<'FOUND'
scanner/calls.c:9: a banned call
tests/t.c:2: a banned call
scanner/calls.c:10: use xmalloc() and its like (base/mem.h)
lib/store/engine/db.c:6: use xmalloc() and its like (base/mem.h)
lib/store/engine/db.c:7: INSIST() says how to go on (base/insist.h)
scanner/calls.c:11: only main() and lib/base end the process
scanner/calls.c:12: no sleeping
scanner/calls.c:13: clocks are read in lib/base/clock.c only
scanner/calls.c:14: a TODO says what is missing and when it is worth doing
FOUND
found layers <<'FOUND'
scanner/calls.c:3: scanner must not include "upgrader/run.h"
scanner/calls.c:4: <sqlite3.h> belongs to lib/store/engine/
scanner/policy/p.c:3: scanner/policy must not include "scanner/recheck.h"
scanner/policy/p.c:4: scanner/policy must not include "store/engine/db.h"
lib/store/engine/db.c:4: lib/store/engine must not include "store/tx.h"
FOUND

# --- headers ---
printf '#ifndef GOOD_H\n#define GOOD_H\nint a;\n#endif\n' >scanner/good.h
printf '#ifndef NAMED_H\n#define OTHER_H\nint a;\n#endif\n' >scanner/named.h
printf 'int a;\n' >scanner/open.h
printf '#ifndef NEEDS_H\n#define NEEDS_H\n#ifndef GOOD_H\n#error alone\n#endif\n#endif\n' >scanner/needs.h
: >scanner/nothing.h
found headers <<'FOUND'
scanner/named.h:1: no include guard
scanner/open.h:1: no include guard
scanner/nothing.h:1: no include guard
scanner/needs.h:1: does not compile alone: ./scanner/needs.h:4:2: error: #error alone
FOUND

# --- SQL ---
rm -r scanner/* lib/store/engine/db.c main.c
cat >lib/store/schema/0001.sql <<'SQL'
-- 0001.sql - integer, in a comment
create table host (
	id	bigint primary key,
	name	text not null, -- now()
	seen	bigint,
	size	integer
);
SQL
cat >lib/store/host.c <<'C'
/* integer; now() */
	integer = run("select id from host where name = $1 order by seen");
	run("select id from host where a" "b like $1 order by id, seen nulls last");
	run("select id from host"
	    " where lower(name) like $1 and id = ?1 and 'now' = $2");
	run("insert or ignore into host values (\"now()\")");
C
printf '/* quiet.c */\n\tlog("integer now()");\n' >lib/store/quiet.c
printf '/* a.c */\n\tlog("we select some from");\n\trun("select id from host");\n\trun("update host set id = 1");\n' >scanner/a.c
found sql <<'FOUND'
lib/store/schema/0001.sql:6: SQL: type: use bigint, text or bytea
lib/store/host.c:2: SQL: a column that may be null is ordered without nulls last
lib/store/host.c:3: SQL: like ignores case on one side only: lower() both
lib/store/host.c:5: SQL: parameters are $1, $2
lib/store/host.c:5: SQL: times are parameters
lib/store/host.c:6: SQL: times are parameters
lib/store/host.c:6: SQL: use on conflict
scanner/a.c:3: SQL is spoken in lib/store only
scanner/a.c:4: SQL is spoken in lib/store only
FOUND

# --- shell, PowerShell, cppcheck ---
rm -r lib scanner/* tests/*
printf '#!/usr/bin/env bash\n# a\necho $1\n' >scripts/unquoted
printf '# lib.sh - a\n# shellcheck shell=bash\necho "a" $1\n' >tests/lib.sh
printf 'text\n#!/bin/sh\necho $1\n' >docs/shell.md
printf '#!/usr/bin/awk -f\n# a\n{ print $1 }\n' >scripts/not.sh.awk
found shell shellcheck <<'FOUND'
scripts/unquoted:3:6: note: Double quote to prevent globbing and word splitting. [SC2086]
tests/lib.sh:3:10: note: Double quote to prevent globbing and word splitting. [SC2086]
FOUND
cat >scanner/p.ps1 <<'PS'
# p.ps1 - $a -match 'b'
if ($a -match 'b') { }
	# $a -replace 'b'
$a -creplace '^b$', 'c' # $a -match 'b'
[regex]::Escape('\d')
[int]::Parse($a)
[int]::Parse($a, $InvariantCulture); $a.ToLower(); $a.IndexOf('b')
$a.IndexOf('b', [StringComparison]::Ordinal)
function Get-MarshalKey { New-Object Security.Cryptography.SHA256CryptoServiceProvider }
$a.$b
PS
cp scanner/p.ps1 tests/t.ps1
found powershell <<'FOUND'
scanner/p.ps1:2: case by culture: -cmatch and its like, or [regex] with IgnoreCase, CultureInvariant
scanner/p.ps1:4: a line feed may follow $: use \z
scanner/p.ps1:5: digits of all scripts: use [0-9]
scanner/p.ps1:6: parsed by culture: say InvariantCulture
scanner/p.ps1:7: case by culture: use ToLowerInvariant or ToUpperInvariant
scanner/p.ps1:7: a search by culture: say Ordinal, or [char]
scanner/p.ps1:9: PowerShell logs a block with this word: take another (scripts/logged-words.txt)
scanner/p.ps1:10: PowerShell logs a block with a member by a variable: name it
FOUND
printf '/* a */\nint f(void)\n{\n\tint a[2] = {0, 0};\n\treturn a[2];\n}\n' >scanner/f.c
found cpp cppcheck <<'FOUND'
scanner/f.c:5: Array 'a[2]' accessed at index 2, which is out of bounds. [arrayIndexOutOfBounds]
FOUND

# --- hardening ---
mkdir -p build/release/lib/base
cat >docs/main.c <<'C'
#include <stdio.h>
int print(const char *text, int width);
int print(const char *text, int width)
{
	char line[40];

	return snprintf(line, sizeof(line), "%*s", width, text) + puts(line);
}
int main(int argc, char **argv) { return print(argv[0], argc); }
C
cat >docs/mem.c <<'C'
#include <stdlib.h>
#include <string.h>
char *copied(const char *text, size_t len);
char *copied(const char *text, size_t len)
{
	char *copy = malloc(len + 1);

	return copy ? memcpy(copy, text, len) : NULL;
}
C
protected=()
[ "$(uname -m)" != x86_64 ] || protected=(-fcf-protection=full)
# built_with OPTION...: a program as the Makefile makes it, but for the options.
built_with() {
	local to=build/release
	local options=(-O2 -g -fPIE -fstack-protector-strong "${protected[@]}" -fstack-clash-protection
		-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 "$@")
	rm -f "$to/libmarshal.a"
	cc "${options[@]}" -c docs/main.c -o "$to/main.o" &&
		cc "${options[@]}" -c docs/mem.c -o "$to/lib/base/mem.o" &&
		ar rc "$to/libmarshal.a" "$to/lib/base/mem.o" &&
		cc -pie -Wl,-z,relro,-z,now,-z,noexecstack "${options[@]}" "$to/main.o" "$to/libmarshal.a" \
			-o "$to/marshal"
}
if ! readelf --version >"$work/out" 2>&1 || ! built_with >"$work/out" 2>&1; then
	skip "lint hardening finds what is missing" "this compiler has not all of it"
else
	found hardening </dev/null
	built_with -no-pie
	found hardening <<<"build/release/marshal: no position-independent program (-pie)"
	built_with -Wl,-z,norelro
	found hardening <<<"build/release/marshal: no read-only relocations (-z relro)"
	built_with -Wl,-z,lazy
	found hardening <<<"build/release/marshal: functions are bound late (-z now)"
	built_with -Wl,-z,execstack
	found hardening <<<"build/release/marshal: its stack can be run (-z noexecstack)"
	built_with -fno-stack-protector
	found hardening <<<"build/release/marshal: no stack protector (-fstack-protector-strong)"
	built_with -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
	found hardening <<'FOUND'
build/release/lib/base/mem.o: memory of a size known at run time is not fortified (_FORTIFY_SOURCE=3)
FOUND
	built_with -U_FORTIFY_SOURCE
	found hardening <<'FOUND'
build/release/marshal: nothing is fortified (_FORTIFY_SOURCE)
build/release/lib/base/mem.o: memory of a size known at run time is not fortified (_FORTIFY_SOURCE=3)
FOUND
	built_with -fno-stack-clash-protection
	found hardening <<'FOUND'
build/release/main.o: no record of stack clash protection (-fstack-clash-protection)
build/release/libmarshal.a(mem.o): no record of stack clash protection (-fstack-clash-protection)
FOUND
	built_with -g0
	found hardening <<'FOUND'
build/release/main.o: no record of stack clash protection (-fstack-clash-protection)
build/release/libmarshal.a(mem.o): no record of stack clash protection (-fstack-clash-protection)
FOUND
	if [ ${#protected[@]} -gt 0 ]; then
		built_with -fcf-protection=none
		found hardening <<'FOUND'
build/release/main.o: no control-flow protection (-fcf-protection)
build/release/libmarshal.a(mem.o): no control-flow protection (-fcf-protection)
FOUND
	fi
fi
rm -r build

# --- docs: each answer to a statement, and each test of one, is there ---
mkdir -p scanner/{checks,explain,facts} lib/store reports tests/unit lib/transport
echo '	row(CLOCK, "os.clock", judge_clock)' >scanner/checks/check_rows.h
printf '	{ AGENT, 130003, NULL,\n	{ WINDOWS, 0x800423F2, "X",\n' >scanner/explain/codes_a.c
printf '	{ 24, "volsnap", "no space",\n' >scanner/explain/events.c
printf '/* a.c - a. */\nconst char *a = "restore;recover";\n' | tee scanner/explain/guides.c >scanner/explain/pasted.c
echo 'row(STAGED, "staged")' >lib/store/outcomes.h
echo 'row(REBOOT, "reboot", ", ",' >scanner/duties.h
echo 'row(versions, VERSIONS, 1)' >reports/columns.h
printf '	{ "fail-on", 0, OPT_LIST,\n	.name = "test wsb",\n' >reports/cmd_a.c
echo 'ROW("os.clock", V_PASS)' >tests/unit/test_a.c
printf '	row(NEW, "new-status", \n	row(WARNS, "warns", \n' >scanner/statuses.h
printf '	row(INFO, "info", \n' >scanner/checks/verdicts.h
echo '{ "except", TEXT }' >scanner/facts/fact_rows.h
echo 'call wait fast Wait' >lib/transport/scripts.txt
cat >docs/changes.md <<'PAGE'
| what | until 0.1.0 | now | the old word |
| --- | --- | --- | --- |
| status | `old-status` | `new-status` | gone |
| severity | `informs` | `info` | gone |
| member | `bypass` | `except` | gone |
| call | `waits` | `wait`, `wait-more` | gone |
| column | `old` | `new` | gone |
| status | `warns` | `news` | gone |
PAGE
cat >docs/documents.md <<'PAGE'
| the document | answered by | shown by |
| --- | --- | --- |
| all are there | `check os.clock`, `code 130003`, `code 0x800423F2`, `event 24`, `explain Restore` | `tests/unit/test_a.c: ROW("os.clock"` |
| these too | `step staged`, `duty reboot`, `report versions`, `option --fail-on`, `command test wsb`, `say restore;re` | `tests/unit/test_a.c: os.clock` |
| none is | `check os.clocks`, `code 13000`, `event 2`, `explain backup`, `step stage`, `duty boot` | `tests/unit/test_a.c: os.clocks` |
| nor is one here | `report version`, `option --fail`, `command test`, `say store; re`, `hope all` | `tests/unit/test_b.c: ROW` |
| hope | hope | `tests/unit/test_a.c: ROW` |
| no test | `check os.clock` | somebody looked |
| of the source | `check os.clock` | `tests/unit/test_a.c: V_PASS` |
PAGE
printf 'new-status, once of old\n   statuses; `informs` is\nan old word, as a bypass is none;\nprobe print waits, probe print waits-on\n' >docs/words.md
printf '/* b.c - b. */\nconst char *b = "an old "\n\t"status";\nconst char *c = "set TrustedHosts, not TrustedHostsFile";\n' >reports/b.c
found docs <<'FOUND'
docs/words.md:2: docs/changes.md has another word for this
docs/words.md:4: docs/changes.md has another word for this
reports/b.c:3: docs/changes.md has another word for this
reports/b.c:4: TrustedHosts is never advised
docs/changes.md:6: there is no call wait-more
docs/changes.md:7: there is no column new
docs/changes.md:8: status warns is there
docs/changes.md:8: there is no status news
docs/documents.md:5: there is no check os.clocks
docs/documents.md:5: there is no code 13000
docs/documents.md:5: there is no duty boot
docs/documents.md:5: there is no event 2
docs/documents.md:5: there is no explain backup
docs/documents.md:5: there is no step stage
docs/documents.md:5: there is no tests/unit/test_a.c: os.clocks
docs/documents.md:6: there is no command test
docs/documents.md:6: there is no hope all
docs/documents.md:6: there is no option --fail
docs/documents.md:6: there is no report version
docs/documents.md:6: there is no say store; re
docs/documents.md:6: there is no tests/unit/test_b.c: ROW
docs/documents.md:7: nothing answers this
docs/documents.md:8: no test shows this
docs/documents.md:9: nobody sees a V_PASS
FOUND
rm -r scanner/checks scanner/explain scanner/duties.h scanner/statuses.h scanner/facts/fact_rows.h lib/transport/scripts.txt
rm -r upgrader reports tests/unit docs/documents.md docs/changes.md docs/words.md

# --- without --all ---
git add . && git -c user.name=lint -c user.email=lint@localhost commit -q -m faults
printf '# new\n$a -match 1\n' >scanner/new.ps1
is "without --all what differs from the commit before is looked at" \
	"$(scripts/lint powershell | grep -c '^scanner/')" 9
git -c user.name=lint -c user.email=lint@localhost commit -q --allow-empty -m nothing
is "and nothing of what was there before" "$(scripts/lint powershell lengths layers headers sql)" \
	"lint powershell:
scanner/new.ps1:2: case by culture: -cmatch and its like, or [regex] with IgnoreCase, CultureInvariant
lint: 1 findings"
