#!/usr/bin/env bash
# culture.sh - whether a regular expression of the scripts means the same under every culture. PowerShell 7 cannot
# show it: its .NET reads case without culture. So PowerShell takes the expressions from the syntax tree of the
# scripts, and mono, whose Regex is .NET Framework's, runs each over all texts there are.
# shellcheck source=tests/scenario/lib.sh
. "$(dirname "$0")/../scenario/lib.sh"

here=$root/tests/powershell
pwsh=$(powershell)
for need in "$pwsh" mono mcs; do
	command -v "$need" >/dev/null 2>&1 && continue
	lacks 'expressions of the scripts under tr-TR and az-Latn-AZ' "$need"
	exit 0
done

check 'the witness is built' mcs -out:"$work/expressions.exe" "$here/expressions.cs"
mapfile -t scripts < <(sed -n 's/^file //p' "$root/lib/transport/scripts.txt")
words() { "$pwsh" -NoProfile -NonInteractive -File "$here/expressions.ps1" "$@"; }
different() { awk '/ expressions, .* different$/ { print $(NF - 1) }' "$1"; }

# It sees what it must see: as old as the first version of the bootstrap.
cat >"$work/old.ps1" <<'OLD'
# Ignoring case takes every capital I away, or does not know the drive I.
$line -replace '[^A-Za-z0-9+/=]', ''
$name -match '^[A-Z]:\\'
$path -like '*\wabadmin.msc'
OLD
words "$work/old.ps1" >"$work/old" || not_ok 'expressions of a script that is wrong'
mono "$work/expressions.exe" <"$work/old" >"$work/out" || not_ok 'the witness runs'
is 'three expressions that depend on the culture are seen' "$(different "$work/out")" 3

# A pattern that is put together counts as what it is; one that nobody can read here is a failure with its place.
cat >"$work/joined.ps1" <<'JOINED'
$end = '+/=]'
$line -replace ('[^A-Za-z' + '0-9' + $end), ''
[regex]::IsMatch($text, (@('^[A-', 'Z]:') -join ''), 'IgnoreCase')
foreach ($begin in '^[A-Z]', '^[a-z]') { $name -match ($begin + $drive) }
$kind = switch ($name) { 'a' { '^[0-9]' } 'b' { '^' + [regex]::Escape($name) } }
$name -cmatch $kind
function Find-It($Text, $Wanted) { $Text -cmatch $Wanted }
Find-It $name '^[a-f]'
JOINED
words "$work/joined.ps1" >"$work/joined" || not_ok 'expressions that are put together'
is 'a pattern that is put together is read' "$(awk -F'\t' '$1 == "expression" { print $6 }' "$work/joined" |
	while read -r line; do echo "$line" | base64 -d; echo; done | paste -sd' ')" \
	'[^A-Za-z0-9+/=] ^[A-Z]: ^[A-Z]x ^[a-z]x ^[0-9] ^x ^[a-f]'
mono "$work/expressions.exe" <"$work/joined" >"$work/out" || not_ok 'the witness runs over them'
is 'and those that depend on the culture are seen' "$(different "$work/out")" 2
# shellcheck disable=SC2016      # PowerShell's
for line in '$a -cmatch (Get-Pattern)' '$a -creplace $b, ""' '[regex]::Split($a, $b.c)' '$a -cmatch ("a" + $b.c())'; do
	printf '\n%s\n' "$line" >"$work/unread.ps1"
	words "$work/unread.ps1" >"$work/out" 2>&1 && not_ok 'a pattern that is not in the text'
	has "one that is not in the text fails: $line" "$work/out" 'unread.ps1:2: a pattern'
done

(cd "$root" && words lib/transport/bootstrap.ps1 "${scripts[@]}") >"$work/new" || not_ok 'expressions of the scripts'
mono "$work/expressions.exe" <"$work/new" >"$work/out" || not_ok 'the witness runs over the scripts'
is 'no expression of the scripts depends on the culture' "$(different "$work/out")" 0
check 'and all were seen' test "$(grep -c '^expression' "$work/new")" -gt 60
[ "$lib_bad" -eq 0 ] || cat "$work/out"
