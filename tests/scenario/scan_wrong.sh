#!/usr/bin/env bash
# A scan that cannot work says why and what to do, and nothing that was stored is lost.
. "$(dirname "$0")/fleetlib.sh"

fleet_start --hosts 5
# wrong STATUS MESSAGE HINT ARGUMENTS... of marshal
wrong() {
	local want=$1 message=$2 hint=$3
	shift 3
	exits "'${*##*/}' ends with $want" "$want" "$MARSHAL" "$@"
	has "  the message" "$work/err" "$message"
	has "  what to do" "$work/err" "$hint"
	check "  and no result" test ! -s "$work/out"
}
at=(-i "$inventory" --db "$DB")

# --- usage: nothing is done ------------------------------------------------------------------
help='see `marshal scan --help`'
wrong 2 "--jobs: '0' is no number from 1 to 100000" "$help" "${at[@]}" scan --jobs 0
wrong 2 "--limit 'prob=1s': expected name, connect," "$help" "${at[@]}" scan --limit prob=1s
wrong 2 "--limit 'probe=0': expected a time from 1ms to 24h" "$help" "${at[@]}" scan --limit probe=0
wrong 2 "--deadline: 'soon' is no time" "$help" "${at[@]}" scan --deadline soon
wrong 2 "is not between 1 ms and 30 d" "$help" "${at[@]}" scan --deadline 31d
wrong 2 "--host-key 'maybe': expected strict or accept-new" "$help" "${at[@]}" scan --host-key maybe
wrong 2 "--target 'new': expected a version such as 2.0.9938.0" "$help" "${at[@]}" scan --target new
wrong 2 "no option --job; did you mean --jobs?" "$help" "${at[@]}" scan --job 5
wrong 2 "no host or group matches 'web09': did you mean 'web01'?" '`marshal inventory list` shows' "${at[@]}" scan web09
check "no database was made by any of these" test ! -e "$DB"

# --- inventories -----------------------------------------------------------------------------
wrong 2 "no inventory is named" "give -i FILE or set MARSHAL_INVENTORY" --db "$DB" scan
wrong 2 "cannot open '$work/none.yaml': No such file" "check the path" -i "$work/none.yaml" --db "$DB" scan
printf 'all:\n  hosts:\n    web01: {marshal_skip: perhaps}\n' >"$work/bad.yaml"
wrong 2 "bad.yaml:3:13: marshal_skip is 'perhaps': expected yes or no" "correct the file" \
	-i "$work/bad.yaml" --db "$DB" scan
printf 'all: [\n' >"$work/bad.yaml"
wrong 2 "bad.yaml:2:1: " "correct the file" -i "$work/bad.yaml" --db "$DB" scan
check "still no database" test ! -e "$DB"
# what is wrong with one host is that host's alone
printf 'all:\n  hosts:\n    web01: {marshal_clod: china}\n    web02: {marshal_skip: yes}\n' >"$work/bad.yaml"
exits "an unknown variable of ours" 1 "$MARSHAL" -i "$work/bad.yaml" --db "$work/one.db" scan
has "is the fault of its host" "$work/out" "unresolved-variable"
has "with its name" "$work/out" "unknown variable 'marshal_clod': did you mean 'marshal_cloud'?"

# --- databases -------------------------------------------------------------------------------
disk="check the database named by --db or MARSHAL_DB"
echo "a letter to my mother" >"$work/letter"
wrong 3 "'$work/letter' is no database of marshal" "name the database with --db" -i "$inventory" --db "$work/letter" scan
wrong 3 "'$work/letter' is no database of marshal: file is not a database" "name the database with --db" --db "$work/letter" db check
is "what was there is left alone" "$(cat "$work/letter")" "a letter to my mother"
wrong 3 "Is a directory" "$disk" -i "$inventory" --db "$work" scan
wrong 3 "cannot make folder '/proc/none'" "check free space, memory and rights" -i "$inventory" --db /proc/none/marshal.db scan
exits "a scan that works" 0 marshal scan
has "says that its database is new" "$work/err" "new database '$DB'"
exits "the next one" 0 marshal scan
hasnt "meets the same" "$work/err" "new database"
exits "with -q a lost one" 0 marshal --db "$work/lost.db" -q scan
has "is told all the same" "$work/err" "database '$work/lost.db' was not there: it is made anew"
exits "once" 0 marshal --db "$work/lost.db" -q scan
hasnt "alone" "$work/err" "anew"
cp "$DB" "$work/newer.db"
sqlite3 "$work/newer.db" "insert into schema_version values (99)"
before=$(sha256sum <"$work/newer.db")
wrong 3 "has schema 99, this marshal knows up to" "use the marshal that wrote it" -i "$inventory" --db "$work/newer.db" scan
is "and is not touched" "$(sha256sum <"$work/newer.db")" "$before"
if [ "$(id -u)" -ne 0 ]; then
	mkdir -m 500 "$work/closed"
	wrong 3 "Permission denied" "$disk" -i "$inventory" --db "$work/closed/marshal.db" scan
else
	skip "a folder without rights" "root has them all"
fi

# --- no room ---------------------------------------------------------------------------------
# facts before and after a scan that could not write: nothing of before is lost.
known() { sql "select h.name, w.name, f.value from fact f join host h on h.id = f.host
	join word w on w.id = f.name order by 1, 2"; }
known >"$work/before"
limited() { (ulimit -f "$1"; shift; exec "$MARSHAL" "$@"); }
few() (ulimit -n 60; marshal scan)
exits "too few descriptors are told" 3 few
has "and what to raise" "$work/err" "ulimit -n"
exits "a file size limit is told" 3 limited 8 "${at[@]}" scan
has "as what it is" "$work/err" "this was not stored, what was stored before is kept"
has "with what to do" "$work/err" "then repeat the command"
known >"$work/after"
check "and nothing is lost" cmp "$work/before" "$work/after"
if mkdir "$work/small" && mount -t tmpfs -o size=1500k none "$work/small" 2>"$work/mount"; then
	at_end umount "$work/small"
	DB=$work/small/marshal.db
	exits "a database on a small disk" 0 marshal scan
	known >"$work/before"
	dd if=/dev/zero of="$work/small/full" bs=1k 2>/dev/null
	exits "a full disk is told" 3 marshal scan
	has "as what it is" "$work/err" "no room to write to '$DB'"
	has "with what to do" "$work/err" "make room on the disk, then repeat the command"
	rm "$work/small/full"
	known >"$work/after"
	check "and nothing is lost" cmp "$work/before" "$work/after"
	exits "with room again it goes on" 0 marshal scan
	DB=$work/marshal.db
else
	skip "a full disk" "no tmpfs can be mounted here"
fi
exits "and the first database works still" 0 marshal scan
is "whole" "$(sql "pragma integrity_check")" ok
