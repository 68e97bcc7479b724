#!/usr/bin/env bash
# reports_more.sh - every report in every format, differences between moments, and the Nagios form,
# over a simulated fleet that was looked at once.
. "$(dirname "$0")/fleetlib.sh"
fleet_start --hosts 50 --mix demo

report() { "$MARSHAL" --db "$DB" report "$@"; }
# Somebody else's statement holds the database while it is asked.
locked_out() {
	sqlite3 "$DB" "pragma locking_mode = exclusive; begin exclusive; select count(*) from host;" \
		".shell '$MARSHAL' --db '$DB' nagios -t 1; echo status \$?"
}
nagios() { "$MARSHAL" --db "$DB" nagios "$@"; }

exits "without a database nothing is known" 3 nagios
has "and that is UNKNOWN" "$work/out" "MARSHAL UNKNOWN - there is no database"
check "the error log stays empty" test ! -s "$work/err"
# called wrongly it would end with 2, which Nagios takes for CRITICAL
for wrong in --foo --max-age=soon --warning; do
	exits "nagios $wrong" 3 nagios "$wrong"
	has "is UNKNOWN too" "$work/out" "MARSHAL UNKNOWN - nagios: "
done
# A slip in --db must not make an empty database, in which no host was ever scanned.
one=$(marshal inventory list --json | jq -r '.[0].name')
for command in "report compliance" "show $one" diff nagios "policy show" recheck "db info" \
	"db prune" "upgrade resume last" "test wsb $one --follow"; do
	# shellcheck disable=SC2086
	exits "$command makes none" 3 marshal $command
	cat "$work/out" "$work/err" >"$work/said"
	has "  but says so" "$work/said" "there is no database '$DB' yet"
	check "  and there is none" test ! -e "$DB"
done
exits "a first look" 1 marshal scan all --limit probe=5s --limit connect=3s --limit handshake=3s

# narrow ARGUMENTS of report: the table as a terminal of 80 columns shows it
narrow() {
	script -qec "stty cols 80; '$MARSHAL' --db '$DB' report $1" /dev/null </dev/null | tr -d '\r' | sed '/^$/q'
}
for name in compliance checks faults versions history; do
	exits "$name for people" 0 report "$name"
	narrow "$name" >"$work/narrow"
	check "fits in 80 columns" test "$(LC_ALL=C.UTF-8 wc -L <"$work/narrow")" -le 80
	check "and is not empty" test "$(wc -l <"$work/narrow")" -gt 1
	exits "$name as CSV" 0 report "$name" --format csv
	columns=$(head -n 1 "$work/out" | tr -d '\r' | tr ',' '\n' | sort | paste -sd' ')
	rows=$(report "$name" --json | jq '.rows | length')
	exits "$name as JSON lines" 0 report "$name" --format jsonl
	is "one a row" "$(wc -l <"$work/out")" "$rows"
	is "with the columns of the CSV" "$(head -n 1 "$work/out" | jq -r 'keys | join(" ")')" "$columns"
done
for name in compliance checks faults versions exceptions; do
	exits "$name for Prometheus" 0 report "$name" --format prometheus
	is "each line is a sample or a comment" \
		"$(grep -vcE '^(# (HELP|TYPE) marshal_[a-z_]+ .+|marshal_[a-z_]+(\{([a-z_]+="([^"\\]|\\.)*",?)*\})? [0-9.]+)$' "$work/out")" 0
	is "no series stands there twice" "$(grep -v '^#' "$work/out" | sed 's/ [^ ]*$//' | sort | uniq -d)" ""
done
exits "history is no gauge" 2 report history --format prometheus
has "which is said" "$work/err" "these are: checks, compliance, exceptions, faults, versions"
exits "--bom goes with CSV" 2 report versions --bom

exits "a mark for Excel" 0 report versions --format csv --bom
is "stands first" "$(head -c 3 "$work/out" | od -An -tx1 | tr -d ' ')" efbbbf
exits "faults are folded" 0 report faults --format csv
folded=$(report faults --json | jq -r '.rows[] | select(.count > 1) | .hosts' | head -n 1)
exits "a folded text is a pattern" 0 marshal inventory list "$folded" --json
is "for as many hosts" "$(jq length "$work/out")" "$(report faults --json | jq "[.rows[] | select(.hosts == \"$folded\") | .count] | first")"

for alarm in "checks fail" "faults unreachable" "faults refused" "versions outdated" "compliance stale,at-risk"; do
	# shellcheck disable=SC2086
	exits "an alarm on $alarm rings" 1 report ${alarm% *} --fail-on ${alarm#* }
done
exits "one that does not hold is silent" 0 report faults --fail-on upload-failed
exits "one that is none is refused" 2 report checks --fail-on outdated

cat >"$work/policy.yml" <<'YAML'
exceptions:
- {group: all, check: '*', owner: ann, reason: "=1+1", expires: 2999-12-31}
- {host: nobody, check: os.clock, owner: bob, reason: gone, expires: 2020-01-01}
YAML
exits "a policy with exceptions is used" 0 marshal recheck --policy "$work/policy.yml"
exits "exceptions are reported" 0 report exceptions --format csv
is "expired ones first" "$(tail -n +2 "$work/out" | cut -d, -f1,5,7 | paste -sd' ')" \
	"expired,bob,2020-01-01 active,ann,2999-12-31"
exits "accepted trouble does not ring" 0 report compliance --fail-on at-risk,outdated
exits "unless one asks for it" 1 report compliance --fail-on accepted
exits "nor for Nagios" 0 nagios --warning behind
has "whose line counts it" "$work/out" " accepted, 1 exception expired"
check "and says nothing beside it" test ! -s "$work/err"
exits "an expired exception does" 1 report exceptions --fail-on expired
has "the table has the reason" "$work/out" "REASON"
exits "without the policy" 0 marshal recheck --policy none
exits "there are none" 0 report exceptions --json
is "not one" "$(jq -c .rows "$work/out")" "[]"

report compliance --format csv -o "$work/keep.csv"
cp "$work/keep.csv" "$work/before.csv"
exits "a full disk is an error" 3 bash -c "ulimit -f 1; '$MARSHAL' --db '$DB' report compliance --format json -o '$work/keep.csv'"
check "that leaves the old report" cmp -s "$work/keep.csv" "$work/before.csv"
is "and nothing beside it" "$(find "$work" -maxdepth 1 -name 'keep.csv*' | wc -l)" 1

# hosts_that are STATUS: their names, one a line
hosts_that() { report compliance --json | jq -r ".rows[] | select(.status == \"$2\") | .host"; }
two=$(hosts_that are outdated | head -n 2 | paste -sd,)
outdated=$(report compliance --json | jq '[.rows[] | select(.status == "outdated")] | length')
report compliance --format csv --bom -o "$work/from.csv"
exits "a report chooses hosts" 0 marshal inventory list --from "$work/from.csv" --where status=outdated --json
is "those that are so" "$(jq length "$work/out")" "$outdated"
sed 's/,/;/g' "$work/from.csv" | sed 's/"[^"]*"/x/g' >"$work/german.csv"
exits "as a German Excel saves it" 0 marshal inventory list --from "$work/german.csv" --where status=outdated --json
is "the same" "$(jq length "$work/out")" "$outdated"
exits "an upgrade is planned from it" 0 marshal upgrade --from "$work/from.csv" --where status=outdated \
	--where "host=$two" --installer "$F/MARSAgentInstaller.exe" --allow-unsigned --dry-run --json
is "for those hosts" "$(jq -r '[.. | .host? // empty] | unique | join(" ")' "$work/out")" "${two/,/ }"
sed -i "s/^${two%,*},/web99,/" "$work/from.csv"
exits "a host that is no more is an error" 2 marshal scan --from "$work/from.csv" --where status=outdated
has "that names it" "$work/err" "not in the inventory: web99"
exits "a condition alone is of what is known" 0 marshal inventory list --where 'status=outdated and group=pilot' --json
is "and of the inventory's groups" "$(jq -r '.[].name' "$work/out" | sort)" \
	"$(sql "select name from host where status = 'outdated' and groups like '%pilot%'" | sort)"
check "which are some" test "$(jq length "$work/out")" -gt 1
exits "versions are compared" 0 marshal inventory list --where 'version<2.0.9083.0' --where site=Frankfurt,fra --json
is "with what was seen last" "$(jq -r '.[].name' "$work/out" | sort)" "$(report compliance --format csv |
	awk -F, 'NR > 1 && $7 ~ /^2\.0\.90[0-7]/ && /^fra/ { print $1 }' | sort)"
exits "patterns narrow it" 0 marshal inventory list "$two" --where status=outdated --json
is "further" "$(jq length "$work/out")" 2
exits "a report shows them" 0 marshal report compliance --where 'status=outdated and group=pilot' --json
check "alone" test "$(jq '[.rows[].status] | unique == ["outdated"]' "$work/out")" = true
exits "an upgrade is planned for them" 0 marshal upgrade --where 'status=outdated and group=pilot' \
	--installer "$F/MARSAgentInstaller.exe" --allow-unsigned --dry-run
exits "hosts that a check warns of" 0 marshal inventory list --where 'warning_checks=mars.thresholds and status!=excluded' --json
is "are chosen by it" "$(jq length "$work/out")" "$(report checks --json 2>/dev/null | jq '.rows[] | select(.check == "mars.thresholds") | .warn')"
exits "a word that nobody has is told" 2 marshal scan --where status=outdatd
has "with those that are there" "$work/err" "--where: no row has status 'outdatd' (there are: "
exits "a column that is not is told" 2 marshal keys scan --where statsu=outdated
has "with one that is near" "$work/err" "what is known has no column 'statsu': did you mean 'status'?"
exits "a report without an inventory has none to choose from" 2 report compliance --where status=outdated
has "which is said" "$work/err" "patterns, --from and --where need an inventory"
exits "without a database" 3 env MARSHAL_INVENTORY="$inventory" "$MARSHAL" inventory list --db "$work/none.db" --where status=outdated
has "nothing is known" "$work/err" "none.db"

exits "one scan has none before it" 2 marshal diff
has "which is said" "$work/err" "no scan before the last one"
good=$(hosts_that are compliant | head -n 1)
set_state "${two%,*}" agent.version=2.0.9938.0
set_state "$good" services.obengine.state=Stopped
exits "a second look" 1 marshal scan all --limit probe=5s --limit connect=3s --limit handshake=3s
exits "somebody got worse" 1 marshal diff
has "who" "$work/out" "$good"
exits "nothing happens after the last scan" 0 marshal diff last
hasnt "nothing was passed over" "$work/err" 'passes over'
exits "where nothing changed" 0 marshal -q diff last
is "-q says nothing at all" "$(cat "$work/out" "$work/err")" ""
exits "but in a form for programs" 0 marshal -q diff last --json
is "it does" "$(jq '.rows | length' "$work/out")" 0
exits "one host is looked at again" 0 marshal scan "$one"
exits "that is no night's scan" 0 marshal diff last
has "which is said, with its hosts" "$work/err" "(1 host: $one)"
ask=$(sed -n 's/.*one of them: marshal //p' "$work/err")
# such a time is the second behind its end
# shellcheck disable=SC2086      # words are wanted
check "and how to ask for it" within 5 marshal $ask now
exits "an hour ago there was nothing" 2 marshal diff 1h --json
has "which is said" "$work/err" "no host was known before $(sql "select strftime('%Y-%m-%dT%H:%M:%SZ', min(utc_ms) / 1000, 'unixepoch') from status_change")"
exits "backwards is no difference" 2 marshal diff now 1h
exits "a word is no moment" 2 marshal diff yesterday
exits "what changed lately" 0 report compliance --since previous --json
has "is the host" "$work/out" "$good"

exits "Nagios hears of it" 2 nagios
has "in one line" "$work/out" "MARSHAL CRITICAL - not-installed 1 ("
has "with figures" "$work/out" "| excluded=3;;;0 "
# a line that was cut late may have brought facts: such a host is unreachable and not never-seen
report compliance --json >"$work/rows"
once=$(jq '[.rows[] | select(.unreachable and .status != "never-seen" and .status != "excluded")]
	| length' "$work/rows")
said=$(cut -d'|' -f1 "$work/out" | grep -o 'unreachable [0-9]*' | cut -d' ' -f2)
is "hosts that were never seen stand there once" "${said:-0}" "$once"
hasnt "and nothing is said of exceptions where there are none" "$work/out" "exception"
is "that is one line" "$(wc -l <"$work/out")" 1
exits "warnings alone" 1 nagios --critical behind --warning unreachable
exits "neither" 0 nagios --critical behind --warning behind
share=$(jq '[.rows[] | select(.status != "excluded")] | ([.[] | select(.status == "compliant")] | length) * 100 / length | floor' "$work/rows")
exits "a share too small is a warning" 1 nagios -w "$((share + 1)):" -c "$((share - 1)):"
has "said as a share" "$work/out" "MARSHAL WARNING - a share of $share."
has "with both ranges beside the figure" "$work/out" "%;$((share + 1)):;$((share - 1)):;0;100"
exits "a share far too small is critical" 2 nagios -c "$((share + 1)):" -w never-seen
exits "what is critical" 2 nagios -c not-installed,not-installed -w not-installed
is "is told once" "$(grep -o 'not-installed [0-9]* (' "$work/out" | wc -l)" 1
exits "what was seen too long ago counts for no share" 2 nagios -c 1: -w never-seen --stale-after 1s
has "and that is said" "$work/out" "of them by facts that are stale"
exits "and so is the share" 2 nagios -c "$((share + 1)):" -w "$((share + 2)):"
is "of both ranges" "$(grep -o 'a share of' "$work/out" | wc -l)" 1
exits "a range alone rings for no host" 0 nagios -w 0: -c 0:
exits "words stand beside a range" 2 nagios -w 0: -c "0:,not-installed"
exits "two ranges are none" 3 nagios -w 1:,2:
exits "nor is this" 3 nagios -w 1x
has "which is said" "$work/out" "'1x' is no range"
exits "nor one that ends before it starts" 3 nagios -w 20:10
has "for that reason" "$work/out" "--warning: '20:10' starts above its end"
exits "a list of any length rings" 2 nagios -c "$(printf '%5000s' not-installed)" -w behind
exits "no word is passed over for its length" 3 nagios -c "$(printf '%05000d' 0 | tr 0 x)"
exits "a slip in the id of a check" 3 nagios -w mars.verison
has "is told from the right one" "$work/out" "--warning: there is no 'mars.verison'; did you mean 'mars.version'?"
exits "and what is near no word" 3 nagios -w nonsense
has "from all there are" "$work/out" "'nonsense' is none of excluded, never-seen"
has "checks and severities as well" "$work/out" 'no check and no severity (`marshal checks` lists them)'
locked_out >"$work/held" 2>&1
has "who waits too long knows nothing" "$work/held" "MARSHAL UNKNOWN - nothing was known in time"
has "and says so with its status" "$work/held" "status 3"
too_old() { nagios --max-age 1s >"$work/out"; [ $? -eq 3 ]; }
check "an old scan is UNKNOWN" within 5 too_old

# --- which hosts came and went ------------------------------------------------------------------------
went=$(marshal inventory list --json | jq -r '.[].name' | grep '^osa-web' | head -n 1)
edited "/^ *$went:/d" '0,/^  children:/s//  hosts: {newcomer: {marshal_skip: yes}}\n  children:/'
exits "with another inventory" 1 marshal scan all --limit probe=5s --limit connect=3s --limit handshake=3s
exits "came and went" 0 marshal inventory diff --json
is "these" "$(jq -r '.rows[] | "\(.change) \(.hosts | if type == "array" then join(",") else . end)"' "$work/out" | sort)" \
	"$(printf 'new newcomer\nvanished %s' "$went")"
is "and nothing else is counted" "$(jq -r '.summary | keys | join(" ")' "$work/out")" "from new to vanished"
exits "nothing since" 0 marshal inventory diff last
hasnt "nobody" "$work/out" newcomer
exits "a word is no moment here" 2 marshal inventory diff yesterday
