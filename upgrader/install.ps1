# install-start starts the installer in a task of SYSTEM, once: what sshd starts dies with the session,
# and an installer must not. install-wait says how far it is. The marker in the registry,
# HKLM\SOFTWARE\marshal\install, is set before and tells every controller that one was started here.

# This text is what the task runs, the same bytes on every server; it finds its orders in order.json in the
# run's folder, where only SYSTEM and Administrators can write.
$taskText = {
    $ErrorActionPreference = 'Stop'
    $ProgressPreference = 'SilentlyContinue'
    $folder = (Get-Location).ProviderPath
    function Write-State([string]$State)
    {
        # Beside and renamed: whoever reads it never sees half of it.
        $now = [long]([DateTime]::UtcNow - [DateTime]'1970-01-01').TotalMilliseconds
        Set-Content -LiteralPath "$folder\state.json.new" -Value ($State -f $now) -Encoding ASCII
        Move-Item -LiteralPath "$folder\state.json.new" -Destination "$folder\state.json" -Force
    }
    try {
        $order = Get-Content -LiteralPath "$folder\order.json" | Out-String | ConvertFrom-Json
        $file = "$folder\$($order.file)"
        # Held open for reading until the end, so that it cannot be changed between the hash and the start.
        $stream = (Get-Item -LiteralPath $file).Open('Open', 'Read', 'Read')
        $sha = [Security.Cryptography.SHA256]::Create()
        $hash = [BitConverter]::ToString($sha.ComputeHash($stream)).Replace('-', '').ToLowerInvariant()
        if ($hash -cne $order.sha256) { throw 'the installer is not the one that was staged' }
        Write-State '{{"state":"running","utc_ms":{0}}}'
        $process = Start-Process -FilePath $file -ArgumentList '/q', '/nu' -WorkingDirectory $folder -PassThru
        # Taken at once: without a handle Windows forgets the exit code.
        $handle = $process.Handle
        $process.WaitForExit()
        Write-State ('{{"state":"ended","exit":' + $process.ExitCode + ',"utc_ms":{0}}}')
    } catch {
        $text = "$_" -replace '[^A-Za-z0-9 .,:()-]', '?'
        Write-State ('{{"state":"ended","exit":null,"text":"' + $text + '","utc_ms":{0}}}')
    }
}

# One controller at a time may look and set: .NET does not say whether it made a key or found it.
function New-MarshalMarker
{
    $mutex = New-Object Threading.Mutex($false, 'Global\marshal-install')
    try {
        try { $mine = $mutex.WaitOne(10000) } catch { $mine = $true }    # abandoned by one that died
        if (-not $mine) { Stop-MarshalStep 'failed' 'another controller is at the marker and does not end' }
        $marker = Get-MarshalMarker
        if ($null -ne $marker) { return $marker }
        $key = (Open-MarshalHive 'LocalMachine' 64).CreateSubKey('SOFTWARE\marshal\install')
        $global:MarshalChanged = $true
        $key.SetValue('Run', "$($Request.run)")
        $key.SetValue('Utc', "$(Get-MarshalNow)")
        $key.SetValue('Sha256', "$($Request.sha256)")
        $key.Close()
    } finally {
        if ($mine) { $mutex.ReleaseMutex() }
        $mutex.Close()
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
    $marker = New-MarshalMarker
    if ($null -ne $marker) {
        if ($marker.run -ceq "$($Request.run)") { return [ordered]@{ started = $false; already = $true } }
        Stop-MarshalStep 'marker-other' "run $($marker.run) started an installer here" @{ marker = $marker }
    }
    if (-not (Start-MarshalInstallTask $folder)) {
        Stop-MarshalStep 'task-denied' 'the task of the installer could not be registered or started'
    }
    [ordered]@{ started = $true; already = $false }
}

# Returns false when nothing was started; then, and after an error on the way, nothing of it is left.
function Start-MarshalInstallTask([string]$Folder)
{
    $encoded = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($taskText.ToString()))
    $exec = '<Command>%SystemRoot%\System32\WindowsPowerShell\v1.0\powershell.exe</Command>' +
        "<Arguments>-NoProfile -NonInteractive -EncodedCommand $encoded</Arguments>" +
        "<WorkingDirectory>$Folder</WorkingDirectory>"
    $name = "\marshal\$(Get-MarshalInstallTask)"
    $order = ConvertTo-MarshalJson ([ordered]@{ file = $Request.file; sha256 = $Request.sha256 })
    $made = $false
    $undo = $true
    try {
        Set-Content -LiteralPath "$Folder\order.json" -Value $order -Encoding ASCII
        # PT0S: no limit of time. An installer is never cut short; marshal's own limit ends only the waiting.
        $made = Register-MarshalTask $name '' 'PT0S' $exec
        if ($made) {
            # From here on it may have started, or even ended: only a plain no takes the marker away.
            $undo = $false
            $undo = (Invoke-MarshalProgram 'schtasks.exe' @('/Run', '/TN', $name)) -ne 0 -and
                -not (Test-MarshalTaskWork (Get-MarshalTask '\marshal' (Get-MarshalInstallTask))) -and
                $null -eq (Read-MarshalInstallState)
        }
    } finally {
        if ($undo) {
            if ($made) { [void](Remove-MarshalTask $name) }
            Remove-MarshalMarker
            $global:MarshalChanged = $false
        }
    }
    return -not $undo
}

# What the task wrote; null when it has written nothing yet.
function Read-MarshalInstallState
{
    $file = "$(Get-MarshalFolderPath)\state.json"
    if (-not (Test-Path -LiteralPath $file -PathType Leaf)) { return $null }
    try {
        return Get-Content -LiteralPath $file | Out-String | ConvertFrom-Json
    } catch {
        # Renamed over in this very moment; the next look finds it.
        return $null
    }
}

function Get-MarshalInstall
{
    $marker = Get-MarshalMarker
    $said = Read-MarshalInstallState
    $task = Get-MarshalTask '\marshal' (Get-MarshalInstallTask)
    $processes = Get-MarshalInstallerCount
    $works = Test-MarshalTaskWork $task
    $state = 'none'
    if ($null -ne $said -and $said.state -eq 'ended') {
        $state = 'ended'
    } elseif ($null -ne $said -and ($works -or $processes -gt 0)) {
        $state = 'running'
    } elseif ($null -ne $marker -and $marker.run -ceq "$($Request.run)") {
        # A minute is what a task may need to get going on a busy server.
        $young = $null -eq $said -and $marker.utc_ms -and (Get-MarshalNow) - $marker.utc_ms -lt 60000
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
