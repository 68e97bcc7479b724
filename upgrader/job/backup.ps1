# backup-start has the agent back up once, as the documents' last step of an upgrade does ("Back up Now"): in a task of
# SYSTEM, since what sshd starts dies with the session. One that runs already is followed in its place. The word `Backup` in
# the reservation is written before, so that a run never starts a second one. backup-wait says how far it is: by the
# agent's events, else by its list of jobs.

function Get-OurBackupTask { return "backup-$($Request.run)" }

# What the task runs behind the functions of again.ps1, the same bytes on every server. Its exit code is that of the
# agent's error, where its words have one.
$backupText = {
    $exit = 1
    try {
        # 2: it was not asked for, since an installer is at work or obengine does not run.
        if ((Test-OurInstallerBusy) -or (Get-OurServiceState 'obengine') -ne 4) { [Environment]::Exit(2) }
        $path = "$((Get-OurKey 'SOFTWARE\Microsoft\Windows Azure Backup\Setup').GetValue('InstallPath'))"
        if (-not $path) { $path = "$env:ProgramFiles\Microsoft Azure Recovery Services Agent" }
        Import-Module ($path.TrimEnd('\') + '\bin\Modules\MSOnlineBackup\MSOnlineBackup.psd1')
        Get-OBPolicy | Start-OBBackup -Confirm:$false | Out-Null
        $exit = 0
    } catch {
        if ("$_" -cmatch '[\(\[]0x([0-9A-Fa-f]{1,8})[\)\]]') { $exit = [Convert]::ToInt32($Matches[1], 16) }
    }
    [Environment]::Exit($exit)
}

function Get-OurBackupWord([string]$Name) { return Get-OurMarkerNumber (Get-OurKey $Request.at.key) $Name }

function Start-OurAgentBackup
{
    Assert-OurName
    Invoke-OurLocked { Start-OurReservedBackup }
}

# With the lock.
function Start-OurReservedBackup
{
    Enter-OurReservation
    if ($null -ne (Get-OurBackupWord 'Backup')) { return [ordered]@{ started = $false; already = $true } }
    Assert-OurNoInstaller
    $state = Get-OurServiceState 'obengine'
    if ($state -ne 4) { Stop-OurStep 'not-running' "obengine has state $state" @{ now = $state } }
    $asked = Get-OurNow
    $ob = Read-OurOb 30000 $false
    $now = Get-OurRunningBackup $ob
    if ($now.running -and $now.source -cne 'wb-job') {
        $global:OurChanged = $true
        Set-OurMarker @{ Backup = $asked; BackupUptime = Get-OurUptime }
        return [ordered]@{ started = $false; already = $false }
    }
    if ($now.running -or (Test-OurTaskWork (Get-OurTask $Request.at.tasks 'wsb-test'))) {
        Stop-OurStep 'backup-running' 'Windows Server Backup is at work' @{ since_utc_ms = $now.since_utc_ms }
    }
    if ($null -eq $now.running -or -not $ob.policy) {
        Stop-OurStep 'backup-unknown' 'the commands of the agent do not answer'
    }
    if (-not $ob.scheduled) { Stop-OurStep 'no-policy' 'Get-OBPolicy has no policy' }
    if (-not (Start-OurBackupOnce $asked)) {
        Stop-OurStep 'task-denied' 'the task of the backup could not be registered or started'
    }
    [ordered]@{ started = $true; already = $false }
}

# Returns false when nothing was started; then, and after an error on the way, the key says nothing of it. The task has no
# limit of time, and goes by itself ten days later.
function Start-OurBackupOnce($Asked)
{
    $name = Get-OurBackupTask
    $culture = [Globalization.CultureInfo]::InvariantCulture
    $now = [DateTime]::UtcNow
    # Long past, also for a clock that is set back: nobody but us starts it.
    $from = $now.AddDays(-2).ToString('s', $culture) + 'Z'
    $to = $now.AddDays(10).ToString('s', $culture) + 'Z'
    $trigger = "<TimeTrigger><StartBoundary>$from</StartBoundary><EndBoundary>$to</EndBoundary></TimeTrigger>"
    $made = $false
    $undo = $true
    try {
        $global:OurChanged = $true
        Set-OurMarker @{ Backup = $Asked; BackupUptime = Get-OurUptime }
        $made = Register-OurTask $name $trigger 'PT0S' (Get-OurTaskAction $backupText '') -Brief
        if ($made) {
            # From here on it may have started, or even ended: only a plain no takes the word back.
            $undo = $false
            $undo = (Invoke-OurProgram 'schtasks.exe' @('/Run', '/TN', (Get-OurTaskPath $name))) -ne 0 -and
                -not (Test-OurTaskWork (Get-OurTask $Request.at.tasks $name))
        }
    } finally {
        if ($undo) {
            if ($made) { [void](Remove-OurTask $name) }
            Set-OurMarker @{ Backup = $null; BackupUptime = $null }
            $global:OurChanged = $false
        }
    }
    return -not $undo
}

function Get-OurAgentBackup
{
    $value = [ordered]@{ state = 'none'; event = $null; error = $null; ended_utc_ms = $null; age_ms = $null; exit = $null }
    $asked = $null
    if (Test-OurMine (Get-OurMarker)) { $asked = Get-OurBackupWord 'Backup' }
    if ($null -eq $asked) { return $value }
    $value.age_ms = Get-OurAge (Get-OurBackupWord 'BackupUptime')
    $value.state = 'running'
    # The first is a start, the others are its ends.
    $last = $null
    try { $last = @((Find-OurBackupEvent 1, 3, 10, 11, 18).events)[0] } catch { $last = $null }
    if ($null -ne $last -and $last.Id -ne 1 -and (Get-OurTime $last.TimeCreated) -ge $asked) {
        $value.state = 'ended'
        $value.event = $last.Id
        $value.ended_utc_ms = Get-OurTime $last.TimeCreated
        if (@(11, 18) -contains $last.Id) { $value.error = Get-OurCode (Get-OurEventText $last) }
        return $value
    }
    $task = Get-OurTask $Request.at.tasks (Get-OurBackupTask)
    if (Test-OurTaskWork $task) { return $value }
    # One that nobody knows about may still run. Where the agent lists its jobs, these alone count: a start without an end
    # may be of a backup that broke off, and another program's is not ours.
    $ob = Read-OurOb 30000 $false
    $now = Get-OurRunningBackup $ob
    if ($null -ne $ob.jobs) { $now.running = $now.running -and $now.source -ceq 'ob-job' }
    if ($now.running -eq $false) {
        $value.state = 'lost'
        # Of a task that never ran the scheduler says so in the place of a code: SCHED_S_* of winerror.h.
        $exit = $null
        if ($null -ne $task) { $exit = [long]$task.LastTaskResult -band 4294967295 }
        if ($null -ne $exit -and ($exit -lt 267008 -or $exit -gt 267045)) { $value.exit = $exit }
    }
    return $value
}

function Wait-OurAgentBackup
{
    Assert-OurName
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $lost = 0
    while ($true) {
        Update-OurSeen
        $now = Get-OurAgentBackup
        if ($now.state -eq 'none' -or $now.state -eq 'ended') { return $now }
        # A task takes a moment to begin, and the agent one to write its event: believed after some seconds.
        if ($now.state -eq 'lost') { $lost++ } else { $lost = 0 }
        if ($lost -ge 5 -or ($lost -eq 0 -and $clock.ElapsedMilliseconds -ge $Request.wait_ms)) { return $now }
        Start-Sleep -Milliseconds 1000
    }
}
