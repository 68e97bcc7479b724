#!/usr/bin/env bash
# Who answers: a server that calls itself otherwise than the inventory does, and one that was not asked as an
# administrator.
. "$(dirname "$0")/fleetlib.sh"

fleet_start --hosts 4
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
