#!/usr/bin/env bash
# `test wsb`: a backup of the system state of one server, on request: what forbids it, how it is followed, what
# is left of it when the line, the operator or the server go away.
. "$(dirname "$0")/fleetlib.sh"

fleet_start --hosts 3
drive='{"size_bytes":128849018880,"free_bytes":107374182400,"drive_type":3,"file_system":"NTFS"}'
# ready [PATH=VALUE]...: a server with a volume for it, and nothing of an earlier test.
ready() { set_state web01 'faults.wsb-start=' 'faults.wsb-wait=' faults.task= tasks='{}' wsb.last=null \
	"volumes.E:=$drive" 'wsb.test={"seconds":1,"exit":0,"state":"Completed","hresult":0,"recorded":true}' \
	'backup={"running":false,"source":"none","since_utc_ms":null}' features.windows_server_backup=Installed "$@"; }
trail() { sql "select text from event where kind = 'wsb' and host = (select id from host where name = 'web01')
	order by utc_ms, id" | tail -n "$1"; }
tasks() { "$SIMHOST" --get "$F/hosts/web01.json" tasks | jq -c keys; }
wsb() { marshal test wsb web01 "$@"; }

# --- wrong usage -----------------------------------------------------------------------------
exits "a target is wanted" 2 wsb
exits "a drive" 2 wsb --target 'E:\backup'
exits "a share is none" 2 wsb --target '\\nas'
exits "one host, not a fleet" 2 marshal test wsb 'web*,sql*' --target E:
has "and says how many there are" "$work/err" "a test is for one host at a time"
exits "not both" 2 wsb --target E: --follow

# --- what forbids it: nothing is done ----------------------------------------------------------
# refused TEXT STATUS WORD PATH=VALUE
refused() {
	ready "$4"
	exits "$1" "$2" wsb --target E: --yes
	has "it says so" "$work/err" "$3"
	is "nothing was started" "$("$SIMHOST" --get "$F/hosts/web01.json" volumes.E:.image 2>/dev/null)" ""
}
refused "no such volume" 2 "no fixed volume" 'volumes.E:=null'
refused "a removable one" 2 "no fixed volume" 'volumes.E:.drive_type=2'
refused "too little room" 1 "too little room" 'volumes.E:.free_bytes=1000000'
refused "the feature is not there" 1 "is not installed" features.windows_server_backup=Available
refused "a backup of Windows runs" 1 "another backup is running" 'backup={"running":true,"source":"wb-job","since_utc_ms":1}'
refused "a backup of the agent runs" 1 "another backup is running" 'backup={"running":true,"source":"ob-job","since_utc_ms":1}'
refused "it is not known whether one runs" 1 "cannot be known" 'backup={"running":null,"source":"none"}'
ready
exits "the volume of Windows" 2 wsb --target c: --yes
has "it says so" "$work/err" "holds Windows itself"
exits "no terminal to ask on" 2 wsb --target E:
has "what would be written where is told" "$work/err" 'image of the system state of web01 to E:\WindowsImageBackup'
has "and that it stays" "$work/err" "not deleted afterwards"
is "all of this left no line in the trail" "$(trail 9)" ""
set_state web01 faults.task=denied
exits "no task may be made" 1 wsb --target E: --yes
is "which the trail has" "$(trail 1 | cut -c1-10)" "not begun:"

# --- to its end ------------------------------------------------------------------------------
ready
exits "it works" 0 wsb --target e: --yes
has "and says so" "$work/out" "web01: Windows Server Backup works"
has "with the code" "$work/out" "state Completed, HRESULT 0x00000000, begun 2"
has "and where the image is" "$work/out" 'the image stays in E:\WindowsImageBackup'
is "the trail has all of it" "$(trail 3)" "begins: wbadmin start systemstatebackup -backuptarget:E:
begun, in task \\marshal\\wsb-test of SYSTEM
ended: works, state Completed, HRESULT 0x00000000"
is "with who asked for it" "$(sql "select count(*) from event where kind = 'wsb' and actor = ''")" 0
is "the task is gone" "$(tasks)" "[]"
is "the lock too" "$(sql "select count(*) from lease where process <> 0")" 0
ready 'wsb.test={"seconds":1,"exit":-3,"state":"Failed","hresult":2155348041,"detailed_hresult":2147942523,"recorded":true}'
exits "it fails" 1 wsb --target E: --yes
has "with its HRESULT" "$work/out" "state Failed, HRESULT 0x80780049"
has "and what that means" "$work/out" "none of the items included in the backup were backed up. To do: "
has "and the code behind it" "$work/out" "in detail 0x8007007B: A system writer reported an invalid path"
has "with the remedy of its document" "$work/out" "leading backslash off the ImagePath"
has "and the exit status of wbadmin" "$work/out" "wbadmin.exe ended with -3"
ready 'wsb.test={"seconds":1,"exit":-4,"state":"x","hresult":0,"recorded":false}' \
	'wsb.last={"type":"Backup","state":"Completed","hresult":0,"begun_utc_ms":1790000000000,"ended_utc_ms":1790000060000}'
exits "one that no job is on record of" 1 wsb --target E: --yes --json
is "is not judged by an older job" "$(jq -c '[.result, .state, .exit]' "$work/out")" '["failed",null,-4]'

# --- left running, lost, taken up ------------------------------------------------------------
ready wsb.test.seconds=4 faults.wsb-start=slow:2000
"$MARSHAL" -i "$inventory" --db "$DB" test wsb web01 --target E: --yes >"$work/first" 2>&1 &
pid=$!
within 20 bash -c "[ \"\$(sqlite3 -readonly '$DB' 'select count(*) from lease where process <> 0')\" = 1 ]" || not_ok "the first one begins"
exits "never two at once" 3 wsb --target E: --yes
has "the host is locked" "$work/err" "is being changed by"
within 20 grep -q "begun. Ctrl-C" "$work/first" || not_ok "the first one has begun"
kill -INT "$pid"
wait "$pid"
is "Ctrl-C leaves it running" $? 130
has "and says how to look again" "$work/first" "marshal test wsb web01 --follow"
set_state web01 faults.wsb-start=
exits "a second one meets the first" 1 wsb --target E: --yes
has "on the server too" "$work/err" "a test was begun on this host already"
exits "followed to its end" 0 wsb --follow
has "it works" "$work/out" "Windows Server Backup works"
is "and its task is gone" "$(tasks)" "[]"
exits "followed once more" 1 wsb --follow
has "there is none" "$work/out" "no test is under way; the last backup there:"
ready faults.wsb-start=drop
exits "the line is lost as it begins" 0 wsb --target E: --yes
has "it is looked for" "$work/err" "whether it was begun is looked at now"
has "and followed" "$work/out" "Windows Server Backup works"

# --- no answer ---------------------------------------------------------------------------------
ready faults.wsb-wait=drop
"$MARSHAL" -i "$inventory" --db "$DB" test wsb web01 --follow >"$work/away" 2>&1 &
pid=$!
check "a lost line is told at once" within 20 grep -q "warning: web01: .*tried again until" "$work/away"
set_state web01 faults.wsb-wait=
wait "$pid"
is "and that it is back" "$(grep -c "web01: reached again" "$work/away")" 1
before=$(trail 99)
edited 's/ansible_port: [0-9]*/ansible_port: 1/'
"$MARSHAL" -v -i "$inventory" --db "$DB" test wsb web01 --follow >"$work/closed" 2>&1 &
pid=$!
check "tried again at a closed port" within 30 grep -qE "debug: web01: .*(refused|gets no connection)" "$work/closed"
kill -INT "$pid"
wait "$pid"
is "Ctrl-C ends that" $? 130
is "which was told once" "$(grep -cE "warning: web01: .*(refused|gets no connection)" "$work/closed")" 1
has "nothing is known then" "$work/closed" "web01 was not reached: nothing is known of the backup"
hasnt "nor said" "$work/closed" "goes on"
is "nor written" "$(trail 99)" "$before"
