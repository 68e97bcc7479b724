# clean takes away what a run made on this server: its folder, the marker, its tasks. It leaves them all
# while the installer still works, and the task that starts obengine until obengine runs and no call of ours
# is at it: one that a cut line left at work may be about to stop it.

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

# Looked at only now: a call that was waited for may have started obengine and taken the task away itself.
function Clear-MarshalSafetyTask
{
    if ($null -eq (Get-MarshalTask '\marshal' (Get-MarshalSafetyTask))) { return $true }
    if ((Get-MarshalServiceState 'obengine') -ne 4) { return $false }
    return Remove-MarshalTask "\marshal\$(Get-MarshalSafetyTask)"
}

function Clear-MarshalRun
{
    Assert-MarshalName folder
    $path = Get-MarshalFolderPath
    $task = Get-MarshalTask '\marshal' (Get-MarshalInstallTask)
    $safety = Get-MarshalTask '\marshal' (Get-MarshalSafetyTask)
    $marker = Get-MarshalMarker
    $mine = $null -ne $marker -and $marker.run -ceq "$($Request.run)"
    $busy = (Get-MarshalInstallerCount) -gt 0 -or (Test-MarshalTaskWork $task)

    if (Test-Path -LiteralPath $path) {
        Add-MarshalWord 'folder' (-not $busy -and (Remove-MarshalFolder $path))
    }
    if ($mine) {
        if (-not $busy) { Remove-MarshalMarker }
        Add-MarshalWord 'marker' (-not $busy)
    }
    if ($null -ne $task) {
        $gone = -not $busy -and (Remove-MarshalTask "\marshal\$(Get-MarshalInstallTask)")
        Add-MarshalWord 'install-task' $gone
    }
    if ($null -ne $safety) {
        Add-MarshalWord 'safety-task' ([bool](Invoke-MarshalAlone $Request.wait_ms { Clear-MarshalSafetyTask }))
    }
    Remove-MarshalTaskFolder
    [ordered]@{ removed = $removed; left = $left }
}

Invoke-MarshalStep {
    if ("$($Request.op)" -ne 'clean') { Stop-MarshalStep 'bad-request' "op $($Request.op)" }
    Clear-MarshalRun
}
