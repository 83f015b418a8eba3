# Completion of kai for fish; `kai completion fish --help` says how to use it.
# kai itself is asked what may follow, so that this stays valid when kai changes.
function __kai_complete
    set -l words (commandline --current-process --tokenize --cut-at-cursor)
    set -l current (commandline --current-token --cut-at-cursor)
    for answer in (command $words[1] __complete -- $words "$current" 2>/dev/null </dev/null)
        if test "$answer" = '<files>'
            set -l flag (string match --regex -- '^--[^=]*=' $current)
            for path in (__fish_complete_path (string replace -- "$flag" '' $current))
                echo "$flag"$path
            end
        else
            echo $answer
        end
    end
end
complete --command kai --no-files --keep-order --arguments '(__kai_complete)'
