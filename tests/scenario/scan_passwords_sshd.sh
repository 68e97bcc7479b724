#!/usr/bin/env bash
# Signing in by password against a real sshd: by the method of that name, and asked for by PAM (keyboard-interactive). The
# account is one of a mount namespace of its own: nothing of this system is changed. tests/scenario/scan_passwords.sh has
# all else of passwords, against a server of paramiko.
. "$(dirname "$0")/lib.sh"

if [ "$(id -u)" -ne 0 ] || ! unshare -m true 2>/dev/null; then
	skip "passwords against a real sshd" "no root with mount namespaces"
	exit 0
fi
. "$(dirname "$0")/sshlib.sh"
right="Zaubertrank-$RANDOM-$RANDOM"
(umask 077 && printf '%s\n' "$right" >"$work/right" && echo "Spinat-$RANDOM" >"$work/wrong")
cp /etc/passwd "$work/passwd"
(umask 077 && cp /etc/shadow "$work/shadow")
echo "adm-test:x:0:0::$work:/bin/sh" >>"$work/passwd"
printf 'adm-test:%s:19000:0:99999:7:::\n' "$(openssl passwd -6 -stdin <"$work/right")" >>"$work/shadow"
printf '%s\n' "auth required pam_unix.so" "account required pam_unix.so" "session required pam_permit.so" >"$work/pam"
"$SIMHOST" --state web01 >"$work/web01.json"
printf '#!/bin/sh\nMARSHAL_STATE=%s exec %s $SSH_ORIGINAL_COMMAND\n' "$work/web01.json" "$SIMHOST" >"$work/play"
cat >"$work/sshd" <<END
#!/bin/sh
exec unshare -m sh -c 'mount --bind $work/passwd /etc/passwd && mount --bind $work/shadow /etc/shadow &&
	mount --bind $work/pam /etc/pam.d/sshd && exec $sshd "\$@"' sshd "\$@"
END
chmod +x "$work/play" "$work/sshd"
sshd=$work/sshd

# scan NAME PASSWORD: of the host there
scan() {
	cat >"$work/inventory.ini" <<-END
	[g]
	web01 ansible_host=127.0.0.1 ansible_port=${ports[$1]} ansible_user=adm-test marshal_password_file=$work/$2 marshal_known_hosts=$work/known
	END
	MARSHAL_INVENTORY=$work/inventory.ini MARSHAL_DB=$work/$1.db "$MARSHAL" scan
}
server plain "PasswordAuthentication yes" "AuthenticationMethods password" "ForceCommand $work/play"
exits "the right password" 0 scan plain right
has "is accepted by that method" "$work/plain.log" "Accepted password for adm-test"
exits "a wrong one" 1 scan plain wrong
has "is rejected" "$work/out" "sign-in-rejected"
is "and was offered once" "$(grep -c 'Failed password for adm-test' "$work/plain.log")" 1

server asks "UsePAM yes" "KbdInteractiveAuthentication yes" "AuthenticationMethods keyboard-interactive" "ForceCommand $work/play"
exits "the right answer to what PAM asks" 0 scan asks right
has "is accepted" "$work/asks.log" "Accepted keyboard-interactive/pam for adm-test"
exits "a wrong one" 1 scan asks wrong
has "is rejected" "$work/out" "sign-in-rejected"
is "and was given once" "$(grep -c 'Failed keyboard-interactive/pam for adm-test' "$work/asks.log")" 1
check "the account was of those servers alone" bash -c '! grep -q adm-test /etc/passwd /etc/shadow'
check "and no password is written" bash -c '! grep -qF "$1" "$2"/*.db "$2"/*.log "$2/out" "$2/err"' - "$right" "$work"
