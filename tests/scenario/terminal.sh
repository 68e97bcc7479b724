#!/usr/bin/env bash
# What a terminal of 80 columns shows: no line is longer, and words are whole.
. "$(dirname "$0")/fleetlib.sh"

command -v script >/dev/null || { lacks "tables on a terminal" script; exit 0; }
fleet_start --hosts 50 --mix demo
edited '/fleet_case: time-limit/d'      # four minutes
marshal scan >"$work/out" 2>&1
# on COLUMNS COMMAND...: what a terminal so wide gets of it, in $work/shown
on() {
	local columns=$1
	shift
	script -qec "stty cols $columns; $(printf '%q ' "$MARSHAL" -i "$inventory" "$@")" /dev/null \
		</dev/null 2>&1 | tr -d '\r' >"$work/shown"
}
# Names and numbers that are one word, however long, are left as they are.
too_long() { perl -CSD -ne "print if length > $1 + 1 && !m{https?://|SHA256:}" "$work/shown"; }
for report in compliance faults versions checks history exceptions; do
	on 80 --db "$DB" report "$report"
	is "report $report: no line above 80 columns" "$(too_long 80)" ""
	check "report $report: is there" grep -q . "$work/shown"
	hasnt "report $report: nothing is cut in its words" <(grep -oE '[a-z]+-[a-z-]*…' "$work/shown") "…"
done
on 80 --db "$DB" report compliance
has "a fault is folded at its hyphens" "$work/shown" "credential- "
has "and goes on below" "$work/shown" "  suspended "
on 80 inventory list
is "inventory list: no line above 80 columns" "$(too_long 80)" ""
on 80 keys pending
is "keys pending: no line above 80 columns" "$(too_long 80)" ""
