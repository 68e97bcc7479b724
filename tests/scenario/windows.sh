#!/usr/bin/env bash
# Maintenance windows: by the policy that is named or remembered, by group, drawn and listed; and
# on many clocks the same as what Python's zoneinfo makes of them, over a year and more.
. "$(dirname "$0")/lib.sh"

DB=$work/windows.db
P=$work/policy.yml
cat >"$work/fleet.ini" <<'INI'
[web]
web[01:30]
[lab]
lab1
[frozen]
ice1
ice2
INI
cat >"$P" <<'YAML'
windows: {zone: Europe/Berlin, weekly: [Sat 22:00-04:00, Tue 01:15-05:00]}
groups:
  lab: {windows: {weekly: always}}
  frozen: {windows: {weekly: never}}
YAML
stored() { "$MARSHAL" -i "$work/fleet.ini" --db "$DB" "$@"; }

exits "there is nothing to go by yet" 3 stored windows
has "what to do is said" "$work/err" "name a policy with --policy FILE"
exits "a policy that is not used yet" 0 stored windows --policy "$P" --next 8d
check "hosts with the same windows are told together" grep -qx 'web\[01-30\]' "$work/out"
has "their rules with where they come from" "$work/out" "window    Sat 22:00-04:00  (policy)"
check "one night is drawn" grep -qx '  Sat [0-9-]*  \.\{44\}####' "$work/out"
check "also in part" grep -qx '  Tue [0-9-]*  \.\.+#######\.\{38\}' "$work/out"
check "and listed" grep -qx '  Sat [0-9-]* 22:00  *Sun [0-9-]* 04:00  *[567] h' "$work/out"
has "who has none, has none" "$work/out" "none opens in the next 8 d, nor in 400 days after that"
printf '%s\n' 'reboot-windows: {zone: Asia/Tokyo, weekly: Sun 03:00-06:00}' | cat "$P" - >"$work/reboots.yml"
exits "windows of restarts alone" 0 stored windows web --policy "$work/reboots.yml" --next 8d
has "are named beside the others" "$work/out" "reboot window  Sun 03:00-06:00  (policy)"
has "with their clock" "$work/out" "reboot zone  Asia/Tokyo  (policy)"
has "which are as they were" "$work/out" "window    Sat 22:00-04:00  (policy)"
exits "also as JSON" 0 stored windows web --policy "$work/reboots.yml" --json
is "there by kind" "$(jq -r '[.alike[].rules[] | select(.kind | startswith("reboot")) | .rule] | join(";")' "$work/out")" "Asia/Tokyo;Sun 03:00-06:00"
check "it is remembered by nobody" test ! -e "$DB"
exits "a scan that reaches nobody remembers it" 1 stored scan lab1 --policy "$P"
exits "then it holds" 0 stored windows web --next 8d
has "as before" "$work/out" "window    Tue 01:15-05:00  (policy)"
exits "another is tried beside it" 0 stored windows web --policy none
has "it has no windows" "$work/out" "at any time: the policy has no windows for them"
exits "as JSON" 0 stored windows --json --next 8d
is "with all hosts" "$(jq '[.alike[].hosts[]] | length' "$work/out")" 33
is "and the windows of each" "$(jq -c '[.alike[] | (.windows | length) > 0]' "$work/out")" "[false,true,true]"
exits "what holds is shown with the policy" 0 "$MARSHAL" --db "$DB" policy show ice1
check "by host" grep -q '^window  *never  *group frozen' "$work/out"
exits "a mistake is one with its place" 2 stored windows --policy <(printf 'windows: {weekly: Sat}\n')
has "which is named" "$work/err" ":1:19: weekly: 'Sat': expected days"

# --- other people's zones ----------------------------------------------------------------------------
cat >"$work/witness.py" <<'PYTHON'
"""Weekly windows by zoneinfo: stdin has what marshal says, argv zone, day (0: Monday), begin, end."""
import json, sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

zone, day = ZoneInfo(sys.argv[1]), int(sys.argv[2])
begin, end = (timedelta(hours=int(t[:2]), minutes=int(t[3:])) for t in sys.argv[3:5])
if end <= begin:
    end += timedelta(days=1)

def first(local):
    while True:                 # what the clock passes over is had at the next time that it shows
        utc = local.replace(tzinfo=zone, fold=0).astimezone(timezone.utc)
        if utc.astimezone(zone).replace(tzinfo=None) == local:
            return utc
        local += timedelta(minutes=1)

said = json.load(sys.stdin)
start, stop = (datetime.fromisoformat(said[k].replace("Z", "+00:00")) for k in ("from", "to"))
expected, at = [], datetime(start.year, start.month, start.day) - timedelta(days=3)
while at.replace(tzinfo=timezone.utc) < stop + timedelta(days=2):
    if at.weekday() == day:
        a, b = max(first(at + begin), start), min(first(at + end), stop)
        if a < b:
            expected.append((a, b))
    at += timedelta(days=1)
got = [tuple(datetime.fromisoformat(w[k].replace("Z", "+00:00")) for k in ("opens", "closes"))
       for w in said["alike"][0]["windows"]]
wrong = [p for p in set(expected) ^ set(got)]
print(len(got), "windows,", len(wrong), "differ", *sorted(map(str, wrong))[:2])
PYTHON
python=/usr/bin/python3
if "$python" -c 'import zoneinfo; zoneinfo.ZoneInfo("Europe/Berlin")' 2>/dev/null; then
	names=(Mon Tue Wed Thu Fri Sat Sun)
	for zone in Europe/Berlin America/New_York Australia/Lord_Howe Asia/Kathmandu America/Santiago \
		Africa/Casablanca Pacific/Auckland Europe/Dublin; do
		for rule in "6 00:00 06:00" "6 02:00 02:30" "6 01:30 03:15" "5 22:00 04:00" "5 23:45 00:15"; do
			read -r day from to <<<"$rule"
			printf 'windows: {zone: %s, weekly: %s %s-%s}\n' "$zone" "${names[day]}" "$from" "$to" >"$work/one.yml"
			stored windows lab1 --policy "$work/one.yml" --next 400d --json >"$work/said"
			is "$zone, ${names[day]} $from to $to" \
				"$("$python" "$work/witness.py" "$zone" "$day" "$from" "$to" <"$work/said" |
					sed 's/^5[0-9] windows, 0 differ$/the same/')" "the same"
		done
	done
else
	skip "windows on other clocks" "no python3 with zoneinfo"
fi
