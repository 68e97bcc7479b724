# windows_types.psm1 - the second half of windows.psm1: Task Scheduler, New-Object, and the few types of .NET that
# only Windows has. A type is replaced by its name as the scripts write it, in the table that PowerShell
# itself resolves names with.

# --- Task Scheduler ---

function schtasks.exe
{
    $global:LASTEXITCODE = 1
    $verb, $words = $args
    $name = $words[1]
    if ($words[0] -ne '/TN') { return 'FEHLER: Ungueltiges Argument' }
    switch ($verb) {
        '/Create' { Register-StandInTask $name $words[3] }
        '/Run' { Start-StandInTask $name }
        '/Delete' {
            Edit-StandInState {
                param($s)
                if (-not $s.tasks.ContainsKey($name)) { return }
                $s.tasks.Remove($name)
                $global:LASTEXITCODE = 0
            }
        }
    }
}

# Windows takes UTF-16 only, and reads its own XML; so does this.
function Register-StandInTask([string]$Name, [string]$File)
{
    if ((Get-StandInState).faults.task -eq 'denied') { return 'FEHLER: Zugriff verweigert' }
    $bytes = [IO.File]::ReadAllBytes($File)
    if ($bytes[0] -ne 0xff -or $bytes[1] -ne 0xfe) { throw 'the XML of a task is not UTF-16' }
    $xml = [xml][Text.Encoding]::Unicode.GetString($bytes, 2, $bytes.Length - 2)
    $task = $xml.Task
    if ($task.Principals.Principal.UserId -cne 'S-1-5-18') { throw 'the task is not of SYSTEM' }
    $entry = @{
        account = 'SYSTEM'
        at_boot = $null -ne $xml.SelectSingleNode("//*[local-name()='BootTrigger']")
        due_utc_ms = $null
        every_ms = $null
        command = "$($task.Actions.Exec.Command) $($task.Actions.Exec.Arguments)"
        directory = $task.Actions.Exec.WorkingDirectory
    }
    $time = $xml.SelectSingleNode("//*[local-name()='StartBoundary']")
    # One that goes by itself needs a trigger with an end, and is of no use after it.
    $end = $xml.SelectSingleNode("//*[local-name()='EndBoundary']")
    if ($null -ne $end) {
        if ($task.Settings.DeleteExpiredTaskAfter -cne 'PT0S') { throw 'the task would stay' }
        if ($task.Settings.StartWhenAvailable) { throw 'the task would start again' }
        if ($end.PreviousSibling.LocalName -cne 'StartBoundary') { throw 'the end is not behind the start' }
        $entry.expires_utc_ms = [DateTimeOffset]::Parse($end.InnerText).ToUnixTimeMilliseconds()
        if ($entry.expires_utc_ms -le [DateTimeOffset]::UtcNow.ToUnixTimeMilliseconds()) { throw 'it is expired' }
    } elseif ($null -ne $time) {
        $entry.due_utc_ms = [DateTimeOffset]::Parse($time.InnerText).ToUnixTimeMilliseconds()
    }
    # Windows wants the repetition before the start, and refuses the other order.
    $every = $xml.SelectSingleNode("//*[local-name()='Repetition']/*[local-name()='Interval']")
    if ($null -ne $every) {
        if ($null -ne $every.ParentNode.PreviousSibling) { throw 'the repetition is not the first of its trigger' }
        $entry.every_ms = [long][Xml.XmlConvert]::ToTimeSpan($every.InnerText).TotalMilliseconds
    }
    Edit-StandInState { param($s) $s.tasks[$Name] = $entry; $s.log += "registered $Name" }
    $global:LASTEXITCODE = 0
}

# Runs the real text of the task in a PowerShell of its own, on these stand-ins.
function Start-StandInTask([string]$Name)
{
    $state = Get-StandInState
    $task = $state.tasks[$Name]
    # One that the server keeps from coming to anything.
    if ($state.faults.task -eq 'silent') { $global:LASTEXITCODE = 0; return }
    if ($task.command -notmatch '^%SystemRoot%\\System32\\WindowsPowerShell\\v1\.0\\powershell\.exe -NoProfile -NonInteractive -EncodedCommand ([A-Za-z0-9+/=]+)$') {
        throw "the task does not run PowerShell as agreed: $($task.command)"
    }
    $text = [Text.Encoding]::Unicode.GetString([Convert]::FromBase64String($Matches[1]))
    $text = "Microsoft.PowerShell.Core\Import-Module -Global '$env:MARSHAL_STANDINS'`n$text"
    $encoded = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($text))
    $start = [Diagnostics.ProcessStartInfo]::new('setsid')
    $directory = '/'
    if ($task.directory) { $directory = Get-StandInFile $task.directory }
    $start.Environment['MARSHAL_AS_SYSTEM'] = 'yes'
    foreach ($word in 'sh', '-c', 'cd "$1" && exec "$0" -NoProfile -NonInteractive -EncodedCommand "$2" </dev/null >/dev/null 2>&1',
        [Environment]::ProcessPath, $directory, $encoded) { $start.ArgumentList.Add($word) }
    $process = [Diagnostics.Process]::Start($start)
    Edit-StandInState {
        param($s)
        $s.tasks[$Name].process = $process.Id
        $s.tasks[$Name].begun_utc_ms = [DateTimeOffset]::UtcNow.ToUnixTimeMilliseconds()
    }
    $global:LASTEXITCODE = 0
}

# The COM object: numbers, and the codes of Windows when something is not there.
function Get-StandInTask([string]$Path)
{
    $state = Get-StandInState
    if ($Path -eq '\Microsoft\OnlineBackup\Microsoft-OnlineBackup' -and $state.agent.task_exists) {
        $next = [DateTime]'1899-12-30'
        if ($null -ne $state.backup.next_utc_ms) {
            $next = [DateTimeOffset]::FromUnixTimeMilliseconds($state.backup.next_utc_ms).LocalDateTime
        }
        return [pscustomobject]@{
            Enabled = [bool]$state.agent.task_enabled; State = 3
            NextRunTime = [DateTime]::SpecifyKind($next, 'Unspecified')
            Definition = @{ Principal = @{ UserId = $state.agent.task_account } }
        }
    }
    $task = $state.tasks[$Path]
    if ($null -eq $task) { throw (Microsoft.PowerShell.Utility\New-Object IO.FileNotFoundException 'Nicht gefunden') }
    $runs = $task.process -and [IO.Directory]::Exists("/proc/$($task.process)")
    return [pscustomobject]@{ Enabled = $true; State = $(if ($runs) { 4 } else { 3 }) }
}

function New-StandInScheduler
{
    $scheduler = [pscustomobject]@{ }
    $scheduler | Add-Member -MemberType ScriptMethod -Name Connect -Value { }
    $scheduler | Add-Member -MemberType ScriptMethod -Name GetFolder -Value {
        param($path)
        $folder = [pscustomobject]@{ Path = $path }
        $folder | Add-Member -MemberType ScriptMethod -Name GetTask -Value {
            param($name)
            Get-StandInTask "$($this.Path)\$name"
        }
        $folder | Add-Member -MemberType ScriptMethod -Name DeleteFolder -Value {
            param($name, $flags)
            if ((Get-StandInState).tasks.Keys -like "\$name\*") { throw 'Das Verzeichnis ist nicht leer.' }
        }
        return $folder
    }
    return $scheduler
}

# --- New-Object: what only Windows has is made here, the rest as ever ---

function New-Object
{
    [CmdletBinding(DefaultParameterSetName = 'Net')]
    param(
        [Parameter(Position = 0, ParameterSetName = 'Net')][string]$TypeName,
        [Parameter(Position = 1, ParameterSetName = 'Net')][object[]]$ArgumentList,
        [Parameter(ParameterSetName = 'Com')][string]$ComObject
    )
    if ($ComObject) {
        if ($ComObject -ne 'Schedule.Service') { throw "COM: $ComObject is not played" }
        return New-StandInScheduler
    }
    switch ($TypeName) {
        'Security.Principal.SecurityIdentifier' { return [pscustomobject]@{ Value = $ArgumentList[0] } }
        'Security.Principal.WindowsPrincipal' {
            $principal = [pscustomobject]@{ }
            $principal | Add-Member -MemberType ScriptMethod -Name IsInRole -Value {
                param($sid)
                $sid.Value -eq 'S-1-5-32-544' -and ($env:MARSHAL_AS_SYSTEM -or (Get-StandInState).identity.admin)
            }
            return $principal
        }
        { $_ -in 'Security.AccessControl.DirectorySecurity', 'IO.Pipes.PipeSecurity' } {
            $acl = [pscustomobject]@{ Sddl = '' }
            $acl | Add-Member -MemberType ScriptMethod -Name SetSecurityDescriptorSddlForm -Value {
                param($sddl)
                $this.Sddl = $sddl
            }
            return $acl
        }
        'Security.Cryptography.X509Certificates.X509Chain' {
            $root = @{ Certificate = @{ Subject = 'CN=Microsoft Root Certificate Authority 2010, O=Microsoft Corporation, L=Redmond, S=Washington, C=US' } }
            $chain = [pscustomobject]@{ ChainPolicy = @{ RevocationMode = 'Online' }; ChainElements = @($root) }
            $chain | Add-Member -MemberType ScriptMethod -Name Build -Value { param($certificate) $true }
            return $chain
        }
        'Threading.Mutex' {
            # Each simulated server has mutexes of its own.
            $server = $env:MARSHAL_STATE.Replace('/', '-')
            return [System.Threading.Mutex]::new($ArgumentList[0], $ArgumentList[1] + $server)
        }
    }
    $more = @{}
    if ($null -ne $ArgumentList) { $more.ArgumentList = $ArgumentList }
    Microsoft.PowerShell.Utility\New-Object -TypeName $TypeName @more
}

# --- Types ---

# The registry as keys with values, built anew from the state for each look.
function Get-StandInRegistry
{
    $s = Get-StandInState
    $keys = @{}
    $windows = 'SOFTWARE\Microsoft\Windows\CurrentVersion'
    $agent = 'SOFTWARE\Microsoft\Windows Azure Backup'
    $keys['SOFTWARE\Microsoft\Windows NT\CurrentVersion'] = @{ InstallationType = $s.os.installation_type }
    if ($null -ne $s.dotnet.release) {
        $keys['SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full'] = @{ Release = [int]$s.dotnet.release }
    }
    $keys['SYSTEM\CurrentControlSet\Control\TimeZoneInformation'] = @{ TimeZoneKeyName = "$($s.clock.zone)$([char]0)x" }
    if ($s.agent.installed) {
        $keys["$agent\Setup"] = @{ InstallPath = "$($s.agent.path)\" }
        $keys["$agent\Config"] = @{ ScratchLocation = $s.scratch.config }
        if ($s.agent.registered) { $keys["$agent\Config"].MachineId = '5a3ef79a' }
        $keys["$agent\Config\CloudBackupProvider"] = @{ ScratchLocation = $s.scratch.provider }
    }
    foreach ($view in 64, 32) {
        $tree = $(if ($view -eq 32) { '32:' }) + "$windows\Uninstall"
        $keys["$tree\Another"] = @{ DisplayName = 'Another program'; DisplayVersion = '1.0' }
        foreach ($entry in @($s.agent.uninstall | Where-Object { $_.view -eq $view })) {
            $keys["$tree\$($entry.key)"] = @{
                DisplayName = 'Microsoft Azure Recovery Services Agent'; DisplayVersion = $entry.version
            }
        }
    }
    foreach ($name in $s.services.Keys) {
        if (-not $s.services[$name].exists) { continue }
        $image = 'C:\Windows\system32\svchost.exe -k x'
        if ($name -eq 'obengine') {
            $image = "`"$($s.agent.path)\bin\cbengine.exe`""
            if ($s.agent.service_path) { $image = $s.agent.service_path }
        }
        $keys["SYSTEM\CurrentControlSet\Services\$name"] = @{ Start = [int]$s.services[$name].start; ImagePath = $image }
    }
    if ($s.kind -in 'dpm', 'mabs') {
        $dpm = 'SOFTWARE\Microsoft\Microsoft Data Protection Manager'
        $keys["$dpm\DB"] = @{}
        $keys["$dpm\Setup"] = @{ InstallPath = Get-StandInDpmPath $s }
    }
    if ($s.kind -eq 'asr') { $keys["$agent\Config\InMageMT"] = @{} }
    if ($s.reboot.servicing) { $keys["$windows\Component Based Servicing\RebootPending"] = @{} }
    if ($s.reboot.installer) { $keys['SOFTWARE\Microsoft\Updates'] = @{ UpdateExeVolatile = 1 } }
    $names = for ($i = 0; $i -lt $s.reboot.renames; $i++) { "\??\C:\old$i"; '' }
    $keys['SYSTEM\CurrentControlSet\Control\Session Manager'] = @{ PendingFileRenameOperations = [string[]]$names }
    $proxy = $s.network.proxies
    if ($proxy.system) {
        $keys["S-1-5-18\Software\Microsoft\Windows\CurrentVersion\Internet Settings"] = @{
            ProxyEnable = 1; ProxyServer = "http=other:1;https=$($proxy.system)"
        }
    }
    if ($proxy.winhttp) {
        $bytes = [byte[]](0x28, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0) +
            [BitConverter]::GetBytes([int]$proxy.winhttp.Length) + [Text.Encoding]::ASCII.GetBytes($proxy.winhttp) + [byte[]](0, 0, 0, 0)
        $keys["$windows\Internet Settings\Connections"] = @{ WinHttpSettings = [byte[]]$bytes }
    }
    if ($null -ne $s.marker) {
        $keys['SOFTWARE\marshal\install'] = @{ Run = $s.marker.run; Utc = "$($s.marker.utc_ms)"; Sha256 = $s.marker.sha256 }
    }
    return $keys
}

[NoRunspaceAffinity()] class StandInKey {
    [string]$Path
    [int]$SubKeyCount
    [int]$ValueCount
    StandInKey([string]$Path) { $this.Path = $Path }
    static [object] OpenBaseKey([string]$Hive, [string]$View)
    {
        if ($Hive -notin 'LocalMachine', 'Users') { throw "hive $Hive" }
        return [StandInKey]::new($(if ($View -eq 'Registry32') { '32:' } else { '' }))
    }
    [string] Below([string]$Name)
    {
        if ($this.Path -in '', '32:') { return $this.Path + $Name }
        return "$($this.Path)\$Name"
    }
    [object] OpenSubKey([string]$Name)
    {
        $full = $this.Below($Name)
        if ($full -like '*\Windows Azure Backup\Setup') { Use-StandInFault agent }
        if ($full -like '*\Component Based Servicing*') { Use-StandInFault reboot }
        $keys = Get-StandInRegistry
        foreach ($key in $keys.Keys) {
            if ($key -eq $full -or $key.StartsWith("$full\", 'OrdinalIgnoreCase')) { return [StandInKey]::new($full) }
        }
        return $null
    }
    [string[]] GetSubKeyNames()
    {
        $start = "$($this.Path)\"
        $names = foreach ($key in (Get-StandInRegistry).Keys) {
            if ($key.StartsWith($start, 'OrdinalIgnoreCase')) { $key.Substring($start.Length).Split('\')[0] }
        }
        # Windows gives them in order.
        return @($names | Sort-Object -Unique)
    }
    [object] GetValue([string]$Name)
    {
        $values = (Get-StandInRegistry)[$this.Path]
        if ($null -eq $values) { return $null }
        return $values[$Name]
    }
    [object] CreateSubKey([string]$Name)
    {
        if ($Name -ne 'SOFTWARE\marshal\install') { throw "not ours to make: $Name" }
        Edit-StandInState { param($s) if ($null -eq $s.marker) { $s.marker = @{ run = $null; utc_ms = $null; sha256 = $null } } }
        return [StandInKey]::new($Name)
    }
    [void] SetValue([string]$Name, [object]$Value)
    {
        Edit-StandInState {
            param($s)
            if ($Name -eq 'Utc') { $s.marker.utc_ms = [long]$Value } else { $s.marker[$Name.ToLowerInvariant()] = $Value }
        }
    }
    [void] DeleteSubKeyTree([string]$Name, [bool]$Throw)
    {
        if ($Name -ne 'SOFTWARE\marshal\install') { throw "not ours to delete: $Name" }
        Edit-StandInState { param($s) $s.marker = $null }
    }
    [void] DeleteSubKey([string]$Name, [bool]$Throw) { }
    [void] Close() { }
}

[NoRunspaceAffinity()] class StandInIdentity {
    static [object] GetCurrent()
    {
        if ($env:MARSHAL_AS_SYSTEM) { return [pscustomobject]@{ Name = 'NT AUTHORITY\SYSTEM' } }
        return [pscustomobject]@{ Name = (Get-StandInState).identity.user; User = @{ Value = 'S-1-5-21-1-2-3-1105' } }
    }
}

[NoRunspaceAffinity()] class StandInMutex {
    static [object] OpenExisting([string]$Name)
    {
        if ($Name -cne 'Global\_MSIExecute') { throw "mutex $Name" }
        if (-not (Get-StandInState).installers.msi_busy) { throw [Threading.WaitHandleCannotBeOpenedException]::new() }
        return [StandInMutex]::new()
    }
    [bool] WaitOne([int]$Ms) { return $false }
    [void] ReleaseMutex() { throw [ApplicationException]::new('not the owner') }
    [void] Close() { }
}

[NoRunspaceAffinity()] class StandInFolders {
    static [void] CreateDirectory([object]$Acl, [string]$Path)
    {
        $file = Get-StandInFile $Path
        $name = Split-Path -Leaf $file
        [void][IO.Directory]::CreateDirectory($file)
        # Exactly these rights: SYSTEM and Administrators, nothing inherited, owner Administrators.
        $ours = $Acl.Sddl -ceq 'O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)'
        $run = ($name -split '-', 2)[1] -replace '-[0-9a-f]{16}$', ''
        Edit-StandInState {
            param($s)
            $s.folders[$name] = @{
                run = $run; inherited = -not $ours; owner = $(if ($ours) { 'Administrators' } else { 'somebody' })
            }
        }
    }
}

[NoRunspaceAffinity()] class StandInPipes {
    static [object] Create([string]$Name, [string]$Direction, [int]$Max, [string]$Mode, [string]$Options,
        [int]$In, [int]$Out, [object]$Acl)
    {
        if ($Acl.Sddl -cne 'D:P(A;;FA;;;SY)(A;;FA;;;S-1-5-21-1-2-3-1105)' -or $Max -ne 1) { throw 'the pipe is open to others' }
        return [IO.Pipes.NamedPipeServerStream]::new($Name, $Direction, $Max, $Mode, $Options, $In, $Out)
    }
}

[NoRunspaceAffinity()] class StandInResponse : Net.WebResponse {
    [int]$StatusCode
    [void] Close() { }
}

[NoRunspaceAffinity()] class StandInRequest {
    [object]$Proxy
    [bool]$AllowAutoRedirect
    [int]$Timeout
    [string]$Url
    static [object] Create([string]$Url)
    {
        $request = [StandInRequest]::new()
        $request.Url = $Url
        return $request
    }
    [object] GetResponse()
    {
        Use-StandInFault network.login
        $s = Get-StandInState
        $table = $s.network.login
        if ($s.network.login_stopped -and $s.services.obengine.state -ne 4) { $table = $s.network.login_stopped }
        $name = ([uri]$this.Url).Host
        $entry = $table[$name]
        if ($null -eq $entry) { $entry = $table['*'] }
        # A server with a proxy has no way past it.
        $proxies = $s.network.proxies
        $wanted = @($proxies.agent, $proxies.system, $proxies.winhttp | Where-Object { $_ })[0]
        $used = $null
        if ($null -ne $this.Proxy) { $used = "$($this.Proxy.Address.Host):$($this.Proxy.Address.Port)" }
        if ($used -ne $wanted) { throw [Net.WebException]::new("by $used, not $wanted", [Net.WebExceptionStatus]::ConnectFailure) }
        if ($entry.status) {
            $response = [StandInResponse]::new()
            $response.StatusCode = $entry.status
            if ($entry.status -lt 400) { return $response }
            throw [Net.WebException]::new("($($entry.status))", $null, [Net.WebExceptionStatus]::ProtocolError, $response)
        }
        $status = @{
            name = 'NameResolutionFailure'; connect = 'ConnectFailure'; tls = 'SecureChannelFailure'
            proxy = 'ProxyNameResolutionFailure'; 'time-limit' = 'Timeout'
        }[$entry.error]
        throw [Net.WebException]::new('kein Weg', [Net.WebExceptionStatus]$status)
    }
}

$accelerators = [psobject].Assembly.GetType('System.Management.Automation.TypeAccelerators')
$table = $accelerators.GetField('builtinTypeAccelerators', 'NonPublic, Static').GetValue($null)
$table['Microsoft.Win32.RegistryKey'] = [StandInKey]
$table['Security.Principal.WindowsIdentity'] = [StandInIdentity]
$table['Threading.Mutex'] = [StandInMutex]
$table['IO.FileSystemAclExtensions'] = [StandInFolders]
$table['IO.Pipes.NamedPipeServerStreamAcl'] = [StandInPipes]
$table['Net.WebRequest'] = [StandInRequest]
