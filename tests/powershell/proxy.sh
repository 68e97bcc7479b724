#!/usr/bin/env bash
# proxy.sh - names on the Internet through a real proxy that refuses, wants a sign-in, or tunnels to a real server: what
# the script's own functions make of it on PowerShell's .NET, and what mono says of the word that they go by on others.
# shellcheck source=tests/scenario/lib.sh
. "$(dirname "$0")/../scenario/lib.sh"

here=$root/tests/powershell
pwsh=$(powershell)
for need in "$pwsh" openssl python3 jq; do
	command -v "$need" >/dev/null 2>&1 && continue
	lacks 'names through a proxy' "$need"
	exit 0
done
cd "$work" || exit 1

openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 2 -subj '/CN=Authority' 2>/dev/null
openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj '/CN=Server' 2>/dev/null
openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -out server.crt \
	-extfile <(echo 'subjectAltName=DNS:*.web.example') 2>/dev/null
export SSL_CERT_FILE=$work/ca.crt       # whom .NET trusts
"$root/tests/tools/proxy.py" server.crt server.key >listens 2>log &
lib_started+=($!)
within 30 test -s listens || not_ok 'the proxy runs'
read -r port <listens

cat >cases <<'CASES'
open.web.example true 200 null an answer of the server itself
say-404.web.example true 404 null an error page of it as well
say-503.web.example false 503 null but not that it cannot get through
say-407.web.example null 407 sign-in one between, with a certificate of its own, wants a sign-in
refuse-403.web.example false 403 proxy a proxy that refuses
refuse-502.web.example false 502 proxy one that cannot get through
refuse-407.web.example null 407 sign-in one that wants a sign-in
wrong.name.test false null tls a certificate for another name
also-open.web.example true 200 null and another that is open
CASES
mapfile -t names < <(cut -d' ' -f1 cases)
"$pwsh" -NoProfile -NonInteractive -File "$here/proxy.ps1" -Root "$root" -Proxy "127.0.0.1:$port" "${names[@]}" >said 2>err
while read -r name open status error text; do
	is "$text" "$(jq -r "select(.host == \"$name\") | [.open, .status, .error] | map(tostring) | join(\" \")" said)" \
		"$open $status $error"
done <cases
is 'all went through the proxy' "$(sort -u log)" "$(printf 'CONNECT %s\n' "${names[@]}" | sort)"

cat >wanted <<WANTED
open.web.example 200 127.0.0.1:$port
say-404.web.example status 404 127.0.0.1:$port
say-407.web.example sign-in 407 127.0.0.1:$port
refuse-403.web.example proxy 403 127.0.0.1:$port
refuse-407.web.example sign-in 407 127.0.0.1:$port
wrong.name.test tls  127.0.0.1:$port
WANTED
mapfile -t names < <(cut -d' ' -f1 wanted)
https_proxy=http://127.0.0.1:$port "$pwsh" -NoProfile -NonInteractive -File "$here/fetch.ps1" -Root "$root" "${names[@]}" >said 2>>err
is 'a file is fetched through the proxy of the account, or it is said why not' "$(cat said)" "$(cat wanted)"
https_proxy=http://127.0.0.1:1 "$pwsh" -NoProfile -NonInteractive -File "$here/fetch.ps1" -Root "$root" open.web.example >said 2>>err
is 'nobody there to be the proxy' "$(cat said)" 'open.web.example connect  127.0.0.1:1'

for need in mono mcs; do
	command -v "$need" >/dev/null 2>&1 && continue
	skip 'the word for the answer of a proxy' "no $need found"
	exit 0
done
check 'the witness is built' mcs -out:proxy.exe "$here/proxy.cs"
is 'an answer to CONNECT has CONNECT as its method, one of the server GET, and there is an issuer' \
	"$(mono proxy.exe "$port" open.web.example refuse-407.web.example say-407.web.example)" \
	"$(printf '%s\n' 'open.web.example GET 200 CN=Authority' 'refuse-407.web.example CONNECT 407 none' \
		'say-407.web.example GET 407 CN=Authority')"
[ "$lib_bad" -eq 0 ] || cat said err log
