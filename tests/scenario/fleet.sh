#!/usr/bin/env bash
# The simulated fleet itself, by OpenSSH's own programs and not by marshal: what every other
# scenario rests on. As root also under another account, where nothing of root's may be needed.
. "$(dirname "$0")/lib.sh"

if [ ! -x /usr/sbin/sshd ]; then
	skip "the simulated fleet" "no /usr/sbin/sshd"
	exit 0
fi
fleet=$root/scripts/fleet
d=$work/fleet
nonce=0123456789abcdef0123456789abcdef
powershell="powershell.exe -NoProfile -NonInteractive -EncodedCommand AAAA"
run=20261121-ab folder=marshal-20261121-ab-0123456789abcdef file=MARSAgentInstaller.exe
at_end "$fleet" stop --dir "$d"

# The two lines of a call: script and request.
input() { printf 'Write-Output 1' | base64 -w0; echo; printf '%s' "$1" | base64 -w0; echo; }
request() { jq -nc --arg nonce "$nonce" '{v: 1, nonce: $nonce} + ($ARGS.positional[0] | fromjson)' --args "$1"; }
variable() { sed -n "s/^ *$1: //p" "$d/inventory.yaml" | head -n 1; }
address() { "$fleet" get --dir "$d" "$1" address; }
# ssh_to ADDRESS PORT ARGUMENTS...
ssh_to() {
	local to=$1 port=$2
	shift 2
	ssh -F none -o BatchMode=yes -o IdentitiesOnly=yes -o UserKnownHostsFile="$d/known_hosts" \
		-o StrictHostKeyChecking=yes -o GlobalKnownHostsFile=none -o ConnectTimeout=5 \
		-o LogLevel=ERROR -i "$d/id_ed25519" -p "$port" "$(variable ansible_user)@$to" "$@"
}
# call HOST REQUEST: the answer's lines, without markers.
call() {
	input "$(request "$2")" | ssh_to "$(address "$1")" "$(variable ansible_port)" "$powershell" |
		sed '/^<<<answer/d; /^$/d'
}
step() { call "$1" "$(jq -nc --arg op "$2" --arg run "$run" --arg folder "$folder" --arg file "$file" \
	'{op: $op, run: $run, folder: $folder, file: $file} + ($ARGS.positional[0] | fromjson)' --args "${3:-{\}}")"; }
set_state() { "$fleet" set --dir "$d" "$@"; }
gone() { ! pgrep -f "$1" >"$work/left"; }

# --- start, and what is refused --------------------------------------------------------------
exits "a fleet of 20 starts" 0 "$fleet" start --dir "$d" --hosts 20
exits "its status is told" 0 "$fleet" status --dir "$d"
has "with the number of servers" "$work/out" "20 servers"
is "known_hosts has a line a server" "$(grep -c ssh-ed25519 "$d/known_hosts")" 20
is "the inventory has every server" "$(grep -c 'ansible_host: 127\.1\.' "$d/inventory.yaml")" 20
exits "a folder in use is refused" 2 "$fleet" start --dir "$d" --hosts 3
mkdir "$work/other" && touch "$work/other/precious"
exits "so is somebody else's folder" 2 "$fleet" start --dir "$work/other" --hosts 3
check "and it is left alone" test -e "$work/other/precious"

# --- a call, by ssh and as a plain program ---------------------------------------------------
probe='{"op":"probe","login_hosts":["login.windows.net"],"facts":null,"limits":{"fact_ms":10000}}'
call web01 "$probe" >"$work/by-ssh"
is "a probe has 30 facts" "$(wc -l <"$work/by-ssh")" 30
is "an address is a server of its own" "$(jq -r 'select(.fact == "host").value.name' "$work/by-ssh")" web01
is "another is another" "$(call sql02 "$probe" | jq -r 'select(.fact == "host").value.name')" sql02
# words of one variable are the command line
# shellcheck disable=SC2086
input "$(request "$probe")" | MARSHAL_STATE="$d/hosts/web01.json" "$SIMHOST" $powershell |
	sed '/^<<<answer/d; /^$/d' >"$work/by-program"
check "a plain program plays the same" diff <(grep -v '"clock"' "$work/by-ssh") <(grep -v '"clock"' "$work/by-program")
is "only the facts asked for" "$(call web01 '{"op":"probe","facts":["dotnet"]}' | jq -r .fact)" dotnet
echo rubbish | ssh_to "$(address web01)" "$(variable ansible_port)" "$powershell" >/dev/null 2>"$work/err"
is "no request is exit status 70" "$?" 70
has "with a line of why" "$work/err" "no base64 of a script"

# --- state -----------------------------------------------------------------------------------
exits "a state is set" 0 set_state web01 agent.version=2.0.9999.1 services.obengine.state=Stopped \
	services.VSS.start_type=Disabled faults.install.exit=1603
is "a version" "$("$fleet" get --dir "$d" web01 agent.version)" 2.0.9999.1
is "a word for a number" "$("$fleet" get --dir "$d" web01 services.obengine.state)" 1
is "another name of a member" "$("$fleet" get --dir "$d" web01 services.VSS.start)" 4
is "and of a branch" "$("$fleet" get --dir "$d" web01 install.exit)" 1603
is "and the server answers so" "$(call web01 '{"op":"probe","facts":["agent"]}' | jq -r .value.exe_version)" 2.0.9999.1
exits "an unknown word is refused" 2 set_state web01 agent.version=1 services.obengine.state=Asleep
is "and nothing of it is kept" "$("$fleet" get --dir "$d" web01 agent.version)" 2.0.9999.1
exits "an unknown server is refused" 2 "$fleet" get --dir "$d" nosuch agent
exits "a backup is completed" 0 "$fleet" complete-backup --dir "$d" web01
check "and is there" test "$("$fleet" get --dir "$d" web01 backup.last_utc_ms)" -gt "$(($(date +%s) * 1000 - 60000))"

# --- the steps of an upgrade -----------------------------------------------------------------
installer=$d/$file
size=$(stat -c %s "$installer") sha=$(sha256sum "$installer" | cut -d' ' -f1)
is "the folder is made" "$(step sql01 stage-open "{\"size\":$size,\"again\":false}" | jq -r .ok)" true
is "once" "$(step sql01 stage-open "{\"size\":$size,\"again\":false}" | jq -r .code)" folder-exists
put=$(step sql01 stage-open "{\"size\":$size,\"again\":true}" | jq -r .put)
upload() {
	sftp -q -F none -o BatchMode=yes -o UserKnownHostsFile="$d/known_hosts" -i "$d/id_ed25519" \
		-P "$(variable ansible_port)" -b - "$(variable ansible_user)@$(address "$1")" <<<"put $installer $2"
}
is "what was not uploaded is missed" "$(step sql01 stage-check "{\"size\":$size,\"sha256\":\"$sha\"}" | jq -r .code)" file-missing
set_state sql01 faults.upload=disk-full
no_upload() { ! upload "$@" >/dev/null 2>&1; }
check "a full disk fails the upload" no_upload sql01 "$put"
set_state sql01 faults.upload=
check "the installer is uploaded" upload sql01 "$put" >/dev/null
is "nobody has signed it" "$(step sql01 stage-check "{\"size\":$size,\"sha256\":\"$sha\"}" | jq -r .code)" not-signed
is "its version is read" "$(step sql01 stage-check "{\"allow_unsigned\":true,\"size\":$size,\"sha256\":\"$sha\"}" | jq -r .version)" 2.0.9938.0
is "another hash is told" "$(step sql01 stage-check "{\"size\":$size,\"sha256\":\"${sha//[0-4]/5}\"}" | jq -r .code)" hash-mismatch
cycle='{"cloud":"public","login_hosts":["login.windows.net"],"stop_ms":5000,"start_ms":5000,"ask_ms":1000}'
is "obengine is stopped and started" "$(step sql01 engine-cycle "$cycle" | jq -r .now)" 4
set_state sql01 'network.login={"*":{"error":"connect"}}'
is "a closed login URL stops nothing" "$(step sql01 engine-cycle "$cycle" | jq -r '.code + " \(.changed)"')" "login-closed false"
set_state sql01 'network.login={"*":{"status":200}}' 'network.login_stopped={"*":{"status":503}}'
is "one that is closed while stopped" "$(step sql01 engine-cycle "$cycle" | jq -r '.code + " \(.changed)"')" "login-closed-stopped false"
set_state sql01 network.login_stopped=null faults.stop=refuse
is "a service that does not stop" "$(step sql01 engine-cycle "$cycle" | jq -r '.code + " \(.now)"')" "stop-failed 4"
set_state sql01 faults.stop= faults.start=refuse
is "one that does not start again" "$(step sql01 engine-cycle "$cycle" | jq -r '.code + " \(.now)"')" "start-failed 1"
is "leaves the task that starts it" "$("$fleet" get --dir "$d" sql01 "tasks.\\marshal\\start-obengine-$run.account")" SYSTEM
set_state sql01 faults.start= "tasks.\\marshal\\start-obengine-$run.due_utc_ms=1"
is "which does so when its time has come" "$("$fleet" get --dir "$d" sql01 services.obengine.state)" 4
is "the installer is started" "$(step sql01 install-start "{\"sha256\":\"$sha\"}" | jq -r .started)" true
is "once" "$(step sql01 install-start "{\"sha256\":\"$sha\"}" | jq -r .already)" true
is "another run finds the marker" "$(folder=marshal-20261121-cd-0123456789abcdef run=20261121-cd \
	step sql01 stage-open "{\"size\":1}" | jq -r .ok; folder=marshal-20261121-cd-0123456789abcdef run=20261121-cd \
	step sql01 install-wait '{"wait_ms":0}' | jq -r '.state + " " + .marker.run')" "true
none $run"
is "it is waited for" "$(step sql01 install-wait '{"wait_ms":20000}' | jq -r '.state + " \(.exit)"')" "ended 0"
is "and brought its version" "$(call sql01 '{"op":"probe","facts":["agent"]}' | jq -r .value.exe_version)" 2.0.9938.0
is "all is cleaned up" "$(step sql01 clean | jq -c '[.removed, .left]')" '[["folder","marker","install-task","safety-task"],[]]'
check "on this machine too" test ! -e "$put"

# --- faults around an answer -----------------------------------------------------------------
# fault WORDS STATUS TEXT: how a call ends with it, and what stands in its output.
fault() {
	local status=0
	set_state web02 "faults.probe=$1"
	input "$(request "$probe")" | ssh_to "$(address web02)" "$(variable ansible_port)" "$powershell" \
		>"$work/out" 2>"$work/err" || status=$?
	cat "$work/err" >>"$work/out"
	is "fault $1: exit status" "$status" "$2"
	[ -z "$3" ] || has "fault $1: output" "$work/out" "$3"
}
fault no-powershell 1 "is not recognized"
fault blocked 1 ScriptContainedMaliciousContent
fault access-denied 5 "Access is denied."
fault constrained 64 "<<<answer language-mode ConstrainedLanguage>>>"
fault shell 0 "transcript end"
fault shell,constrained 1 "<<<answer language-mode ConstrainedLanguage>>>"
fault refuse 1 "Internal Windows PowerShell error"
fault wrong-nonce 0 "<<<answer $nonce"
fault cut 0 "<<<answer $nonce begin>>>"
hasnt "and no end marker" "$work/out" "<<<answer $nonce end>>>"
fault banner,progress-noise,slow:50 0 "CLIXML"
fault garbage 0 ""
hasnt "garbage has no marker" "$work/out" "<<<answer"
fault drop 255 ""
fault die 255 ""
fault flood 0 ""
check "a flood is 100 MB" test "$(stat -c %s "$work/out")" -gt 100000000
set_state web02 faults.probe=hang
within 20 test -z "$(input "$(request "$probe")" | timeout 2 ssh -F none -o BatchMode=yes -i "$d/id_ed25519" \
	-o UserKnownHostsFile="$d/known_hosts" -p "$(variable ansible_port)" \
	"$(variable ansible_user)@$(address web02)" "$powershell")"
check "a server that hung goes with its client" within 5 gone "simhost --serve $d"

# The connection's process is killed under a call that is to cut its line: what it left behind has the
# keeper for a parent, and cuts nothing.
orphan() {
	local served
	served=$(pgrep -f -n "simhost --serve $d") && kill -KILL "$(ps -o ppid= -p "$served" | tr -d ' ')"
}
set_state web02 faults.probe=slow:2000,drop
call web02 '{"op":"probe","facts":["dotnet"]}' >"$work/out" 2>&1 &
check "a connection ends before its call" within 10 orphan
wait $!
check "the call ends as well" within 10 gone "simhost --serve $d"
exits "the fleet outlives it" 0 "$fleet" status --dir "$d"
set_state web02 faults.probe= os.language=de-DE faults.fact.dotnet=access-denied
is "German texts" "$(call web02 '{"op":"probe","facts":["dotnet"]}' | jq -r '.kind + " " + .error')" "access-denied Zugriff verweigert"

# --- the end ---------------------------------------------------------------------------------
exits "the fleet stops" 0 "$fleet" stop --dir "$d"
check "and leaves no process" gone "$d/"
exits "twice is no error" 0 "$fleet" stop --dir "$d"

# --- the demo's ports ------------------------------------------------------------------------
exits "the demo starts in the same folder" 0 "$fleet" start --dir "$d" --hosts 50 --mix demo --hashed
is "its 50 servers" "$(grep -c fleet_case "$d/inventory.yaml")" 50
check "names in known_hosts are hashed" test "$(grep -c '^|1|' "$d/known_hosts")" -eq 49
port_of() { sed -n "s/.*ansible_host: \([0-9.]*\), ansible_port: \([0-9]*\).*fleet_case: $1}.*/\1 \2/p" "$d/inventory.yaml"; }
address_of() { sed -n "s/.*ansible_host: \([0-9.]*\),.*fleet_case: $1}.*/\1/p" "$d/inventory.yaml" | head -n 1; }
# at CASE TEXT: what ssh says of that server.
at() {
	local where
	read -r -a where <<<"$(port_of "$1")"
	[ ${#where[@]} -eq 2 ] || where=("$(address_of "$1")" "$(variable ansible_port)")
	ssh_to "${where[@]}" "$powershell" </dev/null >"$work/out" 2>&1
	has "$1" "$work/out" "$2"
}
at refused "Connection refused"
at no-answer "timed out"
at host-key-changed "Host key verification failed"
at host-key-unknown "Host key verification failed"
at sign-in-rejected "Permission denied"
ssh_to "$(address_of channel-refused)" "$(variable ansible_port)" "$powershell" </dev/null >"$work/out" 2>&1
is "channel-refused" "$?" 255
read -r -a where <<<"$(port_of no-common-algorithm)"
# libssh2 has none of the newest key exchanges
ssh -F none -o KexAlgorithms=curve25519-sha256 -p "${where[1]}" "${where[0]}" 2>"$work/err" </dev/null
has "no-common-algorithm" "$work/err" "no matching key exchange method"
input "$(request "$probe")" | ssh_to "$(address_of no-powershell)" "$(variable ansible_port)" "$powershell" >"$work/out" 2>&1
has "no-powershell" "$work/out" "is not recognized"
read -r -a where <<<"$(port_of not-ssh)"
is "not SSH" "$(head -c 3 <"/dev/tcp/${where[0]}/${where[1]}")" 220
read -r -a where <<<"$(port_of throttled)"
is "throttled" "$(head -c 20 <"/dev/tcp/${where[0]}/${where[1]}")" "Exceeded MaxStartups"
keeper=$(cat "$d/fleet.pid")
kill -KILL "$keeper"
check "a keeper that was killed leaves no sshd" within 10 gone "$d/sshd_main"

# --- another account -------------------------------------------------------------------------
if [ "$(id -u)" -ne 0 ]; then
	skip "the fleet as root, and under another account" "not run by root"
	exit 0
fi
if ! command -v setpriv >/dev/null; then
	skip "the fleet under another account" "no setpriv"
	exit 0
fi
chmod 711 "$work"
mkdir "$work/nobody" && chown nobody "$work/nobody"
as_nobody() { setpriv --reuid nobody --regid nogroup --clear-groups env HOME="$work/nobody" "$@"; }
d=$work/nobody/fleet
at_end "$fleet" stop --dir "$d"
# the build may lie where only its owner may look
if ! as_nobody test -x "$SIMHOST"; then
	cp "$SIMHOST" "$(dirname "$(readlink -f "$SIMHOST")")/backlog.so" "$work/nobody/"
	mkdir "$work/nobody/scripts" && cp "$fleet" "$work/nobody/scripts/"
	chmod -R a+rX "$work/nobody"
	fleet=$work/nobody/scripts/fleet SIMHOST=$work/nobody/simhost
fi
exits "an ordinary user without a shell starts it" 0 as_nobody "$fleet" start --dir "$d" --hosts 5
is "and a server answers" "$(call web01 '{"op":"probe","facts":["host"]}' | jq -r .value.name)" web01
exits "and it ends" 0 as_nobody "$fleet" stop --dir "$d"
check "without a process left" gone "$d/"
