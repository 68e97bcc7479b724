#!/usr/bin/env bash
# `scan --deep` and `--deep-every`: deep facts are asked the first time, when they are due and on request; a
# fast look keeps their values and ages.
. "$(dirname "$0")/fleetlib.sh"

fleet_start --hosts 3
deep_time() { sql "select deep_utc_ms from host where name = '$1'"; }
verdict() { sql "select f.verdict from finding f join word w on w.id = f.name join host h on h.id = f.host
	where h.name = 'web01' and w.name = '$1'"; }
age_all() { sqlite3 "$DB" "update host set deep_utc_ms = deep_utc_ms - $1"; }

exits 'a first scan without them' 0 marshal scan --deep-every 0s
is 'nobody was asked for deep facts' "$(sql 'select count(*) from host where deep_utc_ms > 0')" 0
is 'what depends on them is not examined' "$(verdict vss.writers)" 'not examined'
exits 'the first scan that may' 0 marshal scan
is 'all hosts were asked' "$(sql 'select count(*) from host where deep_utc_ms > 0')" 3
is 'and judged' "$(verdict vss.writers)" pass
then=$(deep_time web01)
set_state web01 vss.writers.0.state=8
exits 'a scan soon after' 0 marshal scan
is 'asks nobody again' "$(deep_time web01)" "$then"
is 'and keeps what was known' "$(verdict vss.writers)" pass
exits 'with --deep' 0 marshal scan --deep web01
is 'the host is asked' "$(verdict vss.writers)" fail
check 'it has a new age' test "$(deep_time web01)" -gt "$then"
age_all 700000000
then=$(deep_time web01)
exits 'a week later' 0 marshal scan
check 'the host is asked again' test "$(deep_time web01)" -gt "$((then + 600000000))"
facts=$(grep -c '^	row(' "$root/scanner/facts/fact_rows.h")
exits 'what each fact took' 0 marshal show web01 --timing
is 'every fact has its row' "$(grep -cE '^[a-z.-]+ +[0-9]+ ' "$work/out")" "$facts"
has 'and the sum is told' "$work/out" "$facts facts of web01, collected in"
exits 'a time that is none' 2 marshal scan --deep-every often
