# cases_put.sh - the calls of conformance.sh that bring the installer in pieces; its other cases are in cases.sh.
# shellcheck shell=bash
# shellcheck disable=SC2154      # conformance.sh and cases.sh have what is used here

put_cases() {
	local half=$((installer_size / 2))

	begin 'pieces' "$ours | $(reserved 7 desk-0a1b2c3d 3500000)"
	put 0 $half
	call stage-open '{again: true}'
	put $half 1000
	put $half 500
	put $half "$installer_size"
	call stage-open '{again: true}'
	call stage-check '{allow_unsigned: false}'
	is_seen
	begin 'all in one' "$ours | $(reserved 7 desk-0a1b2c3d 3500000)"
	put 0 "$installer_size"
	begin 'a piece that is not what is said of it' "$ours | $(reserved 7 desk-0a1b2c3d 3500000)"
	put 0 9 '{data: {size: 9, sha256: ("0" * 64)}}'
	put 0 9 '{data: {size: 8, sha256: ("0" * 64)}}'
	begin 'a piece behind nothing' "$ours | $(reserved 7 desk-0a1b2c3d 3500000)"
	put 1000 9
	begin 'another installer than what is said' "$ours | $(reserved 7 desk-0a1b2c3d 3500000)"
	put 0 "$installer_size" '{sha256: ("0" * 64)}'
	begin 'one of that name' "$ours | $(reserved 7 desk-0a1b2c3d 3500000)" put
	put 0 "$installer_size"
	begin 'a full disk on the way' "$ours | $(reserved 7 desk-0a1b2c3d 3500000)"
	put 0 1000
	begin_fault 'faults.upload="disk-full"'
	put 1000 1000
	begin 'a folder that is not ours' "$(has_folder somebody false) | $(reserved 7 desk-0a1b2c3d 3500000)"
	put 0 9
	begin 'no folder' "$(reserved 7 desk-0a1b2c3d 3500000)"
	put 0 9
	begin 'a reservation that is lost' "$ours"
	put 0 9
	begin "another run's" "$ours | $(reserved 6 other 0)"
	put 0 9
	begin 'a name that leads elsewhere' "$ours | $(reserved 7 desk-0a1b2c3d 3500000)"
	put 0 9 '{file: "..\\x.exe"}'
	put 0 9 '{folder: "marshal-7-..\\0123456789ab"}'
	begin 'another call at work' "$ours | $(reserved 7 desk-0a1b2c3d 3500000)"
	hold_call
	put 0 9 '{lock_ms: 300}'
	leave_call
}

# On both sides, on the server of before.
begin_fault() {
	local side
	for side in real sim; do "$SIMHOST" --set "$work/$side.json" "$1"; done
}
