#!/usr/bin/env bash
# lag.sh - a controller that gets no CPU: it is stopped again and again for longer than every limit of
# waiting for an answer. What hosts said meanwhile counts as said in time, and a host that says nothing
# is still found out.
. "$(dirname "$0")/fleetlib.sh"

fleet_start --hosts 12 --silent 1
limits=(--limit connect=1s --limit handshake=1s --limit sign-in=1s --limit channel=1s --limit probe=2s)

# starved ARGUMENTS: marshal, running for a tenth of each one and a half seconds.
starved() {
	"$MARSHAL" -i "$inventory" --db "$DB" "$@" >"$work/out" 2>"$work/err" &
	local pid=$!
	lib_started+=("$pid")
	while kill -STOP "$pid" 2>/dev/null; do
		sleep 1.4
		kill -CONT "$pid" 2>/dev/null
		sleep 0.15
	done
	wait "$pid"
}
starved scan "${limits[@]}"
is "all are seen but the silent one" "$(sql "select count(*) from host where fault <> ''")" 1
is "which is told so" "$(sql "select fault from host where fault <> ''")" no-answer
