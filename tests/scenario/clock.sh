#!/usr/bin/env bash
# clock.sh - the controller's wall clock is an hour ahead, an hour back, or is set in the middle of
# things: nothing is lost, the history is in the order in which it was seen, no host stays
# needs-registration, and reports say what is so. The servers' own clocks are right all the time.
. "$(dirname "$0")/fleetlib.sh"

turn_clock=$(dirname "$(readlink -f "$SIMHOST")")/turnclock.so
if [ ! -e "$turn_clock" ]; then
	skip "a clock that is turned" "no $turn_clock: make simhost"
	exit 0
fi
fleet_start --hosts 30
signed "$F"
hour=3600000 day=86400000
preload=$turn_clock
# the sanitizer wants to come first
if ldd "$(readlink -f "$MARSHAL")" | grep -q libasan; then
	preload="$(cc -print-file-name=libasan.so) $turn_clock"
fi

# turned CLOCK ARGUMENTS: marshal under that clock, see tests/fleet/turnclock.c
turned() {
	local clock=$1
	shift
	TURN_CLOCK=$clock LD_PRELOAD=$preload marshal "$@"
}
upgrade() { turned "$1" upgrade "${@:2}" --installer "$F/MARSAgentInstaller.exe" --yes --limit install=60s --limit verify=12s; }
status_of() { sql "select status from host where name = '$1'"; }
versions_of() { marshal show "$1" --json | jq -r '[.versions[].version] | join(" ")'; }
facts_of() { sql "select count(*) from fact f join host h on h.id = f.host where h.name = '$1'"; }
upgraded_by_hand() { set_state "$1" agent.version=2.0.9938.0; }

exits "the clock can be turned" 0 turned "$hour" scan app01
check "by an hour" test "$(sql "select tried_utc_ms from host where name = 'app01'")" -gt "$((($(date +%s) + 3000) * 1000))"

# --- registration ----------------------------------------------------------------------------
# Seen before and after its upgrade under these clocks, then looked at, and after a backup once more.
while read -r host before after; do
	turned "$before" scan "$host" >/dev/null 2>&1
	upgraded_by_hand "$host"
	turned "$after" scan "$host" >/dev/null 2>&1
	is "$host, before $before and after $after: an upgrade wants a registration" "$(status_of "$host")" needs-registration
	"$root/scripts/fleet" complete-backup --dir "$F" "$host"
	marshal scan "$host" >/dev/null 2>&1
	is "$host: and a backup since then ends that" "$(status_of "$host")" compliant
	is "$host: both versions are on record, in their order" "$(versions_of "$host")" "2.0.9070.0 2.0.9938.0"
	marshal scan "$host" >/dev/null 2>&1
	is "$host: nothing goes back to it" "$(status_of "$host")" compliant
done <<EOT
web01 0 0
web02 $hour 0
web03 -$hour 0
web04 0 $hour
web05 0 -$hour
web06 $hour $hour
EOT
exits "judging all again" 0 marshal recheck
is "finds nobody else" "$(sql "select count(*) from host where status = 'needs-registration'")" 0

# --- a clock that is set in the middle of a look ---------------------------------------------
marshal scan --deep dc01 >/dev/null 2>&1
all=$(facts_of dc01)
healthy=$(status_of dc01)
for reads in 2 4 6 8 10 12 16 20 30 40; do
	for by in "$hour" "-$hour"; do
		rm -f "$work"/step.db*
		DB=$work/step.db turned "0:$reads:$by" scan --deep dc02 >/dev/null 2>&1
		is "set by $by after $reads reads: all facts are stored" "$(DB=$work/step.db facts_of dc02)" "$all"
		is "and the host was judged as another" "$(DB=$work/step.db status_of dc02)" "$healthy"
	done
done

# --- upgrades --------------------------------------------------------------------------------
marshal scan 'sql*' >/dev/null 2>&1
n=0
for clock in "$hour" "-$hour" "0:60:$hour" "0:60:-$hour" "0:120:-$hour:180:$hour"; do
	host=sql0$((++n))
	set_state "$host" install.seconds=1
	exits "an upgrade under the clock $clock" 0 upgrade "$clock" "$host" --first 1
	is "brings the version" "$(sql "select version from host where name = '$host'")" 2.0.9938.0
	"$root/scripts/fleet" complete-backup --dir "$F" "$host"
	marshal scan "$host" >/dev/null 2>&1
	is "and a backup ends what it wanted" "$(status_of "$host")" compliant
	is "no job ended before it began" "$(sql "select count(*) from job where ended_utc_ms < begun_utc_ms")" 0
	is "its trail is in the order in which things were done" "$(sql "select group_concat(kind, ' ') from (select e.kind from event e
		join host h on h.id = e.host where h.name = '$host' order by e.id)" | tr ' ' '\n' | sed -n '1p;$p' | paste -sd' ')" "looking ended"
done
run=$(sql "select r.name from run r join job j on j.run = r.id join host h on h.id = j.host where h.name = 'sql05'")
is "the last run is the one that was made last" "$(marshal report run last --json | jq -r .summary.run)" "$run"

# --- reports ---------------------------------------------------------------------------------
set_state app02 services.obengine.state=Stopped
marshal scan >/dev/null 2>&1
turned "$hour" scan >/dev/null 2>&1
set_state app02 services.obengine.state=Running
set_state app03 services.obengine.state=Stopped
marshal scan >/dev/null 2>&1
is "the last scan is the one that was made last" "$(marshal report compliance --json | jq -c '[.rows[].facts_age_s] | max < 600')" true
wanted=$(sql "select status || ' ' || count(*) from host group by status order by 1" | tr - _)
# one host known since long ago: before the first of all there is nothing to compare with
sqlite3 "$DB" "update status_change set utc_ms = 1000 where was = '' and host = (select min(id) from host)"
for clock in 0 "$hour" "-$hour"; do
	turned "$clock" report history --json >"$work/history"
	is "clock $clock: the trend ends with what is so" \
		"$(jq -r '.rows[-1] | del(.day, .hosts, .compliant_permille) | to_entries[] | select(.value > 0) | "\(.key) \(.value)"' "$work/history" | sort)" "$wanted"
	is "clock $clock: nothing is counted below none" "$(jq -c '[.rows[] | .[] | numbers | select(. < 0)]' "$work/history")" "[]"
	turned "$clock" diff 2000-01-01 now --json >"$work/diff"
	is "clock $clock: what became of a host until now is what is so" \
		"$(jq -r '[.rows[] | select(.subject == "status")] | group_by(.after)[] | "\(.[0].after) \(map(.count) | add)"' "$work/diff" | tr - _ | sort)" "$wanted"
	turned "$clock" show app02 >"$work/show"
	check "clock $clock: nothing took less than no time" test "$(grep -cE -e '-[0-9]+ (ms|s|min|h|d)\b' "$work/show")" = 0
	exits "clock $clock: a page of it can be made" 0 turned "$clock" report compliance --format html -o "$work/page.html"
done

# --- prune -----------------------------------------------------------------------------------
for minutes in 40 30 20 10; do
	turned "-$((day - minutes * 60000))" scan app04 >/dev/null 2>&1
done
DB=$work/old.db
for minutes in 10 20 30 40 50; do
	turned "-$((day - minutes * 60000))" scan app04 >/dev/null 2>&1
done
marshal scan app04 >/dev/null 2>&1
exits "pruning under a clock an hour ahead" 0 turned "$hour" db prune --keep 1d
is "takes nothing that is not old enough" "$(sql "select count(*) from look")" 6
exits "and under one that is years ahead" 0 turned "$((1000 * day))" db prune --keep 30d
is "neither" "$(sql "select count(*) from look")" 6
exits "an hour back" 0 turned "-$hour" db prune --keep 1d
is "takes less" "$(sql "select count(*) from look")" 6
