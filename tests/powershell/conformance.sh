#!/usr/bin/env bash
# conformance.sh - the real scripts against simhost. Both get the same bytes on standard input and the same
# state of a server; the scripts run in a PowerShell on stand-ins for Windows (windows.psm1). Their
# answers and the states afterwards must agree, field by field, but for times and texts for people.
# The first call of each script is a process, as on a server; the others are played in one PowerShell (player.ps1).
# pwsh is $MARSHAL_PWSH, that of scripts/install-deps, or one of PATH; without it every operation is skipped by name, and red where dotnet is.
#   conformance.sh              the probe
#   conformance_facts.sh        every fact in every state
#   conformance_steps.sh        what comes before an upgrade's first change, and obengine
#   conformance_install.sh      the installer's task, and what takes it away
#   conformance_sweep.sh        what takes away that runs have left
#   conformance_system.sh       what runs in a task of SYSTEM
#   conformance_wsb.sh          backups on request: the test of Windows Server Backup, the agent's; restarts
#   conformance_cultures.sh     all facts and one upgrade once more, in other cultures and another time zone (SOAK=1: all in each)
#   conformance.sh GROUP...     of: bootstrap probe odd facts cultures standalone stage put get console engine install again
#                               backup reboot sweep system wsb
# shellcheck source=tests/scenario/lib.sh
. "$(dirname "$0")/../scenario/lib.sh"
# shellcheck source=tests/powershell/cases.sh
. "$root/tests/powershell/cases.sh"
# shellcheck source=tests/powershell/cases_installer.sh
. "$root/tests/powershell/cases_installer.sh"
# shellcheck source=tests/powershell/cases_put.sh
. "$root/tests/powershell/cases_put.sh"
# shellcheck source=tests/powershell/cases_get.sh
. "$root/tests/powershell/cases_get.sh"
# shellcheck source=tests/powershell/cases_tasks.sh
. "$root/tests/powershell/cases_tasks.sh"
# shellcheck source=tests/powershell/cases_sweep.sh
. "$root/tests/powershell/cases_sweep.sh"

[ $# -gt 0 ] || set -- bootstrap probe odd standalone
declare -A ops=([stage]='stage-open stage-put stage-check' [get]=stage-get [console]=console-wait
	[engine]='engine-cycle engine-start' [install]='install-start install-wait clean'
	[again]=obengine-again [system]=as-system
	[backup]='backup-start backup-wait' [reboot]='reboot-start reboot-state'
	[wsb]='wsb-check wsb-start wsb-wait wsb-end'
	[facts]=all-facts [cultures]=cultures [odd]=json-kinds)
pwsh=$(powershell)
# the tasks of the stand-ins run in another one of it
export MARSHAL_PWSH=$pwsh
for need in "$pwsh" jq "$SIMHOST"; do
	command -v "$need" >/dev/null 2>&1 && continue
	for group in "$@"; do
		for op in ${ops[$group]:-$group}; do lacks "conformance of $op" "$need"; done
	done
	exit 0
done

nonce=00112233445566778899aabbccddeeff
at=$("$MARSHAL" probe print clean | sed -n 's/^### Requests to it .*"at"://p')    # names of ours on a server
culture=C.UTF-8 zone=UTC                # of the account that signs in, and of the server
standins=$root/tests/powershell/windows.psm1
"$root/scripts/as-sent" bootstrap >"$work/bootstrap.ps1"
boot() { cat "$work/bootstrap.ps1"; }
encode() { iconv -t utf-16le | base64 -w0; }
# The bootstrap from its file, after the stand-ins, so that its types are looked up in them.
printf '%s\n' '$text = [IO.File]::ReadAllText("'"$work"'/bootstrap.ps1")' \
	'$input | & ([Management.Automation.ScriptBlock]::Create($text))' >"$work/call.ps1"
# Profiles of code that runs once cost more than they bring.
export DOTNET_TieredPGO=0

# Those that an upgrade asks between its steps.
upgrade_facts='"facts":'$(sed -n 's/^call probe-upgrade *\([^ ]*\) .*/\1/p' "$root/lib/transport/scripts.txt" | jq -Rc 'split(",")')

script_of() {                           # OP REQUEST
	case $1 in
	probe) case $2 in *'"deep":true'*) echo probe-deep ;; *"$upgrade_facts"*) echo probe-upgrade ;; *'"facts":['*) echo probe-deep ;;
		*) echo probe ;; esac ;;
	*) echo "$1" ;;
	esac
}

script_text() {                         # NAME: the first line of standard input
	[ -e "$work/script.$1" ] || "$root/scripts/as-sent" "$1" "$work/lines.$1" | base64 -w0 >"$work/script.$1"
	cat "$work/script.$1"
}

input() {                               # OP REQUEST: the lines of standard input; the third is of $data, a file
	script_text "$(script_of "$1" "$2")"
	printf '\n%s\n' "$(printf %s "$2" | base64 -w0)"
	[ -z "${data:-}" ] || { base64 -w0 <"$data" && echo; }
}

on_server=(env MARSHAL_STATE="$work/real.json" MARSHAL_STANDINS="$standins" MARSHAL_HITS="$work/hits" TMPDIR="$work"
	SystemRoot='C:\Windows' SystemDrive=C: ProgramFiles='C:\Program Files' SSL_CERT_FILE="$work/ca.crt")

run_real() {                            # SCRIPT, in a process; standard input is the call's
	"${on_server[@]}" MARSHAL_SCRIPT="$1" LC_ALL="$culture" TZ="$zone" "$pwsh" -NoProfile -NonInteractive \
		-EncodedCommand "$(printf '%s\n' "Import-Module -Global '$standins'" "$(cat "$work/call.ps1")" | encode)"
}

start_player() {
	coproc player {
		exec "${on_server[@]}" DOTNET_TieredCompilation=0 LC_ALL=C.UTF-8 TZ=UTC "$pwsh" -NoProfile -NonInteractive \
			-File "$root/tests/powershell/player.ps1" "$standins" 3<&0 </dev/null 2>"$work/player.err"
	}
	# shellcheck disable=SC2154      # of coproc
	exec {calls}>&"${player[1]}" {replies}<&"${player[0]}"
	# shellcheck disable=SC2154
	lib_started+=("$player_PID")
}

play() {                                # COMMAND IN OUT ERR SCRIPT: the same, in the PowerShell of all calls
	local status
	(IFS=$'\t' && printf '%s\n' "$*	$culture	$zone") >&"$calls"
	read -r -t 300 status <&"$replies" && return "$status"
	cat "$work/player.err"
	return 1
}

run_sim() { MARSHAL_STATE=$work/sim.json TZ=$zone "$SIMHOST" powershell.exe -NoProfile -NonInteractive -EncodedCommand "$sim_command"; }
sim_command=$(boot | encode)

# What is compared, of the text of an answer and of a state. answer: what is between the markers, without what may
# differ: times, ids, texts for people, where SFTP puts a file, the PowerShell that runs, and the order in which a
# registry lists its keys. state: without what only one side keeps.
definitions='
	def since: if type == "object" then with_entries(if (.key | test("(utc|age)_ms$")) and .value != null then
		.value = "some" else . end) else . end;
	def line: del(.ms, .text, .stopped_ms, .started_ms, .begun_utc_ms)
		| if .marker then .marker |= since else . end
		| if .reservation then .reservation |= since else . end
		| if .fact == "installers" and .value then .value.marker |= since else . end
		| if .until_utc_ms then .until_utc_ms = "some" else . end
		| if .step == "wsb-wait" and .job then .job |= del(.begun_utc_ms, .ended_utc_ms) else . end
		| if .error then .error = "text" else . end
		| if .step == "backup-wait" then del(.ended_utc_ms, .age_ms) else . end
		| if .step == "reboot-state" then with_entries(if (.key | test("uptime_ms$")) and .value != null then .value = "some" else . end)
			else . end
		| if .put then .put |= split("/")[-1] else . end
		| if .fact == "powershell" then del(.value.version, .value.edition) else . end
		| if .fact == "clock" and .value then .value.utc_ms |= (. / 1000 - now | fabs < 300) else . end
		| if .fact == "updates" and .value then .value.newest_utc_ms |= (. // 0 | . - . % 86400000) else . end
		| if .fact == "agent" and .value then .value.uninstall |= sort_by(.view, .key) else . end;
	def answer: split("\n") | map(rtrimstr("\r")) | index("<<<answer '$nonce' begin>>>") as $first
		| index("<<<answer '$nonce' end>>>") as $last
		| if $first == null then [] else .[$first + 1:$last] | map(select(. != "") | fromjson | line) end
		| if $last == null and . != [] then . + ["no end"] else . end;
	def state: del(.log, .install.was_state, .backup.since_utc_ms)
		| .backup |= (.last_utc_ms |= (. // 0 | . - . % 600000) | .failed_utc_ms |= (. // 0 | . - . % 600000))
		| if .marker then .marker |= with_entries(select(.value != null)
			| if .key | test("(utc|uptime)_ms$") then .value = "some" else . end) else . end
		| if .restart.due_utc_ms then .restart.due_utc_ms = "some" else . end
		| if .wsb.last then .wsb.last |= {type, state, hresult} else . end
		| .services |= map_values({exists, state, start, pid})
		| .tasks |= map_values({account, at_boot, every_ms, timed: (.every_ms != null and .due_utc_ms != null)});'

get_state() { "$SIMHOST" --get "$work/$1.json" >"$work/$1.got"; }      # SIDE: as it is now, settled

show() {                                # answer or state: what differs between the two sides
	local side
	for side in real sim; do
		if [ "$1" = answer ]; then
			jq -cRsS "$definitions answer[]" "$work/$side.out"
		else
			jq -S "$definitions state" "$work/$side.got"
		fi >"$work/$side.$1" 2>&1
	done
	diff -U0 --label "$1 of the script" --label "$1 of simhost" "$work/real.$1" "$work/sim.$1"
}

compare() {                             # OP, TEXT
	local text="conformance of $1: $2" word
	word=$(jq -nr --rawfile real "$work/real.out" --rawfile sim "$work/sim.out" --slurpfile real_got "$work/real.got" \
		--slurpfile sim_got "$work/sim.got" "$definitions"'($real | answer) as $said | if $said == [] then "the script said nothing"
		else $said == ($sim | answer) and ($real_got | map(state)) == ($sim_got | map(state)) end' 2>&1)
	[ "$word" != true ] || { ok "$text" && return; }
	not_ok "$text"
	case $word in
	false) show answer && show state ;;
	*) echo "$word" && cat "$work/real.out" ;;
	esac
	cat "$work/real.err"
}

installer_ends() {                      # at once, on both sides
	"$SIMHOST" --set "$work/real.json" install.seconds=0
	"$SIMHOST" --set "$work/sim.json" install.seconds=0
}
others_end() {                          # at once, on both sides
	local side
	for side in real sim; do
		"$SIMHOST" --set "$work/$side.json" install.others=false installers.msi_busy=false
	done
}
is_refused() { grep -qs '"refused":[1-9]' "$work/real.fs/$folder/state.json"; }
backup_ends() {
	"$SIMHOST" --set "$work/real.json" wsb.test.seconds=0
	"$SIMHOST" --set "$work/sim.json" wsb.test.seconds=0
}
agent_backup_ends() {                   # at once, on both sides, with EVENT and ERROR
	local side
	for side in real sim; do "$SIMHOST" --set "$work/$side.json" "backup.asked={\"seconds\":0,\"event\":$1,\"error\":$2}"; done
	within 90 backup_is_over || not_ok 'the backup ends'
}
backup_runs() { [ "$("$SIMHOST" --get "$work/real.json" backup.running)" = true ]; }
backup_is_over() { ! backup_runs; }
has_ended() { grep -qs ended "$work/real.fs/$folder/state.json"; }
installer_runs() { [ "$("$SIMHOST" --get "$work/real.json" installers.agent_installer)" = 1 ]; }

# Another call is at work, on both sides. .NET shares nothing of a file by this very lock.
hold_call() {
	local side
	mkdir -p "$work/real.marshal"
	for side in real sim; do
		"$SIMHOST" --set "$work/$side.json" 'lock_folder={"owner":"Administrators","inherited":false}'
	done
	exec 7>"$work/real.marshal/call.lock" 8>"$work/sim.json.call"
	flock 7
	flock 8
}
leave_call() { exec 7>&- 8>&-; }

# What an installer's task does last, or a task at a boot.
engine_runs() { [ "$("$SIMHOST" --get "$work/real.json" services.obengine.state)" = 4 ]; }
task_ended() { ! kill -0 "$("$SIMHOST" --get "$work/real.json" 'tasks.\marshal\install-7.process')" 2>/dev/null; }
comes() {                               # TASK: its time, of the script alone
	printf "%s\n" "schtasks.exe /Run /TN '\\marshal\\$1'" >"$work/comes.ps1"
	play "$work/comes.ps1" /dev/null "$work/out" "$work/err" obengine
}
boots() {                               # the task of a boot, on both sides
	"$SIMHOST" --set "$work/sim.json" 'tasks.\marshal\boot-7.due_utc_ms=1'
	comes boot-7
}
# Both sides say that the run of these calls was here just now.
is_seen() {
	local side seen
	for side in real sim; do
		seen=$("$SIMHOST" --get "$work/$side.json" | jq '(now * 1000 - .os.boot_utc_ms - .marker.seen_uptime_ms) / 1000 | fabs < 600')
		is "conformance of $case_text, $side" "$seen" true
	done
}
boot_ended() { ! kill -0 "$("$SIMHOST" --get "$work/real.json" 'tasks.\marshal\boot-7.process')" 2>/dev/null; }
timed_ended() { ! kill -0 "$("$SIMHOST" --get "$work/real.json" 'tasks.\marshal\start-obengine-7.process')" 2>/dev/null; }
same_state() {                          # TEXT
	get_state sim
	get_state real
	check "conformance of a task: $1" show state
}

# What ran in a task on the server is what `probe print` shows, but for the marks of coverage.psm1; that of --as-system has
# two words behind it.
task_is() {                             # NAME TASK
	local command=("$work/real.json.$1"*)
	sed 's/.* //' "${command[0]}" | base64 -d | iconv -f utf-16le | sed "s/\[void\]\[StandInCoverage\]::Hit('[^']*');//g" >"$work/task"
	"$root/scripts/as-sent" "$2" >"$work/shown"
	[ "$2" != task-look ] || { grep -qE "^} '[0-9a-f]{32}' '[0-9A-F]{64}'\$" "$work/task" && truncate -s "$(stat -c %s "$work/shown")" "$work/task"; }
	check "conformance of a task: the text of $2 is the one that is shown" cmp "$work/task" "$work/shown"
}

declare -A known                        # scripts that were run in a process
both() {                                # OP TEXT REQUEST
	local script
	script=$(script_of "$1" "$3")
	input "$1" "$3" >"$work/in"
	if [ -z "${known[$script]:-}" ]; then
		known[$script]=yes
		run_real "$script" <"$work/in" >"$work/real.out" 2>"$work/real.err" &
	else
		play "$work/call.ps1" "$work/in" "$work/real.out" "$work/real.err" "$script" &
	fi
	run_sim <"$work/in" >"$work/sim.out" 2>"$work/sim.err"
	get_state sim
	wait $!
	# the task of the installer needs a moment until it runs in a PowerShell of its own
	if [ "$1" = backup-start ] && grep -q '"started":true' "$work/real.out"; then
		within 90 backup_runs || not_ok "$2: the task did not start the backup"
	elif [ "$1" != reboot-start ] && grep -q '"started":true' "$work/real.out"; then
		within 90 installer_runs || not_ok "$2: the task did not start the installer"
	fi
	# and when its installer has ended it has obengine left to start
	if [ "$1" = install-wait ] && grep -q '"state":"ended"' "$work/real.out" && [ ! -e "$work/refused" ]; then
		within 90 task_ended || not_ok "$2: the task ends"
	fi
	get_state real
	compare "$1" "$2"
}

# What a task of the server before still does, such as starting obengine again and again, it would do to the next.
end_tasks() {
	local pid
	grep -qs '"process"' "$work/real.json" || return 0
	for pid in $(jq -r '.tasks[].process? // empty' "$work/real.json"); do
		kill "$pid" 2>/dev/null && within 20 gone "$pid"
	done
	return 0
}
gone() { ! kill -0 "$1" 2>/dev/null; }

# One that ends when its server does (end_tasks), where the CHANGE has a use for it.
a_process() {
	case $1 in *'$pid'*) sleep 300 >/dev/null & echo $! ;; esac
}

begin() {                               # TEXT CHANGE [put]: a new server
	local side has_lock one
	end_tasks
	case_text=$1
	rm -rf "$work"/{real,sim}.* "$work/refused"
	jq -r --arg boot "${boot_command:-}" --arg pid "$(a_process "$2")" --argjson at "$(date +%s%3N)" \
		"($2) | .lock_folder != null, ." "$work/base.json" >"$work/begun" || not_ok "$1: bad state"
	{ read -r has_lock && cat >"$work/real.json"; } <"$work/begun"
	cp "$work/real.json" "$work/sim.json"
	for side in real sim; do
		mkdir -p "$work/$side.fs"
		while read -r one; do mkdir "$work/$side.fs/$one"; done < <(jq -r '.folders | keys[]' "$work/$side.json")
		[ "$has_lock" != true ] || mkdir "$work/$side.marshal"
		[ "${3:-}" != put ] || cp "$work/installer.exe" "$work/$side.fs/$folder/$file"
	done
}

request() {                             # OP MORE-OF-THE-REQUEST
	jq -nc --arg op "$1" --arg nonce $nonce --arg folder $folder \
		--arg file $file --arg sha "$installer_sha" --argjson size "$installer_size" --argjson at "$at" \
		"{op: \$op, at: \$at, nonce: \$nonce, v: 2, run: \"7\", controller: \"desk-0a1b2c3d\", hold_ms: 3600000, lock_ms: 15000,
		folder: \$folder, file: \$file, sha256: \$sha, size: \$size} + $2"
}

call() {                                # OP MORE-OF-THE-REQUEST
	both "$1" "$case_text" "$(request "$1" "$2")"
}

put() {                                 # FROM BYTES [MORE-OF-THE-REQUEST]: a piece of the installer, with what is said of it
	local data=$work/piece
	tail -c +$(($1 + 1)) "$work/installer.exe" | head -c "$2" >"$data"
	call stage-put "{from: $1, data: {size: $(stat -c %s "$data"), sha256: \"$(sha256sum <"$data" | cut -c1-64)\"}} + ${3:-{\}}"
	same_files
}

same_files() {                          # in the run's folder, and what is in them
	local side
	for side in real sim; do
		(cd "$work/$side.fs/$folder" 2>/dev/null && find . -type f -exec sha256sum {} + | sort) >"$work/$side.files"
	done
	check "conformance of staging: the files of $case_text" diff "$work/real.files" "$work/sim.files"
}

call_real() {                           # OP MORE-OF-THE-REQUEST: of the script alone, nothing compared
	input "$1" "$(request "$1" "$2")" >"$work/in"
	play "$work/call.ps1" "$work/in" "$work/real.out" "$work/real.err" "$(script_of "$1")"
}

call_sim() {                            # OP MORE-OF-THE-REQUEST: of simhost alone, as call_real
	input "$1" "$(request "$1" "$2")" >"$work/in"
	run_sim <"$work/in" >"$work/sim.out" 2>"$work/sim.err"
}

probe() {                               # TEXT CHANGE [MORE-OF-THE-REQUEST]
	begin "$1" "$2"
	both probe "$1" "$(jq -nc --arg nonce $nonce --argjson at "$at" "{op: \"probe\", nonce: \$nonce, v: 2, at: \$at, cloud: \"public\",
		$login, facts: null, limits: {fact_ms: 60000, ob_ms: 60000}, deep: false} + ${3:-{\}}")"
}

as_system() {                           # TEXT CHANGE FACTS [MORE-OF-THE-REQUEST]: the probe, inside
	local order
	order=$(jq -nc --arg nonce $nonce --argjson at "$at" "{op: \"probe\", nonce: \$nonce, v: 2, at: \$at, cloud: \"public\", login_hosts: [],
		facts: $3, limits: {fact_ms: 5000, ob_ms: 5000}, deep: false}")
	begin "$1" "$2"
	both as-system "$1" "$(jq -nc --arg nonce $nonce --argjson at "$at" --arg order "$order" \
		"{op: \"as-system\", nonce: \$nonce, v: 2, at: \$at, order: \$order, facts: $3, wait_ms: 60000, connect_ms: 40000} + ${4:-{\}}")"
}

bootstrap_cases() {                     # what the bootstrap does before any script
	local status=0
	begin 'a locked PowerShell' '.powershell.language_mode = "ConstrainedLanguage"'
	{ echo "\$ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'"; boot; } | encode >"$work/boot"
	input probe '{}' | "$pwsh" -NoProfile -NonInteractive -EncodedCommand "$(cat "$work/boot")" >"$work/out" || status=$?
	is 'conformance of bootstrap: exit status in ConstrainedLanguage' $status 64
	has 'conformance of bootstrap: ConstrainedLanguage is said' "$work/out" '<<<answer language-mode ConstrainedLanguage>>>'
	hasnt 'conformance of bootstrap: and nothing is run' "$work/out" begin
	# shellcheck disable=SC2016      # PowerShell's
	status=0
	boot | sed 's/\[Environment\]::Is64BitProcess/$false/' | encode >"$work/boot"
	input probe '{}' | "$pwsh" -NoProfile -NonInteractive -EncodedCommand "$(cat "$work/boot")" >"$work/out" || status=$?
	is 'conformance of bootstrap: exit status in 32 bits' $status 65
	has 'conformance of bootstrap: 32 bits are said' "$work/out" '<<<answer bits 32>>>'
	hasnt 'conformance of bootstrap: and nothing is run' "$work/out" begin
	local data=$work/base.json good='{"op": "stage-put", "nonce": "'$nonce'"'
	for text in '' 'one line' "$(data='' input probe '{"op": "probe"}')" "$(printf '!!\n??\n')" \
		"$(input probe "$good}")" "$(data='' input probe "$good, \"data\": {\"size\": 1}}")"; do
		status=0
		echo "$text" | "$pwsh" -NoProfile -NonInteractive -EncodedCommand "$(boot | encode)" >"$work/out" 2>"$work/err" || status=$?
		is 'conformance of bootstrap: input that is no call' "$status" 70
		hasnt 'conformance of bootstrap: and no answer' "$work/out" '<<<'
	done
}

odd_cases() {                           # a value that JSON has no kind for costs its fact, and nothing else
	begin 'a size beyond all numbers' '.volumes["C:"].size_bytes = 1e30'
	local request='{"op":"probe","nonce":"'$nonce'","facts":["system-volume","dotnet"],"limits":{"fact_ms":20000,"ob_ms":20000}}'
	input probe "$request" >"$work/in"
	run_real "$(script_of probe "$request")" <"$work/in" >"$work/out" 2>"$work/err"
	is 'conformance of probe: a value that JSON has no kind for costs its fact' \
		"$(sed -n 's/.*"fact":"\([^"]*\)".*"\(kind\|value\)":.*/\1 \2/p' "$work/out" | paste -sd,)" 'dotnet value,system-volume kind'
	has 'conformance of probe: and not the call' "$work/out" "<<<answer $nonce end>>>"
}

standalone_cases() {                    # the script that people run by hand says what the probe says
	begin 'by hand' .
	"$MARSHAL" probe print --standalone >"$work/hand.ps1" || not_ok 'probe print --standalone'
	(cd "$work" && MARSHAL_STATE=$work/real.json COMPUTERNAME=WEB01 SystemRoot='C:\Windows' SystemDrive=C: \
		ProgramFiles='C:\Program Files' "$pwsh" -NoProfile -NonInteractive -Command \
		"Import-Module -Global '$standins'; & ([Management.Automation.ScriptBlock]::Create([IO.File]::ReadAllText('hand.ps1')))") \
		>"$work/out" 2>&1
	# all but the one that only SYSTEM may read
	is 'conformance of probe: by hand, all facts' \
		"$(jq -r 'select(.value) | .fact' "$work/marshal-WEB01.json" | wc -l)" 43
	hasnt 'conformance of probe: by hand, no markers' "$work/marshal-WEB01.json" '<<<'
}

lines_run() {                           # which lines of the scripts the calls went through
	local list
	for list in hits hits.all; do
		awk 'FILENAME ~ /lines\.[^.]*$/ { name = FILENAME; sub(/.*lines\./, "", name); place[name, FNR] = $0; next }
			{ print place[$1, $2] }' "$work"/lines.* "$work/$list" | sort -u >"$work/$list.lines"
	done
	echo "lines of the scripts with a statement: $(wc -l <"$work/hits.all.lines"), that ran: $(wc -l <"$work/hits.lines")"
	comm -13 "$work/hits.lines" "$work/hits.all.lines" | sort -t: -k1,1 -k2,2n |
		awk -F: '$1 != f { printf "%s%s not:", f ? "\n" : "", f = $1 } { printf " %s", $2 } END { if (f) print "" }'
}

"$SIMHOST" --state web01 >"$work/base.json"
# The command of the task of a boot, as a cycle registers it.
boot_of() {
	begin 'a cycle' "$taken"
	call engine-cycle "{cloud: \"public\", login_hosts: [], stop_ms: 5000, start_ms: 5000, ask_ms: 2000}" >/dev/null
	"$SIMHOST" --get "$work/real.json" 'tasks.\marshal\boot-7.command'
}
"$SIMHOST" --make-installer "$work/installer.exe" 2.0.9938.0 >/dev/null || printf 'an installer' >"$work/installer.exe"
installer_sha=$(sha256sum "$work/installer.exe" | cut -c1-64)
installer_size=$(stat -c %s "$work/installer.exe")
: >"$work/hits"
: >"$work/hits.all"
start_player
case " $* " in *' install '*) boot_command=$(boot_of) ;; esac
for group in "$@"; do
	"${group}_cases"
done
lines_run
