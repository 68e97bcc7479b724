#!/usr/bin/env bash
# The simulated WinRM server (tests/fleet/wsman), held to the truth by what others wrote: python3-winrm, Go's masterzen/winrm
# and curl. Then by raw requests: each mistake and its refusal, what shells do, what goes wrong on purpose.
. "$(dirname "$0")/winrmlib.sh"

build_winrmhost
winrm_fleet web01 web02
authority ca
authority stranger
certificate good "$(winrm_names)" ca
certificate elsewhere IP:127.9.9.9,DNS:elsewhere.example ca
certificate foreign IP:127.1.0.1 stranger
expired_certificate IP:127.1.0.1
winrm_start
winrm_settings
server=$started

# --- TLS -------------------------------------------------------------------------------------
# reach [OPTION of curl]...: the status of a GET, or curl's own exit status.
reach() {
	local status
	status=$(curl -s -o /dev/null -w '%{http_code}' --cacert "$work/ca.pem" "$@" "https://127.1.0.1:$port/wsman") || status="curl $?"
	echo "$status"
}
is "a good certificate" "$(reach)" 405
is "and only with TLS" "$(curl -s -o /dev/null "http://127.1.0.1:$port/wsman" || echo "curl $?")" "curl 52"
for name in elsewhere foreign expired; do
	winrm_start --certificate "$work/$name.pem" --key "$work/$name.key"
	is "a certificate that is $name" "$(reach)" "curl 60"
	kill "$started"
done
winrm_start --priorities NORMAL:-VERS-ALL:+VERS-TLS1.0
is "TLS 1.0 where the client takes it" "$(reach --tls-max 1.0 --tlsv1.0 --ciphers DEFAULT@SECLEVEL=0)" 405
is "and where it does not" "$(reach --tlsv1.2)" "curl 35"
kill "$started"
port=$(jq .port <<<"$WINRM")

# --- clients that others wrote ---------------------------------------------------------------
# tool TEXT COMMAND...: what it reports, each line with the text before it.
tool() {
	local text=$1 status=0
	shift
	timeout 120 "$@" >"$work/tool" 2>&1 || status=$?
	sed "s|^\(not \)\{0,1\}ok - |&$text: |" "$work/tool"
	grep -q '^ok - ' "$work/tool" && [ "$status" -eq 0 ] && return
	lib_bad=$((lib_bad + 1))
	grep -q '^not ok - ' "$work/tool" || not_ok "$text: ended with $status"
}

python=
for name in python3 /usr/bin/python3; do
	[ -n "$python" ] || ! "$name" -c 'import winrm' 2>/dev/null || python=$name
done
if [ -n "$python" ]; then
	tool python3-winrm "$python" "$root/tests/tools/winrm_client.py"
else
	skip "python3-winrm against the simulated WinRM server" "no python3-winrm found"
fi
if command -v go >/dev/null && [ -d /usr/share/gocode/src/github.com/masterzen/winrm ]; then
	export GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE=$work/gocache GOFLAGS=-mod=mod GOPROXY=off
	check "the Go client builds" go build -o "$work/winrm_client" "$root/tests/tools/winrm_client.go"
	tool masterzen/winrm "$work/winrm_client"
else
	skip "masterzen/winrm against the simulated WinRM server" "no golang-github-masterzen-winrm-dev found"
fi

# --- raw requests ----------------------------------------------------------------------------
tool refusals python3 "$root/tests/tools/winrm_refusals.py"
tool shells python3 "$root/tests/tools/winrm_shells.py"

# --- Negotiate -------------------------------------------------------------------------------
# posted FILE [OPTION of curl]...: the status of a request of its own.
posted() {
	local file=$1
	shift
	curl -s -o /dev/null -w '%{http_code}' --cacert "$work/ca.pem" -H 'Content-Type: application/soap+xml;charset=UTF-8' \
		--data-binary "@$file" "$@" "https://127.1.0.1:$port/wsman"
}
negotiate() {
	local basic=$port settings=$WINRM
	echo 'marshal@FLEET.EXAMPLE:' >"$work/users.more"
	winrm_start --keytab "$work/keytab"
	WINRM=$(jq -c --argjson port "$port" '.port = $port' <<<"$settings")
	python3 -c 'import sys; sys.path.insert(0, sys.argv[1]); import winrm_wire as w; print(w.create())' "$root/tests/tools" >"$work/create"
	is "curl by a ticket" "$(posted "$work/create" --negotiate -u :)" 200
	if [ -n "$python" ] && "$python" -c 'import kerberos, requests_kerberos' 2>/dev/null; then
		tool Negotiate "$python" "$root/tests/tools/winrm_kerberos.py"
		signed_in other 'of another'
		tool Negotiate "$python" "$root/tests/tools/winrm_kerberos.py" stranger
	else
		skip "python3-winrm by a ticket" "no python3-requests-kerberos found"
	fi
	kill "$started"
	port=$basic WINRM=$settings
}
set_host web01 faults.all=
if realm_start; then
	negotiate
else
	skip "the simulated WinRM server with Negotiate" "no krb5kdc, kadmin.local or kinit found"
fi

# --- a host that cannot start anything -------------------------------------------------------
winrm_start --simhost "$work/none"
is "no program to run" "$(WINRM=$(jq -c --argjson port "$port" '.port = $port' <<<"$WINRM") python3 - "$root/tests/tools" <<-'END'
	import sys
	sys.path.insert(0, sys.argv[1])
	import winrm_wire as w
	wire = w.Wire()
	print(wire.post(w.command(wire.post(w.create()).shell(), "powershell.exe")).said())
END
)" "500 w:InternalError 2147942402"
kill "$started"
port=$(jq .port <<<"$WINRM")

# --- the end ---------------------------------------------------------------------------------
# a command that nobody ended
set_host web01 faults.all=hang
python3 - "$root/tests/tools" <<-'END'
	import sys
	sys.path.insert(0, sys.argv[1])
	import winrm_wire as w
	wire = w.Wire()
	wire.post(w.command(wire.post(w.create()).shell(), "powershell.exe", ["-EncodedCommand", "AAAA"]))
END
check "a command works" pgrep -P "$server"
pids=$(pgrep -P "$server")
kill "$server"
wait "$server"
is "a server ends well when it is told to" $? 0
is "and what ran in it with it" "$(for pid in $pids; do kill -0 "$pid" 2>/dev/null && echo "$pid"; done)" ""
