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
