#!/usr/bin/env bash
# What tests/run says of tests that fail, over a few small ones in a tree of its own: little, and at
# the end enough to know what failed.
. "$(dirname "$0")/lib.sh"

unset MODE VERBOSE SCENARIO_LIMIT
tree=$work/tree
mkdir -p "$tree"/{tests/scenario,build/release}
cp "$root/tests/run" "$tree/tests"
scenario() { { echo '#!/bin/sh'; cat; } >"$tree/tests/scenario/$1.sh"; chmod +x "$tree/tests/scenario/$1.sh"; }
scenario good <<<'echo "ok - a thing"'
scenario none <<<'echo "a word"'
scenario cut <<<'echo "ok - before"; seq -f "line %g" 50; exit 3'
scenario skips <<<'echo "skip - a thing: there is no tool"'
scenario bad <<'SH'
seq -f "ok - early %g" 50
echo "not ok - first"
echo "got:    1"
echo "wanted: 2"
echo "not ok - second"
seq -f "much %g" 80
seq -f "ok - late %g" 50
exit 1
SH
scenario crash <<'SH'
seq -f "ok - early %g" 50
echo "ERROR: AddressSanitizer: heap-use-after-free"
seq -f "#%g in main" 80
exit 1
SH
cat >"$tree/build/release/check" <<'SH'
#!/bin/sh
[ "$UNIT_PART" = 1/2 ] || { echo 'ok 1 - tests/unit/b.c:b:it_holds: Passed' >"$CK_TAP_LOG_FILE_NAME"; exit 0; }
{
	echo 'ok 1 - tests/unit/a.c:a:it_holds: Passed'
	echo 'not ok 2 - tests/unit/a.c:a:it_fails: Assertion failed'
} >"$CK_TAP_LOG_FILE_NAME"
seq -f "word %g" 100
exit 1
SH
chmod +x "$tree/build/release/check"

exits "a failure is the runner's too" 1 "$tree/tests/run"
is "the end says what was skipped and what failed, and counts" "$(sed -n '/^skipped:/,$p' "$work/out")" \
"skipped:
    a thing: there is no tool
failed:
    units: tests/unit/a.c:a:it_fails: Assertion failed
    scenario-bad: first
    scenario-bad: second
    scenario-crash: ended with 1
    scenario-cut: ended with 3
    scenario-none: tested nothing
154 passed, 6 failed, 1 skipped"
is "and five scenarios with their times" \
	"$(sed -n '/^slowest:/,/^skipped:/p' "$work/out" | grep -c '^    scenario-[a-z]*: [0-9]* s$')" 5
is "around failures three lines stand, and what follows, up to a limit" \
	"$(sed -n '/^scenario-bad:/,/^scenario-crash:/p' "$work/out" | sed 's/([0-9]* s)/(s)/; /much 4$/,/much 38/d')" \
"scenario-bad: 100 passed, 2 failed (s)
    ok - early 48
    ok - early 49
    ok - early 50
    not ok - first
    got:    1
    wanted: 2
    not ok - second
    much 1
    much 2
    much 3
    much 39
scenario-crash: 50 passed, 1 failed (s)"
has "a sanitizer's report is shown from its begin" "$work/out" "    #39 in main"
hasnt "and not whole" "$work/out" "#40 in main"
is "of what ended without a failure the last 30 lines are shown" \
	"$(grep -c '^    line' "$work/out"; grep '^    line' "$work/out" | head -n 1)" "30
    line 21"
is "of unit tests too" "$(grep -c '^    word' "$work/out")" 30
VERBOSE=1 exits "the whole is there for who asks" 1 "$tree/tests/run" bad cut
is "with every line" "$(grep -c '^    ok - late\|^    line\|^    much' "$work/out")" 180
exits "what holds ends well" 0 "$tree/tests/run" good skips
hasnt "and names no failures" "$work/out" "failed:"
