# tokens.ps1 - whether texts as they are sent say what the files say, by PowerShell's own tokens: of each function, variable
# and row of a table they must be the same, but for comments and blank lines; and what a text uses it has.
#   pwsh -File tokens.ps1 -Root FOLDER -Written FILE,FILE... -Sent TEXT,TEXT...
# Prints a line for each difference, and at the end how many parts it compared.
param([string]$Root, [string[]]$Written, [string[]]$Sent)

$ErrorActionPreference = 'Stop'
$ast = 'Management.Automation.Language'

# The tokens within a part, with line feeds that follow each other as one.
function Get-Tokens($Part, $All)
{
    $last = ''
    $kept = foreach ($token in $All) {
        if ($token.Extent.StartOffset -lt $Part.Extent.StartOffset -or $token.Extent.EndOffset -gt $Part.Extent.EndOffset) { continue }
        $kind = "$($token.Kind)"
        if ($kind -in 'Comment', 'EndOfInput' -or ($kind -ceq 'NewLine' -and $last -ceq 'NewLine')) { continue }
        $last = $kind
        if ($kind -ceq 'NewLine') { 'NewLine' } else { "$kind $($token.Text)" }
    }
    return @($kept) -join "`n"
}

# The parts of a text by their names: functions, variables, rows of tables, and what else stands there by itself.
function Read-Parts([string]$Text)
{
    $tokens = $problems = $null
    $tree = [Management.Automation.Language.Parser]::ParseInput($Text, [ref]$tokens, [ref]$problems)
    if ($problems) { throw "it does not parse: $($problems[0])" }
    $parts = [ordered]@{}
    foreach ($one in @($tree.ParamBlock) + $tree.EndBlock.Statements | Where-Object { $_ }) {
        $table = $null
        if ($one -is "$ast.FunctionDefinitionAst") { $name = $one.Name }
        elseif ($one -is "$ast.AssignmentStatementAst") {
            $name = "$($one.Left)"
            $table = $one.Right.Find({ $args[0] -is [Management.Automation.Language.HashtableAst] }, $false)
            if ($name -cnotin '$facts', '$deepFacts') { $table = $null }
        } else { $name = "line: $one" }
        if ($table) {
            foreach ($row in $table.KeyValuePairs) { $parts["$name $($row.Item1)"] = Get-Tokens $row.Item2 $tokens }
        } else {
            if ($parts.Contains($name)) { throw "a second $name" }
            $parts[$name] = Get-Tokens $one $tokens
        }
    }
    return $parts
}

$files = [ordered]@{}
foreach ($file in $Written) {
    $parts = Read-Parts ([IO.File]::ReadAllText("$Root/$file"))
    foreach ($name in $parts.Keys) { $files[$name] = $parts[$name] }
}
$compared = 0
foreach ($file in $Sent) {
    $call = Split-Path -Leaf $file
    $parts = Read-Parts ([IO.File]::ReadAllText($file))
    $names = @($parts.Keys)
    # The last line is of scripts.txt.
    foreach ($name in $names[0..($names.Count - 2)]) {
        $compared++
        if (-not $files.Contains($name)) { "$($call): $name stands in no file"; continue }
        if ($parts[$name] -cne $files[$name]) { "$($call): $name says something else" }
    }
    # Which parts name a function, beside its own.
    $used = @{}
    foreach ($name in $names) {
        foreach ($found in [regex]::Matches($parts[$name], '[A-Z][A-Za-z]+-Our[A-Za-z0-9]+').Value) {
            if ($found -cne $name) { $used[$found] = $true }
        }
    }
    foreach ($name in $used.Keys) { if (-not $parts.Contains($name)) { "$($call): $name is used and not there" } }
    foreach ($name in $names -cmatch '^[A-Z][A-Za-z]+-Our') { if (-not $used[$name]) { "$($call): $name is there and not used" } }
}
"$compared parts compared"
