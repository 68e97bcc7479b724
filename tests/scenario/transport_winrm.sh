#!/usr/bin/env bash
# Calls over WinRM inside SSH: a real sshd as the bastion, the simulated WinRM server behind it.
. "$(dirname "$0")/winrmlib.sh"
. "$(dirname "$0")/sshlib.sh"

build_winrmhost
winrm_fleet web01 web02 web03 web04 web05 web06 web07 web08 web09 web10
authority ca
authority stranger
certificate good DNS:web.example,DNS:good.example ca
certificate elsewhere DNS:elsewhere.example ca
expired_certificate DNS:web.example
winrm_start
mkdir "$work/doors"
export TMPDIR=$work/doors        # of callhost
install -m 600 /dev/null "$work/password"
echo "$winrm_password" >"$work/password"
probe='{"op":"probe","facts":null,"cloud":"public","login_hosts":["login.windows.net"],"limits":{"fact_ms":10000,"ob_ms":30000}}'

trust=(--ca "$work/ca.pem")
# winrm COUNT OPTION...: so many hosts through the bastion; what they said is in $work/out.
winrm() {
	local count=$1
	shift
	seq "$count" | awk -v port="$port" '{ print "h" $1, "127.1.0." 1 + ($1 - 1) % 10, port }' |
		call --key "$work/key" --via "bastion1 127.0.0.1 ${ports[main]}" --request "$probe" \
			--winrm-user "$winrm_user" --password "file:$work/password" --tls-name web.example "${trust[@]}" "$@"
}

winrm 1
is "a call over WinRM inside SSH" "$(count '^h1 ok lines=30 .*peer=WinRM, Microsoft-HTTPAPI/2.0 .*sent=1 first=1$')" 1
winrm 10 --calls 3
is "ten hosts, three calls each" "$(count '^h[0-9]+ ok lines=30')" 30
# a server lets a user have few shells: one that is left over would be missed here
set_host web01 winrm.max_shells_per_user=1
for _ in 1 2 3; do winrm 1; done
is "every shell is deleted" "$(count '^h1 ok')" 1

# Data of a call: as much as there can be, in a message each that the server takes.
head -c $((4 << 20)) /dev/urandom >"$work/big"
winrm 1 --upload "$work/big" --calls 2
is "4 MB with a call, twice" "$(count '^h1 ok lines=30')" 2
echo "#   $(sed -n 's/^total hosts=1 ms=\([0-9]*\).*/8 MB in \1 ms/p' "$work/out")"
set_host web01 winrm.max_envelope_kb=80
winrm 1 --upload "$work/big"
is "where only small messages are taken" "$(count '^h1 ok lines=30')" 1
# fails TEXT FAULT SAYS OPTION...: one host ends with that fault and says so.
fails() {
	local text=$1 fault=$2 says=$3
	shift 3
	winrm 1 "$@"
	is "$text: $fault" "$(count "^h1 $fault ")" 1
	has "$text: says so" "$work/out" "$says"
}
set_host web01 winrm.max_envelope_kb=30
fails "none that is as small as it gets" wrong-answer "finds the request too large"
set_host web01 winrm.max_envelope_kb=500
# serves NAME [OPTION of winrmhost]...: another server with that certificate, for what follows.
serves() {
	local name=$1
	shift
	winrm_start --certificate "$work/$name.pem" --key "$work/$name.key" "$@"
}

# Who answers.
fails "a host whose certificate nobody signed" host-key-unknown "the certificate is not trusted" --ca "$work/stranger.pem"
fails "authorities in no file" host-key-unknown "the authorities of marshal_winrm_ca cannot be read" --ca "$work/none.pem"
fails "a host by another name" host-key-unknown "the certificate is not trusted" --tls-name other.example
good_port=$port
serves expired
fails "a certificate that has expired" host-key-unknown "certificate has expired"
pin=$(openssl x509 -in "$work/expired.pem" -outform DER | sha256sum | cut -d' ' -f1)
winrm 1 --certificate "$pin"
is "one that is pinned, whatever else it is" "$(count '^h1 ok')" 1
set_host web01 faults.winrm=cut:Create
fails "and what breaks then is no matter of the pin" connection-lost "h1: " --certificate "$pin"
set_host web01 faults.winrm=
# Learnt at first sight.
learnt=$work/known_certificates
port=$good_port
is "that an authority vouched for it is remembered, once" "$(grep -c "^web.example:$port authority$" "$learnt")" 1
fails "another authority than the one that is named" host-key-unknown "the certificate is not trusted" --ca "$work/stranger.pem" --learn
trust=()
shown=SHA256:$(openssl x509 -in "$work/good.pem" -outform DER | sha256sum | cut -d' ' -f1)
line=$(grep -n "^web.example:$port authority$" "$learnt" | cut -d: -f1)
cp "$learnt" "$work/before"
for rule in "" --learn; do
	# shellcheck disable=SC2086
	fails "where an authority vouched before nobody does${rule:+, nor is it learnt}" host-key-changed \
		"nobody known vouches for the certificate $shown, and an authority did for the one before ($learnt line $line)" $rule
done
check "of that nothing is written" cmp "$learnt" "$work/before"
rm "$learnt"
fails "nobody vouches for it" host-key-unknown "or use --host-key accept-new once"
has "which it is, is told" "$work/out" "$shown"
check "nothing is learnt unasked" test ! -e "$learnt"
winrm 10 --learn
is "accept-new believes it" "$(count '^h[0-9]+ ok')" 10
is "and has one line of it" "$(cat "$learnt")" "web.example:$port $shown"
winrm 1
is "from then on it is known" "$(count '^h1 ok')" 1
winrm 1 --learn --known-hosts "$work/ca/known" --ca "$work/ca.pem"
is "what an authority vouches for is not learnt" "$(cat "$work/ca/known_certificates")" "web.example:$port authority"
sed -i "s/web.example:$port /WEB.example:$port /; s/SHA256:..../SHA256:0000/" "$learnt"
fails "another than the one that was learnt" host-key-changed "which is pinned by $learnt line 1" --learn
echo "@revoked * $shown" >>"$learnt"
fails "one that is revoked" host-key-changed "the certificate $shown is revoked by $learnt line 2" --learn
fails "also where it is pinned" host-key-changed "is revoked by $learnt line 2" --certificate "${shown#*:}"
fails "or an authority vouches for it" host-key-changed "is revoked by $learnt line 2" --tls-name good.example --ca "$work/ca.pem"
echo 'web.example SHA256:00' >>"$learnt"
fails "a line that is none" host-key-unknown "$learnt line 3: expected HOST:PORT or @revoked *, then SHA256: and 64 digits"
printf '# a\0b\n' >"$learnt"
fails "a NUL, behind which lines would be hidden" host-key-unknown "it is no text"
rm "$learnt"
trust=(--ca "$work/ca.pem")
serves elsewhere
fails "another than the one that is pinned" host-key-changed "the certificate is SHA256:" --certificate "$pin"
serves good --priorities NORMAL:-VERS-ALL:+VERS-TLS1.0
fails "TLS 1.0 alone" no-common-algorithm "TLS: "
port=$(free_port)
fails "nothing listens there" refused "tunnel: bastion1 gets no connection to 127.1.0.1 port $port"
echo "h1 127.1.0.1 $port" | call --winrm-user "$winrm_user" --password "file:$work/password" --ca "$work/ca.pem"
is "nor there, straight: refused" "$(count '^h1 refused ')" 1
has "what to look at" "$work/out" "see that WinRM has an HTTPS listener there"
port=$good_port

# Who we are.
echo wrong >"$work/wrong" && chmod 600 "$work/wrong"
winrm 10 --password "file:$work/wrong"
is "a wrong password is tried twice" "$(count '^h[0-9]+ sign-in-rejected .*with the password in file')" 2
is "and not by the others" "$(count '^h[0-9]+ credential-suspended')" 8
# A server that keeps what it was told of who we are, and takes nobody.
start python3 -c '
import http.server, re, ssl, sys
class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        idle = "".join(re.findall("<rsp:IdleTimeOut>([^<]*)", body))
        print("told " + idle if self.headers.get("Authorization") else "asked", file=sys.stderr, flush=True)
        self.send_response(401)
        self.send_header("WWW-Authenticate", "Basic realm=\"WSMAN\"")
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *unused): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(sys.argv[1], sys.argv[2])
server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print(server.server_port, flush=True)
server.serve_forever()
' "$work/good.pem" "$work/good.key" >"$work/keeper.port" 2>"$work/keeper"
within 10 test -s "$work/keeper.port"
seq 10 | awk -v port="$(cat "$work/keeper.port")" '{ print "h" $1, "127.0.0.1", port }' |
	call --winrm-user "$winrm_user" --password "file:$work/wrong" --certificate "${shown#*:}"
is "ten servers are asked first, two are told the password, and how long a shell may idle" \
	"$(sort "$work/keeper" | uniq -c | xargs)" "10 asked 2 told PT180S"
chmod 644 "$work/wrong"
fails "a password that others can read" no-usable-key "others can read it" --password "file:$work/wrong"

# Whose turn it is to be told of the password. Nobody has taken it yet, and dead hosts stand first: ports that take no
# connection, and ports that take one and say nothing.
silent nobody
mute mute
# behind_dead OPTION...: six dead hosts of both kinds, d1 to d6, and then ten good ones, h1 to h10.
behind_dead() {
	{
		printf 'd%d 127.0.0.1 %d\n' 1 "${ports[nobody]}" 2 "${ports[mute]}" 3 "${ports[nobody]}" \
			4 "${ports[mute]}" 5 "${ports[nobody]}" 6 "${ports[mute]}"
		seq 10 | awk -v port="$port" '{ print "h" $1, "127.1.0." $1, port }'
	} | call --winrm-user "$winrm_user" --password "file:$work/password" --certificate "${shown#*:}" \
		--request "$probe" --connect-limit 2000 --sign-in-limit 3000 "$@"
}
# in_their_time TEXT: the good ones are seen; the dead ones end side by side.
in_their_time() {
	is "$1: the others are seen" "$(count '^h[0-9]+ ok lines=30')" 10
	is "$1: nobody is there" "$(count '^d[135] no-answer ')" 3
	is "$1: and there no word of TLS" "$(count '^d[246] time-limit .*sign-in: no answer in 3 s')" 3
	check "$1: in the time of one" test "$(sed -n 's/^total .* ms=\([0-9]*\) .*/\1/p' "$work/out")" -lt 8000
}
behind_dead --key "$work/key" --via "bastion1 127.0.0.1 ${ports[main]}"
in_their_time "dead hosts stand first, behind a bastion"
behind_dead
in_their_time "dead hosts stand first, straight"
echo "h1 127.1.0.1 $port" | https_proxy=http://127.0.0.1:1 all_proxy=http://127.0.0.1:1 call --winrm-user "$winrm_user" \
	--password "file:$work/password" --certificate "${shown#*:}" --request "$probe"
is "the proxy of the environment is no way to a host" "$(count '^h1 ok lines=30')" 1

# What a server does wrong. Of a shell whose id it never told we can delete nothing.
misbehaves() {  # TEXT WORDS FAULT SAYS OPTION...
	local text=$1 words=$2
	shift 2
	set_host web01 "faults.winrm=$words"
	fails "$text" "$@"
	set_host web01 faults.winrm=
	winrm 1
	is "$text: no shell is left of it" "$(count '^h1 ok')" 1
}
misbehaves "an answer that is cut" cut:Receive connection-lost "h1: run: "
misbehaves "a connection that ends in place of an answer: nothing is said twice" drop:Send:2 connection-lost "h1: send: " \
	--upload "$work/big" --limit 5000
set_host web01 winrm.max_envelope_kb=80
misbehaves "an answer that is cut, to input that was too large a message before: nothing is said twice" cut:Send:2 \
	connection-lost "h1: send: " --upload "$work/big" --limit 5000
set_host web01 winrm.max_envelope_kb=500
misbehaves "input that is refused, of a program that waits for it" denied:Send:2 access-denied "h1: run: " --upload "$work/big"
misbehaves "no answer to a command" silent:Command time-limit "h1: channel: no answer in 10 s"
misbehaves "no XML" garbage:Receive wrong-answer "h1: run: "
misbehaves "16 MB" huge:Receive too-much-output "h1: run: "
misbehaves "an answer to something else" wrong-relates:Command wrong-answer "h1: channel: "
misbehaves "no right to it" denied:Command access-denied "h1: channel: "
misbehaves "a shell that goes in the middle" lost-shell:Receive connection-lost "h1: run: "
set_host web01 faults.all=hang
fails "a program that hangs" time-limit "h1: run: no answer in 1 s" --limit 1000
set_host web01 faults.all=
winrm 1
is "its shell is deleted too" "$(count '^h1 ok')" 1
set_host web01 faults.winrm=silent:Create
fails "no answer to a shell" time-limit "h1: sign-in: no answer in 15 s"
set_host web01 faults.winrm=no-soap:Create
fails "a page instead of a fault" wrong-answer "500"
set_host web01 faults.winrm=
fails "the shell that was made nevertheless counts" channel-refused "the user has as many shells as the host allows"

# Nothing of a password is written.
check "no password in what is said" bash -c '! grep -rqF "$1" "$2"' - "$winrm_password" "$work/out"
is "no door is left" "$(ls -A "$TMPDIR")" ""
