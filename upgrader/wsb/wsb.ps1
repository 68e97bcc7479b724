# The documented proof that Windows Server Backup works: a backup of the system state, on request. wsb-check says what
# forbids it, wsb-start starts it in a task of SYSTEM (what sshd starts dies with the session), wsb-wait follows it,
# wsb-end takes the task away. The image it writes is never touched.

$taskName = 'wsb-test'
$taskPath = "\marshal\$taskName"

# Local times of Task Scheduler; before 2000 means never.
function Get-MarshalLocalTime($Time)
{
    if ($null -eq $Time -or $Time.Year -lt 2000) { return $null }
    return Get-MarshalTime ([DateTime]::SpecifyKind($Time, 'Local'))
}

# A job that is under way. The words of a state are those of an enumeration, the same in every language.
function Select-MarshalWork($Jobs)
{
    return @($Jobs | Where-Object { $_ -and $_.state -cnotmatch '^(Unknown|Completed\w*|Failed|Aborted)\z' })[0]
}

# Get-WBJob, with -Previous 1 the last one that ended. Null: none, or no answer in time.
function Get-MarshalServerBackup([bool]$Previous)
{
    $answer = Invoke-MarshalLimited {
        param($Previous)
        Import-Module WindowsServerBackup
        $job = $(if ($Previous) { Get-WBJob -Previous 1 } else { Get-WBJob })
        if ($null -eq $job -or $job.StartTime.Year -le 2000) { return $null }
        # The number may come signed.
        $result = [long]$job.HResult
        if ($result -lt 0) { $result += 4294967296 }
        @{ type = "$($job.JobType)"; state = "$($job.JobState)"; hresult = $result
            begun = $job.StartTime; ended = $job.EndTime }
    } $Previous 30000
    if ($answer.kind -or $null -eq $answer.value) { return $null }
    $job = $answer.value
    return [ordered]@{
        type = $job.type
        state = $job.state
        hresult = $job.hresult
        begun_utc_ms = Get-MarshalTime (Get-MarshalServerBackupTime $job.begun)
        ended_utc_ms = Get-MarshalTime (Get-MarshalServerBackupTime $job.ended)
    }
}

# A volume that the backup may go to; else the step ends here.
function Assert-MarshalTarget
{
    $filter = "DriveLetter='$($Request.target)'"
    $volume = @(Get-CimInstance -ClassName Win32_Volume -Filter $filter)[0]
    # 3: a fixed disk.
    if ($null -eq $volume -or $volume.DriveType -ne 3 -or @('NTFS', 'ReFS') -notcontains $volume.FileSystem) {
        Stop-MarshalStep 'not-a-volume' "$($Request.target) is no fixed volume with NTFS or ReFS of this server"
    }
    # The documents want it elsewhere, and a full system volume is worse than no proof.
    if ($volume.BootVolume -or $volume.SystemVolume -or $Request.target -eq $env:SystemDrive) {
        Stop-MarshalStep 'system-volume' "Windows runs or starts from $($Request.target)"
    }
    if ($null -eq $volume.FreeSpace -or $volume.FreeSpace -lt $Request.need_bytes) {
        Stop-MarshalStep 'disk-full' "$($Request.target) has $($volume.FreeSpace) bytes free"
    }
    return [ordered]@{
        size_bytes = $volume.Capacity
        free_bytes = $volume.FreeSpace
        file_system = $volume.FileSystem
    }
}

# Neither Windows Server Backup nor the agent is at work; else the step ends here.
function Assert-MarshalNoBackup
{
    $ob = Read-MarshalOb 30000 $false
    foreach ($list in @(@('wb-job', $ob.wbjobs), @('ob-job', $ob.jobs))) {
        $job = Select-MarshalWork $list[1]
        if ($null -eq $job) { continue }
        $since = Get-MarshalTime $job.since
        Stop-MarshalStep 'backup-running' "a backup is running ($($list[0]))" @{ by = $list[0]; since_utc_ms = $since }
    }
    if ($null -eq $ob.wbjobs) { Stop-MarshalStep 'backup-unknown' 'Get-WBJob does not answer' }
    if ($null -eq $ob.jobs -and $null -ne (Get-MarshalAgentPath)) {
        Stop-MarshalStep 'backup-unknown' 'Get-OBJob does not answer'
    }
}

function Assert-MarshalReady
{
    if ($Request.target -cnotmatch '^[A-Z]:\z') { Stop-MarshalStep 'bad-request' 'target' }
    if ($null -ne (Get-MarshalTask '\marshal' $taskName)) {
        Stop-MarshalStep 'task-exists' "there is a task $taskPath already"
    }
    $volume = Assert-MarshalTarget
    $system = "$env:SystemRoot\System32"
    if (-not (Test-Path -LiteralPath "$system\wbadmin.exe" -PathType Leaf) -or
        -not (Test-Path -LiteralPath "$system\WindowsPowerShell\v1.0\Modules\WindowsServerBackup")) {
        Stop-MarshalStep 'not-installed' 'the feature Windows Server Backup is not installed'
    }
    Assert-MarshalNoBackup
    return $volume
}

# Task Scheduler takes a moment, and a queued task (2) for as long as it is one: a minute is waited for that.
# Null: it did not begin.
function Wait-MarshalBegin
{
    for ($try = 0; $try -lt 120; $try++) {
        $task = Get-MarshalTask '\marshal' $taskName
        $begun = Get-MarshalLocalTime $task.LastRunTime
        if ($null -ne $begun) { return $begun }
        if ($try -ge 20 -and $task.State -ne 2) { return $null }
        Start-Sleep -Milliseconds 500
    }
    return $null
}

function Start-MarshalBackup
{
    [void](Assert-MarshalReady)
    $exec = '<Command>%SystemRoot%\System32\wbadmin.exe</Command>' +
        "<Arguments>start systemstatebackup -backuptarget:$($Request.target) -quiet</Arguments>"
    $culture = [Globalization.CultureInfo]::InvariantCulture
    $now = [DateTime]::UtcNow
    $from = $now.ToString('s', $culture) + 'Z'
    $to = $now.AddHours(26).ToString('s', $culture) + 'Z'
    $trigger = "<TimeTrigger><StartBoundary>$from</StartBoundary><EndBoundary>$to</EndBoundary></TimeTrigger>"
    if (-not (Register-MarshalTask $taskPath $trigger 'PT24H' $exec -Brief)) {
        Stop-MarshalStep 'task-denied' 'the task of the backup could not be registered'
    }
    $global:MarshalChanged = $true
    [void](Invoke-MarshalProgram 'schtasks.exe' @('/Run', '/TN', $taskPath))
    $begun = Wait-MarshalBegin
    if ($null -eq $begun) {
        $global:MarshalChanged = -not (Remove-MarshalTask $taskPath)
        Remove-MarshalTaskFolder
        Stop-MarshalStep 'task-denied' 'the task of the backup does not start'
    }
    [ordered]@{ begun_utc_ms = $begun }
}

function Get-MarshalBackup
{
    $task = Get-MarshalTask '\marshal' $taskName
    $value = [ordered]@{ state = 'none'; begun_utc_ms = $null; exit = $null; job = $null }
    if ($null -eq $task) {
        $value.job = Get-MarshalServerBackup $true
        return $value
    }
    $value.begun_utc_ms = Get-MarshalLocalTime $task.LastRunTime
    $job = Get-MarshalServerBackup $false
    if ((Test-MarshalTaskWork $task) -or $null -ne (Select-MarshalWork $job)) {
        $value.state = 'running'
        $value.job = $job
        return $value
    }
    $value.state = 'ended'
    $value.exit = [long]$task.LastTaskResult
    $value.job = Get-MarshalServerBackup $true
    return $value
}

function Wait-MarshalBackup
{
    $clock = [Diagnostics.Stopwatch]::StartNew()
    while ($true) {
        # The task first: it speaks at once, and Windows Server Backup only in seconds.
        $works = Test-MarshalTaskWork (Get-MarshalTask '\marshal' $taskName)
        if (-not $works -or $clock.ElapsedMilliseconds -ge $Request.wait_ms) {
            $now = Get-MarshalBackup
            if ($now.state -ne 'running' -or $clock.ElapsedMilliseconds -ge $Request.wait_ms) { return $now }
        }
        Start-Sleep -Milliseconds 1000
    }
}

function Clear-MarshalBackup
{
    $task = Get-MarshalTask '\marshal' $taskName
    if ($null -eq $task) { return @{ removed = $false } }
    if (Test-MarshalTaskWork $task) { Stop-MarshalStep 'running' 'the backup is still at work' }
    $gone = Remove-MarshalTask $taskPath
    $global:MarshalChanged = $gone
    Remove-MarshalTaskFolder
    @{ removed = $gone }
}

# One call of ours at a time, and none while a run has reserved the server: an upgrade stops the agent.
function Invoke-MarshalOneAtATime($Work)
{
    Invoke-MarshalLocked {
        $marker = Get-MarshalMarker
        if ($null -ne $marker -and -not (Test-MarshalOverdue $marker)) {
            Stop-MarshalStep 'reserved' "run $($marker.run) has reserved this server" @{ reservation = $marker }
        }
        & $Work
    }
}

Invoke-MarshalStep {
    switch ("$($Request.op)") {
        'wsb-check' {
            Invoke-MarshalOneAtATime {
                $volume = Assert-MarshalReady
                $exists = Test-Path -LiteralPath "$($Request.target)\WindowsImageBackup"
                [ordered]@{ volume = $volume; image_exists = $exists }
            }
        }
        'wsb-start' { Invoke-MarshalOneAtATime { Start-MarshalBackup } }
        'wsb-wait' { Wait-MarshalBackup }
        'wsb-end' { Invoke-MarshalLocked { Clear-MarshalBackup } }
        default { Stop-MarshalStep 'bad-request' "op $($Request.op)" }
    }
}
