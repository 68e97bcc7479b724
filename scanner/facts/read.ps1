# How the probe reads what several of its facts need: volumes, services, events, the agent's log and tasks. Nothing
# here is localised text, or it is looked through for numbers only.

# --- What several facts need ---

# Asked once, whichever fact wants it first. What hung once is not asked again: it would cost each of them its limit.
function Get-OurOnce($Once, [string]$Name, $Code)
{
    if ($null -eq $Once[$Name]) {
        $Once[$Name] = @{ open = $true }
        try {
            $Once[$Name] = @{ value = & $Code }
        } catch {
            $Once[$Name] = @{ failed = $_ }
        }
    }
    if ($Once[$Name].open) { throw (New-Object TimeoutException "$Name did not answer an earlier fact") }
    if ($Once[$Name].failed) { throw $Once[$Name].failed }
    return $Once[$Name].value
}

function Get-OurComputer($Once)
{
    return Get-OurOnce $Once 'Win32_ComputerSystem' { Get-CimInstance -ClassName Win32_ComputerSystem }
}

function Get-OurVolumes($Once)
{
    return Get-OurOnce $Once 'Win32_Volume' { Get-CimInstance -ClassName Win32_Volume }
}

# The volume a path lies on, mount points included; null when it is on none, as a share is.
function Find-OurVolume($Once, [string]$Path)
{
    $best = $null
    foreach ($volume in @(Get-OurVolumes $Once)) {
        $name = "$($volume.Name)"
        if (-not $name -or -not "$Path\".StartsWith($name, 'OrdinalIgnoreCase')) { continue }
        if ($null -eq $best -or $name.Length -gt "$($best.Name)".Length) { $best = $volume }
    }
    return $best
}

# Classes that only some servers have: null when there is no such class, or no such namespace.
function Get-OurClass([string]$Namespace, [string]$Class)
{
    try {
        return , @(Get-CimInstance -Namespace $Namespace -ClassName $Class)
    } catch {
        # WBEM_E_INVALID_NAMESPACE, WBEM_E_INVALID_CLASS, WBEM_E_PROVIDER_LOAD_FAILURE
        if ($_.FullyQualifiedErrorId -cmatch '0x8004100[Ee]|0x80041010|0x80041013') { return $null }
        throw
    }
}

# Which volumes Windows deduplicates, their names as keys; null when that is not known.
function Get-OurDedup($Once)
{
    return Get-OurOnce $Once 'MSFT_DedupVolume' {
        $names = @{}
        # Without its service nobody does, and there is nothing to ask.
        if ($null -eq (Get-OurKey 'SYSTEM\CurrentControlSet\Services\ddpsvc')) { return $names }
        $volumes = Get-OurClass 'root/Microsoft/Windows/Deduplication' 'MSFT_DedupVolume'
        if ($null -eq $volumes) { return $null }
        foreach ($volume in $volumes) {
            if ($volume.Enabled) { $names["$($volume.Volume)".TrimEnd('\')] = $true }
        }
        return $names
    }
}

function Test-OurDedup($Once, [string]$Name)
{
    $names = Get-OurDedup $Once
    if ($null -eq $names) { return $null }
    return $names.ContainsKey($Name.TrimEnd('\'))
}

# A number of the registry without its sign; null when there is none.
function Get-OurNumber([string]$Path, [string]$Name, [int]$View = 64)
{
    $value = Get-OurValue $Path $Name $View
    if ($value -isnot [int]) { return $null }
    return [long]$value -band 4294967295
}

function Get-OurCut($Text, [int]$Length)
{
    if (-not $Text) { return $null }
    $Text = "$Text"
    if ($Text.Length -gt $Length) { return $Text.Substring(0, $Length) }
    return $Text
}

# --- Services ---

# A service by its name. Windows does not list those that this account may not ask; their key is there.
function Get-OurService([string]$Name)
{
    $value = [ordered]@{ exists = $false; name = $null; state = $null; start = $null }
    if (-not $Name) { return $value }
    $key = "SYSTEM\CurrentControlSet\Services\$Name"
    $value.state = Get-OurServiceState $Name
    $value.exists = $null -ne $value.state -or $null -ne (Get-OurValue $key 'ImagePath')
    if ($value.exists) {
        $value.name = $Name
        # Get-Service tells the start type from PowerShell 5 on only.
        $value.start = Get-OurNumber $key 'Start'
    }
    return $value
}

# The short name of the service that has this program, else of the one with this display name.
function Find-OurService([string]$Program, [string]$Display)
{
    $filter = "DisplayName='$Display'"
    if ($Program) { $filter = "PathName LIKE '%$Program%' OR $filter" }
    $found = @(Get-CimInstance -ClassName Win32_Service -Filter $filter)
    foreach ($service in $found) {
        $at = "$($service.PathName)".IndexOf($Program, [StringComparison]'OrdinalIgnoreCase')
        if ($Program -and $at -ge 0) { return $service.Name }
    }
    if ($found.Count -gt 0) { return $found[0].Name }
    return $null
}

# The program in a service's ImagePath, which may be quoted and may have arguments.
function Get-OurImagePath([string]$ImagePath)
{
    if ($ImagePath -cmatch '^\s*"([^"]+)"') { return $Matches[1] }
    if ($ImagePath -cmatch '^\s*(.+?\.[Ee][Xx][Ee])(\s|\z)') { return $Matches[1] }
    return $null
}

# --- Events and the agent's log ---

# The texts within an event: the values that it carries come first, they are in no language. As XML, behind the part
# of the system: who looks for codes minds no marks.
function Get-OurEventText($Record)
{
    $values = [regex]::Match("$($Record.ToXml())", '(?s)<(Event|User)Data.*\z').Value
    return "$values`n$($Record.Message)"
}

# The code in a text that says most of it: the last in brackets, "(0x1FBD3)" or "(ID: 130003)", behind those of what
# was called; else an ID; else an HResult; else the first that is one by its form, or by the word before it. None that
# is part of a path. Null when there is none. `marshal explain` takes the same: scanner/explain/pasted.c.
function Get-OurCode([string]$Text)
{
    # Words end at blanks and at the marks of XML; one with a slash is a path, one with a hyphen may be a GUID.
    $before = '(?<![\\/][^\s<>]{0,200})(?<![\w-])'
    $after = '(?![\w-])(?![^\s<>]{0,200}[\\/])'
    $gap = '[^\w\\/]{1,3}'
    # By its form, without 0x too; else a word has to say that it is one.
    $sure = '(?:0x(?<hex>[0-9A-F]{1,8})[UL]{0,3}|(?<hex>[8C][0-9A-F]{7})H?|(?<decimal>-[0-9]{7,10}))'
    $plain = '(?<decimal>[0-9]{4,10})'
    $words = '(?:ERROR|CODE|ERRORCODE|FEHLER|FEHLERCODE|EXIT|HR|RESULT|STATUS|RC)'
    $inBrackets = "(?<=[\(\[]\s*)(?:$sure|ID$gap(?:$sure|$plain))"
    foreach ($form in $inBrackets, "(?<!EVENT$gap|EREIGNIS$gap)ID$gap(?:$sure|$plain)", "HRESULT$gap(?:$sure|$plain)",
        "(?:$sure|$words$gap$plain)") {
        $found = @([regex]::Matches($Text, $before + $form + $after, 'IgnoreCase, CultureInvariant'))
        if ($form -ceq $inBrackets) { [array]::Reverse($found) }
        foreach ($match in $found) {
            $code = [long]0
            if ($match.Groups['hex'].Success) { $code = [Convert]::ToInt64($match.Groups['hex'].Value, 16) }
            else { $code = [long]$match.Groups['decimal'].Value }
            # An HRESULT is without its sign in every fact.
            if ($code -lt 0) { $code = $code -band 4294967295 }
            if ($code -ne 0) { return $code }
        }
    }
    return $null
}

# The agent's log; null where there is none.
function Get-OurAgentLog
{
    $path = Get-OurAgentPath
    if (-not $path) { return $null }
    $log = "$path\Temp\CBEngineCurr.errlog"
    if (-not (Test-Path -LiteralPath $log -PathType Leaf)) { return $null }
    return Get-Item -LiteralPath $log -Force
}

# The end of a text file, whether it is written in one byte a character or in two.
function Read-OurTail($File, [int]$Length)
{
    # Its writer has it open.
    $stream = $File.Open('Open', 'Read', 'ReadWrite, Delete')
    try {
        if ($stream.Length -gt $Length) { [void]$stream.Seek(-$Length, 'End') }
        $bytes = New-Object byte[] $Length
        $count = 0
        do {
            $some = $stream.Read($bytes, $count, $Length - $count)
            $count += $some
        } while ($some -gt 0)
    } finally {
        $stream.Close()
    }
    # Latin 1 takes every byte as it is.
    return [Text.Encoding]::GetEncoding(28591).GetString($bytes, 0, $count).Replace("$([char]0)", '')
}

# The time at the start of a line of the agent's log, "11/21 08:27:44.123" in UTC without a year: the last one
# that is not after the file's last write. Without such a time, that write.
function Get-OurLineTime([string]$Line, [DateTime]$Written)
{
    $last = Get-OurTime $Written
    if ($Line -cnotmatch '^.{0,40}?\b([0-9]{2})/([0-9]{2})\s+([0-9]{2}):([0-9]{2}):([0-9]{2})\.([0-9]{3})') { return $last }
    $part = foreach ($i in 1..6) { [int]$Matches[$i] }
    foreach ($year in $Written.ToUniversalTime().Year, ($Written.ToUniversalTime().Year - 1)) {
        try {
            $time = New-Object DateTime($year, $part[0], $part[1], $part[2], $part[3], $part[4], $part[5])
            $time = [DateTime]::SpecifyKind($time, 'Utc')
        } catch {
            # The 29th of February of another year, or no date at all.
            continue
        }
        # A minute for the moment between the line and its write.
        if ((Get-OurTime $time) -le $last + 60000) { return Get-OurTime $time }
    }
    return $last
}

# --- Backups ---

# Tasks of the agent through Task Scheduler's COM object, which speaks numbers; none without its folder.
function Get-OurAgentTasks
{
    $scheduler = New-Object -ComObject Schedule.Service
    $scheduler.Connect()
    try {
        $folder = $scheduler.GetFolder('\Microsoft\OnlineBackup')
    } catch {
        $code = $_.Exception.GetBaseException().HResult
        if ($code -eq -2147024894 -or $code -eq -2147024893) { return }
        throw
    }
    # 1: hidden ones too.
    foreach ($task in $folder.GetTasks(1)) { $task }
}

function Test-OurBackupTask($Task)
{
    if ($Task.Name -eq 'Microsoft-OnlineBackup') { return $true }
    foreach ($action in $Task.Definition.Actions) {
        $words = "$($action.Path) $($action.Arguments)"
        if ([regex]::IsMatch($words, '\bStart-OBBackup\b', 'IgnoreCase, CultureInvariant')) { return $true }
    }
    return $false
}

# When a task starts: a row a trigger that goes by days (2) or by days of the week (3), with the days as a mask, every
# how many weeks, and the minute of the day. Triggers of other kinds can only start it more often.
function Get-OurTaskStarts($Task)
{
    foreach ($trigger in $Task.Definition.Triggers) {
        if (-not $trigger.Enabled) { continue }
        $start = [ordered]@{ days = 127; weeks = 1; minute = 0 }
        if ($trigger.Type -eq 3) {
            $start.days = [int]$trigger.DaysOfWeek
            $start.weeks = [int]$trigger.WeeksInterval
        } elseif ($trigger.Type -ne 2 -or $trigger.DaysInterval -ne 1) { continue }
        if ("$($trigger.StartBoundary)" -cmatch 'T([0-9]{2}):([0-9]{2})') {
            $start.minute = 60 * [int]$Matches[1] + [int]$Matches[2]
            $start
        }
    }
}

# The SID of an account as a task names it, which may be in the language of the server.
function Get-OurSid([string]$Account)
{
    if ($Account -cmatch '^[Ss]-1-[0-9-]+\z') { return $Account }
    try {
        $name = New-Object Security.Principal.NTAccount($Account)  # .NET on Windows only
        return $name.Translate([Security.Principal.SecurityIdentifier]).Value  # .NET on Windows only
    } catch {
        # Nobody of that name any more.
        return $null
    }
}

# Times of Task Scheduler are local. It answers 1899 or 1999 for never.
function Get-OurTaskTime($Time)
{
    if ($Time.Year -lt 2000) { return $null }
    return Get-OurTime ([DateTime]::SpecifyKind($Time, 'Local'))
}
