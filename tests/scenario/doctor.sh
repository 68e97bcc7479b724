#!/usr/bin/env bash
# The doctor on servers that are well and on some that are not, straight and behind a bastion: what it says of this
# machine, of the bastion, and of each step of the way to a host; and that it leaves nothing behind.
. "$(dirname "$0")/fleetlib.sh"

key() { ssh-keygen -q -t "$1" -N '' -f "$2" </dev/null; }
# line PART WHAT: of $work/out, as JSON
line() { jq -c --arg p "$1" --arg w "$2" 'first(.parts[] | select(.part == $p) | .lines[] | select(.what == $w))' "$work/out"; }
verdict() { line "$1" "$2" | jq -r .verdict; }

fleet_start --hosts 4 --way straight
cp -a "$F/hosts" "$work/hosts"
unset SSH_AUTH_SOCK

# --- this machine ----------------------------------------------------------------------------
exits "a machine on which all is well" 0 marshal doctor
has "libraries" "$work/out" "libssh2  "
has "the limit of open files against --jobs" "$work/out" ": enough for --jobs 256"
has "no database yet" "$work/out" "the first scan makes it"
has "who signs in with what, and where" "$work/out" "(ssh-ed25519): 4 hosts"
check "no database was made" test ! -e "$DB"
exits "with few descriptors" 0 bash -c "ulimit -n 300; MARSHAL_INVENTORY='$inventory' MARSHAL_DB='$DB' '$MARSHAL' doctor --json"
is "it says so" "$(verdict "this machine" "open files")" warn
has "with the numbers" "$work/out" "300: 100 hosts at a time, where --jobs wants 256"
exits "with as many as are wanted" 0 bash -c "ulimit -n 300; MARSHAL_INVENTORY='$inventory' MARSHAL_DB='$DB' '$MARSHAL' doctor --json --jobs 50"
is "all is well" "$(verdict "this machine" "open files")" ok
marshal scan >/dev/null 2>&1
exits "with a database" 0 marshal doctor --json
is "its schema is ours" "$(verdict "this machine" schema)" ok
is "its mode" "$(verdict "this machine" database)" ok
is "the clock is compared with hosts'" "$(line "this machine" clock | jq -r '.found | test("4 hosts|nothing that keeps it")')" true
sqlite3 "$DB" "insert into schema_version (version) values (999)"
exits "a database of a newer version" 1 marshal doctor --json
is "is told" "$(verdict "this machine" schema)" fail
rm -f "$DB"
chmod 0644 "$F/id_ed25519"
exits "a key that others read" 0 marshal doctor --json
is "is told" "$(line "this machine" "key file" | jq -r '.verdict + " " + .remedy')" "warn chmod go= '$F/id_ed25519'"
chmod 0600 "$F/id_ed25519"
chmod 0666 "$inventory"
exits "an inventory that others write" 1 marshal doctor --json
is "is told" "$(verdict "this machine" inventory)" fail
chmod 0644 "$inventory"
exits "an inventory that cannot be read" 1 env MARSHAL_DB="$DB" MARSHAL_INVENTORY="$work/none.yaml" "$MARSHAL" doctor
has "is told among the others" "$work/out" "cannot open '$work/none.yaml'"
has "which go on" "$work/out" "key agent"
exits "an agent that is not there" 0 env SSH_AUTH_SOCK="$work/nobody" MARSHAL_DB="$DB" MARSHAL_INVENTORY="$inventory" "$MARSHAL" doctor --json
is "is told" "$(verdict "this machine" "key agent")" warn

# --- a host, step by step --------------------------------------------------------------------
exits "a host that is well" 0 marshal doctor --json web01
is "each step in its order" "$(jq -r '[.parts[0].lines[].what] | join(" ")' "$work/out")" \
	"name connect handshake host key sign-in channel run PowerShell account"
is "with its time" "$(jq '[.parts[0].lines[0:7][] | select(.took_ms >= 0)] | length' "$work/out")" 7
has "the algorithms" "$work/out" "SSH-2.0-OpenSSH"
has "where its key is on record" "$work/out" "$F/known_hosts line "
has "who signs in" "$work/out" "user 'root' with key '$F/id_ed25519'"
has "who we are there" "$work/out" 'web01\\marshal, an administrator'
exits "two hosts" 0 marshal doctor web01 sql01
is "are one after the other" "$(grep '^host ' "$work/out" | tr '\n' ' ')" "host sql01 host web01 "
cp "$F/known_hosts" "$work/known"
: >"$F/known_hosts"
exits "a host whose key is not known" 1 marshal doctor --json web01
is "fails there" "$(line "host web01" "host key" | jq -r '.verdict + " " + (.found | sub(":.*"; "")) + " " + (.remedy | sub(",.*"; ""))')" \
	"fail host-key-unknown collect the host's key"
is "and goes no further" "$(jq -r '.parts[0].lines[-1].what' "$work/out")" "host key"
cp "$work/known" "$F/known_hosts"
key ed25519 "$work/other"
edited "s|$F/id_ed25519|$work/other|; s|: id_ed25519|: $work/other|"
exits "a key that is not on the host" 1 marshal doctor --json web01
is "fails at the sign-in" "$(line "host web01" sign-in | jq -r '.found | sub(":.*"; "")')" sign-in-rejected
inventory=$F/inventory.yaml
edited 's/ansible_port: [0-9]*/ansible_port: 1/'
exits "a port where nothing listens" 1 marshal doctor --json web01
is "fails at the connect" "$(line "host web01" connect | jq -r '.found | sub(":.*"; "")')" refused
inventory=$F/inventory.yaml
"$SIMHOST" --set "$F/hosts/web01.json" faults.all=hang
exits "a host that hangs" 1 marshal doctor --json web01 --limit probe=2s
is "fails at the run" "$(line "host web01" run | jq -r '.found | sub(":.*"; "")')" time-limit
has "with its limit" "$work/out" "--limit probe"
check "still no database" test ! -e "$DB"
exits "a host that there is not" 2 marshal doctor web99
has "is told" "$work/err" "no host or group matches 'web99'"
{
	echo "all:"
	echo "  vars: {ansible_connection: local, marshal_program: /bin/true}"
	echo "  hosts: {'h[01:21]': }"
} >"$work/many.yaml"
exits "too many at a time" 2 "$MARSHAL" -i "$work/many.yaml" doctor all
has "is told" "$work/err" "21 hosts: at most 20 at a time"

# --- a bastion -------------------------------------------------------------------------------
"$root/scripts/fleet" stop --dir "$F" >/dev/null 2>&1
rm -rf "$F"
fleet_start --hosts 3 --way bastion
inventory=$F/inventory.yaml
exits "a bastion is signed in to" 0 marshal doctor --json
is "step by step" "$(jq -r '.parts[1].part, ([.parts[1].lines[].what] | join(" "))' "$work/out")" "bastion 127.0.0.1
name connect handshake host key sign-in"
exits "a host behind it" 0 marshal doctor --json web01
is "first the bastion, then through it" "$(jq -r '[.parts[].part] | join(", ")' "$work/out")" "bastion 127.0.0.1, host web01"
is "the tunnel is a step" "$(jq -r '[.parts[1].lines[].what] | join(" ")' "$work/out")" \
	"name tunnel handshake host key sign-in channel run PowerShell account"
edited 's/marshal_jump: *[^,}]*/marshal_jump: root@127.0.0.1:1/'
exits "a bastion that is down" 1 marshal doctor --json web01
is "fails by itself" "$(line "bastion 127.0.0.1" connect | jq -r '.found | sub(":.*"; "")')" refused
is "and the host at the tunnel" "$(verdict "host web01" tunnel)" fail
check "no database" test ! -e "$DB"

# --- said once ----------------------------------------------------------------------------------
mkdir "$F/folder"
edited '/ansible_ssh_private_key_file:/d' 's/marshal_known_hosts: .*/marshal_known_hosts: folder/' 's/^  vars:/&\n    ansible_password: in-clear/'
exits "where each host has to be prepared by itself" 1 marshal doctor
is "passwords in clear are told once" "$(grep -c "holds passwords in clear, of" "$work/err")" 1
