# Completion of kai for bash; `kai completion bash --help` says how to use it.
# kai itself is asked what may follow, so that this stays valid when kai changes.
_kai() {
    local words=() word last answer value cur before breaks=
    # bash splits words at = and : too, which kai does not.
    for word in "${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
        last=$((${#words[@]} - 1))
        if ((last > 0)) && { [[ $word == [=:]* ]] || [[ ${words[last]} == *[=:] ]]; }; then
            words[last]+=$word
        else
            words+=("$word")
        fi
    done
    last=$((${#words[@]} - 1))
    cur=${words[last]#[\"\']}
    words[last]=$cur

    # Of what was split, bash replaces the last part only.
    [[ $COMP_WORDBREAKS == *=* ]] && breaks+='='
    [[ $COMP_WORDBREAKS == *:* ]] && breaks+=':'
    before=
    [[ -n $breaks ]] && before=${cur%"${cur##*[$breaks]}"}

    COMPREPLY=()
    local files=
    while IFS= read -r answer; do
        value=${answer%%$'\t'*}
        if [[ $value == '<files>' ]]; then
            files=yes
        else
            COMPREPLY+=("${value#"$before"}")
        fi
    done < <("$1" __complete -- "${words[@]}" 2>/dev/null </dev/null)

    if [[ -n $files ]]; then
        while IFS= read -r value; do
            COMPREPLY+=("$value")
        done < <(compgen -f -- "${cur#"$before"}")
        compopt -o filenames 2>/dev/null
    fi
}
complete -F _kai kai
