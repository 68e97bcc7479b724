# windows_wmi.psm1 - the classes of WMI that the scripts ask, out of the state of the server. A class, a filter or a
# namespace that is not here is an error, as it is on Windows.

# The error of WMI, by number as Windows gives it.
function Stop-StandInWmi([string]$Code)
{
    $e = New-Object Exception 'Ungueltiger Namespace'
    throw (New-Object Management.Automation.ErrorRecord($e, "HRESULT $Code,Microsoft.Management.Infrastructure.CimCmdlets.GetCimInstanceCommand", 'MetadataError', $null))
}

function Get-CimInstance
{
    [CmdletBinding()] param([string]$ClassName, [string]$Filter, [string]$Namespace, [uint32]$OperationTimeoutSec)
    $state = Get-StandInState
    if ($state.faults.wmi) { Stop-StandInWmi 0x80041014 }
    if ($Namespace) { return Get-StandInClass "$Namespace $ClassName" }
    $epoch = [DateTime]::SpecifyKind([DateTime]'1970-01-01', 'Utc')
    switch ("$ClassName $Filter") {
        'Win32_ComputerSystem ' {
            return [pscustomobject]@{
                Name = $state.name; Domain = $state.identity.domain
                PartOfDomain = $null -ne $state.identity.domain
                DomainRole = [uint16]@(0, 1, 5, 3)[[int]$state.os.product_type]
                Manufacturer = $state.machine.manufacturer; Model = $state.machine.model
            }
        }
        'Win32_SystemEnclosure ' {
            Use-StandInFault machine
            return [pscustomobject]@{ SMBIOSAssetTag = $state.machine.asset_tag }
        }
        'Win32_ComputerSystemProduct ' {
            Use-StandInFault identity
            return [pscustomobject]@{ UUID = $state.machine.uuid }
        }
        "Win32_UserAccount LocalAccount=TRUE AND SID LIKE 'S-1-5-21-%-500'" {
            # Also the guest's end can be matched by such a pattern, in a SID of more parts.
            if ($state.machine.sid) {
                [pscustomobject]@{ SID = "S-1-5-21-1-2-3-4-500" }
                [pscustomobject]@{ SID = "$($state.machine.sid)-500" }
            }
            return
        }
        'Win32_OperatingSystem ' {
            Use-StandInFault os
            return [pscustomobject]@{
                Caption = "$($state.os.caption) "; Version = $state.os.version
                BuildNumber = "$($state.os.build)"; ProductType = [uint32]$state.os.product_type
                OSLanguage = [uint32][Globalization.CultureInfo]::GetCultureInfo($state.os.language).LCID
                LastBootUpTime = $epoch.AddMilliseconds($state.os.boot_utc_ms).ToLocalTime()
            }
        }
        'Win32_Volume ' { Use-StandInFault system-volume; return Get-StandInVolume $state }
        { $_ -like "Win32_Volume DriveLetter='?:'" } {
            return Get-StandInVolume $state | Where-Object { "DriveLetter='$($_.Name.TrimEnd('\'))'" -eq $Filter }
        }
        "Win32_LogicalDisk DeviceID='C:'" {
            return [pscustomobject]@{ FreeSpace = [uint64]$state.volumes['C:'].free_bytes }
        }
        { $_ -like 'Win32_Service *' } { return Get-StandInService $state $Filter }
        "Win32_Process Name='mmc.exe'" {
            Use-StandInFault consoles
            [pscustomobject]@{ ProcessId = 77; CommandLine = '"C:\Windows\system32\mmc.exe" services.msc' }
            foreach ($console in $state.consoles) {
                [pscustomobject]@{
                    ProcessId = [uint32]$console.pid; SessionId = [uint32]$console.session; Owner = $console.user
                    CommandLine = '"C:\Windows\system32\mmc.exe" "C:\Program Files\x\bin\wabadmin.msc"'
                }
            }
            return
        }
        "Win32_OptionalFeature Name='WindowsServerBackup'" {
            if ($state.features.source -ne 'Win32_OptionalFeature') { return }
            $words = @{ Installed = 1; Available = 2; Removed = 3 }
            return [pscustomobject]@{ InstallState = [uint32]$words[$state.features.windows_server_backup] }
        }
        'Win32_ShadowStorage ' {
            Use-StandInFault vss.shadow-storage
            foreach ($one in $state.vss.shadow_storage) {
                $max = [uint64]::MaxValue
                if ($null -ne $one.max_bytes) { $max = [uint64]$one.max_bytes }
                [pscustomobject]@{
                    Volume = @{ DeviceID = "\\?\Volume{$($one.volume)}\" }; MaxSpace = $max
                    DiffVolume = @{ DeviceID = "\\?\Volume{$($one.storage)}\" }
                }
            }
            return
        }
        'Win32_QuickFixEngineering ' { Use-StandInFault updates; return Get-StandInUpdate $state }
    }
    throw "WMI: $ClassName $Filter is not played"
}

function Get-StandInVolume($State)
{
    # The recovery partition has no letter.
    [pscustomobject]@{
        Name = '\\?\Volume{1f0e}\'; DeviceID = '\\?\Volume{1f0e}\'; DriveType = [uint32]3; FileSystem = 'NTFS'
        Capacity = [uint64]5e8; FreeSpace = [uint64]1e8
    }
    foreach ($drive in $State.volumes.Keys) {
        $volume = $State.volumes[$drive]
        [pscustomobject]@{
            Name = "$drive\"; DeviceID = "\\?\Volume{$drive}\"; DriveType = $volume.drive_type
            FileSystem = $volume.file_system; Capacity = $volume.size_bytes; FreeSpace = $volume.free_bytes
            BootVolume = $drive -eq 'C:'; SystemVolume = $drive -eq 'C:'
        }
    }
}

# WQL as the scripts write it: terms of NAME='TEXT' and NAME LIKE '%TEXT%' with OR between.
function Get-StandInService($State, [string]$Filter)
{
    $fact = 'service.obengine'
    if ($Filter -like '*OBRecoveryServicesManagementAgent*') { $fact = 'service.management-agent' }
    Use-StandInFault $fact
    $terms = @(foreach ($term in $Filter -split ' OR ') {
        if ($term -notmatch "^(Name|DisplayName|PathName)(=| LIKE )'(%?)([^%']+)%?'`$") { throw "WQL: $term" }
        , @($Matches[1], $(if ($Matches[3]) { "*$($Matches[4])*" } else { $Matches[4] }))
    })
    foreach ($name in $State.services.Keys) {
        $service = $State.services[$name]
        if (-not $service.exists) { continue }
        $row = [pscustomobject]@{
            Name = $name; DisplayName = $service.display; PathName = $service.program
        }
        foreach ($term in $terms) {
            if ("$($row.($term[0]))" -like $term[1]) { $row; break }
        }
    }
}

# The newest one is what the state says; the others are older, and one has no day at all. The provider gives texts.
# InstalledOn is PowerShell's own (types.ps1xml): before 5.1 it parses the text by the culture of the server, so that
# 3/4/2026 is in April on some; an account that asks it here gets that day.
function Get-StandInUpdate($State)
{
    for ($i = 0; $i -lt $State.updates.count; $i++) {
        $day = $null
        $id = "KB500000$i"
        if ($null -ne $State.updates.newest_utc_ms -and $i -ne 1) {
            $time = [DateTimeOffset]::FromUnixTimeMilliseconds($State.updates.newest_utc_ms).UtcDateTime.AddDays(-$i)
            $day = $time.ToString('M/d/yyyy', [Globalization.CultureInfo]::InvariantCulture)
            if ($i -eq 2) { $day = '{0:x16}' -f $time.ToFileTimeUtc() }
            if ($i -eq 3) { $day = $time.ToString('yyyyMMdd', [Globalization.CultureInfo]::InvariantCulture) }
            if ($i -eq 4) { $day = $time.ToString('MM/dd/yyyy', [Globalization.CultureInfo]::InvariantCulture) }
            if ($i -eq 5) { $day = '31.12.2022' }
            if ($i -eq 0) { $id = $State.updates.newest }
        }
        $update = [pscustomobject]@{ HotFixID = $id; CimInstanceProperties = @{ InstalledOn = @{ Value = $day } } }
        $update | Add-Member -MemberType ScriptProperty -Name InstalledOn -Value {
            [DateTime]::Parse($this.CimInstanceProperties['InstalledOn'].Value, [Globalization.CultureInfo]'de-DE')
        }
        $update
    }
}

# Classes of other namespaces, which are there with their feature only.
function Get-StandInClass([string]$Class)
{
    $state = Get-StandInState
    switch ($Class) {
        'root/Microsoft/Windows/Deduplication MSFT_DedupVolume' {
            foreach ($drive in $state.volumes.Keys) {
                if ($state.volumes[$drive].deduplicated) { [pscustomobject]@{ Volume = $drive; Enabled = $true } }
            }
            return
        }
        'root/CIMV2/Security/MicrosoftVolumeEncryption Win32_EncryptableVolume' {
            $some = @($state.volumes.Keys | Where-Object { $null -ne $state.volumes[$_].locked })
            if ($some.Count -eq 0) { Stop-StandInWmi 0x8004100e }
            foreach ($drive in $some) {
                [pscustomobject]@{
                    DeviceID = "\\?\Volume{$drive}\"; ProtectionStatus = [uint32]$(if ($state.volumes[$drive].locked) { 2 } else { 1 })
                }
            }
            return
        }
        'root/Microsoft/Windows/Storage MSFT_Partition' {
            Use-StandInFault volumes
            if (@($state.volumes.Values | Where-Object { $null -ne $_.read_only }).Count -eq 0) { Stop-StandInWmi 0x8004100e }
            [pscustomobject]@{ AccessPaths = $null; IsReadOnly = $false }
            foreach ($drive in $state.volumes.Keys) {
                if ($null -eq $state.volumes[$drive].read_only) { continue }
                [pscustomobject]@{ AccessPaths = "$drive\", "\\?\Volume{$drive}\"; IsReadOnly = $state.volumes[$drive].read_only }
            }
            return
        }
        'root/SecurityCenter2 AntiVirusProduct' {
            if ($state.os.product_type -ne 1) { Stop-StandInWmi 0x8004100e }
            foreach ($product in $state.antivirus.products) {
                [pscustomobject]@{ displayName = $product.name; productState = [uint32]$product.state }
            }
            return
        }
        'root/Microsoft/Windows/Defender MSFT_MpPreference' {
            Use-StandInFault antivirus.exclusions
            if ($null -eq $state.antivirus.exclusions) { Stop-StandInWmi 0x80041010 }
            $hidden = 'N/A: Must be an administrator to view exclusions'
            if (-not $env:MARSHAL_AS_SYSTEM) { return [pscustomobject]@{ ExclusionPath = @($hidden); ExclusionProcess = @($hidden) } }
            $of = { param($kind) @($state.antivirus.exclusions | Where-Object { $_.kind -eq $kind } | ForEach-Object { $_.value }) }
            return [pscustomobject]@{ ExclusionPath = & $of 'path'; ExclusionProcess = & $of 'process' }
        }
    }
    Stop-StandInWmi 0x8004100e
}

function Invoke-CimMethod
{
    [CmdletBinding()] param($InputObject, [string]$MethodName, [uint32]$OperationTimeoutSec)
    if ($MethodName -cne 'GetOwner') { throw "WMI: $MethodName is not played" }
    $domain, $user = "$($InputObject.Owner)".Split('\')
    return [pscustomobject]@{ ReturnValue = 0; Domain = $domain; User = $user }
}
