#!/usr/bin/env bash
# inventories.sh - inventories in every form that people have are to marshal what they are to Ansible:
# the same hosts, groups and variables. A set of our own, and some made at random, each also as
# Ansible itself writes it with --list.
. "$(dirname "$0")/lib.sh"

if ! command -v ansible-inventory >/dev/null || ! command -v python3 >/dev/null; then
	skip "inventories are to marshal what they are to Ansible" "ansible-inventory is not installed"
	exit 0
fi
export ANSIBLE_HOME=$work/ansible ANSIBLE_LOCAL_TEMP=$work/ansible/tmp ANSIBLE_CONFIG=$work/ansible.cfg
: >"$work/ansible.cfg"
export LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1
compare() { python3 "$root/tests/tools/inventories.py" "$@"; }

mkdir "$work/own" "$work/random"
compare own "$work/own" >"$work/said"
while IFS=$'\t' read -r name said; do
	is "$name" "$said" ok
done <"$work/said"
check "the whole set was compared" test "$(wc -l <"$work/said")" -ge 29

# MARSHAL_SEED=N shows one again
seed=${MARSHAL_SEED:-$((RANDOM * 1000))}
echo "seed $seed"
compare random "$work/random" "$seed" "${MARSHAL_INVENTORIES:-8}" >"$work/said"
while IFS=$'\t' read -r name said; do
	is "$name" "$said" ok
done <"$work/said"
check "all at random were compared" test "$(wc -l <"$work/said")" -eq "${MARSHAL_INVENTORIES:-8}"

# what is never dialled stays so beside a file that nobody opened, and is told with its own reason
mkdir -p "$work/never/group_vars"
printf '$ANSIBLE_VAULT;1.1;AES256\n6132\n' >"$work/never/group_vars/all.yml"
printf '%s\n' "sw ansible_connection=network_cli" "localhost ansible_connection=local" "away marshal_skip=yes" >"$work/never/f.ini"
never() { MARSHAL_DB=$work/never.db "$MARSHAL" "$@" -i "$work/never/f.ini"; }
exits "a check" 0 never inventory check
hasnt "tells of no fault of hosts that are passed over" "$work/err" "fault unresolved-variable"
has "and of the one that has a fault" "$work/err" "host sw: ansible_connection 'network_cli' is not supported"
exits "a scan of what is passed over" 0 never scan localhost away
has "says why" "$work/out" "2 skipped (1 marshal_skip, 1 connection local without marshal_program)"
printf '%s\n' "web ansible_user=u" >>"$work/never/f.ini"
exits "a scan of one that its file may lead to" 1 never scan web
has "says what opens whole files" "$work/out" "in \$ANSIBLE_VAULT_PASSWORD_FILE (for whole files that alone counts)"
has "and what does without" "$work/out" "say marshal_without_vaulted: yes"
exits "show" 0 never show web
has "has both too" "$work/out" "marshal_without_vaulted: yes"
exits "a scan of keys" 0 never keys scan localhost
has "says so too" "$work/out" "1 skipped (connection local without marshal_program)"
exits "doctor asks it nothing" 0 never doctor localhost
has "and says so" "$work/out" "connection local without marshal_program"
exits "show" 0 never show localhost
has "has the reason" "$work/out" "excluded (connection local without marshal_program)"
exits "a service is not started there" 1 never upgrade restore localhost --yes
has "for the same reason" "$work/out" "left out: the inventory says connection local without marshal_program"

# what is vaulted, opened by Ansible's own program where its password is named
if ! command -v ansible-vault >/dev/null; then
	skip "vaulted addresses and files" "no ansible-vault (package ansible-core)"
	exit 0
fi
v=$work/vaulted
marshal() { "$MARSHAL" "$@"; }
mkdir -p "$v/group_vars/w" "$v/host_vars"
(umask 077; echo "Vault-$RANDOM" >"$v/password"; echo other >"$v/wrong")
hidden() { ansible-vault encrypt_string --vault-password-file "$v/password" --stdin-name "$1" 2>"$work/vault.log"; echo; }
{ printf %s 10.9.8.7 | hidden ansible_host; printf %s svc-x | hidden ansible_user; } >"$v/host_vars/one.yml"
printf 'ansible_host: 10.6.5.4\nansible_password: Geheim-1\nnote: innen\n' >"$work/plain"
ansible-vault encrypt --vault-password-file "$v/password" --output "$v/host_vars/two.yml" "$work/plain" 2>"$work/vault.log"
printf '[w]\none\ntwo ansible_user=u\nthree ansible_host=10.1.1.1 ansible_user=u\n' >"$v/f.ini"
export MARSHAL_INVENTORY=$v/f.ini MARSHAL_DB=$work/vaulted.db
of() { marshal inventory show "$1" --json | jq -r "$2"; }

exits "without a password" 1 marshal inventory check
is "a file that is encrypted as a whole is one line" "$(grep -c host_vars/two.yml "$work/err")" 1
has "with what may be missing" "$work/err" "host two may get address or way from there: 1 host (first two) not dialled, fault unresolved-variable"
has "those hosts are unresolved" "$work/out" "unresolved 2"
is "also one whose file is encrypted as a whole" "$(of two .unresolved)" \
	"$v/host_vars/two.yml is vaulted as a whole, and no vault password opens it"
is "and one whose address is" "$(of one .unresolved)" \
	"ansible_host is vaulted, and no vault password file is known; ansible_user is vaulted, and no vault password file is known"
exits "a scan of both" 1 marshal scan one two
has "dials neither" "$work/out" "2 hosts: 0 seen, 2 not seen"
exits "nor does doctor" 1 marshal doctor two
has "which says why" "$work/out" "vaulted as a whole"
exits "nor a scan of keys" 1 marshal keys scan two
has "and named" "$work/out" "not asked (unresolved-variable, marshal inventory check says why): two"

export ANSIBLE_VAULT_PASSWORD_FILE=$v/password
exits "with the password" 0 marshal inventory check
has "none is" "$work/out" "unresolved 0"
hasnt "and nothing stands in clear" "$work/err" "in clear"
is "the address is what was encrypted" "$(of one '.address + " " + .user')" "10.9.8.7 svc-x"
is "and what the file says" "$(of two '.address + " " + .password')" "10.6.5.4 (vaulted)"
exits "its variables" 0 marshal inventory show two
hasnt "are not shown" "$work/out" innen
hasnt "nor the password" "$work/out" Geheim
ANSIBLE_VAULT_PASSWORD_FILE=$v/wrong exits "with a wrong one" 1 marshal inventory check
has "they are unresolved again" "$work/out" "unresolved 2"
has "with what ansible-vault says" "$work/err" "Decryption failed"
unset ANSIBLE_VAULT_PASSWORD_FILE
(umask 077; echo "marshal_vault_password_file: ../password" >"$v/host_vars/one.more.yml"
	mkdir "$v/host_vars/one"; mv "$v/host_vars/one.yml" "$v/host_vars/one/a.yml"; mv "$v/host_vars/one.more.yml" "$v/host_vars/one/b.yml")
sed -i "s|[.][.]/password|$v/password|" "$v/host_vars/one/b.yml"
is "a host may name it itself" "$(of one .address)" 10.9.8.7

# --- names that commands have -------------------------------------------------------------------------
printf 'web01\n[release]\nplan\n' >"$work/verbs.ini"
exits "hosts and groups that are called like a command are an error" 2 "$MARSHAL" -i "$work/verbs.ini" inventory check
has "a host" "$work/err" "a host is called 'plan', which is a command behind \`marshal upgrade\`: rename it, or reach it there by --pattern plan"
has "and a group" "$work/err" "a group is called 'release'"
printf 'web01\n[compliance]\nmarshal\n' >"$work/verbs.ini"
exits "words that follow no command of their own are none" 0 "$MARSHAL" -i "$work/verbs.ini" inventory check
