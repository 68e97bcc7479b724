# clean takes away what a run made on this server: its folder, its tasks, and last its reservation. It leaves them all
# while an installer works; and the reservation with the tasks that start obengine while obengine ran before the run's
# first change and does not run now. With keep_folder the run has not begun: its folder stays, for when it does.

# Into the lists of Clear-OurRun.
function Add-OurWord([string]$Word, [bool]$Gone)
{
    if ($Gone) {
        [void]$removed.Add($Word)
        $global:OurChanged = $true
    } else {
        [void]$left.Add($Word)
    }
}

# The folder of this run, when it is still as we made it. Windows may hold the installer's file for a
# moment after its end.
function Remove-OurFolder([string]$Path)
{
    if (-not (Test-OurFolder $Path)) { return $false }
    for ($try = 0; $try -lt 5; $try++) {
        Remove-Item -LiteralPath $Path -Recurse -Force -ErrorAction SilentlyContinue
        if (-not (Test-Path -LiteralPath $Path)) { return $true }
        Start-Sleep -Milliseconds 500
    }
    return $false
}

# One that has written its end has only obengine left to start.
function Wait-OurTask
{
    $clock = [Diagnostics.Stopwatch]::StartNew()
    while (Test-OurTaskWork (Get-OurTask $Request.at.tasks (Get-OurInstallTask))) {
        if ($clock.ElapsedMilliseconds -ge (Get-OurLockMs) -or (Test-OurInstallerWork)) { return }
        Start-Sleep -Milliseconds 250
    }
}

function Clear-OurTask([string]$Word, [string]$Name, [bool]$May)
{
    if ($null -eq (Get-OurTask $Request.at.tasks $Name)) { return }
    Add-OurWord $Word ($May -and (Remove-OurTask $Name))
}

# With the lock. The key goes last: as long as it is there nobody else begins.
function Clear-OurRun
{
    $removed = New-Object Collections.ArrayList
    $left = New-Object Collections.ArrayList
    Wait-OurTask
    $path = Get-OurFolderPath
    $marker = Get-OurMarker
    $mine = Test-OurMine $marker
    $works = Test-OurInstallerWork
    # Where another run has the server and this one has no task there, the installer at work is not from this folder.
    $task = Get-OurTask $Request.at.tasks (Get-OurInstallTask)
    $busy = (Test-OurTaskWork $task) -or ($works -and ($null -ne $task -or $mine -or $null -eq $marker))
    $down = (Get-OurServiceState 'obengine') -ne 4
    $ran = $mine -and $marker.engine -ceq 'running'
    # Without the key, or by an older version's, nobody knows whether it ran before.
    $wanted = $works -or ($down -and ($ran -or -not $mine -or $null -eq $marker.phase))

    if (-not $Request.keep_folder -and (Test-Path -LiteralPath $path)) {
        Add-OurWord 'folder' (-not $busy -and (Remove-OurFolder $path))
    }
    Clear-OurTask 'install-task' (Get-OurInstallTask) (-not $busy)
    Clear-OurTask 'safety-task' (Get-OurSafetyTask) (-not $wanted)
    Clear-OurTask 'boot-task' (Get-OurBootTask) (-not $wanted)
    Clear-OurTask 'backup-task' (Get-OurBackupTask) (-not (Test-OurTaskWork (Get-OurTask $Request.at.tasks (Get-OurBackupTask))))
    if (-not $wanted) {
        foreach ($kind in 'install', 'start-obengine', 'boot') { Remove-OurTaskBefore $kind }
    }
    if ($mine) {
        $go = -not $works -and -not ($down -and $ran)
        if ($go) { Remove-OurMarker }
        Add-OurWord 'marker' $go
    }
    Remove-OurTaskFolder
    [ordered]@{ removed = $removed; left = $left }
}

function Clear-OurServer
{
    Assert-OurName folder
    Invoke-OurLocked { Clear-OurRun }
}
