# coverage.psm1 - says which lines of the scripts ran. The bytes that are sent stay as they are: the call
# [ScriptBlock]::Create, by which the bootstrap turns them into code, is replaced, and puts a mark
# before every statement. A mark writes SCRIPT and LINE to $env:MARSHAL_HITS when it is passed first;
# every line with a statement goes to $env:MARSHAL_HITS.all.

[NoRunspaceAffinity()] class StandInCoverage {
    static [Collections.Concurrent.ConcurrentDictionary[int, bool]]$Seen = [Collections.Concurrent.ConcurrentDictionary[int, bool]]::new()

    static [void] Hit([int]$Line)
    {
        if (-not [StandInCoverage]::Seen.TryAdd($Line, $true)) { return }
        [StandInCoverage]::Append($env:MARSHAL_HITS, "$env:MARSHAL_SCRIPT $Line`n")
    }

    static [void] Append([string]$File, [string]$Text)
    {
        # The installer's task writes at the same time: short appends of one write each.
        $stream = [IO.FileStream]::new($File, 'Append', 'Write', 'ReadWrite')
        $bytes = [Text.Encoding]::ASCII.GetBytes($Text)
        $stream.Write($bytes, 0, $bytes.Length)
        $stream.Dispose()
    }
}

[NoRunspaceAffinity()] class StandInBlock {
    static [Management.Automation.ScriptBlock] Create([string]$Text)
    {
        # A fact's own text has its marks already; what runs inside a task is another script.
        if ($env:MARSHAL_AS_SYSTEM) { return [Management.Automation.ScriptBlock]::Create($Text) }
        if ($Text.Contains('[StandInCoverage]::Hit(')) { return [Management.Automation.ScriptBlock]::Create($Text) }
        $tree = [Management.Automation.Language.Parser]::ParseInput($Text, [ref]$null, [ref]$null)
        $statements = $tree.FindAll({
            param($node)
            $node -is [Management.Automation.Language.StatementAst] -and
            $node -isnot [Management.Automation.Language.FunctionDefinitionAst] -and
            ($node.Parent -is [Management.Automation.Language.StatementBlockAst] -or
             $node.Parent -is [Management.Automation.Language.NamedBlockAst])
        }, $true)
        $out = [Text.StringBuilder]::new($Text)
        $all = [Text.StringBuilder]::new()
        foreach ($statement in @($statements | Sort-Object { -$_.Extent.StartOffset })) {
            $line = $statement.Extent.StartLineNumber
            [void]$out.Insert($statement.Extent.StartOffset, "[void][StandInCoverage]::Hit($line);")
            [void]$all.Append("$env:MARSHAL_SCRIPT $line`n")
        }
        [StandInCoverage]::Append("$env:MARSHAL_HITS.all", $all.ToString())
        return [Management.Automation.ScriptBlock]::Create($out.ToString())
    }
}

$accelerators = [psobject].Assembly.GetType('System.Management.Automation.TypeAccelerators')
$table = $accelerators.GetField('builtinTypeAccelerators', 'NonPublic, Static').GetValue($null)
$table['StandInCoverage'] = [StandInCoverage]
$table['ScriptBlock'] = [StandInBlock]
