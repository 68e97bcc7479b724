# The documented proof that Windows Server Backup works: a backup of the system state, on request. wsb-check says what
# forbids it, wsb-start starts it in a task of SYSTEM (what sshd starts dies with the session), wsb-wait follows it,
# wsb-end takes the task away. The image it writes is never touched.

function Get-OurTestTask { return 'wsb-test' }

function Get-OurTestPath { return Get-OurTaskPath (Get-OurTestTask) }

# Local times of Task Scheduler; before 2000 means never.
function Get-OurLocalTime($Time)
{
    if ($null -eq $Time -or $Time.Year -lt 2000) { return $null }
    return Get-OurTime ([DateTime]::SpecifyKind($Time, 'Local'))
}

# A job that is under way. The words of a state are those of an enumeration, the same in every language.
function Select-OurWork($Jobs)
{
    return @($Jobs | Where-Object { $_ -and $_.state -cnotmatch '^(Unknown|Completed\w*|Failed|Aborted)\z' })[0]
}

# Get-WBJob, with -Previous 1 the last one that ended. Null: none, or no answer in time.
function Get-OurServerBackup([bool]$Previous)
{
    $answer = Invoke-OurLimited {
        param($Previous)
        Import-Module WindowsServerBackup
        $job = $(if ($Previous) { Get-WBJob -Previous 1 } else { Get-WBJob })
        if ($null -eq $job -or $job.StartTime.Year -le 2000) { return $null }
        # The numbers may come signed.
        $result = [long]$job.HResult -band 4294967295
        $detail = [long]$job.DetailedHResult -band 4294967295
        @{ type = "$($job.JobType)"; state = "$($job.JobState)"; hresult = $result; detailed_hresult = $detail
            begun = $job.StartTime; ended = $job.EndTime }
    } $Previous 30000
    if ($answer.kind -or $null -eq $answer.value) { return $null }
    $job = $answer.value
    return [ordered]@{
        type = $job.type
        state = $job.state
        hresult = $job.hresult
        detailed_hresult = $job.detailed_hresult
        begun_utc_ms = Get-OurTime (Get-OurServerBackupTime $job.begun)
        ended_utc_ms = Get-OurTime (Get-OurServerBackupTime $job.ended)
    }
}

# A volume that the backup may go to; else the step ends here.
function Assert-OurTarget
{
    $filter = "DriveLetter='$($Request.target)'"
    $volume = @(Get-CimInstance -ClassName Win32_Volume -Filter $filter)[0]
    # 3: a fixed disk.
    if ($null -eq $volume -or $volume.DriveType -ne 3 -or @('NTFS', 'ReFS') -notcontains $volume.FileSystem) {
        Stop-OurStep 'not-a-volume' "$($Request.target) is no fixed volume with NTFS or ReFS of this server"
    }
    # The documents want it elsewhere, and a full system volume is worse than no proof.
    if ($volume.BootVolume -or $volume.SystemVolume -or $Request.target -eq $env:SystemDrive) {
        Stop-OurStep 'system-volume' "Windows runs or starts from $($Request.target)"
    }
    if ($null -eq $volume.FreeSpace -or $volume.FreeSpace -lt $Request.need_bytes) {
        Stop-OurStep 'disk-full' "$($Request.target) has $($volume.FreeSpace) bytes free"
    }
    return [ordered]@{
        size_bytes = $volume.Capacity
        free_bytes = $volume.FreeSpace
        file_system = $volume.FileSystem
    }
}

# Neither Windows Server Backup nor the agent is at work; else the step ends here.
function Assert-OurNoBackup
{
    $ob = Read-OurOb 30000 $false
    foreach ($list in @(@('wb-job', $ob.wbjobs), @('ob-job', $ob.jobs))) {
        $job = Select-OurWork $list[1]
        if ($null -eq $job) { continue }
        $since = Get-OurTime $job.since
        Stop-OurStep 'backup-running' "a backup is running ($($list[0]))" @{ by = $list[0]; since_utc_ms = $since }
    }
    if ($null -eq $ob.wbjobs) { Stop-OurStep 'backup-unknown' 'Get-WBJob does not answer' }
    if ($null -eq $ob.jobs -and $null -ne (Get-OurAgentPath)) {
        Stop-OurStep 'backup-unknown' 'Get-OBJob does not answer'
    }
}

function Assert-OurReady
{
    if ($Request.target -cnotmatch '^[A-Z]:\z') { Stop-OurStep 'bad-request' 'target' }
    if ($null -ne (Get-OurTask $Request.at.tasks (Get-OurTestTask))) {
        Stop-OurStep 'task-exists' "there is a task $(Get-OurTestPath) already"
    }
    $volume = Assert-OurTarget
    $system = "$env:SystemRoot\System32"
    if (-not (Test-Path -LiteralPath "$system\wbadmin.exe" -PathType Leaf) -or
        -not (Test-Path -LiteralPath "$system\WindowsPowerShell\v1.0\Modules\WindowsServerBackup")) {
        Stop-OurStep 'not-installed' 'the feature Windows Server Backup is not installed'
    }
    Assert-OurNoBackup
    return $volume
}

# Task Scheduler takes a moment, and a queued task (2) for as long as it is one: a minute is waited for that.
# Null: it did not begin.
function Wait-OurBegin
{
    for ($try = 0; $try -lt 120; $try++) {
        $task = Get-OurTask $Request.at.tasks (Get-OurTestTask)
        $begun = Get-OurLocalTime $task.LastRunTime
        if ($null -ne $begun) { return $begun }
        if ($try -ge 20 -and $task.State -ne 2) { return $null }
        Start-Sleep -Milliseconds 500
    }
    return $null
}

function Start-OurBackupTask
{
    [void](Assert-OurReady)
    $exec = '<Command>%SystemRoot%\System32\wbadmin.exe</Command>' +
        "<Arguments>start systemstatebackup -backuptarget:$($Request.target) -quiet</Arguments>"
    $culture = [Globalization.CultureInfo]::InvariantCulture
    $now = [DateTime]::UtcNow
    $from = $now.ToString('s', $culture) + 'Z'
    $to = $now.AddHours(26).ToString('s', $culture) + 'Z'
    $trigger = "<TimeTrigger><StartBoundary>$from</StartBoundary><EndBoundary>$to</EndBoundary></TimeTrigger>"
    if (-not (Register-OurTask (Get-OurTestTask) $trigger 'PT24H' $exec -Brief)) {
        Stop-OurStep 'task-denied' 'the task of the backup could not be registered'
    }
    $global:OurChanged = $true
    [void](Invoke-OurProgram 'schtasks.exe' @('/Run', '/TN', (Get-OurTestPath)))
    $begun = Wait-OurBegin
    if ($null -eq $begun) {
        $global:OurChanged = -not (Remove-OurTask (Get-OurTestTask))
        Remove-OurTaskFolder
        Stop-OurStep 'task-denied' 'the task of the backup does not start'
    }
    [ordered]@{ begun_utc_ms = $begun }
}

function Get-OurBackup
{
    $task = Get-OurTask $Request.at.tasks (Get-OurTestTask)
    $value = [ordered]@{ state = 'none'; begun_utc_ms = $null; exit = $null; job = $null }
    if ($null -eq $task) {
        $value.job = Get-OurServerBackup $true
        return $value
    }
    $value.begun_utc_ms = Get-OurLocalTime $task.LastRunTime
    $job = Get-OurServerBackup $false
    if ((Test-OurTaskWork $task) -or $null -ne (Select-OurWork $job)) {
        $value.state = 'running'
        $value.job = $job
        return $value
    }
    $value.state = 'ended'
    $value.exit = [long]$task.LastTaskResult
    $value.job = Get-OurServerBackup $true
    return $value
}

function Wait-OurBackup
{
    $clock = [Diagnostics.Stopwatch]::StartNew()
    while ($true) {
        # The task first: it speaks at once, and Windows Server Backup only in seconds.
        $works = Test-OurTaskWork (Get-OurTask $Request.at.tasks (Get-OurTestTask))
        if (-not $works -or $clock.ElapsedMilliseconds -ge $Request.wait_ms) {
            $now = Get-OurBackup
            if ($now.state -ne 'running' -or $clock.ElapsedMilliseconds -ge $Request.wait_ms) { return $now }
        }
        Start-Sleep -Milliseconds 1000
    }
}

function Clear-OurBackupTask
{
    $task = Get-OurTask $Request.at.tasks (Get-OurTestTask)
    if ($null -eq $task) { return @{ removed = $false } }
    if (Test-OurTaskWork $task) { Stop-OurStep 'running' 'the backup is still at work' }
    $gone = Remove-OurTask (Get-OurTestTask)
    $global:OurChanged = $gone
    Remove-OurTaskFolder
    @{ removed = $gone }
}

# One call of ours at a time, and none while a run has reserved the server: an upgrade stops the agent.
function Invoke-OurOneAtATime($Work)
{
    Invoke-OurLocked {
        $marker = Get-OurMarker
        if ($null -ne $marker -and -not (Test-OurOverdue $marker)) {
            Stop-OurStep 'reserved' "run $($marker.run) has reserved this server" @{ reservation = $marker }
        }
        & $Work
    }
}

function Test-OurBackup
{
    Invoke-OurOneAtATime {
        $volume = Assert-OurReady
        $exists = Test-Path -LiteralPath "$($Request.target)\WindowsImageBackup"
        [ordered]@{ volume = $volume; image_exists = $exists }
    }
}

function Start-OurBackup { Invoke-OurOneAtATime { Start-OurBackupTask } }

function Stop-OurBackup { Invoke-OurLocked { Clear-OurBackupTask } }
