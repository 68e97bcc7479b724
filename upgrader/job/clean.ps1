# clean takes away what a run made on this server: its folder, its tasks, and last its reservation. It leaves them all
# while an installer works; and the reservation with the tasks that start obengine while obengine ran before the run's
# first change and does not run now.

$removed = New-Object Collections.ArrayList
$left = New-Object Collections.ArrayList

function Add-MarshalWord([string]$Word, [bool]$Gone)
{
    if ($Gone) {
        [void]$removed.Add($Word)
        $global:MarshalChanged = $true
    } else {
        [void]$left.Add($Word)
    }
}

# The folder of this run, when it is still as we made it. Windows may hold the installer's file for a
# moment after its end.
function Remove-MarshalFolder([string]$Path)
{
    if (-not (Test-MarshalFolder $Path)) { return $false }
    for ($try = 0; $try -lt 5; $try++) {
        Remove-Item -LiteralPath $Path -Recurse -Force -ErrorAction SilentlyContinue
        if (-not (Test-Path -LiteralPath $Path)) { return $true }
        Start-Sleep -Milliseconds 500
    }
    return $false
}

# One that has written its end has only obengine left to start.
function Wait-MarshalTask
{
    $clock = [Diagnostics.Stopwatch]::StartNew()
    while (Test-MarshalTaskWork (Get-MarshalTask '\marshal' (Get-MarshalInstallTask))) {
        if ($clock.ElapsedMilliseconds -ge (Get-MarshalLockMs) -or (Test-MarshalInstallerWork)) { return }
        Start-Sleep -Milliseconds 250
    }
}

function Clear-MarshalTask([string]$Word, [string]$Name, [bool]$May)
{
    if ($null -eq (Get-MarshalTask '\marshal' $Name)) { return }
    Add-MarshalWord $Word ($May -and (Remove-MarshalTask "\marshal\$Name"))
}

# With the lock. The key goes last: as long as it is there nobody else begins.
function Clear-MarshalRun
{
    Wait-MarshalTask
    $path = Get-MarshalFolderPath
    $marker = Get-MarshalMarker
    $mine = Test-MarshalMine $marker
    $works = Test-MarshalInstallerWork
    $busy = $works -or (Test-MarshalTaskWork (Get-MarshalTask '\marshal' (Get-MarshalInstallTask)))
    $down = (Get-MarshalServiceState 'obengine') -ne 4
    $ran = $mine -and $marker.engine -ceq 'running'
    # Without the key, or by an older version's, nobody knows whether it ran before.
    $wanted = $works -or ($down -and ($ran -or -not $mine -or $null -eq $marker.phase))

    if (Test-Path -LiteralPath $path) {
        Add-MarshalWord 'folder' (-not $busy -and (Remove-MarshalFolder $path))
    }
    Clear-MarshalTask 'install-task' (Get-MarshalInstallTask) (-not $busy)
    Clear-MarshalTask 'safety-task' (Get-MarshalSafetyTask) (-not $wanted)
    Clear-MarshalTask 'boot-task' (Get-MarshalBootTask) (-not $wanted)
    if (-not $wanted) {
        foreach ($kind in 'install', 'start-obengine', 'boot') { Remove-MarshalTaskBefore $kind }
    }
    if ($mine) {
        $go = -not $works -and -not ($down -and $ran)
        if ($go) { Remove-MarshalMarker }
        Add-MarshalWord 'marker' $go
    }
    Remove-MarshalTaskFolder
    [ordered]@{ removed = $removed; left = $left }
}

Invoke-MarshalStep {
    if ("$($Request.op)" -ne 'clean') { Stop-MarshalStep 'bad-request' "op $($Request.op)" }
    Assert-MarshalName folder
    Invoke-MarshalLocked { Clear-MarshalRun }
}
