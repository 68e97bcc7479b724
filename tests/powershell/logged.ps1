# logged.ps1 - which blocks of a text PowerShell would log as suspicious: a line a file, its name, how many by the engine
# that runs this (its own judgement, which looks inside words) and how many by Windows PowerShell, which takes whole words
# of letters and hyphens (of scripts/logged-words.txt); behind it what they were.
#   pwsh -File logged.ps1 WORDS TEXT...
param([string]$Words, [Parameter(ValueFromRemainingArguments)][string[]]$Texts)

$ErrorActionPreference = 'Stop'
$list = @([IO.File]::ReadAllLines($Words) | Where-Object { $_ -cnotmatch '^#' } | ForEach-Object { $_.Split(' ') })
$flags = [Reflection.BindingFlags]'NonPublic, Static'
$judge = [Management.Automation.ScriptBlock].GetMethod('CheckSuspiciousContent', $flags)
foreach ($file in $Texts) {
    $problems = $null
    $text = [IO.File]::ReadAllText($file)
    $tree = [Management.Automation.Language.Parser]::ParseInput($text, [ref]$null, [ref]$problems)
    if ($problems.Count -gt 0) { "$([IO.Path]::GetFileName($file)) does not parse: $($problems[0])"; continue }
    $blocks = $tree.FindAll({ param($node) $node -is [Management.Automation.Language.ScriptBlockAst] }, $true)
    $newer = @(foreach ($block in $blocks) { $found = $judge.Invoke($null, @($block)); if ($found) { $found.Split("`n")[0] } })
    $whole = @($blocks | Where-Object { @([regex]::Matches($_.Extent.Text, '[A-Za-z-]+').Value | Where-Object { $list -contains $_ }).Count -gt 0 })
    "$([IO.Path]::GetFileName($file)) $($newer.Count) $($whole.Count) $(($newer | Sort-Object -Unique) -join ' ')".TrimEnd()
}
