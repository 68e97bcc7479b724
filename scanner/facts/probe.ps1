# The probe: collects facts about a server, and changes nothing. It decides nothing either: it reads ids, numbers
# and the registry, and marshal judges them elsewhere. This part says how each fast fact is read, in the order of
# docs/protocol.md; collect.ps1, the last part, asks them.

# These want what the agent's own commands say, and these may take as long as those; the deep ones among them.
$wantOb = @(
    'agent-config', 'backup.running', 'backup.next', 'network.proxy', 'network.login',
    'network.endpoints', 'backup.policy', 'backup.last-job', 'volumes.files'
)
$wantTime = @(
    'scratch', 'system-volume', 'volumes',
    'backup.policy', 'backup.last-job', 'features', 'wsb', 'vss.writers', 'updates', 'modules',
    'volumes.files'
)

$facts = [ordered]@{
    'host' = {
        param($c)
        $system = Get-OurComputer $c.once
        $domain = $null
        if ($system.PartOfDomain) { $domain = $system.Domain }
        $me = [Security.Principal.WindowsIdentity]::GetCurrent()  # .NET on Windows only
        $who = New-Object Security.Principal.WindowsPrincipal($me)  # .NET on Windows only
        $admins = New-Object Security.Principal.SecurityIdentifier('S-1-5-32-544')  # .NET on Windows only
        [ordered]@{ name = $system.Name; domain = $domain; user = $me.Name; admin = $who.IsInRole($admins) }
    }
    'os' = {
        $os = Get-CimInstance -ClassName Win32_OperatingSystem
        $type = Get-OurValue 'SOFTWARE\Microsoft\Windows NT\CurrentVersion' 'InstallationType'
        $language = $null
        if ($os.OSLanguage) {
            $language = [Globalization.CultureInfo]::GetCultureInfo([int]$os.OSLanguage).Name
        }
        [ordered]@{
            caption = $os.Caption.Trim()
            version = $os.Version
            build = [int]$os.BuildNumber
            installation_type = $type
            product_type = [int]$os.ProductType
            language = $language
            boot_utc_ms = Get-OurTime $os.LastBootUpTime
        }
    }
    'machine' = {
        param($c)
        $system = Get-OurComputer $c.once
        $case = @(Get-CimInstance -ClassName Win32_SystemEnclosure)
        [ordered]@{
            manufacturer = Get-OurCut $system.Manufacturer 200
            model = Get-OurCut $system.Model 200
            asset_tag = $(if ($case.Count -gt 0) { Get-OurCut $case[0].SMBIOSAssetTag 200 })
        }
    }
    'identity' = {
        param($c)
        $sid = $null
        # From 4 on a domain controller: its accounts are those of the domain, the same on all of them.
        if ((Get-OurComputer $c.once).DomainRole -lt 4) {
            $filter = "LocalAccount=TRUE AND SID LIKE 'S-1-5-21-%-500'"
            foreach ($account in @(Get-CimInstance -ClassName Win32_UserAccount -Filter $filter)) {
                if ("$($account.SID)" -cmatch '^(S-1-5-21-[0-9]+-[0-9]+-[0-9]+)-500\z') { $sid = $Matches[1] }
            }
        }
        [ordered]@{
            uuid = Get-OurCut (Get-CimInstance -ClassName Win32_ComputerSystemProduct).UUID 200
            machine_guid = Get-OurCut (Get-OurValue $Request.at.machine 'MachineGuid') 200
            machine_sid = $sid
        }
    }
    'powershell' = {
        $edition = $PSVersionTable.PSEdition
        if (-not $edition) { $edition = 'Desktop' }    # older than 5.1
        $value = [ordered]@{
            version = "$($PSVersionTable.PSVersion)"
            edition = $edition
            language_mode = "$($ExecutionContext.SessionState.LanguageMode)"
            execution_policy = $null
            policy_source = $null
            agent_module = $false
            module_on_path = $false
        }
        # The registry says what holds for the machine; Get-ExecutionPolicy what holds for this process.
        $group = 'SOFTWARE\Policies\Microsoft\Windows\PowerShell'
        $enabled = Get-OurNumber $group 'EnableScripts'
        $value.execution_policy = Get-OurValue $group 'ExecutionPolicy'
        if ($enabled -eq 0) { $value.execution_policy = 'Restricted' }
        if ($null -ne $enabled -and $value.execution_policy) { $value.policy_source = 'group-policy' }
        else {
            $own = 'SOFTWARE\Microsoft\PowerShell\1\ShellIds\Microsoft.PowerShell'
            $value.execution_policy = Get-OurValue $own 'ExecutionPolicy'
            if ($value.execution_policy) { $value.policy_source = 'machine' }
        }
        $module = Get-OurAgentModule
        if ($module) {
            $value.agent_module = $true
            $folder = $module -creplace '\\MSOnlineBackup\\MSOnlineBackup\.psd1\z', ''
            $session = 'SYSTEM\CurrentControlSet\Control\Session Manager\Environment'
            foreach ($one in "$(Get-OurValue $session 'PSModulePath')".Split(';')) {
                if ($one.Trim().TrimEnd('\') -eq $folder) { $value.module_on_path = $true }
            }
        }
        $value
    }
    'dotnet' = {
        @{ release = Get-OurValue 'SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full' 'Release' }
    }
    'tls' = {
        $schannel = 'SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client'
        $net = 'SOFTWARE\Microsoft\.NETFramework\v4.0.30319'
        [ordered]@{
            schannel_enabled = Get-OurNumber $schannel 'Enabled'
            schannel_disabled_by_default = Get-OurNumber $schannel 'DisabledByDefault'
            net64_system_default = Get-OurNumber $net 'SystemDefaultTlsVersions' 64
            net64_strong_crypto = Get-OurNumber $net 'SchUseStrongCrypto' 64
            net32_system_default = Get-OurNumber $net 'SystemDefaultTlsVersions' 32
            net32_strong_crypto = Get-OurNumber $net 'SchUseStrongCrypto' 32
            fips = Get-OurNumber 'SYSTEM\CurrentControlSet\Control\Lsa\FipsAlgorithmPolicy' 'Enabled'
        }
    }
    'clock' = {
        $key = 'SYSTEM\CurrentControlSet\Control\TimeZoneInformation'
        $zone = Get-OurValue $key 'TimeZoneKeyName'
        # Minutes from here to UTC, summer time reckoned.
        $bias = Get-OurValue $key 'ActiveTimeBias'
        [ordered]@{
            utc_ms = Get-OurNow
            # Some versions of Windows leave rubbish behind the end of this value.
            zone = $(if ($zone) { $zone.Split([char]0)[0] })
            offset_minutes = $(if ($null -ne $bias) { -$bias })
        }
    }
    'agent' = {
        $path = Get-OurAgentPath
        $exe = $null
        if ($path -and (Test-Path -LiteralPath "$path\bin\cbengine.exe" -PathType Leaf)) {
            $exe = "$path\bin\cbengine.exe"
        }
        $tree = 'SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall'
        $uninstall = foreach ($view in 64, 32) {
            $root = Get-OurKey $tree 'LocalMachine' $view
            if ($null -eq $root) { continue }
            foreach ($name in $root.GetSubKeyNames()) {
                $key = $root.OpenSubKey($name)
                if ($null -eq $key) { continue }
                if ($key.GetValue('DisplayName') -eq 'Microsoft Azure Recovery Services Agent') {
                    [ordered]@{ view = $view; key = $name; version = $key.GetValue('DisplayVersion') }
                }
            }
        }
        $image = Get-OurValue 'SYSTEM\CurrentControlSet\Services\obengine' 'ImagePath'
        $service = Get-OurImagePath $image
        [ordered]@{
            installed = $null -ne $path
            install_path = $path
            exe_path = $exe
            exe_version = Get-OurFileVersion $exe
            uninstall = @($uninstall)
            service_path = $service
            service_version = Get-OurFileVersion $service
        }
    }
    'server-kind' = {
        $kind = 'plain'
        $version = $null
        $dpm = 'SOFTWARE\Microsoft\Microsoft Data Protection Manager'
        # The key DB is on servers of DPM and MABS, and not on the clients they protect.
        if ($null -ne (Get-OurKey "$dpm\DB")) {
            $path = "$(Get-OurValue "$dpm\Setup" 'InstallPath')".TrimEnd('\')
            $kind = 'dpm'
            $mabs = '\\Microsoft Azure Backup( Server)?\\'
            if ([regex]::IsMatch($path, $mabs, 'IgnoreCase, CultureInvariant')) { $kind = 'mabs' }
            if ($path) { $version = Get-OurFileVersion "$path\bin\msdpm.exe" }
        }
        # Site Recovery brings an agent of its own version, and must be upgraded its own way.
        $asr = @('SOFTWARE\Microsoft\Windows Azure Backup\Config\InMageMT',
            'SYSTEM\CurrentControlSet\Services\cxprocessserver',
            'SYSTEM\CurrentControlSet\Services\ProcessServer')
        foreach ($key in $asr) {
            if ($null -ne (Get-OurKey $key)) { $kind = 'asr' }
        }
        [ordered]@{ kind = $kind; dpm_version = $version }
    }
    'service.obengine' = {
        $value = Get-OurService 'obengine'
        if (-not $value.exists) {
            $value = Get-OurService (Find-OurService '' 'Microsoft Azure Recovery Services Agent')
        }
        $value
    }
    'service.management-agent' = {
        $display = 'Microsoft Azure Recovery Services Management Agent'
        Get-OurService (Find-OurService 'OBRecoveryServicesManagementAgent.exe' $display)
    }
    'services' = {
        $list = foreach ($name in 'RpcSs', 'EventSystem', 'SENS', 'VSS', 'swprv') {
            $service = Get-OurService $name
            $service.name = $name
            $service
        }
        @{ list = @($list) }
    }
    'scratch' = {
        param($c)
        $config = 'SOFTWARE\Microsoft\Windows Azure Backup\Config'
        $value = [ordered]@{
            config = Get-OurValue $config 'ScratchLocation'
            provider = Get-OurValue "$config\CloudBackupProvider" 'ScratchLocation'
            path = $null; exists = $false; kek_exists = $null; attributes = $null
            volume = $null; drive_type = $null; file_system = $null; deduplicated = $null
            size_bytes = $null; free_bytes = $null
        }
        $value.path = $value.config
        if (-not $value.path) { $value.path = $value.provider }
        if (-not $value.path) { return $value }
        if ($value.path.StartsWith('\\', [StringComparison]'Ordinal')) {
            # A share is not allowed anyway, and one that does not answer would cost the whole limit.
            $value.exists = $null
            $value.drive_type = 4
            return $value
        }
        $value.exists = Test-Path -LiteralPath $value.path -PathType Container
        $value.kek_exists = $value.exists -and (Test-Path -LiteralPath "$($value.path)\OnlineBackup.KEK")
        if ($value.exists) { $value.attributes = [int](Get-Item -LiteralPath $value.path -Force).Attributes }
        $volume = Find-OurVolume $c.once $value.path
        if ($null -eq $volume) { return $value }
        $value.volume = $volume.Name
        $value.drive_type = $volume.DriveType
        $value.file_system = $volume.FileSystem
        $value.size_bytes = $volume.Capacity
        $value.free_bytes = $volume.FreeSpace
        $value.deduplicated = Test-OurDedup $c.once $volume.Name
        $value
    }
    'system-volume' = {
        param($c)
        $volume = Find-OurVolume $c.once $env:SystemDrive
        [ordered]@{ volume = $volume.Name; size_bytes = $volume.Capacity; free_bytes = $volume.FreeSpace }
    }
    'volumes' = {
        param($c)
        # Those with a letter or a mount point, and not a snapshot that somebody shows by none.
        $volumes = @(Get-OurVolumes $c.once | Where-Object { "$($_.Name)" -cmatch '^[A-Za-z]:\\' } |
            Select-Object -First 64)
        # A volume that BitLocker has locked shows no file system; it alone is asked about.
        $locked = @{}
        if (@($volumes | Where-Object { -not $_.FileSystem }).Count -gt 0) {
            $space = 'root/CIMV2/Security/MicrosoftVolumeEncryption'
            $encryptable = Get-OurClass $space 'Win32_EncryptableVolume'
            # 2: its protection cannot be told, which is so while it is locked.
            foreach ($one in $encryptable) { $locked["$($one.DeviceID)"] = $one.ProtectionStatus -eq 2 }
        }
        $readOnly = @{}
        $partitions = Get-OurClass 'root/Microsoft/Windows/Storage' 'MSFT_Partition'
        foreach ($part in $partitions) {
            foreach ($path in $part.AccessPaths) { $readOnly[$path] = [bool]$part.IsReadOnly }
        }
        $list = foreach ($volume in $volumes) {
            $name = "$($volume.Name)"
            [ordered]@{
                name = $name
                drive_type = $volume.DriveType
                file_system = $volume.FileSystem
                size_bytes = $volume.Capacity
                locked = $(if ($volume.FileSystem) { $false } else { $locked["$($volume.DeviceID)"] })
                deduplicated = Test-OurDedup $c.once $name
                read_only = $readOnly[$name]
            }
        }
        @{ list = @($list) }
    }
    'agent-config' = {
        param($c)
        $value = [ordered]@{
            registered = [bool](Get-OurValue 'SOFTWARE\Microsoft\Windows Azure Backup\Config' 'MachineId')
            task_exists = $false; task_enabled = $null; task_account = $null; task_sid = $null
            task_result = $null; task_ran_utc_ms = $null; task_instances = $null; task_count = 0
            task_starts = $null; encryption_set = $null
        }
        foreach ($task in @(Get-OurAgentTasks)) {
            if ($task.Enabled -and (Test-OurBackupTask $task)) { $value.task_count++ }
            if ($task.Name -ne 'Microsoft-OnlineBackup') { continue }
            $principal = $task.Definition.Principal
            $value.task_exists = $true
            $value.task_enabled = [bool]$task.Enabled
            $value.task_account = $principal.UserId
            if (-not $value.task_account) { $value.task_account = $principal.GroupId }
            if ($value.task_account) { $value.task_sid = Get-OurSid $value.task_account }
            $value.task_result = [long]$task.LastTaskResult -band 4294967295
            $value.task_ran_utc_ms = Get-OurTaskTime $task.LastRunTime
            $value.task_instances = [int]$task.Definition.Settings.MultipleInstances
            $value.task_starts = @(Get-OurTaskStarts $task)
        }
        if ($c.ob.setting) { $value.encryption_set = $c.ob.encryption }
        $value
    }
    'backup.running' = {
        param($c)
        Get-OurRunningBackup $c.ob
    }
    'backup.next' = {
        param($c)
        $value = [ordered]@{ known = $false; next_utc_ms = $null }
        $task = Get-OurTask '\Microsoft\OnlineBackup' 'Microsoft-OnlineBackup'
        if ($null -ne $task) {
            $value.known = $true
            if ($task.Enabled) { $value.next_utc_ms = Get-OurTaskTime $task.NextRunTime }
        } elseif ($c.ob.policy -and -not $c.ob.scheduled) {
            # No task, and the agent says that it has no policy: nothing is scheduled.
            $value.known = $true
        }
        $value
    }
    'backup.last' = {
        $value = [ordered]@{ completed_utc_ms = $null; event = $null
            failed_utc_ms = $null; failed_event = $null; error = $null; known = $false; begins_utc_ms = $null }
        $found = Find-OurBackupEvent 3, 10
        $good = $found.events
        $value.known = $found.known
        if ($good.Count -gt 0) {
            $value.completed_utc_ms = Get-OurTime $good[0].TimeCreated
            $value.event = $good[0].Id
        }
        # None is none only as far back as the log goes.
        $first = (Find-OurBackupEvent -Oldest).events
        if ($first.Count -gt 0) { $value.begins_utc_ms = Get-OurTime $first[-1].TimeCreated }
        $bad = (Find-OurBackupEvent 11, 18).events
        if ($bad.Count -gt 0) {
            $value.failed_utc_ms = Get-OurTime $bad[0].TimeCreated
            $value.failed_event = $bad[0].Id
            $value.error = Get-OurCode (Get-OurEventText $bad[0])
        }
        $value
    }
    'event.newer-required' = {
        $found = Find-OurBackupEvent 14
        $time = $null
        if ($found.events.Count -gt 0) { $time = Get-OurTime $found.events[0].TimeCreated }
        [ordered]@{ known = $found.known; utc_ms = $time }
    }
    'event.vss-timeout' = {
        # Errors and warnings: without them the log is full of VSS ending for want of work.
        $filter = @{ ProviderName = 'VSS'; Level = 1, 2, 3 }
        $found = Find-OurEvent 'Application' $filter 200
        $time = $null
        foreach ($one in $found.events) {
            if ((Get-OurEventText $one) -cnotmatch '0x800423[Ff]2') { continue }
            $time = Get-OurTime $one.TimeCreated
            break
        }
        [ordered]@{ known = $found.known; utc_ms = $time }
    }
    'event.volsnap' = {
        $found = Find-OurEvent 'System' @{ ProviderName = 'volsnap'; Id = 24, 25, 35, 36 }
        $value = [ordered]@{ known = $found.known; utc_ms = $null; event = $null; volume = $null }
        if ($found.events.Count -gt 0) {
            $value.utc_ms = Get-OurTime $found.events[0].TimeCreated
            $value.event = $found.events[0].Id
            # The first volume that it names is the one without space.
            $text = Get-OurEventText $found.events[0]
            if ($text -cmatch '>\s*([A-Za-z]:)\\?\s*<') { $value.volume = $Matches[1] }
        }
        $value
    }
    'event.efi-locked' = {
        $value = [ordered]@{ known = $false; utc_ms = $null }
        $file = Get-OurAgentLog
        if ($null -eq $file) { return $value }
        $text = Read-OurTail $file 1048576
        $value.known = $true
        # The newest line stands last. The agent writes its log in English.
        $at = $text.LastIndexOf('EFI system partition is locked', [StringComparison]::OrdinalIgnoreCase)
        if ($at -ge 0) {
            $begin = $text.LastIndexOf([char]10, $at) + 1
            $line = $text.Substring($begin, $at - $begin)
            $value.utc_ms = Get-OurLineTime $line $file.LastWriteTimeUtc
        }
        $value
    }
    'reboot' = {
        $windows = 'SOFTWARE\Microsoft\Windows\CurrentVersion'
        $servicing = $false
        foreach ($name in 'RebootPending', 'RebootInProgress', 'PackagesPending') {
            if ($null -ne (Get-OurKey "$windows\Component Based Servicing\$name")) { $servicing = $true }
        }
        # A transaction that nobody works on waits for the next start of Windows.
        $progress = Get-OurKey "$windows\Installer\InProgress"
        $installer = $null -ne $progress -and -not (Test-OurMsiMutex)
        if (Get-OurValue 'SOFTWARE\Microsoft\Updates' 'UpdateExeVolatile') { $installer = $true }
        # Pairs of names: what to rename, and to what.
        $control = 'SYSTEM\CurrentControlSet\Control'
        $renames = @(Get-OurValue "$control\Session Manager" 'PendingFileRenameOperations')
        $now = Get-OurValue "$control\ComputerName\ActiveComputerName" 'ComputerName'
        $then = Get-OurValue "$control\ComputerName\ComputerName" 'ComputerName'
        [ordered]@{
            servicing = $servicing
            installer = $installer
            renames = [int][Math]::Ceiling(@($renames | Where-Object { $null -ne $_ }).Count / 2)
            computer_rename = "$now" -ne "$then"
            windows_update = $null -ne (Get-OurKey "$windows\WindowsUpdate\Auto Update\RebootRequired")
        }
    }
    'installers' = {
        [ordered]@{
            msi_busy = Test-OurMsiBusy
            agent_installer = Get-OurInstallerCount
            marker = Get-OurMarker
        }
    }
    'left-overs' = {
        # Of runs of an upgrade: what a look or a test of Windows Server Backup makes goes by itself.
        $tasks = foreach ($kind in 'install', 'start-obengine', 'boot', 'backup') {
            foreach ($task in @(Find-OurTask $kind)) {
                [ordered]@{ name = Get-OurCut $task.Name 100; state = [int]$task.State }
            }
        }
        $temp = New-Object IO.DirectoryInfo "$env:SystemRoot\Temp"
        $folders = foreach ($folder in $temp.EnumerateDirectories("$($Request.at.word)-*")) {
            if ($folder.Name -cnotmatch '-[0-9a-f]{16}\z') { continue }
            $plan = Read-OurPlan "$env:SystemRoot\Temp\$($folder.Name)"
            [ordered]@{
                name = Get-OurCut $folder.Name 100
                made_utc_ms = Get-OurTime $folder.CreationTimeUtc
                controller = Get-OurCut $plan.controller 80
                until_utc_ms = $plan.until_utc_ms
            }
        }
        [ordered]@{
            tasks = @($tasks | Where-Object { $_ } | Select-Object -First 64)
            folders = @($folders | Where-Object { $_ } | Select-Object -First 64)
        }
    }
    'consoles' = { @{ open = @(Get-OurConsole | Select-Object -First 64) } }
    'network.proxy' = {
        param($c)
        $key = Get-OurSystemInternet
        $winhttp = Get-OurWinHttp
        $policy = 'SOFTWARE\Policies\Microsoft\Windows\CurrentVersion\Internet Settings'
        $value = [ordered]@{
            agent_known = [bool]$c.ob.setting
            agent = $c.ob.proxy
            system = Get-OurSystemProxy
            system_auto = $null
            system_except = $null
            winhttp = $winhttp.proxy
            winhttp_except = Get-OurCut $winhttp.except 1000
            # By policy Windows' proxies are the machine's: those of SYSTEM do not count, and nothing here follows it.
            machine_wide = (Get-OurNumber $policy 'ProxySettingsPerUser') -eq 0
        }
        if ($null -ne $key) {
            $value.system_auto = Get-OurCut (Get-OurAutoName $key.GetValue('AutoConfigURL')) 1000
            $value.system_except = Get-OurCut $key.GetValue('ProxyOverride') 1000
        }
        $value
    }
    'network.login' = {
        param($c)
        Test-OurHosts $c.names $c.ob $c.limit_ms
    }
}
