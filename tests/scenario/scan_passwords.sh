#!/usr/bin/env bash
# Signing in by password: what a right one, a wrong one, an old one and one that is not enough lead to, from each place
# where one can be, straight and over a bastion; and that none of them is ever written down. The servers are
# tests/tools/password_server.py, with a simulated server behind each.
. "$(dirname "$0")/fleetlib.sh"

# the system's own python has Debian's package, one from elsewhere has not
for python in python3 /usr/bin/python3 ''; do
	[ -z "$python" ] || ! "$python" -c 'import paramiko' 2>/dev/null || break
done
if [ -z "$python" ]; then
	skip "signing in by password" "no paramiko (package python3-paramiko)"
	exit 0
fi
fleet_start --hosts 1
state=$(echo "$F"/hosts/*.json)
printf '#!/bin/sh\nMARSHAL_STATE=%s exec %s "$@"\n' "$state" "$SIMHOST" >"$work/play"
chmod +x "$work/play"
ssh-keygen -q -t ed25519 -N '' -f "$work/host"

# what must stand nowhere else: all else that is written has its own folder
mkdir -m 700 "$work/secrets"
right="Zaubertrank-$RANDOM-$RANDOM" wrong="Spinat-$RANDOM-$RANDOM"
printf '%s\n' "$right" >"$work/secrets/right"
printf '%s\n' "$wrong" >"$work/secrets/wrong"
chmod 600 "$work/secrets"/*

# server KIND ADDRESS...: its port is in ports, what it was offered in $work/offers.KIND.
declare -A ports
server() {
	local kind=$1 address
	shift
	start "$python" "$root/tests/tools/password_server.py" "$work/host" "$work/secrets/right" "$work/offers.$kind" \
		"$work/play" "$kind" "$@" >"$work/port.$kind" 2>"$work/log.$kind"
	within 30 test -s "$work/port.$kind" || not_ok "the server '$kind' starts"
	ports[$kind]=$(cat "$work/port.$kind")
	for address in "$@"; do
		printf '[%s]:%s %s\n' "$address" "${ports[$kind]}" "$(cut -d' ' -f1,2 "$work/host.pub")" >>"$work/known"
	done
}
offers() { cut -d' ' -f2- "$work/offers.$1" | sort | uniq -c | sed 's/^ *//' | paste -sd,; }
forget() { : >"$work/offers.$1"; }

# hosts KIND COUNT VARIABLES: an inventory of so many at its addresses; host(s) h1, h2, ...
hosts() {
	local i
	inventory=$work/secrets/inventory.ini           # may hold one in clear
	echo '[g]' >"$inventory"
	for ((i = 1; i <= $2; i++)); do
		echo "h$i ansible_host=127.0.0.$((i + 1)) ansible_port=${ports[$1]}" >>"$inventory"
	done
	printf '%s\n' '[g:vars]' ansible_user=adm "marshal_known_hosts=$work/known" "${@:3}" >>"$inventory"
}
file() { echo "marshal_password_file=$work/secrets/$1"; }
# like `exits`, and keeps what was said for the end
scans() { exits "$1" "$2" marshal scan "${@:3}"; cat "$work/out" "$work/err" >>"$work/said"; }

many=$(seq -f '127.0.0.%g' 2 21)
# shellcheck disable=SC2086 # words
server password $many
for kind in interactive code two empty endless hangup cut echo again expired more key open; do
	server "$kind" 127.0.0.2
done

# --- the right one, by each way and from each place ------------------------------------------
hosts password 20 "$(file right)"
scans "20 servers and the right password" 0
is "each is offered it once" "$(offers password)" "20 password right"
hosts interactive 1 "$(file right)"
scans "asked for by one hidden question" 0
is "it is the answer" "$(offers interactive)" "1 interactive right"

hosts password 1 marshal_password_env=ADMIN_PASSWORD
ADMIN_PASSWORD=$right scans "from the environment" 0
hosts password 1 marshal_password_fd=7
scans "from a descriptor" 0 7<"$work/secrets/right"
hosts password 1 marshal_password_credential=right
CREDENTIALS_DIRECTORY=$work/secrets scans "from systemd" 0
hosts password 3 "marshal_password_command=sh -c 'echo once >>$work/called; cat $work/secrets/right'"
scans "from a command" 0
is "which is run once for all" "$(cat "$work/called")" once
hosts password 1 "ansible_password=$right"
scans "from the inventory, in clear" 0
has "with a warning" "$work/err" "the inventory holds passwords in clear, of 1 of these hosts"
exits "which inventory check has, too" 0 marshal inventory check
has "with who" "$work/err" "host h1: ansible_password stands in clear in the inventory, and is used"
exits "it is not shown" 0 marshal inventory show h1
hasnt "in no line" "$work/out" "$right"

# vaulted by Ansible's own program, in YAML; and with a wrong vault password
if command -v ansible-vault >/dev/null; then
	echo "Vault-$RANDOM" >"$work/secrets/vault"
	echo other >"$work/secrets/no_vault"
	mkdir "$work/secrets/group_vars"
	vaulted() { (umask 077; printf %s "$right" | ansible-vault encrypt_string --vault-password-file "$work/secrets/vault" \
		--stdin-name ansible_password 2>"$work/vault.log"; echo) >"$work/secrets/group_vars/g.yml"; }
	vaulted
	hosts password 3 "marshal_vault_password_file=$work/secrets/vault"
	scans "vaulted in the inventory" 0
	hasnt "without a warning" "$work/err" "in clear"
	hosts password 1
	ANSIBLE_VAULT_PASSWORD_FILE=$work/secrets/vault scans "with the file that Ansible is told" 0
	ANSIBLE_VAULT_PASSWORD_FILE=$work/secrets/no_vault scans "with a wrong vault password" 1
	is "it is unresolved-variable" "$(fault_of h1)" unresolved-variable
	has "with what ansible-vault says" "$work/out" "Decryption failed"
	rm -r "$work/secrets/group_vars"
else
	skip "vaulted passwords" "no ansible-vault (package ansible-core)"
fi

# --- a wrong one -----------------------------------------------------------------------------
forget password
hosts password 20 "$(file wrong)"
scans "20 servers and a wrong password" 1 --json
is "two reject it, it is suspended for all others" \
	"$(summary '[.faults["sign-in-rejected"], .faults["credential-suspended"]] | join(" ")')" "2 18"
is "it was offered twice" "$(offers password)" "2 password wrong"
scans "and told so" 1
has "with where it is" "$work/out" "user 'adm' with the password in file '$work/secrets/wrong' rejected by SSH-2.0-"
has "and what to do" "$work/out" "or that its password is right and has not expired"
# the same one from elsewhere is the same one
forget password
hosts password 20 "$(file wrong)"
for i in 2 4 6; do
	sed -i "s|^h$i .*|& marshal_password_command='cat $work/secrets/wrong'|" "$inventory"
done
scans "and from two places" 1
is "it is offered twice all the same" "$(offers password)" "2 password wrong"
hosts interactive 1 "$(file wrong)"
forget interactive
scans "a wrong answer" 1
is "is given once" "$(offers interactive)" "1 interactive wrong"

# --- what a password alone does not open -----------------------------------------------------
# not_in KIND FAULT TEXT OFFERS: one such server, and what it was offered.
not_in() {
	hosts "$1" 1 "$(file right)"
	: >>"$work/offers.$1"
	scans "a server of kind '$1'" 1
	is "$1: $2" "$(fault_of h1)" "$2"
	has "$1: says so" "$work/out" "$3"
	is "$1: offered: $4" "$(offers "$1")" "$4"
}
not_in two sign-in-rejected "it asks for 'Password: ' and more" ""
not_in empty sign-in-rejected "it asks for '' and more" ""
not_in endless wrong-answer "sign-in: it asks one thing after another" ""
not_in hangup sign-in-rejected "rejected by SSH-2.0-" "1 interactive right"     # else all others would be tried
not_in cut sign-in-rejected "rejected by SSH-2.0-" "1 password right"
not_in echo sign-in-rejected "it asks for 'What is your \\x1b[2J name? '" ""
not_in again sign-in-rejected "it asks then for 'Verification code: '" "1 interactive right"
not_in expired sign-in-rejected "it has expired, SSH-2.0-" "1 password right"
not_in more sign-in-rejected "does not let 'adm' in by a password alone, it asks for publickey" "1 password right"
not_in key sign-in-rejected "does not let 'adm' in by a password alone, it asks for publickey" ""
not_in open sign-in-rejected "lets 'adm' in without our password: this is no server to trust" ""

# --- where it cannot be had ------------------------------------------------------------------
# no_password VARIABLE TEXT: nothing is offered.
no_password() {
	hosts password 1 "$1"
	forget password
	scans "with $1" 1
	is "is no-usable-key" "$(fault_of h1)" no-usable-key
	has "which says why" "$work/out" "$2"
	is "and offers nothing" "$(offers password)" ""
}
no_password marshal_password_env=NOT_SET "environment variable 'NOT_SET': it is not set"
no_password marshal_password_prompt=yes "no terminal to ask for the password"
no_password "marshal_password_command=sh -c 'cat $work/secrets/right; echo sealed >&2; exit 2'" \
	"'sh' ended with status 2: sealed"
chmod 644 "$work/secrets/wrong"
no_password "$(file wrong)" "others can read it (mode 0644)"

# --- asked for -------------------------------------------------------------------------------
# asked: a scan at a terminal, where each question for a password is answered; the questions, one a line, in $work/asked.
asked() {
	MARSHAL_INVENTORY=$inventory MARSHAL_DB=$DB RIGHT=$right python3 - "$MARSHAL" scan >"$work/out" 2>"$work/asked" <<-'END'
	import os, pty, re, sys
	pid, terminal = pty.fork()
	if pid == 0:
	    os.execv(sys.argv[1], sys.argv[1:])
	said, told = b"", 0
	while True:
	    try:
	        data = os.read(terminal, 4096)
	    except OSError:
	        break
	    if not data:
	        break
	    said += data
	    questions = re.findall(rb"Password of [^:]*: ", said)
	    for question in questions[told:]:
	        print(question.decode().strip(), file=sys.stderr)
	        os.write(terminal, os.environ["RIGHT"].encode() + b"\n")
	    told = len(questions)
	sys.stdout.buffer.write(said)
	sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
	END
}
forget password
hosts password 5 marshal_password_prompt=yes
check "five servers of a group that is asked for" asked
is "are asked for once" "$(wc -l <"$work/asked") $(offers password)" "1 5 password right"
forget password
sed -i 's/^h4 .*/[k]\n&/; s/^\[g:vars\]/[all:vars]/; s/^marshal_password_prompt=yes/[g:vars]\n&\n[k:vars]\n&/' "$inventory"
check "two groups that are asked for" asked
is "are asked for once each" "$(sort -u "$work/asked" | wc -l) $(wc -l <"$work/asked") $(offers password)" "2 2 5 password right"
cat "$work/out" >>"$work/said"

# --- over a bastion --------------------------------------------------------------------------
forget password
hosts password 2 marshal_jump=gate
sed -i "s|^\[g:vars\]|[all]\ngate ansible_host=127.0.0.2 ansible_port=${ports[interactive]} ansible_user=jump marshal_skip=yes \
marshal_known_hosts=$work/known $(file right)\n&|" "$inventory"
sed -i "s|^h\([12]\) .*|& marshal_password_command='cat $work/secrets/right'|" "$inventory"
forget interactive
scans "over a bastion that takes one, too" 0
is "both are offered each their own" "$(offers interactive | cut -d' ' -f2-), $(offers password)" \
	"interactive right, 2 password right"      # a bastion's lines are a few
forget password
sed -i "s| $(file right)||" "$inventory"
scans "the bastion never gets that of the hosts" 1
is "nothing is offered" "$(offers password)" ""
is "it has no key" "$(fault_of h1) $(fault_of h2)" "no-usable-key no-usable-key"

# one that asks for a code after the password, in the same breath; tests/scenario/bastion_codes.sh has the key's
behind_codes() {
	hosts password 2 marshal_jump=gate
	sed -i "s|^\[g:vars\]|[all]\ngate ansible_host=127.0.0.2 ansible_port=${ports[code]} ansible_user=jump marshal_skip=yes \
marshal_known_hosts=$work/known $(file right) ${1:-}\n&|" "$inventory"
	sed -i "s|^h\([12]\) .*|& marshal_password_command='cat $work/secrets/right'|" "$inventory"
}
typing() {
	"$python" "$root/tests/tools/typist.py" "One-time code of jump at gate: " "$1" -- "$MARSHAL" -i "$inventory" --db "$DB" scan
}
behind_codes marshal_one_time_code=yes
forget password
exits "over one that asks for the password and a code" 0 typing "$(rev <<<"$right")"
is "each question gets its own" "$(offers code), $(offers password)" "1 code right,1 interactive right, 2 password right"
forget code
exits "a wrong code" 1 typing 123456
is "is not offered again, for the password would be" "$(offers code)" "1 code wrong,1 interactive right"
behind_codes
scans "a bastion of which the inventory does not say so" 1
has "what it may say" "$work/out" "marshal_one_time_code: yes"

# --- where they must not be ------------------------------------------------------------------
# a program that we start sees what others can see of us: it is run by the host that comes first
cat >"$work/look" <<-'END'
	for process in $PPID $$; do
		tr '\0' '\n' </proc/$process/cmdline
		tr '\0' '\n' </proc/$process/environ
	done 2>/dev/null
	grep core "/proc/$$/limits"
END
hosts password 2 marshal_password_env=ADMIN_PASSWORD
sed -i "s|^h1 .*|& marshal_password_command='sh -c \". $work/look >$work/looked; cat $work/secrets/right\"'|" "$inventory"
sed -i "s|^\[g\]|other marshal_password_env=OTHER_PASSWORD\n&|" "$inventory"
OTHER_PASSWORD=$right ADMIN_PASSWORD=$right scans "a program that looks at us" 0 g
has "sees our command line" "$work/looked" "scan"
check "and no core file" grep -qE '^Max core file size +0 +0 ' "$work/looked"
exits "reports are made" 0 marshal report compliance --format json -o "$work/report.json"
exits "of faults" 0 marshal report faults --format csv -o "$work/faults.csv"
is "nothing that was written holds one" \
	"$(grep -rlF --exclude-dir=secrets -e "$right" -e "$wrong" "$work" 2>/dev/null)" ""
check "though much was" test "$(find "$work" -type f | wc -l)" -ge 20 -a -s "$DB" -a -s "$work/said"
