#!/usr/bin/env bash
# Upgrades whose installer the servers fetch themselves: what is left is what a push leaves, a call that is cut is looked at
# again, and a server that cannot fetch it says why. Over WinRM nothing large need go through a shell.
. "$(dirname "$0")/lib.sh"

[ -x /usr/sbin/sshd ] || { skip "upgrades by download" "no /usr/sbin/sshd"; exit 0; }
fleet=$root/scripts/fleet d=$work/fleet way=${FLEET_WAY:-straight}
export TMPDIR=$work             # a marshal that is killed leaves the folder of its doors
url=https://mirror.example.com/agent/MARSAgentInstaller.exe
state() { "$fleet" get --dir "$d" "$1" "$2"; }
set_state() { local h=$1; shift; "$fleet" set --dir "$d" "$h" "$@"; }
logged() { "$fleet" log --dir "$d" "$1" | grep -c -e "$2"; }
of() { jq -r --arg h "$1" --arg m "$2" '.hosts[] | select(.host == $h) | .[$m]' "$work/out"; }
upgrade() { "$MARSHAL" upgrade "$@" --installer "$installer" --yes --json --quiet; }
mirrored() { local h; for h in "$@"; do set_state "$h" install.seconds=1 network.mirror.file="$installer"; done; }
part() { find "$d" -path "*$1*" -name '*.part' -printf '%s\n'; }
is_whole() {
	is "$way, $1: upgraded" "$(state "$1" agent.version)" 2.0.9938.0
	is "$way, $1: the installer was started once" "$(logged "$1" 'installer .* started')" 1
	is "$way, $1: obengine runs" "$(state "$1" services.obengine.state)" 4
	is "$way, $1: nothing is left" "$(state "$1" folders)$(state "$1" tasks)$(state "$1" marker)" "{}{}null"
}
fetched() {
	is_whole "$1"
	is "$way, $1: nothing of it was put there" "$(logged "$1" 'of the installer put at')" 0
	check "$way, $1: it was fetched" test "$(logged "$1" 'of the installer fetched at')" -ge "${2:-1}"
}
is_untouched() {
	is "$way, $1: nothing was stopped" "$(logged "$1" 'obengine told to')" 0
	is "$way, $1: nothing is left" "$(state "$1" folders)$(state "$1" tasks)$(state "$1" marker)" "{}{}null"
}
# refused HOST CHANGE OUTCOME TEXT: what is said of one that cannot fetch it
refused() {
	mirrored "$1"
	set_state "$1" "$2"
	upgrade "$1" --download "$url" >"$work/out" 2>"$work/err" </dev/null
	is "$way, $2: the outcome" "$(of "$1" outcome)" "$3"
	check "$way, $2: and why" grep -qF -- "$4" <<<"$(of "$1" reason)"
	is_untouched "$1"
}

whole_ones() {
	mirrored web01 web02
	exits "$way: two servers fetch it" 0 upgrade 'web0[1:2]' --download "$url"
	fetched web01
	fetched web02
	mirrored web03
	set_state web03 network.mirror.kb=4000
	exits "$way: in several calls" 0 upgrade web03 --download "$url"
	fetched web03 3
	is "$way: no byte twice" "$("$fleet" log --dir "$d" web03 | grep -o 'fetched at .*' | sort | uniq -d)" ""
}

# The staged folder of one that fetched it is that of one that was pushed to: held right behind that step by an open console.
same_leavings() {
	local h
	for h in web04 web05; do
		mirrored "$h"
		set_state "$h" 'consoles=[{"pid": 11, "user": "CORP\\ann", "session": 2}]'
	done
	upgrade web04 --download "$url" >"$work/out" 2>&1 </dev/null & lib_started+=($!)
	upgrade web05 --push-large >"$work/out2" 2>&1 </dev/null & lib_started+=($!)
	for h in web04 web05; do check "$way, $h: staged" within 60 staged "$h"; done
	# shellcheck disable=SC2016
	is "$way: fetched and put are the same" "$(leavings web04)" "$(leavings web05)"
	check "$way: and that is the installer" grep -q "$(sha256sum <"$installer" | cut -c1-64)  MARSAgentInstaller.exe" <<<"$(leavings web04)"
	for h in web04 web05; do set_state "$h" 'consoles=[]'; done
	wait
	for h in web04 web05; do is_whole "$h"; done
}
staged() { find "$d" -path "*$1*" -name MARSAgentInstaller.exe | grep -q .; }
leavings() {
	state "$1" folders | jq -c '[.[]] | map(del(.run))'
	(cd "$(dirname "$(find "$d" -path "*$1*" -name MARSAgentInstaller.exe)")" && find . -type f -printf '%P\n' | sort | xargs sha256sum)
}

cut_ones() {
	local h
	mirrored sql01 sql02 sql03 sql04
	set_state sql01 faults.download=drop network.mirror.kb=2000
	set_state sql02 faults.stage-get=slow:1500 network.mirror.kb=4000
	begins sql01
	check "$way, sql01: a part of it is there" within 60 part_there sql01
	set_state sql01 faults.download=
	ends "$way, sql01: the server ended in its middle" 0
	fetched sql01
	begins sql02
	check "$way, sql02: a part of it is there" within 60 part_there sql02
	kill -9 "$marshal"
	wait "$marshal" 2>/dev/null
	set_state sql02 faults.stage-get=
	exits "$way, sql02: killed, taken up again" 0 "$MARSHAL" upgrade resume last --yes --json
	fetched sql02
	is "$way, sql02: no byte twice" "$("$fleet" log --dir "$d" sql02 | grep -o 'fetched at .*' | sort | uniq -d)" ""
	set_state sql03 faults.stage-get=drop
	begins sql03
	check "$way, sql03: an answer is lost" within 60 has_fetched sql03
	set_state sql03 faults.stage-get=
	ends "$way, sql03: what came is looked at" 0
	fetched sql03
	set_state sql04 faults.stage-get=slow:1500 network.mirror.kb=4000
	begins sql04
	check "$way, sql04: a part of it is there" within 60 part_there sql04
	kill -INT "$marshal"
	sleep 0.2               # one signal is not lost in the other
	kill -INT "$marshal"
	ends "$way, sql04: Ctrl-C twice" 130
	is_untouched sql04
}
begins() {
	"$MARSHAL" upgrade "$1" --download "$url" --installer "$installer" --yes --json >"$work/out" 2>"$work/err" </dev/null &
	marshal=$!
	lib_started+=("$marshal")
}
ends() { local got=0; wait "$marshal" || got=$?; is "$1" "$got" "$2"; }
part_there() { [ "$(part "$1" | head -n 1)" -gt 0 ] 2>/dev/null; }
has_fetched() { [ "$(logged "$1" 'of the installer fetched at')" -gt 0 ]; }

said_ones() {
	refused file01 faults.download=name blocked 'download-failed: the host finds no address for that name'
	refused file02 faults.download=tls blocked 'does not trust the certificate'
	refused file03 faults.download=sign-in blocked 'a proxy wants a sign-in, and none is made'
	refused file04 network.mirror.status=404 blocked ', status 404): correct the address'
	refused dc01 faults.download=redirect blocked 'it leads on to what is no https'
	refused dc02 faults.download=garble failed 'its SHA-256 is another'
	printf x | cat "$installer" - >"$work/longer"
	refused dc03 "network.mirror.file=$work/longer" failed 'its size is another'
	refused dc04 faults.download=cut blocked 'the answer ends before the file is whole'
	# where that was asked for it is put there, and that is said
	mirrored app01
	set_state app01 faults.download=proxy
	exits "$way: put there where that was asked for" 0 upgrade app01 --download "$url" --push --push-large
	is_whole app01
	has "$way: which is said" "$work/err" \
		"app01: download-failed: the proxy of the host's account opens no way to it ($url): let it through there, or past the proxy; it is put there from here"
	is "$way: and it is not fetched" "$(logged app01 'of the installer fetched at')" 0
}

planned_ones() {
	sed "s|app03: {|&marshal_installer_url: https://site.example.com/x.exe, |
		s|app04: {|&marshal_installer_url: none, |" "$d/inventory.yaml" >"$d/sites.yaml"
	MARSHAL_INVENTORY=$d/sites.yaml exits "$way: a plan" 0 "$MARSHAL" upgrade 'app0[2:4]' --installer "$installer" -n --download "$url" --push --push-large
	has "$way: says who fetches it where" "$work/out" "the installer fetched there from $url, else $by: app02"
	has "$way: a host's own address" "$work/out" "the installer fetched there from https://site.example.com/x.exe, else $by: app03"
	has "$way: and who has none" "$work/out" "the installer $by: app04"
	has "$way: and the options" "$work/out" "--push --download $url"
	MARSHAL_INVENTORY=$d/sites.yaml exits "$way: as JSON" 0 "$MARSHAL" upgrade app03 --installer "$installer" -n --json
	is "$way: of each host" "$(jq -c '.hosts[0].installer' "$work/out")" '{"by":"download","url":"https://site.example.com/x.exe"}'
	for bad in http://mirror.example.com/x.exe https://u:geheim@m/x.exe 'https://m/x.exe?sig=geheim'; do
		exits "$way: $bad" 2 "$MARSHAL" upgrade app02 --installer "$installer" -n --download "$bad"
		has "$way: is refused" "$work/err" '--download: expected an address'
		hasnt "$way: and not repeated" "$work/err" geheim
	done
}

by='by SFTP'
[ "$way" != winrm ] || by='in pieces through WinRM'
at_end "$fleet" stop --dir "$d"
"$fleet" start --dir "$d" --hosts 30 --way "$way" --installer-kb 11000 >"$work/start" 2>&1 || { cat "$work/start"; exit 1; }
export MARSHAL_INVENTORY=$d/inventory.yaml MARSHAL_DB=$work/marshal.db
signed "$d"
installer=$d/MARSAgentInstaller.exe
whole_ones
same_leavings
cut_ones
said_ones
planned_ones
