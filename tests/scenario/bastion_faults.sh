#!/usr/bin/env bash
# What a bastion can be in the way of, for hosts behind it by SSH and by WinRM alike: down, silent, without room for us, of
# another key, of a revoked one, rejecting us, letting nobody through. Nothing of WinRM is asked for then, so none is there.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sshlib.sh"

(umask 077 && echo secret >"$work/password")
export TMPDIR=$work             # of doors
kinds() { case $1 in ssh) ;; winrm) echo "--winrm-user adm --password file:$work/password --tls-name web.example" ;; esac; }
# behind TEXT FAULT SAYS PORT OPTION...: five hosts of each kind behind the bastion at that port
behind() {
	local text=$1 fault=$2 says=$3 port=$4 kind
	shift 4
	for kind in ssh winrm; do
		# shellcheck disable=SC2046 # words
		hosts 5 "${ports[main]}" | call --key "$work/key" --via "bastion1 127.0.0.1 $port" $(kinds $kind) "$@"
		is "$text, $kind: $fault" "$(count "^h[0-9] $fault h[0-9]: tunnel: ")" 5
		is "$text, $kind: is told in one way" "$(grep '^h' "$work/out" | cut -d' ' -f3- | cut -d' ' -f2- | sort -u | wc -l)" 1
		has "$text, $kind: says so" "$work/out" "tunnel: $says"
		hasnt "$text, $kind: what to do is no matter of Windows" "$work/out" "Start-Service"
	done
}
signed_in() { grep -c 'Accepted publickey' "$work/$1.log"; }

closed=$(free_port)
behind "a bastion that is down" refused "bastion1: connect: 127.0.0.1 port $closed" "$closed"
silent nobody
behind "a bastion that is silent" no-answer "bastion1: connect: no answer in 1 s" "${ports[nobody]}" --connect-limit 1000
# the servers of sshlib.sh begin with MaxStartups 1000; the first line counts
server crowded
sed -i 's/^MaxStartups .*/MaxStartups 1:100:1/' "$work/crowded.conf"
kill -HUP "$(cat "$work/crowded.pid")"
begun_anew() { [ "$(grep -c 'Server listening' "$work/crowded.log")" -ge 2 ]; }
within 10 begun_anew
exec 5<>"/dev/tcp/127.0.0.1/${ports[crowded]}"         # who never says who he is
read -r -u 5 -t 10 greeting
check "one who does not sign in stands there" test -n "$greeting"
behind "a bastion that has no room" throttled "bastion1: handshake: the server refuses connections for now" "${ports[crowded]}"
has "with the wait, and what is the bastion's" "$work/out" "try again in 20 s; the bastion's sshd drops connections"
exec 5>&-
server gate "HostKey $work/host_new"
behind "a bastion that shows another key than it did" host-key-changed "bastion1: host key: ED25519 key" "${ports[gate]}"
cp "$work/known" "$work/revoking"
printf '@revoked * %s\n' "$(cut -d' ' -f1,2 "$work/host_ed25519.pub")" >>"$work/revoking"
server bastion
printf '[127.0.0.1]:%s %s\n' "${ports[bastion]}" "$(cut -d' ' -f1,2 "$work/host_ed25519.pub")" >>"$work/revoking"
behind "a bastion whose key is revoked" host-key-changed "bastion1: host key: ED25519 key" "${ports[bastion]}" \
	--known-hosts "$work/revoking"
has "with the line that does" "$work/out" "is revoked by $work/revoking line"
is "none of which hears who we are" "$(signed_in gate) $(signed_in bastion)" "0 0"
last="Match LocalPort 0
" server stranger "AuthorizedKeysFile $work/other.pub"
behind "a bastion that rejects our key" sign-in-rejected "bastion1: sign-in: " "${ports[stranger]}"
is "which it is shown once by each of these" "$(grep -c 'Failed publickey' "$work/stranger.log")" 2
server forbids "AllowTcpForwarding no"
behind "a bastion that lets nobody through" channel-refused "bastion1 does not let us through to 127.0.0.1" "${ports[forbids]}"
