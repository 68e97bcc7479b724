# cases_sweep.sh - the rest of the table of cases.sh: what takes away that runs have left.
# shellcheck shell=bash
# shellcheck disable=SC2154      # of cases.sh

sweep_cases() {
	local sweep='{run: "sweep", runs: ["7", "6"]}' down=' | .services.obengine |= (. + {state: 1, pid: null})'
	local left
	left="$ours | $(timed 6) | $(boot_task 6) | $(boot_task 7) | $(boot_task 5)"

	begin 'left-overs of two runs, and of one that is not over' "$left | $(reserved 6 other 3700000)"
	call sweep "$sweep"
	call probe '{facts: ["left-overs", "installers"], limits: {fact_ms: 60000, ob_ms: 60000}}'
	begin 'no reservation' "$left"
	call sweep "$sweep"
	begin 'nothing there' .
	call sweep "$sweep"
	call sweep '{run: "sweep", runs: []}'
	begin 'a reservation that is held' "$left | $(reserved 6 other 3500000)"
	call sweep "$sweep"
	begin "an older version's" "$left | $(marker 6)"
	call sweep "$sweep"
	begin 'one that may be taken over, of a run that is not over' "$ours | $(reserved 5 other 3700000)"
	call sweep "$sweep"
	begin 'one that names no run' "$ours | $(reserved 6 other 0) | .marker.run = null"
	call sweep '{run: "sweep", runs: []}'
	begin 'one that names what is no run' "$ours | $(reserved 6 other 3700000) | .marker.run = \"OLD_Run\""
	call sweep '{run: "sweep", runs: []}'
	begin 'a transaction of Windows Installer' "$left"' | .installers.msi_busy = true'
	call sweep "$sweep"
	begin 'a task at work' "$ours | $(at_work 6)"
	call sweep "$sweep"
	begin 'obengine stopped, nobody knows by whom' "$left$down"
	call sweep "$sweep"
	begin 'obengine stopped by such a run' "$left$down | $(reserved 6 other 3700000 "$ran")"
	call sweep "$sweep"
	# what would start it stays all the same
	begin 'obengine found stopped' "$left$down | $(reserved 6 other 3700000 '{engine: "stopped"}')"
	call sweep "$sweep"
	begin 'obengine found stopped, and a task of a backup' "$ours$down | $(reserved 6 other 3700000 '{engine: "stopped"}') |
		.tasks[\"\\\\marshal\\\\backup-6\"] = {account: \"SYSTEM\", at_boot: false, every_ms: null, due_utc_ms: null, begun_utc_ms: null}"
	call probe '{facts: ["left-overs", "installers"], limits: {fact_ms: 60000, ob_ms: 60000}}'
	call sweep "$sweep"
	begin 'no obengine at all' "$left | .services.obengine.exists = false"
	call sweep "$sweep"
	begin "somebody else's folder" "$(has_folder somebody false)"
	call sweep "$sweep"
	begin 'another call at work' "$left"
	hold_call
	call sweep '{run: "sweep", runs: ["7"], lock_ms: 300}'
	leave_call
	begin 'names that lead elsewhere' "$left"
	call sweep '{run: "sweep", runs: ["7", "..\\6"]}'
	call sweep '{run: "sweep", runs: ["7", ""]}'
	call sweep '{run: "a b", runs: ["7"]}'
}
