#!/usr/bin/env bash
# Who answers: a server that calls itself otherwise than the inventory does, one that was not asked as an
# administrator, another machine under the name of one, clones, and one under a new name.
. "$(dirname "$0")/fleetlib.sh"

fleet_start --hosts 6
signed "$F"
verdict() { sql "select f.verdict from finding f join word w on w.id = f.name join host h on h.id = f.host
	where h.name = '$1' and w.name = '$2'"; }

# --- by its name --------------------------------------------------------------------------------
set_state web01 agent.version=2.0.9938.0 name=OTHER99
set_state sql01 agent.version=2.0.9938.0
exits 'a scan' 0 marshal scan
is 'a server that calls itself otherwise is warned of' "$(verdict web01 host.identity)" warn
is 'and one that does not is not' "$(verdict sql01 host.identity)" pass
exits 'the server is shown' 0 marshal show web01
has 'with both names' "$work/out" 'it calls itself OTHER99, the inventory expects web01'
edited 's/web01: {/web01: {marshal_computer_name: other99, /'
exits 'where the inventory says so' 0 marshal scan
is 'it is as intended' "$(verdict web01 host.identity)" pass
exits "a new target judges what is stored" 0 marshal scan --target 2.0.9938.0 sql01
is "by the same word" "$(verdict web01 host.identity)" pass

# --- as an administrator ------------------------------------------------------------------------
set_state sql01 identity.admin=false
exits 'a scan by an account that is no administrator' 0 marshal scan
is 'says nothing of a server' "$(sql "select status from host where name = 'sql01'")" undetermined
exits 'and shows' 0 marshal show sql01
is 'that before all else' "$(head -n 1 "$work/out" | grep -c '^account .*no administrator.*nothing else')" 1
installer=(--installer "$F/MARSAgentInstaller.exe")
exits 'its plan' 0 marshal upgrade sql01 "${installer[@]}" --dry-run
has 'refuses it' "$work/out" '0 to upgrade, 0 current, 1 blocked'
has 'and names the check' "$work/out" '(host.account)'
sqlite3 "$DB" "update host set facts_utc_ms = facts_utc_ms - 3600000 where name = 'sql01'"
exits 'one from older facts' 0 marshal upgrade sql01 "${installer[@]}" --dry-run
has 'names it all the same' "$work/out" 'host.account fails on 1 of them: nothing'
exits 'as JSON' 0 marshal upgrade sql01 "${installer[@]}" --dry-run --json
is 'does too' "$(jq -c '[.to_upgrade, .unbelieved, .hosts[0].unbelieved]' "$work/out")" '[1,1,true]'
if command -v script >/dev/null; then
	echo 2 | MARSHAL_INVENTORY=$inventory MARSHAL_DB=$DB script -qec "$MARSHAL upgrade sql01 ${installer[*]}" "$work/typed" >/dev/null
	tr -d '\r' <"$work/typed" | tr '\n' ' ' >"$work/unfolded"
	has 'so does the question' "$work/unfolded" \
		"1 were seen without an administrator's rights (host.account); in all at most 1 host will be changed"
else
	skip 'the question on a terminal' 'no script program'
fi
exits 'its upgrade' 1 marshal upgrade sql01 "${installer[@]}" --yes
has 'is refused by the fresh look' "$work/out" 'no administrator there, or without its rights (host.account)'
exits 'its report' 0 marshal report run last --format json
is 'says that nothing was changed' "$(jq '.rows[0].changed' "$work/out")" false

# --- another machine ----------------------------------------------------------------------------
inventory=$F/inventory.yaml
exits 'a scan of the usual machines' 0 marshal scan
# but that hosts are in other groups than before, by the inventory that comes back here
check 'says nothing of them' bash -c "! grep -v 'described otherwise by the inventory' '$work/err'"
is 'of no id more than a hash is stored' "$(sqlite3 "$DB" .dump | grep -ciE \
	"$("$root/scripts/fleet" get --dir "$F" app01 machine | jq -r '[.uuid, .guid, .sid] | join("|")')")" 0
set_state app01 machine.uuid=11111111-2222-4333-8444-555555555555
exits 'one with a new board' 0 marshal scan
check 'is the same' test ! -s "$work/err"
is 'by its check too' "$(verdict app01 host.identity)" pass
set_state app01 machine.guid=66666666-2222-4333-8444-555555555555 machine.sid=S-1-5-21-7-8-9
exits 'a plan from before the exchange' 0 marshal upgrade app01 "${installer[@]}" --dry-run
has 'knows nothing of it' "$work/out" '1 to upgrade'
exits 'an upgrade of what was exchanged since' 1 marshal upgrade app01 "${installer[@]}" --yes
has 'is blocked by the fresh look' "$work/out" 'another machine than before answers under this name'
exits 'a scan after it was installed anew' 0 marshal scan
has 'says so' "$work/err" 'another machine than before answers for 1 host, which no upgrade changes: app01'
is 'and finds it' "$(verdict app01 host.identity)" fail
is 'so that nothing of it is believed' "$(sql "select status from host where name = 'app01'")" undetermined
exits 'an alarm on it' 1 marshal report compliance --fail-on host.identity
exits 'what is told of the server' 0 marshal show app01
has 'has since when' "$work/out" "another machine than before, since $(date -u +%F); the one before was another installation of Windows on this hardware"
is 'before all else' "$(head -n 1 "$work/out" | grep -c '^machine .*another machine than before')" 1
exits 'what is stored, judged anew' 0 marshal scan --target 2.0.9938.0 sql01
is 'comes to the same' "$(verdict app01 host.identity)" fail
exits 'its plan' 0 marshal upgrade app01 "${installer[@]}" --dry-run
has 'refuses it' "$work/out" 'marshal scan --accept-changed app01'
has 'and no other reason' "$work/out" '0 to upgrade, 0 current, 1 blocked'
exits 'so does show' 0 marshal show app01
has 'in the trail' "$work/out" 'machine-changed'
exits 'another scan' 0 marshal scan app01
has 'accepts nothing' "$work/err" 'another machine'
exits 'one that is told to' 0 marshal scan --accept-changed app01
check 'does' test ! -s "$work/err"
is 'and has nothing against it any more' "$(verdict app01 host.identity)" pass
check 'so that it counts again' test "$(sql "select status from host where name = 'app01'")" != undetermined
exits 'what is said of the host' 0 marshal show app01
has 'has who did' "$work/out" 'machine-accepted'
exits 'the plan then' 0 marshal upgrade app01 "${installer[@]}" --dry-run
has 'is to upgrade it' "$work/out" '1 to upgrade'

# --- zeros, and clones --------------------------------------------------------------------------
set_state web01 machine.uuid=00000000-0000-0000-0000-000000000000
set_state file01 machine.uuid=00000000-0000-0000-0000-000000000000
exits 'two servers without a UUID' 0 marshal scan
check 'are no clones' test ! -s "$work/err"
set_state web01 machine.uuid=12345678-2222-4333-8444-555555555555
set_state file01 machine.uuid=12345678-2222-4333-8444-555555555555
exits 'two with the same' 0 marshal scan
has 'are' "$work/err" '2 hosts have one SMBIOS UUID, clones of each other or of one image'
has 'by name' "$work/err" 'file01,web01'
set_state file01 machine.guid="$("$root/scripts/fleet" get --dir "$F" web01 machine.guid | tr -d '"')"
exits 'and the same MachineGuid, which both are new to it' 0 marshal scan
check 'do not make it another machine' bash -c "! grep -q 'another machine' '$work/err'"
exits 'and refuse no upgrade' 0 marshal upgrade file01 "${installer[@]}" --dry-run
has 'of it' "$work/out" '1 to upgrade'

# --- a new name ---------------------------------------------------------------------------------
edited 's/ dc01: {/ dc09: {marshal_computer_name: dc01, /'
exits 'a server by another name in the inventory' 0 marshal scan
has 'is known again' "$work/err" 'host dc09 is the machine that was dc01, which no inventory names any more'
is 'with a history of its own' "$(sql "select count(*) from look l join host h on h.id = l.host where h.name = 'dc09'")" 1
exits 'a host that is in the inventory' 2 marshal db rename dc09 app01
has 'gives its history to nobody' "$work/err" "host 'dc09' is in the inventory"
exits 'another machine' 2 marshal db rename dc01 app01
has 'gets none' "$work/err" "host 'app01' is another machine than 'dc01' was"
exits 'one that nobody knows' 2 marshal db rename dc77 dc09
cat >"$work/policy.yml" <<'YAML'
exceptions:
- {host: dc01, check: os.dotnet, owner: ann, reason: waits, expires: 2999-12-31}
YAML
exits 'with an exception' 0 marshal scan dc09 --policy "$work/policy.yml"
exits 'the same machine' 0 marshal db rename dc01 dc09
has 'takes over what was known' "$work/out" 'what was known of dc01 is known of it now'
has 'but for exceptions, which are the file'"'"'s' "$work/err" 'in the line `host: dc01` write `host: dc09`'
has 'which is named' "$work/err" "$work/policy.yml: an exception (check os.dotnet, owner ann, to 2999-12-31) still names dc01 and covers nothing on dc09"
has 'with what makes it count' "$work/err" 'then marshal recheck --policy FILE'
check 'its looks are there' test "$(sql "select count(*) from look l join host h on h.id = l.host where h.name = 'dc09'")" -gt 5
is 'those in between too' "$(sql "select count(*) from look l join host h on h.id = l.host where h.name = 'dc01'")" 2
is 'and it is in the inventory' "$(sql "select name from host where gone_utc_ms <> 0")" dc01
exits 'a scan after it' 0 marshal scan
check 'has nothing to say of it but of its exception' bash -c "! grep 'dc0' '$work/err' | grep -v exception"
exits 'the trail' 0 marshal show dc09
has 'has it' "$work/out" 'it was dc01'
exits 'a database like that' 0 marshal db check

# --- one id in common ----------------------------------------------------------------------------
# A board that another server got, or one image for both: two of three ids make the same machine.
edited '/ sql01: {/d'
uuid=$("$root/scripts/fleet" get --dir "$F" sql01 machine.uuid | tr -d '"')
set_state app01 machine.uuid="$uuid"
exits 'a server with one id of one that is gone' 0 marshal scan app01
check 'is not that one under a new name' bash -c "! grep -q 'is the machine that was sql01' '$work/err'"

# --- two names of one server ---------------------------------------------------------------------
edited 's/ web01: {/ web01: {marshal_computer_name: file01, /'
for id in uuid guid sid; do
	set_state web01 machine.$id="$("$root/scripts/fleet" get --dir "$F" file01 machine.$id | tr -d '"')"
done
set_state web01 name=FILE01
exits 'a server with a second name' 0 marshal scan --accept-changed web01
has 'is told' "$work/err" 'web01 is the same server as file01, by its machine and its computer name'
exits 'another look at both' 0 marshal scan file01 web01
is 'makes it a finding' "$(verdict web01 host.identity)" warn
is 'of the second name alone' "$(verdict file01 host.identity)" pass
exits 'and shows' 0 marshal show web01
has 'it, with what to do' <(tr -s ' \n' ' ' <"$work/out") 'Take one of the two names out of the inventory'
