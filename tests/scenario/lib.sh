# lib.sh - what every scenario begins with: `. "$(dirname "$0")/lib.sh"`. Gives words to report
# with, a folder of its own in $work that is removed at the end, and programs started in the
# background that are ended with the scenario, by their process ids.
# shellcheck shell=bash
set -uo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
MARSHAL=${MARSHAL:-$root/build/marshal}
SIMHOST=${SIMHOST:-$root/build/simhost}
export MARSHAL SIMHOST
work=$(mktemp -d "${TMPDIR:-/tmp}/marshal-scenario-XXXXXX") || exit 1
# nothing of the person who runs the tests may leak into them
unset MARSHAL_INVENTORY MARSHAL_DB SSH_AUTH_SOCK
export HOME=$work/home XDG_STATE_HOME=$work/state NO_COLOR=1
export POWERSHELL_TELEMETRY_OPTOUT=1 POWERSHELL_UPDATECHECK=Off
# PowerShell as a tool of .NET finds a .NET of an unusual place by this
[ -n "${DOTNET_ROOT:-}" ] || ! dotnet=$(command -v dotnet) || export DOTNET_ROOT="${dotnet:+$(dirname "$(readlink -f "$dotnet")")}"
mkdir -p "$HOME"
lib_started=()          # process ids
lib_at_end=()           # commands
lib_bad=0

ok() { echo "ok - $*"; }
not_ok() { echo "not ok - $*"; lib_bad=$((lib_bad + 1)); }
skip() { echo "skip - $1: $2"; }        # skip TEXT WHY

# lacks TEXT PROGRAM: it cannot be run for want of a program. Without a PowerShell ("" or its path) that is wrong where
# dotnet is, which brings one (scripts/install-deps test); all else is skipped.
lacks() {
	case $2 in
	'' | *pwsh) if command -v dotnet >/dev/null; then
		not_ok "$1: no PowerShell, though dotnet is here (scripts/install-deps test)"
		return
	fi ;;
	esac
	skip "$1" "no ${2:-pwsh} found"
}

# check TEXT COMMAND...: ok when the command succeeds.
check() {
	local text=$1
	shift
	if "$@"; then ok "$text"; else not_ok "$text"; fi
}

# is TEXT GOT WANTED
is() {
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1"
		printf 'got:    %s\nwanted: %s\n' "$2" "$3"
	fi
}

# has TEXT FILE STRING: the file holds this text. hasnt: it does not.
has() {
	if grep -qF -e "$3" "$2"; then
		ok "$1"
	else
		not_ok "$1"
		echo "no '$3' in $2:"
		head -n 40 "$2"
	fi
}
hasnt() {
	if ! grep -qF -e "$3" "$2"; then
		ok "$1"
	else
		not_ok "$1"
		grep -nF -e "$3" "$2" | head -n 10
	fi
}

# exits TEXT STATUS COMMAND...: output goes to $work/out and $work/err.
exits() {
	local text=$1 want=$2 got=0
	shift 2
	"$@" >"$work/out" 2>"$work/err" </dev/null || got=$?
	if [ "$got" -eq "$want" ]; then
		ok "$text"
	else
		not_ok "$text"
		echo "exit status $got, wanted $want, of: $*"
		tail -n 20 "$work/out" "$work/err"
	fi
}

# The PowerShell of the tests, empty without one: $MARSHAL_PWSH, that of scripts/install-deps, or one of PATH.
powershell() {
	local inside=("$root"/build/powershell/.store/powershell/*/powershell/*/tools/*/any/unix/pwsh)
	if [ -n "${MARSHAL_PWSH:-}" ]; then
		echo "$MARSHAL_PWSH"
	elif [ -x "${inside[0]}" ]; then
		# what .NET makes for a tool starts a second process, which an end of the first leaves alone
		echo "${inside[0]}"
	elif [ -x "$root/build/powershell/pwsh" ]; then
		echo "$root/build/powershell/pwsh"
	else
		command -v pwsh
	fi
}

# start COMMAND...: in the background, ended with the scenario. Its id is in $started.
start() {
	"$@" &
	started=$!
	lib_started+=("$started")
}

# at_end COMMAND...: run when the scenario ends, the last one first.
at_end() { lib_at_end=("$(printf '%q ' "$@")" "${lib_at_end[@]}"); }

# minds_usr1 PID: it does not end by SIGUSR1 any more. told_by PID TEXT: asked by it, says so in $work/err.
minds_usr1() {
	awk '/^Sig(Ign|Cgt):/ && substr($2, length($2) - 2, 1) ~ /[2367abef]/ { heeds = 1 } END { exit !heeds }' \
		"/proc/$1/status"
}
told_by() { kill -USR1 "$1" && grep -qF "$2" "$work/err"; }

# signed FOLDER: the servers of that fleet take its installer for one that Microsoft has signed.
signed() {
	local state
	for state in "$1"/hosts/*.json; do
		"$SIMHOST" --set "$state" signature.status=Valid
	done
	"$SIMHOST" --sign "$1/MARSAgentInstaller.exe"
}

# build_callhost: $callhost, in the $mode of the program under test; ends the scenario where it cannot.
build_callhost() {
	mode=$(basename "$(dirname "$(readlink -f "$MARSHAL")")")
	# shellcheck disable=SC2034 # the scenario calls it
	callhost=$root/build/$mode/callhost
	make -s -C "$root" MODE="$mode" "build/$mode/callhost" >"$work/make" 2>&1 && return
	cat "$work/make"
	not_ok "callhost can be built"
	exit 1
}

# within SECONDS COMMAND...: tries until it succeeds.
within() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.1
	done
}

lib_clean_up() {
	local status=$? command
	for command in "${lib_at_end[@]}"; do
		eval "$command" >/dev/null 2>&1
	done
	[ ${#lib_started[@]} -eq 0 ] || kill "${lib_started[@]}" 2>/dev/null
	wait
	rm -rf "$work"
	[ "$lib_bad" -eq 0 ] || status=1
	exit "$status"
}
trap lib_clean_up EXIT
trap 'exit 143' TERM
trap 'exit 130' INT

# The reports of the fleet: of an upgrade's run there is one only where a run is.
reports() { "$MARSHAL" --help | sed -n 's/^  report \([a-z]*\).*/\1/p' | grep -vx run; }
