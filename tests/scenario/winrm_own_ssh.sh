#!/usr/bin/env bash
# WinRM through a server's own SSH: the server is its own bastion, and its WinRM is reached on its loopback. A scan, an
# upgrade, a look of the doctor, and forty such servers where few files may be open.
. "$(dirname "$0")/fleetlib.sh"

if ! pkg-config --exists libmicrohttpd expat 2>/dev/null; then
	skip "WinRM through a server's own SSH" "no libmicrohttpd (package libmicrohttpd-dev)"
	exit 0
fi
make -s -C "$root" winrmhost >/dev/null || { not_ok "winrmhost can be built"; exit 1; }
fleet_start --hosts 40 --way winrm
signed "$F"
port=$(sed -n 's/^Port //p' "$F/sshd_main")
reread 's/^AllowTcpForwarding no/AllowTcpForwarding local/'
# on the loopback of each there is but one
host=web01
ln -sf "../hosts/$host.json" "$F/addresses/127.0.0.1"
edited "s/^    marshal_jump: .*/    marshal_ssh_port: $port/"

exits "a scan of it" 0 marshal scan "$host" --json
is "sees it" "$(summary .seen)" 1
exits "an upgrade of it" 0 marshal upgrade "$host" --installer "$F/MARSAgentInstaller.exe" --yes --json --quiet
is "which ends well" "$(jq -r '.hosts[0].outcome' "$work/out")" upgraded
is "with the new agent" "$("$root/scripts/fleet" get --dir "$F" "$host" agent.version)" 2.0.9938.0

# --- few open files -----------------------------------------------------------------------------
few() { bash -c 'ulimit -n "$1"; shift; exec "$@"' few "$1" env MARSHAL_INVENTORY="$inventory" MARSHAL_DB="$DB" "$MARSHAL" "${@:2}"; }
set_state "$host" winrm.max_shells_per_user=100
exits "forty of them with 1,024 open files" 0 few 1024 scan --json
is "are all begun" "$(summary .seen)" 40
exits "with 100 none is" 3 few 100 scan --json
has "and it is said why" "$work/err" "the open-files limit of 100 allows no session with any host"
exits "with 140 it is some at a time" 0 few 140 scan --json
has "which is said" "$work/err" "in flight instead of"
is "and all are seen" "$(summary .seen)" 40
exits "the doctor" 0 few 140 doctor --json
n=$(sed -n 's/.*"140: \([0-9]*\) hosts at a time.*/\1/p' "$work/out")
few 140 scan >/dev/null 2>"$work/err"
has "counts as a scan does" "$work/err" "$n in flight instead of"
