#!/usr/bin/env bash
# One password that goes over SSH and over WinRM: it is counted as one, goes to whom it is for alone, and stands nowhere.
. "$(dirname "$0")/winrmlib.sh"
. "$(dirname "$0")/sshlib.sh"

build_winrmhost
winrm_fleet web01 web02 web03 web04 web05
authority ca
certificate good "$(winrm_names)" ca
winrm_start --port 0
winrm_port=$port
server asking "PasswordAuthentication yes" "ListenAddress 127.1.0.1" "ListenAddress 127.1.0.2"
for at in 127.1.0.1 127.1.0.2; do
	printf '[%s]:%s %s\n' "$at" "${ports[asking]}" "$(cut -d' ' -f1,2 "$work/host_ed25519.pub")" >>"$work/known"
done
mkdir -m 700 "$work/secrets"
wrong=Spinat-$RANDOM-$RANDOM
(umask 077 && echo "$wrong" >"$work/secrets/password")
offers() { grep -c 'Failed password' "$work/asking.log"; }

# inventory LINE...: hosts behind the bastion, each NAME and its variables.
inventory() {
	{
		echo '[fleet]'
		printf '%s\n' "$@"
		cat <<-END
		[fleet:vars]
		marshal_jump=bastion1
		ansible_user='$winrm_user'
		marshal_password_file=$work/secrets/password
		marshal_winrm_ca=$work/ca.pem
		marshal_known_hosts=$work/known
		[bastions]
		bastion1 ansible_host=127.0.0.1 ansible_port=${ports[main]} ansible_user=$user ansible_ssh_private_key_file=$work/key marshal_known_hosts=$work/known marshal_skip=yes
		END
	} >"$work/secrets/fleet.ini"
}
# scan OPTION...: one host at a time, as they stand in the inventory; what it came to is in $work/out.
scan() {
	rm -f "$work"/db*
	"$MARSHAL" scan -i "$work/secrets/fleet.ini" --db "$work/db" --jobs 1 "$@" >"$work/out" 2>&1 || true
	"$MARSHAL" report faults --db "$work/db" >>"$work/out" 2>&1
	cat "$work/out" >>"$work/said"
}
by_ssh="marshal_transport=ssh ansible_port=${ports[asking]}"
by_winrm="marshal_transport=winrm ansible_winrm_port=$winrm_port"

# --- one credential ---------------------------------------------------------------------------
inventory "web01 ansible_host=127.1.0.1 $by_ssh" "web02 ansible_host=127.1.0.2 $by_ssh" \
	"web03 ansible_host=127.1.0.3 $by_winrm" "web04 ansible_host=127.1.0.4 $by_winrm"
scan
has "two servers of SSH reject it" "$work/out" "sign-in-rejected          2  web[01-02]"
has "and no one of WinRM is offered it" "$work/out" "credential-suspended      2  web[03-04]"
is "two offers in all" "$(offers)" 2
inventory "web01 ansible_host=127.1.0.3 $by_winrm" "web02 ansible_host=127.1.0.4 $by_winrm" \
	"web03 ansible_host=127.1.0.1 $by_ssh" "web04 ansible_host=127.1.0.2 $by_ssh"
scan
has "two of WinRM reject it" "$work/out" "sign-in-rejected          2  web[01-02]"
has "and no one of SSH is offered it" "$work/out" "credential-suspended      2  web[03-04]"
is "none more" "$(offers)" 2

# --- not for SSH ------------------------------------------------------------------------------
# An sshd that takes passwords rejects our key, and is not offered the one of WinRM.
before=$(offers)
rejected_key="ansible_ssh_private_key_file=$work/other"
inventory "web01 ansible_host=127.1.0.1 marshal_transport=auto ansible_port=${ports[asking]} ansible_winrm_port=$winrm_port $rejected_key"
scan
has "the first way of two" "$work/out" "sign-in-rejected      1  web01"
has "is offered a key" "$work/out" "with key '$work/other' rejected by SSH"
inventory "web01 ansible_host=127.1.0.1 marshal_transport=winrm marshal_jump=none marshal_ssh_user=$user \
marshal_ssh_port=${ports[asking]} ansible_winrm_port=$winrm_port $rejected_key"
scan
has "and the SSH that carries WinRM" "$work/out" "sign-in-rejected      1  web01"
has "is offered a key" "$work/out" "user '$user' with key '$work/other' rejected by"
is "and no password" $(($(offers) - before)) 0

# --- where it must not be ---------------------------------------------------------------------
# A program that we start sees what others can see of us.
cat >"$work/look" <<-'END'
	for process in $PPID $$; do
		tr '\0' '\n' </proc/$process/cmdline
		tr '\0' '\n' </proc/$process/environ
	done 2>/dev/null
END
printf '%s\n' "$winrm_password" >"$work/secrets/password"
inventory "web01 ansible_host=127.1.0.1 $by_winrm" "web02 ansible_host=127.1.0.2 $by_winrm"
sed -i "s|^marshal_password_file=.*|marshal_password_command='sh -c \". $work/look >$work/looked; cat $work/secrets/password\"'|" "$work/secrets/fleet.ini"
scan -vv
has "the right one over WinRM" "$work/out" "2 seen, 0 not seen"
has "a program that looks at us sees our command line" "$work/looked" "scan"
vaulted=$(command -v ansible-vault)
if [ -n "$vaulted" ]; then
	vault=Vault-$RANDOM-$RANDOM
	echo "$vault" >"$work/secrets/vault"
	mkdir "$work/secrets/group_vars"
	printf %s "$winrm_password" | ansible-vault encrypt_string --vault-password-file "$work/secrets/vault" \
		--stdin-name ansible_password >"$work/secrets/group_vars/fleet.yml" 2>"$work/vault.log"
	sed -i "s|^marshal_password_command=.*|marshal_vault_password_file=$work/secrets/vault|" "$work/secrets/fleet.ini"
	scan -vv
	has "vaulted" "$work/out" "2 seen, 0 not seen"
else
	skip "vaulted passwords over WinRM" "no ansible-vault (package ansible-core)"
fi
for report in compliance faults; do
	"$MARSHAL" report "$report" --db "$work/db" --format json -o "$work/$report.json" >>"$work/said" 2>&1 || true
done
"$MARSHAL" keys scan -i "$work/secrets/fleet.ini" --db "$work/db" >>"$work/said" 2>&1 || true
if realm_start; then
	printf '%s:\n' marshal@FLEET.EXAMPLE >"$work/users.more"
	winrm_start --port 0 --keytab "$work/keytab"
	inventory "web01 ansible_host=127.1.0.1 marshal_transport=winrm ansible_winrm_port=$port ansible_winrm_transport=kerberos"
	sed -i "s|^ansible_user=.*|ansible_user=marshal@FLEET.EXAMPLE|" "$work/secrets/fleet.ini"
	scan -vv
	has "by Kerberos" "$work/out" "1 seen, 0 not seen"
else
	skip "by Kerberos" "no krb5kdc, kadmin.local or kinit found"
fi
# neither users, which winrmhost reads, nor what kadmin.local was told
is "nothing that was written holds one" "$(grep -rlF --exclude-dir=secrets --exclude=users --exclude=realm -e "$winrm_password" \
	-e "$(printf %s "$winrm_user:$winrm_password" | base64)" -e "$wrong" -e "${vault:-$wrong}" "$work" 2>/dev/null)" ""
check "though much was" test -s "$work/db" -a -s "$work/said" -a -s "$work/compliance.json" -a -s "$work/looked"
