#!/usr/bin/env bash
# Plans that are stored: made, approved by their hash, started as they were approved or not at all, and which hosts
# leave one because they would be decided otherwise by then.
. "$(dirname "$0")/lib.sh"

if [ ! -x /usr/sbin/sshd ]; then
	skip "stored plans" "no /usr/sbin/sshd"
	exit 0
fi
fleet=$root/scripts/fleet
d=$work/fleet
at_end "$fleet" stop --dir "$d"
"$fleet" start --dir "$d" --hosts 8 >"$work/start" 2>&1 || { cat "$work/start"; exit 1; }
signed "$d"
sed 's/file01: {/file01: {marshal_skip: yes, /' "$d/inventory.yaml" >"$d/hosts.yaml"
export MARSHAL_INVENTORY=$d/hosts.yaml MARSHAL_DB=$work/marshal.db
set_state() { local h=$1; shift; "$fleet" set --dir "$d" "$h" "$@"; }
plan() { "$MARSHAL" upgrade plan "$@" --installer "$d/MARSAgentInstaller.exe" --include dpm; }
approve() { "$MARSHAL" upgrade approve "$@"; }
start() { "$MARSHAL" upgrade start "$@"; }
sql() { sqlite3 "$MARSHAL_DB" "$1"; }
outcome() { jq -r --arg h "$1" '.hosts[] | select(.host == $h) | .outcome' "$work/out"; }
decided() { sql "select coalesce(group_concat(word, ' '), '') from (select h.name || ':' || case when j.outcome = '' then j.state else j.outcome end as word
	from job j join host h on h.id = j.host join plan p on p.run = j.run where p.name = '$1' order by j.position)"; }
# types WORD COMMAND: on a terminal; what it says is in $work/out
types() { script -qec "stty cols 300; $2" /dev/null <<<"$1" >"$work/out" 2>&1 | cat; }

"$MARSHAL" scan all >"$work/scan" 2>&1
a=web01 b=app01 c=sql01
set_state "$a" agent.version=2.0.9070.0 install.seconds=1
set_state "$b" agent.version=2.0.9070.0 install.seconds=1
set_state "$c" agent.version=2.0.9938.0
"$MARSHAL" scan "$a" "$b" "$c" >"$work/scan" 2>&1

# --- made ----------------------------------------------------------------------------------------
exits "a plan is made" 0 plan "$a" "$b" "$c" file01 --name night --change CHG0042
check "and printed" grep -q "^$a  *upgrade" "$work/out"
check "with its hash" grep -qE "^plan night, hash [0-9a-f]{64}, expires 20" "$work/out"
is "every host is in it, excluded ones too" "$(decided night)" "$b:planned file01:excluded $c:current $a:planned"
exits "a second one of that name" 2 plan "$a" --name night
has "is told so in our words" "$work/err" "there is a plan 'night' already"
for name in 20261130-7c3e last -x 'a b'; do
	exits "no plan is called '$name'" 2 plan "$a" "--name=$name"
done
exits "nor made of hosts that are current" 2 plan "$c"
has "which is said" "$work/err" "no host of these would be upgraded"
exits "it is no run" 2 "$MARSHAL" report run last
has "and not the last one" "$work/err" "there is no run yet"
exits "it is shown as what it is" 0 "$MARSHAL" report run night
has "with its state" "$work/out" "state: planned"
has "and the change" "$work/out" "CHG0042"
exits "nobody goes on with it" 2 "$MARSHAL" upgrade resume night
has "it did not begin" "$work/err" "is a plan, which did not begin"
exits "it stopped nothing" 2 "$MARSHAL" upgrade restore night --yes

# --- approved --------------------------------------------------------------------------------------
exits "one that nobody approved is not started" 2 start night --yes
has "and said" "$work/err" "plan 'night' is not approved"
hash=$(sql "select hash from plan where name = 'night'")
exits "without a terminal nobody is asked" 2 approve night
types "${hash:0:11}" "$MARSHAL upgrade approve night"
has "other digits do not approve it" "$work/out" "not confirmed"
is "it is not" "$(sql "select approved_by from plan where name = 'night'")" ""
types "${hash:0:12}" "$MARSHAL upgrade approve night"
has "its own do" "$work/out" "is approved by $(id -un)"
is "who did is kept" "$(sql "select approved_by, approved_hash = hash from plan where name = 'night'")" "$(id -un)|1"
exits "once is enough" 2 approve night --yes
has "it is said by whom" "$work/err" "approved already, by $(id -un)"
exits "another inventory is refused" 2 start night --yes -i "$d/inventory.yaml"

# --- changed since ---------------------------------------------------------------------------------
reason=$(sql "select reason from job where outcome = 'current'")
sql "update job set reason = 'x' where outcome = 'current'"
exits "one whose rows were changed is not started" 2 start night --yes
has "and said" "$work/err" "somebody changed its rows"
sql "update job set reason = '$reason' where outcome = 'current'"
cp "$d/MARSAgentInstaller.exe" "$work/installer.exe"
printf x >>"$work/installer.exe"
exits "nor with another installer" 2 start night --yes --installer "$work/installer.exe"
has "and said" "$work/err" "SHA-256"
echo 'thresholds: {clock-warn: 2m}' >"$work/policy.yaml"
"$MARSHAL" recheck --policy "$work/policy.yaml" >"$work/recheck" 2>&1
exits "nor under another policy" 2 start night --yes
has "and said" "$work/err" "under another policy"
"$MARSHAL" recheck --policy none >"$work/recheck" 2>&1
expires=$(sql "select expires_utc_ms from plan where name = 'night'")
sql "update plan set expires_utc_ms = 1000 where name = 'night'"
exits "nor when it has expired" 2 start night --yes
has "and said" "$work/err" "expired at 1970"
sql "update plan set expires_utc_ms = $expires where name = 'night'"

# --- started ---------------------------------------------------------------------------------------
exits "what changes nothing in the decisions counts for nothing" 0 "$MARSHAL" scan "$a" "$b"
set_state "$b" agent.version=2.0.9938.0
"$MARSHAL" scan "$b" >"$work/scan" 2>&1
exits "it is started" 0 start night --yes --json
has "a host that is current by now leaves it" "$work/err" "$b: leaves the plan: decided otherwise"
is "the others are upgraded" "$(outcome "$a")" upgraded
is "that one is what it is" "$(outcome "$b")" current
is "and the excluded one stays so" "$(outcome file01)" excluded
exits "it is the last run now" 0 "$MARSHAL" report run last --json
is "begun when it was started" "$(jq -r '[.summary.state, (.summary.trail | map(.what) | .[0], .[-1])] | join(" ")' "$work/out")" "done planned done"
exits "it is not started again" 2 start night --yes
has "which run it is is said" "$work/err" "was started: it is run "
exits "nor dropped" 2 "$MARSHAL" upgrade drop night

# --- what was not to be changed -----------------------------------------------------------------------------
set_state sql02 agent.version=2.0.9070.0 install.seconds=1 backup.running=true backup.source=ob-job
set_state file02 agent.version=2.0.9070.0
"$MARSHAL" scan sql02 file02 >"$work/scan" 2>&1
exits "a plan where a backup is in the way of one" 0 plan sql02 file02 --name backup
is "which it will not change" "$(decided backup)" "file02:planned sql02:blocked-now"
exits "is approved" 0 approve backup --yes
exits "and started" 1 start backup --yes --json
set_state sql02 backup.running=false
hasnt "and nobody is told to go on" "$work/err" "go on with"
exits "a resume" 1 "$MARSHAL" upgrade resume last --yes
is "does not change what nobody approved" "$(decided backup)" "file02:upgraded sql02:blocked-now"

# --- where another way leads there -----------------------------------------------------------------
set_state "$a" agent.version=2.0.9070.0
set_state "$b" agent.version=2.0.9070.0
"$MARSHAL" scan "$a" "$b" >"$work/scan" 2>&1
exits "another plan" 0 plan "$a" "$b" --json
name=$(jq -r .plan "$work/out")
is "called as its run" "$name" "$(jq -r .run "$work/out")"
exits "is approved" 0 approve "$name" --yes
sed -i "s/$b: {/$b: {ansible_user: somebody, /" "$d/hosts.yaml"
types 1 "$MARSHAL upgrade start $name"
has "a host to which another way leads leaves it" "$work/out" "$b: leaves the plan: the inventory has another address or way"
has "and the question counts the rest" <(tr -s "\r\n " " " <"$work/out") "1 host will be changed"
has "which is begun" "$work/out" "run $name done: 1 upgraded, 1 blocked"

# --- what changed while the question stood -----------------------------------------------------------------
set_state web02 agent.version=2.0.9070.0
set_state file02 agent.version=2.0.9070.0
"$MARSHAL" scan web02 file02 >"$work/scan" 2>&1
exits "a plan of two" 0 plan web02 file02 --name asked
exits "is approved" 0 approve asked --yes
# [verb=stage] asked ANSWER CHANGE...: the question of `start`, a change while it stands, and its answer
asked() {
	local answer=$1 status
	shift
	rm -f "$work/out"
	mkfifo "$work/keys"
	script -qec "$MARSHAL upgrade ${verb:-start} asked" /dev/null <"$work/keys" >"$work/out" 2>&1 &
	exec 7>"$work/keys"
	within 20 grep -q 'Type that' "$work/out" || not_ok "it asks"
	"$@" >"$work/change" 2>&1
	echo "$answer" >&7
	wait $!
	status=$?
	exec 7>&-
	rm "$work/keys"
	return $status
}
asked 2 "$MARSHAL" recheck --policy "$work/policy.yaml"
has "a policy that came meanwhile refuses it" "$work/out" "under another policy"
"$MARSHAL" recheck --policy none >"$work/recheck" 2>&1
verb=stage asked 2 "$MARSHAL" recheck --policy "$work/policy.yaml"
has "and to stage its hosts" "$work/out" "under another policy"
"$MARSHAL" recheck --policy none >"$work/recheck" 2>&1
verb=stage asked 2 true
has "which is done where nothing changed" "$work/out" "2 staged"
asked 2 sed -i 's/web02: {/web02: {marshal_skip: yes, /' "$d/hosts.yaml"
has "a host that was taken out meanwhile leaves it" "$work/out" "web02: leaves the plan: decided otherwise"
has "the other is upgraded" "$work/out" "done: 1 upgraded, 1 excluded"

# --- dropped -----------------------------------------------------------------------------------------------
set_state "$b" agent.version=2.0.9070.0
exits "a third" 0 plan "$b" --name later
exits "is dropped" 0 "$MARSHAL" upgrade drop later
exits "and gone" 2 approve later --yes
exits "its name is free" 0 plan "$b" --name later
exits "the last run is that which was begun last" 0 "$MARSHAL" report run last --json
is "and no plan" "$(jq -r .summary.run "$work/out")" "$(sql "select r.name from run r join plan p on p.run = r.id where p.name = 'asked'")"
# --- why it was, or was not, upgraded --------------------------------------------------------------------------
why() { "$MARSHAL" why "$@"; }
exits "why a host was upgraded" 0 why file02
has "is said with its run" "$work/out" "file02: upgraded, in run "
has "and each move" "$work/out" "installing"
exits "why one was not" 0 why web02
has "is said, too" "$work/out" "web02: excluded, in run "
has "with the reason" "$work/out" "why: decided otherwise than when it was planned: marshal_skip"
has "and the move" "$work/out" "left-plan"
exits "one that waits in a plan" 0 why "$b" --json
is "is told so" "$(jq -r '[.what, .state, .in_last_run] | join(" ")' "$work/out")" "to be upgraded planned false"
exits "one that nothing ever had" 0 why dc01
has "is told that" "$work/out" "no run and no plan ever had it"
has "and that the last run had not" "$work/out" "did not have it"
exits "one that nobody knows" 2 why nobody

# --- another login -------------------------------------------------------------------------------
echo "plan-expires: 2d" >"$work/policy.yml"
"$MARSHAL" recheck --policy "$work/policy.yml" >"$work/out" 2>&1
set_state "$a" agent.version=2.0.9070.0
"$MARSHAL" scan "$a" >"$work/scan" 2>&1
exits "where the policy says for how long" 0 plan "$a" --name short
is "a plan may be started" "$(sql "select (expires_utc_ms - r.begun_utc_ms) / 3600000 from plan p join run r on r.id = p.run where p.name = 'short'")" 48
echo "approval: another-login" >"$work/policy.yml"
"$MARSHAL" recheck --policy "$work/policy.yml" >"$work/out" 2>&1
exits "the policy wants another login: no upgrade goes without a plan" 2 "$MARSHAL" upgrade "$a" --installer "$d/MARSAgentInstaller.exe" --yes
has "and what to do is said" "$work/err" "store a plan with \`marshal upgrade plan\`"
exits "a run goes on no less carefully than it was approved" 2 "$MARSHAL" upgrade resume last --yes --parallel 11
has "which is said" "$work/err" "with this --parallel run "
exits "nor outside its windows" 2 "$MARSHAL" upgrade resume last --yes --ignore-windows
exits "nor does it forget what failed" 2 "$MARSHAL" upgrade resume last --yes --reset
exits "more carefully it may" 0 "$MARSHAL" upgrade resume last --yes --parallel 2 --max-failures 1
exits "a dry run goes" 0 "$MARSHAL" upgrade "$a" --installer "$d/MARSAgentInstaller.exe" -n
set_state "$a" agent.version=2.0.9070.0
"$MARSHAL" scan "$a" >"$work/scan" 2>&1
exits "a plan is made" 0 plan "$a" --name two
exits "who made it cannot approve it" 2 approve two --yes
has "which is said" "$work/err" "the policy wants another login to approve it"
if [ "$(cat /proc/self/loginuid 2>/dev/null)" = 4294967295 ]; then
	SUDO_USER=jane exits "another can" 0 approve two --yes
	has "by name" "$work/err" "plan two is approved by jane"
else
	skip "another login approves a plan" "who signed in here cannot be another"
fi
