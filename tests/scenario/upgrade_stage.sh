#!/usr/bin/env bash
# Hosts have the installer before their plan is started: what lies there then and what the plan says of it, what its start
# does with it, also where somebody changed it, and what becomes of it once the plan is over.
. "$(dirname "$0")/fleetlib.sh"

fleet_start --hosts 8
signed "$F"
installer=(--installer "$F/MARSAgentInstaller.exe")

outcome() { jq -r --arg h "$1" '.hosts[] | select(.host == $h) | .outcome' "$work/out"; }
folders() { state "$1" folders | jq -r 'keys | join(" ")'; }
finding() { marshal show "$1" --json 2>/dev/null | jq -r '.findings[] | select(.check == "marshal.left-overs") | "\(.verdict) \(.evidence)"'; }
state() { "$root/scripts/fleet" get --dir "$F" "$1" "$2"; }
run_of() { sql "select r.name from run r join plan p on p.run = r.id where p.name = '$1'"; }
# the real file behind a folder of the simulated server
file_of() { find "$F" -path "*$1*" -name MARSAgentInstaller.exe | head -1; }

marshal scan all >"$work/scan" 2>&1
set_state web02 backup.running=true backup.since_utc_ms="$(date +%s%3N)"
marshal upgrade plan web01 web02 app01 "${installer[@]}" --name night >"$work/plan" 2>&1
exits "what nobody approved is put nowhere" 2 marshal upgrade stage night --yes
has "which is said" "$work/err" "plan 'night' is not approved"
marshal upgrade approve night --yes >"$work/plan" 2>&1
run=$(run_of night)

for wrong in 0 10m 1.5M -1; do
	exits "a rate of '$wrong' is none" 2 marshal upgrade stage night --yes --rate "$wrong"
	exits "nor a site's" 2 marshal upgrade stage night --yes --rate-per-site "$wrong"
done
has "which is said" "$work/err" "--rate-per-site '-1': expected bytes a second, as 500K or 10M"
exits "it is staged, but where a backup runs" 1 marshal upgrade stage night --yes --json --parallel 2
is "each host is told" "$(outcome web01) $(outcome app01) $(outcome web02)" "staged staged blocked-now"
has "the way on is said" "$work/err" "go on with: marshal upgrade stage night"
like() { if [[ $2 =~ $3 ]]; then ok "$1"; else not_ok "$1" "$2"; fi; }
like "the folder is the plan's" "$(folders web01)" "^marshal-$run-[0-9a-f]{16}$"
is "its server is reserved for nobody" "$(state web01 marker) $(state app01 marker) $(state web02 marker)" "null null null"
is "nothing is there where it was not staged" "$(folders web02)" ""
exits "the plan is what it was" 0 marshal report run night --json
is "planned" "$(jq -r '.summary.state' "$work/out")" approved
is "and says who has it" "$(jq -r '[.rows[] | select(.staged != null) | .host] | sort | join(" ")' "$work/out")" "app01 web01"
exits "so does why" 0 marshal why web01
has "in its words" "$work/out" "to be upgraded, the installer is staged"
marshal scan web01 >"$work/scan" 2>&1
like "it is no left-over" "$(finding web01)" "^pass staged for plan night, which may be started until "
exits "clean leaves it" 0 marshal upgrade clean web01 --yes
has "and says whose it is" "$work/out" "staged for plan night"
like "it is there still" "$(folders web01)" "^marshal-$run-"

other() { marshal --db "$work/other.db" "$@"; }
other scan web01 >"$work/scan" 2>&1
who=$(sql "select value from setting where name = 'controller'")
other show web01 --json >"$work/out" 2>&1
has "to whom does not know the plan neither" "$work/out" "staged by $who, whose plan (run $run) may be started until "
exits "clean of another database leaves it" 0 other upgrade clean web01 --yes
has "and says whose it is" "$work/out" "what is there is staged by $who, whose plan (run $run) may be started until "
like "it is there after that" "$(folders web01)" "^marshal-$run-"

set_state web02 backup.running=false backup.since_utc_ms=null
before=$(folders web01)
exits "once more brings what is missing" 0 marshal upgrade stage night --yes --json
is "to all" "$(outcome web01) $(outcome app01) $(outcome web02)" "staged staged staged"
is "into the same folder" "$(folders web01)" "$before"

# another machine that was staging it is gone
sqlite3 "$DB" "insert into process (id, machine, pid, started, user_name, command, since_utc_ms, pid_space)
	values (77, 'controller-2', 77, 'boot/1', 'eve', 'upgrade stage', 1700000000000, 1);
	update lease set process = 77, boot = 'boot', until_ms = 9000000000000,
		run = (select run from plan where name = 'night') where host = (select id from host where name = 'web01')"
script -qec "stty cols 300; $MARSHAL --db '$DB' upgrade release web01" /dev/null <<<web01 >"$work/out" 2>&1
has "who frees its host is told to stage it once more" "$work/out" "web01: free; go on with: marshal upgrade stage night"

# somebody changes the file on one, the rights of the folder of another
file=$(file_of "$(folders web01)")
printf x | dd of="$file" bs=1 seek=100 conv=notrunc status=none
set_state app01 "folders.$(folders app01).owner=eve"
set_state web01 install.seconds=1
set_state web02 install.seconds=1
exits "it is started" 1 marshal upgrade start night --yes --json
is "what was changed is sent anew, what lies there is used, and a folder of somebody else's is refused" \
	"$(outcome web01) $(outcome web02) $(outcome app01)" "upgraded upgraded blocked"
is "nothing is left but what is not ours" "$(folders web01)|$(folders web02)|$(folders app01 | wc -w)" "||1"
is "each was installed once" "$(state web01 agent.version) $(state web02 agent.version)" "2.0.9938.0 2.0.9938.0"

# --- plans that are over -------------------------------------------------------------------------
set_state sql01 install.seconds=1
marshal upgrade plan sql01 file01 "${installer[@]}" --name late >"$work/plan" 2>&1
marshal upgrade approve late --yes >"$work/plan" 2>&1
size=$(wc -c <"$F/MARSAgentInstaller.exe")
begun=$(date +%s%3N)
exits "a rate at which one host would take longer than it may" 2 marshal upgrade stage late --yes --rate 1K --limit upload=1s
has "is refused before any" "$work/err" "--rate: so the installer takes"
exits "another plan is staged, as slowly as it may" 0 marshal upgrade stage late --yes --rate "$((size / 2))"
took=$(($(date +%s%3N) - begun))
check "the second of two waits for the first, $took ms" test "$took" -ge 1900
late=$(run_of late)
set_state sql01 "faults.gate={\"$who\": {\"stage-check\": \"hold\"}}"
marshal upgrade stage late --yes >"$work/late.out" 2>"$work/late.err" </dev/null &
staging=$!
lib_started+=("$staging")
is_held() { state sql01 faults.gate | grep -q held; }
check "somebody stages it" within 20 is_held
exits "it is not started meanwhile" 3 marshal upgrade start late --yes
has "since others have its hosts" "$work/err" "hosts of plan 'late' are held by upgrade"
exits "nor staged by two" 3 marshal upgrade stage late --yes
exits "nor dropped under it" 3 marshal upgrade drop late
has "since its servers are reserved" "$work/err" "hosts of plan 'late' are held by upgrade"
set_state sql01 faults.gate=null
status=0
wait "$staging" || status=$?
is "who was first goes on" "$status" 0
exits "and dropped" 0 marshal upgrade drop late
has "who has its folder is said" "$work/err" "its folder lies on "
marshal scan sql01 file01 >"$work/scan" 2>&1
like "its folders are named" "$(finding sql01)" "^warn of plan $late, which was dropped: 1 folder"
exits "the next upgrade there" 0 marshal upgrade sql01 "${installer[@]}" --yes
is "takes its folder away" "$(folders sql01)" ""
exits "which is in the trail" 0 marshal why sql01
has "by its name" "$work/out" "taken away, of plans that are over: marshal-$late-"
exits "clean does on another" 0 marshal upgrade clean file01 --yes
is "its folder is gone" "$(folders file01)" ""

# --- a host that leaves its plan at the start ----------------------------------------------------
set_state web01 install.seconds=1 agent.version=2.0.9070.0
marshal scan web01 file01 >"$work/scan" 2>&1
marshal upgrade plan file01 web01 "${installer[@]}" --name eve >"$work/plan" 2>&1
marshal upgrade approve eve --yes >"$work/plan" 2>&1
exits "two are staged" 0 marshal upgrade stage eve --yes
eve=$(run_of eve)
set_state file01 agent.version=2.0.9938.0
marshal scan file01 >"$work/scan" 2>&1
exits "and one of them is upgraded" 0 marshal upgrade start eve --yes
has "the other leaves the plan, and where its folder is said to go" "$work/err" "; its folder there goes with the next upgrade or"
like "which is the plan's still" "$(folders file01)" "^marshal-$eve-[0-9a-f]{16}$"
marshal scan file01 >"$work/scan" 2>&1
like "and named" "$(finding file01)" "^warn of plan eve, which was started without this host: 1 folder"
set_state file01 agent.version=2.0.9070.0 install.seconds=1
marshal scan file01 >"$work/scan" 2>&1
exits "the next upgrade there" 0 marshal upgrade file01 "${installer[@]}" --yes
is "takes its folder away as well" "$(folders file01)" ""
set_state file01 agent.version=2.0.9070.0
marshal scan file01 >"$work/scan" 2>&1
marshal upgrade plan file01 "${installer[@]}" --name old >"$work/plan" 2>&1
marshal upgrade approve old --yes >"$work/plan" 2>&1
exits "one that expires" 0 marshal upgrade stage old --yes
sqlite3 "$DB" "update plan set expires_utc_ms = 1000 where name = 'old'"
exits "is not staged any more" 2 marshal upgrade stage old --yes
marshal scan file01 >"$work/scan" 2>&1
like "its folder is named" "$(finding file01)" "^warn of plan old, which expired at 1970"
marshal upgrade plan file01 "${installer[@]}" --name new >"$work/plan" 2>&1
marshal upgrade approve new --yes >"$work/plan" 2>&1
exits "who stages another plan there" 0 marshal upgrade stage new --yes
like "takes it away" "$(folders file01)" "^marshal-$(run_of new)-[0-9a-f]{16}$"
