#!/usr/bin/env bash
# What a terminal of 80 columns shows: no line is longer, and words are whole.
. "$(dirname "$0")/fleetlib.sh"

command -v script >/dev/null || { lacks "tables on a terminal" script; exit 0; }
fleet_start --hosts 50 --mix demo
edited '/fleet_case: time-limit/d' '/fleet_case: no-answer/d'       # four minutes, ten seconds
marshal scan >"$work/out" 2>&1
# on COLUMNS COMMAND...: what a terminal so wide gets of it, in $work/shown
on() {
	local columns=$1
	shift
	script -qec "stty cols $columns; $(printf '%q ' "$MARSHAL" -i "$inventory" "$@")" /dev/null \
		</dev/null 2>&1 | tr -d '\r' >"$work/shown"
}
# Names, numbers and paths that are one word, however long, are left as they are.
too_long() { perl -CSD -ne "print if length > $1 + 1 && !m{https?://|SHA256:|\\S{45}}" "$work/shown"; }
for report in compliance faults versions checks history exceptions; do
	on 80 --db "$DB" report "$report"
	is "report $report: no line above 80 columns" "$(too_long 80)" ""
	check "report $report: is there" grep -q . "$work/shown"
	hasnt "report $report: nothing is cut in its words" <(grep -oE '[a-z]+-[a-z-]*…' "$work/shown") "…"
done
on 80 --db "$DB" report compliance
has "a fault is folded at its hyphens" "$work/shown" "credential- "
has "and goes on below" "$work/shown" "  suspended "
# all_of WHAT COMMAND...: of what it says to people no line is longer
all_of() {
	local what=$1
	shift
	on 80 --db "$DB" "$@"
	is "$what: no line above 80 columns" "$(too_long 80)" ""
	check "$what: is there" grep -q . "$work/shown"
}
printf 'thresholds: {clock-warn: 2m}\nchecks: {network.endpoints: off}\ngroups: {file: {target: none}}\n' >"$work/policy.yml"
marshal scan web sql app >"$work/out" 2>&1
installer=(--installer "$F/MARSAgentInstaller.exe" --allow-unsigned)
all_of "upgrade -n" upgrade all "${installer[@]}" -n
has "its reasons are whole words" "$work/shown" "marshal_mars: none"
has "who was not seen says why, in two lines" <(grep -A 1 "^fra-app03 " "$work/shown") "no-usable-key,"
hasnt "and nothing more, which would fill the screen" "$work/shown" "No such file or directory"
all_of diff diff
all_of "show HOST" show fra-sql02
all_of "show HOST --all" show fra-sql02 --all
all_of "recheck -n" recheck --policy "$work/policy.yml" -n
all_of windows windows web --policy "$work/policy.yml"
all_of "policy show" policy show fra-sql02
all_of "inventory show" inventory show muc-file03
all_of "keys scan" keys scan fra muc
all_of doctor doctor
has "it names who has no way" <(tr -s '\n ' ' ' <"$work/shown") "host muc-file03: ansible_user is a template"
on 80 inventory check
is "inventory check: no line above 80 columns, nor of its warnings" "$(too_long 80)" ""
has "these go on below" "$work/shown" "  marshal_ssh_user is not supported"
set_state fra-file01 install.seconds=3
MARSHAL_INVENTORY=$inventory MARSHAL_DB=$DB "$MARSHAL" upgrade fra-file01 fra-web01 "${installer[@]}" --yes \
	--canary fra-file01 >"$work/run" 2>&1 &
run=$!
lib_started+=("$run")
is_installing() { [ "$(sql "select count(*) from job where state = 'installing'")" = 1 ]; }
within 20 is_installing
kill -9 "$run"
wait "$run" 2>/dev/null
all_of "resume -n" upgrade resume last -n
all_of "resume, which asks" upgrade resume last
has "says how many are to be typed, and whose run it is" <(tr '\n' ' ' <"$work/shown") " of $(id -un) goes on with 2 hosts. Type that number to begin: "
has "and does nothing without" "$work/shown" "not confirmed, nothing was done"
all_of "report run" report run last
hasnt "and how a server was left is told whole" "$work/shown" "…"
on 80 inventory list
is "inventory list: no line above 80 columns" "$(too_long 80)" ""
on 80 keys pending
is "keys pending: no line above 80 columns" "$(too_long 80)" ""
