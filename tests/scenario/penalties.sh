#!/usr/bin/env bash
# An sshd that punishes this address for its failures (PerSourcePenalties, from OpenSSH 9.8 on): what is
# said, that no key is blamed for it, that nobody is dialled again and again, and that all goes on afterwards.
# alone: the penalties last seconds, and what is dialled meanwhile is counted
. "$(dirname "$0")/fleetlib.sh"

fleet_start --hosts 4
if ! grep -q '^PerSourcePenalties no' "$F/sshd_main"; then
	skip "servers that punish an address" "this sshd knows no PerSourcePenalties ($(ssh -V 2>&1))"
	exit 0
fi
log=$F/sshd.log
# from the main part: behind a Match block it is refused
reread "s/^PerSourcePenalties .*/PerSourcePenalties authfail:15s min:10s/; s/^LogLevel .*/LogLevel VERBOSE/"
ssh-keygen -q -t ed25519 -N '' -f "$work/wrong"
sed "s|ansible_ssh_private_key_file: .*|ansible_ssh_private_key_file: $work/wrong|" "$inventory" >"$F/wrong.yaml"
drops() { grep -c "^drop connection .*penalty: failed authentication" "$log"; }
count_is() { [ "$("$1")" -eq "$2" ]; }
punished() { grep -cE " (active|activating) .*penalty of " "$log"; }
# One of the servers rejects us; soon afterwards all of that sshd know this address.
offend() {
	local before
	before=$(punished)
	exits "$1" 1 env MARSHAL_INVENTORY="$F/wrong.yaml" MARSHAL_DB="$work/wrong.db" "$MARSHAL" scan app01 --json
	is "$1: by one server" "$(summary '.faults | keys | join(" ")')" sign-in-rejected
	check "$1: which has a penalty" within 10 count_is punished $((before + 1))
}

exits "all is well before" 0 marshal scan
offend "a wrong key is rejected"
exits "the address is refused meanwhile" 1 marshal scan --json
is "by all, as throttled" "$(summary '[.seen, .faults.throttled] | join(" ")')" "0 4"
check "each was dialled once" within 10 count_is drops 4
exits "it is told" 1 marshal scan web01
has "in sshd's words" "$work/out" "the server refuses connections for now: 'Not allowed at this time' (PerSourcePenalties"
has "with the wait it needs" "$work/out" "try again in 20 s; "
is "the server is still known as it was" "$(sql "select status || ' ' || fault from host where name = 'web01'")" \
	"outdated throttled"
until_over() { marshal scan web01 >"$work/over" 2>&1; }
check "once the penalty is over it is seen" within 60 until_over
exits "and so are all, with the key that was never in doubt" 0 marshal scan
hasnt "nor is anything suspended" "$work/out" suspended

# --- an upgrade whose line breaks while the address is punished --------------------------------
# Nothing was changed yet, so it has three tries: as many as would be over before the penalty is, at 5 s
# like any line that is lost.
signed "$F"
reread "s/authfail:15s/authfail:20s/"
sqlite3 "$DB" "insert or replace into setting values ('controller', 'ctl-a')"
set_state web01 install.seconds=1 faults.stage-check=drop 'faults.gate={"ctl-a":{"stage-check":"hold"}}'
before=$(drops)
MARSHAL_INVENTORY=$inventory MARSHAL_DB=$DB "$MARSHAL" upgrade web01 --installer "$F/MARSAgentInstaller.exe" --yes \
	--json >"$work/upgraded" 2>"$work/talk" </dev/null &
upgrade=$!
lib_started+=("$upgrade")
held() { [ "$("$root/scripts/fleet" get --dir "$F" web01 faults.gate.ctl-a.stage-check)" = held ]; }
check "the installer is on the server" within 30 held
offend "somebody else's wrong key is rejected"
set_state web01 faults.gate.ctl-a.stage-check=
check "the line breaks, and the next one is refused" within 30 count_is drops $((before + 1))
set_state web01 faults.stage-check=
status=0
wait "$upgrade" || status=$?
is "the penalty is waited for, and the upgrade ends well" \
	"$status $(jq -r '.hosts[0].outcome' "$work/upgraded")" "0 upgraded"
is "and it was dialled once in vain" "$(drops)" $((before + 1))
