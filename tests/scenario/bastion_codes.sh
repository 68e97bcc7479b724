#!/usr/bin/env bash
# A bastion that asks for a one-time code besides the key: a person is asked once for all hosts behind it, again when its
# line falls, and nobody where nobody is there. It is a real sshd whose PAM asks, in a mount namespace of its own.
. "$(dirname "$0")/lib.sh"

if [ "$(id -u)" -ne 0 ] || ! unshare -m true 2>/dev/null || ! command -v python3 >/dev/null; then
	skip "one-time codes of a bastion" "no root with mount namespaces, or no python3"
	exit 0
fi
. "$(dirname "$0")/sshlib.sh"
code=493817-$RANDOM
cp /etc/passwd "$work/passwd"
(umask 077 && cp /etc/shadow "$work/shadow")
echo "adm-test:x:0:0::$work:/bin/sh" >>"$work/passwd"
printf 'adm-test:%s:19000:0:99999:7:::\n' "$(openssl passwd -6 -stdin <<<"$code")" >>"$work/shadow"
printf '%s\n' "auth required pam_unix.so nodelay" "account required pam_unix.so" "session required pam_permit.so" >"$work/pam"
cat >"$work/sshd" <<END
#!/bin/sh
exec unshare -m sh -c 'mount --bind $work/passwd /etc/passwd && mount --bind $work/shadow /etc/shadow &&
	mount --bind $work/pam /etc/pam.d/sshd && exec $sshd "\$@"' sshd "\$@"
END
# five servers behind it, each at its own address; one that is told to cuts the bastion's line
cat >"$work/play" <<END
#!/bin/sh
set -- \$SSH_CONNECTION \$SSH_ORIGINAL_COMMAND
name=h\${3##*.}
shift 4
rm "$work/cut.\$name" 2>/dev/null && kill \$(pgrep -P "\$(cat "$work/gate.pid")")
MARSHAL_STATE=$work/\$name.json exec $SIMHOST "\$@"
END
chmod +x "$work/play" "$work/sshd"
addresses=()
for n in 1 2 3 4 5; do
	"$SIMHOST" --state "h$n" >"$work/h$n.json"
	[ "$n" -eq 1 ] || addresses+=("ListenAddress 127.0.0.$n")
done
server inner "${addresses[@]}" "ForceCommand $work/play"
for n in 2 3 4 5; do
	printf '[127.0.0.%s]:%s %s\n' "$n" "${ports[inner]}" "$(cut -d' ' -f1,2 "$work/host_ed25519.pub")" >>"$work/known"
done
sshd=$work/sshd
server gate "UsePAM yes" "KbdInteractiveAuthentication yes" "AuthenticationMethods publickey,keyboard-interactive"

# inventory WORD...: the five, and the bastion with those words of it
inventory() {
	cat >"$work/inventory.ini" <<-END
		[servers]
		$(printf "h%s ansible_host=127.0.0.%s ansible_port=${ports[inner]} ansible_user=$user marshal_jump=gate\\n" 1 1 2 2 3 3 4 4 5 5)
		[bastions]
		gate ansible_host=127.0.0.1 ansible_port=${ports[gate]} ansible_user=adm-test marshal_skip=yes $*
		[all:vars]
		ansible_ssh_private_key_file=$work/key
		marshal_known_hosts=$work/known
	END
}
# scan NAME OPTION...: of them, into that database. typing NAME ANSWER...: the same on a terminal, one server at a time,
# with these answers.
scan() { "$MARSHAL" -i "$work/inventory.ini" --db "$work/$1.db" scan --jobs 1 "${@:2}"; }
typing() {
	local name=$1
	shift
	python3 "$root/tests/tools/typist.py" "One-time code of adm-test at gate" "$@" -- \
		"$MARSHAL" -i "$work/inventory.ini" --db "$work/$name.db" scan --jobs 1
}
asked() { grep -o "One-time code of adm-test" "$work/out" | wc -l; }
let_in() { grep -c "Accepted keyboard-interactive/pam for adm-test" "$work/gate.log"; }

inventory
exits "a bastion that wants more than a key" 1 scan plain
has "says what" "$work/out" "does not let 'adm-test' in by a key alone, it asks for keyboard-interactive"
has "and what the inventory may say of it" "$work/out" "marshal_one_time_code: yes"

inventory marshal_one_time_code=yes marshal_bastion_sessions=3
exits "the code that somebody types" 0 typing right "$code"
has "is right for all behind it" "$work/out" "6 hosts: 5 seen, 0 not seen, 1 skipped"
is "who is asked once" "$(asked)" 1
is "for there is one line" "$(let_in)" 1
hasnt "it is not shown" "$work/out" "$code"
check "and nowhere written" bash -c '! grep -qF "$1" "$2"/*.db "$2"/*.log "$2/err"' - "$code" "$work"

exits "the doctor asks, too" 0 python3 "$root/tests/tools/typist.py" "One-time code of adm-test at gate: " "$code" -- \
	"$MARSHAL" -i "$work/inventory.ini" doctor h1
is "once" "$(asked)" 1

exits "a code that is mistyped once" 0 typing mistyped 000000 "$code"
has "is asked for again over the same line" "$work/out" "That code was rejected. One-time code"
is "two questions" "$(asked)" 2

failed=$(grep -c "Failed keyboard-interactive" "$work/gate.log")
exits "codes that are all wrong" 1 typing wrong 000000 000001 000002 000003
has "are said, and no word against the key" "$work/out" "sign-in: the one-time code of 'adm-test'"
is "three are tried for all servers together" "$(($(grep -c "Failed keyboard-interactive" "$work/gate.log") - failed))" 3

exits "nobody to be asked" 1 setsid "$MARSHAL" -i "$work/inventory.ini" --db "$work/alone.db" scan
has "is said" "$work/out" "code: the one-time code of 'adm-test': nobody can be asked for it here"
has "with what else there is" "$work/out" "signs in by key alone"
is "once for all" "$(sqlite3 "$work/alone.db" "select group_concat(distinct fault) || count(*) from host where fault <> ''")" no-usable-key5

exits "nobody who answers" 1 typing empty ""
has "is said" "$work/out" "code: the one-time code of 'adm-test': none was"
is "and asked no more" "$(asked)" 1

touch "$work/cut.h3"
before=$(let_in)
exits "a line that falls in the middle" 1 typing cut "$code" "$code"
has "costs the server that was being looked at" "$work/out" "6 hosts: 4 seen"
is "and one more code" "$(asked) $(($(let_in) - before))" "2 2"

printf '#!/bin/sh\ntrap : INT\n"$@"\necho "ended $?"\nstty -a\n' >"$work/and_stty"
chmod +x "$work/and_stty"
python3 "$root/tests/tools/typist.py" "One-time code of adm-test at gate: " $'\x03' -- "$work/and_stty" \
	"$MARSHAL" -i "$work/inventory.ini" --db "$work/left.db" scan >"$work/out" 2>&1
has "Ctrl-C at the question ends the scan" "$work/out" "ended 130"
hasnt "and the terminal shows again what is typed" "$work/out" " -echo "

# four bastions of one account, each of which hangs up after a wrong code
server strict "UsePAM yes" "KbdInteractiveAuthentication yes" "AuthenticationMethods publickey,keyboard-interactive" \
	"MaxAuthTries 2" "ListenAddress 127.0.0.2" "ListenAddress 127.0.0.3" "ListenAddress 127.0.0.4"
inventory marshal_one_time_code=yes
for n in 2 3 4; do
	printf '[127.0.0.%s]:%s %s\n' "$n" "${ports[strict]}" "$(cut -d' ' -f1,2 "$work/host_ed25519.pub")" >>"$work/known"
done
sed -i "s/^\(h\([1-4]\) .*\)=gate/\1=gate\2/; /^h5 /d; s/^gate .*/gate1 &\ngate2 &\ngate3 &\ngate4 &/" "$work/inventory.ini"
sed -i "s/^\(gate\([1-4]\)\) gate ansible_host=127.0.0.1 ansible_port=${ports[gate]}/\1 ansible_host=127.0.0.\2 ansible_port=${ports[strict]}/" "$work/inventory.ini"
exits "wrong codes, each over another line" 1 typing strict 000000 000001 000002
has "are counted together" "$work/out" "accepted, so none is asked for any more"
is "three are all" "$(asked)" 3
hasnt "one is not many" "$work/out" "1 times"

if [ -n "${SOAK:-}" ]; then
	# a line that waits for one who never answers is given up after libssh2's minute, not after the connect limit
	silent nobody
	inventory marshal_one_time_code=yes
	sed -i "s/^\[servers\]/&\nh0 ansible_host=127.0.0.1 ansible_port=${ports[nobody]} ansible_user=$user marshal_jump=gate/" "$work/inventory.ini"
	began=$SECONDS
	exits "one that never answers" 1 typing silent "$code" "$code"
	has "keeps nobody from being seen" "$work/out" "7 hosts: 5 seen, 1 not seen"
	is "and costs one more code" "$(asked)" 2
	check "as late as can be" test $((SECONDS - began)) -ge 50
fi
