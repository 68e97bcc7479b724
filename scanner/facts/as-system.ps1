# as-system lets the account SYSTEM answer what only it may read: this very text, with a request for the probe, runs in
# a task of SYSTEM that is gone when this call ends. Text, request and answer go through a named pipe; no file is left
# on the server, and nothing else is changed.

# What the task runs: the same bytes on every server but for the two words at their end, the pipe's name and the hash
# of what is to come through it. Should somebody else have a pipe of that name by then, nothing of theirs is run.
$lookText = {
    param($Name, $Sha256)
    $ErrorActionPreference = 'Stop'
    $ProgressPreference = 'SilentlyContinue'
    $exit = 70
    try {
        # Who has the other end may learn who asks, and cannot act as SYSTEM.
        $pipe = New-Object IO.Pipes.NamedPipeClientStream('.', $Name, 'InOut', 'None', 'Identification')
        $pipe.Connect(30000)
        $reader = New-Object IO.StreamReader($pipe, [Text.Encoding]::ASCII)
        $lines = $reader.ReadLine(), $reader.ReadLine()
        # SHA256.Create() fails where FIPS is asked for, up to .NET 4.6.1.
        $sha = New-Object Security.Cryptography.SHA256CryptoServiceProvider
        $hash = $sha.ComputeHash([Text.Encoding]::ASCII.GetBytes($lines -join "`n"))
        if ([BitConverter]::ToString($hash).Replace('-', '') -cne $Sha256) { throw 'not what was sent' }
        $script, $order = $lines | ForEach-Object { [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($_)) }
        # The script writes its lines to this instead of standard output.
        $global:OurWriter = New-Object IO.StreamWriter($pipe, [Text.Encoding]::ASCII)
        & ([ScriptBlock]::Create($script)) ($order | ConvertFrom-Json) | Out-Null
        $exit = 0
    } catch {
        # Nobody reads what a task says. The call that made it sees the pipe close.
        $exit = 70
    }
    # Not the word exit: a Windows call that hangs in a thread of its own must not hold this process.
    [Environment]::Exit($exit)
}

# The pipe, with its rights from the start. New at all events: .NET refuses a name that is there already when only one
# connection is allowed.
function New-OurPipe
{
    $me = [Security.Principal.WindowsIdentity]::GetCurrent().User.Value  # .NET on Windows only
    $acl = New-Object IO.Pipes.PipeSecurity  # .NET on Windows only
    $acl.SetSecurityDescriptorSddlForm("D:P(A;;FA;;;SY)(A;;FA;;;$me)")
    $room = 65536
    if ($PSVersionTable.PSEdition -eq 'Core') {
        # Newer .NET has the same in another place.
        return [IO.Pipes.NamedPipeServerStreamAcl]::Create(  # .NET on Windows only
            $nonce, 'InOut', 1, 'Byte', 'Asynchronous', $room, $room, $acl)
    }
    return New-Object IO.Pipes.NamedPipeServerStream(
        $nonce, 'InOut', 1, 'Byte', 'Asynchronous', $room, $room, $acl)
}

function Get-OurLeft { return [int][Math]::Max(0, $Request.wait_ms - $clock.ElapsedMilliseconds) }

# What is not answered gets its reason.
function Write-OurOpen([string]$Kind, [string]$Text)
{
    foreach ($name in @($wanted)) {
        Write-OurLine ([ordered]@{ fact = $name; ms = $clock.ElapsedMilliseconds; error = $Text; kind = $Kind })
    }
    $wanted.Clear()
}

function Register-OurLook([string]$Sha256)
{
    $text = "& {$lookText} '$nonce' '$Sha256'"
    $encoded = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($text))
    $exec = '<Command>%SystemRoot%\System32\WindowsPowerShell\v1.0\powershell.exe</Command>' +
        "<Arguments>$($Request.at.launch) $encoded</Arguments>"
    $seconds = [int][Math]::Ceiling($Request.wait_ms / 1000) + 30
    $culture = [Globalization.CultureInfo]::InvariantCulture
    $now = [DateTime]::UtcNow
    $from = $now.ToString('s', $culture) + 'Z'
    $to = $now.AddSeconds($seconds).ToString('s', $culture) + 'Z'
    # Its time is over when this line is cut: then it goes by itself.
    $trigger = "<TimeTrigger><StartBoundary>$from</StartBoundary><EndBoundary>$to</EndBoundary></TimeTrigger>"
    return Register-OurTask $taskName $trigger "PT${seconds}S" $exec -Brief
}

# A line of the script inside goes on as it is, if it is one of a fact that was asked for.
function Send-OurLine([string]$Line)
{
    if ($Line -cnotmatch '^\{[\x20-\x7e]+\}\z') { return }
    $name = "$(($Line | ConvertFrom-Json).fact)"
    if (-not $wanted.Contains($name)) { return }
    $wanted.Remove($name)
    [Console]::Out.Write("$Line`n")
    [Console]::Out.Flush()
}

# Lines as they come, until all facts are answered, the other end closed, or the time is over.
function Read-OurLook($Pipe)
{
    $bytes = New-Object byte[] 4096
    $text = New-Object Text.StringBuilder
    while ($wanted.Count -gt 0) {
        $pending = $Pipe.BeginRead($bytes, 0, $bytes.Length, $null, $null)
        if (-not $pending.AsyncWaitHandle.WaitOne((Get-OurLeft))) { return 'time-limit' }
        $count = $Pipe.EndRead($pending)
        if ($count -eq 0) { return 'failed' }
        [void]$text.Append([Text.Encoding]::ASCII.GetString($bytes, 0, $count))
        $parts = $text.ToString().Split("`n")
        for ($i = 0; $i -lt $parts.Length - 1; $i++) { Send-OurLine $parts[$i] }
        [void]$text.Clear().Append($parts[$parts.Length - 1])
        # Longer than any line of ours.
        if ($text.Length -gt 1MB) { return 'failed' }
    }
    return $null
}

# Runs the task and talks to it. Returns null when all is answered, else the kind of what is not.
function Invoke-OurLook($Pipe, [byte[]]$Bytes)
{
    $coming = $Pipe.BeginWaitForConnection($null, $null)
    if ((Invoke-OurProgram 'schtasks.exe' @('/Run', '/TN', (Get-OurTaskPath $taskName))) -ne 0) { return 'failed' }
    # A task that is queued (2) is on its way, and its time begins when it is not any more.
    $queued = $false
    while (-not $coming.AsyncWaitHandle.WaitOne([Math]::Min((Get-OurLeft), [int]$Request.connect_ms))) {
        $task = Get-OurTask $Request.at.tasks $taskName
        $before = $queued
        $queued = $null -ne $task -and $task.State -eq 2
        if ((Get-OurLeft) -eq 0 -or -not ($queued -or $before)) { return 'time-limit' }
    }
    $Pipe.EndWaitForConnection($coming)
    $going = $Pipe.BeginWrite($Bytes, 0, $Bytes.Length, $null, $null)
    if (-not $going.AsyncWaitHandle.WaitOne((Get-OurLeft))) { return 'time-limit' }
    $Pipe.EndWrite($going)
    return Read-OurLook $Pipe
}

# The two lines of a call, as standard input has them otherwise.
function Invoke-OurLookTask([string]$Text)
{
    $utf8 = [Text.Encoding]::UTF8
    $both = @($Text, "$($Request.order)") | ForEach-Object { [Convert]::ToBase64String($utf8.GetBytes($_)) }
    $bytes = [Text.Encoding]::ASCII.GetBytes($both -join "`n")
    $sha = New-Object Security.Cryptography.SHA256CryptoServiceProvider
    $sha256 = [BitConverter]::ToString($sha.ComputeHash($bytes)).Replace('-', '')
    if ($null -ne (Get-OurTask $Request.at.tasks $taskName)) {
        return Write-OurOpen 'failed' "there is a task $taskName already"
    }
    $made = $false
    $pipe = New-OurPipe
    try {
        $made = Register-OurLook $sha256
        Write-OurLine ([ordered]@{ task = (Get-OurTaskPath $taskName); made = $made })
        if (-not $made) { return Write-OurOpen 'access-denied' 'no task of SYSTEM could be made' }
        $kind = Invoke-OurLook $pipe ($bytes + [byte]10)
        if ($kind) { Write-OurOpen $kind "no answer of the task of SYSTEM" }
    } finally {
        $pipe.Dispose()
        if ($made) {
            $gone = Remove-OurTask $taskName
            Remove-OurTaskFolder
            Write-OurLine ([ordered]@{ task = (Get-OurTaskPath $taskName); removed = $gone })
        }
    }
}

# The text of this call is the one of the call inside; what is asked tells them apart.
function Invoke-OurAsSystem([string]$Text)
{
    if ("$($Request.op)" -ceq 'probe') { return Invoke-OurProbe }
    $nonce = "$($Request.nonce)"
    $taskName = "look-$($nonce.Substring(0, 16))"
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $wanted = New-Object Collections.ArrayList
    foreach ($name in @($Request.facts)) { [void]$wanted.Add("$name") }
    if ("$($Request.order)" -cnotmatch '^\{[\x20-\x7e]+\}\z' -or
        $Request.wait_ms -lt 1000 -or $Request.wait_ms -gt 300000) {
        return Write-OurOpen 'failed' 'bad request'
    }
    try {
        Invoke-OurLookTask $Text
    } catch {
        Write-OurOpen (Get-OurErrorKind $_) "$_"
    }
}
