#!/usr/bin/env bash
# old_windows.sh - whether the scripts use only what PowerShell 3.0 and .NET Framework 4.5 have. The witnesses are a
# record of commands made on Windows Server 2012, and Microsoft's reference assemblies.
# shellcheck source=tests/scenario/lib.sh
. "$(dirname "$0")/../scenario/lib.sh"

here=$root/tests/powershell
pwsh=$(powershell)
packages=$root/build/powershell.home/packages
assemblies=$packages/microsoft.netframework.referenceassemblies.net45/1.0.2/build/.NETFramework/v4.5
standard=$packages/powershellstandard.library/5.1.1/lib/net452   # of PowerShell itself: no older ones are published
if [ ! -x "$pwsh" ] || [ ! -d "$assemblies" ] || [ ! -d "$standard" ]; then
	# what is missing comes with the PowerShell
	lacks 'types and commands of an old Windows' "$pwsh"
	exit 0
fi
held() { "$pwsh" -NoProfile -NonInteractive -Command "& '$here/old_windows.ps1' -Assemblies '$assemblies:$standard' -Script $1"; }

# It sees what it must see.
cat >"$work/new.ps1" <<'NEW'
Get-FileHash x
Get-Content -LiteralPath x -AsByteStream
$s = [Array]::Empty()
$s = [String]::new('a', 1)
$s = [Security.Cryptography.SHA256]::HashData($b)
$o = New-Object Text.Json.JsonDocument
$text.EnumerateRunes()
if ($PSVersionTable.PSEdition -eq 'Core') { [IO.FileSystemAclExtensions]::Create() }
[IO.FileSystemAclExtensions]::Create()
NEW
held "'$work/new.ps1'" >"$work/out" 2>&1
is 'what came later is seen' "$(sed -n 's/^new\.ps1:\([0-9]*\): .*/\1/p' "$work/out" | sort -n | paste -sd' ')" '1 2 3 4 5 6 7 9'
[ "$lib_bad" -eq 0 ] || cat "$work/out"

mapfile -t scripts < <(sed -n 's/^file //p' "$root/lib/transport/scripts.txt")
list="'$root/lib/transport/bootstrap.ps1'"
for script in "${scripts[@]}"; do list+=",'$root/$script'"; done
held "$list" >"$work/out" 2>&1
is 'the scripts use nothing that an old Windows lacks' "$(grep -c -v '^asked: ' "$work/out")" 0
check 'and much was asked' grep -qE '^asked: [0-9]{3,} commands, [0-9]{2,} types, [0-9]{3,} members$' "$work/out"
[ "$lib_bad" -eq 0 ] || cat "$work/out"
