# windows_tasks.psm1 - Task Scheduler out of the state of the server: schtasks.exe, its COM object, and what tasks do.

function schtasks.exe
{
    $global:LASTEXITCODE = 1
    $verb, $words = $args
    $name = $words[1]
    if ($words[0] -ne '/TN') { return 'FEHLER: Ungueltiges Argument' }
    switch ($verb) {
        '/Create' { Register-StandInTask $name $words[3] }
        '/Run' { Start-StandInTask $name }
        '/Delete' {
            Edit-StandInState {
                param($s)
                if (-not $s.tasks.ContainsKey($name)) { return }
                $s.tasks.Remove($name)
                $global:LASTEXITCODE = 0
            }
        }
    }
}

# As documented: with a delay it answers at once, and refuses what it does not know.
function shutdown.exe
{
    $global:LASTEXITCODE = 87
    if (($args[0..5] -join ' ') -cne '/r /t 60 /d p:4:1 /c') { return 'FEHLER: Ungueltiges Argument' }
    if ($args.Count -ne 7 -or $args[6].Length -gt 512 -or $args[6] -match '[^ -~]') { return 'FEHLER: Ungueltiges Argument' }
    $exit = (Get-StandInState).restart.exit
    if ($exit -eq 0) {
        Edit-StandInState {
            param($s)
            $s.restart.due_utc_ms = [DateTimeOffset]::UtcNow.ToUnixTimeMilliseconds() + $s.restart.delay_ms
            $s.log += 'a restart asked for'
        }
    }
    $global:LASTEXITCODE = $exit
}

# Windows takes UTF-16 only, and reads its own XML; so does this.
function Register-StandInTask([string]$Name, [string]$File)
{
    if ((Get-StandInState).faults.task -eq 'denied') { return 'FEHLER: Zugriff verweigert' }
    $bytes = [IO.File]::ReadAllBytes($File)
    if ($bytes[0] -ne 0xff -or $bytes[1] -ne 0xfe) { throw 'the XML of a task is not UTF-16' }
    $xml = [xml][Text.Encoding]::Unicode.GetString($bytes, 2, $bytes.Length - 2)
    $task = $xml.Task
    if ($task.Principals.Principal.UserId -cne 'S-1-5-18') { throw 'the task is not of SYSTEM' }
    $entry = @{
        account = 'SYSTEM'
        at_boot = $null -ne $xml.SelectSingleNode("//*[local-name()='BootTrigger']")
        due_utc_ms = $null
        every_ms = $null
        command = "$($task.Actions.Exec.Command) $($task.Actions.Exec.Arguments)"
        directory = $task.Actions.Exec.WorkingDirectory
    }
    $time = $xml.SelectSingleNode("//*[local-name()='StartBoundary']")
    # One that goes by itself needs a trigger with an end, and is of no use after it.
    $end = $xml.SelectSingleNode("//*[local-name()='EndBoundary']")
    if ($null -ne $end) {
        if ($task.Settings.DeleteExpiredTaskAfter -cne 'PT0S') { throw 'the task would stay' }
        if ($task.Settings.StartWhenAvailable) { throw 'the task would start again' }
        if ($end.PreviousSibling.LocalName -cne 'StartBoundary') { throw 'the end is not behind the start' }
        $entry.expires_utc_ms = [DateTimeOffset]::Parse($end.InnerText).ToUnixTimeMilliseconds()
        if ($entry.expires_utc_ms -le [DateTimeOffset]::UtcNow.ToUnixTimeMilliseconds()) { throw 'it is expired' }
    }
    # Windows wants the repetition before the start, and refuses the other order.
    $every = $xml.SelectSingleNode("//*[local-name()='Repetition']/*[local-name()='Interval']")
    if ($null -ne $every) {
        if ($null -ne $every.ParentNode.PreviousSibling) { throw 'the repetition is not the first of its trigger' }
        $entry.due_utc_ms = [DateTimeOffset]::Parse($time.InnerText).ToUnixTimeMilliseconds()
        $entry.every_ms = [long][Xml.XmlConvert]::ToTimeSpan($every.InnerText).TotalMilliseconds
    }
    Edit-StandInState { param($s) $s.tasks[$Name] = $entry; $s.log += "registered $Name" }
    # Kept when the task is gone.
    [IO.File]::WriteAllText("$env:MARSHAL_STATE.$($Name.Split('\')[-1])", $entry.command)
    $global:LASTEXITCODE = 0
}

# Runs the real text of the task in a PowerShell of its own, on these stand-ins.
function Start-StandInTask([string]$Name)
{
    $state = Get-StandInState
    $task = $state.tasks[$Name]
    # One that the server keeps from coming to anything.
    if ($state.faults.task -eq 'silent') { $global:LASTEXITCODE = 0; return }
    if ($task.command -match '^%SystemRoot%\\System32\\wbadmin\.exe start systemstatebackup -backuptarget:([A-Z]:) -quiet$') {
        return Start-StandInBackup $Name $Matches[1]
    }
    if ($task.command -notmatch '^%SystemRoot%\\System32\\WindowsPowerShell\\v1\.0\\powershell\.exe -NoProfile -NonInteractive -EncodedCommand ([A-Za-z0-9+/=]+)$') {
        throw "the task does not run PowerShell as agreed: $($task.command)"
    }
    # Its types are looked up after the stand-ins are there, as those of a call.
    $text = "Microsoft.PowerShell.Core\Import-Module -Global '$env:MARSHAL_STANDINS'
        & ([Management.Automation.ScriptBlock]::Create(
            [Text.Encoding]::Unicode.GetString([Convert]::FromBase64String('$($Matches[1])'))))"
    $encoded = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($text))
    $start = [Diagnostics.ProcessStartInfo]::new('setsid')
    $directory = '/'
    if ($task.directory) { $directory = Get-StandInFile $task.directory }
    $start.Environment['MARSHAL_AS_SYSTEM'] = 'yes'
    # One that waits behind another for some seconds.
    $queued = if ($state.faults.task -eq 'queued') { 6 } else { 0 }
    $start.Environment['MARSHAL_QUEUED'] = "$queued"
    foreach ($word in 'sh', '-c', 'sleep "$MARSHAL_QUEUED" && cd "$1" && exec "$0" -NoProfile -NonInteractive -EncodedCommand "$2" </dev/null >/dev/null 2>&1',
        $env:MARSHAL_PWSH, $directory, $encoded) { $start.ArgumentList.Add($word) }
    $process = [Diagnostics.Process]::Start($start)
    Edit-StandInState {
        param($s)
        $s.tasks[$Name].process = $process.Id
        $s.tasks[$Name].queued_until_utc_ms = [DateTimeOffset]::UtcNow.AddSeconds($queued).ToUnixTimeMilliseconds()
        $s.tasks[$Name].begun_utc_ms = [DateTimeOffset]::UtcNow.ToUnixTimeMilliseconds()
    }
    $global:LASTEXITCODE = 0
}

# The COM object: numbers, and the codes of Windows when something is not there.
function Get-StandInTime($UtcMs)
{
    $time = [DateTime]'1899-12-30'
    if ($null -ne $UtcMs) { $time = [DateTimeOffset]::FromUnixTimeMilliseconds($UtcMs).LocalDateTime }
    return [DateTime]::SpecifyKind($time, 'Unspecified')
}

# The tasks of the agent's folder: its own, and others that start a backup too.
function Get-StandInAgentTask($State)
{
    $agent = $State.agent
    $own = 0
    if ($agent.task_exists) {
        if ($agent.task_enabled) { $own = 1 }
        [pscustomobject]@{
            Name = 'Microsoft-OnlineBackup'; Enabled = [bool]$agent.task_enabled; State = 3
            NextRunTime = Get-StandInTime $State.backup.next_utc_ms
            LastRunTime = Get-StandInTime $agent.task_ran_utc_ms
            LastTaskResult = [BitConverter]::ToInt32([BitConverter]::GetBytes([uint32]$agent.task_result), 0)
            Definition = @{
                # TASK_TRIGGER_WEEKLY is 3; one at start (8), one that is off, and every third day are none of it.
                Triggers = @(@{ Type = 8; Enabled = $true }, @{ Type = 2; Enabled = $false; DaysInterval = 1; StartBoundary = '2024-01-02T05:00:00' },
                    @{ Type = 2; Enabled = $true; DaysInterval = 3; StartBoundary = '2024-01-02T05:00:00' }) + @(foreach ($start in $agent.task_starts) {
                        @{ Type = 3; Enabled = $true; DaysOfWeek = [int16]$start.days; WeeksInterval = [int16]$start.weeks
                            StartBoundary = '2024-01-02T{0:d2}:{1:d2}:00+01:00' -f [int][Math]::Floor($start.minute / 60), ($start.minute % 60) }
                    })
                Principal = @{ UserId = $agent.task_account }; Settings = @{ MultipleInstances = $agent.task_instances }
                Actions = @(@{ Path = 'powershell.exe'; Arguments = '-command "Import-Module MSOnlineBackup; Start-OBBackup"' })
            }
        }
        [pscustomobject]@{ Name = 'Report'; Enabled = $true; Definition = @{ Actions = @(@{ Path = 'report.exe'; Arguments = '' }) } }
    }
    for ($i = $own; $i -lt $agent.task_count; $i++) {
        [pscustomobject]@{
            Name = "Copy $i"; Enabled = $true
            Definition = @{ Actions = @(@{ Path = 'powershell.exe'; Arguments = '& Start-OBBackup' }) }
        }
    }
}

# wbadmin.exe: Windows Server Backup is at work until its time has passed (windows.psm1).
function Start-StandInBackup([string]$Name, [string]$Target)
{
    Edit-StandInState {
        param($s)
        $now = [DateTimeOffset]::UtcNow.ToUnixTimeMilliseconds()
        $s.tasks[$Name].begun_utc_ms = $now
        $s.backup.running = $true
        $s.backup.source = 'wb-job'
        $s.backup.since_utc_ms = $now
        $s.volumes[$Target].image = $true
    }
    $global:LASTEXITCODE = 0
}

function Get-StandInTask([string]$Path)
{
    $state = Get-StandInState
    $task = $state.tasks[$Path]
    if ($Path -like '\Microsoft\OnlineBackup\*') {
        Use-StandInFault backup.next
        $task = Get-StandInAgentTask $state | Where-Object { "\Microsoft\OnlineBackup\$($_.Name)" -eq $Path }
    }
    if ($null -eq $task) { throw (Microsoft.PowerShell.Utility\New-Object IO.FileNotFoundException 'Nicht gefunden') }
    if ($Path -like '\Microsoft\*') { return $task }
    $runs = $task.process -and [IO.Directory]::Exists("/proc/$($task.process)")
    $queued = $runs -and $task.queued_until_utc_ms -gt [DateTimeOffset]::UtcNow.ToUnixTimeMilliseconds()
    if ($Path -eq '\marshal\wsb-test') { $runs = $task.begun_utc_ms -and $null -eq $task.exit }
    $begun = [DateTime]'1899-12-30'
    if ($task.begun_utc_ms) { $begun = [DateTimeOffset]::FromUnixTimeMilliseconds($task.begun_utc_ms).LocalDateTime }
    return [pscustomobject]@{
        Name = Split-Path -Leaf $Path.Replace('\', '/')
        Enabled = $true; State = $(if ($queued) { 2 } elseif ($runs) { 4 } else { 3 }); LastTaskResult = $task.exit
        LastRunTime = [DateTime]::SpecifyKind($begun, 'Unspecified')
        Definition = @{ Actions = @(@{ WorkingDirectory = $task.directory }) }
    }
}

function New-StandInScheduler
{
    $scheduler = [pscustomobject]@{ }
    $scheduler | Add-Member -MemberType ScriptMethod -Name Connect -Value {
        if ((Get-StandInState).faults.scheduler) { throw 'Der RPC-Server ist nicht verfuegbar.' }
    }
    $scheduler | Add-Member -MemberType ScriptMethod -Name GetFolder -Value {
        param($path)
        if ($path -like '\Microsoft\*' -and -not @(Get-StandInAgentTask (Get-StandInState)).Count) {
            throw (Microsoft.PowerShell.Utility\New-Object IO.DirectoryNotFoundException 'Nicht gefunden')
        }
        $ours = @((Get-StandInState).tasks.Keys | Where-Object { $_ -like '\marshal\*' })
        if ($path -eq '\marshal' -and $ours.Count -eq 0) {
            throw (Microsoft.PowerShell.Utility\New-Object IO.DirectoryNotFoundException 'Nicht gefunden')
        }
        $folder = [pscustomobject]@{ Path = $path }
        $folder | Add-Member -MemberType ScriptMethod -Name GetTasks -Value {
            param($flags)
            if ($this.Path -eq '\marshal') {
                if ($flags -ne 1) { throw 'hidden tasks are left out' }
                return @((Get-StandInState).tasks.Keys | Where-Object { $_ -like '\marshal\*' } | Sort-Object |
                    ForEach-Object { Get-StandInTask $_ })
            }
            Use-StandInFault agent-config
            Get-StandInAgentTask (Get-StandInState)
        }
        $folder | Add-Member -MemberType ScriptMethod -Name GetTask -Value {
            param($name)
            Get-StandInTask "$($this.Path)\$name"
        }
        $folder | Add-Member -MemberType ScriptMethod -Name DeleteFolder -Value {
            param($name, $flags)
            if ((Get-StandInState).tasks.Keys -like "\$name\*") { throw 'Das Verzeichnis ist nicht leer.' }
        }
        return $folder
    }
    return $scheduler
}
