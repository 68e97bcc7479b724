# console-wait waits until no console of the agent is open: an upgrade cannot replace files that a
# console holds. Only with `close`, which an operator must have asked for, it ends them first: with the lock, the
# reservation, and no backup at work.

function Stop-OurConsole
{
    $ended = 0
    Enter-OurReservation
    $open = @(Get-OurConsole)
    if ($open.Count -gt 0) { Assert-OurBackupOver }
    foreach ($console in $open) {
        try {
            Stop-Process -Id $console.pid -Force
            $ended++
            $global:OurChanged = $true
        } catch {
            # It went by itself in the meantime, or it cannot be ended and the answer names it.
            continue
        }
    }
    return $ended
}

function Wait-OurConsole
{
    $closed = 0
    if ($Request.close) {
        Assert-OurName
        $closed = Invoke-OurLocked { Stop-OurConsole }
    } else {
        Update-OurSeen
    }
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $open = @(Get-OurConsole)
    while ($open.Count -gt 0 -and $clock.ElapsedMilliseconds -lt $Request.wait_ms) {
        Start-Sleep -Milliseconds 500
        $open = @(Get-OurConsole)
    }
    [ordered]@{ open = $open; closed = $closed }
}
