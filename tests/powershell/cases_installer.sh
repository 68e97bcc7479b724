# cases_installer.sh - what becomes of an installer that was refused since another was at work, and what it
# wrote: of the group `install` of conformance.sh.
# shellcheck shell=bash
# shellcheck disable=SC2154      # of cases.sh, conformance.sh and lib.sh

# refused_once CASE CLAIM SETTING...: the installer is refused, then the settings hold; $asked in one is the moment in which
# no backup was running
refused_once() {
	local case=$1 claim=$2 asked
	shift 2
	begin "$case" "$ours | $taken | .install |= (. + {seconds: 300, new_version: \"2.0.9938.0\"}) | .install.others = true" put
	call_real install-start '{limit_ms: 600000}'
	within 90 is_refused || not_ok 'the installer is refused'
	asked=$(jq .asked_utc_ms "$work/real.fs/$folder/order.json")
	"$SIMHOST" --set "$work/real.json" "${@//\$asked/$asked}" install.others=false installers.msi_busy=false
	within 90 has_ended || not_ok 'the task gives up'
	has "conformance of a task: $claim" "$work/real.fs/$folder/state.json" '"exit":1618,"refused":1'
}

installer_cases() {
	local quick='.install |= (. + {seconds: 300, new_version: "2.0.9938.0"})' side

	# the task waits for the others, and starts it again itself
	begin 'another installation at work' "$ours | $taken | $quick | .install.others = true" put
	call_real install-start '{limit_ms: 600000}'
	within 90 is_refused || not_ok 'the installer is refused'
	call_sim install-start '{limit_ms: 600000}'
	call install-wait '{wait_ms: 0}'
	call install-start '{limit_ms: 600000}'
	call clean '{}'
	others_end
	within 90 installer_runs || not_ok 'the task starts the installer again'
	call install-wait '{wait_ms: 0}'
	installer_ends
	call install-wait '{wait_ms: 30000}'
	begin 'another installation at work for longer than is waited' "$ours | $taken | $quick | .install.others = true" put
	call_real install-start '{limit_ms: 1000}'
	within 90 has_ended || not_ok 'the task gives up'
	call_sim install-start '{limit_ms: 1000}'
	: >"$work/refused"              # it has obengine to look after for as long as the others are at work
	call install-wait '{wait_ms: 30000}'
	# since the step asked for one, before the task was there; and where nobody can tell any more
	refused_once 'a backup began while others installed' 'no installer is started again under a backup' \
		backup.running=true backup.source=event backup.since_utc_ms='$asked'
	refused_once 'the log of backups is gone when the others have installed' 'nor where nobody knows of one' events.cloudbackup=false
	begin 'what an installer wrote' "$ours | $(reserved 7 desk-0a1b2c3d 0 '{phase: "installing"}')" put
	for side in real sim; do
		seq 1 5000 | sed 's/^/line /' >"$work/$side.fs/OBMsi.log"
		printf 'Fehler: 1\r\n\r\n%0400d\n' 7 | iconv -f utf-8 -t utf-16 >"$work/$side.fs/OBInstaller0Curr.errlog"
		echo old >"$work/$side.fs/OBPatch.log"
		touch -d 2020-01-01 "$work/$side.fs/OBPatch.log"
		touch -d 2026-11-30T01:02:03Z "$work/$side.fs/OBMsi.log" "$work/$side.fs/OBInstaller0Curr.errlog"
	done
	call install-wait '{wait_ms: 0, logs: true}'
	begin 'an installer that wrote nothing' "$ours | $taken" put
	call install-wait '{wait_ms: 0, logs: true}'
}
