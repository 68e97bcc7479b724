# What the agent's own commands say, and the way to the login URL through the proxy that the agent uses: for
# the probe, and for the step of an upgrade that asks again while the agent's service is stopped. It reads.

# --- The agent's own commands ---

# Asks them into a table that is there from the start: when one hangs, the answers before it still
# count. `setting` and `policy` are true once answered; `jobs` and `wbjobs` are null until then.
function Read-OurOb([int]$LimitMs, [bool]$SettingOnly)
{
    $ob = [hashtable]::Synchronized(@{
        setting = $false; encryption = $null; proxy = $null; hung = $false
        jobs = $null; wbjobs = $null; policy = $false; scheduled = $null })
    $argument = @{ ob = $ob; only = $SettingOnly }
    # An error or a hang is no answer, and no answer is what the table says without one.
    $answer = Invoke-OurLimited ${function:Read-OurAgent} $argument $LimitMs
    $ob.hung = "$($answer.kind)" -eq 'time-limit'
    if (-not $SettingOnly) {
        [void](Invoke-OurLimited ${function:Read-OurServerBackup} $argument $LimitMs)
    }
    return $ob
}

# The manifest of the agent's module; null where there is none: servers of DPM and MABS have the agent
# without its commands.
function Get-OurAgentModule
{
    $path = Get-OurAgentPath
    if (-not $path) { return $null }
    $module = "$path\bin\Modules\MSOnlineBackup\MSOnlineBackup.psd1"
    if (-not (Test-Path -LiteralPath $module)) { return $null }
    return $module
}

# Each command by itself: one that fails says nothing about the next.
function Read-OurAgent($Argument)
{
    $ob = $Argument.ob
    $module = Get-OurAgentModule
    if (-not $module) { return }
    Import-Module $module
    try {
        $setting = Get-OBMachineSetting
        $ob.encryption = "$($setting.EncryptionSetting.EncryptionKeyStatus)" -eq 'Set'
        $server = Get-OurProxyName $setting.ProxySetting.ProxyServer
        # A name may stand there while it is switched off.
        if ($server -and $setting.ProxySetting.Enabled -ne $false) { $ob.proxy = "${server}:$($setting.ProxySetting.ProxyPort)" }
        $ob.setting = $true
    } catch { $ob.setting = $false }
    if ($Argument.only) { return }
    try {
        $ob.jobs = @(Get-OBJob | ForEach-Object {
            @{ state = "$($_.JobStatus.JobState)"; since = $_.JobStatus.StartTime }
        })
    } catch { $ob.jobs = $null }
    try {
        $ob.scheduled = $null -ne (Get-OBPolicy)
        $ob.policy = $true
    } catch { $ob.policy = $false }
}

# Windows Server Backup makes the image behind a backup of the system state.
function Read-OurServerBackup($Argument)
{
    $module = "$env:SystemRoot\System32\WindowsPowerShell\v1.0\Modules\WindowsServerBackup"
    if (-not (Test-Path -LiteralPath $module)) { return }
    Import-Module WindowsServerBackup
    # With nothing at work it may answer an empty job, of state Unknown and begun in the year 1.
    $Argument.ob.wbjobs = @(Get-WBJob | Where-Object { $_.StartTime.Year -gt 2000 } | ForEach-Object {
        @{ state = "$($_.JobState)"; since = Get-OurServerBackupTime $_.StartTime }
    })
}

# Times of Windows Server Backup are local when they do not say what they are; the year 1 stands for none.
function Get-OurServerBackupTime($Time)
{
    if ($null -eq $Time -or $Time.Year -lt 2000) { return $null }
    if ($Time.Kind -eq [DateTimeKind]::Unspecified) { $Time = [DateTime]::SpecifyKind($Time, 'Local') }
    return $Time.ToUniversalTime()
}

# --- The proxies ---

# SYSTEM's settings of Windows Internet: the agent's service runs as SYSTEM. Null when it has none.
function Get-OurSystemInternet
{
    return Get-OurKey 'S-1-5-18\Software\Microsoft\Windows\CurrentVersion\Internet Settings' 'Users'
}

# "host:port" of one proxy as it was set, without the user and the password that it may be kept with:
# nothing here signs in, and nobody is told. A password may hold any sign, so that the last @ counts.
function Get-OurProxyName($Text)
{
    return (("$Text".Trim() -creplace '(?s)^.*@', '') -creplace '^[A-Za-z]+://', '') -creplace '(?s)[;\s/?#].*\z', ''
}

# The address of an automatic configuration without a sign-in, and without what follows its path.
function Get-OurAutoName($Text)
{
    return ("$Text".Trim() -creplace '(?s)[?#].*\z', '') -creplace '^((?:[A-Za-z]+:)?//)?[^/]*@', '$1'
}

# The parts of "http=host:port;https=host:port". A proxy for all is one part, whatever its password holds.
function Get-OurProxyPart($Text)
{
    return [regex]::Split("$Text", '[;\s]+(?=(?:https?|ftp|socks)=)', 'IgnoreCase, CultureInvariant')
}

# The value of a part "NAME=value", whatever the case of its name; null when it is of no such name.
function Get-OurPartValue([string]$Part, [string]$Names)
{
    $found = [regex]::Match($Part, "(?s)^\s*(?:$Names)=(.*)\z", 'IgnoreCase, CultureInvariant')
    if (-not $found.Success) { return $null }
    return $found.Groups[1].Value
}

function Get-OurSystemProxy
{
    $key = Get-OurSystemInternet
    if ($null -eq $key -or $key.GetValue('ProxyEnable') -ne 1) { return $null }
    $all = $null
    foreach ($part in Get-OurProxyPart $key.GetValue('ProxyServer')) {
        $https = Get-OurPartValue $part 'https'
        if ($https) { return Get-OurProxyName $https }
        if ($part -and $null -eq (Get-OurPartValue $part 'https?|ftp|socks')) { $all = Get-OurProxyName $part }
    }
    return $all
}

# WinHTTP's proxy and what goes past it: a binary value, flags at byte 8 (2: a proxy is set), then twice
# the length of a text and the text.
function Get-OurWinHttp
{
    $way = @{ proxy = $null; except = $null }
    $path = 'SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\Connections'
    $bytes = Get-OurValue $path 'WinHttpSettings'
    if ($null -eq $bytes -or $bytes.Length -lt 17 -or -not ($bytes[8] -band 2)) { return $way }
    $length = [BitConverter]::ToInt32($bytes, 12)
    if ($length -lt 1 -or $length -gt $bytes.Length - 16) { return $way }
    $text = [Text.Encoding]::ASCII.GetString($bytes, 16, $length)
    $parts = @(Get-OurProxyPart $text)
    $first = Get-OurPartValue $parts[0] 'https?|ftp|socks'
    if ($null -eq $first) { $first = $parts[0] }
    $way.proxy = Get-OurProxyName $first
    foreach ($part in $parts) {
        $https = Get-OurPartValue $part 'https'
        if ($https) { $way.proxy = Get-OurProxyName $https }
    }
    if ($bytes.Length -lt 20 + $length) { return $way }
    $more = [BitConverter]::ToInt32($bytes, 16 + $length)
    if ($more -lt 1 -or $more -gt $bytes.Length - 20 - $length) { return $way }
    $way.except = [Text.Encoding]::ASCII.GetString($bytes, 20 + $length, $more)
    return $way
}

function Get-OurProxy($Ob)
{
    if ($Ob.proxy) { return @{ proxy = $Ob.proxy; source = 'agent' } }
    $proxy = Get-OurSystemProxy
    if ($proxy) { return @{ proxy = $proxy; source = 'system' } }
    $proxy = (Get-OurWinHttp).proxy
    if ($proxy) { return @{ proxy = $proxy; source = 'winhttp' } }
    return @{ proxy = $null; source = 'none' }
}

# --- Names on the Internet ---

# What a proxy itself said to CONNECT, in place of a way to the server; null where it said nothing. .NET Framework hands
# its answer on as that of the exception, and its Method is CONNECT then (referencesource: _Connection.cs, where
# TunnelThroughProxy keeps what the tunnel's own request threw, and HttpWebRequest.cs, which gives that request its verb);
# .NET from 7 on keeps the number alone, in the exception inside. Whether a certificate was seen cannot tell: a
# ServicePoint is of the proxy's address (ServicePointManager.cs, FindServicePoint), so that it has another name's.
function Get-OurTunnelStatus($Exception)
{
    if ($null -eq $Exception.Response) { return $Exception.InnerException.StatusCode }
    if ($Exception.Response.Method -ceq 'CONNECT') { return $Exception.Response.StatusCode }
    return $null
}

# One of them: the name, TCP, TLS and HTTP. Any answer of the server says that the way is open, but for those of what
# stands between and cannot get through (502, 503, 504). Whoever wants a sign-in (407) has only said that this account
# gave none: the agent may have a user and a password for it, so that nothing is known. Who issued the certificate
# tells of an inspection on the way, also when it is not trusted here.
function Test-OurHost([string]$Name, $Proxy, [int]$LimitMs)
{
    $result = [ordered]@{ host = $Name; open = $false; status = $null; error = $null; issuer = $null }
    $response = $refused = $null
    try {
        $web = [Net.WebRequest]::Create("https://$Name/")
        $web.Proxy = $null
        if ($Proxy) { $web.Proxy = New-Object Net.WebProxy("http://$Proxy") }
        $web.AllowAutoRedirect = $false
        $web.Timeout = $LimitMs
        $response = $web.GetResponse()
    } catch {
        $e = $_.Exception
        while ($null -ne $e -and $e -isnot [Net.WebException]) { $e = $e.InnerException }
        if ($null -eq $e) { throw }
        $response = $e.Response
        $refused = Get-OurTunnelStatus $e
        if ($null -eq $response -and $null -eq $refused) { $result.error = Get-OurWebError $e }
    }
    if ($null -ne $refused) {
        $result.status = [int]$refused
        $result.error = 'proxy'
    } else {
        if ($null -ne $web.ServicePoint.Certificate) { $result.issuer = $web.ServicePoint.Certificate.Issuer }
        if ($null -ne $response) {
            $result.status = [int]$response.StatusCode
            $result.open = @(502, 503, 504) -notcontains $result.status
        }
    }
    if ($result.status -eq 407) {
        $result.open = $null
        $result.error = 'sign-in'
    }
    if ($null -ne $response) { $response.Close() }
    return $result
}

# The enumeration of System.Net says which part of the way failed; newer .NET says it one level deeper.
function Get-OurWebError($Exception)
{
    for ($e = $Exception; $null -ne $e; $e = $e.InnerException) {
        if ($e -is [Security.Authentication.AuthenticationException]) { return 'tls' }
    }
    switch ("$($Exception.Status)") {
        'NameResolutionFailure' { return 'name' }
        'ProxyNameResolutionFailure' { return 'proxy' }
        'RequestProhibitedByProxy' { return 'proxy' }
        'TrustFailure' { return 'tls' }
        'SecureChannelFailure' { return 'tls' }
        'Timeout' { return 'time-limit' }
    }
    return 'connect'
}

# For this process alone. Old .NET offers TLS 1.0 only. 0 means that Windows chooses, which is newer and better.
function Enable-OurTls
{
    $protocols = [int][Net.ServicePointManager]::SecurityProtocol
    if ($protocols -ne 0) { [Net.ServicePointManager]::SecurityProtocol = $protocols -bor 3072 }
}

# The value of network.login and network.endpoints. All are asked at the same time, each in a thread of its own:
# looking a name up takes as long as Windows likes, and must not cost the others their time.
function Test-OurHosts($Names, $Ob, [int]$LimitMs)
{
    $Names = @($Names | Where-Object { $_ })
    if ($Names.Count -eq 0) { return [ordered]@{ asked = $false } }
    Enable-OurTls
    [Net.ServicePointManager]::DefaultConnectionLimit = 32
    $way = Get-OurProxy $Ob
    # Who asks again in this call takes the sessions of before: Windows writes seven events for each new one.
    if ($null -eq $global:OurIdle) { $global:OurIdle = New-Object Collections.Queue }
    $idle = $global:OurIdle
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $asked = foreach ($name in $Names) {
        $shell = [Management.Automation.PowerShell]::Create()
        $shell.Runspace = $(if ($idle.Count -gt 0) { $idle.Dequeue() } else { New-OurWorker })
        [void]$shell.AddCommand('Test-OurHost').AddArgument($name).AddArgument($way.proxy).AddArgument([int][Math]::Max(1, $LimitMs - 1000))
        @{ name = $name; shell = $shell; pending = $shell.BeginInvoke() }
    }
    $results = foreach ($one in @($asked)) {
        $left = [int][Math]::Max(0, $LimitMs - 500 - $clock.ElapsedMilliseconds)
        if ($one.pending.AsyncWaitHandle.WaitOne($left)) {
            @($one.shell.EndInvoke($one.pending))[0]
            $idle.Enqueue($one.shell.Runspace)
        } else {
            [void]$one.shell.BeginStop($null, $null)
            [ordered]@{ host = $one.name; open = $false; status = $null; error = 'time-limit'; issuer = $null }
        }
    }
    return [ordered]@{ asked = $true; proxy = $way.proxy; proxy_source = $way.source; results = @($results) }
}
