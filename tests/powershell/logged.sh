#!/usr/bin/env bash
# logged.sh - how many blocks of each text PowerShell writes to its log by itself, because they hold a word of its list:
# PowerShell's own judgement, and that list by the rule of Windows PowerShell. docs/security.md says the same.
# shellcheck source=tests/scenario/lib.sh
. "$(dirname "$0")/../scenario/lib.sh"

here=$root/tests/powershell
pwsh=$(powershell)
if ! command -v "$pwsh" >/dev/null 2>&1; then
	lacks 'blocks that PowerShell logs by itself' "$pwsh"
	exit 0
fi
logged() { "$pwsh" -NoProfile -NonInteractive -File "$here/logged.ps1" "$root/scripts/logged-words.txt" "$@"; }

# It sees what it must see: a word as it is, one inside another, a member by a variable.
printf '%s\n' '# marshal: a comment' 'function Get-MarshalKey { $x.Bypassed }' '$a = { $b.$c }' >"$work/old"
is 'what is logged is seen' "$(logged "$work/old" | cut -d' ' -f1-3)" 'old 3 1'

mkdir "$work/texts"
calls="bootstrap $(sed -n 's/^\(call\|task\) *\([^ ]*\) .*/\2/p' "$root/lib/transport/scripts.txt" | paste -sd' ')"
for call in $calls; do "$root/scripts/as-sent" "$call" >"$work/texts/$call"; done
# shellcheck disable=SC2086      # words are wanted
(cd "$work/texts" && logged $calls) >"$work/out" 2>&1
sed -n 's/^| \([a-z-]*\) | [0-9]* | \([0-9]*\) | \([0-9]*\) | `[0-9a-f]*` |$/\1 \2 \3/p' "$root/docs/security.md" >"$work/said"
is 'each text has as many as docs/security.md says' "$(cut -d' ' -f1-3 "$work/out")" "$(cat "$work/said")"
is 'and no word but those that have no other' \
	"$(cut -d' ' -f4- "$work/out" | tr ' ' '\n' | sort -u | paste -sd' ')" ' Cryptography Marshal Properties'
[ "$lib_bad" -eq 0 ] || cat "$work/out"
