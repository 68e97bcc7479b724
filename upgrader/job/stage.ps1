# stage-open reserves the server, makes the run's folder, and takes away those of plans that are over and never began; stage-put writes a piece of the installer, where there is no
# SFTP; stage-check looks at the installer that was put there, or that the server fetched (get.ps1).
# The folder belongs to Administrators, and only they and SYSTEM may write or read in it. It is made with
# its rights in one call, so that there is no moment in which somebody else could slip a file in.

function Open-OurStage
{
    Assert-OurName folder file
    Assert-OurRuns
    $path = Get-OurFolderPath
    $there = Test-Path -LiteralPath $path
    if ($there -and -not $Request.again) {
        # Only the run whose journal holds this name may come back to it.
        Stop-OurStep 'folder-exists' "$path exists already"
    }
    if (-not $there) {
        $drive = Get-CimInstance -ClassName Win32_LogicalDisk -Filter "DeviceID='$env:SystemDrive'"
        if ($null -ne $drive.FreeSpace -and $drive.FreeSpace -lt $Request.size) {
            Stop-OurStep 'disk-full' "$env:SystemDrive has $($drive.FreeSpace) bytes free"
        }
    }
    Invoke-OurLocked { New-OurStage $path }
}

# With the lock: the server is reserved before anything is made on it.
function New-OurStage([string]$Path)
{
    $reserved = New-OurReservation
    $whole = $false
    try {
        if (-not (Test-Path -LiteralPath $Path)) {
            New-OurFolder $Path
            $global:OurChanged = $true
        }
        # Also when it was made just now: CreateDirectory is content with a folder that somebody else
        # made in between.
        [void](Assert-OurFolder)
        Set-OurPlan $Path
        $whole = $true
    } finally {
        if (-not $whole -and $reserved.fresh) { Remove-OurMarker }
    }
    $removed = New-Object Collections.ArrayList
    $left = New-Object Collections.ArrayList
    foreach ($run in @($Request.runs | Where-Object { $null -ne $_ -and $_ -cne $Request.run })) { Clear-OurFolderBefore $run }
    # SFTP of Windows wants forward slashes and one before the drive.
    [ordered]@{
        path = $Path
        put = '/' + "$Path\$($Request.file)".Replace('\', '/')
        have = Get-OurPartSize "$Path\$($Request.file).part"
        reservation = Get-OurMarker
        taken_over = $reserved.over
        removed = $removed
    }
}

# What is only staged waits for its plan: other controllers leave it until that is over. Of a run that begins nothing waits.
function Set-OurPlan([string]$Folder)
{
    $file = "$Folder\plan.json"
    if ($null -ne $Request.until_utc_ms) {
        $plan = [ordered]@{ controller = "$($Request.controller)"; until_utc_ms = [long]$Request.until_utc_ms }
        Set-Content -LiteralPath $file -Value (ConvertTo-OurJson $plan) -Encoding ASCII
    } elseif (Test-Path -LiteralPath $file) {
        Remove-Item -LiteralPath $file -Force
    }
}

# --- The installer in pieces: a call each, which has come whole before this runs ---
# They are put one behind the other in a file of another name, so that a call that is cut costs one piece, and what has
# the installer's name is whole.

function Get-OurPartSize([string]$Part)
{
    if (-not (Test-Path -LiteralPath $Part -PathType Leaf)) { return 0 }
    return (Get-Item -LiteralPath $Part -Force).Length
}

# ERROR_DISK_FULL, ERROR_HANDLE_DISK_FULL.
function Test-OurDiskFull($ErrorRecord)
{
    return @(-2147024784, -2147024857) -contains $ErrorRecord.Exception.GetBaseException().HResult
}

# What is half there and finds no room goes.
function Write-OurBytes($File, $Bytes, [int]$Count)
{
    $from = $File.Position
    try {
        $File.Write($Bytes, 0, $Count)
        $File.Flush()
    } catch {
        if (-not (Test-OurDiskFull $_)) { throw }
        $File.SetLength($from)
        Stop-OurStep 'disk-full' "$env:SystemDrive has no room for $Count bytes more"
    }
}

# What stands behind the place is of a call that was cut, and goes.
function Write-OurPiece([string]$Part, $Bytes)
{
    $file = New-Object IO.FileStream($Part, [IO.FileMode]::OpenOrCreate, [IO.FileAccess]::ReadWrite, [IO.FileShare]::None)
    try {
        if ($file.Length -lt $Request.from) { Stop-OurStep 'size-mismatch' "$Part has $($file.Length) bytes" }
        $global:OurChanged = $true
        $file.SetLength($Request.from)
        [void]$file.Seek($Request.from, [IO.SeekOrigin]::Begin)
        Write-OurBytes $file $Bytes $Bytes.Length
        $file.Flush($true)
    } finally {
        $file.Close()
    }
}

# All of it is there: it is the installer and gets its name, or goes.
function Confirm-OurPart([string]$Folder)
{
    $part = "$Folder\$($Request.file).part"
    $sha256 = Get-OurSha256 $part
    if ($sha256 -cne $Request.sha256) {
        Remove-Item -LiteralPath $part -Force
        Stop-OurStep 'hash-mismatch' "$part has SHA-256 $sha256"
    }
    Move-Item -LiteralPath $part -Destination "$Folder\$($Request.file)" -Force
}

# With the lock.
function Add-OurPieceTo([string]$Folder, $Bytes)
{
    Write-OurPiece "$Folder\$($Request.file).part" $Bytes
    $have = $Request.from + $Bytes.Length
    if ($have -lt $Request.size) { return [ordered]@{ have = $have; whole = $false } }
    Confirm-OurPart $Folder
    return [ordered]@{ have = $have; whole = $true }
}

function Add-OurPiece
{
    Assert-OurName folder file sha256
    $bytes = [Convert]::FromBase64String("$Data")
    if ($bytes.Length -ne $Request.data.size -or (Get-OurDigest $bytes) -cne $Request.data.sha256) {
        Stop-OurStep 'bad-request' 'data'
    }
    Invoke-OurLocked {
        Enter-OurReservation
        Add-OurPieceTo (Assert-OurFolder) $bytes
    }
}

# Microsoft's root certificates by thumbprint: 1997, 2001, 2010, 2011. A name proves nothing of a root: a company's own
# authority can issue a certificate in any, and that of 2001 does not even hold "O=Microsoft Corporation".
function Get-OurRoot
{
    return 'A43489159A520F0D93D032CCAF37E7FE20A8B419', 'CDD4EEAE6000AC7F40C3802C171E30148030C072',
        '3B1EFD3A66EA28B16697394703A72CA340A05BD5', '8F43288AD272F3103B6FB1428485EA3014C0BCFE'
}

# The chain of the signer's certificate ends at one of Microsoft's own. Where an intermediate is missing, Windows calls
# the last one it has the end. Roots of 1997 and 2001 are over, which is not ours to judge; nor is it of a certificate
# whose signature was stamped with its time, which Windows has judged.
function Assert-OurChain($Signature)
{
    $chain = New-Object Security.Cryptography.X509Certificates.X509Chain
    $chain.ChainPolicy.RevocationMode = 'NoCheck'
    [void]$chain.Build($Signature.SignerCertificate)
    $elements = @($chain.ChainElements)
    $root = $elements[$elements.Count - 1].Certificate
    if ($root.Subject -cne $root.Issuer) {
        Stop-OurStep 'wrong-signer' "its chain is not whole: it ends at $($root.Subject)"
    }
    if (@(Get-OurRoot) -cnotcontains $root.Thumbprint) {
        Stop-OurStep 'wrong-signer' "its chain ends at $($root.Subject) ($($root.Thumbprint)), no root of Microsoft's"
    }
    for ($i = 0; $i -lt $elements.Count; $i++) {
        foreach ($status in @($elements[$i].ChainElementStatus | Where-Object { $_ })) {
            $late = "$($status.Status)" -ceq 'NotTimeValid'
            $forgiven = $i -eq $elements.Count - 1 -or $null -ne $Signature.TimeStamperCertificate
            if ($late -and $forgiven) { continue }
            Stop-OurStep 'wrong-signer' "$($elements[$i].Certificate.Subject) is $($status.Status)"
        }
    }
}

# What Windows says about the signature, and whether it is Microsoft's from the file up to the root.
function Assert-OurSignature($Signature)
{
    $status = "$($Signature.Status)"
    if ($status -eq 'NotSigned' -and $Request.allow_unsigned) { return }
    if ($status -ne 'Valid') { Stop-OurStep 'not-signed' "the signature is $status" }
    $signer = "$($Signature.SignerCertificate.Subject)"
    if ($signer -cnotmatch '(^|, )O=Microsoft Corporation(,|\z)') {
        Stop-OurStep 'wrong-signer' "signed by $signer"
    }
    Assert-OurChain $Signature
}

function Test-OurStage
{
    Assert-OurName folder file sha256
    Update-OurSeen
    $path = "$(Assert-OurFolder)\$($Request.file)"
    if (-not (Test-Path -LiteralPath $path -PathType Leaf)) {
        Stop-OurStep 'file-missing' "$path is not there"
    }
    $size = (Get-Item -LiteralPath $path -Force).Length
    if ($size -ne $Request.size) { Stop-OurStep 'size-mismatch' "$path has $size bytes" }
    $sha256 = Get-OurSha256 $path
    if ($sha256 -cne $Request.sha256) { Stop-OurStep 'hash-mismatch' "$path has SHA-256 $sha256" }
    $signature = Get-AuthenticodeSignature -LiteralPath $path
    Assert-OurSignature $signature
    $signer = $null
    if ($null -ne $signature.SignerCertificate) { $signer = $signature.SignerCertificate.Subject }
    [ordered]@{
        sha256 = $sha256
        signature = "$($signature.Status)"
        signer = $signer
        version = Get-OurFileVersion $path
    }
}
