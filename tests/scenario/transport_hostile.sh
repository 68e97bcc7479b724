#!/usr/bin/env bash
# What a server can do to this program below any answer: numbers too large to compute with, keys changed
# without end, messages whose lengths lie. tests/tools/bad_server.py is such a server.
. "$(dirname "$0")/lib.sh"

build_callhost
# the system's own python has Debian's package, one from elsewhere has not
for python in python3 /usr/bin/python3 ''; do
	[ -z "$python" ] || ! "$python" -c 'import paramiko' 2>/dev/null || break
done
if [ -z "$python" ]; then
	skip "servers that lie below any answer" "no paramiko (package python3-paramiko)"
	exit 0
fi
ssh-keygen -q -t ed25519 -N '' -f "$work/key"
ssh-keygen -q -t ed25519 -N '' -f "$work/host"

# server KIND: its port is in ports.
declare -A ports
server() {
	start "$python" "$root/tests/tools/bad_server.py" "$work/host" "$1" >"$work/port.$1" 2>"$work/log.$1"
	within 30 test -s "$work/port.$1" || not_ok "the server '$1' starts"
	ports[$1]=$(cat "$work/port.$1")
	printf '[127.0.0.1]:%s %s\n' "${ports[$1]}" "$(cut -d' ' -f1,2 "$work/host.pub")" >>"$work/known"
}

# call KIND OPTION...: one host; what was said is in $work/out.
call() {
	local kind=$1 status=0
	shift
	echo "h1 127.0.0.1 ${ports[$kind]}" | timeout 100 "$callhost" --user me --known-hosts "$work/known" \
		--key "$work/key" "$@" >"$work/out" 2>"$work/err" || status=$?
	[ "$status" -eq 0 ] || {
		not_ok "callhost ends with $status: $kind $*"
		head -n 30 "$work/err"
	}
}
total() { sed -n "s/^total.* $1=\([0-9]*\).*/\1/p" "$work/out"; }

# --- numbers that the server chooses ----------------------------------------------------------
# libssh2 1.10 loses numbers of an exchange that is cut; what is ours is looked for all the same.
echo leak:libcrypto.so >"$work/cut"
cut_off=suppressions=$work/cut:print_suppressions=0
server modulus
call modulus
has "a server with group exchange alone shares nothing with us" "$work/out" "h1 no-common-algorithm "
has "and the option for it is named" "$work/out" "--group-exchange"
check "nothing was computed for it ($(total cpu_ms) ms)" test "$(total cpu_ms)" -lt 300
LSAN_OPTIONS=$cut_off call modulus --group-exchange
has "asked for, a modulus of 16,384 bits ends the session" "$work/out" "h1 wrong-answer "
has "and it is said why" "$work/out" "of CPU time"

# --- keys changed without end -----------------------------------------------------------------
server rekey
LSAN_OPTIONS=$cut_off call rekey --limit 60000
has "a server that changes keys without end is ended" "$work/out" "h1 wrong-answer "
has "and it is said why" "$work/out" "of CPU time"
check "long before its limit of time ($(total ms) ms)" test "$(total ms)" -lt 50000

# --- lengths that lie -------------------------------------------------------------------------
for kind in signal unnamed; do
	server "$kind"
	call "$kind"
	has "an exit-signal that is $kind is one without a name" "$work/out" \
		"ended by a signal without a name"
done
server escape
call escape
has "a name that no signal has is not shown" "$work/out" "ended by a signal without a name"
server huge
call huge
has "names of 2 GB end the session" "$work/out" "h1 too-much-output "
check "and cost no memory ($(total rss_kb) KB)" test "$(total rss_kb)" -lt \
	"$([ "$mode" = release ] && echo 20000 || echo 200000)"
server banner
call banner
has "a disconnect whose reason lies is one" "$work/out" "h1 connection-lost "
check "nothing unprintable is said" bash -c "! LC_ALL=C grep -q '[^[:print:]]' '$work/out'"
