#compdef kai
# Completion of kai for zsh; `kai completion zsh --help` says how to use it.
# kai itself is asked what may follow, so that this stays valid when kai changes.
_kai() {
    local answer value files
    local -a typed answers described
    typed=("${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}")
    answers=("${(@f)$("${(Q)words[1]}" __complete -- "${typed[@]}" 2>/dev/null </dev/null)}")
    for answer in $answers; do
        value=${answer%%$'\t'*}
        if [[ $value == '<files>' ]]; then
            files=yes
        elif [[ $answer == *$'\t'* ]]; then
            described+=("${value//:/\\:}:${answer#*$'\t'}")
        else
            described+=("${value//:/\\:}")
        fi
    done
    (( ${#described} )) && _describe -V 'kai' described
    if [[ -n $files ]]; then
        compset -P '--*='
        _files
    fi
}
if [[ $funcstack[1] == _kai ]]; then
    _kai "$@"
else
    compdef _kai kai
fi
