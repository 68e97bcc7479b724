# Who may change this server, and when: the lock of a call, the reservation of a run, and what forbids a change
# whoever asks (an installer or a backup at work). The reservation is the key HKLM\SOFTWARE\marshal\install, made
# before anything is staged and given back by clean; older versions of marshal take it for a started installer.

# --- Folders of ours ---

# Made with its rights in one call: full control for SYSTEM and Administrators, owner Administrators, nothing inherited.
function New-MarshalFolder([string]$Path)
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

function Get-MarshalLockFolder { return "$env:SystemRoot\marshal" }

function Get-MarshalLockMs
{
    if ($null -eq $Request.lock_ms) { return 10000 }
    return [int]$Request.lock_ms
}

function Open-MarshalLock
{
    $path = Get-MarshalLockFolder
    $clock = [Diagnostics.Stopwatch]::StartNew()
    while ($true) {
        $ours = $true
        try {
            if (-not (Test-Path -LiteralPath $path)) { New-MarshalFolder $path }
            $ours = Test-MarshalFolder $path
            if ($ours) {
                return New-Object IO.FileStream("$path\call.lock", [IO.FileMode]::OpenOrCreate,
                    [IO.FileAccess]::ReadWrite, [IO.FileShare]::None)
            }
        } catch {
            # Another call has it, or takes the folder away in this very moment.
            $problem = $_
        }
        if (-not $ours) {
            Stop-MarshalStep 'folder-not-ours' "$path belongs to somebody else, or others may write to it"
        }
        if ($clock.ElapsedMilliseconds -ge (Get-MarshalLockMs)) {
            if ((Get-MarshalErrorKind $problem) -ceq 'access-denied') { throw $problem }
            Stop-MarshalStep 'locked' 'another call is at work on this server'
        }
        Start-Sleep -Milliseconds 100
    }
}

# File and folder are of use only while a run has reserved the server. What another call has open by now stays:
# Windows takes nothing away that is open.
function Close-MarshalLock($Lock)
{
    $Lock.Close()
    try {
        $marker = Get-MarshalMarker
        if ($null -ne $marker -and $null -ne $marker.phase) { return }
        Remove-Item -LiteralPath "$(Get-MarshalLockFolder)\call.lock" -Force
        (Get-Item -LiteralPath (Get-MarshalLockFolder) -Force).Delete()
    } catch {
        return
    }
}

function Invoke-MarshalLocked($Code)
{
    $lock = Open-MarshalLock
    try { & $Code } finally { Close-MarshalLock $lock }
}

# Older versions of marshal know a mutex alone. Anybody may make it first, so that it is a courtesy: not to be had, or
# not ours to open, the work goes on.
function Invoke-MarshalCourtesy($Code)
{
    $mutex = $null
    $mine = $false
    try {
        $mutex = New-Object Threading.Mutex($false, 'Global\marshal-engine')
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

# All tasks of marshal's that begin so, of any run.
function Find-MarshalTask([string]$Kind)
{
    $scheduler = New-Object -ComObject Schedule.Service
    $scheduler.Connect()
    try {
        $all = @($scheduler.GetFolder('\marshal').GetTasks(1))
    } catch {
        if (Test-MarshalNotFound $_) { return }
        throw
    }
    foreach ($task in $all) {
        if ("$($task.Name)".StartsWith("$Kind-", [StringComparison]::Ordinal)) { $task }
    }
}

# What an install task wrote into its folder; null when it has written nothing yet. Opened so that its writer is not
# kept from writing again.
function Read-MarshalState([string]$Folder)
{
    $file = "$Folder\state.json"
    if (-not (Test-Path -LiteralPath $file -PathType Leaf)) { return $null }
    try {
        $stream = (Get-Item -LiteralPath $file -Force).Open('Open', 'Read', 'ReadWrite, Delete')
        try { $text = (New-Object IO.StreamReader($stream)).ReadToEnd() } finally { $stream.Close() }
        return $text | ConvertFrom-Json
    } catch {
        # Renamed over in this very moment; the next look finds it.
        return $null
    }
}

# Whether an installer works here: the agent's, a transaction of Windows Installer, or a task of ours that is about
# to start one. A task whose installer has ended has only obengine left to start, and so has one whose folder somebody
# emptied: it begins with its order, and its installer is asked for above.
function Test-MarshalInstallerWork
{
    if (Test-MarshalInstallerBusy) { return $true }
    try {
        $tasks = @(Find-MarshalTask 'install')
    } catch {
        # Task Scheduler does not answer. It starts nothing then, and obengine must not stay stopped for it; but where
        # the key says that a task was started (one of an older version says just that), nobody knows how far that is,
        # unless it is this run's and has said its end.
        $marker = Get-MarshalMarker
        if ($null -eq $marker -or ($null -ne $marker.phase -and $marker.phase -cne 'installing')) { return $false }
        if ("$($Request.folder)" -cnotmatch '^marshal-[a-z0-9-]+\z' -or -not (Test-MarshalMine $marker)) { throw }
        $said = Read-MarshalState (Get-MarshalFolderPath)
        if ($null -eq $said -or $said.state -cne 'ended') { throw }
        return $false
    }
    foreach ($task in $tasks) {
        if (-not (Test-MarshalTaskWork $task)) { continue }
        $folder = "$(@($task.Definition.Actions)[0].WorkingDirectory)"
        $said = Read-MarshalState $folder
        if ($null -eq $said -and -not (Test-Path -LiteralPath "$folder\order.json" -PathType Leaf)) { continue }
        if ($null -eq $said -or $said.state -cne 'ended') { return $true }
    }
    return $false
}

function Assert-MarshalNoInstaller
{
    if (-not (Test-MarshalInstallerWork)) { return }
    $marker = Get-MarshalMarker
    $until = $null
    if ($null -ne $marker -and $null -ne $marker.seen_utc_ms -and $null -ne $marker.hold_ms) {
        $until = $marker.seen_utc_ms + $marker.hold_ms
    }
    Stop-MarshalStep 'installer-at-work' 'an installer is at work' @{ until_utc_ms = $until }
}

# A task that starts obengine at its time could do so in the middle of an installer: none of any run may stand. One of
# this run is left over from a call that died, and goes where obengine runs.
function Assert-MarshalNoTimedTask
{
    $own = Get-MarshalSafetyTask
    if ((Get-MarshalServiceState 'obengine') -eq 4) {
        if ($null -ne (Get-MarshalTask '\marshal' $own)) { [void](Remove-MarshalTask "\marshal\$own") }
        Remove-MarshalTaskBefore 'start-obengine'
    }
    # One of a boot only disturbs while it is at work: it ends once obengine runs.
    $timed = @(Find-MarshalTask 'start-obengine') +
        @(Find-MarshalTask 'boot' | Where-Object { Test-MarshalTaskWork $_ })
    if ($timed.Count -eq 0) { return }
    $path = "\marshal\$($timed[0].Name)"
    Stop-MarshalStep 'safety-task-there' "the task $path stands" @{ task = $path }
}

# Asked before each change: one that began after the last look would be cut.
function Assert-MarshalBackupOver
{
    # One of ours that starts may not be known to Windows Server Backup yet.
    if (Test-MarshalTaskWork (Get-MarshalTask '\marshal' 'wsb-test')) {
        Stop-MarshalStep 'backup-running' 'a test of Windows Server Backup is running' @{ since_utc_ms = $null }
    }
    $now = @{ running = $null }
    try {
        $now = Get-MarshalRunningBackup (Read-MarshalOb 30000 $false)
    } catch { $now = @{ running = $null } }
    if ($now.running) {
        Stop-MarshalStep 'backup-running' 'a backup is running' @{ since_utc_ms = $now.since_utc_ms }
    }
    if ($null -eq $now.running -and -not $Request.accept_unknown_backup) {
        Stop-MarshalStep 'backup-unknown' 'nobody knows whether a backup is running'
    }
}

# --- The reservation ---

function Test-MarshalMine($Marker)
{
    if ($null -eq $Marker -or $Marker.run -cne "$($Request.run)") { return $false }
    return $null -eq $Marker.controller -or $Marker.controller -ceq "$($Request.controller)"
}

# Whether this run has started an installer here. A key of an older version has no phase, and says just that.
function Test-MarshalMineInstalling($Marker)
{
    return (Test-MarshalMine $Marker) -and ($null -eq $Marker.phase -or $Marker.phase -ceq 'installing')
}

# Its holder has not been here for longer than it said, by the uptime, and nothing of it works. One of an older version
# says nothing, and is never taken over. With the lock: who writes a key that names no run yet is dead, or (an older
# version, which knows no lock) done in a moment.
function Test-MarshalOverdue($Marker)
{
    if ($null -eq $Marker.run) {
        Start-Sleep -Milliseconds 1000
        if ($null -ne (Get-MarshalMarker).run) { return $false }
    } else {
        if ($null -eq $Marker.hold_ms) { return $false }
        $age = $Marker.age_ms
        if ($null -eq $age) { $age = Get-MarshalUptime }
        if ($age -le $Marker.hold_ms) { return $false }
    }
    if (Test-MarshalInstallerWork) { return $false }
    $tasks = @(Find-MarshalTask 'install') + @(Find-MarshalTask 'start-obengine') + @(Find-MarshalTask 'boot')
    return @($tasks | Where-Object { Test-MarshalTaskWork $_ }).Count -eq 0
}

# Writes values into the key, when it is there; null takes one away. On the disk when this returns: a power cut must
# not take back what is known of a started installer.
function Set-MarshalMarker($Values)
{
    $key = (Open-MarshalHive 'LocalMachine' 64).OpenSubKey('SOFTWARE\marshal\install', $true)
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
function Get-MarshalSeen
{
    $seen = [ordered]@{}
    if ($null -ne $Request.hold_ms) { $seen.Hold = [long]$Request.hold_ms }
    $seen.SeenUptime = Get-MarshalUptime
    $seen.Seen = Get-MarshalNow
    if ("$($Request.controller)" -cne '') { $seen.Controller = "$($Request.controller)" }
    return $seen
}

function Get-MarshalEngineWord
{
    $state = Get-MarshalServiceState 'obengine'
    if ($null -eq $state) { return 'none' }
    if ($state -eq 4 -or $state -eq 2) { return 'running' }
    return 'stopped'
}

# The run last: a key without one is of a call that died while it wrote. Engine is null until the first change. Before
# are the runs, with a blank between, whose tasks were still wanted when the server was taken over from them.
function New-MarshalMarker($Engine, $Before)
{
    $key = (Open-MarshalHive 'LocalMachine' 64).CreateSubKey('SOFTWARE\marshal\install')
    $key.Close()
    $values = Get-MarshalSeen
    $values.Since = $values.Seen
    $values.Engine = $Engine
    $values.Before = $Before
    $values.BegunUptime = $null
    $values.Phase = 'reserved'
    $values.Sha256 = "$($Request.sha256)"
    $values.Utc = $values.Seen
    $values.Run = "$($Request.run)"
    Set-MarshalMarker $values
}

# Goes on with the reservation of this run, or the step ends here: what was looked at under one that is gone is no
# ground for a change, whoever else has been here since. With the lock.
function Enter-MarshalReservation
{
    $marker = Get-MarshalMarker
    if ($null -eq $marker) { Stop-MarshalStep 'reservation-lost' 'the reservation of this run is gone' }
    if (-not (Test-MarshalMine $marker)) {
        Stop-MarshalStep 'reserved' "run $($marker.run) has reserved this server" @{ reservation = $marker }
    }
    Set-MarshalMarker (Get-MarshalSeen)
}

# The first step of a run: takes it where there is none, renews it where it is this run's, takes it over where that
# may be; else the step ends here. With the lock. What is left of the run before goes, unless obengine still waits to
# be started.
function New-MarshalReservation
{
    $marker = Get-MarshalMarker
    if ($null -eq $marker) {
        New-MarshalMarker $null $null
        return @{ fresh = $true; over = $false }
    }
    if (Test-MarshalMine $marker) {
        Set-MarshalMarker (Get-MarshalSeen)
        return @{ fresh = $false; over = $false }
    }
    if (-not (Test-MarshalOverdue $marker)) {
        Stop-MarshalStep 'reserved' "run $($marker.run) has reserved this server" @{ reservation = $marker }
    }
    New-MarshalMarker $marker.engine ((@(Get-MarshalBefore) + $marker.run) -join ' ')
    if ($marker.engine -cne 'running' -or (Get-MarshalServiceState 'obengine') -eq 4) {
        foreach ($kind in 'install', 'start-obengine', 'boot') { Remove-MarshalTaskBefore $kind }
        # Before stays: what could not be removed now goes with this run's own.
        Set-MarshalMarker @{ Engine = $null }
    }
    return @{ fresh = $false; over = $true }
}

function Get-MarshalBefore
{
    $before = Get-MarshalMarkerText (Get-MarshalKey 'SOFTWARE\marshal\install') 'Before'
    return @("$before".Split(' ') | Where-Object { $_ -cmatch '^[a-z0-9-]{1,32}\z' })
}

# What start obengine for the runs before this one goes with its own: it runs again, and their controllers are gone.
function Remove-MarshalTaskBefore([string]$Kind)
{
    if (-not (Test-MarshalMine (Get-MarshalMarker))) { return }
    foreach ($run in Get-MarshalBefore) {
        if ($null -ne (Get-MarshalTask '\marshal' "$Kind-$run")) { [void](Remove-MarshalTask "\marshal\$Kind-$run") }
    }
}

# Right before the first change of obengine: it ran, or it did not. What is known of before stays.
function Set-MarshalEngineRan
{
    if ((Get-MarshalMarker).engine -ceq 'running') { return }
    Set-MarshalMarker @{ Engine = Get-MarshalEngineWord }
}

# A step that changes nothing says that its run is still there. It takes no lock, so it says no more than that: should
# another have taken the server over in this very moment, the key must not end up as of both.
function Update-MarshalSeen
{
    if (-not (Test-MarshalMine (Get-MarshalMarker))) { return }
    Set-MarshalMarker @{ SeenUptime = Get-MarshalUptime; Seen = Get-MarshalNow }
}

# Takes the key away, and the one above it when nothing else is in there.
function Remove-MarshalMarker
{
    $base = Open-MarshalHive 'LocalMachine' 64
    $base.DeleteSubKeyTree('SOFTWARE\marshal\install', $false)
    $above = $base.OpenSubKey('SOFTWARE\marshal')
    if ($null -ne $above -and $above.SubKeyCount -eq 0 -and $above.ValueCount -eq 0) {
        $base.DeleteSubKey('SOFTWARE\marshal', $false)
    }
}
