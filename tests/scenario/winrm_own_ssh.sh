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

# --- what the doctor says of it -----------------------------------------------------------------
step() { jq -r --arg w "$1" 'first(.parts[0].lines[] | select(.what == $w)) | .found + " -> " + .remedy' "$work/out"; }
exits "the doctor" 0 marshal doctor --json "$host"
has "leads the tunnel by its SSH" "$work/out" "by its SSH"
edited "s/^    marshal_jump: .*/    marshal_ssh_port: 1/"
exits "where its SSH does not listen" 1 marshal doctor --json "$host"
step tunnel >"$work/step"
has "it is told as that" "$work/step" "refused: tunnel: its SSH: connect"
has "with the variable of its port" "$work/step" "marshal_ssh_port"
hasnt "and nothing of a bastion's hosts" "$work/step" "behind that bastion"
edited "s/^    marshal_jump: .*/    marshal_ssh_port: $port/" "s/^    marshal_ssh_user: .*/    marshal_ssh_user: nobody-there/"
exits "where its SSH knows no such user" 1 marshal doctor --json "$host"
step tunnel >"$work/step"
has "the user that is offered to SSH is named" "$work/step" "check marshal_ssh_user"
edited "s/^    marshal_jump: .*/    marshal_ssh_port: $port/" "s/^    ansible_port: .*/    ansible_port: 1/"
exits "where no WinRM listens behind it" 1 marshal doctor --json "$host"
step tunnel >"$work/step"
has "SSH is not what is to be mended" "$work/step" "SSH let us in, and no WinRM listens"
edited "s/^    marshal_jump: .*/    marshal_ssh_port: $port/" 's/id_ed25519$/no_such_key/'
exits "where the key file that is named is not there" 1 marshal doctor --json "$host"
step tunnel >"$work/step"
has "it is not told to name one" "$work/step" "correct the name of the key file"

# before anything is dialled: what a way by WinRM lacks
cat >"$work/lacks.ini" <<-END
[g]
a ansible_host=127.9.0.1 marshal_transport=winrm marshal_password_file=$F/winrm_password
b ansible_host=127.9.0.2 marshal_transport=winrm marshal_password_file=$F/winrm_password marshal_ssh_user=x ansible_ssh_private_key_file=$F/id_ed25519
c ansible_host=127.9.0.3 marshal_transport=winrm-direct ansible_user=x
d ansible_host=127.9.0.4 marshal_transport=winrm-direct ansible_user=x marshal_password_file=$F/none
END
inventory=$work/lacks.ini
exits "a way by WinRM that lacks something" 1 marshal doctor
has "no SSH below it" "$work/out" "way                    host a: WinRM with neither marshal_jump nor marshal_ssh_user"
has "no user" "$work/out" "sign-in                host b: no user to sign in with over WinRM"
has "no password" "$work/out" "sign-in                host c: no password to sign in with over WinRM"
has "a password that is not there" "$work/out" "sign-in                host d: the password in file '$F/none'"
has "which is to be corrected" "$work/out" "correct what the inventory says of the password"
edited "s/^    marshal_jump: .*/    marshal_ssh_port: $port/"

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
