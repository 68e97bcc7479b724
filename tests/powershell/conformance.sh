#!/usr/bin/env bash
# conformance.sh - the real scripts against simhost. Both get the same bytes on standard input and the same
# state of a server; the scripts run in a PowerShell on stand-ins for Windows (windows.psm1). Their
# answers and the states afterwards must agree, field by field, but for times and texts for people.
# pwsh is $MARSHAL_PWSH, that of scripts/install-deps, or one of PATH; without it every operation is skipped by name.
#   conformance.sh              the probe
#   conformance_facts.sh        every fact in every state
#   conformance_steps.sh        what comes before an upgrade's first change, and obengine
#   conformance_install.sh      the installer's task, and what takes it away
#   conformance_system.sh       what runs in a task of SYSTEM
#   conformance_wsb.sh          the test of Windows Server Backup
#   conformance_cultures.sh     all facts once more, in other cultures and another time zone
#   conformance.sh GROUP...     of: bootstrap probe odd facts cultures standalone stage console engine install again
#                               system wsb
# shellcheck source=tests/scenario/lib.sh
. "$(dirname "$0")/../scenario/lib.sh"
# shellcheck source=tests/powershell/cases.sh
. "$root/tests/powershell/cases.sh"

[ $# -gt 0 ] || set -- bootstrap probe odd standalone
declare -A ops=([stage]='stage-open stage-check' [console]=console-wait
	[engine]='engine-cycle engine-start' [install]='install-start install-wait clean'
	[again]='the tasks that start obengine' [system]=as-system
	[wsb]='wsb-check wsb-start wsb-wait wsb-end'
	[facts]='every fact' [cultures]=cultures [odd]=json-kinds)
pwsh=$(powershell)
# the tasks of the stand-ins run in another one of it
export MARSHAL_PWSH=$pwsh
for need in "$pwsh" jq "$SIMHOST"; do
	command -v "$need" >/dev/null 2>&1 && continue
	for group in "$@"; do
		for op in ${ops[$group]:-$group}; do skip "conformance of $op" "no ${need:-pwsh} found"; done
	done
	exit 0
done

nonce=00112233445566778899aabbccddeeff
culture=C.UTF-8 zone=UTC                # of the account that signs in, and of the server
standins=$root/tests/powershell/windows.psm1
boot() { cat "$root/lib/transport/bootstrap.ps1"; }
encode() { iconv -t utf-16le | base64 -w0; }
# The stand-ins first, then the bootstrap from its file, so that its types are looked up after them.
real_command=$(printf '%s\n' "Import-Module -Global '$standins'" \
	'$text = [IO.File]::ReadAllText("'"$root"'/lib/transport/bootstrap.ps1")' \
	'$input | & ([Management.Automation.ScriptBlock]::Create($text))' | encode)

# The parts of a script, and the file that has its operations.
parts_of() { sed -n "s/^$1  *//p" "$root/lib/transport/scripts.txt"; }
script_of() {                           # OP REQUEST
	case $1 in
	probe) case $2 in *'"deep":true'* | *'"facts":['*) echo probe-deep ;; *) echo probe ;; esac ;;
	stage-*) echo stage ;;
	console-*) echo console ;;
	engine-*) echo obengine ;;
	install-*) echo install ;;
	wsb-*) echo wsb ;;
	*) echo "$1" ;;
	esac
}

input() {                               # OP REQUEST: the two lines of standard input
	local script
	script=$(script_of "$1" "$2")
	# shellcheck disable=SC2046      # words are wanted
	(cd "$root" && cat $(parts_of "$script")) | base64 -w0
	printf '\n%s\n' "$(printf %s "$2" | base64 -w0)"
}

run_real() {                            # OP REQUEST; standard input is the call's
	MARSHAL_STATE=$work/real.json MARSHAL_STANDINS=$standins MARSHAL_HITS=$work/hits TMPDIR=$work \
		MARSHAL_SCRIPT=$(script_of "$1" "$2") SystemRoot='C:\Windows' SystemDrive=C: \
		ProgramFiles='C:\Program Files' LC_ALL=$culture TZ=$zone "$pwsh" -NoProfile -NonInteractive \
		-EncodedCommand "$real_command"
}

run_sim() { MARSHAL_STATE=$work/sim.json "$SIMHOST" powershell.exe -NoProfile -NonInteractive -EncodedCommand "$(boot | encode)"; }

# What is between the markers, without what may differ: times, ids, texts for people, where SFTP puts
# a file, the PowerShell that runs, and the order in which a registry lists its keys.
answer() {
	sed -n "/^<<<marshal $nonce begin>>>\r\?$/,/^<<<marshal $nonce end>>>\r\?$/p" "$1" |
		grep -v '^<<<' | jq -cS '
		def since: if type == "object" then with_entries(if (.key | test("(utc|age)_ms$")) and .value != null then
			.value = "some" else . end) else . end;
		del(.ms, .text, .stopped_ms, .started_ms, .begun_utc_ms)
		| if .marker then .marker |= since else . end
		| if .reservation then .reservation |= since else . end
		| if .fact == "installers" and .value then .value.marker |= since else . end
		| if .until_utc_ms then .until_utc_ms = "some" else . end
		| if .step == "wsb-wait" and .job then .job |= del(.begun_utc_ms, .ended_utc_ms) else . end
		| if .error then .error = "text" else . end
		| if .put then .put |= split("/")[-1] else . end
		| if .fact == "powershell" then del(.value.version, .value.edition) else . end
		| if .fact == "clock" and .value then .value.utc_ms |= (. / 1000 - now | fabs < 300) else . end
		| if .fact == "updates" and .value then .value.newest_utc_ms |= (. // 0 | . - . % 86400000) else . end
		| if .fact == "agent" and .value then .value.uninstall |= sort_by(.view, .key) else . end' 2>&1
}

state() {                               # of FILE, settled; what only one side keeps is left out
	"$SIMHOST" --get "$1" | jq -S 'del(.log, .install.was_state, .backup.since_utc_ms)
		| if .marker then .marker |= with_entries(select(.value != null)
			| if .key | test("(utc|uptime)_ms$") then .value = "some" else . end) else . end
		| if .wsb.last then .wsb.last |= {type, state, hresult} else . end
		| .services |= map_values({exists, state, start, pid})
		| .tasks |= map_values({account, at_boot, every_ms, timed: (.every_ms != null and .due_utc_ms != null)})'
}

compare() {                             # OP, TEXT
	local op=$1 text="conformance of $1: $2"
	answer "$work/real.out" >"$work/real.answer"
	answer "$work/sim.out" >"$work/sim.answer"
	if [ ! -s "$work/real.answer" ]; then
		not_ok "$text: the script said nothing"
		cat "$work/real.out" "$work/real.err"
	elif diff -U0 --label script --label simhost "$work/real.answer" "$work/sim.answer" >"$work/diff" &&
		diff -U0 --label 'state after script' --label 'state after simhost' \
			"$work/real.state" "$work/sim.state" >"$work/diff"; then
		ok "$text"
	else
		not_ok "$text"
		cat "$work/diff"
		cat "$work/real.err"
	fi
}

installer_ends() {                      # at once, on both sides
	"$SIMHOST" --set "$work/real.json" install.seconds=0
	"$SIMHOST" --set "$work/sim.json" install.seconds=0
}
backup_ends() {
	"$SIMHOST" --set "$work/real.json" wsb.test.seconds=0
	"$SIMHOST" --set "$work/sim.json" wsb.test.seconds=0
}
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
boots() {                               # the task of a boot, on both sides
	"$SIMHOST" --set "$work/sim.json" 'tasks.\marshal\boot-7.due_utc_ms=1'
	MARSHAL_STATE=$work/real.json MARSHAL_STANDINS=$standins MARSHAL_HITS=$work/hits MARSHAL_SCRIPT=obengine \
		SystemRoot='C:\Windows' "$pwsh" -NoProfile -NonInteractive -Command \
		"Import-Module -Global '$standins'; schtasks.exe /Run /TN '\marshal\boot-7'" >/dev/null
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
same_state() {                          # TEXT
	state "$work/sim.json" >"$work/sim.state"
	state "$work/real.json" >"$work/real.state"
	diff -U0 "$work/real.state" "$work/sim.state" >"$work/diff" && ok "conformance of a task: $1" && return
	not_ok "conformance of a task: $1"
	cat "$work/diff"
}

both() {                                # OP TEXT REQUEST
	input "$1" "$3" >"$work/in"
	run_real "$1" "$3" <"$work/in" >"$work/real.out" 2>"$work/real.err" &
	run_sim <"$work/in" >"$work/sim.out" 2>"$work/sim.err"
	state "$work/sim.json" >"$work/sim.state"
	wait $!
	# the task of the installer needs a moment until it runs in a PowerShell of its own
	if grep -q '"started":true' "$work/real.out"; then
		within 90 installer_runs || not_ok "$2: the task did not start the installer"
	fi
	# and when its installer has ended it has obengine left to start
	if [ "$1" = install-wait ] && grep -q '"state":"ended"' "$work/real.out" && [ ! -e "$work/refused" ]; then
		within 90 task_ended || not_ok "$2: the task ends"
	fi
	state "$work/real.json" >"$work/real.state"
	compare "$1" "$2"
}

# What a task of the server before still does, such as starting obengine again and again, it would do to the next.
end_tasks() {
	local pid
	[ -e "$work/real.json" ] || return 0
	for pid in $(jq -r '.tasks[].process? // empty' "$work/real.json"); do
		kill "$pid" 2>/dev/null && within 20 gone "$pid"
	done
	return 0
}
gone() { ! kill -0 "$1" 2>/dev/null; }

begin() {                               # TEXT CHANGE [put]: a new server
	local at
	end_tasks
	at=$(date +%s%3N)
	case_text=$1
	rm -rf "$work"/{real,sim}.* "$work/refused"
	for side in real sim; do
		jq --arg boot "${boot_command:-}" --argjson at "$at" "$2" "$work/base.json" >"$work/$side.json" || not_ok "$1: bad state"
		mkdir -p "$work/$side.fs/$folder"
		jq -e ".folders[\"$folder\"]" "$work/$side.json" >/dev/null || rmdir "$work/$side.fs/$folder"
		jq -e '.lock_folder' "$work/$side.json" >/dev/null && mkdir -p "$work/$side.marshal"
		[ "${3:-}" != put ] || cp "$work/installer.exe" "$work/$side.fs/$folder/$file"
	done
}

call() {                                # OP MORE-OF-THE-REQUEST
	both "$1" "$case_text" "$(jq -nc --arg op "$1" --arg nonce $nonce --arg folder $folder \
		--arg file $file --arg sha "$installer_sha" --argjson size "$installer_size" \
		"{op: \$op, nonce: \$nonce, v: 2, run: \"7\", controller: \"desk-0a1b2c3d\", hold_ms: 3600000, lock_ms: 15000,
		folder: \$folder, file: \$file, sha256: \$sha, size: \$size} + $2")"
}

probe() {                               # TEXT CHANGE [MORE-OF-THE-REQUEST]
	begin "$1" "$2"
	both probe "$1" "$(jq -nc --arg nonce $nonce "{op: \"probe\", nonce: \$nonce, v: 2, cloud: \"public\",
		$login, facts: null, limits: {fact_ms: 60000, ob_ms: 60000}, deep: false} + ${3:-{\}}")"
}

as_system() {                           # TEXT CHANGE FACTS [MORE-OF-THE-REQUEST]: the probe, inside
	local order
	order=$(jq -nc --arg nonce $nonce "{op: \"probe\", nonce: \$nonce, v: 2, cloud: \"public\", login_hosts: [],
		facts: $3, limits: {fact_ms: 5000, ob_ms: 5000}, deep: false}")
	begin "$1" "$2"
	both as-system "$1" "$(jq -nc --arg nonce $nonce --arg script "$(input probe "$order" | head -n 1)" \
		--arg order "$(printf %s "$order" | base64 -w0)" "{op: \"as-system\", nonce: \$nonce, v: 2,
		script: \$script, order: \$order, facts: $3, wait_ms: 60000, connect_ms: 40000} + ${4:-{\}}")"
}

bootstrap_cases() {                     # what the bootstrap does before any script
	local status=0
	begin 'a locked PowerShell' '.powershell.language_mode = "ConstrainedLanguage"'
	{ echo "\$ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'"; boot; } | encode >"$work/boot"
	input probe '{}' | "$pwsh" -NoProfile -NonInteractive -EncodedCommand "$(cat "$work/boot")" >"$work/out" || status=$?
	is 'conformance of bootstrap: exit status in ConstrainedLanguage' $status 64
	has 'conformance of bootstrap: ConstrainedLanguage is said' "$work/out" '<<<marshal language-mode ConstrainedLanguage>>>'
	hasnt 'conformance of bootstrap: and nothing is run' "$work/out" begin
	# shellcheck disable=SC2016      # PowerShell's
	status=0
	boot | sed 's/\[IntPtr\]::Size/4/' | encode >"$work/boot"
	input probe '{}' | "$pwsh" -NoProfile -NonInteractive -EncodedCommand "$(cat "$work/boot")" >"$work/out" || status=$?
	is 'conformance of bootstrap: exit status in 32 bits' $status 65
	has 'conformance of bootstrap: 32 bits are said' "$work/out" '<<<marshal bits 32>>>'
	hasnt 'conformance of bootstrap: and nothing is run' "$work/out" begin
	for text in '' 'one line' "$(input probe '{"op": "probe"}')" "$(printf '!!\n??\n')"; do
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
	run_real probe "$request" <"$work/in" >"$work/out" 2>"$work/err"
	is 'conformance of probe: a value that JSON has no kind for costs its fact' \
		"$(sed -n 's/.*"fact":"\([^"]*\)".*"\(kind\|value\)":.*/\1 \2/p' "$work/out" | paste -sd,)" 'dotnet value,system-volume kind'
	has 'conformance of probe: and not the call' "$work/out" "<<<marshal $nonce end>>>"
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
		"$(jq -r 'select(.value) | .fact' "$work/marshal-WEB01.json" | wc -l)" 39
	hasnt 'conformance of probe: by hand, no markers' "$work/marshal-WEB01.json" '<<<'
}

lines_run() {                           # which lines of the scripts the calls went through
	local name parts part from
	grep -v '^#' "$root/lib/transport/scripts.txt" | while read -r name parts; do
		from=0
		for part in $parts; do
			echo "$name $from $part"
			from=$((from + $(wc -l <"$root/$part")))
		done
	done >"$work/parts"
	for list in hits hits.all; do
		awk 'FILENAME ~ /parts$/ { n = ++count[$1]; from[$1, n] = $2; file[$1, n] = $3; next }
			{ for (i = count[$1]; i > 1 && from[$1, i] >= $2; i--); print file[$1, i] ":" $2 - from[$1, i] }' \
			"$work/parts" "$work/$list" | sort -u >"$work/$list.lines"
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
case " $* " in *' install '*) boot_command=$(boot_of) ;; esac
for group in "$@"; do
	"${group}_cases"
done
lines_run
