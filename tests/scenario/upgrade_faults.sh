#!/usr/bin/env bash
# The fault matrix: each fault that a simulated server can play (simhost --faults), at each call of an upgrade, over real SSH;
# the line matrix: a line that is cut before a call, in its middle, amid its answer, once or for ever; the power matrix: a server that restarts
# in each. How the host ends, what is said, that obengine runs and that no installer was started twice; and the same
# once more when the faults are gone and the run has gone on.
# SOAK=1 (make soak) plays all; else those that end by a limit of minutes are left out.
. "$(dirname "$0")/fleetlib.sh"

early=(stage-open stage-check console-wait)
late=(engine-cycle install-start install-wait clean)

# how a line that is cut, and a PowerShell that is killed, are told
case ${FLEET_WAY:-} in
winrm) gone='the connection ended' killed='exit status -1073741510' ;;
*) gone='the server closed the connection' killed='ended by signal KILL' ;;
esac

# --- what comes of it: "OP WORD|OUTCOME|TEXT" -------------------------------------------------------
# WORD|OUTCOME|TEXT of those that a call dies of before anything was changed
deadly() {
	cat <<-EOT
		refuse|failed|Internal Windows PowerShell error
		no-powershell|blocked|'powershell.exe' is not recognized
		blocked|step-blocked|This script contains malicious content
		access-denied|blocked|Access is denied
		constrained|blocked|PowerShell runs in ConstrainedLanguage
		die|failed|$killed
		cut|failed|the answer has no end
		garbage|failed|no answer in 8192 bytes of output
		flood|failed|more than 4194304 bytes of output
		flood-line|failed|more than 4194304 bytes of output
		flood-stderr|failed|the server sent more than
		wrong-nonce|failed|no answer in
		non-utf8|failed|unable to decode byte 0xff
	EOT
}
cells() {
	local op word text
	for op in "${early[@]}"; do
		for word in drop drop-first drop-last; do
			echo "$op $word|unreachable|$gone"
		done
		deadly | sed "s/^/$op /"
	done
	for op in "${early[@]}" "${late[@]}"; do
		for word in once,drop once,drop-first once,drop-last reboot banner progress-noise shell slow:200; do
			[ "$op $word" != "install-start reboot" ] || continue
			echo "$op $word|upgraded|"
		done
	done
	# the task of the installer had begun
	echo "install-start reboot|failed|the installer is gone (a reboot?)"
	echo "stage-open failed|failed|"
	echo "stage-check failed|failed|"
	echo "engine-cycle failed|failed|"
	# a restart that the installer wants, of a host whose upgrade is verified
	for op in reboot-start reboot-state; do
		echo "$op blocked|upgraded|a reboot is pending: none was begun ("
	done
	for word in once,drop once,drop-first once,drop-last reboot shell; do
		echo "reboot-start $word|upgraded|restarted"
		[ "$word" = reboot ] || echo "reboot-state $word|upgraded|restarted"
	done
	echo "reboot-state reboot|upgraded|"          # the server did by itself, so none is pending
	echo "reboot-start failed|upgraded|a reboot is pending: none was begun"
	echo "reboot-start drop-last|upgraded|restarted"
	# the work was done, which another call sees
	echo "engine-cycle drop-last|upgraded|"
	for word in drop drop-last die cut wrong-nonce non-utf8; do
		echo "install-start $word|upgraded|"
	done
	[ -n "${SOAK:-}" ] || return 0
	# what the host was left in is not known until its limits are over
	for op in "${late[@]}"; do
		while IFS='|' read -r word _ text; do
			[[ "$op $word" == install-start\ @(die|cut|wrong-nonce|non-utf8) ]] || echo "$op $word|uncertain|$text"
		done < <(deadly)
		echo "$op hang|uncertain|no answer in"
		echo "$op drop-first|uncertain|$gone"
	done
	for op in engine-cycle install-wait clean reboot-state; do
		echo "$op drop|uncertain|$gone"
	done
	for op in reboot-start reboot-state; do
		deadly | sed "/^blocked/d; s/^/$op /; s/|[a-z-]*|/|uncertain|/"
		echo "$op hang|uncertain|no answer in"
	done
	for op in "${early[@]}"; do
		echo "$op hang|unreachable|no answer in"
	done
}
mapfile -t cells < <(cells)
fleet_start --hosts "${#cells[@]}"
signed "$F"
mapfile -t hosts < <(find "$F/hosts" -name '*.json' -printf '%f\n' | sed 's/\.json$//' | sort)
get() { "$SIMHOST" --get "$F/hosts/$1.json" "$2"; }
for i in "${!cells[@]}"; do
	read -r op word <<<"${cells[$i]%%|*}"
	"$SIMHOST" --set "$F/hosts/${hosts[$i]}.json" install.seconds=1 "faults.$op=$word"
	[[ $op != reboot-* ]] || "$SIMHOST" --set "$F/hosts/${hosts[$i]}.json" install.exit=3010
done
told() { jq -r --arg h "$1" '.hosts[] | select(.host == $h) | '"$2" "$work/result"; }
# safe HOST TEXT: whatever became of it
safe() {
	is "$2: obengine runs" "$(get "$1" services.obengine.state)" 4
	check "$2: the installer was started once at most" test "$(get "$1" log | grep -c 'installer .* started')" -le 1
	check "$2: a restart was asked for once at most" test "$(get "$1" log | grep -c 'a restart asked for')" -le 1
}

# --- with the faults -------------------------------------------------------------------------------
limits=(--limit stop=4s --limit start=4s --limit install=30s --limit verify=5s --limit console=2s
	--reboot if-needed --limit reboot=30s)
all=1000
exits "a run with every fault at every call" 4 marshal upgrade all --installer "$F/MARSAgentInstaller.exe" --yes --json \
	--canary all --first $all --parallel $all --max-failures $all --max-unreachable $all "${limits[@]}"
cp "$work/out" "$work/result"
for i in "${!cells[@]}"; do
	host=${hosts[$i]}
	IFS='|' read -r what outcome text <<<"${cells[$i]}"
	is "$what: $outcome" "$(told "$host" .outcome)" "$outcome"
	told "$host" .reason >"$work/reason"
	[ -z "$text" ] || has "$what: and why is said" "$work/reason" "$text"
	case $outcome in
	# a call that dies for ever may leave it stopped until the server's own task starts it
	uncertain) ;;
	*) safe "$host" "$what" ;;
	esac
done

# --- without -----------------------------------------------------------------------------------------
for host in "${hosts[@]}"; do
	"$SIMHOST" --set "$F/hosts/$host.json" 'faults={}'
done
marshal upgrade resume last --yes --json --reset >"$work/result" 2>"$work/err"
for i in "${!cells[@]}"; do
	host=${hosts[$i]}
	IFS='|' read -r what outcome text <<<"${cells[$i]}"
	case $outcome in
	unreachable | uncertain) outcome=upgraded ;;
	esac
	is "$what: in the end $outcome" "$(told "$host" .outcome)" "$outcome"
	safe "$host" "$what, in the end"
	is "$what: nothing is left" "$(get "$host" folders)$(get "$host" tasks)$(get "$host" marker)" "{}{}null"
done
