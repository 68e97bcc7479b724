#!/usr/bin/env bash
# Our client of WinRM against a server that others wrote (tests/tools/winrm_other_server.go): a shell, a command with its
# input, what it says and its end.
. "$(dirname "$0")/winrmlib.sh"

if ! command -v go >/dev/null || [ ! -d /usr/share/gocode/src/github.com/dylanmei/winrmtest ]; then
	skip "our client against dylanmei/winrmtest" "no golang-github-dylanmei-winrmtest-dev found"
	exit 0
fi
build_callhost
export GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE=$work/gocache GOFLAGS=-mod=mod GOPROXY=off
check "the Go server builds" go build -o "$work/server" "$root/tests/tools/winrm_other_server.go"
authority ca
certificate good IP:127.0.0.1 ca
(umask 077 && echo "$winrm_password" >"$work/password")
start "$work/server" "$work/good.pem" "$work/good.key" "$winrm_user" "$winrm_password" >"$work/port" 2>"$work/said"
within 10 test -s "$work/port"

# call OPTION...: the host; what was said is in $work/out.
call() {
	echo "h1 127.0.0.1 $(head -n 1 "$work/port")" | timeout 60 "$callhost" --winrm-user "$winrm_user" --password "file:$work/password" \
		--ca "$work/ca.pem" "$@" >"$work/out" 2>"$work/err"
}
call --calls 3
is "a call, three times" "$(grep -c '^h1 ok lines=1 ' "$work/out")" 3
has "a server that does not say what it is" "$work/out" "peer=WinRM rtt="
hasnt "in whose messages all was what it knows" "$work/port" "I don't know"
