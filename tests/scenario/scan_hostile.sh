#!/usr/bin/env bash
# What a server says is not to be trusted: too much, nonsense, control characters, facts of odd shapes.
. "$(dirname "$0")/fleetlib.sh"

fleet_start --hosts 10
# the most KB of memory that the program had
measured() { # FILE COMMAND...
	local file=$1
	shift
	python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[2:], stdout=open(sys.argv[1] + ".out", "w"))
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$file" "$@" 2>&1
}
for word in flood flood-line flood-stderr; do
	set_state web01 faults.probe= "faults.probe=$word"
	exits "a server sends 100 MB: $word" 1 marshal scan
	is "and has its fault" "$(fault_of web01)" too-much-output
	has "the others are seen" "$work/out" "10 hosts: 9 seen"
done
if command -v python3 >/dev/null; then
	set_state web01 faults.probe=
	plain=$(measured "$work/plain" "$MARSHAL" -i "$inventory" --db "$DB" scan)
	set_state web01 faults.probe=flood-line
	set_state web02 faults.probe=flood
	flooded=$(measured "$work/flooded" "$MARSHAL" -i "$inventory" --db "$DB" scan)
	check "two floods cost less than 16 MB ($plain and $flooded KB)" test "$((flooded - plain))" -lt 16384
else
	skip "memory of a flood" "no python3"
fi

# --- control characters ----------------------------------------------------------------------
esc=$(printf '\033')
set_state web01 faults.probe= 'os.caption="\u001b[31mred\u0007\u202e"' 'agent.version="2.0.9070.0\u001b]0;title"'
set_state web02 faults.probe=garbage
set_state sql01 faults.probe=refuse
exits "a server with control characters" 1 marshal scan -v
cat "$work/out" "$work/err" >"$work/said"
hasnt "none reaches the terminal" "$work/said" "$esc"
has "garbage is shown escaped" "$work/out" "bytes of output: 'cz\\xa0~"
check "nor any other" bash -c "! LC_ALL=C grep -q '[^[:print:]]' '$work/out'"
is "a version that is none is not believed" "$(sql "select version from host where name = 'web01'")" ""

# --- a shell between sshd and the script -------------------------------------------------------
set_state file01 faults.probe=shell
exits "PowerShell as default shell, transcribed" 0 marshal scan file01
is "is no fault" "$(fault_of file01)" ""
set_state file01 faults.probe=shell,constrained
exits "a locked PowerShell behind it" 1 marshal scan file01
is "is told as one, whatever the exit status" "$(fault_of file01)" constrained-language
set_state file01 faults.probe=

# --- facts of odd shapes ---------------------------------------------------------------------
for word in long wrong-type missing twice surrogate error access-denied; do
	set_state file01 "faults.fact.os=$word"
	exits "a fact is $word: the scan goes on" 0 marshal scan file01
	is "and the server was seen" "$(fault_of file01)" ""
done
is "the verdicts do not need it" "$(sql "select status from host where name = 'file01'")" outdated
set_state file01 faults.fact.os= faults.fact.agent=wrong-type
exits "an agent's fact that is nonsense" 0 marshal scan file01
is "is not believed" "$(sql "select status from host where name = 'file01'")" undetermined
set_state file01 faults.fact.agent=missing
exits "one that is missing" 0 marshal scan file01
is "leaves what was known" "$(sql "select status from host where name = 'file01'")" undetermined
