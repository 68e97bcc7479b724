#!/usr/bin/env bash
# Two controllers with two databases upgrade the same servers: each is held at the begin of a call of its own and let
# go, in pairs. One of them may be an older version of marshal, one is killed while it holds a server, the clock of a
# server is turned by a day. Each installer once, obengine running everywhere, nothing left once both have ended.
# SOAK=1 (make soak) plays every pair, else some in which each call meets several others. The second meets the
# reservation of a first that goes on in time, and stops there; one that is held for longer than it said is taken over,
# and wakes up behind or in the middle of the second.
. "$(dirname "$0")/lib.sh"

if [ ! -x /usr/sbin/sshd ]; then
	skip "two controllers" "no /usr/sbin/sshd"
	exit 0
fi
fleet=$root/scripts/fleet d=$work/fleet
calls=(stage-open stage-check console-wait engine-cycle install-start install-wait clean)

# --- pairs -------------------------------------------------------------------------------------
pairs=()                                # "CALL CALL": where the first and the second are held
for i in "${!calls[@]}"; do
	for j in "${!calls[@]}"; do
		# in every row and column two: the call itself, and one further on
		[ -n "${SOAK:-}" ] || [ $(((j - i + 7) % 7)) -eq 0 ] || [ $(((j - i + 7) % 7)) -eq 3 ] || continue
		pairs+=("${calls[$i]} ${calls[$j]}")
	done
done
# an older version looks for a key before it begins, and knows then only when it is about to start its installer that
# somebody else is there: one that is past its look meets the other's steps, and cycles obengine in their middle
older=$root/build/older
older_pairs=()
for i in engine-cycle install-start install-wait clean; do
	for j in stage-open engine-cycle install-start; do older_pairs+=("$i $j"); done
done
old_first_pairs=("stage-check install-wait" "console-wait install-wait" "engine-cycle engine-cycle" "engine-cycle install-start"
	"engine-cycle install-wait" "install-start install-start" "install-start install-wait")
build_older() {
	[ ! -x "$older/build/release/marshal" ] || return 0
	git -C "$root" cat-file -e 82487c9 2>/dev/null || return 1
	mkdir -p "$older"
	git -C "$root" archive 82487c9 | tar -x -C "$older" && make -s -C "$older" OPT_release=-O0 all >"$work/older.out" 2>&1
}
build_older || older_pairs=() old_first_pairs=()
# end: the second comes to its end before the first wakes up
late_pairs=()
for i in "${!calls[@]}"; do
	late_pairs+=("${calls[$i]} end")
	for j in "${!calls[@]}"; do
		[ -n "${SOAK:-}" ] || [ $(((j - i + 7) % 7)) -eq 1 ] || continue
		late_pairs+=("${calls[$i]} ${calls[$j]}")
	done
done

at_end "$fleet" stop --dir "$d"
count=$((${#pairs[@]} + ${#older_pairs[@]} + ${#old_first_pairs[@]} + ${#late_pairs[@]} + 2))
"$fleet" start --dir "$d" --hosts $count >"$work/start" 2>&1 || { cat "$work/start"; exit 1; }
signed "$d"
mapfile -t hosts < <(find "$d/hosts" -name '*.json' -printf '%f\n' | sed 's/\.json$//' | sort)
get() { "$SIMHOST" --get "$d/hosts/$1.json" "$2"; }
set_state() { local h=$1; shift; "$SIMHOST" --set "$d/hosts/$h.json" "$@"; }
logged() { get "$1" log | grep -c -e "$2"; }

# --- controllers ---------------------------------------------------------------------------------
# The second is another machine's: its clock is an hour ahead (tests/fleet/turnclock.c), and where this user may
# make a namespace of processes, it sees none of the first's.
elsewhere=(env TURN_CLOCK=3600000 LD_PRELOAD="$(dirname "$(readlink -f "$SIMHOST")")/turnclock.so")
! unshare --pid --fork --kill-child --mount-proc true 2>/dev/null ||
	elsewhere=(unshare --pid --fork --kill-child --mount-proc "${elsewhere[@]}")
# run NAME PROGRAM HOST...: an upgrade by that controller, in the background; its process is $run.
run() {
	local name=$1 program=$2 all=(--canary all) as=()
	shift 2
	[ "$name" != ctl-b ] || as=("${elsewhere[@]}")
	[ "$program" = "$MARSHAL" ] || all=()   # an older one knows no waves: all are begun at once
	"${as[@]}" "$program" -i "$d/inventory.yaml" --db "$work/$name.db" upgrade "$@" --installer "$d/MARSAgentInstaller.exe" \
		--yes --json "${all[@]}" --first 1000 --parallel 1000 --max-failures 1000 >"$work/$name.out" 2>"$work/$name.err" </dev/null &
	run=$!
	lib_started+=("$run")
}
# Its name on servers, the one that the test can hold it by.
named() {
	"$MARSHAL" -i "$d/inventory.yaml" --db "$work/$1.db" scan "${hosts[0]}" >/dev/null 2>&1
	sqlite3 "$work/$1.db" "insert or replace into setting values ('controller', '$1')"
}
held() { [ "$(get "$1" "faults.gate.$2.$3")" = held ]; }
let_go() { set_state "$1" "faults.gate.$2.$3=" 2>/dev/null; }
over() { ! kill -0 "$1" 2>/dev/null; }
# held_or_over HOST WHO CALL PROCESS: a call that is never made is as good.
held_or_over() { over "$4" || held "$1" "$2" "$3" || [ "$(get "$1" agent.version)" = 2.0.9938.0 ]; }
# It has done all it wants there; where the first has brought the version, that is nothing.
through_or_over() { over "$2" || [ "$(get "$1" agent.version):$(get "$1" marker.controller)" = "2.0.9938.0:$3" ]; }
settled() { [ "$(get "$1" tasks)$(get "$1" marker)$(get "$1" folders)$(get "$1" lock_folder)" = "{}null{}null" ]; }

# What must be true of a server once both have ended. An older version that is past its look and waits for our
# installer's end runs its own behind it.
is_whole() {
	local started
	started=$(logged "$1" 'started by run')
	[[ $2 != old\ at* || $started != 2 ]] || started=1
	is "$2: agent, obengine" "$(get "$1" agent.version), $(get "$1" services.obengine.state)" "2.0.9938.0, 4"
	is "$2: one installer was started, and none broken" "$started $(logged "$1" 'ended with 1603')" "1 0"
	within 10 settled "$1" && ok "$2: nothing is left" && return
	not_ok "$2: nothing is left"
	get "$1" marker
	get "$1" tasks
	get "$1" folders
}

# together FIRST-PROGRAM NAME SECOND-PROGRAM NAME GATE HOSTS PAIRS: all pairs at once, a server each; GATE is what the
# second is called in gates. With LATE the first is held for longer than it said it would hold a server.
together() {
	local first_program=$1 first=$2 second_program=$3 second=$4 gate=$5 late=${8:-} i one two
	local -n servers=$6 which=$7

	for i in "${!servers[@]}"; do
		read -r one two <<<"${which[$i]}"
		set_state "${servers[$i]}" "faults.gate={\"$first\":{\"$one\":\"hold\"},\"$gate\":{\"$two\":\"hold\"}}" \
			install.seconds=2 services.obengine.stop_ms=300 services.obengine.start_ms=300
	done
	run "$first" "$first_program" "${servers[@]}"
	local a=$run
	for i in "${!servers[@]}"; do
		read -r one two <<<"${which[$i]}"
		within 60 held_or_over "${servers[$i]}" "$first" "$one" "$a" || not_ok "$first is held at $one"
		[ -z "$late" ] || set_state "${servers[$i]}" os.uptime_offset_ms=864000000
	done
	run "$second" "$second_program" "${servers[@]}"
	local b=$run
	for i in "${!servers[@]}"; do
		read -r one two <<<"${which[$i]}"
		if [ "$two" = end ]; then
			within 60 through_or_over "${servers[$i]}" "$b" "$([ "$one" != install-wait ] && [ "$one" != clean ] || echo "$first")" ||
				not_ok "$second comes to its end"
		else
			within 5 held_or_over "${servers[$i]}" "$gate" "$two" "$b"
		fi
		let_go "${servers[$i]}" "$first" "$one"
	done
	# the second goes on in the middle of the first
	for i in "${!servers[@]}"; do
		read -r one two <<<"${which[$i]}"
		let_go "${servers[$i]}" "$gate" "$two"
	done
	within 120 over "$a" || not_ok "$first ends"
	within 120 over "$b" || not_ok "$second ends"
	# where another was at work an older version leaves its folder, and says so
	[ "$first" != old ] || "$first_program" -i "$d/inventory.yaml" --db "$work/old.db" upgrade --resume last >"$work/out" 2>&1 </dev/null
	for i in "${!servers[@]}"; do
		is_whole "${servers[$i]}" "$first at ${which[$i]% *}, $second at ${which[$i]#* }"
	done
}

named ctl-a
named ctl-b
# shellcheck disable=SC2034      # by name
mine=("${hosts[@]:0:${#pairs[@]}}")
together "$MARSHAL" ctl-a "$MARSHAL" ctl-b ctl-b mine pairs
if [ ${#older_pairs[@]} -gt 0 ]; then
	# shellcheck disable=SC2034
	theirs=("${hosts[@]:${#pairs[@]}:${#older_pairs[@]}}")
	together "$MARSHAL" ctl-a "$older/build/release/marshal" old old theirs older_pairs
	# shellcheck disable=SC2034
	begun=("${hosts[@]:${#pairs[@]} + ${#older_pairs[@]}:${#old_first_pairs[@]}}")
	together "$older/build/release/marshal" old "$MARSHAL" ctl-b ctl-b begun old_first_pairs
else
	skip "an older version as the other controller" "commit 82487c9 is not in this history"
fi

# shellcheck disable=SC2034
others=("${hosts[@]:${#pairs[@]} + ${#older_pairs[@]} + ${#old_first_pairs[@]}:${#late_pairs[@]}}")
together "$MARSHAL" ctl-a "$MARSHAL" ctl-b ctl-b others late_pairs late

# --- killed while it holds, and a clock that is turned ---------------------------------------------
h=${hosts[$((count - 2))]}
set_state "$h" install.seconds=3 'faults.gate={"ctl-a":{"install-start":"hold"}}'
run ctl-a "$MARSHAL" "$h"
within 60 held "$h" ctl-a install-start || not_ok "the one to be killed holds"
kill -9 "$run"
wait "$run" 2>/dev/null
set_state "$h" clock.skew_ms=86400000
run ctl-b "$MARSHAL" "$h"
wait "$run"
is "killed while it holds, the clock a day on: the other is told" \
	"$(jq -r '.hosts[0].outcome' "$work/ctl-b.out"), $(get "$h" marker.controller)" "blocked-now, ctl-a"
let_go "$h" ctl-a install-start
set_state "$h" clock.skew_ms=0
"$MARSHAL" -i "$d/inventory.yaml" --db "$work/ctl-a.db" upgrade resume last --yes --json >"$work/out" 2>"$work/err" </dev/null
is_whole "$h" "killed while it holds, and taken up again"

h=${hosts[$((count - 1))]}
set_state "$h" install.seconds=1 'faults.gate={"ctl-a":{"engine-cycle":"hold"}}'
run ctl-a "$MARSHAL" "$h"
within 60 held "$h" ctl-a engine-cycle || not_ok "the one to be killed holds"
kill -9 "$run"
wait "$run" 2>/dev/null
let_go "$h" ctl-a engine-cycle
# the call goes on without its controller, and says once more that it is there
cycled() { [ "$(logged "$h" 'told to start')$(get "$h" marker.phase)" = 1reserved ]; }
within 30 cycled || not_ok "the call that was held goes on"
set_state "$h" os.uptime_offset_ms=864000000
run ctl-b "$MARSHAL" "$h"
wait "$run"
is "killed for longer than it said: the other takes over" "$(jq -r '.hosts[0].outcome' "$work/ctl-b.out")" upgraded
"$MARSHAL" -i "$d/inventory.yaml" --db "$work/ctl-a.db" upgrade resume last --yes --json >"$work/out" 2>"$work/err" </dev/null
is_whole "$h" "taken over"
