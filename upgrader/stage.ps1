# stage-open reserves the server and makes the run's folder; stage-check looks at the installer that was put there.
# The folder belongs to Administrators, and only they and SYSTEM may write or read in it. It is made with
# its rights in one call, so that there is no moment in which somebody else could slip a file in.

function Open-MarshalStage
{
    Assert-MarshalName folder file
    $path = Get-MarshalFolderPath
    $there = Test-Path -LiteralPath $path
    if ($there -and -not $Request.again) {
        # Only the run whose journal holds this name may come back to it.
        Stop-MarshalStep 'folder-exists' "$path exists already"
    }
    if (-not $there) {
        $drive = Get-CimInstance -ClassName Win32_LogicalDisk -Filter "DeviceID='$env:SystemDrive'"
        if ($null -ne $drive.FreeSpace -and $drive.FreeSpace -lt $Request.size) {
            Stop-MarshalStep 'disk-full' "$env:SystemDrive has $($drive.FreeSpace) bytes free"
        }
    }
    Invoke-MarshalLocked { New-MarshalStage $path }
}

# With the lock: the server is reserved before anything is made on it.
function New-MarshalStage([string]$Path)
{
    $reserved = New-MarshalReservation
    $whole = $false
    try {
        if (-not (Test-Path -LiteralPath $Path)) {
            New-MarshalFolder $Path
            $global:MarshalChanged = $true
        }
        # Also when it was made just now: CreateDirectory is content with a folder that somebody else
        # made in between.
        [void](Assert-MarshalFolder)
        $whole = $true
    } finally {
        if (-not $whole -and $reserved.fresh) { Remove-MarshalMarker }
    }
    # SFTP of Windows wants forward slashes and one before the drive.
    [ordered]@{
        path = $Path
        put = '/' + "$Path\$($Request.file)".Replace('\', '/')
        reservation = Get-MarshalMarker
        taken_over = $reserved.over
    }
}

# What Windows says about the signature, and whether it is Microsoft's from the file up to the root.
function Assert-MarshalSignature($Signature)
{
    $status = "$($Signature.Status)"
    if ($status -eq 'NotSigned' -and $Request.allow_unsigned) { return }
    if ($status -ne 'Valid') { Stop-MarshalStep 'not-signed' "the signature is $status" }
    $microsoft = '(^|, )O=Microsoft Corporation(,|\z)'
    $signer = $Signature.SignerCertificate
    if ("$($signer.Subject)" -cnotmatch $microsoft) {
        Stop-MarshalStep 'wrong-signer' "signed by $($signer.Subject)"
    }
    # Valid means that this server trusts the root. It must be one of Microsoft's as well: a company's own
    # authority could issue a certificate in any name.
    $chain = New-Object Security.Cryptography.X509Certificates.X509Chain
    $chain.ChainPolicy.RevocationMode = 'NoCheck'
    [void]$chain.Build($signer)
    $elements = @($chain.ChainElements)
    $root = "$($elements[$elements.Count - 1].Certificate.Subject)"
    if ($root -cnotmatch $microsoft) { Stop-MarshalStep 'wrong-signer' "its chain ends at $root" }
}

function Test-MarshalStage
{
    Assert-MarshalName folder file sha256
    Update-MarshalSeen
    $path = "$(Assert-MarshalFolder)\$($Request.file)"
    if (-not (Test-Path -LiteralPath $path -PathType Leaf)) {
        Stop-MarshalStep 'file-missing' "$path is not there"
    }
    $size = (Get-Item -LiteralPath $path -Force).Length
    if ($size -ne $Request.size) { Stop-MarshalStep 'size-mismatch' "$path has $size bytes" }
    $sha256 = Get-MarshalSha256 $path
    if ($sha256 -cne $Request.sha256) { Stop-MarshalStep 'hash-mismatch' "$path has SHA-256 $sha256" }
    $signature = Get-AuthenticodeSignature -LiteralPath $path
    Assert-MarshalSignature $signature
    $signer = $null
    if ($null -ne $signature.SignerCertificate) { $signer = $signature.SignerCertificate.Subject }
    [ordered]@{
        sha256 = $sha256
        signature = "$($signature.Status)"
        signer = $signer
        version = Get-MarshalFileVersion $path
    }
}

Invoke-MarshalStep {
    switch ("$($Request.op)") {
        'stage-open' { Open-MarshalStage }
        'stage-check' { Test-MarshalStage }
        default { Stop-MarshalStep 'bad-request' "op $($Request.op)" }
    }
}
