# Completion of kai for PowerShell; `kai completion powershell --help` says how to use it.
# kai itself is asked what may follow, so that this stays valid when kai changes.
Register-ArgumentCompleter -Native -CommandName kai -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements |
        Where-Object { $_.Extent.StartOffset -lt $cursorPosition } |
        ForEach-Object { $_.Extent.Text })
    $answers = if ($wordToComplete -eq '') {
        & $words[0] __complete --new-word -- @words 2>$null
    } else {
        & $words[0] __complete -- @words 2>$null
    }
    # Without any answer PowerShell offers files by itself.
    $answers | Where-Object { $_ -and $_ -ne '<files>' } | ForEach-Object {
        $value, $help = $_ -split "`t", 2
        if (-not $help) { $help = $value }
        [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $help)
    }
}
