#!/usr/bin/env bash
# The demo's mixture: every server of it shows exactly what its variable fleet_case announces, and
# every check of the catalogue finds something on one of them.
. "$(dirname "$0")/fleetlib.sh"

fleet_start --hosts 50 --mix demo
exits "servers with faults: not all are seen" 1 marshal scan --target 2.0.9938.0 --deep --as-system --limit probe=6s --limit connect=3s
has "the summary counts them" "$work/out" "50 hosts: 24 seen, 25 not seen, 1 skipped (marshal_skip), in "
cp "$work/out" "$work/text"

# case, how often, fault, status from its facts ("-": never judged; of a cut answer what came counts)
cases='
outdated                3 -                     outdated
outdated-console        1 -                     outdated
outdated-core           1 -                     outdated
installer-1603          1 -                     outdated
installer-1618          1 -                     outdated
compliant               1 -                     compliant
never-registered        1 -                     needs-registration
behind                  1 -                     behind
skipped                 1 -                     -
mars-none               1 -                     outdated
optional-absent         1 -                     excluded
not-installed           1 -                     not-installed
undetermined            1 -                     undetermined
dpm                     1 -                     outdated
mabs-version-unreadable 1 -                     outdated
services-off            1 -                     at-risk
proxy-changed           1 -                     at-risk
scratch-moved           1 -                     at-risk
asr-neglected           1 -                     at-risk
azure-vm-busy           1 -                     outdated
snapshots-fail          1 -                     failing
schedule-lost           1 -                     at-risk
hardened-offline        1 -                     compliant
refused                 1 refused               -
no-answer               1 no-answer             -
not-ssh                 1 not-ssh               -
throttled               1 throttled             -
no-common-algorithm     1 no-common-algorithm   -
host-key-changed        1 host-key-changed      -
host-key-unknown        1 host-key-unknown      -
name-not-found          1 name-not-found        -
unsupported-transport   1 unsupported-transport -
unresolved-variable     1 unresolved-variable   -
sign-in-rejected        1 sign-in-rejected      -
channel-refused         1 channel-refused       -
no-usable-key           1 no-usable-key         -
stale-credential        2 sign-in-rejected      -
stale-credential        1 credential-suspended  -
no-powershell           1 no-powershell         -
constrained-language    1 constrained-language  -
blocked-by-security     1 blocked-by-security   -
access-denied           1 access-denied         -
program-failed          1 program-failed        -
connection-lost         1 connection-lost       (-|outdated)
wrong-answer            1 wrong-answer          -
too-much-output         1 too-much-output       -
time-limit              1 time-limit            -'

# NAME CASE FAULT STATUS of every server
sed -n 's/^ *\([a-z0-9-]*\): {.*fleet_case: \([a-z0-9-]*\)}$/\1 \2/p' "$F/inventory.yaml" | sort >"$work/cases"
sql "select name || ' ' || case fault when '' then '-' else fault end || ' ' ||
	case status when '' then '-' else status end from host order by name" | sort >"$work/seen"
join "$work/cases" "$work/seen" >"$work/all"
is "all 50 are known" "$(wc -l <"$work/all")" 50
sum=0
while read -r name count fault status; do
	[ -n "$name" ] || continue
	sum=$((sum + count))
	is "$name: $fault $status" "$(grep -Ec "^[a-z0-9-]* $name $fault $status\$" "$work/all")" "$count"
done <<<"$cases"
is "and no case is forgotten" "$sum" 50
[ "$lib_bad" -eq 0 ] || cat "$work/all"

while read -r fault; do
	check "the summary explains $fault" grep -q "^$fault: " "$work/text"
done < <(sql "select distinct fault from host where fault <> ''")
has "a host key that changed is told with its place" "$work/text" "known_hosts line "
check "nothing a server said moves the cursor" bash -c "! grep -q '[[:cntrl:]]' '$work/text'"

# --- every check finds something ---------------------------------------------------------------
server_of() { sed -n "s/^\([a-z0-9-]*\) $1\$/\1/p" "$work/cases" | head -n 1; }
upgraded=$(server_of outdated)
set_state "$upgraded" agent.version=2.0.9938.0
exits "an agent that was upgraded meanwhile" 0 marshal scan "$upgraded"
marshal checks | awk 'NR > 1 && $1 ~ /^[a-z0-9]+\.[a-z0-9-]+$/ { print $1 }' | sort >"$work/ids"
check "the catalogue is read" test "$(wc -l <"$work/ids")" -ge 49
sql "select distinct w.name from finding f join word w on w.id = f.name where f.verdict in ('fail', 'warn')" |
	sort >"$work/found"
# an antivirus product is named and never held against a server
is "every check fails or warns somewhere" "$(comm -23 "$work/ids" "$work/found")" security.antivirus
evidence() { sql "select f.evidence from finding f join host h on h.id = f.host join word w on w.id = f.name
	where h.name = '$1' and w.name = '$2'"; }
evidence "$(server_of hardened-offline)" security.antivirus >"$work/evidence"
has "but is named" "$work/evidence" SophosED
proxied=$(server_of proxy-changed)
evidence "$proxied" network.tls12 >"$work/evidence"
hasnt "what was first seen today no backup contradicts" "$work/evidence" "but backups go through"
sqlite3 "$DB" "update finding set since_utc_ms = since_utc_ms - 3 * 86400000 where host = (select id from host where name = '$proxied')"
exits "three days later" 0 marshal scan "$proxied"
evidence "$proxied" network.tls12 >"$work/evidence"
has "a backup since does" "$work/evidence" "but backups go through: one completed 2"
is "and the status does not follow from it" "$(sql "select status from host where name = '$proxied'")" compliant
set_state "$proxied" agent.version=2.0.9900.0 'network.login={"*":{"status":200,"issuer":"CN=Microsoft Azure RSA TLS Issuing CA 07"}}'
exits "one to upgrade" 0 marshal scan "$proxied"
exits "what is wrong most often" 0 marshal report checks
has "has the documents' addresses beside what to do" "$work/out" " See https://"
exits "a plan for one that needs none" 0 marshal upgrade "$(server_of never-registered)" --installer "$F/MARSAgentInstaller.exe" --allow-unsigned --dry-run
has "says what stops its backups all the same" "$work/out" "mars.registration"
exits "its plan hides none of it" 0 marshal upgrade "$proxied" --installer "$F/MARSAgentInstaller.exe" --allow-unsigned --dry-run
has "but says what backups say" "$work/out" "network.tls12, but backups go through: one completed 2"
has "and counts such servers" "$work/out" "1 of them fail checks that stop backups, although backups went through"
set_state "$proxied" agent.version=2.0.9938.0 'network.login={"*":{"status":403}}'
exits "and is as before" 0 marshal scan "$proxied"
status_of() { sql "select status from host where name = '$1'"; }
set_state "$proxied" scratch.kek_exists=false
exits "a check that stops backups fails besides" 0 marshal scan "$proxied"
sqlite3 "$DB" "update finding set since_utc_ms = since_utc_ms - 3 * 86400000
	where verdict = 'fail' and host = (select id from host where name = '$proxied')"
exits "since three days" 0 marshal scan "$proxied"
is "which a backup contradicts too" "$(status_of "$proxied")" compliant
set_state "$proxied" scratch.exists=false
exits "for another reason" 0 marshal scan "$proxied"
is "which no backup came after" "$(status_of "$proxied")" at-risk
evidence "$proxied" scratch.location >"$work/evidence"
hasnt "is not contradicted" "$work/evidence" "but backups go through"
exits "judged again" 0 marshal recheck
is "it stays so" "$(status_of "$proxied")" at-risk
exits "and the next night" 0 marshal scan "$proxied"
is "as well" "$(status_of "$proxied")" at-risk
set_state "$proxied" scratch.exists=true scratch.kek_exists=true
exits "what is mended" 0 marshal scan "$proxied"
is "is forgotten" "$(status_of "$proxied")" compliant
is "nothing is found on a server that is compliant" "$(sql "select w.name, f.verdict, f.evidence from finding f
	join host h on h.id = f.host join word w on w.id = f.name
	where h.name = '$(server_of compliant)' and f.verdict not in ('pass', 'not applicable')")" ""
is "no server's facts are other than documented" "$(sql "select h.name, w.name, f.error from fact f join host h on h.id = f.host
	join word w on w.id = f.name where f.error_kind in ('wrong-answer', 'failed')")" ""

unreadable=$(server_of mabs-version-unreadable)
exits "a plan for an agent whose version cannot be read" 0 marshal upgrade "$unreadable" --include dpm --installer "$F/MARSAgentInstaller.exe" --allow-unsigned --dry-run --json
is "says what reports say" "$(jq -r '.hosts[0].version' "$work/out")" unreadable
exits "an alarm on a severity" 1 marshal report compliance --fail-on stops-backups
exits "on a check that fails somewhere" 1 marshal report compliance --fail-on backup.passphrase
exits "of hosts that pass it" 0 marshal report compliance --fail-on backup.passphrase "$(server_of compliant)"
exits "a monitor takes them as well" 2 marshal nagios --critical backup.passphrase --warning may-fail
has "and names the hosts" "$work/out" "backup.passphrase 1 ("

# --- a database that older rules judged ----------------------------------------------------------
old=$(server_of behind)
sqlite3 "$DB" "update host set status = 'outdated' where name = '$old'; update setting set value = '1' where name = 'rules'"
exits "a report on it" 0 marshal report compliance --json
has "says so first" <(head -n 1 "$work/err") "judged by older rules"
is "and believes none of its statuses" "$(jq -r '[.rows[].status] | unique - ["excluded", "never-seen"] | join(" ")' "$work/out")" undetermined
exits "nor does a choice" 2 marshal report compliance --where status=outdated
has "which says what judges them again" "$work/err" "count as undetermined: \`marshal recheck\`"
exits "they are to be chosen by what the report says" 0 marshal report compliance --where status=undetermined --json
is "all of them" "$(jq '[.rows[].status] | length > 20 and unique == ["undetermined"]' "$work/out")" true
exits "so does show" 0 marshal show "$old"
has "in its head" "$work/out" undetermined
exits "what will change can be seen" 0 marshal recheck --dry-run --json
is "host by host" "$(jq -r '.changes[] | select(.host == "'"$old"'") | .before + " " + .after' "$work/out")" "outdated behind"
exits "Nagios knows nothing of hosts judged so" 3 marshal nagios
has "says why" "$work/out" "judged by older rules: marshal recheck"
check "and keeps its figures" grep -q ' |.* undetermined=[1-9]' "$work/out"
exits "a plan that is only read" 0 marshal upgrade "$old" --installer "$F/MARSAgentInstaller.exe" --allow-unsigned --dry-run
has "says so first too" <(head -n 1 "$work/err") "judged by older rules"
exits "a plan as JSON" 0 marshal upgrade "$old" --installer "$F/MARSAgentInstaller.exe" --allow-unsigned --dry-run --json
is "says it in its own way" "$(jq .older_rules "$work/out")" true
exits "what became of hosts" 1 marshal diff last --json
is "stands on no word of older rules either" "$(jq -r '[.rows[] | select(.subject == "status").after] - ["undetermined", "excluded", "never-seen"] | length' "$work/out")" 0
exits "nor does the last day" 0 marshal report history --json
is "which is that of now" "$(jq -r '.rows[-1] | .undetermined > 0 and .compliant + .outdated + .failing + .behind == 0' "$work/out")" true
is "and nothing of it judged again" "$(sql "select value from setting where name = 'rules'")" 1
exits "the next command that writes" 0 marshal scan "$(server_of compliant)"
has "judges all hosts again, and sums up" "$work/err" "1 host changed status because rules changed"
is "by today's rules" "$(sql "select status from host where name = '$old'")" behind
sqlite3 "$DB" "update host set status = 'outdated' where name = '$old'; update setting set value = '1' where name = 'rules'"
echo 'thresholds: {clock-warn: 4m}' >"$work/policy.yml"
exits "with a policy that is new as well" 0 marshal scan --policy "$work/policy.yml" "$(server_of compliant)"
has "both are said at once" "$work/err" "changed status because rules and the policy changed"
is "and were judged by" "$(sql "select status from host where name = '$old'")" behind
exits "after that a report" 0 marshal report compliance
hasnt "is silent" "$work/err" "older rules"

# --- an agent whose version cannot be read is upgraded ---------------------------------------------
exits "its upgrade" 0 marshal upgrade "$unreadable" --include dpm --installer "$F/MARSAgentInstaller.exe" --allow-unsigned --yes --json
is "says what it was" "$(jq -r '.hosts[0] | .outcome + " " + .before + " " + .after' "$work/out")" "upgraded unreadable 2.0.9938.0"
exits "it is reported" 0 marshal report run --json
is "by the same word" "$(jq -r '.rows[0].before' "$work/out")" unreadable
