# sweep takes away what runs that are over left here: the tasks and folders of those that the request names, and last
# the reservation of one of them. Only where nobody holds the server, nothing works on it, and obengine runs or was
# found stopped; a task that would start a stopped one stays whatever the key says.

function Test-OurRunName($Run)
{
    "$Run" -cmatch '^[a-z0-9-]{1,32}\z'
}

function Assert-OurRuns
{
    $runs = @($Request.runs | Where-Object { $null -ne $_ })
    if ($runs.Count -gt 64) { Stop-OurStep 'bad-request' 'runs' }
    foreach ($run in $runs) {
        if (-not (Test-OurRunName $run)) { Stop-OurStep 'bad-request' 'runs' }
    }
}

# With the lock.
function Assert-OurUnheld($Marker)
{
    if ($null -ne $Marker -and -not (Test-OurOverdue $Marker)) {
        Stop-OurStep 'reserved' "run $($Marker.run) has reserved this server" @{ reservation = $Marker }
    }
    Assert-OurNoInstaller
    foreach ($kind in 'install', 'start-obengine', 'boot', 'backup') {
        foreach ($task in @(Find-OurTask $kind | Where-Object { Test-OurTaskWork $_ })) {
            $path = Get-OurTaskPath "$($task.Name)"
            Stop-OurStep 'task-at-work' "the task $path is at work" @{ task = $path }
        }
    }
}

function Clear-OurFolderBefore([string]$Run)
{
    $begin = "$($Request.at.word)-$Run-"
    $temp = New-Object IO.DirectoryInfo "$env:SystemRoot\Temp"
    foreach ($name in @($temp.EnumerateDirectories("$begin*") | ForEach-Object { $_.Name })) {
        if ($name -cnotmatch ('^' + [regex]::Escape($begin) + '[0-9a-f]{16}\z')) { continue }
        Add-OurWord $name (Remove-OurFolder "$env:SystemRoot\Temp\$name")
    }
}

function Clear-OurRunBefore([string]$Run, [bool]$Down)
{
    foreach ($kind in 'install', 'start-obengine', 'boot', 'backup') {
        $name = "$kind-$Run"
        if ($null -eq (Get-OurTask $Request.at.tasks $name)) { continue }
        Add-OurWord $name ((@('install', 'backup') -ccontains $kind -or -not $Down) -and (Remove-OurTask $name))
    }
    Clear-OurFolderBefore $Run
}

# The key goes last: as long as it is there nobody else begins.
function Clear-OurLeftOvers
{
    $removed = New-Object Collections.ArrayList
    $left = New-Object Collections.ArrayList
    $marker = Get-OurMarker
    Assert-OurUnheld $marker
    $state = Get-OurServiceState 'obengine'
    $down = $null -ne $state -and $state -ne 4
    if ($down -and ($null -eq $marker -or @('stopped', 'none') -cnotcontains $marker.engine)) {
        Stop-OurStep 'not-running' "obengine has state $state" @{ now = $state }
    }
    foreach ($run in @($Request.runs | Where-Object { $null -ne $_ })) { Clear-OurRunBefore $run $down }
    if ($null -ne $marker -and (-not (Test-OurRunName $marker.run) -or @($Request.runs) -ccontains $marker.run)) {
        Remove-OurMarker
        Add-OurWord 'marker' $true
    }
    Remove-OurTaskFolder
    [ordered]@{ removed = $removed; left = $left }
}

function Invoke-OurSweep
{
    Assert-OurName
    Assert-OurRuns
    Invoke-OurLocked { Clear-OurLeftOvers }
}
