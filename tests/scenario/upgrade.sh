#!/usr/bin/env bash
# Upgrades of the simulated fleet over real SSH: how each thing that can go wrong on a host ends, what
# is left on it, and what the command says and asks.
. "$(dirname "$0")/lib.sh"

if [ ! -x /usr/sbin/sshd ]; then
	skip "upgrades of the simulated fleet" "no /usr/sbin/sshd"
	exit 0
fi
fleet=$root/scripts/fleet
d=$work/fleet
at_end "$fleet" stop --dir "$d"
"$fleet" start --dir "$d" --hosts 30 >"$work/start" 2>&1 || { cat "$work/start"; exit 1; }
signed "$d"
sed 's/web05: {/web05: {marshal_limited_internet: no, /' "$d/inventory.yaml" >"$d/hosts.yaml"
export MARSHAL_INVENTORY=$d/hosts.yaml MARSHAL_DB=$work/marshal.db
installer=(--installer "$d/MARSAgentInstaller.exe")
limits=(--limit console=2s --limit stop=4s --limit start=4s --limit install=60s --limit verify=12s)
state() { "$fleet" get --dir "$d" "$1" "$2"; }
set_state() { local h=$1; shift; "$fleet" set --dir "$d" "$h" "$@"; }
upgrade() { "$MARSHAL" upgrade "$@" "${installer[@]}" "${limits[@]}"; }
outcome() { jq -r --arg h "$1" '.hosts[] | select(.host == $h) | .outcome' "$work/result"; }
reason() { jq -r --arg h "$1" '.hosts[] | select(.host == $h) | .reason' "$work/result"; }
# Nothing of ours is on the host but the words given.
left_is() { is "$1: left on the host" "$(state "$1" folders | jq -c 'keys')$(state "$1" tasks | jq -c 'keys')$(state "$1" marker)" "$2"; }
clean='[][]null'

# --- wrong usage, plans, confirmation --------------------------------------------------------
exits "an upgrade wants an installer" 2 "$MARSHAL" upgrade all
has "and says so" "$work/err" "--installer"
exits "an upgrade wants hosts" 2 "$MARSHAL" upgrade "${installer[@]}"
echo "no program" >"$work/note.exe"
exits "a text is no installer" 2 "$MARSHAL" upgrade all --installer "$work/note.exe"
"$SIMHOST" --make-installer "$work/unsigned.exe" 2.0.9938.0
exits "an installer without a signature is refused before anything" 2 "$MARSHAL" upgrade all --installer "$work/unsigned.exe" --dry-run
has "and why is said" "$work/err" "unsigned.exe' has no signature, or was not copied whole: every server would refuse it"
head -c -8 "$d/MARSAgentInstaller.exe" >"$work/cut.exe"
exits "so is one that was cut" 2 "$MARSHAL" upgrade all --installer "$work/cut.exe" --yes
exits "a strange limit is refused" 2 upgrade all --limit lunch=1h
has "and the known ones are named" "$work/err" "upload, console, stop"
exits "obengine may not be down too long" 2 "$MARSHAL" upgrade all "${installer[@]}" --limit stop=9m
has "and why is said" "$work/err" "must stay within 8 minutes"
exits "there is no run to resume yet" 3 "$MARSHAL" upgrade resume last
exits "without a database there is no plan" 3 upgrade web01 --dry-run
has "and what makes one is said" "$work/err" "scan first"
"$MARSHAL" scan web02 >"$work/scan" 2>&1
exits "an installer without a signature is planned with where that is allowed" 0 "$MARSHAL" upgrade all --installer "$work/unsigned.exe" --dry-run --allow-unsigned
exits "a plan for hosts that were never scanned" 0 upgrade web01 --dry-run
has "says what will decide" "$work/out" "never seen: never tried; the fresh look decides"
has "and how little is known" "$work/out" "0 to upgrade, 1 more if the fresh look reaches them (1 never seen, 0 not reached at the last look), 0 current"
has "and how long it may take" "$work/out" "at most 1 batch, about 15 min: 15 min a host, which is assumed"
exits "as JSON" 0 upgrade web01 --dry-run --json
is "too" "$(jq -c '[.never_seen, .unreachable, .hosts[0].never_seen, .hosts[0].unreachable]' "$work/out")" '[1,0,true,false]'
"$MARSHAL" scan all >"$work/scan" 2>&1
set_state web01 kind=asr
"$MARSHAL" scan web01 >"$work/scan" 2>&1
exits "a plan is printed" 0 upgrade all --dry-run
has "with what it would do" "$work/out" "29 to upgrade, 0 current, 1 blocked, 0 excluded"
has "with what follows" "$work/out" "29 of them must be registered with their vaults again afterwards"
has "and why not" "$work/out" "Site Recovery"
has "and in how many batches" "$work/out" "4 batches (1 first, then 10 at a time), about 1 h: 15 min a host"
exits "also for machines" 0 upgrade all --dry-run --json
is "with a row a host" "$(jq '.hosts | length' "$work/out")" 30
exits "and as CSV for a ticket" 0 upgrade all --dry-run --csv
is "with a row a host, and a header" "$(wc -l <"$work/out")" 31
has "which names what is told" "$work/out" "host,plan,version,reason,to_register,unbelieved,never_seen,unreachable,stops_backups,contradicted,installer"
is "the rows as in JSON" "$(python3 -c 'import csv, sys; print([r["plan"] for r in csv.DictReader(open(sys.argv[1], newline="")) if r["host"] == "web01"])' "$work/out")" "['blocked']"
exits "without a terminal nothing begins unasked" 2 upgrade web02
has "and the way is said" "$work/err" "--yes"
check "no run was written" test "$("$MARSHAL" report run last >/dev/null 2>&1; echo $?)" = 2
"$MARSHAL" show web02 >"$work/out" 2>&1
is "planning alone sets no version to measure by" "$(grep -c 2.0.9938.0 "$work/out")" 0
if command -v script >/dev/null; then
	echo 2 | script -qec "$MARSHAL upgrade web02 ${installer[*]}" "$work/typed" >/dev/null
	has "a wrong number is no yes" "$work/typed" "not confirmed"
	hasnt "about which no page of help says more" "$work/typed" "--help"
	has "who must be registered again is in the question" "$work/typed" "1 must be registered with their vaults again afterwards;"
	has "which is folded between words" <(tr -s '\r\n ' ' ' <"$work/typed") "in all 1 host will be changed. Type that number to begin: "
	is "and changes nothing" "$(state web02 agent.version)" 2.0.9070.0
else
	skip "the question on a terminal" "no script program"
fi

set_state web02 signature.status=NotSigned
exits "an installer that a server refuses halts the run" 4 upgrade web02 --yes --json
is "for its signature" "$(jq -r '.hosts[].reason' "$work/out")" "the installer is not validly signed (the signature is NotSigned)"
target() { "$MARSHAL" policy show --json | jq -r '.values[] | select(.key == "target") | .value + " " + .from'; }
is "and sets no version to measure by" "$(target)" "none documented"
set_state web02 signature.status=Valid

# --- rehearsed -----------------------------------------------------------------------------------
states() { local h; for h in web02 web05 sql05; do "$SIMHOST" --get "$d/hosts/$h.json" | jq -S --arg h $h '{$h} + del(.log)'; done; }
set_state sql05 network.login.*.status=503
states >"$work/before"
exits "a rehearsal where a login URL is closed" 1 upgrade web02 web05 sql05 --yes --json --rehearse
cp "$work/out" "$work/result"
is "says how an upgrade would end" "$(outcome web02) $(outcome web05) $(outcome sql05)" "rehearsed rehearsed blocked"
states >"$work/after"
check "and leaves the servers as they were" diff "$work/before" "$work/after"
is "the installer was there" "$("$fleet" log --dir "$d" web05 | grep -c 'cleaned: [1-9].* removed')" 1
is "and nothing was stopped" "$("$fleet" log --dir "$d" web02 | grep -c 'obengine told to')" 0
exits "no dry run is one" 2 upgrade web02 --rehearse --dry-run

# --- one host for each thing that goes wrong -------------------------------------------------
exit_of() { printf 'install.seconds=1 install.exit=%s' "$1"; }
while IFS='|' read -r host sets want text rest; do
	[ -n "$host" ] || continue
	# shellcheck disable=SC2086
	set_state "$host" $sets || not_ok "set $host"
	printf '%s|%s|%s|%s\n' "$host" "$want" "$text" "$rest" >>"$work/wanted"
done <<EOT
web01|kind=asr|blocked|Site Recovery|$clean
web02|install.seconds=1|upgraded||$clean
web03|$(exit_of 1603)|failed|1603: The installation failed. Read OBInstaller0Curr.errlog|$clean
web04|$(exit_of 1618)|failed|1618: Another installation is running. Wait|$clean
web05|install.seconds=1|upgraded||$clean
sql01|$(exit_of 3010)|upgraded|a reboot is pending|$clean
sql02|install.seconds=1 install.old_version=true|failed|said 0 but cbengine.exe is still 2.0.9070.0|$clean
sql03|install.seconds=1 install.keeps_working_s=4|upgraded||$clean
sql04|install.seconds=1 install.lose_config=true|damaged|no longer as before|$clean
sql05|network.login.*.status=503|blocked|login URL login.windows.net cannot be reached|$clean
app01|backup.running=true backup.source=ob-job|blocked-now|a backup is running|$clean
app02|backup.running=null|blocked|--accept-unknown-backup|$clean
app03|kind=dpm|blocked|--include dpm|$clean
app04|services.obengine.state=1 services.obengine.start=4|blocked|found disabled|$clean
app05|reboot.installer=true|blocked|a reboot is pending|$clean
dc01|installers.msi_busy=true|blocked-now|Windows Installer transaction|$clean
dc02|volumes.C:.free_bytes=1000|blocked|wants 10|$clean
dc03|faults.upload=disk-full|blocked||$clean
dc04|faults.upload=corrupt|failed|not the one that was sent|$clean
dc05|signature.status=NotSigned|failed|not validly signed|$clean
file01|consoles=[{"pid":7,"user":"CORP\\\\\\\\anna","session":2}]|blocked-now|anna (session 2)|$clean
file02|faults.task=denied|step-blocked|nothing was stopped|$clean
file03|faults.start=refuse|failed|does not start again|SAFETY
file04|faults.stop=refuse|failed|did not stop|$clean
file05|install.seconds=1 network.login_stopped={"*":{"status":503}}|failed|while obengine was stopped|$clean
file06|install.seconds=2 install.reboot_s=1|failed|the installer is gone (a reboot?)|$clean
web06|faults.stage-open=garbage|failed||$clean
sql06|install.seconds=1 network.login={"*":{"status":407}}|upgraded||$clean
app06|network.login={"*":{"status":407}} backup.failed_utc_ms=now-1m backup.failed_event=11|blocked|a proxy wants a sign-in before the login URL login.windows.net|$clean
EOT
cut -d'|' -f1 "$work/wanted" >"$work/names"
mapfile -t names <"$work/names"
mkdir -p "$d/hosts/web03.fs"
printf 'one\nMSI (s) Return value 3.\033[31m; end\n' >"$d/hosts/web03.fs/OBMsi.log"
exits "a run with every trouble ends" 4 upgrade "${names[@]}" --yes --json --first 30 --parallel 30 --max-failures 100
is "what it brought to some is the version to measure by" "$(target)" "2.0.9938.0 newest installer"
has "which is said" "$work/err" "2.0.9938.0 is the newest agent that an upgrade brought: the target where nobody names one"
cp "$work/out" "$work/result"
while IFS='|' read -r host want text rest; do
	is "$host ends $want" "$(outcome "$host")" "$want"
	reason "$host" >"$work/reason"
	[ -z "$text" ] || has "$host: the reason" "$work/reason" "$text"
	if [ "$rest" = SAFETY ]; then
		is "$host: the tasks that start obengine are left" "$(state "$host" tasks | jq 'length')" 2
		is "$host: and the key that says so" "$(state "$host" folders)$(state "$host" marker | jq -r .engine)" \
			"{}running"
	else
		left_is "$host" "$rest"
	fi
done <"$work/wanted"
"$MARSHAL" show web03 >"$work/out" 2>&1
has "a confirmed run does" "$work/out" "2.0.9938.0"
has "show has what an installer that failed wrote" "$work/out" 'OBMsi.log, 38 bytes, written '
has "line by line, as text" "$work/out" '    MSI (s) Return value 3.\x1b[31m; end'
is "and so in JSON" "$("$MARSHAL" show web03 --json | jq -r '.installer_logs[] | .name, .lines[0]' | paste -sd' ')" "OBMsi.log one"
is "and the report of the run" "$("$MARSHAL" report run last --format json | jq -r '.rows[] | select(.host == "web03") | .installer_logs[1]')" \
	'OBMsi.log: MSI (s) Return value 3.\x1b[31m, end'
for host in web02 web05 sql01 sql03; do
	is "$host has the new version" "$(state "$host" agent.version)" 2.0.9938.0
	is "$host runs obengine" "$(state "$host" services.obengine.state)" 4
done
for host in web03 web04 sql02 file04 file05 file06 sql05 file02; do
	is "$host runs obengine again" "$(state "$host" services.obengine.state)" 4
done
log_of() { "$fleet" log --dir "$d" "$1"; }
is "where the Internet is free nothing was stopped by us" "$(log_of web05 | grep -c 'obengine told to stop')" 0
is "where it is limited it was" "$(log_of web02 | grep -c 'obengine told to stop')" 1
is "with a closed login URL nothing was stopped" "$(log_of sql05 | grep -c 'obengine told to')" 0
for host in "${names[@]}"; do
	[ "$(log_of "$host" | grep -c 'installer .* started')" -le 1 ] || not_ok "$host: the installer was started twice"
done
is "a reboot pending is told" "$(jq -r '.hosts[] | select(.reboot_pending) | .host' "$work/result")" sql01
exits "the report of the run" 0 "$MARSHAL" report run last
has "says what it was" "$work/out" "upgraded"

# --- what follows ------------------------------------------------------------------------------
left() { jq -r --arg h "$1" '.hosts[] | select(.host == $h) | .left_to_do | join(";")' "$work/result"; }
is "the result names what is left to do" "$(left web02) $(left sql01) $(left web03)" \
	"register;back-up reboot;register;back-up "
for word in register back-up reboot any-duty; do
	exits "the report of the run rings for $word" 1 "$MARSHAL" report run last --fail-on "$word"
done
has "and says what that is" "$work/out" "register the server with a new vault credential file"
exits "and for nothing else" 0 "$MARSHAL" report run last --fail-on uncertain
"$MARSHAL" show sql01 >"$work/out" 2>&1
has "show says so" "$work/out" "left to do       restart the server when it suits"
has "and what else" "$work/out" "click Back up Now"
set_state sql01 os.boot_utc_ms="$(date +%s000)"
"$fleet" complete-backup --dir "$d" web02 web05 sql01 sql03 >/dev/null
exits "after a backup and a restart were seen" 0 "$MARSHAL" scan web02 web05 sql01 sql03
"$MARSHAL" report run last --json >"$work/result"
left() { jq -r --arg h "$1" '.rows[] | select(.host == $h) | .left_to_do | join(";")' "$work/result"; }
confirmed() { jq -r --arg h "$1" '.rows[] | select(.host == $h) | .confirmed' "$work/result"; }
is "their upgrade is confirmed, that of others not yet, of one that failed neither" \
	"$(confirmed web02) $(confirmed sql06) $(confirmed web03) $(jq .summary.verified_not_yet_confirmed "$work/result")" "true false null 1"
is "nothing is left to do there" "$(left web02)$(left web05)$(left sql01)$(left sql03)" ""
is "where the configuration was lost it is" "$(left sql04)" "register;back-up"
exits "no restart is" 0 "$MARSHAL" report run last --fail-on reboot
"$MARSHAL" show sql01 >"$work/out" 2>&1
is "on no host" "$(grep -c 'left to do' "$work/out")" 0

# --- what the operator may allow ---------------------------------------------------------------
set_state app04 install.seconds=1
set_state app03 install.seconds=1
set_state app02 install.seconds=1
set_state file01 install.seconds=1
set_state dc05 install.seconds=1
exits "what forbids may be allowed" 0 upgrade app02 app03 app04 file01 dc05 --yes --json --first 9 \
	--include dpm --accept-unknown-backup --accept-stopped --close-console --allow-unsigned
is "obengine found stopped stays so" "$(state app04 services.obengine.state)$(state app04 services.obengine.start)" 14
is "the console was ended" "$(state file01 consoles)" "[]"
exits "what is current is left alone" 0 upgrade web02 app02 --yes
has "and said" "$work/out" "0 to upgrade, 2 current"

# --- paused ------------------------------------------------------------------------------------
for host in dc01 dc02 dc03 app01 app05; do
	set_state "$host" installers.msi_busy=false volumes.C:.free_bytes=68719476736 faults.upload= \
		backup.running=false reboot.installer=false install.seconds=1
done
set_state app05 install.exit=1603
set_state dc01 install.exit=1603
"$MARSHAL" scan app01 app05 dc01 dc02 dc03 >"$work/scan" 2>&1
exits "two failures pause a run" 4 upgrade app01 app05 dc01 dc02 dc03 --yes --json --parallel 1
cp "$work/out" "$work/result"
is "those before it were upgraded" "$(outcome app01)" upgraded
is "those after it were not begun" "$(outcome dc02)$(outcome dc03)" not-startednot-started
is "and not touched" "$(log_of dc02 | grep -c 'obengine told to')" 0
has "which says what they have in common" "$work/err" "paused after 2 failures, 2 of them: the installer ended with 1603"
exits "a paused run goes on when told" 1 "$MARSHAL" upgrade resume last --yes --json
cp "$work/out" "$work/result"
is "with those that were left" "$(outcome dc02)$(outcome dc03)$(outcome app05)" upgradedupgradedfailed
