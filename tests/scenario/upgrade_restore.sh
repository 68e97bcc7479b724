#!/usr/bin/env bash
# Servers that a run left without obengine: who says so, in which words, and how it is started again - by
# run, by host, from another database by the key on the server. What somebody else stopped is left
# alone, and under an installer nothing is started.
. "$(dirname "$0")/lib.sh"

if [ ! -x /usr/sbin/sshd ]; then
	skip "servers left without obengine" "no /usr/sbin/sshd"
	exit 0
fi
fleet=$root/scripts/fleet
d=$work/fleet
at_end "$fleet" stop --dir "$d"
"$fleet" start --dir "$d" --hosts 8 >"$work/start" 2>&1 || { cat "$work/start"; exit 1; }
signed "$d"
sed 's/web01: {/web01: {marshal_limited_internet: no, /' "$d/inventory.yaml" >"$d/hosts.yaml"
export MARSHAL_INVENTORY=$d/hosts.yaml MARSHAL_DB=$work/marshal.db
limits=(--limit stop=4s --limit start=3s --limit install=60s --limit verify=6s)
state() { "$fleet" get --dir "$d" "$1" "$2"; }
set_state() { local h=$1; shift; "$fleet" set --dir "$d" "$h" "$@"; }
starts() { "$fleet" log --dir "$d" "$1" | grep -c -e 'obengine told to start'; }
engine() { state "$1" services.obengine.state; }
upgrade() { "$MARSHAL" upgrade "$@" --installer "$d/MARSAgentInstaller.exe" "${limits[@]}" --yes; }
restore() { "$MARSHAL" upgrade restore "$@" --yes; }
result() { jq -r --arg h "$1" '.hosts[] | select(.host == $h) | .result' "$work/out"; }
reason() { jq -r --arg h "$1" '.hosts[] | select(.host == $h) | .reason' "$work/out"; }
run_name() { "$MARSHAL" report run last --json 2>/dev/null | jq -r .summary.run; }
report() { "$MARSHAL" report "$@"; }
column() { jq -r --arg h "$1" '.rows[] | select(.host == $h) | .obengine_stopped_by' "$work/out"; }

"$MARSHAL" scan all >"$work/scan" 2>&1
exits "nothing was stopped yet" 0 report compliance
hasnt "and nobody says so" "$work/out" OBENGINE
is "nothing is on standard error" "$(cat "$work/err")" ""
exits "there is no such run and no such host" 2 restore 20200101-0000
exits "a run or hosts must be named" 2 restore
has "which is said" "$work/err" "name a run"

# --- an installer that leaves it stopped, and a start that is refused once ---------------------
set_state web01 install.seconds=1 install.service_state=1 faults.start=refuse
exits "web01: obengine is left stopped by the installer" 4 upgrade web01 --json
cp "$work/out" "$work/upgraded"
is "web01: the new agent is there" "$(state web01 agent.version)" 2.0.9938.0
is "web01: and obengine is not" "$(engine web01)" 1
run=$(run_name)
is "also to machines" "$(jq -c .obengine_stopped "$work/upgraded")" "{\"$run\":[\"web01\"]}"
has "the way to start it is said at once" "$work/err" "marshal upgrade restore $run"

said="run $run left obengine stopped on 1 host, where no backup runs: web01; start it with: marshal upgrade restore $run"
exits "a scan" 0 "$MARSHAL" scan all
is "says it first" "$(head -n 1 "$work/err")" "marshal: warning: $said"
set_state app01 faults.probe=blocked
exits "a scan with faults" 1 "$MARSHAL" scan all
is "says it before them" "$(head -n 1 "$work/err")" "marshal: warning: $said"
exits "a scan for machines" 1 "$MARSHAL" scan all --json
is "says it to machines" "$(jq -c .obengine_stopped "$work/out")" "{\"$run\":[\"web01\"]}"
set_state app01 faults.probe=
exits "show" 0 "$MARSHAL" show web01
is "says it first" "$(head -n 1 "$work/err")" "marshal: warning: $said"
has "and in its head" <(sed -n 2p "$work/out") "left stopped by run $run"
exits "show for machines" 0 "$MARSHAL" show web01 --json
is "has a field for it" "$(jq -r .obengine_stopped_by "$work/out")" "$run"

for report in "compliance" "run last"; do
	# shellcheck disable=SC2086 # two words
	for format in table csv json jsonl html; do
		exits "report $report as $format" 0 report $report --format "$format"
		is "says it first" "$(head -n 1 "$work/err")" "marshal: warning: $said"
		case $format in
		table) has "with a column" "$work/out" "OBENGINE STOPPED BY" ;;
		csv) is "with a column" "$(head -n 1 "$work/out" | tr -d '\r' | tr ',' '\n' | grep -cx obengine_stopped_by)" 1 ;;
		json) is "with a field" "$(column web01)" "$run" ;;
		jsonl) is "with a field" "$(jq -r 'select(.host == "web01") | .obengine_stopped_by' "$work/out")" "$run" ;;
		html) has "with a column" "$work/out" "OBENGINE STOPPED BY" ;;
		esac
		has "that names the run" "$work/out" "$run"
	done
done
exits "the report of the run" 0 report run last
has "says what to do" "$work/out" "marshal upgrade restore $run"
exits "gauges" 0 report compliance --format prometheus
has "count them" "$work/out" "marshal_hosts_obengine_stopped 1"
has "and name them" "$work/out" "marshal_host_obengine_stopped{host=\"web01\",obengine_stopped_by=\"$run\",owner="
exits "a monitor is alarmed" 2 "$MARSHAL" nagios
has "and told the host" "$work/out" "obengine-stopped 1 (web01)"
exits "so is whoever asks for that word" 1 report compliance --fail-on obengine-stopped
exits "any report says it first" 0 report checks
is "also one without hosts" "$(head -n 1 "$work/err")" "marshal: warning: $said"
is "nothing of all that started it" "$(engine web01)" 1

# --- restore ----------------------------------------------------------------------------------
exits "without a terminal nothing is started unasked" 2 "$MARSHAL" upgrade restore last
has "what is known is said" "$work/out" "left stopped by run $run"
has "and the way on" "$work/err" "--yes"
exits "a start that is refused again" 1 restore last --json
is "web01: is no success" "$(result web01)" failed
set_state web01 faults.start=
exits "by the last run" 0 restore last --json
is "web01: is started" "$(result web01)" started
is "web01: and runs" "$(engine web01)" 4
exits "once more there is nothing to do" 0 restore "$run" --json
is "web01: which is said" "$(result web01)" runs
exits "reports are silent again" 0 report compliance
hasnt "in the table" "$work/out" OBENGINE
is "and on standard error" "$(cat "$work/err")" ""
exits "the trail" 0 "$MARSHAL" show web01
has "says what was done" "$work/out" "obengine is started, which run $run left stopped"
has "and what came of it" "$work/out" "obengine runs again, which run $run had left stopped"

# --- stop, check, start that does not start -----------------------------------------------------
set_state web02 install.seconds=1 faults.start=refuse
exits "web02: obengine does not come back from its cycle" 4 upgrade web02
set_state web02 faults.start=
exits "by the host" 0 restore web02 --json
is "web02: it is started" "$(result web02)" started
is "web02: and runs" "$(engine web02)" 4

# --- what somebody else stopped -----------------------------------------------------------------
exits "what is left is taken away" 4 "$MARSHAL" upgrade resume last --yes
set_state web02 services.obengine.state=1
set_state sql01 services.obengine.state=1
before=$(starts web02)
exits "others stopped it" 1 restore web02 sql01 --json
is "web02: though we did so once" "$(result web02)" not-ours
is "sql01: it is left to a person" "$(reason sql01)" "obengine is stopped, but not by a run of marshal: left to a person"
is "web02: nothing is started" "$(engine web02) $(starts web02)" "1 $before"
is "sql01: nor there" "$(engine sql01)" 1
exits "a scan" 0 "$MARSHAL" scan all --json
is "blames nobody" "$(jq -c .obengine_stopped "$work/out")" "{}"

# --- from another database ------------------------------------------------------------------------
export MARSHAL_DB=$work/other.db
key() { printf 'marker={"run": %s, "utc_ms": 1, "sha256": "x", "phase": "installing", "engine": "%s"}' "$1" "$2"; }
set_state sql01 "$(key '"20261101-abcd"' running)"
set_state sql02 services.obengine.state=1 "$(key '"x; reboot"' running)"
set_state web02 "$(key '"20261101-abcd"' stopped)"
exits "another database" 0 "$MARSHAL" scan all --json
is "believes the key" "$(jq -c .obengine_stopped "$work/out")" '{"20261101-abcd":["sql01"],"unknown":["sql02"]}'
has "and says a way that can be copied" "$work/err" "marshal upgrade restore unknown"
exits "by a run that it never had" 0 restore 20261101-abcd --json
is "sql01: is started" "$(result sql01)" started
is "sql01: and runs" "$(engine sql01)" 4
exits "by the host" 0 restore sql02 --json
is "sql02: is started" "$(result sql02)" started
exits "a key that found it stopped" 1 restore web02 --json
is "web02: lays it at nobody's door" "$(result web02)" not-ours

# --- an installer at work ---------------------------------------------------------------------
set_state sql02 services.obengine.state=1 "$(key '"20261101-abcd"' running)" installers.agent_installer=1
before=$(starts sql02)
exits "under an installer" 1 restore sql02 --json
is "sql02: nothing is started" "$(result sql02) $(engine sql02) $(starts sql02)" "installer-at-work 1 $before"
has "and until when is said, or that nobody knows" "$work/out" "until when is not known"
set_state sql02 installers.agent_installer=0
exits "when it has ended" 0 restore sql02 --json
is "sql02: it is started" "$(result sql02) $(engine sql02)" "started 4"

# --- cut in its middle --------------------------------------------------------------------------
# ours HOST MS: left stopped by a run of ours, and takes so long to start.
ours() { set_state "$1" services.obengine.state=1 services.obengine.start_ms="$2" "$(key '"20261101-abcd"' running)"; }
begins() {
	"$MARSHAL" upgrade restore "$@" --yes --json >"$work/$1.out" 2>"$work/$1.err" </dev/null &
	restoring=$!
	lib_started+=("$restoring")
}
# ends TEXT STATUS PROCESS HOST: what it wrote is read by result and reason then.
ends() { local got=0; wait "$3" || got=$?; is "$1" "$got" "$2"; cp "$work/$4.out" "$work/out"; }
told() { [ "$(starts "$1")" -gt 0 ]; }
lose_line() { set_state "$1" away_until_utc_ms="$(($(date +%s%3N) + 1000))"; }
for host in file01 file02 app01 dc01; do
	is "$host: was never told to start" "$(starts "$host")" 0
done
# Another program has a database of its own for longer than a writer waits; the others go on meanwhile.
ours web01 3000
MARSHAL_DB=$work/busy.db "$MARSHAL" scan web01 >/dev/null 2>&1
before=$(starts web01)
MARSHAL_DB=$work/busy.db begins web01
waiting=$restoring
told_again() { [ "$(starts web01)" -gt "$before" ]; }
check "web01: the start is under way" within 20 told_again
coproc sqlite3 -batch "$work/busy.db"
lib_started+=("$COPROC_PID")
printf '.timeout 20000\nbegin immediate;\nselect 1;\n' >&"${COPROC[1]}"
read -r -t 20 -u "${COPROC[0]}" locked
is "web01: its database is taken" "${locked:-}" 1

ours file01 3000
ours file02 0
set_state file02 faults.engine-start=drop
begins file01 file02
lines=$restoring
check "file01: the start is under way" within 20 told file01
lose_line file01

ours app01 3000
begins app01
check "app01: the start is under way" within 20 told app01
kill -INT "$restoring"
check "Ctrl-C is heard" within 5 grep -q "no new host is begun; 1 in flight finishes" "$work/app01.err"
kill -INT "$restoring"
ends "Ctrl-C, once and twice, ends it as interrupted" 130 "$restoring" app01
is "app01: the start under way was waited for" "$(result app01) $(engine app01)" "started 4"

ours dc01 3000
begins dc01
check "dc01: the start is under way" within 20 told dc01
kill -INT "$restoring"
check "Ctrl-C is heard" within 5 grep -q "no new host is begun" "$work/dc01.err"
kill -INT "$restoring"
check "twice" within 5 grep -q "what was begun on a host is waited for" "$work/dc01.err"
lose_line dc01
ends "Ctrl-C twice and a lost line are no reason to try again" 130 "$restoring" dc01
is "dc01: is no success" "$(result dc01)" unreachable
has "dc01: and what is not known is said" "$work/out" "whether obengine was started is not known: "
set_state dc01 away_until_utc_ms=0
ours dc01 0     # it came to nothing
exits "dc01: a second call" 0 restore dc01 --json
is "dc01: finishes it" "$(result dc01) $(engine dc01)" "started 4"

ends "lines that are lost in the middle of a start" 1 "$lines" file01
is "file01: one that comes back is gone on with" "$(result file01) $(engine file01)" "started 4"
is "file01: nothing is started twice" "$(starts file01)" 1
is "file02: one that does not is no success" "$(result file02)" unreachable
has "file02: and what is not known is said" "$work/out" "whether obengine was started is not known: "
has "file02: in the log too" "$work/file01.err" "marshal: error: file02: unreachable: whether obengine was started is not known: "
exits "the trail" 0 "$MARSHAL" show file02
has "says what was about to be done" "$work/out" "obengine is started, which run 20261101-abcd left stopped"
has "and that its end is not known" "$work/out" "whether obengine was started is not known: "
set_state file02 faults.engine-start=
exits "a second call" 0 restore file01 file02 --json
is "finds both at work" "$(result file01) $(result file02)" "runs runs"

check "web01: a database that stays busy is said" within 60 grep -q "tried again" "$work/web01.err"
printf 'rollback;\n.quit\n' >&"${COPROC[1]}"
ends "web01: and waited for" 0 "$waiting" web01
is "web01: it was started once" "$(result web01) $(engine web01) $(($(starts web01) - before))" "started 4 1"
is "web01: which its trail says" "$(sqlite3 -readonly "$work/busy.db" "select count(*) from event where text like 'obengine runs again%'")" 1

# --- what cannot be started ------------------------------------------------------------------------
set_state sql01 services.obengine.state=1 services.obengine.start=4
exits "a disabled service" 1 restore sql01 --json
has "is said to be one" "$work/out" "disabled by now"
set_state sql01 services.obengine.exists=false
exits "no service" 1 restore sql01 --json
has "is said to be none" "$work/out" "does not exist"

# --- who is in flight ------------------------------------------------------------------------------
set_state web02 faults.all=hang
"$MARSHAL" upgrade restore web02 --yes --limit probe=3m >"$work/out" 2>"$work/err" &
waiting=$!
check "a restore minds who asks" within 20 minds_usr1 $waiting
check "who is told the hosts in flight" within 20 told_by $waiting "web02: run, until"
has "and how far it is" "$work/err" "restore: 0 of 1, 0 failed, 1 in flight"
kill -INT $waiting
check "Ctrl-C is heard" within 5 grep -q "no new host is begun; 1 in flight finishes (Ctrl-C again: only what" "$work/err"
kill -INT $waiting
status=0
wait $waiting || status=$?
is "twice it stops" "$status" 130
is "and says no line again" "$(grep -c 'no new host' "$work/err")" 1

"$fleet" stop --dir "$d" >/dev/null
exits "no server" 1 restore sql01 --json
is "is not reached" "$(result sql01)" unreachable
exits "for people" 1 restore sql01
has "with the next step" "$work/out" "next for sql01: marshal doctor says what stands in the way; then the same command again"
