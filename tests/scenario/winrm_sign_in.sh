#!/usr/bin/env bash
# Calls over WinRM by Kerberos and NTLM: a KDC of MIT's, GSSAPI's own acceptor in the simulated WinRM server, tickets by
# kinit, and OpenSSL's word for what the channel is bound to.
. "$(dirname "$0")/winrmlib.sh"
. "$(dirname "$0")/sshlib.sh"

build_winrmhost
winrm_fleet web01 web02 web03
authority ca
certificate good "$(winrm_names)" ca
certificate again "$(winrm_names)" ca
if ! realm_start; then
	skip "signing in over WinRM by Kerberos" "no krb5kdc, kadmin.local or kinit found"
	exit 0
fi
printf '%s:\n' marshal@FLEET.EXAMPLE 'CORP\marshal' >"$work/users.more"
for name in password wrong; do install -m 600 /dev/null "$work/$name"; done
echo "$winrm_password" >"$work/password"
echo wrong >"$work/wrong"
# of NTLM's acceptor, whose passwords have no colon
(umask 077 && echo 'CORP:marshal:of NTLM' | tee "$work/ntlm" | cut -d: -f3 >"$work/ntlm.password")
export NTLM_USER_FILE=$work/ntlm
hash=$(openssl x509 -in "$work/good.pem" -outform DER | sha256sum | cut -d' ' -f1)
probe='{"op":"probe","facts":null,"cloud":"public","login_hosts":["login.windows.net"],"limits":{"fact_ms":10000,"ob_ms":30000}}'

# by COUNT METHOD USER OPTION...: so many hosts, straight; what they said is in $work/out.
by() {
	local count=$1 method=$2 as=$3
	shift 3
	seq "$count" | awk -v port="$port" '{ print "h" $1, "127.1.0." 1 + ($1 - 1) % 3, port }' |
		call --request "$probe" --ca "$work/ca.pem" --sign-in "$method" --winrm-user "$as" "$@"
}
# fails TEXT FAULT SAYS: what the last one came to.
fails() {
	is "$1: $2" "$(count "^h1 $2 ")" 1
	has "$1: says so" "$work/out" "$3"
}
kdc_said() { grep -c "$1" "$work/kdc.log"; }
no_tickets() { kdestroy -q 2>/dev/null || true; }

# --- Kerberos ---------------------------------------------------------------------------------
winrm_start --keytab "$work/keytab"
by 1 kerberos ''
is "tickets of this account, calls and all" "$(count '^h1 ok lines=30 ')" 1
by 3 kerberos '' --calls 3
is "three hosts, three calls each" "$(count '^h[0-9]+ ok lines=30')" 9
set_host web01 winrm.max_shells_per_user=1
for _ in 1 2 3; do by 1 kerberos ''; done
is "every shell is deleted" "$(count '^h1 ok')" 1
no_tickets
by 1 kerberos ''
fails "no ticket at all" no-usable-key "get one (kinit), name a keytab"
before=$(kdc_said 'AS_REQ.*ISSUE')
by 3 kerberos marshal@FLEET.EXAMPLE --password "file:$work/password" --calls 2
is "a password gets tickets" "$(count '^h[0-9]+ ok')" 6
is "the KDC hears of it once, for all hosts" $(($(kdc_said 'AS_REQ.*ISSUE') - before)) 1
check "and no ticket of it is on this machine" bash -c '! klist -s'
before=$(kdc_said 'PREAUTH_FAILED')
by 3 kerberos marshal@FLEET.EXAMPLE --password "file:$work/wrong"
is "a wrong password is no sign-in" "$(count '^h[0-9]+ (sign-in-rejected|credential-suspended)')" 3
is "and is offered to the KDC once" $(($(kdc_said 'PREAUTH_FAILED') - before)) 1
mute mute
{
	printf "d%d 127.0.0.1 ${ports[mute]}\n" 1 2 3
	printf "h%d 127.1.0.%d $port\n" 1 1 2 2 3 3
} | call --request "$probe" --ca "$work/ca.pem" --sign-in kerberos --winrm-user marshal@FLEET.EXAMPLE --password "file:$work/password" \
	--sign-in-limit 2000
is "dead hosts stand first: the others are seen" "$(count '^h[0-9]+ ok')" 3
check "and the dead ones are late side by side" test "$(sed -n 's/^total .* ms=\([0-9]*\) .*/\1/p' "$work/out")" -lt 4000
by 1 kerberos nobody@FLEET.EXAMPLE --password "file:$work/password"
fails "a user who is not there" sign-in-rejected "the realm is in capitals"
by 1 kerberos marshal@NOWHERE.EXAMPLE --password "file:$work/password"
fails "a realm that nobody knows" no-usable-key "krb5.conf"
printf 'of another\n' >"$work/wrong"
by 1 kerberos other@FLEET.EXAMPLE --password "file:$work/wrong"
fails "who may not do anything there" access-denied "h1: "
KRB5_CLIENT_KTNAME=$work/client.keytab
export KRB5_CLIENT_KTNAME
PATH=$PATH:/usr/sbin kadmin.local -q "ktadd -norandkey -k $KRB5_CLIENT_KTNAME marshal" >>"$work/realm" 2>&1
by 1 kerberos ''
is "a keytab of this machine, as a service has it" "$(count '^h1 ok')" 1
unset KRB5_CLIENT_KTNAME
no_tickets

# --- the channel ------------------------------------------------------------------------------
check "tickets" signed_in marshal "$winrm_password"
winrm_start --keytab "$work/keytab" --bound-to "$hash"
by 1 kerberos ''
is "a server that wants tokens of its TLS channel" "$(count '^h1 ok')" 1
winrm_start --keytab "$work/keytab" --bound-to "$hash" --certificate "$work/again.pem" --key "$work/again.key"
by 1 kerberos ''
fails "another certificate on the way than the server's" sign-in-rejected "CbtHardeningLevel is Strict"

# --- nobody is asked -----------------------------------------------------------------------------
echo '*:' >>"$work/users.more"
winrm_start
by 1 kerberos ''
fails "a server that lets everybody in" wrong-answer "without asking who we are"
sed -i '$d' "$work/users.more"

# --- names ------------------------------------------------------------------------------------
winrm_start
by 1 kerberos ''
fails "a server that takes no Negotiate" no-common-algorithm "WinRM offers no sign-in by Negotiate, but Basic"
winrm_start --keytab "$work/keytab"
ln -sf ../hosts/web01.json "$F/addresses/127.1.0.9"
echo "h1 127.1.0.9 $port" | call --request "$probe" --certificate "$hash" --sign-in kerberos --winrm-user ''
fails "a name that the directory does not know" no-usable-key "ansible_winrm_kerberos_hostname_override"

# --- NTLM -------------------------------------------------------------------------------------
# the plug-in does not give back a context of OpenSSL's, and leaks are errors here
ntlm=no
if [ "$mode" = asan ]; then
	skip "NTLM" "its plug-in leaks"
elif [ -e /etc/gss/mech.d/mech.ntlmssp.conf ]; then
	ntlm=yes
	by 3 ntlm 'CORP\marshal' --password "file:$work/ntlm.password" --calls 2
	is "NTLM: three hosts, two calls each" "$(count '^h[0-9]+ ok')" 6
	by 3 ntlm 'CORP\marshal' --password "file:$work/wrong"
	is "a wrong password is tried twice" "$(count '^h[0-9]+ sign-in-rejected')" 2
	is "and not by the others" "$(count '^h[0-9]+ credential-suspended')" 1
else
	skip "NTLM" "no gss-ntlmssp found"
	by 1 ntlm 'CORP\marshal' --password "file:$work/password"
	fails "NTLM without its plug-in" no-usable-key "gss-ntlmssp"
fi

# --- a connection that ends -------------------------------------------------------------------
for operation in Create Command Send Receive Signal; do
	set_host web01 "faults.winrm=closes:$operation"
	by 1 kerberos ''
	is "the connection ends after $operation: the next one is signed in too" "$(count '^h1 ok lines=30')" 1
done

# A server that reads no further than to see that nobody has signed in: it answers, and closes amid what is sent.
head -c $((1 << 20)) /dev/urandom >"$work/big"
good_port=$port
winrm_start --keytab "$work/keytab" --hasty
for faults in '' closes:Send:1 closes:Send:4; do
	set_host web01 "faults.winrm=$faults"
	by 1 kerberos '' --upload "$work/big"
	is "a server that does not read who is nobody, ${faults:-at first}: Kerberos" "$(count '^h1 ok lines=30')" 1
	[ "$ntlm" = yes ] || continue
	set_host web01 "faults.winrm=$faults,"
	by 1 ntlm 'CORP\marshal' --password "file:$work/ntlm.password" --upload "$work/big"
	is "a server that does not read who is nobody, ${faults:-at first}: NTLM" "$(count '^h1 ok lines=30')" 1
done
port=$good_port

# --- what breaks ------------------------------------------------------------------------------
set_host web01 faults.winrm=cut:Command
by 1 kerberos ''
fails "an answer that is cut" connection-lost "h1: "
set_host web01 faults.winrm=
by 1 kerberos ''
is "no shell is left of it" "$(count '^h1 ok')" 1

# --- a scan -----------------------------------------------------------------------------------
no_tickets
cat >"$work/fleet.ini" <<END
[fleet]
web01 ansible_host=127.1.0.1
web02 ansible_host=127.1.0.9 ansible_winrm_kerberos_hostname_override=127.1.0.1
[fleet:vars]
ansible_port=$port
marshal_transport=winrm-direct
ansible_user=marshal@FLEET.EXAMPLE
marshal_password_file=$work/password
marshal_winrm_cert=$hash
END
"$MARSHAL" scan -i "$work/fleet.ini" --db "$work/db" >"$work/scan" 2>&1 || true
has "a scan by what the inventory says" "$work/scan" "2 hosts: 2 seen"

# --- nobody to ask -----------------------------------------------------------------------------
kill "$(cat "$work/kdc.pid")"
by 3 kerberos marshal@FLEET.EXAMPLE --password "file:$work/password"
fails "a KDC that is away" time-limit "port 88"
is "is waited for once" "$(count '^h[0-9]+ time-limit')" 3
winrm_start --keytab "$work/keytab" --certificate "$work/again.pem" --key "$work/again.key"
check "no password in what is said" bash -c '! grep -rqF "$1" "$2"' - "$winrm_password" "$work/out"
