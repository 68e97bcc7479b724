#!/usr/bin/env bash
# demo.sh - the demo, as README has it, in a folder of its own: it plays to its end, and shows what operators meet
# sooner or later.
. "$(dirname "$0")/lib.sh"

make -C "$root" -s winrmhost || not_ok "winrmhost is built"
exits "the demo plays to its end" 0 env DEMO_DIR="$work/demo" "$root/scripts/demo" </dev/null
[ "$lib_bad" -eq 0 ] || tail "$work/out" "$work/err"
shows() { check "it shows $1" grep -qh "$2" "$work/out" "$work/err"; }
shows "a variable that nobody resolved" '^unresolved-variable '
shows "what another run left on a server" 'marshal\.left-overs ('
shows "that it is taken away" ': cleaned: gone: '
shows "a run that died" '^state: died'
shows "where its server goes on from" 'goes on from .installing'
shows "that its server was upgraded" ': upgraded from '
is "no server is left running" "$(pgrep -fc "$work/demo/")" 0
is "nothing is left elsewhere" "$(find "$work" -mindepth 1 -maxdepth 1 -printf "%f\n" | sort | paste -sd' ')" "demo err home out"
