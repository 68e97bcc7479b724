#!/usr/bin/env bash
# Upgrades that are cut short: marshal killed in the middle of every kind of step, lines that break,
# Ctrl-C once and twice, a closed terminal. `upgrade resume` comes to the same end, and no installer is
# ever started twice.
. "$(dirname "$0")/lib.sh"

if [ ! -x /usr/sbin/sshd ]; then
	skip "upgrades that are cut short" "no /usr/sbin/sshd"
	exit 0
fi
fleet=$root/scripts/fleet
d=$work/fleet
at_end "$fleet" stop --dir "$d"
"$fleet" start --dir "$d" --hosts 24 >"$work/start" 2>&1 || { cat "$work/start"; exit 1; }
signed "$d"
# a server that takes part in no key exchange but that whose numbers it chooses
gex=$("$SIMHOST" --free-ports 1)
{ echo "KexAlgorithms diffie-hellman-group-exchange-sha256"; sed "s/^Port .*/Port $gex/" "$d/sshd_main"; } >"$work/sshd_gex"
start /usr/sbin/sshd -D -f "$work/sshd_gex" -E /dev/null
sed "s/]:[0-9]* /]:$gex /" "$d/known_hosts" >"$work/known_gex"
cat "$work/known_gex" >>"$d/known_hosts"
sed "s/web04: {ansible_host/web04: {ansible_port: 1, ansible_host/
	s/\(file0[12]: {\)ansible_host/\1ansible_port: $gex, ansible_host/" \
	"$d/inventory.yaml" >"$d/hosts.yaml"
export TMPDIR=$work             # a marshal that is killed leaves the folder of its doors
export MARSHAL_INVENTORY=$d/hosts.yaml MARSHAL_DB=$work/marshal.db
installer=(--installer "$d/MARSAgentInstaller.exe")
state() { "$fleet" get --dir "$d" "$1" "$2"; }
set_state() { local h=$1; shift; "$fleet" set --dir "$d" "$h" "$@"; }
logged() { "$fleet" log --dir "$d" "$1" | grep -c -e "$2"; }
has_log() { [ "$(logged "$1" "$2")" -gt 0 ]; }
upgrade() { "$MARSHAL" upgrade "$@" "${installer[@]}" --yes --json; }
outcome() { jq -r --arg h "$1" '.hosts[] | select(.host == $h) | .outcome' "$work/out"; }
job_state() { jq -r --arg h "$1" '.hosts[] | select(.host == $h) | .state' "$work/out"; }
# begins HOST...: an upgrade in the background; its process is $marshal, its output $work/out and err.
begins() {
	"$MARSHAL" upgrade "$@" "${installer[@]}" --yes --json >"$work/out" 2>"$work/err" </dev/null &
	marshal=$!
	lib_started+=("$marshal")
}
# The newest job of that host is in that state.
journalled_of() {
	[ "$(sqlite3 -readonly "$MARSHAL_DB" "select j.state from job j join host h on h.id = j.host where h.name = '$1' order by j.id desc limit 1")" = "$2" ]
}
killed() { kill -9 "$marshal"; wait "$marshal" 2>/dev/null; }
ends() { local got=0; wait "$marshal" || got=$?; is "$1" "$got" "$2"; }
is_whole() {
	is "$1: upgraded" "$(state "$1" agent.version)" 2.0.9938.0
	is "$1: the installer was started once" "$(logged "$1" 'installer .* started')" 1
	is "$1: obengine runs" "$(state "$1" services.obengine.state)" 4
	is "$1: nothing is left" "$(state "$1" folders)$(state "$1" tasks)$(state "$1" marker)" "{}{}null"
}
folder_there() { [ "$(state "$1" folders)" != "{}" ]; }
installing() { [ "$(state "$1" marker.phase)" = installing ]; }
is_new() { [ "$(state "$1" agent.version)" = 2.0.9938.0 ]; }

# --- killed ------------------------------------------------------------------------------------
# HOST, what makes the moment long, when it is there
kill_at() {
	local host=$1 slow=$2
	shift 2
	set_state "$host" install.seconds=2 ${slow:+"$slow"}
	begins "$host"
	check "$host: the moment comes ($*)" within 20 "$@" "$host"
	killed
	[ -z "$slow" ] || set_state "$host" "${slow%%=*}="
	exits "$host: killed at '$*', taken up again" 0 "$MARSHAL" upgrade resume last --yes --json
	is "$host: it is said so" "$(outcome "$host")" upgraded
	is_whole "$host"
}
stopped() { has_log "$1" "obengine told to stop"; }
kill_at web01 faults.stage-check=slow:3000 folder_there
kill_at web02 services.obengine.stop_ms=2000 stopped
kill_at web03 "" installing
kill_at sql01 faults.clean=slow:4000 is_new
exits "a whole run has nothing to take up" 0 "$MARSHAL" upgrade resume last --yes --json
is "and starts nothing" "$(logged sql01 'installer .* started')" 1

# A backup that began in the meantime forbids what was not begun yet.
set_state sql02 install.seconds=1 faults.stage-check=slow:3000
begins sql02
check "sql02: staged" within 20 folder_there sql02
killed
set_state sql02 faults.stage-check= backup.running=true
exits "sql02: a host is looked at again before it is changed" 1 "$MARSHAL" upgrade resume last --yes --json
is "sql02: and blocked for now" "$(outcome sql02)" blocked-now
is "sql02: what was staged is gone" "$(state sql02 folders)" "{}"
is "sql02: nothing was stopped" "$(logged sql02 'obengine told to')" 0

# --- lines that break --------------------------------------------------------------------------
set_state sql03 install.seconds=4 faults.install-wait=drop
begins sql03
check "sql03: the installer works" within 20 installing sql03
sleep 1
set_state sql03 faults.install-wait=
ends "sql03: a lost line costs a reconnect" 0
is_whole sql03
set_state sql04 install.seconds=1 faults.engine-cycle=drop
begins sql04
check "sql04: the line breaks in the middle" within 20 stopped sql04
set_state sql04 faults.engine-cycle=
ends "sql04: it is asked for obengine first, then goes on" 0
is_whole sql04

# --- refused before it began -------------------------------------------------------------------
set_state app05 install.seconds=1 install.others=true
begins app05
check "app05: the installer is refused, since another is at work" within 30 has_log app05 'installer refused'
killed
run=$(sed -n 's/^marshal: run \([0-9a-f-]*\)$/\1/p' "$work/err")
is "app05: obengine was not touched by it" "$(state app05 services.obengine.state)" 4
begins app05 --keep-going
ends "app05: no other run starts it" 1
is "app05: and says what is in the way" "$(outcome app05)" blocked-now
set_state app05 install.others=false
exits "app05: its task starts it again, and the run is taken up" 0 "$MARSHAL" upgrade resume "$run" --yes --json
is_whole app05
is "app05: again by the task alone, once" "$(logged app05 'started again by its task')" 1

exits "a host that is not there" 1 upgrade web04
is "web04: is unreachable" "$(outcome web04)" unreachable
fault_in() { "$MARSHAL" report "$@" --format json 2>/dev/null | jq -r '.rows[] | select(.host // .hosts | test("web04")) | .fault'; }
check "web04: its run says by which fault" test -n "$(fault_in run last)"
is "web04: the list of hosts says the same word" "$(fault_in compliance)" "$(fault_in run last)"
is "web04: and so do the faults" "$(fault_in faults)" "$(fault_in run last)"
exits "and tried again when told" 1 "$MARSHAL" upgrade resume last --yes --json

# --- a key exchange that is offered when asked for alone -------------------------------------------
if [ "${FLEET_WAY:-}" != winrm ]; then          # of the hosts' own sshd
set_state file01 install.seconds=1 faults.stage-check=slow:3000
begins file01 --group-exchange
check "file01: staged" within 20 folder_there file01
killed
set_state file01 faults.stage-check=
exits "file01: what was allowed when the run began is remembered" 0 "$MARSHAL" upgrade resume last --yes --json
is_whole file01
set_state file02 install.seconds=1
exits "file02: not allowed" 1 upgrade file02
is "file02: it is not reached" "$(outcome file02)" unreachable
exits "file02: nor when the run goes on" 1 "$MARSHAL" upgrade resume last --yes --json
has "file02: and why is said" "$work/out" "nothing in common with what is offered"
exits "file02: but when that is allowed now" 0 "$MARSHAL" upgrade resume last --yes --group-exchange --json
is_whole file02
fi

# --- what could not be cleaned up --------------------------------------------------------------
set_state dc03 install.seconds=1 install.exit=1603 faults.clean=blocked
exits "dc03: an installer that fails halts the run" 4 upgrade dc03
check "dc03: what could not be taken away is left" folder_there dc03
has "dc03: and who takes it away" "$work/err" "marshal upgrade resume "
exits "dc03: which finds it left still" 4 "$MARSHAL" upgrade resume last --yes --json
set_state dc03 faults.clean=
exits "dc03: and cleans up when it can" 4 "$MARSHAL" upgrade resume last --yes --json
is "dc03: the outcome stands" "$(outcome dc03)" failed
is "dc03: nothing is left" "$(state dc03 folders)$(state dc03 tasks)$(state dc03 marker)" "{}{}null"
set_state dc03 install.exit=0
exits "dc03: a new run is not in its way" 0 upgrade dc03
is "dc03: and upgrades it" "$(outcome dc03)" upgraded

# what follows has nothing to do with the way there: make soak plays it on each
[ -z "${FLEET_WAY:-}" ] || [ -n "${SOAK:-}" ] || exit 0

# --- Ctrl-C, a closed terminal -----------------------------------------------------------------
set_state app01 install.seconds=3
set_state app02 install.seconds=1
begins app01 app02
check "app01: the installer works" within 20 installing app01
check "app01: which is on record" within 20 journalled_of app01 installing
kill -USR1 "$marshal"
check "app01: who asks is told its step, and the limit of that" within 5 \
	grep -qE '^marshal: app01: installing, until 20[^ ]*Z at the latest; in flight for ' "$work/err"
has "and how far the run is" "$work/err" "marshal: upgrade: 0 of 2, 0 failed, 1 in flight"
kill -INT "$marshal"
ends "Ctrl-C ends a run" 130
has "and says what it does" "$work/err" "no new host is begun"
is "app01: the one in flight was finished" "$(outcome app01)" upgraded
is "app02: the next was not begun" "$(outcome app02)" not-started
is "the trail says who interrupted it" "$("$MARSHAL" report run last --format json |
	jq -c '[.summary.trail[] | .what, .actor] | unique')" "[\"begun\",\"interrupted\",\"$(id -un)\"]"
has "the way on is said" "$work/err" "marshal upgrade resume "
exits "which goes on" 0 "$MARSHAL" upgrade resume last --yes --json
is_whole app01
is_whole app02

set_state app03 install.seconds=6
begins app03
check "app03: the installer works" within 20 installing app03
# and the journal says so: the answer that it was started comes after it
check "app03: which is on record" within 20 journalled_of app03 installing
kill -INT "$marshal"
check "the first is heard" within 5 grep -q "no new host" "$work/err"
kill -INT "$marshal"
ends "Ctrl-C twice leaves it at work" 130
has "app03: what goes on there is said" "$work/err" "app03: left in state 'installing': an installer may work there: it ends by itself, and a task on the server starts obengine after it"
is "app03: under way" "$(outcome app03)$(job_state app03)" installing
check "app03: and lets it" installing app03
exits "app03: looked at again" 0 "$MARSHAL" upgrade resume last --yes --json
is_whole app03

set_state app04 faults.stage-check=slow:4000
begins app04
check "app04: staged" within 20 folder_there app04
kill -INT "$marshal"
check "the first is heard" within 5 grep -q "no new host" "$work/err"
kill -INT "$marshal"
ends "Ctrl-C twice before a change cancels" 130
is "app04: cancelled" "$(outcome app04)" cancelled
is "app04: and undone" "$(state app04 folders)" "{}"
is "app04: nothing was stopped" "$(logged app04 'obengine told to')" 0
set_state app04 faults.stage-check= install.seconds=1
exits "app04: begun anew" 0 "$MARSHAL" upgrade resume last --yes --json
is_whole app04

set_state dc01 install.seconds=2

begins dc01 file05
check "dc01: the installer works" within 20 installing dc01
kill -HUP "$marshal"
kill -TERM "$marshal"
ends "a closed terminal is a first Ctrl-C, a service manager no second" 130
is "dc01: the one in flight was finished" "$(outcome dc01)" upgraded
is "file05: the next was not begun" "$(outcome file05)" not-started
is_whole dc01
set_state file05 install.seconds=2
begins file05 --keep-going
check "file05: the installer works" within 20 installing file05
kill -HUP "$marshal"
ends "but not where it shall go on" 0
is_whole file05

# --- a run that died: told, shown and asked before it goes on --------------------------------
set_state sql05 agent.version=2.0.9070.0 install.seconds=6
set_state web05 agent.version=2.0.9070.0
"$MARSHAL" scan sql05 web05 >"$work/scan" 2>&1
begins sql05 web05 --note CHG0042
check "sql05: the installer works" within 20 installing sql05
check "sql05: which is on record" within 20 journalled_of sql05 installing
killed
exits "its report" 0 "$MARSHAL" report run last
has "says that it died" "$work/out" "state: died"
has "and is of that change" "$work/out" "note: CHG0042"
has "how it left the server" "$work/out" "left at 'installing': an installer may work there"
has "who was not begun" "$work/out" "the run died before its turn"
has "what it was begun with" "$work/out" "options: --first 1 --parallel 10"
has "and what goes on" "$work/out" "go on with: marshal upgrade resume "
exits "the night's scan" 0 "$MARSHAL" scan web01
has "says it too" "$work/err" ", and was last heard of at "
has "and how many it left" "$work/err" ": 1 host left in the middle, 1 not begun; how each was left: marshal report run "
exits "a dry run" 0 "$MARSHAL" upgrade resume last -n --parallel 2
has "says whose run it is" "$work/out" "begun by $(id -un) at "
has "and what became of it" "$work/out" "CHG0042, died; last heard of at "
has "what will be done on a host that was begun" "$work/out" "goes on from 'installing': an installer may work there"
has "and on one that was not" "$work/out" "begun from the start"
has "and how carefully" "$work/out" "with --first 1 --parallel 2"
is "it writes nothing" "$(sqlite3 -readonly "$MARSHAL_DB" "select text from event where kind = 'run' order by id desc limit 1")" begun
exits "without a terminal it does not go on unasked" 2 "$MARSHAL" upgrade resume last
has "and the way is said" "$work/err" "then say --yes"
exits "the old form" 2 "$MARSHAL" upgrade --resume last
has "names the new one" "$work/err" "no option --resume any more: marshal upgrade resume RUN"
exits "it goes on when told" 0 "$MARSHAL" upgrade resume last --yes --first 1 --json
is_whole sql05
is_whole web05
exits "its report" 0 "$MARSHAL" report run last --format json
hasnt "and no command says more of it" "$work/err" "died"
is "tells who went on, with what, and that it is done" "$(jq -c '[.summary.state, [.summary.trail[].what]]' "$work/out")" \
	'["done",["begun","resumed with --first 1","done"]]'

# --- what it refuses ---------------------------------------------------------------------
cp "$d/MARSAgentInstaller.exe" "$work/other.exe"
printf x >>"$work/other.exe"
exits "another installer is refused" 2 "$MARSHAL" upgrade resume last --installer "$work/other.exe"
has "and said" "$work/err" "not the installer this run began with"
mv "$d/MARSAgentInstaller.exe" "$d/away.exe"
exits "an installer that is gone" 2 "$MARSHAL" upgrade resume last
has "may be named elsewhere" "$work/err" "another copy with the same SHA-256"
mv "$d/away.exe" "$d/MARSAgentInstaller.exe"
exits "other options too" 2 "$MARSHAL" upgrade resume last --accept-stopped
exits "an unknown run" 2 "$MARSHAL" upgrade resume 19990101-0000
set_state dc02 install.seconds=4
begins dc02
check "dc02: the installer works" within 20 installing dc02
exits "a run that somebody carries out is theirs" 1 "$MARSHAL" upgrade resume last --yes
has "and they are named" "$work/err" "is being changed by"
ends "dc02: it is not disturbed" 0
is_whole dc02
