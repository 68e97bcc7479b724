# cases_tasks.sh - the rest of the table of cases.sh: what runs in tasks, and the test of Windows Server Backup.
# shellcheck shell=bash
# shellcheck disable=SC2154      # of cases.sh

again_cases() {
	local quick='.install |= (. + {seconds: 300, service_state: 1}) | .services.obengine.start_ms = 0'

	begin 'an installer that leaves it stopped' "$ours | $taken | $quick" put
	call install-start '{}'
	installer_ends
	call install-wait '{wait_ms: 30000}'
	call clean '{}'
	begin 'and one start refused' "$ours | $taken | $quick"' | .faults.start = "refuse:1" | .retry_ms = 1' put
	call install-start '{}'
	installer_ends
	call install-wait '{wait_ms: 30000}'
	call clean '{}'
	begin 'starts that are all refused' "$ours | $taken | $quick"' | .faults.start = "refuse"' put
	call install-start '{}'
	installer_ends
	# shellcheck disable=SC2154      # of lib.sh
	: >"$work/refused"
	call install-wait '{wait_ms: 30000}'
	call clean '{lock_ms: 300}'
	call engine-start '{start_ms: 300}'
	# between its parts all is quiet for a moment
	begin 'an installer of two parts' "$ours | $taken | $quick" put
	call install-start '{}'
	"$SIMHOST" --set "$work/real.json" 'install.asks=[false,true,false,false,true,true]'
	installer_ends
	within 60 engine_runs || not_ok 'the task of an installer of two parts starts obengine'
	is 'conformance of a task: not between two parts of an installer' "$("$SIMHOST" --get "$work/real.json" install.disturbed)" ''
	begin 'and WMI is broken' "$ours | $taken | $quick"' | .faults.wmi = true' put
	call install-start '{accept_unknown_backup: true}'
	installer_ends
	call install-wait '{wait_ms: 30000}'
	begin 'its state is held open by a reader' "$ours | $taken | $quick"' | .faults.held = 6' put
	call install-start '{}'
	installer_ends
	call install-wait '{wait_ms: 30000}'
	begin 'one that did not run before' "$ours | $taken | $quick | .services.obengine |= (. + {state: 1, pid: null})" put
	call install-start '{}'
	installer_ends
	call install-wait '{wait_ms: 30000}'
	call clean '{}'
}

system_cases() {
	local joe='.identity = {user: "WEB01\\joe", domain: null, admin: false}'

	as_system 'what only SYSTEM may read' "$joe" '["antivirus.exclusions", "security.svi"]'
	task_is look- task-look
	as_system 'a folder that SYSTEM has no control of' '.svi = {full_control: false, owner_sid: "S-1-5-21-1-2-3-500"} |
		.antivirus.exclusions = []' '["antivirus.exclusions", "security.svi"]'
	as_system 'a fact that is denied to SYSTEM too' '.faults.fact["antivirus.exclusions"] = "access-denied"' '["antivirus.exclusions", "security.svi"]'
	as_system 'a fact that hangs inside' '.faults.fact["antivirus.exclusions"] = "time-limit"' '["antivirus.exclusions", "security.svi"]'
	as_system 'a fact that the script inside does not know' . '["security.svi", "no.such"]'
	as_system 'no task allowed' '.faults.task = "denied"' '["antivirus.exclusions", "security.svi"]'
	as_system 'a task of that name' '.tasks["\\marshal\\look-0011223344556677"] = {account: "CORP\\eve",
		at_boot: false, due_utc_ms: null, begun_utc_ms: null}' '["security.svi"]'
	as_system 'a task that does not come' '.faults.task = "silent"' '["security.svi"]' '{connect_ms: 300}'
	as_system 'a task that waits in a queue' '.faults.task = "queued"' '["security.svi"]' '{connect_ms: 4000}'
	as_system 'no time' . '["security.svi"]' '{wait_ms: 900}'
	as_system 'no request' . '["security.svi"]' '{order: "x y"}'
}

wsb_cases() {
	local drive='.volumes["E:"] = (.volumes["C:"] + {free_bytes: 107374182400})' here='{target: "E:", need_bytes: 32212254720}'

	begin 'a volume for it' "$drive"
	call wsb-check "$here"
	call wsb-wait '{wait_ms: 300}'
	call wsb-end '{}'
	begin 'no target' "$drive"
	call wsb-check '{target: "E:\\x", need_bytes: 1}'
	call wsb-check '{target: "F:", need_bytes: 1}'
	call wsb-start '{target: "C:", need_bytes: 1}'
	call wsb-start '{target: "E:", need_bytes: 999999999999}'
	begin 'a reserved server' "$drive | $(reserved 6 other 0)"
	call wsb-check "$here"
	begin 'one that its holder lost' "$drive | $(reserved 6 other 3700000)"
	call wsb-check "$here"
	begin 'a removable volume' "$drive"' | .volumes["E:"].drive_type = 2'
	call wsb-start "$here"
	begin 'a volume of FAT' "$drive"' | .volumes["E:"].file_system = "FAT32"'
	call wsb-start "$here"
	begin 'the feature is not installed' "$drive"' | .features.windows_server_backup = "Available"'
	call wsb-start "$here"
	begin 'a backup of Windows runs' "$drive | $(runs wb-job)"
	call wsb-start "$here"
	begin 'a backup of the agent runs' "$drive | $(runs ob-job)"
	call wsb-start "$here"
	begin 'the agent does not answer' "$drive"' | .backup |= (. + {running: null, source: "none"})'
	call wsb-start "$here"
	begin 'an agent without commands' "$drive"' | .agent.module = false'
	call wsb-start "$here"
	begin 'no agent' "$drive | $none"' | .backup.running = false'
	call wsb-check "$here"
	begin 'no task allowed' "$drive"' | .faults.task = "denied"'
	call wsb-start "$here"
	begin 'a task that does not come' "$drive"' | .faults.task = "silent"'
	call wsb-start "$here"
	begin 'a backup that works' "$drive"' | .wsb.test.seconds = 600 | .volumes["E:"].image = true'
	call wsb-check "$here"
	call wsb-start "$here"
	call wsb-start "$here"
	call wsb-wait '{wait_ms: 300}'
	call wsb-end '{}'
	backup_ends
	call wsb-wait '{wait_ms: 30000}'
	call wsb-end '{}'
	call wsb-wait '{wait_ms: 300}'
	begin 'a backup that fails' "$drive"' | .wsb.test = {seconds: 0, exit: -3, state: "Failed", hresult: 2155348249, detailed_hresult: 2147942523, recorded: true}'
	call wsb-start "$here"
	call wsb-wait '{wait_ms: 30000}'
	begin 'a backup that is no job' "$drive"' | .wsb.test |= (. + {seconds: 0, exit: -4, recorded: false}) | .wsb.last = null'
	call wsb-start "$here"
	call wsb-wait '{wait_ms: 30000}'
}

backup_cases() {
	local long='.backup.asked = {seconds: 600, event: 3, error: null}' here="$ours | $taken" side now

	begin 'a backup that ends well' "$here | $long"
	call backup-wait '{wait_ms: 0}'
	call backup-start '{}'
	task_is backup-7 task-backup
	call backup-start '{}'
	call backup-wait '{wait_ms: 0}'
	call clean '{}'
	agent_backup_ends 3 null
	call backup-wait '{wait_ms: 30000}'
	begin 'what was begun is cleaned up' "$here | $long"
	call backup-start '{}'
	agent_backup_ends 10 null
	call backup-wait '{wait_ms: 30000}'
	call backup-start '{}'
	call clean '{}'
	call backup-wait '{wait_ms: 0}'
	begin 'a backup that fails' "$here | $long"
	call backup-start '{}'
	agent_backup_ends 11 130003
	call backup-wait '{wait_ms: 30000}'
	begin 'one that does not begin' "$here | $long"
	call backup-start '{}'
	agent_backup_ends 0 130055
	call backup-wait '{wait_ms: 30000}'
	begin 'one that broke off, of which the log has no end' "$here | $long"
	call backup-start '{}'
	agent_backup_ends 0 130055
	now=$(date +%s%3N)
	for side in real sim; do "$SIMHOST" --set "$work/$side.json" backup.broke_off_utc_ms="$now"; done
	call backup-wait '{wait_ms: 30000}'
	begin 'a backup of the agent runs' "$here | $(runs ob-job)"
	call backup-start '{}'
	call backup-wait '{wait_ms: 0}'
	begin 'a backup of Windows runs' "$here | $(runs wb-job)"
	call backup-start '{}'
	begin 'an installer works' "$here | .installers.agent_installer = 1"
	call backup-start '{}'
	begin 'obengine is stopped' "$here | .services.obengine |= (. + {state: 1, pid: null})"
	call backup-start '{}'
	begin 'no policy' "$here | .ob.policy = null"
	call backup-start '{}'
	begin 'the agent does not answer' "$here | .ob.answers = false"
	call backup-start '{}'
	begin 'no task allowed' "$here | .faults.task = \"denied\""
	call backup-start '{}'
	call backup-wait '{wait_ms: 0}'
	begin "another run's server" "$ours | $(reserved 6 other 0)"
	call backup-start '{}'
	call backup-wait '{wait_ms: 0}'
	begin 'a server that is not reserved any more' "$ours"
	call backup-start '{}'
}

reboot_cases() {
	local later='.restart.delay_ms = 600000' here="$ours | $taken" asked
	asked='.marker |= (. + {phase: "installing", begun_uptime_ms: 1000, reboot_utc_ms: 1790000000000, reboot_uptime_ms: 5000,
		reboot_boot_utc_ms: 1780000000000})'

	begin 'a restart that is asked for once' "$here | $later"
	call reboot-state '{}'
	call reboot-start '{}'
	call reboot-state '{}'
	call reboot-start '{}'
	is 'conformance of reboot-start: a second is not asked for' "$("$SIMHOST" --get "$work/real.json" log | grep -c 'a restart asked for')" 1
	call clean '{}'
	call reboot-state '{}'
	begin 'one that was asked for before' "$here | $asked"
	call reboot-state '{}'
	call reboot-start '{}'
	for code in 1115 1190; do
		begin "somebody else's is on its way ($code)" "$here | .restart.exit = $code"
		call reboot-start '{}'
		call reboot-state '{}'
	done
	for code in 5 1191 1314; do
		begin "shutdown.exe refuses ($code)" "$here | .restart.exit = $code"
		call reboot-start '{}'
		call reboot-state '{}'
	done
	begin 'an installer works' "$here | .installers.agent_installer = 1"
	call reboot-start '{}'
	begin 'a backup of the agent runs' "$here | $(runs ob-job)"
	call reboot-start '{}'
	begin 'a backup of Windows runs' "$here | $(runs wb-job)"
	call reboot-start '{}'
	begin 'nobody knows whether a backup runs' "$here | $unknown | $later"
	call reboot-start '{}'
	call reboot-start '{accept_unknown_backup: true}'
	begin "another run's server" "$ours | $(reserved 6 other 0)"
	call reboot-start '{}'
	call reboot-state '{}'
	begin 'a server that is not reserved any more' "$ours"
	call reboot-start '{}'
	call reboot-state '{}'
}
