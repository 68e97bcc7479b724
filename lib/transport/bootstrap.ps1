# Takes base64 of a script, of its JSON request and, where the request says so, of data from standard input, and runs
# the script. All of it is there before anything is run: input that is cut is no call.
# These are the same bytes for every call to every server; `marshal probe print` shows them.
$ProgressPreference = 'SilentlyContinue'
$ErrorActionPreference = 'Stop'
$mode = "$($ExecutionContext.SessionState.LanguageMode)"
if ($mode -cne 'FullLanguage') {
    # A policy has locked PowerShell down: say so in words that are still allowed, and touch nothing.
    "<<<answer language-mode $mode>>>"
    exit 64
}
if (-not [Environment]::Is64BitProcess -and [Environment]::Is64BitOperatingSystem) {
    # An SSH server of 32 bits starts a PowerShell of 32 bits, which sees other folders and has no module of the agent.
    '<<<answer bits 32>>>'
    exit 65
}
$exit = 70
try {
    $lines = @($input | ForEach-Object { $_ -creplace '[^A-Za-z0-9+/=]', '' } | Where-Object { $_ })
    if ($lines.Count -lt 2) { throw "standard input has $($lines.Count) lines, not a script and a request" }
    $script = [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($lines[0]))
    $request = [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($lines[1])) | ConvertFrom-Json
    $nonce = "$($request.nonce)"
    if ($nonce -cnotmatch '^[0-9a-f]{32}\z') { throw 'the request has no nonce' }
    $count = 2
    if ($request.data) { $count = 3 }
    if ($lines.Count -ne $count) { throw "standard input has $($lines.Count) lines, not $count" }
    [Console]::Out.Write("`n<<<answer $nonce begin>>>`n")
    & ([ScriptBlock]::Create($script)) $request $lines[2] | Out-Null
    [Console]::Out.Write("<<<answer $nonce end>>>`n")
    $exit = 0
} catch {
    [Console]::Error.WriteLine("$_")
}
[Console]::Out.Flush()
# Not the word exit: a Windows call that hangs in a thread of its own must not hold this process.
[Environment]::Exit($exit)
