#!/usr/bin/env bash
# Hosts with two ways behind a bastion, a real sshd: SSH, and where nobody is there WinRM. When the second is gone, when
# it must not be, and what is remembered.
. "$(dirname "$0")/winrmlib.sh"
. "$(dirname "$0")/sshlib.sh"

build_winrmhost
winrm_fleet web01 web02 web03 web04 web05
authority ca
silent nobody
# says NAME WORDS: another port, which says that and no more.
says() {
	start python3 -c '
import socket, sys
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen(8)
print(s.getsockname()[1], flush=True)
while True:
    c, _ = s.accept()
    c.sendall(sys.argv[1].encode())
    c.close()
' "$2" >"$work/$1.port"
	within 5 test -s "$work/$1.port"
	ports[$1]=$(cat "$work/$1.port")
}
says mail "$(printf '220 mail.example ESMTP\r\n%.0s' {1..400})"
says busy "Exceeded MaxStartups"
says mute ""
closed=$(free_port)
(umask 077 && echo "$winrm_password" >"$work/password")

# inventory LINE...: hosts, each NAME and its variables, behind a bastion.
inventory() {
	{
		echo '[fleet]'
		printf '%s\n' "$@"
		cat <<-END
		[fleet:vars]
		marshal_transport=auto
		marshal_jump=bastion1
		ansible_user=$user
		ansible_ssh_private_key_file=$work/key
		ansible_winrm_user=$winrm_user
		ansible_winrm_port=$winrm_port
		marshal_password_file=$work/password
		marshal_winrm_ca=$work/ca.pem
		marshal_known_hosts=$work/known
		[bastions]
		bastion1 ansible_host=127.0.0.1 ansible_port=${ports[main]} ansible_user=$user ansible_ssh_private_key_file=$work/key marshal_known_hosts=$work/known marshal_skip=yes
		END
	} >"$work/fleet.ini"
}
# scan: what it came to is in $work/out.
scan() {
	"$MARSHAL" scan -i "$work/fleet.ini" --db "$work/db" --limit connect=2s >"$work/out" 2>&1 || true
	"$MARSHAL" report faults --db "$work/db" >>"$work/out" 2>&1
}
show() { "$MARSHAL" show -i "$work/fleet.ini" --db "$work/db" "$1" >"$work/out" 2>&1 || true; }
# asked: how often the bastion was asked for the closed port.
asked() { grep -c "connect_to 127.1.0.1 port $closed: failed" "$work/main.log"; }

# --- where nobody is there --------------------------------------------------------------------
ln -sf ../hosts/web02.json "$F/addresses/127.0.0.1"
certificate good "$(winrm_names)" ca
winrm_start --port 0
winrm_port=$port
inventory "web01 ansible_host=127.1.0.1 ansible_port=$closed" \
	"web02 ansible_host=127.0.0.1 ansible_port=${ports[mail]}"
scan
has "a port that is closed, and one that is another's: by WinRM" "$work/out" "2 seen, 0 not seen"
is "SSH was tried" "$(asked)" 1
show web01
has "show says which way, and why" "$work/out" "by WinRM         tunnel: bastion1 gets no connection to 127.1.0.1 port $closed"
scan
has "the next scan" "$work/out" "2 seen, 0 not seen"
is "begins with the way that led there" "$(asked)" 1
(umask 077 && echo wrong >"$work/password")
scan
has "a way that leads nowhere" "$work/out" "sign-in-rejected"
(umask 077 && echo "$winrm_password" >"$work/password")
before=$(asked)
scan
has "is not begun with again" "$work/out" "2 seen, 0 not seen"
is "but SSH" $(($(asked) - before)) 1
"$MARSHAL" doctor -i "$work/fleet.ini" web01 >"$work/out" 2>&1 || true
has "doctor goes one way" "$work/out" "gets no connection to 127.1.0.1 port $closed; now the other way"
has "and the other" "$work/out" "127.1.0.1 port $winrm_port by bastion1"
has "and tells of TLS" "$work/out" "; TLSv1."
set_host web01 faults.winrm=unreached:Create
before=$(asked)
scan
has "a host that is there, and says that it gets to no other" "$work/out" "no-answer      1  web01"
hasnt "is not asked by SSH" "$work/out" "before that"
is "nor its bastion for that" "$(asked)" "$before"
set_host web01 faults.winrm=
inventory "web01 ansible_host=127.1.0.1 ansible_port=$closed ansible_winrm_port=$(free_port)"
scan
has "neither way" "$work/out" "refused"
is "then SSH is tried again" "$(($(asked) - before))" 1
has "both are told" "$work/out" "; before that tunnel: bastion1 gets no connection to 127.1.0.1"

# --- where somebody is, there is no other way -------------------------------------------------
# refused TEXT FAULT VARIABLE...: web01, which answers by SSH; its WinRM is not asked.
refuses() {
	local text=$1 fault=$2
	shift 2
	rm -f "$work"/db*
	inventory "web01 ansible_host=127.0.0.1 ansible_port=${ports[main]} $*"
	scan
	has "$text: $fault" "$work/out" "$fault      1  web01"
	hasnt "$text: and nothing else was tried" "$work/out" "before that"
}
refuses "a key that is rejected" sign-in-rejected "ansible_ssh_private_key_file=$work/other"
: >"$work/none"
refuses "a host key that is not known" host-key-unknown "marshal_known_hosts=$work/none"
awk '{ print $1 }' "$work/known" | sed "s|$| $(cut -d' ' -f1,2 "$work/host_new.pub")|" >"$work/changed"
refuses "another host key" host-key-changed "marshal_known_hosts=$work/changed"
refuses "a host with no room for us" throttled "ansible_port=${ports[busy]}"
refuses "a host that hangs up before a word" throttled "ansible_port=${ports[mute]}"
server forbids "AllowTcpForwarding no"
rm -f "$work"/db*
inventory "web01 ansible_host=127.0.0.1 ansible_port=${ports[main]}"
sed -i "s/^bastion1 .* ansible_port=[0-9]*/bastion1 ansible_host=127.0.0.1 ansible_port=${ports[forbids]}/" "$work/fleet.ini"
scan
has "a bastion that forbids it: channel-refused" "$work/out" "channel-refused      1  web01"
hasnt "a bastion that forbids it: and nothing else was tried" "$work/out" "before that"

# --- how many connections to a bastion -----------------------------------------------------------
hosts=(web0{1..5})
for name in "${hosts[@]}"; do set_host "$name" faults.probe=slow:2000; done
# lines COUNT VARIABLE...: so often the bastion is signed in to for five hosts at once.
lines() {
	local count=$1 before
	shift
	rm -f "$work"/db*
	before=$(grep -c 'Accepted publickey' "$work/main.log")
	inventory "${hosts[@]}"
	sed -i "s/^web0\(.\)$/& ansible_host=127.1.0.\1 marshal_transport=winrm/; s|^bastion1 .*|& $*|" "$work/fleet.ini"
	scan
	has "five hosts at once, $*" "$work/out" "5 seen, 0 not seen"
	is "that many connections" $(($(grep -c 'Accepted publickey' "$work/main.log") - before)) "$count"
}
lines 1 marshal_bastion_sessions=1
lines 5 marshal_bastion_sessions=1 marshal_bastion_channels=1
for name in "${hosts[@]}"; do set_host "$name" faults.probe=; done

# --- plain HTTP -------------------------------------------------------------------------------
rm -f "$work"/db*
inventory "web01 ansible_host=127.1.0.1 ansible_winrm_scheme=http"
prepare="winrm quickconfig -transport:https"
scan
has "plain HTTP: a scan says what to prepare" "$work/out" "$prepare"
"$MARSHAL" doctor -i "$work/fleet.ini" web01 >"$work/out" 2>&1 || true
has "so does doctor" "$work/out" "$prepare"
"$MARSHAL" inventory check -i "$work/fleet.ini" >"$work/out" 2>&1 || true
has "and inventory check" "$work/out" "$prepare"

# --- a bastion that is down -------------------------------------------------------------------
rm -f "$work"/db*
inventory "web01 ansible_host=127.1.0.1 ansible_port=$closed" "web03 ansible_host=127.1.0.3 ansible_port=${ports[nobody]}"
sed -i "s/^bastion1 .* ansible_port=[0-9]*/bastion1 ansible_host=127.0.0.1 ansible_port=$closed/" "$work/fleet.ini"
scan
has "says nothing of the hosts behind it" "$work/out" "refused      2  web[01,03]"
hasnt "so no other way is gone" "$work/out" "before that"

# --- no answer --------------------------------------------------------------------------------
ln -sf ../hosts/web03.json "$F/addresses/127.0.0.1"
inventory "web03 ansible_host=127.0.0.1 ansible_port=${ports[nobody]}"
scan
has "a port that does not answer: by WinRM" "$work/out" "1 seen, 0 not seen"
