# Who may change this server, and when: the lock of a call, the reservation of a run, and what forbids a change
# whoever asks (an installer or a backup at work). The reservation is the key HKLM\SOFTWARE\marshal\install, made
# before anything is staged and given back by clean; older versions of marshal take it for a started installer.

# --- Folders of ours ---

# Made with its rights in one call: full control for SYSTEM and Administrators, owner Administrators, nothing inherited.
function New-OurFolder([string]$Path)
{
    $acl = New-Object Security.AccessControl.DirectorySecurity  # .NET on Windows only
    $acl.SetSecurityDescriptorSddlForm('O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)')
    if ($PSVersionTable.PSEdition -eq 'Core') {
        # Newer .NET has the same call in another place.
        [void][IO.FileSystemAclExtensions]::CreateDirectory($acl, $Path)  # .NET on Windows only
    } else {
        [void][IO.Directory]::CreateDirectory($Path, $acl)  # .NET on Windows only
    }
}

# --- The lock of a call ---
# A file in a folder of administrators, opened so that nobody else can open it: Windows gives it back when the process
# dies, and nobody else can hold it.

function Get-OurLockFolder { return "$env:SystemRoot\$($Request.at.word)" }

function Get-OurLockMs
{
    if ($null -eq $Request.lock_ms) { return 10000 }
    return [int]$Request.lock_ms
}

function Open-OurLock
{
    $path = Get-OurLockFolder
    $clock = [Diagnostics.Stopwatch]::StartNew()
    while ($true) {
        $ours = $true
        try {
            if (-not (Test-Path -LiteralPath $path)) { New-OurFolder $path }
            $ours = Test-OurFolder $path
            if ($ours) {
                return New-Object IO.FileStream("$path\call.lock", [IO.FileMode]::OpenOrCreate,
                    [IO.FileAccess]::ReadWrite, [IO.FileShare]::None)
            }
        } catch {
            # Another call has it, or takes the folder away in this very moment.
            $problem = $_
        }
        if (-not $ours) {
            Stop-OurStep 'folder-not-ours' "$path belongs to somebody else, or others may write to it"
        }
        if ($clock.ElapsedMilliseconds -ge (Get-OurLockMs)) {
            if ((Get-OurErrorKind $problem) -ceq 'access-denied') { throw $problem }
            Stop-OurStep 'locked' 'another call is at work on this server'
        }
        Start-Sleep -Milliseconds 100
    }
}

# File and folder are of use only while a run has reserved the server. What another call has open by now stays:
# Windows takes nothing away that is open.
function Close-OurLock($Lock)
{
    $Lock.Close()
    try {
        $marker = Get-OurMarker
        if ($null -ne $marker -and $null -ne $marker.phase) { return }
        Remove-Item -LiteralPath "$(Get-OurLockFolder)\call.lock" -Force
        (Get-Item -LiteralPath (Get-OurLockFolder) -Force).Delete()
    } catch {
        return
    }
}

function Invoke-OurLocked($Code)
{
    $lock = Open-OurLock
    try { & $Code } finally { Close-OurLock $lock }
}

# Older versions of marshal know a mutex alone. Anybody may make it first, so that it is a courtesy: not to be had, or
# not ours to open, the work goes on.
function Invoke-OurCourtesy($Code)
{
    $mutex = $null
    $mine = $false
    try {
        $mutex = New-Object Threading.Mutex($false, $Request.at.mutex)
        try { $mine = $mutex.WaitOne(10000) } catch [Threading.AbandonedMutexException] { $mine = $true }
    } catch { $mine = $false }
    try {
        & $Code
    } finally {
        if ($mine) { $mutex.ReleaseMutex() }
        if ($null -ne $mutex) { $mutex.Close() }
    }
}

# --- Installers and tasks at work ---

# What an install task wrote into its folder; null when it has written nothing yet.
function Read-OurState([string]$Folder) { return Read-OurJson "$Folder\state.json" }

# Whether an installer works here: the agent's, a transaction of Windows Installer, or a task of ours that is about
# to start one. A task whose installer has ended has only obengine left to start, and so has one whose folder somebody
# emptied: it begins with its order, and its installer is asked for above.
function Test-OurInstallerWork
{
    if (Test-OurInstallerBusy) { return $true }
    try {
        $tasks = @(Find-OurTask 'install')
    } catch {
        # Task Scheduler does not answer. It starts nothing then, and obengine must not stay stopped for it; but where
        # the key says that a task was started (one of an older version says just that), nobody knows how far that is,
        # unless it is this run's and has said its end.
        $marker = Get-OurMarker
        if ($null -eq $marker -or ($null -ne $marker.phase -and $marker.phase -cne 'installing')) { return $false }
        if ("$($Request.folder)" -cnotmatch "^$($Request.at.word)-[a-z0-9-]+\z" -or -not (Test-OurMine $marker)) { throw }
        $said = Read-OurState (Get-OurFolderPath)
        if ($null -eq $said -or $said.state -cne 'ended') { throw }
        return $false
    }
    foreach ($task in $tasks) {
        if (-not (Test-OurTaskWork $task)) { continue }
        $folder = "$(@($task.Definition.Actions)[0].WorkingDirectory)"
        $said = Read-OurState $folder
        if ($null -eq $said -and -not (Test-Path -LiteralPath "$folder\order.json" -PathType Leaf)) { continue }
        if ($null -eq $said -or $said.state -cne 'ended') { return $true }
    }
    return $false
}

function Assert-OurNoInstaller
{
    if (-not (Test-OurInstallerWork)) { return }
    $marker = Get-OurMarker
    $until = $null
    if ($null -ne $marker -and $null -ne $marker.seen_utc_ms -and $null -ne $marker.hold_ms) {
        $until = $marker.seen_utc_ms + $marker.hold_ms
    }
    Stop-OurStep 'installer-at-work' 'an installer is at work' @{ until_utc_ms = $until }
}

# A task that starts obengine at its time could do so in the middle of an installer: none of any run may stand. One of
# this run is left over from a call that died, and goes where obengine runs.
function Assert-OurNoTimedTask
{
    $own = Get-OurSafetyTask
    if ((Get-OurServiceState 'obengine') -eq 4) {
        if ($null -ne (Get-OurTask $Request.at.tasks $own)) { [void](Remove-OurTask $own) }
        Remove-OurTaskBefore 'start-obengine'
    }
    # One of a boot only disturbs while it is at work: it ends once obengine runs.
    $timed = @(Find-OurTask 'start-obengine') +
        @(Find-OurTask 'boot' | Where-Object { Test-OurTaskWork $_ })
    if ($timed.Count -eq 0) { return }
    $path = (Get-OurTaskPath "$($timed[0].Name)")
    Stop-OurStep 'safety-task-there' "the task $path stands" @{ task = $path }
}

# Asked before each change: one that began after the last look would be cut.
function Assert-OurBackupOver
{
    # One of ours that starts may not be known to Windows Server Backup yet.
    if (Test-OurTaskWork (Get-OurTask $Request.at.tasks 'wsb-test')) {
        Stop-OurStep 'backup-running' 'a test of Windows Server Backup is running' @{ since_utc_ms = $null }
    }
    $now = @{ running = $null }
    try {
        $now = Get-OurRunningBackup (Read-OurOb 30000 $false)
    } catch { $now = @{ running = $null } }
    if ($now.running) {
        Stop-OurStep 'backup-running' 'a backup is running' @{ since_utc_ms = $now.since_utc_ms }
    }
    if ($null -eq $now.running -and -not $Request.accept_unknown_backup) {
        Stop-OurStep 'backup-unknown' 'nobody knows whether a backup is running'
    }
}

# --- The reservation ---

function Test-OurMine($Marker)
{
    if ($null -eq $Marker -or $Marker.run -cne "$($Request.run)") { return $false }
    return $null -eq $Marker.controller -or $Marker.controller -ceq "$($Request.controller)"
}

# Whether this run has started an installer here. A key of an older version has no phase, and says just that.
function Test-OurMineInstalling($Marker)
{
    return (Test-OurMine $Marker) -and ($null -eq $Marker.phase -or $Marker.phase -ceq 'installing')
}

# Its holder has not been here for longer than it said, by the uptime, and nothing of it works. One of an older version
# says nothing, and is never taken over. With the lock: who writes a key that names no run yet is dead, or (an older
# version, which knows no lock) done in a moment.
function Test-OurOverdue($Marker)
{
    if ($null -eq $Marker.run) {
        Start-Sleep -Milliseconds 1000
        if ($null -ne (Get-OurMarker).run) { return $false }
    } else {
        if ($null -eq $Marker.hold_ms) { return $false }
        $age = $Marker.age_ms
        if ($null -eq $age) { $age = Get-OurUptime }
        if ($age -le $Marker.hold_ms) { return $false }
    }
    if (Test-OurInstallerWork) { return $false }
    $tasks = @(Find-OurTask 'install') + @(Find-OurTask 'start-obengine') + @(Find-OurTask 'boot')
    return @($tasks | Where-Object { Test-OurTaskWork $_ }).Count -eq 0
}

# Writes values into the key, when it is there; null takes one away. On the disk when this returns: a power cut must
# not take back what is known of a started installer.
function Set-OurMarker($Values)
{
    $key = (Open-OurHive 'LocalMachine' 64).OpenSubKey($Request.at.key, $true)
    if ($null -eq $key) { return }
    foreach ($name in $Values.Keys) {
        if ($null -eq $Values[$name]) {
            $key.DeleteValue($name, $false)
        } else {
            $key.SetValue($name, "$($Values[$name])")
        }
    }
    $key.Flush()
    $key.Close()
}

# Its holder's last call is now.
function Get-OurSeen
{
    $seen = [ordered]@{}
    if ($null -ne $Request.hold_ms) { $seen.Hold = [long]$Request.hold_ms }
    $seen.SeenUptime = Get-OurUptime
    $seen.Seen = Get-OurNow
    if ("$($Request.controller)" -cne '') { $seen.Controller = "$($Request.controller)" }
    return $seen
}

function Get-OurEngineWord
{
    $state = Get-OurServiceState 'obengine'
    if ($null -eq $state) { return 'none' }
    if ($state -eq 4 -or $state -eq 2) { return 'running' }
    return 'stopped'
}

# The run last: a key without one is of a call that died while it wrote. Engine is null until the first change. Before
# are the runs, with a blank between, whose tasks were still wanted when the server was taken over from them.
function New-OurMarker($Engine, $Before)
{
    $key = (Open-OurHive 'LocalMachine' 64).CreateSubKey($Request.at.key)
    $key.Close()
    $values = Get-OurSeen
    $values.Since = $values.Seen
    $values.Engine = $Engine
    $values.Before = $Before
    $values.BegunUptime = $null
    $values.Backup = $null
    $values.BackupUptime = $null
    foreach ($name in 'Reboot', 'RebootUptime', 'RebootBoot') { $values[$name] = $null }
    $values.Phase = 'reserved'
    $values.Sha256 = "$($Request.sha256)"
    $values.Utc = $values.Seen
    $values.Run = "$($Request.run)"
    Set-OurMarker $values
}

# Goes on with the reservation of this run, or the step ends here: what was looked at under one that is gone is no
# ground for a change, whoever else has been here since. With the lock.
function Enter-OurReservation
{
    $marker = Get-OurMarker
    if ($null -eq $marker) { Stop-OurStep 'reservation-lost' 'the reservation of this run is gone' }
    if (-not (Test-OurMine $marker)) {
        Stop-OurStep 'reserved' "run $($marker.run) has reserved this server" @{ reservation = $marker }
    }
    Set-OurMarker (Get-OurSeen)
}

# The first step of a run: takes it where there is none, renews it where it is this run's, takes it over where that
# may be; else the step ends here. With the lock. What is left of the run before goes, unless obengine still waits to
# be started.
function New-OurReservation
{
    $marker = Get-OurMarker
    if ($null -eq $marker) {
        New-OurMarker $null $null
        return @{ fresh = $true; over = $false }
    }
    if (Test-OurMine $marker) {
        Set-OurMarker (Get-OurSeen)
        return @{ fresh = $false; over = $false }
    }
    if (-not (Test-OurOverdue $marker)) {
        Stop-OurStep 'reserved' "run $($marker.run) has reserved this server" @{ reservation = $marker }
    }
    New-OurMarker $marker.engine ((@(Get-OurBefore) + $marker.run) -join ' ')
    if ($marker.engine -cne 'running' -or (Get-OurServiceState 'obengine') -eq 4) {
        foreach ($kind in 'install', 'start-obengine', 'boot') { Remove-OurTaskBefore $kind }
        # Before stays: what could not be removed now goes with this run's own.
        Set-OurMarker @{ Engine = $null }
    }
    return @{ fresh = $false; over = $true }
}

function Get-OurBefore
{
    $before = Get-OurMarkerText (Get-OurKey $Request.at.key) 'Before'
    return @("$before".Split(' ') | Where-Object { $_ -cmatch '^[a-z0-9-]{1,32}\z' })
}

# What start obengine for the runs before this one goes with its own: it runs again, and their controllers are gone.
function Remove-OurTaskBefore([string]$Kind)
{
    if (-not (Test-OurMine (Get-OurMarker))) { return }
    foreach ($run in Get-OurBefore) {
        if ($null -ne (Get-OurTask $Request.at.tasks "$Kind-$run")) { [void](Remove-OurTask "$Kind-$run") }
    }
}

# Right before the first change of obengine: it ran, or it did not. What is known of before stays.
function Set-OurEngineRan
{
    if ((Get-OurMarker).engine -ceq 'running') { return }
    Set-OurMarker @{ Engine = Get-OurEngineWord }
}

# A step that changes nothing says that its run is still there. It takes no lock, so it says no more than that: should
# another have taken the server over in this very moment, the key must not end up as of both.
function Update-OurSeen
{
    if (-not (Test-OurMine (Get-OurMarker))) { return }
    Set-OurMarker @{ SeenUptime = Get-OurUptime; Seen = Get-OurNow }
}

# Takes the key away, and the one above it when nothing else is in there.
function Remove-OurMarker
{
    $base = Open-OurHive 'LocalMachine' 64
    $base.DeleteSubKeyTree($Request.at.key, $false)
    $parent = $Request.at.key -creplace '\\[^\\]*\z', ''
    $above = $base.OpenSubKey($parent)
    if ($null -ne $above -and $above.SubKeyCount -eq 0 -and $above.ValueCount -eq 0) {
        $base.DeleteSubKey($parent, $false)
    }
}
