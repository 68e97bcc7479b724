# install-start starts the installer in a task of SYSTEM, once: what sshd starts dies with the session,
# and an installer must not. install-wait says how far it is. The phase `installing` of the reservation is written
# before and tells every controller that one was started here.

# What the task runs behind the functions of again.ps1, the same bytes on every server; it finds its orders in
# order.json in the run's folder, where only SYSTEM and Administrators can write.
$taskText = {
    $ErrorActionPreference = 'Stop'
    $ProgressPreference = 'SilentlyContinue'
    $env:Path = "$env:SystemRoot\System32" + [IO.Path]::PathSeparator + $env:Path
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
            $mutex = New-Object Threading.Mutex($false, 'Global\marshal-engine')
            try { $mine = $mutex.WaitOne(10000) } catch [Threading.AbandonedMutexException] { $mine = $true }
        } catch { $mine = $false }
        # That version's own task, should its start have failed, would come in the middle of the installer.
        if (@(Find-MarshalTask 'start-obengine').Count -gt 0) { throw 'a task that starts obengine stands' }
        Write-State '{{"state":"running","utc_ms":{0}}}'
        $process = Start-Process -FilePath $file -ArgumentList '/q', '/nu' -WorkingDirectory $folder -PassThru
        # Taken at once: without a handle Windows forgets the exit code.
        $handle = $process.Handle
        $process.WaitForExit()
        $end = '{{"state":"ended","exit":' + $process.ExitCode + ',"utc_ms":{0}}}'
    } catch {
        $text = "$_" -creplace '[^A-Za-z0-9 .,:()-]', '?'
        $end = '{{"state":"ended","exit":null,"text":"' + $text + '","utc_ms":{0}}}'
    } finally {
        # First, so that nobody waits for what follows.
        Write-State $end
        for ($turn = 0; $engine -and $turn -lt 1440; $turn++) {
            try { if (-not (Test-MarshalInstallerBusy)) { break } } catch { $text = "$_" }
            Start-Sleep -Seconds 60
        }
        # Nothing of it may keep obengine from being started.
        try { if ($mine) { $mutex.ReleaseMutex() } } catch { $mine = $false }
        if ($engine) { [void](Start-MarshalAgain) }
    }
}

function Start-MarshalInstall
{
    Assert-MarshalName folder file sha256
    $folder = Assert-MarshalFolder
    $file = "$folder\$($Request.file)"
    if (-not (Test-Path -LiteralPath $file -PathType Leaf)) {
        Stop-MarshalStep 'file-missing' "$file is not there"
    }
    $sha256 = Get-MarshalSha256 $file
    if ($sha256 -cne $Request.sha256) { Stop-MarshalStep 'hash-mismatch' "$file has SHA-256 $sha256" }
    Invoke-MarshalLocked { Start-MarshalReserved $folder }
}

# With the lock.
function Start-MarshalReserved([string]$Folder)
{
    Enter-MarshalReservation
    if (Test-MarshalMineInstalling (Get-MarshalMarker)) { return [ordered]@{ started = $false; already = $true } }
    Assert-MarshalNoInstaller
    Invoke-MarshalCourtesy {
        Assert-MarshalNoTimedTask
        Assert-MarshalBackupOver
        if (-not (Start-MarshalInstallTask $Folder)) {
            Stop-MarshalStep 'task-denied' 'the task of the installer could not be registered or started'
        }
        [ordered]@{ started = $true; already = $false }
    }
}

# Returns false when nothing was started; then, and after an error on the way, the server is as reserved as before.
function Start-MarshalInstallTask([string]$Folder)
{
    $before = (Get-MarshalMarker).engine
    $engine = $before -ceq 'running' -or (Get-MarshalEngineWord) -ceq 'running'
    if ($engine -and -not (Register-MarshalBootTask)) { return $false }
    $name = "\marshal\$(Get-MarshalInstallTask)"
    $order = ConvertTo-MarshalJson ([ordered]@{ file = $Request.file; sha256 = $Request.sha256; engine = $engine })
    $made = $false
    $undo = $true
    try {
        $global:MarshalChanged = $true
        Set-MarshalEngineRan
        Set-MarshalMarker ([ordered]@{ Phase = 'installing'; Utc = Get-MarshalNow
            BegunUptime = Get-MarshalUptime; Sha256 = "$($Request.sha256)" })
        Set-Content -LiteralPath "$Folder\order.json" -Value $order -Encoding ASCII
        # PT0S: no limit of time. An installer is never cut short; marshal's own limit ends only the waiting.
        $made = Register-MarshalTask $name '' 'PT0S' (Get-MarshalTaskAction $taskText $Folder)
        if ($made) {
            # From here on it may have started, or even ended: only a plain no takes the word back.
            $undo = $false
            $undo = (Invoke-MarshalProgram 'schtasks.exe' @('/Run', '/TN', $name)) -ne 0 -and
                -not (Test-MarshalTaskWork (Get-MarshalTask '\marshal' (Get-MarshalInstallTask))) -and
                $null -eq (Read-MarshalState $Folder)
        }
    } finally {
        if ($undo) {
            if ($made) { [void](Remove-MarshalTask $name) }
            Set-MarshalMarker @{ Phase = 'reserved'; Engine = $before }
            $global:MarshalChanged = $false
        }
    }
    return -not $undo
}

# How long ago this run started its installer; an older version's key says it by the clock.
function Get-MarshalBegunAge($Marker)
{
    $uptime = Get-MarshalMarkerNumber (Get-MarshalKey 'SOFTWARE\marshal\install') 'BegunUptime'
    if ($null -ne $uptime) { return Get-MarshalAge $uptime }
    if ($null -eq $Marker.utc_ms) { return [long]::MaxValue }
    return [Math]::Abs((Get-MarshalNow) - $Marker.utc_ms)
}

function Get-MarshalInstall
{
    $marker = Get-MarshalMarker
    $said = Read-MarshalState (Get-MarshalFolderPath)
    $task = Get-MarshalTask '\marshal' (Get-MarshalInstallTask)
    $processes = Get-MarshalInstallerCount
    $works = Test-MarshalTaskWork $task
    $state = 'none'
    if ($null -ne $said -and $said.state -ceq 'ended') {
        $state = 'ended'
    } elseif ($null -ne $said -and ($works -or $processes -gt 0)) {
        $state = 'running'
    } elseif (Test-MarshalMineInstalling $marker) {
        # A minute is what a task may need to get going on a busy server; a queued one is at work for as long as it is.
        $young = $null -eq $said -and (Get-MarshalBegunAge $marker) -lt 60000
        $state = $(if ($works -or $young) { 'starting' } else { 'lost' })
    }
    [ordered]@{
        state = $state
        exit = $(if ($said) { $said.exit })
        processes = $processes
        msi_busy = Test-MarshalMsiBusy
        marker = $marker
        folder_exists = Test-Path -LiteralPath (Get-MarshalFolderPath)
        safety_task = $null -ne (Get-MarshalTask '\marshal' (Get-MarshalSafetyTask))
        text = $(if ($said) { $said.text })
    }
}

function Wait-MarshalInstall
{
    Assert-MarshalName folder
    Update-MarshalSeen
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $lost = 0
    while ($true) {
        $now = Get-MarshalInstall
        if ($now.state -eq 'none') { return $now }
        if ($now.state -eq 'ended' -and $now.processes -eq 0) { return $now }
        # Between the end of a process and the task's last word there is a gap: believe it the third time.
        if ($now.state -eq 'lost') { $lost++ } else { $lost = 0 }
        if ($lost -ge 3 -or $clock.ElapsedMilliseconds -ge $Request.wait_ms) { return $now }
        Start-Sleep -Milliseconds 1000
    }
}

Invoke-MarshalStep {
    switch ("$($Request.op)") {
        'install-start' { Start-MarshalInstall }
        'install-wait' { Wait-MarshalInstall }
        default { Stop-MarshalStep 'bad-request' "op $($Request.op)" }
    }
}
