# collect answers the facts that were asked for, one line each as soon as it is there. It is the last part of the
# probe: the parts before it say how each fact is read. Each one runs in a thread of its own with its own limit,
# so that one that hangs costs only itself. Many that hang cost the others the time that is left to all of them: what
# was answered by then counts, and whoever asked has the rest said, instead of a call that is cut.

# A limit, or what is left of the time for all, in ms: 0 or less when nothing is.
function Get-OurTimeLeft($Limit)
{
    if ($null -eq $limits.all_ms) { return $Limit }
    return [int][Math]::Min($Limit, $limits.all_ms - $whole.ElapsedMilliseconds)
}

# What the agent's own commands say is asked once, when the first fact wants it.
function Get-OurObOnce
{
    if ($null -eq $global:OurOb) { $global:OurOb = Read-OurOb (Get-OurTimeLeft $limits.ob_ms) $false }
    return $global:OurOb
}

# The answer for one fact, by its name and the script block that reads it.
function Read-OurFact([string]$Name, $Code, $Once)
{
    $late = @{ error = 'the time for all facts was over'; kind = 'time-limit' }
    if ((Get-OurTimeLeft 1) -lt 1) { return $late }
    $context = @{ ob = $null; once = $Once; limit_ms = $limits.fact_ms; ob_ms = $limits.ob_ms
        names = @($Request.login_hosts | Where-Object { $_ }); service = $Request.service }
    if ($wantOb -contains $Name) { $context.ob = Get-OurObOnce }
    $limit = $limits.fact_ms
    if ($wantTime -contains $Name) { $limit = $limits.ob_ms }
    $limit = Get-OurTimeLeft $limit
    if ($limit -lt 1) { return $late }
    $context.limit_ms = [Math]::Min($context.limit_ms, $limit)
    return Invoke-OurLimited $Code $context $limit
}

# Without the deep table, or when its facts are not asked for, the fast ones alone.
function Invoke-OurProbe
{
    $limits = $Request.limits
    $whole = [Diagnostics.Stopwatch]::StartNew()
    # What several facts need, see Get-OurOnce.
    $once = [hashtable]::Synchronized(@{})
    $global:OurOb = $null
    $depths = @($facts)
    if ($null -ne $deepFacts) { $depths += $deepFacts }

    foreach ($depth in $depths) {
        foreach ($name in @($depth.Keys)) {
            if ($null -ne $Request.facts) {
                if (@($Request.facts) -notcontains $name) { continue }
            } elseif ($depth -eq $deepFacts -and -not $Request.deep) { continue }
            $clock = [Diagnostics.Stopwatch]::StartNew()
            $answer = Read-OurFact $name $depth[$name] $once
            $line = [ordered]@{ fact = $name; ms = $clock.ElapsedMilliseconds }
            if ($answer.kind) {
                $line.error = $answer.error
                $line.kind = $answer.kind
            } else {
                $line.value = $answer.value
            }
            try {
                Write-OurLine $line
            } catch {
                # A value that JSON has no kind for costs its fact. The text is made whole before it is written.
                Write-OurLine ([ordered]@{ fact = $name; ms = $line.ms; error = "$_"; kind = 'failed' })
            }
        }
    }
}
