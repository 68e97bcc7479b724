#!/usr/bin/env bash
# db.sh - looking after the database: what is in it, a copy of it while a scan writes, taking out
# what only repeats, and that a copy is as good as the original.
# shellcheck source=tests/scenario/fleetlib.sh
. "$(dirname "$0")/fleetlib.sh"

mkdir -p "$F/hosts"
for name in web01 web02 sql01; do
	"$SIMHOST" --state "$name" >"$F/hosts/$name.json"
done
cat >"$inventory" <<END
all:
  vars: {ansible_connection: local, marshal_program: $SIMHOST}
  hosts: {web01: , web02: , sql01: }
END
export MARSHAL_FLEET=$F
db() { "$MARSHAL" --db "$DB" db "$@"; }

exits "there is nothing to copy yet" 3 db backup "$work/copy.db"
exits "nor to prune" 3 db prune
exits "nor to tell" 3 db info
check "and nothing was made" test ! -e "$DB"

exits "a scan" 0 marshal scan
exits "what is in it" 0 db info
has "is told by table" "$work/out" "finding_past"
exits "also as JSON" 0 db info --json
is "with its looks" "$(jq -r '.tables.look, (.oldest_look <= .newest_look)' "$work/out" | paste -sd' ')" "3 true"

# --- a copy while a scan writes --------------------------------------------------------------
for name in web01 web02 sql01; do set_state "$name" faults.probe=slow:1500; done
marshal scan >/dev/null 2>&1 &
scan=$!
exits "a copy while a scan is at work" 0 db backup "$work/copy.db"
has "is checked" "$work/out" "checked"
wait "$scan"
is "its mode" "$(stat -c %a "$work/copy.db")" 600
is "it stands alone" "$(find "$work" -name 'copy.db*' | wc -l)" 1
exits "nobody's copy is replaced" 2 db backup "$work/copy.db"
has "without being told to" "$work/err" "--force"
exits "but with it" 0 db backup --force "$work/copy.db"
is "the copy holds what the original does" "$(sqlite3 "$work/copy.db" "select count(*) from look")" "$(sql "select count(*) from look")"
exits "nothing is wrong with it" 0 "$MARSHAL" --db "$work/copy.db" db check
sqlite3 "$work/copy.db" "update word set id = -1 where id = 1"
exits "what is wrong is said" 3 "$MARSHAL" --db "$work/copy.db" db check
has "by table and column" "$work/out" "table 'word', column 'id': 1 rows with an id that is none"
has "with what to do" "$work/err" "restore it from a copy"
exits "and no report is made from it" 3 "$MARSHAL" --db "$work/copy.db" report checks
has "but sent to the check" "$work/err" "db check"
exits "the copy is made anew" 0 db backup --force "$work/copy.db"
: >"$work/empty.db"
for command in "report compliance" "db info" "db check" "db backup $work/other.db" recheck; do
	# shellcheck disable=SC2086
	exits "an empty file is no database to $command" 3 "$MARSHAL" --db "$work/empty.db" $command
	has "and it says so" "$work/err" "is empty and no database"
done
exits "reports can be made from it" 0 "$MARSHAL" --db "$work/copy.db" report compliance
exits "the database is no place for its own copy" 2 db backup --force "$DB"
exits "nor is a folder that is not there" 3 db backup "$work/none/copy.db"
exits "a file that is no database" 3 "$MARSHAL" --db "$inventory" db backup "$work/other.db"
is "leaves nothing" "$(find "$work" -name 'other.db*' | wc -l)" 0

# --- what only repeats -----------------------------------------------------------------------
# two years ago the same was seen a hundred nights
sqlite3 "$DB" "with recursive n(i) as (select 1 union all select i + 1 from n where i < 100)
	insert into look (host, utc_ms, source, took_ms, fault)
	select id, (strftime('%s', 'now') - 730 * 86400 + i * 86400) * 1000, 'scan', 1, '' from host, n"
exits "pruning can be tried" 0 db prune --keep 400d --dry-run
has "what would go" "$work/out" "looks would be removed:       294"
is "is still there" "$(sql "select count(*) from look where utc_ms < (strftime('%s', 'now') - 400 * 86400) * 1000")" 300
exits "it is done" 0 db prune --keep 400d --vacuum --json
is "as was said" "$(jq -c '[.looks, .looks_kept, .dry_run]' "$work/out")" "[294,6,false]"
is "the first and the last stay" "$(sql "select count(*) from look where utc_ms < (strftime('%s', 'now') - 400 * 86400) * 1000")" 6
exits "nothing is left to do" 0 db prune --keep 400d
has "the second time" "$work/out" "looks removed:       0"
exits "a time too short is refused" 2 db prune --keep 1h
exits "days without their unit are asked for" 2 db prune --keep 400
has "with the unit" "$work/err" "--keep 400: give a unit: 400d"
exits "and reports are as before" 0 marshal report compliance
is "no process is left on record" "$(sql "select count(*) from process")" 0
