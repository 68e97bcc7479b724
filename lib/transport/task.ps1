# Tasks of the account SYSTEM, for the calls that make one, and Windows' own programs. Each task that is made here is
# taken away by a call of the same kind.

# Runs one of Windows' own programs and returns its exit status. What it says is in the language of
# the server, and thrown away. (With 'Stop', old PowerShell takes a word on stderr for a failure.)
function Invoke-OurProgram([string]$Program, [string[]]$Arguments)
{
    $ErrorActionPreference = 'Continue'
    & $Program @Arguments 2>&1 | Out-Null
    return $LASTEXITCODE
}

# A task of ours, as schtasks.exe wants it.
function Get-OurTaskPath([string]$Name) { return "$($Request.at.tasks)\$Name" }

# Registers a task of SYSTEM. The parts of XML are ours; names in them went through Assert-OurName. A task
# with $Brief goes once its last trigger's end has passed, and none of its triggers is made up for later.
function Register-OurTask([string]$Name, [string]$Triggers, [string]$Limit, [string]$Exec, [switch]$Brief)
{
    $life = '<StartWhenAvailable>true</StartWhenAvailable>'
    if ($Brief) { $life = '<DeleteExpiredTaskAfter>PT0S</DeleteExpiredTaskAfter>' }
    $xml = @"
<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Author>$($Request.at.word)</Author></RegistrationInfo>
  <Triggers>$Triggers</Triggers>
  <Principals>
    <Principal id="Author"><UserId>S-1-5-18</UserId><RunLevel>HighestAvailable</RunLevel></Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    $life
    <AllowStartOnDemand>true</AllowStartOnDemand>
    <ExecutionTimeLimit>$Limit</ExecutionTimeLimit>
  </Settings>
  <Actions Context="Author"><Exec>$Exec</Exec></Actions>
</Task>
"@
    # schtasks takes its XML from a file, and in UTF-16 only.
    $file = "$([IO.Path]::GetTempPath())$($Request.at.word)-$([Guid]::NewGuid().ToString('N')).xml"
    try {
        Set-Content -LiteralPath $file -Value $xml -Encoding Unicode
        return (Invoke-OurProgram 'schtasks.exe' @('/Create', '/TN', (Get-OurTaskPath $Name), '/XML', $file, '/F')) -eq 0
    } finally {
        Remove-Item -LiteralPath $file -Force -ErrorAction SilentlyContinue
    }
}

function Remove-OurTask([string]$Name)
{
    return (Invoke-OurProgram 'schtasks.exe' @('/Delete', '/TN', (Get-OurTaskPath $Name), '/F')) -eq 0
}

# Task Scheduler keeps an empty folder of tasks; another task in it keeps it from going.
function Remove-OurTaskFolder
{
    $scheduler = New-Object -ComObject Schedule.Service
    $scheduler.Connect()
    try { $scheduler.GetFolder('\').DeleteFolder($Request.at.word, 0) } catch { return }
}
