# Whether a backup is running: for the fact backup.running, and for the steps of an upgrade that ask once more
# before each change. It reads.

# The newest events that fit, or the oldest, out of all of the logs, newest first. `known`: one of them could be read.
function Find-OurEvent([string[]]$Log, [hashtable]$Filter, [int]$Count = 1, [switch]$Oldest)
{
    $found = @{ known = $false; events = @() }
    $problem = $null
    $events = foreach ($name in $Log) {
        $query = $Filter.Clone()
        $query.LogName = $name
        try {
            Get-WinEvent -FilterHashtable $query -MaxEvents $Count -Oldest:$Oldest
            $found.known = $true
        } catch {
            $id = "$($_.FullyQualifiedErrorId)"
            # An empty log is an answer, a source that nobody has registered there too, a missing log is none.
            if ($id -cmatch '^(NoMatchingEventsFound|NoMatchingProvidersFound|LogsAndProvidersDontOverlap)') {
                $found.known = $true
            } elseif ($id -cnotmatch '^NoMatchingLogsFound') { $problem = $_ }
        }
    }
    if (-not $found.known -and $null -ne $problem) { throw $problem }
    $found.events = @($events | Sort-Object -Property TimeCreated -Descending)
    return $found
}

# The agent's log has one name in older and another in newer agents. Without numbers: of all its events.
function Find-OurBackupEvent([int[]]$Id, [switch]$Oldest)
{
    $filter = @{ }
    if ($Id) { $filter.Id = $Id }
    return Find-OurEvent 'CloudBackup', 'CloudBackup/Operational' $filter -Oldest:$Oldest
}

# A job's own words for its state are those of an enumeration, the same in every language.
function Test-OurJobEnded([string]$State)
{
    return $State -cmatch '^Completed' -or @('Failed', 'Aborted') -contains $State
}

# The value of backup.running, out of what the agent's own commands said.
function Get-OurRunningBackup($Ob)
{
    $value = [ordered]@{ running = $null; source = 'none'; since_utc_ms = $null }
    # The agent's own list of running jobs, then that of Windows Server Backup.
    foreach ($list in @(@('ob-job', $Ob.jobs), @('wb-job', $Ob.wbjobs))) {
        if ($null -eq $list[1]) { continue }
        foreach ($job in $list[1]) {
            if (Test-OurJobEnded $job.state) { continue }
            $value.running = $true
            $value.source = $list[0]
            if ($job.since) { $value.since_utc_ms = Get-OurTime $job.since }
            return $value
        }
    }
    # The log of events: 1 is a start, the others are its ends. Beside a list that has no job a start counts for a day:
    # the list may be behind it, and one whose end was never written is a backup that broke off.
    $listed = $null -ne $Ob.jobs
    $found = @{ known = $false }
    try { $found = Find-OurBackupEvent 1, 3, 10, 11, 18 } catch { if (-not $listed) { throw } }
    if (-not $found.known) {
        if ($listed) { $value.running = $false }
        return $value
    }
    $value.running = $found.events.Count -gt 0 -and $found.events[0].Id -eq 1
    if ($value.running -and $listed) {
        $began = $found.events[0].TimeCreated
        $value.running = $began -gt (Get-Date).AddHours(-24) -and $began -lt (Get-Date).AddMinutes(5)
    }
    if ($value.running) {
        $value.source = 'event'
        $value.since_utc_ms = Get-OurTime $found.events[0].TimeCreated
    }
    $value
}
