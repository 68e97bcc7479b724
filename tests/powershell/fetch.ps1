# fetch.ps1 - asks addresses for a file by the script's own functions, through the proxy that this account has: a real one
# (tests/tools/proxy.py). Prints of each what comes: a status, or why nothing does, and the proxy that was told.
param([string]$Root, [Parameter(ValueFromRemainingArguments)][string[]]$Names)

foreach ($file in 'lib/transport/prelude', 'scanner/facts/agent', 'upgrader/job/step', 'upgrader/job/get') {
    $tree = [Management.Automation.Language.Parser]::ParseFile("$Root/$file.ps1", [ref]$null, [ref]$null)
    $tree.FindAll({ $args[0] -is [Management.Automation.Language.FunctionDefinitionAst] }, $true) | ForEach-Object {
        . ([scriptblock]::Create($_.Extent.Text))
    }
}
$global:OurClock = [Diagnostics.Stopwatch]::StartNew()
foreach ($name in $Names) {
    $Request = @{ url = "https://$name/x.exe"; slice_ms = 20000; limit_ms = 60000 }
    try {
        $answer = Open-OurUrl 0
        $answer.web.Abort()
        "$name $([int]$answer.response.StatusCode) $global:OurVia"
    } catch {
        $said = $_.Exception.GetBaseException().Data['our']
        if ($null -eq $said) { throw }
        "$name $($said.more.why) $($said.more.status) $($said.more.proxy)"
    }
}
