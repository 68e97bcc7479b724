# install-start starts the installer in a task of SYSTEM, once: what sshd starts dies with the session,
# and an installer must not. One that refused before it began (1618) the task itself starts again, and nobody else ever does. install-wait says how far it is. The phase `installing` of the reservation is written
# before and tells every controller that one was started here.

# What the task runs behind the functions of again.ps1, the same bytes on every server; it finds its orders in
# order.json in the run's folder, where only SYSTEM and Administrators can write.
$taskText = {
    $folder = (Get-Location).ProviderPath
    # Beside and renamed: whoever reads it never sees half of it. Windows refuses that while somebody has the file open:
    # tried again for some seconds, and never the installer's failure.
    function Write-State([string]$State)
    {
        for ($try = 0; $try -lt 20; $try++) {
            try {
                $now = [long]([DateTime]::UtcNow - [DateTime]'1970-01-01').TotalMilliseconds
                Set-Content -LiteralPath "$folder\state.json.new" -Value ($State -f $now) -Encoding ASCII
                Move-Item -LiteralPath "$folder\state.json.new" -Destination "$folder\state.json" -Force
                return
            } catch { Start-Sleep -Milliseconds 250 }
        }
    }
    $engine = $false
    $mutex = $null
    $mine = $false
    $end = '{{"state":"ended","exit":null,"text":"the task was ended","utc_ms":{0}}}'
    try {
        $order = Get-Content -LiteralPath "$folder\order.json" | Out-String | ConvertFrom-Json
        $engine = $order.engine -eq $true
        $file = "$folder\$($order.file)"
        # Held open for reading until the end, so that it cannot be changed between the hash and the start.
        $stream = (Get-Item -LiteralPath $file).Open('Open', 'Read', 'Read')
        $sha = New-Object Security.Cryptography.SHA256CryptoServiceProvider
        $hash = [BitConverter]::ToString($sha.ComputeHash($stream)).Replace('-', '').ToLowerInvariant()
        if ($hash -cne $order.sha256) { throw 'the installer is not the one that was staged' }
        # An older version's stop and start of obengine holds it; not to be had, the installer starts all the same. No
        # longer than that: a backup may begin in the meantime, and the task looked for below says it as well.
        try {
            $mutex = New-Object Threading.Mutex($false, $Request.at.mutex)
            try { $mine = $mutex.WaitOne(10000) } catch [Threading.AbandonedMutexException] { $mine = $true }
        } catch { $mine = $false }
        # That version's own task, should its start have failed, would come in the middle of the installer.
        if (@(Find-OurTask 'start-obengine').Count -gt 0) { throw 'a task that starts obengine stands' }
        $clock = [Diagnostics.Stopwatch]::StartNew()
        $refused = $vain = 0
        while ($true) {
            Write-State ('{{"state":"running","refused":' + $refused + ',"utc_ms":{0}}}')
            $process = Start-Process -FilePath $file -ArgumentList '/q', '/nu' -WorkingDirectory $folder -PassThru
            # Taken at once: without a handle Windows forgets the exit code.
            $handle = $process.Handle
            $process.WaitForExit()
            # 1618: Windows Installer is at work for somebody else, and this one has not begun.
            if ($process.ExitCode -eq 1618) { $refused++ }
            $end = '{{"state":"ended","exit":' + $process.ExitCode + ',"refused":' + $refused + ',"utc_ms":{0}}}'
            # A third one that is refused where nobody is at work is for people to look at.
            if ($process.ExitCode -ne 1618 -or $vain -ge 2) { break }
            $vain++
            Write-State ('{{"state":"running","refused":' + $refused + ',"utc_ms":{0}}}')
            $free = $false
            while (-not $free -and $clock.ElapsedMilliseconds -lt $order.limit_ms) {
                Start-Sleep -Seconds 3
                try { $free = -not (Test-OurInstallerBusy) } catch { $free = $false }
                if (-not $free) { $vain = 0 }
            }
            # It took its time: what was asked before the first start may be otherwise now. A backup counts that began
            # since it was asked for, and where nobody knows nothing is started.
            try {
                $backup = Find-OurBackupEvent 1, 3, 10, 11, 18
                $last = @($backup.events)[0]
                $began = $null -ne $last -and $last.Id -eq 1 -and
                    ($last.TimeCreated.ToUniversalTime() - [DateTime]'1970-01-01').TotalMilliseconds -ge $order.asked_utc_ms
                $free = $free -and $backup.known -and -not $began -and @(Find-OurTask 'start-obengine').Count -eq 0
            } catch { $free = $false }
            if (-not $free) { break }
        }
    } catch {
        $text = "$_" -creplace '[^A-Za-z0-9 .,:()-]', '?'
        $end = '{{"state":"ended","exit":null,"text":"' + $text + '","utc_ms":{0}}}'
    } finally {
        # First, so that nobody waits for what follows.
        Write-State $end
        for ($turn = 0; $engine -and $turn -lt 1440; $turn++) {
            try { if (-not (Test-OurInstallerBusy)) { break } } catch { $text = "$_" }
            Start-Sleep -Seconds 60
        }
        # Nothing of it may keep obengine from being started.
        try { if ($mine) { $mutex.ReleaseMutex() } } catch { $mine = $false }
        if ($engine) { [void](Start-OurAgain) }
    }
}

function Start-OurInstall
{
    Assert-OurName folder file sha256
    $folder = Assert-OurFolder
    $file = "$folder\$($Request.file)"
    if (-not (Test-Path -LiteralPath $file -PathType Leaf)) {
        Stop-OurStep 'file-missing' "$file is not there"
    }
    $sha256 = Get-OurSha256 $file
    if ($sha256 -cne $Request.sha256) { Stop-OurStep 'hash-mismatch' "$file has SHA-256 $sha256" }
    Invoke-OurLocked { Start-OurReserved $folder }
}

# With the lock.
function Start-OurReserved([string]$Folder)
{
    Enter-OurReservation
    if (Test-OurMineInstalling (Get-OurMarker)) { return [ordered]@{ started = $false; already = $true } }
    Assert-OurNoInstaller
    Invoke-OurCourtesy {
        Assert-OurNoTimedTask
        $asked = Get-OurNow
        Assert-OurBackupOver
        if (-not (Start-OurInstallTask $Folder $asked)) {
            Stop-OurStep 'task-denied' 'the task of the installer could not be registered or started'
        }
        [ordered]@{ started = $true; already = $false }
    }
}

# Returns false when nothing was started; then, and after an error on the way, the server is as reserved as before. Asked:
# when the last backup was found to be over.
function Start-OurInstallTask([string]$Folder, $Asked)
{
    $before = (Get-OurMarker).engine
    $engine = $before -ceq 'running' -or (Get-OurEngineWord) -ceq 'running'
    if ($engine -and -not (Register-OurBootTask)) { return $false }
    $name = Get-OurInstallTask
    $order = ConvertTo-OurJson ([ordered]@{ file = $Request.file; sha256 = $Request.sha256; engine = $engine
            limit_ms = $Request.limit_ms; asked_utc_ms = $Asked })
    $made = $false
    $undo = $true
    try {
        $global:OurChanged = $true
        Set-OurEngineRan
        Set-OurMarker ([ordered]@{ Phase = 'installing'; Utc = Get-OurNow
            BegunUptime = Get-OurUptime; Sha256 = "$($Request.sha256)" })
        Set-Content -LiteralPath "$Folder\order.json" -Value $order -Encoding ASCII
        # PT0S: no limit of time. An installer is never cut short; marshal's own limit ends only the waiting.
        $made = Register-OurTask $name '' 'PT0S' (Get-OurTaskAction $taskText $Folder)
        if ($made) {
            # From here on it may have started, or even ended: only a plain no takes the word back.
            $undo = $false
            $undo = (Invoke-OurProgram 'schtasks.exe' @('/Run', '/TN', (Get-OurTaskPath $name))) -ne 0 -and
                -not (Test-OurTaskWork (Get-OurTask $Request.at.tasks (Get-OurInstallTask))) -and
                $null -eq (Read-OurState $Folder)
        }
    } finally {
        if ($undo) {
            if ($made) { [void](Remove-OurTask $name) }
            Set-OurMarker @{ Phase = 'reserved'; Engine = $before }
            $global:OurChanged = $false
        }
    }
    return -not $undo
}

# How long ago this run started its installer; an older version's key says it by the clock.
function Get-OurBegunAge($Marker)
{
    $uptime = Get-OurMarkerNumber (Get-OurKey $Request.at.key) 'BegunUptime'
    if ($null -ne $uptime) { return Get-OurAge $uptime }
    if ($null -eq $Marker.utc_ms) { return [long]::MaxValue }
    return [Math]::Abs((Get-OurNow) - $Marker.utc_ms)
}

function Get-OurInstall
{
    $marker = Get-OurMarker
    $said = Read-OurState (Get-OurFolderPath)
    $task = Get-OurTask $Request.at.tasks (Get-OurInstallTask)
    $processes = Get-OurInstallerCount
    $works = Test-OurTaskWork $task
    $state = 'none'
    if ($null -ne $said -and $said.state -ceq 'ended') {
        $state = 'ended'
    } elseif ($null -ne $said -and ($works -or $processes -gt 0)) {
        $state = 'running'
    } elseif (Test-OurMineInstalling $marker) {
        # A minute is what a task may need to get going on a busy server; a queued one is at work for as long as it is.
        $young = $null -eq $said -and (Get-OurBegunAge $marker) -lt 60000
        $state = $(if ($works -or $young) { 'starting' } else { 'lost' })
    }
    [ordered]@{
        state = $state
        exit = $(if ($said) { $said.exit })
        refused = $(if ($said) { [int]$said.refused } else { 0 })
        processes = $processes
        msi_busy = Test-OurMsiBusy
        marker = $marker
        folder_exists = Test-Path -LiteralPath (Get-OurFolderPath)
        safety_task = $null -ne (Get-OurTask $Request.at.tasks (Get-OurSafetyTask))
        text = $(if ($said) { $said.text })
    }
}

# The last lines of what the installer and Windows Installer wrote for SYSTEM since this run began it.
function Get-OurInstallLogs($Marker)
{
    foreach ($name in 'OBInstaller0Curr.errlog', 'OBManagedlog.LOGCurr.errlog', 'OBMsi.log', 'OBPatch.log') {
        $file = "$env:SystemRoot\Temp\$name"
        try {
            $item = Get-Item -LiteralPath $file -Force
            $written = Get-OurTime $item.LastWriteTimeUtc
            if ($null -ne $Marker.utc_ms -and $written -lt $Marker.utc_ms - 60000) { continue }
            $stream = $item.Open('Open', 'Read', 'ReadWrite, Delete')
            try {
                $size = $stream.Length
                # Even: half a character of UTF-16 would turn all others.
                $skip = [Math]::Max(0, $size - 16384)
                $skip += $skip % 2
                [void]$stream.Seek($skip, 'Begin')
                $bytes = New-Object byte[] 16384
                $got = $stream.Read($bytes, 0, 16384)
            } finally {
                $stream.Close()
            }
        } catch {
            # Not written at all, as most of them; or nobody may read it.
            continue
        }
        $zeros = @($bytes[0..63] | Where-Object { $_ -eq 0 }).Count
        $encoding = $(if ($got -ge 64 -and $zeros -gt 16) { [Text.Encoding]::Unicode } else { [Text.Encoding]::UTF8 })
        $lines = @($encoding.GetString($bytes, 0, $got).TrimStart([char]0xfeff) -csplit '[\r\n]+' | Where-Object { $_ } | Select-Object -Last 40)
        [ordered]@{ name = $name; size = $size; written_utc_ms = $written; lines = @($lines | ForEach-Object { Get-OurCut $_ 300 }) }
    }
}

function Wait-OurInstall
{
    $now = Wait-OurInstallEnd
    if ($Request.logs) { $now.logs = @(Get-OurInstallLogs $now.marker | Where-Object { $_ }) }
    return $now
}

function Wait-OurInstallEnd
{
    Assert-OurName folder
    Update-OurSeen
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $lost = 0
    while ($true) {
        $now = Get-OurInstall
        if ($now.state -eq 'none') { return $now }
        if ($now.state -eq 'ended' -and $now.processes -eq 0) { return $now }
        # Between the end of a process and the task's last word there is a gap: believe it the third time.
        if ($now.state -eq 'lost') { $lost++ } else { $lost = 0 }
        if ($lost -ge 3 -or $clock.ElapsedMilliseconds -ge $Request.wait_ms) { return $now }
        Start-Sleep -Milliseconds 1000
    }
}
