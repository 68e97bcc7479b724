# windows_types.psm1 - the last part of windows.psm1: New-Object, and the few types of .NET that
# only Windows has. A type is replaced by its name as the scripts write it, in the table that PowerShell
# itself resolves names with.

# --- New-Object: what only Windows has is made here, the rest as ever ---

function New-Object
{
    [CmdletBinding(DefaultParameterSetName = 'Net')]
    param(
        [Parameter(Position = 0, ParameterSetName = 'Net')][string]$TypeName,
        [Parameter(Position = 1, ParameterSetName = 'Net')][object[]]$ArgumentList,
        [Parameter(ParameterSetName = 'Com')][string]$ComObject
    )
    if ($ComObject) {
        if ($ComObject -ne 'Schedule.Service') { throw "COM: $ComObject is not played" }
        return New-StandInScheduler
    }
    switch ($TypeName) {
        'Security.Principal.SecurityIdentifier' { return [pscustomobject]@{ Value = $ArgumentList[0] } }
        'Security.Principal.NTAccount' {
            $account = [pscustomobject]@{ Name = $ArgumentList[0] }
            $account | Add-Member -MemberType ScriptMethod -Name Translate -Value {
                param($to)
                $agent = (Get-StandInState).agent
                if ($this.Name -ne $agent.task_account -or -not $agent.task_sid) { throw 'Die Zuordnung ist nicht moeglich.' }
                [pscustomobject]@{ Value = $agent.task_sid }
            }
            return $account
        }
        'Security.Principal.WindowsPrincipal' {
            $principal = [pscustomobject]@{ }
            $principal | Add-Member -MemberType ScriptMethod -Name IsInRole -Value {
                param($sid)
                $sid.Value -eq 'S-1-5-32-544' -and ($env:MARSHAL_AS_SYSTEM -or (Get-StandInState).identity.admin)
            }
            return $principal
        }
        { $_ -in 'Security.AccessControl.DirectorySecurity', 'IO.Pipes.PipeSecurity' } {
            $acl = [pscustomobject]@{ Sddl = '' }
            $acl | Add-Member -MemberType ScriptMethod -Name SetSecurityDescriptorSddlForm -Value {
                param($sddl)
                $this.Sddl = $sddl
            }
            return $acl
        }
        'Security.Cryptography.X509Certificates.X509Chain' {
            # What is made of real ones shows signature.sh.
            $name = 'CN=Microsoft Root Certificate Authority 2010, O=Microsoft Corporation, L=Redmond, S=Washington, C=US'
            $root = @{
                Certificate = @{ Subject = $name; Issuer = $name; Thumbprint = '3B1EFD3A66EA28B16697394703A72CA340A05BD5' }
                ChainElementStatus = @()
            }
            $chain = [pscustomobject]@{ ChainPolicy = @{ RevocationMode = 'Online' }; ChainElements = @($root) }
            $chain | Add-Member -MemberType ScriptMethod -Name Build -Value { param($certificate) $true }
            return $chain
        }
        'IO.FileStream' {
            $ArgumentList[0] = Get-StandInFile $ArgumentList[0]
            if ($ArgumentList[0] -like '*.part' -and (Get-StandInState).faults.upload -eq 'disk-full') {
                return New-StandInFullFile $ArgumentList
            }
        }
        'IO.DirectoryInfo' {
            if ($ArgumentList[0] -match '^[A-Za-z]:\\') { return New-StandInFolder $ArgumentList[0] }
        }
        'Threading.Mutex' {
            if ((Get-StandInState).faults.mutex) { return New-StandInHeldMutex }
            # Each simulated server has mutexes of its own.
            $server = $env:MARSHAL_STATE.Replace('/', '-')
            return [System.Threading.Mutex]::new($ArgumentList[0], $ArgumentList[1] + $server)
        }
    }
    $more = @{}
    if ($null -ne $ArgumentList) { $more.ArgumentList = $ArgumentList }
    Microsoft.PowerShell.Utility\New-Object -TypeName $TypeName @more
}

# A file on a volume that has room for half of what is written.
function New-StandInFullFile([object[]]$ArgumentList)
{
    $real = Microsoft.PowerShell.Utility\New-Object IO.FileStream -ArgumentList $ArgumentList
    $file = [pscustomobject]@{ Real = $real; Length = $real.Length }
    $file | Add-Member -MemberType ScriptProperty -Name Position -Value { $this.Real.Position }
    $file | Add-Member -MemberType ScriptMethod -Name SetLength -Value { param($length) $this.Real.SetLength($length) }
    $file | Add-Member -MemberType ScriptMethod -Name Seek -Value { param($to, $origin) $this.Real.Seek($to, $origin) }
    $file | Add-Member -MemberType ScriptMethod -Name Close -Value { $this.Real.Close() }
    $file | Add-Member -MemberType ScriptMethod -Name Write -Value {
        param($bytes, $from, $count)
        $this.Real.Write($bytes, $from, [int]($count / 2))
        throw [IO.IOException]::new('Es steht nicht genug Speicherplatz auf dem Datentraeger zur Verfuegung.', -2147024784)
    }
    return $file
}

# One that somebody holds for longer than anybody waits, and who may bring a task while the installer's waits.
function New-StandInHeldMutex
{
    $mutex = [pscustomobject]@{ }
    $mutex | Add-Member -MemberType ScriptMethod -Name Close -Value { }
    $mutex | Add-Member -MemberType ScriptMethod -Name WaitOne -Value {
        param([int]$ms)
        if ($ms -lt 0) { throw 'a wait without an end' }
        if ($env:MARSHAL_AS_SYSTEM) {
            Edit-StandInState {
                param($s)
                if ($s.faults.mutex -match '^held:(.+)$') { $s.tasks["\marshal\$($Matches[1])"] = @{ account = 'SYSTEM' } }
            }
        }
        return $false
    }
    return $mutex
}

# --- Types ---

# The registry as keys with values, built anew from the state for each look.
function Get-StandInRegistry
{
    $s = Get-StandInState
    $keys = @{}
    $windows = 'SOFTWARE\Microsoft\Windows\CurrentVersion'
    $agent = 'SOFTWARE\Microsoft\Windows Azure Backup'
    $keys['SOFTWARE\Microsoft\Windows NT\CurrentVersion'] = @{ InstallationType = $s.os.installation_type }
    if ($null -ne $s.dotnet.release) {
        $keys['SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full'] = @{ Release = [int]$s.dotnet.release }
    }
    $keys['SOFTWARE\Microsoft\Cryptography'] = @{ MachineGuid = $s.machine.guid }
    $keys['SYSTEM\CurrentControlSet\Control\TimeZoneInformation'] = @{
        TimeZoneKeyName = "$($s.clock.zone)$([char]0)x"; ActiveTimeBias = -[int]$s.clock.offset_minutes
    }
    Add-StandInSecurity $keys $s
    if ($s.agent.installed) {
        $keys["$agent\Setup"] = @{ InstallPath = "$($s.agent.path)\" }
        $keys["$agent\Config"] = @{ ScratchLocation = $s.scratch.config }
        if ($s.agent.registered) { $keys["$agent\Config"].MachineId = '5a3ef79a' }
        $keys["$agent\Config\CloudBackupProvider"] = @{ ScratchLocation = $s.scratch.provider }
        $keys["$agent\Config"].Address = @($s.network.names.config | ForEach-Object { "https://$_/v1;" }) -join ''
        if ($s.ob.policy.offline) { $keys["$agent\Config\CloudBackupProvider"]['AzureADAppCertThumbprint_7'] = 'AB' }
    }
    foreach ($view in 64, 32) {
        $tree = $(if ($view -eq 32) { '32:' }) + "$windows\Uninstall"
        $keys["$tree\Another"] = @{ DisplayName = 'Another program'; DisplayVersion = '1.0' }
        foreach ($entry in @($s.agent.uninstall | Where-Object { $_.view -eq $view })) {
            $keys["$tree\$($entry.key)"] = @{
                DisplayName = 'Microsoft Azure Recovery Services Agent'; DisplayVersion = $entry.version
            }
        }
    }
    foreach ($name in $s.services.Keys) {
        if (-not $s.services[$name].exists) { continue }
        $image = $s.services[$name].program
        if (-not $image) { $image = 'C:\Windows\system32\svchost.exe -k x' }
        if ($name -eq 'obengine') {
            $image = "`"$($s.agent.path)\bin\cbengine.exe`""
            if ($s.agent.service_path) { $image = $s.agent.service_path }
        }
        $keys["SYSTEM\CurrentControlSet\Services\$name"] = @{ Start = [int]$s.services[$name].start; ImagePath = $image }
    }
    if ($s.kind -in 'dpm', 'mabs') {
        $dpm = 'SOFTWARE\Microsoft\Microsoft Data Protection Manager'
        $keys["$dpm\DB"] = @{}
        $keys["$dpm\Setup"] = @{ InstallPath = Get-StandInDpmPath $s }
    }
    if ($s.kind -eq 'asr') { $keys["$agent\Config\InMageMT"] = @{} }
    if ($s.reboot.servicing) { $keys["$windows\Component Based Servicing\RebootPending"] = @{} }
    if ($s.reboot.installer) { $keys['SOFTWARE\Microsoft\Updates'] = @{ UpdateExeVolatile = 1 } }
    $names = for ($i = 0; $i -lt $s.reboot.renames; $i++) { "\??\C:\old$i"; '' }
    $keys['SYSTEM\CurrentControlSet\Control\Session Manager'] = @{ PendingFileRenameOperations = [string[]]$names }
    if ($s.reboot.windows_update) { $keys["$windows\WindowsUpdate\Auto Update\RebootRequired"] = @{} }
    $names = 'SYSTEM\CurrentControlSet\Control\ComputerName'
    $keys["$names\ActiveComputerName"] = @{ ComputerName = "$($s.name)".ToUpperInvariant() }
    $keys["$names\ComputerName"] = @{ ComputerName = $(if ($s.reboot.computer_rename) { 'NEW' } else { $s.name }) }
    # Its proxies and the automatic configuration are kept with what nobody may be told.
    $proxy = $s.network.proxies
    $auto = $s.network.system_auto
    if ($auto) { $auto = $auto.Replace('://', '://joe:S3cret@') + '?token=S3cret@x/#S3cret' }
    $keys["S-1-5-18\Software\Microsoft\Windows\CurrentVersion\Internet Settings"] = @{
        ProxyEnable = $(if ($proxy.system) { 1 } else { 0 })
        ProxyServer = "http=joe:S3cret@other:1;https=http://joe:S3;cr=/et@$($proxy.system)/"
        AutoConfigURL = $auto; ProxyOverride = $s.network.system_except
    }
    if ($s.network.machine_wide) {
        $keys['SOFTWARE\Policies\Microsoft\Windows\CurrentVersion\Internet Settings'] = @{ ProxySettingsPerUser = 0 }
    }
    if ($proxy.winhttp) {
        $bytes = [byte[]](0x28, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0)
        foreach ($text in "joe:S3;cr@et@$($proxy.winhttp)", "$($s.network.winhttp_except)") {
            $bytes += [BitConverter]::GetBytes([int]$text.Length) + [Text.Encoding]::ASCII.GetBytes($text)
        }
        $keys["$windows\Internet Settings\Connections"] = @{ WinHttpSettings = [byte[]]$bytes }
    }
    if ($null -ne $s.marker) {
        $names = Get-StandInMarkerName
        $values = @{}
        foreach ($name in $names.Keys) {
            if ($null -ne $s.marker[$names[$name]]) { $values[$name] = "$($s.marker[$names[$name]])" }
        }
        $keys['SOFTWARE\marshal\install'] = $values
    }
    return $keys
}

# What facts of security and of PowerShell read.
function Add-StandInSecurity($Keys, $State)
{
    $tls = $State.tls
    $schannel = @{ Enabled = $tls.schannel_enabled; DisabledByDefault = $tls.schannel_disabled_by_default }
    $Keys['SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client'] = Select-StandInNumber $schannel
    foreach ($view in 64, 32) {
        $net = @{ SystemDefaultTlsVersions = $tls."net${view}_system_default"; SchUseStrongCrypto = $tls."net${view}_strong_crypto" }
        $Keys[$(if ($view -eq 32) { '32:' }) + 'SOFTWARE\Microsoft\.NETFramework\v4.0.30319'] = Select-StandInNumber $net
    }
    $Keys['SYSTEM\CurrentControlSet\Control\Lsa\FipsAlgorithmPolicy'] = Select-StandInNumber @{ Enabled = $tls.fips }
    $policy = $State.powershell.execution_policy
    if ($State.powershell.policy_source -eq 'machine') {
        $Keys['SOFTWARE\Microsoft\PowerShell\1\ShellIds\Microsoft.PowerShell'] = @{ ExecutionPolicy = $policy }
    } elseif ($State.powershell.policy_source -eq 'group-policy') {
        $Keys['SOFTWARE\Policies\Microsoft\Windows\PowerShell'] = @{ EnableScripts = 1; ExecutionPolicy = $policy }
        # A policy that forbids all scripts names none.
        if ($policy -eq 'Restricted') { $Keys['SOFTWARE\Policies\Microsoft\Windows\PowerShell'] = @{ EnableScripts = 0 } }
    }
    $path = 'C:\Program Files\WindowsPowerShell\Modules;C:\Windows\system32\WindowsPowerShell\v1.0\Modules\'
    if ($State.agent.module_on_path) { $path += ";$($State.agent.path)\bin\Modules\" }
    $Keys['SYSTEM\CurrentControlSet\Control\Session Manager\Environment'] = @{ PSModulePath = $path }
    $services = 'SYSTEM\CurrentControlSet\Services'
    foreach ($filter in $State.antivirus.filters) {
        $Keys["$services\$($filter.name)"] = @{ Start = 0 }
        $Keys["$services\$($filter.name)\Instances\one"] = @{ Altitude = "$($filter.altitude)" }
    }
    foreach ($filter in $State.interference.filters) {
        $Keys["$services\$($filter.name)"] = @{ Start = 0; Type = 2 }
        $Keys["$services\$($filter.name)\Instances\one"] = @{ Altitude = "$($filter.altitude)" }
    }
    foreach ($one in $State.interference.services) {
        $Keys["$services\$($one.name)"] = @{ Start = $one.start; Type = 16; ImagePath = 'C:\x.exe' }
    }
    # One that is disabled, a driver, and one by its program's path only.
    $Keys["$services\VeeamOld"] = @{ Start = 4; Type = 16; ImagePath = 'C:\x.exe' }
    $Keys["$services\VeeamFlt"] = @{ Start = 0; Type = 2; ImagePath = 'x.sys' }
    $Keys["$services\Spooler"] = @{ Start = 2; Type = 272; ImagePath = 'C:\Windows\System32\spoolsv.exe' }
    foreach ($one in $State.interference.providers) { $Keys["$services\VSS\Providers\$($one.id)"] = @{ '' = $one.name } }
    $Keys["$services\VSS\Providers\{b5946137-7b9f-4925-af80-51abd60b20d5}"] = @{ '' = 'Microsoft Software Shadow Copy provider 1.0' }
    # One of another kind, and one that is disabled.
    $Keys["$services\luafv\Instances\luafv"] = @{ Altitude = '135000' }
    $Keys["$services\OldAv"] = @{ Start = 4 }
    $Keys["$services\OldAv\Instances\one"] = @{ Altitude = '321000.5' }
    if (@($State.volumes.Values | Where-Object { $_.deduplicated }).Count) { $Keys["$services\ddpsvc"] = @{ Start = 3 } }
}

# Values of 32 bits as .NET gives them, with a sign; those that are null are not there.
function Select-StandInNumber([hashtable]$Values)
{
    $some = @{}
    foreach ($name in $Values.Keys) {
        if ($null -eq $Values[$name]) { continue }
        $some[$name] = [BitConverter]::ToInt32([BitConverter]::GetBytes([uint32]$Values[$name]), 0)
    }
    return $some
}

[NoRunspaceAffinity()] class StandInKey {
    [string]$Path
    [bool]$Inside                       # opened by a key above it
    [int]$SubKeyCount
    [int]$ValueCount
    StandInKey([string]$Path) { $this.Path = $Path }
    static [object] OpenBaseKey([string]$Hive, [string]$View)
    {
        if ($Hive -notin 'LocalMachine', 'Users') { throw "hive $Hive" }
        return [StandInKey]::new($(if ($View -eq 'Registry32') { '32:' } else { '' }))
    }
    [string] Below([string]$Name)
    {
        if ($this.Path -in '', '32:') { return $this.Path + $Name }
        return "$($this.Path)\$Name"
    }
    [object] OpenSubKey([string]$Name, [bool]$Writable)
    {
        if (-not $Writable -or $Name -ne 'SOFTWARE\marshal\install') { throw "not ours to write: $Name" }
        return $this.OpenSubKey($Name)
    }
    [object] OpenSubKey([string]$Name)
    {
        $full = $this.Below($Name)
        $places = @{
            '*\CurrentVersion\Uninstall' = 'agent'; '*\Component Based Servicing*' = 'reboot'
            '*\NET Framework Setup\*' = 'dotnet'; '*\Policies\Microsoft\Windows\PowerShell' = 'powershell'
            '*\SCHANNEL\*' = 'tls'; '*\TimeZoneInformation' = 'clock'; '*\Microsoft Data Protection Manager\DB' = 'server-kind'
            'SOFTWARE\marshal\install' = 'installers'; 'SYSTEM\CurrentControlSet\Services' = 'antivirus'
        }
        foreach ($place in $places.Keys) { if ($full -like $place) { Use-StandInFault $places[$place] } }
        $keys = Get-StandInRegistry
        foreach ($key in $keys.Keys) {
            if ($key -eq $full -or $key.StartsWith("$full\", 'OrdinalIgnoreCase')) {
                $found = [StandInKey]::new($full)
                $found.Inside = $this.Path -ne ''
                return $found
            }
        }
        return $null
    }
    [string[]] GetSubKeyNames()
    {
        $start = "$($this.Path)\"
        $names = foreach ($key in (Get-StandInRegistry).Keys) {
            if ($key.StartsWith($start, 'OrdinalIgnoreCase')) { $key.Substring($start.Length).Split('\')[0] }
        }
        # Windows gives them in order.
        return @($names | Sort-Object -Unique)
    }
    [string[]] GetValueNames()
    {
        # Who opens the key itself, and not all below another one.
        if ($this.Path -like '*\CloudBackupProvider' -and -not $this.Inside) { Use-StandInFault backup.policy }
        return @((Get-StandInRegistry)[$this.Path].Keys)
    }
    [object] GetValue([string]$Name)
    {
        if ($Name -eq 'AutoConfigURL') { Use-StandInFault network.proxy }
        $values = (Get-StandInRegistry)[$this.Path]
        if ($null -eq $values) { return $null }
        return $values[$Name]
    }
    [object] CreateSubKey([string]$Name)
    {
        if ($Name -ne 'SOFTWARE\marshal\install') { throw "not ours to make: $Name" }
        Edit-StandInState { param($s) if ($null -eq $s.marker) { $s.marker = @{} } }
        return [StandInKey]::new($Name)
    }
    [void] SetValue([string]$Name, [object]$Value)
    {
        $member = (Get-StandInMarkerName)[$Name]
        if (-not $member -or $Value -isnot [string]) { throw "the key has no such value: $Name" }
        if ($member -like '*_ms') { $Value = [long]$Value }
        Edit-StandInState { param($s) $s.marker[$member] = $Value }
    }
    [void] DeleteValue([string]$Name, [bool]$Throw)
    {
        $member = (Get-StandInMarkerName)[$Name]
        if (-not $member -or $Throw) { throw "not ours to delete: $Name" }
        Edit-StandInState { param($s) $s.marker.Remove($member) }
    }
    [void] Flush() { }
    [void] DeleteSubKeyTree([string]$Name, [bool]$Throw)
    {
        if ($Name -ne 'SOFTWARE\marshal\install') { throw "not ours to delete: $Name" }
        Edit-StandInState { param($s) $s.marker = $null }
    }
    [void] DeleteSubKey([string]$Name, [bool]$Throw) { }
    [void] Close() { }
}

[NoRunspaceAffinity()] class StandInIdentity {
    static [object] GetCurrent()
    {
        Use-StandInFault host
        if ($env:MARSHAL_AS_SYSTEM) { return [pscustomobject]@{ Name = 'NT AUTHORITY\SYSTEM' } }
        return [pscustomobject]@{ Name = (Get-StandInState).identity.user; User = @{ Value = 'S-1-5-21-1-2-3-1105' } }
    }
}

[NoRunspaceAffinity()] class StandInMutex {
    static [object] OpenExisting([string]$Name)
    {
        if ($Name -cne 'Global\_MSIExecute') { throw "mutex $Name" }
        $state = Get-StandInState
        $busy = $state.installers.msi_busy
        # An installer of parts: what each of the next questions gets for an answer.
        if ($null -ne $state.install.asks -and $state.install.asks.Count -gt 0) {
            $busy = $state.install.asks[0]
            Edit-StandInState { param($s) $s.install.asks = @($s.install.asks | Select-Object -Skip 1) }
        }
        if (-not $busy) { throw [Threading.WaitHandleCannotBeOpenedException]::new() }
        return [StandInMutex]::new()
    }
    [bool] WaitOne([int]$Ms) { return $false }
    [void] ReleaseMutex() { throw [ApplicationException]::new('not the owner') }
    [void] Close() { }
}

# The uptime of the simulated server, in ticks of a hundred nanoseconds.
[NoRunspaceAffinity()] class StandInStopwatch {
    static [long]$Frequency = 10000000
    static [object] StartNew() { return [System.Diagnostics.Stopwatch]::StartNew() }
    static [long] GetTimestamp()
    {
        $os = (Get-StandInState).os
        return ([DateTimeOffset]::UtcNow.ToUnixTimeMilliseconds() - $os.boot_utc_ms + [long]$os.uptime_offset_ms) * 10000
    }
}

[NoRunspaceAffinity()] class StandInFolders {
    static [void] CreateDirectory([object]$Acl, [string]$Path)
    {
        $file = Get-StandInFile $Path
        $name = Split-Path -Leaf $file
        [void][IO.Directory]::CreateDirectory($file)
        if ($Path -eq 'C:\Windows\marshal') {
            $ours = $Acl.Sddl -ceq 'O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)'
            Edit-StandInState { param($s) $s.lock_folder = @{ owner = $(if ($ours) { 'Administrators' } else { 'somebody' }); inherited = -not $ours } }
            return
        }
        # Exactly these rights: SYSTEM and Administrators, nothing inherited, owner Administrators.
        $ours = $Acl.Sddl -ceq 'O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)'
        $run = ($name -split '-', 2)[1] -replace '-[0-9a-f]{16}$', ''
        Edit-StandInState {
            param($s)
            $s.folders[$name] = @{
                run = $run; inherited = -not $ours; owner = $(if ($ours) { 'Administrators' } else { 'somebody' })
            }
        }
    }
}

[NoRunspaceAffinity()] class StandInPipes {
    static [object] Create([string]$Name, [string]$Direction, [int]$Max, [string]$Mode, [string]$Options,
        [int]$In, [int]$Out, [object]$Acl)
    {
        if ($Acl.Sddl -cne 'D:P(A;;FA;;;SY)(A;;FA;;;S-1-5-21-1-2-3-1105)' -or $Max -ne 1) { throw 'the pipe is open to others' }
        return [IO.Pipes.NamedPipeServerStream]::new($Name, $Direction, $Max, $Mode, $Options, $In, $Out)
    }
}

[NoRunspaceAffinity()] class StandInResponse : Net.WebResponse {
    [int]$StatusCode
    [string]$Method = 'GET'
    [void] Close() { }
}

[NoRunspaceAffinity()] class StandInRequest {
    [object]$Proxy
    [bool]$AllowAutoRedirect
    [int]$Timeout
    [string]$Url
    [object]$ServicePoint = @{ Certificate = $null }
    static [object] Create([string]$Url)
    {
        $request = [StandInRequest]::new()
        $request.Url = $Url
        return $request
    }
    # The installer comes from a real server, straight.
    static [object] Create([uri]$Url) { return [System.Net.WebRequest]::Create($Url) }
    static [object] GetSystemWebProxy() { return [System.Net.WebProxy]::new() }
    [object] GetResponse()
    {
        $s = Get-StandInState
        $table = $s.network.login
        if ($s.network.login_stopped -and $s.services.obengine.state -ne 4) { $table = $s.network.login_stopped }
        $to = [uri]$this.Url
        $name = $to.Host
        $seen = @($s.network.names.config) + @($s.network.names.log) + 'management.core.windows.net' + 'download.microsoft.com'
        Use-StandInFault $(if ($seen -contains $name) { 'network.endpoints' } else { 'network.login' })
        if ("$to" -cne "https://$name/") { throw "asked as $to" }
        if ($s.network.endpoints.ContainsKey($name)) { $table = $s.network.endpoints }
        $entry = $table[$name]
        if ($null -eq $entry) { $entry = $table['*'] }
        # A server with a proxy has no way past it.
        $proxies = $s.network.proxies.Clone()
        if (-not $s.agent.installed -or -not $s.agent.module -or $null -eq $s.agent.encryption_set) { $proxies.agent = $null }
        $wanted = @($proxies.agent, $proxies.system, $proxies.winhttp | Where-Object { $_ })[0]
        $used = $null
        if ($null -ne $this.Proxy) { $used = "$($this.Proxy.Address.Host):$($this.Proxy.Address.Port)" }
        if ($entry.issuer) { $this.ServicePoint.Certificate = @{ Issuer = $entry.issuer } }
        elseif ($used) { $this.ServicePoint.Certificate = @{ Issuer = 'CN=of another name' } }
        if ($used -ne $wanted) { throw [Net.WebException]::new("by $used, not $wanted", [Net.WebExceptionStatus]::ConnectFailure) }
        if ($entry.status) {
            $response = [StandInResponse]::new()
            $response.StatusCode = $entry.status
            # Of .NET Framework: what a proxy answers to CONNECT is the exception's, and its ServicePoint is of the proxy,
            # with the certificate that the last name showed.
            if ($used -and -not $entry.issuer) {
                $response.Method = 'CONNECT'
                throw [Net.WebException]::new('no tunnel', $null, [Net.WebExceptionStatus]::ProtocolError, $response)
            }
            if ($entry.status -lt 400) { return $response }
            throw [Net.WebException]::new("($($entry.status))", $null, [Net.WebExceptionStatus]::ProtocolError, $response)
        }
        $status = @{
            name = 'NameResolutionFailure'; connect = 'ConnectFailure'; tls = 'SecureChannelFailure'
            proxy = 'ProxyNameResolutionFailure'; 'time-limit' = 'Timeout'
        }[$entry.error]
        throw [Net.WebException]::new('kein Weg', [Net.WebExceptionStatus]$status)
    }
}

$accelerators = [psobject].Assembly.GetType('System.Management.Automation.TypeAccelerators')
$table = $accelerators.GetField('builtinTypeAccelerators', 'NonPublic, Static').GetValue($null)
$table['Microsoft.Win32.RegistryKey'] = [StandInKey]
$table['Security.Principal.WindowsIdentity'] = [StandInIdentity]
$table['Threading.Mutex'] = [StandInMutex]
$table['Diagnostics.Stopwatch'] = [StandInStopwatch]
$table['IO.FileSystemAclExtensions'] = [StandInFolders]
$table['IO.Pipes.NamedPipeServerStreamAcl'] = [StandInPipes]
$table['Net.WebRequest'] = [StandInRequest]
