#!/usr/bin/env bash
# What a wrong key costs: two sign-ins and no more; and servers that never answer hold up nobody.
. "$(dirname "$0")/fleetlib.sh"

fleet_start --hosts 100 --silent 30
log=$F/sshd.log
exits "100 servers, 30 never answer" 1 marshal scan --limit connect=3s --json
is "70 are seen" "$(summary '[.seen, .not_seen, .faults["no-answer"]] | join(" ")')" "70 30 30"
check "in the time of one" test "$(summary .took_ms)" -ge 3000 -a "$(summary .took_ms)" -lt 20000
exits "with fewer in flight they wait in turn" 1 marshal scan --limit connect=500ms --jobs 20 --json
is "and the others are seen" "$(summary .seen)" 70

# --- a key that nobody accepts ---------------------------------------------------------------
# sshd counts, and rejects
reread 's/^LogLevel .*/LogLevel VERBOSE/'
ssh-keygen -q -t ed25519 -N '' -f "$work/wrong"
edited '/ansible_port: [0-9]*, /d' "s|ansible_ssh_private_key_file: .*|ansible_ssh_private_key_file: $work/wrong|"
exits "70 servers and a wrong key" 1 marshal scan --json
is "two reject it, it is suspended for all others" \
	"$(summary '[.faults["sign-in-rejected"], .faults["credential-suspended"]] | join(" ")')" "2 68"
is "sshd was asked twice" "$(grep -c "^Failed publickey" "$log")" 2
exits "and is told so" 1 marshal scan
has "with who rejected it" "$work/out" "was rejected too often and is not offered any more; last: "
has "and the key" "$work/out" "key '$work/wrong' rejected by SSH-2.0-"

# --- servers that do not have the key of the others ------------------------------------------
edited '/ansible_port: [0-9]*, /d'
odd=$(sed -n 's/.*ansible_host: \([0-9.]*\),.*/\1/p' "$inventory" | tail -n 5 | paste -sd,)
reread "\$a Match LocalAddress $odd\nAuthorizedKeysFile none"
# they are the last of the inventory: begun once others have accepted the key, whoever is quick
exits "70 servers of which five reject the key" 1 marshal scan --json --jobs 20
is "the others are seen" "$(summary '[.seen, .faults["sign-in-rejected"]] | join(" ")')" "65 5"
exits "few at a time too" 1 marshal scan --json --jobs 2 dc\*
is "nothing is suspended" "$(summary '.faults | keys | join(" ")')" "sign-in-rejected"
