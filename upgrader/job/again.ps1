# What starts obengine again without any controller: texts that run inside tasks of SYSTEM, made of functions here
# and of the prelude. The install task ends with it, and a task with a boot trigger covers a power cut.

# A task or the agent's installer itself must not be disturbed: a start in the middle of it is a file in use. While one
# works asks each minute, however long that takes; then starts obengine where it is stopped, and again every five
# minutes until it runs, for a day of such tries. Between two parts of an installer all may be quiet for a moment:
# believed the third time, some seconds apart, before a start and before the end. Returns whether obengine runs.
function Start-OurAgain
{
    $minutes = 1440
    $turns = $quiet = 0
    while ($minutes -gt 0) {
        $rest = 10
        try {
            $state = Get-OurServiceState 'obengine'
            if ($state -eq 4 -or $turns -le 0) {
                if (Test-OurInstallerBusy) {
                    $quiet = 0
                    $turns = 6
                } else {
                    $quiet++
                    $rest = 4
                }
            }
            if ($quiet -ge 3) {
                if ($state -eq 4) { return $true }
                if ($state -eq 1) { [void](Invoke-OurProgram 'sc.exe' @('start', 'obengine')) }
                $quiet = 0
                $rest = 10
                $turns = 30
                $minutes -= 5
            }
        } catch {
            # Windows may be busy with its own start or end.
            $quiet = 0
            $turns = 6
            $minutes--
        }
        $turns--
        Start-Sleep -Seconds $rest
    }
    return $false
}

# What the text of every such task begins with.
$taskHead = {
    $ErrorActionPreference = 'Stop'
    $ProgressPreference = 'SilentlyContinue'
    $env:Path = "$env:SystemRoot\System32" + [IO.Path]::PathSeparator + $env:Path
}

# The action of a task that runs a block in a PowerShell of its own: the same bytes on every server, those of `probe print
# task-...` (scripts/sent.awk makes them of what stands here). It has no request, so the names stand in it.
function Get-OurTaskAction($Block, [string]$Folder)
{
    $at = $Request.at
    $given = "`$Request = @{ at = @{ key = '$($at.key)'; tasks = '$($at.tasks)'; mutex = '$($at.mutex)' } }"
    $names = 'Open-OurHive', 'Get-OurKey', 'Get-OurServiceState', 'Get-OurInstallerCount',
        'Test-OurMsiMutex', 'Test-OurInstallerBusy', 'Test-OurNotFound', 'Find-OurTask', 'Find-OurEvent', 'Find-OurBackupEvent',
        'Invoke-OurProgram', 'Get-OurTaskPath', 'Remove-OurTask', 'Start-OurAgain'
    # As they were sent: the text that PowerShell makes of a definition has line ends of its own.
    $text = foreach ($name in $names) { (Get-ChildItem -Path "function:$name").ScriptBlock.Ast.Extent.Text }
    $text = (@($given, $taskHead.ToString()) + $text + $Block.ToString()) -join "`n"
    $encoded = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($text))
    $action = '<Command>%SystemRoot%\System32\WindowsPowerShell\v1.0\powershell.exe</Command>' +
        "<Arguments>$($at.launch) $encoded</Arguments>"
    if ($Folder) { $action += "<WorkingDirectory>$Folder</WorkingDirectory>" }
    return $action
}

$bootText = {
    $key = Get-OurKey $Request.at.key
    # Only what a run of marshal's found running; another is left to a person. Once it runs the task has done its duty:
    # should the controller never come back, it would start at each boot what somebody stopped since.
    if ($null -ne $key -and "$($key.GetValue('Engine'))" -ceq 'running' -and (Start-OurAgain)) {
        foreach ($task in @(Find-OurTask 'boot')) {
            [void](Remove-OurTask "$($task.Name)")
        }
    }
}

# Of the task that comes back every five minutes while obengine is stopped, checked and started: also somebody else's
# installer, which knows nothing of us, is not met by a start.
$timedText = {
    if (-not (Test-OurInstallerBusy)) { [void](Invoke-OurProgram 'sc.exe' @('start', 'obengine')) }
}

function Register-OurBootTask
{
    $exec = Get-OurTaskAction $bootText ''
    return Register-OurTask (Get-OurBootTask) '<BootTrigger/>' 'PT0S' $exec
}
