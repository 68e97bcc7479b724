#!/usr/bin/env bash
# history.sh - weeks of scans in one database, made by the generator of the bench: every report there
# is can be made from it, in every format, and says what happened.
. "$(dirname "$0")/lib.sh"

export YEAR=${YEAR:-$(dirname "$(readlink -f "$MARSHAL")")/year} YEAR_DB=$work/year.db
export YEAR_HOSTS=40 YEAR_NIGHTS=120
if [ ! -x "$YEAR" ]; then
	skip "reports over time" "no $YEAR: make year"
	exit 0
fi
marshal() { "$MARSHAL" --db "$YEAR_DB" "$@"; }

exits "months of scans, and every report on them" 0 "$root/tests/bench/history"
has "in one database" "$work/out" "Database: "
cp "$work/out" "$work/rows"
is "no report failed" "$(awk '/^(report|diff|show|db) / && $NF > 1' "$work/rows")" ""
check "there are reports" test "$(grep -c '^report ' "$work/rows")" -gt 10

exits "what is in it" 0 marshal db info --json
is "a look a night and host that is not skipped, most unchanged" \
	"$(jq -c '[.tables.look == 40 * 120, .tables.fact_past < .tables.look, .tables.scan]' "$work/out")" "[true,true,120]"
exits "the trend has a row a day" 0 marshal report history --json
is "of ninety days" "$(jq '.rows | length' "$work/out")" 90
jq -c .rows "$work/out" >"$work/trend"
is "on which the fleet was whole" "$(jq -c '[.rows[].hosts] | unique' "$work/out")" "[40]"
exits "pruning a part of it" 0 marshal db prune --keep 30d
exits "is possible" 0 marshal report history --json
is "and leaves the trend as it was" "$(jq -c .rows "$work/out")" "$(cat "$work/trend")"
