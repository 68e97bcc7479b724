#!/usr/bin/env bash
# Host keys as a change request: collected without a sign-in, shown, approved or revoked by people.
. "$(dirname "$0")/fleetlib.sh"

fleet_start --hosts 4
edited 's/marshal_known_hosts: .*/marshal_known_hosts: mine/' '/ansible_user:/d' '/ansible_ssh_private_key_file:/d'
mine=$F/mine pending=$F/mine.pending
print=$(ssh-keygen -l -f "$F/host_key.pub" | cut -d' ' -f2)
ssh-keygen -q -t ed25519 -N '' -f "$work/other"
other=$(ssh-keygen -l -f "$work/other.pub" | cut -d' ' -f2)
web=$(sed -n 's/.*web01: {ansible_host: \([0-9.]*\),.*/\1/p' "$inventory")
known_as=$(grep -oF "[$web]:" "$F/known_hosts" | head -n 1)$(sed -n "s/.*\[$web\]:\([0-9]*\).*/\1/p" "$F/known_hosts" | head -n 1)
typed() { script -qec "$1" /dev/null <<<"$2" | tr -d '\r'; }
cell() { jq -r ".[] | select(.host == \"web01\") | .$1" "$work/out"; }

# --- collected, and trusted by nobody ---------------------------------------------------------
exits "nothing is pending at first" 0 marshal keys pending
is "so nothing is shown" "$(cat "$work/out")" ""
exits "keys are collected without a user or a key" 0 marshal keys scan
has "all are new" "$work/out" "4 hosts: 4 new, 0 changed, 0 revoked, 0 as known, 0 not reached"
check "known_hosts is not made" test ! -e "$mine"
is "a key a host is pending, of the server's own" "$(ssh-keygen -l -f "$pending" | cut -d' ' -f2 | sort | uniq -c | xargs)" "4 $print"
exits "a scan trusts none of them" 1 marshal scan
first=$(grep -F "$known_as" "$pending" | grep -o 'first=[^ ]*')
exits "collected again" 0 marshal keys scan --json
is "all are new as before" "$(jq -c '[.new, .same, .not_reached]' "$work/out")" '[4,0,0]'
is "since the same time" "$(grep -F "$known_as" "$pending" | grep -o 'first=[^ ]*')" "$first"

# --- shown --------------------------------------------------------------------------------------
exits "pending keys are shown" 0 marshal keys pending
has "with the fingerprint" "$work/out" "$print"
exits "as CSV" 0 marshal keys pending --format csv
cp "$work/out" "$work/pending.csv"
is "a line a host" "$(wc -l <"$work/out")" 5
has "with all columns" "$work/out" "host,address,port,type,fingerprint,known,recorded,place,listed,first_seen,last_seen"
exits "as JSON" 0 marshal keys pending --format json
is "with what known_hosts says" "$(cell known) $(cell type) $(cell fingerprint) $(cell recorded)" "new ssh-ed25519 $print null"
{ echo host,fingerprint; echo "web01,$print"; echo "APP01,$other"; } >"$work/list.csv"
exits "beside a list" 0 marshal keys pending --from "$work/list.csv" --format json
is "which agrees, differs or does not have it" "$(jq -r '.[].listed' "$work/out" | sort | uniq -c | xargs)" \
	"1 agrees 1 differs 2 not-listed"
exits "its own CSV is a list too" 0 marshal keys pending --from "$work/pending.csv" --format json
is "which agrees" "$(jq -r '.[].listed' "$work/out" | sort -u)" agrees
echo host,key >"$work/bad.csv"
exits "a list without the columns is none" 2 marshal keys pending --from "$work/bad.csv"
exits "nor is there such a format" 2 marshal keys pending --format xml

# --- approved -----------------------------------------------------------------------------------
exits "nobody is there to confirm" 2 marshal keys approve
check "so nothing is approved" test ! -e "$mine"
is "another number approves nothing" "$(MARSHAL_INVENTORY=$inventory typed "$MARSHAL keys approve web01" 2 | grep -c 'not confirmed')" 1
check "and writes nothing" test ! -e "$mine"
has "the fingerprint is shown before" <(MARSHAL_INVENTORY=$inventory typed "$MARSHAL keys approve web01" 1) "$print"
is "the right one does" "$(grep -cF "$known_as" "$mine")" 1
is "for its user alone" "$(stat -c %a "$mine")" 600
exits "approved keys are not pending" 0 marshal keys pending --format json
is "the others are" "$(jq length "$work/out")" 3
exits "a list approves what it has, and some are left" 1 marshal keys approve --yes --from "$work/list.csv"
has "why is said: another" "$work/err" "app01: not approved: its key $print is another than the list has"
has "or none" "$work/err" "is not in the list"
is "which is none of them" "$(wc -l <"$mine")" 1
exits "the rest by hand" 0 marshal keys approve --yes
is "a line a host, as OpenSSH has it" "$(sort "$mine" | cut -d' ' -f1-3)" "$(sort "$F/known_hosts" | cut -d' ' -f1-3 | head -n 4)"
check "nothing is pending any more" test ! -e "$pending"
exits "all are as known then" 0 marshal keys scan
has "which is said" "$work/out" "4 hosts: 0 new, 0 changed, 0 revoked, 4 as known"

# --- changed ------------------------------------------------------------------------------------
line=$(grep -nF "$known_as " "$mine" | cut -d: -f1)
sed -i "${line}s|ssh-ed25519 .*|$(cut -d' ' -f1,2 "$work/other.pub")|; ${line}s|^|alias,|" "$mine"
cp "$mine" "$work/before"
exits "a changed key is an alarm" 1 marshal keys scan
has "with file, line and both fingerprints" "$work/err" "web01: ssh-ed25519 key $print is not the one in $mine line $line, $other; shown since 2"
exits "it is shown" 0 marshal keys pending --format json
is "with the line that says otherwise" "$(cell known) $(cell recorded) $(cell file) $(cell line)" "changed $other $mine $line"
exits "it is not approved among others" 1 marshal keys approve --yes
has "and why" "$work/err" "find out why, then name the host with --changed"
exits "nor as one of a pattern" 1 marshal keys approve --yes --changed 'web*'
exits "nor by --changed alone" 1 marshal keys approve --yes --changed
check "known_hosts is as it was" cmp "$mine" "$work/before"
mkdir "$F/real" && mv "$mine" "$F/real/hosts" && ln -s real/hosts "$mine"
exits "by its name it is" 0 marshal keys approve --yes --changed web01
check "the file before is kept" cmp "$F/real/hosts.old" "$work/before"
has "and where, beside what a link leads to" "$work/err" "which $F/real/hosts.old has"
rm "$mine" && mv "$F/real/hosts" "$mine"
is "the old line keeps its other names alone" "$(grep -F "$(cut -d' ' -f2 "$work/other.pub")" "$mine" | cut -d' ' -f1)" alias
exits "the host is as known again" 0 marshal keys scan web01

# --- one that cannot be approved ----------------------------------------------------------------
first=$(sed -n 's/^ *\([a-z]*[0-9]*\): {ansible_host.*/\1/p' "$inventory" | head -n 1)
at=$(sed -n "s/.* $first: {ansible_host: \([0-9.]*\),.*/\1/p" "$inventory")
cp "$mine" "$work/whole"
printf '[%s]:* %s\n' "$at" "$(cut -d' ' -f1,2 "$work/other.pub")" >"$mine"
exits "one is changed by a pattern, three are new" 1 marshal keys scan
exits "the pattern is not changed" 1 marshal keys approve --yes --changed "$first" all
has "which is said" "$work/err" "$first: "
is "the others are approved behind it" "$(wc -l <"$mine") $(grep -vc "^#" "$pending")" "4 1"
mv "$work/whole" "$mine"
rm -f "$pending" "$mine.old"

# --- hashed names -------------------------------------------------------------------------------
ssh-keygen -q -H -f "$mine" >"$work/keygen" 2>&1
rm -f "$mine.old"
ssh-keygen -q -R "$known_as" -f "$mine" >"$work/keygen" 2>&1
exits "one host is new to a hashed file" 0 marshal keys scan
has "it alone" "$work/out" "4 hosts: 1 new, 0 changed, 0 revoked, 3 as known"
exits "approved" 0 marshal keys approve --yes
check "its name is hashed too" bash -c "! grep -qF '$web' '$mine' && ssh-keygen -F '$known_as' -f '$mine' >/dev/null"

# --- revoked ------------------------------------------------------------------------------------
exits "a key is revoked by a host's name" 0 marshal keys revoke web01 --yes
is "a line for every name" "$(grep @revoked "$mine")" "@revoked * $(cut -d' ' -f1,2 "$F/host_key.pub")"
exits "which a scan heeds" 1 marshal keys scan web01
has "and tells" "$work/err" "web01: ssh-ed25519 key $print is revoked by $mine line"
exits "it is never approved" 1 marshal keys approve --yes --changed web01
check "ssh heeds it too" bash -c "ssh -o UserKnownHostsFile='$mine' -o GlobalKnownHostsFile=/dev/null -o BatchMode=yes \
	-p '${known_as##*:}' '$web' true 2>&1 | grep -qi revoked"
sed -i /@revoked/d "$mine"
exits "by its fingerprint" 0 marshal keys revoke "$print" --yes
is "as well" "$(grep -c '^@revoked \* ' "$mine")" 1
exits "one that nobody has is no key" 2 marshal keys revoke SHA256:none --yes
exits "nobody is there to confirm" 2 marshal keys revoke web01
sed -i /@revoked/d "$mine"

# --- who is in flight ---------------------------------------------------------------------------
port=$("$SIMHOST" --free-ports 1)
python3 -c 'import socket, sys, time
s = socket.create_server(("", int(sys.argv[1]))); time.sleep(60)' "$port" &
silent=$!
at_end kill "$silent"
check "a server that says nothing" within 10 bash -c ": </dev/tcp/127.0.0.1/$port"
edited 's/marshal_known_hosts: .*/marshal_known_hosts: mine/' "s/web01: {/&ansible_port: $port, /"
MARSHAL_INVENTORY=$inventory "$MARSHAL" keys scan web01 --limit handshake=1m >"$work/out" 2>"$work/err" &
waiting=$!
check "a scan of keys minds who asks" within 20 minds_usr1 $waiting
check "who is told the hosts in flight" within 20 told_by $waiting "web01: handshake, until"
has "and how far it is" "$work/err" "keys scan: 0 of 1, 0 failed, 1 in flight"
kill -TERM $waiting
wait $waiting

# --- not reached --------------------------------------------------------------------------------
edited 's/marshal_known_hosts: .*/marshal_known_hosts: mine/' "s/web01: {/&ansible_port: $("$SIMHOST" --free-ports 1), /"
exits "a host that is not reached is told" 1 marshal keys scan
has "by its fault" "$work/out" refused
has "beside the others" "$work/out" "4 hosts: 0 new, 0 changed, 0 revoked, 3 as known, 1 not reached"

# --- no way ---------------------------------------------------------------------------------------
edited 's/marshal_known_hosts: .*/marshal_known_hosts: mine/' "s/web01: {/&ansible_connection: docker, /"
exits "a host without SSH or WinRM is not asked" 0 marshal keys scan
has "and named" "$work/out" "not asked (neither SSH nor WinRM): web01"
