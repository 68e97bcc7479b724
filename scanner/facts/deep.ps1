# How each deep fact is read: what takes long or changes seldom, and what usually only SYSTEM may read. Any account
# is asked for all of it, and says what it may not see.

# The OB cmdlets, asked for what the fast facts do not want, into a table that counts also when one hangs.
function Get-OurObDeep($C)
{
    return Get-OurOnce $C.once 'ob-deep' {
        $deep = @{ policy = $null; files_known = $false; state_policy = $null; state_known = $false
            jobs = $null; module = Get-OurAgentModule }
        # One that has hung already would only hang again.
        if (-not $deep.module -or $C.ob.hung) { return $deep }
        Import-Module $deep.module
        try {
            $deep.policy = Get-OBPolicy
            $deep.files_known = $true
        } catch { $deep.policy = $null }
        try {
            $deep.state_policy = Get-OBSystemStatePolicy
            $deep.state_known = $true
        } catch { $deep.state_policy = $null }
        try { $deep.jobs = @(Get-OBJob -Previous 10) } catch { $deep.jobs = $null }
        return $deep
    }
}

# The volumes of a policy of files, "C:\".
function Get-OurPolicyVolumes($Policy)
{
    foreach ($source in @($Policy.DsList | Where-Object { "$($_.DataSourceName)" -cmatch '^[A-Za-z]:\\' } | Select-Object -First 64)) {
        "$($source.DataSourceName)"
    }
}

# When a policy's schedule is due next: days of the week and times of a day, local. Null when it has none, or
# runs every other week only, which its days do not tell.
function Get-OurNextRun($Policy)
{
    $schedule = $Policy.BackupSchedule
    if ($null -eq $schedule -or $schedule.ScheduleWeeklyFrequency -gt 1) { return $null }
    $now = Get-Date
    $next = $null
    foreach ($ahead in 0..7) {
        $day = $now.Date.AddDays($ahead)
        if (@($schedule.ScheduleRunDays | ForEach-Object { [int]$_ }) -notcontains [int]$day.DayOfWeek) { continue }
        foreach ($time in @($schedule.ScheduleRunTimes)) {
            $at = $day + $time
            if ($at -gt $now -and ($null -eq $next -or $at -lt $next)) { $next = $at }
        }
    }
    if ($null -eq $next) { return $null }
    return Get-OurTime ([DateTime]::SpecifyKind($next, 'Local'))
}

# When a policy starts a backup: a row a time of the day, as Get-OurTaskStarts has it.
function Get-OurPolicyStarts($Policy)
{
    $schedule = $Policy.BackupSchedule
    if ($null -eq $schedule) { return }
    $days = 0
    foreach ($day in $schedule.ScheduleRunDays) { $days = $days -bor (1 -shl [int]$day) }
    foreach ($time in $schedule.ScheduleRunTimes) {
        [ordered]@{ days = $days; weeks = [Math]::Max(1, [int]$schedule.ScheduleWeeklyFrequency)
            minute = [int][Math]::Floor($time.TotalMinutes) }
    }
}

# Times of the agent's jobs are UTC; a running one ends in the year 1.
function Get-OurJobTime($Time)
{
    if ($null -eq $Time -or $Time.Year -lt 2000) { return $null }
    return Get-OurTime $Time
}

# The first error of a job, its own or one of its volumes'; null when there is none.
function Get-OurJobError($Job)
{
    $status = $Job.JobStatus
    foreach ($info in @($status.ErrorInfo) + @($status.DatasourceStatus | ForEach-Object { $_.ErrorInfo })) {
        if ($null -eq $info -or $null -eq $info.ErrorCode) { continue }
        $code = [long]$info.ErrorCode -band 4294967295
        if ($code -ne 0) { return $code }
    }
    return $null
}

# What vssadmin says, block by block: a block begins at the start of a line with the writer's name, ids stand in
# braces, states in brackets, errors as 0x and eight digits. Everything else is in the language of the server.
function Read-OurWriters([string[]]$Lines)
{
    $writer = $null
    foreach ($line in $Lines + 'end') {
        if ($line -cmatch '^\S') {
            if ($null -ne $writer -and $null -ne $writer.id -and $null -ne $writer.state) { $writer }
            $name = $line -creplace '^[^:\uff1a]*[:\uff1a]', ''
            $name = $name -creplace '^[\s''"\u00ab\u2018-\u201e\u300c]+|[\s''"\u00bb\u2018-\u201e\u300d]+\z', ''
            $writer = [ordered]@{ id = $null; name = Get-OurCut $name 200; state = $null; error = $null }
        } elseif ($null -eq $writer) {
            continue
        } elseif ($null -eq $writer.id -and $line -cmatch '\{([0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})\}') {
            $writer.id = $Matches[1].ToLowerInvariant()
        } elseif ($null -eq $writer.state -and $line -cmatch '\[([0-9]{1,3})\]') {
            $writer.state = [int]$Matches[1]
        } elseif ($line -cmatch '0x([0-9A-Fa-f]{8})\b') {
            $writer.error = [Convert]::ToInt64($Matches[1], 16)
        }
    }
}

# The day of an update as Windows keeps it: a text of month, day and year, or 16 digits. InstalledOn as PowerShell
# shows it is another one: before 5.1 it reads that text by the culture of the server, and swaps day and month.
function Get-OurUpdateTime($Update)
{
    $text = "$($Update.CimInstanceProperties['InstalledOn'].Value)"
    if ($text -cmatch '^[0-9A-Fa-f]{16}\z') {
        return Get-OurTime ([DateTime]::FromFileTimeUtc([Convert]::ToInt64($text, 16)).Date)
    }
    if ($text -cmatch '^([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})') { $part = $Matches[3], $Matches[1], $Matches[2] }
    elseif ($text -cmatch '^([0-9]{4})([0-9]{2})([0-9]{2})\z') { $part = $Matches[1], $Matches[2], $Matches[3] }
    else { return $null }
    try {
        $time = New-Object DateTime([int]$part[0], [int]$part[1], [int]$part[2])
        return Get-OurTime ([DateTime]::SpecifyKind($time, 'Utc'))
    } catch {
        # No day of any calendar.
        return $null
    }
}

# Names of keys of services; what one that may not be read would say is left out by who reads it.
function Get-OurServiceNames
{
    return (Get-OurKey 'SYSTEM\CurrentControlSet\Services').GetSubKeyNames()
}

# Drivers between programs and files that are not disabled: a row an altitude. Read once for all facts that look for some.
function Get-OurFilters($Once)
{
    return Get-OurOnce $Once 'filters' {
        foreach ($name in Get-OurServiceNames) {
            $service = "SYSTEM\CurrentControlSet\Services\$name"
            try {
                $instances = Get-OurKey "$service\Instances"
                # 4: disabled.
                if ($null -eq $instances -or (Get-OurValue $service 'Start') -eq 4) { continue }
                foreach ($instance in $instances.GetSubKeyNames()) {
                    [ordered]@{ name = $name; altitude = "$($instances.OpenSubKey($instance).GetValue('Altitude'))" }
                }
            } catch [Security.SecurityException] { continue }
        }
    }
}

# Those whose altitude matches, a row a driver: that of an antivirus, or of backup software.
function Find-OurFilter($Once, [string]$Wanted)
{
    $last = $null
    foreach ($filter in @(Get-OurFilters $Once)) {
        if ($filter.altitude -cnotmatch $Wanted -or $filter.name -ceq $last) { continue }
        $last = $filter.name
        $filter
    }
}

# Services of other backup software that are not disabled, by their names or their programs'.
function Find-OurBackupService
{
    $products = 'veeam|backupexec|acronis|acrsch|netbackup|commvault|arcserve|altaro|nakivo|storagecraft|shadowprotect|' +
        'datto|carbonite|cloudberry|unitrends|urbackup|rubrik|cohesity|druva|macrium|nsrexecd|dsmcad|tivoli'
    foreach ($name in Get-OurServiceNames) {
        $key = "SYSTEM\CurrentControlSet\Services\$name"
        try {
            $start = Get-OurValue $key 'Start'
            # 16, 32: a program of its own, or one with others; 4: disabled.
            if (@(16, 32, 272, 288) -notcontains (Get-OurValue $key 'Type') -or $start -eq 4) { continue }
            $words = "$name $(Get-OurValue $key 'ImagePath')"
        } catch [Security.SecurityException] { continue }
        if (-not [regex]::IsMatch($words, $products, 'IgnoreCase, CultureInvariant')) { continue }
        [ordered]@{ name = $name; start = $start }
    }
}

# Providers of snapshots beside those of Windows itself: of its volumes, its shares, its virtual machines, and what
# else bears Microsoft's name, as that of clusters does.
function Find-OurProvider
{
    $providers = 'SYSTEM\CurrentControlSet\Services\VSS\Providers'
    $own = '{b5946137-7b9f-4925-af80-51abd60b20d5}', '{89300202-3cec-4981-9171-19f59559e0f2}',
        '{74600e39-7dc5-4567-a03b-f091d6c7b092}'
    $key = Get-OurKey $providers
    if ($null -eq $key) { return }
    foreach ($id in $key.GetSubKeyNames()) {
        $name = Get-OurCut (Get-OurValue "$providers\$id" '') 200
        if ($own -contains $id -or "$name".StartsWith('Microsoft ', [StringComparison]'Ordinal')) { continue }
        [ordered]@{ id = $id; name = $name }
    }
}

# Folders in which the machine, and not only this account, looks for modules.
function Get-OurModulePath
{
    $session = 'SYSTEM\CurrentControlSet\Control\Session Manager\Environment'
    foreach ($one in "$(Get-OurValue $session 'PSModulePath')".Split(';')) {
        if ($one.Trim()) { $one.Trim().TrimEnd('\') + '\' }
    }
    "$env:ProgramFiles\WindowsPowerShell\Modules\"
}

# Names of these domains in a text, in its order, and none that could not be asked for.
function Read-OurName([string]$Text, $Domains)
{
    $pattern = '(?<![A-Za-z0-9.-])(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){2,}[A-Za-z]{2,63}(?![A-Za-z0-9-])'
    foreach ($found in [regex]::Matches($Text, $pattern)) {
        $name = $found.Value.ToLowerInvariant()
        if ($name.Length -gt 253) { continue }
        foreach ($domain in $Domains) {
            if ($name.EndsWith($domain, [StringComparison]'Ordinal')) { $name }
        }
    }
}

# Names of the service that the agent of this server uses, and where they stand: in its configuration, of which no
# document says which value has one, or in its log, there the newest first. At most four, and none but these domains'.
function Find-OurServiceName($Domains, $Others)
{
    $found = [ordered]@{}
    $config = 'SOFTWARE\Microsoft\Windows Azure Backup\Config'
    $keys = @(Get-OurKey $config | Where-Object { $_ })
    foreach ($key in $keys) {
        $keys += @($key.GetSubKeyNames() | ForEach-Object { $key.OpenSubKey($_) } | Where-Object { $_ })
    }
    foreach ($key in $keys) {
        foreach ($value in $key.GetValueNames()) {
            foreach ($name in Read-OurName "$($key.GetValue($value))" $Domains) { $found[$name] = 'config' }
        }
    }
    $file = Get-OurAgentLog
    if ($null -ne $file) {
        $names = @(Read-OurName (Read-OurTail $file 262144) $Domains)
        [array]::Reverse($names)
        foreach ($name in $names) {
            if (-not $found.Contains($name)) { $found[$name] = 'log' }
        }
    }
    $some = [ordered]@{}
    foreach ($name in @($found.Keys)) {
        if ($some.Count -lt 4 -and $Others -notcontains $name) { $some[$name] = $found[$name] }
    }
    return $some
}

# What the agent leaves out of a backup, by the attributes of a file or folder; null: nothing of it. As numbers: old .NET
# has no names for those of what a cloud keeps (0x40000, 0x400000).
function Get-OurLeftOut([int]$Attributes, [bool]$Dedup)
{
    if ($Attributes -band 0x440000) { return 'cloud' }
    if ($Attributes -band 0x400) {
        # Windows' own links, for names of older ones, are hidden and of the system. Where a volume is deduplicated its
        # files are such points, and backed up.
        if (($Attributes -band 6) -eq 6 -or ($Dedup -and -not ($Attributes -band 16))) { return $null }
        return 'reparse'
    }
    if (($Attributes -band 0x4200) -eq 0x4200) { return 'encrypted_sparse' }
    return $null
}

# A sample of a volume, from its root down: names and attributes as folders list them, and nothing is opened. It goes
# behind no link, into nothing that a cloud would have to bring first, and not into what is Windows' own.
function Read-OurFiles([string]$Volume, [bool]$Dedup, $Clock, [int]$LimitMs)
{
    $row = [ordered]@{ name = $Volume; looked = 0; whole = $true; reparse = 0; encrypted_sparse = 0; cloud = 0; example = $null }
    $apart = "$env:SystemRoot", "${Volume}System Volume Information", "$Volume`$RECYCLE.BIN"
    $folders = New-Object Collections.Queue
    $folders.Enqueue(@{ path = $Volume; depth = 0 })
    while ($folders.Count -gt 0 -and $row.looked -lt 5000 -and $Clock.ElapsedMilliseconds -lt $LimitMs) {
        $folder = $folders.Dequeue()
        $count = 0
        try {
            # One after the other: a folder may have millions.
            foreach ($entry in (New-Object IO.DirectoryInfo $folder.path).EnumerateFileSystemInfos()) {
                if ($count -eq 500 -or $row.looked -eq 5000 -or $Clock.ElapsedMilliseconds -ge $LimitMs) {
                    $row.whole = $false
                    break
                }
                $count++
                $row.looked++
                $attributes = [int]$entry.Attributes
                $kind = Get-OurLeftOut $attributes $Dedup
                if ($kind) {
                    $row[$kind]++
                    if ($null -eq $row.example) { $row.example = Get-OurCut $entry.FullName 260 }
                }
                # A folder (0x10), and neither a link nor offline nor in a cloud.
                if (($attributes -band 0x441410) -ne 16 -or $apart -contains $entry.FullName) { continue }
                if ($folder.depth -eq 5) { $row.whole = $false }
                else { $folders.Enqueue(@{ path = $entry.FullName; depth = $folder.depth + 1 }) }
            }
        } catch {
            # A folder that may not be read costs itself, the root its fact.
            if ($folder.depth -eq 0) { throw }
            $row.whole = $false
        }
    }
    if ($folders.Count -gt 0) { $row.whole = $false }
    return $row
}

$deepFacts = [ordered]@{
    'network.endpoints' = {
        param($c)
        $clock = [Diagnostics.Stopwatch]::StartNew()
        $names = Find-OurServiceName $c.service.domains $c.names
        if ($names.Count -eq 0) {
            foreach ($name in @($c.service.stand_ins | Where-Object { $_ })) { $names[$name] = 'stand-in' }
        }
        $value = Test-OurHosts @($names.Keys) $c.ob ($c.limit_ms - $clock.ElapsedMilliseconds)
        foreach ($one in @($value.results | Where-Object { $_ })) { $one.from = $names[$one.host] }
        $value
    }
    'backup.policy' = {
        param($c)
        $deep = Get-OurObDeep $c
        $value = [ordered]@{ known = $deep.files_known; files = $null; system_state = $null; offline = $null
            volumes = $null; next_files_utc_ms = $null; next_system_state_utc_ms = $null; starts = $null }
        if (-not $deep.files_known) { return $value }
        # One of nothing backs up no files.
        $value.files = @($deep.policy.DsList | Where-Object { $null -ne $_ }).Count -gt 0
        if ($deep.state_known) { $value.system_state = $null -ne $deep.state_policy }
        # Seeding offline leaves the certificate of its application here.
        $provider = Get-OurKey 'SOFTWARE\Microsoft\Windows Azure Backup\Config\CloudBackupProvider'
        $value.offline = $false
        if ($null -ne $provider) {
            $value.offline = @($provider.GetValueNames() | Where-Object {
                $_.StartsWith('AzureADAppCertThumbprint_', [StringComparison]'OrdinalIgnoreCase')
            }).Count -gt 0
        }
        $value.volumes = @()
        if ($value.files) {
            $value.volumes = @(Get-OurPolicyVolumes $deep.policy | ForEach-Object { @{ name = $_ } })
            $value.next_files_utc_ms = Get-OurNextRun $deep.policy
        }
        if ($value.system_state) { $value.next_system_state_utc_ms = Get-OurNextRun $deep.state_policy }
        $value.starts = @(foreach ($one in $deep.policy, $deep.state_policy) { Get-OurPolicyStarts $one })
        $value
    }
    'backup.last-job' = {
        param($c)
        $deep = Get-OurObDeep $c
        $value = [ordered]@{ known = $null -ne $deep.jobs; type = $null; state = $null; error = $null
            begun_utc_ms = $null; ended_utc_ms = $null; good_utc_ms = $null; protected_bytes = $null; longest_ms = $null }
        if (-not $value.known) { return $value }
        # Restores are in this list too; one that still runs says nothing yet.
        $jobs = @($deep.jobs | Where-Object {
            "$($_.JobType)" -ceq 'Backup' -and (Test-OurJobEnded "$($_.JobStatus.JobState)")
        } | Sort-Object -Property { $_.JobStatus.StartTime } -Descending)
        if ($jobs.Count -gt 0) {
            $value.type = "$($jobs[0].JobType)"
            $value.state = "$($jobs[0].JobStatus.JobState)"
            $value.error = Get-OurJobError $jobs[0]
            $value.begun_utc_ms = Get-OurJobTime $jobs[0].JobStatus.StartTime
            $value.ended_utc_ms = Get-OurJobTime $jobs[0].JobStatus.EndTime
        }
        foreach ($job in $jobs) {
            if ("$($job.JobStatus.JobState)" -cnotmatch '^Completed') { continue }
            $begun = Get-OurJobTime $job.JobStatus.StartTime
            $ended = Get-OurJobTime $job.JobStatus.EndTime
            if ($null -ne $begun -and $ended - $begun -gt $value.longest_ms) { $value.longest_ms = $ended - $begun }
            if ($null -ne $value.good_utc_ms) { continue }
            $value.good_utc_ms = $ended
            $bytes = [long]0
            foreach ($source in $job.JobStatus.DatasourceStatus) { $bytes += [long]$source.ByteProgress.Total }
            if ($bytes -gt 0) { $value.protected_bytes = $bytes }
        }
        $value
    }
    'features' = {
        $value = [ordered]@{ windows_server_backup = $null; source = $null }
        if (Get-Command -Name Get-WindowsFeature -ErrorAction SilentlyContinue) {
            $feature = Get-WindowsFeature -Name Windows-Server-Backup
            if ($null -ne $feature) {
                $value.windows_server_backup = "$($feature.InstallState)"
                $value.source = 'Get-WindowsFeature'
            }
            return $value
        }
        # Windows without a Server Manager says it by number.
        $filter = "Name='WindowsServerBackup'"
        $feature = @(Get-CimInstance -ClassName Win32_OptionalFeature -Filter $filter)
        if ($feature.Count -gt 0) {
            $words = @{ 1 = 'Installed'; 2 = 'Available'; 3 = 'Removed' }
            $value.windows_server_backup = $words[[int]$feature[0].InstallState]
            $value.source = 'Win32_OptionalFeature'
        }
        $value
    }
    'wsb' = {
        $value = [ordered]@{ cmdlet = $false; type = $null; state = $null; hresult = $null; detailed_hresult = $null
            begun_utc_ms = $null; ended_utc_ms = $null }
        if (-not (Get-Command -Name Get-WBJob -ErrorAction SilentlyContinue)) { return $value }
        $value.cmdlet = $true
        $job = @(Get-WBJob -Previous 1)
        if ($job.Count -eq 0) { return $value }
        $value.type = "$($job[0].JobType)"
        $value.state = "$($job[0].JobState)"
        if ($null -ne $job[0].HResult) { $value.hresult = [long]$job[0].HResult -band 4294967295 }
        $detail = $job[0].DetailedHResult
        if ($null -ne $detail) { $value.detailed_hresult = [long]$detail -band 4294967295 }
        $value.begun_utc_ms = Get-OurTime (Get-OurServerBackupTime $job[0].StartTime)
        $value.ended_utc_ms = Get-OurTime (Get-OurServerBackupTime $job[0].EndTime)
        $value
    }
    'vss.writers' = {
        $ErrorActionPreference = 'Continue'
        $lines = @(& vssadmin.exe list writers 2>&1 | ForEach-Object { "$_" })
        if ($LASTEXITCODE -ne 0) {
            # Its words are in the language of the server; who may not ask is known without them.
            $who = New-Object Security.Principal.WindowsPrincipal(
                [Security.Principal.WindowsIdentity]::GetCurrent())  # .NET on Windows only
            $admins = New-Object Security.Principal.SecurityIdentifier('S-1-5-32-544')  # .NET on Windows only
            if (-not $who.IsInRole($admins)) { throw (New-Object UnauthorizedAccessException 'not an administrator') }
            throw "vssadmin ended with $LASTEXITCODE"
        }
        @{ list = @(Read-OurWriters $lines | Select-Object -First 64) }
    }
    'vss.shadow-storage' = {
        param($c)
        $volumes = @{}
        foreach ($volume in @(Get-OurVolumes $c.once)) { $volumes["$($volume.DeviceID)"] = $volume }
        $list = foreach ($one in @(Get-CimInstance -ClassName Win32_ShadowStorage | Select-Object -First 64)) {
            $of = $volumes["$($one.Volume.DeviceID)"]
            $on = $volumes["$($one.DiffVolume.DeviceID)"]
            # No limit is the largest number of 64 bits.
            $max = $one.MaxSpace
            if ($null -ne $max -and $max -gt [long]::MaxValue) { $max = $null }
            [ordered]@{ volume = $of.Name; storage = $on.Name; size_bytes = $of.Capacity; max_bytes = $max }
        }
        @{ list = @($list) }
    }
    'updates' = {
        $value = [ordered]@{ newest_utc_ms = $null; newest = $null; count = 0 }
        foreach ($update in @(Get-CimInstance -ClassName Win32_QuickFixEngineering)) {
            $value.count++
            $time = Get-OurUpdateTime $update
            if ($null -eq $time) { continue }
            if ($null -eq $value.newest_utc_ms -or $time -gt $value.newest_utc_ms) {
                $value.newest_utc_ms = $time
                $value.newest = "$($update.HotFixID)"
            }
        }
        $value
    }
    'antivirus' = {
        param($c)
        $value = [ordered]@{ defender = $null; products = @(); filters = @() }
        $state = Get-OurServiceState 'WinDefend'
        if ($null -ne $state) { $value.defender = $state -eq 4 }
        $products = Get-OurClass 'root/SecurityCenter2' 'AntiVirusProduct'
        $value.products = @($products | Where-Object { $null -ne $_ } | Select-Object -First 64 | ForEach-Object {
            [ordered]@{ name = Get-OurCut $_.displayName 200; state = $_.productState }
        })
        $value.filters = @(Find-OurFilter $c.once '^32[0-9]{4}(\.[0-9]+)?\z' | Select-Object -First 64)
        $value
    }
    'interference' = {
        param($c)
        $value = [ordered]@{ services = @(); providers = @(); filters = @() }
        $value.services = @(Find-OurBackupService | Select-Object -First 64)
        $value.providers = @(Find-OurProvider | Select-Object -First 64)
        # FSFilter Open File, Continuous Backup, Replication.
        $value.filters = @(Find-OurFilter $c.once '^(10|28|30)[0-9]{4}(\.[0-9]+)?\z' | Select-Object -First 64)
        $value
    }
    'antivirus.exclusions' = {
        $value = [ordered]@{ known = $false; list = @() }
        # The class behind Get-MpPreference, which older systems do not have.
        $preference = Get-OurClass 'root/Microsoft/Windows/Defender' 'MSFT_MpPreference'
        if ($null -eq $preference) { return $value }
        $list = @(
            foreach ($one in $preference[0].ExclusionPath) { if ($one) { @{ kind = 'path'; value = "$one" } } }
            foreach ($one in $preference[0].ExclusionProcess) { if ($one) { @{ kind = 'process'; value = "$one" } } }
        )
        # Who may not see them is told "N/A: ..." in their place.
        if (@($list | Where-Object { $_.value.StartsWith('N/A:', [StringComparison]'Ordinal') }).Count -gt 0) { return $value }
        $value.known = $true
        # The agent's own first: there may be more of them than an answer holds.
        $agent = 'Recovery Services|cbengine'
        foreach ($one in $list) { $one.agent = [regex]::IsMatch($one.value, $agent, 'IgnoreCase, CultureInvariant') }
        $value.list = @(@($list | Where-Object { $_.agent }) + @($list | Where-Object { -not $_.agent }) |
            Where-Object { $null -ne $_ } | Select-Object -First 64 |
            ForEach-Object { @{ kind = $_.kind; value = $_.value } })
        $value
    }
    'modules' = {
        $value = [ordered]@{ azure = $null; azurerm = $null; az = $null }
        $places = @(Get-OurModulePath)
        foreach ($module in @(Get-Module -ListAvailable -Name Azure, AzureRM, Az)) {
            $here = @($places | Where-Object { "$($module.ModuleBase)".StartsWith($_, 'OrdinalIgnoreCase') })
            $name = $module.Name.ToLowerInvariant()
            if ($here.Count -eq 0 -or -not $value.Contains($name)) { continue }
            if ($null -eq $value[$name] -or $module.Version -gt $value[$name]) { $value[$name] = $module.Version }
        }
        foreach ($name in 'azure', 'azurerm', 'az') { if ($value[$name]) { $value[$name] = "$($value[$name])" } }
        $value
    }
    'security.svi' = {
        $sddl = (Get-Acl -LiteralPath "$env:SystemDrive\System Volume Information").Sddl
        $value = [ordered]@{ full_control = $false; owner_sid = $null }
        if ($sddl -cmatch '^O:(S-1-[0-9-]+|[A-Z]{2})') {
            $short = @{ SY = 'S-1-5-18'; BA = 'S-1-5-32-544'; LA = $null }
            $value.owner_sid = $Matches[1]
            if ($short.Contains($Matches[1])) { $value.owner_sid = $short[$Matches[1]] }
        }
        $dacl = $sddl -creplace '^.*?D:', ''
        # Rights of the folder itself: entries that are handed down only (IO) do not count.
        foreach ($entry in [regex]::Matches($dacl, '\((A|D);([A-Z]*);(\w*);;;(SY|S-1-5-18|WD)\)')) {
            if ($entry.Groups[2].Value -cmatch '^([A-Z]{2})*IO') { continue }
            if ($entry.Groups[1].Value -ceq 'D') { $value.full_control = $false; break }
            if (@('FA', 'GA', '0x1f01ff') -contains $entry.Groups[3].Value) { $value.full_control = $true }
        }
        $value
    }
    'volumes.files' = {
        param($c)
        $deep = Get-OurObDeep $c
        $value = [ordered]@{ known = $deep.files_known; list = @() }
        $clock = [Diagnostics.Stopwatch]::StartNew()
        $limit = [int][Math]::Min(5000, $c.limit_ms / 2)
        $value.list = @(foreach ($name in Get-OurPolicyVolumes $deep.policy) {
            if (-not (New-Object IO.DirectoryInfo $name).Exists) { continue }
            # Where nobody knows it is taken for deduplicated: fewer of its files are told then.
            $dedup = $true
            try { $dedup = (Test-OurDedup $c.once $name) -ne $false } catch { $dedup = $true }
            Read-OurFiles $name $dedup $clock $limit
        })
        $value
    }
}
