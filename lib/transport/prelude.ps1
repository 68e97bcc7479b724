param($Request, $Data)
# What marshal's scripts share. Every call sends this text, then the parts of its own script
# (lib/transport/scripts.txt). Written for Windows PowerShell 3.0 and everything newer. Nothing here changes a server.
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
# Windows' own programs first, whatever the PATH of this account says.
$env:Path = "$env:SystemRoot\System32" + [IO.Path]::PathSeparator + $env:Path

# --- Writing: plain ASCII JSON, one object a line ---

function ConvertTo-OurText([string]$Text)
{
    if ($Text -cmatch '^[\x20-\x21\x23-\x5b\x5d-\x7e]*\z') { return '"' + $Text + '"' }
    $out = New-Object Text.StringBuilder
    for ($i = 0; $i -lt $Text.Length; $i++) {
        $c = [int]$Text[$i]
        $next = 0
        if ($i + 1 -lt $Text.Length) { $next = [int]$Text[$i + 1] }
        if ($c -ge 0xd800 -and $c -le 0xdbff -and $next -ge 0xdc00 -and $next -le 0xdfff) {
            [void]$out.AppendFormat('\u{0:x4}\u{1:x4}', $c, $next)
            $i++
        } elseif ($c -eq 0 -or ($c -ge 0xd800 -and $c -le 0xdfff)) {
            # NUL, or half a character from a text cut in the middle: no reader of JSON takes these.
            [void]$out.Append('\ufffd')
        } elseif ($c -lt 0x20 -or $c -gt 0x7e) {
            [void]$out.AppendFormat('\u{0:x4}', $c)
        } else {
            if ($c -eq 0x22 -or $c -eq 0x5c) { [void]$out.Append('\') }
            [void]$out.Append([char]$c)
        }
    }
    '"' + $out.ToString() + '"'
}

# Our own, because ConvertTo-Json of PowerShell 3 to 5 wraps arrays that came through a pipeline.
function ConvertTo-OurJson($Value)
{
    if ($null -eq $Value) { return 'null' }
    if ($Value -is [bool]) { return "$Value".ToLowerInvariant() }
    if ($Value -is [string]) { return ConvertTo-OurText $Value }
    if ($Value -is [Collections.IDictionary]) {
        $members = foreach ($name in $Value.Keys) {
            (ConvertTo-OurText $name) + ':' + (ConvertTo-OurJson $Value[$name])
        }
        return '{' + ($members -join ',') + '}'
    }
    if ($Value -is [Collections.IEnumerable]) {
        $items = foreach ($item in $Value) { ConvertTo-OurJson $item }
        return '[' + ($items -join ',') + ']'
    }
    # Everything else is a number of ours; [long] refuses what is not.
    return ([long]$Value).ToString([Globalization.CultureInfo]::InvariantCulture)
}

function Write-OurLine($Value)
{
    # $OurWriter is set by the script that an administrator runs by hand.
    $writer = $OurWriter
    if ($null -eq $writer) { $writer = [Console]::Out }
    $writer.Write((ConvertTo-OurJson $Value) + "`n")
    $writer.Flush()
}

# --- Errors: kinds from codes, never from the words of a message ---

function Get-OurErrorKind($ErrorRecord)
{
    # 0x80070005 is Windows' access denied, 0x80041003 that of WMI.
    if ($ErrorRecord.FullyQualifiedErrorId -cmatch '0x80070005|0x80041003') { return 'access-denied' }
    for ($e = $ErrorRecord.Exception; $null -ne $e; $e = $e.InnerException) {
        if ($e -is [UnauthorizedAccessException] -or $e -is [Security.SecurityException]) {
            return 'access-denied'
        }
        if ($e -is [TimeoutException]) { return 'time-limit' }
        if ($e.HResult -eq -2147024891 -or $e.HResult -eq -2147217405) { return 'access-denied' }
    }
    return 'failed'
}

# --- Limits: a call that may hang runs in a thread of its own ---

# A session of PowerShell with all functions of this one, and the request.
function New-OurWorker
{
    $state = [Management.Automation.Runspaces.InitialSessionState]::CreateDefault2()
    foreach ($function in @(Get-ChildItem -Path function:)) {
        $entry = New-Object Management.Automation.Runspaces.SessionStateFunctionEntry(
            $function.Name, $function.Definition)
        $state.Commands.Add($entry)
    }
    $worker = [Management.Automation.Runspaces.RunspaceFactory]::CreateRunspace($state)
    $worker.Open()
    $worker.SessionStateProxy.SetVariable('Request', $Request)
    return $worker
}

# Runs code with one argument. Returns a table with `value`, or with `error` and `kind`. Past the limit
# the thread is abandoned with its session; the next call gets a new one.
function Invoke-OurLimited($Code, $Argument, [int]$LimitMs)
{
    if ($null -eq $global:OurWorker) { $global:OurWorker = New-OurWorker }
    $shell = [Management.Automation.PowerShell]::Create()
    $shell.Runspace = $global:OurWorker
    [void]$shell.AddScript({
        param($Text, $Argument)
        $ErrorActionPreference = 'Stop'
        $ProgressPreference = 'SilentlyContinue'
        try {
            @{ value = & ([ScriptBlock]::Create($Text)) $Argument }
        } catch {
            @{ error = "$_"; kind = Get-OurErrorKind $_ }
        }
    }.ToString()).AddArgument($Code.ToString()).AddArgument($Argument)
    $pending = $shell.BeginInvoke()
    if (-not $pending.AsyncWaitHandle.WaitOne($LimitMs)) {
        [void]$shell.BeginStop($null, $null)
        $global:OurWorker = $null
        return @{ error = "no answer in $LimitMs ms"; kind = 'time-limit' }
    }
    try {
        $answers = @($shell.EndInvoke($pending))
    } catch {
        return @{ error = "$_"; kind = Get-OurErrorKind $_ }
    } finally {
        $shell.Dispose()
    }
    # The last one: a command inside may have put something before it.
    return $answers[$answers.Count - 1]
}

# --- Reading Windows ---

function Get-OurTime($Time)
{
    if ($null -eq $Time) { return $null }
    if ($Time.Kind -eq [DateTimeKind]::Unspecified) { $Time = [DateTime]::SpecifyKind($Time, 'Utc') }
    $epoch = [DateTime]::SpecifyKind([DateTime]'1970-01-01', 'Utc')
    return [long][Math]::Floor(($Time.ToUniversalTime() - $epoch).TotalMilliseconds)
}

function Get-OurNow { return Get-OurTime (Get-Date) }

# The registry in the view asked for: an sshd of 32 bits starts a PowerShell that sees another one.
function Open-OurHive([string]$Hive, [int]$View)
{
    return [Microsoft.Win32.RegistryKey]::OpenBaseKey($Hive, "Registry$View")  # .NET on Windows only
}

# A key to read; null when there is none.
function Get-OurKey([string]$Path, [string]$Hive = 'LocalMachine', [int]$View = 64)
{
    return (Open-OurHive $Hive $View).OpenSubKey($Path)
}

function Get-OurValue([string]$Path, [string]$Name, [int]$View = 64)
{
    $key = Get-OurKey $Path 'LocalMachine' $View
    if ($null -eq $key) { return $null }
    return $key.GetValue($Name)
}

# "2.0.9250.0" from the four numbers of a file: the text of a version may be decorated. Null: none.
function Get-OurFileVersion($Path)
{
    if (-not $Path -or -not (Test-Path -LiteralPath $Path -PathType Leaf)) { return $null }
    $v = (Get-Item -LiteralPath $Path -Force).VersionInfo
    if ($null -eq $v -or $null -eq $v.FileVersion) { return $null }
    return '{0}.{1}.{2}.{3}' -f $v.FileMajorPart, $v.FileMinorPart, $v.FileBuildPart, $v.FilePrivatePart
}

# Where the agent says it is installed; null when it is not.
function Get-OurAgentPath
{
    if ($null -eq (Get-OurKey 'SOFTWARE\Microsoft\Windows Azure Backup\Setup')) { return $null }
    $path = Get-OurValue 'SOFTWARE\Microsoft\Windows Azure Backup\Setup' 'InstallPath'
    # Microsoft's own code falls back to this when the value is empty.
    if (-not $path) { $path = "$env:ProgramFiles\Microsoft Azure Recovery Services Agent" }
    return $path.TrimEnd('\')
}

# 1 stopped, 2 start pending, 3 stop pending, 4 running, up to 7; null when there is no such service.
function Get-OurServiceState([string]$Name)
{
    $service = Get-Service -Name $Name -ErrorAction SilentlyContinue
    if ($null -eq $service) { return $null }
    return [int]$service.Status
}

# ERROR_FILE_NOT_FOUND, ERROR_PATH_NOT_FOUND: no such task, no such folder.
function Test-OurNotFound($ErrorRecord)
{
    return @(-2147024894, -2147024893) -contains $ErrorRecord.Exception.GetBaseException().HResult
}

# A task of Task Scheduler through its COM object, which speaks numbers; null when there is none.
function Get-OurTask([string]$Folder, [string]$Name)
{
    $scheduler = New-Object -ComObject Schedule.Service
    $scheduler.Connect()
    try {
        return $scheduler.GetFolder($Folder).GetTask($Name)
    } catch {
        if (Test-OurNotFound $_) { return $null }
        throw
    }
}

# All tasks of marshal's that begin so, of any run.
function Find-OurTask([string]$Kind)
{
    $scheduler = New-Object -ComObject Schedule.Service
    $scheduler.Connect()
    try {
        $all = @($scheduler.GetFolder($Request.at.tasks).GetTasks(1))
    } catch {
        if (Test-OurNotFound $_) { return }
        throw
    }
    foreach ($task in $all) {
        if ("$($task.Name)".StartsWith("$Kind-", [StringComparison]::Ordinal)) { $task }
    }
}

# Open consoles of the agent: mmc.exe that names wabadmin.msc.
function Get-OurConsole
{
    $filter = "Name='mmc.exe'"
    # WMI can hang, and who asks may have the lock of the server.
    foreach ($process in @(Get-CimInstance -ClassName Win32_Process -Filter $filter -OperationTimeoutSec 30)) {
        if ("$($process.CommandLine)".IndexOf('wabadmin.msc', [StringComparison]'OrdinalIgnoreCase') -lt 0) { continue }
        $user = $null
        $owner = Invoke-CimMethod -InputObject $process -MethodName GetOwner -OperationTimeoutSec 30
        if ($owner.ReturnValue -eq 0) { $user = "$($owner.Domain)\$($owner.User)" }
        @{ pid = $process.ProcessId; user = $user; session = $process.SessionId }
    }
}

function Get-OurInstallerCount
{
    # Without WMI, which can hang, or be broken: obengine's start hangs on this answer.
    return @(Get-Process -Name 'MARSAgentInstaller' -ErrorAction SilentlyContinue).Count
}

# Whether Windows Installer is at work: it holds a mutex of a known name, or left its mark in the registry.
function Test-OurMsiMutex
{
    try {
        $mutex = [Threading.Mutex]::OpenExisting('Global\_MSIExecute')
    } catch {
        # Not there: nobody holds it. There, but not ours to open: somebody does.
        return $_.Exception.GetBaseException() -is [UnauthorizedAccessException]
    }
    try {
        $free = $mutex.WaitOne(0)
    } catch {
        # AbandonedMutexException: its owner died, and now it is ours.
        $free = $true
    }
    if ($free) { $mutex.ReleaseMutex() }
    $mutex.Close()
    return -not $free
}

function Test-OurMsiBusy
{
    if (Test-OurMsiMutex) { return $true }
    return $null -ne (Get-OurKey 'SOFTWARE\Microsoft\Windows\CurrentVersion\Installer\InProgress')
}

# Whether an installer works: the agent's, or a transaction of Windows Installer (not a process of that name).
function Test-OurInstallerBusy
{
    return (Get-OurInstallerCount) -gt 0 -or (Test-OurMsiMutex)
}

# Milliseconds since Windows was started, whatever its clock says.
function Get-OurUptime
{
    return [long][Math]::Floor([Diagnostics.Stopwatch]::GetTimestamp() * 1000.0 / [Diagnostics.Stopwatch]::Frequency)
}

# How long ago a moment of the uptime was; one of before the last boot is as old as that at least.
function Get-OurAge($UptimeMs)
{
    if ($null -eq $UptimeMs) { return $null }
    $now = Get-OurUptime
    if ($now -lt $UptimeMs) { return $now }
    return $now - $UptimeMs
}

# A value of the reservation's key: all are texts. Null when it is not there, or no number where one is asked for.
function Get-OurMarkerText($Key, [string]$Name)
{
    $value = $Key.GetValue($Name)
    if ($null -eq $value) { return $null }
    return "$value"
}

function Get-OurMarkerNumber($Key, [string]$Name)
{
    $text = "$($Key.GetValue($Name))"
    if ($text -cnotmatch '^[0-9]{1,18}\z') { return $null }
    return [long]$text
}

# The reservation of this server, made by the run of an upgrade; null when there is none. An older version's key has
# the first three alone, and says that an installer was started.
function Get-OurMarker
{
    $key = Get-OurKey $Request.at.key
    if ($null -eq $key) { return $null }
    return [ordered]@{
        run = Get-OurMarkerText $key 'Run'
        utc_ms = Get-OurMarkerNumber $key 'Utc'
        sha256 = Get-OurMarkerText $key 'Sha256'
        phase = Get-OurMarkerText $key 'Phase'
        controller = Get-OurMarkerText $key 'Controller'
        since_utc_ms = Get-OurMarkerNumber $key 'Since'
        seen_utc_ms = Get-OurMarkerNumber $key 'Seen'
        age_ms = Get-OurAge (Get-OurMarkerNumber $key 'SeenUptime')
        hold_ms = Get-OurMarkerNumber $key 'Hold'
        engine = Get-OurMarkerText $key 'Engine'
    }
}
