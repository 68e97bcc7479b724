#!/usr/bin/env bash
# A run over many servers in three waves, a tenth of which have something wrong with them that a printed seed draws, and which is
# killed five times at moments that it draws too. Nothing is lost, nothing twice: the report of the run, the database and the
# servers agree on every host. `make soak SEED=N HOSTS=N` plays it longer or once more; else it is small.
. "$(dirname "$0")/fleetlib.sh"

hosts=${HOSTS:-$([ -n "${SOAK:-}" ] && echo 300 || echo 30)}
seed=${SEED:-$((RANDOM * 32768 + RANDOM))}
echo "$hosts hosts, seed $seed"
RANDOM=$((seed % 32768))
fleet_start --hosts "$hosts"
signed "$F"
mapfile -t names < <(find "$F/hosts" -name '*.json' -printf '%f\n' | sed 's/\.json$//' | sort)
get() { "$SIMHOST" --get "$F/hosts/$1.json" "$2"; }
draw() { drawn=$((RANDOM % $1)); }      # drawn: below that number; in a subshell bash would draw by another seed

# --- what is wrong ------------------------------------------------------------------------------
wrong=(install.exit=1603 install.exit=1618 install.exit=3010 install.old_version=true install.lose_config=true install.keeps_working_s=2
	install.reboot_s=1 faults.stop=refuse faults.start=refuse:1 backup.running=true+backup.source=ob-job kind=asr faults.task=denied
	signature.status=NotSigned 'faults.engine-cycle=once,drop' 'faults.install-start=once,drop-last' 'faults.install-wait=once,reboot'
	faults.stage-check=failed 'faults.clean=once,drop-first' faults.upload=corrupt services.obengine.stop_ms=2000
	volumes.C:.free_bytes=1000 reboot.installer=true installers.msi_busy=true)
for name in "${names[@]}"; do
	draw 3
	"$SIMHOST" --set "$F/hosts/$name.json" install.seconds="$drawn"
	draw 10
	[ "$drawn" -eq 0 ] || continue
	draw ${#wrong[@]}
	what=${wrong[$drawn]}
	case $what in
	backup*) "$SIMHOST" --set "$F/hosts/$name.json" "${what%+*}" "${what#*+}" ;;
	*) "$SIMHOST" --set "$F/hosts/$name.json" "$what" ;;
	esac
	echo "$name: $what"
done

# --- killed ----------------------------------------------------------------------------------------
limits=(--limit console=2s --limit stop=4s --limit start=4s --limit install=60s --limit verify=8s)
begins() {
	# by its own process, which a function would stand in front of
	MARSHAL_INVENTORY=$inventory MARSHAL_DB=$DB "$MARSHAL" upgrade "$@" --yes --json >"$work/out" 2>"$work/err" </dev/null &
	marshal=$!
	lib_started+=("$marshal")
}
anew() { begins all --installer "$F/MARSAgentInstaller.exe" "${limits[@]}" --waves 10%,40%,100% --promote 1% --parallel 40 --max-failures 100%; }
anew
kills=0 more=$hosts
for ((again = 1; again <= 40; again++)); do
	if [ "$kills" -lt 5 ]; then
		draw $((hosts / 5 < 60 ? hosts / 5 : 60))
		moment=$((2 + drawn))
		for ((i = 0; i < moment; i++)); do
			kill -0 "$marshal" 2>/dev/null || break
			sleep 0.1
		done
		kill -9 "$marshal" 2>/dev/null && kills=$((kills + 1)) && echo "killed after $((moment * 100)) ms"
	fi
	wait "$marshal" 2>/dev/null
	# killed before it was written down: nothing was begun
	if [ "$(sql "select count(*) from run" 2>/dev/null)" != 1 ]; then
		anew
		continue
	fi
	# those that are not over, or never had their turn
	more=$(sql "select count(*) from job where state <> 'ended' or outcome in ('not-started', '')")
	[ "$more" -gt 0 ] || break
	begins resume last --reset
done
# a small one may come to its end before
check "the run was killed ($kills times)" test "$kills" -ge "$((hosts < 100 ? 2 : 5))"
is "and came to its end" "$more" 0

# --- what became of it ----------------------------------------------------------------------------
marshal report run last --json >"$work/report" 2>"$work/err"
is "every host is in the report, once" "$(jq -r '.rows[].host' "$work/report" | sort | uniq | wc -l)$(jq '.rows | length' "$work/report")" "$hosts$hosts"
bad=0
wrong_host() { bad=$((bad + 1)); echo "$*"; }
while read -r name outcome after; do
	version=$(get "$name" agent.version)
	starts=$(get "$name" log | grep -c 'installer .* started')
	[ "$starts" -le 1 ] || wrong_host "$name: the installer was started $starts times"
	[ "$(get "$name" services.obengine.state)" = 4 ] || wrong_host "$name: obengine does not run ($outcome)"
	case $outcome in
	upgraded) [ "$version $starts $after" = "2.0.9938.0 1 2.0.9938.0" ] || wrong_host "$name: upgraded, $version after $starts starts, reported as $after" ;;
	damaged | failed | blocked | blocked-now | step-blocked | unreachable) [ "$starts" = 1 ] || [ "$version" = 2.0.9070.0 ] ||
		wrong_host "$name: $outcome, though it has $version" ;;
	*) wrong_host "$name: ends $outcome" ;;
	esac
	[ "$(get "$name" folders)$(get "$name" tasks)$(get "$name" marker)" = "{}{}null" ] || wrong_host "$name: something of ours is left ($outcome)"
done < <(jq -r '.rows[] | [.host, .outcome, .version_after // .after // "-"] | @tsv' "$work/report")
is "report and servers agree on every host" "$bad" 0
jq -r '.rows[].outcome' "$work/report" | sort | uniq -c | paste -sd,
