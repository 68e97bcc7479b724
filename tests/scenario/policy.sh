#!/usr/bin/env bash
# A policy from the file to the reports: checked, tried out, remembered, by group, with exceptions
# that are counted and shout when they expire, and forgotten again.
. "$(dirname "$0")/fleetlib.sh"

fleet_start --hosts 6
P=$work/policy.yml
cat >"$P" <<'YAML'
thresholds: {dotnet: 4.8.1}
checks: {mars.thresholds: off}
groups:
  web: {thresholds: {dotnet: 4.5.2}, target: 2.0.9940.0}
  nowhere: {}
exceptions:
  - {host: sql01, check: '*', owner: jane, reason: goes away, expires: 2099-12-31}
  - {host: app01, check: os.dotnet, owner: joe, reason: forgotten, expires: 2020-01-31}
  - {host: web77, check: os.dotnet, owner: joe, reason: mistyped, expires: 2099-12-31}
YAML
stored() { "$MARSHAL" --db "$DB" "$@"; }
status_of() { sql "select status from host where name = '$1'"; }
verdict_of() {
	stored show "$1" --json 2>/dev/null | jq -r ".findings[] | select(.check == \"$2\") | .verdict"
}

exits "there is no policy before there is a database" 3 stored policy show
exits "a policy is checked without one" 0 stored policy check "$P"
has "names are looked up where there is an inventory" "$work/err" "no inventory was given"
set_state web01 agent.version=2.0.9938.0
set_state sql01 agent.version=2.0.9938.0
set_state app01 agent.version=2.0.9938.0
exits "a scan by the documented policy" 0 marshal scan --target 2.0.9938.0
is "it finds a compliant host" "$(status_of sql01)" compliant
exits "names the inventory does not have" 0 stored policy check "$P"
has "are warned of: a group" "$work/err" "the inventory has no group 'nowhere'"
has "and a host" "$work/err" "the inventory has no host 'web77'"
has "all are counted, with those that expired" "$work/out" ": 2 groups, 1 graded check, 3 exceptions, 3 warnings"
printf 'groups: {web: {target: 2.0.9940.0}}\n' >"$work/one.yml"
exits "one group" 0 stored policy check "$work/one.yml"
has "is one group" "$work/out" ": 1 group, 0 graded checks, 0 exceptions, 0 warnings"
exits "once more" 0 stored policy check "$P"
has "as are exceptions that expired" "$work/err" "EXPIRED on 2020-01-31: the exception of app01"

exits "a policy is tried out" 0 stored recheck --policy "$P" --dry-run --json
is "it says who would get worse" "$(jq -r '[.changes[] | select(.move == "worse") | .host] | join(" ")' "$work/out")" \
	"app01 sql01 web01"
is "and why" "$(jq -r '.changes[] | select(.host == "web01") | .before + " " + .after + " " + .because' "$work/out" |
	cut -d' ' -f1,2)" "compliant behind"
is "where the status stays, the check that came out otherwise" \
	"$(jq -r '.same_status[] | select(.host == "dc01") | "\(.status): \(.because)"' "$work/out")" \
	"outdated: mars.thresholds: not applicable, was warn; os.dotnet: fail, was pass"
is "as many as are counted" "$(jq -r '.other_verdicts - (.same_status | length)' "$work/out")" 0
exits "for people, too" 0 stored recheck --policy "$P" --dry-run
has "with how many hosts have it so" "$work/out" "os.dotnet: fail, was pass      3  dc01,file[01-02]"
is "nothing was stored" "$(status_of sql01) $(sql "select count(*) from setting where name = 'policy'")" "compliant 0"
exits "then it is used" 0 stored recheck --policy "$P"
has "what changed is said" "$work/out" "0 better, 3 worse"
has "expired exceptions shout" "$work/err" "EXPIRED on 2020-01-31"
is "verdicts are of the new policy" "$(status_of sql01) $(status_of web01)" "at-risk behind"
is "what is switched off does not count" "$(verdict_of dc01 mars.thresholds)" "not applicable"
exits "once more changes nothing" 0 stored recheck
has "and says so" "$work/out" "0 better, 0 worse, 0 with other verdicts"

exits "reports know it without the file" 0 stored report compliance --json
row() { jq -r ".rows[] | select(.host == \"$1\") | .$2" "$work/out"; }
is "an exception does not change the status" "$(row sql01 status) $(row sql01 accepted)" "at-risk true"
is "it is listed" "$(row sql01 'exceptions | index("os.dotnet") != null')" true
is "one that expired accepts nothing" "$(row app01 accepted) $(row app01 'exceptions | length')" "false 0"
is "hosts have the target of their group" "$(row web01 target) $(row dc01 target)" "2.0.9940.0 2.0.9938.0"
is "both are counted" "$(jq -c '[.summary.accepted, .summary.exceptions_expired]' "$work/out")" "[1,1]"
has "what expired shouts here, too" "$work/err" "EXPIRED on 2020-01-31"
exits "accepted is not compliant: the alarm rings" 1 stored report compliance --fail-on at-risk

exits "so it is on the page of the host" 0 stored show sql01
has "with its owner" "$work/out" "exception until 2099-12-31 (owner jane: goes away)"
exits "and one that expired" 0 stored show app01
has "is called so" "$work/out" "exception EXPIRED on 2020-01-31 (owner joe: forgotten)"

exits "what holds for a host is shown" 0 stored policy show web01 --json
is "with who said so" "$(jq -r '.values[] | select(.key == "dotnet" or .key == "target") | .value + " " + .from' "$work/out" |
	paste -sd,)" "2.0.9940.0 group web,4.5.2 group web"
exits "and for all" 0 stored policy show
has "with the file it came from" "$work/out" "$P"
has "its exceptions" "$work/out" "EXPIRED"

exits "later scans use it" 0 marshal scan web01 sql01
is "they do" "$(status_of sql01) $(status_of web01)" "at-risk behind"
exits "--target goes over the policy's, once" 0 marshal scan web01 --target 2.0.9938.0
has "and says so" "$work/err" "holds for this scan"
is "for the hosts looked at" "$(status_of web01)" compliant
exits "afterwards the policy holds again" 0 stored recheck
is "for all" "$(status_of web01)" behind

exits "a scan of all hosts" 0 marshal scan
has "tells exceptions that nobody needs: of a host that is gone" "$work/err" \
	"the exception of web77 from os.dotnet (owner joe) is not needed: the inventory has no such host"
hasnt "but none that covers something" "$work/err" "the exception of sql01 from"
exits "a scan of a few" 0 marshal scan sql01
hasnt "says nothing of them" "$work/err" "is not needed"

# the inventory puts it into another group: the group's policy holds for it no longer
edited 's/^    web:/    shop:/'
exits "a scan of another host" 0 marshal scan dc01
is "judges a host of another group again" "$(status_of web01)" at-risk
has "and says so" "$work/err" "1 host is described otherwise by the inventory, such as in other groups: judged again, 1 changed status"
exits "once" 0 marshal scan dc01
hasnt "alone" "$work/err" "described otherwise"
inventory=$F/inventory.yaml
exits "the old groups" 0 stored recheck -i "$inventory"
is "are taken back by recheck as well" "$(status_of web01)" behind

sed 's/dotnet: 4.8.1/dotnet: 4.8.2/' "$P" >"$work/wrong.yml"
exits "a mistake is wrong usage" 2 marshal scan --policy "$work/wrong.yml"
has "with its place" "$work/err" "wrong.yml:1:22: dotnet: '4.8.2': expected a version of .NET"
exits "from the environment, too" 2 env MARSHAL_POLICY="$work/wrong.yml" "$MARSHAL" --db "$DB" recheck
is "and what was remembered stays" "$(sql "select value from setting where name = 'policy-file'")" "$P"
exits "a policy is forgotten" 0 stored recheck --policy none
is "then the documented one holds" "$(status_of sql01) $(status_of web01)" "compliant compliant"
exits "a scan remembers one as well" 0 marshal scan web01 --policy "$P"
is "where none was it is not told" "$(grep -c 'remembered' "$work/err")" 0
sed 's/dotnet: 4.8.1/dotnet: 4.8/' "$P" >"$work/other.yml"
exits "and another" 0 marshal scan web01 --policy "$work/other.yml"
has "says that it replaces it" "$work/err" "the policy $work/other.yml replaces the remembered one"
exits "a scan forgets it" 0 marshal scan web01 --policy none
has "and says what ends" "$work/err" "the remembered policy is forgotten: 2 exceptions end"
exits "once" 0 marshal scan web01 --policy none
is "only" "$(grep -c 'remembered policy' "$work/err")" 0
sed 's/{host: web77, check: os.dotnet,/{group: web, check: os.clock,/' "$P" >"$work/idle.yml"
exits "an exception from what passes" 0 marshal scan --policy "$work/idle.yml"
has "covers nothing" "$work/err" "the exception of group web from os.clock (owner joe) is not needed: it covers nothing"
sed 's/{host: web77, check: os.dotnet,/{group: web, check: os.clok,/' "$P" >"$work/gone.yml"
exits "an exception from a check that there is not" 0 stored policy check "$work/gone.yml"
gone="the exception of group web from os.clok (owner joe) is not needed: there is no such check; did you mean 'os.clock'?"
has "is warned of" "$work/err" "$gone"
has "and counted" "$work/out" ": 2 groups, 1 graded check, 3 exceptions, 3 warnings"
exits "it is loaded" 0 stored recheck --policy "$work/gone.yml"
is "and told, once" "$(grep -cF "$gone" "$work/err")" 1
exits "every night goes on" 0 marshal scan
is "and tells it, once" "$(grep -cF "$gone" "$work/err")" 1
exits "reports" 0 stored report compliance
is "do not" "$(grep -cF "$gone" "$work/err")" 0
exits "it is forgotten" 0 stored recheck --policy none
exits "who changed it is in the trail" 0 test "$(sql "select count(*) from event where kind = 'policy'")" -eq 8
