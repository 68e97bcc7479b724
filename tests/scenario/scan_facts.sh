#!/usr/bin/env bash
# Every error that a probe's answer can have, in every fact, each on a server of its own, all in one
# scan: a verdict unknown or a fault, never a crash, and never a verdict on nonsense.
. "$(dirname "$0")/fleetlib.sh"

# The names in the document's table.
mapfile -t facts < <(sed -n '/^| fact | value |/,/^$/s/^| \([a-z][a-z.-]*\)\( (.*)\)\{0,1\} | .*/\1/p' \
	"$root/docs/protocol.md" | grep -vx fact)
# No value that counts; a value that may be judged; a line so long that the server has a fault.
lost='error access-denied time-limit missing wrong-type empty swapped negative absurd nul surrogate long'
odd='twice nulls hostile'
fault='huge'
mkdir -p "$F/hosts"
template=$("$SIMHOST" --state control)
template=${template//2.0.9070.0/2.0.9938.0}
# server NAME FAULTS: its state, and its line in the inventory.
server() {
	printf '%s\n' "${template/\"faults\": \{\}/\"faults\": $2}" >"$F/hosts/$1.json"
	echo "    $1:" >>"$inventory"
}
cat >"$inventory" <<END
all:
  vars: {ansible_connection: local, marshal_program: $SIMHOST, marshal_computer_name: control}
  hosts:
END
server control '{}'
for name in "${facts[@]}"; do
	for word in $lost $odd $fault; do
		server "$name--$word" "{\"fact\": {\"$name\": \"$word\"}}"
	done
done
count=$(find "$F/hosts" -type f | wc -l)
is "a server for every error in every fact" "$count" $((${#facts[@]} * 16 + 1))

export MARSHAL_FLEET=$F
exits "one scan of all of them" 1 marshal scan --jobs 64 --target 2.0.9938.0 --deep --as-system
is "all were looked at" "$(sql "select count(*) from host where tried_utc_ms > 0")" "$count"
is "only too much is a fault of the server" "$(sql "select distinct fault || ' ' || substr(name, instr(name, '--'))
	from host where fault <> ''")" "too-much-output --huge"
is "the control has nothing to say" "$(sql "select w.name || f.verdict from finding f join host h on h.id = f.host
	join word w on w.id = f.name where h.name = 'control' and f.verdict in ('fail', 'warn', 'unknown')")" ""

# told WORDS SQL: findings of servers with these faults, beside the control's of the same check.
told() {
	local words=${1// /\', \'--}
	sql "select h.name || ' ' || w.name || ' ' || f.verdict || ' ' || f.evidence from finding f
		join host h on h.id = f.host join word w on w.id = f.name
		join finding c on c.name = f.name join host k on k.id = c.host and k.name = 'control'
		where substr(h.name, instr(h.name, '--')) in ('--$words') and ($2) order by 1"
}
is "what is no value is never judged" "$(told "$lost $fault" "f.verdict <> c.verdict and
	f.verdict not in ('unknown', 'not examined')")" ""
is "each of them is missed by some check" "$(told "error" "f.verdict <> c.verdict" | sed 's/--.*//' | sort -u | wc -l)" \
	"$(told "wrong-type" "f.verdict <> c.verdict" | sed 's/--.*//' | sort -u | wc -l)"
check "by most at least" test "$(told "wrong-type" "f.verdict <> c.verdict" | sed 's/--.*//' | sort -u | wc -l)" -gt 20
is "and says so" "$(told "absurd" "f.verdict = 'unknown' and c.verdict <> 'unknown' and f.evidence not like '%out of range%'
	and f.evidence not like '%did not answer%' and f.evidence not like '%impossible%'")" ""
is "a text in place of a state is no good news" "$(told "hostile" "f.verdict = 'pass' and c.verdict <> 'pass'")" ""
is "no fact is kept that is not as documented" "$(sql "select h.name from fact f join host h on h.id = f.host
	where f.error is null and f.value not like '{%'")" ""

# --- what they say is shown -------------------------------------------------------------------
esc=$(printf '\033')
marshal report compliance >"$work/table"
for name in "${facts[@]}"; do
	marshal show "$name--hostile" >>"$work/table" || not_ok "show $name--hostile"
done
has "hostile texts are shown" "$work/table" "=cmd|"
hasnt "and move no cursor" "$work/table" "$esc"
check "nor do other controls" bash -c "! LC_ALL=C grep -q '[[:cntrl:]]' <(tr -d '\n' <'$work/table')"
for format in csv json; do
	for report in $(reports); do
		exits "report $report as $format" 0 marshal report "$report" --format "$format" -o "$work/$report.$format"
	done
done
check "no cell is a formula" bash -c "! grep -Eq '(^|,)\"?[=+@]' '$work'/*.csv"
exits "report compliance as html" 0 marshal report compliance --format html -o "$work/fleet.html"
check "no markup of theirs is in the page" bash -c "! grep -q '<script>alert\|<img src=x' '$work/fleet.html'"
hasnt "nor an escape" "$work/fleet.html" "$esc"
check "JSON is JSON" jq -se length "$work/compliance.json" "$work/checks.json"
