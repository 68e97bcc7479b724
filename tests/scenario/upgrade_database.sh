#!/usr/bin/env bash
# The database of a run in its middle: another process has it to itself for a while, or until the run is interrupted; it can only be
# read; and the machine sleeps for so long that another run may have the host. Each time a clear word, nothing lost, the installer once.
# What waits for longer is played by make soak (SOAK=1).
. "$(dirname "$0")/fleetlib.sh"

fleet_start --hosts 6
signed "$F"
get() { "$SIMHOST" --get "$F/hosts/$1.json" "$2"; }
starts() { get "$1" log | grep -c 'installer .* started'; }
works() { [ "$(starts "$1")" -gt 0 ]; }
outcome() { sql "select j.outcome from job j join host h on h.id = j.host where h.name = '$1' order by j.id desc limit 1"; }
# in_state HOST STATE: by the journal, which a lock does not keep from being read
in_state() { [ "$(sql "select j.state from job j join host h on h.id = j.host where h.name = '$1' order by j.id limit 1")" = "$2" ]; }
is_whole() {
	is "$1: the installer ran once, obengine runs, nothing is left" \
		"$(get "$1" agent.version) $(starts "$1") $(get "$1" services.obengine.state) $(get "$1" folders)$(get "$1" tasks)$(get "$1" marker)" \
		'2.0.9938.0 1 4 {}{}null'
}
options=(--installer "$F/MARSAgentInstaller.exe" --limit console=2s --limit stop=4s --limit start=4s --limit verify=8s --yes --json)
begins() {
	MARSHAL_INVENTORY=$inventory MARSHAL_DB=$DB "$MARSHAL" upgrade "$@" "${options[@]}" >"$work/out" 2>"$work/err" </dev/null &
	marshal=$!
	lib_started+=("$marshal")
}
ends() {
	local status=0
	wait "$marshal" || status=$?
	is "$1" "$status" "$2"
}
# holds SECONDS: another process has the database to itself for so long, or until it is killed; it is $started
holds() {
	rm -f "$work/held"
	start python3 -c 'import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=20)
db.execute("begin exclusive")
open(sys.argv[2], "w").close()
time.sleep(float(sys.argv[3]))' "$DB" "$work/held" "$1"
	within 20 test -e "$work/held" || not_ok "another process has the database"
}

exits "a scan" 0 marshal scan all

# --- locked for a while -----------------------------------------------------------------------------
set_state web01 install.seconds=2
begins web01
check "web01: its installer works" within 20 works web01
holds 3
ends "a database that another process has for a while" 0
is "web01: is upgraded" "$(outcome web01)" upgraded
is_whole web01

# --- locked for good --------------------------------------------------------------------------------
if [ -n "${SOAK:-}" ]; then
	set_state app01 install.seconds=2
	begins app01
	check "app01: its installer works" within 20 in_state app01 installing
	holds 600
	check "a database that another process keeps is told" within 60 grep -q 'tried again and again (Ctrl-C twice: stop)' "$work/err"
	has "for how long too" "$work/err" "is locked by another writer for 30 s"
	check "and the run waits" kill -0 "$marshal"
	kill -INT "$marshal"
	within 5 grep -q 'no new host' "$work/err" || not_ok "the first Ctrl-C is heard"
	kill -INT "$marshal"
	ends "Ctrl-C twice ends it" 3
	kill "$started"
	wait "$started" 2>/dev/null
	check "app01: the journal is where it was" in_state app01 installing
	exits "a resume once it is free" 0 marshal upgrade resume last --yes --json
	is "app01: is upgraded" "$(outcome app01)" upgraded
	is_whole app01

	# --- asleep -----------------------------------------------------------------------------------------
	# Longer than a lease lasts, so another run may have the host; the server itself is still the first one's.
	set_state sql01 install.seconds=2
	begins sql01
	check "sql01: its installer works" within 20 in_state sql01 installing
	kill -STOP "$marshal"
	first=$(sql "select name from run order by id desc limit 1")
	sqlite3 "$DB" "pragma busy_timeout = 10000; update lease set until_ms = 1" >/dev/null
	MARSHAL_INVENTORY=$inventory MARSHAL_DB=$DB "$MARSHAL" upgrade sql01 "${options[@]}" >"$work/second" 2>"$work/second.err" </dev/null
	is "sql01: another run that may have the host meanwhile changes nothing" "$(jq '.hosts[0].changed' "$work/second") $(starts sql01)" "false 1"
	before=$(get sql01 log | wc -l)
	kill -CONT "$marshal"
	ends "the first, awake, has lost the host" 130
	has "and says so" "$work/err" "sql01: left to whoever has it now: host 'sql01' is not held by this process any more"
	is "sql01: nothing was changed there any more" "$(get sql01 log | sed "1,${before}d" | grep -cE 'told to|started|taken away|folder')" 0
	exits "its resume" 0 marshal upgrade resume "$first" --yes --json
	is_whole sql01
fi

# --- to be read alone -------------------------------------------------------------------------------
if [ "$(id -u)" = 0 ] && unshare --mount true 2>/dev/null; then
	set_state dc01 install.seconds=2
	begins dc01
	check "dc01: its installer works" within 20 in_state dc01 installing
	kill -9 "$marshal"
	wait "$marshal" 2>/dev/null
	cat >"$work/read-only" <<'END'
mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"
END
	folder=$(dirname "$DB")/kept
	mkdir "$folder"
	mv "$DB"* "$folder"
	DB=$folder/marshal.db
	before=$(get dc01 log | wc -l)
	exits "a resume from a file system that is read-only" 3 \
		env MARSHAL_INVENTORY="$inventory" MARSHAL_DB="$DB" unshare --mount sh "$work/read-only" "$folder" "$MARSHAL" upgrade resume last --yes --json
	has "says what is wrong" "$work/err" "for writing"
	has "with the database" "$work/err" "$DB"
	is "dc01: is not touched" "$(get dc01 log | wc -l)" "$before"
	exits "the same once it can be written" 0 marshal upgrade resume last --yes --json
	is_whole dc01
else
	skip "a database on a read-only file system" "no namespace of mounts for this user"
fi
