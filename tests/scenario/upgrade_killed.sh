#!/usr/bin/env bash
# The kill matrix: marshal is killed right before and right after each of its durable transactions (tests/fleet/crash.c),
# of which every edge of a job is between two, on a host that is healthy and on others that fail in each step; so it is with a
# disk that is full, or that writes nothing, from one of them on. Never taken up again: obengine runs on every
# server within fifteen minutes. Taken up: the end is that of a run which nobody disturbed, and the installer was started once.
# SOAK=1 (make soak) plays all of them, else every transaction of the healthy host and some of the others.
. "$(dirname "$0")/lib.sh"

tools=$(dirname "$(readlink -f "$SIMHOST")")
for library in crash turnclock; do
	[ -e "$tools/$library.so" ] && continue
	skip "upgrades that are killed at every step" "no $tools/$library.so: make simhost"
	exit 0
done
at_once=10 minutes=$((15 * 60000))
"$SIMHOST" --make-installer "$work/agent.exe" 2.0.9938.0 && "$SIMHOST" --sign "$work/agent.exe" || exit 1
options=(--installer "$work/agent.exe" --yes --json
	--limit console=1s --limit stop=3s --limit start=3s --limit install=8s --limit verify=2s)

# --- what may be so on a server: NAME|SETTINGS|OPTIONS ----------------------------------------------
cases() {
	cat <<-'EOT'
		healthy||
		asked|agent.version=2.0.9100.0 install.exit=3010 restart.away_ms=100 backup.asked.seconds=0|--reboot if-needed --verify backup
		console|consoles=[{"pid":7,"user":"anna","session":2,"leaves_ms":500}]|
		console-stays|consoles=[{"pid":7,"user":"anna","session":2,"stays":true}]|
		free-internet|network.login_stopped=null|--accept-unknown-backup
		login-closed-in-it|network.login_stopped={"*":{"status":503}}|
		stop-refused|faults.stop=refuse|
		start-refused|faults.start=refuse:1|
		start-never|faults.start=refuse|
		1603|install.exit=1603|
		1618|install.exit=1618|
		3010|install.exit=3010|
		nothing-new|install.old_version=true|
		works-on|install.keeps_working_s=1|
		lost|install.lose_config=true|
		stopped-after|install.service_state=1|
		no-task|faults.task=denied|
		unsigned|signature.status=NotSigned|
		found-stopped|services.obengine.state=1|--accept-stopped
		backup|backup.running=true backup.source=ob-job|
		check-fails|faults.stage-check=failed|
		cycle-fails|faults.engine-cycle=failed|
	EOT
	[ -n "${SOAK:-}" ] || return 0
	# is tried again for two minutes
	echo 'clean-fails|faults.clean=failed|'
	cat <<-'EOT'
		restart-refused|install.exit=3010 restart.exit=5|--reboot if-needed
		restart-taken-back|install.exit=3010 restart.happens=false|--reboot if-needed --limit reboot=3s
		restart-pending|install.exit=3010 restart.pending=true reboot.renames=1|--reboot if-needed
		restart-manual|install.exit=3010 services.obengine.start=3|--reboot if-needed
	EOT
}

# --- one cell ---------------------------------------------------------------------------------------
state() { "$SIMHOST" --get "$1/hosts/web01.json" "$2"; }
# begin FOLDER: marshal of that folder, with what it is preloaded with in $preload, CRASH_AT and CRASH_COUNT.
begin() {
	local folder=$1
	shift
	MARSHAL_FLEET=$folder MARSHAL_INVENTORY=$folder/hosts.yml MARSHAL_DB=$folder/m.db XDG_STATE_HOME=$folder TMPDIR=$folder \
		LD_PRELOAD=${preload:-} "$MARSHAL" "$@" >>"$folder/out" 2>>"$folder/err" </dev/null
}
# make CASE SETTINGS: the template of a case, with a look that is stored, so a run alone is counted
make() {
	local folder=$work/$1 setting
	mkdir -p "$folder/hosts"
	"$SIMHOST" --state web01 >"$folder/hosts/web01.json"
	printf 'all: {vars: {ansible_connection: local, marshal_program: %s}, hosts: {web01: }}\n' "$SIMHOST" >"$folder/hosts.yml"
	"$SIMHOST" --set "$folder/hosts/web01.json" agent.version=2.0.9070.0 signature.status=Valid install.seconds=0
	begin "$folder" scan
	for setting in $2; do "$SIMHOST" --set "$folder/hosts/web01.json" "$setting" || return 1; done
}
# end FOLDER: in one line how it ended: outcome, version, obengine, starts of the installer that were not refused
# (1618), and what is left of ours.
end() {
	local log starts refused backups restarts
	log=$(state "$1" log)
	starts=$(grep -c 'installer .* started' <<<"$log")
	backups=$(grep -c 'a backup begun' <<<"$log")
	restarts=$(grep -c 'a restart asked for' <<<"$log"),$(grep -c 'restarted as asked' <<<"$log")
	refused=$(grep -c 'installer refused' <<<"$log")
	echo "$(sqlite3 -readonly "$1/m.db" "select case when state = 'ended' then outcome else state end from job order by id desc limit 1")" \
		"$(state "$1" agent.version) obengine $(state "$1" services.obengine.state) starts $starts refused $refused restarts $restarts backups $backups" \
		"left $(state "$1" folders | jq -c 'length')$(state "$1" tasks | jq -c 'length')$(state "$1" marker | jq -c 'type')"
}
# play CASE AT OPTIONS: that cell; leaves CASE.AT/first (how it was right afterwards), /later (obengine in fifteen minutes), /end
play() {
	local folder=$work/$1.$2 got=0
	mkdir "$folder" "$folder/hosts"
	cp "$work/$1/hosts/web01.json" "$folder/hosts/"
	cp "$work/$1/hosts.yml" "$folder/"
	cp "$work/$1/m.db" "$folder/"
	# shellcheck disable=SC2086
	CRASH_AT=$2 CRASH_COUNT=$folder/count preload=$tools/crash.so begin "$folder" upgrade web01 "${options[@]}" $3 || got=$?
	echo "$got" >"$folder/first"
	LD_PRELOAD=$tools/turnclock.so TURN_CLOCK=$minutes "$SIMHOST" --get "$folder/hosts/web01.json" services.obengine.state >"$folder/later"
	if [ "$(sqlite3 -readonly "$folder/m.db" "select count(*) from run")" = 0 ]; then
		# shellcheck disable=SC2086
		begin "$folder" upgrade web01 "${options[@]}" $3
	fi
	begin "$folder" upgrade resume last --yes --json
	end "$folder" >"$folder/end"
}
# all CELL...: "CASE AT OPTIONS", so many at once
all() {
	local cell
	while IFS='|' read -r cell at more; do
		while [ "$(jobs -rp | wc -l)" -ge "$at_once" ]; do wait -n; done
		play "$cell" "$at" "$more" &
	done
	wait
}

# --- undisturbed ------------------------------------------------------------------------------------
while IFS='|' read -r name settings more; do
	make "$name" "$settings" || not_ok "the case $name"
	echo "$name|never|$more"
done < <(cases) >"$work/undisturbed"
all <"$work/undisturbed"
has "a restart and a backup that are asked for are had once" "$work/asked.never/end" "refused 0 restarts 1,1 backups 1 left 00\"null\""

# --- disturbed --------------------------------------------------------------------------------------
# of NAME: each transaction of that case, each way; not every day all
number=0
while IFS='|' read -r name _ more; do
	for ((at = 1; at <= $(cat "$work/$name.never/count"); at++)); do
		for what in before after full broken; do
			number=$((number + 1))
			[ -n "${SOAK:-}" ] || [[ $name == healthy && $what != [fb][ur]* ]] || [ "$name.$what" = asked.after ] || [ $((number % 29)) -eq 0 ] || continue
			echo "$name|$what:$at|$more"
		done
	done
done < <(cases) >"$work/disturbed"
all <"$work/disturbed"
# what a case ends with where the run was disturbed, if not as it was
while IFS='|' read -r name at _; do
	cell=$work/$name.$at
	case $name:$(cat "$cell/end") in
	# the start that is refused was used up before it was known: nothing is in the way any more
	start-refused:upgraded\ *" starts 1 "*) ok "$name, $at: the end is a better one" ;;
	*) is "$name, $at: the end is the same" "$(cat "$cell/end")" "$(cat "$work/$name.never/end")" ;;
	esac
	case $name in
	start-never | found-stopped) ;;
	*) is "$name, $at: obengine runs, though nobody goes on" "$(cat "$cell/later")" 4 ;;
	esac
	case $at in
	before* | after*) is "$name, $at: it was killed" "$(cat "$cell/first")" 137 ;;
	# all is done and written down: what is left is to say that this process has gone
	*:"$(cat "$work/$name.never/count")") is "$name, $at: marshal says how it ended" "$(cat "$cell/first")" "$(cat "$work/$name.never/first")" ;;
	*) is "$name, $at: marshal says that it could not do its work" "$(cat "$cell/first")" 3 ;;
	esac
	[ "$(cat "$cell/end")" = "$(cat "$work/$name.never/end")" ] || [ "$name" = start-refused ] || sed 's/^/    /' "$cell/err"
done <"$work/disturbed"
