#!/usr/bin/env bash
# Signing in with a certificate beside the key, to a real sshd that knows the authority alone.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sshlib.sh"

for name in ca stranger plain certified late; do
	ssh-keygen -q -t ed25519 -N '' -f "$work/$name"
done
certify() { ssh-keygen -q -s "$work/ca" -I "of $1" -n "$user" -V "$2" "$work/$1.pub" 2>/dev/null; }
certify certified -1d:+1d
certify late -2d:-1d
server authority "TrustedUserCAKeys $work/ca.pub" "AuthorizedKeysFile none"
server both "TrustedUserCAKeys $work/ca.pub" "AuthorizedKeysFile $work/late.pub"
# by PORT KEY: one host; what it said is in $work/out, warnings in $work/err.
by() { hosts 1 "${ports[$1]}" | call --key "$work/$2"; }

by authority plain
has "a key that nobody certified" "$work/out" "h1 sign-in-rejected "
hasnt "nothing is said of certificates" "$work/err" "certificate"
by authority certified
if grep -q "^h1 ok" "$work/out"; then
	ok "a certificate lets us in"
	by authority certified
	hasnt "nothing is to be warned of" "$work/err" "certificate"
else
	has "libssh2 before 1.11 offers none: the key alone is rejected" "$work/out" "h1 sign-in-rejected "
	has "and that is told" "$work/err" "certificate '$work/certified-cert.pub': libssh2 1.10"
	has "again beside the rejection" "$work/out" "without its certificate '$work/certified-cert.pub': libssh2 1.10"
fi
by both late
has "one that is over is passed over, the key alone may do" "$work/out" "h1 ok"
has "and that is told" "$work/err" "certificate '$work/late-cert.pub': it is valid from"
cp "$work/late-cert.pub" "$work/plain-cert.pub"
by authority plain
has "that of another key" "$work/err" "certificate '$work/plain-cert.pub': it is the certificate of another key"
has "again beside the rejection" "$work/out" "without its certificate '$work/plain-cert.pub': it is the certificate of another key"
has "with what to do" "$work/out" "have a certificate of this very key signed"
