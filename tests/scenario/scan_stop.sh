#!/usr/bin/env bash
# How a scan ends early: a deadline, limits, Ctrl-C, SIGTERM. What was seen by then is kept.
# alone: what is seen before a deadline of seconds is counted
. "$(dirname "$0")/fleetlib.sh"

fleet_start --hosts 20
for host in file01 sql01 web01; do
	set_state "$host" faults.probe=hang
done
ends_within() { # SECONDS TEXT, after timed
	check "$2" test "$took" -le "$1"
}
timed() { # TEXT STATUS COMMAND...
	local begin=$SECONDS
	exits "$@"
	took=$((SECONDS - begin))
}

timed "a deadline ends a scan with servers that hang" 1 marshal scan --deadline 2s
ends_within 10 "in time"
has "it is said" "$work/out" "20 hosts: 17 seen, 3 not seen, in "
has "with what is kept" "$work/out" "; the deadline passed, what was seen is kept"
has "the servers are named" "$work/out" "cancelled      3  "
is "and on record" "$(sql "select how, seen from scan")" "deadline|17"
is "what was cancelled is no fault of theirs" "$(sql "select count(*) from host where fault <> ''")" 0
timed "a deadline with servers not begun" 1 marshal scan --deadline 2s --jobs 2 --json file01 sql01 web01 app01
is "says so" "$(summary '[.seen, .not_seen, .deadline, .interrupted] | join(" ")')" "1 3 true false"
is "and how many" "$(summary .not_begun)" 1

timed "a limit of the probe is each server's own" 1 marshal scan --limit probe=1s
ends_within 10 "in time"
has "and leaves the others alone" "$work/out" "20 hosts: 17 seen, 3 not seen, in "
is "the fault is the limit" "$(fault_of web01)" time-limit
has "with its length and name" "$work/out" "no answer in 1 s (--limit probe)"
exits "a limit for a whole server" 1 marshal scan --limit host=1s web01
is "is told as such" "$(text_of web01)" "web01: run: the limit for a whole host passed"
is "the limit of connecting" "$(marshal scan --limit connect=1ms --limit probe=1s --json app01 2>&1 | jq -r '.hosts')" 1

# --- signals ---------------------------------------------------------------------------------
# A job of a script ignores SIGINT: python gives it back, as a terminal's shell would.
stopped() { # SIGNAL
	local status=0
	before=$(sql "select count(*) from scan")
	python3 -c 'import os, signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)
os.execv(sys.argv[1], sys.argv[1:])' "$MARSHAL" -i "$inventory" --db "$DB" scan >"$work/out" 2>"$work/err" &
	local pid=$!
	within 10 begun || not_ok "the scan began"
	within 10 enough || not_ok "17 were seen"
	kill -"$1" "$pid"
	wait "$pid" || status=$?
	echo "$status"
}
begun() { [ "$(sql "select count(*) from scan")" -gt "$before" ]; }
enough() { [ "$(sql "select seen from scan order by begun_utc_ms desc limit 1")" -ge 17 ]; }
if command -v python3 >/dev/null; then
	is "Ctrl-C ends with 130" "$(stopped INT)" 130
	has "what was seen is told" "$work/out" "20 hosts: 17 seen, 3 not seen, in "
	has "and kept" "$work/out" "; interrupted, what was seen is kept"
	check "at the end once more" grep -q '^17 seen, [0-9]* of them compliant; 3 not seen$' <(tail -n 1 "$work/out")
	is "and on record" "$(sql "select how, seen from scan order by begun_utc_ms desc limit 1")" "interrupted|17"
	is "so does SIGTERM" "$(stopped TERM)" 130
else
	skip "Ctrl-C ends a scan" "no python3"
fi
# --- who is in flight, asked by a signal -----------------------------------------------------
ask() { # MORE-OPTIONS: asks until the three that hang are told, then stops the scan
	before=$(sql "select count(*) from scan")
	"$MARSHAL" -i "$inventory" --db "$DB" scan --limit probe=3m --limit host=1m "$@" >"$work/out" 2>"$work/err" &
	local pid=$!
	within 10 begun || not_ok "the scan began"
	within 10 enough || not_ok "17 were seen"
	kill -USR1 "$pid"
	within 5 grep -q 'web01: run' "$work/err" || not_ok "an answer"
	kill -TERM "$pid"
	wait "$pid" || true
}
ask
has "who asks is told how far it is" "$work/err" "marshal: scan: 17 of 20, 0 failed, 3 in flight"
latest=$(sed -n 's/.*web01: run, until \([^ ]*\) at the latest; in flight for [0-9].*/\1/p' "$work/err")
left=$(($(date -d "$latest" +%s) - $(date +%s)))
check "and until when at most: the limit that comes first" test "$left" -gt 30 -a "$left" -le 60
is "once" "$(grep -c ' in flight$' "$work/err")" 1
ask -q
has "with -q too" "$work/err" "web01: run, until"
is "no process is left on record" "$(sql "select count(*) from process")" 0

# --- a second look tells less than the first -------------------------------------------------
set_state file01 faults.probe= ; set_state sql01 faults.probe= ; set_state web01 faults.probe=die agent.version=2.0.9938.0
status=$(sql "select status from host where name = 'web02'")
exits "a server that dies in the middle" 1 marshal scan
is "has its fault" "$(fault_of web01)" program-failed
set_state web02 faults.probe=die
exits "one that was whole before" 1 marshal scan web02
is "has a fault too" "$(fault_of web02)" program-failed
is "keeps its status" "$(sql "select status from host where name = 'web02'")" "$status"
is "and its facts, as many as another" "$(sql "select count(*) from fact f join host h on h.id = f.host
	where h.name = 'web02'")" "$(sql "select count(*) from fact f join host h on h.id = f.host
	where h.name = 'app01'")"
check "some are older than the look" test "$(sql "select count(*) from fact f join host h on h.id = f.host
	where h.name = 'web02' and confirmed_utc_ms < h.facts_utc_ms")" -gt 0
check "and it counts as last seen before" test \
	"$(sql "select seen_utc_ms < tried_utc_ms from host where name = 'web02'")" = 1
