#!/usr/bin/env bash
# Host keys: learnt when asked to, checked ever after; a changed one is an error in every case.
. "$(dirname "$0")/fleetlib.sh"

fleet_start --hosts 5
edited 's/marshal_known_hosts: .*/marshal_known_hosts: mine/'
mine=$F/mine
servers=$([ "${FLEET_WAY:-}" = bastion ] && echo 6 || echo 5)           # and the bastion
exits "no key is known" 1 marshal scan
is "so nobody is signed in to" "$(sql "select distinct fault from host")" host-key-unknown
has "the key is shown" "$work/out" "ED25519 key SHA256:"
has "and where it is missed" "$work/out" "is not in $mine"
has "and what to do" "$work/out" "--host-key accept-new once"
check "nothing is learnt" test ! -e "$mine"
exits "they are learnt when asked to" 0 marshal scan --host-key accept-new
is "a line a server" "$(grep -c ssh-ed25519 "$mine")" "$servers"
is "as OpenSSH would write them" "$(sort "$mine" | cut -d' ' -f1-3)" "$(sort "$F/known_hosts" | cut -d' ' -f1-3)"
exits "from then on they are known" 0 marshal scan
exits "and nothing is learnt twice" 0 marshal scan --host-key accept-new
is "still as many" "$(wc -l <"$mine")" "$servers"

# --- a changed key ---------------------------------------------------------------------------
web=$(sed -n 's/.*web01: {ansible_host: \([0-9.]*\),.*/\1/p' "$inventory")
line=$(grep -nF "[$web]:" "$mine" | cut -d: -f1)
ssh-keygen -q -t ed25519 -N '' -f "$work/other"
sed -i "${line}s|ssh-ed25519 .*|$(cut -d' ' -f1,2 "$work/other.pub")|" "$mine"
cp "$mine" "$work/changed"
since=$(date -u +%Y-%m-%dT%H:)
for policy in strict accept-new; do
	exits "a changed key is an error: $policy" 1 marshal scan --host-key "$policy"
	is "of that server alone" "$(sql "select name || ' ' || fault from host where fault <> ''")" "web01 host-key-changed"
	has "with file and line, and the old key" "$work/out" "is not the one in $mine line $line, $(ssh-keygen -l -f "$work/other.pub" | cut -d' ' -f2)"
	has "and since when" "$work/out" "not the known one at every look since $since"
	has "beside the new one" "$work/out" "ED25519 key $(ssh-keygen -l -f "$F/host_key.pub" | cut -d' ' -f2)"
	check "and the file is left alone" cmp "$mine" "$work/changed"
	sqlite3 "$DB" "update look set utc_ms = utc_ms - 30 * 86400000"
	since=$(sql "select strftime('%Y-%m-%dT%H:%M:%SZ', min(utc_ms) / 1000, 'unixepoch') from look where fault = 'host-key-changed'")
done
sed "${line}d" "$work/changed" >"$mine"
printf '@revoked * %s\n' "$(cut -d' ' -f1,2 "$F/host_key.pub")" >>"$mine"
exits "a revoked key is refused" 1 marshal scan --host-key accept-new web01
has "with file and line" "$work/out" "is revoked by $mine line $servers"

# --- host certificates -----------------------------------------------------------------------
{ printf '\n@cert-authority *,[%s]:* ' "$web"; cut -d' ' -f1,2 "$work/other.pub"; } >"$mine"
exits "an authority stands for no key" 1 marshal scan web01
has "which is said when the file is read" "$work/err" "$mine:2: host certificates are not supported: @cert-authority (1 line) has no effect"
has "and of the host" "$work/out" "$mine line 2 trusts an authority for this host: host certificates are not supported"

# --- where they are --------------------------------------------------------------------------
edited '/marshal_known_hosts:/d'
exits "the user's own file is the default" 1 marshal scan
has "and named" "$work/out" "is not in $HOME/.ssh/known_hosts"
exits "it is made when keys are learnt" 0 marshal scan --host-key accept-new
is "for its user alone" "$(stat -c %a "$HOME/.ssh" "$HOME/.ssh/known_hosts" | tr '\n' ' ')" "700 600 "
exits "--known-hosts is another" 1 marshal scan --known-hosts "$work/none"
has "and named" "$work/out" "is not in $work/none"
cp "$F/known_hosts" "$work/hashed"
ssh-keygen -q -H -f "$work/hashed" >"$work/keygen" 2>&1
exits "with hashed names too" 0 marshal scan --known-hosts "$work/hashed"

# --- while a scan runs ----------------------------------------------------------------------
cp "$F/known_hosts" "$work/current"
first=$(sed -n 's/^ *\([a-z]*[0-9]*\): {ansible_host.*/\1/p' "$inventory" | sort | head -n 1)
set_state "$first" faults.all=hang
marshal scan --known-hosts "$work/current" --jobs 1 --limit probe=4s --json >"$work/out" 2>"$work/err" &
scanning=$!
within 10 pgrep -f "simhost --serve $F" >"$work/asked"
printf '@revoked * %s\n' "$(cut -d' ' -f1,2 "$F/host_key.pub")" >>"$work/current"
wait "$scanning"
is "a key that is revoked meanwhile is refused from then on" \
	"$(summary '[.seen, .faults["time-limit"], .faults["host-key-changed"]] | join(" ")')" "0 1 4"
