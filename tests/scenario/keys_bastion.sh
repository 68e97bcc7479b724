#!/usr/bin/env bash
# Host keys of servers behind a bastion: its own is collected and approved first, then theirs through it.
. "$(dirname "$0")/fleetlib.sh"

fleet_start --hosts 3 --way bastion
edited 's/marshal_known_hosts: .*/marshal_known_hosts: mine/'
mine=$F/mine
exits "behind a bastion that nobody knows no key is collected" 1 marshal keys scan
has "but its own" "$work/out" "4 hosts: 1 new, 0 changed, 0 revoked, 0 as known, 3 not reached"
has "which is the cause" "$work/out" host-key-unknown
check "nothing is trusted by that" test ! -e "$mine"
exits "it is approved" 0 marshal keys approve --yes
is "it alone" "$(wc -l <"$mine")" 1
exits "then theirs are collected through it" 0 marshal keys scan
has "all of them" "$work/out" "4 hosts: 3 new, 0 changed, 0 revoked, 1 as known, 0 not reached"
exits "and approved" 0 marshal keys approve --yes
is "under their own names" "$(sort "$mine" | cut -d' ' -f1-3)" "$(sort "$F/known_hosts" | cut -d' ' -f1-3)"
exits "a scan takes them" 0 marshal scan
