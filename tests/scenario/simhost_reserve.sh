#!/usr/bin/env bash
# simhost's server under requests with "v": 2: the lock of a call, the reservation, who gets it when, and what
# starts obengine again without any controller. Requests with "v": 1 are an older version's. No network.
. "$(dirname "$0")/lib.sh"

nonce=0123456789abcdef0123456789abcdef file=MARSAgentInstaller.exe
export MARSHAL_STATE=$work/web01.json
installer=$work/$file
"$SIMHOST" --make-installer "$installer" 2.0.9938.0
sha=$(sha256sum "$installer" | cut -d' ' -f1) size=$(stat -c %s "$installer")

server() {
	rm -rf "$work"/web01.*
	"$SIMHOST" --state web01 >"$MARSHAL_STATE"
	[ $# -eq 0 ] || "$SIMHOST" --set "$MARSHAL_STATE" "$@"
}
get() { "$SIMHOST" --get "$MARSHAL_STATE" "$1"; }
set_state() { "$SIMHOST" --set "$MARSHAL_STATE" "$@"; }
# by RUN OP [MEMBERS]: the line of the answer to run RUN, whose controller is ctl-RUN.
by() {
	local request
	request=$(jq -nc --arg op "$2" --arg nonce "$nonce" --arg run "$1" --arg file "$file" --arg sha "$sha" \
		--argjson size "$size" '{v: 2, op: $op, nonce: $nonce, run: $run, controller: ("ctl-" + $run),
		folder: ("marshal-" + $run + "-0123456789abcdef"), hold_ms: 3000000, lock_ms: 300, file: $file, sha256: $sha,
		size: $size, facts: null, login_hosts: ["login.windows.net"], stop_ms: 600, start_ms: 600, wait_ms: 0}
		+ ($ARGS.positional[0] | fromjson)' --args "${3:-{\}}")
	printf '%s\n%s\n' "$(base64 -w0 <<<script)" "$(base64 -w0 <<<"$request")" |
		"$SIMHOST" powershell.exe -NoProfile -NonInteractive -EncodedCommand AAAA |
		sed '/^<<<answer/d; /^$/d'
} 2>"$work/stderr"
field() { jq -r "$1"; }
code() { field '.code // "ok"'; }
old='{"v":1,"wait_ms":300}'
# staged RUN [PATH=VALUE]...: a new server with the installer of that run on it.
staged() {
	local run=$1
	shift
	server "$@"
	cp "$installer" "$(by "$run" stage-open | field .put)"
}
now_ms() { date +%s%3N; }
ends() { set_state "tasks.\\marshal\\install-$1.begun_utc_ms=$(($(now_ms) - 3600000))"; }
gone() { get marker; get folders; get tasks; get lock_folder; }

# --- one run at a time -----------------------------------------------------------------------
staged a
is "staging reserves" "$(get marker.run) $(get marker.controller) $(get marker.phase) $(get marker.engine)" "a ctl-a reserved "
is "and says so" "$(by a stage-open '{"again":true}' | field '"\(.reservation.run) \(.taken_over)"')" "a false"
is "another one is told whose it is" "$(by b stage-open | field '"\(.code) \(.reservation.run) \(.reservation.controller)"')" "reserved a ctl-a"
for op in 'console-wait {"close":true}' engine-cycle; do
	read -r name more <<<"$op"
	is "$name of another is refused" "$(by b "$name" "$more" | code)" reserved
done
is "a run of the same name, another controller" "$(by a engine-cycle '{"controller":"elsewhere"}' | code)" reserved
is "an older version meets it as a marker" "$(by c probe '{"v":1,"facts":["installers"]}' | jq -c '.value.marker | keys')" '["run","sha256","utc_ms"]'
is "a probe of today sees all of it" "$(by c probe '{"facts":["installers"]}' | jq -c '.value.marker | keys | length')" 10
is "clean gives it back" "$(by a clean | jq -c '[.removed, .left]')" '[["folder","marker"],[]]'
is "and nothing is left" "$(gone | jq -sc .)" '[null,{},{},null]'

# --- taking over -----------------------------------------------------------------------------
staged a os.uptime_offset_ms=0
set_state clock.skew_ms=86400000
is "a clock that is turned by a day gives nothing away" "$(by b stage-open | code)" reserved
set_state os.uptime_offset_ms=2990000
is "nor does the time of its holder" "$(by b stage-open | code)" reserved
set_state os.uptime_offset_ms=3100000
is "but more of it does" "$(by b stage-open | field '"\(.ok) \(.taken_over) \(.reservation.run)"')" "true true b"
is "the one before is told" "$(by a engine-cycle | field '"\(.code) \(.reservation.run)"')" "reserved b"
is "the one before cannot go on either when that is gone" "$(by b clean | code) $(by a engine-cycle | code)" \
	"ok reservation-lost"
is "and cleans what is its own" "$(by a clean | jq -c '[.removed, .left]')" '[["folder"],[]]'
staged a os.boot_utc_ms=now-10h
set_state os.boot_utc_ms=now-1m
is "after a boot it counts from the boot" "$(by b stage-open | code)" reserved
set_state os.boot_utc_ms=now-51m
is "and is old in time" "$(by b stage-open | field .taken_over)" true
staged a
set_state os.uptime_offset_ms=86400000 installers.msi_busy=true
is "not while an installer works" "$(by b stage-open | code)" reserved
server 'marker={"run":"x","utc_ms":1,"sha256":"00"}'
set_state os.uptime_offset_ms=86400000000
is "an older version's is never taken over" "$(by b stage-open | code)" reserved

# --- the lock --------------------------------------------------------------------------------
staged a
exec 8>"$MARSHAL_STATE.call"
flock 8
for op in stage-open engine-cycle clean; do is "$op waits for the lock" "$(by a $op '{"again":true}' | code)" locked; done
set_state services.obengine.state=Stopped
is "a start does not" "$(by a engine-start | field .now)" 4
exec 8>&-
server 'lock_folder={"owner":"CORP\\eve","inherited":true}'
is "a folder of the lock that is not ours" "$(by a stage-open | code)" folder-not-ours

# --- backups and installers ------------------------------------------------------------------
staged a backup.running=true 'consoles=[{"pid":7,"user":"CORP\\eve","session":2}]'
for op in 'console-wait {"close":true}' engine-cycle install-start; do
	read -r name more <<<"$op"
	is "$name under a backup" "$(by a "$name" "$more" | code)" backup-running
done
set_state backup.running=null
is "one that nobody knows of" "$(by a engine-cycle | code)" backup-unknown
is "accepted" "$(by a engine-cycle '{"accept_unknown_backup":true}' | field .now)" 4
is "nobody's console was ended" "$(get consoles | jq length)" 1
staged a installers.msi_busy=true
is "no start under a transaction" "$(by a engine-start | field '"\(.code) \(.until_utc_ms != null)"')" "installer-at-work true"
is "no cycle" "$(by a engine-cycle | code)" installer-at-work
staged a 'tasks={"\\marshal\\start-obengine-zz":{"account":"SYSTEM","due_utc_ms":4000000000000}}'
is "no installer beside a timed task" "$(by a install-start | field '"\(.code) \(.task)"')" 'safety-task-there \marshal\start-obengine-zz'
is "nor a cycle" "$(by a engine-cycle | code), $(get services.obengine.state)" "safety-task-there, 4"
is "and it is still reserved only" "$(get marker.phase)" reserved

# --- the installer ---------------------------------------------------------------------------
staged a install.seconds=600 install.service_state=1
is "a cycle" "$(by a engine-cycle | field .now), $(get marker.phase)" "4, reserved"
is "keeps the task of a boot" "$(get tasks | jq -c keys)" '["\\marshal\\boot-a"]'
is "none was started" "$(by a install-wait | field .state)" none
is "an installer" "$(by a install-start | field .started), $(get marker.phase)" "true, installing"
is "once" "$(by a install-start | field .already)" true
is "it works" "$(by a install-wait | field .state)" running
is "and nobody starts obengine" "$(by a engine-start | code) $(by b engine-start | code)" "installer-at-work installer-at-work"
is "nor does an older version" "$(by z engine-cycle "$old" | code) $(by z engine-start "$old" | code)" "failed failed"
set_state faults.start=refuse:1
ends a
is "left stopped, and one start refused" "$(get services.obengine.state) $(by a install-wait | field '"\(.state) \(.exit)"')" "1 ended 0"
is "what is wanted stays" "$(by a clean | jq -c '[.removed, .left]')" '[[],["folder","install-task","boot-task","marker"]]'
set_state "tasks.\\marshal\\install-a.due_utc_ms=1"
is "its task starts obengine, without any controller" "$(get services.obengine.state) $(get agent.version)" "4 2.0.9938.0"
is "all goes then" "$(by a clean | jq -c .left; gone | jq -sc .)" "$(printf '[]\n[null,{},{},null]')"
staged a install.seconds=600 faults.task=denied
is "a task that may not be made" "$(by a install-start | field '"\(.code) \(.changed)"'), $(get marker.phase) $(get tasks)" "task-denied false, reserved {}"

# --- a start in the middle of the installer breaks it ----------------------------------------
staged a install.seconds=600
by a install-start >/dev/null
set_state "tasks.\\marshal\\install-a.holds=false"
is "an older version starts obengine" "$(by z engine-start '{"v":1,"wait_ms":300,"start_ms":3000}' | field .now)" 4
ends a
is "and the installer fails" "$(by a install-wait | field '"\(.state) \(.exit)"'), $(get agent.version)" "ended 1603, 2.0.9070.0"

# --- power cuts ------------------------------------------------------------------------------
up() { set_state away_until_utc_ms=0; }
staged a services.obengine.start=3 faults.engine-cycle=reboot
by a engine-cycle >/dev/null
up
is "a power cut in the middle of a cycle: the boot starts it" "$(get services.obengine.state) $(get tasks | jq -c keys)" \
	'4 ["\\marshal\\start-obengine-a"]'
is "and all is taken away" "$(by a clean | jq -c '.left')" '[]'
staged a services.obengine.start=3 install.seconds=600 install.reboot_s=1
by a install-start >/dev/null
ends a
up
is "in the middle of the installer too" "$(get services.obengine.state) $(by a install-wait '{"wait_ms":3000}' | field .state)" "4 lost"
set_state installers.msi_busy=true services.obengine.state=1 retry_ms=50 \
	'tasks.\marshal\boot-a={"account":"SYSTEM","at_boot":true,"waits":true,"due_utc_ms":1}'
is "not while Windows Installer works" "$(get services.obengine.state)" 1
set_state installers.msi_busy=false
runs() { [ "$(get services.obengine.state)" = 4 ]; }
check "but after it" within 5 runs
staged a services.obengine.start=3 services.obengine.state=1 faults.stage-check=reboot
by a stage-check >/dev/null
is "one that did not run is left alone" "$(up; get services.obengine.state)" 1

# --- gates -----------------------------------------------------------------------------------
staged a 'faults.gate={"ctl-a":{"engine-cycle":"hold"}}'
by a engine-cycle >"$work/held" &
held=$!
is_held() { [ "$(get faults.gate.ctl-a.engine-cycle)" = held ]; }
within 10 is_held || not_ok "a call is held"
is "others go on" "$(by b probe '{"facts":["os"]}' | field .fact)" os
set_state faults.gate.ctl-a.engine-cycle=
wait $held
is "until it is let go" "$(field .now <"$work/held")" 4
