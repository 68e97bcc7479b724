#!/usr/bin/env bash
# Calls and uploads against real sshd: what goes right, and each fault a server can cause. Every
# sshd is another port of the loopback; tests/tools/fake_host.sh answers behind them.
# alone: hundreds of sshd at once, and each a new program
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sshlib.sh"

hosts 1 "${ports[main]}" | call --key "$work/key"
is "a call is answered" "$(count '^h1 ok lines=2 .*peer=SSH-2.0-OpenSSH.* sent=1 first=1$')" 1
hosts 1 "${ports[main]}" | call --key "$work/key" --calls 3
is "three calls over one session" "$(count '^h1 ok')" 3
is "which signed in once" "$(grep -c 'Accepted publickey' "$work/main.log")" 3
hosts 1 "${ports[main]}" | call --key "$work/ecdsa"
is "an ecdsa key signs in" "$(count '^h1 ok')" 1
hosts 1 "${ports[main]}" | call --key "$work/key" --ask rest
has "standard input ends" "$work/out" "h1 ok lines=1"
hosts 1 "${ports[main]}" | call --key "$work/key" --ask stderr
has "4 MB of stderr stall nothing" "$work/out" "h1 ok lines=1"
hosts 1 "${ports[main]}" | call --key "$work/key" --ask longline
has "a line above the limit costs that line" "$work/out" "h1 ok lines=2 bytes=300008 over=1"

# What a program behind the shell can do.
fault "no answer at all" "${ports[main]}" wrong-answer "3000 bytes" --ask garbage
fault "a program that fails" "${ports[main]}" program-failed "exit status 3: 'it broke'" --ask exit3
fault "a program that is killed" "${ports[main]}" program-failed "signal KILL" --ask signal
fault "a line that is cut" "${ports[main]}" connection-lost "h1: run: " --ask cut
fault "a program that hangs" "${ports[main]}" time-limit "h1: run: no answer in 1 s" --ask hang \
	--limit 1000
fault "100 MB of output" "${ports[main]}" too-much-output "4194304" --ask stdout
is "which costs no memory" "$(sed -n 's/.*rss_kb=//p' "$work/out" |
	awk -v most="$([ "$mode" = release ] && echo 16000 || echo 200000)" '{ print $1 < most }')" 1
server early "SetEnv MARSHAL_FAKE=early SHLVL=1"
fault "a program that does not read" "${ports[early]}" program-failed "'not today'"
server unread "SetEnv MARSHAL_FAKE=unread SHLVL=1"
fault "a program that writes and never reads" "${ports[unread]}" time-limit "no answer in 1 s" \
	--limit 1000

# Signing in.
fault "a key nobody knows" "${ports[main]}" sign-in-rejected "'$work/other' rejected by SSH-2.0-OpenSSH" \
	--key "$work/other"
fault "no such key file" "${ports[main]}" no-usable-key "$work/nothing" --key "$work/nothing"
version=$(ssh -V 2>&1)
libssh2=$("$MARSHAL" --version | sed -n 's/.*libssh2 \([0-9]*\.[0-9]*\).*/\1/p')
if [ "$libssh2" = 1.10 ]; then
	fault "an RSA key ($version)" "${ports[main]}" sign-in-rejected "SHA-1, which OpenSSH refuses since 8.8" \
		--key "$work/rsa"
	has "an RSA key: says what to do" "$work/out" "use an ed25519 or ecdsa key"
else
	hosts 1 "${ports[main]}" | call --key "$work/rsa"
	is "an RSA key signs in" "$(count '^h1 ok')" 1
fi
server passwords "PubkeyAuthentication no" "PasswordAuthentication yes"
fault "a server that takes no keys" "${ports[passwords]}" sign-in-rejected "asks for password"
: >"$work/main.log"
hosts 200 "${ports[main]}" | call --key "$work/other" --patient
is "200 hosts and a wrong key: two are asked" \
	"$(grep -c 'Failed publickey' "$work/main.log") $(count '^h[0-9]+ sign-in-rejected')" "2 2"
is "the other 198 are told so" "$(count '^h[0-9]+ credential-suspended .*rejected by SSH')" 198

# One server with two addresses; behind the second the key is not known.
last="Match LocalAddress 127.0.0.2
AuthorizedKeysFile $work/other.pub" server mixed "ListenAddress 127.0.0.2"
printf '[127.0.0.2]:%s %s\n' "$port" "$(cut -d' ' -f1,2 "$work/host_ed25519.pub")" >>"$work/known"
seq 100 | awk -v p="${ports[mixed]}" '{ print "h" $1, $1 <= 90 ? "127.0.0.1" : "127.0.0.2", p }' |
	call --key "$work/key"
is "hosts without the key are their own fault" \
	"$(count '^h[0-9]+ ok') $(count '^h(9[1-9]|100) sign-in-rejected')" "90 10"

# Host keys.
print=$(ssh-keygen -lf "$work/host_ed25519.pub" | cut -d' ' -f2)
fault "an unknown host" "${ports[main]}" host-key-unknown "ED25519 key $print" --known-hosts "$work/empty"
hosts 20 "${ports[main]}" | call --key "$work/key" --known-hosts "$work/learnt" --learn
is "learns host keys when told" "$(count '^h[0-9]+ ok') $(grep -c . "$work/learnt")" "20 1"
hosts 1 "${ports[main]}" | call --key "$work/key" --known-hosts "$work/learnt"
is "and knows them from then on" "$(count '^h1 ok')" 1
printf '# the old one\n[127.0.0.1]:%s %s\n' "${ports[main]}" "$(cut -d' ' -f1,2 "$work/host_new.pub")" >"$work/old"
fault "a changed host key" "${ports[main]}" host-key-changed "$work/old line 2" --known-hosts "$work/old"
fault "a changed host key, told to learn" "${ports[main]}" host-key-changed "$work/old line 2" \
	--known-hosts "$work/old" --learn
for type in ecdsa ed25519; do
	printf '[127.0.0.1]:%s %s\n' "${ports[main]}" "$(cut -d' ' -f1,2 "$work/host_$type.pub")" >"$work/$type"
	hosts 1 "${ports[main]}" | call --key "$work/key" --known-hosts "$work/$type"
	is "asks for the type on record: $type" "$(count '^h1 ok')" 1
	ssh-keygen -q -H -f "$work/$type" >/dev/null 2>&1
	hosts 1 "${ports[main]}" | call --key "$work/key" --known-hosts "$work/$type"
	is "also when names are hashed: $type" "$(count '^h1 ok')" 1
done
mkdir "$work/folder"
hosts 1 "${ports[main]}" | call --key "$work/key" --known-hosts "$work/folder"
has "known_hosts that cannot be read" "$work/out" "prepare usage"

head -c 16000000 /dev/urandom >"$work/big"

# Servers with a fault of their own.
server sessions "MaxSessions 0"
fault "MaxSessions 0" "${ports[sessions]}" channel-refused "opens no session"
server algorithms "KexAlgorithms diffie-hellman-group14-sha1"
fault "nothing in common" "${ports[algorithms]}" no-common-algorithm "curve25519-sha256"
server moduli "KexAlgorithms diffie-hellman-group-exchange-sha256"
fault "a server with group exchange alone" "${ports[moduli]}" no-common-algorithm "needs --group-exchange"
hosts 1 "${ports[moduli]}" | call --key "$work/key" --group-exchange
is "is reached when that is asked for" "$(count '^h1 ok')" 1
# One algorithm alone. `only` NAME METHOD LINE...: such a server is spoken to, and keys change on the way; where
# libssh2 has nothing of it, what it does have is said.
only() {
	local name=$1 method=$2
	shift 2
	server "$name" "RekeyLimit 300K" "$@"
	printf '[127.0.0.1]:%s %s\n' "$port" "$(cut -d' ' -f1,2 "$work/host_rsa.pub")" >"$work/known_rsa"
	local known=()
	[ "$method" != "host keys" ] || known=(--known-hosts "$work/known_rsa")
	if [ "$libssh2" = 1.10 ]; then
		fault "$name alone" "$port" no-common-algorithm "what is offered: " "${known[@]}"
		has "$name alone: says what there is" "$work/out" "$method "
		hasnt "$name alone: and nothing else" "$work/out" "$name"
		local help="let the server take aes256-ctr with hmac-sha2-256 too"
		[ "$method" != "host keys" ] || help="an ed25519 or ecdsa one (ssh-keygen -A there)"
		has "$name alone: and what to do" "$work/out" "$help"
		skip "$name alone is spoken" "libssh2 1.10 does not have it"
		return
	fi
	hosts 1 "$port" | call --key "$work/key" --ask megabytes "${known[@]}"
	is "$name alone is spoken" "$(count '^h1 ok lines=3000 bytes=3000000')" 1
	hosts 1 "$port" | call --key "$work/key" --upload "$work/big" --remote "$work/$name" "${known[@]}"
	check "$name alone: a file arrives byte for byte" cmp "$work/big" "$work/$name"
}
for cipher in aes128-gcm aes256-gcm chacha20-poly1305; do
	only "$cipher@openssh.com" ciphers "Ciphers $cipher@openssh.com"
done
for mac in hmac-sha2-256-etm hmac-sha2-512-etm; do
	only "$mac@openssh.com" MACs "MACs $mac@openssh.com" "Ciphers aes128-ctr"
done
for type in rsa-sha2-256 rsa-sha2-512; do
	only "$type" "host keys" "HostKeyAlgorithms $type"
done
server strict "LogLevel DEBUG3"
hosts 1 "$port" | call --key "$work/key"
if [ "$libssh2" = 1.10 ]; then
	skip "key exchange is strict" "libssh2 1.10 does not have it"
else
	has "key exchange is strict" "$work/strict.log" "will use strict KEX ordering"
fi
# What libssh2 has besides, and nobody should use, is not offered.
server weak "Ciphers 3des-cbc"
fault "a cipher of yesterday" "${ports[weak]}" no-common-algorithm "ciphers aes128-"
hasnt "a cipher of yesterday: is not offered" "$work/out" 3des

# Twenty of them beside twenty good ones: what is not offered is not computed, and nobody waits for it.
cpu_ms() { sed -n 's/^total.* cpu_ms=\([0-9]*\).*/\1/p' "$work/out"; }
hosts 20 "${ports[main]}" | call --key "$work/key"
alone=$(cpu_ms)
{ hosts 20 "${ports[main]}"; hosts 20 "${ports[moduli]}" | sed s/^h/m/; } | call --key "$work/key"
is "twenty beside twenty good ones are told" "$(count '^m[0-9]* no-common-algorithm ')" 20
is "the good ones are answered" "$(count '^h[0-9]* ok')" 20
check "which costs no more than without them ($alone, then $(cpu_ms) ms)" test "$(cpu_ms)" -lt $((alone + 200))
# sshd notes the offer it has nothing of, unless we have closed the line before it read it
check "they note what was offered" within 5 grep -q "Their offer: " "$work/moduli.log"
is "without that exchange" "$(cat "$work"/{algorithms,moduli}.log | grep -c "Their offer: .*group-exchange")" 0
server startups "MaxStartups 1"
hold() {        # an unfinished connection on descriptor 3; the first try may be the one refused
	exec 3<>"/dev/tcp/127.0.0.1/${ports[startups]}" && read -r -t 5 line <&3 && [[ $line == SSH-* ]]
}
within 10 hold
fault "MaxStartups" "${ports[startups]}" throttled "h1: handshake: "
exec 3>&-
if [ -n "$penalties" ]; then
	own_penalties="PerSourcePenalties authfail:60s min:1s" server penalties
	hosts 1 "${ports[penalties]}" | call --key "$work/other"
	within 10 grep -q "active penalty" "$work/penalties.log"
	fault "a penalty for an earlier failure" "${ports[penalties]}" throttled "try again in 20 s"
else
	skip "a penalty for an earlier failure" "this sshd knows no PerSourcePenalties ($version)"
fi

# Uploads.
hosts 1 "${ports[main]}" | call --key "$work/key" --upload "$work/big" --remote "$work/got"
is "16 MB arrive" "$(count '^h1 ok')" 1
check "byte for byte" cmp "$work/big" "$work/got"
: >"$work/nothing_in_it"
hosts 1 "${ports[main]}" | call --key "$work/key" --upload "$work/nothing_in_it" --remote "$work/got"
is "an empty file replaces a longer one" "$(count '^h1 ok') $(wc -c <"$work/got")" "1 0"
fault "an upload into no folder" "${ports[main]}" upload-failed "'$work/none/got'" --upload "$work/big" \
	--remote "$work/none/got"
fault "an upload where nothing may be made" "${ports[main]}" upload-failed "/proc/got" --upload "$work/big" \
	--remote /proc/got
fault "an upload to a full volume" "${ports[main]}" upload-failed "/dev/full" --upload "$work/big" \
	--remote /dev/full
fault "an upload that takes too long" "${ports[main]}" time-limit "no answer in 10 ms" --upload "$work/big" \
	--remote "$work/got" --limit 10
server nosftp "Subsystem other /bin/true"
fault "a server without SFTP" "${ports[nosftp]}" channel-refused "offers no SFTP" --upload "$work/big" \
	--remote "$work/got"

# Keys change in the middle of what is sent and received.
server rekey "RekeyLimit 300K"
hosts 3 "${ports[rekey]}" | call --key "$work/key" --upload "$work/big" --remote "$work/rekeyed" --limit 60000
is "rekeying does not disturb uploads" "$(count '^h[0-9] ok')" 3
check "byte for byte again" cmp "$work/big" "$work/rekeyed"
hosts 3 "${ports[rekey]}" | call --key "$work/key" --ask megabytes
is "nor answers" "$(count '^h[0-9] ok lines=3000 bytes=3000000')" 3

# Many at once, and the key agent.
hosts 200 "${ports[main]}" | call --key "$work/key" --ask slow --patient
is "200 sessions at once" "$(count '^h[0-9]+ ok')" 200
eval "$(ssh-agent -s)" >/dev/null && at_end kill "$SSH_AGENT_PID"
export SSH_AUTH_SOCK
ssh-add -q "$work/key" 2>/dev/null
hosts 30 "${ports[main]}" | call
is "the agent's only key signs in" "$(count '^h[0-9]+ ok')" 30
ssh-add -q "$work/other" 2>/dev/null
hosts 1 "${ports[main]}" | call
has "several keys in the agent need a name" "$work/out" "h1 no-usable-key"
mv "$work/key" "$work/away"
hosts 1 "${ports[main]}" | call --key "$work/key"
is "a key that only the agent holds is named by its public half" "$(count '^h1 ok')" 1
mv "$work/away" "$work/key"
