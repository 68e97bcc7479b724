# windows_facts.psm1 - events, the agent's log and commands, Windows Server Backup, VSS and modules, out of the state
# of the server. Texts are German or Japanese: nothing may depend on them.

# --- Events ---

function Get-StandInNoEvent([string]$Id)
{
    $none = New-Object Exception 'Es wurden keine Ereignisse gefunden.'
    return New-Object Management.Automation.ErrorRecord($none, "$Id,Microsoft.PowerShell.Commands.GetWinEventCommand", 'ObjectNotFound', $null)
}

# One event: its number, its time, its values, and its words for people.
function New-StandInEvent([int]$Id, $UtcMs, [string[]]$Value)
{
    $data = -join ($Value | ForEach-Object { "<Data>$([Security.SecurityElement]::Escape($_))</Data>" })
    $record = [pscustomobject]@{
        Id = $Id; TimeCreated = [DateTimeOffset]::FromUnixTimeMilliseconds($UtcMs).LocalDateTime
        Xml = "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><EventID Qualifiers='0'>$Id</EventID>" +
            "<Correlation ActivityID='{0x1FBD4000}'/></System><EventData>$data</EventData></Event>"; UtcMs = $UtcMs
        Message = -join [char[]](0x30d0, 0x30c3, 0x30af, 0x30a2, 0x30c3, 0x30d7)
    }
    return $record | Add-Member -PassThru -MemberType ScriptMethod -Name ToXml -Value { $this.Xml }
}

function Get-StandInLog($State, [string]$Log)
{
    $backup = $State.backup
    $events = $State.events
    switch ($Log) {
        'CloudBackup' {
            if ($null -ne $events.begins_utc_ms) { New-StandInEvent 5 $events.begins_utc_ms '' }
            if ($backup.source -eq 'event' -and $backup.running) { New-StandInEvent 1 $backup.since_utc_ms '' }
            if ($null -ne $backup.broke_off_utc_ms) { New-StandInEvent 1 $backup.broke_off_utc_ms '' }
            if ($null -ne $backup.last_event) { New-StandInEvent $backup.last_event $backup.last_utc_ms '' }
            if ($null -ne $backup.failed_event) {
                $code = "Fehler (ID: $($backup.error))."
                # Agents write it this way too, beside a code that means nothing.
                if ($backup.error -gt 100000) { $code = 'Vorgang (0x00000000), (0x{0:X}).' -f $backup.error }
                if ($backup.failed_text) { $code = $backup.failed_text }
                New-StandInEvent $backup.failed_event $backup.failed_utc_ms "C:\ 2024", $code
            }
            if ($null -ne $events.newer_required_utc_ms) { New-StandInEvent 14 $events.newer_required_utc_ms '' }
        }
        'Application' {
            New-StandInEvent 12289 1700000000000 '0x80070005'
            if ($null -ne $events.vss_timeout_utc_ms) {
                New-StandInEvent 8194 ($events.vss_timeout_utc_ms + 1000) 'hr = 0x80042302'
                New-StandInEvent 12293 $events.vss_timeout_utc_ms "IVss", 'hr = 0x800423F2, '
                New-StandInEvent 12293 ($events.vss_timeout_utc_ms - 1000) 'hr = 0x800423f2'
            }
        }
        'System' {
            if ($null -ne $events.volsnap_utc_ms) {
                $named = @('\Device\HarddiskVolumeShadowCopy7')
                if ($events.volsnap_volume) { $named += $events.volsnap_volume, 'C:' } else { $named += '\\?\Volume{1}' }
                New-StandInEvent $events.volsnap_event $events.volsnap_utc_ms $named
            }
        }
    }
}

function Get-WinEvent
{
    [CmdletBinding()] param([hashtable]$FilterHashtable, [int]$MaxEvents, [switch]$Oldest)
    $filter = $FilterHashtable
    $state = Get-StandInState
    $fact = @{ Application = 'event.vss-timeout'; System = 'event.volsnap' }[$filter.LogName]
    if (-not $fact) {
        $fact = 'backup.last'
        if ($filter.Id -contains 1) { $fact = 'backup.running' }
        if ($filter.Id -contains 14) { $fact = 'event.newer-required' }
    }
    Use-StandInFault $fact
    foreach ($word in $filter.Keys) { if ($word -notin 'LogName', 'ProviderName', 'Id', 'Level') { throw "filter $word" } }
    $known = @{ CloudBackup = $state.events.cloudbackup; Application = $state.events.application; System = $state.events.system }
    # A server without an agent has no such log.
    if ($null -eq $known.CloudBackup) { $known.CloudBackup = $null -ne $state.backup.last_event }
    if (-not $known[$filter.LogName]) { throw (Get-StandInNoEvent 'NoMatchingLogsFound') }
    $provider = @{ Application = 'VSS'; System = 'volsnap' }[$filter.LogName]
    if ($filter.ProviderName -ne $provider) { throw (Get-StandInNoEvent 'NoMatchingProvidersFound') }
    $found = @(Get-StandInLog $state $filter.LogName | Where-Object { -not $filter.Id -or $_.Id -in $filter.Id } |
        Sort-Object { $_.UtcMs } -Descending:(-not $Oldest) | Select-Object -First $MaxEvents)
    if (-not $found) { throw (Get-StandInNoEvent 'NoMatchingEventsFound') }
    return $found
}

# CBEngineCurr.errlog in UTF-16, held open by its writer, its lines in UTC.
function New-StandInAgentLog($State)
{
    Use-StandInFault event.efi-locked
    $at = $State.events.efi_locked_utc_ms
    $lines = "1A2C`t0F08`t11/20`t01:02:03.004`t22`tservice.cpp(51)`tNORMAL`tstart`r`n"
    foreach ($name in $State.network.names.log) {
        $lines += "1A2C`t0F08`t11/20`t01:02:04.004`t22`thttp.cpp(7)`tNORMAL`tURL: https://$($name.ToUpperInvariant()):443/a.b.c?x=y.z.w`r`n"
    }
    $written = [DateTime]::UtcNow
    if ($null -ne $at) {
        $written = [DateTimeOffset]::FromUnixTimeMilliseconds($at).UtcDateTime
        $stamp = $written.ToString("MM'/'dd`tHH':'mm':'ss.fff", [Globalization.CultureInfo]::InvariantCulture)
        $old = "01/01`t00:00:00.000"
        foreach ($time in $old, $stamp) {
            $lines += "1A2C`t0F08`t$time`t71`tssb.cpp(9)`tWARNING`tThe EFI system partition is locked.`r`n"
        }
    }
    $file = [pscustomobject]@{ LastWriteTimeUtc = $written; Bytes = [Text.Encoding]::Unicode.GetBytes($lines) }
    $file | Add-Member -MemberType ScriptMethod -Name Open -Value {
        param($mode, $access, $share)
        if ("$mode $access $share" -cne 'Open Read ReadWrite, Delete') { throw "opened as $mode $access $share" }
        New-Object IO.MemoryStream (, $this.Bytes)
    }
    return $file
}

# --- The agent's commands ---

function Import-Module
{
    [CmdletBinding()] param([Parameter(Position = 0)][string]$Name)
    if ($Name -notmatch '\\MSOnlineBackup\.psd1$|^WindowsServerBackup$') { throw "no module $Name" }
}

function Get-OBMachineSetting
{
    $state = Get-StandInState
    if ($state.faults.ob -eq 'hang') { [Threading.Thread]::Sleep(3600000) }
    if ($null -eq $state.agent.encryption_set) { throw 'Der Agent antwortet nicht.' }
    $setting = [pscustomobject]@{
        EncryptionSetting = [pscustomobject]@{ EncryptionKeyStatus = 'NotSet' }
        # A name may stand there from before it was switched off.
        ProxySetting = [pscustomobject]@{ ProxyServer = 'http://old'; ProxyPort = 3128; Enabled = $false }
    }
    if ($state.agent.encryption_set) { $setting.EncryptionSetting.EncryptionKeyStatus = 'Set' }
    if ($state.network.proxies.agent) {
        $server, $port = $state.network.proxies.agent.Split(':')
        $setting.ProxySetting.ProxyServer = "http://joe:S3cret@$server"
        $setting.ProxySetting.ProxyPort = [int]$port
        $setting.ProxySetting.Enabled = $true
    }
    return $setting
}

# Times of jobs are UTC, and do not say so.
function Get-StandInJobTime($UtcMs)
{
    if ($null -eq $UtcMs) { return [DateTime]::MinValue }
    return [DateTime]::SpecifyKind([DateTimeOffset]::FromUnixTimeMilliseconds($UtcMs).UtcDateTime, 'Unspecified')
}

function Get-OBJob
{
    [CmdletBinding()] param([uint32]$Previous)
    $state = Get-StandInState
    $backup = $state.backup
    if (-not $PSBoundParameters.ContainsKey('Previous')) {
        if ($null -eq $backup.running -or ($backup.source -eq 'event' -and -not $backup.listed)) { throw 'Der Agent antwortet nicht.' }
        if ($backup.source -ne 'ob-job' -or -not $backup.running) { return }
        $status = [pscustomobject]@{ JobState = 'Running'; StartTime = Get-StandInJobTime $backup.since_utc_ms }
        return [pscustomobject]@{ JobType = 'Backup'; JobStatus = $status }
    }
    Use-StandInFault backup.policy
    if (-not $state.ob.answers) { throw 'Der Agent antwortet nicht.' }
    $jobs = @($state.ob.jobs)
    [array]::Reverse($jobs)
    foreach ($job in @($jobs | Select-Object -Last $Previous)) {
        $source = [pscustomobject]@{
            ErrorInfo = [pscustomobject]@{ ErrorCode = $job.error }; ByteProgress = [pscustomobject]@{ Total = $job.protected_bytes; Progress = 5 }
        }
        $status = [pscustomobject]@{
            JobState = $job.state; StartTime = Get-StandInJobTime $job.begun_utc_ms; EndTime = Get-StandInJobTime $job.ended_utc_ms
            ErrorInfo = [pscustomobject]@{ ErrorCode = 0 }; DatasourceStatus = @($source)
        }
        [pscustomobject]@{ JobType = $job.type; JobStatus = $status }
    }
}

# A schedule that is due next at the time in the state.
function New-StandInPolicy($UtcMs, [string[]]$Volume)
{
    $schedule = $null
    if ($null -ne $UtcMs) {
        $next = [DateTimeOffset]::FromUnixTimeMilliseconds($UtcMs).LocalDateTime
        $schedule = [pscustomobject]@{
            ScheduleRunDays = @([Enum]::GetValues([DayOfWeek])); ScheduleRunTimes = @($next.TimeOfDay); ScheduleWeeklyFrequency = 1
        }
    }
    return [pscustomobject]@{
        BackupSchedule = $schedule; DsList = @($Volume | ForEach-Object { [pscustomobject]@{ DataSourceName = "$_\" } })
    }
}

function Get-OBPolicy
{
    $state = Get-StandInState
    if (-not $state.ob.answers) { throw 'Der Computer ist nicht registriert.' }
    if ($state.ob.policy.files) { return New-StandInPolicy $state.ob.policy.next_files_utc_ms $state.ob.policy.volumes }
}

# As documented: it returns when the backup has ended. Tests turn the time it takes, as in simhost.
function Start-OBBackup
{
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium')]
    param([Parameter(Mandatory, ValueFromPipeline)][pscustomobject]$Policy, [switch]$Async)
    process {
        if ($env:MARSHAL_AS_SYSTEM -ne 'yes') { throw 'a backup of a session would end with it' }
        if (-not $PSCmdlet.ShouldProcess('backup')) { return }
        Edit-StandInState {
            param($s)
            $s.backup.running = $true
            $s.backup.source = 'ob-job'
            $s.backup.since_utc_ms = [DateTimeOffset]::UtcNow.ToUnixTimeMilliseconds()
            $s.log += 'a backup begun'
        }
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        do {
            [Threading.Thread]::Sleep(100)
            if (-not [IO.File]::Exists($env:MARSHAL_STATE)) { [Environment]::Exit(0) }
            $asked = (Get-StandInState).backup.asked
        } while ($null -eq $asked.event -or $clock.ElapsedMilliseconds -lt 1000 * $asked.seconds)
        $good = $asked.event -in 3, 10
        Edit-StandInState {
            param($s)
            $now = [DateTimeOffset]::UtcNow.ToUnixTimeMilliseconds()
            $s.backup.running = $false
            $s.backup.source = 'none'
            $s.backup.since_utc_ms = $null
            if ($good) {
                $s.backup.last_utc_ms = $now
                $s.backup.last_event = $asked.event
            } elseif ($asked.event) {
                $s.backup.failed_utc_ms = $now
                $s.backup.failed_event = $asked.event
                $s.backup.error = $asked.error
            }
            foreach ($path in @($s.tasks.Keys)) {
                if ($path -notlike '\marshal\backup-*') { continue }
                $s.tasks[$path].exit = $(if ($good) { 0 } elseif ($null -ne $asked.error) { $asked.error } else { 1 })
            }
        }
        if (-not $good) { throw ('Der Vorgang ist fehlgeschlagen. (0x{0:X})' -f [long]$asked.error) }
    }
}

function Get-OBSystemStatePolicy
{
    $state = Get-StandInState
    if (-not $state.ob.answers) { throw 'Der Computer ist nicht registriert.' }
    if ($state.ob.policy.system_state) { return New-StandInPolicy $state.ob.policy.next_system_state_utc_ms 'System State' }
}

# --- Windows Server Backup, VSS, modules ---

function Test-StandInServerBackup($State)
{
    return $State.features.windows_server_backup -eq 'Installed' -and $State.wsb.cmdlet
}

function Get-Command
{
    [CmdletBinding()] param([string]$Name)
    $state = Get-StandInState
    $there = switch ($Name) {
        'Get-WindowsFeature' { $state.features.source -eq 'Get-WindowsFeature' }
        'Get-WBJob' { Test-StandInServerBackup $state }
        default { throw "command $Name" }
    }
    if ($there) { return [pscustomobject]@{ Name = $Name } }
    Write-Error "Die Benennung $Name wurde nicht erkannt."
}

function Get-WindowsFeature
{
    [CmdletBinding()] param([string]$Name)
    Use-StandInFault features
    if ($Name -ne 'Windows-Server-Backup') { throw "feature $Name" }
    return [pscustomobject]@{ InstallState = (Get-StandInState).features.windows_server_backup }
}

function Get-WBJob
{
    [CmdletBinding()] param([int]$Previous)
    $state = Get-StandInState
    if (-not $PSBoundParameters.ContainsKey('Previous')) {
        if ($state.backup.source -ne 'wb-job' -or -not $state.backup.running) {
            $never = [DateTime]::MinValue
            return [pscustomobject]@{ JobType = 'None'; JobState = 'Unknown'; HResult = 0; StartTime = $never; EndTime = $never }
        }
        $since = [DateTimeOffset]::FromUnixTimeMilliseconds($state.backup.since_utc_ms).LocalDateTime
        $since = [DateTime]::SpecifyKind($since, 'Unspecified')
        return [pscustomobject]@{
            JobType = 'Backup'; JobState = 'Running'; HResult = 0; StartTime = $since; EndTime = [DateTime]::MinValue
        }
    }
    Use-StandInFault wsb
    $last = $state.wsb.last
    if ($null -eq $last) { return }
    # Both kinds have been seen: local times that do not say so, and UTC.
    $begun = $ended = [DateTime]::MinValue
    if ($null -ne $last.begun_utc_ms) {
        $begun = [DateTime]::SpecifyKind([DateTimeOffset]::FromUnixTimeMilliseconds($last.begun_utc_ms).LocalDateTime, 'Unspecified')
    }
    if ($null -ne $last.ended_utc_ms) { $ended = [DateTimeOffset]::FromUnixTimeMilliseconds($last.ended_utc_ms).UtcDateTime }
    # HRESULTs are numbers with a sign there.
    $code = foreach ($one in $last.hresult, $last.detailed_hresult) {
        if ($null -eq $one) { , $null } else { [BitConverter]::ToInt32([BitConverter]::GetBytes([uint32]$one), 0) }
    }
    return [pscustomobject]@{
        JobType = $last.type; JobState = $last.state; HResult = $code[0]; DetailedHResult = $code[1]
        StartTime = $begun; EndTime = $ended
    }
}

# In the language of the server, and in the code page of its console.
function vssadmin.exe
{
    if ("$args" -cne 'list writers') { throw "vssadmin.exe $args is not played" }
    Use-StandInFault vss.writers
    $global:LASTEXITCODE = 0
    $state = Get-StandInState
    'vssadmin 1.1 - Verwaltungsbefehlszeilenprogramm des Volumeschattenkopie-Dienstes'
    '(C) Copyright 2001-2013 Microsoft Corp.'
    ''
    if (-not $state.identity.admin) { 'Fehler: Keine Berechtigung.'; $global:LASTEXITCODE = 2; return }
    $words = 'Verfassername', 'Verfasserkennung', 'Verfasserinstanz-ID', 'Status', 'Letzter Fehler'
    $colon = ':'
    $quote = '"', '"'
    if ($state.os.language -eq 'ja-JP') {
        $words = foreach ($i in 1..5) { -join [char[]](0x30e9, 0x30a4, (0x30b0 + $i)) }
        $colon = "$([char]0xff1a)"
        $quote = "$([char]0x300c)", "$([char]0x300d)"
    }
    foreach ($writer in $state.vss.writers) {
        "$($words[0])$colon $($quote[0])$($writer.name)$($quote[1])"
        "   $($words[1])$colon {$($writer.id.ToUpperInvariant())}"
        "   $($words[2])$colon {1bddd48e-5052-49db-9b07-b96f96727e6b}"
        "   $($words[3])$colon [$($writer.state)] Stabil"
        $error_text = 'Kein Fehler'
        if ($null -ne $writer.error) { $error_text = 'Fehler (0x{0:x8})' -f $writer.error }
        "   $($words[4])$colon $error_text"
        ''
    }
}

function Get-Module
{
    [CmdletBinding()] param([string[]]$Name, [switch]$ListAvailable)
    Use-StandInFault modules
    if (-not $ListAvailable) { throw 'Get-Module without -ListAvailable' }
    $modules = (Get-StandInState).modules
    foreach ($one in $Name) {
        # This account's own does not count.
        [pscustomobject]@{ Name = $one; Version = [version]'99.0'; ModuleBase = "C:\Users\x\Documents\WindowsPowerShell\Modules\$one" }
        $newest = $modules[$one.ToLowerInvariant()]
        if (-not $newest) { continue }
        foreach ($version in '1.0.9', $newest, '0.8.6') {
            [pscustomobject]@{ Name = $one; Version = [version]$version; ModuleBase = "C:\Program Files\WindowsPowerShell\Modules\$one" }
        }
    }
}

# Only SYSTEM sees who may read that folder.
function Get-StandInSvi
{
    Use-StandInFault security.svi
    if (-not $env:MARSHAL_AS_SYSTEM) { throw (New-Object UnauthorizedAccessException 'Zugriff verweigert') }
    $svi = (Get-StandInState).svi
    $owner = @{ 'S-1-5-32-544' = 'BA'; 'S-1-5-18' = 'SY' }[$svi.owner_sid]
    if (-not $owner) { $owner = $svi.owner_sid }
    $rights = $(if ($svi.full_control) { 'FA' } else { '0x1200a9' })
    return [pscustomobject]@{ Sddl = "O:${owner}G:SYD:PAI(A;OICIIO;FA;;;SY)(A;OICI;$rights;;;SY)(A;;0x1200a9;;;BA)" }
}
