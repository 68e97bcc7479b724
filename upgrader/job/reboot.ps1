# reboot-start has Windows restart once, as a planned one, a minute from then. The word `Reboot` in the reservation is
# written before, with the last start of Windows and the uptime of that moment, so that a run never asks for a second
# one; reboot-state says what both are now. Whether it restarted is judged where these arrive.

function Get-OurLastBoot
{
    # WMI can hang, or be broken; the uptime alone tells too.
    try {
        return Get-OurTime (Get-CimInstance -ClassName Win32_OperatingSystem -OperationTimeoutSec 30).LastBootUpTime
    } catch {
        return $null
    }
}

function Get-OurRestartWord([string]$Name) { return Get-OurMarkerNumber (Get-OurKey $Request.at.key) $Name }

function Start-OurRestart
{
    Assert-OurName
    Invoke-OurLocked { Start-OurReservedRestart }
}

# With the lock.
function Start-OurReservedRestart
{
    Enter-OurReservation
    if ($null -ne (Get-OurRestartWord 'Reboot')) { return [ordered]@{ started = $false; already = $true } }
    Assert-OurNoInstaller
    Assert-OurBackupOver
    $boot = Get-OurLastBoot
    $exit = $null
    $kept = $false
    try {
        $global:OurChanged = $true
        Set-OurMarker @{ Reboot = Get-OurNow; RebootUptime = Get-OurUptime; RebootBoot = $boot }
        $why = "$($Request.at.word): run $($Request.run) updated the Azure Backup agent, and a restart is pending"
        $exit = Invoke-OurProgram 'shutdown.exe' @('/r', '/t', '60', '/d', 'p:4:1', '/c', $why)
        # ERROR_SHUTDOWN_IN_PROGRESS, ERROR_SHUTDOWN_IS_SCHEDULED: somebody else's is on its way, and is the one.
        $kept = @(0, 1115, 1190) -contains $exit
    } finally {
        # Nothing was asked for: the key says nothing of it.
        if (-not $kept) {
            Set-OurMarker @{ Reboot = $null; RebootUptime = $null; RebootBoot = $null }
            $global:OurChanged = $false
        }
    }
    if (-not $kept) { Stop-OurStep 'reboot-refused' "shutdown.exe ended with $exit" @{ exit = $exit } }
    [ordered]@{ started = $exit -eq 0; already = $false }
}

function Get-OurRestart
{
    Assert-OurName
    $mine = Test-OurMine (Get-OurMarker)
    Update-OurSeen
    $value = [ordered]@{
        asked = $false
        was_uptime_ms = $null
        was_boot_utc_ms = $null
        begun_uptime_ms = $null
        uptime_ms = Get-OurUptime
        boot_utc_ms = Get-OurLastBoot
    }
    if ($mine) {
        $value.asked = $null -ne (Get-OurRestartWord 'Reboot')
        $value.was_uptime_ms = Get-OurRestartWord 'RebootUptime'
        $value.was_boot_utc_ms = Get-OurRestartWord 'RebootBoot'
        $value.begun_uptime_ms = Get-OurRestartWord 'BegunUptime'
    }
    return $value
}
