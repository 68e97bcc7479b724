param($Request)
# What marshal's scripts share. Every call sends this text, then the text of its own script.
# Written for Windows PowerShell 3.0 and everything newer. Nothing here changes a server but the
# functions below the line "for the scripts that change something".
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
# Windows' own programs first, whatever the PATH of this account says.
$env:Path = "$env:SystemRoot\System32" + [IO.Path]::PathSeparator + $env:Path

# --- Writing: plain ASCII JSON, one object a line ---

function ConvertTo-MarshalText([string]$Text)
{
    if ($Text -cmatch '^[\x20-\x21\x23-\x5b\x5d-\x7e]*$') { return '"' + $Text + '"' }
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
function ConvertTo-MarshalJson($Value)
{
    if ($null -eq $Value) { return 'null' }
    if ($Value -is [bool]) { return "$Value".ToLowerInvariant() }
    if ($Value -is [string]) { return ConvertTo-MarshalText $Value }
    if ($Value -is [Collections.IDictionary]) {
        $members = foreach ($name in $Value.Keys) {
            (ConvertTo-MarshalText $name) + ':' + (ConvertTo-MarshalJson $Value[$name])
        }
        return '{' + ($members -join ',') + '}'
    }
    if ($Value -is [Collections.IEnumerable]) {
        $items = foreach ($item in $Value) { ConvertTo-MarshalJson $item }
        return '[' + ($items -join ',') + ']'
    }
    # Everything else is a number of ours; [long] refuses what is not.
    return ([long]$Value).ToString([Globalization.CultureInfo]::InvariantCulture)
}

function Write-MarshalLine($Value)
{
    # $MarshalWriter is set by the script that an administrator runs by hand.
    $writer = $MarshalWriter
    if ($null -eq $writer) { $writer = [Console]::Out }
    $writer.Write((ConvertTo-MarshalJson $Value) + "`n")
    $writer.Flush()
}

# --- Errors: kinds from codes, never from the words of a message ---

function Get-MarshalErrorKind($ErrorRecord)
{
    # 0x80070005 is Windows' access denied, 0x80041003 that of WMI.
    if ($ErrorRecord.FullyQualifiedErrorId -match '0x80070005|0x80041003') { return 'access-denied' }
    for ($e = $ErrorRecord.Exception; $null -ne $e; $e = $e.InnerException) {
        if ($e -is [UnauthorizedAccessException] -or $e -is [Security.SecurityException]) {
            return 'access-denied'
        }
        if ($e.HResult -eq -2147024891 -or $e.HResult -eq -2147217405) { return 'access-denied' }
    }
    return 'failed'
}

# --- Limits: a call that may hang runs in a thread of its own ---

# A session of PowerShell with all functions of this one.
function New-MarshalWorker
{
    $state = [Management.Automation.Runspaces.InitialSessionState]::CreateDefault2()
    foreach ($function in @(Get-ChildItem -Path function:)) {
        $entry = New-Object Management.Automation.Runspaces.SessionStateFunctionEntry(
            $function.Name, $function.Definition)
        $state.Commands.Add($entry)
    }
    $worker = [Management.Automation.Runspaces.RunspaceFactory]::CreateRunspace($state)
    $worker.Open()
    return $worker
}

# Runs code with one argument. Returns a table with `value`, or with `error` and `kind`. Past the limit
# the thread is abandoned with its session; the next call gets a new one.
function Invoke-MarshalLimited($Code, $Argument, [int]$LimitMs)
{
    if ($null -eq $global:MarshalWorker) { $global:MarshalWorker = New-MarshalWorker }
    $shell = [Management.Automation.PowerShell]::Create()
    $shell.Runspace = $global:MarshalWorker
    [void]$shell.AddScript({
        param($Text, $Argument)
        $ErrorActionPreference = 'Stop'
        $ProgressPreference = 'SilentlyContinue'
        try {
            @{ value = & ([ScriptBlock]::Create($Text)) $Argument }
        } catch {
            @{ error = "$_"; kind = Get-MarshalErrorKind $_ }
        }
    }.ToString()).AddArgument($Code.ToString()).AddArgument($Argument)
    $pending = $shell.BeginInvoke()
    if (-not $pending.AsyncWaitHandle.WaitOne($LimitMs)) {
        [void]$shell.BeginStop($null, $null)
        $global:MarshalWorker = $null
        return @{ error = "no answer in $LimitMs ms"; kind = 'time-limit' }
    }
    try {
        $answers = @($shell.EndInvoke($pending))
    } catch {
        return @{ error = "$_"; kind = Get-MarshalErrorKind $_ }
    } finally {
        $shell.Dispose()
    }
    # The last one: a command inside may have put something before it.
    return $answers[$answers.Count - 1]
}

# --- Reading Windows ---

function Get-MarshalTime($Time)
{
    if ($null -eq $Time) { return $null }
    if ($Time.Kind -eq [DateTimeKind]::Unspecified) { $Time = [DateTime]::SpecifyKind($Time, 'Utc') }
    $epoch = [DateTime]::SpecifyKind([DateTime]'1970-01-01', 'Utc')
    return [long][Math]::Floor(($Time.ToUniversalTime() - $epoch).TotalMilliseconds)
}

function Get-MarshalNow { return Get-MarshalTime (Get-Date) }

# The registry in the view asked for: an sshd of 32 bits starts a PowerShell that sees another one.
function Open-MarshalHive([string]$Hive, [int]$View)
{
    return [Microsoft.Win32.RegistryKey]::OpenBaseKey($Hive, "Registry$View")  # .NET on Windows only
}

# A key to read; null when there is none.
function Get-MarshalKey([string]$Path, [string]$Hive = 'LocalMachine', [int]$View = 64)
{
    return (Open-MarshalHive $Hive $View).OpenSubKey($Path)
}

function Get-MarshalValue([string]$Path, [string]$Name)
{
    $key = Get-MarshalKey $Path
    if ($null -eq $key) { return $null }
    return $key.GetValue($Name)
}

# "2.0.9250.0" from the four numbers of a file: the text of a version may be decorated. Null: none.
function Get-MarshalFileVersion($Path)
{
    if (-not $Path -or -not (Test-Path -LiteralPath $Path -PathType Leaf)) { return $null }
    $v = (Get-Item -LiteralPath $Path -Force).VersionInfo
    if ($null -eq $v -or $null -eq $v.FileVersion) { return $null }
    return '{0}.{1}.{2}.{3}' -f $v.FileMajorPart, $v.FileMinorPart, $v.FileBuildPart, $v.FilePrivatePart
}

# Where the agent says it is installed; null when it is not.
function Get-MarshalAgentPath
{
    if ($null -eq (Get-MarshalKey 'SOFTWARE\Microsoft\Windows Azure Backup\Setup')) { return $null }
    $path = Get-MarshalValue 'SOFTWARE\Microsoft\Windows Azure Backup\Setup' 'InstallPath'
    # Microsoft's own code falls back to this when the value is empty.
    if (-not $path) { $path = "$env:ProgramFiles\Microsoft Azure Recovery Services Agent" }
    return $path.TrimEnd('\')
}

# 1 stopped, 2 start pending, 3 stop pending, 4 running, up to 7; null when there is no such service.
function Get-MarshalServiceState([string]$Name)
{
    $service = Get-Service -Name $Name -ErrorAction SilentlyContinue
    if ($null -eq $service) { return $null }
    return [int]$service.Status
}

# A task of Task Scheduler through its COM object, which speaks numbers; null when there is none.
function Get-MarshalTask([string]$Folder, [string]$Name)
{
    $scheduler = New-Object -ComObject Schedule.Service
    $scheduler.Connect()
    try {
        return $scheduler.GetFolder($Folder).GetTask($Name)
    } catch {
        # ERROR_FILE_NOT_FOUND, ERROR_PATH_NOT_FOUND: no such task, no such folder.
        $code = $_.Exception.GetBaseException().HResult
        if ($code -eq -2147024894 -or $code -eq -2147024893) { return $null }
        throw
    }
}

# Queued or running.
function Test-MarshalTaskWork($Task) { return $null -ne $Task -and @(2, 4) -contains $Task.State }

# Open consoles of the agent: mmc.exe that names wabadmin.msc.
function Get-MarshalConsole
{
    foreach ($process in @(Get-CimInstance -ClassName Win32_Process -Filter "Name='mmc.exe'")) {
        if ("$($process.CommandLine)" -notmatch 'wabadmin\.msc') { continue }
        $user = $null
        $owner = Invoke-CimMethod -InputObject $process -MethodName GetOwner
        if ($owner.ReturnValue -eq 0) { $user = "$($owner.Domain)\$($owner.User)" }
        @{ pid = $process.ProcessId; user = $user; session = $process.SessionId }
    }
}

function Get-MarshalInstallerCount
{
    return @(Get-CimInstance -ClassName Win32_Process -Filter "Name='MARSAgentInstaller.exe'").Count
}

# Whether Windows Installer is at work: it holds a mutex of a known name, or left its mark in the registry.
function Test-MarshalMsiMutex
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

function Test-MarshalMsiBusy
{
    if (Test-MarshalMsiMutex) { return $true }
    return $null -ne (Get-MarshalKey 'SOFTWARE\Microsoft\Windows\CurrentVersion\Installer\InProgress')
}

# The marker of an installation, machine-wide; null when there is none.
function Get-MarshalMarker
{
    $key = Get-MarshalKey 'SOFTWARE\marshal\install'
    if ($null -eq $key) { return $null }
    $time = $null
    if ("$($key.GetValue('Utc'))" -match '^\d{1,18}$') { $time = [long]$key.GetValue('Utc') }
    return [ordered]@{ run = $key.GetValue('Run'); utc_ms = $time; sha256 = $key.GetValue('Sha256') }
}

# --- The agent's own commands ---

# Asks them into a table that is there from the start: when one hangs, the answers before it still
# count. `setting` and `policy` are true once answered; `jobs` and `wbjobs` are null until then.
function Read-MarshalOb([int]$LimitMs, [bool]$SettingOnly)
{
    $ob = [hashtable]::Synchronized(@{
        setting = $false; encryption = $null; proxy = $null
        jobs = $null; wbjobs = $null; policy = $false; scheduled = $null })
    $argument = @{ ob = $ob; only = $SettingOnly }
    # An error or a hang is no answer, and no answer is what the table says without one.
    [void](Invoke-MarshalLimited ${function:Read-MarshalAgent} $argument $LimitMs)
    if (-not $SettingOnly) {
        [void](Invoke-MarshalLimited ${function:Read-MarshalServerBackup} $argument $LimitMs)
    }
    return $ob
}

function Read-MarshalAgent($Argument)
{
    $ob = $Argument.ob
    $path = Get-MarshalAgentPath
    if (-not $path) { return }
    $module = "$path\bin\Modules\MSOnlineBackup\MSOnlineBackup.psd1"
    # Servers of DPM and MABS have the agent without its commands.
    if (-not (Test-Path -LiteralPath $module)) { return }
    Import-Module $module
    $setting = Get-OBMachineSetting
    $ob.encryption = "$($setting.EncryptionSetting.EncryptionKeyStatus)" -eq 'Set'
    $server = "$($setting.ProxySetting.ProxyServer)" -replace '^[a-z]+://', ''
    if ($server) { $ob.proxy = "${server}:$($setting.ProxySetting.ProxyPort)" }
    $ob.setting = $true
    if ($Argument.only) { return }
    $ob.jobs = @(Get-OBJob | ForEach-Object {
        @{ state = "$($_.JobStatus.JobState)"; since = $_.JobStatus.StartTime }
    })
    $ob.scheduled = $null -ne (Get-OBPolicy)
    $ob.policy = $true
}

# Windows Server Backup makes the image behind a backup of the system state.
function Read-MarshalServerBackup($Argument)
{
    $module = "$env:SystemRoot\System32\WindowsPowerShell\v1.0\Modules\WindowsServerBackup"
    if (-not (Test-Path -LiteralPath $module)) { return }
    Import-Module WindowsServerBackup
    $Argument.ob.wbjobs = @(Get-WBJob | ForEach-Object {
        @{ state = "$($_.JobState)"; since = $_.StartTime }
    })
}

# --- The login URL, through the proxy that the agent uses ---

# SYSTEM's proxy: the agent's service runs as SYSTEM.
function Get-MarshalSystemProxy
{
    $key = Get-MarshalKey 'S-1-5-18\Software\Microsoft\Windows\CurrentVersion\Internet Settings' 'Users'
    if ($null -eq $key -or $key.GetValue('ProxyEnable') -ne 1) { return $null }
    # "host:port" for all, or "http=host:port;https=host:port".
    $all = $null
    foreach ($part in "$($key.GetValue('ProxyServer'))".Split(';')) {
        if ($part -match '^\s*https=(.+)$') { return $Matches[1].Trim() -replace '^[a-z]+://', '' }
        if ($part -and $part -notmatch '=') { $all = $part.Trim() -replace '^[a-z]+://', '' }
    }
    return $all
}

# WinHTTP's proxy, a binary value: flags at byte 8 (2: a proxy is set), length at 12, text at 16.
function Get-MarshalWinHttpProxy
{
    $path = 'SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\Connections'
    $bytes = Get-MarshalValue $path 'WinHttpSettings'
    if ($null -eq $bytes -or $bytes.Length -lt 17 -or -not ($bytes[8] -band 2)) { return $null }
    $length = [BitConverter]::ToInt32($bytes, 12)
    if ($length -lt 1 -or $length -gt $bytes.Length - 16) { return $null }
    $text = [Text.Encoding]::ASCII.GetString($bytes, 16, $length)
    foreach ($part in $text.Split(';')) {
        if ($part -match '^\s*https=(.+)$') { return $Matches[1].Trim() -replace '^[a-z]+://', '' }
    }
    return ($text.Split(';')[0] -replace '^[a-z]+=', '') -replace '^[a-z]+://', ''
}

function Get-MarshalProxy($Ob)
{
    if ($Ob.proxy) { return @{ proxy = $Ob.proxy; source = 'agent' } }
    $proxy = Get-MarshalSystemProxy
    if ($proxy) { return @{ proxy = $proxy; source = 'system' } }
    $proxy = Get-MarshalWinHttpProxy
    if ($proxy) { return @{ proxy = $proxy; source = 'winhttp' } }
    return @{ proxy = $null; source = 'none' }
}

# One name. Any answer by HTTP says that the way is open, but for those of a proxy that refuses
# (407) or cannot get through (502, 503, 504).
function Test-MarshalLoginHost([string]$Name, $Proxy, [int]$LimitMs)
{
    $result = [ordered]@{ host = $Name; open = $false; status = $null; error = $null }
    $response = $null
    try {
        $web = [Net.WebRequest]::Create("https://$Name/")
        $web.Proxy = $null
        if ($Proxy) { $web.Proxy = New-Object Net.WebProxy("http://$Proxy") }
        $web.AllowAutoRedirect = $false
        $web.Timeout = $LimitMs
        $response = $web.GetResponse()
    } catch {
        $e = $_.Exception
        while ($null -ne $e -and $e -isnot [Net.WebException]) { $e = $e.InnerException }
        if ($null -eq $e) { throw }
        $response = $e.Response
        if ($null -eq $response) { $result.error = Get-MarshalWebError $e }
    }
    if ($null -ne $response) {
        $result.status = [int]$response.StatusCode
        $result.open = @(407, 502, 503, 504) -notcontains $result.status
        $response.Close()
    }
    return $result
}

# The enumeration of System.Net says which part of the way failed; newer .NET says it one level deeper.
function Get-MarshalWebError($Exception)
{
    for ($e = $Exception; $null -ne $e; $e = $e.InnerException) {
        if ($e -is [Security.Authentication.AuthenticationException]) { return 'tls' }
    }
    switch ("$($Exception.Status)") {
        'NameResolutionFailure' { return 'name' }
        'ProxyNameResolutionFailure' { return 'proxy' }
        'RequestProhibitedByProxy' { return 'proxy' }
        'TrustFailure' { return 'tls' }
        'SecureChannelFailure' { return 'tls' }
        'Timeout' { return 'time-limit' }
    }
    return 'connect'
}

# The value of fact network.login.
function Test-MarshalLogin($Hosts, $Ob, [int]$LimitMs)
{
    $names = @($Hosts | Where-Object { $_ })
    if ($names.Count -eq 0) { return [ordered]@{ asked = $false } }
    # Old .NET offers TLS 1.0 only. 0 means that Windows chooses, which is newer and better.
    $protocols = [int][Net.ServicePointManager]::SecurityProtocol
    if ($protocols -ne 0) { [Net.ServicePointManager]::SecurityProtocol = $protocols -bor 3072 }
    $way = Get-MarshalProxy $Ob
    $each = [int][Math]::Max(1000, ($LimitMs - 500) / $names.Count)
    return [ordered]@{
        asked = $true
        proxy = $way.proxy
        proxy_source = $way.source
        results = @(foreach ($name in $names) { Test-MarshalLoginHost $name $way.proxy $each })
    }
}

function Test-MarshalLoginOpen($Login)
{
    return @($Login.results | Where-Object { $_ -and -not $_.open }).Count -eq 0
}

# --- For the scripts that change something ---

# Ends a step with a failure. The texts are for people, the codes for marshal.
function Stop-MarshalStep([string]$Code, [string]$Text, $More = @{})
{
    $e = New-Object Exception($Text)
    $e.Data['marshal'] = @{ code = $Code; more = $More }
    throw $e
}

# Runs the code of one step, and writes its one line whatever happens. A step that changes something
# says so in $global:MarshalChanged at once, so that an error nobody foresaw still tells the truth.
function Invoke-MarshalStep($Code)
{
    $line = [ordered]@{ step = "$($Request.op)"; ok = $true }
    $global:MarshalChanged = $false
    try {
        $answer = & $Code
        foreach ($name in $answer.Keys) { $line[$name] = $answer[$name] }
    } catch {
        $line.ok = $false
        $said = $_.Exception.GetBaseException().Data['marshal']
        if ($null -eq $said) { $said = @{ code = Get-MarshalErrorKind $_; more = @{} } }
        $line.code = $said.code
        $line.changed = [bool]$global:MarshalChanged
        $line.text = "$_"
        foreach ($name in $said.more.Keys) { $line[$name] = $said.more[$name] }
    }
    Write-MarshalLine $line
}

# Names become parts of paths, of task names and of XML: nothing but harmless letters gets past here.
function Assert-MarshalName
{
    $r = $Request
    if ("$($r.run)" -cnotmatch '^[a-z0-9-]{1,32}$') { Stop-MarshalStep 'bad-request' 'run' }
    foreach ($name in @($args)) {
        $pattern = switch ($name) {
            'folder' { '^marshal-' + [regex]::Escape($r.run) + '-[0-9a-f]{16}$' }
            'file' { '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\.exe$' }
            'sha256' { '^[0-9a-f]{64}$' }
        }
        if ("$($r.$name)" -cnotmatch $pattern) { Stop-MarshalStep 'bad-request' $name }
    }
}

function Get-MarshalFolderPath { return "$env:SystemRoot\Temp\$($Request.folder)" }

# Whether a folder is as stage-open makes it: owner Administrators (or SYSTEM), full control for these two
# and nothing for others, nothing inherited. SIDs speak no language; the group means nothing on Windows.
function Test-MarshalFolder([string]$Path)
{
    $item = Get-Item -LiteralPath $Path -Force
    # A junction would lead somebody else's way.
    if (-not $item.PSIsContainer) { return $false }
    if ($item.Attributes -band [IO.FileAttributes]::ReparsePoint) { return $false }
    $sddl = (Get-Acl -LiteralPath $Path).Sddl
    $system = '\(A;OICI;FA;;;SY\)'
    $admins = '\(A;OICI;FA;;;BA\)'
    return $sddl -match "^O:(BA|SY)G:[^:]*D:P(AI)?($system$admins|$admins$system)$"
}

# The run's folder, checked again at every step that uses it.
function Assert-MarshalFolder
{
    $path = Get-MarshalFolderPath
    if (-not (Test-Path -LiteralPath $path)) { Stop-MarshalStep 'file-missing' "$path is not there" }
    if (-not (Test-MarshalFolder $path)) {
        Stop-MarshalStep 'folder-not-ours' "$path belongs to somebody else, or others may write to it"
    }
    return $path
}

# .NET's own SHA-256: Get-FileHash came with PowerShell 4.
function Get-MarshalSha256([string]$Path)
{
    $sha = [Security.Cryptography.SHA256]::Create()
    $stream = (Get-Item -LiteralPath $Path -Force).OpenRead()
    try {
        return [BitConverter]::ToString($sha.ComputeHash($stream)).Replace('-', '').ToLowerInvariant()
    } finally {
        $stream.Close()
    }
}

# Runs one of Windows' own programs and returns its exit status. What it says is in the language of
# the server, and thrown away. (With 'Stop', old PowerShell takes a word on stderr for a failure.)
function Invoke-MarshalProgram([string]$Program, [string[]]$Arguments)
{
    $ErrorActionPreference = 'Continue'
    & $Program @Arguments 2>&1 | Out-Null
    return $LASTEXITCODE
}

# Registers a task of SYSTEM. The parts of XML are ours; names in them went through Assert-MarshalName. A task
# with $Brief goes once its last trigger's end has passed, and none of its triggers is made up for later.
function Register-MarshalTask([string]$Name, [string]$Triggers, [string]$Limit, [string]$Exec, [switch]$Brief)
{
    $life = '<StartWhenAvailable>true</StartWhenAvailable>'
    if ($Brief) { $life = '<DeleteExpiredTaskAfter>PT0S</DeleteExpiredTaskAfter>' }
    $xml = @"
<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Author>marshal</Author></RegistrationInfo>
  <Triggers>$Triggers</Triggers>
  <Principals>
    <Principal id="Author"><UserId>S-1-5-18</UserId><RunLevel>HighestAvailable</RunLevel></Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    $life
    <AllowStartOnDemand>true</AllowStartOnDemand>
    <ExecutionTimeLimit>$Limit</ExecutionTimeLimit>
  </Settings>
  <Actions Context="Author"><Exec>$Exec</Exec></Actions>
</Task>
"@
    # schtasks takes its XML from a file, and in UTF-16 only.
    $file = "$([IO.Path]::GetTempPath())marshal-$([Guid]::NewGuid().ToString('N')).xml"
    try {
        Set-Content -LiteralPath $file -Value $xml -Encoding Unicode
        return (Invoke-MarshalProgram 'schtasks.exe' @('/Create', '/TN', $Name, '/XML', $file, '/F')) -eq 0
    } finally {
        Remove-Item -LiteralPath $file -Force -ErrorAction SilentlyContinue
    }
}

function Remove-MarshalTask([string]$Name)
{
    return (Invoke-MarshalProgram 'schtasks.exe' @('/Delete', '/TN', $Name, '/F')) -eq 0
}

# Task Scheduler keeps an empty folder of tasks; another task in it keeps it from going.
function Remove-MarshalTaskFolder
{
    $scheduler = New-Object -ComObject Schedule.Service
    $scheduler.Connect()
    try { $scheduler.GetFolder('\').DeleteFolder('marshal', 0) } catch { return }
}

# Takes the marker away, and the key above it when nothing else is in there.
function Remove-MarshalMarker
{
    $base = Open-MarshalHive 'LocalMachine' 64
    $base.DeleteSubKeyTree('SOFTWARE\marshal\install', $false)
    $above = $base.OpenSubKey('SOFTWARE\marshal')
    if ($null -ne $above -and $above.SubKeyCount -eq 0 -and $above.ValueCount -eq 0) {
        $base.DeleteSubKey('SOFTWARE\marshal', $false)
    }
}

function Get-MarshalInstallTask { return "install-$($Request.run)" }
function Get-MarshalSafetyTask { return "start-obengine-$($Request.run)" }

# Waits until a service has a state. Returns the last state seen.
function Wait-MarshalService([string]$Name, [int]$State, [int]$LimitMs)
{
    $clock = [Diagnostics.Stopwatch]::StartNew()
    while ($true) {
        $now = Get-MarshalServiceState $Name
        if ($now -eq $State -or $clock.ElapsedMilliseconds -ge $LimitMs) { return $now }
        Start-Sleep -Milliseconds 250
    }
}

# One of our calls at a time at obengine and the task that starts it: a cut line can leave an earlier one
# at work. A call that died gives the mutex back by its death. Null when it was not to be had in time.
function Invoke-MarshalAlone([int]$WaitMs, $Code)
{
    $mutex = New-Object Threading.Mutex($false, 'Global\marshal-engine')
    $mine = $false
    try {
        try { $mine = $mutex.WaitOne($WaitMs) } catch [Threading.AbandonedMutexException] { $mine = $true }
        if (-not $mine) { return $null }
        & $Code
    } finally {
        if ($mine) { $mutex.ReleaseMutex() }
        $mutex.Close()
    }
}
