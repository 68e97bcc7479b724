# stage-open makes the run's folder; stage-check looks at the installer that was put there.
# The folder belongs to Administrators, and only they and SYSTEM may write or read in it. It is made with
# its rights in one call, so that there is no moment in which somebody else could slip a file in.

function New-MarshalFolder([string]$Path)
{
    $acl = New-Object Security.AccessControl.DirectorySecurity  # .NET on Windows only
    # Full control for SYSTEM and Administrators, owner Administrators, nothing inherited.
    $acl.SetSecurityDescriptorSddlForm('O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)')
    if ($PSVersionTable.PSEdition -eq 'Core') {
        # Newer .NET has the same call in another place.
        [void][IO.FileSystemAclExtensions]::CreateDirectory($acl, $Path)  # .NET on Windows only
    } else {
        [void][IO.Directory]::CreateDirectory($Path, $acl)  # .NET on Windows only
    }
}

function Open-MarshalStage
{
    Assert-MarshalName folder file
    $path = Get-MarshalFolderPath
    if (Test-Path -LiteralPath $path) {
        # Only the run whose journal holds this name may come back to it.
        if (-not $Request.again) { Stop-MarshalStep 'folder-exists' "$path exists already" }
    } else {
        $drive = Get-CimInstance -ClassName Win32_LogicalDisk -Filter "DeviceID='$env:SystemDrive'"
        if ($null -ne $drive.FreeSpace -and $drive.FreeSpace -lt $Request.size) {
            Stop-MarshalStep 'disk-full' "$env:SystemDrive has $($drive.FreeSpace) bytes free"
        }
        New-MarshalFolder $path
        $global:MarshalChanged = $true
    }
    # Also when it was made just now: CreateDirectory is content with a folder that somebody else
    # made in between.
    $path = Assert-MarshalFolder
    # SFTP of Windows wants forward slashes and one before the drive.
    [ordered]@{ path = $path; put = '/' + "$path\$($Request.file)".Replace('\', '/') }
}

# What Windows says about the signature, and whether it is Microsoft's from the file up to the root.
function Assert-MarshalSignature($Signature)
{
    $status = "$($Signature.Status)"
    if ($status -eq 'NotSigned' -and $Request.allow_unsigned) { return }
    if ($status -ne 'Valid') { Stop-MarshalStep 'not-signed' "the signature is $status" }
    $microsoft = '(^|, )O=Microsoft Corporation(,|$)'
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
