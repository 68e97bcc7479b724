#!/usr/bin/env bash
# tokens.sh - whether each text that is sent says what the files say: PowerShell's own tokens are compared (tokens.ps1).
# shellcheck source=tests/scenario/lib.sh
. "$(dirname "$0")/../scenario/lib.sh"

pwsh=$(powershell)
if ! command -v "$pwsh" >/dev/null 2>&1; then
	lacks 'tokens of the texts that are sent' "$pwsh"
	exit 0
fi
files=$(sed -n 's/^file //p' "$root/lib/transport/scripts.txt" | paste -sd,)
compare() {                             # TEXT,...
	"$pwsh" -NoProfile -NonInteractive -Command "& '$root/tests/powershell/tokens.ps1' -Root '$root' -Written $files -Sent $1" 2>&1
}
calls=$(sed -n 's/^call \([^ ]*\) .*/\1/p' "$root/lib/transport/scripts.txt")
mkdir "$work/texts"
for call in $calls; do "$root/scripts/as-sent" "$call" >"$work/texts/$call"; done

# It sees what it must see: blanks that a text of several lines lost, a function that is missing, one that nobody uses.
sed 's/^  <Triggers>/<Triggers>/; s/^function Assert-OurNoTimedTask/function Assert-OurNothing/' "$work/texts/engine-cycle" >"$work/spoilt"
compare "'$work/spoilt'" >"$work/out"
is 'what is changed, missing or not used is seen' "$(sort "$work/out")" "$(printf 'spoilt: %s\n' \
	'Assert-OurNoTimedTask is used and not there' 'Assert-OurNothing is there and not used' \
	'Assert-OurNothing stands in no file' 'Register-OurTask says something else' | cat - <(grep compared "$work/out") | sort)"

compare "$(printf "'%s'," "$work"/texts/* | sed 's/,$//')" >"$work/out"
is 'the texts say what the files say' "$(grep -v ' parts compared$' "$work/out")" ''
check 'and many parts were compared' test "$(sed -n 's/ parts compared$//p' "$work/out")" -gt 400
[ "$lib_bad" -eq 0 ] || head -n 40 "$work/out"
