#!/bin/sh
# fake_host.sh - plays the far end of a call: reads the two lines, answers as the request's "ask"
# says. Run by sshd as the forced command, or by the local transport in place of a host.
case "${SSH_ORIGINAL_COMMAND:-}" in
*sftp*) exec /usr/lib/openssh/sftp-server ;;
esac
case "${MARSHAL_FAKE:-}" in
unread)         # never reads its input, and says a lot
	head -c 300000 /dev/zero | tr '\0' 'x'; exec sleep 600 ;;
early)          # ends before reading
	echo 'not today' >&2; exit 7 ;;
esac

read -r script
read -r request
request=$(printf %s "$request" | base64 -d)
nonce=${request#*\"nonce\":\"}; nonce=${nonce%%\"*}
case $request in
*\"ask\"*) ask=${request#*\"ask\":\"}; ask=${ask%%\"*} ;;
*) ask=ok ;;
esac

begin() { printf '\n<<<answer %s begin>>>\r\n' "$nonce"; }
end() { printf '<<<answer %s end>>>\n' "$nonce"; }

case $ask in
ok)     echo banner; begin; printf '{"script": %d}\r\n{"b": 2}\n' ${#script}; end; echo bye ;;
rest)   # input must end: waits for it
	begin; wc -c | sed 's/.*/{"rest": &}/'; end ;;
slow)   begin; echo '{"a": 1}'; sleep 1; end ;;
garbage) head -c 3000 /dev/urandom; exit 0 ;;
hang)   begin; echo '{"a": 1}'; exec sleep 600 ;;
signal) begin; echo '{"a": 1}'; kill -9 $$ ;;
cut)    begin; echo '{"a": 1}'; kill -9 $PPID ;;
exit3)  echo 'it broke' >&2; exit 3 ;;
stderr) head -c 4194304 /dev/zero | tr '\0' 'e' >&2; begin; echo '{"a": 1}'; end ;;
stdout) begin; head -c 100000000 /dev/zero | tr '\0' 'x' | fold -w 1000; end ;;
megabytes) begin; head -c 3000000 /dev/zero | tr '\0' 'x' | fold -w 1000; echo; end ;;
longline) begin; head -c 300000 /dev/zero | tr '\0' 'x'; echo; echo '{"a": 1}'; end ;;
esac
