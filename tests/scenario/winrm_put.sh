#!/usr/bin/env bash
# Upgrades of servers that speak WinRM, inside SSH: the installer goes in pieces. Cut wherever it can be cut it ends whole
# on the server, what had arrived is not sent again, and nothing is started twice or left behind.
. "$(dirname "$0")/winrmlib.sh"

[ -x /usr/sbin/sshd ] || { skip "upgrades over WinRM" "no /usr/sbin/sshd"; exit 0; }
build_winrmhost
fleet=$root/scripts/fleet
d=$work/fleet
at_end "$fleet" stop --dir "$d"
# three pieces, the last of them not a whole one
"$fleet" start --dir "$d" --hosts 30 --way winrm --installer-kb 10000 >"$work/start" 2>&1 || { cat "$work/start"; exit 1; }
export TMPDIR=$work             # a marshal that is killed leaves the folder of its doors
export MARSHAL_INVENTORY=$d/inventory.yaml MARSHAL_DB=$work/marshal.db
signed "$d"
installer=$d/MARSAgentInstaller.exe
size=$(stat -c %s "$installer") piece=$((4 << 20))
state() { "$fleet" get --dir "$d" "$1" "$2"; }
set_state() { local h=$1; shift; "$fleet" set --dir "$d" "$h" "$@"; }
logged() { "$fleet" log --dir "$d" "$1" | grep -c -e "$2"; }
outcome() { jq -r --arg h "$1" '.hosts[] | select(.host == $h) | .outcome' "$work/out"; }
reason() { jq -r --arg h "$1" '.hosts[] | select(.host == $h) | .reason' "$work/out"; }
upgrade() { "$MARSHAL" upgrade "$@" --installer "$installer" --yes --json --quiet; }
begins() {                              # HOST: in the background, as $marshal
	"$MARSHAL" upgrade "$1" --installer "$installer" --yes --json >"$work/out" 2>"$work/err" </dev/null &
	marshal=$!
	lib_started+=("$marshal")
}
part() { find "$d" -path "*$1*" -name '*.part' -printf '%s\n'; }
is_untouched() {
	is "$1: nothing was stopped" "$(logged "$1" 'obengine told to')" 0
	is "$1: nothing is left" "$(state "$1" folders)$(state "$1" tasks)$(state "$1" marker)" "{}{}null"
}
# is_whole HOST: and no piece was written twice, but the last, with which the whole is looked at.
is_whole() {
	is "$1: upgraded" "$(state "$1" agent.version)" 2.0.9938.0
	is "$1: the installer was started once" "$(logged "$1" 'installer .* started')" 1
	is "$1: obengine runs" "$(state "$1" services.obengine.state)" 4
	is "$1: nothing is left" "$(state "$1" folders)$(state "$1" tasks)$(state "$1" marker)" "{}{}null"
	is "$1: no piece was written twice" "$("$fleet" log --dir "$d" "$1" | grep -o 'put at .*' | sort | uniq -d | grep -v "at $((2 * piece))")" ""
}

# --- whole ---------------------------------------------------------------------------------------
for host in web01 web02 web03 web04; do
	# a shell that is left over would be in the way of the next
	set_state "$host" install.seconds=1 winrm.max_shells_per_user=1
done
exits "four servers are upgraded" 0 upgrade 'web0[1:4]'
for host in web01 web02 web03 web04; do is_whole "$host"; done
"$fleet" log --dir "$d" web01 >"$work/log"
is "in pieces" "$(grep -c 'put at' "$work/log")" 3
has "of that size" "$work/log" "$((size - 2 * piece)) bytes of the installer put at $((2 * piece))"

# --- cut -----------------------------------------------------------------------------------------
# HOST, words of faults.winrm: at which Send (a piece takes about fifty), or at the Receive of which call, the first two
# of which are the look and stage-open: then an answer is lost, that to the last piece too.
hosts=()
while read -r host words; do
	set_state "$host" install.seconds=1 "faults.winrm=$words" winrm.max_shells_per_user=2
	hosts+=("$host")
done <<'END'
sql01 drop:Send:30
sql02 drop:Send:80
sql03 cut:Send:120
sql04 lost-shell:Send:60
sql05 garbage:Send:70
file01 unavailable:Send:70
file02 cut:Receive:3
file03 cut:Receive:4
file04 cut:Receive:5
END
exits "wherever it is cut, it costs a reconnect" 0 upgrade "${hosts[@]}"
for host in "${hosts[@]}"; do is_whole "$host"; done

# --- killed --------------------------------------------------------------------------------------
# a piece has arrived; and the next is slow
has_put() { [ "$(logged "$1" 'of the installer put at')" -ge "$2" ]; }
for n in 1 2; do
	host=app0$n
	set_state "$host" install.seconds=1 faults.stage-put=slow:1000
	begins "$host"
	check "$host: $n pieces arrive" within 30 has_put "$host" "$n"
	kill -9 "$marshal"
	wait "$marshal" 2>/dev/null
	set_state "$host" faults.stage-put=
	exits "$host: killed, taken up again" 0 "$MARSHAL" upgrade resume last --yes --json
	is_whole "$host"
done
# half a piece: the server ends in its middle
set_state app03 install.seconds=1 faults.upload=drop
begins app03
half() { [ "$(part app03)" = $((piece / 2)) ]; }
check "app03: half a piece is there" within 30 half
set_state app03 faults.upload=
wait "$marshal"
is "app03: the whole is there in the end" $? 0
is_whole app03

# --- refused -------------------------------------------------------------------------------------
# HOST, the change, exit status, outcome, what is said
refused() {
	set_state "$1" "$2"
	exits "$1: $2" "$3" upgrade "$1"
	is "$1: $2: the outcome" "$(outcome "$1")" "$4"
	check "$1: $2: and why" grep -q "$5" <<<"$(reason "$1")"
	is_untouched "$1"
}
refused dc01 faults.upload=disk-full 1 blocked "no room for the installer"
refused dc02 faults.upload=garble 4 failed "not the one that was sent"
refused dc03 faults.upload=refuse 1 blocked "may not do this"
refused dc04 faults.stage-put=garbage 4 failed "answer"
set_state app04 winrm.max_envelope_kb=64 install.seconds=1
exits "a server that takes small messages alone" 0 upgrade app04
is_whole app04

# --- two ways ------------------------------------------------------------------------------------
# What takes files is the way that is gone: SSH where it is open, WinRM where it is not.
port=$(sed -n 's/^    ansible_port: //p' "$d/inventory.yaml") ssh_port=$(sed -n 's/^Port //p' "$d/sshd_main")
sed "s/app05: {/&marshal_transport: auto, ansible_port: $ssh_port, ansible_user: $(id -un), ansible_winrm_user: fleet, ansible_winrm_port: $port, /
	s/app06: {/&marshal_transport: auto, ansible_port: $("$SIMHOST" --free-ports 1), ansible_user: $(id -un), ansible_winrm_user: fleet, ansible_winrm_port: $port, /" \
	"$d/inventory.yaml" >"$d/auto.yaml"
for host in app05 app06; do set_state "$host" install.seconds=1; done
exits "a server of two ways" 0 env MARSHAL_INVENTORY="$d/auto.yaml" "$MARSHAL" upgrade app05 app06 --installer "$installer" --yes --json
is_whole app06
is "app05: upgraded" "$(state app05 agent.version)" 2.0.9938.0
is "app05: by SFTP" "$(logged app05 'of the installer put at')" 0

# A large one goes only where it was asked for, and only where it needs to be asked.
large=$work/large.exe
"$SIMHOST" --make-installer "$large" 2.0.9938.0 10300
"$SIMHOST" --sign "$large"
for host in file05 file06; do set_state "$host" install.seconds=1; done
sed "s/file05: {/&marshal_transport: auto, ansible_port: $ssh_port, ansible_user: $(id -un), ansible_winrm_user: fleet, ansible_winrm_port: $port, /
	s/file06: {/&marshal_transport: auto, ansible_port: $("$SIMHOST" --free-ports 1), ansible_user: $(id -un), ansible_winrm_user: fleet, ansible_winrm_port: $port, /" \
	"$d/inventory.yaml" >"$d/auto.yaml"
exits "a large one, to two servers of two ways" 1 env MARSHAL_INVENTORY="$d/auto.yaml" "$MARSHAL" upgrade file05 file06 --installer "$large" --yes --json
is "file05: upgraded, for files go by SSH" "$(state file05 agent.version)" 2.0.9938.0
is "file06: blocked, for it is WinRM that leads there" "$(outcome file06)" blocked
check "file06: and why" grep -qF "would go through its WinRM shell in pieces (--push-large, or have it fetched: --download URL)" <<<"$(reason file06)"
is_untouched file06
exits "with --push-large" 0 env MARSHAL_INVENTORY="$d/auto.yaml" "$MARSHAL" upgrade file06 --installer "$large" --push-large --yes --json
is_whole file06

# --- nothing is told -----------------------------------------------------------------------------
check "no password in what is said, logged or stored" bash -c '! grep -raqF "$1" "$2"' - "$(cat "$d/winrm_password")" "$work/out"
for file in "$work/out" "$work/err" "$MARSHAL_DB" "$d/sshd.log"; do
	check "no password in $(basename "$file")" bash -c '! grep -aqF "$1" "$2"' - "$(cat "$d/winrm_password")" "$file"
done
