#!/usr/bin/env bash
# Whose certificates a session over WinRM believes: which authorities count, the system's or one that is named, and what
# becomes of it when another server answers in the middle of a call, or at the goodbye.
. "$(dirname "$0")/winrmlib.sh"
. "$(dirname "$0")/sshlib.sh"

build_winrmhost
winrm_fleet web01
for name in ca stranger; do authority "$name"; done
certificate good "$(winrm_names)" ca
certificate foreign "$(winrm_names)" stranger
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=self -addext "subjectAltName=$(winrm_names)" \
	-keyout "$work/self.key" -out "$work/self.pem" 2>/dev/null
# stale OPTION...: one that is signed by itself, with the names of all hosts
openssl req -new -newkey rsa:2048 -nodes -subj /CN=stale -keyout "$work/stale.key" -out "$work/stale.csr" 2>/dev/null
stale() {
	openssl x509 -req -in "$work/stale.csr" -signkey "$work/stale.key" "$@" \
		-extfile <(echo "subjectAltName=$(winrm_names)") -out "$work/stale.pem" 2>/dev/null
}
# as expired_certificate
stale -not_before 20200101000000Z -not_after 20200102000000Z || stale -days -1
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.1.0.2 -addext subjectAltName=IP:127.1.0.2,DNS:web02 \
	-keyout "$work/another.key" -out "$work/another.pem" 2>/dev/null
(umask 077 && echo "$winrm_password" >"$work/password")
winrm_start --port 0
good_port=$port
learnt=$work/known_certificates
probe='{"op":"probe","facts":null,"cloud":"public","login_hosts":["login.windows.net"],"limits":{"fact_ms":10000,"ob_ms":30000}}'
pin_of() { openssl x509 -in "$work/$1.pem" -outform DER | sha256sum | cut -d' ' -f1; }

# asks OPTION...: the host, straight; what it said is in $work/out.
asks() { echo "h1 127.1.0.1 $port" | call --request "$probe" --winrm-user "$winrm_user" --password "file:$work/password" "$@"; }

# --- at first sight -------------------------------------------------------------------------------
for row in "stale:it has expired" "another:it is another host's"; do
	name=${row%%:*}
	winrm_start --port 0 --certificate "$work/$name.pem" --key "$work/$name.key"
	asks --learn
	is "signed by itself, and ${row#*:}: host-key-unknown" "$(count '^h1 host-key-unknown ')" 1
	has "signed by itself, and ${row#*:}: says so" "$work/out" "self-signed certificate; ${row#*:}; it is SHA256:$(pin_of "$name")"
	check "signed by itself, and ${row#*:}: is not learnt" test ! -e "$learnt"
	asks --certificate "$(pin_of "$name")"
	is "signed by itself, and ${row#*:}: may be pinned" "$(count '^h1 ok')" 1
done
winrm_start --port 0 --certificate "$work/self.pem" --key "$work/self.key"
asks --learn
is "signed by itself, and nothing else: is learnt" "$(count '^h1 ok') $(grep -c "SHA256:$(pin_of self)$" "$learnt")" "1 1"
rm -f "$learnt"
port=$good_port

# --- another server in the middle ---------------------------------------------------------------
# meanwhile TEXT COUNT FAULTS FAULT OPTION...: behind so many connections another certificate is shown, which the one that
# shows it cannot have from anybody. The call ends with FAULT, the other server hears nothing, and nothing of it is learnt.
other=self
meanwhile() {
	local text=$1 count=$2 faults=$3 fault=$4
	shift 4
	rm -f "$work/heard" "$work/others" "$work/other.port"
	start python3 "$root/tests/tools/other_server.py" "$good_port" "$count" "$work/$other.pem" "$work/$other.key" "$work/heard" \
		${forgets:+"$forgets"} \
		>"$work/other.port" 2>"$work/others"
	within 5 test -s "$work/other.port"
	port=$(cat "$work/other.port")
	set_host web01 faults.winrm= && set_host web01 "faults.winrm=$faults"
	asks "$@"
	kill "$started"
	set_host web01 faults.winrm=
	has "$text: another answers" "$work/others" "another answers"
	is "$text: $fault" "$(grep -oE '^h1 [a-z-]+' "$work/out" | tail -n 1)" "h1 $fault"
	check "$text: it hears nothing, not who we are" test ! -s "$work/heard"
	check "$text: and is not learnt" bash -c '! grep -qsiF "$1" "$2"' - "$(pin_of $other)" "$learnt"
	port=$good_port
}
for at in Create Command Send; do
	meanwhile "an authority vouched for the first, after $at" 1 "closes:$at" host-key-unknown --ca "$work/ca.pem" --learn
	meanwhile "the first is pinned, after $at" 1 "closes:$at" host-key-changed --certificate "$(pin_of good)" --learn
	rm -f "$learnt"
	meanwhile "the first was learnt just now, after $at" 2 "closes:$at" host-key-changed --learn
	has "the first was learnt just now, after $at: and stays so" "$learnt" "$(pin_of good)"
done
rm -f "$learnt"
for other in stale another; do
	meanwhile "one more that is $other, when the first is to be learnt" 1 "" host-key-unknown --learn
	check "one more that is $other, when the first is to be learnt: nothing is" test ! -s "$learnt"
done
other=self
rm -f "$learnt"
# what was learnt is forgotten when another answers
forgets=$learnt
for at in Command Send; do
	meanwhile "the first was learnt, and is forgotten, after $at" 2 "closes:$at" host-key-unknown --learn
done
meanwhile "the first was learnt, and is forgotten, its shell is gone" 2 lost-shell:Command:2,closes:Command:2 host-key-unknown --learn --calls 2
meanwhile "the first was learnt, and is forgotten, the goodbye" 2 cut:Receive connection-lost --learn
forgets=
rm -f "$learnt"
for trust in "--ca $work/ca.pem" "--certificate $(pin_of good)"; do
	# shellcheck disable=SC2086 # two words
	meanwhile "the goodbye, ${trust%% *}" 1 cut:Receive connection-lost $trust --learn
done
meanwhile "the goodbye, learnt just now" 2 cut:Receive connection-lost --learn
rm -f "$learnt"

# --- the system's authorities ---------------------------------------------------------------------
# Ours in their place, in a namespace of mounts of its own.
system=/etc/ssl/certs
if ! [ -d $system ] || ! unshare -rm true 2>/dev/null || ! curl-config --ca | grep -q "^$system/"; then
	skip "the system's authorities" "no folder $system, or no namespace of our own for another"
	exit 0
fi
mkdir "$work/bundle" "$work/folder" "$work/both"
cp "$work/ca.pem" "$work/bundle/ca-certificates.crt"
cp "$work/stranger.pem" "$work/folder/ca-certificates.crt"      # an empty one is an error
cp "$work/ca.pem" "$work/folder"
openssl rehash "$work/folder" 2>/dev/null
cp -a "$work/folder/." "$work/both" && cp "$work/ca.pem" "$work/both/ca-certificates.crt"
cat >"$work/within" <<END
#!/bin/sh
exec unshare -rm sh -c 'mount --bind "\$1" $system && shift && exec "\$@"' - "\$SYSTEM" "$callhost" "\$@"
END
chmod +x "$work/within"
callhost=$work/within
for where in bundle folder both; do
	export SYSTEM=$work/$where
	asks
	is "the system's authorities count, in its $where" "$(count '^h1 ok')" 1
	asks --ca "$work/stranger.pem" --learn
	is "not beside one that is named, in its $where" "$(count '^h1 host-key-unknown .*the certificate is not trusted')" 1
	asks --ca "$work/ca.pem"
	is "the one that is named does, in its $where" "$(count '^h1 ok')" 1
done
check "no certificate is learnt where an authority vouches" bash -c '! grep -qs SHA256 "$1"' - "$learnt"
rm -f "$learnt"
meanwhile "the system vouched for the first" 1 closes:Create host-key-changed --learn
meanwhile "the system vouched for the first, and its shell is gone" 1 lost-shell:Command:2,closes:Command:2 host-key-changed --learn --calls 2
meanwhile "the system vouched for the first, the goodbye" 1 cut:Receive connection-lost --learn
check "no password in what is said" bash -c '! grep -rqF "$1" "$2"' - "$winrm_password" "$work/out"
