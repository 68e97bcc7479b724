# The probe: collects facts about a server, one line each, and changes nothing. It decides nothing
# either: it reads ids, numbers and the registry, and marshal judges them elsewhere.
# Each fact runs in a thread of its own with its own limit, so that one that hangs costs only itself.

$limits = $Request.limits

# What the agent's own commands say is asked once, when the first fact wants it.
$global:MarshalOb = $null
function Get-MarshalObOnce
{
    if ($null -eq $global:MarshalOb) { $global:MarshalOb = Read-MarshalOb $limits.ob_ms $false }
    return $global:MarshalOb
}

# Size and free space of the volume a path lies on, mount points included.
function Get-MarshalVolume([string]$Path)
{
    $value = [ordered]@{ volume = $null; size_bytes = $null; free_bytes = $null }
    $best = $null
    foreach ($volume in @(Get-CimInstance -ClassName Win32_Volume)) {
        $name = "$($volume.Name)"
        if (-not $name -or -not "$Path\".StartsWith($name, 'OrdinalIgnoreCase')) { continue }
        if ($null -eq $best -or $name.Length -gt "$($best.Name)".Length) { $best = $volume }
    }
    if ($null -ne $best) {
        $value.volume = $best.Name
        $value.size_bytes = $best.Capacity
        $value.free_bytes = $best.FreeSpace
    }
    return $value
}

# The newest event of the agent with one of these ids; false when there is none, null when there is no
# such log. It has one name in older and another in newer agents.
function Get-MarshalBackupEvent([int[]]$Id)
{
    $found = $false
    $events = foreach ($log in 'CloudBackup', 'CloudBackup/Operational') {
        try {
            Get-WinEvent -FilterHashtable @{ LogName = $log; Id = $Id } -MaxEvents 1
            $found = $true
        } catch {
            # An empty log is an answer, a missing one is none.
            if ($_.FullyQualifiedErrorId -like 'NoMatchingEventsFound*') { $found = $true }
            elseif ((Get-MarshalErrorKind $_) -eq 'access-denied') { throw }
        }
    }
    if (-not $found) { return $null }
    $newest = @($events | Sort-Object -Property TimeCreated -Descending)
    if ($newest.Count -eq 0) { return $false }
    return $newest[0]
}

# The program in a service's ImagePath, which may be quoted and may have arguments.
function Get-MarshalImagePath([string]$ImagePath)
{
    if ($ImagePath -match '^\s*"([^"]+)"') { return $Matches[1] }
    if ($ImagePath -match '^\s*(.+?\.exe)(\s|$)') { return $Matches[1] }
    return $null
}

# A job's own words for its state are those of an enumeration, the same in every language.
function Test-MarshalJobEnded([string]$State)
{
    $ended = 'Completed', 'CompletedWithWarning', 'CompletedWithWarnings', 'Failed', 'Aborted'
    return $ended -contains $State
}

$facts = [ordered]@{
    'host' = {
        $system = Get-CimInstance -ClassName Win32_ComputerSystem
        $domain = $null
        if ($system.PartOfDomain) { $domain = $system.Domain }
        $me = [Security.Principal.WindowsIdentity]::GetCurrent()  # .NET on Windows only
        $who = New-Object Security.Principal.WindowsPrincipal($me)  # .NET on Windows only
        $admins = New-Object Security.Principal.SecurityIdentifier('S-1-5-32-544')  # .NET on Windows only
        [ordered]@{ name = $system.Name; domain = $domain; user = $me.Name; admin = $who.IsInRole($admins) }
    }
    'os' = {
        $os = Get-CimInstance -ClassName Win32_OperatingSystem
        $type = Get-MarshalValue 'SOFTWARE\Microsoft\Windows NT\CurrentVersion' 'InstallationType'
        $language = $null
        if ($os.OSLanguage) {
            $language = [Globalization.CultureInfo]::GetCultureInfo([int]$os.OSLanguage).Name
        }
        [ordered]@{
            caption = $os.Caption.Trim()
            version = $os.Version
            build = [int]$os.BuildNumber
            installation_type = $type
            language = $language
            boot_utc_ms = Get-MarshalTime $os.LastBootUpTime
        }
    }
    'powershell' = {
        $edition = $PSVersionTable.PSEdition
        if (-not $edition) { $edition = 'Desktop' }    # older than 5.1
        [ordered]@{
            version = "$($PSVersionTable.PSVersion)"
            edition = $edition
            language_mode = "$($ExecutionContext.SessionState.LanguageMode)"
        }
    }
    'dotnet' = {
        @{ release = Get-MarshalValue 'SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full' 'Release' }
    }
    'clock' = {
        $zone = Get-MarshalValue 'SYSTEM\CurrentControlSet\Control\TimeZoneInformation' 'TimeZoneKeyName'
        [ordered]@{
            utc_ms = Get-MarshalNow
            # Some versions of Windows leave rubbish behind the end of this value.
            zone = $(if ($zone) { $zone.Split([char]0)[0] })
            offset_minutes = (Get-CimInstance -ClassName Win32_OperatingSystem).CurrentTimeZone
        }
    }
    'agent' = {
        $path = Get-MarshalAgentPath
        $exe = $null
        if ($path -and (Test-Path -LiteralPath "$path\bin\cbengine.exe" -PathType Leaf)) {
            $exe = "$path\bin\cbengine.exe"
        }
        $tree = 'SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall'
        $uninstall = foreach ($view in 64, 32) {
            $root = Get-MarshalKey $tree 'LocalMachine' $view
            if ($null -eq $root) { continue }
            foreach ($name in $root.GetSubKeyNames()) {
                $key = $root.OpenSubKey($name)
                if ($null -eq $key) { continue }
                if ($key.GetValue('DisplayName') -eq 'Microsoft Azure Recovery Services Agent') {
                    [ordered]@{ view = $view; key = $name; version = $key.GetValue('DisplayVersion') }
                }
            }
        }
        $image = Get-MarshalValue 'SYSTEM\CurrentControlSet\Services\obengine' 'ImagePath'
        $service = Get-MarshalImagePath $image
        [ordered]@{
            installed = $null -ne $path
            install_path = $path
            exe_path = $exe
            exe_version = Get-MarshalFileVersion $exe
            uninstall = @($uninstall)
            service_path = $service
            service_version = Get-MarshalFileVersion $service
        }
    }
    'server-kind' = {
        $kind = 'plain'
        $version = $null
        $dpm = 'SOFTWARE\Microsoft\Microsoft Data Protection Manager'
        # The key DB is on servers of DPM and MABS, and not on the clients they protect.
        if ($null -ne (Get-MarshalKey "$dpm\DB")) {
            $path = "$(Get-MarshalValue "$dpm\Setup" 'InstallPath')".TrimEnd('\')
            $kind = 'dpm'
            if ($path -match '\\Microsoft Azure Backup( Server)?\\') { $kind = 'mabs' }
            if ($path) { $version = Get-MarshalFileVersion "$path\bin\msdpm.exe" }
        }
        # Site Recovery brings an agent of its own version, and must be upgraded its own way.
        $asr = @('SOFTWARE\Microsoft\Windows Azure Backup\Config\InMageMT',
            'SYSTEM\CurrentControlSet\Services\cxprocessserver',
            'SYSTEM\CurrentControlSet\Services\ProcessServer')
        foreach ($key in $asr) {
            if ($null -ne (Get-MarshalKey $key)) { $kind = 'asr' }
        }
        [ordered]@{ kind = $kind; dpm_version = $version }
    }
    'service.obengine' = {
        $state = Get-MarshalServiceState 'obengine'
        $value = [ordered]@{ exists = $null -ne $state; state = $state; start = $null; process_id = $null }
        if ($value.exists) {
            # Get-Service tells the start type from PowerShell 5 on only.
            $value.start = Get-MarshalValue 'SYSTEM\CurrentControlSet\Services\obengine' 'Start'
            $service = Get-CimInstance -ClassName Win32_Service -Filter "Name='obengine'"
            if ($service.ProcessId) { $value.process_id = $service.ProcessId }
        }
        $value
    }
    'scratch' = {
        $config = 'SOFTWARE\Microsoft\Windows Azure Backup\Config'
        $value = [ordered]@{
            config = Get-MarshalValue $config 'ScratchLocation'
            provider = Get-MarshalValue "$config\CloudBackupProvider" 'ScratchLocation'
            path = $null
            exists = $false
        }
        $value.path = $value.config
        if (-not $value.path) { $value.path = $value.provider }
        if ($value.path) { $value.exists = Test-Path -LiteralPath $value.path -PathType Container }
        $volume = Get-MarshalVolume $value.path
        foreach ($name in $volume.Keys) { $value[$name] = $volume[$name] }
        $value
    }
    'system-volume' = { Get-MarshalVolume $env:SystemDrive }
    'agent-config' = {
        param($c)
        $task = Get-MarshalTask '\Microsoft\OnlineBackup' 'Microsoft-OnlineBackup'
        $value = [ordered]@{
            registered = [bool](Get-MarshalValue 'SOFTWARE\Microsoft\Windows Azure Backup\Config' 'MachineId')
            task_exists = $null -ne $task
            task_enabled = $null
            task_account = $null
            encryption_set = $null
        }
        if ($value.task_exists) {
            $value.task_enabled = [bool]$task.Enabled
            $value.task_account = $task.Definition.Principal.UserId
        }
        if ($c.ob.setting) { $value.encryption_set = $c.ob.encryption }
        $value
    }
    'backup.running' = {
        param($c)
        $value = [ordered]@{ running = $null; source = 'none'; since_utc_ms = $null }
        # The agent's own list of running jobs, then that of Windows Server Backup.
        foreach ($list in @(@('ob-job', $c.ob.jobs), @('wb-job', $c.ob.wbjobs))) {
            if ($null -eq $list[1]) { continue }
            foreach ($job in $list[1]) {
                if (Test-MarshalJobEnded $job.state) { continue }
                $value.running = $true
                $value.source = $list[0]
                if ($job.since) { $value.since_utc_ms = Get-MarshalTime $job.since }
                return $value
            }
        }
        if ($null -ne $c.ob.jobs) {
            $value.running = $false
            return $value
        }
        # Without them the log of events: 1 is a start, the others are its ends.
        $newest = Get-MarshalBackupEvent 1, 3, 10, 11, 18
        if ($null -eq $newest) { return $value }
        $value.running = $newest -and $newest.Id -eq 1
        if ($value.running) {
            $value.source = 'event'
            $value.since_utc_ms = Get-MarshalTime $newest.TimeCreated
        }
        $value
    }
    'backup.next' = {
        param($c)
        $value = [ordered]@{ known = $false; next_utc_ms = $null }
        $task = Get-MarshalTask '\Microsoft\OnlineBackup' 'Microsoft-OnlineBackup'
        if ($null -ne $task) {
            $value.known = $true
            # Without a next run Task Scheduler answers 1899-12-30.
            if ($task.Enabled -and $task.NextRunTime.Year -gt 1990) {
                $next = [DateTime]::SpecifyKind($task.NextRunTime, 'Local')
                $value.next_utc_ms = Get-MarshalTime $next
            }
        } elseif ($c.ob.policy -and -not $c.ob.scheduled) {
            # No task, and the agent says that it has no policy: nothing is scheduled.
            $value.known = $true
        }
        $value
    }
    'backup.last' = {
        $newest = Get-MarshalBackupEvent 3, 10
        $value = [ordered]@{ completed_utc_ms = $null; event = $null }
        if ($newest) {
            $value.completed_utc_ms = Get-MarshalTime $newest.TimeCreated
            $value.event = $newest.Id
        }
        $value
    }
    'reboot' = {
        $cbs = 'SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing'
        $servicing = $false
        foreach ($name in 'RebootPending', 'RebootInProgress', 'PackagesPending') {
            if ($null -ne (Get-MarshalKey "$cbs\$name")) { $servicing = $true }
        }
        # A transaction that nobody works on waits for the next start of Windows.
        $progress = Get-MarshalKey 'SOFTWARE\Microsoft\Windows\CurrentVersion\Installer\InProgress'
        $installer = $null -ne $progress -and -not (Test-MarshalMsiMutex)
        if (Get-MarshalValue 'SOFTWARE\Microsoft\Updates' 'UpdateExeVolatile') { $installer = $true }
        # Pairs of names: what to rename, and to what.
        $manager = 'SYSTEM\CurrentControlSet\Control\Session Manager'
        $renames = @(Get-MarshalValue $manager 'PendingFileRenameOperations')
        [ordered]@{
            servicing = $servicing
            installer = $installer
            renames = [int][Math]::Ceiling(@($renames | Where-Object { $null -ne $_ }).Count / 2)
        }
    }
    'installers' = {
        [ordered]@{
            msi_busy = Test-MarshalMsiBusy
            agent_installer = Get-MarshalInstallerCount
            marker = Get-MarshalMarker
        }
    }
    'consoles' = { @{ open = @(Get-MarshalConsole) } }
    'network.login' = {
        param($c)
        Test-MarshalLogin $c.hosts $c.ob $c.limit_ms
    }
}

# These want what the agent's own commands say.
$wantOb = 'agent-config', 'backup.running', 'backup.next', 'network.login'

foreach ($name in @($facts.Keys)) {
    if ($null -ne $Request.facts -and @($Request.facts) -notcontains $name) { continue }
    if ($name -eq 'network.login' -and @($Request.login_hosts | Where-Object { $_ }).Count -eq 0) {
        Write-MarshalLine ([ordered]@{ fact = $name; ms = 0; value = @{ asked = $false } })
        continue
    }
    $context = @{ ob = $null; hosts = $Request.login_hosts; limit_ms = $limits.fact_ms }
    if ($wantOb -contains $name) { $context.ob = Get-MarshalObOnce }
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $answer = Invoke-MarshalLimited $facts[$name] $context $limits.fact_ms
    $line = [ordered]@{ fact = $name; ms = $clock.ElapsedMilliseconds }
    if ($answer.kind) {
        $line.error = $answer.error
        $line.kind = $answer.kind
    } else {
        $line.value = $answer.value
    }
    Write-MarshalLine $line
}
