# Completion of kai for elvish; `kai completion elvish --help` says how to use it.
# kai itself is asked what may follow, so that this stays valid when kai changes.
use str
set edit:completion:arg-completer[kai] = {|@words|
    var answers = []
    try {
        set answers = [((external $words[0]) __complete -- $@words 2>/dev/null </dev/null | from-lines)]
    } catch e {
    }
    for answer $answers {
        if (==s $answer '<files>') {
            edit:complete-filename $words[-1]
        } else {
            var value = [(str:split "\t" $answer)]
            if (> (count $value) 1) {
                edit:complex-candidate $value[0] &display=$value[0]' ('$value[1]')'
            } else {
                edit:complex-candidate $value[0]
            }
        }
    }
}
