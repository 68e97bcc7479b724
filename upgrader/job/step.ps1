# What the steps of an upgrade share: how a step answers and fails, how names in its request are checked, and
# what a run has on a server: its folder, its marker, its tasks.

# Ends a step with a failure. The texts are for people, the codes for marshal.
function Stop-OurStep([string]$Code, [string]$Text, $More = @{})
{
    $e = New-Object Exception($Text)
    $e.Data['our'] = @{ code = $Code; more = $More }
    throw $e
}

# Runs the code of one step, and writes its one line whatever happens. A step that changes something
# says so in $global:OurChanged at once, so that an error nobody foresaw still tells the truth.
function Invoke-OurStep($Code)
{
    $line = [ordered]@{ step = "$($Request.op)"; ok = $true }
    $global:OurChanged = $false
    try {
        $answer = & $Code
        foreach ($name in $answer.Keys) { $line[$name] = $answer[$name] }
    } catch {
        $line.ok = $false
        $said = $_.Exception.GetBaseException().Data['our']
        if ($null -eq $said) { $said = @{ code = Get-OurErrorKind $_; more = @{} } }
        $line.code = $said.code
        $line.changed = [bool]$global:OurChanged
        $line.text = "$_"
        foreach ($name in $said.more.Keys) { $line[$name] = $said.more[$name] }
    }
    Write-OurLine $line
}

# Names become parts of paths, of task names and of XML: nothing but harmless letters gets past here.
function Assert-OurName
{
    $r = $Request
    if ("$($r.run)" -cnotmatch '^[a-z0-9-]{1,32}\z') { Stop-OurStep 'bad-request' 'run' }
    if ("$($r.controller)" -cnotmatch '^[A-Za-z0-9._-]{0,80}\z') { Stop-OurStep 'bad-request' 'controller' }
    foreach ($name in @($args)) {
        $value = switch ($name) { 'folder' { $r.folder } 'file' { $r.file } 'sha256' { $r.sha256 } }
        $pattern = switch ($name) {
            'folder' { "^$($r.at.word)-" + [regex]::Escape($r.run) + '-[0-9a-f]{16}\z' }
            'file' { '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\.exe\z' }
            'sha256' { '^[0-9a-f]{64}\z' }
        }
        if ("$value" -cnotmatch $pattern) { Stop-OurStep 'bad-request' $name }
    }
}

function Get-OurFolderPath { return "$env:SystemRoot\Temp\$($Request.folder)" }

# Whether a folder is as we make ours: owner Administrators (or SYSTEM), full control for these two
# and nothing for others, nothing inherited. SIDs speak no language; the group means nothing on Windows.
function Test-OurFolder([string]$Path)
{
    $item = Get-Item -LiteralPath $Path -Force
    # A junction would lead somebody else's way.
    if (-not $item.PSIsContainer) { return $false }
    if ($item.Attributes -band [IO.FileAttributes]::ReparsePoint) { return $false }
    $sddl = (Get-Acl -LiteralPath $Path).Sddl
    $system = '\(A;OICI;FA;;;SY\)'
    $admins = '\(A;OICI;FA;;;BA\)'
    return $sddl -cmatch "^O:(BA|SY)G:[^:]*D:P(AI)?($system$admins|$admins$system)\z"
}

# The run's folder, checked again at every step that uses it.
function Assert-OurFolder
{
    $path = Get-OurFolderPath
    if (-not (Test-Path -LiteralPath $path)) { Stop-OurStep 'file-missing' "$path is not there" }
    if (-not (Test-OurFolder $path)) {
        Stop-OurStep 'folder-not-ours' "$path belongs to somebody else, or others may write to it"
    }
    return $path
}

# A file that we wrote, read as JSON; null when it is not there. Opened so that its writer is not kept from writing again.
function Read-OurJson([string]$File)
{
    if (-not (Test-Path -LiteralPath $File -PathType Leaf)) { return $null }
    try {
        $stream = (Get-Item -LiteralPath $File -Force).Open('Open', 'Read', 'ReadWrite, Delete')
        try { $text = (New-Object IO.StreamReader($stream)).ReadToEnd() } finally { $stream.Close() }
        return $text | ConvertFrom-Json
    } catch {
        # Renamed over in this very moment; the next look finds it.
        return $null
    }
}

# Whose plan a folder waits for, and until when, as stage-open wrote it down; null where it waits for none, or where
# others may write in it.
function Read-OurPlan([string]$Folder)
{
    try {
        if (-not (Test-OurFolder $Folder)) { return $null }
        return Read-OurJson "$Folder\plan.json"
    } catch {
        return $null
    }
}

# .NET's own SHA-256, of bytes or of a stream: Get-FileHash came with PowerShell 4.
function Get-OurDigest($Of)
{
    $sha = New-Object Security.Cryptography.SHA256CryptoServiceProvider
    return [BitConverter]::ToString($sha.ComputeHash($Of)).Replace('-', '').ToLowerInvariant()
}

function Get-OurSha256([string]$Path)
{
    $stream = (Get-Item -LiteralPath $Path -Force).OpenRead()
    try {
        return Get-OurDigest $stream
    } finally {
        $stream.Close()
    }
}

function Get-OurInstallTask { return "install-$($Request.run)" }
function Get-OurSafetyTask { return "start-obengine-$($Request.run)" }
function Get-OurBootTask { return "boot-$($Request.run)" }

# Queued or running.
function Test-OurTaskWork($Task) { return $null -ne $Task -and @(2, 4) -contains $Task.State }

# The first name is the documented one, and decides. Where nobody can tell, since a proxy wants a sign-in, who asks for
# this step has looked whether backups go through.
function Test-OurLoginOpen($Login)
{
    $first = @($Login.results | Where-Object { $_ })[0]
    return $null -eq $first -or $first.open -ne $false
}
