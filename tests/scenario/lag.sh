#!/usr/bin/env bash
# lag.sh - a controller that gets no CPU: it is stopped again and again for longer than every limit of
# waiting for an answer. What hosts said meanwhile counts as said in time, and a host that says nothing
# is still found out.
# alone: what is measured is how late a controller without CPU is
. "$(dirname "$0")/fleetlib.sh"

fleet_start --hosts 6 --silent 1
limits=(--limit connect=4s --limit handshake=4s --limit sign-in=4s --limit channel=4s --limit probe=8s)

# starved ARGUMENTS: marshal, running for less than half a second in five.
starved() {
	"$MARSHAL" -i "$inventory" --db "$DB" "$@" >"$work/out" 2>"$work/err" &
	local pid=$!
	lib_started+=("$pid")
	while kill -STOP "$pid" 2>/dev/null; do
		sleep 4.5
		kill -CONT "$pid" 2>/dev/null
		sleep 0.4
	done
	wait "$pid"
}
# A machine that is busy with other tests keeps the servers' answers back too, which is no lag of ours: the
# best of three tries counts. Without what is tested every server is blamed in every one.
for _ in 1 2 3; do
	starved scan "${limits[@]}"
	[ "$(sql "select count(*) from host where fault <> ''")" -gt 1 ] || break
done
is "all are seen but the silent one" "$(sql "select count(*) from host where fault <> ''")" 1
is "which is told so" "$(sql "select fault from host where fault <> ''")" no-answer
