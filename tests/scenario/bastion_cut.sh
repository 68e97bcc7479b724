#!/usr/bin/env bash
# Upgrades whose bastion is cut off in their middle, at each kind of step, once and again, or is away for a while: they come
# to the same end by themselves, over a new line, and no installer is started twice.
. "$(dirname "$0")/lib.sh"

[ -x /usr/sbin/sshd ] || { skip "upgrades whose bastion is cut off" "no /usr/sbin/sshd"; exit 0; }
fleet=$root/scripts/fleet
d=$work/fleet
at_end "$fleet" stop --dir "$d"
"$fleet" start --dir "$d" --hosts 8 --way "${FLEET_WAY:-bastion}" >"$work/start" 2>&1 || { cat "$work/start"; exit 1; }
signed "$d"
export MARSHAL_INVENTORY=$d/inventory.yaml MARSHAL_DB=$work/marshal.db
installer=(--installer "$d/MARSAgentInstaller.exe")
state() { "$fleet" get --dir "$d" "$1" "$2" 2>>"$work/states"; }
set_state() { local h=$1; shift; "$fleet" set --dir "$d" "$h" "$@"; }
logged() { "$fleet" log --dir "$d" "$1" | grep -c -e "$2"; }
has_log() { [ "$(logged "$1" "$2")" -gt 0 ]; }
folder_there() { [ "$(state "$1" folders)" != "{}" ]; }
installing() { [ "$(state "$1" marker.phase)" = installing ]; }
outcome() { jq -r --arg h "$1" '.hosts[] | select(.host == $h) | .outcome' "$work/out"; }
bastion=$(pgrep -f "sshd: .*$d/sshd_bastion")
check "the bastion is there" test -n "$bastion"
lines() { pgrep -P "$bastion" | wc -l; }
no_line() { [ "$(lines)" -eq 0 ]; }
cut() { pkill -KILL -P "$bastion"; }
is_whole() {
	is "$1: upgraded" "$(outcome "$1") $(state "$1" agent.version)" "upgraded 2.0.9938.0"
	is "$1: the installer was started once" "$(logged "$1" 'installer .* started')" 1
	is "$1: obengine runs" "$(state "$1" services.obengine.state)" 4
	is "$1: nothing is left" "$(state "$1" folders)$(state "$1" tasks)$(state "$1" marker)" "{}{}null"
}
# cut_at HOST SLOW COMMAND...: cut when that comes true, which SLOW makes long
cut_at() {
	local host=$1 slow=$2 got=0
	shift 2
	set_state "$host" install.seconds=3 ${slow:+"$slow"}
	"$MARSHAL" upgrade "$host" "${installer[@]}" --yes --json >"$work/out" 2>"$work/err" </dev/null &
	lib_started+=($!)
	check "$host: the moment comes ($*)" within 20 "$@" "$host"
	cut
	[ -z "$slow" ] || set_state "$host" "${slow%%=*}="
	wait "${lib_started[-1]}" || got=$?
	is "$host: cut at '$*', it ends well" "$got" 0
	is_whole "$host"
}
mapfile -t hosts < <(basename -s .json -a "$d"/hosts/*.json)
cut_at "${hosts[0]}" "" folder_there
cut_at "${hosts[1]}" "" installing

# --- all at once, again and again --------------------------------------------------------------
all=("${hosts[@]:2:5}")
for host in "${all[@]}"; do set_state "$host" install.seconds=4; done
"$MARSHAL" upgrade "${all[@]}" "${installer[@]}" --yes --json >"$work/out" 2>"$work/err" </dev/null &
upgrading=$!
lib_started+=("$upgrading")
cuts=0
while kill -0 "$upgrading" 2>/dev/null; do
	if [ "$(lines)" -gt 0 ] && [ "$cuts" -lt 5 ]; then
		cut
		cuts=$((cuts + 1))
		within 5 no_line
	fi
	sleep 0.2
done
got=0
wait "$upgrading" || got=$?
is "five servers, the bastion cut off five times" "$got $cuts" "0 5"
for host in "${all[@]}"; do is_whole "$host"; done

# --- away for a while --------------------------------------------------------------------------
host=${hosts[7]}
set_state "$host" install.seconds=8
"$MARSHAL" upgrade "$host" "${installer[@]}" --yes --json >"$work/out" 2>"$work/err" </dev/null &
upgrading=$!
lib_started+=("$upgrading")
check "$host: it installs" within 20 installing "$host"
# tcp_states PID: of its sockets, as the kernel numbers them; 01 is connected, 0A listens
tcp_states() {
	find "/proc/$1/fd" -lname 'socket:*' -printf '%l\n' 2>/dev/null | tr -dc '0-9\n' |
		awk 'FILENAME == "-" { ours[$1] } FILENAME != "-" && $10 in ours { print $4 }' - /proc/net/tcp /proc/net/tcp6 | sort -u
}
is "its line is its only socket, and no port is open for it" "$(tcp_states "$upgrading")" 01
kill -STOP "$bastion"           # takes no new line
cut
sleep 4
kill -CONT "$bastion"
got=0
wait "$upgrading" || got=$?
is "a bastion that is away for a while" "$got" 0
is_whole "$host"
