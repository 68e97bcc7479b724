#!/usr/bin/env bash
# Where keys come from: a file, an encrypted file and its passphrase, the key agent.
. "$(dirname "$0")/fleetlib.sh"

fleet_start --hosts 5
key=$F/id_ed25519
agent=$work/agent
start ssh-agent -D -a "$agent" >"$work/agent.out"
check "a key agent starts" within 10 test -S "$agent"
agent_has() { # KEY...
	SSH_AUTH_SOCK=$agent ssh-add -q -D 2>"$work/add"
	local name
	for name in "$@"; do
		SSH_AUTH_SOCK=$agent ssh-add -q "$name" 2>"$work/add" || cat "$work/add"
	done
}
with_agent() { SSH_AUTH_SOCK=$agent marshal "$@"; }
ssh-keygen -q -t ed25519 -N '' -f "$work/second"

# --- no key is named -------------------------------------------------------------------------
edited '/ansible_ssh_private_key_file:/d'
mkdir -p "$HOME/.ssh" && cp "$key" "$HOME/.ssh/id_ed25519"
exits "no key and no agent" 1 marshal scan
is "is the servers' fault, ~/.ssh is not tried" "$(sql "select distinct fault from host")" no-usable-key
has "with what to do" "$work/out" "set ansible_user and ansible_ssh_private_key_file, or load one key"
agent_has "$key"
exits "the agent's only key is used" 0 with_agent scan
agent_has "$key" "$work/second"
exits "of several none is chosen" 1 with_agent scan
is "but one is to be named" "$(sql "select distinct fault from host")" no-usable-key
has "with how many there are" "$work/out" "the key agent holds 2: name one"
agent_has
exits "an agent without keys" 1 with_agent scan
is "is no key" "$(sql "select distinct fault from host")" no-usable-key


# --- what is wrong with it is said, with a hint that fits -------------------------------------
has "without an agent that is said" <(marshal scan web01 2>&1) "there is no key agent (SSH_AUTH_SOCK is not set)"
SSH_AUTH_SOCK=$work/dead exits "an agent that is gone" 1 marshal scan web01
has "is named" "$work/out" "of the agent of SSH_AUTH_SOCK: key agent '$work/dead': No such file"
has "with what to do about it" "$work/out" "start the key agent again"

# --- a key is named --------------------------------------------------------------------------
ssh-keygen -q -p -P '' -N 'open sesame' -f "$key" >"$work/keygen"
inventory=$F/inventory.yaml
agent_has "$work/second"
SSH_AUTH_SOCK=$work/dead exits "an encrypted key and an agent that is gone" 1 marshal scan web01
has "both are said" "$work/out" "no terminal to ask for the passphrase; and of the agent of SSH_AUTH_SOCK: key agent '$work/dead'"
exits "an encrypted key without a terminal" 1 marshal scan
is "cannot be used" "$(sql "select distinct fault from host")" no-usable-key
cp "$key" "$work/locked"
ssh-keygen -q -p -P 'open sesame' -N '' -f "$key" >"$work/keygen"
agent_has "$work/second" "$key"
cp "$work/locked" "$key"
exits "the agent signs with the named one of several" 0 with_agent scan
printf 'PuTTY-User-Key-File-3: ssh-ed25519\r\nEncryption: none\r\n' >"$F/id_ed25519"
exits "a key of PuTTY" 1 marshal scan web01
has "is called so" "$work/out" "is in PuTTY's format"
has "with the way to convert it" "$work/out" "puttygen KEY.ppk -O private-openssh"
cp "$work/second.pub" "$F/id_ed25519"
exits "a public key in its place" 1 marshal scan web01
has "is called so" "$work/out" "holds a public key, and no private key"
has "with what to name" "$work/out" "name the file of its private half"
cp "$work/locked" "$key"
if ! command -v python3 >/dev/null; then
	skip "a passphrase is asked for on a terminal" "no python3"
	exit 0
fi
# types TEXT: marshal scan on a terminal of its own, TEXT typed whenever it asks, thrice at most.
types() {
	python3 "$root/tests/tools/typist.py" "assphrase for" "$1" "$1" "$1" -- "$MARSHAL" -i "$inventory" --db "$DB" scan >"$work/out" 2>&1
}
asked() { grep -ci "passphrase for" "$work/out"; }
check "a passphrase typed on the terminal opens the key" types 'open sesame'
is "it was asked for once, for five servers" "$(asked)" 1
hasnt "and is not shown" "$work/out" sesame
has "all are seen" "$work/out" "5 hosts: 5 seen"
has "with a progress line on the terminal" "$work/out" "scan: "
no() { ! "$@"; }
check "a wrong one does not" no types 'open barley'
hasnt "and is not shown" "$work/out" barley
is "the fault is the key's" "$(sql "select distinct fault from host")" no-usable-key
hasnt "the database holds neither" "$DB" sesame
