# windows.psm1 - stand-ins for what the scripts use of Windows, driven by the state of one simulated server
# ($env:MARSHAL_STATE, tests/fleet/STATE.md), so that the real scripts run where there is no Windows.
# Only commands and types of Windows itself stand here, never a function of ours. Each takes the parameters
# that Windows PowerShell 3.0 has, as far as the scripts use them; another one is an error. The
# functions are copied into every runspace, so they share nothing but the state file.

# --- The state ---

function Get-StandInState
{
    $state = [IO.File]::ReadAllText($env:MARSHAL_STATE) | ConvertFrom-Json -AsHashtable
    $now = [DateTimeOffset]::UtcNow.ToUnixTimeMilliseconds()
    foreach ($service in @($state.services.Values)) {
        if (-not $service.until_utc_ms -or $now -lt $service.until_utc_ms) { continue }
        $service.state = $service.then
        $service.pid = $(if ($service.state -eq 4) { 4242 })
        $service.Remove('then')
        $service.Remove('until_utc_ms')
    }
    # The test of Windows Server Backup comes to its end, as in tests/fleet/settle.c.
    $task = $state.tasks['\marshal\wsb-test']
    $test = $state.wsb.test
    $ended = $task.begun_utc_ms + 1000 * $test.seconds
    if ($task.begun_utc_ms -and $null -eq $task.exit -and $now -ge $ended) {
        $task.exit = $test.exit
        $state.backup.running = $false
        $state.backup.source = 'none'
        $state.backup.since_utc_ms = $null
        if ($test.recorded) {
            $state.wsb.last = @{ type = 'Backup'; state = $test.state; hresult = $test.hresult
                detailed_hresult = $test.detailed_hresult; begun_utc_ms = $task.begun_utc_ms; ended_utc_ms = $ended }
        }
    }
    return $state
}

# Reads, lets the code change, writes; one at a time.
function Edit-StandInState($Change)
{
    $lock = $null
    while ($null -eq $lock) {
        try { $lock = [IO.File]::Open("$env:MARSHAL_STATE.lock", 'OpenOrCreate', 'ReadWrite', 'None') }
        catch { [Threading.Thread]::Sleep(5) }
    }
    try {
        $state = Get-StandInState
        & $Change $state
        $text = $state | ConvertTo-Json -Depth 32
        [IO.File]::WriteAllText("$env:MARSHAL_STATE.new", $text)
        [IO.File]::Move("$env:MARSHAL_STATE.new", $env:MARSHAL_STATE, $true)
    } finally {
        $lock.Dispose()
    }
}

# Plays faults.fact.NAME in what that fact alone reads.
function Use-StandInFault([string]$Fact)
{
    switch ((Get-StandInState).faults.fact.$Fact) {
        'access-denied' { throw (New-Object UnauthorizedAccessException 'Zugriff verweigert') }
        'error' { throw 'Das System kann die angegebene Datei nicht finden.' }
        'time-limit' { [Threading.Thread]::Sleep(3600000) }
    }
}

# Where a path below C:\Windows\Temp really is; null when it is not ours to keep.
function Get-StandInFile([string]$Path)
{
    # The folder of the lock stands beside the state; a task's own folder is where it really is.
    if ($Path -match '^C:\\Windows\\marshal(\\call\.lock)?$') {
        return ($env:MARSHAL_STATE -replace '\.json$', '.marshal') + "$($Matches[1])".Replace('\', '/')
    }
    if ($Path -notmatch '^C:\\Windows\\Temp\\(.+)$') { return $null }
    return ($env:MARSHAL_STATE -replace '\.json$', '.fs') + '/' + $Matches[1].Replace('\', '/')
}

# Programs of a server by path, with their version; null as version: unreadable.
function Get-StandInProgram
{
    $state = Get-StandInState
    $files = @{}
    if ($state.agent.installed -and -not $state.agent.file_missing) {
        $files["$($state.agent.path)\bin\cbengine.exe"] = $state.agent.version
    }
    if ($state.agent.service_path -and $null -ne $state.agent.service_version) {
        $image = $state.agent.service_path -replace '^"([^"]+)".*', '$1' -replace '(\.exe) .*', '$1'
        $files[$image] = $state.agent.service_version
    }
    if ($state.agent.installed -and $state.agent.module) {
        $files["$($state.agent.path)\bin\Modules\MSOnlineBackup\MSOnlineBackup.psd1"] = $null
    }
    if ($state.agent.installed -and $state.events.errlog) {
        $files["$($state.agent.path)\Temp\CBEngineCurr.errlog"] = $null
    }
    if ($state.scratch.exists -and $state.scratch.kek_exists) {
        $scratch = if ($state.scratch.config) { $state.scratch.config } else { $state.scratch.provider }
        $files["$scratch\OnlineBackup.KEK"] = $null
    }
    if ($state.features.windows_server_backup -eq 'Installed') { $files['C:\Windows\System32\wbadmin.exe'] = $null }
    foreach ($drive in $state.volumes.Keys) {
        if ($state.volumes[$drive].image) { $files["$drive\WindowsImageBackup"] = $null }
    }
    if ($null -ne $state.dpm_version) { $files[(Get-StandInDpmPath $state) + 'bin\msdpm.exe'] = $state.dpm_version }
    return $files
}

function Get-StandInDpmPath($State)
{
    if ($State.kind -eq 'mabs') { return 'C:\Program Files\Microsoft Azure Backup Server\DPM\DPM\' }
    return 'C:\Program Files\Microsoft System Center\DPM\DPM\'
}

# FileVersion as .NET gives it: decorated as text, exact as numbers.
function New-StandInVersion([string]$Version)
{
    if (-not $Version) { return [pscustomobject]@{ FileVersion = $null; FileMajorPart = 0 } }
    $part = $Version.Split('.')
    return [pscustomobject]@{
        FileVersion = "$Version (release.1701)"; FileMajorPart = [int]$part[0]; FileMinorPart = [int]$part[1]
        FileBuildPart = [int]$part[2]; FilePrivatePart = [int]$part[3]
    }
}

# The fixed part of VERSIONINFO in a real file, found by its signature.
function Read-StandInVersion([string]$File)
{
    $text = [Text.Encoding]::Latin1.GetString([IO.File]::ReadAllBytes($File))
    $at = $text.IndexOf([string]::new([char[]](0xbd, 0x04, 0xef, 0xfe)), [StringComparison]::Ordinal)
    if ($at -lt 0) { return $null }
    $word = foreach ($i in 10, 8, 14, 12) { [int]$text[$at + $i] + 256 * [int]$text[$at + $i + 1] }
    return $word -join '.'
}

# The values of the reservation's key, all of them texts, and the members of the state.
function Get-StandInMarkerName
{
    return @{
        Run = 'run'; Utc = 'utc_ms'; Sha256 = 'sha256'; Phase = 'phase'; Controller = 'controller'; Since = 'since_utc_ms'
        Seen = 'seen_utc_ms'; SeenUptime = 'seen_uptime_ms'; BegunUptime = 'begun_uptime_ms'; Hold = 'hold_ms'; Engine = 'engine'
        Before = 'before'; Backup = 'backup_utc_ms'; BackupUptime = 'backup_uptime_ms'; Reboot = 'reboot_utc_ms'
        RebootUptime = 'reboot_uptime_ms'; RebootBoot = 'reboot_boot_utc_ms'
    }
}

# --- Files ---

function Test-Path
{
    [CmdletBinding()] param([string]$LiteralPath, [string]$PathType)
    $file = Get-StandInFile $LiteralPath
    if (-not $PathType) { $PathType = 'Any' }
    if ($file) { return Microsoft.PowerShell.Management\Test-Path -LiteralPath $file -PathType $PathType }
    $state = Get-StandInState
    if ($LiteralPath -in $state.scratch.config, $state.scratch.provider) {
        Use-StandInFault scratch
        return [bool]$state.scratch.exists
    }
    if ($LiteralPath -like '*\Modules\WindowsServerBackup') { return Test-StandInServerBackup $state }
    if ($LiteralPath -match '^[A-Z]:\\') { return (Get-StandInProgram).ContainsKey($LiteralPath) }
    throw "no such place on Windows: $LiteralPath"
}

function Get-Item
{
    [CmdletBinding()] param([string]$LiteralPath, [switch]$Force)
    $file = Get-StandInFile $LiteralPath
    if (-not $file -and $LiteralPath -notmatch '^[A-Z]:\\') { $file = $LiteralPath.Replace('\', '/') }
    if ($file) {
        $real = Microsoft.PowerShell.Management\Get-Item -LiteralPath $file -Force:$Force
        $item = [pscustomobject]@{
            PSIsContainer = $real.PSIsContainer; Attributes = $real.Attributes; Real = $real
            Length = $(if (-not $real.PSIsContainer) { $real.Length })
            LastWriteTimeUtc = $real.LastWriteTimeUtc
            VersionInfo = $(if (-not $real.PSIsContainer) { New-StandInVersion (Read-StandInVersion $file) })
        }
        $item | Add-Member -MemberType ScriptMethod -Name OpenRead -Value { $this.Real.OpenRead() }
        $item | Add-Member -MemberType ScriptMethod -Name Open -Value {
            param($mode, $access, $share)
            $this.Real.Open($mode, $access, $share)
        }
        $item | Add-Member -MemberType ScriptMethod -Name Delete -Value {
            $this.Real.Delete()
            if ($this.Real.Name -like '*.marshal') { Edit-StandInState { param($s) $s.lock_folder = $null } }
        }
        return $item
    }
    $state = Get-StandInState
    if ($LiteralPath -in $state.scratch.config, $state.scratch.provider) {
        return [pscustomobject]@{ PSIsContainer = $true; Attributes = [IO.FileAttributes]$state.scratch.attributes }
    }
    $files = Get-StandInProgram
    if (-not $files.ContainsKey($LiteralPath)) { throw "not there: $LiteralPath" }
    if ($LiteralPath -like '*.errlog') { return New-StandInAgentLog $state }
    return [pscustomobject]@{ VersionInfo = New-StandInVersion $files[$LiteralPath] }
}

function Get-Content
{
    [CmdletBinding()] param([string]$LiteralPath)
    $file = Get-StandInFile $LiteralPath
    if (-not $file) { $file = $LiteralPath.Replace('\', '/') }
    Microsoft.PowerShell.Management\Get-Content -LiteralPath $file
}

function Set-Content
{
    [CmdletBinding()] param([string]$LiteralPath, [string]$Value, [string]$Encoding)
    $file = Get-StandInFile $LiteralPath
    if (-not $file) { $file = $LiteralPath.Replace('\', '/') }
    Microsoft.PowerShell.Management\Set-Content -LiteralPath $file -Value $Value -Encoding $Encoding
}

function Move-Item
{
    [CmdletBinding()] param([string]$LiteralPath, [string]$Destination, [switch]$Force)
    # A reader that shares no deletion has the file open for as many tries: Windows does not replace it then.
    $script:moves++
    if ($script:moves -le [int](Get-StandInState).faults.held) {
        throw (Microsoft.PowerShell.Utility\New-Object IO.IOException 'Die Datei wird von einem anderen Prozess verwendet.')
    }
    $from, $to = foreach ($path in $LiteralPath, $Destination) {
        $file = Get-StandInFile $path
        if ($file) { $file } else { $path.Replace('\', '/') }
    }
    Microsoft.PowerShell.Management\Move-Item -LiteralPath $from -Destination $to -Force:$Force
}

function Remove-Item
{
    [CmdletBinding()] param([string]$LiteralPath, [switch]$Recurse, [switch]$Force)
    $file = Get-StandInFile $LiteralPath
    if (-not $file) { return Microsoft.PowerShell.Management\Remove-Item -LiteralPath $LiteralPath -Force:$Force }
    Microsoft.PowerShell.Management\Remove-Item -LiteralPath $file -Recurse:$Recurse -Force:$Force
    $name = Split-Path -Leaf $file
    if ($name -eq 'call.lock') { return }
    Edit-StandInState { param($s) $s.folders.Remove($name); $s.log += "removed $name" }
}

# Turns of minutes are tenths of seconds here. What a task does ends with its server.
function Start-Sleep
{
    [CmdletBinding()] param([int]$Seconds, [int]$Milliseconds)
    if (-not [IO.File]::Exists($env:MARSHAL_STATE)) { [Environment]::Exit(0) }
    [Threading.Thread]::Sleep(10 * $Seconds + $Milliseconds)
}

# C:\Windows\Temp, with the folders that the state has there.
function New-StandInTemp($State)
{
    Use-StandInFault left-overs
    $folders = foreach ($name in $State.folders.Keys | Sort-Object) {
        $made = $State.folders[$name].made_utc_ms
        [pscustomobject]@{
            Name = $name
            CreationTimeUtc = $(if ($made) { [DateTimeOffset]::FromUnixTimeMilliseconds($made).UtcDateTime })
        }
    }
    $temp = [pscustomobject]@{ Folders = @($folders) }
    return $temp | Add-Member -PassThru -MemberType ScriptMethod -Name EnumerateDirectories -Value {
        param($pattern)
        return , @($this.Folders | Where-Object { $_.Name -like $pattern })
    }
}

# A folder of a volume, with what the state's list of files has in it.
function New-StandInFolder([string]$Path)
{
    $state = Get-StandInState
    if ($Path -eq 'C:\Windows\Temp') { return New-StandInTemp $state }
    Use-StandInFault volumes.files
    $drive, $within = $Path.TrimEnd('\').Split('\', 2)
    $volume = $state.volumes[$drive]
    $files = @($state.files[$drive] | Where-Object { $_ })
    $own = $files | Where-Object { $_.path -ceq $within }
    $entries = foreach ($one in $files) {
        $above = "$(if ($one.path.Contains('\')) { $one.path.Substring(0, $one.path.LastIndexOf([char]'\')) })"
        if ($above -cne "$within") { continue }
        [pscustomobject]@{ FullName = "$drive\$($one.path)"; Attributes = [Enum]::ToObject([IO.FileAttributes], [int]$one.attributes) }
    }
    $folder = [pscustomobject]@{ Exists = $null -ne $volume -and -not $volume.locked; Entries = @($entries); Denied = $own.denied }
    return $folder | Add-Member -PassThru -MemberType ScriptMethod -Name EnumerateFileSystemInfos -Value {
        if ($this.Denied) { throw (New-Object UnauthorizedAccessException 'Zugriff verweigert') }
        return , $this.Entries
    }
}

function Get-Acl
{
    [CmdletBinding()] param([string]$LiteralPath)
    if ($LiteralPath -eq 'C:\System Volume Information') { return Get-StandInSvi }
    $folder = (Get-StandInState).folders[(Split-Path -Leaf (Get-StandInFile $LiteralPath))]
    if ($LiteralPath -eq 'C:\Windows\marshal') { $folder = (Get-StandInState).lock_folder }
    $owner = if ($folder.owner -in 'Administrators', 'O:BA') { 'BA' } else { 'S-1-5-21-1-2-3-1105' }
    $sddl = "O:${owner}G:DUD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"
    if ($folder.inherited) { $sddl = "O:${owner}G:DUD:AI(A;OICIID;FA;;;SY)(A;OICIID;FA;;;BA)(A;CIID;DCLCRPCR;;;BU)" }
    return [pscustomobject]@{ Sddl = $sddl }
}

function Get-AuthenticodeSignature
{
    [CmdletBinding()] param([string]$LiteralPath)
    $signature = (Get-StandInState).signature
    $certificate = $null
    if ($signature.signer) { $certificate = [pscustomobject]@{ Subject = $signature.signer } }
    return [pscustomobject]@{ Status = $signature.status; SignerCertificate = $certificate }
}

# --- Services and processes ---

function Get-Service
{
    [CmdletBinding()] param([string]$Name)
    if ($Name -eq 'RpcSs') { Use-StandInFault services }
    if ($Name -eq 'obengine') { Use-StandInFault service.obengine }
    $state = Get-StandInState
    $service = $state.services[$Name]
    if ($Name -eq 'WinDefend' -and $null -ne $state.antivirus.defender) {
        $service = @{ exists = $true; state = $(if ($state.antivirus.defender) { 4 } else { 1 }) }
    }
    if (-not $service.exists) { Write-Error "Der Dienst $Name wurde nicht gefunden."; return }
    return [pscustomobject]@{ Name = $Name; Status = $service.state }
}

function sc.exe
{
    $verb, $name = $args
    $global:LASTEXITCODE = 0
    Edit-StandInState {
        param($s)
        $service = $s.services[$name]
        $now = [DateTimeOffset]::UtcNow.ToUnixTimeMilliseconds()
        if (-not $service.exists) { $global:LASTEXITCODE = 1060; return }
        switch ($verb) {
            'stop' {
                if ($service.state -ne 4) { $global:LASTEXITCODE = 1062; return }
                if ($s.faults.stop -eq 'refuse') { $global:LASTEXITCODE = 1052; return }
                $service.state = 3
                $service.then = 1
                $service.until_utc_ms = $now + $service.stop_ms
                if ($s.faults.stop -eq 'hang') { $service.until_utc_ms = $now + 86400000 }
                if ($s.faults.stop -eq 'started') { $service.then = 4 }
                if ($s.faults.stop -eq 'installer') { $s.installers.msi_busy = $true }
            }
            'start' {
                if ($null -ne $s.install.asks -and $s.install.asks.Count -gt 0) { $s.install.disturbed = $true }
                if ($service.state -ne 1) { $global:LASTEXITCODE = 1056; return }
                if ($service.start -eq 4) { $global:LASTEXITCODE = 1058; return }
                if ($s.faults.start -eq 'refuse') { $global:LASTEXITCODE = 1053; return }
                if ($s.faults.start -match '^refuse:([1-9]\d*)$') {
                    $s.faults.start = "refuse:$([int]$Matches[1] - 1)"
                    $global:LASTEXITCODE = 1053
                    return
                }
                $service.state = 2
                $service.then = 4
                $service.until_utc_ms = $now + $service.start_ms
                if ($s.faults.start -eq 'hang') { $service.until_utc_ms = $now + 86400000 }
            }
            default { throw "sc.exe $verb is not played" }
        }
        $s.log += "$verb $name"
    }
}

# Where there is none of that name it is an error, as on Windows.
function Get-Process
{
    [CmdletBinding()] param([string]$Name)
    if ($Name -cne 'MARSAgentInstaller') { throw "a process $Name is not played" }
    $count = (Get-StandInState).installers.agent_installer
    if (-not $count) { Write-Error "Es wurde kein Prozess mit dem Namen $Name gefunden."; return }
    for ($i = 0; $i -lt $count; $i++) { [pscustomobject]@{ Id = 900 + $i; ProcessName = $Name } }
}

function Stop-Process
{
    [CmdletBinding()] param([int]$Id, [switch]$Force)
    $console = (Get-StandInState).consoles | Where-Object { $_.pid -eq $Id }
    if ($null -eq $console -or $console.stays) { throw "Der Prozess $Id kann nicht beendet werden." }
    Edit-StandInState {
        param($s)
        $s.consoles = @($s.consoles | Where-Object { $_.pid -ne $Id })
        $s.log += "ended $Id"
    }
}

# The installer, as STATE.md says what it does. Anything else is not ours to start.
function Start-Process
{
    [CmdletBinding()] param([string]$FilePath, [string[]]$ArgumentList, [string]$WorkingDirectory, [switch]$PassThru)
    if ("$ArgumentList" -cne '/q /nu') { throw "arguments: $ArgumentList" }
    $file = $FilePath.Replace('\', '/')
    # Somebody else is at it: the installer refuses before it begins.
    if ((Get-StandInState).install.others) {
        Edit-StandInState { param($s) $s.installers.msi_busy = $true; $s.log += 'installer refused' }
        $process = [pscustomobject]@{ Handle = 1; ExitCode = 1618 }
        $process | Add-Member -MemberType ScriptMethod -Name WaitForExit -Value { }
        return $process
    }
    Edit-StandInState {
        param($s)
        $s.installers.agent_installer = 1
        $s.installers.msi_busy = $true
        $s.install.was_state = $s.services.obengine.state
        $s.services.obengine.state = 1
        $s.services.obengine.pid = $null
    }
    $process = [pscustomobject]@{ Handle = 1; ExitCode = $null; File = $file }
    $process | Add-Member -MemberType ScriptMethod -Name WaitForExit -Value {
        $file = $this.File
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        $disturbed = $false
        # Tests turn the time it takes, as in simhost.
        do {
            [Threading.Thread]::Sleep(100)
            if (-not [IO.File]::Exists($env:MARSHAL_STATE)) { [Environment]::Exit(0) }
            $now = Get-StandInState
            $install = $now.install
            # Its files are in use.
            if ($now.services.obengine.state -in 2, 4) { $disturbed = $true }
        } while ($install.exit -ne 1618 -and $clock.ElapsedMilliseconds -lt 1000 * $install.seconds)
        Edit-StandInState {
            param($s)
            if ($disturbed) { $s.install.exit = $install.exit = 1603 }
            $version = $s.install.new_version
            if (-not $version) { $version = Read-StandInVersion $file }
            if ($s.install.exit -in 0, 3010 -and -not $s.install.old_version) {
                $s.agent.version = $version
                foreach ($entry in $s.agent.uninstall) { $entry.version = $version }
            }
            if ($s.install.exit -eq 3010) { $s.reboot.renames += 2 }
            if ($s.install.lose_config) {
                $s.agent.registered = $s.agent.task_exists = $false
                $s.agent.task_enabled = $s.agent.task_account = $s.scratch.config = $null
            }
            $s.installers.agent_installer = 0
            $s.installers.msi_busy = $false
            $after = $s.install.service_state
            if ($null -eq $after) { $after = $s.install.was_state }
            $s.services.obengine.state = $after
            $s.services.obengine.pid = $(if ($after -eq 4) { 4242 })
            $s.install.Remove('was_state')
        }
        $this.ExitCode = $install.exit
    }
    return $process
}

function Get-Date
{
    [CmdletBinding()] param()
    return [DateTime]::Now.AddMilliseconds((Get-StandInState).clock.skew_ms)
}

foreach ($part in 'facts', 'wmi', 'tasks', 'types') {
    Microsoft.PowerShell.Core\Import-Module -Global "$PSScriptRoot/windows_$part.psm1"
}
if ($env:MARSHAL_HITS) { Microsoft.PowerShell.Core\Import-Module -Global "$PSScriptRoot/coverage.psm1" }
