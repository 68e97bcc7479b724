# proxy.ps1 - asks names by the script's own functions through a real proxy (tests/tools/proxy.py), all at once,
# as a probe does. Prints each result as JSON.
param([string]$Root, [string]$Proxy, [Parameter(ValueFromRemainingArguments)][string[]]$Names)

foreach ($file in 'lib/transport/prelude', 'scanner/facts/agent', 'scanner/facts/read') {
    $tree = [Management.Automation.Language.Parser]::ParseFile("$Root/$file.ps1", [ref]$null, [ref]$null)
    $tree.FindAll({ $args[0] -is [Management.Automation.Language.FunctionDefinitionAst] }, $true) | ForEach-Object {
        . ([scriptblock]::Create($_.Extent.Text))
    }
}
$Request = @{ op = 'probe' }
(Test-OurHosts $Names @{ proxy = $Proxy } 20000).results | ForEach-Object { $_ | ConvertTo-Json -Compress }
