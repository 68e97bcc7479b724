#!/usr/bin/env bash
# A server with several host keys of which known_hosts has one: what ssh does with it, and what we do.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sshlib.sh"

libssh2=$("$MARSHAL" --version | sed -n 's/.*libssh2 \([0-9]*\.[0-9]*\).*/\1/p')
print() { ssh-keygen -lf "$work/host_$1.pub" | cut -d' ' -f2; }
# knows FILE PORT TYPE: known_hosts with that key of the server.
knows() { printf '[127.0.0.1]:%s %s\n' "$2" "$(cut -d' ' -f1,2 "$work/host_$3.pub")" >"$1"; }
# by_ssh FILE PORT OPTION...: what OpenSSH's own program says of this server with this known_hosts.
by_ssh() {
	local known=$1 port=$2
	shift 2
	ssh -F none -p "$port" -i "$work/key" -o UserKnownHostsFile="$known" -o GlobalKnownHostsFile=none \
		-o BatchMode=yes -o StrictHostKeyChecking=yes "$@" "$user@127.0.0.1" x \
		</dev/null >"$work/ssh" 2>&1
	! grep -q "Host key verification failed" "$work/ssh"
}

port=${ports[main]}
for type in ed25519 ecdsa rsa; do
	knows "$work/one" "$port" "$type"
	check "ssh takes a server whose $type key alone is known" by_ssh "$work/one" "$port"
	hosts 1 "$port" | call --key "$work/key" --known-hosts "$work/one"
	if [ "$type-$libssh2" = rsa-1.10 ]; then
		skip "so do we: rsa" "libssh2 1.10 asks for RSA with SHA-1 alone"
		has "rsa: nobody is said to stand in between" "$work/out" "h1 host-key-unknown "
		has "rsa: the key is named, and the line that has the other" "$work/out" \
			"ED25519 key $(print ed25519) was shown, and $work/one line 1 has its RSA key alone, $(print rsa)"
		has "rsa: with the reason" "$work/out" "libssh2 1.10.0 asks for an RSA key with SHA-1 alone, which this server does not offer"
		has "rsa: and what to do" "$work/out" "ssh -o UpdateHostKeys=yes"
		cp "$work/one" "$work/before"
		hosts 1 "$port" | call --key "$work/key" --known-hosts "$work/one" --learn
		has "rsa: nothing is learnt beside a key that is known" "$work/out" "h1 host-key-unknown "
		check "rsa: the file stays as it is" cmp "$work/one" "$work/before"
		by_ssh "$work/one" "$port" -o UpdateHostKeys=yes
		check "rsa: ssh adds the others, which the server proves to have" grep -q ssh-ed25519 "$work/one"
		hosts 1 "$port" | call --key "$work/key" --known-hosts "$work/one"
	fi
	is "so do we: $type" "$(count '^h1 ok')" 1
done

# The key that is known is not there any more, and was asked for first: ssh does not take that either.
server without "HostKeyAlgorithms ssh-ed25519"
knows "$work/gone" "$port" ecdsa
refused_by_ssh() { ! by_ssh "$@"; }
check "ssh does not take a server without the key that is known" refused_by_ssh "$work/gone" "$port"
fault "the key that is known is gone" "$port" host-key-changed \
	"of another type than the known one of $work/gone line 1, ecdsa-sha2-nistp256 $(print ecdsa), that was asked for" --known-hosts "$work/gone"
fault "the same, told to learn" "$port" host-key-changed "someone stands in between" \
	--known-hosts "$work/gone" --learn
