# What starts obengine again without any controller: texts that run inside tasks of SYSTEM, made of functions here
# and of the prelude. The install task ends with it, and a task with a boot trigger covers a power cut.

# A task or the agent's installer itself must not be disturbed: a start in the middle of it is a file in use. In turns
# of ten seconds for a day: while an installer works asks each minute, then starts obengine where it is stopped, and
# again every five minutes until it runs. Between two parts of an installer all may be quiet for a moment: believed the
# third time, some seconds apart, before a start and before the end.
function Start-MarshalAgain
{
    $due = $quiet = 0
    for ($turn = 0; $turn -lt 8640; $turn++) {
        $rest = 10
        try {
            $state = Get-MarshalServiceState 'obengine'
            if ($state -eq 4 -or $turn -ge $due) {
                if (Test-MarshalInstallerBusy) {
                    $quiet = 0
                    $due = $turn + 6
                } else {
                    $quiet++
                    $rest = 4
                }
            }
            if ($quiet -ge 3) {
                if ($state -eq 4) { return }
                if ($state -eq 1) { [void](Invoke-MarshalProgram 'sc.exe' @('start', 'obengine')) }
                $quiet = 0
                $rest = 10
                $due = $turn + 30
            }
        } catch {
            # Windows may be busy with its own start or end.
            $quiet = 0
            $due = $turn + 6
        }
        Start-Sleep -Seconds $rest
    }
}

# The action of a task that runs a block in a PowerShell of its own: the same bytes on every server.
function Get-MarshalTaskAction($Block, [string]$Folder)
{
    $names = 'Open-MarshalHive', 'Get-MarshalKey', 'Get-MarshalServiceState', 'Get-MarshalInstallerCount',
        'Test-MarshalMsiMutex', 'Test-MarshalInstallerBusy', 'Test-MarshalNotFound', 'Find-MarshalTask',
        'Invoke-MarshalProgram', 'Start-MarshalAgain'
    $text = foreach ($name in $names) { "function $name {$((Get-ChildItem -Path "function:$name").Definition)}" }
    $text = (@($text) + $Block.ToString()) -join "`n"
    $encoded = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($text))
    $action = '<Command>%SystemRoot%\System32\WindowsPowerShell\v1.0\powershell.exe</Command>' +
        "<Arguments>-NoProfile -NonInteractive -EncodedCommand $encoded</Arguments>"
    if ($Folder) { $action += "<WorkingDirectory>$Folder</WorkingDirectory>" }
    return $action
}

$bootText = {
    $ErrorActionPreference = 'Stop'
    $ProgressPreference = 'SilentlyContinue'
    $env:Path = "$env:SystemRoot\System32" + [IO.Path]::PathSeparator + $env:Path
    $key = Get-MarshalKey 'SOFTWARE\marshal\install'
    # Only what a run of marshal's found running; another is left to a person.
    if ($null -ne $key -and "$($key.GetValue('Engine'))" -ceq 'running') { Start-MarshalAgain }
}

function Register-MarshalBootTask
{
    $exec = Get-MarshalTaskAction $bootText ''
    return Register-MarshalTask "\marshal\$(Get-MarshalBootTask)" '<BootTrigger/>' 'PT25H' $exec
}
