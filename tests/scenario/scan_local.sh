#!/usr/bin/env bash
# Programs in place of servers (ansible_connection: local): the same scan without any sshd.
. "$(dirname "$0")/fleetlib.sh"

mkdir -p "$F/hosts"
for name in web01 web02 sql01; do
	"$SIMHOST" --state "$name" >"$F/hosts/$name.json"
done
"$SIMHOST" --set "$F/hosts/sql01.json" faults.probe=refuse
cat >"$inventory" <<END
all:
  vars:
    ansible_connection: local
    marshal_program: $SIMHOST
  hosts:
    web01:
    web02:
    sql01:
    app01: {marshal_program: $work/none}
END
export MARSHAL_FLEET=$F
exits "programs are looked at as servers are" 1 marshal scan
has "and counted" "$work/out" "4 hosts: 2 seen, 2 not seen"
is "each has its own state" "$(sql "select trim(name || ' ' || status || ' ' || fault) from host order by 1")" \
	"app01  $(fault_of app01)
sql01  program-failed
web01 outdated
web02 outdated"
is "each says its own name" "$(sql "select json_extract(f.value, '$.name') from fact f join word w on w.id = f.name
	where w.name = 'host' order by 1")" "web01
web02"
has "a program that is not there is told" "$work/out" "$work/none"
"$SIMHOST" --set "$F/hosts/sql01.json" faults.probe=hang
"$SIMHOST" --set "$F/hosts/web02.json" faults.probe=flood
exits "one that hangs, one that floods" 1 marshal scan --limit probe=1s
is "end by their limits" "$(fault_of sql01) $(fault_of web02)" "time-limit too-much-output"
# programs that play a server of this fleet and of no other scenario's
none_left() {
	local process
	for process in $(pgrep -x simhost); do
		! grep -qsF "MARSHAL_FLEET=$F" "/proc/$process/environ" || return 1
	done
}
check "and no process is left" within 10 none_left

# Names that nothing folds are cut in the summary, which says where all of them stand.
{
	echo "all:"
	echo "  vars: {ansible_connection: docker}"
	echo "  hosts:"
	awk 'BEGIN { for (i = 0; i < 2000; i++) printf "    s%c%c%c:\n", 97 + i % 26, 97 + int(i / 26) % 26, 97 + i / 676 }'
} >"$work/many.yaml"
exits "2,000 hosts of scattered names" 1 "$MARSHAL" -i "$work/many.yaml" --db "$work/many.db" scan
check "are cut in the summary" test "$(wc -c <"$work/out")" -lt 1000
rest=$(sed -n 's/.* and \([0-9]*\) more: \(marshal report .*\)/\1 \2/p' "$work/out")
is "which says how many more there are" "$((${rest%% *} + $(sed -n 3p "$work/out" | grep -o '\bs[a-z][a-z][a-z]\b' | wc -l)))" 2000
# shellcheck disable=SC2086      # words are wanted
is "and where" "$("$MARSHAL" --db "$work/many.db" ${rest#* marshal } | grep -o '\bs[a-z][a-z][a-z]\b' | sort -u | wc -l)" 2000

MARSHAL_STATE=$F/hosts/web01.json exits "one state for all" 1 marshal scan web01 app01
