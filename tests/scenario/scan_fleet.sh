#!/usr/bin/env bash
# A scan of servers that are all well: what is seen, printed and stored, and what a second one adds.
. "$(dirname "$0")/fleetlib.sh"

fleet_start --hosts 20
edited 's/file02: {/file02: {marshal_skip: true, /'
exits "healthy servers are all seen" 0 marshal scan
has "and counted" "$work/out" "20 hosts: 19 seen, 0 not seen, 1 skipped (marshal_skip), in "
is "all of the database is in one file when it is done" "$(stat -c %s "$DB-wal")" 0
is "with one line" "$(wc -l <"$work/out")" 1
is "no progress and no escapes where no terminal is" "$(cat "$work/err")" "marshal: new database '$DB'"
is "a status each" "$(sql "select status, count(*) from host group by 1 order by 1")" "|1
outdated|19"
facts=$(grep -c '^	row(' "$root/scanner/facts/fact_rows.h")
is "every fact of each server, the first time" "$(sql "select count(*) from fact")" $((19 * facts))
is "its version" "$(sql "select distinct version from host where name <> 'file02'")" 2.0.9070.0
is "the time of the look" "$(sql "select count(*) from host where seen_utc_ms > 0 and seen_utc_ms = tried_utc_ms")" 19
is "a skipped server was never contacted" "$(sql "select tried_utc_ms from host where name = 'file02'")" 0
is "the scan is on record" "$(sql "select patterns, hosts, seen, faults, how from scan")" "all|20|19|0|done"
is "the database is its user's alone" "$(stat -c %a "$DB")" 600
is "no process is left on record" "$(sql "select count(*) from process")" 0

# --- again -----------------------------------------------------------------------------------
facts=$(sql "select count(*) from fact_past") findings=$(sql "select count(*) from finding_past")
exits "as JSON" 0 marshal scan --json 'web*:!web01' sql01
is "of the servers named" "$(summary '[.hosts, .seen, .not_seen, .skipped, .not_begun] | join(" ")')" "4 4 0 0 0"
is "faults are an object" "$(summary '.faults | length')" 0
exits "all again" 0 marshal scan
is "what did not change is no new fact" "$(sql "select count(*) from fact_past")" "$facts"
is "nor a new finding" "$(sql "select count(*) from finding_past")" "$findings"
set_state web01 agent.version=2.0.9938.0 services.obengine.state=Stopped
exits "and after changes" 0 marshal scan web01
is "what changed is" "$(($(sql "select count(*) from fact_past") - facts))" 2
is "the older value is kept" "$(sql "select w.name from fact_past f join word w on w.id = f.name
	order by 1")" "agent
service.obengine"
is "the version has a history" "$(sql "select v.version from agent_version v join host h on h.id = v.host
	where h.name = 'web01' order by v.utc_ms")" "2.0.9070.0
2.0.9938.0"
exits "a target is remembered" 0 marshal scan --target 2.0.9940.0 app01
is "and judges those not looked at too" "$(sql "select count(*) from finding f join word w on w.id = f.name
	where w.name = 'mars.target' and f.verdict = 'fail'")" 19

# --- beside each other -----------------------------------------------------------------------
set_state sql01 faults.probe=slow:1500
marshal scan --json >"$work/first" 2>&1 &
first=$!
exits "a scan beside another works" 0 marshal scan
status=0
wait "$first" || status=$?
is "and so does the other" "$status" 0
is "both saw all" "$(jq .seen "$work/first")" 19
is "both are on record" "$(sql "select count(*) from scan where how = 'done' and seen = 19")" 4
set_state sql01 faults.probe=
exits "what cannot be printed is told" 3 bash -c "'$MARSHAL' -i '$inventory' --db '$DB' scan web01 >/dev/full"
has "with why" "$work/err" "cannot write to standard output: No space left on device"
exits "a reader that leaves is no error" 0 bash -c "set -o pipefail; '$MARSHAL' -i '$inventory' --db '$DB' scan web01 | true"
