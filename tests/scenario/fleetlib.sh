# fleetlib.sh - for scenarios that look at a simulated fleet: `. "$(dirname "$0")/fleetlib.sh"`, then
# fleet_start. Everything of lib.sh, and words for the fleet in $F, the program and its database in $DB.
# shellcheck shell=bash
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

F=$work/fleet DB=$work/marshal.db
inventory=$F/inventory.yaml

# fleet_start ARGUMENTS of scripts/fleet start; the scenario is skipped where sshd is missing.
fleet_start() {
	if [ ! -x /usr/sbin/sshd ]; then
		skip "$(basename "$0" .sh)" "no /usr/sbin/sshd"
		exit 0
	fi
	at_end "$root/scripts/fleet" stop --dir "$F"
	"$root/scripts/fleet" start --dir "$F" "$@" >"$work/fleet.out" 2>&1 && return
	not_ok "the simulated fleet starts"
	cat "$work/fleet.out"
	exit 1
}
set_state() { "$root/scripts/fleet" set --dir "$F" "$@"; }

# marshal ARGUMENTS: with the fleet's inventory (or $inventory) and $DB, by the environment: not every command reads both.
marshal() { MARSHAL_INVENTORY=$inventory MARSHAL_DB=$DB "$MARSHAL" "$@"; }
sql() { sqlite3 -readonly "$DB" "$1"; }
fault_of() { sql "select fault from host where name = '$1'"; }
text_of() { sql "select fault_text from host where name = '$1'"; }
# summary NAME: a number of the last `scan --json` in $work/out.
summary() { jq -r "$1" "$work/out"; }

# edited SED-EXPRESSION...: the fleet's inventory changed; becomes $inventory. Relative names in it stay.
edited() {
	local expression arguments=()
	for expression in "$@"; do
		arguments+=(-e "$expression")
	done
	inventory=$F/edited.yaml
	sed "${arguments[@]}" "$F/inventory.yaml" >"$inventory"
}

# reread SED-EXPRESSION: the fleet's sshd begins anew, with its configuration changed so.
reread() {
	local port
	port=$(sed -n 's/^Port //p' "$F/sshd_main")
	sed -i "$1" "$F/sshd_main"
	pkill -HUP -P "$(cat "$F/fleet.pid")" -f "$F/sshd_main"
	within 10 bash -c ": </dev/tcp/127.0.0.1/$port" 2>"$work/reread"
}

# answer HOST: what the probe says there, as the script run by hand writes it: without markers.
answer() {
	local state=$F/hosts/$1.json
	{
		printf 'Write-Output 1' | base64 -w0
		echo
		jq -nc '{op: "probe", v: 1, nonce: ("0" * 32), facts: null, cloud: "public",
			login_hosts: ["login.windows.net"], limits: {fact_ms: 10000, ob_ms: 30000}}' | base64 -w0
		echo
	} | MARSHAL_STATE=$state "$SIMHOST" powershell.exe -NoProfile -NonInteractive -EncodedCommand AAAA |
		sed '/^<<<answer/d; /^$/d'
}
