#!/usr/bin/env bash
# Certificates as a change request, like host keys: of servers that speak WinRM, behind a bastion.
. "$(dirname "$0")/winrmlib.sh"
. "$(dirname "$0")/fleetlib.sh"

build_winrmhost
fleet_start --hosts 3 --way winrm
named=$(sed -n 's/.*marshal_known_hosts: //p' "$inventory" | head -n 1)
# whoever signs it, nobody here knows; the bastion is known
edited '/marshal_winrm_ca:/d' 's/marshal_known_hosts: .*/marshal_known_hosts: mine/'
cp "$F/$named" "$F/mine"
known=$F/known_certificates pending=$F/known_certificates.pending
print=SHA256:$(openssl x509 -in "$F/winrm.pem" -outform DER | sha256sum | cut -d' ' -f1)
cell() { jq -r ".[] | select(.host == \"web01\") | .$1" "$work/out"; }

# --- collected, and trusted by nobody -----------------------------------------------------------
mv "$F/winrm_password" "$F/away"
exits "certificates are collected without a password" 0 marshal keys scan
has "all are new, the bastion's key is known" "$work/out" "4 hosts: 3 new, 0 changed, 0 revoked, 1 as known, 0 not reached"
mv "$F/away" "$F/winrm_password"
check "nothing is trusted by that" test ! -e "$known"
is "one a host is pending" "$(grep -v '^#' "$pending" | cut -d' ' -f2 | sort | uniq -c | xargs)" "3 $print"
exits "a scan trusts none of them" 1 marshal scan
is "as unknown" "$(fault_of web01)" host-key-unknown
exits "they are shown" 0 marshal keys pending --format json
is "with type, fingerprint and what is known" "$(cell type) $(cell fingerprint) $(cell known) $(cell recorded)" "certificate $print new null"
name=$(sed -n "s/^\([^ ]*\) .*/\1/p" <(grep -v '^#' "$pending") | head -n 1)
check "under a name with the way to it" grep -q '@' <<<"$name"
exits "as CSV" 0 marshal keys pending --format csv
cp "$work/out" "$work/pending.csv"
{ echo host,fingerprint; echo "web01,SHA256:$(tr a-f A-F <<<"${print#*:}")"; echo "app01,SHA256:$(printf %064d 0)"; } >"$work/list.csv"
exits "beside a list" 0 marshal keys pending --from "$work/list.csv" --format json
is "which agrees in any letter case" "$(cell listed)" agrees
echo "host,fingerprint
web01,SHA256:FGteYK2D2pJ0P5NHOmeaTb7nvvYSqGFh40ZAYoWB4Jk" >"$work/keys.csv"
exits "a list of host keys" 0 marshal keys pending --from "$work/keys.csv" --format json
is "says nothing to certificates" "$(cell listed)" not-listed

# --- approved -----------------------------------------------------------------------------------
exits "one by a list" 1 marshal keys approve --yes --from "$work/list.csv"
has "the others are told" "$work/err" "its certificate $print is"
is "it alone" "$(wc -l <"$known") $(cut -d' ' -f2 "$known")" "1 $print"
exits "the rest by hand" 0 marshal keys approve --yes
has "which is said" "$work/out" "certificate $print is trusted, in $known"
check "nothing is pending any more" test ! -e "$pending"
exits "a scan takes them" 0 marshal scan
exits "all are as known then" 0 marshal keys scan
has "which is said" "$work/out" "4 hosts: 0 new, 0 changed, 0 revoked, 4 as known"

# --- what the doctor says -----------------------------------------------------------------------
chmod 0666 "$known"
exits "known certificates that others may change" 1 marshal doctor --json
said() { jq -r --arg w "$1" 'first(.parts[].lines[] | select(.what == $w)) | "\(.verdict) \(.found)"' "$work/out"; }
has "are told" <(said "known certificates") "fail '$known' can be written by everybody"
chmod 0600 "$known"
exits "a host that was approved" 0 marshal doctor web01 --json
has "its certificate, why it is believed, and that it ends soon" <(said certificate) "warn $print, pinned by $known line"
is "each step once, none before the tunnel" "$(jq -r '.parts[-1].lines[].what' "$work/out" | xargs)" \
	"tunnel certificate sign-in channel run PowerShell account"

# --- changed ------------------------------------------------------------------------------------
old=SHA256:$(printf %064d 7)
address=$(sed -n 's/.*web01: {[^}]*ansible_host: \([0-9.]*\).*/\1/p' "$inventory")
line=$(grep -n "^$address:" "$known" | cut -d: -f1)
sed -i "${line}s/SHA256:.*/$old/" "$known"
exits "a changed one is an alarm" 1 marshal keys scan
has "with file, line and both fingerprints" "$work/err" "web01: certificate $print is not the one in $known line $line, $old; shown since 2"
exits "it is shown" 0 marshal keys pending --format json
is "with the line that says otherwise" "$(cell known) $(cell recorded) $(cell file) $(cell line)" "changed $old $known $line"
exits "it is not approved among others" 1 marshal keys approve --yes
exits "by its name it is" 0 marshal keys approve --yes --changed web01
has "the file before is kept" "$known.old" "$old"
is "the new one has one line" "$(grep -c "^$address:" "$known") $(grep -c "$print" "$known")" "1 3"
exits "a scan takes it" 0 marshal scan web01

# --- no line ------------------------------------------------------------------------------------
cp "$known" "$work/whole"
echo "web01 $print" >>"$known"
exits "a file with a line that is none" 1 marshal scan web01
is "believes nobody" "$(fault_of web01)" host-key-unknown
has "which is told with file and line" <(text_of web01) "$known line 4: expected HOST:PORT"
has "and what to do in the summary" "$work/out" "correct that line"
cp "$work/whole" "$known"
printf 'web09:5986 SHA256:01' >>"$known"
exits "half a line of a process that was killed" 0 marshal scan web01
has "is told" "$work/err" "$known line 4: expected"
cp "$work/whole" "$known"

# --- an authority's -----------------------------------------------------------------------------
line=$(grep -n "^$address:" "$known" | cut -d: -f1) at=$(grep "^$address:" "$known" | cut -d' ' -f1)
sed -i "${line}s/SHA256:.*/authority/" "$known"
exits "one that nobody vouches for, where an authority did" 1 marshal keys scan web01
has "is an alarm, too" "$work/err" "web01: certificate $print is vouched for by nobody, and an authority did before, $known line $line; shown since 2"
exits "a scan does not sign in there, nor learns it" 1 marshal scan --host-key accept-new web01
is "since it may be another" "$(fault_of web01)" host-key-changed
edited 's/marshal_known_hosts: .*/marshal_known_hosts: mine/'
exits "with its authority it is as known" 0 marshal keys scan web01
check "and nothing is pending" test ! -e "$pending"
sed -i "${line}d" "$known"
exits "the doctor" 0 marshal doctor web01
has "says who vouches" "$work/out" "an authority vouches for it; until 20"
is "and leaves nothing behind" "$(grep -c "^$address:" "$known")" 0
exits "a scan remembers that one vouched for it" 0 marshal scan web01
is "by the whole name" "$(grep "^$address:" "$known")" "$at authority"

# --- revoked ------------------------------------------------------------------------------------
exits "one is revoked by its fingerprint, in any letter case" 0 marshal keys revoke "SHA256:$(tr a-f A-F <<<"${print#*:}")" --yes
is "a line for every name" "$(grep -c '^@revoked' "$known")" 1
exits "which a scan heeds" 1 marshal scan
is "of all that show it" "$(sql "select count(*) from host where fault = 'host-key-changed'")" 3
has "and says" <(text_of web01) "is revoked by $known line"
exits "it is never approved" 1 marshal keys scan web01
has "but told" "$work/err" "web01: certificate $print is revoked by $known line"
exits "not even by name" 1 marshal keys approve --yes --changed web01
exits "pending ones are revoked by name" 0 marshal keys revoke web01 --yes
sed -i /@revoked/d "$known"
elsewhere=$(printf %064d 5)
exits "one that is recorded nowhere" 0 marshal keys revoke "SHA256:$elsewhere" --yes
has "is revoked, too" "$known" "@revoked * SHA256:$elsewhere"
exits "no certificate's fingerprint" 2 marshal keys revoke "SHA256:x$(printf %063d 5)" --yes
edited 's/marshal_known_hosts: .*/marshal_known_hosts: mine/' "s/marshal_winrm_ca:.*/marshal_winrm_cert: $old/"
exits "of a host the one that the inventory pins" 0 marshal keys revoke web01 --yes
has "is meant, too" "$known" "@revoked * $old"
sed -i /@revoked/d "$known"
exits "one that the inventory pins otherwise is an alarm" 1 marshal keys scan web01
has "that names it" "$work/err" "is not the one in marshal_winrm_cert, $old"
exits "and is no matter of approval" 1 marshal keys approve --yes --changed web01
has "but of the inventory" "$work/err" "correct the inventory"

# --- two ways -----------------------------------------------------------------------------------
rm -f "$known" "$pending"
edited '/marshal_winrm_ca:/d' 's/marshal_known_hosts: .*/marshal_known_hosts: mine/' 's/ansible_connection: winrm/marshal_transport: auto/' \
	's/ansible_user:/ansible_winrm_user:/' 's/marshal_ssh_user:/ansible_user:/' \
	"s/^\( *\)ansible_port: \(.*\)/\1ansible_port: $("$SIMHOST" --free-ports 1)\n\1ansible_winrm_port: \2/"
exits "where nobody answers by SSH it is the certificate" 0 marshal keys scan web01
has "of one host" "$work/out" "2 hosts: 1 new, 0 changed, 0 revoked, 1 as known, 0 not reached"
is "under its own name" "$(grep -v '^#' "$pending" | cut -d' ' -f1,2)" "$at $print"
exits "it is approved as any other" 0 marshal keys approve --yes web01
has "into the same file" "$known" "$at $print"
