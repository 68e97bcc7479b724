#!/usr/bin/env bash
# What runs left on servers: the check that says so, and `upgrade clean`, which takes it away - after a restore of an
# older database, beside another controller, under an installer, where obengine does not run, for a run that is not over.
. "$(dirname "$0")/lib.sh"

if [ ! -x /usr/sbin/sshd ]; then
	skip "what runs have left" "no /usr/sbin/sshd"
	exit 0
fi
fleet=$root/scripts/fleet
d=$work/fleet
at_end "$fleet" stop --dir "$d"
"$fleet" start --dir "$d" --hosts 8 >"$work/start" 2>&1 || { cat "$work/start"; exit 1; }
signed "$d"
export MARSHAL_INVENTORY=$d/inventory.yaml MARSHAL_DB=$work/marshal.db
state() { "$fleet" get --dir "$d" "$1" "$2"; }
set_state() { local h=$1; shift; "$fleet" set --dir "$d" "$h" "$@"; }
upgrade() { "$MARSHAL" upgrade "$@" --installer "$d/MARSAgentInstaller.exe" --limit install=60s --limit verify=6s --yes; }
clean() { "$MARSHAL" upgrade clean "$@" --yes; }
result() { jq -r --arg h "$1" '.hosts[] | select(.host == $h) | .result' "$work/out"; }
reason() { jq -r --arg h "$1" '.hosts[] | select(.host == $h) | .reason' "$work/out"; }
run_name() { "$MARSHAL" report run last --json 2>/dev/null | jq -r .summary.run; }
finding() { "$MARSHAL" show "$1" --json 2>/dev/null | jq -r '.findings[] | select(.check == "marshal.left-overs") | "\(.verdict) \(.evidence)"'; }
digits=0123456789abcdef
has_folder() { set_state "$1" "folders={\"marshal-$2-$digits\": {\"run\": \"$2\", \"owner\": \"Administrators\", \"inherited\": false}}"; }
has_task() { set_state "$1" "tasks={\"\\\\marshal\\\\$2\": {\"account\": \"SYSTEM\", \"at_boot\": true, \"due_utc_ms\": null, \"begun_utc_ms\": null, \"waits\": true}}"; }
# key HOST RUN AGE_MS ENGINE: its reservation, seen so long ago and held for ten minutes.
key() {
	local boot
	boot=$(state "$1" os.boot_utc_ms)
	set_state "$1" "marker={\"run\": \"$2\", \"controller\": \"other-00112233\", \"utc_ms\": 1790000000000, \"sha256\": \"x\",
		\"phase\": \"reserved\", \"since_utc_ms\": 1790000000000, \"seen_utc_ms\": 1790000000000, \"hold_ms\": 600000,
		\"seen_uptime_ms\": $(($(date +%s%3N) - boot - $3)), \"engine\": $4}"
}
left() { "$SIMHOST" --get "$d/hosts/$1.json" | jq -c '[(.tasks | keys), (.folders | keys), .marker.run]'; }

"$MARSHAL" scan all >"$work/scan" 2>&1
is "nothing is left on a server that no run met" "$(finding web01)" "pass no run of marshal left anything"
exits "hosts must be named" 2 clean
has "which is said" "$work/err" "name hosts"
exits "the option of that name" 2 "$MARSHAL" upgrade --clean web01
has "says what it is called" "$work/err" "marshal upgrade clean"
exits "nothing is left there" 0 clean web01 --json
is "web01: which is said" "$(result web01)" nothing-left

# --- a database that was restored from before the run ------------------------------------------
cp "$MARSHAL_DB" "$work/before.db"
set_state web01 install.seconds=1
exits "web01: is upgraded" 0 upgrade web01
run=$(run_name)
has_folder web01 "$run"
exits "a scan" 0 "$MARSHAL" scan web01
has "web01: a folder of a run that is over" <(finding web01) "warn of run $run, which is over: 1 folder"
key web01 "$run" 700000 '"running"'
rm -f "$MARSHAL_DB"*
cp "$work/before.db" "$MARSHAL_DB"
exits "a scan" 0 "$MARSHAL" scan web01
finding web01 >"$work/found"
has "web01: has left-overs" "$work/found" "warn of run $run, which this database does not know: "
has "web01: of all kinds" "$work/found" "1 folder, its reservation, since "
exits "what to do" 0 "$MARSHAL" show web01
has "is one command" "$work/out" "marshal upgrade clean web01"
exits "without a terminal nothing is done unasked" 2 "$MARSHAL" upgrade clean web01
has "what is known is said" "$work/out" "of run $run, which this database does not know"
has "and the way on" "$work/err" "--yes"
check "web01: all is there still" test "$(left web01)" != "[[],[],null]"
exits "it is taken away" 0 clean web01 --json
is "web01: which is said" "$(result web01)" cleaned
is "web01: nothing is there any more" "$(left web01)" '[[],[],null]'
is "web01: also by the look behind" "$(finding web01)" "pass no run of marshal left anything"
exits "the trail" 0 "$MARSHAL" show web01
has "says what was done" "$work/out" "what is left of run $run is taken away"
has "and what came of it" "$work/out" "gone: "

# --- another controller holds it -----------------------------------------------------------------
has_folder web02 20261001-old
key web02 20261105-abcd 0 null
exits "a server that is held" 1 clean web02 --json
is "web02: is left alone" "$(result web02)" held
is "web02: who holds it is said" "$(reason web02 | grep -c 'reserved by run 20261105-abcd of other-00112233')" 1
is "web02: all is there" "$(left web02)" "[[],[\"marshal-20261001-old-$digits\"],\"20261105-abcd\"]"
is "web02: the check says who" "$(finding web02 | grep -c '^pass reserved by run 20261105-abcd of other-00112233')" 1
# it comes between the look and the call
key web02 20261105-abcd 700000 null
set_state web02 faults.gate.new.sweep=hold
"$MARSHAL" upgrade clean web02 --yes --json >"$work/late.out" 2>"$work/late.err" </dev/null &
late=$!
lib_started+=("$late")
is_held() { [ "$(state web02 faults.gate.new.sweep)" = held ]; }
check "web02: the call is about to begin" within 20 is_held
key web02 20261106-late 0 null
set_state web02 faults.gate.new.sweep=go
status=0
wait "$late" || status=$?
cp "$work/late.out" "$work/out"
is "web02: who came in between holds it" "$status $(result web02) $(reason web02 | grep -c 'by run 20261106-late')" "1 held 1"
is "web02: all is there" "$(left web02)" "[[],[\"marshal-20261001-old-$digits\"],\"20261106-late\"]"
set_state web02 marker=null
exits "once it is given back" 0 clean web02 --json
is "web02: it goes" "$(result web02) $(left web02)" 'cleaned [[],[],null]'

# --- an installer, and a call --------------------------------------------------------------------
has_folder sql01 20261001-old
set_state sql01 installers.agent_installer=1
exits "under an installer" 1 clean sql01 --json
is "sql01: nothing is taken away" "$(result sql01) $(left sql01)" "at-work [[],[\"marshal-20261001-old-$digits\"],null]"
set_state sql01 installers.agent_installer=0
exec 8>"$d/hosts/sql01.json.call"
flock 8
exits "beside a call at work" 1 clean sql01 --json
is "sql01: nothing is taken away" "$(result sql01) $(left sql01)" "held [[],[\"marshal-20261001-old-$digits\"],null]"
exec 8>&-
exits "behind it" 0 clean sql01 --json
is "sql01: it goes" "$(result sql01) $(left sql01)" 'cleaned [[],[],null]'

# --- obengine does not run -----------------------------------------------------------------------
has_folder sql02 20261001-old
has_task sql02 boot-20261001-old
set_state sql02 services.obengine.state=1
exits "where obengine does not run, and nobody knows why" 1 clean sql02 --json
is "sql02: nothing is taken away" "$(result sql02) $(left sql02)" "obengine-stopped [[\"\\\\marshal\\\\boot-20261001-old\"],[\"marshal-20261001-old-$digits\"],null]"
key sql02 20261001-old 700000 '"running"'
exits "where such a run stopped it" 1 clean sql02 --json
is "sql02: the way to start it is said" "$(reason sql02 | grep -c 'marshal upgrade restore sql02')" 1
key sql02 20261001-old 700000 '"stopped"'
exits "where it was found stopped" 1 clean sql02 --json
is "sql02: a task that would start it stays" "$(result sql02) $(left sql02)" 'obengine-stopped [["\\marshal\\boot-20261001-old"],[],null]'
is "sql02: which is said" "$(reason sql02 | grep -c '^left there: boot-20261001-old, which would start obengine')" 1
is "sql02: and it is not started" "$(state sql02 services.obengine.state)" 1
set_state sql02 services.obengine.state=4
exits "once it runs" 0 clean sql02 --json
is "sql02: all of it goes" "$(result sql02) $(left sql02)" 'cleaned [[],[],null]'

# --- a reservation of what is no run -----------------------------------------------------------------
key web02 OLD_Run 700000 '"running"'
exits "a reservation that names no run" 0 clean web02 --json
is "web02: it goes" "$(result web02) $(left web02)" 'cleaned [[],[],null]'

# --- a run that is not over ----------------------------------------------------------------------
set_state app01 install.exit=1603 install.seconds=1
exits "app01: a run that halts" 4 upgrade app01
run=$(run_name)
has_folder app01 "$run"
key app01 "$run" 700000 '"running"'
before=$(left app01)
exits "what is of a run that is not over" 0 clean app01 --json
is "app01: is gone on with" "$(result app01) $(reason app01 | grep -c "marshal upgrade resume $run")" "nothing-left 1"
is "app01: nothing is taken away" "$(left app01)" "$before"
