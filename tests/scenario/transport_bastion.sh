#!/usr/bin/env bash
# Hosts behind bastions, against real sshd: the bastion is one sshd, what stands behind it others.
# alone: hundreds of sshd at once, and figures of CPU
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sshlib.sh"

# via COUNT PORT OPTION...: so many hosts at that port, behind the bastion.
via() {
	local count=$1 port=$2
	shift 2
	hosts "$count" "$port" | call --key "$work/key" --via "bastion1 127.0.0.1 ${ports[bastion]}" "$@"
}
signed_in() { grep -c 'Accepted publickey' "$work/$1.log"; }

server bastion
via 1 "${ports[main]}"
is "a host behind a bastion is called" "$(count '^h1 ok lines=2 .*sent=1 first=1$')" 1
is "the bastion is signed in to once" "$(signed_in bastion)" 1
via 1 "${ports[main]}" --calls 3
is "three calls over one tunnel" "$(count '^h1 ok')" 3
via 50 "${ports[main]}" --patient
is "fifty hosts behind it" "$(count '^h[0-9]+ ok')" 50

# What goes through is what was sent, also where the kernel takes little at a time and keys change.
head -c 16000000 /dev/urandom >"$work/big"
via 1 "${ports[main]}" --upload "$work/big" --remote "$work/got"
is "16 MB arrive through a tunnel" "$(count '^h1 ok')" 1
check "byte for byte" cmp "$work/big" "$work/got"
via 20 "${ports[main]}" --ask megabytes --send-buffer 4096 --patient
is "twenty answers of 3 MB, with a small send buffer" "$(count '^h[0-9]+ ok lines=3000 bytes=3000000')" 20
for i in 1 2 3; do echo "h$i 127.0.0.1 ${ports[main]}"; done |
	call --key "$work/key" --via "bastion1 127.0.0.1 ${ports[bastion]}" --send-buffer 4096 \
		--upload "$work/big" --remote "$work/got3" --limit 100000
is "uploads with a small send buffer" "$(count '^h[0-9] ok')" 3
check "byte for byte, too" cmp "$work/big" "$work/got3"
server told "LogLevel DEBUG1"
hosts 1 "${ports[main]}" | call --key "$work/key" --via "bastion1 127.0.0.1 ${ports[told]}"
window=$(sed -n 's/.* ctype direct-tcpip .* win \([0-9]*\) .*/\1/p' "$work/told.log")
check "a bastion may send 128 to 256 KB ahead of our reading ($window)" \
	test "${window:-0}" -ge $((128 << 10)) -a "${window:-0}" -le $((256 << 10))
server rekeying "RekeyLimit 300K"
hosts 3 "${ports[main]}" | call --key "$work/key" --via "bastion1 127.0.0.1 ${ports[rekeying]}" --ask megabytes
is "a bastion whose keys change" "$(count '^h[0-9] ok lines=3000 bytes=3000000')" 3
hosts 2 "${ports[main]}" | call --key "$work/key" --via "bastion1 127.0.0.1 ${ports[bastion]}" \
	--via "bastion2 127.0.0.1 ${ports[rekeying]}"
is "a bastion behind a bastion" "$(count '^h[0-9] ok')" 2

# The keys of a bastion and of what stands behind it are each other's not.
# own_key NAME: of a server whose key is host_new. Of two of one type the first counts.
own_key() {
	sed -i "s|^\[127.0.0.1\]:${ports[$1]} .*|[127.0.0.1]:${ports[$1]} $(cut -d' ' -f1,2 "$work/host_new.pub")|" "$work/known"
}
server gate "HostKey $work/host_new"
own_key gate
hosts 2 "${ports[main]}" | call --key "$work/key" --via "gate 127.0.0.1 ${ports[gate]}"
is "a bastion with a key of its own" "$(count '^h[0-9] ok')" 2
server mirror "HostKey $work/host_new"          # known by the key of the others
hosts 2 "${ports[mirror]}" | call --key "$work/key" --via "gate 127.0.0.1 ${ports[gate]}"
is "a host that shows the key of its bastion" "$(count '^h[0-9] host-key-changed ')" 2
is "is told nothing of who we are" "$(grep -c 'publickey' "$work/mirror.log")" 0

# Hosts that never answer hold up nobody else.
total_ms() { sed -n 's/^total.* ms=\([0-9]*\) .*/\1/p' "$work/out"; }
silent nobody
count_of=$([ -n "${SOAK:-}" ] && echo 1000 || echo 200)
some_silent() {
	seq "$count_of" | awk -v good="${ports[main]}" -v bad="${ports[nobody]}" \
		'{ print "h" $1, "127.0.0.1", $1 % 5 ? good : bad }'
}
wanted="$((count_of * 4 / 5)) $((count_of / 5))"
some_silent | call --key "$work/key" --patient --connect-limit 4000
direct=$(total_ms)
is "$count_of hosts, each fifth silent" "$(count '^h[0-9]+ ok') $(count '^h[0-9]+ no-answer')" "$wanted"
some_silent | call --key "$work/key" --patient --connect-limit 4000 --via "bastion1 127.0.0.1 ${ports[bastion]}"
is "the same behind a bastion" "$(count '^h[0-9]+ ok') $(count '^h[0-9]+ no-answer')" "$wanted"
has "who is silent is told" "$work/out" "tunnel: bastion1 gets no answer from 127.0.0.1 port ${ports[nobody]}"
check "ends within three times the direct case ($direct, then $(total_ms) ms)" \
	test "$(total_ms)" -lt $((3 * direct))

# A host that stops to read in the middle fills its own window.
head -c 4000000 "$work/big" >"$work/less"
stopping nothing_read "${ports[main]}" 100000
{
	echo "stopped 127.0.0.1 ${ports[nothing_read]}"
	hosts 50 "${ports[main]}"
} | call --key "$work/key" --patient --via "bastion1 127.0.0.1 ${ports[bastion]}" --upload "$work/less" \
	--remote /dev/null --limit 20000 --learn --known-hosts "$work/learnt"
is "one that reads nothing is late" "$(count '^stopped time-limit')" 1
is "fifty beside it are not" "$(count '^h[0-9]+ ok')" 50

# What a bastion can be.
behind() {      # TEXT FAULT SAYS PORT OPTION...: five hosts behind the bastion at that port
	local text=$1 fault=$2 says=$3 port=$4
	shift 4
	hosts 5 "${ports[main]}" | call --key "$work/key" --via "bastion1 127.0.0.1 $port" "$@"
	is "$text: $fault" "$(count "^h[0-9] $fault ")" 5
	is "$text: is told in one way" "$(grep '^h' "$work/out" | cut -d' ' -f3- | cut -d' ' -f2- | sort -u | wc -l)" 1
	has "$text: says so" "$work/out" "tunnel: $says"
}
closed=$(free_port)
behind "a bastion that is down" refused "bastion1: connect: 127.0.0.1 port $closed" "$closed"
has "and what to look at" "$work/out" "see that its sshd runs"
hasnt "which is no Windows" "$work/out" "Start-Service"
behind "a bastion that is silent" no-answer "bastion1: connect: no answer in 1 s" "${ports[nobody]}" --connect-limit 1000
behind "a bastion that nobody knows" host-key-unknown "bastion1: host key: ED25519 key" "${ports[bastion]}" \
	--known-hosts "$work/none"
server forbids "AllowTcpForwarding no"
behind "a bastion that lets nobody through" channel-refused "bastion1 does not let us through to 127.0.0.1" \
	"${ports[forbids]}"
server sessions "MaxSessions 1"
hosts 30 "${ports[main]}" | call --key "$work/key" --via "bastion1 127.0.0.1 ${ports[sessions]}"
is "MaxSessions is of other channels" "$(count '^h[0-9]+ ok')" 30
last="Match LocalPort 0
" server stranger "AuthorizedKeysFile $work/other.pub"
hosts 20 "${ports[main]}" | call --key "$work/key" --via "bastion1 127.0.0.1 ${ports[stranger]}"
has "what to do is said of a bastion" "$work/out" "authorized_keys on the bastion"
is "a bastion that rejects our key is asked once" \
	"$(count '^h[0-9]+ sign-in-rejected .*bastion1: sign-in') $(grep -c 'Failed publickey' "$work/stranger.log")" "20 1"
echo "h1 127.0.0.1 $closed" | call --key "$work/key" --via "bastion1 127.0.0.1 ${ports[bastion]}"
has "a host that refuses behind it" "$work/out" "h1 refused h1: tunnel: bastion1 gets no connection to 127.0.0.1 port $closed"

# Lines of it that are cut while they carry.
cut_lines() {   # NAME: ends what the sshd of that name started for its clients
	local pid
	pid=$(cat "$work/$1.pid")
	pkill -KILL -P "$pid"
}
hosts 20 "${ports[main]}" | call --key "$work/key" --via "bastion1 127.0.0.1 ${ports[bastion]}" --ask hang \
	--limit 30000 &
calling=$!
begun() { [ "$(grep -c 'Starting session' "$work/main.log")" -ge "$1" ]; }
: >"$work/main.log"
within 20 begun 20
cut_lines bastion
wait "$calling"
is "a bastion that is lost" "$(count '^h[0-9]+ connection-lost .*bastion1: line: ')" 20
