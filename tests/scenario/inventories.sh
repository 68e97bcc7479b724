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
