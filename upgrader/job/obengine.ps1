# engine-cycle is the documented way of upgrading where Internet access is limited: ask the login URL,
# stop the service obengine, ask again, start it. All in one call, and the start stands in a finally block:
# the server is not left without its backup service. Should this process die in between, a task of
# SYSTEM, registered before the stop, starts the service from ten minutes later on, and another when Windows starts. A
# service that hangs is never killed, and no start type is changed.
# A rehearsal of it ends before the stop.
# engine-start only starts it: it waits for no lock, and starts nothing while an installer works.

# 0, or one of: 5 access denied, 1051 others depend on it, 1056 runs already, 1058 disabled.
function Invoke-OurServiceControl([string]$Verb)
{
    return Invoke-OurProgram 'sc.exe' @($Verb, 'obengine')
}

# Waits until the service has stopped. Returns the last state seen. Its start waits for no lock: one that another call
# starts again between two looks would be waited for in vain, with the lock.
function Wait-OurStop([int]$LimitMs)
{
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $moved = $false
    while ($true) {
        $now = Get-OurServiceState 'obengine'
        if ($now -eq 1 -or $now -eq 2 -or ($moved -and $now -eq 4)) { return $now }
        if ($clock.ElapsedMilliseconds -ge $LimitMs) { return $now }
        $moved = $moved -or $now -eq 3
        Start-Sleep -Milliseconds 250
    }
}

# The task that brings the service back. It tries again every five minutes for a day, and goes then: the service may
# still be stopping when it comes, and starting one that runs does nothing.
function Register-OurSafetyTask
{
    $culture = [Globalization.CultureInfo]::InvariantCulture
    $now = [DateTime]::UtcNow
    $from = $now.AddMinutes(10).ToString('s', $culture) + 'Z'
    $to = $now.AddMinutes(10 + 24 * 60).ToString('s', $culture) + 'Z'
    $again = '<Repetition><Interval>PT5M</Interval><Duration>P1D</Duration></Repetition>'
    $trigger = "<TimeTrigger>$again<StartBoundary>$from</StartBoundary><EndBoundary>$to</EndBoundary></TimeTrigger>"
    $exec = Get-OurTaskAction $timedText ''
    return Register-OurTask (Get-OurSafetyTask) $trigger 'PT5M' $exec -Brief
}

# Both tasks or none of them.
function Register-OurReturn
{
    if (-not (Register-OurBootTask)) { return $false }
    if (Register-OurSafetyTask) { return $true }
    [void](Remove-OurTask (Get-OurBootTask))
    return $false
}

# Asks in a thread of its own: names can take longer than any limit of the question.
function Get-OurLoginNow($Ob)
{
    $answer = Invoke-OurLimited {
        param($c)
        Test-OurHosts $c.names $c.ob $c.limit_ms
    } @{ names = $Request.login_hosts; ob = $Ob; limit_ms = $Request.ask_ms } ($Request.ask_ms + 2000)
    if (-not $answer.kind) { return $answer.value }
    if ($answer.kind -ne 'time-limit') { Stop-OurStep $answer.kind $answer.error }
    # No answer in time from any of them.
    $way = Get-OurProxy $Ob
    $results = foreach ($name in @($Request.login_hosts)) {
        [ordered]@{ host = $name; open = $false; status = $null; error = 'time-limit' }
    }
    return [ordered]@{ asked = $true; proxy = $way.proxy; proxy_source = $way.source; results = @($results) }
}

# Starts the service again whatever came before, also one that stops only now. Returns the state at the end. Asked
# right before the start: what forbids it, when something does.
function Start-OurEngine([int]$LimitMs, $Ask)
{
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $asked = $false
    while ($true) {
        $now = Get-OurServiceState 'obengine'
        if ($now -eq 4 -or $clock.ElapsedMilliseconds -ge $LimitMs) { return $now }
        # Once: a service that fell over while starting is for people to look at.
        if ($now -eq 1 -and -not $asked) {
            $asked = $true
            & $Ask
            $code = Invoke-OurServiceControl 'start'
            if ($code -eq 1058) { return $now }
        }
        Start-Sleep -Milliseconds 250
    }
}

# With the lock: the phase says what this server is at, and is given back whatever comes. A run that has started its
# installer keeps that word.
function Invoke-OurReserved
{
    Enter-OurReservation
    $installing = Test-OurMineInstalling (Get-OurMarker)
    if (-not $installing) { Set-OurMarker @{ Phase = 'cycling' } }
    try {
        Assert-OurNoInstaller
        Invoke-OurCourtesy {
            Assert-OurNoTimedTask
            Invoke-OurCycle
        }
    } finally {
        if (-not $installing) { Set-OurMarker @{ Phase = 'reserved' } }
    }
}

function Invoke-OurCycle
{
    $was = Get-OurServiceState 'obengine'
    if ($was -ne 4) { Stop-OurStep 'not-running' "obengine has state $was" @{ now = $was } }
    # One that runs and is disabled: nobody, our task included, could start it again.
    if ((Get-OurValue 'SYSTEM\CurrentControlSet\Services\obengine' 'Start') -eq 4) {
        Stop-OurStep 'start-disabled' 'obengine is disabled and would not start again'
    }
    $ob = @{ proxy = $null }
    if (@($Request.login_hosts | Where-Object { $_ }).Count -gt 0) {
        # Asked before the stop: the agent's commands need its service.
        $ob = Read-OurOb $Request.ask_ms $true
    }
    $login = Get-OurLoginNow $ob
    if (-not (Test-OurLoginOpen $login)) {
        Stop-OurStep 'login-closed' 'the login URL cannot be reached' @{ login = $login }
    }
    Assert-OurBackupOver
    if (-not (Register-OurReturn)) {
        Stop-OurStep 'task-denied' 'the task that would start obengine again could not be registered'
    }
    if ($Request.rehearse) {
        # Nothing is stopped: that the tasks may be made is known now.
        foreach ($name in (Get-OurSafetyTask), (Get-OurBootTask)) { [void](Remove-OurTask $name) }
        return [ordered]@{ was = $was; now = $was; stopped_ms = 0; started_ms = 0; login = $login }
    }
    $global:OurChanged = $true
    Set-OurEngineRan
    $stopped = $now = $null
    $clock = [Diagnostics.Stopwatch]::StartNew()
    try {
        $code = Invoke-OurServiceControl 'stop'
        if ($code -eq 0) { $stopped = Wait-OurStop $Request.stop_ms }
        $stopMs = $clock.ElapsedMilliseconds
        if ($stopped -eq 1) { $login = Get-OurLoginNow $ob }
    } finally {
        $clock = [Diagnostics.Stopwatch]::StartNew()
        # Somebody else's installer may have begun since the stop: then the tasks bring it back.
        $now = Start-OurEngine $Request.start_ms {
            if (Test-OurInstallerBusy) { Stop-OurStep 'installer-began' 'an installer began after the stop' }
        }
        $startMs = $clock.ElapsedMilliseconds
        # The task has done its duty only when the service was seen running.
        if ($now -eq 4) {
            $global:OurChanged = -not (Remove-OurTask (Get-OurSafetyTask))
        }
    }
    if ($now -eq 3) { Stop-OurStep 'stop-hangs' 'obengine hangs while it stops' @{ now = $now } }
    if ($stopped -ne 1) {
        Stop-OurStep 'stop-failed' "obengine did not stop (sc.exe $code, state $now)" @{ now = $now }
    }
    if ($now -ne 4) {
        Stop-OurStep 'start-failed' "obengine does not run again (state $now)" @{ now = $now }
    }
    if (-not (Test-OurLoginOpen $login)) {
        Stop-OurStep 'login-closed-stopped' 'no login URL while obengine was stopped' @{ login = $login }
    }
    [ordered]@{ was = $was; now = $now; stopped_ms = $stopMs; started_ms = $startMs; login = $login }
}

function Invoke-OurEngineStart
{
    Assert-OurName
    Assert-OurNoInstaller
    $was = Get-OurServiceState 'obengine'
    if ($null -eq $was) { Stop-OurStep 'no-service' 'there is no service obengine' }
    # A service that only stops now may take minutes, and an installer begin in them; or be between two of its parts.
    $now = Start-OurEngine $Request.start_ms {
        for ($look = 0; $look -lt 3; $look++) {
            Assert-OurNoInstaller
            if ($look -lt 2) { Start-Sleep -Milliseconds 1500 }
        }
    }
    $global:OurChanged = $now -ne $was
    if ($now -eq 3) { Stop-OurStep 'stop-hangs' 'obengine hangs while it stops' @{ now = $now } }
    if ($now -ne 4) {
        Stop-OurStep 'start-failed' "obengine does not run (state $now)" @{ now = $now }
    }
    [ordered]@{ was = $was; now = $now }
}

function Invoke-OurEngineCycle
{
    Assert-OurName
    Invoke-OurLocked { Invoke-OurReserved }
}
