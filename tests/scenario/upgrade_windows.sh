#!/usr/bin/env bash
# Upgrades in maintenance windows: who is planned when, who is waited for, and who is left out until
# a resume. The wall clock of the program is turned while it waits, tests/fleet/turnclock.c.
. "$(dirname "$0")/fleetlib.sh"

turn_clock=$(dirname "$(readlink -f "$SIMHOST")")/turnclock.so
if [ ! -e "$turn_clock" ]; then
	skip "maintenance windows of upgrades" "no $turn_clock: make simhost"
	exit 0
fi
fleet_start --hosts 20
signed "$F"
preload=$turn_clock
if ldd "$(readlink -f "$MARSHAL")" | grep -q libasan; then
	preload="$(cc -print-file-name=libasan.so) $turn_clock"
fi
turned() {
	local clock=$1
	shift
	TURN_CLOCK=$clock LD_PRELOAD=$preload marshal "$@"
}
with=(--installer "$F/MARSAgentInstaller.exe" --limit install=60s --limit verify=12s)
outcome() { sql "select j.outcome from job j join host h on h.id = j.host where h.name = '$1' order by j.id desc limit 1"; }
reason() { sql "select j.reason from job j join host h on h.id = j.host where h.name = '$1' order by j.id desc limit 1"; }
hour=3600000

# web: in an hour, for six hours; sql: never; all others at any time
opens=$(date -u -d '+1 hour' '+%Y-%m-%d %H:%M')
closes=$(date -u -d '+7 hours' '+%Y-%m-%d %H:%M')
cat >"$work/policy.yml" <<YAML
groups:
  web: {windows: {dates: ["$opens - $closes"]}}
  sql: {windows: {weekly: never}}
YAML
mapfile -t web < <(marshal inventory list web --json | jq -r '.[].name')
mapfile -t sql < <(marshal inventory list sql --json | jq -r '.[].name')
other=$(marshal inventory list 'all:!web:!sql' --json | jq -r '.[0].name')
last=$(marshal inventory list 'all:!web:!sql' --json | jq -r '.[-1].name')
marshal scan --policy "$work/policy.yml" >/dev/null 2>&1

exits "a plan" 0 marshal upgrade all "${with[@]}" --dry-run --json
plan_of() { jq -r --arg h "$1" '.hosts[] | select(.host == $h) | .plan' "$work/out"; }
is "it leaves out for now whose window is closed" "$(plan_of "${web[0]}") $(plan_of "${sql[0]}") $(plan_of "$other")" \
	"blocked-now blocked-now upgrade"
why=$(jq -r --arg h "${web[0]}" '.hosts[] | select(.host == $h) | .reason' "$work/out")
is "with the next one" "${why% UTC}" "outside its maintenance windows: its next window of 30 min or more opens $(date -u -d "$opens" +%a) $opens"
is "nothing is to be done there afterwards" "$(jq -r --arg h "${sql[0]}" '.hosts[] | select(.host == $h) | .to_register' "$work/out")" false
exits "with a deadline" 0 marshal upgrade all "${with[@]}" --dry-run --deadline 2h
has "those that open until then are waited for" "$work/out" " for their maintenance windows to open"
has "which is kept with the run" "$work/out" " --deadline 2h"
exits "one too short for it" 0 marshal upgrade all "${with[@]}" --dry-run --deadline 10m
hasnt "is none" "$work/out" "maintenance windows to open"

exits "a plan for later" 0 marshal upgrade plan "${web[1]}" "${sql[1]:-${sql[0]}}" "${with[@]}" --name tonight --json
is "has whose window comes before it expires" "$(jq -c '[.to_upgrade, .blocked]' "$work/out")" "[1,1]"
exits "it is approved" 0 marshal upgrade approve tonight --yes
exits "it is staged before its windows" 0 marshal upgrade stage tonight --yes
exits "started before its windows" 2 marshal upgrade start tonight --yes
has "its hosts would leave it" "$work/err" "${web[1]}: leaves the plan: decided otherwise than when it was planned: outside its maintenance windows"
exits "started in them, the other is left for a resume" 1 turned "$hour" upgrade start tonight --yes
is "it is carried out" "$(outcome "${web[1]}")" upgraded

exits "a plan whose canary has its window later" 0 marshal upgrade plan "${web[2]}" "$last" "${with[@]}" --canary "${web[2]}" --name canary
exits "it is approved" 0 marshal upgrade approve canary --yes
exits "before that it is not started: nobody goes before the canary" 2 marshal upgrade start canary --yes
has "which is said, with what may be done" "$work/err" "none of its first wave of 1 would be upgraded now: ${web[2]}: decided otherwise than when it was planned: outside its maintenance windows"
is "nobody was begun" "$(outcome "$last")" ""
exits "it is dropped" 0 marshal upgrade drop canary

exits "whose windows are closed is not upgraded" 1 marshal upgrade "${web[0]}" "${sql[0]}" "${with[@]}" --yes
has "there is nothing to do now" "$work/err" "nothing to upgrade"
exits "nor are they beside others" 1 marshal upgrade "${web[0]}" "$other" "${with[@]}" --yes
is "they are left for a resume" "$(outcome "${web[0]}") $(outcome "$other")" "blocked-now upgraded"
exits "who waits has them when they open" 0 turned "0:150:$hour" upgrade "${web[0]}" "${with[@]}" --yes --deadline 2h
has "and says that it waits" "$work/err" "1 host waits for its maintenance window, the first opens"
is "it is upgraded then" "$(outcome "${web[0]}")" upgraded
exits "a resume in the window begins those that were left out" 0 turned "$hour" upgrade resume \
	"$(sql "select r.name from run r join job j on j.run = r.id join host h on h.id = j.host where h.name = '$other' limit 1")" --yes
exits "a window is no obstacle where that is said" 0 marshal upgrade "${sql[0]}" "${with[@]}" --yes --ignore-windows
is "it was upgraded" "$(outcome "${sql[0]}")" upgraded

export MARSHAL_INVENTORY=$inventory MARSHAL_DB=$DB
"$MARSHAL" upgrade "${web[2]}" "${with[@]}" --yes --deadline 2h >"$work/out" 2>"$work/err" &
pid=$!
within 60 grep -q "waits for its maintenance window" "$work/err"
kill -TERM "$pid"
wait "$pid"
is "a run that waits ends where it is told to" "$?" 130
is "at once" "$(outcome "${web[2]}"): $(reason "${web[2]}")" "not-started: the run was interrupted before its turn"
