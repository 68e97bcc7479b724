# player.ps1 - plays one call after the other in one PowerShell, because starting one and reading the stand-ins takes
# longer than a call. To a call it is a process of its own: a session of its own (nothing global stays), its own standard
# streams and environment, culture and time zone. A task that a call starts is a process, as ever.
#   pwsh -File player.ps1 STANDINS 3<CALLS >REPLIES
# A call is a line, tab between: the files of the command, of standard input, output and error, the name of the
# script, culture and time zone. The reply is a line: the exit status.
param([string]$Standins)

$calls = [IO.StreamReader]::new([IO.File]::OpenRead('/dev/fd/3'))
$replies = [IO.StreamWriter]::new([Console]::OpenStandardOutput())
$replies.AutoFlush = $true
Import-Module -Global $Standins

# The end of a process is the end of a pipeline here: no catch of a script holds this exception.
class StandInExit {
    static [int]$Code
    static [void] Exit([int]$Code)
    {
        [StandInExit]::Code = $Code
        throw [Management.Automation.PipelineStoppedException]::new()
    }
}
$accelerators = [psobject].Assembly.GetType('System.Management.Automation.TypeAccelerators')
$table = $accelerators.GetField('builtinTypeAccelerators', 'NonPublic, Static').GetValue($null)
$table['Environment'] = [StandInExit]

# What a session begins with. The types of the stand-ins hold for the whole process.
$first = [Management.Automation.Runspaces.InitialSessionState]::CreateDefault()
foreach ($function in Get-ChildItem -Path function:) {
    if ("$($function.Module)" -notlike 'windows*') { continue }
    $first.Commands.Add([Management.Automation.Runspaces.SessionStateFunctionEntry]::new($function.Name, $function.Definition))
}

function Use-Culture([string]$Name, [string]$Zone)
{
    $culture = [Globalization.CultureInfo]::InvariantCulture
    if ($Name -cne 'C.UTF-8') { $culture = [Globalization.CultureInfo]::new($Name.Split('.')[0].Replace('_', '-')) }
    [Globalization.CultureInfo]::DefaultThreadCurrentCulture = $culture
    [Globalization.CultureInfo]::DefaultThreadCurrentUICulture = $culture
    [Threading.Thread]::CurrentThread.CurrentCulture = $culture
    [Threading.Thread]::CurrentThread.CurrentUICulture = $culture
    [TimeZoneInfo]::ClearCachedData()
}

function Invoke-Call([string]$Command, [string]$In)
{
    $session = [Management.Automation.Runspaces.RunspaceFactory]::CreateRunspace($Host, $first)
    $session.Open()
    $shell = [PowerShell]::Create()
    $shell.Runspace = $session
    # As the host of a process has it: what the script leaves in its pipeline is written, errors beside it.
    [void]$shell.AddScript([IO.File]::ReadAllText($Command)).AddCommand('Out-Default')
    $shell.Commands.Commands[0].MergeMyResults('Error', 'Output')
    try {
        [void]$shell.Invoke([IO.File]::ReadAllLines($In))
    } catch {
        [Console]::Error.WriteLine("$_")
        [StandInExit]::Code = 1
    }
    $shell.Dispose()
    $session.Dispose()
}

# The host keeps the first stream it sees: each stays, and what a call wrote is taken out of it.
$streams = [IO.MemoryStream]::new(), [IO.MemoryStream]::new()
$writers = foreach ($stream in $streams) { [IO.StreamWriter]::new($stream) }
[Console]::SetOut($writers[0])
[Console]::SetError($writers[1])

function Save-Stream([int]$Number, [string]$File)
{
    $writers[$Number].Flush()
    [IO.File]::WriteAllBytes($File, $streams[$Number].ToArray())
    $streams[$Number].SetLength(0)
}

$before = [System.Environment]::GetEnvironmentVariables()
while ($line = $calls.ReadLine()) {
    $command, $in, $out, $err, $env:MARSHAL_SCRIPT, $env:LC_ALL, $env:TZ = $line.Split("`t")
    Use-Culture $env:LC_ALL $env:TZ
    [StandInExit]::Code = 0
    Invoke-Call $command $in
    Save-Stream 0 $out
    Save-Stream 1 $err
    foreach ($name in [System.Environment]::GetEnvironmentVariables().Keys) {
        [System.Environment]::SetEnvironmentVariable($name, $before[$name])
    }
    $replies.WriteLine([StandInExit]::Code)
}
# What hangs in a thread of its own must not hold this process.
[System.Environment]::Exit(0)
