# signature.ps1 - gives the script's own judgement of a signature real certificates and the chains that .NET builds of
# them: signature.sh makes them and says what is wanted. Prints "NAME CODE" a certificate.
param([string]$Root, [string]$Folder)

foreach ($file in 'step', 'stage') {
    $tree = [Management.Automation.Language.Parser]::ParseFile("$Root/upgrader/job/$file.ps1", [ref]$null, [ref]$null)
    $tree.FindAll({ $args[0] -is [Management.Automation.Language.FunctionDefinitionAst] }, $true) | ForEach-Object {
        . ([scriptblock]::Create($_.Extent.Text))
    }
}
$Request = @{ allow_unsigned = $false }
$made = Get-Content "$Folder/roots"
function Get-OurRoot { return $made }

function Add-Certificate([string]$Store, [string]$File)
{
    $s = [Security.Cryptography.X509Certificates.X509Store]::new($Store, 'CurrentUser')
    $s.Open('ReadWrite')
    $s.Add([Security.Cryptography.X509Certificates.X509Certificate2]::new($File))
    $s.Close()
}

foreach ($file in Get-ChildItem "$Folder/trusted/*.pem") { Add-Certificate 'Root' $file.FullName }
foreach ($file in Get-ChildItem "$Folder/between/*.pem") { Add-Certificate 'CA' $file.FullName }
foreach ($file in Get-ChildItem "$Folder/*.leaf.pem") {
    $certificate = [Security.Cryptography.X509Certificates.X509Certificate2]::new($file.FullName)
    foreach ($stamped in $false, $true) {
        $signature = @{ Status = 'Valid'; SignerCertificate = $certificate; TimeStamperCertificate = $(if ($stamped) { 1 }) }
        $code = 'ok'
        try { Assert-OurSignature $signature } catch {
            $code = $_.Exception.GetBaseException().Data['our'].code
            [Console]::Error.WriteLine("$($file.Name): $_")
        }
        "$($file.Name -replace '\.leaf\.pem$', '')$(if ($stamped) { '-stamped' }) $code"
    }
}
