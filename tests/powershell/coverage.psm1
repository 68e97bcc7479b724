# coverage.psm1 - says which lines of the scripts ran. The bytes that are sent stay as they are: the call
# [ScriptBlock]::Create, by which the bootstrap turns them into code, is replaced, and puts a mark
# before every statement. A mark writes SCRIPT and LINE to $env:MARSHAL_HITS when it is passed first;
# every line with a statement goes to $env:MARSHAL_HITS.all. A PowerShell that plays many calls marks a text once.

[NoRunspaceAffinity()] class StandInCoverage {
    static [Collections.Concurrent.ConcurrentDictionary[string, bool]]$Seen = [Collections.Concurrent.ConcurrentDictionary[string, bool]]::new()
    static [Collections.Concurrent.ConcurrentDictionary[string, string]]$Marked = [Collections.Concurrent.ConcurrentDictionary[string, string]]::new()

    static [void] Hit([string]$Place)
    {
        if ([StandInCoverage]::Seen.TryAdd($Place, $true)) { [StandInCoverage]::Append($env:MARSHAL_HITS, "$Place`n") }
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
        $marked = $null
        if ([StandInCoverage]::Marked.TryGetValue($Text, [ref]$marked)) { return [Management.Automation.ScriptBlock]::Create($marked) }
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
            $place = "$env:MARSHAL_SCRIPT $($statement.Extent.StartLineNumber)"
            [void]$out.Insert($statement.Extent.StartOffset, "[void][StandInCoverage]::Hit('$place');")
            [void]$all.Append("$place`n")
        }
        [StandInCoverage]::Append("$env:MARSHAL_HITS.all", $all.ToString())
        [StandInCoverage]::Marked[$Text] = $out.ToString()
        return [Management.Automation.ScriptBlock]::Create($out.ToString())
    }
}

$accelerators = [psobject].Assembly.GetType('System.Management.Automation.TypeAccelerators')
$table = $accelerators.GetField('builtinTypeAccelerators', 'NonPublic, Static').GetValue($null)
$table['StandInCoverage'] = [StandInCoverage]
$table['ScriptBlock'] = [StandInBlock]
