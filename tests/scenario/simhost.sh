#!/usr/bin/env bash
# simhost as a plain program: what installers, services and tasks of a simulated server do, also
# what goes wrong with them, and what is left in its state. No network.
. "$(dirname "$0")/lib.sh"

nonce=0123456789abcdef0123456789abcdef
run=20261121-ab folder=marshal-20261121-ab-0123456789abcdef file=MARSAgentInstaller.exe
export MARSHAL_STATE=$work/web01.json
installer=$work/$file
"$SIMHOST" --make-installer "$installer" 2.0.9938.0
sha=$(sha256sum "$installer" | cut -d' ' -f1) size=$(stat -c %s "$installer")

# A new server, with these members set.
server() {
	rm -rf "$work"/web01.*
	"$SIMHOST" --state web01 >"$MARSHAL_STATE"
	[ $# -eq 0 ] || "$SIMHOST" --set "$MARSHAL_STATE" "$@"
}
get() { "$SIMHOST" --get "$MARSHAL_STATE" "$1"; }
# step OP [MEMBERS]: the line of the answer. The shell's own word about a killed program is no news.
step() {
	local request
	request=$(jq -nc --arg op "$1" --arg nonce "$nonce" --arg run "$run" --arg folder "$folder" \
		--arg file "$file" --arg sha "$sha" --argjson size "$size" '{v: 1, op: $op, nonce: $nonce,
		run: $run, folder: $folder, file: $file, sha256: $sha, size: $size, facts: null,
		login_hosts: ["login.windows.net"], stop_ms: 600, start_ms: 600, wait_ms: 5000}
		+ ($ARGS.positional[0] | fromjson)' --args "${2:-{\}}")
	printf '%s\n%s\n' "$(base64 -w0 <<<script)" "$(base64 -w0 <<<"$request")" |
		"$SIMHOST" powershell.exe -NoProfile -NonInteractive -EncodedCommand AAAA |
		sed '/^<<<answer/d; /^$/d'
} 2>"$work/stderr"
field() { jq -r "$1"; }
# staged [PATH=VALUE]...: a new server with the installer on it.
staged() {
	server "$@"
	cp "$installer" "$(step stage-open | field .put)"
}
now_ms() { date +%s%3N; }
# Turns the clock of the installer: as if it had begun so many seconds ago.
begun_ago() { "$SIMHOST" --set "$MARSHAL_STATE" "tasks.\\marshal\\install-$run.begun_utc_ms=$(($(now_ms) - $1 * 1000))"; }

# --- names in requests -----------------------------------------------------------------------
server
is "a run that is none" "$(step stage-open '{"run":"../x"}' | field '.code + " " + .text')" "bad-request run"
is "a folder of another run" "$(step stage-open '{"folder":"marshal-other-0123456789abcdef"}' | field .code)" bad-request
is "a file that leaves the folder" "$(step stage-open '{"file":"../x.exe"}' | field .code)" bad-request
is "a hash that is none" "$(step install-start '{"sha256":"ABC"}' | field '.code + " " + .text')" "bad-request sha256"
is "an unknown operation" "$(step format-disk | field .code)" bad-request
is "nothing of it is kept" "$(get folders)" "{}"

# --- the folder and the installer ------------------------------------------------------------
server 'volumes.C:.free_bytes=100'
is "a full disk" "$(step stage-open | field .code)" disk-full
staged
is "what is staged is checked" "$(step stage-check | field '"\(.ok) \(.signature) \(.version)"')" "true Valid 2.0.9938.0"
is "a size that differs" "$(step stage-check '{"size":1}' | field .code)" size-mismatch
"$SIMHOST" --set "$MARSHAL_STATE" signature.status=NotSigned
is "not signed" "$(step stage-check | field .code)" not-signed
is "forgiven" "$(step stage-check '{"allow_unsigned":true}' | field '"\(.ok) \(.signer)"')" "true null"
"$SIMHOST" --set "$MARSHAL_STATE" signature.status=HashMismatch
is "a broken signature is not" "$(step stage-check '{"allow_unsigned":true}' | field .code)" not-signed
"$SIMHOST" --set "$MARSHAL_STATE" signature.status=Valid signature.signer="CN=Somebody Else, O=Else"
is "somebody else's is not" "$(step stage-check '{"allow_unsigned":true}' | field .code)" wrong-signer
staged faults.upload=corrupt
is "a file that was damaged on its way" "$(step stage-check | field .code)" hash-mismatch
staged
"$SIMHOST" --set "$MARSHAL_STATE" "folders.$folder.owner=CORP\\eve"
is "a folder that is not ours" "$(step stage-check | field .code)" folder-not-ours
is "is not cleaned away" "$(step clean | field '.left[0]')" folder

# --- consoles --------------------------------------------------------------------------------
console='{"pid":7,"user":"CORP\\eve","session":2}'
server "consoles=[$console]"
is "an open console" "$(step console-wait '{"wait_ms":0}' | jq -c .open)" "[$console]"
is "ended when asked to" "$(step console-wait '{"close":true}' | jq -c '[.open, .closed]')" "[[],1]"
server 'consoles=[{"pid":7,"user":null,"session":2,"leaves_ms":200}]'
is "its user leaves in time" "$(step console-wait | jq -c .open)" "[]"
server 'consoles=[{"pid":7,"user":null,"session":2,"stays":true}]'
is "one that cannot be ended" "$(step console-wait '{"close":true,"wait_ms":0}' | jq -c '.open | length')" 1

# --- obengine --------------------------------------------------------------------------------
server services.obengine.stop_ms=900
is "one that stops too late" "$(step engine-cycle '{"start_ms":3000}' | field '"\(.code) \(.now) \(.changed)"')" "stop-failed 4 false"
server faults.stop=hang
is "one that never stops" "$(step engine-cycle | field '"\(.code) \(.now) \(.changed)"')" "stop-hangs 3 true"
is "keeps the task that starts it" "$(step install-wait | field .safety_task)" true
server faults.start=hang
is "one that never starts" "$(step engine-cycle | field '"\(.code) \(.now)"')" "start-failed 2"
server services.obengine.state=Stopped services.obengine.start=Disabled
is "a stopped one is left alone" "$(step engine-cycle | field '"\(.code) \(.now)"')" "not-running 1"
is "a disabled one does not start" "$(step engine-start | field .code)" start-failed
server services.obengine.start=Disabled
is "a disabled one that runs is not stopped" "$(step engine-cycle | field '"\(.code) \(.changed)"'), $(get services.obengine.state)" "start-disabled false, 4"
server services.obengine.exists=false
is "none at all" "$(step engine-start | field .code)" no-service
server faults.task=denied
is "no task, no stop" "$(step engine-cycle | field '"\(.code) \(.changed)"')" "task-denied false"
server faults.engine-cycle=die
step engine-cycle >/dev/null 2>&1
is "a script that is killed leaves it stopped" "$(get services.obengine.state)" 1
"$SIMHOST" --set "$MARSHAL_STATE" "tasks.\\marshal\\start-obengine-$run.due_utc_ms=1"
is "until the task comes" "$(get services.obengine.state)" 4
server
"$SIMHOST" --set "$MARSHAL_STATE" services.obengine.state=StopPending \
	"tasks.\\marshal\\start-obengine-$run={\"account\":\"SYSTEM\",\"due_utc_ms\":1,\"every_ms\":300000}"
is "a task that comes while it still stops" "$(get services.obengine.state)" 3
"$SIMHOST" --set "$MARSHAL_STATE" services.obengine.state=Stopped
is "waits for its next time" "$(get services.obengine.state)" 1
"$SIMHOST" --set "$MARSHAL_STATE" "tasks.\\marshal\\start-obengine-$run.due_utc_ms=1"
is "and comes again" "$(get services.obengine.state)" 4
server
"$SIMHOST" --set "$MARSHAL_STATE" \
	"tasks.\\marshal\\start-obengine-$run={\"account\":\"SYSTEM\",\"due_utc_ms\":4000000000000,\"every_ms\":300000}"
exec 8>"$MARSHAL_STATE.engine"
flock 8
is "the task is kept while a call is at obengine" "$(step clean '{"wait_ms":100}' | jq -c '[.removed, .left]')" '[[],["safety-task"]]'
exec 8>&-
is "and goes after it" "$(step clean '{"wait_ms":100}' | jq -c '[.removed, .left]')" '[["safety-task"],[]]'

# --- the installer ---------------------------------------------------------------------------
# installs TEXT PATH=VALUE STATE+EXIT VERSION: how it ends.
installs() {
	staged install.seconds=4 "$2"
	step install-start >/dev/null
	begun_ago 3600
	is "$1" "$(step install-wait | field '"\(.state) \(.exit)"'), $(get agent.version)" "$3, $4"
}
installs "an installer brings its version" install.exit=0 "ended 0" 2.0.9938.0
is "obengine runs afterwards" "$(get services.obengine.state)" 4
is "the uninstall entries agree" "$(get agent.uninstall.1.version)" 2.0.9938.0
installs "1603 changes nothing" install.exit=1603 "ended 1603" 2.0.9070.0
installs "1618 neither" faults.install.exit=1618 "ended 1618" 2.0.9070.0
installs "3010 wants a restart" install.exit=3010 "ended 3010" 2.0.9938.0
check "and renames files then" test "$(get reboot.renames)" -gt 0
installs "success that is none" install.old_version=true "ended 0" 2.0.9070.0
installs "a version of its own" install.new_version=2.0.9940.0 "ended 0" 2.0.9940.0
installs "a lost configuration" install.lose_config=true "ended 0" 2.0.9938.0
is "is lost" "$(get agent.registered) $(get scratch.config)" "false null"
installs "a service left stopped" install.service_state=1 "ended 0" 2.0.9938.0
is "is stopped" "$(get services.obengine.state)" 1
installs "a restart in the middle" install.reboot_s=2 "lost null" 2.0.9070.0

staged install.seconds=4 install.keeps_working_s=3600
step install-start >/dev/null
is "while it runs" "$(step install-wait '{"wait_ms":0}' | field '"\(.state) \(.processes) \(.msi_busy)"')" "running 1 true"
is "obengine is stopped" "$(get services.obengine.state)" 1
is "nothing is cleaned" "$(step clean | jq -c '[.removed, .left]')" '[[],["folder","marker","install-task"]]'
begun_ago 60
is "an exit code while the work goes on" "$(step install-wait '{"wait_ms":0}' | field '"\(.state) \(.exit) \(.processes)"')" "ended 0 1"
is "the old version until then" "$(get agent.version)" 2.0.9070.0
begun_ago 7200
is "then the new" "$(step install-wait | field .processes) $(get agent.version)" "0 2.0.9938.0"
is "all is cleaned up" "$(step clean | jq -c .left)" "[]"
is "nothing is left" "$(get marker) $(get folders) $(get tasks)" "null {} {}"
is "and it says so" "$(step install-wait | field '"\(.state) \(.folder_exists)"')" "none false"

staged install.seconds=4 install.reboot_s=60
step install-start >/dev/null
begun_ago 3
step stage-check >"$work/out" 2>/dev/null
check "a server that restarts does not answer" test ! -s "$work/out"
staged faults.task=denied
is "a task that may not be made" "$(step install-start | field '"\(.code) \(.changed)"')" "task-denied false"
is "leaves no marker" "$(get marker)" null
staged marker='{"run":"20200101-zz","utc_ms":1,"sha256":"00"}'
is "another run's marker" "$(step install-start | field '"\(.code) \(.marker.run)"')" "marker-other 20200101-zz"
is "stays" "$(step clean | jq -c '[.removed, .left]')" '[["folder"],[]]'
staged faults.install-start=die
step install-start >/dev/null 2>&1
"$SIMHOST" --set "$MARSHAL_STATE" faults.install-start=
is "a controller that lost the line finds it started" "$(step install-start | field .already) $(get marker.run)" "true $run"

# --- facts -----------------------------------------------------------------------------------
# The names in the document's table, DEPTH "", deep or system.
documented() { sed -n '/^| fact | value |/,/^$/s/^| \([a-z][a-z.-]*\)\( (\([a-z]*\))\)\{0,1\} | .*/\1 \3/p' "$root/docs/protocol.md" |
	sed -n "/^[^ ]* \($1\)\$/s/ .*//p" | grep -vx fact; }
answered() { jq -r .fact | paste -sd' '; }
list() { jq -Rn '{facts: [inputs]}'; }
server
is "a fast look answers the fast facts" "$(step probe | answered)" "$(documented '' | paste -sd' ')"
is "a deep one all of them" "$(step probe '{"deep":true}' | answered)" "$(documented '.*' | paste -sd' ')"
is "by name all are answered" "$(documented '.*' | list >"$work/all"; step probe "$(cat "$work/all")" | answered)" \
	"$(documented '.*' | paste -sd' ')"
endpoints='{"facts":["network.endpoints"],"service":{"domains":[".example"],"stand_ins":["c.example.com"]}}'
server 'network.names={"config":["a.example"],"log":["b.example"]}' 'network.endpoints={"b.example":{"error":"name"}}'
is "endpoints have answers of their own" "$(step probe "$endpoints" | jq -c '.value.results | map(.open)')" "[true,false]"
server backup.failed_utc_ms=now-2h 'ob.jobs=[{"type":"Backup","state":"Failed","error":34506,"ended_utc_ms":"now-2h"}]'
is "times may be told from now" "$((($(now_ms) - $(get backup.failed_utc_ms)) / 60000)) $((($(now_ms) - $(get ob.jobs.0.ended_utc_ms)) / 60000))" "120 120"
is "one that is none stays a text" "$("$SIMHOST" --set "$MARSHAL_STATE" backup.failed_utc_ms=nowhere; get backup.failed_utc_ms)" nowhere
server
is "only SYSTEM reads what is SYSTEM's" "$(step probe '{"facts":["antivirus.exclusions","security.svi"]}' |
	jq -c '[.value.known, .kind]' | paste -sd' ')" '[false,null] [null,"access-denied"]'
server agent.module=false
is "without the agent's module nobody knows" "$(step probe '{"deep":true}' |
	jq -r 'select(.value.known == false or .value.agent_known == false).fact' | paste -sd' ')" \
	"network.proxy backup.policy backup.last-job antivirus.exclusions volumes.files"
server services.obengine.exists=false \
	'services.backup={"exists":true,"state":4,"start":2,"display":"Microsoft Azure Recovery Services Agent"}'
is "a service is found by its display name" "$(step probe | jq -r 'select(.fact == "service.obengine").value.name')" backup

# --- facts that go wrong ---------------------------------------------------------------------
server faults.fact.scratch=access-denied faults.fact.agent=time-limit faults.fact.os=missing \
	faults.fact.dotnet=wrong-type faults.fact.host=huge clock.skew_ms=3600000
step probe >"$work/facts"
is "one that may not be read" "$(jq -r 'select(.fact == "scratch").kind' "$work/facts")" access-denied
is "one that took too long" "$(jq -r 'select(.fact == "agent").kind' "$work/facts")" time-limit
is "one that is not there" "$(jq -r 'select(.fact == "os").ms' "$work/facts")" ""
is "one of another type" "$(jq -r 'select(.fact == "dotnet").value | type' "$work/facts")" array
check "a line that is too long" test "$(head -n 1 "$work/facts" | wc -c)" -gt 10000000
check "a clock that is wrong" test "$(jq -r 'select(.fact == "clock").value.utc_ms' "$work/facts")" -gt "$(($(now_ms) + 3500000))"
# spoiled WORD TEXT JQ WANT: what a fault of that word makes of every fact.
spoiled() {
	documented '.*' | jq -Rn --arg word "$1" '[inputs | {(.): $word}] | add' >"$work/faults"
	server "faults.fact=$(cat "$work/faults")"
	is "$2" "$(step probe "$(jq '. + {service: {stand_ins: ["x"]}}' "$work/all")" | jq -c "$3" | sort -u | paste -sd' ')" "$4"
}
spoiled negative "no number is left" '[.value | .. | numbers] | unique | select(. != [])' '[-1]'
spoiled absurd "nor a sensible time" '[.value | .. | objects | to_entries[] | select(.key | endswith("_utc_ms")) | .value] |
	unique | select(. != [])' '[253402300799000]'
spoiled hostile "every text is hostile" '.value | .. | strings | length > 3000 and contains("<script>")' true
spoiled nul "or has a NUL" '.value | .. | strings | contains("\u0000")' true
spoiled nulls "all members null" '.value | .. | scalars' null
spoiled empty "no member" .value '{}'
server faults.probe=nonsense
step probe >/dev/null
has "a fault that does not exist is told" "$work/stderr" "no fault is called 'nonsense'"
exits "help lists paths and faults" 0 env SIMHOST="$SIMHOST" "$root/scripts/fleet" --help
has "paths" "$work/out" "services.obengine.start_ms=200"
has "faults" "$work/out" "flood-stderr"
