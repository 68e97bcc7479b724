# console-wait waits until no console of the agent is open: an upgrade cannot replace files that a
# console holds. Only with `close`, which an operator must have asked for, it ends them first: with the lock, the
# reservation, and no backup at work.

function Stop-MarshalConsole
{
    $ended = 0
    Enter-MarshalReservation
    $open = @(Get-MarshalConsole)
    if ($open.Count -gt 0) { Assert-MarshalBackupOver }
    foreach ($console in $open) {
        try {
            Stop-Process -Id $console.pid -Force
            $ended++
            $global:MarshalChanged = $true
        } catch {
            # It went by itself in the meantime, or it cannot be ended and the answer names it.
            continue
        }
    }
    return $ended
}

function Wait-MarshalConsole
{
    $closed = 0
    if ($Request.close) {
        Assert-MarshalName
        $closed = Invoke-MarshalLocked { Stop-MarshalConsole }
    } else {
        Update-MarshalSeen
    }
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $open = @(Get-MarshalConsole)
    while ($open.Count -gt 0 -and $clock.ElapsedMilliseconds -lt $Request.wait_ms) {
        Start-Sleep -Milliseconds 500
        $open = @(Get-MarshalConsole)
    }
    [ordered]@{ open = $open; closed = $closed }
}

Invoke-MarshalStep {
    if ("$($Request.op)" -ne 'console-wait') { Stop-MarshalStep 'bad-request' "op $($Request.op)" }
    Wait-MarshalConsole
}
