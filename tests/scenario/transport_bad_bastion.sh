#!/usr/bin/env bash
# Bastions whose lines fall while a host is being connected, and bastions that keep to no rule: tests/tools/bad_bastion.py.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sshlib.sh"

signed_in() { grep -c 'Accepted publickey' "$work/$1.log"; }
cut_lines() {   # NAME: ends what the sshd of that name started for its clients
	local pid
	pid=$(cat "$work/$1.pid")
	pkill -KILL -P "$pid"
}
server bastion
silent nobody
head -c 4000000 /dev/urandom >"$work/less"

# A host that was being connected when its line fell has lost nothing: it asks the next line.
{
	echo "h1 127.0.0.1 ${ports[main]}"
	echo "h2 127.0.0.1 ${ports[nobody]}"
} | call --key "$work/key" --via "bastion1 127.0.0.1 ${ports[bastion]}" --sessions 1 --patient --connect-limit 4000 &
calling=$!
asks_nobody() { grep -q "^h1 ok" "$work/out" && grep -q 'Accepted publickey' "$work/bastion.log"; }
within 20 asks_nobody
sleep 0.5               # until the bastion has been asked: it says nothing of that
cut_lines bastion
wait "$calling"
has "one that was being connected then asks another line" "$work/out" "h2 no-answer h2: tunnel: bastion1 gets no answer"
is "which was signed in to for it" "$(signed_in bastion)" 2

# --- a bastion that is none -------------------------------------------------------------------
# the system's own python has Debian's package, one from elsewhere has not
for python in python3 /usr/bin/python3 ''; do
	[ -z "$python" ] || ! "$python" -c 'import paramiko' 2>/dev/null || break
done
if [ -z "$python" ]; then
	skip "bastions that keep to no rule" "no paramiko (package python3-paramiko)"
	exit 0
fi
start "$python" "$root/tests/tools/bad_bastion.py" "$work/host_ed25519" "${ports[main]}" >"$work/bad.port" 2>"$work/bad.log"
within 30 test -s "$work/bad.port" || not_ok "a bad bastion starts"
ports[bad]=$(cat "$work/bad.port")
printf '[127.0.0.1]:%s %s\n' "${ports[bad]}" "$(cut -d' ' -f1,2 "$work/host_ed25519.pub")" >>"$work/known"
for i in 2 3 4 5 6; do
	printf '[127.0.0.%s]:%s %s\n' "$i" "${ports[main]}" "$(cut -d' ' -f1,2 "$work/host_ed25519.pub")" >>"$work/known"
done
# bad HOST...: "NAME ADDRESS" behind it
bad() {
	local host
	for host in "$@"; do echo "$host ${ports[main]}"; done
}
through_bad() { call --key "$work/key" --via "bad 127.0.0.1 ${ports[bad]}" "$@"; }

bad "h1 127.0.0.1" "h2 127.0.0.1" | through_bad
is "it leads to hosts" "$(count '^h[0-9] ok')" 2
for address in 127.0.0.2 127.0.0.3; do
	bad "h1 $address" "h2 127.0.0.1" | through_bad --sessions 1 --channels 1 --upload "$work/less" --remote /dev/null --limit 2000
	is "what it takes no more of ends with its host ($address)" "$(count '^h1 time-limit') $(count '^h2 ok')" "1 1"
done
bad "h1 127.0.0.1" "h2 127.0.0.5" "h3 127.0.0.1" | through_bad --sessions 1
is "a host by which its line falls is asked for twice and no more" "$(count '^h2 connection-lost')" 1

bad "h1 127.0.0.1" "h2 127.0.0.7" "h3 127.0.0.1" | through_bad --sessions 1
is "a bastion without room for a connection: throttled, and the others are reached" \
	"$(count '^h[13] ok') $(count '^h2 throttled h2: tunnel: bad has no room')" "2 1"
has "with the wait" "$work/out" "try again in 20 s, with fewer hosts"

# --- a line at rest ---------------------------------------------------------------------------
total() { sed -n "s/^total.* $1=\([0-9]*\).*/\1/p" "$work/out"; }
bad "h1 127.0.0.6" "h2 127.0.0.2" "h3 127.0.0.1" |
	through_bad --sessions 2 --channels 1 --upload "$work/less" --remote /dev/null --limit 3000
is "a line that dies while nothing goes over it is replaced" "$(count '^h[13] ok') $(count '^h2 time-limit')" "2 1"
check "and costs nothing ($(total cpu_ms) ms)" test "$(total cpu_ms)" -lt 600
if [ -n "${SOAK:-}" ]; then
	: >"$work/bad.log"
	bad "h1 127.0.0.1" "h2 127.0.0.2" |
		through_bad --sessions 2 --channels 1 --upload "$work/less" --remote /dev/null --limit 35000
	is "it is kept alive as that which has something to do" "$(grep -c keepalive "$work/bad.log")" 2
fi

# --- who takes less than is sent, or sends more than is taken ---------------------------------
# a program with sanitizers keeps what it freed
mb() { [ "$mode" = release ] && echo $(($1 * 1024)) || echo $(($1 * 10240)); }
many_ok() { [ "$(count '^h[0-9]+ ok')" -ge 50 ]; }

fifty() { for i in $(seq 50); do bad "h$i 127.0.0.1"; done; }
head -c 200000 "$work/less" >"$work/little"
fifty | through_bad --patient --upload "$work/little"
is "fifty hosts" "$(count '^h[0-9]+ ok')" 50
usual=$(total ms)
begun=$(date +%s%3N)
: >"$work/out"
{
	bad "stopped 127.0.0.2"
	fifty
} | through_bad --patient --upload "$work/little" --limit 20000 &
calling=$!
within 18 many_ok
took=$(($(date +%s%3N) - begun))
wait "$calling"
is "one of which nothing more is taken, beside fifty" "$(count '^stopped time-limit') $(count '^h[0-9]+ ok')" "1 50"
check "who end when they always do ($usual, then $took ms)" test "$took" -lt $((2 * usual + 2000))

for i in $(seq 20); do bad "h$i 127.0.0.2"; done |
	through_bad --patient --upload "$work/less" --remote /dev/null --limit 4000
is "twenty of which nothing more is taken" "$(count '^h[0-9]+ time-limit')" 20
check "cost what waits for them and no more ($(total rss_kb) KB)" test "$(total rss_kb)" -lt "$(mb 56)"

bad "h1 127.0.0.4" "h2 127.0.0.1" | through_bad --limit 10000
is "one that sends without end is no host" "$(count '^h1 not-ssh')" 1
check "and costs no memory ($(total rss_kb) KB)" test "$(total rss_kb)" -lt "$(mb 25)"
