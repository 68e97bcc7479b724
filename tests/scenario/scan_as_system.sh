#!/usr/bin/env bash
# `scan --as-system`: a task of SYSTEM reads what only it may read, and is gone afterwards. Whatever
# goes wrong with it costs these facts alone, and the trail says what became of the task.
. "$(dirname "$0")/fleetlib.sh"

fleet_start --hosts 3
last_event() { sql "select text from event where host = (select id from host where name = '$1') order by utc_ms desc limit 1"; }
tasks_of() { "$SIMHOST" --get "$F/hosts/$1.json" tasks | jq -c 'keys'; }
# What a check says of web01.
verdict() { sql "select f.verdict from finding f join word w on w.id = f.name join host h on h.id = f.host
	where h.name = 'web01' and w.name = '$1'"; }
svi=security.system-volume-information

exits "without it" 0 marshal scan
is "what only SYSTEM may read is not examined" "$(verdict $svi)" "not examined"
is "no task is spoken of" "$(sql "select count(*) from event")" 0
hasnt "and none was made" "$F/hosts/web01.json" look-
exits "with it" 0 marshal scan --as-system
is "the trail has who asked for it" "$(sql "select count(*) from event where kind = 'as-system' and host is null
	and actor <> '' and text like 'begun:%'")" 1
is "and every server's task" "$(sql "select count(distinct host) from event where kind = 'as-system'
	and text like 'task %look-________________ of SYSTEM was made, and removed'")" 3
is "now it is" "$(verdict $svi) $(verdict security.av-exclusions)" "pass pass"
has "it was made" "$F/hosts/web01.json" 'task \\marshal\\look-'
is "and is gone" "$(tasks_of web01)" "[]"

set_state web01 svi.full_control=false 'antivirus.exclusions=[]'
exits "with it again" 0 marshal scan --as-system web01
is "what is wrong is seen" "$(verdict $svi) $(verdict security.av-exclusions)" "fail warn"
exits "without it again" 0 marshal scan web01
is "what was seen is kept" "$(verdict $svi) $(verdict security.av-exclusions)" "fail warn"

# --- what goes wrong -------------------------------------------------------------------------
set_state web01 faults.task=denied
exits "no task allowed: the look stands" 0 marshal scan --as-system web01
is "it says so" "$(last_event web01)" "no task of SYSTEM could be made"
is "it is not examined" "$(verdict $svi)" "not examined"
is "all other facts are there" "$(sql "select status from host where name = 'web01'")" outdated
set_state web01 faults.task=silent faults.as-system=die
exits "a server that dies with the task: the look stands" 0 marshal scan --as-system web01
has "the operator is told" "$work/err" "of SYSTEM was made, and not seen removed: it ends and goes by itself"
is "the task is there" "$(tasks_of web01 | jq length)" 1
name=$(tasks_of web01 | jq -r '.[0]')
set_state web01 "tasks.$name.expires_utc_ms=1" faults.task= faults.as-system=
is "and goes by itself" "$(tasks_of web01)" "[]"
for word in cut garbage refuse wrong-nonce flood; do
	set_state web01 "faults.as-system=$word"
	exits "an answer is $word: the look stands" 0 marshal scan --as-system web01
	is "the server was seen" "$(fault_of web01)" ""
done
