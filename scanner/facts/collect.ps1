# collect answers the facts that were asked for, one line each as soon as it is there. It is the last part of the
# probe: the parts before it say how each fact is read. Each one runs in a thread of its own with its own limit,
# so that one that hangs costs only itself.

# What the agent's own commands say is asked once, when the first fact wants it.
function Get-OurObOnce
{
    if ($null -eq $global:OurOb) { $global:OurOb = Read-OurOb $limits.ob_ms $false }
    return $global:OurOb
}

# Without the deep table, or when its facts are not asked for, the fast ones alone.
function Invoke-OurProbe
{
    $limits = $Request.limits
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
            $context = @{ ob = $null; once = $once; limit_ms = $limits.fact_ms; ob_ms = $limits.ob_ms
                names = @($Request.login_hosts | Where-Object { $_ }); service = $Request.service }
            if ($wantOb -contains $name) { $context.ob = Get-OurObOnce }
            $limit = $limits.fact_ms
            if ($wantTime -contains $name) { $limit = $limits.ob_ms }
            $answer = Invoke-OurLimited $depth[$name] $context $limit
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
