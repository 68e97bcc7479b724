# sshlib.sh - for scenarios of the transport: `. "$(dirname "$0")/sshlib.sh"` behind lib.sh. Real servers, each
# another port of the loopback, with tests/tools/fake_host.sh behind them, and hosts that callhost calls there.
# shellcheck shell=bash disable=SC2154
build_callhost
sshd=$(command -v sshd || echo /usr/sbin/sshd)
if [ ! -x "$sshd" ]; then
	skip "the SSH transport against sshd" "no sshd (package openssh-server)"
	exit 0
fi
[ "$(id -u)" -ne 0 ] || mkdir -p /run/sshd
cp "$root/tests/tools/fake_host.sh" "$work/fake_host"
user=$(id -un)
ssh-keygen -q -t ed25519 -N '' -f "$work/key"
ssh-keygen -q -t ed25519 -N '' -f "$work/other"
ssh-keygen -q -t rsa -b 2048 -N '' -f "$work/rsa"
ssh-keygen -q -t ecdsa -N '' -f "$work/ecdsa"
for type in ed25519 ecdsa rsa; do
	ssh-keygen -q -t "$type" -N '' -f "$work/host_$type"
done
ssh-keygen -q -t ed25519 -N '' -f "$work/host_new"
cat "$work"/{key,rsa,ecdsa}.pub >"$work/authorized"

free_port() {
	perl -MSocket -e 'socket(S, PF_INET, SOCK_STREAM, 0); bind(S, sockaddr_in(0, INADDR_LOOPBACK));
		print((sockaddr_in(getsockname(S)))[0]);'
}

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# server NAME LINE...: an sshd with these lines before the common ones, and $last behind them; its
# port is in ports.
declare -A ports
# Newer servers punish an address that fails, and all clients are one here. Like all of sshd's words for the
# whole server it is refused behind a Match block, from 9.8 on as an error, so it stands first.
penalties=
"$sshd" -T -f /dev/null -h "$work/host_ed25519" -o PerSourcePenalties=no >/dev/null 2>&1 &&
	penalties="PerSourcePenalties no"
server() {
	local name=$1
	shift
	for _ in 1 2 3 4 5; do
		port=$(free_port)
		{
			echo "MaxStartups 1000"         # of this one the last counts, else the first
			echo "${own_penalties:-$penalties}"
			printf '%s\n' "$@"
			case $* in *Subsystem*) ;; *) echo "Subsystem sftp internal-sftp" ;; esac
			cat <<-END
			Port $port
			ListenAddress 127.0.0.1
			HostKey $work/host_ed25519
			HostKey $work/host_ecdsa
			HostKey $work/host_rsa
			PidFile none
			UsePAM no
			StrictModes no
			LogLevel VERBOSE
			AuthorizedKeysFile $work/authorized
			PasswordAuthentication no
			KbdInteractiveAuthentication no
			PermitRootLogin yes
			SetEnv SHLVL=1
			ForceCommand $work/fake_host
			${last:-}
			END
		} >"$work/$name.conf"
		start "$sshd" -D -f "$work/$name.conf" -E "$work/$name.log"
		echo "${lib_started[-1]}" >"$work/$name.pid"
		within 5 listens "$port" && break
	done
	ports[$name]=$port
	printf '[127.0.0.1]:%s %s\n' "$port" "$(cut -d' ' -f1,2 "$work/host_ed25519.pub")" >>"$work/known"
}

# hosts COUNT PORT: lines for callhost.
hosts() { seq -f "h%g 127.0.0.1 $2" "$1"; }

# call OPTION...: hosts on standard input; what they said is in $work/out.
call() {
	local status=0
	timeout 100 "$callhost" --user "$user" --known-hosts "$work/known" "$@" \
		>"$work/out" 2>"$work/err" || status=$?
	[ "$status" -eq 0 ] || [ "$status" -eq 2 ] || {         # leaks, forgotten handles, crashes
		not_ok "callhost ends with $status: $*"
		head -n 30 "$work/err"
	}
}

# fault TEXT PORT CODE SAYS OPTION...: one host, which ends with that fault and says so.
fault() {
	local text=$1 port=$2 code=$3 says=$4
	shift 4
	hosts 1 "$port" | call --key "$work/key" "$@"
	has "$text: $code" "$work/out" "h1 $code "
	has "$text: says so" "$work/out" "$says"
}

count() { grep -cE -e "$1" "$work/out"; }

server main
hosts 1 "${ports[main]}" | call --key "$work/key"
if grep -q "account is locked" "$work/main.log"; then
	skip "the SSH transport against sshd" "the account of '$user' is locked"
	exit 0
fi

# silent NAME: a port that takes no connection and refuses none: its row of waiting ones is full.
silent() {
	perl -MSocket -e '
		$| = 1;
		socket(S, PF_INET, SOCK_STREAM, 0); bind(S, sockaddr_in(0, INADDR_LOOPBACK)); listen(S, 0);
		for (1 .. 4) {
			socket($c[$_], PF_INET, SOCK_STREAM | 2048, 0);         # SOCK_NONBLOCK
			connect($c[$_], getsockname(S));
		}
		print((sockaddr_in(getsockname(S)))[0], "\n");
		sleep' >"$work/$1.port" &
	lib_started+=($!)
	within 5 test -s "$work/$1.port"
	ports[$1]=$(cat "$work/$1.port")
}

# mute NAME: a port that takes every connection, and neither reads nor says anything.
mute() {
	perl -MSocket -e '
		$| = 1;
		socket(S, PF_INET, SOCK_STREAM, 0); bind(S, sockaddr_in(0, INADDR_LOOPBACK)); listen(S, 100);
		print((sockaddr_in(getsockname(S)))[0], "\n");
		sleep' >"$work/$1.port" &
	lib_started+=($!)
	within 5 test -s "$work/$1.port"
	ports[$1]=$(cat "$work/$1.port")
}

# stopping NAME PORT BYTES: a port that leads to that one, and reads so many bytes of a client and no more.
stopping() {
	perl -MSocket -e '
		$| = 1;
		($port, $most) = @ARGV;
		socket(S, PF_INET, SOCK_STREAM, 0); bind(S, sockaddr_in(0, INADDR_LOOPBACK)); listen(S, 5);
		print((sockaddr_in(getsockname(S)))[0], "\n");
		while (accept(C, S)) {
			socket(T, PF_INET, SOCK_STREAM, 0); connect(T, sockaddr_in($port, INADDR_LOOPBACK));
			for ($left = $most; ;) {
				$in = ""; vec($in, fileno(T), 1) = 1; vec($in, fileno(C), 1) = 1 if $left > 0;
				select($in, undef, undef, undef);
				if (vec($in, fileno(C), 1)) {
					$n = sysread(C, $bytes, $left < 8192 ? $left : 8192) or last;
					$left -= $n; syswrite(T, $bytes);
				}
				if (vec($in, fileno(T), 1)) { sysread(T, $bytes, 8192) or last; syswrite(C, $bytes); }
			}
			close(T); close(C);
		}' "$2" "$3" >"$work/$1.port" &
	lib_started+=($!)
	within 5 test -s "$work/$1.port"
	ports[$1]=$(cat "$work/$1.port")
}
