# stage-get has the server fetch the installer itself, by HTTPS, into the folder and under the name that stage-put writes
# to. Where it comes from proves nothing: it is proven here as one that was pushed, and once more by stage-check.
# The request says for how long one call may go on where the server at the other end takes up a file in its middle, so
# that nobody waits for this one long; where it does not, the call lasts until the file is there or its limit.

function Assert-OurUrl
{
    $pattern = '^https://(?:[A-Za-z0-9.-]{1,200}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?/[A-Za-z0-9._~%/+,=:@-]{1,255}\z'
    if ("$($Request.url)" -cnotmatch $pattern) { Stop-OurStep 'bad-request' 'url' }
}

# Why nothing came: a word of docs/protocol.md. What has come stays, for the next call.
function Stop-OurGet([string]$Why, [string]$Text, $Status = $null)
{
    Stop-OurStep 'not-downloaded' $Text @{ why = $Why; status = $Status; proxy = $global:OurVia }
}

# So long may nothing come.
function Get-OurPatience
{
    return [int][Math]::Max(1, [Math]::Min($Request.slice_ms, $Request.limit_ms - $global:OurClock.ElapsedMilliseconds))
}

# The answer of a server, whatever it is; of none, why.
function Get-OurResponse($Web)
{
    $problem = $null
    try {
        $pending = $Web.BeginGetResponse($null, $null)
        if ($pending.AsyncWaitHandle.WaitOne((Get-OurPatience))) { return $Web.EndGetResponse($pending) }
    } catch {
        $problem = $_.Exception
        while ($null -ne $problem -and $problem -isnot [Net.WebException]) { $problem = $problem.InnerException }
        if ($null -eq $problem) { throw }
    }
    if ($null -eq $problem) { Stop-OurGet 'time-limit' 'no answer' }
    $refused = Get-OurTunnelStatus $problem
    if ($null -ne $refused) {
        $why = $(if ([int]$refused -eq 407) { 'sign-in' } else { 'proxy' })
        Stop-OurGet $why $problem.Message ([int]$refused)
    }
    if ($null -ne $problem.Response) { return $problem.Response }
    Stop-OurGet (Get-OurWebError $problem) $problem.Message
}

# The proxy that Windows has for this account, "host:port"; null where it has none for that address. Nothing signs in to
# it.
function Get-OurVia($Proxy, $Url)
{
    $via = $Proxy.GetProxy($Url)
    if ($null -eq $via -or $via -eq $Url) { return $null }
    return "$($via.Host):$($via.Port)"
}

# Where a server sends us on to. What it may hold is not told: it may be a key to the file.
function Get-OurNextUrl($Url, [string]$Location)
{
    try { $next = New-Object Uri($Url, $Location) } catch { $next = $null }
    if ($null -eq $next -or $next.Scheme -cne 'https' -or $next.UserInfo) {
        Stop-OurGet 'redirect' 'sent on to what is no https, or has a password in it'
    }
    return $next
}

# The request whose answer is the file, from that byte on or whole.
function Open-OurUrl([long]$From)
{
    $url = [Uri]$Request.url
    $proxy = [Net.WebRequest]::GetSystemWebProxy()
    for ($hop = 0; $hop -le 5; $hop++) {
        $global:OurVia = Get-OurVia $proxy $url
        $web = [Net.WebRequest]::Create($url)
        $web.Proxy = $proxy
        $web.AllowAutoRedirect = $false
        $web.AddRange($From)
        $response = Get-OurResponse $web
        $status = [int]$response.StatusCode
        if (@(200, 206) -contains $status) { return @{ web = $web; response = $response; ranges = $status -eq 206 } }
        $location = "$($response.Headers['Location'])"
        $web.Abort()
        if (@(301, 302, 303, 307, 308) -contains $status) { $url = Get-OurNextUrl $url $location; continue }
        if ($status -eq 416) { Stop-OurStep 'size-mismatch' 'the file there is shorter than what is here' }
        if ($status -eq 407) { Stop-OurGet 'sign-in' 'a proxy wants a sign-in' 407 }
        Stop-OurGet 'status' "the answer is $status" $status
    }
    Stop-OurGet 'redirect' 'sent on too often'
}

function Read-OurSome($Stream, $Bytes)
{
    try {
        $pending = $Stream.BeginRead($Bytes, 0, $Bytes.Length, $null, $null)
        if ($pending.AsyncWaitHandle.WaitOne((Get-OurPatience))) { return $Stream.EndRead($pending) }
    } catch {
        $problem = "$_"
    }
    if ($null -ne $problem) { Stop-OurGet 'cut' $problem }
    Stop-OurGet 'time-limit' 'nothing more came'
}

# Puts what comes behind what is there. Returns how much that is then: one byte more than it may be where more come.
function Save-OurBody($Stream, $File, [bool]$Ranges)
{
    $bytes = New-Object byte[] 65536
    while ($true) {
        $count = Read-OurSome $Stream $bytes
        if ($File.Position + $count -gt $Request.size) { return $Request.size + 1 }
        if ($count -eq 0 -and $File.Position -lt $Request.size) { Stop-OurGet 'cut' "the answer ended after $($File.Position) bytes" }
        if ($count -eq 0) { return $File.Position }
        Write-OurBytes $File $bytes $count
        if ($Ranges -and $global:OurClock.ElapsedMilliseconds -ge $Request.slice_ms) { return $File.Position }
        if ($global:OurClock.ElapsedMilliseconds -ge $Request.limit_ms) { Stop-OurGet 'time-limit' 'not whole in time' }
    }
}

# How long the file will be by what the answer says, where it says it.
function Get-OurWholeLength($Answer, [long]$From)
{
    if ($Answer.response.ContentLength -lt 0) { return $Request.size }
    return $From + $Answer.response.ContentLength
}

# From where the server goes on: where it was asked to, or from the begin. An answer for another place is none.
function Get-OurPlace($Answer, [long]$From)
{
    if (-not $Answer.ranges) { return 0 }
    if ("$($Answer.response.Headers['Content-Range'])" -cnotmatch "^bytes $From-") { Stop-OurGet 'status' 'another part than asked for' 206 }
    return $From
}

function Receive-OurPart([string]$Part)
{
    $answer = Open-OurUrl (Get-OurPartSize $Part)
    try {
        $from = Get-OurPlace $answer (Get-OurPartSize $Part)
        $length = Get-OurWholeLength $answer $from
        if ($length -ne $Request.size) { Stop-OurStep 'size-mismatch' "the file there has $length bytes" }
        $file = New-Object IO.FileStream($Part, [IO.FileMode]::OpenOrCreate, [IO.FileAccess]::ReadWrite, [IO.FileShare]::None)
        try {
            $global:OurChanged = $true
            $file.SetLength($from)
            [void]$file.Seek($from, [IO.SeekOrigin]::Begin)
            return Save-OurBody $answer.response.GetResponseStream() $file $answer.ranges
        } finally {
            $file.Close()
        }
    } finally {
        # Closing what was not read to its end would read it.
        $answer.web.Abort()
    }
}

# Whether an earlier call has brought it: one whose line was cut may come late, when the installer is at work already.
function Test-OurBrought([string]$Folder)
{
    $path = "$Folder\$($Request.file)"
    if (-not (Test-Path -LiteralPath $path -PathType Leaf)) { return $false }
    if ((Get-Item -LiteralPath $path -Force).Length -ne $Request.size) { return $false }
    return (Get-OurSha256 $path) -ceq $Request.sha256
}

# With the lock.
function Receive-OurInstallerInto([string]$Folder)
{
    if (Test-OurBrought $Folder) { return [ordered]@{ have = $Request.size; whole = $true; proxy = $null } }
    $part = "$Folder\$($Request.file).part"
    $have = Get-OurPartSize $part
    if ($have -lt $Request.size) { $have = Receive-OurPart $part }
    if ($have -gt $Request.size) {
        $global:OurChanged = $true
        Remove-Item -LiteralPath $part -Force
        Stop-OurStep 'size-mismatch' "the file there has more than $($Request.size) bytes"
    }
    $whole = $have -eq $Request.size
    if ($whole) { Confirm-OurPart $Folder }
    return [ordered]@{ have = $have; whole = $whole; proxy = $global:OurVia }
}

function Receive-OurInstaller
{
    Assert-OurName folder file sha256
    Assert-OurUrl
    Enable-OurTls
    $global:OurVia = $null
    $global:OurClock = [Diagnostics.Stopwatch]::StartNew()
    Invoke-OurLocked {
        Enter-OurReservation
        Receive-OurInstallerInto (Assert-OurFolder)
    }
}
