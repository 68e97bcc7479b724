#!/usr/bin/env bash
# Kerberos where a KDC is silent: who asks it, who waits, for how long, and how a program ends meanwhile.
. "$(dirname "$0")/winrmlib.sh"
. "$(dirname "$0")/sshlib.sh"

build_winrmhost
winrm_fleet web01 web02 web03 web04 web05 web06 $(seq -f more%03g 7 140)
authority ca
certificate good "$(winrm_names)" ca
if ! realm_start; then
	skip "a KDC that is silent" "no krb5kdc, kadmin.local or kinit found"
	exit 0
fi
printf '%s:\n' marshal@FLEET.EXAMPLE >"$work/users.more"
(umask 077 && echo "$winrm_password" >"$work/password")
probe='{"op":"probe","facts":null,"cloud":"public","login_hosts":["login.windows.net"],"limits":{"fact_ms":10000,"ob_ms":30000}}'

# A KDC that takes what it is sent, and says nothing. Of each who asks, a line.
start python3 -u -c '
import select, socket, sys
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", 0))
tcp = socket.create_server(udp.getsockname())
print(tcp.getsockname()[1])
known, kept = set(), []
while True:
    for ready in select.select([udp, tcp], [], [])[0]:
        if ready is tcp:
            kept.append(tcp.accept())
            continue
        who = udp.recvfrom(65536)[1]
        if who not in known:
            print("asked", file=sys.stderr)
        known.add(who)
' >"$work/silent.port" 2>"$work/asked"
within 5 test -s "$work/silent.port"
cat >>"$KRB5_CONFIG" <<END
GONE.EXAMPLE = {
kdc = 127.0.0.1:$(cat "$work/silent.port")
}
NOBODY.EXAMPLE = {
kdc = 127.0.0.1:$(free_port)
}
[domain_realm]
.gone.example = GONE.EXAMPLE
.nobody.example = NOBODY.EXAMPLE
END
for realm in GONE NOBODY; do
	PATH=$PATH:/usr/sbin kadmin.local -q "addprinc -randkey krbtgt/$realm.EXAMPLE@FLEET.EXAMPLE" >>"$work/realm" 2>&1
done
winrm_start --keytab "$work/keytab"
asked() { wc -l <"$work/asked"; }
heard() { [ "$(asked)" -gt "$1" ]; }

# by COUNT USER OPTION...: so many hosts, straight; what they said is in $work/out.
by() {
	local count=$1 as=$2
	shift 2
	seq "$count" | awk -v port="$port" '{ print "h" $1, "127.1.0." 1 + ($1 - 1) % 6, port }' |
		call --request "$probe" --ca "$work/ca.pem" --sign-in kerberos --winrm-user "$as" --password "file:$work/password" "$@"
}
took() { sed -n 's/^total .* ms=\([0-9]*\) .*/\1/p' "$work/out"; }
# words: of all faults, once each.
words() { sed -n 's/^h[0-9]* \([a-z-]*\) h[0-9]*: /\1 /p' "$work/out" | sort | uniq -c | sed 's/^ *//'; }

# --- the user's realm -------------------------------------------------------------------------------
by 6 marshal@GONE.EXAMPLE --sign-in-limit 3000
is "the limit of a sign-in holds, and the others share the cause" "$(words | sed 's/ |.*//')" "6 time-limit sign-in: no ticket: no KDC answered in 3 s"
check "in the time of one, and the program ends ($(took) ms)" test "$(took)" -lt 5000
is "one host asks" "$(asked)" 1
by 6 marshal@GONE.EXAMPLE --sign-in-limit 90000
is "where there is time, it is Kerberos that says so" "$(words | sed 's/ |.*//')" \
	"6 time-limit sign-in: no ticket: Cannot contact any KDC for realm 'GONE.EXAMPLE'"
is "one host asks, once more" "$(asked)" 2

# --- the realm of some hosts ---------------------------------------------------------------------------
# inventory NAME...: hosts by what they are in the directory; which simulated one it is stands behind a =.
inventory() {
	local name
	{
		echo '[fleet]'
		for name in "$@"; do
			echo "${name%=*} ansible_host=127.1.0.${name#*=} ansible_winrm_kerberos_hostname_override=${name%=*}"
		done
		cat <<-END
		[fleet:vars]
		ansible_port=$port
		marshal_transport=winrm-direct
		ansible_user=marshal@FLEET.EXAMPLE
		marshal_password_file=$work/password
		marshal_winrm_ca=$work/ca.pem
		END
	} >"$work/fleet.ini"
}
scan() {
	rm -f "$work"/db*
	"$MARSHAL" scan -i "$work/fleet.ini" --db "$work/db" "$@" >"$work/out" 2>&1
	"$MARSHAL" report faults --db "$work/db" >>"$work/out" 2>&1
}
good=(127.1.0.1=1 127.1.0.2=2 127.1.0.3=3)
inventory 0a.nobody.example=4 0b.nobody.example=5 0c.nobody.example=6 "${good[@]}"
scan
has "a realm whose KDC there is not: the hosts of others are seen" "$work/out" "6 hosts: 3 seen"
has "and its own are not" "$work/out" "time-limit      3  "
before=$(asked)
inventory 0a.gone.example=4 0b.gone.example=5 0c.gone.example=6 "${good[@]}"
scan --limit sign-in=3s
has "a realm whose KDC is silent: the hosts of others are seen" "$work/out" "6 hosts: 3 seen"
has "and its own are not" "$work/out" "time-limit      3  "
is "one host asks, and not three" $(($(asked) - before)) 1

# --- a realm that answers late, and more hosts than there are threads -----------------------------------
start python3 -u -c '
import asyncio, socket, sys
kdc, late, begun = int(sys.argv[1]), float(sys.argv[2]), set()
class Asked(asyncio.DatagramProtocol):
    def __init__(self, back): self.back = back
    def datagram_received(self, data, _): self.back(data)
class Front(asyncio.DatagramProtocol):
    def connection_made(self, line): self.line = line
    def datagram_received(self, data, who):
        if (data, who) not in begun:                    # it is asked again meanwhile
            begun.add((data, who))
            asyncio.ensure_future(self.pass_on(data, who))
    async def pass_on(self, data, who):
        await asyncio.sleep(late)
        line, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: Asked(lambda said: self.line.sendto(said, who)), remote_addr=("127.0.0.1", kdc))
        line.sendto(data)
        await asyncio.sleep(5)
        line.close()
async def main():
    line, _ = await asyncio.get_running_loop().create_datagram_endpoint(Front, local_addr=("127.0.0.1", 0))
    print(line.get_extra_info("sockname")[1])
    await asyncio.Event().wait()
asyncio.run(main())
' "$(sed -n 's/.*kdc_listen = .*://p' "$work/kdc.conf")" 2 >"$work/late.port"
within 5 test -s "$work/late.port"
sed "s/^kdc = 127.0.0.1:$(sed -n 's/.*kdc_listen = .*://p' "$work/kdc.conf")\$/kdc = 127.0.0.1:$(cat "$work/late.port")/" \
	"$KRB5_CONFIG" >"$work/late.conf"
mapfile -t names < <(seq 140 | sed 's/.*/127.1.0.&=&/')
inventory "${names[@]}"
KRB5_CONFIG=$work/late.conf scan --limit sign-in=6s -j 140
has "who waits for a thread of ours blames no KDC" "$work/out" "140 hosts: 140 seen"

# --- Ctrl-C -----------------------------------------------------------------------------------------
# interrupted TEXT COMMAND...: the scan that runs in the background is told to end, the command is run, and it does.
interrupted() {
	local begun ms status
	begun=$(date +%s%3N)
	kill -INT "$scan"
	"${@:2}"
	wait "$scan"
	status=$?
	ms=$(($(date +%s%3N) - begun))
	is "$1: interrupted" "$status" 130
	check "$1: ends at once ($ms ms)" test "$ms" -lt 2500
}
begins() {
	rm -f "$work"/db*
	"$MARSHAL" scan -i "$work/fleet.ini" --db "$work/db" >"$work/out" 2>&1 </dev/null &
	scan=$!
	lib_started+=("$scan")
}
before=$(asked)
inventory 0a.gone.example=4
begins
check "a KDC is asked" within 10 heard "$before"
interrupted "while a KDC is silent" true

# The shell is there, and its next connection has to be signed in: the ticket ended meanwhile, and another is asked for.
PATH=$PATH:/usr/sbin kadmin.local -q 'modprinc -maxlife "2 seconds" HTTP/127.1.0.1' >>"$work/realm" 2>&1
kdc=$(cat "$work/kdc.pid")
kdc_port=$(printf %04X "$(sed -n 's/.*kdc_listen = .*://p' "$work/kdc.conf")")
tickets() { grep -c 'TGS_REQ.*ISSUE.*HTTP/127.1.0.1@' "$work/kdc.log"; }
more_tickets() { [ "$(tickets)" -gt "$1" ]; }
waits() { awk -v to=":$kdc_port" 'substr($2, 9) == to && $5 !~ /:00000000$/ { found = 1 } END { exit !found }' /proc/net/udp; }
inventory 127.1.0.1=1
asks_again() {
	local before
	before=$(tickets)
	set_host web01 faults.all=slow:4000 winrm.max_shells_per_user=5
	set_host web01 "faults.winrm=$2"
	begins
	check "$1: signed in" within 10 more_tickets "$before"
	kill -STOP "$kdc"
	check "$1: and to be again" within 20 waits
}
asks_again "a goodbye while a ticket is asked for" closes:Receive:1
interrupted "a goodbye while a ticket is asked for" true
kill -CONT "$kdc"
# the counting begins anew where the words are others
asks_again "a goodbye, and a KDC that answers in time" closes:Receive:1,closes:Receive:1
# who has one shell has no second one here
set_host web01 winrm.max_shells_per_user=2
interrupted "a goodbye, and a KDC that answers in time" kill -CONT "$kdc"
set_host web01 faults.all= faults.winrm=
scan
has "a goodbye, and a KDC that answers in time: its shell is deleted" "$work/out" "1 host: 1 seen"
check "no password in what is said" bash -c '! grep -rqF "$1" "$2"' - "$winrm_password" "$work/out"
