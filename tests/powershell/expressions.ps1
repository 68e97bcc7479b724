# expressions.ps1 - every regular expression of the scripts, from the syntax tree of PowerShell: a line each of
# FILE:LINE, what is done with it, whether case counts, its options, the pattern and the replacement, tab between,
# the last two in base64. Then every text of the scripts, and each once more in capitals and in small letters.
#   pwsh -File expressions.ps1 SCRIPT...
$found = [Collections.Generic.List[string]]::new()
$texts = [Collections.Generic.SortedSet[string]]::new([StringComparer]::Ordinal)
function ConvertTo-Line([string]$Text) { return [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($Text)) }

# Every text that an expression may be: constants, names of such, and what is put together of them. Nothing: it is
# another expression.
function Read-Text($Node)
{
    switch ($Node.GetType().Name) {
        'StringConstantExpressionAst' { $Node.Value }
        'ExpandableStringExpressionAst' { $Node.Value -creplace '\$[A-Za-z]+|\$\([^)]*\)', 'x' }
        'VariableExpressionAst' { if ($known.Contains("$($Node.VariablePath)")) { $known["$($Node.VariablePath)"] } }
        'ParenExpressionAst' { Read-Text $Node.Pipeline }
        'PipelineAst' { if ($Node.PipelineElements.Count -eq 1) { Read-Text $Node.PipelineElements[0] } }
        'CommandExpressionAst' { Read-Text $Node.Expression }
        'ArrayExpressionAst' { Read-Text $Node.SubExpression.Statements[0] }
        'ArrayLiteralAst' { foreach ($one in $Node.Elements) { Read-Text $one } }
        'SwitchStatementAst' { foreach ($clause in $Node.Clauses) { Read-Text $clause.Item2.Statements[-1] } }
        'BinaryExpressionAst' {
            if ("$($Node.Operator)" -ceq 'Plus') { Join-Part @($Node.Left, $Node.Right) '' }
            $list = $Node.Left.Find({ $args[0] -is [Management.Automation.Language.ArrayLiteralAst] }, $false)
            if ("$($Node.Operator)" -ceq 'Join' -and $list) { Join-Part $list.Elements (Read-Text $Node.Right) }
        }
    }
}

# Texts that are put together, in every way they may be. What stands for a name that the script puts there does not
# matter here.
function Join-Part($Parts, [string]$Between)
{
    $all = $null
    foreach ($part in $Parts) {
        $some = @(Read-Text $part)
        if ($some.Count -eq 0) {
            if ("$part" -cnotmatch '^(\$[A-Za-z]+|\[regex\]::Escape\(.*\))$') { throw (Get-Unread $part) }
            $some = @('x')
        }
        $all = $(if ($null -eq $all) { $some } else { foreach ($begin in $all) { foreach ($end in $some) { $begin + $Between + $end } } })
    }
    $all
}
function Get-Unread($Node) { "$(Split-Path -Leaf $Node.Extent.File):$($Node.Extent.StartLineNumber): a pattern that is not in the text" }

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
        if ($right.Elements.Count -gt 1) { $put = Read-Text $right.Elements[1] }
        $right = $right.Elements[0]
    }
    $patterns = @(Read-Text $right)
    if ($patterns.Count -eq 0) { throw (Get-Unread $Node) }
    foreach ($pattern in $patterns) {
        if ($what -ceq 'like') { $pattern = '^' + [regex]::Escape($pattern).Replace('\*', '.*') + '$' }
        Add-Expression $Node ($what -creplace 'like', 'match') ($name -clike 'C*') 'None' $pattern $put
    }
}

# Calls of [regex]: IsMatch, Match, Matches, Replace and Split, of a text and a pattern.
function Add-Call($Node)
{
    if ($Node.Expression -isnot [Management.Automation.Language.TypeExpressionAst]) { return }
    if ($Node.Expression.TypeName.FullName -cne 'regex' -or "$($Node.Member)" -ceq 'Escape') { return }
    $patterns = @(Read-Text $Node.Arguments[1])
    if ($patterns.Count -eq 0) { throw (Get-Unread $Node) }
    $what = @{ IsMatch = 'match'; Match = 'match'; Matches = 'match'; Replace = 'replace'; Split = 'split' }["$($Node.Member)"]
    $put = ''
    $rest = @($Node.Arguments | Select-Object -Skip 2)
    if ($what -ceq 'replace') { $put, $rest = @(Read-Text $rest[0]), @($rest | Select-Object -Skip 1) }
    $options = 'None'
    if ($rest.Count -gt 0) { $options = Read-Text $rest[0] }
    foreach ($pattern in $patterns) { Add-Expression $Node $what $true $options $pattern "$put" }
}

foreach ($file in $args) {
    $bad = $null
    $tree = [Management.Automation.Language.Parser]::ParseFile($file, [ref]$null, [ref]$bad)
    if ($bad) { throw "$($file): $($bad[0])" }
    # Texts that have a name, in any function of the file.
    $known = @{}
    foreach ($node in $tree.FindAll({ $true }, $true)) {
        $name = $from = $null
        if ($node -is [Management.Automation.Language.AssignmentStatementAst]) { $name, $from = $node.Left, $node.Right }
        if ($node -is [Management.Automation.Language.ForEachStatementAst]) { $name, $from = $node.Variable, $node.Condition }
        if ($name -isnot [Management.Automation.Language.VariableExpressionAst]) { continue }
        try { $some = @(Read-Text $from) } catch { continue }
        if ($some.Count -gt 0) { $known["$($name.VariablePath)"] = @($known["$($name.VariablePath)"] | Where-Object { $_ }) + $some }
    }
    # What a function of the file is called with there, by the names of its parameters.
    foreach ($function in $tree.FindAll({ $args[0] -is [Management.Automation.Language.FunctionDefinitionAst] }, $true)) {
        $parameters = @($function.Parameters | Where-Object { $_ })
        foreach ($call in $tree.FindAll({ $args[0] -is [Management.Automation.Language.CommandAst] }, $true)) {
            if ($call.GetCommandName() -cne $function.Name) { continue }
            for ($i = 1; $i -lt $call.CommandElements.Count -and $i -le $parameters.Count; $i++) {
                $name = "$($parameters[$i - 1].Name.VariablePath)"
                try { $some = @(Read-Text $call.CommandElements[$i]) } catch { continue }
                if ($some.Count -gt 0) { $known[$name] = @($known[$name] | Where-Object { $_ }) + $some }
            }
        }
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
