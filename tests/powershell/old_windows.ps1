# old_windows.ps1 - holds scripts against what an old Windows has: each command with its parameters against the list of
# PowerShell 3.0 (commands-3.0.txt), each type and member of .NET against reference assemblies. Prints a line for each
# that is not there, and at last how many of each were asked for.
param([string]$Assemblies, [string[]]$Script)

Add-Type -Path "$PSScriptRoot/old_windows.cs" -ReferencedAssemblies System.Reflection.Metadata, System.Collections,
    System.Runtime, System.Collections.Immutable
$old = New-Object OldWindows
foreach ($folder in $Assemblies.Split(':')) {
    Get-ChildItem "$folder/*.dll" | ForEach-Object { $old.Read($_.FullName) }
}

# Words that PowerShell 3.0 has for types.
$short = @{
    array = 'System.Array'; bool = 'System.Boolean'; byte = 'System.Byte'; char = 'System.Char'; double = 'System.Double'
    hashtable = 'System.Collections.Hashtable'; int = 'System.Int32'; long = 'System.Int64'; object = 'System.Object'
    regex = 'System.Text.RegularExpressions.Regex'; string = 'System.String'; uint32 = 'System.UInt32'; xml = 'System.Xml.XmlDocument'
    scriptblock = 'System.Management.Automation.ScriptBlock'; switch = 'System.Management.Automation.SwitchParameter'
    pscustomobject = 'System.Management.Automation.PSObject'; ordered = 'System.Collections.Specialized.OrderedDictionary'
    datetime = 'System.DateTime'; timespan = 'System.TimeSpan'; guid = 'System.Guid'; math = 'System.Math'; type = 'System.Type'
    convert = 'System.Convert'; environment = 'System.Environment'; uri = 'System.Uri'; version = 'System.Version'
}
# Methods of the COM object of Task Scheduler (ITaskService, ITaskFolder).
$com = 'Connect', 'GetFolder', 'GetTasks', 'GetTask', 'DeleteFolder'
# Parameters that come with the file system.
$dynamic = @{ 'Set-Content' = 'Encoding'; 'Get-Content' = 'Encoding', 'Raw'; 'Get-ChildItem' = 'File', 'Directory' }
$common = 'ErrorAction', 'ErrorVariable', 'OutVariable', 'Verbose', 'WarningAction'
# They come with Windows Server Backup, the agent or the server's own features.
$others = 'Get-OBJob', 'Get-OBMachineSetting', 'Get-OBPolicy', 'Get-OBSystemStatePolicy', 'Get-WBJob', 'Start-OBBackup'

$commands = @{}
foreach ($line in Get-Content "$PSScriptRoot/commands-3.0.txt") {
    if ($line -clike '#*') { continue }
    $words = $line.Split(' ')
    $commands[$words[0]] = $words
}

function Resolve-Name([string]$Name)
{
    $Name = $Name -creplace '\[.*', ''
    if ($short.ContainsKey($Name)) { return $short[$Name] }
    foreach ($try in $Name, "System.$Name") { if ($old.HasType($try)) { return $try } }
    return $null
}

function Get-Part($Tree, [string]$Kind) { return $Tree.FindAll({ $args[0].GetType().Name -eq $Kind }.GetNewClosure(), $true) }

$count = @{ command = 0; type = 0; member = 0 }
function Write-Missing($Ast, [string]$Text) { "$([IO.Path]::GetFileName($file)):$($Ast.Extent.StartLineNumber): $Text" }

foreach ($file in $Script) {
    $tree = [Management.Automation.Language.Parser]::ParseFile($file, [ref]$null, [ref]$null)
    # What is for newer ones alone says so: the branch of PSEdition Core.
    $newer = @(Get-Part $tree 'IfStatementAst' | Where-Object { $_.Clauses[0].Item1.Extent.Text -clike "*PSEdition -eq 'Core'*" } |
        ForEach-Object { $_.Clauses[0].Item2.Extent })
    function Test-Newer($Ast) { @($newer | Where-Object { $Ast.Extent.StartOffset -ge $_.StartOffset -and $Ast.Extent.EndOffset -le $_.EndOffset }).Count -gt 0 }

    $functions = @(Get-Part $tree 'FunctionDefinitionAst' | ForEach-Object { $_.Name })
    foreach ($ast in Get-Part $tree 'CommandAst') {
        $name = $ast.GetCommandName()
        if (-not $name -or $functions -contains $name -or $name -clike '*-Our*' -or $name -clike '*.exe' -or $others -contains $name) { continue }
        $count.command++
        if (-not $commands.ContainsKey($name)) { Write-Missing $ast "the command $name"; continue }
        foreach ($parameter in @($ast.CommandElements | Where-Object { $_.GetType().Name -eq 'CommandParameterAst' })) {
            $known = @($commands[$name]) + $common + $dynamic[$name]
            if ($known -notcontains $parameter.ParameterName) { Write-Missing $ast "the parameter $name -$($parameter.ParameterName)" }
        }
        if ($name -eq 'New-Object' -and "$($ast.CommandElements[1].Value)" -and -not (Test-Newer $ast)) {
            $count.type++
            if ($null -eq (Resolve-Name $ast.CommandElements[1].Value)) { Write-Missing $ast "the type $($ast.CommandElements[1].Value)" }
        }
    }
    foreach ($ast in @(Get-Part $tree 'TypeExpressionAst') + @(Get-Part $tree 'TypeConstraintAst')) {
        if (Test-Newer $ast) { continue }
        $count.type++
        if ($null -eq (Resolve-Name $ast.TypeName.FullName)) { Write-Missing $ast "the type $($ast.TypeName.FullName)" }
    }
    foreach ($ast in @(Get-Part $tree 'InvokeMemberExpressionAst') + @(Get-Part $tree 'MemberExpressionAst')) {
        $member = $ast.Member.Value
        if ($null -eq $member -or (Test-Newer $ast)) { continue }
        if ($ast.Static -and $ast.Expression.GetType().Name -eq 'TypeExpressionAst') {
            $count.member++
            $type = Resolve-Name $ast.Expression.TypeName.FullName
            if ($type -and -not $old.HasMember($type, $member)) { Write-Missing $ast "the member [$type]::$member" }
        } elseif ($ast.GetType().Name -eq 'InvokeMemberExpressionAst' -and $com -notcontains $member) {
            $count.member++
            if (-not $old.HasMember($member)) { Write-Missing $ast "a method $member of anything" }
        }
    }
}
"asked: $($count.command) commands, $($count.type) types, $($count.member) members"
