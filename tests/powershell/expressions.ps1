# expressions.ps1 - every regular expression of the scripts, from the syntax tree of PowerShell: a line each of
# FILE:LINE, what is done with it, whether case counts, its options, the pattern and the replacement, tab between,
# the last two in base64. Then every text of the scripts, and each once more in capitals and in small letters.
#   pwsh -File expressions.ps1 SCRIPT...
$found = [Collections.Generic.List[string]]::new()
$texts = [Collections.Generic.SortedSet[string]]::new([StringComparer]::Ordinal)
function ConvertTo-Line([string]$Text) { return [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($Text)) }

# What stands for a name inside a pattern does not matter here: it is put there by the script.
function Read-Pattern($Node)
{
    if ($Node -is [Management.Automation.Language.StringConstantExpressionAst]) { return $Node.Value }
    if ($Node -is [Management.Automation.Language.ExpandableStringExpressionAst]) { return $Node.Value -creplace '\$[A-Za-z]+', 'x' }
    return $null
}

function Add-Expression($Node, [string]$What, [bool]$Case, [string]$Options, [string]$Pattern, [string]$Put)
{
    $at = "$(Split-Path -Leaf $Node.Extent.File):$($Node.Extent.StartLineNumber)"
    $found.Add((@('expression', $at, $What, $Case, $Options, (ConvertTo-Line $Pattern), (ConvertTo-Line $Put)) -join "`t"))
}

# The operators of PowerShell: -match, -cmatch, -notmatch, -replace, -split and their like, and -like as an expression.
function Add-Operator($Node)
{
    $name = "$($Node.Operator)"
    if ($name -cnotmatch '^[IC](not)?(match|replace|split|like)$') { return }
    $what = $name -creplace '^[IC](not)?', ''
    $right = $Node.Right
    $put = ''
    if ($right -is [Management.Automation.Language.ArrayLiteralAst]) {
        if ($right.Elements.Count -gt 1) { $put = Read-Pattern $right.Elements[1] }
        $right = $right.Elements[0]
    }
    $pattern = Read-Pattern $right
    if ($null -eq $pattern) { $pattern = $known["$right".TrimStart('$')] }
    if ($null -eq $pattern) { throw "$($Node.Extent.File):$($Node.Extent.StartLineNumber): a pattern that is not in the text" }
    if ($what -ceq 'like') {
        $pattern = '^' + [regex]::Escape($pattern).Replace('\*', '.*') + '$'
        $what = 'match'
    }
    Add-Expression $Node $what ($name -clike 'C*') 'None' $pattern $put
}

# Calls of [regex]: IsMatch, Match, Matches, Replace and Split, of a text and a pattern.
function Add-Call($Node)
{
    if ($Node.Expression -isnot [Management.Automation.Language.TypeExpressionAst]) { return }
    if ($Node.Expression.TypeName.FullName -cne 'regex' -or "$($Node.Member)" -ceq 'Escape') { return }
    $pattern = Read-Pattern $Node.Arguments[1]
    if ($null -eq $pattern) { $pattern = $known["$($Node.Arguments[1])".TrimStart('$')] }
    $what = @{ IsMatch = 'match'; Match = 'match'; Matches = 'match'; Replace = 'replace'; Split = 'split' }["$($Node.Member)"]
    $put = ''
    $rest = @($Node.Arguments | Select-Object -Skip 2)
    if ($what -ceq 'replace') { $put, $rest = @(Read-Pattern $rest[0]), @($rest | Select-Object -Skip 1) }
    $options = 'None'
    if ($rest.Count -gt 0) { $options = Read-Pattern $rest[0] }
    Add-Expression $Node $what $true $options $pattern "$put"
}

foreach ($file in $args) {
    $bad = $null
    $tree = [Management.Automation.Language.Parser]::ParseFile($file, [ref]$null, [ref]$bad)
    if ($bad) { throw "$($file): $($bad[0])" }
    # Patterns that have a name.
    $known = @{ pattern = '' }
    foreach ($node in $tree.FindAll({ $args[0] -is [Management.Automation.Language.AssignmentStatementAst] }, $true)) {
        $value = $node.Right.Find({ $args[0] -is [Management.Automation.Language.StringConstantExpressionAst] }, $false)
        if ($value) { $known["$($node.Left)".TrimStart('$')] = $value.Value }
    }
    foreach ($node in $tree.FindAll({ $true }, $true)) {
        if ($node -is [Management.Automation.Language.BinaryExpressionAst]) { Add-Operator $node }
        if ($node -is [Management.Automation.Language.InvokeMemberExpressionAst]) { Add-Call $node }
        if ($node -is [Management.Automation.Language.StringConstantExpressionAst] -and $node.Value.Length -lt 400) {
            foreach ($text in $node.Value, $node.Value.ToUpperInvariant(), $node.Value.ToLowerInvariant()) { [void]$texts.Add($text) }
        }
    }
}
$found
foreach ($text in $texts) { "text`t$(ConvertTo-Line $text)" }
